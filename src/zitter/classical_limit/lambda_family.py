"""The family iħ∂ψ/∂t = [-ħ²∇²/2M + U - λQ]ψ between Schroedinger (λ = 0) and the classical (1).

With ψ = R exp(iS/ħ) the same R and S make ψ̃ = R exp(iS/ħ̃), ħ̃ = ħ√(1-λ), which obeys the LINEAR
Schroedinger equation with ħ̃: the family is Schroedinger's equation seen with a smaller ħ. This
needs an S that is one function: no nodes, no vortices. Towards λ = 1 the error is even in ħ̃.
"""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np

from zitter.classical_limit._node_watch import require_no_kink, watched
from zitter.classical_limit._ray_checks import require_agreement, surveyed
from zitter.classical_limit.caustics import CAUSTIC, OK, CausticSurvey, Sheet, caustic_survey
from zitter.classical_limit.grid_solver import evolved, solution, started
from zitter.classical_limit.phases import continued, initial_psi, single_valued_phase
from zitter.classical_limit.problem import ClassicalProblem, ClassicalSolution, label_lattice
from zitter.core.checks import require_count, require_numbers
from zitter.core.grid import Grid
from zitter.wavefunctions.schrodinger import evolve_schrodinger

LIMIT_RATIOS = (0.25, 0.125, 0.0625)
_RESOLVED, _FAINT = 2.0, 1e-12
_NUM_LOOKS = 50


def reduced_hbar(hbar: float, coupling: float) -> float:
    """ħ̃ = ħ√(1-λ) [mass*length^2/time].

    Args:
        hbar: ħ [mass*length^2/time].
        coupling: λ in [0, 1] [1].

    Raises:
        ValueError: λ outside of [0, 1].
    """
    require_coupling(coupling)
    require_numbers(hbar=hbar)
    return hbar * float(np.sqrt(1.0 - coupling))


def require_coupling(coupling: float) -> None:
    """Raise unless 0 <= λ <= 1. Raises: ValueError."""
    if np.ndim(coupling) or np.asarray(coupling).dtype.kind not in "iuf":
        raise ValueError(f"`coupling` must be a number, but is {coupling!r}.")
    if not 0.0 <= coupling <= 1.0:
        raise ValueError(f"`coupling` must lie between 0 and 1, but is {coupling:g}.")


def family_on_grid(
    problem: ClassicalProblem, coupling: float, *, time_step: float | None = None
) -> ClassicalSolution:
    """Solution of the family with U - λQ, directly by split steps with a nonlinear potential.

    Order 2 in the step, 4 in the spacing.

    Args:
        problem: ClassicalProblem.
        coupling: λ in [0, 1).
        time_step: as for on_grid.

    Returns:
        ClassicalSolution; its energy is ∫ρ(p²/2M + U + (1-λ)Q)/∫ρ.

    Raises:
        ValueError: λ outside of [0, 1), where (72) has its own functions.
        ValidityError: as on_grid; nodes that form on the way, at any time.
    """
    _require_below_one(coupling)
    start, step = started(problem, coupling, time_step)

    def advance(psi: np.ndarray, times: np.ndarray) -> np.ndarray:
        here = replace(problem, times=times)
        frames = evolved(here, coupling, psi, step, (OK,) * len(times))
        for frame, t in zip(frames, times, strict=True):
            if coupling > 0.0:
                require_no_kink(frame, float(t))
        return frames

    if coupling == 0.0:
        psi = advance(start, problem.times)
    else:
        psi = watched(advance, start, problem.times, _NUM_LOOKS)
        for frame in psi:
            _amplitude_and_phase(frame, problem.grid, problem.hbar)
    return solution("family on grid", problem, psi, _no_survey(problem), coupling)


