"""Claim that the diffusions (9), (10), (24), (25) keep the density |ψ|²."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import ndtr

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
)
from zitter.claims.section2.equivariance_study import (
    draw_study,
    study_dataset,
    study_measurements,
)
from zitter.claims.section2.gaussian_diffusion import (
    NUM_PARTICLES,
    REDUCED_NOISE,
    Case,
    Drift,
    classical_path,
    coupled_state,
    diffuse,
    end_points,
    exact_law,
    propagated_covariance,
    reduced_drift,
)
from zitter.core.statistics import convergence_order, ks_distance
from zitter.scenarios.style import BLUE, GREEN, GREY, ORANGE, RED, label_axes, new_figure

_N = NUM_PARTICLES
_SIZES = {"quick": (150_000, 36), "default": (200_000, 72), "full": (2_000_000, 400)}
_STEPS = (5, 10, 20, 40, 80)
_COORDINATES = ("x_cm", "y")
_PRINTED = "free, printed (15)-(16)"
_BACKWARD = "coupled, (10) backward"


def _cases() -> dict[str, Case]:
    free = coupled_state(1.0, 0.0, 0.0, 0.5, 0.8)
    coupled = coupled_state(1.0, 0.5, 0.25, 0.5, 0.8)
    return {
        "free, (24)-(25)": Case(free, 4.0, "reduced"),
        "coupled, (24)-(25)": Case(coupled, 2.5, "reduced"),
        "coupled, (9)": Case(coupled, 2.5, "particles"),
        _BACKWARD: Case(coupled, 2.5, "backward"),
        _PRINTED: Case(free, 4.0, "printed"),
    }


def _measured(case: Case, ends: tuple[np.ndarray, np.ndarray]) -> tuple:
    """Relative errors of the widths, distance of distributions, two-time correlations."""
    law = exact_law(case.state, np.array([0.0, case.duration]))
    final = 0 if case.road == "backward" else -1
    begin, end = ends
    measured = np.array([end[0].std(), np.sqrt(np.mean(end[1:].var(axis=1)))])
    t = 0.0 if final == 0 else case.duration
    scaled = (end[0] - classical_path(case.state, t)) / law.width[final, 0]
    correlation = [np.corrcoef(a, b)[0, 1] for a, b in zip(begin, end, strict=True)]
    return (
        measured / law.width[final] - 1.0,
        ks_distance(scaled, ndtr),
        [correlation[0], np.mean(correlation[1:])],
        np.exp(-law.angle[-1]),
    )


def _step_study(case: Case, num: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Errors of the width of x_cm against the number of steps: sampled Euler, exact two schemes."""
    sampled, exact = [], []
    for num_steps in _STEPS:
        times = np.linspace(0.0, case.duration, num_steps + 1)
        drift = reduced_drift(case.state, times, 1, 1.0)
        drift = Drift(drift.slope[:, :1, :1], drift.offset[:, :1])
        first, *_, last = exact_law(case.state, times).width[:, 0]
        start = first * rng.standard_normal((1, num))
        noise = REDUCED_NOISE[:1]
        end = diffuse(start, times, drift, noise, rng, "euler")
        variances = [
            propagated_covariance(np.array([[first**2]]), times, drift, noise, scheme)
            for scheme in ("euler", "heun")
        ]
        sampled.append(end.std() / last - 1.0)
        exact.append(np.sqrt(np.ravel(variances)) / last - 1.0)
    return np.asarray(sampled), np.asarray(exact)


