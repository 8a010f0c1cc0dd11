"""A scenario of one body in units of ħ = m = L = 1: ψ, potential, and a box that holds both."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import ValidityError, require_finite
from zitter.core.grid import Grid
from zitter.scenarios.own import Own, own_callable, require_covered
from zitter.scenarios.packet.config import Config, DoubleSlit
from zitter.scenarios.parts import amplitudes, of_unit_norm, per_packet
from zitter.scenarios.units import label
from zitter.system.constants import UnitSystem, scaled
from zitter.system.potentials import GaussianWell, Harmonic, Quartic, UniformForce
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition

WIDTHS = 6.0
"""How many widths of a packet the box holds on each side of every classical path."""

MARGIN = 1.8
"""Points for each half wavelength of the largest classical momentum."""

SMALLEST_NUM = {1: 256, 2: 64, 3: 32}
"""Points for each axis that a picture needs, by the number of axes."""

MOST_POINTS = 1e9

STEPS = 2000
PARTS_OF_A_BOX = 20.0


class Problem(NamedTuple):
    """ψ at the start, potential and grid with ħ = m = L = 1; `units` leads back."""

    psi: Superposition | np.ndarray
    """packets, or values of a ψ of one's own on the grid, not normalised"""
    potential: Any
    grid: Grid
    units: UnitSystem
    end: float


class InNaturalUnits(eqx.Module):
    """A potential of one's own with ħ = m = L = 1: U(x L, t T)/E."""

    function: Any
    length: float
    time: float
    energy: float

    def __call__(self, x: Array, t: Any) -> Array:
        return self.function(x * self.length, t * self.time) / self.energy


class SlitWall(eqx.Module):
    """U = V exp(-x²/2w²) Π± [1 - exp(-(y ± s/2)²/2a²)], a wall with two openings."""

    height: float
    thickness: float
    separation: float
    opening: float

    def __call__(self, x: Array, t: Any) -> Array:
        wall = jnp.exp(-0.5 * (x[0] / self.thickness) ** 2)
        up, down = ((x[1] + s * 0.5 * self.separation) / self.opening for s in (1.0, -1.0))
        both = (1.0 - jnp.exp(-0.5 * up**2)) * (1.0 - jnp.exp(-0.5 * down**2))
        return self.height * wall * both


def problem_of(config: Config, chosen: dict[str, str]) -> Problem:
    """The problem that a scenario stands for; what it leaves open is put into `chosen`."""
    units = scaled(_length(config), config.mass, config.unit_system.hbar)
    potential = _potential(config, units)
    if config.psi is not None:
        grid, end = _own_box(config, units), float(units.into(config.end, "time"))
        psi = _own_psi(config.psi, grid, units)
    else:
        psi = _initial(config, units)
        end = _end(config, psi, units, chosen)
        grid = _box(config, psi, potential, units, end, chosen)
    if config.potential.kind == "own":
        _require_covered(config.potential.source, grid, units)
    return Problem(psi, potential, grid, units, end)


def _length(config: Config) -> float:
    """Unit of length of a problem: the width of its first packet, or a part of its box."""
    if config.psi is None:
        return float(config.packets[0].width[0])
    low, high = _ends(config)
    return (high[0] - low[0]) / PARTS_OF_A_BOX


def _own_psi(source: Own, grid: Grid, units: UnitSystem) -> np.ndarray:
    _require_covered(source, grid, units)
    function = own_callable(source, grid.num_axes)
    points = jnp.asarray(units.back(grid.points, "length"))
    values = np.asarray(jax.lax.map(function, points, batch_size=4096), dtype=complex)
    require_finite(source.written, values)
    if not np.any(values):
        raise ValueError(f"{source.written} is zero on the whole box.")
    return values.reshape(grid.num)


def _require_covered(source: Own, grid: Grid, units: UnitSystem) -> None:
    last = np.array([axis[-1] for axis in grid.axes])
    ends = (units.back(np.array(end), "length") for end in (grid.lower, last))
    require_covered(source, *ends)


def _initial(config: Config, units: UnitSystem) -> Superposition:
    names = {"width": "length", "centre": "length", "momentum": "momentum"}
    fields = {
        name: units.into(per_packet(config.packets, name, config.num_space), unit)
        for name, unit in names.items()
    }
    return of_unit_norm(Superposition(GaussianPacket(**fields), amplitudes(config.packets)))


def _potential(config: Config, units: UnitSystem) -> Any:
    p, axes = config.potential, config.num_space
    along = np.eye(axes)[0]
    match p.kind:
        case "uniform_force":
            return UniformForce(units.into(p.force, "force") * along)
        case "harmonic":
            return Harmonic(units.into(p.stiffness, "force/length"))
        case "quartic":
            return Quartic(units.into(p.coefficient, "energy/length^4"))
        case "gaussian":
            width = np.where(along > 0, units.into(p.width, "length"), 1e6)
            centre = units.into(p.centre, "length") * along
            return GaussianWell(-units.into(p.height, "energy"), width, centre)
        case "double_slit":
            return _slit_wall(p, units)
        case "own":
            sizes = (units.unit(name) for name in ("length", "time", "energy"))
            return InNaturalUnits(own_callable(p.source, axes, 2), *sizes)
    return None


def _slit_wall(p: DoubleSlit, units: UnitSystem) -> SlitWall:
    lengths = (units.into(v, "length") for v in (p.thickness, p.separation, p.opening))
    return SlitWall(float(units.into(p.height, "energy")), *map(float, lengths))


