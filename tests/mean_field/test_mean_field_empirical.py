"""The empirical measure: distances with known values, their laws, and the weak Vlasov equation."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.statistics import wasserstein_1
from zitter.kbody.newton import newton_paths
from zitter.mean_field.empirical import (
    coupling_distance,
    directions,
    dobrushin_bound,
    exact_wasserstein,
    phase_points,
    sliced_reference,
    sliced_wasserstein,
    wasserstein_law,
    weak_terms,
    weak_vlasov_residual,
)
from zitter.mean_field.identical_bodies import identical_bodies
from zitter.mean_field.mean_force import empirical_force

RNG = np.random.default_rng(8)
CLOUD = RNG.normal(size=(64, 4))


def test_points_of_phase_space_are_in_units_of_a_length_and_a_momentum():
    z = phase_points(np.full((5, 2), 3.0), np.full((5, 2), 8.0), 1.5, 4.0)
    assert z.shape == (5, 4)
    assert np.array_equal(z[0], [2.0, 2.0, 2.0, 2.0])


def test_a_shift_of_all_points_is_their_coupling_distance_and_their_wasserstein_distance():
    shift = np.array([0.3, -0.2, 0.0, 0.1])
    assert coupling_distance(CLOUD + shift, CLOUD) == pytest.approx(0.6)
    assert exact_wasserstein(CLOUD + shift, CLOUD) == pytest.approx(0.6)
    many = coupling_distance(np.stack([CLOUD, CLOUD + shift]), np.stack([CLOUD, CLOUD]))
    assert many == pytest.approx([0.0, 0.6])


def test_the_exact_distance_does_not_care_who_is_who_and_the_coupling_distance_does():
    mixed = RNG.permutation(CLOUD)
    assert exact_wasserstein(mixed, CLOUD) < 1e-15
    assert coupling_distance(mixed, CLOUD) > 1.0
    other = RNG.normal(size=(64, 4))
    assert exact_wasserstein(other, CLOUD) <= coupling_distance(other, CLOUD)


def test_on_a_line_all_distances_are_that_of_the_distribution_functions():
    a, b = RNG.normal(size=(40, 1)), 1.0 + RNG.normal(size=(120, 1))
    expected = wasserstein_1(a[:, 0], b[:, 0])
    assert exact_wasserstein(a, b) == pytest.approx(expected)
    assert sliced_wasserstein(a, sliced_reference(b)) == pytest.approx(expected)


@pytest.mark.parametrize("d", [2, 4, 6])
def test_the_sliced_distance_of_a_shift_is_its_mean_shadow(d):
    rays = directions(d, 32)
    assert np.allclose(np.linalg.norm(rays, axis=1), 1.0)
    cloud, shift = RNG.normal(size=(50, d)), RNG.normal(size=d)
    found = sliced_wasserstein(cloud + shift, sliced_reference(cloud))
    assert found == pytest.approx(np.mean(np.abs(rays @ shift)))
    # The mean over all directions of |cos| is 2/π, 4/(3π), 16/(15π) in 2, 4 and 6 dimensions.
    mean = {2: 2.0 / np.pi, 4: 4.0 / (3.0 * np.pi), 6: 16.0 / (15.0 * np.pi)}[d]
    assert found / np.linalg.norm(shift) == pytest.approx(mean, rel=0.15)


def test_sliced_is_below_exact_and_exact_below_coupling():
    other = RNG.normal(size=(64, 4))
    straight = exact_wasserstein(other, CLOUD)
    assert sliced_wasserstein(other, sliced_reference(CLOUD)) < straight
    assert straight < coupling_distance(other, CLOUD)


def test_the_exact_distance_of_random_points_in_a_plane_has_its_logarithm():
    # Against 4 K quasi-random points; the constant is flat, the plain square root is not.
    from scipy.stats import norm, qmc

    counts, means = [32, 256], []
    for K in counts:
        f = norm.ppf(qmc.Sobol(2, seed=1).random_base2(int(np.log2(4 * K))))
        runs = [np.random.default_rng(s).normal(size=(K, 2)) for s in range(8)]
        means.append(np.mean([exact_wasserstein(points, f) for points in runs]))
    ratio = means / wasserstein_law(counts)
    assert ratio[1] / ratio[0] == pytest.approx(1.0, abs=0.12)
    exponent = np.log(means[1] / means[0]) / np.log(8.0)
    assert -0.48 < exponent < -0.34


def test_the_laws_of_the_exact_distance():
    assert wasserstein_law(100, 1) == pytest.approx(0.1)
    assert wasserstein_law(100, 2) == pytest.approx(np.sqrt(np.log(100) / 100))
    assert wasserstein_law(10**6, 6) == pytest.approx(0.1)


def test_dobrushins_constant_is_the_faster_of_streaming_and_force():
    assert dobrushin_bound(1.0, 1.0, 2.0) == pytest.approx(np.exp(4.0))
    assert dobrushin_bound(1.0, 0.5, 0.1, length=2.0, momentum=3.0) == pytest.approx(np.exp(3.0))
    assert dobrushin_bound(0.0, 1.0, 2.0) == 1.0


M, K, TIME = 1.4, 40, 1.5


def phi(x, p):
    value = np.exp(-0.5 * (x - 0.2) ** 2) * np.cos(0.7 * p + 0.3)
    return value, -(x - 0.2) * value, -0.7 * np.exp(-0.5 * (x - 0.2) ** 2) * np.sin(0.7 * p + 0.3)


@pytest.fixture(name="run", scope="module")
def run_of_softened_bodies():
    """Paths at Gauss's times of [0, TIME] and its ends; the weights of the ends are zero."""
    nodes, weights = np.polynomial.legendre.leggauss(48)
    times = np.concatenate([[0.0], 0.5 * TIME * (nodes + 1.0), [TIME]])
    rng = np.random.default_rng(3)
    system = identical_bodies(K, M, num_space=1, law="point", softening=0.5)
    motion = newton_paths(
        system, rng.normal(size=(K, 1)), 0.5 * rng.normal(size=(K, 1)), times,
        time_step=0.05, method="gauss_radau",
    )  # fmt: skip
    forces = np.array([empirical_force(system, x, x)[:, 0] for x in motion.X])
    weights = np.concatenate([[0.0], 0.5 * TIME * weights, [0.0]])
    return motion.X[..., 0], M * motion.V[..., 0], forces, weights


