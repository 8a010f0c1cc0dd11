"""Whether what absorbs at the ends of a box absorbs there, for the waves that ψ is made of.

A rate too small lets ψ pass from one end of the periodic box to the other, one too large throws it
back. Such ends count as if nothing absorbed: what reaches them has left the box.
"""

from typing import NamedTuple

import numpy as np

from zitter.wavefunctions.absorbing import reflected_and_passed

LARGEST_RETURNED = 0.1
_NUM_WAVES = 96


class Layer(NamedTuple):
    """What comes back from both ends of an axis, one behind the other."""

    k: np.ndarray
    """(waves,) [1/length]"""
    reflected: np.ndarray
    """(waves,) [1]"""
    passed: np.ndarray
    """(waves,) [1]"""

    def absorbs(self, k: np.ndarray, weight: np.ndarray, first: np.ndarray) -> bool:
        """Whether of the flux at most a tenth passes, and of it or the first one is reflected.

        In the end only waves are left that are too slow for the layer: they are not held against
        it, if it has taken the others.
        """
        reflected = min(self._mean(self.reflected, k, w) for w in (weight, first))
        return max(self._mean(self.passed, k, weight), reflected) <= LARGEST_RETURNED

    def _mean(self, shares: np.ndarray, k: np.ndarray, weight: np.ndarray) -> float:
        flux = weight * np.abs(k)
        if not np.any(flux):
            return 0.0
        return float(flux @ np.interp(np.abs(k), self.k, shares) / np.sum(flux))


def end_layer(rate: np.ndarray, spacing: float, mass: float, hbar: float) -> Layer | None:
    """The layer at the two ends of an axis with these rates (num,), None where there is none.

    A rate that is the same everywhere absorbs nowhere more than elsewhere.
    """
    rate = np.roll(rate - np.min(rate), len(rate) // 2)
    middle = len(rate) // 2
    bare = np.flatnonzero(rate == 0.0)
    first = np.max(bare[bare < middle], initial=-1) + 1
    last = np.min(bare[bare >= middle], initial=len(rate))
    if last <= first:
        return None
    k = np.geomspace(0.1 * np.pi / (len(rate) * spacing), np.pi / spacing, _NUM_WAVES)
    strengths = 2.0 * mass / hbar * rate[first:last]
    return Layer(k, *reflected_and_passed(strengths[::-1], spacing, k))


def weakest_rates(absorption: np.ndarray, axis: int) -> np.ndarray:
    """Rates along an axis on the line where they are least, (num,)."""
    others = tuple(i for i in range(absorption.ndim) if i != axis)
    return np.min(absorption, axis=others)
