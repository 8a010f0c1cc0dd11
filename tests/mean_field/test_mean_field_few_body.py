"""Exact N = 2, 3 beside the mean field, and the closed form for any N."""

import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import power_law_fit
from zitter.mean_field.few_body import (
    few_body_beside_mean_field,
    harmonic_mean_field_error,
    mean_field_error,
    one_particle_matrix,
    product_of_orbitals,
)
from zitter.mean_field.hartree import evolve_hartree
from zitter.system.external_potentials import Harmonic
from zitter.system.pair_potentials import HarmonicPair, NewtonPair
from zitter.wavefunctions.schrodinger import evolve_schrodinger

LINE = Grid((-8.0,), (8.0,), (40,))
(X,), (H,) = LINE.axes, LINE.spacing
PHI = np.exp(-0.5 * X**2) / np.pi**0.25
TIMES = [0.0, 1.0, 2.0]
COMMON = dict(time_step=0.1, leak_tolerance=1e-3)


def gravity(coupling):
    return NewtonPair(1.0, gravitational_constant=coupling, softening=0.5)


def compare(V_pair, num_particles, **others):
    return few_body_beside_mean_field(PHI, LINE, V_pair, num_particles, TIMES, **COMMON, **others)


@pytest.mark.parametrize("num_particles", [2, 3])
def test_harmonic_forces_agree_with_the_closed_form(num_particles):
    run = compare(HarmonicPair(0.3), num_particles)
    exact = harmonic_mean_field_error(num_particles, 0.3, np.array(TIMES), width=np.sqrt(0.5))
    np.testing.assert_allclose(run.depletion, exact, atol=2e-6)
    assert run.depletion[-1] > 0.1


def test_in_a_trap_too():
    run = compare(HarmonicPair(0.4), 2, U_ext=Harmonic(0.49))
    exact = harmonic_mean_field_error(
        2, 0.4, np.array(TIMES), width=np.sqrt(0.5), trap_frequency=0.7
    )
    np.testing.assert_allclose(run.depletion, exact, atol=2e-6)


def test_two_particles_in_relative_coordinates_agree():
    """ψ(x₁, x₂) = Φ((x₁ + x₂)/2) χ(x₁ - x₂): Φ a free packet, χ by a grid of its own."""
    V_pair, t = gravity(0.4), 2.0
    wide = Grid((-16.0,), (16.0,), (80,))
    r = wide.axes[0]
    chi0 = np.exp(-0.25 * r**2) / (2.0 * np.pi) ** 0.25
    run = compare(V_pair, 2)
    chi = evolve_schrodinger(chi0, wide, V_pair, [0.0, t], np.array([0.5]), order=4, **COMMON).psi[
        -1
    ]
    i = np.arange(40)
    centre = 0.5 * np.add.outer(X, X)
    spread = 1.0 + 1j * t
    cm = np.exp(-(centre**2) / spread) / np.sqrt(spread)
    psi = cm * np.asarray(chi)[40 + np.subtract.outer(i, i)]
    phi = evolve_hartree(PHI, LINE, V_pair, [0.0, t], order=4, **COMMON).psi[-1]
    error = mean_field_error(one_particle_matrix(psi, H), phi, H)
    assert run.depletion[-1] == pytest.approx(error.depletion, rel=1e-3)
    assert run.trace_distance[-1] == pytest.approx(error.trace_distance, rel=1e-3)


def test_the_depletion_grows_as_the_square_of_the_coupling_and_with_the_number_of_others():
    couplings = np.array([0.05, 0.1, 0.2])
    pairs = [compare(gravity(g), 2).depletion[-1] for g in couplings]
    assert power_law_fit(couplings, pairs).exponent == pytest.approx(2.0, abs=0.05)
    triple = compare(gravity(0.05), 3).depletion[-1]
    assert triple / pairs[0] == pytest.approx(2.0, rel=0.03)


