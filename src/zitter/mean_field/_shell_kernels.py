"""Shells on radial elements, compiled: uniform cubic B-splines of s = arsinh(r/c)/δ.

The splines are even in s, so that they are smooth at the centre, and vanish at s = n, the edge.
Coefficients are c₀ .. c_n; what the splines beyond both ends would have follows from these.
"""

import math

import numpy as np
from numba import njit

_options = {"cache": True, "nogil": True, "error_model": "numpy"}


@njit(inline="always", **_options)
def _splines(s, n, values, slopes):
    """First of the four splines at s, with their values and slopes in s."""
    i = min(int(s), n - 1)
    t = s - i
    u = 1.0 - t
    values[0], values[3] = u * u * u / 6.0, t * t * t / 6.0
    values[1] = (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0
    values[2] = (4.0 - 6.0 * u * u + 3.0 * u * u * u) / 6.0
    slopes[0], slopes[3] = -0.5 * u * u, 0.5 * t * t
    slopes[1] = -2.0 * t + 1.5 * t * t
    slopes[2] = 2.0 * u - 1.5 * u * u
    return i - 1


@njit(**_options)
def deposit(r, masses, core, step, n, load):
    """Add each shell to the splines: load_j += m B_j(s)."""
    values, slopes = np.empty(4), np.empty(4)
    for body in range(r.shape[0]):
        first = _splines(math.asinh(r[body] / core) / step, n, values, slopes)
        for a in range(4):
            j, w = first + a, masses[body] * values[a]
            if j > n:
                load[n - 1] -= w
                load[n] -= 4.0 * w
            else:
                load[abs(j)] += w


@njit(**_options)
def gather(r, coefficients, core, step, n, phi, pull):
    """Potential φ and -φ'/r at the shells."""
    values, slopes, c = np.empty(4), np.empty(4), coefficients
    for body in range(r.shape[0]):
        x = r[body]
        first = _splines(math.asinh(x / core) / step, n, values, slopes)
        total, slope = 0.0, 0.0
        for a in range(4):
            j = first + a
            weight = c[abs(j)] if j <= n else -c[n - 1] - 4.0 * c[n]
            total += values[a] * weight
            slope += slopes[a] * weight
        rate = 1.0 / (step * math.sqrt(x * x + core * core))
        phi[body] = total
        if x > 1e-9 * core:
            pull[body] = -slope * rate / x
        else:
            pull[body] = -2.0 * (c[1] - c[0]) * rate * rate
