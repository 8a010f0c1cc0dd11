"""N oscillators in one bath, in the coordinates (12)-(13): what couples to the bath, and how much.

A bilinear coupling -Σ_ik c_ik x_i q_k with equal c_ik = c_k is -N c_k x_cm q_k: the centre of mass
alone feels the bath. The counter-term must be that of the sum, (Σ_i c_ik x_i)²/2m_k ω_k².
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.bath.discretisation import OscillatorBath, require_bath
from zitter.core.checks import require_count, require_finite, require_positive, require_shape
from zitter.system.coordinates import centre_of_mass_gradient


class CollectiveCouplings(NamedTuple):
    """Couplings c_k/√m_k of the bath to x_cm (n,) and to the y_j (N - 1, n) [mass^(1/2)/time^2]."""

    centre_of_mass: np.ndarray
    relative: np.ndarray


def collective_couplings(couplings: Any) -> CollectiveCouplings:
    """Couplings to x_cm and to y, Σ_i c_ik and c_jk - c_1k/(√N + 1) - Σ_i c_ik/(N + √N).

    The squares of those to y add up to Σ_i (c_ik - c̄_k)².

    Equation: (12), (13), the bath's coupling in the new coordinates

    Args:
        couplings: c_ik/√m_k of particle i and mode k, (N, n) [mass^(1/2)/time^2].

    Returns:
        (n,) and (N - 1, n) [mass^(1/2)/time^2].

    Raises:
        ValueError: not of shape (N, n).
    """
    c = np.asarray(couplings, float)
    require_shape("couplings", c, (None, None), "(num_particles, num_modes)")
    require_finite("couplings", c)
    split = centre_of_mass_gradient(c)
    return CollectiveCouplings(np.asarray(split.x_cm), np.asarray(split.y))


def centre_of_mass_bath(bath: OscillatorBath, num_particles: int) -> OscillatorBath:
    """Bath that the centre of mass of N particles feels: the couplings N c_k.

    Args:
        bath: couplings of one particle.
        num_particles: N.

    Returns:
        Frequencies [1/time] and couplings [mass^(1/2)/time^2].

    Validity: the damping rate of x_cm, whose mass is N m, is N times that of one particle.
    """
    require_count("num_particles", num_particles)
    bath = require_bath(bath)
    return OscillatorBath(bath.frequencies, num_particles * bath.couplings)


def many_oscillators_factor(
    num_particles: int,
    mass: float,
    frequency: float,
    pair_stiffness: float,
    bath: OscillatorBath,
    couplings: Any = None,
) -> np.ndarray:
    """Factor B of the potential |B q|²/2 of N trapped particles with springs, and their bath.

    Coordinates are √m x_1, .., √m x_N, then the mass-weighted bath.

    Args:
        num_particles: N.
        mass: m of one particle [mass].
        frequency: Ω of the trap [1/time].
        pair_stiffness: κ of κ (x_i - x_j)²/2 [mass/time^2].
        bath: OscillatorBath, its couplings those of each particle.
        couplings: c_ik/√m_k (N, n) if they are unequal [mass^(1/2)/time^2].

    Returns:
        B (N + N(N - 1)/2 + n, N + n) [1/time].

    Raises:
        ValueError: m or Ω not positive, κ negative, couplings of another shape.
    """
    require_count("num_particles", num_particles)
    require_positive("mass", mass)
    require_positive("frequency", frequency)
    if not pair_stiffness >= 0.0:
        raise ValueError(f"`pair_stiffness` must not be negative, but is {pair_stiffness:g}.")
    bath = require_bath(bath)
    num_modes = bath.frequencies.size
    c = np.tile(bath.couplings, (num_particles, 1)) if couplings is None else np.asarray(couplings)
    require_shape("couplings", c, (num_particles, num_modes), "(num_particles, num_modes)")
    first, second = np.triu_indices(num_particles, 1)
    springs = np.zeros((first.size, num_particles))
    rows = np.arange(first.size)
    springs[rows, first], springs[rows, second] = 1.0, -1.0
    particles = np.concatenate(
        [
            frequency * np.eye(num_particles),
            np.sqrt(pair_stiffness / mass) * springs,
            -(c / bath.frequencies).T / np.sqrt(mass),
        ]
    )
    empty = np.zeros((particles.shape[0] - num_modes, num_modes))
    return np.hstack([particles, np.concatenate([empty, np.diag(bath.frequencies)])])


def relative_coupling(slope: Callable[[np.ndarray], Any], x: Any) -> np.ndarray:
    """Force on each y_j for unit q when the bath couples to Σ_i g(x_i): ∂/∂y_j Σ_i g(x_i).

    It vanishes for linear g, and is g''(x_cm) y_j to leading order.

    Equation: (12), (13), for a coupling that is not bilinear

    Args:
        slope: g' of an array of positions.
        x: positions (N,) [length].

    Returns:
        (N - 1,) [unit of g / length].

    Raises:
        ValueError: shapes do not match.
    """
    x = np.asarray(x, float)
    require_shape("x", x, (None,), "(num_particles,)")
    values = np.asarray(slope(x), float)
    require_shape("slope(x)", values, x.shape, "(num_particles,)")
    return np.asarray(centre_of_mass_gradient(values[:, None]).y)[:, 0]
