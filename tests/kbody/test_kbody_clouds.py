"""Clouds loaded from their distributions: profiles, energies, virial, quiet starts, evolution."""

from functools import lru_cache

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import zitter  # noqa: F401
from zitter.core.checks import ValidityError
from zitter.core.statistics import power_law_fit
from zitter.kbody.bodies import bodies
from zitter.kbody.clouds import lagrange_radii, uniform_points, virial_ratio
from zitter.kbody.equilibria import (
    Species,
    homogeneous_medium,
    isothermal_slab,
    plummer_cloud,
    plummer_distribution,
    plummer_potential,
)
from zitter.kbody.king import king_cloud, king_density, king_profile
from zitter.kbody.newton import newton_paths

M, A, G = 2.0, 0.7, 1.3
STARTS = ("random", "quiet")
LEAST = 0.01
"""p-value of a distribution that is refused; of the random starts."""


def system_of(cloud, gravitational_constant=G, softening=0.0):
    return bodies(
        cloud.masses, num_space=cloud.X.shape[1], gravitational_constant=gravitational_constant,
        softening=softening,
    )  # fmt: skip


def energies(cloud):
    r = np.linalg.norm(cloud.X, axis=1)
    return 0.5 * np.sum(cloud.V**2, axis=1) + plummer_potential(r, M, A, G)


