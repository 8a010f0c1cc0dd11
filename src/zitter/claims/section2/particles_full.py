"""Claim that one run fills the marginal density: (44)-(46)."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.stats import norm

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    with_uncertainty,
)
from zitter.claims.section2.fermion_chain import FermionChain
from zitter.claims.section2.fringe_states import condensate_orbital
from zitter.claims.section2.judging import law_text, verdict_under_condition
from zitter.claims.section2.two_mode_bosons import FockFringes
from zitter.core.statistics import Estimate, PowerLaw, power_law_fit
from zitter.scenarios.style import COLOURS, GREY, MARKERS, draw_slope, label_axes, new_figure

CONDENSATE, APART = "condensate in fringes", "bosons |N/2, N/2⟩, packets apart"
FERMIONS = "fermions, chain of packets"
FRINGES, BODIES = "bosons |N/2, N/2⟩ in fringes", "two bodies superposed, apart"
_INSIDE, _OUTSIDE = (CONDENSATE, APART, FERMIONS), (FRINGES, BODIES)

_LARGE = {"quick": (20, 100, 1000, 10_000), "default": (20, 100, 1000, 20_000)}
_FOCK = {"quick": (20, 100, 400), "default": (20, 100, 400, 1000), "full": (20, 100, 1000, 4000)}
_CHAIN = {"quick": (10, 20, 40), "default": (10, 20, 40), "full": (10, 20, 40, 80)}
_NUM_RUNS = {"quick": 60, "default": 150, "full": 1000}
_KOLMOGOROV_MEAN, _KOLMOGOROV_95 = 0.8687, 1.3581
"""Mean and 95% quantile of √N times the distance, for independent draws and large N."""

_Cdf = Callable[[np.ndarray], np.ndarray]
_Draw = Callable[[int, int, np.random.Generator], tuple[np.ndarray, _Cdf]]


def _condensate(N: int, num_runs: int, rng: np.random.Generator) -> tuple[np.ndarray, _Cdf]:
    orbital = condensate_orbital()
    return orbital.sample(rng, num_runs, N), orbital.marginal_cdf


def _bodies(N: int, num_runs: int, rng: np.random.Generator) -> tuple[np.ndarray, _Cdf]:
    side = rng.choice([-3.0, 3.0], (num_runs, 1))
    x = rng.normal(side, 1.0, (num_runs, N))
    return x, lambda z: 0.5 * (norm.cdf(z + 3.0) + norm.cdf(z - 3.0))


def _fermions(N: int, num_runs: int, rng: np.random.Generator) -> tuple[np.ndarray, _Cdf]:
    chain = FermionChain(N, rng)
    return chain.draw(num_runs, rng), chain.marginal_cdf


def _fock(time: float | None) -> _Draw:
    def draw(N: int, num_runs: int, rng: np.random.Generator) -> tuple[np.ndarray, _Cdf]:
        state = FockFringes() if time is None else FockFringes(time)
        return state.draw(N, num_runs, rng), state.marginal_cdf

    return draw


_DRAWS: dict[str, _Draw] = {
    CONDENSATE: _condensate,
    APART: _fock(0.0),
    FERMIONS: _fermions,
    FRINGES: _fock(None),
    BODIES: _bodies,
}


def _distances(x: np.ndarray, cdf: _Cdf) -> np.ndarray:
    """sup |P - ρ̄| of each draw x (num_runs, N), in distribution functions, (num_runs,)."""
    ordered = np.sort(x, axis=1)
    F, ranks = cdf(ordered), np.arange(x.shape[1] + 1) / x.shape[1]
    return np.maximum(np.max(ranks[1:] - F, axis=1), np.max(F - ranks[:-1], axis=1))


def _run(preset: Preset, seed: int, draws: dict[str, _Draw]) -> xr.Dataset:
    num_runs, rng = _NUM_RUNS[preset], np.random.default_rng(seed)
    large, fock = _LARGE.get(preset, _LARGE["default"]), _FOCK[preset]
    counts = {
        CONDENSATE: large,
        APART: fock,
        FERMIONS: _CHAIN[preset],
        FRINGES: fock,
        BODIES: large,
    }
    every = sorted({N for row in counts.values() for N in row})
    distance = np.full((len(draws), len(every), num_runs), np.nan)
    for s, (state, draw) in enumerate(draws.items()):
        for N in counts[state]:
            distance[s, every.index(N)] = _distances(*draw(N, num_runs, rng))
    return xr.Dataset(
        {"distance": (("state", "num_particles", "preparation"), distance, {"unit": "1"})},
        {"state": list(draws), "num_particles": every},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, _DRAWS)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Two superposed bodies where the condensate belongs."""
    return _run(preset, seed, _DRAWS | {CONDENSATE: _bodies})


def _of_state(data: xr.Dataset, state: str) -> xr.DataArray:
    return data.distance.sel(state=state, drop=True).dropna("num_particles", how="all")