def test_the_empirical_density_of_a_run_is_a_weak_solution(run):
    assert weak_vlasov_residual(phi, *run, M) < 1e-12


def test_the_printed_forms_leave_a_rest(run):
    X, P, F, w = run
    assert weak_vlasov_residual(phi, *run, 1.0) > 0.01  # p in the place of p/M
    assert weak_vlasov_residual(phi, X, P, 0.5 * F, w, M) > 0.01  # half of the force
    assert weak_vlasov_residual(phi, X, P, -F, w, M) > 0.01  # a repulsive mean force
    # The printed right side holds the pair forces once more, at the places of the bodies.
    parts = weak_terms(phi, *run, M)
    assert abs(parts.change - parts.transport - parts.forcing + 0.5 * parts.forcing) > 0.01


def test_each_term_of_the_weak_equation_has_its_sign_and_size():
    X, P = np.array([[1.0, 3.0], [2.0, 4.0]]), np.array([[2.0, 2.0], [2.0, 2.0]])

    def linear(x, p):
        return x + 3.0 * p, np.ones_like(x), np.full_like(p, 3.0)

    parts = weak_terms(linear, X, P, np.full((2, 2), 0.5), [0.0, 1.0], 2.0)
    assert (parts.change, parts.transport, parts.forcing) == (1.0, 1.0, 1.5)
    assert parts.size == 3.5
    residual = weak_vlasov_residual(linear, X, P, np.full((2, 2), 0.5), [0.0, 1.0], 2.0)
    assert residual == pytest.approx(1.5 / 3.5)


@pytest.mark.parametrize(
    "compare",
    [
        lambda: sliced_wasserstein(CLOUD[:0], sliced_reference(CLOUD)),
        lambda: exact_wasserstein(CLOUD[:0], CLOUD),
        lambda: sliced_reference(CLOUD[:0]),
    ],
)
def test_no_points_are_refused(compare):
    with pytest.raises(ValueError, match="the number of points` must be a whole number"):
        compare()


def test_bodies_at_rest_have_no_residual_in_units_of_its_terms():
    rest = np.zeros((3, 2))
    with pytest.raises(ValidityError, match="All three terms"):
        weak_vlasov_residual(phi, rest, rest, rest, [0.0, 1.0, 0.0], 1.0)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="`carried` must have shape"):
        coupling_distance(CLOUD, CLOUD[:5])
    with pytest.raises(ValueError, match="must have a multiple of the 64 points"):
        sliced_wasserstein(CLOUD, sliced_reference(RNG.normal(size=(65, 4))))
    with pytest.raises(ValueError, match="must have a multiple of the 64 points"):
        exact_wasserstein(CLOUD, RNG.normal(size=(65, 4)))
    with pytest.raises(ValidityError, match="Use at most 4096"):
        exact_wasserstein(CLOUD, np.zeros((8192, 4)))
    with pytest.raises(ValueError, match="`momentum` must be positive"):
        phase_points(CLOUD, CLOUD, 1.0, 0.0)
    with pytest.raises(ValueError, match="`num_bodies` must be at least 2"):
        wasserstein_law(1)
    with pytest.raises(ValueError, match="`time` must not be negative"):
        dobrushin_bound(-1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="`weights` must have shape"):
        weak_terms(phi, CLOUD, CLOUD, CLOUD, [1.0], 1.0)
    with pytest.raises(ValueError, match="`num_directions` must be a whole number"):
        directions(2, 0)
