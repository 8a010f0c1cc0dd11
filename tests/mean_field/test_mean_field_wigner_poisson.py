"""Wigner-Poisson: equal to the orbitals on its lattice, to Vlasov for small ħ, and ħ² between."""

import numpy as np
import pytest

from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.mean_field.mixed_states import evolve_mixed_state, warm_orbitals
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import evolve_vlasov
from zitter.mean_field.wigner_functions import wigner_function
from zitter.mean_field.wigner_poisson import evolve_wigner_poisson, wigner_kick, wigner_species

SPACE, VELOCITY = Grid((-np.pi,), (np.pi,), (64,)), Grid((-5.0,), (5.0,), (128,))
X, V = SPACE.axes[0], VELOCITY.axes[0]
HOW = dict(time_step=0.1, order=6)
END = [0.0, 4.0]


def gravity(sign=1.0):
    """Field with ω² = 4πG⟨ρ⟩ = 1 for a unit mass of density 1/2π on a ring of 2π."""
    return SelfField(SPACE, "periodic", gravitational_constant=0.5 * sign, background=True)


def start(hbar, phase=0.0):
    psi = np.sqrt((1.0 + 0.1 * np.cos(X)) / (2.0 * np.pi)) * np.exp(1j * phase * np.sin(X + 0.4))
    return warm_orbitals(psi, SPACE, 0.5, hbar)


def first_mode(density):
    return 2.0 * SPACE.spacing[0] * abs(density @ np.exp(-1j * X))


@pytest.fixture(scope="module")
def classical():
    f0 = np.outer(1.0 + 0.1 * np.cos(X), np.exp(-2.0 * V**2)) / (2.0 * np.pi * np.sqrt(np.pi / 2.0))
    kind = species(f0, SPACE, VELOCITY)
    return kind, evolve_vlasov(kind, gravity(), END, interpolator="spectral", **HOW)


@pytest.mark.parametrize(("sign", "mass"), [(1.0, 1.0), (-1.0, 1.3)], ids=["gravity", "charges"])
def test_the_wigner_function_of_the_orbitals_obeys_wigner_poisson(sign, mass):
    hbar, kappa, times = 0.2, sign * np.pi * mass**2, np.array([0.0, 1.0, 2.0])
    orbitals, weights = start(hbar, phase=0.7)
    run = evolve_mixed_state(
        orbitals, weights, SPACE, times, kappa, mass=mass, hbar=hbar, time_step=0.02
    )
    kind = wigner_species(orbitals, weights, SPACE, mass=mass, hbar=hbar)
    wigner = evolve_wigner_poisson(kind, gravity(sign), times, hbar, **HOW)
    assert np.max(np.abs(wigner.density[:, 0] - run.density)) < 1e-8
    last = mass * wigner_function(run.orbitals, weights, SPACE, hbar).values
    assert np.max(np.abs(wigner.f[0][-1] - last)) < 1e-8
    wrong = evolve_wigner_poisson(kind, gravity(sign), times, 2.0 * hbar, **HOW)
    assert np.max(np.abs(wrong.density[-1, 0] - run.density[-1])) > 1e-4


def test_one_cold_psi_obeys_wigner_poisson_beyond_its_caustic():
    hbar, wide = 0.15, Grid((-np.pi,), (np.pi,), (128,))
    psi = np.sqrt((1.0 + 0.1 * np.cos(wide.axes[0])) / (2.0 * np.pi))[None]
    run = evolve_mixed_state(psi, [1.0], wide, END, np.pi, hbar=hbar, time_step=0.02)
    kind = wigner_species(psi, [1.0], wide, hbar=hbar)
    field = SelfField(wide, "periodic", gravitational_constant=0.5, background=True)
    wigner = evolve_wigner_poisson(kind, field, END, hbar, time_step=0.04, order=6)
    assert np.max(run.density[-1]) > 4.0 * np.mean(run.density[-1])
    assert np.max(np.abs(wigner.density[-1, 0] - run.density[-1])) < 1e-6
    last = wigner_function(run.orbitals, [1.0], wide, hbar).values
    assert np.min(last) < -0.3 * np.max(last)
    assert np.max(np.abs(wigner.f[0][-1] - last)) < 1e-6 * np.max(last)


def test_a_small_hbar_gives_vlasov_poisson(classical):
    kind, exact = classical
    wigner = evolve_wigner_poisson(kind, gravity(), END, 1e-5, **HOW)
    assert np.max(np.abs(wigner.density - exact.density)) < 1e-11


def test_the_warm_error_falls_as_hbar_squared(classical):
    kind, exact = classical
    reference = first_mode(exact.density[-1, 0])
    hbars, gas, same = np.array([0.4, 0.2, 0.1]), [], []
    for hbar in hbars:
        orbitals, weights = start(hbar)
        if hbar > 0.1:
            run = evolve_mixed_state(orbitals, weights, SPACE, END, np.pi, hbar=hbar, time_step=0.1)
            gas.append(first_mode(run.density[-1]) / reference - 1.0)
        wigner = evolve_wigner_poisson(kind, gravity(), END, hbar, **HOW)
        same.append(first_mode(wigner.density[-1, 0]) / reference - 1.0)
    assert gas[-1] / 0.2**2 == pytest.approx(-0.272, abs=0.003)
    assert convergence_order(hbars[:2], np.abs(gas)) == pytest.approx(2.0, abs=0.1)
    assert convergence_order(hbars, np.abs(same)) == pytest.approx(2.0, abs=0.1)
    # Half of the error of the gas is in its start.
    assert same[-1] / 0.1**2 == pytest.approx(-0.1368, abs=0.0005)


def test_wigners_multiplier_is_the_sine_and_the_slope_where_it_is_small():
    g = wigner_kick(0.3)
    assert g(np.array([2.0]), 1.5) == pytest.approx(10.0 * np.sin(0.2), rel=1e-14)
    assert g(np.array([1e-5]), 1.5) == pytest.approx(1e-5, rel=1e-9)


def test_bad_input_is_refused_in_a_sentence(classical):
    kind, _ = classical
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        evolve_wigner_poisson(kind, gravity(), END, -1.0, **HOW)
    alone = SelfField(SPACE, "isolated", gravitational_constant=1.0)
    with pytest.raises(ValueError, match="needs the boundary 'periodic'"):
        evolve_wigner_poisson(kind, alone, END, 0.1, **HOW)
    orbitals, weights = start(0.2)
    with pytest.raises(ValueError, match="`mass` must be positive"):
        wigner_species(orbitals, weights, SPACE, mass=0.0, hbar=0.2)
