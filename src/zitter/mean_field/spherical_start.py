"""Bodies of a Plummer sphere at rest in their own mean field, also where the pairs are softened.

The density stays that of Plummer; the potential is the softened pair energy convolved with it. As
a function of the potential, ρ(ψ) is smooth and is fitted by powers ψⁿ; Eddington's integral of each
is closed, a mixture of Beta distributions for the square of the speed.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.special import betainc, betaincinv, gammaln

from zitter.core.checks import (
    ValidityError,
    require_finite,
    require_shape,
)

_POWERS = np.arange(5, 17)
_RADII, _NODES, _TABLE = 1200, 600, 400


class PlummerStart(NamedTuple):
    """A sphere of total mass 1 in units of its scale radius and of G; made by `plummer_start`."""

    softening: float
    radii: np.ndarray
    """rising from 0"""
    potential: np.ndarray
    """ψ = -Φ at the radii"""
    pull: np.ndarray
    """-dΦ/dr over r at the radii, negative"""
    powers: np.ndarray
    """n of ρ = Σ cₙ ψⁿ"""
    weights: np.ndarray
    """cₙ"""

    def acceleration(self, X: np.ndarray) -> np.ndarray:
        """Acceleration by the mean field at X (.., 3)."""
        r2 = np.sum(X**2, axis=-1, keepdims=True)
        if self.softening == 0.0:
            return -X * (1.0 + r2) ** -1.5
        return X * self._between(r2, self.pull, 3)

    def places(self, points: Any) -> tuple[np.ndarray, np.ndarray]:
        """Positions and velocities (.., 3) from points of the unit cube (.., 6).

        Raises:
            ValueError: shapes.
        """
        u = np.asarray(points, dtype=float)
        require_shape("points", u, (*u.shape[:-1], 6), "(.., 6)")
        require_finite("points", u)
        r = (u[..., 0] ** (-2.0 / 3.0) - 1.0) ** -0.5
        psi = self._between(r**2, self.potential, 1)
        v = np.sqrt(2.0 * psi * self._speeds(psi, u[..., 3]))
        return r[..., None] * _ray(u[..., 1:3]), v[..., None] * _ray(u[..., 4:6])

    def _between(self, r2: np.ndarray, values: np.ndarray, power: int) -> np.ndarray:
        """Values between the radii; over those of the plain sphere they are flat, also outside."""
        plain = (1.0 + self.radii**2) ** (-0.5 * power)
        ratio = np.interp(r2 / (1.0 + r2), self.radii**2 / (1.0 + self.radii**2), values / plain)
        return ratio * (1.0 + r2) ** (-0.5 * power)

    def _speeds(self, psi: np.ndarray, u: np.ndarray) -> np.ndarray:
        """v²/2ψ with the probability u below it: from a table in ψ, then in u."""
        if self.softening == 0.0:
            return betaincinv(1.5, 4.5, u)
        # The inverse is steep in w at both ends, w ~ u^(2/3), 1 - w ~ (1 - u)^(2/9): angles.
        w = np.sin(0.5 * np.pi * np.linspace(0.0, 1.0, _TABLE)) ** 2
        levels = np.linspace(0.0, self.potential[0], 241)[1:]
        terms = self.weights * levels[:, None] ** self.powers
        parts = np.array([betainc(1.5, n - 0.5, w) for n in self.powers])
        tables = (terms / terms.sum(axis=1, keepdims=True)) @ parts
        place = np.clip(psi / levels[0] - 1.0, 0.0, len(levels) - 1.000001)
        low = place.astype(int)
        flat, share = np.empty((2, psi.size)), (place - low).ravel()
        for n in np.unique(low):
            here = np.flatnonzero(low.ravel() == n)
            for side in (0, 1):
                angle = np.interp(u.ravel()[here], tables[n + side], np.linspace(0.0, 1.0, _TABLE))
                flat[side, here] = np.sin(0.5 * np.pi * angle) ** 2
        return ((1.0 - share) * flat[0] + share * flat[1]).reshape(psi.shape)


def _ray(u: np.ndarray) -> np.ndarray:
    """Unit vectors (.., 3) from points of the unit square (.., 2)."""
    z, angle = 2.0 * u[..., 0] - 1.0, 2.0 * np.pi * u[..., 1]
    s = np.sqrt(1.0 - z**2)
    return np.stack([s * np.cos(angle), s * np.sin(angle), z], axis=-1)


def plummer_start(softening: float = 0.0) -> PlummerStart:
    """Plummer's sphere at rest in the mean field of pairs with -1/√(r² + ε²), G = M = a = 1.

    Args:
        softening: ε in units of the scale radius [1].

    Returns:
        PlummerStart.

    Raises:
        ValueError: a negative softening.
        ValidityError: a softening so large that no isotropic density at rest fits.
    """
    require_finite("softening", softening)
    if softening < 0.0:
        raise ValueError(f"`softening` must not be negative, but is {softening:g}.")
    s = np.linspace(0.0, 1.0, _RADII + 1)[:-1]
    r = np.sqrt(s / (1.0 - s))
    psi, pull = (
        _softened_field(r, softening) if softening else ((1 + r**2) ** -0.5, -((1 + r**2) ** -1.5))
    )
    rho = 3.0 / (4.0 * np.pi) * (1.0 + r**2) ** -2.5
    basis = (psi[:, None] / psi[0]) ** _POWERS / (psi[:, None] / psi[0]) ** 5
    c, *_ = np.linalg.lstsq(basis, rho / (psi / psi[0]) ** 5, rcond=1e-13)
    rest = float(np.max(np.abs(basis @ c / (rho / (psi / psi[0]) ** 5) - 1.0)))
    weights = c * psi[0] ** -_POWERS.astype(float)
    _require_density(weights, psi, rest, softening)
    return PlummerStart(float(softening), r, psi, pull, _POWERS, weights)


def _require_density(weights, psi, rest, softening) -> None:
    # f(E) = Σ cₙ n!/Γ(n - 1/2) E^(n - 3/2) up to a positive factor.
    E = psi[0] * np.linspace(1e-3, 1.0, 400)[:, None]
    f = np.sum(
        weights * np.exp(gammaln(_POWERS + 1.0) - gammaln(_POWERS - 0.5)) * E ** (_POWERS - 1.5),
        axis=1,
    )
    if rest > 1e-4 or np.any(f < 0.0):
        raise ValidityError(
            f"With the softening {softening:g} there is no isotropic density of this form at rest: "
            f"the powers of the potential miss the density by {rest:.1g}. Use at most 0.3."
        )


def _softened_field(r: np.ndarray, softening: float) -> tuple[np.ndarray, np.ndarray]:
    """ψ and -(dΦ/dr)/r at r of Plummer's density under softened pairs, by shells."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    # The mass within s is m = (1 + 1/s²)^(-3/2): equal weights per mass, refined at both ends.
    q = 0.5 * (x + 1.0)
    outside = (1.0 - q) ** 3 * (1.0 + 3.0 * q + 6.0 * q**2)
    dm = 0.5 * w * 30.0 * q**2 * (1.0 - q) ** 2
    s = np.expm1(-2.0 / 3.0 * np.log1p(-outside)) ** -0.5
    a = r[:, None]
    far, near = np.sqrt((a + s) ** 2 + softening**2), np.sqrt((a - s) ** 2 + softening**2)
    # The mean of 1/√(|r - s|² + ε²) over a shell is (far - near)/2rs = 2/(far + near).
    psi = (2.0 / (far + near)) @ dm
    slope = (-2.0 / (far + near) ** 2) * ((a + s) / far + (a - s) / near)
    pull = slope @ dm
    pull[1:] /= r[1:]
    pull[0] = 2.0 * pull[1] - pull[2] if len(r) > 2 else pull[0]
    return psi, pull
