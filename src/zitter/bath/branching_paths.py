"""Bohm and Nelson trajectories of the full configuration of a system and its bath.

Bohm: q' = W(t) y with W' = (Re A) W takes the smooth part of the flow exactly, and y moves only by
the interference of the packets: O(n) a step. Nelson: the diagonal of the drift in the middle of a
step is an Ornstein-Uhlenbeck process, taken exactly; the rest by the midpoint rule between two
halves of it.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from zitter.bath.branching_wave import BranchingWave, Frame, ReducedBath, reduced_start
from zitter.bath.discretisation import OscillatorBath
from zitter.bath.interference import DiffusingStep, Frames, GuidedStep
from zitter.core.checks import ValidityError, require_count, require_finite, require_shape
from zitter.core.stepping import Progress, paced

MOST_RADIANS = 1.0
"""Largest phase that the fastest mode or packet may turn by in one step."""

# Change of the rates of a packet within a part of a step, times the part, and how small parts are.
_MOST_CHANGE, _MOST_HALVINGS = 0.25, 40


class BranchingPaths(NamedTuple):
    """Configurations q' = q - Q̄(t) of many runs, mass-weighted; coordinate 0 is √M (X - X̄)."""

    times: np.ndarray
    """(num_times,) [time]"""
    q: np.ndarray
    """(num_times, batch, d) [mass^(1/2)*length]"""


