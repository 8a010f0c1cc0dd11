"""Madelung fields of ψ = √ρ exp(iS/ħ): velocities, drifts, quantum potentials.

All come from derivatives of ln ψ, so that they are right where |ψ|² underflows. Masses are a
vector over the degrees of freedom: (m, .., m) for particles, (N m, m, .., m) in centre-of-mass
coordinates. For S and ρ themselves: S = ħ Im ln ψ (modulo h), ρ = exp(2 Re ln ψ).
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from zitter.core.checks import require_count, require_positive, require_shape
from zitter.core.grid import Grid
from zitter.system.coordinates import (
    centre_of_mass_gradient,
    log_density_shift,
    particle_coordinates,
)
from zitter.wavefunctions.derivatives import LogPsi, derivatives, require_scales_of


def density(psi: Any, Q: Array, t: Any) -> Array:
    """Probability density ρ = |ψ|², (batch,) [1/length^dof].

    Equation: (8), integrand
    """
    return jnp.exp(2.0 * jnp.real(derivatives(psi, Q, t, 1).log_psi))


def phase(psi: Any, Q: Array, t: Any, hbar: float = 1.0) -> Array:
    """Phase S = ħ Im ln ψ, known modulo h, (batch,) [mass*length^2/time]."""
    return hbar * jnp.imag(derivatives(psi, Q, t, 1).log_psi)


def current_velocity(psi: Any, Q: Array, t: Any, masses: Any, hbar: float = 1.0) -> Array:
    """Current velocity v_i = (ħ/m_i) Im ∂_i ln ψ = ∂_i S / m_i.

    Equation: (5)

    Args:
        psi: a LogPsi, or a structure with a method `derivatives`.
        Q: configurations (batch, dof) [length].
        t: time [time].
        masses: (dof,) [mass].
        hbar: [mass*length^2/time].

    Returns:
        (batch, dof) [length/time].

    Raises:
        ValueError: shapes do not match, or a mass is not positive.
    """
    return jnp.imag(_complex_velocity(psi, Q, t, masses, hbar))


def osmotic_velocity(psi: Any, Q: Array, t: Any, masses: Any, hbar: float = 1.0) -> Array:
    """Osmotic velocity u_i = (ħ/m_i) Re ∂_i ln ψ = (ħ/2m_i) ∂_i ln ρ.

    Equation: (6)

    Arguments, shape and unit as for current_velocity.
    """
    return jnp.real(_complex_velocity(psi, Q, t, masses, hbar))


def forward_drift(psi: Any, Q: Array, t: Any, masses: Any, hbar: float = 1.0) -> Array:
    """Forward drift b = v + u of the diffusion that ψ describes, (batch, dof) [length/time].

    Equation: (9), (24), (25), (38), (39), (61)

    Arguments as for current_velocity.
    """
    complex_velocity = _complex_velocity(psi, Q, t, masses, hbar)
    return jnp.imag(complex_velocity) + jnp.real(complex_velocity)


def backward_drift(psi: Any, Q: Array, t: Any, masses: Any, hbar: float = 1.0) -> Array:
    """Backward drift b* = v - u of the same diffusion seen in reversed time.

    Equation: (10)

    Arguments, shape and unit as for forward_drift.
    """
    complex_velocity = _complex_velocity(psi, Q, t, masses, hbar)
    return jnp.imag(complex_velocity) - jnp.real(complex_velocity)


def centre_of_mass_current_velocity(
    psi: Any, Q: Array, t: Any, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Current velocity of the centre of mass, v_cm = (1/M) ∂S/∂x_cm = (1/N) Σᵢ vᵢ.

    Equation: (15), (75), the first with 1/M for the printed 1/m

    Args:
        psi: LogPsi in particle coordinates.
        Q: configurations (batch, N*D) [length].
        t: time [time].
        mass: m of one particle [mass].
        hbar: [mass*length^2/time].
        num_space: D.

    Returns:
        (batch, D) [length/time].
    """
    return jnp.imag(_split_velocity(psi, Q, t, mass, hbar, num_space)[0])


