from math import factorial, lgamma, log

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import zitter.wavefunctions.occupation as module
from zitter.core.checks import ValidityError
from zitter.wavefunctions.derivatives import automatic_derivatives, derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.occupation import OccupationState
from zitter.wavefunctions.overlaps import normalised
from zitter.wavefunctions.permanent import Permanent

TIME = 0.6


def _orbitals(num_orbitals, num_space=1, seed=0, num_packets=2, spread=1.5):
    rng = np.random.default_rng(seed)
    shape = (num_orbitals, num_packets, num_space)
    packets = GaussianPacket(
        width=rng.uniform(0.7, 1.3, shape),
        centre=rng.normal(0.0, spread, shape),
        momentum=rng.normal(0.0, 1.0, shape),
        mass=1.3,
        hbar=0.7,
    )
    real, imaginary = rng.normal(size=(2, num_orbitals, num_packets))
    return normalised(Superposition(packets, real + 1j * imaginary))


def _repeated(orbitals, occupations):
    return orbitals.orbital(np.repeat(np.arange(len(occupations)), occupations))


def _colliding(separation=0.0, momentum=1.0):
    centre = np.array([[[-separation]], [[separation]]])
    speed = np.array([[[momentum]], [[-momentum]]])
    return Superposition(GaussianPacket(1.0, centre, speed), np.ones((2, 1)))


def _assert_same(got, want, tolerance=1e-12):
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = np.asarray(getattr(got, name)), np.asarray(getattr(want, name))
        assert a.shape == b.shape, name
        assert np.max(np.abs(a - b)) < tolerance * np.max(np.abs(b)), name
    phase = np.exp(np.asarray(got.log_psi) - np.asarray(want.log_psi))
    np.testing.assert_allclose(phase, 1.0, rtol=tolerance)


@pytest.mark.parametrize(
    ("occupations", "num_space"),
    [((1, 1), 1), ((2, 3), 1), ((3, 4), 2), ((8, 8), 1), ((5, 0, 2), 1), ((2, 2, 2), 3), ((4,), 2)],
)
def test_all_derivatives_are_those_of_the_full_permanent(occupations, num_space):
    orbitals = _orbitals(len(occupations), num_space)
    Q = np.random.default_rng(1).normal(size=(3, sum(occupations) * num_space))
    got = derivatives(OccupationState(orbitals, occupations), Q, TIME, 3, num_space)
    want = Permanent(_repeated(orbitals, occupations)).derivatives(Q, TIME, 3)
    digits = 1e-13 * max(np.max(np.asarray(got.condition)), np.max(np.asarray(want.condition)))
    _assert_same(got, want, max(1e-12, digits))
    assert np.all(np.asarray(got.condition) > 1.0 - 1e-12)


def test_lower_orders_are_the_same_numbers():
    psi = OccupationState(_orbitals(2), (3, 2))
    Q = np.random.default_rng(2).normal(size=(2, 5))
    third, second, first = (psi.derivatives(Q, TIME, order) for order in (3, 2, 1))
    np.testing.assert_allclose(second.second, third.second, rtol=1e-11)
    np.testing.assert_allclose(first.gradient, third.gradient, rtol=1e-12)
    assert first.second is None
    assert second.cm_third is None


@pytest.mark.parametrize(("occupations", "num_space"), [((2, 2), 1), ((1, 2, 1), 1)])
def test_automatic_differentiation_of_the_traced_form_agrees(occupations, num_space):
    psi = OccupationState(_orbitals(len(occupations), num_space), occupations)
    Q = np.random.default_rng(3).normal(size=(2, sum(occupations) * num_space))
    got, want = psi.derivatives(Q, TIME, 2), automatic_derivatives(psi, Q, TIME, 2, num_space)
    np.testing.assert_allclose(got.second, want.second, rtol=1e-11)
    np.testing.assert_allclose(got.gradient, want.gradient, rtol=1e-11)
    np.testing.assert_allclose(np.exp(got.log_psi - want.log_psi), 1.0, rtol=1e-12)


