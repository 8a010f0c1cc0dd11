"""K bodies beside plain numba loops and REBOUND: pairs a CPU second, error at given cost.

All in one thread. Pairs are ordered pairs, K² for each sum, in both. REBOUND needs an interpreter
of its own, named by ZITTER_PEER_PYTHON; without it its columns are left out.
"""

import resource
import time
from collections.abc import Callable
from typing import NamedTuple

import numba
import numpy as np

from benchmarks import _bodies_peers as peers
from zitter.kbody.bodies import Bodies, bodies
from zitter.kbody.direct_sum import pair_accelerations
from zitter.kbody.newton import adaptive_newton_paths, newton_paths, total_energy
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


def run() -> dict[str, float]:
    """Print and return the ratios."""
    numba.set_num_threads(1)
    results = {}
    for K in (1000, 10_000):
        results |= _pair_speed(K)
    results |= _tree_speed(plummer(100_000))
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
    end = num_orbits * 2.0 * np.pi / np.sqrt(1.001)
    return Problem(f"Kepler e = {e:g}", system, weights * r, weights * v, end, weights * r)


def figure_eight(num_periods: int = 50) -> Problem:
    """Three equal masses on the figure-eight; its start is known to eight digits."""
    x = np.array([0.97000436, -0.24308753, 0.0])
    v = np.array([-0.93240737, -0.86473146, 0.0])
    X0, V0 = np.array([x, -x, 0.0 * x]), np.array([-0.5 * v, -0.5 * v, v])
    end = 6.32591398 * num_periods
    return Problem("figure-eight", bodies(np.ones(3)), X0, V0, end, X0)


def plummer(K: int, seed: int = 0) -> Problem:
    """A Plummer sphere of K bodies in the units G = M = a = 1, softened, for one unit of time."""
    rng = np.random.default_rng(seed)
    radius = 1.0 / np.sqrt(rng.uniform(0.0, 0.99, K) ** (-2.0 / 3.0) - 1.0)
    speeds = []
    while len(speeds) < K:
        q, height = rng.uniform(size=2) * [1.0, 0.1]
        if height < q**2 * (1.0 - q**2) ** 3.5:
            speeds.append(q)
    escape = np.sqrt(2.0) * (1.0 + radius**2) ** -0.25
    X, V = (_directions(rng, K) * size[:, None] for size in (radius, np.array(speeds) * escape))
    system = bodies(np.full(K, 1.0 / K), softening=0.01)
    return Problem(f"Plummer K = {K}", system, X - X.mean(0), V - V.mean(0), 1.0, None)


def _directions(rng: np.random.Generator, K: int) -> np.ndarray:
    n = rng.normal(size=(K, 3))
    return n / np.linalg.norm(n, axis=1, keepdims=True)


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


def _tree_speed(problem: Problem) -> dict[str, float]:
    """The tree beside the direct sum, with the errors of 500 bodies."""
    system, X = problem.system, problem.X0
    few = np.random.default_rng(0).choice(len(X), 500, replace=False)
    exact = np.array([_one_acceleration(system, X, i) for i in few])
    direct = _seconds(lambda: pair_accelerations(system, X), 1)
    results = {}
    for opening in (0.7, 0.5, 0.3):

        def forces(opening: float = opening) -> np.ndarray:
            return tree_accelerations(system, X, opening=opening)

        seconds = _seconds(forces, 1)
        errors = np.linalg.norm(forces()[few] - exact, axis=1) / np.linalg.norm(exact, axis=1)
        results[f"tree, opening {opening:g}"] = direct / seconds
        text = f"tree K = {len(X)}, opening {opening:g}: {seconds:.2f} CPU s, error "
        text += f"{np.median(errors):.0e} (median), {np.quantile(errors, 0.99):.0e} (99%)"
        _tell(direct / seconds, 1.0, text)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"          largest memory of the process so far {peak:.2f} GiB")
    return results


def _one_acceleration(system: Bodies, X: np.ndarray, i: int) -> np.ndarray:
    d = X - X[i]
    w = system.masses * (np.sum(d**2, axis=1) + system.softening**2) ** -1.5
    return w @ d


def _question(problem: Problem, integrator: str, step: float, end: float) -> dict:
    return dict(
        m=problem.system.masses, X=problem.X0, V=problem.V0, softening=problem.system.softening,
        integrator=integrator, step=step, end=end, repeats=3,
    )  # fmt: skip


def _few_bodies(problem: Problem) -> dict[str, float]:
    """Adaptive steps and IAS15: error at the end, largest energy error, CPU seconds."""
    span = [0.0, problem.end]

    def solve() -> np.ndarray:
        return adaptive_newton_paths(problem.system, problem.X0, problem.V0, span).X[-1]

    own = _seconds(solve, 3)
    error = np.max(np.abs(solve() - problem.exact))
    times = np.linspace(0.0, problem.end, 5001)
    drift = adaptive_newton_paths(problem.system, problem.X0, problem.V0, times).energy_drift
    print(f"          {problem.name}: Gauss-Radau {own:.3f} CPU s, error {error:.1e}, largest "
          f"|dE/E| {drift:.1e} at 5000 times")  # fmt: skip
    steps = {}
    for method, per_unit in (("leapfrog", 2000), ("yoshida4", 700), ("yoshida6", 300)):
        step = 1.0 / per_unit

        def fixed(method: str = method, step: float = step) -> np.ndarray:
            return newton_paths(
                problem.system, problem.X0, problem.V0, span, time_step=step, method=method
            ).X[-1]

        steps[method] = seconds = _seconds(fixed, 2)
        print(f"          {problem.name}: {method} {seconds:.3f} CPU s, error "
              f"{np.max(np.abs(fixed() - problem.exact)):.1e}")  # fmt: skip
    answers = {
        name: peers.rebound(_question(problem, name, step, problem.end))
        for name, step in (("ias15", 0.0), ("leapfrog", 1.0 / 2000.0))
    }
    if not answers["ias15"]:
        return {}
    for name, answer in answers.items():
        theirs = np.max(np.abs(np.array(answer["X"])[:, :3] - problem.exact))
        print(f"          {problem.name}: REBOUND {name} {answer['seconds']:.3f} CPU s, error "
              f"{theirs:.1e}")  # fmt: skip
    leap = answers["leapfrog"]["seconds"] / steps["leapfrog"]
    _tell(leap, 1.0, f"{problem.name}: of REBOUND's leapfrog, same steps")
    ratio = answers["ias15"]["seconds"] / own
    _tell(ratio, 1.0, f"{problem.name}: CPU seconds of IAS15 by those of Gauss-Radau")
    return {problem.name: ratio, f"{problem.name}, leapfrog": leap}


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
