import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.classical_limit.conditional import (
    A_kinetic_gradient,
    A_term,
    B_term,
    classicality_ratio,
    conditional_density,
    conditional_log_psi,
    conditional_phase,
    moved_together,
)
from zitter.core.checks import ValidityError
from zitter.forces.centre_of_mass import forces
from zitter.system.coordinates import centre_of_mass_coordinates, coordinate_masses
from zitter.system.potentials import Harmonic, Quartic
from zitter.wavefunctions.coupled_oscillators import coupled_ground_state
from zitter.wavefunctions.madelung import density, in_centre_of_mass_coordinates, phase

N, TIME = 3, 0.3
SCALES = dict(mass=1.3, hbar=0.7)
MASS, HBAR = SCALES["mass"], SCALES["hbar"]
Q = np.random.default_rng(0).normal(size=(2, N))
X_CM = Q.mean(axis=1)[:, None, None] + np.array([0.0, 0.4, -0.7])[:, None]


def anything(q, t):
    """Not a solution of anything; every derivative that occurs is different from zero."""
    a = jnp.sin(q[0] + 0.3 * t) * q[1] - 0.5 * q[0] ** 2 * q[2] + 0.1 * q[1] ** 3
    b = jnp.cos(q[0] * q[1] - t) + 0.4 * q[2] * t**2 * q[0] + 0.2 * q[1] ** 2
    return a + 1j * b


IN_Z = in_centre_of_mass_coordinates(anything, N)
MASSES = coordinate_masses(N, MASS)


def S(z):
    return HBAR * jnp.imag(IN_Z(z, TIME))


def rho(z):
    return jnp.exp(2.0 * jnp.real(IN_Z(z, TIME)))


def _z_of(q):
    c = centre_of_mass_coordinates(jnp.asarray(q)[:, None])
    return jnp.concatenate([c.x_cm, c.y[:, 0]])


@jax.jit
@jax.vmap
def _defined(own, x):
    """A, B/ρ and the slope of the bracket of (71) as printed, in (x_cm, y), and ln ψ there."""
    z, v_h = own.at[0].set(x), jax.grad(S)(own)[1:] / MASS

    def root(z):
        return jnp.sqrt(rho(z))

    def bracket(z):
        p = jax.grad(S)(z)[1:]
        return jnp.sum(p**2) / (2.0 * MASS) - jnp.dot(v_h, p)

    def flux(z):
        return rho(z) * jax.grad(S)(z)[1:] / MASS

    quantum = -(HBAR**2) / 2.0 * jnp.diagonal(jax.hessian(root)(z)) / MASSES / root(z)
    divergence = jnp.trace(jax.jacfwd(flux)(z)[:, 1:])
    B = divergence - jnp.dot(jax.grad(rho)(z)[1:], v_h)
    spread = divergence - jnp.dot(jax.grad(rho)(z)[1:], jax.grad(S)(z)[1:] / MASS)
    terms = (bracket(z) + jnp.sum(quantum), B, spread, rho(z) * jax.grad(bracket)(z)[0])
    return terms[0], *(f / rho(z) for f in terms[1:]), IN_Z(z, TIME), z


@pytest.fixture(scope="module")
def defined():
    """A, B/ρ, Σ_j ∂_jv_j, the slope, ln ψ and z at each of the points X_CM, all (2, 3, ..)."""
    own = jnp.repeat(jnp.stack([_z_of(q) for q in Q]), 3, axis=0)
    return [np.asarray(f).reshape(2, 3, *f.shape[1:]) for f in _defined(own, X_CM.reshape(-1))]


def test_the_conditional_wavefunction_has_the_relative_coordinates_of_the_path(defined):
    X = moved_together(Q, X_CM)
    np.testing.assert_allclose(X.mean(axis=2), X_CM[:, :, 0], atol=1e-15)
    relative = np.array([[_z_of(x)[1:] for x in row] for row in X])
    np.testing.assert_allclose(relative, defined[5][:, :, 1:], atol=1e-14)
    log_psi = conditional_log_psi(anything, X_CM, Q, TIME)
    np.testing.assert_allclose(log_psi, defined[4], rtol=1e-13)


