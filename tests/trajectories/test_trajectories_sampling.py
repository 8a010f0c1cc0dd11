import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import kstest

from zitter.core.checks import ValidityError
from zitter.trajectories.metropolis import integrated_autocorrelation_time
from zitter.trajectories.sampling import (
    sample_determinant,
    sample_metropolis,
    sample_product,
    sample_stratified,
    sample_superposition,
)
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.overlaps import normalised, orbital_matrices
from zitter.wavefunctions.statistics_of_position import position_moments

TIME = 0.7


def _left_right(distance=2.0, momentum=1.5, coefficients=(1.0, 0.6j), widths=(0.8, 1.1)):
    packets = GaussianPacket(
        np.array(widths)[:, None],
        np.array([[-distance], [distance]]),
        np.array([[momentum], [-momentum]]),
    )
    return Superposition(packets, np.array(coefficients))


def _stack(orbitals):
    fields = ("width", "centre", "momentum")
    packets = GaussianPacket(*(np.stack([getattr(o.packets, f) for o in orbitals]) for f in fields))
    return Superposition(packets, np.stack([o.coefficients for o in orbitals]))


def _pair():
    return _stack([_left_right(), _left_right(1.0, -0.5, (1.0, 1.0), (0.9, 0.7))])


def _line(num=4001, reach=14.0):
    return np.linspace(-reach, reach, num)


def _cdf(density, x):
    total = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(x))])
    return lambda y: np.interp(y, x, total / total[-1])


def _one_body(orbital):
    x = _line()
    jets = Product(orbital, 1).derivatives(x[:, None], TIME, 1)
    return _cdf(np.exp(2.0 * np.real(np.asarray(jets.log_psi))), x)


def _pair_density(psi):
    """Density of (x_cm, |x₁ - x₂|) on a grid."""
    x_cm, gap = np.linspace(-8.0, 8.0, 321), np.linspace(0.0, 14.0, 561)
    c, d = np.meshgrid(x_cm, gap, indexing="ij")
    Q = np.stack([c + 0.5 * d, c - 0.5 * d], axis=-1).reshape(-1, 2)
    density = np.exp(2.0 * np.real(np.asarray(psi.derivatives(Q, TIME, 1).log_psi)))
    return x_cm, gap, np.nan_to_num(density).reshape(c.shape)


def test_positions_in_the_fringes_of_two_packets_follow_the_density():
    orbital = _left_right()
    x = sample_superposition(orbital, 20_000, np.random.default_rng(1), TIME)
    assert x.shape == (20_000, 1)
    assert kstest(x[:, 0], _one_body(orbital)).pvalue > 1e-3


def test_the_mixture_without_interference_would_be_seen():
    orbital = _left_right()
    rng = np.random.default_rng(1)
    sides = rng.random(20_000) < 0.36 / 1.36
    draws = [
        sample_superposition(Superposition(orbital.packets, np.array(c)), 20_000, rng, TIME)[:, 0]
        for c in ((1.0, 0.0), (0.0, 1.0))
    ]
    assert kstest(np.where(sides, draws[1], draws[0]), _one_body(orbital)).pvalue < 1e-6


def test_positions_in_space_have_the_exact_moments():
    width = np.array([[0.5, 1.0, 2.0], [0.8, 0.8, 0.8]])
    centre = np.array([[1.0, 0.0, -3.0], [1.5, 0.5, -2.0]])
    orbital = Superposition(GaussianPacket(width, centre, 0.7), np.array([1.0, 1.0j]))
    n = 40_000
    x = sample_superposition(orbital, n, np.random.default_rng(2))
    unit = normalised(
        Superposition(GaussianPacket(width[None], centre[None], 0.7), orbital.coefficients[None])
    )
    matrices = orbital_matrices(unit)
    mean = np.real(np.asarray(matrices.position))[:, 0, 0]
    square = np.real(np.asarray(matrices.position_squared))[:, 0, 0]
    z = (x.mean(axis=0) - mean) / (x.std(axis=0) / np.sqrt(n))
    z2 = ((x**2).mean(axis=0) - square) / ((x**2).std(axis=0) / np.sqrt(n))
    assert np.max(np.abs(np.concatenate([z, z2]))) < 4.0


