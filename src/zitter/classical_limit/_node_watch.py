"""Nodes that ψ has passed between two times: a phase slip, after which ψ looks whole again.

Round a node in space and time the phase turns by 2π. The turns of ψ at single points over a short
time and those between points make this sum; a turn of the whole is taken away before.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from zitter.classical_limit.phases import OCCUPIED
from zitter.core.checks import ValidityError

# ψ at times[0] and the times -> ψ at each of them (time, *num).
Advance = Callable[[np.ndarray, np.ndarray], np.ndarray]

# A turn of more than π at a point is no node: it disappears where the time is divided again.
_PARTS, _DEPTH = 8, 3
_MOST_VALUES = 2**22
# A minimum of R that lies deeper below the two points beside it is a kink to differences.
_DEEPEST, _MATTERS = 1.75, 1e-4


def watched(advance: Advance, psi0: np.ndarray, times: np.ndarray, num_looks: int) -> np.ndarray:
    """ψ at the times (time, *num), looked at `num_looks` times at least on the way.

    Raises:
        ValidityError: ψ has passed a node.
    """
    frames, span = [psi0], float(times[-1] - times[0])
    for begin, end in pairwise(times):
        count = max(1, int(np.ceil(num_looks * (end - begin) / span * (1.0 - 1e-12))))
        frames.append(_watched_once(advance, frames[-1], np.linspace(begin, end, count + 1)))
    return np.stack(frames)


def _watched_once(advance: Advance, psi: np.ndarray, times: np.ndarray) -> np.ndarray:
    most = max(1, _MOST_VALUES // psi.size)
    for first in range(0, len(times) - 1, most):
        psi = _without_slips(advance, psi, times[first : first + most + 1], _DEPTH)
    return psi


def _without_slips(advance: Advance, psi: np.ndarray, times: np.ndarray, depth: int) -> np.ndarray:
    frames = advance(psi, times)
    for k, (begin, end) in enumerate(pairwise(times)):
        if not has_slipped(frames[k], frames[k + 1]):
            continue
        if depth == 0:
            raise ValidityError(
                f"ψ has a node or a vortex at t = {end:.6g}, between the times asked for: S is "
                "not single-valued there. Use a state without nodes, or an earlier last time."
            )
        _without_slips(advance, frames[k], np.linspace(begin, end, _PARTS + 1), depth - 1)
    return frames[-1]


def has_slipped(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether the phase winds round a plaquette of space and time that is occupied."""
    overlap = after * np.conj(before)
    turn = np.angle(overlap * np.conj(np.sum(overlap)))
    R = np.maximum(np.abs(before), np.abs(after))
    occupied = OCCUPIED * np.max(R) < R
    for axis in range(before.ndim):
        rises = [_turn_between(psi, axis) for psi in (before, after)]
        loop = rises[0] + np.diff(turn, axis=axis) - rises[1]
        last = occupied.shape[axis] - 1
        lower, upper = (np.take(occupied, np.arange(last) + i, axis) for i in (0, 1))
        if np.any(np.abs(loop[lower | upper]) > np.pi):
            return True
    return False


def require_no_kink(psi: np.ndarray, t: float) -> None:
    """Raise where |ψ| has a minimum so sharp that its second differences are wrong.

    Q is infinite at a node; a grid makes a finite one of it and goes on. Raises: ValidityError.
    """
    R = np.abs(psi)
    for axis, num in enumerate(psi.shape):
        low, here, high = (np.take(R, np.arange(num - 2) + i, axis) for i in range(3))
        beside = 0.5 * (low + high)
        sharp = (here < low) & (here < high) & (_DEEPEST * here < beside)
        if np.any(sharp & (beside > _MATTERS * np.max(R))):
            raise ValidityError(
                f"|ψ| has a node, or a minimum that the grid does not resolve, at t = {t:.6g}. "
                "Use a state without nodes, an earlier last time, or a finer grid."
            )


def _turn_between(psi: np.ndarray, axis: int) -> np.ndarray:
    """Phase from each point to the next along an axis, in (-π, π]."""
    last = psi.shape[axis] - 1
    low, high = (np.take(psi, np.arange(last) + i, axis) for i in (0, 1))
    return np.angle(high * np.conj(low))
