"""Chebyshev matrices on an interval."""

import numpy as np
import pytest

from zitter.core.chebyshev import (
    chebyshev_derivative,
    chebyshev_integral,
    chebyshev_interpolate,
    chebyshev_points,
    chebyshev_weights,
)


@pytest.mark.parametrize("num", [24, 25])
def test_derivative_integral_and_weights_are_exact_for_a_smooth_function(num):
    x = chebyshev_points(-1.3, 2.0, num)
    f = np.exp(x)
    np.testing.assert_allclose(chebyshev_derivative(x) @ f, f, rtol=1e-11)
    np.testing.assert_allclose(chebyshev_integral(x) @ f, f - f[0], atol=1e-13)
    assert chebyshev_weights(x) @ f == pytest.approx(f[-1] - f[0], rel=1e-14)


def test_the_integral_undoes_the_derivative():
    x = chebyshev_points(0.0, 3.0, 12)
    f = x**5 - 2.0 * x
    np.testing.assert_allclose(
        chebyshev_integral(x) @ chebyshev_derivative(x) @ f, f - f[0], atol=1e-9
    )


def test_interpolation_goes_through_the_points_and_is_spectral_between():
    x = chebyshev_points(0.0, 2.0, 20)
    between = np.linspace(0.0, 2.0, 33)
    np.testing.assert_allclose(
        chebyshev_interpolate(x, np.sin(3.0 * x), between), np.sin(3.0 * between), atol=1e-12
    )
    assert np.array_equal(chebyshev_interpolate(x, np.cos(x), x), np.cos(x))
    assert chebyshev_interpolate(x, x, np.ones((2, 3))).shape == (2, 3)


def test_points_need_an_interval():
    with pytest.raises(ValueError, match="upper"):
        chebyshev_points(1.0, 1.0, 8)
    with pytest.raises(ValueError, match="num_intervals"):
        chebyshev_points(0.0, 1.0, 1)
