"""Accelerations of very many bodies by a mesh: deposit, Poisson's equation, difference, gather.

Deposit and gather share one window and the difference is central, so that the forces of two bodies
on the mesh are opposite and no body acts on itself: momentum is kept to round-off. Pairs closer
than about two spacings pull less than Newton's law says; `mesh_force_error` tells by how much.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_count,
    require_shape,
)
from zitter.core.grid import Grid
from zitter.core.poisson import isolated_convolution, poisson_isolated, poisson_periodic
from zitter.kbody import _mesh_kernels as kernels
from zitter.kbody.bodies import (
    LAWS,
    Bodies,
    external_accelerations,
    require_apart,
    require_positions,
)
from zitter.kbody.direct_sum import (
    coupling_arrays,
    fields_at,
    padded,
    sampled_accelerations,
)
from zitter.wavefunctions._threads import over_batch

WINDOWS = {"linear": 2, "quadratic": 3}
# Points between the window of a body and the edge of an isolated mesh.
MARGIN = 4
MOST_PAIRS = 10**10


@dataclass(frozen=True)
class Mesh:
    """Mesh for the forces between bodies: a grid, and the window of a body on it.

    Args:
        grid: Grid of equal spacings; one period long where the bodies are periodic.
        window: "linear" (cloud in cell) or "quadratic" (triangular cloud).

    Raises:
        ValueError: another window; unequal spacings.
    """

    grid: Grid
    window: str = "quadratic"

    def __post_init__(self):
        require_choice("window", self.window, tuple(WINDOWS))
        if np.ptp(self.grid.spacing) > 1e-9 * self.spacing:
            raise ValueError(
                f"`grid` must have equal spacings, but they are {self.grid.spacing}: a body would "
                "have another size along each axis."
            )

    @property
    def spacing(self) -> float:
        """h [length]."""
        return self.grid.spacing[0]


class MeshForceError(NamedTuple):
    """Errors of accelerations by a mesh, relative to their size in the direct sum [1]."""

    median: float
    percentile_99: float
    rms: float
    """root of the mean square, over the root of the mean square of the accelerations"""


def mesh_around(system: Bodies, X: Any, num: int, *, window: str = "quadratic",
                share: float = 0.98) -> Mesh:  # fmt: skip
    """Mesh of `num` points per axis: the period, or a cube with most of the bodies well inside.

    Args:
        system: Bodies.
        X: positions (K, D) [length].
        num: points per axis.
        window: as for Mesh.
        share: of the bodies that an isolated mesh must hold; its side is 1.2 times theirs [1].

    Returns:
        Mesh.

    Raises:
        ValueError: shapes; a share that is not between 0 and 1; all bodies at one place.
    """
    X = require_positions(system, X)
    require_count("num", num, 16)
    D = system.num_space
    if system.period:
        return Mesh(Grid((0.0,) * D, (system.period,) * D, (num,) * D), window)
    if not 0.0 < share <= 1.0:
        raise ValueError(f"`share` must be above 0 and at most 1, but is {share:g}.")
    centre = np.median(X, axis=0)
    half = 0.6 * 2.0 * np.quantile(np.max(np.abs(X - centre), axis=1), share)
    if half == 0.0:
        raise ValueError("`X` must not put most bodies at one place for a mesh around them.")
    return Mesh(Grid(tuple(centre - half), tuple(centre + half), (num,) * D), window)


def mesh_accelerations(system: Bodies, X: Any, mesh: Mesh, t: float = 0.0) -> np.ndarray:
    """Accelerations as `accelerations`, with the field of all bodies taken from a mesh.

    Bodies outside of an isolated mesh are summed directly, they and their pull on the others.
    Plummer's softening is kept where the mesh resolves it (ε ≥ h); else the mesh softens.

    Args:
        system: Bodies with the law of their dimension, periodic or not.
        X: positions (K, D) [length].
        mesh: Mesh.
        t: time, for the external fields [time].

    Returns:
        (K, D) [length/time^2].

    Raises:
        ValueError: another law; a mesh of other dimensions, or not one period long; shapes.
        ValidityError: too many bodies outside of the mesh.

    Validity: differences between neighbours closer than two spacings are smoothed out.
    """
    X = require_positions(system, X)
    require_apart(system, X)
    return mesh_pair_accelerations(system, X, mesh) + external_accelerations(system, X, t)


def mesh_pair_accelerations(system: Bodies, X: np.ndarray, mesh: Mesh) -> np.ndarray:
    """Accelerations of the bodies by each other (K, D) by a mesh, without external fields.

    Arguments, shape and unit as for mesh_accelerations.
    """
    U, inside = _places(system, X, mesh)
    points, periodic = _points(mesh), bool(system.period)
    gm, kq, beta, _ = coupling_arrays(system)
    result = np.zeros((3, len(X)))
    for source, weight in ((gm, np.ones_like(gm)), (kq, beta)):
        if not np.any(source):
            continue
        phi = _potential_on_mesh(system, U, source[inside], mesh)
        slopes = np.empty((U.shape[1], 3))

        def rows(start: np.ndarray, block: np.ndarray, phi: np.ndarray = phi) -> None:
            kernels.gather_slopes(int(start[0]), U, points, periodic, phi, block)

        if len(slopes):
            over_batch(rows, np.arange(len(slopes)), slopes, steps=300.0)
        result[:, inside] -= weight[inside] * slopes.T / mesh.spacing
        if not np.all(inside):
            result += weight * _directly(system, padded(X), source, inside)[0]
    return result[: system.num_space].T.copy()


def mesh_mutual_energies(system: Bodies, X: Any, mesh: Mesh) -> np.ndarray:
    """Energy of each body with all others, as `mutual_energies`, from the potential on a mesh.

    What the mesh gives a body in its own field is taken away.

    Args:
        system, X, mesh: as for mesh_accelerations.

    Returns:
        (K,); their sum counts each pair twice [energy].

    Raises:
        ValueError, ValidityError: as for mesh_accelerations.
    """
    X = require_positions(system, X)
    U, inside = _places(system, X, mesh)
    near, num = _own_potential(system, mesh), U.shape[1]
    gm, kq, beta, _ = coupling_arrays(system)
    V = np.zeros(len(X))
    for source, weight in ((gm, np.ones_like(gm)), (kq, beta)):
        if not np.any(source):
            continue
        phi = _potential_on_mesh(system, U, source[inside], mesh)
        values, own = np.empty(num), np.empty(num)
        kernels.gather(U, _points(mesh), bool(system.period), phi, near, values, own)
        V[inside] += weight[inside] * (values - own * source[inside])
        if system.period and system.law == "sheet":
            # Sheets have 2π(|x| - x²/L), whose mean is not taken away.
            V += weight * np.pi / 3.0 * system.period * source.sum()
        if not np.all(inside):
            V += weight * _directly(system, padded(X), source, inside)[1]
    return system.masses * V


def mesh_force_error(
    system: Bodies, X: Any, mesh: Mesh, *, num_bodies: int = 256, seed: int = 0
) -> MeshForceError:
    """Errors of the accelerations by a mesh, |a - a_direct|/|a_direct| over a sample of bodies.

    Args:
        system: Bodies.
        X: positions (K, D) [length].
        mesh: Mesh.
        num_bodies: size of the sample; each takes a sum over all bodies.
        seed: of the choice.

    Returns:
        MeshForceError.

    Raises:
        ValueError, ValidityError: as for mesh_accelerations.
    """
    X = require_positions(system, X)
    require_apart(system, X)
    require_count("num_bodies", num_bodies)
    K = len(X)
    few = np.random.default_rng(seed).choice(K, min(num_bodies, K), replace=False)
    exact = sampled_accelerations(system, X, few)
    error = np.linalg.norm(mesh_pair_accelerations(system, X, mesh)[few] - exact, axis=1)
    size = np.linalg.norm(exact, axis=1)
    if np.any(size == 0.0):
        raise ValidityError(
            "A body has no acceleration in the direct sum, for an error to be relative to. Use "
            "bodies that pull on each other."
        )
    relative = error / size
    rms = float(np.sqrt(np.mean(error**2) / np.mean(size**2)))
    return MeshForceError(float(np.median(relative)), float(np.quantile(relative, 0.99)), rms)


def _points(mesh: Mesh) -> np.ndarray:
    p = [WINDOWS[mesh.window]] * mesh.grid.num_axes
    return np.array(p + [1] * (3 - len(p)))


def _places(system: Bodies, X: np.ndarray, mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Positions in spacings of the bodies on the mesh (3, n), and which these are (K,)."""
    _require_fit(system, mesh)
    U = padded((X - np.array(mesh.grid.lower)) / mesh.spacing)
    if system.period:
        return np.mod(U, mesh.grid.num[0]), np.ones(len(X), dtype=bool)
    D = system.num_space
    highest = np.array(mesh.grid.num)[:, None] - 1 - MARGIN
    inside = np.all((U[:D] >= MARGIN) & (U[:D] <= highest), axis=0)
    if (len(X) - inside.sum()) * len(X) > MOST_PAIRS:
        raise ValidityError(
            f"{len(X) - inside.sum()} of {len(X)} bodies are outside of the mesh, too many to sum "
            "directly: give it a larger box."
        )
    return np.ascontiguousarray(U[:, inside]), inside


