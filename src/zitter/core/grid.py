"""Periodic grid in one to three dimensions: points, wavenumbers, integral, derivative, values."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import require_count, require_finite, require_kind, require_shape
from zitter.core.fft import inverse_transform, transform


@dataclass(frozen=True)
class Grid:
    """Uniform periodic grid, x_i = lower + i (upper - lower)/num, i = 0 .. num - 1, per axis.

    Args:
        lower, upper: ends of the box, one number per axis [length].
        num: points per axis.

    Raises:
        ValueError: not one to three axes, lengths that differ, upper <= lower, or num < 8.
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    num: tuple[int, ...]

    def __post_init__(self):
        for name in ("lower", "upper", "num"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        require_count("number of grid axes", len(self.num), 1, 3)
        require_shape("lower", self.lower, (len(self.num),), "(num_axes,)")
        require_shape("upper", self.upper, (len(self.num),), "(num_axes,)")
        require_finite("lower", self.lower)
        require_finite("upper", self.upper)
        for low, high, n in zip(self.lower, self.upper, self.num, strict=True):
            require_count("num", n, 8)
            if not high > low:
                raise ValueError(f"`upper` must exceed `lower`, but is {high:g} <= {low:g}.")

    @property
    def num_axes(self) -> int:
        """Number of axes, 1 to 3."""
        return len(self.num)

    @property
    def spacing(self) -> tuple[float, ...]:
        """Distance h of neighbouring points per axis [length]."""
        ends = zip(self.lower, self.upper, self.num, strict=True)
        return tuple((high - low) / n for low, high, n in ends)

    @property
    def cell_volume(self) -> float:
        """Π h [length^num_axes]."""
        return float(np.prod(self.spacing))

    @property
    def axes(self) -> tuple[np.ndarray, ...]:
        """Points per axis, each (num,) [length]."""
        parts = zip(self.lower, self.spacing, self.num, strict=True)
        return tuple(low + h * np.arange(n) for low, h, n in parts)

    @property
    def wavenumbers(self) -> tuple[np.ndarray, ...]:
        """Wavenumbers k per axis in the order of the transform, each (num,) [1/length]."""
        parts = zip(self.num, self.spacing, strict=True)
        return tuple(2.0 * np.pi * np.fft.fftfreq(n, h) for n, h in parts)

    @property
    def points(self) -> np.ndarray:
        """All points, last axis fastest, (Π num, num_axes) [length]."""
        mesh = np.meshgrid(*self.axes, indexing="ij")
        return np.stack([m.ravel() for m in mesh], axis=-1)

    def integrate(self, f: Array) -> Array:
        """Integral ∫f over the box by the rectangle rule, spectrally exact for resolved f.

        Args:
            f: values (.., *num).

        Returns:
            Integral (..) [unit of f * length^num_axes].

        Raises:
            ValueError: the last axes of `f` are not those of the grid.
        """
        self._require_values(f)
        return jnp.sum(f, axis=tuple(range(-self.num_axes, 0))) * self.cell_volume

    def derivative(self, f: Array, axis: int, order: int = 1) -> Array:
        """Spectral derivative ∂^order f/∂x_axis^order, complex.

        Args:
            f: values (.., *num).
            axis: grid axis, 0 .. num_axes - 1.
            order: 1 or more.

        Returns:
            Values (.., *num) [unit of f / length^order].

        Raises:
            ValueError: wrong shape, axis or order.

        Validity: f periodic and resolved; the Nyquist term of odd orders is left out.
        """
        self._require_values(f)
        require_count("axis", axis, 0, self.num_axes - 1)
        require_count("order", order, 1)
        factor = self.derivative_factor(axis, order)
        return inverse_transform(transform(f, self.num_axes) * factor, self.num_axes)

    def derivative_factor(self, axis: int, order: int = 1) -> np.ndarray:
        """(ik)^order of one axis, shaped to multiply a transform [1/length^order]."""
        k = np.array(self.wavenumbers[axis])
        if order % 2 and self.num[axis] % 2 == 0:
            k[self.num[axis] // 2] = 0.0
        shape = [1] * self.num_axes
        shape[axis] = self.num[axis]
        return ((1j * k) ** order).reshape(shape)

    def contains(self, Q: Array) -> Array:
        """Whether configurations (.., num_axes) lie in the box, bool (..)."""
        low, high = jnp.asarray(self.lower), jnp.asarray(self.upper)
        return jnp.all((low <= Q) & (high >= Q), axis=-1)

    def interpolate(self, f: Array, Q: Array, num_points: int = 6) -> Array:
        """Values between the points, by Lagrange polynomials through `num_points` per axis.

        Args:
            f: values (*num).
            Q: positions (batch, num_axes) [length].
            num_points: even; the error is of order h^num_points.

        Returns:
            Values (batch,) [unit of f]; NaN outside of the box.

        Raises:
            ValueError: wrong shapes.
        """
        require_shape("f", f, self.num, "num")
        require_shape("Q", Q, (None, self.num_axes), "(batch, num_axes)")
        indices, weights = self.stencil(Q, num_points)
        value = jnp.sum(weights * jnp.reshape(f, -1)[indices], axis=-1)
        return jnp.where(self.contains(Q), value, jnp.nan)

    def stencil(self, Q: Array, num_points: int = 6) -> tuple[Array, Array]:
        """Flat indices and weights of the Lagrange stencil, each (batch, num_points^num_axes)."""
        require_count("num_points", num_points, 2, min(self.num))
        if num_points % 2:
            raise ValueError(f"`num_points` must be even, but is {num_points}.")
        return _stencil(self, jnp.asarray(Q), num_points)

    def _require_values(self, f: Array) -> None:
        if np.shape(f)[-self.num_axes :] != self.num:
            raise ValueError(f"`f` must have shape (.., *num) = {self.num}, but has {np.shape(f)}.")


def require_grid(grid: Any, num_axes: int | None = None) -> None:
    """Raise unless `grid` is a Grid, of `num_axes` axes if they are given. Raises: ValueError."""
    require_kind("grid", grid, Grid)
    if num_axes is not None and grid.num_axes != num_axes:
        words = ("one axis", "two axes", "three axes")[num_axes - 1]
        raise ValueError(f"`grid` must have {words}, but has {grid.num_axes}.")


@partial(jax.jit, static_argnums=(0, 2))
def _stencil(grid: Grid, Q: Array, num_points: int) -> tuple[Array, Array]:
    indices = jnp.zeros((Q.shape[0], 1), dtype=int)
    weights = jnp.ones((Q.shape[0], 1))
    nodes = jnp.arange(num_points)
    for axis, n in enumerate(grid.num):
        u = (Q[:, axis] - grid.lower[axis]) / grid.spacing[axis]
        first = jnp.floor(u).astype(int) - num_points // 2 + 1
        w = lagrange_weights(nodes, u[:, None] - first[:, None])
        i = (first[:, None] + nodes) % n
        indices = (indices[:, :, None] * n + i[:, None, :]).reshape(Q.shape[0], -1)
        weights = (weights[:, :, None] * w[:, None, :]).reshape(Q.shape[0], -1)
    return indices, weights


def lagrange_weights(nodes: Array, x: Array) -> Array:
    """Weights w_k = Π_{l≠k} (x - x_l)/(x_k - x_l) of the polynomial through the nodes.

    Args:
        nodes: (.., K), distinct.
        x: (.., 1), broadcast against the nodes.

    Returns:
        Weights (.., K).
    """
    differences = nodes[..., :, None] - nodes[..., None, :]
    same = jnp.eye(nodes.shape[-1], dtype=bool)
    ratios = (x[..., None, :] - nodes[..., None, :]) / jnp.where(same, 1.0, differences)
    return jnp.prod(jnp.where(same, 1.0, ratios), axis=-1)
