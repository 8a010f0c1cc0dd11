"""Claim that the bath makes branches orthogonal and the configuration collapse effectively."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.bath.branching_paths import (
    BranchingPaths,
    bohm_branching_paths,
    nelson_branching_paths,
    sampled_configurations,
)
from zitter.bath.branching_wave import BranchingWave, branching_wave
from zitter.bath.collapse import (
    branch_distances,
    conditional_weights,
    configuration_weights,
    expected_smaller_weight,
)
from zitter.bath.decoherence import decoherence_exponent, decoherence_time
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.packets import Packets
from zitter.bath.purification import thermofield_branch_distances
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    verdict_within,
    with_uncertainty,
)
from zitter.claims.section2.judging import law_text, verdict_under_condition
from zitter.claims.section6.lags import draw_lags, lag_laws, lag_measurements, lags
from zitter.core.statistics import z_score
from zitter.scenarios.style import BLUE, COLOURS, GREEN, GREY, RED, label_axes, new_figure

_SIZES = {"quick": (24, 128, 1200), "default": (60, 320, 8000), "full": (60, 640, 40_000)}
_WIDTH, _SHARE, _HOT = np.sqrt(0.5), 0.3, 5.0
_CAT = Packets([-3.0, 3.0], _WIDTH, coefficients=[_SHARE**0.5, (1.0 - _SHARE) ** 0.5])
_MOMENTS = np.array([0.0, 0.8, 1.6, 3.2, 6.4])
_MANY_RUNS = 40


def _density(damping: float = 0.1) -> SpectralDensity:
    return SpectralDensity(damping, 5.0, shape="exponential")


def _run(preset: Preset, seed: int, guided: bool) -> xr.Dataset:
    """Runs guided by the wave of system and bath; if not `guided`, by one that ignores the bath."""
    num_modes, num_steps, num_runs = _SIZES[preset]
    bath = discretised(_density(), num_modes)
    wave = branching_wave(bath, 1.0, 1.0, _CAT)
    leader = wave if guided else _decoupled(bath)
    rng = np.random.default_rng([seed, 59])
    q0 = sampled_configurations(wave, num_runs, rng)
    every = _MOMENTS[-1] * np.arange(0, num_steps + 1, 4) / num_steps
    bohm = bohm_branching_paths(leader, q0, every, num_steps)
    moments = np.searchsorted(every, _MOMENTS - 1e-9)
    nelson = nelson_branching_paths(leader, q0, _MOMENTS, num_steps, rng)
    kept = BranchingPaths(_MOMENTS, bohm.q[moments])
    smaller = [np.min(conditional_weights(wave, runs), axis=2) for runs in (kept, nelson)]
    wins = [
        np.mean(np.argmax(configuration_weights(wave, runs)[-1], axis=1) == 0)
        for runs in (kept, nelson)
    ]
    some = BranchingPaths(every, bohm.q[:, :_MANY_RUNS])
    return xr.Dataset(
        {
            "smaller": (("dynamics", "moment", "preparation"), np.array(smaller), {"unit": "1"}),
            "wins": ("dynamics", np.array(wins), {"unit": "1"}),
            "weight": (
                ("every", "run"),
                conditional_weights(wave, some)[..., 0],
                {"unit": "1"},
            ),
            "expected": ("moment", _expected(wave, _MOMENTS), {"unit": "1"}),
            "expected_course": ("every", _expected(wave, every), {"unit": "1"}),
            **_exponents(bath, wave),
            **lags(min(num_modes, 40)),
            "recurrence": ("bath", _recurrences(num_modes), {"unit": "1"}),
        },
        coords={
            "dynamics": ["Bohm", "Nelson"],
            "moment": ("moment", _MOMENTS, {"unit": "1/Omega"}),
            "every": ("every", every, {"unit": "1/Omega"}),
            "bath": [f"{num_modes} modes", "12 equidistant modes"],
        },
        attrs={"share": _SHARE, "kT": _HOT},
    )


def _expected(wave: BranchingWave, times: np.ndarray) -> np.ndarray:
    return expected_smaller_weight(branch_distances(wave, times).bath, _SHARE)


def _decoupled(bath: OscillatorBath) -> BranchingWave:
    alone = OscillatorBath(bath.frequencies, 0.0 * bath.couplings)
    return branching_wave(alone, 1.0, 1.0, _CAT)


def _exponents(bath: OscillatorBath, wave: BranchingWave) -> dict[str, Any]:
    """Exponents of coherence, cold and hot, and Δ_B²/8 of three pure states, against time."""
    times = np.geomspace(0.02, 10.0, 40)
    modes = bath_modes(bath, 1.0, 1.0)
    response = exact_response(modes, times)
    cold, hot = (
        decoherence_exponent(_CAT, response, exact_noise(modes, bath, 1.0, times, kT), 1.0)
        for kT in (0.0, _HOT)
    )
    vacuum = branch_distances(wave, times).bath / 8.0
    double = thermofield_branch_distances(bath, 1.0, 1.0, _CAT, times, _HOT) / 8.0
    late = decoherence_time(times, hot)
    undone = expected_smaller_weight(8.0 * np.interp(late, times, vacuum), _SHARE)
    return {
        "coherence": (("state", "t"), np.stack([cold, hot]), {"unit": "1"}),
        "disjointness": (("state", "t"), np.stack([vacuum, double]), {"unit": "1"}),
        "t": ("t", times, {"unit": "1/Omega"}),
        "state": ["vacuum", "hot, stationary thermofield double"],
        "undecided": ((), float(undone), {"unit": "1"}),
        "thermal_time": ((), late, {"unit": "1/Omega"}),
    }


def _recurrences(num_modes: int) -> list[float]:
    """Smallest Δ_B² from t = 4 to 14 of a bath of many modes and of few on an even grid."""
    w = np.arange(12) + 0.5
    few = OscillatorBath(w, np.sqrt(2.0 / np.pi * _density()(w) * w))
    times, wide = np.linspace(4.0, 14.0, 41), Packets([-6.0, 6.0], _WIDTH)
    return [
        float(np.min(branch_distances(branching_wave(bath, 1.0, 1.0, wide), times).bath))
        for bath in (discretised(_density(), num_modes), few)
    ]


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, True)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Configurations guided by a wave that does not know of the coupling to the bath."""
    return _run(preset, seed, False)


