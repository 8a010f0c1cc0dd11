"""Steps of this package or of the pyfftw peer on given cores: `python -m benchmarks._grid_worker`.

One argument, a JSON file with the request; prints one line of JSON.
"""

import json
import os
import sys
import time
from pathlib import Path

REQUEST = json.loads(Path(sys.argv[1]).read_text())
os.sched_setaffinity(0, set(REQUEST["cores"]))
os.environ["OMP_NUM_THREADS"] = str(len(REQUEST["cores"]))

import zitter  # noqa: E402, F401, I001  (float64 on before jax is imported)
import numpy as np  # noqa: E402

from benchmarks._fftw_step import FftwStep  # noqa: E402
from zitter.core.fft import Transforms, default_library  # noqa: E402
from zitter.core.grid import Grid  # noqa: E402
from zitter.core.poisson import PoissonSolver  # noqa: E402
from zitter.wavefunctions.split_step import Hamiltonian, SplitStep  # noqa: E402


def stepper(psi, name):
    """A function num_steps -> ψ after them, from where it stands."""
    length, mass, coupling = (REQUEST[key] for key in ("length", "mass", "coupling"))
    dt, threads = REQUEST["dt"], len(REQUEST["cores"])
    if name == "fftw":
        return FftwStep(psi, length, mass, 1.0, coupling, dt, threads).advance
    grid = Grid((0.0,) * 3, (length,) * 3, psi.shape)
    system = Hamiltonian(
        grid,
        np.full(3, mass),
        1.0,
        solver=PoissonSolver(grid, "periodic"),
        coupling=4.0 * np.pi * coupling,
    )
    step = SplitStep(system, 2, psi.dtype)
    return lambda num_steps: step.advance(psi, 0.0, dt, num_steps)


def bare_transforms(psi):
    """CPU and wall seconds of the transforms that one step needs: complex and real, both ways."""
    transforms, real = Transforms(psi.shape, psi.dtype), np.ascontiguousarray(psi.real)

    def once():
        transforms.inverse(transforms.forward(psi))
        transforms.inverse_real(transforms.forward_real(real))

    return best(once, 1)


def best(work, count):
    """Least CPU and wall seconds of `work`, per `count`."""
    work()
    found = []
    for _ in range(REQUEST["repeats"]):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        found.append((time.process_time() - cpu, time.perf_counter() - wall))
    return [min(times) / count for times in zip(*found, strict=True)]


def main():
    psi0 = np.load(REQUEST["psi0"]).astype(REQUEST["precision"])
    few, many = REQUEST["num_steps"]
    advance = stepper(psi0.copy(), REQUEST["name"])
    np.save(REQUEST["psi"], advance(few))
    low, high = (best(lambda steps=steps: advance(steps), 1) for steps in (few, many))
    cpu, wall = ((b - a) / (many - few) for a, b in zip(low, high, strict=True))
    result = {"cpu": cpu, "wall": wall, "library": default_library()}
    if REQUEST["name"] == "zitter":
        result["bare_cpu"], result["bare_wall"] = bare_transforms(np.zeros_like(psi0))
    print(json.dumps(result))


main()
