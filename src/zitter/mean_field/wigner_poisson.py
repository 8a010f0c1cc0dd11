"""Wigner-Poisson: the Vlasov solver with one line changed, and Schroedinger-Poisson's equal.

∂f/∂t + v ∂f/∂x = (1/2π) ∫ (i/ħ) [U(x + ħη/2M) - U(x - ħη/2M)] f̂(x, η) exp(iηv) dη: a kick with
the difference of U on both sides of x in the place of its slope. It is the equation of motion of
the Wigner function of a mixed state, and goes over into Vlasov's for ħ -> 0.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_positive
from zitter.core.grid import Grid
from zitter.mean_field.phase_space import Species, species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import VlasovSolution, evolve_vlasov
from zitter.mean_field.wigner_functions import wigner_function


class _WignerKick(NamedTuple):
    hbar: float

    def __call__(self, z: np.ndarray, mass: float) -> np.ndarray:
        half = 0.5 * self.hbar / mass
        return np.sin(half * z) / half

    def exact_on(self, kind: Species) -> bool:
        """Whether the velocities are those of `wigner_species`, where recurrence is physics."""
        steps = zip(kind.space.spacing, kind.space.num, kind.velocity.spacing, strict=True)
        return all(
            abs(kind.mass * num * dx * dv / (np.pi * self.hbar) - 1.0) < 1e-9
            for dx, num, dv in steps
        )


def wigner_kick(hbar: float) -> Callable[[np.ndarray, float], np.ndarray]:
    """Multiplier g(z, M) = (2M/ħ) sin(ħz/2M) of Wigner's kick, for Vlasov's z = kη.

    Args:
        hbar: [mass*length^2/time].

    Returns:
        Function (z [time/length^2], M [mass]) -> g [time/length^2].

    Raises:
        ValueError: ħ not positive.
    """
    require_positive("hbar", hbar)
    return _WignerKick(float(hbar))


def wigner_species(
    orbitals: Any, weights: Any, space: Grid, *, mass: float = 1.0, hbar: float
) -> Species:
    """Wigner function of a mixed state as a Species, f(x, v) = M W(x, Mv), on its own lattice.

    Args:
        orbitals: ψ_j, (orbital, num) [1/length^(1/2)].
        weights: w_j, (orbital,) [1].
        space: Grid of one axis, periodic.
        mass: M [mass].
        hbar: [mass*length^2/time].

    Returns:
        Species with the velocities πħj/ML, j = -num .. num - 1, L the period; on these the
        evolution is that of the orbitals, without an error of discretisation.

    Raises:
        ValueError: bad arguments.
    """
    W = wigner_function(orbitals, weights, space, hbar)
    require_positive("mass", mass)
    end = -W.momenta[0] / mass
    velocity = Grid((-end,), (end,), (len(W.momenta),))
    return species(mass * W.values, space, velocity, mass=mass)


def evolve_wigner_poisson(
    kind: Species,
    field: SelfField,
    times: Any,
    hbar: float,
    *,
    time_step: float,
    order: int = 4,
    keep: str = "all",
    edge_tolerance: float = 1e-6,
    allow_recurrence: bool = False,
    folder: Any = None,
    progress: Any = None,
) -> VlasovSolution:
    """f(x, v, t) of the Wigner-Poisson equation, by the Vlasov solver with Wigner's kick.

    Args:
        kind: Species, the Wigner function at times[0]; it may be negative.
        field: SelfField, periodic.
        times: (time,) [time].
        hbar: [mass*length^2/time].
        time_step: longest step [time].
        order: of the splitting, 2, 4 or 6.
        keep, edge_tolerance, allow_recurrence, folder, progress: as for evolve_vlasov.

    Returns:
        VlasovSolution.

    Raises:
        ValueError, ValidityError: as for evolve_vlasov.

    Validity: f smooth in x on cells of the grid, the fringes at half of the wavelength of ψ
        included.
    """
    return evolve_vlasov(
        kind,
        field,
        times,
        time_step=time_step,
        order=order,
        interpolator="spectral",
        kick=wigner_kick(hbar),
        keep=keep,
        edge_tolerance=edge_tolerance,
        allow_recurrence=allow_recurrence,
        folder=folder,
        progress=progress,
    )
