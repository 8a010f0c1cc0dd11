"""Claim on the independence of the relative motion from the centre of mass: after (86)."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    verdict_within,
    with_uncertainty,
)
from zitter.claims.section2.judging import verdict_under_condition
from zitter.core.grid import Grid
from zitter.scenarios.style import BLUE, GREY, MARKERS, RED, label_axes, new_figure
from zitter.system.coordinates import particle_coordinates
from zitter.system.potentials import HarmonicPair, Polynomial, total_potential
from zitter.wavefunctions.schrodinger import evolve_schrodinger

_TRAP, _QUARTIC, _BOUND = "trap, independent", "quartic, independent", "quartic, bound pair"
_SYSTEMS = (_TRAP, _QUARTIC, _BOUND)
_TIME_STEP = 0.02
_TIMES = np.linspace(0.0, 1.2, 13)
_SHIFT, _WIDTH, _COEFFICIENT = 4.0, 0.5, 0.02
_COUNTS = {
    "quick": (2, 64, 1024),
    "default": (2, 16, 128, 1024, 8192),
    "full": (2, 64, 1024, 65_536),
}
_RUNS = {"quick": 200, "default": 1000, "full": 4000}
_SPRING = 1.0
_MIDDLE, _MOVING = "at rest in the middle", "moving"


class _Pair(eqx.Module):
    """U of (x_cm, y) for two particles with a spring."""

    trap: Polynomial
    pair: HarmonicPair

    def __call__(self, z: Array, t: Any) -> Array:
        return total_potential(self.trap, self.pair, particle_coordinates(z[:1], z[1:, None]), t)


class _Moments(NamedTuple):
    """Mean of x_cm and variance of y at _TIMES, and the last density of x on a grid."""

    mean: np.ndarray
    variance: np.ndarray
    law: tuple


def _trap(state: str) -> Polynomial:
    """Quartic, or trap with the same force at the start."""
    force = 4.0 * _COEFFICIENT * _SHIFT**3
    quadratic = [0.0, 0.0, 0.5 * force / _SHIFT, 0.0, 0.0]
    return Polynomial(quadratic if state == _TRAP else [0.0, 0.0, 0.0, 0.0, _COEFFICIENT])


def _evolved(grid: Grid, start: np.ndarray, U: Any, masses: list[float], time_step: float) -> Any:
    """Probability of each cell at _TIMES."""
    psi0 = jnp.asarray(start / np.sqrt(np.sum(start**2) * grid.cell_volume), complex)
    words = dict(time_step=time_step, order=4)
    psi = evolve_schrodinger(psi0, grid, U, _TIMES, masses, **words).psi
    return np.abs(np.asarray(psi)) ** 2 * grid.cell_volume


def _one_particle(trap: Polynomial, centre: float, time_step: float) -> _Moments:
    """Those of one particle: x_cm and y of any number of independent ones have the same."""
    grid = Grid((-12.0,), (12.0,), (512,))
    x = grid.axes[0]
    start = np.exp(-(((x - centre) / (2.0 * _WIDTH)) ** 2))
    p = _evolved(grid, start, trap, [1.0], time_step)
    return _Moments(p @ x, p @ x**2 - (p @ x) ** 2, (x, p[-1]))


def _bound_pair(trap: Polynomial, centre: float, time_step: float) -> _Moments:
    """Those of x_cm and of y for two particles with a spring."""
    grid = Grid((-10.0, -6.0), (10.0, 6.0), (320, 72))
    x, y = np.moveaxis(grid.points.reshape(*grid.num, 2), -1, 0)
    frequency = np.sqrt(2.0 * _SPRING)
    start = np.exp(-(((x - centre) / _WIDTH) ** 2) / 2.0 - 0.5 * frequency * y**2)
    p = _evolved(grid, start, _Pair(trap, HarmonicPair(_SPRING)), [2.0, 1.0], 2.0 * time_step)
    return _Moments(np.sum(p * x, axis=(1, 2)), np.sum(p * y**2, axis=(1, 2)), (x[:, 0], None))


def _tidal_variance(
    trap: Polynomial, centre: float, start: float, spring: float, tide: float
) -> np.ndarray:
    """Variance of y by σ'' = -(U_ext''(x_cm(t)) + N κ) σ + 1/4σ³ along Newton's path of x_cm.

    `tide` multiplies U_ext''.
    """
    slope = np.polynomial.Polynomial(np.asarray(trap.coefficients)).deriv()
    bend = slope.deriv()

    def rate(t: float, state: np.ndarray) -> list[float]:
        x, v, s, w = state
        return [v, -slope(x), w, -(tide * bend(x) + spring) * s + 0.25 / s**3]

    first = [centre, 0.0, np.sqrt(start), 0.0]
    return solve_ivp(rate, (0.0, _TIMES[-1]), first, t_eval=_TIMES, rtol=1e-9).y[2] ** 2


def _drawn(law: tuple, N: int, num_runs: int, rng: np.random.Generator) -> tuple[float, float]:
    """Mean of Σ_j y_j²/(N - 1) over draws of N particles from a density on a grid, and error."""
    x, p = law
    cumulative = np.cumsum(p) - 0.5 * p
    drawn = np.interp(rng.random((num_runs, N)), cumulative, x).var(axis=1, ddof=1)
    return float(drawn.mean()), float(drawn.std(ddof=1) / np.sqrt(num_runs))


def _run(preset: Preset, seed: int, tide: float) -> xr.Dataset:
    shape = (len(_SYSTEMS), 2, len(_TIMES))
    mean, variance, rough, tidal = (np.empty(shape) for _ in range(4))
    laws = {}
    for s, system in enumerate(_SYSTEMS):
        trap = _trap(system)
        exact, spring = (_bound_pair, 2.0 * _SPRING) if system == _BOUND else (_one_particle, 0.0)
        for p, place in enumerate((0.0, _SHIFT)):
            mean[s, p], variance[s, p], laws[system, p] = exact(trap, place, _TIME_STEP)
            rough[s, p] = exact(trap, place, 2.0 * _TIME_STEP).variance
            tidal[s, p] = _tidal_variance(trap, place, variance[s, p, 0], spring, tide)
    rng, counts, num_runs = np.random.default_rng([seed, 33]), _COUNTS[preset], _RUNS[preset]
    drawn = [[_drawn(laws[_QUARTIC, p], N, num_runs, rng) for N in counts] for p in (0, 1)]
    dims, unit, many = ("system", "place", "time"), {"unit": "l²"}, ("place", "num_particles")
    return xr.Dataset(
        {
            "x_cm": (dims, mean, {"unit": "l"}),
            "variance_y": (dims, variance, unit),
            "rough_variance_y": (dims, rough, unit),
            "tidal_variance_y": (dims, tidal, unit),
            "drawn_variance_y": (many, np.array(drawn)[..., 0], unit),
            "drawn_error": (many, np.array(drawn)[..., 1], unit),
        },
        {
            "system": list(_SYSTEMS),
            "place": [_MIDDLE, _MOVING],
            "time": _TIMES,
            "num_particles": list(counts),
        },
        {"scale of the tidal force": tide},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A tidal force of the wrong sign."""
    return _run(preset, seed, -1.0)


