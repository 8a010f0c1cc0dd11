"""Equations of motion of the conditional relative wavefunction ψ_rel(y, t) = Ψ(x_cm(t), y, t).

Exact ones, and the effective ones that remain if x_cm and y decouple. Points y are given as
configurations (batch, num, N*D), moved to the centre of mass of the actual configuration
Q (batch, N*D), which moves with v_cm(t), its current velocity.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array

from zitter.classical_limit._points import (
    ConfigurationPotential,
    Slopes,
    carried_rate,
    centre_gradient,
    centre_laplacian,
    evaluated,
    moved_to_centre,
    potential_at,
    relative_laplacian,
    relative_product,
    slopes_at,
)
from zitter.classical_limit.relative_motion import potential_on_path
from zitter.system.potentials import Potential
from zitter.wavefunctions.derivatives import Derivatives, LogPsi


class CentreFactors(NamedTuple):
    """Terms by which x_cm enters the continuity equation of ρ_rel, by ρ, (batch, num) [1/time].

    If x_cm and y decouple, each is the same at all y.
    """

    stretch: Array
    """(1/M) ∂²S/∂x_cm²"""
    advection: Array
    """(1/M) ∂S/∂x_cm · ∂ ln ρ/∂x_cm"""
    comoving: Array
    """v_cm(t) · ∂ ln ρ/∂x_cm"""


def relative_continuity_residual(
    psi: LogPsi,
    Y: Array,
    Q: Array,
    t: Any,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """(1/ρ_rel) [∂_tρ_rel + Σ_j ∂_j(ρ_rel v_j)] + stretch + advection - comoving of CentreFactors.

    Equation: (73), (77), divided by ρ_rel

    Args:
        psi: LogPsi of particle coordinates, traceable by JAX.
        Y: configurations (batch, num, dof) whose relative coordinates are the points [length].
        Q: actual configurations (batch, dof) [length].
        t: time [time].
        mass: m of each particle [mass].
        hbar: [mass*length^2/time].
        num_space: D.

    Returns:
        (batch, num) [1/time].

    Raises:
        ValueError: shapes do not match, mass or hbar is not positive or not that of psi.
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_continuity, psi, Y, Q, t, **scales)


def relative_hamilton_jacobi_residual(
    psi: LogPsi,
    Y: Array,
    Q: Array,
    t: Any,
    potential: ConfigurationPotential,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """∂_tS_rel + Σ_j (∂_jS)²/2m + (∂S/∂x_cm)²/2M - v_cm(t)·∂S/∂x_cm + Σ_jQ_j + Q_cm + U.

    Equation: (74), (91), the first with the square that print leaves out in (∂S/∂x_cm)²/2M

    Args:
        potential: U(q, t) of a configuration (dof,) -> [energy].
        others: as for relative_continuity_residual.

    Returns:
        (batch, num) [energy].
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_hamilton_jacobi, psi, Y, Q, t, potential, **scales)


def centre_factors(
    psi: Any,
    Y: Array,
    Q: Array,
    t: Any,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> CentreFactors:
    """Terms (1/M) ∂²S/∂x_cm², (1/M) ∂S/∂x_cm·∂ ln ρ/∂x_cm and v_cm(t)·∂ ln ρ/∂x_cm at x_cm(t).

    Equation: (87), (88), (89), left-hand sides divided by ρ; that they are the same at all y needs
        (85) and (93), and then the last two cancel

    Arguments as for relative_continuity_residual.

    Returns:
        CentreFactors, each (batch, num) [1/time].
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_factors_at, psi, Y, Q, t, **scales)


def effective_continuity_residual(
    psi: LogPsi,
    Y: Array,
    Q: Array,
    t: Any,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """(1/ρ_rel) [∂_tρ_rel + Σ_j ∂_j(ρ_rel v_j)] of ρ_rel = ρ(x_cm(t), y, t)/ρ_cl(x_cm(t), t).

    Equation: (90); the factors (87)-(89) are not dropped but absorbed by ρ_cl, whose logarithm
        falls along x_cm(t) at the rate S_cl''/M, taken at Q

    Arguments, shape and unit as for relative_continuity_residual. Zero if x_cm and y decouple.
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_effective_continuity, psi, Y, Q, t, **scales)


def effective_hamilton_jacobi_residual(
    psi: LogPsi,
    Y: Array,
    Q: Array,
    t: Any,
    U_ext: Potential | None,
    U_int: Potential | None,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """∂_tS_rel + Σ_j [(∂_jS)²/2m + Q_j] + U_int + ½ Σᵢ ξᵢ·U_ext''(x_cm)·ξᵢ, less its value at Q.

    Equation: (92), with the tidal energy that print leaves out, Σ_j U_ext'' y_j²/2 on a line; the
        difference takes out what depends on time alone

    Args:
        U_ext: potential (x, t) -> [energy] of one particle, or None.
        U_int: pair potential (r, t) -> [energy], or None.
        others: as for relative_continuity_residual.

    Returns:
        (batch, num) [energy]. Zero if x_cm and y decouple and U_ext is at most quadratic.
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_effective_hamilton_jacobi, psi, Y, Q, t, U_ext, U_int, **scales)


