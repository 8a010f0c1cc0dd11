"""Centre of mass of N free particles with two humps: its exact density, and that of (72)."""

import numpy as np

from zitter.claims.section3.classical_runs import total_variation

# In units of the width of x_cm: u = √N x_cm; ħ = m = 1.
_HALF, _NUM = 64.0, 1024
U = np.linspace(-_HALF, _HALF, _NUM, endpoint=False)
H = float(U[1] - U[0])
K = 2.0 * np.pi * np.fft.fftfreq(_NUM, H)
_HUMPS = np.exp(-0.25 * (U - 1.82) ** 2) + np.exp(-0.25 * (U + 1.82) ** 2)
_START = _HUMPS / np.sqrt(np.sum(_HUMPS**2) * H)


def distances(num_particles: int, times: np.ndarray, rigid: bool) -> list[np.ndarray]:
    """TV and W₂ of (72) from the exact centre of mass, TV of Liouville's flow, coarse TV.

    The phase is 0 at first, so that the rays of (72) rest: its density stays the initial one.
    `rigid` are N particles that share the two humps, as one body of mass N.
    """
    members, mass = (1, num_particles) if rigid else (num_particles, 1)
    classical = density_of_mean(_START**2, members)
    rows = []
    for t in times / mass:
        exact = density_of_mean(_one_particle(t), members)
        law = _wigner_gaussian(t)
        gap = _quantiles(exact) - _quantiles(classical)
        rows.append(
            (
                total_variation(exact, classical, H),
                np.sqrt(np.mean(gap**2) / members),
                total_variation(exact, law, H),
                total_variation(exact[::2], classical[::2], 2.0 * H),
            )
        )
    return list(np.transpose(rows))


def _one_particle(t: float) -> np.ndarray:
    """|φ|² at t, by the free propagator."""
    return np.abs(np.fft.ifft(np.fft.fft(_START) * np.exp(-0.5j * K**2 * t))) ** 2


def density_of_mean(rho: np.ndarray, num_particles: int, about: float = 0.0) -> np.ndarray:
    """Density of √N times the mean of N draws from rho, less `about`, by the characteristic."""
    k = K / np.sqrt(num_particles)
    characteristic = np.exp(-1j * np.outer(k, U - about)) @ rho * H
    return np.real(np.exp(1j * np.outer(U, K)) @ characteristic**num_particles) / (_NUM * H)


def _wigner_gaussian(t: float) -> np.ndarray:
    """Gaussian with the covariance of one particle, carried along by Newton's paths."""
    position = np.sum(U**2 * _START**2) * H
    weight = np.abs(np.fft.fft(_START)) ** 2
    spread = np.sqrt(position + np.sum(K**2 * weight) / np.sum(weight) * t**2)
    return np.exp(-0.5 * (U / spread) ** 2) / (np.sqrt(2.0 * np.pi) * spread)


def _quantiles(rho: np.ndarray) -> np.ndarray:
    """Quantiles at evenly spaced levels."""
    cumulative = (np.cumsum(rho) - 0.5 * rho) * H
    inside = (cumulative > 1e-9) & (cumulative < 1.0 - 1e-9)
    levels = (np.arange(2000) + 0.5) / 2000
    return np.interp(levels, cumulative[inside], U[inside])
