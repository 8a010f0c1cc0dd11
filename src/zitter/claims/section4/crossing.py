"""Claims on two packets that run into each other: who crosses, and why (section 4)."""

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
from zitter.claims.section2.judging import verdict_under_condition
from zitter.core.statistics import ks_distance
from zitter.kbody.crossing import CASES, CollidingPackets, encounter, meeting_time
from zitter.scenarios.style import COLOURS, GREY, MARKERS, label_axes, new_figure

_RUNS = {"quick": 120, "default": 1000, "full": 5000}
_MASSES = {"quick": (1.0, 4.0), "default": (1.0, 4.0, 16.0), "full": (1.0, 4.0, 16.0, 64.0)}
_OF_TWO, _OF_ONE = ("distinguishable", "classical"), ("one particle", "bosons", "fermions")
_SHOWN = 12


def _packets(mass: float) -> CollidingPackets:
    """Packets of the speed 2; a body of N times the mass is √N times narrower, as (51)."""
    return CollidingPackets(width=1.0 / np.sqrt(mass), momentum=2.0 * mass, mass=mass)


def _run(preset: Preset, seed: int, stand_in: dict[str, str] | None = None) -> xr.Dataset:
    """All cases and masses; `stand_in` runs another case under the name of one."""
    masses, num = _MASSES[preset], _RUNS[preset]
    crossed = np.zeros((len(CASES), len(masses), num), dtype=bool)
    times = np.linspace(0.0, 2.0, 41) * meeting_time(_packets(1.0))
    paths = np.full((len(CASES), len(times), _SHOWN, 2), np.nan)
    for n, name in enumerate(CASES):
        case = (stand_in or {}).get(name, name)
        for k, mass in enumerate(masses):
            coarse = times if k == 0 else times[[0, -1]]
            runs = encounter(case, _packets(mass), coarse, num, seed + k)
            crossed[n, k] = runs.crossed
            if k == 0:
                shown = runs.paths[:, :_SHOWN]
                paths[n, ..., : shown.shape[-1]] = shown
    return xr.Dataset(
        {
            "crossed": (("case", "mass", "preparation"), crossed),
            "path": (("case", "time", "run", "body"), paths, {"unit": "σ"}),
        },
        coords={"case": list(CASES), "mass": list(masses), "time": times},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed)


def _identical_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Different bodies put into one symmetric state."""
    return _run(preset, seed, {"distinguishable": "bosons"})


def _classical_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Paths of free classical bodies in the place of guided ones."""
    return _run(preset, seed, dict.fromkeys(_OF_ONE, "classical"))


def _share(data: xr.Dataset, case: str, mass: float) -> tuple[float, float]:
    values = data.crossed.sel(case=case, mass=mass).values
    p, num = float(np.mean(values)), values.size
    # The second term keeps the error finite where all runs agree.
    return p, float(np.sqrt(p * (1.0 - p) / num) + 0.5 / num)


def _crossings(data: xr.Dataset, cases: tuple[str, ...], sides: bool) -> list[Measurement]:
    """Shares of runs that cross; `sides` asks whether all stay on their sides instead."""
    found = []
    for case in cases:
        for mass in data.mass.values:
            p, error = _share(data, case, mass)
            if sides:
                name, value, expected = "share that returns to its side", 1.0 - p, 1.0
                verdict = verdict_within(value, error, 0.9)
            else:
                name, value, expected = "share of runs that cross", p, "above 0.8"
                verdict = verdict_within(value, error, 0.8)
            found.append(
                Measurement(name, f"{case}, M = {mass:g} m", value, error, expected, verdict)
            )
    return found


def _judge_crossing(data: xr.Dataset) -> Judgement:
    inside = _crossings(data, _OF_TWO, sides=False)
    outside = _crossings(data, ("bosons", "fermions"), sides=False)
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"{inside[0].value:.3f} ± {inside[0].uncertainty:.3f} of different bodies cross, "
        f"{max(m.value for m in outside):.3f} of identical ones",
        uncertainty="one standard error",
        expected="1 and 1",
        reason="Two different bodies, one packet each, cross at every mass that was tried, the "
        "lightest included and under the linear equation; in a symmetric or antisymmetric state "
        f"{max(m.value for m in outside):.0%} do, at any of these masses.",
        measurements=(*inside, *outside),
        independent_check="distinguishable: quantile map of each packet; identical: integrated "
        "paths of permanents and determinants",
    )


def _judge_bounce(data: xr.Dataset) -> Judgement:
    found = _crossings(data, ("one particle",), sides=True)
    found += _crossings(data, ("bosons", "fermions"), sides=True)
    return Judgement(
        verdict=overall(found),
        measured=f"{min(m.value for m in found):.3f} return to their own side",
        uncertainty="one standard error",
        expected="1",
        reason="Guided by one ψ the runs of the two packets turn round where they meet: at least "
        f"{min(m.value for m in found):.1%} end on the side from which they came.",
        measurements=tuple(found),
        independent_check="one particle: exact quantile map; two: integrated paths",
    )


