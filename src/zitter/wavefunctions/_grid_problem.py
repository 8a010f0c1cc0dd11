"""Options of an evolution on a grid, and whether a problem and its options are sound."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zitter.core.checks import (
    require_choice,
    require_finite,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.stepping import Progress
from zitter.wavefunctions._in_time import require_scale_factor
from zitter.wavefunctions.split_step import SCHEMES, Hamiltonian

PRECISIONS = {"float64": np.complex128, "float32": np.complex64}


@dataclass(frozen=True)
class Stepping:
    """How to step: exactly one of `time_step` and `tolerance`.

    The fields are described at `evolve_schrodinger`.
    """

    time_step: float | None = None
    tolerance: float | None = None
    order: int = 2
    precision: str = "float64"
    leak_tolerance: float | None = 1e-6
    keep: str = "all"
    folder: str | Path | None = None
    progress: Callable[[Progress], None] | None = None


def require_problem(system: Hamiltonian, psi0: Any, times: Any, how: Stepping) -> None:
    """Raise unless the problem and the options are sound. Raises: ValueError."""
    require_shape("psi0", psi0, system.grid.num, "num")
    require_finite("psi0", psi0)
    if not np.any(psi0):
        raise ValueError("`psi0` must have a positive norm, but is zero everywhere.")
    require_run(system, times, how)


def require_run(system: Hamiltonian, times: Any, how: Stepping) -> None:
    """Raise unless all but ψ is sound. Raises: ValueError."""
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    if np.any(np.diff(times) <= 0.0) or len(times) < 1:
        raise ValueError("`times` must increase.")
    require_shape("masses", system.masses, (system.grid.num_axes,), "(dof,)")
    require_positive("masses", system.masses)
    require_positive("hbar", system.hbar)
    _require_options(how)
    _require_hamiltonian(system, times)


def _require_options(how: Stepping) -> None:
    if (how.time_step is None) == (how.tolerance is None):
        raise ValueError("Exactly one of `time_step` and `tolerance` must be given.")
    for name in ("time_step", "tolerance"):
        if getattr(how, name) is not None:
            require_positive(name, getattr(how, name))
    if not isinstance(how.order, int | np.integer) or how.order not in SCHEMES:
        raise ValueError(f"`order` must be 2 or 4, but is {how.order}.")
    require_choice("precision", how.precision, tuple(PRECISIONS))
    require_choice("keep", how.keep, ("all", "last"))
    if how.leak_tolerance is not None:
        require_real("leak_tolerance", how.leak_tolerance)
        require_shape("leak_tolerance", how.leak_tolerance, ())
    if how.leak_tolerance is not None and not how.leak_tolerance >= 0.0:
        raise ValueError(f"`leak_tolerance` must not be negative, but is {how.leak_tolerance:g}.")
    if how.folder is not None and not isinstance(how.folder, str | os.PathLike):
        raise ValueError(f"`folder` must be a path, but is {how.folder!r}.")
    if how.progress is not None and not callable(how.progress):
        raise ValueError(f"`progress` must be callable, but is {how.progress!r}.")


def _require_hamiltonian(system: Hamiltonian, times: np.ndarray) -> None:
    require_finite("coupling", system.coupling)
    require_finite("contact", system.contact)
    require_scale_factor(system.scale_factor, times)
    if system.absorption is not None:
        require_shape("absorption", system.absorption, system.grid.num, "num")
        require_finite("absorption", system.absorption)
        require_real("absorption", system.absorption)
        if np.min(system.absorption) < 0.0:
            raise ValueError(
                f"`absorption` must not be negative, but is {np.min(system.absorption):g}."
            )
