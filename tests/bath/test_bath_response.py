"""The tail that a quadrature leaves out of a Drude bath, in the noise and in its rates."""

import numpy as np
import pytest

from zitter.bath.drude import drude_noise
from zitter.bath.response import NoiseCovariance, continuum_noise, continuum_response
from zitter.bath.spectral_density import SpectralDensity


@pytest.mark.parametrize("kT", [0.2, 20.0])
def test_the_tail_of_a_drude_bath_is_missed_at_early_times_most(kT):
    density = SpectralDensity(0.1, 5.0)
    response = continuum_response(density, 1.0, 1.0, 0.8, 41, 1e-6)
    found = continuum_noise(density, 1.0, response, kT)
    exact = drude_noise(density, 1.0, response.times[1:], kT)
    for name in NoiseCovariance._fields:
        errors = np.abs(getattr(found, name)[1:] / getattr(exact, name) - 1.0)
        assert 1e-3 < errors[0] < 2e-2
        assert np.max(errors[9:]) < 1e-3
