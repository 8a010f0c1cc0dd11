"""Wigner's and Husimi's functions on a ring: marginals, purity, two roads, closed forms."""

import numpy as np
import pytest

from zitter.core.grid import Grid
from zitter.mean_field.mixed_states import warm_orbitals
from zitter.mean_field.wigner_functions import (
    husimi_function,
    husimi_smoothed,
    warm_wigner,
    wigner_function,
)

HBAR, NUM = 0.3, 96
RING = Grid((-2.0,), (3.0,), (NUM,))
X, LENGTH = RING.axes[0], 5.0
STEP = np.pi * HBAR / LENGTH


def smooth_orbitals(seed=5, num_orbitals=3):
    """Orthonormal orbitals of few plane waves, and weights."""
    rng = np.random.default_rng(seed)
    waves = np.exp(2j * np.pi / LENGTH * np.outer(np.arange(-8, 9), X)) / np.sqrt(LENGTH)
    mixing = rng.normal(size=(17, 17)) + 1j * rng.normal(size=(17, 17))
    return np.linalg.qr(mixing)[0][:num_orbitals] @ waves, np.array([0.5, 0.3, 0.2])[:num_orbitals]


def packet(centre, momentum, width):
    psi = np.exp(-(((X - centre) / (2.0 * width)) ** 2) + 1j * momentum * X / HBAR)
    return (psi / (2.0 * np.pi * width**2) ** 0.25)[None]


MASS = 1.3
SPEEDS = Grid((-NUM * STEP / MASS,), (NUM * STEP / MASS,), (2 * NUM,))
"""The momenta of Wigner's function as velocities."""


def test_the_marginals_are_the_densities_of_position_and_momentum():
    orbitals, weights = smooth_orbitals()
    W = wigner_function(orbitals, weights, RING, HBAR)
    density = weights @ np.abs(orbitals) ** 2
    assert np.max(np.abs(W.values.sum(axis=1) * STEP - density)) < 1e-14
    spectrum = weights @ np.abs(np.fft.fftshift(np.fft.fft(orbitals), axes=1)) ** 2
    momenta = W.values.sum(axis=0) * STEP * RING.spacing[0]
    whole = spectrum * RING.spacing[0] / NUM
    assert np.max(np.abs(momenta[::2] - whole)) < 1e-14
    assert np.max(np.abs(momenta[1::2])) < 1e-14
    assert W.momenta[::2] == pytest.approx(
        HBAR * np.fft.fftshift(RING.wavenumbers[0]), rel=1e-12, abs=1e-14
    )


def test_the_square_of_wigners_function_gives_the_purity():
    orbitals, weights = smooth_orbitals()
    W = wigner_function(orbitals, weights, RING, HBAR).values
    purity = np.pi * HBAR * np.sum(W**2) * STEP * RING.spacing[0]
    assert purity == pytest.approx(np.sum(weights**2), abs=1e-13)


def test_wigners_function_of_a_packet_is_gaussian_and_moves_with_its_momentum():
    width, momentum = 0.25, 4.0 * STEP
    W = wigner_function(packet(0.5, momentum, width), [1.0], RING, HBAR)
    x, p = X[:, None] - 0.5, W.momenta - momentum
    exact = np.exp(-0.5 * (x / width) ** 2 - 0.5 * (2.0 * width * p / HBAR) ** 2) / (np.pi * HBAR)
    near = np.abs(X - 0.5) < LENGTH / 8.0
    assert np.max(np.abs(W.values - exact)[near]) < 1e-7 * np.max(exact)


