"""Harmonically bound particles with any stiffness matrix, by normal modes: chains, lattices.

U = ½ (q - q₀)ᵀ K (q - q₀) with a symmetric K (dof, dof); K = V diag(m ω²) Vᵀ. In the mode
coordinates η = Vᵀ(q - q₀) every Gaussian state that is a product over modes stays one.
"""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, packet_state

ZERO_MODE = 1e-10


class NormalModes(eqx.Module):
    """Normal modes of equal masses with a stiffness matrix.

    Args:
        stiffness: K (dof, dof), symmetric [mass/time^2]; coordinates particle by particle.
        mass: m of each particle [mass].
        num_space: D.

    Raises:
        ValueError: K is not square, symmetric or finite, or its size is not a multiple of D.
    """

    stiffness: Array
    eigenvalues: Array
    """m ω² of each mode, (dof,), increasing [mass/time^2]"""
    vectors: Array
    """V (dof, dof): column n is mode n [1]"""
    mass: float = eqx.field(static=True)
    num_space: int = eqx.field(static=True)

    def __init__(self, stiffness: Any, mass: float = 1.0, num_space: int = 1):
        K = np.asarray(stiffness, dtype=float)
        require_shape("stiffness", K, (K.shape[0] if K.ndim else None, None), "(dof, dof)")
        require_shape("stiffness", K, (K.shape[0], K.shape[0]), "(dof, dof)")
        require_finite("stiffness", K)
        require_positive("mass", mass)
        require_count("num_space", num_space)
        if np.max(np.abs(K - K.T)) > 1e-12 * np.max(np.abs(K)):
            raise ValueError("`stiffness` must be symmetric.")
        if K.shape[0] % num_space:
            raise ValueError(f"`num_space` = {num_space} must divide the {K.shape[0]} coordinates.")
        eigenvalues, vectors = np.linalg.eigh(K)
        eigenvalues[np.abs(eigenvalues) < ZERO_MODE * np.max(np.abs(eigenvalues))] = 0.0
        self.stiffness, self.eigenvalues = jnp.asarray(K), jnp.asarray(eigenvalues)
        self.vectors, self.mass, self.num_space = jnp.asarray(vectors), float(mass), num_space

    @property
    def num_particles(self) -> int:
        """Number of particles N = dof / D."""
        return self.vectors.shape[0] // self.num_space

    @property
    def frequencies(self) -> Array:
        """ω of each mode, (dof,) [1/time]; NaN where the mode is unstable."""
        return jnp.sqrt(self.eigenvalues / self.mass)


class GaussianModes(eqx.Module):
    """Gaussian state of harmonically bound particles, a product over modes; a LogPsi of q (dof,).

    Args:
        modes: NormalModes.
        packet: GaussianPacket with fields (dof,), one axis per mode, with the modes' stiffness.
        equilibrium: q₀ (dof,) [length].

    Raises:
        ValueError: shapes or stiffness of the packet that do not match the modes.
    """

    modes: NormalModes
    packet: GaussianPacket
    equilibrium: Array

    def __check_init__(self):
        dof = self.modes.vectors.shape[0]
        require_shape("packet.width", self.packet.width, (dof,), "(dof,)")
        require_shape("equilibrium", self.equilibrium, (dof,), "(dof,)")

    @property
    def num_particles(self) -> int:
        """Number of particles N."""
        return self.modes.num_particles

    @property
    def num_space(self) -> int:
        """Space dimensions D."""
        return self.modes.num_space

    @property
    def mass(self) -> float:
        """Mass m of one particle [mass]."""
        return self.modes.mass

    @property
    def hbar(self) -> Array:
        """Reduced Planck constant [mass*length^2/time]."""
        return self.packet.hbar

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (dof,)."""
        return self.packet((q - self.equilibrium) @ self.modes.vectors, t)

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, dof), in closed form; t a number or (batch,)."""
        require_count("order", order, 1, 3)
        require_shape("Q", Q, (None, self.equilibrium.shape[0]), "(batch, dof)")
        return _derivatives(self, jnp.asarray(Q), jnp.asarray(t, dtype=float)[..., None], order)

    def mean(self, t: Any = 0.0) -> Array:
        """Mean configuration, (dof,) [length]."""
        return self.equilibrium + self.modes.vectors @ packet_state(self.packet, t).q

    def covariance(self, t: Any = 0.0) -> Array:
        """Covariance of the positions, (dof, dof) [length^2]."""
        variance = 0.25 / jnp.real(packet_state(self.packet, t).A)
        return _in_particles(self.modes, variance)

    def sample(self, num: int, rng: np.random.Generator, t: float = 0.0) -> np.ndarray:
        """Independent draws of |ψ|² at time t, (num, dof) [length]."""
        require_count("num", num)
        state = packet_state(self.packet, t)
        width = 0.5 / np.sqrt(np.real(state.A))
        eta = np.asarray(state.q) + width * rng.normal(size=(num, len(width)))
        return np.asarray(self.equilibrium) + eta @ np.asarray(self.modes.vectors).T


