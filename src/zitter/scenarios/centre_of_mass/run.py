"""Paths of N particles and of their centre of mass, run by run, beside Newton's path."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from zitter.core.checks import ValidityError
from zitter.scenarios.centre_of_mass.config import Config
from zitter.scenarios.centre_of_mass.states import Prepared, draw, prepared
from zitter.scenarios.plan import Piece, Plan
from zitter.scenarios.units import label, told_in
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.nelson import nelson_paths
from zitter.wavefunctions.derivatives import derivatives

LARGEST_KEPT = 4e8
"""Paths of all particles are kept up to this size [byte]; above it only the centre of mass."""

PATHS_IN_A_PIECE = 20_000


class Work(NamedTuple):
    """What every piece of a run shares; times with ħ = m = L = 1."""

    config: Config
    ready: Prepared
    times: np.ndarray
    num_steps: int
    runs_in_a_piece: int
    keep_particles: bool


def plan(config: Config) -> Plan:
    """Duration, steps, pieces and memory of a run, chosen by its packets.

    Raises:
        ValueError: as `prepared`.
    """
    ready = prepared(config)
    chosen: dict[str, str] = {}
    end = _end(config, ready, chosen)
    num_steps = _steps(config, ready, end, chosen)
    runs = max(1, min(config.num_runs, PATHS_IN_A_PIECE // config.num_particles))
    one = 8 * config.num_samples * config.num_particles * config.num_space
    keep = one * config.num_runs <= LARGEST_KEPT
    if not keep:
        chosen["kept"] = "centre of mass only: the paths of all particles would take "
        chosen["kept"] += f"{one * config.num_runs / 1e9:.1f} GB"
    work = Work(config, ready, np.linspace(0.0, end, config.num_samples), num_steps, runs, keep)
    disk = config.num_runs * (one if keep else 3 * one // config.num_particles)
    return Plan(-(-config.num_runs // runs), chosen, 4 * one * runs + 2**28, disk, work)


def piece(plan: Plan, index: int, state: dict[str, Any]) -> Piece:
    """Some of the runs; each piece has random numbers of its own."""
    work: Work = plan.work
    config, ready = work.config, work.ready
    first = index * work.runs_in_a_piece
    num = min(work.runs_in_a_piece, config.num_runs - first)
    Q0 = draw(config, ready, num, np.random.default_rng([config.seed, index]))
    shape = (num, config.num_particles, config.num_space)
    newton = _newton(work, Q0, Q0.reshape(shape).mean(axis=1))
    with told_in(config.unit_system, ready.units):
        Q, stalled = _paths(work, Q0, index)
    X = Q.reshape(len(work.times), *shape)
    x_cm = X.mean(axis=2).transpose(1, 0, 2)
    data = _labelled(work, X.transpose(1, 0, 2, 3), x_cm, newton, np.arange(first, first + num))
    about = {"unit": "", "meaning": "whether the run stopped at a node or in round-off"}
    data["stalled"] = ("run", stalled, about)
    return Piece({"runs": (data, "run")}, {})


def _paths(work: Work, Q0: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Paths (time, run, dof), and which runs have stopped on their way (run,)."""
    psi, times = work.ready.psi, work.times
    if work.config.law == "bohm":
        paths = bohm_paths(psi, Q0, times, masses=1.0)
        return np.asarray(paths.Q), np.asarray(paths.stalled)
    key = jax.random.fold_in(jax.random.key(work.config.seed), index)
    Q = np.asarray(nelson_paths(psi, Q0, times, key, masses=1.0, num_steps=work.num_steps))
    return Q, np.zeros(len(Q0), dtype=bool)


