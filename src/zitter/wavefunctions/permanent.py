"""Bosons in N distinct orbitals: ψ ∝ perm φ_k(x_j), and permanents of any matrix up to N = 24."""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import ValidityError, require_finite, require_shape
from zitter.wavefunctions._assignment import assignment_scales
from zitter.wavefunctions._subset_recursion import LOW, permanent_sweeps
from zitter.wavefunctions._threads import over_batch
from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.minor_expansion import (
    MatrixJets,
    derivatives_from_minors,
    host_derivatives,
)
from zitter.wavefunctions.orbital_states import Orbitals, OrbitalState, as_orbitals, orbital_facts
from zitter.wavefunctions.orbitals import orbital_jets
from zitter.wavefunctions.overlaps import orbital_matrices

MAX_ORBITALS = 24
MAX_ORBITALS_TRACED = 12


class PermanentMinors(NamedTuple):
    """A permanent and its minors, scaled: perm A = 2^log2_scale * value."""

    log2_scale: np.ndarray
    """whole number, (..)"""
    value: np.ndarray
    """perm A * 2^-log2_scale, (..)"""
    minors: np.ndarray
    """permanents without row j and column k, times 2^-log2_scale, (.., N, N)"""
    condition: np.ndarray
    """perm|A| / |perm A|, (..)"""


def permanent(A: Any) -> Any:
    """Permanent of a square matrix, perm A = Σ over permutations of Π_j A[j, π(j)].

    Subset recursion: N 2^(N-1) multiplications without subtractions, exact to round-off.

    Args:
        A: real or complex (.., N, N), N <= 24.

    Returns:
        perm A, (..), real for real A.

    Raises:
        ValueError: `A` is not square or not finite, or N > 24.
        ValidityError: perm A exceeds the range of float64.
    """
    result = permanent_minors(A)
    exponent = result.log2_scale
    with np.errstate(over="ignore"):
        value = np.ldexp(result.value.real, exponent) + 1j * np.ldexp(result.value.imag, exponent)
    if not np.all(np.isfinite(value)):
        raise ValidityError(
            "The permanent exceeds the range of float64: use permanent_minors, which scales it."
        )
    return (value if np.iscomplexobj(A) else value.real)[()]


def permanent_minors(A: Any) -> PermanentMinors:
    """Permanent and all its N² minors in one pass, as exact as the matrix.

    Args:
        A: real or complex (.., N, N), N <= 24.

    Returns:
        PermanentMinors; minors[j, k] is the derivative of perm A to A[j, k].

    Raises:
        ValueError: `A` is not square or not finite, or N > 24.
    """
    A = np.asarray(A)
    require_shape("A", A[(0,) * max(A.ndim - 2, 0)], (A.shape[-1] if A.ndim else 0,) * 2, "(N, N)")
    require_finite("A", A)
    num_rows = A.shape[-1]
    _require_few(num_rows)
    flat = A.reshape(-1, num_rows, num_rows).astype(complex)
    rows, columns, _ = balancing_exponents(np.zeros(flat.shape), flat, smallest=0.0)
    exponents = rows[:, :, None] + columns[:, None, :]
    scaled = np.ldexp(flat.real, -exponents) + 1j * np.ldexp(flat.imag, -exponents)
    values, minors, magnitudes = swept_permanents(scaled[:, None])
    value, minors = values[:, 0], minors[:, 0]
    minors = np.ldexp(minors.real, -exponents) + 1j * np.ldexp(minors.imag, -exponents)
    with np.errstate(divide="ignore", invalid="ignore"):
        condition = magnitudes / np.abs(value)
    lead = A.shape[:-2]
    log2_scale = np.sum(rows + columns, axis=1).reshape(lead)
    return PermanentMinors(
        log2_scale, value.reshape(lead), minors.reshape(A.shape), condition.reshape(lead)
    )


