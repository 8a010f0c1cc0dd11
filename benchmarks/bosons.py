"""Permanents against thewalrus, and bosons in two orbitals at large N; CPU seconds, ratio first."""

import time

import numpy as np
from thewalrus import perm

from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.occupation import OccupationState
from zitter.wavefunctions.permanent import Permanent

NUM_BOSONS = 20
GOALS = {2: 4.0, 3: 40.0}


def _cpu(function, repeats: int = 3) -> float:
    """Least CPU seconds of a call, after one that compiles."""
    function()
    spent = []
    for _ in range(repeats):
        begin = time.process_time()
        function()
        spent.append(time.process_time() - begin)
    return min(spent)


def _distinct_orbitals(num: int, rng: np.random.Generator) -> Superposition:
    """Pairs of packets with random widths, opposite centres and momenta."""
    width, centre, momentum = (rng.uniform(*r, num) for r in ((0.7, 1.3), (1.0, 3.0), (1.0, 3.0)))
    packets = GaussianPacket(
        np.stack([width, width], axis=1)[..., None],
        np.stack([-centre, centre], axis=1)[..., None],
        np.stack([momentum, -momentum], axis=1)[..., None],
    )
    return Superposition(packets, np.full((num, 2), np.sqrt(0.5)))


def _permanents() -> dict[str, float]:
    rng = np.random.default_rng(0)
    psi = Permanent(_distinct_orbitals(NUM_BOSONS, rng))
    Q = rng.normal(scale=2.0, size=(1, NUM_BOSONS))
    shape = (NUM_BOSONS, NUM_BOSONS)
    A = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    peer = {m: _cpu(lambda m=m: perm(A, method=m)) for m in ("glynn", "ryser")}
    fastest = min(peer.values())
    results = {}
    for order, goal in GOALS.items():
        spent = _cpu(lambda order=order: psi.derivatives(Q, 1.5, order).log_psi.block_until_ready())
        ratio = spent / fastest
        results[f"permanent N = {NUM_BOSONS}, order {order}"] = ratio
        print(
            f"{ratio:8.2f}x the value alone of thewalrus (goal below {goal:g}x: "
            f"{'reached' if ratio < goal else 'MISSED'})  permanent N = {NUM_BOSONS}, derivatives "
            f"to order {order}: {1e3 * spent:.0f} ms; thewalrus "
            + ", ".join(f"{name} {1e3 * s:.0f} ms" for name, s in peer.items())
        )
    return results


def _two_orbitals() -> dict[str, float]:
    packets = GaussianPacket([[[1.0]], [[1.0]]], [[[-3.0]], [[3.0]]], [[[2.0]], [[-2.0]]])
    results = {}
    for num, order, goal in ((1000, 3, 2.0), (20_000, 1, 1.0)):
        state = OccupationState(Superposition(packets, [[1.0], [1.0]]), (num // 2, num // 2))
        # At t = 1.5 the packets lie on each other, with the width of one of them.
        Q = np.random.default_rng(1).normal(scale=1.25, size=(1, num))
        spent = _cpu(lambda s=state, q=Q, o=order: s.derivatives(q, 1.5, o).log_psi + 0.0)
        results[f"two orbitals, N = {num}"] = spent
        what = "all forces (order 3)" if order == 3 else "value and gradient"
        print(
            f"{spent:8.2f}s (goal below {goal:g} s: {'reached' if spent < goal else 'MISSED'})  "
            f"bosons in two orbitals, N = {num}: {what}"
        )
    return results


def run() -> dict[str, float]:
    """Print and return ratios and seconds."""
    return {**_permanents(), **_two_orbitals()}
