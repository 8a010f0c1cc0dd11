"""External potentials U(x, t) of one particle at x (D,), in any number of dimensions D."""

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from zitter.core.checks import require_positive, require_shape
from zitter.system.parameters import not_negative, parameter, per_axis, require_callable

Potential = Callable[[Array, Any], Array]


class UniformForce(eqx.Module):
    """Potential of a uniform force, U = -F·x.

    Args:
        force: F, one number for every axis or (D,) [force].
    """

    force: Array

    def __init__(self, force: Any):
        self.force = parameter("force", force, 1)

    def __call__(self, x: Array, t: Any) -> Array:
        return -jnp.sum(per_axis("force", self.force, x) * x)


class Harmonic(eqx.Module):
    """Harmonic potential, U = ½ Σ_a k_a (x_a - c_a)²; a negative stiffness is a barrier.

    Args:
        stiffness: k, one number for every axis or (D,) [force/length].
        centre: c, one number for every axis or (D,) [length].
    """

    stiffness: Array
    centre: Array

    def __init__(self, stiffness: Any, centre: Any = 0.0):
        self.stiffness = parameter("stiffness", stiffness, 1)
        self.centre = parameter("centre", centre, 1)

    def __call__(self, x: Array, t: Any) -> Array:
        k = per_axis("stiffness", self.stiffness, x)
        return 0.5 * jnp.sum(k * (x - per_axis("centre", self.centre, x)) ** 2)


class Quartic(eqx.Module):
    """Quartic potential, U = Σ_a g_a (x_a - c_a)⁴.

    Args:
        coefficient: g, one number for every axis or (D,) [energy/length^4].
        centre: c, one number for every axis or (D,) [length].
    """

    coefficient: Array
    centre: Array

    def __init__(self, coefficient: Any, centre: Any = 0.0):
        self.coefficient = parameter("coefficient", coefficient, 1)
        self.centre = parameter("centre", centre, 1)

    def __call__(self, x: Array, t: Any) -> Array:
        g = per_axis("coefficient", self.coefficient, x)
        return jnp.sum(g * (x - per_axis("centre", self.centre, x)) ** 4)


class Polynomial(eqx.Module):
    """Polynomial potential, U = Σ_a Σ_n c_{a,n} x_aⁿ.

    Args:
        coefficients: c_n (degree + 1,) for every axis, or c_{a,n} (D, degree + 1), from the
            constant upwards; c_n in energy/length^n.
    """

    coefficients: Array

    def __init__(self, coefficients: Any):
        self.coefficients = parameter("coefficients", coefficients, 2)
        if self.coefficients.ndim == 0 or self.coefficients.shape[-1] == 0:
            raise ValueError("`coefficients` must be a list, (degree + 1,) or (D, degree + 1).")

    def __call__(self, x: Array, t: Any) -> Array:
        c = self.coefficients
        if c.ndim == 2:
            require_shape("x", x, (c.shape[0],), "(num_space,)")
        value = jnp.zeros_like(x)
        for n in reversed(range(c.shape[-1])):
            value = value * x + c[..., n]
        return jnp.sum(value)


class GaussianWell(eqx.Module):
    """Gaussian well, U = -V₀ exp(-½ Σ_a (x_a - c_a)²/w_a²); a negative depth is a barrier.

    Args:
        depth: V₀ [energy].
        width: w, one number for every axis or (D,) [length].
        centre: c, one number for every axis or (D,) [length].
    """

    depth: Array
    width: Array
    centre: Array

    def __init__(self, depth: Any, width: Any, centre: Any = 0.0):
        self.depth = parameter("depth", depth, 0)
        self.width = parameter("width", width, 1, positive=True)
        self.centre = parameter("centre", centre, 1)

    def __call__(self, x: Array, t: Any) -> Array:
        d = (x - per_axis("centre", self.centre, x)) / per_axis("width", self.width, x)
        return -self.depth * jnp.exp(-0.5 * jnp.sum(d**2))


class PointSource(eqx.Module):
    """Potential of a fixed point, U = s/√(|x - a|² + ε²): repulsive for s > 0.

    See `newton_source` and `coulomb_source`.

    Args:
        strength: s [energy*length].
        position: a, one number for every axis or (D,) [length].
        softening: ε (Plummer); 0 is the point itself [length].

    Validity: 1/r is the field of a point in three dimensions.
    """

    strength: Array
    position: Array
    softening: Array

    def __init__(self, strength: Any, position: Any = 0.0, softening: Any = 0.0):
        self.strength = parameter("strength", strength, 0)
        self.position = parameter("position", position, 1)
        self.softening = not_negative("softening", softening)

    def __call__(self, x: Array, t: Any) -> Array:
        d = x - per_axis("position", self.position, x)
        return self.strength / jnp.sqrt(jnp.sum(d**2) + self.softening**2)


class Sum(eqx.Module):
    """Sum of potentials, U = Σ_k U_k.

    Args:
        potentials: callables (x, t) -> energy.
    """

    potentials: tuple[Potential, ...]

    def __init__(self, potentials: Sequence[Potential]):
        self.potentials = tuple(potentials)
        for potential in self.potentials:
            require_callable("potentials", potential)
        if not self.potentials:
            raise ValueError("`potentials` must hold at least one potential.")

    def __call__(self, x: Array, t: Any) -> Array:
        return sum((U(x, t) for U in self.potentials), start=jnp.zeros(()))


class TimeDependent(eqx.Module):
    """Potential switched in time, U = f(t) U₀(x, t).

    Args:
        potential: U₀, a callable (x, t) -> energy.
        envelope: f, a callable t -> number.
    """

    potential: Potential
    envelope: Callable[[Any], Any]

    def __init__(self, potential: Potential, envelope: Callable[[Any], Any]):
        require_callable("potential", potential)
        require_callable("envelope", envelope)
        self.potential = potential
        self.envelope = envelope

    def __call__(self, x: Array, t: Any) -> Array:
        return self.envelope(t) * self.potential(x, t)


def newton_source(
    mass: float,
    source_mass: float,
    position: Any = 0.0,
    gravitational_constant: float = 1.0,
    softening: float = 0.0,
) -> PointSource:
    """Gravity of a fixed mass, U = -G M m/√(|x - a|² + ε²).

    Args:
        mass: m of the particle [mass].
        source_mass: M [mass].
        position: a (D,) [length].
        gravitational_constant: G [length^3/mass/time^2].
        softening: ε [length].

    Raises:
        ValueError: a mass is not positive, softening < 0.
    """
    require_positive("mass", mass)
    require_positive("source_mass", source_mass)
    return PointSource(-gravitational_constant * source_mass * mass, position, softening)


def coulomb_source(
    charge: float,
    source_charge: float,
    position: Any = 0.0,
    coulomb_constant: float = 1.0,
    softening: float = 0.0,
) -> PointSource:
    """Electrostatic potential of a fixed charge, U = k q Q/√(|x - a|² + ε²), of either sign.

    Args:
        charge: q of the particle [1].
        source_charge: Q [1].
        position: a (D,) [length].
        coulomb_constant: k, the coupling of two unit charges [energy*length].
        softening: ε [length].

    Raises:
        ValueError: a value is not finite, softening < 0.
    """
    return PointSource(coulomb_constant * charge * source_charge, position, softening)
