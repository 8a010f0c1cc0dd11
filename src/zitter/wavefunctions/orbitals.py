"""Values and derivatives of one-particle orbitals at many positions, scaled against underflow.

For each position x and orbital φ: φ = exp(log_scale) * value, and `first`, `second`, `third`
are its derivatives times exp(-log_scale). Each orbital has its own scale: one scale for all
orbitals at a position would underflow those that are small there.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.wavefunctions.derivatives import LogPsi, complex_gradient
from zitter.wavefunctions.gaussian import (
    GaussianPacket,
    PacketState,
    Superposition,
    any_traced,
    on_host,
    packet_state,
)


class OrbitalJets(NamedTuple):
    """Scaled orbital values and derivatives; leading shape (batch, N, K) from `orbital_jets`."""

    log_scale: Array
    """real, (..) [ln(1/length^(D/2))]"""
    value: Array
    """e^(-log_scale) φ, (..) [1]"""
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
    return jax.tree_util.tree_map(lambda *fields: jnp.stack(fields, axis=2), *jets)


def own_orbital_jets(
    orbitals: Superposition | Sequence[LogPsi], X: Array, t: Any, order: int = 1
) -> OrbitalJets:
    """Jets of orbital j at position j only, leading shape (batch, N)."""
    if isinstance(orbitals, Superposition):
        return superposition_jets(orbitals, X, t, order)
    jets = [_automatic_jets(phi, X[:, j], t, order) for j, phi in enumerate(orbitals)]
    return jax.tree_util.tree_map(lambda *fields: jnp.stack(fields, axis=1), *jets)


def superposition_jets(orbitals: Superposition, x: Array, t: Any, order: int) -> OrbitalJets:
    """Jets in closed form; x (.., D) broadcasts against the stacked orbitals (.., L, D)."""
    if any_traced(orbitals, x, t):
        return _superposition_jets(orbitals, x, t, order, jnp)
    with np.errstate(all="ignore"):
        return _superposition_jets(on_host(orbitals), np.asarray(x), t, order, np)


def _superposition_jets(
    orbitals: Superposition, x: Array, t: Any, order: int, xp: Any
) -> OrbitalJets:
    """xp is jax.numpy or numpy; without tracers the latter: it compiles nothing for new shapes."""
    state = packet_state(orbitals.packets, t)
    weights, log_scale, slope = _packet_weights(orbitals, state, x, xp)
    value = xp.sum(weights, axis=-1)
    weighted = weights[..., None] * slope
    first = xp.sum(weighted, axis=-2)
    if order == 1:
        return OrbitalJets(log_scale, value, first)
    curvature, delta = -2.0 * state.A, np.eye(slope.shape[-1])
    diagonal = xp.sum(weights[..., None] * curvature, axis=-2)
    second = xp.einsum("...la,...lb->...ab", weighted, slope) + diagonal[..., None] * delta
    if order == 2:
        return OrbitalJets(log_scale, value, first, second)
    third = xp.einsum("...la,...lb->...ab", weighted, slope**2 + curvature)
    diagonal = xp.sum(weighted * curvature, axis=-2)
    third = third + 2.0 * diagonal[..., None] * delta
    return OrbitalJets(log_scale, value, first, second, third)


class LogJets(NamedTuple):
    """ln φ and its derivatives; leading shape (..) of the positions, D = num_space."""

    log_phi: Array
    """ln φ, (..) [ln(1/length^(D/2))]"""
    gradient: Array
    """∂_a ln φ, (.., D) [1/length]"""
    hessian: Array | None = None
    """∂_a ∂_b ln φ, (.., D, D) [1/length²]"""
    third: Array | None = None
    """∂_a ∂_b² ln φ, (.., D, D) [1/length³]"""


def own_log_jets(
    orbitals: Superposition | Sequence[LogPsi], X: Array, t: Any, order: int = 1
) -> LogJets:
    """Derivatives of ln φ_j at position j, (batch, N), or of one orbital at all N positions.

    Args:
        orbitals: Superposition, packets (N, L, D) or (L, D); or N LogPsi, or one for all.
        X: positions (batch, N, D) [length].
        t: time [time].
        order: 1, 2 or 3, the highest derivative.
    """
    if isinstance(orbitals, Superposition):
        return superposition_log_jets(orbitals, X, t, order)
    if len(orbitals) == 1:
        return _automatic_log_jets(orbitals[0], X, t, order)
    jets = [_automatic_log_jets(phi, X[:, j], t, order) for j, phi in enumerate(orbitals)]
    return jax.tree_util.tree_map(lambda *fields: jnp.stack(fields, axis=1), *jets)


def superposition_log_jets(orbitals: Superposition, x: Array, t: Any, order: int) -> LogJets:
    """Derivatives of ln φ as cumulants of the packets' slopes about their mean.

    Centred cumulants lose no digits where a packet is steep (large momentum, far tail).
    """
    if any_traced(orbitals, x, t):
        return _superposition_log_jets(orbitals, x, t, order, jnp)
    with np.errstate(all="ignore"):
        return _superposition_log_jets(on_host(orbitals), np.asarray(x), t, order, np)


def _superposition_log_jets(
    orbitals: Superposition, x: Array, t: Any, order: int, xp: Any
) -> LogJets:
    state = packet_state(orbitals.packets, t)
    weights, log_scale, slope = _packet_weights(orbitals, state, x, xp)
    value = xp.sum(weights, axis=-1)
    log_phi = xp.log(value) + log_scale
    w = (weights / value[..., None])[..., None]
    mean = xp.sum(w * slope, axis=-2)
    if order == 1:
        return LogJets(log_phi, mean)
    d = slope - mean[..., None, :]
    curvature, delta = -2.0 * state.A, np.eye(slope.shape[-1])
    diagonal = xp.sum(w * curvature, axis=-2)
    hessian = xp.einsum("...la,...lb->...ab", w * d, d) + diagonal[..., None] * delta
    if order == 2:
        return LogJets(log_phi, mean, hessian)
    third = xp.einsum("...la,...lb->...ab", w * d, d**2 + curvature)
    diagonal = xp.sum(w * d * curvature, axis=-2)
    third = third + 2.0 * diagonal[..., None] * delta
    return LogJets(log_phi, mean, hessian, third)


class PacketTables(NamedTuple):
    """Packets of K orbitals at one time as numpy arrays, for loops and compiled kernels.

    ln(c_kl g_kl) = ln c_kl + Σ_axes [θ - A (x - q)² + i wave (x - q)].
    """

    c: np.ndarray
    """complex coefficients, (K, L) [1]"""
    A: np.ndarray
    """complex, (K, L, D) [1/length²]"""
    q: np.ndarray
    """(K, L, D) [length]"""
    wave: np.ndarray
    """p/ħ, (K, L, D) [1/length]"""
    theta: np.ndarray
    """complex, summed over the axes, (K, L) [ln(1/length^(D/2))]"""
    width: np.ndarray
    """σ(t), (K, L, D) [length]"""


def packet_tables(orbitals: Superposition, t: Any = 0.0) -> PacketTables:
    """Packets of single or stacked orbitals at time t as `PacketTables`; K = 1 for a single one."""
    state = packet_state(orbitals.packets, t)
    A, q, p, theta = (np.asarray(field) for field in state)
    c, width = np.asarray(orbitals.coefficients), 0.5 / np.sqrt(np.real(A))
    fields = (c, A, q, p / float(orbitals.hbar), theta.sum(axis=-1), width)
    return PacketTables(*(field[None] if c.ndim == 1 else field for field in fields))


def packet_logs(tables: PacketTables, x: np.ndarray, which: Any = slice(None)) -> np.ndarray:
    """ln g of the packets of `which` orbitals at x (.., D), broadcast against them, (.., L)."""
    d = x[..., None, :] - tables.q[which]
    logs = np.sum((1j * tables.wave[which] - tables.A[which] * d) * d, axis=-1)
    return logs + tables.theta[which]


def stack_orbitals(orbitals: Sequence[Superposition]) -> Superposition:
    """One stacked Superposition of K single orbitals; missing packets get coefficient zero.

    Raises:
        ValueError: no orbitals, or orbitals of different num_space, mass or hbar.
    """
    if len(orbitals) == 0:
        raise ValueError("`orbitals` must hold at least one orbital, but is empty.")
    first = orbitals[0]
    for name in ("num_space", "mass", "hbar"):
        values = [float(getattr(orbital, name)) for orbital in orbitals]
        if min(values) != max(values):
            raise ValueError(f"`orbitals` must share one {name}, but have {sorted(set(values))}.")
    most = max(orbital.coefficients.shape[0] for orbital in orbitals)
    names = ("width", "centre", "momentum", "chirp", "stiffness", "force")
    fields = {n: np.stack([_padded(getattr(o.packets, n), most) for o in orbitals]) for n in names}
    packets = GaussianPacket(**fields, mass=first.mass, hbar=first.hbar)
    coefficients = [np.pad(o.coefficients, (0, most - len(o.coefficients))) for o in orbitals]
    return Superposition(packets, np.stack(coefficients))


def _padded(field: Array, length: int) -> np.ndarray:
    # Copies of the last packet: finite wherever the orbital itself is.
    return np.pad(np.asarray(field), ((0, length - field.shape[0]), (0, 0)), mode="edge")


def _packet_weights(
    orbitals: Superposition, state: PacketState, x: Array, xp: Any
) -> tuple[Array, Array, Array]:
    """c_l g_l e^(-log_scale), log_scale and slopes ∂_a ln g_l at x, (.., L), (..), (.., L, D)."""
    d = x[..., None, :] - state.q
    momentum = 1j * state.p / orbitals.hbar
    log_packets = xp.sum(state.theta - state.A * d**2 + momentum * d, axis=-1)
    present = orbitals.coefficients != 0
    log_scale = xp.max(xp.where(present, xp.real(log_packets), -xp.inf), axis=-1)
    exponents = xp.where(present, log_packets - log_scale[..., None], 0.0)
    return orbitals.coefficients * xp.exp(exponents), log_scale, -2.0 * state.A * d + momentum


def _automatic_jets(orbital: LogPsi, x: Array, t: Any, order: int) -> OrbitalJets:
    """Jets of one LogPsi at positions x (.., D) by automatic differentiation of ln φ."""
    log_phi, l1, l2, l3 = _automatic_log_jets(orbital, x, t, order)
    log_scale, value = jnp.real(log_phi), jnp.exp(1j * jnp.imag(log_phi))
    first = value[..., None] * l1
    if l2 is None:
        return OrbitalJets(log_scale, value, first)
    phase = value[..., None, None]
    second = phase * (l1[..., :, None] * l1[..., None, :] + l2)
    if l3 is None:
        return OrbitalJets(log_scale, value, first, second)
    pure = l1**2 + jnp.diagonal(l2, axis1=-2, axis2=-1)
    third = l1[..., :, None] * pure[..., None, :] + 2.0 * l1[..., None, :] * l2 + l3
    return OrbitalJets(log_scale, value, first, second, phase * third)


def _automatic_log_jets(orbital: LogPsi, x: Array, t: Any, order: int) -> LogJets:
    """ln φ and its derivatives at positions x (.., D) by automatic differentiation."""
    flat = x.reshape(-1, x.shape[-1])
    jets = jax.vmap(lambda point: _one_point(orbital, point, t, order))(flat)
    return jax.tree_util.tree_map(lambda field: field.reshape(x.shape[:-1] + field.shape[1:]), jets)


def _one_point(orbital: LogPsi, x: Array, t: Any, order: int) -> LogJets:
    def gradient(z: Array) -> Array:
        return complex_gradient(lambda y: orbital(y, t), z)

    log_phi, l1 = orbital(x, t), gradient(x)
    if order == 1:
        return LogJets(log_phi, l1)
    hessian = jax.jacfwd(gradient)
    l2 = hessian(x)
    if order == 2:
        return LogJets(log_phi, l1, l2)
    return LogJets(log_phi, l1, l2, jnp.diagonal(jax.jacfwd(hessian)(x), axis1=0, axis2=1))
