"""Spherical stationary states of the Schroedinger-Newton and -Coulomb equations, by collocation.

E ψ = [-ħ²/2m ∇² + U(r) - κ ∫|ψ(x')|²/|x - x'| d³x'] ψ with κ = G m² for gravity and κ = -k q² for
like charges. With ψ = u/(√(4π) r) and w = r Φ it reads -ħ²/2m u″ + (U + w/r) u = E u,
w″ = κ u²/r: Chebyshev collocation on [0, R] and Newton's method give u, w and E together.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import eigh_tridiagonal, lu_factor, lu_solve

from zitter.core.chebyshev import (
    chebyshev_derivative,
    chebyshev_interpolate,
    chebyshev_points,
    chebyshev_weights,
)
from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_numbers,
    require_positive,
    require_real,
)
from zitter.system.parameters import require_callable

__all__ = ["RadialState", "radial_state"]

Potential = Callable[[np.ndarray], Any]

# Farther out than this many natural lengths |ψ|² of state n is below 1e-20 of its maximum.
_EXTENTS = (45.0, 120.0, 240.0, 380.0, 560.0, 780.0)
LARGEST_TAIL = 1e-6
_DAMPING, _TOLERANCE = 0.5, 1e-12


class RadialState(NamedTuple):
    """A stationary state ψ(r) = u(r)/(√(4π) r), norm 1, and the potential energy it makes."""

    r: np.ndarray
    """Collocation points from 0 to R, (point,) [length]"""
    u: np.ndarray
    """√(4π) r ψ, positive near the centre, (point,) [1/length^(1/2)]"""
    mean_field: np.ndarray
    """Φ = -κ ∫|ψ'|²/|x - x'|, (point,) [energy]"""
    eigenvalue: float
    """E of the equation [energy]"""
    kinetic: float
    """⟨-ħ²∇²/2m⟩ [energy]"""
    external: float
    """⟨U⟩ [energy]"""
    self_energy: float
    """½⟨Φ⟩ [energy]"""
    defect: float
    """Largest |u| in the last 1/16 of the box in units of the largest [1]"""

    @property
    def energy(self) -> float:
        """Conserved energy ⟨T⟩ + ⟨U⟩ + ½⟨Φ⟩ [energy]."""
        return self.kinetic + self.external + self.self_energy

    def amplitude(self, r: Any) -> np.ndarray:
        """ψ at radii of any shape; 0 outside of the box.

        Args:
            r: radii [length].

        Returns:
            ψ(r), real [1/length^(3/2)].

        Raises:
            ValueError: radii that are no finite numbers.
        """
        require_finite("r", r)
        require_real("r", r)
        r = np.abs(np.asarray(r, dtype=float))
        over_r = np.empty_like(self.u)
        over_r[1:] = self.u[1:] / self.r[1:]
        over_r[0] = chebyshev_derivative(self.r)[0] @ self.u
        inside = r <= self.r[-1]
        value = np.zeros_like(r)
        value[inside] = chebyshev_interpolate(self.r, over_r, r[inside]) / np.sqrt(4.0 * np.pi)
        return value

    def mean_radius_squared(self) -> float:
        """⟨r²⟩ [length^2]."""
        return float(chebyshev_weights(self.r) @ (self.u * self.r) ** 2)

    def radius_of_mass(self, share: float) -> float:
        """Radius inside of which lies `share` of |ψ|², r99 for 0.99 [length]."""
        require_numbers(share=share)
        if not 0.0 < share < 1.0:
            raise ValueError(f"`share` must lie between 0 and 1, but is {share:g}.")
        r = np.linspace(0.0, self.r[-1], 20_001)
        u = chebyshev_interpolate(self.r, self.u, r)
        inside = np.concatenate([[0.0], np.cumsum(0.5 * (u[1:] ** 2 + u[:-1] ** 2))]) * r[1]
        return float(np.interp(share, inside / inside[-1], r))


def radial_state(
    num_nodes: int = 0,
    mass: float = 1.0,
    hbar: float = 1.0,
    coupling: float = 1.0,
    U_ext: Potential | None = None,
    *,
    extent: float | None = None,
    num_points: int | None = None,
) -> RadialState:
    """Spherical state with `num_nodes` nodes of E ψ = [-ħ²∇²/2m + U - κ|ψ|² * 1/r] ψ.

    Args:
        num_nodes: nodes of ψ(r) for r > 0; 0 is the ground state.
        mass: m [mass].
        hbar: [mass*length^2/time].
        coupling: κ, G m² for gravity, -k q² for like charges [energy*length].
        U_ext: U(r) of radii (n,) [length] -> [energy], or None; r U(r) must be finite at r = 0.
        extent: R, where ψ vanishes [length]; by default large enough for gravity without U.
        num_points: collocation points, by default 64 + 32 num_nodes.

    Returns:
        RadialState.

    Raises:
        ValueError: bad arguments; no bound state without U (κ <= 0).
        ValidityError: no convergence, or a state that reaches the end of the box.

    Validity: the self-energy is that of one spherical |ψ|²; in a Hartree state of N particles κ
    is N - 1 times that of a pair.
    """
    require_count("num_nodes", num_nodes, 0)
    require_numbers(mass=mass, hbar=hbar, coupling=coupling)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    if U_ext is not None:
        require_callable("U_ext", U_ext)
    if U_ext is None and not coupling > 0.0:
        raise ValueError("Without `U_ext`, `coupling` must be positive: nothing binds the state.")
    if extent is None:
        if U_ext is not None or num_nodes >= len(_EXTENTS):
            raise ValueError("`extent` must be given with `U_ext` or more than 5 nodes.")
        extent = _EXTENTS[num_nodes] * hbar**2 / (mass * coupling)
    require_positive("extent", extent)
    num_points = 64 + 32 * num_nodes if num_points is None else num_points
    require_count("num_points", num_points, 16)
    problem = _problem(num_points, extent, mass, hbar, coupling, U_ext)
    u, w, energy = _newton(problem, *_self_consistent(problem, num_nodes))
    return _state(problem, u, w, energy * problem.unit, num_nodes)


class _Problem(NamedTuple):
    """Everything in units of R and ħ²/(m R²)."""

    x: np.ndarray
    first: np.ndarray
    second: np.ndarray
    weights: np.ndarray
    coupling: float
    external: np.ndarray
    """x U at the points; at 0 its limit"""
    extent: float
    unit: float


def _problem(num_points, extent, mass, hbar, coupling, U_ext) -> _Problem:
    x = chebyshev_points(0.0, 1.0, num_points)
    first = chebyshev_derivative(x)
    unit = hbar**2 / (mass * extent**2)
    external = np.zeros_like(x)
    if U_ext is not None:
        external[1:] = x[1:] * np.asarray(U_ext(extent * x[1:]), dtype=float) / unit
        near = 1e-9
        external[0] = near * float(np.asarray(U_ext(extent * np.array([near])))[0]) / unit
        require_finite("U_ext", external)
    return _Problem(
        x,
        first,
        first @ first,
        chebyshev_weights(x),
        coupling / (extent * unit),
        external,
        extent,
        unit,
    )


def _self_consistent(problem: _Problem, num_nodes: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Rough state: eigenvector of the potential of the last one, damped, by differences."""
    num = 200 * (num_nodes + 2)
    h = 1.0 / num
    x = h * np.arange(1, num)
    external = np.interp(x, problem.x, problem.external) / x
    size = min(0.3, 4.0 * (1 + num_nodes) ** 2 / max(abs(problem.coupling), 1e-300))
    w = -problem.coupling * x / np.hypot(x, size)
    hopping = np.full(num - 2, -0.5 / h**2)
    for sweep in range(200):
        level, u = eigh_tridiagonal(
            1.0 / h**2 + external + w / x, hopping, select="i", select_range=(num_nodes, num_nodes)
        )
        u = u[:, 0] / np.sqrt(h)
        outside = h * np.cumsum((u**2 / x)[::-1])[::-1]
        inside = h * np.cumsum(u**2)
        new = -problem.coupling * (inside + x * (outside - h * u**2 / x))
        change = np.max(np.abs(new - w))
        w = (1.0 - _DAMPING) * w + _DAMPING * new
        if sweep > 8 and change <= 1e-3 * abs(problem.coupling):
            break
    u, w = u * np.sign(u[0]), np.append(w, -problem.coupling)
    x = np.concatenate([[0.0], x, [1.0]])
    u, w = np.concatenate([[0.0], u, [0.0]]), np.concatenate([[0.0], w])
    return np.interp(problem.x, x, u), np.interp(problem.x, x, w), float(level[0])


