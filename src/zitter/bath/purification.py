"""A thermal bath as pure states: which ones is a choice, and the collapse depends on it.

"coherent": vacuum packets, displaced at random; "position-squeezed" and "momentum-squeezed":
packets of the widths (ħ/2ω) tanh and coth of ħω/2kT, displaced by what is missing. A thermofield
double, whose partner oscillators stay outside, needs no displacement.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from zitter.bath.discretisation import OscillatorBath, require_bath
from zitter.bath.packets import Packets
from zitter.bath.quantum_bath import bath_modes, propagator
from zitter.bath.response import thermal_factor
from zitter.core.checks import require_choice, require_positive, require_shape

PURIFICATIONS = ("coherent", "position-squeezed", "momentum-squeezed")
PARTNERS = {"idle": 0.0, "alike": 1.0, "stationary": -1.0}


class Purification(NamedTuple):
    """Pure packets of the bath oscillators and their random displacements, (n,) each."""

    variances: np.ndarray
    """of a packet, mass-weighted [mass*length^2]"""
    displacement: np.ndarray
    """standard deviation of the displacement, mass-weighted [mass^(1/2)*length]"""
    kick: np.ndarray
    """standard deviation of the displacement of the momentum [mass^(1/2)*length/time]"""


def purification(bath: OscillatorBath, kind: str, kT: float, hbar: float = 1.0) -> Purification:
    """Packets and displacements that together are the thermal state of a bath.

    Args:
        bath: OscillatorBath.
        kind: one of PURIFICATIONS.
        kT: [energy].
        hbar: [mass*length^2/time].

    Raises:
        ValueError: an unknown kind, kT < 0.
    """
    require_choice("kind", kind, PURIFICATIONS)
    bath = require_bath(bath)
    require_positive("hbar", hbar)
    w = bath.frequencies
    hot = thermal_factor(w, kT, hbar)
    ratio = {"coherent": np.ones_like(w), "position-squeezed": 1.0 / hot, "momentum-squeezed": hot}
    r = ratio[kind]
    vacuum = 0.5 * hbar / w
    return Purification(
        vacuum * r,
        np.sqrt(np.maximum(vacuum * (hot - r), 0.0)),
        w * np.sqrt(np.maximum(vacuum * (hot - 1.0 / r), 0.0)),
    )


def pure_branch_distances(
    bath: OscillatorBath,
    mass: float,
    frequency: float,
    packets: Packets,
    times: np.ndarray,
    variances: np.ndarray,
) -> np.ndarray:
    """Distances Δ_B² = ΔQᵀ C_BB⁻¹ ΔQ of the first two packets, seen by the bath.

    Args:
        bath: OscillatorBath.
        mass: M [mass].
        frequency: Ω [1/time].
        packets: two or more packets of one width.
        times: (num_times,) [time].
        variances: of the bath's packets, of `purification` (n,) [mass*length^2].

    Returns:
        (num_times,) [1].

    Raises:
        ValueError: shapes do not match, a variance that is not positive.
    """
    variances = np.asarray(variances, float)
    modes = bath_modes(bath, mass, frequency)
    require_shape("variances", variances, np.shape(bath.frequencies), "(n,)")
    require_positive("variances", variances)
    q = np.concatenate([[mass * packets.width**2], variances])
    p = 0.25 * packets.hbar**2 / q
    out = []
    for t in np.asarray(times, float):
        S = propagator(modes, t)
        factor = np.hstack([S.qq[1:] * np.sqrt(q), S.qp[1:] * np.sqrt(p)])
        out.append(_distance(factor, _bath_shift(S, packets, mass)))
    return np.array(out)


def thermofield_branch_distances(
    bath: OscillatorBath,
    mass: float,
    frequency: float,
    packets: Packets,
    times: np.ndarray,
    kT: float,
    partners: str = "stationary",
) -> np.ndarray:
    """Distances Δ_B² of the first two packets, seen by the bath and its thermofield partners.

    Args:
        bath: OscillatorBath.
        mass: M [mass].
        frequency: Ω [1/time].
        packets: two or more packets of one width.
        times: (num_times,) [time].
        kT: [energy].
        partners: "idle" (no motion), "alike" (the bath's Hamiltonian), "stationary" (minus it).

    Returns:
        (num_times,) [1].

    Raises:
        ValueError: kT <= 0, an unknown choice of partners.
    """
    require_positive("kT", kT)
    require_choice("partners", partners, tuple(PARTNERS))
    hbar, w = packets.hbar, require_bath(bath).frequencies
    modes = bath_modes(bath, mass, frequency)
    cold = np.sqrt(np.tanh(0.25 * hbar * w / kT))
    position, momentum = np.sqrt(0.25 * hbar / w), np.sqrt(0.25 * hbar * w)
    # sum and difference of an oscillator and its partner are independent
    q = np.concatenate([np.diag(position / cold), np.diag(position * cold)], axis=1)
    p = np.concatenate([np.diag(momentum * cold), np.diag(momentum / cold)], axis=1)
    opposite = np.repeat([1.0, -1.0], w.size)
    start = np.sqrt(mass) * packets.width
    out = []
    for t in np.asarray(times, float):
        S = propagator(modes, t)
        angle = PARTNERS[partners] * w * t
        turn, lag = np.cos(angle)[:, None], (np.sin(angle) / w)[:, None]
        system = np.stack([S.qq[1:, 0] * start, S.qp[1:, 0] * 0.5 * hbar / start], axis=1)
        factor = np.block(
            [
                [system, S.qq[1:, 1:] @ q, S.qp[1:, 1:] @ p],
                [0.0 * system, turn * q * opposite, lag * p * opposite],
            ]
        )
        shift = np.concatenate([_bath_shift(S, packets, mass), np.zeros(w.size)])
        out.append(_distance(factor, shift))
    return np.array(out)


def _bath_shift(S, packets: Packets, mass: float) -> np.ndarray:
    """Difference of the mean mass-weighted bath coordinates of the first two packets."""
    x = np.sqrt(mass) * (packets.centres[0] - packets.centres[1])
    p = (packets.momenta[0] - packets.momenta[1]) / np.sqrt(mass)
    return S.qq[1:, 0] * x + S.qp[1:, 0] * p


def _distance(factor: np.ndarray, shift: np.ndarray) -> float:
    """shiftᵀ C⁻¹ shift for C = F Fᵀ; C itself would lose half of the digits of a hot bath."""
    R = np.linalg.qr(factor.T, mode="r")
    return float(np.sum(solve_triangular(R, shift, trans="T") ** 2))
