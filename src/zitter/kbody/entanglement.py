"""Two bodies in full quantum mechanics: how far they stay a product.

Two equal packets at rest, Vᵢₙₜ(r): with q = (x₁ - x₂)/√2 and Q = (x₁ + x₂)/√2 the wavefunction is
a product of a free packet of Q and of χ(q), which is followed on a grid that rides on the classical
path of q: what is left of the potential there begins with its curvature, the tide.
"""

from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp

from zitter.core.checks import ValidityError, require_count, require_finite, require_positive
from zitter.kbody.bodies import Bodies
from zitter.kbody.sheets import sheet_paths

WIDTHS_IN_BOX, MOST_POINTS = 7.0, 4096
# Largest error by the steps, of the loss of purity, and what is round-off of a product.
STEP_ERROR, ROUND_OFF = 0.01, 1e-8
# Distance in widths within which packets touch.
TOUCH = 5.0


class PairState(NamedTuple):
    """Two bodies at one time."""

    separation: float
    """of the classical bodies [length]"""
    width: float
    """standard deviation of x₁ [length]"""
    purity: float
    """of one body, 1 for a product [1]"""
    correlation: float
    """of x₁ and x₂ [1]"""
    total_variation: float
    """distance of |ψ|² from the product of its marginals, 0 to 1 [1]"""


class _Path(NamedTuple):
    """Classical path of r, fine in time, and the linear spreading of q along it."""

    times: np.ndarray
    r: np.ndarray
    middles: np.ndarray
    c: np.ndarray
    c_dot: np.ndarray


