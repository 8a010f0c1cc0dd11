import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.forces.centre_of_mass import (
    centre_of_mass_force,
    forces,
    quantum_potential_cm,
    quantum_potential_rel,
    relative_force,
)
from zitter.forces.scaling import gaussian_centre_of_mass_force, gaussian_quantum_potential
from zitter.system.coordinates import centre_of_mass_coordinates, particle_coordinates
from zitter.system.potentials import Harmonic, UniformForce, newton_source
from zitter.wavefunctions.derivatives import automatic_derivatives, derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Product

MASS, HBAR = 1.7, 0.6
SCALES = {"mass": MASS, "hbar": HBAR}


def correlated(q, t):
    """A two-particle ln ψ without symmetry, nodes nearby, in any dimension."""
    x, y = jnp.split(q, 2)
    envelope = -jnp.sum(x**2) / 3.0 - jnp.sum(y**2) / 4.0 + 0.3 * jnp.sum(x * y)
    phase = 0.5 * x[0] - 0.2 * x[0] ** 2 * y[-1]
    return envelope + 1j * phase + jnp.log(1.0 + 0.5 * jnp.sin(x[0]) * y[-1] + 0.3j * y[0])


def configurations(num_space, num_particles=2, batch=4, seed=0):
    rng = np.random.default_rng(seed)
    return jnp.asarray(rng.normal(size=(batch, num_particles * num_space)))


def in_centre_of_mass_coordinates(q, num_space):
    """(Q_cm, Q_rel, F_cm, F_rel) by differentiating R in x_cm and y themselves."""
    x_cm, y = centre_of_mass_coordinates(q.reshape(-1, num_space))
    num_particles = y.shape[0] + 1

    def R(x_cm, y):
        return jnp.exp(jnp.real(correlated(particle_coordinates(x_cm, y).reshape(-1), 0.0)))

    def laplacian(f, z):
        return jnp.trace(jax.hessian(lambda v: f(v.reshape(z.shape)))(z.reshape(-1)))

    def Q_cm(x_cm):
        value = laplacian(lambda z: R(z, y), x_cm) / R(x_cm, y)
        return -(HBAR**2) / (2 * num_particles * MASS) * value

    def Q_rel(x_cm):
        return -(HBAR**2) / (2 * MASS) * laplacian(lambda z: R(x_cm, z), y) / R(x_cm, y)

    return Q_cm(x_cm), Q_rel(x_cm), -jax.grad(Q_cm)(x_cm), -jax.grad(Q_rel)(x_cm)


@pytest.mark.parametrize("num_space", [1, 3])
def test_forces_and_quantum_potentials_agree_with_derivatives_in_x_cm_and_y(num_space):
    Q = configurations(num_space)
    d = automatic_derivatives(correlated, Q, 0.0, 3, num_space)
    kwargs = {**SCALES, "num_space": num_space}
    functions = (quantum_potential_cm, quantum_potential_rel, centre_of_mass_force, relative_force)
    expected = jax.jit(jax.vmap(lambda q: in_centre_of_mass_coordinates(q, num_space)))(Q)
    for function, value in zip(functions, expected, strict=True):
        np.testing.assert_allclose(function(d, **kwargs), value, rtol=1e-9, atol=1e-10)


def test_forces_agree_with_finite_differences_in_fifty_digits():
    x_cm, y = 0.37, -0.52

    def R(c, z):
        a, b = c - z / mpmath.sqrt(2), c + z / mpmath.sqrt(2)
        node = 1 + mpmath.sin(a) * b / 2 + mpmath.mpc(0, "0.3") * b
        return mpmath.exp(-(a**2) / 3 - b**2 / 4 + mpmath.mpf("0.3") * a * b) * abs(node)

    with mpmath.workdps(50):
        point = (mpmath.mpf(x_cm), mpmath.mpf(y))
        value, slope = R(*point), mpmath.diff(R, point, (1, 0))
        expected = []
        for second, third, mass in (((2, 0), (3, 0), 2 * MASS), ((0, 2), (1, 2), MASS)):
            curvature = mpmath.diff(R, point, second)
            gradient = mpmath.diff(R, point, third) / value - curvature * slope / value**2
            expected.append(float(HBAR**2 / (2 * mass) * gradient))
    q = particle_coordinates(jnp.array([x_cm]), jnp.array([[y]])).reshape(1, 2)
    F = forces(correlated, q, 0.0, None, **SCALES)
    np.testing.assert_allclose([F.F_cm[0, 0], F.F_rel[0, 0]], expected, rtol=1e-12)


