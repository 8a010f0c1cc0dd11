"""Two bodies at rest, as several claims use them: by gravity, by attraction, by repulsion."""

from typing import NamedTuple

import numpy as np
from scipy.integrate import solve_ivp

from zitter.kbody.bodies import Bodies, bodies
from zitter.kbody.newton import newton_paths
from zitter.kbody.tangent import TangentMap, product_tangent_map, tangent_map

STEP = 2e-3
GRAVITY, ATTRACTION, REPULSION = "gravity", "opposite charges", "like charges"


def pair(interaction: str) -> Bodies:
    """Two unit masses in a plane with |coupling| = 1 between them."""
    if interaction == GRAVITY:
        return bodies(np.ones(2), num_space=2, law="point")
    charges = [1.0, -1.0 if interaction == ATTRACTION else 1.0]
    return bodies(np.ones(2), charges, num_space=2, law="point", gravitational_constant=0.0)


def at_rest(separation: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities (2, 2) of two bodies at rest on the first axis."""
    return np.array([[0.0, 0.0], [separation, 0.0]]), np.zeros((2, 2))


def circular(system: Bodies, separation: float = 1.0) -> tuple[np.ndarray, np.ndarray, float]:
    """Positions, velocities and period of a circular orbit of two attracting bodies."""
    X, V = at_rest(separation)
    speed = np.sqrt(system.masses.sum() / separation)
    V[0, 1], V[1, 1] = -0.5 * speed, 0.5 * speed
    return X, V, 2.0 * np.pi * separation / speed


def swarm_covariance(system: Bodies, width: float, time: float) -> np.ndarray:
    """Covariance (2, 2) of the first coordinates of two bodies from a swarm of Newton paths.

    The swarm are the 25 points of a product of Gauss-Hermite rules, exact for Gaussians under
    maps up to degree 4.
    """
    y, w = np.polynomial.hermite_e.hermegauss(5)
    X0, V0 = at_rest()
    ends, weights = [], []
    for a, wa in zip(y, w, strict=True):
        for b, wb in zip(y, w, strict=True):
            start = X0 + width * np.array([[a, 0.0], [b, 0.0]])
            end = newton_paths(
                system, start, V0, [0.0, time], time_step=5.0 * STEP, method="yoshida6"
            )
            ends.append(end.X[-1, :, 0])
            weights.append(wa * wb)
    return np.cov(np.array(ends).T, aweights=np.array(weights), bias=True)


class Shot(NamedTuple):
    """The path that starts at rest and ends at a given place."""

    action: float
    momenta: np.ndarray


def shot(system: Bodies, end: np.ndarray, time: float, guess: np.ndarray) -> Shot:
    """Phase S^K and momenta at `end` (2, 2) of the bodies that all started at rest, S^K = 0."""
    start, V0 = guess.copy(), np.zeros_like(guess)
    motion: TangentMap | None = None
    for _ in range(6):
        motion = tangent_map(system, start, V0, [0.0, time], time_step=STEP)
        miss = end - motion.X[-1]
        if np.max(np.abs(miss)) < 1e-14:
            break
        start = start + np.linalg.solve(motion.x_by_x[-1], miss.ravel()).reshape(start.shape)
    assert motion is not None
    action = motion.kinetic_action[-1].sum() - 0.5 * motion.mutual_action[-1].sum()
    return Shot(float(action), motion.P[-1])


def shot_in_fixed_fields(system: Bodies, end: np.ndarray, time: float, guess: np.ndarray) -> Shot:
    """As `shot`, but each body flies in the field of the other one's path from `guess`.

    The phase is the sum of the two one-body phases, ∫(Mⁱ(vⁱ)²/2 - Vⁱ)dt.
    """
    slope = product_tangent_map(system, guess, 0.0 * guess, [0.0, time], time_step=STEP)
    # The bodies feel no field but of fixed paths, so that their derivatives do not mix.
    inverse = np.linalg.inv(slope.x_by_x[-1])
    start = guess.copy()
    for _ in range(12):
        place, V, action = _in_fixed_fields(system, start, time, guess)
        miss = end - place
        if np.max(np.abs(miss)) < 1e-13:
            break
        start = start + (inverse @ miss.ravel()).reshape(start.shape)
    return Shot(action, system.masses[:, None] * V)


def _in_fixed_fields(
    system: Bodies, start: np.ndarray, time: float, guess: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Places and velocities at `time` of bodies that start at rest, and the sum of the phases."""
    m, n = system.masses[:, None], guess.size
    gravity = system.gravitational_constant * np.prod(system.masses)
    coupling = gravity - system.coulomb_constant * np.prod(system.charges)

    def rates(_: float, y: np.ndarray) -> np.ndarray:
        X, V, x, v = y[: 4 * n].reshape(4, *guess.shape)
        # From the body of the path, and from the body in its field, to the other one of the path.
        away = X[::-1] - np.stack([X, x])
        r = np.linalg.norm(away, axis=-1, keepdims=True)
        A, a = coupling * away / (m * r**3)
        L = 0.5 * np.sum(m * v**2) + np.sum(coupling / r[1])
        return np.concatenate([V.ravel(), A.ravel(), v.ravel(), a.ravel(), [L]])

    rest = np.zeros(n)
    y0 = np.concatenate([guess.ravel(), rest, start.ravel(), rest, [0.0]])
    y = solve_ivp(rates, (0.0, time), y0, method="DOP853", rtol=1e-11, atol=1e-13).y[:, -1]
    x, v = y[2 * n : 4 * n].reshape(2, *guess.shape)
    return x, v, float(y[-1])