def gaussian_modes(
    modes: NormalModes,
    *,
    widths: Any = None,
    displacement: Any = 0.0,
    momentum: Any = 0.0,
    chirp: Any = 0.0,
    equilibrium: Any = 0.0,
    hbar: float = 1.0,
) -> GaussianModes:
    """Ground state, displaced and squeezed as asked for: each mode of width √(ħ/2mω) by default.

    Args:
        modes: NormalModes.
        widths: standard deviations of the modes (dof,) [length], NaN for the ground state's.
        displacement: of the mean from the equilibrium, a number or (dof,) [length].
        momentum: mean momenta, a number or (dof,) [mass*length/time].
        chirp: initial velocity gradients of the modes, a number or (dof,) [1/time].
        equilibrium: q₀, a number or (dof,) [length].
        hbar: [mass*length^2/time].

    Returns:
        GaussianModes.

    Raises:
        ValidityError: a free or unstable mode without a width of its own.
    """
    dof = modes.vectors.shape[0]
    displacement, momentum, equilibrium = (
        jnp.broadcast_to(jnp.asarray(v, dtype=float), (dof,))
        for v in (displacement, momentum, equilibrium)
    )
    given = jnp.full(dof, jnp.nan) if widths is None else jnp.asarray(widths, dtype=float)
    require_shape("widths", given, (dof,), "(dof,)")
    free = ~(modes.eigenvalues > 0.0)
    missing = int(jnp.sum(free & jnp.isnan(given)))
    if missing:
        raise ValidityError(
            f"There is no ground state: {missing} of the {dof} modes are free or unstable. Give "
            "their widths, or pin the particles."
        )
    omega = jnp.where(free, 1.0, modes.frequencies)
    width = jnp.where(jnp.isnan(given), jnp.sqrt(hbar / (2.0 * modes.mass * omega)), given)
    packet = GaussianPacket(
        width,
        displacement @ modes.vectors,
        momentum @ modes.vectors,
        chirp,
        stiffness=modes.eigenvalues,
        mass=modes.mass,
        hbar=hbar,
    )
    return GaussianModes(modes, packet, equilibrium)


def thermal_covariance(modes: NormalModes, kT: float, hbar: float = 1.0) -> Array:
    """Covariance of the positions in equilibrium, Σ_n v_n v_nᵀ (ħ/2mωₙ) coth(ħωₙ/2kT).

    Args:
        modes: NormalModes without free modes.
        kT: temperature, not negative; 0 is the ground state [energy].
        hbar: [mass*length^2/time].

    Returns:
        (dof, dof) [length^2].

    Raises:
        ValidityError: a mode is free or unstable. ValueError: kT < 0.
    """
    omega, occupation = _thermal(modes, kT, hbar)
    return _in_particles(modes, hbar / (2.0 * modes.mass * omega) * occupation)


def thermal_momentum_covariance(modes: NormalModes, kT: float, hbar: float = 1.0) -> Array:
    """Covariance of the momenta in equilibrium, Σ_n v_n v_nᵀ (ħmωₙ/2) coth(ħωₙ/2kT).

    Arguments as for thermal_covariance.

    Returns:
        (dof, dof) [mass^2*length^2/time^2].
    """
    omega, occupation = _thermal(modes, kT, hbar)
    return _in_particles(modes, 0.5 * hbar * modes.mass * omega * occupation)


