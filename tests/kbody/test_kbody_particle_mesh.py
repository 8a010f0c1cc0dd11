"""Forces by a mesh against direct sums: error, order, momentum, bodies outside, plasma waves."""

import tracemalloc

import numpy as np
import pytest
from scipy.stats import norm

import zitter  # noqa: F401
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.kbody import particle_mesh
from zitter.kbody.bodies import bodies
from zitter.kbody.direct_sum import accelerations, mutual_energies
from zitter.kbody.equilibria import Species, homogeneous_medium
from zitter.kbody.newton import newton_paths
from zitter.kbody.particle_mesh import (
    Mesh,
    mesh_accelerations,
    mesh_around,
    mesh_force_error,
    mesh_mutual_energies,
)
from zitter.kbody.plasma import medium_scales, require_resolved_jeans
from zitter.system.potentials import Harmonic

WINDOWS = ("linear", "quadratic")


def cloud(num_space=3, K=200, period=0.0, softening=0.0):
    rng = np.random.default_rng(7)
    masses, charges = rng.uniform(1.0, 2.0, K), rng.normal(size=K)
    system = bodies(masses, charges, num_space=num_space, period=period, softening=softening)
    return system, rng.uniform(0.2, 0.8, (K, num_space))


def unit_mesh(num, num_space=3, window="quadratic"):
    return Mesh(Grid((0.0,) * num_space, (1.0,) * num_space, (num,) * num_space), window)


@pytest.mark.parametrize("window", WINDOWS)
def test_the_force_of_a_pair_is_newtons_beyond_two_spacings_and_less_within(window):
    mesh, pair, rng = unit_mesh(32, window=window), bodies([1.0, 3.0]), np.random.default_rng(0)
    found = {}
    for spacings in (0.5, 4.0, 8.0):
        errors = []
        for _ in range(8):
            n = rng.normal(size=3)
            x = rng.uniform(0.3, 0.45, 3)
            X = np.array([x, x + n / np.linalg.norm(n) * spacings / 32.0])
            exact = accelerations(pair, X)
            errors.append(np.linalg.norm(mesh_accelerations(pair, X, mesh) - exact))
            errors[-1] /= np.linalg.norm(exact)
        found[spacings] = np.sqrt(np.mean(np.square(errors)))
    assert found[0.5] > 0.5
    assert found[4.0] < 0.04
    assert found[8.0] < 0.008


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("num_space", [1, 2, 3])
def test_with_a_resolved_softening_the_error_is_of_second_order(num_space, window):
    system, X = cloud(num_space, softening=0.2)
    forces, energies = [], []
    for num in (24, 48):
        mesh = unit_mesh(num, num_space, window)
        forces.append(mesh_force_error(system, X, mesh).rms)
        difference = mesh_mutual_energies(system, X, mesh) - mutual_energies(system, X)
        energies.append(np.linalg.norm(difference))
    assert np.log2(forces[0] / forces[1]) == pytest.approx(2.0, abs=0.1)
    assert np.log2(energies[0] / energies[1]) == pytest.approx(2.0, abs=0.1)
    assert forces[1] < 0.02


@pytest.mark.parametrize("period", [0.0, 1.0])
@pytest.mark.parametrize("num_space", [1, 2, 3])
def test_forces_add_up_to_nothing_and_none_acts_on_itself(num_space, period):
    system, X = cloud(num_space, period=period)
    mesh = unit_mesh(32, num_space)
    A = mesh_accelerations(system, X, mesh)
    assert np.max(np.abs(system.masses @ A)) < 1e-11 * np.max(np.abs(A))
    one = system._replace(masses=np.array([1.0]), charges=np.array([2.0]))
    assert mesh_accelerations(one, X[:1], mesh) == pytest.approx(np.zeros_like(X[:1]), abs=1e-10)


def test_another_window_for_the_gathering_would_not_keep_momentum(monkeypatch):
    system, X = cloud()
    calls = iter((np.array([3, 3, 3]), np.array([2, 2, 2])) * 2)
    monkeypatch.setattr(particle_mesh, "_points", lambda mesh: next(calls))
    A = mesh_accelerations(system, X, unit_mesh(32))
    assert np.max(np.abs(system.masses @ A)) > 1e-6 * np.max(np.abs(A))


