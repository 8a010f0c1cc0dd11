"""Clouds of bodies loaded from a distribution, at random or quietly, and measures of them.

A quiet start puts the points of a scrambled Sobol sequence in the place of random numbers: what a
smooth observable sees of the number of bodies falls nearly as 1/K and not as K^(-1/2).
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import qmc

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.kbody.bodies import Bodies, require_positions
from zitter.kbody.direct_sum import accelerations

STARTS = ("random", "quiet")
LARGEST_SOBOL = 2**24


class Cloud(NamedTuple):
    """Bodies of a cloud, their places and velocities."""

    masses: np.ndarray
    """(K,) [mass]"""
    charges: np.ndarray
    """(K,) [1]"""
    X: np.ndarray
    """(K, D) [length]"""
    V: np.ndarray
    """(K, D) [length/time]"""

    @property
    def centred(self) -> "Cloud":
        """The cloud with its centre of mass at rest at the origin."""
        weights = self.masses / self.masses.sum()
        return self._replace(X=self.X - weights @ self.X, V=self.V - weights @ self.V)


def require_sizes(**sizes: float) -> None:
    """Raise unless each of the named sizes of a cloud is positive. Raises: ValueError."""
    for name, value in sizes.items():
        require_positive(name, value)


def uniform_points(
    num: int, num_axes: int, start: str, seed: int | np.random.SeedSequence
) -> np.ndarray:
    """Points of the unit cube, never on its faces: random, or of a scrambled Sobol sequence.

    Args:
        num: of points.
        num_axes: dimensions of the cube.
        start: "random" or "quiet".
        seed: of the random numbers, or of the scrambling.

    Returns:
        (num, num_axes).

    Raises:
        ValueError: another start; too many points.
    """
    require_choice("start", start, STARTS)
    require_count("num", num, 1, LARGEST_SOBOL)
    rng = np.random.default_rng(seed)
    if start == "random":
        return rng.random((num, num_axes)) + 2.0**-54
    sequence = qmc.Sobol(num_axes, seed=rng)
    return sequence.random_base2(int(np.ceil(np.log2(num))))[:num] + 2.0**-32


def spherical_cloud(mass: float, radii: np.ndarray, speeds: np.ndarray, u: np.ndarray) -> Cloud:
    """Cloud of equal bodies with these radii and speeds, and isotropic directions.

    Args:
        mass: of the whole cloud [mass].
        radii: (K,) [length].
        speeds: (K,) [length/time].
        u: uniform numbers (K, 4): cosine between velocity and radius, two angles of the place,
            angle of the velocity about the radius [1].

    Returns:
        Cloud.

    Raises:
        ValueError: mass not positive, shapes.
    """
    require_positive("mass", mass)
    K = len(radii)
    require_shape("speeds", speeds, (K,), "(num_bodies,)")
    require_shape("u", u, (K, 4), "(num_bodies, 4)")
    along, height = 2.0 * u[:, 0] - 1.0, 2.0 * u[:, 1] - 1.0
    azimuth, about = 2.0 * np.pi * u[:, 2:].T
    level = np.sqrt(1.0 - height**2)
    cosine, sine = np.cos(azimuth), np.sin(azimuth)
    outward = np.stack([level * cosine, level * sine, height], axis=1)
    south = np.stack([height * cosine, height * sine, -level], axis=1)
    east = np.stack([-sine, cosine, 0.0 * sine], axis=1)
    across = np.cos(about)[:, None] * south + np.sin(about)[:, None] * east
    direction = along[:, None] * outward + np.sqrt(1.0 - along**2)[:, None] * across
    X, V = radii[:, None] * outward, speeds[:, None] * direction
    return Cloud(np.full(K, mass / K), np.zeros(K), X, V)


def virial_ratio(system: Bodies, X: Any, V: Any) -> float:
    """Ratio 2T/|Σ Mⁱ xⁱ·aⁱ|, 1 in equilibrium whatever the law.

    Args:
        system: Bodies in open space.
        X: positions (K, D) [length].
        V: velocities (K, D) [length/time].

    Returns:
        A number [1].

    Raises:
        ValueError: shapes; two bodies at one place without softening; a period.
        ValidityError: no force acts.
    """
    X, V = require_positions(system, X), require_positions(system, V, "V")
    if system.period:
        raise ValueError("`system` must have no period for its virial: x·a depends on the cell.")
    twice = np.sum(system.masses[:, None] * V**2)
    virial = np.sum(system.masses[:, None] * (X - X.mean(axis=0)) * accelerations(system, X))
    if virial == 0.0:
        raise ValidityError("The bodies have no virial: no force acts on them.")
    return float(twice / abs(virial))


def lagrange_radii(masses: Any, X: Any, shares: Any) -> np.ndarray:
    """Radii about the centre of mass within which these shares of the mass are.

    Args:
        masses: (K,) [mass].
        X: positions (.., K, D) [length].
        shares: (n,), between 0 and 1 [1].

    Returns:
        (.., n) [length].

    Raises:
        ValueError: shares that are not between 0 and 1; masses not positive; shapes.
    """
    masses, X, shares = (np.asarray(a, dtype=float) for a in (masses, X, shares))
    require_positive("masses", masses)
    require_shape("X", X, (*X.shape[:-2], len(masses), None), "(.., num_bodies, num_space)")
    require_shape("shares", shares, (None,), "(n,)")
    require_finite("shares", shares)
    if np.any(shares <= 0.0) or np.any(shares >= 1.0):
        raise ValueError("`shares` must lie between 0 and 1.")
    weights = masses / masses.sum()
    r = np.linalg.norm(X - np.einsum("k,...kd->...d", weights, X)[..., None, :], axis=-1)
    order = np.argsort(r, axis=-1)
    inside = np.cumsum(weights[order], axis=-1) - 0.5 * weights[order]
    ordered = np.take_along_axis(r, order, axis=-1)
    flat = [
        np.interp(shares, m, radius)
        for m, radius in zip(inside.reshape(-1, len(masses)), ordered.reshape(-1, len(masses)),
                             strict=True)
    ]  # fmt: skip
    return np.reshape(flat, (*r.shape[:-1], len(shares)))
