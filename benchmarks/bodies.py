"""K bodies beside plain numba loops and REBOUND: pairs a CPU second, error at given cost.

All in one thread. Pairs are ordered pairs, K² for each sum, in both. REBOUND needs an interpreter
of its own, named by ZITTER_PEER_PYTHON; without it its columns are left out.
"""

import resource
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike

from benchmarks import _bodies_peers as peers
from zitter.kbody.bodies import Bodies, bodies
from zitter.kbody.direct_sum import pair_accelerations, sampled_accelerations
from zitter.kbody.equilibria import plummer_cloud
from zitter.kbody.newton import Motion, adaptive_newton_paths, newton_paths, total_energy
from zitter.kbody.particle_mesh import WINDOWS, mesh_accelerations, mesh_around
from zitter.kbody.tree import tree_accelerations

REPEATS = 5


class Problem(NamedTuple):
    """A start, where it should end (None where only the energy is known), and for how long."""

    name: str
    system: Bodies
    X0: np.ndarray
    V0: np.ndarray
    end: float
    exact: np.ndarray | None
    watched: np.ndarray | None = None
    """Times at which the energy is looked at, close where it changes fast"""


def run() -> dict[str, float]:
    """Print and return the ratios."""
    numba.set_num_threads(1)
    results = {}
    for K in (1000, 10_000):
        results |= _pair_speed(K)
    results |= _sums_of_many(plummer(100_000))
    for problem in (kepler(), figure_eight()):
        results |= _few_bodies(problem)
    sphere = plummer(1000)
    return results | _many_bodies(sphere) | _sharp_many_bodies(sphere._replace(end=0.02))


def kepler(eccentricity: float = 0.9, num_orbits: int = 100) -> Problem:
    """A light and a heavy body, from the apocentre, whole orbits."""
    system, e = bodies([1.0, 1e-3]), eccentricity
    r = np.array([1.0 + e, 0.0, 0.0])
    v = np.array([0.0, np.sqrt(1.001 * (1.0 - e) / (1.0 + e)), 0.0])
    weights = np.array([[-1e-3], [1.0]]) / 1.001
    # Equal steps of the eccentric anomaly, the apocentre at π.
    E = np.pi + 2.0 * np.pi * np.arange(50 * num_orbits + 1) / 50.0
    watched = (E - e * np.sin(E) - np.pi) / np.sqrt(1.001)
    end = float(watched[-1])
    return Problem(f"Kepler e = {e:g}", system, weights * r, weights * v, end, weights * r, watched)


def figure_eight(num_periods: int = 50) -> Problem:
    """Three equal masses on the figure-eight; its start is known to eight digits."""
    x = np.array([0.97000436, -0.24308753, 0.0])
    v = np.array([-0.93240737, -0.86473146, 0.0])
    X0, V0 = np.array([x, -x, 0.0 * x]), np.array([-0.5 * v, -0.5 * v, v])
    end = 6.32591398 * num_periods
    watched = np.linspace(0.0, end, 100 * num_periods + 1)
    return Problem("figure-eight", bodies(np.ones(3)), X0, V0, end, X0, watched)


def plummer(K: int, seed: int = 0) -> Problem:
    """A Plummer sphere of K bodies in the units G = M = a = 1, softened, for one unit of time."""
    masses, _, X, V = plummer_cloud(K, 1.0, 1.0, seed=seed).centred
    return Problem(f"Plummer K = {K}", bodies(masses, softening=0.01), X, V, 1.0, None)


