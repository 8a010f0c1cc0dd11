from functools import partial

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.special import erf

from zitter.core.checks import ValidityError
from zitter.core.statistics import convergence_order
from zitter.mean_field.extended_bodies import (
    Moments,
    crystal_energy,
    crystal_frequency,
    crystalline_sphere,
    gaussian_energy,
    gaussian_self_potential,
    homogeneous_sphere_energy,
    homogeneous_sphere_frequency,
    trapped_moments,
)
from zitter.system.constants import GRAVITATIONAL_CONSTANT, HBAR

MASS, RADIUS, G = 1.4, 0.7, 0.9
SPHERE = partial(homogeneous_sphere_energy, mass=MASS, radius=RADIUS, gravitational_constant=G)
WIDTH = 0.3
NUCLEUS = partial(gaussian_energy, mass=MASS, width=WIDTH, gravitational_constant=G)


def sphere_potential(r):
    """Potential of a homogeneous sphere of mass M."""
    if r >= RADIUS:
        return -G * MASS / r
    return -0.5 * G * MASS / RADIUS * (3.0 - (r / RADIUS) ** 2)


def average_over_sphere(f, d):
    """Mean of f(|x|) over a homogeneous sphere about a point at distance d."""

    def on_shell(s):
        # The mean over a shell of radius s about d is ∫ f(r) r dr/(2 d s), |d - s| to d + s.
        inner = quad(lambda r: f(r) * r, abs(d - s), d + s, points=[RADIUS], epsabs=1e-13)[0]
        return 3.0 * s**2 / RADIUS**3 * inner / (2.0 * d * s)

    return quad(on_shell, 0.0, RADIUS, points=[abs(RADIUS - d)], epsabs=1e-12)[0]


@pytest.mark.parametrize("d", [0.05, 0.6, 1.1, 1.39, 2.2])
def test_the_energy_of_two_spheres_is_that_of_one_in_the_potential_of_the_other(d):
    expected = MASS * average_over_sphere(sphere_potential, d)
    np.testing.assert_allclose(SPHERE(d), expected, rtol=1e-9)


def test_the_energy_of_two_spheres_is_smooth_where_they_part():
    d, h = 2.0 * RADIUS, 1e-3
    inner = [float(SPHERE(d - k * h)) for k in range(4)]
    outer = [float(SPHERE(d + k * h)) for k in range(4)]
    for order in (1, 2):
        signs = (-1.0) ** order
        left, right = signs * np.diff(inner, order)[0], np.diff(outer, order)[0]
        np.testing.assert_allclose(left, right, rtol=2e-2)
    np.testing.assert_allclose(SPHERE(0.0), -1.2 * G * MASS**2 / RADIUS, rtol=1e-14)


def test_the_energy_of_two_gaussian_masses_is_that_of_one_in_the_potential_of_the_other():
    def potential(r):
        return -G * MASS * erf(r / (np.sqrt(2.0) * WIDTH)) / r

    for d in (0.1, 0.5, 2.0):
        seen = MASS * gaussian_self_potential(d, WIDTH, lambda r: potential(np.maximum(r, 1e-12)))
        np.testing.assert_allclose(NUCLEUS(d), seen, rtol=1e-10)
    np.testing.assert_allclose(NUCLEUS(0.0), -G * MASS**2 / (np.sqrt(np.pi) * WIDTH), rtol=1e-14)
    np.testing.assert_allclose(NUCLEUS([5.9e-4, 6.1e-4]), NUCLEUS(0.0), rtol=1e-6)


def second_derivative(f, h):
    return 2.0 * (float(f(h)) - float(f(0.0))) / h**2


def test_the_frequencies_are_those_of_the_bottom_of_the_self_energy():
    curvature = second_derivative(NUCLEUS, 1e-3 * WIDTH)
    frequency = crystal_frequency(MASS, WIDTH, G)
    np.testing.assert_allclose(frequency**2, curvature / MASS, rtol=1e-6)
    np.testing.assert_allclose(
        frequency**2, G * MASS / (6.0 * np.sqrt(np.pi) * WIDTH**3), rtol=1e-14
    )
    curvature = second_derivative(SPHERE, 1e-4 * RADIUS)
    frequency = homogeneous_sphere_frequency(MASS, RADIUS, G)
    np.testing.assert_allclose(frequency**2, curvature / MASS, rtol=1e-4)


