"""Information between x_cm and y, and purity of x_cm, in states of every kind, against N."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.claims.section3.decoupling_phase import (
    boson_orbitals,
    fermion_orbitals,
    stiffness_of_chain,
)
from zitter.classical_limit.decoupling import (
    centre_of_mass_purity,
    decoupling_on_grid,
    gaussian_decoupling,
    mutual_information,
)
from zitter.core.grid import Grid
from zitter.system.coordinates import particle_coordinates
from zitter.system.potentials import CoulombPair, Polynomial, total_potential
from zitter.trajectories.sampling import sample_determinant
from zitter.trajectories.sampling_bosons import sample_occupation
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant
from zitter.wavefunctions.independent_particles import (
    Amplitude,
    cm_purity_iid,
    mutual_information_iid,
    packet_amplitude,
    phase_space_covariance,
)
from zitter.wavefunctions.normal_modes import NormalModes, gaussian_modes
from zitter.wavefunctions.occupation import OccupationState
from zitter.wavefunctions.schrodinger import evolve_schrodinger

_EVOLUTION_TIME = 1.5


class Point(NamedTuple):
    """One state of N particles: information [nats], purity, their errors, width of x_cm [σ]."""

    information: float
    information_error: float
    purity: float
    purity_error: float
    width: float


class Sampling(NamedTuple):
    """Draws for each estimate, and points of the grid of x_cm."""

    num_draws: int
    num_points: int = 128


State = Callable[[int, Sampling, np.random.Generator], Point]


def gaussian_orbital() -> Amplitude:
    return packet_amplitude(Superposition(GaussianPacket([[1.0]]), [1.0]))


def hump_orbital() -> Amplitude:
    """Two overlapping packets, side by side."""
    return packet_amplitude(
        Superposition(GaussianPacket([[1.0], [1.0]], [[-1.82], [1.82]]), [1, 1])
    )


def excited_orbital() -> Amplitude:
    """φ ∝ x exp(-x²/4): σ² I_F = 9, so that the information tends to ln 3."""
    return Amplitude(lambda x: x * np.exp(-0.25 * np.asarray(x) ** 2) + 0.0j, (-16.0, 16.0))


def independent(amplitude: Amplitude) -> State:
    """N particles in one orbital, by its characteristic function."""

    def point(N: int, sampling: Sampling, rng: np.random.Generator) -> Point:
        found = mutual_information_iid(amplitude, N, rng, sampling.num_draws, num_points=401)
        width = np.sqrt(phase_space_covariance(amplitude)[0, 0] / N)
        return Point(*found, cm_purity_iid(amplitude, N), 0.0, float(width))

    return point


def bosons(narrow: float) -> State:
    """N/2 bosons in a wide packet and as many in a narrow one.

    In displaced packets of one width x_cm and y factorise: only Σx² and Σx occur then beside
    differences.
    """

    def point(N: int, sampling: Sampling, rng: np.random.Generator) -> Point:
        psi = OccupationState(boson_orbitals(narrow), (N // 2, N // 2))
        Q = np.asarray(sample_occupation(psi, sampling.num_draws, rng))
        return _sampled(psi, Q, N, sampling)

    return point


def fermions(narrow: float) -> State:
    """N fermions in packets on a line, alternately wide and narrow, neighbours overlapping."""

    def point(N: int, sampling: Sampling, rng: np.random.Generator) -> Point:
        psi = Determinant(fermion_orbitals(N, narrow))
        Q = np.asarray(sample_determinant(psi, sampling.num_draws, rng))
        return _sampled(psi, Q, N, sampling)

    return point


def chain(held: bool) -> State:
    """Ground state of a chain of which one end is held, or every particle as much."""

    def point(N: int, sampling: Sampling, rng: np.random.Generator) -> Point:
        return _gaussian(stiffness_of_chain(N, held), N)

    return point


def springs(N: int, sampling: Sampling, rng: np.random.Generator) -> Point:
    """Ground state of particles in a trap with a spring between every two."""
    return _gaussian((1.0 + 0.5 * N) * np.eye(N) - 0.5, N)


class _Trapped(eqx.Module):
    """U of (x_cm, y): particles that repel each other in a trap x²/2 + quartic x⁴."""

    trap: Polynomial
    pair: CoulombPair

    def __call__(self, z: Array, t: Any) -> Array:
        return total_potential(self.trap, self.pair, particle_coordinates(z[:1], z[1:, None]), t)


def interacting(quartic: float) -> State:
    """Particles that repel each other, a while after they were independent Gaussians."""
    U = _Trapped(Polynomial([0.0, 0.0, 0.5, 0.0, quartic]), CoulombPair(1.0, softening=0.5))

    def point(N: int, sampling: Sampling, rng: np.random.Generator) -> Point:
        half = (5.0, 10.0, 10.0)[:N]
        grid = Grid([-h for h in half], half, {2: (80, 160), 3: (90, 144, 144)}[N])
        z = grid.points
        squares = N * (z[:, 0] - 0.6) ** 2 + np.sum(z[:, 1:] ** 2, axis=1)
        start = np.exp(-0.25 * squares).reshape(grid.num)
        start = jnp.asarray(start / np.sqrt(np.sum(start**2) * grid.cell_volume), complex)
        masses = [float(N)] + [1.0] * (N - 1)
        times = [0.0, _EVOLUTION_TIME]
        found = evolve_schrodinger(start, grid, U, times, masses, time_step=0.04, order=4)
        psi = np.asarray(found.psi[-1])
        density = np.sum(np.abs(psi) ** 2, axis=tuple(range(1, N)))
        width = np.sqrt(np.cov(grid.axes[0], aweights=density, ddof=0))
        both = decoupling_on_grid(psi, grid)
        return Point(both.mutual_information, 0.0, both.purity, 0.0, float(width))

    return point


def _sampled(psi: Any, Q: np.ndarray, N: int, sampling: Sampling) -> Point:
    x_cm = Q.mean(axis=1)
    middle, reach = float(x_cm.mean()), 5.0 * float(x_cm.std()) + 6.0 / np.sqrt(N)
    grid = Grid((middle - reach,), (middle + reach,), (sampling.num_points,))
    information = mutual_information(psi, Q, 0.0, grid)
    purity = centre_of_mass_purity(psi, Q, 0.0, grid)
    return Point(*information, *purity, float(x_cm.std()))


def _gaussian(stiffness: np.ndarray, N: int) -> Point:
    psi = gaussian_modes(NormalModes(stiffness))
    found = gaussian_decoupling(psi)
    width = np.sqrt(np.sum(np.asarray(psi.covariance()))) / N
    return Point(found.mutual_information, 0.0, found.purity, 0.0, float(width))
