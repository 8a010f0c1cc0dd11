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
        system: Bodies with a period; those of equal mass and charge are one species.
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
    kinds, member = np.unique(
        np.stack([system.masses, system.charges], axis=1), axis=0, return_inverse=True
    )
    m, q = kinds.T
    counts = np.bincount(member.ravel(), minlength=len(m))
    number = counts / system.period**system.num_space
    electric = 4.0 * np.pi * system.coulomb_constant * number * q**2 / m
    gravity = 4.0 * np.pi * system.gravitational_constant * number * m
    many = np.flatnonzero(counts > 1)
    variance = np.array([np.mean(np.var(V[member.ravel() == s], axis=0)) for s in many])
    return Scales(
        _or_nan(np.sqrt(electric.sum())),
        _debye_length(electric[many], variance),
        _or_nan(np.sqrt(gravity.sum())),
        _jeans_length(gravity[many], variance),
    )


def _or_nan(value: float) -> float:
    return float(value) if value > 0.0 else float("nan")


def _debye_length(electric: np.ndarray, variance: np.ndarray) -> float:
    if not electric.any():
        return float("nan")
    fastest = int(np.argmax(electric))
    return float(np.sqrt(variance[fastest] / electric[fastest]))


def _jeans_length(gravity: np.ndarray, variance: np.ndarray) -> float:
    if not gravity.any():
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
