"""Dormand-Prince 5(4), compiled for packet states: every path has its own steps.

Steps are cut at the output times. The error of a step is the largest over the components, so that
one particle at a node is not hidden by many that are not. Near nodes the eighth-order pair of the
same authors has errors ten times larger in the worst percent of the paths at equal cost, and no
smaller ones in the median until 1e-8; the tableau is SciPy's.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.integrate import RK45

from zitter.trajectories._many_particle_velocity import (
    determinant_gradient,
    permanent_gradient,
)
from zitter.trajectories._packet_velocity import (
    COMPILE,
    DETERMINANT,
    PRODUCT,
    orbital_gradient,
)

SAFETY, SMALLEST, LARGEST, EXPONENT = 0.9, 0.2, 8.0, 1.0 / 5.0
NUM_STAGES = 6
# Hundreds are usual, tens of thousands seen in fringes; beyond, ψ is round-off and leads nowhere.
MAX_EVALUATIONS = 200_000
# The last row is the step itself.
STAGES = np.zeros((NUM_STAGES + 1, NUM_STAGES))
STAGES[:-1, :-1], STAGES[-1] = RK45.A, RK45.B
NODES = np.append(np.asarray(RK45.C, dtype=float), 1.0)
ERROR_WEIGHTS = np.asarray(RK45.E, dtype=float)


class Problem(NamedTuple):
    """What all paths share."""

    kind: int
    packets: np.ndarray
    longest: np.ndarray
    """longest step for each orbital, for all together where they are not apart, (K,) or (1,)"""
    factors: np.ndarray
    """ħ/m of each coordinate, (dof,)"""
    rtol: float
    atol: float


@njit(inline="always", **COMPILE)
def velocity(kind, orbital, t, x, packets, factors, states, matrices, gradient, K, s):
    """v = (ħ/m) Im ∇ ln ψ into K[:, s]; False where it does not exist."""
    if kind == PRODUCT:
        exists = orbital_gradient(orbital, t, x, packets, states, gradient)
    elif kind == DETERMINANT:
        exists = determinant_gradient(t, x, packets, states, matrices, gradient)
    else:
        exists = permanent_gradient(t, x, packets, states, matrices, gradient)
    if not exists:
        return False
    for i in range(x.shape[0]):
        K[i, s] = factors[i] * gradient[i].imag
        exists &= math.isfinite(K[i, s])
    return exists


@njit(inline="always", **COMPILE)
def _attempt(kind, orbital, t, h, x, packets, factors, states, matrices, gradient, K, stage):
    """A step into `stage` with the velocity at its end in K[:, -1]; False where it meets a node."""
    for s in range(1, NUM_STAGES + 1):
        for i in range(x.shape[0]):
            total = 0.0
            for r in range(s):
                total += STAGES[s, r] * K[i, r]
            stage[i] = x[i] + h * total
        if not velocity(
            kind, orbital, t + NODES[s] * h, stage, packets, factors, states, matrices, gradient,
            K, s,
        ):  # fmt: skip
            return False
    return True


@njit(**COMPILE)
def _error(h, x, stage, K, rtol, atol):
    """Largest error over the components, in units of the tolerance."""
    largest = 0.0
    for i in range(x.shape[0]):
        error = 0.0
        for r in range(NUM_STAGES + 1):
            error += ERROR_WEIGHTS[r] * K[i, r]
        scale = atol + rtol * max(abs(x[i]), abs(stage[i]))
        largest = max(largest, h * abs(error) / scale)
    return largest


@njit(**COMPILE)
def _first_step(span, rtol, atol, x, K):
    # A displacement that an explicit Euler step would get right to a hundredth of itself.
    speed = 0.0
    for i in range(x.shape[0]):
        speed = max(speed, abs(K[i, 0]) / (atol / rtol + abs(x[i])))
    return span if speed * span < 0.01 else 0.01 / speed


@njit(**COMPILE)
def integrate_packets(problem, times, states, matrices, orbitals, Q0, Q, counts, stalled):
    """Paths from Q0 (paths, dof) into Q (paths, time, dof), evaluations into `counts`.

    A path whose step underflows, or that takes more than MAX_EVALUATIONS, is marked in
    `stalled` and stays where it is.
    """
    kind, packets, longest, factors, rtol, atol = problem
    dof = Q0.shape[1]
    K, x, stage = np.empty((dof, NUM_STAGES + 1)), np.empty(dof), np.empty(dof)
    gradient = np.empty(dof, dtype=np.complex128)
    for path in range(Q0.shape[0]):
        x[:] = Q0[path]
        Q[path, 0] = x
        orbital, t, counts[path] = orbitals[path], times[0], 1
        alive = velocity(kind, orbital, t, x, packets, factors, states, matrices, gradient, K, 0)
        h = _first_step(times[-1] - t, rtol, atol, x, K) if alive else 0.0
        h = min(h, longest[orbital])
        for n in range(1, times.shape[0]):
            end = times[n]
            while alive and t < end:
                cut = h >= end - t
                step = end - t if cut else h
                alive = step > 4e-16 * abs(end) or (cut and step > 0.0)
                alive &= counts[path] < MAX_EVALUATIONS
                error = math.inf
                counts[path] += NUM_STAGES
                if _attempt(
                    kind, orbital, t, step, x, packets, factors, states, matrices, gradient,
                    K, stage,
                ):  # fmt: skip
                    error = _error(step, x, stage, K, rtol, atol)
                factor = LARGEST if error == 0.0 else SAFETY * error**-EXPONENT
                factor = min(LARGEST, max(SMALLEST, factor))
                if error < 1.0:
                    t = end if cut else t + step
                    for i in range(dof):
                        x[i], K[i, 0] = stage[i], K[i, NUM_STAGES]
                    # A cut step that succeeds is no reason to shorten the next one.
                    h = min(max(h, step * factor) if cut else step * factor, longest[orbital])
                else:
                    h = step * min(factor, SAFETY)
            Q[path, n] = x
        stalled[path] = not alive
