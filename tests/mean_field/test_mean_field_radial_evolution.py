"""Spherical evolution under self-gravity and self-repulsion."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.statistics import convergence_order
from zitter.mean_field.radial_evolution import (
    Absorber,
    RadialGrid,
    evolve_radial,
    radial_energies,
    radial_mean_field,
)
from zitter.mean_field.radial_states import radial_state

GRID = RadialGrid(45.0, 191)
BALL = RadialGrid(12.0, 127)


def gaussian(grid, width=1.0):
    """√(4π) r ψ of ψ ∝ exp(-r²/2a²)."""
    u = grid.r * np.exp(-0.5 * (grid.r / width) ** 2)
    return u / np.sqrt(grid.spacing * np.sum(u**2))


@pytest.fixture(scope="module")
def ground():
    state = radial_state()
    return state, np.sqrt(4.0 * np.pi) * GRID.r * state.amplitude(GRID.r)


def test_sine_transforms_give_the_energies_of_collocation(ground):
    state, u = ground
    e = radial_energies(u, GRID)
    assert e.kinetic + 2.0 * e.self_energy == pytest.approx(state.eigenvalue, abs=1e-10)
    assert e.total == pytest.approx(state.energy, abs=1e-10)


def test_the_mean_field_of_a_gaussian_is_an_error_function():
    from scipy.special import erf

    field = radial_mean_field(gaussian(BALL), BALL, 0.7)
    np.testing.assert_allclose(field, -0.7 * erf(BALL.r) / BALL.r, atol=1e-12)


def test_a_stationary_state_turns_only_its_phase(ground):
    state, u = ground
    run = evolve_radial(u, GRID, [0.0, 40.0], time_step=1.0, order=4)
    exact = u * np.exp(-1j * state.eigenvalue * 40.0)
    assert np.sqrt(GRID.spacing * np.sum(np.abs(run.u[-1] - exact) ** 2)) < 3e-6


@pytest.mark.parametrize("order", [2, 4])
def test_the_error_falls_at_the_order_of_the_scheme(order):
    steps = (0.05, 0.025)
    u0 = gaussian(BALL)
    arguments = dict(coupling=2.0, order=order, leak_tolerance=1e-4)
    runs = [
        evolve_radial(u0, BALL, [0.0, 1.0], time_step=dt, **arguments).u[-1]
        for dt in (*steps, 0.0125 / 8)
    ]
    errors = [np.linalg.norm(run - runs[-1]) for run in runs[:-1]]
    assert convergence_order(steps, errors) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("coupling", [3.0, 0.0, -3.0])
def test_the_second_moment_of_a_gaussian_starts_as_gravity_or_repulsion_say(coupling):
    dt = 0.02
    run = evolve_radial(
        gaussian(BALL), BALL, [0.0, dt, 2 * dt], coupling=coupling, time_step=dt / 2, order=4
    )
    # d²⟨r²⟩/dt² at t = 0 from ⟨r²⟩ even in t.
    change = (run.mean_radius_squared - run.mean_radius_squared[0])[1:]
    second = 2.0 * (16.0 * change[0] - change[1]) / (12.0 * dt**2)
    exact = 3.0 - coupling * np.sqrt(2.0 / np.pi)
    assert second == pytest.approx(exact, abs=1e-5)
    assert abs(second - (3.0 + coupling * np.sqrt(2.0 / np.pi))) > 0.1 or coupling == 0.0


def test_a_free_gaussian_spreads_as_it_must():
    run = evolve_radial(gaussian(BALL), BALL, [0.0, 1.0], coupling=0.0, time_step=0.1)
    assert run.mean_radius_squared[-1] == pytest.approx(1.5 * 2.0, rel=1e-10)


def test_energy_and_norm_are_kept():
    run = evolve_radial(
        gaussian(BALL), BALL, [0.0, 1.0, 2.0], coupling=4.0, time_step=0.02, order=4
    )
    assert np.ptp(run.energy) < 1e-7
    assert np.ptp(run.norm) < 1e-12


def test_an_absorber_takes_what_leaves():
    u0 = gaussian(BALL)
    layer = Absorber(width=6.0, rate=4.0)
    run = evolve_radial(u0, BALL, [0.0, 12.0], coupling=0.0, time_step=0.02, absorber=layer)
    kept = run.norm[-1]
    # Of a free Gaussian of width √(1 + t²)/√2 this much is still within the sphere.
    from scipy.special import erf

    x = 6.0 / np.sqrt(1.0 + 144.0)
    inside = erf(x) - 2.0 * x / np.sqrt(np.pi) * np.exp(-(x**2))
    here = BALL.spacing * np.sum(np.abs(run.u[-1][BALL.r < 6.0]) ** 2)
    assert here == pytest.approx(inside, abs=5e-3)
    assert kept < 0.5


@pytest.mark.parametrize("layer", [(1.0, 1e-12), (11.0, 1e-12), (1.0, 300.0), (6.0, 0.01)])
def test_an_absorber_that_returns_what_reaches_it_is_none(layer):
    with pytest.raises(ValidityError, match="end of the box"):
        evolve_radial(
            gaussian(BALL), BALL, [0.0, 12.0], coupling=0.0, time_step=0.02,
            absorber=Absorber(*layer),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(u0=np.ones(5)), "u0"),
        (dict(u0=np.zeros(127)), "norm"),
        (dict(times=[0.0, 0.0]), "increase"),
        (dict(order=3), "order"),
        (dict(absorber=Absorber(20.0, 1.0)), "width"),
        (dict(U_ext=lambda r: np.nan * r), "U_ext"),
        (dict(mass=-1.0), "mass"),
        (dict(order=[2]), "order"),
        (dict(leak_tolerance=np.nan), "leak_tolerance"),
    ],
)
def test_bad_input_is_refused(change, message):
    arguments = dict(u0=gaussian(BALL), grid=BALL, times=[0.0, 1.0], time_step=0.1) | change
    with pytest.raises(ValueError, match=message):
        evolve_radial(**arguments)


@pytest.mark.parametrize(
    ("u0", "dt", "message"),
    [
        (gaussian(BALL, 0.05), 0.01, "per cell"),
        (gaussian(BALL, 3.5), 0.1, "end of the box"),
        (gaussian(BALL, 0.2), 0.5, "time_step"),
    ],
)
def test_a_run_out_of_validity_is_refused(u0, dt, message):
    with pytest.raises(ValidityError, match=message):
        evolve_radial(u0, BALL, [0.0, 1.0], time_step=dt)


def test_a_grid_needs_an_extent():
    with pytest.raises(ValueError, match="extent"):
        RadialGrid(0.0, 64)


def test_a_shell_that_the_wall_throws_back_is_refused():
    # Near R = 60 at t = 8.75, and back at 25 with a clear end at t = 17.5.
    grid = RadialGrid(60.0, 255)
    u0 = np.exp(-0.25 * ((grid.r - 25.0) / 2.5) ** 2 + 4.0j * grid.r).astype(complex)
    with pytest.raises(ValidityError, match="end of the box"):
        evolve_radial(u0, grid, [0.0, 17.5], coupling=0.0, time_step=0.05)
    there = evolve_radial(u0, grid, [0.0, 4.0], coupling=0.0, time_step=0.05)
    assert np.sqrt(there.mean_radius_squared[-1]) == pytest.approx(41.0, abs=0.5)


def test_few_points_leave_room_for_psi_before_the_wall():
    grid = RadialGrid(12.0, 12)
    run = evolve_radial(gaussian(grid, 1.5), grid, [0.0, 0.1], coupling=0.0, time_step=0.05)
    assert run.norm[-1] == pytest.approx(1.0)
