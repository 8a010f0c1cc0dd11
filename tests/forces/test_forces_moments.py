import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.grid import Grid
from zitter.core.statistics import ks_test
from zitter.forces.moments import (
    centre_of_mass_density,
    cumulant_of_mean,
    fisher_information,
    one_particle_mean,
    one_particle_variance,
    pair_correlation,
    width_ratio,
)

GRID = Grid((-12.0,), (14.0,), (256,))
X = jnp.asarray(GRID.axes[0])


def normal(x, mean, width):
    return jnp.exp(-((x - mean) ** 2) / (2 * width**2)) / jnp.sqrt(2 * jnp.pi) / width


def test_moments_of_a_normal_density():
    density = normal(X, 0.7, 1.3)
    assert float(one_particle_mean(density, GRID)) == pytest.approx(0.7, rel=1e-12)
    assert float(one_particle_variance(density, GRID)) == pytest.approx(1.69, rel=1e-12)
    information = fisher_information(jnp.sqrt(density), GRID)
    assert float(information) == pytest.approx(1.0 / 1.69, rel=1e-10)


def test_the_information_of_an_excited_oscillator_is_counted_through_its_node():
    R = X * jnp.exp(-(X**2) / 2.0)
    assert float(fisher_information(R, GRID)) == pytest.approx(6.0, rel=1e-10)
    assert float(fisher_information(-3.0 * R, GRID)) == pytest.approx(6.0, rel=1e-10)


def test_the_mean_of_many_draws_follows_the_normal_density():
    rng, num_particles = np.random.default_rng(0), 400
    x_cm = rng.gamma(2.0, size=(2000, num_particles)).mean(axis=1)
    x = np.linspace(1.0, 3.0, 4001)
    density = centre_of_mass_density(x, 2.0, 2.0, num_particles)
    cdf = np.cumsum(np.asarray(density)) * (x[1] - x[0])
    assert cdf[-1] == pytest.approx(1.0, rel=1e-9)
    assert ks_test(x_cm, lambda v: np.interp(v, x, cdf)).p_value > 1e-3
    narrow = np.cumsum(np.asarray(centre_of_mass_density(x, 2.0, 1.0, num_particles)))
    assert ks_test(x_cm, lambda v: np.interp(v, x, narrow / narrow[-1])).p_value < 1e-6


def test_cumulants_of_the_mean_fall_with_powers_of_n():
    rng, num_particles = np.random.default_rng(1), 8
    x_cm = rng.exponential(size=(400000, num_particles)).mean(axis=1)
    third = np.mean((x_cm - x_cm.mean()) ** 3)
    assert third == pytest.approx(cumulant_of_mean(2.0, 3, num_particles), rel=0.05)
    assert cumulant_of_mean(2.0, 3, num_particles) == 2.0 / 64.0


def test_the_width_ratio_tells_independence_attraction_and_repulsion_apart():
    rng = np.random.default_rng(2)
    free = rng.standard_normal((20000, 5))
    together = free + 2.0 * rng.standard_normal((20000, 1))
    apart = free - free.mean(axis=1, keepdims=True)
    assert width_ratio(free) == pytest.approx(1.0, abs=0.04)
    assert pair_correlation(together) == pytest.approx(4.0 / 5.0, abs=0.02)
    assert width_ratio(together) == pytest.approx(1.0 + 4.0 * pair_correlation(together))
    assert width_ratio(apart) == pytest.approx(0.0, abs=1e-12)
    assert pair_correlation(apart) == pytest.approx(-1.0 / 4.0)


def test_the_pair_correlation_is_the_mean_over_pairs():
    sample = np.random.default_rng(3).standard_normal((50, 3)) + [[0.5]] * 50
    d = sample - sample.mean()
    covariance = d.T @ d / 50
    pairs = (covariance.sum() - np.trace(covariance)) / 6
    assert pair_correlation(sample) == pytest.approx(pairs / (np.trace(covariance) / 3))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: centre_of_mass_density(0.0, 0.0, -1.0, 2), "`variance` must be positive"),
        (lambda: cumulant_of_mean(1.0, 0, 2), "`order` must be a whole number"),
        (lambda: width_ratio(np.zeros(3)), "`X` must have shape"),
        (lambda: centre_of_mass_density(0.0, np.nan, 1.0, 3), "`mean` must be finite"),
        (lambda: width_ratio(np.zeros((1, 3))), "number of preparations"),
        (lambda: width_ratio(np.zeros((2, 3))), "some spread"),
        (lambda: pair_correlation(np.zeros((3, 1))), "number of particles"),
        (lambda: one_particle_mean(jnp.zeros(3), GRID), "`density` must have shape"),
        (lambda: one_particle_variance(jnp.zeros(3), GRID), "`density` must have shape"),
        (lambda: fisher_information(jnp.ones(256), GRID), "Use a larger box"),
        (lambda: fisher_information(jnp.zeros(256), GRID), "vanish everywhere"),
        (lambda: fisher_information(jnp.full(256, 1j), GRID), "`R` must be real"),
        (lambda: fisher_information(jnp.full(256, jnp.nan), GRID), "`R` must be finite"),
        (lambda: one_particle_mean(jnp.zeros(256), GRID), "not 0 everywhere"),
        (lambda: one_particle_variance(-jnp.ones(256), GRID), "must not be negative"),
        (lambda: width_ratio(np.array([[1.0, np.nan], [2.0, 3.0]])), "`X` must be finite"),
    ],
)
def test_bad_input_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
