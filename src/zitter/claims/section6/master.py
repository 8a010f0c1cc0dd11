"""Claim that the reduced centre of mass obeys the Hu-Paz-Zhang equation."""

import time
from collections.abc import Iterable

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.bath.discretisation import discretised
from zitter.bath.drude import drude_noise, drude_response
from zitter.bath.many_oscillators import centre_of_mass_bath
from zitter.bath.master_equation import (
    MasterCoefficients,
    hu_paz_zhang,
    in_number_states,
    solve_master_equation,
    trace_distance,
)
from zitter.bath.packets import Packets, reduced_density_matrix
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
from zitter.bath.response import NoiseCovariance, Response, continuum_noise, continuum_response
from zitter.bath.spectral_density import OwnSpectralDensity, SpectralDensity
from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
)
from zitter.claims.measures import exponent_measurement
from zitter.claims.section6.decoherence_times import (
    decoherence_times,
    draw_decoherence_times,
)
from zitter.core.statistics import power_law_fit
from zitter.scenarios.bath.qutip_bridge import heom_density_matrices
from zitter.scenarios.style import BLACK, COLOURS, GREY, MARKERS, label_axes, new_figure

_DENSITY, _TRAP = SpectralDensity(0.1, 5.0), 1.0
_TEMPERATURES = (2.0, 0.2)
_TIMES = np.array([0.25, 1.0, 4.0])
_CAT = Packets([-1.5, 1.5], np.sqrt(0.5))
_COUNTS = (1, 2, 4, 8, 16)
# frequencies of the quadrature, in cutoffs
_WIDEST = 600.0
_STATES = 40
# (number states, Padé terms, depth) of the hierarchy
_HIERARCHIES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "quick": (),
    "default": ((24, 1, 3), (24, 2, 4)),
    "full": ((24, 1, 3), (24, 1, 5), (24, 2, 4), (28, 2, 5)),
}


def _motion(times: np.ndarray, kT: float) -> tuple[Response, NoiseCovariance]:
    """Response and noise from t = 0 on."""
    noise = drude_noise(_DENSITY, _TRAP, times[1:], kT)
    start = NoiseCovariance(*(np.concatenate([[0.0], part]) for part in noise))
    return drude_response(_DENSITY, _TRAP, times), start


def _states(
    motion: tuple[Response, NoiseCovariance], indices: Iterable[int], num_states: int
) -> list[np.ndarray]:
    x = np.linspace(-9.0, 9.0, 241)
    return [
        in_number_states(
            reduced_density_matrix(_CAT, *motion, 1.0, x, i), x, num_states, 1.0, _TRAP
        )
        for i in indices
    ]


def _exact_states(kT: float, num_states: int) -> list[np.ndarray]:
    motion = _motion(np.concatenate([[0.0], _TIMES]), kT)
    return _states(motion, range(_TIMES.size + 1), num_states)


def _coefficients(kT: float, warmer: float) -> MasterCoefficients:
    table = _TIMES[-1] * np.linspace(0.0, 1.0, 161) ** 2
    return hu_paz_zhang(*_motion(table, warmer * kT), 1.0)


def _of_modes(kT: float, num_modes: int, times: np.ndarray) -> MasterCoefficients:
    """The same coefficients from a bath of n modes with a hard cutoff, for the second road."""
    density = SpectralDensity(0.1, 3.0, shape="hard")
    bath = discretised(density, num_modes)
    modes = bath_modes(bath, 1.0, _TRAP)
    return hu_paz_zhang(exact_response(modes, times), exact_noise(modes, bath, 1.0, times, kT), 1.0)


def _by_quadrature(kT: float, found: np.ndarray) -> tuple[MasterCoefficients, list[float]]:
    """Coefficients by memory equation and quadrature; distance of its states to those found."""
    response = continuum_response(_DENSITY, 1.0, _TRAP, _TIMES[-1], 81, 1e-7)
    wide = OwnSpectralDensity(_DENSITY, _WIDEST * _DENSITY.cutoff)
    noise = continuum_noise(wide, 1.0, response, kT)
    indices = np.rint(_TIMES * 80 / _TIMES[-1]).astype(int)
    states = _states((response, noise), indices, _STATES)
    apart = [trace_distance(a, b) for a, b in zip(states, found, strict=True)]
    later = [np.asarray(part)[2:] for part in response[:-1]]
    noise = NoiseCovariance(*(part[2:] for part in noise))
    return hu_paz_zhang(Response(*later, response.error), noise, 1.0), apart


def _hierarchy(kT: float, preset: Preset) -> list[tuple[str, float, float]]:
    """Name, distance and seconds of each hierarchy; empty without QuTiP."""
    rows = []
    for num_states, num_terms, depth in _HIERARCHIES[preset]:
        start, *exact = _exact_states(kT, num_states)
        begin = time.perf_counter()
        try:
            found = heom_density_matrices(
                _DENSITY,
                _TRAP,
                kT,
                start,
                np.concatenate([[0.0], _TIMES]),
                num_exponentials=num_terms,
                depth=depth,
            )
        except ModuleNotFoundError:
            return []
        seconds = time.perf_counter() - begin
        distance = max(map(trace_distance, found[1:], exact))
        rows.append((f"{num_states}, {num_terms}, {depth}", distance, seconds))
    return rows


