"""Natural scales of periodic plasmas and of self-gravitating media, from bodies.

In every dimension ∇²Φ = 4πGρ, and likewise for charges with k: each species s of number density
n_s, mass m_s, charge q_s and velocity dispersion σ_s has its own plasma frequency and Jeans rate.
"""

from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import ValidityError, require_positive
from zitter.kbody.bodies import Bodies, require_positions

# A mesh heats a plasma until its Debye length is about this part of the spacing.
SMALLEST_DEBYE = 0.3
# Bodies of like sign whose masses, or charges, in order are no further apart are one species.
SPECIES_GAP = 1.5


class Scales(NamedTuple):
    """Natural scales of the medium that periodic bodies make up; NaN without charges or gravity."""

    plasma_frequency: float
    """ω_p = √Σ_s(4πk n q²/m) [1/time]"""
    debye_length: float
    """σ_s/ω_s of the species with the highest frequency [length]"""
    jeans_rate: float
    """ω_J = √(4πGρ) [1/time]"""
    jeans_length: float
    """2π/k_J, k_J² = Σ_s 4πGρ_s/σ_s² [length]"""


def medium_scales(system: Bodies, V: Any) -> Scales:
    """Plasma frequency, Debye length, Jeans rate and Jeans length of periodic bodies.

    Args:
        system: Bodies with a period; those of like sign of the charge whose masses and charges, put
            in order, are less than a factor 1.5 from the next are one species.
        V: velocities (K, D) [length/time].

    Returns:
        Scales.

    Raises:
        ValueError: shapes; no period.

    Validity: a homogeneous medium; dispersions are over all of a species, flows included; single
        bodies are no species, and lengths without a species are NaN.
    """
    V = require_positions(system, V, "V")
    require_positive("period", system.period)
    m, q, member = system.masses, system.charges, _species(system)
    volume = system.period**system.num_space
    electric = 4.0 * np.pi * system.coulomb_constant * q**2 / m / volume
    gravity = 4.0 * np.pi * system.gravitational_constant * m / volume
    many = np.flatnonzero(np.bincount(member) > 1)
    return Scales(
        _root(electric.sum()),
        _debye_length(*_squares(electric, member, V, many)),
        _root(gravity.sum()),
        _jeans_length(*_squares(gravity, member, V, many)),
    )


def _species(system: Bodies) -> np.ndarray:
    """Number of the species of each body (K,)."""
    q = system.charges
    labels = np.stack([np.sign(q), np.zeros_like(q), np.zeros_like(q)])
    for sign in np.unique(labels[0]):
        here = labels[0] == sign
        labels[1, here] = _chains(system.masses[here])
        labels[2, here] = _chains(np.where(q == 0.0, 1.0, np.abs(q))[here])
    return np.unique(labels, axis=1, return_inverse=True)[1].ravel()


def _chains(values: np.ndarray) -> np.ndarray:
    order, result = np.argsort(values), np.empty(len(values))
    apart = np.diff(np.log(values[order])) > np.log(SPECIES_GAP)
    result[order] = np.concatenate([[0], np.cumsum(apart)])
    return result


def _squares(
    rates: np.ndarray, member: np.ndarray, V: np.ndarray, many: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """ω² of each species of many bodies, and σ² with the weights that its bodies have in ω²."""
    total = np.bincount(member, rates)
    weights = rates / np.where(total == 0.0, 1.0, total)[member]
    variance = np.zeros(len(total))
    for v in V.T:
        away = v - np.bincount(member, weights * v)[member]
        variance += np.bincount(member, weights * away**2) / V.shape[1]
    return total[many], variance[many]


def _root(square: float) -> float:
    return float(np.sqrt(square)) if square > 0.0 else float("nan")


def _debye_length(electric: np.ndarray, variance: np.ndarray) -> float:
    if not np.any(electric > 0.0):
        return float("nan")
    fastest = int(np.argmax(electric))
    return float(np.sqrt(variance[fastest] / electric[fastest]))


def _jeans_length(gravity: np.ndarray, variance: np.ndarray) -> float:
    if not np.any(gravity > 0.0):
        return float("nan")
    if np.any(variance == 0.0):
        return 0.0
    return float(2.0 * np.pi / np.sqrt(np.sum(gravity / variance)))


def require_resolved_plasma(system: Bodies, V: Any, spacing: float) -> None:
    """Raise where a mesh is too coarse for the Debye length of the charges.

    Args:
        system: Bodies with a period.
        V: velocities (K, D) [length/time].
        spacing: of the mesh [length].

    Raises:
        ValidityError: the Debye length is below 0.3 spacings.
    """
    debye = medium_scales(system, V).debye_length
    if debye < SMALLEST_DEBYE * spacing:
        raise ValidityError(
            f"The mesh does not resolve the Debye length: it is {debye:.3g}, and the spacing "
            f"{spacing:.3g}. Such a plasma heats itself; use a finer mesh, a warmer plasma, or "
            "sums over pairs."
        )


def require_resolved_jeans(system: Bodies, V: Any, spacing: float) -> None:
    """Raise where a mesh is too coarse for the Jeans length of warm periodic bodies.

    `newton_paths` does not ask for it, other than for the Debye length: a plasma that a mesh does
    not resolve heats itself without end, but media that collapse are often cold by purpose, and
    lose no more than the lumps below a cell.

    Args:
        system: Bodies with a period.
        V: velocities (K, D) [length/time].
        spacing: of the mesh [length].

    Raises:
        ValidityError: the Jeans length is below four spacings.
    """
    length = medium_scales(system, V).jeans_length
    if length < 4.0 * spacing:
        raise ValidityError(
            f"The mesh does not resolve the Jeans length: it is {length:.3g}, and the spacing "
            f"{spacing:.3g}. The medium would break up into lumps of the size of a cell; use a "
            "finer mesh or a warmer medium."
        )
