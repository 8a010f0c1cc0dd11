"""Forces by a tree against the direct sum."""

import numpy as np
import pytest

import zitter  # noqa: F401
from zitter.kbody.bodies import bodies
from zitter.kbody.direct_sum import accelerations, mutual_energies
from zitter.kbody.newton import newton_paths
from zitter.kbody.tree import tree_accelerations, tree_mutual_energies
from zitter.system.potentials import Harmonic


def cloud(K=3000, charged=False, num_space=3):
    rng = np.random.default_rng(8)
    charges = rng.choice([-1.0, 1.0], K) if charged else 0.0
    system = bodies(
        rng.uniform(0.5, 1.5, K) / K, charges, num_space=num_space, law="point", softening=0.02,
        coulomb_constant=1.0 / K**2,
    )  # fmt: skip
    return system, rng.normal(size=(K, num_space))


@pytest.mark.parametrize(("charged", "num_space"), [(False, 3), (True, 3), (False, 2)])
def test_the_error_of_the_tree_falls_with_the_opening_angle(charged, num_space):
    system, X = cloud(charged=charged, num_space=num_space)
    exact = accelerations(system, X)
    openings = np.array([0.9, 0.6, 0.4])
    errors = []
    for opening in openings:
        difference = tree_accelerations(system, X, opening=opening) - exact
        errors.append(np.median(np.linalg.norm(difference, axis=1)))
    size = np.median(np.linalg.norm(exact, axis=1))
    assert 1e-12 * size < errors[1] < 1e-2 * size
    assert np.polyfit(np.log(openings), np.log(errors), 1)[0] > 2.5


@pytest.mark.parametrize(("charged", "num_space"), [(False, 3), (True, 3), (False, 2)])
def test_the_energies_of_the_tree_are_those_of_all_pairs(charged, num_space):
    system, X = cloud(charged=charged, num_space=num_space)
    exact, openings, errors = mutual_energies(system, X), np.array([0.9, 0.6, 0.4]), []
    for opening in openings:
        errors.append(np.median(np.abs(tree_mutual_energies(system, X, opening) - exact)))
    assert errors[1] < 1e-2 * np.median(np.abs(exact))
    assert np.polyfit(np.log(openings), np.log(errors), 1)[0] > 2.5
    unsoftened = system._replace(softening=0.0)
    assert tree_mutual_energies(unsoftened, X, 0.3) == pytest.approx(
        mutual_energies(unsoftened, X), rel=1e-2, abs=1e-3 * np.max(np.abs(exact))
    )


def test_few_bodies_are_summed_directly():
    system, X = cloud(K=12, charged=True)
    assert tree_mutual_energies(system, X) == pytest.approx(mutual_energies(system, X), rel=1e-12)
    system = system._replace(U_mass=Harmonic(0.3))
    assert tree_accelerations(system, X) == pytest.approx(accelerations(system, X), rel=1e-12)


def test_paths_by_a_tree_keep_close_to_those_by_direct_sums():
    system, X = cloud(K=400)
    V = np.zeros_like(X)
    direct, tree = (
        newton_paths(system, X, V, [0.0, 0.2], time_step=0.02, opening=opening)
        for opening in (None, 0.4)
    )
    assert 0.0 < np.max(np.abs(direct.X - tree.X)) < 1e-4
    assert tree.energy_drift < 1e-3


def test_what_no_tree_can_sum_is_refused():
    system, X = cloud(K=10)
    with pytest.raises(ValueError, match="`opening` be at most 1"):
        tree_accelerations(system, X, opening=1.5)
    with pytest.raises(ValueError, match="must have the law 'point'"):
        tree_accelerations(bodies(np.ones(3), num_space=1), X[:3, :1])
    with pytest.raises(ValueError, match="must be None for the method 'gauss_radau'"):
        newton_paths(system, X, 0.0 * X, [0.0, 1.0], time_step=0.1, method="gauss_radau",
                     opening=0.5)  # fmt: skip


def test_a_tree_of_periodic_bodies_is_refused():
    system = bodies([1.0, 1.0], period=5.0)
    X = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    for sums in (tree_accelerations, tree_mutual_energies):
        with pytest.raises(ValueError, match="must have no period for a tree"):
            sums(system, X)
