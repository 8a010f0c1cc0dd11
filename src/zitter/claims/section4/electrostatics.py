"""Claim that what is said of gravity holds for electrostatics alike, of either sign."""

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
from zitter.claims.section4.pairs import ATTRACTION, GRAVITY, REPULSION, STEP, at_rest, pair
from zitter.kbody.bodies import bodies
from zitter.kbody.direct_sum import accelerations
from zitter.kbody.entanglement import purity_loss, quantum_pair
from zitter.kbody.newton import adaptive_newton_paths
from zitter.kbody.packets import canonical_correlation, phase_hessian, tidal_covariance
from zitter.kbody.tangent import tangent_map
from zitter.scenarios.style import COLOURS, GREY, MARKERS, label_axes, new_figure

_NAMES = (GRAVITY, ATTRACTION, REPULSION)
_TIME, _HBAR, _LATER = 0.05, 1e-5, 0.5
_SPREADINGS = {"quick": (1.0,), "default": (0.5, 1.0, 2.0), "full": (0.25, 0.5, 1.0, 2.0, 4.0)}


def _run(preset: Preset, seed: int, strength: float) -> xr.Dataset:
    """Ratios to the law of the coupling; `strength` multiplies Coulomb's constant."""
    spreadings = _SPREADINGS[preset]
    later = np.linspace(0.0, _LATER, 25)
    correlation, slope = np.zeros(3), np.zeros(3)
    halved = np.zeros((2, 3))
    loss, loss_error = np.zeros((3, len(spreadings))), np.zeros((3, len(spreadings)))
    curves = np.zeros((3, len(later)))
    for n, name in enumerate(_NAMES):
        system = pair(name)
        system = system._replace(coulomb_constant=strength * system.coulomb_constant)
        sign = -1.0 if name == REPULSION else 1.0
        for time in (2.0 * _TIME, _TIME):
            motion = tangent_map(system, *at_rest(), [0.0, time], time_step=STEP)
            C = tidal_covariance(motion, np.eye(4))[-1][np.ix_([0, 2], [0, 2])]
            ratio = canonical_correlation(C, 0, 1, 1) / (-0.5 * sign * (2.0 * time) ** 2)
            mixed = phase_hessian(motion)[-1, 0, 2] / (-2.0 * sign * time)
            halved[:, n] = np.abs([ratio - correlation[n], mixed - slope[n]]) / 3.0
            correlation[n], slope[n] = ratio, mixed
        for k, beta in enumerate(spreadings):
            width = np.sqrt(0.5 * _HBAR * _TIME / beta)
            whole = purity_loss(1.0, sign, 1.0, width, _TIME, _HBAR)
            rough, fine = (
                quantum_pair(system, 1.0, width, _TIME, hbar=_HBAR, num_steps=steps).purity
                for steps in (30, 60)
            )
            loss[n, k], loss_error[n, k] = (1.0 - fine) / whole, abs(fine - rough) / 3.0 / whole
        motion = tangent_map(system, *at_rest(), later, time_step=STEP)
        for k, C in enumerate(tidal_covariance(motion, np.eye(4))):
            C = C[np.ix_([0, 2], [0, 2])]
            curves[n, k] = canonical_correlation(C, 0, 1, 1)
    drift, additivity = _several_species(seed)
    units = {"unit": "1"}
    return xr.Dataset(
        {
            "correlation": (("interaction",), correlation, units),
            "mixed_slope": (("interaction",), slope, units),
            "errors": (("quantity", "interaction"), halved, units),
            "loss": (("interaction", "spreading"), loss, units),
            "loss_error": (("interaction", "spreading"), loss_error, units),
            "curve": (("interaction", "time"), curves, units),
            "drift": ((), drift, units),
            "additivity": ((), additivity, units),
        },
        coords={
            "interaction": list(_NAMES), "spreading": list(spreadings), "time": later,
            "quantity": ["correlation", "mixed slope"],
        },
    )  # fmt: skip


