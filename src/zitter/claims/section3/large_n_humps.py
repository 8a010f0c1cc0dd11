"""Centre of mass of N free particles with two humps: its exact density, and that of (72)."""

import numpy as np

from zitter.claims.section3.classical_runs import total_variation

# In units of the width of x_cm: u = √N x_cm; ħ = m = 1.
_HALF, _NUM = 64.0, 1024
_U = np.linspace(-_HALF, _HALF, _NUM, endpoint=False)
_H = float(_U[1] - _U[0])
_K = 2.0 * np.pi * np.fft.fftfreq(_NUM, _H)
_HUMPS = np.exp(-0.25 * (_U - 1.82) ** 2) + np.exp(-0.25 * (_U + 1.82) ** 2)
_START = _HUMPS / np.sqrt(np.sum(_HUMPS**2) * _H)


def distances(num_particles: int, times: np.ndarray, exponent: float) -> list[np.ndarray]:
    """TV and W₂ of (72) from the exact centre of mass, TV of Liouville's flow, coarse TV.

    The phase is 0 at first, so that the rays of (72) rest: its density stays the initial one.
    The mass of the body is N^exponent.
    """
    mass = float(num_particles) ** (exponent - 1.0)
    classical = _of_mean(_START**2, num_particles)
    rows = []
    for t in times / mass:
        exact = _of_mean(_one_particle(t), num_particles)
        law = _wigner_gaussian(t)
        gap = _quantiles(exact) - _quantiles(classical)
        rows.append(
            (
                total_variation(exact, classical, _H),
                np.sqrt(np.mean(gap**2) / num_particles),
                total_variation(exact, law, _H),
                total_variation(exact[::2], classical[::2], 2.0 * _H),
            )
        )
    return list(np.transpose(rows))


def _one_particle(t: float) -> np.ndarray:
    """|φ|² at t, by the free propagator."""
    return np.abs(np.fft.ifft(np.fft.fft(_START) * np.exp(-0.5j * _K**2 * t))) ** 2


def _of_mean(rho: np.ndarray, num_particles: int) -> np.ndarray:
    """Density of √N times the mean of N draws from rho, by the characteristic function."""
    k = _K / np.sqrt(num_particles)
    characteristic = np.exp(-1j * np.outer(k, _U)) @ rho * _H
    return np.real(np.exp(1j * np.outer(_U, _K)) @ characteristic**num_particles) / (_NUM * _H)


def _wigner_gaussian(t: float) -> np.ndarray:
    """Gaussian with the covariance of one particle, carried along by Newton's paths."""
    position = np.sum(_U**2 * _START**2) * _H
    weight = np.abs(np.fft.fft(_START)) ** 2
    spread = np.sqrt(position + np.sum(_K**2 * weight) / np.sum(weight) * t**2)
    return np.exp(-0.5 * (_U / spread) ** 2) / (np.sqrt(2.0 * np.pi) * spread)


def _quantiles(rho: np.ndarray) -> np.ndarray:
    """Quantiles at evenly spaced levels."""
    cumulative = (np.cumsum(rho) - 0.5 * rho) * _H
    inside = (cumulative > 1e-9) & (cumulative < 1.0 - 1e-9)
    levels = (np.arange(2000) + 0.5) / 2000
    return np.interp(levels, cumulative[inside], _U[inside])
