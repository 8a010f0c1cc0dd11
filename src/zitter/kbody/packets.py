"""Packets that ride on K bodies: density, phase, quantum potentials and the classical ψ.

To second order about the path of the bodies the classical equations (95)-(96) are solved by a
Gaussian and a quadratic phase, both carried by the tangent map. In configuration space they do not
stay products: the tide between two bodies correlates them.
"""

from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_count, require_positive, require_shape
from zitter.kbody.bodies import Bodies
from zitter.kbody.direct_sum import mutual_energies
from zitter.kbody.tangent import TangentMap


class RidingPackets(NamedTuple):
    """Packets on K bodies at one time, n = K D coordinates in all, body by body."""

    masses: np.ndarray
    """(K,) [mass]"""
    X: np.ndarray
    """positions (K, D) [length]"""
    P: np.ndarray
    """momenta (K, D) [momentum]"""
    phases: np.ndarray
    """phase Sⁱ of each body at its place (K,) [action]"""
    covariance: np.ndarray
    """Σ (n, n) [length^2]"""
    hessian: np.ndarray
    """∂²S/∂x∂x (n, n) [mass/time]"""


def tidal_covariance(motion: TangentMap, covariance: Any, hessian: Any = 0.0) -> np.ndarray:
    """Covariance of the density of K bodies, Σ(t) = J Σ₀ Jᵀ with J = ∂x(t)/∂x(0).

    Equation: (97), whose product of Gaussians it is at t = 0 and in the limit of points; under
        tides the blocks between the bodies fill, at a rate that does not depend on the widths

    Args:
        motion: TangentMap of the bodies.
        covariance: Σ₀ (n, n) [length^2].
        hessian: ∂²S/∂x∂x at the start, (n, n) or 0 [mass/time].

    Returns:
        (time, n, n) [length^2].

    Raises:
        ValueError: shapes.

    Validity: first order about the path, widths ≪ distances.
    """
    n = motion.x_by_x.shape[1]
    require_shape("covariance", covariance, (n, n), "(n, n)")
    J = spread(motion, hessian)[0]
    return J @ np.asarray(covariance, float) @ np.swapaxes(J, 1, 2)