def _run(preset: Preset, warmer: float) -> xr.Dataset:
    """The equation with coefficients of a temperature `warmer` times that of the exact state."""
    distances, seconds, tables, second, route_distances = [], [], [], [], []
    for kT in _TEMPERATURES:
        start, *exact = _exact_states(kT, _STATES)
        begin = time.perf_counter()
        coefficients = _coefficients(kT, warmer)
        found = solve_master_equation(coefficients, start, 1.0, _TRAP, _TIMES)
        seconds.append(time.perf_counter() - begin)
        distances.append([trace_distance(a, b) for a, b in zip(found, exact, strict=True)])
        tables.append(np.stack(coefficients[1:]))
        other, apart = _by_quadrature(kT, found)
        second.append(other)
        route_distances.append(apart)
    few, many = (_of_modes(0.2, n, np.linspace(0.2, 4.0, 20)) for n in (48, 96))
    routes = [float(np.max(np.abs(a - b))) for a, b in zip(few[1:], many[1:], strict=True)]
    friction, diffusion = _laws_of_number()
    hierarchy = _hierarchy(_TEMPERATURES[0], preset)
    names, apart, cost = zip(*hierarchy, strict=True) if hierarchy else ((), (), ())
    return xr.Dataset(
        {
            "distance": (("kT", "moment"), distances, {"unit": "1"}),
            "route_distance": (("kT", "moment"), route_distances, {"unit": "1"}),
            "seconds": ("kT", seconds, {"unit": "s"}),
            "coefficient": (("kT", "name", "time"), tables, {"unit": "Omega = M = hbar = 1"}),
            "second": (
                ("kT", "name", "later"),
                [np.stack(found[1:]) for found in second],
                {"unit": "Omega = M = hbar = 1"},
            ),
            "route_difference": ("name", routes, {"unit": "Omega = M = hbar = 1"}),
            "friction": ("num_particles", friction, {"unit": "Omega"}),
            "diffusion": ("num_particles", diffusion, {"unit": "Omega = M = hbar = 1"}),
            **decoherence_times(),
            "heom_distance": ("hierarchy", np.array(apart, float), {"unit": "1"}),
            "heom_seconds": ("hierarchy", np.array(cost, float), {"unit": "s"}),
        },
        coords={
            "kT": list(_TEMPERATURES),
            "moment": ("moment", _TIMES, {"unit": "1/Omega"}),
            "time": ("time", coefficients.times, {"unit": "1/Omega"}),
            "later": ("later", second[0].times, {"unit": "1/Omega"}),
            "name": ["frequency squared", "damping", "D_xp", "D_pp"],
            "num_particles": list(_COUNTS),
            "hierarchy": np.array(names, dtype="U16"),
        },
        attrs={"damping": _DENSITY.damping, "heom_planned": len(_HIERARCHIES[preset])},
    )


def _laws_of_number() -> tuple[list[float], list[float]]:
    """Damping and D_pp of the centre of mass of N particles, each with the couplings of one."""
    bath = discretised(SpectralDensity(0.002, 3.0, shape="hard"), 48)
    times = np.array([3.9, 4.0])
    friction, diffusion = [], []
    for num in _COUNTS:
        whole = centre_of_mass_bath(bath, num)
        modes = bath_modes(whole, float(num), _TRAP)
        noise = exact_noise(modes, whole, float(num), times, 20.0)
        found = hu_paz_zhang(exact_response(modes, times), noise, float(num))
        friction.append(float(found.damping[-1]))
        diffusion.append(float(found.D_pp[-1]))
    return friction, diffusion


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Coefficients of a bath that is 5% too warm."""
    return _run(preset, 1.05)


def _judge(data: xr.Dataset) -> Judgement:
    same = [
        _distance(f"kT = {kT:g} ħΩ", float(data.distance.sel(kT=kT).max())) for kT in data.kT.values
    ]
    apart = [
        _route(f"kT = {kT:g} ħΩ", float(data.route_distance.sel(kT=kT).max()))
        for kT in data.kT.values
    ]
    laws = [
        exponent_measurement(name, "couplings as of one particle", fit, expected)
        for name, fit, expected in (
            ("exponent of the friction in N", _law(data, "friction"), 1.0),
            ("exponent of the diffusion in N", _law(data, "diffusion"), 2.0),
        )
    ]
    routes = float(data.route_difference.max())
    others = [
        Measurement(
            "trace distance of HEOM",
            f"states, Padé terms, depth = {name!s}",
            float(value),
            1e-8,
            "below 1e-3",
            verdict_within(float(value), 1e-8, high=1e-3, outside=Verdict.INCONCLUSIVE),
        )
        for name, value in zip(data.hierarchy.values, data.heom_distance.values, strict=True)
    ]
    check = f"poles and Matsubara's sum against a quadrature: {max(m.value for m in apart):.0e}; "
    check += f"coefficients from 48 and from 96 modes agree to {routes:.0e}"
    if others:
        check += f"; QuTiP's HEOM comes to {min(m.value for m in others):.0e}"
    return Judgement(
        verdict=overall([*same, *apart, *laws]),
        measured=f"trace distance to the exact state {same[0].value:.0e} at kT = 2, "
        f"{same[1].value:.0e} at 0.2",
        uncertainty="tolerance of the integrator 1e-8",
        expected="below 1e-6, to the state by another route too; friction ∝ N, diffusion ∝ N²",
        reason="The Hu-Paz-Zhang equation gives the exact reduced state of a cat to "
        f"{max(m.value for m in same):.0e}; with the couplings of one particle its friction "
        f"grows as N^{laws[0].value:.2f} and its diffusion as N^{laws[1].value:.2f}.",
        measurements=(*same, *apart, *laws, *others),
        independent_check=check,
    )


def _law(data: xr.Dataset, name: str):
    return power_law_fit(data.num_particles.values, data[name].values)


def _distance(regime: str, value: float) -> Measurement:
    verdict = verdict_within(value, 1e-8, high=1e-6)
    return Measurement(
        "trace distance to the exact state", regime, value, 1e-8, "below 1e-6", verdict
    )


def _route(regime: str, value: float) -> Measurement:
    # What the quadrature leaves out of Θ_pp changes the fringes, half of the state, by Δx²/2 of it.
    tail = 0.25 * _DENSITY.damping / (np.pi * _WIDEST**2) * float(np.ptp(_CAT.centres)) ** 2
    verdict = verdict_within(value, tail, high=1e-6)
    name = "trace distance to the exact state by a quadrature"
    return Measurement(name, regime, value, tail, "below 1e-6", verdict)


_TITLES = {
    "frequency squared": "Ω²(t) [Ω²]",
    "damping": "Γ(t) [Ω]",
    "D_xp": "D_xp(t)/kT [1]",
    "D_pp": "D_pp(t)/2kT [MΩ]",
}


def _draw_coefficient(ax: Axes, data: xr.Dataset, name: str) -> None:
    """A coefficient by poles as a line, by quadrature as dots."""
    for kT, colour in zip(data.kT.values, COLOURS, strict=False):
        scale = {"D_xp": kT, "D_pp": 2.0 * kT}.get(name, 1.0)
        here = data.sel(kT=kT, name=name)
        ax.plot(data.time, here.coefficient / scale, color=colour, label=f"kT = {kT:g} ħΩ")
        ax.plot(data.later[::5], here.second[::5] / scale, ".", color=colour)
    damping = data.attrs["damping"]
    limit = {"damping": 0.5 * damping, "D_pp": damping}.get(name)
    if limit is not None:
        ax.axhline(limit, linestyle="--", color=GREY, label="Markov limit")
    ax.plot([], [], ".", color=GREY, label="by quadrature")
    label_axes(ax, x="time [1/Ω]", y=_TITLES[name], title=f"Coefficient {_TITLES[name].split()[0]}")


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(6, width=13.2, height=7.6, num_rows=2)
    for ax, name in zip(panels, data.name.values, strict=False):
        _draw_coefficient(ax, data, str(name))
    ax = panels[4]
    for kT, marker in zip(data.kT.values, MARKERS, strict=False):
        here = data.sel(kT=kT)
        ax.plot(
            here.seconds, here.distance.max(), marker, color=COLOURS[0], label=f"HPZ, kT = {kT:g}"
        )
    if data.hierarchy.size:
        ax.plot(
            data.heom_seconds,
            data.heom_distance,
            MARKERS[3],
            color=COLOURS[1],
            label="HEOM, kT = 2",
        )
    else:
        planned = data.attrs["heom_planned"]
        text = "HEOM needs QuTiP:\npip install qutip" if planned else "HEOM: preset default or full"
        ax.text(0.95, 0.5, text, transform=ax.transAxes, ha="right", color=BLACK)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(1e-2, 1e3)
    ax.set_ylim(1e-9, 1e-1)
    label_axes(
        ax,
        x="computing time [s]",
        y="trace distance to the exact state [1]",
        title="Cat, two packets 3√(ħ/MΩ) apart",
    )
    draw_decoherence_times(panels[5], data)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="reduced-centre-of-mass-obeys-hu-paz-zhang",
        ledger="L58",
        section="6",
        statement="The reduced density matrix of the centre of mass obeys the master equation of "
        "Hu, Paz and Zhang.",
        equations=(),
        predicted=Verdict.HOLDS,
        expected="trace distance below 1e-6 to the exact state, also to that by another route; "
        "friction ∝ N, diffusion ∝ N²",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
