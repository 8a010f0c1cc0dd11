import numpy as np
import pytest

from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.occupation import OccupationState
from zitter.wavefunctions.overlaps import OrbitalMatrices
from zitter.wavefunctions.statistics_of_position import occupation_moments, position_moments

TIME = 0.5


def _pair():
    packets = GaussianPacket(
        [[[0.8], [1.1]], [[0.9], [0.7]]],
        [[[-1.0], [1.2]], [[0.3], [2.0]]],
        [[[0.5], [-0.5]], [[1.0], [0.0]]],
    )
    return Superposition(packets, [[1.0, 0.6j], [0.5, 1.0]])


def _by_quadrature(psi):
    x = np.linspace(-11.0, 11.0, 301)
    Q = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    log_psi = np.asarray(psi.derivatives(Q, TIME, 1).log_psi)
    weights = np.nan_to_num(np.exp(2.0 * np.real(log_psi))) * (x[1] - x[0]) ** 2
    mean = np.sum(weights * Q[:, 0]), np.sum(weights * Q[:, 1])
    one = 0.5 * np.sum(weights[:, None] * Q**2) - np.mean(mean) ** 2
    cm = np.sum(weights * Q.mean(axis=1) ** 2) - np.mean(mean) ** 2
    return np.mean(mean), one, cm


def _oscillator(num_orbitals):
    """Matrices of the oscillator states 0 .. K - 1, ħ = m = ω = 1."""
    n = np.arange(num_orbitals + 2)
    x = np.diag(np.sqrt(n[1:] / 2.0), 1)
    x = x + x.T
    cut = slice(0, num_orbitals)
    return OrbitalMatrices(np.eye(num_orbitals), x[None, cut, cut], (x @ x)[None, cut, cut])


@pytest.mark.parametrize("family", [Product, Determinant])
def test_moments_of_two_particles_equal_numerical_quadrature(family):
    psi = family(_pair())
    got = position_moments(psi, TIME)
    np.testing.assert_allclose(
        [got.mean[0], got.variance[0], got.cm_variance[0]], _by_quadrature(psi), rtol=1e-9
    )
    np.testing.assert_allclose(got.width_ratio, 2.0 * got.cm_variance / got.variance)
    np.testing.assert_allclose(got.width_ratio, 1.0 + got.pair_correlation)


def test_moments_of_bosons_equal_numerical_quadrature():
    packets = GaussianPacket(np.full((2, 1, 1), 0.6), np.zeros((2, 1, 1)))
    lobes = GaussianPacket(
        np.full((2, 2, 1), 0.6), [[[-2.0], [2.0]], [[-2.0], [2.0]]], [[[0.7], [-0.7]]] * 2
    )
    psi = OccupationState(Superposition(lobes, [[1.0, 1.0], [1.0, -1.0]]), (1, 1))
    got = position_moments(psi, TIME)
    np.testing.assert_allclose(
        [got.mean[0], got.variance[0], got.cm_variance[0]],
        _by_quadrature(psi),
        rtol=1e-9,
        atol=1e-12,
    )
    assert got.width_ratio[0] > 1.5
    with pytest.raises(ValueError, match="must be orthonormal"):
        position_moments(OccupationState(Superposition(packets, np.ones((2, 1))), (1, 1)))


def test_oscillator_states_have_the_known_width_ratios():
    for n in (2, 10, 100):
        half = occupation_moments(_oscillator(2), [n // 2, n // 2])
        np.testing.assert_allclose(half.cm_variance, 0.25 + 1.0 / n)
        np.testing.assert_allclose(half.width_ratio, n / 4 + 1.0)
        sea = occupation_moments(_oscillator(n), np.ones(n), fermions=True)
        np.testing.assert_allclose(sea.width_ratio, 1.0 / n, rtol=1e-9)
        condensate = occupation_moments(_oscillator(2), [0, n])
        np.testing.assert_allclose(condensate.width_ratio, 1.0, rtol=1e-12)


def test_exchange_widens_bosons_and_narrows_fermions():
    fermions = occupation_moments(_oscillator(2), [1, 1], fermions=True)
    bosons = occupation_moments(_oscillator(2), [1, 1])
    np.testing.assert_allclose(fermions.variance, bosons.variance)
    assert fermions.pair_correlation[0] < 0.0 < bosons.pair_correlation[0]
    np.testing.assert_allclose(bosons.cm_variance, 0.75)


def test_a_condensate_spreads_like_its_orbital_and_one_particle_has_no_pair():
    orbital = _pair().orbital(0)
    one, many = (position_moments(Product(orbital, n), TIME) for n in (1, 20))
    np.testing.assert_allclose(many.cm_variance, one.cm_variance / 20)
    np.testing.assert_allclose(many.pair_correlation, 0.0, atol=1e-12)
    assert np.isnan(one.pair_correlation[0])


def test_moments_scale_with_the_unit_of_length():
    p = _pair().packets
    scaled = GaussianPacket(2.0 * p.width, 2.0 * p.centre, p.momentum / 2.0)
    got = position_moments(Determinant(Superposition(scaled, _pair().coefficients)), 4.0 * TIME)
    want = position_moments(Determinant(_pair()), TIME)
    np.testing.assert_allclose(got.mean, 2.0 * want.mean)
    np.testing.assert_allclose(got.cm_variance, 4.0 * want.cm_variance)
    np.testing.assert_allclose(got.width_ratio, want.width_ratio)


def test_bad_input_is_answered_with_a_sentence():
    with pytest.raises(ValueError, match="0 or 1 for fermions"):
        occupation_moments(_oscillator(2), [2, 0], fermions=True)
    with pytest.raises(ValueError, match="`occupations` must have shape"):
        occupation_moments(_oscillator(2), [1, 1, 1])
    with pytest.raises(ValueError, match="Superposition of packets"):
        position_moments(Product([lambda x, t: -(x[0] ** 2) + 0j], 2))
