"""Paths of K bodies: orders, conservation, exact orbits, resumed runs, refusals."""

from itertools import pairwise

import numpy as np
import pytest

import zitter  # noqa: F401
from exact import kepler_orbit
from zitter.core.checks import ValidityError
from zitter.kbody.bodies import bodies
from zitter.kbody.direct_sum import accelerations, printed_accelerations
from zitter.kbody.newton import adaptive_newton_paths, newton_paths, total_energy
from zitter.kbody.sheets import sheet_paths
from zitter.system.potentials import Harmonic, UniformForce

FIGURE_EIGHT_PERIOD = 6.32591398
TWO = bodies([1.0, 0.3], num_space=2, law="point")


def centred(system, X, V):
    """The same in the frame where the centre of mass rests."""
    weights = system.masses[:, None] / system.masses.sum()
    return X - (weights * X).sum(0), V - (weights * V).sum(0)


def kepler_start(system, eccentricity, t=0.0):
    """Positions and velocities of two bodies with semi-major axis 1."""
    total = system.gravitational_constant * system.masses.sum()
    r, v = (np.asarray(z) for z in kepler_orbit(1.0, eccentricity, total, t))
    weights = system.masses[::-1] / system.masses.sum() * [-1.0, 1.0]
    return weights[:, None] * r, weights[:, None] * v


def figure_eight():
    x = np.array([0.97000436, -0.24308753])
    v = np.array([-0.93240737, -0.86473146])
    return np.array([x, -x, 0.0 * x]), np.array([-0.5 * v, -0.5 * v, v])


def test_eccentric_orbits_stay_on_the_solution_of_keplers_equation():
    system = bodies([1.0, 1e-3], num_space=2, law="point")
    period = 2.0 * np.pi / np.sqrt(1.001)
    times = period * np.array([0.0, 0.3, 0.75, 1.2, 40.1, 99.6, 100.0])
    X0, V0 = kepler_start(system, 0.9)
    motion = adaptive_newton_paths(system, X0, V0, times)
    exact = np.array([kepler_start(system, 0.9, t)[0] for t in times])
    assert np.max(np.abs(motion.X - exact)) < 2e-10
    assert np.max(np.abs(motion.X[-1] - exact[-1])) < 1e-11
    assert motion.energy_drift < 1e-12
    assert motion.momentum_drift < 1e-15
    assert motion.angular_momentum_drift < 1e-14


def test_positions_and_energies_are_right_all_along_a_hundred_orbits():
    """Equal steps of the eccentric anomaly: as many looks near the pericentre as far from it."""
    e, period = 0.9, 2.0 * np.pi / np.sqrt(1.3)
    E = np.pi + np.linspace(0.0, 2.0 * np.pi, 81)
    orbit = (E - e * np.sin(E) - np.pi) / (2.0 * np.pi)
    times = period * np.concatenate([orbit, 49.0 + orbit, 99.0 + orbit])
    X0, V0 = kepler_start(TWO, e)
    motion = adaptive_newton_paths(TWO, X0, V0, times)
    separation = np.asarray(kepler_orbit(1.0, e, 1.3, times)[0]).T
    exact = separation[:, None, :] * np.array([[-0.3], [1.0]]) / 1.3
    # An error along the orbit is ten times as long at the pericentre, where bodies are fast.
    assert np.max(np.abs(motion.X - exact)) < 1e-10
    assert motion.energy_drift < 5e-14
    uneven = adaptive_newton_paths(TWO, X0, V0 * (1.0 + 1e-10), times)
    assert np.max(np.abs(uneven.X - exact)) > 1e-8


def test_three_bodies_return_after_the_period_of_the_figure_eight():
    system = bodies(np.ones(3), num_space=2, law="point")
    X0, V0 = figure_eight()
    motion = adaptive_newton_paths(system, X0, V0, [0.0, FIGURE_EIGHT_PERIOD])
    assert np.max(np.abs(motion.X[-1] - X0)) < 2e-7
    assert motion.energy_drift < 1e-14


@pytest.mark.parametrize(
    ("method", "order", "steps"),
    [
        ("leapfrog", 2, (200, 400, 800)),
        ("yoshida4", 4, (300, 600, 1200)),
        ("yoshida6", 6, (200, 400, 800)),
    ],
)
def test_each_method_has_its_order(method, order, steps):
    X0, V0 = kepler_start(TWO, 0.3)
    end = 5.0
    exact = kepler_start(TWO, 0.3, end)[0]
    errors = [
        np.max(np.abs(newton_paths(TWO, X0, V0, [0.0, end], time_step=end / n, method=method).X[-1]
                      - exact))
        for n in steps
    ]  # fmt: skip
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert -slope == pytest.approx(order, abs=0.1)


