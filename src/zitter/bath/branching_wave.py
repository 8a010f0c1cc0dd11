"""Ψ of system and bath as packets that the bath tells apart: ln Ψ and its gradient in closed form.

Mass-weighted coordinates q, one covariance for all packets. With q' = q - Q̄(t) from their common
middle, ln Ψ = (i/ħ)(P̄·q' + q'·A q'/2) + ln Σ_j exp(a_j·q' + b_j) + common terms.
"""

from typing import NamedTuple

import numpy as np

from zitter.bath.discretisation import OscillatorBath, require_bath
from zitter.bath.packets import Packets
from zitter.bath.quantum_bath import NormalModes, bath_modes, exact_response, propagator
from zitter.core.checks import ValidityError, require_positive, require_shape


class Frame(NamedTuple):
    """The wave at one time, in mass-weighted coordinates; P packets, d coordinates."""

    A: np.ndarray
    """curvature (d, d), complex [1/time]"""
    a: np.ndarray
    """slopes of the packets (P, d), complex [1/mass^(1/2)/length]"""
    b: np.ndarray
    """their constants (P,), complex [1]"""
    centre: np.ndarray
    """Q̄ (d,) [mass^(1/2)*length]"""
    momentum: np.ndarray
    """P̄ (d,) [mass^(1/2)*length/time]"""


class BranchingWave(NamedTuple):
    """Pure state of an oscillator and its bath; coordinate 0 is √M X."""

    modes: NormalModes
    """normal modes of system and bath"""
    alpha: np.ndarray
    """A(0) = i diag α (d,) [1/time]"""
    centres: np.ndarray
    """Q_j(0) (P, d) [mass^(1/2)*length]"""
    momenta: np.ndarray
    """P_j(0) (P, d) [mass^(1/2)*length/time]"""
    logarithms: np.ndarray
    """ln c_j (P,), complex [1]"""
    mass: float
    """M [mass]"""
    hbar: float
    """[mass*length^2/time]"""

    def at(self, t: float) -> Frame:
        """The wave at time t.

        Args:
            t: [time].

        Returns:
            A [1/time], a [1/mass^(1/2)/length], b [1], Q̄ [mass^(1/2)*length], P̄
            [mass^(1/2)*length/time].
        """
        S = propagator(self.modes, t)
        A = np.linalg.solve((S.qq + 1j * S.qp * self.alpha).T, (S.pq + 1j * S.qq * self.alpha).T)
        Q = self.centres @ S.qq.T + self.momenta @ S.qp.T
        P = self.centres @ S.pq.T + self.momenta @ S.qq.T
        centre, momentum = Q.mean(axis=0), P.mean(axis=0)
        dQ, dP = Q - centre, P - momentum
        bent = dQ @ A
        a = 1j / self.hbar * (dP - bent)
        action = np.sum(P * Q - self.momenta * self.centres, axis=1)
        b = 1j / self.hbar * (0.5 * np.sum(bent * dQ, axis=1) - np.sum(P * dQ, axis=1))
        return Frame(A, a, b + 0.5j / self.hbar * action + self.logarithms, centre, momentum)


class ReducedBath(NamedTuple):
    """A smaller bath that moves the system alike, and where its modes lie in the full one."""

    bath: OscillatorBath
    """m modes"""
    frequency: float
    """Ω of the system beside them, which takes up the rest of the counter-term [1/time]"""
    embedding: np.ndarray
    """(m, n), orthonormal rows [1]"""
    duration: float
    """until when it moves the system alike [time]"""


def branching_wave(
    bath: OscillatorBath,
    mass: float,
    frequency: float,
    packets: Packets,
    variances: np.ndarray | None = None,
) -> BranchingWave:
    """Packets of the system times one pure packet of each bath oscillator.

    Displacements of the bath, as a thermal state needs, only add a classical motion to Q̄.

    Args:
        bath: OscillatorBath.
        mass: M [mass].
        frequency: Ω [1/time].
        packets: superposition of the system.
        variances: of the bath's packets, mass-weighted (n,); the vacuum by default
            [mass*length^2].

    Raises:
        ValueError: shapes do not match, a variance that is not positive, a coefficient that
            vanishes.
    """
    bath = require_bath(bath)
    num = bath.frequencies.size
    vacuum = 0.5 * packets.hbar / bath.frequencies
    variances = vacuum if variances is None else np.asarray(variances, float)
    require_shape("variances", variances, (num,), "(n,)")
    require_positive("variances", variances)
    if np.any(packets.coefficients == 0.0):
        raise ValueError("`packets` must not hold a packet with coefficient zero: leave it out.")
    everything = np.concatenate([[mass * packets.width**2], variances])
    empty = np.zeros((packets.centres.size, num))
    root = np.sqrt(mass)
    return BranchingWave(
        bath_modes(bath, mass, frequency),
        0.5 * packets.hbar / everything,
        np.hstack([root * packets.centres[:, None], empty]),
        np.hstack([packets.momenta[:, None] / root, empty]),
        np.log(packets.coefficients),
        float(mass),
        packets.hbar,
    )


