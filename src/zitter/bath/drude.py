"""Response and thermal noise of an oscillator in an Ohmic bath with Drude cutoff, in closed form.

Poles of the response, Matsubara frequencies of the noise, and the tail of their sum by zeta
functions.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from zitter.bath.response import NoiseCovariance, Response
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import ValidityError, require_count, require_positive

# the closed tail holds once exp(-ν t) of its first term is below exp(-35)
_DECAYED, _MOST_TERMS = 35.0, 2_000_000


class Poles(NamedTuple):
    """Response G(t) = Σ_i r_i exp(z_i t)."""

    z: np.ndarray
    """(3,) [1/time]"""
    residues: np.ndarray
    """r (3,) [time]"""


class Equilibrium(NamedTuple):
    """Variances of an oscillator that is in equilibrium with its bath."""

    xx: float
    """[length^2]"""
    pp: float
    """[mass^2*length^2/time^2]"""


def drude_poles(density: SpectralDensity, frequency: float) -> Poles:
    """Poles of Ĝ(z) = (z + ω_c)/[(z² + Ω²)(z + ω_c) + γ ω_c z] and their residues.

    Args:
        density: Ohmic with Drude cutoff.
        frequency: Ω [1/time].

    Raises:
        ValueError: another density; Ω <= 0.
        ValidityError: two poles coincide (critical damping), where G is no sum of exponentials.
    """
    _require_drude(density)
    require_positive("frequency", frequency)
    damping, cutoff = density.damping, density.cutoff
    z = np.roots([1.0, cutoff, frequency**2 + damping * cutoff, frequency**2 * cutoff])
    z = z.astype(complex)
    gaps = np.abs(z[:, None] - z)[np.triu_indices(3, 1)]
    if np.min(gaps) < 1e-5 * np.max(np.abs(z)):
        raise ValidityError(
            "Two poles of the response coincide (critical damping): change `damping` or "
            "`frequency` by one part in 10⁴, or use `continuum_response`."
        )
    slope = 3.0 * z**2 + 2.0 * cutoff * z + frequency**2 + damping * cutoff
    return Poles(z, (z + cutoff) / slope)


def drude_response(density: SpectralDensity, frequency: float, times: np.ndarray) -> Response:
    """Response G(t) = Σ_i r_i exp(z_i t) and its derivatives.

    Args:
        density: Ohmic with Drude cutoff.
        frequency: Ω [1/time].
        times: (num_times,) [time].
    """
    poles = drude_poles(density, frequency)
    waves = np.exp(np.outer(times, poles.z))
    parts = [np.real(waves @ (poles.residues * poles.z**k)) for k in range(4)]
    return Response(np.asarray(times, float), *parts, 1e-14)


def drude_noise(
    density: SpectralDensity,
    frequency: float,
    times: np.ndarray,
    kT: float,
    hbar: float = 1.0,
    num_matsubara: int = 2000,
) -> NoiseCovariance:
    """Noise covariance Θ(t) and its rate, by Matsubara's sum with its tail summed in closed form.

    Args:
        density: Ohmic with Drude cutoff.
        frequency: Ω [1/time].
        times: positive times (num_times,) [time].
        kT: temperature [energy].
        hbar: [mass*length^2/time].
        num_matsubara: least number of terms that are summed one by one; more at short times.

    Raises:
        ValueError: kT, ħ or a time is not positive.
        ValidityError: a Matsubara frequency meets the cutoff or a pole; a time so short that
            too many terms are needed before the tail has a closed form.
    """
    require_positive("kT", kT)
    require_positive("times", times)
    require_positive("hbar", hbar)
    require_count("num_matsubara", num_matsubara, 10)
    poles = drude_poles(density, frequency)
    unit = 2.0 * np.pi * kT / hbar
    counts = np.maximum(num_matsubara, 1 + (_DECAYED / (unit * np.asarray(times))).astype(int))
    if np.max(counts) > _MOST_TERMS:
        raise ValidityError(
            f"At t = {np.min(times):.2g} the sum needs {np.max(counts):.1e} Matsubara frequencies: "
            f"begin at t >= {_DECAYED / (unit * _MOST_TERMS):.1e}."
        )
    nu = unit * np.arange(1, np.max(counts) + 1)
    _require_apart(nu, np.append(-poles.z, density.cutoff))
    cutoff, mass = density.cutoff, density.mass
    angle = 0.5 * hbar * cutoff / kT
    amplitudes = np.append(angle / np.tan(angle), 2.0 * cutoff * nu / (nu**2 - cutoff**2))
    amplitudes *= kT * mass * density.damping * cutoff
    rates = np.append(cutoff, nu)
    tail = 2.0 * kT * mass * density.damping * cutoff**2
    rows = []
    for t, num in zip(np.asarray(times, float), counts, strict=True):
        zeta = [special.zeta(k, num + 1.0) / unit**k for k in (2, 3, 4)]
        summed = _double_integrals(poles.z, t, rates[: num + 1], amplitudes[: num + 1])
        rows.append(summed + tail * _tail(poles.z, t, cutoff, zeta))
    return _assembled(poles, np.array(rows), mass)


def equilibrium_variances(
    density: SpectralDensity, frequency: float, kT: float, hbar: float = 1.0
) -> Equilibrium:
    """Variances ⟨x²⟩ and ⟨p²⟩ in equilibrium with a Drude bath, by digamma functions.

    ⟨x²⟩ = (kT/M)[1/Ω² - (2/ν) Σ r_i ψ(1 - z_i/ν)], ⟨p²⟩ = M kT [1 + (2/ν) Σ z_i² r_i ψ(1 - z_i/ν)],
    ν = 2π kT/ħ.

    Args:
        density: Ohmic with Drude cutoff.
        frequency: Ω [1/time].
        kT: temperature [energy].
        hbar: [mass*length^2/time].
    """
    require_positive("kT", kT)
    require_positive("hbar", hbar)
    z, r = drude_poles(density, frequency)
    unit = 2.0 * np.pi * kT / hbar
    psi = special.digamma(1.0 - z / unit)
    xx = kT / density.mass * (1.0 / frequency**2 - 2.0 / unit * np.sum(r * psi).real)
    pp = density.mass * kT * (1.0 + 2.0 / unit * np.sum(z**2 * r * psi).real)
    return Equilibrium(float(xx), float(pp))


def _require_drude(density: SpectralDensity) -> None:
    ohmic = isinstance(density, SpectralDensity) and density.exponent == 1.0
    if not ohmic or density.shape != "drude":
        raise ValueError("`density` must be Ohmic (exponent 1) with the Drude cutoff.")


def _require_apart(nu: np.ndarray, others: np.ndarray) -> None:
    gap = np.min(np.abs(nu[:, None] - others) / nu[:, None])
    if gap < 1e-6:
        raise ValidityError(
            "A Matsubara frequency 2πk kT/ħ meets the cutoff or a pole of the response: change "
            "`kT` by one part in 10⁵."
        )


def _double_integrals(
    z: np.ndarray, t: float, mu: np.ndarray, amplitudes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Σ_μ a_μ ∫∫ exp(z_i a + z_j b - μ|a - b|) da db over [0, t]², and its rate; (2, 3, 3)."""
    total = z[:, None] + z
    whole = np.expm1(total * t) / total
    decay = np.exp(-mu * t)
    single = (np.exp(z[:, None] * t) * decay - 1.0) / (z[:, None] - mu)
    inverse = amplitudes / (z[:, None] + mu)
    half = whole * np.sum(inverse, axis=1)[None, :] - single @ inverse.T
    wave = np.exp(z * t)
    slope = np.exp(total * t) * np.sum(inverse, axis=1) - np.outer(wave, inverse @ decay)
    return np.stack([half + half.T, slope + slope.T])


