"""How far a conditional wavefunction is from its equations, at an instant and along paths.

At an instant y moves with the current velocity, as de Broglie-Bohm paths do. Along given paths,
guided or diffusing, the change of ψ_cm over a step is compared term by term with what the
equation says; a diffusion needs Itô terms, since E[dy_j²] = (ħ/m) dt.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.classical_limit._points import (
    ConfigurationPotential,
    carried_rate,
    centre_gradient,
    centre_laplacian,
    evaluated,
    moved_together,
    potential_at,
    relative_laplacian,
    relative_product,
    slopes,
)
from zitter.classical_limit.conditional import A_term, B_term
from zitter.core.checks import require_finite, require_shape
from zitter.system.parameters import require_callable
from zitter.wavefunctions.derivatives import Derivatives, LogPsi


class ConditionalIncrements(NamedTuple):
    """Changes of ψ_cm(x, t)/ψ_cm(x, t₀) over the steps of a path, (time - 1, batch, num) [1].

    All but `actual` are what a term of the equation gives from the beginning of the step.
    """

    actual: np.ndarray
    """the change itself"""
    hamiltonian: np.ndarray
    """-(i/ħ) HΨ dt"""
    transport: np.ndarray
    """Σ_j ∂_jΨ dy_j, with the steps of the path"""
    guided: np.ndarray
    """Σ_j ∂_jΨ v_j^h dt, with the current velocity: what (69) has in place of `transport`"""
    ito: np.ndarray
    """(ħ/2m) Σ_j ∂_j²Ψ dt, for diffusions only"""
    symmetric: np.ndarray
    """Σ_j ∂_jΨ dy_j with ∂_jΨ averaged over both ends (Stratonovich), which needs no `ito`"""


def conditional_hamilton_jacobi_residual(
    psi: LogPsi,
    x_cm: Array,
    Q: Array,
    t: Any,
    potential: ConfigurationPotential,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """∂_tS_cm + (∂S_cm/∂x_cm)²/2M + U + A, with dy_j/dt = v_j^h in ∂_tS_cm.

    Equation: (65), for de Broglie-Bohm paths

    Args:
        psi: LogPsi of particle coordinates, traceable by JAX.
        x_cm: points x (batch, num, D) [length].
        Q: actual configurations (batch, dof) [length].
        t: time [time].
        potential: U(q, t) of a configuration (dof,) -> [energy].
        mass: m of each particle [mass].
        hbar: [mass*length^2/time].
        num_space: D.

    Returns:
        (batch, num) [energy].

    Raises:
        ValueError: shapes do not match, mass or hbar is not positive or not that of psi.
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_hamilton_jacobi, psi, x_cm, Q, t, potential, **scales)


def conditional_continuity_residual(
    psi: LogPsi,
    x_cm: Array,
    Q: Array,
    t: Any,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """(1/ρ_cm) [∂_tρ_cm + ∂(ρ_cm v_cm)/∂x_cm + B], with dy_j/dt = v_j^h in ∂_tρ_cm.

    Equation: (67), divided by ρ_cm, for de Broglie-Bohm paths

    Arguments as for conditional_hamilton_jacobi_residual.

    Returns:
        (batch, num) [1/time].
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_continuity, psi, x_cm, Q, t, **scales)


def conditional_schrodinger_residual(
    psi: LogPsi,
    x_cm: Array,
    Q: Array,
    t: Any,
    potential: ConfigurationPotential,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """[iħ∂_tψ_cm + (ħ²/2M)∂²ψ_cm/∂x_cm² + Σ_j((ħ²/2m)∂_j²Ψ - iħ v_j^h ∂_jΨ) - Uψ_cm] / ψ_cm.

    Equation: (69), divided by ψ_cm, with U ψ_cm for the printed U ψ; for de Broglie-Bohm paths

    Arguments as for conditional_hamilton_jacobi_residual.

    Returns:
        complex (batch, num) [energy].
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_schrodinger, psi, x_cm, Q, t, potential, **scales)


