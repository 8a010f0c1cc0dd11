"""The classical Hamilton-Jacobi equation by its rays, and the laws of motion along them.

∂S/∂t + |∇S|²/2M + U = 0 and ∂ρ/∂t + ∇·(ρ∇S/M) = 0, from S₀ and ρ₀ = R₀². A ray x(q, t) obeys
Newton's law with p = ∇S₀(q) at first; J = ∂x/∂q and K = ∂p/∂q go with it, and the action
∫(p²/2M - U)dt. Then S = S₀(q) + action, ∇∇S = K J⁻¹ and ρ = ρ₀(q)/|det J|, as long as J stays
invertible. U is the potential of the whole body, N U_ext(x_cm), and M = N m its mass.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.classical_limit._rays import Focus, Ray, System, focal_times, launch, march, no_focus
from zitter.core.checks import require_count, require_finite, require_positive, require_shape
from zitter.system.parameters import require_callable

Potential = Callable[[Array, Any], Array]


class ClassicalState(eqx.Module):
    """State ψ = R exp(iS/ħ) at one time, from two functions of ONE position x (D,).

    Args:
        amplitude: R(x), real and of either sign, so that it passes smoothly through nodes;
            ρ = R² [1/length^(D/2)].
        phase: S(x), twice differentiable by JAX [mass*length^2/time].

    Raises:
        ValueError: one of them is no function.
    """

    amplitude: Callable[[Array], Array]
    phase: Callable[[Array], Array]

    def __init__(self, amplitude: Callable[[Array], Array], phase: Callable[[Array], Array]):
        require_callable("amplitude", amplitude)
        require_callable("phase", phase)
        self.amplitude, self.phase = amplitude, phase


class _Modulus(eqx.Module):
    psi: Callable
    t: Any

    def __call__(self, x: Array) -> Array:
        return jnp.exp(jnp.real(self.psi(x, self.t)))


class _Argument(eqx.Module):
    psi: Callable
    t: Any
    hbar: Any

    def __call__(self, x: Array) -> Array:
        return self.hbar * jnp.imag(self.psi(x, self.t))


def state_of_psi(psi: Callable, t: Any = 0.0, hbar: float = 1.0) -> ClassicalState:
    """State R = |ψ|, S = ħ Im ln ψ of a LogPsi at one time.

    Args:
        psi: LogPsi, (x (D,), t) -> ln ψ.
        t: time [time].
        hbar: [mass*length^2/time].

    Returns:
        ClassicalState.

    Raises:
        ValueError: hbar is not positive.

    Validity: S is known modulo h, and is not smooth at nodes: give a signed amplitude there.
    """
    require_positive("hbar", hbar)
    t = jnp.asarray(t, dtype=float)
    return ClassicalState(_Modulus(psi, t), _Argument(psi, t, jnp.asarray(hbar, dtype=float)))


class Rays(NamedTuple):
    """Rays of a state at the times asked for, (time, n, ..)."""

    times: Array
    """(time,) [time]"""
    labels: Array
    """q = x(0), (n, D) [length]"""
    x: Array
    """positions (time, n, D) [length]"""
    p: Array
    """momenta ∇S (time, n, D) [mass*length/time]"""
    J: Array
    """tangent map ∂x/∂q (time, n, D, D) [1]"""
    K: Array
    """∂p/∂q (time, n, D, D) [mass/time]"""
    action: Array
    """∫(p²/2M - U)dt along the ray (time, n) [mass*length^2/time]"""
    phase: Array
    """S₀(q), (n,) [mass*length^2/time]"""
    amplitude: Array
    """R₀(q), (n,) [1/length^(D/2)]"""
    focal_points: Array
    """focal points passed, with multiplicity, (time, n) [1]"""
    focal_time: Array
    """time of the first focal point (n,), infinite if there is none [time]"""
    turn: Array
    """largest angle √‖∇∇U/M‖ dt of a step (n,); the steps resolve the motion below 1 [1]"""


def classical_rays(
    state: ClassicalState,
    potential: Potential,
    labels: Array,
    times: Any,
    masses: Any,
    *,
    num_steps: int = 40,
) -> Rays:
    """Classical paths M d²x/dt² = -∇U(x, t) from x(0) = q with the momentum p(0) = ∇S₀(q).

    Symplectic, of order 4 in the step, with tangent map, action and focal points; the cost is
    6 forces and curvatures a step and ray.

    Equation: (78), with M and the potential of the whole body; exact for the rays of (72)

    Args:
        state: ClassicalState at times[0].
        potential: U(x, t) of one position (D,) -> energy, traceable by JAX.
        labels: q (n, D) [length].
        times: increasing, (time,) [time].
        masses: M, one number or one for each axis (D,) [mass].
        num_steps: steps from the first time to the last, cut so that every time is met.

    Returns:
        Rays.

    Raises:
        ValueError: bad shapes, times or masses; a ray that does not stay finite.

    Validity: steps that resolve the motion, `turn` < 1.
    """
    times = checked_times(times)
    labels = jnp.asarray(labels, dtype=float)
    require_shape("labels", labels, (None, None), "(n, num_space)")
    require_finite("labels", labels)
    require_count("num_steps", num_steps)
    system = ray_system(potential, masses, labels.shape[1], times)
    ray, amplitude, phase = launch(state.amplitude, state.phase, labels)
    frames, counts, focus = [ray], [jnp.zeros(len(labels), dtype=int)], no_focus(ray)
    for begin, steps, dt in intervals(times, num_steps):
        ray, focus = advanced(system, ray, focus, begin, dt, steps)
        frames.append(ray)
        counts.append(focus.count)
    require_finite("rays", ray.x)
    require_finite("amplitude", amplitude)
    x, p, J, K, action = (jnp.stack(parts) for parts in zip(*frames, strict=True))
    found = focal_times(system, focus)
    return Rays(
        jnp.asarray(times),
        *(labels, x, p, J, K, action, phase, amplitude),
        *(jnp.stack(counts), found, focus.turn),
    )


def ray_system(potential: Potential, masses: Any, num_space: int, times: np.ndarray) -> System:
    """Potential and masses as the compiled steps take them."""
    require_callable("potential", potential)
    masses = np.asarray(masses, dtype=float)
    require_positive("masses", masses)
    if masses.ndim:
        require_shape("masses", masses, (num_space,), "(num_space,)")
    masses = np.broadcast_to(masses, (num_space,))
    scale = 0.25 * (times[-1] - times[0]) / np.mean(masses)
    return System(potential, jnp.asarray(masses), jnp.asarray(scale))


def advanced(
    system: System, ray: Ray, focus: Focus, begin: float, dt: float, steps: int
) -> tuple[Ray, Focus]:
    return march(system, ray, focus, jnp.asarray(begin), jnp.asarray(dt), jnp.asarray(steps))


def intervals(times: np.ndarray, num_steps: int) -> list[tuple[float, int, float]]:
    """Begin, number and length of the steps of each interval between `times`."""
    longest = (times[-1] - times[0]) / num_steps
    found = []
    for begin, end in pairwise(times):
        steps = max(1, int(np.ceil((end - begin) / longest * (1.0 - 1e-12))))
        found.append((float(begin), steps, float((end - begin) / steps)))
    return found


def checked_times(times: Any) -> np.ndarray:
    times = np.asarray(times, dtype=float)
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    if len(times) < 2 or np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must hold at least two times and increase.")
    return times


def velocity_from_force(
    potential: Potential, path: Any, times: Any, masses: Any, v_start: Any
) -> np.ndarray:
    """Velocity v(t) = v(0) - (1/M) ∫ ∇U(x(t'), t') dt' along a path that is already known.

    Equation: (79), with M and the potential of the whole body

    Args:
        potential: U(x, t).
        path: x (time, D) [length].
        times: equally spaced, an odd number, (time,) [time].
        masses: M, one number or (D,) [mass].
        v_start: v(0), (D,) [length/time].

    Returns:
        v at every second time, by Simpson's rule, ((time + 1)/2, D) [length/time].

    Raises:
        ValueError: shapes that do not match, times not equally spaced or even in number.
    """
    slope = _along_path(jax.grad(potential), path, times)
    masses = np.broadcast_to(np.asarray(masses, dtype=float), slope.shape[1:])
    return np.asarray(v_start) - _integral(slope, times) / masses


def integrated_curvature(potential: Potential, path: Any, times: Any, mass: float) -> np.ndarray:
    """The integral -(1/M) ∫ U''(x(t'), t') dt' along a path on a line, printed for S''/M.

    Equation: (80), as printed: the velocity gradient to first order in time for S₀'' = 0; the
    exact one is `velocity_gradient`

    Args:
        potential, path, times: as for velocity_from_force, with D = 1; path (time, 1) [length].
        mass: M [mass].

    Returns:
        ((time + 1)/2,) [1/time].

    Raises:
        ValueError: as for velocity_from_force.
    """
    curvature = _along_path(jax.hessian(potential), path, times)
    require_shape("path", path, (None, 1), "(time, 1)")
    require_positive("mass", mass)
    return -_integral(curvature.reshape(-1, 1), times)[:, 0] / mass


def velocity_gradient(rays: Rays, masses: Any) -> Array:
    """Velocity gradient w = ∇∇S/M = K J⁻¹/M along rays, the solution of dw/dt = -w² - ∇∇U/M.

    Equation: (80), corrected: a Riccati equation; the print lacks w² and w(0)

    Args:
        rays: Rays.
        masses: M, one number or (D,) [mass].

    Returns:
        w_ab = ∂v_a/∂x_b, (time, n, D, D) [1/time].

    Raises:
        ValueError: masses that are not positive.

    Validity: up to the first focal point of a ray.
    """
    require_positive("masses", masses)
    D = rays.x.shape[-1]
    m = jnp.broadcast_to(jnp.asarray(masses, dtype=float), (D,))
    transposed = jnp.linalg.solve(jnp.swapaxes(rays.J, -1, -2), jnp.swapaxes(rays.K, -1, -2))
    return jnp.swapaxes(transposed, -1, -2) / m[:, None]


def _along_path(f: Callable, path: Any, times: Any) -> np.ndarray:
    times = checked_times(times)
    require_shape("path", path, (len(times), None), "(time, num_space)")
    steps = np.diff(times)
    if len(times) % 2 == 0 or np.ptp(steps) > 1e-9 * steps[0]:
        raise ValueError("`times` must be equally spaced and odd in number.")
    return np.asarray(jax.vmap(f)(jnp.asarray(path, dtype=float), jnp.asarray(times)))


def _integral(values: np.ndarray, times: Any) -> np.ndarray:
    """∫ values dt from the first time to every second one, Simpson's rule."""
    h = float(times[1] - times[0])
    pieces = h / 3.0 * (values[:-2:2] + 4.0 * values[1:-1:2] + values[2::2])
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(pieces, axis=0)])
