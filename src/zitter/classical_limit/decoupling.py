"""How far x_cm and y are from decoupling: information, purity, mixed derivatives.

Any ψ, from draws Q of |ψ|²: each draw has its conditional wavefunction φ_y(x) = Ψ(x, y)/√p(y) on
a grid of x_cm. The reduced state of x_cm is the mean of |φ_y⟩⟨φ_y| over the draws, so that
    I(x_cm; y) = h(mean |φ_y|²) - mean h(|φ_y|²),    Tr ρ_cm² = mean |⟨φ_y|φ_y'⟩|²,
the latter over pairs of draws. Closed form: Gaussian states. Without sampling: ψ on a grid.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.classical_limit._points import evaluated, moved_together, require_time
from zitter.classical_limit.conditional import conditional_log_psi
from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_kind,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid, require_grid
from zitter.core.statistics import Estimate
from zitter.system.coordinates import centre_of_mass_gradient, particle_coordinates
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.gaussian import packet_state
from zitter.wavefunctions.normal_modes import GaussianModes

LARGEST_EDGE, LARGEST_QUADRATURE_ERROR = 1e-6, 1e-3
_CHUNK_ENTRIES = 300_000


class MixedDerivatives(NamedTuple):
    """Derivatives that vanish if x_cm and y decouple, each (batch, D, N - 1, D)."""

    log_density: Array
    """∂² ln ρ/∂x_cm,a ∂y_j,b [1/length^2]"""
    phase: Array
    """∂²S/∂x_cm,a ∂y_j,b [mass/time]"""


class Decoupling(NamedTuple):
    """Correlation of x_cm and y in a pure state."""

    mutual_information: float
    """I(x_cm; y) of |ψ|² [nats]"""
    purity: float
    """Tr ρ_cm², 1 for a product [1]"""


def mutual_information(psi: Any, Q: Array, t: Any, grid: Grid, *, num_space: int = 1) -> Estimate:
    """Mutual information I(x_cm; y) of |ψ|², from draws of it [nats].

    Equation: (85), which asserts 0 for N -> ∞

    Args:
        psi: LogPsi of particle coordinates, or a structure with `derivatives`.
        Q: independent draws of |ψ|² at time t, (batch, dof), an even number [length].
        t: time [time].
        grid: Grid of x_cm, D axes, that holds and resolves all conditional wavefunctions.
        num_space: D.

    Returns:
        Estimate in nats. The bias c/batch is removed by comparison with both halves.

    Raises:
        ValidityError: the grid is too small or too coarse.
        ValueError: shapes do not match, fewer than 4 draws or an odd number.

    Validity: at most ln(batch) can be found; far less must be.
    """
    _require_draws(Q)
    p = np.abs(conditional_states(psi, Q, t, grid, num_space=num_space)) ** 2
    p = p.reshape(len(p), -1)

    def information(p: np.ndarray) -> float:
        return _entropy(p.mean(axis=0)) - float(np.mean(_entropy(p)))

    half = len(p) // 2
    value = 2.0 * information(p) - 0.5 * (information(p[:half]) + information(p[half:]))
    cross = -np.sum(p * _log(p.mean(axis=0)), axis=1)
    distance = (cross - _entropy(p)) * grid.cell_volume
    return Estimate(value * grid.cell_volume, _standard_error(distance))


def centre_of_mass_purity(
    psi: Any, Q: Array, t: Any, grid: Grid, *, num_space: int = 1
) -> Estimate:
    """Purity Tr ρ_cm² of the reduced state of x_cm, without bias, from draws of |ψ|² [1].

    Equation: (85), (93), which imply 1 for N -> ∞

    Arguments as for mutual_information.
    """
    _require_draws(Q)
    phi = conditional_states(psi, Q, t, grid, num_space=num_space).reshape(len(Q), -1)
    overlap = np.abs(phi.conj() @ phi.T * grid.cell_volume) ** 2
    np.fill_diagonal(overlap, 0.0)
    rows = overlap.sum(axis=1) / (len(Q) - 1)
    return Estimate(float(rows.mean()), 2.0 * _standard_error(rows))


def conditional_states(psi: Any, Q: Array, t: Any, grid: Grid, *, num_space: int = 1) -> np.ndarray:
    """Normalised conditional wavefunctions φ_y(x) on a grid of x_cm, one for each configuration.

    Equation: (64), normalised

    Arguments as for mutual_information.

    Returns:
        (batch, *num) complex [1/length^(num_space/2)].

    Raises:
        ValidityError: the grid is too small or too coarse.
    """
    require_shape("Q", Q, (None, None), "(batch, dof)")
    require_grid(grid)
    require_numbers(t=t)
    if grid.num_axes != num_space:
        raise ValueError(f"`grid` must have num_space = {num_space} axes, but has {grid.num_axes}.")
    x = jnp.asarray(grid.points)[None]
    size = max(1, _CHUNK_ENTRIES // (x.shape[1] * np.shape(Q)[1]))
    parts = [Q[k : k + size] for k in range(0, len(Q), size)]
    logs = [
        np.asarray(conditional_log_psi(psi, jnp.repeat(x, len(q), 0), q, t, num_space))
        for q in parts
    ]
    log_phi = np.concatenate(logs)
    phi = np.exp(log_phi - log_phi.real.max(axis=1, keepdims=True))
    _require_held(np.abs(phi.reshape(-1, *grid.num)) ** 2)
    norm = np.sum(np.abs(phi) ** 2, axis=1, keepdims=True) * grid.cell_volume
    return (phi / np.sqrt(norm)).reshape(-1, *grid.num)


def decoupling_on_grid(psi: Array, grid: Grid, *, num_space: int = 1) -> Decoupling:
    """Mutual information and purity of ψ(x_cm, y) given on a grid, without sampling.

    Equation: (85), (93)

    Args:
        psi: (*num), the first D axes those of x_cm, not necessarily normalised.
        grid: Grid of (x_cm, y).
        num_space: D.

    Returns:
        Decoupling.

    Raises:
        ValueError: shapes do not match, or ψ vanishes everywhere.
    """
    require_grid(grid)
    require_shape("psi", psi, grid.num, "num")
    require_finite("psi", psi)
    require_count("num_space", num_space, 1, grid.num_axes - 1)
    matrix = np.asarray(psi, complex).reshape(int(np.prod(grid.num[:num_space])), -1)
    matrix = matrix / np.linalg.norm(matrix)
    require_finite("psi, normalised,", matrix)
    p = np.abs(matrix) ** 2
    marginals = _entropy(p.sum(axis=1)) + _entropy(p.sum(axis=0))
    # The cell volumes cancel in the sum of entropies.
    reduced = matrix @ matrix.conj().T
    return Decoupling(float(marginals - _entropy(p.ravel())), float(np.sum(np.abs(reduced) ** 2)))


def gaussian_decoupling(psi: GaussianModes, t: float = 0.0) -> Decoupling:
    """Mutual information ½ ln(det C_cm det Λ_cm) and purity (ħ/2)^D/√det C of Gaussian states.

    C_cm is the covariance of x_cm, Λ_cm the inverse one of x_cm at given y, and C that of
    (x_cm, p_cm).

    Equation: (85), (93)

    Args:
        psi: GaussianModes.
        t: time [time].

    Returns:
        Decoupling.
    """
    require_kind("psi", psi, GaussianModes)
    require_numbers(t=t)
    N, D, hbar = psi.num_particles, psi.num_space, float(psi.hbar)
    A = np.broadcast_to(np.asarray(packet_state(psi.packet, t).A), (N * D,))
    along = np.asarray(psi.modes.vectors).reshape(N, D, -1).sum(axis=0)

    def summed(diagonal: np.ndarray) -> np.ndarray:
        return (along * diagonal) @ along.T

    C_x = summed(0.25 / A.real) / N**2
    C_xp = summed(-0.5 * hbar * A.imag / A.real) / N
    C_p = summed(hbar**2 * np.abs(A) ** 2 / A.real)
    information = 0.5 * np.log(np.linalg.det(C_x) * np.linalg.det(summed(4.0 * A.real)))
    full = np.block([[C_x, C_xp], [C_xp.T, C_p]])
    purity = (0.5 * hbar) ** D / np.sqrt(np.linalg.det(full))
    return Decoupling(float(information), float(purity))


def mixed_derivatives(
    psi: Any, Q: Array, t: Any, *, hbar: float = 1.0, num_space: int = 1
) -> MixedDerivatives:
    """Mixed derivatives ∂² ln ρ/∂x_cm∂y_j and ∂²S/∂x_cm∂y_j.

    Equation: (85), (93), which assert that they vanish for N -> ∞

    Args:
        psi: LogPsi of particle coordinates, or a structure with `derivatives`.
        Q: configurations (batch, dof) [length].
        t: time [time].
        hbar: [mass*length^2/time].
        num_space: D.

    Returns:
        MixedDerivatives, each (batch, D, N - 1, D).

    Raises:
        ValueError: shapes do not match, or hbar is not positive.
    """
    require_positive("hbar", hbar)
    require_time(t)
    require_finite("Q", Q)
    require_real("Q", Q)
    mixed = jnp.asarray(derivatives(psi, jnp.asarray(Q, float), t, 3, num_space).cm_gradient)
    mixed = mixed.reshape(*mixed.shape[:2], -1, num_space)
    split = jax.vmap(jax.vmap(lambda g: centre_of_mass_gradient(g).y))(mixed)
    return MixedDerivatives(2.0 * jnp.real(split), hbar * jnp.imag(split))


def relative_quantum_potentials(
    psi: Any,
    x_cm: Array,
    Q: Array,
    t: Any,
    *,
    mass: float,
    hbar: float = 1.0,
    num_space: int = 1,
) -> Array:
    """Quantum potential of each relative coordinate, Q_j = -(ħ²/2m) ∂_j²R/R, at points x_cm.

    Equation: (86), which asserts that it does not depend on x_cm for N -> ∞

    Args:
        psi: LogPsi of particle coordinates, traceable by JAX.
        x_cm: points (batch, num, D) [length].
        Q: configurations (batch, dof), whose y is kept [length].
        t: time [time].
        mass: m of each particle [mass].
        hbar: [mass*length^2/time].
        num_space: D.

    Returns:
        (batch, num, N - 1) [energy].

    Raises:
        ValueError: shapes do not match, mass or hbar is not positive or not that of psi.
    """
    scales = dict(mass=mass, hbar=hbar, num_space=num_space)
    return evaluated(_relative_quantum_potentials, psi, x_cm, Q, t, **scales)


def _relative_quantum_potentials(psi, x_cm, Q, t, *, mass, hbar, num_space) -> Array:
    X = moved_together(Q, x_cm, num_space)
    num_y = Q.shape[1] // num_space - 1
    units = jnp.eye(num_y * num_space).reshape(-1, num_y, num_space)
    origin = jnp.zeros(num_space)
    axes = jax.vmap(lambda y: particle_coordinates(origin, y).reshape(-1))(units)

    def one(q: Array) -> Array:
        def along(e: Array) -> Array:
            def slope(z: Array) -> Array:
                return jax.jvp(lambda z: jnp.real(psi(z, t)), (z,), (e,))[1]

            first, second = jax.jvp(slope, (q,), (e,))
            return second + first**2

        return jax.vmap(along)(axes).reshape(num_y, num_space).sum(axis=1)

    return -(hbar**2) / (2.0 * mass) * jax.vmap(jax.vmap(one))(X)


def _require_draws(Q: Array) -> None:
    require_shape("Q", Q, (None, None), "(batch, dof)")
    require_count("number of draws", len(Q), 4)
    if len(Q) % 2:
        raise ValueError(f"The number of draws must be even, but is {len(Q)}.")


def _require_held(density: np.ndarray) -> None:
    """Raise unless conditional densities (batch, *num) end inside of the box and are resolved."""
    largest = density.max(axis=tuple(range(1, density.ndim)))
    worst_edge, worst_change = 0.0, 0.0
    for axis in range(1, density.ndim):
        ends = np.take(density, [0, -1], axis=axis)
        worst_edge = max(
            worst_edge, float(np.max(ends.max(axis=tuple(range(1, ends.ndim))) / largest))
        )
        even = np.take(density, np.arange(0, density.shape[axis], 2), axis=axis)
        sums = [f.sum(axis=tuple(range(1, f.ndim))) / f.shape[axis] for f in (even, density)]
        worst_change = max(worst_change, float(np.max(np.abs(sums[0] / sums[1] - 1.0))))
    if worst_edge > LARGEST_EDGE or worst_change > LARGEST_QUADRATURE_ERROR:
        raise ValidityError(
            f"`grid` does not hold the conditional densities of x_cm: up to {worst_edge:.1e} of a "
            f"maximum lies at an end, and every other point gives another norm by up to "
            f"{worst_change:.1e}. Use a wider box or more points."
        )


def _entropy(p: np.ndarray) -> Any:
    """-Σ p ln p over the last axis."""
    return -np.sum(p * _log(p), axis=-1)


def _log(p: np.ndarray) -> np.ndarray:
    """ln p where p > 0, and 0 where it vanishes and has no weight."""
    return np.log(np.where(p > 0.0, p, 1.0))


def _standard_error(values: np.ndarray) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))
