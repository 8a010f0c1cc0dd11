"""Diffusions (9), (10), (24), (25) of harmonically coupled particles, whose law is known exactly.

The state is a Gaussian packet of x_cm times equal packets of y_2 .. y_N (ħ = m = 1), for N = 4:
    drift = S(t) x + offset(t), with S a matrix in particle coordinates.
"""

from typing import Literal, NamedTuple

import jax
import numpy as np
from scipy.integrate import cumulative_simpson

from zitter.system.coordinates import centre_of_mass_coordinates
from zitter.wavefunctions.gaussian import GaussianPacket, packet_state

NUM_PARTICLES = 4
REDUCED_NOISE = np.array([1.0 / NUM_PARTICLES] + [1.0] * (NUM_PARTICLES - 1))
Road = Literal["reduced", "particles", "backward", "printed"]
Scheme = Literal["euler", "heun"]


class CoupledState(NamedTuple):
    """Packets of the centre of mass (mass N m) and of one relative coordinate (mass m)."""

    cm: GaussianPacket
    relative: GaussianPacket


class Case(NamedTuple):
    """State, duration and equation: (24)-(25), (9), (10), or (24) with printed (15)-(16)."""

    state: CoupledState
    duration: float
    road: Road


class Drift(NamedTuple):
    """Linear drift S x + offset at the times of the steps: (time, dof, dof) and (time, dof)."""

    slope: np.ndarray
    offset: np.ndarray


class Law(NamedTuple):
    """Exact widths (time, 2) of (x_cm, y_j), and the angles θ of E6, (time, 2)."""

    width: np.ndarray
    angle: np.ndarray


def coupled_state(
    width: float, trap: float, coupling: float, centre: float, momentum: float, force: float = 0.0
) -> CoupledState:
    """Product of N equal packets of `width` at t = 0, in trap k x²/2 - f x with pair force κ."""
    N = NUM_PARTICLES
    cm = GaussianPacket(
        width / np.sqrt(N), centre, N * momentum, 0.0, N * trap, N * force, mass=float(N)
    )
    relative = GaussianPacket(width, stiffness=trap + N * coupling)
    return CoupledState(cm, relative)


def reflection_matrix() -> np.ndarray:
    """Matrix C of (12)-(13), z = (x_cm, y_2, .., y_N) = C x."""
    columns = [centre_of_mass_coordinates(e[:, None]) for e in np.eye(NUM_PARTICLES)]
    return np.stack([np.concatenate([c.x_cm, c.y[:, 0]]) for c in columns], axis=1)


def exact_law(state: CoupledState, times: np.ndarray) -> Law:
    """Widths in closed form, and θ = ∫ħ/(2mσ²)dt by Simpson's rule on a fine grid."""
    fine = np.linspace(times[0], times[-1], 4001)
    widths, angles = [], []
    for packet in state:
        rate = 1.0 / (2.0 * float(packet.mass) * _width(packet, fine) ** 2)
        grown = cumulative_simpson(rate, dx=fine[1] - fine[0], initial=0.0)
        widths.append(_width(packet, times))
        angles.append(np.interp(times, fine, grown))
    return Law(np.stack(widths, axis=1), np.stack(angles, axis=1))


def reduced_drift(state: CoupledState, times: np.ndarray, direction: int, factor: float) -> Drift:
    """Drift of (24), (25), or of their backward twins (direction -1).

    `factor` multiplies (15) and (16); N is that of the printed 1/m and ħ/2m.
    """
    parts = [_logarithmic_derivative(packet, times) for packet in state]
    masses = np.array([float(packet.mass) for packet in state])
    gradient, momentum, centre = (np.stack(column, axis=1) for column in zip(*parts, strict=True))
    scale = np.array([factor, 1.0]) / masses
    slope = scale * (np.imag(gradient) + direction * np.real(gradient))
    number = [0] + [1] * (NUM_PARTICLES - 1)
    offset = scale * momentum - slope * centre
    return Drift(slope[:, number][:, :, None] * np.eye(NUM_PARTICLES), offset[:, number])


def particle_drift(state: CoupledState, times: np.ndarray, direction: int) -> Drift:
    """Drift of (9), or (10) (direction -1), from ∇ ln ψ in particle coordinates."""
    parts = [_logarithmic_derivative(packet, times) for packet in state]
    number = [0] + [1] * (NUM_PARTICLES - 1)
    gradient, momentum, centre = (
        np.stack(column, axis=1)[:, number] for column in zip(*parts, strict=True)
    )
    C = reflection_matrix()
    curvature = np.einsum("ai,ta,aj->tij", C, gradient, C)
    slope = np.imag(curvature) + direction * np.real(curvature)
    middle = centre @ np.linalg.inv(C).T
    return Drift(slope, momentum @ C - np.einsum("tij,tj->ti", slope, middle))


