import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.wavefunctions.coupled_oscillators import (
    CoupledOscillators,
    coupled_ground_energy,
    coupled_ground_state,
)
from zitter.wavefunctions.derivatives import automatic_derivatives
from zitter.wavefunctions.madelung import normalisation
from zitter.wavefunctions.residuals import schrodinger_residual
from zitter.wavefunctions.schrodinger import (
    configuration_potential,
    evolve_schrodinger,
    values_on_grid,
)

K, KAPPA, F, MASS, HBAR = 0.9, 0.35, 0.4, 1.3, 0.7
SPRINGS = dict(stiffness=K, coupling=KAPPA, force=F, mass=MASS, hbar=HBAR)
SQUEEZED = dict(
    cm_width=0.5, relative_width=0.8, cm_centre=0.3, cm_momentum=-0.6, cm_chirp=0.2,
    relative_chirp=-0.1,
)  # fmt: skip
TIME = 0.7


def potential(num_particles, num_space=1):
    return configuration_potential(
        lambda x, t: jnp.sum(0.5 * K * x**2 - F * x),
        lambda r, t: 0.5 * KAPPA * jnp.sum(r**2),
        num_particles,
        num_space,
    )


def configurations(dof, num=5):
    return np.random.default_rng(0).normal(size=(num, dof))