class Permanent(OrbitalState):
    """Bosons in N distinct orbitals, ψ = perm φ_k(x_j, t) / √(N! perm⟨φ_k|φ_l⟩), a LogPsi.

    Equation: state of identical particles behind (44)-(46) and (51)

    Args:
        orbitals: stacked Superposition, packets (N, L, D), or a sequence of N LogPsi of one
            particle. They need not be orthogonal.
        overlap: ⟨φ_k|φ_l⟩ (N, N) of a user's orbitals; orthonormal if None. Packets know theirs.
        num_space, mass, hbar: D [1], [mass], [mass*length^2/time] for a user's LogPsi; packets
            carry their own.

    Raises:
        ValueError: more than 24 orbitals.

    Validity: the relative error of ψ is 1e-16 times `condition` = perm|Φ| / |perm Φ|, given by
        `derivatives`. At an exact node ln ψ = -inf and the derivatives are NaN.
    """

    def __init__(
        self,
        orbitals: Orbitals,
        *,
        overlap: Array | None = None,
        num_space: int = 1,
        mass: float = 1.0,
        hbar: float = 1.0,
    ):
        self.orbitals, self.num_particles = as_orbitals(orbitals)
        _require_few(self.num_particles)
        self.num_space, self.mass, self.hbar = orbital_facts(self.orbitals, num_space, mass, hbar)
        if isinstance(self.orbitals, Superposition):
            require_shape("orbitals", self.orbitals.coefficients, (None, None), "(N, L)")
            overlap = orbital_matrices(self.orbitals).overlap
        self.log_norm = _permanent_log_norm(overlap, self.num_particles)

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (dof,), for automatic differentiation; N <= 12."""
        n = self.num_particles
        if n > MAX_ORBITALS_TRACED:
            raise ValueError(
                f"Automatic differentiation of a permanent takes at most {MAX_ORBITALS_TRACED} "
                f"orbitals, not {n}: use the method `derivatives`, which takes {MAX_ORBITALS}."
            )
        jets = orbital_jets(self.orbitals, self._positions(q)[None], t, 1)
        return _traced_log_permanent(jets.log_scale[0], jets.value[0]) + self.log_norm

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof), O(N 2^N) for each configuration.

        The condition figure is perm|Φ| / |perm Φ|.
        """
        return self._batch(_permanent_derivatives, Q, t, order)


def _permanent_log_norm(overlap: Array | None, num_particles: int) -> Array:
    log_norm = jnp.asarray(-0.5 * math.lgamma(num_particles + 1))
    if overlap is None:
        return log_norm
    require_shape("overlap", overlap, (num_particles, num_particles))
    if isinstance(overlap, jax.core.Tracer):
        zero = jnp.zeros((num_particles, num_particles))
        return log_norm - 0.5 * jnp.real(_traced_log_permanent(zero, overlap))
    result = permanent_minors(overlap)
    log_square = math.log(result.value.real) + float(result.log2_scale) * math.log(2.0)
    return log_norm - 0.5 * log_square