def centre_of_mass_osmotic_velocity(
    psi: Any, Q: Array, t: Any, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Osmotic velocity of the centre of mass, u_cm = (ħ/2M) ∂ ln ρ/∂x_cm, (batch, D) [length/time].

    Equation: (16), with ħ/2M for the printed ħ/2m; (59) for a Gaussian

    Arguments as for centre_of_mass_current_velocity.
    """
    return jnp.real(_split_velocity(psi, Q, t, mass, hbar, num_space)[0])


def relative_current_velocity(
    psi: Any, Q: Array, t: Any, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Current velocity (1/m) ∂S/∂y_j of y, (batch, N - 1, D) [length/time].

    Equation: (17)

    Arguments as for centre_of_mass_current_velocity.
    """
    return jnp.imag(_split_velocity(psi, Q, t, mass, hbar, num_space)[1])


def relative_osmotic_velocity(
    psi: Any, Q: Array, t: Any, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Osmotic velocity (ħ/2m) ∂ ln ρ/∂y_j of y, (batch, N - 1, D) [length/time].

    Equation: (18)

    Arguments as for centre_of_mass_current_velocity.
    """
    return jnp.real(_split_velocity(psi, Q, t, mass, hbar, num_space)[1])


def quantum_potential(psi: Any, Q: Array, t: Any, masses: Any, hbar: float = 1.0) -> Array:
    """Quantum potential Q = -Σᵢ (ħ²/2mᵢ) ∂ᵢ²R/R, R = √ρ, (batch,) [energy].

    The paper calls it quantum kinetic.

    Equation: (40) + (41)

    Arguments as for current_velocity.
    """
    masses = _masses(masses, Q)
    d = derivatives(psi, Q, t, 2)
    curvature = jnp.real(d.second) + jnp.real(d.gradient) ** 2
    return -jnp.sum(hbar**2 / (2.0 * masses) * curvature, axis=-1)


def centre_of_mass_quantum_potential(
    psi: Any, Q: Array, t: Any, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Quantum potential of the centre of mass, Q_cm = -(ħ²/2M) ∂²R/∂x_cm² / R, (batch,) [energy].

    Equation: (40), with the joint R = √ρ(x_cm, y)

    Arguments as for centre_of_mass_current_velocity.
    """
    require_positive("mass", mass)
    d = derivatives(psi, Q, t, 3, num_space)
    num_particles = Q.shape[1] // num_space
    first = jnp.real(d.gradient).reshape(-1, num_particles, num_space).sum(axis=1)
    mixed = jnp.real(d.cm_gradient).reshape(-1, num_space, num_particles, num_space).sum(axis=2)
    curvature = jnp.trace(mixed, axis1=1, axis2=2) + jnp.sum(first**2, axis=-1)
    return -(hbar**2) / (2.0 * num_particles * mass) * curvature


def relative_quantum_potential(
    psi: Any, Q: Array, t: Any, *, mass: float, hbar: float = 1.0, num_space: int = 1
) -> Array:
    """Quantum potential of y, Σ_j Q_j = -Σ_j (ħ²/2m) ∂²R/∂y_j² / R, (batch,) [energy].

    Equation: (41), as total minus (40): Σ_j ∂²/∂y_j² = Σᵢ ∂ᵢ² - (1/N) (Σᵢ ∂ᵢ)²

    Arguments as for centre_of_mass_current_velocity.
    """
    total = quantum_potential(psi, Q, t, jnp.full(Q.shape[1], mass), hbar)
    return total - centre_of_mass_quantum_potential(
        psi, Q, t, mass=mass, hbar=hbar, num_space=num_space
    )


def in_centre_of_mass_coordinates(psi: LogPsi, num_particles: int, num_space: int = 1) -> LogPsi:
    """The same ψ as a function of z = (x_cm, y₂, .., y_N): ψ(x_cm, y) = N^(D/4) ψ(X).

    Equation: (36) against (37)

    Args:
        psi: LogPsi of q (N*D,).
        num_particles, num_space: N, D.

    Returns:
        LogPsi of z (N*D,), normalised in (x_cm, y); its masses are those of
        coordinate_masses(N, m), each D times.
    """
    shift = 0.5 * log_density_shift(num_particles, num_space)

    def log_psi(z: Array, t: Any) -> Array:
        Z = z.reshape(num_particles, num_space)
        return psi(particle_coordinates(Z[0], Z[1:]).reshape(-1), t) + shift

    return log_psi


def normalisation(psi: LogPsi, grid: Grid, t: Any = 0.0) -> Array:
    """Norm ∫|ψ|² over the box of a grid of the dof axes [1].

    Equation: (8)

    Args:
        psi: LogPsi of one to three degrees of freedom.
        grid: Grid that holds and resolves |ψ|².
        t: time [time].
    """
    log_psi = jax.vmap(lambda q: psi(q, t))(jnp.asarray(grid.points))
    return grid.integrate(jnp.exp(2.0 * jnp.real(log_psi)).reshape(grid.num))


def _masses(masses: Any, Q: Array) -> Array:
    require_shape("Q", Q, (None, None), "(batch, dof)")
    require_shape("masses", masses, (Q.shape[1],), "(dof,)")
    if not isinstance(masses, jax.core.Tracer):
        require_positive("masses", masses)
    return jnp.asarray(masses, dtype=float)


def _complex_velocity(psi: Any, Q: Array, t: Any, masses: Any, hbar: float) -> Array:
    """(ħ/m_i) ∂_i ln ψ = u_i + i v_i."""
    masses = _masses(masses, Q)
    return hbar / masses * derivatives(psi, Q, t, 1).gradient


def _split_velocity(
    psi: Any, Q: Array, t: Any, mass: float, hbar: float, num_space: int
) -> tuple[Array, Array]:
    """u + i v of x_cm (batch, D) and of y (batch, N - 1, D)."""
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    require_count("num_space", num_space, 1, 3)
    require_scales_of(psi, mass=mass, hbar=hbar)
    require_shape("Q", Q, (None, None), "(batch, dof)")
    if Q.shape[1] % num_space:
        raise ValueError(f"`num_space` = {num_space} must divide the {Q.shape[1]} coordinates.")
    num_particles = Q.shape[1] // num_space
    gradient = derivatives(psi, Q, t, 1, num_space).gradient
    split = jax.vmap(centre_of_mass_gradient)(gradient.reshape(-1, num_particles, num_space))
    return hbar / (num_particles * mass) * split.x_cm, hbar / mass * split.y
