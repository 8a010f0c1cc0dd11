"""Fluctuations about a uniform mean field: linear response, and bodies."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.mean_field.batches import batch_paths, sheet_accelerations
from zitter.mean_field.fluctuations import density_modes, fluctuation_strength

K_WAVE, LENGTH = 0.5, 4.0 * np.pi


def test_free_bodies_keep_their_noise():
    found = fluctuation_strength([0.0, 1.0, 7.0], 0.5, 1.0, 0.0)
    assert np.max(np.abs(found - 1.0)) < 1e-14


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_cold_bodies_oscillate_or_grow_in_closed_form(sign):
    # σ → 0: ρ̈ = ±ω²ρ from rest, so |ρ|² = cos² or cosh² of ωt.
    t = np.array([0.3, 1.1, 2.0])
    expected = np.cos(t) ** 2 if sign < 0.0 else np.cosh(t) ** 2
    assert fluctuation_strength(t, 1e-7, 1.0, sign) == pytest.approx(expected, rel=1e-7)


def test_the_rule_for_the_integrals_is_of_fourth_order():
    exact = fluctuation_strength([3.0], 0.5, 1.0, 1.0, 3200)[0]
    errors = [abs(fluctuation_strength([3.0], 0.5, 1.0, 1.0, n)[0] - exact) for n in (20, 40, 80)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders[-1] == pytest.approx(4.0, abs=0.1)


def test_a_plasma_screens_its_noise_down_to_the_stationary_strength():
    # Debye: K E|ρ_k|² = k²λ²/(1 + k²λ²), once the initial noise is forgotten.
    late = fluctuation_strength([40.0], 0.8, 1.0, -1.0)[0]
    assert late == pytest.approx(0.64 / 1.64, rel=1e-3)


@pytest.mark.parametrize(("sign", "last"), [(-1.0, 5.0), (1.0, 3.0)])
def test_bodies_fluctuate_as_linear_response_says_without_a_free_constant(sign, last):
    K, num_runs, h = 1000, 200, 0.1
    rng = np.random.default_rng(11)
    X0, V0 = LENGTH * rng.random((num_runs, K)), rng.normal(size=(num_runs, K))
    coupling = sign * LENGTH / (4.0 * np.pi)
    record = [0, round(0.5 * last / h), round(last / h)]
    paths = batch_paths(lambda n, x: sheet_accelerations(x, coupling, LENGTH), X0, V0, h, record)
    strength = K * np.abs(density_modes(paths.X, K_WAVE)) ** 2
    mean, error = strength.mean(axis=1), strength.std(axis=1, ddof=1) / np.sqrt(num_runs)
    expected = fluctuation_strength(h * np.array(record), K_WAVE, 1.0, sign)
    assert np.max(np.abs(mean - expected) / error) < 3.0
    opposite = fluctuation_strength(h * np.array(record), K_WAVE, 1.0, -sign)
    assert np.max(np.abs(mean - opposite) / error) > 10.0


def test_modes_of_the_density():
    X = np.array([[0.0, 1.0], [0.0, np.pi]])
    assert density_modes(X, 1.0) == pytest.approx([0.5 * (1.0 + np.exp(-1.0j)), 0.0])


def test_what_has_no_fluctuation_is_refused():
    with pytest.raises(ValueError, match="`times` must not be negative"):
        fluctuation_strength([-1.0], 0.5, 1.0, 1.0)
    with pytest.raises(ValueError, match="`spread` must be positive"):
        fluctuation_strength([1.0], 0.5, 0.0, 1.0)
    with pytest.raises(ValueError, match="`num_steps` must be a whole number"):
        fluctuation_strength([1.0], 0.5, 1.0, 1.0, 3)


@pytest.mark.parametrize(("time", "wavenumber", "rate"), [(1000.0, 0.3, -1.0), (200.0, 0.1, 1.0)])
def test_steps_too_long_for_the_fluctuations_are_refused(time, wavenumber, rate):
    with pytest.raises(ValidityError, match="`num_steps` must be larger than 2000"):
        fluctuation_strength([1.0, time], wavenumber, 1.0, rate)
