"""Bodies, positions and velocities at the start of a scenario, in its declared units."""

from typing import Any, NamedTuple

import numpy as np

from zitter.kbody.bodies import Bodies, bodies
from zitter.kbody.equilibria import (
    Species,
    homogeneous_medium,
    isothermal_slab,
    plummer_cloud,
)
from zitter.kbody.king import king_cloud
from zitter.scenarios.bodies.config import Body, Config, King, Medium, Plummer, Slab
from zitter.system.constants import UnitSystem


class Start(NamedTuple):
    """Bodies and where they are; `widths` of the packets, empty if any is missing."""

    system: Bodies
    X: np.ndarray
    V: np.ndarray
    widths: np.ndarray


def start_of(config: Config) -> Start:
    """Start of a scenario: the bodies as given, or drawn with its seed."""
    units = config.unit_system.system
    G = (1.0 if units is None else units.gravitational_constant()) * config.gravity
    k = 1.0 if units is None else units.coulomb_coupling()
    if isinstance(config.cloud, (Plummer, King)):
        return _sphere(config.cloud, config, G)
    if isinstance(config.cloud, Medium):
        return _medium(config.cloud, config, G, k)
    if isinstance(config.cloud, Slab):
        return _slab(config.cloud, config, G)
    return _single(list(config.body), config, G, k, units)


def _single(
    given: list[Body], config: Config, G: float, k: float, units: UnitSystem | None
) -> Start:
    X, V = (np.array([getattr(b, name) for b in given]) for name in ("position", "velocity"))
    law = "sheet" if X.shape[1] == 1 and config.softening == 0.0 else "point"
    system = bodies(
        [b.mass for b in given],
        [b.charge for b in given],
        num_space=X.shape[1],
        law=law,
        gravitational_constant=G,
        coulomb_constant=k,
        softening=config.softening,
    )
    widths = [b.width for b in given if b.width is not None]
    return Start(system, X, V, np.array(widths if len(widths) == len(given) else []))


def _sphere(cloud: Plummer | King, config: Config, G: float) -> Start:
    how: dict[str, Any] = dict(start=cloud.start, seed=config.seed)
    if isinstance(cloud, King):
        drawn = king_cloud(cloud.num_bodies, cloud.mass, cloud.radius, cloud.depth, G, **how)
    else:
        drawn = plummer_cloud(cloud.num_bodies, cloud.mass, cloud.radius, G, **how)
    masses, _, X, V = drawn.centred
    system = bodies(masses, gravitational_constant=G, softening=config.softening)
    return Start(system, X, V, np.array([]))


def _slab(cloud: Slab, config: Config, G: float) -> Start:
    """At rest as a whole, where chance has it."""
    drawn = isothermal_slab(
        cloud.num_bodies, cloud.mass, cloud.dispersion, G, start=cloud.start, seed=config.seed
    )
    system = bodies(drawn.masses, num_space=1, gravitational_constant=G)
    return Start(system, drawn.X, drawn.V - drawn.V.mean(axis=0), np.array([]))


def _medium(cloud: Medium, config: Config, G: float, k: float) -> Start:
    kind = Species(cloud.num_bodies, cloud.mass, cloud.charge, cloud.dispersion)
    background = -cloud.num_bodies * cloud.charge
    masses, charges, X, V = homogeneous_medium(
        [kind], cloud.period, cloud.num_space, background=background, start=cloud.start,
        seed=config.seed,
    )  # fmt: skip
    wavenumber = 2.0 * np.pi / cloud.period
    X[:, 0] += cloud.wave / wavenumber * np.cos(wavenumber * X[:, 0])
    system = bodies(
        masses, charges, num_space=cloud.num_space, period=cloud.period,
        gravitational_constant=G, coulomb_constant=k,
    )  # fmt: skip
    return Start(system, X, V - V.mean(axis=0), np.array([]))
