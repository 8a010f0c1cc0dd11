"""Fields of periodic points and rods by Ewald's two sums, exact to round-off.

The sum over all images converges only together with a uniform background of opposite sign: each
source is screened by a Gaussian cloud, whose own field is a sum over waves without the mean.
"""

from functools import lru_cache
from itertools import product

import numpy as np

from zitter.kbody import _ewald_kernels as kernels
from zitter.kbody._pair_kernels import POINT
from zitter.wavefunctions._threads import over_batch

# Both sums are cut where exp(-s²) is below round-off.
CUT = 5.8
BLOCK = 512


def ewald_fields(
    law: int, X: np.ndarray, source: np.ndarray, period: float, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Field (3, n) and potential (n,), mean 0, at targets (3, n) of sources at X (3, K).

    A target at the place of a source feels its images, but not the source itself. `law` is that
    of points in three or of rods in two dimensions.
    """
    alpha, n = 2.0 * CUT / period, targets.shape[1]
    axes = 3 if law == POINT else 2
    own = 2.0 * alpha / np.sqrt(np.pi) if law == POINT else np.euler_gamma + 2.0 * np.log(alpha)
    numbers, weights = _waves(axes, period)
    S = _structure(numbers, X, source, period)
    field, potential = np.empty((n, 3)), np.empty(n)

    def rows(index: np.ndarray, A: np.ndarray, E: np.ndarray) -> None:
        place = np.ascontiguousarray(targets[:, index])
        part = np.empty_like(place)
        kernels.near(law, X, place, source, period, alpha, own, part, E)
        for first in range(0, len(index), BLOCK):
            here = slice(first, first + BLOCK)
            block = np.ascontiguousarray(place[:, here])
            kernels.far(numbers, weights, S, block, period, _largest(), part[:, here], E[here])
        A[:] = part.T

    over_batch(rows, np.arange(n), field, potential, steps=20.0 * X.shape[1] + 5.0 * len(numbers))
    return field.T, potential + np.pi / (alpha**2 * period**axes) * source.sum()


def _largest() -> int:
    """Largest wave number per axis: exp(-k²/4α²) = exp(-s²) with α = 2s/L."""
    return int(np.ceil(2.0 * CUT**2 / np.pi))


@lru_cache(maxsize=8)
def _waves(axes: int, period: float) -> tuple[np.ndarray, np.ndarray]:
    """Half of the wave numbers (n, 3), without 0, and 8π exp(-k²/4α²)/(k² V) of each."""
    most, reach = _largest(), range(-_largest(), _largest() + 1)
    grid = [reach] * axes + [range(1)] * (3 - axes)
    numbers = np.array([n for n in product(*grid) if n > (0, 0, 0)])
    squares = np.sum(numbers**2, axis=1)
    numbers = np.ascontiguousarray(numbers[squares <= most**2])
    k_squared = np.sum((2.0 * np.pi / period * numbers) ** 2, axis=1)
    cut = np.exp(-0.25 * k_squared * (0.5 * period / CUT) ** 2)
    return numbers, 8.0 * np.pi * cut / (k_squared * period**axes)


def _structure(numbers: np.ndarray, X: np.ndarray, source: np.ndarray, period: float) -> np.ndarray:
    S = np.zeros((len(numbers), 2))

    def part(some: np.ndarray, result: np.ndarray) -> None:
        piece = np.empty_like(result)
        for first in range(0, X.shape[1], BLOCK):
            here = slice(first, first + BLOCK)
            place = np.ascontiguousarray(X[:, here])
            kernels.structure(some, place, source[here], period, _largest(), piece)
            result += piece

    over_batch(part, numbers, S, steps=5.0 * X.shape[1])
    return S
