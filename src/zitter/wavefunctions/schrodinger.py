"""Schroedinger equation on a grid for one to three degrees of freedom, by split steps.

iħ ∂ψ/∂t = [-Σᵢ ħ²/(2mᵢ) ∂ᵢ² + U(q, t)] ψ, with one mass per degree of freedom: (m, m, ..) in
particle coordinates, (N m, m, ..) in centre-of-mass coordinates. The potential acts in position
space, the kinetic energy in wavenumber space; each is exact.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    require_count,
    require_kind,
    require_numbers,
    require_positive,
    require_shape,
)
from zitter.core.grid import Grid
from zitter.core.stepping import Progress
from zitter.system.parameters import require_callable, require_real_potential
from zitter.system.potentials import total_potential
from zitter.wavefunctions._in_time import depends_on_time, identity_of
from zitter.wavefunctions.grid_diagnostics import diagnose
from zitter.wavefunctions.grid_evolution import Evolution, Stepping, evolve_on_grid
from zitter.wavefunctions.grid_psi import GridPsi, psi_from_samples
from zitter.wavefunctions.split_step import SCHEMES, Hamiltonian, SplitStep

__all__ = [
    "SCHEMES",
    "Evolution",
    "GridPsi",
    "configuration_potential",
    "energy",
    "evolve_schrodinger",
    "potential_on_grid",
    "psi_from_samples",
    "values_on_grid",
]

Potential = Callable[[Array, Any], Array]


def evolve_schrodinger(
    psi0: Array,
    grid: Grid,
    potential: Potential | None,
    times: Any,
    masses: Any,
    hbar: float = 1.0,
    *,
    time_step: float | None = None,
    tolerance: float | None = None,
    order: int = 2,
    contact: float = 0.0,
    scale_factor: Callable[[float], float] | None = None,
    absorption: Any = None,
    precision: str = "float64",
    leak_tolerance: float | None = 1e-6,
    keep: str = "all",
    folder: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Evolution:
    """ψ(q, t) on the grid at `times`, by split steps of order 2 (Strang) or 4 (Blanes-Moan S6).

    iħ ∂ψ/∂t = [-Σᵢ ħ²∂ᵢ²/(2mᵢ a²) + U(q, t) + g|ψ|²/a^dof] ψ, a = 1 unless given.

    Equation: (36), (37)

    Args:
        psi0: ψ at times[0], (*num) [1/length^(dof/2)].
        grid: Grid of one to three degrees of freedom.
        potential: U(q, t) of one configuration q (dof,) -> energy, traceable by JAX; None for 0.
        times: increasing, (time,) [time].
        masses: one per degree of freedom, (dof,) [mass].
        hbar: [mass*length^2/time].
        time_step: longest step [time]; each interval is cut into equal steps not longer than it,
            nor longer than ψ takes to cross the ends of the box unseen.
        tolerance: instead of `time_step`: largest L2 error of ψ over the whole run [1]. The step
            is adapted, by comparing one step with two halves (1.5 times the cost, two more ψ)
            and the integral of U and of the terms with a(t) over it with what it takes for them;
            it is not so long that ψ could pass a barrier between two kicks.
        order: 2 or 4.
        contact: g of the local self-interaction g|ψ|² (Gross-Pitaevskii) [energy*length^dof].
        scale_factor: a(t) of comoving coordinates; the kinetic energy goes as 1/a².
        absorption: rate at which |ψ| decays near the ends of the box, as from
            `absorbing_layer`, (*num) [1/time]. Ends of an axis that let more than a tenth of ψ
            through, or throw it back, count as the ends of a box that does not absorb.
        precision: "float64", or "float32": half the memory, and `rounding` says its error.
        leak_tolerance: largest share of the norm allowed near the ends of the box [1]; None for
            a box that is periodic on purpose.
        keep: "all" frames of ψ, or only the "last".
        folder: where a checkpoint is kept after each interval; an interrupted run goes on there.
        progress: called with a Progress after each interval.

    Returns:
        Evolution.

    Raises:
        ValueError: bad shapes, times or masses; a potential that is not finite on the grid.
        ValidityError: ψ is not resolved by the grid, by the time step, or leaves the box on its
            way; U or a(t) changes in time such that the steps would not see it.

    Validity: ψ stays inside of the box, which is periodic. The change of `energy` (static
    potentials) falls as time_step^order and shows the error of the step. A pulse of U is seen if
    it lasts a 10⁻⁴ of the run or a fifth of a step.
    """
    require_numbers(hbar=hbar, contact=contact)
    require_positive("hbar", hbar)
    require_positive("masses", masses)
    external, moving = potential_on_grid(potential, grid)
    system = Hamiltonian(
        grid=grid,
        masses=np.asarray(masses, dtype=float),
        hbar=float(hbar),
        external=external,
        moving=moving,
        contact=float(contact),
        scale_factor=scale_factor,
        absorption=None if absorption is None else np.asarray(absorption),
    )
    how = Stepping(
        time_step=time_step,
        tolerance=tolerance,
        order=order,
        precision=precision,
        leak_tolerance=leak_tolerance,
        keep=keep,
        folder=folder,
        progress=progress,
    )
    return evolve_on_grid(system, psi0, times, how)


def potential_on_grid(
    potential: Potential | None, grid: Grid
) -> tuple[Callable[[float], np.ndarray] | None, bool]:
    """t ↦ U on the grid, (*num), and whether U depends on t; None for no potential.

    The function raises ValueError where U is not finite.

    Raises:
        ValueError: U is no function of one configuration that gives one real number.
    """
    require_kind("grid", grid, Grid)
    if potential is None:
        return None, False
    require_callable("potential", potential)
    value = jax.eval_shape(potential, jnp.zeros(grid.num_axes), jnp.zeros(()))
    require_shape("potential(q, t)", value, ())
    require_real_potential(value.dtype)
    return _PotentialOnGrid(potential, grid), depends_on_time(potential, grid.num_axes)


class _PotentialOnGrid:
    """t ↦ U on the grid."""

    def __init__(self, potential: Potential, grid: Grid):
        self.potential, self.grid = potential, grid

    def __call__(self, t: float) -> np.ndarray:
        U = np.asarray(_values_on_grid(self.potential, self.grid, jnp.asarray(t, dtype=float)))
        if not np.all(np.isfinite(U)):
            raise ValueError(f"`potential` must be finite on the grid, but is not at t = {t:g}.")
        return U

    def at(self, points: Array, times: np.ndarray) -> np.ndarray:
        """U at points (n, D) and times (m,), (m, n)."""
        return np.asarray(_values_at(self.potential, points, jnp.asarray(times)))

    @property
    def identity(self) -> str:
        """Digest of the operations of U and their constants, equal in every process."""
        return identity_of(self.potential, jnp.zeros(self.grid.num_axes), jnp.zeros(()))


def configuration_potential(
    U_ext: Potential | None, V_pair: Potential | None, num_particles: int, num_space: int = 1
) -> Potential:
    """Total potential U(q, t) = Σᵢ U_ext(xᵢ, t) + Σ_{j<k} V(x_j - x_k, t) of a configuration q.

    Equation: (4)

    Args:
        U_ext: U(x, t) of one position x (D,) -> [energy], or None.
        V_pair: V(r, t) of r = x_j - x_k (D,) -> [energy], even in r, or None.
        num_particles: N.
        num_space: D; q has shape (N*D,), particle by particle.

    Returns:
        U(q, t).

    Raises:
        ValueError: a count below 1.
    """
    require_count("num_particles", num_particles)
    require_count("num_space", num_space)
    return _ConfigurationPotential(U_ext, V_pair, num_particles, num_space)


class _ConfigurationPotential(eqx.Module):
    """total_potential of a flat configuration; a pytree, so that parameters do not recompile."""

    U_ext: Potential | None
    V_pair: Potential | None
    num_particles: int = eqx.field(static=True)
    num_space: int = eqx.field(static=True)

    def __call__(self, q: Array, t: Any) -> Array:
        X = q.reshape(self.num_particles, self.num_space)
        return total_potential(self.U_ext, self.V_pair, X, t)


def values_on_grid(f: Potential, grid: Grid, t: Any) -> Array:
    """f(q, t) at every point of the grid, (*num), of a potential or of any LogPsi."""
    require_callable("f", f)
    require_kind("grid", grid, Grid)
    return jax.vmap(lambda q: f(q, t))(jnp.asarray(grid.points)).reshape(grid.num)


def energy(psi: Array, grid: Grid, potential: Potential, t: Any, masses: Any, hbar=1.0) -> float:
    """Mean energy ⟨H⟩ = ∫ψ*Hψ / ∫|ψ|² [energy].

    Equation: (37)

    Raises:
        ValueError: wrong shapes, or numbers that are not finite or positive.
    """
    require_numbers(t=t, hbar=hbar)
    require_positive("hbar", hbar)
    require_positive("masses", masses)
    external, moving = potential_on_grid(potential, grid)
    require_shape("psi", psi, grid.num, "num")
    require_shape("masses", masses, (grid.num_axes,), "(dof,)")
    masses = np.asarray(masses, dtype=float)
    system = Hamiltonian(grid, masses, float(hbar), external, moving)
    return diagnose(SplitStep(system, 2, complex), np.array(psi, dtype=complex), float(t)).energy


_values_on_grid = eqx.filter_jit(values_on_grid)


@eqx.filter_jit
def _values_at(f: Potential, points: Array, times: Array) -> Array:
    """f at points (n, D) and times (m,), (m, n)."""
    return jax.vmap(lambda t: jax.vmap(lambda q: f(q, t))(points))(times)
