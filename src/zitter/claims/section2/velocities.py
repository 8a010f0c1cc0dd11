"""Claim that the current velocity of the centre of mass outgrows the osmotic one (after (60))."""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array
from matplotlib.figure import Figure

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
    with_uncertainty,
)
from zitter.claims.measures import exponent_measurement
from zitter.core.statistics import power_law_fit
from zitter.scenarios.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    draw_interval,
    draw_slope,
    label_axes,
    new_figure,
)
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.orbitals import superposition_jets

_COUNTS = (1, 4, 16, 64, 256, 1024, 4096)
_NUM_PARTICLES = {"quick": 2**19, "default": 2**22, "full": 2**23}
_FORCE, _TRAP, _TIME = 0.5, 1.0, 2.0
_GROUND = np.sqrt(0.5)
_ACCELERATED = ("accelerated packet", "accelerated two packets")
_AT_REST = ("ground state of a trap", "turning point, squeezed")
_MEDIAN_OF_NORMAL = 0.6744897501960817


def _orbital(widths: tuple, centres: tuple, stiffness: float, force: float) -> Superposition:
    """Two packets of equal weight, or the first one alone; equal shapes compile once."""
    packets = GaussianPacket(
        [[w] for w in widths], [[c] for c in centres], stiffness=stiffness, force=force
    )
    weight = 1.0 if centres[0] != centres[1] else 0.0
    return Superposition(packets, jnp.asarray([1.0, weight]))


def _states() -> dict[str, tuple[Superposition, float]]:
    """One-particle orbital of each regime, with the time at which it is looked at."""
    trapped = dict(stiffness=_TRAP, force=0.0)
    falling = dict(stiffness=0.0, force=_FORCE)
    return {
        "accelerated packet": (_orbital((1.0, 1.0), (0.0, 0.0), **falling), _TIME),
        "accelerated two packets": (_orbital((0.7, 0.9), (-2.0, 2.0), **falling), _TIME),
        "turning point, squeezed": (_squeezed(), 0.5 * np.pi),
        "ground state of a trap": (_orbital((_GROUND, 1.0), (0.0, 0.0), **trapped), _TIME),
    }


def _squeezed() -> Superposition:
    """Packet that passes the centre at t = 0, turns at t = π/2ω, and breathes while it turns."""
    packets = GaussianPacket([[1.0], [1.0]], 0.0, [[2.0], [2.0]], chirp=0.4, stiffness=_TRAP)
    return Superposition(packets, jnp.asarray([1.0, 0.0]))


@jax.jit
def _log_gradient(orbital: Superposition, x: Array, t: Array) -> tuple[Array, Array]:
    """ln|φ|² and ∂ ln φ at positions (n,)."""
    jets = superposition_jets(orbital, x[:, None], t, 1)
    density = 2.0 * (jets.log_scale + jnp.log(jnp.abs(jets.value)))
    return density, jets.first[:, 0] / jets.value


