"""Values and derivatives of one-particle orbitals at many positions, scaled against underflow.

For each position x and orbital φ: φ = exp(log_scale) * value, and `first`, `second`, `third`
are its derivatives times exp(-log_scale). Each orbital has its own scale: one scale for all
orbitals at a position would underflow those that are small there.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from zitter.wavefunctions.derivatives import LogPsi, complex_gradient
from zitter.wavefunctions.gaussian import Superposition, packet_state


class OrbitalJets(NamedTuple):
    """Scaled orbital values and derivatives; leading shape (batch, N, K) from `orbital_jets`."""

    log_scale: Array
    """real, (..)"""
    value: Array
    """e^(-log_scale) φ, (..)"""
    first: Array
    """e^(-log_scale) ∂_a φ, (.., D) [1/length]"""
    second: Array | None = None
    """e^(-log_scale) ∂_a ∂_b φ, (.., D, D) [1/length²]"""
    third: Array | None = None
    """e^(-log_scale) ∂_a ∂_b² φ, (.., D, D) [1/length³]"""


def orbital_jets(
    orbitals: Superposition | Sequence[LogPsi], X: Array, t: Any, order: int = 1
) -> OrbitalJets:
    """Jets of K orbitals at the N positions of each configuration.

    Args:
        orbitals: stacked Superposition, packets (K, L, D), or a sequence of K LogPsi of one
            particle.
        X: positions (batch, N, D) [length].
        t: time [time].
        order: 1, 2 or 3, the highest derivative.

    Returns:
        OrbitalJets with leading shape (batch, N, K).
    """
    if isinstance(orbitals, Superposition):
        return superposition_jets(orbitals, X[:, :, None, :], t, order)
    jets = [_automatic_jets(orbital, X, t, order) for orbital in orbitals]
    return OrbitalJets(*(_stack_orbitals(fields) for fields in zip(*jets, strict=True)))


def own_orbital_jets(
    orbitals: Superposition | Sequence[LogPsi], X: Array, t: Any, order: int = 1
) -> OrbitalJets:
    """Jets of orbital j at position j only, leading shape (batch, N): what a product needs."""
    if isinstance(orbitals, Superposition):
        return superposition_jets(orbitals, X, t, order)
    jets = [_automatic_jets(phi, X[:, j], t, order) for j, phi in enumerate(orbitals)]
    fields = zip(*jets, strict=True)
    return OrbitalJets(*(None if f[0] is None else jnp.stack(f, axis=1) for f in fields))


def superposition_jets(orbitals: Superposition, x: Array, t: Any, order: int) -> OrbitalJets:
    """Jets in closed form; x (.., D) broadcasts against the stacked orbitals (.., L, D)."""
    state = packet_state(orbitals.packets, t)
    d = x[..., None, :] - state.q
    momentum = 1j * state.p / orbitals.hbar
    log_packets = jnp.sum(state.theta - state.A * d**2 + momentum * d, axis=-1)
    present = orbitals.coefficients != 0
    log_scale = jnp.max(jnp.where(present, jnp.real(log_packets), -jnp.inf), axis=-1)
    weights = orbitals.coefficients * jnp.exp(
        jnp.where(present, log_packets - log_scale[..., None], 0.0)
    )
    slope, curvature = -2.0 * state.A * d + momentum, -2.0 * state.A
    value = jnp.sum(weights, axis=-1)
    first = jnp.einsum("...l,...la->...a", weights, slope)
    if order == 1:
        return OrbitalJets(log_scale, value, first)
    curvature = jnp.broadcast_to(curvature, slope.shape)
    delta = jnp.eye(slope.shape[-1])
    second = jnp.einsum("...l,...la,...lb->...ab", weights, slope, slope)
    second = second + jnp.einsum("...l,...la,ab->...ab", weights, curvature, delta)
    if order == 2:
        return OrbitalJets(log_scale, value, first, second)
    third = jnp.einsum("...l,...la,...lb->...ab", weights, slope, slope**2 + curvature)
    third = third + 2.0 * jnp.einsum("...l,...la,...la,ab->...ab", weights, slope, curvature, delta)
    return OrbitalJets(log_scale, value, first, second, third)


def _stack_orbitals(fields: tuple) -> Array | None:
    return None if fields[0] is None else jnp.stack(fields, axis=2)


def _automatic_jets(orbital: LogPsi, x: Array, t: Any, order: int) -> OrbitalJets:
    """Jets of one LogPsi at positions x (.., D) by automatic differentiation of ln φ."""
    flat = x.reshape(-1, x.shape[-1])
    jets = jax.vmap(lambda point: _one_point(orbital, point, t, order))(flat)
    return OrbitalJets(
        *(None if f is None else f.reshape(x.shape[:-1] + f.shape[1:]) for f in jets)
    )


def _one_point(orbital: LogPsi, x: Array, t: Any, order: int) -> OrbitalJets:
    log_phi = orbital(x, t)
    log_scale, value = jnp.real(log_phi), jnp.exp(1j * jnp.imag(log_phi))

    def gradient(z: Array) -> Array:
        return complex_gradient(lambda y: orbital(y, t), z)

    l1 = gradient(x)
    if order == 1:
        return OrbitalJets(log_scale, value, value * l1)
    hessian = jax.jacfwd(gradient)
    l2 = hessian(x)
    second = l1[:, None] * l1[None, :] + l2
    if order == 2:
        return OrbitalJets(log_scale, value, value * l1, value * second)
    l3 = jnp.diagonal(jax.jacfwd(hessian)(x), axis1=0, axis2=1)
    pure = l1**2 + jnp.diagonal(l2)
    third = l1[:, None] * pure[None, :] + 2.0 * l1[None, :] * l2 + l3
    return OrbitalJets(log_scale, value, value * l1, value * second, value * third)
