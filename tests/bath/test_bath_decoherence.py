"""Estimates of decoherence times are refused where they would be wrong."""

import numpy as np
import pytest

from zitter.bath.decoherence import zurek_time
from zitter.bath.packets import Packets
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import ValidityError


def test_zureks_estimate_is_refused_for_packets_that_spread():
    """Packets this narrow spread so fast that they decohere 4.7 times later."""
    density = SpectralDensity(0.02, 300.0)
    half = 0.5 * np.sqrt(41.0 * 0.004)
    with pytest.raises(ValidityError, match=r"needs ħτ/Ms² <= 1 \(it is 50"):
        zurek_time(density, 1.0, 1530.0, Packets([-half, half], np.sqrt(0.004)))


@pytest.mark.parametrize(
    "packets",
    [
        Packets([-3.0, 3.0], 0.7, [30.0, -30.0]),
        Packets([0.0, 0.0], 0.7, [-3.0, 3.0]),
        Packets([-3.0, 3.0, 9.0], 0.7),
    ],
)
def test_the_estimates_are_of_two_packets_that_are_apart_in_x_only(packets):
    with pytest.raises(ValueError, match="different centres and equal momenta"):
        zurek_time(SpectralDensity(1e-4, 200.0), 1.0, 2000.0, packets)
