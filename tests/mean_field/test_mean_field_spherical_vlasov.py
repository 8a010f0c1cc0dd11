"""Spherical Vlasov-Poisson: Plummer stays, spheres collapse and breathe as the bodies do."""

import numpy as np
import pytest
from scipy.optimize import brentq

import zitter  # noqa: F401
from zitter.core.checks import ValidityError
from zitter.kbody.bodies import bodies
from zitter.kbody.clouds import lagrange_radii
from zitter.kbody.equilibria import plummer_cloud, plummer_distribution, plummer_potential
from zitter.kbody.king import king_cloud
from zitter.kbody.newton import newton_paths
from zitter.mean_field.shells import (
    Shells,
    distribution_drift,
    shells_from_distribution,
    shells_of,
)
from zitter.mean_field.spherical_vlasov import RadialElements, evolve_shells, shell_energy

ELEMENTS = RadialElements(30.0, 32, 1.0)


def f_plummer(r, v_r, L):
    energy = 0.5 * (v_r**2 + (L / r) ** 2) + plummer_potential(r, 1.0, 1.0, 1.0)
    return plummer_distribution(energy, 1.0, 1.0, 1.0)


def sphere(K, start="quiet", seed=1):
    cloud = plummer_cloud(K, 1.0, 1.0, start=start, seed=seed)
    return shells_of(cloud.masses, cloud.X, cloud.V)


def at_rest(masses, r, charges=0.0):
    X = np.stack([r, 0.0 * r], axis=1)
    return Shells(masses, charges + 0.0 * r, X, 0.0 * X)


def quadrature_shells(num=2000, edge=60.0):
    """Shells at rest at Gauss points, with Plummer's mass there."""
    nodes, weights = np.polynomial.legendre.leggauss(num)
    s = 0.5 * np.arcsinh(edge) * (nodes + 1.0)
    r = np.sinh(s)
    masses = 0.5 * np.arcsinh(edge) * weights * np.cosh(s) * 3.0 * r**2 * (1.0 + r**2) ** -2.5
    return at_rest(masses, r)


def test_the_field_of_the_elements_is_of_third_order():
    shells, errors = quadrature_shells(), []
    for num in (32, 64):
        elements = RadialElements(60.0, num, 1.0)
        # A kick of a very short time.
        motion = evolve_shells(shells, elements, [0.0, 1e-6], time_step=1e-6)
        near = shells.r < 20.0
        pull = motion.V[1, near, 0] / 1e-6
        exact = -shells.r[near] * (1.0 + shells.r[near] ** 2) ** -1.5
        errors.append(np.sqrt(np.mean((pull - exact) ** 2)))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(3.0, abs=0.1)
    # Beyond 60 there is a share 3/(2·60²) of the mass.
    assert shell_energy(shells, elements) == pytest.approx(-3.0 * np.pi / 32.0, rel=2e-5)


@pytest.mark.parametrize(("method", "order", "steps"), [
    ("leapfrog", 2, (0.05, 0.025)), ("yoshida4", 4, (0.1, 0.05)),
])  # fmt: skip
def test_the_order_in_time_is_that_of_the_method(method, order, steps):
    shells, elements = sphere(300), RadialElements(30.0, 12, 1.0)
    exact = evolve_shells(shells, elements, [0.0, 1.0], time_step=1.0 / 128.0, method="yoshida6")
    errors = []
    for step in steps:
        motion = evolve_shells(shells, elements, [0.0, 1.0], time_step=step, method=method)
        errors.append(np.median(np.abs(motion.X[1] - exact.X[1])))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1)


def test_plummers_sphere_is_stationary_the_better_the_more_shells():
    drifts = []
    for K in (1024, 16384):
        motion = evolve_shells(sphere(K), ELEMENTS, [0.0, 5.0], time_step=0.1)
        drifts.append(distribution_drift(motion.at(0), motion.at(1), f_plummer))
        assert motion.energy_drift < 1e-4
        assert pytest.approx(motion.at(0).L, rel=1e-9, abs=1e-12) == motion.at(1).L
    assert drifts[1] < 2e-3
    assert np.log(drifts[0] / drifts[1]) / np.log(16.0) > 0.55


def test_a_sphere_that_is_too_slow_is_not_stationary():
    shells = sphere(1024)
    slow = shells._replace(V=0.7 * shells.V)
    motion = evolve_shells(slow, ELEMENTS, [0.0, 2.0], time_step=0.1)
    assert distribution_drift(motion.at(0), motion.at(1), f_plummer) > 0.15


def free_fall(times, density=3.0 / (4.0 * np.pi)):
    """E16: radius of a cold uniform sphere over its first, r = cos²β, β + sin β cos β ∝ t."""
    rate = np.sqrt(8.0 * np.pi * density / 3.0)
    return np.array([
        np.cos(brentq(lambda b, t=t: b + np.sin(b) * np.cos(b) - rate * t, 0.0, 0.5 * np.pi)) ** 2
        for t in times
    ])  # fmt: skip


