"""Cat states: lobes of a mean field attract, branches of an exact pair do not."""

import numpy as np
import pytest

from zitter.core.grid import Grid
from zitter.mean_field.cat_states import (
    half_mass_acceleration,
    lobe_acceleration,
    lobes,
    pair_branches,
    pair_cat_state,
    probe_acceleration,
    two_lobe_state,
)
from zitter.mean_field.radial_states import radial_state
from zitter.mean_field.schrodinger_newton import evolve_schrodinger_newton
from zitter.system.pair_potentials import NewtonPair
from zitter.wavefunctions.schrodinger import configuration_potential, evolve_schrodinger

BOX = Grid((-9.0, -5.0, -5.0), (9.0, 5.0, 5.0), (48, 26, 26))
COUPLING, SEPARATION = 8.0, 8.0
PAIR_BOX = Grid((-14.0,) * 2, (14.0,) * 2, (64,) * 2)
UNEQUAL = Grid((-8.0, -8.0), (8.0, 8.0), (32, 48))
PULL = NewtonPair(1.5, softening=1.5)


@pytest.fixture(scope="module")
def cat():
    return two_lobe_state(radial_state(coupling=0.5 * COUPLING), BOX, SEPARATION)


def test_a_lobe_is_drawn_by_half_of_the_body(cat):
    pull = lobe_acceleration(np.abs(cat) ** 2, BOX, COUPLING)
    assert pull == pytest.approx(half_mass_acceleration(SEPARATION, COUPLING), rel=1e-3)
    assert half_mass_acceleration(SEPARATION, COUPLING, 2.0) == -COUPLING / (4.0 * SEPARATION**2)


def test_the_lobes_fall_as_half_masses_whatever_their_sign():
    half = radial_state(coupling=0.5 * COUPLING)
    for phase in (0.0, np.pi):
        psi = two_lobe_state(half, BOX, SEPARATION, phase)
        run = evolve_schrodinger_newton(
            psi, BOX, [0.0, 1.0], COUPLING, boundary="isolated", time_step=0.05, leak_tolerance=1e-3
        )
        found = lobes(np.abs(run.psi) ** 2, BOX)
        assert found.right_share == pytest.approx(0.5, abs=1e-3)
        assert np.all(found.middle_share < 1e-3)
        assert found.right[0] - found.right[1] == pytest.approx(0.5 * 0.0625, rel=0.02)
        assert found.left == pytest.approx(-found.right, abs=1e-3)


def test_a_probe_midway_is_drawn_to_the_middle_and_no_single_run_does_so(cat):
    pull = probe_acceleration(np.abs(cat) ** 2, BOX, (0.0, 4.5, 0.0))
    runs = [-np.array([s * 4.0, 4.5, 0.0]) / (16.0 + 4.5**2) ** 1.5 for s in (-1.0, 1.0)]
    np.testing.assert_allclose(pull, np.mean(runs, axis=0), atol=1e-5)
    assert min(np.linalg.norm(pull - run) for run in runs) > 0.5 * np.linalg.norm(runs[0])


def test_the_branches_of_a_bound_pair_stay_where_they_are():
    psi = pair_cat_state(PULL, PAIR_BOX, 10.0, 1.0, mass=1.5)
    run = evolve_schrodinger(
        psi,
        PAIR_BOX,
        configuration_potential(None, PULL, 2),
        [0.0, 1.5],
        np.full(2, 1.5),
        time_step=0.05,
        leak_tolerance=1e-3,
    )
    found = pair_branches(np.abs(np.asarray(run.psi)) ** 2, PAIR_BOX)
    assert found.right == pytest.approx(5.0, abs=1e-4)
    assert found.right_share == pytest.approx(0.5, abs=1e-10)
    assert np.all(found.middle_share < 1e-3)


def test_the_pair_is_in_the_ground_state_of_its_relative_motion():
    psi = pair_cat_state(PULL, PAIR_BOX, 10.0, 1.0, mass=1.5)
    run = evolve_schrodinger(
        psi,
        PAIR_BOX,
        configuration_potential(None, PULL, 2),
        [0.0, 1.0],
        np.full(2, 1.5),
        time_step=0.05,
        leak_tolerance=1e-3,
    )
    r = np.subtract.outer(*PAIR_BOX.axes)
    spread = [np.sum(np.abs(np.asarray(p)) ** 2 * r**2) for p in run.psi]
    assert spread[1] == pytest.approx(spread[0], rel=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: two_lobe_state(radial_state(), BOX, 0.0), "separation"),
        (lambda: lobe_acceleration(np.ones(3), BOX, 1.0), "density"),
        (lambda: lobes(np.ones((4, 26, 26)), BOX), "density"),
        (lambda: half_mass_acceleration(-1.0, 1.0), "separation"),
        (lambda: probe_acceleration(np.ones(BOX.num), BOX, (0.0,)), "position"),
        (lambda: pair_cat_state(PULL, BOX, 4.0, 1.0), "two axes"),
        (lambda: pair_cat_state(PULL, UNEQUAL, 4.0, 1.0), "two equal axes"),
        (lambda: pair_branches(np.ones((3, 3)), PAIR_BOX), "density"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("coupling", [np.nan, np.inf])
def test_a_coupling_that_is_not_finite_is_refused(coupling):
    with pytest.raises(ValueError, match="`coupling` must be finite"):
        half_mass_acceleration(1.0, coupling)


@pytest.mark.parametrize(
    ("density", "match"),
    [
        (np.zeros(16), "not be zero on either side"),
        (np.where(np.arange(16) < 9, 0.0, 1.0), "not be zero on either side"),
        (-np.ones(16), "`density` must not be negative"),
        (np.full(16, np.nan), "`density` must be finite"),
    ],
)
def test_a_density_without_two_lobes_is_refused(density, match):
    with pytest.raises(ValueError, match=match):
        lobes(density, Grid((-1.0,), (1.0,), (16,)))
