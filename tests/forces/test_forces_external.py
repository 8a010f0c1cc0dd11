import jax.numpy as jnp
import numpy as np
import pytest

from zitter.forces.external import external_force, external_force_at_centre_of_mass
from zitter.system.coordinates import centre_of_mass_coordinates
from zitter.system.potentials import Harmonic, Polynomial, Quartic, UniformForce, newton_source

Q = jnp.asarray(np.random.default_rng(0).normal(size=(3, 6)))


@pytest.mark.parametrize("num_space", [1, 2, 3])
def test_a_uniform_force_acts_on_every_particle(num_space):
    F = external_force(UniformForce(0.5), Q, 0.0, num_space)
    np.testing.assert_allclose(F, np.full((3, num_space), 0.5 * 6 / num_space), rtol=1e-14)


@pytest.mark.parametrize("U", [UniformForce(0.5), Harmonic(-1.3, 0.4)])
@pytest.mark.parametrize("num_space", [1, 3])
def test_up_to_quadratic_potentials_act_at_the_centre_of_mass(U, num_space):
    at_centre = external_force_at_centre_of_mass(U, Q, 0.0, num_space)
    exact = external_force(U, Q, 0.0, num_space)
    np.testing.assert_allclose(at_centre.leading, exact, rtol=1e-12)
    np.testing.assert_allclose(at_centre.correction, 0.0, atol=1e-14)


@pytest.mark.parametrize("num_space", [1, 3])
def test_a_cubic_potential_needs_the_correction_and_no_more(num_space):
    U = Polynomial([0.0, 0.3, -0.2, 0.7])
    leading, correction = external_force_at_centre_of_mass(U, Q, 0.0, num_space)
    exact = external_force(U, Q, 0.0, num_space)
    np.testing.assert_allclose(leading + correction, exact, rtol=1e-12)
    assert not np.allclose(leading, exact, rtol=1e-2)


def test_in_one_dimension_the_correction_is_minus_half_the_third_derivative_times_sum_of_y2():
    U = Quartic(0.3)
    _, correction = external_force_at_centre_of_mass(U, Q, 0.0)
    for q, value in zip(Q, correction, strict=True):
        x_cm, y = centre_of_mass_coordinates(q[:, None])
        assert float(value[0]) == pytest.approx(float(-0.5 * 24 * 0.3 * x_cm[0] * jnp.sum(y**2)))


def test_the_error_left_by_the_correction_is_of_fourth_order_in_the_size_of_the_body():
    U = newton_source(1.0, 1.0)
    shape, centre = Q[:1].reshape(1, 2, 3), jnp.array([5.0, 0.0, 1.0])
    shape = shape - shape.mean(axis=1, keepdims=True)
    errors = []
    for size in (0.2, 0.1):
        body = (centre + size * shape).reshape(1, 6)
        leading, correction = external_force_at_centre_of_mass(U, body, 0.0, 3)
        exact = external_force(U, body, 0.0, 3)
        errors.append([jnp.abs(leading - exact).max(), jnp.abs(leading + correction - exact).max()])
    orders = np.log2(np.array(errors[0]) / np.array(errors[1]))
    np.testing.assert_allclose(orders, [2.0, 4.0], atol=0.1)


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match="no multiple of num_space"):
        external_force(None, jnp.zeros((1, 4)), 0.0, 3)
    with pytest.raises(ValueError, match="`U_ext` must have a finite gradient"):
        external_force(lambda x, t: jnp.sqrt(jnp.abs(x[0])), jnp.zeros((1, 2)), 0.0)
    with pytest.raises(ValueError, match="`Q` must have shape"):
        external_force_at_centre_of_mass(Harmonic(1.0), jnp.zeros(4), 0.0)
