"""Claim on the gravity of a body in a superposition, felt by a probe (end of 3.3, (72), (100))."""

from typing import Any

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
    verdict_within,
    with_uncertainty,
)
from zitter.claims.section2.judging import verdict_under_condition
from zitter.claims.section3.probe_runs import (
    ACTUAL,
    BOHM,
    CLASSICAL_MEAN_FIELD,
    MEAN_FIELD,
    NELSON,
    agreement,
    probe_dataset,
)
from zitter.core.statistics import power_law_fit
from zitter.mean_field.probe import actual_source_paths, classical_mean_field_paths
from zitter.scenarios.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    draw_slope,
    label_axes,
    new_figure,
)

# N at which paths are shown; N of the comparison of densities; draws.
_SIZES: dict[str, tuple[int, tuple[int, ...], int]] = {
    "quick": (16, (4, 16, 64), 600),
    "default": (32, (4, 16, 64, 256), 1200),
    "full": (64, (4, 16, 64, 256), 4000),
}
_SPREAD_SOURCE = (MEAN_FIELD, CLASSICAL_MEAN_FIELD)
_POINT_SOURCE = (ACTUAL, BOHM, NELSON)


def _run(preset: Preset, seed: int, classical_source: Any) -> xr.Dataset:
    num_constituents, counts, num = _SIZES[preset]
    data = probe_dataset(num_constituents, num, seed, classical_source)
    return data.merge(agreement(counts, classical_source), combine_attrs="drop_conflicts")


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, actual_source_paths)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """(100) with the source spread over |ψ_cl|² in place of the actual position."""
    return _run(preset, seed, classical_mean_field_paths)


def _same_side(data: xr.Dataset, theory: str) -> Measurement:
    """Share of probes that end on the side where the body is; 1/2 beside a cat."""
    same = data.same_side.sel(theory=theory).values
    share, num = float(np.mean(same)), same.size
    error = float(np.sqrt(max(share * (1.0 - share), 1.0 / num) / num))
    return Measurement(
        name="share of probes drawn to the side of the body",
        regime=theory,
        value=share,
        uncertainty=error,
        expected=0.5 if theory in _SPREAD_SOURCE else "1",
        verdict=verdict_within(share, error, low=0.85),
    )


def _moments(data: xr.Dataset, theory: str) -> tuple[Measurement, Measurement]:
    """Mean and variance of the probe in units of the deflection by a body on one side."""
    x = data.probe.sel(theory=theory).values / float(data.deflection)
    mean, variance, num = float(np.mean(x)), float(np.var(x, ddof=1)), x.size
    mean_error = float(np.sqrt(variance / num))
    spread = (x - mean) ** 2
    variance_error = float(np.std(spread) / np.sqrt(num))
    return (
        Measurement(
            "mean of the probe / deflection",
            theory,
            mean,
            mean_error,
            0.0,
            verdict_within(mean, mean_error, -0.25, 0.25),
        ),
        Measurement(
            "variance of the probe / deflection²",
            theory,
            variance,
            variance_error,
            "near 1; of its own packet only beside a cat",
            verdict_within(variance, variance_error, low=0.5),
        ),
    )


def _smaller_packet(data: xr.Dataset) -> Measurement:
    """Mass of the smaller of the two packets of |ψ_cl|² at the end, when (72) has evolved it."""
    X = data.body.sel(theory=ACTUAL).values
    share = min(float(np.mean(X > 0.0)), float(np.mean(X < 0.0)))
    error = float(np.sqrt(share * (1.0 - share) / X.size))
    return Measurement(
        name="smaller packet of |ψ_cl|² at the end, under (72)",
        regime="the reason given: no superpositions",
        value=share,
        uncertainty=error,
        expected="0 if (72) excludes superpositions",
        verdict=verdict_within(share, error, high=0.05),
    )


def _agreement(data: xr.Dataset) -> list[Measurement]:
    distance, coarse = data.distance.values, data.distance_coarse.values
    return [
        Measurement(
            name="distance of the probe's laws, exact and (100) / deflection",
            regime=f"bodies of N = {int(count)}",
            value=float(w),
            uncertainty=float(abs(w - c)),
            expected="falls to 0",
            verdict=verdict_within(float(w), float(abs(w - c)), high=0.2),
        )
        for count, w, c in zip(data.num_constituents.values, distance, coarse, strict=True)
    ]


def _judge(data: xr.Dataset) -> Judgement:
    inside = [_same_side(data, theory) for theory in _POINT_SOURCE]
    outside = [_same_side(data, theory) for theory in _SPREAD_SOURCE] + [_smaller_packet(data)]
    moments = [m for theory in data.theory.values for m in _moments(data, str(theory))]
    near = _agreement(data)
    actual, spread = inside[0], outside[1]
    law = power_law_fit(
        data.num_constituents.values[-2:],
        data.distance.values[-2:],
        [max(m.uncertainty, 1e-6) for m in near[-2:]],
    )
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"{with_uncertainty(actual.value, actual.uncertainty)} of the probes go to the "
        f"body's side; {with_uncertainty(spread.value, spread.uncertainty)} if |ψ_cl|² is the "
        "source",
        uncertainty="one standard error",
        expected="1 with the actual position as source, 1/2 with |ψ|² or |ψ_cl|²",
        reason=f"With its source at the actual position a body draws {actual.value:.0%} of the "
        f"probes to its side; with |ψ_cl|² as source {spread.value:.0%}, as in the mean field of "
        f"the linear theory, though (72) has kept {outside[2].value:.0%} of |ψ_cl|² in the "
        f"smaller packet. Exact and (100) differ by {near[0].value:.3f} of the deflection at "
        f"N = {int(data.num_constituents[0])}, {near[-1].value:.3f} at "
        f"{int(data.num_constituents[-1])} (N^{law.exponent:.2f}).",
        measurements=(*inside, *outside, *moments, *near),
        independent_check="the share from the exact |ψ(X, x)|² on the grid is "
        f"{float(data.same_side_exact):.4f}, by Bohm's paths {inside[1].value:.4f}, by "
        f"Nelson's {inside[2].value:.4f}",
    )


