"""The large-N experiment as one labelled table of deviations."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from zitter.scenarios.two_packets.ensemble import (
    Preparation,
    Reading,
    Start,
    Statistics,
    equilibrium_start,
    identical_deviation,
    macroscopic_deviations,
    prepare,
    product_deviations,
)
from zitter.scenarios.two_packets.parameters import PARAMETER_SETS, PacketRanges

RELATIVE_ERROR_OF_ONE = 45.0
"""Relative error of one particle that sets the scale of the path, as the paper quotes it [%]."""


class Case(NamedTuple):
    """One column of the table; `num_runs` for each N of `counts`, fewer where N is large."""

    name: str
    reading: Reading | None
    statistics: Statistics
    start: Start
    counts: tuple[int, ...]
    num_runs: int

    def runs_at(self, num_particles: int) -> int:
        """Runs with N particles: the sum over N of their number of paths stays bounded."""
        return min(self.num_runs, max(20, 8_000 // num_particles))


def deviation_table(
    cases: Sequence[Case], parameter_sets: Sequence[str], seed: int, num_times: int = 9
) -> xr.Dataset:
    """Deviations δ(t) of the centre of mass from its classical path, for all cases and N.

    A case without a reading is the macroscopic superposition. N = 1, the reference, is one
    particle in one orbital of two packets for every case.

    Returns:
        Dataset with `deviation` (parameters, case, num_particles, run, time) in units of the
        length of the set, NaN where a case has no such N or run; `ended_in_a_node`, the number
        of runs that are NaN because their path did (parameters, case, num_particles); and
        `reference` (parameters, run, time) for N = 1.
    """
    counts = sorted({n for case in cases for n in case.counts})
    num_runs = max(case.num_runs for case in cases)
    shape = (len(parameter_sets), len(cases), len(counts), num_runs, num_times)
    deviation = np.full(shape, np.nan)
    lost = np.zeros(shape[:3], dtype=int)
    reference = np.empty((len(parameter_sets), num_runs, num_times))
    for p, name in enumerate(parameter_sets):
        ranges = PARAMETER_SETS[name]
        times = np.linspace(0.0, ranges.duration, num_times)
        single = Case("reference", "one orbital", "distinguishable", "random", (1,), num_runs)
        reference[p] = _deviations(single, 1, ranges, times, np.random.default_rng([seed, p]))
        for c, case in enumerate(cases):
            for n in case.counts:
                rng = np.random.default_rng([seed, p, c, n])
                result = _deviations(case, n, ranges, times, rng)
                deviation[p, c, counts.index(n), : len(result)] = result
                lost[p, c, counts.index(n)] = np.count_nonzero(np.isnan(result[:, -1]))
    dims = ("parameters", "case", "num_particles", "run", "time")
    meaning = {"meaning": "x_cm(t) - x_cm(0) - v_cm(0) t, falling frame", "unit": "packet length"}
    return xr.Dataset(
        {
            "deviation": (dims, deviation, meaning),
            "ended_in_a_node": (dims[:3], lost),
            "reference": (("parameters", "run", "time"), reference, meaning),
        },
        {
            "parameters": list(parameter_sets),
            "case": [case.name for case in cases],
            "num_particles": counts,
            "time": np.linspace(0.0, 1.0, num_times),
        },
        {"seed": seed, "time_unit": "duration of the run (2 ps)"},
    )


def _deviations(
    case: Case, n: int, ranges: PacketRanges, times: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """δ (num_runs, num_times)."""
    if case.reading == "one orbital" and case.statistics == "fermions":
        raise ValueError("Fermions cannot share one orbital: use another reading or statistics.")
    num_runs = case.runs_at(n)
    if case.reading is None:
        return macroscopic_deviations(n, num_runs, ranges, times, rng).T
    runs = [prepare(case.reading, n, case.start, ranges, rng) for _ in range(num_runs)]
    if case.statistics == "distinguishable" or case.reading == "one orbital":
        return product_deviations(runs, times).T
    return np.stack([_identical(run, case, times, rng) for run in runs])


def _identical(
    run: Preparation, case: Case, times: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    if case.start == "random":
        run = equilibrium_start(run, case.statistics, rng)
    return identical_deviation(run, case.statistics, times)


def relative_error(data: xr.Dataset) -> xr.DataArray:
    """|δ| at the end in percent of the path, (parameters, case, num_particles, run).

    The path is such that one particle is wrong by 45% in the median, as the paper quotes.
    """
    reference = np.abs(data.reference.isel(time=-1)).median("run")
    return RELATIVE_ERROR_OF_ONE * np.abs(data.deviation.isel(time=-1)) / reference
