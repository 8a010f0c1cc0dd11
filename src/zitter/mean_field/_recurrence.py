"""When a grid of velocities shows again what has been mixed.

Streaming takes the mode k of f with the wavenumber η of v to η - k t, and the density is what
comes to η = 0. On a grid of velocities η goes on periodically, by 2π/dv: what has left through one
side of that cell comes back through the other.
"""

import numpy as np
import scipy.fft

from zitter.core.fft import num_threads
from zitter.mean_field.phase_space import Species

# Waves that come back, and the beginning of their coming back, in units of the strongest wave.
ECHO, ROUNDING = 1e-3, 1e-12

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
    eta = [
        ahead * 2.0 * np.pi * np.fft.fftfreq(n, h)
        for n, h in zip(kind.velocity.num, kind.velocity.spacing, strict=True)
    ]
    periods = 2.0 * np.pi / np.array(kind.velocity.spacing)
    echoes = [full_recurrence(kind)]
    for axis in range(D):
        k = np.zeros(D)
        k[axis] = kind.space.wavenumbers[axis][1]
        echoes.append(_echo(k, _box(mean, ECHO * mean.max(), eta), periods, span))
    for wave in waves:
        k = np.array([q[i] for q, i in zip(kind.space.wavenumbers, wave, strict=True)])
        box = _box(size[tuple(wave)], ECHO * strongest, eta)
        echoes.append(_echo(k, box, periods, span))
    return min(echoes)


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
