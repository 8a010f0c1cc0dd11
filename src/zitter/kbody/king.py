"""King's spheres: isothermal within, with an edge, f ∝ exp(-E/σ²) - 1 above zero."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.special import erf

from zitter.core.checks import require_positive
from zitter.kbody.clouds import Cloud, require_sizes, spherical_cloud, uniform_points

NUM_RADII, BISECTIONS, DEEPEST = 4000, 60, 16.0


class KingProfile(NamedTuple):
    """King's sphere of depth W₀; lengths in core radii r₀, masses in 4πρ₀r₀³."""

    depth: float
    """W₀ = -Φ(0)/σ², from the edge"""
    radii: np.ndarray
    """x = r/r₀ from 0 to the edge (n,)"""
    W: np.ndarray
    """-Φ/σ² (n,)"""
    mass: np.ndarray
    """∫ρ/ρ₀ x² dx (n,)"""

    @property
    def edge(self) -> float:
        """Tidal radius over core radius."""
        return float(self.radii[-1])

    def density(self, x: Any) -> np.ndarray:
        """ρ/ρ₀ at x = r/r₀."""
        W = np.interp(x, self.radii, self.W, right=0.0)
        return king_density(W) / king_density(self.depth)


def king_density(W: Any) -> np.ndarray:
    """Density e^W erf(√W) - √(4W/π) (1 + 2W/3) of King's sphere at the depth W, not normalised.

    Args:
        W: -Φ/σ² from the edge, not negative [1].

    Returns:
        Values as W [1].
    """
    W = np.maximum(np.asarray(W, dtype=float), 0.0)
    whole = np.exp(W) * erf(np.sqrt(W)) - np.sqrt(4.0 * W / np.pi) * (1.0 + 2.0 * W / 3.0)
    # Near the edge the terms cancel: the first two of the series.
    return np.where(W > 1e-3, whole, 8.0 / (15.0 * np.sqrt(np.pi)) * W**2.5 * (1.0 + 2.0 * W / 7.0))


@lru_cache(maxsize=8)
def king_profile(depth: float) -> KingProfile:
    """King's sphere of depth W₀, from ∇²W = -9 ρ/ρ₀ in core radii.

    Args:
        depth: W₀ [1].

    Returns:
        KingProfile.

    Raises:
        ValueError: a depth that is not positive or above 16.
    """
    require_positive("depth", depth)
    if depth > DEEPEST:
        raise ValueError(f"`depth` must be at most {DEEPEST:g}, but is {depth:g}.")
    central = king_density(depth)

    def slope(x: float, y: np.ndarray) -> list[float]:
        """y = (W, ∫ρ x²): W' = -9 m/x²."""
        inner = x / 3.0 if x < 1e-6 else y[1] / x**2
        return [-9.0 * inner, float(king_density(y[0]) / central) * x**2]

    def at_edge(x: float, y: np.ndarray) -> float:
        return float(y[0])

    at_edge.terminal = True  # type: ignore[attr-defined]
    solution = solve_ivp(
        slope, (0.0, 1e5), [depth, 0.0], events=at_edge, dense_output=True, rtol=1e-11, atol=1e-14
    )
    edge = float(solution.t_events[0][0])
    x = np.expm1(np.linspace(0.0, np.log1p(edge), NUM_RADII))
    x[-1] = edge
    W, mass = solution.sol(x)
    W[0], W[-1], mass[0] = depth, 0.0, 0.0
    return KingProfile(float(depth), x, np.maximum(W, 0.0), mass)


def king_cloud(
    num: int,
    mass: float,
    radius: float,
    depth: float,
    gravitational_constant: float = 1.0,
    *,
    start: str = "random",
    seed: int = 0,
) -> Cloud:
    """King's sphere of equal bodies in equilibrium.

    Args:
        num: K.
        mass: M of the whole sphere [mass].
        radius: core radius r₀ = √(9σ²/4πGρ₀) [length].
        depth: W₀ [1].
        gravitational_constant: G [length^3/mass/time^2].
        start, seed: "random" or "quiet", and which of these.

    Returns:
        Cloud, as drawn: its centre of mass is where chance has it.

    Raises:
        ValueError: a parameter is not positive; another start; a depth above 16.
    """
    require_sizes(mass=mass, radius=radius, gravitational_constant=gravitational_constant)
    profile = king_profile(float(depth))
    u = uniform_points(num, 6, start, seed)
    # At the centre M ~ x³: its cube root is smooth there.
    root = np.cbrt(profile.mass)
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(root)) > 0.0])
    x = PchipInterpolator(root[rising], profile.radii[rising])(np.cbrt(u[:, 0]) * root[-1])
    W = np.maximum(CubicSpline(profile.radii, profile.W)(x), 0.0)
    # M = 4πρ₀r₀³ m and r₀² = 9σ²/4πGρ₀.
    sigma = np.sqrt(gravitational_constant * mass / (9.0 * radius * profile.mass[-1]))
    return spherical_cloud(mass, radius * x, sigma * _speeds(W, u[:, 1]), u[:, 2:])


def _speeds(W: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Speeds over σ at which a share of (exp(W - v²/2) - 1) v² dv is reached, by bisection."""

    def below(v: np.ndarray) -> np.ndarray:
        gaussian = np.sqrt(0.5 * np.pi) * erf(v / np.sqrt(2.0)) - v * np.exp(-0.5 * v**2)
        return np.exp(W) * gaussian - v**3 / 3.0

    high = np.sqrt(2.0 * W)
    low, wanted = np.zeros_like(high), share * below(high)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        less = below(middle) < wanted
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return 0.5 * (low + high)
