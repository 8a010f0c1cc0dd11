"""An extended body in the gravity of its own wavefunction, from a file."""

import numpy as np
import pytest

from zitter.scenarios.kinds import part_of, text_of
from zitter.scenarios.packet.extended import self_frequency, trapped_theory
from zitter.scenarios.reading import ScenarioError, scenario_from_text
from zitter.scenarios.running import open as open_result
from zitter.scenarios.running import run_scenario

OSMIUM = text_of("optomechanics")
SHORT = OSMIUM.replace("60 s", "8 s").replace("num_samples = 121", "num_samples = 9\nnum_paths = 0")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "crystal"
    run_scenario(SHORT, folder)
    return open_result(folder)


def test_the_mean_turns_with_the_trap_and_the_width_with_the_crystal_too(result):
    field = result["field"]
    theory = trapped_theory(scenario_from_text(SHORT, "osmium"), field.time.values)
    narrow, without = theory["narrow, with its gravity"], theory["without"]
    np.testing.assert_allclose(field["mean"], narrow["mean"], atol=1e-17)
    # A packet of a fifth of the nucleus' width feels a spring that is weaker by a few percent.
    np.testing.assert_allclose(field.spread, narrow["spread"], rtol=0.06)
    assert np.max(np.abs(field.spread.values / without["spread"] - 1.0)) > 0.3


def test_the_frequency_of_the_crystal_is_that_of_its_nuclei():
    # G m/(6 √π σ³), by hand.
    by_hand = np.sqrt(6.6743e-11 * 190.23 * 1.66053907e-27 / (6 * np.sqrt(np.pi) * 2.8e-12**3))
    assert self_frequency(scenario_from_text(OSMIUM, "osmium")) == pytest.approx(by_hand, rel=1e-6)


def test_the_moments_are_drawn(result):
    assert set(part_of("packet", "figures").figures(result)) == {"density", "moments", "conserved"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('body = { kind = "sphere", radius = 1.0 }\nself_coupling = 1.0\n', "go without"),
        ('body = { kind = "sphere", radius = 1.0 }\ndynamics = "classical"\n', "go without"),
        ('body = { kind = "sphere", radius = -1.0 }\n', "radius` must be positive"),
        ('body = { kind = "crystal", atom_mass = 2.0, nucleus_width = 0.1 }\n', "heavier than"),
        (
            'body = { kind = "sphere", radius = 1.0 }\npackets = [{ centre = [0.0, 0.0] }]\n',
            "one axis only",
        ),
    ],
)
def test_a_body_that_does_not_fit_is_refused(keys, said):
    with pytest.raises(ScenarioError, match=said):
        scenario_from_text('kind = "packet"\n' + keys, "mistake")
