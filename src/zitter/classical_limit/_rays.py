"""Compiled core of the classical rays: symplectic step, tangent map, count of focal points."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

# Kicks and drifts of SRKN6b of Blanes & Moan, J. Comput. Appl. Math. 142 (2002) 313: order 4 for a
# kinetic energy that is quadratic in p.
_A1, _A2, _A3 = 0.0829844064174052, 0.396309801498368, -0.0390563049223486
_B1, _B2 = 0.245298957184271, 0.604872665711080
_A4, _B3 = 1.0 - 2.0 * (_A1 + _A2 + _A3), 0.5 - (_B1 + _B2)
KICKS = (_A1, _A2, _A3, _A4, _A3, _A2, _A1)
DRIFTS = (_B1, _B2, _B3, _B3, _B2, _B1)

NUM_BISECTIONS = 54


class Ray(NamedTuple):
    """Rays (n, ..), each with its derivatives by the label q and its action."""

    x: Array
    p: Array
    J: Array
    K: Array
    action: Array


class Focus(NamedTuple):
    """Focal points passed by each ray, the step in which it met the first one, and its turn.

    The turn is the largest angle √‖∇∇U/M‖ dt of a step: what the steps must resolve.
    """

    count: Array
    before: Ray
    begin: Array
    width: Array
    turn: Array


class System(eqx.Module):
    """What a step needs; `scale` [time/mass] > 0 makes J and K comparable."""

    potential: Any
    masses: Array
    scale: Array


def step(system: System, ray: Ray, t: Any, dt: Any) -> Ray:
    """One step of order 4 of ONE ray: kicks by the force, drifts by the velocity, each exact."""
    U, m = system.potential, system.masses

    def kick(ray: Ray, time: Any, h: Any) -> Ray:
        value, slope = jax.value_and_grad(U)(ray.x, time)
        curvature = jax.hessian(U)(ray.x, time)
        return ray._replace(
            p=ray.p - h * slope, K=ray.K - h * curvature @ ray.J, action=ray.action - h * value
        )

    def drift(ray: Ray, h: Any) -> Ray:
        kinetic = 0.5 * jnp.sum(ray.p**2 / m)
        return ray._replace(
            x=ray.x + h * ray.p / m,
            J=ray.J + h * ray.K / m[:, None],
            action=ray.action + h * kinetic,
        )

    passed = 0.0
    for share, moved in zip(KICKS[:-1], DRIFTS, strict=True):
        ray = drift(kick(ray, t + passed * dt, share * dt), moved * dt)
        passed += moved
    return kick(ray, t + dt, KICKS[-1] * dt)


def num_focal_points(system: System, old: Ray, new: Ray) -> Array:
    """Number of times, with multiplicity, that J was singular between two close rays.

    The angles arctan(scale w) of the eigenvalues w of ∇∇S = K/J jump by π where J is singular;
    the angle of det(J + i scale K), which is never 0, does not. It also counts double zeros of
    det J, which keep its sign.
    """
    s = system.scale
    turned = jnp.angle(_complex_determinant(new, s) / _complex_determinant(old, s))
    jumped = _angles(new, s) - _angles(old, s)
    count = jnp.round((jumped - turned) / jnp.pi)
    return jnp.where(jnp.isfinite(count), count, 1.0).astype(int)


def _complex_determinant(ray: Ray, s: Array) -> Array:
    Z = ray.J + 1j * s * ray.K
    return Z[0, 0] if len(ray.x) == 1 else jnp.linalg.det(Z)


def _angles(ray: Ray, s: Array) -> Array:
    if len(ray.x) == 1:
        return jnp.arctan(s * ray.K[0, 0] / ray.J[0, 0])
    W = jnp.linalg.solve(ray.J.T, ray.K.T)
    return jnp.sum(jnp.arctan(s * jnp.linalg.eigvalsh(0.5 * (W + W.T))))


def _stiffness(system: System, ray: Ray, t: Any) -> Array:
    """‖∇∇U/M‖, the largest squared frequency of the motion next to a ray."""
    root = jnp.sqrt(system.masses)
    return jnp.linalg.norm(jax.hessian(system.potential)(ray.x, t) / root / root[:, None])


@eqx.filter_jit
def march(
    system: System, ray: Ray, focus: Focus, begin: Array, dt: Array, num_steps: Array
) -> tuple[Ray, Focus]:
    """All rays `num_steps` steps on, with the focal points on the way."""
    move = jax.vmap(step, in_axes=(None, 0, None, None))
    counted = jax.vmap(num_focal_points, in_axes=(None, 0, 0))
    stiffness = jax.vmap(_stiffness, in_axes=(None, 0, None))

    def one(i: Any, state: tuple[Ray, Focus]) -> tuple[Ray, Focus]:
        old, focus = state
        t = begin + i * dt
        new = move(system, old, t, dt)
        found = counted(system, old, new)
        first = (focus.count == 0) & (found > 0)
        turn = jnp.maximum(focus.turn, dt * jnp.sqrt(stiffness(system, old, t)))
        here = Focus(focus.count, old, jnp.full_like(focus.begin, t), 0.0 * focus.width + dt, turn)
        met = jax.tree.map(
            lambda was, now: jnp.where(first.reshape(-1, *[1] * (was.ndim - 1)), now, was),
            focus,
            here,
        )
        return new, met._replace(count=focus.count + found, turn=turn)

    return jax.lax.fori_loop(0, num_steps, one, (ray, focus))


@eqx.filter_jit
def focal_times(system: System, focus: Focus) -> Array:
    """Time of the first focal point of each ray, by bisection in its step; infinite if none."""

    def one(focus: Focus) -> Array:
        def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
            low, high = ends
            middle = 0.5 * (low + high)
            new = step(system, focus.before, focus.begin, middle)
            passed = num_focal_points(system, focus.before, new) > 0
            return jnp.where(passed, low, middle), jnp.where(passed, middle, high)

        ends = (0.0 * focus.width, focus.width)
        return focus.begin + jax.lax.fori_loop(0, NUM_BISECTIONS, halve, ends)[1]

    return jnp.where(focus.count > 0, jax.vmap(one)(focus), jnp.inf)


@eqx.filter_jit
def launch(amplitude: Any, phase: Any, labels: Array) -> tuple[Ray, Array, Array]:
    """Rays of S₀ at labels (n, D), their amplitudes R₀ (n,) and phases S₀ (n,)."""

    def one(q: Array) -> tuple[Ray, Array, Array]:
        S, p = jax.value_and_grad(phase)(q)
        K = jax.hessian(phase)(q)
        return Ray(q, p, jnp.eye(len(q)), K, jnp.zeros(())), amplitude(q), S

    return jax.vmap(one)(labels)


def no_focus(ray: Ray) -> Focus:
    n = ray.x.shape[0]
    return Focus(jnp.zeros(n, dtype=int), ray, jnp.zeros(n), jnp.zeros(n), jnp.zeros(n))