def _velocities(
    orbital: Superposition, t: float, num: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Current and osmotic velocities of `num` particles drawn from |φ|² (ħ = m = 1)."""
    grid = np.linspace(-20.0, 20.0, num)
    density, gradient = map(np.asarray, _log_gradient(orbital, jnp.asarray(grid), jnp.asarray(t)))
    cumulated = np.cumsum(np.exp(density))
    drawn = np.searchsorted(cumulated, cumulated[-1] * rng.random(num))
    return np.imag(gradient)[drawn], np.real(gradient)[drawn]


def _median_with_error(values: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    resampled = rng.choice(values, (200, values.size)) if values.size < 4096 else None
    if resampled is None:
        # Standard error of a median from the spacing of its neighbours in order of size.
        half = 0.5 / np.sqrt(values.size)
        low, high = np.quantile(values, [0.5 - half, 0.5 + half])
        return float(np.median(values)), float(0.5 * (high - low))
    return float(np.median(values)), float(np.std(np.median(resampled, axis=1)))


def _run(preset: Preset, seed: int, osmotic_exponent: float) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    states = _states()
    shape = (len(states), len(_COUNTS), 2)
    current, osmotic = np.empty(shape), np.empty(shape)
    for s, (orbital, t) in enumerate(states.values()):
        v, u = _velocities(orbital, t, _NUM_PARTICLES[preset], rng)
        for i, n in enumerate(_COUNTS):
            # Particles of equal orbitals are shared out among runs of N: v_cm is their mean.
            v_cm, u_cm = v.reshape(-1, n).mean(axis=1), u.reshape(-1, n).mean(axis=1)
            u_cm = u_cm * float(n) ** osmotic_exponent
            current[s, i] = _median_with_error(np.abs(v_cm), rng)
            osmotic[s, i] = _median_with_error(np.abs(u_cm), rng)
    dims = ("state", "num_particles", "estimate")
    spread = np.hypot(1.0, 0.5 * _TIME)
    return xr.Dataset(
        {
            "current": (dims, current, {"unit": "ħ/mσ₀", "meaning": "median |v_cm| over runs"}),
            "osmotic": (dims, osmotic, {"unit": "ħ/mσ₀", "meaning": "median |u_cm| over runs"}),
        },
        {
            "state": list(states),
            "num_particles": list(_COUNTS),
            "estimate": ["value", "error"],
        },
        {"closed_form_ratio": float(_FORCE * _TIME * 2.0 * spread / _MEDIAN_OF_NORMAL)},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, osmotic_exponent=0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Osmotic velocity of the centre of mass with ħ/2m, as (16) is printed, for ħ/2M."""
    return _run(preset, seed, osmotic_exponent=1.0)


def _ratio(data: xr.Dataset, state: str) -> tuple[np.ndarray, np.ndarray]:
    """|v_cm|/|u_cm| against N with standard errors."""
    v, u = (data[name].sel(state=state) for name in ("current", "osmotic"))
    value = (v / u).sel(estimate="value").values
    relative = np.hypot(*((x.sel(estimate="error") / x.sel(estimate="value")) for x in (v, u)))
    return value, value * relative


def _measure_last(data: xr.Dataset, state: str) -> Measurement:
    value, error = _ratio(data, state)
    verdict = verdict_within(value[-1], error[-1], low=10.0)
    name = f"|v_cm|/|u_cm| at N = {int(data.num_particles[-1])}"
    return Measurement(name, state, float(value[-1]), float(error[-1]), "above 10", verdict)


def _measure_exponent(data: xr.Dataset, state: str) -> Measurement:
    value, error = _ratio(data, state)
    large = data.num_particles.values >= 16
    fit = power_law_fit(data.num_particles.values[large], value[large], error[large])
    return exponent_measurement("exponent of |v_cm|/|u_cm| in N", state, fit, 0.5, 0.05)


def _judge(data: xr.Dataset) -> Judgement:
    moving = [_measure_exponent(data, s) for s in _ACCELERATED]
    moving += [_measure_last(data, s) for s in _ACCELERATED]
    resting = [_measure_last(data, s) for s in _AT_REST]
    driven, everywhere = overall(moving), overall([*moving, *resting])
    verdict = driven
    if driven is Verdict.HOLDS and everywhere is Verdict.FAILS:
        verdict = Verdict.HOLDS_WITH_CORRECTION
    fit, ground = moving[0], resting[0]
    value, error = _ratio(data, _ACCELERATED[0])
    closed = data.closed_form_ratio * np.sqrt(data.num_particles.values[-1])
    return Judgement(
        verdict=verdict,
        measured=f"exponent {with_uncertainty(fit.value, fit.uncertainty)} when accelerated",
        uncertainty=f"{fit.uncertainty:.3f}",
        expected="+1/2 when accelerated; ratio 0 in stationary states",
        reason=f"Under a force |v_cm|/|u_cm| grows as N^{fit.value:.2f}; in the ground state it is "
        f"{ground.value:.0e} and at a turning point {resting[1].value:.2f}, however many "
        "particles there are.",
        measurements=(*moving, *resting),
        independent_check=f"closed form (E4): {closed:.1f} at the largest N, measured "
        f"{with_uncertainty(float(value[-1]), float(error[-1]))}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure(width=6.6, height=4.2)
    counts, floor = data.num_particles.values, 1e-3
    for state, colour, marker in zip(
        data.state.values, (BLUE, GREEN, ORANGE, RED), "osD^", strict=True
    ):
        value, error = _ratio(data, str(state))
        shown = np.maximum(value, floor)
        low = np.maximum(shown - error, 0.5 * floor)
        label = str(state) if value[-1] > floor else f"{state}: v_cm = 0"
        draw_interval(
            ax, counts, shown, low, shown + error, label=label, colour=colour, marker=marker
        )
    value, _ = _ratio(data, _ACCELERATED[0])
    draw_slope(ax, counts, 0.5, at=(64.0, float(value[3])), label="slope 1/2")
    ax.axhline(1.0, color=GREY, linewidth=1.0)
    ax.set_xscale("log")
    ax.set_yscale("log")
    label_axes(ax, x="number of particles N", y="median |v_cm| / median |u_cm|", legend=False)
    ax.legend(loc="center left", bbox_to_anchor=(0.0, 0.3))
    ax.set_title("Current and osmotic velocity by N")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="current-velocity-dominates",
        ledger="L25",
        section="2.1",
        statement="For large N the current velocity of the centre of mass dominates its "
        "osmotic velocity.",
        equations=(15, 16, 59, 60),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="|v_cm|/|u_cm| grows as N^(1/2) under a force",
        correction="Where there is a mean motion; in stationary states v_cm = 0 for every N, and "
        "at a turning point both fall alike.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
