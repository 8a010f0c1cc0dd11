"""Conditional wavefunction of the centre of mass, ψ_cm(x, t) = Ψ(x, y(t), t), and its terms A, B.

At fixed y a change of x_cm moves all particles together: Ψ(x, y) is ψ at Q + (x - x_cm(Q)).
Points x have shape (batch, num, D): `num` points for each of the configurations Q (batch, N*D),
whose relative part is y(t). Velocities v_j^h are those of Q, the actual configuration.
"""

from typing import Any

import jax.numpy as jnp
from jax import Array
from jax.core import Tracer

from zitter.classical_limit._points import (
    evaluated,
    moved_together,
    relative_laplacian,
    relative_product,
    require_time,
    slopes,
)
from zitter.core.checks import ValidityError, require_numbers
from zitter.forces.centre_of_mass import forces
from zitter.system.coordinates import log_density_shift
from zitter.system.parameters import require_callable
from zitter.system.potentials import Potential
from zitter.wavefunctions.derivatives import derivatives


def conditional_log_psi(psi: Any, x_cm: Array, Q: Array, t: Any, num_space: int = 1) -> Array:
    """Logarithm of the conditional wavefunction, ln ψ_cm(x, t) = ln Ψ(x, y(t), t).

    Equation: (64), as one complex function

    Args:
        psi: LogPsi of particle coordinates, or a structure with `derivatives`.
        x_cm: points x (batch, num, D) [length].
        Q: actual configurations (batch, dof), whose y is y(t) [length].
        t: time [time].
        num_space: D.

    Returns:
        (batch, num) [ln(1/length^(dof/2))].

    Raises:
        ValueError: shapes do not match, or a position is not finite.
    """
    require_time(t)
    X = moved_together(Q, x_cm, num_space)
    log_psi = derivatives(psi, X.reshape(-1, Q.shape[1]), t, 1).log_psi
    shift = 0.5 * log_density_shift(Q.shape[1] // num_space, num_space)
    return log_psi.reshape(X.shape[:2]) + shift


def conditional_phase(
    psi: Any, x_cm: Array, Q: Array, t: Any, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Conditional phase S_cm(x, t) = S(x, y(t), t), modulo h, (batch, num) [mass*length^2/time].

    Equation: (64)

    Arguments as for conditional_log_psi.
    """
    require_numbers(hbar=hbar)
    return hbar * jnp.imag(conditional_log_psi(psi, x_cm, Q, t, num_space))


def conditional_density(psi: Any, x_cm: Array, Q: Array, t: Any, num_space: int = 1) -> Array:
    """Conditional density ρ_cm(x, t) = ρ(x, y(t), t), not normalised, (batch, num) [1/length^dof].

    Equation: (64)

    Arguments as for conditional_log_psi.
    """
    return jnp.exp(2.0 * jnp.real(conditional_log_psi(psi, x_cm, Q, t, num_space)))


def A_term(
    psi: Any,
    x_cm: Array,
    Q: Array,
    t: Any,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """Term A = Q_cm + Σ_j [(∂_jS)²/2m + Q_j - v_j^h ∂_jS] of the conditional equation for S.

    Equation: (66), with S and ρ differentiated along y_j before y = y(t) is put in

    Args:
        psi: LogPsi of particle coordinates, or a structure with `derivatives`.
        x_cm: points x (batch, num, D) [length].
        Q: actual configurations (batch, dof); their velocities are v_j^h [length].
        t: time [time].
        mass: m of each particle [mass].
        hbar: [mass*length^2/time].
        num_space: D.

    Returns:
        (batch, num) [energy].

    Raises:
        ValueError: shapes do not match, mass or hbar is not positive or not that of psi.

    Validity: off the nodes of ψ.
    """
    return evaluated(_A, psi, x_cm, Q, t, mass=mass, hbar=hbar, num_space=num_space)


def B_term(
    psi: Any,
    x_cm: Array,
    Q: Array,
    t: Any,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """Term B of the conditional continuity equation by ρ_cm: Σ_j [(v_j - v_j^h) ∂_j ln ρ + ∂_jv_j].

    On the path it is Σ_j ∂_jv_j, which is not zero.

    Equation: (68), divided by ρ_cm

    Arguments as for A_term.

    Returns:
        (batch, num) [1/time].
    """
    return evaluated(_B, psi, x_cm, Q, t, mass=mass, hbar=hbar, num_space=num_space)


def A_kinetic_gradient(
    psi: Any,
    x_cm: Array,
    Q: Array,
    t: Any,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """Gradient along x_cm of Σ_j [(∂_jS)²/2m - v_j^h ∂_jS], Σ_j (v_j - v_j^h) ∂²S/∂x_cm∂y_j.

    Equation: (71), which says that it vanishes; so it does at x = x_cm(t), and not elsewhere. A
        itself does not vanish there: it is of order N.

    Arguments as for A_term.

    Returns:
        (batch, num, D) [energy/length].
    """
    return evaluated(_kinetic_gradient, psi, x_cm, Q, t, mass=mass, hbar=hbar, num_space=num_space)


def classicality_ratio(
    psi: Any,
    Q: Array,
    t: Any,
    U_ext: Potential,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """Quantum by external force on the centre of mass, |∂(Q_cm + Σ_jQ_j)/∂x_cm| / |∂U/∂x_cm|.

    Equation: (70), which claims << 1, with U for the printed V and absolute values

    Args:
        psi, Q, t: as for A_term.
        U_ext: external potential (x, t) -> [energy] of one particle.
        mass, hbar, num_space: as for A_term.

    Returns:
        (batch,) [1].

    Raises:
        ValueError: as forces.
        ValidityError: a configuration on which no external force acts.

    Validity: in stationary states it is 1 for every N: the forces cancel.
    """
    require_time(t)
    require_callable("U_ext", U_ext)
    F = forces(psi, Q, t, U_ext, mass=mass, hbar=hbar, num_space=num_space)
    external = jnp.linalg.norm(F.F_U, axis=1)
    if not isinstance(external, Tracer) and not bool(jnp.all(external > 0.0)):
        raise ValidityError(
            f"No external force acts on {int(jnp.sum(external == 0.0))} of the {len(external)} "
            "configurations: (70) compares with one. Leave them out, or give another `U_ext`."
        )
    return jnp.linalg.norm(F.F_cm + F.F_rel, axis=1) / external


def _A(psi, x_cm, Q, t, *, mass, hbar, num_space) -> Array:
    d, h = slopes(psi, x_cm, Q, t, 2, num_space)
    p, p_h = hbar * jnp.imag(d.gradient), hbar * jnp.imag(h.gradient)
    curvature = jnp.real(d.second) + jnp.real(d.gradient) ** 2
    quantum = -(hbar**2) / (2.0 * mass) * jnp.sum(curvature, axis=-1)
    kinetic = relative_product(0.5 * p - p_h, p, num_space) / mass
    return quantum + kinetic


def _B(psi, x_cm, Q, t, *, mass, hbar, num_space) -> Array:
    d, h = slopes(psi, x_cm, Q, t, 3, num_space)
    v, v_h = (hbar / mass * jnp.imag(s.gradient) for s in (d, h))
    transport = relative_product(v - v_h, 2.0 * jnp.real(d.gradient), num_space)
    return transport + hbar / mass * jnp.imag(relative_laplacian(d, num_space))


def _kinetic_gradient(psi, x_cm, Q, t, *, mass, hbar, num_space) -> Array:
    d, h = slopes(psi, x_cm, Q, t, 3, num_space)
    v, v_h = (hbar / mass * jnp.imag(s.gradient) for s in (d, h))
    mixed = hbar * jnp.imag(d.cm_gradient)
    return relative_product((v - v_h)[:, :, None, :], mixed, num_space)
