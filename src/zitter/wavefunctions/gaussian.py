"""Gaussian packets in closed form: free, uniform force, harmonic trap or barrier, per axis.

ln g(x, t) = Σ_axes [θ - A (x - q)² + i p (x - q)/ħ] with q, p on the classical path. In
V = k x²/2 - f x, with ω² = k/m of either sign,
    c(t) = cos ωt + (α/ω) sin ωt,  α = w₀ + iħ/(2mσ₀²),  A = -(i m/2ħ) c'/c,
    θ = -¼ ln(2πσ₀²) - ½ ln c + (i/ħ) ∫L dt, and σ(t) = σ₀|c|.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from zitter.core.checks import require_finite, require_positive, require_shape


class PacketState(NamedTuple):
    """Parameters of ln g = θ - A (x - q)² + i p (x - q)/ħ at one time, each (.., D)."""

    A: Array
    """complex inverse square width [1/length²], Re A = 1/(4σ²)"""
    q: Array
    """classical position [length]"""
    p: Array
    """classical momentum [mass*length/time]"""
    theta: Array
    """ln of the complex amplitude: norm, Gouy phase and action [ln(1/length^(1/2))]"""


class GaussianPacket(eqx.Module):
    """One-particle Gaussian packet g(x, t), a LogPsi; leading axes of the fields stack packets.

    Equation: E1-E3 of the exact solutions (Kennard 1927)

    Args:
        width: standard deviation σ₀ of |g|² per axis at t = 0 [length].
        centre, momentum: classical position [length] and momentum [mass*length/time] at t = 0.
        chirp: initial velocity gradient w₀ [1/time].
        stiffness: k of V = k x²/2 - f x, of either sign [mass/time^2].
        force: f [mass*length/time^2].
        mass, hbar: numbers [mass], [mass*length^2/time].

    All but mass and hbar broadcast against each other to shape (.., D).

    Raises:
        ValueError: a width, mass or hbar that is not positive, an entry that is not finite or
            complex, or several masses.
    """

    width: Array
    centre: Array
    momentum: Array
    chirp: Array
    stiffness: Array
    force: Array
    mass: Array
    hbar: Array

    def __init__(
        self,
        width: Any,
        centre: Any = 0.0,
        momentum: Any = 0.0,
        chirp: Any = 0.0,
        stiffness: Any = 0.0,
        force: Any = 0.0,
        mass: Any = 1.0,
        hbar: Any = 1.0,
    ):
        per_axis = dict(width=width, centre=centre, momentum=momentum)
        per_axis |= dict(chirp=chirp, stiffness=stiffness, force=force)
        for name, value in (*per_axis.items(), ("mass", mass), ("hbar", hbar)):
            if np.iscomplexobj(value):
                raise ValueError(f"`{name}` must be real, but is complex.")
        require_shape("mass", mass, ())
        require_shape("hbar", hbar, ())
        arrays = {name: _as_array(value, float) for name, value in per_axis.items()}
        shape = np.broadcast_shapes((1,), *(np.shape(a) for a in arrays.values()))
        for name, array in arrays.items():
            setattr(self, name, _broadcast(array, shape))
        self.mass, self.hbar = (
            _broadcast(_as_array(mass, float)),
            _broadcast(_as_array(hbar, float)),
        )
        for name in (*per_axis, "mass", "hbar"):
            value = getattr(self, name)
            if not is_traced(value):
                positive = name in ("width", "mass", "hbar")
                (require_positive if positive else require_finite)(name, value)

    @property
    def num_space(self) -> int:
        """Space dimensions D."""
        return self.width.shape[-1]

    def __call__(self, x: Array, t: Any) -> Array:
        """ln g at a position x (.., D)."""
        state = packet_state(self, t)
        d = x - state.q
        return jnp.sum(state.theta - state.A * d**2 + 1j * state.p * d / self.hbar, axis=-1)


class Superposition(eqx.Module):
    """Superposition φ(x, t) = Σ_l c_l g_l(x, t) of packets, a LogPsi; leading axes stack orbitals.

    Args:
        packets: GaussianPacket with fields of shape (.., L, D).
        coefficients: complex (.., L). An orbital with fewer packets has zeros here.

    Raises:
        ValueError: shapes do not match, a coefficient is not finite, or all of an orbital are 0.
    """

    packets: GaussianPacket
    coefficients: Array

    def __init__(self, packets: GaussianPacket, coefficients: Any):
        coefficients = _broadcast(_as_array(coefficients, complex))
        expected = packets.width.shape[:-1]
        require_shape("coefficients", coefficients, expected, "(.., num_packets)")
        if not is_traced(coefficients):
            require_finite("coefficients", coefficients)
            if not np.all(np.any(np.asarray(coefficients) != 0, axis=-1)):
                raise ValueError("`coefficients` must not all be zero: ψ would vanish everywhere.")
        self.packets, self.coefficients = packets, coefficients

    @property
    def num_space(self) -> int:
        """Space dimensions D."""
        return self.packets.num_space

    @property
    def mass(self) -> Array:
        """Mass of one particle [mass]."""
        return self.packets.mass

    @property
    def hbar(self) -> Array:
        """Reduced Planck constant [mass*length^2/time]."""
        return self.packets.hbar

    def orbital(self, index: int) -> "Superposition":
        """One of the stacked orbitals."""
        return jax.tree_util.tree_map(lambda leaf: leaf[index] if leaf.ndim else leaf, self)

    def __call__(self, x: Array, t: Any) -> Array:
        """ln φ at a position x (D,), or one value per stacked orbital."""
        log_packets = self.packets(x, t)
        present = self.coefficients != 0
        scale = jnp.max(jnp.where(present, jnp.real(log_packets), -jnp.inf), axis=-1)
        scale = jax.lax.stop_gradient(scale)
        terms = self.coefficients * jnp.exp(jnp.where(present, log_packets - scale[..., None], 0.0))
        return jnp.log(jnp.sum(terms, axis=-1)) + scale


def is_traced(value: Any) -> bool:
    """Whether a value is abstract, inside a jax transformation, so that it cannot be checked."""
    return isinstance(value, Tracer)


def any_traced(*values: Any) -> bool:
    """Whether any leaf of any of the values is abstract."""
    return any(map(is_traced, jax.tree_util.tree_leaves(values)))


def on_host(tree: Any) -> Any:
    """The same tree with numpy leaves."""
    return jax.tree_util.tree_map(np.asarray, tree)


def _as_array(value: Any, dtype: type) -> Any:
    # numpy where it can be: eager jax operations would compile once for each new shape.
    if is_traced(value):
        return value.astype(dtype)
    return np.asarray(value, dtype=dtype)


def _broadcast(array: Any, shape: tuple | None = None) -> Array:
    shape = np.shape(array) if shape is None else shape
    if is_traced(array):
        return jnp.broadcast_to(array, shape)
    return jnp.asarray(np.broadcast_to(array, shape))


def packet_state(packet: GaussianPacket, t: Any) -> PacketState:
    """Parameters A, q, p, θ of each packet at time t.

    Equation: E1-E3 of the exact solutions
    """
    if any_traced(packet, t):
        return _packet_state(packet, jnp.asarray(t, dtype=float), jnp)
    with np.errstate(all="ignore"):
        return _packet_state(on_host(packet), np.asarray(t, dtype=float), np)


def _packet_state(packet: GaussianPacket, t: Any, xp: Any) -> PacketState:
    """xp is jax.numpy or numpy; without tracers the latter: it compiles nothing for new shapes."""
    m, hbar, x0, f = packet.mass, packet.hbar, packet.centre, packet.force
    v0, omega2 = packet.momentum / m, packet.stiffness / m
    c0, c1, c2, c3 = _stumpff(omega2 * t**2, xp)
    alpha = packet.chirp + 1j * hbar / (2.0 * m * packet.width**2)
    c = c0 + alpha * t * c1
    c_dot = -omega2 * t * c1 + alpha * c0
    q = x0 * c0 + v0 * t * c1 + f / m * t**2 * c2
    v = -omega2 * x0 * t * c1 + v0 * c0 + f / m * t * c1
    integral_q = x0 * t * c1 + v0 * t**2 * c2 + f / m * t**3 * c3
    action = 0.5 * m * (q * v - x0 * v0) + 0.5 * f * integral_q
    log_norm = -0.25 * xp.log(2.0 * xp.pi * packet.width**2)
    theta = log_norm - 0.5 * _continuous_log(c, omega2, t, xp) + 1j * action / hbar
    return PacketState(-0.5j * m / hbar * c_dot / c, q, m * v, theta)


def packet_width(packet: GaussianPacket, t: Any) -> Array:
    """Width σ(t) = σ₀|c(t)| of |g|², (.., D) [length].

    Equation: E1-E3 of the exact solutions
    """
    return 0.5 / jnp.sqrt(jnp.real(packet_state(packet, t).A))


def _continuous_log(c: Array, omega2: Array, t: Any, xp: Any) -> Array:
    # c turns by π in every half period; sqrt(c) must not jump where the principal log does.
    omega = xp.sqrt(xp.maximum(omega2, 0.0))
    turns = xp.where(omega2 > 0, xp.floor(omega * t / xp.pi), xp.where(t < 0, -1.0, 0.0))
    half_turns = turns + 0.5
    turned = c * xp.exp(-1j * xp.pi * half_turns)
    return xp.log(xp.abs(c)) + 1j * (xp.angle(turned) + xp.pi * half_turns)


def _stumpff(z: Array, xp: Any) -> tuple[Array, Array, Array, Array]:
    """Stumpff functions c_n(z) = Σ_k (-z)^k/(2k + n)!: cos√z, sin√z/√z, (1 - c0)/z, (1 - c1)/z."""
    small = xp.abs(z) < 0.5
    zs = xp.where(small, z, 0.0)
    series = [_stumpff_series(zs, n, xp) for n in range(4)]
    zl = xp.where(small, 1.0, z)
    root = xp.sqrt(xp.abs(zl))
    c0 = xp.where(zl > 0, xp.cos(root), xp.cosh(xp.where(zl > 0, 0.0, root)))
    c1 = xp.where(zl > 0, xp.sin(root), xp.sinh(xp.where(zl > 0, 0.0, root))) / root
    closed = [c0, c1, (1.0 - c0) / zl, (1.0 - c1) / zl]
    c = [xp.where(small, s, f) for s, f in zip(series, closed, strict=True)]
    return c[0], c[1], c[2], c[3]


def _stumpff_series(z: Array, n: int, xp: Any) -> Array:
    total, num_terms = xp.zeros_like(z), 10
    coefficients = np.cumprod([1.0, *((2 * k + n - 1) * (2 * k + n) for k in range(1, num_terms))])
    first = 1.0 if n < 2 else float(n * (n - 1) * max(n - 2, 1))
    for k in reversed(range(num_terms)):
        total = total * -z + 1.0 / (first * coefficients[k])
    return total
