"""Exact motion of an oscillator and its n bath oscillators: normal modes by SVD, noise, reduced ρ.

Coordinates are mass-weighted, (√M X, √m_k q_k), and the potential is |B q|²/2 with the counter-term
inside. The singular values of B are the frequencies of the normal modes; the eigenvalues of BᵀB
would lose half of the digits of the low ones.
"""

from typing import NamedTuple

import numpy as np

from zitter.bath.discretisation import OscillatorBath, require_bath
from zitter.bath.response import NoiseCovariance, Response, thermal_factor
from zitter.core.checks import require_finite, require_positive, require_shape

_ENTRIES_AT_ONCE = 2_000_000


class NormalModes(NamedTuple):
    """Normal modes of mass-weighted coordinates, q = O Q, Q'' = -λ² Q."""

    frequencies: np.ndarray
    """λ (d,) [1/time]"""
    vectors: np.ndarray
    """O (d, d), one mode a column [1]"""


class Propagator(NamedTuple):
    """Mass-weighted q(t) = S_qq q(0) + S_qp p(0), p(t) = S_pq q(0) + S_pp p(0), S_pp = S_qq."""

    qq: np.ndarray
    """(d, d) [1]"""
    qp: np.ndarray
    """(d, d) [time]"""
    pq: np.ndarray
    """(d, d) [1/time]"""


def modes_of_factor(factor: np.ndarray) -> NormalModes:
    """Normal modes of the potential |B q|²/2 from the singular values of B.

    Args:
        factor: B (rows, d), rows >= d, in mass-weighted coordinates [1/time].

    Raises:
        ValueError: fewer rows than columns, values that are not finite.
    """
    B = np.asarray(factor, float)
    require_shape("factor", B, (None, None), "(rows, coordinates)")
    require_finite("factor", B)
    if B.shape[0] < B.shape[1]:
        raise ValueError(f"`factor` must have at least as many rows as columns, not {B.shape}.")
    _, frequencies, vectors = np.linalg.svd(B, full_matrices=False)
    return NormalModes(frequencies[::-1], vectors[::-1].T)


def bath_modes(bath: OscillatorBath, mass: float, frequency: float) -> NormalModes:
    """Normal modes of one oscillator in its bath; coordinate 0 is √M X.

    Args:
        bath: OscillatorBath.
        mass: M [mass].
        frequency: Ω [1/time].

    Raises:
        ValueError: M <= 0 or Ω < 0.
    """
    bath = require_bath(bath)
    require_positive("mass", mass)
    if not frequency >= 0.0:
        raise ValueError(f"`frequency` must not be negative, but is {frequency:g}.")
    num = bath.frequencies.size
    B = np.diag(np.concatenate([[frequency], bath.frequencies]))
    B[1:, 0] = -bath.couplings / (np.sqrt(mass) * bath.frequencies)
    return modes_of_factor(B.reshape(num + 1, num + 1))


def propagator(modes: NormalModes, t: float) -> Propagator:
    """Matrices of the motion over a time t, O cos λt Oᵀ, O (sin λt)/λ Oᵀ, -O λ sin λt Oᵀ.

    Args:
        modes: NormalModes.
        t: [time].
    """
    angle, O = modes.frequencies * t, modes.vectors
    sine = t * np.sinc(angle / np.pi)
    return Propagator(
        (O * np.cos(angle)) @ O.T,
        (O * sine) @ O.T,
        -(O * (modes.frequencies * np.sin(angle))) @ O.T,
    )


def classical_motion(modes: NormalModes, q0: np.ndarray, p0: np.ndarray, t: float) -> np.ndarray:
    """Mass-weighted q(t) = S_qq q(0) + S_qp p(0) of many starts, the means of packets among them.

    Args:
        modes: NormalModes.
        q0: (batch, d) [mass^(1/2)*length].
        p0: (batch, d) [mass^(1/2)*length/time].
        t: [time].

    Returns:
        (batch, d) [mass^(1/2)*length].
    """
    require_shape("q0", q0, (None, modes.frequencies.size), "(batch, d)")
    require_shape("p0", p0, np.shape(q0), "(batch, d)")
    S = propagator(modes, t)
    return np.asarray(q0) @ S.qq.T + np.asarray(p0) @ S.qp.T