def test_different_nuclei_of_a_cubic_crystal_add_nothing_to_the_frequency():
    sites = crystalline_sphere(2.0, 1.0)
    assert len(sites) == 33
    h, width = 0.01, 0.1
    for direction in np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.48, 0.6, 0.64]]):
        energies = crystal_energy([h * direction, 0.0 * direction], sites, MASS, width, G)
        stiffness = 2.0 * (energies[0] - energies[1]) / h**2
        seen = stiffness / (len(sites) * MASS)
        np.testing.assert_allclose(seen, crystal_frequency(MASS, width, G) ** 2, rtol=2e-3)
    alone = len(sites) * gaussian_energy(0.0, MASS, width, G)
    assert energies[1] < 1.5 * alone


def test_a_crystal_has_a_well_at_every_step_of_its_lattice():
    sites = crystalline_sphere(2.0, 1.0)
    d = np.array([0.0, 0.5, 1.0, 1.5])
    energies = crystal_energy(d[:, None] * np.array([1.0, 0.0, 0.0]), sites, MASS, 0.05, G)
    depth = np.array([0.5 * (energies[1] + energies[3]) - energies[2], energies[1] - energies[0]])
    step = np.array([1.0, 0.0, 0.0])
    shared = sum(np.any(np.all(np.isclose(sites, site + step), axis=1)) for site in sites)
    np.testing.assert_allclose(depth[0] / depth[1], shared / len(sites), rtol=0.05)
    assert depth[1] > -0.7 * len(sites) * float(gaussian_energy(0.0, MASS, 0.05, G))