def sampled_configurations(wave: BranchingWave, num: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of q' from |Ψ|² at t = 0, interference of the packets included.

    Args:
        wave: BranchingWave.
        num: number of draws.
        rng: source of randomness.

    Returns:
        (num, d) [mass^(1/2)*length].

    Raises:
        ValueError: num < 1, momenta so far apart that a million points miss their fringes.
    """
    require_count("num", num)
    deviation = np.sqrt(0.5 * wave.hbar / wave.alpha)
    q = rng.normal(size=(num, wave.alpha.size)) * deviation
    centres = wave.centres[:, 0] - wave.centres[:, 0].mean()
    kicks = wave.momenta[:, 0] / wave.hbar
    # as many points in each packet, however far apart they are, and on each of the fringes
    num_points = 8001 + int(32.0 * deviation[0] * np.ptp(kicks))
    require_count("the number of points that resolve the fringes", num_points, 1, 1_000_000)
    around = 9.0 * deviation[0] * np.linspace(-1.0, 1.0, num_points)
    grid = np.unique(centres[:, None] + around)
    psi = np.zeros(grid.size, complex)
    for centre, kick, logarithm in zip(centres, kicks, wave.logarithms, strict=True):
        off = grid - centre
        psi += np.exp(logarithm - (0.5 * off / deviation[0]) ** 2 + 1j * kick * off)
    density = np.abs(psi) ** 2
    areas = 0.5 * (density[1:] + density[:-1]) * np.diff(grid)
    cumulative = np.concatenate([[0.0], np.cumsum(areas)])
    q[:, 0] = np.interp(rng.random(num) * cumulative[-1], cumulative, grid)
    return q


def bohm_branching_paths(
    wave: BranchingWave,
    q0: np.ndarray,
    times: Any,
    num_steps: int,
    progress: Callable[[Progress], None] | None = None,
) -> BranchingPaths:
    """Bohm trajectories q'(t), dq'/dt = (Re A) q' + ħ Im Σ_j w_j a_j, by Runge-Kutta of 4th order.

    Args:
        wave: BranchingWave.
        q0: start (batch, d) [mass^(1/2)*length].
        times: when to keep the configuration, multiples of the step, increasing [time].
        num_steps: steps from 0 to the last time.
        progress: called with a Progress after each of the times.

    Returns:
        BranchingPaths.

    Raises:
        ValueError: shapes do not match, times that are no multiples of the step.
        ValidityError: the fastest mode turns by more than MOST_RADIANS in a step, or packets
            pass each other so fast that halved steps do not resolve it.

    Validity: where packets interfere, the steps of a run are halved until it resolves that; a
    path that meets a node more closely may still err, which the statistics do not feel.
    """
    require_shape("q0", q0, (None, wave.alpha.size), "(batch, d)")
    require_finite("q0", q0)
    times, keep = _steps(wave, times, num_steps)
    y = np.array(q0, dtype=float)
    W, V = np.eye(wave.alpha.size), np.eye(wave.alpha.size)
    kept, told = [y] if keep[0] == 0 else [], paced(progress, len(keep))
    for part in _parts(wave, times, num_steps, keep):
        flows, inverses = _moving_frame(part, W, V)
        frames = Frames(*(
            (frame.a @ flow, wave.hbar * (frame.a @ inverse), frame.b)
            for frame, flow, inverse in zip(part.frames, flows, inverses, strict=True)
        ))  # fmt: skip
        y = GuidedStep(frames, part.step).taken(y)
        W, V = flows[-1], inverses[-1]
        if part.kept:
            kept.append(y @ W.T)
            told(len(kept))
    return BranchingPaths(times, np.stack(kept))


def nelson_branching_paths(
    wave: BranchingWave,
    q0: np.ndarray,
    times: Any,
    num_steps: int,
    rng: np.random.Generator,
    reduced: ReducedBath | None = None,
    bath: OscillatorBath | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> BranchingPaths:
    """Nelson diffusions q'(t) with drift (Re A - Im A) q' + ħ (Re + Im) Σ_j w_j a_j, noise √ħ dW.

    Args:
        wave: BranchingWave; in the reduced bath if that is given.
        q0: start (batch, d), or (batch, 1 + n) with a reduced bath [mass^(1/2)*length].
        times: as for bohm_branching_paths.
        num_steps: steps from 0 to the last time.
        rng: source of randomness.
        reduced: ReducedBath of a bath of n modes, all of which then diffuse.
        bath: that bath.
        progress: as for bohm_branching_paths.

    Returns:
        BranchingPaths.

    Raises:
        ValueError, ValidityError: as for bohm_branching_paths; `reduced` without `bath`; times
            beyond its duration.
    """
    if (reduced is None) != (bath is None):
        raise ValueError("`reduced` and `bath` must be given together.")
    if reduced is not None:
        reduced_start(q0, reduced)
    else:
        require_shape("q0", q0, (None, wave.alpha.size), "(batch, d)")
    require_finite("q0", q0)
    times, keep = _steps(wave, times, num_steps)
    _require_duration(reduced, times)
    q = np.array(q0, dtype=float)
    kept, told = [q] if keep[0] == 0 else [], paced(progress, len(keep))
    # packets that keep their width pull back at one rate, others as they are in the step
    vacuum = np.abs(_stiffness(wave) / wave.alpha**2 - 1.0) < 1e-9
    for part in _parts(wave, times, num_steps, keep):
        frames = Frames(*(_nelson_drift(frame) for frame in part.frames))
        moving = np.where(vacuum, wave.alpha, -np.diag(frames.middle[0]))
        held = moving if bath is None else np.concatenate([moving[:1], bath.frequencies])
        q = DiffusingStep(frames, moving, held, part.step, wave.hbar, rng, reduced).taken(q)
        if part.kept:
            kept.append(q)
            told(len(kept))
    return BranchingPaths(times, np.stack(kept))


def unreduced_paths(paths: BranchingPaths, reduced: ReducedBath, q0: np.ndarray) -> BranchingPaths:
    """Bohm's configurations of all n modes from those of the m that take part.

    The other combinations stay in their vacuum, where q' rests.

    Args:
        paths: runs in the reduced bath, from `reduced_start`.
        reduced: ReducedBath.
        q0: full start (batch, 1 + n) [mass^(1/2)*length].

    Returns:
        BranchingPaths with d = 1 + n.

    Raises:
        ValueError: shapes do not match.
        ValidityError: times beyond the duration of the reduced bath.
    """
    _require_duration(reduced, paths.times)
    E = reduced.embedding
    require_shape("paths.q", paths.q, (None, None, 1 + E.shape[0]), "(num_times, batch, 1 + m)")
    rest = q0[:, 1:] - q0[:, 1:] @ E.T @ E
    q = np.concatenate([paths.q[..., :1], paths.q[..., 1:] @ E + rest], axis=2)
    return BranchingPaths(paths.times, q)


def _require_duration(reduced: ReducedBath | None, times: np.ndarray) -> None:
    if reduced is not None and times[-1] > reduced.duration * (1.0 + 1e-9):
        raise ValidityError(
            f"The reduced bath moves the system alike until t = {reduced.duration:.3g} only, but "
            f"the runs end at {times[-1]:.3g}: reduce the bath for that duration."
        )


def fastest_rate(wave: BranchingWave) -> float:
    """Rate of what turns or breathes fastest, max(λ, α_j, V_jj/α_j) of the bath [1/time].

    A squeezed packet of the variance ħ/2α is narrow or wide for a time of its smaller rate only.

    Args:
        wave: BranchingWave.
    """
    breathing = np.maximum(wave.alpha, _stiffness(wave) / wave.alpha)
    # the body's own packet is narrow for short times only, and the steps are divided then
    return float(max(np.max(wave.modes.frequencies), np.max(breathing[1:], initial=0.0)))


def _stiffness(wave: BranchingWave) -> np.ndarray:
    """V_jj of each coordinate, ω_j² of a bath oscillator (d,)."""
    return wave.modes.vectors**2 @ wave.modes.frequencies**2


def require_resolved(fastest: float, duration: float, num_steps: int) -> None:
    """Raise where the fastest mode or packet turns by more than MOST_RADIANS in a step.

    Raises: ValidityError.
    """
    if duration * fastest > MOST_RADIANS * num_steps:
        raise ValidityError(
            "The fastest mode or packet turns by "
            f"{duration * fastest / num_steps:.3g} rad in a step, more than "
            f"{MOST_RADIANS:g}: use num_steps >= "
            f"{int(np.ceil(duration * fastest / MOST_RADIANS))}."
        )


def _steps(wave: BranchingWave, times: Any, num_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Times, and after how many steps they come."""
    require_count("num_steps", num_steps)
    times = np.atleast_1d(np.asarray(times, float))
    require_finite("times", times)
    step = float(times[-1]) / num_steps if times.size else 0.0
    keep = np.rint(times / step).astype(int) if step > 0.0 else np.zeros(0, int)
    off = step <= 0.0 or times[0] < 0.0 or np.max(np.abs(keep * step - times)) > 1e-9 * times[-1]
    if off or np.any(np.diff(keep) <= 0):
        raise ValueError("`times` must be increasing multiples of the step, the last one positive.")
    require_resolved(fastest_rate(wave), float(times[-1]), num_steps)
    return times, keep


class _Part(NamedTuple):
    """A step of the runs, or a part of one in which the packets keep their widths nearly."""

    step: float
    frames: tuple[Frame, Frame, Frame]
    """At its start, in its middle and at its end"""
    kept: bool
    """Whether the runs are kept at its end"""


def _parts(
    wave: BranchingWave, times: np.ndarray, num_steps: int, keep: np.ndarray
) -> Iterator[_Part]:
    """Steps, halved where a packet that is narrow for a moment changes its width within them."""
    step, last = float(times[-1]) / num_steps, wave.at(0.0)
    for k in range(num_steps):
        first, last = last, wave.at((k + 1) * step)
        *others, end = _halves(wave, first, last, k * step, (k + 1) * step, 0)
        yield from others
        yield end._replace(kept=k + 1 in keep)


def _halves(
    wave: BranchingWave, first: Frame, last: Frame, begin: float, end: float, halvings: int
) -> Iterator[_Part]:
    between = 0.5 * (begin + end)
    middle = wave.at(between)
    rates = [np.diag(frame.A) for frame in (first, middle, last)]
    change = max(float(np.max(np.abs(rate - rates[0]))) for rate in rates[1:])
    if (end - begin) * change <= _MOST_CHANGE:
        yield _Part(end - begin, (first, middle, last), False)
        return
    if halvings == _MOST_HALVINGS:
        raise ValidityError(
            f"A packet changes its width faster than steps resolve, even halved {_MOST_HALVINGS} "
            "times: use wider packets."
        )
    yield from _halves(wave, first, middle, begin, between, halvings + 1)
    yield from _halves(wave, middle, last, between, end, halvings + 1)


def _moving_frame(
    part: _Part, W: np.ndarray, V: np.ndarray
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """W and V = W⁻ᵀ at the start, in the middle and at the end.

    By Runge-Kutta over the step, and by Hermite's cubic in its middle.
    """
    D = [np.ascontiguousarray(frame.A.real) for frame in part.frames]
    found = []
    for start, rates in ((W, D), (V, [-rate for rate in D])):
        end = _runge_kutta(start, rates, part.step)
        bend = 0.125 * part.step * (rates[0] @ start - rates[2] @ end)
        found.append((start, 0.5 * (start + end) + bend, end))
    return found[0], found[1]


def _runge_kutta(W: np.ndarray, D: list[np.ndarray], h: float) -> np.ndarray:
    k1 = D[0] @ W
    k2 = D[1] @ (W + 0.5 * h * k1)
    k3 = D[1] @ (W + 0.5 * h * k2)
    k4 = D[2] @ (W + h * k3)
    return W + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def _nelson_drift(frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Linear drift, slopes and constants."""
    return (frame.A.real - frame.A.imag).T, frame.a, frame.b
