"""Unit systems of a scenario's file, and text such as "2 ps" as a number in one of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy import constants as codata

from zitter.core.checks import ValidityError, require_choice, require_positive
from zitter.system.constants import ATOMIC, HBAR, SI, UnitSystem, unit_powers

UnitName = Literal["natural", "atomic", "SI", "galactic", "plasma"]

LONGEST_TEXT = 80

PARSEC, SOLAR_MASS = codata.parsec, 1.988409870698051e30
"""[m], and [kg] from the nominal G M of the sun (IAU 2015 B3) over CODATA's G."""

GALACTIC = UnitSystem(1e3 * PARSEC, PARSEC, SOLAR_MASS)
"""Kiloparsec, kiloparsec / (km/s), solar mass: velocities are in km/s."""

# The mass of a particle of 1e-22 eV/c², the unit of work on ultralight dark matter.
_DEFINITIONS = (
    "Msun = 1.988409870698051e30 kilogram",
    "m22 = 1e-22 * electron_volt / speed_of_light ** 2",
)


_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?)\s*")
# Powers have one digit: numbers without end are not computed, whatever a file asks for.
_TOKENS = re.compile(r"[^\W\d]\w*|(?:\*\*|\^) *-?\d(?!\d)|[*/() ]|.")


class Units(NamedTuple):
    """A unit system by its name; `system` is in SI, None for natural units (ħ = m = L = 1)."""

    name: str
    system: UnitSystem | None

    @property
    def hbar(self) -> float:
        """ħ in these units."""
        return 1.0 if self.system is None else HBAR / self.system.unit("action")


def units_of(name: str) -> Units:
    """The unit system "natural", "atomic", "SI" or "galactic"; for "plasma", see `plasma_units`.

    Raises:
        ValueError: an unknown name.
    """
    systems = {"natural": None, "atomic": ATOMIC, "SI": SI, "galactic": GALACTIC}
    require_choice("units", name, tuple(systems))
    return Units(name, systems[name])


def plasma_units(density: float, temperature: float) -> Units:
    """Electron mass, Debye length λ_D = √(ε₀ k_B T/(n e²)), 1/ω_p = √(ε₀ m_e/(n e²)).

    Velocities are then in the thermal velocity √(k_B T/m_e) = λ_D ω_p, energies in k_B T.

    Args:
        density: number n of electrons [1/m³].
        temperature: k_B T [J].

    Raises:
        ValueError: values that are not positive.
    """
    require_positive("density", density)
    require_positive("temperature", temperature)
    time = np.sqrt(codata.epsilon_0 * codata.m_e / density) / codata.e
    length = np.sqrt(temperature / codata.m_e) * time
    return Units("plasma", UnitSystem(float(length), float(time), codata.m_e))


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
        try:
            return float(value)
        except OverflowError:
            raise ValueError("must be a number below 1e308.") from None
    if units.system is None:
        raise ValueError(
            f'{value!r} has a unit, but units = "natural" has none (ħ = m = L = 1): '
            'write a plain number, or units = "SI".'
        )
    if dimension == "1":
        raise ValueError(f"must be a plain number, but is {value!r}.")
    return _in_si(value, dimension) / units.system.unit(dimension)


def label(units: Units, dimension: str) -> str:
    """Name of the unit of a dimension in a system, such as "m" or "1/m^3"; none if natural.

    Args:
        units: the declared system.
        dimension: a product of powers as `unit_powers` reads.
    """
    if units.system is None or dimension == "1":
        return ""
    names = _labels()[units.name]
    return names.get(dimension) or re.sub(
        r"[a-z]+", lambda word: _as_factor(names[word[0]]), dimension.replace("*", " ")
    )


@contextmanager
def told_in(units: Units, scale: UnitSystem) -> Iterator[None]:
    """Context in which a refusal of what is computed in units of `scale` says so.

    Args:
        units: the declared system.
        scale: units of length and time of the computation, in declared units.
    """
    try:
        yield
    except ValidityError as error:
        if scale.length == scale.time == 1.0:
            raise
        length = f"{scale.length:.4g} {label(units, 'length')}".strip()
        time = f"{scale.time:.4g} {label(units, 'time')}".strip()
        raise ValidityError(
            f"{error} (Here lengths are in units of {length}, times of {time}.)"
        ) from None


def _as_factor(name: str) -> str:
    """The unit of one dimension, in brackets if it is a product."""
    return f"({name})" if re.search(r"[ /]", name) else name


@cache
def _labels() -> dict[str, dict[str, str]]:
    return {
        "SI": {
            "length": "m", "time": "s", "mass": "kg", "velocity": "m/s",
            "momentum": "kg m/s", "force": "N", "energy": "J",
        },
        "plasma": {
            "length": "λ_D", "time": "1/ω_p", "mass": "m_e", "velocity": "λ_D ω_p",
            "momentum": "m_e λ_D ω_p", "energy": "k_B T", "force": "k_B T/λ_D",
        },
        "atomic": {
            "length": "a₀", "time": "ħ/E_h", "mass": "m_e", "velocity": "a₀ E_h/ħ",
            "momentum": "ħ/a₀", "energy": "E_h", "force": "E_h/a₀",
        },
        "galactic": {
            "length": "kpc", "time": "kpc/(km/s)", "mass": "M_sun", "velocity": "km/s",
            "momentum": "M_sun km/s", "energy": "M_sun (km/s)^2", "force": "M_sun (km/s)^2/kpc",
        },
    }  # fmt: skip


def _in_si(text: str, dimension: str) -> float:
    import pint

    number, unit = _parts(text)
    length, time, mass = unit_powers(dimension)
    wanted = f"meter ** {length} * second ** {time} * kilogram ** {mass}"
    try:
        parsed = _registry().parse_units(unit)
        if dimension == "energy" and parsed.is_compatible_with("kelvin"):
            return codata.k * float(_registry().Quantity(number, parsed).to("kelvin").magnitude)
        return float(_registry().Quantity(number, parsed).to(wanted).magnitude)
    except pint.errors.DimensionalityError:
        raise ValueError(f"{text!r} is not a {dimension}.") from None
    except Exception as error:
        # What a parser of any text may raise is not known; all of it means the same.
        raise ValueError(
            f'{text!r} is no number with a unit such as "2 ps" ({_first_line(error)}).'
        ) from None


def _parts(text: str) -> tuple[float, str]:
    """Number and unit of a text, which is short and has no sums or towers of powers.

    Raises:
        ValueError: it is not of that form.
    """
    text = text.replace("µ", "u").replace("μ", "u").strip()
    found = _NUMBER.match(text)
    unit = text[found.end() :] if found else ""
    tokens = _TOKENS.findall(unit) if len(text) <= LONGEST_TEXT else ()
    if not found or not any(t[0].isalpha() for t in tokens) or any(map(_is_odd, tokens)):
        raise ValueError(f'{text[:40]!r} is no number with a unit such as "2 ps".')
    return float(found[1]), f"1 {unit}" if unit.startswith("/") else unit.removeprefix("*")


def _is_odd(token: str) -> bool:
    return len(token) == 1 and not token.isalpha() and token not in "*/() "


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


@cache
def _registry() -> Any:
    import pint

    registry = pint.UnitRegistry()
    for definition in _DEFINITIONS:
        registry.define(definition)
    return registry
