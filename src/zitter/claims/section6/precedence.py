"""Claim that the configuration never collapses before system and bath have decohered."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.bath.branching_wave import branching_wave
from zitter.bath.collapse import branch_distances, expected_smaller_weight
from zitter.bath.decoherence import decoherence_exponent
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.packets import Packets, reduced_density_matrix
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response, noise_of_variances
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
)
from zitter.scenarios.style import BLUE, COLOURS, GREY, RED, label_axes, new_figure

_SIZES = {"quick": (20, 12, 181), "default": (60, 40, 361), "full": (100, 80, 481)}
_EXPONENTS, _DAMPINGS, _HALVES = (0.5, 1.0, 3.0), (0.01, 0.1, 0.5), (2.0, 4.0)
_SQUEEZES = (0.25, 1.0, 4.0)
_WIDTH, _KT = np.sqrt(0.5), 2.0
_NORM_TIMES = np.array([0.0, 0.1, 0.3, 1.0, 3.0])


def _exponents(
    bath: OscillatorBath, half: float, squeeze: float, times: np.ndarray, counted: str
) -> tuple[np.ndarray, np.ndarray]:
    """A of the pure state, and Δ²/8 of the bath or of the whole configuration."""
    packets, modes = Packets([-half, half], _WIDTH), bath_modes(bath, 1.0, 1.0)
    variance = 0.5 * squeeze / bath.frequencies
    noise = noise_of_variances(modes, 1.0, times, variance, 0.25 / variance)
    exponent = decoherence_exponent(packets, exact_response(modes, times), noise, 1.0)
    distances = branch_distances(branching_wave(bath, 1.0, 1.0, packets, variance), times)
    return exponent, getattr(distances, counted) / 8.0


def _trace_norms(bath: OscillatorBath, num_points: int) -> tuple[np.ndarray, np.ndarray]:
    """exp(-A), and the trace norm of the evolved |g_1⟩⟨g_2| from its values on a grid."""
    x, centres, modes = np.linspace(-9.0, 9.0, num_points), [-2.0, 2.0], bath_modes(bath, 1.0, 1.0)
    motion = exact_response(modes, _NORM_TIMES), exact_noise(modes, bath, 1.0, _NORM_TIMES, _KT)
    exponent = decoherence_exponent(Packets(centres, _WIDTH), *motion, 1.0)
    norms = []
    for i in range(_NORM_TIMES.size):
        block = np.zeros((x.size, x.size), complex)
        for turn in 1j ** np.arange(4):
            # four relative phases single out |g_1⟩⟨g_2|
            cat = Packets(centres, _WIDTH, coefficients=[1.0, np.conj(turn)])
            rho = reduced_density_matrix(cat, *motion, 1.0, x, i)
            block += 0.25 * np.conj(turn) * rho / np.abs(cat.coefficients[0]) ** 2
        norms.append(np.sum(np.linalg.svd(block, compute_uv=False)) * (x[1] - x[0]))
    return np.exp(-exponent), np.array(norms)


def _run(preset: Preset, counted: str) -> xr.Dataset:
    num_modes, num_times, num_points = _SIZES[preset]
    times = np.geomspace(0.02, 12.0, num_times)
    rows, kinds = [], []
    for s in _EXPONENTS:
        for damping in _DAMPINGS:
            bath = discretised(SpectralDensity(damping, 4.0, s, "exponential"), num_modes)
            for half in _HALVES:
                for squeeze in _SQUEEZES:
                    rows.append(_exponents(bath, half, squeeze, times, counted))
                    kinds.append(squeeze)
    ohmic = discretised(SpectralDensity(0.1, 4.0, shape="exponential"), num_modes)
    exponent, distance = np.swapaxes(np.array(rows), 0, 1)
    return xr.Dataset(
        {
            "exponent": (("case", "time"), exponent, {"unit": "1"}),
            "distance": (("case", "time"), distance, {"unit": "1"}),
            "squeezing": ("case", np.array(kinds), {"unit": "1"}),
            "course": (
                ("what", "time"),
                np.stack(_exponents(ohmic, 3.0, 1.0, times, counted)),
                {"unit": "1"},
            ),
            "norm": (("way", "moment"), np.stack(_trace_norms(ohmic, num_points)), {"unit": "1"}),
        },
        coords={
            "time": ("time", times, {"unit": "1/Omega"}),
            "moment": ("moment", _NORM_TIMES, {"unit": "1/Omega"}),
            "what": ["A", "distance"],
            "way": ["exp(-A)", "trace norm"],
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, "bath")


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The system's own position taken for a record: packets apart in space count as collapsed."""
    return _run(preset, "full")


