"""Two masses, each in a superposition of two paths: does their gravity entangle them?

The arrangement of Bose et al. and of Marletto and Vedral. In the states (L, R) ⊗ (L, R) of the
paths the four distances give four phases Gmm't/(ħ r_ab). What comes of them depends on the theory:

- "quantum": the pair potential acts in configuration space, ψ_ab gets its own phase;
- "exact ZSM": zitterbewegung stochastic mechanics of the particles with that pair potential. Its
  diffusions are those of the same ψ, so the state of the paths is the same one;
- "mean field": each mass feels the mean of the other's densities;
- "actual position": each mass feels the other at the one path where it actually is, and the runs
  of an experiment have it there with probability 1/2.
"""

from typing import NamedTuple

import numpy as np

from zitter.core.checks import require_choice, require_finite, require_positive
from zitter.system.constants import COULOMB_CONSTANT, GRAVITATIONAL_CONSTANT, HBAR

THEORIES = ("quantum", "exact ZSM", "mean field", "actual position")


class TwoPaths(NamedTuple):
    """What is measured on the two masses after the paths have been held for a time."""

    phases: np.ndarray
    """of the paths LL, LR, RL, RR (4,) [1]"""
    state: np.ndarray
    """density matrix of the two path qubits (4, 4) [1]"""
    negativity: float
    """0 for a state without entanglement, 1/2 at most [1]"""
    witness: float
    """1 - <XX> - <YZ> - <ZY> up to local turns, least of all; negative only if entangled [1]"""


def path_phases(
    coupling: float, distance: float, split: float, time: float, hbar: float = HBAR
) -> np.ndarray:
    """Phases κt/(ħ r_ab) of the four pairs of paths in one line.

    Args:
        coupling: κ = G m m' - k q q' [energy*length].
        distance: of the middles of the two masses [length].
        split: distance of the two paths of each mass, less than `distance` [length].
        time: time for which the paths are held [time].
        hbar: ħ, by default that of SI [mass*length^2/time].

    Returns:
        Of LL, LR, RL, RR (4,) [1].

    Raises:
        ValueError: values that are not positive; paths that meet.
    """
    for name, value in (("distance", distance), ("split", split), ("time", time),
                        ("hbar", hbar)):  # fmt: skip
        require_positive(name, value)
    require_finite("coupling", coupling)
    if split >= distance:
        raise ValueError(
            f"`split` must be less than `distance` = {distance:g}, but is "
            f"{split:g}: the paths meet."
        )
    r = distance + split * np.array([0.0, 1.0, -1.0, 0.0])
    return coupling * time / (hbar * r)


def two_path_state(
    coupling: float,
    distance: float,
    split: float,
    time: float,
    theory: str = "quantum",
    hbar: float = HBAR,
) -> TwoPaths:
    """Two masses in (L + R)/√2 each, after their paths were held apart for a time.

    Args:
        coupling: κ = G m m' - k q q' [energy*length].
        distance: of the middles of the two masses [length].
        split: distance of the two paths of each mass, less than `distance` [length].
        time: time for which the paths are held [time].
        theory: "quantum", "exact ZSM", "mean field" or "actual position".
        hbar: ħ, by default that of SI [mass*length^2/time].

    Returns:
        TwoPaths.

    Raises:
        ValueError: as for path_phases; unknown theory.
    """
    require_choice("theory", theory, THEORIES)
    phases = path_phases(coupling, distance, split, time, hbar)
    of = phases.reshape(2, 2)
    if theory in ("quantum", "exact ZSM"):
        psi = 0.5 * np.exp(1j * phases)
        rho = np.outer(psi, psi.conj())
    elif theory == "mean field":
        psi = np.kron(_qubit(of.mean(axis=1)), _qubit(of.mean(axis=0)))
        rho = np.outer(psi, psi.conj())
    else:
        rho = np.zeros((4, 4), dtype=complex)
        for a in range(2):
            for b in range(2):
                psi = np.kron(_qubit(of[:, b]), _qubit(of[a, :]))
                rho += 0.25 * np.outer(psi, psi.conj())
    return TwoPaths(phases, rho, negativity(rho), _witness(rho))


def gravitational_coupling(mass: float, charge: float = 0.0) -> float:
    """Coupling κ = G m² - k q² of two equal masses and charges in SI.

    Args:
        mass: m in kilograms.
        charge: q in coulombs.

    Returns:
        κ in joule metres.

    Raises:
        ValueError: `mass` is not positive.
    """
    require_positive("mass", mass)
    return float(GRAVITATIONAL_CONSTANT * mass**2 - COULOMB_CONSTANT * charge**2)


def negativity(rho: np.ndarray) -> float:
    """Sum of the negative eigenvalues of the partly transposed state, -Σ min(λ, 0) [1].

    Args:
        rho: density matrix of two qubits (4, 4) [1].
    """
    values = np.linalg.eigvalsh(_partly_transposed(rho))
    return float(np.sum(np.abs(values[values < 0.0])))


def _qubit(phases: np.ndarray) -> np.ndarray:
    return np.exp(1j * phases) / np.sqrt(2.0)


def _partly_transposed(rho: np.ndarray) -> np.ndarray:
    return rho.reshape(2, 2, 2, 2).transpose(0, 3, 2, 1).reshape(4, 4)


_X, _Y, _Z = (
    np.array([[0.0, 1.0], [1.0, 0.0]], dtype=complex),
    np.array([[0.0, -1j], [1j, 0.0]]),
    np.diag([1.0, -1.0]).astype(complex),
)


def _witness(rho: np.ndarray) -> float:
    """1 less the sum of the singular values of the correlations <σ_a σ_b>.

    For each product state the sum is at most 1, and it is convex: below zero means entangled.
    """
    table = [[np.trace(rho @ np.kron(a, b)).real for b in (_X, _Y, _Z)] for a in (_X, _Y, _Z)]
    return float(1.0 - np.sum(np.linalg.svd(np.array(table), compute_uv=False)))
