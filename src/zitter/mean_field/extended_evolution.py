"""Schroedinger-Newton evolution of the centre of mass of an extended body along a line.

iħ ∂ψ/∂t = [-ħ²/(2M) ∂²/∂x² + U(x, t) + ∫ I(|x - x'|) |ψ(x')|² dx'] ψ with the mutual energy I(d) of
two copies of the body (`extended_bodies`). Across the line the packet is taken to be narrower than
the structure of the body, so that only the distance along the line counts.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.fft

from zitter.core.checks import (
    require_finite,
    require_numbers,
    require_positive,
    require_shape,
)
from zitter.core.grid import Grid, require_grid
from zitter.mean_field._line_checks import require_resolved_field
from zitter.wavefunctions.grid_evolution import Evolution, Stepping, evolve_on_grid
from zitter.wavefunctions.schrodinger import potential_on_grid
from zitter.wavefunctions.split_step import Hamiltonian


class PairField:
    """V(x) = ∫ I(|x - x'|) |ψ(x')|² dx' on a grid of one axis that nothing surrounds."""

    def __init__(self, grid: Grid, energy: Callable[[np.ndarray], Any]):
        (num,), (h,) = grid.num, grid.spacing
        distances = np.abs(2 * num * h * np.fft.fftfreq(2 * num))
        values = np.asarray(energy(distances), dtype=float)
        require_shape("energy(d)", values, (2 * num,), "(num distances,)")
        require_finite("energy", values)
        self._num, self._kernel = num, h * np.asarray(scipy.fft.rfft(values))

    def __call__(self, density: np.ndarray) -> np.ndarray:
        """V of a density (num,) [1/length], (num,)."""
        spectrum = np.asarray(scipy.fft.rfft(density, 2 * self._num)) * self._kernel
        return scipy.fft.irfft(spectrum, 2 * self._num)[: self._num].astype(density.dtype)


def evolve_extended_body(
    psi0: Any,
    grid: Grid,
    times: Any,
    energy: Callable[[np.ndarray], Any],
    *,
    mass: float = 1.0,
    hbar: float = 1.0,
    time_step: float | None = None,
    tolerance: float | None = None,
    order: int = 4,
    potential: Any = None,
    leak_tolerance: float | None = 1e-6,
    folder: Any = None,
    progress: Any = None,
) -> Evolution:
    """ψ(x, t) of the centre of mass in its body's mean field V(x) = ∫ I(|x - x'|) |ψ(x')|² dx'.

    Args:
        psi0: ψ at times[0], (num,) [1/length^(1/2)].
        grid: Grid of one axis.
        times: increasing, (time,) [time].
        energy: I(d) of distances (..), such as crystal or sphere energies of `extended_bodies`
            [energy].
        mass: M [mass].
        hbar: [mass*length^2/time].
        time_step: longest step [time].
        tolerance: instead of `time_step`: largest L2 error of ψ over the whole run [1].
        order: 2 or 4.
        potential: external U(x, t) of one position x (1,) -> energy, traceable by JAX, or None.
        leak_tolerance: largest share of the norm allowed near the ends of the box [1].
        folder, progress: like those of `evolve_schrodinger`.

    Returns:
        Evolution; its `energy` is ⟨T + U⟩ + ⟨V⟩/2, which is conserved.

    Raises:
        ValueError: more than one axis, bad shapes, times or options.
        ValidityError: ψ or I(d) is not resolved by the grid, ψ not by the step, or it leaves the
            box.

    Validity: packets that are narrow across the line.
    """
    require_grid(grid, 1)
    require_numbers(mass=mass, hbar=hbar)
    if not callable(energy):
        raise ValueError(f"`energy` must be a function of the distance, but is {energy!r}.")
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    external, moving = potential_on_grid(potential, grid)
    system = Hamiltonian(
        grid=grid,
        masses=np.array([float(mass)]),
        hbar=float(hbar),
        external=external,
        moving=moving,
        solver=PairField(grid, energy),
        coupling=1.0,
    )
    scales = dict(coupling=1.0, stiffness=hbar**2 / mass)
    require_resolved_field(lambda g: PairField(g, energy), psi0, grid, **scales)
    how = Stepping(time_step, tolerance, order, "float64", leak_tolerance, "all", folder, progress)
    return evolve_on_grid(system, psi0, times, how)
