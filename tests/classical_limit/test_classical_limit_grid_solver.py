"""(72) by split steps: orders, the stability limit in 1 to 3 dimensions, and caustics it hides."""

import jax.numpy as jnp
import numpy as np
import pytest

import exact
from classical_cases import landscape, problem, psi_error
from zitter.classical_limit.grid_solver import (
    on_grid,
    split_steps,
    split_system,
    stability_limit,
)
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
