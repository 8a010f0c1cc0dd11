"""Claim on two packets of one centre of mass that meet: (72) has no answer, the ensemble has."""

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
)
from zitter.claims.section3.classical_runs import cell_share, packet_problem, packets
from zitter.claims.section3.meeting_paths import TIMES, crossing, lobes, steepest_slope
from zitter.claims.section3.two_roads import agreement, upheld
from zitter.classical_limit.characteristics import classical_streams
from zitter.classical_limit.grid_solver import on_grid, stability_limit
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.classical_limit.problem import ClassicalProblem
from zitter.scenarios.style import BLACK, COLOURS, GREY, label_axes, new_figure
from zitter.system.potentials import Polynomial

# Points, half width of the box, share of the longest stable step.
_RUNS = {
    "quick": ((256, 26.0, 0.8), (256, 26.0, 0.4), (256, 22.0, 0.8), (256, 19.0, 0.8)),
    "default": (
        *((256, half, share) for half in (26.0, 22.0, 19.0) for share in (0.8, 0.4)),
        *((512, half, 0.8) for half in (26.0, 22.0, 19.0)),
    ),
    "full": tuple(
        (num, half, share)
        for num in (256, 512, 768)
        for half in (26.0, 22.0, 19.0)
        for share in (0.8, 0.4)
    ),
}
_CENTRE, _MOMENTUM, _SHARES, _END = 6.0, 2.0, (0.8, 0.2), 5.0
_FREE = Polynomial([0.0, 0.0, 0.0])
_NUM_LABELS = {"quick": 801, "default": 1601, "full": 3201}


def _problem(num: int, half: float) -> ClassicalProblem:
    psi = packets([-_CENTRE, _CENTRE], [_MOMENTUM, -_MOMENTUM], _SHARES)
    return packet_problem(psi, _FREE, [0.0, 0.5 * _END, _END], half=half, num=num)


def _mean_momentum(psi: np.ndarray, h: float) -> float:
    """ħ∫Im ψ*∂ψ / ∫|ψ|², with the spectral derivative."""
    k = 2.0 * np.pi * np.fft.fftfreq(len(psi), h)
    weight = np.abs(np.fft.fft(psi)) ** 2
    return float(np.sum(k * weight) / np.sum(weight))


def _ensemble(problem: ClassicalProblem) -> tuple[np.ndarray, float]:
    streams = classical_streams(problem)
    mean = np.sum(streams.density * streams.momentum[:, 0]) / np.sum(streams.density)
    return streams.total, float(mean)


def _codes(preset: Preset, x: np.ndarray, quantum: bool) -> dict:
    """P(x > 0), ⟨p⟩ and ρ after the encounter, by grid and step."""
    right, mean, density = [], [], []
    for num, half, share in _RUNS[preset]:
        problem = _problem(num, half)
        y = problem.grid.axes[0]
        step = share * stability_limit(problem.grid, 1.0)
        linear = family_on_grid(problem, 0.0, time_step=step) if quantum else None
        found = linear or on_grid(problem, time_step=step)
        right.append(cell_share(found.density[-1], y > 0.0))
        mean.append(_mean_momentum(found.unchecked_psi[-1], y[1] - y[0]))
        density.append(np.interp(x, y, found.density[-1]))
    return dict(
        share_right=("run", right),
        momentum=("run", mean, {"unit": "ħ/σ₀"}),
        density=(("run", "x"), np.array(density), {"unit": "1/σ₀"}),
    )


