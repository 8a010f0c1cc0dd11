"""The wavefunction of a scenario in units of ħ = m = L = 1, and draws from its |ψ|²."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from zitter.scenarios.centre_of_mass.config import Config, Harmonic, UniformForce
from zitter.scenarios.parts import amplitudes, of_unit_norm, per_packet
from zitter.system.constants import UnitSystem, scaled
from zitter.trajectories.metropolis import sample_metropolis
from zitter.trajectories.sampling import (
    sample_determinant,
    sample_product,
    sample_stratified,
)
from zitter.trajectories.sampling_bosons import sample_occupation
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.macroscopic import cat_state
from zitter.wavefunctions.occupation import OccupationState
from zitter.wavefunctions.permanent import Permanent

CHAINS = 64


class Prepared(NamedTuple):
    """Wavefunction and orbitals with ħ = m = L = 1; `units` leads back to the scenario's units."""

    psi: Any
    orbitals: Superposition
    units: UnitSystem
    force: float
    stiffness: float


def prepared(config: Config) -> Prepared:
    """The wavefunction of a scenario, scaled by the width of its first packet and its mass.

    Raises:
        ValueError: more bosons in distinct orbitals than can be computed.
    """
    width = float(config.orbital[0].packets[0].width[0])
    units = scaled(width, config.mass, config.unit_system.hbar)
    force = config.potential.force if isinstance(config.potential, UniformForce) else 0.0
    stiffness = config.potential.stiffness if isinstance(config.potential, Harmonic) else 0.0
    force, stiffness = units.into(force, "force"), units.into(stiffness, "force/length")
    orbitals = _orbitals(config, units, float(force), float(stiffness))
    return Prepared(
        _wavefunction(config, orbitals), orbitals, units, float(force), float(stiffness)
    )


def _orbitals(config: Config, units: UnitSystem, force: float, stiffness: float) -> Superposition:
    """All orbitals in one stack; an orbital with fewer packets has zeros for coefficients."""
    num_packets = max(len(orbital.packets) for orbital in config.orbital)

    def stack(name: str, unit: str) -> np.ndarray:
        values = [per_packet(o.packets, name, config.num_space) for o in config.orbital]
        rows = [np.asarray(units.into(v, unit)) for v in values]
        return np.stack([r[np.arange(num_packets) % len(r)] for r in rows])

    along = np.eye(config.num_space)[0]
    packets = GaussianPacket(
        stack("width", "length"),
        stack("centre", "length"),
        stack("momentum", "momentum"),
        stiffness=stiffness,
        force=force * along,
    )
    amplitude = np.zeros((len(config.orbital), num_packets), dtype=complex)
    for row, orbital in zip(amplitude, config.orbital, strict=True):
        row[: len(orbital.packets)] = amplitudes(orbital.packets)
    return of_unit_norm(Superposition(packets, amplitude))


def _wavefunction(config: Config, orbitals: Superposition) -> Any:
    num, count = config.num_particles, len(config.orbital)
    in_turn = orbitals.orbital(np.arange(num) % count)
    match config.statistics:
        case "condensate":
            return Product(orbitals.orbital(0), num)
        case "distinguishable":
            return Product(in_turn)
        case "fermions":
            return Determinant(in_turn)
        case "superposition":
            return cat_state(orbitals, num)
    if count == 1:
        return Product(orbitals.orbital(0), num)
    if count >= num:
        return Permanent(in_turn)
    return OccupationState(orbitals, np.bincount(np.arange(num) % count))


def draw(config: Config, ready: Prepared, num: int, rng: np.random.Generator) -> np.ndarray:
    """Configurations (num, N D) at the start, with ħ = m = L = 1."""
    psi = ready.psi
    if config.start == "half_and_half":
        return _half_and_half(config, ready, num, rng)
    if isinstance(psi, Product):
        return sample_product(psi, num, rng)
    if isinstance(psi, Determinant):
        return sample_determinant(psi, num, rng)
    if isinstance(psi, OccupationState) and len(config.orbital) == 2:
        return sample_occupation(psi, num, rng)
    if config.statistics == "superposition":
        return _from_branches(psi, num, rng)
    return _by_metropolis(config, ready, num, rng)


def _half_and_half(
    config: Config, ready: Prepared, num: int, rng: np.random.Generator
) -> np.ndarray:
    in_turn = ready.orbitals.orbital(np.arange(config.num_particles) % len(config.orbital))
    return sample_stratified(in_turn, num, rng)


def _from_branches(psi: Any, num: int, rng: np.random.Generator) -> np.ndarray:
    """Draws from |Σ_b c_b ψ_b|² by rejection from Σ_b |c_b ψ_b|², times their number."""
    weights = np.abs(np.asarray(psi.coefficients)) ** 2
    kept: list[np.ndarray] = []
    while sum(map(len, kept)) < num:
        which = rng.choice(len(weights), size=num, p=weights / weights.sum())
        Q = np.concatenate(
            [
                sample_product(branch, int(np.sum(which == b)), rng)
                for b, branch in enumerate(psi.branches)
                if np.any(which == b)
            ]
        )
        each = [2.0 * _log_modulus(branch, Q) for branch in psi.branches]
        mixture = np.logaddexp.reduce([np.log(w) + r for w, r in zip(weights, each, strict=True)])
        whole = 2.0 * _log_modulus(psi, Q)
        bound = np.log(len(weights))
        kept.append(Q[np.log(rng.random(num)) < whole - mixture - bound])
    return rng.permutation(np.concatenate(kept)[:num])


def _log_modulus(psi: Any, Q: np.ndarray) -> np.ndarray:
    return np.real(np.asarray(psi.derivatives(jnp.asarray(Q), 0.0, 1).log_psi))


def _by_metropolis(
    config: Config, ready: Prepared, num: int, rng: np.random.Generator
) -> np.ndarray:
    in_turn = ready.orbitals.orbital(np.arange(config.num_particles) % len(config.orbital))
    start = sample_product(Product(in_turn), CHAINS, rng)
    return np.asarray(sample_metropolis(ready.psi, num, rng, start=start, thin=20).samples)