def _judge(data: xr.Dataset) -> Judgement:
    inside = [
        *(_weight(data, str(name), k) for name in data.dynamics.values for k in (2, 3, 4)),
        *(_born(data, str(name)) for name in data.dynamics.values),
        _bound(data),
    ]
    undone = float(data.undecided)
    back = float(data.recurrence[1])
    outside = [
        Measurement(
            "mean smaller weight",
            f"when a bath at kT = {data.attrs['kT']:g} has decohered the packets",
            undone,
            1e-6,
            "below 0.05",
            verdict_within(undone, 1e-6, high=0.05),
        ),
        Measurement(
            "smallest later Δ_B²",
            str(data.bath.values[1]),
            back,
            1e-6,
            "above 16",
            verdict_within(back, 1e-6, low=16.0),
        ),
    ]
    later, *laws = lag_measurements(data)
    near, far = lag_laws(data)
    last = data.smaller.isel(moment=-1).mean("preparation")
    error = data.smaller.isel(moment=-1).std("preparation") / np.sqrt(data.preparation.size)
    return Judgement(
        verdict=verdict_under_condition([*inside, later], outside),
        measured="smaller weight at the end "
        f"{with_uncertainty(float(last[0]), float(error[0]))} (Bohm), "
        f"{with_uncertainty(float(last[1]), float(error[1]))} (Nelson)",
        uncertainty="one standard error",
        expected=f"Φ(-Δ_B/2): {float(data.expected[-1]):.4f}",
        reason="The mean weight of the smaller branch lies within "
        f"{_largest_score(inside[:6]):.1f} standard errors of the closed form, Born's frequencies "
        f"within {_largest_score(inside[6:8]):.1f}; branches are disjoint later than "
        f"they are orthogonal, by a factor ∝ coupling^{law_text(far)} at times short against "
        f"1/ω_c, ∝ coupling^{law_text(near)} for close packets; at the time of thermal "
        f"decoherence {undone:.2f} of the weight is still undecided, and few modes undo it.",
        measurements=(*inside, *outside, later, *laws),
        independent_check="trajectories against the closed form of the Gaussian branches",
    )


