"""N particles in N orbitals: products and determinants, with derivatives in closed form.

Both are normalised to 1: the norms of the orbitals (product) or the determinant of their
overlap matrix (determinant) are divided out once. With Φ^(r)_jk the r-th derivatives of φ_k at x_j,
M = Φ⁻¹, B^a = Φ^(a) M, K^ab = Φ^(ab) M and T^ab = Φ^(abb) M, the determinant has
    ∂_{i,a} ln ψ = B^a_ii,   ∂²_{i,a} ln ψ = K^aa_ii - (B^a_ii)²,
    and along the centre of mass ∂_b B^a = K^ab - B^a B^b, ∂_b K^aa = T^ba - K^aa B^b.
"""

from math import lgamma
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_count, require_finite, require_shape
from zitter.wavefunctions._determinant_jets import determinant_derivatives, scaled_factors
from zitter.wavefunctions.derivatives import Derivatives, LogPsi
from zitter.wavefunctions.gaussian import Superposition, is_traced
from zitter.wavefunctions.orbital_states import (
    Orbitals,
    OrbitalState,
    as_orbitals,
    in_chunks,
    num_packets,
    orbital_facts,
)
from zitter.wavefunctions.orbitals import orbital_jets, own_log_jets
from zitter.wavefunctions.overlaps import orbital_matrices, orbital_norms


class Product(OrbitalState):
    """Distinguishable particles, or a condensate: ψ = Π_j φ_j(x_j, t), a LogPsi.

    Args:
        orbitals: stacked Superposition, packets (N, L, D), or a sequence of N LogPsi of one
            particle; one orbital (packets (L, D), or a single LogPsi) with num_particles: all
            particles in it. Superpositions are normalised; a user's LogPsi is taken as it is.
        num_particles: N where one orbital is given for all.
        num_space, mass, hbar: D [1], [mass], [mass*length^2/time] for a user's LogPsi; packets
            carry their own.

    Raises:
        ValueError: num_particles does not fit the orbitals.
    """

    def __init__(
        self,
        orbitals: Orbitals | LogPsi,
        num_particles: int | None = None,
        *,
        num_space: int = 1,
        mass: float = 1.0,
        hbar: float = 1.0,
    ):
        self.orbitals, count = as_orbitals(orbitals)
        self.num_space, self.mass, self.hbar = orbital_facts(self.orbitals, num_space, mass, hbar)
        self.num_particles = count if num_particles is None else num_particles
        require_count("num_particles", self.num_particles)
        if count not in (1, self.num_particles):
            raise ValueError(
                f"`num_particles` is {num_particles}, but there are {count} orbitals: give one "
                "orbital for each particle, or one for all."
            )
        self.log_norm = _product_log_norm(self.orbitals, self.num_particles)

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ of one configuration q (dof,)."""
        X = self._positions(q)
        if isinstance(self.orbitals, Superposition):
            return jnp.sum(self.orbitals(X[:, None, :], t)) + self.log_norm
        if len(self.orbitals) == 1:
            phi = self.orbitals[0]
            return jnp.sum(jax.vmap(lambda x: phi(x, t))(X)) + self.log_norm
        terms = [phi(X[j], t) for j, phi in enumerate(self.orbitals)]
        return jnp.sum(jnp.stack(terms)) + self.log_norm

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof); nothing cancels, so no condition figure."""
        return self._batch(_product_derivatives, Q, t, order)


