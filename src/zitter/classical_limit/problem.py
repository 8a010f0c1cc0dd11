"""Initial value problems of the classical Schroedinger equation, and their results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zitter.classical_limit._branches import NUM_NODES, Lattice
from zitter.classical_limit.caustics import CAUSTIC, SUPPORT, CausticSurvey
from zitter.classical_limit.hamilton_jacobi import ClassicalState, Potential, checked_times
from zitter.core.checks import (
    ValidityError,
    require_count,
    require_kind,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid
from zitter.system.parameters import require_callable, require_real_potential
from zitter.system.potentials import require_finite_potential

LEAK_TOLERANCE = 1e-6


@dataclass(frozen=True)
class ClassicalProblem:
    """Initial value problem of (72): ψ = R exp(iS/ħ) at times[0], wanted at `times`.

    Args:
        state: ClassicalState at times[0].
        potential: U(x, t) of one position (D,) -> energy, that of the whole body.
        grid: Grid of 1 to 3 axes that holds the packet at all times.
        times: increasing, at least two, (time,) [time].
        mass: M, one number or one for each axis (D,) [mass].
        hbar: [mass*length^2/time].

    Raises:
        ValueError: a state or grid of another kind, a potential that is no number or not finite
            on the grid, bad times, mass or hbar, no norm.
        ValidityError: the packet is at the ends of the box at first.
    """

    state: ClassicalState
    potential: Potential
    grid: Grid
    times: Any
    mass: Any = 1.0
    hbar: float = 1.0

    def __post_init__(self):
        require_kind("state", self.state, ClassicalState)
        require_kind("grid", self.grid, Grid)
        require_callable("potential", self.potential)
        require_real("mass", self.mass)
        require_real("hbar", self.hbar)
        require_shape("hbar", self.hbar, ())
        object.__setattr__(self, "times", checked_times(self.times))
        require_positive("mass", self.mass)
        require_positive("hbar", self.hbar)
        if np.ndim(self.mass):
            require_shape("mass", self.mass, (self.grid.num_axes,), "(num_space,)")
        points = jnp.asarray(self.grid.points)
        value = jax.eval_shape(self.potential, points[0], jnp.asarray(self.times[0]))
        require_shape("potential(x, t)", value, ())
        require_real_potential(value.dtype)
        require_finite_potential("potential", self.potential, points, self.times[0])
        rho = self.initial_amplitude**2
        if not np.all(np.isfinite(rho)) or not np.sum(rho) > 0.0:
            raise ValueError("`state` must have a finite, positive norm on the grid.")
        require_in_box(rho, self.grid, float(self.times[0]))

    @property
    def masses(self) -> np.ndarray:
        """M of each axis, (D,) [mass]."""
        return np.broadcast_to(np.asarray(self.mass, dtype=float), (self.grid.num_axes,))

    @property
    def initial_amplitude(self) -> np.ndarray:
        """R₀ on the grid, (*num)."""
        return self._sampled(self.state.amplitude)

    @property
    def initial_phase(self) -> np.ndarray:
        """S₀ on the grid, (*num) [mass*length^2/time]."""
        return self._sampled(self.state.phase)

    def _sampled(self, f: Callable) -> np.ndarray:
        values = jax.vmap(f)(jnp.asarray(self.grid.points))
        return np.asarray(values, dtype=float).reshape(self.grid.num)


class ClassicalSolution(NamedTuple):
    """ρ, ψ and what they are worth, at the times of the problem."""

    method: str
    """name of the method"""
    times: np.ndarray
    """(time,) [time]"""
    density: np.ndarray
    """ρ, summed over all streams where the method knows them, (time, *num) [1/length^(D)]"""
    unchecked_psi: np.ndarray
    """ψ as the method gives it, NaN where it gives none; (time, *num) [1/length^(D/2)]"""
    energy: np.ndarray
    """∫ρ(p²/2M + U) / ∫ρ, (time,) [energy]"""
    survey: CausticSurvey
    """first caustic, crossed mass and status"""

    @property
    def status(self) -> tuple[str, ...]:
        """Status of each time: "ok", "caustic-in-tail" or "caustic"."""
        return self.survey.status

    def psi(self, index: int = -1) -> np.ndarray:
        """The single-valued ψ at one of the times, (*num).

        Raises:
            ValueError: no time of that index.
            ValidityError: a caustic that carries mass came before.
        """
        require_time_index(index, len(self.times))
        if self.status[index] == CAUSTIC:
            raise ValidityError(_beyond_caustic(self.survey, float(self.times[index]), index))
        return self.unchecked_psi[index]


def _beyond_caustic(survey: CausticSurvey, t: float, index: int) -> str:
    share = float(survey.crossed_mass[index])
    where = "Rays have crossed"
    if survey.caustic:
        place = np.array2string(survey.caustic.place, precision=4)
        where = f"The first caustic is at t = {survey.caustic.time:.6g}, x = {place}"
    return (
        f"{where}; by t = {t:g} a share {share:.2g} of the mass has crossed: S is no longer one "
        "smooth function and there is no single ψ. Use an earlier time, or `classical_streams` for "
        "all branches."
    )


def require_time_index(index: int, num_times: int) -> None:
    """Raise unless times[index] exists. Raises: ValueError."""
    require_count("index", index, -num_times, num_times - 1)


def label_lattice(problem: ClassicalProblem, num_labels: int | None = None) -> Lattice:
    """Labels that fill the part of the box where ρ₀ exceeds 1e-24 of its largest value.

    As many per axis as the grid has points, or `num_labels`. Raises: ValueError.
    """
    require_kind("problem", problem, ClassicalProblem)
    if num_labels is not None:
        require_count("num_labels", num_labels, NUM_NODES)
    grid, rho = problem.grid, problem.initial_amplitude**2
    held = rho > SUPPORT * np.max(rho)
    lower, upper = [], []
    for axis, (x, h) in enumerate(zip(grid.axes, grid.spacing, strict=True)):
        others = tuple(i for i in range(grid.num_axes) if i != axis)
        where = np.flatnonzero(np.any(held, axis=others))
        lower.append(max(x[where[0]] - h, grid.lower[axis]))
        upper.append(min(x[where[-1]] + h, grid.upper[axis]))
    num = grid.num if num_labels is None else (num_labels,) * grid.num_axes
    spacing = (np.array(upper) - np.array(lower)) / (np.array(num) - 1)
    return Lattice(np.array(lower), spacing, num)


def edge_cells(n: int) -> int:
    """Cells at each end of n points that count as the end of the box."""
    return max(1, n // 32)


def require_in_box(rho: np.ndarray, grid: Grid, t: float) -> None:
    """Raise if ρ is at the ends of the box. Raises: ValidityError."""
    total = np.sum(rho)
    for axis, n in enumerate(grid.num):
        others = tuple(i for i in range(grid.num_axes) if i != axis)
        profile = np.sum(rho, axis=others) / total
        margin = edge_cells(n)
        edge = float(np.sum(profile[:margin]) + np.sum(profile[-margin:]))
        if edge > LEAK_TOLERANCE:
            raise ValidityError(
                f"A share {edge:.2g} of ρ is at the ends of the box at t = {t:g} (allowed: "
                f"{LEAK_TOLERANCE:g}). Use a larger box or an earlier last time."
            )