def _several_species(seed: int) -> tuple[float, float]:
    """Energy drift of five bodies of three kinds, and |a(both) - a(mass) - a(charge)|."""
    rng = np.random.default_rng(seed)
    masses, charges = np.array([1.0, 1.0, 3.0, 3.0, 0.2]), np.array([1.0, -1.0, 2.0, -2.0, 0.0])
    both = bodies(masses, charges, softening=0.3)
    X, V = rng.normal(size=(5, 3)), 0.3 * rng.normal(size=(5, 3))
    parts = [
        accelerations(s, X)
        for s in (
            both,
            both._replace(coulomb_constant=0.0),
            both._replace(gravitational_constant=0.0),
        )
    ]
    motion = adaptive_newton_paths(both, X, V, np.linspace(0.0, 5.0, 11))
    difference = np.max(np.abs(parts[0] - parts[1] - parts[2])) / np.max(np.abs(parts[0]))
    return motion.energy_drift, float(difference)


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Coulomb's force without the counting of pairs, twice too large."""
    return _run(preset, seed, 2.0)


def _judge(data: xr.Dataset) -> Judgement:
    found = []
    for name in data.interaction.values:
        here = data.sel(interaction=name)
        rows = [
            ("correlation / first order of its tide", here.correlation, here.errors[0]),
            ("∂²S/∂x₁∂x₂ / first order", here.mixed_slope, here.errors[1]),
        ]
        rows += [
            (f"1 - P / lowest order, β = {b:g}", value, error)
            for b, value, error in zip(
                data.spreading.values, here.loss.values, here.loss_error.values, strict=True
            )
        ]
        found += [
            Measurement(what, str(name), float(value), float(error), 1.0,
                        verdict_within(float(value), float(error), 0.97, 1.03))
            for what, value, error in rows
        ]  # fmt: skip
    for what, value in (
        ("largest |E/E₀ - 1|", data.drift),
        ("sum of both forces", data.additivity),
    ):
        found.append(
            Measurement(
                what, "several species, both forces", float(value), 1e-14, "below 1e-10",
                verdict_within(float(value), 1e-14, -1e-12, 1e-10),
            )
        )  # fmt: skip
    ratios = [m.value for m in found if m.expected == 1.0]
    return Judgement(
        verdict=overall(found),
        measured=f"ratios to the law of the coupling {min(ratios):.4f} to {max(ratios):.4f}",
        uncertainty="change from twice the time; halved steps",
        expected="1, with the sign of the tide",
        reason="Opposite charges do what masses of the same coupling do; like charges correlate "
        "with the other sign of the tide and lose as much purity at first: all within "
        f"{max(abs(r - 1.0) for r in ratios):.1%} of the first order.",
        measurements=tuple(found),
        independent_check="laws of first order in closed form; full Schrödinger equation for the "
        "purity",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    for n, name in enumerate(data.interaction.values):
        style = "--" if n == 1 else "-"
        left.plot(data.time, data.curve[n], style, color=COLOURS[n], label=str(name))
    first = 2.0 * data.time**2
    left.plot(data.time, first, ":", color=GREY, label="first order")
    left.plot(data.time, -first, ":", color=GREY)
    left.set_ylim(-1.0, 1.0)
    label_axes(left, x="time [√(r³M/|κ|)]", y="correlation of x₁ and x₂", title="tides")
    rows = ("correlation", "mixed_slope")
    for n, name in enumerate(data.interaction.values):
        values = [float(data[row][n]) for row in rows] + [float(data.loss[n].mean())]
        right.plot(np.arange(3) + 0.1 * (n - 1), values, MARKERS[n], color=COLOURS[n],
                   label=str(name))  # fmt: skip
    right.axhline(1.0, color=GREY, linestyle="--")
    right.set_xticks(range(3), ["correlation", "∂²S/∂x₁∂x₂", "1 - P"])
    right.set_ylim(0.9, 1.12)
    label_axes(right, x="quantity", y="ratio to the first order", title=f"at t = {_TIME}")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="gravity-and-electrostatics-alike",
        ledger="L65",
        section="4",
        statement="What is said of gravitating bodies holds for electrostatic forces alike.",
        equations=(97, 98, 100, 102),
        predicted=Verdict.HOLDS,
        expected="the same laws, with the same corrections",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
