"""Landau damping in JAX-in-Cell, by its own Python: `python _jaxincell_run.py REQUEST.json`.

The particles are those of the request. Parameters that JAX-in-Cell does not know it leaves out
without a word, so what it has made of them is checked before it runs.
"""

import json
import os
import sys
import time
from pathlib import Path

REQUEST = json.loads(Path(sys.argv[1]).read_text())
os.sched_setaffinity(0, set(REQUEST["cores"]))

import jaxincell  # noqa: E402
import numpy as np  # noqa: E402

C, E, M, EPS0 = 2.99792458e8, 1.60217663e-19, 9.10938371e-31, 8.85418782e-12
SPREAD, LENGTH = 0.01 * C, 1.0
RATE = 4.0 * np.pi * SPREAD / LENGTH


def parameters(x, v):
    """Electrons of spread 0.01 c on heavy ions at rest, in a box of 4π Debye lengths, 1 m."""
    num = len(x)
    weight = RATE**2 * M * EPS0 / E**2 * LENGTH / num
    nothing = np.zeros(num)
    places = np.stack([LENGTH * (x / (4.0 * np.pi) - 0.5), nothing, nothing], axis=1)
    speeds = np.stack([SPREAD * v, nothing, nothing], axis=1)
    at_rest = np.stack([LENGTH * ((np.arange(num) + 0.5) / num - 0.5), nothing, nothing], axis=1)
    dx, dt = LENGTH / REQUEST["num_x"], REQUEST["dt"] / RATE
    common = dict(number_pseudoparticles=num, weight=weight)
    return {
        "domain_parameters": dict(
            length=LENGTH, number_grid_points=REQUEST["num_x"], total_steps=REQUEST["num_steps"],
            timestep_over_spatialstep_times_c=C * dt / dx,
        ),
        "species_parameters": {
            "electrons": {"e": dict(initial_positions=places, initial_velocities=speeds, **common)},
            "ions": {"i": dict(initial_positions=at_rest, initial_velocities=0.0 * speeds,
                               mass_over_proton_mass=1e6, **common)},
        },
        "solver_parameters": dict(print_info=False, field_solver=0, filter_passes=0),
    }  # fmt: skip


def seconds(sim):
    """Wall seconds of a run, and the longest wave of E in units of (m/e) ω_p σ, from dt on."""
    started = time.perf_counter()
    E_x = np.asarray(sim.run()["electric_field"])[:, :, 0]
    wave = np.abs(np.fft.rfft(E_x, axis=1)[:, 1]) / len(E_x[0])
    return time.perf_counter() - started, wave * E / (M * RATE * SPREAD)


data = np.load(REQUEST["particles"])
sim = jaxincell.Simulation(parameters(data["x"], data["v"]))
first, wave = seconds(sim)
again = [seconds(sim)[0] for _ in range(REQUEST["repeats"])]
output = sim.run()
assert output["positions"].shape == (REQUEST["num_steps"], 2 * len(data["x"]), 3)
assert np.isclose(float(output["plasma_frequency"] * output["dt"]), REQUEST["dt"], rtol=1e-6)
assert np.array_equal(np.asarray(output["initial_velocities"])[: len(data["v"]), 0],
                      SPREAD * data["v"])  # fmt: skip
print()
print(json.dumps({"first": first, "seconds": min(again), "wave": wave.tolist()}))
