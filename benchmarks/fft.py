"""Transforms of each library that `zitter.core.fft` may choose from, forward and backward."""

import os
import time
from importlib.util import find_spec
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np

from zitter.core.fft import Transforms, default_library

SIZES = (64, 128)
REPEATS = 5


def run() -> dict[str, float]:
    """Print CPU milliseconds of one forward and one backward transform, complex and real."""
    with mock.patch.dict(os.environ, OMP_NUM_THREADS="1"):
        return _compared()


def _compared():
    results = {}
    print(f"large grids use {default_library()}; CPU milliseconds there and back, complex / real")
    for num in SIZES:
        rng = np.random.default_rng(num)
        f = rng.normal(size=(num,) * 3) + 1j * rng.normal(size=(num,) * 3)
        least = {name: (_least(c, f), _least(r, f.real)) for name, (c, r) in _ways(num).items()}
        own = least["XLA"]
        for name, (full, half) in least.items():
            print(
                f"{own[0] / full:8.2f}x  of XLA's speed (real {own[1] / half:.2f}x): "
                f"{num}³ {name}: {1e3 * full:.1f} / {1e3 * half:.1f} ms"
            )
            results[f"{name} by XLA, {num}³"] = own[0] / full
    return results


def _ways(num):
    """Name -> (complex round trip, real round trip)."""
    both = jax.jit(lambda f: jnp.fft.ifftn(jnp.fft.fftn(f)))
    real = jax.jit(lambda f: jnp.fft.irfftn(jnp.fft.rfftn(f), s=f.shape))
    ways = {
        "XLA": (lambda f: both(f).block_until_ready(), lambda f: real(f).block_until_ready()),
    }
    for library in ("scipy", *(("fftw",) if find_spec("pyfftw") else ())):
        plan = Transforms((num,) * 3, np.complex128, library)
        ways[library] = (
            lambda f, plan=plan: plan.inverse(plan.forward(f.copy())),
            lambda f, plan=plan: plan.inverse_real(plan.forward_real(np.ascontiguousarray(f))),
        )
    return ways


def _least(work, f):
    """Least CPU seconds of `work`, after one call that compiles or plans."""
    work(f)
    found = []
    for _ in range(REPEATS):
        start = time.process_time()
        work(f)
        found.append(time.process_time() - start)
    return min(found)
