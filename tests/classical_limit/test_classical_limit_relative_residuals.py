import jax
import jax.numpy as jnp
import numpy as np
import pytest

import exact
from zitter.classical_limit._points import moved_to_centre
from zitter.classical_limit.relative_residuals import (
    centre_factors,
    effective_continuity_residual,
    effective_hamilton_jacobi_residual,
    relative_continuity_residual,
    relative_hamilton_jacobi_residual,
)
from zitter.system.coordinates import centre_of_mass_coordinates
from zitter.system.potentials import Harmonic, HarmonicPair
from zitter.wavefunctions.madelung import in_centre_of_mass_coordinates
from zitter.wavefunctions.residuals import continuity_residual, hamilton_jacobi_residual
from zitter.wavefunctions.schrodinger import configuration_potential

N, TIME, MASS, HBAR = 3, 0.3, 1.3, 0.7
SCALES = dict(mass=MASS, hbar=HBAR)
_RNG = np.random.default_rng(0)
Q = _RNG.normal(size=(2, N))
Y = _RNG.normal(size=(2, 4, N))
U_EXT, U_INT = Harmonic(0.7, 0.2), HarmonicPair(0.4)
POTENTIAL = configuration_potential(U_EXT, U_INT, N)


def anything(q, t):
    """Not a solution of anything; every derivative that occurs is different from zero."""
    a = jnp.sin(q[0] + 0.3 * t) * q[1] - 0.5 * q[0] ** 2 * q[2] + 0.1 * q[1] ** 3
    b = jnp.cos(q[0] * q[1] - t) + 0.4 * q[2] * t**2 * q[0] + 0.2 * q[1] ** 2
    return a + 1j * b


CENTRE = exact.Packet(0.6, 0.5, 0.4, 0.2, N * MASS, HBAR, np.sqrt(0.7 / MASS))
RELATIVE = exact.Packet(0.8, 0.0, 0.0, 0.3, MASS, HBAR, np.sqrt((0.7 + N * 0.4) / MASS))


def body(q, t):
    """Exact in U = Σ 0.7 x²/2 + Σ 0.4 (x_j - x_l)²/2: a packet of x_cm times those of y."""
    z = _z_of(q)
    y = exact.log_packet(exact.trapped, RELATIVE, z[1:], t)
    return exact.log_packet(exact.trapped, CENTRE, z[0], t) + jnp.sum(y)


IN_Z = in_centre_of_mass_coordinates(anything, N)


@jax.jit
@jax.vmap
def _defined(z, own):
    """Factors (87)-(89) and the residuals of (90), (92), as printed in (x_cm, y) coordinates.

    `own` is (x_cm, y) of the path, z that of the point; x_cm is the same.
    """

    def S(z, t):
        return HBAR * jnp.imag(IN_Z(z, t))

    def log_rho(z, t):
        return 2.0 * jnp.real(IN_Z(z, t))

    def velocity(z):
        return jax.grad(S)(z, TIME) / MASS * jnp.array([1.0 / N, 1.0, 1.0])

    v_cm = velocity(own)[0]
    carried = jnp.zeros(N).at[0].set(v_cm)

    def rate(f, z):
        return jax.jvp(f, (z, TIME), (carried, 1.0))[1]

    def root(z):
        return jnp.exp(0.5 * log_rho(z, TIME))

    def flux(z):
        return jnp.exp(log_rho(z, TIME)) * velocity(z)

    def energy(z):
        p = jax.grad(S)(z, TIME)[1:]
        quantum = -(HBAR**2) / (2.0 * MASS) * jnp.diagonal(jax.hessian(root)(z))[1:] / root(z)
        inner = 0.5 * (0.7 + N * 0.4) * jnp.sum(z[1:] ** 2)
        return rate(S, z) + jnp.sum(p**2) / (2.0 * MASS) + jnp.sum(quantum) + inner

    rho = jnp.exp(log_rho(z, TIME))
    slope = jax.grad(log_rho)(z, TIME)[0]
    stretch = jax.hessian(S)(z, TIME)[0, 0] / (N * MASS)
    own_stretch = jax.hessian(S)(own, TIME)[0, 0] / (N * MASS)
    divergence = jnp.trace(jax.jacfwd(flux)(z)[1:, 1:]) / rho
    effective = rate(log_rho, z) + divergence + own_stretch
    return stretch, velocity(z)[0] * slope, v_cm * slope, effective, energy(z) - energy(own)