class Determinant(OrbitalState):
    """Fermions: ψ = det φ_k(x_j, t) / √(N! det⟨φ_k|φ_l⟩), a LogPsi antisymmetric in the particles.

    Args:
        orbitals: stacked Superposition, packets (N, L, D), or a sequence of N LogPsi of one
            particle. They need not be orthogonal.
        overlap: ⟨φ_k|φ_l⟩ (N, N) of a user's orbitals; orthonormal if None. Packets know theirs.
        num_space, mass, hbar: as in `Product`.

    Raises:
        ValueError: orbitals that are linearly dependent to round-off.

    Validity: the relative error of ψ is about 1e-16 times `condition`. Where two particles meet,
        or where a row or column cannot be balanced, ln ψ = -inf with condition inf, and the
        derivatives there are NaN.
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
        if isinstance(self.orbitals, Superposition) and self.orbitals.coefficients.ndim == 1:
            raise ValueError(
                "`orbitals` must be stacked, packets (num_particles, num_packets, num_space), "
                "but is a single orbital."
            )
        self.num_space, self.mass, self.hbar = orbital_facts(self.orbitals, num_space, mass, hbar)
        if isinstance(self.orbitals, Superposition):
            overlap = orbital_matrices(self.orbitals).overlap
        self.log_norm = _determinant_log_norm(overlap, self.num_particles)

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ of one configuration q (dof,)."""
        jets = orbital_jets(self.orbitals, self._positions(q)[None], t, 1)
        matrix, shift = scaled_factors(jets)
        sign, log_abs = jnp.linalg.slogdet((matrix * jets.value)[0])
        return jnp.log(sign) + log_abs + shift[0] + self.log_norm

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof), O(N³) for each configuration.

        The condition figure is that of the balanced matrix, |Φ|₁ |Φ⁻¹|₁: 1 where one product
        dominates, large where the determinant cancels.
        """
        return self._batch(_determinant_derivatives, Q, t, order)


def _product_log_norm(orbitals: Any, num_particles: int) -> Array:
    if not isinstance(orbitals, Superposition):
        return jnp.zeros(())
    norms = orbital_norms(orbitals)
    xp = jnp if is_traced(norms) else np
    return jnp.asarray(-xp.log(norms).sum() * (num_particles // norms.size))


def _determinant_log_norm(overlap: Array | None, num_particles: int) -> Array:
    if overlap is None:
        return jnp.asarray(-0.5 * lgamma(num_particles + 1.0))
    require_shape("overlap", overlap, (num_particles, num_particles))
    if not is_traced(overlap):
        _require_independent(np.asarray(overlap))
    return -0.5 * (lgamma(num_particles + 1.0) + _log_gram(jnp.asarray(overlap, dtype=complex)))


@jax.jit
def _log_gram(overlap: Array) -> Array:
    diagonal = jnp.real(jnp.diagonal(overlap))
    scale = jnp.sqrt(diagonal)
    correlation = overlap / scale[:, None] / scale[None, :]
    return jnp.linalg.slogdet(correlation)[1] + jnp.sum(jnp.log(diagonal))


def _require_independent(overlap: np.ndarray) -> None:
    require_finite("overlap", overlap)
    scale = np.sqrt(np.real(np.diagonal(overlap)))
    lowest = float(np.linalg.eigvalsh(overlap / scale[:, None] / scale[None, :])[0])
    if lowest < len(overlap) * np.finfo(float).eps:
        raise ValueError(
            f"`orbitals` are linearly dependent: the lowest eigenvalue of their normalised "
            f"overlap matrix is {lowest:.1e}. A determinant of them vanishes."
        )


@eqx.filter_jit
def _product_derivatives(psi: Product, Q: Array, t: Array, order: int) -> Derivatives:
    def one_batch(Q: Array) -> Derivatives:
        log_phi, gradient, hessian, third = own_log_jets(psi.orbitals, psi._positions(Q), t, order)
        result = Derivatives(jnp.sum(log_phi, axis=1) + psi.log_norm, gradient.reshape(Q.shape))
        if hessian is None:
            return result
        second = jnp.diagonal(hessian, axis1=2, axis2=3)
        result = result._replace(second=second.reshape(Q.shape))
        if third is None:
            return result
        return result._replace(
            cm_gradient=_by_axis(hessian), cm_second=_by_axis(third), cm_third=jnp.sum(third, 1)
        )

    entries = psi.num_particles * num_packets(psi.orbitals) * psi.num_space**2
    return in_chunks(one_batch, Q, entries)


def _by_axis(field: Array) -> Array:
    """(batch, N, b, a) to (batch, b, N a)."""
    batch, _, num_space, _ = field.shape
    return jnp.moveaxis(field, 2, 1).reshape(batch, num_space, -1)


@eqx.filter_jit
def _determinant_derivatives(psi: Determinant, Q: Array, t: Array, order: int) -> Derivatives:
    def one_batch(Q: Array) -> Derivatives:
        jets = orbital_jets(psi.orbitals, psi._positions(Q), t, order)
        return determinant_derivatives(jets, Q.shape, psi.log_norm)

    entries = psi.num_particles**2 * max(num_packets(psi.orbitals), psi.num_space)
    return in_chunks(one_batch, Q, entries * psi.num_space)