def _newton(work: Work, Q0: np.ndarray, x_cm: np.ndarray) -> np.ndarray:
    """Newton's path (run, time, space) from the same x_cm and current velocity."""
    num, shape = len(Q0), (len(Q0), work.config.num_particles, work.config.num_space)
    gradient = np.asarray(derivatives(work.ready.psi, jnp.asarray(Q0), 0.0, 1).gradient)
    v_cm = np.imag(gradient).reshape(shape).mean(axis=1)
    t = work.times[None, :, None]
    x, v = x_cm[:, None, :], v_cm[:, None, :]
    k = complex(work.ready.stiffness)
    if k == 0.0:
        pull = work.ready.force * np.eye(work.config.num_space)[0]
        return x + v * t + 0.5 * pull * t**2
    omega = np.sqrt(k)
    with np.errstate(all="ignore"):
        path = np.real(x * np.cos(omega * t) + v * np.sin(omega * t) / omega)
    if not np.all(np.isfinite(path)):
        raise ValidityError(
            "Newton's path leaves the range of numbers on this hill: ask for a shorter `end`."
        )
    return path.reshape(num, len(work.times), -1)


def _labelled(
    work: Work, X: np.ndarray, x_cm: np.ndarray, newton: np.ndarray, runs: np.ndarray
) -> xr.Dataset:
    config, units = work.config, work.ready.units
    length = dict(unit=label(config.unit_system, "length"))
    back = lambda values: units.back(values, "length")  # noqa: E731
    dims = ("run", "time", "space")
    variables: dict[str, Any] = {
        "x_cm": (dims, back(x_cm), length | dict(meaning="centre of mass", equation="(12)")),
        "newton": (dims, back(newton), length | dict(meaning="Newton's path", equation="(78)")),
    }
    if work.keep_particles:
        about = length | dict(
            meaning="positions", equation="(5)" if config.law == "bohm" else "(9)"
        )
        variables["position"] = (("run", "time", "particle", "space"), back(X), about)
    time = units.back(work.times, "time")
    return xr.Dataset(
        variables,
        {
            "run": runs,
            "time": ("time", time, dict(unit=label(config.unit_system, "time"))),
            "space": list("xyz"[: config.num_space]),
        },
    )


def _end(config: Config, ready: Prepared, chosen: dict[str, str]) -> float:
    if config.end is not None:
        return float(ready.units.into(config.end, "time"))
    end, why = _natural_duration(ready)
    chosen["end"] = f"{_shown(config, ready.units.back(end, 'time'), 'time')}: {why}"
    return end


def _natural_duration(ready: Prepared) -> tuple[float, str]:
    """A duration in which something happens: a period, a meeting, or a spreading."""
    if ready.stiffness > 0.0:
        return 2.0 * np.pi / np.sqrt(ready.stiffness), "one period of the trap"
    packets = ready.orbitals.packets
    present = np.asarray(ready.orbitals.coefficients) != 0
    x, p = (np.asarray(f)[present] for f in (packets.centre, packets.momentum))
    distance, speed = x[:, None] - x[None], p[:, None] - p[None]
    approach = -np.sum(distance * speed, axis=-1)
    meet = approach > 0.0
    if meet.any():
        times = approach[meet] / np.sum(speed**2, axis=-1)[meet]
        return 2.0 * float(np.max(times)), "twice the time until the last packets meet"
    return 8.0 * float(np.min(np.asarray(packets.width)) ** 2), "four spreading times 2mσ₀²/ħ"


def _steps(config: Config, ready: Prepared, end: float, chosen: dict[str, str]) -> int:
    if config.law == "bohm":
        return 0
    if config.num_steps is not None:
        return config.num_steps
    packets = ready.orbitals.packets
    width, momentum = np.asarray(packets.width), np.abs(np.asarray(packets.momentum))
    crossing = float(np.min(width / np.maximum(momentum, 0.5 / width)))
    period = np.inf if ready.stiffness == 0.0 else 0.5 / np.sqrt(abs(ready.stiffness))
    num = int(np.ceil(end / (0.25 * min(crossing, period))))
    num = max(num, config.num_samples - 1)
    chosen["num_steps"] = f"{num}: a quarter of the time in which a packet crosses its width"
    return num


def _shown(config: Config, value: float, dimension: str) -> str:
    return f"{value:.4g} {label(config.unit_system, dimension)}".strip()
