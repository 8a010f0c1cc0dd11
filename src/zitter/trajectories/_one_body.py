"""Orthonormal orbitals of a determinant and exact draws from their one-body density |f(x)|²/N."""

from collections.abc import Callable

import numpy as np

from zitter.core.checks import ValidityError
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.orbitals import packet_logs, packet_tables
from zitter.wavefunctions.overlaps import orbital_matrices

_MAX_PROPOSALS = 1e5
_NUM_WIDTHS = 9.0
_POINTS_PER_CELL = 5
_MARGIN = 1.2
_MAX_CELLS = 1_000_000

Draws = Callable[[int, np.random.Generator], np.ndarray]


class OrthonormalOrbitals:
    """χ = φ L^(-†) with the overlap matrix ⟨φ_k|φ_l⟩ = L L^†."""

    def __init__(self, orbitals: Superposition, t: float):
        self.tables = packet_tables(orbitals, t)
        self.overlap = np.asarray(orbital_matrices(orbitals, t).overlap)
        self._mix = np.conj(np.linalg.inv(np.linalg.cholesky(self.overlap))).T

    def terms(self, x: np.ndarray) -> np.ndarray:
        """c_kl g_kl(x), (n, K, L)."""
        return self.tables.c * np.exp(packet_logs(self.tables, x[:, None, :]))

    def values(self, x: np.ndarray) -> np.ndarray:
        """f(x) = (χ_1(x), .., χ_N(x)), (n, N)."""
        return self.terms(x).sum(axis=2) @ self._mix


class LineEnvelope:
    """Draws from |f(x)|²/N on a line, by rejection from a bound that is constant in each cell.

    Raises:
        ValidityError: a density above its bound: the cells do not resolve it.
    """

    def __init__(self, orbitals: OrthonormalOrbitals):
        self._orbitals = orbitals
        self._edges = _cells(orbitals)
        fine = np.linspace(self._edges[:-1], self._edges[1:], _POINTS_PER_CELL)
        density = np.stack([self._density(x) for x in fine])
        self._bound = _MARGIN * density.max(axis=0)
        mass = self._bound * np.diff(self._edges)
        self._cumulative = np.cumsum(mass) / mass.sum()

    def _density(self, x: np.ndarray) -> np.ndarray:
        return np.sum(np.abs(self._orbitals.values(x[:, None])) ** 2, axis=1)

    def __call__(self, num: int, rng: np.random.Generator) -> np.ndarray:
        """Draws (num, 1) [length]."""
        x, pending = np.empty(num), np.arange(num)
        while pending.size:
            cell = np.searchsorted(self._cumulative, rng.random(pending.size), side="right")
            cell = np.minimum(cell, len(self._bound) - 1)
            y = rng.uniform(self._edges[cell], self._edges[cell + 1])
            ratio = self._density(y) / self._bound[cell]
            if np.any(ratio > 1.0):
                raise ValidityError(
                    f"The one-body density is not resolved: {ratio.max():.2f} of its bound in a "
                    f"cell of {self._edges[1] - self._edges[0]:.2g} [length]."
                )
            accepted = rng.random(pending.size) < ratio
            x[pending[accepted]] = y[accepted]
            pending = pending[~accepted]
        return x[:, None]


def packet_mixture(orbitals: OrthonormalOrbitals) -> Draws:
    """Draws from |f(x)|²/N by rejection from all packets, |f|² <= L Σ_kl |c_kl g_kl|² / λ_min.

    Raises:
        ValidityError: more than 1e5 proposals would be needed for each draw.
    """
    tables = orbitals.tables
    weights = np.abs(tables.c) ** 2
    lowest = float(np.linalg.eigvalsh(orbitals.overlap)[0])
    most = np.count_nonzero(weights, axis=1).max() / lowest
    if most * weights.sum() / len(weights) > _MAX_PROPOSALS:
        raise ValidityError(
            f"The orbitals are close to linear dependence (lowest eigenvalue {lowest:.1e} of their "
            "overlaps): exact sampling would take too long. Use sample_metropolis."
        )
    cumulative = np.cumsum(weights.ravel()) / weights.sum()
    centres = tables.q.reshape(-1, tables.q.shape[-1])
    widths = tables.width.reshape(centres.shape)

    def draw(num: int, rng: np.random.Generator) -> np.ndarray:
        x, pending = np.empty((num, centres.shape[1])), np.arange(num)
        while pending.size:
            packet = np.searchsorted(cumulative[:-1], rng.random(pending.size), side="right")
            y = rng.normal(centres[packet], widths[packet])
            envelope = most * np.sum(np.abs(orbitals.terms(y)) ** 2, axis=(1, 2))
            density = np.sum(np.abs(orbitals.values(y)) ** 2, axis=1)
            accepted = rng.random(pending.size) * envelope < density
            x[pending[accepted]] = y[accepted]
            pending = pending[~accepted]
        return x

    return draw


def _cells(orbitals: OrthonormalOrbitals) -> np.ndarray:
    """Cell edges around all packets, fine against their widths and their fringes."""
    tables = orbitals.tables
    q, width = tables.q.ravel(), tables.width.ravel()
    reach = _NUM_WIDTHS * width
    waves = tables.wave.ravel()
    spread = np.ptp(waves) + 2.0 * np.max(2.0 * np.abs(np.imag(tables.A).ravel()) * reach)
    size = min(width.min() / 10.0, 0.5 / spread if spread > 0 else np.inf)
    low, high = np.min(q - reach), np.max(q + reach)
    num_cells = int(np.ceil((high - low) / size))
    if num_cells > _MAX_CELLS:
        raise ValidityError(
            f"The packets lie too far apart for exact sampling on a line: {num_cells} cells of "
            f"{size:.2g} [length] between {low:.3g} and {high:.3g}. Use sample_metropolis."
        )
    return np.linspace(low, high, num_cells + 1)
