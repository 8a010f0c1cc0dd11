"""Localisation rates of a sphere, against integrals over the kicks that it gets."""

import numpy as np
import pytest
from scipy import constants, integrate, special

from zitter.bath.localisation import (
    blackbody_emission_localisation,
    blackbody_scattering_localisation,
    gas_localisation,
    localisation_time,
    localised_coefficients,
)
from zitter.bath.master_equation import number_operators, solve_master_equation
from zitter.core.checks import ValidityError

R, KT, HBAR, C = 0.02, 0.7, 0.9, 1.3
EPSILON = 2.1 + 0.3j
ALPHA = (EPSILON - 1.0) / (EPSILON + 2.0)


def test_the_gas_kicks_as_maxwells_distribution_says():
    """Λ = ∫ n σ v ⟨q_x²⟩/2ħ², with ⟨q_x²⟩ = 2p²/3 after a bounce in any direction."""
    pressure, mass = 0.4, 1.7
    speed = np.sqrt(2.0 * KT / mass)

    def kicks(v):
        maxwell = 4.0 / np.sqrt(np.pi) * v**2 / speed**3 * np.exp(-((v / speed) ** 2))
        return maxwell * pressure / KT * np.pi * R**2 * v * (mass * v) ** 2 / (3.0 * HBAR**2)

    exact = integrate.quad(kicks, 0.0, 12.0 * speed)[0]
    assert gas_localisation(R, pressure, KT, mass, HBAR) == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("scattered", [True, False])
def test_radiation_kicks_as_plancks_distribution_says(scattered):
    def kicks(k):
        photons = k**2 / np.pi**2 / np.expm1(HBAR * C * k / KT)
        if scattered:
            section, square = 8.0 * np.pi / 3.0 * k**4 * R**6 * abs(ALPHA) ** 2, 2.0 * k**2 / 3.0
        else:
            section, square = 4.0 * np.pi * k * R**3 * ALPHA.imag, k**2 / 3.0
        return 0.5 * C * photons * section * square

    exact = integrate.quad(kicks, 0.0, 60.0 * KT / (HBAR * C), epsabs=0.0)[0]
    rate = blackbody_scattering_localisation if scattered else blackbody_emission_localisation
    assert rate(R, EPSILON, KT, HBAR, C) == pytest.approx(exact, rel=1e-8)


def test_a_glass_sphere_in_si_units():
    """50 nm of glass at 1e-10 mbar and 300 K: air localises faster than radiation."""
    kT = constants.k * 300.0
    air = gas_localisation(50e-9, 1e-8, kT, 28.97 * constants.atomic_mass, constants.hbar)
    light = [
        rate(50e-9, 2.1 + 0.57j, kT, constants.hbar, constants.c)
        for rate in (blackbody_scattering_localisation, blackbody_emission_localisation)
    ]
    assert air == pytest.approx(2.12e23, rel=0.01)
    assert light[0] < light[1] < air
    assert localisation_time(air, 1e-12, 1e-11) == pytest.approx(1e24 / air)


def test_localisation_heats_at_the_rate_of_its_kicks():
    """d⟨p²⟩/dt = 2ħ²Λ."""
    rate, times = 0.3, np.linspace(0.0, 0.2, 5)
    coefficients = localised_coefficients(rate, 0.8, 1.4, times, 0.9)
    start = np.zeros((16, 16))
    start[0, 0] = 1.0
    states = solve_master_equation(coefficients, start, 1.4, 0.8, times, 0.9)
    _, _, xx, pp = number_operators(16, 1.4, 0.8, 0.9)
    energy = np.einsum("tij,ji->t", states, pp / 2.8 + 0.5 * 1.4 * 0.64 * xx).real
    np.testing.assert_allclose(energy, energy[0] + 0.81 * rate / 1.4 * times, rtol=1e-7)