def classical_path(state: CoupledState, t: float) -> float:
    """Mean of x_cm at time t."""
    return float(_states(state.cm, np.array([t]))[2][0])


def draws(state: CoupledState, t: float, num: int, rng: np.random.Generator) -> np.ndarray:
    """Configurations z = (x_cm, y_2 .. y_N) from |ψ|² at time t, (dof, num)."""
    width = exact_law(state, np.array([t, t + 1.0])).width[0]
    z = rng.standard_normal((NUM_PARTICLES, num))
    z *= np.array([width[0]] + [width[1]] * (NUM_PARTICLES - 1))[:, None]
    z[0] += classical_path(state, t)
    return z


def end_points(
    case: Case, num: int, num_steps: int, factor: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """First and last points z = (x_cm, y) of paths that start in |ψ|², each (dof, num)."""
    backward = case.road == "backward"
    times = np.linspace(0.0, case.duration, num_steps + 1)[:: -1 if backward else 1]
    z = draws(case.state, times[0], num, rng)
    if case.road in ("reduced", "printed"):
        drift = reduced_drift(case.state, times, 1, factor)
        return z, diffuse(z, times, drift, REDUCED_NOISE, rng)
    C = reflection_matrix()
    drift = particle_drift(case.state, times, -1 if backward else 1)
    return z, C @ diffuse(np.linalg.solve(C, z), times, drift, np.ones(NUM_PARTICLES), rng)


def diffuse(
    x: np.ndarray,
    times: np.ndarray,
    drift: Drift,
    noise: np.ndarray,
    rng: np.random.Generator,
    scheme: Scheme = "heun",
) -> np.ndarray:
    """End points of paths x (dof, batch); `noise` (dof,) is the variance of dW per unit time.

    For decreasing times it integrates the backward equation, with the backward drift.
    """
    for k, step in enumerate(np.diff(times)):
        dW = np.sqrt(noise * abs(step))[:, None] * rng.standard_normal(x.shape)
        first = _drift_at(x, drift, k)
        if scheme == "heun":
            first = 0.5 * (first + _drift_at(x + first * step + dW, drift, k + 1))
        x = x + first * step + dW
    return x


def propagated_covariance(
    covariance: np.ndarray, times: np.ndarray, drift: Drift, noise: np.ndarray, scheme: Scheme
) -> np.ndarray:
    """Covariance that a scheme gives with infinitely many paths: its step is linear."""
    eye = np.eye(covariance.shape[0])
    for k, step in enumerate(np.diff(times)):
        S0, S1 = drift.slope[k], drift.slope[k + 1]
        G, H = eye + step * S0, eye
        if scheme == "heun":
            G = eye + 0.5 * step * (S0 + S1) + 0.5 * step**2 * S1 @ S0
            H = eye + 0.5 * step * S1
        covariance = G @ covariance @ G.T + H @ (noise[:, None] * H.T) * abs(step)
    return covariance


def _drift_at(x: np.ndarray, drift: Drift, k: int) -> np.ndarray:
    return drift.slope[k] @ x + drift.offset[k][:, None]


@jax.jit
def _padded_states(packet: GaussianPacket, times: jax.Array) -> tuple[jax.Array, ...]:
    state = jax.vmap(lambda t: packet_state(packet, t))(times)
    return state.A[:, 0], state.p[:, 0], state.q[:, 0]


def _states(packet: GaussianPacket, times: np.ndarray) -> list[np.ndarray]:
    """A, p, q of the packet at times; few lengths are compiled."""
    length = 128 if times.size <= 128 else 4096 * -(-times.size // 4096)
    padded = np.concatenate([times, np.full(length - times.size, times[-1])])
    return [np.asarray(field)[: times.size] for field in _padded_states(packet, padded)]


def _logarithmic_derivative(packet: GaussianPacket, times: np.ndarray) -> list[np.ndarray]:
    """∂² ln ψ, momentum and centre: ∂ ln ψ = (∂² ln ψ)(x - q) + ip."""
    A, p, q = _states(packet, times)
    return [-2.0 * A, p, q]


def _width(packet: GaussianPacket, times: np.ndarray) -> np.ndarray:
    return 0.5 / np.sqrt(np.real(_states(packet, times)[0]))
