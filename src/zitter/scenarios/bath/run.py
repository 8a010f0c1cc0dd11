"""Configurations of a body and its bath, the weights of its packets, and the exact state."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from zitter.bath.branching_paths import (
    bohm_branching_paths,
    nelson_branching_paths,
    sampled_configurations,
)
from zitter.bath.collapse import branch_distances, conditional_weights, expected_smaller_weight
from zitter.bath.decoherence import decoherence_exponent
from zitter.bath.packets import density_spacing, position_density
from zitter.bath.quantum_bath import bath_modes, classical_motion, exact_noise, exact_response
from zitter.bath.response import NoiseCovariance, Response
from zitter.core.checks import ValidityError
from zitter.core.stepping import Progress
from zitter.scenarios.bath.config import Config
from zitter.scenarios.bath.problem import Problem, problem_of
from zitter.scenarios.plan import Piece, Plan
from zitter.scenarios.units import label, told_in

RUNS_IN_A_PIECE = 250
FEWEST_POINTS, MOST_VALUES, WIDTHS = 301, 20_000_000, 6.0


class Work(NamedTuple):
    """What every piece of a run shares."""

    config: Config
    problem: Problem
    response: Response
    noise: NoiseCovariance
    x: np.ndarray


def plan(config: Config) -> Plan:
    """Modes, steps and duration of a run.

    Raises:
        ValidityError: the bath comes back within the run, or has too few modes; the density
            needs too many points.
    """
    chosen: dict[str, str] = {}
    problem = problem_of(config, chosen)
    modes = bath_modes(problem.bath, 1.0, problem.frequency)
    response = exact_response(modes, problem.times)
    noise = exact_noise(modes, problem.bath, 1.0, problem.times, problem.kT)
    x = _points(problem, response, noise)
    d, P = problem.wave.alpha.size, len(config.packets)
    batch = min(RUNS_IN_A_PIECE, config.num_runs)
    frame = 8 * 64 * d * (d + P)
    kept = 8 * config.num_samples * batch * (d + problem.bath.frequencies.size + 4 * P * P)
    disk = 8 * config.num_samples * (config.num_runs * (1 + P) + x.size)
    pieces = -(-config.num_runs // RUNS_IN_A_PIECE)
    return Plan(
        pieces, chosen, frame + 2 * kept + 2**28, disk, Work(config, problem, response, noise, x)
    )


def piece(plan: Plan, index: int, state: dict[str, Any]) -> Piece:
    """The next runs; with the first ones, the exact state."""
    work: Work = plan.work
    first = index * RUNS_IN_A_PIECE
    num = min(RUNS_IN_A_PIECE, work.config.num_runs - first)
    rng = np.random.default_rng([work.config.seed, index])
    with told_in(work.config.unit_system, work.problem.units):
        groups = {"runs": (_runs(work, first, num, rng, plan.told), "run")}
        if index == 0:
            groups["state"] = (_state(work), "time")
    return Piece(groups, {"pieces": np.array(index + 1)})


def _runs(
    work: Work, first: int, num: int, rng: np.random.Generator, told: Callable[[float], None]
) -> xr.Dataset:
    problem, wave = work.problem, work.problem.wave
    q0 = sampled_configurations(wave, num, rng)
    steps = problem.num_steps

    def progress(now: Progress) -> None:
        told(now.done / now.total)

    if work.config.law == "bohm":
        paths = bohm_branching_paths(wave, q0, problem.times, steps, progress)
    else:
        paths = nelson_branching_paths(wave, q0, problem.times, steps, rng, progress=progress)
    X = paths.q[..., 0] + _middle(problem) + _pushed(problem, num, rng)
    weights = conditional_weights(wave, paths)
    declared, units = work.config.unit_system, problem.units
    equation = "(5)" if work.config.law == "bohm" else "(9)"
    length = {"unit": label(declared, "length"), "equation": equation}
    return xr.Dataset(
        {
            "position": (("run", "time"), units.back(X.T, "length"), length | {"meaning": "X"}),
            "weight": (
                ("run", "time", "packet"),
                np.moveaxis(weights, 1, 0),
                {"unit": "1", "meaning": "of the packets in the conditional wavefunction"},
            ),
        },
        {"run": np.arange(first, first + num), "time": _time(work)},
    )


def _middle(problem: Problem) -> np.ndarray:
    """Common middle of the packets, without displacements of the bath, (num_times, 1)."""
    return np.array([[problem.wave.at(t).centre[0]] for t in problem.times])


def _pushed(problem: Problem, num: int, rng: np.random.Generator) -> np.ndarray:
    """Motion of X by the random displacements of a thermal bath, (num_times, num)."""
    if problem.kT == 0.0:
        return np.zeros((problem.times.size, num))
    modes = bath_modes(problem.bath, 1.0, problem.frequency)
    draws = rng.normal(size=(2, num, problem.bath.frequencies.size))
    rest = np.zeros((num, 1))
    q, p = (
        np.hstack([rest, draw * size])
        for draw, size in zip(
            draws, (problem.spread.displacement, problem.spread.kick), strict=True
        )
    )
    return np.stack([classical_motion(modes, q, p, t)[:, 0] for t in problem.times])


def _points(problem: Problem, response: Response, noise: NoiseCovariance) -> np.ndarray:
    """Points of X that reach as far as the packets and resolve what is narrowest, (num,)."""
    reach = np.max(np.abs(problem.packets.centres)) + np.max(np.abs(problem.packets.momenta)) / (
        problem.frequency
    )
    top = reach + WIDTHS * float(np.sqrt(np.max(noise.xx) + _widest(problem)))
    finest = density_spacing(problem.packets, response, noise, 1.0)
    num = max(FEWEST_POINTS, 2 * int(np.ceil(top / finest)) + 1)
    if num * problem.times.size > MOST_VALUES:
        raise ValidityError(
            f"The density needs {num} points to resolve its narrowest packet or fringe within its "
            f"reach, at {problem.times.size} samples more than {MOST_VALUES} values: use fewer "
            "samples, or packets less far apart."
        )
    return np.linspace(-top, top, num)


def _density(work: Work, moment: int) -> np.ndarray:
    """Of X at one time, (num,): all times at once would need many arrays of their size."""
    now = slice(moment, moment + 1)
    response = Response(*(part[now] for part in work.response[:5]), work.response.error)
    noise = NoiseCovariance(*(part[now] for part in work.noise))
    return position_density(work.problem.packets, response, noise, 1.0, work.x)[0]


def _state(work: Work) -> xr.Dataset:
    """Density of X, exact for the thermal bath; decoherence and collapse of two packets."""
    problem, config, x = work.problem, work.config, work.x
    response, noise = work.response, work.noise
    density = np.stack([_density(work, i) for i in range(problem.times.size)])
    declared, units = config.unit_system, problem.units
    values = {
        "density": (
            ("time", "x"),
            units.back(density, "1/length"),
            {"unit": label(declared, "1/length"), "meaning": "density of X, exact"},
        )
    }
    if len(config.packets) > 1:
        values |= _exponents(problem, response, noise)
    length = {"unit": label(declared, "length")}
    return xr.Dataset(values, {"time": _time(work), "x": ("x", units.back(x, "length"), length)})


def _widest(problem: Problem) -> float:
    """Largest variance of one free packet in the trap."""
    return max(1.0, (0.5 / problem.frequency) ** 2)


def _exponents(problem: Problem, response: Any, noise: Any) -> dict[str, tuple]:
    """Of the first two packets: coherence, distance in the bath, weight of the smaller."""
    A = decoherence_exponent(problem.packets, response, noise, 1.0)
    squared = np.maximum(branch_distances(problem.wave, problem.times).bath, 0.0)
    found = {
        "decoherence": (A, "A, exponent of the coherence of the first two packets"),
        "distance": (squared / 8.0, "Δ_B²/8 of the first two packets in the bath"),
    }
    if problem.packets.centres.size == 2:
        share = np.abs(problem.packets.coefficients) ** 2
        smaller = expected_smaller_weight(squared, float(share[0] / share.sum()))
        found["expected"] = (smaller, "mean weight of the smaller branch, closed form")
    return {
        name: ("time", values, {"unit": "1", "meaning": text})
        for name, (values, text) in found.items()
    }


def _time(work: Work) -> tuple:
    unit = {"unit": label(work.config.unit_system, "time")}
    return ("time", work.problem.units.back(work.problem.times, "time"), unit)
