"""Free rays of the classical equation (72) that start from a vortex, S = nħθ: why (94) cannot last.

The quantum potential of a vortex pushes outward by as much as is needed to hold a fluid that turns
with nħ/Mr² together. Without it, in (72), the fluid elements fly off along tangents,
    r² = r₀² + (nħt/M r₀)²,
those from near the axis fastest. They overtake the outer ones at once: at any t > 0 there are two
streams where r > r_c = √(2|n|ħt/M) and nothing at all inside. Each stream keeps its circulation
n h, but there is no single phase S, so that (94) and (72) hold together at t = 0 only.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammainc

from zitter.core.checks import (
    require_count,
    require_finite,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)


class Streams(NamedTuple):
    """The two streams of rays at one radius; NaN in the hole r < r_c, where there is none."""

    start: np.ndarray
    """radius at t = 0 of the ray of either stream, (2, ..) [length]"""
    radial_velocity: np.ndarray
    """(2, ..) [length/time]"""
    turning_velocity: np.ndarray
    """nħ/Mr, the same for both, (2, ..) [length/time]"""


def vortex_rays(
    q0: Any, t: float, *, winding: int = 1, mass: float = 1.0, hbar: float = 1.0
) -> np.ndarray:
    """Positions q₀ + t v₀ of free rays whose velocity is that of a vortex, v₀ = (nħ/Mr₀) e_θ.

    Equation: (94) with (72) and U = 0, by characteristics

    Args:
        q0: starts in the plane across the vortex (batch, 2), not on it [length].
        t: time [time].
        winding: n, not 0.
        mass: M [mass].
        hbar: [mass*length^2/time].

    Returns:
        (batch, 2) [length].

    Raises:
        ValueError: wrong shape, a start on the vortex, or n = 0.
    """
    require_shape("q0", q0, (None, 2), "(batch, 2)")
    q0 = np.asarray(q0, dtype=float)
    square = np.sum(q0**2, axis=1, keepdims=True)
    require_positive("squared distances of `q0` from the vortex", square)
    turned = np.stack([-q0[:, 1], q0[:, 0]], axis=1)
    return q0 + _area(t, winding, mass, hbar) * turned / square


def vortex_ray_jacobian(
    r0: Any, t: float, *, winding: int = 1, mass: float = 1.0, hbar: float = 1.0
) -> np.ndarray:
    """Jacobian of the rays, det ∂q/∂q₀ = d(r²)/d(r₀²) = 1 - (nħt/M)²/r₀⁴; below 0: folded [1].

    Args:
        r0: distances from the vortex at t = 0 (..) [length].
        t, winding, mass, hbar: as for vortex_rays.
    """
    require_positive("r0", r0)
    return 1.0 - (_area(t, winding, mass, hbar) / np.asarray(r0, dtype=float) ** 2) ** 2


def hole_radius(t: Any, *, winding: int = 1, mass: float = 1.0, hbar: float = 1.0) -> np.ndarray:
    """Radius r_c = √(2|n|ħt/M) of the hole round a free vortex of (72), a caustic [length].

    Args:
        t: times (..), not negative [time].
        winding, mass, hbar: as for vortex_rays.
    """
    return np.sqrt(2.0 * np.abs(_area(t, winding, mass, hbar)))


def folded_mass(
    t: Any, width: float, *, winding: int = 1, mass: float = 1.0, hbar: float = 1.0
) -> np.ndarray:
    """Share of the rays that have been overtaken at t, P(|n| + 1, u), u = |n|ħt/2Mσ² [1].

    For n = ±1 it is 1 - e^(-u)(1 + u): u²/2 at first, so that no time is free of folds.

    Args:
        t: times (..), not negative [time].
        width: σ of ρ ∝ r^(2|n|) exp(-r²/2σ²) at t = 0 [length].
        winding, mass, hbar: as for vortex_rays.
    """
    require_positive("width", width)
    u = 0.5 * np.abs(_area(t, winding, mass, hbar)) / width**2
    return gammainc(abs(winding) + 1.0, u)


def vortex_streams(
    r: Any, t: float, *, winding: int = 1, mass: float = 1.0, hbar: float = 1.0
) -> Streams:
    """The two rays that pass the radius r at time t > 0, r₀² = r²/2 ± √(r⁴/4 - (nħt/M)²).

    Both turn with nħ/Mr, so each stream has the circulation n h round the axis; their radial
    velocities have opposite signs of d(r₀²)/d(r²), so that no single S has both as its gradient.

    Args:
        r: radii (..) [length].
        t: time, positive [time].
        winding, mass, hbar: as for vortex_rays.

    Returns:
        Streams, outer starts first.
    """
    require_positive("r", r)
    require_positive("t", t)
    r, area = np.asarray(r, dtype=float), _area(t, winding, mass, hbar)
    inside = 0.25 * r**4 - area**2
    root = np.sqrt(np.where(inside >= 0.0, inside, np.nan))
    # The product of the two squares is area²: the small one must not come from a difference.
    outer = 0.5 * r**2 + root
    start = np.sqrt(np.stack([outer, area**2 / outer]))
    speed = np.abs(area) / (t * start)
    turning = np.broadcast_to(area / (t * r), start.shape)
    return Streams(start, speed**2 * t / r, np.where(np.isnan(start), np.nan, turning))


def _area(t: Any, winding: int, mass: float, hbar: float) -> Any:
    """nħt/M."""
    require_finite("t", t)
    require_real("t", t)
    if np.any(np.asarray(t) < 0.0):
        raise ValueError(f"`t` must not be negative, but is {np.min(t):g}.")
    require_count("winding", winding, -(10**6))
    require_count("absolute value of `winding`", abs(winding))
    require_numbers(mass=mass, hbar=hbar)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    return winding * hbar / mass * np.asarray(t, dtype=float)
