"""Solution of (72) by its rays: ψ on a grid up to the first caustic, all streams after it."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from zitter.classical_limit._branches import Branches, branches, interpolated
from zitter.classical_limit._ray_checks import ray_energy, surveyed
from zitter.classical_limit._rays import launch
from zitter.classical_limit.caustics import CAUSTIC, TAIL_TOLERANCE, Sheet
from zitter.classical_limit.hamilton_jacobi import Rays, classical_rays
from zitter.classical_limit.problem import (
    ClassicalProblem,
    ClassicalSolution,
    require_time_index,
)
from zitter.core.checks import ValidityError, require_count

_LARGEST_LOSS = 1e-2


class Streams(NamedTuple):
    """Every stream at one time: pairs of a grid point and a ray that arrives there."""

    point: np.ndarray
    """flat index of the grid point, sorted, (b,)"""
    label: np.ndarray
    """q of the ray (b, D) [length]"""
    momentum: np.ndarray
    """∇S of the stream (b, D) [mass*length/time]"""
    phase: np.ndarray
    """S of the stream (b,) [mass*length^2/time]"""
    density: np.ndarray
    """ρ of the stream (b,) [1/length^(D)]"""
    total: np.ndarray
    """sum of the densities (*num) [1/length^(D)]"""
    num_streams: np.ndarray
    """streams at each point (*num) [1]"""


def by_characteristics(
    problem: ClassicalProblem,
    *,
    num_steps: int = 40,
    num_labels: int | None = None,
    num_newton: int = 1,
    tail_tolerance: float = TAIL_TOLERANCE,
) -> ClassicalSolution:
    """ψ(x, t) = R₀(q)/√|det J| exp(i(S₀(q) + action)/ħ) at the label q whose ray arrives at x.

    Order 4 in the step. The label is found on polynomials of order 4 in the label spacing, and
    each of `num_newton` further integrations from the found labels squares what is left.

    Equation: (72), by its rays

    Args:
        problem: ClassicalProblem.
        num_steps: steps from the first time to the last; at least 24 are taken.
        num_labels: labels per axis; by default the number of grid points.
        num_newton: integrations that refine the labels; 0 leaves the order 4 of the spacing.
        tail_tolerance: crossed mass up to which ψ is still given, that of the densest stream;
            its error in ∫|Δρ| is about that mass [1].

    Returns:
        ClassicalSolution; after a caustic ρ is the sum over streams and ψ NaN.

    Raises:
        ValueError: counts that are no whole numbers or too small, tail_tolerance not in [0, 1).
        ValidityError: rays leave the box with more than 1e-6 of the mass, steps or labels do not
            resolve them, or the grid does not hold the mass to 1%.

    Validity: any potential and state that are smooth on the labels; nodes included.
    """
    require_count("num_newton", num_newton, 0)
    require_count("num_steps", num_steps)
    survey, sheet = surveyed(problem, num_labels, num_steps, tail_tolerance)
    rho, psi = [], []
    for k, status in enumerate(survey.status):
        found = _branches_at(problem, sheet, k)
        if status == CAUSTIC:
            rho.append(_streams(problem, sheet, k, found).total)
            psi.append(np.full(problem.grid.num, np.nan, dtype=complex))
        else:
            wave = _single_valued(problem, sheet, k, found, num_newton)
            _require_mass(problem, np.abs(wave) ** 2, k)
            rho.append(np.abs(wave) ** 2)
            psi.append(wave)
    energy = ray_energy(problem, sheet)
    return ClassicalSolution(
        "characteristics", problem.times, np.stack(rho), np.stack(psi), energy, survey
    )


def classical_streams(
    problem: ClassicalProblem,
    index: int = -1,
    *,
    num_steps: int = 40,
    num_labels: int | None = None,
) -> Streams:
    """All streams ρ_b, S_b at one of the times, before or after caustics: ρ = Σ_b ρ_b.

    This is the classical ensemble of the initial state (Liouville), not a solution of (72).

    Args:
        problem: ClassicalProblem.
        index: which of problem.times.
        num_steps, num_labels: as for by_characteristics.

    Returns:
        Streams.

    Raises:
        ValueError: no time of that index, counts that are no whole numbers or too small.
        ValidityError: rays leave the box with more than 1e-6 of the mass.

    Validity: order 4 in step and label spacing; a stream thinner than one label cell is missed,
    and the density next to a fold, which is infinite there, is that at the grid points.
    """
    require_count("num_steps", num_steps)
    require_time_index(index, len(problem.times))
    sheet = surveyed(problem, num_labels, num_steps)[1]
    k = range(len(problem.times))[index]
    return _streams(problem, sheet, k, _branches_at(problem, sheet, k))


def _require_mass(problem: ClassicalProblem, rho: np.ndarray, k: int) -> None:
    share = float(np.sum(rho) / np.sum(problem.initial_amplitude**2))
    if abs(share - 1.0) > _LARGEST_LOSS:
        raise ValidityError(
            f"On the grid ρ adds up to {share:.4g} of its initial mass at t = "
            f"{problem.times[k]:g}: the packet has become too narrow for it, or rays too sparse. "
            "Use more points, a smaller box, or an earlier time."
        )


def _branches_at(problem: ClassicalProblem, sheet: Sheet, k: int) -> Branches:
    i = sheet.index[k]
    X, J = np.asarray(sheet.rays.x[i]), np.asarray(sheet.rays.J[i])
    return branches(sheet.lattice, X, J, problem.grid.points)


def _field(sheet: Sheet, k: int, name: str, q: np.ndarray) -> np.ndarray:
    return interpolated(sheet.lattice, np.asarray(getattr(sheet.rays, name)[sheet.index[k]]), q)


def _padded(problem: ClassicalProblem, found: Branches) -> list[np.ndarray]:
    """Labels in rows of as many as the grid has points: one compiled shape for all."""
    n = len(problem.grid.points)
    rows = [found.label[i : i + n] for i in range(0, len(found.label), n)]
    return [np.concatenate([row, np.repeat(row[:1], n - len(row), axis=0)]) for row in rows]


def _streams(problem: ClassicalProblem, sheet: Sheet, k: int, found: Branches) -> Streams:
    grid = problem.grid
    rows = [
        launch(problem.state.amplitude, problem.state.phase, jnp.asarray(q))[1:]
        for q in _padded(problem, found)
    ]
    count = len(found.point)
    R, S0 = (
        np.concatenate([np.asarray(row[i]) for row in rows])[:count] if rows else np.zeros(0)
        for i in (0, 1)
    )
    q = found.label
    rho = R**2 / np.abs(np.linalg.det(_field(sheet, k, "J", q)))
    size = int(np.prod(grid.num))
    return Streams(
        found.point,
        q,
        _field(sheet, k, "p", q),
        S0 + _field(sheet, k, "action", q),
        rho,
        np.bincount(found.point, rho, size).reshape(grid.num),
        np.bincount(found.point, minlength=size).reshape(grid.num),
    )


def _single_valued(problem, sheet: Sheet, k: int, found: Branches, num_newton):
    """ψ (*num) of the densest stream; 0 where no ray of the labels arrives."""
    grid, hbar = problem.grid, problem.hbar
    x = grid.points
    q, reached = _densest(sheet, k, found, len(x))
    determinant = np.linalg.det(_field(sheet, k, "J", q))
    _, R, S0 = launch(problem.state.amplitude, problem.state.phase, jnp.asarray(q))
    S = np.asarray(S0) + _field(sheet, k, "action", q)
    num_steps = max(sheet.num_steps, sheet.steps_taken)
    for _ in range(num_newton if k else 0):
        ends = [problem.times[0], problem.times[k]]
        span = (ends[1] - ends[0]) / (problem.times[-1] - problem.times[0])
        rays = classical_rays(
            problem.state,
            problem.potential,
            q,
            ends,
            problem.masses,
            num_steps=max(1, int(np.ceil(num_steps * span * (1.0 - 1e-12)))),
        )
        q, S, determinant = _corrected(sheet, k, x, reached, rays)
        R = launch(problem.state.amplitude, problem.state.phase, jnp.asarray(q))[1]
    psi = np.asarray(R) / np.sqrt(np.abs(determinant)) * np.exp(1j * S / hbar)
    return np.where(reached, psi, 0.0).reshape(grid.num)


def _densest(sheet: Sheet, k: int, found: Branches, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Label of the densest stream at each point, and which points are reached at all."""
    R = interpolated(sheet.lattice, np.asarray(sheet.rays.amplitude), found.label)
    rho = R**2 / np.abs(np.linalg.det(_field(sheet, k, "J", found.label)))
    order = np.lexsort([rho, found.point])
    q = np.repeat(sheet.lattice.labels[:1], size, axis=0)
    q[found.point[order]] = found.label[order]
    reached = np.zeros(size, dtype=bool)
    reached[found.point] = True
    return q, reached


def _corrected(sheet: Sheet, k: int, x: np.ndarray, reached: np.ndarray, rays: Rays):
    """Newton step to the label that arrives at x; S to third order in the miss; det J there."""
    q = np.asarray(rays.labels)
    miss = np.where(reached[:, None], x - np.asarray(rays.x[-1]), 0.0)
    J, K, p = (np.asarray(part[-1]) for part in (rays.J, rays.K, rays.p))
    move = np.linalg.solve(J, miss[:, :, None])[:, :, 0]
    S = np.asarray(rays.phase) + np.asarray(rays.action[-1]) + np.einsum("nd,nd->n", p, miss)
    S = S + 0.5 * np.einsum("nd,nde,ne->n", miss, K, move)
    before, after = (np.linalg.det(_field(sheet, k, "J", z)) for z in (q, q + move))
    return q + move, S, np.linalg.det(J) + after - before
