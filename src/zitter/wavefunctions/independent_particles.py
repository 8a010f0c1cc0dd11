"""Centre of mass of N independent particles in one orbital φ on a line: information and purity.

With one-particle spreads σ_x, σ_p and Fisher information I_F, for N → ∞
    I(x_cm; y) → ½ ln(σ_x² I_F) and purity → ħ/(2 √det C₁), C₁ the covariance of (x, p):
the centre of mass stays correlated with the rest and mixed, unless φ is Gaussian.

An orbital is given by an `Amplitude`: φ on arrays of positions, and an interval outside of which it
vanishes to round-off.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import ValidityError, require_count, require_finite
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.orbitals import packet_logs, packet_tables

_NUM_WIDTHS = 12.0
_WINDOW = 12.0
_FEW_PARTICLES = 64
_ROUND_OFF = 1e-20


class Amplitude(NamedTuple):
    """φ(x) of one particle on a line; its norm does not matter."""

    phi: Callable[[np.ndarray], np.ndarray]
    """complex φ at positions of any shape [1/length^½]"""
    interval: tuple[float, float]
    """ends between which φ differs from zero [length]"""


class Estimate(NamedTuple):
    """A number with the standard error of its sampling, zero where nothing was sampled."""

    value: float
    standard_error: float


def packet_amplitude(orbital: Superposition, t: float = 0.0) -> Amplitude:
    """Amplitude of a superposition of packets on a line at time t.

    Raises:
        ValueError: a stack of orbitals, or more than one space dimension.
    """
    if orbital.coefficients.ndim != 1 or orbital.num_space != 1:
        raise ValueError("`orbital` must be a single orbital on a line, packets (num_packets, 1).")
    tables = packet_tables(orbital, t)
    reach = _NUM_WIDTHS * tables.width
    interval = (float(np.min(tables.q - reach)), float(np.max(tables.q + reach)))

    def phi(x: np.ndarray) -> np.ndarray:
        logs = packet_logs(tables, np.asarray(x, dtype=float)[..., None], 0)
        return np.sum(tables.c[0] * np.exp(logs), axis=-1)

    return Amplitude(phi, interval)


def fisher_information(amplitude: Amplitude, num_points: int = 4096) -> float:
    """Fisher information I_F = ∫ρ'²/ρ dx = 4∫(∂|φ|)² dx of ρ = |φ|² [1/length^2].

    Equation: I_F of (54)-(58), corrected

    Args:
        amplitude: Amplitude; between its ends φ must fall to round-off.
        num_points: points of the spectral derivative.

    Raises:
        ValidityError: the points do not resolve φ, or it does not vanish at the ends.
    """
    x, _, phi = _grid(amplitude, num_points)
    slope = _spectral_derivative(phi, x)
    return float(4.0 * np.sum(np.real(np.conj(_phase(phi)) * slope) ** 2) * (x[1] - x[0]))


def phase_space_covariance(
    amplitude: Amplitude, hbar: float = 1.0, num_points: int = 4096
) -> np.ndarray:
    """Covariance C₁ of (x, p) in φ, (2, 2) [length^2, mass*length^2/time, (mass*length/time)^2].

    Equation: E18 of the exact solutions
    """
    x, density, phi = _grid(amplitude, num_points)
    dx = x[1] - x[0]
    slope = _spectral_derivative(phi, x)
    current = np.imag(np.conj(phi) * slope)
    mean_x, mean_k = np.sum(x * density) * dx, np.sum(current) * dx
    var_x = np.sum((x - mean_x) ** 2 * density) * dx
    var_k = np.sum(np.abs(slope - 1j * mean_k * phi) ** 2) * dx
    mixed = np.sum((x - mean_x) * (current - mean_k * density)) * dx
    return np.array([[var_x, hbar * mixed], [hbar * mixed, hbar**2 * var_k]])


def mutual_information_iid(
    amplitude: Amplitude,
    num_particles: int,
    rng: np.random.Generator,
    num_samples: int = 400,
    num_points: int = 1001,
) -> Estimate:
    """Mutual information I(x_cm; y) = h(x_cm) - E[h(x_cm | y)] of N independent particles [nats].

    h(x_cm) comes from the N-th power of the characteristic function; given y, x_cm has the density
    Π_i ρ(x_cm + d_i) with d_i = x_i - x_cm, whose entropy is averaged over sampled y.

    Equation: (85), which asserts 0; E18 of the exact solutions

    Args:
        amplitude: Amplitude of the orbital.
        num_particles: N >= 2.
        rng: numpy Generator for y.
        num_samples: number of sampled y.
        num_points: points of each entropy integral.

    Returns:
        Estimate.

    Raises:
        ValueError: a count below its minimum.
    """
    require_count("num_particles", num_particles, 2)
    require_count("num_samples", num_samples, 2)
    x, density, _ = _grid(amplitude, 8192)
    dx = x[1] - x[0]
    mean = float(np.sum(x * density) * dx)
    width = float(np.sqrt(np.sum((x - mean) ** 2 * density) * dx / num_particles))
    c = mean + width * np.linspace(-_WINDOW, _WINDOW, num_points)
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1])) * dx])
    conditional = np.empty(num_samples)
    for k in range(num_samples):
        u = rng.random(num_particles) * cumulative[-1]
        X = np.interp(u, cumulative, x)
        centre = c - mean + X.mean()
        conditional[k] = _conditional_entropy(amplitude, X - X.mean(), centre)
    total = _mean_entropy(x, density, num_particles, c)
    error = float(np.std(conditional, ddof=1) / np.sqrt(num_samples))
    return Estimate(total - float(conditional.mean()), error)


def cm_purity_iid(amplitude: Amplitude, num_particles: int, num_points: int = 1024) -> float:
    """Purity of the reduced state of x_cm, (N/2π)∬|χ(κ, s)|^(2N) dκ ds, N particles in φ [1].

    χ(κ, s) = ∫ e^(iκx) φ(x + s/2) φ*(x - s/2) dx is the characteristic function of one particle;
    that of the centre of mass is its N-th power.

    Equation: (85), (93), which imply 1; E18 of the exact solutions

    Args:
        amplitude: Amplitude of the orbital.
        num_particles: N >= 1.
        num_points: points of the integral over x.

    Raises:
        ValueError: num_particles < 1.

    Validity: N < 64, or an orbital whose |χ| has no second maximum near 1.
    """
    require_count("num_particles", num_particles)
    x, density, phi = _grid(amplitude, num_points)
    covariance = phase_space_covariance(amplitude)
    root = np.sqrt(num_particles)
    x_width, k_width = np.sqrt(np.diagonal(covariance))
    shift_half, wave_half = x[-1] - x[0], _bandwidth(phi, x)
    if num_particles >= _FEW_PARTICLES:
        shift_half = min(shift_half, _WINDOW / (k_width * root))
        wave_half = min(wave_half, _WINDOW / (x_width * root))
    s = _axis(shift_half, 0.3 / (k_width * root))
    kappa = _axis(wave_half, 0.3 / (x_width * root))
    centred = x - np.sum(x * density) * (x[1] - x[0])
    norm = np.sqrt(np.sum(np.abs(amplitude.phi(x)) ** 2) * (x[1] - x[0]))
    ahead = amplitude.phi(x + 0.5 * s[:, None]) / norm
    behind = amplitude.phi(x - 0.5 * s[:, None]) / norm
    chi = (ahead * np.conj(behind)) @ np.exp(1j * np.outer(centred, kappa)) * (x[1] - x[0])
    total = np.sum(np.abs(chi) ** (2 * num_particles))
    return float(num_particles * total * (s[1] - s[0]) * (kappa[1] - kappa[0]) / (2.0 * np.pi))


def _grid(amplitude: Amplitude, num_points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, normalised density and φ; the trapezoidal rule is spectrally accurate here."""
    require_count("num_points", num_points, 16)
    low, high = amplitude.interval
    x = np.linspace(low, high, num_points, endpoint=False)
    phi = np.asarray(amplitude.phi(x), dtype=complex)
    require_finite("amplitude.phi(x)", phi)
    phi = phi / np.sqrt(np.sum(np.abs(phi) ** 2) * (x[1] - x[0]))
    ends = np.abs(phi[[0, -1]]) ** 2 * (high - low)
    if _bandwidth(phi, x) > 0.9 * 2.0 * np.pi / (x[1] - x[0]) or np.max(ends) > _ROUND_OFF:
        raise ValidityError(
            f"{num_points} points between {low:.3g} and {high:.3g} do not hold φ: it oscillates "
            "too fast, or does not vanish at the ends. Use more points or a wider interval."
        )
    return x, np.abs(phi) ** 2, phi


