"""Masses and ħ of paths against those of the wavefunction that guides them."""

from typing import Any

from zitter.wavefunctions.derivatives import require_scales_of
from zitter.wavefunctions.grid_psi import GridPsi


def require_scales_of_coordinates(psi: Any, masses: Any, hbar: float) -> None:
    """Raise unless masses and hbar are those of psi; coordinates of a grid may have any mass.

    Raises: ValueError.
    """
    known = psi.mass if isinstance(psi, GridPsi) else masses
    require_scales_of(psi, mass=known, hbar=hbar, mass_name="masses")
