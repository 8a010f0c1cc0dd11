"""Two and three particles with soft Coulomb forces in a trap, on a grid, and their x_cm.

ħ = m = 1, trap of frequency 1, order 4 in the time step.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.grid import Grid
from zitter.system.potentials import CoulombPair, Harmonic
from zitter.wavefunctions.gaussian import GaussianPacket
from zitter.wavefunctions.schrodinger import evolve_schrodinger, values_on_grid

TRAP = 1.0
# Width, centre and momentum of the packet of each particle.
PACKETS = {
    2: ((0.45, -1.2, 0.4), (1.1, 1.8, -0.7)),
    3: ((0.7, -1.8, 0.3), (0.8, 0.3, 0.0), (0.7, 2.1, -0.2)),
}
TIMES = np.linspace(0.0, 5.0, 26)
_SOFTENING, _HALF_BOX = 0.5, 10.0


class Configuration(eqx.Module):
    """U = Σᵢ ½ k xᵢ² + Σ_{j<k} V(x_j - s x_k); s = 1 unless the force is not mutual."""

    charge: Array
    mutual: Array
    trap: Array

    def __call__(self, q: Array, t: Any) -> Array:
        j, k = np.triu_indices(q.shape[0], 1)
        V = CoulombPair(1.0, softening=_SOFTENING)
        pairs = jax.vmap(lambda r: V(r[None], t))(q[j] - self.mutual * q[k])
        return Harmonic(self.trap)(q, t) + self.charge * jnp.sum(pairs)


class _Start(eqx.Module):
    """Product of packets (width, centre, momentum) of each particle, a LogPsi."""

    packets: tuple

    def __call__(self, q: Array, t: Any) -> Array:
        return sum(g(x[None], t) for g, x in zip(self.packets, q, strict=True))


def configuration(charge: float, mutual: float, trap: float = TRAP) -> Configuration:
    return Configuration(jnp.asarray(charge), jnp.asarray(mutual), jnp.asarray(trap))


def evolved(num_particles: int, num: int, U: Configuration, time_step: float) -> np.ndarray:
    """ψ on the grid at TIMES, (time, *num)."""
    grid = Grid((-_HALF_BOX,) * num_particles, (_HALF_BOX,) * num_particles, (num,) * num_particles)
    start = _Start(tuple(GaussianPacket([w], [c], [p]) for w, c, p in PACKETS[num_particles]))
    psi0 = jnp.exp(values_on_grid(start, grid, 0.0))
    masses = [1.0] * num_particles
    return evolve_schrodinger(psi0, grid, U, TIMES, masses, time_step=time_step, order=4).psi


def mean_centre(psi: np.ndarray) -> np.ndarray:
    """⟨x_cm⟩ at each time."""
    density, x = np.abs(np.asarray(psi)) ** 2, _axis(psi.shape[1])
    axes = range(1, psi.ndim)
    total = density.sum(axis=tuple(axes))
    means = [density.sum(axis=tuple(a for a in axes if a != axis)) @ x for axis in axes]
    return np.mean(means, axis=0) / total


def classical_path(centres: np.ndarray) -> np.ndarray:
    """Classical path of the centre of mass from the packets, x cos ωt + (v/ω) sin ωt."""
    omega = np.sqrt(TRAP)
    x, p = np.mean(centres, axis=0)
    return x * np.cos(omega * TIMES) + p / omega * np.sin(omega * TIMES)


def _axis(num: int) -> np.ndarray:
    return -_HALF_BOX + 2.0 * _HALF_BOX / num * np.arange(num)


def separation(psi: np.ndarray) -> np.ndarray:
    """Rms of x_1 - x_2 at each time."""
    density, x = np.abs(np.asarray(psi)) ** 2, _axis(psi.shape[1])
    squared = (x[:, None] - x) ** 2
    return np.sqrt(np.sum(density * squared, axis=(1, 2)) / density.sum(axis=(1, 2)))


def reduced_state(psi: np.ndarray) -> np.ndarray:
    """Density matrix of x_cm of two particles, ∫ψ(X - r/2, X + r/2) ψ*(X' - r/2, ..) dr.

    X and r/2 are multiples of the spacing, so that no value is interpolated.
    """
    num = psi.shape[0]
    centre, half = np.meshgrid(np.arange(num), np.arange(-num // 2, num // 2), indexing="ij")
    first, second = centre - half, centre + half
    inside = (first >= 0) & (first < num) & (second >= 0) & (second < num)
    rows = np.where(inside, np.asarray(psi)[first % num, second % num], 0.0)
    state = rows @ rows.conj().T
    return state / np.trace(state).real


def own_evolution(state: np.ndarray, mass: float, t: float) -> np.ndarray:
    """The same density matrix after the Schroedinger equation of the centre of mass alone."""
    num = state.shape[0]
    x = _axis(num)
    k = 2.0 * np.pi * np.fft.fftfreq(num, x[1] - x[0])
    plane = np.exp(1j * np.outer(x, k)) / np.sqrt(num)
    H = (plane * k**2 / (2.0 * mass)) @ plane.conj().T + np.diag(0.5 * mass * TRAP * x**2)
    energy, modes = np.linalg.eigh(H)
    U = (modes * np.exp(-1j * energy * t)) @ modes.conj().T
    return U @ state @ U.conj().T