def _run(preset: Preset, seed: int, factor: float) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    num, num_steps = _SIZES[preset]
    cases = _cases()
    found = []
    for case in cases.values():
        chosen = float(_N) if case.road == "printed" else factor
        found.append(_measured(case, end_points(case, num, num_steps, chosen, rng)))
    error, distance, correlation, exact_correlation = zip(*found, strict=True)
    sampled, exact = _step_study(cases["coupled, (24)-(25)"], num // 2, rng)
    error_dims = ("case", "coordinate")
    gaussian = xr.Dataset(
        {
            "width_error": (error_dims, list(error), {"unit": "1", "meaning": "σ/σ_exact - 1"}),
            "distance": ("case", list(distance), {"unit": "1", "meaning": "KS of x_cm"}),
            "correlation": (error_dims, list(correlation), {"unit": "1"}),
            "exact_correlation": (error_dims, list(exact_correlation), {"unit": "1"}),
            "sampled_error": ("num_steps", sampled, {"unit": "1", "meaning": "Euler, (24)"}),
            "scheme_error": (("num_steps", "scheme"), exact, {"unit": "1"}),
        },
        {
            "case": list(cases),
            "coordinate": list(_COORDINATES),
            "num_steps": list(_STEPS),
            "scheme": ["euler", "heun"],
        },
        {
            "num_paths": num,
            "duration": cases["coupled, (9)"].duration,
        },
    )
    return gaussian.merge(study_dataset(preset, seed))


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Drift of (24) with the printed factors 1/m and ħ/2m of (15) and (16)."""
    return _run(preset, seed, float(_N))


def _width_error(data: xr.Dataset, case: str, coordinate: str) -> Measurement:
    num = data.num_paths * (1 if coordinate == "x_cm" else _N - 1)
    value = float(data.width_error.sel(case=case, coordinate=coordinate))
    error = 1.0 / np.sqrt(2.0 * num)
    verdict = verdict_within(value, error, -0.01, 0.01)
    return Measurement(f"width of {coordinate} / exact - 1", case, value, error, "±1%", verdict)


def _distance(data: xr.Dataset, case: str) -> Measurement:
    value, error = float(data.distance.sel(case=case)), 0.26 / np.sqrt(data.num_paths)
    verdict = verdict_within(value, error, high=0.01)
    name = "Kolmogorov-Smirnov distance of x_cm to |ψ|²"
    return Measurement(name, case, value, error, "below 0.01", verdict)


def _reversal(data: xr.Dataset, coordinate: str) -> Measurement:
    """Two-time correlation of the forward process less that of the backward process."""
    both = data.correlation.sel(coordinate=coordinate)
    value = float(both.sel(case="coupled, (9)") - both.sel(case=_BACKWARD))
    error = float(np.sqrt(2.0 / data.num_paths))
    verdict = verdict_within(value, error, -0.02, 0.02)
    name = f"corr({coordinate}(0), {coordinate}(T)), forward - backward"
    return Measurement(name, "(9) and (10)", value, error, "0", verdict)


def _judge(data: xr.Dataset) -> Judgement:
    cases = [str(case) for case in data.case.values if case != _PRINTED]
    widths = [_width_error(data, case, c) for case in cases for c in _COORDINATES]
    others = [_distance(data, case) for case in cases]
    others += [_reversal(data, c) for c in _COORDINATES]
    others += study_measurements(data)
    verdict = overall([*widths, *others])
    printed = _width_error(data, _PRINTED, "x_cm")
    worst = max(widths, key=lambda m: abs(m.value))
    order = convergence_order(
        data.duration / data.num_steps, np.abs(data.scheme_error.sel(scheme="euler"))
    )
    sampled = float(np.abs(data.sampled_error - data.scheme_error.sel(scheme="euler")).max())
    gap = np.abs(data.correlation - data.exact_correlation).sel(case=cases)
    reason = (
        f"All widths are right to {abs(worst.value):.2%}, forward and backward processes have the "
        f"same two-time correlation; with the printed (15)-(16) the width is wrong by "
        f"{printed.value:+.1%} at N = {_N}."
        if verdict is Verdict.HOLDS
        else f"The {worst.name} is {worst.value:+.1%} ({worst.regime})."
    )
    return Judgement(
        verdict=verdict,
        measured=f"largest error of a width {abs(worst.value):.2%}",
        uncertainty=f"{worst.uncertainty:.2%}",
        expected="below 1%",
        reason=reason,
        measurements=(*widths, *others, printed),
        independent_check=f"law of E6: correlations within {float(gap.max()):.4f}; Euler error "
        f"order {order:.2f} from exact moments, met by sampling within {sampled:.4f}",
    )


def _draw_errors(ax: Axes, data: xr.Dataset) -> None:
    cases = [str(case) for case in data.case.values]
    places = np.arange(len(cases))[::-1]
    ax.axvspan(-1.0, 1.0, color=GREEN, alpha=0.12)
    for coordinate, colour, offset in zip(_COORDINATES, (BLUE, ORANGE), (0.12, -0.12), strict=True):
        found = [_width_error(data, case, coordinate) for case in cases]
        value = 100.0 * np.array([m.value for m in found])
        error = 200.0 * np.array([m.uncertainty for m in found])
        ax.errorbar(
            value, places + offset, xerr=error, fmt="o", color=colour, label=coordinate, capsize=3
        )
    ax.set_yticks(places, cases)
    ax.set_xscale("symlog", linthresh=2.0, linscale=1.5)
    ax.set_xlim(-2.0, 40.0)
    ax.set_xticks([-2, -1, 0, 1, 2, 10, 20], ["-2", "-1", "0", "1", "2", "10", "20"])
    printed = _width_error(data, _PRINTED, "x_cm").value
    ax.set_title(f"Error of widths; the printed (15)-(16): {printed:+.0%}")
    label_axes(ax, x="error of the width [%], bars ±2 standard errors", y="equation")


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right, nodes, study) = new_figure(4, width=19.0, height=4.0)
    _draw_errors(left, data)
    nodes.bar(data.x, data.histogram, width=0.1, color=BLUE, alpha=0.5, label="paths of (9)")
    nodes.plot(data.x, data.density, color=RED, label="|ψ|²")
    label_axes(nodes, x="x [σ₀]", y="density [1/σ₀]")
    nodes.set_title("paths where two packets interfere, with nodes")
    draw_study(study, data)
    study.set_title("distance to |ψ|² through nodes, by step")
    step = data.duration / data.num_steps
    for scheme, colour in (("euler", BLUE), ("heun", RED)):
        error = np.abs(data.scheme_error.sel(scheme=scheme))
        order = convergence_order(step, error)
        label = f"{scheme.capitalize()}, exact moments: order {order:.1f}"
        right.loglog(step, error, "-", color=colour, label=label)
    right.loglog(step, np.abs(data.sampled_error), "o", color=BLUE, label="Euler, sampled")
    right.set_xticks(step, [f"{dt:.3g}" for dt in step.values])
    right.minorticks_off()
    floor = 1.0 / np.sqrt(data.num_paths)
    right.axhline(floor, color=GREY, linestyle="--", label="noise of the sample")
    right.set_ylim(top=8.0)
    label_axes(right, x="time step dt [mσ₀²/ħ]", y="|error| of the width of x_cm", legend=False)
    right.legend(loc="upper left")
    right.set_title("error of the width by the time step")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="diffusions-keep-the-density",
        ledger="L5",
        section="2.1",
        statement="The diffusions (9), (10) and (24), (25) reproduce the density |ψ|².",
        equations=(9, 10, 11, 15, 16, 24, 25, 26, 27),
        predicted=Verdict.HOLDS,
        expected="width error below 1%; backward covariance equal to forward",
        correction="(15) and (16) carry 1/M and ħ/2M, as (24) does.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
