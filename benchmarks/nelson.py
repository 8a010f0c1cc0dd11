"""Nelson diffusions: path-steps a second, and the node-safe step against Euler-Maruyama."""

import time

import jax
import numpy as np

from zitter.core.statistics import ks_distance
from zitter.trajectories.nelson import nelson_paths
from zitter.trajectories.quantiles import position_cdf
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition

NUM_PATHS, SEEDS, END = 40_000, range(4), 1.5
EULER_STEPS = (24, 48, 96, 192, 384)
NODE_SAFE_STEPS = 12


def run() -> dict[str, float]:
    """Print and return path-steps a second and the ratios at equal Kolmogorov-Smirnov distance."""
    return _packet_speed() | _against_euler_maruyama()


def _packet_speed() -> dict[str, float]:
    packet, num_steps = GaussianPacket([1.0], [0.0], [1.0]), 400
    Q0 = np.random.default_rng(0).standard_normal((20_000, 1))

    def paths() -> jax.Array:
        return nelson_paths(
            packet, Q0, [0.0, 2.0], jax.random.key(0), masses=1.0, num_steps=num_steps,
            method="euler_maruyama",
        ).block_until_ready()  # fmt: skip

    compiled = _timed(paths)[1]
    cpu, wall = _timed(paths)
    work = num_steps * len(Q0) / 1e6
    verdict = "reached" if work / cpu >= 3.0 else "MISSED"
    print(
        f"{work / cpu:8.1f} million path-steps a CPU second (goal 3: {verdict})  Nelson "
        f"one packet; {work / wall:.1f} a second of wall time, first call {compiled:.1f} s"
    )
    return {"million path-steps a CPU second": work / cpu}


def _against_euler_maruyama() -> dict[str, float]:
    """Steps and CPU seconds of the Euler-Maruyama runs that come as close to |ψ|² at the nodes."""
    packets = GaussianPacket([[1.0], [1.0]], [[-3.0], [3.0]], [[2.0], [-2.0]])
    psi = Superposition(packets, [1.0, 1.0])
    safe_distance, safe_cpu = _run(psi, "node_safe", NODE_SAFE_STEPS)
    rows = np.array([(n, *_run(psi, "euler_maruyama", n)) for n in EULER_STEPS])
    close = rows[:, 1] <= 1.05 * safe_distance
    first = int(np.argmax(close)) if close.any() else len(rows) - 1
    steps, distance, cpu = rows[first]
    results = {"steps": steps / NODE_SAFE_STEPS, "cost": cpu / safe_cpu}
    at_least = "" if close.any() else "more than "
    for name, goal in (("steps", 10.0), ("cost", 2.0)):
        verdict = "reached" if results[name] >= goal else "MISSED"
        print(
            f"{results[name]:8.1f}x  (goal {goal:g}x: {verdict})  Euler-Maruyama's {name} by those "
            f"of the node-safe step: {at_least}{int(steps)} steps, KS {distance:.4f}, for "
            f"{NODE_SAFE_STEPS} steps, KS {safe_distance:.4f}"
        )
    return results


def _run(psi: Superposition, method: str, num_steps: int) -> tuple[float, float]:
    """Mean Kolmogorov-Smirnov distance at the nodes and CPU seconds of one run."""
    distances, seconds = [], []
    for seed in SEEDS:
        Q0 = sample_superposition(psi, NUM_PATHS, np.random.default_rng(seed))

        def paths(Q0: np.ndarray = Q0, seed: int = seed) -> jax.Array:
            return nelson_paths(
                psi, Q0, [0.0, END], jax.random.key(seed), masses=1.0, num_steps=num_steps,
                method=method,
            ).block_until_ready()  # fmt: skip

        if seed == SEEDS[0]:
            paths()
        started = time.process_time()
        final = np.asarray(paths()[-1])[:, 0]
        seconds.append(time.process_time() - started)
        distances.append(ks_distance(final, lambda x: position_cdf(psi, x, END)))
    return float(np.mean(distances)), float(np.min(seconds))


def _timed(work) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall
