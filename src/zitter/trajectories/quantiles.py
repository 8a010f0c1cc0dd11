"""Bohm paths on a line without integration: x(t) = F_t⁻¹(F_0(x(0))), F the cdf of |ψ|².

On a line no path overtakes another, so the probability to its left stays what it was. For
superpositions of packets F is a sum over pairs of packets,
    ∫_{-∞}^x ḡ_l g_m = ½ √(π/a) ḡ_l g_m(x) w(-iz),  w(ζ) = e^{-ζ²} erfc(-iζ) (Faddeeva),
with ln ḡ_l g_m = const + b d - a d² and z = √a d - b/(2√a); nothing here can overflow, because
the side on which Re z < 0 is the one that is evaluated.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from scipy.special import wofz

from zitter.core.checks import ValidityError, require_finite, require_shape
from zitter.wavefunctions.gaussian import Superposition, packet_state
from zitter.wavefunctions.identical import Product

_MAX_ITERATIONS, _TABLE = 200, 400


class _Pairs(NamedTuple):
    """Pairs of packets at one time, about an origin `q` of each; all (pairs,)."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray
    q: np.ndarray
    whole: np.ndarray
    """∫ of the pair over the line"""


class _Cdf(NamedTuple):
    """ln of the probabilities to the left and to the right, and the density, at some x."""

    log_left: np.ndarray
    log_right: np.ndarray
    density: np.ndarray


def quantile_map(psi: Any, Q0: Any, times: Any) -> np.ndarray:
    """Bohm paths of one-dimensional one-particle states and products, x(t) = F_t⁻¹(F_0(x(0))).

    Equation: (5) with E5 of the exact solutions

    Args:
        psi: Superposition of packets on a line, one orbital; or a Product of such, any N.
        Q0: positions at times[0]: any shape for one orbital, (batch, N) for a Product [length].
        times: (time,), in any order [time].

    Returns:
        Positions (time, *Q0.shape) [length].

    Raises:
        ValueError: more than one space dimension, shapes, values that are not finite.
        ValidityError: a start so far out that its F or 1 - F underflows.
    """
    orbitals = psi.orbitals if isinstance(psi, Product) else psi
    if not isinstance(orbitals, Superposition) or orbitals.num_space != 1:
        raise ValueError("`psi` must be made of packets in one space dimension.")
    Q0, times = np.asarray(Q0, dtype=float), np.asarray(times, dtype=float)
    require_finite("Q0", Q0)
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    if isinstance(psi, Product):
        require_shape("Q0", Q0, (None, psi.num_particles), "(batch, num_particles)")
    elif orbitals.coefficients.ndim != 1:
        raise ValueError("`psi` is a stack of orbitals: give one, or Product(orbitals).")
    if orbitals.coefficients.ndim == 1:
        return _map_one(orbitals, Q0.ravel(), times).reshape(len(times), *Q0.shape)
    if len(orbitals.coefficients) == 1:
        return _map_one(orbitals.orbital(0), Q0.ravel(), times).reshape(len(times), *Q0.shape)
    columns = [_map_one(orbitals.orbital(j), Q0[:, j], times) for j in range(Q0.shape[1])]
    return np.stack(columns, axis=-1)


def position_cdf(orbital: Superposition, x: Any, t: float) -> np.ndarray:
    """Distribution function F(x) = ∫_{-∞}^x |φ|² dx' / ∫|φ|² dx' of one orbital on a line.

    Equation: E5 of the exact solutions

    Args:
        orbital: Superposition of packets on a line, not stacked.
        x: positions, any shape [length].
        t: time [time].

    Returns:
        F, the shape of x [1].

    Raises:
        ValueError: more than one space dimension, a stack of orbitals, x that is not finite.
    """
    if orbital.num_space != 1 or orbital.coefficients.ndim != 1:
        raise ValueError("`orbital` must be one superposition of packets in one space dimension.")
    require_finite("x", x)
    x = np.asarray(x, dtype=float)
    cdf = _cdf(_pairs(orbital, t), x.ravel())
    left, right = _probability(cdf.log_left), _probability(cdf.log_right)
    return np.where(left <= right, left, 1.0 - right).reshape(x.shape)


def _probability(log: np.ndarray) -> np.ndarray:
    """exp(log); 0 for a tail whose terms cancel to round-off of the wrong sign (log is NaN)."""
    cancelled = np.isnan(log)
    return np.where(cancelled, 0.0, np.exp(np.where(cancelled, 0.0, log)))


def quantile_map_of_densities(x: Any, densities: Any, x0: Any) -> np.ndarray:
    """Bohm paths on a line from samples of |ψ|², x(t) = F_t⁻¹(F_0(x(0))).

    Equation: (5) with E5 of the exact solutions

    Args:
        x: increasing, evenly spaced positions (num,) [length].
        densities: |ψ|² at times[0], times[1], .. (time, num) [1/length].
        x0: positions at the first time, inside of x, (batch,) [length].

    Returns:
        Positions (time, batch) [length], of fourth order in the spacing.

    Raises:
        ValueError: shapes, negative densities, starts outside of x.
    """
    x, rho, x0 = (np.asarray(v, dtype=float) for v in (x, densities, x0))
    require_shape("x", x, (None,), "(num,)")
    require_shape("densities", rho, (None, len(x)), "(time, num)")
    require_shape("x0", x0, (None,), "(batch,)")
    for name, value in (("x", x), ("densities", rho), ("x0", x0)):
        require_finite(name, value)
    steps = np.diff(x)
    if len(x) < 5 or np.any(steps <= 0.0) or np.ptp(steps) > 1e-9 * np.max(np.abs(x)):
        raise ValueError("`x` must hold at least 5 increasing positions at even spacing.")
    if np.any(rho < 0.0):
        raise ValueError("`densities` must not be negative.")
    if np.any((x0 < x[0]) | (x0 > x[-1])):
        raise ValueError("`x0` must lie inside of `x`.")
    starts = _CubicCdf(x, rho[0]).value(x0)
    return np.stack([x0, *(_CubicCdf(x, row).inverse(starts) for row in rho[1:])])


class _CubicCdf:
    """Distribution function of samples of a density: a cubic with the right slopes per cell."""

    def __init__(self, x: np.ndarray, rho: np.ndarray):
        h = x[1] - x[0]
        # ∫ over a cell from the density at its ends and beyond: fourth order.
        padded = np.concatenate([[0.0], rho, [0.0]])
        cells = h / 24.0 * (13.0 * (rho[1:] + rho[:-1]) - padded[:-3] - padded[3:])
        trapezoid = 0.5 * h * (rho[1:] + rho[:-1])
        # Monotone: a cubic with end slopes below three times the chord does not turn.
        steep = h * np.maximum(rho[1:], rho[:-1]) / 3.0
        cells = np.where(cells > steep, cells, trapezoid)
        total = cells.sum()
        self.x, self.h, self.rho = x, h, rho / total
        self.F = np.concatenate([[0.0], np.cumsum(cells) / total])

    def value(self, x: np.ndarray) -> np.ndarray:
        cell = np.clip(((x - self.x[0]) / self.h).astype(int), 0, len(self.x) - 2)
        return self._cubic(cell, (x - self.x[cell]) / self.h)[0]

    def inverse(self, F: np.ndarray) -> np.ndarray:
        cell = np.clip(np.searchsorted(self.F, F, side="right") - 1, 0, len(self.x) - 2)
        low, high = np.zeros_like(F), np.ones_like(F)
        s = np.full_like(F, 0.5)
        for _ in range(60):
            value, slope = self._cubic(cell, s)
            low, high = np.where(value < F, s, low), np.where(value < F, high, s)
            with np.errstate(divide="ignore", invalid="ignore"):
                newton = s - (value - F) / slope
            s = np.where((newton >= low) & (newton <= high), newton, 0.5 * (low + high))
        return self.x[cell] + self.h * s

    def _cubic(self, cell: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        d0, d1 = self.h * self.rho[cell], self.h * self.rho[cell + 1]
        rise = self.F[cell + 1] - self.F[cell]
        c2, c3 = 3.0 * rise - 2.0 * d0 - d1, d0 + d1 - 2.0 * rise
        return (
            self.F[cell] + s * (d0 + s * (c2 + s * c3)),
            d0 + s * (2.0 * c2 + 3.0 * s * c3),
        )


def _map_one(orbital: Superposition, x0: np.ndarray, times: np.ndarray) -> np.ndarray:
    start = _cdf(_pairs(orbital, times[0]), x0)
    if not np.all(np.isfinite(np.minimum(start.log_left, start.log_right))):
        raise ValidityError("A start is so far out that its probability underflows.")
    paths = np.empty((len(times), len(x0)))
    paths[0] = x0
    for n in range(1, len(times)):
        paths[n] = _inverse(orbital, times[n], start)
    return paths


def _pairs(orbital: Superposition, t: float) -> _Pairs:
    state = packet_state(orbital.packets, t)
    present = np.asarray(orbital.coefficients) != 0
    A, q, p, theta = (np.asarray(field)[present, 0] for field in state)
    log_c = np.log(np.asarray(orbital.coefficients)[present])
    k = p / float(orbital.hbar)
    l, m = np.triu_indices(len(q))
    middle = 0.5 * (q[l] + q[m])
    left, right = middle - q[l], middle - q[m]
    a = np.conj(A[l]) + A[m]
    b = np.conj(-2.0 * A[l] * left + 1j * k[l]) - 2.0 * A[m] * right + 1j * k[m]
    c = np.conj(theta[l] + log_c[l] - A[l] * left**2 + 1j * k[l] * left)
    c = c + theta[m] + log_c[m] - A[m] * right**2 + 1j * k[m] * right
    c = c + np.where(l == m, 0.0, math.log(2.0))
    whole = np.real(np.sqrt(np.pi / a) * np.exp(c + b**2 / (4.0 * a)))
    return _Pairs(a, b, c, middle, whole)


def _cdf(pairs: _Pairs, x: np.ndarray) -> _Cdf:
    d = x[:, None] - pairs.q
    exponent = pairs.c + pairs.b * d - pairs.a * d**2
    root = np.sqrt(pairs.a)
    z = root * d - pairs.b / (2.0 * root)
    on_left = np.real(z) <= 0.0
    near = np.exp(exponent)
    piece = np.real(0.5 * np.sqrt(np.pi) / root * near * wofz(np.where(on_left, -1j, 1j) * z))
    total = np.sum(pairs.whole)
    left = np.sum(np.where(on_left, piece, pairs.whole - piece), axis=1) / total
    right = np.sum(np.where(on_left, pairs.whole - piece, piece), axis=1) / total
    density = np.maximum(np.sum(np.real(near), axis=1) / total, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _Cdf(np.log(left), np.log(right), density)


def _inverse(orbital: Superposition, t: float, start: _Cdf) -> np.ndarray:
    """x with the same ln F (left half) or ln(1 - F) (right half): bracketed Newton steps."""
    pairs = _pairs(orbital, t)
    from_left = start.log_left <= start.log_right
    wanted = np.where(from_left, start.log_left, start.log_right)
    low, high, x = _brackets(pairs, orbital, t, from_left, wanted)
    active = np.arange(len(x))
    for _ in range(_MAX_ITERATIONS):
        here = _cdf(pairs, x[active])
        left = from_left[active]
        value = np.where(left, here.log_left, here.log_right)
        excess = np.where(left, 1.0, -1.0) * (value - wanted[active])
        low[active] = np.where(excess < 0.0, x[active], low[active])
        high[active] = np.where(excess >= 0.0, x[active], high[active])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = x[active] - excess * np.exp(value) / here.density
        # The ends count as inside: where excess is exactly 0, x is one of them and stays.
        inside = (newton >= low[active]) & (newton <= high[active])
        new = np.where(inside, newton, 0.5 * (low[active] + high[active]))
        moved = np.abs(new - x[active]) > 4e-16 * np.maximum(np.abs(new), 1e-3 * _scale(pairs))
        x[active] = new
        active = active[moved & (excess != 0.0)]
        if active.size == 0:
            break
    return x


def _scale(pairs: _Pairs) -> float:
    return float(np.max(1.0 / np.sqrt(np.real(pairs.a))))


def _brackets(
    pairs: _Pairs, orbital: Superposition, t: float, from_left: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    reach = 6.0
    while True:
        ends = _scale(pairs) * reach
        grid = np.linspace(np.min(pairs.q) - ends, np.max(pairs.q) + ends, _TABLE)
        table = _cdf(pairs, grid)
        left, right = np.maximum.accumulate(table.log_left), table.log_right
        right = np.maximum.accumulate(right[::-1])[::-1]
        inside_left = left[0] < np.min(wanted, initial=np.inf, where=from_left)
        inside_right = right[-1] < np.min(wanted, initial=np.inf, where=~from_left)
        if inside_left and inside_right:
            break
        if reach > 100.0:
            raise ValidityError(f"A start has too small a probability to be followed to t = {t:g}.")
        reach *= 1.5
    first = np.searchsorted(left, wanted, side="left")
    last = _TABLE - np.searchsorted(right[::-1], wanted, side="left")
    cell = np.clip(np.where(from_left, first, last), 1, _TABLE - 1)
    low, high = grid[cell - 1].copy(), grid[cell].copy()
    return low, high, 0.5 * (low + high)
