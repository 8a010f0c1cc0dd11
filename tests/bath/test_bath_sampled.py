"""Draws of configurations from superpositions, near and far apart, with their interference."""

import numpy as np
import pytest

from zitter.bath.branching_paths import sampled_configurations
from zitter.bath.branching_wave import branching_wave
from zitter.bath.discretisation import OscillatorBath
from zitter.bath.packets import Packets
from zitter.core.statistics import ks_test

BATH = OscillatorBath(np.array([0.7, 1.9]), np.array([0.1, 0.3]))


def drawn(packets, num=4000):
    wave = branching_wave(BATH, 1.0, 1.0, packets)
    return sampled_configurations(wave, num, np.random.default_rng(11))[:, 0]


@pytest.mark.parametrize("half", [3.0, 1e3, 1e6])
def test_draws_keep_to_the_width_of_a_packet_however_far_apart_they_are(half):
    q = drawn(Packets([-half, half], 0.7, coefficients=[0.3**0.5, 0.7**0.5]))
    inside = (np.abs(q) - half) / 0.7
    assert abs(np.mean(inside)) < 4.0 / np.sqrt(4000.0)
    assert np.var(inside) == pytest.approx(1.0, abs=4.0 * np.sqrt(2.0 / 4000.0))
    assert np.mean(q < 0.0) == pytest.approx(0.3, abs=4.0 * np.sqrt(0.21 / 4000.0))


@pytest.mark.parametrize("kick", [2.0, 2000.0])
def test_draws_follow_the_fringes_of_packets_that_pass_through_each_other(kick):
    """|ψ|² of two packets at 0.2 and 0.5 with momenta 0 and kick, one by one."""
    packets = Packets([0.2, 0.5], 0.7, [0.0, kick], [1.0, 1.0j])
    found = drawn(packets) + 0.35
    x = np.linspace(-5.0, 6.0, 400_001)

    def density(sign):
        parts = [
            c * np.exp(-((x - a) ** 2) / 1.96 + 1j * p * (x - a))
            for a, p, c in ((0.2, 0.0, 1.0), (0.5, kick, sign * 1.0j))
        ]
        return np.cumsum(np.abs(sum(parts)) ** 2)

    right, wrong = (
        np.mean(np.interp(found, x, np.gradient(density(sign), x)) / density(sign)[-1])
        for sign in (1.0, -1.0)
    )
    assert right > 1.5 * wrong
    cumulative = density(1.0) / density(1.0)[-1]
    assert ks_test(found, lambda v: np.interp(v, x, cumulative)).p_value > 1e-3


def test_fringes_too_fine_for_a_million_points_are_refused():
    with pytest.raises(ValueError, match="the number of points that resolve the fringes"):
        drawn(Packets([0.0, 0.1], 0.7, [0.0, 1e6]), 10)
