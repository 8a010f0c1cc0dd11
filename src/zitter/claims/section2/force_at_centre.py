"""Claim that (49), the external force taken at the centre of mass, is exact up to second degree."""

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
from zitter.claims.measures import exponent_measurement
from zitter.core.statistics import power_law_fit
from zitter.forces.external import external_force, external_force_at_centre_of_mass
from zitter.scenarios.style import BLUE, GREEN, GREY, ORANGE, RED, label_axes, new_figure
from zitter.system.potentials import Polynomial, length_scale

# Coefficients of 1, x, .., x⁴ (ħ = m = σ₀ = 1); those of the first two make the claim.
_POTENTIALS = {
    "linear": (0.0, -0.7, 0.0, 0.0, 0.0),
    "quadratic": (0.0, 0.3, 0.65, 0.0, 0.0),
    "cubic": (0.0, 0.3, 0.65, 0.04, 0.0),
    "quartic": (0.0, 0.0, 0.0, 0.0, 0.02),
}
_EXACT = ("linear", "quadratic")
_LIMIT = 1e-12
_X_CM = 4.0
_SIZES = (0.01, 0.03, 0.1, 0.3, 1.0)
_COUNTS = {"quick": (2, 20, 200), "default": (2, 20, 200, 2000), "full": (2, 20, 200, 2000, 20000)}
_NUM_RUNS = 32


def _errors(potential: Polynomial, X: np.ndarray) -> tuple[float, float, float]:
    """Rms of F_U + N U'(x_cm), of the same less the second-order term, and of F_U, over runs."""
    exact = np.asarray(external_force(potential, X, 0.0))[:, 0]
    taken = external_force_at_centre_of_mass(potential, X, 0.0)
    leading, second = (np.asarray(part)[:, 0] for part in taken)
    parts = (exact - leading, exact - leading - second, exact)
    return tuple(float(np.sqrt(np.mean(part**2))) for part in parts)


def _run(preset: Preset, seed: int, cubic: float) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    counts = _COUNTS[preset]
    error = np.empty((len(_POTENTIALS), len(counts), len(_SIZES)))
    rest, ratio = np.empty_like(error), np.empty_like(error)
    for p, (name, coefficients) in enumerate(_POTENTIALS.items()):
        c = np.array(coefficients)
        c[3] += cubic if name == "quadratic" else 0.0
        U = Polynomial(jnp.asarray(c))
        scale = float(length_scale(U, jnp.array([_X_CM]), 0.0))
        for n, num_particles in enumerate(counts):
            shape = rng.gamma(2.0, 1.0, (_NUM_RUNS, num_particles)) - 2.0
            shape -= shape.mean(axis=1, keepdims=True)
            for d, size in enumerate(_SIZES):
                X = _X_CM + size * shape
                leading, second, force = _errors(U, X)
                error[p, n, d], rest[p, n, d] = leading / force, second / force
                spread = size**2 * np.mean(shape**2, axis=1)
                ratio[p, n, d] = np.sqrt(np.mean((0.5 * spread / scale**2) ** 2))
    dims = ("potential", "num_particles", "size")
    return xr.Dataset(
        {
            "error": (dims, error, {"unit": "1", "meaning": "rms of F_U + N U'(x_cm) / F_U"}),
            "rest": (dims, rest, {"unit": "1", "meaning": "the same, second order taken off"}),
            "half_ratio": (dims, ratio, {"unit": "1", "meaning": "(d/L)²/2"}),
        },
        {"potential": list(_POTENTIALS), "num_particles": list(counts), "size": list(_SIZES)},
        {"x_cm": _X_CM},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A trap that is not quite harmonic: a cubic term of 1e-3."""
    return _run(preset, seed, 1e-3)


def _measure_exact(data: xr.Dataset, potential: str) -> Measurement:
    worst = float(data.error.sel(potential=potential).max())
    round_off = float(np.finfo(float).eps * np.sqrt(data.num_particles.max()))
    verdict = verdict_within(worst, round_off, high=_LIMIT)
    name = "largest relative error of (49)"
    return Measurement(name, potential, worst, round_off, f"below {_LIMIT:g}", verdict)


def _measure_beyond(data: xr.Dataset, potential: str) -> Measurement:
    """Outside of the claim: exponent of the error in the size d of the system."""
    error = data.error.sel(potential=potential).isel(num_particles=-1).values
    # Below 1e-11 the error is round-off, not the force.
    seen = error > 1e-11
    fit = power_law_fit(data.size.values[seen], error[seen])
    return exponent_measurement("exponent of the error in d", potential, fit, 2.0, 0.1)


def _judge(data: xr.Dataset) -> Judgement:
    claimed = [_measure_exact(data, p) for p in _EXACT]
    beyond = [_measure_beyond(data, str(p)) for p in data.potential.values if p not in _EXACT]
    verdict = overall(claimed)
    worst = max(claimed, key=lambda m: m.value)
    quartic = data.sel(potential="quartic").isel(num_particles=-1)
    size = float(data["size"][2])
    match = float(quartic.error.sel(size=size) / quartic.half_ratio.sel(size=size))
    reason = (
        f"For linear and quadratic potentials (49) is right to {worst.value:.0e}; for a quartic "
        f"one its error is {match:.3f} times (d/L)²/2."
        if verdict is Verdict.HOLDS
        else f"(49) is off by {worst.value:.1e} in the {worst.regime} potential."
    )
    return Judgement(
        verdict=verdict,
        measured=f"largest relative error {worst.value:.1e}",
        uncertainty=f"round-off {worst.uncertainty:.0e}",
        expected=f"below {_LIMIT:g}",
        reason=reason,
        measurements=(*claimed, *beyond),
        independent_check="less the second-order term: cubic exact to "
        f"{float(data.rest.sel(potential='cubic').max()):.0e}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure(width=6.2)
    largest, floor = int(data.num_particles[-1]), 1e-17
    chosen = data.sel(num_particles=largest)
    for potential, colour, marker in zip(
        data.potential.values, (GREEN, BLUE, ORANGE, RED), "osD^", strict=True
    ):
        error = np.maximum(chosen.error.sel(potential=potential), floor)
        style = "-" if potential in _EXACT else "none"
        ax.loglog(data["size"], error, marker, linestyle=style, color=colour, label=str(potential))
        if potential not in _EXACT:
            ax.loglog(data["size"], chosen.half_ratio.sel(potential=potential), "--", color=colour)
    ax.plot([], [], "--", color=GREY, label="(d/L)²/2")
    ax.axhline(_LIMIT, color=GREY, linewidth=1.0)
    ax.text(data["size"][0], 1.5 * _LIMIT, "limit", color=GREY)
    ax.set_ylim(0.3 * floor, 3.0)
    label_axes(ax, x="size of the system [σ₀]", y="relative error of (49)", legend=False)
    ax.legend(loc="center right", ncols=2)
    worst = max(_measure_exact(data, p).value for p in _EXACT)
    ax.set_title(f"Up to second degree (49) is exact to {worst:.0e} (N = {largest})")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="external-force-at-the-centre-of-mass",
        ledger="L11",
        section="2.1",
        statement="The external force on the centre of mass equals (49), its value at the centre "
        "of mass, exactly for linear and quadratic potentials.",
        equations=(48, 49),
        predicted=Verdict.HOLDS,
        expected="exact: relative error at round-off",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
