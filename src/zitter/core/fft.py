"""The one place where the Fourier transform is chosen.

Inside compiled loops it is XLA's. Outside of them FFTW's for large grids where the extra
`zitter[fftw]` is installed, and else scipy's. FFTW measures its plans once for each shape and keeps
them in the user's cache folder. `python -m benchmarks fft` compares the libraries; MKL's, which
needs a licence of its own, adds too little to be one of them.
"""

import contextlib
import json
import os
import threading
import time
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import scipy.fft
from jax import Array

from zitter.core.checks import require_choice
from zitter.core.environment import cache_folder

LONGEST_PLANNING, ALIGNMENT, LARGE = 30.0, 16, 2**17
_MOST_TRIALS, _ALIKE = 3, 1.25
_PLANNING = threading.Lock()


def transform(f: Array, num_axes: int) -> Array:
    """Fourier coefficients f̂ = Σ_x f exp(-ikx) over the last `num_axes` axes (at most 3)."""
    return jnp.fft.fftn(f, axes=tuple(range(-num_axes, 0)))


def inverse_transform(f_hat: Array, num_axes: int) -> Array:
    """Function f = (1/n) Σ_k f̂ exp(ikx) over the last `num_axes` axes (at most 3)."""
    return jnp.fft.ifftn(f_hat, axes=tuple(range(-num_axes, 0)))


def transform_lines(f: np.ndarray, axis: int = -1) -> np.ndarray:
    """Fourier coefficients Σ_x f exp(-ikx) along one axis, outside of XLA."""
    return np.asarray(scipy.fft.fft(f, axis=axis, workers=num_threads(f.size)))


def inverse_transform_lines(f_hat: np.ndarray, axis: int = -1) -> np.ndarray:
    """Function (1/n) Σ_k f̂ exp(ikx) along one axis, outside of XLA."""
    return np.asarray(scipy.fft.ifft(f_hat, axis=axis, workers=num_threads(f_hat.size)))


def transform_real_lines(f: np.ndarray, axis: int = -1) -> np.ndarray:
    """Coefficients 0 .. n//2 of Σ_x f exp(-ikx) of a real f along one axis, outside of XLA."""
    return np.asarray(scipy.fft.rfft(f, axis=axis, workers=num_threads(f.size)))


def inverse_transform_real_lines(f_hat: np.ndarray, num: int, axis: int = -1) -> np.ndarray:
    """The real f of `num` points of its coefficients, whose memory is used up, outside of XLA."""
    workers = num_threads(f_hat.size)
    return np.asarray(scipy.fft.irfft(f_hat, num, axis=axis, overwrite_x=True, workers=workers))


def default_library() -> str:
    """ "fftw" where it is installed, unless the variable ZITTER_FFT says "scipy"."""
    wanted = os.environ.get("ZITTER_FFT") or ("fftw" if find_spec("pyfftw") else "scipy")
    require_choice("ZITTER_FFT", wanted, ("fftw", "scipy"))
    return wanted


def num_threads(size: int = LARGE) -> int:
    """Threads for `size` points outside of XLA: OMP_NUM_THREADS, or else the cores allowed."""
    if size < LARGE:
        return 1
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


