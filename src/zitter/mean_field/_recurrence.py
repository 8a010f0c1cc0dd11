"""When a grid of velocities shows again what has been mixed.

Streaming takes the mode k of f with the wavenumber η of v to η - k t, and the density is what
comes to η = 0. On a grid of velocities η goes on periodically, by 2π/dv: what has left through one
side of that cell comes back through the other.
"""

from typing import Any

import numpy as np
import scipy.fft

from zitter.core.checks import ValidityError
from zitter.core.fft import num_threads
from zitter.mean_field.phase_space import Species

# Waves that come back, and the beginning of their coming back, in units of the strongest wave;
# waves of a force from outside, and waves that others make, in units of the strongest.
ECHO, ROUNDING, DRIVEN, MADE = 1e-3, 1e-12, 1e-2, 1e-2
# Of how many waves the sums of two are looked at.
MOST_WAVES = 64

Box = tuple[np.ndarray, np.ndarray]
"""Least and largest η of one mode, (D,) each"""


def full_recurrence(kind: Species) -> float:
    """2π/(k dv) of the longest wave of the box along its axes."""
    sides = np.multiply(kind.space.spacing, kind.space.num)
    return float(np.min(sides / np.array(kind.velocity.spacing)))


def first_echo(kind: Species, ahead: float, span: float) -> float:
    """First time within `span` at which a wave of f comes back, or infinity; back for ahead < 0.

    The longest wave of the box counts, even where f is uniform: it may grow.
    """
    D = kind.space.num_axes
    size = np.abs(scipy.fft.fftn(kind.f, workers=num_threads(kind.f.size)))
    mean = size[(0,) * D].copy()
    size[(0,) * D] = 0.0
    strongest = max(float(size.max()), ROUNDING * float(mean.max()))
    waves = np.argwhere(size.reshape(*kind.space.num, -1).max(axis=-1) > ECHO * strongest)
    eta, periods = _lattice(kind, ahead)
    echoes = [full_recurrence(kind)]
    for axis in range(D):
        k = np.zeros(D)
        k[axis] = kind.space.wavenumbers[axis][1]
        echoes.append(_echo(k, _box(mean, ECHO * mean.max(), eta), periods, span))
    for wave in waves:
        box = _box(size[tuple(wave)], ECHO * strongest, eta)
        echoes.append(_echo(_wavevector(kind, wave), box, periods, span))
    return min(echoes)


def made_echo(kind: Species, ahead: float, span: float, screening: float) -> float:
    """First time within `span` at which a wave comes back that two waves of f make together.

    Two waves of sizes a, b make one of their sum, about a b min(1, 1/(kλ)²), in a field of the
    length of screening λ, `screening` = 1/λ.
    """
    D, num = kind.space.num_axes, np.array(kind.space.num)
    size = np.abs(scipy.fft.fftn(kind.f, workers=num_threads(kind.f.size)))
    size = 2.0 * size.reshape(*num, -1).max(axis=-1) / size[(0,) * D].max()
    size[(0,) * D] = 0.0
    loud = np.argwhere(size > MADE)
    loud = loud[np.argsort(-size[tuple(loud.T)])][:MOST_WAVES]
    made = set()
    for w in loud:
        field = min(1.0, screening**2 / np.sum(_wavevector(kind, w) ** 2))
        for u in loud:
            wave = sum(np.where(2 * i < num, i, i - num) for i in (u, w))
            strength = size[tuple(u)] * size[tuple(w)] * field
            within = np.any(wave) and np.all(2 * np.abs(wave) < num)
            if within and strength > MADE * size.max():
                made.add(tuple(wave))
    return _echo_of_any(kind, made, ahead, span)


def driven_echo(kind: Species, wave: tuple[int, ...], ahead: float, span: float) -> float:
    """Time within `span` after which a wave that is set going in f comes back, or infinity."""
    return _echo_of_any(kind, {wave}, ahead, span)