def conditional_increments(
    psi: Any,
    x_cm: Array,
    paths: Array,
    times: Array,
    potential: ConfigurationPotential,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> ConditionalIncrements:
    """Changes of ψ_cm along paths and the terms that make them up, step by step.

    Along guided paths actual = hamiltonian + guided, the conditional Schroedinger equation; along
    diffusions actual = hamiltonian + transport + ito = hamiltonian + symmetric. Summed over steps
    of length dt, the first of these sums leaves O(dt), the second O(√dt), the third O(dt).

    Equation: (69), as a stochastic differential equation: of a diffusion
        dψ_cm = ∂_tΨ dt + Σ_j ∂_jΨ dy_j + (ħ/2m) Σ_j ∂_j²Ψ dt, whose last term the paper omits

    Args:
        psi: LogPsi of particle coordinates, or a structure with `derivatives`.
        x_cm: points x (batch, num, D), the same at all times [length].
        paths: configurations (time, batch, dof) [length].
        times: (time,) [time].
        potential: U(q, t) of a configuration (dof,) -> [energy].
        mass: m of each particle [mass].
        hbar: [mass*length^2/time].
        num_space: D.

    Returns:
        ConditionalIncrements, each (time - 1, batch, num) complex [1].

    Raises:
        ValueError: shapes do not match, a value is not finite, mass or hbar is not positive.
    """
    require_shape("times", times, (None,), "(time,)")
    require_shape("paths", paths, (len(times), None, None), "(time, batch, dof)")
    require_finite("times", times)
    require_callable("potential", potential)
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    Q, t = np.asarray(paths, dtype=float), np.asarray(times, dtype=float)
    frames = [
        evaluated(_frame, psi, x_cm, q, s, potential, **scales) for q, s in zip(Q, t, strict=True)
    ]
    columns = zip(*frames, strict=True)
    log_psi, rate, guided, ito, gradient = (np.stack(column) for column in columns)
    w, dt = np.exp(log_psi - log_psi[0]), np.diff(t)[:, None, None]
    dQ = np.diff(Q, axis=0)[:, :, None, :]
    weighted = w[..., None] * gradient
    hamiltonian, guided, ito = (w[:-1] * term[:-1] * dt for term in (rate, guided, ito))
    mean = 0.5 * (weighted[:-1] + weighted[1:])
    transport, symmetric = (relative_product(f, dQ, num_space) for f in (weighted[:-1], mean))
    return ConditionalIncrements(np.diff(w, axis=0), hamiltonian, transport, guided, ito, symmetric)


def _hamilton_jacobi(psi, x_cm, Q, t, potential, *, mass, hbar, num_space) -> Array:
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    d, _, rate, U = _terms(psi, x_cm, Q, t, potential, 1, **scales)
    p_cm = hbar * jnp.imag(centre_gradient(d, num_space))
    total_mass = mass * Q.shape[1] / num_space
    kinetic = jnp.sum(p_cm**2, axis=-1) / (2.0 * total_mass)
    return hbar * jnp.imag(rate) + kinetic + U + A_term(psi, x_cm, Q, t, **scales)


def _continuity(psi, x_cm, Q, t, *, mass, hbar, num_space) -> Array:
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    d, _, rate, _ = _terms(psi, x_cm, Q, t, None, 3, **scales)
    G = centre_gradient(d, num_space)
    scale = hbar * num_space / (mass * Q.shape[1])
    flow = 2.0 * jnp.sum(jnp.imag(G) * jnp.real(G), axis=-1)
    divergence = scale * (jnp.imag(centre_laplacian(d, num_space)) + flow)
    return 2.0 * jnp.real(rate) + divergence + B_term(psi, x_cm, Q, t, **scales)


def _schrodinger(psi, x_cm, Q, t, potential, *, mass, hbar, num_space) -> Array:
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    d, h, rate, U = _terms(psi, x_cm, Q, t, potential, 3, **scales)
    total_mass = mass * Q.shape[1] / num_space
    centre = _centre_curvature(d, num_space) / (2.0 * total_mass)
    relative = _relative_curvature(d, num_space) / (2.0 * mass)
    v_h = hbar / mass * jnp.imag(h.gradient)
    guided = relative_product(v_h, d.gradient, num_space)
    return 1j * hbar * (rate - guided) + hbar**2 * (centre + relative) - U


def _frame(psi, x_cm, Q, t, potential, *, mass, hbar, num_space) -> tuple[Array, ...]:
    """At one time: ln ψ_cm, -iHΨ/ħΨ, Σ_j v_j^h ∂_jΨ/Ψ, (ħ/2m) Σ_j ∂_j²Ψ/Ψ, ∇ ln Ψ."""
    d, h = slopes(psi, x_cm, Q, t, 3, num_space)
    U = potential_at(potential, moved_together(Q, x_cm, num_space), t)
    laplacian = jnp.sum(jnp.add(d.second, d.gradient**2), axis=-1)
    rate = (0.5j * hbar / mass) * laplacian - 1j / hbar * U
    guided = relative_product(hbar / mass * jnp.imag(h.gradient), d.gradient, num_space)
    ito = 0.5 * hbar / mass * _relative_curvature(d, num_space)
    return d.log_psi, rate, guided, ito, d.gradient


def _terms(
    psi, x_cm, Q, t, potential, order, *, mass, hbar, num_space
) -> tuple[Derivatives, Derivatives, Array, Array]:
    """Derivatives at x and at Q, ∂_t ln ψ_cm with y carried along, and U."""
    d, h = slopes(psi, x_cm, Q, t, order, num_space)
    X = moved_together(Q, x_cm, num_space)
    v = (hbar / mass * jnp.imag(h.gradient)).reshape(len(Q), -1, num_space)
    v_y = (v - v.mean(axis=1, keepdims=True)).reshape(len(Q), 1, -1)
    rate = carried_rate(psi, X, jnp.broadcast_to(v_y, X.shape), jnp.asarray(t, dtype=float))
    return d, h, rate, 0.0 if potential is None else potential_at(potential, X, t)


def _centre_curvature(d: Derivatives, num_space: int) -> Array:
    """Σ_a (∂²ψ/∂x_cm,a²)/ψ."""
    slope = jnp.sum(centre_gradient(d, num_space) ** 2, axis=-1)
    return centre_laplacian(d, num_space) + slope


def _relative_curvature(d: Derivatives, num_space: int) -> Array:
    """Σ_j (∂²ψ/∂y_j²)/ψ."""
    slope = relative_product(d.gradient, d.gradient, num_space)
    return relative_laplacian(d, num_space) + slope
