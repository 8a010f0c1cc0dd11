import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.fft import inverse_transform, transform
from zitter.core.grid import Grid, lagrange_weights

GRID = Grid((-8.0, -9.0), (8.0, 10.0), (64, 80))


def gaussian(x, y):
    return np.exp(-((x - 0.3) ** 2) - 0.5 * (y + 0.2) ** 2 + 1j * x)


def values(grid=GRID):
    return jnp.asarray(gaussian(*np.meshgrid(*grid.axes, indexing="ij")))


def test_the_transform_has_an_inverse():
    f = values()
    np.testing.assert_allclose(inverse_transform(transform(f, 2), 2), f, atol=1e-14)


def test_points_run_with_the_last_axis_fastest():
    points = GRID.points.reshape(64, 80, 2)
    np.testing.assert_allclose(points[3, 7], [GRID.axes[0][3], GRID.axes[1][7]])


def test_the_integral_of_a_gaussian_is_spectrally_exact():
    grid = Grid((-8.0,), (9.0,), (60,))
    x = grid.axes[0]
    np.testing.assert_allclose(grid.integrate(jnp.exp(-(x**2))), np.sqrt(np.pi), rtol=1e-13)


def test_derivatives_of_each_axis_and_order_are_spectrally_exact():
    x, y = np.meshgrid(*GRID.axes, indexing="ij")
    f = gaussian(x, y)
    a, b = -2 * (x - 0.3) + 1j, -(y + 0.2)
    np.testing.assert_allclose(GRID.derivative(f, 0), a * f, atol=1e-11)
    np.testing.assert_allclose(GRID.derivative(f, 1), b * f, atol=1e-11)
    np.testing.assert_allclose(GRID.derivative(f, 0, 2), (a**2 - 2) * f, atol=1e-10)
    np.testing.assert_allclose(GRID.derivative(f, 1, 3), (b**3 - 3 * b) * f, atol=1e-9)


def test_the_first_derivative_of_a_real_function_is_real_at_the_nyquist_wavenumber():
    grid = Grid((0.0,), (1.0,), (16,))
    f = jnp.asarray((-1.0) ** np.arange(16))
    np.testing.assert_allclose(grid.derivative(f, 0), 0.0, atol=1e-12)


def test_the_interpolation_is_exact_at_the_points_and_of_order_six_between():
    errors = []
    Q = np.random.default_rng(0).uniform(-1.0, 1.0, (400, 2))
    for n in (64, 128):
        grid = Grid((-8.0, -8.0), (8.0, 8.0), (n, n))
        f = values(grid)
        np.testing.assert_allclose(grid.interpolate(f, grid.points[:50]), f.ravel()[:50])
        errors.append(np.max(np.abs(grid.interpolate(f, Q) - gaussian(*Q.T))))
    assert abs(np.log2(errors[0] / errors[1]) - 6.0) < 0.5


def test_the_interpolation_reproduces_polynomials_up_to_its_degree():
    grid = Grid((0.0,), (1.0,), (32,))
    Q = np.linspace(0.3, 0.7, 11)[:, None]
    for degree in range(6):
        f = jnp.asarray(grid.axes[0] ** degree)
        np.testing.assert_allclose(grid.interpolate(f, Q), Q[:, 0] ** degree, rtol=1e-12)
    sixth = grid.interpolate(jnp.asarray(grid.axes[0] ** 6), Q)
    assert np.max(np.abs(sixth - Q[:, 0] ** 6)) > 1e-11


def test_the_interpolation_runs_in_three_dimensions_under_jit():
    grid = Grid((-4.0,) * 3, (4.0,) * 3, (24, 26, 28))
    f = jnp.exp(-jnp.sum(jnp.asarray(grid.points) ** 2, axis=-1)).reshape(grid.num)
    Q = np.random.default_rng(1).normal(size=(5, 3)) * 0.5
    value = jax.jit(lambda Q: grid.interpolate(f, Q))(Q)
    np.testing.assert_allclose(value, np.exp(-np.sum(Q**2, axis=-1)), atol=2e-3)
    wider = grid.interpolate(f, Q, num_points=12)
    np.testing.assert_allclose(wider, np.exp(-np.sum(Q**2, axis=-1)), atol=2e-5)


def test_outside_of_the_box_there_is_no_value():
    assert np.isnan(GRID.interpolate(values(), np.array([[8.5, 0.0]]))[0])


def test_lagrange_weights_sum_to_one_on_uneven_nodes():
    nodes = jnp.asarray([0.0, 0.7, 1.0, 2.5])
    w = lagrange_weights(nodes, jnp.asarray([1.3]))
    np.testing.assert_allclose([jnp.sum(w), w @ nodes**3], [1.0, 1.3**3], rtol=1e-13)


@pytest.mark.parametrize(
    ("lower", "upper", "num", "match"),
    [
        ((0.0,), (0.0,), (16,), "must exceed"),
        ((0.0,), (1.0,), (4,), "at least 8"),
        ((0.0, 0.0), (1.0,), (16,), "must have shape"),
        ((0.0,) * 4, (1.0,) * 4, (16,) * 4, "at most 3"),
    ],
)
def test_a_bad_grid_is_refused(lower, upper, num, match):
    with pytest.raises(ValueError, match=match):
        Grid(lower, upper, num)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="must have shape"):
        GRID.integrate(np.zeros((3, 3)))
    with pytest.raises(ValueError, match="`axis`"):
        GRID.derivative(values(), 2)
    with pytest.raises(ValueError, match="must be even"):
        GRID.interpolate(values(), np.zeros((1, 2)), num_points=5)
