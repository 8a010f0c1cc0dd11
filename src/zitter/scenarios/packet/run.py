"""ψ of one body from time to time on a grid, and the paths that it guides."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from zitter.classical_limit.classical_schrodinger import (
    ClassicalProblem,
    solve_classical_schrodinger,
)
from zitter.classical_limit.hamilton_jacobi import classical_rays, state_of_psi
from zitter.core.checks import ValidityError
from zitter.mean_field.extended_evolution import evolve_extended_body
from zitter.mean_field.schrodinger_newton import evolve_schrodinger_newton
from zitter.scenarios.packet.config import Config
from zitter.scenarios.packet.extended import self_energy, self_frequency
from zitter.scenarios.packet.problem import Problem, problem_of
from zitter.scenarios.plan import Piece, Plan
from zitter.scenarios.units import label, told_in
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.grid_evolution import Evolution
from zitter.wavefunctions.grid_psi import FramesTooFarError, GridPsi
from zitter.wavefunctions.schrodinger import evolve_schrodinger, values_on_grid

INTERVALS_IN_A_PIECE = 10
FEWEST_FRAMES = 8
ARRAYS_OF_PATHS = 2.5
"""Arrays of the size of ψ that paths need for each axis: derivatives, and what makes them."""

LARGEST_FRAMES = 5e8
"""Frames of a piece are doubled, where ψ changes fast, up to this size [byte]."""

LARGEST_PSI = 4e8
"""ψ is kept at all times up to this size [byte]; above it only |ψ|²."""


class Work(NamedTuple):
    """What every piece of a run shares; times with ħ = m = L = 1."""

    config: Config
    problem: Problem
    times: np.ndarray
    frames: int
    num_paths: int
    keep_psi: bool


def plan(config: Config) -> Plan:
    """Duration, grid, frames and memory of a run, chosen by its physics."""
    chosen: dict[str, str] = {}
    problem = problem_of(config, chosen)
    if config.body:
        rate = f"{self_frequency(config):.4g} {label(config.unit_system, '1/time')}".strip()
        chosen["self-gravity"] = f"ω_SN = {rate} for a packet narrow in the body"
    points = int(np.prod(problem.grid.num))
    num_paths = config.num_paths
    if num_paths is None:
        num_paths = 0 if config.num_space == 3 else 200
        chosen["num_paths"] = f"{num_paths}"
    times = np.linspace(0.0, problem.end, config.num_samples)
    frames = _frames(problem, times) if num_paths and config.dynamics == "quantum" else 1
    keep = 16 * points * config.num_samples <= LARGEST_PSI
    if not keep:
        chosen["kept"] = f"|ψ|² only: ψ would take {16e-9 * points * config.num_samples:.1f} GB"
    work = Work(config, problem, times, frames, num_paths, keep)
    intervals = config.num_samples - 1
    in_a_piece = intervals if config.dynamics == "classical" else INTERVALS_IN_A_PIECE
    fields = (
        16
        * points
        * (in_a_piece * frames + 1)
        * (2 + (ARRAYS_OF_PATHS * config.num_space if num_paths else 0))
    )
    disk = points * config.num_samples * (24 if keep else 8)
    return Plan(-(-intervals // in_a_piece), chosen, fields + 40 * points * 16 + 2**28, disk, work)


def piece(plan: Plan, index: int, state: dict[str, Any]) -> Piece:
    """The next samples of ψ and of the paths."""
    work: Work = plan.work
    with told_in(work.config.unit_system, work.problem.units):
        if work.config.dynamics == "classical":
            return _classical(work)
        return _quantum(work, index, state)


def _quantum(work: Work, index: int, state: dict[str, Any]) -> Piece:
    first = index * INTERVALS_IN_A_PIECE
    samples = work.times[first : first + INTERVALS_IN_A_PIECE + 1]
    evolution, psi, frames = _followed(work, samples, state)
    kept = slice(0 if index == 0 else 1, None)
    at = np.arange(len(samples))[kept] * frames
    groups = {"field": (_field(work, evolution, at), "time")}
    ahead: dict[str, Any] = {"psi": evolution.psi[-1]}
    if work.num_paths:
        start = state["paths"] if state else _starts(work)
        found = bohm_paths(psi, start, samples, masses=1.0)
        paths, stalled = np.asarray(found.Q), np.asarray(found.stalled)
        stalled = stalled | state["stalled"] if state else stalled
        groups["paths"] = (_paths(work, paths[kept], samples[kept], stalled), "time")
        ahead |= {"paths": paths[-1], "stalled": stalled}
    return Piece(groups, ahead)


def _followed(
    work: Work, samples: np.ndarray, state: dict[str, Any]
) -> tuple[Evolution, GridPsi | None, int]:
    """ψ from sample to sample, and as a function for the paths, with frames enough for both."""
    config, problem = work.config, work.problem
    psi = state["psi"] if state else _normalised(problem)
    intervals = len(samples) - 1
    tolerance = config.tolerance * intervals / (len(work.times) - 1)
    frames = _enough(work, intervals)
    while True:
        times = _finer(samples, frames)
        evolution = _evolved(config, problem, psi, times, tolerance)
        if not work.num_paths:
            return evolution, None, frames
        try:
            how: dict[str, Any] = dict(num_space=config.num_space, order=1)
            return evolution, GridPsi(evolution.psi, problem.grid, times, **how), frames
        except FramesTooFarError as error:
            # What a potential does later is not seen in the first moment.
            if 2 * evolution.psi.nbytes > LARGEST_FRAMES:
                raise ValidityError(f"{error} Ask for more num_samples.") from None
        frames *= 2


def _evolved(
    config: Config, problem: Problem, psi: np.ndarray, times: np.ndarray, tolerance: float
) -> Evolution:
    how: dict[str, Any] = dict(tolerance=tolerance, order=4, leak_tolerance=1e-6)
    if config.body:
        energy = self_energy(config, problem.units)
        return evolve_extended_body(
            psi, problem.grid, times, energy, potential=problem.potential, **how
        )
    if config.self_coupling == 0.0:
        masses = np.ones(config.num_space)
        contact = _in_scaled(problem, config.contact, f"energy*length^{config.num_space}")
        return evolve_schrodinger(
            psi, problem.grid, problem.potential, times, masses, contact=contact, **how
        )
    unit = f"mass*length^{config.num_space}/time^2"
    coupling = _in_scaled(problem, config.self_coupling, unit)
    return evolve_schrodinger_newton(
        psi, problem.grid, times, coupling, boundary="isolated", potential=problem.potential, **how
    )


def _in_scaled(problem: Problem, value: float, unit: str) -> float:
    return float(problem.units.into(value, unit))


def _normalised(problem: Problem) -> np.ndarray:
    psi = problem.psi
    if not isinstance(psi, np.ndarray):
        psi = np.exp(np.asarray(values_on_grid(psi, problem.grid, 0.0)))
    return psi / np.sqrt(np.sum(np.abs(psi) ** 2) * problem.grid.cell_volume)


def _starts(work: Work) -> np.ndarray:
    rng = np.random.default_rng([work.config.seed, 0])
    if isinstance(work.problem.psi, np.ndarray):
        return _draws_from_cells(work, rng)
    return sample_superposition(work.problem.psi, work.num_paths, rng)


def _draws_from_cells(work: Work, rng: np.random.Generator) -> np.ndarray:
    """Draws from |ψ|² as it is on the grid, even within the cell about each point."""
    grid = work.problem.grid
    weights = np.abs(_normalised(work.problem)).ravel() ** 2 * grid.cell_volume
    cells = rng.choice(weights.size, work.num_paths, p=weights / weights.sum())
    within = rng.uniform(-0.5, 0.5, size=(work.num_paths, grid.num_axes))
    return grid.points[cells] + within * np.array(grid.spacing)


def _frames(problem: Problem, times: np.ndarray) -> int:
    """Frames in each interval: the phases of ψ turn by about a sixth of a radian between two."""
    psi, grid = _normalised(problem), problem.grid
    k2 = sum(k**2 for k in np.meshgrid(*grid.wavenumbers, indexing="ij", sparse=True))
    H_psi = np.fft.ifftn(0.5 * k2 * np.fft.fftn(psi))
    if problem.potential is not None:
        H_psi = H_psi + np.asarray(values_on_grid(problem.potential, grid, 0.0)) * psi
    mean = np.vdot(psi, H_psi).real * grid.cell_volume
    spread = np.sqrt(np.sum(np.abs(H_psi - mean * psi) ** 2) * grid.cell_volume)
    return max(1, int(np.ceil(6.0 * spread * (times[1] - times[0]))))


def _enough(work: Work, intervals: int) -> int:
    """Frames in each interval; ψ is interpolated in time between at least FEWEST_FRAMES."""
    return max(work.frames, -(-FEWEST_FRAMES // intervals)) if work.num_paths else 1


def _finer(samples: np.ndarray, frames: int) -> np.ndarray:
    parts = [np.linspace(a, b, frames, endpoint=False) for a, b in pairwise(samples)]
    return np.concatenate([*parts, samples[-1:]])


def _classical(work: Work) -> Piece:
    problem, times = work.problem, work.times
    state = state_of_psi(problem.psi)
    potential = problem.potential or _no_potential
    solution = solve_classical_schrodinger(ClassicalProblem(state, potential, problem.grid, times))
    values = {
        "density": (solution.density, "|ψ|², summed over streams", "1/length^D"),
        "energy": (solution.energy, "mean energy", "energy"),
        "crossed_mass": (solution.survey.crossed_mass, "mass whose rays have crossed", "1"),
    }
    data = _on_grid(work, values, times)
    data["status"] = ("time", np.array(solution.status), {"meaning": "is ψ single-valued?"})
    groups = {"field": (data, "time")}
    if work.num_paths:
        rays = classical_rays(
            state, potential, _starts(work), times, np.ones(problem.grid.num_axes)
        )
        groups["paths"] = (_paths(work, np.asarray(rays.x), times), "time")
    return Piece(groups, {})


def _no_potential(x: Any, t: Any) -> Any:
    return 0.0 * x[0]


def _field(work: Work, evolution: Evolution, at: np.ndarray) -> xr.Dataset:
    psi = evolution.psi[at]
    values = {
        "density": (np.abs(psi) ** 2, "|ψ|²", "1/length^D"),
        "norm": (evolution.norm[at], "∫|ψ|²", "1"),
        "energy": (evolution.energy[at], "mean energy", "energy"),
        "edge": (evolution.edge[at], "share of the norm near the ends of the box", "1"),
    }
    for name, (value, meaning) in _moments(work, np.abs(psi) ** 2).items():
        values[name] = (value, meaning, "length")
    if work.keep_psi:
        values["psi"] = (psi, "ψ", "1/length^(D/2)")
    return _on_grid(work, values, evolution.times[at])


def _moments(work: Work, density: np.ndarray) -> dict[str, tuple[np.ndarray, str]]:
    """Mean and standard deviation of the position along the first axis."""
    x = work.problem.grid.axes[0]
    share = density.reshape(len(density), len(x), -1).sum(axis=2)
    share /= share.sum(axis=1, keepdims=True)
    mean = share @ x
    spread = np.sqrt(np.sum(share * (x - mean[:, None]) ** 2, axis=1))
    return {"mean": (mean, "⟨x⟩"), "spread": (spread, "standard deviation of x")}


def _on_grid(work: Work, values: dict[str, Any], times: np.ndarray) -> xr.Dataset:
    units, grid, declared = work.problem.units, work.problem.grid, work.config.unit_system
    names = "xyz"[: grid.num_axes]
    length = {"unit": label(declared, "length")}
    coordinates: dict[str, Any] = {
        name: (name, units.back(axis, "length"), length)
        for name, axis in zip(names, grid.axes, strict=True)
    }
    coordinates["time"] = _time(work, times)
    power = {"1/length^D": f"1/length^{len(names)}", "1/length^(D/2)": f"1/length^({len(names)}/2)"}
    variables = {}
    for name, (value, meaning, unit) in values.items():
        dims = ("time", *names)[: np.ndim(value)]
        unit = power.get(unit, unit)
        about = {"meaning": meaning, "unit": label(declared, unit)}
        variables[name] = (dims, units.back(np.asarray(value), unit), about)
    return xr.Dataset(variables, coordinates)


def _paths(
    work: Work, Q: np.ndarray, times: np.ndarray, stalled: np.ndarray | None = None
) -> xr.Dataset:
    units, declared = work.problem.units, work.config.unit_system
    equation = "(5)" if work.config.dynamics == "quantum" else "(78)"
    about = {"meaning": "paths", "unit": label(declared, "length"), "equation": equation}
    variables: dict[str, Any] = {
        "position": (("time", "path", "space"), units.back(Q, "length"), about)
    }
    if stalled is not None:
        meaning = "whether the path has stopped at a node or in round-off, in this piece or before"
        held = np.broadcast_to(stalled, Q.shape[:2])
        variables["stalled"] = (("time", "path"), held, {"unit": "", "meaning": meaning})
    return xr.Dataset(variables, {"time": _time(work, times), "space": list("xyz"[: Q.shape[-1]])})


def _time(work: Work, times: np.ndarray) -> tuple:
    unit = {"unit": label(work.config.unit_system, "time")}
    return ("time", work.problem.units.back(times, "time"), unit)
