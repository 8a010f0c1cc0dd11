"""Claim that the mean field has a general f(x, p): momenta from one phase or of each body."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.section2.judging import law_text, verdict_under_condition, with_interval
from zitter.claims.section5 import limit_runs as runs
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.mean_field.batches import batch_paths
from zitter.mean_field.empirical import phase_points, sliced_wasserstein
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes, new_figure

_COUNTS: dict[Preset, tuple[int, ...]] = {
    "quick": (64, 256, 1024),
    "default": (64, 256, 1024, 4096),
    "full": (64, 256, 1024, 4096, 16384),
}
_RUNS: dict[Preset, int] = {"quick": 24, "default": 48, "full": 96}
_POWER: dict[Preset, int] = {"quick": 14, "default": 16, "full": 18}
_TIMES, _STEP, _SHOWN = (0.0, 1.0, 5.0), 0.1, 1024
_OWN, _COMMON = "a momentum of each body", "one common phase"
# S₀ = -A cos(κx)/κ with the mean square momentum of the warm f.
_KAPPA = 2.0
_AMPLITUDE = runs.SPREAD * np.sqrt(2.0 / (1.0 - np.exp(-2.0 * (_KAPPA * runs.WIDTH) ** 2)))


def _starts(kind: str, num_runs: int, num: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random positions, and momenta of unit masses drawn one by one or ∂S₀/∂x."""
    rng = np.random.default_rng([seed, num])
    X = runs.WIDTH * rng.normal(size=(num_runs, num))
    own = runs.SPREAD * rng.normal(size=X.shape)
    return X, own if kind == _OWN else _AMPLITUDE * np.sin(_KAPPA * X)


def _neighbour_spread(X: np.ndarray, V: np.ndarray) -> np.ndarray:
    """Rms difference of the momenta of neighbours over √2, of each realisation."""
    order = np.argsort(X, axis=-1)
    steps = np.diff(np.take_along_axis(V, order, axis=-1), axis=-1)
    return np.sqrt(0.5 * np.mean(steps**2, axis=-1))


