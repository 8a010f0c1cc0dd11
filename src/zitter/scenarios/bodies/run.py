"""Paths of K bodies from time to time, what they conserve, and the tides on their packets."""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from zitter.core.checks import ValidityError
from zitter.kbody.direct_sum import sampled_accelerations
from zitter.kbody.newton import adaptive_newton_paths, newton_paths
from zitter.kbody.particle_mesh import mesh_around
from zitter.kbody.plasma import medium_scales, require_resolved_jeans, require_resolved_plasma
from zitter.kbody.sheets import sheet_paths
from zitter.scenarios.bodies.config import Config
from zitter.scenarios.bodies.packets import packets_data, settled_maps
from zitter.scenarios.bodies.starts import Start, start_of
from zitter.scenarios.plan import Piece, Plan
from zitter.scenarios.units import label

INTERVALS_IN_A_PIECE = 20
MOST_ADAPTIVE = 32
FALLING = 64
"""bodies whose fall from rest is looked at"""
TREE_FROM, OPENING = 20_000, 0.5


class Work(NamedTuple):
    """What every piece of a run shares, in the declared units."""

    config: Config
    start: Start
    times: np.ndarray
    method: str
    time_step: float
    sums: dict[str, Any]
    """opening angle or mesh of the forces of a sphere"""


