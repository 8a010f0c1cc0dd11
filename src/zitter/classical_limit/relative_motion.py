"""Forces on the relative coordinates y, and the potential energy on the path of x_cm.

m d²y_j/dt² = -∂/∂y_j [U_ext + U_int + Q_cm + Σ_k Q_k] along de Broglie-Bohm paths. The external
potential does act on y: as a tidal force, -U_ext''(x_cm(t)) y_j to leading order.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_count, require_finite, require_positive, require_shape
from zitter.system.coordinates import centre_of_mass_gradient
from zitter.system.potentials import Potential, total_potential
from zitter.wavefunctions.derivatives import LogPsi, require_scales_of


class PotentialOnPath(NamedTuple):
    """Parts of the potential energy, each (batch,) [energy]."""

    centre: Array
    """N U_ext(x_cm)"""
    tidal: Array
    """½ Σᵢ ξᵢ·U_ext''(x_cm)·ξᵢ with ξᵢ = xᵢ - x_cm; on a line ½ U_ext''(x_cm) Σ_j y_j²"""
    pair: Array
    """½ Σ_{j≠k} U_int(x_j - x_k)"""


class RelativeForces(NamedTuple):
    """Forces on y₂, .., y_N, each (batch, N - 1, D) [force]."""

    tidal: Array
    """-∂/∂y_j Σᵢ U_ext(xᵢ)"""
    pair: Array
    """-∂/∂y_j of the pair energy"""
    quantum_cm: Array
    """-∂Q_cm/∂y_j"""
    quantum_rel: Array
    """-∂/∂y_j Σ_k Q_k"""


def potential_on_path(
    U_ext: Potential | None, U_int: Potential | None, Q: Array, t: Any, num_space: int = 1
) -> PotentialOnPath:
    """Potential energy U = N U_ext(x_cm) + ½ Σᵢ ξᵢ·U_ext''(x_cm)·ξᵢ + U_int.

    Equation: (76), whose print leaves out the tidal energy: right beyond linear U_ext only with it

    Args:
        U_ext: potential (x, t) -> [energy] of one particle, or None.
        U_int: pair potential (r, t) -> [energy], or None.
        Q: configurations (batch, dof) [length].
        t: time [time].
        num_space: D.

    Returns:
        PotentialOnPath, each (batch,) [energy].

    Raises:
        ValueError: shapes do not match.

    Validity: exact for U_ext at most quadratic; the rest is ξ³U_ext'''/6 for each particle.
    """
    return _potential_on_path(U_ext, U_int, _particles(Q, num_space), jnp.asarray(t, float))


def relative_forces(
    psi: LogPsi,
    Q: Array,
    t: Any,
    U_ext: Potential | None,
    U_int: Potential | None,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> RelativeForces:
    """Forces on the relative coordinates, m d²y_j/dt² = tidal + pair + quantum_cm + quantum_rel.

    Equation: (81), with U_ext, which print leaves out, and with k under the inner sum

    Args:
        psi: LogPsi of particle coordinates, traceable by JAX.
        Q: configurations (batch, dof) [length].
        t: time [time].
        U_ext: potential (x, t) -> [energy] of one particle, or None.
        U_int: pair potential (r, t) -> [energy], or None.
        mass: m of each particle [mass].
        hbar: [mass*length^2/time].
        num_space: D.

    Returns:
        RelativeForces, each (batch, N - 1, D) [force].

    Raises:
        ValueError: shapes do not match, mass or hbar is not positive or not that of psi.

    Validity: off the nodes of ψ; third derivatives by automatic differentiation, O(N²) and more.
    """
    X = _checked(psi, Q, mass, hbar, num_space)
    numbers = (jnp.asarray(v, dtype=float) for v in (t, mass, hbar))
    return _relative_forces(psi, U_ext, U_int, X, *numbers)


def relative_forces_at_large_N(
    psi: LogPsi,
    Q: Array,
    t: Any,
    U_ext: Potential | None,
    U_int: Potential | None,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> RelativeForces:
    """The same if x_cm and y decouple: tidal force -U_ext''(x_cm) y_j, and no force of Q_cm.

    Equation: (83), with the tidal force that print leaves out

    Arguments, shape and unit as for relative_forces.

    Validity: U_ext that is at most quadratic over the body, and (85).
    """
    X = _checked(psi, Q, mass, hbar, num_space)
    numbers = (jnp.asarray(v, dtype=float) for v in (t, mass, hbar))
    exact = _relative_forces(psi, U_ext, U_int, X, *numbers)
    tidal = _leading_tidal_force(U_ext, X, jnp.asarray(t, dtype=float))
    return exact._replace(tidal=tidal, quantum_cm=jnp.zeros_like(tidal))


def relative_velocity_from_forces(times: Array, F: Array, mass: float, v_start: Array) -> Array:
    """Velocity of y at the end of a path, v_j(0) + (1/m) ∫F_j dt, by trapezoids.

    Equation: (82), (84), with the forces of (81), (83)

    Args:
        times: (time,) [time].
        F: force on y along the path (time, ..) [force].
        mass: m of each particle [mass].
        v_start: velocity of y at the start (..) [length/time].

    Returns:
        (..) [length/time].

    Raises:
        ValueError: shapes do not match, times that do not increase, a mass that is not positive.
    """
    t = np.asarray(times, dtype=float)
    require_shape("times", t, (None,), "(time,)")
    if t.size < 2 or np.any(np.diff(t) <= 0.0):
        raise ValueError("`times` must hold two entries at least, and increase.")
    require_shape("F", F, (t.size, *np.shape(v_start)), "(time, ..)")
    require_finite("F", F)
    require_positive("mass", mass)
    return jnp.asarray(v_start) + jnp.trapezoid(F, t, axis=0) / mass


def _particles(Q: Array, num_space: int) -> Array:
    require_count("num_space", num_space, 1, 3)
    require_shape("Q", Q, (None, None), "(batch, dof)")
    if Q.shape[1] % num_space:
        raise ValueError(f"`num_space` = {num_space} must divide the {Q.shape[1]} coordinates.")
    return jnp.asarray(Q, float).reshape(Q.shape[0], -1, num_space)


def _checked(psi: Any, Q: Array, mass: float, hbar: float, num_space: int) -> Array:
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    require_scales_of(psi, mass=mass, hbar=hbar)
    return _particles(Q, num_space)


@eqx.filter_jit
def _potential_on_path(U_ext: Any, U_int: Any, X: Array, t: Array) -> PotentialOnPath:
    def one(X: Array) -> PotentialOnPath:
        x_cm = jnp.mean(X, axis=0)
        pair = total_potential(None, U_int, X, t)
        if U_ext is None:
            return PotentialOnPath(jnp.zeros(()), jnp.zeros(()), pair)
        xi = X - x_cm
        tidal = 0.5 * jnp.einsum("ia,ab,ib->", xi, jax.hessian(U_ext)(x_cm, t), xi)
        return PotentialOnPath(X.shape[0] * U_ext(x_cm, t), tidal, pair)

    return jax.vmap(one)(X)


@eqx.filter_jit
def _leading_tidal_force(U_ext: Any, X: Array, t: Array) -> Array:
    def one(X: Array) -> Array:
        if U_ext is None:
            return jnp.zeros_like(X[1:])
        x_cm = jnp.mean(X, axis=0)
        slope = (X - x_cm) @ jax.hessian(U_ext)(x_cm, t)
        return -centre_of_mass_gradient(slope).y

    return jax.vmap(one)(X)


@eqx.filter_jit
def _relative_forces(psi, U_ext, U_int, X: Array, t: Array, mass: Array, hbar: Array):
    N, D = X.shape[1:]

    def log_R(q: Array) -> Array:
        return jnp.real(psi(q, t))

    def quantum(q: Array, directions: Array) -> Array:
        """-(ħ²/2m) Σ over directions of (∂²R)/R."""

        def along(e: Array) -> Array:
            def first(z: Array) -> Array:
                return jax.jvp(log_R, (z,), (e,))[1]

            slope, curvature = jax.jvp(first, (q,), (e,))
            return curvature + slope**2

        return -(hbar**2) / (2.0 * mass) * jnp.sum(jax.vmap(along)(directions))

    # Along (1, .., 1)/√N the mass m gives what M gives along x_cm.
    centre = jnp.tile(jnp.eye(D), (1, N)) / jnp.sqrt(float(N))

    def quantum_cm(q: Array) -> Array:
        return quantum(q, centre)

    def external(q: Array) -> Array:
        return total_potential(U_ext, None, q.reshape(N, D), t)

    def pair(q: Array) -> Array:
        return total_potential(None, U_int, q.reshape(N, D), t)

    def quantum_total(q: Array) -> Array:
        return quantum(q, jnp.eye(N * D))

    def one(X: Array) -> RelativeForces:
        slopes = [jax.jacfwd(f)(X.reshape(-1)) for f in (external, pair, quantum_cm, quantum_total)]
        forces = [-centre_of_mass_gradient(g.reshape(N, D)).y for g in slopes]
        return RelativeForces(*forces[:3], forces[3] - forces[2])

    return jax.vmap(one)(X)