def test_with_weak_coupling_the_depletion_of_many_falls_as_their_number():
    counts = np.array([100, 1000, 10_000, 100_000])
    weak = harmonic_mean_field_error(counts, 0.3 / (counts - 1), 2.0, width=0.7)
    assert power_law_fit(counts, weak).exponent == pytest.approx(-1.0, abs=0.01)
    fixed = harmonic_mean_field_error(counts, 1e-6, 2.0, width=0.7)
    assert power_law_fit(counts, fixed).exponent == pytest.approx(1.0, abs=0.05)


def test_repulsion_and_traps_are_covered_by_the_closed_form():
    shared = dict(time=1.0, width=0.7, trap_frequency=0.5)
    assert harmonic_mean_field_error(5, -0.2, **shared) > 0.0
    assert harmonic_mean_field_error(5, 0.0, **shared) == pytest.approx(0.0, abs=1e-14)


def test_the_distances_of_a_known_mixture():
    phi = PHI / np.sqrt(H * np.sum(PHI**2))
    other = X * PHI
    other = other / np.sqrt(H * np.sum(other**2))
    gamma = 0.8 * np.outer(phi, phi) + 0.2 * np.outer(other, other)
    error = mean_field_error(gamma, phi, H)
    assert error.depletion == pytest.approx(0.2, abs=1e-12)
    assert error.trace_distance == pytest.approx(0.2, abs=1e-12)
    assert error.density == pytest.approx(0.1 * H * np.sum(np.abs(other**2 - phi**2)), abs=1e-12)


def test_a_product_has_no_error():
    psi = product_of_orbitals(PHI, 3)
    error = mean_field_error(one_particle_matrix(psi, H), PHI, H)
    assert max(error) < 1e-12


def test_a_mean_field_of_half_the_strength_adds_an_error_of_the_same_order():
    errors = []
    for coupling in (0.05, 0.1):
        V_pair = gravity(coupling)
        half = evolve_hartree(PHI, LINE, V_pair, TIMES, num_others=0.5, order=4, **COMMON).psi[-1]
        whole = evolve_hartree(PHI, LINE, V_pair, TIMES, num_others=1.0, order=4, **COMMON).psi[-1]
        overlap = H * np.vdot(half, whole)
        errors.append((1.0 - abs(overlap) ** 2) / compare(V_pair, 2).depletion[-1])
    assert errors[0] == pytest.approx(errors[1], rel=0.1)
    assert min(errors) > 0.05


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: few_body_beside_mean_field(PHI, LINE, gravity(1.0), 4, TIMES, time_step=0.1),
            "at most 3",
        ),
        (lambda: product_of_orbitals(PHI, 0), "num_particles"),
        (lambda: mean_field_error(np.eye(3), PHI, H), "gamma"),
        (lambda: harmonic_mean_field_error(1, 0.1, 1.0, width=1.0), "num_particles"),
        (lambda: harmonic_mean_field_error(3, 0.1, 1.0, width=0.0), "width"),
        (lambda: harmonic_mean_field_error(3, np.nan, 1.0, width=1.0), "pair_stiffness"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_pair_potential_that_changes_is_refused():
    with pytest.raises(ValueError, match="`V_pair` must not depend on time"):
        compare(lambda r, t: -0.3 * (1.0 + t) / jnp.sqrt(r[0] ** 2 + 1.0), 2)


@pytest.mark.parametrize("softening", [0.25, 0.1])
def test_a_pair_potential_narrower_than_the_cells_is_refused(softening):
    V_pair = NewtonPair(1.0, gravitational_constant=1.0, softening=softening)
    with pytest.raises(ValidityError, match="do not resolve the pair energy"):
        compare(V_pair, 2)
    finer = Grid((-8.0,), (8.0,), (int(40 * 0.6 / softening),))
    phi = np.exp(-0.5 * finer.axes[0] ** 2) / np.pi**0.25
    evolve_hartree(phi, finer, V_pair, [0.0, 0.1], time_step=0.01)
