"""Waves of a mean field in time: by linear response, and read off signals.

Peaks of a decaying or growing signal are a biased measure of its rate, as other modes mix in.
Volterra's equation gives the linear wave itself, and the matrix pencil the exponents of all modes
in a signal.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import svd

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.mean_field.linear_response import Distribution

# Error by the steps that is let pass, of the largest size of a wave.
STEP_ERROR = 1e-3


class Modes(NamedTuple):
    """Modes a_j e^(-iω_j t) of a signal, the strongest first."""

    frequencies: np.ndarray
    """ω_j = frequency + i growth rate, (mode,) complex [1/time]"""
    amplitudes: np.ndarray
    """a_j at the signal's first sample, in the unit of the signal, (mode,) complex"""


class WaveSpectrum(NamedTuple):
    """Power of a field over wavenumbers and frequencies."""

    omega: np.ndarray
    """(frequency,), rising [1/time]"""
    wavenumbers: np.ndarray
    """k >= 0, (wavenumber,) [1/length]"""
    power: np.ndarray
    """of waves e^(ikx - iωt), in the unit of the field squared, (frequency, wavenumber)"""


def density_wave(
    times: Any,
    wavenumber: float,
    distribution: Distribution,
    rate_squared: float,
    num_steps: int = 1000,
) -> np.ndarray:
    """Wave ρ_k(t)/ρ_k(0) of linear response, ρ(t) = c(t) + R ∫₀ᵗ τ c(τ) ρ(t - τ) dτ.

    The beginning is f = f₀(v)(1 + a e^(ikx)); c(t) = ∫f₀ e^(-ikvt) dv is its free streaming.

    Args:
        times: from 0 on in equal steps, (time,) [time].
        wavenumber: k [1/length].
        distribution: f₀, Maxwellians or SmoothDistribution.
        rate_squared: R, ω_J² of masses or -ω_p² of like charges [1/time^2].
        num_steps: least number of steps of the coarsest of three rules.

    Returns:
        (time,), complex [1].

    Raises:
        ValueError: times that do not begin at 0 or are not equally spaced.
        ValidityError: steps too long for the waves, or for the time; a SmoothDistribution near its
            recurrence 2π/(k dv) or later.

    Validity: of sixth order in the step, by extrapolation of the trapezoidal rule.
    """
    require_shape("times", times, (None,), "(time,)")
    require_positive("wavenumber", wavenumber)
    require_finite("rate_squared", rate_squared)
    require_count("num_steps", num_steps)
    t = np.asarray(times, dtype=float)
    equal = len(t) > 1 and np.allclose(np.diff(t), t[-1] / (len(t) - 1), rtol=1e-9, atol=0.0)
    if not equal or t[0] != 0.0 or t[-1] <= 0.0:
        raise ValueError("`times` must be at least two, begin at 0 and rise in equal steps.")
    each = -(-num_steps // (len(t) - 1))
    rows = []
    for refinement in (1, 2, 4):
        u = np.linspace(0.0, t[-1], refinement * each * (len(t) - 1) + 1)
        free = distribution.transform(wavenumber * u)
        rows.append(volterra_solution(free, rate_squared * u * free, u[1])[:: refinement * each])
    coarse, middle = (b + (b - a) / 3.0 for a, b in pairwise(rows))
    change = np.max(np.abs(middle - coarse)) / 15.0
    if not change <= STEP_ERROR * np.max(np.abs(middle)):
        raise ValidityError(
            f"`num_steps` must be larger than {num_steps} for t = {t[-1]:g}: with twice and with "
            "four times as many the wave is another."
        )
    return middle + (middle - coarse) / 15.0


def volterra_solution(source: Any, kernel: Any, step: float) -> np.ndarray:
    """Solution of ρ(t) = s(t) + ∫₀ᵗ κ(t - t') ρ(t') dt' by the trapezoidal rule, with κ(0) = 0.

    Args:
        source: s at equal steps from 0 on (n,) [1].
        kernel: κ at the same times (n,) [1/time].
        step: of the time [time].

    Returns:
        ρ, (n,) [1].

    Raises:
        ValueError: shapes, or κ(0) that is not zero.

    Validity: of second order in the step, with an error in even powers of it.
    """
    source, kernel = np.asarray(source), np.asarray(kernel)
    require_shape("kernel", kernel, source.shape, "those of `source`")
    require_positive("step", step)
    if kernel[0] != 0.0:
        raise ValueError(f"`kernel` must be zero at t = 0, but is {kernel[0]:g}.")
    backwards = np.ascontiguousarray(step * kernel[::-1])
    rho = np.array(source, dtype=np.result_type(source, kernel, float))
    n = len(rho)
    for i in range(1, n):
        rho[i] += backwards[n - 1 - i : n - 1] @ rho[:i] - 0.5 * backwards[n - 1 - i] * rho[0]
    return rho


def matrix_pencil(signal: Any, dt: float, num_modes: int) -> Modes:
    """Modes of a signal Σ a_j e^(-iω_j t), from the eigenvalues of its shifted Hankel matrices.

    Args:
        signal: at equal steps, real or complex, (time,).
        dt: step [time].
        num_modes: how many; a real signal's come in pairs.

    Returns:
        Modes.

    Raises:
        ValueError: fewer than three samples per mode, or values that are not finite.

    Validity: as exact as the signal is a sum of so many modes; frequencies below π/dt.
    """
    require_shape("signal", signal, (None,), "(time,)")
    require_finite("signal", signal)
    require_positive("dt", dt)
    y = np.asarray(signal)
    require_count("num_modes", num_modes, 1, len(y) // 3)
    length = len(y) // 2
    hankel = np.lib.stride_tricks.sliding_window_view(y, length + 1)
    V = svd(hankel, full_matrices=False)[2][:num_modes].T
    z = np.linalg.eigvals(np.linalg.pinv(V[:-1]) @ V[1:])
    waves = z ** np.arange(len(y))[:, None]
    scale = np.abs(waves).max(axis=0)
    amplitudes = np.linalg.pinv(waves / scale) @ y / scale
    order = np.argsort(-np.abs(amplitudes) * scale, kind="stable")
    return Modes(1j * np.log(z[order]) / dt, amplitudes[order])


def wave_spectrum(values: Any, dt: float, length: float) -> WaveSpectrum:
    """Power of a field in ω and k, |Σ_x,t w(t) u(x, t) e^(iωt - ikx)|², with a Hann window w.

    Args:
        values: u, real, at equal steps on a periodic line, (time, num).
        dt: step [time].
        length: period of the line [length].

    Returns:
        WaveSpectrum: a single wave has its amplitude's square over four as largest power.

    Raises:
        ValueError: shapes, values that are not finite.
    """
    require_shape("values", values, (None, None), "(time, num)")
    require_finite("values", values)
    require_positive("dt", dt)
    require_positive("length", length)
    u = np.asarray(values, dtype=float)
    num_times, num = u.shape
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(num_times) / num_times)
    in_space = np.fft.rfft(u, axis=1) / num
    in_time = np.fft.ifft(window[:, None] * in_space, axis=0) * (num_times / window.sum())
    omega = 2.0 * np.pi * np.fft.fftfreq(num_times, dt)
    k = 2.0 * np.pi / length * np.arange(in_space.shape[1])
    order = np.argsort(omega)
    return WaveSpectrum(omega[order], k, np.abs(in_time[order]) ** 2)
