"""Steps of jaxion, run by its own Python: `python _jaxion_step.py REQUEST.json` -> psi and seconds.

jaxion counts |ψ|² as a density in solar masses per kpc³; time, length and mass are its units.
"""

import json
import os
import sys
import time
from pathlib import Path

REQUEST = json.loads(Path(sys.argv[1]).read_text())
os.sched_setaffinity(0, set(REQUEST["cores"]))
os.environ["JAX_ENABLE_X64"] = "1" if REQUEST["precision"] == "complex128" else "0"

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jaxion import Simulation  # noqa: E402


def simulation(num_steps):
    """A run of so many steps of jaxion's own length."""
    n, length = REQUEST["num"], REQUEST["length"]
    domain = {"box_size": length, "resolution_base": n}
    physics = {"quantum": True, "gravity": True}
    output = {"num_checkpoints": 1, "save": False}
    probe = Simulation({"domain": domain, "physics": physics, "output": output})
    dt = float(probe.m_per_hbar) / 6.0 * (length / n) ** 2
    end = {"start": 0.0, "end": num_steps * dt}
    sim = Simulation({"domain": domain, "physics": physics, "output": output, "time": end})
    assert sim.nt == num_steps
    sim.state["psi"] = jnp.asarray(np.load(REQUEST["psi0"]).astype(REQUEST["precision"]))
    return sim, dt


def seconds(num_steps):
    """CPU and wall seconds of a run, compilation included, and ψ at its end."""
    sim, dt = simulation(num_steps)
    cpu, wall = time.process_time(), time.perf_counter()
    sim.run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return cpu, wall, np.asarray(sim.state["psi"]), dt


few, many = REQUEST["num_steps"]
runs = [[seconds(steps) for steps in (few, many)] for _ in range(REQUEST["repeats"])]
low = [min(pair[0][i] for pair in runs) for i in (0, 1)]
high = [min(pair[1][i] for pair in runs) for i in (0, 1)]
np.save(REQUEST["psi"], runs[0][0][2])
steps = many - few
print(json.dumps({"cpu": (high[0] - low[0]) / steps, "wall": (high[1] - low[1]) / steps}))
