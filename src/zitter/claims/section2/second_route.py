"""The second route to the sums over particles: differences of the joint ln R."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from zitter.claims.section2.densities import HALF_DISTANCE, two_hump_density
from zitter.claims.section2.product_forces import forces_at

_NUM_PARTICLES, _NUM_RUNS, _STEP = 5, 4, 0.04
_FIRST = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0.0, 4 / 5, -1 / 5, 4 / 105, -1 / 280])
_SECOND = np.array([-1 / 560, 8 / 315, -1 / 5, 8 / 5, -205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560])

_Field = Callable[[np.ndarray], np.ndarray]


def second_route(seed: int) -> xr.DataArray:
    """Largest relative difference of the two routes, for Q_cm, u_cm, F_cm and F_rel.

    Five particles in the two-hump state: sums of l, l', l'' on one side; on the other, eighth-order
    differences of the joint ln R, along the centre of mass and along each particle, from which
    Q_cm, Q and then the forces -∂_cm Q_cm, -∂_cm (Q - Q_cm) follow.
    """
    x = two_hump_density().sample(np.random.default_rng(seed), (_NUM_RUNS, _NUM_PARTICLES))
    sums = forces_at(two_hump_density(), x)
    along = np.ones(_NUM_PARTICLES)
    differences = {
        "Q_cm": _quantum_potential_cm(x),
        "u_cm": _difference(_log_amplitude, x, along, _FIRST, 1) / _NUM_PARTICLES,
        "F_cm": -_difference(_quantum_potential_cm, x, along, _FIRST, 1),
        "F_rel": -_difference(_quantum_potential_rel, x, along, _FIRST, 1),
    }
    worst = []
    for name, values in differences.items():
        here = getattr(sums, name)
        worst.append(np.max(np.abs(values - here)) / np.max(np.abs(here)))
    return xr.DataArray(worst, {"quantity": list(differences)}, "quantity", attrs={"unit": "1"})


def _log_amplitude(x: np.ndarray) -> np.ndarray:
    """ln R of all particles at x (runs, N)."""
    a = HALF_DISTANCE
    return np.sum(np.logaddexp(-0.25 * (x - a) ** 2, -0.25 * (x + a) ** 2), axis=1)


def _difference(
    f: _Field, x: np.ndarray, direction: np.ndarray, stencil: np.ndarray, order: int
) -> np.ndarray:
    shifts = _STEP * np.arange(-4, 5)
    values = [c * f(x + shift * direction) for c, shift in zip(stencil, shifts, strict=True) if c]
    return np.sum(values, axis=0) / _STEP**order


def _quantum_potential(x: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """-(∂² ln R + (∂ ln R)²)/2 along one direction."""
    slope = _difference(_log_amplitude, x, direction, _FIRST, 1)
    return -0.5 * (_difference(_log_amplitude, x, direction, _SECOND, 2) + slope**2)


def _quantum_potential_cm(x: np.ndarray) -> np.ndarray:
    return _quantum_potential(x, np.ones(_NUM_PARTICLES)) / _NUM_PARTICLES


def _quantum_potential_rel(x: np.ndarray) -> np.ndarray:
    total = sum(_quantum_potential(x, direction) for direction in np.eye(_NUM_PARTICLES))
    return total - _quantum_potential_cm(x)
