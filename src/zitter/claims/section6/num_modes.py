"""Claim that a hundred modes stand for a continuous bath, and that its wave stays of low rank."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from zitter.bath.branching_wave import branching_wave
from zitter.bath.continuum import continuum_motion
from zitter.bath.discretisation import OscillatorBath, discretised, recurrence_time
from zitter.bath.packets import Packets
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
from zitter.bath.response import NoiseCovariance, Response
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import law_text, verdict_under_condition, with_interval
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.scenarios.style import COLOURS, GREY, MARKERS, label_axes, new_figure

_SIZES = {"quick": (16, 32, 100), "default": (16, 32, 64, 100, 200), "full": (16, 32, 64, 100, 400)}
_RANK_SIZES = {"quick": (50, 100, 200), "default": (50, 100, 200, 400), "full": (50, 200, 800)}
_DENSITIES = {
    "Drude": SpectralDensity(0.1, 5.0),
    "sub-Ohmic, s = ½": SpectralDensity(0.1, 5.0, 0.5, "exponential"),
    "Ohmic": SpectralDensity(0.1, 5.0, 1.0, "exponential"),
    "super-Ohmic, s = 3": SpectralDensity(0.1, 5.0, 3.0, "exponential"),
}
_DURATION, _KT, _ENOUGH, _WAVE_TIMES = 10.0, 1.0, 100, (0.5, 2.0, 6.0)
_RULES = ("suited", "linear")


def _errors(bath: OscillatorBath, motion: tuple[Response, NoiseCovariance]) -> tuple[float, float]:
    """Largest errors of (Ω G, G') and, relative to their largest values, of Θ_xx and Θ_pp."""
    exact, noise = motion
    modes = bath_modes(bath, 1.0, 1.0)
    found = exact_response(modes, exact.times)
    other = exact_noise(modes, bath, 1.0, exact.times, _KT)
    response = max(np.max(np.abs(found.G - exact.G)), np.max(np.abs(found.first - exact.first)))
    pairs = ((other.xx, noise.xx), (other.pp, noise.pp))
    return float(response), max(float(np.max(np.abs(a - b)) / np.max(b)) for a, b in pairs)


def _rank(num_modes: int, t: float) -> int:
    """Numerical rank of A(t) - A(0), relative to 1e-8."""
    bath = discretised(_DENSITIES["Ohmic"], num_modes)
    wave = branching_wave(bath, 1.0, 1.0, Packets([-3.0, 3.0], np.sqrt(0.5)))
    sizes = np.linalg.svd(wave.at(t).A - wave.at(0.0).A, compute_uv=False)
    return int(np.sum(sizes > 1e-8 * sizes[0]))


def _run(preset: Preset, strength: float) -> xr.Dataset:
    """Couplings `strength` times those of the rule."""
    counts, rank_counts = _SIZES[preset], _RANK_SIZES[preset]
    errors = np.empty((len(_DENSITIES), len(_RULES), len(counts), 2))
    recurrence = np.empty((len(_DENSITIES), len(counts)))
    for i, density in enumerate(_DENSITIES.values()):
        motion = continuum_motion(density, 1.0, 1.0, _DURATION, _KT, 201)
        for j, rule in enumerate((None, "linear")):
            for k, num in enumerate(counts):
                w, c = discretised(density, num, rule)
                errors[i, j, k] = _errors(OscillatorBath(w, strength * c), motion)
                if rule is None:
                    recurrence[i, k] = recurrence_time(OscillatorBath(w, c), 1.0)
    rank = [[_rank(num, t) for num in rank_counts] for t in _WAVE_TIMES]
    dims = ("density", "rule", "num_modes")
    return xr.Dataset(
        {
            "response": (dims, errors[..., 0], {"unit": "1"}),
            "noise": (dims, errors[..., 1], {"unit": "1"}),
            "recurrence": (("density", "num_modes"), recurrence, {"unit": "1/Omega"}),
            "rank": (("time", "size"), np.array(rank), {"unit": "1"}),
        },
        coords={
            "density": list(_DENSITIES),
            "rule": list(_RULES),
            "num_modes": list(counts),
            "size": list(rank_counts),
            "time": ("time", list(_WAVE_TIMES), {"unit": "1/Omega"}),
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Couplings √(π/2) too strong, as if J were Σ c²/(mω) δ(ω - ω_k)."""
    return _run(preset, float(np.sqrt(0.5 * np.pi)))


def _rank_law(data: xr.Dataset) -> PowerLaw:
    return power_law_fit(data["size"].values, data["rank"][-1].values)


def _judge(data: xr.Dataset) -> Judgement:
    suited, hard, linear = (
        [_enough(data, name, rule, what) for name in names for what in _LIMITS]
        for rule, names in (
            ("suited", list(_DENSITIES)[:3]),
            ("suited", list(_DENSITIES)[3:]),
            ("linear", list(_DENSITIES)),
        )
    )
    law = _rank_law(data)
    late = f"t = {float(data.time[-1]):g}/Ω"
    rank = exponent_measurement(
        "exponent of the rank of A(t) - A(0) in n", with_interval(late, law), law, 0.0
    )
    response, noise = (max(m.value for m in suited[k::2]) for k in (0, 1))
    shortest = float(data.recurrence.sel(num_modes=_ENOUGH).min())
    back = Measurement(
        "shortest recurrence time [1/Ω]",
        f"n = {_ENOUGH}, suited rules",
        shortest,
        1e-6,
        f"above {_DURATION:g}",
        verdict_within(shortest, 1e-6, low=_DURATION),
    )
    return Judgement(
        verdict=verdict_under_condition([*suited, rank, back], [*hard, *linear]),
        measured=f"{_ENOUGH} modes: response to {response:.0e}, noise to {noise:.0e}; "
        f"rank {int(data['rank'].min())} to {int(data['rank'].max())}",
        uncertainty="against the continuum",
        expected=f"below {_LIMITS['response']:g} and {_LIMITS['noise']:g}; a rank that n leaves",
        reason=f"With the rule that suits them {_ENOUGH} modes give the response of Ohmic and "
        f"sub-Ohmic baths to {response:.0e}, the noise to {noise:.0e} up to t = {_DURATION:g}/Ω, "
        f"but the noise of a super-Ohmic one to {hard[-1].value:.0e}, and equidistant modes err by "
        f"{max(m.value for m in linear):.1f}; the rank of A(t) - A(0) goes as n^{law_text(law)}.",
        measurements=(*suited, rank, back, *hard, *linear),
        independent_check="equation with memory in the continuum against normal modes",
    )


_LIMITS = {"response": 1e-3, "noise": 1e-2}


def _enough(data: xr.Dataset, name: str, rule: str, what: str) -> Measurement:
    value = float(data[what].sel(density=name, rule=rule, num_modes=_ENOUGH))
    verdict = verdict_within(value, 1e-8, high=_LIMITS[what])
    regime = f"{name}, {rule} rule, n = {_ENOUGH}"
    return Measurement(
        f"error of the {what}", regime, value, 1e-8, f"below {_LIMITS[what]}", verdict
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(4, width=16.4, height=3.9)
    counts = data.num_modes.values
    for ax, what, title in (
        (panels[0], "response", "Response ΩG, G'"),
        (panels[1], "noise", f"Noise Θ_xx, Θ_pp at kT = {_KT:g} ħΩ"),
    ):
        for name, colour, marker in zip(data.density.values, COLOURS, MARKERS, strict=False):
            here = data[what].sel(density=name)
            ax.plot(counts, here.sel(rule="suited"), marker + "-", color=colour, label=str(name))
            ax.plot(counts, here.sel(rule="linear"), ":", color=colour)
        _logarithmic(ax, counts)
        label_axes(
            ax,
            x="number of modes n",
            y="largest error [1]",
            title=title,
            legend=False,
        )
    for name, colour, marker in zip(data.density.values, COLOURS, MARKERS, strict=False):
        times = data.recurrence.sel(density=name)
        panels[2].plot(counts, times, marker + "-", color=colour, label=str(name))
    panels[2].axhline(_DURATION, color=GREY, linestyle="--", label="length of the run")
    panels[2].plot([], [], ":", color=GREY, label="equidistant modes, left")
    _logarithmic(panels[2], counts)
    panels[2].set_ylim(bottom=0.3)
    label_axes(
        panels[2],
        x="number of modes n",
        y="recurrence time [1/Ω]",
        title="When the bath comes back",
    )
    for t, colour, marker in zip(data.time.values, COLOURS, MARKERS, strict=False):
        rank = data["rank"].sel(time=t)
        panels[3].plot(data["size"], rank, marker + "-", color=colour, label=f"t = {t:g}/Ω")
    panels[3].set_ylim(0.0, 2.0 * float(data["rank"].max()))
    label_axes(
        panels[3],
        x="number of modes n",
        y="rank of A(t) - A(0), to 1e-8 [1]",
        title="Rank of the wave's change, Ohmic",
    )
    return figure


def _logarithmic(ax: Axes, counts: np.ndarray) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(counts, [str(num) for num in counts])
    ax.xaxis.set_minor_locator(NullLocator())


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="a-hundred-modes-are-enough",
        ledger="B12",
        section="6",
        statement="A hundred oscillators stand for a continuous bath, and the wave of system and "
        "bath changes by a matrix whose rank does not grow with their number.",
        equations=(),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="errors below 1e-3 and 1e-2 at n = 100, exponent of the rank in n 0",
        correction="True of Ohmic and sub-Ohmic baths with equal shares of K(0); a super-Ohmic one "
        "needs more for its noise, and equidistant modes fail.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
