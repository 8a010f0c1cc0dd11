"""Guided paths and diffusions against |ψ|² through nodes, over seeds and time steps (ħ = m = 1).

One particle in two packets that meet, and two fermions in one packet each: as a function of
(x₁, x₂) a superposition of two packets in the plane, g_L(x₁) g_R(x₂) - g_R(x₁) g_L(x₂).
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from zitter.claims.claim import Measurement, Preset, Verdict, verdict_within
from zitter.core.statistics import combined_p_value, ks_test
from zitter.scenarios.style import BLACK, BLUE, GREY, RED, label_axes
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.nelson import nelson_paths
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.orbitals import packet_logs, packet_tables
from zitter.wavefunctions.overlaps import normalised


class _Size(NamedTuple):
    num_seeds: int
    num_paths: int
    num_guided: int
    steps: tuple[int, ...]
    """per unit of time"""
    num_states: int


_SIZES = {
    "quick": _Size(2, 10_000, 3000, (8,), 1),
    "default": _Size(10, 20_000, 20_000, (8, 16, 32), 2),
    "full": _Size(10, 100_000, 100_000, (8, 16, 32, 64), 2),
}
TIMES = np.array([0.0, 1.5, 3.0])
_PROCESSES = ("guided (5)", "forward (9)", "backward (10)")
_OBSERVABLES = ("x₁", "x₂ - x₁")
_REACH, _NUM_POINTS, _NUM_OTHER = 30.0, 12_001, 401
NOISE_FLOOR = np.sqrt(np.pi / 2.0) * np.log(2.0)
"""Mean of √n · KS for n independent draws from the law itself, n → ∞."""
_LOWEST_P = 1e-3

Distribution = Callable[[np.ndarray], np.ndarray]


class _State(NamedTuple):
    name: str
    psi: Superposition


def meeting_packets() -> Superposition:
    """Two packets of width 1 that run into each other; exact nodes at t = 1.5."""
    packets = GaussianPacket([[1.0], [1.0]], [[-3.0], [3.0]], [[2.0], [-2.0]])
    return normalised(Superposition(packets, [1.0, 1.0]))


def fermion_pair() -> Superposition:
    """One fermion in each of the same packets, as a function of (x₁, x₂)."""
    packets = GaussianPacket(1.0, [[-3.0, 3.0], [3.0, -3.0]], [[2.0, -2.0], [-2.0, 2.0]])
    return normalised(Superposition(packets, [1.0, -1.0]))


def density(psi: Superposition, x: np.ndarray, t: float) -> np.ndarray:
    """|ψ|² at configurations (.., dof)."""
    tables = packet_tables(psi, t)
    terms = tables.c[0] * np.exp(packet_logs(tables, x, 0))
    return np.abs(terms.sum(axis=-1)) ** 2


def distributions(psi: Superposition, t: float) -> list[Distribution]:
    """Distribution functions of x₁ and, for two particles, of x₂ - x₁ by quadrature."""
    x = np.linspace(-_REACH, _REACH, _NUM_POINTS)
    if psi.num_space == 1:
        return [_cumulated(x, density(psi, x[:, None], t))]
    other = np.linspace(-_REACH, _REACH, _NUM_OTHER)
    laws = []
    for apart in (False, True):
        rho = np.zeros(_NUM_POINTS)
        for y in other:
            # Either x₂ = y beside x₁, or the middle of both at y beside their distance.
            pair = (y - 0.5 * x, y + 0.5 * x) if apart else (x, np.full_like(x, y))
            rho += density(psi, np.stack(pair, axis=-1), t)
        laws.append(_cumulated(x, rho))
    return laws


def _cumulated(x: np.ndarray, rho: np.ndarray) -> Distribution:
    F = np.concatenate([[0.0], np.cumsum(0.5 * (rho[1:] + rho[:-1]))])
    return lambda z: np.interp(z, x, F / F[-1])


def _observed(Q: np.ndarray) -> list[np.ndarray]:
    """x₁ and, for two particles, x₂ - x₁ of configurations (batch, dof)."""
    return [Q[:, 0]] if Q.shape[1] == 1 else [Q[:, 0], Q[:, 1] - Q[:, 0]]


def _paths(psi: Superposition, process: str, per_unit: int, num: int, seed: int) -> np.ndarray:
    """Paths at TIMES, (time, batch, dof), from |ψ|² at the first or, backward, at the last."""
    rng = np.random.default_rng(seed)
    if process == _PROCESSES[0]:
        start = sample_superposition(psi, num, rng)
        masses = np.ones(psi.num_space)
        paths = bohm_paths(psi, start, TIMES, masses=masses, rtol=1e-6, atol=1e-8)
        return np.asarray(paths.Q)
    backward = process == _PROCESSES[2]
    times = TIMES[::-1] if backward else TIMES
    paths = nelson_paths(
        psi,
        sample_superposition(psi, num, rng, times[0]),
        times,
        jax.random.key(seed),
        masses=1.0,
        num_steps=round(per_unit * (TIMES[-1] - TIMES[0])),
        direction="backward" if backward else "forward",
    )
    return np.asarray(paths)[:: -1 if backward else 1]


def _tests(Q: np.ndarray, laws: list[list[Distribution]], process: str) -> np.ndarray:
    """√n · KS and p-value (2, moment, observable) of paths (time, batch, dof)."""
    found = np.full((2, 2, len(_OBSERVABLES)), np.nan)
    for m, when in enumerate((1, 0 if process == _PROCESSES[2] else 2)):
        for o, values in enumerate(_observed(Q[when])):
            test = ks_test(values, laws[when][o])
            found[:, m, o] = np.sqrt(values.size) * test.distance, test.p_value
    return found


def study_dataset(preset: Preset, seed: int) -> xr.Dataset:
    """√n · KS and its p-value for each state, process, step, seed, moment and observable."""
    size = _SIZES[preset]
    states = [_State("one particle", meeting_packets()), _State("two fermions", fermion_pair())]
    states = states[: size.num_states]
    shape = (len(states), len(_PROCESSES), len(size.steps), size.num_seeds)
    found = np.full((*shape, 2, 2, len(_OBSERVABLES)), np.nan)
    seen = []
    for s, state in enumerate(states):
        laws = [distributions(state.psi, t) for t in TIMES]
        for p, process in enumerate(_PROCESSES):
            num = size.num_paths if p else size.num_guided
            # The steps of guided paths are adaptive: one row stands for all.
            for h, per_unit in enumerate(size.steps if p else size.steps[:1]):
                for k in range(size.num_seeds):
                    Q = _paths(state.psi, process, per_unit, num, seed + k)
                    found[s, p, h, k] = _tests(Q, laws, process)
                    if s == 0 and p and per_unit == size.steps[-1]:
                        seen.append(Q[:, :, 0])
    coordinates = {
        "study_state": [state.name for state in states],
        "process": list(_PROCESSES),
        "step": ("step", 1.0 / np.array(size.steps), {"unit": "mσ₀²/ħ"}),
        "study_seed": seed + np.arange(size.num_seeds),
        "moment": ["at the nodes", "last"],
        "observable": list(_OBSERVABLES),
    }
    dims = tuple(coordinates)
    found = np.moveaxis(found, 4, 0)
    data = {
        "study_distance": (dims, found[0], {"unit": "1", "meaning": "√n · KS to |ψ|²"}),
        "study_p": (dims, found[1], {"unit": "1"}),
        "num_study_paths": ("process", [size.num_guided, size.num_paths, size.num_paths]),
    }
    return xr.Dataset(data, coordinates).merge(_seen_dataset(seen, states[0].psi))


def _seen_dataset(seen: list[np.ndarray], psi: Superposition) -> xr.Dataset:
    """Two-time statistic of one particle forward and backward, and its histogram at the nodes."""
    half = len(seen) // 2
    forward, backward = (np.concatenate(part, axis=1) for part in (seen[:half], seen[half:]))
    counts, edges = np.histogram(forward[1], bins=100, range=(-5.0, 5.0), density=True)
    middle = 0.5 * (edges[1:] + edges[:-1])
    sides = [np.mean(x[0] * x[-1] > 0.0) for x in (forward, backward)]
    return xr.Dataset(
        {
            "same_side": ("direction", sides, {"unit": "1", "meaning": "P(x(0) x(T) > 0)"}),
            "num_same_side": ((), forward.shape[1]),
            "histogram": ("x", counts, {"unit": "1/σ₀", "meaning": "forward, at the nodes"}),
            "density": ("x", density(psi, middle[:, None], TIMES[1]), {"unit": "1/σ₀"}),
        },
        {"direction": ["forward", "backward"], "x": middle},
    )


def _finest(data: xr.Dataset, state: str, process: str) -> xr.Dataset:
    """Rows (seed, moment, observable) of the smallest step of a process."""
    rows = data.sel(study_state=state, process=process).dropna("step", how="all")
    return rows.isel(step=-1)


def combined_p(rows: xr.DataArray) -> float:
    """Fisher's p over the seeds for each moment and observable, the smallest of them."""
    columns = rows.stack(column=("moment", "observable")).dropna("column").transpose("column", ...)
    return min(combined_p_value(column) for column in columns.values)