def test_each_particle_of_a_product_follows_its_own_orbital():
    orbitals = _pair()
    Q = sample_product(Product(orbitals), 10_000, np.random.default_rng(3), TIME)
    for k in range(2):
        assert kstest(Q[:, k], _one_body(orbitals.orbital(k))).pvalue > 1e-3
    assert abs(np.corrcoef(Q.T)[0, 1]) < 4.0 / np.sqrt(10_000)
    condensate = Product(orbitals.orbital(0), 3)
    Q = sample_product(condensate, 3000, np.random.default_rng(4), TIME)
    assert Q.shape == (3000, 3)
    assert kstest(Q.ravel(), _one_body(orbitals.orbital(0))).pvalue > 1e-3


def test_two_fermions_have_the_exact_joint_density():
    psi = Determinant(_pair())
    Q = sample_determinant(psi, 20_000, np.random.default_rng(5), TIME)
    x_cm, gap, density = _pair_density(psi)
    assert kstest(Q.mean(axis=1), _cdf(density.sum(axis=1), x_cm)).pvalue > 1e-3
    assert kstest(np.abs(Q[:, 0] - Q[:, 1]), _cdf(density.sum(axis=0), gap)).pvalue > 1e-3
    swapped = np.mean(Q[:, 0] < Q[:, 1])
    assert abs(swapped - 0.5) < 4.0 * 0.5 / np.sqrt(len(Q))


def test_independent_particles_in_the_same_orbitals_would_fail_the_pair_distance():
    psi = Determinant(_pair())
    Q = sample_product(Product(_pair()), 5000, np.random.default_rng(6), TIME)
    close = np.mean(np.abs(Q[:, 0] - Q[:, 1]) < 0.25)
    fermions = sample_determinant(psi, 5000, np.random.default_rng(6), TIME)
    assert close > 5.0 * np.mean(np.abs(fermions[:, 0] - fermions[:, 1]) < 0.25)


def test_fermions_in_space_come_from_the_packet_mixture_with_exact_moments():
    rng = np.random.default_rng(7)
    packets = GaussianPacket(rng.uniform(0.7, 1.3, (3, 1, 2)), rng.normal(0, 1.0, (3, 1, 2)), 0.3)
    psi = Determinant(Superposition(packets, np.ones((3, 1))))
    n = 4000
    Q = sample_determinant(psi, n, rng).reshape(n, 3, 2)
    moments = position_moments(psi)
    x = Q.mean(axis=1)
    z = (x.mean(axis=0) - moments.mean) / np.sqrt(moments.cm_variance / n)
    assert np.max(np.abs(z)) < 4.0
    ratio = x.var(axis=0) / moments.cm_variance - 1.0
    assert np.max(np.abs(ratio)) < 4.0 * np.sqrt(2.0 / n)


def test_stratified_preparations_put_half_of_the_particles_on_each_side():
    orbitals = _stack([_left_right(20.0)] * 5)
    Q = sample_stratified(orbitals, 400, np.random.default_rng(8))
    on_the_right = np.sum(Q > 0, axis=1)
    assert set(on_the_right) == {2, 3}
    assert abs(np.mean(on_the_right) - 2.5) < 4.0 * 0.5 / np.sqrt(400)
    assert np.max(np.abs(np.mean(Q > 0, axis=0) - 0.5)) < 4.0 * 0.5 / np.sqrt(400)
    even = sample_stratified(orbitals.orbital(0), 50, np.random.default_rng(9), num_particles=4)
    assert np.all(np.sum(even > 0, axis=1) == 2)
    random = sample_product(Product(orbitals), 400, np.random.default_rng(8))
    assert len(set(np.sum(random > 0, axis=1))) > 2


