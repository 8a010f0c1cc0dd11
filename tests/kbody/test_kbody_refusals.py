"""What bodies cannot be made of, or asked, is refused in a sentence."""

import numpy as np
import pytest

import zitter  # noqa: F401
from zitter.kbody.bodies import bodies
from zitter.kbody.clusters import centre_force_error
from zitter.kbody.direct_sum import accelerations, sampled_accelerations
from zitter.kbody.newton import adaptive_newton_paths
from zitter.mean_field.shells import shells_of

X = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
THREE = bodies([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("masses", "charges", "words"),
    [
        ([1.0, 1.0], [1.0, 2.0, 3.0], r"`charges` must have shape \(num_bodies,\) = \(2,\)"),
        ([1.0, 1.0], [[1.0, 1.0]], "`charges` must have shape"),
        ([1.0, 1.0], np.nan, "`charges` must be finite"),
        ([], 0.0, "`masses` must hold at least one body"),
        (2.0, 0.0, "`masses` must have shape"),
        ([1.0, 0.0], 0.0, "`masses` must be positive"),
    ],
)
def test_masses_and_charges_that_make_no_bodies_are_refused(masses, charges, words):
    with pytest.raises(ValueError, match=words):
        bodies(masses, charges)
    with pytest.raises(ValueError, match=words):
        shells_of(masses, np.ones((np.size(masses), 3)), np.ones((np.size(masses), 3)), charges)


@pytest.mark.parametrize("name", ["gravitational_constant", "coulomb_constant"])
def test_couplings_that_are_no_numbers_are_refused(name):
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError, match=f"`{name}` must be finite"):
            bodies([1.0], **{name: value})
    with pytest.raises(ValueError, match=f"`{name}` must have shape"):
        bodies([1.0, 1.0], **{name: [1.0, 2.0]})


def test_a_negative_constant_of_gravity_makes_masses_repel():
    repelling = THREE._replace(gravitational_constant=-1.0)
    assert accelerations(repelling, X) == pytest.approx(-accelerations(THREE, X))


@pytest.mark.parametrize("number", [3, -1, 0.5])
def test_a_number_that_no_body_has_is_refused(number):
    with pytest.raises(ValueError, match="`numbers` must be a whole number"):
        sampled_accelerations(THREE, X, [0, number])
    with pytest.raises(ValueError, match="`numbers` must be a whole number"):
        sampled_accelerations(bodies([1.0, 2.0, 3.0], num_space=1), X[:, :1], [number])
    with pytest.raises(ValueError, match=r"`numbers` must have shape \(n,\)"):
        sampled_accelerations(THREE, X, 0)
    with pytest.raises(ValueError, match="`body` must be a whole number, at least 0 and at most 1"):
        centre_force_error(THREE, [0, 0, 1], X, number)


@pytest.mark.parametrize("step", [np.nan, -np.inf, -1.0, 0.0])
def test_a_longest_step_that_is_not_positive_is_refused(step):
    with pytest.raises(ValueError, match="`largest_step` must be"):
        adaptive_newton_paths(THREE, X, 0.0 * X, [0.0, 0.1], largest_step=step)


@pytest.mark.parametrize("tolerance", [1e30, 0.1, np.inf, np.nan, 0.0])
def test_a_tolerance_that_measures_no_error_is_refused(tolerance):
    with pytest.raises(ValueError, match="`tolerance` must be"):
        adaptive_newton_paths(THREE, X, 0.0 * X, [0.0, 0.1], tolerance=tolerance)
