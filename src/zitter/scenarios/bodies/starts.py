"""Bodies, positions and velocities at the start of a scenario, in its declared units."""

from typing import NamedTuple

import numpy as np

from zitter.kbody.bodies import Bodies, bodies
from zitter.scenarios.bodies.config import Body, Config, Plummer, Slab
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
    if isinstance(config.cloud, Plummer):
        return _plummer(config.cloud, config, G)
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


def _plummer(cloud: Plummer, config: Config, G: float) -> Start:
    """Positions by the cumulated mass, speeds by the distribution (-E)^(7/2)."""
    rng = np.random.default_rng([config.seed, 0])
    K, a = cloud.num_bodies, cloud.radius
    r = a / np.sqrt(rng.uniform(size=K) ** (-2.0 / 3.0) - 1.0)
    escape = np.sqrt(2.0 * G * cloud.mass) * (r**2 + a**2) ** -0.25
    X = r[:, None] * _directions(K, rng)
    V = (escape * _plummer_speeds(K, rng))[:, None] * _directions(K, rng)
    masses = np.full(K, cloud.mass / K)
    system = bodies(masses, gravitational_constant=G, softening=config.softening)
    return Start(system, X - X.mean(axis=0), V - V.mean(axis=0), np.array([]))


def _plummer_speeds(num: int, rng: np.random.Generator) -> np.ndarray:
    """Speeds in units of the escape speed, from q² (1 - q²)^(7/2), by rejection."""
    found = np.empty(0)
    highest = (2.0 / 9.0) * (7.0 / 9.0) ** 3.5
    while found.size < num:
        q, level = rng.uniform(size=(2, 2 * num))
        found = np.concatenate([found, q[level * highest < q**2 * (1.0 - q**2) ** 3.5]])
    return found[:num]


def _directions(num: int, rng: np.random.Generator) -> np.ndarray:
    n = rng.normal(size=(num, 3))
    return n / np.linalg.norm(n, axis=1, keepdims=True)


def _slab(cloud: Slab, config: Config, G: float) -> Start:
    """ρ ∝ sech²(x/H), H = σ²/(πGΣ) with the surface density Σ of the slab (E15)."""
    rng = np.random.default_rng([config.seed, 0])
    height = cloud.dispersion**2 / (np.pi * G * cloud.mass)
    X = height * np.arctanh(2.0 * rng.uniform(size=(cloud.num_bodies, 1)) - 1.0)
    V = cloud.dispersion * rng.normal(size=(cloud.num_bodies, 1))
    masses = np.full(cloud.num_bodies, cloud.mass / cloud.num_bodies)
    system = bodies(masses, num_space=1, gravitational_constant=G)
    return Start(system, X, V - V.mean(axis=0), np.array([]))
