"""Periodic points and rods: known lattice sums, energies and forces, bodies in any cell."""

import numpy as np
import pytest

import zitter  # noqa: F401
from zitter.kbody.bodies import bodies
from zitter.kbody.direct_sum import (
    accelerations,
    body_potentials,
    mutual_energies,
    sampled_accelerations,
)
from zitter.kbody.newton import newton_paths, total_energy

MADELUNG_SALT, MADELUNG_CAESIUM, WIGNER = 1.747564594633182, 1.762674773070992, 2.837297479480619


def salt(charges=True):
    """Eight ions of rock salt, nearest neighbours 1 apart."""
    X = np.array(np.meshgrid(*[[0.0, 1.0]] * 3, indexing="ij")).reshape(3, -1).T
    q = (-1.0) ** X.sum(axis=1) if charges else np.ones(8)
    return bodies(np.ones(8), q, gravitational_constant=0.0, period=2.0), X


def sample(num_space, K=30, period=1.3):
    rng = np.random.default_rng(num_space)
    masses, charges = rng.uniform(1.0, 2.0, K), rng.normal(size=K)
    system = bodies(masses, charges, num_space=num_space, period=period, coulomb_constant=0.7)
    return system, rng.uniform(0.0, period, (K, num_space))


def test_rock_salt_has_the_constant_of_madelung():
    system, X = salt()
    assert mutual_energies(system, X + 0.3) == pytest.approx(np.full(8, -MADELUNG_SALT), abs=1e-12)
    assert accelerations(system, X) == pytest.approx(np.zeros((8, 3)), abs=1e-12)


def test_equal_charges_in_the_place_of_the_salt_do_not_have_its_constant():
    system, X = salt(charges=False)
    assert abs(mutual_energies(system, X)[0] + MADELUNG_SALT) > 0.1


def test_caesium_chloride_has_the_constant_of_madelung():
    system = bodies([1.0, 2.0], [1.0, -1.0], gravitational_constant=0.0, period=1.0)
    V = mutual_energies(system, [[0.1, 0.2, 0.3], [0.6, 0.7, 0.8]])
    assert V * np.sqrt(3.0) / 2.0 == pytest.approx(-MADELUNG_CAESIUM, abs=1e-12)


def test_one_body_on_its_background_has_the_energy_of_the_wigner_crystal():
    alone = bodies([1.5], gravitational_constant=0.8, period=2.0)
    V = mutual_energies(alone, [[0.3, 0.1, 0.7]])[0]
    assert pytest.approx(0.8 * 1.5**2 * WIGNER / 2.0, rel=1e-13) == V


@pytest.mark.parametrize("num_space", [2, 3])
def test_the_acceleration_is_the_slope_of_the_periodic_energy(num_space):
    system, X = sample(num_space)
    A, h = accelerations(system, X), 1e-5
    for axis in range(num_space):
        shift = np.zeros_like(X)
        shift[4, axis] = h
        up, down = (np.sum(body_potentials(system, X + s * shift)) for s in (1.0, -1.0))
        assert system.masses[4] * A[4, axis] == pytest.approx((down - up) / (2.0 * h), rel=1e-6)
    assert system.masses @ A == pytest.approx(np.zeros(num_space), abs=1e-10)


@pytest.mark.parametrize("num_space", [2, 3])
def test_it_does_not_matter_in_which_cell_a_body_is(num_space):
    system, X = sample(num_space)
    far = X + 1.3 * np.random.default_rng(0).integers(-2, 3, X.shape) + 0.1
    assert accelerations(system, far) == pytest.approx(accelerations(system, X), abs=1e-9)
    assert mutual_energies(system, far) == pytest.approx(mutual_energies(system, X), abs=1e-10)


