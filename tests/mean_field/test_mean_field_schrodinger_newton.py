import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field.schrodinger_newton import evolve_schrodinger_newton, self_potential

M, HBAR, KAPPA = 1.3, 0.8, 2.5
CUBE = Grid((-9.0,) * 3, (9.0,) * 3, (32,) * 3)


def packet(grid, width=1.2, momentum=0.4):
    mesh = np.meshgrid(*grid.axes, indexing="ij")
    psi = np.exp(-sum(x**2 for x in mesh) / (4.0 * width**2) + 1j * momentum * mesh[0] / HBAR)
    return psi / np.sqrt(float(grid.integrate(np.abs(psi) ** 2)))


def evolved(grid, times=(0.0, 0.6), coupling=KAPPA, psi0=None, **options):
    psi0 = packet(grid) if psi0 is None else psi0
    options = dict(mass=M, hbar=HBAR, boundary="isolated") | options
    return evolve_schrodinger_newton(psi0, grid, times, coupling, **options)


def distance(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


def box(num_axes, num=48):
    return Grid((-9.0,) * num_axes, (9.0,) * num_axes, (num,) * num_axes)


@pytest.mark.parametrize("order", [2, 4])
@pytest.mark.parametrize("boundary", ["isolated", "periodic"])
def test_the_error_falls_with_the_declared_order(order, boundary):
    grid = box(2)
    run = dict(boundary=boundary, order=order, leak_tolerance=1e-4)
    psi = [evolved(grid, time_step=h, **run).psi[-1] for h in (0.1, 0.05, 0.025)]
    slope = np.log2(distance(psi[0], psi[1]) / distance(psi[1], psi[2]))
    assert abs(slope - order) < 0.1


@pytest.mark.parametrize("num_axes", [1, 2, 3])
def test_norm_momentum_and_energy_are_conserved(num_axes):
    grid = CUBE if num_axes == 3 else box(num_axes)
    run = evolved(grid, times=(0.0, 0.3, 0.6), time_step=0.05, order=4, contact=0.4)
    np.testing.assert_allclose(run.norm, 1.0, atol=1e-12)
    np.testing.assert_allclose(run.momentum[:, 0], 0.4, atol=1e-9)
    np.testing.assert_allclose(run.energy, run.energy[0], rtol=1e-7)


def test_half_of_the_self_energy_counts():
    # All of it would not be conserved: <T> changes by as much as half of it.
    run = evolved(CUBE, times=(0.0, 1.0), coupling=3.0, time_step=0.05, order=4)
    mean = []
    for psi in run.psi:
        density = np.abs(psi) ** 2
        Phi = self_potential(density, CUBE, 3.0, "isolated")
        mean.append(float(CUBE.integrate(density * Phi)))
    assert abs(run.energy[1] - run.energy[0]) < 1e-6
    assert abs(mean[1] - mean[0]) > 0.05


def test_the_potential_of_a_narrow_cloud_is_that_of_a_point():
    for num_axes, V in ((1, lambda r: r), (2, lambda r: np.log(r / 2.0)), (3, lambda r: -1.0 / r)):
        grid = box(num_axes)
        density = np.abs(packet(grid, width=0.7)) ** 2
        Phi = self_potential(density, grid, KAPPA, "isolated", reference_length=2.0)
        corner = (5,) * num_axes
        r = np.sqrt(num_axes) * abs(grid.axes[0][5])
        np.testing.assert_allclose(Phi[corner], KAPPA * V(r), rtol=1e-8)


def second_derivative_of_mean_square(coupling):
    """d²<r²>/dt² at t = 0 of a Gaussian at rest."""
    psi0 = packet(CUBE, momentum=0.0)
    run = evolved(CUBE, (0.0, 0.1), coupling, psi0, time_step=0.02, order=4)
    r_squared = np.sum(CUBE.points**2, axis=1).reshape(CUBE.num)
    before, after = (float(CUBE.integrate(np.abs(psi) ** 2 * r_squared)) for psi in run.psi)
    return 2.0 * (after - before) / 0.1**2


@pytest.mark.parametrize("coupling", [KAPPA, -KAPPA])
def test_a_gaussian_contracts_or_expands_by_the_virial_theorem(coupling):
    # m<r²>'' = 4<T> + 2<Φ>, with <Φ>/2 of a Gaussian = -κ/(2σ√π).
    width = 1.2
    kinetic = 3.0 * HBAR**2 / (8.0 * M * width**2)
    expected = (4.0 * kinetic - coupling / (width * np.sqrt(np.pi))) / M
    np.testing.assert_allclose(second_derivative_of_mean_square(coupling), expected, rtol=2e-3)


@pytest.mark.parametrize("num_axes", [1, 2])
def test_a_ripple_of_a_repelling_periodic_cloud_oscillates_with_the_plasma_frequency(num_axes):
    grid = Grid((0.0,) * num_axes, (2.0 * np.pi,) * num_axes, (16,) * num_axes)
    mean = (2.0 * np.pi) ** -num_axes
    sphere = {1: 2.0, 2: 2.0 * np.pi}[num_axes]
    omega = np.sqrt((HBAR / (2.0 * M)) ** 2 + sphere * KAPPA * mean / M)
    ripple = 1e-4 * np.cos(np.meshgrid(*grid.axes, indexing="ij")[0])
    psi0 = np.sqrt(mean) * (1.0 + ripple).astype(complex)
    times = np.linspace(0.0, 2.0, 5)
    run = evolved(grid, times, -KAPPA, psi0, boundary="periodic", time_step=0.02, order=4)
    seen = [float(grid.integrate(np.abs(psi) ** 2 * ripple)) for psi in run.psi]
    np.testing.assert_allclose(np.divide(seen, seen[0]), np.cos(omega * times), atol=1e-3)


def test_the_scale_factor_slows_kinetic_energy_and_gravity():
    # With a = const, time and coupling can be rescaled: t -> t/a², κ -> κ a.
    grid, a = box(2), 1.5
    scaled = evolved(grid, (0.0, 0.8), time_step=0.02, scale_factor=lambda t: a)
    plain = evolved(grid, (0.0, 0.8 / a**2), KAPPA * a, time_step=0.02 / a**2)
    assert distance(scaled.psi[-1], plain.psi[-1]) < 1e-12
    assert distance(scaled.psi[-1], evolved(grid, (0.0, 0.8), time_step=0.02).psi[-1]) > 0.05


def test_the_adaptive_step_reaches_its_tolerance():
    grid = box(2)
    exact = evolved(grid, time_step=0.01, order=4).psi[-1]
    for tolerance in (1e-4, 1e-6):
        run = evolved(grid, tolerance=tolerance, order=4)
        assert 0.003 * tolerance < distance(run.psi[-1], exact) < 1.5 * tolerance


def test_float32_states_its_error():
    grid = box(2)
    double = evolved(grid, time_step=0.02)
    single = evolved(grid, time_step=0.02, precision="float32")
    assert single.psi.dtype == np.complex64
    assert double.rounding == 0.0
    error = distance(single.psi[-1], double.psi[-1])
    assert 0.1 * single.rounding < error < 3.0 * single.rounding < 1e-3


def test_a_killed_run_resumes_bit_by_bit(tmp_path):
    class Killed(Exception):
        pass

    def kill(progress):
        if progress.done == 2:
            raise Killed

    grid, times = box(2), np.linspace(0.0, 0.6, 5)
    run = dict(times=times, tolerance=1e-5)
    whole = evolved(grid, **run)
    with pytest.raises(Killed):
        evolved(grid, folder=tmp_path, progress=kill, **run)
    resumed = evolved(grid, folder=tmp_path, **run)
    for name in whole._fields:
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name))
    with pytest.raises(ValueError, match="another input"):
        evolved(grid, folder=tmp_path, coupling=KAPPA + 1e-9, **run)


