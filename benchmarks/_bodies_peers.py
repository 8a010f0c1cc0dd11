"""Peers of the motion of K bodies: plain numba loops, and REBOUND in an environment of its own.

REBOUND is under the GPL and no dependency. The benchmark runs it by the interpreter that
ZITTER_PEER_PYTHON names, one where `pip install rebound` was done.
"""

import json
import math
import os
import subprocess
from pathlib import Path

import numba
import numpy as np

SCRIPT = Path(__file__).with_name("_rebound.py")


@numba.njit(fastmath=True, parallel=True)
def plain_accelerations(X, m, eps2, A):
    """The double loop that one writes first."""
    for i in numba.prange(X.shape[0]):
        ax = ay = az = 0.0
        for j in range(X.shape[0]):
            if i != j:
                dx = X[j, 0] - X[i, 0]
                dy = X[j, 1] - X[i, 1]
                dz = X[j, 2] - X[i, 2]
                r2 = dx * dx + dy * dy + dz * dz + eps2
                w = m[j] / (r2 * math.sqrt(r2))
                ax += w * dx
                ay += w * dy
                az += w * dz
        A[i, 0], A[i, 1], A[i, 2] = ax, ay, az


def rebound(problem: dict) -> dict | None:
    """What REBOUND makes of a problem: final positions, energies, seconds; None without it."""
    python = os.environ.get("ZITTER_PEER_PYTHON")
    if not python:
        return None
    plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in problem.items()}
    done = subprocess.run(
        [python, str(SCRIPT)], input=json.dumps(plain), capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"          REBOUND did not run: {done.stderr.strip().splitlines()[-1]}")
        return None
    return json.loads(done.stdout)
