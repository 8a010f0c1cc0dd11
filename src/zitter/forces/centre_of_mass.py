"""Forces on the centre of mass: M dv_cm/dt = F_U + F_cm + F_rel along de Broglie-Bohm paths.

With g = ∇ ln ψ, R = |ψ|, ∂_a = Σᵢ ∂/∂x_{i,a} and M = N m,
    Q_cm  = -(ħ²/2M) Σ_a ∂_a²R/R            Q_rel = Q - Q_cm,  Q = -(ħ²/2m) Σᵢ ∂ᵢ²R/R
    F_cm  = -∂_a Q_cm                       F_rel = -∂_a Q_rel
because Σ_j ∂²/∂y_j² = Σᵢ ∂ᵢ² - (1/N) ∂_cm²: the relative coordinates are never needed. Only real
parts of derivatives of ln ψ enter, so nothing is divided by ρ. Differences between Q and Q_cm are
taken per particle, as deviations from the mean, so that they do not cancel at large N.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from zitter.core.checks import ValidityError, require_finite, require_positive, require_shape
from zitter.forces.external import external_force
from zitter.system.potentials import Potential
from zitter.wavefunctions.derivatives import Derivatives, derivatives, require_scales_of


class Forces(NamedTuple):
    """Forces on the centre of mass: external, its own quantum force, that of the relative motion.

    Each is (batch, D) [force].
    """

    F_U: Array
    F_cm: Array
    F_rel: Array


def forces(
    psi: Any,
    Q: Array,
    t: Any,
    U_ext: Potential | None,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Forces:
    """Forces on the centre of mass, M dv_cm/dt = F_U + F_cm + F_rel, at configurations.

    Equation: (42), (47), (48), (56)

    Args:
        psi: a LogPsi or a structure with `derivatives`, of particle coordinates.
        Q: configurations (batch, dof), particle by particle [length].
        t: time [time].
        U_ext: external potential (x, t) -> [energy] of one particle, or None.
        mass: m of each particle [mass].
        hbar: reduced Planck constant [mass*length^2/time].
        num_space: space dimensions D.

    Returns:
        Forces, each (batch, D) [force].

    Raises:
        ValueError: shapes do not match, Q is not finite, mass or hbar is not positive or not that
            of psi, U_ext is not finite at Q.
        ValidityError: a configuration on a node of ψ.

    Validity: off the nodes of ψ, near which the forces grow without bound.
    """
    _require_scales(mass, hbar)
    require_scales_of(psi, mass=mass, hbar=hbar)
    if not isinstance(Q, Tracer):
        require_finite("Q", Q)
    F_U = external_force(U_ext, Q, t, num_space)
    d = derivatives(psi, Q, t, 3, num_space)
    F_cm = centre_of_mass_force(d, mass=mass, hbar=hbar, num_space=num_space)
    F_rel = relative_force(d, mass=mass, hbar=hbar, num_space=num_space)
    _require_no_node(F_cm + F_rel, t)
    return Forces(F_U, F_cm, F_rel)


def quantum_potential_cm(
    d: Derivatives, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Quantum potential of the centre of mass, Q_cm = -(ħ²/2M) Σ_a ∂_a²R/R.

    Equation: (40), with R of the joint density

    Args:
        d: derivatives of ln ψ to order 3.
        mass: m of each particle [mass].
        hbar: reduced Planck constant [mass*length^2/time].
        num_space: space dimensions D.

    Returns:
        Q_cm (batch,) [energy].

    Raises:
        ValueError: the third order is missing, mass or hbar is not positive.
    """
    N, g, _, cm_g, _, _ = _real_parts(d, mass, hbar, num_space)
    G, h = g.sum(axis=1), jnp.einsum("zaia->za", cm_g)
    return -(hbar**2) / (2.0 * N * mass) * jnp.sum(h + G**2, axis=-1)


