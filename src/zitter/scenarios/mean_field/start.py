"""Species, bodies and scales at the start of a scenario, in its declared units."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zitter.core.grid import Grid
from zitter.kbody.bodies import Bodies, bodies
from zitter.mean_field.linear_response import Maxwellians, maxwellians
from zitter.mean_field.phase_space import Species, species
from zitter.scenarios.mean_field.config import Config, OwnDensity, Stream
from zitter.scenarios.own import own_callable


class Scales(NamedTuple):
    """What the streams have in common."""

    frequency: float
    """ω_p or ω_J of all streams"""
    wavenumber: float
    """1/λ_D or k_J of all streams"""
    G: float
    k: float


def scales_of(config: Config) -> Scales:
    """Frequency and screening or Jeans wavenumber of all streams together; NaN of an own f₀."""
    units = config.unit_system.system
    gravity = config.force == "gravity"
    G = (1.0 if units is None else units.gravitational_constant()) * gravity
    k = (1.0 if units is None else units.coulomb_coupling()) * (not gravity)
    if config.f0:
        return Scales(np.nan, np.nan, G, k)
    squared = np.array([4.0 * np.pi * (G * s.mass + k * s.charge**2 / s.mass) * s.density
                        for s in config.stream])  # fmt: skip
    spreads = np.array([s.spread for s in config.stream])
    return Scales(float(np.sqrt(squared.sum())), float(np.sqrt(np.sum(squared / spreads**2))), G, k)


def streams_of(config: Config, kind: int) -> list[Stream]:
    """The streams of one kind of particles."""
    return [s for s in config.stream if (s.mass, s.charge) == config.kinds[kind]]


def species_of(config: Config, kind: int, space: Grid, velocity: Grid) -> Species:
    """f₀ = Σ n (1 + a cos kx) N(drift, spread²) of one kind of particles."""
    mass, charge = config.kinds[kind]
    if config.f0:
        return species(_own(config.f0, space, velocity), space, velocity, mass=mass, charge=charge)
    streams = streams_of(config, kind)
    k = wavenumber(config, space)

    def f0(x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return sum(_wave(s, k, x) * _normal((v - s.drift) / s.spread) / s.spread for s in streams)

    return species(f0, space, velocity, mass=mass, charge=charge)


def _own(density: OwnDensity, space: Grid, velocity: Grid) -> np.ndarray:
    function = own_callable(density.source, 2)
    z = np.stack(np.meshgrid(space.axes[0], velocity.axes[0], indexing="ij"), axis=-1)
    return np.asarray(jax.vmap(jax.vmap(function))(jnp.asarray(z)))


def wavenumber(config: Config, space: Grid) -> float:
    """k of the perturbation."""
    return 2.0 * np.pi * config.mode / (space.upper[0] - space.lower[0])


def distribution_of(config: Config) -> Maxwellians:
    """f₀(v) of a single kind of particles, without its perturbation."""
    return maxwellians(*(
        [getattr(s, name) for s in config.stream] for name in ("density", "drift", "spread")
    ))  # fmt: skip


def bodies_of(config: Config, scales: Scales, space: Grid) -> tuple[Bodies, np.ndarray, np.ndarray]:
    """K sheets that stand for all particles of the box, drawn from f₀."""
    rng = np.random.default_rng([config.seed, 0])
    K, length = config.num_bodies, space.upper[0] - space.lower[0]
    density = np.array([s.density for s in config.stream])
    of = rng.choice(len(density), K, p=density / density.sum())
    v = np.array([s.drift for s in config.stream])[of]
    v = v + np.array([s.spread for s in config.stream])[of] * rng.normal(size=K)
    a = np.array([s.amplitude for s in config.stream])[of]
    s = _places(rng.uniform(size=K), a, config.mode)
    x = length * (s - np.round(s))
    mass, charge = config.kinds[0]
    share = density.sum() * length / K
    system = bodies(
        np.full(K, share * mass),
        np.full(K, share * charge),
        num_space=1,
        gravitational_constant=scales.G,
        coulomb_constant=scales.k,
        period=length,
    )
    return system, x[:, None], v[:, None]


def _places(u: np.ndarray, amplitude: np.ndarray, mode: int) -> np.ndarray:
    """s in [0, 1] with s + a sin(2π mode s)/(2π mode) = u, by halving."""
    low, high = np.zeros_like(u), np.ones_like(u)
    turn = 2.0 * np.pi * mode
    for _ in range(60):
        s = 0.5 * (low + high)
        above = s + amplitude * np.sin(turn * s) / turn > u
        low, high = np.where(above, low, s), np.where(above, s, high)
    return 0.5 * (low + high)


def _wave(stream: Stream, k: float, x: np.ndarray) -> np.ndarray:
    return stream.density * (1.0 + stream.amplitude * np.cos(k * x))


def _normal(z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
