import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exact

SOLUTIONS = [exact.free, exact.falling, exact.trapped, exact.repelled]
POSITIVE = st.floats(0.4, 2.0)
ANY = st.floats(-2.0, 2.0)
PACKETS = st.builds(exact.Packet, POSITIVE, ANY, ANY, ANY, POSITIVE, POSITIVE, POSITIVE, ANY)
DRAWN = settings(max_examples=20, deadline=None)


@jax.jit
def _residuals(g, x, t):
    """Schroedinger residual of each solution over the sum of the sizes of its terms."""
    return jnp.array([_residual(solution, g, x, t) for solution in SOLUTIONS])


def _residual(solution, g, x, t, sign=1.0):
    def log_psi(y, s):
        return exact.log_packet(solution, g, y, s)

    def d(f):
        return lambda y, s: jax.jvp(lambda z: f(z, s), (y,), (1.0,))[1]

    slope, curvature = d(log_psi)(x, t), d(d(log_psi))(x, t)
    rate = jax.jvp(lambda s: log_psi(x, s), (t,), (1.0,))[1]
    kinetic = -0.5 * g.hbar**2 / g.mass * (curvature + slope**2)
    energy = exact.potential(solution, g, x)
    terms = jnp.array([1j * g.hbar * rate, -kinetic, -sign * energy + 0j])
    return jnp.abs(jnp.sum(terms)) / jnp.sum(jnp.abs(terms))


@DRAWN
@given(PACKETS, ANY, st.floats(0.0, 2.0))
def test_packets_satisfy_the_schroedinger_equation(g, x, t):
    assert np.max(_residuals(g, x, t)) < 1e-12


def test_a_potential_of_the_wrong_sign_would_be_seen():
    for solution in SOLUTIONS[1:]:
        assert _residual(solution, exact.Packet(), 0.9, 0.7, sign=-1.0) > 1e-2


@DRAWN
@given(PACKETS, ANY, st.floats(0.0, 1.2))
def test_velocities_are_the_derivatives_of_ln_psi(g, x, t):
    for solution in (exact.free, exact.falling, exact.repelled):
        v, u = exact.velocities(solution, g, x, t)
        c, c_dot, q, path_v, _ = solution(g, t)
        slope = 1j / g.hbar * g.mass * (c_dot / c * (x - q) + path_v)
        scale = 1.0 + abs(v) + abs(u)
        assert abs(g.hbar / g.mass * slope.imag - v) < 1e-12 * scale
        assert abs(g.hbar / g.mass * slope.real - u) < 1e-11 * scale


@jax.jit
def _path_residuals(g, x0, t):
    results = []
    for solution in SOLUTIONS:
        x, rate = jax.jvp(lambda s, f=solution: exact.bohm_path(f, g, x0, s), (t,), (1.0,))
        v = exact.velocities(solution, g, x, t)[0]
        results.append(jnp.abs(rate - v) / (1.0 + jnp.abs(v)))
    return jnp.array(results)


@DRAWN
@given(PACKETS, ANY, st.floats(0.0, 2.0))
def test_bohm_paths_follow_the_current_velocity(g, x0, t):
    assert np.max(_path_residuals(g, x0, t)) < 1e-11


@jax.jit
def _nelson_residuals(g, x0, t):
    (mean, variance), (mean_rate, variance_rate) = jax.jvp(
        lambda s: exact.nelson_moments(g, x0, s), (t,), (1.0,)
    )
    drift = sum(exact.velocities(exact.free, g, mean, t))
    ahead = sum(exact.velocities(exact.free, g, mean + 1.0, t))
    spread = g.hbar / g.mass + 2.0 * (ahead - drift) * variance
    return jnp.abs(mean_rate - drift), jnp.abs(variance_rate - spread)


@DRAWN
@given(PACKETS, ANY, st.floats(0.0, 2.0))
def test_nelson_moments_obey_the_diffusion_with_the_forward_drift(g, x0, t):
    assert np.max(_nelson_residuals(g._replace(chirp=0.0), x0, t)) < 1e-11


@pytest.mark.parametrize(("d", "k", "s"), [(6.0, 1.5, 1.0), (1.0, 0.3, 0.7)])
def test_two_packets_are_normalised_and_do_not_flow_through_the_middle(d, k, s):
    x = jnp.linspace(-20.0, 20.0, 2001)
    for t in (0.0, 1.5):
        density = jnp.exp(2.0 * jnp.real(exact.log_two_packets(d, k, s, x, t)))
        assert abs(float(jnp.sum(density)) * 0.02 - 1.0) < 1e-12
    slope = jax.jvp(lambda y: exact.log_two_packets(d, k, s, y, 1.0), (0.0,), (1.0,))[1]
    assert abs(slope) < 1e-12


