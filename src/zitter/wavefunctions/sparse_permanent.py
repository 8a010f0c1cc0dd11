"""Permanents of hundreds of rows whose entries lie near a band: chains of bosons.

The matrix is scaled so that a best assignment has entries 1 and all others at most 1, put into an
order that brings its entries close to the diagonal, and expanded row after row over the sets of
columns that carry more than a threshold named by the caller.
"""

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

from zitter.core.checks import ValidityError, require_finite, require_positive, require_shape
from zitter.wavefunctions._sparse_recursion import (
    MAX_HALF_WIDTH,
    linked_permanent,
    reachable_sets,
)
from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.minor_expansion import (
    MatrixJets,
    derivatives_from_minors,
    host_derivatives,
)
from zitter.wavefunctions.orbital_states import (
    Orbitals,
    OrbitalState,
    as_orbitals,
    orbital_facts,
)
from zitter.wavefunctions.overlaps import orbital_matrices
from zitter.wavefunctions.permanent import balancing_exponents

_MAX_LINKS = 1 << 24
# The error is measured against this many times the threshold.
_COARSER = 30.0


class SparsePermanentValue(NamedTuple):
    """Permanent of one matrix: perm A = 2^log2_scale * value."""

    log2_scale: int
    """whole number"""
    value: complex
    """perm A * 2^-log2_scale"""
    condition: float
    """perm|A| / |perm A|"""
    error: float
    """relative change with 30 times the threshold, an upper estimate of the relative error"""
    num_sets: int
    """largest number of sets of columns kept after a row"""


class _Graph(NamedTuple):
    rows: np.ndarray
    columns: np.ndarray
    first_link: np.ndarray
    links: np.ndarray
    totals: np.ndarray
    shifts: np.ndarray
    magnitude: float


def sparse_permanent(A: Any, threshold: float) -> SparsePermanentValue:
    """Permanent of a matrix whose entries are large only near a band, after some reordering.

    Args:
        A: real or complex (N, N).
        threshold: entries and sets that carry less than this fraction are dropped.

    Returns:
        SparsePermanentValue.

    Raises:
        ValueError: `A` is not square or not finite; `threshold` is not positive.
        ValidityError: too many sets of columns: the band is too wide for this threshold.
    """
    A = np.asarray(A).astype(complex)
    require_shape("A", A, (A.shape[0] if A.ndim else 0,) * 2, "(N, N)")
    require_finite("A", A)
    require_positive("threshold", threshold)
    rows, columns, owners = balancing_exponents(np.zeros((1, *A.shape)), A[None], smallest=0.0)
    exponents = rows[0][:, None] + columns[0]
    scaled = np.ldexp(A.real, -exponents) + 1j * np.ldexp(A.imag, -exponents)
    graph = _graph(scaled, owners[0], threshold)
    rough = _graph(scaled, owners[0], _COARSER * threshold)
    value, coarse = (_along_graph(scaled[None], g)[0][0] for g in (graph, rough))
    coarse *= 2.0 ** float(rough.shifts.sum() - graph.shifts.sum())
    condition = graph.magnitude / abs(value) if value else math.inf
    error = abs(coarse / value - 1.0) if value else math.inf
    log2_scale = int(rows.sum() + columns.sum() + graph.shifts.sum())
    return SparsePermanentValue(log2_scale, value, condition, error, int(graph.totals.max()))


class SparsePermanent(OrbitalState):
    """Bosons in hundreds of orbitals that overlap only with near ones, a LogPsi of unit norm.

    The state is that of `Permanent`, ψ = perm φ_k(x_j, t) / √(N! perm⟨φ_k|φ_l⟩).

    Equation: state of identical particles behind (44)-(46) and (51)

    Args:
        orbitals: stacked Superposition, packets (N, L, D), or a sequence of N LogPsi of one
            particle.
        threshold: terms below this fraction of the largest are dropped; `error` tells what they
            were worth.
        overlap: ⟨φ_k|φ_l⟩ (N, N) of a user's orbitals; orthonormal if None. Packets know theirs.
        num_space, mass, hbar: D [1], [mass], [mass*length^2/time] for a user's LogPsi; packets
            carry their own.

    Raises:
        ValueError: `threshold` is not positive.
        ValidityError: orbitals that overlap too widely for this threshold.

    Validity: configurations in which each particle sees few orbitals. Where all packets are at one
        place use `Permanent`, N <= 24.
    """

    threshold: float = 0.0

    def __init__(
        self,
        orbitals: Orbitals,
        threshold: float,
        *,
        overlap: Array | None = None,
        num_space: int = 1,
        mass: float = 1.0,
        hbar: float = 1.0,
    ):
        require_positive("threshold", threshold)
        self.threshold = float(threshold)
        self.orbitals, self.num_particles = as_orbitals(orbitals)
        self.num_space, self.mass, self.hbar = orbital_facts(self.orbitals, num_space, mass, hbar)
        if isinstance(self.orbitals, Superposition):
            require_shape("orbitals", self.orbitals.coefficients, (None, None), "(N, L)")
            overlap = orbital_matrices(self.orbitals).overlap
        log_norm = -0.5 * math.lgamma(self.num_particles + 1)
        if overlap is not None:
            require_shape("overlap", overlap, (self.num_particles, self.num_particles))
            square = sparse_permanent(overlap, self.threshold)
            log_norm -= 0.5 * (math.log(square.value.real) + square.log2_scale * math.log(2.0))
        self.log_norm = jnp.asarray(log_norm)

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (dof,); its derivatives are those of `derivatives`."""
        return self.derivatives(q[None], t, 1).log_psi[0]

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof).

        The condition figure is perm|Φ| / |perm Φ|. It is a bound: it grows with the length of a
        chain, while digits are lost only where neighbours cancel.

        Raises:
            ValidityError: a configuration with too many sets of orbitals for the threshold.
        """
        return self._batch(_sparse_derivatives, Q, t, order)

    def error(self, Q: Array, t: Any) -> Array:
        """Relative change of ψ with 30 times the threshold, (batch,): more than its error."""
        return self._batch(_sparse_error, Q, t, 1)


