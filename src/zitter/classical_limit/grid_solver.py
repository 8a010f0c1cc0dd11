"""Split steps for (72) and for U - λQ on a grid, with a quantum potential of fourth order.

The potential and Q act in position space, where |ψ| and with it Q stay as they are; the kinetic
energy acts in wavenumber space. Q comes from differences of R = |ψ|: spectral derivatives of R
make noise that grows, the more the shorter the step. The scheme fails at nodes. It keeps the norm
whatever happens, so the norm says nothing; the tangent map of rays beside it decides the status.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.classical_limit._ray_checks import LARGEST_DRIFT, require_agreement, surveyed
from zitter.classical_limit._unseen_force import (
    NUM_PROBES,
    STRANG,
    Scales,
    Steps,
    forces,
    missed_share,
)
from zitter.classical_limit.caustics import CAUSTIC, CausticSurvey
from zitter.classical_limit.phases import initial_psi, single_valued_phase
from zitter.classical_limit.problem import (
    ClassicalProblem,
    ClassicalSolution,
    edge_cells,
    require_in_box,
)
from zitter.core.checks import (
    ValidityError,
    require_finite,
    require_kind,
    require_positive,
    require_shape,
)
from zitter.core.fft import inverse_transform, transform
from zitter.core.grid import Grid, require_grid
from zitter.wavefunctions._in_time import depends_on_time, spread_probes

FLOOR = 1e-15
LARGEST_PHASE_PER_CELL, UNRESOLVED_SHARE = 2.5, 1e-6


def stability_limit(grid: Grid, masses: Any, hbar: float = 1.0) -> float:
    """Longest stable step for λ > 0, dt = 2/(πħ Σ_a 1/(M_a h_a²)); 2Mh²/(πħD) on a cubic grid.

    The kinetic phase of the shortest wave must not pass π. Bisected on the growth of noise about
    a uniform state over 4000 steps, it lies between 1 and 1.00002 of this in 1, 2 and 3 dimensions.

    Args:
        grid: Grid.
        masses: M, one number or one for each axis (D,) [mass].
        hbar: [mass*length^2/time].

    Returns:
        The step [time].

    Raises:
        ValueError: masses or hbar not positive, or of a wrong shape.
    """
    require_grid(grid)
    require_positive("masses", masses)
    require_positive("hbar", hbar)
    if np.ndim(masses):
        require_shape("masses", masses, (grid.num_axes,), "(num_space,)")
    if np.ndim(hbar):
        require_shape("hbar", hbar, ())
    masses = np.broadcast_to(np.asarray(masses, dtype=float), (grid.num_axes,))
    rate = np.sum(1.0 / (masses * np.asarray(grid.spacing) ** 2))
    return float(2.0 / (np.pi * hbar * rate))


def on_grid(problem: ClassicalProblem, *, time_step: float | None = None) -> ClassicalSolution:
    """Solution of (72) as a partial differential equation, by split steps.

    Order 2 in the step, 4 in the spacing; one pair of transforms a step.

    Equation: (72)

    Args:
        problem: ClassicalProblem.
        time_step: longest step [time]; by default 0.8 of `stability_limit`.

    Returns:
        ClassicalSolution. Beyond a caustic ψ is what the scheme makes of it, and the status says
        so; `psi` refuses it.

    Raises:
        ValidityError: a step above the stability limit, a state with nodes or vortices, a ψ that
            the grid does not resolve or that is at the ends of the box at any time; rays that
            leave it; energy or mean away from those of the rays before a caustic.
    """
    psi, step = started(problem, 1.0, time_step)
    survey, sheet = surveyed(problem)
    frames = evolved(problem, 1.0, psi, step, survey.status)
    found = solution("grid", problem, frames, survey, 1.0)
    require_agreement(problem, sheet, found.status, found.density, found.energy)
    return found


def solution(
    method: str, problem: ClassicalProblem, psi: np.ndarray, survey: CausticSurvey, coupling: float
) -> ClassicalSolution:
    """The common result, with the energy ∫ρ(p²/2M + U + (1 - λ)Q)/∫ρ that the family conserves."""
    system = split_system(problem, coupling)
    energy = [
        float(mean_energy(system, jnp.asarray(f), jnp.asarray(t)))
        for f, t in zip(psi, problem.times, strict=True)
    ]
    return ClassicalSolution(method, problem.times, np.abs(psi) ** 2, psi, np.array(energy), survey)


class SplitSystem(eqx.Module):
    """What a step needs, as arrays: other boxes and units need no new compilation."""

    potential: Any
    masses: Array
    hbar: Array
    coupling: Array
    points: Array
    spacing: Array
    kinetic: Array


def split_system(problem: ClassicalProblem, coupling: float) -> SplitSystem:
    """The problem with U - λQ, and its kinetic energies on the grid of wavenumbers."""
    grid, masses = problem.grid, problem.masses
    mesh = np.meshgrid(*grid.wavenumbers, indexing="ij")
    kinetic = sum(0.5 * (problem.hbar * k) ** 2 / m for k, m in zip(mesh, masses, strict=True))
    numbers = (masses, problem.hbar, coupling, grid.points, grid.spacing, kinetic)
    return SplitSystem(problem.potential, *(jnp.asarray(v, dtype=float) for v in numbers))


def potential_values(system: SplitSystem, t: Any) -> Array:
    """U(x, t) on the grid (*num)."""
    U = jax.vmap(lambda x: system.potential(x, t))(system.points)
    return U.reshape(system.kinetic.shape)


def started(
    problem: ClassicalProblem, coupling: float, time_step: float | None
) -> tuple[np.ndarray, float]:
    """ψ at first (*num) and the step, both checked. Raises: ValidityError."""
    require_kind("problem", problem, ClassicalProblem)
    limit = stability_limit(problem.grid, problem.masses, problem.hbar)
    step = 0.8 * limit if time_step is None else time_step
    require_positive("time_step", step)
    if coupling > 0.0 and step > limit:
        raise ValidityError(
            f"`time_step` = {step:.4g} is above the stability limit 2/(πħ Σ 1/(M h²)) = "
            f"{limit:.4g} of this grid. Use a shorter step or a coarser grid."
        )
    if coupling > 0.0:
        single_valued_phase(problem, signs=False)
    psi = initial_psi(problem, problem.hbar)
    _require_resolved(psi, problem.grid, problem.times[0])
    return psi, step


def evolved(
    problem: ClassicalProblem,
    coupling: float,
    psi0: np.ndarray,
    step: float,
    status: tuple[str, ...],
) -> np.ndarray:
    """ψ of U - λQ at the times of the problem (time, *num), checked up to a caustic.

    The ends of the box are looked at so often that no wave the grid resolves passes them unseen.
    """
    system, frames, psi = split_system(problem, coupling), [psi0], jnp.asarray(psi0)
    unseen = _time_unseen(problem)
    for k in range(1, len(problem.times)):
        begin, end = problem.times[k - 1], problem.times[k]
        num_steps = max(1, int(np.ceil((end - begin) / min(step, unseen) * (1.0 - 1e-12))))
        dt = (end - begin) / num_steps
        _require_kicks_follow(problem, frames[-1], begin, dt, num_steps)
        checked = status[k] != CAUSTIC
        stride = max(1, int(unseen / dt)) if checked else num_steps
        for done in range(0, num_steps, stride):
            t, count = begin + done * dt, min(stride, num_steps - done)
            psi = split_steps(system, psi, *(jnp.asarray(v) for v in (t, dt, count)))
            if checked:
                require_finite("psi", psi)
                require_in_box(np.abs(psi) ** 2, problem.grid, float(t + count * dt))
        require_finite("psi", psi)
        frames.append(np.asarray(psi))
        if checked:
            _require_resolved(frames[-1], problem.grid, end)
    return np.stack(frames)


def _require_kicks_follow(
    problem: ClassicalProblem, psi: np.ndarray, begin: float, dt: float, num_steps: int
) -> None:
    """Kicks at the ends of the steps must add up to the force of a U that depends on time."""
    grid = problem.grid
    if not depends_on_time(problem.potential, grid.num_axes):
        return
    rho = np.abs(psi.ravel()) ** 2 / np.sum(np.abs(psi) ** 2)
    mean = rho @ grid.points
    width = np.sqrt(rho @ (grid.points - mean) ** 2) + grid.spacing
    steps = Steps(begin, dt, num_steps, grid.points[spread_probes(rho, NUM_PROBES)[0]])
    kicks = forces(problem.potential, steps.x)(begin + dt * np.arange(num_steps + 1))
    impulse = dt * np.sum(np.abs(kicks), axis=0).reshape(steps.x.shape)
    scales = Scales(width, np.min(impulse, axis=0) + problem.hbar / width)
    miss = missed_share(problem.potential, STRANG, [steps], problem.masses, scales)
    if miss > LARGEST_DRIFT:
        raise ValidityError(
            f"Half the step moves ψ by {miss:.2g} of its width: a step of {dt:.3g} does not "
            "resolve how U changes with time. Use a shorter time step."
        )


def _time_unseen(problem: ClassicalProblem) -> float:
    """Time in which the fastest wave that the grid resolves crosses the strips at the ends."""
    grid = problem.grid
    strip = 2.0 * np.array([edge_cells(n) for n in grid.num]) * grid.spacing
    speed = LARGEST_PHASE_PER_CELL * problem.hbar / (problem.masses * grid.spacing)
    return float(np.min(strip / speed))


@eqx.filter_jit
def split_steps(system: SplitSystem, psi: Array, begin: Any, dt: Any, num_steps: Any) -> Array:
    """`num_steps` steps of Strang's splitting, with kicks at their ends."""
    dof = psi.ndim
    drift = jnp.exp(-1j * dt / system.hbar * system.kinetic)

    def kick(psi: Array, t: Any, h: Any) -> Array:
        U = potential_values(system, t) - system.coupling * grid_quantum_potential(psi, system)
        return psi * jnp.exp(-1j * h / system.hbar * U)

    def step(i: Any, psi: Array) -> Array:
        psi = inverse_transform(transform(psi, dof) * drift, dof)
        share = jnp.where(i == num_steps - 1, 0.5, 1.0)
        return kick(psi, begin + (i + 1) * dt, share * dt)

    return jax.lax.fori_loop(0, num_steps, step, kick(psi, begin, 0.5 * dt))


