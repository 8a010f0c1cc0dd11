"""A and B of products of packet orbitals, particle by particle, for any N."""

from typing import Any, NamedTuple

import numpy as np

from zitter.classical_limit.conditional import A_term, B_term
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.independent_particles import packet_amplitude, phase_space_covariance
from zitter.wavefunctions.orbitals import packet_logs, packet_tables

GAUSSIAN, HUMPS = "Gaussian", "two humps"


class ProductTerms(NamedTuple):
    """A and B/ρ_cm at points x_cm of configurations, each (batch, num), ħ = m = 1."""

    A: np.ndarray
    B: np.ndarray


def free_orbital(state: str) -> Superposition:
    """One packet at rest at t = 0, or two that part, one of them spreading and one shrinking."""
    if state == GAUSSIAN:
        return Superposition(GaussianPacket([[1.0]]), [1.0])
    packets = GaussianPacket(1.0, [[-1.5], [1.5]], [[-0.6], [0.6]], [[0.6], [-0.6]])
    return Superposition(packets, [1.0, 0.6])


def product_terms(
    orbitals: list[Superposition], Q: np.ndarray, x_cm: np.ndarray, t: float, y_moves: bool = True
) -> ProductTerms:
    """A and B/ρ_cm of the product in which particle i is in orbital i modulo their number.

    `y_moves` False leaves out the terms with v_j^h.
    """
    offset = x_cm - Q.mean(axis=1)[:, None]
    g_h, _ = log_derivatives(orbitals, Q, t)
    g, h = log_derivatives(orbitals, Q[:, None] + offset[:, :, None], t)
    v, v_h = g.imag, np.where(y_moves, 1.0, 0.0) * g_h.imag[:, None]
    quantum = -0.5 * np.sum(h.real + g.real**2, axis=2)
    A = quantum + _over_y(0.5 * v - v_h, v)
    transport = _over_y(v - v_h, 2.0 * g.real)
    return ProductTerms(A, transport + (1.0 - 1.0 / Q.shape[1]) * h.imag.sum(axis=2))


def draw_product(
    orbitals: list[Superposition], num: int, num_particles: int, rng: np.random.Generator, t: float
) -> np.ndarray:
    """Configurations of that product, (num, N)."""
    Q = np.empty((num, num_particles))
    for k, orbital in enumerate(orbitals):
        own = Q[:, k :: len(orbitals)]
        own[:] = np.asarray(sample_superposition(orbital, own.size, rng, t)).reshape(own.shape)
    return Q


def mean_variance(orbitals: list[Superposition], t: float) -> float:
    """Variance of the position of one particle, averaged over the orbitals."""
    return float(np.mean([phase_space_covariance(packet_amplitude(o, t))[0, 0] for o in orbitals]))


def difference_of_routes(state: str, t: float, seed: int) -> float:
    """Largest relative difference from A_term and B_term, which differentiate ln Ψ, at N = 4."""
    orbital, rng = free_orbital(state), np.random.default_rng([seed, 4])
    Q = draw_product([orbital], 4, 4, rng, t)
    x_cm = Q.mean(axis=1)[:, None] + np.array([-0.4, 0.0, 0.3])
    seen = product_terms([orbital], Q, x_cm, t)
    differences = []
    for own, term in ((seen.A, A_term), (seen.B, B_term)):
        other = np.asarray(term(Product(orbital, 4), x_cm[:, :, None], Q, t, mass=1.0))
        differences.append(np.max(np.abs(own - other)) / np.max(np.abs(other)))
    return float(max(differences))


def _over_y(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Σ_j a_j b_j of two gradients (.., N): their product less that along x_cm."""
    return np.sum(a * b, axis=-1) - a.sum(axis=-1) * b.sum(axis=-1) / a.shape[-1]


def log_derivatives(orbitals: list[Superposition], x: np.ndarray, t: float) -> tuple[Any, Any]:
    """∂ ln φ and ∂² ln φ of each particle's orbital at its position x (.., N)."""
    g, h = np.empty(x.shape, complex), np.empty(x.shape, complex)
    for k, orbital in enumerate(orbitals):
        tables = packet_tables(orbital, t)
        own = x[..., k :: len(orbitals), None]
        logs = packet_logs(tables, own, 0) + np.log(tables.c[0])
        weight = np.exp(logs - logs.real.max(axis=-1, keepdims=True))
        weight = weight / weight.sum(axis=-1, keepdims=True)
        A, centre = tables.A[0, :, 0], tables.q[0, :, 0]
        slope = -2.0 * A * (own - centre) + 1j * tables.wave[0, :, 0]
        first = np.sum(weight * slope, axis=-1)
        g[..., k :: len(orbitals)] = first
        h[..., k :: len(orbitals)] = np.sum(weight * (slope**2 - 2.0 * A), axis=-1) - first**2
    return g, h
