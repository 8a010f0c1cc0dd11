"""f(x, v, t) in its own mean field from time to time, and K bodies beside it."""

import contextlib
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.kbody.bodies import Bodies
from zitter.kbody.newton import newton_paths
from zitter.mean_field._vlasov_checks import require_no_recurrence
from zitter.mean_field.linear_response import wave_frequencies
from zitter.mean_field.phase_space import Species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import VlasovSolution, evolve_vlasov
from zitter.scenarios.mean_field.config import Config
from zitter.scenarios.mean_field.start import (
    Scales,
    bodies_of,
    distribution_of,
    scales_of,
    species_of,
    streams_of,
    wavenumber,
)
from zitter.scenarios.plan import Piece, Plan
from zitter.scenarios.units import label

INTERVALS_IN_A_PIECE = 10
# A wave at twice the screening length, well damped or well growing; cells of both in it.
DEFAULT_WAVE, CELLS_OF_A_WAVE, CELLS_OF_A_SPREAD = 0.5, 64, 12
REACH, STEPS_OF_A_PERIOD = 8.0, 10.0
MIXED, HARMONICS = 4.0, 2
DURATION = {"electrostatic": 30.0, "gravity": 8.0}


class Work(NamedTuple):
    """What every piece of a run shares, in the declared units."""

    config: Config
    scales: Scales
    space: Grid
    velocities: list[Grid]
    times: np.ndarray
    time_step: float
    bodies: tuple[Bodies, np.ndarray, np.ndarray] | None