def test_collocation_has_order_fifteen():
    # So wide a softening makes a spring: steps so long that the error is not round-off.
    system = bodies([1.0, 1.0], num_space=1, law="point", softening=1e9,
                    gravitational_constant=0.5e27)  # fmt: skip
    start, end, steps, errors = np.array([[-0.5], [0.5]]), 60.0, (26, 28, 30), []
    for n in steps:
        motion = newton_paths(system, start, 0.0 * start, [0.0, end], time_step=end / n,
                              method="gauss_radau")  # fmt: skip
        r, v = motion.X[-1, 1] - motion.X[-1, 0], motion.V[-1, 1] - motion.V[-1, 0]
        errors.append(np.hypot(r[0] - np.cos(end), v[0] + np.sin(end)))
    assert -np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(15.0, abs=0.1)


@pytest.mark.parametrize("method", ["leapfrog", "yoshida4", "yoshida6", "gauss_radau"])
def test_a_reversed_run_comes_back_to_round_off(method):
    system = bodies([1.0, 0.5, 0.7], [1.0, -0.5, 0.2])
    X0 = np.array([[0.0, 0.0, 0.1], [1.5, 0.0, 0.0], [0.0, -2.0, 0.3]])
    V0 = np.array([[0.0, 0.1, 0.0], [0.0, 0.7, 0.2], [0.6, 0.0, 0.0]])
    there = newton_paths(system, X0, V0, [0.0, 2.0], time_step=0.01, method=method)
    back = newton_paths(system, there.X[-1], -there.V[-1], [0.0, 2.0], time_step=0.01,
                        method=method)  # fmt: skip
    assert np.max(np.abs(back.X[-1] - X0)) < 1e-13
    assert np.max(np.abs(back.V[-1] + V0)) < 1e-13


def test_times_may_fall():
    X0, V0 = kepler_start(TWO, 0.3)
    motion = newton_paths(TWO, X0, V0, [1.0, 0.0], time_step=1e-3, method="yoshida6")
    assert np.max(np.abs(motion.X[-1] - kepler_start(TWO, 0.3, -1.0)[0])) < 1e-12


def test_newtons_force_keeps_the_energy_and_half_of_it_does_not():
    X0, V0 = kepler_start(TWO, 0.2)
    times = np.linspace(0.0, 5.0, 60)
    full = adaptive_newton_paths(TWO, X0, V0, times)
    # Half the force is what a body feels in half the field.
    half = adaptive_newton_paths(TWO._replace(gravitational_constant=0.5), X0, V0, times)
    energies = np.array([total_energy(TWO, X, V) for X, V in zip(half.X, half.V, strict=True)])
    assert full.energy_drift < 1e-13
    assert np.max(np.abs(energies / energies[0] - 1.0)) > 0.2
    exact = np.array([kepler_start(TWO, 0.2, t)[0] for t in times])
    assert np.max(np.abs(full.X - exact)) < 1e-11


def test_the_printed_force_is_half_of_newtons():
    X0 = kepler_start(TWO, 0.5)[0]
    expected = np.array([0.3, -1.0])[:, None] * (X0[1] - X0[0]) / np.linalg.norm(X0[1] - X0[0]) ** 3
    assert accelerations(TWO, X0) == pytest.approx(expected)
    assert printed_accelerations(TWO, X0) == pytest.approx(0.5 * expected)


def test_opposite_charges_move_as_masses_of_the_same_coupling():
    charged = bodies([1.0, 0.3], [0.6, -0.5], num_space=2, law="point", gravitational_constant=0.0)
    coupled = TWO._replace(gravitational_constant=1.0)
    X0, V0 = kepler_start(coupled, 0.4)
    motions = [
        newton_paths(system, X0, V0, [0.0, 3.0], time_step=0.01, method="yoshida6")
        for system in (charged, coupled)
    ]
    assert np.max(np.abs(motions[0].X - motions[1].X)) < 1e-13


def test_a_harmonic_field_makes_the_centre_of_mass_oscillate():
    system = bodies([1.0, 0.5], [0.4, 0.2], softening=0.5, U_mass=Harmonic(4.0),
                    U_charge=UniformForce([0.3, 0.0, 0.0]))  # fmt: skip
    X0, V0 = np.array([[1.0, 0.0, 0.2], [0.0, 0.5, -0.2]]), np.zeros((2, 3))
    motion = newton_paths(system, X0, V0, [0.0, 0.4, 0.9], time_step=0.02, method="yoshida6")
    weights = system.masses / system.masses.sum()
    rest = np.array([0.3 * 0.6 / 1.5 / 4.0, 0.0, 0.0])
    start = weights @ X0
    for t, X in zip(motion.times, motion.X, strict=True):
        assert weights @ X == pytest.approx(rest + (start - rest) * np.cos(2.0 * t), abs=2e-9)
    assert motion.energy_drift < 1e-7


