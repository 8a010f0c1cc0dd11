"""Split steps of the stochastic Schroedinger equations on a line, and of their means."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import ValidityError
from zitter.core.fft import inverse_transform, transform
from zitter.mean_field._line_checks import edge_share

# Norm of the difference of ψ without noise from that of half the step, and steps that are tried.
LARGEST_MISS, _MOST_TRIED = 3e-2, 1000


class StochasticEquation(NamedTuple):
    """What tells one stochastic Schroedinger equation from another."""

    phase: Array
    """φ of the noise [1]"""
    strength: Array
    """γ [time/mass/length^2]"""
    self_gravity: Array
    """share of V_ψ that is added by hand [1]"""
    hbar: Array
    """[mass*length^2/time]"""


class Line(eqx.Module):
    """What a step needs; amplitudes are scaled so that their squares are probabilities."""

    modes: Array
    external: Array
    kinetic: Array
    equation: StochasticEquation

    def kinetic_half(self, psi: Array, dt: Array) -> Array:
        turned = transform(psi, 1) * jnp.exp(-0.5j * dt / self.equation.hbar * self.kinetic)
        return inverse_transform(turned, 1)

    def mean_field(self, probability: Array) -> Array:
        """-V_ψ = Σ_j a_j(x)⟨a_j⟩, (.., num)."""
        return (probability @ self.modes.T) @ self.modes


@jax.jit
def evolved_runs(line: Line, psi: Array, dt: Array, num_steps: int, key: Array) -> Any:
    """ψ at the last time; the largest shares at the ends of the box and noises on the way."""

    def step(n: Array, carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        psi, edge, largest = carry
        psi = line.kinetic_half(psi, dt)
        random = jax.random.normal(jax.random.fold_in(key, n), (len(psi), len(line.modes)))
        growth, kick = _log_kick(line, psi, jnp.sqrt(dt) * random, dt)
        psi = line.kinetic_half(psi * jnp.exp(growth), dt)
        share = edge_share(jnp.mean(jnp.abs(psi) ** 2, axis=0))
        return psi, jnp.maximum(edge, share), jnp.maximum(largest, kick)

    return jax.lax.fori_loop(0, num_steps, step, (psi, jnp.asarray(0.0), jnp.asarray(0.0)))


def _log_kick(line: Line, psi: Array, dW: Array, dt: Array) -> tuple[Array, Array]:
    """Growth of ln ψ in a step, drift less half the square of the noise and noise; its size."""
    phi, gamma, added, hbar = line.equation
    turn, c = jnp.exp(1j * phi), jnp.cos(phi)
    probability = jnp.abs(psi) ** 2
    probability = probability / jnp.sum(probability, axis=1, keepdims=True)
    field = line.mean_field(probability)
    mean = jnp.sum(probability * field, axis=1, keepdims=True)
    noise = dW @ line.modes
    mean_noise = jnp.sum(probability * noise, axis=1, keepdims=True)
    self_energy = jnp.sum(line.modes**2, axis=0)
    drift = gamma * c * (turn * (2.0 * field - self_energy) - c * mean)
    energy = line.external - added * field
    random = jnp.sqrt(gamma) * (turn * noise - c * mean_noise)
    spread = jnp.sum(probability * (self_energy - field), axis=1)
    kick = jnp.sqrt(gamma * dt * jnp.mean(spread))
    return (drift - 1j * energy / hbar) * dt + random, kick


@jax.jit
def evolved_mean(line: Line, rho: Array, dt: Array, num_steps: int) -> tuple[Array, Array]:
    overlap = line.modes.T @ line.modes
    own = jnp.diagonal(overlap)
    decay = line.equation.strength * (0.5 * (own[:, None] + own) - overlap)

    def drifted(rho: Array) -> Array:
        half = line.kinetic_half(rho.T, dt).T
        return jnp.conj(line.kinetic_half(jnp.conj(half), dt))

    def step(_: Any, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        rho = drifted(carry[0])
        field = line.mean_field(jnp.real(jnp.diagonal(rho)))
        energy = line.external - line.equation.self_gravity * field
        turn = 1j * (energy[:, None] - energy) / line.equation.hbar
        rho = drifted(rho * jnp.exp(-(decay + turn) * dt))
        return rho, jnp.maximum(carry[1], edge_share(jnp.real(jnp.diagonal(rho))))

    return jax.lax.fori_loop(0, num_steps, step, (rho, jnp.asarray(0.0)))


def require_resolved_motion(
    psi: np.ndarray,
    kinetic: np.ndarray,
    external: np.ndarray,
    modes: np.ndarray,
    equation: StochasticEquation,
    dt: float,
    num_steps: int,
) -> None:
    """Raise unless the motion without noise is that of half the step. Raises: ValidityError.

    Of many steps the first are tried, and their error is taken to add up in the others.
    """
    share, hbar = float(equation.self_gravity), float(equation.hbar)
    tried = min(num_steps, _MOST_TRIED)

    def moved(count: int, dt: float) -> np.ndarray:
        here, half = psi.copy(), np.exp(-0.5j * dt / hbar * kinetic)
        for _ in range(count):
            here = np.fft.ifft(half * np.fft.fft(here))
            energy = external - share * ((np.abs(here) ** 2 @ modes.T) @ modes)
            here = np.fft.ifft(half * np.fft.fft(np.exp(-1j * dt / hbar * energy) * here))
        return here

    gap = moved(tried, dt) - moved(2 * tried, 0.5 * dt)
    miss = float(np.linalg.norm(gap)) * num_steps / tried
    if not miss <= LARGEST_MISS:
        raise ValidityError(
            f"Half the step changes ψ by {miss:.2g} (allowed: {LARGEST_MISS:g}): {num_steps} steps "
            "do not resolve the motion. Use more steps."
        )
