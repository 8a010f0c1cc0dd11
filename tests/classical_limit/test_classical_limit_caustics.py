"""First caustics against closed forms, and the mass that has crossed."""

import numpy as np
import pytest

from classical_cases import landscape, problem, state
from zitter.classical_limit._branches import Lattice
from zitter.classical_limit._encounters import exchanged_mass
from zitter.classical_limit.caustics import caustic_survey, minority_mass
from zitter.classical_limit.problem import label_lattice


def surveyed(this, **arguments):
    lattice = label_lattice(this)
    return caustic_survey(
        this.state, this.potential, lattice, this.times, this.masses, **arguments
    )[0]


def test_a_sine_of_velocity_breaks_at_its_steepest_point():
    found = surveyed(problem(landscape(), [0.0, 1.5], half=9.0, width=0.4, sine=-1.0))
    assert abs(found.caustic.time - 1.0) < 1e-9
    np.testing.assert_allclose(found.caustic.place, [0.0], atol=1e-4)


def test_rays_that_run_apart_have_no_caustic():
    found = surveyed(problem(landscape(), [0.0, 1.5], half=9.0, width=0.8, sine=0.0, chirp=1.0))
    assert found.caustic is None
    assert found.status == ("ok", "ok")


def test_a_quartic_breaks_first_at_its_outermost_label():
    this = problem(landscape(quartic=0.125), [0.0, 0.6], half=4.0, width=0.4)
    found = surveyed(this, num_steps=160)
    assert abs(found.caustic.time * abs(found.caustic.label[0]) - 1.3542946155) < 1e-7
    lattice = label_lattice(this)
    assert abs(abs(found.caustic.label[0]) - abs(lattice.lower[0])) < 1e-9


def test_the_first_caustic_in_two_dimensions_is_that_of_the_steeper_axis():
    this = problem(landscape(), [0.0, 1.5], num=24, half=9.0, axes=2, width=0.8, sine=[-0.5, -1.0])
    found = surveyed(this)
    assert abs(found.caustic.time - 1.0) < 1e-6


def test_the_mass_of_the_weaker_stream_is_counted_once():
    lattice = Lattice(np.array([-1.0]), np.array([0.01]), (201,))
    q = lattice.labels[:, 0]
    X, J = np.abs(q)[:, None], np.sign(q + 1e-9)[:, None, None]
    R = np.sqrt(np.where(q < 0.0, 0.2, 0.8))
    assert abs(minority_mass(lattice, X, J, R) - 0.2) < 0.01
    assert minority_mass(lattice, q[:, None], np.ones((201, 1, 1)), R) == 0.0


def test_equal_streams_count_as_one_half():
    lattice = Lattice(np.array([-1.0]), np.array([0.01]), (201,))
    q = lattice.labels[:, 0]
    X, J = np.abs(q)[:, None], np.sign(q + 1e-9)[:, None, None]
    assert abs(minority_mass(lattice, X, J, np.ones(201)) - 0.5) < 0.01


@pytest.mark.parametrize("axes", [2, 3])
def test_the_focus_of_an_isotropic_trap_is_seen_though_det_j_keeps_its_sign(axes):
    this = problem(landscape(stiffness=1.0), [0.0, 1.4, 1.7], num=12, half=11.0, axes=axes)
    found = surveyed(this)
    assert found.status == ("ok", "ok", "caustic")
    assert abs(found.caustic.time - 0.5 * np.pi) < 1e-9


def test_the_amplitude_alone_has_no_caustic():
    found = surveyed(problem(landscape(), [0.0, 5.0], centres=(-3.0, 3.0)))
    assert found.status == ("ok", "ok")
    assert state().phase(np.array([1.0])) == 0.0


def test_a_survey_takes_as_many_steps_as_the_motion_needs():
    this = problem(landscape(stiffness=400.0), [0.0, 4.0], half=9.0, width=0.5)
    found = surveyed(this)
    assert found.status == ("ok", "caustic")
    assert abs(found.caustic.time - np.pi / 40.0) < 1e-5
    assert abs(found.folded_mass[-1] - 1.0) < 1e-12


FAST = dict(width=0.1, centres=(-20.0, 20.0), weights=np.sqrt([0.8, 0.2]), split=-20.0)


def test_an_encounter_that_no_sample_sees_is_counted_by_the_order_of_the_rays():
    found = surveyed(problem(landscape(), [0.0, 0.9, 2.087], num=2048, half=40.0, **FAST))
    assert found.status == ("ok", "caustic-in-tail", "caustic")
    np.testing.assert_allclose(found.crossed_mass, [0.0, 0.0, 0.2], atol=1e-9)
    # Seen at the samples alone, they have not met: each is one stream.
    assert found.minority_mass[-1] < 1e-6
    assert found.folded_mass[-1] < 1e-6


def test_a_plane_gets_a_sample_where_two_packets_come_closest():
    of_state = dict(FAST, width=0.4, centres=(-4.0, 4.0))
    found = surveyed(problem(landscape(), [0.0, 0.42], num=28, half=9.0, axes=2, **of_state))
    assert found.status == ("ok", "caustic")
    assert abs(found.crossed_mass[-1] - 0.2) < 0.01
    assert found.minority_mass[-1] < 1e-6


@pytest.mark.parametrize(
    ("order", "want"),
    [([0, 1, 2, 3], 0.0), ([3, 2, 1, 0], 0.6), ([1, 2, 3, 0], 0.1), ([3, 0, 1, 2], 0.4)],
)
def test_the_exchanged_mass_is_the_least_that_must_go(order, want):
    rho = np.array([0.4, 0.3, 0.2, 0.1])
    assert abs(exchanged_mass(np.array(order, dtype=float), rho) - want) < 1e-12
