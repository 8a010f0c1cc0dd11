"""Equilibria of many bodies: Plummer's sphere, King's spheres, the isothermal slab, plasmas.

Each is loaded from its distribution function by inversion, body by body and without rejection.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.special import betaincinv, ndtri

from zitter.core.checks import require_count, require_finite, require_positive
from zitter.kbody.clouds import Cloud, require_sizes, spherical_cloud, uniform_points


def plummer_potential(r: Any, mass: float, radius: float, gravitational_constant: float) -> Any:
    """Potential Φ = -GM/√(r² + a²) of Plummer's sphere, per unit of mass.

    Args:
        r: radii [length].
        mass: M [mass].
        radius: a [length].
        gravitational_constant: G [length^3/mass/time^2].

    Returns:
        Values as r [length^2/time^2].
    """
    return -gravitational_constant * mass / np.sqrt(np.asarray(r, float) ** 2 + radius**2)


def plummer_distribution(
    energy: Any, mass: float, radius: float, gravitational_constant: float
) -> np.ndarray:
    """Distribution f = (24√2/7π³) a²/(G⁵M⁵) (-E)^(7/2) of Plummer's sphere, ∫f d³x d³v = 1.

    Args:
        energy: E = v²/2 + Φ, per unit of mass [length^2/time^2].
        mass, radius, gravitational_constant: as for plummer_potential.

    Returns:
        Values as E, 0 for E ≥ 0 [time^3/length^6].

    Raises:
        ValueError: a parameter is not positive.
    """
    require_sizes(mass=mass, radius=radius, gravitational_constant=gravitational_constant)
    bound = np.maximum(-np.asarray(energy, dtype=float), 0.0)
    GM = gravitational_constant * mass
    return 24.0 * np.sqrt(2.0) / (7.0 * np.pi**3) * radius**2 / GM**5 * bound**3.5


def plummer_cloud(
    num: int,
    mass: float,
    radius: float,
    gravitational_constant: float = 1.0,
    *,
    start: str = "random",
    seed: int = 0,
) -> Cloud:
    """Plummer's sphere ρ ∝ (1 + r²/a²)^(-5/2) of equal bodies in equilibrium.

    Args:
        num: K.
        mass, radius, gravitational_constant: as for plummer_potential.
        start, seed: "random" or "quiet", and which of these.

    Returns:
        Cloud, as drawn: its centre of mass is where chance has it.

    Raises:
        ValueError: a parameter is not positive; another start.

    Validity: an equilibrium without softening; with one, as far as it is small against a.
    """
    require_sizes(mass=mass, radius=radius, gravitational_constant=gravitational_constant)
    u = uniform_points(num, 6, start, seed)
    r = radius / np.sqrt(u[:, 0] ** (-2.0 / 3.0) - 1.0)
    escape = np.sqrt(-2.0 * plummer_potential(r, mass, radius, gravitational_constant))
    # The square of v/v_escape has the density s^(1/2) (1 - s)^(7/2).
    return spherical_cloud(mass, r, escape * np.sqrt(betaincinv(1.5, 4.5, u[:, 1])), u[:, 2:])


def isothermal_slab(
    num: int,
    mass: float,
    dispersion: float,
    gravitational_constant: float = 1.0,
    *,
    start: str = "random",
    seed: int = 0,
) -> Cloud:
    """Isothermal slab of sheets, ρ ∝ sech²(x/H) with H = σ²/(πGM) and Gaussian velocities.

    Args:
        num: K.
        mass: M of the whole slab, per unit of area [mass].
        dispersion: σ [length/time].
        gravitational_constant: G, per unit of area [length/mass/time^2].
        start, seed: "random" or "quiet", and which of these.

    Returns:
        Cloud on a line.

    Raises:
        ValueError: a parameter is not positive; another start.
    """
    require_sizes(mass=mass, dispersion=dispersion, gravitational_constant=gravitational_constant)
    u = uniform_points(num, 2, start, seed)
    height = dispersion**2 / (np.pi * gravitational_constant * mass)
    X, V = height * np.arctanh(2.0 * u[:, :1] - 1.0), dispersion * ndtri(u[:, 1:])
    return Cloud(np.full(num, mass / num), np.zeros(num), X, V)


class Species(NamedTuple):
    """Equal bodies of a homogeneous medium with Maxwell's velocities."""

    num: int
    mass: float
    """of one body [mass]"""
    charge: float
    """of one body [1]"""
    dispersion: float
    """standard deviation of each component of the velocity [length/time]"""
    drift: float = 0.0
    """mean velocity along the first axis [length/time]"""


def homogeneous_medium(
    species: list[Species],
    period: float,
    num_space: int,
    *,
    background: float = 0.0,
    start: str = "random",
    seed: int = 0,
) -> Cloud:
    """Homogeneous plasma or self-gravitating medium in a periodic box, Maxwell's velocities.

    Args:
        species: of one or more kinds of bodies.
        period: L of every axis [length].
        num_space: dimensions D, 1 to 3.
        background: charge of the uniform background that does not move [1].
        start, seed: "random" or "quiet", and which of these; each species has its own points.

    Returns:
        Cloud, species by species.

    Raises:
        ValueError: a plasma that is not neutral together with its background; numbers, masses or
            the period not positive; a negative dispersion; another start.
    """
    require_positive("period", period)
    require_count("num_space", num_space, 1, 3)
    _require_neutral(species, background)
    parts = []
    for s, kind in enumerate(species):
        require_count("num", kind.num)
        require_positive("mass", kind.mass)
        require_finite("drift", kind.drift)
        if not kind.dispersion >= 0.0:
            raise ValueError(f"`dispersion` must not be negative, but is {kind.dispersion:g}.")
        # Neither the species of one seed nor those of the next one have points in common.
        own = np.random.SeedSequence(seed, spawn_key=(s,) if s else ())
        u = uniform_points(kind.num, 2 * num_space, start, own)
        V = kind.dispersion * ndtri(u[:, num_space:])
        V[:, 0] += kind.drift
        one = np.ones(kind.num)
        parts.append(Cloud(kind.mass * one, kind.charge * one, period * u[:, :num_space], V))
    return Cloud(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _require_neutral(species: list[Species], background: float) -> None:
    if not species:
        raise ValueError("`species` must name at least one kind of bodies.")
    charges = [kind.num * kind.charge for kind in species]
    require_finite("charge", charges)
    total, size = sum(charges) + background, sum(map(abs, charges)) + abs(background)
    if abs(total) > 1e-12 * size:
        raise ValueError(
            f"The plasma is not neutral: its bodies have the charge {sum(charges):g} and the "
            f"background {background:g}. In a period, what is left over would have no field; give "
            f"a `background` of {-sum(charges):g}."
        )
