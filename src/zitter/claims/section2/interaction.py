"""Claim that pair forces do not move the centre of mass (30)."""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
)
from zitter.claims.section2.trapped_particles import (
    PACKETS,
    TIMES,
    classical_path,
    configuration,
    evolved,
    mean_centre,
    own_evolution,
    reduced_state,
    separation,
)
from zitter.scenarios.style import BLACK, BLUE, ORANGE, RED, label_axes, new_figure

_CHARGES = {"strong repulsion": 8.0, "attraction": -4.0, "no interaction": 0.0}
_CHARGE_OF_THREE = 2.0
_LIMIT = 1e-3
# Points per axis; fine and coarse steps in each of the 25 intervals; points for three particles.
_SIZES = {"quick": (128, 5, 3, 0), "default": (192, 10, 6, 64), "full": (256, 20, 10, 96)}
_MANY = 100


def _two_particles(num: int, time_step: float, charge: float, mutual: float) -> tuple:
    psi = np.asarray(evolved(2, num, configuration(charge, mutual), time_step))
    start = reduced_state(psi[0])
    difference = [
        reduced_state(psi[k]) - own_evolution(start, 2.0, TIMES[k]) for k in (len(TIMES) // 2, -1)
    ]
    distance = max(0.5 * np.abs(np.linalg.eigvalsh(d)).sum() for d in difference)
    purity = float(np.sum(np.abs(reduced_state(psi[-1])) ** 2))
    return mean_centre(psi), separation(psi), distance, purity


def _force_sum(seed: int, mutual: float) -> float:
    """|Σᵢ∂ᵢU_int| / Σᵢ|∂ᵢU_int| for many particles at random places."""
    q = jnp.asarray(np.random.default_rng(seed).normal(size=_MANY))
    gradient = np.asarray(jax.grad(configuration(1.0, mutual, 0.0))(q, 0.0))
    return float(abs(gradient.sum()) / np.abs(gradient).sum())


def _run(preset: Preset, seed: int, mutual: float) -> xr.Dataset:
    num, fine, rough, num_of_three = _SIZES[preset]
    time_step, long_step = (float(TIMES[1]) / n for n in (fine, rough))
    found = [_two_particles(num, time_step, c, mutual) for c in _CHARGES.values()]
    rough_run = [_two_particles(num, long_step, c, mutual) for c in _CHARGES.values()]
    coarse, _, coarse_distance, _ = zip(*rough_run, strict=True)
    mean, apart, distance, purity = zip(*found, strict=True)
    exact = classical_path(np.array([p[1:] for p in PACKETS[2]]))
    data = xr.Dataset(
        {
            "mean": (("interaction", "time"), list(mean), {"unit": "√(ħ/mω)", "meaning": "⟨x_cm⟩"}),
            "coarse_mean": (("interaction", "time"), list(coarse), {"unit": "√(ħ/mω)"}),
            "classical": ("time", exact, {"unit": "√(ħ/mω)", "meaning": "harmonic path"}),
            "separation": (("interaction", "time"), list(apart), {"unit": "√(ħ/mω)"}),
            "distance": ("interaction", list(distance), {"unit": "1", "meaning": "of ρ_cm"}),
            "coarse_distance": ("interaction", list(coarse_distance), {"unit": "1"}),
            "purity": ("interaction", list(purity), {"unit": "1", "meaning": "Tr ρ_cm²"}),
        },
        {"interaction": list(_CHARGES), "time": TIMES},
        {
            "force_sum": _force_sum(seed, mutual),
            "num_forces": _MANY,
            "coarse_over_fine": (fine / rough) ** 4 - 1.0,
        },
    )
    if num_of_three:
        U = configuration(_CHARGE_OF_THREE, mutual)
        runs = [mean_centre(evolved(3, num_of_three, U, f * long_step)) for f in (1.0, 1.5)]
        path = classical_path(np.array([p[1:] for p in PACKETS[3]]))
        data.attrs["three_residual"] = float(np.abs(runs[0] - path).max())
        data.attrs["three_error"] = float(np.abs(runs[0] - runs[1]).max())
    return data


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Pair potential V(x_1 - 0.95 x_2): action and reaction differ by 5%."""
    return _run(preset, seed, 0.95)


def _mean_residual(data: xr.Dataset, interaction: str) -> Measurement:
    chosen = data.sel(interaction=interaction)
    value = float(np.abs(chosen["mean"] - chosen.classical).max())
    error = float(np.abs(chosen["mean"] - chosen.coarse_mean).max())
    error = error / data.coarse_over_fine + 1e-12
    verdict = verdict_within(value, error, high=_LIMIT)
    name = "largest |⟨x_cm⟩ - harmonic path| [√(ħ/mω)]"
    return Measurement(name, interaction, value, error, f"below {_LIMIT:g}", verdict)


def _state_distance(data: xr.Dataset, interaction: str) -> Measurement:
    value = float(data.distance.sel(interaction=interaction))
    error = abs(value - float(data.coarse_distance.sel(interaction=interaction))) + 1e-12
    verdict = verdict_within(value, error, high=_LIMIT)
    name = "trace distance of ρ_cm to its own Schroedinger equation"
    return Measurement(name, interaction, value, error, f"below {_LIMIT:g}", verdict)


def _judge(data: xr.Dataset) -> Judgement:
    names = [str(i) for i in data.interaction.values]
    residuals = [_mean_residual(data, i) for i in names]
    states = [_state_distance(data, i) for i in names]
    others = [
        Measurement(
            "|Σᵢ∂ᵢU_int| / Σᵢ|∂ᵢU_int|",
            f"N = {data.num_forces}",
            data.force_sum,
            1e-15,
            f"below {_LIMIT:g}",
            verdict_within(data.force_sum, 1e-15, high=_LIMIT),
        )
    ]
    if "three_residual" in data.attrs:
        value, error = data.three_residual, data.three_error
        verdict = verdict_within(value, error, high=_LIMIT)
        others.append(
            Measurement(
                residuals[0].name, "three particles", value, error, f"below {_LIMIT:g}", verdict
            )
        )
    measurements = (*residuals, *states, *others)
    verdict = overall(measurements)
    worst, mixed = max(residuals, key=lambda m: m.value), max(states, key=lambda m: m.value)
    reason = (
        f"Under strong pair forces ⟨x_cm⟩ keeps to the harmonic path within {worst.value:.0e}, and "
        f"the mixed state of the centre of mass (purity {float(data.purity.min()):.2f}) obeys its "
        f"own Schroedinger equation within {mixed.value:.0e}."
        if verdict is Verdict.HOLDS
        else f"⟨x_cm⟩ leaves the harmonic path by {worst.value:.1e} ({worst.regime})."
    )
    return Judgement(
        verdict=verdict,
        measured=f"⟨x_cm⟩ - harmonic path {worst.value:.0e}",
        uncertainty=f"{worst.uncertainty:.0e} (coarser step)",
        expected=f"below {_LIMIT:g}",
        reason=reason,
        measurements=measurements,
        independent_check=f"sum of the pair forces on {data.num_forces} particles: "
        f"{data.force_sum:.0e} of their size",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    colours = dict(zip(data.interaction.values, (RED, BLUE, ORANGE), strict=True))
    left.plot(data.time, data.classical, color=BLACK, linewidth=1.2, label="harmonic path")
    for (interaction, colour), marker in zip(colours.items(), "o+x", strict=True):
        chosen = data.sel(interaction=interaction)
        size = 9 if marker == "o" else 6
        left.plot(
            data.time,
            chosen["mean"],
            marker,
            color=colour,
            label=str(interaction),
            ms=size,
            mfc="none",
        )
        right.plot(data.time, chosen.separation, color=colour, label=str(interaction))
    label_axes(left, x="time [1/ω]", y="mean centre of mass ⟨x_cm⟩ [√(ħ/mω)]")
    label_axes(right, x="time [1/ω]", y="rms separation [√(ħ/mω)]", legend=False)
    worst = max(_mean_residual(data, str(i)).value for i in colours)
    left.set_title(f"Centre of mass with pair forces:\n|deviation| ≤ {worst:.0e}")
    right.set_title("the particles with and without them")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="pair-forces-do-not-move-the-centre-of-mass",
        ledger="L2",
        section="2.1",
        statement="The pair interaction exerts no force on the centre of mass.",
        equations=(4, 30, 36, 48),
        predicted=Verdict.HOLDS,
        expected="⟨x_cm⟩ on the harmonic path within 1e-3",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
