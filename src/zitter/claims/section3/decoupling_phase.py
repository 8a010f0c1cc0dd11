"""How far S is from splitting: its mixed derivative across a width of x_cm and one of y."""

from collections.abc import Callable

import numpy as np

from zitter.claims.section3.product_terms import draw_product, log_derivatives, mean_variance
from zitter.classical_limit.decoupling import mixed_derivatives
from zitter.trajectories.sampling import sample_determinant
from zitter.trajectories.sampling_bosons import sample_occupation
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition, packet_state
from zitter.wavefunctions.identical import Determinant
from zitter.wavefunctions.normal_modes import NormalModes, chain_stiffness, gaussian_modes
from zitter.wavefunctions.occupation import OccupationState

TIME = 1.0

Coupling = Callable[[int, int, np.random.Generator], float]


def product_coupling(orbital: Superposition) -> Coupling:
    """Of N particles in one orbital: ∂²S/∂x_cm∂x_i = S''(x_i)."""

    def coupling(N: int, num_draws: int, rng: np.random.Generator) -> float:
        Q = draw_product([orbital], num_draws, N, rng, TIME)
        curvature = log_derivatives([orbital], Q, TIME)[1].imag
        variance = mean_variance([orbital], TIME)
        return _across_widths(curvature, np.sqrt(variance / N), np.sqrt(variance))

    return coupling


def boson_orbitals(narrow: float) -> Superposition:
    """A wide packet and a narrow one."""
    packets = GaussianPacket([[[1.0]], [[narrow]]], [[[-1.0]], [[1.0]]])
    return Superposition(packets, [[1.0], [1.0]])


def fermion_orbitals(N: int, narrow: float) -> Superposition:
    """Packets on a line, alternately wide and narrow, neighbours overlapping."""
    centres, widths = 1.5 * np.arange(N), np.where(np.arange(N) % 2, narrow, 1.0)
    packets = GaussianPacket(widths[:, None, None], centres[:, None, None])
    return Superposition(packets, np.ones((N, 1)))


def boson_coupling(narrow: float) -> Coupling:
    """Of N/2 bosons in each of two orbitals."""

    def coupling(N: int, num_draws: int, rng: np.random.Generator) -> float:
        psi = OccupationState(boson_orbitals(narrow), (N // 2, N // 2))
        return _of_draws(psi, np.asarray(sample_occupation(psi, num_draws, rng, TIME)))

    return coupling


def fermion_coupling(narrow: float) -> Coupling:
    """Of N fermions in packets side by side."""

    def coupling(N: int, num_draws: int, rng: np.random.Generator) -> float:
        psi = Determinant(fermion_orbitals(N, narrow))
        return _of_draws(psi, np.asarray(sample_determinant(psi, num_draws, rng, TIME)))

    return coupling


def stiffness_of_chain(N: int, held: bool) -> np.ndarray:
    """Springs between neighbours, and one to a fixed point at one end or at every particle."""
    stiffness = chain_stiffness(N, spring=1.0)
    stiffness[0, 0] += held
    return stiffness + (0.0 if held else 1.0) * np.eye(N)


def chain_coupling(held: bool) -> Coupling:
    """Of a chain that was a product of equal Gaussians; nothing is drawn."""

    def coupling(N: int, num_draws: int, rng: np.random.Generator) -> float:
        stiffness = stiffness_of_chain(N, held)
        psi = gaussian_modes(NormalModes(stiffness), widths=np.full(N, 0.7))
        A = np.broadcast_to(np.asarray(packet_state(psi.packet, TIME).A), (N,))
        V = np.asarray(psi.modes.vectors)
        mixed = -2.0 * (V * A.imag) @ V.T.sum(axis=1)
        C = np.asarray(psi.covariance(TIME))
        relative = np.mean(np.diagonal(C)) - C.sum() / N**2
        return _across_widths(mixed[None], np.sqrt(C.sum()) / N, np.sqrt(relative))

    return coupling


def _of_draws(psi: OccupationState | Determinant, Q: np.ndarray) -> float:
    phase = np.asarray(mixed_derivatives(psi, Q, TIME).phase)[:, 0, :, 0]
    widths = float(Q.mean(axis=1).std()), float(np.sqrt(np.mean(Q.var(axis=1))))
    return float(np.sqrt(np.median(np.sum(phase**2, axis=1))) * widths[0] * widths[1])


def _across_widths(mixed: np.ndarray, cm_width: float, relative_width: float) -> float:
    """√Σ_j(∂²S/∂x_cm∂y_j)² times both widths, median of the draws, of ∂²S/∂x_cm∂x_i (num, N)."""
    relative = mixed - mixed.mean(axis=1, keepdims=True)
    size = np.sqrt(np.median(np.sum(relative**2, axis=1)))
    return float(size * cm_width * relative_width)
