"""Keys of a scenario exchanged by other values, from what is written on a command line."""

import tomllib

import pytest

from zitter.scenarios.changing import (
    as_toml,
    combinations,
    differences,
    place_of,
    read_values,
    require_right,
    value_at,
    with_values,
)
from zitter.scenarios.kinds import shipped
from zitter.scenarios.reading import ScenarioError

TEXT = shipped()["tunnelling"]


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("seed=1,2", [1, 2]),
        ("end=0.5", [0.5]),
        ("end=1 ps,2 ps", ["1 ps", "2 ps"]),
        ("dynamics=quantum,classical", ["quantum", "classical"]),
        ("packets[0].centre=[0.0, 1.0],[0.0, 2.0]", [[0.0, 1.0], [0.0, 2.0]]),
        ("end=1:2:3", [1, 1.5, 2]),
        ("end=1.5 ps : 2.5 ps : 2", ["1.5 ps", "2.5 ps"]),
        ("end=log:1:100:3", [1, 10, 100]),
        ("packets[0].centre=log:-1:-4:3", [-1, -2, -4]),
        ("num_samples=log:10:100:4", [10, 22, 46, 100]),
        ("num_samples=2:4:9", [2, 3, 4]),
        ("end=3:3:1", [3]),
    ],
)
def test_values_and_ranges_are_read(written, values):
    key, found = read_values(TEXT, written)
    assert found == pytest.approx(values) if isinstance(values[0], float) else found == values
    assert key == written.split("=")[0]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("seed", "must be key=a,b,c"),
        ("seed=", "must be key=a,b,c"),
        ("[0].a=1", "is no key"),
        ("a..b=1", "is no key"),
        ("end=a:b:3", "must be a range"),
        ("end=1:2:0", "num at least 1"),
        ("end=1 ps:2 fs:3", "both ends in one unit"),
        ("end=log:0:2:3", "ends of one sign"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(written, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_values(TEXT, written)


def test_a_changed_scenario_differs_in_that_key_alone():
    tree = tomllib.loads(TEXT)
    changed = tomllib.loads(with_values(TEXT, {"packets[0].width": 2.0, "box.num": 64}))
    assert differences(tree, changed) == {
        "packets[0].width": (1.5, 2.0),
        "box": (None, {"num": 64}),
    }


@pytest.mark.parametrize("name", shipped())
def test_a_scenario_survives_being_written(name):
    assert tomllib.loads(with_values(shipped()[name], {})) == tomllib.loads(shipped()[name])


def test_odd_text_survives_being_written():
    odd = {"a b": 'q"\\\n\t\x7fħ 🙂', "c": [True, 1e-300, {"d": "'"}]}
    text = "".join(f"{as_toml(k)} = {as_toml(v)}\n" for k, v in odd.items())
    assert tomllib.loads(text) == odd


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("packets[1].width", r"`packets\[1\]` is no key: the scenario writes no such entry"),
        ("title[0]", "writes no such entry"),
        ("title.width", "`title` is no table"),
        ("box[0].num", "writes no such entry"),
    ],
)
def test_a_key_where_none_can_be_gets_a_sentence(key, sentence):
    with pytest.raises(ValueError, match=sentence):
        with_values(TEXT, {key: 1})


def test_every_mistake_of_a_combination_is_named_once_with_its_values():
    with pytest.raises(ScenarioError) as error:
        require_right(TEXT, "t", {"end": [1, -2, "1 ps"], "num_samples": [1, 3], "sed": [1]})
    said = str(error.value).splitlines()
    assert len(said) == 4
    assert any("end = -2, num_samples = 1, sed = 1: `end` must be positive" in s for s in said)
    assert all(s.startswith("t with end = ") for s in said)


def test_combinations_take_the_last_key_first():
    pairs = [tuple(c.values()) for c in combinations({"a": [1, 2], "b": [3, 4]})]
    assert pairs == [(1, 3), (1, 4), (2, 3), (2, 4)]


def test_a_place_is_read_and_looked_up():
    assert place_of("a.b[2].c") == ("a", "b", 2, "c")
    assert value_at({"a": {"b": [0, 1, {"c": 5}]}}, place_of("a.b[2].c")) == 5
    assert value_at({"a": 1}, place_of("a.b[2]")) is None
