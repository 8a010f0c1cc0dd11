"""Self-gravity of the centre of mass of an extended body, in SI unless told otherwise.

Two copies of a rigid body of mass density μ, displaced by d, have the mutual energy
    I(d) = -G ∫∫ μ(x) μ(x' - d) / |x - x'| d³x d³x'.
Where the body is described by a mean field |ψ|² of its centre of mass, the body at x feels
V(x) = ∫ I(x - x') |ψ(x')|² d³x'. A packet much narrower than the structure of the body sees the
bottom of I, a spring of frequency ω_SN between x and its mean; a packet much wider than the body
sees the point mass, I = -G M²/d, and obeys the Schroedinger-Newton equation of a particle.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import erf

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_kind,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.system.constants import GRAVITATIONAL_CONSTANT
from zitter.system.parameters import require_callable

LARGEST_CRYSTAL = 20_000
_PAIRS_AT_ONCE = 2_000_000


class Moments(NamedTuple):
    """First and second moments of the centre of mass along one axis."""

    position: Any
    """⟨x⟩ [length]"""
    momentum: Any
    """⟨p⟩ [mass*length/time]"""
    position_variance: Any
    """⟨x²⟩ - ⟨x⟩² [length^2]"""
    covariance: Any
    """⟨xp + px⟩/2 - ⟨x⟩⟨p⟩ [mass*length^2/time]"""
    momentum_variance: Any
    """⟨p²⟩ - ⟨p⟩² [mass^2*length^2/time^2]"""


def homogeneous_sphere_energy(
    d: Any, mass: float, radius: float, gravitational_constant: float = GRAVITATIONAL_CONSTANT
) -> np.ndarray:
    """Mutual energy of two equal homogeneous spheres whose centres are d apart.

    I(d) = -(G M²/R) (6/5 - s²/2 + 3s³/16 - s⁵/160), s = d/R <= 2; -G M²/d beyond.

    Equation: the potential of a sphere, -(G M/2R)(3 - r²/R²) inside and -G M/r outside, averaged
        over the other sphere

    Args:
        d: distances (..), not negative [length].
        mass: M [mass].
        radius: R [length].
        gravitational_constant: G [length^3/mass/time^2].

    Returns:
        (..) [energy].

    Raises:
        ValueError: a negative distance, or a mass or radius that is not positive.
    """
    _require_body(mass, radius, gravitational_constant)
    s = _distances(d) / radius
    inside = 1.2 - 0.5 * s**2 + 0.1875 * s**3 - s**5 / 160.0
    outside = 1.0 / np.maximum(s, 2.0)
    unit = gravitational_constant * mass**2 / radius
    return -unit * np.where(s < 2.0, inside, outside)


def gaussian_energy(
    d: Any, mass: float, width: float, gravitational_constant: float = GRAVITATIONAL_CONSTANT
) -> np.ndarray:
    """Mutual energy of two equal Gaussian masses d apart, I(d) = -G m² erf(d/2σ)/d.

    Args:
        d: distances (..), not negative [length].
        mass: m [mass].
        width: σ of the mass density along each axis [length].
        gravitational_constant: G [length^3/mass/time^2].

    Returns:
        (..) [energy]; -G m²/(√π σ) at d = 0.

    Raises:
        ValueError: a negative distance, or a mass or width that is not positive.
    """
    _require_body(mass, width, gravitational_constant, "width")
    return -gravitational_constant * mass**2 * _erf_ratio(_distances(d), 2.0 * width)


def crystal_energy(
    displacements: Any,
    sites: Any,
    atom_mass: float,
    width: float,
    gravitational_constant: float = GRAVITATIONAL_CONSTANT,
) -> np.ndarray:
    """Mutual energy I(d) = Σ_{a,b} I_atom(|r_a - r_b + d|) of a crystal and its displaced copy.

    Each nucleus is a Gaussian of width σ, so I_atom(r) = -G m² erf(r/2σ)/r. The terms a = b make
    a narrow well of depth N G m²/(√π σ) in the broad one of the other pairs.

    Args:
        displacements: d (batch, 3) [length].
        sites: mean positions r_a of the N nuclei (N, 3) [length].
        atom_mass: m [mass].
        width: σ of each nucleus along each axis [length].
        gravitational_constant: G [length^3/mass/time^2].

    Returns:
        (batch,) [energy].

    Raises:
        ValueError: wrong shapes, or a mass or width that is not positive.
        ValidityError: more than 20 000 nuclei: their pairs are summed one by one.
    """
    _require_body(atom_mass, width, gravitational_constant, "width")
    require_shape("displacements", displacements, (None, 3), "(batch, 3)")
    require_shape("sites", sites, (None, 3), "(N, 3)")
    require_finite("displacements", displacements)
    require_finite("sites", sites)
    sites = np.asarray(sites, dtype=float)
    if len(sites) == 0:
        raise ValueError("`sites` must hold at least one nucleus, but is empty.")
    if len(sites) > LARGEST_CRYSTAL:
        raise ValidityError(
            f"The sum over pairs of {len(sites)} nuclei is too long (allowed: {LARGEST_CRYSTAL}). "
            "Use the sum of gaussian_energy for the nuclei and homogeneous_sphere_energy."
        )
    unit = -gravitational_constant * atom_mass**2
    energies = [_pair_sum(d, sites, 2.0 * width) for d in np.asarray(displacements, dtype=float)]
    return unit * np.array(energies)


def crystalline_sphere(radius: float, spacing: float) -> np.ndarray:
    """Sites of a simple cubic lattice within a sphere about one of them, (N, 3) [length].

    Args:
        radius: of the sphere [length].
        spacing: of the lattice [length].

    Raises:
        ValueError: a length that is not positive.
    """
    require_numbers(radius=radius, spacing=spacing)
    require_positive("radius", radius)
    require_positive("spacing", spacing)
    reach = int(np.floor(radius / spacing * (1.0 + 1e-12)))
    steps = np.arange(-reach, reach + 1)
    sites = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    within = np.sum(sites**2, axis=1) <= (radius / spacing) ** 2 * (1.0 + 1e-12)
    return spacing * sites[within].astype(float)


def homogeneous_sphere_frequency(
    mass: float, radius: float, gravitational_constant: float = GRAVITATIONAL_CONSTANT
) -> float:
    """Schroedinger-Newton frequency of a narrow packet, ω_SN = √(I''(0)/M) = √(G M/R³) [1/time].

    Arguments as for homogeneous_sphere_energy.

    Validity: packets much narrower than R; the cubic term of I makes an error of order width/R.
    """
    _require_body(mass, radius, gravitational_constant)
    return float(np.sqrt(gravitational_constant * mass / radius**3))


def crystal_frequency(
    atom_mass: float, width: float, gravitational_constant: float = GRAVITATIONAL_CONSTANT
) -> float:
    """Schroedinger-Newton frequency of a crystal, ω_SN = √(G m/(6√π σ³)) [1/time].

    erf(z)/z = (2/√π)(1 - z²/3 + ..) with z = d/2σ gives each nucleus the self-energy
    -(G m²/√π σ)(1 - d²/12σ²): N of them are a spring I'' = N G m²/(6√π σ³) on the mass N m. Pairs
    of different nuclei add nothing: outside of each other they are harmonic functions of d, whose
    curvature is zero on average over directions, and along each axis in a cubic crystal.

    Args:
        atom_mass: m [mass].
        width: zero-point width σ of a nucleus along each axis, much less than their distance
            [length].
        gravitational_constant: G [length^3/mass/time^2].

    Raises:
        ValueError: a mass or width that is not positive.

    Validity: packets of the centre of mass much narrower than σ.
    """
    _require_body(atom_mass, width, gravitational_constant, "width")
    stiffness = gravitational_constant * atom_mass / (6.0 * np.sqrt(np.pi) * width)
    return float(np.sqrt(stiffness) / width)


def gaussian_self_potential(
    r: Any, width: float, energy: Callable[[np.ndarray], Any], *, num: int = 50
) -> np.ndarray:
    """Mean-field potential V(r) = ∫ I(|x - x'|) |ψ(x')|² d³x' of a body in a Gaussian packet.

    Args:
        r: distances from the mean position (..), not negative [length].
        width: s of |ψ|² along each axis [length].
        energy: I(d), mutual energy of two copies of the body, such as
            homogeneous_sphere_energy with its mass and radius.
        num: cells of the quadrature in the distance d, eight points each.

    Returns:
        (..) in the unit of `energy` [energy].

    Raises:
        ValueError: a negative distance, or a width that is not positive.

    Validity: I smooth in cells of 16 width/num.
    """
    require_positive("width", width)
    require_count("num", num)
    require_callable("energy", energy)
    r = _distances(r)
    nodes, weights = _unit_interval(num)
    low = np.maximum(r - 8.0 * width, 0.0)[..., None]
    span = r[..., None] + 8.0 * width - low
    d = low + span * nodes
    near = np.exp(-0.5 * ((d - r[..., None]) / width) ** 2) / width
    # (1 - e^(-2 d r/s²))/r has the limit 2 d/s² at the middle.
    exponent = 2.0 * d * r[..., None] / width**2
    share = np.where(exponent > 0.0, -np.expm1(-exponent) / np.where(exponent, exponent, 1.0), 1.0)
    density = near * share * np.sqrt(2.0 / np.pi) * d**2 / width**2
    return np.sum(weights * span * density * np.asarray(energy(d)), axis=-1)


def trapped_moments(
    start: Moments, t: Any, mass: float, trap_frequency: float, self_frequency: float
) -> Moments:
    """Moments of a narrow packet in a trap: the mean turns at ω_c, the rest at √(ω_c² + ω_SN²).

    H = p²/2M + M ω_c² x²/2 + M ω_SN² (x - ⟨x⟩)²/2: the self-force has no mean, so ⟨x⟩ and ⟨p⟩
    turn at ω_c; about them every spring counts, so the covariances turn with ω_q.

    Args:
        start: Moments at t = 0.
        t: time (..) [time].
        mass: M [mass].
        trap_frequency: ω_c [1/time].
        self_frequency: ω_SN [1/time]; 0 without self-gravity.

    Returns:
        Moments, each (..).

    Raises:
        ValueError: moments that break xx pp >= xp², a time that is not finite, ω_c that is not
            positive, or ω_SN that is negative.

    Validity: packets narrower than what the frequency was derived for.
    """
    numbers = {"mass": mass, "trap_frequency": trap_frequency, "self_frequency": self_frequency}
    for name, value in numbers.items():
        require_finite(name, value)
        require_real(name, value)
        require_shape(name, value, ())
    require_positive("mass", mass)
    require_positive("trap_frequency", trap_frequency)
    if self_frequency < 0.0:
        raise ValueError(f"`self_frequency` must not be negative, but is {self_frequency:g}.")
    require_finite("t", t)
    require_real("t", t)
    _require_moments(start)
    t = np.asarray(t, dtype=float)
    x, p, xx, xp, pp = (np.asarray(value, dtype=float) for value in start)
    turned_x, turned_p = _rotated(x, p, t, mass, trap_frequency)
    inner = float(np.hypot(trap_frequency, self_frequency))
    c, s, scale = np.cos(inner * t), np.sin(inner * t), mass * inner
    return Moments(
        turned_x,
        turned_p,
        xx * c**2 + 2.0 * xp * c * s / scale + pp * s**2 / scale**2,
        xp * (c**2 - s**2) + (pp / scale - xx * scale) * c * s,
        pp * c**2 - 2.0 * xp * c * s * scale + xx * s**2 * scale**2,
    )


def _rotated(x: Any, p: Any, t: np.ndarray, mass: float, frequency: float) -> tuple[Any, Any]:
    c, s = np.cos(frequency * t), np.sin(frequency * t)
    return x * c + p * s / (mass * frequency), p * c - x * s * mass * frequency


def _require_moments(start: Moments) -> None:
    require_kind("start", start, Moments)
    for name, value in zip(Moments._fields, start, strict=True):
        require_finite(name, value)
        require_shape(name, value, ())
    xx, xp, pp = start[2:]
    if not (xx > 0.0 and pp > 0.0) or xp * (xp / pp) > xx * (1.0 + 1e-9):
        raise ValueError("`start` must have positive variances whose product exceeds covariance².")


def _require_body(mass: float, size: float, constant: float, name: str = "radius") -> None:
    require_numbers(**{"mass": mass, name: size, "gravitational_constant": constant})
    require_positive("mass", mass)
    require_positive(name, size)
    require_positive("gravitational_constant", constant)


def _distances(d: Any) -> np.ndarray:
    require_finite("d", d)
    require_real("d", d)
    values = np.asarray(d, dtype=float)
    if values.size and values.min() < 0.0:
        raise ValueError(f"`d` must not be negative, but is {values.min():g}.")
    return values


def _unit_interval(num: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of eight-point Gauss-Legendre quadrature in `num` cells of [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(8)
    points = (np.arange(num)[:, None] + 0.5 * (1.0 + nodes)) / num
    return points.ravel(), np.tile(0.5 * weights / num, num)


def _erf_ratio(r: np.ndarray, scale: float) -> np.ndarray:
    """erf(r/scale)/r, 2/(√π scale) at r = 0."""
    z = r / scale
    small = z < 1e-3
    series = 2.0 / np.sqrt(np.pi) * (1.0 - z**2 / 3.0 + z**4 / 10.0)
    return np.where(small, series, erf(z) / np.where(small, 1.0, z)) / scale


def _pair_sum(d: np.ndarray, sites: np.ndarray, scale: float) -> float:
    total, block = 0.0, max(1, _PAIRS_AT_ONCE // len(sites))
    for first in range(0, len(sites), block):
        shifted = sites[first : first + block] + d
        square = np.sum((shifted[:, None, :] - sites[None, :, :]) ** 2, axis=-1)
        total += float(np.sum(_erf_ratio(np.sqrt(square), scale)))
    return total
