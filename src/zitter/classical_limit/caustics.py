"""Where the single-valued description ends: first caustic, crossed mass, status.

Numbers that are each blind alone are put together. The mass of rays that have passed a focal point
sees a perfect focus, after which there is one stream again; the mass outside of the densest stream
sees two packets that run through each other. Both are followed at times between those asked for, so
that an encounter that is over at the end is not forgotten. On a line the order of the rays tells
who has crossed, at any speed; elsewhere a time is added where two packets come closest.
"""

from typing import NamedTuple

import numpy as np

from zitter.classical_limit._branches import Lattice, branches, folded_cells, interpolated
from zitter.classical_limit._encounters import closest_times, exchanged_mass
from zitter.classical_limit._unseen_force import RAYS, extents, unseen_by_rays
from zitter.classical_limit.hamilton_jacobi import (
    ClassicalState,
    Potential,
    Rays,
    checked_times,
    classical_rays,
    intervals,
)
from zitter.core.checks import ValidityError, require_count
from zitter.wavefunctions._in_time import depends_on_time

OK, IN_TAIL, CAUSTIC = "ok", "caustic-in-tail", "caustic"
TAIL_TOLERANCE = 1e-6
SUPPORT = 1e-24
NUM_STEPS = 40
_MATTERS, _UNRESOLVED = 1e-12, 1e-3
_NUM_BETWEEN = 24
_NUM_ZOOMS = 4
_LARGEST_MISS, _NUM_HALVINGS, MOST_STEPS = 1e-2, 8, 10_000
# Two rays need half a turn, π, from one crossing to the next: samples closer than that see both.
_TURN_BETWEEN = 2.0
# Densities nearer to each other than this are taken as equal: that is how well they are known.
_EQUAL = 2e-3


class Caustic(NamedTuple):
    """The first caustic: where and when neighbouring rays first meet."""

    time: float
    """[time]"""
    place: np.ndarray
    """x (D,) [length]"""
    label: np.ndarray
    """q of the rays that meet, (D,) [length]"""


class CausticSurvey(NamedTuple):
    """What the tangent map says about the times asked for."""

    caustic: Caustic | None
    """first caustic of the rays that carry more than 1e-24 of the largest density, if any"""
    folded_mass: np.ndarray
    """share of ρ on rays that have passed a focal point, (time,) [1]"""
    minority_mass: np.ndarray
    """∫(Σ_b ρ_b - max_b ρ_b), the share outside of the densest stream, (time,) [1]"""
    crossed_mass: np.ndarray
    """largest of both, and of the rays of a line out of order, at any time so far, (time,) [1]"""
    status: tuple[str, ...]
    """"ok", "caustic-in-tail" (crossed mass below the tolerance) or "caustic", (time,)"""


class Sheet(NamedTuple):
    """Rays from a lattice of labels, at the times asked for and between."""

    lattice: Lattice
    rays: Rays
    index: np.ndarray
    num_steps: int

    @property
    def steps_taken(self) -> int:
        """Steps of the longest length that was taken, from the first time to the last."""
        times = np.asarray(self.rays.times)
        longest = max(dt for _, _, dt in intervals(times, self.num_steps))
        return int(np.ceil((times[-1] - times[0]) / longest * (1.0 - 1e-9)))


def caustic_survey(
    state: ClassicalState,
    potential: Potential,
    lattice: Lattice,
    times,
    masses,
    *,
    num_steps: int | None = None,
    tail_tolerance: float = TAIL_TOLERANCE,
) -> tuple[CausticSurvey, Sheet]:
    """Survey and rays of a lattice of labels; see CausticSurvey and classical_rays.

    Without `num_steps` there are as many as the motion needs.

    Raises:
        ValueError: num_steps no whole number above 0, tail_tolerance outside of [0, 1).
        ValidityError: steps too few for the motion or for a U that changes with time, labels too
            few for the folds.
    """
    times = checked_times(times)
    if num_steps is not None:
        require_count("num_steps", num_steps)
    if not (np.isreal(tail_tolerance) and 0.0 <= tail_tolerance < 1.0):
        raise ValueError(f"`tail_tolerance` must lie in [0, 1), but is {tail_tolerance!r}.")
    sheet = _resolved_sheet(state, potential, lattice, times, masses, num_steps)
    _require_resolved_labels(sheet)
    rho = np.asarray(sheet.rays.amplitude) ** 2
    folded = (np.asarray(sheet.rays.focal_points) > 0) @ rho / np.sum(rho)
    minority = _minority_history(sheet)
    crossed = np.maximum.accumulate(np.max([folded, minority, _exchanged(sheet)], axis=0))
    caustic = None
    if np.any(np.isfinite(sheet.rays.focal_time)):
        caustic = _first_caustic(state, potential, sheet, masses, sheet.steps_taken)
    met = [crossed[i] > 0.0 or (caustic and caustic.time <= times[k]) for k, i in _pairs(sheet)]
    status = tuple(
        OK if not m else (IN_TAIL if crossed[i] <= tail_tolerance else CAUSTIC)
        for m, i in zip(met, sheet.index, strict=True)
    )
    at = sheet.index
    return CausticSurvey(caustic, folded[at], minority[at], crossed[at], status), sheet