def _z_of(q):
    c = centre_of_mass_coordinates(jnp.asarray(q)[:, None])
    return jnp.concatenate([c.x_cm, c.y[:, 0]])


@pytest.fixture(scope="module")
def defined():
    z = jnp.stack([_z_of(q) for row in moved_to_centre(Y, Q) for q in row])
    own = jnp.repeat(jnp.stack([_z_of(q) for q in Q]), 4, axis=0)
    np.testing.assert_allclose(z[:, 0], own[:, 0], atol=1e-15)
    return [np.asarray(f).reshape(2, 4) for f in _defined(z, own)]


def test_the_factors_of_the_centre_of_mass_are_those_of_print(defined):
    factors = centre_factors(anything, Y, Q, TIME, **SCALES)
    for seen, expected in zip(factors, defined[:3], strict=True):
        np.testing.assert_allclose(seen, expected, rtol=1e-11)


def test_what_any_psi_leaves_of_the_joint_equations_it_leaves_of_the_relative_ones():
    X, masses = moved_to_centre(Y, Q).reshape(-1, N), np.full(N, MASS)
    expected = continuity_residual(anything, X, TIME, masses, HBAR).reshape(2, 4)
    seen = relative_continuity_residual(anything, Y, Q, TIME, **SCALES)
    np.testing.assert_allclose(seen, expected, rtol=1e-10)
    expected = hamilton_jacobi_residual(anything, X, TIME, POTENTIAL, masses, HBAR).reshape(2, 4)
    seen = relative_hamilton_jacobi_residual(anything, Y, Q, TIME, POTENTIAL, **SCALES)
    np.testing.assert_allclose(seen, expected, rtol=1e-10)


def test_the_effective_equations_are_those_of_print_with_the_tidal_energy(defined):
    seen = effective_continuity_residual(anything, Y, Q, TIME, **SCALES)
    np.testing.assert_allclose(seen, defined[3], rtol=1e-10)
    words = dict(U_ext=U_EXT, U_int=U_INT, **SCALES)
    seen = effective_hamilton_jacobi_residual(anything, Y, Q, TIME, **words)
    np.testing.assert_allclose(seen, defined[4], rtol=1e-9)


def test_a_body_that_decouples_solves_all_equations_but_not_without_its_tidal_energy():
    for residual in (relative_continuity_residual, effective_continuity_residual):
        np.testing.assert_allclose(residual(body, Y, Q, TIME, **SCALES), 0.0, atol=1e-12)
    words = dict(U_ext=Harmonic(0.7), **SCALES)
    seen = effective_hamilton_jacobi_residual(body, Y, Q, TIME, U_int=U_INT, **words)
    np.testing.assert_allclose(seen, 0.0, atol=1e-11)
    # For any psi alike, 0.7 Σy²/2 is what the tidal energy adds.
    y = np.array([[_z_of(q)[1:] for q in row] for row in Y])
    own = np.array([_z_of(q)[1:] for q in Q])
    tidal = 0.35 * (np.sum(y**2, axis=2) - np.sum(own**2, axis=1)[:, None])
    assert np.min(np.abs(tidal)) > 0.01
    words = dict(words, U_ext=Harmonic(0.0))
    printed = effective_hamilton_jacobi_residual(body, Y, Q, TIME, U_int=U_INT, **words)
    np.testing.assert_allclose(printed, -tidal, rtol=1e-9)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`Y` must have shape"):
        relative_continuity_residual(anything, Y[0], Q, TIME, **SCALES)
    with pytest.raises(ValueError, match="`mass` must be positive"):
        centre_factors(anything, Y, Q, TIME, mass=-1.0)
    with pytest.raises(ValueError, match="`points` must be finite"):
        effective_continuity_residual(anything, Y * np.inf, Q, TIME, **SCALES)
