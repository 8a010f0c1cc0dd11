"""Sizes of the terms of the Langevin equation, and what noise moves the centre of mass."""

import numpy as np

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
    spread = purification(bath, "coherent", kT)
    draws = rng.normal(size=(2, num_runs, bath.frequencies.size))
    state = BathState(draws[0] * spread.displacement, draws[1] * spread.kick)
    modes = bath_modes(bath, mass, 1.0)
    system = np.zeros((num_runs, 1))
    start = np.hstack([system, state.q]), np.hstack([system, state.p])
    some = times[:: max(1, times.size // 40)]
    motion = np.array([classical_motion(modes, *start, t)[:, 0] for t in some]) / np.sqrt(mass)
    return rms(bath_force(bath, state, times)), rms(motion)
