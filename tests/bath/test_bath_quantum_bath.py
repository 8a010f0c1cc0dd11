"""Exact motion in a bath: response, noise by independent routes, reduced density matrix."""

import numpy as np
import pytest

from zitter.bath.continuum import continuum_motion
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.drude import drude_noise, drude_poles, drude_response, equilibrium_variances
from zitter.bath.master_equation import hu_paz_zhang
from zitter.bath.packets import (
    Packets,
    position_density,
    reduced_density_matrix,
    transfer_matrices,
)
from zitter.bath.quantum_bath import (
    bath_modes,
    bath_variances,
    exact_noise,
    exact_response,
    modes_of_factor,
    propagator,
)
from zitter.bath.response import (
    NoiseCovariance,
    Response,
    continuum_noise,
    continuum_response,
)
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import ValidityError

DRUDE = SpectralDensity(0.1, 5.0)
OHMIC = SpectralDensity(0.1, 5.0, shape="exponential")
SMALL = OscillatorBath(np.array([0.4, 1.3, 2.9]), np.array([0.2, 0.5, 0.9]))


def test_the_response_by_its_memory_equation_is_the_sum_over_poles():
    found = continuum_response(DRUDE, 1.0, 1.0, 15.0, 201)
    exact = drude_response(DRUDE, 1.0, found.times)
    for name in ("G", "first", "second", "third"):
        np.testing.assert_allclose(getattr(found, name), getattr(exact, name), atol=1e-11)


def test_normal_modes_conserve_energy_and_the_commutator():
    modes = bath_modes(SMALL, 1.7, 0.8)
    S = propagator(modes, 2.3)
    whole = np.block([[S.qq, S.qp], [S.pq, S.qq]])
    form = np.block([[np.zeros((4, 4)), np.eye(4)], [-np.eye(4), np.zeros((4, 4))]])
    np.testing.assert_allclose(whole @ form @ whole.T, form, atol=1e-13)
    V = modes.vectors * modes.frequencies**2 @ modes.vectors.T
    H = np.block([[V, np.zeros((4, 4))], [np.zeros((4, 4)), np.eye(4)]])
    np.testing.assert_allclose(whole.T @ H @ whole, H, atol=1e-12)
    assert V[0, 0] == pytest.approx(0.8**2 + SMALL.memory_kernel(np.zeros(1))[0] / 1.7)


def test_the_exact_response_obeys_the_equation_with_memory():
    times = np.linspace(0.0, 6.0, 6001)
    response = exact_response(bath_modes(SMALL, 1.7, 0.8), times)
    kernel = SMALL.memory_kernel(times[-1] - times)
    memory = np.trapezoid(kernel * response.first, times)
    left = 1.7 * response.second[-1] + 1.7 * 0.64 * response.G[-1]
    assert left == pytest.approx(-memory, abs=1e-6)


def test_low_modes_keep_their_digits_by_singular_values():
    w = np.geomspace(1e-7, 10.0, 60)
    bath = OscillatorBath(w, 0.1 * w)
    modes = bath_modes(bath, 1.0, 1.0)
    V = modes.vectors * modes.frequencies**2 @ modes.vectors.T
    by_eigenvalues = np.sqrt(np.abs(np.linalg.eigvalsh(V)))
    assert modes.frequencies[0] == pytest.approx(1e-7, rel=0.3)
    assert by_eigenvalues[0] != pytest.approx(modes.frequencies[0], rel=0.01)


@pytest.mark.parametrize("kT", [2.0, 0.2])
def test_two_routes_to_the_noise_of_the_continuum_agree(kT):
    times = np.array([0.5, 1.0, 4.0])
    sums = drude_noise(DRUDE, 1.0, times, kT, num_matsubara=4000)
    integrals = by_frequencies(times, kT)
    for name in sums._fields:
        np.testing.assert_allclose(getattr(sums, name), getattr(integrals, name), atol=1e-7)
    np.testing.assert_allclose(sums.matrices(), integrals.matrices(), atol=1e-8)


