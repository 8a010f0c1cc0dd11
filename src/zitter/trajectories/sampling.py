"""Draws from |ψ|²: exact for superpositions, products and determinants of packets; stratified.

An orbital is drawn by rejection from the mixture of its packets,
    |Σ_l c_l g_l|² <= L Σ_l |c_l g_l|²;
a determinant particle by particle: with orthonormal orbitals χ and f(x) = (χ_1(x), .., χ_N(x)), the
next particle has the density |P f(x)|², P projecting off the particles before it, and is drawn by
rejection from the one-body density |f(x)|²/N. `sample_metropolis` serves any other ψ.
"""

from typing import Any

import numpy as np

from zitter.core.checks import ValidityError, require_count
from zitter.trajectories._one_body import LineEnvelope, OrthonormalOrbitals, packet_mixture
from zitter.trajectories.metropolis import MetropolisSamples, sample_metropolis
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.orbitals import PacketTables, packet_logs, packet_tables

__all__ = [
    "MetropolisSamples",
    "sample_determinant",
    "sample_metropolis",
    "sample_product",
    "sample_stratified",
    "sample_superposition",
]

_MAX_ROUNDS = 2000


def sample_superposition(
    orbital: Superposition, num: int, rng: np.random.Generator, t: float = 0.0
) -> np.ndarray:
    """Independent positions x ~ |φ(x, t)|² of one orbital, exact.

    Args:
        orbital: Superposition with packets (L, D); its norm does not matter.
        num: number of draws.
        rng: numpy Generator.
        t: time [time].

    Returns:
        Positions (num, D) [length].

    Raises:
        ValueError: a stacked Superposition, or num < 1.
        ValidityError: the packets cancel so much that fewer than one proposal in a thousand fits.
    """
    require_count("num", num)
    _require_packets(orbital, "sample_superposition")
    if orbital.coefficients.ndim != 1:
        raise ValueError(
            "`orbital` must be a single orbital, packets (num_packets, num_space), but is a stack "
            f"of shape {orbital.coefficients.shape[:-1]}; take one with .orbital(index)."
        )
    return _draw_own(packet_tables(orbital, t), np.zeros(num, dtype=int), rng)


def sample_product(psi: Product, num: int, rng: np.random.Generator, t: float = 0.0) -> np.ndarray:
    """Independent configurations Q ~ |ψ(Q, t)|² of a product of packet orbitals, exact.

    Args:
        psi: Product of Superpositions.
        num, rng, t: as `sample_superposition`.

    Returns:
        Configurations (num, N D) [length].

    Raises:
        ValueError: orbitals that are not Superpositions, or num < 1.
        ValidityError: as `sample_superposition`.
    """
    require_count("num", num)
    _require_packets(psi.orbitals, "sample_product")
    tables = packet_tables(psi.orbitals, t)
    own = np.arange(psi.num_particles) if len(tables.c) > 1 else np.zeros(psi.num_particles, int)
    return _draw_own(tables, np.tile(own, num), rng).reshape(num, -1)


def sample_determinant(
    psi: Determinant, num: int, rng: np.random.Generator, t: float = 0.0
) -> np.ndarray:
    """Independent configurations Q ~ |ψ(Q, t)|² of fermions in packet orbitals, exact.

    Args:
        psi: Determinant of Superpositions.
        num, rng, t: as `sample_superposition`.

    Returns:
        Configurations (num, N D) [length].

    Raises:
        ValueError: orbitals that are not Superpositions, or num < 1.
        ValidityError: in two and three dimensions, orbitals so close to linear dependence that
            the rejection would take too long.

    References: determinantal point processes, Hough et al., Probab. Surveys 3, 206 (2006).
    """
    require_count("num", num)
    _require_packets(psi.orbitals, "sample_determinant")
    orbitals = OrthonormalOrbitals(psi.orbitals, t)
    propose = LineEnvelope(orbitals) if psi.num_space == 1 else packet_mixture(orbitals)
    positions = np.empty((num, psi.num_particles, psi.num_space))
    basis = np.zeros((num, psi.num_particles, psi.num_particles), dtype=complex)
    for k in range(psi.num_particles):
        _place_next(orbitals, propose, positions, basis, k, rng)
    return positions.reshape(num, -1)