@lru_cache
def energy_table():
    """Mass of Plummer's sphere below -e: ∫ f(E) g(E) dE with g = 16π² ∫ r² √(2(E - Φ)) dr."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    e = np.linspace(0.0, G * M / A, 1201)[1:-1]
    # r = edge sin θ takes away the root at the edge.
    edge, theta = np.sqrt((G * M / e) ** 2 - A**2)[:, None], 0.25 * np.pi * (nodes + 1.0)
    r = edge * np.sin(theta)
    speed = np.sqrt(2.0 * (-e[:, None] - plummer_potential(r, M, A, G)))
    states = 4.0 * np.pi**3 * np.sum(weights * r**2 * speed * edge * np.cos(theta), axis=1)
    density = states * plummer_distribution(-e, M, A, G)
    return e, np.cumsum(density[::-1])[::-1] * (e[1] - e[0])


def share_below(E):
    e, below = energy_table()
    return np.interp(-np.asarray(E), e, below), below[0]


def test_the_distribution_of_plummer_gives_his_density():
    for r in (0.0, 0.5, 2.0):
        phi = float(plummer_potential(r, M, A, G))
        integral = quad(
            lambda v, phi: 4.0 * np.pi * v**2 * plummer_distribution(0.5 * v**2 + phi, M, A, G),
            0.0, np.sqrt(-2.0 * phi), (phi,),
        )[0]  # fmt: skip
        density = 3.0 / (4.0 * np.pi * A**3) * (1.0 + (r / A) ** 2) ** -2.5
        assert integral == pytest.approx(density, rel=1e-9)


@pytest.mark.parametrize("start", STARTS)
def test_plummers_bodies_have_his_radii_and_energies(start):
    cloud = plummer_cloud(8192, M, A, G, start=start, seed=3)
    r = np.linalg.norm(cloud.X, axis=1)
    radii = stats.kstest(r, lambda r: (1.0 + (A / r) ** 2) ** -1.5)
    below, whole = share_below(energies(cloud))
    assert whole == pytest.approx(1.0, abs=2e-3)
    ranks = stats.kstest(below / whole, "uniform")
    if start == "random":
        assert min(radii.pvalue, ranks.pvalue) > LEAST
    else:
        assert max(radii.statistic, ranks.statistic) < 0.3 / np.sqrt(8192)
    assert cloud.masses.sum() == pytest.approx(M)


def test_speeds_a_tenth_too_high_would_be_seen():
    cloud = plummer_cloud(8192, M, A, G, seed=3)
    below, whole = share_below(energies(cloud._replace(V=1.1 * cloud.V)))
    assert stats.kstest(below / whole, "uniform").pvalue < 1e-6


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("kind", ["plummer", "king"])
def test_spheres_are_isotropic_and_in_virial_equilibrium(kind, start):
    K = 4096
    if kind == "plummer":
        cloud = plummer_cloud(K, M, A, G, start=start, seed=1)
    else:
        cloud = king_cloud(K, M, A, 6.0, G, start=start, seed=1)
    outward = cloud.X / np.linalg.norm(cloud.X, axis=1)[:, None]
    radial = np.sum(cloud.V * outward, axis=1) ** 2
    share = np.sum(radial) / np.sum(cloud.V**2)
    assert share == pytest.approx(1.0 / 3.0, abs=(0.03 if start == "random" else 0.004))
    for vectors in (cloud.X, cloud.V):
        directions = vectors / np.linalg.norm(vectors, axis=1)[:, None]
        assert np.mean(directions, axis=0) == pytest.approx(np.zeros(3), abs=4.0 / np.sqrt(3 * K))
    ratio = virial_ratio(system_of(cloud), cloud.X, cloud.V)
    assert ratio == pytest.approx(1.0, abs=(0.04 if start == "random" else 0.01))


def test_kings_spheres_have_the_concentrations_of_his_tables():
    # King (1966): log₁₀ of the tidal over the core radius.
    for depth, concentration in ((3.0, 0.67), (6.0, 1.25), (9.0, 2.12)):
        assert np.log10(king_profile(depth).edge) == pytest.approx(concentration, abs=0.006)


def test_the_density_of_king_is_the_integral_over_his_distribution():
    for W in (5e-4, 0.3, 4.0):
        speeds = np.sqrt(2.0 * W) * (np.arange(2000) + 0.5) / 2000.0
        integral = np.sum((np.exp(W - 0.5 * speeds**2) - 1.0) * speeds**2) * speeds[0] * 2.0
        assert king_density(W) == pytest.approx(integral * np.sqrt(2.0 / np.pi), rel=1e-6)


def test_kings_bodies_have_his_radii_and_speeds():
    depth, K = 5.0, 8192
    cloud, profile = king_cloud(K, M, A, depth, G, seed=4), king_profile(depth)
    x = np.linalg.norm(cloud.X, axis=1) / A
    assert x.max() < profile.edge
    below = np.interp(x, profile.radii, profile.mass / profile.mass[-1])
    assert stats.kstest(below, "uniform").pvalue > LEAST
    # Jeans' equation in King's potential: ⟨v²⟩ = 3 ∫ρ dW σ²/ρ, of all bodies.
    sigma2 = G * M / (9.0 * A * profile.mass[-1])
    W = np.linspace(0.0, depth, 4001)
    pressure = np.concatenate(
        [[0.0], np.cumsum(0.5 * (king_density(W)[1:] + king_density(W)[:-1]))]
    )
    mean = np.interp(np.interp(x, profile.radii, profile.W), W, pressure * (W[1] - W[0]))
    expected = 3.0 * sigma2 * mean / king_density(np.interp(x, profile.radii, profile.W))
    z = np.sum(cloud.V**2, axis=1) - expected
    assert abs(np.mean(z)) < 3.0 * np.std(z) / np.sqrt(K)


def test_the_slab_of_sheets_is_sech_squared_and_in_equilibrium():
    sigma = 0.6
    height = sigma**2 / (np.pi * G * M)
    for start in STARTS:
        cloud = isothermal_slab(4096, M, sigma, G, start=start, seed=2)
        places = stats.kstest(cloud.X[:, 0], lambda x: 0.5 * (1.0 + np.tanh(x / height)))
        speeds = stats.kstest(cloud.V[:, 0] / sigma, "norm")
        assert min(places.pvalue, speeds.pvalue) > LEAST
        ratio = virial_ratio(system_of(cloud), cloud.X, cloud.V)
        assert ratio == pytest.approx(1.0, abs=(0.06 if start == "random" else 0.005))


def test_a_quiet_start_knows_the_potential_better_than_a_random_one():
    numbers = 2 ** np.arange(8, 13)

    def error(K, start, seed):
        r = np.linalg.norm(plummer_cloud(K, 1.0, 1.0, start=start, seed=seed).X, axis=1)
        return np.mean(1.0 / np.hypot(1.0, r)) - 3.0 * np.pi / 16.0

    slopes = []
    for start in STARTS:
        sizes = [np.std([error(K, start, seed) for seed in range(24)]) for K in numbers]
        slopes.append(power_law_fit(numbers, sizes))
    assert slopes[0].exponent == pytest.approx(-0.5, abs=3.0 * slopes[0].exponent_error + 0.1)
    assert slopes[1].exponent < -0.8


def test_a_sphere_of_plummer_stays_what_it_is_and_a_slow_one_does_not():
    cloud, shares = plummer_cloud(1000, 1.0, 1.0, start="quiet", seed=5).centred, [0.1, 0.5, 0.75]
    system = system_of(cloud, 1.0, softening=0.05)
    assert system.masses @ cloud.X == pytest.approx(np.zeros(3), abs=1e-14)
    ratios = []
    for factor in (1.0, 0.5):
        motion = newton_paths(
            system, cloud.X, factor * cloud.V, np.linspace(0.0, 6.0, 4), time_step=0.05
        )
        radii = lagrange_radii(system.masses, motion.X, shares)
        ratios.append(radii / radii[0])
        assert motion.energy_drift < 2e-3
    # About 2 √(p(1 - p)/K)/(dlnM/dlnr) for the radius of a share p of K bodies.
    assert np.max(np.abs(ratios[0] - 1.0)) < 0.12
    assert np.min(ratios[1]) < 0.7


def test_lagrange_radii_are_quantiles_of_the_mass():
    r = (np.arange(1, 1001) / 1000.0)[:, None] * np.array([1.0, 0.0])
    X = np.concatenate([r, -r]) + 5.0
    radii = lagrange_radii(np.ones(2000), X, [0.25, 0.5])
    assert radii == pytest.approx([0.25, 0.5], abs=1e-3)
    heavy = lagrange_radii(np.tile(np.linspace(1.0, 3.0, 1000), 2), X, [0.5])
    assert heavy[0] > 0.6


def test_homogeneous_media_are_uniform_and_maxwellian_species_by_species():
    kinds = [Species(2000, 1.0, -1.0, 0.5, 0.2), Species(1000, 9.0, 2.0, 0.1)]
    cloud = homogeneous_medium(kinds, 1.5, 2, seed=7)
    assert cloud.charges.sum() == pytest.approx(0.0)
    for which, kind in ((slice(0, 2000), kinds[0]), (slice(2000, 3000), kinds[1])):
        for axis in range(2):
            places = stats.kstest(cloud.X[which, axis] / 1.5, "uniform")
            v = cloud.V[which, axis] - (kind.drift if axis == 0 else 0.0)
            speeds = stats.kstest(v / kind.dispersion, "norm")
            assert min(places.pvalue, speeds.pvalue) > LEAST


def test_uniform_points_are_inside_the_cube_and_quiet_ones_are_even():
    for start in STARTS:
        u = uniform_points(1000, 3, start, 0)
        assert u.shape == (1000, 3)
        assert np.all((u > 0.0) & (u < 1.0))
    counts = np.histogram(uniform_points(1024, 2, "quiet", 1)[:, 1], 64, (0.0, 1.0))[0]
    assert np.all(counts == 16)


def test_bad_clouds_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="is not neutral: its bodies have the charge -1"):
        homogeneous_medium([Species(100, 1.0, -0.01, 1.0)], 1.0, 1)
    with pytest.raises(ValueError, match="give a `background` of 20"):
        homogeneous_medium([Species(10, 1.0, -3.0, 1.0), Species(10, 1.0, 1.0, 1.0)], 1.0, 1)
    with pytest.raises(ValueError, match="`dispersion` must not be negative"):
        homogeneous_medium([Species(10, 1.0, 0.0, -1.0)], 1.0, 1)
    with pytest.raises(ValueError, match="`species` must name at least one"):
        homogeneous_medium([], 1.0, 1)
    with pytest.raises(ValueError, match="Did you mean 'quiet'"):
        plummer_cloud(10, 1.0, 1.0, start="quite")
    with pytest.raises(ValueError, match="`radius` must be positive"):
        king_cloud(10, 1.0, -1.0, 3.0)
    with pytest.raises(ValueError, match="`depth` must be at most 16"):
        king_profile(20.0)
    with pytest.raises(ValueError, match="`dispersion` must be positive"):
        isothermal_slab(10, 1.0, 0.0)
    with pytest.raises(ValueError, match="`shares` must lie between 0 and 1"):
        lagrange_radii(np.ones(3), np.zeros((3, 2)), [1.5])
    with pytest.raises(ValueError, match="must have no period for its virial"):
        virial_ratio(bodies(np.ones(2), period=1.0), np.eye(2, 3), np.eye(2, 3))


def test_realisations_of_a_medium_share_no_points():
    kinds = [Species(64, 1.0, 1.0, 1.0), Species(64, 1.0, -1.0, 1.0)]
    for start in ("random", "quiet"):
        runs = [homogeneous_medium(kinds, 1.0, 2, start=start, seed=seed) for seed in range(3)]
        clouds = [x for run in runs for x in (run.X[:64], run.X[64:])]
        for i in range(6):
            assert not any(np.array_equal(clouds[i], clouds[j]) for j in range(i))


def test_clouds_without_a_virial_or_with_shares_that_are_none_are_refused():
    X = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    free = bodies([1.0, 1.0], gravitational_constant=0.0)
    with pytest.raises(ValidityError, match="no virial"):
        virial_ratio(free, X, X)
    with pytest.raises(ValueError, match="`shares` must have shape"):
        lagrange_radii([1.0, 1.0], X, 0.5)
    with pytest.raises(ValueError, match="`shares` must be finite"):
        lagrange_radii([1.0, 1.0], X, [0.5, np.nan])
