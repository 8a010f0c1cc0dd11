"""Unit systems of a scenario's file, and text such as "2 ps" as a number in one of them."""

from functools import cache
from typing import Any, Literal, NamedTuple

from scipy import constants as codata

from zitter.core.checks import require_choice
from zitter.system.constants import ATOMIC, HBAR, SI, UnitSystem, unit_powers

UnitName = Literal["natural", "atomic", "SI", "galactic"]

PARSEC, SOLAR_MASS = codata.parsec, 1.988409870698051e30
"""[m], and [kg] from the nominal G M of the sun (IAU 2015 B3) over CODATA's G."""

GALACTIC = UnitSystem(1e3 * PARSEC, PARSEC, SOLAR_MASS)
"""Kiloparsec, kiloparsec / (km/s), solar mass: velocities are in km/s."""

# The mass of a particle of 1e-22 eV/c², the unit of work on ultralight dark matter.
_DEFINITIONS = (
    "Msun = 1.988409870698051e30 kilogram",
    "m22 = 1e-22 * electron_volt / speed_of_light ** 2",
)


class Units(NamedTuple):
    """A unit system by its name; `system` is in SI, None for natural units (ħ = m = L = 1)."""

    name: str
    system: UnitSystem | None

    @property
    def hbar(self) -> float:
        """ħ in these units."""
        return 1.0 if self.system is None else HBAR / self.system.unit("action")


def units_of(name: str) -> Units:
    """The unit system "natural", "atomic", "SI" or "galactic".

    Raises:
        ValueError: an unknown name.
    """
    systems = {"natural": None, "atomic": ATOMIC, "SI": SI, "galactic": GALACTIC}
    require_choice("units", name, tuple(systems))
    return Units(name, systems[name])


def number_in(units: Units, value: Any, dimension: str) -> float:
    """A plain number as it is, or text with a unit ("0.5 um") as a number in `units`.

    Args:
        units: the declared system.
        value: number or text.
        dimension: a product of powers as `unit_powers` reads, such as "length/time".

    Raises:
        ValueError: not a number, an unknown unit, one of another dimension, or any unit where
            the system is natural.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f'must be a number or a text with a unit such as "2 ps", not {value!r}.')
    if not isinstance(value, str):
        return float(value)
    if units.system is None:
        raise ValueError(
            f'{value!r} has a unit, but units = "natural" has none (ħ = m = L = 1): '
            'write a plain number, or units = "SI".'
        )
    if dimension == "1":
        raise ValueError(f"must be a plain number, but is {value!r}.")
    return _in_si(value, dimension) / units.system.unit(dimension)


def label(units: Units, dimension: str) -> str:
    """Name of a unit for the axis of a figure, such as "m" or "ħ/(m L)"."""
    if units.system is None:
        return ""
    return _labels()[units.name].get(dimension, f"{units.name} unit of {dimension}")


@cache
def _labels() -> dict[str, dict[str, str]]:
    return {
        "SI": {
            "length": "m", "time": "s", "mass": "kg", "velocity": "m/s",
            "momentum": "kg m/s", "force": "N", "energy": "J",
        },
        "atomic": {"length": "a₀", "time": "ħ/E_h", "mass": "m_e", "energy": "E_h"},
        "galactic": {
            "length": "kpc", "time": "kpc/(km/s)", "mass": "M_sun", "velocity": "km/s",
        },
    }  # fmt: skip


def _in_si(text: str, dimension: str) -> float:
    import pint

    try:
        quantity = _registry()(text.replace("µ", "u"))
    except (pint.errors.PintError, ValueError, TypeError, SyntaxError, AttributeError) as error:
        raise ValueError(f'{text!r} is no number with a unit such as "2 ps" ({error}).') from None
    length, time, mass = unit_powers(dimension)
    wanted = f"meter ** {length} * second ** {time} * kilogram ** {mass}"
    try:
        return float(_registry().Quantity(quantity).to(wanted).magnitude)
    except pint.errors.DimensionalityError:
        raise ValueError(f"{text!r} is not a {dimension}.") from None


@cache
def _registry() -> Any:
    import pint

    registry = pint.UnitRegistry()
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry
