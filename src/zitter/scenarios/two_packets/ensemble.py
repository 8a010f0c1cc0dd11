"""Ensembles of the large-N experiment: states, starts, and the error of the centre of mass.

Identical or distinguishable particles in pairs of packets that move towards each other. A uniform
force F adds F t²/2m to every path, quantum or classical, so that it drops out of
    δ(t) = x_cm(t) - x_cm(0) - v_cm(0) t - F t²/2m
exactly; the runs are made in the falling frame. The force only sets the scale of the path against
which δ is quoted.
"""

from typing import Literal, NamedTuple

import jax.numpy as jnp
import numpy as np

from zitter.core.checks import ValidityError, require_choice, require_count
from zitter.scenarios.two_packets.parameters import PacketRanges
from zitter.trajectories.bohm import bohm_paths, quantile_map
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.orbitals import packet_logs, packet_tables
from zitter.wavefunctions.permanent import Permanent, permanent

Reading = Literal["superpositions", "pairs", "one orbital"]
Statistics = Literal["distinguishable", "bosons", "fermions"]
Start = Literal["stratified", "random"]
READINGS: tuple[Reading, ...] = ("superpositions", "pairs", "one orbital")
STATISTICS: tuple[Statistics, ...] = ("distinguishable", "bosons", "fermions")
STARTS: tuple[Start, ...] = ("stratified", "random")


class Preparation(NamedTuple):
    """Orbitals (one for each particle) and starting positions (N,) of one run."""

    orbitals: Superposition
    start: np.ndarray


def two_packet_orbitals(num_orbitals: int, ranges: PacketRanges, rng: np.random.Generator):
    """Orbitals (L_k + R_k)/√2 with random width, and opposite random centres and momenta.

    Returns:
        Superposition with packets (num_orbitals, 2, 1), left packet first, ħ = m = 1.
    """
    width = rng.uniform(*ranges.width, num_orbitals)
    centre = rng.uniform(*ranges.centre, num_orbitals)
    momentum = rng.uniform(*ranges.momentum, num_orbitals)
    packets = GaussianPacket(
        np.stack([width, width], axis=1)[..., None],
        np.stack([-centre, centre], axis=1)[..., None],
        np.stack([momentum, -momentum], axis=1)[..., None],
    )
    return Superposition(packets, np.full((num_orbitals, 2), np.sqrt(0.5)))


def prepare(
    reading: Reading,
    num_particles: int,
    start: Start,
    ranges: PacketRanges,
    rng: np.random.Generator,
) -> Preparation:
    """One run: random packets and starting positions.

    Args:
        reading: "superpositions" (N orbitals of two packets each), "pairs" (N/2 pairs of single
            packets) or "one orbital" (all particles in one orbital of two packets).
        num_particles: N; even for "pairs".
        start: "stratified" puts half of the particles into each packet, as Oriols et al. did,
            which is not |ψ|²; "random" draws every particle from its own |φ|². For "pairs" of
            packets far apart both are the same.
        ranges: where widths, centres and momenta are drawn from.
        rng: source of randomness.

    Raises:
        ValueError: an unknown choice, or an odd N for "pairs".
    """
    require_choice("reading", reading, READINGS)
    require_choice("start", start, STARTS)
    require_count("num_particles", num_particles)
    if reading == "pairs":
        return _pairs(num_particles, ranges, rng)
    shared = reading == "one orbital"
    orbitals = two_packet_orbitals(1 if shared else num_particles, ranges, rng)
    if start == "random":
        if shared:
            x = sample_superposition(orbitals.orbital(0), num_particles, rng)[:, 0]
        else:
            x = _one_from_each(_packet_arrays(orbitals), rng)
        return Preparation(orbitals, np.asarray(x))
    return Preparation(orbitals, _stratified(orbitals, num_particles, rng))


