"""Every mistake in a scenario gets its sentence, with file, line and key."""

import re
import string
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from broken_scenarios import BROKEN as OTHERS
from hypothesis import given, settings
from hypothesis import strategies as st

from zitter.scenarios.kinds import KINDS, config_of, shipped, template, text_of
from zitter.scenarios.reading import ScenarioError, lines_of, read_scenario, scenario_from_text

START = 'kind = "centre_of_mass"\n'
BROKEN = {
    "no kind": ("seed = 1", "`kind` is missing: add kind = one of"),
    "misspelt kind": ('kind = "centre_of_mas"', "Did you mean 'centre_of_mass'"),
    "no TOML": ("kind = ", "s:1: no valid TOML"),
    "a key twice": (START + "seed = 1\nseed = 2", "s:3: no valid TOML"),
    "unknown units": (START + 'units = "imperial"', "s:2: `units` must be one of natural"),
    "misspelt key": (START + "num_particle = 3", "s:2: `num_particle` is not a key.*num_particles"),
    "unknown key": (START + "zzz = 3", "Known here: .*num_runs"),
    "misspelt key in a table": (
        START + '[potential]\nkind = "harmonic"\nstifness = 2.0',
        "s:4: `potential.stifness` is not a key of this table. Did you mean 'stiffness'",
    ),
    "missing key in a table": (
        START + '[potential]\nkind = "uniform_force"',
        "s:2: `potential.*force` is missing",
    ),
    "unknown potential": (START + 'potential = { kind = "harmonc" }', "Did you mean 'harmonic'"),
    "potential without a kind": (START + "[potential]\nforce = 1.0", "needs a key `kind`"),
    "wrong choice": (START + 'statistics = "boson"', "s:2: `statistics`.*Did you mean 'bosons'"),
    "below the range": (START + "num_runs = 0", "`num_runs` must be at least 1, but is 0"),
    "above the range": (START + "num_particles = 20001", "must be at most 20000"),
    "negative time": (START + "end = -1.0", "`end` must be positive, but is -1"),
    "not finite": (START + "end = nan", "`end` must be finite"),
    "infinite": (START + "end = inf", "`end` must be finite"),
    "text for a number": (START + 'num_runs = "many"', "`num_runs` must be .*integer.*'many'"),
    "half a particle": (START + "num_particles = 2.5", "`num_particles` must be .*integer"),
    "yes for a number": (START + "end = true", "`end` must be a number"),
    "list for a number": (START + "end = [1.0]", "`end` must be a number"),
    "unit in natural units": (START + 'end = "2 ps"', 'units = "natural" has none'),
    "no default in SI": (START + 'units = "SI"', "must give mass and orbital"),
    "wrong dimension": (
        START
        + 'units = "SI"\nmass = "1 kg"\nend = "2 m"\n[[orbital]]\npackets = [{ width = 1.0 }]',
        "s:4: `end` '2 m' is not a time",
    ),
    "unknown unit": (
        START + 'units = "SI"\nmass = "1 blorp"\n[[orbital]]\npackets = [{ width = 1.0 }]',
        "`mass` '1 blorp' is no number with a unit",
    ),
    "negative width": (
        START + "[[orbital]]\n[[orbital.packets]]\nwidth = 1.0\n[[orbital.packets]]\nwidth = -1.0",
        r"s:6: `orbital\[0\].packets\[1\].width\[0\]` must be positive",
    ),
    "no packets": (START + "[[orbital]]\npackets = []", "must have at least 1 entries, but has 0"),
    "four axes": (
        START + "[[orbital]]\npackets = [{ centre = [1.0, 2.0, 3.0, 4.0] }]",
        "must have at most 3 entries, but has 4",
    ),
    "mixed axes": (
        START + "[[orbital]]\npackets = [{ centre = [1.0, 2.0] }, { centre = [1.0, 2.0, 3.0] }]",
        "mixes packets of two and of three axes",
    ),
    "two fermions in one orbital": (
        START + 'num_particles = 2\nstatistics = "fermions"',
        "has 1 orbitals for 2 fermions",
    ),
    "superposition of one": (START + 'statistics = "superposition"', "at least two orbitals"),
    "steps of a path": (START + "num_steps = 9", "which only a diffusion takes"),
    "negative seed": (START + "seed = -1", "`seed` must be at least 0"),
    "table for a text": (START + "title = { a = 1 }", "`title` must be .*string"),
}


