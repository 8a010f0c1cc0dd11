"""Checks of a spherical evolution: its arguments, and whether ψ is resolved and in its box."""

from typing import Any

import numpy as np
from scipy.fft import dst

from zitter.core.checks import (
    ValidityError,
    require_finite,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.wavefunctions._leaks import Layer
from zitter.wavefunctions.split_step import SCHEMES

LARGEST_PHASE_PER_CELL, UNRESOLVED_SHARE = 2.5, 1e-6


def checked_run(times: Any, order: Any, mass: Any, hbar: Any, time_step: Any) -> np.ndarray:
    """Increasing times as an array, if they and the numbers of a run are sound. ValueError."""
    require_finite("times", times)
    require_real("times", times)
    times = np.atleast_1d(np.asarray(times, dtype=float))
    require_shape("times", times, (None,), "(time,)")
    if len(times) < 1 or np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must increase.")
    require_numbers(mass=mass, hbar=hbar, time_step=time_step)
    for name, value in (("mass", mass), ("hbar", hbar), ("time_step", time_step)):
        require_positive(name, value)
    if not isinstance(order, int | np.integer) or order not in SCHEMES:
        raise ValueError(f"`order` must be 2 or 4, but is {order}.")
    return times


def require_valid(
    u, grid, mass, hbar, t, time_step, order, leak, layer: Layer | None, first: np.ndarray
) -> float:
    """Time within which nothing reaches the wall and returns unseen, or ValidityError."""
    if not np.all(np.isfinite(u)):
        raise ValidityError(f"u is no longer finite at t = {t:g}.")
    density = np.abs(u) ** 2
    spectrum = np.abs(dst(u, type=1)) ** 2
    left = 1.0 if layer is None else min(1.0, float(np.sum(spectrum) / np.sum(first)))
    spectrum = left * spectrum / np.sum(spectrum)
    beyond = np.cumsum(spectrum[::-1])[::-1]
    k = np.max(grid.k[beyond > UNRESOLVED_SHARE], initial=0.0)
    if k * grid.spacing > LARGEST_PHASE_PER_CELL:
        raise ValidityError(
            f"The phase changes by {k * grid.spacing:.2f} rad per cell at t = {t:g}: the grid "
            f"does not resolve this ψ. Use more than {grid.num} points or a smaller extent."
        )
    margin = max(1, grid.num // 16)
    edge = left * float(np.sum(density[-margin:]) / np.sum(density))
    open_end = layer is None or not layer.absorbs(grid.k, spectrum, first)
    if open_end and edge > leak:
        raise ValidityError(
            f"A share {edge:.2g} of |ψ|² is at the end of the box at t = {t:g} "
            f"(allowed: {leak:.2g}). Use a larger extent or an absorber."
        )
    turn = 0.5 * hbar * k**2 / mass * max(np.abs(SCHEMES[order][1]))
    if turn * time_step > np.pi:
        raise ValidityError(
            f"The kinetic phase changes by {turn * time_step:.2f} rad per drift at t = {t:g}. "
            f"Use time_step <= {np.pi / turn:.3g}."
        )
    return (
        np.inf
        if np.isinf(leak) or not (open_end and k > 0.0)
        else margin * grid.spacing * mass / (hbar * k)
    )


def require_seen(dt: float, crossing: float, t: float) -> None:
    if dt > 2.0 * crossing * (1.0 + 1e-9):
        raise ValidityError(
            f"In a step of {dt:.3g} ψ could be thrown back by the wall unseen at t = {t:g}. "
            f"Use time_step <= {2.0 * crossing:.3g}."
        )
