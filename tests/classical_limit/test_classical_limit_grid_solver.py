"""(72) by split steps: orders, the stability limit in 1 to 3 dimensions, and caustics it hides."""

import jax.numpy as jnp
import numpy as np
import pytest

import exact
from classical_cases import landscape, problem, psi_error, state
from zitter.classical_limit._ray_checks import require_agreement, surveyed
from zitter.classical_limit.grid_solver import (
    on_grid,
    split_steps,
    split_system,
    stability_limit,
)
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order

PACKET = exact.Packet(1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, -2.0)
TRAP = landscape(stiffness=1.0)


def exact_psi(solution, x, t, momentum=1.0):
    R, S = exact.classical_packet(solution, PACKET._replace(momentum=momentum), x, t)
    return np.asarray(R * jnp.exp(1j * S))


def error_of(num, half, t, time_step):
    this = problem(TRAP, [0.0, t], num=num, half=half, momentum=1.0)
    want = exact_psi(exact.trapped, this.grid.axes[0], t)
    return psi_error(on_grid(this, time_step=time_step), want, this.grid)


def test_the_order_in_the_spacing_is_4():
    halves = [16.0, 14.0, 12.0]
    errors = [error_of(256, half, 1.0, 1e-3) for half in halves]
    assert abs(convergence_order(halves, errors) - 4.0) < 0.1


def test_the_order_in_the_step_is_2():
    this = problem(TRAP, [0.0, 0.8], num=64, half=10.0, momentum=1.0)
    limit = stability_limit(this.grid, 1.0)
    psi = [on_grid(this, time_step=limit / n).psi() for n in (2, 4, 8, 32)]
    errors = [np.linalg.norm(p - psi[-1]) for p in psi[:-1]]
    # The reference has the error of its own step, 1/n², in it too.
    steps = np.sqrt(1.0 / np.array([2, 4, 8]) ** 2 - 1.0 / 32**2)
    assert abs(convergence_order(steps, errors) - 2.0) < 0.1


def growth_of_noise(axes, share, num_steps=1500):
    """How much noise about a uniform state grows at a step of `share` of the limit."""
    this = problem(landscape(), [0.0, 1.0], num=8, axes=axes)
    system = split_system(this, 1.0)
    noise = np.random.default_rng(1).normal(size=(2, *this.grid.num))
    psi = 1.0 + 1e-9 * (noise[0] + 1j * noise[1])
    dt = share * stability_limit(this.grid, 1.0)
    end = split_steps(system, jnp.asarray(psi), *(jnp.asarray(v) for v in (0.0, dt, num_steps)))
    return float(np.std(np.abs(end)) / np.std(np.abs(psi)))


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_stability_limit_is_bisected_in_any_dimension(axes):
    low, high = 0.98, 1.02
    for _ in range(6):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if growth_of_noise(axes, middle) > 1e4 else (middle, high)
    assert abs(0.5 * (low + high) - 1.0) < 1e-3


def test_the_limit_counts_every_axis_with_its_mass():
    grid = Grid([0.0, 0.0], [8.0, 16.0], [8, 8])
    want = 2.0 / (np.pi * 0.5 * (1.0 / 2.0 + 1.0 / (3.0 * 4.0)))
    assert abs(stability_limit(grid, [2.0, 3.0], 0.5) - want) < 1e-12


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_step_above_the_limit_is_refused(axes):
    this = problem(TRAP, [0.0, 0.1], num=24, half=9.0, axes=axes)
    step = 1.01 * stability_limit(this.grid, 1.0)
    with pytest.raises(ValidityError, match="above the stability limit"):
        on_grid(this, time_step=step)


def test_two_dimensions_follow_the_exact_product():
    this = problem(TRAP, [0.0, 0.6], num=24, half=6.0, axes=2)
    one = exact_psi(exact.trapped, this.grid.axes[0], 0.6, 0.0)
    assert psi_error(on_grid(this), one[:, None] * one, this.grid) < 2e-2


