"""Scenarios broken at random, which the reader must refuse in sentences or take, never crash on.

    python tools/fuzz_scenarios.py 60 [SEED]

For so many seconds, shipped scenarios and templates are broken in one of four ways: bytes changed;
lines left out, doubled or exchanged; values exchanged by odd ones; keys exchanged by those of other
kinds. What is taken is planned now and then as well. Any error but a ValueError of at least one
sentence that names the file is a find, written with its text to standard output.
"""

import random
import re
import sys
import time
import traceback
import warnings

import zitter
from zitter.scenarios.changing import as_toml
from zitter.scenarios.kinds import KINDS, config_of, shipped, template
from zitter.scenarios.reading import ScenarioError, scenario_from_text
from zitter.scenarios.running import plan_of

assert zitter.__version__
ODD = (
    "0", "-1", "1e308", "-1e-308", "1e-300", "nan", "inf", "-inf", "true", "9223372036854775808",
    "1" + "0" * 400, '""', '"x"', '"1 m"', '"2 ps"', '"1e400 s"', '"nan m"', '"kg"', '"1 +"', "'0'",
    '"1 m/0"', '"(1"', '"2**9999999 m"', "[]", "[[]]", "[1, [2]]", "{}", "{ kind = 1 }", "'''\n'''",
    "1979-05-27", "07:32:00", "[1.0, nan]", '["1 m", 2]', '{ kind = "harmonic" }', '"ħ"', "0x_1",
    '"\\u0000"', '"a:b"', '"a.py:f"', '"U.csv"', "[{ width = 1 }]", "[{}]",
)  # fmt: skip
BYTES = "{}[]=\".,#\n'\\-+e0ħ\x00 "
PLANNED = 0.1
"""Part of the right scenarios that are planned too: this takes longer than reading."""
LONGEST_PLAN = 4000
"""Numbers above this make a plan of a large problem, whose preparation is not what is tested."""


def texts() -> list[str]:
    return [*shipped().values(), *map(template, KINDS)]


def broken(text: str, rng: random.Random) -> str:
    for _ in range(rng.choice((1, 1, 2, 4))):
        text = rng.choice((_bytes, _lines, _values, _values, _keys))(text, rng)
    return text


def _bytes(text: str, rng: random.Random) -> str:
    at, gone = rng.randrange(len(text) + 1), rng.choice((0, 1, 3))
    return text[:at] + "".join(rng.choices(BYTES, k=rng.randrange(3))) + text[at + gone :]


def _lines(text: str, rng: random.Random) -> str:
    lines = text.splitlines() or [""]
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(3):
        case 0:
            del lines[a]
        case 1:
            lines.insert(b, lines[a])
        case 2:
            lines[a], lines[b] = lines[b], lines[a]
    return "\n".join(lines)


def _values(text: str, rng: random.Random) -> str:
    found = list(re.finditer(r"(?<==)\s*([^\s,}\]#]+)", text))
    if not found:
        return text
    one = rng.choice(found)
    return text[: one.start(1)] + rng.choice(ODD) + text[one.end(1) :]


def _keys(text: str, rng: random.Random) -> str:
    config = config_of(rng.choice(KINDS))
    name = rng.choice([*config.model_fields, "units.x", '"a b"', "[x]", "body[0].mass", "plasma"])
    value = rng.choice((*ODD, as_toml(rng.choice(("SI", "atomic", "galactic", 1, 2.5)))))
    return f"{text}\n{name} = {value}\n" if rng.random() < 0.5 else f"{name} = {value}\n{text}"


def fault_of(text: str, plan: bool) -> str:
    """The traceback of a crash, what is wrong with a message, or nothing."""
    try:
        config = scenario_from_text(text, "s.toml")
    except ScenarioError as error:
        return "" if _is_told(str(error)) else f"message: {error}"
    except Exception:
        return traceback.format_exc()
    if not plan or any(float(n) > LONGEST_PLAN for n in re.findall(r"\b\d+(?:\.\d+)?\b", text)):
        return ""
    try:
        plan_of(config)
    except ValueError as error:
        return "" if str(error) and "\n" not in str(error) else f"message: {error}"
    except Exception:
        return traceback.format_exc()
    return ""


def _is_told(message: str) -> bool:
    lines = message.splitlines()
    return bool(lines) and all(re.match(r"s\.toml(:\d+)?: \S.*[.?]", line) for line in lines)


def fuzz(seconds: float, seed: int, plan: float = PLANNED) -> tuple[int, int, list[str]]:
    """Scenarios tried, scenarios taken, and the faults found."""
    rng, started = random.Random(seed), time.monotonic()
    whole, tried, taken, found = texts(), 0, 0, []
    while time.monotonic() - started < seconds:
        text = broken(rng.choice(whole), rng)
        fault = fault_of(text, rng.random() < plan)
        tried += 1
        if fault:
            found.append(f"{text}\n---- {fault}")
        else:
            try:
                scenario_from_text(text)
                taken += 1
            except ValueError:
                continue
    return tried, taken, found


def main() -> None:
    warnings.simplefilter("ignore")
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    tried, taken, found = fuzz(seconds, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    for fault in found[:10]:
        print(f"=== {fault}")
    print(f"{tried} broken scenarios, {taken} of them still right, {len(found)} faults")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