def _sparse_derivatives(psi: SparsePermanent, Q: Array, t: Array, order: int) -> Derivatives:
    def evaluate(jets: MatrixJets, order: int) -> Derivatives:
        return _expanded(jets, order, psi.threshold)

    positions = Q.reshape(-1, psi.num_particles, psi.num_space)
    result = host_derivatives(evaluate, psi.orbitals, positions, t, order)
    return result._replace(log_psi=result.log_psi + psi.log_norm)


def _sparse_error(psi: SparsePermanent, Q: Array, t: Array, order: int) -> Array:
    def evaluate(jets: MatrixJets, order: int) -> Derivatives:
        fine = _expanded(jets, order, psi.threshold)
        change = _expanded(jets, order, _COARSER * psi.threshold).log_psi - fine.log_psi
        return fine._replace(condition=np.abs(np.expm1(change)))

    positions = Q.reshape(-1, psi.num_particles, psi.num_space)
    error = host_derivatives(evaluate, psi.orbitals, positions, t, order).condition
    return jnp.asarray(error)


def _expanded(jets: MatrixJets, order: int, threshold: float) -> Derivatives:
    rows, columns, owners = balancing_exponents(jets.log_scale, jets.value)
    log2_scale = rows[:, :, None] + columns[:, None, :]
    scaled = jets.scaled(np.exp(jets.log_scale - log2_scale * math.log(2.0)))
    pairs = zip(scaled.value, owners, strict=True)
    graphs = [_graph(value, owner, threshold) for value, owner in pairs]
    shifts = np.array([graph.shifts.sum() for graph in graphs])
    log_shift = (np.sum(rows + columns, axis=1) + shifts) * math.log(2.0)

    def sweep(entries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        parts = [_along_graph(e, graph) for e, graph in zip(entries, graphs, strict=True)]
        values, minors = (np.stack(part) for part in zip(*parts, strict=True))
        return values, minors, np.array([graph.magnitude for graph in graphs])

    return derivatives_from_minors(scaled, sweep, order, log_shift)


def _graph(scaled: np.ndarray, owner: np.ndarray, threshold: float) -> _Graph:
    """Sets of columns worth following for one scaled matrix, rows and columns put in order."""
    require_finite("φ_k(x_j)", scaled)
    sizes = np.abs(scaled)
    sizes[sizes < threshold] = 0.0
    rows, columns = _band_order(sizes, owner)
    sizes = np.ascontiguousarray(sizes[rows][:, columns])
    j, k = np.nonzero(sizes)
    half_width = int(np.max(np.abs(j - k), initial=0))
    if half_width > MAX_HALF_WIDTH:
        raise ValidityError(
            f"The orbitals overlap too widely: a particle reaches {half_width} neighbours above "
            f"threshold = {threshold:g}, and at most {MAX_HALF_WIDTH} are possible. Raise the "
            "threshold, or use Permanent for N <= 24."
        )
    num_rows = len(sizes)
    first_link, totals = np.empty(num_rows + 1, dtype=int), np.empty(num_rows + 1, dtype=int)
    shifts = np.empty(num_rows, dtype=int)
    capacity = 1 << 16
    while capacity <= _MAX_LINKS:
        links = np.empty((capacity, 3), dtype=np.int32)
        magnitude = reachable_sets(sizes, half_width, threshold, first_link, links, totals, shifts)
        if magnitude >= 0.0:
            own = links[: first_link[-1]]
            return _Graph(rows, columns, first_link, own, totals, shifts, magnitude)
        capacity *= 4
    raise ValidityError(
        f"The orbitals overlap too much: more than {_MAX_LINKS} terms are above threshold = "
        f"{threshold:g}. Raise the threshold, or use Permanent for N <= 24."
    )


def _band_order(sizes: np.ndarray, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Orders of rows and columns that put the best assignment on the diagonal of a narrow band."""
    column_of = np.argsort(owner)
    pattern = sizes[:, column_of] > 0.0
    order = reverse_cuthill_mckee(csr_matrix(pattern | pattern.T), symmetric_mode=True)
    return order, column_of[order]


def _along_graph(entries: np.ndarray, graph: _Graph) -> tuple[np.ndarray, np.ndarray]:
    """Permanent (R,) and minors (R, N, N), without the powers of two in `shifts`."""
    ordered = np.ascontiguousarray(entries[:, graph.rows][:, :, graph.columns])
    value, reordered = np.empty(len(entries), dtype=complex), np.empty_like(ordered)
    linked_permanent(
        ordered, graph.first_link, graph.links, graph.totals, graph.shifts, value, reordered
    )
    minors = np.empty_like(reordered)
    minors[:, graph.rows[:, None], graph.columns] = reordered
    return value, minors