def _paths(preset: Preset, quantum: bool) -> dict:
    """Crossing of the paths of two lobes with one smooth S₀, with all labels and half of them."""
    state, num = lobes(_SHARES), _NUM_LABELS[preset]
    fine, rough = (crossing(state, n, quantum=quantum) for n in (num, (num + 1) // 2))
    return dict(
        crossed=("multiple", fine.mass),
        crossed_half_the_labels=("multiple", rough.mass),
        num_streams=("multiple", fine.num_streams),
        steepening=((), fine.steepening, {"unit": "ħ/Mσ₀²"}),
        steepening_half_the_labels=((), rough.steepening, {"unit": "ħ/Mσ₀²"}),
        slope=((), steepest_slope(state), {"unit": "ħ/Mσ₀²"}),
    )


def _run(preset: Preset, seed: int, *, quantum: bool = False) -> xr.Dataset:
    """Crossing of the paths, and what codes make of packets that have met."""
    base = _problem(*_RUNS[preset][0][:2])
    x = base.grid.axes[0]
    total, momentum = _ensemble(base)
    linear = family_on_grid(base, 0.0).density[-1]
    return xr.Dataset(
        _codes(preset, x, quantum)
        | _paths(preset, quantum)
        | dict(
            ensemble=("x", total, {"unit": "1/σ₀"}),
            linear=("x", linear, {"unit": "1/σ₀"}),
        ),
        coords=dict(
            run=[f"h = {2.0 * a / n:.3f}, dt = {s:g} of limit" for n, a, s in _RUNS[preset]],
            x=x,
            multiple=list(TIMES),
        ),
        attrs=dict(
            ensemble_right=cell_share(total, x > 0.0), ensemble_momentum=momentum, seed=seed
        ),
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The quantum potential is left in, for the paths and for the codes."""
    return _run(preset, seed, quantum=True)


def _crossed(data: xr.Dataset) -> list[Measurement]:
    """Mass where S would need several values, at multiples of T_c = 1/max(-v₀')."""
    found = []
    for k, multiple in enumerate(data.multiple.values):
        value = float(data.crossed[k])
        error = abs(value - float(data.crossed_half_the_labels[k])) + 1e-12
        regime = f"two lobes, t = {multiple:g} T_c, up to {int(data.num_streams[k])} streams"
        verdict = verdict_within(value, error, high=0.01)
        name = "mass in more than one stream"
        found.append(Measurement(name, regime, value, error, "0 for one S", verdict))
    return found


def _scatter(data: xr.Dataset, name: str, label: str, high: float) -> Measurement:
    """Standard deviation over grids and steps, with its standard error."""
    values = data[name].values
    value = float(np.std(values, ddof=1))
    error = value / np.sqrt(2.0 * (len(values) - 1))
    regime = f"{len(values)} grids and steps, after the encounter"
    verdict = verdict_within(value, error, high=high)
    return Measurement(f"scatter of {label}", regime, value, error, "0 for a solution", verdict)


def _first_caustic(data: xr.Dataset) -> Measurement:
    """How fast near paths approach each other, against the steepest slope of v₀."""
    value = float(data.steepening)
    error = abs(value - float(data.steepening_half_the_labels))
    slope = float(data.slope)
    return agreement("1/T_c [ħ/Mσ₀²]", "two lobes", value, error, slope, 0.02 * slope)


def _judge(data: xr.Dataset) -> Judgement:
    crossed, rate = _crossed(data), _first_caustic(data)
    codes = [
        _scatter(data, "share_right", "P(x > 0)", 0.01),
        _scatter(data, "momentum", "⟨p⟩ [ħ/σ₀]", 0.02),
    ]
    P, p = data.share_right.values, data.momentum.values
    shares = ", ".join(f"{m.value:.2g}" for m in crossed)
    at = ", ".join(f"{m:g}" for m in data.multiple.values)
    a = data.attrs
    return Judgement(
        verdict=upheld(overall([*crossed, *codes]), [rate]),
        measured=f"mass in more than one stream {shares} at {at} T_c; P(x > 0) from "
        f"{P.min():.2f} to {P.max():.2f}, ⟨p⟩ from {p.min():.2f} to {p.max():.2f} ħ/σ₀ by grid "
        "and step",
        uncertainty="half the labels; standard error of the scatter over grids",
        expected="0 if S stays single-valued; one P and one ⟨p⟩",
        reason=f"At {at} times T_c, where 1/T_c is {rate.value:.3f} and max(-∂v/∂x) "
        f"{rate.expected:.3f}, a share {shares} of the mass lies where up to "
        f"{int(data.num_streams.max())} paths arrive; codes on different grids give "
        f"{P.min():.2f} to {P.max():.2f} for P(x > 0) after the encounter, and the classical "
        f"ensemble {a['ensemble_right']:.2f}.",
        measurements=(*crossed, rate, *codes),
        independent_check="slope of v₀ against the approach of near paths: "
        f"{abs(rate.value - float(rate.expected)):.0e}; ⟨p⟩ of all streams "
        f"{a['ensemble_momentum']:.4f}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (first, left, right) = new_figure(3, width=13.2, height=3.9)
    first.plot(data.multiple, data.crossed, "o-", color=COLOURS[0])
    first.axvline(1.0, color=GREY, linestyle="--")
    first.set_xlim(0.0, 1.05 * float(data.multiple.max()))
    first.set_ylim(-0.03, 1.03)
    label_axes(first, x="time t [1/max(-∂v₀/∂x)]", y="mass in several streams [1]", legend=False)
    first.set_title("Paths of two lobes that meet")
    left.fill_between(data.x, data.ensemble, color=GREY, alpha=0.5, label="classical ensemble")
    for run, colour in zip(data.run.values[[0, -1]], COLOURS, strict=False):
        rho = data.density.sel(run=run)
        left.plot(data.x, rho, color=colour, linewidth=1.0, label=str(run))
    left.set_xlim(-15.0, 15.0)
    left.plot(data.x, data.linear, ":", color=BLACK, label="Schroedinger")
    left.set_ylim(0.0, 2.5 * float(data.ensemble.max()))
    label_axes(
        left, x="position x [σ₀]", y="density ρ [1/σ₀]", title="After the encounter, by code"
    )
    for run, P, p, colour in zip(
        data.run.values, data.share_right, data.momentum, COLOURS, strict=False
    ):
        right.plot(P, p, "o", color=colour, label=str(run))
    exact = (data.attrs["ensemble_right"], data.attrs["ensemble_momentum"])
    right.plot(*exact, "*", color=BLACK, markersize=14, label="classical ensemble")
    right.set_xlim(0.0, 1.0)
    label_axes(
        right, x="P(x > 0)", y="⟨p⟩ [ħ/σ₀]", title="Share and momentum after it", legend=False
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="packets-that-meet",
        ledger="L42",
        section="3.3",
        statement="(72) describes two packets of one centre of mass also when they meet.",
        equations=(72,),
        predicted=Verdict.FAILS,
        expected="no single-valued S after T_c = 1/max(-∂v/∂x); codes disagree with each other",
        correction="The single-valued ρ, S end at T_c, where paths first meet; within a few T_c "
        "most of the mass lies in several streams. The classical ensemble goes on.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
