"""Absorbing layers at the ends of a box, with the share that comes back computed, not hoped for.

Inside of a layer |ψ| decays with a rate that grows with the cube of the depth. A weak layer lets
fast waves through to the other side of the periodic box, a strong one throws slow ones back; the
strength is chosen for the smallest worst share over a range of momenta, from the exact solution of
the stationary equation ħ²k²/(2m) φ = [-ħ²∂²/(2m) - iħγ(x)] φ through both layers.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid, require_grid

NUM_MOMENTA, NUM_STRENGTHS, NUM_STEPS = 25, 48, 600


class AbsorbingLayer(NamedTuple):
    """Absorption for `evolve_schrodinger`, and what it leaves."""

    rate: np.ndarray
    """γ, at which |ψ| decays, (*num) [1/time]"""
    returned: float
    """Largest share of the norm that is reflected or let through, over the momenta and axes [1]"""


def absorbing_layer(
    grid: Grid,
    width: float,
    slowest: float,
    fastest: float,
    masses: Any,
    hbar: float = 1.0,
    *,
    axes: Sequence[int] | None = None,
    tolerance: float = 1e-6,
) -> AbsorbingLayer:
    """Absorbing layers at both ends of the axes of a box: γ(x) = γ₀ (depth/width)³.

    Args:
        grid: Grid.
        width: of each layer [length].
        slowest, fastest: range of |p| along an axis for which the layer is made, one number each
            [mass*length/time].
        masses: one per degree of freedom, (dof,) [mass].
        hbar: [mass*length^2/time].
        axes: those that get layers; default all.
        tolerance: largest share that may come back [1].

    Returns:
        AbsorbingLayer.

    Raises:
        ValueError: bad shapes or an empty range.
        ValidityError: no strength keeps to the tolerance: the layer is too thin for the range.

    Validity: momenta along the axis within the range; slower ones are reflected more.
    """
    require_grid(grid)
    require_positive("masses", masses)
    require_numbers(width=width, slowest=slowest, fastest=fastest, hbar=hbar, tolerance=tolerance)
    masses = np.asarray(masses, dtype=float)
    require_shape("masses", masses, (grid.num_axes,), "(dof,)")
    for name, value in (("width", width), ("slowest", slowest), ("masses", masses)):
        require_positive(name, value)
    require_positive("hbar", hbar)
    require_positive("tolerance", tolerance)
    require_positive("fastest", fastest)
    if not fastest >= slowest:
        raise ValueError(f"`fastest` must be at least `slowest`, but is {fastest:g} < {slowest:g}.")
    chosen = range(grid.num_axes) if axes is None else axes
    k = float(slowest) / hbar
    strength, returned = _best_strength(float(width) * k, float(fastest) / float(slowest))
    if returned > tolerance:
        raise ValidityError(
            f"A share {returned:.2g} comes back from layers of width {width:g} (allowed: "
            f"{tolerance:.2g}). Use a width of more than {width * k / (2.0 * np.pi):.2g} longest "
            f"wavelengths 2πħ/slowest = {2.0 * np.pi / k:.3g}, or a narrower range."
        )
    rate = np.zeros(grid.num)
    for axis in chosen:
        require_count("axis", axis, 0, grid.num_axes - 1)
        depth = _depth(grid, axis, float(width))
        shape = [-1 if i == axis else 1 for i in range(grid.num_axes)]
        rate += (0.5 * hbar * k**2 * strength / masses[axis] * depth**3).reshape(shape)
    return AbsorbingLayer(rate, returned)


def returned_share(width: Any, strength: Any, ratio: Any = 1.0) -> np.ndarray:
    """Share of the norm of a wave that two layers, back to back, reflect or let through.

    Args:
        width: k₁ times the width of each layer, for a wavenumber k₁ [1].
        strength: 2mγ₀/(ħk₁²), broadcast with `ratio` [1].
        ratio: wavenumber of the wave by k₁ [1].

    Returns:
        Reflected plus transmitted share [1].

    Raises:
        ValueError: a width or ratio that is not positive, or a strength that is not finite.
    """
    require_numbers(width=width)
    require_positive("width", width)
    for name, value in (("strength", strength), ("ratio", ratio)):
        require_finite(name, value)
        require_real(name, value)
    require_positive("ratio", ratio)
    k, strength = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(strength, float))
    num_steps = _num_steps(width, float(np.max(k)))
    h = 2.0 * float(width) / num_steps
    depth = 1.0 - np.abs((np.arange(num_steps) + 0.5) * h / float(width) - 1.0)
    reflected, passed = reflected_and_passed((strength * d**3 for d in depth), h, k)
    return reflected + passed


def reflected_and_passed(
    strengths: Iterable[Any], spacing: float, k: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the norm of waves k that a row of cells reflects and lets through, exactly.

    φ'' = -(k² + is) φ with s = 2mγ/ħ in cells of one length, the same from either end.
    """
    # From behind the cells, where only an outgoing wave is, to the front of them.
    value, slope, logarithm = np.ones(k.shape, complex), 1j * k, np.zeros(k.shape)
    for s in strengths:
        q = np.sqrt(k**2 + 1j * s)
        turn = np.exp(2j * spacing * q)
        cosine, sine = 0.5 * (1.0 + turn), -0.5j * (turn - 1.0) / q
        value, slope = value * cosine - slope * sine, slope * cosine + q**2 * value * sine
        size = np.abs(value) + np.abs(slope / k)
        value, slope = value / size, slope / size
        # The factor exp(-iqh) of cosine and sine is taken out, so that nothing overflows.
        logarithm += np.log(size) + spacing * q.imag
    incoming, back = 0.5 * (value + slope / (1j * k)), 0.5 * (value - slope / (1j * k))
    return np.abs(back / incoming) ** 2, np.exp(-2.0 * logarithm) / np.abs(incoming) ** 2


def _best_strength(width: float, largest_ratio: float) -> tuple[float, float]:
    ratios = np.linspace(1.0, largest_ratio, NUM_MOMENTA)
    # The largest one for which the steps through the layers are stable.
    largest = (_num_steps(width, largest_ratio) / (2.0 * width)) ** 2
    low, high = -1.0, float(np.log10(min(1e3, largest)))
    # Twice: the second time between the neighbours of the best of the first.
    for _ in range(2):
        strengths = np.logspace(low, high, NUM_STRENGTHS)
        worst = np.max(returned_share(width, strengths[:, None], ratios), axis=1)
        best = int(np.argmin(worst))
        step = (high - low) / (NUM_STRENGTHS - 1)
        low, high = np.log10(strengths[best]) - step, np.log10(strengths[best]) + step
    return float(strengths[best]), float(worst[best])


def _num_steps(width: float, largest_ratio: float) -> int:
    return max(NUM_STEPS, int(np.ceil(4.0 * width * largest_ratio)))


def _depth(grid: Grid, axis: int, width: float) -> np.ndarray:
    """0 outside of the layers, 1 at the ends of the box."""
    x, low, high = grid.axes[axis], grid.lower[axis], grid.upper[axis]
    if 2.0 * width >= high - low:
        raise ValueError(
            f"`width` must leave room between the layers, but is {width:g} in a box of "
            f"{high - low:g}."
        )
    return np.clip(1.0 - np.minimum(x - low, high - x) / width, 0.0, 1.0)
