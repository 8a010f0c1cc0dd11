import jax
import jax.numpy as jnp
import numpy as np
import pytest

import exact
import zitter  # noqa: F401  (float64 on before jax is imported)
from zitter.trajectories.mean_derivatives import (
    estimated_mean_derivative,
    mean_acceleration,
    mean_backward_derivative,
    mean_forward_derivative,
    newton_residual,
)
from zitter.trajectories.nelson import nelson_paths
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.madelung import in_centre_of_mass_coordinates

G = exact.Packet(chirp=0.0)
PACKET = GaussianPacket([G.width], [G.centre], [G.momentum], mass=G.mass, hbar=G.hbar)
UNITS = {"masses": G.mass, "hbar": G.hbar}
T = 0.7


def position(q, t):
    return q


def trapped_pair():
    # Two particles on a line, entangled: one superposition of packets in their plane.
    packets = GaussianPacket(
        [[0.8, 0.7], [0.9, 0.8]], [[-1.0, 0.5], [0.4, 1.2]], [[0.4, -1.0], [0.3, 0.2]],
        stiffness=1.3, force=0.2,
    )  # fmt: skip
    return Superposition(packets, [1.0, 0.6 + 0.5j])


def trap(q, t):
    return jnp.sum(0.65 * q**2 - 0.2 * q)


PAIRS = np.array([[-0.7, 0.9], [0.3, 1.4], [1.0, -1.2]])


def test_the_mean_derivatives_of_the_position_are_the_drifts():
    x = np.array([[-0.5], [0.9], [2.0]])
    v, u = exact.velocities(exact.free, G, x, T)
    forward = mean_forward_derivative(position, PACKET, x, T, **UNITS)
    backward = mean_backward_derivative(position, PACKET, x, T, **UNITS)
    np.testing.assert_allclose(forward, v + u, rtol=1e-10)
    np.testing.assert_allclose(backward, v - u, rtol=1e-10)


def test_the_mean_derivatives_of_a_square_carry_the_noise():
    x = np.array([[-0.5], [0.9]])
    v, u = exact.velocities(exact.free, G, x, T)

    def square(q, t):
        return t * jnp.sum(q**2)

    for derivative, sign in ((mean_forward_derivative, 1.0), (mean_backward_derivative, -1.0)):
        expected = x**2 + T * (2.0 * x * (v + sign * u) + sign * G.hbar / G.mass)
        seen = derivative(square, PACKET, x, T, **UNITS)
        np.testing.assert_allclose(seen, expected[:, 0], rtol=1e-10)


def test_the_mean_acceleration_of_an_entangled_pair_in_a_trap_is_newtons():
    psi = trapped_pair()
    residual = newton_residual(psi, trap, PAIRS, T, masses=1.0)
    np.testing.assert_allclose(residual, 0.0, atol=1e-8)


def test_the_residual_is_the_slope_of_a_potential_that_psi_does_not_feel():
    slope = np.array([0.3, -0.8])

    def tilted(q, t):
        return trap(q, t) + jnp.dot(slope, q)

    residual = newton_residual(trapped_pair(), tilted, PAIRS, T, masses=1.0)
    np.testing.assert_allclose(residual, np.broadcast_to(slope, PAIRS.shape), rtol=1e-8)


def test_the_law_holds_in_centre_of_mass_coordinates_with_their_masses():
    psi = in_centre_of_mass_coordinates(trapped_pair(), 2)

    # Σ U(xᵢ) = (N k/2) x_cm² - N f x_cm + (k/2) y²
    def potential(z, t):
        return 1.3 * z[0] ** 2 - 0.4 * z[0] + 0.65 * z[1] ** 2

    z = np.array([[0.1, 1.1], [0.8, -0.6]])
    np.testing.assert_allclose(
        newton_residual(psi, potential, z, T, masses=np.array([2.0, 1.0])), 0.0, atol=1e-8
    )
    wrong = newton_residual(psi, potential, z, T, masses=np.array([1.0, 1.0]))
    assert np.max(np.abs(wrong)) > 0.1


def test_a_wavefunction_that_solves_nothing_breaks_the_law():
    def squeezed(q, t):
        return 1.2 * PACKET(q, t)

    acceleration = mean_acceleration(squeezed, [[1.5]], T, **UNITS)
    np.testing.assert_allclose(mean_acceleration(PACKET, [[1.5]], T, **UNITS), 0.0, atol=1e-9)
    assert abs(float(acceleration[0, 0])) > 1e-3


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_increments_of_the_diffusion_estimate_its_drifts(direction):
    num, dt = 200000, 0.004 if direction == "forward" else -0.004
    centre, width = exact.free(G, T)[2], exact.width(exact.free, G, T)
    Q0 = np.random.default_rng(0).normal(centre, width, (num, 1))
    paths = np.asarray(
        nelson_paths(
            PACKET, Q0, [T, T + dt], jax.random.key(1), num_steps=2, method="euler_maruyama",
            direction=direction, **UNITS,
        )
    )[..., 0]  # fmt: skip
    edges = centre + width * np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    seen = estimated_mean_derivative(paths[0], paths[1], dt, edges)
    v, u = exact.velocities(exact.free, G, seen.centre, T)
    right, other = (v + u, v - u) if direction == "forward" else (v - u, v + u)
    assert np.max(np.abs((seen.value - right) / seen.error)) < 3.5
    assert np.max(np.abs((seen.value - other) / seen.error)) > 3.5


def test_bad_input_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="`masses` must have shape"):
        mean_acceleration(PACKET, [[1.0]], T, masses=[1.0, 1.0])
    with pytest.raises(ValueError, match="`Q` must have shape"):
        mean_forward_derivative(position, PACKET, [1.0], T, **UNITS)
    with pytest.raises(ValueError, match="`dt` must not be 0"):
        estimated_mean_derivative([0.0], [1.0], 0.0, [0.0, 1.0])
    with pytest.raises(ValueError, match="Bin 1 from 1 to 2 has fewer than 2 paths"):
        estimated_mean_derivative([0.1, 0.2], [0.1, 0.2], 0.1, [0.0, 1.0, 2.0])
