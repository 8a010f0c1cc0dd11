import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.system.coordinates import (
    centre_of_mass_coordinates,
    centre_of_mass_gradient,
    coordinate_masses,
    log_density_shift,
    particle_coordinates,
)


def positions(num_particles, num_space=1, seed=0):
    rng = np.random.default_rng(seed)
    return jnp.asarray(rng.normal(size=(num_particles, num_space)) + 3.0)


def flat_map(x):
    """(x_cm, y₂, .., y_N) of one axis as one vector."""
    x_cm, y = centre_of_mass_coordinates(x[:, None])
    return jnp.concatenate([x_cm, y[:, 0]])


@pytest.mark.parametrize("num_particles", [1, 2, 3, 17, 1000, 10**6])
@pytest.mark.parametrize("num_space", [1, 3])
def test_the_way_there_and_back_is_exact_to_a_million_particles(num_particles, num_space):
    x = positions(num_particles, num_space)
    back = particle_coordinates(*centre_of_mass_coordinates(x))
    assert jnp.max(jnp.abs(back - x)) < 1e-10 * jnp.max(jnp.abs(x))


@pytest.mark.parametrize("num_particles", [2, 3, 8])
def test_coordinates_follow_the_printed_definition(num_particles):
    x = np.asarray(positions(num_particles))[:, 0]
    x_cm, y = centre_of_mass_coordinates(jnp.asarray(x)[:, None])
    s = np.sqrt(num_particles)
    assert float(x_cm[0]) == pytest.approx(x.sum() / num_particles, rel=1e-14)
    expected = [x[j] - (s * x.mean() + x[0]) / (s + 1) for j in range(1, num_particles)]
    np.testing.assert_allclose(y[:, 0], expected, rtol=1e-13, atol=1e-14)


def test_two_particles_have_the_known_coordinates():
    x_cm, y = centre_of_mass_coordinates(jnp.array([[1.0], [4.0]]))
    np.testing.assert_allclose([x_cm[0], y[0, 0]], [2.5, 3.0 / np.sqrt(2.0)], rtol=1e-14)


