"""Decoherence of two packets by a bath: exact exponent, and the estimates with their conditions."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from zitter.bath.packets import Packets, transfer_matrices
from zitter.bath.response import (
    NoiseCovariance,
    Response,
    _require_temperature,
    frequency_nodes,
    thermal_factor,
)
from zitter.bath.spectral_density import Density, SpectralDensity
from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)

# What must hold, the number in it, and whether it does.
Condition = tuple[str, float, bool]


class Separation(NamedTuple):
    """Distance of two packets in phase space."""

    x: float
    """[length]"""
    p: float
    """[mass*length/time]"""


def decoherence_exponent(
    packets: Packets, response: Response, noise: NoiseCovariance, mass: float
) -> np.ndarray:
    """Decoherence exponent A(t) = ½ kᵀ(σ₀⁻¹ + ΦᵀΘ⁻¹Φ)⁻¹ k of the first two packets.

    k = (Δp, -Δx)/ħ. exp(-A) is the trace norm of the evolved |g_1⟩⟨g_2|; it is also the fidelity
    of the two states of the bath if that is pure, else of the bath with the partners that purify
    it, and saturates at A = kᵀσ₀k/2.

    Args:
        packets: two or more packets of one width.
        response, noise: at the same times.
        mass: M [mass].

    Returns:
        (num_times,) [1].

    Raises:
        ValueError: fewer than two packets.
    """
    apart = _separation(packets)
    k = np.array([apart.p, -apart.x]) / packets.hbar
    sigma = packets.covariance
    flow = transfer_matrices(response, mass)
    later = flow @ sigma @ np.swapaxes(flow, 1, 2) + noise.matrices()
    moved = flow @ (sigma @ k)
    kept = np.einsum("ti,ti->t", moved, np.linalg.solve(later, moved[..., None])[..., 0])
    return 0.5 * (k @ sigma @ k - kept)


def decoherence_time(times: np.ndarray, exponent: np.ndarray) -> float:
    """Time at which the exponent first reaches 1 [time].

    Args:
        times: increasing (num_times,) [time].
        exponent: A(t) (num_times,) [1].

    Raises:
        ValueError: shapes do not match.
        ValidityError: it does not reach 1.
    """
    times = np.asarray(times, float)
    require_shape("times", times, (None,), "(num_times,)")
    require_count("the number of times", times.size, 2)
    require_shape("exponent", exponent, times.shape, "(num_times,)")
    above = np.flatnonzero(np.asarray(exponent) >= 1.0)
    if above.size == 0 or above[0] == 0:
        raise ValidityError(
            f"The exponent does not cross 1 between t = {times[0]:g} and {times[-1]:g} "
            f"(it reaches {np.max(exponent):.3g}): take another range of times."
        )
    i = above[0]
    return float(np.interp(1.0, exponent[i - 1 : i + 1], times[i - 1 : i + 1]))


def zurek_time(density: SpectralDensity, frequency: float, kT: float, packets: Packets) -> float:
    """Decoherence time τ = ħ²/(M γ kT Δx²) of Zurek, in its range only [time].

    Args:
        density: Ohmic.
        frequency: Ω [1/time].
        kT: [energy].
        packets: two packets of one width, apart in x only.

    Raises:
        ValueError: another density, not two packets that are apart in x only.
        ValidityError: not ω_c τ >= 10, Ω τ <= 0.2, kT >= 5 ħω_c, an exponent that saturates at
            5 or more, and packets that hardly spread, ħτ/Ms² <= 1.

    Validity: it comes too early, the more so the nearer these bounds are.
    """
    if not isinstance(density, SpectralDensity) or density.exponent != 1.0:
        raise ValueError("`density` must be Ohmic (exponent 1) for this estimate.")
    require_positive("kT", kT)
    require_finite("frequency", frequency)
    if frequency < 0.0:
        raise ValueError(f"`frequency` must not be negative, but is {frequency:g}.")
    distance, hbar = _distance_in_x(packets), packets.hbar
    tau = hbar**2 / (density.mass * density.damping * kT * distance**2)
    conditions = (
        ("ω_c τ >= 10", density.cutoff * tau, density.cutoff * tau >= 10.0),
        ("Ω τ <= 0.2", frequency * tau, frequency * tau <= 0.2),
        ("kT/ħω_c >= 5", kT / (hbar * density.cutoff), kT >= 5.0 * hbar * density.cutoff),
        *_packet_conditions(packets, density.mass, tau),
    )
    _require_conditions("ħ²/(Mγ kT Δx²)", conditions)
    return float(tau)


def early_decoherence_time(
    density: Density, mass: float, frequency: float, kT: float, packets: Packets
) -> float:
    """Decoherence time √2 ħ/(Δx √ν(0)) when it is shorter than all others [time].

    ν(0) = (ħ/π) ∫ J coth(ħω/2kT) dω is the variance of the force of the bath.

    Args:
        density: J.
        mass: M [mass].
        frequency: Ω [1/time].
        kT: [energy].
        packets: two packets of one width, apart in x only.

    Raises:
        ValueError: a Drude cutoff, where ν(0) diverges; not two packets that are apart in x only.
        ValidityError: not ω_c τ <= 0.3, τ √(Ω² + K(0)/M) <= 0.3, an exponent that saturates at 5
            or more, and packets that hardly spread, ħτ/Ms² <= 1.

    Validity: it comes too early, the more so the nearer these bounds are.
    """
    if isinstance(density, SpectralDensity) and density.shape == "drude":
        raise ValueError("With a Drude cutoff the variance of the bath's force diverges.")
    _require_temperature(kT)
    require_positive("mass", mass)
    require_positive("frequency", frequency)
    distance = _distance_in_x(packets)
    hbar = packets.hbar
    w, weight = frequency_nodes(density, 0.0)
    force = hbar / np.pi * np.sum(weight * density(w) * thermal_factor(w, kT, hbar))
    tau = float(np.sqrt(2.0 / force) * hbar / distance)
    # The counter-term binds a body that moves faster than the bath follows.
    stiffest = tau * np.sqrt(frequency**2 + density.counter_term / mass)
    conditions = (
        ("ω_c τ <= 0.3", density.cutoff * tau, density.cutoff * tau <= 0.3),
        ("τ √(Ω² + K(0)/M) <= 0.3", stiffest, stiffest <= 0.3),
        *_packet_conditions(packets, mass, tau),
    )
    _require_conditions("√2 ħ/(Δx √ν(0))", conditions)
    return tau


def _packet_conditions(packets: Packets, mass: float, tau: float) -> list[Condition]:
    """What both estimates need: packets well apart, and no wider at the time τ."""
    saturation = _distance_in_x(packets) ** 2 / (8.0 * packets.width**2)
    spreading = packets.hbar * tau / (mass * packets.width**2)
    return [
        ("Δx²/8s² >= 5", saturation, saturation >= 5.0),
        ("ħτ/Ms² <= 1", spreading, spreading <= 1.0),
    ]


def _require_conditions(estimate: str, conditions: Iterable[Condition]) -> None:
    broken = [f"{text} (it is {value:.2g})" for text, value, holds in conditions if not holds]
    if broken:
        raise ValidityError(
            f"The estimate {estimate} needs {' and '.join(broken)}: use `decoherence_exponent`."
        )


def _distance_in_x(packets: Packets) -> float:
    """Δx of two packets, once it is known that nothing else tells them apart."""
    apart = _separation(packets)
    if packets.centres.size > 2 or apart.x == 0.0 or apart.p != 0.0:
        raise ValueError(
            "`packets` must hold two packets with different centres and equal momenta: "
            "use `decoherence_exponent` for others."
        )
    return abs(apart.x)


def _separation(packets: Packets) -> Separation:
    if packets.centres.size < 2:
        raise ValueError("`packets` must hold at least two packets.")
    x, p = packets.centres, packets.momenta
    return Separation(float(x[0] - x[1]), float(p[0] - p[1]))
