"""Superpositions of packets far apart: their state and density stay numbers, and right."""

import numpy as np
import pytest

from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.packets import (
    Packets,
    density_spacing,
    position_density,
    reduced_density_matrix,
)
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
from zitter.bath.spectral_density import SpectralDensity

WIDTH = np.sqrt(0.5)
QUARTER = np.array([0.5 * np.pi])


def motion(bath, times):
    modes = bath_modes(bath, 1.0, 1.0)
    return exact_response(modes, times), exact_noise(modes, bath, 1.0, times, 0.0)


@pytest.mark.parametrize("half", [3.0, 27.0, 1000.0])
def test_uncoupled_packets_cross_with_full_fringes_however_far_apart_they_start(half):
    alone = motion(OscillatorBath(np.array([1.7]), np.array([1e-12])), QUARTER)
    wave = np.linspace(0.0, 3.0, 31) / half
    fringes = position_density(Packets([-half, half], WIDTH), *alone, 1.0, wave)[0]
    exact = 2.0 * np.cos(half * wave) ** 2 * np.exp(-(wave**2)) / np.sqrt(np.pi)
    exact = exact / (1.0 + np.exp(-(half**2)))
    np.testing.assert_allclose(fringes, exact, atol=1e-6)
    rho = reduced_density_matrix(Packets([-half, half], WIDTH), *alone, 1.0, wave, 0)
    np.testing.assert_allclose(np.diag(rho), exact, atol=1e-6)


@pytest.mark.parametrize("half", [3.0, 27.0, 1000.0])
def test_the_coherence_of_packets_that_start_far_apart_is_that_of_the_pure_state(half):
    start = motion(OscillatorBath(np.array([1.7]), np.array([0.3])), np.array([0.0]))
    near = np.linspace(-2.0, 2.0, 41)
    x = np.concatenate([near - half, near + half])
    cat = Packets([-half, half], WIDTH, [0.2, -0.7], [0.6, 0.8j])
    parts = zip(cat.coefficients, cat.centres, cat.momenta, strict=True)
    psi = sum(c * np.exp(-0.5 * (x - a) ** 2 + 1j * p * (x - a)) for c, a, p in parts)
    exact = np.outer(psi, psi.conj()) / np.sqrt(np.pi)
    rho = reduced_density_matrix(cat, *start, 1.0, x, 0)
    np.testing.assert_allclose(rho, exact, atol=1e-8)
    assert np.max(np.abs(rho[:41, 41:])) > 0.2


def test_a_density_matrix_of_packets_far_apart_is_of_numbers_at_all_times():
    bath, times = discretised(SpectralDensity(0.1, 5.0, shape="exponential"), 40), np.arange(4.0)
    x = np.linspace(-320.0, 320.0, 401)
    for i in range(times.size):
        rho = reduced_density_matrix(
            Packets([-300.0, 300.0], WIDTH), *motion(bath, times), 1.0, x, i
        )
        np.testing.assert_allclose(rho, rho.conj().T, atol=1e-12)


def test_a_bath_leaves_of_packets_far_apart_their_mixture():
    coupled = motion(discretised(SpectralDensity(0.1, 5.0, shape="exponential"), 40), QUARTER)
    x = np.linspace(-12.0, 12.0, 201)
    cat = Packets([-40.0, 40.0], WIDTH)
    mixture = sum(position_density(Packets([a], WIDTH), *coupled, 1.0, x) for a in cat.centres)
    np.testing.assert_allclose(position_density(cat, *coupled, 1.0, x), 0.5 * mixture, atol=1e-12)
    rho = reduced_density_matrix(cat, *coupled, 1.0, x, 0)
    np.testing.assert_allclose(np.diag(rho), 0.5 * mixture[0], atol=1e-12)


def test_the_spacing_of_points_is_that_of_the_narrowest_packet_or_the_finest_fringe():
    alone = motion(OscillatorBath(np.array([1.7]), np.array([1e-12])), np.array([0.0, 0.5 * np.pi]))
    wide, near = Packets([-30.0, 30.0], WIDTH), Packets([-0.1, 0.1], WIDTH)
    assert density_spacing(wide, *alone, 1.0) == pytest.approx(np.pi / (4.0 * 60.0), rel=1e-9)
    assert density_spacing(near, *alone, 1.0) == pytest.approx(WIDTH / 3.0, rel=1e-9)


def test_momenta_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="`momenta` must be finite"):
        Packets([0.0, 1.0], WIDTH, [0.0, np.nan])