@pytest.mark.parametrize("num_space", [1, 2, 3])
def test_a_period_on_the_mesh_is_the_sum_over_images(num_space):
    rng = np.random.default_rng(1)
    K, num = 60, (256, 128, 64)[num_space - 1]
    system = bodies(np.ones(K), rng.normal(size=K), num_space=num_space, period=1.0)
    X = rng.uniform(-1.0, 2.0, (K, num_space))
    mesh = mesh_around(system, X, num)
    A, exact = mesh_accelerations(system, X, mesh), accelerations(system, X)
    error = np.median(np.linalg.norm(A - exact, axis=1))
    assert error < 0.02 * np.median(np.linalg.norm(exact, axis=1))
    V, energies = mesh_mutual_energies(system, X, mesh), mutual_energies(system, X)
    assert np.median(np.abs(V - energies)) < 0.05 * np.median(np.abs(energies))


def test_bodies_outside_of_the_mesh_are_summed_directly():
    system, X = cloud(softening=0.3)
    X[:20] *= 4.0
    mesh = unit_mesh(64)
    assert mesh_force_error(system, X, mesh).rms < 0.005
    A = mesh_accelerations(system, X, mesh)
    assert np.max(np.abs(system.masses @ A)) < 1e-11 * np.max(np.abs(A))
    V, exact = mesh_mutual_energies(system, X, mesh), mutual_energies(system, X)
    assert exact == pytest.approx(V, rel=0.01, abs=0.01 * np.std(exact))


def test_external_fields_act_beside_the_mesh():
    system, X = cloud()
    held, mesh = system._replace(U_mass=Harmonic(0.3)), unit_mesh(32)
    difference = mesh_accelerations(held, X, mesh) - mesh_accelerations(system, X, mesh)
    assert difference == pytest.approx(-0.3 * X, abs=1e-9)


def test_the_box_around_a_cloud_holds_the_share_asked_for():
    system, X = cloud(K=2000)
    X = np.random.default_rng(1).normal(size=X.shape)
    grid = mesh_around(system, X, 64, share=0.9).grid
    within = np.all((grid.lower < X) & (grid.upper > X), axis=1)
    assert 0.9 < within.mean() < 1.0


def langmuir(gravity, K=4096):
    """A quiet warm medium on a line, of unit rate, with a small wave."""
    L, sigma, A = 2.0 * np.pi, 0.02, 1e-2
    n = np.arange(K) + 0.5
    q, v = L * n / K, sigma * norm.ppf(np.mod(n * 0.6180339887498949, 1.0))
    c = L / (4.0 * np.pi) / K
    system = bodies(
        np.full(K, c), 0.0 if gravity else np.full(K, c), num_space=1, period=L,
        gravitational_constant=float(gravity),
    )  # fmt: skip
    return system, (q + A * np.sin(q))[:, None], v[:, None]


@pytest.mark.parametrize("gravity", [False, True])
def test_waves_of_the_mesh_oscillate_in_a_plasma_and_grow_under_gravity(gravity):
    system, X, V = langmuir(gravity)
    mesh = mesh_around(system, X, 256)
    scales = medium_scales(system, V)
    rate = scales.jeans_rate if gravity else scales.plasma_frequency
    assert rate == pytest.approx(1.0)
    motion = newton_paths(system, X, V, np.linspace(0.0, 2.0, 5), time_step=0.05, mesh=mesh)
    wave = np.mean(np.exp(-1j * motion.X[:, :, 0]), axis=1).real
    # Bohm and Gross: ω² = ω_p² + 3k²σ², of which 3σ² is a thousandth here; Jeans likewise.
    rate = np.sqrt(1.0 - 3.0 * 0.02**2) if gravity else np.sqrt(1.0 + 3.0 * 0.02**2)
    expected = (np.cosh if gravity else np.cos)(rate * motion.times)
    assert wave / wave[0] == pytest.approx(expected, rel=5e-3, abs=5e-3)
    assert motion.energy_drift < 1e-5


def landau_wave(k, times):
    """Linear response of a Maxwellian plasma, n = g - ∫ s g(s) n(t - s) ds with ω_p = λ_D = 1."""
    t = np.linspace(0.0, times[-1], 1201)
    g, n = np.exp(-0.5 * (k * t) ** 2), np.zeros_like(t)
    kernel, n[0] = t * g, 1.0
    for i in range(1, len(t)):
        past = kernel[1:i][::-1] @ n[1:i] + 0.5 * kernel[i] * n[0]
        n[i] = g[i] - (t[1] - t[0]) * past
    return np.interp(times, t, n)