def spread(motion: TangentMap, hessian: Any = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of x(t) and p(t) by x(0), where p(0) is the slope of the first phase.

    Args:
        motion: TangentMap.
        hessian: ∂²S/∂x∂x at the start, (n, n) or 0 [mass/time].

    Returns:
        ∂x/∂x₀ (time, n, n) [1] and ∂p/∂x₀ (time, n, n) [mass/time].
    """
    n = motion.x_by_x.shape[1]
    H = np.zeros((n, n)) + np.asarray(hessian, dtype=float)
    return motion.x_by_x + motion.x_by_p @ H, motion.p_by_x + motion.p_by_p @ H


def phase_hessian(motion: TangentMap, hessian: Any = 0.0) -> np.ndarray:
    """Second derivatives of the phase S^K at the bodies, ∂²S/∂x∂x = (∂p/∂x₀)(∂x/∂x₀)⁻¹.

    Equation: (98), which as a sum of one-body fields would have no blocks between the bodies;
        they grow as -2G M¹M² t/r³

    Arguments as for spread.

    Returns:
        (time, n, n) [mass/time].

    Validity: up to the first caustic, det ∂x/∂x₀ = 0.
    """
    J, slope = spread(motion, hessian)
    return np.swapaxes(np.linalg.solve(np.swapaxes(J, 1, 2), np.swapaxes(slope, 1, 2)), 1, 2)


def body_phases(motion: TangentMap) -> np.ndarray:
    """Phase of each body along its path, Sⁱ = ∫ [(pⁱ)²/2Mⁱ - Uⁱ] dt; their sum is S^K.

    Equation: (98), along the paths, without the constants ħφ

    Args:
        motion: TangentMap.

    Returns:
        (time, K) [action].
    """
    return motion.kinetic_action - 0.5 * motion.mutual_action


def packets_at(
    motion: TangentMap, index: int, covariance: Any, hessian: Any = 0.0
) -> RidingPackets:
    """Packets at one of the times of a TangentMap.

    Args:
        motion: TangentMap.
        index: which of its times.
        covariance: Σ₀ (n, n) [length^2].
        hessian: ∂²S/∂x∂x at the start, (n, n) or 0 [mass/time].

    Returns:
        RidingPackets.
    """
    return RidingPackets(
        motion.masses,
        motion.X[index],
        motion.P[index],
        body_phases(motion)[index],
        tidal_covariance(motion, covariance, hessian)[index],
        phase_hessian(motion, hessian)[index],
    )


def product_form(packets: RidingPackets) -> RidingPackets:
    """The same packets without correlations: density and phase of a product of one-body ψ.

    Args:
        packets: RidingPackets.

    Returns:
        RidingPackets whose blocks between bodies are zero.
    """
    K, D = packets.X.shape
    own = np.kron(np.eye(K), np.ones((D, D)))
    return packets._replace(covariance=own * packets.covariance, hessian=own * packets.hessian)


def _displacement(packets: RidingPackets, q: Any) -> np.ndarray:
    require_shape("q", q, packets.X.shape, "(num_bodies, num_space)")
    return (np.asarray(q, dtype=float) - packets.X).ravel()


def log_density(packets: RidingPackets, q: Any) -> float:
    """ln ρ^K at one configuration, of a Gaussian about the bodies.

    Args:
        packets: RidingPackets.
        q: configuration (K, D) [length].

    Returns:
        [ln(1/length^n)].
    """
    d = _displacement(packets, q)
    log_det = np.linalg.slogdet(2.0 * np.pi * packets.covariance)[1]
    return float(-0.5 * d @ np.linalg.solve(packets.covariance, d) - 0.5 * log_det)


def phase(packets: RidingPackets, q: Any) -> float:
    """Phase S^K at one configuration, Σ Sⁱ + p·d + d·(∂²S/∂x∂x)d/2, d = q - X [action].

    Arguments as for log_density.
    """
    d = _displacement(packets, q)
    return float(packets.phases.sum() + packets.P.ravel() @ d + 0.5 * d @ packets.hessian @ d)


def momenta(packets: RidingPackets, q: Any) -> np.ndarray:
    """Momenta pⁱ = ∂S^K/∂xⁱ at one configuration.

    Equation: (101), (108) for identical bodies

    Arguments as for log_density.

    Returns:
        (K, D) [momentum].
    """
    d = _displacement(packets, q)
    return packets.P + (packets.hessian @ d).reshape(packets.X.shape)


def log_density_rate(packets: RidingPackets, q: Any) -> float:
    """Rate of ln ρ^K in one place, ∂ₜ ln ρ = -Σᵢ (1/ρ) ∂ᵢ(ρ ∂ᵢS/Mⁱ).

    Equation: (95), (106) for identical bodies

    Arguments as for log_density.

    Returns:
        [1/time].
    """
    d = _displacement(packets, q)
    inverse = 1.0 / np.repeat(packets.masses, packets.X.shape[1])
    slope = -np.linalg.solve(packets.covariance, d)
    flow = momenta(packets, q).ravel() * inverse
    return float(-slope @ flow - inverse @ np.diag(packets.hessian))


def phase_rate(packets: RidingPackets, system: Bodies, q: Any) -> float:
    """Rate of S^K in one place, ∂ₜS = -Σᵢ (∂ᵢS)²/2Mⁱ - ΣᵢUⁱ.

    Equation: (96)

    Args:
        packets: RidingPackets.
        system: Bodies, for their potentials.
        q: configuration (K, D) [length].

    Returns:
        [energy].

    Validity: the phase obeys it to second order in q - X.
    """
    kinetic = 0.5 * np.sum(momenta(packets, q) ** 2 / packets.masses[:, None])
    return float(-kinetic - 0.5 * np.sum(mutual_energies(system, np.asarray(q, float))))


def body_quantum_potentials(packets: RidingPackets, q: Any, hbar: float = 1.0) -> np.ndarray:
    """Quantum potential of each body, Qⁱ = -(ħ²/2Mⁱ) ∂ᵢ²√ρ/√ρ.

    Equation: (105); for one axis of an uncorrelated body ħ²/(4Mσ²) [1 - d²/(2σ²)], for the
        printed ħ/(2Mσ²) [1 - d²/σ²]

    Args:
        packets: RidingPackets.
        q: configuration (K, D) [length].
        hbar: [mass*length^2/time].

    Returns:
        (K,) [energy].
    """
    require_positive("hbar", hbar)
    shape = packets.X.shape
    precision = np.linalg.inv(packets.covariance)
    slope = (precision @ _displacement(packets, q)).reshape(shape)
    curvature = np.diag(precision).reshape(shape).sum(1)
    return hbar**2 / (2.0 * packets.masses) * (0.5 * curvature - 0.25 * np.sum(slope**2, axis=1))


def classical_log_psi(packets: RidingPackets, q: Any, hbar: float = 1.0) -> complex:
    """ln ψ^K = ½ ln ρ^K + iS^K/ħ of the classical Schrödinger equation of K bodies.

    Equation: (103), (104); a product only for `product_form`

    Args:
        packets: RidingPackets.
        q: configuration (K, D) [length].
        hbar: [mass*length^2/time].

    Returns:
        [ln(1/length^(n/2))].
    """
    require_positive("hbar", hbar)
    return 0.5 * log_density(packets, q) + 1j * phase(packets, q) / hbar


def canonical_correlation(covariance: Any, first: int, second: int, num_space: int) -> float:
    """Largest correlation of a coordinate of one body with one of another.

    Args:
        covariance: Σ (n, n) [length^2].
        first, second: the bodies.
        num_space: D.

    Returns:
        With the sign of the covariance on a line, else between 0 and 1 [1].

    Raises:
        ValueError: shapes; no two bodies of these numbers.
    """
    C, D = np.asarray(covariance, dtype=float), num_space
    require_shape("covariance", C, (len(C), len(C)), "(n, n)")
    for name, body in (("first", first), ("second", second)):
        require_count(name, body, 0, len(C) // D - 1)
    a, b = slice(first * D, (first + 1) * D), slice(second * D, (second + 1) * D)
    whiten = [np.linalg.inv(np.linalg.cholesky(C[s, s])) for s in (a, b)]
    cross = whiten[0] @ C[a, b] @ whiten[1].T
    if D == 1:
        return float(cross[0, 0])
    return float(np.linalg.norm(cross, 2))
