from functools import partial

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field.extended_bodies import (
    Moments,
    gaussian_energy,
    homogeneous_sphere_energy,
    homogeneous_sphere_frequency,
    trapped_moments,
)
from zitter.mean_field.extended_evolution import PairField, evolve_extended_body
from zitter.system.external_potentials import Harmonic

GRID = Grid((-1.6,), (1.6,), (128,))
X, H = GRID.axes[0], GRID.spacing[0]
MASS, TRAP, WIDTH = 1.2, 1.1, 0.1
HBAR = 2.0 * MASS * TRAP * 0.12**2
TIMES = np.linspace(0.0, 2.0, 5)


def packet(centre, width):
    return np.exp(-(((X - centre) / (2.0 * width)) ** 2)) / (2.0 * np.pi * width**2) ** 0.25


def moments(psi):
    density = np.abs(psi) ** 2 * H
    mean = density @ X
    return mean, np.sum(density * (X - mean[:, None]) ** 2, axis=1)


def evolved(energy, **how):
    how = dict(time_step=0.01) | how
    return evolve_extended_body(
        packet(0.2, WIDTH), GRID, TIMES, energy, mass=MASS, hbar=HBAR,
        potential=Harmonic(MASS * TRAP**2), **how,
    )  # fmt: skip


def test_the_field_of_a_body_is_the_sum_over_its_density():
    energy = partial(gaussian_energy, mass=1.3, width=0.3, gravitational_constant=0.7)
    density = packet(0.3, 0.2) ** 2
    direct = energy(np.abs(X[:, None] - X)) @ density * H
    np.testing.assert_allclose(PairField(GRID, energy)(density), direct, rtol=1e-12)


@pytest.mark.parametrize("inner", [0.0, 1.5])
def test_a_spring_turns_the_mean_at_the_trap_and_the_variance_faster(inner):
    # I = M ω² d²/2 exactly: the closed form of the moments is exact, too.
    run = evolved(lambda d: 0.5 * MASS * inner**2 * d**2)
    start = Moments(0.2, 0.0, WIDTH**2, 0.0, HBAR**2 / (4.0 * WIDTH**2))
    exact = trapped_moments(start, TIMES, MASS, TRAP, inner)
    mean, variance = moments(run.psi)
    np.testing.assert_allclose(mean, exact.position, atol=1e-8)
    np.testing.assert_allclose(variance, exact.position_variance, rtol=1e-7)
    np.testing.assert_allclose(run.energy, run.energy[0], rtol=1e-7)


def test_a_narrow_packet_in_a_sphere_has_the_frequency_of_the_sphere():
    energy = partial(homogeneous_sphere_energy, mass=MASS, radius=8.0, gravitational_constant=900.0)
    start = Moments(0.2, 0.0, WIDTH**2, 0.0, HBAR**2 / (4.0 * WIDTH**2))
    inner = homogeneous_sphere_frequency(MASS, 8.0, 900.0)
    _, variance = moments(evolved(energy).psi)
    exact = trapped_moments(start, TIMES, MASS, TRAP, inner).position_variance
    without = trapped_moments(start, TIMES, MASS, TRAP, 0.0).position_variance
    # The cubic term of I weakens the spring by a share of order width/R.
    np.testing.assert_allclose(variance, exact, rtol=0.03)
    assert np.max(np.abs(without / exact - 1.0)) > 0.2


def test_a_body_narrower_than_the_cells_is_refused():
    body = partial(gaussian_energy, mass=MASS, gravitational_constant=0.05)
    evolved(partial(body, width=1.2 * H))
    with pytest.raises(ValidityError, match="do not resolve the pair energy"):
        evolved(partial(body, width=0.2 * H))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`hbar` must be made of numbers"):
        evolve_extended_body(
            packet(0.2, WIDTH), GRID, TIMES, np.zeros_like, hbar=None, time_step=0.01
        )
    with pytest.raises(ValueError, match="`energy` must be a function"):
        evolved(None)
    with pytest.raises(ValueError, match="`energy` must be finite"):
        evolved(lambda d: np.where(d > 1.0, np.nan, 0.0))
    with pytest.raises(ValidityError):
        evolve_extended_body(
            packet(0.2, WIDTH), GRID, TIMES, lambda d: -1e4 * d**2, mass=MASS, hbar=HBAR,
            time_step=0.01,
        )  # fmt: skip
