"""Sums of products ψ = Σ_m c_m Π_j h_m(x_j), h_m = Σ_k e_mk φ_k, and their derivatives.

With weights W_m = c_m Π_j h_m / ψ and, per factor, p = ∂h/h, s = ∂∂h/h, t = ∂∂²h/h, derivatives of
ln ψ are centred cumulants over m: nothing cancels that grows with the number of particles.
"""

import math

import numpy as np
from numba import njit

CHUNK = 128
_options = dict(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})


@njit(**_options)
def balanced_log_radii(log_squares, occupations, log_radii):
    """Fill u (batch, d), u_0 = 0, so that Σ_j |φ_k|² e^2u_k / Σ_l |φ_l|² e^2u_l = n_k.

    Coordinate after coordinate by bisection; each sum is monotone in its own u_k.

    Args:
        log_squares: ln |φ_k(x_j)|², (batch, N, d), finite.
        occupations: n_k >= 1, (d,).
        log_radii: (batch, d), overwritten.
    """
    batch, num_particles, num_orbitals = log_squares.shape
    others = np.empty(num_particles)
    num_sweeps = 1 if num_orbitals == 2 else 12
    log_radii[:] = 0.0
    for i in range(batch):
        for _ in range(num_sweeps):
            for k in range(1, num_orbitals):
                _other_orbitals(log_squares[i], log_radii[i], k, others)
                log_radii[i, k] = 0.5 * _bisected(others, occupations[k])


@njit(**_options)
def _other_orbitals(log_squares, log_radii, k, others):
    """ln of Σ_{l != k} |φ_l|² e^2u_l over |φ_k|² for each particle."""
    for j in range(others.size):
        top = -np.inf
        for l in range(log_radii.size):
            if l != k:
                top = max(top, log_squares[j, l] + 2.0 * log_radii[l])
        total = 0.0
        for l in range(log_radii.size):
            if l != k:
                total += math.exp(log_squares[j, l] + 2.0 * log_radii[l] - top)
        others[j] = top + math.log(total) - log_squares[j, k]


@njit(**_options)
def _bisected(others, occupation):
    low, high = others.min() - 40.0, others.max() + 40.0
    while high - low > 1e-4:
        middle = 0.5 * (low + high)
        total = 0.0
        for j in range(others.size):
            total += 1.0 / (1.0 + math.exp(min(others[j] - middle, 700.0)))
        if total < occupation:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@njit(**_options)
def node_products(values, nodes, products, exponents, orbitals):
    """Fill products * 2^exponents with Π_j Σ_k nodes[k, m] values[i, j, k].

    Args:
        values: (batch, N, d), of size about 1.
        nodes: unit phases (d, M).
        products, exponents: (batch, M), overwritten.
        orbitals: tuple of length d (known to the compiler).
    """
    num_nodes = nodes.shape[1]
    p_re, p_im = np.empty(CHUNK), np.empty(CHUNK)
    e_re, e_im = np.zeros((len(orbitals), CHUNK)), np.zeros((len(orbitals), CHUNK))
    shift = np.empty(CHUNK, np.int64)
    for i in range(values.shape[0]):
        for start in range(0, num_nodes, CHUNK):
            size = min(CHUNK, num_nodes - start)
            e_re[:, :size] = nodes.real[:, start : start + size]
            e_im[:, :size] = nodes.imag[:, start : start + size]
            p_re[:], p_im[:], shift[:] = 1.0, 0.0, 0
            for j in range(values.shape[1]):
                _multiply_factor(values[i, j], e_re, e_im, p_re, p_im, orbitals)
                if j % 16 == 15 or j == values.shape[1] - 1:
                    _rescale(p_re, p_im, shift)
            for m in range(size):
                products[i, start + m] = complex(p_re[m], p_im[m])
                exponents[i, start + m] = shift[m]


@njit(inline="always", **_options)
def _multiply_factor(row, e_re, e_im, p_re, p_im, orbitals):
    for m in range(CHUNK):
        h_re, h_im = 0.0, 0.0
        for k in range(len(orbitals)):
            h_re += row[k].real * e_re[k, m] - row[k].imag * e_im[k, m]
            h_im += row[k].real * e_im[k, m] + row[k].imag * e_re[k, m]
        kept = p_re[m]
        p_re[m] = kept * h_re - p_im[m] * h_im
        p_im[m] = kept * h_im + p_im[m] * h_re


@njit(**_options)
def _rescale(p_re, p_im, shift):
    for m in range(p_re.size):
        size = max(abs(p_re[m]), abs(p_im[m]))
        if size > 0.0:
            exponent = math.frexp(size)[1]
            p_re[m] = math.ldexp(p_re[m], -exponent)
            p_im[m] = math.ldexp(p_im[m], -exponent)
            shift[m] += exponent