def _end(config: Config, psi: Superposition, units: UnitSystem, chosen: dict[str, str]) -> float:
    if config.end is not None:
        return float(units.into(config.end, "time"))
    x, p = np.asarray(psi.packets.centre), np.asarray(psi.packets.momentum)
    if config.potential.kind == "harmonic" and config.potential.stiffness > 0.0:
        stiffness = float(units.into(config.potential.stiffness, "force/length"))
        end, why = 2.0 * np.pi / np.sqrt(stiffness), "one period of the trap"
    elif np.any(p):
        end, why = _crossing(x, p), "time for the packets to cross their distances"
    else:
        end, why = 8.0 * float(np.min(np.asarray(psi.packets.width))) ** 2, "four spreading times"
    unit = label(config.unit_system, "time")
    chosen["end"] = f"{units.back(end, 'time'):.4g} {unit}".strip() + f": {why}"
    return float(end)


def _crossing(x: np.ndarray, p: np.ndarray) -> float:
    speed = np.linalg.norm(p, axis=1)
    distance = np.maximum(np.linalg.norm(x, axis=1), 1.0)
    return float(np.max(2.0 * distance[speed > 0] / speed[speed > 0]))


def _box(
    config: Config,
    psi: Superposition,
    potential: Any,
    units: UnitSystem,
    end: float,
    chosen: dict[str, str],
) -> Grid:
    if config.box is not None:
        return _own_box(config, units)
    x, p = _classical_extent(psi, potential, end)
    spread = WIDTHS * np.min(np.asarray(psi.packets.width), axis=0)
    low, high = x[0] - 0.5 * spread, x[1] + 0.5 * spread
    if not np.all(np.isfinite([low, high, p])):
        raise ValidityError(
            "The classical motion from these packets is not finite within the run: the "
            "potential has no slope there, or throws them to infinity. Ask for a shorter `end`, "
            "or give a `box`."
        )
    least = SMALLEST_NUM[config.num_space]
    wanted = [
        max(least, MARGIN * k * (b - a) / np.pi) for a, b, k in zip(low, high, p, strict=True)
    ]
    if max(wanted) > MOST_POINTS:
        raise ValidityError(
            f"The classical motion needs {max(wanted):.2g} points along an axis: ask for a shorter "
            "`end`, slower or wider packets, or give a `box` of your own."
        )
    num = [_fast_size(n) for n in wanted]
    shown = ", ".join(
        f"{units.back(a, 'length'):.4g} .. {units.back(b, 'length'):.4g} ({n})"
        for a, b, n in zip(low, high, num, strict=True)
    )
    shown = f"{shown} {label(config.unit_system, 'length')}".strip()
    chosen["box"] = f"{shown}: what the classical motion reaches, its largest momentum resolved"
    return Grid(tuple(map(float, low)), tuple(map(float, high)), tuple(num))


def _own_box(config: Config, units: UnitSystem) -> Grid:
    assert config.box is not None
    low, high = (np.asarray(units.into(np.array(v), "length")) for v in _ends(config))
    return Grid(tuple(low), tuple(high), tuple(config.box.num))


def _ends(config: Config) -> tuple[list[float], list[float]]:
    assert config.box is not None
    return config.box.lower, config.box.upper


def _fast_size(points: float) -> int:
    """The next product of 2, 3 and 5 above a number of points."""
    n = int(np.ceil(points))
    while _rest(n) > 1 or n % 2:
        n += 1
    return n


def _rest(n: int) -> int:
    for factor in (2, 3, 5):
        while n % factor == 0:
            n //= factor
    return n


def _classical_extent(
    psi: Superposition, potential: Any, end: float
) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Smallest and largest place, and the largest momentum, of the classical motion per axis.

    Starts are all corners of a phase-space box of six standard deviations about each packet, and
    their mirror images in momentum, for what may be reflected.
    """
    width = np.asarray(psi.packets.width)
    axes = width.shape[1]
    signs = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * (2 * axes)), -1).reshape(-1, 2 * axes)
    x = np.asarray(psi.packets.centre)[:, None] + WIDTHS * width[:, None] * signs[:, :axes]
    p = np.asarray(psi.packets.momentum)[:, None] + WIDTHS * signs[:, axes:] / (2 * width[:, None])
    starts = x.reshape(-1, axes), p.reshape(-1, axes)
    if potential is not None:
        starts = (np.concatenate([starts[0]] * 2), np.concatenate([starts[1], -starts[1]]))
    low, high, fastest = _extremes(potential, jnp.asarray(starts[0]), jnp.asarray(starts[1]), end)
    return (np.asarray(low), np.asarray(high)), np.asarray(fastest)


def _extremes(potential: Any, x: Array, p: Array, end: float) -> tuple[Array, Array, Array]:
    if potential is None:
        both = jnp.concatenate([x, x + p * end])
        return both.min(0), both.max(0), jnp.abs(p).max(0)
    return _leapfrog_extremes(potential, x, p, end / STEPS)


@eqx.filter_jit
def _leapfrog_extremes(potential: Any, x: Array, p: Array, dt: float):
    force = jax.vmap(lambda q: -jax.grad(potential)(q, 0.0))

    def step(_: int, state: tuple) -> tuple:
        x, p, low, high, fastest = state
        p = p + 0.5 * dt * force(x)
        x = x + dt * p
        p = p + 0.5 * dt * force(x)
        ends = jnp.minimum(low, x.min(0)), jnp.maximum(high, x.max(0))
        return x, p, *ends, jnp.maximum(fastest, jnp.abs(p).max(0))

    start = (x, p, x.min(0), x.max(0), jnp.abs(p).max(0))
    return jax.lax.fori_loop(0, STEPS, step, start)[2:]
