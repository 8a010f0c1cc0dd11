"""A bound cluster on a barrier, from a product state (ħ = m = 1).

N particles bound by harmonic pair forces, W² = Nκ/m, in the ground state of their relative motion:
with σ_cm² = σ_y²/N the state is a product of equal packets at t = 0 (E9). The binding is stiff
against the barrier, so that x_cm moves as one particle of mass N m in N times the barrier averaged
over the cluster; for N = 2 this is compared with the two-particle Schroedinger equation.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.grid import Grid
from zitter.core.statistics import ks_distance
from zitter.system.potentials import GaussianWell
from zitter.trajectories.quantiles import quantile_map_of_densities
from zitter.wavefunctions.gaussian import GaussianPacket
from zitter.wavefunctions.schrodinger import evolve_schrodinger, values_on_grid

SPREAD, START = 0.5, -4.0
_BARRIER_WIDTH = 1.0
_REFINEMENT, _REGION = 8, 40.0


class Setting(NamedTuple):
    """Cluster of N particles with velocity v against a barrier of given height per particle."""

    num_particles: int
    velocity: float
    height: float
    duration: float
    bound: bool = True


class Waves(NamedTuple):
    """ψ (time, num) of the moving coordinate at positions x, its mass, and what it stands for."""

    x: np.ndarray
    times: np.ndarray
    psi: np.ndarray
    mass: float
    relative: float
    """width of xᵢ about the moving coordinate"""


def moving_waves(setting: Setting, interval: float) -> Waves:
    """ψ of x_cm of the cluster, or of one particle if the particles are not bound."""
    N = setting.num_particles
    relative = SPREAD * np.sqrt(1.0 - 1.0 / N) if setting.bound else 0.0
    mass, width = (float(N), SPREAD / np.sqrt(N)) if setting.bound else (1.0, SPREAD)
    wide = float(np.hypot(_BARRIER_WIDTH, relative))
    height = mass * setting.height * _BARRIER_WIDTH / wide
    grid = Grid((-125.0,), (125.0,), (4096,))
    packet = GaussianPacket([width], [START], [mass * setting.velocity], mass=mass)
    psi0 = jnp.exp(values_on_grid(packet, grid, 0.0))
    times = np.linspace(0.0, setting.duration, 2 * round(0.5 * setting.duration / interval) + 1)
    found = evolve_schrodinger(
        psi0, grid, GaussianWell(-height, wide), times, [mass], time_step=0.1, order=4
    )
    return Waves(grid.axes[0], times, np.asarray(found.psi), mass, relative)


def configurations(
    waves: Waves, setting: Setting, num: int, frames: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Positions (frame, num, N) carried by the quantile map of |ψ|²; y is at rest."""
    N = setting.num_particles
    width = SPREAD / np.sqrt(waves.mass)
    start = START + width * rng.standard_normal(num * (1 if setting.bound else N))
    moved = quantile_map_of_densities(waves.x, np.abs(waves.psi[frames]) ** 2, start)
    if not setting.bound:
        return moved.reshape(len(frames), num, N)
    inner = SPREAD * rng.standard_normal((num, N))
    return moved[:, :, None] + inner - inner.mean(axis=1, keepdims=True)


def width_ratio_of_waves(waves: Waves, setting: Setting) -> np.ndarray:
    """N σ_cm²/σ² at each time, from |ψ|² on the grid."""
    density = np.abs(waves.psi) ** 2
    density = density / density.sum(axis=1, keepdims=True)
    variance = density @ waves.x**2 - (density @ waves.x) ** 2
    share = 1.0 if setting.bound else 1.0 / setting.num_particles
    return setting.num_particles * variance * share / (variance + waves.relative**2)


def transmission(waves: Waves) -> float:
    """P(x > 0) at the end."""
    density = np.abs(waves.psi[-1]) ** 2
    return float(density[waves.x > 0.0].sum() / density.sum())


def guided_ends(waves: Waves, start: np.ndarray) -> np.ndarray:
    """End points of the guidance equation (5) for the moving coordinate, by RK4 on the frames."""
    x, psi, slope = _refined(waves)

    def velocity(z: np.ndarray, k: int) -> np.ndarray:
        return np.imag(np.interp(z, x, slope[k]) / np.interp(z, x, psi[k])) / waves.mass

    h = 2.0 * (waves.times[1] - waves.times[0])
    z = start
    for k in range(0, len(waves.times) - 1, 2):
        first = velocity(z, k)
        second = velocity(z + 0.5 * h * first, k + 1)
        third = velocity(z + 0.5 * h * second, k + 1)
        last = velocity(z + h * third, k + 2)
        z = z + h / 6.0 * (first + 2.0 * second + 2.0 * third + last)
    return z


