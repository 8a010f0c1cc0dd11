"""Products of two-packet orbitals in their fringes, and the superposition of two whole bodies.

Plain numpy on top of the packets in closed form: what a claim needs for 10⁵ particles without one
compilation for each N. ħ = m = 1, lengths in units of a width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from zitter.claims.section2.densities import Slopes
from zitter.claims.section2.product_forces import ProductForces

FRINGES = 1.4
"""Time at which packets from ∓3 with momenta ±2 overlap in fringes [mσ₀²/ħ]."""
COLLISION = 1.5
"""Time at which the same packets lie exactly on top of each other [mσ₀²/ħ]."""
_CHUNK = 1_000_000


class LogJets(NamedTuple):
    """ln φ and its derivatives with respect to x, complex."""

    value: np.ndarray
    first: np.ndarray
    second: np.ndarray
    third: np.ndarray


@dataclass(frozen=True)
class PacketSum:
    """φ = Σ_l c_l g_l of one particle at one time; leading axis: particles (or 1 for all alike).

    A, q, p, theta are those of `packet_state`, each (N or 1, L); c is (L,).
    """

    A: np.ndarray
    q: np.ndarray
    p: np.ndarray
    theta: np.ndarray
    c: np.ndarray

    def log_jets(self, x: np.ndarray) -> LogJets:
        """ln φ and its first three derivatives at x (.., N), complex."""
        d = x[..., None] - self.q
        log_g = self.theta - self.A * d**2 + 1j * self.p * d
        scale = np.max(log_g.real, axis=-1)
        terms = self.c * np.exp(log_g - scale[..., None])
        total = np.sum(terms, axis=-1)
        weights = terms / total[..., None]
        slope = -2.0 * self.A * d + 1j * self.p
        first = np.sum(weights * slope, axis=-1)
        # Cumulants about the mean slope: nothing cancels that need not.
        off = slope - first[..., None]
        second = np.sum(weights * (off**2 - 2.0 * self.A), axis=-1)
        third = np.sum(weights * (off**3 - 6.0 * self.A * off), axis=-1)
        return LogJets(scale + np.log(total), first, second, third)

    def slopes(self, x: np.ndarray) -> Slopes:
        """l = (ln |φ|)', l', l''."""
        _, first, second, third = self.log_jets(x)
        return first.real, second.real, third.real

    def marginal_cdf(self, x: np.ndarray) -> np.ndarray:
        """Distribution function of |φ|² of the first orbital, by a fine grid."""
        reach = 9.0 * 0.5 / np.sqrt(np.min(self.A.real[0]))
        grid = np.linspace(np.min(self.q[0]) - reach, np.max(self.q[0]) + reach, 40_001)
        density = np.exp(2.0 * self.log_jets(grid[:, None]).value.real[:, 0])
        steps = 0.5 * (density[1:] + density[:-1])
        cumulated = np.concatenate([[0.0], np.cumsum(steps)]) / np.sum(steps)
        return np.interp(x, grid, cumulated)

    def sample(self, rng: np.random.Generator, num_runs: int, num_particles: int) -> np.ndarray:
        """Draws from |φ|², (num_runs, num_particles), by rejection from the mixture of |g_l|²."""
        per_chunk = max(1, _CHUNK // num_particles)
        sizes = [min(per_chunk, num_runs - start) for start in range(0, num_runs, per_chunk)]
        return np.concatenate([self._sample(rng, size, num_particles) for size in sizes])

    def _sample(self, rng: np.random.Generator, num_runs: int, num_particles: int) -> np.ndarray:
        weights = np.abs(self.c) ** 2 / np.sum(np.abs(self.c) ** 2)
        particle = np.tile(np.arange(num_particles), num_runs)
        x = np.empty(particle.size)
        left = np.arange(particle.size)
        while left.size:
            row = np.minimum(particle[left], self.q.shape[0] - 1)
            packet = rng.choice(weights.size, size=left.size, p=weights)
            width = 0.5 / np.sqrt(self.A.real)[row, packet]
            draw = rng.normal(self.q[row, packet], width)
            accepted = rng.random(left.size) < self._acceptance(draw, row)
            x[left[accepted]] = draw[accepted]
            left = left[~accepted]
        return x.reshape(num_runs, num_particles)

    def _acceptance(self, x: np.ndarray, row: np.ndarray) -> np.ndarray:
        """|Σ c g|² / (L Σ |c g|²) <= 1 of particles `row` at x (n,)."""
        d = x[:, None] - self.q[row]
        terms = self.c * np.exp(self.theta[row] - self.A[row] * d**2 + 1j * self.p[row] * d)
        return np.abs(terms.sum(axis=1)) ** 2 / (self.c.size * np.sum(np.abs(terms) ** 2, axis=1))


def packet_sum(
    width: ArrayLike, centre: ArrayLike, momentum: ArrayLike, c: Sequence[float], time: float
) -> PacketSum:
    """Free packets with the given widths, centres and momenta (N or 1, L) at t = 0, at `time`.

    Equation: E1 of the exact solutions, as `packet_state` with neither force nor chirp
    """
    s2, x0, p = np.square(width), np.asarray(centre, float), np.asarray(momentum, float)
    spread = 1.0 + 0.5j * time / s2
    theta = -0.25 * np.log(2.0 * np.pi * s2) - 0.5 * np.log(spread) + 0.5j * p**2 * time
    return PacketSum(0.25 / (s2 * spread), x0 + p * time, p, theta, np.asarray(c, complex))


def condensate_orbital(time: float = FRINGES) -> PacketSum:
    """The orbital of a condensate in its fringes: two packets, one on its way to the other."""
    return packet_sum([[1.0, 1.0]], [[-3.0, 3.0]], [[2.0, -2.0]], [1.0, 1.0], time)


def distinguishable_orbitals(
    num_particles: int, rng: np.random.Generator, time: float = FRINGES
) -> PacketSum:
    """N different two-packet orbitals, with random widths, centres and momenta."""
    width = rng.uniform(0.7, 1.3, (num_particles, 2))
    centre = rng.uniform(2.5, 3.5, (num_particles, 1)) * [-1.0, 1.0]
    momentum = rng.uniform(1.5, 2.5, (num_particles, 1)) * [1.0, -1.0]
    return packet_sum(width, centre, momentum, [1.0, 1.0], time)


class SuperposedBodies(NamedTuple):
    """Centre of mass of L^N + c R^N: one particle of mass N in two packets."""

    num_particles: int
    orbital: PacketSum

    def draw(self, rng: np.random.Generator, num_runs: int) -> ProductForces:
        """Fields of draws from |ψ|²; F_rel = 0 exactly, because x_cm and y are independent."""
        x = self.orbital.sample(rng, num_runs, 1)
        l, l1, l2 = (field[:, 0] for field in self.orbital.slopes(x))
        N = self.num_particles
        F_cm = (2.0 * l * l1 + l2) / (2.0 * N)
        zero = np.zeros(num_runs)
        return ProductForces(x[:, 0], -(l**2 + l1) / (2.0 * N), l / N, zero, F_cm, zero)


def superposed_bodies(
    num_particles: int, weight: float = 1.0, time: float = COLLISION
) -> SuperposedBodies:
    """L^N + c R^N of packets of equal width: exactly a centre of mass times one relative state.

    ln L^N = N θ - N A (x_cm - q)² + i N p (x_cm - q) - A Σ_j y_j², and R^N has the same last term.
    """
    one = packet_sum([[1.0, 1.0]], [[-3.0, 3.0]], [[2.0, -2.0]], [1.0, weight], time)
    N = num_particles
    # The packets are mirror images, so that N θ is one common phase and norm.
    body = PacketSum(N * one.A, one.q, N * one.p, np.zeros_like(one.theta), one.c)
    return SuperposedBodies(N, body)