def test_the_status_knows_of_a_caustic_where_the_grid_looks_healthy():
    this = problem(TRAP, [0.0, 1.2, 1.6, 2.5], num=256, momentum=1.0)
    found = on_grid(this)
    assert found.status == ("ok", "ok", "caustic", "caustic")
    norm = np.sum(np.abs(found.unchecked_psi) ** 2, axis=1) * this.grid.cell_volume
    np.testing.assert_allclose(norm, 1.0, atol=1e-9)
    assert abs(found.energy[2] / found.energy[0] - 1.0) < 0.1
    want = exact_psi(exact.trapped, this.grid.axes[0], 1.6)
    wrong = np.abs(np.abs(found.unchecked_psi[2]) ** 2 - np.abs(want) ** 2)
    assert np.sum(wrong) * this.grid.cell_volume > 0.1
    for index in (2, 3):
        with pytest.raises(ValidityError, match="Use an earlier time"):
            found.psi(index)


def test_a_state_with_nodes_is_refused():
    with pytest.raises(ValidityError, match="has nodes, where its amplitude changes sign"):
        on_grid(problem(TRAP, [0.0, 0.5], odd=1.0))


def test_a_grid_that_is_too_coarse_is_refused():
    with pytest.raises(ValidityError, match="the grid does not resolve it"):
        on_grid(problem(landscape(), [0.0, 0.1], num=64, half=14.0, momentum=6.5))


def test_packets_that_met_between_the_times_give_no_psi():
    of_state = dict(width=0.1, centres=(-20.0, 20.0), weights=np.sqrt([0.8, 0.2]), split=-20.0)
    found = on_grid(problem(landscape(), [0.0, 2.087], num=2048, half=40.0, **of_state))
    assert found.status == ("ok", "caustic")
    with pytest.raises(ValidityError, match=r"a share 0\.2 of the mass has crossed"):
        found.psi()


def test_a_packet_that_goes_round_the_box_is_refused():
    this = problem(landscape(), [0.0, 2.0], num=512, half=10.0, momentum=10.0, width=0.7)
    with pytest.raises(ValidityError, match="left the box"):
        on_grid(this)
    for coupling, time_step in ((0.5, None), (0.0, 1.0)):
        with pytest.raises(ValidityError, match=r"at the ends of the box at t = 0\.5"):
            family_on_grid(this, coupling, time_step=time_step)


def shaken(x, t):
    return 500.0 * x[0] * jnp.sin(260.0 * t)


def test_steps_that_do_not_follow_a_fast_potential_are_refused():
    this = ClassicalProblem(state(), shaken, Grid([-14.0], [14.0], [256]), [0.0, 1.0])
    for method in (on_grid, lambda p: family_on_grid(p, 0.5)):
        with pytest.raises(ValidityError, match="Use a shorter time step"):
            method(this)
    found, x = on_grid(this, time_step=5e-4), this.grid.axes[0]
    want = -500.0 / 260.0 + 500.0 * np.sin(260.0) / 260.0**2
    mean = np.sum(x * found.density[-1]) / np.sum(found.density[-1])
    assert abs(mean - want) < 5e-3


def test_an_energy_away_from_that_of_the_rays_is_refused():
    this = problem(TRAP, [0.0, 0.8], num=64, half=10.0, momentum=1.0)
    found, sheet = on_grid(this), surveyed(this)[1]
    parts = (this, sheet, found.status, found.density)
    require_agreement(*parts, found.energy)
    with pytest.raises(ValidityError, match="the grid has lost the motion"):
        require_agreement(*parts, found.energy * np.array([1.0, 1.2]))
    turned = found.density[:, ::-1]
    with pytest.raises(ValidityError, match="the grid has lost the motion"):
        require_agreement(this, sheet, found.status, turned, found.energy)


@pytest.mark.parametrize(("masses", "hbar"), [([1.0, 2.0], 1.0), (1.0, [1.0, 2.0])])
def test_a_limit_for_masses_of_another_shape_is_refused(masses, hbar):
    with pytest.raises(ValueError, match="must have shape"):
        stability_limit(Grid([0.0], [8.0], [8]), masses, hbar)
