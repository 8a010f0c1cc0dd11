"""Claim that the quantization of circulation can be ignored on a line (after (11) and (36))."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array
from matplotlib.axes import Axes
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
from zitter.scenarios.style import BLACK, BLUE, GREY, RED, label_axes, new_figure
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition

_HBAR = _MASS = 1.0
_FREQUENCIES = (1.0, 1.4)  # centre of mass: the trap; relative: trap and harmonic pair force
_NUM_POINTS = 128
_STATES = {
    "two distinguishable": (((1, 0), (0, 1)), 0.0),
    "two bosons": (((1, 0), (0, 2)), 0.5**0.5),
    "two fermions": (((1, 1), (0, 3)), 1.5**0.5),
}
_NUM_LOOPS = {"quick": 8, "default": 40, "full": 200}
_POWERS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)


class _Oscillators(eqx.Module):
    """Two particles on a line: Σ c_ab φ_a(x_cm) φ_b(y) at t = 0, a LogPsi of (x₁, x₂)."""

    coefficients: Array

    def __call__(self, q: Array, t: Any) -> Array:
        x, y = 0.5 * (q[0] + q[1]), (q[1] - q[0]) / jnp.sqrt(2.0)
        scales = (2.0 * _MASS * _FREQUENCIES[0] / _HBAR, _MASS * _FREQUENCIES[1] / _HBAR)
        xi, eta = x * jnp.sqrt(scales[0]), y * jnp.sqrt(scales[1])
        sum_of_modes = _hermite(xi) @ self.coefficients @ _hermite(eta)
        return jnp.log(sum_of_modes) - 0.5 * (xi**2 + eta**2)


class _PowerVortex(eqx.Module):
    """√ρ = r^l e^(-r²/2), S = ħlθ in the harmonic trap (ħ = m = ω = 1), for any real l."""

    power: Array
    turning: Array

    def __call__(self, q: Array, t: Any) -> Array:
        r2 = jnp.sum(q**2)
        phase = self.turning * jnp.arctan2(q[1], q[0])
        return 0.5 * self.power * jnp.log(r2) - 0.5 * r2 + 1j * self.power * phase


def _hermite(z: Array) -> Array:
    """Normalised Hermite polynomials of degree 0 .. 3."""
    values = [jnp.ones_like(z), 2 * z, 4 * z**2 - 2, 8 * z**3 - 12 * z]
    norms = np.sqrt([1.0, 2.0, 8.0, 48.0])
    return jnp.stack(values) / norms


def _state(modes: tuple[tuple[int, int], ...], relative_phase: complex) -> _Oscillators:
    coefficients = np.zeros((4, 4), dtype=complex)
    for mode, factor in zip(modes, (1.0, relative_phase), strict=True):
        coefficients[mode] = factor
    return _Oscillators(jnp.asarray(coefficients))


def _node(eta: float) -> np.ndarray:
    y = eta / np.sqrt(_MASS * _FREQUENCIES[1] / _HBAR)
    return np.array([-y, y]) / np.sqrt(2.0)


def _loops(node: np.ndarray, num: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ellipses round `node` with their tangents, (num, points, 2)."""
    angle = 2.0 * np.pi * np.arange(_NUM_POINTS) / _NUM_POINTS
    half_axes = rng.uniform(0.15, 0.3, (num, 1, 2))
    centre = node + rng.uniform(-0.08, 0.08, (num, 1, 2))
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    tangent = np.stack([-np.sin(angle), np.cos(angle)], axis=-1)
    return centre + half_axes * circle, half_axes * tangent


def _circulation(state: Any, path: np.ndarray, tangent: np.ndarray) -> np.ndarray:
    """∮ m v·dx / h along closed paths (loops, points, dof) with tangents, by the trapezoid rule."""
    gradient = derivatives(state, path.reshape(-1, path.shape[-1]), 0.0, 1).gradient
    v = _HBAR / _MASS * np.imag(np.asarray(gradient)).reshape(path.shape)
    return _MASS * np.mean(np.sum(v * tangent, axis=-1), axis=-1) / _HBAR


