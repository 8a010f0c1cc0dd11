"""Claim on the paths that are read off a ψ which obeys (72): Newton's until rays meet."""

import numpy as np
import xarray as xr
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
from zitter.claims.section3.classical_runs import mean_and_width, packet_problem, packets
from zitter.claims.section3.paper_runs import FALL, MOMENTUM, TRAP
from zitter.classical_limit.classical_schrodinger import METHODS
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.scenarios.style import BLACK, COLOURS, GREY, label_axes, new_figure
from zitter.trajectories.quantiles import quantile_map_of_densities

# Points and half widths of the boxes; other boxes with as many points need no compilation.
_GRIDS = {
    "quick": ((256, 14.0), (256, 12.0)),
    "default": ((256, 14.0), (256, 12.0), (512, 14.0), (512, 12.0)),
    "full": ((256, 14.0), (256, 12.0), (512, 14.0), (512, 12.0), (1024, 14.0), (1024, 12.0)),
}
_NUM_STARTS = 9
_BEFORE, _AFTER = 1.2, 2.0
_FALL, _TRAP = "U = 2x", "U = x²/2"


def _run(preset: Preset, seed: int, *, quantum: bool) -> xr.Dataset:
    """Paths by the quantiles of |ψ|², which split steps of (72) give on several grids."""
    starts = np.sort(np.random.default_rng(seed).normal(size=_NUM_STARTS))
    times = np.linspace(0.0, _AFTER, 11)
    newton = {
        _FALL: starts + MOMENTUM * times[:, None] - times[:, None] ** 2,
        _TRAP: starts * np.cos(times)[:, None] + MOMENTUM * np.sin(times)[:, None],
    }
    paths, widths, crossed = [], [], []
    for U in (FALL, TRAP):
        runs, spreads = [], []
        for num, half in _GRIDS[preset]:
            psi = packets([0.0], [MOMENTUM], [1.0])
            problem = packet_problem(psi, U, times, half=half, num=num)
            found = family_on_grid(problem, 0.0) if quantum else METHODS["grid"](problem)
            x = problem.grid.axes[0]
            runs.append(quantile_map_of_densities(x, found.density, starts))
            spreads.append(mean_and_width(found.density, x)[1])
            shares = found.survey.crossed_mass
        paths.append(runs)
        widths.append(spreads)
        crossed.append(shares)
    dims = ("potential", "grid", "time", "start")
    return xr.Dataset(
        dict(
            path=(dims, np.array(paths), {"unit": "σ₀"}),
            newton=(("potential", "time", "start"), np.array([newton[_FALL], newton[_TRAP]])),
            width=(dims[:3], np.array(widths), {"unit": "σ₀"}),
            crossed=(("potential", "time"), np.array(crossed)),
        ),
        coords=dict(
            potential=[_FALL, _TRAP],
            grid=[f"{n} points in {2.0 * half:g} σ₀" for n, half in _GRIDS[preset]],
            time=times,
            start=starts,
        ),
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, quantum=False)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The quantum potential is not taken away."""
    return _run(preset, seed, quantum=True)


def _distance(data: xr.Dataset, potential: str, time: float) -> Measurement:
    """Largest distance from Newton's paths up to `time`, or at it if rays have met by then."""
    here = data.sel(potential=potential)
    met = bool(here.crossed.sel(time=time, method="nearest") > 0.0)
    here = here.sel(time=[time] if met else slice(None, time + 1e-9), method=None)
    off = np.max(np.abs(here.path - here.newton).values, axis=(1, 2))
    error = float(np.ptp(off[-2:]))
    return Measurement(
        name="largest distance from Newton's paths [σ₀]",
        regime=f"{potential}, {'at' if met else 'up to'} t = {time:g}",
        value=float(off[-1]),
        uncertainty=error,
        expected=0.0,
        verdict=verdict_within(float(off[-1]), error, 0.0 - 2.0 * error, 0.1),
    )


def _judge(data: xr.Dataset) -> Judgement:
    before = [_distance(data, _FALL, _AFTER), _distance(data, _TRAP, _BEFORE)]
    after = _distance(data, _TRAP, _AFTER)
    widths = data.width.sel(potential=_TRAP).isel(time=-1).values
    exact = abs(float(np.cos(_AFTER)))
    worst = np.abs(widths / exact - 1.0)
    return Judgement(
        verdict=verdict_under_condition(before, [after]),
        measured=f"{with_uncertainty(before[1].value, before[1].uncertainty)} σ₀ from Newton's "
        f"paths up to ωt = {_BEFORE:g}, {after.value:.2f} σ₀ at ωt = {_AFTER:g}",
        uncertainty="difference of the two finest grids",
        expected="0 until the focus at ωt = π/2; no meaning after it",
        reason="Paths of (72) are Newton's to "
        f"{max(m.value for m in before):.0e} σ₀ until the rays meet; after the focus of the trap "
        f"a grid code gives widths that are off by {100 * worst.min():.0f}% to "
        f"{100 * worst.max():.0f}%, depending on its grid.",
        measurements=(*before, after),
        independent_check="paths from quantiles of |ψ|² on a grid, without rays",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, width=9.8, height=3.8)
    here = data.sel(potential=_TRAP)
    left.plot(here.time, here.newton, color=GREY, linewidth=1.0)
    left.plot(here.time, here.path.isel(grid=-1), ".", color=COLOURS[0])
    left.plot([], [], color=GREY, label="Newton")
    left.plot([], [], ".", color=COLOURS[0], label="|ψ|² of (72) on a grid")
    left.axvline(0.5 * np.pi, color=BLACK, linestyle=":", label="focus")
    label_axes(left, x="time t [1/ω]", y="position x [σ₀]", title="Paths in the trap")
    for grid, colour in zip(data.grid.values, COLOURS, strict=False):
        width = here.width.sel(grid=grid)
        right.plot(here.time, width, "o-", color=colour, label=f"(72), {grid}")
    t = np.linspace(0.0, float(data.time[-1]), 200)
    right.plot(t, np.abs(np.cos(t)), color=GREY, label="classical ensemble")
    right.axvline(0.5 * np.pi, color=BLACK, linestyle=":")
    label_axes(right, x="time t [1/ω]", y="width σ [σ₀]", title="Width in the trap")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="paths-mimic-classical-ones",
        ledger="L38",
        section="3.3",
        statement="Paths of the centre of mass under (72) closely mimic classical ones.",
        equations=(72, 78),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="identical until the first caustic, no meaning after it",
        correction="Identical to Newton's paths up to the first caustic, which the packet in the "
        "trap meets at ωt = π/2; beyond it (72) has no solution and codes give what their grid "
        "makes of it.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