def _pairs(num_particles: int, ranges: PacketRanges, rng: np.random.Generator) -> Preparation:
    if num_particles % 2:
        raise ValueError(f"`num_particles` must be even for pairs, but is {num_particles}.")
    both = two_packet_orbitals(num_particles // 2, ranges, rng).packets
    packets = GaussianPacket(
        both.width.reshape(-1, 1, 1), both.centre.reshape(-1, 1, 1), both.momentum.reshape(-1, 1, 1)
    )
    centre, width = np.asarray(packets.centre)[:, 0, 0], np.asarray(packets.width)[:, 0, 0]
    return Preparation(
        Superposition(packets, np.ones((num_particles, 1))),
        centre + width * rng.normal(size=num_particles),
    )


def _one_from_each(packets: tuple[np.ndarray, ...], rng: np.random.Generator) -> np.ndarray:
    """One draw from |φ_k|² of every orbital, by rejection from the mixture of its two packets."""
    x = np.empty(len(packets[0]))
    left = np.arange(x.size)
    while left.size:
        row, side = np.arange(left.size), rng.integers(2, size=left.size)
        mine = tuple(field[left] for field in packets)
        x[left] = mine[0][row, side] + mine[1][row, side] * rng.normal(size=left.size)
        both = _start_packets(mine, x[left, None])
        bound = 2.0 * np.sum(np.abs(both) ** 2, axis=1)
        accepted = rng.random(left.size) * bound < np.abs(both.sum(axis=1)) ** 2
        left = left[~accepted]
    return x


def _packet_arrays(orbitals: Superposition) -> tuple[np.ndarray, ...]:
    """Centres, widths and momenta (num_orbitals, 2)."""
    fields = (orbitals.packets.centre, orbitals.packets.width, orbitals.packets.momentum)
    return tuple(np.asarray(field)[..., 0] for field in fields)


def _start_packets(packets: tuple[np.ndarray, ...], x: np.ndarray) -> np.ndarray:
    """Packets at t = 0 up to one common factor of an orbital, ħ = m = 1."""
    centre, width, momentum = packets
    distance = x - centre
    return np.exp(1j * momentum * distance - (distance / (2.0 * width)) ** 2)


def _stratified(orbitals: Superposition, num: int, rng: np.random.Generator) -> np.ndarray:
    side = np.zeros(num, dtype=int)
    side[: num // 2] = 1
    if num % 2:
        side[-1] = rng.integers(2)
    side = rng.permutation(side)
    width, centre = np.asarray(orbitals.packets.width), np.asarray(orbitals.packets.centre)
    width = np.broadcast_to(width[..., 0], (num, 2))[np.arange(num), side]
    centre = np.broadcast_to(centre[..., 0], (num, 2))[np.arange(num), side]
    return centre + width * rng.normal(size=num)


def product_deviations(preparations: list[Preparation], times: np.ndarray) -> np.ndarray:
    """δ(t) of distinguishable particles; all particles of all runs are paths of their own.

    Args:
        preparations: runs with the same N.
        times: increasing, the first is the start [unit of time of the ranges].

    Returns:
        δ (num_times, num_runs) [unit of length of the ranges].
    """
    num_runs, num_particles = len(preparations), preparations[0].start.size
    start = np.concatenate([p.start for p in preparations])
    delta = _free_deviations(_joined(preparations, num_particles), start, times)
    return delta.reshape(len(times), num_runs, num_particles).mean(axis=2)


def _free_deviations(orbitals: Superposition, start: np.ndarray, times: np.ndarray) -> np.ndarray:
    """x(t) - x(0) - v(0) t of one particle in each orbital, (num_times, num_orbitals)."""
    masses = np.full(start.size, float(orbitals.mass))
    paths = bohm_paths(Product(orbitals), start[None], times, masses=masses)
    if paths.stalled.any():
        raise ValidityError("A path of the ensemble ends in a node: choose another seed.")
    velocity = _velocities(orbitals, start, float(times[0]))
    return np.asarray(paths.Q)[:, 0] - start - velocity * (times - times[0])[:, None]


def macroscopic_deviations(
    num_particles: int,
    num_runs: int,
    ranges: PacketRanges,
    times: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """δ(t) for superpositions of all particles on the left and all on the right, L^N + R^N.

    Both branches have the same relative state, so that the centre of mass is one particle of mass
    N in a superposition of two packets of width σ₀/√N.

    Returns:
        δ (num_times, num_runs) [unit of length of the ranges].
    """
    require_count("num_particles", num_particles)
    one = two_packet_orbitals(num_runs, ranges, rng)
    packets = GaussianPacket(
        one.packets.width / np.sqrt(num_particles),
        one.packets.centre,
        one.packets.momentum * num_particles,
        mass=float(num_particles),
    )
    orbitals = Superposition(packets, one.coefficients)
    starts = [_stratified(orbitals.orbital(slice(r, r + 1)), 1, rng) for r in range(num_runs)]
    start = np.concatenate(starts)
    # The fringes of a heavy particle are too fine to integrate through; the quantiles do not care.
    paths = [
        quantile_map(orbitals.orbital(r), start[r : r + 1], times)[:, 0] for r in range(num_runs)
    ]
    velocity = _velocities(orbitals, start, float(times[0]))
    return np.stack(paths, axis=1) - start - velocity * (times - times[0])[:, None]


def _velocities(orbitals: Superposition, x: np.ndarray, t: float) -> np.ndarray:
    """Current velocity of one particle in each orbital, (num_orbitals,)."""
    tables = packet_tables(orbitals, t)
    logs = packet_logs(tables, x[:, None])
    weights = tables.c * np.exp(logs - logs.real.max(axis=1, keepdims=True))
    slopes = (1j * tables.wave - 2.0 * tables.A * (x[:, None, None] - tables.q))[..., 0]
    gradient = np.sum(weights * slopes, axis=1) / np.sum(weights, axis=1)
    return gradient.imag * float(orbitals.hbar) / float(orbitals.mass)


def _joined(preparations: list[Preparation], num_particles: int) -> Superposition:
    """All orbitals of all runs in one stack, one for each particle."""

    def stack(field: str) -> np.ndarray:
        rows = [np.asarray(getattr(p.orbitals.packets, field)) for p in preparations]
        return np.concatenate([np.broadcast_to(r, (num_particles, *r.shape[1:])) for r in rows])

    packets = GaussianPacket(stack("width"), stack("centre"), stack("momentum"))
    rows = [np.asarray(p.orbitals.coefficients) for p in preparations]
    coefficients = [np.broadcast_to(r, (num_particles, r.shape[1])) for r in rows]
    return Superposition(packets, np.concatenate(coefficients))


def identical_deviation(
    preparation: Preparation, statistics: Statistics, times: np.ndarray, rtol: float = 1e-7
) -> np.ndarray:
    """δ(t) of one run with particles of any statistics, by integrating the guidance equation.

    Returns:
        δ (num_times,) [unit of length of the ranges]; NaN if the path ends in a node, also with a
        tolerance a thousand times finer.

    Raises:
        ValueError: an unknown statistics.
    """
    psi = wavefunction(preparation.orbitals, statistics, preparation.start.size)
    masses = np.ones(preparation.start.size)
    start = preparation.start[None]
    paths = bohm_paths(psi, start, times, masses=masses, rtol=rtol)
    if paths.stalled.any():
        paths = bohm_paths(psi, start, times, masses=masses, rtol=1e-3 * rtol, atol=1e-12)
    if paths.stalled.any():
        return np.full(len(times), np.nan)
    gradient = psi.derivatives(jnp.asarray(start), float(times[0]), 1).gradient
    v_cm = float(np.mean(np.imag(np.asarray(gradient))))
    x_cm = np.asarray(paths.Q)[:, 0].mean(axis=1)
    return x_cm - x_cm[0] - v_cm * (times - times[0])


def wavefunction(orbitals: Superposition, statistics: Statistics, num_particles: int):
    """Product, permanent or determinant of the orbitals."""
    require_choice("statistics", statistics, STATISTICS)
    if statistics == "distinguishable":
        return Product(orbitals, num_particles=num_particles)
    return Permanent(orbitals) if statistics == "bosons" else Determinant(orbitals)


def equilibrium_start(
    preparation: Preparation,
    statistics: Statistics,
    rng: np.random.Generator,
    num_proposals: int = 200,
) -> Preparation:
    """The same orbitals with positions drawn from the symmetrised |ψ|².

    Independence Metropolis: proposals are drawn from perm|φ_k(x_j)|²/N!, which covers |ψ|² with
    weights of at most N!/⟨ψ|ψ⟩ and typically of order one; the last of the chain is taken.
    """
    packets = _packet_arrays(preparation.orbitals)
    n = preparation.start.size
    tiled = tuple(np.tile(field, (num_proposals, 1)) for field in packets)
    X = _one_from_each(tiled, rng).reshape(num_proposals, n)
    phi = _start_packets(packets, X[:, :, None, None]).sum(axis=-1)
    amplitude = permanent(phi) if statistics == "bosons" else np.linalg.det(phi)
    # Where an orbital's own normalisation matters it cancels: each occurs once in every term.
    weight = np.abs(amplitude) ** 2 / permanent(np.abs(phi) ** 2)
    current = 0
    for proposal in range(1, num_proposals):
        if rng.random() * weight[current] < weight[proposal]:
            current = proposal
    return Preparation(preparation.orbitals, X[current])
