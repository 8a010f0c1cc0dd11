"""What steps miss of a function of time that they look at in a few moments only.

A function f(t) with any number of components is integrated over each step by Gauss points in cells
that are halved until they agree with themselves; the sum that the scheme takes is subtracted. The
first moment counts too: a force that comes at another time in the step moves the body elsewhere.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]

# Cells of a run that are looked at in any case, however long the steps.
NUM_CELLS = 1024
NUM_HALVINGS, MOST_CELLS = 14, 2048
# Largest cells in one round, to bound the memory.
_CELLS_AT_ONCE = 512
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
_ROUNDING = 1e-13
FEW_TIMES, MANY_TIMES = 32, 256


class Moments(NamedTuple):
    """When a scheme looks, and with which weight, in units of its step."""

    shares: np.ndarray
    weights: np.ndarray


class Missed(NamedTuple):
    """Of each step what the scheme misses: the true integrals less its sums."""

    integral: np.ndarray
    """∫f dt, (num_steps, components)"""
    moment: np.ndarray
    """∫(t - t_middle) f dt, (num_steps, components)"""
    unsettled: np.ndarray
    """Bound on the error of ∫f dt, (num_steps,)"""


def missed(
    f: Function, scheme: Moments, begin: float, dt: float, num_steps: int, cell: float, rate: float
) -> Missed:
    """What `num_steps` steps of dt from `begin` miss of f: times (n,) -> (n, components).

    Cells are not longer than `cell`, and are halved until they settle to rate·width.
    """
    middles = begin + dt * (np.arange(num_steps) + 0.5)
    parts = max(1, int(np.ceil(dt / cell * (1.0 - 1e-9))))
    together = max(1, _CELLS_AT_ONCE // parts)
    found = [
        _missed(f, scheme, middles[i : i + together], dt, parts, rate)
        for i in range(0, num_steps, together)
    ]
    return Missed(*(np.concatenate(part) for part in zip(*found, strict=True)))


def _missed(
    f: Function, scheme: Moments, middles: np.ndarray, dt: float, parts: int, rate: float
) -> Missed:
    num, width = len(middles), dt / parts
    low = (middles[:, None] - 0.5 * dt + width * np.arange(parts)).ravel()
    owner = np.repeat(np.arange(num), parts)
    lows = np.stack([low, low + 0.5 * width], axis=1).ravel()
    places = (
        (middles[:, None] + dt * (scheme.shares - 0.5)),
        _nodes(low, width),
        _nodes(lows, 0.5 * width),
    )
    # One call for all: most calls of f cost more than what they compute.
    ends = np.cumsum([place.size for place in places])[:-1]
    parts_of_f = np.split(f(np.concatenate([place.ravel() for place in places])), ends)
    values = [v.reshape(*t.shape, -1) for v, t in zip(parts_of_f, places, strict=True)]
    taken = _sums(values[0], places[0], dt * scheme.weights, middles)
    whole = _sums(values[1], places[1], 0.5 * width * _WEIGHTS, middles[owner])
    halves = _sums(values[2], places[2], 0.25 * width * _WEIGHTS, middles[np.repeat(owner, 2)])
    totals, unsettled = _settled(f, middles, owner, low, width, whole, halves, rate)
    return Missed(*np.moveaxis(totals - taken, 1, 0), unsettled)


def _settled(
    f: Function,
    middles: np.ndarray,
    owner: np.ndarray,
    low: np.ndarray,
    width: float,
    whole: np.ndarray,
    halves: np.ndarray,
    rate: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Both integrals of each step from cells that are halved until they settle; what did not."""
    totals, unsettled = np.zeros((len(middles), *whole.shape[1:])), np.zeros(len(middles))
    for halving in range(NUM_HALVINGS):
        sums = halves.reshape(len(low), 2, *halves.shape[1:]).sum(axis=1)
        gap = np.max(np.abs(sums[:, 0] - whole[:, 0]), axis=1)
        rounding = _ROUNDING * np.max(np.abs(sums[:, 0]), axis=1)
        rough = ~(gap <= np.maximum(rate * width, rounding))
        if halving == NUM_HALVINGS - 1 or np.count_nonzero(rough) > MOST_CELLS:
            np.add.at(unsettled, owner[rough], gap[rough])
            rough[:] = False
        np.add.at(totals, owner[~rough], sums[~rough])
        if not np.any(rough):
            break
        width = 0.5 * width
        low = np.stack([low[rough], low[rough] + width], axis=1).ravel()
        owner, whole = np.repeat(owner[rough], 2), halves[np.repeat(rough, 2)]
        lows = np.stack([low, low + 0.5 * width], axis=1).ravel()
        t = _nodes(lows, 0.5 * width)
        values = f(t.ravel()).reshape(*t.shape, -1)
        halves = _sums(values, t, 0.25 * width * _WEIGHTS, middles[np.repeat(owner, 2)])
    return totals, unsettled


def _nodes(low: np.ndarray, width: float) -> np.ndarray:
    return low[:, None] + 0.5 * width * (1.0 + _NODES)


def _sums(
    values: np.ndarray, t: np.ndarray, weights: np.ndarray, origins: np.ndarray
) -> np.ndarray:
    """∫f dt and ∫(t - origin) f dt from f (cells, nodes, components), (cells, 2, components)."""
    moments = weights * (t - origins[:, None])
    zeroth = np.einsum("n,cnp->cp", weights, values)
    return np.stack([zeroth, np.einsum("cn,cnp->cp", moments, values)], axis=1)


def in_batches(f: Function, times: np.ndarray) -> np.ndarray:
    """f at any number of times by calls with one of two numbers of them: two compiled shapes."""
    size = FEW_TIMES if len(times) <= FEW_TIMES else MANY_TIMES
    padded = np.concatenate([times, np.repeat(times[-1:], -len(times) % size)])
    rows = [np.asarray(f(row)) for row in padded.reshape(-1, size)]
    return np.concatenate(rows)[: len(times)]
