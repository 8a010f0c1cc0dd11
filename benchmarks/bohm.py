"""Bohm paths against scipy.integrate.solve_ivp: paths a CPU second at equal error, one core.

Errors are those of the final positions against a reference a thousand times sharper (the exact
quantile map for one particle and for the condensate). solve_ivp runs at several tolerances; its
cost at our error is interpolated between them, and the better of RK45 and DOP853 counts.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np

from benchmarks import _peers as peers
from zitter.trajectories.bohm import bohm_paths, quantile_map
from zitter.trajectories.sampling import sample_determinant, sample_superposition
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.permanent import Permanent

TOLERANCE = 1e-7
PEER_TOLERANCES = (1e-5, 1e-7, 1e-9)


class Case(NamedTuple):
    """One state, its starts and its peer."""

    name: str
    goal: float
    psi: Any
    velocity: Callable
    Q0: np.ndarray
    end: float
    num_peer: int


class Curve(NamedTuple):
    """Seconds for one path and its errors, for each tolerance."""

    seconds: np.ndarray
    median: np.ndarray
    q99: np.ndarray


def run() -> dict[str, float]:
    """Print and return the ratios."""
    numba.set_num_threads(1)
    _report_compilation()
    results = {}
    for case in cases():
        reference = _reference(case)
        own, wall_two = _own_cost(case, reference)
        peer = _peer_curves(case, reference)
        for figure in ("median", "q99"):
            error = float(getattr(own, figure)[0])
            ratio = min(_cost_at(curve, figure, error) for curve in peer) / float(own.seconds[0])
            results[f"{case.name}, {figure}"] = ratio
            verdict = "reached" if ratio >= case.goal else "MISSED"
            print(
                f"{ratio:8.1f}x  (goal {case.goal:g}x: {verdict})  Bohm {case.name}, "
                f"{figure} error {error:.1e}"
            )
        print(
            f"          {1.0 / own.seconds[0]:.0f} paths a CPU second on one core, "
            f"{len(case.Q0) / wall_two:.0f} paths a second on two",
            flush=True,
        )
    return results


def cases() -> list[Case]:
    """One particle, a condensate, fermions and bosons in pairs of colliding packets."""
    rng = np.random.default_rng(0)
    width, centre, momentum = np.ones(2), np.array([-3.0, 3.0]), np.array([2.0, -2.0])
    orbital = _superposition(width, centre, momentum)
    many = [np.array(v) for v in zip(*[_random_pair(rng) for _ in range(8)], strict=True)]
    orbitals = _superposition(*many)
    starts = sample_determinant(Determinant(orbitals), 200, rng)
    one = sample_superposition(orbital, 4000, rng)
    condensed = sample_superposition(orbital, 8000, rng).reshape(400, 20)
    return [
        Case(
            "N = 1", 100.0, orbital, peers.packet_velocity(width, centre, momentum), one, 3.0, 200
        ),
        Case(
            "condensate N = 20", 20.0, Product(orbital, 20),
            peers.condensate_velocity(width, centre, momentum), condensed, 3.0, 60,
        ),
        Case(
            "determinant N = 8", 5.0, Determinant(orbitals), peers.determinant_velocity(*many),
            starts, 1.5, 50,
        ),
        Case(
            "permanent N = 8", 5.0, Permanent(orbitals), peers.permanent_velocity(*many),
            starts, 1.5, 50,
        ),
    ]  # fmt: skip


def _random_pair(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sides = np.array([-1.0, 1.0])
    return rng.uniform(0.7, 1.3, 2), sides * rng.uniform(3, 6), -sides * rng.uniform(2, 4)


def _superposition(width: np.ndarray, centre: np.ndarray, momentum: np.ndarray) -> Superposition:
    packets = GaussianPacket(width[..., None], centre[..., None], momentum[..., None])
    return Superposition(packets, np.ones(width.shape))


def _reference(case: Case) -> np.ndarray:
    times = [0.0, case.end]
    if isinstance(case.psi, Determinant | Permanent):
        return bohm_paths(case.psi, case.Q0, times, masses=1.0, rtol=1e-12, atol=1e-12).Q[-1]
    return quantile_map(case.psi, case.Q0, times)[-1]


def _own_cost(case: Case, reference: np.ndarray) -> tuple[Curve, float]:
    """Cost of one path on one core with its errors, and seconds of wall time on two cores."""
    started = time.process_time()
    Q = _own(case)
    seconds = (time.process_time() - started) / len(case.Q0)
    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
    started = time.perf_counter()
    _own(case)
    wall = time.perf_counter() - started
    numba.set_num_threads(1)
    return Curve(*np.array([(seconds, *_errors(case, Q, reference))]).T), wall


def _own(case: Case) -> np.ndarray:
    times, precision = [0.0, case.end], {"rtol": TOLERANCE, "atol": TOLERANCE}
    return bohm_paths(case.psi, case.Q0, times, masses=1.0, **precision).Q[-1]


def _peer_curves(case: Case, reference: np.ndarray) -> list[Curve]:
    Q0 = case.Q0[: case.num_peer]
    peers.solved(case.velocity, Q0[:1], case.end, "RK45", 1e-3)
    curves = []
    for method in ("RK45", "DOP853"):
        rows = []
        for tolerance in PEER_TOLERANCES:
            final, seconds = peers.solved(case.velocity, Q0, case.end, method, tolerance)
            rows.append((seconds / len(Q0), *_errors(case, final, reference)))
        curves.append(Curve(*np.array(rows).T))
    return curves


def _errors(case: Case, Q: np.ndarray, reference: np.ndarray) -> tuple[float, float]:
    """Median and 99% quantile over the paths that the peer follows too."""
    chosen = slice(case.num_peer)
    error = np.max(np.abs(Q[chosen] - reference[chosen]), axis=1)
    return float(np.median(error)), float(np.quantile(error, 0.99))


def _cost_at(curve: Curve, figure: str, error: float) -> float:
    errors, seconds = np.log(getattr(curve, figure)), np.log(curve.seconds)
    order = np.argsort(errors)
    return float(np.exp(np.interp(np.log(error), errors[order], seconds[order])))


def _report_compilation() -> None:
    started = time.perf_counter()
    for case in cases():
        bohm_paths(case.psi, case.Q0[:1], [0.0, 0.01], masses=1.0)
    print(
        f"Bohm paths, all families compiled or loaded from the cache in "
        f"{time.perf_counter() - started:.1f} s"
    )