def _figure_crossing(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(len(CASES), width=15.0, height=3.4)
    for ax, case in zip(panels, data.case.values, strict=True):
        paths = data.path.sel(case=case)
        for body in range(2):
            colour = COLOURS[body] if case != "one particle" else COLOURS[2]
            ax.plot(data.time, paths[..., body], color=colour, linewidth=0.9)
        share = _share(data, str(case), float(data.mass[0]))[0]
        label_axes(ax, x="time [mσ²/ħ]", y="x [σ]", title=f"{case}: {share:.0%} cross")
    return figure


_WIDTHS = (1.0, 0.1, 0.01)


def _overlap_experiment(preset: Preset, seed: int, moment: float = 1.0) -> xr.Dataset:
    """Places of the two bodies at `moment` meeting times, for packets of several widths."""
    num = 10 * _RUNS[preset]
    places = np.zeros((len(_WIDTHS), 2, num))
    crossed = np.zeros(len(_WIDTHS))
    for n, width in enumerate(_WIDTHS):
        mass = width**-2.0
        packets = CollidingPackets(width=width, momentum=2.0 * mass, mass=mass)
        meeting = meeting_time(packets)
        runs = encounter(
            "distinguishable", packets, np.array([0.0, moment * meeting, 2.0 * meeting]), num, seed
        )
        places[n], crossed[n] = runs.paths[1].T, runs.fraction
    return xr.Dataset(
        {
            "place": (("width", "body", "preparation"), places, {"unit": "length"}),
            "crossed": (("width",), crossed, {"unit": "1"}),
        },
        coords={"width": np.array(_WIDTHS) / 10.0},
    )


def _overlap_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The packets are compared before they meet."""
    return _overlap_experiment(preset, seed, moment=1e-3)


def _common_share(places: np.ndarray) -> float:
    """1 less the largest difference of the distribution functions of the two bodies."""
    first, second = places
    ordered = np.sort(second)
    return 1.0 - ks_distance(first, lambda x: np.searchsorted(ordered, x) / ordered.size)


def _judge_overlap(data: xr.Dataset) -> Judgement:
    found = []
    for n, width in enumerate(data.width.values):
        places = data.place[n].values
        value, error = _common_share(places), float(np.sqrt(0.5 / places.shape[1]))
        found.append(
            Measurement(
                "1 - Kolmogorov distance of the packets", f"σ/d = {width:g}", value, error,
                "0 for disjoint packets", verdict_within(value, error, -0.05, 0.1),
            )
        )  # fmt: skip
    return Judgement(
        verdict=overall(found),
        measured=f"{found[-1].value:.3f} ± {found[-1].uncertainty:.3f} at σ/d = "
        f"{data.width.values[-1]:g}",
        uncertainty="one standard error",
        expected="0 for disjoint packets",
        reason="Where they meet the two densities coincide at every width; the bodies cross "
        f"({float(data.crossed[0]):.0%} to {float(data.crossed[-1]):.0%} of the runs) because "
        "each has a packet of its own, of two coordinates, not because the packets are disjoint.",
        measurements=tuple(found),
        independent_check="closed form of the overlap of two Gaussians, 1 at the meeting",
    )


def _figure_overlap(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(len(_WIDTHS), height=3.2)
    for n, ax in enumerate(panels):
        places = data.place[n].values
        edges = np.linspace(places.min(), places.max(), 31)
        for body in range(2):
            ax.hist(places[body], edges, histtype="step", color=COLOURS[body],
                    label=f"body {body + 1}")  # fmt: skip
        label_axes(ax, x="x [d/10]", y="runs", title=f"σ/d = {data.width.values[n]:g}")
    return figure


def _figure_bounce(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure()
    for n, case in enumerate(data.case.values):
        shares = np.array([_share(data, str(case), m) for m in data.mass.values])
        ax.errorbar(
            data.mass, 1.0 - shares[:, 0], shares[:, 1], fmt=MARKERS[n] + "-", color=COLOURS[n],
            label=str(case),
        )  # fmt: skip
    ax.axhline(1.0, color=GREY, linestyle="--")
    ax.set_xscale("log")
    label_axes(ax, x="mass M [m]", y="share that keeps its side", title="encounter of two packets")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="centres-of-mass-can-cross",
        ledger="L48",
        section="4",
        statement="The trajectories of two centres of mass of many particles can cross.",
        equations=(101, 103),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="they cross",
        correction="Different bodies cross at any N, one particle included; bodies in one "
        "(anti)symmetric state do not, at any mass tried.",
        experiment=_experiment,
        judge=_judge_crossing,
        figure=_figure_crossing,
        planted_defect=_identical_defect,
    ),
    Claim(
        id="narrow-packets-are-disjoint",
        ledger="L49",
        section="4",
        statement="They cross because their packets are so narrow that they are disjoint in "
        "position space.",
        equations=(97,),
        predicted=Verdict.FAILS,
        expected="no overlap where they meet",
        correction="The packets coincide where they meet; they are two packets in the space of "
        "(x₁, x₂).",
        experiment=_overlap_experiment,
        judge=_judge_overlap,
        figure=_figure_overlap,
        planted_defect=_overlap_defect,
    ),
    Claim(
        id="packets-of-one-wavefunction-bounce",
        ledger="L50",
        section="4",
        statement="Exactly guided by one ψ, the trajectories of two packets do not cross but "
        "leave with the packet in which they were not.",
        equations=(5,),
        predicted=Verdict.HOLDS,
        expected="all return to their own side",
        correction="",
        experiment=_experiment,
        judge=_judge_bounce,
        figure=_figure_bounce,
        planted_defect=_classical_defect,
    ),
)
