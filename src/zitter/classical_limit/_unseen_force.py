"""Motion that steps miss because the force changes between the moments at which they look at it.

Each method has its own moments and weights; the force is integrated over every step beside them,
see `zitter.core._unseen`. Where t does not enter U, nothing is computed.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from zitter.classical_limit._rays import DRIFTS, KICKS
from zitter.classical_limit.hamilton_jacobi import Rays, intervals
from zitter.core._unseen import NUM_CELLS, Moments, in_batches, missed
from zitter.wavefunctions._in_time import spread_probes

RAYS = Moments(np.cumsum([0.0, *DRIFTS]), np.array(KICKS))
STRANG = Moments(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
RUNGE_KUTTA = Moments(np.array([0.0, 0.5, 1.0]), np.array([1.0, 4.0, 1.0]) / 6.0)
NUM_PROBES = 32
# Share of a scale to which the integrals are settled.
_SETTLED = 1e-5
_STATIC = 1e-10


class Scales(NamedTuple):
    """What motion is compared with, per axis, (D,)."""

    width: np.ndarray
    """[length]"""
    momentum: np.ndarray
    """[mass*length/time]"""


class Steps(NamedTuple):
    """Steps of one method from one time to another, at places that hold while they are taken."""

    begin: float
    dt: float
    num: int
    x: np.ndarray
    """(n, D) [length]"""


def missed_share(
    potential: Callable, scheme: Moments, steps: list[Steps], masses: np.ndarray, scales: Scales
) -> float:
    """Largest shift and momentum that bodies at the places lack on the way, by the scales [1].

    The places of all steps are those of the same bodies: what is lacking adds up.
    """
    begin, end = steps[0].begin, steps[-1].begin + steps[-1].dt * steps[-1].num
    cell = (end - begin) / NUM_CELLS
    scale = np.min(np.minimum(scales.momentum, scales.width * masses / (end - begin)))
    rate = _SETTLED * float(scale) / (end - begin)
    p, x, worst = 0.0, 0.0, 0.0
    for step in steps:
        force = forces(potential, step.x)
        found = missed(force, scheme, step.begin, step.dt, step.num, cell, rate)
        lost, moment = (
            part.reshape(step.num, *step.x.shape) for part in (found.integral, found.moment)
        )
        momenta = p + np.cumsum(lost, axis=0)
        # A force that acts early in a step has the more time to move the body.
        moved = (momenta - 0.5 * lost) * step.dt - moment
        shifts = x + np.cumsum(moved, axis=0) / masses
        p, x = momenta[-1], shifts[-1]
        far = np.max(np.abs(shifts) / scales.width)
        fast = np.max(np.abs(momenta) / scales.momentum)
        worst = max(worst, float(far), float(fast), float(np.sum(found.unsettled) / scale))
    return worst if worst > _STATIC else 0.0


def forces(potential: Callable, x: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """times (m,) -> -∇U at the places x (n, D), (m, n*D) [mass*length/time^2]."""
    points = jnp.asarray(x)

    def at(times: np.ndarray) -> np.ndarray:
        values = in_batches(lambda t: _forces(potential, points, jnp.asarray(t)), times)
        return values.reshape(len(times), -1)

    return at


@eqx.filter_jit
def _forces(potential: Any, x: Any, times: Any) -> Any:
    slope = jax.vmap(jax.grad(potential), (0, None))
    return -jax.vmap(slope, (None, 0))(x, times)


def unseen_by_rays(
    potential: Callable, rays: Rays, masses: np.ndarray, scheme: Moments, num_steps: int
) -> float:
    """Largest motion that a method with `num_steps` steps lacks along the rays, by theirs [1]."""
    masses = np.broadcast_to(np.asarray(masses, dtype=float), rays.x.shape[-1:])
    index = spread_probes(np.asarray(rays.amplitude) ** 2, NUM_PROBES)[0]
    steps = [
        Steps(begin, dt, num, np.asarray(rays.x[i])[index])
        for i, (begin, num, dt) in enumerate(intervals(np.asarray(rays.times), num_steps))
    ]
    width, speed = extents(rays, masses)
    scales = Scales(np.full(len(masses), width), speed * masses)
    return missed_share(potential, scheme, steps, masses, scales)


def extents(rays: Rays, masses: np.ndarray) -> tuple[float, float]:
    """Largest spread of the rays and root of their mean squared speed, at any time."""
    rho = np.asarray(rays.amplitude) ** 2
    weight = rho / np.sum(rho)
    x, p = np.asarray(rays.x), np.asarray(rays.p)
    width = np.sqrt(np.max(weight @ (x - (weight @ x)[:, None]) ** 2))
    span = float(rays.times[-1] - rays.times[0])
    speed = np.sqrt(np.max(weight @ (p / masses) ** 2)) + width / span
    return float(width), float(speed)
