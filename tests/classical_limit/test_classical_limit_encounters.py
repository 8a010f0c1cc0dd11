"""Times at which packets in the plane come closest, however many and however fast they are."""

from types import SimpleNamespace

import numpy as np
import pytest

from zitter.classical_limit._branches import Lattice
from zitter.classical_limit._encounters import closest_times
from zitter.core.checks import ValidityError

TIMES = np.linspace(0.0, 2.0, 25)
# In the middle between two samples.
MEETING = 12.5 / 24.0 * 2.0
WIDTH = 0.15
HEAVY = [(-4.0, 2.0), (-1.5, 2.0), (1.5, 2.0), (4.0, 2.0), (-3.0, -2.0), (3.0, -2.0)]


def runs(
    speed: float, light: float = 1.0, distance: float = 5.0
) -> tuple[Lattice, SimpleNamespace]:
    """Free rays of six packets at rest and two lighter ones in the lane between, which meet.

    Those are carried to ±distance before the run; their labels stay where the lattice is.
    """
    lattice = Lattice(np.array([-6.0, -3.0]), np.array([0.1, 0.1]), (121, 61))
    q = lattice.labels
    rho, x0, v = np.zeros(len(q)), q.copy(), np.zeros_like(q)
    for centre in HEAVY:
        rho += 1.4 * np.exp(-0.5 * np.sum((q - centre) ** 2, axis=1) / WIDTH**2)
    for side in (-1.0, 1.0):
        rho += light * np.exp(-0.5 * np.sum((q - [side * distance, 0.0]) ** 2, axis=1) / WIDTH**2)
        lane = (np.abs(q[:, 1]) < 1.0) & (side * q[:, 0] > 0.0)
        v[lane, 0] = -side * speed
        x0[lane, 0] += side * (speed * MEETING - distance)
    x = x0 + TIMES[:, None, None] * v
    p = np.broadcast_to(v, x.shape)
    return lattice, SimpleNamespace(amplitude=np.sqrt(rho), times=TIMES, x=x, p=p)


@pytest.mark.parametrize("speed", [4.8, 16.0, 1600.0])
@pytest.mark.parametrize("light", [1.0, 1e-4])
def test_the_two_lightest_of_eight_packets_are_seen_to_meet(speed, light):
    lattice, rays = runs(speed, light)
    found = closest_times(lattice, rays, np.ones(2))
    assert np.min(np.abs(found - MEETING)) < 0.1 * WIDTH / speed


def test_packets_that_pass_each_other_far_away_need_no_time():
    lattice, rays = runs(16.0)
    right = rays.x[0, :, 0] > 0.0
    rays.x[:, right, 1] += 100.0 * WIDTH
    alone = closest_times(lattice, rays, np.ones(2))
    assert not np.any(np.abs(alone - MEETING) < 0.5 * np.diff(TIMES)[0])


def test_packets_without_mass_are_left_out():
    lattice, rays = runs(16.0, light=1e-9)
    assert len(closest_times(lattice, rays, np.ones(2))) == 0


def test_more_packets_than_can_be_followed_are_refused():
    lattice, rays = runs(16.0)
    x, y = np.meshgrid(np.arange(121) % 8 == 0, np.arange(61) % 8 == 0, indexing="ij")
    rays.amplitude = (x & y).ravel().astype(float)
    with pytest.raises(ValidityError, match="packets"):
        closest_times(lattice, rays, np.ones(2))
