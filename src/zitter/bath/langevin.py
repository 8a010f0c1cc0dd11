"""Classical Kac-Zwanzig bath and the generalised Langevin equation that it is equal to.

M X'' + U'(X) + ∫ K(t - s) X'(s) ds + K(t) X(0) = ξ(t), with ξ the force of the freely moving bath.
With a bath in equilibrium about the start of the system, ξ - K X(0) has the correlation kT K.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.bath.discretisation import OscillatorBath, require_bath
from zitter.core.checks import ValidityError, require_count, require_positive, require_shape

Force = Callable[[np.ndarray], np.ndarray]


class BathState(NamedTuple):
    """Mass-weighted coordinates and momenta of the bath in many runs."""

    q: np.ndarray
    """(batch, n) [mass^(1/2)*length]"""
    p: np.ndarray
    """(batch, n) [mass^(1/2)*length/time]"""


class ClassicalPaths(NamedTuple):
    """Positions and velocities of the system in many runs."""

    times: np.ndarray
    """(num_times,) [time]"""
    X: np.ndarray
    """(num_times, batch) [length]"""
    V: np.ndarray
    """(num_times, batch) [length/time]"""


def shifted_canonical_bath(
    bath: OscillatorBath, X0: Any, kT: float, rng: np.random.Generator
) -> BathState:
    """Draws of a classical bath in equilibrium with the system held at X0.

    Args:
        bath: OscillatorBath.
        X0: start of the system (batch,) [length].
        kT: [energy].
        rng: source of randomness.

    Returns:
        BathState; ω_k q_k - c_k X0/ω_k and p_k have the variance kT.

    Raises:
        ValueError: kT < 0.
    """
    bath = require_bath(bath)
    X0 = np.asarray(X0, float)
    require_shape("X0", X0, (None,), "(batch,)")
    if not kT >= 0.0:
        raise ValueError(f"`kT` must not be below zero, but is {kT:g}.")
    w = bath.frequencies
    q, p = np.sqrt(kT) * rng.normal(size=(2, X0.size, w.size))
    return BathState(q / w + X0[:, None] * bath.couplings / w**2, p)


def bath_force(bath: OscillatorBath, state: BathState, times: Any) -> np.ndarray:
    """Force of the freely moving bath, ξ(t) = Σ_k c_k [q_k(0) cos ω_k t + (p_k(0)/ω_k) sin ω_k t].

    Args:
        bath: OscillatorBath.
        state: its start.
        times: (num_times,) [time].

    Returns:
        (num_times, batch) [mass*length/time^2].
    """
    angle = np.outer(times, bath.frequencies)
    cosine = np.cos(angle) * bath.couplings
    sine = np.sin(angle) * (bath.couplings / bath.frequencies)
    return cosine @ state.q.T + sine @ state.p.T


def kac_zwanzig_paths(
    force: Force,
    mass: float,
    bath: OscillatorBath,
    start: tuple[Any, Any],
    state: BathState,
    duration: float,
    num_steps: int,
) -> ClassicalPaths:
    """Paths of the system with all oscillators of its bath, by the velocity Verlet rule.

    M X'' = -U'(X) - K(0) X + Σ_k c_k q_k, q_k'' = -ω_k² q_k + c_k X; second order in the step.

    Args:
        force: -U' of an array of positions.
        mass: M [mass].
        bath: OscillatorBath.
        start: X(0) [length] and V(0) [length/time], (batch,) each.
        state: start of the bath.
        duration: [time].
        num_steps: steps.

    Returns:
        ClassicalPaths.

    Raises:
        ValueError: shapes do not match.
        ValidityError: the step does not resolve the fastest mode; a path leaves all bounds.
    """
    X, V, times, h = _classical_start(mass, start, duration, num_steps)
    bath = require_bath(bath)
    w, c = bath.frequencies, bath.couplings
    require_shape("state.q", state.q, (X.size, w.size), "(batch, n)")
    if h * w[-1] > 1.0:
        raise ValidityError(
            f"A step of {h:.2g} does not resolve the fastest mode, ω = {w[-1]:.3g}: use "
            f"num_steps >= {int(duration * w[-1]) + 1}."
        )
    stiffness = float(np.sum((c / w) ** 2))

    def acceleration(X: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (force(X) - stiffness * X + q @ c) / mass, X[:, None] * c - q * w**2

    q, p = state.q, state.p
    a, f = acceleration(X, q)
    rows = [(X, V)]
    for _ in range(num_steps):
        V, p = V + 0.5 * h * a, p + 0.5 * h * f
        X, q = X + h * V, q + h * p
        a, f = acceleration(X, q)
        V, p = V + 0.5 * h * a, p + 0.5 * h * f
        rows.append((X, V))
    return _bounded(ClassicalPaths(times, *np.swapaxes(np.array(rows), 0, 1)))


def generalised_langevin_paths(
    force: Force,
    mass: float,
    kernel: Any,
    noise: Any,
    start: tuple[Any, Any],
    duration: float,
) -> ClassicalPaths:
    """Paths of the generalised Langevin equation with a given noise, second order in the step.

    Args:
        force: -U' of an array of positions.
        mass: M [mass].
        kernel: K at the times (num_steps + 1,) [mass/time^2].
        noise: ξ at the times (num_steps + 1, batch) [mass*length/time^2].
        start: X(0) [length] and V(0) [length/time], (batch,) each.
        duration: last time [time].

    Returns:
        ClassicalPaths.

    Raises:
        ValueError: shapes do not match.
        ValidityError: h √(K(0)/M) > 1, which the step h does not resolve; a path leaves all bounds.

    Validity: steps that resolve what kernel and noise do between two times, such as the fastest
        mode of a bath; a kernel that oscillates once a step passes for a constant one.
    """
    kernel, noise = np.asarray(kernel, float), np.asarray(noise, float)
    require_shape("kernel", kernel, (None,), "(num_steps + 1,)")
    X, V, times, h = _classical_start(mass, start, duration, kernel.size - 1)
    require_shape("noise", noise, (kernel.size, X.size), "(num_steps + 1, batch)")
    bound = h * float(np.sqrt(np.abs(kernel[0]) / mass))
    if bound > 1.0:
        raise ValidityError(
            f"A step of {h:.2g} does not resolve the memory, h √(K(0)/M) = {bound:.3g} > 1: use "
            f"num_steps >= {int(np.ceil(bound * (kernel.size - 1)))}."
        )
    slip = kernel[:, None] * X
    positions, velocities = np.empty(noise.shape), np.empty(noise.shape)
    positions[0], velocities[0] = X, V
    a = (force(X) - slip[0] + noise[0]) / mass
    # the newest velocity enters its own memory with half a weight
    implicit = 1.0 + 0.25 * h**2 * kernel[0] / mass
    for n in range(1, kernel.size):
        X = X + h * V + 0.5 * h**2 * a
        past = kernel[n:0:-1] @ velocities[:n] - 0.5 * kernel[n] * velocities[0]
        known = (force(X) - h * past - slip[n] + noise[n]) / mass
        V = (V + 0.5 * h * (a + known)) / implicit
        a = known - 0.5 * h * kernel[0] / mass * V
        positions[n], velocities[n] = X, V
    return _bounded(ClassicalPaths(times, positions, velocities))


def fluctuation_dissipation_scores(
    bath: OscillatorBath, kT: float, times: Any, num: int, rng: np.random.Generator
) -> np.ndarray:
    """Deviations of ⟨ξ̃(0) ξ̃(t)⟩ from kT K(t), in standard errors [1].

    ξ̃ = ξ - K X(0) of a bath in equilibrium about the start of the system.

    Args:
        bath: OscillatorBath.
        kT: [energy].
        times: (num_times,) [time].
        num: draws.
        rng: source of randomness.

    Returns:
        (num_times,) [1].
    """
    require_count("num", num, 10)
    require_positive("kT", kT)
    state = shifted_canonical_bath(bath, np.zeros(num), kT, rng)
    force = bath_force(bath, state, np.concatenate([[0.0], np.asarray(times, float)]))
    products = force[0] * force[1:]
    error = np.std(products, axis=1, ddof=1) / np.sqrt(num)
    exact = kT * bath.memory_kernel(np.asarray(times, float))
    return (np.mean(products, axis=1) - exact) / error


def _bounded(paths: ClassicalPaths) -> ClassicalPaths:
    """The same paths, if all of them are numbers."""
    kept = np.all(np.isfinite(paths.X) & np.isfinite(paths.V), axis=1)
    if not np.all(kept):
        raise ValidityError(
            f"A path leaves all bounds before t = {paths.times[int(np.argmin(kept))]:.3g}: use "
            "more steps, or a force that holds the system together."
        )
    return paths


def _classical_start(
    mass: float, start: tuple[Any, Any], duration: float, num_steps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    require_positive("mass", mass)
    require_positive("duration", duration)
    require_count("num_steps", num_steps)
    X, V = (np.asarray(part, float) for part in start)
    require_shape("start[0]", X, (None,), "(batch,)")
    require_shape("start[1]", V, X.shape, "(batch,)")
    return X, V, np.linspace(0.0, duration, num_steps + 1), duration / num_steps
