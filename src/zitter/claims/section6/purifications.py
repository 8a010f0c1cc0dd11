"""Claim that heat speeds up the collapse, tried on six pure states of the same thermal bath."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.bath.decoherence import decoherence_exponent
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.packets import Packets
from zitter.bath.purification import (
    PURIFICATIONS,
    pure_branch_distances,
    purification,
    thermofield_branch_distances,
)
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.section2.judging import verdict_under_condition
from zitter.scenarios.style import BLACK, COLOURS, GREY, MARKERS, label_axes, new_figure

_SIZES = {"quick": (30, 9), "default": (60, 40), "full": (100, 80)}
_TEMPERATURES = (0.5, 1.0, 2.0, 5.0, 10.0)
_SHOWN, _JUDGED = (1.0, 5.0), 3.2
_DOUBLES = {"idle": "double, partners idle", "alike": "double, +H", "stationary": "double, -H"}
_STATIONARY = _DOUBLES["stationary"]
_CAT = Packets([-3.0, 3.0], np.sqrt(0.5))


def _distances(
    bath: OscillatorBath, kT: float, times: np.ndarray, signs: dict[str, str]
) -> list[np.ndarray]:
    """Δ_B²/8 of the six pure states of one thermal bath."""
    rows = [
        pure_branch_distances(bath, 1.0, 1.0, _CAT, times, purification(bath, kind, kT).variances)
        for kind in PURIFICATIONS
    ]
    rows += [
        thermofield_branch_distances(bath, 1.0, 1.0, _CAT, times, kT, signs[kind])
        for kind in _DOUBLES
    ]
    return [row / 8.0 for row in rows]


def _run(preset: Preset, signs: dict[str, str]) -> xr.Dataset:
    num_modes, num_times = _SIZES[preset]
    bath = discretised(SpectralDensity(0.1, 5.0, shape="exponential"), num_modes)
    later = np.linspace(_JUDGED, 8.0, 1 + num_times // 3)[1:]
    times = np.append(np.geomspace(0.05, _JUDGED, num_times), later)
    modes = bath_modes(bath, 1.0, 1.0)
    response = exact_response(modes, times)
    distance = [_distances(bath, kT, times, signs) for kT in _TEMPERATURES]
    thermal = [
        decoherence_exponent(_CAT, response, exact_noise(modes, bath, 1.0, times, kT), 1.0)
        for kT in (0.0, *_TEMPERATURES)
    ]
    vacuum = pure_branch_distances(bath, 1.0, 1.0, _CAT, times, 0.5 / bath.frequencies) / 8.0
    return xr.Dataset(
        {
            "distance": (("kT", "purification", "time"), np.array(distance), {"unit": "1"}),
            "vacuum": ("time", vacuum, {"unit": "1"}),
            "thermal": (("kT", "time"), thermal[1:], {"unit": "1"}),
            "thermal_vacuum": ("time", thermal[0], {"unit": "1"}),
        },
        coords={
            "kT": ("kT", list(_TEMPERATURES), {"unit": "hbar*Omega"}),
            "purification": [*PURIFICATIONS, *_DOUBLES.values()],
            "time": ("time", times, {"unit": "1/Omega"}),
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, {kind: kind for kind in _DOUBLES})


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Partners of the stationary double that move with +H, where -H keeps the state at rest."""
    return _run(preset, {"idle": "idle", "alike": "alike", "stationary": "alike"})


def _judge(data: xr.Dataset) -> Judgement:
    hot = data.sel(kT=_SHOWN[-1], time=_JUDGED, method="nearest")
    gain = hot.distance / hot.vacuum
    decoherence = float(hot.thermal / hot.thermal_vacuum)
    rows = {str(name): _measurement(str(name), float(gain.sel(purification=name)))
            for name in data.purification.values}  # fmt: skip
    inside = [rows.pop(_STATIONARY)]
    still = data.distance.sel(purification="coherent") / data.vacuum - 1.0
    constant = float(np.abs(still).max())
    exact = Measurement(
        "largest change of Δ_B² with T",
        "coherent states, all temperatures and times",
        constant,
        1e-12,
        "below 1e-9",
        verdict_within(constant, 1e-12, high=1e-9),
    )
    others = [m.value for m in rows.values()]
    return Judgement(
        verdict=verdict_under_condition([*inside], list(rows.values())),
        measured=f"Δ_B²(kT = {_SHOWN[-1]:g} ħΩ)/Δ_B²(0): {inside[0].value:.2f} stationary double, "
        f"{min(others):.2f} to {max(others):.2f} the other five",
        uncertainty="rounding",
        expected="above 1.5 if heat speeds up the collapse",
        reason=f"From T = 0 to kT = {_SHOWN[-1]:g} ħΩ the exponent of decoherence grows "
        f"{decoherence:.1f} times, that of the collapse {inside[0].value:.1f} times for the "
        f"stationary thermofield double and {min(others):.2f} to {max(others):.2f} times for the "
        f"other five pure states of the same bath; for coherent states it changes by "
        f"{constant:.0e}.",
        measurements=(*inside, *rows.values(), exact),
        independent_check="six pure states with one and the same reduced state of the system",
    )


def _measurement(name: str, value: float) -> Measurement:
    verdict = verdict_within(value, 1e-6, low=1.5)
    regime = f"{name}, kT = {_SHOWN[-1]:g} ħΩ, t = {_JUDGED:g}/Ω"
    return Measurement("Δ_B²(T)/Δ_B²(0)", regime, value, 1e-6, "above 1.5", verdict)


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(3, width=14.0, height=4.2)
    for ax, kT in zip(panels, _SHOWN, strict=False):
        here = data.sel(kT=kT)
        ax.plot(data.time, here.thermal, color=BLACK, label="A, thermal bath")
        ax.plot(data.time, data.vacuum, color=GREY, linewidth=4.0, alpha=0.5, label="Δ_B²/8, T = 0")
        for name, colour, style in zip(
            data.purification.values, COLOURS, ("-", "--", ":", "-", "--", "-"), strict=False
        ):
            ax.plot(
                data.time,
                here.distance.sel(purification=name),
                style,
                color=colour,
                label=str(name),
                linewidth=1.4,
            )
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_ylim(1e-3, 20.0)
        label_axes(
            ax,
            x="time [1/Ω]",
            y="exponent [1]",
            title=f"Six pure states, kT = {kT:g} ħΩ",
            legend=kT == _SHOWN[0],
        )
    last = panels[-1]
    later = data.sel(time=_JUDGED, method="nearest")
    last.plot(data.kT, later.thermal / later.thermal_vacuum, color=BLACK, label="A")
    for name, colour, marker in zip(data.purification.values, COLOURS, MARKERS, strict=False):
        gain = later.distance.sel(purification=name) / later.vacuum
        last.plot(data.kT, gain, marker + "-", color=colour, linewidth=1.0)
    last.set_xscale("log")
    label_axes(
        last,
        x="kT [ħΩ]",
        y="exponent over that at T = 0 [1]",
        title=f"At t = {_JUDGED:g}/Ω, same colours",
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="heat-speeds-up-the-collapse",
        ledger="B8",
        section="6",
        statement="A warmer bath makes the configuration collapse faster, as it makes branches "
        "decohere faster.",
        equations=(),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="only for a stationary thermofield double; never for coherent states",
        correction="True for a stationary thermofield double alone: in coherent or squeezed "
        "states of the same thermal bath the collapse goes about as in the vacuum.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
