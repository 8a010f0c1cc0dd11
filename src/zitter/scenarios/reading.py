"""A scenario's file read, with every mistake in one go: file, line, key, what is allowed."""

import re
import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from zitter.scenarios.kinds import KINDS, config_of
from zitter.scenarios.model import Plasma, Scenario
from zitter.scenarios.units import UnitName, Units, plasma_units, units_of

Place = tuple[str | int, ...]

_KEY = re.compile(
    r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")


class ScenarioError(ValueError):
    """Every mistake of one scenario's file, one line each."""


def read_scenario(path: str | Path) -> Scenario:
    """The scenario in a TOML file.

    Raises:
        ScenarioError: the file cannot be read, or holds mistakes; all of them are named.
    """
    path = Path(path)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error}).") from None
    return scenario_from_text(text, str(path))


def scenario_from_text(text: str, name: str = "scenario") -> Scenario:
    """The scenario in a text of TOML; `name` stands for the file in messages.

    Raises:
        ScenarioError: as `read_scenario`.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at line (\d+)", str(error))
        what = str(error).split(" (at ")[0]
        line = f":{where[1] if where else len(text.splitlines())}"
        raise ScenarioError(f"{name}{line}: no valid TOML: {what}.") from None
    lines = lines_of(text)
    kind, units = tree.get("kind"), tree.get("units", "natural")
    if kind not in KINDS:
        raise ScenarioError(_complaint(name, lines, ("kind",), _choice("kind", kind, KINDS)))
    names = get_args(UnitName)
    if units not in names:
        raise ScenarioError(_complaint(name, lines, ("units",), _choice("units", units, names)))
    model = config_of(kind)
    try:
        return model.model_validate(tree, context={"units": _declared(units, tree)})
    except ValidationError as error:
        complaints = [
            _complaint(name, lines, _without_tags(e["loc"], tree), _sentence(e, model, tree))
            for e in error.errors()
        ]
        raise ScenarioError("\n".join(dict.fromkeys(complaints))) from None


def _declared(units: str, tree: dict[str, Any]) -> Units:
    """The unit system of a file; SI if it is plasma and wrong, of which its own table will tell."""
    if units != "plasma":
        return units_of(units)
    try:
        plasma = Plasma.model_validate(tree.get("plasma"))
    except ValidationError:
        return units_of("SI")
    return plasma_units(plasma.density, plasma.temperature)


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def lines_of(text: str) -> dict[Place, int]:
    """Line number, from 1, of every key and table of a text of TOML, by its place in the tree."""
    found: dict[Place, int] = {}
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table(_names(header[2]), header[1] == "[[", counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_names(key[1])), number)
    return found


def _table(names: Place, is_entry: bool, counts: dict[Place, int]) -> Place:
    """Place of a table; each array of tables on the way stands for its latest entry."""
    place: Place = ()
    for depth, name in enumerate(names, start=1):
        place = (*place, name)
        if is_entry and depth == len(names):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


def _names(dotted: str) -> Place:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _without_tags(place: Place, tree: Any) -> Place:
    """The place in the file: pydantic adds the names of the members of a union."""
    kept: list[str | int] = []
    here: Any = tree
    for n, part in enumerate(place):
        if isinstance(here, dict) and part not in here and n + 1 < len(place):
            continue
        kept.append(part)
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
    return tuple(kept)


def _complaint(name: str, lines: dict[Place, int], place: Place, sentence: str) -> str:
    """One line: file, line of the nearest enclosing key or else of `kind`, key, sentence."""
    line = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)
    if line is None and place:
        line = next((n for key, n in lines.items() if key[: len(place)] == place), None)
    where = f"{name}:{line or lines.get(('kind',), 1)}"
    if not sentence.startswith("`"):
        sentence = f"`{dotted(place)}` {sentence}" if place else f"The scenario {sentence}"
    return f"{where}: {sentence}"


def dotted(place: Place) -> str:
    """A place as it is written: orbital[1].width."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _choice(key: str, value: Any, choices: Any) -> str:
    if value is None:
        return f"`{key}` is missing: add {key} = one of {', '.join(choices)}."
    near = get_close_matches(str(value), list(choices), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"`{key}` must be one of {', '.join(choices)}, but is {value!r}.{hint}"


def _sentence(error: Any, model: type[BaseModel], tree: Any) -> str:
    """What is wrong and what is allowed, in the words of the house."""
    limits, value = error.get("ctx", {}), error["input"]
    match error["type"]:
        case "missing":
            return "is missing."
        case "extra_forbidden":
            return _unknown_key(error["loc"], model, tree)
        case "greater_than":
            bound = limits["gt"]
            return (
                f"must be positive, but is {value!r}."
                if bound == 0
                else (f"must be above {bound:.10g}, but is {value!r}.")
            )
        case "greater_than_equal":
            return f"must be at least {limits['ge']:.10g}, but is {value!r}."
        case "less_than_equal":
            return f"must be at most {limits['le']:.10g}, but is {value!r}."
        case "less_than":
            return f"must be below {limits['lt']:.10g}, but is {value!r}."
        case "literal_error":
            return "must be one of " + _one_of(limits["expected"], value)
        case "union_tag_invalid":
            return "needs a `kind` that is one of " + _one_of(
                limits["expected_tags"], limits["tag"]
            )
        case "union_tag_not_found":
            return "needs a key `kind`."
        case "finite_number":
            return f"must be finite, but is {value!r}."
        case "value_error":
            return str(limits["error"])
        case "too_short":
            return f"must have at least {limits['min_length']} entries, but has {len(value)}."
        case "too_long":
            return f"must have at most {limits['max_length']} entries, but has {len(value)}."
        case _:
            return f"must be {_wanted(error['msg'])}, but is {value!r}."


def _wanted(message: str) -> str:
    """What pydantic asks for, in the words of TOML and with its article."""
    wanted = message.removeprefix("Input should be ").removeprefix("a valid ")
    wanted = re.sub(r"dictionary or (an )?(instance|object) .*", "table", wanted)
    if wanted.startswith(("a ", "an ")):
        return wanted
    return f"{'an' if wanted[0] in 'aeiou' else 'a'} {wanted}"


def _one_of(expected: str, value: Any) -> str:
    choices = re.findall(r"'([^']*)'", expected) or [expected]
    near = get_close_matches(str(value), choices, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{', '.join(choices)}, but is {value!r}.{hint}"


def _unknown_key(place: Place, model: type[BaseModel], tree: Any) -> str:
    known = sorted(_keys_at(_schema(model), place[:-1], tree))
    near = get_close_matches(str(place[-1]), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else f" Known here: {', '.join(known)}."
    return f"is not a key of this table.{hint}"


def _keys_at(schema: dict[str, Any], place: Place, tree: Any) -> set[str]:
    """Keys that the table at `place` may have, from the JSON schema."""
    options = [schema]
    here: Any = tree
    for part in place:
        here_has = isinstance(here, dict) and part in here
        if isinstance(part, str) and not here_has and here is not None:
            continue
        options = [inner for option in options for inner in _inside(schema, option, part)]
        here = here[part] if here is not None else None
    chosen = here.get("kind") if isinstance(here, dict) else None
    keys: set[str] = set()
    for resolved in (r for option in options for r in _resolved(schema, option)):
        if _tag(resolved) is None or chosen is None or _tag(resolved) == chosen:
            keys |= set(resolved.get("properties", {}))
    return keys


def schemas_at(schema: dict[str, Any], place: Place, tree: Any) -> list[dict[str, Any]]:
    """What a JSON schema says of the value at a place; of a union, of the kind that is chosen."""
    options = [schema]
    here: Any = tree
    for part in place:
        chosen = here.get("kind") if isinstance(here, dict) else None
        branches = [r for option in options for r in _resolved(schema, option)]
        fitting = [r for r in branches if _tag(r) in (None, chosen)] if chosen else branches
        options = [inner for r in fitting for inner in _inside(schema, r, part)]
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
    return [r for option in options for r in _resolved(schema, option)]


def _tag(option: dict[str, Any]) -> Any:
    return option.get("properties", {}).get("kind", {}).get("const")


def _resolved(schema: dict[str, Any], option: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in option:
        return _resolved(schema, schema["$defs"][option["$ref"].rsplit("/", 1)[1]])
    branches = option.get("anyOf", []) + option.get("oneOf", []) + option.get("allOf", [])
    return [option, *(r for branch in branches for r in _resolved(schema, branch))]


def _inside(schema: dict[str, Any], option: dict[str, Any], part: str | int):
    for resolved in _resolved(schema, option):
        if isinstance(part, int) and "items" in resolved:
            yield resolved["items"]
        elif part in resolved.get("properties", {}):
            yield resolved["properties"][part]
