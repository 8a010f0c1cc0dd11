"""A body in a bath, from a file: Born's rule, collapse, resumed runs, units, refusals."""

import numpy as np
import pytest

import zitter
from zitter.core.checks import ValidityError
from zitter.core.statistics import ks_test
from zitter.scenarios import running
from zitter.scenarios.bath import run
from zitter.scenarios.kinds import part_of
from zitter.scenarios.reading import ScenarioError, scenario_from_text

START = 'kind = "bath"\n'
BATH = "[bath]\nkT = 1.5\nnum_modes = 30\n"
SHORT = START + "num_runs = 500\nend = 3.0\nnum_samples = 4\n"


@pytest.fixture(scope="module", params=["bohm", "nelson"])
def warm(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("warm") / "run"
    return zitter.run_scenario(f'{SHORT}law = "{request.param}"\n{BATH}', folder).parent


def _position_test(warm, moment: int, shift: float) -> float:
    """p-value that the runs at a time are drawn from the exact density, displaced."""
    state = zitter.open(warm)["state"].to_dataset().load()
    cumulative = np.cumsum(state.density.values[moment]) * float(state.x[1] - state.x[0])
    found = zitter.open(warm)["runs"].position.values[:, moment]
    centred = state.x.values + 0.5 * float(state.x[1] - state.x[0])
    return ks_test(
        found + shift, lambda v: np.interp(v, centred, np.clip(cumulative, 0, 1))
    ).p_value


@pytest.mark.parametrize("moment", [0, 1, 3])
def test_runs_keep_to_the_exact_density_of_the_thermal_state(warm, moment):
    assert _position_test(warm, moment, 0.0) > 1e-3
    assert _position_test(warm, moment, 0.6) < 1e-3


def test_the_density_stays_normalised(warm):
    state = zitter.open(warm)["state"].to_dataset().load()
    np.testing.assert_allclose(state.density.integrate("x"), 1.0, atol=1e-6)


@pytest.mark.parametrize("packets", ["centre = {}3.0, width = 0.02", "centre = {}100.0"])
def test_the_density_of_narrow_packets_far_apart_stays_normalised(packets):
    both = ", ".join("{ " + packets.format(sign) + " }" for sign in ("-", ""))
    text = f"{START}num_runs = 1\nnum_samples = 3\nend = 1.6\npackets = [{both}]\n"
    bath = "[bath]\nnum_modes = 12\ncutoff = 2.0\n"
    density = run._state(running.plan_of(scenario_from_text(text + bath)).work).density
    np.testing.assert_allclose(density.integrate("x"), 1.0, atol=1e-6)


def test_a_density_that_needs_too_many_points_is_refused():
    text = START + "packets = [{ centre = -3e7 }, { centre = 3e7 }]\n"
    with pytest.raises(ValidityError, match=r"The density needs .* points to resolve"):
        running.plan_of(scenario_from_text(text))


def test_the_weights_fall_as_the_closed_form_says(warm):
    runs, state = (zitter.open(warm)[name].to_dataset().load() for name in ("runs", "state"))
    smaller = runs.weight.min("packet")
    error = smaller.std("run") / np.sqrt(500)
    score = (smaller.mean("run") - state.expected) / error
    assert np.all(np.abs(score[1:]) < 4.0)
    assert np.all(state.distance.values <= state.decoherence.values + 1e-12)
    assert float(smaller[:, -1].mean()) < 0.25 * float(smaller[:, 0].mean())


def test_a_run_in_two_calls_is_the_run_in_one(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "RUNS_IN_A_PIECE", 3)
    text = (
        START + "num_runs = 8\nend = 1.0\nnum_samples = 5\n[bath]\nnum_modes = 12\ncutoff = 2.0\n"
    )
    text += "kT = 0.5\n"

    def stop(done, total):
        raise KeyboardInterrupt

    zitter.run_scenario(text, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        zitter.run_scenario(text, tmp_path / "cut", report=stop)
    running.resume(tmp_path / "cut")
    for group in ("runs", "state"):
        whole, cut = (
            zitter.open(tmp_path / name)[group].to_dataset().load() for name in ("whole", "cut")
        )
        assert cut.identical(whole)
    assert whole.sizes["time"] == 5
    assert zitter.open(tmp_path / "whole")["runs"].sizes["run"] == 8


def test_the_pictures_are_drawn(warm):
    data = zitter.open(warm)
    pictures = part_of("bath", "figures").figures(data)
    assert set(pictures) == {"paths", "collapse"}
    for figure in pictures.values():
        assert all(ax.get_xlabel() and ax.get_ylabel() for ax in figure.axes)
    assert len(part_of("bath", "figures").moving(data).times) == 4


def test_one_packet_in_squeezed_modes_has_no_branches(tmp_path):
    text = START + "num_runs = 5\nend = 1.0\nnum_samples = 3\npackets = [{ centre = 1.0 }]\n"
    zitter.run_scenario(text + '[bath]\npure_state = "position-squeezed"\nkT = 1.0\n', tmp_path)
    data = zitter.open(tmp_path)
    assert set(data["state"].data_vars) == {"density"}
    assert set(part_of("bath", "figures").figures(data)) == {"paths"}
    np.testing.assert_allclose(data["runs"].weight, 1.0)


def test_lengths_and_times_scale_with_the_units_of_the_scenario(tmp_path):
    mass, length = 1e-21, 1e-12
    scaled = zitter.scaled(length, mass)
    common = "num_runs = 4\nnum_samples = 3\nseed = 2\n"
    si = START + common + 'units = "SI"\nmass = "1e-21 kg"\nfrequency = "1 MHz"\nend = "2 us"\n'
    si += 'packets = [{ centre = "-3 pm", width = "1 pm" }, { centre = "3 pm", width = "1 pm" }]\n'
    si += '[bath]\ndamping = "0.1 MHz"\ncutoff = "4 MHz"\nkT = "1 mK * boltzmann_constant"\n'
    rate = scaled.into(1e6, "1/time")
    kT = scaled.into(1e-3 * 1.380649e-23, "energy")
    natural = START + common + f"frequency = {rate!r}\nend = {scaled.into(2e-6, 'time')!r}\n"
    natural += "packets = [{ centre = -3.0 }, { centre = 3.0 }]\n[bath]\n"
    natural += f"damping = {0.1 * rate!r}\ncutoff = {4 * rate!r}\nkT = {kT!r}\n"
    for name, text in (("si", si), ("natural", natural)):
        zitter.run_scenario(text.replace("np.float64", ""), tmp_path / name)
    a, b = (zitter.open(tmp_path / name)["runs"].position for name in ("si", "natural"))
    np.testing.assert_allclose(a.values, length * b.values, rtol=1e-5)
    assert a.attrs["unit"] == "m"
    assert a.time.values[-1] == pytest.approx(2e-6)


BROKEN = {
    "negative temperature": (BATH.replace("1.5", "-1.0"), "`bath.kT` must be at least 0, but is"),
    "no cutoff": ("[bath]\ncutoff = 0.0", "`bath.cutoff` must be positive, but is 0"),
    "negative damping": ("[bath]\ndamping = -0.1", "`bath.damping` must be positive"),
    "negative exponent": ("[bath]\nexponent = -1.0", "`bath.exponent` must be positive"),
    "one mode": ("[bath]\nnum_modes = 1", "`bath.num_modes` must be at least 2, but is 1"),
    "unknown shape": ('[bath]\nshape = "lorentz"', "`bath.shape` must be one of exponential"),
    "misspelt key": ("[bath]\ncutof = 3.0", "`bath.cutof` is not a key.*Did you mean 'cutoff'"),
    "unknown pure state": ('[bath]\npure_state = "coherant"', "Did you mean 'coherent'"),
    "bath as a number": ("bath = 3.0", "`bath` must be"),
    "no trap": ("frequency = 0.0", "`frequency` must be positive"),
    "steep Drude": ('[bath]\nshape = "drude"\nexponent = 2.0', "needs an exponent below 2"),
    "a plane": ("packets = [{ centre = [1.0, 2.0] }]", "moves on a line"),
    "two widths": (
        "packets = [{ width = 1.0 }, { width = 2.0 }]",
        "packets of different widths: the bath needs one width",
    ),
    "no weight": ("packets = [{ weight = 0.0 }, { centre = 2.0 }]", "a packet of weight 0"),
    "no packets": ("packets = []", "must have at least 1 entries, but has 0"),
    "no default in SI": ('units = "SI"', "must give mass and frequency and packets and bath"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_scenario_gets_its_sentence(name):
    text, sentence = BROKEN[name]
    with pytest.raises(ScenarioError, match=sentence):
        scenario_from_text(START + text, "s")


def test_a_refusal_says_in_which_units_its_times_are():
    """The width is √½, so that the time 40 of the file is 80 of the computation."""
    text = START + "end = 40.0\n[bath]\nnum_modes = 10\n"
    with pytest.raises(ValidityError, match=r"the run at 80: .* times of 0\.5\.\)"):
        running.plan_of(scenario_from_text(text))


def test_a_bath_that_comes_back_within_the_run_is_refused():
    text = START + "end = 60.0\n[bath]\nnum_modes = 30\n"
    with pytest.raises(ValidityError, match=r"comes back after t = .* use more modes"):
        running.plan_of(scenario_from_text(text))


def test_steps_that_do_not_resolve_the_fastest_mode_are_refused():
    text = START + "num_steps = 6\nnum_samples = 7\n"
    with pytest.raises(ValidityError, match=r"rad in a step, more than 1: use num_steps >= \d+"):
        running.plan_of(scenario_from_text(text))


def test_too_few_modes_for_the_tolerance_are_refused():
    text = START + "[bath]\nnum_modes = 12\nkT = 1.0\ntolerance = 1e-4\n"
    with pytest.raises(ValidityError, match=r"12 modes errs by .*than the tolerance 0.0001"):
        running.plan_of(scenario_from_text(text))


def test_two_packets_that_cancel_are_refused():
    text = START + "packets = [{ centre = 1.0 }, { centre = 1.0, weight = -1.0 }]\n"
    with pytest.raises(ValueError, match="superposition that vanishes"):
        running.plan_of(scenario_from_text(text))


def test_a_long_piece_tells_how_far_it_is(tmp_path):
    told = []
    text = 'kind = "bath"\nnum_runs = 4\nend = 1.0\nnum_samples = 5\n[bath]\ndamping = 0.1\n'
    running.run_scenario(text, tmp_path, report=lambda done, total: told.append((done, total)))
    assert told == [(0.4, 1), (0.6, 1), (0.8, 1), (1.0, 1), (1, 1)]
