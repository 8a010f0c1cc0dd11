"""What depends on time in a run on a grid: whether the step sees it, and what identifies it."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from zitter.core._unseen import NUM_CELLS, Moments, in_batches, missed
from zitter.core.checks import ValidityError
from zitter.core.stepping import fingerprint_of
from zitter.wavefunctions.split_step import (
    SCHEMES,
    Hamiltonian,
    SplitStep,
    nodes_of_drifts,
)

# Radians of ψ's phase, summed over the steps of a run.
LARGEST_UNSEEN_TURN = 0.3
# Points of the grid at which U is looked at.
NUM_PROBES = 128
# Share of what is allowed to which the integrals are settled.
_SETTLED = 1e-3
# Of the largest |ψ|², what counts as nothing.
_FAINT = 1e-12
# Fractions of an interval at which no simple period repeats.
_BETWEEN = (0.3819660112501051, 0.7071067811865476, 0.9068996821171089)


class Motion(NamedTuple):
    """How fast ψ changes by its kinetic energy."""

    spreading: float
    """Largest σ_p/(m a² σ_x) of an axis [1/time]"""
    fastest: float
    """Largest occupied p²/2m, without a [energy]"""
    hop: float
    """Time in which the fastest occupied momentum moves ψ past what it could be as narrow as,
    ten times the inverse of half the range of occupied wavenumbers [time]"""


class Unseen:
    """Turn of ψ's phase by what depends on time, between the moments at which a step looks at it.

    H(t) = T/a² + U(t) + c φ/a + g|ψ|²/a^D, with T, φ and |ψ|² as they are at the beginning. For
    steps in a row it is the spread over |ψ|² of (1/ħ)∫H dt less what the scheme takes for it, and
    that of the first moment in time, by the rate at which the kinetic energy makes it a shift of ψ.

    Args:
        stepper: SplitStep.
        span: length of the run [time].
        allowed: turn of the whole run to which the integrals are worked out [1].
    """

    def __init__(self, stepper: SplitStep, span: float, allowed: float):
        self.stepper, self.system = stepper, stepper.system
        self.cell, self.rate = span / NUM_CELLS, _SETTLED * allowed / max(span, 1e-300)
        self.scale = scale_of_times(self.system.scale_factor)
        kicks, drifts = SCHEMES[stepper.order]
        self.kicks = Moments(np.cumsum([0.0, *drifts]), np.array(kicks))
        self.drifts = Moments(*nodes_of_drifts(drifts))

    @property
    def moving(self) -> bool:
        """Whether anything depends on time."""
        return self.system.moving or self.scale is not None

    def turns(
        self, psi: np.ndarray, motion: Motion, begin: float, dt: float, num_steps: int
    ) -> float:
        """The turn in `num_steps` steps of dt from `begin` [1]."""
        hbar, total = self.system.hbar, 0.0
        if self.system.moving or self._own:
            at_probes, weight = self._at_probes(psi)
            steps = (begin, dt, num_steps, self.cell, self.rate * hbar)
            found = missed(at_probes, self.kicks, *steps)
            total += _turned(found.integral, weight) + float(np.sum(found.unsettled))
            total += motion.spreading * _turned(found.moment, weight)
        if self.scale is not None and motion.fastest > 0.0:
            rate = self.rate * hbar / motion.fastest
            inverse = missed(
                self._inverse_square, self.drifts, begin, dt, num_steps, self.cell, rate
            )
            lost = np.max(np.abs(np.cumsum(inverse.integral))) + np.sum(inverse.unsettled)
            total += motion.fastest * float(lost)
        return total / hbar

    def _inverse_square(self, times: np.ndarray) -> np.ndarray:
        assert self.scale is not None
        return self.scale(times)[:, None] ** -2.0

    @property
    def _own(self) -> bool:
        """Whether a(t) acts on what |ψ|² does to itself."""
        system = self.system
        return self.scale is not None and (system.coupling != 0.0 or system.contact != 0.0)

    def _at_probes(self, psi: np.ndarray) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
        """times (n,) -> U + c φ/a + g|ψ|²/a^D at the probes, (n, probes), and their weights."""
        system, own = self.system, self._own
        density = np.asarray(self.stepper.density(psi), dtype=float)
        index, weight = spread_probes(density.ravel(), NUM_PROBES)
        places = np.unravel_index(index, system.grid.num)
        axes = zip(system.grid.axes, places, strict=True)
        points = jnp.asarray(np.stack([x[i] for x, i in axes], axis=1))
        phi, contact = np.zeros(len(index)), np.zeros(len(index))
        if own and system.coupling != 0.0 and system.solver is not None:
            phi = system.coupling * np.asarray(system.solver(density)).ravel()[index]
        if own and system.contact != 0.0:
            contact = system.contact * density.ravel()[index]

        external: Any = system.external

        def at_probes(times: np.ndarray) -> np.ndarray:
            values = np.zeros((len(times), len(index)))
            if system.moving:
                values += in_batches(lambda t: external.at(points, t), times)
            if own:
                assert self.scale is not None
                a = self.scale(times)[:, None]
                values += phi / a + contact / a**system.grid.num_axes
            return values

        return at_probes, weight


class UnseenTurn:
    """The turns of a run with a fixed step, added up; see Unseen."""

    def __init__(self, unseen: Unseen, total: np.ndarray):
        self.unseen, self.total = unseen, float(total)

    def count(self, psi: np.ndarray, motion: Motion, t: float, dt: float, num_steps: int) -> None:
        """Add `num_steps` steps of dt from t. Raises: ValidityError."""
        if not self.unseen.moving:
            return
        self.total += self.unseen.turns(psi, motion, t, dt, num_steps)
        if not self.total <= LARGEST_UNSEEN_TURN:
            raise ValidityError(
                f"What depends on time turns the phase by {self.total:.2g} rad between the times "
                f"at which the steps of {dt:.3g} look at it, up to t = {t + num_steps * dt:g} "
                f"(allowed: {LARGEST_UNSEEN_TURN:g}). Use a smaller time_step."
            )


def _turned(values: np.ndarray, weight: np.ndarray) -> float:
    """Largest spread over the probes of what has been missed up to any of the steps.

    What is the same everywhere turns no probability; what one step misses, another may make up.
    """
    sums = np.cumsum(values, axis=0)
    gaps = sums - (sums @ weight)[:, None]
    return float(np.sqrt(np.max(gaps**2 @ weight)))


def spread_probes(density: np.ndarray, num: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of `num` points, half spread as a density is and half evenly over where it is.

    Returns them with weights of sum 1 that make sums over them sums over the density.
    """
    held = density > _FAINT * np.max(density)
    mixed = 0.5 * density / np.sum(density) + 0.5 * held / np.count_nonzero(held)
    sums = np.cumsum(mixed)
    # At equal distances they would keep step with the rows of a grid of several axes.
    shares = (np.arange(num) + np.random.default_rng(0).random(num)) / num
    index = np.minimum(np.searchsorted(sums, shares * sums[-1]), len(density) - 1)
    weight = density[index] / mixed[index]
    return index, weight / np.sum(weight)


