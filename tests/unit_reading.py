"""Units as the docstrings name them, and the same problem written in other units.

An entry of `Args:` is `name, name: text [unit], text [unit]`; one unit stands for all names of the
entry. Results have the units of `Returns:` or of the first paragraph; fields and properties those
of their own docstrings. "as for f" or "as in `f`" sends to the docstring of f.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np

from zitter.system.constants import unit_powers

_SECTION = re.compile(r"^(Args|Returns|Raises|Validity|Equation|References|Example):", re.M)
_BRACKET = re.compile(r"(?<![\w\]])\[([^\[\]]+)\]")
_ENTRY = re.compile(r"^ {4}(\w+(?:, \w+)*): (.*(?:\n {5,}.*)*)", re.M)
_ELSEWHERE = re.compile(r"\bas (?:for|in) `?(\w+)`?|[Aa]s `(\w+)`")

USUAL = dict.fromkeys(("x", "X", "q", "Q", "Q0", "loop"), "length")
USUAL |= dict(t="time", times="time", mass="mass", masses="mass", hbar="action")
"""Units of arguments that a docstring does not describe."""


class Units(NamedTuple):
    """Sizes of the old units of length, time and mass in new ones; `words` stand for powers."""

    length: float = 1.0
    time: float = 1.0
    mass: float = 1.0

    def of(self, unit: str) -> float:
        length, time, mass = unit_powers(unit)
        return self.length**length * self.time**time * self.mass**mass

    def rescaled(self, value: Any, unit: str | None) -> Any:
        """A value in the new units; of ln(unit), the logarithm's."""
        if unit is None:
            return value
        if unit.startswith("ln"):
            return np.asarray(value) + np.log(self.of(unit.removeprefix("ln")))
        return np.asarray(value) * self.of(unit)


class Made(NamedTuple):
    """An argument that is itself made of numbers with units: `maker(**arguments)`."""

    maker: Callable
    arguments: dict[str, Any]


class InUnits(NamedTuple):
    """An argument that a function of the units makes."""

    make: Callable[[Units], Any]


class Leaf(NamedTuple):
    where: str
    value: Any
    unit: str | None


def made(maker: Callable, **arguments: Any) -> Made:
    return Made(maker, arguments)


def worded(unit: str, words: dict[str, str]) -> str:
    for word, meaning in words.items():
        unit = re.sub(rf"\b{word}\b", f"({meaning})", unit)
    return unit


def units_in(text: str, words: dict[str, str]) -> list[str]:
    """Bracketed units of a text, in order; other things in brackets are passed over."""
    found = (worded(unit, words) for unit in _BRACKET.findall(text))
    return [unit for unit in found if _is_unit(unit)]


def _is_unit(unit: str) -> bool:
    try:
        unit_powers(unit.removeprefix("ln"))
    except ValueError:
        return False
    return True


def argument_units(thing: Any, words: dict[str, str]) -> dict[str, str]:
    """Unit of each argument that has one, by the docstring of a function or class."""
    doc = inspect.getdoc(thing) or ""
    found = USUAL | _inherited(doc, thing, words)
    for names, text in _ENTRY.findall(_sections(doc).get("Args", "")):
        found |= _entry_units(names.split(", "), text, thing, words)
    return found


def _inherited(doc: str, thing: Any, words: dict[str, str]) -> dict[str, str]:
    sentence = re.search(r"^Arguments[^.]* as for (\w+)", doc, re.M)
    return argument_units(_other(thing, sentence.group(1)), words) if sentence else {}


def _entry_units(names: list[str], text: str, thing: Any, words: dict[str, str]) -> dict[str, str]:
    elsewhere = _ELSEWHERE.search(text)
    if elsewhere:
        other = argument_units(_other(thing, elsewhere.group(1) or elsewhere.group(2)), words)
        return other if names == ["others"] else {n: other[n] for n in names if n in other}
    units = units_in(text, words)
    if len(units) == 1:
        return dict.fromkeys(names, units[0])
    if len(names) == 1:
        return {}
    if units and len(units) != len(names):
        raise AssertionError(f"{thing.__qualname__}: {len(units)} units for {', '.join(names)}.")
    return dict(zip(names, units, strict=False))


def _other(thing: Any, name: str) -> Any:
    return getattr(sys.modules[thing.__module__], name)


def _sections(doc: str) -> dict[str, str]:
    parts = _SECTION.split(doc)
    return {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))


def result_units(thing: Any, words: dict[str, str]) -> list[str]:
    """Units of the result in the order of a tuple."""
    doc = inspect.getdoc(thing) or ""
    sections = _sections(doc)
    found = units_in(sections.get("Returns", ""), words) or units_in(sections[""], words)
    sentence = re.search(r"(?:unit|[Rr]eturns) as for (\w+)", doc)
    if sentence and not found:
        return result_units(_other(thing, sentence.group(1)), words)
    return found


def has_unit(thing: Any) -> bool:
    """Whether a docstring names a unit, its own or by sending to another docstring."""
    words = {"unit of f": "1", "dof": "1", "num_axes": "1", "order": "1"}
    doc = inspect.getdoc(thing) or ""
    return bool(units_in(doc, words) or result_units(thing, words))


def field_units(kind: type, words: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Units in the docstrings of the fields of a class, and the one of the class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body
    found: dict[str, str] = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            units = units_in(text.value.value, words)
            found |= {field.target.id: units[0]} if units else {}
    return found, units_in(inspect.getdoc(kind) or "", words)[:1]


def leaves(where: str, value: Any, units: list[str], words: dict[str, str]) -> Iterator[Leaf]:
    """The numbers of a result, each with its unit."""
    if hasattr(value, "_fields"):
        named, common = field_units(type(value), words)
        for name in value._fields:
            unit = [named[name]] if name in named else units or common
            yield from leaves(f"{where}.{name}", getattr(value, name), unit, words)
    elif isinstance(value, tuple):
        each = units if len(units) == len(value) else units * len(value)
        for i, part in enumerate(value):
            yield from leaves(f"{where}[{i}]", part, each[i : i + 1], words)
    elif isinstance(value, eqx.Module):
        yield from _attribute_leaves(where, value, words)
    elif value is not None:
        yield Leaf(where, np.asarray(value), units[0] if units else None)


def _attribute_leaves(where: str, module: eqx.Module, words: dict[str, str]) -> Iterator[Leaf]:
    named = field_units(type(module), words)[0]
    for name, member in inspect.getmembers(type(module), lambda m: isinstance(m, property)):
        units = units_in(member.__doc__ or "", words)
        named |= {name: units[0]} if units else {}
    for name, unit in named.items():
        yield Leaf(f"{where}.{name}", np.asarray(getattr(module, name)), unit)


def in_units(value: Any, unit: str | None, u: Units, words: dict[str, str]) -> Any:
    """An argument in the new units."""
    match value:
        case Made(maker=maker, arguments=arguments):
            return call(maker, arguments, u, words)
        case InUnits(make=make):
            return make(u)
        case list() | tuple() if any(isinstance(v, (Made, InUnits)) for v in value):
            return [in_units(v, unit, u, words) for v in value]
        case float() | list() | tuple() | np.ndarray() | jax.Array():
            return u.rescaled(value, unit)
    return value


def call(maker: Callable, arguments: dict[str, Any], u: Units, words: dict[str, str]) -> Any:
    """`maker(**arguments)` with every argument in the new units."""
    named = argument_units(maker, words)
    scaled = {n: in_units(value, named.get(n), u, words) for n, value in arguments.items()}
    return maker(**scaled)