@pytest.mark.parametrize(
    "rate", [blackbody_scattering_localisation, blackbody_emission_localisation]
)
def test_spheres_that_are_no_point_dipoles_are_refused(rate):
    """By Mie's series Rayleigh's scattering is 1.45 times too strong at kR = 0.1."""
    with pytest.raises(ValidityError, match="no point dipole"):
        rate(0.1, 2.1 + 0.57j, 1.0, 1.0, 1.0)
    # The field does not fill a small sphere of metal.
    with pytest.raises(ValidityError, match="no point dipole"):
        rate(0.01, -1000.0 + 1000.0j, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="must not be -2"):
        rate(0.01, -2.0, 1.0, 1.0, 1.0)
    for permittivity in (np.nan, np.inf, complex(2.0, np.nan)):
        with pytest.raises(ValueError, match="`permittivity` must be finite"):
            rate(0.01, permittivity, 1.0, 1.0, 1.0)


def absorbed(index, x):
    """Cross-section of absorption by Mie's series, for k = 1, of a sphere x = kR."""
    total = 0.0
    for n in (1, 2, 3):
        (j, j1), (h, h1) = (
            [special.spherical_jn(n, x, d) + 1j * y * special.spherical_yn(n, x, d) for d in (0, 1)]
            for y in (0.0, 1.0)
        )
        inside, slope = (special.spherical_jn(n, index * x, d) for d in (0, 1))
        inside_bent, outer, wave = inside + index * x * slope, j + x * j1, h + x * h1
        for factor in (index**2, 1.0):
            share = (factor * inside * outer - j * inside_bent) / (
                factor * inside * wave - h * inside_bent
            )
            total += 2.0 * np.pi * (2 * n + 1) * (share.real - abs(share) ** 2)
    return total


@pytest.mark.parametrize(
    ("permittivity", "radius"), [(2.1 + 0.57j, 0.02), (-1000.0 + 1000.0j, 2e-4), (1e4j, 2.9e-5)]
)
def test_the_emission_of_small_spheres_is_that_of_mies_series(permittivity, radius):
    """Radiation of kT/ħc = 1; the last two are conductors, at the edge of the range."""
    x, weight = np.polynomial.legendre.leggauss(60)
    k, weight = 20.0 * (x + 1.0), 20.0 * weight
    sections = np.array([absorbed(np.sqrt(permittivity), q * radius) for q in k]) / k**2
    exact = np.sum(weight * k**4 / np.pi**2 / np.expm1(k) * sections) / 6.0
    found = blackbody_emission_localisation(radius, permittivity, 1.0, 1.0, 1.0)
    assert found == pytest.approx(exact, rel=0.06)


def test_the_emission_of_currents_in_a_conductor_is_not_left_out():
    """At 0.8e-3 Mie's series gives 1.6 times as much, at 3e-4 and 1e4 five times."""
    for permittivity, radius in ((-1000.0 + 1000.0j, 7e-4), (1e4j, 2.9e-4)):
        with pytest.raises(ValidityError, match="currents in so good a conductor"):
            blackbody_emission_localisation(radius, permittivity, 1.0, 1.0, 1.0)
        assert blackbody_scattering_localisation(radius, permittivity, 1.0, 1.0, 1.0) > 0.0


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`radius` must be positive"):
        gas_localisation(0.0, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(ValidityError, match="no point dipole"):
        blackbody_scattering_localisation(1.0, EPSILON, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="`localisation` must be finite"):
        localised_coefficients(np.inf, 1.0, 1.0, [0.0], 1.0)
    with pytest.raises(ValueError, match="negative imaginary part"):
        blackbody_emission_localisation(R, 2.1 - 0.3j, KT, HBAR, C)
    with pytest.raises(ValidityError, match="the rate saturates"):
        localisation_time(1.0, 1.0, 2.0)
    with pytest.raises(ValueError, match="`localisation` must not be negative"):
        localised_coefficients(-1.0, 1.0, 1.0, [0.0], 1.0)
