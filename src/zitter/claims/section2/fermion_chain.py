"""Fermions in a chain of moving packets of different widths: exact draws and forces. ħ = m = 1.

The chain grows with N, so that the density around each particle stays as it is. Plain numpy: every
N costs its arithmetic and no compilation.
"""

import numpy as np

_SPACING = 1.5
_TIME = 1.0


class FermionChain:
    """Determinant of N free packets with random widths and momenta, at one time."""

    def __init__(self, num_particles: int, rng: np.random.Generator, time: float = _TIME):
        self.num_particles = num_particles
        self.width = rng.uniform(0.7, 1.3, num_particles)
        self.centre = _SPACING * (np.arange(num_particles) - 0.5 * (num_particles - 1))
        self.p = rng.uniform(-1.0, 1.0, num_particles)
        spread = 1.0 + 0.5j * time / self.width**2
        self.q = self.centre + self.p * time
        self.A = 0.25 / (self.width**2 * spread)
        self.log_amplitude = -0.25 * np.log(2.0 * np.pi * self.width**2) - 0.5 * np.log(spread)
        reach = 8.0 * np.abs(self.width * spread)
        low, high = np.min(self.q - reach), np.max(self.q + reach)
        self._grid = np.linspace(low, high, int((high - low) / 0.02))
        phi = self.values(self._grid)
        step = self._grid[1] - self._grid[0]
        overlap = step * np.conj(phi).T @ phi
        # χ = φ L^(-†) with ⟨φ_k|φ_l⟩ = L L^† is orthonormal.
        self._mix = np.conj(np.linalg.inv(np.linalg.cholesky(overlap))).T
        density = np.sum(np.abs(phi @ self._mix) ** 2, axis=1)
        steps = 0.5 * step * (density[1:] + density[:-1])
        self._cumulated = np.concatenate([[0.0], np.cumsum(steps)])

    def values(self, x: np.ndarray) -> np.ndarray:
        """φ_k at x (..), shape (.., N)."""
        d = x[..., None] - self.q
        return np.exp(self.log_amplitude - self.A * d**2 + 1j * self.p * d)

    def jets(self, x: np.ndarray) -> np.ndarray:
        """φ_k and its first three derivatives at x (..), shape (4, .., N)."""
        phi, A = self.values(x), self.A
        s = -2.0 * A * (x[..., None] - self.q) + 1j * self.p
        return np.stack([phi, s * phi, (s**2 - 2.0 * A) * phi, (s**3 - 6.0 * A * s) * phi])

    def marginal_cdf(self, x: np.ndarray) -> np.ndarray:
        """Distribution function of one particle, Σ_k |χ_k|²/N."""
        return np.interp(x, self._grid, self._cumulated / self._cumulated[-1])

    def draw(self, num_runs: int, rng: np.random.Generator) -> np.ndarray:
        """Positions (num_runs, N), particle by particle off the span of those before."""
        N = self.num_particles
        x = np.empty((num_runs, N))
        basis = np.zeros((num_runs, N, N), dtype=complex)
        for k in range(N):
            waiting = np.arange(num_runs)
            while waiting.size:
                share = rng.random(waiting.size) * self._cumulated[-1]
                y = np.interp(share, self._cumulated, self._grid)
                f = self.values(y) @ self._mix
                before = basis[waiting, :k]
                overlap = np.conj(before) @ f[:, :, None]
                rest = f - (np.swapaxes(before, 1, 2) @ overlap)[:, :, 0]
                size, whole = (np.sum(np.abs(v) ** 2, axis=1) for v in (rest, f))
                accepted = rng.random(waiting.size) * whole < size
                done = waiting[accepted]
                x[done, k] = y[accepted]
                basis[done, k] = rest[accepted] / np.sqrt(size[accepted])[:, None]
                waiting = waiting[~accepted]
        return x

    def forces(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """F_cm and F_rel at positions x (num_runs, N), each (num_runs,).

        With M = φ⁻¹, B = φ'M, K = φ''M, T = φ'''M: ∂ᵢ ln ψ = B_ii, ∂ᵢ² ln ψ = K_ii - B_ii², and
        along the centre of mass ∂B = K - BB, ∂K = T - KB.
        """
        phi, first, second, third = self.jets(x)
        # A common factor of a column or a row drops out; without it far orbitals underflow.
        scale = np.max(np.abs(phi), axis=1, keepdims=True)
        inverse = np.linalg.inv(phi / scale) / np.swapaxes(scale, 1, 2)
        B, K, T = first @ inverse, second @ inverse, third @ inverse
        BB, KB = B @ B, K @ B
        g, g_along = _diagonal(B).real, _diagonal(K - BB).real
        mixed = _diagonal(T - KB - 2.0 * _diagonal(B)[..., None] * (K - BB)).real
        total = np.sum(0.5 * mixed + g * g_along, axis=1)
        G, G1 = g.sum(axis=1), g_along.sum(axis=1)
        G2 = np.trace(T - 3.0 * KB + 2.0 * BB @ B, axis1=1, axis2=2).real
        F_cm = (2.0 * G * G1 + G2) / (2.0 * self.num_particles)
        return F_cm, total - F_cm


def _diagonal(matrix: np.ndarray) -> np.ndarray:
    return np.diagonal(matrix, axis1=1, axis2=2)