def plan(config: Config) -> Plan:
    """Box, grids, step and duration of a run.

    Raises:
        ValidityError: a grid of velocities that shows mixed waves again before the end.
    """
    chosen: dict[str, str] = {}
    scales = scales_of(config)
    name, rate = ("Jeans", "ω_J") if config.force == "gravity" else ("Debye", "ω_p")
    shown = lambda value, of: f"{value:.4g} {label(config.unit_system, of)}".strip()  # noqa: E731
    if not config.f0:
        chosen[rate] = f"{shown(scales.frequency, '1/time')}: of all streams"
    length = config.length
    if length is None:
        length = 2.0 * np.pi * config.mode / (DEFAULT_WAVE * scales.wavenumber)
        chosen["length"] = f"{shown(length, 'length')}: k is half of the {name} wavenumber"
    end = config.end
    if end is None:
        end = DURATION[config.force] / scales.frequency
        chosen["end"] = f"{shown(end, 'time')}: {DURATION[config.force]:g}/{rate}"
    step = config.time_step
    if step is None:
        step = 1.0 / (STEPS_OF_A_PERIOD * scales.frequency)
        chosen["time_step"] = f"{shown(step, 'time')}: 1/({STEPS_OF_A_PERIOD:g} {rate})"
    space = Grid((-0.5 * length,), (0.5 * length,), (_cells(config, scales, length, chosen),))
    velocities = _velocities(config, length, end, chosen)
    _describe_wave(config, scales, space, chosen)
    times = np.linspace(0.0, end, config.num_samples)
    beside = bodies_of(config, scales, space) if config.num_bodies else None
    size = 8 * space.num[0] * sum(v.num[0] for v in velocities)
    disk = (size + 16 * config.num_bodies) * config.num_samples
    pieces = -(-(config.num_samples - 1) // INTERVALS_IN_A_PIECE)
    work = Work(config, scales, space, velocities, times, step, beside)
    return Plan(pieces, chosen, (4 + INTERVALS_IN_A_PIECE) * size + 2**28, disk, work)


def piece(plan: Plan, index: int, state: dict[str, Any]) -> Piece:
    """The next samples of f and of the bodies."""
    work: Work = plan.work
    first = index * INTERVALS_IN_A_PIECE
    times = work.times[first : first + INTERVALS_IN_A_PIECE + 1]
    kinds = [
        species_of(work.config, s, work.space, velocity)
        for s, velocity in enumerate(work.velocities)
    ]
    if not state and work.config.f0 and not work.config.allow_recurrence:
        # What waves a density of one's own has is known by its values only.
        require_no_recurrence(kinds, work.times)
    if state:
        kinds = [kind._replace(f=state[f"f{s}"]) for s, kind in enumerate(kinds)]
    solution = evolve_vlasov(
        kinds,
        _field(work),
        times,
        time_step=work.time_step,
        order=work.config.order,
        interpolator=work.config.interpolator,
        allow_recurrence=True,
    )
    kept = slice(0 if index == 0 else 1, None)
    ahead = {f"f{s}": f[-1] for s, f in enumerate(solution.f)}
    groups = {"field": (_labelled(work, kinds, solution, kept), "time")}
    if work.bodies is not None:
        system, X, V = work.bodies
        X, V = (state["X"], state["V"]) if state else (X, V)
        motion = newton_paths(system, X, V, times, time_step=0.5 * work.time_step)
        ahead |= {"X": motion.X[-1], "V": motion.V[-1]}
        groups["bodies"] = (_bodies(work, motion, kept), "time")
    return Piece(groups, ahead)


def _field(work: Work) -> SelfField:
    return SelfField(
        work.space,
        "periodic",
        gravitational_constant=work.scales.G,
        coulomb_constant=work.scales.k,
        background=work.config.background,
    )


def _cells(config: Config, scales: Scales, length: float, chosen: dict[str, str]) -> int:
    if config.num_space is not None:
        return config.num_space
    needed = max(CELLS_OF_A_WAVE * config.mode, 2.0 * length * scales.wavenumber)
    num = 2 ** int(np.ceil(np.log2(needed)))
    chosen["num_space"] = f"{num}: two cells in the screening length, {CELLS_OF_A_WAVE} in a wave"
    return num


def _velocities(config: Config, length: float, end: float, chosen: dict[str, str]) -> list[Grid]:
    """One grid for each kind of particles, fine enough that nothing recurs before the end."""
    grids, k = [], 2.0 * np.pi * config.mode / length
    for kind in range(len(config.kinds)):
        streams = streams_of(config, kind)
        # Beams that roll up throw particles to more than twice their own velocity.
        thrown = max((2.0 * abs(s.drift) + REACH * s.spread for s in streams), default=0.0)
        reach = config.reach or thrown
        finest = min((s.spread for s in streams), default=np.inf) / CELLS_OF_A_SPREAD
        # A wave comes back a few times its mixing time before 2π/(k dv); its first harmonic, too.
        mixing = 0.0 if not streams else MIXED / (k * min(s.spread for s in streams))
        coarsest = 2.0 * np.pi / (HARMONICS * k * (end + mixing))
        wanted = 2.0 * reach / min(finest, coarsest)
        num = config.num_velocity or max(32, 2 ** int(np.ceil(np.log2(wanted))))
        recurrence = np.pi * num / (HARMONICS * k * reach) - mixing
        if end > recurrence and not config.allow_recurrence:
            raise ValidityError(
                f"After {recurrence:.3g} the {num} cells of velocity show the mixed waves again, "
                f"but the run takes {end:.3g}: ask for num_velocity >= {int(np.ceil(wanted))}, or "
                "for allow_recurrence = true where the waves are strong."
            )
        if config.num_velocity is None:
            why = f"up to a velocity of {reach:.4g}, mixed waves recur at t = {recurrence:.3g}"
            chosen[f"num_velocity {kind + 1}"] = f"{num}: {why}"
        grids.append(Grid((-reach,), (reach,), (num,)))
    return grids


def _describe_wave(config: Config, scales: Scales, space: Grid, chosen: dict[str, str]) -> None:
    root = linear_root(config, scales, wavenumber(config, space))
    if root is not None:
        frequency, growth = root.real / scales.frequency, root.imag / scales.frequency
        chosen["linear theory"] = f"frequency {frequency:.5f}, growth {growth:+.5f}, in units of ω"


def linear_root(config: Config, scales: Scales, k: float) -> complex | None:
    """The root of the dielectric function that grows fastest or is damped least, if it is found."""
    if config.f0 or len(config.kinds) > 1:
        return None
    omega = scales.frequency
    rate_squared = omega**2 if config.force == "gravity" else -(omega**2)
    fastest = max(abs(s.drift) + 3.0 * s.spread for s in config.stream)
    corner = complex(1.3 * (omega + k * fastest), 1.37 * omega)
    # Strongly damped roots are many: they are asked for only where nothing else is there.
    for damping in (-0.0037, 0.0037, 0.13, 0.41, 0.83):
        lower = complex(-0.031, -damping) * omega
        with contextlib.suppress(ValidityError):
            roots = wave_frequencies(k, distribution_of(config), rate_squared, lower, corner)
            if len(roots):
                return complex(roots[0])
    return None


def _labelled(work: Work, kinds: list[Species], solution: VlasovSolution, kept: slice):
    declared = work.config.unit_system
    about = lambda of, meaning, equation="(112)": {  # noqa: E731
        "unit": label(declared, of), "meaning": meaning, "equation": equation,
    }  # fmt: skip
    wave = np.array([_wave_of(work, kinds, n) for n in solution.density[kept]])
    energy, kinetic = solution.energy[kept], solution.kinetic_energy[kept]
    variables: dict[str, Any] = {
        "density": (("time", "species", "x"), solution.density[kept],
                    about("1/length^3", "n = ∫f dv", "(114)")),
        "energy": ("time", energy, about("energy/length^2", "energy of the box", "(113)")),
        "kinetic_energy": ("time", kinetic, about("energy/length^2", "kinetic energy", "(113)")),
        "number": (("time", "species"), solution.number[kept], about("1/length^2", "∫f dx dv")),
        "lowest": (("time", "species"), solution.lowest[kept], about("time/length^4", "least f")),
        "wave": ("time", wave, about("1", "|∫ρ exp(-ikx) dx| / ∫ρ dx of the source ρ")),
    }  # fmt: skip
    coordinates: dict[str, Any] = {
        "time": ("time", solution.times[kept], {"unit": label(declared, "time")}),
        "x": ("x", work.space.axes[0], {"unit": label(declared, "length")}),
    }
    for s, grid in enumerate(work.velocities):
        name, v = (f"f_{s + 1}", f"v_{s + 1}") if s else ("f", "v")
        f = solution.f[s][kept]
        variables[name] = (("time", "x", v), f, about("time/length^4", "f(x, v)", "(112)"))
        coordinates[v] = (v, grid.axes[0], {"unit": label(declared, "velocity")})
    return xr.Dataset(variables, coordinates)


def _wave_of(work: Work, kinds: list[Species], density: np.ndarray) -> float:
    gravity = work.config.force == "gravity"
    weights = np.array([kind.mass if gravity else kind.charge for kind in kinds])
    phase = np.exp(-1j * wavenumber(work.config, work.space) * work.space.axes[0])
    return float(abs(weights @ density @ phase) / np.sum(np.abs(weights) @ density))


def _bodies(work: Work, motion: Any, kept: slice) -> xr.Dataset:
    declared, X = work.config.unit_system, motion.X[kept]
    phase = np.exp(-1j * wavenumber(work.config, work.space) * X[:, :, 0])
    dims = ("time", "body", "space")
    wave = {"meaning": "|mean of exp(-ikx)| of the bodies", "equation": "(110)", "unit": ""}
    return xr.Dataset(
        {
            "position": (dims, X, _about(declared, "length", "positions")),
            "velocity": (dims, motion.V[kept], _about(declared, "velocity", "velocities")),
            "wave": ("time", np.abs(phase.mean(axis=1)), wave),
        },
        {
            "time": ("time", motion.times[kept], {"unit": label(declared, "time")}),
            "space": ["x"],
        },
    )


def _about(declared: Any, dimension: str, meaning: str) -> dict[str, str]:
    return {"unit": label(declared, dimension), "meaning": meaning, "equation": "(109)"}