def test_metropolis_draws_follow_the_density_of_an_interfering_pair():
    psi = Determinant(_pair())
    rng = np.random.default_rng(10)
    start = rng.normal(0.0, 1.5, (400, 2))
    result = sample_metropolis(psi, 8000, rng, start=start, t=TIME, burn_in=150, thin=4)
    assert result.samples.shape == (8000, 2)
    assert 0.15 < result.acceptance < 0.6
    assert 1.0 <= result.autocorrelation_time < 30.0
    x_cm, gap, density = _pair_density(psi)
    for values, cdf in (
        (result.samples.mean(axis=1), _cdf(density.sum(axis=1), x_cm)),
        (np.abs(np.diff(result.samples, axis=1)[:, 0]), _cdf(density.sum(axis=0), gap)),
    ):
        assert kstest(values, cdf).statistic * np.sqrt(result.effective_size) < 1.95


def test_reflections_carry_a_chain_between_far_mirrored_packets():
    psi = Product(_left_right(30.0, 0.0, (1.0, 1.0), (1.0, 1.0)), 1)
    rng = np.random.default_rng(11)
    start = np.full((1, 1), 30.0)
    stuck = sample_metropolis(psi, 300, rng, start=start, step=1.0, burn_in=0)
    free = sample_metropolis(psi, 300, rng, start=start, step=1.0, burn_in=0, sign_flips=True)
    assert np.all(stuck.samples > 0)
    assert 0.3 < np.mean(free.samples > 0) < 0.7


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_the_autocorrelation_time_of_an_autoregressive_chain_is_the_known_one(correlation):
    rng = np.random.default_rng(12)
    n = 200_000
    noise = rng.normal(size=n) * np.sqrt(1.0 - correlation**2)
    chain = np.empty(n)
    chain[0] = rng.normal()
    for i in range(1, n):
        chain[i] = correlation * chain[i - 1] + noise[i]
    want = (1.0 + correlation) / (1.0 - correlation)
    got = integrated_autocorrelation_time(chain)
    assert abs(got / want - 1.0) < 0.08
    chains = integrated_autocorrelation_time(chain.reshape(20, -1).T)
    assert abs(chains / want - 1.0) < 0.08


def test_chains_stuck_in_different_places_count_as_slow():
    rng = np.random.default_rng(13)
    chains = rng.normal(size=(200, 2)) + np.array([-10.0, 10.0])
    assert integrated_autocorrelation_time(chains) > 30.0


def test_the_same_seed_gives_the_same_draws():
    first = sample_determinant(Determinant(_pair()), 5, np.random.default_rng(14), TIME)
    again = sample_determinant(Determinant(_pair()), 5, np.random.default_rng(14), TIME)
    np.testing.assert_array_equal(first, again)


def test_bad_input_is_answered_with_a_sentence():
    rng = np.random.default_rng(0)
    orbitals = _pair()
    with pytest.raises(ValueError, match="must be a single orbital"):
        sample_superposition(orbitals, 3, rng)
    with pytest.raises(ValueError, match="`num` must be a whole number"):
        sample_product(Product(orbitals), 0, rng)
    user = Product([lambda x, t: -(x[0] ** 2) + 0j], 2)
    with pytest.raises(ValueError, match="use sample_metropolis"):
        sample_product(user, 3, rng)
    with pytest.raises(ValueError, match="exactly two packets"):
        sample_stratified(Superposition(GaussianPacket(np.ones((3, 1))), np.ones(3)), 1, rng)
    with pytest.raises(ValueError, match="there are 2 orbitals"):
        sample_stratified(orbitals, 1, rng, num_particles=3)
    with pytest.raises(ValueError, match="`start` must have shape"):
        sample_metropolis(user, 3, rng, start=np.zeros((2, 3, 1)))
    with pytest.raises(ValidityError, match="vanishes at a start"):
        sample_metropolis(lambda q, t: jnp.log(q[0] + 0j), 3, rng, start=np.zeros((1, 1)))
    nothing = Superposition(GaussianPacket(np.ones((2, 1))), np.array([1.0, -1.0]))
    with pytest.raises(ValidityError, match="cancel almost everywhere"):
        sample_superposition(nothing, 3, rng)
