"""Nelson diffusions: dq = (v + u) dt + dW forward in time, dq = (v - u) dt + dW* backward.

The drifts are unbounded at nodes of ψ, where an Euler-Maruyama step throws paths far away. The
generator of the forward process is a transport by v plus a diffusion that is reversible with
respect to |ψ_t|²; the node-safe step treats each by what suits it: Runge-Kutta steps of the
current velocity between Metropolis-adjusted Langevin steps, which reject instead of overshooting.
The backward process has the same diffusion and the transport of reversed time.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.trajectories._scales import require_scales_of_coordinates
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.gaussian import Superposition
from zitter.wavefunctions.identical import Product

METHODS, DIRECTIONS = ("node_safe", "euler_maruyama"), ("forward", "backward")


def nelson_paths(
    psi: Any,
    Q0: Any,
    times: Any,
    key: Array,
    *,
    masses: Any,
    hbar: float = 1.0,
    num_steps: int,
    method: str = "node_safe",
    direction: str = "forward",
    first_step: int = 0,
) -> Array:
    """Paths of the diffusion dqᵢ = (vᵢ ± uᵢ) dt + dWᵢ, E[dWᵢ²] = (ħ/mᵢ) dt.

    Equation: (9)-(11), (24)-(27), (38), (39), (61), those from (24) on in centre-of-mass
        coordinates, with masses (N m, m, .., m)

    Args:
        psi: LogPsi, or a structure with `derivatives`.
        Q0: configurations (batch, dof) at times[0] [length].
        times: output times (time,), increasing if forward, decreasing from the final time if
            backward [time].
        key: JAX random key; step n uses fold_in(key, n).
        masses: mass of each coordinate (dof,), or one for all [mass].
        hbar: [mass*length^2/time].
        num_steps: steps from times[0] to times[-1]; each interval between output times gets its
            share, rounded up.
        method: "node_safe" or "euler_maruyama" (order 1 in law, only far from nodes).
        direction: "forward" or "backward".
        first_step: steps done before (`step_counts`), to continue a run from one of its output
            times bit by bit.

    Returns:
        (time, batch, dof) [length].

    Raises:
        ValueError: shapes, times in the wrong order, a start that is not finite, masses or an hbar
            that are not those of psi.
        ValidityError: ψ has no velocity at a start, or a path ran to infinity.

    Validity: node-safe steps of a quarter of the time in which a packet crosses its width keep an
        ensemble at |ψ_t|² to the sampling noise of 40 000 paths, nodes or not. Two-time averages
        such as E[q_t | q_0] converge with the first power of the step for both methods.
    """
    Q0, times = np.asarray(Q0, dtype=float), np.asarray(times, dtype=float)
    require_choice("method", method, METHODS)
    require_choice("direction", direction, DIRECTIONS)
    require_count("first_step", first_step, 0)
    factors = _checked_factors(psi, Q0, times, masses, hbar, direction)
    if isinstance(psi, Superposition):
        # Its derivatives in closed form, twice as fast as automatic ones.
        psi = Product(psi, 1)
    counts = step_counts(times, num_steps)
    _require_velocity(psi, Q0, times[0])
    Q, step = [jnp.asarray(Q0)], first_step
    for n, count in enumerate(counts):
        dt = (times[n + 1] - times[n]) / count
        arrays = (jnp.asarray(v) for v in (times[n], dt, step, count))
        interval = _node_safe_interval if method == "node_safe" else _euler_maruyama_interval
        Q.append(interval(psi, Q[-1], *arrays, jnp.asarray(factors), key))
        step += int(count)
    paths = jnp.stack(Q)
    _require_bounded(paths, times)
    return paths


def step_counts(times: Any, num_steps: int) -> np.ndarray:
    """Steps in each interval between output times: its share of num_steps, rounded up.

    Args:
        times: (time,) [time].
        num_steps: steps for the whole span.

    Returns:
        (time - 1,) whole numbers.
    """
    require_count("num_steps", num_steps)
    times = np.asarray(times, dtype=float)
    shares = num_steps * np.diff(times) / (times[-1] - times[0]) if len(times) > 1 else np.empty(0)
    # Round-off must not add a step to an interval that holds a whole number of them.
    return np.maximum(np.ceil(shares - 1e-9 * num_steps), 1).astype(int)


def _checked_factors(
    psi: Any, Q0: np.ndarray, times: np.ndarray, masses: Any, hbar: float, direction: str
) -> np.ndarray:
    require_shape("Q0", Q0, (None, None), "(batch, dof)")
    require_finite("Q0", Q0)
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    sign = 1.0 if direction == "forward" else -1.0
    if times.size == 0 or np.any(sign * np.diff(times) <= 0.0):
        order = "increase" if direction == "forward" else "decrease from the final time"
        raise ValueError(f"`times` of a {direction} process must {order}.")
    require_positive("masses", masses)
    require_positive("hbar", hbar)
    if np.ndim(masses):
        require_shape("masses", masses, (Q0.shape[1],), "(dof,)")
    require_scales_of_coordinates(psi, masses, hbar)
    return np.broadcast_to(hbar / np.asarray(masses, dtype=float), Q0.shape[1:])


def _require_velocity(psi: Any, Q0: np.ndarray, t: float) -> None:
    gradient = np.asarray(derivatives(psi, jnp.asarray(Q0), t, 1).gradient)
    bad = ~np.all(np.isfinite(gradient), axis=1)
    if bad.any():
        raise ValidityError(
            f"There is no velocity at {int(bad.sum())} of the {len(Q0)} starts (first: path "
            f"{int(np.argmax(bad))}) at t = {t:g}: ψ vanishes there. Draw the starts from |ψ|²."
        )


def _require_bounded(paths: Array, times: np.ndarray) -> None:
    lost = ~np.all(np.isfinite(np.asarray(paths)), axis=2)
    if lost.any():
        n = int(np.argmax(lost.any(axis=1)))
        raise ValidityError(
            f"{int(lost[-1].sum())} of {paths.shape[1]} paths ran to infinity or onto a node "
            f"(the first before t = {times[n]:g}): use more steps, or method='node_safe'."
        )


def _log_derivatives(psi: Any, x: Array, t: Array) -> tuple[Array, Array]:
    d = derivatives(psi, x, t, 1)
    return jnp.real(d.log_psi), d.gradient


@eqx.filter_jit
def _euler_maruyama_interval(psi, x, t0, dt, first_step, count, factors, key) -> Array:
    """dq = v dt + u |dt| + dW, which is v + u forward and v - u backward."""

    def step(n: Array, x: Array) -> Array:
        gradient = _log_derivatives(psi, x, t0 + n * dt)[1]
        drift = jnp.imag(gradient) * dt + jnp.real(gradient) * jnp.abs(dt)
        noise = jax.random.normal(jax.random.fold_in(key, first_step + n), x.shape)
        return x + factors * drift + jnp.sqrt(factors * jnp.abs(dt)) * noise

    return jax.lax.fori_loop(0, count, step, x)


@eqx.filter_jit
def _node_safe_interval(psi, x, t0, dt, first_step, count, factors, key) -> Array:
    """Half a flow, then Langevin steps with whole flows between them, then half a flow."""

    def step(n: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        # One flow takes to the middle of this step from that of the last one, or from the start.
        length = jnp.where(n == 0, 0.5 * dt, dt)
        middle = t0 + (n + 0.5) * dt
        x = _flow(psi, *state, middle - length, length, factors)
        return _langevin(
            psi, x, middle, jnp.abs(dt), factors, jax.random.fold_in(key, first_step + n)
        )

    start = _current(psi, x, t0, factors)
    x, v = jax.lax.fori_loop(0, count, step, (x, start))
    return _flow(psi, x, v, t0 + (count - 0.5) * dt, 0.5 * dt, factors)


def _current(psi: Any, x: Array, t: Array, factors: Array) -> Array:
    return factors * jnp.imag(_log_derivatives(psi, x, t)[1])


def _flow(psi, x, v, t, h, factors) -> Array:
    """One Runge-Kutta step of fourth order along the current velocity, v that at its start."""

    def stage(n: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        slope, total = state
        reach = jnp.where(n == 2, h, 0.5 * h)
        slope = _current(psi, x + reach * slope, t + reach, factors)
        return slope, total + jnp.where(n == 2, 1.0, 2.0) * slope

    _, total = jax.lax.fori_loop(0, 3, stage, (v, v))
    return x + h / 6.0 * total


def _langevin(psi, x, t, h, factors, key) -> tuple[Array, Array]:
    """Metropolis-adjusted Langevin step, which leaves |ψ_t|² as it is: position and velocity."""
    noise_key, choice_key = jax.random.split(key)
    noise = jax.random.normal(noise_key, x.shape)
    spread = jnp.sqrt(factors * h)
    log_x, gradient_x = _log_derivatives(psi, x, t)
    y = x + h * factors * jnp.real(gradient_x) + spread * noise
    log_y, gradient_y = _log_derivatives(psi, y, t)
    back = (x - y - h * factors * jnp.real(gradient_y)) / spread
    log_ratio = 2.0 * (log_y - log_x) + 0.5 * jnp.sum(noise**2 - back**2, axis=1)
    # A proposal onto a node compares as false: it is rejected.
    accepted = jnp.log(jax.random.uniform(choice_key, log_ratio.shape)) < log_ratio
    gradient = jnp.where(accepted[:, None], gradient_y, gradient_x)
    return jnp.where(accepted[:, None], y, x), factors * jnp.imag(gradient)