def _echo_of_any(kind: Species, waves: set[tuple[int, ...]], ahead: float, span: float) -> float:
    """As `driven_echo`, of the first one of many waves."""
    mean = np.abs(scipy.fft.fftn(kind.f.mean(axis=tuple(range(kind.space.num_axes)))))
    eta, periods = _lattice(kind, ahead)
    box = _box(mean, ECHO * mean.max(), eta)
    found = (_echo(_wavevector(kind, wave), box, periods, span) for wave in waves)
    return min(found, default=np.inf)


class DrivenWaves:
    """Waves that fields from outside set going in a periodic box up to a last time."""

    def __init__(self, kinds: tuple[Species, ...], last: float):
        self.kinds, self.last = kinds, last
        self.strongest = 0.0
        self.begun: set[tuple[int, ...]] = set()

    def look(self, forces: np.ndarray, t: float) -> None:
        """Raise where a wave of forces (S, D, *num) begins that comes back. Raises: ValidityError.

        The wavenumber 0 moves all of f, and mixes nothing.
        """
        D = self.kinds[0].space.num_axes
        size = np.abs(scipy.fft.fftn(forces, axes=tuple(range(2, 2 + D)))).max(axis=(0, 1))
        size[(0,) * D] = 0.0
        self.strongest = max(self.strongest, float(size.max()))
        for wave in map(tuple, np.argwhere(size > DRIVEN * self.strongest)):
            if wave not in self.begun:
                self.begun.add(wave)
                self._require_gone(wave, t)

    def _require_gone(self, wave: tuple[int, ...], t: float) -> None:
        ahead, span = float(np.sign(self.last - t)), abs(self.last - t)
        echo = min(driven_echo(kind, wave, ahead, span) for kind in self.kinds)
        if echo < span:
            raise ValidityError(
                f"The field from outside drives a wave from t = {t:g} on that mixes and is shown "
                f"again by the grid of velocities after {echo:.3g}, about 2π/(k dv), before the "
                "end of the run: use a finer grid of velocities, or allow_recurrence=True where f "
                "is nonlinear and smoothed."
            )


def _lattice(kind: Species, ahead: float) -> tuple[list[np.ndarray], np.ndarray]:
    """η of each axis, with the sign of the direction of time, and their periods."""
    steps = zip(kind.velocity.num, kind.velocity.spacing, strict=True)
    eta = [ahead * 2.0 * np.pi * np.fft.fftfreq(n, h) for n, h in steps]
    return eta, 2.0 * np.pi / np.array(kind.velocity.spacing)


def _wavevector(kind: Species, wave: Any) -> np.ndarray:
    return np.array([q[i] for q, i in zip(kind.space.wavenumbers, wave, strict=True)])


def _box(size: np.ndarray, threshold: float, eta: list[np.ndarray]) -> Box:
    there = np.nonzero(size > threshold)
    found = [q[i] for q, i in zip(eta, there, strict=True)]
    return np.array([q.min() for q in found]), np.array([q.max() for q in found])


def _echo(k: np.ndarray, box: Box, periods: np.ndarray, span: float) -> float:
    """First t > 0 with k t within the box, moved by whole periods, not all of them none."""
    moving = k != 0.0
    size = np.abs(k[moving])
    # The wave of the other sign has the other η.
    ends = np.stack([np.sign(k) * end for end in box])[:, moving]
    low, high, periods = ends.min(axis=0), ends.max(axis=0), periods[moving]
    begins = []
    for k_a, start, period in zip(size, low, periods, strict=True):
        begins.append((np.arange(1, int(span * k_a / period) + 3) * period + start) / k_a)
    for t in np.sort(np.concatenate(begins)):
        moved = np.ceil((size * t - high) / periods - 1e-9)
        if t > 0.0 and np.all(moved * periods + low <= size * t * (1.0 + 1e-9)):
            return float(t)
    return np.inf