def quantum_potential_rel(
    d: Derivatives, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Quantum potential of the relative motion, Q_rel = -(ħ²/2m) Σ_j ∂²R/∂y_j²/R.

    Equation: (41)

    Arguments and errors as for quantum_potential_cm.

    Returns:
        Q_rel (batch,) [energy].
    """
    N, g, second, cm_g, _, _ = _real_parts(d, mass, hbar, num_space)
    curvature = second.sum(axis=(1, 2)) - jnp.einsum("zaia->z", cm_g) / N
    deviation = g - g.mean(axis=1, keepdims=True)
    return -(hbar**2) / (2.0 * mass) * (curvature + jnp.sum(deviation**2, axis=(1, 2)))


def centre_of_mass_force(
    d: Derivatives, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Quantum force of the centre of mass on itself, F_cm = -∇_cm Q_cm.

    Equation: (47), second term

    Arguments and errors as for quantum_potential_cm.

    Returns:
        F_cm (batch, D) [force].
    """
    N, g, _, cm_g, _, cm_third = _real_parts(d, mass, hbar, num_space)
    G, h = g.sum(axis=1), cm_g.sum(axis=2)
    third = cm_third.sum(axis=-1)
    return hbar**2 / (2.0 * N * mass) * (third + 2.0 * jnp.einsum("zb,zab->za", G, h))


def relative_force(d: Derivatives, *, mass: float, hbar: float = 1.0, num_space: int = 1) -> Array:
    """Quantum force of the relative motion on the centre of mass, F_rel = -∇_cm Q_rel.

    Equation: (56)

    Arguments and errors as for quantum_potential_cm.

    Returns:
        F_rel (batch, D) [force].
    """
    N, g, _, cm_g, cm_second, cm_third = _real_parts(d, mass, hbar, num_space)
    third = cm_second.sum(axis=(2, 3)) - cm_third.sum(axis=-1) / N
    deviation = g - g.mean(axis=1, keepdims=True)
    cm_deviation = cm_g - cm_g.mean(axis=2, keepdims=True)
    product = jnp.einsum("zib,zaib->za", deviation, cm_deviation)
    return hbar**2 / (2.0 * mass) * (third + 2.0 * product)


def _require_scales(mass: float, hbar: float) -> None:
    for name, value in (("mass", mass), ("hbar", hbar)):
        if not isinstance(value, Tracer):
            require_positive(name, value)


def _require_no_node(force: Array, t: Any) -> None:
    if isinstance(force, Tracer):
        return
    bad = ~np.all(np.isfinite(np.asarray(force)), axis=1)
    if bad.any():
        raise ValidityError(
            f"There is no force at {int(bad.sum())} of the {len(bad)} configurations (first: "
            f"{int(np.argmax(bad))}) at t = {t}: ψ vanishes there. Draw them from |ψ|²."
        )


class _RealParts(NamedTuple):
    num_particles: int
    g: Array
    """∂ᵢ ln R, (batch, N, D)"""
    second: Array
    """∂ᵢ² ln R, (batch, N, D)"""
    cm_g: Array
    """∂_a ∂ᵢ ln R, (batch, D, N, D)"""
    cm_second: Array
    """∂_a ∂ᵢ² ln R, (batch, D, N, D)"""
    cm_third: Array
    """∂_a ∂_b² ln R, (batch, D, D)"""


def _real_parts(d: Derivatives, mass: float, hbar: float, num_space: int) -> _RealParts:
    _require_scales(mass, hbar)
    if d.second is None or d.cm_gradient is None or d.cm_second is None or d.cm_third is None:
        raise ValueError("`d` must hold derivatives of order 3, but its order is lower.")
    require_shape("cm_third", d.cm_third, (None, num_space, num_space), "(batch, D, D)")
    batch, dof = d.gradient.shape
    one = (batch, dof // num_space, num_space)
    along = (batch, num_space, dof // num_space, num_space)
    return _RealParts(
        dof // num_space,
        jnp.real(d.gradient).reshape(one),
        jnp.real(d.second).reshape(one),
        jnp.real(d.cm_gradient).reshape(along),
        jnp.real(d.cm_second).reshape(along),
        jnp.real(d.cm_third),
    )
