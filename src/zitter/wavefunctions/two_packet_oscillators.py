"""Interacting bosons in two packets of equal width, harmonically coupled: exact for all N in O(N²).

Every product of m right and N - m left packets stays a Gaussian: x_cm moves as a packet of mass
N m, the ξ_j = x_j - x_cm breathe together, and only their centres depend on which particle is
where. Summed over the subsets with m on the right,
    ψ = exp(-A Σξ²) Σ_m C_m(x_cm, t) e_m(w₁, .., w_N),   w_j = exp(β·ξ_j),
with elementary symmetric polynomials e_m and β = 2A(d_R - d_L) + i(p_R - p_L)/ħ.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.special import gammaln

from zitter.core.checks import ValidityError, require_count, require_shape
from zitter.wavefunctions._symmetric_polynomials import (
    mixed_order,
    removed_sums,
    symmetric_polynomials,
)
from zitter.wavefunctions.coupled_oscillators import OscillatorState
from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition, packet_state
from zitter.wavefunctions.overlaps import orbital_matrices

# The largest number of complex entries that one chunk of configurations may hold.
_CHUNK_ENTRIES = 8_000_000
_MIXED = ("cm_gradient", "cm_second")
LARGEST_NORM_ERROR = 1e-8


class TwoPacketOscillators(OscillatorState):
    """ψ = Σ_m a_m Σ_{R, |R| = m} Π_{j∈R} g_R(x_j) Π_{j∉R} g_L(x_j) at t = 0, with pair springs.

    A LogPsi of q (N*D,), symmetric in the particles and normalised.
    U = Σᵢ (k xᵢ²/2 - f xᵢ) + Σ_{j<l} κ (x_j - x_l)²/2.

    Equation: finding B10; E9 with a superposition of displaced states

    Args:
        log_amplitudes: ln a_m up to a common constant, complex (N + 1,), -inf for an absent m:
            condensate_amplitudes, fock_amplitudes, cat_amplitudes, or any others.
        width: standard deviation of both packets, a number or (D,) [length].
        left_centre, right_centre: [length].
        left_momentum, right_momentum: of one particle [mass*length/time].
        chirp: initial velocity gradient [1/time].
        stiffness, coupling, force: k, κ, f [mass/time^2], [mass/time^2], [mass*length/time^2].
        mass, hbar: numbers [mass], [mass*length^2/time].
        num_space: D.

    Raises:
        ValueError: shapes that do not match, N < 2, or no amplitude at all.
        ValidityError: the norm of general amplitudes is lost to cancellation.

    Validity: the condition figure is the larger of Σ_m |C_m e_m| / |ψ| and the difference of two
        summations of ψ, from the first and from the last particle, over round-off. Packets apart
        at t = 0: 1e-13 of ψ is lost at N = 100, 1e-12 at N = 1000. Overlapping ones lose more.
    """

    log_amplitudes: Array
    centre_of_mass: GaussianPacket
    still: GaussianPacket
    difference: GaussianPacket
    num_particles: int = eqx.field(static=True)

    def __init__(
        self,
        log_amplitudes: Any,
        *,
        width: Any,
        left_centre: Any,
        right_centre: Any,
        left_momentum: Any = 0.0,
        right_momentum: Any = 0.0,
        chirp: Any = 0.0,
        stiffness: Any = 0.0,
        coupling: Any = 0.0,
        force: Any = 0.0,
        mass: float = 1.0,
        hbar: float = 1.0,
        num_space: int = 1,
    ):
        require_count("num_space", num_space)
        log_amplitudes = _checked_amplitudes(log_amplitudes)
        N = self.num_particles = len(log_amplitudes) - 1

        def axes(value: Any) -> Array:
            return jnp.broadcast_to(jnp.asarray(value, dtype=float), (num_space,))

        sides = {"centre": (left_centre, right_centre), "momentum": (left_momentum, right_momentum)}
        left, right = ({name: axes(v[i]) for name, v in sides.items()} for i in (0, 1))
        share = jnp.arange(N + 1)[:, None] / N
        mean = {name: (1.0 - share) * left[name] + share * right[name] for name in sides}
        k, common = axes(stiffness), dict(width=axes(width), chirp=axes(chirp), hbar=hbar)
        inner = dict(stiffness=k + N * axes(coupling), mass=mass, **common)
        self.centre_of_mass = GaussianPacket(
            axes(width) / np.sqrt(N),
            mean["centre"],
            N * mean["momentum"],
            axes(chirp),
            stiffness=N * k,
            force=N * axes(force),
            mass=N * mass,
            hbar=hbar,
        )
        self.still = GaussianPacket(**inner)
        self.difference = GaussianPacket(
            centre=right["centre"] - left["centre"],
            momentum=right["momentum"] - left["momentum"],
            **inner,
        )
        pair = Superposition(
            GaussianPacket(
                common["width"],
                jnp.stack([left["centre"], right["centre"]])[:, None],
                jnp.stack([left["momentum"], right["momentum"]])[:, None],
                common["chirp"],
                mass=mass,
                hbar=hbar,
            ),
            np.ones((2, 1)),
        )
        overlap = complex(orbital_matrices(pair).overlap[0, 1])
        log_amplitudes = log_amplitudes - 0.5 * _log_norm_squared(log_amplitudes, overlap)
        self.log_amplitudes = jnp.asarray(log_amplitudes)

    @property
    def _packet(self) -> GaussianPacket:
        return self.still

    def __call__(self, q: Array, t: Any) -> Array:
        """ln ψ at one configuration q (N*D,)."""
        return _one(self, q, t, 0)

    def derivatives(self, Q: Array, t: Any, order: int = 1) -> Derivatives:
        """ln ψ and its derivatives at Q (batch, N*D) in O(N²) each; t a number or (batch,)."""
        require_count("order", order, 1, 3)
        dof = self.num_particles * self.num_space
        require_shape("Q", Q, (None, dof), "(batch, num_particles * num_space)")
        t = jnp.broadcast_to(jnp.asarray(t, dtype=float), (Q.shape[0],))
        return _batch(self, jnp.asarray(Q), t, order)


def _checked_amplitudes(log_amplitudes: Any) -> np.ndarray:
    logs = np.asarray(log_amplitudes, dtype=complex)
    require_shape("log_amplitudes", logs, (None,), "(num_particles + 1,)")
    require_count("num_particles", len(logs) - 1, 2)
    if not np.any(np.isfinite(logs.real)) or np.any(np.isnan(logs)):
        raise ValueError("`log_amplitudes` must have a finite entry and no NaN.")
    return logs


def condensate_amplitudes(num_particles: int, left: complex, right: complex) -> np.ndarray:
    """ln a_m of all particles in one orbital c_L g_L + c_R g_R: a_m = c_L^(N-m) c_R^m, (N + 1,)."""
    require_count("num_particles", num_particles, 2)
    m = np.arange(num_particles + 1)
    if left == 0.0 or right == 0.0:
        full = num_particles if left == 0.0 else 0
        return fock_amplitudes(num_particles, full) + num_particles * np.log(left + right + 0j)
    return (num_particles - m) * np.log(left + 0j) + m * np.log(right + 0j)


def fock_amplitudes(num_particles: int, num_right: int) -> np.ndarray:
    """ln a_m of exactly `num_right` particles in g_R and the others in g_L, (N + 1,)."""
    require_count("num_particles", num_particles, 2)
    require_count("num_right", num_right, 0, num_particles)
    return np.where(np.arange(num_particles + 1) == num_right, 0.0, -np.inf).astype(complex)


def cat_amplitudes(num_particles: int, left: complex, right: complex) -> np.ndarray:
    """ln a_m of c_L (all in g_L) + c_R (all in g_R), (N + 1,)."""
    require_count("num_particles", num_particles, 2)
    log_amplitudes = np.full(num_particles + 1, -np.inf, dtype=complex)
    with np.errstate(divide="ignore"):
        log_amplitudes[[0, -1]] = np.log(np.array([left, right], dtype=complex))
    return log_amplitudes


def _log_norm_squared(log_amplitudes: np.ndarray, overlap: complex) -> float:
    """ln ∫|ψ|² before normalisation, from s = ⟨g_L|g_R⟩."""
    ratio = _geometric_ratio(log_amplitudes)
    if ratio is not None:
        one = 1.0 + abs(ratio) ** 2 + 2.0 * (ratio * overlap).real
        return float((len(log_amplitudes) - 1) * np.log(one) + 2.0 * log_amplitudes[0].real)
    return _log_norm_squared_of_any(log_amplitudes, overlap)


def _geometric_ratio(log_amplitudes: np.ndarray) -> complex | None:
    """c_R/c_L of a condensate, or None: its norm would cancel in the sum for any amplitudes."""
    if not np.all(np.isfinite(log_amplitudes.real)):
        return None
    steps = np.exp(np.diff(log_amplitudes))
    return complex(steps[0]) if np.allclose(steps, steps[0], rtol=1e-9) else None


def _log_norm_squared_of_any(log_amplitudes: np.ndarray, overlap: complex) -> float:
    """The same with g_R = s g_L + √(1 - |s|²) g_⊥, a sum over the number j of particles in g_⊥:

    Σ_j C(N, j) (1 - |s|²)^j |Σ_m a_m C(N - j, m - j) s^(m - j)|².
    """
    N = len(log_amplitudes) - 1
    m, largest = np.arange(N + 1), np.max(log_amplitudes.real)
    log_s = np.log(overlap) if overlap else -np.inf
    terms, errors = [], []
    for j in range(N + 1):
        rest = m[j:] - j
        powers = np.where(rest > 0, rest, 1) * log_s * (rest > 0) if overlap else None
        logs = log_amplitudes[j:] - largest + _log_binomial(N - j, rest)
        logs = logs[:1] if powers is None else logs + powers
        top = np.max(logs.real)
        if top == -np.inf:
            continue
        parts = np.exp(logs - top)
        outside = _log_binomial(N, j) + 2.0 * top
        if j > 0:
            outside += j * np.log1p(-min(abs(overlap) ** 2, 1.0 - 1e-16))
        inner, size = np.abs(np.sum(parts)), np.sum(np.abs(parts))
        terms.append(outside + 2.0 * np.log(max(inner, 1e-300)))
        errors.append(outside + np.log(size * max(inner, 1e-16 * size) * 1e-15))
    log_norm = np.logaddexp.reduce(terms)
    if np.logaddexp.reduce(errors) - log_norm > np.log(LARGEST_NORM_ERROR):
        raise ValidityError(
            "The norm of these amplitudes is lost to cancellation: the two packets overlap too "
            f"much ({abs(overlap):.2g}) for N = {N}. Use packets further apart or fewer particles."
        )
    return float(log_norm + 2.0 * largest)


def _log_binomial(n: Any, k: Any) -> Any:
    return gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)


def _one(psi: TwoPacketOscillators, q: Array, t: Any, order: int) -> Any:
    """ln ψ (order 0) or a Derivatives of one configuration."""
    N, D, hbar = psi.num_particles, psi.num_space, psi.hbar
    X = q.reshape(N, D)
    x_cm = jnp.mean(X, axis=0)
    xi = X - x_cm
    still, difference = packet_state(psi.still, t), packet_state(psi.difference, t)
    A = still.A
    beta = 2.0 * A * difference.q + 1j * difference.p / hbar
    log_w = xi @ beta
    # Constant of one subset: action and centres of the relative motion, quadratic in d_R - d_L.
    apart = difference.theta - still.theta - A * difference.q**2
    apart = jnp.sum(apart - 1j * difference.p * difference.q / hbar)
    m = jnp.arange(N + 1.0)
    log_C = psi.log_amplitudes + psi.centre_of_mass(x_cm, t) + m * (N - m) / N * apart
    common = (N - 1.0) * jnp.sum(still.theta) - 0.25 * D * jnp.log(float(N))
    common = common - jnp.sum(A * jnp.sum(xi**2, axis=0))
    order_of_w = mixed_order(log_w)
    log_w = log_w[order_of_w]
    log_T = log_C + symmetric_polynomials(log_w)
    top = jax.lax.stop_gradient(jnp.max(jnp.real(log_T)))
    log_F = jnp.log(jnp.sum(jnp.exp(log_T - top))) + top
    if order == 0:
        return log_F + common
    weights = jnp.exp(log_T - log_F)
    mean_m = jnp.real(weights @ m)
    powers = (m - mean_m) ** jnp.arange(4.0)[:, None]
    h, other_end = removed_sums(log_w, log_C, powers[:order], log_F)
    h = h[:, jnp.argsort(order_of_w)]
    slopes = _slopes(psi, x_cm, t, beta, mean_m)
    result = _assembled(N, slopes, powers @ weights, h, order)
    digits = jnp.abs(other_end - 1.0) / jnp.finfo(float).eps
    condition = jnp.maximum(jnp.sum(jnp.abs(weights)), digits)
    result = result._replace(log_psi=log_F + common, condition=condition)
    return _with_relative_gaussian(result, xi, A)


def _with_relative_gaussian(result: Derivatives, xi: Array, A: Array) -> Derivatives:
    """Adds the derivatives of -A Σξ², which x_cm does not enter, and flattens (i, a)."""
    N, D = xi.shape
    gradient = (result.gradient - 2.0 * A * xi).ravel()
    result = result._replace(gradient=gradient)
    if result.second is not None:
        result = result._replace(second=(result.second - 2.0 * A * (1.0 - 1.0 / N)).ravel())
    if result.cm_gradient is not None:
        flat = {name: getattr(result, name).reshape(D, N * D) for name in _MIXED}
        result = result._replace(**flat)
    return result


def _slopes(psi: TwoPacketOscillators, x_cm: Array, t: Any, beta: Array, mean_m: Array) -> tuple:
    """A of x_cm, L at the mean of m, δ = dκ/dm, ε = dL/dm and β, as in `_assembled`."""
    N, cm = psi.num_particles, packet_state(psi.centre_of_mass, t)
    kappa = -2.0 * cm.A * (x_cm - cm.q) + 1j * cm.p / psi.hbar
    delta = (kappa[-1] - kappa[0]) / N
    mean_L = (kappa[0] + mean_m * (delta - beta)) / N
    return cm.A[0], mean_L, delta, (delta - beta) / N, beta


def _assembled(N: int, slopes: tuple, mu: Array, h: Array, order: int) -> Derivatives:
    """Derivatives of ln Σ_m T_m, T_m = C_m e_m, from moments of m under the weights T_m / ΣT.

    One ∂_{i,a} multiplies T_m by L_{a,m} = (κ_{a,m} - m β_a)/N and adds β_a times the share of
    e_m that holds w_i; one ∂_cm multiplies by κ = ∂_cm ln C_m. κ and L are affine in m, with slopes
    δ and ε, so that only central moments occur and nothing large cancels: ∂_cm <f> is
    δ (<m f> - <m><f>) + <∂_cm f>. Arrays are (i, a) and (b, i, a), b of the centre of mass.
    """
    A_cm, mean_L, delta, epsilon, beta = slopes
    h0 = h[0][:, None]
    gradient = mean_L + mu[1] * epsilon + beta * h0
    empty = jnp.zeros(())
    if order == 1:
        return Derivatives(empty, gradient)
    c2 = mu[2] - mu[1] ** 2
    h1 = h[1][:, None] - mu[1] * h0
    second = epsilon**2 * c2 + 2.0 * beta * epsilon * h1 + beta**2 * (h0 - h0**2)
    second = second - 2.0 * A_cm / N**2
    if order == 2:
        return Derivatives(empty, gradient, second)
    c3 = mu[3] - 3.0 * mu[2] * mu[1] + 2.0 * mu[1] ** 3
    h2 = h[2][:, None] - 2.0 * mu[1] * h[1][:, None] + mu[1] ** 2 * h0
    along, own = delta[:, None, None], -2.0 / N * jnp.diag(A_cm)[:, None, :]
    cm_gradient = along * (epsilon * c2 + beta * h1) + own
    spread = 2.0 * beta * epsilon * (h2 - c2 * h0) + beta**2 * h1 * (1.0 - 2.0 * h0)
    cm_second = along * (epsilon**2 * c3 + spread)
    cm_third = jnp.outer(delta, delta**2) * c3
    return Derivatives(empty, gradient, second, cm_gradient, cm_second, cm_third)


@eqx.filter_jit
def _batch(psi: TwoPacketOscillators, Q: Array, t: Array, order: int) -> Derivatives:
    chunk = max(1, min(Q.shape[0], _CHUNK_ENTRIES // (psi.num_particles + 1) ** 2))
    return jax.lax.map(lambda pair: _one(psi, *pair, order), (Q, t), batch_size=chunk)