def test_a_cold_uniform_sphere_falls_freely_to_its_centre():
    K, end = 4000, np.sqrt(3.0 * np.pi / (32.0 * 3.0 / (4.0 * np.pi)))
    r = np.cbrt((np.arange(K) + 0.5) / K)
    shells = at_rest(np.full(K, 1.0 / K), r)
    times = end * np.array([0.0, 0.5, 0.8, 0.9])
    edges = []
    for num in (64, 128):
        motion = evolve_shells(shells, RadialElements(2.0, num, 0.05), times, time_step=0.002)
        errors = np.max(np.abs(motion.X[:, :, 0] / r - free_fall(times)[:, None]), axis=0)
        edges.append(np.max(errors[r > 0.9]))
        assert motion.energy_drift < 1e-4
    # The first shells see each other one by one, the last ones the jump of the density.
    assert np.max(errors[(r > 0.2) & (r < 0.8)]) < 5e-5
    assert edges[1] < 0.01
    assert np.log2(edges[0] / edges[1]) == pytest.approx(1.0, abs=0.1)


def test_a_cold_charged_sphere_explodes_as_it_would_have_fallen_with_time_turned():
    # r'' = c/r² from rest at 1: t √(2c) = √(r(r - 1)) + arcosh √r.
    K, charge, k = 2000, 2.0, 1.5
    r0 = np.cbrt((np.arange(K) + 0.5) / K)
    shells = at_rest(np.full(K, 1.0 / K), r0, charge / K)
    times = np.array([0.0, 0.4, 0.8])
    motion = evolve_shells(
        shells, RadialElements(2.0, 80, 0.3), times, time_step=0.004, coulomb_constant=k
    )
    growth = motion.X[:, :, 0] / r0
    middle = (r0 > 0.2) & (r0 < 0.8)
    # Gravity takes away G M² of the k Q² between the charges.
    rate = np.sqrt(2.0 * (k * charge**2 - 1.0))
    for n in (1, 2):
        g = growth[n, middle]
        elapsed = (np.sqrt(g * (g - 1.0)) + np.arccosh(np.sqrt(g))) / rate
        assert elapsed == pytest.approx(np.full(len(g), times[n]), abs=1e-4)
    assert np.any(motion.at(2).r > 2.0)
    assert motion.energy_drift < 1e-4


def test_two_species_of_opposite_charges_that_neutralise_each_other_fall_freely():
    K = 1000
    r = np.cbrt((np.arange(K) + 0.5) / K)
    masses = np.concatenate([np.full(K, 0.9 / K), np.full(K, 0.1 / K)])
    charges = np.concatenate([np.full(K, 3.0 / K), np.full(K, -3.0 / K)])
    shells = at_rest(masses, np.concatenate([r, r]), charges)
    end = 0.5 * np.sqrt(3.0 * np.pi / (32.0 * 3.0 / (4.0 * np.pi)))
    motion = evolve_shells(shells, RadialElements(2.0, 64, 0.3), [0.0, end], time_step=0.004)
    fallen = motion.X[1, :, 0] / shells.r
    middle = (shells.r > 0.3) & (shells.r < 0.7)
    assert fallen[middle] == pytest.approx(free_fall([end])[0], abs=1e-3)


def test_half_the_printed_force_would_fall_too_slowly():
    assert free_fall([0.8], density=0.5 * 3.0 / (4.0 * np.pi))[0] > free_fall([0.8])[0] + 0.1


@pytest.mark.parametrize("factor", [0.7, 1.2])
def test_a_sphere_out_of_balance_collapses_and_breathes_as_its_bodies_do(factor):
    K, shares = 1000, [0.25, 0.5, 0.75]
    cloud = king_cloud(K, 1.0, 0.5, 4.0, start="quiet", seed=4).centred
    times, V = np.linspace(0.0, 5.0, 6), factor * cloud.V
    elements = RadialElements(30.0, 48, 0.3)
    motion = evolve_shells(shells_of(cloud.masses, cloud.X, V), elements, times, time_step=0.05)
    r = np.sort(np.linalg.norm(motion.X, axis=2), axis=1)
    shells = r[:, (np.array(shares) * K).astype(int)]
    system = bodies(cloud.masses, softening=0.05)
    found = lagrange_radii(
        cloud.masses, newton_paths(system, cloud.X, V, times, time_step=0.05).X, shares
    )
    # The mode is seen: far from the start, and the same in both up to the noise of K bodies.
    assert np.max(np.abs(shells[:, 1] / shells[0, 1] - 1.0)) > 0.15
    assert found == pytest.approx(shells, rel=0.12)


def test_a_light_shell_beyond_the_elements_is_on_keplers_orbit():
    masses, e = np.array([1.0, 1e-12]), 0.5
    # The heavy shell circles under half of its own mass.
    X = np.array([[0.2, 0.0], [1.0 + e, 0.0]])
    V = np.array([[0.0, np.sqrt(0.5 / 0.2)], [0.0, np.sqrt((1.0 - e) / (1.0 + e))]])
    elements = RadialElements(0.1, 16, 0.02)
    motion = evolve_shells(
        Shells(masses, 0.0 * masses, X, V), elements, [0.0, np.pi, 2.0 * np.pi], time_step=0.01,
        method="yoshida6",
    )  # fmt: skip
    assert motion.X[1, 1] == pytest.approx([e - 1.0, 0.0], abs=1e-7)
    assert motion.X[2, 1] == pytest.approx(X[1], abs=1e-7)
    assert motion.at(2).r[0] == pytest.approx(0.2, rel=1e-7)


