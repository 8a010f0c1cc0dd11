"""A spectral density as n oscillators: rules, recurrence time, and which rule serves which kind."""

from typing import NamedTuple

import numpy as np

from zitter.bath.spectral_density import Density, SpectralDensity
from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)

QUANTILE_RULES = ("equal weights", "graded", "graded Gauss")
RULES = (*QUANTILE_RULES, "tangent", "logarithmic", "quadratic", "linear")
# Nodes far below the cutoff carry T/ω² into the noise and lose it to rounding.
_LOWEST = 1e-8


class OscillatorBath(NamedTuple):
    """Oscillators of a bath in mass-weighted coordinates √m_k q_k."""

    frequencies: np.ndarray
    """ω_k (n,), increasing [1/time]"""
    couplings: np.ndarray
    """c_k/√m_k (n,) [mass^(1/2)/time^2]"""

    def memory_kernel(self, t: np.ndarray) -> np.ndarray:
        """Memory kernel K(t) = Σ_k c_k²/(m_k ω_k²) cos ω_k t of the shape of t [mass/time^2]."""
        weights = (self.couplings / self.frequencies) ** 2
        return np.cos(np.asarray(t)[..., None] * self.frequencies) @ weights


def default_rule(density: Density, num_modes: int) -> str:
    """Rule that errs least on the response and on the noise.

    Equal weights for Ohmic and sub-Ohmic densities, the tangent for super-Ohmic ones; with a hard
    cutoff Gauss-Legendre rules converge at once.

    Validity: measured on Drude, exponential and hard cutoffs, s = 0.5, 1, 3, at 32 to 256 modes.
    """
    s = density.exponent
    if isinstance(density, SpectralDensity) and density.shape == "hard":
        if s >= 1.0:
            return "tangent"
        return "quadratic" if num_modes <= 100 else "equal weights"
    return "equal weights" if s <= 1.2 else "tangent"


def discretised(density: Density, num_modes: int, rule: str | None = None) -> OscillatorBath:
    """Oscillators c_k²/(m_k ω_k²) = (2/π) J(ω_k)/ω_k Δω_k that stand for a spectral density.

    "equal weights": ω_k where the fraction (k - 1/2)/n of K(0) lies below, each with K(0)/n.
    "graded": fractions 1 - (1 - u)² with u at midpoints, finer at high frequencies; "graded
    Gauss": 1 - (1 - u)³ with Gauss-Legendre u, which converges fastest once n resolves the run.
    Both have higher frequencies, which trajectories must resolve.
    "tangent", "logarithmic", "quadratic": Gauss-Legendre in θ with ω = 3 ω_c tan θ, in
    ln(1 + ω/ω_c), in √ω. "linear": midpoints; it converges late, and shows recurrences.

    Args:
        density: J.
        num_modes: n.
        rule: one of RULES; by default that of `default_rule`.

    Returns:
        Frequencies [1/time] and couplings [mass^(1/2)/time^2].

    Raises:
        ValueError: n < 2, an unknown rule.
        ValidityError: a frequency so low that rounding spoils the noise, or without bound.
    """
    require_count("num_modes", num_modes, 2)
    rule = default_rule(density, num_modes) if rule is None else rule
    require_choice("rule", rule, RULES)
    if rule in QUANTILE_RULES:
        w, kernel = _quantile_nodes(density, num_modes, rule)
    else:
        w, width = _mapped_nodes(density, num_modes, rule)
        kernel = 2.0 / np.pi * density(w) / w * width
        w, kernel = w[kernel > 0.0], kernel[kernel > 0.0]
    if not np.isfinite(w[-1]):
        raise ValidityError(
            f"Of {num_modes} modes by the rule '{rule}' the highest has no finite frequency: use "
            "fewer modes or another rule."
        )
    if w[0] < _LOWEST * density.cutoff:
        raise ValidityError(
            f"The lowest mode lies at {w[0]:.1e}, below {_LOWEST:g} of the cutoff, where rounding "
            "spoils the thermal noise. Use fewer modes or the rule 'tangent'."
        )
    return OscillatorBath(w, w * np.sqrt(kernel))


