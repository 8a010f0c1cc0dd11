"""Derivatives of ln perm[φ_k(x_j)] from the permanent and its minors.

Row j depends on x_j alone: ∂_{j,a} perm = Σ_k (∂_a φ_k)(x_j) M_jk, likewise ∂²_{j,a}. Derivatives
along the centre of mass come from the same sums with all rows shifted by ε along one axis b, the
entries and minors being polynomials in ε truncated after ε².
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.wavefunctions.derivatives import Derivatives, LogPsi
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.orbitals import OrbitalJets, orbital_jets

Sweep = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


class MatrixJets(NamedTuple):
    """`OrbitalJets` on the host, leading shape (batch, N, K)."""

    log_scale: np.ndarray
    value: np.ndarray
    first: np.ndarray
    second: Any = None
    third: Any = None

    def scaled(self, factor: np.ndarray) -> "MatrixJets":
        """The same times `factor` (batch, N, K), with no log scale left."""
        one, two = factor[..., None], factor[..., None, None]
        second = None if self.second is None else self.second * two
        third = None if self.third is None else self.third * two
        zero = np.zeros_like(self.log_scale)
        return MatrixJets(zero, self.value * factor, self.first * one, second, third)

    def without_slopes(self, g: np.ndarray) -> "MatrixJets":
        """Jets at x_j of φ_k(x) exp(-g_j (x - x_j)), with g of shape (.., N, D), up to the third.

        Second and third derivatives of ln ψ are the same, but with g = ∂ ln ψ nothing that grows
        with the number of particles is subtracted to get them.
        """
        second, third = self.second, self.third
        if second is None or third is None:
            raise ValueError("Slopes are taken out of jets of order 3 only.")
        phi, g = self.value[..., None, None], g[..., None, :]
        g_a, g_b = g[..., :, None], g[..., None, :]
        first_a, first_b = self.first[..., :, None], self.first[..., None, :]
        second_bb = _diagonal(second)[..., None, :]
        level = second - g_a * first_b - g_b * first_a + g_a * g_b * phi
        bend = third - 2.0 * g_b * second - g_a * second_bb
        bend = bend + 2.0 * g_a * g_b * first_b + g_b**2 * first_a - g_a * g_b**2 * phi
        slope = self.first - g * phi[..., 0]
        return MatrixJets(self.log_scale, self.value, slope, level, bend)


def host_derivatives(
    evaluate: Callable[[MatrixJets, int], Derivatives],
    orbitals: Superposition | Sequence[LogPsi],
    X: Array,
    t: Any,
    order: int,
) -> Derivatives:
    """`evaluate` on the host at the jets of `orbitals`, also from inside compiled JAX code.

    Args:
        evaluate: function (jets, order) -> Derivatives in numpy.
        orbitals: see `orbital_jets`.
        X: positions (batch, N, D) [length].
        t: time [time].
        order: 1, 2 or 3.
    """
    batch, num_particles, D = X.shape
    if isinstance(X, jax.core.Tracer) or isinstance(t, jax.core.Tracer):
        jets = orbital_jets(orbitals, X, t, order)
        shapes = _result_shapes(batch, num_particles * D, D, order)
        on_host = partial(_evaluate_jets, evaluate, order)
        return jax.pure_callback(on_host, shapes, jets, vmap_method="broadcast_all")
    jets = _host_jets(orbitals, np.asarray(X, dtype=float), t, order)
    return Derivatives(*(_on_device(f) for f in _evaluate_jets(evaluate, order, jets)))


def _host_jets(orbitals: Any, X: np.ndarray, t: Any, order: int) -> OrbitalJets:
    if isinstance(orbitals, Superposition):
        return orbital_jets(orbitals, X, t, order)
    # Rows up to a power of two, so that a shrinking batch does not compile again and again.
    padded = np.empty((1 << max(len(X) - 1, 0).bit_length(), *X.shape[1:]))
    padded[: len(X)] = X
    padded[len(X) :] = padded[:1]
    jets = _compiled_jets(orbitals, padded, jnp.asarray(t, dtype=float), order)
    return OrbitalJets(*(None if f is None else np.asarray(f)[: len(X)] for f in jets))


_compiled_jets = eqx.filter_jit(orbital_jets)


def _on_device(field: np.ndarray | None) -> Array | None:
    return None if field is None else jnp.asarray(field)


def _evaluate_jets(evaluate: Callable, order: int, jets: OrbitalJets) -> Derivatives:
    # Under vmap the jets come with further leading axes.
    fields = [None if f is None else np.asarray(f) for f in jets]
    lead = np.shape(jets.log_scale)[:-2]
    flat = (None if f is None else f.reshape(-1, *f.shape[len(lead) :]) for f in fields)
    result = evaluate(MatrixJets(*flat), order)
    return Derivatives(*(None if f is None else f.reshape(*lead, *f.shape[1:]) for f in result))


def _result_shapes(batch: int, dof: int, D: int, order: int) -> Derivatives:
    per_order = [
        (batch,),
        (batch, dof),
        (batch, dof),
        (batch, D, dof),
        (batch, D, dof),
        (batch, D, D),
    ]
    shapes = [jax.ShapeDtypeStruct(shape, complex) for shape in per_order]
    shown: list = shapes[: 6 if order == 3 else order + 1]
    shown += [None] * (6 - len(shown))
    return Derivatives(*shown, condition=jax.ShapeDtypeStruct((batch,), float))


def derivatives_from_minors(
    jets: MatrixJets, sweep: Sweep, order: int, log_shift: np.ndarray
) -> Derivatives:
    """ln perm + log_shift and its derivatives.

    Args:
        jets: scaled jets (batch, N, N) with zero log scale.
        sweep: function (batch, R, N, N) -> permanents (batch, R), minors (batch, R, N, N) and
            perm|a₀| (batch,).
        order: 1, 2 or 3.
        log_shift: real (batch,).
    """
    # At an exact node ln ψ is -inf and its derivatives do not exist: inf and NaN say so.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if order < 3:
            return _first_and_second(jets, sweep, order, log_shift)
        return _up_to_third(jets, sweep, log_shift)


def _first_and_second(
    jets: MatrixJets, sweep: Sweep, order: int, log_shift: np.ndarray
) -> Derivatives:
    values, minors, magnitudes = sweep(jets.value[:, None])
    P, M = values[:, 0], minors[:, 0]
    gradient = _row_sums(jets.first, M) / P[:, None, None]
    second = None
    if order == 2:
        second = _flat(_row_sums(_diagonal(jets.second), M) / P[:, None, None] - gradient**2)
    condition = magnitudes / np.abs(P)
    return Derivatives(np.log(P) + log_shift, _flat(gradient), second, condition=condition)


def _up_to_third(jets: MatrixJets, sweep: Sweep, log_shift: np.ndarray) -> Derivatives:
    lowest = _first_and_second(jets, sweep, 1, log_shift)
    gradient = lowest.gradient.reshape((*jets.first.shape[:2], -1))
    jets = jets.without_slopes(gradient)
    along = [_along_axis(jets, sweep, b) for b in range(jets.first.shape[-1])]
    second = along[0][0]
    cm_gradient, cm_second, cm_third = (list(f) for f in list(zip(*along, strict=True))[1:])
    return Derivatives(
        lowest.log_psi,
        lowest.gradient,
        _flat(second),
        np.stack([_flat(f) for f in cm_gradient], axis=1),
        np.stack([_flat(f) for f in cm_second], axis=1),
        np.stack(cm_third, axis=-1),
        lowest.condition,
    )


def _along_axis(jets: MatrixJets, sweep: Sweep, b: int) -> tuple[np.ndarray, ...]:
    """∂_i² ln ψ, ∂_b ∂_i ln ψ, ∂_b ∂_i² ln ψ (batch, N, D) and ∂_a ∂_b² ln ψ (batch, D)."""
    first, second, third = jets.first, jets.second, jets.third
    rows = np.stack([jets.value, first[..., b], 0.5 * second[..., b, b]], axis=1)
    P, M, _ = sweep(rows)
    F = [first, second[..., b], 0.5 * third[..., b]]
    G = [sum(_row_sums(F[q], M[:, r - q]) for q in range(r + 1)) for r in range(3)]
    curvature = _diagonal(second)
    S = [
        _row_sums(curvature, M[:, 0]),
        _row_sums(curvature, M[:, 1]) + _row_sums(third[..., b, :], M[:, 0]),
    ]
    g, s = _quotient(G, P), _quotient(S, P)
    return s[0] - g[0] ** 2, g[1], s[1] - 2.0 * g[0] * g[1], 2.0 * np.sum(g[2], axis=1)


def _row_sums(entries: np.ndarray, minors: np.ndarray) -> np.ndarray:
    """Σ_k entries[j, k, a] minors[j, k], (batch, N, D)."""
    return np.einsum("zjka,zjk->zja", entries, minors)


def _diagonal(matrices: np.ndarray) -> np.ndarray:
    return np.diagonal(matrices, axis1=-2, axis2=-1)


def _flat(field: np.ndarray) -> np.ndarray:
    return field.reshape(len(field), -1)


def _quotient(numerator: list[np.ndarray], denominator: np.ndarray) -> list[np.ndarray]:
    """Series of numerator / denominator in ε, for fields (batch, N, D) and P (batch, R)."""
    P = denominator[:, :, None, None]
    series: list[np.ndarray] = []
    for r, term in enumerate(numerator):
        rest = sum(series[q] * P[:, r - q] for q in range(r))
        series.append((term - rest) / P[:, 0])
    return series
