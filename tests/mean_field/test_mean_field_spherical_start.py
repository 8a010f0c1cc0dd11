"""Plummer's sphere at rest, plain and softened."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.mean_field.batches import batch_paths, uniform_points
from zitter.mean_field.identical_bodies import identical_bodies
from zitter.mean_field.mean_force import empirical_force
from zitter.mean_field.spherical_start import plummer_start

POINTS = uniform_points("quiet", 1, 2**13, 6, 4)[0]


def test_the_potential_is_plummers_without_softening_and_shallower_with_it():
    plain, soft = plummer_start(), plummer_start(0.2)
    r = plain.radii
    assert np.max(np.abs(plain.potential - (1.0 + r**2) ** -0.5)) < 1e-15
    assert soft.potential[0] < plain.potential[0]
    assert soft.potential[-1] == pytest.approx(plain.potential[-1], rel=1e-3)
    slope = np.gradient(soft.potential, r)[5:-100]
    assert np.max(np.abs(slope - (r * soft.pull)[5:-100])) < 1e-4
    almost = plummer_start(1e-3)
    assert np.max(np.abs(almost.potential - plain.potential)) < 1e-5


@pytest.mark.parametrize("softening", [0.0, 0.1, 0.3])
def test_the_field_is_that_of_many_bodies_of_the_sphere(softening):
    rest = plummer_start(softening)
    X, _ = rest.places(POINTS)
    system = identical_bodies(len(X), softening=softening)
    # Without softening one body close by would outweigh the field in the middle.
    places = np.array([[0.4, 0.3, -0.2], [1.5, -0.7, 0.9], [-0.5, 2.0, 1.0]])
    places = places if softening else places[1:]
    found = empirical_force(system, places, X)
    assert np.max(np.abs(found - rest.acceleration(places))) < 0.01
    assert np.all(np.sum(rest.acceleration(places) * places, axis=1) < 0.0)


@pytest.mark.parametrize("softening", [0.0, 0.1, 0.3])
def test_the_sphere_is_at_rest(softening):
    rest = plummer_start(softening)
    X, V = rest.places(POINTS)
    virial = -np.mean(np.sum(X * rest.acceleration(X), axis=1))
    assert np.mean(np.sum(V**2, axis=1)) == pytest.approx(virial, rel=1e-3)
    batch = batch_paths(lambda n, x: rest.acceleration(x), X, V, 0.05, [0, 60])
    shells = np.sort(np.linalg.norm(batch.X, axis=-1), axis=1)[:, len(X) // 10 :: len(X) // 10]
    assert np.max(np.abs(shells[1] / shells[0] - 1.0)) < 0.02
    hot = batch_paths(lambda n, x: rest.acceleration(x), X, 1.2 * V, 0.05, [0, 60])
    shells = np.sort(np.linalg.norm(hot.X, axis=-1), axis=1)[:, len(X) // 10 :: len(X) // 10]
    assert np.max(np.abs(shells[1] / shells[0] - 1.0)) > 0.1


def test_what_is_not_at_rest_is_refused():
    with pytest.raises(ValueError, match="`softening` must not be negative"):
        plummer_start(-0.1)
    with pytest.raises(ValidityError, match="there is no isotropic density of this form at rest"):
        plummer_start(5.0)
    with pytest.raises(ValueError, match="`points` must have shape"):
        plummer_start().places(np.zeros((4, 3)))
