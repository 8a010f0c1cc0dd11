"""A phase S that is one smooth function on the grid, or a sentence that says why there is none."""

import jax.numpy as jnp
import numpy as np

from zitter.classical_limit._rays import launch
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid

# Only where R exceeds this share of its largest value does a jump of S matter.
OCCUPIED = 1e-6


def initial_psi(problem: ClassicalProblem, hbar: float) -> np.ndarray:
    """R₀ exp(iS₀/ħ̃) on the grid (*num); for ħ̃ = ħ any state will do. Raises: ValidityError."""
    plain = hbar == problem.hbar
    S = problem.initial_phase if plain else single_valued_phase(problem, signs=False)
    return problem.initial_amplitude * np.exp(1j * S / hbar)


def single_valued_phase(problem: ClassicalProblem, *, signs: bool) -> np.ndarray:
    """S₀ on the grid, continued smoothly from the densest point over the cuts of its branches.

    Args:
        problem: ClassicalProblem.
        signs: whether an R of both signs is allowed.

    Returns:
        S₀ (*num).

    Raises:
        ValidityError: nodes or vortices.
    """
    grid, R = problem.grid, problem.initial_amplitude
    if not signs and _has_both_signs(R):
        raise ValidityError(
            "`state` has nodes, where its amplitude changes sign; this method works with |ψ| and "
            "is wrong there. Use the method 'characteristics' or 'signed amplitude'."
        )
    ray, _, _ = launch(problem.state.amplitude, problem.state.phase, jnp.asarray(grid.points))
    if not (np.all(np.isfinite(ray.p)) and np.all(np.isfinite(problem.initial_phase))):
        raise ValidityError(_NOT_SINGLE)
    p = np.moveaxis(np.asarray(ray.p).reshape(*grid.num, grid.num_axes), -1, 0)
    return continued(problem.initial_phase, p, np.abs(R), grid, problem.hbar)


def continued(S: np.ndarray, p: np.ndarray, R: np.ndarray, grid: Grid, hbar: float) -> np.ndarray:
    """S, known modulo 2πħ, made smooth with the help of its gradient p (D, *num).

    Raises:
        ValidityError: S jumps between occupied points, or winds round a plaquette.
    """
    rises = [_rise(S, p[axis], h, axis, hbar) for axis, h in enumerate(grid.spacing)]
    occupied = OCCUPIED * np.max(R) < R
    for axis, (rise, jump) in enumerate(rises):
        both = _lower(occupied, axis) & _upper(occupied, axis)
        if np.any(np.abs(jump[both]) > 0.5 * np.pi * hbar):
            raise ValidityError(_NOT_SINGLE)
        for other in range(axis):
            _require_no_winding(rise, rises[other][0], axis, other, occupied, hbar)
    return _summed(S, [rise for rise, _ in rises], np.unravel_index(np.argmax(R), R.shape))


_NOT_SINGLE = (
    "S jumps between neighbouring points of the grid that are occupied: ψ has a node or a vortex, "
    "or is not resolved. S/ħ̃ is single-valued only without them (round a vortex only where ħ/ħ̃ is "
    "a whole number). Use a state without nodes, a signed amplitude on a line, or a finer grid."
)


def _has_both_signs(R: np.ndarray) -> bool:
    return bool(min(np.max(R), np.max(-R)) > OCCUPIED * np.max(np.abs(R)))


def _lower(f: np.ndarray, axis: int) -> np.ndarray:
    return np.take(f, np.arange(f.shape[axis] - 1), axis)


def _upper(f: np.ndarray, axis: int) -> np.ndarray:
    return np.take(f, np.arange(1, f.shape[axis]), axis)


def _rise(S: np.ndarray, p: np.ndarray, h: float, axis: int, hbar: float):
    """S(next) - S along an axis on the branch that the slope points to, and the gap to it."""
    expected = 0.5 * h * (_lower(p, axis) + _upper(p, axis))
    gap = np.diff(S, axis=axis) - expected
    turn = 2.0 * np.pi * hbar
    gap = gap - turn * np.round(gap / turn)
    return expected + gap, gap


def _require_no_winding(rise, other_rise, axis, other, occupied, hbar) -> None:
    """The rises round a plaquette of the plane (other, axis) must add up to nothing."""
    loop = np.diff(rise, axis=other) - np.diff(other_rise, axis=axis)
    corners = _lower(_lower(occupied, axis), other) | _upper(_upper(occupied, axis), other)
    if np.any(np.abs(loop[corners]) > np.pi * hbar):
        raise ValidityError(_NOT_SINGLE)


def _summed(S: np.ndarray, rises: list[np.ndarray], centre: tuple) -> np.ndarray:
    """S from the centre outwards, along the axes one after the other."""
    total = np.full(S.shape, S[centre])
    for axis, rise in enumerate(rises):
        # Axes that are still to come are taken at the centre.
        index = tuple(slice(None) if a <= axis else slice(c, c + 1) for a, c in enumerate(centre))
        start = np.take(np.zeros_like(rise), [0], axis)[index]
        climb = np.concatenate([start, np.cumsum(rise[index], axis=axis)], axis=axis)
        total = total + climb - np.take(climb, [centre[axis]], axis)
    return total
