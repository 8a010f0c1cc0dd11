"""Pair potentials V(r, t) of the separation r = x_j - x_k (D,) of two particles, even in r."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_shape
from zitter.system.parameters import not_negative, parameter


class HarmonicPair(eqx.Module):
    """Harmonic pair potential, V = ½ κ r²; a negative stiffness repels.

    Args:
        stiffness: κ [force/length].
    """

    stiffness: Array

    def __init__(self, stiffness: Any):
        self.stiffness = parameter("stiffness", stiffness, 0)

    def __call__(self, r: Array, t: Any) -> Array:
        return 0.5 * self.stiffness * jnp.sum(r**2)


class NewtonPair(eqx.Module):
    """Gravity of a pair, V = -G m m'/√(r² + ε²).

    Args:
        mass: m [mass].
        other_mass: m', by default m [mass].
        gravitational_constant: G [length^3/mass/time^2].
        softening: ε (Plummer); 0 is Newton's law [length].

    Validity: 1/r is the law of three dimensions; in one, see `SheetPair`.
    """

    mass: Array
    other_mass: Array
    gravitational_constant: Array
    softening: Array

    def __init__(
        self,
        mass: Any,
        other_mass: Any = None,
        gravitational_constant: Any = 1.0,
        softening: Any = 0.0,
    ):
        self.mass = parameter("mass", mass, 0, positive=True)
        other_mass = mass if other_mass is None else other_mass
        self.other_mass = parameter("other_mass", other_mass, 0, positive=True)
        self.gravitational_constant = parameter("gravitational_constant", gravitational_constant, 0)
        self.softening = not_negative("softening", softening)

    def __call__(self, r: Array, t: Any) -> Array:
        coupling = -self.gravitational_constant * self.mass * self.other_mass
        return coupling / jnp.sqrt(jnp.sum(r**2) + self.softening**2)


class CoulombPair(eqx.Module):
    """Electrostatic pair potential, V = k q q'/√(r² + ε²), charges of either sign.

    Args:
        charge: q [1].
        other_charge: q', by default q [1].
        coulomb_constant: k, the coupling of two unit charges [energy*length].
        softening: ε (Plummer); 0 is Coulomb's law [length].
    """

    charge: Array
    other_charge: Array
    coulomb_constant: Array
    softening: Array

    def __init__(
        self,
        charge: Any,
        other_charge: Any = None,
        coulomb_constant: Any = 1.0,
        softening: Any = 0.0,
    ):
        self.charge = parameter("charge", charge, 0)
        other_charge = charge if other_charge is None else other_charge
        self.other_charge = parameter("other_charge", other_charge, 0)
        self.coulomb_constant = parameter("coulomb_constant", coulomb_constant, 0)
        self.softening = not_negative("softening", softening)

    def __call__(self, r: Array, t: Any) -> Array:
        coupling = self.coulomb_constant * self.charge * self.other_charge
        return coupling / jnp.sqrt(jnp.sum(r**2) + self.softening**2)


class SheetPair(eqx.Module):
    """Gravity of two parallel sheets, V = 2π G m² |x|, the one-dimensional 1/r.

    Args:
        mass: m of each sheet, per unit of area [mass].
        gravitational_constant: G, per unit of area [length/time^2/mass].

    Raises:
        ValueError: `mass` is not positive; on call, more than one dimension.
    """

    mass: Array
    gravitational_constant: Array

    def __init__(self, mass: Any, gravitational_constant: Any = 1.0):
        self.mass = parameter("mass", mass, 0, positive=True)
        self.gravitational_constant = parameter("gravitational_constant", gravitational_constant, 0)

    def __call__(self, r: Array, t: Any) -> Array:
        require_shape("r", r, (1,), "(num_space,)")
        return 2.0 * np.pi * self.gravitational_constant * self.mass**2 * jnp.abs(r[0])
