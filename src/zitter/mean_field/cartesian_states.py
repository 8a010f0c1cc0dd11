"""Ground state of the Schroedinger-Newton equation on a Cartesian grid, isolated or periodic.

(T + s) ψ = (s + E - Φ) ψ with s = max Φ - E turns every state into a fixed point; solving for the
left ψ in wavenumber space and norming it, again and again, leads to the ground state. No time
step enters: where it stands still, Hψ = Eψ on the grid.
"""

from typing import Any, NamedTuple

import numpy as np
import scipy.fft

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_count,
    require_finite,
    require_numbers,
    require_positive,
    require_shape,
)
from zitter.core.grid import Grid, require_grid
from zitter.mean_field._line_checks import LARGEST_PHASE_PER_CELL, edge_share
from zitter.mean_field.schrodinger_newton import self_potential

__all__ = ["CartesianState", "cartesian_ground_state"]

# Shares of |ψ|² at the ends of an isolated box and near the largest wavenumber along an axis, and
# distance from the virial theorem in units of |E|, of states with E to a thousandth.
LARGEST_LEAK, UNRESOLVED_SHARE, LARGEST_VIRIAL = 1e-4, 1e-5, 3e-4


class CartesianState(NamedTuple):
    """Ground state on a grid, real and positive, of norm 1."""

    psi: np.ndarray
    """(*num) [1/length^(num_axes/2)]"""
    eigenvalue: float
    """E of (T + Φ)ψ = Eψ [energy]"""
    energy: float
    """⟨T⟩ + ½⟨Φ⟩ [energy]"""
    residual: float
    """Norm of (T + Φ - E)ψ [energy]"""
    num_iterations: int


def cartesian_ground_state(
    grid: Grid,
    coupling: float,
    mass: float = 1.0,
    hbar: float = 1.0,
    *,
    boundary: str = "isolated",
    tolerance: float = 1e-7,
    max_iterations: int = 400,
    psi0: Any = None,
) -> CartesianState:
    """Ground state of E ψ = [-ħ²∇²/2m + Φ] ψ with the self-potential Φ of |ψ|².

    Args:
        grid: Grid of three axes.
        coupling: κ = G m² [energy*length].
        mass: m [mass].
        hbar: [mass*length^2/time].
        boundary: "isolated", or "periodic" with ⟨Φ⟩ = 0.
        tolerance: residual at which to stop, in units of |E| (of the isolated state) [1].
        max_iterations: steps allowed.
        psi0: start, (*num) [1/length^(3/2)]; by default a Gaussian at the mean of the
            points, half a cell below the middle of the box.

    Returns:
        CartesianState.

    Raises:
        ValueError: bad arguments.
        ValidityError: the residual stays above the tolerance; a grid too coarse; an isolated
            state that reaches the ends of the box or misses the virial theorem, ⟨T⟩ + ½⟨Φ⟩ = E/3.

    Validity: E of an isolated state to a thousandth; how well a box and a grid do, the distance of
    `energy` from a third of the eigenvalue tells. The residual knows of the grid's own equation.
    """
    require_grid(grid, 3)
    require_numbers(coupling=coupling, mass=mass, hbar=hbar, tolerance=tolerance)
    for name, value in (("coupling", coupling), ("mass", mass), ("hbar", hbar)):
        require_positive(name, value)
    require_positive("tolerance", tolerance)
    require_count("max_iterations", max_iterations)
    require_choice("boundary", boundary, ("isolated", "periodic"))
    length, scale = hbar**2 / (mass * coupling), mass * coupling**2 / hbar**2
    psi = _start(grid, length) if psi0 is None else _checked_start(psi0, grid)
    kinetic = _kinetic_energy(grid, hbar**2 / mass)
    for iteration in range(max_iterations):
        psi /= np.sqrt(grid.cell_volume * np.sum(psi**2))
        field = self_potential(psi**2, grid, coupling, boundary)
        T_psi = _filtered(psi, kinetic)
        E = grid.cell_volume * float(np.sum(psi * (T_psi + field * psi)))
        residual = float(np.sqrt(grid.cell_volume * np.sum((T_psi + (field - E) * psi) ** 2)))
        if residual <= 0.16 * tolerance * scale:
            self_energy = 0.5 * grid.cell_volume * float(np.sum(field * psi**2))
            found = CartesianState(psi, E, E - self_energy, residual, iteration)
            _require_resolved(psi)
            if boundary == "isolated":
                _require_isolated(found)
            return found
        top = float(np.max(field))
        psi = _filtered((top - field) * psi, 1.0 / (kinetic + top - E))
    raise ValidityError(
        f"The residual is still {residual:.2g} after {max_iterations} steps. "
        f"Use a finer grid, a larger box, or a larger tolerance."
    )


def _checked_start(psi0: Any, grid: Grid) -> np.ndarray:
    require_shape("psi0", psi0, grid.num, "num")
    require_finite("psi0", psi0)
    if np.iscomplexobj(psi0) or not np.any(psi0):
        raise ValueError("`psi0` must be real, and not 0 everywhere.")
    return np.array(psi0, dtype=float)


def _along_axes(values: np.ndarray) -> list[np.ndarray]:
    """Sums over the other two axes."""
    return [values.sum(axis=tuple(b for b in range(3) if b != a)) for a in range(3)]


def _require_resolved(psi: np.ndarray) -> None:
    for spectrum in _along_axes(np.abs(scipy.fft.fftn(psi)) ** 2):
        turn = np.abs(2.0 * np.pi * np.fft.fftfreq(len(spectrum)))
        share = float(spectrum[turn > LARGEST_PHASE_PER_CELL].sum() / spectrum.sum())
        if not share <= UNRESOLVED_SHARE:
            raise ValidityError(
                f"A share {share:.2g} of ψ turns by more than {LARGEST_PHASE_PER_CELL} rad per "
                f"cell (allowed: {UNRESOLVED_SHARE:g}): use a finer grid."
            )


def _require_isolated(state: CartesianState) -> None:
    share = max(float(edge_share(density)) for density in _along_axes(state.psi**2))
    if not share <= LARGEST_LEAK:
        raise ValidityError(
            f"A share {share:.2g} of |ψ|² is at the ends of the box (allowed: "
            f"{LARGEST_LEAK:g}): use a larger box."
        )
    miss = abs(state.energy / state.eigenvalue - 1.0 / 3.0)
    if not miss <= LARGEST_VIRIAL:
        raise ValidityError(
            f"The energy misses a third of the eigenvalue by {miss:.2g} of it (allowed: "
            f"{LARGEST_VIRIAL:g}): use a finer grid, a larger box, or a smaller tolerance."
        )


def _start(grid: Grid, length: float) -> np.ndarray:
    # About the middle of the points the discrete problem is even: nothing pushes the state.
    x = grid.points - grid.points.mean(axis=0)
    r_squared = np.sum(x**2, axis=1).reshape(grid.num)
    return np.exp(-0.5 * r_squared / (3.6 * length) ** 2)


def _kinetic_energy(grid: Grid, stiffness: float) -> np.ndarray:
    """ħ²k²/2m on the wavenumbers of a real transform."""
    k_x, k_y, k_z = grid.wavenumbers
    k_z = np.abs(k_z[: grid.num[2] // 2 + 1])
    return 0.5 * stiffness * (k_x[:, None, None] ** 2 + k_y[:, None] ** 2 + k_z**2)


def _filtered(f: np.ndarray, factor: np.ndarray) -> np.ndarray:
    return scipy.fft.irfftn(factor * scipy.fft.rfftn(f), s=f.shape)