def _difference(data: xr.Dataset, system: str) -> Measurement:
    """How far the variance of y depends on where the centre of mass is."""

    def ratio(variance: xr.DataArray) -> float:
        last = variance.sel(system=system).isel(time=-1)
        return float(last.sel(place=_MOVING) / last.sel(place=_MIDDLE))

    value = abs(ratio(data.variance_y) - 1.0)
    error = abs(ratio(data.variance_y) - ratio(data.rough_variance_y))
    name = "|var y (x_cm moving) / var y (x_cm at rest) - 1|"
    return Measurement(name, system, value, error, "0", verdict_within(value, error, high=0.02))


def _many(data: xr.Dataset, N: int) -> Measurement:
    """The same drawn for N particles."""
    here = data.sel(num_particles=N)
    moving, middle = (here.sel(place=p) for p in (_MOVING, _MIDDLE))
    ratio = float(moving.drawn_variance_y / middle.drawn_variance_y)
    error = ratio * np.hypot(*(float(p.drawn_error / p.drawn_variance_y) for p in (moving, middle)))
    verdict = verdict_within(abs(ratio - 1.0), error, high=0.02)
    name = "|var y (x_cm moving) / var y (x_cm at rest) - 1|"
    regime = f"{_QUARTIC}, drawn, N = {N}"
    return Measurement(name, regime, abs(ratio - 1.0), error, "0", verdict)