class Transforms:
    """Transforms of one shape and precision outside of XLA, none of them divided by n.

    Args:
        num: points per axis.
        dtype: complex64 or complex128.
        library: "scipy" or "fftw"; default as `default_library` says for large grids, and scipy
            for small ones, where plans do not pay.
    """

    def __init__(self, num: tuple[int, ...], dtype: Any, library: str | None = None):
        self.num, self.dtype = tuple(num), np.dtype(dtype)
        size = int(np.prod(num))
        self.library = library or (default_library() if size >= LARGE else "scipy")
        self.half = (*self.num[:-1], self.num[-1] // 2 + 1)
        self._threads = num_threads(size)

    def forward(self, f: np.ndarray) -> np.ndarray:
        """Σ_x f exp(-ikx), in the memory of f."""
        if self.library == "fftw":
            return self._planned("forward", f, f)
        return scipy.fft.fftn(f, overwrite_x=True, workers=self._threads)

    def inverse(self, f_hat: np.ndarray) -> np.ndarray:
        """Σ_k f̂ exp(ikx), in the memory of f̂."""
        if self.library == "fftw":
            return self._planned("inverse", f_hat, f_hat)
        return scipy.fft.ifftn(f_hat, norm="forward", overwrite_x=True, workers=self._threads)

    def forward_real(self, f: np.ndarray) -> np.ndarray:
        """The half spectrum (.., num//2 + 1) of a real f."""
        if self.library == "fftw":
            return self._planned("forward_real", f, np.empty(self.half, self.dtype))
        return scipy.fft.rfftn(f, workers=self._threads)

    def inverse_real(self, f_hat: np.ndarray) -> np.ndarray:
        """The real Σ_k f̂ exp(ikx) of a half spectrum, whose memory is used up."""
        if self.library == "fftw":
            return self._planned("inverse_real", f_hat, np.empty(self.num, f_hat.real.dtype))
        return scipy.fft.irfftn(
            f_hat, s=self.num, norm="forward", overwrite_x=True, workers=self._threads
        )

    def prepare(self) -> None:
        """Plan all four transforms; without FFTW there is nothing to plan."""
        if self.library == "fftw":
            for kind in ("forward", "inverse", "forward_real", "inverse_real"):
                _plan(kind, self.num, self.dtype, self._threads)

    def _planned(self, kind: str, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        plan = _plan(kind, self.num, self.dtype, self._threads)
        if not (source.flags.c_contiguous and source.ctypes.data % ALIGNMENT == 0):
            aligned = _empty(source.shape, source.dtype)
            aligned[...] = source
            source, target = aligned, aligned if target is source else target
        plan.update_arrays(source, target)
        plan.execute()
        return target


def plans_of_fftw() -> bytes:
    """What FFTW has measured so far: the same plans, and so the same bits, in another process."""
    if default_library() != "fftw":
        return b""
    import pyfftw

    return json.dumps([part.decode("ascii") for part in pyfftw.export_wisdom()]).encode()


def use_plans(plans: bytes) -> None:
    """Let FFTW take these plans, as made by `plans_of_fftw`. Raises: ValueError."""
    if plans and default_library() == "fftw":
        import pyfftw

        try:
            wisdom = tuple(part.encode("ascii") for part in json.loads(plans))
        except (ValueError, TypeError, AttributeError):
            raise ValueError("`plans` must be those of FFTW, but are damaged.") from None
        pyfftw.import_wisdom(wisdom)
        _plan.cache_clear()


@lru_cache(maxsize=64)
def _plan(kind: str, num: tuple[int, ...], dtype: np.dtype, threads: int) -> Any:
    import pyfftw

    with _PLANNING:
        _read_plans()
        with contextlib.suppress(RuntimeError):
            return _make_plan(kind, num, dtype, threads, "FFTW_WISDOM_ONLY")
        known = pyfftw.export_wisdom()
        pyfftw.import_wisdom(_best_wisdom(kind, num, dtype, threads))
        pyfftw.import_wisdom(known)
        _write_plans()
        return _make_plan(kind, num, dtype, threads)


def _best_wisdom(kind: str, num: tuple[int, ...], dtype: np.dtype, threads: int) -> Any:
    """Wisdom of the fastest of two plans, or of three where the two are not alike.

    FFTW times each of its parts once, and a busy machine then makes it choose parts that are slow
    for ever after: now and then a plan takes more than twice the time of the next.
    """
    import pyfftw

    found: list[tuple[float, Any]] = []
    for _ in range(_MOST_TRIALS):
        pyfftw.forget_wisdom()
        seconds = _seconds(_make_plan(kind, num, dtype, threads))
        found.append((seconds, pyfftw.export_wisdom()))
        found.sort(key=lambda trial: trial[0])
        if len(found) > 1 and found[1][0] < _ALIKE * found[0][0]:
            break
    pyfftw.forget_wisdom()
    return found[0][1]


def _seconds(plan: Any, repeats: int = 4) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        plan.execute()
        times.append(time.perf_counter() - start)
    return min(times)


def _make_plan(
    kind: str, num: tuple[int, ...], dtype: np.dtype, threads: int, *more_flags: str
) -> Any:
    import pyfftw

    real = np.empty(0, dtype).real.dtype
    half = (*num[:-1], num[-1] // 2 + 1)
    complete, halves, reals = (num, dtype), (half, dtype), (num, real)
    source = _zeros(*{"forward_real": reals, "inverse_real": halves}.get(kind, complete))
    targets = {"forward_real": halves, "inverse_real": reals}
    target = _zeros(*targets[kind]) if kind in targets else source
    destroys = ("FFTW_DESTROY_INPUT",) if kind == "inverse_real" else ()
    return pyfftw.FFTW(
        source,
        target,
        axes=tuple(range(len(num))),
        direction="FFTW_BACKWARD" if kind.startswith("inverse") else "FFTW_FORWARD",
        flags=("FFTW_MEASURE", *destroys, *more_flags),
        threads=threads,
        planning_timelimit=LONGEST_PLANNING,
    )


def _zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    array = _empty(shape, dtype)
    array[...] = 0.0
    return array


def _empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array that is aligned as any array is, but no better: plans for it serve all arrays."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 2 * 64, np.uint8)
    shift = -memory.ctypes.data % 64 + ALIGNMENT
    return memory[shift : shift + size].view(dtype).reshape(shape)


def _plans_file() -> Path:
    return cache_folder() / "fftw-plans-compared.json"


@lru_cache(maxsize=1)
def _read_plans() -> None:
    if _plans_file().is_file():
        use_plans(_plans_file().read_bytes())


def _write_plans() -> None:
    # A cache: where it cannot be kept, plans are measured again.
    with contextlib.suppress(OSError):
        _plans_file().parent.mkdir(parents=True, exist_ok=True)
        new = _plans_file().with_suffix(f".{os.getpid()}")
        new.write_bytes(plans_of_fftw())
        os.replace(new, _plans_file())
