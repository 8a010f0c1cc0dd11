"""The mean field: empirical force, Vlasov equation, Hamiltonian, potential and force."""

import jax.numpy as jnp
import numpy as np
import pytest

import exact
from zitter.core.grid import Grid
from zitter.kbody.bodies import bodies
from zitter.mean_field.identical_bodies import body_forces, identical_bodies
from zitter.mean_field.mean_force import (
    empirical_force,
    mean_field_hamiltonian,
    mean_field_potential,
    mean_force,
    vlasov_residual,
)

M, G, SIGMA, RHO0 = 1.3, 0.7, 0.6, 0.5
SLAB = exact.Slab(SIGMA, RHO0 * M, G)


def slab_potential(x, t):
    return exact.slab_potential(SLAB, x[0])


def slab_f(x, p, t):
    return exact.slab_density(SLAB, x[0], p[0] / M)


def energy(x, p, t):
    return mean_field_hamiltonian(slab_potential, x, p, t, mass=M)


PLACES = [(0.3, 0.5), (-0.9, 0.2), (1.4, -1.1)]


@pytest.mark.parametrize(("x", "p"), PLACES)
def test_the_isothermal_slab_solves_the_vlasov_equation(x, p):
    assert abs(vlasov_residual(slab_f, energy, [x], [p])) < 1e-14

    def steeper(x, p, t):
        return slab_f(1.2 * x, p, t)

    assert abs(vlasov_residual(steeper, energy, [x], [p])) > 1e-5


@pytest.mark.parametrize(("x", "p"), PLACES)
def test_free_bodies_stream_and_the_opposite_bracket_is_seen(x, p):
    def free(x, p, t):
        return jnp.exp(-((x[0] - p[0] * t / M) ** 2) - 0.5 * p[0] ** 2)

    def H(x, p, t):
        return p[0] ** 2 / (2.0 * M)

    assert abs(vlasov_residual(free, H, [x], [p], 0.4)) < 1e-14
    assert abs(vlasov_residual(free, lambda *z: -H(*z), [x], [p], 0.4)) > 1e-3


def test_a_density_that_grows_at_rest_leaves_its_rate():
    def f(x, p, t):
        return 3.0 * t

    assert vlasov_residual(f, energy, [0.2], [0.1]) == pytest.approx(3.0)


def test_the_energy_is_kinetic_and_potential_with_no_further_integral():
    expected = 1.1**2 / (2.0 * M) + M * float(exact.slab_potential(SLAB, 0.4))
    assert mean_field_hamiltonian(slab_potential, [0.4], [1.1], mass=M) == pytest.approx(expected)


def test_the_force_pulls_towards_the_middle_of_the_slab():
    # Gauss: -4πGM · ∫₀ˣ Mρ of a layer around the middle.
    height = np.sqrt(SIGMA**2 / (2.0 * np.pi * G * RHO0 * M))
    expected = -4.0 * np.pi * G * M * RHO0 * M * height * np.tanh(0.8 / height)
    assert mean_force(slab_potential, [0.8], mass=M)[0] == pytest.approx(expected)


def test_the_potential_on_a_grid_solves_poissons_equation_on_a_line_and_in_space():
    line = Grid([-8.0], [8.0], (256,))
    x = line.axes[0]
    gauss = np.exp(-0.5 * x**2) / np.sqrt(2.0 * np.pi)
    Phi = mean_field_potential(gauss, line, mass=M, gravitational_constant=G)
    u = np.linspace(-12.0, 12.0, 6001)
    rho = np.exp(-0.5 * u**2) / np.sqrt(2.0 * np.pi)
    for i in (100, 128, 170):
        direct = 2.0 * np.pi * G * M * np.trapezoid(np.abs(x[i] - u) * rho, u)
        assert Phi[i] == pytest.approx(direct, rel=1e-5)
    cube = Grid([-6.0] * 3, [6.0] * 3, (24,) * 3)
    r2 = np.sum(cube.points**2, axis=-1).reshape(cube.num)
    ball = np.exp(-0.5 * r2) / (2.0 * np.pi) ** 1.5
    depth = mean_field_potential(ball, cube, mass=M, gravitational_constant=G).min()
    assert depth == pytest.approx(-G * M * np.sqrt(2.0 / np.pi), rel=1e-3)


def test_on_a_ring_the_mean_is_taken_away():
    ring = Grid([0.0], [2.0 * np.pi], (32,))
    rho = (1.0 + 0.1 * np.cos(ring.axes[0])) / (2.0 * np.pi)
    Phi = mean_field_potential(rho, ring, mass=M, gravitational_constant=G, boundary="periodic")
    assert np.max(np.abs(Phi + 0.2 * G * M * np.cos(ring.axes[0]))) < 1e-14


@pytest.mark.parametrize("options", [dict(num_space=1), dict(num_space=2), dict(softening=0.3)])
def test_the_force_of_all_bodies_on_one_of_them_is_newtons(options):
    X = np.random.default_rng(2).normal(size=(7, options.get("num_space", 3)))
    system = identical_bodies(7, M, gravitational_constant=G, **options)
    assert np.max(np.abs(empirical_force(system, X, X) - body_forces(system, X))) < 1e-13


@pytest.mark.parametrize(
    "unlike", [dict(masses=[1.0, 5.0, 2.0]), dict(masses=[2.0] * 3, charges=[1.0, -2.0, 1.0])]
)
def test_bodies_that_differ_have_no_force_of_one_mean_field(unlike):
    system, X = bodies(**unlike), [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    for call in (lambda: empirical_force(system, X, X), lambda: body_forces(system, X)):
        with pytest.raises(ValueError, match="must be of identical bodies"):
            call()


def test_the_force_of_many_bodies_is_that_of_their_mean_field():
    # K regular bodies of the slab: F_K -> -M ∂Φ/∂x, attractive, as 1/K.
    height = np.sqrt(SIGMA**2 / (2.0 * np.pi * G * RHO0 * M))
    mass = 2.0 * RHO0 * M * height
    errors = []
    for K in (200, 400):
        X = height * np.arctanh(2.0 * (np.arange(K) + 0.5) / K - 1.0)[:, None]
        system = identical_bodies(K, mass, gravitational_constant=G, num_space=1)
        F = empirical_force(system, [[0.35], [-0.8]], X)[:, 0]
        expected = [float(mean_force(slab_potential, [x], mass=mass)[0]) for x in (0.35, -0.8)]
        errors.append(np.max(np.abs(F / expected - 1.0)))
    assert errors[1] < errors[0] < 0.01


def test_what_has_no_mean_field_is_refused():
    ring = identical_bodies(2, num_space=1, period=1.0)
    with pytest.raises(ValueError, match="must not be periodic"):
        empirical_force(ring, [[0.1]], [[0.2], [0.3]])
    with pytest.raises(ValueError, match="`places` must have shape"):
        empirical_force(identical_bodies(1), [0.1], [[0.0, 0.0, 0.0]])
    for function, arguments in (
        (mean_force, (slab_potential, [0.1])),
        (mean_field_hamiltonian, (slab_potential, [0.1], [0.2])),
        (mean_field_potential, (np.ones(8), Grid([0.0], [1.0], (8,)))),
    ):
        with pytest.raises(ValueError, match="`mass` must be positive"):
            function(*arguments, mass=0.0)