@pytest.mark.parametrize("kT", [2.0, 0.2])
def test_two_routes_to_the_coefficients_of_the_master_equation_agree(kT):
    """Poles and Matsubara's sum; the memory equation and frequencies."""
    times = np.array([0.5, 1.0, 4.0])
    first = hu_paz_zhang(drude_response(DRUDE, 1.0, times), drude_noise(DRUDE, 1.0, times, kT), 1.0)
    stepped = continuum_response(DRUDE, 1.0, 1.0, 4.0, 161)
    here = Response(times, *(np.asarray(part)[[20, 40, 160]] for part in stepped[1:5]), 0.0)
    second = hu_paz_zhang(here, by_frequencies(times, kT), 1.0)
    for name in ("frequency_squared", "damping", "D_xp"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=1e-6)
    np.testing.assert_allclose(first.D_pp, second.D_pp, atol=1e-5)


def by_frequencies(times: np.ndarray, kT: float) -> NoiseCovariance:
    """Θ and its rate by quadrature over ω, the inner integrals closed, the tail ∝ 1/ω³ added."""
    x, weight = np.polynomial.legendre.leggauss(16)
    z, r = drude_poles(DRUDE, 1.0)
    rows, top = [], 6000.0
    for t in times:
        edges = np.linspace(0.0, top, 2 + int(top * t / 8.0 + top / 2.0))
        half = 0.5 * np.diff(edges)[:, None]
        w = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * x).ravel()
        spectrum = (half * weight).ravel() / np.pi * DRUDE(w) / np.tanh(0.5 * w / kT)
        rates = z[:, None] + 1j * w
        waves = np.expm1(rates * t) / rates
        g, h = r @ waves, (r * z) @ waves
        turn = np.exp(-1j * w * t)
        G, G1, G2 = (np.real(r * z**k @ np.exp(z * t)) for k in range(3))
        tail = DRUDE.damping * DRUDE.cutoff**2 / np.pi / (2.0 * top**2)
        rows.append(
            [
                np.abs(g) ** 2 @ spectrum + tail * G**2,
                np.real(g.conj() * h) @ spectrum + tail * G * G1,
                np.abs(h) ** 2 @ spectrum + tail * (1.0 + G1**2),
                2.0 * np.real(G * turn * g) @ spectrum + 2.0 * tail * G * G1,
                np.real(G * turn * h + G1 * turn * g) @ spectrum + tail * (G * G2 + G1**2),
                2.0 * np.real(G1 * turn * h) @ spectrum + 2.0 * tail * G1 * G2,
            ]
        )
    return NoiseCovariance(*np.transpose(rows))


@pytest.mark.parametrize("kT", [2.0, 0.2])
def test_the_oscillator_comes_to_the_equilibrium_of_the_closed_form(kT):
    late = drude_noise(DRUDE, 1.0, np.array([800.0]), kT, num_matsubara=4000)
    exact = equilibrium_variances(DRUDE, 1.0, kT)
    assert late.xx[0] == pytest.approx(exact.xx, abs=1e-8)
    assert late.pp[0] == pytest.approx(exact.pp, abs=1e-8)
    assert late.pp[0] != pytest.approx(0.5 / np.tanh(0.5 / kT), abs=1e-3)


@pytest.mark.parametrize("kT", [0.0, 1.0])
def test_the_noise_of_many_modes_is_that_of_the_continuum(kT):
    hard = SpectralDensity(0.1, 3.0, shape="hard")
    response, noise = continuum_motion(hard, 1.0, 1.0, 8.0, kT, 161)
    bath = discretised(hard, 64)
    found = exact_noise(bath_modes(bath, 1.0, 1.0), bath, 1.0, response.times, kT)
    for name in noise._fields:
        np.testing.assert_allclose(getattr(found, name), getattr(noise, name), atol=1e-9)


def test_the_rates_of_the_noise_are_its_derivatives():
    times = np.linspace(0.5, 2.5, 2001)
    noise = exact_noise(bath_modes(SMALL, 1.7, 0.8), SMALL, 1.7, times, 0.7, 0.9)
    drude = drude_noise(DRUDE, 1.0, times, 0.7, num_matsubara=400)
    for found in (noise, drude):
        for value, rate in zip(found[:3], found[3:], strict=True):
            slope = np.gradient(value, times, edge_order=2)
            np.testing.assert_allclose(rate[5:-5], slope[5:-5], atol=3e-5)


