import warnings
from functools import partial

import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.system.coordinates import coordinate_masses, particle_coordinates
from zitter.system.potentials import NewtonPair
from zitter.wavefunctions.gaussian import GaussianPacket
from zitter.wavefunctions.schrodinger import (
    configuration_potential,
    energy,
    evolve_schrodinger,
    values_on_grid,
)

LINE = Grid((-9.0,), (9.0,), (128,))
MASS, HBAR, STIFFNESS, FORCE = 1.3, 0.7, 1.7, 0.4
PACKET = GaussianPacket(0.8, 0.5, 0.6, 0.2, stiffness=STIFFNESS, force=FORCE, mass=MASS, hbar=HBAR)


def trap(x, t):
    return jnp.sum(0.5 * STIFFNESS * x**2 - FORCE * x)


def shaken(x, t):
    return trap(x, t) * (1.0 + 0.3 * jnp.sin(2.0 * t))


def soft_coulomb(r, t):
    return 4.0 / jnp.sqrt(jnp.sum(r**2) + 0.2)


def samples(psi, grid, t=0.0):
    return jnp.exp(values_on_grid(psi, grid, t))


def distance(grid, a, b):
    return float(jnp.sqrt(grid.integrate(jnp.abs(a - b) ** 2)))


def final_error(order, time_step, mass=MASS, hbar=HBAR):
    evolution = evolve_schrodinger(
        samples(PACKET, LINE),
        LINE,
        trap,
        [0.0, 2.0],
        [mass],
        hbar,
        time_step=time_step,
        order=order,
    )
    return distance(LINE, evolution.psi[-1], samples(PACKET, LINE, 2.0))


@pytest.mark.parametrize("order", [2, 4])
def test_the_error_against_the_packet_falls_with_the_declared_order(order):
    errors = [final_error(order, h) for h in (0.1, 0.05, 0.025)]
    slopes = np.log2(np.divide(errors[:-1], errors[1:]))
    np.testing.assert_allclose(slopes, order, atol=0.1)
    assert errors[-1] < 1e-3


@pytest.mark.parametrize("order", [2, 4])
def test_the_order_holds_in_a_potential_that_depends_on_time(order):
    def final(time_step, order):
        return evolve_schrodinger(
            samples(PACKET, LINE), LINE, shaken, [0.0, 1.0], [MASS], HBAR,
            time_step=time_step, order=order,
        ).psi[-1]  # fmt: skip

    reference = final(0.005, 4)
    errors = [distance(LINE, final(h, order), reference) for h in (0.1, 0.05)]
    assert abs(np.log2(errors[0] / errors[1]) - order) < 0.15
    static = evolve_schrodinger(
        samples(PACKET, LINE), LINE, trap, [0.0, 1.0], [MASS], HBAR, time_step=0.05
    )
    assert distance(LINE, static.psi[-1], reference) > 0.01


def test_a_wrong_mass_or_hbar_is_seen():
    assert final_error(4, 0.1) < 1e-6
    assert final_error(4, 0.1, mass=2 * MASS) > 0.1
    assert final_error(4, 0.1, hbar=2 * HBAR) > 0.1


def test_norm_and_energy_are_conserved_and_energy_is_that_of_the_packet():
    evolution = evolve_schrodinger(
        samples(PACKET, LINE), LINE, trap, np.linspace(0, 2, 5), [MASS], HBAR,
        time_step=0.05, order=4,
    )  # fmt: skip
    chirp_energy = 0.5 * MASS * (0.6 / MASS) ** 2 + 0.5 * MASS * (0.2 * 0.8) ** 2
    spread = HBAR**2 / (8 * MASS * 0.8**2) + 0.5 * STIFFNESS * (0.8**2 + 0.5**2) - FORCE * 0.5
    np.testing.assert_allclose(evolution.norm, 1.0, atol=1e-12)
    np.testing.assert_allclose(evolution.energy, chirp_energy + spread, rtol=1e-6)
    alone = energy(evolution.psi[0], LINE, trap, 0.0, [MASS], HBAR)
    np.testing.assert_allclose(alone, evolution.energy[0], rtol=1e-12)


