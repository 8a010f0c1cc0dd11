"""Hu-Paz-Zhang master equation: its coefficients from the exact motion, and its solution.

ρ' = -(i/ħ)[p²/2M + MΩ²(t)x²/2, ρ] - (i/ħ) Γ [x,{p,ρ}] - (D_pp/2ħ²)[x,[x,ρ]] + (D_xp/ħ²)[x,[p,ρ]].
Γ is half of the damping rate γ of the momentum.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.interpolate import make_interp_spline

from zitter.bath.packets import transfer_matrices
from zitter.bath.response import NoiseCovariance, Response
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)

# no density matrix has an entry above 1: one that grows by so much is lost
_RUNAWAY = 1e6


class MasterCoefficients(NamedTuple):
    """Coefficients of the master equation at times t, (num_times,) each."""

    times: np.ndarray
    """[time]"""
    frequency_squared: np.ndarray
    """Ω²(t) [1/time^2]"""
    damping: np.ndarray
    """Γ(t) [1/time]"""
    D_xp: np.ndarray
    """[mass*length^2/time^2]"""
    D_pp: np.ndarray
    """[mass^2*length^2/time^3]"""


def hu_paz_zhang(response: Response, noise: NoiseCovariance, mass: float) -> MasterCoefficients:
    """Hu-Paz-Zhang coefficients from A = Φ'Φ⁻¹ and D = Θ' - AΘ - ΘAᵀ.

    A = [[0, 1/M], [-MΩ², -2Γ]], D = [[0, D_xp], [D_xp, D_pp]].

    Args:
        response, noise: at the same times, of any density and temperature.
        mass: M [mass].

    Raises:
        ValueError: times do not match, M <= 0.
        ValidityError: Φ is singular at a time or between two; no local equation exists there.
    """
    require_positive("mass", mass)
    require_shape("noise", noise.xx, response.times.shape, "(num_times,)")
    flow = transfer_matrices(response, mass)
    G1, G2, G3 = response.first, response.second, response.third
    slope = np.moveaxis(np.array([[G2, G1 / mass], [mass * G3, G2]]), -1, 0)
    _require_regular(response)
    A = slope @ np.linalg.inv(flow)
    rate = np.moveaxis(
        np.array([[noise.rate_xx, noise.rate_xp], [noise.rate_xp, noise.rate_pp]]), -1, 0
    )
    drift = A @ noise.matrices()
    D = rate - drift - np.swapaxes(drift, 1, 2)
    return MasterCoefficients(
        response.times, -A[:, 1, 0] / mass, -0.5 * A[:, 1, 1], D[:, 0, 1], D[:, 1, 1]
    )


def _require_regular(response: Response) -> None:
    """Refuse det Φ = G'² - G G'' that vanishes at a time or between two.

    Between: it changes its sign, or Hermite's cubic of it does on the way to a minimum.
    """
    t, G, G1, G2, G3 = response[:5]
    size, slope = G1**2 - G * G2, G1 * G2 - G * G3
    singular = t[np.abs(size) < 1e-10]
    sign, step = np.sign(size[:-1]), np.diff(t)
    share = np.linspace(0.0, 1.0, 33)[:, None]
    rest = 1.0 - share
    cubic = rest**2 * ((1.0 + 2.0 * share) * size[:-1] + share * step * slope[:-1])
    cubic += share**2 * ((1.0 + 2.0 * rest) * size[1:] - rest * step * slope[1:])
    dips = (sign * slope[:-1] < 0.0) & (sign * slope[1:] > 0.0)
    crossed = (size[:-1] * size[1:] < 0.0) | (dips & (np.min(sign * cubic, axis=0) <= 1e-10))
    found = np.concatenate([singular, 0.5 * (t[:-1] + t[1:])[crossed]])
    if found.size:
        raise ValidityError(
            f"Near t = {np.min(found):.3g} the mean motion forgets its start (det Φ = 0): the "
            "state obeys no equation local in time there. Use shorter times."
        )


def markov_coefficients(
    density: SpectralDensity,
    frequency: float,
    kT: float,
    times: Any,
    hbar: float = 1.0,
) -> MasterCoefficients:
    """Coefficients of Caldeira and Leggett, Γ = γ/2, D_pp = 2Mγ kT, D_xp = 0.

    Args:
        density: Ohmic.
        frequency: Ω [1/time].
        kT: [energy].
        times: (num_times,) [time].
        hbar: [mass*length^2/time].

    Raises:
        ValueError: the density is not Ohmic; Ω, kT or ħ not positive.
        ValidityError: not ω_c >= 10 Ω, ω_c >= 10 γ and kT >= 2 ħω_c, where memory and quantum
            noise can be left out.
    """
    if not isinstance(density, SpectralDensity) or density.exponent != 1.0:
        raise ValueError("`density` must be Ohmic (exponent 1) for the Markov limit.")
    require_positive("frequency", frequency)
    require_positive("kT", kT)
    require_positive("hbar", hbar)
    slow = max(frequency, density.damping)
    if density.cutoff < 10.0 * slow or kT < 2.0 * hbar * density.cutoff:
        raise ValidityError(
            f"The Markov limit needs ω_c >= 10 max(Ω, γ) = {10.0 * slow:.3g} and "
            f"kT >= 2 ħω_c = {2.0 * hbar * density.cutoff:.3g}, but ω_c = {density.cutoff:.3g} "
            f"and kT = {kT:.3g}: use `hu_paz_zhang`."
        )
    t = np.asarray(times, float)
    one = np.ones_like(t)
    D_pp = 2.0 * density.mass * density.damping * kT
    return MasterCoefficients(
        t, frequency**2 * one, 0.5 * density.damping * one, 0.0 * one, D_pp * one
    )


def solve_master_equation(
    coefficients: MasterCoefficients,
    initial: Any,
    mass: float,
    frequency: float,
    times: Any,
    hbar: float = 1.0,
    tolerance: float = 1e-9,
) -> np.ndarray:
    """Density matrices at times, in the number states of an oscillator of M and Ω.

    Args:
        coefficients: from t = 0 to the last time.
        initial: ρ(0) (num_states, num_states) [1].
        mass: M [mass].
        frequency: Ω of the number states [1/time].
        times: (num_times,), increasing [time].
        hbar: [mass*length^2/time].
        tolerance: of the integrator.

    Returns:
        (num_times, num_states, num_states) [1].

    Raises:
        ValueError: shapes do not match, coefficients that are not finite or of too few times,
            times that do not increase.
        ValidityError: a table of coefficients that starts late or ends early; the integration
            stops before the last time; the state reaches the last number states.
    """
    initial = np.asarray(initial, complex)
    num = initial.shape[0]
    require_shape("initial", initial, (num, num), "(num_states, num_states)")
    times = np.atleast_1d(np.asarray(times, float))
    require_finite("times", times)
    if times.size == 0 or np.any(np.diff(times) <= 0.0) or not times[-1] > 0.0:
        raise ValueError("`times` must be increasing, and the last one positive.")
    first, last = coefficients.times[0], coefficients.times[-1]
    if first > 0.0 or times[0] < 0.0 or times[-1] > last:
        raise ValidityError(
            f"The coefficients cover t = {first:g} to {last:g}, but the state starts at t = 0 and "
            f"the times go from {times[0]:g} to {times[-1]:g}."
        )
    if len(coefficients.times) < 4:
        raise ValueError(
            f"`coefficients` must cover at least 4 times, but cover {len(coefficients.times)}."
        )
    values = np.stack(coefficients[1:], axis=-1)
    require_finite("coefficients", values)
    table = make_interp_spline(coefficients.times, values, k=3)
    rate = _rate(table, number_operators(num, mass, frequency, hbar), mass, hbar)
    states = _integrated(rate, initial, times, tolerance)
    top = float(np.max(np.abs(states[:, -2:, -2:])))
    if top > 1e-4:
        raise ValidityError(
            f"The state reaches the last of {num} number states with weight {top:.1e}: use more."
        )
    return states


def _rate(
    table: Callable, operators: tuple[np.ndarray, ...], mass: float, hbar: float
) -> Callable[[float, np.ndarray], np.ndarray]:
    """dρ/dt of the flattened ρ."""
    x, p, xx, pp = operators

    def rate(t: float, flat: np.ndarray) -> np.ndarray:
        rho = flat.reshape(x.shape)
        stiffness, damping, D_xp, D_pp = table(t)
        energy = 0.5 * pp / mass + 0.5 * mass * stiffness * xx
        xr, pr = x @ rho, p @ rho
        drag = pr + rho @ p
        # [x, S] with S the sum of all that stands inside a commutator with x
        inside = -1j / hbar * damping * drag
        inside -= 0.5 * D_pp / hbar**2 * (xr - rho @ x)
        inside += D_xp / hbar**2 * (pr - rho @ p)
        out = -1j / hbar * (energy @ rho - rho @ energy) + x @ inside - inside @ x
        return out.ravel()

    return rate


def _integrated(
    rate: Callable, initial: np.ndarray, times: np.ndarray, tolerance: float
) -> np.ndarray:
    """States at all times, or a sentence that says how far the integration came."""
    most = _RUNAWAY * float(np.max(np.abs(initial)))

    def runaway(t: float, flat: np.ndarray) -> float:
        return float(np.max(np.abs(flat))) - most

    runaway.terminal = True  # type: ignore[attr-defined]
    solution = solve_ivp(
        rate,
        (0.0, times[-1]),
        initial.ravel(),
        method="DOP853",
        t_eval=times,
        rtol=tolerance,
        atol=0.01 * tolerance,
        events=runaway,
    )
    if solution.t.size < times.size:
        grown = solution.status == 1
        reached = solution.t_events[0][0] if grown else np.max(solution.t, initial=0.0)
        why = "the state grows without bound." if grown else solution.message
        raise ValidityError(
            f"The master equation could be solved up to t = {reached:.3g} only, not "
            f"{times[-1]:.3g}: {why}"
        )
    return solution.y.T.reshape(-1, *initial.shape)


def number_operators(
    num_states: int, mass: float, frequency: float, hbar: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Matrices of x, p, x², p² between number states; squares before the truncation.

    Args:
        num_states: n.
        mass: M [mass].
        frequency: Ω [1/time].
        hbar: [mass*length^2/time].

    Returns:
        x [length], p [mass*length/time], x² [length^2], p² [mass^2*length^2/time^2].
    """
    require_count("num_states", num_states, 2)
    require_positive("mass", mass)
    require_positive("frequency", frequency)
    lower = np.diag(np.sqrt(np.arange(1.0, num_states + 2)), 1)
    x = np.sqrt(0.5 * hbar / (mass * frequency)) * (lower + lower.T)
    p = 1j * np.sqrt(0.5 * hbar * mass * frequency) * (lower.T - lower)
    n = num_states
    return x[:n, :n], p[:n, :n], (x @ x)[:n, :n], (p @ p)[:n, :n]


