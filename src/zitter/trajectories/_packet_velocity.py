"""∇ ln ψ of packet states at one time and one configuration, compiled for single paths.

The twin of `wavefunctions.gaussian.packet_state` for paths that each have their own time. The
packets travel as one plain array (`packet_table`), their states at a time as another: fewer
arrays are cheaper to pass. With D axes a row of the table holds
    6 numbers per axis: Re α, Im α, ω², q(0), q'(0), f/m;  then ln amplitude (Re, Im);  m/ħ
and a row of states
    4 numbers per axis: Re A, Im A, q, p/ħ;  then ln amplitude + i action/ħ (Re, Im);  1/√c of
    all axes (Re, Im);  the logarithm of the rest of g at the position (Re, Im).
"""

import math
from typing import Any

import numpy as np
from numba import njit

from zitter.wavefunctions.gaussian import Superposition, on_host

COMPILE: Any = {"cache": True, "nogil": True, "error_model": "numpy"}
PRODUCT, DETERMINANT, PERMANENT = 0, 1, 2

# A sum smaller than this share of its terms is round-off: the position is a node.
NODE = 4.0 * float(np.finfo(float).eps)


def packet_table(orbitals: Superposition) -> np.ndarray:
    """Table (K, L, 6 D + 3) of stacked orbitals, or of one; absent packets, Re ln = -∞, last."""
    # numpy throughout: eager jax operations would compile once for each number of orbitals.
    g = on_host(orbitals.packets)
    shape = g.width.shape if g.width.ndim == 3 else (1, *g.width.shape)
    num_orbitals, num_packets, num_space = shape
    mass, hbar = float(g.mass), float(g.hbar)
    spread = hbar / (2.0 * mass * g.width**2)
    fields = (g.chirp, spread, g.stiffness / mass, g.centre, g.momentum / mass, g.force / mass)
    per_axis = np.stack([f.reshape(shape) for f in fields], axis=-1)
    coefficients = np.asarray(orbitals.coefficients).reshape(shape[:2])
    present = coefficients != 0
    norm = -0.25 * np.sum(np.log(2.0 * np.pi * g.width.reshape(shape) ** 2), axis=-1)
    amplitude = np.log(np.where(present, coefficients, 1.0)) + np.where(present, norm, -np.inf)
    table = np.empty((num_orbitals, num_packets, 6 * num_space + 3))
    table[..., : 6 * num_space] = per_axis.reshape(num_orbitals, num_packets, -1)
    table[..., -3], table[..., -2], table[..., -1] = amplitude.real, amplitude.imag, mass / hbar
    order = np.argsort(~present, axis=1, kind="stable")
    return np.ascontiguousarray(np.take_along_axis(table, order[..., None], axis=1))


def longest_steps(packets: np.ndarray, together: bool) -> np.ndarray:
    """Time in which packets pass each other, the smallest of each orbital or of all `together`.

    A longer step could leap over their meeting: the error estimate sees only what it samples.
    """
    num_space = (packets.shape[2] - 3) // 6
    table = packets.reshape(1, -1, packets.shape[2]) if together else packets
    per_axis = table[..., : 6 * num_space].reshape(*table.shape[:2], num_space, 6)
    spread, omega2, centre, speed = (per_axis[..., i] for i in (1, 2, 3, 4))
    width = 1.0 / np.sqrt(2.0 * table[..., -1, None] * spread)
    omega = np.sqrt(np.abs(omega2))

    def between(values: np.ndarray) -> np.ndarray:
        return np.abs(values[:, :, None] - values[:, None])

    closing = between(speed) + np.maximum(omega[:, :, None], omega[:, None]) * between(centre)
    with np.errstate(divide="ignore"):
        passing = (width[:, :, None] + width[:, None]) / closing
    both = np.isfinite(table[..., -3])
    meets = both[:, :, None] & both[:, None]
    return np.min(np.where(meets[..., None], passing, np.inf), axis=(1, 2, 3))


