"""A Vlasov step on 1024 x 1024 beside numpy's FFT, and Landau damping beside JAX-in-Cell.

Seconds of a step are the difference of two run lengths, so that compilation, tables and the
checks before a run drop out. JAX-in-Cell is a particle code with an environment of its own under
out/; it gets a quiet start, and its compilation is told apart.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import norm, qmc

from benchmarks._environments import peer_python
from benchmarks._numpy_vlasov import NumpyVlasov
from zitter.core.grid import Grid
from zitter.mean_field._shifts import INTERPOLATORS
from zitter.mean_field.phase_space import Species, species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import DEFAULT_INTERPOLATOR, VlasovSolution, evolve_vlasov

JAXINCELL = "jaxincell==0.1.1"
NUM, LENGTH, FASTEST, STEP = 1024, 4.0 * np.pi, 8.0, 0.02
FEW, MANY, REPEATS = 2, 22, 5
PARTICLES, LANDAU_STEP, LANDAU_STEPS, SIZE = (2**13, 2**15), 0.05, 400, 0.1
STEP_GOAL, PEER_GOAL = 2.0, 1.0


def run() -> dict[str, float]:
    """Print and return the ratios."""
    return _step() | _landau()


def _electrons(num: tuple[int, int], fastest: float) -> tuple[Species, SelfField]:
    space, velocity = Grid((0.0,), (LENGTH,), num[:1]), Grid((-fastest,), (fastest,), num[1:])

    def f0(x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return (1.0 + SIZE * np.cos(0.5 * x)) * np.exp(-0.5 * v**2) / np.sqrt(2.0 * np.pi)

    field = SelfField(space, "periodic", coulomb_constant=0.25 / np.pi, background=True)
    return species(f0, space, velocity, charge=-1.0), field


def _step() -> dict[str, float]:
    kind, field = _electrons((NUM, NUM), FASTEST)
    peers = {
        "numpy.fft": NumpyVlasov(NUM, NUM, LENGTH, FASTEST, STEP, 0),
        "scipy.fft in two threads": NumpyVlasov(NUM, NUM, LENGTH, FASTEST, STEP, 2),
    }
    times, states = {}, {}
    for name, code in peers.items():
        times[name], states[name] = _seconds_each(lambda n, code=code: code.steps(kind.f, n))
    best = min(peers, key=lambda name: times[name][0])
    print(f"load {os.getloadavg()[0]:.1f}; {NUM} x {NUM}, wall / CPU milliseconds a step")
    for name in peers:
        print(f"          {name}: {_milliseconds(times[name])}")
    results = {}
    for interpolator in INTERPOLATORS:

        def steps(n: int, interpolator: str = interpolator) -> np.ndarray:
            run = evolve_vlasov(kind, field, [0.0, n * STEP], time_step=STEP, keep="last",
                                interpolator=interpolator)  # fmt: skip
            return run.f[0][0]

        own, f = _seconds_each(steps)
        wall, cpu = (times[best][i] / own[i] for i in (0, 1))
        difference = np.max(np.abs(f - states[best]))
        goal = STEP_GOAL if interpolator == DEFAULT_INTERPOLATOR else 0.0
        _tell(wall, goal, f"{interpolator}: {_milliseconds(own)}, of the faster of them (CPU "
              f"{cpu:.2f}x); f differs by {difference:.0e}")  # fmt: skip
        results[f"Vlasov step, {interpolator}"] = wall
    return results


def _seconds_each(steps: Callable[[int], np.ndarray]) -> tuple[tuple[float, float], np.ndarray]:
    """Least wall and CPU seconds of a step, and f after the longer run."""
    steps(FEW)
    least, f = np.full((2, 2), np.inf), np.zeros(0)
    for _ in range(REPEATS):
        for i, n in enumerate((FEW, MANY)):
            started = time.perf_counter(), time.process_time()
            f = steps(n)
            spent = time.perf_counter() - started[0], time.process_time() - started[1]
            least[i] = np.minimum(least[i], spent)
    wall, cpu = (least[1] - least[0]) / (MANY - FEW)
    return (float(wall), float(cpu)), f


def _milliseconds(seconds: tuple[float, float]) -> str:
    return " / ".join(f"{1e3 * s:.1f}" for s in seconds)


def _landau() -> dict[str, float]:
    """The longest wave of the field until ω_p t = 20, against a fine grid."""
    best = _wave(_landau_run((64, 512), 0.5 * LANDAU_STEP, 2))
    started = time.perf_counter()
    _landau_run((32, 128), LANDAU_STEP)
    first, walls, wave = time.perf_counter() - started, [], best
    for _ in range(REPEATS):
        started = time.perf_counter()
        wave = _wave(_landau_run((32, 128), LANDAU_STEP))
        walls.append(time.perf_counter() - started)
    own = min(walls)
    print(f"          Landau damping, {LANDAU_STEPS} steps: zitter on 32 x 128 {own:.3f} s (first "
          f"run {first:.3f} s), field's error {_error(wave, best):.1e} of its start")  # fmt: skip
    python, results = peer_python(JAXINCELL), {}
    for num in PARTICLES:
        answer = _ask(python, num)
        ratio = answer["seconds"] / own
        error = _error(np.array([best[0], *answer["wave"]]), best)
        _tell(ratio, PEER_GOAL, f"Landau damping: JAX-in-Cell with {num} electrons "
              f"{answer['seconds']:.2f} s (compiling {answer['first'] - answer['seconds']:.1f} s "
              f"more), error {error:.1e}")  # fmt: skip
        results[f"Landau damping, JAX-in-Cell with {num}"] = ratio
    return results


def _landau_run(num: tuple[int, int], step: float, each: int = 1) -> VlasovSolution:
    kind, field = _electrons(num, 7.0)
    times = step * each * np.arange(LANDAU_STEPS + 1)
    return evolve_vlasov(kind, field, times, time_step=step, keep="last")


def _wave(run: VlasovSolution) -> np.ndarray:
    a = run.acceleration[:, 0, 0]
    return np.abs(np.fft.rfft(a, axis=1)[:, 1]) / a.shape[1]


def _error(wave: np.ndarray, best: np.ndarray) -> float:
    return float(np.sqrt(np.mean((wave - best) ** 2)) / best[0])


def _ask(python: str, num: int) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        x, v = _quiet_start(num)
        np.savez(place / "particles.npz", x=x, v=v)
        request = {
            "cores": sorted(os.sched_getaffinity(0))[:2], "num_x": 32, "dt": LANDAU_STEP,
            "num_steps": LANDAU_STEPS, "repeats": 2, "particles": str(place / "particles.npz"),
        }  # fmt: skip
        (place / "request.json").write_text(json.dumps(request))
        script = str(Path(__file__).with_name("_jaxincell_run.py"))
        command = [python, script, str(place / "request.json")]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"JAX-in-Cell: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _quiet_start(num: int) -> tuple[np.ndarray, np.ndarray]:
    """Places x + (a/k) sin kx = equally spaced, velocities by the quantiles of Halton's points."""
    even = (np.arange(num) + 0.5) / num * LENGTH
    x = even.copy()
    for _ in range(30):
        x -= (x + SIZE / 0.5 * np.sin(0.5 * x) - even) / (1.0 + SIZE * np.cos(0.5 * x))
    shares = qmc.Halton(1, scramble=False).random(num)[:, 0] + 0.5 / num
    return x, norm.ppf(shares)


def _tell(ratio: float, goal: float, text: str) -> None:
    verdict = "reached" if ratio >= goal else "MISSED"
    aim = f"(goal {goal:g}x: {verdict})" if goal else ""
    print(f"{ratio:8.2f}x  {aim}  {text}", flush=True)
