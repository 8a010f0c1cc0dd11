"""Warm Schroedinger-Poisson on a ring: exact limits, order, conservation, resuming."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.mean_field.mixed_states import evolve_mixed_state, warm_orbitals
from zitter.mean_field.schrodinger_newton import evolve_schrodinger_newton

RING = Grid((-np.pi,), (np.pi,), (64,))
X = RING.axes[0]
TIMES = np.linspace(0.0, 2.0, 5)


def wave(amplitude):
    """√ρ of ρ = (1 + A cos x)/2π."""
    return np.sqrt((1.0 + amplitude * np.cos(X)) / (2.0 * np.pi))


def first_mode(density):
    """2 ∫ρ cos x, which is A at the start."""
    return 2.0 * RING.spacing[0] * np.asarray(density) @ np.cos(X)


def test_one_orbital_is_the_schroedinger_newton_equation():
    psi = wave(0.3) * np.exp(0.5j * np.sin(X))
    how = dict(mass=1.3, hbar=0.4, time_step=0.05, order=4)
    mixed = evolve_mixed_state(psi[None], [1.0], RING, TIMES, 2.0, **how)
    single = evolve_schrodinger_newton(psi, RING, TIMES, 2.0, boundary="periodic", **how)
    assert np.max(np.abs(mixed.orbitals[0] - single.psi[-1])) < 1e-12
    assert np.max(np.abs(mixed.energy - single.energy)) < 1e-12


@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["gravity", "charges"])
def test_cold_small_waves_grow_or_oscillate_at_the_quantum_frequency(sign):
    hbar, mass, kappa, small = 0.7, 1.3, 0.9, 1e-6
    squared = hbar**2 / (4.0 * mass**2) - sign * 2.0 * kappa / (2.0 * np.pi * mass)
    exact = np.cos(np.sqrt(complex(squared)) * TIMES).real
    run = evolve_mixed_state(
        wave(small)[None], [1.0], RING, TIMES, sign * kappa, mass=mass, hbar=hbar, time_step=0.05
    )
    assert np.max(np.abs(first_mode(run.density) / small / exact - 1.0)) < 2e-6
    wrong = np.cos(np.sqrt(complex(-squared)) * TIMES).real
    assert np.max(np.abs(first_mode(run.density) / small / wrong - 1.0)) > 0.3


def test_a_free_gas_mixes_its_phases_as_the_spread_of_its_momenta_says():
    hbar, mass, spread, small = 0.2, 1.3, 0.6, 0.05
    psi = (1.0 + small * np.cos(X)) / np.sqrt(2.0 * np.pi)
    orbitals, weights = warm_orbitals(psi, RING, spread, hbar)
    run = evolve_mixed_state(
        orbitals, weights, RING, TIMES, 0.0, mass=mass, hbar=hbar, time_step=0.1
    )
    beat = np.cos(hbar * TIMES / (2.0 * mass)) * np.exp(-0.5 * (spread * TIMES / mass) ** 2)
    assert np.max(np.abs(first_mode(run.density) - 2.0 * small * beat)) < 1e-12


@pytest.mark.parametrize("order", [2, 4])
def test_the_order_of_the_splitting_is_as_declared(order):
    orbitals, weights = warm_orbitals(wave(0.3), RING, 0.2, 0.1)
    steps = np.array([0.125, 0.0625, 0.03125])

    def final(step, order):
        return evolve_mixed_state(
            orbitals, weights, RING, [0.0, 2.0], np.pi, hbar=0.1, time_step=step, order=order
        ).density[-1]

    exact = final(0.008, 4)
    errors = [np.max(np.abs(final(step, order) - exact)) for step in steps]
    assert convergence_order(steps, errors) == pytest.approx(order, abs=0.1)


def test_norm_and_momentum_are_kept_to_round_off_and_the_energy_to_the_error_of_the_step():
    orbitals, weights = warm_orbitals(wave(0.3) * np.exp(0.4j * np.sin(X)), RING, 0.3, 0.15)
    orbitals *= np.exp(1j * X)
    run = evolve_mixed_state(
        orbitals, weights, RING, TIMES, np.pi, mass=1.1, hbar=0.15, time_step=0.05
    )
    assert np.max(np.abs(run.norm - 1.0)) < 1e-13
    assert run.momentum[0] == pytest.approx(0.15 * (1.0 + 0.4 * 0.3 / 2.0), abs=1e-12)
    assert np.ptp(run.momentum) < 1e-13
    assert np.ptp(run.energy) < 1e-8
    kinetic = run.energy[0] - _self_energy(run.density[0])
    assert kinetic == pytest.approx(_kinetic(orbitals, weights, 1.1, 0.15), rel=1e-12)


def _self_energy(rho):
    k = np.fft.fftfreq(64, 1.0 / 64)
    modes = np.fft.fft(rho) / 64
    return np.pi * np.sum(-np.pi * 2.0 * np.abs(modes[1:]) ** 2 / k[1:] ** 2)


def _kinetic(orbitals, weights, mass, hbar):
    slopes = np.array(RING.derivative(orbitals, 0))
    return hbar**2 / (2.0 * mass) * RING.spacing[0] * weights @ np.sum(np.abs(slopes) ** 2, axis=1)


def test_turning_time_round_leads_back_to_the_start():
    orbitals, weights = warm_orbitals(wave(0.3), RING, 0.3, 0.15)
    how = dict(hbar=0.15, time_step=0.1)
    there = evolve_mixed_state(orbitals, weights, RING, TIMES, np.pi, **how)
    back = evolve_mixed_state(there.orbitals.conj(), weights, RING, TIMES, np.pi, **how)
    assert np.max(np.abs(back.orbitals.conj() - orbitals)) < 1e-12


def test_a_run_that_was_killed_resumes_bit_equal(tmp_path):
    orbitals, weights = warm_orbitals(wave(0.3), RING, 0.3, 0.15)
    how = dict(hbar=0.15, time_step=0.1)
    whole = evolve_mixed_state(orbitals, weights, RING, TIMES, np.pi, **how)

    def kill(progress):
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evolve_mixed_state(
            orbitals, weights, RING, TIMES, np.pi, folder=tmp_path, progress=kill, **how
        )
    resumed = evolve_mixed_state(orbitals, weights, RING, TIMES, np.pi, folder=tmp_path, **how)
    for a, b in zip(whole, resumed, strict=True):
        assert np.array_equal(a, b)
    with pytest.raises(ValueError, match="another input"):
        evolve_mixed_state(orbitals, weights, RING, TIMES, 3.0, folder=tmp_path, **how)


def test_bad_input_is_refused_in_a_sentence():
    psi, how = wave(0.1)[None], dict(hbar=0.2, time_step=0.1)
    with pytest.raises(ValueError, match="`weights` must be positive"):
        evolve_mixed_state(psi, [-1.0], RING, TIMES, 1.0, **how)
    with pytest.raises(ValueError, match="`weights` must have shape"):
        evolve_mixed_state(psi, [0.5, 0.5], RING, TIMES, 1.0, **how)
    with pytest.raises(ValueError, match="must have 64 points"):
        evolve_mixed_state(psi[:, :32], [1.0], RING, TIMES, 1.0, **how)
    with pytest.raises(ValueError, match="`order` must be one of 2, 4"):
        evolve_mixed_state(psi, [1.0], RING, TIMES, 1.0, order=3, **how)
    with pytest.raises(ValueError, match="increase"):
        evolve_mixed_state(psi, [1.0], RING, TIMES[::-1], 1.0, **how)
    with pytest.raises(ValidityError, match="does not resolve it"):
        evolve_mixed_state(psi * np.exp(30j * X), [1.0], RING, TIMES, 1.0, **how)
    with pytest.raises(ValidityError, match="of the box in one step"):
        evolve_mixed_state(psi * np.exp(20j * X), [1.0], RING, TIMES, 1.0, hbar=1.0, time_step=0.1)
    with pytest.raises(ValidityError, match="must be at least the distance"):
        warm_orbitals(psi[0], RING, 0.1, 0.2)
    with pytest.raises(ValidityError, match="does not resolve it"):
        warm_orbitals(psi[0], RING, 1.0, 0.1)
    plane = Grid((-1.0, -1.0), (1.0, 1.0), (8, 8))
    with pytest.raises(ValueError, match="one axis"):
        warm_orbitals(np.ones(8), plane, 1.0, 0.1)


@pytest.mark.parametrize("order", [2, 4])
def test_steps_longer_than_the_oscillation_are_refused(order):
    # A cold wave of ω = 1 whose orbitals hardly move in a step.
    psi = np.sqrt((1.0 + 0.01 * np.cos(X)) / (2.0 * np.pi))[None]
    how = dict(hbar=0.005, order=order)
    with pytest.raises(ValidityError, match="does not resolve the frequency 1"):
        evolve_mixed_state(psi, [1.0], RING, [0.0, 2.0], -np.pi, time_step=2.0, **how)
    run = evolve_mixed_state(psi, [1.0], RING, [0.0, 2.0], -np.pi, time_step=0.1, **how)
    wave = 2.0 * np.mean(run.density[-1] * np.cos(X)) * 2.0 * np.pi
    assert wave == pytest.approx(0.01 * np.cos(2.0), rel=0.01)
