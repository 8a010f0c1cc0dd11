"""Linear response: dielectric function, its roots, waves in time, and modes read off signals."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.mean_field.linear_response import (
    SmoothDistribution,
    debye_length,
    dielectric_function,
    jeans_frequency,
    jeans_wavenumber,
    maxwellians,
    plasma_frequency,
    wave_frequencies,
)
from zitter.mean_field.waves_in_time import (
    density_wave,
    matrix_pencil,
    volterra_solution,
    wave_spectrum,
)

MAXWELL = maxwellians(1.0, 0.0, 1.0)
BEAMS = maxwellians([0.7, 0.3], [-1.0, 2.0], [1.2, 0.6])
WIDE = Grid((-12.0,), (12.0,), (192,))
LANDAU = 1.41566189 - 0.15335947j


def beams(v):
    parts = zip(BEAMS.shares, BEAMS.drifts, BEAMS.spreads, strict=True)
    return sum(s / ((2.0 * jnp.pi) ** 0.5 * w) * jnp.exp(-((v - u) ** 2) / (2.0 * w**2))
               for s, u, w in parts)  # fmt: skip


SMOOTH = SmoothDistribution(beams, WIDE)


def test_landaus_root_and_the_growth_of_gravity_are_those_of_the_literature():
    found = wave_frequencies(0.5, MAXWELL, -1.0, 0.5 - 0.5j, 2.0 + 0.5j)
    np.testing.assert_allclose(found, [LANDAU], atol=1e-8)
    growth = wave_frequencies(0.5, MAXWELL, 1.0, -0.5 + 0.01j, 0.5 + 1.2j)
    np.testing.assert_allclose(growth, [0.687202j], atol=1e-6)


def test_the_opposite_law_has_other_roots():
    assert len(wave_frequencies(0.5, MAXWELL, 1.0, 0.5 - 0.3j, 2.0 + 0.5j)) == 0
    assert len(wave_frequencies(0.5, MAXWELL, -1.0, -0.5 + 0.01j, 0.5 + 1.2j)) == 0


@pytest.mark.parametrize("omega", [0.3 + 0.2j, -0.8 + 0.5j, 1.1 + 0.05j])
def test_the_dielectric_function_is_its_integral_above_the_axis(omega):
    k, rate_squared = 0.6, -1.3

    def slope(v):
        parts = zip(BEAMS.shares, BEAMS.drifts, BEAMS.spreads, strict=True)
        return sum(-s * (v - u) / ((2.0 * np.pi) ** 0.5 * w**3)
                   * np.exp(-((v - u) ** 2) / (2.0 * w**2)) for s, u, w in parts)  # fmt: skip

    def integrand(v):
        return slope(v) / (v - omega / k)

    options = dict(limit=400, points=[omega.real / k])
    value = complex(*(quad(lambda v, p=p: getattr(integrand(v), p), -12.0, 12.0, **options)[0]
                      for p in ("real", "imag")))  # fmt: skip
    expected = 1.0 + rate_squared / k**2 * value
    assert abs(dielectric_function(omega, k, BEAMS, rate_squared) - expected) < 1e-8


def test_any_distribution_agrees_with_the_closed_form_above_on_and_below_the_axis():
    omega = 0.7 * np.array(
        [0.4 + 2.0j, 1.0 + 0.1j, 0.0, WIDE.axes[0][101], 0.3 - 0.4j, -1.0 - 0.8j]
    )
    found = dielectric_function(omega, 0.7, SMOOTH, -1.0)
    np.testing.assert_allclose(found, dielectric_function(omega, 0.7, BEAMS, -1.0), rtol=1e-10)
    eta = np.array([0.0, 0.4, 1.7])
    np.testing.assert_allclose(SMOOTH.transform(eta), BEAMS.transform(eta), atol=1e-13)


def test_the_roots_of_any_distribution_are_those_of_the_closed_form():
    corners = (-1.5 - 0.2j, 2.0 + 0.6j)
    one, other = (wave_frequencies(0.4, f, -1.0, *corners) for f in (BEAMS, SMOOTH))
    assert len(one) >= 1
    np.testing.assert_allclose(one, other, atol=1e-10)


def test_a_root_on_the_border_and_a_rectangle_that_is_none_are_refused():
    with pytest.raises(ValidityError, match="border"):
        wave_frequencies(0.5, MAXWELL, -1.0, complex(0.5, LANDAU.imag), 2.0 + 0.5j)
    with pytest.raises(ValueError, match="rectangle"):
        wave_frequencies(0.5, MAXWELL, -1.0, 1.0 + 0.5j, 2.0 - 0.5j)
    with pytest.raises(ValueError, match="spreads"):
        maxwellians(1.0, 0.0, 0.0)


def test_natural_units_are_those_of_sheets():
    assert plasma_frequency(2.0, -3.0, 0.5, 0.25 / np.pi) == pytest.approx(6.0)
    assert jeans_frequency(2.0, 0.5, 0.25 / np.pi) == pytest.approx(1.0)
    assert debye_length(3.0, 2.0) == pytest.approx(1.5)
    assert jeans_wavenumber(3.0, 2.0) == pytest.approx(1.0 / 1.5)
    with pytest.raises(ValueError, match="charge"):
        plasma_frequency(1.0, 0.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="spread"):
        debye_length(-1.0, 1.0)


TIMES = np.linspace(0.0, 20.0, 101)


def test_the_wave_in_time_rings_at_the_root_of_the_dielectric_function():
    wave = density_wave(TIMES, 0.5, MAXWELL, -1.0, 400)
    modes = matrix_pencil(wave.real[20:], TIMES[1], 8).frequencies
    assert np.min(np.abs(modes - LANDAU)) < 1e-7
    halved = density_wave(TIMES, 0.5, MAXWELL, -0.5, 400)
    assert np.min(np.abs(matrix_pencil(halved.real[20:], TIMES[1], 8).frequencies - LANDAU)) > 0.05


def test_a_wave_without_a_field_streams_freely():
    wave = density_wave(TIMES, 0.5, BEAMS, 0.0, 100)
    np.testing.assert_allclose(wave, BEAMS.transform(0.5 * TIMES), atol=1e-14)


def test_volterras_rule_is_of_second_order_and_the_wave_of_sixth():
    times, sizes = np.linspace(0.0, 8.0, 5), [20, 40, 80]
    exact = density_wave(times, 0.5, MAXWELL, 1.0, 640)[-1]
    coarse, fine = [], []
    for num in sizes:
        t = np.linspace(0.0, 8.0, num + 1)
        free = MAXWELL.transform(0.5 * t)
        coarse.append(abs(volterra_solution(free, t * free, t[1])[-1] / exact - 1.0))
        fine.append(abs(density_wave(times, 0.5, MAXWELL, 1.0, num)[-1] / exact - 1.0))
    steps = 1.0 / np.array(sizes)
    assert convergence_order(steps, coarse) == pytest.approx(2.0, abs=0.1)
    assert convergence_order(steps, fine) == pytest.approx(6.0, abs=0.1)


def test_the_matrix_pencil_finds_the_modes_of_a_sum():
    omega = np.array([1.3 - 0.1j, -0.4 + 0.05j, 2.2 - 0.3j])
    a = np.array([1.0, 0.3j, 0.1])
    t = 0.2 * np.arange(60)
    modes = matrix_pencil(np.exp(-1j * np.outer(t, omega)) @ a, 0.2, 3)
    order = [int(np.argmin(np.abs(modes.frequencies - w))) for w in omega]
    np.testing.assert_allclose(modes.frequencies[order], omega, atol=1e-9)
    np.testing.assert_allclose(modes.amplitudes[order], a, atol=1e-9)
    with pytest.raises(ValueError, match="num_modes"):
        matrix_pencil(np.ones(8), 0.1, 3)


def test_the_spectrum_of_a_wave_stands_at_its_frequency_and_wavenumber():
    length, dt = 4.0 * np.pi, 0.1
    x, t = np.arange(32) * length / 32, dt * np.arange(200)
    omega = 2.0 * np.pi * 6 / (200 * dt)
    spectrum = wave_spectrum(0.3 * np.cos(1.5 * x - omega * t[:, None]), dt, length)
    i, j = np.unravel_index(np.argmax(spectrum.power), spectrum.power.shape)
    assert spectrum.omega[i] == pytest.approx(omega)
    assert spectrum.wavenumbers[j] == pytest.approx(1.5)
    assert spectrum.power[i, j] == pytest.approx(0.25 * 0.3**2)


def test_bad_signals_are_refused():
    with pytest.raises(ValueError, match="equal steps"):
        density_wave([0.0, 1.0, 3.0], 0.5, MAXWELL, 1.0)
    with pytest.raises(ValueError, match="kernel"):
        volterra_solution(np.ones(4), np.ones(4), 0.1)
    with pytest.raises(ValueError, match="values"):
        wave_spectrum(np.ones(4), 0.1, 1.0)


def test_waves_whose_steps_or_velocities_do_not_last_are_refused():
    with pytest.raises(ValidityError, match="`num_steps` must be larger than 1000 for t = 1000"):
        density_wave([0.0, 1000.0], 0.01, maxwellians(1.0, 0.0, 1.0), -1.0)
    coarse = SmoothDistribution(
        lambda v: jnp.exp(-0.5 * v**2) / np.sqrt(2.0 * np.pi), Grid((-8.0,), (8.0,), (64,))
    )
    with pytest.raises(ValidityError, match="shows f₀ again where η comes near"):
        density_wave([0.0, 60.0], 0.5, coarse, -1.0)
    before = [
        density_wave([0.0, 30.0], 0.5, f0, -1.0)[-1] for f0 in (coarse, maxwellians(1.0, 0.0, 1.0))
    ]
    assert before[0] == pytest.approx(before[1], abs=1e-12)