def _require_fit(system: Bodies, mesh: Mesh) -> None:
    D, grid = system.num_space, mesh.grid
    require_shape("mesh.grid.num", grid.num, (D,), "(num_space,)")
    if system.law != LAWS[D - 1]:
        raise ValueError(
            f"`system` must have the law {LAWS[D - 1]!r} of its dimension for a mesh, but has "
            f"{system.law!r}."
        )
    sides = np.subtract(grid.upper, grid.lower)
    if system.period and not np.allclose(sides, system.period, rtol=1e-12, atol=0.0):
        raise ValueError(
            f"`mesh.grid` must be one period long, {system.period:g}, but its sides are {sides}."
        )


def _potential_on_mesh(system: Bodies, U: np.ndarray, source: np.ndarray, mesh: Mesh) -> np.ndarray:
    """Potential of the sources, (n₀, n₁, n₂)."""
    grid = mesh.grid
    shape = (*grid.num, *(1,) * (3 - grid.num_axes))
    density = np.zeros(shape)
    kernels.deposit(U, source, _points(mesh), bool(system.period), density)
    density = density.reshape(grid.num)
    if not system.period and system.softening >= mesh.spacing:
        phi = isolated_convolution(density, _softened(grid, system.law, system.softening), grid)
    else:
        density *= 4.0 * np.pi / grid.cell_volume
        phi = (poisson_periodic if system.period else poisson_isolated)(density, grid)
    return np.ascontiguousarray(phi).reshape(shape)


