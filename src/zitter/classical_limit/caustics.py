"""Where the single-valued description ends: first caustic, crossed mass, status.

Three numbers that are each blind alone are put together. The mass of rays that have passed a focal
point sees a perfect focus, after which there is one stream again; the mass outside of the densest
stream sees two packets that run through each other; and both are followed at times between those
asked for, so that an encounter that is over at the end is not forgotten.
"""

from typing import NamedTuple

import numpy as np

from zitter.classical_limit._branches import Lattice, branches, folded_cells, interpolated
from zitter.classical_limit.hamilton_jacobi import (
    ClassicalState,
    Potential,
    Rays,
    checked_times,
    classical_rays,
)
from zitter.core.checks import ValidityError

OK, IN_TAIL, CAUSTIC = "ok", "caustic-in-tail", "caustic"
TAIL_TOLERANCE = 1e-6
SUPPORT = 1e-24
NUM_STEPS = 40
_MATTERS, _UNRESOLVED = 1e-12, 1e-3
_NUM_BETWEEN = 24
_NUM_ZOOMS = 4
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
    """largest of both at any time so far, (time,) [1]"""
    status: tuple[str, ...]
    """"ok", "caustic-in-tail" (crossed mass below the tolerance) or "caustic", (time,)"""


class Sheet(NamedTuple):
    """Rays from a lattice of labels, at the times asked for and between."""

    lattice: Lattice
    rays: Rays
    index: np.ndarray
    num_steps: int


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
        ValidityError: steps too few for the motion, labels too few for its folds.
    """
    times = checked_times(times)
    sheet = _sheet(state, potential, lattice, times, masses, num_steps or NUM_STEPS)
    num_steps = _enough_steps(sheet, num_steps)
    if num_steps > NUM_STEPS and sheet.num_steps != num_steps:
        sheet = _sheet(state, potential, lattice, times, masses, num_steps)
        _enough_steps(sheet, num_steps)
    _require_resolved_labels(sheet)
    rho = np.asarray(sheet.rays.amplitude) ** 2
    folded = (np.asarray(sheet.rays.focal_points) > 0) @ rho / np.sum(rho)
    minority = _minority_history(sheet)
    crossed = np.maximum.accumulate(np.maximum(folded, minority))
    caustic = None
    if np.any(np.isfinite(sheet.rays.focal_time)):
        caustic = _first_caustic(state, potential, sheet, masses, num_steps)
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


def _sheet(state, potential, lattice, times, masses, num_steps) -> Sheet:
    between = np.linspace(times[0], times[-1], _NUM_BETWEEN + 1)
    gap = np.min(np.abs(between[:, None] - times), axis=1)
    both = np.sort(np.concatenate([times, between[gap > 1e-9 * (times[-1] - times[0])]]))
    rays = classical_rays(state, potential, lattice.labels, both, masses, num_steps=num_steps)
    return Sheet(lattice, rays, np.searchsorted(both, times), num_steps)


def _enough_steps(sheet: Sheet, wanted: int | None) -> int:
    """Steps in which no ray that matters turns by more than one radian."""
    rho = np.asarray(sheet.rays.amplitude) ** 2
    turn = float(np.max(np.asarray(sheet.rays.turn)[rho > _MATTERS * np.max(rho)]))
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
