"""Schroedinger equation on a grid for one to three degrees of freedom, by split steps.

iħ ∂ψ/∂t = [-Σᵢ ħ²/(2mᵢ) ∂ᵢ² + U(q, t)] ψ, with one mass per degree of freedom: (m, m, ..) in
particle coordinates, (N m, m, ..) in centre-of-mass coordinates. The potential acts in position
space, the kinetic energy in wavenumber space; each is exact.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.core.fft import inverse_transform, transform
from zitter.core.grid import Grid
from zitter.system.potentials import total_potential
from zitter.wavefunctions.grid_psi import GridPsi, psi_from_samples

__all__ = [
    "Evolution",
    "GridPsi",
    "configuration_potential",
    "energy",
    "evolve_schrodinger",
    "psi_from_samples",
    "values_on_grid",
]

Potential = Callable[[Array, Any], Array]

# exp(aV) exp(bT) exp(aV) .. : kicks by the potential and drifts by the kinetic energy. Order 4 is
# S6 of Blanes & Moan, J. Comput. Appl. Math. 142 (2002) 313: six drifts with small error terms.
_A1, _A2, _A3 = 0.0792036964311957, 0.353172906049774, -0.0420650803577195
_B1, _B2 = 0.209515106613362, -0.143851773179818
_A4, _B3 = 1.0 - 2.0 * (_A1 + _A2 + _A3), 0.5 - (_B1 + _B2)
SCHEMES = {
    2: ((0.5, 0.5), (1.0,)),
    4: ((_A1, _A2, _A3, _A4, _A3, _A2, _A1), (_B1, _B2, _B3, _B3, _B2, _B1)),
}

# A packet is resolved when next to nothing lies beyond this phase per cell (π is the limit).
LARGEST_PHASE_PER_CELL = 2.5
UNRESOLVED_SHARE = 1e-6


class Evolution(NamedTuple):
    """ψ on the grid at the times asked for, with what tells whether to trust it."""

    psi: Array
    """(time, *num) [1/length^(dof/2)]"""
    times: Array
    """(time,) [time]"""
    norm: Array
    """∫|ψ|², (time,) [1]"""
    energy: Array
    """⟨H⟩, (time,) [energy]"""
    edge: Array
    """Probability in the outermost 1/16 of the box on either side, (time,) [1]"""
    phase_per_cell: Array
    """k h below which all but 1e-6 of the momentum distribution lies, (time,) [1]"""


def evolve_schrodinger(
    psi0: Array,
    grid: Grid,
    potential: Potential,
    times: Any,
    masses: Any,
    hbar: float = 1.0,
    *,
    time_step: float,
    order: int = 2,
    leak_tolerance: float = 1e-6,
) -> Evolution:
    """ψ(q, t) on the grid at `times`, by split steps of order 2 (Strang) or 4 (Blanes-Moan S6).

    Equation: (36), (37)

    Args:
        psi0: ψ at times[0], (*num).
        grid: Grid of one to three degrees of freedom.
        potential: U(q, t) of one configuration q (dof,) -> energy, traceable by JAX.
        times: increasing, (time,) [time].
        masses: one per degree of freedom, (dof,) [mass].
        hbar: [mass*length^2/time].
        time_step: longest step [time]; each interval is cut into equal steps not longer than it.
        order: 2 or 4.
        leak_tolerance: largest share of the norm allowed near the ends of the box [1].

    Returns:
        Evolution.

    Raises:
        ValueError: bad shapes, times or masses; a potential that is not finite on the grid.
        ValidityError: ψ is not resolved by the grid, by the time step, or leaves the box.

    Validity: ψ stays inside of the box, which is periodic. The change of `energy` (static
    potentials) falls as time_step^order and shows the error of the step.
    """
    times = np.asarray(times, dtype=float)
    masses = jnp.asarray(masses, dtype=float)
    _require_problem(psi0, grid, times, masses, hbar, time_step, order)
    system = _System(grid, potential, masses, float(hbar), order, _depends_on_time(potential, grid))
    psi = jnp.asarray(psi0, dtype=complex)
    frames = [psi]
    diagnostics = [_checked(system, psi, times[0], time_step, leak_tolerance)]
    for begin, end in pairwise(times):
        num_steps = max(1, int(np.ceil((end - begin) / time_step * (1.0 - 1e-12))))
        dt = (end - begin) / num_steps
        psi = _advance(system, psi, jnp.asarray(begin), jnp.asarray(dt), jnp.asarray(num_steps))
        frames.append(psi)
        diagnostics.append(_checked(system, psi, end, time_step, leak_tolerance))
    columns = (jnp.asarray(column) for column in zip(*diagnostics, strict=True))
    return Evolution(jnp.stack(frames), jnp.asarray(times), *columns)


def configuration_potential(
    U_ext: Potential | None, V_pair: Potential | None, num_particles: int, num_space: int = 1
) -> Potential:
    """Total potential U(q, t) = Σᵢ U_ext(xᵢ, t) + Σ_{j<k} V(x_j - x_k, t) of a configuration q.

    Equation: (4)

    Args:
        U_ext: U(x, t) of one position x (D,) -> [energy], or None.
        V_pair: V(r, t) of r = x_j - x_k (D,) -> [energy], even in r, or None.
        num_particles: N.
        num_space: D; q has shape (N*D,), particle by particle.

    Returns:
        U(q, t).

    Raises:
        ValueError: a count below 1.
    """
    require_count("num_particles", num_particles)
    require_count("num_space", num_space)
    return _ConfigurationPotential(U_ext, V_pair, num_particles, num_space)


class _ConfigurationPotential(eqx.Module):
    """total_potential of a flat configuration; a pytree, so that parameters do not recompile."""

    U_ext: Potential | None
    V_pair: Potential | None
    num_particles: int = eqx.field(static=True)
    num_space: int = eqx.field(static=True)

    def __call__(self, q: Array, t: Any) -> Array:
        X = q.reshape(self.num_particles, self.num_space)
        return total_potential(self.U_ext, self.V_pair, X, t)


def values_on_grid(f: Potential, grid: Grid, t: Any) -> Array:
    """f(q, t) at every point of the grid, (*num), of a potential or of any LogPsi."""
    return jax.vmap(lambda q: f(q, t))(jnp.asarray(grid.points)).reshape(grid.num)


def energy(psi: Array, grid: Grid, potential: Potential, t: Any, masses: Any, hbar=1.0) -> Array:
    """Mean energy ⟨H⟩ = ∫ψ*Hψ / ∫|ψ|² [energy].

    Equation: (37)
    """
    masses = jnp.asarray(masses, dtype=float)
    return _measure(
        _System(grid, potential, masses, float(hbar), 2, True), jnp.asarray(psi), jnp.asarray(t)
    )[1]


class _System(eqx.Module):
    """What a step needs; the static fields are compiled in."""

    grid: Grid = eqx.field(static=True)
    potential: Potential
    masses: Array
    hbar: float = eqx.field(static=True)
    order: int = eqx.field(static=True)
    moving: bool = eqx.field(static=True)


@eqx.filter_jit
def _advance(system: _System, psi: Array, begin: Array, dt: Array, num_steps: Array) -> Array:
    a, b = SCHEMES[system.order]
    dof = system.grid.num_axes
    U = None if system.moving else values_on_grid(system.potential, system.grid, begin)

    def phase(share: float, energy: Array) -> Array:
        return jnp.exp(-1j * share * dt / system.hbar * energy)

    drifts = {share: phase(share, _kinetic_energy(system)) for share in set(b)}
    kicks = {} if U is None else {share: phase(share, U) for share in set(a)}

    def kick(psi: Array, share: float, t: Any) -> Array:
        if U is not None:
            return psi * kicks[share]
        return psi * phase(share, values_on_grid(system.potential, system.grid, t))

    def step(i: Any, psi: Array) -> Array:
        passed = 0.0
        for share, drift in zip(a[:-1], b, strict=True):
            psi = kick(psi, share, begin + (i + passed) * dt)
            psi = inverse_transform(transform(psi, dof) * drifts[drift], dof)
            passed += drift
        return kick(psi, a[-1], begin + (i + 1) * dt)

    return jax.lax.fori_loop(0, num_steps, step, psi)


def _kinetic_energy(system: _System) -> Array:
    """Σᵢ ħ²kᵢ²/(2mᵢ) on the grid of wavenumbers."""
    parts = [system.hbar**2 * k**2 for k in system.grid.wavenumbers]
    mesh = jnp.meshgrid(*parts, indexing="ij")
    return sum(0.5 * part / m for part, m in zip(mesh, system.masses, strict=True))


@eqx.filter_jit
def _measure(system: _System, psi: Array, t: Any) -> tuple[Array, ...]:
    """Norm, energy, share near the edges, phase per cell, fastest occupied phase rate."""
    grid, dof = system.grid, system.grid.num_axes
    density = jnp.abs(psi) ** 2
    norm = grid.integrate(density)
    spectrum = jnp.abs(transform(psi, dof)) ** 2
    spectrum = spectrum / jnp.sum(spectrum)
    U = values_on_grid(system.potential, grid, t)
    kinetic = _kinetic_energy(system)
    mean = jnp.sum(spectrum * kinetic) + grid.integrate(density * U) / norm
    edge, phase, fastest = 0.0, 0.0, 0.0
    for axis, n in enumerate(grid.num):
        others = tuple(i for i in range(dof) if i != axis)
        profile = jnp.sum(density, axis=others) / jnp.sum(density)
        margin = max(1, n // 16)
        edge = jnp.maximum(edge, jnp.sum(profile[:margin]) + jnp.sum(profile[-margin:]))
        k = np.abs(grid.wavenumbers[axis])
        largest = _upper_quantile(k, jnp.sum(spectrum, axis=others))
        phase = jnp.maximum(phase, largest * grid.spacing[axis])
        fastest += system.hbar * largest**2 / (2.0 * system.masses[axis])
    return norm, mean, edge, phase, fastest, jnp.all(jnp.isfinite(U))


def _upper_quantile(k: np.ndarray, weight: Array) -> Array:
    # Sorted here: XLA would sort this constant too, at compile time and slowly.
    order = np.argsort(k, kind="stable")
    beyond = jnp.cumsum(weight[order][::-1])[::-1]
    return jnp.max(jnp.where(beyond > UNRESOLVED_SHARE, k[order], 0.0))


def _checked(system: _System, psi: Array, t: float, time_step: float, leak: float) -> tuple:
    values = [float(v) for v in _measure(system, psi, jnp.asarray(t))]
    norm, mean, edge, phase, fastest, finite = values
    if not finite:
        raise ValueError(f"`potential` must be finite on the grid, but is not at t = {t:g}.")
    if not norm > 0.0 or not np.isfinite(norm):
        raise ValueError(f"`psi0` must have a positive norm, but it is {norm:g} at t = {t:g}.")
    if phase > LARGEST_PHASE_PER_CELL:
        raise ValidityError(
            f"The phase changes by {phase:.2f} rad per cell at t = {t:g}: the grid does not "
            f"resolve this ψ. Use more points than {system.grid.num} or a smaller box."
        )
    if edge > leak:
        raise ValidityError(
            f"A share {edge:.2g} of |ψ|² is at the ends of the box at t = {t:g} "
            f"(allowed: {leak:.2g}). Use a larger box or an earlier last time."
        )
    turn = fastest * max(np.abs(SCHEMES[system.order][1]))
    if turn * time_step > np.pi:
        raise ValidityError(
            f"The kinetic phase changes by {turn * time_step:.2f} rad per drift at t = {t:g}. "
            f"Use time_step <= {np.pi / turn:.3g}."
        )
    return norm, mean, edge, phase


def _depends_on_time(potential: Potential, grid: Grid) -> bool:
    """Whether t enters any operation of the potential; what is not traced so is not assumed."""
    jaxpr = jax.make_jaxpr(potential)(jnp.zeros(grid.num_axes), jnp.zeros(())).jaxpr
    t = jaxpr.invars[1]
    return any(t is v for equation in jaxpr.eqns for v in equation.invars)


def _require_problem(psi0, grid, times, masses, hbar, time_step, order) -> None:
    require_shape("psi0", psi0, grid.num, "num")
    require_finite("psi0", psi0)
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    if np.any(np.diff(times) <= 0.0) or len(times) < 1:
        raise ValueError("`times` must increase.")
    require_shape("masses", masses, (grid.num_axes,), "(dof,)")
    require_positive("masses", masses)
    require_positive("hbar", hbar)
    require_positive("time_step", time_step)
    if order not in SCHEMES:
        raise ValueError(f"`order` must be 2 or 4, but is {order}.")