def test_many_bodies_take_the_same_path_by_either_road():
    rng = np.random.default_rng(5)
    system = bodies(rng.uniform(0.5, 1.0, 20), rng.uniform(-1, 1, 20), softening=0.2)
    X0, V0 = rng.normal(size=(20, 3)), np.zeros((20, 3))
    compiled = newton_paths(system, X0, V0, [0.0, 0.3], time_step=0.02)
    slow = newton_paths(
        system._replace(U_mass=UniformForce(0.0)), X0, V0, [0.0, 0.3], time_step=0.02
    )
    assert np.max(np.abs(compiled.X - slow.X)) < 1e-13


@pytest.mark.parametrize("method", ["leapfrog", "yoshida6", "gauss_radau"])
def test_a_run_in_two_parts_is_bit_equal_to_one(method):
    system = bodies(np.ones(3), num_space=2, law="point")
    X0, V0 = figure_eight()
    times = np.array([0.0, 0.7, 1.9])
    whole = newton_paths(system, X0, V0, times, time_step=0.01, method=method)
    first = newton_paths(system, X0, V0, times[:2], time_step=0.01, method=method)
    second = newton_paths(system, first.X[-1], first.V[-1], times[1:], time_step=0.01,
                          method=method)  # fmt: skip
    if method == "gauss_radau":
        assert np.max(np.abs(second.X[-1] - whole.X[-1])) < 1e-14
    else:
        assert np.array_equal(second.X[-1], whole.X[-1])


def test_an_adaptive_run_in_two_parts_is_bit_equal_to_one():
    system = bodies(np.ones(3), num_space=2, law="point")
    X0, V0 = figure_eight()
    times = np.array([0.0, 0.7, 1.3, 1.9])
    whole = adaptive_newton_paths(system, X0, V0, times, first_step=0.007)
    first = adaptive_newton_paths(system, X0, V0, times[:3], first_step=0.007)
    second = adaptive_newton_paths(system, first.X[-1], first.V[-1], times[2:],
                                   first_step=first.step, carry=first.carry)  # fmt: skip
    assert np.array_equal(second.X[-1], whole.X[-1])
    assert np.array_equal(second.V[-1], whole.V[-1])


def test_leapfrog_on_sheets_is_of_first_order_only():
    system = bodies([1.0, 0.7, 1.2], num_space=1)
    X0, V0 = np.array([[-1.0], [0.2], [0.9]]), np.array([[0.1], [0.0], [-0.2]])
    exact = sheet_paths(system, X0, V0, [0.0, 3.0]).X[-1]
    errors = [
        np.mean([
            np.max(np.abs(newton_paths(system, X0, V0, [0.0, 3.0], time_step=h * s).X[-1] - exact))
            for s in np.linspace(0.8, 1.2, 11)
        ])
        for h in (0.04, 0.01, 0.0025)
    ]  # fmt: skip
    assert all(0.6 < np.log(a / b) / np.log(4.0) < 1.6 for a, b in pairwise(errors))


def test_bad_bodies_are_refused():
    X0, V0 = figure_eight()
    system = bodies(np.ones(3), num_space=2, law="point")
    with pytest.raises(ValueError, match="bodies 0 and 2 are both at"):
        newton_paths(system, X0[[0, 1, 0]], V0, [0.0, 1.0], time_step=0.1)
    with pytest.raises(ValueError, match="`time_step` must be positive"):
        newton_paths(system, X0, V0, [0.0, 1.0], time_step=0.0)
    with pytest.raises(ValueError, match="Did you mean 'leapfrog'"):
        newton_paths(system, X0, V0, [0.0, 1.0], time_step=0.1, method="leap-frog")
    with pytest.raises(ValueError, match="`times` must be at least two and rise"):
        newton_paths(system, X0, V0, [0.0, 1.0, 0.5], time_step=0.1)
    with pytest.raises(ValueError, match="must rise for adaptive steps"):
        adaptive_newton_paths(system, X0, V0, [1.0, 0.0])
    with pytest.raises(ValueError, match="no external field"):
        adaptive_newton_paths(system._replace(U_mass=Harmonic(1.0)), X0, V0, [0.0, 1.0])


def test_a_step_too_long_for_collocation_is_refused():
    X0, V0 = kepler_start(TWO, 0.9)
    with pytest.raises(ValidityError, match="a step of 5 is too long"):
        newton_paths(TWO, X0, V0, [0.0, 10.0], time_step=5.0, method="gauss_radau")


def test_a_collision_is_refused():
    system = bodies(np.ones(2), num_space=2, law="point")
    X0, V0 = np.array([[-1.0, 0.0], [1.0, 0.0]]), np.zeros((2, 2))
    with pytest.raises(ValidityError, match="two bodies collide"):
        adaptive_newton_paths(system, X0, V0, [0.0, 3.0])
