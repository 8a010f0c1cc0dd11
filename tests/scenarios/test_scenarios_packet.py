"""One body on a grid, from a file: closed forms, order of paths, resumed runs, refusals."""

import numpy as np
import pytest

import zitter
from zitter.core.checks import ValidityError
from zitter.scenarios import running
from zitter.scenarios.kinds import part_of
from zitter.scenarios.reading import ScenarioError, scenario_from_text

START = 'kind = "packet"\n'
FREE = START + "packets = [{ centre = 1.0, momentum = 2.0, width = 0.8 }]\nend = 1.5\n"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("end = 1e300", "points along an axis: ask for a shorter `end`"),
        ("packets = [{ centre = 1.0 }, { centre = 1.0, weight = -1.0 }]", "packets .* cancel"),
        ("packets = [{ weight = 0.0 }]", "must not all be zero"),
        ('[potential]\nkind = "quartic"\ncoefficient = -1.0', "not finite within the run"),
    ],
)
def test_a_run_that_nothing_can_hold_is_refused_at_once(keys, sentence):
    with pytest.raises(ValueError, match=sentence):
        running.plan_of(scenario_from_text(START + keys))


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    folder = tmp_path_factory.mktemp("free") / "run"
    zitter.run_scenario(FREE + "num_samples = 12\nnum_paths = 50\n", folder)
    return folder


def test_a_free_packet_spreads_as_kennard_says(free):
    data = zitter.open(free)["field"].to_dataset().load()
    x, t = data.x.values, 1.5
    width = 0.8 * np.hypot(1.0, t / (2.0 * 0.8**2))
    exact = np.exp(-0.5 * ((x - 4.0) / width) ** 2) / (np.sqrt(2.0 * np.pi) * width)
    np.testing.assert_allclose(data.density.values[-1], exact, atol=1e-6)
    assert data.density.attrs["meaning"] == "|ψ|²"
    assert np.ptp(data.energy.values) < 1e-7


def test_paths_keep_their_place_in_units_of_the_width(free):
    paths = zitter.open(free)["paths"].position.values[:, :, 0]
    width = 0.8 * np.hypot(1.0, 1.5 / (2.0 * 0.8**2))
    np.testing.assert_allclose((paths[-1] - 4.0) / width, (paths[0] - 1.0) / 0.8, atol=1e-4)


def test_a_run_in_two_calls_is_the_run_in_one(free, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    text = FREE + "num_samples = 12\nnum_paths = 50\n"
    with pytest.raises(KeyboardInterrupt):
        zitter.run_scenario(text, tmp_path / "cut", report=stop)
    running.resume(tmp_path / "cut")
    for group in ("field", "paths"):
        whole, cut = (zitter.open(f)[group].to_dataset().load() for f in (free, tmp_path / "cut"))
        assert cut.identical(whole)


def test_the_classical_wave_stops_being_single_valued_at_the_focus(tmp_path):
    text = START + 'dynamics = "classical"\npackets = [{ centre = 1.0 }]\nnum_samples = 9\n'
    text += 'potential = { kind = "harmonic", stiffness = 1.0 }\nend = 2.0\nnum_paths = 20\n'
    zitter.run_scenario(text, tmp_path)
    field = zitter.open(tmp_path)["field"].to_dataset().load()
    late = field.time.values > 0.5 * np.pi
    assert np.all((field.status.values == "ok") == ~late)
    paths = zitter.open(tmp_path)["paths"].position.values[:, :, 0]
    expected = paths[0] * np.cos(field.time.values)[:, None]
    np.testing.assert_allclose(paths, expected, atol=1e-6)


@pytest.mark.parametrize("name", ["density", "conserved"])
def test_the_pictures_are_drawn(free, name):
    figure = part_of("packet", "figures").figures(zitter.open(free))[name]
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in figure.axes)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('potential = { kind = "double_slit", height = 1.0, thickness = 1.0, separation = 1.0, '
         "opening = 1.0 }", "needs two axes"),
        ('dynamics = "classical"\nself_coupling = 1.0', "belong to the quantum one"),
        ("box = { lower = [0.0, 1.0], upper = 2.0, num = 64 }", "for each of 1 axes"),
        ('units = "SI"', "must give mass and packets"),
        ("tolerance = 2.0", "must be below 1"),
    ],
)  # fmt: skip
def test_contradictions_are_refused(text, sentence):
    with pytest.raises(ScenarioError, match=sentence):
        scenario_from_text(START + text)


def test_a_grid_that_does_not_resolve_the_packet_is_refused(tmp_path):
    text = FREE + "box = { lower = -9.0, upper = 12.0, num = 16 }\n"
    with pytest.raises(ValidityError, match="does not resolve"):
        zitter.run_scenario(text, tmp_path)
