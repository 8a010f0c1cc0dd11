"""Stationary states of the Hartree equation on a line, by two discretisations.

E φ = [-ħ²/2m ∂² + U + (N - 1) V * |φ|²] φ for sheets, V = 2πG m²|x|, softened gravity, charges and
any other pair potential. Both ways turn it into (T + U + K φ²) φ = E φ with matrices T and K,
solved by Newton's method: "fourier" with plane waves on a uniform grid, "chebyshev" with
polynomials on [0, R].
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.linalg import eigh_tridiagonal

from zitter.core.chebyshev import (
    chebyshev_derivative,
    chebyshev_integral,
    chebyshev_points,
    chebyshev_weights,
)
from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_count,
    require_finite,
    require_numbers,
    require_positive,
)
from zitter.core.grid import Grid
from zitter.mean_field._line_checks import require_static
from zitter.mean_field.hartree import line_mean_field
from zitter.system.pair_potentials import SheetPair
from zitter.system.parameters import require_callable

__all__ = ["LineState", "line_state"]

Potential = Callable[[Any, Any], Any]

METHODS = ("fourier", "chebyshev")
LARGEST_TAIL = 1e-6
# Change of E with twice the points, in units of |E| and of the kinetic energy together.
LARGEST_CHANGE = 1e-3
_DAMPING = 0.5


class LineState(NamedTuple):
    """A stationary orbital φ of norm 1, even or odd, and the potential energy it makes."""

    x: np.ndarray
    """Points x >= 0, (point,) [length]"""
    phi: np.ndarray
    """φ, real, (point,) [1/length^(1/2)]"""
    weights: np.ndarray
    """Weights of ∫ over the whole line of even functions, (point,) [length]"""
    mean_field: np.ndarray
    """(N - 1) ∫V(x - x')φ'², (point,) [energy]"""
    eigenvalue: float
    """E of the equation [energy]"""
    kinetic: float
    """⟨-ħ²∂²/2m⟩ [energy]"""
    energy: float
    """⟨T⟩ + ⟨U⟩ + ½(N - 1)⟨V⟩ of one particle [energy]"""
    defect: float
    """Largest |φ| in the last 1/16 of the box in units of the largest [1]"""


def line_state(
    V_pair: Potential,
    extent: float,
    num_points: int,
    mass: float = 1.0,
    hbar: float = 1.0,
    num_others: float = 1.0,
    U_ext: Potential | None = None,
    *,
    num_nodes: int = 0,
    method: str = "fourier",
) -> LineState:
    """Orbital with `num_nodes` nodes of E φ = [-ħ²∂²/2m + U + (N - 1) V * φ²] φ on [-R, R].

    Args:
        V_pair: V(r, t) of r = x - x' (1,) -> [energy]; static, even.
        extent: R [length].
        num_points: intervals of the discretisation of [0, R].
        mass: m [mass].
        hbar: [mass*length^2/time].
        num_others: N - 1, or 1 for the self-interaction of one body [1].
        U_ext: U(x, t) of one position (1,) -> [energy], static and even, or None.
        num_nodes: nodes of φ; 0 is the ground state.
        method: "fourier" or "chebyshev".

    Returns:
        LineState.

    Raises:
        ValueError: bad arguments.
        ValidityError: no convergence, a state that reaches the ends of the box, or potentials
            that are not smooth on the points, so that twice as many give another E.

    Validity: potentials even in x, so that the state is even or odd. The kink of SheetPair is
    integrated exactly.
    """
    require_positive("extent", extent)
    require_count("num_points", num_points, 16)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    require_finite("num_others", num_others)
    require_count("num_nodes", num_nodes, 0)
    require_choice("method", method, METHODS)
    require_numbers(extent=extent, mass=mass, hbar=hbar, num_others=num_others)
    for name, value in (("V_pair", V_pair), ("U_ext", U_ext)):
        if value is not None or name == "V_pair":
            require_callable(name, value)
            require_static(name, value)
    make = _fourier if method == "fourier" else _chebyshev
    stiffness, parity = hbar**2 / mass, (-1.0) ** num_nodes
    physics = (stiffness, num_others, U_ext, parity)
    problem = make(V_pair, extent, num_points, *physics)
    guess = _self_consistent(problem, extent, num_nodes, stiffness)
    found = _state(problem, *_newton(problem, *guess), extent, num_nodes)
    _require_resolved(found, make(V_pair, extent, 2 * num_points, *physics), num_points)
    return found


class _Problem(NamedTuple):
    """Matrices on the points x >= 0 of states of one parity; the weights count both sides."""

    x: np.ndarray
    weights: np.ndarray
    kinetic: np.ndarray
    field: np.ndarray
    external: np.ndarray
    active: np.ndarray
    """1 where the equation holds, 0 where `kinetic` states a condition instead"""


def _fourier(V_pair, extent, num_points, stiffness, num_others, U_ext, parity) -> _Problem:
    num = 2 * num_points
    grid = Grid((-extent,), (extent,), (num,))
    (x,), k, mean_field = grid.axes, grid.wavenumbers[0], line_mean_field(V_pair, grid)
    shift = np.subtract.outer(np.arange(num), np.arange(num)) % num
    kinetic = np.real(np.fft.ifft(0.5 * stiffness * k**2))[shift]
    field = num_others * np.stack([mean_field(e) for e in np.eye(num)], axis=1)
    half = np.arange(num_points + (parity < 0.0), num)
    weights = np.where(half == num_points, 1.0, 2.0) * grid.spacing[0]

    def folded(matrix: np.ndarray, sign: float) -> np.ndarray:
        mirror = np.where(half == num_points, 0.0, sign) * matrix[np.ix_(half, num - half)]
        return matrix[np.ix_(half, half)] + mirror

    here = x[half]
    external, active = _external(U_ext, here), np.ones_like(here)
    return _Problem(here, weights, folded(kinetic, parity), folded(field, 1.0), external, active)


def _chebyshev(V_pair, extent, num_points, stiffness, num_others, U_ext, parity) -> _Problem:
    x = chebyshev_points(0.0, extent, num_points)
    first, weights = chebyshev_derivative(x), chebyshev_weights(x)
    kinetic, active = -0.5 * stiffness * first @ first, np.ones_like(x)
    inner = slice(1 if parity < 0.0 else 0, -1)
    if parity > 0.0:
        # An even state is flat at the centre.
        kinetic[0], active[0] = stiffness / extent * first[0], 0.0
    field = num_others * _folded_field(V_pair, x, weights)
    return _Problem(
        x[inner],
        2.0 * weights[inner],
        kinetic[inner, inner],
        field[inner, inner],
        _external(U_ext, x[inner]),
        active[inner],
    )


def _folded_field(V_pair: Potential, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Matrix of the even density ρ(x >= 0) ↦ ∫V(x - x')ρ(x') over the line."""
    if isinstance(V_pair, SheetPair):
        # |x - x'| + |x + x'| = 2 max(x, x').
        below = chebyshev_integral(x)
        slope = float(V_pair(jnp.ones(1), 0.0))
        return 2.0 * slope * (x[:, None] * below + (weights - below) * x)
    near, far = np.subtract.outer(x, x), np.add.outer(x, x)
    gaps = jnp.asarray(np.stack([near, far]).ravel())
    V = np.asarray(jax.vmap(lambda r: V_pair(r[None], 0.0))(gaps), dtype=float)
    require_finite("V_pair", V)
    return V.reshape(2, len(x), len(x)).sum(axis=0) * weights


def _external(U_ext: Potential | None, x: np.ndarray) -> np.ndarray:
    if U_ext is None:
        return np.zeros_like(x)
    U = np.asarray(jax.vmap(lambda q: U_ext(q[None], 0.0))(jnp.asarray(x)), dtype=float)
    require_finite("U_ext", U)
    return U


def _self_consistent(problem: _Problem, extent: float, num_nodes: int, stiffness: float):
    """Rough state by second differences on uniform points, from the field of a wide lump."""
    x, weights = problem.x, problem.weights
    fine = np.linspace(-extent, extent, 40 * (num_nodes + 10) + 1)
    h = fine[1] - fine[0]
    lump = np.exp(-0.5 * (4.0 * x / extent) ** 2)
    field = problem.field @ lump**2 / (weights @ lump**2)
    hopping = np.full(len(fine) - 1, -0.5 * stiffness / h**2)
    for sweep in range(100):
        V = np.interp(np.abs(fine), x, problem.external + field)
        level, vector = eigh_tridiagonal(
            stiffness / h**2 + V, hopping, select="i", select_range=(num_nodes, num_nodes)
        )
        phi = np.interp(x, fine, vector[:, 0])
        phi /= np.sqrt(weights @ phi**2)
        new = problem.field @ phi**2
        change = np.max(np.abs(new - field))
        field = (1.0 - _DAMPING) * field + _DAMPING * new
        if sweep > 6 and change <= 1e-4 * np.ptp(field):
            break
    return phi, float(level[0])


def _newton(problem: _Problem, phi: np.ndarray, energy: float) -> tuple[np.ndarray, float]:
    """Newton's method for (φ, E) with ∫φ² = 1."""
    n = len(phi)
    for _ in range(30):
        V = problem.active * (problem.external + problem.field @ phi**2 - energy)
        residual = np.append(
            problem.kinetic @ phi + V * phi, 0.5 * (problem.weights @ phi**2 - 1.0)
        )
        J = np.zeros((n + 1, n + 1))
        J[:n, :n] = problem.kinetic + np.diag(V)
        J[:n, :n] += 2.0 * (problem.active * phi)[:, None] * problem.field * phi
        J[:n, n], J[n, :n] = -problem.active * phi, problem.weights * phi
        step = np.linalg.solve(J, residual)
        phi, energy = phi - step[:n], energy - step[n]
        if np.max(np.abs(step[:n])) <= 1e-9 * np.max(np.abs(phi)):
            return phi, float(energy)
    raise ValidityError("Newton's method does not converge: use another `extent`, or more points.")


def _require_resolved(state: LineState, finer: _Problem, num_points: int) -> None:
    phi = np.interp(finer.x, state.x, state.phi)
    energy = _newton(finer, phi, state.eigenvalue)[1]
    change = abs(energy - state.eigenvalue) / (abs(state.eigenvalue) + abs(state.kinetic))
    if not change <= LARGEST_CHANGE:
        raise ValidityError(
            f"Twice as many points change E by {change:.2g} of its size (allowed: "
            f"{LARGEST_CHANGE:g}): {num_points} do not resolve the potential. Use more, or a "
            "wider softening."
        )


def _state(
    problem: _Problem, phi: np.ndarray, energy: float, extent: float, num_nodes: int
) -> LineState:
    x, parity = problem.x, (-1.0) ** num_nodes
    scale = np.max(np.abs(phi))
    tail = float(np.max(np.abs(phi[x > 15.0 / 16.0 * extent])) / scale)
    seen = np.concatenate([parity * phi[:0:-1] if parity > 0 else -phi[::-1], phi])
    crossings = int(np.sum(np.diff(np.sign(seen[np.abs(seen) > 1e-6 * scale])) != 0))
    if tail > LARGEST_TAIL or crossings != num_nodes:
        raise ValidityError(
            f"The state with {num_nodes} nodes is not found in a box of {extent:g}: it has "
            f"{crossings} nodes and {tail:.1g} of its maximum at the ends. Use another "
            "`extent`, or more points."
        )
    field = problem.field @ phi**2
    density = problem.weights * phi**2
    return LineState(
        x=x,
        phi=phi * np.sign(phi[np.argmax(np.abs(phi))]),
        weights=problem.weights,
        mean_field=field,
        eigenvalue=energy,
        kinetic=energy - float(density @ (problem.external + field)),
        energy=energy - 0.5 * float(density @ field),
        defect=tail,
    )