def test_husimis_function_is_wigners_smoothed():
    orbitals, weights = smooth_orbitals()
    W = wigner_function(orbitals, weights, RING, HBAR)
    width = 0.3
    H = husimi_function(orbitals, weights, RING, W.momenta, width, HBAR)
    smoothed = husimi_smoothed(W.values, RING, SPEEDS, width, mass=MASS, hbar=HBAR)
    assert np.min(H) >= 0.0
    assert np.max(np.abs(H - smoothed)) < 1e-12 * np.max(H)
    assert np.sum(H) * STEP * RING.spacing[0] == pytest.approx(1.0, abs=1e-13)
    assert np.max(np.abs(W.values - smoothed)) > 0.1 * np.max(H)


def test_husimis_function_of_a_packet_is_the_closed_form():
    s, width, momentum = 0.25, 0.35, 0.4
    p = np.linspace(-1.0, 1.5, 21)
    H = husimi_function(packet(0.5, momentum, width), [1.0], RING, p, s, HBAR)
    in_x, in_p = s**2 + width**2, (0.5 * HBAR / s) ** 2 + (0.5 * HBAR / width) ** 2
    exponent = (X[:, None] - 0.5) ** 2 / in_x + (p - momentum) ** 2 / in_p
    exact = np.exp(-0.5 * exponent) / (2.0 * np.pi * np.sqrt(in_x * in_p))
    assert np.max(np.abs(H - exact)) < 1e-6 * np.max(exact)


def test_the_warm_wigner_function_is_that_of_the_warm_orbitals():
    spread = 1.1
    psi = np.sqrt((1.0 + 0.4 * np.sin(2.0 * np.pi * X / LENGTH)) / LENGTH)
    psi = psi * np.exp(0.3j * np.cos(2.0 * np.pi * X / LENGTH))
    W = warm_wigner(psi, RING, SPEEDS, spread, mass=MASS, hbar=HBAR)
    orbitals, weights = warm_orbitals(psi, RING, spread, HBAR)
    s = 0.2
    H = MASS * husimi_function(orbitals, weights, RING, MASS * SPEEDS.axes[0], s, HBAR)
    smoothed = husimi_smoothed(W, RING, SPEEDS, s, mass=MASS, hbar=HBAR)
    assert np.max(np.abs(smoothed - H)) < 1e-12 * np.max(H)
    assert np.max(np.abs(W.sum(axis=1) * SPEEDS.spacing[0] - np.abs(psi) ** 2)) < 1e-13


def test_a_uniform_warm_state_has_maxwells_law():
    W = warm_wigner(np.full(NUM, LENGTH**-0.5), RING, SPEEDS, 1.1, mass=MASS, hbar=HBAR)
    spread = 1.1 / MASS
    exact = np.exp(-0.5 * (SPEEDS.axes[0] / spread) ** 2) / (np.sqrt(2.0 * np.pi) * spread * LENGTH)
    assert np.max(np.abs(W - exact)) < 1e-13


def test_bad_input_is_refused_in_a_sentence():
    psi = packet(0.5, 0.0, 0.3)
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        wigner_function(psi, [1.0], RING, 0.0)
    with pytest.raises(ValueError, match="`weights` must have shape"):
        wigner_function(psi, [0.5, 0.5], RING, HBAR)
    with pytest.raises(ValueError, match="`width` must be positive"):
        husimi_function(psi, [1.0], RING, [0.0], -1.0, HBAR)
    with pytest.raises(ValueError, match="`momenta` must have shape"):
        husimi_function(psi, [1.0], RING, 0.0, 1.0, HBAR)
    plane = Grid((-1.0, -1.0), (1.0, 1.0), (8, 8))
    with pytest.raises(ValueError, match="number of axes of `velocity`"):
        husimi_smoothed(np.ones(NUM), RING, plane, 0.3, hbar=HBAR)
    with pytest.raises(ValueError, match="`f` must have shape"):
        husimi_smoothed(np.ones((3, 4)), RING, SPEEDS, 0.3, hbar=HBAR)
    with pytest.raises(ValueError, match="number of axes of `velocity`"):
        warm_wigner(psi[0], RING, plane, 0.4, mass=1.0, hbar=HBAR)