def test_a_crystal_with_wide_nuclei_is_a_homogeneous_sphere_and_far_away_a_point():
    sites = crystalline_sphere(4.0, 1.0)
    num = len(sites)
    radius = np.sqrt(5.0 / 3.0 * (np.mean(np.sum(sites**2, axis=1)) + 3.0 * 0.5**2))
    d = np.array([[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [30.0, 0.0, 0.0]])
    seen = crystal_energy(d, sites, MASS, 0.5, G)
    sphere = homogeneous_sphere_energy(d[:, 0], num * MASS, radius, G)
    np.testing.assert_allclose(seen, sphere, rtol=0.02)
    np.testing.assert_allclose(seen[2], -G * (num * MASS) ** 2 / 30.0, rtol=1e-3)


def test_a_narrow_packet_sees_a_spring_and_a_wide_one_a_point_mass():
    narrow = [1e-3 * RADIUS, 2e-3 * RADIUS]
    errors = []
    for width in narrow:
        r = np.array([0.0, width])
        low, high = gaussian_self_potential(r, width, SPHERE)
        spring = homogeneous_sphere_frequency(MASS, RADIUS, G) ** 2 * MASS
        errors.append(abs((high - low) / (0.5 * spring * width**2) - 1.0))
    assert max(errors) < 5e-3
    np.testing.assert_allclose(convergence_order(narrow, errors), 1.0, atol=0.1)
    wide, errors = [10.0 * RADIUS, 20.0 * RADIUS], []
    for width in wide:
        r = np.array([0.3, 1.0, 2.0]) * width
        point = -G * MASS**2 * erf(r / (np.sqrt(2.0) * width)) / r
        errors.append(np.max(np.abs(gaussian_self_potential(r, width, SPHERE) / point - 1.0)))
    assert max(errors) < 3e-3
    np.testing.assert_allclose(convergence_order(wide, errors), -2.0, atol=0.1)


def test_the_moments_of_a_trapped_body_obey_their_equations_of_motion():
    trap, inner = 1.3, 0.8
    start = Moments(0.4, -0.3, 0.5, 0.1, 0.7)

    def rates(t, y):
        x, p, xx, xp, pp = y
        k = MASS * trap**2
        K = MASS * (trap**2 + inner**2)
        return [p / MASS, -k * x, 2 * xp / MASS, pp / MASS - K * xx, -2 * K * xp]

    seen = trapped_moments(start, np.array([0.7, 2.9]), MASS, trap, inner)
    path = solve_ivp(rates, (0.0, 2.9), start, t_eval=[0.7, 2.9], rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(np.stack(seen), path.y, rtol=1e-8)
    free = trapped_moments(start, 2.9, MASS, trap, 0.0)
    np.testing.assert_allclose(free.position, seen.position[1], rtol=1e-14)
    assert abs(free.position_variance - seen.position_variance[1]) > 0.05


def test_in_SI_the_frequency_of_a_crystal_does_not_depend_on_the_size_of_the_body():
    silicon, width = 28.0855 * 1.66053906660e-27, 7e-12
    frequency = crystal_frequency(silicon, width)
    sphere = homogeneous_sphere_frequency(4.0 / 3.0 * np.pi * 2330.0 * 1e-18, 1e-6)
    assert 0.02 < frequency < 0.05
    assert 5e-4 < sphere < 1e-3
    mass, trap = 1e-12, 2.0 * np.pi
    ground = HBAR / (2.0 * mass * trap)
    start = Moments(1e-6, 0.0, ground, 0.0, HBAR**2 / (4.0 * ground))
    periods = np.linspace(0.0, 1.0, 5)
    seen = trapped_moments(start, periods, mass, trap, frequency)
    np.testing.assert_allclose(seen.position[4], 1e-6, rtol=1e-12)
    assert pytest.approx(6.6743e-11, rel=1e-4) == GRAVITATIONAL_CONSTANT
    assert seen.position_variance.min() < ground * (1.0 - 1e-6)


def test_bad_bodies_are_refused():
    with pytest.raises(ValueError, match="`radius` must be positive"):
        homogeneous_sphere_energy(0.1, 1.0, -1.0)
    with pytest.raises(ValueError, match="must not be negative"):
        gaussian_energy(-0.1, 1.0, 1.0)
    with pytest.raises(ValueError, match=r"`sites` must have shape \(N, 3\)"):
        crystal_energy([[0.0, 0.0, 0.0]], [[0.0, 0.0]], 1.0, 1.0)
    with pytest.raises(ValidityError, match="too long"):
        crystal_energy([[0.0, 0.0, 0.0]], np.zeros((20_001, 3)), 1.0, 1.0)
    with pytest.raises(ValueError, match="`spacing` must be positive"):
        crystalline_sphere(1.0, 0.0)
    with pytest.raises(ValueError, match="exceeds covariance"):
        trapped_moments(Moments(0.0, 0.0, 1.0, 2.0, 1.0), 1.0, 1.0, 1.0, 0.0)
    with pytest.raises(ValueError, match="`width` must be positive"):
        gaussian_self_potential(0.0, 0.0, SPHERE)
    with pytest.raises(ValueError, match="`width` must be positive"):
        crystal_frequency(1.0, 0.0)
    with pytest.raises(ValueError, match="`mass` must be positive"):
        homogeneous_sphere_frequency(-1.0, 1.0)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"t": np.nan}, "`t` must be finite"),
        ({"self_frequency": -1.0}, "`self_frequency` must not be negative"),
        ({"self_frequency": np.nan}, "`self_frequency` must be finite"),
        ({"self_frequency": np.array([0.5, 0.2])}, "`self_frequency` must have shape"),
        ({"self_frequency": np.array([0.5, -0.2])}, "`self_frequency` must have shape"),
        ({"t": 1j}, "`t` must be made of real numbers"),
        ({"start": (1.0, 2.0)}, "`start` must be a Moments"),
        ({"start": Moments(0.0, 0.0, np.ones(2), 0.0, 1.0)}, "`position_variance` must have shape"),
    ],
)
def test_trapped_moments_of_bad_numbers_are_refused(change, match):
    start = Moments(0.0, 0.0, 1.0, 0.0, 1.0)
    arguments = dict(start=start, t=1.0, mass=1.0, trap_frequency=1.0, self_frequency=1.0)
    with pytest.raises(ValueError, match=match):
        trapped_moments(**(arguments | change))


def test_a_self_potential_needs_a_function_and_real_distances():
    with pytest.raises(ValueError, match="`energy` must be callable"):
        gaussian_self_potential([1.0], 1.0, 3.0)
    with pytest.raises(ValueError, match="`d` must be made of numbers"):
        homogeneous_sphere_energy("a", 1.0, 1.0)
    with pytest.raises(ValueError, match="`d` must be made of real numbers"):
        homogeneous_sphere_energy(1j, 1.0, 1.0)


def test_a_crystal_needs_a_nucleus():
    with pytest.raises(ValueError, match="`sites` must hold at least one nucleus"):
        crystal_energy(np.zeros((1, 3)), np.zeros((0, 3)), 1.0, 1.0)