def _histogram(ax: Axes, data: xr.Dataset, theory: str, colour: str, *, filled: bool) -> None:
    edges = np.linspace(-2.2, 2.2, 45)
    style: dict[str, Any] = dict(histtype="stepfilled", alpha=0.35) if filled else {}
    if not filled:
        style = dict(histtype="step", linewidth=1.6)
    values = data.probe.sel(theory=theory).values
    ax.hist(values, edges, density=True, color=colour, label=theory, **style)


def _draw_forces(ax: Axes, data: xr.Dataset) -> None:
    edges = np.linspace(-0.48, 0.48, 49)
    for source, colour in zip(data.source.values, (RED, BLUE), strict=True):
        values = data.force.sel(source=source).values
        weights = np.full(values.size, 1.0 / values.size)
        ax.hist(values, edges, weights=weights, color=colour, alpha=0.6, label=f"source: {source}")
    ax.set_ylim(top=1.35 * ax.get_ylim()[1])
    label_axes(ax, x="force on the probe at t = 0 [G M m/a²]", y="share of the runs")
    spread, actual = (float(np.std(data.force.sel(source=s).values)) for s in data.source.values)
    mean = max(abs(float(np.mean(data.force.sel(source=s).values))) for s in data.source.values)
    ax.set_title(
        f"Force: mean below {mean:.2g} from both;\nspread {spread:.2g} against {actual:.2g}"
    )


def _draw_ends(
    ax: Axes, data: xr.Dataset, theories: tuple[tuple[str, str, bool], ...], line: str
) -> None:
    for theory, colour, filled in theories:
        _histogram(ax, data, theory, colour, filled=filled)
    label = "exact |ψ|²" if line == "exact_density" else "|ψ|² of the mean field"
    ax.plot(data.x, data[line], color=BLACK, linewidth=1.2, label=label)
    for side in (-1.0, 1.0):
        ax.axvline(side * float(data.deflection), color=GREY, linestyle=":", linewidth=1.2)
    ax.set_xlim(-2.2, 2.2)
    ax.set_ylim(top=1.6 * ax.get_ylim()[1])
    label_axes(ax, x="probe at the end [a]", y="density [1/a]")
    ax.legend(loc="upper center", fontsize=8.5)


def _draw_agreement(ax: Axes, data: xr.Dataset) -> None:
    counts, distance = data.num_constituents.values, data.distance.values
    error = np.abs(distance - data.distance_coarse.values)
    ax.errorbar(counts, distance, error, fmt="o", color=BLUE, capsize=3, label="measured")
    draw_slope(ax, counts, -0.5, at=(counts[-1], distance[-1]), label="∝ N^(-1/2)")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(counts, [str(count) for count in counts])
    ax.set_yticks([0.01, 0.02, 0.05, 0.1, 0.2], ["0.01", "0.02", "0.05", "0.1", "0.2"])
    ax.minorticks_off()
    label_axes(ax, x="constituents N of each body", y="distance of the laws [deflection]")
    ax.set_title(
        f"Exact against (100): {distance[0]:.3f} at N = {counts[0]},\n"
        f"{distance[-1]:.3f} at N = {counts[-1]}"
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (forces, spread, actual, near) = new_figure(4, width=16.8, height=4.2)
    _draw_agreement(near, data)
    _draw_forces(forces, data)
    _draw_ends(
        spread,
        data,
        ((CLASSICAL_MEAN_FIELD, RED, True), (MEAN_FIELD, ORANGE, False)),
        "mean_field_density",
    )
    _draw_ends(
        actual,
        data,
        ((ACTUAL, BLUE, True), (BOHM, GREEN, False), (NELSON, ORANGE, False)),
        "exact_density",
    )
    share = {str(theory): _same_side(data, str(theory)).value for theory in data.theory.values}
    spread.set_title(
        f"Source |ψ|²: to the body's side go {share[CLASSICAL_MEAN_FIELD]:.0%}\n"
        f"by the nonlinear (72), {share[MEAN_FIELD]:.0%} by the linear equation"
    )
    actual.set_title(
        f"Source where the body is: {share[ACTUAL]:.0%} by (72),\n"
        f"{share[BOHM]:.0%} by the linear equation with Bohm's paths"
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="no-gravity-of-cat-states",
        ledger="L41",
        section="3.3",
        statement="Because the classical Schroedinger equation is nonlinear, a centre of mass is "
        "in one place at any time, and its gravity on other bodies is not that of a cat state.",
        equations=(37, 72, 100),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="all probes drawn to the side of the body with the actual position as source; "
        "half of them with |ψ|² as source, by the linear and by the nonlinear equation",
        correction="There is no cat gravity because the source in (100) is the actual position, "
        "not because (72) is nonlinear: two separate packets are a solution of (72), and with "
        "|ψ_cl|² as source the gravity of a cat state is back.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
