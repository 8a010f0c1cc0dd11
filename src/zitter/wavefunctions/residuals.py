"""How far a ψ is from each equation of motion: residuals at given configurations.

Zero for an exact solution. Each is written in its own form (S and ρ, velocities, or ln ψ) and
differentiated automatically in q and t; all forward, which compiles faster for a complex ln ψ.
The same functions serve particle coordinates and, with masses (N m, m, ..) and ψ, U as functions
of (x_cm, y), centre-of-mass coordinates.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from zitter.core.checks import require_positive, require_shape
from zitter.wavefunctions.derivatives import LogPsi

Potential = Callable[[Array, Any], Array]


def schrodinger_residual(
    psi: LogPsi, Q: Array, t: Any, potential: Potential, masses: Any, hbar: float = 1.0
) -> Array:
    """[iħ∂_t - H]ψ / ψ = iħ ∂_t ln ψ + Σᵢ (ħ²/2mᵢ) [∂ᵢ² ln ψ + (∂ᵢ ln ψ)²] - U.

    Equation: (36), (37), divided by ψ

    Args:
        psi: LogPsi of q (dof,).
        Q: configurations (batch, dof) [length].
        t: time [time].
        potential: U(q, t) -> [energy].
        masses: (dof,) [mass].
        hbar: [mass*length^2/time].

    Returns:
        complex (batch,) [energy]: minus the residual of (35), plus iħ/2 times that of (7).

    Raises:
        ValueError: shapes do not match, or a mass is not positive.
    """
    return _over_batch(_schrodinger, psi, potential, Q, t, masses, hbar)


def hamilton_jacobi_residual(
    psi: LogPsi, Q: Array, t: Any, potential: Potential, masses: Any, hbar: float = 1.0
) -> Array:
    """∂_t S + Σᵢ (∂ᵢS)²/2mᵢ + U - Σᵢ (ħ²/2mᵢ) ∂ᵢ²R/R, (batch,) real [energy].

    Equation: (35)

    Arguments as for schrodinger_residual.
    """
    return _over_batch(_hamilton_jacobi, psi, potential, Q, t, masses, hbar)


def continuity_residual(psi: LogPsi, Q: Array, t: Any, masses: Any, hbar: float = 1.0) -> Array:
    """(1/ρ) [∂_t ρ + Σᵢ ∂ᵢ(ρ vᵢ)] = ∂_t ln ρ + Σᵢ (∂ᵢvᵢ + vᵢ ∂ᵢ ln ρ), (batch,) [1/time].

    Equation: (7), (23), divided by ρ

    Arguments as for schrodinger_residual.
    """
    return _over_batch(_continuity, psi, None, Q, t, masses, hbar)


def euler_residual(
    psi: LogPsi, Q: Array, t: Any, potential: Potential, masses: Any, hbar: float = 1.0
) -> Array:
    """∂_t vᵢ + Σ_k [v_k ∂_k vᵢ - u_k ∂_k uᵢ - (ħ/2m_k) ∂_k² uᵢ] + ∂ᵢU/mᵢ.

    Equation: (33), (34), with the inner sums of (34) over k, not over the free index

    Arguments as for schrodinger_residual.

    Returns:
        (batch, dof) [length/time^2].
    """
    return _over_batch(_euler, psi, potential, Q, t, masses, hbar)


def acceleration(psi: LogPsi, Q: Array, t: Any, masses: Any, hbar: float = 1.0) -> Array:
    """Acceleration dvᵢ/dt = ∂_t vᵢ + Σ_k v_k ∂_k vᵢ along the lines of v.

    Equation: (42), (43), left-hand sides; these are de Broglie-Bohm paths, not mean paths of the
        diffusion

    Arguments as for schrodinger_residual.

    Returns:
        (batch, dof) [length/time^2].
    """
    return _over_batch(_acceleration, psi, None, Q, t, masses, hbar)


def newton_residual(
    psi: LogPsi, Q: Array, t: Any, potential: Potential, masses: Any, hbar: float = 1.0
) -> Array:
    """Force balance mᵢ dvᵢ/dt + ∂ᵢ(U + Q) along the lines of v, Q the total quantum potential.

    Equation: (42), (43), with the inner sums of (43) over k

    Arguments as for schrodinger_residual.

    Returns:
        (batch, dof) [mass*length/time^2].
    """
    inertia = jnp.asarray(masses, dtype=float) * acceleration(psi, Q, t, masses, hbar)
    return inertia + _over_batch(_slope, psi, potential, Q, t, masses, hbar)


def forward_derivative(f: Callable, psi: LogPsi, masses: Any, hbar: float = 1.0) -> Callable:
    """Mean forward derivative D f = ∂_t f + Σᵢ bᵢ ∂ᵢf + Σᵢ (ħ/2mᵢ) ∂ᵢ²f, b = v + u.

    Equation: (2), (19), (21), with the sum over k

    Args:
        f: f(q, t) -> real array of any shape.
        psi: LogPsi of q (dof,).
        masses: (dof,) [mass].
        hbar: [mass*length^2/time].

    Returns:
        The function D f of (q, t) [unit of f / time]; it can be differentiated again.
    """
    return _mean_derivative(f, psi, masses, hbar, 1.0)


def backward_derivative(f: Callable, psi: LogPsi, masses: Any, hbar: float = 1.0) -> Callable:
    """Mean backward derivative D* f = ∂_t f + Σᵢ b*ᵢ ∂ᵢf - Σᵢ (ħ/2mᵢ) ∂ᵢ²f, b* = v - u.

    Equation: (3), (20), (22), with the sum over k

    Arguments and returns as for forward_derivative.
    """
    return _mean_derivative(f, psi, masses, hbar, -1.0)


def _schrodinger(psi, potential, q: Array, t: Array, masses: Array, hbar: Array) -> Array:
    gradient = jax.jacfwd(psi)(q, t)
    second = jnp.diagonal(jax.jacfwd(jax.jacfwd(psi))(q, t))
    kinetic = jnp.sum(hbar**2 / (2.0 * masses) * (second + gradient**2))
    return 1j * hbar * jax.jacfwd(psi, argnums=1)(q, t) + kinetic - potential(q, t)


def _hamilton_jacobi(psi, potential, q: Array, t: Array, masses: Array, hbar: Array) -> Array:
    S, log_R = _phase_and_log_root(psi, hbar)
    momentum = jax.jacfwd(S)(q, t)
    quantum = _quantum_potential(log_R, q, t, masses, hbar)
    kinetic = jnp.sum(momentum**2 / (2.0 * masses))
    return jax.jacfwd(S, argnums=1)(q, t) + kinetic + potential(q, t) + quantum


def _continuity(psi, potential, q: Array, t: Array, masses: Array, hbar: Array) -> Array:
    S, log_R = _phase_and_log_root(psi, hbar)

    def velocity(x: Array) -> Array:
        return jax.jacfwd(S)(x, t) / masses

    divergence = jnp.trace(jax.jacfwd(velocity)(q))
    transport = jnp.dot(velocity(q), 2.0 * jax.jacfwd(log_R)(q, t))
    return 2.0 * jax.jacfwd(log_R, argnums=1)(q, t) + divergence + transport


def _euler(psi, potential, q: Array, t: Array, masses: Array, hbar: Array) -> Array:
    S, log_R = _phase_and_log_root(psi, hbar)

    def v(x: Array, t: Array) -> Array:
        return jax.jacfwd(S)(x, t) / masses

    def u(x: Array) -> Array:
        return hbar / masses * jax.jacfwd(log_R)(x, t)

    bend = jnp.einsum("ikk,k->i", jax.jacfwd(jax.jacfwd(u))(q), hbar / (2.0 * masses))
    convective = jax.jacfwd(v)(q, t) @ v(q, t) - jax.jacfwd(u)(q) @ u(q)
    rate = jax.jacfwd(v, argnums=1)(q, t)
    return rate + convective - bend + jax.jacfwd(potential)(q, t) / masses


def _acceleration(psi, potential, q: Array, t: Array, masses: Array, hbar: Array) -> Array:
    S, _ = _phase_and_log_root(psi, hbar)

    def v(x: Array, t: Array) -> Array:
        return jax.jacfwd(S)(x, t) / masses

    return jax.jvp(v, (q, t), (v(q, t), jnp.ones_like(t)))[1]


def _slope(psi, potential, q: Array, t: Array, masses: Array, hbar: Array) -> Array:
    _, log_R = _phase_and_log_root(psi, hbar)

    def energy(x: Array) -> Array:
        return potential(x, t) + _quantum_potential(log_R, x, t, masses, hbar)

    return jax.jacfwd(energy)(q)


def _mean_derivative(f: Callable, psi: LogPsi, masses: Any, hbar: float, sign: float) -> Callable:
    masses = jnp.asarray(masses, dtype=float)
    require_positive("masses", masses)

    def value(q: Array, t: Any) -> Array:
        t = jnp.asarray(t, dtype=float)
        log_gradient = jax.jacfwd(psi)(q, t)
        drift = hbar / masses * (jnp.imag(log_gradient) + sign * jnp.real(log_gradient))
        change = jax.jvp(f, (q, t), (drift, jnp.ones_like(t)))[1]
        second = jax.jacfwd(jax.jacfwd(f))(q, t)
        spread = jnp.einsum("...kk,k->...", second, hbar / (2.0 * masses))
        return change + sign * spread

    return value


def _phase_and_log_root(psi: LogPsi, hbar: Array) -> tuple[Callable, Callable]:
    """S and ln R as real functions of (q, t)."""
    return (
        lambda q, t: hbar * jnp.imag(psi(q, t)),
        lambda q, t: jnp.real(psi(q, t)),
    )


def _quantum_potential(log_R: Callable, q: Array, t: Array, masses: Array, hbar: Array) -> Array:
    gradient, second = jax.jacfwd(log_R)(q, t), jnp.diagonal(jax.jacfwd(jax.jacfwd(log_R))(q, t))
    return -jnp.sum(hbar**2 / (2.0 * masses) * (second + gradient**2))


def _over_batch(
    f: Callable, psi: LogPsi, potential: Any, Q: Array, t: Any, masses: Any, hbar: float
) -> Array:
    require_shape("Q", Q, (None, None), "(batch, dof)")
    require_shape("masses", masses, (Q.shape[1],), "(dof,)")
    require_positive("masses", masses)
    require_positive("hbar", hbar)
    numbers = [jnp.asarray(x, dtype=float) for x in (t, masses, hbar)]
    return _mapped(f, psi, potential, jnp.asarray(Q), *numbers)


@eqx.filter_jit
def _mapped(f: Callable, psi: LogPsi, potential: Any, Q: Array, t: Array, *rest: Array) -> Array:
    return jax.vmap(lambda q: f(psi, potential, q, t, *rest))(Q)