def _newton(problem: _Problem, u, w, energy) -> tuple[np.ndarray, np.ndarray, float]:
    """Newton's method for (u, w, E) inside, with u = w = 0 at 0, u = 0 and w = -κ at R."""
    inside = slice(1, -1)
    x, n = problem.x[inside], len(u) - 2
    second, weights = problem.second[inside, inside], problem.weights[inside]
    u, w = u[inside].copy(), w[inside].copy()
    edge = -problem.coupling * problem.second[inside, -1]
    for _ in range(30):
        V = (problem.external[inside] + w) / x
        residual = np.concatenate(
            [
                -0.5 * second @ u + (V - energy) * u,
                second @ w + edge - problem.coupling * u**2 / x,
                [weights @ u**2 - 1.0],
            ]
        )
        J = np.zeros((2 * n + 1, 2 * n + 1))
        J[:n, :n] = -0.5 * second + np.diag(V - energy)
        J[:n, n : 2 * n] = np.diag(u / x)
        J[:n, -1] = -u
        J[n : 2 * n, :n] = np.diag(-2.0 * problem.coupling * u / x)
        J[n : 2 * n, n : 2 * n] = second
        J[-1, :n] = 2.0 * weights * u
        step = lu_solve(lu_factor(J), residual)
        u, w, energy = u - step[:n], w - step[n : 2 * n], energy - step[-1]
        if np.max(np.abs(step[:n])) <= _TOLERANCE * np.max(np.abs(u)) * n**2:
            break
    else:
        raise ValidityError("Newton's method does not converge: use another `extent`.")
    u, w = np.concatenate([[0.0], u, [0.0]]), np.concatenate([[0.0], w, [-problem.coupling]])
    return u, w, float(energy)


