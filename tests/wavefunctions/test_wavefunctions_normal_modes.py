import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.wavefunctions.coupled_oscillators import coupled_ground_state
from zitter.wavefunctions.derivatives import automatic_derivatives
from zitter.wavefunctions.normal_modes import (
    GaussianModes,
    NormalModes,
    chain_stiffness,
    gaussian_modes,
    lattice_stiffness,
    thermal_covariance,
    thermal_momentum_covariance,
    width_ratio,
)
from zitter.wavefunctions.residuals import schrodinger_residual

MASS, HBAR, TIME = 1.3, 0.7, 0.6
LATTICE = lattice_stiffness((2, 2), 0.8, 0.3, num_space=2)
MODES = NormalModes(LATTICE, MASS, 2)


def displaced():
    rng = np.random.default_rng(0)
    return gaussian_modes(
        MODES, displacement=rng.normal(size=8), momentum=rng.normal(size=8), hbar=HBAR,
        widths=np.where(np.arange(8) < 3, 0.9, np.nan), equilibrium=rng.normal(size=8), chirp=0.1,
    )  # fmt: skip


def potential(psi):
    def U(q, t):
        d = q - psi.equilibrium
        return 0.5 * d @ jnp.asarray(LATTICE) @ d

    return U


def test_a_displaced_and_squeezed_crystal_solves_the_schroedinger_equation():
    psi = displaced()
    Q = np.random.default_rng(1).normal(size=(4, 8))
    arguments = (Q, TIME, potential(psi), np.full(8, MASS), HBAR)
    np.testing.assert_allclose(schrodinger_residual(psi, *arguments), 0.0, atol=1e-10)
    wrong = np.full(8, 2 * MASS)
    assert np.max(np.abs(schrodinger_residual(psi, *arguments[:3], wrong, HBAR))) > 0.1


def test_all_derivatives_agree_with_automatic_ones():
    psi = displaced()
    Q = np.random.default_rng(1).normal(size=(4, 8))
    seen, exact = psi.derivatives(Q, TIME, 3), automatic_derivatives(psi, Q, TIME, 3, 2)
    for name, a, b in zip(seen._fields, seen[:6], exact[:6], strict=False):
        np.testing.assert_allclose(a, b, atol=1e-11, err_msg=name)


def test_springs_from_each_to_each_give_the_coupled_oscillators():
    k, kappa, N = 0.7, 0.4, 5
    K = (k + N * kappa) * np.eye(N) - kappa * np.ones((N, N))
    psi = gaussian_modes(NormalModes(K, MASS), hbar=HBAR, displacement=0.3, momentum=0.2)
    coupled = coupled_ground_state(
        N, stiffness=k, coupling=kappa, displacement=0.3, cm_momentum=N * 0.2, mass=MASS, hbar=HBAR
    )
    Q = np.random.default_rng(2).normal(size=(4, N))
    a, b = psi.derivatives(Q, TIME, 2), coupled.derivatives(Q, TIME, 2)
    np.testing.assert_allclose(jnp.exp(a.log_psi - b.log_psi), 1.0, rtol=1e-11)
    np.testing.assert_allclose(a.gradient, b.gradient, atol=1e-11)
    widths = coupled.widths()
    expected = 1 + (N - 1) * widths.pair_correlation[0]
    np.testing.assert_allclose(width_ratio(psi.covariance()), expected, rtol=1e-11)


def test_the_frequencies_of_a_ring_follow_the_dispersion_relation():
    N, spring = 8, 0.6
    modes = NormalModes(chain_stiffness(N, spring, periodic=True), MASS)
    q = 2 * np.pi * np.arange(N) / N
    expected = np.sort(2 * np.sqrt(spring / MASS) * np.abs(np.sin(q / 2)))
    np.testing.assert_allclose(modes.frequencies, expected, atol=1e-7)


def test_an_open_chain_has_springs_between_neighbours_only():
    K = chain_stiffness(3, 2.0, 0.5)
    np.testing.assert_allclose(K, [[2.5, -2.0, 0.0], [-2.0, 4.5, -2.0], [0.0, -2.0, 2.5]])
    assert np.count_nonzero(lattice_stiffness((3, 3), 1.0)) == 9 + 2 * 12
    assert np.count_nonzero(lattice_stiffness((3, 3), 1.0, periodic=True)) == 9 + 2 * 18


def test_samples_have_the_mean_and_covariance_of_the_state():
    psi = displaced()
    draws = psi.sample(40_000, np.random.default_rng(3), TIME)
    C = psi.covariance(TIME)
    scale = np.sqrt(np.outer(np.diag(C), np.diag(C)))
    assert np.max(np.abs(np.cov(draws.T) - C) / scale) < 0.03
    assert np.max(np.abs(draws.mean(axis=0) - psi.mean(TIME))) < 0.03


def test_the_thermal_state_goes_from_the_ground_state_to_equipartition():
    ground = gaussian_modes(MODES, hbar=HBAR).covariance()
    np.testing.assert_allclose(thermal_covariance(MODES, 0.0, HBAR), ground, atol=1e-12)
    hot = thermal_covariance(MODES, 200.0, HBAR)
    np.testing.assert_allclose(hot @ LATTICE, 200.0 * np.eye(8), atol=0.02)
    momenta = thermal_momentum_covariance(MODES, 200.0, HBAR)
    np.testing.assert_allclose(momenta, MASS * 200.0 * np.eye(8), atol=0.1)


def test_positions_and_momenta_of_the_ground_state_have_least_uncertainty():
    C, P = thermal_covariance(MODES, 0.0, HBAR), thermal_momentum_covariance(MODES, 0.0, HBAR)
    np.testing.assert_allclose(C @ P, HBAR**2 / 4 * np.eye(8), atol=1e-12)


def test_the_width_ratio_counts_correlations():
    np.testing.assert_allclose(width_ratio(np.eye(6), 2), 1.0)
    np.testing.assert_allclose(width_ratio(np.ones((6, 6))), 6.0)


def test_free_modes_and_bad_matrices_are_refused():
    free = NormalModes(chain_stiffness(3, 1.0))
    with pytest.raises(ValidityError, match="1 of the 3 modes are free"):
        gaussian_modes(free)
    with pytest.raises(ValidityError, match="no thermal state"):
        thermal_covariance(free, 1.0)
    assert gaussian_modes(free, widths=[2.0, np.nan, np.nan]).num_particles == 3
    with pytest.raises(ValueError, match="must be symmetric"):
        NormalModes([[1.0, 0.5], [0.0, 1.0]])
    with pytest.raises(ValueError, match="must have shape"):
        NormalModes(np.ones((2, 3)))
    with pytest.raises(ValueError, match="must divide"):
        NormalModes(np.eye(3), num_space=2)
    with pytest.raises(ValueError, match="`kT` must not be negative"):
        thermal_covariance(MODES, -1.0)
    with pytest.raises(ValueError, match="`equilibrium` must have shape"):
        GaussianModes(MODES, displaced().packet, jnp.zeros(3))
