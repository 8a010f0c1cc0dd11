"""Stationary states and evolution of the Hartree equation on a line."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.mean_field.hartree import evolve_hartree, line_mean_field
from zitter.mean_field.line_states import line_state
from zitter.system.external_potentials import Harmonic
from zitter.system.pair_potentials import CoulombPair, HarmonicPair, NewtonPair, SheetPair

SHEET = SheetPair(1.0, gravitational_constant=0.5 / np.pi)  # V = |x|
SOFT = NewtonPair(1.0, softening=1.0)
LINE = Grid((-9.0,), (9.0,), (64,))


@pytest.mark.parametrize(
    ("V_pair", "extent", "num_points", "eigenvalue"),
    [(SHEET, 9.0, 64, 1.0741899556), (SOFT, 22.0, 96, -0.5582085973)],
)
def test_plane_waves_and_polynomials_give_the_same_ground_state(
    V_pair, extent, num_points, eigenvalue
):
    here = line_state(V_pair, extent, num_points + 32)
    there = line_state(V_pair, extent, num_points, method="chebyshev")
    assert here.eigenvalue == pytest.approx(there.eigenvalue, abs=1e-10)
    assert here.eigenvalue == pytest.approx(eigenvalue, abs=1e-9)
    assert here.kinetic == pytest.approx(there.kinetic, abs=1e-9)


def test_the_virial_theorem_of_sheets():
    s = line_state(SHEET, 9.0, 64, method="chebyshev")
    assert s.eigenvalue == pytest.approx(5.0 * s.kinetic, rel=1e-10)
    assert s.weights @ (s.x * s.phi) ** 2 == pytest.approx(0.5839666072, abs=1e-9)


def test_excited_states_of_both_parities_agree_too():
    for num_nodes in (1, 2):
        here, there = (
            line_state(SHEET, 12.0, 72, num_nodes=num_nodes, method=m).eigenvalue
            for m in ("fourier", "chebyshev")
        )
        assert here == pytest.approx(there, abs=1e-9)


def test_harmonic_forces_make_a_shifted_oscillator():
    s = line_state(HarmonicPair(0.5), 10.0, 64, num_others=2.0)
    # (N - 1)κ(x² + ⟨x²⟩)/2 with (N - 1)κ = 1: frequency 1 and ⟨x²⟩ = 1/2.
    assert s.eigenvalue == pytest.approx(0.5 + 0.25, rel=1e-9)
    assert s.energy == pytest.approx(0.5, rel=1e-9)


def test_equal_charges_in_a_trap_spread():
    widths = [
        line_state(CoulombPair(q, softening=0.5), 9.0, 48, U_ext=Harmonic(1.0)).kinetic
        for q in (0.0, 1.0)
    ]
    assert widths[0] == pytest.approx(0.25, rel=1e-8)
    assert widths[1] < 0.23


def test_the_mean_field_of_sheets_is_exact():
    (x,) = LINE.axes
    rho = np.exp(-(x**2)) / np.sqrt(np.pi)
    exact = x * erf(x) + np.exp(-(x**2)) / np.sqrt(np.pi)
    np.testing.assert_allclose(line_mean_field(SHEET, LINE)(rho), exact, atol=1e-11)


def test_the_mean_field_of_a_smooth_pair_is_its_convolution():
    (x,), (h,) = LINE.axes, LINE.spacing
    rho = np.exp(-((x - 1.0) ** 2)) / np.sqrt(np.pi)
    direct = h * (-1.0 / np.sqrt(np.subtract.outer(x, x) ** 2 + 1.0)) @ rho
    np.testing.assert_allclose(line_mean_field(SOFT, LINE)(rho), direct, atol=1e-13)


def test_a_stationary_state_turns_only_its_phase():
    grid = Grid((-22.0,), (22.0,), (192,))
    s = line_state(SOFT, 22.0, 96)
    phi = np.interp(np.abs(grid.axes[0]), s.x, s.phi)
    run = evolve_hartree(phi, grid, SOFT, [0.0, 2.0], time_step=0.05, order=4)
    assert np.max(np.abs(run.psi[-1] - phi * np.exp(-2j * s.eigenvalue))) < 1e-7
    assert run.energy[0] == pytest.approx(s.energy, abs=1e-8)


@pytest.mark.parametrize("order", [2, 4])
def test_the_error_falls_at_the_order_of_the_scheme(order):
    (x,) = LINE.axes
    phi = np.exp(-0.5 * (x - 0.4) ** 2)
    phi = phi / np.sqrt(LINE.spacing[0] * np.sum(phi**2))
    steps = (0.1, 0.05)
    runs = [
        evolve_hartree(phi, LINE, SOFT, [0.0, 1.0], num_others=3.0, time_step=dt, order=order).psi[
            -1
        ]
        for dt in (*steps, 0.0125 / 2)
    ]
    errors = [np.linalg.norm(run - runs[-1]) for run in runs[:-1]]
    assert convergence_order(steps, errors) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(extent=-1.0), "extent"),
        (dict(method="sinc"), "method"),
        (dict(num_points=4), "num_points"),
        (dict(mass=0.0), "mass"),
        (dict(V_pair=lambda r, t: jnp.nan * r[0]), "V_pair"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        line_state(**(dict(V_pair=SOFT, extent=20.0, num_points=32) | change))


def test_a_box_too_small_is_out_of_validity():
    with pytest.raises(ValidityError, match="extent"):
        line_state(SOFT, 6.0, 48)


@pytest.mark.parametrize(
    ("softening", "num_points", "method"),
    [(0.05, 64, "chebyshev"), (0.05, 256, "fourier")],
)
def test_a_pair_potential_that_the_points_do_not_resolve_is_refused(softening, num_points, method):
    V = NewtonPair(1.0, softening=softening)
    with pytest.raises(ValidityError, match="Twice as many points"):
        line_state(V, 20.0, num_points, method=method)


def test_a_pair_potential_that_the_points_resolve_is_right_to_a_thousandth():
    V = NewtonPair(1.0, softening=0.2)
    exact = line_state(V, 14.0, 256, method="chebyshev").eigenvalue
    for num_points, method in ((96, "fourier"), (64, "chebyshev")):
        found = line_state(V, 14.0, num_points, method=method).eigenvalue
        assert found == pytest.approx(exact, rel=1e-3)


def test_a_plane_is_no_line():
    with pytest.raises(ValueError, match="one axis"):
        line_mean_field(SOFT, Grid((-1.0, -1.0), (1.0, 1.0), (8, 8)))
