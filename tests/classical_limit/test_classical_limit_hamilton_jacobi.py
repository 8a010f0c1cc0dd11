"""Rays of the Hamilton-Jacobi equation, their tangent map, action and focal points."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import exact
from classical_cases import landscape, state
from zitter.classical_limit.hamilton_jacobi import (
    ClassicalState,
    classical_rays,
    integrated_curvature,
    state_of_psi,
    velocity_from_force,
    velocity_gradient,
)
from zitter.core.statistics import convergence_order
from zitter.system.potentials import Harmonic
from zitter.wavefunctions.gaussian import GaussianPacket

Q = np.linspace(-3.0, 3.0, 32)[:, None]
MOVING = state(momentum=0.7)
WELL = landscape(cosine=1.3)


def pendulum_errors(num_steps):
    """Largest errors of x, p, action and J in U = 1.3 cos x against elliptic functions."""
    rays = classical_rays(state(), WELL, Q, [0.0, 1.5], 1.0, num_steps=num_steps)
    want = exact.pendulum(Q[:, 0], 1.5, 1.3)
    found = (rays.x[-1, :, 0], rays.p[-1, :, 0], rays.action[-1])
    ends = [exact.pendulum(Q[:, 0] + s * 0.02, 1.5, 1.3)[0] for s in range(-4, 5)]
    weights = np.array([3, -32, 168, -672, 0, 672, -168, 32, -3]) / 840.0 / 0.02
    J = np.tensordot(weights, ends, 1)
    pairs = zip((*found, rays.J[-1, :, 0, 0]), (*want, J), strict=True)
    return [float(np.max(np.abs(a - b))) for a, b in pairs]


def test_rays_in_a_cosine_converge_to_elliptic_functions_with_order_4():
    counts = [8, 16, 32]
    errors = np.transpose([pendulum_errors(n) for n in counts])
    for series in errors[:3]:
        assert abs(convergence_order(1.0 / np.array(counts), series) - 4.0) < 0.1
    assert np.max(pendulum_errors(40)) < 1e-7


class Driven(eqx.Module):
    """U = -f cos(ωt) x."""

    force: float
    frequency: float

    def __call__(self, x, t):
        return -self.force * jnp.cos(self.frequency * t) * x[0]


def test_a_force_that_changes_in_time_is_met_with_order_4():
    counts, errors = [4, 8, 16], []
    for n in counts:
        rays = classical_rays(state(), Driven(0.8, 3.0), Q, [0.5, 2.0], 1.6, num_steps=n)
        # From rest at t = 0.5: v = (f/ωM)[sin ωt - sin ω/2].
        start = np.sin(1.5) * 1.5 + (np.cos(6.0) - np.cos(1.5)) / 3.0
        want = Q[:, 0] - 0.8 / (3.0 * 1.6) * start
        errors.append(float(np.max(np.abs(rays.x[-1, :, 0] - want))))
    assert abs(convergence_order(1.0 / np.array(counts), errors) - 4.0) < 0.1


def test_rays_in_the_other_well_do_not_agree():
    rays = classical_rays(state(), landscape(cosine=-1.3), Q, [0.0, 1.5], 1.0)
    assert np.max(np.abs(rays.x[-1, :, 0] - exact.pendulum(Q[:, 0], 1.5, 1.3)[0])) > 0.1


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_trap_has_its_focal_points_at_a_quarter_of_a_period_in_any_dimension(axes):
    q = np.random.default_rng(axes).normal(size=(32, axes))
    rays = classical_rays(MOVING, Harmonic([1.0] * axes), q, [0.0, 1.0, 2.0], 1.0)
    np.testing.assert_allclose(rays.focal_time, 0.5 * np.pi, atol=1e-9)
    assert np.all(rays.focal_points[1] == 0)
    assert np.all(rays.focal_points[2] == axes)


def test_unequal_axes_focus_one_after_the_other():
    q = np.random.default_rng(5).normal(size=(32, 2))
    rays = classical_rays(MOVING, Harmonic([1.0, 4.0]), q, [0.0, 1.0, 2.0], 1.0)
    np.testing.assert_allclose(rays.focal_time, 0.25 * np.pi, atol=2e-9)
    assert np.all(rays.focal_points[1] == 1)
    assert np.all(rays.focal_points[2] == 2)


def test_a_barrier_and_free_flight_have_no_focal_point():
    for U in (Harmonic(-1.0), Harmonic(0.0)):
        rays = classical_rays(MOVING, U, Q, [0.0, 2.0, 4.0], 1.0)
        assert not np.any(rays.focal_points)
        assert np.all(np.isinf(rays.focal_time))


def test_the_tangent_map_is_the_derivative_of_the_rays():
    h, q = 1e-4, np.random.default_rng(2).normal(size=(32, 2))
    U = landscape(quartic=0.2, cosine=0.4)
    start = state(momentum=0.3, sine=0.2)
    shifts = np.concatenate([[[0.0, 0.0]], h * np.eye(2), -h * np.eye(2)])
    x, p = [], []
    for shift in shifts:
        rays = classical_rays(start, U, q + shift, [0.0, 0.8], [1.0, 2.0])
        x.append(rays.x[-1])
        p.append(rays.p[-1])
    rays = classical_rays(start, U, q, [0.0, 0.8], [1.0, 2.0])
    for axis in (0, 1):
        J = (x[1 + axis] - x[3 + axis]) / (2.0 * h)
        K = (p[1 + axis] - p[3 + axis]) / (2.0 * h)
        np.testing.assert_allclose(rays.J[-1, :, :, axis], J, atol=1e-7)
        np.testing.assert_allclose(rays.K[-1, :, :, axis], K, atol=1e-6)


def test_the_momentum_is_the_integrated_force():
    times = np.linspace(0.0, 1.5, 41)
    rays = classical_rays(MOVING, WELL, Q, times, 2.0, num_steps=40)
    v = velocity_from_force(WELL, rays.x[:, 3], times, 2.0, rays.p[0, 3] / 2.0)
    np.testing.assert_allclose(v, rays.p[::2, 3] / 2.0, atol=1e-6)
    assert np.max(np.abs(v - v[0])) > 0.1


def test_the_velocity_gradient_of_the_trap_is_minus_the_tangent():
    times = np.array([0.0, 0.4, 1.0, 1.4])
    rays = classical_rays(MOVING, Harmonic(2.0), Q, times, 2.0)
    w = np.asarray(velocity_gradient(rays, 2.0))[:, :, 0, 0]
    np.testing.assert_allclose(w, np.tile(-np.tan(times), (32, 1)).T, atol=1e-7)


def test_the_velocity_gradient_obeys_riccatis_equation():
    times = np.linspace(0.0, 0.8, 41)
    U = landscape(quartic=0.25)
    rays = classical_rays(state(chirp=0.4), U, Q, times, 1.0, num_steps=80)
    w = np.asarray(velocity_gradient(rays, 1.0))[:, 18, 0, 0]
    h = times[1]
    rate = (w[:-4] - 8.0 * w[1:-3] + 8.0 * w[3:-1] - w[4:]) / (12.0 * h)
    right = -(w**2) - 3.0 * np.asarray(rays.x)[:, 18, 0] ** 2
    np.testing.assert_allclose(rate, right[2:-2], atol=2e-5)
    printed = integrated_curvature(U, rays.x[:, 18], times, 1.0)
    assert abs(printed[-1] - w[-1]) > 0.1


def test_the_printed_integral_is_right_to_first_order_in_time():
    errors, times = [], np.array([0.05, 0.1, 0.2])
    for t in times:
        steps = np.linspace(0.0, t, 41)
        rays = classical_rays(state(), Harmonic(3.0), Q, steps, 2.0)
        printed = integrated_curvature(Harmonic(3.0), rays.x[:, 0], steps, 2.0)
        np.testing.assert_allclose(printed, -1.5 * steps[::2], atol=1e-12)
        errors.append(abs(float(velocity_gradient(rays, 2.0)[-1, 0, 0, 0]) - printed[-1]))
    assert abs(convergence_order(times, errors) - 3.0) < 0.1


def test_a_psi_gives_its_amplitude_and_phase():
    psi = GaussianPacket(width=[0.8], centre=[0.4], momentum=[1.1], chirp=0.3, hbar=0.6)
    start, x = state_of_psi(psi, 0.5, 0.6), jnp.array([0.9])
    value = start.amplitude(x) * jnp.exp(1j * start.phase(x) / 0.6)
    np.testing.assert_allclose(value, jnp.exp(psi(x, 0.5)), rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(labels=Q[:, 0]), "`labels` must have shape"),
        (dict(times=[0.0, 0.0]), "`times` must hold at least two times and increase"),
        (dict(masses=-1.0), "`masses` must be positive"),
        (dict(masses=[1.0, 2.0]), "`masses` must have shape"),
        (dict(num_steps=0), "`num_steps` must be a whole number"),
        (dict(potential=1.0), "`potential`"),
    ],
)
def test_bad_rays_are_refused(change, message):
    good = dict(state=MOVING, potential=WELL, labels=Q, times=[0.0, 1.0], masses=1.0)
    with pytest.raises(ValueError, match=message):
        classical_rays(**(good | change))


def test_a_path_needs_an_odd_number_of_equal_steps():
    for times in ([0.0, 0.1, 0.2, 0.3], [0.0, 0.1, 0.3]):
        with pytest.raises(ValueError, match="equally spaced and odd"):
            velocity_from_force(WELL, np.zeros((len(times), 1)), times, 1.0, [0.0])
    with pytest.raises(ValueError, match="`path` must have shape"):
        integrated_curvature(WELL, np.zeros((2, 1)), [0.0, 0.1, 0.2], 1.0)


def test_a_state_is_made_of_two_functions():
    with pytest.raises(ValueError, match="`phase`"):
        ClassicalState(lambda x: x[0], 3.0)
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        state_of_psi(lambda x, t: x[0], 0.0, -1.0)