@pytest.mark.parametrize(
    ("num_space", "K", "num", "end"), [(2, 8192, 32, 6.0), (3, 16384, 16, 2.5)]
)
def test_a_wave_in_a_warm_periodic_plasma_is_damped_as_landau_says(num_space, K, num, end):
    k, A, L = 0.5, 0.05, 4.0 * np.pi
    cloud = homogeneous_medium(
        [Species(K, 1.0, 1.0, 1.0)], L, num_space, background=-K, start="quiet", seed=3
    )
    X = cloud.X.copy()
    X[:, 0] += A / k * np.cos(k * X[:, 0])
    system = bodies(
        cloud.masses, cloud.charges, num_space=num_space, period=L, gravitational_constant=0.0,
        coulomb_constant=L**num_space / (4.0 * np.pi * K),
    )  # fmt: skip
    mesh = mesh_around(system, X, num)
    assert medium_scales(system, cloud.V).plasma_frequency == pytest.approx(1.0)
    times = np.linspace(0.0, end, 6)
    motion = newton_paths(system, X, cloud.V, times, time_step=0.125, mesh=mesh)
    wave = np.mean(np.exp(-1j * k * motion.X[:, :, 0]), axis=1).imag
    assert wave / wave[0] == pytest.approx(landau_wave(k, times), abs=0.03)
    assert motion.momentum_drift < 1e-10 * K
    assert motion.energy_drift < 1e-3


def test_a_resumed_run_on_a_mesh_is_bit_equal():
    system, X = cloud(K=300)
    V, times, mesh = np.zeros_like(X), np.array([0.0, 0.01, 0.02, 0.03]), unit_mesh(32)
    whole = newton_paths(system, X, V, times, time_step=0.005, mesh=mesh)
    half = newton_paths(system, X, V, times[:3], time_step=0.005, mesh=mesh)
    rest = newton_paths(system, half.X[-1], half.V[-1], times[2:], time_step=0.005, mesh=mesh)
    assert np.array_equal(rest.X[-1], whole.X[-1])
    assert np.array_equal(rest.V[-1], whole.V[-1])
    assert rest.energy[-1] == whole.energy[-1]


def test_many_bodies_on_a_mesh_need_little_memory():
    K = 100_000
    system = bodies(np.full(K, 1.0 / K), period=1.0)
    X = np.random.default_rng(0).uniform(size=(K, 3))
    mesh = mesh_around(system, X, 64)
    tracemalloc.start()
    mesh_accelerations(system, X, mesh)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**28


def test_what_a_mesh_cannot_do_is_refused(monkeypatch):
    system, X = cloud()
    mesh = unit_mesh(16)
    with pytest.raises(ValueError, match="Did you mean 'linear'"):
        unit_mesh(16, window="linea")
    with pytest.raises(ValueError, match="must have equal spacings"):
        Mesh(Grid((0.0, 0.0), (1.0, 2.0), (16, 16)))
    flat = bodies(np.ones(200), num_space=2, law="point")
    with pytest.raises(ValueError, match="must have the law 'rod' of its dimension"):
        mesh_accelerations(flat, X[:, :2], unit_mesh(16, 2))
    with pytest.raises(ValueError, match=r"`mesh.grid.num` must have shape"):
        mesh_accelerations(system, X, unit_mesh(16, 2))
    with pytest.raises(ValueError, match="must be one period long, 2"):
        mesh_accelerations(cloud(period=2.0)[0], X, mesh)
    with pytest.raises(ValueError, match="`opening` must be None with a mesh"):
        newton_paths(system, X, X, [0.0, 1.0], time_step=0.1, opening=0.5, mesh=mesh)
    with pytest.raises(ValueError, match="`mesh` must be None for the method 'gauss_radau'"):
        newton_paths(system, X, X, [0.0, 1.0], time_step=0.1, method="gauss_radau", mesh=mesh)
    with pytest.raises(ValueError, match="`share` must be above 0"):
        mesh_around(system, X, 32, share=0.0)
    with pytest.raises(ValueError, match="most bodies at one place"):
        mesh_around(system, 0.0 * X, 32)
    monkeypatch.setattr(particle_mesh, "MOST_PAIRS", 1000)
    with pytest.raises(ValueError, match="bodies are outside of the mesh, too many"):
        mesh_accelerations(system, 5.0 * X, mesh)


