import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.wavefunctions.gaussian import GaussianPacket
from zitter.wavefunctions.madelung import current_velocity, normalisation
from zitter.wavefunctions.residuals import schrodinger_residual
from zitter.wavefunctions.vortices import (
    BosonPairVortex,
    PairVortex,
    circle,
    circulation,
    vortices_on_grid,
    winding_number,
)

FREQUENCY, MASS, HBAR = 1.3, 0.8, 0.6
PAIR = PairVortex(FREQUENCY, MASS, HBAR)
BOSONS = BosonPairVortex(0.5, FREQUENCY, MASS, HBAR)
PLANCK = 2.0 * np.pi * HBAR
TIME = 0.4
GRID = Grid((-6.0, -6.0), (6.0, 6.0), (96, 96))
LENGTH = np.sqrt(HBAR / (MASS * FREQUENCY))


def trap(q, t):
    return 0.5 * MASS * FREQUENCY**2 * jnp.sum(q**2)


def boson_node(sign):
    """(x₁, x₂) of X = 0, Y = sign/√2 in units of LENGTH."""
    return sign * 0.5 * LENGTH * np.array([1.0, -1.0])


@pytest.mark.parametrize("psi", [PAIR, BOSONS])
def test_the_vortex_states_solve_the_schroedinger_equation_and_are_normalised(psi):
    Q = np.random.default_rng(0).normal(size=(6, 2))
    residual = schrodinger_residual(psi, Q, TIME, trap, [MASS, MASS], HBAR)
    np.testing.assert_allclose(residual, 0.0, atol=1e-11)
    moved = Grid((-6.01, -6.02), (6.0, 6.0), (96, 96))
    np.testing.assert_allclose(normalisation(psi, moved, TIME), 1.0, rtol=1e-9)


def test_two_particles_on_a_line_can_circulate_by_one_quantum():
    loop = circle([0.1, -0.1], 0.9)
    np.testing.assert_allclose(circulation(PAIR, loop, TIME, hbar=HBAR), PLANCK, rtol=1e-10)
    assert winding_number(PAIR, loop, TIME) == 1


def test_the_circulation_is_the_integral_of_mass_times_velocity():
    s = np.arange(400) / 400
    Q = np.array([circle([0.1, -0.1], 0.9)(x) for x in s])
    v = current_velocity(PAIR, Q, TIME, [MASS, MASS], HBAR)
    dQ = (np.roll(Q, -1, axis=0) - np.roll(Q, 1, axis=0)) / 2
    seen = circulation(PAIR, circle([0.1, -0.1], 0.9), TIME, hbar=HBAR)
    np.testing.assert_allclose(seen, MASS * np.sum(v * dQ), rtol=1e-3)


def test_running_backward_changes_the_sign():
    loop = circle([0.0, 0.0], 0.7, [0.0, 1.0], [1.0, 0.0])
    np.testing.assert_allclose(circulation(PAIR, loop, TIME, hbar=HBAR), -PLANCK, rtol=1e-10)
    assert winding_number(PAIR, loop, TIME) == -1


def test_without_a_node_inside_there_is_no_circulation():
    packet = GaussianPacket([0.7, 0.8], [0.2, 0.0], [1.0, -0.4])
    for psi, loop in ((packet, circle([0.0, 0.0], 0.9)), (PAIR, circle([2.0, 0.0], 0.9))):
        assert abs(circulation(psi, loop, TIME)) < 1e-9
        assert winding_number(psi, loop, TIME) == 0


def test_two_bosons_circulate_in_opposite_senses_round_their_two_nodes():
    for sign in (1, -1):
        loop = circle(boson_node(sign), 0.3 * LENGTH)
        turns = circulation(BOSONS, loop, TIME, hbar=HBAR) / PLANCK
        np.testing.assert_allclose(abs(turns), 1.0, rtol=1e-9)
        assert winding_number(BOSONS, loop, TIME) == np.rint(turns)
    both = [winding_number(BOSONS, circle(boson_node(s), 0.3 * LENGTH), TIME) for s in (1, -1)]
    assert sum(both) == 0
    assert winding_number(BOSONS, circle([0.0, 0.0], 3.0), TIME) == 0


def test_the_boson_state_is_even_under_exchange():
    q = jnp.array([0.4, -0.9])
    np.testing.assert_allclose(BOSONS(q, TIME), BOSONS(q[::-1], TIME), rtol=1e-12)


def test_the_circulation_adds_up_the_vortices_and_lives_in_more_dimensions():
    def double(q, t):
        return 2.0 * jnp.log(q[0] + 1j * q[2]) - jnp.log(1.0 + 1j * q[1] ** 2)

    loop = circle([0.0, 0.3, 0.0], 1.0, [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    np.testing.assert_allclose(circulation(double, loop) / (2 * np.pi), 2.0, rtol=1e-10)


def test_the_vortices_on_a_grid_are_found_with_their_sense():
    found = vortices_on_grid(PAIR, GRID, TIME)
    inner = np.max(np.abs(found.position), axis=1) < 2.0
    assert found.winding[inner].tolist() == [1]
    np.testing.assert_allclose(found.position[inner], 0.0, atol=0.13)
    found = vortices_on_grid(BOSONS, GRID, TIME)
    order = np.argsort(found.position[:, 0])
    expected = [winding_number(BOSONS, circle(boson_node(s), 0.1), TIME) for s in (-1, 1)]
    assert found.winding[order].tolist() == expected
    np.testing.assert_allclose(found.position[order], [boson_node(-1), boson_node(1)], atol=0.13)


def test_a_loop_through_a_node_is_refused():
    with pytest.raises(ValidityError, match="close to a node"):
        circulation(PAIR, circle([0.5, 0.0], 0.499), TIME)
    with pytest.raises(ValidityError, match="close to a"):
        winding_number(PAIR, circle([0.5, 0.0], 0.5001), TIME, num=33)


def test_bad_loops_are_refused():
    with pytest.raises(ValueError, match="must be closed"):
        circulation(PAIR, lambda s: jnp.stack([s, 1.0 + s]))
    with pytest.raises(ValueError, match="orthonormal"):
        circle([0.0, 0.0], 1.0, [1.0, 0.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="must have t"):
        vortices_on_grid(PAIR, Grid((0.0,), (1.0,), (8,)))
    with pytest.raises(ValueError, match="`frequency` must be positive"):
        PairVortex(-1.0)
