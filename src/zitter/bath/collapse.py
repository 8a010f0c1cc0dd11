"""Effective collapse: weights of the branches at the configuration, and their statistics.

The conditional wavefunction of the system, Ψ(x, Y) at the configuration Y of the bath, is again a
superposition of packets. Collapse is effective when one of them holds all the weight.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from zitter.bath.branching_paths import BranchingPaths
from zitter.bath.branching_wave import BranchingWave, Frame
from zitter.bath.interference import branch_shares
from zitter.core.checks import require_finite, require_shape


class BranchDistances(NamedTuple):
    """Squared distances of two packets in units of their spread, (num_times,) each [1]."""

    full: np.ndarray
    """Δ² = ΔQᵀ C⁻¹ ΔQ of the whole configuration [1]"""
    bath: np.ndarray
    """Δ_B² of the bath's configuration alone [1]"""


class Collapses(NamedTuple):
    """When each run collapses for good, and whether it had seemed to before; (batch,) each."""

    times: np.ndarray
    """first kept time after which the weight stays above the threshold, inf if never [time]"""
    reversals: np.ndarray
    """the weight exceeded the threshold and fell below it again"""
    winners: np.ndarray
    """packet of the largest weight at the end"""


def branch_distances(wave: BranchingWave, times: Any) -> BranchDistances:
    """Distances Δ² and Δ_B² of the first two packets.

    Args:
        wave: BranchingWave.
        times: (num_times,) [time].

    Returns:
        BranchDistances [1].
    """
    rows = []
    for t in np.atleast_1d(np.asarray(times, float)):
        frame = wave.at(t)
        precision = 2.0 / wave.hbar * frame.A.imag
        slope = frame.a[0] - frame.a[1]
        # Re(a_1 - a_2) = Im A ΔQ/ħ
        shift = np.linalg.solve(frame.A.imag, wave.hbar * slope.real)
        bath = _bath_precision(precision)
        rows.append([shift @ precision @ shift, shift[1:] @ bath @ shift[1:]])
    return BranchDistances(*np.transpose(rows))


def expected_smaller_weight(distance_squared: Any, share: float = 0.5) -> np.ndarray:
    """Mean weight of the smaller branch, Φ(-Δ/2) for equal shares.

    p Φ(-Δ/2 - l/Δ) + (1 - p) Φ(-Δ/2 + l/Δ) with l = ln p/(1 - p).

    Args:
        distance_squared: Δ² of any shape [1].
        share: p, the weight of the first packet at the start, between 0 and 1.

    Returns:
        The shape of Δ² [1].

    Raises:
        ValueError: p outside (0, 1), Δ² negative.

    Validity: two packets whose overlap at the start can be left out.
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"`share` must lie between 0 and 1, but is {share:g}.")
    squared = np.asarray(distance_squared, float)
    require_finite("distance_squared", squared)
    if np.min(squared, initial=0.0) < 0.0:
        raise ValueError("`distance_squared` must not be negative.")
    distance = np.sqrt(np.maximum(squared, 1e-300))
    odds = np.log(share / (1.0 - share)) / distance
    first = share * stats.norm.cdf(-0.5 * distance - odds)
    return first + (1.0 - share) * stats.norm.cdf(-0.5 * distance + odds)


def configuration_weights(wave: BranchingWave, paths: BranchingPaths) -> np.ndarray:
    """Weights |c_jΨ_j|²/Σ_k |c_kΨ_k|² of the packets at the full configurations.

    Args:
        wave: BranchingWave.
        paths: its runs.

    Returns:
        (num_times, batch, P) [1].
    """
    rows = []
    for t, q in zip(paths.times, paths.q, strict=True):
        frame = wave.at(t)
        rows.append(branch_shares(2.0 * (q @ frame.a.T + frame.b).real))
    return np.stack(rows)


def conditional_weights(wave: BranchingWave, paths: BranchingPaths) -> np.ndarray:
    """Weights of the packets in the conditional wavefunction, from the bath's configurations alone.

    Args:
        wave: BranchingWave.
        paths: its runs.

    Returns:
        (num_times, batch, P) [1].
    """
    rows = []
    for t, q in zip(paths.times, paths.q, strict=True):
        gram = _gram(wave.at(t), q, wave.hbar)
        diagonal = np.diagonal(gram, axis1=1, axis2=2).real
        rows.append(branch_shares(diagonal))
    return np.stack(rows)


def conditional_infidelity(wave: BranchingWave, paths: BranchingPaths) -> np.ndarray:
    """Infidelity 1 - |⟨winner|ψ_c⟩|² of the conditional wavefunction with its heaviest packet.

    Args:
        wave: BranchingWave.
        paths: its runs.

    Returns:
        (num_times, batch) [1].
    """
    rows = []
    for t, q in zip(paths.times, paths.q, strict=True):
        log_gram = _gram(wave.at(t), q, wave.hbar)
        peak = np.max(log_gram.real, axis=(1, 2), keepdims=True)
        gram = np.exp(log_gram - peak)
        diagonal = np.diagonal(gram, axis1=1, axis2=2).real
        winner = np.argmax(diagonal, axis=1)
        runs = np.arange(q.shape[0])
        overlap = np.abs(np.sum(gram, axis=2)[runs, winner]) ** 2
        whole = np.sum(gram, axis=(1, 2)).real
        rows.append(1.0 - overlap / (diagonal[runs, winner] * whole))
    return np.stack(rows)


def conditional_moments(
    wave: BranchingWave, paths: BranchingPaths
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of X in the conditional wavefunction |ψ_c(X)|² of each run.

    Args:
        wave: BranchingWave.
        paths: its runs.

    Returns:
        Two arrays (num_times, batch) [length].

    Validity: of all its packets, also where the collapse has not yet chosen one.
    """
    rows = []
    for t, q in zip(paths.times, paths.q, strict=True):
        frame = wave.at(t)
        variance = 0.5 * wave.hbar / frame.A[0, 0].imag
        slope = _conditional_slopes(frame, q, wave.hbar)
        centre = variance * (slope.conj()[:, :, None] + slope[:, None, :])
        log_gram = _gram(frame, q, wave.hbar)
        gram = np.exp(log_gram - np.max(log_gram.real, axis=(1, 2), keepdims=True))
        gram /= np.sum(gram, axis=(1, 2), keepdims=True).real
        mean = np.sum(gram * centre, axis=(1, 2)).real
        square = np.sum(gram * (centre - mean[:, None, None]) ** 2, axis=(1, 2)).real
        rows.append((frame.centre[0] + mean, np.sqrt(square + variance)))
    root = np.sqrt(wave.mass)
    means, deviations = np.swapaxes(np.array(rows), 0, 1)
    return means / root, deviations / root