def test_a_period_of_two_cells_with_both_filled_is_one_cell():
    # The second road: images that the sum supplies are put there as bodies.
    system, X = sample(3, K=5)
    shifts = 1.3 * np.array(np.meshgrid(*[[0, 1]] * 3, indexing="ij")).reshape(3, -1).T
    X8 = (X[None] + shifts[:, None]).reshape(-1, 3)
    masses, charges = np.tile(system.masses, 8), np.tile(system.charges, 8)
    double = bodies(masses, charges, period=2.6, coulomb_constant=0.7)
    assert accelerations(double, X8)[:5] == pytest.approx(accelerations(system, X), abs=1e-10)


def test_some_bodies_have_the_accelerations_of_all():
    for system, X in (sample(3), sample(1), (bodies(np.ones(30)), sample(3)[1])):
        few = sampled_accelerations(system, X, [3, 17])
        assert few == pytest.approx(accelerations(system, X)[[3, 17]], rel=1e-12)


def test_two_rods_far_from_their_images_attract_as_if_alone():
    X = np.array([[0.5, 0.5], [0.502, 0.5]])
    pair = bodies([1.0, 2.0], num_space=2, period=1.0)
    alone = pair._replace(period=0.0)
    assert accelerations(pair, X) == pytest.approx(accelerations(alone, X), rel=2e-5)


def test_energy_and_momentum_of_a_periodic_plasma_are_kept():
    rng = np.random.default_rng(2)
    X = np.array(np.meshgrid(*[np.arange(2)] * 3)).reshape(3, -1).T + rng.normal(0, 0.02, (8, 3))
    system = bodies(np.ones(8), np.ones(8), gravitational_constant=0.0, period=2.0)
    V = 0.1 * rng.normal(size=(8, 3))
    errors = []
    for step in (0.1, 0.05):
        motion = newton_paths(system, X, V, [0.0, 1.0], time_step=step)
        assert motion.momentum_drift < 1e-12
        errors.append(motion.energy_drift)
    assert motion.energy[0] == total_energy(system, X, V)
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.1)


def test_what_has_no_periodic_sum_is_refused():
    for how in (dict(softening=0.1), dict(num_space=2, law="point")):
        with pytest.raises(ValueError, match="`period` must be 0, or positive for the law of"):
            bodies([1.0], period=1.0, **how)
    system, X = sample(3)
    X[3] = X[5] + np.array([1.3, 0.0, -1.3])
    X[[3, 5]] = np.round(X[[3, 5]] * 2.0**20) / 2.0**20
    system = system._replace(period=1.0)
    X[3] = X[5] + np.array([1.0, 0.0, -1.0])
    with pytest.raises(ValueError, match="bodies 3 and 5 are both at"):
        accelerations(system, X)
    with pytest.raises(ValueError, match="`opening` must be None with a mesh or a period"):
        newton_paths(sample(3)[0], sample(3)[1], 0.0 * X, [0.0, 1.0], time_step=0.1, opening=0.5)


@pytest.mark.parametrize(("num_space", "mean"), [(1, np.pi * 0.8 * 1.5 * 2.0 / 3.0), (2, 0.0)])
def test_the_mean_over_the_places_of_a_body_is_zero_but_for_sheets(num_space, mean):
    period, num = 2.0, 16
    system = bodies([0.5, 3.0], num_space=num_space, period=period, gravitational_constant=0.8)
    axis = (np.arange(num) + 0.5) * period / num
    places = np.stack(np.meshgrid(*[axis] * num_space, indexing="ij"), -1).reshape(-1, num_space)
    alone = bodies([3.0], num_space=num_space, period=period, gravitational_constant=0.8)
    own = mutual_energies(alone, np.zeros((1, num_space)))[0]
    pairs = [mutual_energies(system, np.stack([x, np.zeros(num_space)]))[1] - own for x in places]
    # The rule of rectangles leaves 1/(2 num²) of the kink of sheets, and of rods the ring about 0.
    assert np.mean(pairs) == pytest.approx(mean, rel=1.0 / num**2, abs=0.01)
