"""Solitons: profile, oscillations, and ground states on Cartesian grids."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field.cartesian_states import cartesian_ground_state
from zitter.mean_field.radial_evolution import RadialGrid, evolve_radial
from zitter.mean_field.radial_states import radial_state
from zitter.mean_field.schrodinger_newton import evolve_schrodinger_newton
from zitter.mean_field.solitons import (
    core_profile,
    core_radius,
    fit_soliton,
    oscillation_frequencies,
    soliton_on_grid,
)


def cube(extent, num):
    return Grid((-0.5 * extent,) * 3, (0.5 * extent,) * 3, (num,) * 3)


BOX = cube(38.0, 36)


@pytest.fixture(scope="module")
def radial():
    return radial_state()


@pytest.fixture(scope="module")
def isolated():
    return cartesian_ground_state(BOX, 1.0, tolerance=1e-6)


@pytest.fixture(scope="module")
def periodic():
    return cartesian_ground_state(cube(30.0, 24), 1.0, boundary="periodic", tolerance=1e-6)


def test_a_cartesian_grid_has_the_ground_state_of_the_radial_one(isolated, radial):
    assert isolated.eigenvalue == pytest.approx(radial.eigenvalue, abs=5e-6)
    assert isolated.energy == pytest.approx(radial.energy, abs=5e-6)
    there = soliton_on_grid(radial, BOX, centre=BOX.points.mean(axis=0))
    assert BOX.cell_volume * np.sum(np.abs(isolated.psi**2 - np.abs(there) ** 2)) < 1e-3


def test_a_larger_box_comes_closer(isolated, radial):
    finer = cartesian_ground_state(cube(40.0, 40), 1.0, tolerance=1e-6)
    assert abs(finer.eigenvalue - radial.eigenvalue) < 0.6 * abs(
        isolated.eigenvalue - radial.eigenvalue
    )


def test_the_breathing_mode_rings_in_a_perturbed_soliton(radial):
    grid = RadialGrid(60.0, 119)
    u = np.sqrt(4.0 * np.pi) * grid.r * radial.amplitude(grid.r)
    squeezed = u * (1.0 + 1e-3 * np.exp(-((grid.r / 4.0) ** 2)))
    times = np.linspace(0.0, 736.0, 369)
    run = evolve_radial(squeezed, grid, times, time_step=2.0, order=4)
    signal = np.abs(run.u[:, 0]) ** 2
    signal = (signal - signal.mean()) * np.hanning(len(signal))
    omega = np.linspace(0.04, 0.1, 601)
    power = np.abs(np.exp(-1j * np.outer(omega, times)) @ signal)
    assert omega[np.argmax(power)] == pytest.approx(oscillation_frequencies(radial, 1)[0], rel=0.01)


def test_the_frequencies_scale_as_the_symmetry_says(radial):
    here = oscillation_frequencies(radial, 2)
    there = oscillation_frequencies(radial_state(coupling=3.0), 2, coupling=3.0)
    np.testing.assert_allclose(there, 9.0 * here, rtol=1e-8)
    psi, scaled = radial.amplitude(2.4), radial_state(coupling=3.0).amplitude(0.8)
    assert scaled == pytest.approx(3.0**1.5 * psi, rel=1e-10)


def test_the_empirical_profile_is_near_the_soliton(radial):
    r_c = core_radius(radial)
    r = np.linspace(0.0, 3.0 * r_c, 60)
    share = (radial.amplitude(r) / radial.amplitude(0.0)) ** 2
    assert core_profile(r_c, r_c) == pytest.approx(0.5, rel=1e-12)
    assert radial.amplitude(r_c) ** 2 == pytest.approx(0.5 * radial.amplitude(0.0) ** 2, rel=1e-10)
    assert np.max(np.abs(core_profile(r, r_c) - share)) < 0.02


def test_a_fit_finds_the_coupling_and_the_share_of_a_soliton():
    grid = cube(24.0, 24)
    psi = soliton_on_grid(radial_state(coupling=1.7), grid, centre=(1.0, 0.0, -0.5))
    background = 1e-5
    fit = fit_soliton(0.6 * np.abs(psi) ** 2 + background, grid, (1.0, 0.0, -0.5), 4.0)
    norm = 0.6 + background * 24.0**3
    assert fit.coupling == pytest.approx(1.7, rel=0.01)
    assert fit.share == pytest.approx(0.6 / norm, rel=0.01)
    assert fit.misfit < 0.01


@pytest.mark.parametrize("boosted", [False, True])
def test_a_soliton_keeps_its_density_at_rest_and_boosted(periodic, boosted):
    grid = cube(30.0, 24)
    period = 2.0 * np.pi / 0.06825
    k = 2.0 * np.pi / 30.0 if boosted else 0.0
    phase = np.exp(1j * k * grid.axes[0])[:, None, None]
    run = evolve_schrodinger_newton(
        periodic.psi * phase,
        grid,
        [0.0, period],
        1.0,
        boundary="periodic",
        time_step=2.0,
        order=4,
        keep="last",
    )
    turn = np.exp(-1j * grid.wavenumbers[0] * k * period)[:, None, None]
    moved = np.real(np.fft.ifft(turn * np.fft.fft(periodic.psi, axis=0), axis=0))
    change = grid.cell_volume * np.sum(np.abs(np.abs(run.psi[-1]) ** 2 - moved**2))
    assert change < 1e-4


def test_a_soliton_of_the_wrong_coupling_does_not_keep_its_density(periodic):
    grid = cube(30.0, 24)
    run = evolve_schrodinger_newton(
        periodic.psi, grid, [0.0, 23.0], 1.1, boundary="periodic", time_step=1.5, order=4
    )
    change = grid.cell_volume * np.sum(np.abs(np.abs(run.psi[-1]) ** 2 - periodic.psi**2))
    assert change > 1e-2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: soliton_on_grid(s, Grid((-1.0,), (1.0,), (8,))), "three axes"),
        (lambda s: soliton_on_grid(s, BOX, centre=(0.0,)), "centre"),
        (lambda s: oscillation_frequencies(s, coupling=2.0), "coupling"),
        (lambda s: core_profile(1.0, 0.0), "radius"),
        (lambda s: fit_soliton(np.ones(BOX.num), BOX, (0.0, 0.0, 0.0), 0.1), "reach"),
        (lambda s: cartesian_ground_state(Grid((-1.0,), (1.0,), (8,)), 1.0), "three axes"),
        (lambda s: cartesian_ground_state(BOX, -1.0), "coupling"),
        (lambda s: cartesian_ground_state(BOX, 1.0, boundary="open"), "boundary"),
        (lambda s: cartesian_ground_state(BOX, 1.0, psi0=np.zeros(BOX.num)), "not 0 everywhere"),
        (lambda s: cartesian_ground_state(BOX, 1.0, psi0=np.ones(BOX.num) * 1j), "real"),
    ],
)
def test_bad_input_is_refused(radial, call, message):
    with pytest.raises(ValueError, match=message):
        call(radial)


def test_what_cannot_be_reached_is_out_of_validity(radial):
    with pytest.raises(ValidityError, match="modes"):
        oscillation_frequencies(radial, 60)
    with pytest.raises(ValidityError, match="residual"):
        cartesian_ground_state(cube(16.0, 12), 1.0, tolerance=1e-10, max_iterations=20)


@pytest.mark.parametrize(
    ("extent", "num", "message"),
    [
        (8.0, 16, "ends of the box"),
        (16.0, 16, "ends of the box"),
        (120.0, 16, "finer grid"),
        (200.0, 12, "finer grid"),
        (24.0, 24, "larger box"),
        (80.0, 32, "finer grid"),
    ],
)
def test_a_box_or_a_grid_that_does_not_hold_the_ground_state_is_refused(extent, num, message):
    with pytest.raises(ValidityError, match=message):
        cartesian_ground_state(cube(extent, num), 1.0, tolerance=1e-6)


@pytest.mark.parametrize(("extent", "num"), [(32.0, 24), (60.0, 40), (40.0, 20)])
def test_what_is_delivered_is_right_to_a_thousandth(radial, extent, num):
    state = cartesian_ground_state(cube(extent, num), 1.0, tolerance=1e-6)
    assert state.eigenvalue == pytest.approx(radial.eigenvalue, rel=1e-3)
