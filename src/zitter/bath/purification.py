"""A thermal bath as pure states: which ones is a choice, and the collapse depends on it.

"coherent": vacuum packets, displaced at random; "position-squeezed" and "momentum-squeezed":
packets of the widths (ħ/2ω) tanh and coth of ħω/2kT, displaced by what is missing. A thermofield
double, whose partner oscillators stay outside, needs no displacement.
"""

from typing import NamedTuple

import numpy as np

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
    hbar, variances = packets.hbar, np.asarray(variances, float)
    modes = bath_modes(bath, mass, frequency)
    require_shape("variances", variances, np.shape(bath.frequencies), "(n,)")
    require_positive("variances", variances)
    q = np.concatenate([[mass * packets.width**2], variances])
    p = 0.25 * hbar**2 / q
    out = []
    for t in np.asarray(times, float):
        S = propagator(modes, t)
        C = (S.qq[1:] * q) @ S.qq[1:].T + (S.qp[1:] * p) @ S.qp[1:].T
        out.append(_distance(C, _bath_shift(S, packets, mass)))
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
    hbar, w = packets.hbar, bath.frequencies
    modes = bath_modes(bath, mass, frequency)
    hot = thermal_factor(w, kT, hbar)
    cross = 1.0 / np.sinh(0.5 * hbar * w / kT)
    q = np.concatenate([[mass * packets.width**2], 0.5 * hbar / w * hot])
    p = np.concatenate([[0.25 * (hbar / packets.width) ** 2 / mass], 0.5 * hbar * w * hot])
    mixed_q, mixed_p = 0.5 * hbar / w * cross, -0.5 * hbar * w * cross
    out = []
    for t in np.asarray(times, float):
        S = propagator(modes, t)
        angle = PARTNERS[partners] * w * t
        turn, lag = np.cos(angle), np.sin(angle) / w
        C_bath = (S.qq[1:] * q) @ S.qq[1:].T + (S.qp[1:] * p) @ S.qp[1:].T
        C_cross = S.qq[1:, 1:] * (mixed_q * turn) + S.qp[1:, 1:] * (mixed_p * lag)
        C_partner = np.diag(q[1:] * turn**2 + p[1:] * lag**2)
        C = np.block([[C_bath, C_cross], [C_cross.T, C_partner]])
        shift = np.concatenate([_bath_shift(S, packets, mass), np.zeros(w.size)])
        out.append(_distance(C, shift))
    return np.array(out)


def _bath_shift(S, packets: Packets, mass: float) -> np.ndarray:
    """Difference of the mean mass-weighted bath coordinates of the first two packets."""
    x = np.sqrt(mass) * (packets.centres[0] - packets.centres[1])
    p = (packets.momenta[0] - packets.momenta[1]) / np.sqrt(mass)
    return S.qq[1:, 0] * x + S.qp[1:, 0] * p


def _distance(C: np.ndarray, shift: np.ndarray) -> float:
    return float(shift @ np.linalg.solve(C, shift))
