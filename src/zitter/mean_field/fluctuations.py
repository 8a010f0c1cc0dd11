"""Fluctuations of K bodies about a uniform mean field, from linear response and from bodies.

Random bodies of a uniform Maxwellian have E|ρ_k|² = 1/K at the start. What becomes of it is linear
response to the free streaming of the noise, and has no free constant: a plasma screens it, gravity
lets it grow (Braun & Hepp, Commun. Math. Phys. 56 (1977) 101).
"""

from typing import Any

import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.mean_field.waves_in_time import volterra_solution

# Error by the steps that is let pass, of the result.
STEP_ERROR = 1e-3


def fluctuation_strength(
    times: Any, wavenumber: float, spread: float, rate_squared: float, num_steps: int = 2000
) -> np.ndarray:
    """Fluctuation K E|ρ_k(t)|² of the density of a uniform Maxwellian about its mean field.

    ρ_k obeys Volterra's equation ρ(t) = ρ₀(t) + ∫₀ᵗ κ(t - s) ρ(s) ds, κ(τ) = ω² τ c(τ), where ρ₀
    streams freely with the correlation K E[ρ₀(t) ρ₀*(s)] = c(t - s) = exp(-k²σ²(t - s)²/2).

    Args:
        times: t, from 0 on (time,) [time].
        wavenumber: k [1/length].
        spread: σ of the velocities [length/time].
        rate_squared: ω² = 4πG M ρ of gravity, or -ω_p² of like charges [1/time^2].
        num_steps: steps of the rule for integrals up to the last time.

    Returns:
        (time,); 1 at t = 0 [1].

    Raises:
        ValueError: shapes, a negative time, a value that is not positive.
        ValidityError: steps too long for the waves, or for the time.

    Validity: random independent starts, K → ∞ at fixed t: while E|ρ_k|² ≪ 1. The rule is of
        fourth order in the step.
    """
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    require_positive("wavenumber", wavenumber)
    require_positive("spread", spread)
    require_finite("rate_squared", rate_squared)
    require_count("num_steps", num_steps, 8)
    t = np.asarray(times, dtype=float)
    if np.any(t < 0.0):
        raise ValueError(f"`times` must not be negative, but one is {np.min(t):g}.")
    found = np.ones(t.shape)
    for i in np.flatnonzero(t > 0.0):
        rough, coarse, fine = (
            _strength(t[i], wavenumber * spread, rate_squared, n)
            for n in (num_steps // 4, num_steps // 2, num_steps)
        )
        found[i] = fine + (fine - coarse) / 3.0
        error = abs(found[i] - coarse - (coarse - rough) / 3.0) / 15.0
        if not error <= STEP_ERROR * abs(found[i]):
            raise ValidityError(
                f"`num_steps` must be larger than {num_steps} for t = {t[i]:g}: with half and "
                "with a quarter of them the fluctuations are others."
            )
    return found


def _strength(t: float, k_sigma: float, rate_squared: float, num_steps: int) -> float:
    """1 + 2∫r c + ∫∫r c r with the resolvent r = κ + κ∗r, by the trapezoidal rule."""
    u, h = np.linspace(0.0, t, num_steps + 1, retstep=True)
    c = np.exp(-0.5 * (k_sigma * u) ** 2)
    kernel = rate_squared * u * c
    r = volterra_solution(kernel, kernel, h)
    weighted = h * r
    weighted[-1] *= 0.5
    both = np.correlate(weighted, weighted, "full")[num_steps:]
    return float(1.0 + 2.0 * weighted @ c + both[0] + 2.0 * both[1:] @ c[1:])


def density_modes(X: Any, wavenumber: float) -> np.ndarray:
    """Fourier modes ρ_k = (1/K) Σ exp(-ikxᵢ) of the density of K bodies.

    Args:
        X: positions (.., K) [length].
        wavenumber: k [1/length].

    Returns:
        (..), complex [1].
    """
    return np.mean(np.exp(-1j * wavenumber * np.asarray(X, dtype=float)), axis=-1)