def _bandwidth(phi: np.ndarray, x: np.ndarray) -> float:
    """Width of the interval of wave numbers in which the spectrum exceeds round-off."""
    k = 2.0 * np.pi * np.fft.fftfreq(len(x), x[1] - x[0])
    spectrum = np.abs(np.fft.fft(phi)) ** 2
    return float(np.ptp(k[spectrum > _ROUND_OFF * spectrum.max()]))


def _axis(half: float, step: float) -> np.ndarray:
    count = 2 * int(np.ceil(half / step)) + 1
    return np.linspace(-half, half, count)


def _phase(phi: np.ndarray) -> np.ndarray:
    return np.exp(1j * np.angle(phi))


def _spectral_derivative(phi: np.ndarray, x: np.ndarray) -> np.ndarray:
    k = 2.0 * np.pi * np.fft.fftfreq(len(x), x[1] - x[0])
    return np.fft.ifft(1j * k * np.fft.fft(phi))


def _conditional_entropy(amplitude: Amplitude, d: np.ndarray, c: np.ndarray) -> float:
    """Entropy of x_cm with the density Π_i ρ(c + d_i), not normalised, on the points c."""
    with np.errstate(divide="ignore"):
        logs = 2.0 * np.log(np.abs(amplitude.phi(c[:, None] + d))).sum(axis=1)
    return _entropy(np.exp(logs - logs.max()), c)


def _mean_entropy(x: np.ndarray, density: np.ndarray, num_particles: int, c: np.ndarray) -> float:
    """Entropy of x_cm from the N-th power of the characteristic function of ρ."""
    mean = np.sum(x * density) * (x[1] - x[0])
    half = np.pi / (c[1] - c[0])
    k = np.linspace(-half, half, len(c))
    chi = np.exp(1j * np.outer(k / num_particles, x - mean)) @ density * (x[1] - x[0])
    p = np.real(np.exp(-1j * np.outer(c - mean, k)) @ chi**num_particles)
    # Far out p is the rounding error of the transform, of either sign.
    return _entropy(np.maximum(p, 0.0), c)


def _entropy(p: Any, c: np.ndarray) -> float:
    """-∫p ln p of a density that is not yet normalised."""
    step = c[1] - c[0]
    p = p / (np.sum(p) * step)
    logs = np.log(np.where(p > 0.0, p, 1.0))
    return float(-np.sum(p * logs) * step)
