"""Claim that decohered packets of the centre of mass that meet pass through each other."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.bath.branching_paths import (
    bohm_branching_paths,
    nelson_branching_paths,
    sampled_configurations,
)
from zitter.bath.branching_wave import BranchingWave, branching_wave
from zitter.bath.collapse import branch_distances, crossing_fraction
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.packets import Packets
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.section2.judging import verdict_under_condition
from zitter.scenarios.style import COLOURS, MARKERS, label_axes, new_figure

_SIZES = {"quick": (14, 150, 120), "default": (30, 600, 200), "full": (60, 4000, 640)}
_DAMPINGS, _HALVES = (0.0, 0.001, 0.01, 0.03, 0.1, 0.2, 0.4), (3.0, 6.0)
_QUICK_DAMPINGS = (0.0, 0.01, 0.1, 0.4)
_DRAWN, _SHOWN = (0.0, 0.01, 0.1, 0.4), 24


def _wave(damping: float, half: float, num_modes: int) -> BranchingWave:
    w, c = discretised(SpectralDensity(damping or 0.1, 5.0, shape="exponential"), num_modes)
    bath = OscillatorBath(w, c if damping else 0.0 * c)
    return branching_wave(bath, 1.0, 1.0, Packets([-half, half], np.sqrt(0.5)))


def _run(preset: Preset, seed: int, guided: bool) -> xr.Dataset:
    """After half a period the packets have changed places."""
    num_modes, num_runs, num_steps = _SIZES[preset]
    dampings = _QUICK_DAMPINGS if preset == "quick" else _DAMPINGS
    rng = np.random.default_rng([seed, 61])
    times = np.pi * np.arange(0, num_steps + 1, 4) / num_steps
    shares = np.empty((2, len(_HALVES), len(dampings)))
    distance = np.empty(shares.shape[1:])
    drawn = np.full((2, len(_DRAWN), times.size, _SHOWN), np.nan)
    for i, half in enumerate(_HALVES):
        for j, damping in enumerate(dampings):
            wave = _wave(damping, half, num_modes)
            leader = wave if guided else _wave(0.0, half, num_modes)
            q0 = sampled_configurations(wave, num_runs, rng)
            # the branches meet at a quarter period, where the distance is what the bath holds
            distance[i, j] = branch_distances(wave, [0.5 * np.pi]).full[0]
            runs = (
                bohm_branching_paths(leader, q0, times, num_steps),
                nelson_branching_paths(leader, q0, times, num_steps, rng),
            )
            for k, paths in enumerate(runs):
                shares[k, i, j] = crossing_fraction(q0[:, 0], paths.q[-1, :, 0])
                if half == _HALVES[-1] and damping in _DRAWN:
                    drawn[k, _DRAWN.index(damping)] = paths.q[:, :_SHOWN, 0]
    return xr.Dataset(
        {
            "crossing": (("dynamics", "half", "strength"), shares, {"unit": "1"}),
            "distance": (("half", "strength"), distance, {"unit": "1"}),
            "paths": (("dynamics", "drawn", "time", "run"), drawn, {"unit": "x0"}),
        },
        coords={
            "dynamics": ["Bohm", "Nelson"],
            "half": ("half", list(_HALVES), {"unit": "x0"}),
            "strength": ("strength", list(dampings), {"unit": "Omega"}),
            "drawn": ("drawn", list(_DRAWN), {"unit": "Omega"}),
            "time": ("time", times, {"unit": "1/Omega"}),
        },
        attrs={"num_runs": num_runs},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, True)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Runs guided by a wave that does not know of the coupling to the bath."""
    return _run(preset, seed, False)


def _share(data: xr.Dataset, name: str, half: float, strength: float) -> tuple[float, float]:
    """Share of runs that cross, with its standard error, at least that of one run."""
    value = float(data.crossing.sel(dynamics=name, half=half, strength=strength))
    num = data.attrs["num_runs"]
    return value, max(float(np.sqrt(value * (1.0 - value) / num)), 1.0 / num)


