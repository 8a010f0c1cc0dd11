"""The gravity of an extended body on its own ψ, as a scenario states it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from zitter.mean_field.extended_bodies import (
    Moments,
    crystal_frequency,
    gaussian_energy,
    homogeneous_sphere_energy,
    homogeneous_sphere_frequency,
    trapped_moments,
)
from zitter.scenarios.packet.config import Config, Sphere
from zitter.system.constants import UnitSystem


def self_energy(config: Config, units: UnitSystem) -> Callable[[np.ndarray], np.ndarray]:
    """Mutual energy I(d) of two copies of the body, with ħ = m = L = 1."""
    body, energy = config.body, _energy(config)

    def scaled(d: np.ndarray) -> np.ndarray:
        return np.asarray(units.into(energy(units.back(d, "length")), "energy"))

    assert body is not None
    return scaled


def self_frequency(config: Config) -> float:
    """ω_SN of a packet much narrower than the structure of the body, in the declared units."""
    body, G = config.body, _constant(config)
    if isinstance(body, Sphere):
        return homogeneous_sphere_frequency(config.mass, body.radius, G)
    assert body is not None
    return crystal_frequency(body.atom_mass, body.nucleus_width, G)


def trapped_theory(config: Config, times: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Mean and width of a single packet, narrow in the body, with its gravity and without."""
    (packet,) = config.packets
    assert config.potential.kind == "harmonic"
    mass, hbar, width = config.mass, config.unit_system.hbar, packet.width[0]
    trap = float(np.sqrt(config.potential.stiffness / mass))
    start = Moments(packet.centre[0], packet.momentum[0], width**2, 0.0, (0.5 * hbar / width) ** 2)
    found = {}
    for name, inner in (("narrow, with its gravity", self_frequency(config)), ("without", 0.0)):
        moments = trapped_moments(start, times, mass, trap, inner)
        spread = np.sqrt(moments.position_variance)
        found[name] = {"mean": np.asarray(moments.position), "spread": spread}
    return found


def _energy(config: Config) -> Callable[[Any], np.ndarray]:
    body, G = config.body, _constant(config)
    if isinstance(body, Sphere):
        how = dict(mass=config.mass, radius=body.radius, gravitational_constant=G)
        return partial(homogeneous_sphere_energy, **how)
    assert body is not None
    num = config.mass / body.atom_mass
    how = dict(mass=body.atom_mass, width=body.nucleus_width, gravitational_constant=G)
    return lambda d: num * gaussian_energy(d, **how)


def _constant(config: Config) -> float:
    units = config.unit_system.system
    return 1.0 if units is None else units.gravitational_constant()
