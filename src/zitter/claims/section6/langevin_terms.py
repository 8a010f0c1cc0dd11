"""Sizes of the terms of the Langevin equation, and what noise moves the centre of mass."""

import numpy as np
from scipy.interpolate import make_interp_spline
from scipy.linalg import toeplitz

from zitter.bath.branching_paths import BranchingPaths, bohm_branching_paths, sampled_configurations
from zitter.bath.branching_wave import branching_wave
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.langevin import BathState, bath_force
from zitter.bath.packets import Packets
from zitter.bath.purification import purification
from zitter.bath.quantum_bath import bath_modes, classical_motion
from zitter.bath.quantum_langevin import LangevinTerms, langevin_terms
from zitter.bath.spectral_density import SpectralDensity

DURATION = 4.0
_START, _WIDTH = 2.0, 0.5


def bath_of_body(num_modes: int, num_particles: int) -> OscillatorBath:
    """Couplings c/√N of each particle of the body, so that the damping rate stays."""
    density = SpectralDensity(0.1, 4.0, shape="exponential", mass=float(num_particles))
    return discretised(density, num_modes)


def bath_of_bodies(bath: OscillatorBath, num: int) -> OscillatorBath:
    """Each mode as a body of `num` oscillators, each with the coupling c/√num."""
    w, c = bath
    return OscillatorBath(np.repeat(w, num), np.repeat(c / np.sqrt(num), num))


def rms(values: np.ndarray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.asarray(values) ** 2)))


def terms_along_runs(
    bath: OscillatorBath, num: int, times: np.ndarray, num_runs: int, rng: np.random.Generator
) -> tuple[LangevinTerms, BranchingPaths]:
    """Terms along Bohm's runs of a body of N particles in one packet of the width of (51)."""
    packets = Packets([_START], _WIDTH / np.sqrt(num))
    wave = branching_wave(bath, float(num), 1.0, packets)
    q0 = sampled_configurations(wave, num_runs, rng)
    paths = bohm_branching_paths(wave, q0, times, times.size - 1)
    return langevin_terms(wave, bath, 1.0, paths), paths


def thermal_spread(
    bath: OscillatorBath,
    mass: float,
    kT: float,
    times: np.ndarray,
    num_runs: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """rms noise and rms motion that the random displacements of a coherent bath bring."""
    state = _displaced(bath, kT, num_runs, rng)
    motion = _pushed(bath, mass, state, times[:: max(1, times.size // 40)])
    return rms(bath_force(bath, state, times)), rms(motion)


def heated_sizes(
    terms: LangevinTerms,
    bath: OscillatorBath,
    mass: float,
    temperatures: tuple[float, ...],
    times: np.ndarray,
    rng: np.random.Generator,
) -> list[list[float]]:
    """rms of U', friction, ξ, F_X, F_mem of runs with random displacements, for each kT.

    These add a classical motion to the runs, and nothing to the quantum forces.
    """
    kernel = bath.memory_kernel(times)
    step = float(times[1] - times[0])
    memory = step * toeplitz(kernel, np.zeros_like(kernel))
    rows = []
    for kT in temperatures:
        state = _displaced(bath, kT, terms.noise.shape[1], rng)
        motion = _pushed(bath, mass, state, times)
        # X and V are 0 at the start, so that the first weight of the trapezoids is none
        velocity = make_interp_spline(times, motion, k=5).derivative()(times)
        dragged = memory @ velocity - 0.5 * step * kernel[0] * velocity
        parts = (
            terms.restoring + mass * motion,
            terms.friction + dragged,
            terms.noise + bath_force(bath, state, times),
            terms.quantum,
            terms.memory,
        )
        rows.append([rms(part) for part in parts])
    return rows


def _displaced(
    bath: OscillatorBath, kT: float, num_runs: int, rng: np.random.Generator
) -> BathState:
    """Random displacements that make coherent states of the bath thermal."""
    spread = purification(bath, "coherent", kT)
    draws = rng.normal(size=(2, num_runs, bath.frequencies.size))
    return BathState(draws[0] * spread.displacement, draws[1] * spread.kick)


def _pushed(bath: OscillatorBath, mass: float, state: BathState, times: np.ndarray) -> np.ndarray:
    """Motion of X that a displaced bath brings to a body at rest, (num_times, runs)."""
    modes, system = bath_modes(bath, mass, 1.0), np.zeros((state.q.shape[0], 1))
    start = np.hstack([system, state.q]), np.hstack([system, state.p])
    return np.array([classical_motion(modes, *start, t)[:, 0] for t in times]) / np.sqrt(mass)