def distance_to_density(sample: np.ndarray, waves: Waves, frame: int) -> float:
    """Kolmogorov-Smirnov distance of a sample to |ψ|² of the moving coordinate."""
    cumulated = _cumulated(np.abs(waves.psi[frame]) ** 2)
    return ks_distance(sample, lambda z: np.interp(z, waves.x, cumulated))


def one_particle_distribution(waves: Waves, frame: int) -> np.ndarray:
    """Distribution function of one particle, (46), at the positions of the grid."""
    density = np.abs(waves.psi[frame]) ** 2
    if waves.relative > 0.0:
        k = 2.0 * np.pi * np.fft.fftfreq(waves.x.size, waves.x[1] - waves.x[0])
        blur = np.exp(-0.5 * (waves.relative * k) ** 2)
        density = np.maximum(np.real(np.fft.ifft(np.fft.fft(density) * blur)), 0.0)
    return _cumulated(density)


def single_run_distances(X: np.ndarray, waves: Waves, frame: int) -> np.ndarray:
    """√N times the distance of each run's N positions (num, N) to the one-particle density (46)."""
    cumulated = one_particle_distribution(waves, frame)

    def cdf(z: np.ndarray) -> np.ndarray:
        return np.interp(z, waves.x, cumulated)

    return np.sqrt(X.shape[1]) * np.array([ks_distance(row, cdf) for row in X])


def pair_in_full(setting: Setting, num: int) -> tuple[float, float]:
    """N σ_cm²/σ² and P(x_cm > 0) at the end for two bound particles, from (36) on (x_cm, y)."""
    grid = Grid((-36.0, -4.0), (36.0, 4.0), (num, num // 8))
    packets = (
        GaussianPacket([SPREAD / np.sqrt(2.0)], [START], [2.0 * setting.velocity], mass=2.0),
        GaussianPacket([SPREAD]),
    )
    psi0 = jnp.exp(values_on_grid(_PairStart(packets), grid, 0.0))
    barrier = GaussianWell(-setting.height, _BARRIER_WIDTH)
    times, masses = [0.0, setting.duration], [2.0, 1.0]
    found = evolve_schrodinger(
        psi0, grid, _PairPotential(barrier), times, masses, time_step=0.05, order=4
    )
    density = np.abs(np.asarray(found.psi[-1])) ** 2
    density /= density.sum()
    along, across = density.sum(axis=1), density.sum(axis=0)
    centre = along @ grid.axes[0] ** 2 - (along @ grid.axes[0]) ** 2
    ratio = float(2.0 * centre / (centre + 0.5 * across @ grid.axes[1] ** 2))
    return ratio, float(along[grid.axes[0] > 0.0].sum())


class _PairPotential(eqx.Module):
    """U(x_cm - y/√2) + U(x_cm + y/√2) + ½ W² y²."""

    barrier: GaussianWell

    def __call__(self, q: Array, t: Any) -> Array:
        half = q[1] / jnp.sqrt(2.0)
        ends = self.barrier(q[:1] - half, t) + self.barrier(q[:1] + half, t)
        return ends + 0.5 * (0.5 / SPREAD**2) ** 2 * q[1] ** 2


class _PairStart(eqx.Module):
    """Packets of x_cm and of y, a LogPsi."""

    packets: tuple[GaussianPacket, GaussianPacket]

    def __call__(self, q: Array, t: Any) -> Array:
        return self.packets[0](q[:1], t) + self.packets[1](q[1:], t)


def _cumulated(density: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return total / total[-1]


def _refined(waves: Waves) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, ψ and ∂ψ on a finer grid by their Fourier series, near the barrier."""
    num, spacing = waves.x.size, waves.x[1] - waves.x[0]
    k = 2.0 * np.pi * np.fft.fftfreq(num, spacing)
    spectrum = np.fft.fft(waves.psi, axis=1)
    x = waves.x[0] + spacing / _REFINEMENT * np.arange(num * _REFINEMENT)
    near = np.abs(x) < _REGION
    finer = []
    for part in (spectrum, 1j * k * spectrum):
        rows = []
        for row in part:
            padded = np.zeros(num * _REFINEMENT, dtype=complex)
            padded[: num // 2], padded[-num // 2 :] = row[: num // 2], row[num // 2 :]
            rows.append(_REFINEMENT * np.fft.ifft(padded)[near])
        finer.append(np.stack(rows))
    return x[near], finer[0], finer[1]
