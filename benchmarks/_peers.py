"""What a physicist would write: numpy velocities and scipy.integrate.solve_ivp, path by path."""

import time

import numpy as np
from scipy.integrate import solve_ivp
from thewalrus import perm


def packet_velocity(width, centre, momentum):
    """dx/dt of one particle in a superposition of free packets (ħ = m = 1), each (L,)."""
    norm = (2.0 * np.pi * width**2) ** -0.25

    def velocity(t, x):
        c = 1.0 + 0.5j * t / width**2
        d = x - centre - momentum * t
        exponent = -(d**2) / (4.0 * width**2 * c) + 1j * momentum * (d + 0.5 * momentum * t)
        terms = norm / np.sqrt(c) * np.exp(exponent)
        slope = -d / (2.0 * width**2 * c) + 1j * momentum
        return np.imag(np.sum(terms * slope) / np.sum(terms))

    return velocity


def orbital_matrix(width, centre, momentum):
    """φ_k(x_j) and its derivative, (N, K), of free packets (K, L)."""
    norm = (2.0 * np.pi * width**2) ** -0.25

    def matrices(t, x):
        c = 1.0 + 0.5j * t / width**2
        d = x[:, None, None] - centre - momentum * t
        exponent = -(d**2) / (4.0 * width**2 * c) + 1j * momentum * (d + 0.5 * momentum * t)
        terms = norm / np.sqrt(c) * np.exp(exponent)
        slope = -d / (2.0 * width**2 * c) + 1j * momentum
        return terms.sum(axis=2), (terms * slope).sum(axis=2)

    return matrices


def condensate_velocity(width, centre, momentum):
    """All particles in one orbital, vectorised over the particles; packets (L,)."""
    matrices = orbital_matrix(width[None], centre[None], momentum[None])

    def velocity(t, x):
        value, slope = matrices(t, x)
        return np.imag(slope[:, 0] / value[:, 0])

    return velocity


def determinant_velocity(width, centre, momentum):
    """Row j of the derivatives times column j of the inverse."""
    matrices = orbital_matrix(width, centre, momentum)

    def velocity(t, x):
        value, slope = matrices(t, x)
        return np.imag(np.einsum("jk,kj->j", slope, np.linalg.inv(value)))

    return velocity


def permanent_velocity(width, centre, momentum):
    """Row j replaced by its derivative, one permanent each."""
    matrices = orbital_matrix(width, centre, momentum)

    def velocity(t, x):
        value, slope = matrices(t, x)
        if not np.all(np.isfinite(value)):
            return np.full(len(x), np.nan)
        whole, v = perm(value), np.empty(len(x))
        for j in range(len(x)):
            replaced = value.copy()
            replaced[j] = slope[j]
            v[j] = np.imag(np.divide(perm(replaced), whole))
        return v

    return velocity


def solved(velocity, Q0, end, method, tolerance):
    """Final positions and CPU seconds of solve_ivp, one path after the other."""
    options = {"method": method, "rtol": tolerance, "atol": tolerance}
    started = time.process_time()
    # Trial steps beyond the packets overflow; the solver takes them back.
    with np.errstate(all="ignore"):
        final = [solve_ivp(velocity, (0.0, end), q, **options).y[:, -1] for q in Q0]
    return np.array(final), time.process_time() - started