def _largest_score(measurements: list[Measurement]) -> float:
    return max(abs(m.value - float(m.expected)) / m.uncertainty for m in measurements)


def _weight(data: xr.Dataset, name: str, moment: int) -> Measurement:
    values = data.smaller.sel(dynamics=name).isel(moment=moment).values
    error = float(np.std(values, ddof=1) / np.sqrt(values.size))
    expected = float(data.expected[moment])
    score = z_score(float(np.mean(values)), expected, error)
    verdict = verdict_within(score, 0.0, -4.0, 4.0)
    regime = f"{name}, t = {float(data.moment[moment]):.1f}/Ω"
    return Measurement(
        "mean smaller weight", regime, float(np.mean(values)), error, expected, verdict
    )


def _born(data: xr.Dataset, name: str) -> Measurement:
    value, share = float(data.wins.sel(dynamics=name)), data.attrs["share"]
    error = float(np.sqrt(share * (1.0 - share) / data.preparation.size))
    verdict = verdict_within(z_score(value, share, error), 0.0, -4.0, 4.0)
    return Measurement("frequency of the first branch", name, value, error, share, verdict)


def _bound(data: xr.Dataset) -> Measurement:
    ratio = float((data.disjointness / data.coherence).max())
    verdict = verdict_within(ratio, 1e-9, high=1.0)
    return Measurement(
        "largest (Δ_B²/8)/A", "vacuum; stationary double", ratio, 1e-9, "below 1", verdict
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, middle, right, last) = new_figure(4, width=16.4, height=3.9)
    left.plot(data.every, data.weight, color=GREY, linewidth=0.7, alpha=0.7)
    label_axes(
        left,
        x="time [1/Ω]",
        y="weight of the first branch [1]",
        title=f"Bohm's runs, initial weight {data.attrs['share']:g}",
    )
    for name, colour, shift in zip(data.dynamics.values, COLOURS, (-0.06, 0.06), strict=False):
        values = data.smaller.sel(dynamics=name)
        error = values.std("preparation") / np.sqrt(data.preparation.size)
        middle.errorbar(
            data.moment + shift,
            values.mean("preparation"),
            2.0 * error,
            fmt="o",
            color=colour,
            label=str(name),
        )
    middle.plot(data.every, data.expected_course, "--", color=GREY, label="Φ(-Δ_B/2), share 0.3")
    middle.set_yscale("log")
    label_axes(
        middle, x="time [1/Ω]", y="mean smaller weight [1]", title="Effective collapse (± 2 s.e.)"
    )
    names = ("vacuum", f"kT = {data.attrs['kT']:g} ħΩ")
    for k, (name, colour) in enumerate(zip(names, (BLUE, RED), strict=True)):
        right.plot(data.t, data.coherence[k], color=colour, label=f"A, {name}")
    right.plot(data.t, data.disjointness[0], "--", color=BLUE, label="Δ_B²/8, vacuum or coherent")
    right.plot(data.t, data.disjointness[1], "--", color=GREEN, label="Δ_B²/8, stationary double")
    right.axhline(1.0, color=GREY, linewidth=0.8)
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_ylim(1e-3, 20.0)
    label_axes(
        right,
        x="time [1/Ω]",
        y="exponent [1]",
        title="Orthogonal (A) and disjoint (Δ_B²/8)",
    )
    draw_lags(last, data)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="bath-makes-branches-orthogonal-and-collapses-them",
        ledger="L59",
        section="6",
        statement="The bath makes the branches of the centre of mass orthogonal, and the "
        "configuration collapses effectively into one of them.",
        equations=(),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="mean smaller weight Φ(-Δ_B/2); Born's frequencies; collapse after decoherence",
        correction="Orthogonality comes first, disjointness in the configuration later, and only "
        "that collapses; heat speeds it up only for a stationary thermofield double; a bath of "
        "few modes undoes it.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
