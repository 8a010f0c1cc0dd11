"""Spectral densities, their kernels, and their discretisation."""

import numpy as np
import pytest

from zitter.bath.continuum import accurate_bath, discretisation_error
from zitter.bath.discretisation import (
    RULES,
    OscillatorBath,
    default_rule,
    discretised,
    recurrence_time,
    require_bath,
    require_no_recurrence,
)
from zitter.bath.quantum_bath import bath_modes, exact_response
from zitter.bath.response import continuum_response
from zitter.bath.spectral_density import OwnSpectralDensity, SpectralDensity, tabulated_density
from zitter.core.checks import ValidityError

TIMES = np.array([0.0, 0.1, 1.0, 7.0])
KINDS = [("drude", 1.0), ("exponential", 0.5), ("exponential", 1.0), ("exponential", 3.0)]
KINDS += [("drude", 0.5), ("hard", 0.5), ("hard", 1.0), ("hard", 1.5)]
each_kind = pytest.mark.parametrize(("shape", "s"), KINDS)
OHMIC = SpectralDensity(0.1, 5.0, shape="exponential")


@each_kind
def test_the_closed_kernel_is_the_cosine_integral_of_the_density(shape, s):
    density = SpectralDensity(0.3, 2.0, s, shape, mass=1.7)
    own = OwnSpectralDensity(density, density.highest * (40.0 if shape == "drude" else 1.0))
    tolerance = 1e-2 if shape == "drude" else 3e-6
    exact = density.memory_kernel(TIMES)
    assert exact[0] == pytest.approx(density.counter_term, rel=1e-9)
    assert own.counter_term == pytest.approx(density.counter_term, rel=tolerance)
    np.testing.assert_allclose(own.memory_kernel(TIMES), exact, atol=tolerance * exact[0])
    assert own.exponent == pytest.approx(s, abs=2e-3)


def test_the_sub_ohmic_drude_kernel_agrees_with_its_density():
    density = SpectralDensity(0.3, 2.0, 0.5, "drude")
    own = OwnSpectralDensity(density, 3000.0)
    np.testing.assert_allclose(
        own.memory_kernel(TIMES[1:]), density.memory_kernel(TIMES[1:]), rtol=2e-5
    )


@each_kind
def test_a_quantile_holds_its_share_of_the_counter_term(shape, s):
    density = SpectralDensity(0.3, 2.0, s, shape)
    fractions = np.array([0.05, 0.5, 0.9])
    for fraction, top in zip(fractions, density.quantile(fractions), strict=True):
        below = OwnSpectralDensity(density, float(top))
        assert below.counter_term / density.counter_term == pytest.approx(fraction, rel=1e-5)
        assert density.quantile(fraction) == pytest.approx(top)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_gives_the_density_back(rule):
    bath = discretised(OHMIC, 90, rule)
    share = (bath.couplings / bath.frequencies) ** 2
    below = np.sum(share[bath.frequencies < 5.0])
    assert np.sum(share) == pytest.approx(OHMIC.counter_term, rel=2e-2)
    assert below / np.sum(share) == pytest.approx(1.0 - np.exp(-1.0), abs=0.1)


@pytest.mark.parametrize(
    ("rule", "response", "noise"),
    [("equal weights", 2e-5, 4e-4), ("graded", 3e-6, 3e-5), ("graded Gauss", 2e-7, 5e-6)],
)
def test_modes_converge_to_the_continuum(rule, response, noise):
    errors = [
        discretisation_error(OHMIC, discretised(OHMIC, n, rule), 1.0, 1.0, 10.0, 1.0)
        for n in (64, 256)
    ]
    assert errors[0].response > 5.0 * errors[1].response
    assert errors[1].response < response
    assert errors[1].noise < noise