def test_the_cat_density_is_that_of_two_coherent_states():
    x = jnp.linspace(-9.0, 9.0, 1201)
    for a, t in ((1.6, 0.4), (0.5, 2.1)):
        g = exact.Packet(np.sqrt(0.5), np.sqrt(2.0) * a, 0.0, 0.0, 1.0, 1.0, 1.0)
        logs = [exact.log_packet(exact.trapped, h, x, t) for h in (g, g._replace(centre=-g.centre))]
        density = jnp.abs(jnp.exp(logs[0]) + jnp.exp(logs[1])) ** 2
        want = density / (2.0 * (1.0 + np.exp(-2.0 * a**2)))
        np.testing.assert_allclose(exact.cat_density(a, x, t), want, atol=1e-14)
        assert abs(float(jnp.sum(want)) * 0.015 - 1.0) < 1e-12


@pytest.mark.parametrize("t", [0.3, 2.0, 11.0])
def test_keplers_orbit_solves_newtons_law(t):
    a, e, mu = 1.3, 0.6, 0.8
    r, v = exact.kepler_orbit(a, e, mu, t)
    rate = jax.jvp(lambda s: exact.kepler_orbit(a, e, mu, s), (t,), (1.0,))[1]
    assert jnp.max(jnp.abs(rate[0] - v)) < 1e-12
    assert jnp.max(jnp.abs(rate[1] + mu * r / jnp.sum(r**2) ** 1.5)) < 1e-12
    assert jnp.abs(0.5 * jnp.sum(v**2) - mu / jnp.sqrt(jnp.sum(r**2)) + 0.5 * mu / a) < 1e-12


@jax.jit
def _classical_residuals(g, x, t):
    """Hamilton-Jacobi and continuity residuals of E10 over the sizes of their terms."""
    found = []
    for solution in SOLUTIONS:

        def R(y, s, solution=solution):
            return exact.classical_packet(solution, g, y, s)[0]

        def S(y, s, solution=solution):
            return exact.classical_packet(solution, g, y, s)[1]

        p, S_dot = jax.grad(S)(x, t), jax.grad(S, 1)(x, t)
        terms = jnp.array([S_dot, 0.5 * p**2 / g.mass, exact.potential(solution, g, x)])
        spread = 0.5 * R(x, t) * jax.grad(jax.grad(S))(x, t) / g.mass
        flow = jnp.array([jax.grad(R, 1)(x, t), p / g.mass * jax.grad(R)(x, t), spread])
        found += [jnp.abs(jnp.sum(f)) / (1e-30 + jnp.sum(jnp.abs(f))) for f in (terms, flow)]
    return jnp.array(found)


@DRAWN
@given(PACKETS, ANY, st.floats(0.0, 0.4))
def test_classical_packets_obey_hamilton_jacobi_and_continuity(g, x, t):
    assert np.max(_classical_residuals(g._replace(chirp=0.3), x, t)) < 1e-10


@pytest.mark.parametrize("x0", [0.7, 2.2, -1.9])
def test_the_pendulum_obeys_newtons_law_and_its_action_grows_with_the_lagrangian(x0):
    t, h, strength = 0.9, 1e-3, 1.4
    weights = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / (12.0 * h)
    near = np.array([exact.pendulum(x0, t + i * h, strength) for i in (-2, -1, 0, 1, 2)])
    x, p, _ = near[2]
    rates = weights @ near
    lagrangian = 0.5 * p**2 - strength * np.cos(x)
    np.testing.assert_allclose(rates, [p, strength * np.sin(x), lagrangian], atol=1e-10)
    np.testing.assert_allclose(exact.pendulum(x0, 0.0, strength), [x0, 0.0, 0.0], atol=1e-12)


@pytest.mark.parametrize("x", [0.0, 0.4, -1.3])
def test_the_isothermal_slab_solves_poissons_equation_and_is_sech_squared(x):
    s = exact.Slab()
    v = jnp.linspace(-6.0, 6.0, 401)
    density = jnp.trapezoid(exact.slab_density(s, x, v), v)
    curvature = jax.grad(jax.grad(lambda y: exact.slab_potential(s, y)))(x)
    assert jnp.abs(curvature - 4.0 * jnp.pi * s.G * density) < 1e-12
    assert jnp.abs(density - s.density / jnp.cosh(x / exact.slab_height(s)) ** 2) < 1e-12
