"""Checks that a ψ on a line, and the field it makes, are resolved by its grid and in its box."""

from collections.abc import Callable
from typing import Any

import numpy as np

from zitter.core.checks import ValidityError, require_finite, require_shape
from zitter.core.grid import Grid
from zitter.wavefunctions._in_time import depends_on_time

LARGEST_LEAK = 1e-6
LARGEST_PHASE_PER_CELL = 2.5
UNRESOLVED_SHARE = 1e-6
# Change of a field with twice the points, by its spread and the kinetic energy together.
LARGEST_CHANGE = 1e-3


def require_trusted_psi(psi: np.ndarray) -> None:
    """Raise unless ψ (num,), or an ensemble of them (run, num), fits its grid. ValidityError."""
    psi = np.atleast_2d(psi)
    density = np.mean(np.abs(psi) ** 2, axis=0)
    require_trusted(density, np.mean(np.abs(np.fft.fft(psi, axis=1)) ** 2, axis=0))


def require_trusted_mean(rho: np.ndarray) -> None:
    """Raise unless a density matrix (num, num) fits its grid. Raises: ValidityError."""
    spectrum = np.fft.fft(np.fft.ifft(rho, axis=1), axis=0)
    require_trusted(np.real(np.diagonal(rho)), np.real(np.diagonal(spectrum)))


def require_trusted(density: np.ndarray, spectrum: np.ndarray) -> None:
    """Raise unless next to nothing is at the ends of the box or near the largest wavenumber."""
    require_clear_ends(float(edge_share(density)))
    require_resolved(spectrum)


def edge_share(density: Any) -> Any:
    """Share of a density (num,) in the 1/16 at both ends of its box, of NumPy or JAX [1]."""
    margin = max(1, len(density) // 16)
    return (density[:margin].sum() + density[-margin:].sum()) / density.sum()


def require_clear_ends(share: float) -> None:
    """Raise unless next to nothing is, or has been, at the ends of the box. ValidityError."""
    if not share <= LARGEST_LEAK:
        raise ValidityError(
            f"A share {share:.2g} of |ψ|² is at the ends of the box (allowed: {LARGEST_LEAK:g}). "
            "Use a larger box or an earlier last time."
        )


def require_resolved(spectrum: np.ndarray) -> None:
    """Raise unless next to nothing of a momentum spectrum (num,) is near the largest."""
    fast = np.abs(2.0 * np.pi * np.fft.fftfreq(len(spectrum))) > LARGEST_PHASE_PER_CELL
    beyond = spectrum[fast].sum() / spectrum.sum()
    if not beyond <= UNRESOLVED_SHARE:
        raise ValidityError(
            f"A share {beyond:.2g} of ψ turns by more than {LARGEST_PHASE_PER_CELL} rad per cell "
            f"(allowed: {UNRESOLVED_SHARE:g}): the grid does not resolve it. Use more points or "
            "a smaller box."
        )


def require_static(name: str, potential: Any) -> None:
    """Raise where the time enters a potential (x (1,), t), or None. Raises: ValueError."""
    if potential is not None and depends_on_time(potential, 1):
        raise ValueError(f"`{name}` must not depend on time, but does: here it would stand still.")


def require_resolved_field(
    make: Callable[[Grid], Callable[[np.ndarray], np.ndarray]],
    psi: Any,
    grid: Grid,
    *,
    coupling: float,
    stiffness: float,
) -> None:
    """Raise where `coupling` times the field of |ψ|² is another one on twice as many points.

    `make` gives the field on a grid, `stiffness` is ħ²/m. Raises: ValueError, ValidityError.
    """
    require_shape("psi0", psi, grid.num, "num")
    require_finite("psi0", psi)
    if not np.any(psi):
        raise ValueError("`psi0` must have a positive norm, but is zero everywhere.")
    (num,), (k,) = grid.num, grid.wavenumbers
    spectrum, padded = np.fft.fft(psi), np.zeros(2 * num, complex)
    padded[np.rint(np.fft.fftfreq(num, 1.0 / num)).astype(int)] = 2.0 * spectrum
    finer = Grid(grid.lower, grid.upper, (2 * num,))
    pairs = ((grid, np.asarray(psi)), (finer, np.fft.ifft(padded)))
    V, finer_V = (coupling * make(g)(np.abs(f) ** 2) for g, f in pairs)
    share, weight = (np.abs(f) ** 2 / np.sum(np.abs(f) ** 2) for f in (psi, spectrum))
    kinetic = 0.5 * stiffness * (weight @ k**2 - (weight @ k) ** 2)
    spread = np.sqrt(share @ (V - share @ V) ** 2)
    change = np.sqrt(share @ (finer_V[::2] - V) ** 2) / (spread + kinetic)
    if not change <= LARGEST_CHANGE:
        raise ValidityError(
            f"Twice as many points change the field of ψ by {change:.2g} of its spread and the "
            f"kinetic energy (allowed: {LARGEST_CHANGE:g}): {num} do not resolve the pair energy. "
            "Use more points, or a wider body or softening."
        )