def study_measurements(data: xr.Dataset) -> list[Measurement]:
    """√n · KS at the smallest step, against the noise of as many independent draws."""
    found = []
    for state in map(str, data.study_state.values):
        for process in map(str, data.process.values):
            rows = _finest(data, state, process)
            p = combined_p(rows.study_p)
            means = rows.study_distance.mean(("moment", "observable")).values
            error = float(means.std(ddof=1) / np.sqrt(means.size))
            step = "" if process == _PROCESSES[0] else f", h = {float(rows.step):.4g}"
            found.append(
                Measurement(
                    f"√n · KS to |ψ|², {means.size} seeds; lowest Fisher p = {p:.2g}",
                    f"{state}, {process}{step}, n = {int(rows.num_study_paths)}",
                    float(means.mean()),
                    error,
                    f"{NOISE_FLOOR:.2f}, the noise; p above {_LOWEST_P:g}",
                    Verdict.HOLDS if p > _LOWEST_P else Verdict.FAILS,
                )
            )
    return [*found, _one_process(data)]


def _one_process(data: xr.Dataset) -> Measurement:
    """Whether forward and backward paths are those of one process: a two-time probability."""
    value, share = float(data.same_side[0] - data.same_side[1]), float(data.same_side.mean())
    error = float(np.sqrt(2.0 * share * (1.0 - share) / int(data.num_same_side)))
    verdict = verdict_within(value, error, -0.03, 0.03)
    name = "P(x(0), x(T) on one side), forward - backward"
    return Measurement(name, "one particle, nodes", value, error, "0", verdict)