def test_the_evolution_is_reversible():
    psi0 = samples(PACKET, LINE)
    there = evolve_schrodinger(psi0, LINE, trap, [0.0, 1.0], [MASS], HBAR, time_step=0.1)
    back = evolve_schrodinger(
        jnp.conj(there.psi[-1]), LINE, trap, [0.0, 1.0], [MASS], HBAR, time_step=0.1
    )
    assert distance(LINE, jnp.conj(back.psi[-1]), psi0) < 1e-12


def plane(num):
    return Grid((-8.0, -8.0), (8.0, 8.0), (num, num))


def test_particle_and_centre_of_mass_coordinates_give_the_same_state():
    U = configuration_potential(trap, soft_coulomb, 2)

    def U_cm(z, t):
        return U(particle_coordinates(z[:1], z[1:, None]).ravel(), t)

    # An ordinary Gaussian of (x₁, x₂) = (x_cm - y/√2, x_cm + y/√2), unequal in x_cm and y.
    def psi_cm(z, t):
        return -0.8 * (z[0] - 0.4) ** 2 - 0.3 * z[1] ** 2 + 0.5j * z[0]

    def psi(q, t):
        return psi_cm(jnp.array([jnp.mean(q), (q[1] - q[0]) / jnp.sqrt(2.0)]), t)

    grid = plane(96)
    run = dict(times=[0.0, 0.5], hbar=HBAR, time_step=0.01)
    particles = evolve_schrodinger(samples(psi, grid), grid, U, masses=[MASS, MASS], **run)
    wide = partial(grid.interpolate, num_points=12)
    Q = np.random.default_rng(0).normal(size=(30, 2)) * 0.6
    Z = np.stack([Q.mean(axis=1), (Q[:, 1] - Q[:, 0]) / np.sqrt(2.0)], axis=1)

    def difference(masses):
        centre = evolve_schrodinger(samples(psi_cm, grid), grid, U_cm, masses=masses, **run)
        return np.max(np.abs(wide(centre.psi[-1], Z) - wide(particles.psi[-1], Q)))

    assert difference(coordinate_masses(2, MASS)) < 2e-4
    assert difference([MASS, MASS]) > 0.01


def mean_centre(evolution, grid):
    density = np.abs(evolution.psi) ** 2
    x_cm = grid.points.mean(axis=1).reshape(grid.num)
    return np.sum(density * x_cm, axis=(1, 2)) / np.sum(density, axis=(1, 2))


@pytest.mark.parametrize("quartic", [0.0, 0.05])
def test_a_strong_pair_force_does_not_move_the_centre_of_mass_of_a_trapped_pair(quartic):
    # The quartic trap is the control: there the pair force does reach <x_cm>.
    def U_ext(x, t):
        return jnp.sum(0.5 * x**2 + quartic * x**4)

    grid = plane(128)
    pair = GaussianPacket([0.7, 0.7], [1.9, -0.7], [0.3, -0.5])
    times = np.linspace(0.0, 3.0, 7)
    U = configuration_potential(U_ext, soft_coulomb, 2)
    evolution = evolve_schrodinger(
        samples(pair, grid), grid, U, times, [1.0, 1.0], time_step=0.02, order=4
    )
    harmonic = 0.6 * np.cos(times) - 0.1 * np.sin(times)
    residual = np.max(np.abs(mean_centre(evolution, grid) - harmonic))
    assert residual < 1e-3 if quartic == 0.0 else residual > 0.02
    np.testing.assert_allclose(evolution.energy, evolution.energy[0], rtol=1e-4)


def test_three_attracting_particles_keep_energy_and_centre_of_mass():
    grid = Grid((-6.0,) * 3, (6.0,) * 3, (48,) * 3)

    gravity = NewtonPair(2.0, 1.0, softening=np.sqrt(0.5))
    U = configuration_potential(lambda x, t: 0.5 * jnp.sum(x**2), gravity, 3)
    psi0 = samples(GaussianPacket([0.7] * 3, [1.0, 0.2, -0.6]), grid)
    evolution = evolve_schrodinger(
        psi0, grid, U, [0.0, 0.5, 1.0], [1.0] * 3, time_step=0.05, order=4
    )
    np.testing.assert_allclose(evolution.energy, evolution.energy[0], rtol=1e-4)
    centre = grid.points.mean(axis=1).reshape(grid.num)
    seen = [float(grid.integrate(jnp.abs(psi) ** 2 * centre)) for psi in evolution.psi]
    np.testing.assert_allclose(seen, 0.2 * np.cos([0.0, 0.5, 1.0]), atol=1e-4)