@pytest.mark.parametrize(("num_particles", "num_space"), [(1, 1), (300, 1), (5, 3)])
def test_a_gaussian_product_has_the_closed_form_and_no_relative_force(num_particles, num_space):
    width = 0.8
    packet = GaussianPacket(width, centre=[0.3] * num_space, chirp=0.4, mass=MASS, hbar=HBAR)

    def psi(q, t):
        return jnp.sum(jax.vmap(lambda x: packet(x, t))(q.reshape(-1, num_space)))

    Q = configurations(num_space, num_particles, batch=2)
    d = automatic_derivatives(psi, Q, 0.0, 3, num_space)
    F_cm = centre_of_mass_force(d, **SCALES, num_space=num_space)
    F_rel = relative_force(d, **SCALES, num_space=num_space)
    displacement = Q.reshape(2, -1, num_space).mean(axis=1) - 0.3
    width_cm, total_mass = width / np.sqrt(num_particles), num_particles * MASS
    expected = gaussian_centre_of_mass_force(displacement, total_mass, width_cm, HBAR)
    np.testing.assert_allclose(F_cm, expected, rtol=1e-10)
    assert jnp.max(jnp.abs(F_rel)) < 1e-11 * jnp.max(jnp.abs(F_cm)) * num_particles
    Q_cm = gaussian_quantum_potential(displacement, total_mass, width_cm, HBAR).sum(axis=1)
    np.testing.assert_allclose(
        quantum_potential_cm(d, **SCALES, num_space=num_space), Q_cm, rtol=1e-10
    )


def interfering(num_particles, force):
    """Product of two-packet orbitals, a different one for each particle, under a uniform force."""
    numbers = np.arange(1.0, num_particles + 1.0)[:, None, None]
    packets = GaussianPacket(
        width=0.7 + 0.1 * numbers * np.ones((1, 2, 1)),
        centre=np.array([[-1.5], [1.2]]),
        momentum=np.array([[1.0], [-0.8]]) * numbers,
        force=force,
        mass=MASS,
        hbar=HBAR,
    )
    orbitals = Superposition(packets, np.ones((num_particles, 2)) / np.sqrt(2.0))
    return lambda q, t: sum(orbitals.orbital(i)(q[i : i + 1], t) for i in range(num_particles))


def test_the_forces_are_mass_times_acceleration_along_bohm_paths():
    num_particles, t = 2, 0.7
    psi = interfering(num_particles, force=0.5)
    Q = configurations(1, num_particles, batch=5, seed=2)

    def velocity(q, t):
        return HBAR / MASS * jnp.imag(automatic_derivatives(psi, q[None], t).gradient[0])

    def acceleration(q):
        return jax.jvp(velocity, (q, t), (velocity(q, t), 1.0))[1]

    total = MASS * jnp.sum(jax.jit(jax.vmap(acceleration))(Q), axis=1)
    F = forces(psi, Q, t, UniformForce(0.5), **SCALES)
    np.testing.assert_allclose((F.F_U + F.F_cm + F.F_rel)[:, 0], total, rtol=1e-9)
    with_m_for_M = F.F_U + num_particles * F.F_cm + F.F_rel
    assert np.max(np.abs(with_m_for_M[:, 0] - total)) > 1e-2


def test_a_structure_that_supplies_its_derivatives_is_asked_for_them():
    class Supplied:
        def derivatives(self, Q, t, order):
            return automatic_derivatives(correlated, Q, t, order, 1)

    Q = configurations(1)
    np.testing.assert_array_equal(
        forces(Supplied(), Q, 0.0, Harmonic(1.0), **SCALES).F_rel,
        forces(correlated, Q, 0.0, Harmonic(1.0), **SCALES).F_rel,
    )


def test_forces_do_not_depend_on_the_norm_and_phase_of_psi():
    Q = configurations(1)
    scaled = forces(lambda q, t: correlated(q, t) + (3.0 + 2.0j), Q, 0.0, None, **SCALES)
    for a, b in zip(scaled, forces(correlated, Q, 0.0, None, **SCALES), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: forces(correlated, jnp.zeros(2), 0.0, None, mass=1.0), "`Q` must have shape"),
        (lambda: forces(correlated, jnp.zeros((1, 2)), 0.0, None, mass=0.0), "`mass` must be"),
        (
            lambda: forces(correlated, jnp.zeros((1, 2)), 0.0, None, mass=1.0, hbar=-1.0),
            "`hbar` must be positive",
        ),
        (
            lambda: forces(correlated, jnp.zeros((1, 2)), 0.0, newton_source(1.0, 1.0), mass=1.0),
            "`U_ext` must be finite, but is -inf",
        ),
        (
            lambda: relative_force(derivatives(correlated, jnp.zeros((1, 2)), 0.0, 2), mass=1.0),
            "derivatives of order 3",
        ),
    ],
)
def test_bad_input_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(("name", "value"), [("mass", 1.0), ("hbar", 1.0)])
def test_a_scale_that_is_not_that_of_the_state_gets_a_sentence(name, value):
    psi = GaussianPacket([1.0, 1.0], mass=MASS, hbar=HBAR)
    with pytest.raises(ValueError, match=f"`{name}` is 1.0, but that of `psi`"):
        forces(psi, jnp.zeros((1, 2)), 0.0, None, **(SCALES | {name: value}))


def test_forces_at_a_configuration_that_is_not_finite_are_refused():
    with pytest.raises(ValueError, match="`Q` must be finite"):
        forces(correlated, jnp.full((1, 2), jnp.nan), 0.0, None, **SCALES)


def test_forces_on_a_node_are_refused():
    packets = GaussianPacket([[1.0], [1.0]], [[-1.0], [1.0]])
    odd = Product(Superposition(packets, [1.0, -1.0]), 2)
    with pytest.raises(ValidityError, match="no force at 1 of the 2 configurations"):
        forces(odd, jnp.array([[0.3, 0.4], [0.0, 0.4]]), 0.0, None, mass=1.0)