@pytest.mark.parametrize(
    ("shape", "s", "response", "noise"),
    [
        ("drude", 1.0, 5e-4, 4e-3),
        ("exponential", 0.5, 1e-3, 4e-3),
        ("exponential", 3.0, 1.5e-3, 0.15),
        ("hard", 0.5, 1e-10, 1e-5),
        ("hard", 1.0, 1e-10, 1e-10),
    ],
)
def test_the_default_rule_serves_each_kind(shape, s, response, noise):
    density = SpectralDensity(0.1, 5.0, s, shape)
    error = discretisation_error(density, discretised(density, 80), 1.0, 1.0, 10.0, 1.0)
    assert error.response < response
    assert error.noise < noise
    worst = discretisation_error(density, discretised(density, 80, "linear"), 1.0, 1.0, 10.0, 1.0)
    assert worst.noise > error.noise


def test_the_default_rule_of_a_density_of_ones_own_follows_its_exponent():
    ohmic = tabulated_density([0.1, 1.0, 5.0, 20.0], [0.1, 0.8, 0.6, 0.0])
    assert default_rule(ohmic, 50) == "equal weights"
    assert default_rule(OwnSpectralDensity(lambda w: w**3 * np.exp(-w), 40.0), 50) == "tangent"
    assert default_rule(SpectralDensity(0.1, 5.0, 0.5, "hard"), 200) == "equal weights"


def test_a_table_is_read_as_the_density_that_it_samples():
    w = np.linspace(0.05, 120.0, 2400)
    table = tabulated_density(w, OHMIC(w))
    np.testing.assert_allclose(table.memory_kernel(TIMES), OHMIC.memory_kernel(TIMES), atol=5e-5)


def test_an_equidistant_bath_comes_back_at_its_recurrence_time():
    density = SpectralDensity(0.1, 5.0, shape="exponential")
    w = 0.5 * (np.arange(24) + 0.5)
    bath = OscillatorBath(w, np.sqrt(2.0 / np.pi * density(w) * w * 0.5))
    assert recurrence_time(bath, 1.0) == pytest.approx(4.0 * np.pi)
    exact = continuum_response(density, 1.0, 1.0, 15.0, 301)
    found = exact_response(bath_modes(bath, 1.0, 1.0), exact.times)
    error = np.abs(found.G - exact.G)
    assert np.max(error[exact.times < 11.0]) < 0.01
    assert np.max(error[exact.times > 13.0]) > 0.1


def test_bad_densities_are_refused():
    with pytest.raises(ValueError, match="`cutoff` must be positive"):
        SpectralDensity(0.1, 0.0)
    with pytest.raises(ValueError, match="counter-term diverges"):
        SpectralDensity(0.1, 1.0, 2.0, "drude")
    with pytest.raises(ValueError, match="Did you mean 'hard'"):
        SpectralDensity(0.1, 1.0, shape="hart")
    with pytest.raises(ValueError, match=r"J must not be negative, but is -"):
        OwnSpectralDensity(lambda w: np.sin(w), 10.0)
    with pytest.raises(ValueError, match="positive somewhere"):
        OwnSpectralDensity(lambda w: 0.0 * w, 10.0)
    with pytest.raises(ValueError, match="J must not be negative"):
        tabulated_density([1.0, 2.0, 3.0, 4.0], [1.0, -1.0, 1.0, 0.0])
    with pytest.raises(ValueError, match="4 increasing"):
        tabulated_density([1.0, 3.0, 2.0, 4.0], [1.0, 1.0, 1.0, 0.0])


def test_bad_baths_are_refused():
    with pytest.raises(ValueError, match="`rule` must be one of"):
        discretised(OHMIC, 20, "equal")
    with pytest.raises(ValidityError, match="rounding spoils"):
        discretised(SpectralDensity(0.1, 5.0, 0.5, "hard"), 200, "quadratic")
    with pytest.raises(ValidityError, match="comes back after t = "):
        require_no_recurrence(discretised(OHMIC, 6), 1.0, 50.0)
    fast = SpectralDensity(0.1, 900.0, shape="exponential")
    with pytest.raises(ValidityError, match=r"10 is too long against 1/ω_c = 0.0011 to be held"):
        discretisation_error(fast, discretised(fast, 60), 1.0, 1.0, 10.0, 1.0)
    with pytest.raises(ValidityError, match="more than the tolerance 1e-09: use more modes"):
        accurate_bath(OHMIC, 30, 1.0, 1.0, 10.0, 1.0, 1e-9)
    with pytest.raises(ValueError, match=r"`couplings` must have shape"):
        require_bath(OscillatorBath(np.ones(3), np.ones(2)))
    with pytest.raises(ValueError, match="`frequencies` must be increasing"):
        require_bath(OscillatorBath(np.array([2.0, 1.0]), np.ones(2)))
    with pytest.raises(ValueError, match="`couplings` must be finite"):
        require_bath(OscillatorBath(np.array([1.0, 2.0]), np.array([1.0, np.nan])))
    with pytest.raises(ValueError, match="two different frequencies"):
        recurrence_time(OscillatorBath(np.ones(2), np.ones(2)), 1.0)


