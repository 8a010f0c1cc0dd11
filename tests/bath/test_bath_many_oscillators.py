"""Only the centre of mass couples to the bath, and by how much not."""

import numpy as np
import pytest

from zitter.bath.discretisation import OscillatorBath
from zitter.bath.many_oscillators import (
    centre_of_mass_bath,
    collective_couplings,
    many_oscillators_factor,
    relative_coupling,
)
from zitter.bath.quantum_bath import bath_modes, modes_of_factor, propagator
from zitter.system.coordinates import centre_of_mass_coordinates

RNG = np.random.default_rng(4)
BATH = OscillatorBath(np.sort(RNG.uniform(0.2, 6.0, 20)), RNG.uniform(0.05, 0.3, 20))
MASS, TRAP, N = 1.3, 0.9, 8


def test_equal_couplings_leave_the_relative_coordinates_alone():
    for num in (2, 8, 1000):
        found = collective_couplings(np.tile(BATH.couplings, (num, 1)))
        assert np.max(np.abs(found.relative)) < 1e-14
        np.testing.assert_allclose(found.centre_of_mass, num * BATH.couplings, rtol=1e-13)


def test_unequal_couplings_reach_them_by_the_scatter_of_the_couplings():
    c = RNG.uniform(0.1, 0.4, (N, 20))
    found = collective_couplings(c)
    scatter = np.sum((c - c.mean(axis=0)) ** 2, axis=0)
    np.testing.assert_allclose(np.sum(found.relative**2, axis=0), scatter, rtol=1e-12)
    x, q = RNG.normal(size=N), RNG.normal(size=20)
    z = centre_of_mass_coordinates(x[:, None])
    whole = z.x_cm[0] * found.centre_of_mass @ q + np.asarray(z.y)[:, 0] @ found.relative @ q
    assert float(whole) == pytest.approx(x @ c @ q, rel=1e-12)


def _trajectory(couplings, t):
    """x_cm(t) of all N + n oscillators, and of the reduced 1 + n, from one random start."""
    rng = np.random.default_rng(5)
    q0, p0 = rng.normal(size=(2, N + 20))
    S = propagator(modes_of_factor(many_oscillators_factor(N, MASS, TRAP, 0.7, BATH, couplings)), t)
    full = S.qq @ q0 + S.qp @ p0
    # √(Nm) x_cm = Σ √m x_i / √N
    start = [np.concatenate([[np.sum(v[:N]) / np.sqrt(N)], v[N:]]) for v in (q0, p0)]
    reduced = propagator(bath_modes(centre_of_mass_bath(BATH, N), N * MASS, TRAP), t)
    return np.sum(full[:N]) / np.sqrt(N), full[N:], reduced.qq @ start[0] + reduced.qp @ start[1]


@pytest.mark.parametrize("t", [0.7, 13.0])
def test_all_oscillators_and_the_reduced_model_move_alike(t):
    x_cm, q, reduced = _trajectory(None, t)
    assert x_cm == pytest.approx(reduced[0], abs=1e-12)
    np.testing.assert_allclose(q, reduced[1:], atol=1e-12)


def test_with_unequal_couplings_they_do_not():
    couplings = np.tile(BATH.couplings, (N, 1))
    couplings[0] *= 1.5
    couplings[1] *= 0.5
    x_cm, _, reduced = _trajectory(couplings, 13.0)
    assert abs(x_cm - reduced[0]) > 1e-3


def test_a_coupling_that_is_not_linear_reaches_them_by_its_curvature():
    y = 1e-4 * RNG.normal(size=N)
    x = 0.6 + y - y.mean()
    z = np.asarray(centre_of_mass_coordinates(x[:, None]).y)[:, 0]
    np.testing.assert_allclose(
        relative_coupling(lambda x: np.full_like(x, 0.8), x), 0.0, atol=1e-15
    )
    np.testing.assert_allclose(relative_coupling(np.cos, x), -np.sin(0.6) * z, atol=1e-8)


def test_springs_between_the_particles_shift_only_the_relative_modes():
    free = OscillatorBath(np.array([2.0]), np.array([0.0]))
    modes = modes_of_factor(many_oscillators_factor(3, MASS, TRAP, 0.7, free))
    stiff = np.sqrt(TRAP**2 + 3 * 0.7 / MASS)
    np.testing.assert_allclose(modes.frequencies, [TRAP, stiff, stiff, 2.0], rtol=1e-12)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`pair_stiffness` must not be negative"):
        many_oscillators_factor(2, 1.0, 1.0, -1.0, BATH)
    with pytest.raises(ValueError, match="`couplings` must have shape"):
        many_oscillators_factor(2, 1.0, 1.0, 0.0, BATH, np.ones((3, 20)))
    with pytest.raises(ValueError, match="`couplings` must have shape"):
        collective_couplings(np.ones(3))
    with pytest.raises(ValueError, match="must have shape"):
        relative_coupling(lambda x: x[:2], np.ones(3))
