"""Claim that the momenta of K bodies obey Newton's law: (101)-(102)."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    verdict_within,
)
from zitter.claims.section2.judging import verdict_under_condition
from zitter.claims.section4.pairs import ATTRACTION, GRAVITY, pair
from zitter.kbody.bodies import Bodies
from zitter.kbody.newton import adaptive_newton_paths, total_energy
from zitter.scenarios.style import COLOURS, GREY, label_axes, new_figure

_ORBITS = {"quick": 3, "default": 20, "full": 100}
_ECCENTRICITY, _POINTS = 0.2, 60
_LAWS = ("full force", "printed half")


def _start() -> tuple[np.ndarray, np.ndarray]:
    """Two unit masses at the apocentre of an orbit of semi-major axis 1."""
    e = _ECCENTRICITY
    r, v = np.array([1.0 + e, 0.0]), np.array([0.0, np.sqrt(2.0 * (1.0 - e) / (1.0 + e))])
    return np.array([-0.5 * r, 0.5 * r]), np.array([-0.5 * v, 0.5 * v])


def _period(system: Bodies, guess: float) -> tuple[float, float]:
    """Time at which r·v next falls through zero, at an apocentre, and its change by steps."""
    found = []
    for tolerance in (1e-8, 1e-9):
        low, high = 0.6 * guess, 1.4 * guess
        for _ in range(4):
            times = np.concatenate([[0.0], np.linspace(low, high, 40)])
            m = adaptive_newton_paths(system, *_start(), times, tolerance=tolerance)
            r, v = m.X[1:, 1] - m.X[1:, 0], m.V[1:, 1] - m.V[1:, 0]
            radial = np.sum(r * v, axis=1)
            falls = np.flatnonzero((radial[:-1] > 0.0) & (radial[1:] <= 0.0))
            n = int(falls[0])
            low, high = times[1 + n], times[2 + n]
            share = radial[n] / (radial[n] - radial[n + 1])
        found.append(low + share * (high - low))
    return found[1], abs(found[1] - found[0])


def _run(preset: Preset, factors: tuple[float, float]) -> xr.Dataset:
    """Orbits under `factors` times the force; energies are those of (96) with the full U."""
    kepler = 2.0 * np.pi / np.sqrt(2.0)
    times = np.linspace(0.0, _ORBITS[preset] * kepler, _ORBITS[preset] * _POINTS + 1)
    names = (GRAVITY, ATTRACTION)
    shape = (len(names), len(factors))
    energy = np.zeros((*shape, len(times)))
    x, y = np.zeros((*shape, len(times))), np.zeros((*shape, len(times)))
    period, error = np.zeros(shape), np.zeros(shape)
    for n, name in enumerate(names):
        system = pair(name)
        for k, factor in enumerate(factors):
            weak = system._replace(
                gravitational_constant=factor * system.gravitational_constant,
                coulomb_constant=factor * system.coulomb_constant,
            )
            motion = adaptive_newton_paths(weak, *_start(), times)
            energy[n, k] = [
                total_energy(system, X, V) for X, V in zip(motion.X, motion.V, strict=True)
            ]
            x[n, k], y[n, k] = (motion.X[:, 1] - motion.X[:, 0]).T
            guess = kepler if factor == 1.0 else _guess(factor)
            period[n, k], error[n, k] = _period(weak, guess)
    dims = ("interaction", "law")
    drift = np.max(np.abs(energy / energy[..., :1] - 1.0), axis=-1)
    return xr.Dataset(
        {
            "energy": ((*dims, "time"), energy, {"unit": "GM²/a"}),
            "drift": (dims, drift, {"unit": "1"}),
            "period": (dims, period / kepler, {"unit": "Kepler's period"}),
            "period_error": (dims, error / kepler, {"unit": "Kepler's period"}),
            "x": ((*dims, "time"), x, {"unit": "a"}),
            "y": ((*dims, "time"), y, {"unit": "a"}),
        },
        coords={"interaction": list(names), "law": list(_LAWS), "time": times / kepler},
    )


def _guess(factor: float) -> float:
    """Period of the ellipse from the same start under a weaker force."""
    mu = 2.0 * factor
    r, v = 1.0 + _ECCENTRICITY, np.linalg.norm(_start()[1][1] - _start()[1][0])
    a = 1.0 / (2.0 / r - v**2 / mu)
    # Where the start is the pericentre, r·v falls through zero after half a period.
    return 2.0 * np.pi * np.sqrt(a**3 / mu) * (0.5 if a > r else 1.0)


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, (1.0, 0.5))


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The printed factor 1/2 in both columns."""
    return _run(preset, (0.5, 0.5))


def _measurements(data: xr.Dataset, law: str) -> list[Measurement]:
    found = []
    for name in data.interaction.values:
        here = data.sel(interaction=name, law=law)
        ratio, error = float(here.period), float(here.period_error) + 1e-12
        found.append(
            Measurement(
                "period / Kepler's", f"{name}, {law}", ratio, error, 1.0,
                verdict_within(ratio, error, 1.0 - 1e-8, 1.0 + 1e-8),
            )
        )  # fmt: skip
        drift = float(here.drift)
        found.append(
            Measurement(
                "largest |E/E₀ - 1|", f"{name}, {law}", drift, 1e-13, "below 1e-10",
                verdict_within(drift, 1e-13, -1e-12, 1e-10),
            )
        )  # fmt: skip
    return found


def _judge(data: xr.Dataset) -> Judgement:
    full, printed = (_measurements(data, law) for law in _LAWS)
    return Judgement(
        verdict=verdict_under_condition(full, printed),
        measured=f"period / Kepler's {full[0].value:.10f} and {printed[0].value:.4f}; |ΔE/E| "
        f"{full[1].value:.0e} and {printed[1].value:.2f} (full, printed)",
        uncertainty="two tolerances of the steps",
        expected="1 and 0",
        reason="The slope of the whole potential gives Kepler's period and keeps the energy of "
        f"(96); the printed half changes it by {printed[1].value:.0%} along the orbit and gives "
        f"{printed[0].value:.3f} of the time to the next apocentre.",
        measurements=(*full, *printed),
        independent_check="Kepler's third law in closed form; opposite charges of the same "
        "coupling take the same orbit",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    here = data.sel(interaction=data.interaction.values[0])
    for k, law in enumerate(data.law.values):
        left.plot(here.x[k], here.y[k], color=COLOURS[k], label=str(law))
        right.plot(data.time, here.energy[k] / here.energy[k, 0], color=COLOURS[k], label=str(law))
    left.plot(0.0, 0.0, "+", color=GREY)
    left.set_aspect("equal")
    label_axes(left, x="x₂ - x₁ [a]", y="y₂ - y₁ [a]", title="relative orbit")
    label_axes(right, x="time [Kepler's periods]", y="E / E₀", title="energy of (96)")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="bodies-obey-newtons-law",
        ledger="L46",
        section="4",
        statement="The centres of mass obey Newton's law of gravity.",
        equations=(100, 101, 102),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="Kepler's period, energy conserved",
        correction="The force is the slope of the whole potential: twice the printed one.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