@pytest.mark.parametrize("name", [*BROKEN, *OTHERS])
def test_a_broken_scenario_gets_its_sentence(name):
    text, sentence = (BROKEN | OTHERS)[name]
    with pytest.raises(ScenarioError, match=sentence) as error:
        scenario_from_text(text, "s")
    lines = len(text.splitlines())
    for said in str(error.value).splitlines():
        where = re.match(r"s:(\d+): \S", said)
        assert where
        assert 1 <= int(where[1]) <= max(lines, 1)
        assert "Value error" not in said


def test_there_are_a_hundred_broken_scenarios():
    assert len(BROKEN | OTHERS) == len(BROKEN) + len(OTHERS) >= 100


def test_three_seconds_of_random_mistakes_find_no_crash():
    tool = Path(__file__).parents[2] / "tools" / "fuzz_scenarios.py"
    words = [sys.executable, str(tool), "3", "7"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 faults" in done.stdout


def test_all_mistakes_are_named_at_once():
    with pytest.raises(ScenarioError) as error:
        scenario_from_text(START + "seed = -1\nnum_runs = 0\nfoo = 1", "s")
    assert len(str(error.value).splitlines()) == 3


def test_a_file_that_is_not_there_gets_a_sentence(tmp_path):
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path / "none.toml")
    with pytest.raises(ValueError, match="Did you mean 'condensate'"):
        text_of("condensat")


TEXT = st.text(string.printable, max_size=12)
VALUES = st.one_of(
    st.integers(), st.floats(), st.booleans(), TEXT.map(lambda t: f"'''{t.replace(chr(39), '')}'''")
)
KEYS = st.sampled_from(
    [*config_of("centre_of_mass").model_fields, "orbital.packets", "potential.kind", "x", "a.b"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(KEYS, VALUES), max_size=4), TEXT)
def test_no_text_makes_the_reader_crash(pairs, tail):
    lines = [f"{key} = {str(value).lower()}" for key, value in pairs]
    for text in ("\n".join([START, *lines]), START + tail):
        with suppress(ScenarioError):
            scenario_from_text(text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_template_is_right_and_names_every_key(kind):
    text = template(kind)
    assert scenario_from_text(text) == scenario_from_text(f'kind = "{kind}"')
    for key in config_of(kind).model_fields:
        assert key in text


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_is_right(name):
    assert scenario_from_text(shipped()[name], name).title


def test_units_are_read_and_plain_numbers_are_in_the_declared_system():
    text = START + 'units = "atomic"\nmass = "1 electron_mass"\nend = 3.0\n[[orbital]]\n'
    config = scenario_from_text(text + 'packets = [{ width = "1 bohr", momentum = "1 hbar/bohr" }]')
    assert config.mass == pytest.approx(1.0, rel=1e-8)
    assert config.orbital[0].packets[0].width[0] == pytest.approx(1.0, rel=1e-8)
    assert config.orbital[0].packets[0].momentum[0] == pytest.approx(1.0, rel=1e-8)
    assert config.end == 3.0


def test_lines_are_found_in_nested_tables():
    text = "a = 1\n[b]\nc.d = 2\n[[e]]\nf = 3\n[[e]]\n[[e.g]]\nh = 4\n"
    lines = lines_of(text)
    assert lines["b", "c", "d"] == 3
    assert lines["e", 0, "f"] == 5
    assert lines["e", 1, "g", 0, "h"] == 8
