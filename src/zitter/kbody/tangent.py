"""Tangent map of K bodies: how their paths depend on where and how fast they start.

It carries the packets that ride on the bodies. The action of each body is gathered along the way.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import ValidityError, require_positive
from zitter.kbody.bodies import Bodies
from zitter.kbody.direct_sum import LAW_NUMBERS, coupling_arrays, mutual_energies, padded
from zitter.kbody.integrators import advance_with_tangents, composition
from zitter.kbody.newton import newton_start

MOST_BYTES = 2e8
# Of the energy, in units of its kinetic and potential parts.
LARGEST_DRIFT = 1e-3


class TangentMap(NamedTuple):
    """Paths of K bodies, n = K D coordinates in all, with their derivatives and actions."""

    times: np.ndarray
    """(time,) [time]"""
    masses: np.ndarray
    """(K,) [mass]"""
    X: np.ndarray
    """(time, K, D) [length]"""
    P: np.ndarray
    """momenta (time, K, D) [momentum]"""
    x_by_x: np.ndarray
    """∂x(t)/∂x(0), (time, n, n) [1]"""
    x_by_p: np.ndarray
    """∂x(t)/∂p(0), (time, n, n) [time/mass]"""
    p_by_x: np.ndarray
    """∂p(t)/∂x(0), (time, n, n) [mass/time]"""
    p_by_p: np.ndarray
    """∂p(t)/∂p(0), (time, n, n) [1]"""
    kinetic_action: np.ndarray
    """∫ (pⁱ)²/2Mⁱ dt of each body (time, K) [action]"""
    mutual_action: np.ndarray
    """∫ Vⁱ dt of the energy of each body with all others (time, K) [action]"""
    energy: np.ndarray
    """of all bodies (time,) [energy]"""


def tangent_map(
    system: Bodies, X0: Any, V0: Any, times: Any, *, time_step: float, method: str = "yoshida6"
) -> TangentMap:
    """Tangent map ∂(x, p)(t)/∂(x, p)(0) of K bodies along their paths, by a symplectic scheme.

    Args:
        system: Bodies without external fields.
        X0: positions at times[0], (K, D) [length].
        V0: velocities at times[0], (K, D) [length/time].
        times: output times (time,), rising or falling [time].
        time_step: longest step [time].
        method: "leapfrog", "yoshida4" or "yoshida6".

    Returns:
        TangentMap.

    Raises:
        ValueError: as for newton_paths; external fields; matrices that would need too much memory.
        ValidityError: a path is no longer finite, or its energy drifts, by steps too long for an
            encounter.
    """
    return _tangent_map(system, X0, V0, times, time_step, method, alone=False)


def product_tangent_map(
    system: Bodies, X0: Any, V0: Any, times: Any, *, time_step: float, method: str = "yoshida6"
) -> TangentMap:
    """Tangent map that the product form (97) assumes: each body in the field of fixed paths.

    Every packet feels the tide of the others' actual positions, which it does not move:
    ∂xⁱ(t)/∂x^j(0) = 0 for j ≠ i.

    Arguments, result and errors as for tangent_map.
    """
    return _tangent_map(system, X0, V0, times, time_step, method, alone=True)


def _tangent_map(system, X0, V0, times, time_step, method, alone) -> TangentMap:
    if system.external or system.period:
        raise ValueError("`system` must have no external field or period for a tangent map.")
    times, X, V = newton_start(system, X0, V0, times)
    require_positive("time_step", time_step)
    K, D = X.shape
    n = K * D
    _require_memory(K, D, len(times))
    scheme = composition(method)
    x, v, dX, dV = padded(X), padded(V), np.zeros((2 * n, 3, K)), np.zeros((2 * n, 3, K))
    for column in range(n):
        i, a = divmod(column, D)
        dX[column, a, i] = 1.0
        dV[n + column, a, i] = 1.0 / system.masses[i]
    kinetic, mutual = np.zeros(K), np.zeros(K)
    frames = [_frame(system, x, v, dX, dV, kinetic, mutual)]
    energies = [_energies(system, X, V)]
    arrays = (LAW_NUMBERS[system.law], *coupling_arrays(system))
    for before, now in pairwise(times):
        num_steps = max(1, int(np.ceil(abs(now - before) / time_step * (1.0 - 1e-12))))
        advance_with_tangents(
            *arrays, x, v, dX, dV, kinetic, mutual, system.masses, alone, D,
            (now - before) / num_steps, num_steps, *scheme,
        )  # fmt: skip
        if not (np.all(np.isfinite(x)) and np.all(np.isfinite(dX))):
            raise ValidityError(f"A path is no longer finite at t = {now:g}. Use a shorter step.")
        frames.append(_frame(system, x, v, dX, dV, kinetic, mutual))
        energies.append(_energies(system, x[:D].T, v[:D].T))
        _require_conserved(np.array(energies), float(now))
    rows = map(np.array, zip(*frames, strict=True))
    return TangentMap(times, system.masses, *rows, np.sum(energies, axis=1))


def _energies(system: Bodies, X: np.ndarray, V: np.ndarray) -> tuple[float, float]:
    """Kinetic and potential energy."""
    kinetic = 0.5 * float(np.sum(system.masses[:, None] * V**2))
    return kinetic, 0.5 * float(np.sum(mutual_energies(system, X)))


def _require_conserved(energies: np.ndarray, t: float) -> None:
    """Raise where the sum of energies (time, 2) drifts. Raises: ValidityError."""
    total, size = energies.sum(axis=1), np.abs(energies).sum(axis=1).max()
    drift = abs(total[-1] - total[0])
    if drift > LARGEST_DRIFT * size:
        raise ValidityError(
            f"The energy has drifted by {drift / size:.2g} of its parts at t = {t:g}: the steps do "
            "not resolve an encounter. Use a shorter step, or a softening."
        )


def _require_memory(K: int, D: int, num_times: int) -> None:
    size = 8.0 * (K * D) ** 2 * (4 * num_times + 6)
    if size > MOST_BYTES:
        raise ValueError(
            f"`X0` has {K} bodies, for which the tangent map takes {size / 1e9:.3g} GB, K² for "
            f"each time; at most {MOST_BYTES / 1e9:g} GB are taken. Use fewer bodies or times."
        )


def _frame(system, x, v, dX, dV, kinetic, mutual) -> tuple[np.ndarray, ...]:
    K, D = system.num_bodies, system.num_space
    n, m = K * D, np.repeat(system.masses, D)

    def rows(columns: np.ndarray) -> np.ndarray:
        """(columns, 3, K) as (n, columns), coordinates ordered body by body."""
        return columns[:, :D].transpose(2, 1, 0).reshape(n, 2 * n).copy()

    by_x, by_p = rows(dX), m[:, None] * rows(dV)
    return (
        x[:D].T.copy(),
        system.masses[:, None] * v[:D].T,
        by_x[:, :n],
        by_x[:, n:],
        by_p[:, :n],
        by_p[:, n:],
        kinetic.copy(),
        mutual.copy(),
    )