def test_the_noise_of_the_bath_is_that_of_the_whole_covariance():
    modes = bath_modes(SMALL, 1.7, 0.8)
    S = propagator(modes, 3.1)
    variance = bath_variances(SMALL, 0.7, 0.9)
    q = np.diag(np.concatenate([[0.0], variance]))
    p = np.diag(np.concatenate([[0.0], variance * SMALL.frequencies**2]))
    noise = exact_noise(modes, SMALL, 1.7, np.array([3.1]), 0.7, 0.9)
    assert noise.xx[0] == pytest.approx((S.qq @ q @ S.qq.T + S.qp @ p @ S.qp.T)[0, 0] / 1.7)
    assert noise.xp[0] == pytest.approx((S.qq @ q @ S.pq.T + S.qp @ p @ S.qq.T)[0, 0])
    assert noise.pp[0] == pytest.approx((S.pq @ q @ S.pq.T + S.qq @ p @ S.qq.T)[0, 0] * 1.7)


STATE = Packets([-1.5, 1.2, 0.3], 0.7, [0.3, -0.4, 1.0], [1.0, 0.5j, 0.3], hbar=0.9)
X = np.linspace(-9.0, 9.0, 301)


def _psi(state: Packets) -> np.ndarray:
    parts = [
        c * np.exp(-((X - a) ** 2) / (4.0 * state.width**2) + 1j * p * (X - a) / state.hbar)
        for c, a, p in zip(state.coefficients, state.centres, state.momenta, strict=True)
    ]
    return np.sum(parts, axis=0) * (2.0 * np.pi * state.width**2) ** -0.25


def test_the_reduced_density_matrix_begins_as_the_pure_state():
    modes, times = bath_modes(SMALL, 1.7, 0.8), np.zeros(1)
    noise = exact_noise(modes, SMALL, 1.7, times, 0.7, 0.9)
    rho = reduced_density_matrix(STATE, exact_response(modes, times), noise, 1.7, X, 0)
    psi = _psi(STATE)
    np.testing.assert_allclose(rho, np.outer(psi, psi.conj()), atol=1e-13)
    assert np.trapezoid(np.abs(psi) ** 2, X) == pytest.approx(1.0, abs=1e-12)


def test_without_a_bath_the_density_matrix_turns_as_schroedingers():
    """A quarter period of the oscillator is a Fourier transform."""
    free = OscillatorBath(np.array([1.0]), np.array([0.0]))
    modes, times = bath_modes(free, 1.7, 0.8), np.array([0.5 * np.pi / 0.8])
    noise = exact_noise(modes, free, 1.7, times, 0.7, 0.9)
    rho = reduced_density_matrix(STATE, exact_response(modes, times), noise, 1.7, X, 0)
    scale = 1.7 * 0.8 / 0.9
    kernel = np.exp(-1j * scale * np.outer(X, X)) * np.sqrt(scale / (2.0 * np.pi))
    psi = kernel @ _psi(STATE) * (X[1] - X[0])
    np.testing.assert_allclose(rho, np.outer(psi, psi.conj()), atol=1e-10)


def test_the_state_keeps_its_trace_and_loses_its_purity_to_the_bath():
    modes, times = bath_modes(SMALL, 1.7, 0.8), np.array([2.0])
    response = exact_response(modes, times)
    noise = exact_noise(modes, SMALL, 1.7, times, 0.7, 0.9)
    rho = reduced_density_matrix(STATE, response, noise, 1.7, X, 0) * (X[1] - X[0])
    assert np.trace(rho).real == pytest.approx(1.0, abs=1e-10)
    np.testing.assert_allclose(rho, rho.conj().T, atol=1e-14)
    assert np.min(np.linalg.eigvalsh(rho)) > -1e-12
    assert np.trace(rho @ rho).real < 0.9


def test_the_density_of_the_position_is_the_diagonal_of_the_density_matrix():
    modes, times = bath_modes(SMALL, 1.7, 0.8), np.array([0.0, 2.0])
    response = exact_response(modes, times)
    noise = exact_noise(modes, SMALL, 1.7, times, 0.7, 0.9)
    found = position_density(STATE, response, noise, 1.7, X)
    for i in range(2):
        rho = reduced_density_matrix(STATE, response, noise, 1.7, X, i)
        np.testing.assert_allclose(found[i], np.diagonal(rho).real, atol=1e-14)
    with pytest.raises(ValueError, match="`mass` must be positive"):
        position_density(STATE, response, noise, 0.0, X)