def minority_mass(lattice: Lattice, X: np.ndarray, J: np.ndarray, amplitude: np.ndarray) -> float:
    """Share of ρ outside of the densest stream, ∫(Σ_b ρ_b - max_b ρ_b) dx / ∫ρ dx [1].

    Summed over labels, ρ dx = ρ₀ dq, so that the infinite density at caustics does no harm.

    Args:
        lattice: labels.
        X: positions (n, D) [length].
        J: tangent map (n, D, D) [1].
        amplitude: R₀ (n,).
    """
    own = _cell_points(lattice)
    found = branches(lattice, X, J, interpolated(lattice, X, own))
    rho = interpolated(lattice, amplitude, found.label) ** 2
    rho = rho / np.abs(np.linalg.det(interpolated(lattice, J, found.label)))
    weight = interpolated(lattice, amplitude, own) ** 2
    here = np.zeros(len(own))
    offset = np.max(np.abs(found.label - own[found.point]) / lattice.spacing, axis=1)
    mine = offset < 1e-3
    here[found.point[mine]] = rho[mine]
    bar = here[found.point]
    earlier = found.label[:, 0] < own[found.point, 0]
    above = ~mine & ((rho > bar * (1.0 + _EQUAL)) | (earlier & (rho >= bar * (1.0 - _EQUAL))))
    outshone = np.bincount(found.point[above], minlength=len(own)) > 0
    return float(np.sum(weight[outshone]) / np.sum(weight))


def _pairs(sheet: Sheet):
    return enumerate(sheet.index)


def _resolved_sheet(state, potential, lattice, times, masses, wanted: int | None) -> Sheet:
    """Rays with steps that resolve them, and with times between that miss no encounter."""

    def drawn(num_steps: int, between: np.ndarray) -> Sheet:
        both = _merged(times, between)
        rays = classical_rays(state, potential, lattice.labels, both, masses, num_steps=num_steps)
        return Sheet(lattice, rays, np.searchsorted(both, times), num_steps)

    between = np.linspace(times[0], times[-1], _NUM_BETWEEN + 1)
    sheet = drawn(NUM_STEPS if wanted is None else wanted, between)
    num_steps = _enough_steps(sheet, wanted)
    total = _turn(sheet) * sheet.steps_taken
    if total > _TURN_BETWEEN * _NUM_BETWEEN:
        count = int(np.ceil(total / _TURN_BETWEEN))
        between = np.linspace(times[0], times[-1], count + 1)
    closest = closest_times(lattice, sheet.rays, masses) if len(lattice.num) > 1 else np.zeros(0)
    if num_steps != sheet.num_steps or len(between) > _NUM_BETWEEN + 1 or len(closest):
        between = _merged(between, closest)
        sheet = drawn(num_steps, between)
        _enough_steps(sheet, num_steps)
    if not depends_on_time(potential, len(lattice.num)):
        return sheet
    for _ in range(_NUM_HALVINGS):
        miss, enough = _unseen(potential, sheet, masses)
        if miss == 0.0:
            return sheet
        if enough <= sheet.steps_taken:
            enough = 2 * sheet.steps_taken
            finer = drawn(enough, between)
            miss = _distance(sheet, finer, masses)
            if miss <= _LARGEST_MISS:
                return sheet
        elif wanted is None and enough <= MOST_STEPS:
            finer = drawn(enough, between)
        if wanted is not None or enough > MOST_STEPS:
            break
        sheet = finer
    raise ValidityError(
        f"Half the step moves rays by {miss:.2g} of their spread: the {sheet.num_steps} steps do "
        "not resolve how U changes with time. Use more steps (num_steps), or a slower U."
    )


def _unseen(potential: Potential, sheet: Sheet, masses: np.ndarray) -> tuple[float, int]:
    """What rays lack in units of their spread or motion, and as many steps as are enough."""
    num_steps = sheet.steps_taken
    first = miss = unseen_by_rays(potential, sheet.rays, masses, RAYS, num_steps)
    while miss > _LARGEST_MISS and num_steps <= MOST_STEPS:
        num_steps *= 2
        miss = unseen_by_rays(potential, sheet.rays, masses, RAYS, num_steps)
    return first, num_steps


def _distance(one: Sheet, other: Sheet, masses: np.ndarray) -> float:
    """How far rays that matter are apart in x, or in p, in units of their spread or motion."""
    rho = np.asarray(one.rays.amplitude) ** 2
    held = rho > _MATTERS * np.max(rho)
    width, speed = extents(one.rays, masses)
    far = np.max(np.abs(np.asarray(one.rays.x) - np.asarray(other.rays.x))[:, held])
    fast = np.max(np.abs((np.asarray(one.rays.p) - np.asarray(other.rays.p)) / masses)[:, held])
    return float(max(far / width, fast / speed))


def _merged(times: np.ndarray, others: np.ndarray) -> np.ndarray:
    gap = np.min(np.abs(others[:, None] - times), axis=1)
    return np.sort(np.concatenate([times, others[gap > 1e-9 * (times[-1] - times[0])]]))


