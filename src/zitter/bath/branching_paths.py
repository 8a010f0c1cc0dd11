"""Bohm and Nelson trajectories of the full configuration of a system and its bath.

Bohm: q' = W(t) y with W' = (Re A) W takes the smooth part of the flow exactly, and y moves only by
the interference of the packets: O(n) a step. Nelson: the diagonal of the drift in the middle of a
step is an Ornstein-Uhlenbeck process, taken exactly; the rest by the midpoint rule between two
halves of it.
"""

from typing import Any, NamedTuple

import numpy as np

from zitter.bath.branching_wave import BranchingWave, ReducedBath, reduced_start
from zitter.bath.discretisation import OscillatorBath
from zitter.bath.interference import DiffusingStep, Frames, GuidedStep
from zitter.core.checks import ValidityError, require_count, require_finite, require_shape

MOST_RADIANS = 1.0
"""Largest phase that the fastest mode or packet may turn by in one step."""


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
    wave: BranchingWave, q0: np.ndarray, times: Any, num_steps: int
) -> BranchingPaths:
    """Bohm trajectories q'(t), dq'/dt = (Re A) q' + ħ Im Σ_j w_j a_j, by Runge-Kutta of 4th order.

    Args:
        wave: BranchingWave.
        q0: start (batch, d) [mass^(1/2)*length].
        times: when to keep the configuration, multiples of the step, increasing [time].
        num_steps: steps from 0 to the last time.

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
    times, step, keep = _steps(wave, times, num_steps)
    flows, slopes, pushes, constants = _moving_frame(wave, step, num_steps)
    y = _integrate(np.array(q0, float), slopes, wave.hbar * pushes, constants, step, keep)
    return BranchingPaths(times, np.stack([y[i] @ flows[k].T for i, k in enumerate(keep)]))


def nelson_branching_paths(
    wave: BranchingWave,
    q0: np.ndarray,
    times: Any,
    num_steps: int,
    rng: np.random.Generator,
    reduced: ReducedBath | None = None,
    bath: OscillatorBath | None = None,
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
    times, step, keep = _steps(wave, times, num_steps)
    _require_duration(reduced, times)
    q = np.array(q0, dtype=float)
    kept = [q.copy()] if keep[0] == 0 else []
    # packets that keep their width pull back at one rate, others as they are in the step
    vacuum = np.abs(_stiffness(wave) / wave.alpha**2 - 1.0) < 1e-9
    first = _nelson_drift(wave, 0.0)
    for k in range(num_steps):
        middle, last = (_nelson_drift(wave, (k + part) * step) for part in (0.5, 1.0))
        frames = Frames(first, middle, last)
        moving = np.where(vacuum, wave.alpha, -np.diag(middle[0]))
        held = moving if bath is None else np.concatenate([moving[:1], bath.frequencies])
        q = DiffusingStep(frames, moving, held, step, wave.hbar, rng, reduced).taken(q)
        first = last
        if k + 1 in keep:
            kept.append(q.copy())
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
    # the body's own packet is narrow for a short time only
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


def _steps(wave: BranchingWave, times: Any, num_steps: int) -> tuple[np.ndarray, float, np.ndarray]:
    require_count("num_steps", num_steps)
    times = np.atleast_1d(np.asarray(times, float))
    require_finite("times", times)
    step = float(times[-1]) / num_steps if times.size else 0.0
    keep = np.rint(times / step).astype(int) if step > 0.0 else np.zeros(0, int)
    off = step <= 0.0 or times[0] < 0.0 or np.max(np.abs(keep * step - times)) > 1e-9 * times[-1]
    if off or np.any(np.diff(keep) <= 0):
        raise ValueError("`times` must be increasing multiples of the step, the last one positive.")
    require_resolved(fastest_rate(wave), float(times[-1]), num_steps)
    return times, step, keep


def _moving_frame(
    wave: BranchingWave, step: float, num_steps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """W at the steps; Wᵀa_j, W⁻¹a_j and b_j at the half steps.

    W and W⁻ᵀ by Runge-Kutta over a step, and by Hermite's cubic between.
    """
    d, num_packets = wave.alpha.size, wave.logarithms.size
    W, V = np.eye(d), np.eye(d)
    flows = np.empty((num_steps + 1, d, d))
    slopes, pushes = (np.empty((2 * num_steps + 1, num_packets, d), complex) for _ in range(2))
    constants = np.empty((2 * num_steps + 1, num_packets), complex)

    def store(i: int, frame, W: np.ndarray, V: np.ndarray) -> None:
        slopes[i], pushes[i], constants[i] = frame.a @ W, frame.a @ V, frame.b

    frame = wave.at(0.0)
    flows[0] = W
    store(0, frame, W, V)
    for k in range(num_steps):
        middle, end = wave.at((k + 0.5) * step), wave.at((k + 1) * step)
        D = [np.ascontiguousarray(f.A.real) for f in (frame, middle, end)]
        W_new = _runge_kutta(W, D, step)
        V_new = _runge_kutta(V, [-part for part in D], step)
        half = [
            0.5 * (old + new) + 0.125 * sign * step * (D[0] @ old - D[2] @ new)
            for old, new, sign in ((W, W_new, 1.0), (V, V_new, -1.0))
        ]
        store(2 * k + 1, middle, *half)
        frame, W, V = end, W_new, V_new
        store(2 * k + 2, frame, W, V)
        flows[k + 1] = W
    return flows, slopes, pushes, constants


def _runge_kutta(W: np.ndarray, D: list[np.ndarray], h: float) -> np.ndarray:
    k1 = D[0] @ W
    k2 = D[1] @ (W + 0.5 * h * k1)
    k3 = D[1] @ (W + 0.5 * h * k2)
    k4 = D[2] @ (W + h * k3)
    return W + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def _integrate(
    y: np.ndarray,
    slopes: np.ndarray,
    pushes: np.ndarray,
    constants: np.ndarray,
    step: float,
    keep: np.ndarray,
) -> list[np.ndarray]:
    """Runge-Kutta of 4th order of the interference in the moving frame; y at the kept steps."""
    kept = [y] if keep[0] == 0 else []
    for k in range(int(keep[-1])):
        here = slice(2 * k, 2 * k + 3)
        frames = Frames(*zip(slopes[here], pushes[here], constants[here], strict=True))
        y = GuidedStep(frames, step).taken(y)
        if k + 1 in keep:
            kept.append(y)
    return kept


def _nelson_drift(wave: BranchingWave, t: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Linear drift, slopes and constants, at a time."""
    frame = wave.at(t)
    return (frame.A.real - frame.A.imag).T, frame.a, frame.b