def family_by_map(
    problem: ClassicalProblem, coupling: float, *, num_steps: int = 200
) -> ClassicalSolution:
    """Solution of the family by the exact map R exp(iS/ħ) -> R exp(iS/ħ̃) to a linear equation.

    Order 4 in the step and spectral in space, where the spacing resolves ħ̃.

    Args:
        problem: ClassicalProblem.
        coupling: λ in [0, 1).
        num_steps: steps of the linear solver from the first time to the last.

    Returns:
        ClassicalSolution. S is continued from the densest point, where the multiple of 2πħ̃ that
        a grid cannot know is that next to the action of the classical ray.

    Raises:
        ValueError: λ outside of [0, 1).
        ValidityError: nodes or vortices, at first or later, at any time; a grid too coarse for ħ̃.
    """
    _require_below_one(coupling)
    require_count("num_steps", num_steps)
    hbar = reduced_hbar(problem.hbar, coupling)
    if coupling == 0.0:
        psi = _linear_frames(problem, hbar, num_steps)
    else:
        step = float(problem.times[-1] - problem.times[0]) / num_steps

        def advance(psi: np.ndarray, times: np.ndarray) -> np.ndarray:
            return _linear(replace(problem, times=times), psi, hbar, step)

        looks = min(num_steps, _NUM_LOOKS)
        psi = watched(advance, initial_psi(problem, hbar), problem.times, looks)
        lattice = label_lattice(problem)
        arguments = (problem.state, problem.potential, lattice, problem.times, problem.masses)
        sheet = caustic_survey(*arguments)[1]
        parts = [_parts(problem, sheet, frame, k, hbar) for k, frame in enumerate(psi)]
        psi = np.stack([R * np.exp(1j * S / problem.hbar) for R, S in parts])
    return solution("family by map", problem, psi, _no_survey(problem), coupling)


def by_linear_limit(
    problem: ClassicalProblem,
    *,
    ratios: tuple[float, ...] = LIMIT_RATIOS,
    num_steps: int = 200,
) -> ClassicalSolution:
    """Solution of (72) as the limit ħ̃ -> 0 of linear equations: R and S extrapolated in ħ̃².

    With three values of ħ̃ the error is of order 6 in them. The grid is refined to resolve each.

    Equation: (72), as the limit λ -> 1 of the family

    Args:
        problem: ClassicalProblem.
        ratios: ħ̃/ħ, at least two different ones below 1.
        num_steps: steps of each linear solution.

    Returns:
        ClassicalSolution; NaN once a caustic that carries mass has come, because |ψ̃|² then has a
        limit only as a mean over its fringes (the sum of `classical_streams`), and S none.

    Raises:
        ValueError: fewer than two ratios, or one outside of (0, 1).
        ValidityError: nodes or vortices; a caustic in a tail, where fringes begin; a box too small.
    """
    require_count("num_steps", num_steps)
    real = np.ndim(ratios) == 1 and all(isinstance(r, (int, float, np.number)) for r in ratios)
    if not real or len(set(ratios)) < 2 or not all(0.0 < r < 1.0 for r in ratios):
        raise ValueError("`ratios` must hold at least two different numbers between 0 and 1.")
    survey, sheet = surveyed(problem)
    num_good = sum(status != CAUSTIC for status in survey.status)
    upto = replace(problem, times=problem.times[: max(2, num_good)])
    weights = _weights_at_zero(np.array(ratios) ** 2)
    R, S = 0.0, 0.0
    for ratio, weight in zip(ratios, weights, strict=True):
        hbar = ratio * problem.hbar
        factor = _refinement(problem, sheet, hbar)
        fine = replace(upto, grid=_finer(problem.grid, factor))
        frames = _linear_frames(fine, hbar, num_steps)[:num_good]
        parts = [_parts(fine, sheet, frame, k, hbar) for k, frame in enumerate(frames)]
        here = (slice(None), *[slice(None, None, factor)] * problem.grid.num_axes)
        R = R + weight * np.stack([part[0] for part in parts])[here]
        S = S + weight * np.stack([part[1] for part in parts])[here]
    psi = np.full((len(problem.times), *problem.grid.num), np.nan, dtype=complex)
    psi[:num_good] = R * np.exp(1j * S / problem.hbar)
    found = solution("linear limit", problem, psi, survey, 1.0)
    require_agreement(problem, sheet, found.status, found.density, found.energy)
    return found


def _weights_at_zero(nodes: np.ndarray) -> np.ndarray:
    """Weights of the polynomial through the nodes, taken at 0."""
    gaps = nodes[:, None] - nodes
    np.fill_diagonal(gaps, 1.0)
    others = np.broadcast_to(-nodes, gaps.shape).copy()
    np.fill_diagonal(others, 1.0)
    return np.prod(others / gaps, axis=1)


