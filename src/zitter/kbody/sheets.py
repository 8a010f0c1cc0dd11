"""Sheets on a line, exactly: their forces are constant from one crossing to the next."""

from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.kbody._sheet_events import sheets_until
from zitter.kbody.bodies import Bodies, require_positions
from zitter.kbody.direct_sum import coupling_arrays
from zitter.kbody.newton import total_energy


class SheetMotion(NamedTuple):
    """Paths of K sheets."""

    times: np.ndarray
    """(time,) [time]"""
    X: np.ndarray
    """(time, K, 1) [length]"""
    V: np.ndarray
    """(time, K, 1) [length/time]"""
    energy: np.ndarray
    """(time,) [energy]"""
    momentum: np.ndarray
    """(time, 1) [momentum]"""
    num_crossings: int

    @property
    def energy_drift(self) -> float:
        """Largest |E - E(0)| over the times, in units of |E(0)| (of 1 where E(0) = 0)."""
        E = self.energy
        return float(np.max(np.abs(E - E[0])) / (abs(E[0]) or 1.0))


def two_sheet_period(separation: float, total_mass: float, gravitational_constant: float) -> float:
    """Period of two sheets that start at rest, T = 4 √(r₀/(πG(M₁ + M₂))).

    Args:
        separation: r₀ [length].
        total_mass: M₁ + M₂, per unit of area [mass].
        gravitational_constant: G, per unit of area [length/time^2/mass].

    Returns:
        T [time].

    Raises:
        ValueError: a value is not positive.
    """
    for name, value in (("separation", separation), ("total_mass", total_mass),
                        ("gravitational_constant", gravitational_constant)):  # fmt: skip
        require_positive(name, value)
    return 4.0 * float(np.sqrt(separation / (np.pi * gravitational_constant * total_mass)))


def sheet_paths(
    system: Bodies, X0: Any, V0: Any, times: Any, *, most_crossings: int = 10**9
) -> SheetMotion:
    """Paths of K sheets that pass through each other, exact up to round-off, event by event.

    Gravity pulls with 2πG times the mass on the right less that on the left, charges push with
    2πk; both may act. A run that goes on from X[-1], V[-1] is bit-equal to one run.

    Args:
        system: Bodies with the law "sheet", without softening, external fields or period.
        X0: positions at times[0], (K, 1) [length].
        V0: velocities at times[0], (K, 1) [length/time].
        times: output times (time,), rising [time].
        most_crossings: refuse after so many crossings between two output times.

    Returns:
        SheetMotion.

    Raises:
        ValueError: another law; two sheets at one place with equal velocities; shapes.
        ValidityError: more than `most_crossings`.

    Validity: about K² crossings in one crossing time of the whole; for K above some 10⁴ use
        `newton_paths` with its sorted forces.
    """
    if system.law != "sheet" or system.softening or system.external or system.period:
        raise ValueError(
            "`system` must be of sheets without softening, external fields or period; for others "
            "use `newton_paths`."
        )
    X, V = require_positions(system, X0, "X0")[:, 0], require_positions(system, V0, "V0")[:, 0]
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    times = np.array(times, dtype=float)
    if len(times) < 2 or np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must be at least two and rise throughout.")
    require_count("most_crossings", most_crossings)
    _require_different(X, V)
    return _motion(system, X, V, times, most_crossings)


def _require_different(X: np.ndarray, V: np.ndarray) -> None:
    order = np.lexsort((V, X))
    same = (np.diff(X[order]) == 0.0) & (np.diff(V[order]) == 0.0)
    if np.any(same):
        n = int(np.argmax(same))
        i, j = sorted((int(order[n]), int(order[n + 1])))
        raise ValueError(
            f"`X0` must not put two sheets at one place with one velocity, but sheets {i} and {j} "
            f"are both at {X[i]:g}."
        )


def _motion(
    system: Bodies, X: np.ndarray, V: np.ndarray, times: np.ndarray, most: int
) -> SheetMotion:
    gm, kq, beta, _ = coupling_arrays(system)
    path = np.empty((2, len(times), len(X), 1))
    path[0, 0, :, 0], path[1, 0, :, 0] = X, V
    total = 0
    for n in range(1, len(times)):
        order = np.lexsort((V, X))
        count = sheets_until(times[n - 1], times[n], order, X, V, gm, kq, beta, most)
        if count < 0:
            raise ValidityError(
                f"More than {most} crossings before t = {times[n]:g}. Use `newton_paths`, ask for "
                "a shorter time, or allow more by `most_crossings`."
            )
        total += count
        path[0, n, :, 0], path[1, n, :, 0] = X, V
    energies = [total_energy(system, x, v) for x, v in zip(*path, strict=True)]
    momentum = np.einsum("i,tia->ta", system.masses, path[1])
    return SheetMotion(times, *path, np.array(energies), momentum, total)
