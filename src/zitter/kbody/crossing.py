"""Two packets that run into each other on a line: who crosses?

Five cases from the same packets: one particle in a superposition of both; two distinguishable
particles, one in each; two bosons; two fermions; two classical bodies. What decides is whether the
two packets are packets of one particle or of two, not whether the equation is linear.
"""

from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    require_choice,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.trajectories.bohm import bohm_paths, quantile_map
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.permanent import Permanent

CASES = ("one particle", "distinguishable", "bosons", "fermions", "classical")


class Encounter(NamedTuple):
    """Paths of an ensemble of runs through an encounter."""

    times: np.ndarray
    """(time,) [time]"""
    paths: np.ndarray
    """positions of the two bodies (time, run, 2) [length]; of one particle (time, run, 1)"""
    crossed: np.ndarray
    """whether the bodies changed order, or the one particle its side (run,)"""

    @property
    def fraction(self) -> float:
        """Share of the runs in which they crossed [1]."""
        return float(np.mean(self.crossed))


class CollidingPackets(NamedTuple):
    """Two equal packets at ∓distance/2 that move towards each other."""

    width: float = 1.0
    """σ [length]"""
    distance: float = 10.0
    """of the centres at the start [length]"""
    momentum: float = 2.0
    """of the left one, towards the right [momentum]"""
    mass: float = 1.0
    """M [mass]"""
    hbar: float = 1.0
    """ħ [mass*length^2/time]"""


def meeting_time(packets: CollidingPackets) -> float:
    """Time at which the centres of the packets coincide, M d/2p.

    Args:
        packets: CollidingPackets.

    Returns:
        [time].

    Raises:
        ValueError: a momentum that is not positive.
    """
    require_positive("momentum", packets.momentum)
    return 0.5 * packets.mass * packets.distance / packets.momentum


def packet_overlap(packets: CollidingPackets, time: float) -> float:
    """Overlap of the two densities on the line, ∫√(ρ₁ρ₂)dx = exp(-(x̄₁ - x̄₂)²/8σ_t²).

    Args:
        packets: CollidingPackets.
        time: t [time].

    Returns:
        1 where they coincide [1].

    Raises:
        ValueError: a mass or width that is not positive.
    """
    require_positive("mass", packets.mass)
    require_positive("width", packets.width)
    gap = packets.distance - 2.0 * packets.momentum * time / packets.mass
    return float(np.exp(-(gap**2) / (8.0 * _width(packets, time) ** 2)))


def encounter(
    case: str, packets: CollidingPackets, times: np.ndarray, num_runs: int, seed: int
) -> Encounter:
    """Paths of two bodies (or one particle) through an encounter, in one of the five cases.

    Quantum cases follow de Broglie-Bohm paths from |ψ|²; the classical one moves each body of the
    same draws with the velocity of its packet.

    Args:
        case: "one particle", "distinguishable", "bosons", "fermions" or "classical".
        packets: CollidingPackets.
        times: output times, the first 0 (time,) [time].
        num_runs: draws.
        seed: of the draws.

    Returns:
        Encounter.

    Raises:
        ValueError: unknown case; values that are not positive; packets that overlap at the start;
            times that do not rise from 0.
    """
    require_choice("case", case, CASES)
    require_count("num_runs", num_runs, 1)
    for name, value in packets._asdict().items():
        require_positive(name, value)
    if packets.distance < 8.0 * packets.width:
        raise ValueError(
            f"`distance` must be at least 8 widths, but is {packets.distance / packets.width:g}."
        )
    times = _rising(times)
    rng = np.random.default_rng(seed)
    sides = 0.5 * packets.distance * np.array([-1.0, 1.0])
    start = sides + packets.width * rng.standard_normal((num_runs, 2))
    if case == "one particle":
        start = start[np.arange(num_runs), rng.integers(0, 2, num_runs)][:, None]
        paths = quantile_map(_superposition(packets), start, times)
        return Encounter(times, paths, (paths[-1] * paths[0] < 0.0)[:, 0])
    if case == "classical":
        velocity = packets.momentum / packets.mass * np.array([1.0, -1.0])
        paths = start + velocity * times[:, None, None]
    elif case == "distinguishable":
        paths = quantile_map(Product(_orbitals(packets)), start, times)
    else:
        kind = Permanent if case == "bosons" else Determinant
        psi = kind(_orbitals(packets))
        paths = bohm_paths(psi, start, times, masses=packets.mass, hbar=packets.hbar).Q
    order = paths[..., 1] - paths[..., 0]
    return Encounter(times, paths, order[-1] * order[0] < 0.0)


def _rising(times: Any) -> np.ndarray:
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    times = np.array(times, dtype=float)
    if len(times) < 2 or times[0] != 0.0 or np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must be at least two and rise from 0.")
    return times


def _width(packets: CollidingPackets, time: float) -> float:
    rate = 0.5 * packets.hbar / (packets.mass * packets.width**2)
    return packets.width * float(np.hypot(1.0, rate * time))


def _superposition(packets: CollidingPackets) -> Superposition:
    d, p = 0.5 * packets.distance, packets.momentum
    both = GaussianPacket(
        np.full((2, 1), packets.width), [[-d], [d]], [[p], [-p]],
        mass=packets.mass, hbar=packets.hbar,
    )  # fmt: skip
    return Superposition(both, np.ones(2))


def _orbitals(packets: CollidingPackets) -> Superposition:
    """One packet for each of two particles, stacked."""
    d, p = 0.5 * packets.distance, packets.momentum
    each = GaussianPacket(
        np.full((2, 1, 1), packets.width), [[[-d]], [[d]]], [[[p]], [[-p]]],
        mass=packets.mass, hbar=packets.hbar,
    )  # fmt: skip
    return Superposition(each, np.ones((2, 1)))
