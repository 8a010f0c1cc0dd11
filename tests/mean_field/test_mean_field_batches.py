"""Batches of bodies and of test particles: forces, steps, fields, starts."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.kbody.newton import newton_paths
from zitter.mean_field.batches import (
    CosineHistory,
    FieldOfKicks,
    batch_paths,
    cosine_accelerations,
    cosine_mean_field,
    gaussian_starts,
    sheet_accelerations,
    uniform_points,
)
from zitter.mean_field.carried import carried
from zitter.mean_field.empirical import (
    coupling_distance,
    dobrushin_bound,
    exact_wasserstein,
)
from zitter.mean_field.identical_bodies import body_forces, identical_bodies
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import evolve_vlasov

RNG = np.random.default_rng(5)
X, V = RNG.normal(size=(3, 16)), RNG.normal(size=(3, 16))
COSINE = dict(coupling=1.0, wavenumber=1.0, width=1.0, spread=0.5, time_step=0.1, num_steps=20)


@pytest.mark.parametrize("period", [0.0, 2.5])
def test_the_sheets_of_every_realisation_feel_the_forces_of_identical_bodies(period):
    system = identical_bodies(16, gravitational_constant=0.7, num_space=1, period=period)
    expected = [body_forces(system, x[:, None])[:, 0] for x in X]
    assert np.max(np.abs(sheet_accelerations(X, 0.7, period) - expected)) < 1e-13


def test_the_cosine_force_is_the_slope_of_the_energy_of_all_pairs():
    w, k, h = 0.8, 1.3, 1e-5

    def energy(x):
        return -w / len(x) * np.sum(np.cos(k * (x[:, None] - x))) / 2.0

    slope = [(energy(X[0] + h * e) - energy(X[0] - h * e)) / (2.0 * h) for e in np.eye(16)]
    assert np.max(np.abs(cosine_accelerations(X[:1], w, k)[0] + slope)) < 1e-9


def test_the_batch_takes_the_steps_of_the_leapfrog():
    system = identical_bodies(16, gravitational_constant=0.7, num_space=1)
    batch = batch_paths(lambda n, x: sheet_accelerations(x, 0.7), X, V, 0.05, [0, 10])
    for r in range(3):
        one = newton_paths(system, X[r][:, None], V[r][:, None], [0.0, 0.5], time_step=0.05)
        assert np.max(np.abs(one.X[1, :, 0] - batch.X[1, r])) < 1e-13
        assert np.max(np.abs(one.V[1, :, 0] - batch.V[1, r])) < 1e-13
    assert np.array_equal(batch.X[0], X)


def cloud_in_a_cosine():
    space, velocity = Grid([-10.0], [10.0], (128,)), Grid([-6.0], [6.0], (128,))

    def f0(x, v):
        return np.exp(-0.5 * x**2 - 0.5 * (v / 0.5) ** 2) / np.pi

    field = SelfField(space, "isolated", pair_energy=lambda x: -np.cos(x))
    return species(f0, space, velocity), field


CLOUD = cloud_in_a_cosine()


@pytest.fixture(name="solution", scope="module")
def cosine_on_a_grid():
    return evolve_vlasov(*CLOUD, [0.0, 1.0, 2.0], time_step=0.1, keep_kicks=True)


def test_the_mean_field_by_characteristics_is_that_of_the_phase_space_grid(solution):
    history, places = cosine_mean_field(**COSINE), np.linspace(-3.0, 3.0, 7)
    for n in (0, 9, 10, 19):
        difference = history(n, places) - FieldOfKicks(solution.kicks)(n, places)
        assert np.max(np.abs(difference)) < 1e-6
    opposite = CosineHistory(history.pulls, -1.0, 1.0)
    assert np.max(np.abs(opposite(0, places) - history(0, places))) > 0.5


def test_a_batch_in_the_field_of_a_solution_is_carried_as_single_particles_are(solution):
    batch = batch_paths(FieldOfKicks(solution.kicks), X, V, 0.1, [0, 10, 20])
    one = carried(solution.kicks, X[1][:, None], V[1][:, None])
    assert np.max(np.abs(batch.X[:, 1] - one.X[..., 0])) < 1e-12
    assert np.max(np.abs(batch.V[:, 1] - one.V[..., 0])) < 1e-12
    with pytest.raises(ValueError, match="end 1 steps before"):
        batch_paths(FieldOfKicks(solution.kicks), X, V, 0.1, [21])


def test_kicks_of_other_steps_than_those_of_the_batch_are_refused(solution):
    with pytest.raises(ValueError, match="steps of second order of 0"):
        batch_paths(FieldOfKicks(solution.kicks), X, V, 0.2, [0, 10])
    for change in (dict(order=4), dict(times=[0.0, 0.25])):
        options = dict(times=[0.0, 0.2], time_step=0.1, keep_kicks=True, keep="last") | change
        kicks = evolve_vlasov(*CLOUD, **options).kicks
        with pytest.raises(ValueError, match="those of the batch"):
            batch_paths(FieldOfKicks(kicks), X, V, 0.1, [0, 2])
    with pytest.raises(ValueError, match="keep_kicks=True"):
        batch_paths(FieldOfKicks(None), X, V, 0.1, [0, 2])


def test_many_bodies_stay_with_the_mean_field_and_bodies_under_half_of_the_force_do_not():
    history, D = cosine_mean_field(**COSINE), {}
    for factor in (1.0, 0.5):
        for K in (256, 4096):
            X0, V0 = gaussian_starts("random", 8, K, 3, width=1.0, spread=0.5)
            own = batch_paths(
                lambda n, x, g=factor: cosine_accelerations(x, g, 1.0), X0, V0, 0.1, [20]
            )
            mean = batch_paths(history, X0, V0, 0.1, [20])
            points = [np.stack([b.X, b.V], axis=-1) for b in (own, mean)]
            D[factor, K] = coupling_distance(*points).mean()
    assert np.log(D[1.0, 4096] / D[1.0, 256]) / np.log(16.0) == pytest.approx(-0.5, abs=0.2)
    assert D[0.5, 4096] > 0.9 * D[0.5, 256]


def test_the_distance_of_f_grows_more_slowly_than_dobrushins_bound():
    # |V''| <= 1 with M = 1; the bound is far above, and is no prediction.
    history, clouds = cosine_mean_field(**COSINE), []
    for acceleration, start, K in (
        (lambda n, x: cosine_accelerations(x, 1.0, 1.0), "random", 64),
        (history, "quiet", 256),
    ):
        X0, V0 = gaussian_starts(start, 1, K, 2, width=1.0, spread=0.5)
        batch = batch_paths(acceleration, X0, V0, 0.1, [0, 5, 20])
        clouds.append(np.stack([batch.X[:, 0], batch.V[:, 0]], axis=-1))
    distance = np.array([exact_wasserstein(*pair) for pair in zip(*clouds, strict=True)])
    bound = distance[0] * dobrushin_bound([0.0, 0.5, 2.0], 1.0, 1.0)
    assert np.all(distance <= bound)
    assert distance[2] < 0.1 * bound[2]


def test_quiet_points_are_even_and_realisations_differ():
    quiet = uniform_points("quiet", 2, 64, 2, 7)
    for one in quiet:
        assert np.array_equal(np.bincount((8 * one[:, 0]).astype(int)), np.full(8, 8))
    assert np.max(np.abs(quiet[0] - quiet[1])) > 0.1
    assert np.array_equal(quiet, uniform_points("quiet", 2, 64, 2, 7))
    random = uniform_points("random", 2, 64, 2, 7)
    assert np.ptp(np.bincount((8 * random[0, :, 0]).astype(int), minlength=8)) > 2
    x, v = gaussian_starts("quiet", 4, 1024, 1, width=2.0, spread=0.3)
    assert x.std() == pytest.approx(2.0, rel=0.01)
    assert v.std() == pytest.approx(0.3, rel=0.01)


def test_what_cannot_be_carried_is_refused():
    with pytest.raises(ValueError, match="must be a power of 2"):
        uniform_points("quiet", 1, 100, 2, 0)
    with pytest.raises(ValueError, match="`start` must be one of"):
        uniform_points("even", 1, 4, 2, 0)
    with pytest.raises(ValueError, match="`spread` must be positive"):
        gaussian_starts("random", 1, 4, 0, width=1.0, spread=0.0)
    with pytest.raises(ValueError, match="`record` must be numbers of steps that rise"):
        batch_paths(lambda n, x: x, X, V, 0.1, [3, 3])
    with np.errstate(over="ignore"), pytest.raises(ValidityError, match="no longer finite"):
        batch_paths(lambda n, x: 1e200 * x, X, V, 1.0, [4])
    with pytest.raises(ValidityError, match="do not resolve the flow"):
        cosine_mean_field(**COSINE | dict(num_steps=100, num_nodes=48))
    with pytest.raises(ValueError, match="`width` must be positive"):
        cosine_mean_field(**COSINE | dict(width=-1.0))
