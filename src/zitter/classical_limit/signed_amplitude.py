"""(72) for a signed amplitude R and a phase S: nodes are ordinary points.

    ∂R/∂t = -½ Σ_a [v_a ∂_aR + ∂_a(v_a R)],  ∂S/∂t = -Σ_a (∂_aS)²/2M_a - U,  v_a = ∂_aS/M_a.

ħ does not occur, and R does not act on S. The skew form keeps ∫R² up to the step's error.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.classical_limit._ray_checks import LARGEST_DRIFT, require_agreement, surveyed
from zitter.classical_limit._unseen_force import RUNGE_KUTTA, unseen_by_rays
from zitter.classical_limit.caustics import CAUSTIC, MOST_STEPS, Sheet
from zitter.classical_limit.grid_solver import SplitSystem, potential_values, split_system
from zitter.classical_limit.phases import single_valued_phase
from zitter.classical_limit.problem import (
    ClassicalProblem,
    ClassicalSolution,
    require_in_box,
)
from zitter.core.checks import ValidityError, require_kind, require_positive
from zitter.wavefunctions._in_time import depends_on_time

COURANT = 0.7


def by_signed_amplitude(
    problem: ClassicalProblem, *, time_step: float | None = None
) -> ClassicalSolution:
    """Solution of (72) for R of either sign, by differences of order 4 and Runge-Kutta steps.

    Order 4 in step and spacing. Steps are shortened so that nothing moves more than 0.7 cells.

    Equation: (72), for R and S

    Args:
        problem: ClassicalProblem.
        time_step: longest step [time]; by default 1/100 of the whole time, or what a U that
            changes with time needs.

    Returns:
        ClassicalSolution; after a caustic ψ is what the scheme makes of it, NaN where S broke down.

    Raises:
        ValidityError: a step that does not see how U changes; S is not single-valued on the grid
            or steepens without bound in an empty part of the box; ρ or rays reach the ends of the
            box; energy or mean away from those of the rays before a caustic.

    Validity: S₀ smooth in the whole box; R is 0 outside of it.
    """
    require_kind("problem", problem, ClassicalProblem)
    span = problem.times[-1] - problem.times[0]
    longest = 0.01 * span if time_step is None else time_step
    require_positive("time_step", longest)
    survey, sheet = surveyed(problem)
    longest = _step_that_sees(problem, sheet, longest, fixed=time_step is not None)
    R = jnp.asarray(problem.initial_amplitude)
    S = jnp.asarray(single_valued_phase(problem, signs=True))
    system, psi, energy = split_system(problem, 1.0), [], []
    for k, t in enumerate(problem.times):
        if k:
            ends = (jnp.asarray(v) for v in (problem.times[k - 1], t, longest))
            R, S = _advance(system, R, S, *ends)
            if survey.status[k] != CAUSTIC and not np.all(np.isfinite(S)):
                raise ValidityError(
                    f"S steepens without bound in an empty part of the box before t = {t:g}. "
                    "Use a smaller box, an earlier last time, or the method 'characteristics'."
                )
        energy.append(float(_energy(system, R, S, jnp.asarray(t))))
        psi.append(np.asarray(R * jnp.exp(1j * S / problem.hbar)))
        if survey.status[k] != CAUSTIC:
            require_in_box(np.asarray(R) ** 2, problem.grid, float(t))
    frames = np.stack(psi)
    found = ClassicalSolution(
        "signed amplitude", problem.times, np.abs(frames) ** 2, frames, np.array(energy), survey
    )
    require_agreement(problem, sheet, found.status, found.density, found.energy)
    return found


def _step_that_sees(problem: ClassicalProblem, sheet: Sheet, longest: float, fixed: bool) -> float:
    """A step not above `longest` that sees how U changes with time. Raises: ValidityError."""
    if not depends_on_time(problem.potential, problem.grid.num_axes):
        return longest
    span = float(problem.times[-1] - problem.times[0])
    num_steps = max(1, int(np.ceil(span / longest * (1.0 - 1e-12))))
    arguments = (problem.potential, sheet.rays, problem.masses, RUNGE_KUTTA)
    while unseen_by_rays(*arguments, num_steps) > LARGEST_DRIFT:
        num_steps *= 2
        if fixed or num_steps > MOST_STEPS:
            raise ValidityError(
                f"Steps of {longest:.3g} do not resolve how U changes with time. Use a shorter "
                "time step."
            )
    return min(longest, span / num_steps)


def _slope(f: Array, axis: int, h: float, *, open_ends: bool) -> Array:
    """∂f/∂x of order 4; beyond the ends f goes on as a polynomial, or is 0."""
    f = jnp.moveaxis(f, axis, 0)
    for _ in range(2):
        ends = [jnp.zeros_like(f[:1])] * 2
        if open_ends:
            weights = (5.0, -10.0, 10.0, -5.0, 1.0)
            ends = [sum(w * g[i : i + 1] for i, w in enumerate(weights)) for g in (f, f[::-1])]
        f = jnp.concatenate([ends[0], f, ends[1]])
    n = f.shape[0] - 4
    inner = f[0:n] - 8.0 * f[1 : n + 1] + 8.0 * f[3 : n + 3] - f[4 : n + 4]
    return jnp.moveaxis(inner / (12.0 * h), 0, axis)


def _rates(system: SplitSystem, R: Array, S: Array, t: Any) -> tuple[Array, Array]:
    R_dot, S_dot = jnp.zeros_like(R), -potential_values(system, t)
    for axis, h in enumerate(system.spacing):
        p = _slope(S, axis, h, open_ends=True)
        v = p / system.masses[axis]
        carried = _slope(v * R, axis, h, open_ends=False)
        R_dot = R_dot - 0.5 * (v * _slope(R, axis, h, open_ends=False) + carried)
        S_dot = S_dot - 0.5 * p * v
    return R_dot, S_dot


@eqx.filter_jit
def _advance(
    system: SplitSystem, R: Array, S: Array, begin: Any, end: Any, longest: Any
) -> tuple[Array, Array]:
    # A step that must be this short means that S has steepened without bound.
    shortest = 1e-6 * longest

    def going(state: tuple) -> Array:
        return (state[0] < end) & (state[3] > shortest)

    def step(state: tuple) -> tuple:
        t, R, S, _ = state
        rate = sum(
            jnp.max(jnp.abs(_slope(S, axis, h, open_ends=True))) / system.masses[axis] / h
            for axis, h in enumerate(system.spacing)
        )
        dt = jnp.minimum(longest, COURANT / rate)
        last = t + dt * (1.0 + 1e-9) >= end
        free, dt = dt, jnp.where(last, end - t, dt)
        one = _rates(system, R, S, t)
        two = _rates(system, R + 0.5 * dt * one[0], S + 0.5 * dt * one[1], t + 0.5 * dt)
        three = _rates(system, R + 0.5 * dt * two[0], S + 0.5 * dt * two[1], t + 0.5 * dt)
        four = _rates(system, R + dt * three[0], S + dt * three[1], t + dt)
        R, S = (
            f + dt / 6.0 * (a + 2.0 * b + 2.0 * c + d)
            for f, a, b, c, d in zip((R, S), one, two, three, four, strict=True)
        )
        return jnp.where(last, end, t + dt), R, S, free

    t, R, S, _ = jax.lax.while_loop(going, step, (begin, R, S, longest))
    lost = jnp.where(t < end, jnp.nan, 0.0)
    return R + lost, S + lost


@eqx.filter_jit
def _energy(system: SplitSystem, R: Array, S: Array, t: Any) -> Array:
    U = potential_values(system, t)
    for axis, h in enumerate(system.spacing):
        U = U + 0.5 * _slope(S, axis, h, open_ends=True) ** 2 / system.masses[axis]
    return jnp.sum(R**2 * U) / jnp.sum(R**2)