def residual(psi, dof, t=TIME, num_space=1):
    masses = np.full(dof, MASS)
    U = potential(dof // num_space, num_space)
    return schrodinger_residual(psi, configurations(dof), t, U, masses, HBAR)


def test_a_squeezed_and_displaced_state_solves_the_schroedinger_equation():
    psi = CoupledOscillators(3, **SQUEEZED, **SPRINGS)
    np.testing.assert_allclose(residual(psi, 3), 0.0, atol=1e-11)
    doubled = CoupledOscillators(3, **SQUEEZED, **(SPRINGS | dict(coupling=2 * KAPPA)))
    assert np.max(np.abs(residual(doubled, 3))) > 0.1


def test_it_does_so_in_the_plane():
    psi = CoupledOscillators(2, **SQUEEZED, **SPRINGS, num_space=2)
    np.testing.assert_allclose(residual(psi, 4, num_space=2), 0.0, atol=1e-11)


def test_the_ground_state_turns_with_its_energy_and_does_nothing_else():
    psi = coupled_ground_state(3, **SPRINGS)
    q = jnp.asarray(configurations(3)[0])
    rate = jax.jvp(lambda t: psi(q, t), (TIME,), (1.0,))[1]
    energy = coupled_ground_energy(3, **SPRINGS)
    np.testing.assert_allclose(1j * HBAR * rate, energy, rtol=1e-11)
    w, W = np.sqrt(K / MASS), np.sqrt((K + 3 * KAPPA) / MASS)
    np.testing.assert_allclose(energy, HBAR * w / 2 + HBAR * W - 3 * F**2 / (2 * K), rtol=1e-12)


def test_all_derivatives_agree_with_automatic_ones():
    num_space = 2
    psi = CoupledOscillators(3, **SQUEEZED, **SPRINGS, num_space=num_space)
    Q = configurations(3 * num_space)
    seen = psi.derivatives(Q, TIME, 3)
    exact = automatic_derivatives(psi, Q, TIME, 3, num_space)
    for name, a, b in zip(seen._fields, seen[:6], exact[:6], strict=False):
        np.testing.assert_allclose(a, b, atol=1e-11, err_msg=name)
    times = np.linspace(0.0, 1.0, 5)
    own_times = psi.derivatives(Q, times, 2)
    alone = psi.derivatives(Q[3:4], times[3], 2)
    np.testing.assert_allclose(own_times.gradient[3], alone.gradient[0], rtol=1e-12)
    np.testing.assert_allclose(own_times.second[3], alone.second[0], rtol=1e-12)


def test_two_particles_agree_with_the_grid():
    grid = Grid((-6.0, -6.0), (6.0, 6.0), (80, 80))
    psi = CoupledOscillators(2, **SQUEEZED, **SPRINGS)

    def samples(t):
        return jnp.exp(values_on_grid(psi, grid, t))

    np.testing.assert_allclose(normalisation(psi, grid), 1.0, rtol=1e-9)
    run = dict(masses=[MASS, MASS], hbar=HBAR, time_step=0.05, order=4)
    evolution = evolve_schrodinger(samples(0.0), grid, potential(2), [0.0, 1.0], **run)
    error = grid.integrate(jnp.abs(evolution.psi[-1] - samples(1.0)) ** 2)
    assert float(error) < 1e-10


def test_widths_and_pair_correlation_are_those_of_the_samples():
    psi = CoupledOscillators(5, **SQUEEZED, **SPRINGS, num_space=2)
    draws = psi.sample(40_000, np.random.default_rng(1), TIME).reshape(-1, 5, 2)
    widths = psi.widths(TIME)
    for axis in range(2):
        C = np.cov(draws[:, :, axis].T)
        sigma2 = np.trace(C) / 5
        off = (C.sum() - np.trace(C)) / 20
        np.testing.assert_allclose(np.sqrt(sigma2), widths.sigma[axis], rtol=0.02)
        np.testing.assert_allclose(off / sigma2, widths.pair_correlation[axis], atol=0.02)
        cm = np.std(draws[:, :, axis].mean(axis=1))
        np.testing.assert_allclose(cm, widths.sigma_cm[axis], rtol=0.02)
    np.testing.assert_allclose(
        5 * widths.sigma_cm**2 / widths.sigma**2, 1 + 4 * widths.pair_correlation, rtol=1e-12
    )


def test_the_samples_follow_the_density():
    psi = CoupledOscillators(3, **SQUEEZED, **SPRINGS)
    Q = psi.sample(20_000, np.random.default_rng(2), TIME)
    log_density = 2 * np.real(psi.derivatives(Q, TIME).log_psi)
    # -2 ln(ρ/ρ_max) of a Gaussian in three dimensions is chi-squared with mean 3, variance 6.
    chi2 = -2 * (log_density - 2 * np.real(psi.derivatives(Q.mean(0)[None], TIME).log_psi))
    assert abs(chi2.mean() - 3.0) < 5 * np.sqrt(6 / 20_000)


def test_a_bound_ground_state_violates_the_bound_on_the_width_of_the_centre_of_mass():
    bound = coupled_ground_state(10, stiffness=0.1, coupling=2.0).widths()
    free = coupled_ground_state(10, stiffness=0.1, coupling=0.0).widths()
    assert float(bound.pair_correlation[0]) > 0.5
    np.testing.assert_allclose(free.pair_correlation, 0.0, atol=1e-12)


def test_a_million_particles_are_no_problem():
    psi = coupled_ground_state(1_000_000, stiffness=1.0, coupling=1e-6)
    Q = np.random.default_rng(0).normal(size=(1, 1_000_000))
    d = psi.derivatives(Q, 0.3, 3)
    w = np.sqrt(2.0)
    np.testing.assert_allclose(d.gradient[0], -w * Q[0] + (w - 1.0) * Q.mean(), rtol=1e-9)


def test_no_ground_state_is_refused_and_bad_input_too():
    with pytest.raises(ValidityError, match="stiffness must be positive"):
        coupled_ground_state(3, stiffness=0.0, coupling=1.0)
    with pytest.raises(ValidityError, match="There is no ground state"):
        coupled_ground_energy(3, stiffness=1.0, coupling=-0.5)
    with pytest.raises(ValueError, match="`num_particles` must be"):
        CoupledOscillators(1, cm_width=1.0, relative_width=1.0)
    with pytest.raises(ValueError, match="`width` must be positive"):
        CoupledOscillators(3, cm_width=-1.0, relative_width=1.0)
    with pytest.raises(ValueError, match="`Q` must have shape"):
        coupled_ground_state(3, stiffness=1.0, coupling=1.0).derivatives(np.zeros((1, 4)), 0.0)