def scale_of_times(scale_factor: Any) -> Callable[[np.ndarray], np.ndarray] | None:
    """a at many times at once: compiled where JAX can trace it, else one by one."""
    if scale_factor is None:
        return None
    if not _written(scale_factor):
        return lambda times: np.array([float(scale_factor(float(t))) for t in times])
    compiled = jax.jit(jax.vmap(scale_factor))
    return lambda times: in_batches(
        lambda t: np.broadcast_to(compiled(jnp.asarray(t)), t.shape), times
    )


def identity_of(function: Callable[..., Any], *arguments: Any) -> str:
    """Digest of the operations of a function and their constants, equal in every process."""
    traced = jax.make_jaxpr(function)(*arguments)
    words = re.sub("0x[0-9a-f]+", "", str(traced.jaxpr))
    return fingerprint_of(words, *(np.asarray(c) for c in traced.consts))


def _written(scale_factor: Callable[[Any], Any]) -> str:
    """Digest of the operations of a(t), or "" where JAX cannot trace them."""
    try:
        return identity_of(scale_factor, 0.0)
    except Exception:
        # Nothing is lost: what is wrong with a(t) itself, not with tracing it, is raised where a
        # is called with numbers, as whoever gets "" does.
        return ""


def depends_on_time(potential: Callable[[Any, Any], Any], num_axes: int) -> bool:
    """Whether t enters any operation of U(q, t); what is not traced so is not assumed."""
    jaxpr = jax.make_jaxpr(potential)(jnp.zeros(num_axes), jnp.zeros(())).jaxpr
    t = jaxpr.invars[1]
    return any(t is v for equation in jaxpr.eqns for v in equation.invars) or t in jaxpr.outvars


def identity_in_time(system: Hamiltonian, times: np.ndarray) -> str:
    """Digest of U(t) and a(t): by how they are written, and by samples at times and between."""
    moments = moments_of(times)
    parts = [str(getattr(system.external, "identity", ""))]
    if system.external is not None:
        at = moments if system.moving else moments[:1]
        parts += [fingerprint_of(np.asarray(system.external(float(t)))) for t in at]
    parts.append(_identity_of_scale(system.scale_factor, times))
    return fingerprint_of(*parts)


def _identity_of_scale(scale_factor: Any, times: np.ndarray) -> str:
    """What cannot be traced is known by samples as dense as those by which the steps see it."""
    if scale_factor is None:
        return ""
    written = _written(scale_factor)
    dense = np.linspace(times[0], times[-1], 1 if written else 9 * NUM_CELLS)
    moments = np.concatenate([moments_of(times), dense])
    return fingerprint_of(written, *(repr(float(scale_factor(float(t)))) for t in moments))


def moments_of(times: np.ndarray) -> np.ndarray:
    """The times and three between each two of them."""
    gaps = np.diff(times)[:, None]
    between = times[:-1, None] + gaps * np.array(_BETWEEN)
    return np.sort(np.concatenate([times, between.ravel()]))


def require_scale_factor(scale_factor: Any, times: np.ndarray) -> None:
    """Raise unless a(t) is a function, finite and positive at the times. Raises: ValueError."""
    if scale_factor is None:
        return
    if not callable(scale_factor):
        raise ValueError(f"`scale_factor` must be a function of time, but is {scale_factor!r}.")
    for t in moments_of(times):
        a = np.asarray(scale_factor(float(t)))
        real = a.shape == () and a.dtype.kind in "iuf"
        if not real or not np.isfinite(a) or not a > 0.0:
            raise ValueError(
                f"`scale_factor` must be finite and positive, but is {a} at t = {t:g}."
            )