RUN_OF_ITS_OWN = """
import os, signal, sys
import zitter
import test_mean_field_schrodinger_newton as here

def kill(progress):
    if progress.done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

here.long_run(sys.argv[1], kill)
"""


def long_run(folder=None, progress=None):
    grid = Grid((-9.0,) * 3, (9.0,) * 3, (30,) * 3)
    times = np.linspace(0.0, 0.4, 5)
    return evolved(
        grid, times, time_step=0.05, order=4, keep="last", folder=folder, progress=progress
    )


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_a_run_whose_process_was_killed_goes_on_bit_by_bit_in_another(tmp_path):
    command = [sys.executable, "-c", RUN_OF_ITS_OWN, str(tmp_path)]
    killed = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert json.loads((tmp_path / "chunks.json").read_text())["chunks"] == 2
    made = []
    resumed = long_run(tmp_path, made.append)
    assert [progress.done for progress in made] == [3, 4]
    whole = long_run()
    for name in whole._fields:
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name))


def test_only_the_last_frame_is_kept_if_asked():
    grid, times = box(2), np.linspace(0.0, 0.6, 4)
    frames = evolved(grid, times, time_step=0.1)
    last = evolved(grid, times, time_step=0.1, keep="last")
    assert last.psi.shape == (1, *grid.num)
    np.testing.assert_array_equal(last.psi[0], frames.psi[-1])
    np.testing.assert_array_equal(last.energy, frames.energy)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"psi0": packet(box(1), momentum=4.6)}, r"rad per cell at t = 0"),
        (
            {"psi0": packet(box(1), momentum=2.0), "times": (0.0, 4.0), "coupling": 0.1},
            r"Use a larger box",
        ),
        ({"time_step": 5.0}, r"Use time_step <="),
        ({"coupling": 4e3, "time_step": 0.05}, r"rad per cell at t = "),
    ],
)
def test_runs_outside_of_validity_are_refused(change, match):
    with pytest.raises(ValidityError, match=match):
        evolved(box(1), **(dict(time_step=0.02) | change))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"boundary": "open"}, "`boundary` must be one of"),
        ({"coupling": np.nan}, "`coupling` must be finite"),
        ({"tolerance": 1e-3}, "Exactly one of `time_step` and `tolerance`"),
        ({"time_step": None}, "Exactly one of"),
        ({"precision": "float16"}, "`precision` must be one of"),
        ({"keep": "some"}, "`keep` must be one of"),
        ({"mass": 0.0}, "`mass` must be positive"),
    ],
)
def test_bad_input_is_refused(change, match):
    with pytest.raises(ValueError, match=match):
        evolved(box(1), **(dict(time_step=0.02) | change))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"absorption": -1}, "`absorption` must have shape"),
        ({"absorption": np.full(16, -1.0)}, "`absorption` must not be negative"),
        ({"scale_factor": lambda t: -1.0}, "`scale_factor` must be finite and positive"),
        ({"coupling": np.nan}, "`coupling` must be finite"),
        ({"reference_length": -1.0}, "`reference_length` must be positive"),
    ],
)
def test_bad_options_are_refused(change, match):
    line = Grid((-8.0,), (8.0,), (16,))
    psi0 = np.exp(-((line.axes[0] / 2.0) ** 2))
    arguments = dict(coupling=1.0, boundary="isolated", time_step=0.1) | change
    with pytest.raises(ValueError, match=match):
        evolve_schrodinger_newton(psi0, line, [0.0, 1.0], **arguments)


def test_a_coupling_that_is_not_finite_gives_no_potential():
    line = Grid((-8.0,), (8.0,), (16,))
    with pytest.raises(ValueError, match="`coupling` must be finite"):
        self_potential(np.ones(16), line, np.nan, "isolated")
