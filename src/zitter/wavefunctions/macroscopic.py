"""Superpositions of macroscopically distinct N-particle states, ψ = Σ_b c_b ψ_b.

With the shares W_b = c_b ψ_b / ψ (Σ_b W_b = 1) and ⟨f⟩ = Σ_b W_b f_b, derivatives of ln ψ are
cumulants of the branches' slopes about their mean: no derivative of ψ itself, which underflows.
"""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_count, require_finite, require_shape
from zitter.wavefunctions.derivatives import Derivatives, derivatives
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.overlaps import normalised, orbital_matrices


class MacroscopicSuperposition(eqx.Module):
    """Superposition ψ = Σ_b c_b ψ_b of N-particle states, a LogPsi.

    Args:
        branches: LogPsi of the same particles, with attributes num_particles, num_space, mass
            and hbar: products, determinants, permanents, occupation states, ..
        coefficients: c_b, complex, one for each branch. They are taken as they are: |ψ|² is
            normalised only if they allow for the overlaps of the branches (`cat_state` does).

    Raises:
        ValueError: no branches, branches of different particles, or coefficients that are
            not finite, of the wrong number, or all zero.
    """

    branches: tuple
    coefficients: Array

    def __init__(self, branches: Sequence[Any], coefficients: Any):
        self.branches = tuple(branches)
        require_count("len(branches)", len(self.branches))
        coefficients = np.asarray(coefficients, dtype=complex)
        require_shape("coefficients", coefficients, (len(self.branches),), "(num_branches,)")
        require_finite("coefficients", coefficients)
        if not np.any(coefficients):
            raise ValueError("`coefficients` must not all be zero: ψ would vanish everywhere.")
        self.coefficients = jnp.asarray(coefficients)
        for name in ("num_particles", "num_space", "mass", "hbar"):
            values = sorted({float(getattr(branch, name)) for branch in self.branches})
            if len(values) > 1:
                raise ValueError(f"`branches` must share one {name}, but have {values}.")

    @property
    def num_particles(self) -> int:
        """Particles N."""
        return self.branches[0].num_particles

    @property
    def num_space(self) -> int:
        """Space dimensions D."""
        return self.branches[0].num_space

    @property
    def mass(self) -> Array:
        """Mass of one particle [mass]."""
        return self.branches[0].mass

    @property
    def hbar(self) -> Array:
        """Reduced Planck constant [mass*length^2/time]."""
        return self.branches[0].hbar

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ of one configuration q (dof,)."""
        return _log_sum(self.coefficients, jnp.stack([psi(q, t) for psi in self.branches]))[0]

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof), combined from those of the branches.

        The condition figure is Σ_b |W_b| times the branch's own.
        """
        parts = [derivatives(psi, Q, t, order, self.num_space) for psi in self.branches]
        ones = jnp.ones(len(Q))
        parts = [p if p.condition is not None else p._replace(condition=ones) for p in parts]
        stacked = jax.tree_util.tree_map(lambda *fields: jnp.stack(fields), *parts)
        return _combined(stacked, self.coefficients, self.num_space)


def cat_state(
    orbitals: Superposition, num_particles: int, coefficients: Any = None
) -> MacroscopicSuperposition:
    """Normalised cat of N particles, ψ = Σ_k c_k φ_k(x₁)..φ_k(x_N) / norm: L^N + R^N.

    Args:
        orbitals: one stacked orbital for each branch, packets (K, L, D).
        num_particles: N.
        coefficients: c_k, (K,); equal if None.

    Raises:
        ValueError: as `MacroscopicSuperposition`.
    """
    require_shape("orbitals.coefficients", orbitals.coefficients, (None, None))
    unit = normalised(orbitals)
    count = unit.coefficients.shape[0]
    c = np.ones(count) if coefficients is None else np.asarray(coefficients, dtype=complex)
    require_shape("coefficients", c, (count,), "(num_branches,)")
    overlap = np.asarray(orbital_matrices(unit).overlap) ** num_particles
    norm = np.sqrt(np.real(np.conj(c) @ overlap @ c))
    branches = [Product(unit.orbital(k), num_particles) for k in range(count)]
    return MacroscopicSuperposition(branches, c / norm)


def _log_sum(coefficients: Array, log_terms: Array) -> tuple[Array, Array]:
    """ln Σ_b c_b exp(l_b) and the shares W_b; branches lead."""
    c = coefficients.reshape((-1,) + (1,) * (log_terms.ndim - 1))
    present = (c != 0) & (jnp.real(log_terms) > -jnp.inf)
    scale = jnp.max(jnp.where(present, jnp.real(log_terms), -jnp.inf), axis=0)
    scale = jax.lax.stop_gradient(jnp.where(jnp.isfinite(scale), scale, 0.0))
    terms = c * jnp.where(present, jnp.exp(jnp.where(present, log_terms - scale, 0.0)), 0.0)
    total = jnp.sum(terms, axis=0)
    return jnp.log(total) + scale, terms / total


@eqx.filter_jit
def _combined(parts: Derivatives, coefficients: Array, num_space: int) -> Derivatives:
    log_psi, shares = _log_sum(coefficients, parts.log_psi)

    def mean(field: Array) -> Array:
        W = shares.reshape(shares.shape + (1,) * (field.ndim - shares.ndim))
        # A branch that vanishes here may have no derivatives; its share is zero.
        return jnp.sum(jnp.where(W == 0, 0.0, W * field), axis=0)

    def along_cm(field: Array) -> Array:
        return jnp.sum(field.reshape(*field.shape[:-1], -1, num_space), axis=-2)

    gradient = mean(parts.gradient)
    own = 1.0 if parts.condition is None else parts.condition
    condition = jnp.sum(jnp.abs(shares) * own, axis=0)
    result = Derivatives(log_psi, gradient, condition=condition)
    if parts.second is None:
        return result
    d = parts.gradient - gradient
    result = result._replace(second=mean(parts.second + d**2))
    if parts.cm_gradient is None or parts.cm_second is None or parts.cm_third is None:
        return result
    D = along_cm(d)
    # ∂_a ∂_b ln ψ_b of each branch along the centre of mass, (branch, batch, a, b).
    mixed = along_cm(parts.cm_gradient)
    pure = jnp.diagonal(mixed, axis1=-2, axis2=-1)
    cm_second = parts.cm_second + 2.0 * d[..., None, :] * parts.cm_gradient
    cm_second = cm_second + D[..., :, None] * (parts.second + d**2)[..., None, :]
    cm_third = parts.cm_third + 2.0 * D[..., None, :] * mixed
    cm_third = cm_third + D[..., :, None] * (pure + D**2)[..., None, :]
    return result._replace(
        cm_gradient=mean(parts.cm_gradient + D[..., :, None] * d[..., None, :]),
        cm_second=mean(cm_second),
        cm_third=mean(cm_third),
    )
