"""Noise by quadrature: the tail it leaves out of a Drude bath, and narrow peaks of J."""

import numpy as np
import pytest

from zitter.bath.continuum import continuum_motion
from zitter.bath.drude import drude_noise, equilibrium_variances
from zitter.bath.response import (
    NoiseCovariance,
    Response,
    continuum_noise,
    continuum_response,
)
from zitter.bath.spectral_density import OwnSpectralDensity, SpectralDensity


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


@pytest.mark.parametrize("half_width", [1e-1, 1e-2, 1e-4])
def test_the_noise_of_a_narrow_peak_is_counted_whole(half_width):
    """Of a free mass that is not moved by the bath, G = t: ∫ J |∫ τ e^{iωτ}|² dω, by angles."""
    times = np.linspace(0.0, 6.0, 61)
    zero = np.zeros(times.size)
    free = Response(times, times, zero + 1.0, zero, zero, 0.0)
    peak = 1.3

    def own(w):
        return 0.5 * half_width * w / ((w - peak) ** 2 + half_width**2)

    found = continuum_noise(OwnSpectralDensity(own, 20.0), 1.0, free, 0.0)
    angle = np.linspace(
        -np.arctan(peak / half_width), np.arctan((20.0 - peak) / half_width), 400_001
    )
    w = peak + half_width * np.tan(angle)
    w[0], weight = w[1], np.gradient(angle) * np.r_[0.5, np.ones(399_999), 0.5]
    for k in (20, 60):
        wave = np.exp(1j * w * times[k])
        kick = np.abs((wave - 1.0) / w) ** 2 @ (0.5 * w * weight) / np.pi
        assert found.pp[k] == pytest.approx(kick, rel=1e-5)


@pytest.mark.parametrize("hbar", [0.0, -1.0, np.nan])
@pytest.mark.parametrize("shape", ["drude", "exponential"])
def test_numbers_that_mean_nothing_are_refused(shape, hbar):
    density = SpectralDensity(0.1, 5.0, shape=shape)
    with pytest.raises(ValueError, match="`hbar` must be"):
        continuum_motion(density, 1.0, 1.0, 2.0, 1.0, 101, hbar)
    with pytest.raises(ValueError, match="`num_times` must be"):
        continuum_motion(density, 1.0, 1.0, 2.0, 1.0, 1)
    with pytest.raises(ValueError, match="`hbar` must be"):
        equilibrium_variances(SpectralDensity(0.1, 5.0), 1.0, 1.0, hbar)
