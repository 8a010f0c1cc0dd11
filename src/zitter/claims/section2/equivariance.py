"""Claim that a state full of particles stays one because |ψ|² is preserved (after (46))."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
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
from zitter.claims.section2.cluster_scattering import (
    SPREAD,
    Setting,
    configurations,
    distance_to_density,
    guided_ends,
    moving_waves,
    one_particle_distribution,
    pair_in_full,
    single_run_distances,
    transmission,
    width_ratio_of_waves,
)
from zitter.forces.moments import pair_correlation, width_ratio
from zitter.scenarios.style import BLACK, BLUE, GREEN, GREY, RED, label_axes, new_figure

_N = 20
_CLUSTER = Setting(_N, velocity=0.8, height=0.36, duration=20.0)
_PAIR = Setting(2, velocity=1.0, height=0.5, duration=8.0)
_SIZES = {"quick": (400, 0.1), "default": (4000, 0.05), "full": (40_000, 0.02)}
_NUM_FRAMES, _NUM_GUIDED = 11, 1000
_CRITICAL = 1.358


def _ratio_errors(X: np.ndarray, rng: np.random.Generator) -> float:
    """Standard error of N σ_cm²/σ² over preparations, by bootstrap."""
    num = len(X)
    return float(np.std([width_ratio(X[rng.integers(num, size=num)]) for _ in range(100)]))


def _run(preset: Preset, seed: int, setting: Setting) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    num, interval = _SIZES[preset]
    waves = moving_waves(setting, interval)
    frames = np.linspace(0, len(waves.times) - 1, _NUM_FRAMES).astype(int)
    X = configurations(waves, setting, num, frames, rng)
    moving = X.mean(axis=2) if setting.bound else X[:, :, 0]
    moving = moving[:, :_NUM_GUIDED]
    guided = guided_ends(waves, moving[0])
    distances = [single_run_distances(X[k], waves, frames[k]) for k in (0, -1)]
    curves = [one_particle_distribution(waves, frames[k]) for k in (0, -1)]
    near = np.abs(waves.x) < 30.0
    full, right = pair_in_full(_PAIR, 256)
    pair_waves = moving_waves(_PAIR, 0.1)
    return xr.Dataset(
        {
            "ratio": ("time", [width_ratio(x) for x in X], {"unit": "1", "meaning": "N σ_cm²/σ²"}),
            "ratio_error": ("time", [_ratio_errors(x, rng) for x in X], {"unit": "1"}),
            "correlation": ("time", [pair_correlation(x) for x in X], {"unit": "1"}),
            "exact_ratio": ("frame", width_ratio_of_waves(waves, setting), {"unit": "1"}),
            "distance": (("moment", "preparation"), distances, {"unit": "1", "meaning": "√N KS"}),
            "one_particle": (("moment", "x"), np.array(curves)[:, near], {"unit": "1"}),
            "positions": (("moment", "run", "particle"), X[[0, -1], :6] / SPREAD, {"unit": "σ₀"}),
        },
        {
            "time": ("time", waves.times[frames] / SPREAD**2, {"unit": "mσ₀²/ħ"}),
            "frame": ("frame", waves.times / SPREAD**2, {"unit": "mσ₀²/ħ"}),
            "moment": ["start", "end"],
            "x": ("x", waves.x[near] / SPREAD, {"unit": "σ₀"}),
        },
        {
            "num_particles": setting.num_particles,
            "density_distance": np.sqrt(guided.size) * distance_to_density(guided, waves, -1),
            "road_difference": float(np.median(np.abs(guided - moving[-1]))) / SPREAD,
            "transmission": transmission(waves),
            "pair_full": [full, right],
            "pair_reduced": [
                float(width_ratio_of_waves(pair_waves, _PAIR)[-1]),
                transmission(pair_waves),
            ],
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, _CLUSTER)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The same particles without the forces that bind them: the product stays a product."""
    return _run(preset, seed, _CLUSTER._replace(bound=False))


def _measure_ratio(data: xr.Dataset, moment: int) -> Measurement:
    value, error = float(data.ratio[moment]), float(data.ratio_error[moment])
    verdict = verdict_within(value, error, high=1.5)
    regime = f"N = {data.num_particles}, t = {float(data.time[moment]):g}"
    return Measurement("N σ_cm²/σ²", regime, value, error, "1", verdict)


