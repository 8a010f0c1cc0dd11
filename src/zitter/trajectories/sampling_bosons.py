"""Exact draws from |ψ|² for bosons: occupation states of two orbitals, and orthonormal orbitals.

Both place one particle after another from its density given those before, so that each draw is
independent. `sample_metropolis` serves bosons in many overlapping orbitals.
"""

import numpy as np
from numba import njit
from scipy.special import gammaln

from zitter.core.checks import ValidityError, require_count
from zitter.trajectories._one_body import LineEnvelope, OrthonormalOrbitals, packet_mixture
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.occupation import OccupationState
from zitter.wavefunctions.orbitals import PacketTables, packet_logs, packet_tables
from zitter.wavefunctions.overlaps import normalised, orbital_matrices
from zitter.wavefunctions.permanent import MAX_ORBITALS, swept_permanents

_MAX_ROUNDS = 2000
_MAX_PROPOSALS = 1 << 16
_ORTHOGONAL = 1e-9


def sample_occupation(
    psi: OccupationState, num: int, rng: np.random.Generator, t: float = 0.0
) -> np.ndarray:
    """Independent configurations Q ~ |ψ(Q, t)|² of bosons in one or two packet orbitals, exact.

    The state is a vector over the N + 1 ways to share N particles between two orthonormal
    orbitals. Each particle is drawn from the one-body density of that vector and then annihilated,
    O(N²) for a configuration. The orbitals need not be orthogonal.

    Args:
        psi: OccupationState of Superpositions, at most two of them occupied.
        num: number of draws.
        rng: numpy Generator.
        t: time [time].

    Returns:
        Configurations (num, N D) [length].

    Raises:
        ValueError: more than two orbitals, orbitals that are not Superpositions, or num < 1.
        ValidityError: orbitals linearly dependent to round-off.
    """
    require_count("num", num)
    if not isinstance(psi.orbitals, Superposition) or len(psi.occupations) > 2:
        raise ValueError(
            "`sample_occupation` needs one or two orbitals that are a Superposition of packets; "
            "for other states use sample_metropolis."
        )
    if len(psi.occupations) == 1:
        x = sample_superposition(psi.orbitals.orbital(0), num * psi.num_particles, rng, t)
        return x.reshape(num, -1)
    _require_independent(psi.orbitals)
    orbitals = OrthonormalOrbitals(normalised(psi.orbitals), t)
    propose = LineEnvelope(orbitals) if psi.num_space == 1 else packet_mixture(orbitals)
    start = _fock_amplitudes(orbitals.overlap, *psi.occupations)
    positions = np.empty((num, psi.num_particles, psi.num_space))
    state, progress = start.copy(), np.zeros(2, dtype=np.int64)
    while progress[0] < num:
        wanted = 4 * psi.num_particles * (num - progress[0]) + 64
        x = propose(int(min(wanted, _MAX_PROPOSALS)), rng)
        _place_particles(
            x, orbitals.values(x), rng.random(len(x)), start, state, progress, positions
        )
    return positions.reshape(num, -1)


