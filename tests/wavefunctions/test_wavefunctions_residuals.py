import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.system.coordinates import coordinate_masses, particle_coordinates
from zitter.wavefunctions.gaussian import GaussianPacket
from zitter.wavefunctions.madelung import (
    backward_drift,
    current_velocity,
    forward_drift,
    in_centre_of_mass_coordinates,
)
from zitter.wavefunctions.residuals import (
    acceleration,
    backward_derivative,
    continuity_residual,
    euler_residual,
    forward_derivative,
    hamilton_jacobi_residual,
    newton_residual,
    schrodinger_residual,
)
from zitter.wavefunctions.vortices import BosonPairVortex

HBAR, TIME, MASS = 0.7, 0.4, 1.3
MASSES = np.array([1.3, 2.1])
FREQUENCY = 1.2
Q = np.random.default_rng(0).normal(size=(5, 2))


ENTANGLED = BosonPairVortex(0.6, FREQUENCY, MASS, HBAR)


def trap(q, t):
    return 0.5 * MASS * FREQUENCY**2 * jnp.sum(q**2)


def anything(q, t):
    """Not a solution of anything; every derivative that occurs is different from zero."""
    a = jnp.sin(q[0] + 0.3 * t) * q[1] - 0.5 * q[0] ** 2 + 0.1 * q[1] ** 3
    b = jnp.cos(q[0] * q[1] - t) + 0.4 * q[0] * t**2 + 0.2 * q[1]
    return a + 1j * b


def bumpy(q, t):
    return jnp.sin(q[0]) * q[1] ** 2 * (1 + t)


def test_a_polynomial_psi_gives_the_residual_that_pencil_and_paper_give():
    a, b, c, d = 0.7 - 0.2j, 0.3 + 0.5j, -0.4 + 0.1j, 0.2 - 0.6j

    def log_psi(q, t):
        return a * t**2 + b * q[0] + c * q[0] ** 2 + d * q[0] * q[1]

    x, y = Q.T
    gradient = [b + 2 * c * x + d * y, d * x]
    expected = 1j * HBAR * 2 * a * TIME + HBAR**2 / (2 * 1.3) * (2 * c + gradient[0] ** 2)
    expected = expected + HBAR**2 / (2 * 2.1) * gradient[1] ** 2 - np.sin(x) * y**2 * (1 + TIME)
    seen = schrodinger_residual(log_psi, Q, TIME, bumpy, MASSES, HBAR)
    np.testing.assert_allclose(seen, expected, rtol=1e-12)
    hamilton_jacobi = hamilton_jacobi_residual(log_psi, Q, TIME, bumpy, MASSES, HBAR)
    np.testing.assert_allclose(hamilton_jacobi, -expected.real, rtol=1e-12)
    continuity = continuity_residual(log_psi, Q, TIME, MASSES, HBAR)
    np.testing.assert_allclose(continuity, 2 * expected.imag / HBAR, rtol=1e-12)


def test_the_residual_is_minus_hamilton_jacobi_plus_continuity_for_any_psi():
    arguments = (anything, Q, TIME, bumpy, MASSES, HBAR)
    whole = schrodinger_residual(*arguments)
    continuity = continuity_residual(anything, Q, TIME, MASSES, HBAR)
    parts = -hamilton_jacobi_residual(*arguments) + 0.5j * HBAR * continuity
    np.testing.assert_allclose(whole, parts, rtol=1e-11)


def test_the_velocity_equation_is_the_slope_of_hamilton_jacobi_for_any_psi():
    arguments = (TIME, bumpy, MASSES, HBAR)

    def slope(axis):
        step = 1e-5 * np.eye(2)[axis]
        up = hamilton_jacobi_residual(anything, Q + step, *arguments)
        down = hamilton_jacobi_residual(anything, Q - step, *arguments)
        return (up - down) / 2e-5

    expected = np.stack([slope(0), slope(1)], axis=-1)
    euler = euler_residual(anything, Q, *arguments)
    np.testing.assert_allclose(euler, expected / MASSES, rtol=1e-6)
    newton = newton_residual(anything, Q, *arguments)
    np.testing.assert_allclose(newton, expected, rtol=1e-6)


