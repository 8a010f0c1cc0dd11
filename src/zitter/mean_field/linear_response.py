"""Linear response of a uniform mean field: dielectric function, its roots, and waves in time.

For a wave e^(ikx - iωt) of a uniform f₀, ε(k, ω) = 1 + (R/k²) ∫f₀'(v)/(v - ω/k) dv, continued from
Im ω > 0 below the real axis. R is the squared rate of the law: +ω_J² = 4πG m n for masses, which
attract each other, -ω_p² = -4πk q² n/m for like charges. f₀ is normalised to 1, v along k.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import wofz

from zitter.core.checks import (
    ValidityError,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.core.grid import Grid

MOST_STEPS = 40
# Of ∫|f₀| dv, what a sum over velocities may show of f₀ where the integral has nothing left.
ECHO = 1e-9


def plasma_frequency(density: float, charge: float, mass: float, coulomb_constant: float) -> float:
    """Plasma frequency ω_p = √(4πk n q²/m).

    Args:
        density: n [1/length^num_axes].
        charge: q [1].
        mass: m [mass].
        coulomb_constant: k [energy*length^num_axes/length^2].

    Returns:
        ω_p [1/time].

    Raises:
        ValueError: a value is not positive, or the charge is zero.
    """
    require_positive("absolute charge", abs(charge))
    return _rate(coulomb_constant, density, charge**2 / mass)


def jeans_frequency(density: float, mass: float, gravitational_constant: float) -> float:
    """Rate of gravity ω_J = √(4πG m n), the growth rate of long waves.

    Args:
        density: n [1/length^num_axes].
        mass: m [mass].
        gravitational_constant: G [length^num_axes/mass/time^2].

    Returns:
        ω_J [1/time].

    Raises:
        ValueError: a value is not positive.
    """
    return _rate(gravitational_constant, density, mass)


def _rate(constant: float, density: float, weight: float) -> float:
    for name, value in (("coupling", constant), ("density", density), ("mass", weight)):
        require_positive(name, value)
    return float(np.sqrt(4.0 * np.pi * constant * density * weight))


def debye_length(spread: float, frequency: float) -> float:
    """Debye length λ_D = σ/ω_p; with ω_J in the place of ω_p it is 1/k_J.

    Args:
        spread: σ of the velocities [length/time].
        frequency: ω_p or ω_J [1/time].

    Returns:
        λ_D [length].

    Raises:
        ValueError: a value is not positive.
    """
    require_positive("spread", spread)
    require_positive("frequency", frequency)
    return spread / frequency


def jeans_wavenumber(spread: float, frequency: float) -> float:
    """Jeans' wavenumber k_J = ω_J/σ, above which no wave grows.

    Args:
        spread: σ of the velocities [length/time].
        frequency: ω_J [1/time].

    Returns:
        k_J [1/length].

    Raises:
        ValueError: a value is not positive.
    """
    return 1.0 / debye_length(spread, frequency)


class Maxwellians(NamedTuple):
    """f₀ = Σ_b share_b N(drift_b, spread_b²), with shares of sum 1; made by `maxwellians`."""

    shares: np.ndarray
    """(beam,) [1]"""
    drifts: np.ndarray
    """(beam,) [length/time]"""
    spreads: np.ndarray
    """(beam,) [length/time]"""

    def slope_integral(self, z: Any) -> np.ndarray:
        """∫f₀'(v)/(v - z) dv, by the plasma dispersion function.

        Args:
            z: complex (..) [length/time].

        Returns:
            (..), complex [time^2/length^2].
        """
        z = np.asarray(z, dtype=complex)[..., None]
        zeta = (z - self.drifts) / (np.sqrt(2.0) * self.spreads)
        bracket = 1.0 + 1j * np.sqrt(np.pi) * zeta * wofz(zeta)
        return -np.sum(self.shares / self.spreads**2 * bracket, axis=-1)

    def transform(self, eta: Any) -> np.ndarray:
        """c = ∫f₀ e^(-iηv) dv.

        Args:
            eta: η, (..) [time/length].

        Returns:
            (..), complex [1].
        """
        eta = np.asarray(eta, dtype=float)[..., None]
        phases = -1j * eta * self.drifts - 0.5 * (eta * self.spreads) ** 2
        return np.sum(self.shares * np.exp(phases), axis=-1)


class SmoothDistribution(NamedTuple):
    """Any analytic f₀(v), traceable by JAX, with values that vanish at the ends of its grid."""

    f0: Callable[[Any], Any]
    velocity: Grid

    def slope_integral(self, z: Any) -> np.ndarray:
        """∫f₀'(v)/(v - z) dv, by the trapezoidal rule with the pole's own term.

        Args:
            z: complex (..) [length/time].

        Returns:
            (..), complex [time^2/length^2].
        """
        z = np.asarray(z, dtype=complex)
        flat = z.ravel()
        v, h = self.velocity.axes[0], self.velocity.spacing[0]
        # Of two rules, shifted by half a cell, the one with its nodes farther from the pole.
        apart = np.abs((flat.real - v[0]) / h % 1.0 - 0.5) < 0.25
        offset = np.where(apart, 0.0, 0.5 * h)[:, None]
        rows = np.stack([np.asarray(_slopes(self.f0, v + s + 0j)) for s in (0.0, 0.5 * h)])
        total = h * np.sum(rows[np.where(apart, 0, 1)] / (v + offset - flat[:, None]), axis=1)
        # What the rule leaves of the pole: nothing far above the axis, Landau's whole residue
        # far below it.
        angle = -2j * np.pi / h * (flat - v[0] - offset[:, 0])
        turn = np.exp(np.minimum(angle.real, 700.0) + 1j * angle.imag)
        pole = 2j * np.pi * np.asarray(_slopes(self.f0, flat))
        return np.where(angle.real < 700.0, total + pole / (1.0 - turn), total).reshape(z.shape)

    def transform(self, eta: Any) -> np.ndarray:
        """c = ∫f₀ e^(-iηv) dv.

        Args:
            eta: η, (..) [time/length].

        Returns:
            (..), complex [1].

        Raises:
            ValidityError: η so large, towards 2π/dv, that the sum over the grid comes back.
        """
        eta = np.asarray(eta, dtype=float)
        v, h = self.velocity.axes[0], self.velocity.spacing[0]
        values = h * np.asarray(jax.vmap(self.f0)(jnp.asarray(v)))
        found = (np.exp(-1j * np.multiply.outer(eta, v)) @ values).reshape(eta.shape)
        beyond = np.abs(eta) > np.pi / h
        if np.any(np.abs(found[beyond]) > ECHO * np.sum(np.abs(values))):
            raise ValidityError(
                f"The grid of velocities shows f₀ again where η comes near 2π/dv = "
                f"{2.0 * np.pi / h:.3g}, but η goes up to {np.max(np.abs(eta)):.3g}. Use a finer "
                "grid of velocities."
            )
        return found


Distribution = Maxwellians | SmoothDistribution


@eqx.filter_jit
def _slopes(f0: Callable, v: Any) -> Any:
    return jax.vmap(jax.grad(f0, holomorphic=True))(jnp.asarray(v))


def maxwellians(shares: Any, drifts: Any, spreads: Any) -> Maxwellians:
    """f₀ as a sum of Maxwellians, Σ share N(drift, spread²).

    Args:
        shares: of all particles, (beam,); they are divided by their sum [1].
        drifts: (beam,) [length/time].
        spreads: (beam,) [length/time].

    Returns:
        Maxwellians.

    Raises:
        ValueError: shapes, or a share or spread that is not positive.
    """
    arrays = [np.atleast_1d(np.asarray(a, dtype=float)) for a in (shares, drifts, spreads)]
    for name, array in zip(("shares", "drifts", "spreads"), arrays, strict=True):
        require_shape(name, array, (len(arrays[0]),), "(beam,)")
        require_finite(name, array)
    require_positive("shares", arrays[0])
    require_positive("spreads", arrays[2])
    return Maxwellians(arrays[0] / arrays[0].sum(), arrays[1], arrays[2])


def dielectric_function(
    omega: Any, wavenumber: float, distribution: Distribution, rate_squared: float
) -> np.ndarray:
    """Dielectric function ε(k, ω) = 1 + (R/k²) ∫f₀'(v)/(v - ω/k) dv, for any complex ω.

    Args:
        omega: ω, complex (..) [1/time].
        wavenumber: k > 0 [1/length].
        distribution: f₀, Maxwellians or SmoothDistribution.
        rate_squared: R, ω_J² of masses or -ω_p² of like charges [1/time^2].

    Returns:
        ε, complex (..) [1].

    Raises:
        ValueError: k not positive.

    Validity: a SmoothDistribution is exact up to exp(-2πd/h), with d the distance from the axis
        within which f₀ is analytic and h the spacing of its grid.
    """
    require_positive("wavenumber", wavenumber)
    z = np.asarray(omega, dtype=complex) / wavenumber
    return 1.0 + rate_squared / wavenumber**2 * distribution.slope_integral(z)


def wave_frequencies(
    wavenumber: float,
    distribution: Distribution,
    rate_squared: float,
    lower: complex,
    upper: complex,
) -> np.ndarray:
    """All roots ω of ε(k, ω) = 0 in a rectangle, the fastest growing first.

    Args:
        wavenumber: k > 0 [1/length].
        distribution: f₀, Maxwellians or SmoothDistribution.
        rate_squared: R, ω_J² of masses or -ω_p² of like charges [1/time^2].
        lower: corner of the rectangle with the least frequency and growth [1/time].
        upper: the opposite corner [1/time].

    Returns:
        (root,), complex: frequency + i growth rate [1/time].

    Raises:
        ValueError: corners that span no rectangle.
        ValidityError: as many roots as ε turns round zero along the border are not found.
    """
    size = complex(upper) - complex(lower)
    if not (size.real > 0.0 and size.imag > 0.0):
        raise ValueError("`lower` and `upper` must be opposite corners of a rectangle.")

    def epsilon(omega: Any) -> np.ndarray:
        return dielectric_function(omega, wavenumber, distribution, rate_squared)

    found: list[complex] = []
    num_roots = _turns(epsilon, complex(lower), size)
    for num in (4, 8, 16):
        x, y = ((np.arange(num) + 0.5) / num for _ in range(2))
        starts = complex(lower) + np.add.outer(x * size.real, 1j * y * size.imag).ravel()
        for root in _newton(epsilon, starts, 1e-6 * abs(size)):
            inside = 0.0 <= (root - lower).real <= size.real and (
                0.0 <= (root - lower).imag <= size.imag
            )
            if inside and all(abs(root - other) > 1e-8 * abs(size) for other in found):
                found.append(complex(root))
        if len(found) >= num_roots:
            break
    if len(found) != num_roots:
        raise ValidityError(
            f"ε has {num_roots} roots in the rectangle, but {len(found)} were found: roots meet, "
            "or one lies on the border. Use another rectangle."
        )
    return np.array(sorted(found, key=lambda root: (-root.imag, root.real)))


def _turns(epsilon: Callable, lower: complex, size: complex, num: int = 2048) -> int:
    """How often ε goes round zero along the border of a rectangle."""
    s = np.arange(num) / num
    sides = [lower + s * size.real, lower + size.real + 1j * s * size.imag]
    sides += [lower + size - s * size.real, lower + 1j * (1.0 - s) * size.imag]
    with np.errstate(over="ignore", invalid="ignore"):
        values = epsilon(np.concatenate(sides))
        steps = np.angle(np.roll(values, -1) / values)
    if not np.all(np.isfinite(steps)):
        raise ValidityError(
            "ε is too large to compute with at the border of the rectangle: use one with less "
            "damping."
        )
    if np.max(np.abs(steps)) > 1.0:
        raise ValidityError("A root of ε lies at the border of the rectangle: use another one.")
    return round(float(np.sum(steps)) / (2.0 * np.pi))


def _newton(epsilon: Callable, omega: np.ndarray, step: float) -> np.ndarray:
    """Newton's iteration from many starts, slopes by differences; those that converge."""
    around = step * np.array([1.0, 1j, -1.0, -1j])
    slopes = np.array([1.0, -1j, -1.0, 1j]) / (4.0 * step)
    move = np.full(omega.shape, np.inf, dtype=complex)
    with np.errstate(all="ignore"):
        for _ in range(MOST_STEPS):
            move = epsilon(omega) / (epsilon(omega[:, None] + around) @ slopes)
            omega = omega - move
    done = np.isfinite(omega) & (np.abs(move) <= 1e-12 * np.maximum(np.abs(omega), 1e6 * step))
    return omega[done]
