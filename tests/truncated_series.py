"""Derivatives of ln ψ by truncated power series in plain numpy: the oracle of closed forms.

A series in two small numbers s and r, kept to s² and r¹, carries every derivative that
`Derivatives` holds: with q + s e + r c the coefficient of s^k r^l is ∂_e^k ∂_c^l / k!. Long
doubles, because plain sums over permutations cancel where balanced determinants do not.
"""

import numpy as np

from zitter.wavefunctions.derivatives import Derivatives
from zitter.wavefunctions.orbitals import packet_tables

_POWERS = [(k, l) for k in range(3) for l in range(2)]


class Series:
    """Coefficients c (3, 2, ..) of Σ c_kl s^k r^l; further axes behave as those of an array."""

    __array_ufunc__ = None

    def __init__(self, c):
        self.c = np.asarray(c, dtype=np.clongdouble)

    def __getitem__(self, index):
        index = index if isinstance(index, tuple) else (index,)
        return Series(self.c[(slice(None), slice(None), *index)])

    def __add__(self, other):
        if isinstance(other, Series):
            return Series(self.c + other.c)
        shape = np.broadcast_shapes(self.c.shape[2:], np.shape(other))
        c = np.array(np.broadcast_to(self.c, (3, 2, *shape)))
        c[0, 0] += other
        return Series(c)

    def __sub__(self, other):
        return self + (-1.0) * other

    def __mul__(self, other):
        if not isinstance(other, Series):
            return Series(self.c * other)
        a, b = self.c, other.c
        c = np.zeros(np.broadcast_shapes(a.shape, b.shape), dtype=np.clongdouble)
        for k, l in _POWERS:
            for i, j in _POWERS:
                if i <= k and j <= l:
                    c[k, l] += a[i, j] * b[k - i, l - j]
        return Series(c)

    __radd__, __rmul__ = __add__, __mul__

    def sum(self, axis=-1):
        return Series(self.c.sum(axis=axis))

    def prod(self):
        """Product over the last axis."""
        result = self[..., 0]
        for n in range(1, self.c.shape[-1]):
            result = result * self[..., n]
        return result

    def exp(self):
        rest = self - self.c[0, 0]
        return (1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0)))) * np.exp(self.c[0, 0])

    def log(self):
        rest = self * (1.0 / self.c[0, 0]) - 1.0
        return rest * (1.0 + rest * (-0.5 + rest * (1.0 / 3.0))) + np.log(self.c[0, 0])


def series_derivatives(log_psi, Q, num_space=1):
    """Derivatives to order 3; `log_psi` maps positions, a Series (.., N, D), to a Series (..)."""
    batch, dof = Q.shape
    N, D = dof // num_space, num_space
    along = np.array([np.tile(np.eye(D)[a], N) for a in range(D)])
    first = np.vstack([np.eye(dof), along])
    c = np.zeros((3, 2, D, len(first), batch, dof))
    c[0, 0], c[1, 0], c[0, 1] = Q, first[:, None], along[:, None, None]
    got = log_psi(Series(c.reshape(*c.shape[:-1], N, D))).c.astype(complex)
    own = np.moveaxis(got[..., :dof, :], -1, 2)
    third = 2.0 * np.moveaxis(got[2, 1, :, dof:], -1, 0)
    return Derivatives(
        got[0, 0, 0, 0], own[1, 0, :, 0], 2.0 * own[2, 0, :, 0], own[1, 1], 2.0 * own[2, 1], third
    )


def packet_logs(orbitals, X, t):
    """ln(c_kl g_kl) of every packet at positions X (.., N, D), a Series (.., N, K, L)."""
    tables = packet_tables(orbitals, t)
    d = X[..., :, None, None, :] - tables.q
    return ((d * (-tables.A) + 1j * tables.wave) * d).sum() + (tables.theta + np.log(tables.c))


def orbital_matrix(orbitals, X, t):
    """φ_k(x_j) as a Series (.., N, K)."""
    return packet_logs(orbitals, X, t).exp().sum()
