"""Response G(t) and noise covariance of an oscillator in a continuous bath.

X(t) = G' X₀ + G P₀/M + (1/M) ∫ G(t - s) ξ(s) ds with M G'' + M Ω² G + ∫ K(t - s) G'(s) ds = 0,
G(0) = 0, G'(0) = 1; the bath starts in equilibrium, shifted to X₀ or not: the counter-term and
the slip K(t) X₀ are in G'.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.interpolate import make_interp_spline

from zitter.bath.spectral_density import Density
from zitter.core.checks import ValidityError, require_count, require_positive, require_shape

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_ENTRIES_AT_ONCE = 2_000_000


class Response(NamedTuple):
    """G and its derivatives at times t (num_times,)."""

    times: np.ndarray
    """[time]"""
    G: np.ndarray
    """[time]"""
    first: np.ndarray
    """G' [1]"""
    second: np.ndarray
    """G'' [1/time]"""
    third: np.ndarray
    """G''' [1/time^2]"""
    error: float
    """estimated error of G' and of the G in units of 1/Ω [1]"""


class NoiseCovariance(NamedTuple):
    """Covariance Θ(t) that the bath adds to that of the system, and its rate; (num_times,) each."""

    xx: np.ndarray
    """[length^2]"""
    xp: np.ndarray
    """[mass*length^2/time]"""
    pp: np.ndarray
    """[mass^2*length^2/time^2]"""
    rate_xx: np.ndarray
    """[length^2/time]"""
    rate_xp: np.ndarray
    """[mass*length^2/time^2]"""
    rate_pp: np.ndarray
    """[mass^2*length^2/time^3]"""

    def matrices(self) -> np.ndarray:
        """Θ as matrices in (x, p), (num_times, 2, 2)."""
        return np.moveaxis(np.array([[self.xx, self.xp], [self.xp, self.pp]]), -1, 0)