def test_energy_is_kept_by_shells_that_cross_the_edge():
    shells, drifts = sphere(500), []
    for step in (0.05, 0.025):
        motion = evolve_shells(shells, RadialElements(2.0, 24, 0.7), [0.0, 2.0, 4.0],
                               time_step=step)  # fmt: skip
        assert np.any((motion.at(0).r < 2.0) != (motion.at(2).r < 2.0))
        drifts.append(motion.energy_drift)
    assert drifts[0] < 1e-3
    assert drifts[1] < 0.5 * drifts[0]


def test_reversed_velocities_lead_back_to_round_off():
    shells = sphere(400)
    there = evolve_shells(shells, ELEMENTS, [0.0, 3.0], time_step=0.05).at(1)
    back = evolve_shells(there._replace(V=-there.V), ELEMENTS, [0.0, 3.0], time_step=0.05).at(1)
    assert pytest.approx(shells.X, abs=1e-10) == back.X


def test_a_resumed_run_is_bit_equal():
    shells, times = sphere(200), np.array([0.0, 0.3, 0.7, 1.0])
    whole = evolve_shells(shells, ELEMENTS, times, time_step=0.05)
    half = evolve_shells(shells, ELEMENTS, times[:3], time_step=0.05)
    rest = evolve_shells(half.at(2), ELEMENTS, times[2:], time_step=0.05)
    assert np.array_equal(rest.X[-1], whole.X[-1])
    assert rest.energy[-1] == whole.energy[-1]


def test_shells_loaded_from_a_distribution_are_its_sphere():
    shells = shells_from_distribution(f_plummer, 2**16, 30.0, 1.4143, mass=2.0)
    assert shells.masses.sum() == pytest.approx(2.0)
    for r in (0.5, 1.0, 3.0):
        inside = shells.masses[shells.r < r].sum() / 2.0
        assert inside == pytest.approx(r**3 * (1.0 + r**2) ** -1.5, abs=0.01)
    radial = shells.masses @ shells.v_r**2
    across = shells.masses @ (shells.L / shells.r) ** 2
    assert across / radial == pytest.approx(2.0, abs=0.1)


def test_shells_have_the_radii_and_momenta_of_their_bodies():
    cloud = plummer_cloud(50, 1.0, 1.0)
    shells = shells_of(cloud.masses, cloud.X, cloud.V)
    r = np.linalg.norm(cloud.X, axis=1)
    assert shells.r == pytest.approx(r)
    assert shells.v_r == pytest.approx(np.sum(cloud.X * cloud.V, axis=1) / r)
    assert pytest.approx(np.linalg.norm(np.cross(cloud.X, cloud.V), axis=1)) == shells.L


def test_bad_input_is_refused_in_a_sentence():
    shells = sphere(8)
    with pytest.raises(ValueError, match="`num` must be a whole number, at least 8"):
        RadialElements(1.0, 4, 0.1)
    with pytest.raises(ValueError, match="distance of the bodies from the centre` must be posi"):
        shells_of([1.0], np.zeros((1, 3)), np.ones((1, 3)))
    with pytest.raises(ValueError, match="`masses` must be positive"):
        shells_of([-1.0], np.ones((1, 3)), np.ones((1, 3)))
    with pytest.raises(ValueError, match="`times` must be at least two and rise"):
        evolve_shells(shells, ELEMENTS, [1.0, 0.0], time_step=0.1)
    with pytest.raises(ValueError, match="Did you mean 'leapfrog'"):
        evolve_shells(shells, ELEMENTS, [0.0, 1.0], time_step=0.1, method="leapfro")
    with pytest.raises(ValueError, match="`coulomb_constant` must not be negative"):
        shell_energy(shells, ELEMENTS, 1.0, -1.0)
    with pytest.raises(ValueError, match="`f0` must not be negative"):
        shells_from_distribution(lambda r, v, L: -r, 16, 1.0, 1.0)
    with pytest.raises(ValueError, match="`f0 of the shells at the start` must be positive"):
        distribution_drift(shells, shells, lambda r, v, L: 0.0 * r)


@pytest.mark.parametrize("elements", [(100.0, 8, 10.0), (1000.0, 64, 1000.0)])
def test_elements_that_blur_the_sphere_are_refused(elements):
    with pytest.raises(ValidityError, match="a quarter of the shells are within"):
        evolve_shells(sphere(400), RadialElements(*elements), [0.0, 1.0], time_step=0.05)


def test_elements_that_a_collapse_outgrows_are_refused():
    shells = at_rest(np.full(200, 1.0 / 200), np.cbrt(np.arange(1, 201) / 200))
    with pytest.raises(ValidityError, match=r"At t = 1\.1 a quarter of the shells"):
        evolve_shells(shells, RadialElements(2.0, 16, 0.5), [0.0, 0.5, 1.1], time_step=0.01)