def recurrence_time(bath: OscillatorBath, frequency: float) -> float:
    """Time 2π/Δω at which modes near the system's frequency come back into phase [time].

    Args:
        bath: OscillatorBath; modes of one frequency count as one.
        frequency: Ω of the system [1/time].

    Raises:
        ValueError: fewer than two different frequencies.

    Validity: above all modes, where none is in resonance, Δω is the largest spacing; below them
    it is the lowest one. On an equidistant grid without ω = 0 the first revival has the opposite
    sign.
    """
    require_positive("frequency", frequency)
    w = np.unique(require_bath(bath).frequencies)
    if w.size < 2:
        raise ValueError("`bath` must hold at least two different frequencies.")
    spacing = np.diff(w)
    if frequency > w[-1]:
        return float(2.0 * np.pi / np.max(spacing))
    middle = 0.5 * (w[1:] + w[:-1])
    return float(2.0 * np.pi / np.interp(frequency, middle, spacing))


def require_no_recurrence(bath: OscillatorBath, frequency: float, duration: float) -> float:
    """Recurrence time, once it is known to be longer than a run [time].

    Args:
        bath: OscillatorBath.
        frequency: Ω of the system [1/time].
        duration: length of the run [time].

    Raises:
        ValidityError: the recurrence time is shorter than the run.
    """
    longest = recurrence_time(bath, frequency)
    if duration > longest:
        raise ValidityError(
            f"The bath of {bath.frequencies.size} modes comes back after t = {longest:.3g}, "
            f"before the end of the run at {duration:.3g}: use more modes or a shorter run."
        )
    return longest


def require_bath(bath: OscillatorBath) -> OscillatorBath:
    """The bath with its arrays checked.

    Raises:
        ValueError: shapes do not match, frequencies not positive or not increasing, couplings
            not finite.
    """
    w = np.asarray(bath.frequencies, float)
    c = np.asarray(bath.couplings, float)
    require_shape("frequencies", w, (None,), "(n,)")
    require_shape("couplings", c, w.shape, "(n,)")
    require_positive("frequencies", w)
    require_finite("couplings", c)
    if np.any(np.diff(w) < 0.0):
        raise ValueError("`frequencies` must be increasing: sort the modes by frequency.")
    return OscillatorBath(w, c)


def _quantile_nodes(density: Density, num: int, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """Nodes at fractions of K(0), and the share of K(0) of each."""
    u, weight = (np.arange(num) + 0.5) / num, np.full(num, 1.0 / num)
    if rule == "graded Gauss":
        x, weight = np.polynomial.legendre.leggauss(num)
        u, weight = 0.5 * (x + 1.0), 0.5 * weight
    power = {"equal weights": 1, "graded": 2, "graded Gauss": 3}[rule]
    share = power * (1.0 - u) ** (power - 1) * weight
    return density.quantile(1.0 - (1.0 - u) ** power), density.counter_term * share


def _mapped_nodes(density: Density, num: int, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and widths of a rule on [0, highest]."""
    scale, top = density.cutoff, density.highest
    if rule == "linear":
        width = top / num
        return (np.arange(num) + 0.5) * width, np.full(num, width)
    x, weight = np.polynomial.legendre.leggauss(num)
    x, weight = 0.5 * (x + 1.0), 0.5 * weight
    if rule == "quadratic":
        return top * x**2, 2.0 * top * x * weight
    if rule == "logarithmic":
        end = np.log1p(top / scale)
        return scale * np.expm1(end * x), scale * end * np.exp(end * x) * weight
    scale *= 3.0
    end = np.arctan(top / scale)
    return scale * np.tan(end * x), scale * end / np.cos(end * x) ** 2 * weight