def _winding(state: Any, path: np.ndarray) -> np.ndarray:
    """Turns of the phase of ψ along closed paths, counted from its values alone."""
    values = derivatives(state, path.reshape(-1, path.shape[-1]), 0.0, 1).log_psi
    phase = np.imag(np.asarray(values)).reshape(path.shape[:-1])
    step = np.diff(phase, axis=-1, append=phase[:, :1])
    return np.sum((step + np.pi) % (2.0 * np.pi) - np.pi, axis=-1) / (2.0 * np.pi)


def _power_residual(power: float, turning: float, points: np.ndarray) -> float:
    """Largest residual of (7) and (35) for the field r^l e^(-r²/2), S = ħlθ - (l + 1)ħωt."""
    d = derivatives(_PowerVortex(jnp.asarray(power), jnp.asarray(turning)), points, 0.0, 2)
    kinetic = -0.5 * np.sum(np.asarray(d.second) + np.asarray(d.gradient) ** 2, axis=1)
    energy = kinetic + 0.5 * np.sum(points**2, axis=1)
    return float(np.max(np.abs(energy - (power + 1.0))))


def _line_circulation() -> float:
    """The same for one particle: the only closed path on a line runs back over itself."""
    packets = GaussianPacket([[0.8], [1.1]], [[-1.0], [1.0]], [[2.0], [-1.5]])
    angle = 2.0 * np.pi * np.arange(_NUM_POINTS) / _NUM_POINTS
    path, tangent = np.cos(angle)[None, :, None], -np.sin(angle)[None, :, None]
    return float(_circulation(Superposition(packets, [1.0, 1j]), path, tangent)[0])