def continuum_response(
    density: Density,
    mass: float,
    frequency: float,
    duration: float,
    num_times: int = 401,
    tolerance: float = 1e-8,
) -> Response:
    """Response G on equidistant times, from its equation with memory, extrapolated in the step.

    The trapezoidal rule with steps h, h/2, h/4, h/8 and Richardson's extrapolation.

    Args:
        density: J.
        mass: M [mass].
        frequency: Ω [1/time].
        duration: last time [time].
        num_times: times from 0 to the last one.
        tolerance: largest error of Ω G and G' [1].

    Raises:
        ValueError: M, Ω or the duration is not positive, fewer than 9 times.
        ValidityError: the estimated error exceeds the tolerance.
    """
    for name, value in (("mass", mass), ("frequency", frequency), ("duration", duration)):
        require_positive(name, value)
    require_count("num_times", num_times, 9)
    finest = np.linspace(0.0, duration, 8 * (num_times - 1) + 1)
    kernel = density.memory_kernel(finest) / mass
    levels = [
        _trapezoidal_response(kernel[:: 8 // k], frequency**2, duration / (k * (num_times - 1)))[
            ::k
        ]
        for k in (1, 2, 4, 8)
    ]
    best, previous = _richardson(levels)
    scale = np.array([frequency, 1.0, 1.0 / frequency])
    error = float(np.max(np.abs(best - previous)[:, :3] * scale))
    if error > tolerance:
        raise ValidityError(
            f"The response errs by about {error:.1e}, more than the tolerance {tolerance:g}: "
            "use more times, or a density whose kernel is smooth at t = 0."
        )
    return Response(finest[::8], *best.T, error)


def _richardson(levels: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Best extrapolation in h², and the best one without the finest level's last column."""
    previous = levels[-1]
    power = 4.0
    while len(levels) > 1:
        previous = levels[-1]
        levels = [(power * fine - coarse) / (power - 1.0) for coarse, fine in pairwise(levels)]
        power *= 4.0
    return levels[0], previous


@njit(cache=True)
def _trapezoidal_response(kernel: np.ndarray, stiffness: float, h: float) -> np.ndarray:
    """(G, G', G'', G''') by the trapezoidal rule; kernel is K/M at the times."""
    num = kernel.size
    out = np.zeros((num, 4))
    out[0, 1] = 1.0
    out[0, 3] = -stiffness - kernel[0]
    y, v, a = 0.0, 1.0, 0.0
    for n in range(1, num):
        # memory of all but the newest velocity, which enters with weight h K(0)/2
        memory = 0.5 * kernel[n] * out[0, 1]
        slope = 0.5 * kernel[n] * out[0, 2]
        for j in range(1, n):
            memory += kernel[n - j] * out[j, 1]
            slope += kernel[n - j] * out[j, 2]
        # v' = -Ω² y - h memory - h K(0)/2 v', y' = v' both by the trapezoidal rule
        known = v + 0.5 * h * a
        left = 1.0 + 0.5 * h * (0.5 * h * stiffness + 0.5 * h * kernel[0])
        right = known - 0.5 * h * (stiffness * (y + 0.5 * h * v) + h * memory)
        v_new = right / left
        y = y + 0.5 * h * (v + v_new)
        v = v_new
        a = -stiffness * y - h * memory - 0.5 * h * kernel[0] * v
        out[n, 0], out[n, 1], out[n, 2] = y, v, a
        # differentiated: G''' = -Ω² G' - K(t) G'(0) - ∫ K(t-s) G''(s) ds
        out[n, 3] = -stiffness * v - kernel[n] - h * slope - 0.5 * h * kernel[0] * a
    return out


def continuum_noise(
    density: Density,
    mass: float,
    response: Response,
    kT: float,
    hbar: float = 1.0,
) -> NoiseCovariance:
    """Noise covariance Θ = (ħ/π) ∫ J coth(ħω/2kT) |∫ G e^{iωτ} dτ|² dω and the like, with its rate.

    Args:
        density: J.
        mass: M [mass].
        response: Response of the same density, mass and frequency.
        kT: temperature; 0 is the vacuum [energy].
        hbar: [mass*length^2/time].

    Returns:
        NoiseCovariance at the times of the response.

    Raises:
        ValueError: kT < 0, M or ħ not positive.

    Validity: with a Drude cutoff the tail above 60 ω_c is missing, a relative error of the
    momentum of about γ/(60² ω_c) late in a run. Early, Θ and its rates err more: relatively
    below 2e-2 at t = 0.1/ω_c, below 1e-3 at 1/ω_c. Use `drude_noise` where it exists.
    """
    _require_temperature(kT)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    w, weight = frequency_nodes(density, float(response.times[-1]))
    spectrum = hbar / np.pi * weight * density(w) * thermal_factor(w, kT, hbar)
    size = max(1, _ENTRIES_AT_ONCE // response.times.size)
    found = np.zeros((len(NoiseCovariance._fields), response.times.size))
    for i in range(0, w.size, size):
        k = slice(i, i + size)
        found += _noise_of(response, density.highest, w[k], spectrum[k], mass)
    return NoiseCovariance(*found)


def _noise_of(
    response: Response, highest: float, w: np.ndarray, spectrum: np.ndarray, mass: float
) -> np.ndarray:
    """The six rows of the noise covariance that some of the frequencies bring."""
    g, h = _fourier_responses(response, highest, w)
    turn = np.exp(-1j * np.outer(response.times, w))
    G, G1 = response.G[:, None], response.first[:, None]
    return np.stack(
        [
            np.abs(g) ** 2 @ spectrum / mass**2,
            np.real(np.conj(g) * h) @ spectrum / mass,
            np.abs(h) ** 2 @ spectrum,
            2.0 * np.real(G * turn * g) @ spectrum / mass**2,
            np.real(G * turn * h + G1 * turn * g) @ spectrum / mass,
            2.0 * np.real(G1 * turn * h) @ spectrum,
        ]
    )


def thermal_factor(w: np.ndarray, kT: float, hbar: float = 1.0) -> np.ndarray:
    """Thermal factor coth(ħω/2kT), 1 at kT = 0.

    Args:
        w: frequencies [1/time].
        kT: [energy].
        hbar: [mass*length^2/time].

    Returns:
        The factor [1].

    Raises:
        ValueError: kT < 0.
    """
    _require_temperature(kT)
    return np.ones_like(w) if kT == 0.0 else 1.0 / np.tanh(0.5 * hbar * np.asarray(w) / kT)


def _require_temperature(kT: float) -> None:
    require_shape("kT", kT, ())
    if not (np.isfinite(kT) and kT >= 0.0):
        raise ValueError(f"`kT` must not be below zero, but is {kT:g}.")


def frequency_nodes(density: Density, duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes that resolve e^{iωt} and J, graded towards ω = 0 where J coth may be a power of ω.

    Args:
        density: J.
        duration: longest t [time].

    Returns:
        Frequencies and their weights, (num_nodes,) each [1/time].
    """
    num = 4 + int(duration * density.highest / 10.0)
    graded = min(density.cutoff, density.highest) / num * np.linspace(0.0, 1.0, 25) ** 6
    even = np.linspace(0.0, density.highest, num + 1)[1:]
    edges = np.unique(np.concatenate([graded, even, density.panel_edges]))
    half, middle = 0.5 * np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
    return (
        (middle[:, None] + half[:, None] * _NODES).ravel(),
        (half[:, None] * _WEIGHTS).ravel(),
    )


def _fourier_responses(
    response: Response, highest: float, w: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """∫₀ᵗ G e^{iωτ} dτ and ∫₀ᵗ G' e^{iωτ} dτ, each (num_times, num_frequencies)."""
    spline = make_interp_spline(response.times, np.stack([response.G, response.first], -1), k=7)
    step = float(response.times[1] - response.times[0])
    num = 1 + int(step * highest / 10.0)
    offsets = step / num * (np.arange(num)[:, None] + 0.5 * (1.0 + _NODES)).ravel()
    weights = np.tile(0.5 * step / num * _WEIGHTS, num)
    inner = np.exp(1j * np.outer(offsets, w)) * weights[:, None]
    values = spline(response.times[:-1, None] + offsets)
    start = np.exp(1j * np.outer(response.times[:-1], w))
    zero = np.zeros((1, w.size), complex)
    return tuple(
        np.concatenate([zero, np.cumsum(start * (values[..., i] @ inner), axis=0)]) for i in (0, 1)
    )
