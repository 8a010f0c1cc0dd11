"""A scenario of a body in a bath in units of ħ = m = L = 1: modes, wave, and what to follow."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zitter.bath.branching_paths import fastest_rate, require_resolved
from zitter.bath.branching_wave import BranchingWave, branching_wave, reduced_bath
from zitter.bath.continuum import accurate_bath
from zitter.bath.discretisation import OscillatorBath
from zitter.bath.packets import Packets
from zitter.bath.purification import Purification, purification
from zitter.bath.spectral_density import OwnSpectralDensity, SpectralDensity
from zitter.scenarios.bath.config import Config, Environment
from zitter.scenarios.own import own_callable, require_covered
from zitter.scenarios.parts import amplitudes, per_packet
from zitter.scenarios.units import label, told_in
from zitter.system.constants import UnitSystem, scaled

RADIANS_IN_A_STEP = 0.5
"""Largest phase that the fastest mode or packet turns by in one step."""


BLOCK = 1024
"""Frequencies at which a function of one's own is evaluated at one time."""


class Problem(NamedTuple):
    """Body and bath with ħ = m = L = 1; `units` leads back."""

    density: SpectralDensity | OwnSpectralDensity
    bath: OscillatorBath
    packets: Packets
    spread: Purification
    wave: BranchingWave
    frequency: float
    kT: float
    times: np.ndarray
    num_steps: int
    units: UnitSystem


def problem_of(config: Config, chosen: dict[str, str]) -> Problem:
    """The problem that a scenario stands for; what it leaves open is put into `chosen`.

    Raises:
        ValidityError: the bath comes back within the run, or has too few modes; the steps do not
            resolve the fastest of them.
    """
    assert config.bath is not None
    assert config.frequency is not None
    units = scaled(float(config.packets[0].width[0]), config.mass, config.unit_system.hbar)
    frequency = float(units.into(config.frequency, "1/time"))
    kT = float(units.into(config.bath.kT, "energy"))
    packets = _packets(config, units)
    end = _end(config, units, frequency, chosen)
    density = _density(config.bath, units)
    with told_in(config.unit_system, units):
        bath = accurate_bath(
            density, config.bath.num_modes, 1.0, frequency, end, kT, config.bath.tolerance
        )
    spread = purification(bath, config.bath.pure_state, kT)
    wave = _wave(config, bath, packets, spread, frequency, end, chosen)
    times = np.linspace(0.0, end, config.num_samples)
    fastest = max(fastest_rate(wave), float(bath.frequencies[-1]))
    num_steps = _num_steps(config, fastest, end, chosen)
    require_resolved(fastest, end, num_steps)
    return Problem(density, bath, packets, spread, wave, frequency, kT, times, num_steps, units)


def _density(bath: Environment, units: UnitSystem) -> SpectralDensity | OwnSpectralDensity:
    cutoff = float(units.into(bath.cutoff, "1/time"))
    if bath.source is None:
        damping = float(units.into(bath.damping, "1/time"))
        return SpectralDensity(damping, cutoff, bath.exponent, bath.shape)
    require_covered(bath.source, [0.0], [bath.cutoff])
    function = jax.jit(jax.vmap(own_callable(bath.source, 1)))

    def J(w: np.ndarray) -> np.ndarray:
        declared = np.ravel(units.back(w, "1/time"))
        # Blocks of one size are compiled once.
        blocks = np.resize(declared, (max(1, -(-declared.size // BLOCK)), BLOCK, 1))
        values = np.concatenate([np.asarray(function(jnp.asarray(b))) for b in blocks])
        return units.into(values[: declared.size], "mass/time^2").reshape(np.shape(w))

    return OwnSpectralDensity(J, cutoff)


def _packets(config: Config, units: UnitSystem) -> Packets:
    centre, momentum = (
        units.into(per_packet(config.packets, name, 1)[:, 0], unit)
        for name, unit in (("centre", "length"), ("momentum", "momentum"))
    )
    return Packets(centre, 1.0, momentum, amplitudes(config.packets))


def _end(config: Config, units: UnitSystem, frequency: float, chosen: dict[str, str]) -> float:
    if config.end is not None:
        return float(units.into(config.end, "time"))
    end = 2.0 * np.pi / frequency
    unit = label(config.unit_system, "time")
    chosen["end"] = f"{units.back(end, 'time'):.4g} {unit}".strip() + ": one period of the trap"
    return end


def _wave(
    config: Config,
    bath: OscillatorBath,
    packets: Packets,
    spread: Purification,
    frequency: float,
    end: float,
    chosen: dict[str, str],
) -> BranchingWave:
    """The pure state; of vacuum packets, only the combinations of modes that the body reaches."""
    if config.bath and config.bath.pure_state != "coherent":
        return branching_wave(bath, 1.0, frequency, packets, spread.variances)
    reduced = reduced_bath(bath, 1.0, frequency, end)
    num = reduced.bath.frequencies.size
    if num < bath.frequencies.size:
        chosen["modes"] = (
            f"{num} combinations of {bath.frequencies.size}, all that the body reaches"
        )
    return branching_wave(reduced.bath, 1.0, reduced.frequency, packets)


def _num_steps(config: Config, fastest: float, end: float, chosen: dict[str, str]) -> int:
    """Steps, a multiple of the intervals between samples."""
    intervals = config.num_samples - 1
    wanted = config.num_steps
    if wanted is None:
        wanted = int(np.ceil(end * fastest / RADIANS_IN_A_STEP))
    num = intervals * -(-wanted // intervals)
    if num != config.num_steps:
        why = f"the fastest mode or packet turns by {end * fastest / num:.2g} rad in one"
        chosen["num_steps"] = f"{num}: {why}"
    return num
