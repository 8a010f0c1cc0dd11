"""The Langevin equation of stochastic mechanics, term by term along Bohm's trajectories.

M X'' + U'(X) + ∫ K(t - s) X'(s) ds + K(t) X(0) = ξ(t) + F_X + F_mem. Besides the quantum force F_X
on the system there is the memory of the quantum forces on the bath,
F_mem = Σ_k c_k/ω_k ∫ sin ω_k(t - s) (-∂Q/∂q_k)(s) ds.
"""

from typing import NamedTuple

import numpy as np
from scipy.integrate import cumulative_simpson
from scipy.interpolate import make_interp_spline

from zitter.bath.branching_paths import BranchingPaths
from zitter.bath.branching_wave import BranchingWave, Frame
from zitter.bath.discretisation import OscillatorBath, require_bath
from zitter.bath.interference import branch_shares
from zitter.bath.langevin import BathState, bath_force
from zitter.bath.quantum_bath import bath_modes
from zitter.core.checks import require_shape


class LangevinTerms(NamedTuple):
    """Terms of the modified Langevin equation, (num_times, batch) each [mass*length/time^2]."""

    inertia: np.ndarray
    """M X''"""
    restoring: np.ndarray
    """U'(X)"""
    friction: np.ndarray
    """∫ K(t - s) X'(s) ds"""
    slip: np.ndarray
    """K(t) X(0)"""
    noise: np.ndarray
    """ξ(t)"""
    quantum: np.ndarray
    """F_X = -∂Q/∂X"""
    memory: np.ndarray
    """F_mem"""

    def residual(self) -> np.ndarray:
        """What is left of the equation, (num_times, batch) [mass*length/time^2]."""
        left = self.inertia + self.restoring + self.friction + self.slip
        return left - self.noise - self.quantum - self.memory


def quantum_force(frame: Frame, q: np.ndarray, hbar: float = 1.0) -> np.ndarray:
    """Quantum force -∂Q/∂q in mass-weighted coordinates, in closed form.

    (ħ²/2) ∂_j Σ_i [∂_i² ln R + (∂_i ln R)²]; sums over packets of a_j as in cumulants.

    Args:
        frame: the wave at one time.
        q: q' (batch, d) [mass^(1/2)*length].
        hbar: [mass*length^2/time].

    Returns:
        (batch, d) [mass^(1/2)*length/time^2].
    """
    share = branch_shares(q @ frame.a.T + frame.b)
    mean = share @ frame.a
    off = frame.a - mean[:, None, :]
    bend = frame.A.imag / hbar
    g = mean.real - q @ bend
    square = np.sum(off**2, axis=2)
    third = np.einsum("bp,bp,bpi->bi", share, square, off).real
    along = np.einsum("bpi,bi->bp", off, g)
    second = np.einsum("bp,bp,bpi->bi", share, along, off).real - g @ bend
    return hbar**2 * (0.5 * third + second)


def configuration_velocity(frame: Frame, q: np.ndarray, hbar: float = 1.0) -> np.ndarray:
    """Bohm's velocity of the whole configuration, P̄ + (Re A) q' + ħ Im Σ_j w_j a_j.

    Args:
        frame: the wave at one time.
        q: q' (batch, d) [mass^(1/2)*length].
        hbar: [mass*length^2/time].

    Returns:
        (batch, d) [mass^(1/2)*length/time].
    """
    share = branch_shares(q @ frame.a.T + frame.b)
    return frame.momentum + q @ frame.A.real + hbar * (share @ frame.a).imag


def langevin_terms(
    wave: BranchingWave, bath: OscillatorBath, frequency: float, paths: BranchingPaths
) -> LangevinTerms:
    """All terms of the modified Langevin equation along Bohm's trajectories.

    Args:
        wave: BranchingWave.
        bath: the bath of the wave.
        frequency: Ω [1/time].
        paths: its runs at equidistant times from 0 on.

    Returns:
        LangevinTerms.

    Raises:
        ValueError: fewer than 7 times, or not equidistant from 0; a bath or Ω that is not
            that of the wave.

    Validity: integrals over the kept times by Simpson's rule; keep enough of them. Close to a
    node the derivative of the velocity needs a smaller step.
    """
    bath = require_bath(bath)
    times = np.asarray(paths.times, float)
    require_shape("paths.q", paths.q, (None, None, 1 + bath.frequencies.size), "(times, runs, d)")
    _require_times(times)
    _require_modes_of(wave, bath, frequency)
    q, v, f = (np.empty(paths.q.shape) for _ in range(3))
    for k, (t, off) in enumerate(zip(times, paths.q, strict=True)):
        frame = wave.at(t)
        q[k] = frame.centre + off
        v[k] = configuration_velocity(frame, off, wave.hbar)
        f[k] = quantum_force(frame, off, wave.hbar)
    root = np.sqrt(wave.mass)
    X, V = q[..., 0] / root, v[..., 0] / root
    strength = (bath.couplings / bath.frequencies) ** 2
    friction = _filtered(times, V[..., None], bath.frequencies).real @ strength
    memory = _filtered(times, f[..., 1:], bath.frequencies).imag
    return LangevinTerms(
        wave.mass * make_interp_spline(times, V, k=5).derivative()(times),
        wave.mass * frequency**2 * X,
        friction,
        bath.memory_kernel(times)[:, None] * X[0],
        bath_force(bath, BathState(q[0, :, 1:], v[0, :, 1:]), times),
        root * f[..., 0],
        memory @ (bath.couplings / bath.frequencies),
    )


def _require_times(times: np.ndarray) -> None:
    """Raise unless the times are equidistant from 0 on, and enough for a spline of order 5."""
    if times.size < 7:
        raise ValueError(f"`paths.times` must hold at least 7 times, but holds {times.size}.")
    step = times[1] - times[0]
    if times[0] != 0.0 or np.max(np.abs(np.diff(times) - step)) > 1e-9 * times[-1]:
        raise ValueError("`paths.times` must be equidistant from 0 on.")


def _require_modes_of(wave: BranchingWave, bath: OscillatorBath, frequency: float) -> None:
    """Raise unless the wave moves in this bath."""
    own = wave.modes.vectors * wave.modes.frequencies**2 @ wave.modes.vectors.T
    modes = bath_modes(bath, wave.mass, frequency)
    given = modes.vectors * modes.frequencies**2 @ modes.vectors.T
    scale = np.sqrt(np.diag(own))
    rounding = 1e-12 * np.max(own)
    if np.any(np.abs(own - given) > 1e-8 * np.outer(scale, scale) + rounding):
        raise ValueError("`bath` and `frequency` must be those that the wave was made with.")


def _filtered(times: np.ndarray, values: np.ndarray, w: np.ndarray) -> np.ndarray:
    """∫₀ᵗ exp(iω(t - s)) f(s) ds; f (num_times, batch, n or 1), result (num_times, batch, n)."""
    turn = np.exp(1j * np.outer(times, w))[:, None, :]
    integrand = values * turn.conj()
    step = float(times[1] - times[0])
    parts = [
        cumulative_simpson(part, dx=step, axis=0, initial=0.0)
        for part in (integrand.real, integrand.imag)
    ]
    return turn * (parts[0] + 1j * parts[1])
