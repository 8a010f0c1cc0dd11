"""The one place where the Fourier transform is chosen: XLA's, inside compiled loops.

Measured on two cores, one forward and one backward transform with two phases, complex 256²:
0.44 ms here against 1.1 ms with scipy.fft; 128³: 40 ms against 34 ms (two threads).
"""

import os
from typing import Any

import jax.numpy as jnp
import numpy as np
import scipy.fft
from jax import Array


def transform(f: Array, num_axes: int) -> Array:
    """Fourier coefficients f̂ = Σ_x f exp(-ikx) over the last `num_axes` axes (at most 3)."""
    return jnp.fft.fftn(f, axes=tuple(range(-num_axes, 0)))


def inverse_transform(f_hat: Array, num_axes: int) -> Array:
    """Function f = (1/n) Σ_k f̂ exp(ikx) over the last `num_axes` axes (at most 3)."""
    return jnp.fft.ifftn(f_hat, axes=tuple(range(-num_axes, 0)))


class Transforms:
    """Transforms of one shape and precision outside of XLA, none of them divided by n.

    Args:
        num: points per axis.
        dtype: complex64 or complex128.
    """

    def __init__(self, num: tuple[int, ...], dtype: Any):
        self.num, self.dtype = tuple(num), np.dtype(dtype)

    def forward(self, f: np.ndarray) -> np.ndarray:
        """Σ_x f exp(-ikx), in the memory of f."""
        return scipy.fft.fftn(f, overwrite_x=True, workers=num_threads())

    def inverse(self, f_hat: np.ndarray) -> np.ndarray:
        """Σ_k f̂ exp(ikx), in the memory of f̂."""
        return scipy.fft.ifftn(f_hat, norm="forward", overwrite_x=True, workers=num_threads())

    def forward_real(self, f: np.ndarray) -> np.ndarray:
        """The half spectrum (.., num//2 + 1) of a real f."""
        return scipy.fft.rfftn(f, workers=num_threads())

    def inverse_real(self, f_hat: np.ndarray) -> np.ndarray:
        """The real Σ_k f̂ exp(ikx) of a half spectrum, whose memory is used up."""
        return scipy.fft.irfftn(
            f_hat, s=self.num, norm="forward", overwrite_x=True, workers=num_threads()
        )


def num_threads() -> int:
    """Threads for transforms outside of XLA: OMP_NUM_THREADS, or else the cores allowed."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