def _seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Least CPU seconds of a few runs, after one that compiles."""
    work()
    times = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def _pair_speed(K: int) -> dict[str, float]:
    problem = plummer(K)
    system, X = problem.system, problem.X0
    A = np.empty_like(X)
    own = _seconds(lambda: pair_accelerations(system, X))
    plain = _seconds(lambda: peers.plain_accelerations(X, system.masses, system.softening**2, A))
    difference = np.max(np.abs(pair_accelerations(system, X) - A)) / np.max(np.abs(A))
    rate = K**2 / own / 1e6
    results = {f"pairs, K = {K}, plain numba": plain / own}
    _tell(plain / own, 0.95, f"direct sum K = {K}: {rate:.0f} million pairs a CPU second, of plain "
          f"numba loops (agree to {difference:.0e})")  # fmt: skip
    steps = max(2, 4_000_000 // K**2)
    answer = peers.rebound(_question(problem, "leapfrog", 1e-6, 1e-6 * (steps - 0.5)))
    if answer:
        ratio = answer["seconds"] / steps / own
        results[f"pairs, K = {K}, REBOUND"] = ratio
        _tell(ratio, 1.0, f"direct sum K = {K}, of REBOUND's leapfrog step")
    return results


def _sums_of_many(problem: Problem) -> dict[str, float]:
    """Tree and mesh beside the direct sum, with the errors of 500 bodies and the memory of each."""
    system, X = problem.system, problem.X0
    few = np.random.default_rng(0).choice(len(X), 500, replace=False)
    exact = sampled_accelerations(system, X, few)
    smooth = -X[few] * (1.0 + np.sum(X[few] ** 2, axis=1))[:, None] ** -1.5
    direct = _seconds(lambda: pair_accelerations(system, X), 1)
    print(f"          direct sum K = {len(X)}: {direct:.2f} CPU s, {_errors(exact, smooth)} of the "
          "sphere's mean field")  # fmt: skip
    results = {}
    for name, forces in _ways(system, X):
        seconds, peak = _seconds(forces, 1), _peak(forces)
        found = forces()[few]
        results[f"{name}, memory"] = peak
        results[name] = direct / seconds
        _tell(direct / seconds, 1.0, f"{name} K = {len(X)}: {seconds:.2f} CPU s, "
              f"{_errors(found, exact)}, of the mean field {_errors(found, smooth)}, "
              f"memory {peak:.2f} GiB")  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    _tell(1.0 / peak, 1.0, f"largest memory of the process so far {peak:.2f} GiB, of at most 1")
    return results | {"memory of the process": peak}


def _ways(system: Bodies, X: np.ndarray) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    for opening in (0.7, 0.5, 0.3):
        yield f"tree, opening {opening:g}", partial(tree_accelerations, system, X, opening=opening)
    for num in (64, 128):
        for window in WINDOWS:
            mesh = mesh_around(system, X, num, window=window)
            forces = partial(mesh_accelerations, system, X, mesh)
            yield f"mesh {num}, {window} window, spacing {mesh.spacing:.3f}", forces


def _errors(found: np.ndarray, exact: np.ndarray) -> str:
    relative = np.linalg.norm(found - exact, axis=1) / np.linalg.norm(exact, axis=1)
    return f"error {np.median(relative):.0e} (median) {np.quantile(relative, 0.99):.0e} (99%)"


def _peak(work: Callable[[], object]) -> float:
    """Largest memory that a call takes beyond its input, in GiB."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**30


def _question(problem: Problem, integrator: str, step: float, end: float) -> dict:
    return dict(
        m=problem.system.masses, X=problem.X0, V=problem.V0, softening=problem.system.softening,
        integrator=integrator, step=step, end=end, repeats=3,
    )  # fmt: skip


def _few_bodies(problem: Problem) -> dict[str, float]:
    """Adaptive steps, fixed ones, and REBOUND's: error at the end, energy error, CPU seconds."""
    start, span = (problem.system, problem.X0, problem.V0), [0.0, problem.end]

    def adaptive(times: ArrayLike = span) -> Motion:
        return adaptive_newton_paths(*start, times)

    steps = {"Gauss-Radau": _tell_run(problem, "Gauss-Radau", adaptive, problem.watched)}
    for method, per_unit in (("leapfrog", 2000), ("yoshida4", 700), ("yoshida6", 300)):
        h = 1.0 / per_unit

        def fixed(times: ArrayLike = span, method: str = method, h: float = h) -> Motion:
            return newton_paths(*start, times, time_step=h, method=method)

        # Whole steps to every time, so that watching does not change them.
        watched = h * np.unique(np.round(problem.watched / h))
        steps[method] = _tell_run(problem, method, fixed, watched)
    answers = {
        name: peers.rebound(
            _question(problem, name, h, problem.end) | dict(watched=problem.watched)
        )
        for name, h in (("ias15", 0.0), ("leapfrog", 1.0 / 2000.0))
    }
    if not answers["ias15"]:
        return {}
    for name, answer in answers.items():
        final, seen = np.array(answer["X"])[:, :3], np.array(answer["seen"])
        energies = [total_energy(problem.system, s[:, :3], s[:, 3:]) for s in seen]
        _tell_errors(problem, f"REBOUND {name}", answer["seconds"], final, np.array(energies))
    leap = answers["leapfrog"]["seconds"] / steps["leapfrog"]
    _tell(leap, 1.0, f"{problem.name}: of REBOUND's leapfrog, same steps")
    ratio = answers["ias15"]["seconds"] / steps["Gauss-Radau"]
    _tell(ratio, 1.0, f"{problem.name}: CPU seconds of IAS15 by those of Gauss-Radau")
    return {problem.name: ratio, f"{problem.name}, leapfrog": leap}


