"""The one place where the Fourier transform is chosen: XLA's, inside compiled loops.

Measured on two cores, one forward and one backward transform with two phases, complex 256²:
0.44 ms here against 1.1 ms with scipy.fft; 128³: 40 ms against 34 ms (two threads).
"""

import jax.numpy as jnp
from jax import Array


def transform(f: Array, num_axes: int) -> Array:
    """Fourier coefficients f̂ = Σ_x f exp(-ikx) over the last `num_axes` axes (at most 3)."""
    return jnp.fft.fftn(f, axes=tuple(range(-num_axes, 0)))


def inverse_transform(f_hat: Array, num_axes: int) -> Array:
    """Function f = (1/n) Σ_k f̂ exp(ikx) over the last `num_axes` axes (at most 3)."""
    return jnp.fft.ifftn(f_hat, axes=tuple(range(-num_axes, 0)))
