"""Species of particles as cell values f(x, v) of a phase-space grid, and their moments.

f is a number density in phase space, ∫f dx dv = number of particles; for a density that is
normalised to 1, as the paper's, `mass` is that of all bodies that the density stands for.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_finite, require_positive, require_shape
from zitter.core.grid import Grid


class Species(NamedTuple):
    """Particles of one kind; made by `species`."""

    f: np.ndarray
    """(*num of space, *num of velocity) [time^num_axes/length^num_axes/length^num_axes]"""
    space: Grid
    velocity: Grid
    mass: float
    """[mass]"""
    charge: float
    """[1]"""


class Moments(NamedTuple):
    """Moments over the velocities at each place; of no particles, zero."""

    density: np.ndarray
    """n = ∫f dv, (*num) [1/length^num_axes]"""
    flow: np.ndarray
    """⟨v⟩ per axis, (D, *num) [length/time]"""
    variance: np.ndarray
    """⟨v²⟩ - ⟨v⟩² per axis, (D, *num) [length^2/time^2]"""


def species(
    f0: Any, space: Grid, velocity: Grid, *, mass: float = 1.0, charge: float = 0.0
) -> Species:
    """Cell values f₀(x, v) of one kind of particles.

    Args:
        f0: function (x, v) -> f₀; x and v are arrays that broadcast against each other, in two
            dimensions pairs (x, y) and (v_x, v_y) of them. Or the values themselves,
            (*num of space, *num of velocity) [time^num_axes/length^num_axes/length^num_axes].
        space: Grid of D = 1 or 2 axes.
        velocity: Grid of the same number of axes, its `lower` and `upper` velocities.
        mass: of one particle (of all, where f is normalised to 1) [mass].
        charge: of one particle [1].

    Returns:
        Species.

    Raises:
        ValueError: more than two axes, shapes, values that are not finite, a mass not positive.
    """
    D = space.num_axes
    if D > 2 or velocity.num_axes != D:
        raise ValueError(
            f"`space` and `velocity` must both have 1 or 2 axes, but have {D} and "
            f"{velocity.num_axes}."
        )
    require_positive("mass", mass)
    require_finite("charge", charge)
    shape = (*space.num, *velocity.num)
    values = _values(f0, space, velocity) if callable(f0) else np.asarray(f0)
    require_shape("f0", values, shape, "(*num of space, *num of velocity)")
    require_finite("f0", values)
    if np.iscomplexobj(values):
        raise ValueError("`f0` must be real, but is complex.")
    return Species(np.array(values, dtype=float, order="C"), space, velocity, float(mass),
                   float(charge))  # fmt: skip


def _values(f0: Callable[[Any, Any], Any], space: Grid, velocity: Grid) -> np.ndarray:
    x, v = phase_space_axes(space, velocity)
    shape = (*space.num, *velocity.num)
    values = np.asarray(f0(x[0], v[0]) if len(x) == 1 else f0(x, v))
    return np.broadcast_to(values, shape) if values.ndim == len(shape) else values


def phase_space_axes(space: Grid, velocity: Grid) -> tuple[tuple[np.ndarray, ...], ...]:
    """Positions and velocities, one array per axis, shaped to broadcast against f."""
    axes = (*space.axes, *velocity.axes)
    shaped = [a.reshape([-1 if i == j else 1 for j in range(len(axes))])
              for i, a in enumerate(axes)]  # fmt: skip
    D = space.num_axes
    return tuple(shaped[:D]), tuple(shaped[D:])


def number_density(f: np.ndarray, velocity: Grid) -> np.ndarray:
    """Density n(x) = ∫f(x, v) dv.

    Args:
        f: (.., *num of velocity) [time^num_axes/length^num_axes/length^num_axes].
        velocity: Grid of the velocities.

    Returns:
        (..) [1/length^num_axes].
    """
    flat = f.reshape(*f.shape[: f.ndim - velocity.num_axes], -1)
    return flat.sum(axis=-1) * velocity.cell_volume


def moments(kind: Species) -> Moments:
    """Density, flow and variance of the velocities, n, ⟨v⟩, ⟨v²⟩ - ⟨v⟩², at each place.

    Args:
        kind: Species.

    Returns:
        Moments.
    """
    v = phase_space_axes(kind.space, kind.velocity)[1]
    n = number_density(kind.f, kind.velocity)
    first = np.array([number_density(kind.f * u, kind.velocity) for u in v])
    second = np.array([number_density(kind.f * u**2, kind.velocity) for u in v])
    there = np.abs(n) > 1e-12 * np.max(np.abs(n), initial=0.0)
    flow = np.divide(first, n, out=np.zeros_like(first), where=there)
    square = np.divide(second, n, out=np.zeros_like(second), where=there)
    return Moments(n, flow, square - flow**2)
