"""Checks that a ψ on a line is inside of its box and resolved by its grid."""

from typing import Any

import numpy as np

from zitter.core.checks import ValidityError

LARGEST_LEAK = 1e-6
LARGEST_PHASE_PER_CELL = 2.5
UNRESOLVED_SHARE = 1e-6


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