def test_the_traced_form_agrees_at_two_hundred_particles():
    psi = OccupationState(_colliding(1.0), (90, 110))
    q = np.random.default_rng(4).normal(size=200)
    got = psi.derivatives(q[None], 0.3, 1).log_psi[0]
    assert abs(np.exp(got - psi(jnp.asarray(q), 0.3)) - 1.0) < 1e-11


def test_one_orbital_is_a_product():
    orbitals = _orbitals(2)
    Q = np.random.default_rng(5).normal(size=(2, 6))
    got = OccupationState(orbitals, (0, 6)).derivatives(Q, TIME, 3)
    want = Product(orbitals.orbital(1), 6).derivatives(Q, TIME, 3)
    _assert_same(got, want)


def test_orbitals_far_apart_leave_one_term():
    psi = OccupationState(_colliding(60.0, 0.0), (3, 2))
    q = np.array([-60.0, -61.0, -59.0, 60.0, 61.5])
    got = psi.derivatives(q[None], 0.0, 1)
    d = np.array([0.0, -1.0, 1.0, 0.0, 1.5])
    log_product = np.sum(-0.25 * np.log(2.0 * np.pi) - 0.25 * d**2)
    assert got.log_psi[0] == pytest.approx(log_product - 0.5 * np.log(10.0), rel=1e-13)
    np.testing.assert_allclose(np.real(got.gradient[0]), -0.5 * d, atol=1e-12)


def test_too_many_particles_on_one_side_are_weighted_by_the_far_tail():
    psi = OccupationState(_colliding(30.0, 0.0), (2, 2))
    q = np.array([-30.0, -30.0, -30.0, 30.0])
    got = psi.derivatives(q[None], 0.0, 1)
    log_norm = -np.log(2.0 * np.pi) - 0.5 * np.log(6.0) + np.log(3.0)
    assert np.real(got.log_psi[0]) == pytest.approx(log_norm - 0.25 * 60.0**2, rel=1e-12)


def test_twelve_hundred_particles_in_fringes_obey_the_recurrence_in_two_hundred_bits():
    psi = OccupationState(_colliding(0.0, 2.0), (600, 600))
    rng = np.random.default_rng(6)
    x, height = rng.normal(size=4000), rng.uniform(size=4000)
    q = x[height < np.cos(2.0 * x + 0.3) ** 2][:1200]
    got = psi.derivatives(q[None], 0.0, 3)
    # φ_2/φ_1 = e^(-4ix); the common factor is a product.
    log_coefficient = _log_elementary_polynomial(np.exp(-4j * q), 600)
    common = np.sum(-0.25 * np.log(2.0 * np.pi) - 0.25 * q**2 + 2j * q)
    log_count = 0.5 * (lgamma(1201) - 2.0 * lgamma(601))
    norm = _fringe_norm(600, np.exp(-8.0))
    want = log_coefficient + common - log_count - 0.5 * norm
    assert abs(np.exp(complex(got.log_psi[0]) - want) - 1.0) < 1e-11
    assert float(got.condition[0]) < 2.0
    # All particles together: ∂_cm multiplies φ_1, φ_2 by ±2i, which cancel; the rest is -x/2.
    total = np.sum(np.asarray(got.gradient), axis=1)
    assert total[0] == pytest.approx(-0.5 * np.sum(q), abs=1e-9)
    np.testing.assert_allclose(np.asarray(got.cm_gradient)[0, 0], -0.5, atol=1e-9)
    np.testing.assert_allclose(got.cm_third, 0.0, atol=1e-6)


def _log_elementary_polynomial(z, n, bits=200):
    unit = 1 << bits
    re, im = (np.array([0] * (n + 1), dtype=object) for _ in range(2))
    re[0] = unit
    for factor in z:
        a, b = int(factor.real * 2**60) << (bits - 60), int(factor.imag * 2**60) << (bits - 60)
        step_re, step_im = re[:-1] * a - im[:-1] * b >> bits, re[:-1] * b + im[:-1] * a >> bits
        re[1:] += step_re
        im[1:] += step_im
    size = max(abs(re[n]), abs(im[n]))
    return np.log(complex(re[n] / size, im[n] / size)) + log(size) - log(unit)


