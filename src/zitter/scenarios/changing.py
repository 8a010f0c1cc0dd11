"""Values of a scenario's keys exchanged by other ones, from a command line: lists and ranges."""

import itertools
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from zitter.scenarios.kinds import config_of
from zitter.scenarios.reading import ScenarioError, dotted, scenario_from_text, schemas_at

Place = tuple[str | int, ...]

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_NUMBER = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*$")


def place_of(key: str) -> Place:
    """The place of a dotted key in the tree: "packets[0].width" is ("packets", 0, "width").

    Raises:
        ValueError: it cannot be read.
    """
    steps, end = [], 0
    for found in _STEP.finditer(key):
        if found.start() != end:
            break
        end = found.end()
        steps.append(found[1] if found[2] is None else int(found[2]))
    if end != len(key) or not steps or isinstance(steps[0], int):
        raise ValueError(f"{key!r} is no key: write it as in seed or packets[0].width.")
    return tuple(steps)


def with_values(text: str, values: Mapping[str, Any]) -> str:
    """A scenario as TOML in which keys have other values; comments are lost.

    Raises:
        ValueError: a key lies in what is no table or list, or beyond the end of a list.
    """
    tree = tomllib.loads(text)
    for key, value in values.items():
        _put(tree, place_of(key), value)
    return "".join(f"{_key(name)} = {as_toml(value)}\n" for name, value in tree.items())


def as_toml(value: Any) -> str:
    """A value of a tree on one line of TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {as_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_values(text: str, setting: str, name: str = "scenario") -> tuple[str, list[Any]]:
    """Key and values of "key=a,b,c", "key=start:stop:num" or "key=log:start:stop:num".

    Ends of a range may have one unit. Where the key takes whole numbers, those of a range are
    rounded, and each is taken once.

    Args:
        text: the scenario whose key it is.
        setting: key and values.
        name: stands for the file of the scenario in messages.

    Raises:
        ScenarioError: mistakes in the scenario itself.
        ValueError: it cannot be read.
    """
    scenario_from_text(text, name)
    key, equals, written = setting.partition("=")
    if not equals or not written.strip():
        raise ValueError(
            f"{setting!r} must be key=a,b,c or key=start:stop:num, log:start:stop:num."
        )
    key = dotted(place_of(key.strip()))
    if not re.match(r"^(log:)?[^:,\[{\"']+:[^:,]+:\s*\d+\s*$", written):
        return key, _listed(written)
    values, unit = _range(setting, written.removeprefix("log:"), written.startswith("log:"))
    if _takes_whole_numbers(text, key):
        return key, list(dict.fromkeys(round(v) for v in values))
    return key, [f"{v!r} {unit}" if unit else v for v in values]


def require_right(text: str, name: str, settings: Mapping[str, Sequence[Any]]) -> None:
    """Raise unless every combination of values makes a right scenario; all mistakes are named.

    Raises:
        ScenarioError: mistakes, once each.
        ValueError: a key lies in what is no table or list.
    """
    mistakes: dict[str, str] = {}
    for values in combinations(settings):
        try:
            scenario_from_text(with_values(text, values), name)
        except ScenarioError as error:
            shown = ", ".join(f"{k} = {as_toml(v)}" for k, v in values.items())
            for line in str(error).splitlines():
                # Lines are those of the changed text, which nobody sees.
                said = line.split(": ", 1)[1]
                mistakes.setdefault(said, f"{name} with {shown}: {said}")
    if mistakes:
        raise ScenarioError("\n".join(mistakes.values()))


def combinations(settings: Mapping[str, Sequence[Any]]) -> Iterable[dict[str, Any]]:
    """Every combination of the values of keys, the last key fastest."""
    for values in itertools.product(*settings.values()):
        yield dict(zip(settings, values, strict=True))


def value_at(tree: Any, place: Place) -> Any:
    """What lies at a place of a tree of dictionaries and lists; None if nothing does."""
    for step in place:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def differences(a: Any, b: Any, place: Place = ()) -> dict[str, tuple[Any, Any]]:
    """Keys in which two trees of dictionaries and lists differ, with both values."""
    if isinstance(a, dict) and isinstance(b, dict):
        pairs = [(key, a.get(key), b.get(key)) for key in dict.fromkeys([*a, *b])]
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        pairs = [(n, x, y) for n, (x, y) in enumerate(zip(a, b, strict=True))]
    else:
        return {} if a == b else {dotted(place): (a, b)}
    found: dict[str, tuple[Any, Any]] = {}
    for step, x, y in pairs:
        found |= differences(x, y, (*place, step))
    return found


def _put(tree: Any, place: Place, value: Any) -> None:
    here = tree
    for n, (step, following) in enumerate(itertools.pairwise(place)):
        if isinstance(here, dict) and isinstance(step, str):
            here = here.setdefault(step, [] if isinstance(following, int) else {})
        else:
            here = _entry(here, place[: n + 1])
    last = place[-1]
    if isinstance(last, int):
        _entry(here, place)
    elif not isinstance(here, dict):
        raise ValueError(f"`{dotted(place)}` is no key: `{dotted(place[:-1])}` is no table.")
    here[last] = value


def _entry(here: Any, place: Place) -> Any:
    step = place[-1]
    if not isinstance(here, list) or not isinstance(step, int) or step >= len(here):
        raise ValueError(f"`{dotted(place)}` is no key: the scenario writes no such entry.")
    return here[step]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name, ensure_ascii=False)


def _listed(written: str) -> list[Any]:
    try:
        return list(tomllib.loads(f"v = [{written}]")["v"])
    except tomllib.TOMLDecodeError:
        return [_value(part.strip()) for part in written.split(",")]


def _value(written: str) -> Any:
    try:
        return tomllib.loads(f"v = {written}")["v"]
    except tomllib.TOMLDecodeError:
        return written


def _range(setting: str, written: str, is_log: bool) -> tuple[list[float], str]:
    *ends, num = written.split(":")
    read = [_NUMBER.match(end) for end in ends]
    if not all(read) or int(num) < 1:
        raise ValueError(f"{setting!r} must be a range start:stop:num of numbers, num at least 1.")
    start, stop = (float(found[1]) for found in read if found)
    units = {found[2] for found in read if found}
    if len(units) > 1:
        raise ValueError(f"{setting!r} must give both ends in one unit, not in {sorted(units)}.")
    if is_log and not start * stop > 0.0:
        raise ValueError(f"{setting!r} must have ends of one sign to have steps of one ratio.")
    values = (np.geomspace if is_log else np.linspace)(start, stop, int(num))
    return [int(v) if v.is_integer() and not units - {""} else v for v in values.tolist()], *units


def _takes_whole_numbers(text: str, key: str) -> bool:
    tree = tomllib.loads(text)
    kind = tree.get("kind")
    schema = config_of(kind).model_json_schema()
    types = {s.get("type") for s in schemas_at(schema, place_of(key), tree)}
    return "integer" in types and "number" not in types
