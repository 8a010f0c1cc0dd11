"""Claim that the centre of mass has a normal density for large N: (50)."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy import stats

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    verdict_within,
    with_uncertainty,
)
from zitter.claims.section2.correlated_states import draw_bound_body
from zitter.claims.section2.densities import two_hump_density
from zitter.claims.section2.fringe_states import superposed_bodies
from zitter.claims.section2.judging import verdict_under_condition
from zitter.core.statistics import ks_distance
from zitter.scenarios.style import COLOURS, GREY, MARKERS, label_axes, new_figure

_SIZES = {
    "quick": ((1, 4, 16, 64, 256), 10_000),
    "default": ((1, 4, 16, 64, 256, 1024), 40_000),
    "full": ((1, 4, 16, 64, 256, 1024, 4096), 100_000),
}
_CHUNK = 4_000_000
_LIMIT, _MOMENT_LIMIT = 0.03, 0.3
_SKEWED, _HUMPS = "independent, skewed", "independent, two humps"
_BOUND, _EXCITED = "bound body, ground state", "bound body, excited centre of mass"
_CAT = "superposition of two bodies"
_INSIDE, _OUTSIDE = (_SKEWED, _HUMPS, _BOUND), (_EXCITED, _CAT)

_Draw = Callable[[int, int, np.random.Generator], np.ndarray]


def _gamma_mean(N: int, num: int, rng: np.random.Generator) -> np.ndarray:
    return rng.gamma(4.0, 0.5, (num, N)).mean(axis=1)


def _lorentz_mean(N: int, num: int, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_cauchy((num, N)).mean(axis=1)


_DRAWS: dict[str, _Draw] = {
    _SKEWED: _gamma_mean,
    _HUMPS: lambda N, num, rng: two_hump_density().sample(rng, (num, N)).mean(axis=1),
    _BOUND: lambda N, num, rng: draw_bound_body(N, num, rng).mean(axis=1),
    _EXCITED: lambda N, num, rng: draw_bound_body(N, num, rng, excited=True).mean(axis=1),
    _CAT: lambda N, num, rng: superposed_bodies(N, time=0.0).draw(rng, num).x_cm,
}


def _in_chunks(draw: _Draw, N: int, num: int, rng: np.random.Generator) -> np.ndarray:
    per_chunk = max(1, _CHUNK // N)
    sizes = [min(per_chunk, num - start) for start in range(0, num, per_chunk)]
    return np.concatenate([draw(N, size, rng) for size in sizes])


def _distance(cdf: Callable[[np.ndarray], np.ndarray], mean: float, deviation: float) -> float:
    """sup |F - Φ| of a standardised law, on a fine grid."""
    z = np.linspace(-6.0, 6.0, 24_001)
    return float(np.max(np.abs(cdf(mean + deviation * z) - stats.norm.cdf(z))))


def _exact_distances(N: int) -> dict[str, float]:
    """The same from the laws that are known in closed form."""
    maxwell = stats.chi2(3)
    width = 1.0 / np.sqrt(N)
    return {
        _SKEWED: _distance(stats.gamma(4.0 * N, scale=0.5 / N).cdf, 2.0, N**-0.5),
        _BOUND: 0.0,
        _EXCITED: _distance(
            lambda x: 0.5 + 0.5 * np.sign(x) * maxwell.cdf(x**2), 0.0, np.sqrt(3.0)
        ),
        _CAT: _distance(
            lambda x: 0.5 * (stats.norm.cdf(x, -3, width) + stats.norm.cdf(x, 3, width)),
            0.0,
            np.hypot(3.0, width),
        ),
    }


def _run(preset: Preset, seed: int, draws: dict[str, _Draw]) -> xr.Dataset:
    counts, num_runs = _SIZES[preset]
    rng = np.random.default_rng(seed)
    x_cm = np.array(
        [[_in_chunks(draw, N, num_runs, rng) for N in counts] for draw in draws.values()]
    )
    mean, deviation = x_cm.mean(axis=-1, keepdims=True), x_cm.std(axis=-1, keepdims=True)
    exact = [_exact_distances(N) for N in counts]
    return xr.Dataset(
        {
            "standardised_x_cm": (
                ("state", "num_particles", "preparation"),
                (x_cm - mean) / deviation,
                {"unit": "σ_cm"},
            ),
            "exact_distance": (
                ("known_state", "num_particles"),
                [[row[state] for row in exact] for state in exact[0]],
                {"unit": "1"},
            ),
        },
        {"state": list(draws), "known_state": list(exact[0]), "num_particles": list(counts)},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, _DRAWS)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Independent particles of infinite variance, ψ ∝ 1/(x + i), where the skewed ones belong."""
    return _run(preset, seed, _DRAWS | {_SKEWED: _lorentz_mean})