def new_states(packets: np.ndarray) -> np.ndarray:
    """Room for the states of the packets, (K, L, 4 D + 6)."""
    num_space = (packets.shape[2] - 3) // 6
    return np.empty((*packets.shape[:2], 4 * num_space + 6))


@njit(**COMPILE)
def stumpff(z: float) -> Any:
    """Stumpff functions c_0..c_3(z), c_n = Σ_k (-z)^k/(2k + n)!."""
    if z == 0.0:
        return 1.0, 1.0, 0.5, 1.0 / 6.0
    if abs(z) < 0.5:
        c2, c3, term2, term3 = 0.0, 0.0, 0.5, 1.0 / 6.0
        for k in range(10):
            c2 += term2
            c3 += term3
            term2 *= -z / ((2 * k + 3) * (2 * k + 4))
            term3 *= -z / ((2 * k + 4) * (2 * k + 5))
        return 1.0 - z * c2, 1.0 - z * c3, c2, c3
    root = math.sqrt(abs(z))
    if z > 0.0:
        c0, c1 = math.cos(root), math.sin(root) / root
    else:
        c0, c1 = math.cosh(root), math.sinh(root) / root
    return c0, c1, (1.0 - c0) / z, (1.0 - c1) / z


@njit(inline="always", **COMPILE)
def fill_states(k, t, packets, states):
    """States A, q, p/ħ, θ, 1/√c of the packets of orbital k at time t."""
    num_space = (packets.shape[2] - 3) // 6
    for l in range(packets.shape[1]):
        re_theta, im_theta = packets[k, l, 6 * num_space], packets[k, l, 6 * num_space + 1]
        scale = packets[k, l, 6 * num_space + 2]
        re_root, im_root = 1.0, 0.0
        for a in range(num_space):
            re_alpha, im_alpha = packets[k, l, 6 * a], packets[k, l, 6 * a + 1]
            omega2, x0 = packets[k, l, 6 * a + 2], packets[k, l, 6 * a + 3]
            v0, f = packets[k, l, 6 * a + 4], packets[k, l, 6 * a + 5]
            c0, c1, c2, c3 = stumpff(omega2 * t * t)
            s = t * c1
            re_c, im_c = c0 + re_alpha * s, im_alpha * s
            re_d, im_d = re_alpha * c0 - omega2 * s, im_alpha * c0
            inverse = 1.0 / (re_c * re_c + im_c * im_c)
            q = x0 * c0 + v0 * s + f * t * t * c2
            v = v0 * c0 - omega2 * x0 * s + f * s
            integral = x0 * s + v0 * t * t * c2 + f * t * t * t * c3
            # A = -(i m/2ħ) c'/c
            states[k, l, 4 * a] = 0.5 * scale * (im_d * re_c - re_d * im_c) * inverse
            states[k, l, 4 * a + 1] = -0.5 * scale * (re_d * re_c + im_d * im_c) * inverse
            states[k, l, 4 * a + 2], states[k, l, 4 * a + 3] = q, scale * v
            im_theta += 0.5 * scale * (q * v - x0 * v0 + f * integral)
            re, im = _inverse_root(re_c, im_c, omega2, t)
            re_root, im_root = re_root * re - im_root * im, re_root * im + im_root * re
        states[k, l, 4 * num_space], states[k, l, 4 * num_space + 1] = re_theta, im_theta
        states[k, l, 4 * num_space + 2], states[k, l, 4 * num_space + 3] = re_root, im_root


@njit(**COMPILE)
def _inverse_root(re_c, im_c, omega2, t):
    """1/√c, continuous in t."""
    size = math.sqrt(re_c * re_c + im_c * im_c)
    large = math.sqrt(0.5 * (size + abs(re_c)))
    small = 0.5 * im_c / large
    if re_c >= 0.0:
        re, im = large, small
    else:
        re, im = abs(small), math.copysign(large, im_c)
    if omega2 > 0.0:
        # c turns with ωt, and the principal root changes its sign whenever c passes -1. The sign
        # of Im c tells the half of the turn, so that round-off at its ends does no harm.
        turns = math.sqrt(omega2) * t / (2.0 * math.pi)
        passed = round(turns - 0.25) if im_c >= 0.0 else round(turns - 0.75) + 1
        if passed % 2 == 1:
            re, im = -re, -im
    return re / size, -im / size


