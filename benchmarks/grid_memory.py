"""Peak memory of a self-gravitating wave at 256³ complex128, periodic and isolated."""

import subprocess
import sys

NUM = 256
GOALS = {"periodic": 3.0, "isolated": 8.0}
_RUN = """
import resource, sys
import zitter
import numpy as np
from zitter.core.grid import Grid
from zitter.mean_field.schrodinger_newton import evolve_schrodinger_newton
boundary, num = sys.argv[1], int(sys.argv[2])
grid = Grid((-10.0,) * 3, (10.0,) * 3, (num,) * 3)
g = np.exp(-0.5 * grid.axes[0] ** 2) / np.pi**0.25 / 2**0.25
psi = np.einsum("i,j,k->ijk", g, g, g).astype(complex)
psi /= np.sqrt(np.sum(np.abs(psi) ** 2) * grid.cell_volume)
step = 0.1 * float(grid.spacing[0]) ** 2
evolve_schrodinger_newton(
    psi, grid, [0.0, 2.0 * step], 1.0, boundary=boundary, time_step=step, keep="last"
)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def run() -> dict[str, float]:
    """Print and return the peak of each run in GiB, everything included."""
    results = {}
    for boundary, goal in GOALS.items():
        command = [sys.executable, "-c", _RUN, boundary, str(NUM)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{boundary}: {done.stderr[-2000:]}")
        peak = float(done.stdout.split()[-1])
        kept = "reached" if peak <= goal else "MISSED"
        print(f"{peak:8.2f} GiB  (goal {goal:g}: {kept})  {boundary} run, {NUM}³ complex128")
        results[f"GiB, {boundary}"] = peak
    return results