def collapses(times: Any, weights: Any, threshold: float = 0.99) -> Collapses:
    """When the weight of the packet that wins has come to stay above a threshold.

    Args:
        times: (num_times,) [time].
        weights: (num_times, batch, P) [1].
        threshold: between 1/2 and 1.

    Returns:
        Collapses; times [time].

    Raises:
        ValueError: shapes do not match, threshold outside (1/2, 1).

    Validity: to exceed the threshold once is no collapse; with little decoherence it reverses.
    """
    times, weights = np.asarray(times, float), np.asarray(weights, float)
    require_shape("weights", weights, (times.size, None, None), "(num_times, batch, packets)")
    if not 0.5 < threshold < 1.0:
        raise ValueError(f"`threshold` must lie between 1/2 and 1, but is {threshold:g}.")
    winners = np.argmax(weights[-1], axis=-1)
    won = np.take_along_axis(weights, winners[None, :, None], axis=2)[..., 0] > threshold
    stays = np.flip(np.logical_and.accumulate(np.flip(won, 0), axis=0), 0)
    first = np.where(stays[-1], times[np.argmax(stays, axis=0)], np.inf)
    above = np.max(weights, axis=-1) > threshold
    seemed = np.argmax(weights, axis=-1)
    same = above[:-1] & (above[1:] & (seemed[1:] == seemed[:-1]))
    return Collapses(first, np.any(above[:-1] & ~same, axis=0), winners)


def crossing_fraction(x_start: Any, x_end: Any) -> float:
    """Share of runs that pass from one side of the middle to the other [1].

    Args:
        x_start: positions relative to the middle (batch,) [length].
        x_end: likewise, when the packets have changed places [length].

    Raises:
        ValueError: shapes do not match.

    Validity: of an isolated particle on a line Bohm's trajectories do not cross: it is 0.
    """
    require_shape("x_end", x_end, np.shape(x_start), "(batch,)")
    return float(np.mean(np.sign(np.asarray(x_start)) != np.sign(np.asarray(x_end))))


def _bath_precision(precision: np.ndarray) -> np.ndarray:
    """Inverse covariance of all coordinates but the first."""
    side = precision[1:, 0]
    return precision[1:, 1:] - np.outer(side, side) / precision[0, 0]


def _conditional_slopes(frame: Frame, q: np.ndarray, hbar: float) -> np.ndarray:
    """Slopes of ln ψ of the packets of the conditional wavefunction, (batch, P)."""
    return 1j / hbar * (q[:, 1:] @ frame.A[0, 1:])[:, None] + frame.a[:, 0]


def _gram(frame: Frame, q: np.ndarray, hbar: float) -> np.ndarray:
    """ln⟨ψ_j|ψ_k⟩ of the packets of the conditional wavefunction, (batch, P, P), up to a term."""
    slope = _conditional_slopes(frame, q, hbar)
    rest = q[:, 1:] @ frame.a[:, 1:].T + frame.b
    both = slope.conj()[:, :, None] + slope[:, None, :]
    curvature = frame.A[0, 0].imag / hbar
    return rest.conj()[:, :, None] + rest[:, None, :] + 0.25 * both**2 / curvature