def _continuity(psi, Y, Q, t, *, mass, hbar, num_space) -> Array:
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    s, rate = _carried(psi, Y, Q, t, **scales)
    f = _factors(s, **scales)
    flow = _relative_flow(s.at_points, rate, **scales)
    return flow + f.stretch + f.advection - f.comoving


def _hamilton_jacobi(psi, Y, Q, t, potential, *, mass, hbar, num_space) -> Array:
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    s, rate = _carried(psi, Y, Q, t, **scales)
    d, total_mass = s.at_points, mass * Q.shape[1] / num_space
    p_cm, p_h = (hbar * jnp.imag(centre_gradient(f, num_space)) for f in s)
    centre = jnp.sum((0.5 * p_cm - p_h) * p_cm, axis=-1) / total_mass
    relative = _relative_energy(d, rate, **scales)
    log_R_slope = jnp.real(centre_gradient(d, num_space))
    curvature = jnp.real(centre_laplacian(d, num_space)) + jnp.sum(log_R_slope**2, axis=-1)
    U = potential_at(potential, moved_to_centre(Y, Q, num_space), t)
    return relative + centre - hbar**2 / (2.0 * total_mass) * curvature + U


def _factors_at(psi, Y, Q, t, *, mass, hbar, num_space) -> CentreFactors:
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return _factors(slopes_at(psi, moved_to_centre(Y, Q, num_space), Q, t, 3, num_space), **scales)


def _effective_continuity(psi, Y, Q, t, *, mass, hbar, num_space) -> Array:
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    s, rate = _carried(psi, _with_path(Y, Q), Q, t, **scales)
    flow = _relative_flow(s.at_points, rate, **scales)
    return flow[:, 1:] + _factors(s, **scales).stretch[:, :1]


def _effective_hamilton_jacobi(psi, Y, Q, t, U_ext, U_int, *, mass, hbar, num_space) -> Array:
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    s, rate = _carried(psi, _with_path(Y, Q), Q, t, **scales)
    X = moved_to_centre(_with_path(Y, Q), Q, num_space)
    U = potential_on_path(U_ext, U_int, X.reshape(-1, Q.shape[1]), t, num_space)
    inner = (U.tidal + U.pair).reshape(X.shape[:2])
    energy = _relative_energy(s.at_points, rate, **scales) + inner
    return energy[:, 1:] - energy[:, :1]


def _with_path(Y: Array, Q: Array) -> Array:
    """The points Y with Q itself before them."""
    return jnp.concatenate([Q[:, None], Y], axis=1)


def _carried(psi, Y, Q, t, *, mass, hbar, num_space) -> tuple[Slopes, Array]:
    """Derivatives at the points and at Q, and ∂_t ln ψ_rel with x_cm carried along."""
    X = moved_to_centre(Y, Q, num_space)
    s = slopes_at(psi, X, Q, t, 3, num_space)
    scale = hbar * num_space / (mass * Q.shape[1])
    v_cm = scale * jnp.imag(centre_gradient(s.at_path, num_space))
    V = jnp.tile(v_cm, (1, 1, Q.shape[1] // num_space))
    rate = carried_rate(psi, X, jnp.broadcast_to(V, X.shape), jnp.asarray(t, dtype=float))
    return s, rate


def _relative_flow(d: Derivatives, rate: Array, *, mass, hbar, num_space) -> Array:
    """∂_t ln ρ_rel + Σ_j (∂_jv_j + v_j ∂_j ln ρ)."""
    transport = 2.0 * relative_product(jnp.imag(d.gradient), jnp.real(d.gradient), num_space)
    divergence = jnp.imag(relative_laplacian(d, num_space))
    return 2.0 * jnp.real(rate) + hbar / mass * (divergence + transport)


def _relative_energy(d: Derivatives, rate: Array, *, mass, hbar, num_space) -> Array:
    """∂_tS_rel + Σ_j [(∂_jS)²/2m + Q_j]."""
    p, log_R_slope = hbar * jnp.imag(d.gradient), jnp.real(d.gradient)
    curvature = jnp.real(relative_laplacian(d, num_space))
    curvature += relative_product(log_R_slope, log_R_slope, num_space)
    kinetic = relative_product(p, p, num_space) - hbar**2 * curvature
    return hbar * jnp.imag(rate) + kinetic / (2.0 * mass)


def _factors(s: Slopes, *, mass, hbar, num_space) -> CentreFactors:
    d, h = s
    scale = hbar * num_space / (mass * d.gradient.shape[-1])
    G, G_h = (centre_gradient(f, num_space) for f in (d, h))
    slope = 2.0 * jnp.real(G)
    return CentreFactors(
        scale * jnp.imag(centre_laplacian(d, num_space)),
        scale * jnp.sum(jnp.imag(G) * slope, axis=-1),
        scale * jnp.sum(jnp.imag(G_h) * slope, axis=-1),
    )
