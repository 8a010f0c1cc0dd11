"""N particles coupled by springs, each to each, exact for any N and in O(N).

U = Σᵢ (k xᵢ²/2 - f xᵢ) + Σ_{j<l} κ (x_j - x_l)²/2
  = (N k/2) x_cm² - N f x_cm + ½ (k + N κ) Σ_j y_j²:
a Gaussian of x_cm (mass N m, frequency² k/m) times equal ones of the y_j (mass m, frequency²
(k + N κ)/m). Other stiffness matrices: normal_modes; two-packet states: two_packet_oscillators.
"""

from abc import abstractmethod
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import ValidityError, require_count, require_positive, require_shape
from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, packet_state, packet_width


class CoupledWidths(NamedTuple):
    """Widths of |ψ|² per axis, each (D,)."""

    sigma_cm: Array
    """standard deviation of x_cm [length]"""
    sigma_y: Array
    """standard deviation of each y_j [length]"""
    sigma: Array
    """standard deviation of one particle, σ² = σ_cm² + (1 - 1/N) σ_y² [length]"""
    pair_correlation: Array
    """r = Cov(x_j, x_l)/σ² = (σ_cm² - σ_y²/N)/σ² [1]"""


class OscillatorState(eqx.Module):
    """Base of interacting oscillators: D, m and ħ are those of the packets of relative motion."""

    @property
    @abstractmethod
    def _packet(self) -> GaussianPacket:
        """A packet of one relative coordinate."""

    @property
    def num_space(self) -> int:
        """Space dimensions D."""
        return self._packet.num_space

    @property
    def mass(self) -> Array:
        """Mass m of one particle [mass]."""
        return self._packet.mass

    @property
    def hbar(self) -> Array:
        """Reduced Planck constant [mass*length^2/time]."""
        return self._packet.hbar


class CoupledOscillators(OscillatorState):
    """Gaussian state of N particles coupled each to each, a LogPsi of q (N*D,), symmetric in them.

    Equation: E9 of the exact solutions, with any initial widths

    Args:
        num_particles: N, at least 2.
        cm_width, relative_width: standard deviations of x_cm and of each y_j at t = 0 [length].
        cm_centre: mean of x_cm [length].
        cm_momentum: mean total momentum [mass*length/time].
        cm_chirp, relative_chirp: initial velocity gradients of x_cm and y [1/time].
        stiffness: k of the external potential k x²/2 - f x, of either sign [mass/time^2].
        coupling: κ of each pair, κ (x_j - x_l)²/2, of either sign [mass/time^2].
        force: f on each particle [mass*length/time^2].
        mass, hbar: numbers [mass], [mass*length^2/time].
        num_space: D. All but mass and hbar are numbers or (D,).

    Raises:
        ValueError: N < 2, or a width, mass or hbar that is not positive.
    """

    centre_of_mass: GaussianPacket
    relative: GaussianPacket
    num_particles: int = eqx.field(static=True)

    def __init__(
        self,
        num_particles: int,
        *,
        cm_width: Any,
        relative_width: Any,
        cm_centre: Any = 0.0,
        cm_momentum: Any = 0.0,
        cm_chirp: Any = 0.0,
        relative_chirp: Any = 0.0,
        stiffness: Any = 0.0,
        coupling: Any = 0.0,
        force: Any = 0.0,
        mass: float = 1.0,
        hbar: float = 1.0,
        num_space: int = 1,
    ):
        require_count("num_particles", num_particles, 2)
        require_count("num_space", num_space)
        N, k, kappa = num_particles, per_axis(stiffness, num_space), per_axis(coupling, num_space)
        self.num_particles = N
        self.centre_of_mass = GaussianPacket(
            per_axis(cm_width, num_space),
            cm_centre,
            cm_momentum,
            cm_chirp,
            stiffness=N * k,
            force=N * per_axis(force, num_space),
            mass=N * mass,
            hbar=hbar,
        )
        self.relative = GaussianPacket(
            per_axis(relative_width, num_space),
            chirp=relative_chirp,
            stiffness=k + N * kappa,
            mass=mass,
            hbar=hbar,
        )

    @property
    def _packet(self) -> GaussianPacket:
        return self.relative

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (N*D,)."""
        x_cm, xi = _split(q, self.num_particles, self.num_space)
        return self.centre_of_mass(x_cm, t) + self._relative_log(xi, t)

    def _relative_log(self, xi: Array, t: Any) -> Array:
        # Σ_j y_j² = Σᵢ (xᵢ - x_cm)²; ψ(X) = N^(-D/4) ψ(x_cm, y).
        N, state = self.num_particles, packet_state(self.relative, t)
        log_jacobian = -0.25 * self.num_space * np.log(N)
        terms = (N - 1.0) * state.theta - state.A * jnp.sum(xi**2, axis=-2)
        return log_jacobian + jnp.sum(terms, axis=-1)

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at configurations Q (batch, N*D), in closed form.

        Args:
            Q: (batch, N*D) [length].
            t: time, a number or (batch,) [time].
            order: 1, 2 or 3.
        """
        require_count("order", order, 1, 3)
        dof = self.num_particles * self.num_space
        require_shape("Q", Q, (None, dof), "(batch, num_particles * num_space)")
        return _derivatives(self, jnp.asarray(Q), jnp.asarray(t, dtype=float)[..., None], order)

    def widths(self, t: Any = 0.0) -> CoupledWidths:
        """Widths of x_cm, y and one particle, and the pair correlation, at time t.

        Equation: (51), (53); E9
        """
        N = self.num_particles
        sigma_cm, sigma_y = packet_width(self.centre_of_mass, t), packet_width(self.relative, t)
        variance = sigma_cm**2 + (1.0 - 1.0 / N) * sigma_y**2
        correlation = (sigma_cm**2 - sigma_y**2 / N) / variance
        return CoupledWidths(sigma_cm, sigma_y, jnp.sqrt(variance), correlation)

    def sample(self, num: int, rng: np.random.Generator, t: float = 0.0) -> np.ndarray:
        """Independent draws of |ψ|² at time t, (num, N*D) [length]."""
        require_count("num", num)
        N, D, widths = self.num_particles, self.num_space, self.widths(t)
        mean = np.asarray(packet_state(self.centre_of_mass, t).q)
        x_cm = mean + np.asarray(widths.sigma_cm) * rng.normal(size=(num, 1, D))
        z = np.asarray(widths.sigma_y) * rng.normal(size=(num, N, D))
        return (x_cm + z - z.mean(axis=1, keepdims=True)).reshape(num, N * D)