def _measure_distance(data: xr.Dataset, moment: str) -> Measurement:
    sample = data.distance.sel(moment=moment).values
    value, error = float(np.median(sample)), float(1.25 * sample.std() / np.sqrt(sample.size))
    verdict = verdict_within(value, error, high=_CRITICAL)
    name = "median over runs of √N · distance of one run to (44)"
    return Measurement(name, moment, value, error, f"below {_CRITICAL}", verdict)


def _judge(data: xr.Dataset) -> Judgement:
    ratios = [_measure_ratio(data, 0), _measure_ratio(data, -1)]
    distances = [_measure_distance(data, str(m)) for m in data.moment.values]
    density = Measurement(
        "√n · distance of guided x to |ψ|²",
        "end, ensemble",
        data.density_distance,
        0.26,
        "below 2.2",
        verdict_within(data.density_distance, 0.26, high=2.2),
    )
    verdict = overall([*ratios, *distances, density])
    last, r = ratios[-1], float(data.correlation[-1])
    rejected = float(np.mean(data.distance.sel(moment="end") > _CRITICAL))
    reason = (
        f"|ψ|² is preserved, but a bound cluster that was a product state leaves a barrier with "
        f"N σ_cm²/σ² = {last.value:.2f} of {data.num_particles} (r = {r:.3f}); {rejected:.0%} of "
        "the runs then miss the one-particle density."
        if verdict is Verdict.FAILS
        else "The state stays full of particles."
    )
    (full, right), (reduced, reduced_right) = data.pair_full, data.pair_reduced
    return Judgement(
        verdict=verdict,
        measured=f"N σ_cm²/σ² {with_uncertainty(ratios[0].value, ratios[0].uncertainty)} → "
        f"{with_uncertainty(last.value, last.uncertainty)}",
        uncertainty=f"{last.uncertainty:.3f} (bootstrap)",
        expected="stays near 1",
        reason=reason,
        measurements=(*ratios, *distances, density),
        independent_check=f"two particles in full: ratio {full:.4f}, transmitted {right:.4f}; "
        f"reduced: {reduced:.4f}, {reduced_right:.4f}; guided paths and quantile map differ by "
        f"{data.road_difference:.3f} σ₀ in the median",
    )


def _draw_runs(ax: Axes, data: xr.Dataset, moment: str, xlim: tuple[float, float]) -> None:
    ax.plot(data.x, data.one_particle.sel(moment=moment), color=BLACK, label="all runs, (44)")
    colours = (BLUE, RED, GREEN)
    for run, colour in zip(range(3), colours, strict=True):
        x = np.sort(data.positions.sel(moment=moment)[run])
        share = np.arange(1, x.size + 1) / x.size
        ax.step(x, share, where="post", color=colour, alpha=0.9, label=f"run {run + 1}, (45)")
    ax.set_xlim(*xlim)
    label_axes(ax, x="position x [σ₀]", y="share of particles below x")


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, middle, right) = new_figure(3, width=12.5)
    _draw_runs(left, data, "start", (-11.5, -4.5))
    left.set_title("Start: single runs and the density")
    _draw_runs(middle, data, "end", (-50.0, 50.0))
    rejected = float(np.mean(data.distance.sel(moment="end") > _CRITICAL))
    middle.set_title(f"After the barrier: {rejected:.0%} of runs rejected")
    right.plot(data.frame, data.exact_ratio, color=BLUE, label="|ψ|²")
    right.errorbar(
        data.time,
        data.ratio,
        yerr=2.0 * data.ratio_error,
        fmt="o",
        color=BLUE,
        label="runs carried by (5)",
    )
    right.axhline(1.0, color=GREY, linestyle="--", label="paper: stays 1")
    right.axhline(data.num_particles, color=RED, linestyle=":", label="largest possible, N")
    label_axes(right, x="time [mσ₀²/ħ]", y="N σ_cm²/σ²")
    right.set_title(f"Width ratio, {float(data.ratio[-1]):.2f} at the end")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="full-of-particles-at-all-times",
        ledger="L8",
        section="2.1",
        statement="A wavefunction full of particles stays so at all times, because |ψ|² is "
        "preserved.",
        equations=(23, 44, 45, 46, 51),
        predicted=Verdict.FAILS,
        expected="N σ_cm²/σ² stays near 1",
        correction="Equivariance keeps ρ = |ψ|², not the smallness of correlations: unitary "
        "motion makes macroscopic superpositions from product states.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
