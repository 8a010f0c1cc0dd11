"""Bosons in few orbitals with occupation numbers, to 20 000 particles.

ψ is the coefficient of Π_k s_k^n_k in Π_j Σ_k s_k φ_k(x_j), a contour integral over |s_k| = r_k:
a sum of products over the nodes of a torus. The radii r_k are chosen so that the typical number of
particles in orbital k is n_k; then the terms hardly cancel.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import gammaln

from zitter.core.checks import ValidityError, require_count, require_shape
from zitter.wavefunctions._sum_of_products import (
    balanced_log_radii,
    node_products,
    weighted_first_two,
    weighted_third,
)
from zitter.wavefunctions._threads import over_batch
from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.minor_expansion import MatrixJets, host_derivatives
from zitter.wavefunctions.orbital_states import Orbitals, OrbitalState, as_orbitals, orbital_facts
from zitter.wavefunctions.orbitals import orbital_jets
from zitter.wavefunctions.overlaps import orbital_matrices

# Nodes on a circle: about 16 √N hold a binomial peak to round-off, and N + 1 are always exact.
_NODES_PER_ROOT = 16.0
_ALIAS_TOLERANCE = 1e-6
_NEGLIGIBLE_WEIGHT = 1e-20
_MAX_PRODUCTS = 2e10


class _Torus(NamedTuple):
    nodes: np.ndarray
    """e^(iθ_k) with θ_0 = 0, (d, M)"""
    phases: np.ndarray
    """e^(-i Σ n_k θ_k) / M, (M,)"""
    alternating: np.ndarray
    """(-1)^m along each axis whose number of nodes is not exact, (axes, M)"""


class _Terms(NamedTuple):
    values: np.ndarray
    factor: np.ndarray
    log_value: np.ndarray
    weights: np.ndarray
    condition: np.ndarray
    nodes: np.ndarray


class OccupationState(OrbitalState):
    """N = Σ n_k bosons with n_k of them in orbital φ_k, ψ ∝ Sym Π φ_k^n_k, a LogPsi of unit norm.

    Equation: state of identical particles behind (44)-(46) and (51)

    Args:
        orbitals: stacked Superposition, packets (d, L, D), or a sequence of d LogPsi of one
            particle. They need not be orthogonal.
        occupations: n_k >= 0 (d,).
        overlap: ⟨φ_k|φ_l⟩ (d, d) of a user's orbitals; orthonormal if None. Packets know theirs.
        num_space, mass, hbar: D [1], [mass], [mass*length^2/time] for a user's LogPsi; packets
            carry their own.

    Raises:
        ValueError: occupations that do not fit the orbitals, are negative or all zero.

    Validity: one evaluation costs min(n + 1, 16 √N)^(d - 1) * N steps: d = 2 to N = 20 000, d = 3
        to about 1000. The relative error of ψ is about 1e-16 √N times `condition`.
    """

    occupations: tuple[int, ...] = ()

    def __init__(
        self,
        orbitals: Orbitals,
        occupations: Any,
        *,
        overlap: Array | None = None,
        num_space: int = 1,
        mass: float = 1.0,
        hbar: float = 1.0,
    ):
        orbitals, count = as_orbitals(orbitals)
        if isinstance(orbitals, Superposition):
            require_shape("orbitals", orbitals.coefficients, (None, None), "(d, L)")
            overlap = orbital_matrices(orbitals).overlap
        require_shape("occupations", occupations, (count,), "(num_orbitals,)")
        for n in occupations:
            require_count("occupations", n, 0)
        require_count("num_particles", int(sum(occupations)))
        held = np.flatnonzero(np.asarray(occupations))
        self.orbitals = _selected(orbitals, held)
        self.occupations = tuple(int(occupations[k]) for k in held)
        self.num_particles = sum(self.occupations)
        self.num_space, self.mass, self.hbar = orbital_facts(self.orbitals, num_space, mass, hbar)
        self.log_norm = _occupation_log_norm(overlap, held, self.occupations)

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (dof,), for automatic differentiation, O(N Π n_k)."""
        jets = orbital_jets(self.orbitals, self._positions(q)[None], t, 1)
        log_scale, value = jets.log_scale[0], jets.value[0]
        return _traced_log_coefficient(log_scale, value, self.occupations) + self.log_norm

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof).

        The condition figure is Σ|terms| / |Σ terms| of the contour sum.
        """
        return self._batch(_occupation_derivatives, Q, t, order)


def _selected(orbitals: Any, held: np.ndarray) -> Any:
    if isinstance(orbitals, Superposition):
        return orbitals.orbital(held)
    return tuple(orbitals[k] for k in held)


def _occupation_log_norm(overlap: Any, held: np.ndarray, occupations: tuple[int, ...]) -> Array:
    """ln of 1/√⟨ψ|ψ⟩ for ψ = the coefficient: ⟨ψ|ψ⟩ is N!/Πn_k! times one in the overlaps."""
    log_square = gammaln(1.0 + sum(occupations)) - jnp.sum(gammaln(1.0 + jnp.asarray(occupations)))
    if overlap is None:
        return -0.5 * log_square
    matrix = overlap[held][:, held]
    rows = jnp.repeat(
        matrix, jnp.asarray(occupations), axis=0, total_repeat_length=sum(occupations)
    )
    if isinstance(matrix, jax.core.Tracer):
        log_sum = _traced_log_coefficient(jnp.zeros(rows.shape), rows, occupations)
        return -0.5 * (log_square + jnp.real(log_sum))
    rows = np.asarray(rows)[None]
    terms = _contour_terms(np.zeros(rows.shape), rows, occupations)
    return -0.5 * (log_square + float(terms.log_value[0].real))


def _occupation_derivatives(psi: OccupationState, Q: Array, t: Array, order: int) -> Derivatives:
    def evaluate(jets: MatrixJets, order: int) -> Derivatives:
        return _coefficient_derivatives(jets, order, psi.occupations)

    positions = Q.reshape(-1, psi.num_particles, psi.num_space)
    result = host_derivatives(evaluate, psi.orbitals, positions, t, order)
    return result._replace(log_psi=result.log_psi + psi.log_norm)


def _torus(occupations: tuple[int, ...], num_particles: int, refinement: int) -> _Torus:
    """Nodes of the contour; their number doubles with each refinement until it is exact."""
    exact = [max(n, num_particles - n) + 1 for n in occupations[1:]]
    wanted = 2 * math.ceil(_NODES_PER_ROOT * math.sqrt(num_particles) / 2) * 2**refinement
    counts = [min(wanted, most) for most in exact]
    if math.prod(counts) * num_particles > _MAX_PRODUCTS:
        raise ValidityError(
            f"{num_particles} bosons in {len(occupations)} orbitals need {math.prod(counts)} nodes "
            "of the contour: use fewer orbitals or fewer particles."
        )
    nodes, phases = np.ones((1, 1), dtype=complex), np.ones(1, dtype=complex)
    alternating = np.ones((0, 1))
    for n, count, most in zip(occupations[1:], counts, exact, strict=True):
        index = np.arange(count)
        # An offset that no symmetry shares keeps the nodes away from exact zeros of a factor.
        angle = 2.0 * np.pi / count * (index + 0.381966)
        turns = (n * index) % count / count + n * 0.381966 / count
        nodes = _outer_stack(nodes, np.exp(1j * angle))
        phases = np.outer(phases, np.exp(-2j * np.pi * turns) / count).ravel()
        sign = np.where(index % 2, -1.0, 1.0)[None] if count < most else np.ones((0, count))
        alternating = np.concatenate(
            [np.repeat(alternating, count, axis=1), np.tile(sign, (1, nodes.shape[1] // count))]
        )
    return _Torus(nodes, phases, alternating)


def _outer_stack(nodes: np.ndarray, circle: np.ndarray) -> np.ndarray:
    return np.concatenate(
        [np.repeat(nodes, circle.size, axis=1), np.tile(circle, nodes.shape[1])[None]]
    )


def _contour_terms(
    log_scale: np.ndarray, value: np.ndarray, occupations: tuple[int, ...]
) -> _Terms:
    """The coefficient of Π s_k^n_k in Π_j Σ_k s_k φ_jk as a sum over nodes, with its terms.

    Args:
        log_scale, value: φ_jk = exp(log_scale) * value, (batch, N, d).
        occupations: n_k (d,).
    """
    batch, num_particles, num_orbitals = value.shape
    log_size = log_scale + np.log(np.maximum(np.abs(value), 1e-100))
    log_radii = np.empty((batch, num_orbitals))
    numbers = np.asarray(occupations, dtype=float)

    def balance(log_squares: np.ndarray, radii: np.ndarray) -> None:
        balanced_log_radii(log_squares, numbers, radii)

    over_batch(balance, 2.0 * log_size, log_radii, steps=250.0 * num_particles)
    row_scale = np.max(log_size + log_radii[:, None, :], axis=2)
    factor = np.exp(log_scale + log_radii[:, None, :] - row_scale[:, :, None])
    shift = np.sum(row_scale, axis=1) - log_radii @ numbers
    for refinement in range(64):
        torus = _torus(occupations, num_particles, refinement)
        log_sum, weights, condition = _node_weights(value * factor, torus)
        alias = np.abs(weights @ torus.alternating.T)
        # NaN where the sum is zero: no finer contour will change that.
        if not np.any(alias > _ALIAS_TOLERANCE):
            break
    return _Terms(value * factor, factor, log_sum + shift, weights, condition, torus.nodes)


def _node_weights(values: np.ndarray, torus: _Torus) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ln Σ, the terms over their sum (batch, M) and Σ|terms| / |Σ terms|."""
    batch, num_particles, num_orbitals = values.shape
    products = np.empty((batch, torus.phases.size), dtype=complex)
    exponents = np.empty(products.shape, dtype=np.int64)

    def kernel(values: np.ndarray, products: np.ndarray, exponents: np.ndarray) -> None:
        node_products(values, torus.nodes, products, exponents, (0,) * num_orbitals)

    work = 2.0 * num_particles * torus.phases.size
    over_batch(kernel, values, products, exponents, steps=work)
    top = np.max(exponents, axis=1, keepdims=True)
    terms = products * np.exp2(np.maximum(exponents - top, -1100.0)) * torus.phases
    total = np.sum(terms, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_sum = np.log(total) + top[:, 0] * math.log(2.0)
        weights = terms / total[:, None]
    return log_sum, weights, np.sum(np.abs(weights), axis=1)


def _coefficient_derivatives(
    jets: MatrixJets, order: int, occupations: tuple[int, ...]
) -> Derivatives:
    terms = _contour_terms(jets.log_scale, jets.value, occupations)
    jets = jets.scaled(terms.factor)
    batch, N, d, D = jets.first.shape
    size = np.abs(terms.weights)
    kept = size > _NEGLIGIBLE_WEIGHT * np.max(size, axis=1, keepdims=True)
    weights = np.where(kept, terms.weights, 0.0)
    work = 20.0 * N * d * D * np.count_nonzero(kept) / max(batch, 1)
    gradient, second = np.zeros((2, batch, N, D), dtype=complex)
    curvature = np.empty((batch, N, d, 0), dtype=complex)
    if order == 2 and jets.second is not None:
        curvature = np.ascontiguousarray(np.diagonal(jets.second, axis1=-2, axis2=-1))

    def add_first_two(*arrays: np.ndarray) -> None:
        weighted_first_two(*arrays[:4], terms.nodes, *arrays[4:])

    own = (jets.value, jets.first, curvature, weights, gradient, second)
    over_batch(add_first_two, *own, steps=work)
    flat = gradient.reshape(batch, -1)
    lowest = Derivatives(terms.log_value, flat, condition=terms.condition)
    if order == 1:
        return lowest
    if order == 2:
        return lowest._replace(second=(second - gradient**2).reshape(batch, -1))
    return _up_to_third(lowest, jets.without_slopes(gradient), weights, terms.nodes, work * D)


def _up_to_third(
    lowest: Derivatives, jets: MatrixJets, weights: np.ndarray, nodes: np.ndarray, work: float
) -> Derivatives:
    batch, N, d, D = jets.first.shape
    fields = np.concatenate([f.reshape(batch, N, d, -1) for f in jets[2:]], axis=3)
    results = np.zeros((batch, 1 + 2 * D, N, D), dtype=complex)
    cm_third = np.empty((batch, D, D), dtype=complex)

    def add_third(*arrays: np.ndarray) -> None:
        weighted_third(*arrays[:3], nodes, *arrays[3:])

    over_batch(add_third, jets.value, fields, weights, results, cm_third, steps=3.0 * work)
    flat = results.reshape(batch, 1 + 2 * D, -1)
    return lowest._replace(
        second=flat[:, 0],
        cm_gradient=flat[:, 1 : 1 + D],
        cm_second=flat[:, 1 + D :],
        cm_third=cm_third,
    )


def _traced_log_coefficient(log_scale: Array, value: Array, occupations: tuple[int, ...]) -> Array:
    """ln of the coefficient of Π s_k^n_k by multiplying factor after factor, in jax.numpy."""
    numbers = jnp.asarray(occupations, dtype=float)
    size = jax.lax.stop_gradient(log_scale + jnp.log(jnp.maximum(jnp.abs(value), 1e-100)))

    def balance(_: int, radii: Array) -> Array:
        share = jax.nn.softmax(2.0 * (size + radii), axis=1)
        step = 0.5 * jnp.log(numbers / jnp.maximum(jnp.sum(share, axis=0), 1e-300))
        return radii + step - step[0]

    radii = jax.lax.fori_loop(0, 60, balance, jnp.zeros(len(occupations)))
    row_scale = jnp.max(size + radii, axis=1)
    rows = value * jnp.exp(log_scale + radii - row_scale[:, None])

    def multiply(coefficients: Array, row: Array) -> tuple[Array, Array]:
        total = coefficients * row[0]
        for k in range(1, len(occupations)):
            axis = k - 1
            moved = jnp.roll(coefficients, 1, axis).at[(slice(None),) * axis + (0,)].set(0.0)
            total = total + moved * row[k]
        scale = jax.lax.stop_gradient(jnp.max(jnp.abs(total)))
        return total / scale, jnp.log(scale)

    start = jnp.zeros([n + 1 for n in occupations[1:]], dtype=complex)
    start = start.at[(0,) * start.ndim].set(1.0)
    last, log_scales = jax.lax.scan(multiply, start, rows)
    log_value = jnp.log(last[(-1,) * last.ndim]) + jnp.sum(log_scales)
    return log_value + jnp.sum(row_scale) - radii @ numbers
