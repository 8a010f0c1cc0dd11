"""Runs of the classical Schroedinger equation that several claims share; ħ = M = σ₀ = 1."""

from collections.abc import Sequence

import numpy as np

from zitter.classical_limit.hamilton_jacobi import Potential, state_of_psi
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.grid import Grid
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition


def packets(
    centres: Sequence[float],
    momenta: Sequence[float],
    shares: Sequence[float],
    width: float = 1.0,
    chirp: float = 0.0,
) -> Superposition:
    """√share-weighted sum of Gaussian packets, normalised where they do not overlap."""
    members = GaussianPacket(
        width=[[width]] * len(centres),
        centre=np.reshape(centres, (-1, 1)),
        momentum=np.reshape(momenta, (-1, 1)),
        chirp=chirp,
    )
    return Superposition(members, np.sqrt(shares))


def packet_problem(
    psi: Superposition, U: Potential, times: Sequence[float], *, half: float, num: int
) -> ClassicalProblem:
    """ψ at times[0] under U on a box of 2·half."""
    grid = Grid([-half], [half], [num])
    return ClassicalProblem(state_of_psi(psi), U, grid, np.asarray(times, dtype=float))


def mean_and_width(density: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of densities (time, num)."""
    weight = density / np.sum(density, axis=-1, keepdims=True)
    mean = weight @ x
    spread = np.sum(weight * (x - mean[..., None]) ** 2, axis=-1)
    return mean, np.sqrt(spread)


def total_variation(a: np.ndarray, b: np.ndarray, h: float) -> float:
    """½∫|a - b|dx of two densities on points that are h apart."""
    return float(0.5 * np.sum(np.abs(a - b)) * h)


def cell_share(density: np.ndarray, inside: np.ndarray) -> float:
    """Share of a density on some of the points."""
    return float(np.sum(density[inside]) / np.sum(density))
