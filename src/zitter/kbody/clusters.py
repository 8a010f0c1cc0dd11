"""Bodies made of particles: energies of the whole and inside, and the tide of the others.

The force on the centre of mass of an extended body is that at its centre only as far as the field
is linear over its size; what is left pulls at the centre of mass and heats the inside.
"""

from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.kbody.bodies import Bodies, external_energies, require_positions
from zitter.kbody.direct_sum import mutual_energies, pair_accelerations


class ClusterEnergies(NamedTuple):
    """Energies of bodies that are made of particles."""

    bulk_kinetic: np.ndarray
    """of the centre of mass of each body (bodies,) [energy]"""
    internal_kinetic: np.ndarray
    """of the particles about it (bodies,) [energy]"""
    internal_potential: np.ndarray
    """among the particles of each body (bodies,) [energy]"""
    mutual_potential: float
    """between the bodies, each pair once [energy]"""
    external: float
    """in the external fields [energy]"""

    @property
    def internal(self) -> np.ndarray:
        """Internal energy of each body (bodies,) [energy]."""
        return self.internal_kinetic + self.internal_potential

    @property
    def total(self) -> float:
        """Sum of all [energy]."""
        own = np.sum(self.bulk_kinetic + self.internal)
        return float(own + self.mutual_potential + self.external)


def cluster_energies(
    system: Bodies, members: Any, X: Any, V: Any, t: float = 0.0
) -> ClusterEnergies:
    """Energies of the bodies that particles make up, split into bulk, inside and between.

    Args:
        system: Bodies, one for each particle.
        members: number of the body to which each particle belongs, 0, 1, .. (K,).
        X: positions (K, D) [length].
        V: velocities (K, D) [length/time].
        t: time, for the external fields [time].

    Returns:
        ClusterEnergies.

    Raises:
        ValueError: shapes; numbers that are not whole, or leave a body without particles.
    """
    X, V = require_positions(system, X), require_positions(system, V, "V")
    members = _members(system, members)
    bulk, inside, bound = [], [], []
    for body in range(members.max() + 1):
        here = members == body
        m = system.masses[here]
        v = m @ V[here] / m.sum()
        bulk.append(0.5 * m.sum() * v @ v)
        inside.append(0.5 * np.sum(m[:, None] * (V[here] - v) ** 2))
        own = system._replace(masses=m, charges=system.charges[here])
        bound.append(0.5 * np.sum(mutual_energies(own, X[here])))
    between = 0.5 * np.sum(mutual_energies(system, X)) - np.sum(bound)
    outside = float(np.sum(external_energies(system, X, t)))
    return ClusterEnergies(
        np.array(bulk), np.array(inside), np.array(bound), float(between), outside
    )


def centres_of_mass(system: Bodies, members: Any, X: Any) -> np.ndarray:
    """Centre of mass of each body that particles make up.

    Args:
        system: Bodies, one for each particle.
        members: as for cluster_energies.
        X: positions (.., K, D) [length].

    Returns:
        (.., bodies, D) [length].
    """
    members = _members(system, members)
    weights = np.equal.outer(np.arange(members.max() + 1), members) * system.masses
    weights = weights / weights.sum(axis=1, keepdims=True)
    return np.einsum("bk,...kd->...bd", weights, np.asarray(X, dtype=float))


def tidal_force_error(separation: float, size: float) -> float:
    """Relative error of the force at the centre of a dumbbell along the line, (d/L)²/2 = 3d²/r².

    Equation: footnote 3, with L = r/√6 of Newton's law

    Args:
        separation: r between the centres [length].
        size: d, half of the length of the dumbbell [length].

    Returns:
        A number [1].

    Raises:
        ValueError: a value is not positive.

    Validity: lowest order in d/r, law "point".
    """
    require_positive("separation", separation)
    require_positive("size", size)
    return float(3.0 * (size / separation) ** 2)


def centre_force_error(system: Bodies, members: Any, X: Any, body: int, place: Any = None) -> float:
    """Relative difference of the force on a body and the force if all bodies were points.

    Args:
        system: Bodies, one for each particle.
        members: as for cluster_energies.
        X: positions (K, D) [length].
        body: number of the body.
        place: of the point that stands for the body (D,), by default its centre of mass [length].

    Returns:
        |F - F_point|/|F_point| [1].

    Raises:
        ValueError: shapes; fewer than two bodies; no body of that number.
        ValidityError: no force acts on the point.
    """
    X = require_positions(system, X)
    members = _members(system, members)
    num = int(members.max()) + 1
    if num < 2:
        raise ValueError("`members` must name at least two bodies, but names 1.")
    require_count("body", body, 0, num - 1)
    centres = centres_of_mass(system, members, X)
    if place is not None:
        require_shape("place", place, (system.num_space,), "(num_space,)")
        require_finite("place", place)
        centres[body] = place
    masses = np.array([system.masses[members == b].sum() for b in range(num)])
    charges = np.array([system.charges[members == b].sum() for b in range(num)])
    points = system._replace(masses=masses, charges=charges)
    expected = masses[body] * pair_accelerations(points, centres)[body]
    if not np.any(expected):
        raise ValidityError(
            f"No force acts on body {body} as a point, for an error relative to it."
        )
    here = members == body
    actual = system.masses[here] @ pair_accelerations(system, X)[here]
    return float(np.linalg.norm(actual - expected) / np.linalg.norm(expected))


def _members(system: Bodies, members: Any) -> np.ndarray:
    require_shape("members", members, (system.num_bodies,), "(num_particles,)")
    require_finite("members", members)
    numbers = np.asarray(members, dtype=int)
    if np.any(numbers != np.asarray(members)):
        raise ValueError("`members` must be whole numbers.")
    if set(numbers.tolist()) != set(range(numbers.max() + 1)):
        raise ValueError("`members` must number the bodies 0, 1, .. without gaps.")
    return numbers