def _tail(z: np.ndarray, t: float, cutoff: float, zeta: list[float]) -> np.ndarray:
    """The same for all further μ = ν_k with amplitudes ν_k/(ν_k² - ω_c²), to order 1/ν⁴."""
    total = z[:, None] + z
    squares = z[:, None] ** 2 + z**2 + 2.0 * cutoff**2
    wave = np.exp(total * t)
    whole = np.expm1(total * t) / total
    value = 2.0 * zeta[0] * whole - zeta[1] * (wave + 1.0) + zeta[2] * squares * whole
    rate = (2.0 * zeta[0] - zeta[1] * total + zeta[2] * squares) * wave
    return np.stack([value, rate])


def _assembled(poles: Poles, rows: np.ndarray, mass: float) -> NoiseCovariance:
    """Θ from the double integrals (num_times, 2, 3, 3) of exponentials."""
    r, v = poles.residues, poles.residues * poles.z
    xx, rate_xx = np.einsum("tkij,i,j->kt", rows, r, r).real / mass**2
    xp, rate_xp = np.einsum("tkij,i,j->kt", rows, r, v).real / mass
    pp, rate_pp = np.einsum("tkij,i,j->kt", rows, v, v).real
    return NoiseCovariance(xx, xp, pp, rate_xx, rate_xp, rate_pp)
