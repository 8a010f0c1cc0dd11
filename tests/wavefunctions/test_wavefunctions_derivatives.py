from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.wavefunctions.derivatives import Derivatives, automatic_derivatives, derivatives


def _polynomial(q, t):
    x, y, u, w = q
    return (1.0 + 0.5j) * x**2 * u * t + 1j * y**3 * w - x * y * u * w + 0.2j * u**4


def _want(q, t):
    """Derivatives of the polynomial in two dimensions, q = (x, y) and (u, w), by hand."""
    x, y, u, w = q
    k = (1.0 + 0.5j) * t
    gradient = [
        2 * k * x * u - y * u * w,
        3j * y**2 * w - x * u * w,
        k * x**2 - x * y * w + 0.8j * u**3,
        1j * y**3 - x * y * u,
    ]
    second = [2 * k * u, 6j * y * w, 2.4j * u**2, 0.0]
    along_1 = [
        2 * k * u + 2 * k * x - y * w,
        -u * w - x * w,
        2 * k * x - y * w + 2.4j * u**2,
        -y * u - x * y,
    ]
    along_2 = [-u * w - y * u, 6j * y * w + 3j * y**2 - x * u, -x * w - x * y, 3j * y**2 - x * u]
    second_1 = [2 * k, 0.0, 4.8j * u, 0.0]
    second_2 = [0.0, 6j * w + 6j * y, 0.0, 0.0]
    # ∂_a ∂_b² with ∂_b² = Σ of `along_b` over the coordinates of axis b.
    third = [
        [2 * k + 4 * k + 4.8j * u, -2 * w - 2 * y],
        [-2 * w - 2 * y, 6j * w + 12j * y + 6j * y],
    ]
    third[0][1] = -2 * u - 2 * x
    return gradient, second, [along_1, along_2], [second_1, second_2], third


def test_automatic_derivatives_equal_those_by_hand():
    rng = np.random.default_rng(0)
    Q = rng.normal(size=(3, 4))
    got = automatic_derivatives(_polynomial, Q, 0.7, 3, num_space=2)
    want = [_want(q, 0.7) for q in Q]
    for index, name in enumerate(("gradient", "second", "cm_gradient", "cm_second", "cm_third")):
        expected = np.array([w[index] for w in want])
        np.testing.assert_allclose(getattr(got, name), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(got.log_psi, [_polynomial(q, 0.7) for q in Q], rtol=1e-12)


def test_lower_orders_leave_the_rest_out():
    Q = np.ones((1, 4))
    first = derivatives(_polynomial, Q, 0.7, 1, 2)
    second = derivatives(_polynomial, Q, 0.7, 2, 2)
    assert first.second is None
    assert second.second.shape == (1, 4)
    assert second.cm_gradient is None
    np.testing.assert_allclose(first.gradient, second.gradient)


def test_a_structure_with_its_own_way_is_asked_for_it():
    class Own:
        def derivatives(self, Q, t, order):
            return Derivatives(jnp.full(len(Q), order + t), Q)

    assert derivatives(Own(), np.zeros((2, 3)), 0.5, 2).log_psi[1] == 2.5


def test_a_module_may_hold_a_plain_function():
    class Wrapped(eqx.Module):
        scale: jnp.ndarray
        function: Callable

        def __call__(self, q, t):
            return self.scale * self.function(q, t)

    psi = Wrapped(jnp.array(2.0), _polynomial)
    Q = np.random.default_rng(1).normal(size=(2, 4))
    got, want = derivatives(psi, Q, 0.3, 1, 2), derivatives(_polynomial, Q, 0.3, 1, 2)
    np.testing.assert_allclose(got.gradient, 2.0 * want.gradient, rtol=1e-12)


def test_bad_input_is_answered_with_a_sentence():
    with pytest.raises(ValueError, match="`order` must be a whole number"):
        derivatives(_polynomial, np.zeros((1, 4)), 0.0, 4)
    with pytest.raises(ValueError, match="`Q` must have shape"):
        derivatives(_polynomial, np.zeros(4), 0.0)
    with pytest.raises(ValueError, match="not a multiple of num_space = 3"):
        derivatives(_polynomial, np.zeros((1, 4)), 0.0, 1, 3)
