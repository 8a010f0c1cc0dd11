"""Superpositions of Gaussian packets of one width, and the exact reduced density matrix.

Each |i⟩⟨j| is a Gaussian operator with the covariance of one packet and a complex mean, so that
the bath acts on it as on a packet: mean → Φ mean, covariance → Φ σ Φᵀ + Θ.
"""

from typing import Any

import equinox as eqx
import numpy as np

from zitter.bath.response import NoiseCovariance, Response
from zitter.core.checks import require_finite, require_positive, require_shape


class Packets(eqx.Module):
    """Superposition Σ_j c_j g_j, g = (2πs²)^(-1/4) exp(-(x - a)²/4s² + i p (x - a)/ħ).

    The coefficients are scaled so that the superposition is normalised.

    Args:
        centres: a (num_packets,) [length].
        width: s, standard deviation of one packet [length].
        momenta: p (num_packets,), zero by default [mass*length/time].
        coefficients: c (num_packets,), equal by default.
        hbar: [mass*length^2/time].

    Raises:
        ValueError: shapes do not match, s or ħ not positive, coefficients all zero.
    """

    centres: np.ndarray
    """[length]"""
    width: float
    """[length]"""
    momenta: np.ndarray
    """[mass*length/time]"""
    coefficients: np.ndarray
    """[1]"""
    hbar: float
    """[mass*length^2/time]"""

    def __init__(
        self,
        centres: Any,
        width: float,
        momenta: Any = None,
        coefficients: Any = None,
        hbar: float = 1.0,
    ):
        self.centres = np.atleast_1d(np.asarray(centres, float))
        num = self.centres.size
        self.momenta = np.zeros(num) if momenta is None else np.asarray(momenta, float)
        c = np.ones(num) if coefficients is None else np.asarray(coefficients)
        require_shape("centres", self.centres, (None,), "(num_packets,)")
        require_shape("momenta", self.momenta, (num,), "(num_packets,)")
        require_shape("coefficients", c, (num,), "(num_packets,)")
        given = (("centres", centres), ("momenta", self.momenta), ("coefficients", c))
        for name, value in given:
            require_finite(name, value)
        require_positive("width", width)
        require_positive("hbar", hbar)
        self.width, self.hbar = float(width), float(hbar)
        overlaps = np.exp(self._log_overlaps())
        norm = float(np.real(c.conj() @ overlaps @ c))
        if norm <= 1e-14 * float(np.sum(np.abs(c) ** 2)):
            raise ValueError("`coefficients` give a superposition that vanishes.")
        self.coefficients = c.astype(complex) / np.sqrt(norm)

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of (x, p) in one packet, diag(s², ħ²/4s²)."""
        return np.diag([self.width**2, 0.25 * (self.hbar / self.width) ** 2])

    @property
    def means(self) -> np.ndarray:
        """Means (x, p) of the packets, (num_packets, 2)."""
        return np.stack([self.centres, self.momenta], axis=-1)

    def _log_overlaps(self) -> np.ndarray:
        """ln ⟨g_i|g_j⟩ (num_packets, num_packets)."""
        a, p = self.centres, self.momenta
        step, kick = a[None, :] - a[:, None], (p[None, :] - p[:, None]) / self.hbar
        centre = 0.5 * (a[None, :] + a[:, None])
        phase = p[None, :] * (centre - a[None, :]) - p[:, None] * (centre - a[:, None])
        size = -(step**2) / (8.0 * self.width**2) - 0.5 * (kick * self.width) ** 2
        return size + 1j * phase / self.hbar


def reduced_density_matrix(
    packets: Packets,
    response: Response,
    noise: NoiseCovariance,
    mass: float,
    x: Any,
    index: int,
) -> np.ndarray:
    """Density matrix ρ(x, x') of the system at one time, exact for a bath in thermal equilibrium.

    Args:
        packets: initial state.
        response, noise: at the same times.
        mass: M [mass].
        x: points (num,) [length].
        index: which time.

    Returns:
        ρ (num, num) [1/length].

    Raises:
        ValueError: M <= 0, x of another shape.
    """
    require_positive("mass", mass)
    x = np.asarray(x, float)
    require_shape("x", x, (None,), "(num,)")
    hbar = packets.hbar
    flow = transfer_matrices(response, mass)[index]
    sigma = flow @ packets.covariance @ flow.T + noise.matrices()[index]
    mean, shares, logarithms = _operator_means(packets)
    mean = mean @ flow.T
    middle, apart = 0.5 * (x[:, None] + x), x[:, None] - x
    slope = sigma[0, 1] / sigma[0, 0]
    conditional = sigma[1, 1] - slope * sigma[0, 1]
    # in one exponent with the rest: off the diagonal it outweighs what grows there
    common = 0.5 * conditional * (apart / hbar) ** 2
    rho = np.zeros(middle.shape, complex)
    parts = zip(mean.reshape(-1, 2), shares.ravel(), logarithms.ravel(), strict=True)
    for (mean_x, mean_p), share, logarithm in parts:
        off = middle - mean_x
        exponent = -0.5 * off**2 / sigma[0, 0] + 1j * apart / hbar * (mean_p + slope * off)
        rho += share * np.exp(logarithm + exponent - common)
    return rho / np.sqrt(2.0 * np.pi * sigma[0, 0])


def position_density(
    packets: Packets, response: Response, noise: NoiseCovariance, mass: float, x: Any
) -> np.ndarray:
    """Density ρ(x, x) of the position at all times, interference of the packets included.

    Args:
        packets: initial state.
        response, noise: at the same times.
        mass: M [mass].
        x: points (num,) [length].

    Returns:
        (num_times, num) [1/length].

    Raises:
        ValueError: M <= 0, x of another shape.
    """
    require_positive("mass", mass)
    x = np.asarray(x, float)
    require_shape("x", x, (None,), "(num,)")
    flow = transfer_matrices(response, mass)
    initial = flow @ packets.covariance @ np.swapaxes(flow, 1, 2)
    variance = (initial[:, 0, 0] + noise.xx)[:, None]
    mean, shares, logarithms = _operator_means(packets)
    centres = np.einsum("ti,abi->abt", flow[:, 0], mean)
    rho = np.zeros((response.times.size, x.size))
    parts = zip(centres.reshape(-1, rho.shape[0]), shares.ravel(), logarithms.ravel(), strict=True)
    for centre, share, logarithm in parts:
        exponent = logarithm - 0.5 * (x - centre[:, None]) ** 2 / variance
        rho += np.real(share * np.exp(exponent))
    return rho / np.sqrt(2.0 * np.pi * variance)


def density_spacing(
    packets: Packets, response: Response, noise: NoiseCovariance, mass: float
) -> float:
    """Spacing of points that resolves position_density, min(σ/3, π/4k) [length].

    Args:
        packets: initial state.
        response, noise: at the same times.
        mass: M [mass].

    Returns:
        The least of all times: σ of a packet, k of fringes whose visibility is above 1e-8.

    Raises:
        ValueError: M <= 0.
    """
    require_positive("mass", mass)
    flow = transfer_matrices(response, mass)
    initial = flow @ packets.covariance @ np.swapaxes(flow, 1, 2)
    variance = (initial[:, 0, 0] + noise.xx)[:, None, None]
    mean, _, logarithms = _operator_means(packets)
    off = np.einsum("ti,abi->tab", flow[:, 0], mean).imag
    visible = logarithms.real + 0.5 * off**2 / variance > np.log(1e-8)
    fringes = np.where(visible, np.abs(off) / variance, 0.0)
    finest = 3.0 / np.sqrt(np.min(variance)), 4.0 / np.pi * np.max(fringes)
    return float(1.0 / max(finest))


def transfer_matrices(response: Response, mass: float) -> np.ndarray:
    """Matrices Φ = [[G', G/M], [M G'', G']] of the mean motion, (num_times, 2, 2) in (x, p)."""
    G, G1, G2 = response.G, response.first, response.second
    return np.moveaxis(np.array([[G1, G / mass], [mass * G2, G1]]), -1, 0)


def _operator_means(packets: Packets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Complex mean (P, P, 2) of c_i c_j* |g_i⟩⟨g_j|, c_i c_j* (P, P), and ln Tr |g_i⟩⟨g_j| (P, P).

    Packets far apart have traces below the smallest number, but not so their fringes.
    """
    a, p, hbar = packets.centres, packets.momenta, packets.hbar
    variance, c = packets.width**2, packets.coefficients
    x = 0.5 * (a[:, None] + a) + 1j * variance * (p[:, None] - p) / hbar
    momentum = 0.5 * (p[:, None] + p) - 0.25j * hbar / variance * (a[:, None] - a)
    return np.stack([x, momentum], axis=-1), c[:, None] * c.conj(), packets._log_overlaps().T