def _distances(data: xr.Dataset) -> xr.DataArray:
    """sup |F_n - Φ| of the standardised centre of mass, (state, num_particles)."""
    samples = data.standardised_x_cm
    values = [[ks_distance(sample, stats.norm.cdf) for sample in row] for row in samples.values]
    return xr.DataArray(values, {n: data[n] for n in samples.dims[:2]}, samples.dims[:2])


def _measurements(data: xr.Dataset, distances: xr.DataArray) -> dict[str, Measurement]:
    last = distances.isel(num_particles=-1)
    # The spread of a distance that is itself at the noise floor, 0.26/√n.
    error = 0.26 / np.sqrt(data.sizes["preparation"])
    return {
        str(state): Measurement(
            name="distance of the law of x_cm from a normal law (Kolmogorov-Smirnov)",
            regime=f"{state}, N = {int(last.num_particles)}",
            value=float(last.sel(state=state)),
            uncertainty=error,
            expected=f"below {_LIMIT}",
            verdict=verdict_within(float(last.sel(state=state)), error, high=_LIMIT),
        )
        for state in data.state.values
    }


def _moment_measurements(data: xr.Dataset, states: tuple[str, ...]) -> list[Measurement]:
    """Skewness and excess kurtosis at the largest N, with the errors of normal samples."""
    last = data.standardised_x_cm.isel(num_particles=-1)
    measurements = []
    for state in states:
        z = last.sel(state=state).values
        for name, value, variance in (
            ("skewness of x_cm", float(np.mean(z**3)), 6.0),
            ("excess kurtosis of x_cm", float(np.mean(z**4)) - 3.0, 24.0),
        ):
            error = float(np.sqrt(variance / z.size))
            verdict = verdict_within(value, error, -_MOMENT_LIMIT, _MOMENT_LIMIT)
            regime = f"{state}, N = {int(last.num_particles)}"
            measurements.append(Measurement(name, regime, value, error, 0.0, verdict))
    return measurements


def _judge(data: xr.Dataset) -> Judgement:
    distances = _distances(data)
    by_state = _measurements(data, distances)
    inside, outside = (
        [*(by_state[s] for s in states), *_moment_measurements(data, states)]
        for states in (_INSIDE, _OUTSIDE)
    )
    verdict = verdict_under_condition(inside, outside)
    known = distances.sel(state=list(data.known_state.values))
    difference = float(np.abs(known.values - data.exact_distance.values).max())
    skewed, cat = by_state[_SKEWED], by_state[_CAT]
    first = float(distances.sel(state=_SKEWED).isel(num_particles=0))
    return Judgement(
        verdict=verdict,
        measured=f"distance from normal {with_uncertainty(skewed.value, skewed.uncertainty)} "
        f"(independent), {with_uncertainty(cat.value, cat.uncertainty)} (two bodies)",
        uncertainty="one standard error at the noise floor",
        expected="0 for independent particles of finite variance",
        reason=f"The distance from a normal law goes from {first:.3f} at N = 1 to "
        f"{skewed.value:.3f} for independent particles, but stays at {cat.value:.2f} for a "
        f"superposition of two bodies and {by_state[_EXCITED].value:.2f} for a bound body with "
        "excited centre of mass.",
        measurements=(*inside, *outside),
        independent_check="laws in closed form (Γ, normal, Maxwell, two peaks): distances agree "
        f"to {difference:.3f}, the noise of the draws",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    distances = _distances(data)
    z = np.linspace(-3.5, 3.5, 57)
    for state, colour, marker in zip(data.state.values, COLOURS, MARKERS, strict=False):
        left.loglog(
            data.num_particles, distances.sel(state=state), marker + "-", color=colour, label=state
        )
        if state in (_SKEWED, _EXCITED, _CAT):
            last = data.standardised_x_cm.sel(state=state).isel(num_particles=-1)
            right.hist(last, z, density=True, histtype="step", color=colour)
    floor = 0.87 / np.sqrt(data.sizes["preparation"])
    left.axhline(floor, color=GREY, linestyle="--")
    left.text(2.0, 1.2 * floor, "noise of the draws", color=GREY, fontsize=9)
    left.set_ylim(1e-3, 30.0)
    right.plot(z, stats.norm.pdf(z), "--", color=GREY, label="normal")
    right.set_ylim(0.0, 0.8)
    label_axes(
        left,
        x="number of particles N",
        y="distance from a normal law",
        title="Distance to the normal law by state",
    )
    left.legend(loc="upper right", fontsize=8)
    label_axes(
        right,
        x="(x_cm - x̄) / σ_cm",
        y="density",
        title=f"The law of x_cm at N = {int(data.num_particles[-1])}",
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="normal-law-of-the-centre-of-mass",
        ledger="L14",
        section="2.1",
        statement="For large N the position of the centre of mass is normally distributed.",
        equations=(50,),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="distance from a normal law tends to 0 where the central limit theorem applies",
        correction="(50) needs finite variance and weak correlations. A bound body has the law of "
        "its centre-of-mass state, whatever that is, and a macroscopic superposition two peaks.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