def _after_correction(data: xr.Dataset, system: str) -> Measurement:
    """What is left once the tidal force acts on y."""
    here = data.sel(system=system, place=_MOVING).isel(time=-1)
    value = abs(float(here.tidal_variance_y / here.variance_y) - 1.0)
    error = abs(float(here.rough_variance_y / here.variance_y) - 1.0)
    name = "|var y by the tidal force / var y - 1|, x_cm moving"
    return Measurement(name, system, value, error, "small", verdict_within(value, error, high=0.15))


def _judge(data: xr.Dataset) -> Judgement:
    inside, *outside = (_difference(data, system) for system in _SYSTEMS)
    many = [_many(data, int(N)) for N in data.num_particles.values]
    corrected = [_after_correction(data, system) for system in (_QUARTIC, _BOUND)]
    first, last = many[0], many[-1]
    return Judgement(
        verdict=verdict_under_condition([inside, *corrected], [*outside, *many]),
        measured=f"var y differs by {inside.value:.1g} (trap), "
        f"{with_uncertainty(last.value, last.uncertainty)} ({last.regime}), "
        f"{outside[1].value:.2f} ({_BOUND})",
        uncertainty="change on halving the time step; standard error of the draws",
        expected="0 for a trap; not 0 for a quartic, at any N",
        reason=f"Where U_ext'' is the same everywhere, y moves alike wherever x_cm is. Elsewhere "
        f"its variance differs by {first.value:.2f} at N = {int(data.num_particles[0])} and by "
        f"{last.value:.2f} at N = {int(data.num_particles[-1])}; the force -U_ext''(x_cm(t)) y_j "
        f"gives it to {corrected[0].value:.1%}.",
        measurements=(inside, *outside, *many, *corrected),
        independent_check="Newton's path with the tidal force, without any wavefunction: "
        + "; ".join(f"{m.regime} {m.value:.1%}" for m in corrected),
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(3, width=11.0, height=3.8)
    for ax, system in zip(panels, data.system.values, strict=True):
        for place, colour, marker in zip(data.place.values, (BLUE, RED), MARKERS, strict=False):
            here = data.sel(system=system, place=place)
            words = dict(color=colour, linestyle="none", label=f"x_cm {place}")
            ax.plot(data.time, np.sqrt(here.variance_y), marker=marker, **words)
        tidal = data.tidal_variance_y.sel(system=system, place=_MOVING)
        ax.plot(data.time, np.sqrt(tidal), color=GREY, label="moving, by the tidal force")
        label_axes(ax, x="time [t₀]", y="width of y [l]", title=str(system), legend=False)
        ax.set_ylim(bottom=0.0)
    panels[0].legend(loc="lower left", fontsize=8.5)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="relative-motion-does-not-know-the-centre-of-mass",
        ledger="L33",
        section="3.2.1",
        statement="For large N the relative coordinates evolve independently of the centre of "
        "mass.",
        equations=(81, 82, 83, 84, 86),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="the width of y the same in a trap; in a quartic not, at any N",
        correction="They feel the tidal force -U_ext''(x_cm(t)) y_j: independent of x_cm only "
        "where U_ext'' is the same along its path.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