def _require_below_one(coupling: float) -> None:
    require_coupling(coupling)
    if coupling == 1.0:
        raise ValueError("`coupling` = 1 is (72) itself: use `solve_classical_schrodinger`.")


def _no_survey(problem: ClassicalProblem) -> CausticSurvey:
    """Below λ = 1 paths do not cross."""
    none = np.zeros(len(problem.times))
    return CausticSurvey(None, none, none, none, (OK,) * len(none))


def _linear_frames(problem: ClassicalProblem, hbar: float, num_steps: int) -> np.ndarray:
    """ψ̃ at the times of the problem, (time, *num)."""
    step = float(problem.times[-1] - problem.times[0]) / num_steps
    return _linear(problem, initial_psi(problem, hbar), hbar, step)


def _linear(problem: ClassicalProblem, psi0: np.ndarray, hbar: float, step: float) -> np.ndarray:
    evolution = evolve_schrodinger(
        jnp.asarray(psi0),
        problem.grid,
        problem.potential,
        problem.times,
        problem.masses,
        hbar,
        time_step=step,
        order=4,
    )
    return np.asarray(evolution.psi)


def _amplitude_and_phase(psi: np.ndarray, grid: Grid, hbar: float) -> tuple[np.ndarray, np.ndarray]:
    """R = |ψ| and the smooth S of ψ = R exp(iS/ħ), up to a multiple of 2πħ."""
    R = np.abs(psi)
    held = np.where(_FAINT * np.max(R) < R, psi, np.inf)
    slopes = [np.asarray(grid.derivative(jnp.asarray(psi), a)) for a in range(grid.num_axes)]
    p = np.stack([hbar * np.imag(slope / held) for slope in slopes])
    return R, continued(hbar * np.angle(psi), p, R, grid, hbar)


def _parts(
    problem: ClassicalProblem, sheet: Sheet, psi: np.ndarray, k: int, hbar: float
) -> tuple[np.ndarray, np.ndarray]:
    """R and S, with the multiple of 2πħ̃ next to the action of the ray at the densest point."""
    R, S = _amplitude_and_phase(psi, problem.grid, hbar)
    centre = int(np.argmax(R))
    turn = 2.0 * np.pi * hbar
    missing = _ray_phase(problem, sheet, k, problem.grid.points[centre]) - S.ravel()[centre]
    return R, S + turn * np.round(missing / turn)


def _ray_phase(problem: ClassicalProblem, sheet: Sheet, k: int, x: np.ndarray) -> float:
    """S at x from the ray that arrives next to it."""
    rays, i = sheet.rays, sheet.index[k]
    gap = x - np.asarray(rays.x[i])
    r = int(np.argmin(np.sum(gap**2, axis=1)))
    first = np.asarray(rays.p[i, r]) @ gap[r]
    second = 0.5 * gap[r] @ np.asarray(rays.K[i, r]) @ np.linalg.solve(rays.J[i, r], gap[r])
    return float(rays.phase[r] + rays.action[i, r] + first + second) - _cut(problem, sheet, r)


def _cut(problem: ClassicalProblem, sheet: Sheet, r: int) -> float:
    """What the branch of S₀ at a label has more than the smooth S₀ of the grid."""
    q, points = np.asarray(sheet.rays.labels[r]), problem.grid.points
    nearest = int(np.argmin(np.sum((points - q) ** 2, axis=1)))
    smooth = single_valued_phase(problem, signs=True).ravel()[nearest]
    smooth = smooth + np.asarray(sheet.rays.p[0, r]) @ (q - points[nearest])
    turn = 2.0 * np.pi * problem.hbar
    return turn * float(np.round((float(sheet.rays.phase[r]) - smooth) / turn))


def _finer(grid: Grid, factor: int) -> Grid:
    return Grid(grid.lower, grid.upper, [n * factor for n in grid.num])


def _refinement(problem: ClassicalProblem, sheet: Sheet, hbar: float) -> int:
    """Power of 2 by which the grid must be finer for the momenta of the rays to be resolved."""
    rho = np.asarray(sheet.rays.amplitude) ** 2
    p = np.abs(np.asarray(sheet.rays.p))[:, rho > _FAINT * np.max(rho)]
    cells = np.max(p, axis=(0, 1)) * np.asarray(problem.grid.spacing) / hbar / _RESOLVED
    return int(2 ** max(0, np.ceil(np.log2(np.max(cells)))))
