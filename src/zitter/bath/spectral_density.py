"""Spectral densities J(ω) of a bath of oscillators, and the memory kernels that follow from them.

H = P²/2M + U(X) + Σ_k [p_k²/2m_k + m_k ω_k²/2 (q_k - c_k X/(m_k ω_k²))²], counter-term included;
J(ω) = (π/2) Σ_k c_k²/(m_k ω_k) δ(ω - ω_k), K(t) = (2/π) ∫ dω J(ω)/ω cos ωt. γ is the damping rate
of the momentum, dP/dt = -γ P; half of it is what the literature on master equations calls γ.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import equinox as eqx
import numpy as np
from scipy import integrate, special
from scipy.interpolate import PchipInterpolator

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_finite,
    require_positive,
    require_shape,
)

SHAPES = ("drude", "exponential", "hard")
SETTLED, MOST_HALVINGS, MOST_PANELS = 1e-12, 60, 20_000
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


class SpectralDensity(eqx.Module):
    """Spectral density J(ω) = M γ ω_c (ω/ω_c)^s f(ω/ω_c).

    f(x) = 1/(1 + x²) for "drude", exp(-x) for "exponential", 1 below x = 1 and else 0 for "hard".

    Args:
        damping: γ [1/time].
        cutoff: ω_c [1/time].
        exponent: s; 1 is Ohmic, less is sub-Ohmic, more is super-Ohmic.
        shape: "drude", "exponential" or "hard".
        mass: M of the system, or of its centre of mass [mass].

    Raises:
        ValueError: γ, ω_c, s or M is not positive, an unknown shape, s >= 2 with "drude", where
            the counter-term diverges.
    """

    damping: float
    cutoff: float
    exponent: float = 1.0
    shape: str = "drude"
    mass: float = 1.0

    def __check_init__(self):
        for name in ("damping", "cutoff", "exponent", "mass"):
            require_positive(name, getattr(self, name))
        require_choice("shape", self.shape, SHAPES)
        if self.shape == "drude" and self.exponent >= 2.0:
            raise ValueError(
                f"`exponent` must be below 2 with the Drude cutoff, but is {self.exponent:g}: "
                "the counter-term diverges. Use the exponential or the hard cutoff."
            )

    def __call__(self, w: Any) -> np.ndarray:
        """J(ω) at frequencies of any shape."""
        x = np.asarray(w, float) / self.cutoff
        scale = self.mass * self.damping * self.cutoff
        return scale * x**self.exponent * self._cut(x)

    @property
    def counter_term(self) -> float:
        """K(0) = (2/π) ∫ J/ω dω [mass/time^2]."""
        s = self.exponent
        integral = {
            "drude": 0.5 * np.pi / np.sin(0.5 * np.pi * s),
            "exponential": special.gamma(s),
            "hard": 1.0 / s,
        }[self.shape]
        return float(2.0 / np.pi * self.mass * self.damping * self.cutoff * integral)

    @property
    def highest(self) -> float:
        """Frequency above which nothing is left that double precision could see [1/time].

        With the Drude cutoff it is 60 ω_c; there the density falls only as ω^(s - 2).
        """
        tail = {"drude": 60.0, "exponential": 32.0 + 4.0 * self.exponent, "hard": 1.0}
        return self.cutoff * tail[self.shape]

    @property
    def panel_edges(self) -> np.ndarray:
        """Edges of panels in which J has no structure narrower than they are [1/time]."""
        return self.highest * np.linspace(0.0, 1.0, 5)

    def quantile(self, fraction: Any) -> np.ndarray:
        """Frequency below which a fraction of K(0) lies, without bound for all of it [1/time]."""
        p, s = np.asarray(fraction, float), self.exponent
        if self.shape == "drude":
            share = special.betaincinv(0.5 * s, 1.0 - 0.5 * s, p)
            rest = special.betaincinv(1.0 - 0.5 * s, 0.5 * s, 1.0 - p)
            x = np.sqrt(np.divide(share, rest, out=np.full_like(share, np.inf), where=rest > 0.0))
        elif self.shape == "exponential":
            x = special.gammaincinv(s, p)
        else:
            x = p ** (1.0 / s)
        return self.cutoff * x

    def memory_kernel(self, t: Any) -> np.ndarray:
        """Memory kernel K(t) = (2/π) ∫ J/ω cos ωt dω of the shape of t [mass/time^2].

        Args:
            t: times [time].
        """
        times, s = np.asarray(t, float), self.exponent
        tau = self.cutoff * np.abs(times)
        scale = 2.0 / np.pi * self.mass * self.damping * self.cutoff
        if self.shape == "exponential":
            return scale * special.gamma(s) * np.real((1.0 + 1j * tau) ** (-s))
        if self.shape == "drude" and s == 1.0:
            return 0.5 * np.pi * scale * np.exp(-tau)
        if self.shape == "hard" and s == 1.0:
            return scale * np.sinc(tau / np.pi)
        return scale * self._cosine_integrals(tau)

    def _cut(self, x: np.ndarray) -> np.ndarray:
        if self.shape == "drude":
            return 1.0 / (1.0 + x**2)
        return np.exp(-x) if self.shape == "exponential" else np.where(x <= 1.0, 1.0, 0.0)

    def _cosine_integrals(self, tau: np.ndarray) -> np.ndarray:
        """∫ x^(s-1) f(x) cos xτ dx."""
        if self.shape == "hard":
            return self._low_cosine_integrals(tau)
        early = tau <= 1.0
        result = np.empty(tau.shape)
        result[early] = _drude_cosine_integral(self.exponent, tau[early])
        result[~early] = self._low_cosine_integrals(tau[~early])
        result[~early] += np.array([self._high_cosine_integral(x) for x in tau[~early]])
        return result

    def _low_cosine_integrals(self, tau: np.ndarray) -> np.ndarray:
        """The part below x = 1, with x = y^(1/s)."""
        s = self.exponent
        low = np.zeros(tau.shape)
        for y, h in _panels(np.linspace(0.0, 1.0, 5 + int(np.max(tau, initial=0.0) / 2.0))):
            x = y ** (1.0 / s)
            low += h / s * np.cos(tau[..., None] * x) @ (_WEIGHTS * self._cut(x))
        return low

    def _high_cosine_integral(self, tau: float) -> float:
        """∫ x^(s-1)/(1 + x²) cos xτ dx above x = 1, for τ that is not small."""
        s = self.exponent
        return integrate.quad(
            lambda x: x ** (s - 1.0) / (1.0 + x * x), 1.0, np.inf, weight="cos", wvar=tau
        )[0]


def _drude_cosine_integral(s: float, tau: np.ndarray) -> np.ndarray:
    """∫ x^(s-1)/(1 + x²) cos xτ dx over x > 0, for 0 <= τ <= 1 and s != 1.

    (π/2) cosh τ / sin(πs/2) + Γ(s-2) cos(π(s-2)/2) τ^(2-s) Σ_k τ^(2k)/Π_(j<k) (3-s+2j)(4-s+2j).
    """
    series, term = np.ones_like(tau), np.ones_like(tau)
    for j in range(12):
        term = term * tau**2 / ((3.0 - s + 2 * j) * (4.0 - s + 2 * j))
        series = series + term
    tail = special.gamma(s - 2.0) * np.cos(0.5 * np.pi * (s - 2.0)) * tau ** (2.0 - s) * series
    return 0.5 * np.pi * np.cosh(tau) / np.sin(0.5 * np.pi * s) + tail


class OwnSpectralDensity(eqx.Module):
    """Spectral density J(ω) of one's own, from a function.

    Args:
        function: J of an array of frequencies [1/time], zero above `highest`.
        highest: frequency where J has ended [1/time].

    Raises:
        ValueError: J is negative or not finite somewhere below `highest`, or zero everywhere.
        ValidityError: ∫ J/ω does not settle, as where J does not vanish at ω = 0.

    Validity: J is looked at near ten thousand frequencies, closer at low ones, and between them
        where these show structure; a peak that lies whole between two of them is not seen.
    """

    function: Callable[[np.ndarray], Any]
    highest: float
    _edges: np.ndarray
    _cumulative: np.ndarray

    def __init__(self, function: Callable[[np.ndarray], Any], highest: float):
        require_positive("highest", highest)
        self.function, self.highest = function, float(highest)
        self._edges = _settled_edges(function, self.highest * np.linspace(0.0, 1.0, 401) ** 6)
        nodes = np.concatenate([w for w, _ in _panels(self._edges)])
        J = np.asarray(function(nodes), float)
        require_shape("function(w)", J, nodes.shape, "(number of frequencies,)")
        require_finite("function(w)", J)
        if np.min(J) < 0.0:
            worst = nodes[int(np.argmin(J))]
            raise ValueError(f"J must not be negative, but is {np.min(J):g} at ω = {worst:g}.")
        if not np.any(J):
            raise ValueError("J must be positive somewhere below `highest`, but is zero.")
        parts = [
            h * np.sum(_WEIGHTS * np.asarray(function(w), float) / w)
            for w, h in _panels(self._edges)
        ]
        self._cumulative = np.concatenate([[0.0], np.cumsum(parts)])

    def __call__(self, w: Any) -> np.ndarray:
        """J(ω) at frequencies of any shape."""
        w = np.asarray(w, float)
        return np.where(w <= self.highest, np.asarray(self.function(w), float), 0.0)

    @property
    def cutoff(self) -> float:
        """Frequency below which half of the counter-term lies [1/time]."""
        return float(self.quantile(0.5))

    @property
    def panel_edges(self) -> np.ndarray:
        """Edges of panels in which J has no structure narrower than they are [1/time]."""
        return self._edges

    @property
    def exponent(self) -> float:
        """Slope d ln J/d ln ω at a thousandth of the cutoff."""
        low = 1e-3 * self.cutoff * np.array([0.5, 1.0])
        values = self(low)
        return np.inf if values[0] <= 0.0 else float(np.log2(values[1] / values[0]))

    @property
    def counter_term(self) -> float:
        """K(0) = (2/π) ∫ J/ω dω [mass/time^2]."""
        return float(2.0 / np.pi * self._cumulative[-1])

    def quantile(self, fraction: Any) -> np.ndarray:
        """Frequency below which a fraction of K(0) lies [1/time]."""
        keep = np.concatenate([[True], np.diff(self._cumulative) > 0.0])
        share = self._cumulative[keep] / self._cumulative[-1]
        return PchipInterpolator(share, self._edges[keep])(np.asarray(fraction, float))

    def memory_kernel(self, t: Any) -> np.ndarray:
        """Memory kernel K(t) = (2/π) ∫ J/ω cos ωt dω of the shape of t [mass/time^2].

        Args:
            t: times [time].
        """
        times = np.asarray(t, float)
        longest = float(np.max(np.abs(times), initial=0.0))
        num = int(longest * self.highest / 8.0) + 1
        steps = np.linspace(0.0, self.highest, num)[1:]
        kernel = np.zeros(times.shape)
        for w, h in _panels(np.union1d(self._edges, steps)):
            kernel += h * np.cos(times[..., None] * w) @ (_WEIGHTS * self(w) / w)
        return 2.0 / np.pi * kernel


Density = SpectralDensity | OwnSpectralDensity


def tabulated_density(w: Any, J: Any) -> OwnSpectralDensity:
    """Spectral density J(ω) through a table, by a monotone cubic of J/ω.

    Below the first frequency J/ω is constant (Ohmic); above the last one J is zero.

    Args:
        w: frequencies, increasing (n,) [1/time].
        J: values (n,) [mass/time^2].

    Raises:
        ValueError: shapes do not match, fewer than 4 points, frequencies not positive and
            increasing, a negative value.
    """
    w, J = np.asarray(w, float), np.asarray(J, float)
    require_shape("w", w, (None,), "(n,)")
    require_shape("J", J, w.shape, "(n,)")
    require_positive("w", w)
    require_finite("J", J)
    if w.size < 4 or np.any(np.diff(w) <= 0.0):
        raise ValueError("`w` must hold at least 4 increasing frequencies.")
    if np.min(J) < 0.0:
        raise ValueError(f"J must not be negative, but is {np.min(J):g} in the table.")
    ratio = PchipInterpolator(w, J / w)
    return OwnSpectralDensity(lambda x: x * ratio(np.clip(x, w[0], w[-1])), float(w[-1]))


def _settled_edges(function: Callable[[np.ndarray], Any], edges: np.ndarray) -> np.ndarray:
    """Edges of panels, halved until the halves of each give the ∫ J/ω of the whole."""
    settled, left = [edges], np.stack([edges[:-1], edges[1:]])
    total = np.sum(np.abs(_integrals(function, *left)))
    for _ in range(MOST_HALVINGS):
        middle = 0.5 * (left[0] + left[1])
        halves = _integrals(function, left[0], middle), _integrals(function, middle, left[1])
        lost = np.abs(halves[0] + halves[1] - _integrals(function, *left))
        total = max(total, float(np.sum(np.abs(halves))))
        # Panels without any finite value are refused later, in words.
        open_ = lost > SETTLED * total
        if not np.any(open_):
            return np.unique(np.concatenate(settled))
        settled.append(middle[open_])
        a, b, m = left[0][open_], left[1][open_], middle[open_]
        left = np.stack([np.concatenate([a, m]), np.concatenate([m, b])])
        if left.shape[1] > MOST_PANELS:
            break
    worst = 0.5 * float(left[0][0] + left[1][0])
    raise ValidityError(
        f"The integral of J/ω does not settle near ω = {worst:.3g}: J must vanish at ω = 0 and "
        "have no structure narrower than numbers can tell."
    )


def _integrals(function: Callable[[np.ndarray], Any], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """∫ J/ω over each panel."""
    half = 0.5 * (b - a)
    w = 0.5 * (a + b)[:, None] + half[:, None] * _NODES
    J = np.asarray(function(w.ravel()), float)
    require_shape("function(w)", J, (w.size,), "(number of frequencies,)")
    return half * ((J.reshape(w.shape) / w) @ _WEIGHTS)


def _panels(edges: np.ndarray):
    """Gauss-Legendre nodes and half width of each panel."""
    for a, b in pairwise(edges):
        yield 0.5 * (a + b) + 0.5 * (b - a) * _NODES, 0.5 * (b - a)