@njit(**_options)
def weighted_first_two(values, first, curvature, weights, nodes, gradient, second):
    """Add <p> and <∂²h/h> of each particle and axis.

    Args:
        values: (batch, N, d); first: (batch, N, d, D); curvature: ∂_a² (batch, N, d, D), or
            (batch, N, d, 0) to leave it out.
        weights: W_m, (batch, M), with sum 1 over the nodes; zeros are skipped.
        nodes: (d, M).
        gradient, second: (batch, N, D), added to.
    """
    batch, N, d, D = first.shape
    for i in range(batch):
        for m in range(nodes.shape[1]):
            if weights[i, m] == 0.0:
                continue
            for j in range(N):
                h = 0j
                for k in range(d):
                    h += nodes[k, m] * values[i, j, k]
                scale = weights[i, m] * h.conjugate() / (h.real**2 + h.imag**2)
                for k in range(d):
                    factor = scale * nodes[k, m]
                    for a in range(D):
                        gradient[i, j, a] += factor * first[i, j, k, a]
                    for a in range(curvature.shape[3]):
                        second[i, j, a] += factor * curvature[i, j, k, a]


@njit(**_options)
def _quotients(values, fields, node, p):
    """Σ_k e_k fields[k, :] / h of one particle into p."""
    h = 0j
    for k in range(values.size):
        h += node[k] * values[k]
    inverse = h.conjugate() / (h.real**2 + h.imag**2)
    p[:] = 0.0
    for k in range(values.size):
        factor = inverse * node[k]
        for a in range(p.size):
            p[a] += factor * fields[k, a]


@njit(**_options)
def weighted_third(values, fields, weights, nodes, results, cm_third):
    """Derivatives up to the third along the centre of mass.

    The fields are those of φ_k(x) exp(-g (x - x_j)) with g = <p> of particle j, so that means of
    first derivatives vanish and nothing that grows with N is subtracted.

    Args:
        values: (batch, N, d).
        fields: (batch, N, d, D + 2 D²): ∂_a φ, then ∂_a ∂_b φ, then ∂_a ∂_b² φ.
        weights: (batch, M), with sum 1 over the nodes; zeros are skipped.
        nodes: (d, M).
        results: (batch, 1 + 2 D, N, D), added to: ∂_i² ln ψ, then for each axis b of the centre of
            mass ∂_b ∂_i ln ψ and ∂_b ∂_i² ln ψ.
        cm_third: (batch, D, D), overwritten with ∂_a ∂_b² ln ψ.
    """
    D = cm_third.shape[1]
    jets = np.empty((D, D, 6), np.complex128)
    for i in range(values.shape[0]):
        means = np.zeros((D, D, 6), np.complex128)
        for m in range(nodes.shape[1]):
            if weights[i, m] != 0.0:
                _one_node(values[i], fields[i], weights[i, m], nodes[:, m], results[i], jets)
                means += weights[i, m] * jets
        for a in range(D):
            for b in range(D):
                _, b1, bb, a1, ab, abb = means[a, b]
                cm_third[i, a, b] = 2.0 * (abb - bb * a1 - ab * b1 + a1 * b1**2)


@njit(**_options)
def _one_node(values, fields, weight, node, results, jets):
    N, D = values.shape[0], jets.shape[0]
    p = np.empty(fields.shape[2], np.complex128)
    slope = np.zeros(D, np.complex128)
    for j in range(N):
        _quotients(values[j], fields[j, :, :D], node, p[:D])
        slope += p[:D]
    jets[:] = 0.0
    jets[:, :, 0] = 1.0
    for j in range(N):
        _quotients(values[j], fields[j], node, p)
        _accumulate(j, p, weight, slope, results)
        _multiply_jets(jets, p)


@njit(**_options)
def _accumulate(j, p, weight, slope, results):
    D = slope.size
    for a in range(D):
        curvature = p[D + a * D + a]
        results[0, j, a] += weight * curvature
        for b in range(D):
            # The particle's own share is taken out of the slope, so that its pole cancels.
            rest = slope[b] - p[b]
            results[1 + b, j, a] += weight * (p[D + a * D + b] + p[a] * rest)
            third = p[D + D * D + b * D + a]
            results[1 + D + b, j, a] += weight * (third + curvature * rest)


@njit(**_options)
def _multiply_jets(jets, p):
    """Multiply 1 + c_b ε + c_bb ε² + (c_a + c_ab ε + c_abb ε²) δ by the factor of one particle.

    Each particle enters once, linear in its 1/h: no double poles that would have to cancel.
    """
    D = jets.shape[0]
    for a in range(D):
        for b in range(D):
            c = jets[a, b]
            p_b, p_bb = p[b], 0.5 * p[D + b * D + b]
            p_a, p_ab, p_abb = p[a], p[D + a * D + b], 0.5 * p[D + D * D + a * D + b]
            c[5] += p_abb + c[3] * p_bb + c[4] * p_b + c[2] * p_a + c[1] * p_ab
            c[4] += p_ab + c[3] * p_b + c[1] * p_a
            c[3] += p_a
            c[2] += p_bb + c[1] * p_b
            c[1] += p_b