def _judge(data: xr.Dataset) -> Judgement:
    wide, strong = max(_HALVES), float(data.strength[-1])
    inside = [
        _measurement(data, str(name), wide, strong, 0.9, 1.1, "above 0.9")
        for name in data.dynamics.values
    ]
    alone = [
        _measurement(data, "Bohm", half, 0.0, -0.1, 0.1, "below 0.1", crosses=False)
        for half in _HALVES
    ]
    weak = float(data.strength[1])
    others = [
        _measurement(data, str(name), min(_HALVES), weak, 0.9, 1.1, "above 0.9")
        for name in data.dynamics.values
    ]
    distance = float(data.distance.sel(half=wide, strength=strong))
    return Judgement(
        verdict=verdict_under_condition([*inside, *alone], others),
        measured=f"share that crosses at γ = {strong:g} Ω: {inside[0].value:.3f} (Bohm), "
        f"{inside[1].value:.3f} (Nelson); without a bath {alone[1].value:.3f} (Bohm)",
        uncertainty="one standard error",
        expected="1 when Δ² >> 1 at the meeting; 0 without a bath (Bohm)",
        reason=f"Without a bath {alone[1].value:.1%} of Bohm's runs pass the middle, with "
        f"γ = {strong:g} Ω and Δ² = {distance:.0f} at the meeting {inside[0].value:.1%}, of "
        f"Nelson's {inside[1].value:.1%}; a bath of γ = {weak:g} Ω, Δ² = "
        f"{float(data.distance.sel(half=min(_HALVES), strength=weak)):.1f}, lets "
        f"{others[0].value:.1%} and {others[1].value:.1%} pass.",
        measurements=(*inside, *alone, *others),
        independent_check="Bohm and Nelson, deterministic and diffusing",
    )


def _measurement(
    data: xr.Dataset,
    name: str,
    half: float,
    strength: float,
    low: float,
    high: float,
    text: str,
    crosses: bool = True,
) -> Measurement:
    value, error = _share(data, name, half, strength)
    verdict = verdict_within(value, error, low, high)
    regime = f"{name}, packets {2.0 * half:g} apart, γ = {strength:g} Ω"
    what = "share of runs that cross" if crosses else "share of runs that do not bounce"
    return Measurement(what, regime, value, error, text, verdict)


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(5, width=17.0, height=3.9)
    for ax, strength in zip(panels, data.drawn.values, strict=False):
        for name, colour, width in zip(data.dynamics.values, COLOURS, (1.4, 0.5), strict=False):
            paths = data.paths.sel(drawn=strength, dynamics=name)
            ax.plot(data.time, paths[:, :12], color=colour, linewidth=width, alpha=0.8)
            ax.plot([], [], color=colour, label=str(name))
        label_axes(
            ax,
            x="time [1/Ω]",
            y="X - X̄ [x₀]",
            title=f"γ = {strength:g} Ω",
            legend=strength == data.drawn.values[0],
        )
        ax.set_ylim(-9.0, 9.0)
    last = panels[-1]
    for half, marker in zip(data.half.values, MARKERS, strict=False):
        for name, colour in zip(data.dynamics.values, COLOURS, strict=False):
            here = data.sel(half=half, dynamics=name)
            last.plot(
                np.maximum(here.distance, 1e-2),
                here.crossing,
                marker,
                color=colour,
                fillstyle="full" if half == _HALVES[0] else "none",
                label=f"{name}, {2.0 * half:g} x₀ apart",
            )
    last.set_xscale("log")
    last.set_ylim(-0.05, 1.6)
    label_axes(
        last,
        x="Δ² at the meeting (10⁻²: none) [1]",
        y="share of runs that cross [1]",
        title="Crossing against distance",
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="decohered-packets-pass-through-each-other",
        ledger="B13",
        section="6",
        statement="Packets of the centre of mass that a bath has decohered pass through each "
        "other, while those of an isolated body bounce.",
        equations=(),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="all runs cross when Δ² >> 1 at the meeting; none of Bohm's without a bath",
        correction="It takes packets that are disjoint in the bath when they meet, Δ² >> 1; "
        "a weak bath lets only a part of the runs pass.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
