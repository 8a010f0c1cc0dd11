"""Runs of packets that pass each other fast: their fringes, and steps too long for these."""

import numpy as np
import pytest
from scipy.stats import norm

from zitter.bath.branching_paths import (
    bohm_branching_paths,
    fastest_rate,
    nelson_branching_paths,
    sampled_configurations,
)
from zitter.bath.branching_wave import branching_wave
from zitter.bath.collapse import (
    branch_distances,
    conditional_weights,
    crossing_fraction,
    expected_smaller_weight,
)
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.interference import MOST_HALVINGS
from zitter.bath.packets import Packets, position_density
from zitter.bath.purification import purification
from zitter.bath.quantum_bath import exact_noise, exact_response
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import ValidityError
from zitter.core.statistics import ks_test

WEAK = OscillatorBath(np.array([0.7, 2.9]), np.array([0.02, 0.1]))
ALONE = OscillatorBath(WEAK.frequencies, 0.0 * WEAK.couplings)
TIMES = np.array([0.0, 0.5, 1.0]) * np.pi


def travelled(half, bath, num, num_steps, law):
    wave = branching_wave(bath, 1.0, 1.0, Packets([-half, half], np.sqrt(0.5)))
    q0 = sampled_configurations(wave, num, np.random.default_rng(5))
    if law == "bohm":
        return wave, bohm_branching_paths(wave, q0, TIMES, num_steps)
    return wave, nelson_branching_paths(wave, q0, TIMES, num_steps, np.random.default_rng(6))


@pytest.mark.parametrize("law", ["bohm", "nelson"])
@pytest.mark.parametrize(("half", "num"), [(3.0, 2000), (10.0, 1000)])
def test_runs_keep_to_the_density_however_fast_the_packets_pass(law, half, num):
    """Steps that are short for the modes, long for fringes of the width π/2·half."""
    wave, paths = travelled(half, WEAK, num, 40, law)
    motion = exact_response(wave.modes, TIMES), exact_noise(wave.modes, WEAK, 1.0, TIMES, 0.0)
    x = np.linspace(-half - 6.0, half + 6.0, 20_001)
    density = position_density(Packets([-half, half], np.sqrt(0.5)), *motion, 1.0, x)
    for k in (1, 2):
        cdf = np.concatenate([[0.0], np.cumsum(0.5 * (density[k, 1:] + density[k, :-1]))])
        found = paths.q[k, :, 0] + wave.at(TIMES[k]).centre[0]
        test = ks_test(found, lambda v, cdf=cdf: np.interp(v, x, cdf / cdf[-1]))
        assert test.p_value > 1e-3


@pytest.mark.parametrize("half", [6.0, 100.0])
def test_without_a_bath_no_run_of_bohms_crosses_however_fast_the_packets_are(half):
    _, paths = travelled(half, ALONE, 60, 60, "bohm")
    assert crossing_fraction(paths.q[0, :, 0], paths.q[-1, :, 0]) == 0.0


def test_the_halved_steps_of_bohms_runs_converge():
    ends = [travelled(10.0, WEAK, 60, num, "bohm")[1].q[1:, :, 0] for num in (40, 80, 640)]
    apart = [np.median(np.abs(end - ends[-1])) for end in ends[:-1]]
    assert max(apart) < 1e-3


@pytest.mark.parametrize("law", ["bohm", "nelson"])
def test_packets_too_fast_for_all_halvings_are_refused(law):
    match = f"halved {MOST_HALVINGS} times: use .* times as many steps"
    with pytest.raises(ValidityError, match=match):
        travelled(3e3, ALONE, 4, 40, law)


@pytest.mark.parametrize("law", ["bohm", "nelson"])
@pytest.mark.parametrize("kind", ["position-squeezed", "momentum-squeezed"])
def test_the_packets_of_a_hot_squeezed_bath_breathe_faster_than_its_modes_turn(law, kind):
    bath = discretised(SpectralDensity(0.1, 5.0, shape="exponential"), 20)
    spread = purification(bath, kind, 50.0)
    cat = Packets([-3.0, 3.0], np.sqrt(0.5))
    wave = branching_wave(bath, 1.0, 1.0, cat, spread.variances)
    fast = fastest_rate(wave)
    assert fast == pytest.approx(100.0, rel=0.1)
    q0, times = sampled_configurations(wave, 600, np.random.default_rng(2)), [0.4, 0.8, 1.6]
    steps = 4 * int(np.ceil(1.6 * fast / 4.0))
    if law == "bohm":
        paths = bohm_branching_paths(wave, q0, times, 2 * steps)
    else:
        paths = nelson_branching_paths(wave, q0, times, steps, np.random.default_rng(3))
    smaller = np.min(conditional_weights(wave, paths), axis=2)
    exact = expected_smaller_weight(branch_distances(wave, times).bath)
    score = (np.mean(smaller, axis=1) - exact) / (np.std(smaller, axis=1) / np.sqrt(600.0))
    assert np.max(np.abs(score)) < 4.0
    with pytest.raises(ValidityError, match=r"fastest mode or packet turns by 1\.5.* rad"):
        bohm_branching_paths(wave, q0, times, int(1.6 * fast / 1.55))


@pytest.mark.parametrize("law", ["bohm", "nelson"])
@pytest.mark.parametrize("width", [0.05, 0.02])
def test_a_packet_that_is_narrow_for_a_moment_spreads_and_comes_together_again(law, width):
    """Narrow at the start and nearly so after half a period, in the middle and at the end."""
    bath = discretised(SpectralDensity(0.02, 5.0, shape="exponential"), 20)
    packet = Packets([0.0], width)
    wave = branching_wave(bath, 1.0, 1.0, packet)
    q0 = sampled_configurations(wave, 2000, np.random.default_rng(8))
    num_steps = 2 * int(np.ceil(fastest_rate(wave) * TIMES[-1]))
    if law == "bohm":
        paths = bohm_branching_paths(wave, q0, TIMES, num_steps)
    else:
        rng = np.random.default_rng(9)
        paths = nelson_branching_paths(wave, q0, TIMES, num_steps, rng)
    motion = exact_response(wave.modes, TIMES), exact_noise(wave.modes, bath, 1.0, TIMES, 0.0)
    for k in (1, 2):
        deviation = np.sqrt(
            (width * motion[0].first[k]) ** 2
            + (0.5 * motion[0].G[k] / width) ** 2
            + motion[1].xx[k]
        )
        test = ks_test(paths.q[k, :, 0] / deviation, norm.cdf)
        assert test.p_value > 1e-3


@pytest.mark.parametrize("law", ["bohm", "nelson"])
def test_runs_tell_how_far_they_are(law):
    wave = branching_wave(WEAK, 1.0, 1.0, Packets([0.0], np.sqrt(0.5)))
    q0, told = sampled_configurations(wave, 2, np.random.default_rng(8)), []
    if law == "bohm":
        bohm_branching_paths(wave, q0, TIMES, 40, told.append)
    else:
        rng = np.random.default_rng(9)
        nelson_branching_paths(wave, q0, TIMES, 40, rng, progress=told.append)
    assert [(now.done, now.total) for now in told] == [(2, 3), (3, 3)]
    assert told[0].seconds_left > 0.0 == told[-1].seconds_left