def in_number_states(
    rho: Any, x: Any, num_states: int, mass: float, frequency: float, hbar: float = 1.0
) -> np.ndarray:
    """Density matrix ρ_mn = ∫∫ φ_m(x) ρ(x, x') φ_n(x') dx dx' from its values on a grid.

    Args:
        rho: (num, num) [1/length].
        x: equidistant points (num,) [length].
        num_states: n.
        mass: M [mass].
        frequency: Ω [1/time].
        hbar: [mass*length^2/time].

    Returns:
        (n, n) [1].
    """
    x = np.asarray(x, float)
    require_shape("rho", rho, (x.size, x.size), "(num, num)")
    length = np.sqrt(hbar / (mass * frequency))
    z = x / length
    phi = np.zeros((num_states, x.size))
    phi[0] = np.exp(-0.5 * z**2) * (np.pi * length**2) ** -0.25
    for n in range(1, num_states):
        before = np.sqrt((n - 1.0) / n) * phi[n - 2] if n > 1 else 0.0
        phi[n] = np.sqrt(2.0 / n) * z * phi[n - 1] - before
    return phi @ np.asarray(rho) @ phi.T * (x[1] - x[0]) ** 2


def trace_distance(rho: Any, sigma: Any) -> float:
    """Trace distance ½ Tr|ρ - σ| of two density matrices [1].

    Raises:
        ValueError: shapes do not match.
    """
    require_shape("sigma", sigma, np.shape(rho), "that of `rho`")
    difference = np.asarray(rho) - np.asarray(sigma)
    return float(0.5 * np.sum(np.abs(np.linalg.eigvalsh(0.5 * (difference + difference.conj().T)))))