def sample_orthonormal_bosons(
    orbitals: Superposition, num: int, rng: np.random.Generator, t: float = 0.0
) -> np.ndarray:
    """Independent configurations Q ~ |perm φ_k(x_j)|² for orthonormal orbitals φ_k, exact.

    Particle j is drawn from one superposed orbital, Σ_l M_l φ_α(l), whose coefficients are minors
    of the matrix of the particles before it in the first j of the shuffled orbitals α: the
    algorithm of Clifford and Clifford for positions in place of modes, O(N 2^N).

    Args:
        orbitals: stacked Superposition, packets (N, L, D), mutually orthogonal, N <= 24.
        num, rng, t: as `sample_occupation`.

    Returns:
        Configurations (num, N D) [length].

    Raises:
        ValueError: orbitals that are not a stacked Superposition, N > 24 or num < 1.
        ValidityError: orbitals that are not orthogonal, or packets that cancel so much that fewer
            than one proposal in two thousand fits.

    References: P. Clifford and R. Clifford, SODA 2018, 146.
    """
    require_count("num", num)
    if not isinstance(orbitals, Superposition) or orbitals.coefficients.ndim != 2:
        raise ValueError(
            "`orbitals` must be a stacked Superposition, packets (num_orbitals, num_packets, "
            "num_space); for other states use sample_metropolis."
        )
    require_count("num_orbitals", orbitals.coefficients.shape[0], 1, MAX_ORBITALS)
    orbitals = normalised(orbitals)
    _require_orthogonal(orbitals)
    tables = packet_tables(orbitals, t)
    num_particles = len(tables.c)
    order = rng.permuted(np.tile(np.arange(num_particles), (num, 1)), axis=1)
    positions = np.empty((num, num_particles, tables.q.shape[-1]))
    matrix = np.zeros((num, num_particles, num_particles), dtype=complex)
    for j in range(num_particles):
        weights = np.zeros((num, num_particles), dtype=complex)
        np.put_along_axis(weights, order[:, : j + 1], _conditional_weights(matrix, j), axis=1)
        positions[:, j] = _draw_superposed(tables, weights, rng)
        terms = tables.c * np.exp(packet_logs(tables, positions[:, j, None, :]))
        row = np.take_along_axis(terms.sum(axis=-1), order, axis=1)
        matrix[:, j] = row / np.max(np.abs(row), axis=1, keepdims=True)
    return rng.permuted(positions, axis=1).reshape(num, -1)


def _require_independent(orbitals: Superposition) -> None:
    overlap = np.asarray(orbital_matrices(normalised(orbitals)).overlap)
    lowest = float(np.linalg.eigvalsh(overlap)[0])
    if lowest < 1e-12:
        raise ValidityError(
            f"The two orbitals are the same to round-off (lowest eigenvalue {lowest:.1e} of their "
            "overlaps): put all particles into one."
        )


def _require_orthogonal(orbitals: Superposition) -> None:
    overlap = np.array(orbital_matrices(orbitals).overlap)
    np.fill_diagonal(overlap, 0.0)
    largest = float(np.max(np.abs(overlap)))
    if largest > _ORTHOGONAL:
        raise ValidityError(
            f"The orbitals overlap by up to {largest:.1e}, but this algorithm is exact for "
            "orthogonal ones only: use sample_metropolis."
        )


def _fock_amplitudes(overlap: np.ndarray, n_0: int, n_1: int) -> np.ndarray:
    """Amplitudes of m particles in χ_1 for φ_0^n_0 φ_1^n_1, with φ_0 ~ χ_0, φ_1 = α χ_0 + β χ_1."""
    lower = np.linalg.cholesky(overlap)
    alpha, beta = np.conj(lower[1])
    m = np.arange(n_1 + 1)
    with np.errstate(divide="ignore"):
        log_alpha = np.log(np.complex128(alpha))
    log_alpha_power = np.where(m < n_1, (n_1 - m) * log_alpha, 0.0) if n_1 else np.zeros(1)
    logs = log_alpha_power + m * np.log(np.complex128(beta)) - gammaln(m + 1) - gammaln(n_1 - m + 1)
    logs = logs + 0.5 * (gammaln(n_0 + n_1 - m + 1) + gammaln(m + 1))
    amplitudes = np.zeros(n_0 + n_1 + 1, dtype=complex)
    amplitudes[: n_1 + 1] = np.exp(logs - np.max(logs.real))
    return amplitudes / np.linalg.norm(amplitudes)