def test_every_residual_of_an_exact_solution_vanishes_and_a_wrong_one_does_not():
    psi, masses = ENTANGLED, np.full(2, MASS)

    def wrong(q, t):
        return trap(q, t) + 0.1 * q[0] ** 2

    for residual in (
        schrodinger_residual, hamilton_jacobi_residual, euler_residual, newton_residual
    ):  # fmt: skip
        right = residual(psi, Q, TIME, trap, masses, HBAR)
        np.testing.assert_allclose(right, 0.0, atol=1e-9)
        assert np.max(np.abs(residual(psi, Q, TIME, trap, 2 * masses, HBAR))) > 0.05
    assert np.max(np.abs(schrodinger_residual(psi, Q, TIME, wrong, masses, HBAR))) > 0.05
    continuity = continuity_residual(psi, Q, TIME, masses, HBAR)
    np.testing.assert_allclose(continuity, 0.0, atol=1e-10)
    assert np.max(np.abs(continuity_residual(psi, Q, TIME, 2 * masses, HBAR))) > 0.05


def test_the_same_equations_hold_in_centre_of_mass_coordinates_with_their_masses():
    psi = in_centre_of_mass_coordinates(ENTANGLED, 2)

    def U(z, t):
        return trap(particle_coordinates(z[:1], z[1:, None]).ravel(), t)

    masses = coordinate_masses(2, MASS)
    for residual in (schrodinger_residual, hamilton_jacobi_residual, euler_residual):
        np.testing.assert_allclose(residual(psi, Q, TIME, U, masses, HBAR), 0.0, atol=1e-9)
    np.testing.assert_allclose(continuity_residual(psi, Q, TIME, masses, HBAR), 0.0, atol=1e-10)
    # The printed 1/m in place of 1/M for the centre of mass:
    printed = np.full(2, MASS)
    assert np.max(np.abs(continuity_residual(psi, Q, TIME, printed, HBAR))) > 0.05


def test_the_acceleration_is_the_change_of_velocity_along_a_line_of_v():
    v = current_velocity(anything, Q, TIME, MASSES, HBAR)
    step = 1e-5
    later = current_velocity(anything, Q + step * v, TIME + step, MASSES, HBAR)
    earlier = current_velocity(anything, Q - step * v, TIME - step, MASSES, HBAR)
    expected = (later - earlier) / (2 * step)
    np.testing.assert_allclose(acceleration(anything, Q, TIME, MASSES, HBAR), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("derivative", "drift"),
    [(forward_derivative, forward_drift), (backward_derivative, backward_drift)],
)
def test_the_mean_derivative_of_position_is_the_drift(derivative, drift):
    D = derivative(lambda q, t: q, anything, MASSES, HBAR)
    seen = jax.vmap(lambda q: D(q, TIME))(jnp.asarray(Q))
    np.testing.assert_allclose(seen, drift(anything, Q, TIME, MASSES, HBAR), rtol=1e-11)


@pytest.mark.parametrize(
    ("derivative", "sign"), [(forward_derivative, 1), (backward_derivative, -1)]
)
def test_the_mean_derivative_of_a_quadratic_function_has_time_drift_and_spread(derivative, sign):
    def f(q, t):
        return t**2 * q[0] ** 2 + 3.0 * q[1] ** 2

    D = derivative(f, anything, MASSES, HBAR)
    drift = (forward_drift if sign > 0 else backward_drift)(anything, Q, TIME, MASSES, HBAR)
    slope = np.stack([2 * TIME**2 * Q[:, 0], 6.0 * Q[:, 1]], axis=-1)
    spread = sign * HBAR * (TIME**2 / 1.3 + 3.0 / 2.1)
    expected = 2 * TIME * Q[:, 0] ** 2 + np.sum(drift * slope, axis=-1) + spread
    seen = jax.vmap(lambda q: D(q, TIME))(jnp.asarray(Q))
    np.testing.assert_allclose(seen, expected, rtol=1e-11)


def test_an_accelerated_packet_solves_the_schroedinger_equation():
    packet = GaussianPacket(
        [0.8, 0.5], 0.4, [0.6, -0.3], 0.2, stiffness=[1.7, -0.6], force=0.3, mass=MASS, hbar=HBAR
    )

    def U(q, t):
        return 0.5 * (1.7 * q[0] ** 2 - 0.6 * q[1] ** 2) - 0.3 * jnp.sum(q)

    residual = schrodinger_residual(packet, Q, TIME, U, [MASS, MASS], HBAR)
    np.testing.assert_allclose(residual, 0.0, atol=1e-11)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`masses` must have shape"):
        schrodinger_residual(anything, Q, 0.0, trap, [1.0])
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        continuity_residual(anything, Q, 0.0, MASSES, 0.0)
    with pytest.raises(ValueError, match="`masses` must be positive"):
        forward_derivative(lambda q, t: q, anything, [0.0, 1.0])
