"""Dormand-Prince 5(4) for any wavefunction: many paths at once, each with its own time and step.

The paths move through a fixed number of slots. A slot whose path is done takes the next one in
the queue, so no path waits for the slowest; when the queue is empty, the few that are left move
to fewer slots.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.trajectories._dormand_prince import (
    ERROR_WEIGHTS,
    EXPONENT,
    LARGEST,
    MAX_EVALUATIONS,
    NODES,
    NUM_STAGES,
    SAFETY,
    SMALLEST,
    STAGES,
)
from zitter.wavefunctions.derivatives import derivatives

MAX_SLOTS, MIN_SLOTS, SHRINK, ATTEMPTS = 1024, 32, 8, 16


class _Slots(NamedTuple):
    """Paths on their way; leading axis: slot."""

    x: Array
    t: Array
    h: Array
    v: Array
    target: Array
    """index of the next output time; beyond the last one the path is done"""
    evaluations: Array
    stalled: Array


def integrate_any(
    psi: Any, Q0: np.ndarray, times: np.ndarray, factors: np.ndarray, rtol: float, atol: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Paths (batch, time, dof), evaluations (batch,) and stalled (batch,) from Q0 (batch, dof)."""
    batch, num_times = len(Q0), len(times)
    Q = np.repeat(Q0[:, None], num_times, axis=1)
    counts, stalled = np.zeros(batch, dtype=int), np.zeros(batch, dtype=bool)
    num_slots = min(MAX_SLOTS, max(MIN_SLOTS, 1 << (batch - 1).bit_length()))
    owner = np.arange(num_slots)
    owner[owner >= batch] = -1
    waiting = num_slots
    slots = _start(psi, jnp.asarray(Q0[np.maximum(owner, 0)]), times, factors, rtol, atol)
    while True:
        slots, reached, positions = _advance(psi, slots, times, factors, rtol, atol)
        _record(Q, counts, stalled, owner, slots, np.asarray(reached), np.asarray(positions))
        done = np.asarray(slots.stalled | (slots.target >= num_times)) | (owner < 0)
        owner[done] = -1
        fresh = np.arange(waiting, min(batch, waiting + int(done.sum())))
        if done.all() and not fresh.size:
            return Q, counts, stalled
        if fresh.size:
            places = np.flatnonzero(done)[: fresh.size]
            owner[places] = fresh
            waiting += fresh.size
            starts = np.zeros((len(owner), Q0.shape[1])) + Q0[fresh[0]]
            starts[places] = Q0[fresh]
            started = _start(psi, jnp.asarray(starts), times, factors, rtol, atol)
            slots = _merged(slots, started, np.isin(np.arange(len(owner)), places))
        elif len(owner) > MIN_SLOTS and (owner >= 0).sum() * SHRINK <= len(owner):
            keep = np.argsort(owner < 0, kind="stable")[: max(MIN_SLOTS, len(owner) // SHRINK)]
            owner, slots = owner[keep], _Slots(*(field[keep] for field in slots))


def _record(Q, counts, stalled, owner, slots, reached, positions) -> None:
    used = owner >= 0
    for index, x in zip(reached, positions, strict=True):
        here = used & (index >= 0)
        Q[owner[here], index[here]] = x[here]
    counts[owner[used]] = np.asarray(slots.evaluations)[used]
    stalled[owner[used]] = np.asarray(slots.stalled)[used]
    halted = used & np.asarray(slots.stalled)
    for slot in np.flatnonzero(halted):
        Q[owner[slot], int(slots.target[slot]) :] = np.asarray(slots.x[slot])


def _merged(old: _Slots, new: _Slots, take: np.ndarray) -> _Slots:
    def choose(a: Array, b: Array) -> Array:
        return jnp.where(take.reshape(-1, *[1] * (a.ndim - 1)), b, a)

    return _Slots(*(choose(a, b) for a, b in zip(old, new, strict=True)))


def _velocity(psi: Any, x: Array, t: Array, factors: Array) -> Array:
    def one(q: Array, time: Array) -> Array:
        return jnp.imag(derivatives(psi, q[None], time, 1).gradient[0])

    return factors * jax.vmap(one)(x, t)


@eqx.filter_jit
def _start(psi: Any, x: Array, times: Array, factors: Array, rtol: float, atol: float) -> _Slots:
    t = jnp.full(x.shape[:1], jnp.asarray(times)[0])
    v = _velocity(psi, x, t, factors)
    speed = jnp.max(jnp.abs(v) / (atol / rtol + jnp.abs(x)), axis=1)
    span = times[-1] - times[0]
    h = jnp.where(speed * span < 0.01, span, 0.01 / speed)
    stalled = ~jnp.all(jnp.isfinite(v), axis=1)
    one = jnp.ones(x.shape[0], dtype=int)
    return _Slots(x, t, h, v, one, one, stalled)


@eqx.filter_jit
def _advance(
    psi: Any, slots: _Slots, times: Array, factors: Array, rtol: float, atol: float
) -> tuple[_Slots, Array, Array]:
    """A few attempts of all slots; per attempt the output index reached, or -1."""
    times = jnp.asarray(times)

    def attempt(slots: _Slots, _: None) -> tuple[_Slots, tuple[Array, Array]]:
        return _attempt(psi, slots, times, jnp.asarray(factors), rtol, atol)

    slots, (reached, positions) = jax.lax.scan(attempt, slots, None, length=ATTEMPTS)
    return slots, reached, positions


def _attempt(psi, slots, times, factors, rtol, atol) -> tuple[_Slots, tuple[Array, Array]]:
    active = ~slots.stalled & (slots.target < times.shape[0])
    end = times[jnp.minimum(slots.target, times.shape[0] - 1)]
    cut = slots.h >= end - slots.t
    h = jnp.where(active, jnp.where(cut, end - slots.t, slots.h), 0.0)
    x, v, error = _step(psi, slots, h, factors, rtol, atol)
    accepted = active & (error < 1.0)
    growth = jnp.where(error > 0.0, SAFETY * error**-EXPONENT, LARGEST)
    growth = jnp.clip(growth, SMALLEST, LARGEST)
    after = jnp.where(cut, jnp.maximum(slots.h, h * growth), h * growth)
    after = jnp.where(accepted, after, h * jnp.minimum(growth, SAFETY))
    arrived = accepted & cut
    time = jnp.where(arrived, end, slots.t + jnp.where(accepted, h, 0.0))
    kept = accepted[:, None]
    underflow = ~accepted & (after <= 4e-16 * jnp.abs(end))
    endless = slots.evaluations >= MAX_EVALUATIONS
    new = _Slots(
        jnp.where(kept, x, slots.x),
        time,
        jnp.where(active, after, slots.h),
        jnp.where(kept, v, slots.v),
        slots.target + arrived,
        slots.evaluations + NUM_STAGES * active,
        slots.stalled | (active & (underflow | endless)),
    )
    return new, (jnp.where(arrived, slots.target, -1), new.x)


def _step(psi, slots, h, factors, rtol, atol) -> tuple[Array, Array, Array]:
    A, C = jnp.asarray(STAGES), jnp.asarray(NODES)
    K = jnp.zeros((NUM_STAGES + 1, *slots.x.shape)).at[0].set(slots.v)

    def position(s: Array | int, K: Array) -> Array:
        return slots.x + h[:, None] * jnp.tensordot(A[s], K[:NUM_STAGES], axes=1)

    def stage(s: Array, K: Array) -> Array:
        return K.at[s].set(_velocity(psi, position(s, K), slots.t + C[s] * h, factors))

    K = jax.lax.fori_loop(1, NUM_STAGES + 1, stage, K)
    x = position(NUM_STAGES, K)
    scale = atol + rtol * jnp.maximum(jnp.abs(slots.x), jnp.abs(x))
    error = jnp.abs(h[:, None] * jnp.tensordot(jnp.asarray(ERROR_WEIGHTS), K, axes=1)) / scale
    error = jnp.max(error, axis=1)
    return x, K[NUM_STAGES], jnp.where(jnp.isnan(error), jnp.inf, error)