@njit(cache=True, nogil=True)
def _place_particles(x, values, uniforms, start, state, progress, positions):
    """Turn proposals x ~ (|χ_0|² + |χ_1|²)/2 into particles until they or the work run out.

    Args:
        x: proposals (P, D); values: χ_0, χ_1 there (P, 2); uniforms: (P,) in [0, 1).
        start: amplitudes (N + 1,) of a new configuration; state: those of the present one.
        progress: (configurations done, particles placed in the present one), updated.
        positions: (num, N, D), filled.
    """
    num_particles = positions.shape[1]
    rho_00, rho_11, rho_01 = _one_body_matrix(state, num_particles - progress[1])
    for i in range(x.shape[0]):
        a, b = values[i, 0], values[i, 1]
        size = abs(a) ** 2 + abs(b) ** 2
        cross = 2.0 * (a.conjugate() * b * rho_01).real
        if uniforms[i] * size >= abs(a) ** 2 * rho_00 + abs(b) ** 2 * rho_11 + cross:
            continue
        positions[progress[0], progress[1]] = x[i]
        _annihilate(state, a, b, num_particles - progress[1])
        progress[1] += 1
        if progress[1] == num_particles:
            progress[0] += 1
            progress[1] = 0
            state[:] = start
            if progress[0] == positions.shape[0]:
                return
        rho_00, rho_11, rho_01 = _one_body_matrix(state, num_particles - progress[1])


@njit(cache=True, nogil=True)
def _one_body_matrix(state, count):
    """⟨a_0†a_0⟩, ⟨a_1†a_1⟩ and ⟨a_0†a_1⟩ over the number of particles."""
    rho_11, rho_01 = 0.0, 0j
    for m in range(1, count + 1):
        rho_11 += m * (state[m].real ** 2 + state[m].imag ** 2)
        rho_01 += state[m - 1].conjugate() * state[m] * np.sqrt(m * (count - m + 1.0))
    return 1.0 - rho_11 / count, rho_11 / count, rho_01 / count


@njit(cache=True, nogil=True)
def _annihilate(state, a, b, count):
    """Take away the particle seen where χ_0 = a and χ_1 = b, and normalise."""
    total = 0.0
    for m in range(count):
        rest = a * np.sqrt(count - m + 0.0) * state[m] + b * np.sqrt(m + 1.0) * state[m + 1]
        state[m] = rest
        total += rest.real**2 + rest.imag**2
    state[count] = 0.0
    scale = 1.0 / np.sqrt(total) if total > 0.0 else 1.0
    for m in range(count):
        state[m] *= scale


def _conditional_weights(matrix: np.ndarray, j: int) -> np.ndarray:
    """Minors of the first j rows and j + 1 columns without one column each, (num, j + 1)."""
    if j == 0:
        return np.ones((len(matrix), 1), dtype=complex)
    minors = swept_permanents(matrix[:, None, : j + 1, : j + 1])[1]
    weights = minors[:, 0, j]
    return weights / np.max(np.abs(weights), axis=1, keepdims=True)


def _draw_superposed(
    tables: PacketTables, weights: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """One draw from |Σ_k w_k φ_k|² for each row of weights (n, K), by rejection from the packets.

    |Σ b g|² <= Σ|b| Σ |b| |g|² for coefficients b of the packets g.
    """
    num, num_space = len(weights), tables.q.shape[-1]
    coefficients = (weights[:, :, None] * tables.c).reshape(num, -1)
    sizes = np.abs(coefficients)
    cumulative = np.cumsum(sizes / sizes.sum(axis=1, keepdims=True), axis=1)
    centres, widths = tables.q.reshape(-1, num_space), tables.width.reshape(-1, num_space)
    x, pending = np.empty((num, num_space)), np.arange(num)
    for _ in range(_MAX_ROUNDS):
        b = coefficients[pending]
        packet = np.sum(rng.random((pending.size, 1)) >= cumulative[pending, :-1], axis=1)
        y = rng.normal(centres[packet], widths[packet])
        packets = np.exp(packet_logs(tables, y[:, None, :])).reshape(pending.size, -1)
        envelope = sizes[pending].sum(axis=1) * np.sum(np.abs(b) * np.abs(packets) ** 2, axis=1)
        density = np.abs(np.sum(b * packets, axis=1)) ** 2
        accepted = rng.random(pending.size) * envelope < density
        x[pending[accepted]] = y[accepted]
        pending = pending[~accepted]
        if pending.size == 0:
            return x
    raise ValidityError(
        f"The packets of the orbitals cancel almost everywhere: fewer than one proposal in "
        f"{_MAX_ROUNDS} fits. Use sample_metropolis."
    )
