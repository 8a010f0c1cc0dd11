import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.classical_limit.conditional import conditional_density, conditional_phase
from zitter.classical_limit.decoupling import (
    centre_of_mass_purity,
    conditional_states,
    decoupling_on_grid,
    gaussian_decoupling,
    mixed_derivatives,
    mutual_information,
    relative_quantum_potentials,
)
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import z_score
from zitter.system.coordinates import centre_of_mass_coordinates
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.independent_particles import (
    cm_purity_iid,
    mutual_information_iid,
    packet_amplitude,
)
from zitter.wavefunctions.madelung import (
    in_centre_of_mass_coordinates,
    relative_quantum_potential,
)
from zitter.wavefunctions.normal_modes import NormalModes, gaussian_modes

N, TIME, MASS, HBAR = 3, 0.3, 1.3, 0.7
SCALES = dict(mass=MASS, hbar=HBAR)
Q = np.random.default_rng(0).normal(size=(2, N))
HUMPS = Superposition(GaussianPacket([[1.0], [1.0]], [[-2.0], [2.0]]), [1.0, 1.0])
STIFFNESS = np.array([[1.4, -0.6], [-0.6, 0.7]])
PAIR = gaussian_modes(
    NormalModes(STIFFNESS, MASS), widths=[0.9, 0.4], chirp=[0.2, -0.5], momentum=0.3, hbar=HBAR
)


def anything(q, t):
    """Not a solution of anything; every derivative that occurs is different from zero."""
    a = jnp.sin(q[0] + 0.3 * t) * q[1] - 0.5 * q[0] ** 2 * q[2] + 0.1 * q[1] ** 3
    b = jnp.cos(q[0] * q[1] - t) + 0.4 * q[2] * t**2 * q[0] + 0.2 * q[1] ** 2
    return a + 1j * b


def _z_of(q):
    c = centre_of_mass_coordinates(jnp.asarray(q)[:, None])
    return jnp.concatenate([c.x_cm, c.y[:, 0]])


@pytest.fixture(scope="module")
def draws():
    x = sample_superposition(HUMPS, 4 * 800, np.random.default_rng(1))
    return np.asarray(x).reshape(800, 4)


LINE = Grid((-5.0,), (5.0,), (160,))


def test_the_mutual_information_of_independent_particles_is_that_of_its_own_formula(draws):
    found = mutual_information(Product(HUMPS, 4), draws, 0.0, LINE)
    exact = mutual_information_iid(packet_amplitude(HUMPS), 4, np.random.default_rng(2), 800)
    error = np.hypot(found.error, exact.standard_error)
    assert abs(z_score(found.value, exact.value, error)) < 3.0
    assert found.value > 10.0 * found.error


def test_the_purity_of_independent_particles_is_that_of_its_own_formula(draws):
    found = centre_of_mass_purity(Product(HUMPS, 4), draws, 0.0, LINE)
    exact = cm_purity_iid(packet_amplitude(HUMPS), 4)
    assert abs(z_score(found.value, exact, found.error)) < 3.0
    assert 1.0 - found.value > 10.0 * found.error


def test_conditional_states_have_the_shape_of_the_conditional_density_and_unit_norm(draws):
    phi = conditional_states(Product(HUMPS, 4), draws[:3], 0.0, LINE)
    np.testing.assert_allclose(LINE.integrate(np.abs(phi) ** 2), 1.0, rtol=1e-12)
    x = np.repeat(LINE.points[None], 3, axis=0)
    rho = conditional_density(Product(HUMPS, 4), x, draws[:3], 0.0)
    ratio = np.abs(phi) ** 2 * np.asarray(LINE.integrate(rho))[:, None]
    np.testing.assert_allclose(ratio, rho, rtol=1e-10, atol=1e-300)


def test_conditional_states_have_the_conditional_phase():
    q = PAIR.sample(3, np.random.default_rng(5), TIME)
    wide = Grid((-6.0,), (6.0,), (96,))
    phi = conditional_states(PAIR, q, TIME, wide)
    S = conditional_phase(PAIR, np.repeat(wide.points[None], 3, axis=0), q, TIME, HBAR)
    np.testing.assert_allclose(phi / np.abs(phi), np.exp(1j * S / HBAR), rtol=1e-10, atol=1e-10)


