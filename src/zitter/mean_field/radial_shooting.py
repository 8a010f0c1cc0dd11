"""Stationary states of the Schroedinger-Newton equation by shooting: the second road.

With E - Φ = V every state is a solution of u″ = -2 V u, (r V)″ = -u²/r (ħ = m = κ = 1) that
starts as u = r, V = V₀ at r = 0; only for certain V₀ does u vanish far out. There V = E + N/r,
and the scaling u → λ²u(λr), N = 1 gives the state of norm 1.
"""

from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp

from zitter.core.checks import ValidityError, require_count, require_numbers, require_positive

__all__ = ["ShootingState", "shooting_state"]

# V₀ of all states with at most 8 nodes lies in between.
_BRACKET = (0.3, 1.2)
_FARTHEST = 400.0


class ShootingState(NamedTuple):
    """Eigenvalue and amplitude at the centre of a stationary state of norm 1."""

    eigenvalue: float
    """E [energy]"""
    central_amplitude: float
    """ψ(0) [1/length^(3/2)]"""
    defect: float
    """u where it is smallest before it diverges, in units of its largest [1]"""


def shooting_state(
    num_nodes: int = 0, mass: float = 1.0, hbar: float = 1.0, coupling: float = 1.0
) -> ShootingState:
    """Eigenvalue of the spherical Schroedinger-Newton state with `num_nodes` nodes, by bisection.

    Args:
        num_nodes: nodes of ψ(r) for r > 0.
        mass: m [mass].
        hbar: [mass*length^2/time].
        coupling: κ = G m² [energy*length].

    Returns:
        ShootingState.

    Raises:
        ValueError: bad arguments.
        ValidityError: a shot that does not end.

    Validity: attractive self-interaction without external potential; eight nodes and fewer.
    """
    require_count("num_nodes", num_nodes, 0, 8)
    require_numbers(mass=mass, hbar=hbar, coupling=coupling)
    for name, value in (("mass", mass), ("hbar", hbar), ("coupling", coupling)):
        require_positive(name, value)
    low, high = _BRACKET
    while low < (middle := 0.5 * (low + high)) < high:
        if _shot(middle).num_nodes > num_nodes:
            high = middle
        else:
            low = middle
    end = _shot(low)
    charge = end.w - end.r * end.slope
    length, energy = hbar**2 / (mass * coupling), mass * coupling**2 / hbar**2
    return ShootingState(
        eigenvalue=float(energy * end.slope / charge**2),
        central_amplitude=float(charge**-2.0 / np.sqrt(4.0 * np.pi * length**3)),
        defect=float(abs(end.u) / end.largest),
    )


class _Shot(NamedTuple):
    """Where a shot turns away from zero for good."""

    num_nodes: int
    r: float
    u: float
    w: float
    slope: float
    largest: float


def _shot(central: float) -> _Shot:
    """From r = 0 with V₀ = `central` to where u leaves zero in the forbidden region, V < 0."""

    def rates(r: float, y: np.ndarray) -> tuple[float, ...]:
        u, du, w, dw = y
        return (du, 0.0, dw, 0.0) if r == 0.0 else (du, -2.0 * w / r * u, dw, -u * u / r)

    def leaving(r: float, y: np.ndarray) -> float:
        return y[0] * y[1] if y[2] < 0.0 else -1.0

    leaving.terminal, leaving.direction = True, 1.0
    start = [0.0, 1.0, 0.0, central]
    path = solve_ivp(
        rates, (0.0, _FARTHEST), start, "DOP853", events=leaving, rtol=1e-13, atol=1e-14
    )
    if path.status != 1:
        raise ValidityError(f"A shot with V₀ = {central:g} does not end before {_FARTHEST:g}.")
    u, _, w, slope = path.y_events[0][0]
    inner = path.y[0][1:-1]
    signs = np.sign(inner)
    crossings = int(np.sum(signs[1:] != signs[:-1]))
    # A shot that crosses zero at its end has one node more than the steps before it show.
    crossings += int(abs(u) < 1e-12 * abs(inner[-1]) or np.sign(u) != signs[-1])
    return _Shot(crossings, path.t_events[0][0], u, w, slope, float(np.max(np.abs(inner))))
