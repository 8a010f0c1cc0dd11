"""Two interacting particles in D dimensions: closed-form centre of mass times a relative grid.

With U_ext at most quadratic the problem separates in x_cm = (x₁ + x₂)/2 and r = x₁ - x₂:
    ψ(x₁, x₂, t) = g(x_cm, t) φ(r, t),
g a Gaussian packet of mass M = 2m in 2 U_ext, φ on a grid with mass m/2 in k r²/4 + V(r).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import ValidityError, require_count, require_finite, require_shape
from zitter.core.grid import Grid
from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, packet_state
from zitter.wavefunctions.grid_psi import GridPsi
from zitter.wavefunctions.schrodinger import Evolution, Potential, evolve_schrodinger

LARGEST_CURVATURE_CHANGE = 1e-9


class TwoBodyPsi(eqx.Module):
    """ψ(x₁, x₂, t) = g((x₁ + x₂)/2, t) φ(x₁ - x₂, t), a LogPsi of q = (x₁, x₂) of shape (2D,).

    Args:
        centre_of_mass: packet of mass 2m, fields of shape (D,).
        relative: GridPsi of r on a D-dimensional grid.

    Raises:
        ValueError: dimensions that do not match.
    """

    centre_of_mass: GaussianPacket
    relative: GridPsi

    def __check_init__(self):
        D = self.relative.grid.num_axes
        require_shape("centre_of_mass.width", self.centre_of_mass.width, (D,), "(num_space,)")

    num_particles = 2

    @property
    def num_space(self) -> int:
        """Space dimensions D."""
        return self.relative.grid.num_axes

    @property
    def mass(self) -> Array:
        """Mass m of one particle [mass]."""
        return 0.5 * self.centre_of_mass.mass

    @property
    def hbar(self) -> Array:
        """Reduced Planck constant [mass*length^2/time]."""
        return self.centre_of_mass.hbar

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (2D,)."""
        x_cm, r = _split(q[None], self.num_space)
        return self.centre_of_mass(x_cm[0], t) + self.relative(r[0], t)

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and derivatives at configurations Q (batch, 2D); the grid gives orders 1 and 2."""
        require_count("order", order, 1, 3)
        D = self.num_space
        require_shape("Q", Q, (None, 2 * D), "(batch, 2 D)")
        x_cm, r = _split(Q, D)
        relative = self.relative.derivatives(r, t, min(order, 2))
        state = jax.vmap(lambda s: packet_state(self.centre_of_mass, s))(
            jnp.broadcast_to(jnp.asarray(t, dtype=float), Q.shape[:1])
        )
        cm = -2.0 * state.A * (x_cm - state.q) + 1j * state.p / self.hbar
        log_psi = jax.vmap(self.centre_of_mass)(x_cm, jnp.broadcast_to(t, Q.shape[:1]))
        log_psi = log_psi + relative.log_psi
        g = relative.gradient
        gradient = jnp.concatenate([0.5 * cm + g, 0.5 * cm - g], axis=1)
        if relative.second is None:
            return Derivatives(log_psi, gradient)
        second = jnp.tile(-0.5 * state.A + relative.second, (1, 2))
        if order == 2:
            return Derivatives(log_psi, gradient, second)
        # ∂_a = Σᵢ∂ᵢ leaves r alone, and ln g is quadratic.
        cm_gradient = jnp.einsum("ba,ai->bai", -state.A, jnp.tile(jnp.eye(D), 2))
        zero = jnp.zeros_like(cm_gradient)
        return Derivatives(log_psi, gradient, second, cm_gradient, zero, zero[:, :, :D])


def two_body_evolution(
    phi0: Array,
    grid: Grid,
    U_ext: Potential | None,
    V_pair: Potential | None,
    times: Any,
    *,
    mass: float = 1.0,
    hbar: float = 1.0,
    cm_width: Any = 1.0,
    cm_centre: Any = 0.0,
    cm_momentum: Any = 0.0,
    time_step: float,
    order: int = 2,
    derivative_order: int = 2,
) -> tuple[TwoBodyPsi, Evolution]:
    """Two particles with a pair potential in a U_ext that is at most quadratic.

    Equation: (36), (37) for N = 2, separated

    Args:
        phi0: φ(r) at times[0], (*num).
        grid: Grid of r = x₁ - x₂ in D dimensions.
        U_ext: U(x, t) of one position (D,) -> [energy], at most quadratic and static, or None.
        V_pair: V(r, t) -> [energy], or None.
        times: (time,), from 0 on [time]: one frame, or at least 7.
        mass: m of each particle [mass].
        hbar: [mass*length^2/time].
        cm_width, cm_centre, cm_momentum: packet of x_cm at t = 0, per axis: standard deviation
            [length], mean [length], total momentum [mass*length/time].
        time_step, order: of the split steps.
        derivative_order: highest order stored for φ, 1 or 2.

    Returns:
        TwoBodyPsi and the Evolution of φ.

    Raises:
        ValidityError: U_ext is not quadratic, couples axes, or depends on time; or as
            evolve_schrodinger.
    """
    require_count("derivative_order", derivative_order, 1, 2)
    D = grid.num_axes
    if float(np.asarray(times)[0]) != 0.0:
        raise ValueError("`times` must begin at 0, where the packet of x_cm is given.")
    stiffness, force = quadratic_coefficients(U_ext, grid, times)

    def relative_potential(r: Array, t: Any) -> Array:
        pair = 0.0 if V_pair is None else V_pair(r, t)
        return 0.25 * jnp.sum(stiffness * r**2) + pair

    masses = np.full(D, 0.5 * mass)
    evolution = evolve_schrodinger(
        phi0, grid, relative_potential, times, masses, hbar, time_step=time_step, order=order
    )
    relative = GridPsi(
        evolution.psi,
        grid,
        evolution.times,
        mass=0.5 * mass,
        hbar=hbar,
        num_space=D,
        order=derivative_order,
    )
    cm = GaussianPacket(
        jnp.broadcast_to(jnp.asarray(cm_width, dtype=float), (D,)),
        cm_centre,
        cm_momentum,
        stiffness=2.0 * stiffness,
        force=2.0 * force,
        mass=2.0 * mass,
        hbar=hbar,
    )
    return TwoBodyPsi(cm, relative), evolution


def quadratic_coefficients(U_ext: Potential | None, grid: Grid, times: Any) -> tuple[Array, Array]:
    """k and f of U_ext = Σ_axes k x²/2 - f x + const, each (D,), or a refusal.

    Args:
        U_ext: U(x, t) or None.
        grid: Grid whose box is probed.
        times: probed times, (time,) [time].

    Returns:
        Stiffness (D,) [mass/time^2] and force (D,) [mass*length/time^2].

    Raises:
        ValidityError: the Hessian changes with x or t, or has off-diagonal entries.
    """
    D = grid.num_axes
    if U_ext is None:
        return jnp.zeros(D), jnp.zeros(D)
    draws = np.random.default_rng(0).uniform(size=(32, D))
    probes = jnp.asarray(np.asarray(grid.lower) + draws * np.subtract(grid.upper, grid.lower))
    at = jnp.asarray(np.linspace(np.min(times), np.max(times), 32))
    hessians = jax.vmap(jax.hessian(U_ext))(probes, at)
    gradients = jax.vmap(jax.grad(U_ext))(probes, at)
    require_finite("U_ext", gradients)
    size = float(jnp.max(jnp.abs(gradients))) / float(np.max(np.subtract(grid.upper, grid.lower)))
    allowed = LARGEST_CURVATURE_CHANGE * max(size, float(jnp.max(jnp.abs(hessians))))
    stiffness = jnp.diagonal(hessians[0])
    forces = stiffness * probes - gradients
    change = jnp.max(jnp.abs(hessians - jnp.diag(stiffness)))
    drift = jnp.max(jnp.abs(forces - forces[0])) / float(
        np.max(np.subtract(grid.upper, grid.lower))
    )
    if not max(float(change), float(drift)) <= allowed:
        raise ValidityError(
            "`U_ext` must be static and at most quadratic, Σ k x²/2 - f x per axis, for x_cm and "
            f"r to separate, but its second derivatives change by {float(change):.3g}. Put both "
            "particles on one grid instead (1D), or expand `U_ext` to second order."
        )
    return stiffness, forces[0]


def _split(Q: Array, num_space: int) -> tuple[Array, Array]:
    first, second = Q[:, :num_space], Q[:, num_space:]
    return 0.5 * (first + second), first - second