def exact_response(modes: NormalModes, times: np.ndarray) -> Response:
    """Response G = Σ_i O_0i² (sin λ_i t)/λ_i of coordinate 0, and its derivatives.

    Args:
        modes: NormalModes.
        times: (num_times,) [time].
    """
    angle = np.outer(times, modes.frequencies)
    share, lam = modes.vectors[0] ** 2, modes.frequencies
    sine = np.asarray(times)[:, None] * np.sinc(angle / np.pi)
    return Response(
        np.asarray(times, float),
        sine @ share,
        np.cos(angle) @ share,
        -(lam * np.sin(angle)) @ share,
        -(lam**2 * np.cos(angle)) @ share,
        1e-13,
    )


def bath_variances(bath: OscillatorBath, kT: float, hbar: float = 1.0) -> np.ndarray:
    """Thermal variance (ħ/2ω) coth(ħω/2kT) of each mass-weighted bath coordinate.

    Args:
        bath: OscillatorBath.
        kT: [energy].
        hbar: [mass*length^2/time].

    Returns:
        (n,) [mass*length^2]; that of the momentum is ω² times it.

    Raises:
        ValueError: kT < 0.
    """
    bath = require_bath(bath)
    require_positive("hbar", hbar)
    return 0.5 * hbar / bath.frequencies * thermal_factor(bath.frequencies, kT, hbar)


def exact_noise(
    modes: NormalModes,
    bath: OscillatorBath,
    mass: float,
    times: np.ndarray,
    kT: float,
    hbar: float = 1.0,
) -> NoiseCovariance:
    """Noise covariance Θ(t) of the system from n bath oscillators in thermal equilibrium.

    Args:
        modes: of `bath_modes`.
        bath: OscillatorBath.
        mass: M [mass].
        times: (num_times,) [time].
        kT: [energy].
        hbar: [mass*length^2/time].

    Raises:
        ValueError: kT < 0.
    """
    variance = bath_variances(bath, kT, hbar)
    return noise_of_variances(modes, mass, times, variance, variance * bath.frequencies**2)


def noise_of_variances(
    modes: NormalModes, mass: float, times: np.ndarray, variance: np.ndarray, momentum: np.ndarray
) -> NoiseCovariance:
    """Noise covariance Θ(t) from independent bath oscillators of any variances.

    Args:
        modes: of `bath_modes`.
        mass: M [mass].
        times: (num_times,) [time].
        variance: of the mass-weighted bath coordinates (n,) [mass*length^2].
        momentum: variances of their momenta (n,) [mass*length^2/time^2].

    Raises:
        ValueError: shapes do not match.
    """
    num = modes.frequencies.size - 1
    require_shape("variance", variance, (num,), "(n,)")
    require_shape("momentum", momentum, (num,), "(n,)")
    require_positive("mass", mass)
    times = np.asarray(times, float)
    block = max(1, _ENTRIES_AT_ONCE // (variance.size + 1))
    parts = [
        _noise_block(modes, mass, times[i : i + block], variance, momentum)
        for i in range(0, times.size, block)
    ]
    return NoiseCovariance(*np.concatenate(parts, axis=1))


def _noise_block(
    modes: NormalModes, mass: float, times: np.ndarray, variance: np.ndarray, momentum: np.ndarray
) -> np.ndarray:
    lam, O = modes.frequencies, modes.vectors
    angle = np.outer(times, lam)
    cosine, sine = np.cos(angle), times[:, None] * np.sinc(angle / np.pi)
    # row 0 of S_qq, S_qp, S_pq and of the derivative of S_pq, on the bath
    qq, qp, pq, turn = (
        (row * O[0]) @ O[1:].T for row in (cosine, sine, -(lam**2) * sine, -(lam**2) * cosine)
    )
    return np.stack(
        [
            (qq**2 @ variance + qp**2 @ momentum) / mass,
            (qq * pq) @ variance + (qp * qq) @ momentum,
            (pq**2 @ variance + qq**2 @ momentum) * mass,
            2.0 * ((qq * pq) @ variance + (qp * qq) @ momentum) / mass,
            (pq**2 + qq * turn) @ variance + (qq**2 + qp * pq) @ momentum,
            2.0 * ((pq * turn) @ variance + (qq * pq) @ momentum) * mass,
        ]
    )