def sample_stratified(
    orbitals: Superposition,
    num: int,
    rng: np.random.Generator,
    t: float = 0.0,
    num_particles: int | None = None,
) -> np.ndarray:
    """Preparations with half of the particles in each packet of two-packet orbitals: NOT |ψ|².

    In each preparation a random half of the particles is drawn from the left packet of its orbital
    and the rest from the right one; for odd N the side of the last particle is random. Interference
    between the packets is left out, and the number on each side does not fluctuate, where |ψ|² has
    binomial fluctuations: the centre of mass is more sharply distributed than quantum mechanics
    says.

    Args:
        orbitals: Superposition with two packets for each orbital, packets (N, 2, D), or (2, D)
            with num_particles.
        num, rng, t: as `sample_superposition`.
        num_particles: N where one orbital is given for all.

    Returns:
        Configurations (num, N D) [length].

    Raises:
        ValueError: an orbital that has not exactly two packets, or num_particles does not fit.

    Validity: a model of the paper's account of Oriols et al., whose 45 % -> 2 % rests on it; right
        for one particle in each of N well separated packets, not for superpositions.
    """
    require_count("num", num)
    _require_packets(orbitals, "sample_stratified")
    tables = packet_tables(orbitals, t)
    if tables.c.shape[1] != 2 or not np.all(tables.c):
        raise ValueError("`orbitals` must have exactly two packets each to be stratified.")
    count = len(tables.c) if num_particles is None else num_particles
    require_count("num_particles", count)
    if len(tables.c) not in (1, count):
        raise ValueError(f"`num_particles` is {count}, but there are {len(tables.c)} orbitals.")
    own = np.arange(count) % len(tables.c)
    spare = rng.integers(0, 2, size=(num, 1)) if count % 2 else np.empty((num, 0), dtype=int)
    halves = np.tile(np.repeat([0, 1], count // 2), (num, 1))
    side = rng.permuted(np.concatenate([halves, spare], axis=1), axis=1)
    left = np.argmin(tables.q[own, :, 0], axis=1)
    packet = np.where(side == 0, left, 1 - left)
    x = rng.normal(tables.q[own, packet], tables.width[own, packet])
    return x.reshape(num, -1)


def _require_packets(orbitals: Any, function: str) -> None:
    if not isinstance(orbitals, Superposition):
        raise ValueError(
            f"`{function}` needs orbitals that are a Superposition of packets; for other "
            "wavefunctions use sample_metropolis."
        )


def _draw_own(tables: PacketTables, which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One draw from |φ_k|² for each index k of `which`, (n, D)."""
    x = np.empty((len(which), tables.q.shape[-1]))
    pending = np.arange(len(which))
    weights = np.abs(tables.c) ** 2
    cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    num_present = np.count_nonzero(weights, axis=1)
    for _ in range(_MAX_ROUNDS):
        k = which[pending]
        packet = np.sum(rng.random((len(k), 1)) >= cumulative[k, :-1], axis=1)
        y = rng.normal(tables.q[k, packet], tables.width[k, packet])
        terms = tables.c[k] * np.exp(packet_logs(tables, y, k))
        envelope = num_present[k] * np.sum(np.abs(terms) ** 2, axis=1)
        accepted = rng.random(len(k)) * envelope < np.abs(np.sum(terms, axis=1)) ** 2
        x[pending[accepted]] = y[accepted]
        pending = pending[~accepted]
        if pending.size == 0:
            return x
    raise ValidityError(
        f"The packets of orbital {int(which[pending[0]])} cancel almost everywhere: fewer than one "
        f"proposal in {_MAX_ROUNDS} fits. Use sample_metropolis, or write it with fewer packets."
    )


def _place_next(
    orbitals: OrthonormalOrbitals,
    propose: Any,
    positions: np.ndarray,
    basis: np.ndarray,
    k: int,
    rng: np.random.Generator,
) -> None:
    """Draw particle k of each configuration, given those before, into `positions` and `basis`."""
    pending = np.arange(len(positions))
    while pending.size:
        y = propose(pending.size, rng)
        f = orbitals.values(y)
        before = basis[pending, :k]
        rest = f
        # Twice is enough: one pass of Gram-Schmidt loses digits where the rest is small.
        for _ in range(2):
            overlap = np.einsum("njm,nm->nj", np.conj(before), rest)
            rest = rest - np.einsum("nj,njm->nm", overlap, before)
        size = np.sum(np.abs(rest) ** 2, axis=1)
        accepted = rng.random(pending.size) * np.sum(np.abs(f) ** 2, axis=1) < size
        done = pending[accepted]
        positions[done, k] = y[accepted]
        basis[done, k] = rest[accepted] / np.sqrt(size[accepted])[:, None]
        pending = pending[~accepted]