@njit(inline="always", **COMPILE)
def _fill_exponents(k, x, first, states):
    """ln of the packets but for 1/√c at x[first : first + D]; the packet of largest modulus."""
    num_packets, num_space = states.shape[1], (states.shape[2] - 6) // 4
    largest, scale = 0, -math.inf
    for l in range(num_packets):
        re, im = states[k, l, 4 * num_space], states[k, l, 4 * num_space + 1]
        for a in range(num_space):
            d = x[first + a] - states[k, l, 4 * a + 2]
            re -= states[k, l, 4 * a] * d * d
            im += (states[k, l, 4 * a + 3] - states[k, l, 4 * a + 1] * d) * d
        states[k, l, 4 * num_space + 4], states[k, l, 4 * num_space + 5] = re, im
        if re > scale:
            largest, scale = l, re
    return largest


@njit(inline="always", **COMPILE)
def _fill_sums(k, x, first, largest, phase, states, gradient):
    """Σ g and Σ ∇g over a common factor e^(scale + i phase); the value and whether it is a node."""
    num_packets, num_space = states.shape[1], (states.shape[2] - 6) // 4
    scale = states[k, largest, 4 * num_space + 4]
    re_value, im_value, total = 0.0, 0.0, 0.0
    for a in range(num_space):
        gradient[first + a] = 0.0
    for l in range(num_packets):
        re, im = states[k, l, 4 * num_space + 2], states[k, l, 4 * num_space + 3]
        angle = states[k, l, 4 * num_space + 5] - phase
        if l != largest or angle != 0.0:
            size = math.exp(states[k, l, 4 * num_space + 4] - scale)
            cosine, sine = size * math.cos(angle), size * math.sin(angle)
            re, im = re * cosine - im * sine, re * sine + im * cosine
        re_value += re
        im_value += im
        total += abs(re) + abs(im)
        for a in range(num_space):
            d = x[first + a] - states[k, l, 4 * a + 2]
            re_slope = -2.0 * states[k, l, 4 * a] * d
            im_slope = states[k, l, 4 * a + 3] - 2.0 * states[k, l, 4 * a + 1] * d
            gradient[first + a] += complex(
                re * re_slope - im * im_slope, re * im_slope + im * re_slope
            )
    size2 = re_value * re_value + im_value * im_value
    return complex(re_value, im_value), not size2 > (NODE * total) ** 2


@njit(**COMPILE)
def orbital_value(k, x, first, states, gradient):
    """φ_k e^(-scale) at x[first : first + D], its gradient into that part of `gradient`; scale."""
    largest = _fill_exponents(k, x, first, states)
    scale = states[k, largest, states.shape[2] - 2]
    value, _ = _fill_sums(k, x, first, largest, 0.0, states, gradient)
    return value, scale


@njit(inline="always", **COMPILE)
def orbital_gradient(k, t, x, packets, states, gradient):
    """∇ ln φ_k of one particle; False at a node."""
    fill_states(k, t, packets, states)
    largest = _fill_exponents(k, x, 0, states)
    # The phase of the largest packet drops out, and with it one exponential.
    phase = states[k, largest, states.shape[2] - 1]
    value, is_node = _fill_sums(k, x, 0, largest, phase, states, gradient)
    if is_node or not math.isfinite(states[k, largest, states.shape[2] - 2]):
        return False
    factor = 1.0 / (value.real * value.real + value.imag * value.imag)
    for a in range(x.shape[0]):
        re, im = gradient[a].real, gradient[a].imag
        gradient[a] = complex(
            (re * value.real + im * value.imag) * factor,
            (im * value.real - re * value.imag) * factor,
        )
    return True