def grid_quantum_potential(psi: Array, system: SplitSystem) -> Array:
    """Q = -Σ_a ħ²/(2M_a) ∂_a²R/R from differences of R = |ψ| of order 4, (*num).

    R is raised by 1e-15 of its maximum, below which a transformed ψ is round-off, against 0/0.
    """
    R = jnp.abs(psi)
    R = R + FLOOR * jnp.max(R)
    Q = jnp.zeros_like(R)
    for axis, h in enumerate(system.spacing):
        near = jnp.roll(R, 1, axis) + jnp.roll(R, -1, axis)
        far = jnp.roll(R, 2, axis) + jnp.roll(R, -2, axis)
        second = (16.0 * near - far - 30.0 * R) / (12.0 * h**2)
        Q = Q - system.hbar**2 / (2.0 * system.masses[axis]) * second / R
    return Q


@eqx.filter_jit
def mean_energy(system: SplitSystem, psi: Array, t: Any) -> Array:
    """∫ρ(p²/2M + U + (1 - λ)Q)/∫ρ."""
    rho, spectrum = jnp.abs(psi) ** 2, jnp.abs(transform(psi, psi.ndim)) ** 2
    kinetic = jnp.sum(spectrum * system.kinetic) / jnp.sum(spectrum)
    U = potential_values(system, t)
    spread = jnp.sum(rho * grid_quantum_potential(psi, system)) / jnp.sum(rho)
    return kinetic - system.coupling * spread + jnp.sum(rho * U) / jnp.sum(rho)


def _require_resolved(psi: np.ndarray, grid: Grid, t: float) -> None:
    spectrum = np.abs(np.fft.fftn(psi)) ** 2
    spectrum = spectrum / np.sum(spectrum)
    for axis, (k, h) in enumerate(zip(grid.wavenumbers, grid.spacing, strict=True)):
        others = tuple(i for i in range(grid.num_axes) if i != axis)
        share = np.sum(np.sum(spectrum, axis=others)[np.abs(k) * h > LARGEST_PHASE_PER_CELL])
        if share > UNRESOLVED_SHARE:
            raise ValidityError(
                f"A share {share:.2g} of ψ changes by more than {LARGEST_PHASE_PER_CELL} rad per "
                f"cell at t = {t:g}: the grid does not resolve it. Use more points than {grid.num}."
            )
