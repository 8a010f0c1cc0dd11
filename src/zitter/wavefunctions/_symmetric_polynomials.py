"""Elementary symmetric polynomials e_m(w₁, .., w_N) of complex w = exp(log_w), in O(N²).

Numbers are kept as mantissa times exp(scale), one scale for each m: e_m spans thousands of orders
of magnitude. Scales carry no derivatives; mantissas do, so that automatic differentiation works.
The w come in `mixed_order`.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

# exp(_NOTHING - x) is 0 for every x that occurs, and _NOTHING - _NOTHING is not NaN.
_NOTHING = -1e300


def symmetric_polynomials(log_w: Array) -> Array:
    """ln e_m of w_j = exp(log_w_j), m = 0 .. N.

    Args:
        log_w: complex (N,).

    Returns:
        Complex (N + 1,).
    """
    mantissa, scale = jax.lax.scan(_multiply, _one_polynomial(log_w), log_w)[0]
    return _log(mantissa, scale)


def mixed_order(log_w: Array) -> Array:
    """Order in which the recurrence keeps its digits, a permutation (N,): phases spread evenly.

    Sorted by phase and taken in the order of van der Corput, partial products stay as flat as the
    whole one; in the order of a sorted configuration all digits are lost from N = 400 on.
    """
    num = log_w.shape[0]
    num_bits = max(1, int(np.ceil(np.log2(num))))
    reversed_bits = [int(f"{i:0{num_bits}b}"[::-1], 2) for i in range(2**num_bits)]
    corput = np.array([i for i in reversed_bits if i < num])
    phase = jnp.mod(jax.lax.stop_gradient(jnp.imag(log_w)), 2.0 * jnp.pi)
    return jnp.argsort(phase)[corput]


def removed_sums(log_w: Array, log_C: Array, powers: Array, log_F: Array) -> tuple[Array, Array]:
    """h_i^(p) = Σ_m powers_pm C_m w_i e_{m-1}(all w but w_i) / F, for every i in O(N²) together.

    Args:
        log_w: (N,) complex.
        log_C: (N + 1,) complex.
        powers: (P, N + 1) real.
        log_F: complex number.

    Returns:
        h, complex (P, N), and F from the other end over F, 1 but for round-off.
    """
    # e_{m-1} without w_i = Σ_l e_l(w before i) e_{m-1-l}(w after i): one sweep from each side.
    start = _one_polynomial(log_w)
    _, before = jax.lax.scan(lambda s, w: (_multiply(s, w)[0], s), start, log_w)
    tail = _normalised(jnp.exp(1j * jnp.imag(log_C)) * powers, _finite(jnp.real(log_C)))
    base = jnp.real(log_F)

    def step(state: tuple, inputs: tuple) -> tuple:
        mantissa, scale = state
        log_w_i, head, head_scale = inputs
        shift = head_scale[:-1] + scale[1:] + jnp.real(log_w_i) - base
        h = (mantissa[:, 1:] * (head[:-1] * jnp.exp(shift))).sum(axis=1)
        h = h * jnp.exp(1j * (jnp.imag(log_w_i) - jnp.imag(log_F)))
        return _divide_off(state, log_w_i), h

    (mantissa, scale), h = jax.lax.scan(step, tail, (log_w, *before), reverse=True)
    return h.T, mantissa[0, 0] * jnp.exp(scale[0] - log_F)


def _one_polynomial(log_w: Array) -> tuple[Array, Array]:
    num = log_w.shape[0] + 1
    mantissa = jnp.zeros(num, dtype=complex).at[0].set(1.0)
    return mantissa, jnp.full(num, _NOTHING).at[0].set(0.0)


def _multiply(state: tuple[Array, Array], log_w: Array) -> tuple[tuple[Array, Array], None]:
    """Coefficients of P(z) (1 + w z) from those of P(z)."""
    mantissa, scale = state
    size = jax.lax.stop_gradient(jnp.real(log_w))
    shifted = jnp.concatenate([jnp.zeros(1), mantissa[:-1] * jnp.exp(log_w - size)])
    shifted_scale = jnp.concatenate([jnp.full(1, _NOTHING), scale[:-1] + size])
    return _added(mantissa, scale, shifted, shifted_scale), None


def _divide_off(state: tuple[Array, Array], log_w: Array) -> tuple[Array, Array]:
    """b_l + w b_{l+1}: what the particles after this one contribute, for all powers at once."""
    mantissa, scale = state
    size = jnp.real(log_w)
    zero = jnp.zeros((mantissa.shape[0], 1))
    shifted = jnp.concatenate([mantissa[:, 1:] * jnp.exp(log_w - size), zero], axis=1)
    shifted_scale = jnp.concatenate([scale[1:] + size, jnp.full(1, _NOTHING)])
    return _added(mantissa, scale, shifted, shifted_scale)


def _added(a: Array, a_scale: Array, b: Array, b_scale: Array) -> tuple[Array, Array]:
    top = jnp.maximum(a_scale, b_scale)
    return _normalised(a * jnp.exp(a_scale - top) + b * jnp.exp(b_scale - top), top)


def _normalised(mantissa: Array, scale: Array) -> tuple[Array, Array]:
    size = jax.lax.stop_gradient(jnp.abs(mantissa))
    size = size if size.ndim == 1 else jnp.max(size, axis=0)
    size = jnp.where(size > 0.0, size, 1.0)
    return mantissa / size, scale + jnp.log(size)


def _log(mantissa: Array, scale: Array) -> Array:
    present = mantissa != 0.0
    log = jnp.log(jnp.where(present, mantissa, 1.0))
    return jnp.where(present, log + scale, _NOTHING)


def _finite(scale: Array) -> Array:
    return jnp.maximum(scale, _NOTHING)