def draw_study(ax: Axes, data: xr.Dataset) -> None:
    """√n · KS by step for each state and process, with the noise of independent draws."""
    ax.axhline(NOISE_FLOOR, color=GREY, linestyle="--", label="independent draws")
    last = float(data.step.max()) * 2.0
    for s, (state, fill) in enumerate(zip(data.study_state.values, ("full", "none"), strict=False)):
        for p, (process, colour) in enumerate(
            zip(data.process.values, (BLACK, BLUE, RED), strict=True)
        ):
            aside = 1.0 + 0.07 * (p - 1.75 + 2 * s)
            rows = data.study_distance.sel(study_state=state, process=process)
            means = rows.mean(("moment", "observable")).dropna("step", how="all")
            error = means.std("study_seed", ddof=1) / np.sqrt(means.sizes["study_seed"])
            x = aside * np.array([last] if process == _PROCESSES[0] else means.step.values)
            ax.errorbar(
                x, means.mean("study_seed"), 2.0 * error, fmt="o" if fill == "full" else "s",
                fillstyle=fill, color=colour, capsize=3, label=f"{state}, {process}",
            )  # fmt: skip
    ax.set_xscale("log", base=2)
    ticks = [*data.step.values, last]
    ax.set_xticks(ticks, [*(f"1/{round(1 / h)}" for h in data.step.values), "adaptive"])
    ax.minorticks_off()
    ax.set_ylim(0.0, 2.2)
    label_axes(ax, x="time step h [mσ₀²/ħ]", y="√n · KS to |ψ|² (mean over seeds)", legend=False)
    ax.legend(fontsize=8, loc="upper left")