def _tell_run(
    problem: Problem, name: str, solve: Callable[..., Motion], watched: np.ndarray
) -> float:
    """CPU seconds of a run, with its errors printed."""
    seconds = _seconds(solve, 2)
    _tell_errors(problem, name, seconds, solve().X[-1], solve(watched).energy)
    return seconds


def _tell_errors(
    problem: Problem, name: str, seconds: float, final: np.ndarray, energies: np.ndarray
) -> None:
    error = np.max(np.abs(final - problem.exact))
    drift = np.max(np.abs(energies / energies[0] - 1.0))
    print(f"          {problem.name}: {name} {seconds:.3f} CPU s, error {error:.1e}, largest "
          f"|dE/E| {drift:.1e} at {len(energies)} times")  # fmt: skip


def _many_bodies(problem: Problem) -> dict[str, float]:
    """Leapfrog with 256 steps, both."""
    step = problem.end / 256

    def solve():
        return newton_paths(
            problem.system, problem.X0, problem.V0, [0.0, problem.end], time_step=step
        )

    own, motion = _seconds(solve, 2), solve()
    print(f"          {problem.name}: leapfrog {own:.2f} CPU s, |dE/E| {motion.energy_drift:.1e}")
    answer = peers.rebound(_question(problem, "leapfrog", step, problem.end * (1.0 - 1e-9)))
    if not answer:
        return {}
    final = np.array(answer["X"])
    energy = total_energy(problem.system, final[:, :3], final[:, 3:])
    drift = abs(energy / motion.energy[0] - 1.0)
    print(f"          {problem.name}: REBOUND leapfrog {answer['seconds']:.2f} CPU s, |dE/E| "
          f"{drift:.1e}")  # fmt: skip
    _tell(answer["seconds"] / own, 1.0, f"{problem.name}: of REBOUND's leapfrog")
    return {problem.name: answer["seconds"] / own}


def _sharp_many_bodies(problem: Problem) -> dict[str, float]:
    """Adaptive steps and IAS15 on the sphere, for a short time."""
    span = [0.0, problem.end]

    def solve():
        return adaptive_newton_paths(problem.system, problem.X0, problem.V0, span, first_step=1e-4)

    own, motion = _seconds(solve, 1), solve()
    print(f"          {problem.name}, t = {problem.end:g}: Gauss-Radau {own:.2f} CPU s, |dE/E| "
          f"{motion.energy_drift:.1e}")  # fmt: skip
    answer = peers.rebound(_question(problem, "ias15", 1e-4, problem.end))
    if not answer:
        return {}
    final = np.array(answer["X"])
    drift = abs(total_energy(problem.system, final[:, :3], final[:, 3:]) / motion.energy[0] - 1.0)
    apart = np.max(np.abs(final[:, :3] - motion.X[-1]))
    print(f"          {problem.name}, t = {problem.end:g}: REBOUND ias15 {answer['seconds']:.2f} "
          f"CPU s, |dE/E| {drift:.1e}; largest difference of a place {apart:.0e}")  # fmt: skip
    _tell(answer["seconds"] / own, 1.0, f"{problem.name}: CPU seconds of IAS15 by Gauss-Radau's")
    return {f"{problem.name}, sharp": answer["seconds"] / own}


def _tell(ratio: float, goal: float, text: str) -> None:
    verdict = "reached" if ratio >= goal else "MISSED"
    print(f"{ratio:8.2f}x  (goal {goal:g}x: {verdict})  {text}", flush=True)
