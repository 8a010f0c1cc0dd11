"""Environment variables that numerical libraries read once, set before they are imported."""

import os
from pathlib import Path

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "NPROC": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
_PLATFORMS = {"auto": None, "cpu": "cpu", "gpu": "cuda"}


def cache_folder() -> Path:
    """Folder of this user for what may be thrown away, such as compiled programs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "zitter"


def keep_compiled_programs() -> None:
    """Let JAX keep its compiled programs between runs; what the user has set stays."""
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache_folder() / "jax"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def prepare() -> None:
    """What every command sets before it imports anything."""
    keep_compiled_programs()
    multiply_on_one_thread()


def multiply_on_one_thread() -> None:
    """One thread for products of matrices, unless the user has set how many.

    They are many and small here, and threads that wait for each other after each of them take
    far longer than one where other programs use the cores, too.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, _ONE_THREAD[name])


def use_one_thread() -> None:
    """One thread for each process: several processes then share the cores without strife."""
    for name, value in _ONE_THREAD.items():
        os.environ.setdefault(name, value)


def use_precision(precision: str) -> None:
    """Precision of what JAX computes: "double" or "single"; compiled steps stay in double.

    Raises:
        ValueError: another name.
    """
    from zitter.core.checks import require_choice

    require_choice("precision", precision, ("double", "single"))
    if precision == "single":
        os.environ["JAX_ENABLE_X64"] = "0"


def use_device(device: str) -> None:
    """Device that JAX will use: "auto", "cpu" or "gpu".

    Raises:
        ValueError: another name.
    """
    from zitter.core.checks import require_choice

    require_choice("device", device, tuple(_PLATFORMS))
    # Several processes share one accelerator: none may take all of its memory at once.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    platform = _PLATFORMS[device]
    if platform is not None:
        os.environ["JAX_PLATFORMS"] = platform