def reduced_bath(
    bath: OscillatorBath,
    mass: float,
    frequency: float,
    duration: float,
    tolerance: float = 1e-9,
) -> ReducedBath:
    """The m combinations of n vacuum modes that the system reaches within a time.

    Krylov space of ω and the couplings by Lanczos's method, diagonalised. The other combinations
    neither move the system nor learn of it.

    Args:
        bath: OscillatorBath in its vacuum, or coherent states of it.
        mass: M [mass].
        frequency: Ω [1/time].
        duration: [time].
        tolerance: largest error of the response Ω G and G' [1].

    Raises:
        ValueError: the duration is not positive, a bath without coupling.
        ValidityError: the tolerance is not reached.
    """
    require_positive("duration", duration)
    bath = require_bath(bath)
    w, c = bath.frequencies, bath.couplings
    if not np.any(c):
        raise ValueError("`couplings` are all zero: the system reaches no mode of this bath.")
    half = 0.5 * duration * float(w[-1] - w[0])
    size = min(w.size, int(half + 6.0 * half ** (1.0 / 3.0)) + 8)
    if size == w.size:
        return ReducedBath(bath, float(frequency), np.eye(w.size), np.inf)
    basis = _krylov_basis(w, c, size)
    theta, rotation = np.linalg.eigh((basis * w) @ basis.T)
    embedding = rotation.T @ basis
    small = OscillatorBath(theta, embedding @ c)
    missing = np.sum((c / w) ** 2) - np.sum((small.couplings / theta) ** 2)
    shifted = frequency**2 + missing / mass
    if shifted < 0.0:
        raise ValidityError("The reduced bath does not hold the counter-term: use fewer modes.")
    reduced = ReducedBath(small, float(np.sqrt(shifted)), embedding, float(duration))
    times = np.linspace(0.0, duration, 60)
    full = exact_response(bath_modes(bath, mass, frequency), times)
    found = exact_response(bath_modes(small, mass, reduced.frequency), times)
    error = max(
        frequency * float(np.max(np.abs(full.G - found.G))),
        float(np.max(np.abs(full.first - found.first))),
    )
    if error > tolerance:
        raise ValidityError(
            f"The reduced bath of {size} modes errs by {error:.1e}, more than {tolerance:g}: "
            "use the full one."
        )
    return reduced


def reduced_start(q0: np.ndarray, reduced: ReducedBath) -> np.ndarray:
    """Coordinates of a full start in the reduced bath, (batch, 1 + m) [mass^(1/2)*length].

    Args:
        q0: (batch, 1 + n) [mass^(1/2)*length].
        reduced: ReducedBath.
    """
    require_shape("q0", q0, (None, 1 + reduced.embedding.shape[1]), "(batch, 1 + n)")
    return np.hstack([q0[:, :1], q0[:, 1:] @ reduced.embedding.T])


def _krylov_basis(w: np.ndarray, c: np.ndarray, size: int) -> np.ndarray:
    """Orthonormal rows that span c, w c, .., w^(size - 1) c, orthogonalised twice."""
    basis = np.zeros((size, w.size))
    basis[0] = c / np.linalg.norm(c)
    # Less than this of a new vector is rounding: modes of one frequency act as one.
    least = 1e-10 * float(w[-1])
    for k in range(1, size):
        vector = w * basis[k - 1]
        for _ in range(2):
            vector -= basis[:k].T @ (basis[:k] @ vector)
        length = float(np.linalg.norm(vector))
        if length <= least:
            return basis[:k]
        basis[k] = vector / length
    return basis