def _fringe_norm(n, overlap):
    m = np.arange(n + 1)
    log_binomial = np.array([lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) for k in m])
    terms = 2.0 * log_binomial + 2.0 * m * np.log(overlap)
    return np.max(terms) + np.log(np.sum(np.exp(terms - np.max(terms))))


def test_few_nodes_are_refined_until_they_agree(monkeypatch):
    psi = OccupationState(_colliding(0.5, 1.0), (60, 40))
    Q = np.random.default_rng(7).normal(size=(2, 100))
    want = psi.derivatives(Q, 0.2, 3)
    monkeypatch.setattr(module, "_NODES_PER_ROOT", 0.4)
    _assert_same(psi.derivatives(Q, 0.2, 3), want, 1e-10)
    monkeypatch.setattr(module, "_ALIAS_TOLERANCE", np.inf)
    with pytest.raises(AssertionError):
        _assert_same(psi.derivatives(Q, 0.2, 3), want, 1e-10)


def test_the_norm_is_one_for_overlapping_orbitals():
    psi = OccupationState(_orbitals(2, spread=0.5), (1, 2))
    grid = np.linspace(-10.0, 10.0, 41)
    Q = np.stack(np.meshgrid(grid, grid, grid), axis=-1).reshape(-1, 3)
    density = np.exp(2.0 * np.real(np.asarray(psi.derivatives(Q, 0.0, 1).log_psi)))
    assert np.sum(density) * (grid[1] - grid[0]) ** 3 == pytest.approx(1.0, abs=1e-6)


def test_the_norm_agrees_with_the_full_permanent_at_any_size():
    orbitals = _orbitals(3)
    psi = OccupationState(orbitals, (2, 3, 1))
    full = Permanent(_repeated(orbitals, (2, 3, 1)))
    counts = factorial(2) * factorial(3)
    assert float(psi.log_norm) == pytest.approx(float(full.log_norm) + np.log(counts), rel=1e-12)


def test_derivatives_work_inside_compiled_code():
    psi = OccupationState(_orbitals(2), (2, 1))
    Q = np.random.default_rng(8).normal(size=(2, 3))
    compiled = jax.jit(lambda Q, t: psi.derivatives(Q, t, 1))(Q, TIME)
    np.testing.assert_allclose(compiled.gradient, psi.derivatives(Q, TIME, 1).gradient, rtol=1e-12)


def test_a_lost_configuration_is_nan_and_leaves_the_others_alone():
    psi = OccupationState(_orbitals(2), (2, 2))
    Q = np.random.default_rng(11).normal(size=(2, 4))
    Q[0, 2] = np.nan
    got = psi.derivatives(Q, TIME, 3)
    assert np.isnan(complex(got.log_psi[0]).real)
    np.testing.assert_allclose(got.cm_third[1], psi.derivatives(Q[1:], TIME, 3).cm_third[0])


def test_bad_input_gets_a_sentence():
    orbitals = _orbitals(2)
    with pytest.raises(ValueError, match="`occupations` must have shape"):
        OccupationState(orbitals, (1, 2, 3))
    with pytest.raises(ValueError, match="`occupations` must be a whole number, at least 0"):
        OccupationState(orbitals, (-1, 2))
    with pytest.raises(ValueError, match="`num_particles` must be a whole number, at least 1"):
        OccupationState(orbitals, (0, 0))
    with pytest.raises(ValidityError, match="use fewer orbitals or fewer particles"):
        OccupationState(_orbitals(4), (2000,) * 4)
    with pytest.raises(ValueError, match="must have shape"):
        OccupationState(orbitals, (1, 2)).derivatives(np.zeros((1, 4)), 0.0, 1)