def test_a_gaussian_pair_has_the_same_information_and_purity_by_closed_form_and_on_a_grid():
    plane = Grid((-5.0, -7.0), (5.0, 7.0), (96, 128))
    in_z = in_centre_of_mass_coordinates(PAIR, 2)
    psi = jax.vmap(lambda z: jnp.exp(in_z(z, TIME)))(jnp.asarray(plane.points))
    grid = decoupling_on_grid(psi.reshape(plane.num), plane)
    closed = gaussian_decoupling(PAIR, TIME)
    np.testing.assert_allclose(grid, closed, rtol=1e-9)
    assert closed.mutual_information > 0.05
    assert closed.purity < 0.95


def test_in_two_dimensions_the_information_adds_and_the_purity_multiplies():
    both = gaussian_modes(
        NormalModes(np.kron(STIFFNESS, np.eye(2)), MASS, 2),
        widths=[0.9, 0.9, 0.4, 0.4],
        chirp=[0.2, 0.2, -0.5, -0.5],
        hbar=HBAR,
    )
    one, two = gaussian_decoupling(PAIR, TIME), gaussian_decoupling(both, TIME)
    assert two.mutual_information == pytest.approx(2.0 * one.mutual_information, rel=1e-10)
    assert two.purity == pytest.approx(one.purity**2, rel=1e-10)


def test_equal_oscillators_decouple_and_unequal_ones_do_not():
    plane = Grid((-6.0, -6.0), (6.0, 6.0), (64, 64))
    x, y = np.moveaxis(plane.points.reshape(64, 64, 2), -1, 0)
    product = decoupling_on_grid(np.exp(-(x**2) - 0.5 * y**2 + 1j * x), plane)
    np.testing.assert_allclose(product, (0.0, 1.0), atol=1e-12)
    phase_only = decoupling_on_grid(np.exp(-(x**2) - 0.5 * y**2 + 1j * x * y), plane)
    assert phase_only.mutual_information == pytest.approx(0.0, abs=1e-12)
    assert phase_only.purity < 0.9


IN_Z = in_centre_of_mass_coordinates(anything, N)
hessian_of_root = jax.jit(jax.hessian(lambda z: jnp.exp(jnp.real(IN_Z(z, TIME)))))
hessian_of_log = jax.jit(jax.jacfwd(jax.jacfwd(lambda z: IN_Z(z, TIME))))


def test_mixed_derivatives_are_those_of_the_density_and_of_the_phase():
    found = mixed_derivatives(anything, Q, TIME, hbar=HBAR)
    for k, q in enumerate(Q):
        mixed = hessian_of_log(_z_of(q))[0, 1:]
        np.testing.assert_allclose(found.log_density[k, 0, :, 0], 2.0 * mixed.real, rtol=1e-11)
        np.testing.assert_allclose(found.phase[k, 0, :, 0], HBAR * mixed.imag, rtol=1e-11)


def test_the_relative_quantum_potentials_add_up_and_move_with_the_centre_of_mass():
    x_cm = Q.mean(axis=1)[:, None, None] + np.array([0.0, 0.6])[:, None]
    found = relative_quantum_potentials(anything, x_cm, Q, TIME, **SCALES)
    total = relative_quantum_potential(anything, Q, TIME, **SCALES)
    np.testing.assert_allclose(found[:, 0].sum(axis=1), total, rtol=1e-11)
    for k, q in enumerate(Q):
        for n in range(2):
            z = _z_of(q).at[0].set(x_cm[k, n, 0])
            curvature = np.diagonal(hessian_of_root(z))[1:] / np.exp(np.real(IN_Z(z, TIME)))
            expected = -(HBAR**2) / (2.0 * MASS) * curvature
            np.testing.assert_allclose(found[k, n], expected, rtol=1e-10)


def test_bad_input_is_refused(draws):
    psi = Product(HUMPS, 4)
    with pytest.raises(ValidityError, match="Use a wider box or more points"):
        mutual_information(psi, draws, 0.0, Grid((-2.0,), (2.0,), (160,)))
    with pytest.raises(ValidityError, match="Use a wider box or more points"):
        centre_of_mass_purity(psi, draws, 0.0, Grid((-9.0,), (9.0,), (16,)))
    with pytest.raises(ValueError, match="number of draws must be even"):
        mutual_information(psi, draws[:5], 0.0, LINE)
    with pytest.raises(ValueError, match="`grid` must have num_space = 2 axes"):
        conditional_states(psi, draws, 0.0, LINE, num_space=2)
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        mixed_derivatives(anything, Q, TIME, hbar=0.0)
    with pytest.raises(ValueError, match="`psi` must have shape"):
        decoupling_on_grid(np.ones((3, 3)), Grid((-2.0, -2.0), (2.0, 2.0), (16, 16)))
    with pytest.raises(ValueError, match="`x_cm` must have shape"):
        relative_quantum_potentials(anything, Q, Q, TIME, **SCALES)
