"""Two bosons in a trap with two vortices in configuration space: forces near nodes, exactly.

ħ = m = ω = 1. With R = (x₁ + x₂)/√2 and r = (x₁ - x₂)/√2,
    ψ ∝ [R + i g(r)] e^(-(R² + r²)/2),  g = (r² - c²)/2c,
vanishes at R = 0, r = ±c, in the same way in all directions there. It is a superposition of the
first excited centre of mass and of even states of relative motion.
"""

import numpy as np
from scipy.interpolate import PchipInterpolator

from zitter.core.statistics import Estimate, hill_exponent, power_law_fit

NODE = 1.0
"""c, the distance of either node from the middle [√(ħ/mω)]."""


def draw_pair(num: int, rng: np.random.Generator) -> np.ndarray:
    """Draws (R, r) from |ψ|² = (R² + g²) e^(-R² - r²), a mixture of two terms, shape (num, 2)."""
    # ∫R² e^(-R²) = √π/2 against ∫g² e^(-r²) = (√π/4c²)(3/4 - c² + c⁴).
    second = (0.75 - NODE**2 + NODE**4) / (4.0 * NODE**2)
    first = rng.random(num) < 0.5 / (0.5 + second)
    normal = rng.normal(0.0, np.sqrt(0.5), (2, num))
    maxwell = np.sqrt(rng.gamma(1.5, 1.0, num)) * rng.choice([-1.0, 1.0], num)
    R = np.where(first, maxwell, normal[0])
    r = np.where(first, normal[1], _relative_quantile()(rng.random(num)))
    return np.stack([R, r], axis=1)


def pair_forces(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """F_cm and F_rel at (R, r) of `points` (num, 2), from the derivatives of ln |ψ|.

    x_cm = R/√2 and y₂ = ∓r, so that Q_cm = -∂_R²|ψ|/2|ψ|, Q_rel = -∂_r²|ψ|/2|ψ| and
    F = -√2 ∂_R Q.
    """
    R, r = points.T
    g, g1, g2 = (r**2 - NODE**2) / (2.0 * NODE), r / NODE, 1.0 / NODE
    P = R**2 + g**2
    slope, curvature = R / P - R, 1.0 / P - 2.0 * R**2 / P**2 - 1.0
    third = -6.0 * R / P**2 + 8.0 * R**3 / P**3
    F_cm = (third + 2.0 * slope * curvature) / np.sqrt(2.0)
    slope_r = g * g1 / P - r
    slope_r_along = -2.0 * R * g * g1 / P**2
    curvature_along = -2.0 * R * (g1**2 + g * g2) / P**2 + 8.0 * R * (g * g1) ** 2 / P**3
    F_rel = (curvature_along + 2.0 * slope_r * slope_r_along) / np.sqrt(2.0)
    return F_cm, F_rel


def node_distance(points: np.ndarray) -> np.ndarray:
    """Distance of (R, r) from the nearer node, (num,)."""
    return np.hypot(points[:, 0], np.abs(points[:, 1]) - NODE)


def closeness_exponent(distance: np.ndarray, fraction: float) -> Estimate:
    """Exponent a of P(distance < s) ∝ s^a, from the closest share of the draws (Hill)."""
    return hill_exponent(1.0 / distance, fraction)


def growth_exponent() -> Estimate:
    """Exponent of the median |F_rel| on circles about a node, radii 10⁻³ to 10⁻¹."""
    radii = np.geomspace(1e-3, 1e-1, 9)
    angle = 2.0 * np.pi * (np.arange(360) + 0.5) / 360.0
    sizes = []
    for radius in radii:
        circle = np.stack([radius * np.cos(angle), NODE + radius * np.sin(angle)], axis=1)
        sizes.append(np.median(np.abs(pair_forces(circle)[1])))
    law = power_law_fit(radii, sizes)
    return Estimate(law.exponent, law.exponent_error)


def _relative_quantile() -> PchipInterpolator:
    """Inverse distribution function of g² e^(-r²)."""
    r = np.linspace(-6.0, 6.0, 12_001)
    density = (r**2 - NODE**2) ** 2 * np.exp(-(r**2))
    steps = 0.5 * (density[1:] + density[:-1])
    cumulated = np.concatenate([[0.0], np.cumsum(steps)]) / np.sum(steps)
    rising = np.concatenate([[True], np.diff(cumulated) > 0.0])
    return PchipInterpolator(cumulated[rising], r[rising])
