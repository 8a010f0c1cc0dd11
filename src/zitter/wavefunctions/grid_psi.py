"""ψ given by its values on a grid, as a LogPsi: interpolated in space and time.

ψ and its spectral derivatives are interpolated, never velocities, which are singular at nodes.
Six-point Lagrange polynomials per axis and in time; in time after taking out the phase of the
mean energy, so that only energy differences have to be resolved by the frames.
"""

import os
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    ValidityError,
    described,
    require_count,
    require_finite,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.fft import inverse_transform, transform
from zitter.core.grid import Grid, lagrange_weights, require_grid
from zitter.wavefunctions.derivatives import Derivatives

NUM_NODES = 6
LARGEST_TIME_ERROR = 1e-3
LARGEST_SIZE = 4 * 2**30


class FramesTooFarError(ValidityError):
    """Frames between which ψ changes too much to be interpolated."""


class GridPsi(eqx.Module):
    """ψ(q, t) from samples, a LogPsi with derivatives up to order 3.

    Args:
        psi: samples (time, *num).
        grid: Grid of the dof axes.
        times: increasing, (time,) [time]. One frame stands for its own time only.
        mass: mass of one particle [mass].
        hbar: [mass*length^2/time].
        num_space: space dimensions D of one particle; axes run particle by particle.
        order: highest order that `derivatives` gives; 3 stores 1 + 2 dof + 2 D dof + D² fields.
        centre_of_mass: directions (D, dof) of ∂/∂x_cm; default Σᵢ ∂ᵢ. On a grid in
            centre-of-mass coordinates (x_cm, y₂, ..): [[1, 0, ..]].

    Raises:
        ValueError: shapes that do not match, or values that are not finite.
        ValidityError: frames too far apart in time to be interpolated, or more than 4 GiB.

    Validity: inside of the box and of the times; elsewhere NaN, or ValidityError where the
    arguments are known. Where |ψ| is below about 1e-13 of its maximum the samples are round-off.
    """

    fields: Array
    times: Array
    rate: Array
    directions: Array
    mass: Array
    hbar: Array
    grid: Grid = eqx.field(static=True)
    num_space: int = eqx.field(static=True)
    order: int = eqx.field(static=True)

    def __init__(
        self,
        psi: Any,
        grid: Grid,
        times: Any,
        *,
        mass: float = 1.0,
        hbar: float = 1.0,
        num_space: int = 1,
        order: int = 2,
        centre_of_mass: Any = None,
    ):
        require_grid(grid)
        require_finite("psi", psi)
        require_finite("times", times)
        require_real("times", times)
        require_count("num_space", num_space)
        psi, times = jnp.asarray(psi, dtype=complex), np.asarray(times, dtype=float)
        dof = grid.num_axes
        require_count("order", order, 1, 3)
        require_shape("times", times, (None,), "(time,)")
        require_shape("psi", psi, (len(times), *grid.num), "(time, *num)")
        require_positive("mass", mass)
        require_positive("hbar", hbar)
        if np.any(np.diff(times) <= 0.0):
            raise ValueError("`times` must increase.")
        if centre_of_mass is None:
            if dof % num_space:
                raise ValueError(f"`num_space` = {num_space} must divide the {dof} grid axes.")
            centre_of_mass = np.tile(np.eye(num_space), dof // num_space)
        require_shape("centre_of_mass", centre_of_mass, (num_space, dof), "(num_space, dof)")
        _require_memory(len(times), int(np.prod(grid.num)), _num_fields(order, dof, num_space))
        self.rate = _mean_rate(psi, times)
        unwound = psi * jnp.exp(1j * self.rate * times).reshape(-1, *[1] * dof)
        _require_close_frames(unwound, times)
        directions = np.asarray(centre_of_mass, dtype=float)
        fields = [_fields(frame, grid, directions, order) for frame in unwound]
        self.fields, self.times = jnp.stack(fields), jnp.asarray(times)
        self.directions = jnp.asarray(directions)
        self.mass, self.hbar = jnp.asarray(mass, dtype=float), jnp.asarray(hbar, dtype=float)
        self.grid, self.num_space, self.order = grid, num_space, order

    @property
    def num_particles(self) -> int:
        """Number of particles N = dof / D."""
        return self.grid.num_axes // self.num_space

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (dof,)."""
        return jnp.log(_interpolated(self, q[None], jnp.asarray(t), 1)[0, 0]) - 1j * self.rate * t

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and derivatives at configurations Q (batch, dof) and time t, () or (batch,)."""
        require_count("order", order, 1, self.order)
        require_shape("Q", Q, (None, self.grid.num_axes), "(batch, dof)")
        if not isinstance(Q, jax.core.Tracer) and not isinstance(t, jax.core.Tracer):
            _require_inside(self, Q, t)
        return _derivatives(self, jnp.asarray(Q), jnp.asarray(t, dtype=float), order)


def psi_from_samples(
    path: str | Path, *, mass: float = 1.0, hbar: float = 1.0, num_space: int = 1, order: int = 2
) -> GridPsi:
    """A user's own ψ from a file of samples (numpy .npz).

    Args:
        path: file with `psi` (time, *num) or (*num), complex; `lower`, `upper` (dof,) [length],
            the ends of the periodic box (`upper` is the point after the last one); and `times`
            (time,) [time] (default [0]).
        mass, hbar, num_space, order: as for GridPsi. ψ is used as it is: not normalised.

    Returns:
        GridPsi.

    Raises:
        ValueError: a key is missing, or shapes do not match.
    """
    is_path = isinstance(path, str | os.PathLike)
    if not (Path(path).is_file() if is_path else hasattr(path, "read")):
        raise ValueError(f"`path` must be a file, but is {described(path)}.")
    with np.load(path) as file:
        missing = [key for key in ("psi", "lower", "upper") if key not in file]
        if missing:
            found = ", ".join(file.files)
            raise ValueError(f"{path}: `{missing[0]}` is missing; the file has {found}.")
        lower, upper = np.atleast_1d(file["lower"]), np.atleast_1d(file["upper"])
        times = np.atleast_1d(file["times"]) if "times" in file else np.zeros(1)
        psi = file["psi"]
    if psi.ndim == len(lower):
        psi = psi[None]
    grid = Grid(tuple(map(float, lower)), tuple(map(float, upper)), psi.shape[1:])
    return GridPsi(psi, grid, times, mass=mass, hbar=hbar, num_space=num_space, order=order)


def _fields(psi: Array, grid: Grid, directions: np.ndarray, order: int) -> Array:
    """ψ; ∂ᵢψ; ∂ᵢ²ψ; ∂_a∂ᵢψ; ∂_a∂ᵢ²ψ; ∂_a∂_b²ψ as far as the order asks, (fields, Π num)."""
    dof = grid.num_axes
    hat = transform(psi, dof)
    first = [grid.derivative_factor(i) for i in range(dof)]
    second = [grid.derivative_factor(i, 2) for i in range(dof)]
    along = [sum(e * k for e, k in zip(row, first, strict=True)) for row in directions]
    factors = list(first)
    if order >= 2:
        factors += second
    if order == 3:
        factors += [a * k for a in along for k in first]
        factors += [a * k for a in along for k in second]
        factors += [a * b**2 for a in along for b in along]
    fields = [psi.ravel()] + [inverse_transform(hat * f, dof).ravel() for f in factors]
    return jnp.stack(fields)


def _num_fields(order: int, dof: int, num_space: int) -> int:
    mixed = 2 * num_space * dof + num_space**2 if order == 3 else 0
    return 1 + min(order, 2) * dof + mixed


def _require_memory(num_frames: int, num_points: int, num_fields: int) -> None:
    size = 16.0 * num_frames * num_points * num_fields
    if size > LARGEST_SIZE:
        raise ValidityError(
            f"{num_frames} frames of {num_fields} fields take {size / 2**30:.1f} GiB (allowed: "
            f"{LARGEST_SIZE / 2**30:.0f}). Store fewer frames, a coarser grid or a lower order."
        )


def _interpolated(psi: GridPsi, Q: Array, t: Array, num_fields: int) -> Array:
    """Fields e^{i rate t} (ψ, ∂ψ, ..) at (Q, t), shape (batch, num_fields)."""
    indices, weights = psi.grid.stencil(Q, NUM_NODES)
    frames, time_weights = _time_stencil(psi.times, jnp.broadcast_to(t, Q.shape[:1]))
    chosen = jnp.arange(num_fields)[None, None, :, None]
    gathered = psi.fields[frames[:, :, None, None], chosen, indices[:, None, None, :]]
    value = jnp.einsum("bfnp,bf,bp->bn", gathered, time_weights, weights.astype(complex))
    inside = psi.grid.contains(Q) & _within(psi.times, t)
    return jnp.where(inside[:, None], value, jnp.nan)


def _time_stencil(times: Array, t: Array) -> tuple[Array, Array]:
    num_nodes = min(NUM_NODES, times.shape[0])
    first = jnp.searchsorted(times, t) - num_nodes // 2
    first = jnp.clip(first, 0, times.shape[0] - num_nodes)
    frames = first[:, None] + jnp.arange(num_nodes)
    return frames, lagrange_weights(times[frames], t[:, None])


def _within(times: Array, t: Any) -> Array:
    slack = 1e-9 * (1.0 + jnp.abs(times[-1]) + jnp.abs(times[0]))
    return (t >= times[0] - slack) & (t <= times[-1] + slack)


@eqx.filter_jit
def _derivatives(psi: GridPsi, Q: Array, t: Array, order: int) -> Derivatives:
    dof, D, e = psi.grid.num_axes, psi.num_space, psi.directions
    value = _interpolated(psi, Q, t, _num_fields(order, dof, D))
    log_psi = jnp.log(value[:, 0]) - 1j * psi.rate * t
    ratios = value[:, 1:] / value[:, :1]
    g = ratios[:, :dof]
    if order == 1:
        return Derivatives(log_psi, g)
    h = ratios[:, dof : 2 * dof]
    if order == 2:
        return Derivatives(log_psi, g, h - g**2)
    k, l, n = jnp.split(ratios[:, 2 * dof :], [D * dof, 2 * D * dof], axis=1)
    k, l, n = k.reshape(-1, D, dof), l.reshape(-1, D, dof), n.reshape(-1, D, D)
    c = g @ e.T
    mixed = jnp.einsum("bai,ci->bac", k, e)
    twice = jnp.einsum("baa->ba", mixed)
    cm_gradient = k - c[:, :, None] * g[:, None, :]
    cm_second = l - c[:, :, None] * h[:, None, :] - 2.0 * g[:, None, :] * cm_gradient
    cm_mixed = mixed - c[:, :, None] * c[:, None, :]
    cm_third = n - c[:, :, None] * twice[:, None, :] - 2.0 * c[:, None, :] * cm_mixed
    return Derivatives(log_psi, g, h - g**2, cm_gradient, cm_second, cm_third)


def _mean_rate(psi: Array, times: np.ndarray) -> Array:
    """Mean energy / ħ from the turning of ψ between the first two frames [1/time]."""
    if len(times) == 1:
        return jnp.zeros(())
    return -jnp.angle(jnp.vdot(psi[0], psi[1])) / (times[1] - times[0])


def _require_close_frames(psi: Array, times: np.ndarray) -> None:
    if len(times) == 1:
        return
    if len(times) < NUM_NODES + 1:
        raise ValidityError(
            f"{len(times)} frames cannot be interpolated in time: give one frame, or at least "
            f"{NUM_NODES + 1}."
        )
    # Leaving a frame out makes the largest error of the interpolation about ten times larger.
    half = NUM_NODES // 2
    middles = np.arange(half, len(times) - half)
    nodes = middles[:, None] + np.delete(np.arange(-half, half + 1), half)
    weights = np.asarray(lagrange_weights(jnp.asarray(times[nodes]), times[middles][:, None]))
    frames = np.asarray(psi).reshape(len(times), -1)
    for j, near, w in zip(middles, nodes, weights, strict=True):
        gap = frames[j] - w.astype(complex) @ frames[near]
        error = 0.1 * float(np.linalg.norm(gap) / np.linalg.norm(frames[j]))
        if error > LARGEST_TIME_ERROR:
            raise FramesTooFarError(
                f"Interpolation in time is off by about {error:.2g} of |ψ| at t = {times[j]:g} "
                f"(allowed: {LARGEST_TIME_ERROR:g}). Store frames closer together."
            )


def _require_inside(psi: GridPsi, Q: Array, t: Any) -> None:
    outside = int(jnp.sum(~psi.grid.contains(jnp.asarray(Q))))
    if outside:
        raise ValidityError(f"{outside} of the configurations `Q` lie outside of the grid's box.")
    if not bool(jnp.all(_within(psi.times, jnp.asarray(t)))):
        first, last = float(psi.times[0]), float(psi.times[-1])
        raise ValidityError(f"`t` must lie within the stored times {first:g} to {last:g}.")