def test_modes_of_one_frequency_count_as_one_for_the_recurrence():
    bath = discretised(OHMIC, 12)
    many = OscillatorBath(np.repeat(bath.frequencies, 4), 0.5 * np.repeat(bath.couplings, 4))
    assert recurrence_time(many, 1.0) == pytest.approx(recurrence_time(bath, 1.0))


def test_above_all_modes_the_widest_gap_sets_the_recurrence():
    bath = discretised(SpectralDensity(0.1, 1.0, shape="hard"), 40)
    widest = 2.0 * np.pi / np.max(np.diff(bath.frequencies))
    assert recurrence_time(bath, 5.0) == pytest.approx(widest)


def test_a_bath_that_is_accurate_enough_is_given():
    bath = accurate_bath(OHMIC, 80, 1.0, 1.0, 10.0, 1.0, 1e-2)
    np.testing.assert_array_equal(bath.frequencies, discretised(OHMIC, 80).frequencies)
    finer = accurate_bath(OHMIC, 200, 1.0, 1.0, 10.0, 1.0, 1e-4)
    np.testing.assert_array_equal(finer.frequencies, discretised(OHMIC, 200, "graded").frequencies)


@pytest.mark.parametrize("exponent", [0.5, 1.5])
def test_a_drude_kernel_has_no_jump_at_early_times_nor_where_its_two_forms_meet(exponent):
    density = SpectralDensity(1.0, 1.0, exponent)
    kernel = density.memory_kernel(np.array([0.0, 1e-9, 1e-6]))
    # K(0) - K(t) is at most of the order t^(2 - s).
    assert np.all(np.abs(kernel / density.counter_term - 1.0) < 2e-3)
    assert abs(kernel[1] - kernel[0]) < abs(kernel[2] - kernel[0])
    before, after = density.memory_kernel(np.array([1.0, 1.0 + 1e-7]))
    assert abs(before / after - 1.0) < 1e-6


@pytest.mark.parametrize("half_width", [1e-2, 1e-3, 1e-4])
def test_a_narrow_resonance_of_ones_own_density_is_counted_whole(half_width):
    place = 8.03

    def J(w):
        return w * np.exp(-w) + half_width / ((w - place) ** 2 + half_width**2)

    density = OwnSpectralDensity(lambda w: w * J(w), 20.0)
    ohmic = 1.0 - 21.0 * np.exp(-20.0)
    line = np.arctan((20.0 - place) / half_width) + np.arctan(place / half_width)
    assert density.counter_term == pytest.approx(2.0 / np.pi * (ohmic + line), rel=1e-10)


def test_a_density_that_does_not_vanish_at_zero_is_refused():
    with pytest.raises(ValidityError, match="J must vanish at ω = 0"):
        OwnSpectralDensity(lambda w: np.ones_like(w), 1.0)


@pytest.mark.parametrize("density", [OHMIC, SpectralDensity(0.1, 5.0)])
def test_a_rule_whose_highest_mode_has_no_bound_is_refused(density):
    with pytest.raises(ValidityError, match="the highest has no finite frequency"):
        discretised(density, 900, "graded Gauss")


def test_a_bath_is_told_how_far_it_errs_however_many_modes_it_has():
    for density in (OHMIC, SpectralDensity(0.1, 5.0, 0.5, "exponential")):
        with pytest.raises(ValidityError, match=r"modes errs by .*, more than"):
            accurate_bath(density, 700, 1.0, 1.0, 2.0, 0.5, 1e-12)