def _least_error(exponent: np.ndarray) -> np.ndarray:
    """Smallest mean weight of the loser that any reading of the bath allows, ½(1 - √(1 - e^(-2A))).

    By Helstrom's bound, and that of Fuchs and van de Graaf on the fidelity exp(-A).
    """
    return -0.5 * np.expm1(0.5 * np.log1p(-np.exp(-2.0 * exponent)))


def _judge(data: xr.Dataset) -> Judgement:
    ratio = data.distance / data.exponent
    largest = float(ratio.max())
    bound = Measurement(
        "largest (Δ_B²/8)/A",
        f"{data.case.size} baths and packets, {data.time.size} times each",
        largest,
        1e-9,
        "at most 1",
        verdict_within(largest, 1e-9, high=1.0),
    )
    read = expected_smaller_weight(8.0 * data.distance.values)
    least = float(np.min(read / _least_error(data.exponent.values)))
    reading = Measurement(
        "smallest E[smaller weight]/½(1 - √(1 - e^(-2A)))",
        "the same",
        least,
        1e-9,
        "at least 1",
        verdict_within(least, 1e-9, low=1.0),
    )
    apart = float(np.abs(data.norm[0] - data.norm[1]).max())
    norm = Measurement(
        "|exp(-A) - trace norm|",
        f"kT = {_KT:g}, 5 times",
        apart,
        1e-9,
        "below 1e-6",
        verdict_within(apart, 1e-9, high=1e-6),
    )
    return Judgement(
        verdict=overall([bound, reading, norm]),
        measured=f"(Δ_B²/8)/A at most {largest:.2f}",
        uncertainty="rounding",
        expected="at most 1",
        reason=f"In {data.case.size} baths and packets exp(-Δ_B²/8) is never below the coherence "
        f"exp(-A), their exponents have ratios {float(ratio.min()):.1g} to {largest:.2f}; "
        f"the loser keeps at least {least:.2f} times the weight that the best reading of the bath "
        f"would leave it; exp(-A) is the trace norm of the block to {apart:.0e}.",
        measurements=(bound, reading, norm),
        independent_check="exp(-A) in closed form against singular values on a grid",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, middle, right) = new_figure(3, width=13.0, height=4.0)
    squeezes = np.unique(data.squeezing)
    for value, colour in zip(squeezes, COLOURS, strict=False):
        here = data.isel(case=data.squeezing.values == value)
        label = {0.25: "narrow in q (¼)", 1.0: "vacuum", 4.0: "wide in q (4)"}.get(float(value))
        left.plot(
            here.exponent.values.ravel(),
            here.distance.values.ravel(),
            ".",
            color=colour,
            label=label,
            markersize=3.5,
        )
    ends = np.array([1e-4, 30.0])
    left.plot(ends, ends, "--", color=GREY, label="Δ_B²/8 = A")
    left.set_xlim(*ends)
    left.set_ylim(1e-7, 30.0)
    left.set_xscale("log")
    left.set_yscale("log")
    label_axes(
        left,
        x="exponent A of the pure state's coherence [1]",
        y="Δ_B²/8 [1]",
        title=f"{data.case.size} baths and packets",
    )
    coherence, distance = data.course.values
    middle.plot(data.time, np.exp(-coherence), color=BLUE, label="coherence exp(-A)")
    middle.plot(data.time, np.exp(-distance), color=RED, label="overlap exp(-Δ_B²/8)")
    weight = expected_smaller_weight(8.0 * distance)
    middle.plot(data.time, 2.0 * weight, "--", color=RED, label="2 E[smaller weight]")
    best = 2.0 * _least_error(coherence)
    middle.plot(data.time, best, "--", color=BLUE, label="best reading of the bath")
    middle.set_xscale("log")
    label_axes(
        middle,
        x="time [1/Ω]",
        y="[1]",
        title="Ohmic, γ = 0.1 Ω, 6 x₀ apart, vacuum",
    )
    right.plot(data.moment, data.norm.sel(way="exp(-A)"), "-", color=GREY, label="exp(-A)")
    right.plot(data.moment, data.norm.sel(way="trace norm"), "o", color=BLUE, label="on a grid")
    label_axes(
        right,
        x="time [1/Ω]",
        y="trace norm of |g₁⟩⟨g₂| [1]",
        title=f"Coherence, kT = {_KT:g} ħΩ, 4 x₀ apart",
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="collapse-never-precedes-decoherence",
        ledger="B7",
        section="6",
        statement="The configuration never collapses before the pure state of system and bath has "
        "decohered: exp(-Δ_B²/8) is at least the coherence of the branches.",
        equations=(),
        predicted=Verdict.HOLDS,
        expected="(Δ_B²/8)/A at most 1",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