def _run(preset: Preset, seed: int, relative_phase: complex) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    num = _NUM_LOOPS[preset]
    turning = float(np.imag(relative_phase))
    circulation, coarse, winding = [], [], []
    for modes, eta in _STATES.values():
        state = _state(modes, relative_phase)
        path, tangent = _loops(_node(eta), num, rng)
        circulation.append(_circulation(state, path, tangent))
        coarse.append(_circulation(state, path[:, ::2], tangent[:, ::2]))
        winding.append(_winding(state, path))
    points = rng.normal(size=(64, 2))
    points = points[np.sum(points**2, axis=1) > 0.05]
    residual = [_power_residual(power, turning, points) for power in _POWERS]
    path, tangent = _loops(np.zeros(2), 1, rng)
    turns = [
        _circulation(_PowerVortex(jnp.asarray(p), jnp.asarray(turning)), path, tangent)[0]
        for p in _POWERS
    ]
    per_loop = ("state", "loop")
    return xr.Dataset(
        {
            "circulation": (per_loop, circulation, {"unit": "h", "meaning": "∮ m v·dx"}),
            "coarse": (per_loop, coarse, {"unit": "h", "meaning": "the same, half the points"}),
            "winding": (per_loop, winding, {"unit": "1", "meaning": "turns of the phase of ψ"}),
            "line_circulation": ((), _line_circulation(), {"unit": "h"}),
            "power_circulation": ("power", turns, {"unit": "h"}),
            "power_residual": ("power", residual, {"unit": "ħω", "meaning": "of (7) and (35)"}),
        },
        {"state": list(_STATES), "power": list(_POWERS)},
        {"relative_phase_real": relative_phase.real, "relative_phase_imag": relative_phase.imag},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1j)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The two modes in phase, not in quadrature: a nodal line, no current, no vortex."""
    return _run(preset, seed, 1.0 + 0j)


def _measure_state(data: xr.Dataset, state: str) -> Measurement:
    turns = data.circulation.sel(state=state).values
    error = float(np.max(np.abs(turns - data.coarse.sel(state=state).values))) + 1e-14
    worst = float(np.abs(turns).max())
    verdict = verdict_within(worst, error, -0.01, 0.01)
    return Measurement("|circulation| round a node [h]", state, worst, error, "0", verdict)


def _measure_line(data: xr.Dataset) -> Measurement:
    turns = float(data.line_circulation)
    verdict = verdict_within(turns, 1e-14, -0.01, 0.01)
    name = "circulation of a path out and back [h]"
    return Measurement(name, "one particle", turns, 1e-14, "0", verdict)


def _measure_family(data: xr.Dataset) -> Measurement:
    turns = data.power_circulation.values
    solved = data.power_residual.values < 1e-9
    broken = np.abs(turns - np.round(turns))
    worst = float(np.max(np.where(solved, broken, 0.0)))
    error = float(np.max(np.where(solved, data.power_residual, 0.0)))
    verdict = verdict_within(worst, error, -0.01, 0.01)
    name = "distance of the circulation from an integer, fields that solve (7), (35) [h]"
    return Measurement(name, "r^l e^(-r²/2), any real l", worst, error, "0", verdict)


def _judge(data: xr.Dataset) -> Judgement:
    states = [_measure_state(data, str(state)) for state in data.state.values]
    family = _measure_family(data)
    measurements = (_measure_line(data), *states, family)
    verdict = overall(measurements)
    least = min(states, key=lambda m: m.value)
    roads = float(np.abs(np.abs(data.circulation) - np.abs(data.winding)).max())
    reason = (
        f"Two particles on a line have nodes with circulation {least.value:.6f} h, bosons and "
        f"fermions too; without the condition (7) and (35) allow circulations {family.value:.2f} h "
        "away from an integer, and any energy between the levels."
        if verdict is Verdict.FAILS
        else "No circulation was found round any node."
    )
    return Judgement(
        verdict=verdict,
        measured=f"circulation {least.value:.9f} h round nodes for N = 2",
        uncertainty=f"{max(m.uncertainty for m in states):.0e} h (half the points)",
        expected="0 if the condition can be ignored",
        reason=reason,
        measurements=measurements,
        independent_check=f"turns of the phase of ψ, counted: differ by {roads:.0e}",
    )


def _draw_phase(ax: Axes, data: xr.Dataset) -> None:
    span = np.linspace(-2.2, 2.2, 161)
    x1, x2 = np.meshgrid(span, span, indexing="ij")
    modes, eta = _STATES["two bosons"]
    factor = complex(data.relative_phase_real, data.relative_phase_imag)
    points = np.stack([x1.ravel(), x2.ravel()], axis=-1)
    log_psi = np.asarray(derivatives(_state(modes, factor), points, 0.0, 1).log_psi)
    phase = np.imag(log_psi).reshape(x1.shape)
    image = ax.pcolormesh(x1, x2, phase, cmap="twilight", vmin=-np.pi, vmax=np.pi, rasterized=True)
    bar = ax.figure.colorbar(image, ax=ax, ticks=[-np.pi, 0.0, np.pi], shrink=0.85)
    bar.ax.set_yticklabels(["-π", "0", "π"])
    bar.set_label("phase of ψ, S/ħ")
    bar.ax.set_xlabel("[rad]")
    for sign in (1.0, -1.0):
        angle = np.linspace(0.0, 2.0 * np.pi, 65)
        x, y = _node(sign * eta)
        ax.plot(x + 0.25 * np.cos(angle), y + 0.25 * np.sin(angle), color=RED, linewidth=2.2)
    density = np.exp(2.0 * np.real(log_psi)).reshape(x1.shape)
    ax.contour(x1, x2, density, levels=4, colors="white", linewidths=0.8)
    ax.plot(span, span, color=BLACK, linewidth=0.8, linestyle=":")
    ax.set_aspect("equal")


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    _draw_phase(left, data)
    turns = float(data.circulation.sel(state="two bosons").mean())
    label_axes(left, x="position x₁ [√(ħ/mω)]", y="position x₂ [√(ħ/mω)]")
    left.set_title(f"Two bosons on a line: circulation {turns:+.2f} h\nround a node (red loops)")
    right.plot(data.power, data.power_circulation, "o-", color=BLUE, label="solves (7) and (35)")
    whole = data.power.values % 1.0 == 0.0
    right.plot(data.power[whole], data.power_circulation[whole], "s", color=RED, ms=10, mfc="none")
    for n in range(4):
        right.axhline(n, color=GREY, linewidth=0.8, linestyle="--")
    right.plot([], [], "s", color=RED, ms=10, mfc="none", label="has a wavefunction (n h)")
    label_axes(right, x="power l of ρ = r²ˡ e^(-r²)", y="circulation [h]")
    right.set_title("Residual of the equations for ρ and S\nby circulation")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="quantization-can-be-ignored-in-1d",
        ledger="L4",
        section="2.1",
        statement="For particles on a line the quantization condition on the current velocity "
        "can be ignored.",
        equations=(5, 7, 35, 36, 63),
        predicted=Verdict.FAILS,
        expected="no circulation round nodes of N-particle states",
        correction="True for one particle; for N ≥ 2 nodes have codimension 2 and condition (63) "
        "is needed.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
