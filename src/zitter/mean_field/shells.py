"""Spherical shells: points of the phase space (r, v_r, L), each with its share of the whole.

A shell is kept as a point that moves in a plane, where L is a constant of the motion by itself.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_finite, require_positive, require_shape
from zitter.kbody.bodies import masses_and_charges
from zitter.kbody.clouds import uniform_points


class Shells(NamedTuple):
    """Spherical shells, each moving as a point in a plane; made by `shells_of`."""

    masses: np.ndarray
    """(K,) [mass]"""
    charges: np.ndarray
    """(K,) [1]"""
    X: np.ndarray
    """places in their planes (K, 2) [length]"""
    V: np.ndarray
    """(K, 2) [length/time]"""

    @property
    def r(self) -> np.ndarray:
        """Radii (K,) [length]."""
        return np.hypot(self.X[:, 0], self.X[:, 1])

    @property
    def v_r(self) -> np.ndarray:
        """Radial velocities (K,) [length/time]."""
        r = self.r
        speed = np.hypot(self.V[:, 0], self.V[:, 1])
        return np.divide(np.sum(self.X * self.V, axis=1), r, out=speed, where=r > 0.0)

    @property
    def L(self) -> np.ndarray:
        """Angular momenta per mass (K,) [length^2/time]."""
        return self.X[:, 0] * self.V[:, 1] - self.X[:, 1] * self.V[:, 0]


def shells_of(masses: Any, X: Any, V: Any, charges: Any = 0.0) -> Shells:
    """Shells at the radii, radial velocities and angular momenta of bodies in space.

    Args:
        masses: (K,) [mass].
        X: positions (K, 3) [length].
        V: velocities (K, 3) [length/time].
        charges: (K,) or one number for all, of either sign [1].

    Returns:
        Shells.

    Raises:
        ValueError: shapes; no body; masses not positive; a body at the centre.
    """
    masses, charges = masses_and_charges(masses, charges)
    X, V = np.array(X, dtype=float), np.array(V, dtype=float)
    for name, value in (("X", X), ("V", V)):
        require_shape(name, value, (len(masses), 3), "(num_bodies, 3)")
        require_finite(name, value)
    r = np.linalg.norm(X, axis=1)
    require_positive("distance of the bodies from the centre", r)
    outward, L = np.sum(X * V, axis=1) / r, np.linalg.norm(np.cross(X, V), axis=1)
    plane, speeds = np.stack([r, 0.0 * r], axis=1), np.stack([outward, L / r], axis=1)
    return Shells(masses, charges, plane, speeds)


def shells_from_distribution(
    f0: Callable[[np.ndarray, np.ndarray, np.ndarray], Any],
    num: int,
    largest_radius: float,
    largest_speed: float,
    *,
    mass: float = 1.0,
    charge: float = 0.0,
    seed: int = 0,
) -> Shells:
    """Shells of a distribution f₀(r, v_r, L), quietly over the box and weighted by f₀.

    Args:
        f0: of radii, radial velocities and angular momenta per mass (n,), to any norm.
        num: points of the box; those where f₀ = 0 are left out.
        largest_radius: [length].
        largest_speed: of the radial and of the transverse velocity [length/time].
        mass: of the whole [mass].
        charge: of the whole [1].
        seed: of the scrambling.

    Returns:
        Shells of unequal masses, at most `num`.

    Raises:
        ValueError: f₀ negative, not finite or nowhere positive in the box.
    """
    for name, value in (("largest_radius", largest_radius), ("largest_speed", largest_speed),
                        ("mass", mass)):  # fmt: skip
        require_positive(name, value)
    u = uniform_points(num, 3, "quiet", seed)
    r, across = largest_radius * u[:, 0], largest_speed * u[:, 2]
    v_r = largest_speed * (2.0 * u[:, 1] - 1.0)
    weights = np.asarray(f0(r, v_r, r * across), dtype=float)
    require_shape("f0", weights, (num,), "(num,)")
    require_finite("f0", weights)
    if np.any(weights < 0.0) or not np.any(weights > 0.0):
        raise ValueError("`f0` must not be negative, and be positive somewhere in the box.")
    # d³x d³v = 4π r² dr · 2π v_t dv_t dv_r.
    weights = weights * r**2 * across
    kept = weights > 0.0
    shares = weights[kept] / weights.sum()
    X, V = np.stack([r, 0.0 * r], axis=1), np.stack([v_r, across], axis=1)
    return Shells(mass * shares, charge * shares, X[kept], V[kept])


def distribution_drift(
    before: Shells, after: Shells, f0: Callable[[np.ndarray, np.ndarray, np.ndarray], Any]
) -> float:
    """L1 distance ∫|f(t) - f₀| d³x d³v/∫f₀ of a distribution from what it was.

    f keeps its value along the path of each shell, so that the integral is a mean over shells of
    |1 - f₀(now)/f₀(at the start)|.

    Args:
        before: the shells when they had f₀.
        after: the same shells later.
        f0: of radii, radial velocities and angular momenta per mass (n,), to any norm.

    Returns:
        A number, 0 for a stationary f₀ [1].

    Raises:
        ValueError: other shells; f₀ that is not positive where the shells began.
    """
    require_shape("after.masses", after.masses, before.masses.shape, "(num_shells,)")
    first, now = (np.asarray(f0(s.r, s.v_r, s.L), dtype=float) for s in (before, after))
    require_positive("f0 of the shells at the start", first)
    return float(before.masses @ np.abs(1.0 - now / first) / before.masses.sum())