def width_ratio(covariance: Any, num_space: int = 1) -> float:
    """N σ_cm²/σ² = 1 + (N - 1) r, with σ² the mean variance of a particle about its own place [1].

    Equation: (51), which claims <= 1; an assumption on correlations, not a theorem

    Args:
        covariance: of the positions (dof, dof) [length^2].
        num_space: D; axes are averaged.
    """
    C = np.asarray(covariance, dtype=float)
    require_shape("covariance", C, (C.shape[0], C.shape[0]), "(dof, dof)")
    N = C.shape[0] // num_space
    blocks = C.reshape(N, num_space, N, num_space)
    cm = np.einsum("iaja->", blocks) / N**2
    return float(N * cm / (np.trace(C) / N))


def chain_stiffness(
    num_particles: int, spring: float, pinning: float = 0.0, periodic: bool = False
) -> np.ndarray:
    """Stiffness of a chain: spring (x_{j+1} - x_j)²/2 and pinning x_j²/2, (N, N) [mass/time^2].

    Arguments as for lattice_stiffness.
    """
    return lattice_stiffness((num_particles,), spring, pinning, periodic)


def lattice_stiffness(
    shape: Sequence[int],
    spring: float,
    pinning: float = 0.0,
    periodic: bool = False,
    num_space: int = 1,
) -> np.ndarray:
    """Stiffness of a rectangular lattice with equal springs along all D components (Born model).

    Args:
        shape: particles per lattice direction.
        spring: of nearest neighbours, spring |u_j - u_l|²/2 [mass/time^2].
        pinning: of each particle to its place [mass/time^2].
        periodic: whether the lattice closes on itself.
        num_space: components D of each displacement.

    Returns:
        K (N*D, N*D) [mass/time^2].
    """
    for n in shape:
        require_count("shape", n)
    num_particles = int(np.prod(shape))
    index = np.arange(num_particles).reshape(shape)
    K = pinning * np.eye(num_particles)
    for axis, n in enumerate(shape):
        neighbour = np.roll(index, -1, axis=axis)
        bonds = n if periodic and n > 2 else n - 1
        first = np.take(index, np.arange(bonds), axis=axis).ravel()
        second = np.take(neighbour, np.arange(bonds), axis=axis).ravel()
        np.add.at(K, (first, first), spring)
        np.add.at(K, (second, second), spring)
        np.add.at(K, (first, second), -spring)
        np.add.at(K, (second, first), -spring)
    return np.kron(K, np.eye(num_space))


def _in_particles(modes: NormalModes, diagonal: Array) -> Array:
    return (modes.vectors * diagonal) @ modes.vectors.T


def _thermal(modes: NormalModes, kT: float, hbar: float) -> tuple[Array, Array]:
    if not kT >= 0.0:
        raise ValueError(f"`kT` must not be negative, but is {kT:g}.")
    if not float(jnp.min(modes.eigenvalues)) > 0.0:
        raise ValidityError("There is no thermal state: a mode is free or unstable. Pin it.")
    omega = modes.frequencies
    occupation = jnp.ones_like(omega) if kT == 0.0 else 1.0 / jnp.tanh(hbar * omega / (2.0 * kT))
    return omega, occupation


@eqx.filter_jit
def _derivatives(psi: GaussianModes, Q: Array, t: Array, order: int) -> Derivatives:
    V, N, D = psi.modes.vectors, psi.num_particles, psi.num_space
    eta = (Q - psi.equilibrium) @ V
    state = packet_state(psi.packet, t)
    A = jnp.broadcast_to(state.A, eta.shape)
    slope = -2.0 * A * (eta - state.q) + 1j * state.p / psi.hbar
    log_psi, gradient = psi.packet(eta, t), slope @ V.T
    if order == 1:
        return Derivatives(log_psi, gradient)
    second = -2.0 * A @ (V**2).T
    if order == 2:
        return Derivatives(log_psi, gradient, second)
    along = V.reshape(N, D, -1).sum(axis=0)
    cm_gradient = jnp.einsum("bn,an,in->bai", -2.0 * A, along, V)
    zero = jnp.zeros_like(cm_gradient)
    return Derivatives(log_psi, gradient, second, cm_gradient, zero, zero[:, :, :D])
