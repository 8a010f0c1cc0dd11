"""Medians of the large-N experiment from an independent program, and how far ours are from them.

Run as a script it prints the z-scores of all columns: python tests/scenarios/large_n_reference.py
"""

import sys

import numpy as np

from zitter.core.statistics import Estimate
from zitter.scenarios.two_packets.table import Case, deviation_table, relative_error

COUNTS = (2, 4, 8, 12)
# Median relative errors [%] at N = 2, 4, 8, 12, half of the particles started in each packet;
# 45% is the median of one particle. Integrated there by an 8th-order method at 1e-4; how many
# runs each entry had was not kept, except that bosons at N >= 12 had few.
MEDIANS = {
    ("proton", "superpositions", "distinguishable"): (10.7, 7.1, 5.4, 4.1),
    ("proton", "superpositions", "bosons"): (3.8, 3.9, 3.5, 1.8),
    ("proton", "superpositions", "fermions"): (4.6, 4.5, 2.4, 1.7),
    ("proton", "one orbital", "distinguishable"): (3.3, 2.4, 1.6, 1.3),
    ("electron", "superpositions", "distinguishable"): (8.8, 6.1, 4.0, 3.4),
    ("electron", "superpositions", "bosons"): (2.2, 2.0, 2.0, 1.9),
    ("electron", "superpositions", "fermions"): (1.9, 1.5, 0.64, 0.69),
    ("electron", "one orbital", "distinguishable"): (0.77, 0.53, 0.37, 0.32),
}


def medians(column, counts, num_runs: int, seed: int = 0) -> list[Estimate]:
    """Median relative errors [%] of a column at each N, with bootstrap standard errors."""
    parameters, reading, statistics = column
    case = Case("case", reading, statistics, "stratified", tuple(counts), num_runs)
    # The reference, one particle, has as many runs as the largest case; it is cheap.
    scale = Case("scale", "one orbital", "distinguishable", "stratified", (1,), 400)
    data = deviation_table([case, scale], [parameters], seed, num_times=2)
    rng, found = np.random.default_rng(seed), []
    for n in counts:
        sample = relative_error(data).sel(case="case", num_particles=n).values.ravel()
        sample = sample[np.isfinite(sample)]
        draws = np.median(rng.choice(sample, (1000, sample.size)), axis=1)
        found.append(Estimate(float(np.median(sample)), float(draws.std())))
    return found


def scores(column, counts, num_runs: int, seed: int = 0) -> list[float]:
    """(ours - theirs) in standard errors of both, which are taken to be of the same size."""
    theirs = dict(zip(COUNTS, MEDIANS[column], strict=True))
    ours = medians(column, counts, num_runs, seed)
    return [
        (m.value - theirs[n]) / (np.sqrt(2.0) * m.error) for n, m in zip(counts, ours, strict=True)
    ]


def main() -> None:
    num_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for column, values in MEDIANS.items():
        counts = COUNTS if column[2] != "bosons" else COUNTS[:3]
        ours = medians(column, counts, num_runs)
        for n, theirs, m in zip(counts, values, ours, strict=False):
            z = (m.value - theirs) / (np.sqrt(2.0) * m.error)
            text = f"{m.value:5.2f} ± {m.error:4.2f}, there {theirs:5.2f}, z = {z:+.1f}"
            print(f"{', '.join(column):45} N = {n:2}: {text}", flush=True)


if __name__ == "__main__":
    main()