def test_a_bath_of_two_modes_gives_the_density_matrix_of_the_whole_wavefunction():
    """One bath mode at T = 0: Ψ(x, q) by its own Gaussian, then the trace over q."""
    bath = OscillatorBath(np.array([1.3]), np.array([0.6]))
    modes, t, mass, hbar = bath_modes(bath, 1.0, 0.8), 1.7, 1.0, 1.0
    state = Packets([-1.0, 1.3], 0.6, [0.2, -0.1])
    S = propagator(modes, t)
    A0 = 1j * np.diag([0.5 * hbar / 0.36, 1.3])
    F = S.qq + S.qp @ A0
    A = (S.pq + S.qq @ A0) @ np.linalg.inv(F)
    x, q = np.linspace(-7.0, 7.0, 141), np.linspace(-6.0, 6.0, 161)
    points = np.stack(np.meshgrid(x, q, indexing="ij"), axis=-1)
    psi = np.zeros(points.shape[:2], complex)
    for c, a, p in zip(state.coefficients, state.centres, state.momenta, strict=True):
        Q0, P0 = np.array([a, 0.0]), np.array([p, 0.0])
        Q, P = S.qq @ Q0 + S.qp @ P0, S.pq @ Q0 + S.qq @ P0
        off = points - Q
        phase = 0.5 * np.einsum("...i,ij,...j", off, A, off) + off @ P + 0.5 * (P @ Q - P0 @ Q0)
        psi += c * np.exp(1j * phase / hbar)
    whole = psi @ psi.conj().T * (q[1] - q[0])
    whole /= np.trace(whole).real * (x[1] - x[0])
    response = exact_response(modes, np.array([t]))
    noise = exact_noise(modes, bath, mass, np.array([t]), 0.0)
    rho = reduced_density_matrix(state, response, noise, mass, x, 0)
    np.testing.assert_allclose(rho, whole, atol=1e-10)


def test_the_transfer_matrix_moves_the_mean():
    response = exact_response(bath_modes(SMALL, 1.7, 0.8), np.array([0.0, 1e-4]))
    start, later = transfer_matrices(response, 1.7)
    np.testing.assert_allclose(start, np.eye(2), atol=1e-15)
    slope = (later - start) / 1e-4
    kernel = SMALL.memory_kernel(np.zeros(1))[0]
    exact = [[0.0, 1.0 / 1.7], [-1.7 * 0.64 - kernel, 0.0]]
    np.testing.assert_allclose(slope, exact, atol=1e-3)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="as many rows as columns"):
        modes_of_factor(np.ones((1, 2)))
    with pytest.raises(ValueError, match="`frequency` must not be negative"):
        bath_modes(SMALL, 1.0, -1.0)
    with pytest.raises(ValueError, match="`kT` must not be below zero"):
        bath_variances(SMALL, -1.0)
    with pytest.raises(ValueError, match="`kT` must be positive"):
        drude_noise(DRUDE, 1.0, np.ones(1), 0.0)
    with pytest.raises(ValueError, match="`density` must be Ohmic"):
        drude_poles(OHMIC, 1.0)
    with pytest.raises(ValidityError, match="begin at t >="):
        drude_noise(DRUDE, 1.0, np.array([1e-7]), 1.0)
    with pytest.raises(ValidityError, match="meets the cutoff"):
        drude_noise(DRUDE, 1.0, np.ones(1), 5.0 / (2.0 * np.pi))
    with pytest.raises(ValidityError, match="errs by about"):
        continuum_response(SpectralDensity(0.1, 5.0, 0.5), 1.0, 1.0, 15.0, 101)
    with pytest.raises(ValueError, match="vanishes"):
        Packets([0.0, 0.0], 1.0, coefficients=[1.0, -1.0])
    with pytest.raises(ValueError, match="`width` must be positive"):
        Packets([0.0], 0.0)


def test_the_vacuum_noise_is_the_limit_of_low_temperature():
    response = continuum_response(OHMIC, 1.0, 1.0, 3.0, 61)
    cold = continuum_noise(OHMIC, 1.0, response, 1e-3)
    vacuum = continuum_noise(OHMIC, 1.0, response, 0.0)
    np.testing.assert_allclose(cold.pp, vacuum.pp, atol=1e-5)