def quantum_pair(
    system: Bodies,
    separation: float,
    width: float,
    time: float,
    *,
    hbar: float = 1.0,
    num_steps: int = 200,
    num_points: int | None = None,
) -> PairState:
    """Two equal packets at rest under their mutual force, exactly, by split steps (order 2).

    Args:
        system: two Bodies of equal mass, without external fields; on a line, or law "point".
        separation: r₀ [length].
        width: σ of each body [length].
        time: t [time].
        hbar: [mass*length^2/time].
        num_steps: time steps.
        num_points: points of the grid, a power of two; by default what the packet needs.

    Returns:
        PairState.

    Raises:
        ValueError: other bodies, values that are not positive.
        ValidityError: the packets reach r = 0 of an unsoftened 1/r, need too fine a grid, or more
            points than `num_points`; a loss of purity that half or twice the steps change too
            much; packets that pass each other's core or kink in less than a step.
    """
    require_count("num_steps", num_steps, 2)
    half, path, twice = (
        _classical_path(system, separation, width, time, hbar, n)
        for n in (num_steps // 2, num_steps, 2 * num_steps)
    )
    mass = float(system.masses[0])
    spread = width * np.sqrt(1.0 + (0.5 * hbar * path.times / (mass * width**2)) ** 2)
    half_box = WIDTHS_IN_BOX * max(np.max(width * np.abs(path.c)), np.max(spread))
    slowest = mass * max(np.max(width * np.abs(path.c_dot)), 0.5 * hbar / (mass * width))
    needed = 2.0 * half_box * WIDTHS_IN_BOX * slowest / (np.pi * hbar)
    num = _points(needed, num_points)
    _require_distance(system, path, half_box)
    _require_seen(path, width, num_steps)
    state, *beside = (
        _measured(
            *_evolve(system, p, mass, width, hbar, half_box, num),
            float(path.r[-1]), mass, width, hbar, time,
        )
        for p in (path, half, twice)
    )  # fmt: skip
    _require_steps(state.purity, [b.purity for b in beside], num_steps)
    return state


def _points(needed: float, num_points: int | None) -> int:
    if needed > MOST_POINTS:
        raise ValidityError(
            f"The packet needs {needed:.3g} points of the grid, more than {MOST_POINTS}. Use less "
            "time, a larger ħ, or a width that spreads less."
        )
    if num_points is None:
        return max(256, 1 << int(np.ceil(np.log2(needed))))
    require_count("num_points", num_points, 8, MOST_POINTS)
    if num_points < needed:
        raise ValidityError(
            f"`num_points` must be at least {int(np.ceil(needed))} for this packet, but is "
            f"{num_points}. Leave it out to have what the packet needs."
        )
    return num_points


def _require_steps(purity: float, beside: list[float], num_steps: int) -> None:
    """Raise where the error by steps of order 2, from half and twice, is no small part of 1 - P."""
    rough, fine = beside
    error = max(
        abs(purity - rough) / ((num_steps / (num_steps // 2)) ** 2 - 1.0),
        abs(purity - fine) / 0.75,
    )
    if error > STEP_ERROR * (1.0 - purity) + ROUND_OFF:
        raise ValidityError(
            f"`num_steps` must be larger than {num_steps}: the loss of purity is {1.0 - purity:.3g}"
            f", of which the steps change {error:.2g}."
        )


def _require_seen(path: _Path, width: float, num_steps: int) -> None:
    """Raise where packets that touch move on by more than their width in a step."""
    r, reach = path.r, np.sqrt(2.0) * width * np.abs(path.c[1:])
    moved = np.abs(np.diff(r))
    # Ends of opposite sign are less apart from 0, together, than they have moved.
    nearest = 0.5 * (np.abs(r[1:] + r[:-1]) - moved)
    blind = (nearest < TOUCH * reach) & (moved > reach)
    if np.any(blind):
        n = int(np.argmax(blind))
        raise ValidityError(
            f"`num_steps` must be larger than {num_steps}: the packets meet, and move by "
            f"{moved[n]:.3g} in one step, more than their width {reach[n]:.3g}."
        )


def gaussian_pair(
    system: Bodies,
    separation: float,
    width: float,
    time: float,
    *,
    hbar: float = 1.0,
    num_steps: int = 2000,
) -> PairState:
    """The same pair in linearised forces: Gaussians, purity ħ/(2√det C₁).

    The covariances of the two modes give that of one body, C₁ = (C_Q + C_q)/2, and the
    correlation, from (C_Q - C_q)/2. The distance from a product is that of the Gaussians, by
    quadrature.

    Arguments, result and errors as for quantum_pair.
    """
    require_count("num_steps", num_steps, 2)
    path = _classical_path(system, separation, width, time, hbar, num_steps)
    mass = float(system.masses[0])
    rate = 0.5j * hbar / (mass * width**2)
    modes = [
        width**2
        * np.array([
            [abs(c) ** 2, mass * np.real(np.conj(c) * v)],
            [mass * np.real(np.conj(c) * v), mass**2 * abs(v) ** 2],
        ])
        for c, v in ((1.0 + rate * time, rate), (path.c[-1], path.c_dot[-1]))
    ]  # fmt: skip
    own, cross = 0.5 * (modes[0] + modes[1]), 0.5 * (modes[0] - modes[1])
    correlation = float(cross[0, 0] / own[0, 0])
    return PairState(
        float(path.r[-1]),
        float(np.sqrt(own[0, 0])),
        float(0.5 * hbar / np.sqrt(np.linalg.det(own))),
        correlation,
        _gaussian_total_variation(correlation),
    )


def purity_loss(
    mass: float, coupling: float, separation: float, width: float, time: float, hbar: float = 1.0
) -> float:
    """Loss of purity of one of two bodies, 1 - P = 2θ⁴ (1/β² + 1/3 + β²/9), to lowest order in θ.

    θ² = G M t²/r³ is the tide and β = ħt/(2Mσ²) the spreading: with a width that spreads by itself
    in the time t, β = O(1), the loss does not depend on ħ.

    Args:
        mass: M of each body [mass].
        coupling: G M² - k q², positive or negative [energy*length].
        separation: r [length].
        width: σ of each body [length].
        time: t [time].
        hbar: [mass*length^2/time].

    Returns:
        1 - P [1].

    Raises:
        ValueError: a value is not positive; `coupling` is not finite.

    Validity: θ ≪ 1, σ ≪ r, law "point".
    """
    for name, value in (("mass", mass), ("separation", separation), ("width", width),
                        ("time", time), ("hbar", hbar)):  # fmt: skip
        require_positive(name, value)
    require_finite("coupling", coupling)
    theta_4 = (coupling * time**2 / (mass * separation**3)) ** 2
    beta_2 = (0.5 * hbar * time / (mass * width**2)) ** 2
    return float(2.0 * theta_4 * (1.0 / beta_2 + 1.0 / 3.0 + beta_2 / 9.0))


def _coupling(system: Bodies) -> float:
    m, q = system.masses, system.charges
    gravity = system.gravitational_constant * m[0] * m[1]
    return float(gravity - system.coulomb_constant * q[0] * q[1])


def _potential(system: Bodies, r: np.ndarray, order: int) -> np.ndarray:
    """V(r) or one of its first two derivatives."""
    c, d = _coupling(system), np.sqrt(r**2 + system.softening**2)
    if system.law == "sheet":
        kink = np.sign(r) if system.softening == 0.0 else r / d
        bend = 0.0 * r if system.softening == 0.0 else system.softening**2 / d**3
        return 2.0 * np.pi * c * (d, kink, bend)[order]
    if system.law == "rod":
        return 2.0 * c * (np.log(d), r / d**2, 1.0 / d**2 - 2.0 * r**2 / d**4)[order]
    return c * (-1.0 / d, r / d**3, 1.0 / d**3 - 3.0 * r**2 / d**5)[order]


def _classical_path(system, separation, width, time, hbar, num_steps) -> _Path:
    for name, value in (("separation", separation), ("width", width), ("time", time),
                        ("hbar", hbar)):  # fmt: skip
        require_positive(name, value)
    if (
        system.num_bodies != 2
        or system.masses[0] != system.masses[1]
        or system.external
        or system.period
    ):
        raise ValueError("`system` must be two bodies of equal mass without external fields.")
    times, mass = np.linspace(0.0, time, 2 * num_steps + 1), float(system.masses[0])
    r = _distances(system, separation, times)
    mode = _linear_mode(
        -2.0 * _potential(system, r, 2) / mass, times[2], 0.5j * hbar / (mass * width**2)
    )
    return _Path(times[::2], r[::2], r[1::2], *mode)


def _distances(system: Bodies, separation: float, times: np.ndarray) -> np.ndarray:
    """r of two bodies that start at rest."""
    if system.law == "sheet" and system.softening == 0.0:
        X0 = 0.5 * separation * np.array([[1.0], [-1.0]])
        X = sheet_paths(system, X0, 0.0 * X0, times).X
        return X[:, 0, 0] - X[:, 1, 0]
    rate = -2.0 / float(system.masses[0])
    run = solve_ivp(
        lambda _, y: [y[1], rate * _potential(system, y[0], 1)], (0.0, times[-1]),
        [separation, 0.0], method="DOP853", t_eval=times, rtol=1e-12,
        atol=1e-13 * separation * np.array([1.0, 1.0 / times[-1]]),
    )  # fmt: skip
    if not run.success:
        raise ValidityError("The bodies fall into each other. Use less time or a softening.")
    return run.y[0]


def _linear_mode(pull: np.ndarray, h: float, rate: complex) -> tuple[np.ndarray, np.ndarray]:
    """c and c' of c'' = pull(t) c, c(0) = 1, c'(0) = rate; pull at ends and middles of steps."""
    c, v = np.empty(len(pull) // 2 + 1, complex), np.empty(len(pull) // 2 + 1, complex)
    c[0], v[0] = 1.0, rate
    for n in range(len(c) - 1):
        # Runge and Kutta's step of order 4 for a linear equation.
        a, b, d = pull[2 * n], pull[2 * n + 1], pull[2 * n + 2]
        x, y = c[n], v[n]
        k1, l1 = y, a * x
        k2, l2 = y + 0.5 * h * l1, b * (x + 0.5 * h * k1)
        k3, l3 = y + 0.5 * h * l2, b * (x + 0.5 * h * k2)
        k4, l4 = y + h * l3, d * (x + h * k3)
        c[n + 1] = x + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        v[n + 1] = y + h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
    return c, v


def _require_distance(system: Bodies, path: _Path, half_box: float) -> None:
    nearest = float(np.min(path.r)) - np.sqrt(2.0) * half_box
    if system.law == "point" and system.softening == 0.0 and nearest <= 0.0:
        raise ValidityError(
            f"The packets come as near as {np.min(path.r):.3g} with a box of {half_box:.3g}: they "
            "reach r = 0, where 1/r is singular. Use narrower packets, less time or a softening."
        )


def _evolve(system, path, mass, width, hbar, half_box, num) -> tuple[np.ndarray, np.ndarray]:
    """χ(q, t) in the frame of the classical path, without its momentum and action."""
    dq = 2.0 * half_box / num
    q = (np.arange(num) - num // 2) * dq
    k = 2.0 * np.pi * np.fft.fftfreq(num, dq)
    h = path.times[1] - path.times[0]
    chi = (2.0 * np.pi * width**2) ** -0.25 * np.exp(-0.25 * (q / width) ** 2) + 0j
    half = np.exp(-0.25j * hbar * k**2 * h / mass)
    for r in path.middles:
        tide = _potential(system, r + np.sqrt(2.0) * q, 0)
        tide -= _potential(system, r, 0) + np.sqrt(2.0) * _potential(system, r, 1) * q
        chi = np.fft.ifft(half * np.fft.fft(chi))
        chi = np.fft.ifft(half * np.fft.fft(np.exp(-1j * h / hbar * tide) * chi))
    return chi, q


def _measured(chi, q, separation, mass, width, hbar, time) -> PairState:
    """Purity and correlation from ψ(x₁, x₂) on a grid whose differences are points of χ."""
    num = len(q)
    xi = np.sqrt(2.0) * q[num // 4 : 3 * num // 4]
    n = np.arange(len(xi))
    relative = chi[n[:, None] - n[None, :] + num // 2]
    spread = 1.0 + 0.5j * hbar * time / (mass * width**2)
    centre = np.exp(-((xi[:, None] + xi[None, :]) ** 2) / (8.0 * width**2 * spread))
    psi = centre * relative
    rho = np.abs(psi) ** 2
    rho /= rho.sum()
    reduced = psi @ psi.conj().T
    first, second = rho.sum(1), rho.sum(0)
    mean = np.array([first @ xi, second @ xi])
    a, b = xi - mean[0], xi - mean[1]
    variances = np.array([first @ a**2, second @ b**2])
    return PairState(
        separation,
        float(np.sqrt(variances[0])),
        float(np.sum(np.abs(reduced) ** 2) / np.trace(reduced).real ** 2),
        float(a @ rho @ b / np.sqrt(np.prod(variances))),
        float(0.5 * np.sum(np.abs(rho - np.outer(first, second)))),
    )


def _gaussian_total_variation(correlation: float) -> float:
    x = np.linspace(-8.0, 8.0, 401)
    a, b = x[:, None], x[None, :]
    s = 1.0 - correlation**2
    joint = np.exp(-(a**2 - 2.0 * correlation * a * b + b**2) / (2.0 * s)) / np.sqrt(s)
    difference = np.abs(joint - np.exp(-0.5 * (a**2 + b**2)))
    return float(0.5 * np.sum(difference) * (x[1] - x[0]) ** 2 / (2.0 * np.pi))
