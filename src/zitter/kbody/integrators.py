"""Compositions of drifts and kicks, compiled: leapfrog and Yoshida's schemes of order 4 and 6.

Each step is a row of drifts X += a h V and kicks V += b h A(X), the exact flows of kinetic and
potential energy, so that the schemes are symplectic and reversible. Along with the path go, where
they are asked for, tangent vectors (the exact derivative of the discrete map) and the two parts of
the action of each body, ∫T dt and ∫V dt, to the order of the scheme.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from zitter.core.checks import require_choice
from zitter.kbody._pair_kernels import COMPILE, accelerate, pair_energies, tide

# Yoshida's solution A of order 6.
_Y6 = (0.784513610477560, 0.235573213359357, -1.17767998417887)
_Y4 = 1.0 / (2.0 - 2.0 ** (1.0 / 3.0))
_KICKS = {
    "leapfrog": (1.0,),
    "yoshida4": (_Y4, 1.0 - 2.0 * _Y4, _Y4),
    "yoshida6": (*_Y6, 1.0 - 2.0 * sum(_Y6), *reversed(_Y6)),
}
ORDERS = {"leapfrog": 2, "yoshida4": 4, "yoshida6": 6}


class Composition(NamedTuple):
    """Fractions of the step of S + 1 drifts and of the S kicks between them."""

    drifts: np.ndarray
    kicks: np.ndarray


def composition(method: str) -> Composition:
    """Drifts and kicks of "leapfrog", "yoshida4" or "yoshida6". Raises: ValueError."""
    require_choice("method", method, tuple(_KICKS))
    kicks = np.array(_KICKS[method])
    edges = np.concatenate([[0.0], kicks, [0.0]])
    return Composition(0.5 * (edges[1:] + edges[:-1]), kicks)


@njit(inline="always", **COMPILE)
def _add_times(y, factor, z):
    for c in range(y.shape[0]):
        y[c] += factor * z[c]


@njit(**COMPILE)
def advance(law, gm, kq, beta, eps2, X, V, h, num_steps, drifts, kicks):
    """`num_steps` steps of X and V, each (3, K), in place."""
    A = np.empty_like(X)
    x, v, a = X.reshape(-1), V.reshape(-1), A.reshape(-1)
    for _ in range(num_steps):
        for s in range(kicks.shape[0]):
            _add_times(x, drifts[s] * h, v)
            accelerate(law, X, gm, kq, beta, eps2, A)
            _add_times(v, kicks[s] * h, a)
        _add_times(x, drifts[kicks.shape[0]] * h, v)


@njit(**COMPILE)
def _drift(step, X, V, dX, dV, kinetic, masses):
    for i in range(X.shape[1]):
        for a in range(3):
            X[a, i] += step * V[a, i]
            kinetic[i] += 0.5 * step * masses[i] * V[a, i] ** 2
    for n in range(dX.shape[0]):
        for i in range(X.shape[1]):
            for a in range(3):
                dX[n, a, i] += step * dV[n, a, i]


@njit(**COMPILE)
def _kick(law, gm, kq, beta, eps2, step, X, V, dX, dV, potential, masses, alone, D, A, T, E):
    K = X.shape[1]
    accelerate(law, X, gm, kq, beta, eps2, A)
    pair_energies(law, 0, X, masses, gm, kq, beta, eps2, 1.0, E)
    if dX.shape[0]:
        tide(law, X, gm, kq, beta, eps2, alone, D, T)
    for i in range(K):
        potential[i] += step * E[i]
        for a in range(D):
            V[a, i] += step * A[a, i]
            for n in range(dX.shape[0]):
                total = 0.0
                if alone:
                    for b in range(D):
                        total += T[a, i, b, i] * dX[n, b, i]
                else:
                    for b in range(D):
                        for j in range(K):
                            total += T[a, i, b, j] * dX[n, b, j]
                dV[n, a, i] += step * total


@njit(**COMPILE)
def advance_with_tangents(
    law, gm, kq, beta, eps2, X, V, dX, dV, kinetic, potential, masses, alone, D, h, num_steps,
    drifts, kicks,
):  # fmt: skip
    """As advance, with tangent vectors dX, dV (n, 3, K) and ∫T dt, ∫V dt (K,), in place.

    With `alone`, the tangent vectors of each body feel the others as fixed paths.
    """
    K = X.shape[1]
    A, E = np.empty_like(X), np.empty(K)
    T = np.empty((3, K, 3, K) if dX.shape[0] else (3, 1, 3, 1))
    for _ in range(num_steps):
        for s in range(kicks.shape[0]):
            _drift(drifts[s] * h, X, V, dX, dV, kinetic, masses)
            _kick(
                law, gm, kq, beta, eps2, kicks[s] * h, X, V, dX, dV, potential, masses, alone, D,
                A, T, E,
            )  # fmt: skip
        _drift(drifts[kicks.shape[0]] * h, X, V, dX, dV, kinetic, masses)
