"""Bath: Hu-Paz-Zhang beside QuTiP's HEOM, and trajectories of 1000 configurations against n."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from zitter.bath.branching_paths import (
    bohm_branching_paths,
    nelson_branching_paths,
    sampled_configurations,
    unreduced_paths,
)
from zitter.bath.branching_wave import branching_wave, reduced_bath, reduced_start
from zitter.bath.discretisation import discretised
from zitter.bath.drude import drude_noise, drude_response
from zitter.bath.master_equation import (
    hu_paz_zhang,
    in_number_states,
    solve_master_equation,
    trace_distance,
)
from zitter.bath.packets import Packets, reduced_density_matrix
from zitter.bath.response import NoiseCovariance
from zitter.bath.spectral_density import SpectralDensity
from zitter.scenarios.bath.qutip_bridge import heom_density_matrices

NUM_RUNS, DURATION, NUM_STEPS = 1000, 6.4, 640
MODES = (100, 200, 400, 1000)
HIERARCHIES = ((24, 2, 4), (28, 2, 5))


def run() -> dict[str, float]:
    """Print and return ratios, seconds and the exponent of the cost of a step."""
    return _against_heom() | _trajectories()


def _timed(call: Callable[[], Any]) -> tuple[Any, float]:
    # Not processor time: a second thread of the linear algebra spins through small matrices.
    started = time.perf_counter()
    return call(), time.perf_counter() - started


def _against_heom() -> dict[str, float]:
    """Seconds of both for a cat at kT = 2, and how far each is from the exact state."""
    density, cat, times = (
        SpectralDensity(0.1, 5.0),
        Packets([-1.5, 1.5], 0.5**0.5),
        [0.25, 1.0, 4.0],
    )
    x = np.linspace(-9.0, 9.0, 241)

    def motion(t: np.ndarray):
        noise = drude_noise(density, 1.0, t[1:], 2.0)
        start = NoiseCovariance(*(np.concatenate([[0.0], part]) for part in noise))
        return drude_response(density, 1.0, t), start

    def exact(num_states: int) -> list[np.ndarray]:
        found = motion(np.array([0.0, *times]))
        return [
            in_number_states(
                reduced_density_matrix(cat, *found, 1.0, x, i), x, num_states, 1.0, 1.0
            )
            for i in range(4)
        ]

    start, *states = exact(40)
    table = 4.0 * np.linspace(0.0, 1.0, 161) ** 2
    found, own = _timed(
        lambda: solve_master_equation(hu_paz_zhang(*motion(table), 1.0), start, 1.0, 1.0, times)
    )
    worst = max(map(trace_distance, found, states))
    print(f"{own:8.2f} s  Hu-Paz-Zhang, trace distance {worst:.0e}")
    results = {}
    for num_states, num_terms, depth in HIERARCHIES:
        begin, *states = exact(num_states)
        try:
            other, seconds = _timed(
                lambda begin=begin, k=num_terms, depth=depth: heom_density_matrices(
                    density, 1.0, 2.0, begin, [0.0, *times], num_exponentials=k, depth=depth
                )
            )
        except ModuleNotFoundError as missing:
            print(missing)
            return {}
        distance = max(map(trace_distance, other[1:], states))
        ratio = seconds / own
        verdict = "reached" if ratio >= 10.0 else "MISSED"
        print(
            f"{ratio:8.1f}x  (goal 10x: {verdict})  HEOM {num_states}, {num_terms}, {depth}: "
            f"{seconds:.1f} s, trace distance {distance:.0e}"
        )
        results[f"HEOM {num_states}, {num_terms}, {depth}"] = ratio
    return results


def _trajectories() -> dict[str, float]:
    """Seconds of 1000 runs with n modes, precomputation included, and the growth with n."""
    results: dict[str, float] = {}
    for name in ("Bohm", "Nelson"):
        seconds = []
        for num_modes in MODES:
            cpu = _timed(lambda name=name, n=num_modes: _whole_run(name, n))[1]
            seconds.append(cpu)
            print(f"{cpu:8.1f} s  {name}, n = {num_modes}: {1e3 * cpu / NUM_STEPS:.1f} ms a step")
        growth = float(np.polyfit(np.log(MODES), np.log(seconds), 1)[0])
        reached = "reached" if growth < 1.3 and seconds[-1] < 300.0 else "MISSED"
        print(f"{growth:8.2f}   (goal: below 1.3, and 300 s: {reached})  exponent in n, {name}")
        results |= {f"{name} exponent": growth, f"{name} seconds": seconds[-1]}
    return results


def _whole_run(name: str, num_modes: int) -> np.ndarray:
    """Final configurations of all modes in 1000 runs of a cat."""
    bath = discretised(SpectralDensity(0.1, 5.0, shape="exponential"), num_modes)
    packets, rng = Packets([-3.0, 3.0], 0.5**0.5), np.random.default_rng(0)
    reduced = reduced_bath(bath, 1.0, 1.0, DURATION)
    wave = branching_wave(reduced.bath, 1.0, reduced.frequency, packets)
    q0 = np.empty((NUM_RUNS, 1 + num_modes))
    q0[:, 0] = sampled_configurations(wave, NUM_RUNS, rng)[:, 0]
    q0[:, 1:] = rng.normal(size=(NUM_RUNS, num_modes)) * np.sqrt(0.5 / bath.frequencies)
    times = [0.0, 0.5 * DURATION, DURATION]
    if name == "Bohm":
        paths = bohm_branching_paths(wave, reduced_start(q0, reduced), times, NUM_STEPS)
        return unreduced_paths(paths, reduced, q0).q
    return nelson_branching_paths(wave, q0, times, NUM_STEPS, rng, reduced=reduced, bath=bath).q