def test_the_reflection_is_its_own_inverse():
    num_particles = 9
    s = np.sqrt(num_particles)

    def reflection(x):
        z = flat_map(x)
        return z.at[0].multiply(-s)

    x = positions(num_particles)[:, 0]
    np.testing.assert_allclose(reflection(reflection(x)), x, rtol=1e-14)
    v = jnp.full(num_particles, 1.0 / s).at[0].add(1.0)
    householder = x - 2.0 * v * (v @ x) / (v @ v)
    np.testing.assert_allclose(reflection(x), householder, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("num_particles", [1, 2, 5, 40])
def test_the_metric_is_diagonal(num_particles):
    J = jax.jacobian(flat_map)(positions(num_particles)[:, 0])
    expected = np.diag([1.0 / num_particles] + [1.0] * (num_particles - 1))
    np.testing.assert_allclose(J @ J.T, expected, atol=1e-13)
    density_shift = -np.linalg.slogdet(J)[1]
    assert log_density_shift(num_particles) == pytest.approx(density_shift, abs=1e-12)
    assert log_density_shift(num_particles, 3) == pytest.approx(3 * density_shift, abs=1e-12)


def test_with_n_for_its_root_the_metric_would_have_cross_terms():
    num_particles = 5

    def planted(x):
        x_cm = jnp.mean(x)
        n = float(num_particles)
        return jnp.concatenate([x_cm[None], x[1:] - (n * x_cm + x[0]) / (n + 1.0)])

    J = jax.jacobian(planted)(positions(num_particles)[:, 0])
    metric = J @ J.T
    assert np.max(np.abs(metric - np.diag(np.diag(metric)))) > 1e-2


def test_lengths_are_kept():
    x = positions(30, 3)
    x_cm, y = centre_of_mass_coordinates(x)
    np.testing.assert_allclose(jnp.sum((x - x_cm) ** 2), jnp.sum(y**2), rtol=1e-13)
    np.testing.assert_allclose(jnp.sum(x**2), 30 * jnp.sum(x_cm**2) + jnp.sum(y**2), rtol=1e-13)


def wave(x):
    return jnp.sin(x[0] - 0.3 * x[-1]) + jnp.sum(x**3) + x[0] * x[1] * x[2]


def test_the_laplacian_has_no_cross_terms():
    num_particles = 5
    x = positions(num_particles)[:, 0]

    def in_new(z):
        return wave(particle_coordinates(z[:1], z[1:, None])[:, 0])

    in_particles = jnp.trace(jax.hessian(wave)(x))
    second = jnp.diag(jax.hessian(in_new)(flat_map(x)))
    in_centre_of_mass = second[0] / num_particles + jnp.sum(second[1:])
    np.testing.assert_allclose(in_centre_of_mass, in_particles, rtol=1e-12)


@pytest.mark.parametrize("num_space", [1, 3])
def test_the_gradient_map_agrees_with_automatic_differentiation(num_space):
    x = positions(4, num_space)

    def f(x):
        return jnp.sum(jnp.sin(x) * jnp.arange(1.0, 5.0)[:, None]) + jnp.prod(x[:, 0])

    mapped = centre_of_mass_gradient(jax.grad(f)(x))
    x_cm, y = centre_of_mass_coordinates(x)
    by_x_cm, by_y = jax.grad(lambda c, z: f(particle_coordinates(c, z)), (0, 1))(x_cm, y)
    np.testing.assert_allclose(mapped.x_cm, by_x_cm, rtol=1e-12)
    np.testing.assert_allclose(mapped.y, by_y, rtol=1e-12)


def test_the_velocity_of_the_centre_of_mass_is_the_mean_of_the_velocities():
    num_particles, mass, hbar = 4, 1.7, 0.6
    k = jnp.array([1.0, -0.4, 2.0, 0.3])
    phase_gradient = hbar * k[:, None]
    by_x_cm = centre_of_mass_gradient(phase_gradient).x_cm[0]
    masses = coordinate_masses(num_particles, mass)
    mean_velocity = hbar / mass * jnp.mean(k)
    assert float(by_x_cm / masses[0]) == pytest.approx(float(mean_velocity), rel=1e-14)
    assert abs(float(by_x_cm / masses[1]) - float(mean_velocity)) > 0.1


def test_one_particle_is_its_own_centre_of_mass():
    x = jnp.array([[1.0, 2.0, 3.0]])
    x_cm, y = centre_of_mass_coordinates(x)
    assert y.shape == (0, 3)
    np.testing.assert_array_equal(x_cm, x[0])
    np.testing.assert_array_equal(particle_coordinates(x_cm, y), x)
    np.testing.assert_array_equal(centre_of_mass_gradient(x).x_cm, x[0])
    np.testing.assert_array_equal(coordinate_masses(1, 2.0), [2.0])
    assert log_density_shift(1, 3) == 0.0


def test_the_masses_are_n_m_and_m():
    np.testing.assert_array_equal(coordinate_masses(3, 0.5), [1.5, 0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: centre_of_mass_coordinates(jnp.zeros(3)), "`x` must have shape"),
        (lambda: centre_of_mass_coordinates(jnp.zeros((0, 1))), "must be a whole number, at least"),
        (lambda: particle_coordinates(jnp.zeros(2), jnp.zeros((2, 3))), "`x_cm` must have shape"),
        (lambda: particle_coordinates(jnp.zeros(2), jnp.zeros(3)), "`y` must have shape"),
        (lambda: centre_of_mass_gradient(jnp.zeros(3)), "`gradient` must have shape"),
        (lambda: coordinate_masses(0, 1.0), "`num_particles` must be a whole number"),
        (lambda: coordinate_masses(2, 0.0), "`mass` must be positive"),
        (lambda: log_density_shift(0), "`num_particles` must be a whole number"),
        (lambda: log_density_shift(2, 0), "`num_space` must be a whole number"),
    ],
)
def test_bad_input_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
