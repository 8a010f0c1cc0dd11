"""Constants of nature and unit systems; scaling of a problem to ħ = m = L = 1 and back.

A problem in SI is full of numbers such as 1e-68 that underflow; scaled by its own length and
mass, with time in m L²/ħ, it is of order one. Charges need no unit of their own: in a scaled
problem the Coulomb coupling k q Q is an energy times a length.
"""

import ast
import math
from typing import NamedTuple

from jax import Array
from scipy import constants as codata

from zitter.core.checks import require_positive

HBAR = codata.hbar
GRAVITATIONAL_CONSTANT = codata.G
COULOMB_CONSTANT = 1.0 / (4.0 * math.pi * codata.epsilon_0)
ELEMENTARY_CHARGE = codata.e
ELECTRON_MASS = codata.m_e
PROTON_MASS = codata.m_p
BOLTZMANN_CONSTANT = codata.k

_POWERS: dict[str, tuple[float, float, float]] = {
    "length": (1, 0, 0),
    "time": (0, 1, 0),
    "mass": (0, 0, 1),
    "velocity": (1, -1, 0),
    "acceleration": (1, -2, 0),
    "momentum": (1, -1, 1),
    "force": (1, -2, 1),
    "energy": (2, -2, 1),
    "action": (2, -1, 1),
    "hbar": (2, -1, 1),
}


class UnitSystem(NamedTuple):
    """Sizes of the units of length, time and mass, each in the units of the problem (mostly SI)."""

    length: float
    """[length]"""
    time: float
    """[time]"""
    mass: float
    """[mass]"""

    def unit(self, unit: str) -> float:
        """Size of a derived unit in the units of the problem, such as unit("mass*length/time^2").

        Args:
            unit: a product of powers of length, time, mass, velocity, acceleration, momentum,
                force, energy and action.

        Raises:
            ValueError: the unit cannot be read.
        """
        length, time, mass = unit_powers(unit)
        return self.length**length * self.time**time * self.mass**mass

    def into(self, value: float | Array, unit: str) -> float | Array:
        """A value of the problem as a multiple of this system's unit, value/unit."""
        return value / self.unit(unit)

    def back(self, value: float | Array, unit: str) -> float | Array:
        """A value in this system in the units of the problem, value·unit."""
        return value * self.unit(unit)

    def hbar(self) -> float:
        """Planck's constant ħ in this system, if the problem is in SI [energy*time]."""
        return float(self.into(HBAR, "action"))

    def gravitational_constant(self) -> float:
        """Newton's constant G in this system, if the problem is in SI [length^3/mass/time^2]."""
        return float(self.into(GRAVITATIONAL_CONSTANT, "length^3/mass/time^2"))

    def coulomb_coupling(self, charge_number: float = 1.0) -> float:
        """Coulomb energy times distance k e² Z in this system, if the problem is in SI.

        Args:
            charge_number: product Z of the two charges in elementary charges [1].

        Returns:
            k e² Z [energy*length].
        """
        coupling = COULOMB_CONSTANT * ELEMENTARY_CHARGE**2 * charge_number
        return float(self.into(coupling, "energy*length"))


def scaled(length: float, mass: float, hbar: float = HBAR) -> UnitSystem:
    """Natural units of a problem, in which ħ = m = L = 1: time m L²/ħ.

    Velocities are then in ħ/(m L), forces in ħ²/(m L³), energies in ħ²/(m L²).

    Args:
        length: a length of the problem, such as the width of a packet [length].
        mass: a mass of the problem [mass].
        hbar: Planck's constant in the units of the problem; SI by default [mass*length^2/time].

    Returns:
        UnitSystem.

    Raises:
        ValueError: a value is not positive.
    """
    require_positive("length", length)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    return UnitSystem(float(length), float(mass * (length / hbar) * length), float(mass))


SI = UnitSystem(1.0, 1.0, 1.0)
"""Metre, second, kilogram."""

ATOMIC = scaled(codata.physical_constants["Bohr radius"][0], ELECTRON_MASS)
"""Bohr radius, atomic time, electron mass: ħ = m_e = k e² = 1."""


def unit_powers(unit: str) -> tuple[float, float, float]:
    """Powers of (length, time, mass) in a unit such as "mass*length/time^2", "1" or "1/length²".

    Raises:
        ValueError: the unit is not a product of powers of the known names.
    """
    text = unit.replace("²", "^2").replace("³", "^3").replace("^", "**")
    try:
        return _powers(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, KeyError, TypeError):
        known = ", ".join(_POWERS)
        raise ValueError(
            f"`unit` must be a product of powers of {known}, but is {unit!r}."
        ) from None


def _powers(node: ast.AST) -> tuple[float, float, float]:
    match node:
        case ast.Name(id=name):
            return _POWERS[name]
        case ast.Constant(value=1):
            return (0, 0, 0)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            a, power = _powers(left), _number(right)
            return (a[0] * power, a[1] * power, a[2] * power)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            sign = 1 if isinstance(op, ast.Mult) else -1
            a, b = _powers(left), _powers(right)
            return (a[0] + sign * b[0], a[1] + sign * b[1], a[2] + sign * b[2])
    raise TypeError


def _number(node: ast.AST) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _number(left) / _number(right)
    raise TypeError