def test_unresolved_debye_and_jeans_lengths_are_refused():
    for gravity, length in ((False, 0.02), (True, 2.0 * np.pi * 0.02)):
        system, X, V = langmuir(gravity)
        scales = medium_scales(system, V)
        found = scales.jeans_length if gravity else scales.debye_length
        assert found == pytest.approx(length, rel=0.01)
    plasma, X, V = langmuir(gravity=False)
    with pytest.raises(ValueError, match=r"does not resolve the Debye length: it is 0.02"):
        newton_paths(plasma, X, V, [0.0, 1.0], time_step=0.1, mesh=mesh_around(plasma, X, 64))
    stars, X, V = langmuir(gravity=True)
    require_resolved_jeans(stars, V, 0.03)
    with pytest.raises(ValueError, match="does not resolve the Jeans length"):
        require_resolved_jeans(stars, V, 0.1)
    alone = medium_scales(bodies([1.0, 2.0], [1.0, 0.0], period=2.0), np.ones((2, 3)))
    assert alone.jeans_rate == pytest.approx(np.sqrt(4.0 * np.pi * 3.0 / 8.0))
    assert np.isnan(alone.debye_length)
    assert np.isnan(alone.jeans_length)
    with pytest.raises(ValueError, match="`period` must be positive"):
        medium_scales(stars._replace(period=0.0), V)


@pytest.mark.parametrize("alike", [1, 2, 50])
def test_masses_that_hardly_differ_are_one_species(alike):
    K, L, rng = 2000, 10.0, np.random.default_rng(0)
    V, X = 1e-3 * rng.normal(size=(K, 3)), rng.uniform(0.0, L, (K, 3))
    jitter = 1.0 + 1e-9 * (np.arange(K) // alike)
    equal, uneven = (
        bodies(m, np.ones(K), period=L, gravitational_constant=0.0) for m in (np.ones(K), jitter)
    )
    scales = medium_scales(equal, V)
    expected = V.std(axis=0) @ V.std(axis=0) / 3.0 / (4.0 * np.pi * K / L**3)
    assert scales.debye_length == pytest.approx(np.sqrt(expected))
    assert medium_scales(uneven, V) == pytest.approx(scales, rel=1e-5, nan_ok=True)
    with pytest.raises(ValueError, match="does not resolve the Debye length"):
        newton_paths(uneven, X, V, [0.0, 0.1], time_step=0.1, mesh=mesh_around(uneven, X, 16))


def test_species_that_differ_stay_apart_though_their_masses_are_uneven():
    K, rng = 1000, np.random.default_rng(1)
    m = np.repeat([1.0, 25.0], K) * rng.uniform(0.9, 1.1, 2 * K)
    q = np.repeat([-1.0, 1.0], K)
    V = rng.normal(size=(2 * K, 2)) / np.sqrt(m)[:, None]
    system = bodies(m, q, num_space=2, period=1.0, gravitational_constant=0.0)
    light = bodies(m[:K], q[:K], num_space=2, period=1.0, gravitational_constant=0.0)
    both, alone = medium_scales(system, V), medium_scales(light, V[:K])
    assert both.debye_length == pytest.approx(alone.debye_length)
    assert both.plasma_frequency == pytest.approx(
        np.sqrt(4.0 * np.pi * np.sum(q**2 / m)), rel=1e-12
    )
    repelling = medium_scales(system._replace(gravitational_constant=-1.0), V)
    assert np.isnan(repelling.jeans_rate)
    assert np.isnan(repelling.jeans_length)


def test_bodies_that_are_all_outside_of_a_mesh_are_summed_directly():
    pair = bodies([1.0, 1.0])
    X = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    mesh = mesh_around(pair, X, 16)
    assert mesh_force_error(pair, X, mesh).rms < 1e-14
    assert mesh_mutual_energies(pair, X, mesh) == pytest.approx(mutual_energies(pair, X))
    with pytest.raises(ValidityError, match="has no acceleration in the direct sum"):
        mesh_force_error(bodies([1.0]), X[:1], mesh)
