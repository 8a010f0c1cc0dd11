"""Claim on products of different one-particle states: after (46)."""

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
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import law_text, verdict_under_condition
from zitter.core.statistics import Estimate, PowerLaw, power_law_fit
from zitter.scenarios.style import BLUE, GREEN, GREY, RED, draw_slope, label_axes, new_figure
from zitter.trajectories.bohm import bohm_paths
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition, packet_width
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.orbitals import packet_logs, packet_tables

_SIZES = {
    "quick": ((10, 32, 100, 320, 1000), 1000, 100),
    "default": ((10, 32, 100, 320, 1000, 3200), 3000, 300),
    "full": ((10, 32, 100, 320, 1000, 3200), 10_000, 1000),
}
_NUM_OWN = 8
_GRID = np.linspace(-14.0, 14.0, 2801)


def _packets(
    num_particles: int, spread: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Centres and widths of N packets; `spread` 0 makes them equal."""
    width = 1.0 + spread * rng.uniform(-0.2, 0.2, num_particles)
    return spread * rng.normal(0.0, 1.0, num_particles), width


def _distances(x: np.ndarray, cdf: np.ndarray) -> np.ndarray:
    """sup |P - F| of each draw x (num, N) from a law given on the grid, (num,)."""
    ordered = np.sort(x, axis=1)
    F = np.interp(ordered, _GRID, cdf)
    ranks = np.arange(x.shape[1] + 1) / x.shape[1]
    return np.maximum(np.max(ranks[1:] - F, axis=1), np.max(F - ranks[:-1], axis=1))


def _guided_distances(
    centre: np.ndarray, width: np.ndarray, num: int, rng: np.random.Generator
) -> np.ndarray:
    """The same distances on another road: paths guided from t = -1 to 0, laws by quadrature."""
    shape = (-1, 1, 1)
    packets = GaussianPacket(width.reshape(shape), centre.reshape(shape))
    psi = Product(Superposition(packets, np.ones((centre.size, 1))))
    before = np.asarray(packet_width(packets, -1.0)).ravel()
    start = rng.normal(centre, before, (num, centre.size))
    paths = bohm_paths(psi, start, [-1.0, 0.0], masses=1.0, rtol=1e-6, atol=1e-8)
    ends = np.asarray(paths.Q)[-1]
    tables, distances = packet_tables(psi.orbitals), []
    for k in range(_NUM_OWN):
        rho = np.exp(2.0 * packet_logs(tables, _GRID[:, None], k).real)[:, 0]
        distances.append(_distances(ends, np.cumsum(rho) / rho.sum()))
    return np.mean(distances, axis=0)


def _run(preset: Preset, seed: int, spread: float) -> xr.Dataset:
    counts, num_runs, num_tested = _SIZES[preset]
    rng = np.random.default_rng(seed)
    names = ("own_distance", "mean_distance", "own_distance_exact")
    rows: dict[str, list] = {name: [] for name in (*names, "width_ratio", "marginal_ratio")}
    for num_particles in counts:
        centre, width = _packets(num_particles, spread, rng)
        x = rng.normal(centre, width, (num_runs, num_particles))
        laws = stats.norm.cdf((_GRID[:, None] - centre) / width)
        mean = laws.mean(axis=1)
        own = [_distances(x[:num_tested], laws[:, k]) for k in range(_NUM_OWN)]
        rows["own_distance"].append(np.mean(own, axis=0))
        rows["mean_distance"].append(_distances(x[:num_tested], mean))
        exact = np.max(np.abs(laws[:, :_NUM_OWN] - mean[:, None]), axis=0)
        rows["own_distance_exact"].append(exact.mean())
        scaled = num_particles * (x.mean(axis=1) - centre.mean()) ** 2 / np.mean(width**2)
        rows["width_ratio"].append(scaled)
        rows["marginal_ratio"].append(np.mean(width**2) / (np.mean(width**2) + np.var(centre)))
        if num_particles == counts[1]:
            guided = _guided_distances(centre, width, num_tested, rng)
    unit, tested = {"unit": "1"}, ("num_particles", "tested_preparation")
    return xr.Dataset(
        {
            "own_distance": (tested, rows["own_distance"], unit),
            "mean_distance": (tested, rows["mean_distance"], unit),
            "guided_distance": ("tested_preparation", guided, unit),
            "own_distance_exact": ("num_particles", rows["own_distance_exact"], unit),
            "width_ratio": (("num_particles", "preparation"), rows["width_ratio"], unit),
            "marginal_ratio": ("num_particles", rows["marginal_ratio"], unit),
        },
        {"num_particles": list(counts)},
        {"spread of the centres [σ₀]": spread},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, spread=2.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """N equal packets."""
    return _run(preset, seed, spread=0.0)


def _mean(values: xr.DataArray) -> Estimate:
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size)))


def _fit(values: xr.DataArray) -> PowerLaw:
    """Power law of the mean over preparations."""
    rows = [_mean(row) for row in values]
    return power_law_fit(values.num_particles.values, *np.transpose(rows))


def _unfilled(data: xr.Dataset) -> Measurement:
    own = _mean(data.own_distance.isel(num_particles=-1))
    return Measurement(
        name="distance of one draw from the marginal of one of its particles",
        regime=f"N = {int(data.num_particles[-1])}",
        value=own.value,
        uncertainty=own.error,
        expected=float(data.own_distance_exact[-1]),
        verdict=verdict_within(own.value, own.error, low=0.1),
    )


def _narrow(data: xr.Dataset) -> list[Measurement]:
    """Whether x_cm is wider than independent particles make it: the statement implies it may be."""
    measurements = []
    for n in data.num_particles.values[[0, -1]]:
        ratio = _mean(data.width_ratio.sel(num_particles=n))
        wider = verdict_within(ratio.value, ratio.error, low=1.5)
        measurements.append(
            Measurement(
                name="N σ_cm² / mean σ_i²",
                regime=f"N = {n}",
                value=ratio.value,
                uncertainty=ratio.error,
                expected=1.0,
                verdict=wider,
            )
        )
    return measurements


def _roads_apart(data: xr.Dataset) -> str:
    """Distance of draws and of guided paths at the same N, in words."""
    row = data.own_distance.isel(num_particles=1)
    drawn, guided = _mean(row), _mean(data.guided_distance)
    z = (guided.value - drawn.value) / np.hypot(guided.error, drawn.error)
    return (
        f"guided paths and laws by quadrature at N = {int(row.num_particles)}: "
        f"{with_uncertainty(guided.value, guided.error)}, {z:+.1f} standard errors from the draws"
    )


def _judge(data: xr.Dataset) -> Judgement:
    unfilled, narrow = _unfilled(data), _narrow(data)
    law = _fit(data.mean_distance)
    averaged = exponent_measurement(
        "exponent of the distance of one draw from the averaged marginal", "all N", law, -0.5
    )
    verdict = verdict_under_condition([unfilled], narrow)
    ratio, exact = narrow[-1], float(data.own_distance_exact[-1])
    reason = (
        f"One draw stays {unfilled.value:.2f} away from the marginal of a single particle, so "
        "(46) fails by definition; yet it fills the averaged marginal as "
        f"N^{law.exponent:.2f}, and the centre of mass is as narrow as for equal particles."
        if verdict is Verdict.HOLDS_WITH_CORRECTION
        else f"One draw is {unfilled.value:.3f} away from the marginal of a single particle."
    )
    return Judgement(
        verdict=verdict,
        measured=f"distance {with_uncertainty(unfilled.value, unfilled.uncertainty)}; "
        f"N σ_cm²/mean σ_i² = {with_uncertainty(ratio.value, ratio.uncertainty)}",
        uncertainty="one standard error",
        expected="distance not 0; N σ_cm²/mean σ_i² = 1",
        reason=reason,
        measurements=(unfilled, *narrow, averaged),
        independent_check=f"{_roads_apart(data)}; distance of the laws for N → ∞ {exact:.3f}; "
        f"exponent {law_text(law)} for the averaged marginal",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    counts = data.num_particles.values
    own, mean = (
        data[name].mean("tested_preparation") for name in ("own_distance", "mean_distance")
    )
    left.loglog(counts, own, "s", color=RED, label="marginal of one particle")
    left.plot(counts, data.own_distance_exact, color=RED, linewidth=1.0)
    left.loglog(counts, mean, "o", color=BLUE, label="averaged marginal")
    draw_slope(left, counts, -0.5, at=(counts[0], float(mean[0])), label="∝ 1/√N")
    left.set_ylim(top=3.0)
    ratio = data.width_ratio
    error = ratio.std("preparation") / np.sqrt(ratio.sizes["preparation"])
    right.errorbar(
        counts,
        ratio.mean("preparation"),
        yerr=error,
        fmt="^",
        color=GREEN,
        label="drawn",
        capsize=3,
    )
    right.axhline(1.0, color=GREY, linestyle="--", label="independent particles")
    right.set_xscale("log")
    right.set_ylim(0.0, 2.0)
    x = "number of particles N"
    y = "Kolmogorov-Smirnov distance of one draw"
    label_axes(left, x=x, y=y, title="One draw and two marginal laws")
    label_axes(right, x=x, y="N σ_cm² / mean σ_i²", title="Width of the centre of mass")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="products-of-different-packets",
        ledger="L9",
        section="2.1",
        statement="A product of different one-particle states is in general not full of "
        "particles, so that its centre of mass need not become narrow.",
        equations=(44, 45, 46, 51),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="(46) fails; N σ_cm²/mean σ_i² = 1 all the same",
        correction="True by definition and without consequence: Var x_cm = mean σ_i²/N for every "
        "product. Being full of particles is not necessary, summable covariances suffice.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
