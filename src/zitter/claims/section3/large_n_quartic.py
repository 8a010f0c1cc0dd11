"""Centre of mass of N particles beside the middle of a quartic trap, exact and by (72).

There ⟨U'⟩ over the body is not U' at its centre of mass, at any N.
"""

import numpy as np
from scipy.integrate import solve_ivp

from zitter.claims.section3.large_n_humps import H, K, U, density_of_mean

# ħ = m = 1, a one-particle width of 1, U = g (x - x₀)⁴ of each particle.
_COEFFICIENT, _MIDDLE = 2e-4, -3.0
_TIME_STEP = 0.02
_LABELS = np.linspace(-6.0, 6.0, 801)


def quartic_distances(counts: tuple[int, ...], times: np.ndarray) -> list[np.ndarray]:
    """As `distances`, of each N; no flow of a Gaussian law is exact here, so its place is NaN."""
    particle = [_one_particle(float(t)) for t in times]
    return [
        np.transpose([_one(N, rho, float(t)) for rho, t in zip(particle, times, strict=True)])
        for N in counts
    ]


def _one(num_particles: int, rho: np.ndarray, t: float) -> tuple[float, ...]:
    """TV, W₂, NaN and coarse TV, in u = √N (x_cm - ⟨x⟩); NaN where rays of (72) have crossed."""
    mean = float(np.sum(U * rho) * H)
    exact = density_of_mean(rho, num_particles, mean)
    x, slope = _rays(_LABELS / np.sqrt(num_particles), t)
    if np.min(slope) <= 0.0:
        return (float("nan"),) * 4
    u = np.sqrt(num_particles) * (x - mean)
    start = np.exp(-0.5 * _LABELS**2) / np.sqrt(2.0 * np.pi)
    classical = np.interp(U, u, start / slope, left=0.0, right=0.0)
    levels = np.cumsum(start) / np.sum(start) - 0.5 * start / np.sum(start)
    cumulative = (np.cumsum(exact) - 0.5 * exact) * H
    held = (cumulative > 1e-9) & (cumulative < 1.0 - 1e-9)
    gap = np.interp(levels, cumulative[held], U[held]) - u
    distance = np.sqrt(np.sum(start * gap**2) / np.sum(start) / num_particles)
    # Not half of the difference: rays may arrive outside of the points.
    apart = 1.0 - np.minimum(exact, classical).sum() * H
    coarse = 1.0 - np.minimum(exact, classical)[::2].sum() * 2.0 * H
    return float(apart), float(distance), float("nan"), float(coarse)


def _rays(labels: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
    """x and ∂x/∂q of classical bodies at rest at first."""

    def rate(_: float, state: np.ndarray) -> np.ndarray:
        x, v, j, w = state.reshape(4, -1)
        gap = x - _MIDDLE
        pull = (-4.0 * _COEFFICIENT * gap**3, -12.0 * _COEFFICIENT * gap**2 * j)
        return np.concatenate([v, pull[0], w, pull[1]])

    ones, zeros = np.ones_like(labels), np.zeros_like(labels)
    start = np.concatenate([labels, zeros, ones, zeros])
    end = solve_ivp(rate, (0.0, t), start, method="DOP853", rtol=1e-9, atol=1e-11).y[:, -1]
    x, _, j, _ = end.reshape(4, -1)
    return x, j


def _one_particle(t: float) -> np.ndarray:
    """|φ|² at t, by Strang steps."""
    num_steps = int(np.ceil(t / _TIME_STEP))
    dt = t / num_steps
    half = np.exp(-0.5j * dt * _COEFFICIENT * (U - _MIDDLE) ** 4)
    kinetic = np.exp(-0.5j * dt * K**2)
    psi = np.exp(-0.25 * U**2) + 0.0j
    for _ in range(num_steps):
        psi = half * np.fft.ifft(kinetic * np.fft.fft(half * psi))
    rho = np.abs(psi) ** 2
    return rho / (rho.sum() * H)
