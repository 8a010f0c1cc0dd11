"""N/2 bosons in each of two orbitals: exact draws, and forces by the contour of products.

Plain numpy, so that every N costs its arithmetic and no compilation. ħ = m = 1.
"""

from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from zitter.claims.section2.fringe_states import FRINGES, PacketSum, packet_sum

Values = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
Propose = Callable[[int, np.random.Generator], np.ndarray]

_CHUNK = 2_000_000
_NODES_PER_ROOT = 16


def draw_two_modes(
    values: Values, propose: Propose, num_particles: int, num_runs: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws from |N/2, N/2⟩ of two orthonormal orbitals, positions (num_runs, N), in O(N²).

    c[k] is the amplitude of k particles in the second orbital among those that are left; finding
    one at x maps c to (φ₀(x) a₀ + φ₁(x) a₁) c.

    Args:
        values: φ₀ and φ₁ at positions (n,), up to a common factor that may depend on x.
        propose: n draws from (|φ₀|² + |φ₁|²)/2.
        num_particles, num_runs: an even N and the number of preparations.
        rng: source of randomness.
    """
    c = np.zeros((num_runs, num_particles + 1), dtype=complex)
    c[:, num_particles // 2] = 1.0
    x = np.empty((num_runs, num_particles))
    for drawn in range(num_particles):
        left = num_particles - drawn
        k = np.arange(left + 1)
        out_of_0 = np.sqrt(left - k[:-1]) * c[:, :-1]
        out_of_1 = np.sqrt(k[1:]) * c[:, 1:]
        x[:, drawn] = _draw_one(out_of_0, out_of_1, values, propose, rng)
        phi_0, phi_1 = values(x[:, drawn])
        c = phi_0[:, None] * out_of_0 + phi_1[:, None] * out_of_1
        c /= np.linalg.norm(c, axis=1, keepdims=True)
    return x


def _draw_one(
    out_of_0: np.ndarray,
    out_of_1: np.ndarray,
    values: Values,
    propose: Propose,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draws from |φ₀ a₀c + φ₁ a₁c|², by rejection from (|φ₀|² + |φ₁|²)(|a₀c|² + |a₁c|²)."""
    g00, g11 = (np.sum(np.abs(out) ** 2, axis=1) for out in (out_of_0, out_of_1))
    g01 = np.sum(np.conj(out_of_0) * out_of_1, axis=1)
    x, waiting = np.empty(len(g00)), np.arange(len(g00))
    while waiting.size:
        y = propose(waiting.size, rng)
        phi_0, phi_1 = values(y)
        p0, p1 = np.abs(phi_0) ** 2, np.abs(phi_1) ** 2
        cross = 2.0 * np.real(np.conj(phi_0) * phi_1 * g01[waiting])
        density = p0 * g00[waiting] + cross + p1 * g11[waiting]
        bound = (p0 + p1) * (g00 + g11)[waiting]
        accepted = rng.random(waiting.size) * bound < density
        x[waiting[accepted]] = y[accepted]
        waiting = waiting[~accepted]
    return x


def oscillator_values(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Orbitals 0 and 1 of an oscillator of unit frequency, over π^(-1/4) e^(-x²/2)."""
    return np.ones_like(x), np.sqrt(2.0) * x


def propose_oscillator(num: int, rng: np.random.Generator) -> np.ndarray:
    """Draws from (φ₀² + φ₁²)/2 of the oscillator: a normal and a Maxwell law."""
    ground = rng.normal(0.0, np.sqrt(0.5), num)
    first = np.sqrt(rng.gamma(1.5, 1.0, num)) * rng.choice([-1.0, 1.0], num)
    return np.where(rng.random(num) < 0.5, ground, first)


class FockFringes:
    """|N/2, N/2⟩ of two packets of different widths that overlap in fringes.

    The packets were 6 apart with opposite momenta: their overlap, 4e-6, is left out.
    """

    def __init__(self, time: float = FRINGES):
        self.packets: PacketSum = packet_sum(
            [[1.0, 0.8]], [[-3.0, 3.0]], [[2.0, -2.0]], [1.0, 1.0], time
        )

    def values(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both orbitals at x (n,)."""
        jets = self._jets(x)[0]
        return jets[..., 0], jets[..., 1]

    def propose(self, num: int, rng: np.random.Generator) -> np.ndarray:
        """Draws from the mean of the two densities."""
        packet = rng.integers(2, size=num)
        width = 0.5 / np.sqrt(self.packets.A.real[0, packet])
        return rng.normal(self.packets.q[0, packet], width)

    def draw(self, num_particles: int, num_runs: int, rng: np.random.Generator) -> np.ndarray:
        """Positions (num_runs, N)."""
        return draw_two_modes(self.values, self.propose, num_particles, num_runs, rng)

    def marginal_cdf(self, x: np.ndarray) -> np.ndarray:
        """Distribution function of one particle: two normal laws, no fringes."""
        width = 0.5 / np.sqrt(self.packets.A.real[0])
        return np.mean(norm.cdf((x[..., None] - self.packets.q[0]) / width), axis=-1)

    def forces(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """F_cm and F_rel at positions x (num_runs, N), each (num_runs,)."""
        num_nodes = _num_nodes(x.shape[1])
        per_chunk = max(1, _CHUNK // (x.shape[1] * num_nodes))
        parts = [
            self._forces(x[start : start + per_chunk], num_nodes)
            for start in range(0, len(x), per_chunk)
        ]
        F_cm, F_rel = (np.concatenate(column) for column in zip(*parts, strict=True))
        return F_cm, F_rel

    def _jets(self, x: np.ndarray) -> np.ndarray:
        """φ and its first three derivatives, (4, .., 2)."""
        d = x[..., None] - self.packets.q[0]
        A, p = self.packets.A[0], self.packets.p[0]
        phi = np.exp(self.packets.theta[0] - A * d**2 + 1j * p * d)
        s = -2.0 * A * d + 1j * p
        return np.stack([phi, s * phi, (s**2 - 2.0 * A) * phi, (s**3 - 6.0 * A * s) * phi])

    def _forces(self, x: np.ndarray, num_nodes: int) -> tuple[np.ndarray, np.ndarray]:
        """ψ = Σ_θ e^(-iNθ/2) Π_j (φ₀ + e^(iθ) φ₁)(x_j): cumulants over the nodes θ."""
        theta = 2.0 * np.pi * np.arange(num_nodes) / num_nodes
        jets = self._jets(x)[..., None, :]
        h, h1, h2, h3 = jets[..., 0] + np.exp(1j * theta) * jets[..., 1]
        l1 = h1 / h
        l2 = h2 / h - l1**2
        l3 = h3 / h - 3.0 * l1 * h2 / h + 2.0 * l1**3
        log_term = np.sum(np.log(h), axis=1) - 0.5j * x.shape[1] * theta
        term = np.exp(log_term - np.max(log_term.real, axis=1, keepdims=True))
        return forces_from_shares(term / np.sum(term, axis=1, keepdims=True), l1, l2, l3)


def _num_nodes(num_particles: int) -> int:
    """Nodes on the circle: N + 1 are exact, 16 √N enough for round-off."""
    return int(min(num_particles + 1, np.ceil(_NODES_PER_ROOT * np.sqrt(num_particles))))


def forces_from_shares(
    W: np.ndarray, l1: np.ndarray, l2: np.ndarray, l3: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """F_cm and F_rel of ψ = Σ_k Π_j h_k(x_j), from the shares W_k and (ln h_k)', '' and '''.

    With ⟨f⟩ = Σ_k W_k f_k and deviations δ, derivatives of ln ψ are cumulants, for example
    ∂_cm ∂ᵢ² ln ψ = ⟨l'''⟩ + 2⟨δl' δl''⟩ + ⟨δT δl''⟩ + ⟨δT δl'²⟩, T = Σ_j l'_j.

    Args:
        W: shares (runs, K), complex, Σ_k W_k = 1.
        l1, l2, l3: (runs, N, K).
    """
    w = W[:, None, :]
    N = l1.shape[1]

    def mean(f: np.ndarray) -> np.ndarray:
        return np.sum(w * f, axis=-1)

    g, m2 = mean(l1), mean(l2)
    d1, d2 = l1 - g[..., None], l2 - m2[..., None]
    T = np.sum(d1, axis=1, keepdims=True)
    along = m2 + mean(T * d1)
    mixed = mean(l3) + 2.0 * mean(d1 * d2) + mean(T * d2) + mean(T * d1**2)
    total = np.sum(0.5 * mixed.real + g.real * along.real, axis=1)
    T2 = np.sum(d2, axis=1, keepdims=True)
    third = np.sum(mean(l3), axis=1) + mean(3.0 * T * T2 + T**3)[:, 0]
    G, G1 = np.sum(g, axis=1).real, np.sum(along, axis=1).real
    F_cm = (2.0 * G * G1 + third.real) / (2.0 * N)
    return F_cm, total - F_cm