def coupled_ground_state(
    num_particles: int,
    *,
    stiffness: Any,
    coupling: Any,
    force: Any = 0.0,
    displacement: Any = 0.0,
    cm_momentum: Any = 0.0,
    mass: float = 1.0,
    hbar: float = 1.0,
    num_space: int = 1,
) -> CoupledOscillators:
    """Ground state, or the same displaced as a whole: σ_cm² = ħ/(2Mω), σ_y² = ħ/(2mΩ).

    Equation: E9: ω² = k/m, Ω² = (k + N κ)/m, centre f/k

    Args:
        displacement: of the centre of mass from f/k [length].
        others: as for CoupledOscillators.

    Raises:
        ValidityError: k or k + N κ is not positive: there is no ground state.
    """
    omega, Omega = _frequencies(num_particles, stiffness, coupling, mass, num_space)
    centre = per_axis(force, num_space) / per_axis(stiffness, num_space)
    return CoupledOscillators(
        num_particles,
        cm_width=jnp.sqrt(hbar / (2.0 * num_particles * mass * omega)),
        relative_width=jnp.sqrt(hbar / (2.0 * mass * Omega)),
        cm_centre=centre + per_axis(displacement, num_space),
        cm_momentum=cm_momentum,
        stiffness=stiffness,
        coupling=coupling,
        force=force,
        mass=mass,
        hbar=hbar,
        num_space=num_space,
    )


def coupled_ground_energy(
    num_particles: int,
    *,
    stiffness: Any,
    coupling: Any,
    force: Any = 0.0,
    mass: float = 1.0,
    hbar: float = 1.0,
    num_space: int = 1,
) -> float:
    """Ground-state energy E₀ = Σ_axes [ħω/2 + (N - 1) ħΩ/2 - N f²/(2k)] [energy].

    Equation: E9

    Arguments as for coupled_ground_state.
    """
    omega, Omega = _frequencies(num_particles, stiffness, coupling, mass, num_space)
    k, f = per_axis(stiffness, num_space), per_axis(force, num_space)
    zero_point = 0.5 * hbar * (omega + (num_particles - 1) * Omega)
    return float(jnp.sum(zero_point - num_particles * f**2 / (2.0 * k)))


def per_axis(value: Any, num_space: int) -> Array:
    """A number or (D,) as (D,)."""
    return jnp.broadcast_to(jnp.asarray(value, dtype=float), (num_space,))


def _frequencies(
    num_particles: int, stiffness: Any, coupling: Any, mass: float, num_space: int
) -> tuple[Array, Array]:
    require_count("num_particles", num_particles, 2)
    require_positive("mass", mass)
    k = per_axis(stiffness, num_space)
    bound = k + num_particles * per_axis(coupling, num_space)
    for name, value in (("stiffness", k), ("stiffness + num_particles * coupling", bound)):
        if not float(jnp.min(value)) > 0.0:
            raise ValidityError(
                f"There is no ground state: {name} must be positive, but is "
                f"{float(jnp.min(value)):g}. Use CoupledOscillators with widths of your own."
            )
    return jnp.sqrt(k / mass), jnp.sqrt(bound / mass)


def _split(q: Array, num_particles: int, num_space: int) -> tuple[Array, Array]:
    """x_cm (.., D) and ξᵢ = xᵢ - x_cm (.., N, D)."""
    X = q.reshape(*q.shape[:-1], num_particles, num_space)
    x_cm = jnp.mean(X, axis=-2)
    return x_cm, X - x_cm[..., None, :]


@eqx.filter_jit
def _derivatives(psi: CoupledOscillators, Q: Array, t: Array, order: int) -> Derivatives:
    N, D = psi.num_particles, psi.num_space
    x_cm, xi = _split(Q, N, D)
    cm, relative = packet_state(psi.centre_of_mass, t), packet_state(psi.relative, t)
    A_cm, A = (jnp.broadcast_to(a, x_cm.shape)[:, None, :] for a in (cm.A, relative.A))
    log_psi = psi.centre_of_mass(x_cm, t) + psi._relative_log(xi, t)
    slope = -2.0 * cm.A * (x_cm - cm.q) + 1j * cm.p / psi.hbar
    gradient = (slope[:, None, :] / N - 2.0 * A * xi).reshape(Q.shape)
    if order == 1:
        return Derivatives(log_psi, gradient)
    curvature = -2.0 * (A_cm / N**2 + A * (1.0 - 1.0 / N))
    second = jnp.tile(curvature[:, 0], (1, N))
    if order == 2:
        return Derivatives(log_psi, gradient, second)
    mixed = jnp.eye(D) * (-2.0 * A_cm / N)
    cm_gradient = jnp.tile(mixed, (1, 1, N))
    zero = jnp.zeros_like(cm_gradient)
    return Derivatives(log_psi, gradient, second, cm_gradient, zero, zero[:, :, :D])