def _state(problem: _Problem, u, w, eigenvalue: float, num_nodes: int) -> RadialState:
    x, R = problem.x, problem.extent
    scale = np.max(np.abs(u))
    tail = float(np.max(np.abs(u[x > 15.0 / 16.0])) / scale)
    crossings = int(np.sum(np.diff(np.sign(u[np.abs(u) > 1e-6 * scale])) != 0))
    if tail > LARGEST_TAIL or crossings != num_nodes:
        raise ValidityError(
            f"The state with {num_nodes} nodes is not found in a box of {R:g}: it has "
            f"{crossings} nodes and {tail:.1g} of its maximum at the end. Use another `extent`."
        )
    field = np.empty_like(w)
    field[1:], field[0] = w[1:] / x[1:], problem.first[0] @ w
    over = np.empty_like(w)
    over[1:], over[0] = problem.external[1:] / x[1:], 0.0
    weights = problem.unit * problem.weights * u**2
    kinetic = 0.5 * problem.unit * float(problem.weights @ (problem.first @ u) ** 2)
    return RadialState(
        r=R * x,
        u=u / np.sqrt(R),
        mean_field=field * problem.unit,
        eigenvalue=eigenvalue,
        kinetic=kinetic,
        external=float(weights @ over),
        self_energy=0.5 * float(weights @ field),
        defect=tail,
    )