def test_the_configuration_potential_counts_each_pair_once():
    U = configuration_potential(trap, lambda r, t: jnp.sum(r**4), 3, 2)
    X = np.random.default_rng(0).normal(size=(3, 2))
    pairs = sum(np.sum((X[j] - X[k]) ** 4) for j in range(3) for k in range(j))
    ext = np.sum(0.5 * STIFFNESS * X**2 - FORCE * X)
    np.testing.assert_allclose(U(jnp.asarray(X.ravel()), 0.0), ext + pairs, rtol=1e-13)


def test_a_packet_too_fast_for_the_grid_is_refused():
    fast = GaussianPacket(0.8, 0.0, 18.0)
    with pytest.raises(ValidityError, match=r"rad per cell at t = 0"):
        evolve_schrodinger(samples(fast, LINE), LINE, trap, [0.0, 1.0], [1.0], time_step=0.01)


def test_a_packet_that_leaves_the_box_is_refused_with_the_time():
    moving = GaussianPacket(0.8, 0.0, 6.0)
    with pytest.raises(ValidityError, match=r"ends of the box at t = 0\.6"):
        evolve_schrodinger(
            samples(moving, LINE), LINE, lambda x, t: 0.0 * x[0], [0.0, 0.5, 1.0], [1.0],
            time_step=0.01,
        )  # fmt: skip


def test_a_step_too_long_for_the_momentum_is_refused():
    with pytest.raises(ValidityError, match=r"Use time_step <="):
        evolve_schrodinger(samples(PACKET, LINE), LINE, trap, [0.0, 1.0], [MASS], time_step=2.0)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"times": [0.0, 0.0]}, "must increase"),
        ({"masses": [1.0, 1.0]}, "`masses` must have shape"),
        ({"masses": [-1.0]}, "`masses` must be positive"),
        ({"order": 3}, "must be 2 or 4"),
        ({"time_step": 0.0}, "`time_step` must be positive"),
        ({"potential": lambda x, t: 1.0 / (x[0] - LINE.axes[0][3])}, "must be finite on the grid"),
        ({"psi0": jnp.zeros(128)}, "positive norm"),
        ({"psi0": jnp.zeros(12)}, "`psi0` must have shape"),
        ({"psi0": ["a"] * 128}, "`psi0` must be made of numbers"),
        ({"potential": lambda x, t: -0.5j + 0.0 * x[0]}, "`potential` must be real, but is comp"),
        ({"potential": lambda x, t: x}, "must have shape"),
        ({"potential": "a"}, "`potential` must be callable"),
        ({"potential": np.ones(128)}, "`potential` must be callable"),
        ({"absorption": 1j * np.ones(128)}, "`absorption` must be made of real numbers"),
        ({"contact": None}, "`contact` must be made of numbers"),
        ({"hbar": None}, "`hbar` must be made of numbers"),
        ({"masses": ["a"]}, "`masses` must be made of numbers"),
        ({"times": ["a", "b"]}, "`times` must be made of numbers"),
        ({"time_step": "a"}, "`time_step` must be made of numbers"),
        ({"leak_tolerance": "x"}, "`leak_tolerance` must be made of real numbers"),
        ({"scale_factor": lambda t: 1j}, "`scale_factor` must be finite and positive"),
        ({"grid": None}, "`grid` must be a Grid"),
        ({"folder": 3}, "`folder` must be a path"),
        ({"progress": 3}, "`progress` must be callable"),
    ],
)
def test_bad_input_is_refused(change, match):
    arguments = dict(
        psi0=samples(PACKET, LINE), grid=LINE, potential=trap, times=[0.0, 1.0], masses=[MASS],
        time_step=0.1,
    )  # fmt: skip
    with warnings.catch_warnings(action="error"), pytest.raises(ValueError, match=match):
        evolve_schrodinger(**(arguments | change))