def balancing_exponents(
    log_scale: np.ndarray, value: np.ndarray, smallest: float = 1e-15
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whole r_j, c_k so that exp(log_scale) |value| 2^-(r_j + c_k) <= 2, about 1 on one assignment.

    Args:
        log_scale, value: matrices (batch, N, N) as exp(log_scale) * value.
        smallest: |value| counted at least as this, where derivatives matter beside a zero.

    Returns:
        r, c: whole numbers (batch, N), powers of two so that scaling by them is exact.
        owners: row assigned to each column (batch, N).
    """
    size = np.maximum(np.abs(value), smallest)
    with np.errstate(divide="ignore"):
        log2 = log_scale / math.log(2.0) + np.log2(size)
    # A NaN stays in its matrix and makes the permanent NaN; it only must not spoil the scales.
    log2 = np.where(np.isnan(log2), 0.0, log2)
    absent = np.isneginf(log2)
    highest = np.max(np.where(absent, -np.inf, log2), initial=-np.inf)
    if not np.isfinite(highest):
        highest = 0.0
    lowest = np.min(np.where(absent, highest, log2), initial=highest)
    # An absent entry counts as smaller than any product of the others.
    log2 = np.where(absent, lowest - value.shape[-1] * (highest - lowest) - 1.0, log2)
    rows, columns = np.empty(value.shape[:2]), np.empty(value.shape[:2])
    owners = np.empty(rows.shape, dtype=np.int64)
    assignment_scales(log2, rows, columns, owners)
    return np.round(rows).astype(int), np.round(columns).astype(int), owners


def swept_permanents(entries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Permanents, minors and perm|a₀| of matrices of truncated polynomials (batch, R, N, N)."""
    batch, num_powers, n, _ = entries.shape
    size = max(n, LOW)
    padded = np.zeros((batch, num_powers, size, size), dtype=complex)
    padded[:, 0] = np.eye(size)
    padded[:, :, :n, :n] = entries
    values = np.empty((batch, num_powers), dtype=complex)
    minors, magnitudes = np.empty_like(padded), np.empty(batch)
    powers = (0,) * num_powers

    def kernel(*arrays: np.ndarray) -> None:
        permanent_sweeps(*arrays, powers)

    work = num_powers**2 * size * 2.0**size
    workspace = (16.0 * num_powers + 8.0) * 2.0**size
    over_batch(kernel, padded, values, minors, magnitudes, steps=work, bytes_each=workspace)
    return values, minors[:, :, :n, :n], magnitudes


def _permanent_derivatives(psi: Permanent, Q: Array, t: Array, order: int) -> Derivatives:
    positions = Q.reshape(-1, psi.num_particles, psi.num_space)
    result = host_derivatives(_minor_derivatives, psi.orbitals, positions, t, order)
    return result._replace(log_psi=result.log_psi + psi.log_norm)


def _minor_derivatives(jets: MatrixJets, order: int) -> Derivatives:
    rows, columns, _ = balancing_exponents(jets.log_scale, jets.value)
    log2_scale = rows[:, :, None] + columns[:, None, :]
    scaled = jets.scaled(np.exp(jets.log_scale - log2_scale * math.log(2.0)))
    log_shift = np.sum(rows + columns, axis=1) * math.log(2.0)
    return derivatives_from_minors(scaled, swept_permanents, order, log_shift)


def _require_few(count: int) -> None:
    if not 1 <= count <= MAX_ORBITALS:
        raise ValueError(
            f"A permanent takes 1 to {MAX_ORBITALS} distinct orbitals, not {count}: its cost grows "
            "as N 2^N. Use OccupationState for many bosons in few orbitals, SparsePermanent for a "
            "chain of orbitals that overlap only with near ones."
        )


@lru_cache
def _layers(n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each set size, the columns in each set (sets, size) and the position of S \\ k below."""
    masks = np.arange(1 << n)
    sizes = np.array([m.bit_count() for m in range(1 << n)])
    position = np.zeros(1 << n, dtype=int)
    layers = []
    for size in range(n + 1):
        layer = masks[sizes == size]
        position[layer] = np.arange(len(layer))
        columns = np.array([[k for k in range(n) if m >> k & 1] for m in layer], dtype=int)
        columns = columns.reshape(len(layer), size)
        layers.append((columns, position[layer[:, None] ^ (1 << columns)]))
    return layers


def _traced_log_permanent(log_scale: Array, value: Array) -> Array:
    """ln perm of exp(log_scale) * value (N, N) by the subset recursion, in jax.numpy."""
    size = jax.lax.stop_gradient(log_scale + jnp.log(jnp.maximum(jnp.abs(value), 1e-15)))
    rows, columns = jnp.zeros(size.shape[0]), jnp.zeros(size.shape[0])
    for _ in range(4):
        rows = jnp.max(size - columns, axis=1)
        columns = jnp.max(size - rows[:, None], axis=0)
    matrix = value * jnp.exp(log_scale - rows[:, None] - columns)
    f = jnp.ones(1, dtype=matrix.dtype)
    for row, (held, below) in enumerate(_layers(size.shape[0])[1:]):
        f = jnp.sum(matrix[row][held] * f[below], axis=1)
    return jnp.log(f[0]) + jnp.sum(rows) + jnp.sum(columns)