def _turn(sheet: Sheet) -> float:
    """Largest turn in a step of a ray that matters."""
    rho = np.asarray(sheet.rays.amplitude) ** 2
    return float(np.max(np.asarray(sheet.rays.turn)[rho > _MATTERS * np.max(rho)]))


def _enough_steps(sheet: Sheet, wanted: int | None) -> int:
    """Steps in which no ray that matters turns by more than one radian."""
    turn = _turn(sheet)
    if turn <= 1.0:
        return sheet.num_steps
    enough = int(np.ceil(2.0 * turn * sheet.num_steps))
    if wanted is not None:
        raise ValidityError(
            f"Rays turn by up to {turn:.2g} rad in one of the {sheet.num_steps} steps: their "
            f"motion is not resolved. Use num_steps >= {enough}."
        )
    return enough


def _require_resolved_labels(sheet: Sheet) -> None:
    """The tangent map must tell where the next label goes, but for a thousandth of the mass."""
    num = sheet.lattice.num
    rho = np.asarray(sheet.rays.amplitude).reshape(num) ** 2
    X = np.asarray(sheet.rays.x).reshape(-1, *num, len(num))
    J = np.asarray(sheet.rays.J).reshape(-1, *num, len(num), len(num))
    for axis, h in enumerate(sheet.lattice.spacing):
        slope = J[..., axis]
        low, high = np.arange(num[axis] - 1), np.arange(1, num[axis])
        mean = 0.5 * (np.take(slope, low, axis + 1) + np.take(slope, high, axis + 1))
        miss = np.max(np.abs(np.diff(X, axis=axis + 1) / h - mean), axis=-1)
        size = 1.0 + np.max(np.abs(mean), axis=-1)
        blind = (miss > 0.5 * size) * np.take(rho, low, axis)
        share = np.max(np.sum(blind.reshape(len(X), -1), axis=1)) / np.sum(rho)
        if share > _UNRESOLVED:
            raise ValidityError(
                f"The {num} labels do not resolve the rays: for a share {share:.2g} of ρ the "
                "tangent map does not tell where the next label goes. Use more labels or points, "
                "or an earlier last time."
            )


def _exchanged(sheet: Sheet) -> np.ndarray:
    X, R = np.asarray(sheet.rays.x), np.asarray(sheet.rays.amplitude)
    if X.shape[-1] > 1:
        return np.zeros(len(X))
    return np.array([exchanged_mass(x[:, 0], R**2) for x in X])


def _minority_history(sheet: Sheet) -> np.ndarray:
    X, J, R = (np.asarray(part) for part in (sheet.rays.x, sheet.rays.J, sheet.rays.amplitude))
    met = np.any(np.asarray(sheet.rays.focal_points) > 0, axis=1)
    result = np.zeros(len(X))
    for i in range(len(X)):
        if met[i] or folded_cells(sheet.lattice, X[i]):
            result[i] = minority_mass(sheet.lattice, X[i], J[i], R)
    return result


def _cell_points(lattice: Lattice) -> np.ndarray:
    """One label in each cell, inside of one simplex: different shares along each axis."""
    D = len(lattice.num)
    share = 0.5 + 0.1 * (np.arange(D) - 0.5 * (D - 1))
    inner = Lattice(lattice.lower, lattice.spacing, tuple(n - 1 for n in lattice.num))
    return inner.labels + share * lattice.spacing


def _first_caustic(state, potential, sheet: Sheet, masses, num_steps: int) -> Caustic:
    """Earliest focal point over all labels, by lattices that zoom in on it."""
    times = np.asarray(sheet.rays.times)
    ends = [times[0], times[-1]]
    low = sheet.lattice.lower
    high = low + sheet.lattice.spacing * (np.array(sheet.lattice.num) - 1)
    labels, rays, spacing = sheet.lattice.labels, sheet.rays, sheet.lattice.spacing
    label, time = _earliest(labels, rays)
    for _ in range(_NUM_ZOOMS):
        first, last = np.maximum(low, label - spacing), np.minimum(high, label + spacing)
        spacing = (last - first) / (np.array(sheet.lattice.num) - 1)
        labels = Lattice(first, spacing, sheet.lattice.num).labels
        rays = classical_rays(state, potential, labels, ends, masses, num_steps=num_steps)
        if not np.min(rays.focal_time) < time:
            break
        label, time = _earliest(labels, rays)
    labels[0] = label
    rays = classical_rays(state, potential, labels, [ends[0], time], masses, num_steps=num_steps)
    return Caustic(float(time), np.asarray(rays.x[-1, 0]), label)


def _earliest(labels: np.ndarray, rays: Rays) -> tuple[np.ndarray, float]:
    """Label and time of the first focal point; of equal ones that of the largest density."""
    found = np.asarray(rays.focal_time)
    first = np.min(found)
    equal = found <= first + 1e-10 * (rays.times[-1] - rays.times[0])
    best = int(np.argmax(np.where(equal, np.abs(np.asarray(rays.amplitude)), -1.0)))
    return labels[best], float(found[best])
