"""Schroedinger-Newton and -Coulomb evolution on a Cartesian grid in one to three dimensions.

iħ ∂ψ/∂t = [-ħ²∇²/(2m a²) + U(x, t) + Φ(x, t)/a + g|ψ|²/a^D] ψ with Φ(x) = ∫ V(x - y) |ψ(y)|² d^Dy
and the pair potential V = -κ/r, κ ln(r/ℓ) or κ|x| in three, two or one dimensions.
"""

from typing import Any

import numpy as np

from zitter.core.checks import require_choice, require_numbers, require_positive
from zitter.core.grid import Grid, require_grid
from zitter.core.poisson import PoissonSolver
from zitter.wavefunctions.grid_evolution import Evolution, Stepping, evolve_on_grid
from zitter.wavefunctions.schrodinger import potential_on_grid
from zitter.wavefunctions.split_step import Hamiltonian

SPHERE = {1: 2.0, 2: 2.0 * np.pi, 3: 4.0 * np.pi}


def self_potential(
    density: Any, grid: Grid, coupling: float, boundary: str, reference_length: float = 1.0
) -> np.ndarray:
    """Φ of ∇²Φ = S_D κ ρ, with S_D = 4π, 2π, 2: Φ = ∫ V(x - y) ρ(y) d^Dy in empty space.

    Args:
        density: ρ, real (*num) [1/length^num_axes].
        grid: Grid of D axes.
        coupling: κ [mass*length^num_axes/time^2]: G m² for gravity, -q²/(4πε₀) for equal charges.
        boundary: "isolated", or "periodic": ∇²Φ = S_D κ (ρ - ⟨ρ⟩), ⟨Φ⟩ = 0.
        reference_length: ℓ of V = κ ln(r/ℓ) in two dimensions [length].

    Returns:
        Φ, (*num) [energy].

    Raises:
        ValueError: wrong shape, or another boundary.
    """
    require_grid(grid)
    require_numbers(coupling=coupling, reference_length=reference_length)
    factor = SPHERE[grid.num_axes] * float(coupling)
    return factor * PoissonSolver(grid, boundary, reference_length)(np.asarray(density))


def evolve_schrodinger_newton(
    psi0: Any,
    grid: Grid,
    times: Any,
    coupling: float,
    *,
    mass: float = 1.0,
    hbar: float = 1.0,
    boundary: str,
    time_step: float | None = None,
    tolerance: float | None = None,
    order: int = 2,
    potential: Any = None,
    contact: float = 0.0,
    scale_factor: Any = None,
    absorption: Any = None,
    reference_length: float = 1.0,
    precision: str = "float64",
    leak_tolerance: float | None = None,
    keep: str = "all",
    folder: Any = None,
    progress: Any = None,
) -> Evolution:
    """ψ(x, t) of the Schroedinger-Newton equation at `times`, by split steps of order 2 or 4.

    Args:
        psi0: ψ at times[0], (*num) [1/length^(num_axes/2)].
        grid: Grid of D = 1, 2 or 3 axes.
        times: increasing, (time,) [time].
        coupling: κ [mass*length^num_axes/time^2]: G m² attracts; a negative κ repels, as
            -q²/(4πε₀) does for a cloud of charge q.
        mass: m [mass].
        hbar: [mass*length^2/time].
        boundary: "isolated": Φ of ψ alone in empty space. "periodic": Φ of ψ, its images and a
            uniform background that cancels its mean. In both, ψ itself is periodic.
        time_step: longest step [time].
        tolerance: instead of `time_step`: largest L2 error of ψ over the whole run [1].
        order: 2 or 4.
        potential: external U(x, t) of one position x (D,) -> energy, traceable by JAX, or None.
        contact: g of g|ψ|² [energy*length^num_axes].
        absorption: rate at which |ψ| decays near the ends of the box, (*num) [1/time]; ends that
            let ψ through or throw it back do not count as absorbing.
        reference_length: ℓ of the pair potential κ ln(r/ℓ) of two dimensions [length].
        leak_tolerance: largest share of the norm allowed near the ends of the box [1]; default
            1e-6 where isolated, else no limit.
        scale_factor: a(t) of comoving coordinates: Φ goes as 1/a, the kinetic energy as 1/a².
        precision, keep, folder, progress: like those of `evolve_schrodinger`.

    Returns:
        Evolution; its `energy` is ⟨T + U⟩ + ⟨Φ⟩/2 + ⟨g|ψ|²⟩/2 per norm, conserved without a(t).

    Raises:
        ValueError: bad shapes, times or options.
        ValidityError: ψ is not resolved by the grid or by the step, or leaves the box.
    """
    require_choice("boundary", boundary, ("periodic", "isolated"))
    require_numbers(coupling=coupling, mass=mass, hbar=hbar, contact=contact)
    require_numbers(reference_length=reference_length)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    if leak_tolerance is None and boundary == "isolated":
        leak_tolerance = 1e-6
    external, moving = potential_on_grid(potential, grid)
    system = Hamiltonian(
        grid=grid,
        masses=np.full(grid.num_axes, float(mass)),
        hbar=float(hbar),
        external=external,
        moving=moving,
        solver=PoissonSolver(grid, boundary, reference_length),
        coupling=SPHERE[grid.num_axes] * float(coupling),
        contact=float(contact),
        scale_factor=scale_factor,
        absorption=None if absorption is None else np.asarray(absorption),
    )
    how = Stepping(time_step, tolerance, order, precision, leak_tolerance, keep, folder, progress)
    return evolve_on_grid(system, psi0, times, how)
