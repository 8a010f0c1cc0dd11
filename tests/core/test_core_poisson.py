import numpy as np
import pytest
from scipy.special import erf, expi

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.poisson import PoissonSolver, poisson_isolated, poisson_periodic

S, CENTRE, LENGTH = 0.8, np.array([0.1, 0.2, -0.3]), 1.3
LOWER, UPPER = (-6.0, -5.0, -7.0), (6.0, 6.0, 6.0)


def box(num_axes, n):
    num = (n, n - 4, n + 2)
    return Grid(LOWER[:num_axes], UPPER[:num_axes], num[:num_axes])


def radius(grid):
    mesh = np.meshgrid(*grid.axes, indexing="ij")
    return np.sqrt(sum((x - c) ** 2 for x, c in zip(mesh, CENTRE, strict=False)))


def gaussian(grid):
    return np.exp(-0.5 * (radius(grid) / S) ** 2) / (2.0 * np.pi * S**2) ** (grid.num_axes / 2)


def exact(grid):
    """Closed forms of the potential of the Gaussian of unit mass."""
    r = radius(grid)
    if grid.num_axes == 3:
        return -erf(r / (S * np.sqrt(2.0))) / (4.0 * np.pi * r)
    if grid.num_axes == 2:
        return (np.log(r / LENGTH) - 0.5 * expi(-0.5 * (r / S) ** 2)) / (2.0 * np.pi)
    spread = 2.0 * S * np.exp(-0.5 * (r / S) ** 2) / np.sqrt(2.0 * np.pi)
    return 0.5 * (r * erf(r / (S * np.sqrt(2.0))) + spread)


@pytest.mark.parametrize(("num_axes", "n"), [(1, 64), (2, 48), (3, 28)])
def test_the_isolated_potential_of_a_resolved_gaussian_is_exact(num_axes, n):
    grid = box(num_axes, n)
    phi = poisson_isolated(gaussian(grid), grid, LENGTH)
    assert np.max(np.abs(phi - exact(grid))) < 1e-10
    assert np.max(np.abs(poisson_isolated(-gaussian(grid), grid, LENGTH) - exact(grid))) > 0.01


def test_the_isolated_potential_converges_spectrally():
    errors = []
    for n in (12, 18, 24):
        grid = box(3, n)
        errors.append(np.max(np.abs(poisson_isolated(gaussian(grid), grid) - exact(grid))))
    assert errors[0] / errors[1] > 100.0
    assert errors[1] / errors[2] > 100.0


def test_a_long_box_is_as_exact_as_a_cube():
    grid = Grid((-5.0, -20.0, -6.0), (5.0, 20.0, 5.0), (24, 96, 26))
    phi = poisson_isolated(gaussian(grid), grid)
    assert np.max(np.abs(phi - exact(grid))) < 1e-8


def test_the_reference_length_shifts_the_potential_of_two_dimensions_only():
    flat, line = box(2, 32), box(1, 64)
    one, two = (poisson_isolated(gaussian(flat), flat, length) for length in (1.0, 2.0))
    shift = one - two
    np.testing.assert_allclose(shift, np.log(2.0) / (2.0 * np.pi), rtol=1e-9)
    same = poisson_isolated(gaussian(line), line, 2.0)
    np.testing.assert_array_equal(poisson_isolated(gaussian(line), line, 1.0), same)


@pytest.mark.parametrize("num_axes", [1, 2, 3])
def test_the_laplacian_of_the_periodic_potential_is_the_source_without_its_mean(num_axes):
    grid = box(num_axes, 24)
    source = np.random.default_rng(0).normal(size=grid.num)
    # The Nyquist wavenumbers have no sign; leave them out of the random source.
    hat = np.fft.fftn(source)
    for axis, n in enumerate(grid.num):
        np.moveaxis(hat, axis, 0)[n // 2] = 0.0
    source = np.fft.ifftn(hat).real
    phi = poisson_periodic(source, grid)
    laplacian = sum(grid.derivative(phi, axis, 2) for axis in range(num_axes))
    np.testing.assert_allclose(laplacian, source - np.mean(source), atol=1e-11)
    assert abs(np.mean(phi)) < 1e-14


def test_float32_sources_give_float32_potentials_of_float32_accuracy():
    grid = box(3, 28)
    for solve in (poisson_isolated, poisson_periodic):
        exactly = solve(gaussian(grid), grid)
        single = solve(gaussian(grid).astype(np.float32), grid)
        assert single.dtype == np.float32
        assert np.max(np.abs(single - exactly)) < 1e-5 * np.max(np.abs(exactly))


def test_bad_sources_and_boundaries_are_refused():
    grid = box(2, 16)
    with pytest.raises(ValueError, match=r"`source` must have shape num = \(16, 12\)"):
        poisson_isolated(np.zeros((16, 16)), grid)
    with pytest.raises(ValueError, match="`source` must be real"):
        poisson_periodic(np.zeros(grid.num, dtype=complex), grid)
    with pytest.raises(ValueError, match="`reference_length` must be positive"):
        poisson_isolated(np.zeros(grid.num), grid, 0.0)
    with pytest.raises(ValueError, match="`boundary` must be one of periodic, isolated"):
        PoissonSolver(grid, "open")


def test_a_box_whose_kernel_does_not_fit_is_refused():
    needle = Grid((0.0,) * 3, (1e4, 1.0, 1e4), (512, 512, 512))
    with pytest.raises(ValidityError, match="Use a box nearer to a cube"):
        poisson_isolated(np.zeros(needle.num, dtype=np.float32), needle)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("solve", [poisson_periodic, poisson_isolated])
def test_a_source_that_is_not_finite_is_refused(solve, bad):
    source = np.zeros(16)
    source[3] = bad
    with pytest.raises(ValueError, match="`source` must be finite, but 1 of its 16"):
        solve(source, Grid((0.0,), (1.0,), (16,)))