@lru_cache(maxsize=2)
def _softened(grid: Grid, law: str, softening: float) -> np.ndarray:
    """Plummer's potential at 0 .. num spacings per axis."""
    squares = [(h * np.arange(n + 1)) ** 2 for n, h in zip(grid.num, grid.spacing, strict=True)]
    d2 = softening**2 + sum(np.ix_(*squares))
    if law == "point":
        return -1.0 / np.sqrt(d2)
    return np.log(d2) if law == "rod" else 2.0 * np.pi * np.sqrt(d2)


def _own_potential(system: Bodies, mesh: Mesh) -> np.ndarray:
    """Potential of a unit source on one point at 0 .. 2 points from it, in open space, (3, ..)."""
    D, num = system.num_space, 16
    small = Grid((0.0,) * D, (num * mesh.spacing,) * D, (num,) * D)
    unit = np.zeros(small.num)
    unit[(num // 2,) * D] = 1.0
    if not system.period and system.softening >= mesh.spacing:
        phi = isolated_convolution(unit, _softened(small, system.law, system.softening), small)
    else:
        phi = poisson_isolated(4.0 * np.pi / small.cell_volume * unit, small)
    near = phi[(slice(num // 2, num // 2 + 3),) * D]
    return np.ascontiguousarray(near).reshape(near.shape + (1,) * (3 - D))


def _directly(
    system: Bodies, X: np.ndarray, source: np.ndarray, inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Field (3, K) and potential (K,) of the pairs that have a body outside of the mesh."""
    field, potential, outside = np.zeros_like(X), np.zeros(X.shape[1]), ~inside
    for those, others in ((outside, np.ones_like(inside)), (inside, outside)):
        target, near = (np.ascontiguousarray(X[:, which]) for which in (those, others))
        field[:, those], potential[those] = fields_at(system, target, near, source[others])
    return field, potential
