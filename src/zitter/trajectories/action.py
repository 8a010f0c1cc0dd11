"""The stochastic action of the diffusion of ψ and its variations, as averages over ensembles.

J = E ∫ {Σᵢ ½mᵢ (vᵢ² + uᵢ²) - U} dt, the rest energy and the boundary phases left out. Averages are
taken over paths, or over points with weights (a quadrature rule of |ψ|²), which makes them exact.
J is extremal when the paths are varied; as a functional of the fields ρ and S it is not, because
+u² must then be -u².
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.integrate import simpson

from zitter.core.checks import require_finite, require_positive, require_shape
from zitter.trajectories.mean_derivatives import Field, drift, mean_derivative
from zitter.wavefunctions.derivatives import LogPsi, complex_gradient


class ActionEstimate(NamedTuple):
    """An average over an ensemble and its standard error (0 for weighted points)."""

    value: float
    """[mass*length^2/time]"""
    error: float
    """[mass*length^2/time]"""


def stochastic_action(
    psi: LogPsi,
    U: Field,
    Q: Any,
    times: Any,
    *,
    masses: Any,
    hbar: float = 1.0,
    weights: Any = None,
) -> ActionEstimate:
    """Stochastic action J = E ∫ {Σᵢ ½mᵢ (vᵢ² + uᵢ²) - U} dt, Simpson's rule in time.

    Equation: (1), (14), with ρ(X, t) inside of the time integral; in centre-of-mass coordinates,
        where its term of the centre of mass has M/4

    Args:
        psi: LogPsi.
        U: potential energy (q, t) of one configuration (dof,) [energy].
        Q: ensemble at each time (time, batch, dof) [length].
        times: increasing (time,) [time].
        masses: mass of each coordinate (dof,), or one for all [mass].
        hbar: [mass*length^2/time].
        weights: probability of each point (time, batch); equal ones of paths if None [1].

    Returns:
        ActionEstimate, without M c² and boundary phases.

    Raises:
        ValueError: shapes do not match, times do not increase.
    """
    return _average(_lagrangian, (psi, U, None), Q, times, masses, hbar, weights)


def action_variation(
    psi: LogPsi,
    U: Field,
    f: Field,
    Q: Any,
    times: Any,
    *,
    masses: Any,
    hbar: float = 1.0,
    weights: Any = None,
) -> ActionEstimate:
    """Variation dJ/dε under q → q + ε f(q, t), E ∫ {½ Σᵢ mᵢ (bᵢ D fᵢ + b*ᵢ D*fᵢ) - f·∇U} dt.

    It vanishes for every f that is 0 at both end times, if ψ solves the Schrödinger equation.

    Equation: (28), (29) with the variations inside of E ∫ dt

    Args:
        f: displacement (q, t) -> (dof,) of one configuration; D is that of the unvaried process.
            Its scale is arbitrary: with f in [length], ε is a number.

    The other arguments, and the result, as for stochastic_action.
    """
    return _average(_path_variation, (psi, U, f), Q, times, masses, hbar, weights)


def field_action_variation(
    psi: LogPsi,
    U: Field,
    f: Field,
    Q: Any,
    times: Any,
    *,
    masses: Any,
    hbar: float = 1.0,
    osmotic_sign: int = 1,
    weights: Any = None,
) -> ActionEstimate:
    """Variation of -E ∫ {∂_tS + Σ(∂S)²/2m + U ∓ Σ½m u²} dt when f moves ρ at fixed S.

    The Euler-Lagrange equation has -Q for the upper sign, that of J, and +Q, the quantum
    potential, for the lower one: only the latter vanishes on solutions. In the ground state of an
    oscillator with f = q the upper one gives -ħω for each unit of time.

    Equation: (28), read as a statement on the fields: fails with +u², holds with -u²

    Args:
        f: displacement (q, t) -> (dof,) of one configuration: δρ = -∇·(ρ f).
        osmotic_sign: 1 for the +u² of (1), -1.

    The other arguments, and the result, as for stochastic_action.

    Raises:
        ValueError: osmotic_sign is not 1 or -1; shapes do not match.
    """
    if osmotic_sign not in (1, -1):
        raise ValueError(f"`osmotic_sign` must be 1 or -1, but is {osmotic_sign}.")
    variation = _variation_with_plus if osmotic_sign == 1 else _variation_with_minus
    return _average(variation, (psi, U, f), Q, times, masses, hbar, weights)


def _lagrangian(fields: tuple, q: Array, t: Array, factors: Array, mass: Array) -> Array:
    psi, U, _ = fields
    b, b_star = (drift(psi, q, t, factors, sign) for sign in (1.0, -1.0))
    return 0.25 * jnp.sum(mass * (b**2 + b_star**2)) - U(q, t)


def _path_variation(fields: tuple, q: Array, t: Array, factors: Array, mass: Array) -> Array:
    psi, U, f = fields
    total = -jnp.dot(f(q, t), jax.grad(U)(q, t))
    for sign in (1.0, -1.0):
        b = drift(psi, q, t, factors, sign)
        total = total + 0.5 * jnp.sum(mass * b * mean_derivative(f, psi, q, t, factors, sign))
    return total


def _variation_with_plus(fields: tuple, q: Array, t: Array, factors: Array, mass: Array) -> Array:
    return _field_variation(fields, q, t, factors, mass, 1.0)


def _variation_with_minus(fields: tuple, q: Array, t: Array, factors: Array, mass: Array) -> Array:
    return _field_variation(fields, q, t, factors, mass, -1.0)


def _field_variation(
    fields: tuple, q: Array, t: Array, factors: Array, mass: Array, sign: float
) -> Array:
    psi, U, f = fields
    hbar = factors[0] * mass[0]

    def energy(x: Array) -> Array:
        rate = jax.jvp(lambda s: jnp.imag(psi(x, s)), (t,), (jnp.ones_like(t),))[1]
        current = factors * jnp.imag(complex_gradient(lambda y: psi(y, t), x))
        osmotic = sign * _quantum_potential(psi, x, t, factors, mass)
        return hbar * rate + 0.5 * jnp.sum(mass * current**2) + U(x, t) - osmotic

    return -jnp.dot(f(q, t), jax.grad(energy)(q))


def _quantum_potential(psi: LogPsi, q: Array, t: Array, factors: Array, mass: Array) -> Array:
    """Q = -Σ (ħ²/2mᵢ)(∂ᵢ² ln R + (∂ᵢ ln R)²)."""

    def slope(x: Array) -> Array:
        return jax.grad(lambda y: jnp.real(psi(y, t)))(x)

    l = slope(q)
    return -0.5 * jnp.sum(factors**2 * mass * (jnp.diagonal(jax.jacfwd(slope)(q)) + l**2))


def _average(
    integrand: Callable, fields: tuple, Q: Any, times: Any, masses: Any, hbar: float, weights: Any
) -> ActionEstimate:
    """E ∫ integrand dt; the error from the scatter of the paths' own integrals."""
    Q, times = jnp.asarray(Q, dtype=float), np.asarray(times, dtype=float)
    require_shape("Q", Q, (None, None, None), "(time, batch, dof)")
    require_finite("Q", Q)
    require_shape("times", times, (Q.shape[0],), "(time,)")
    if len(times) < 2 or np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must hold at least 2 increasing numbers.")
    require_positive("masses", masses)
    require_positive("hbar", hbar)
    mass = jnp.broadcast_to(jnp.asarray(masses, dtype=float), Q.shape[2:])
    values = np.asarray(_values(integrand, fields, Q, jnp.asarray(times), hbar / mass, mass))
    if weights is None:
        paths = simpson(values, times, axis=0)
        return ActionEstimate(float(paths.mean()), float(paths.std(ddof=1) / np.sqrt(paths.size)))
    require_shape("weights", weights, values.shape, "(time, batch)")
    means = np.sum(np.asarray(weights, dtype=float) * values, axis=1)
    return ActionEstimate(float(simpson(means, times)), 0.0)


@eqx.filter_jit
def _values(
    integrand: Callable, fields: tuple, Q: Array, times: Array, factors: Array, mass: Array
) -> Array:
    def at_one_time(row: tuple[Array, Array]) -> Array:
        return jax.vmap(lambda q: integrand(fields, q, row[1], factors, mass))(row[0])

    return jax.lax.map(at_one_time, (Q, times))
