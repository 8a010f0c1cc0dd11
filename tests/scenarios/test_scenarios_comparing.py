"""Runs compared where they have something in common."""

import json

import numpy as np
import pytest
import xarray as xr

import zitter
from zitter.report.comparison import as_text
from zitter.scenarios.comparing import compare

CLOUD = """kind = "bodies"
softening = 0.3
end = 0.5
num_samples = 5
time_step = {step}
cloud = {{ kind = "plummer", num_bodies = 40, mass = 1.0, radius = 1.0 }}
"""


def run_of(values, times, *, unit="m", units="SI", scenario=None, dims=("time",), **more):
    data = xr.Dataset({"x": (dims, np.asarray(values), {"unit": unit})}, {"time": times} | more)
    tree = xr.DataTree.from_dict({"/": xr.Dataset(), "/a": data})
    tree.attrs = {"units": units, "scenario": scenario or {}}
    return tree


def test_differences_are_those_at_common_times():
    a = run_of([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], scenario={"seed": 1})
    b = run_of([3.0, 9.0, 5.0, 9.0], [0.0, 0.5, 1.0, 1.5], scenario={"seed": 2})
    found = compare([a, b], "ab").isel(pair=0, variable=0)
    assert found.num_common.item() == 2
    assert found.rms.item() == pytest.approx(np.sqrt((9.0 + 16.0) / 2))
    assert found.largest.item() == 4.0
    assert found["size"].item() == pytest.approx(np.sqrt((9.0 + 25.0) / 2))
    table = compare([a, b], "ab")
    assert json.loads(table.attrs["differs"]) == [{"seed": [1, 2]}]
    assert "seed: 1 → 2" in as_text(table)
    assert str(table.unit.values[0]) == "m"


def test_a_run_is_equal_to_itself_and_complex_numbers_are_compared_by_modulus():
    a = run_of([1j, 2.0], [0.0, 1.0])
    assert compare([a, a], "aa").largest.item() == 0.0
    b = run_of([1j, 2.0 + 3j], [0.0, 1.0])
    assert compare([a, b], "ab").largest.item() == 3.0


def test_a_number_against_none_is_infinitely_far_and_none_against_none_is_not_compared():
    a, b = run_of([1.0, np.nan], [0.0, 1.0]), run_of([1.0, 2.0], [0.0, 1.0])
    assert np.isinf(compare([a, b], "ab").rms.item())
    found = compare([a, a], "aa")
    assert found.num_common.item() == 1
    assert found.rms.item() == 0.0


def test_large_results_are_compared_in_blocks_with_the_same_result(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50, 3))
    a, b = (run_of(v, np.arange(50.0), dims=("time", "space")) for v in (x, y))
    whole = compare([a, b], "ab")
    monkeypatch.setattr("zitter.scenarios.comparing.BLOCK", 20)
    parts = compare([a, b], "ab")
    assert parts.rms.item() == pytest.approx(whole.rms.item(), rel=1e-14)
    assert parts.rms.item() == pytest.approx(np.sqrt(np.mean((x - y) ** 2)), rel=1e-14)


def test_means_of_ensembles_are_compared_in_standard_errors():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 400))
    a, b, c = (run_of(v, [0.0], dims=("run",)) for v in (x, y, y + 1.0))
    assert compare([a, b], "ab").in_errors.item() < 3.0
    assert compare([a, c], "ac").in_errors.item() > 10.0


def test_what_is_left_out_is_named_with_its_reason():
    a, b = run_of([1.0], [0.0]), run_of([1.0], [0.0])
    for tree, unit in ((a, "m"), (b, "s")):
        tree["a/y"] = xr.Variable("time", [1.0], {"unit": unit})
        tree["a/word"] = xr.Variable("time", ["w"])
    a["a/z"] = xr.Variable("time", [1.0])
    said = compare([a, b], "ab").attrs["left_out"]
    assert said == {"a/y": "other units", "a/z": "not in every run", "a/word": "no numbers"}
    with pytest.raises(ValueError, match="nothing in common: a/x: no coordinates in common"):
        compare([run_of([1.0, 2.0], [0.0, 1.0]), run_of([1.0, 2.0], [0.3, 1.3])], "ab")


def test_runs_in_different_units_or_a_single_run_are_refused():
    with pytest.raises(ValueError, match="same units, but are in SI and atomic"):
        compare([run_of([1.0], [0.0]), run_of([1.0], [0.0], units="atomic")], "ab")
    with pytest.raises(ValueError, match="at least two"):
        compare([run_of([1.0], [0.0])], "a")


def test_the_exponent_of_the_leapfrog_is_two(tmp_path):
    runs = []
    for step in (2**-5, 2**-6, 2**-7):
        zitter.run_scenario(CLOUD.format(step=step), tmp_path / str(step))
        runs.append(zitter.open(tmp_path / str(step)))
    table = compare(runs, "abc")
    assert table.attrs["exponent_of"] == "time_step"
    exponent = table.exponent.sel(variable=["bodies/position", "bodies/velocity"])
    np.testing.assert_allclose(exponent, 2.0, atol=0.1)
    assert "time_step^exponent" in as_text(table)
    assert "exponent" not in compare(runs[:2], "ab")


def test_there_is_no_exponent_where_the_ratio_changes():
    times = np.arange(3.0)
    values = ((1.0, 0.1), (2.0, 0.2), (8.0, 0.4))
    runs = [run_of(times * x, times, scenario={"n": n}) for n, x in values]
    assert "exponent" not in compare(runs, "abc")
    assert compare(runs, "abc").factor.item() == pytest.approx(0.5)