def _run(preset: Preset, seed: int, kinds: tuple[str, str] = (_OWN, _COMMON)) -> xr.Dataset:
    sizes = runs.SIZES[preset]._replace(
        line_times=_TIMES, line_step=_STEP, reference_power=_POWER[preset], num_directions=16
    )
    record = [round(t / _STEP) for t in _TIMES]
    references = runs.line_references(runs.COSINE, sizes)
    counts, num_runs = _COUNTS[preset], _RUNS[preset]
    shape = (2, len(counts), len(_TIMES), num_runs)
    distance, spread = np.empty(shape), np.empty(shape)
    cloud = np.empty((2, len(_TIMES), _SHOWN, 2))
    for a, kind in enumerate(kinds):
        for n, num in enumerate(counts):
            X0, V0 = _starts(kind, num_runs, num, seed)
            batch = batch_paths(runs.line_bodies(runs.COSINE, 1.0), X0, V0, _STEP, record)
            points = phase_points(batch.X[..., None], batch.V[..., None], 1.0, 1.0)
            spread[a, n] = _neighbour_spread(batch.X, batch.V)
            for t, reference in enumerate(references):
                distance[a, n, t] = [sliced_wasserstein(p, reference) for p in points[t]]
            if num == _SHOWN:
                cloud[a] = points[:, 0]
    dims = ("momenta", "count", "time", "preparation")
    return xr.Dataset(
        {
            "distance": (dims, distance, {"unit": "1"}),
            "spread": (dims, spread, {"unit": "momentum"}),
            "cloud": (("momenta", "time", "body", "axis"), cloud, {"unit": "1"}),
        },
        coords={"momenta": [_OWN, _COMMON], "count": list(counts), "time": list(_TIMES),
                "axis": ["x", "p"]},
    )  # fmt: skip


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The momenta of the bodies come from the common phase where they should be their own."""
    return _run(preset, seed, (_COMMON, _COMMON))


def _law(data: xr.Dataset, name: str, momenta: str, time: float) -> PowerLaw:
    samples = data[name].sel(momenta=momenta, time=time).transpose("count", "preparation").values
    error = samples.std(axis=1, ddof=1) / np.sqrt(samples.shape[1])
    return power_law_fit(data["count"].values, samples.mean(axis=1), error)


def _reached(data: xr.Dataset, momenta: str) -> list[Measurement]:
    """Whether f_K comes closer to the warm f with K, at every time."""
    found = []
    for time in data.time.values:
        law = _law(data, "distance", momenta, time)
        verdict = verdict_within(law.exponent, law.exponent_error, high=-0.3)
        regime = with_interval(f"{momenta}, t = {time:g}", law)
        found.append(
            Measurement("exponent of sliced W₁ to the warm f in K", regime, law.exponent,
                        law.exponent_error, "below -0.3", verdict)
        )  # fmt: skip
    return found


def _streams(data: xr.Dataset) -> list[Measurement]:
    """Spread of the momenta in one place: none in one stream, some after the caustic."""
    found = []
    for time, low, high in ((_TIMES[0], -np.inf, -0.3), (_TIMES[-1], -0.4, np.inf)):
        law = _law(data, "spread", _COMMON, time)
        regime = with_interval(f"{_COMMON}, t = {time:g}", law)
        found.append(
            Measurement("exponent of the spread among neighbours in K", regime, law.exponent,
                        law.exponent_error, "-0.5 in one stream, 0 in several",
                        verdict_within(law.exponent, law.exponent_error, low, high))
        )  # fmt: skip
    return found


def _judge(data: xr.Dataset) -> Judgement:
    inside, outside, streams = _reached(data, _OWN), _reached(data, _COMMON), _streams(data)
    own = _law(data, "distance", _OWN, _TIMES[-1])
    common = _law(data, "distance", _COMMON, _TIMES[-1])
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"exponent of the distance to a warm f: {law_text(own)} with momenta of their "
        f"own, {law_text(common)} from one phase",
        uncertainty="95% intervals from the spread over realisations",
        expected="-1/2, and 0",
        reason=f"With momenta of their own the bodies approach the warm f as K^{own.exponent:.2f}; "
        f"with pⁱ = ∂S₀/∂xⁱ of one smooth phase their distance to it goes as "
        f"K^{common.exponent:.2f}, also after the caustic.",
        measurements=(*inside, *outside, *streams),
        independent_check="Spread of the momenta of neighbours: 0 in one stream, and not after "
        "the streams have crossed",
    )


def _draw_clouds(panels: tuple[Axes, Axes], data: xr.Dataset) -> None:
    for ax, momenta in zip(panels, data.momenta.values, strict=True):
        for n, time in enumerate((_TIMES[0], _TIMES[-1])):
            z = data.cloud.sel(momenta=momenta, time=time)
            ax.plot(z.sel(axis="x"), z.sel(axis="p"), ".", color=COLOURS[n], markersize=2.0,
                    label=f"t = {time:g}")  # fmt: skip
        label_axes(ax, x="x [σ]", y="p [natural]", title=str(momenta))


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, middle, right) = new_figure(3)
    _draw_clouds((left, middle), data)
    last = data.distance.isel(time=-1).mean("preparation")
    for n, momenta in enumerate(data.momenta.values):
        right.loglog(data["count"], last.sel(momenta=momenta), MARKERS[n] + "-", color=COLOURS[n],
                     label=str(momenta))  # fmt: skip
    counts = data["count"].values
    draw_slope(right, counts, -0.5, at=(counts[0], 0.8 * float(last[0, 0])), label="exponent -1/2")
    title = f"distance to the warm f at t = {_TIMES[-1]:g}"
    label_axes(right, x="bodies K", y="sliced W₁", title=title)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="general-f-from-one-phase",
        ledger="L55",
        section="5",
        statement="The bodies of (106)-(108), whose momenta are slopes of one phase, have a "
        "general density f(x, p) as their limit.",
        equations=(106, 107, 108, 112),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="-1/2 in K for every f₀",
        correction="One smooth phase gives one momentum in each place, and several streams after "
        "the caustic; a warm f needs a momentum of its own for each body.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
