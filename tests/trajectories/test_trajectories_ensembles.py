import jax
import numpy as np
import pytest
from scipy.special import erfc
from scipy.stats import kstest, norm

import zitter  # noqa: F401  (float64 on before jax is imported)
from zitter.core.statistics import combined_p_value
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.ensembles import (
    REJECTION_LEVEL,
    arrival_times,
    coarse_grained_h,
    empirical_density,
    equivariance,
    full_of_particles_statistic,
)
from zitter.trajectories.nelson import nelson_paths
from zitter.wavefunctions.gaussian import GaussianPacket, packet_width

EDGES = np.linspace(-4.0, 4.0, 17)
GROUND = GaussianPacket([1.0], stiffness=0.25)


def cells(samples, width=1.0):
    edges = width * np.concatenate([[-np.inf], EDGES, [np.inf]])
    return np.histogram(samples, edges)[0], np.diff(norm.cdf(edges / width))


def test_the_empirical_density_is_that_of_the_draws():
    draws = np.random.default_rng(0).standard_normal(20000)
    density = empirical_density(draws, EDGES)
    expected = np.diff(norm.cdf(EDGES)) / np.diff(EDGES)
    inside = density.error > 0.0
    z = (density.value - expected)[inside] / density.error[inside]
    assert np.max(np.abs(z)) < 4.0
    assert abs(np.sum(density.value * np.diff(EDGES)) - 1.0) < 1e-3


def test_independent_particles_fill_the_marginal_and_a_cat_does_not():
    rng = np.random.default_rng(1)

    def two_humps(x):
        return 0.5 * (norm.cdf(x + 4.0) + norm.cdf(x - 4.0))

    sides = rng.choice([-4.0, 4.0], (200, 64))
    independent = sides + rng.standard_normal((200, 64))
    cat = sides[:, :1] + rng.standard_normal((200, 64))
    filled = full_of_particles_statistic(independent, two_humps)
    assert abs(np.mean(filled) - 0.85) < 0.06
    assert np.mean(filled > REJECTION_LEVEL) < 0.1
    assert np.all(full_of_particles_statistic(cat, two_humps) > REJECTION_LEVEL)
    one = full_of_particles_statistic(independent[0], two_humps)
    assert one == filled[0]


def test_bohm_paths_keep_the_density_and_free_paths_do_not():
    packet, times = GaussianPacket([1.0]), np.array([0.0, 2.0, 5.0])
    Q0 = np.random.default_rng(2).standard_normal((2000, 1))
    paths = bohm_paths(packet, Q0, times, masses=1.0).Q[..., 0]
    widths = [float(packet_width(packet, t)[0]) for t in times]
    cdfs = [lambda x, s=s: norm.cdf(x / s) for s in widths]
    assert combined_p_value([test.p_value for test in equivariance(paths, cdfs)]) > 0.01
    frozen = np.tile(Q0[:, 0], (3, 1))
    assert equivariance(frozen, cdfs)[2].p_value < 1e-10


def test_equivariance_is_the_test_of_kolmogorov_and_smirnov():
    sample = np.random.default_rng(3).standard_normal((1, 200)) + 0.05
    (told,) = equivariance(sample, [norm.cdf])
    known = kstest(sample[0], norm.cdf)
    assert abs(told.distance - known.statistic) < 1e-12
    assert abs(told.p_value - known.pvalue) < 0.02


def test_coarse_grained_h_of_equilibrium_is_its_floor():
    rng = np.random.default_rng(3)
    values = [coarse_grained_h(*cells(rng.standard_normal(4000))) for _ in range(60)]
    mean = np.mean([h.value for h in values])
    assert abs(mean - values[0].floor) < 4.0 * values[0].error / np.sqrt(60)
    shifted = coarse_grained_h(*cells(rng.normal(0.5, 1.0, 4000)))
    assert abs(shifted.value - 0.125) < 0.02


def test_a_diffusion_relaxes_and_bohm_paths_in_a_stationary_state_do_not():
    Q0 = np.random.default_rng(4).normal(1.5, 0.5, (4000, 1))
    times = [0.0, 4.0, 12.0]
    paths = nelson_paths(GROUND, Q0, times, jax.random.key(3), masses=1.0, num_steps=120)
    h = [coarse_grained_h(*cells(np.asarray(Q)[:, 0])) for Q in paths]
    assert h[0].value > h[1].value > h[2].floor
    assert abs(h[2].value - h[2].floor) < 5.0 * h[2].error
    still = bohm_paths(GROUND, Q0, times, masses=1.0).Q
    assert coarse_grained_h(*cells(still[2, :, 0])).value > 0.9 * h[0].value


def test_smooth_paths_arrive_when_they_cross_the_level():
    times = np.linspace(0.0, 2.0, 2001)
    starts = np.array([-1.0, -3.0, 0.5, 0.0])
    seen = arrival_times(times, starts + times[:, None] ** 2, 0.0)
    assert seen[0] == pytest.approx(1.0, abs=1e-6)
    assert seen[1] == pytest.approx(np.sqrt(3.0), abs=1e-6)
    assert np.isinf(seen[2])
    assert seen[3] == 0.0


def test_arrival_of_a_diffusion_does_not_depend_on_the_output_times():
    # First passage of a Wiener process with variance t from 1 to 0: P(T < t) = erfc(1/√(2t)).
    rng = np.random.default_rng(5)
    num, times = 4000, np.linspace(0.0, 4.0, 9)
    steps = rng.normal(0.0, np.sqrt(0.5), (8, num))
    paths = np.concatenate([np.ones((1, num)), 1.0 + np.cumsum(steps, axis=0)])
    seen = arrival_times(times, paths, 0.0, diffusion=1.0, rng=rng)
    arrived = seen[np.isfinite(seen)]
    chance = erfc(1.0 / np.sqrt(8.0))
    assert abs(arrived.size / num - chance) < 3.5 * np.sqrt(chance * (1.0 - chance) / num)
    assert kstest(arrived, lambda t: erfc(1.0 / np.sqrt(2.0 * t)) / chance).pvalue > 0.01
    naive = arrival_times(times, paths, 0.0)
    assert np.isfinite(naive).mean() < chance - 0.05


def test_bad_input_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="`edges` must hold at least 2 increasing"):
        empirical_density([1.0], [1.0, 0.0])
    with pytest.raises(ValueError, match="`values` must hold at least one"):
        empirical_density([], EDGES)
    with pytest.raises(ValueError, match="`x` must have shape"):
        full_of_particles_statistic(np.ones((1, 1, 1)), norm.cdf)
    with pytest.raises(ValueError, match="`Q` must have shape"):
        equivariance(np.ones((2, 3)), [norm.cdf])
    with pytest.raises(ValueError, match="`probabilities` must be positive"):
        coarse_grained_h([1, 2], [0.0, 1.0])
    with pytest.raises(ValueError, match="`counts` must not be negative"):
        coarse_grained_h([0, 0], [0.5, 0.5])
    with pytest.raises(ValueError, match="`times` must increase"):
        arrival_times([0.0, 0.0], np.ones((2, 1)), 0.0)
    with pytest.raises(ValueError, match="needs an `rng`"):
        arrival_times([0.0, 1.0], np.ones((2, 1)), 0.0, diffusion=1.0)
