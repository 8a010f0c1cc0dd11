"""Hartree equation on a line: one orbital φ in the mean field of N - 1 others in the same orbital.

iħ ∂φ/∂t = [-ħ²/2m ∂² + U(x) + (N - 1) ∫V(x - x')|φ(x')|² dx'] φ for any pair potential V: gravity
with softening, sheets, charges. It is the mean field of N bosons or of a product of N equal
orbitals; with N - 1 → 1 and V = -G m²/r it is the Schroedinger-Newton equation of one body.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from zitter.core.checks import require_finite, require_numbers, require_positive
from zitter.core.grid import Grid, require_grid
from zitter.core.poisson import poisson_isolated
from zitter.mean_field._line_checks import require_resolved_field, require_static
from zitter.system.pair_potentials import SheetPair
from zitter.system.parameters import require_callable
from zitter.wavefunctions.grid_evolution import Evolution, Stepping, evolve_on_grid
from zitter.wavefunctions.schrodinger import potential_on_grid
from zitter.wavefunctions.split_step import Hamiltonian

__all__ = ["evolve_hartree", "line_mean_field"]

Potential = Callable[[Any, Any], Any]
MeanField = Callable[[np.ndarray], np.ndarray]


def line_mean_field(V_pair: Potential, grid: Grid) -> MeanField:
    """Function |φ|² ↦ ∫V(x - x')|φ(x')|² dx' on a line, nothing outside of the box.

    Args:
        V_pair: V(r, t) of r = x - x' (1,) -> [energy]; static.
        grid: Grid of one axis.

    Returns:
        Function of a density (num,) [1/length] that gives (num,) [energy].

    Raises:
        ValueError: more than one axis, or V not finite or not static.

    Validity: V as smooth as |φ|² on the grid; the kink of SheetPair is integrated exactly.
    """
    require_callable("V_pair", V_pair)
    require_static("V_pair", V_pair)
    require_grid(grid, 1)
    if isinstance(V_pair, SheetPair):
        # V = 2πG m²|x| solves V″ = 4πG m² δ(x).
        slope = float(V_pair(jnp.ones(1), 0.0))
        return lambda density: np.asarray(poisson_isolated(2.0 * slope * density, grid))
    (n,), (h,) = grid.num, grid.spacing
    shifts = h * np.concatenate([np.arange(n), np.arange(-n, 0)])
    V = np.asarray(jax.vmap(lambda x: V_pair(x[None], 0.0))(jnp.asarray(shifts)), dtype=float)
    require_finite("V_pair", V)
    kernel = h * np.fft.rfft(V)
    return lambda density: np.fft.irfft(kernel * np.fft.rfft(density, 2 * n), 2 * n)[:n]


def evolve_hartree(
    phi0: Any,
    grid: Grid,
    V_pair: Potential,
    times: Any,
    *,
    mass: float = 1.0,
    hbar: float = 1.0,
    num_others: float = 1.0,
    U_ext: Potential | None = None,
    time_step: float | None = None,
    tolerance: float | None = None,
    order: int = 2,
    leak_tolerance: float = 1e-6,
) -> Evolution:
    """Orbital φ under iħ∂φ/∂t = [-ħ²∂²/2m + U + (N - 1) V * |φ|²] φ, by split steps.

    Args:
        phi0: φ at times[0], (num,) [1/length^(1/2)].
        grid: Grid of one axis.
        V_pair: V(r, t) of r = x - x' (1,) -> [energy]; static.
        times: increasing, (time,) [time].
        mass: m [mass].
        hbar: [mass*length^2/time].
        num_others: N - 1, or 1 for the self-interaction of one body [1].
        U_ext: U(x, t) of one position (1,) -> [energy], or None.
        time_step: longest step, instead of `tolerance` [time].
        tolerance: error of φ at the last time for an adaptive step [1].
        order: 2 (Strang) or 4 (Blanes-Moan).
        leak_tolerance: largest share of the norm allowed near the ends of the box [1].

    Returns:
        Evolution; its `energy` is that of one particle, ⟨T⟩ + ⟨U⟩ + ½(N - 1)⟨V⟩.

    Raises:
        ValueError: bad arguments.
        ValidityError: φ or V is not resolved by the grid, φ not by the time step, or it leaves
            the box.
    """
    external, moving = potential_on_grid(U_ext, grid)
    system = _hamiltonian(grid, V_pair, mass, hbar, num_others, external, moving)
    scales = dict(coupling=float(num_others), stiffness=hbar**2 / mass)
    require_resolved_field(partial(line_mean_field, V_pair), phi0, grid, **scales)
    how = Stepping(time_step, tolerance, order, leak_tolerance=leak_tolerance)
    return evolve_on_grid(system, phi0, times, how)


def _hamiltonian(grid, V_pair, mass, hbar, num_others, external, moving) -> Hamiltonian:
    require_numbers(mass=mass, hbar=hbar, num_others=num_others)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    return Hamiltonian(
        grid=grid,
        masses=np.array([float(mass)]),
        hbar=float(hbar),
        external=external,
        moving=moving,
        solver=line_mean_field(V_pair, grid),
        coupling=float(num_others),
    )
