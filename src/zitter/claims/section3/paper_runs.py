"""Claims on the paper's two runs of (72): no dispersion in U = 2x and in U = x²/2."""

from collections.abc import Callable

import numpy as np
import xarray as xr
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
from zitter.claims.section3.classical_runs import mean_and_width, packet_problem, packets
from zitter.claims.section3.two_roads import agreement, upheld
from zitter.classical_limit.classical_schrodinger import METHODS
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.scenarios.style import BLUE, GREY, RED, label_axes, new_figure
from zitter.system.potentials import Polynomial, Potential

FALL, TRAP = Polynomial([0.0, 2.0, 0.0]), Polynomial([0.0, 0.0, 0.5])
MOMENTUM = 1.0
_NUM = {"quick": 256, "default": 512, "full": 1024}
_NUM_TIMES = {"quick": 7, "default": 13, "full": 25}


def _run(
    U: Potential, end: float, width: float, preset: Preset, *, quantum: bool = False
) -> xr.Dataset:
    """Widths of one packet by (72) in two methods, and by Schroedinger's equation."""
    times = np.linspace(0.0, end, _NUM_TIMES[preset])
    psi = packets([0.0], [MOMENTUM], [1.0], width)
    problem = packet_problem(psi, U, times, half=14.0, num=_NUM[preset])
    x = problem.grid.axes[0]
    linear = family_on_grid(problem, 0.0).density
    half = packet_problem(psi, U, times, half=14.0, num=_NUM[preset] // 2)
    coarse = family_on_grid(half, 0.0).density
    main = linear if quantum else METHODS["characteristics"](problem).density
    other = linear if quantum else METHODS["grid"](problem).density
    found = {}
    for name, rho in (("classical", main), ("other_method", other), ("linear", linear)):
        mean, spread = mean_and_width(rho, x)
        found[f"mean_{name}"] = ("time", mean, {"unit": "σ₀"})
        found[f"width_{name}"] = ("time", spread / width, {"unit": "σ₀"})
        found[f"density_{name}"] = (("time", "x"), rho, {"unit": "1/σ₀"})
    spread = mean_and_width(coarse, half.grid.axes[0])[1]
    found["width_linear_half_the_points"] = ("time", spread / width, {"unit": "σ₀"})
    return xr.Dataset(found, coords=dict(time=times, x=x))


def _fall(preset: Preset, seed: int) -> xr.Dataset:
    return _run(FALL, 2.0, 1.0, preset)


def _fall_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The quantum potential is not taken away."""
    return _run(FALL, 2.0, 1.0, preset, quantum=True)


def _trap(preset: Preset, seed: int) -> xr.Dataset:
    return _run(TRAP, 1.2, 1.0, preset)


def _trap_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The quantum potential is not taken away, from a packet as wide as the ground state."""
    return _run(TRAP, 1.2, np.sqrt(0.5), preset, quantum=True)


def _change(data: xr.Dataset, which: str, regime: str) -> Measurement:
    """Largest change of the width in units of the initial one, of either sign."""
    width = data[f"width_{which}"].values
    at = int(np.argmax(np.abs(width - 1.0)))
    value = float(width[at] - 1.0)
    other = "other_method" if which == "classical" else "linear_half_the_points"
    error = max(float(np.max(np.abs(data[f"width_{which}"] - data[f"width_{other}"]))), 1e-12)
    verdict = verdict_within(value, error, -0.02, 0.02)
    return Measurement("largest change of the width", regime, value, error, 0.0, verdict)


def _path(data: xr.Dataset, name: str, regime: str, path: Callable) -> Measurement:
    """Largest distance of the mean from the path of a classical body, of either sign."""
    gap = (data.mean_classical - path(data.time)).values
    value = float(gap[np.argmax(np.abs(gap))])
    error = float(np.max(np.abs(data.mean_classical - data.mean_other_method))) + 1e-12
    return agreement(f"mean - {name} [σ₀]", regime, value, error, 0.0, 0.01)


def _judge_fall(data: xr.Dataset) -> Judgement:
    change = _change(data, "classical", "(72), U = 2x")
    linear = _change(data, "linear", "Schroedinger, U = 2x")
    path = _path(data, "(k₀t - t²)", "(72), U = 2x", lambda t: MOMENTUM * t - t**2)
    return Judgement(
        verdict=overall([change, path]),
        measured=f"width changes by {with_uncertainty(change.value, change.uncertainty)} σ₀",
        uncertainty="difference of two methods",
        expected="0",
        reason=f"In U = 2x the width changes by {change.value:.1e} σ₀ under (72), and by "
        f"{linear.value:.2f} σ₀ under Schroedinger's equation, up to t = 2; a packet whose parts "
        "have different velocities at first would spread.",
        measurements=(change, path, linear),
        independent_check="split steps on a grid; the mean leaves k₀t - t² by "
        f"{abs(path.value):.0e} σ₀",
    )


def _judge_trap(data: xr.Dataset) -> Judgement:
    change = _change(data, "classical", "(72), U = x²/2")
    linear = _change(data, "linear", "Schroedinger, U = x²/2")
    law = float(np.max(np.abs(data.width_classical - np.cos(data.time))))
    end, width = float(data.time[-1]), float(data.width_classical[-1])
    focus = agreement(
        "width [σ₀]", f"(72), ωt = {end:g}", width, change.uncertainty, abs(np.cos(end)), 0.01
    )
    path = _path(data, "k₀ sin ωt", "(72), U = x²/2", lambda t: MOMENTUM * np.sin(t))
    growth = max(0.0, float(data.width_classical.max() - 1.0))
    return Judgement(
        verdict=upheld(overall([change, path]), [focus, path]),
        measured=f"width {with_uncertainty(width, change.uncertainty)} σ₀ at ωt = 1.2",
        uncertainty="difference of two methods",
        expected="1 if the packet were rigid; |cos ωt| = 0.3624",
        reason=f"In the trap the width is {width:.4f} σ₀ at ωt = {end:g}, where |cos ωt| is "
        f"{abs(np.cos(end)):.4f}, and Schroedinger's equation has "
        f"{float(data.width_linear[-1]):.4f}: no rigid packet, but one on its way to a focus "
        f"at ωt = π/2; it never becomes wider than at first by more than {growth:.0e} σ₀.",
        measurements=(change, focus, path, linear),
        independent_check=f"|cos ωt| holds to {law:.0e}; the mean is k₀ sin t to "
        f"{abs(path.value):.0e} σ₀; split steps on a grid",
    )


def _figure(data: xr.Dataset, law: Callable, title: str, clock: str) -> Figure:
    figure, (left, right) = new_figure(2, width=9.6, height=3.6)
    for i, alpha in zip((0, len(data.time) // 2, -1), (0.35, 0.6, 1.0), strict=True):
        here = data.isel(time=i)
        label = f"t = {float(here.time):.1f}"
        left.plot(here.x, here.density_classical, color=BLUE, alpha=alpha, label=f"(72), {label}")
        left.plot(here.x, here.density_linear, "--", color=RED, alpha=alpha)
    left.set_xlim(-8.0, 8.0)
    label_axes(left, x="position x [σ₀]", y="density ρ [1/σ₀]", title=title)
    right.plot(data.time, data.width_classical, "o", color=BLUE, label="(72), by its rays")
    right.plot(data.time, data.width_other_method, "+", color=GREY, label="(72), on a grid")
    right.plot(data.time, data.width_linear, "--", color=RED, label="Schroedinger")
    right.plot(data.time, law(data.time), color=GREY, linewidth=1.0, label="closed form of (72)")
    right.set_ylim(0.0, None)
    label_axes(right, x=f"time t [{clock}]", y="width σ [σ₀]", title="Width of the packet")
    return figure


def _figure_fall(data: xr.Dataset) -> Figure:
    return _figure(data, np.ones_like, "U = 2x, k₀ = 1", "Mσ₀²/ħ")


def _figure_trap(data: xr.Dataset) -> Figure:
    return _figure(data, lambda t: np.abs(np.cos(t)), "U = x²/2, k₀ = 1", "1/ω")


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="no-dispersion-in-free-fall",
        ledger="L36",
        section="3.3",
        statement="Packets that obey (72) do not disperse in U = 2x.",
        equations=(72,),
        predicted=Verdict.HOLDS,
        expected="constant width for S₀ = k₀x",
        correction="",
        experiment=_fall,
        judge=_judge_fall,
        figure=_figure_fall,
        planted_defect=_fall_defect,
    ),
    Claim(
        id="no-dispersion-in-a-trap",
        ledger="L37",
        section="3.3",
        statement="Packets that obey (72) in U = x²/2 do not disperse over time, and their "
        "trajectories closely mimic those of classical mechanics.",
        equations=(72,),
        predicted=Verdict.FAILS,
        expected="σ₀|cos ωt|: 0.3624 σ₀ at ωt = 1.2, a focus at ωt = π/2",
        correction="A rigid packet is no solution: the width is σ₀|cos ωt|, and all paths meet in "
        "a point at ωt = π/2. True of the paths until then, and of 'never wider than at first'.",
        experiment=_trap,
        judge=_judge_trap,
        figure=_figure_trap,
        planted_defect=_trap_defect,
    ),
)