def plan(config: Config) -> Plan:
    """Duration, method and step of a run.

    Raises:
        ValidityError: many bodies at points without softening, whose encounters no fixed step
            resolves; a mesh too coarse for the Debye or the Jeans length.
    """
    chosen: dict[str, str] = {}
    start = start_of(config)
    crossing = _crossing_time(start)
    end = config.end
    if end is None:
        end = 20.0 * crossing
        shown = f"{end:.4g} {label(config.unit_system, 'time')}".strip()
        chosen["end"] = f"{shown}: 20 crossing times"
    if start.system.num_space == 1:
        chosen["law"] = _law_on_a_line(start)
    method = _method(start, config, chosen)
    sums = _sums(start, config) if method == "leapfrog" else {}
    if "mesh" in sums:
        spacing = sums["mesh"].spacing
        own = spacing > start.system.softening
        chosen["mesh"] = f"spacing {spacing:.4g}" + (", which softens the forces" if own else "")
    if start.system.period and "mesh" in sums:
        require_resolved_plasma(start.system, start.V, sums["mesh"].spacing)
        require_resolved_jeans(start.system, start.V, sums["mesh"].spacing)
    step = config.time_step
    if step is None:
        smooth = max(start.system.softening, sums["mesh"].spacing if "mesh" in sums else 0.0)
        step = _step(start, smooth, crossing)
        if method == "leapfrog":
            chosen["time_step"] = f"{step:.4g}: {_reason(start, smooth)}"
    times = np.linspace(0.0, end, config.num_samples)
    K, D = start.X.shape
    disk = 16 * K * D * config.num_samples
    memory = 64 * K * D * INTERVALS_IN_A_PIECE + 2**28
    memory += 200 * config.mesh_points**3 if "mesh" in sums else 0
    pieces = -(-(config.num_samples - 1) // INTERVALS_IN_A_PIECE)
    return Plan(pieces, chosen, memory, disk, Work(config, start, times, method, step, sums))


def piece(plan: Plan, index: int, state: dict[str, Any]) -> Piece:
    """The next samples of the paths."""
    work: Work = plan.work
    first = index * INTERVALS_IN_A_PIECE
    times = work.times[first : first + INTERVALS_IN_A_PIECE + 1]
    X, V = (state["X"], state["V"]) if state else (work.start.X, work.start.V)
    motion, ahead = _moved(work, X, V, times, state)
    ahead |= {"X": motion.X[-1], "V": motion.V[-1]}
    kept = slice(0 if index == 0 else 1, None)
    data = _labelled(work, motion, kept)
    if work.start.widths.size:
        maps = settled_maps(work.start.system, X, V, times)
        maps = maps @ state["map"] if state else maps
        ahead["map"] = maps[-1]
        units, D = work.config.unit_system, X.shape[1]
        data = data.merge(packets_data(work.start.widths, maps[kept], D, units, data.time))
    return Piece({"bodies": (data, "time")}, ahead)


def _moved(work: Work, X, V, times, state) -> tuple[Any, dict[str, Any]]:
    system = work.start.system
    if work.method == "sheets":
        return sheet_paths(system, X, V, times), {}
    if work.method == "leapfrog":
        return newton_paths(system, X, V, times, time_step=work.time_step, **work.sums), {}
    before = dict(carry=state["carry"], first_step=float(state["step"])) if state else {}
    motion = adaptive_newton_paths(system, X, V, times, **before)
    return motion, {"carry": motion.carry, "step": np.array(motion.step)}


def _law_on_a_line(start: Start) -> str:
    if start.system.law == "sheet":
        return "sheets, whose force is the same at all distances: masses and charges are per area"
    return "points, because there is a softening; without one they would be sheets"


def _method(start: Start, config: Config, chosen: dict[str, str]) -> str:
    system = start.system
    if system.law == "sheet" and not system.period:
        chosen["method"] = "exact, from crossing to crossing"
        return "sheets"
    if system.num_bodies <= MOST_ADAPTIVE and config.forces is None and not system.period:
        chosen["method"] = "Gauss-Radau collocation of order 15, steps of their own size"
        return "adaptive"
    forces = _forces(start, config)
    if system.softening == 0.0 and forces != "mesh" and system.law != "sheet":
        raise ValidityError(
            f"{system.num_bodies} points without softening meet too closely for steps of one size: "
            "give a `softening`, such as the mean distance of neighbours, or forces by a mesh."
        )
    sums = {"direct": "direct sums", "tree": "a tree", "mesh": "a mesh"}[forces]
    chosen["method"] = f"leapfrog with {sums}"
    return "leapfrog"


def _forces(start: Start, config: Config) -> str:
    if start.system.period and config.forces is None:
        return "direct" if start.system.law == "sheet" else "mesh"
    return config.forces or ("tree" if start.system.num_bodies >= TREE_FROM else "direct")


def _sums(start: Start, config: Config) -> dict[str, Any]:
    match _forces(start, config):
        case "tree":
            return {"opening": OPENING}
        case "mesh":
            return {"mesh": mesh_around(start.system, start.X, config.mesh_points)}
    return {}


def _crossing_time(start: Start) -> float:
    """Size over typical speed: of the velocities, or of free fall from rest."""
    size = np.sqrt(np.mean(np.sum((start.X - start.X.mean(axis=0)) ** 2, axis=1)))
    speed = np.sqrt(np.mean(np.sum(start.V**2, axis=1)))
    if speed > 0.0:
        return float(size / speed)
    some = np.unique(np.linspace(0, len(start.X) - 1, FALLING).astype(int))
    a = sampled_accelerations(start.system, start.X, some)
    pull = np.sqrt(np.mean(np.sum(a**2, axis=1)))
    if not pull > 0.0:
        raise ValidityError(
            "Nothing moves: the bodies start at rest and no force acts on them. Give them "
            "velocities, or forces: gravity, or charges."
        )
    return float(np.sqrt(size / pull))


def _step(start: Start, smooth: float, crossing: float) -> float:
    """A tenth of the time to cross the length below which the field is smooth."""
    speed = np.sqrt(np.mean(np.sum(start.V**2, axis=1)))
    step = 0.1 * smooth / speed if smooth > 0.0 and speed > 0.0 else 0.01 * crossing
    if start.system.period:
        scales = medium_scales(start.system, start.V)
        step = min(step, 0.1 / np.nanmax([scales.plasma_frequency, scales.jeans_rate]))
    return float(step)


def _reason(start: Start, smooth: float) -> str:
    if start.system.period:
        return "a tenth of the shortest of 1/ω and the time to cross a cell"
    return f"a tenth of the time to cross {smooth:.4g}"


def _labelled(work: Work, motion: Any, kept: slice) -> xr.Dataset:
    declared, D = work.config.unit_system, work.start.X.shape[1]
    energy = "energy/length^2" if work.start.system.law == "sheet" else "energy"
    dims, X, period = ("time", "body", "space"), motion.X[kept], work.start.system.period
    wave = {}
    if period:
        phases = np.exp(-2j * np.pi / period * X[..., 0])
        about = {"unit": "1", "meaning": "|⟨exp(-ikx)⟩| of the first wave"}
        X, wave = np.mod(X, period), {"wave": ("time", np.abs(phases.mean(axis=1)), about)}
    return xr.Dataset(
        wave
        | {
            "position": (dims, X, _about(declared, "length", "positions", "(102)")),
            "velocity": (dims, motion.V[kept], _about(declared, "velocity", "velocities", "(101)")),
            "energy": ("time", motion.energy[kept], _about(declared, energy, "energy", "(107)")),
        },
        {
            "time": ("time", motion.times[kept], {"unit": label(declared, "time")}),
            "space": list("xyz"[:D]),
        },
    )


def _about(declared: Any, dimension: str, meaning: str, equation: str) -> dict[str, str]:
    return {"unit": label(declared, dimension), "meaning": meaning, "equation": equation}