def _law(distance: xr.DataArray) -> PowerLaw:
    """Power law in N of the mean distance over preparations."""
    mean = distance.mean("preparation")
    error = distance.std("preparation", ddof=1) / np.sqrt(distance.sizes["preparation"])
    return power_law_fit(distance.num_particles.values, mean.values, error.values)


def _exponent(data: xr.Dataset, state: str) -> Measurement:
    """The run fills the marginal if the distance falls about as 1/√N, or faster."""
    law = _law(_of_state(data, state))
    low, high = law.interval
    falls, stays = high < -0.4, low > -0.4
    verdict = Verdict.HOLDS if falls else Verdict.FAILS if stays else Verdict.INCONCLUSIVE
    return Measurement(
        name="exponent of the distance of one draw from the marginal",
        regime=state,
        value=law.exponent,
        uncertainty=law.exponent_error,
        expected="-1/2 or below",
        verdict=verdict,
    )


def _rejected(data: xr.Dataset, state: str) -> Measurement:
    """Share of draws that the marginal rejects at 5%: 'the vast majority' must not be."""
    last = _of_state(data, state).isel(num_particles=-1)
    N = int(last.num_particles)
    share = float(np.mean(np.sqrt(N) * last.values > _KOLMOGOROV_95))
    error = float(np.sqrt(max(share * (1.0 - share), 0.05) / last.size))
    few, many = share + 2.0 * error < 0.5, share - 2.0 * error > 0.5
    verdict = Verdict.HOLDS if few else Verdict.FAILS if many else Verdict.INCONCLUSIVE
    name = "share of draws rejected at 5%"
    return Measurement(name, f"{state}, N = {N}", share, error, "0.05", verdict)


def _scaled_mean(data: xr.Dataset, state: str) -> Estimate:
    """Mean of √N times the distance at the largest N."""
    last = _of_state(data, state).isel(num_particles=-1)
    scaled = np.sqrt(float(last.num_particles)) * last.values
    return Estimate(float(scaled.mean()), float(scaled.std(ddof=1) / np.sqrt(scaled.size)))


def _judge(data: xr.Dataset) -> Judgement:
    inside, outside = (
        [m for state in states for m in (_exponent(data, state), _rejected(data, state))]
        for states in (_INSIDE, _OUTSIDE)
    )
    verdict = verdict_under_condition(inside, outside)
    laws = {state: _law(_of_state(data, state)) for state in data.state.values}
    bodies = float(_of_state(data, BODIES).isel(num_particles=-1).mean())
    scaled = _scaled_mean(data, CONDENSATE)
    z = (scaled.value - _KOLMOGOROV_MEAN) / scaled.error
    return Judgement(
        verdict=verdict,
        measured=f"exponent {law_text(laws[CONDENSATE])} (condensate), "
        f"{law_text(laws[FRINGES])} (|N/2, N/2⟩ in fringes), {law_text(laws[BODIES])} (two bodies)",
        uncertainty="95% intervals",
        expected="-1/2 for weakly correlated states",
        reason="The distance of one draw from the marginal falls as "
        f"N^{laws[CONDENSATE].exponent:.2f} for a condensate and "
        f"N^{laws[FERMIONS].exponent:.2f} for fermions; for two superposed bodies it stays at "
        f"{bodies:.2f}, and bosons |N/2, N/2⟩ show fringes of random phase that the marginal "
        f"lacks (N^{laws[FRINGES].exponent:.2f}).",
        measurements=(*inside, *outside),
        independent_check="Kolmogorov's law of independent draws: √N times the distance is "
        f"{with_uncertainty(*scaled)} for the condensate against {_KOLMOGOROV_MEAN} (z = {z:.1f})",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure(width=6.6, height=4.2)
    for k, state in enumerate(data.state.values):
        distance = _of_state(data, state)
        low, middle, high = np.quantile(distance.values, [0.16, 0.5, 0.84], axis=1)
        ax.errorbar(
            distance.num_particles,
            middle,
            yerr=[middle - low, high - middle],
            fmt=MARKERS[k],
            color=COLOURS[k],
            label=state,
            capsize=3,
        )
    counts = data.num_particles.values
    start = _KOLMOGOROV_MEAN / np.sqrt(counts[0])
    draw_slope(ax, counts, -0.5, at=(counts[0], start), label="independent draws, ∝ 1/√N")
    ax.axhline(0.5, color=GREY, linewidth=0.8)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(top=12.0)
    label_axes(
        ax,
        x="number of particles N",
        y="distance of one draw from the marginal",
        title="One run fills the marginal only without correlations",
    )
    ax.legend(ncols=2, fontsize=8)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="one-run-fills-the-marginal",
        ledger="L7",
        section="2.1",
        statement="For the vast majority of preparations of identical particles, the positions in "
        "one run fill the marginal density.",
        equations=(44, 45, 46),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="distance ∝ N^(-1/2); 1/2 for two superposed bodies",
        correction="Symmetry is not enough: the correlations must be weak. It fails for superposed "
        "bodies, as the paper says, and also for bosons |N/2, N/2⟩ in their fringes.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