def test_conditional_phase_and_density_are_those_of_psi_on_the_path():
    on_path = Q.mean(axis=1)[:, None, None]
    S = conditional_phase(anything, on_path, Q, TIME, HBAR)
    rho = conditional_density(anything, on_path, Q, TIME)
    np.testing.assert_allclose(S[:, 0], phase(anything, Q, TIME, HBAR), rtol=1e-13)
    # |∂(x_cm, y)/∂x| = 1/√N
    np.testing.assert_allclose(rho[:, 0], np.sqrt(N) * density(anything, Q, TIME), rtol=1e-13)


def test_A_is_what_its_definition_gives_in_centre_of_mass_coordinates(defined):
    A = A_term(anything, X_CM, Q, TIME, **SCALES)
    np.testing.assert_allclose(A, defined[0], rtol=1e-11)


def test_B_is_what_its_definition_gives_in_centre_of_mass_coordinates(defined):
    B = B_term(anything, X_CM, Q, TIME, **SCALES)
    np.testing.assert_allclose(B, defined[1], rtol=1e-11)


def test_on_the_path_B_is_the_divergence_of_the_relative_velocity_and_not_zero(defined):
    B = B_term(anything, X_CM, Q, TIME, **SCALES)[:, 0]
    np.testing.assert_allclose(B, defined[2][:, 0], rtol=1e-11)
    assert np.max(np.abs(B)) > 0.1


def test_the_kinetic_part_of_A_is_flat_on_the_path_and_nowhere_else(defined):
    slope = A_kinetic_gradient(anything, X_CM, Q, TIME, **SCALES)[:, :, 0]
    np.testing.assert_allclose(slope, defined[3], rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(slope[:, 0], 0.0, atol=1e-14)
    assert np.min(np.abs(slope[:, 1:])) > 0.004


def test_the_ratio_of_quantum_to_external_force_is_one_in_a_stationary_state():
    trapped = coupled_ground_state(N, stiffness=0.8, coupling=0.3, **SCALES)
    ratio = classicality_ratio(trapped, Q, TIME, Harmonic(0.8), **SCALES)
    np.testing.assert_allclose(ratio, 1.0, rtol=1e-12)


def test_the_ratio_is_that_of_the_forces_on_the_centre_of_mass():
    U = Quartic(0.2)
    F = forces(anything, Q, TIME, U, **SCALES)
    expected = np.abs(F.F_cm + F.F_rel)[:, 0] / np.abs(F.F_U)[:, 0]
    seen = classicality_ratio(anything, Q, TIME, U, **SCALES)
    np.testing.assert_allclose(seen, expected, rtol=1e-12)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`x_cm` must have shape"):
        A_term(anything, X_CM[0], Q, TIME, **SCALES)
    with pytest.raises(ValueError, match="`num_space` = 2 must divide the 3 coordinates"):
        moved_together(Q, np.zeros((2, 1, 2)), 2)
    with pytest.raises(ValueError, match="`Q` must be finite"):
        conditional_log_psi(anything, X_CM, Q * np.nan, TIME)
    with pytest.raises(ValueError, match="`mass` must be positive"):
        B_term(anything, X_CM, Q, TIME, mass=0.0)
    with pytest.raises(ValueError, match=r"`hbar` is 0\.5, but that of `psi`"):
        A_term(coupled_ground_state(N, stiffness=1.0, coupling=0.0), X_CM, Q, 0.0, mass=1, hbar=0.5)
    with pytest.raises(ValidityError, match="No external force acts on 2 of the 2"):
        classicality_ratio(anything, Q, TIME, Harmonic(0.0), **SCALES)
