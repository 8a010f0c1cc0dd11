from functools import partial

import jax
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.mean_field.extended_bodies import (
    Moments,
    crystal_frequency,
    gaussian_energy,
    homogeneous_sphere_energy,
    homogeneous_sphere_frequency,
    trapped_moments,
)
from zitter.mean_field.stochastic import (
    bera_mohan_singh,
    gravity_modes,
    mean_density_matrix,
    nimmrichter_hornberger,
    realisations,
)

MASS, HBAR, WIDTH, G = 1.2, 0.9, 0.6, 1.6
BODY = partial(gaussian_energy, mass=MASS, width=WIDTH, gravitational_constant=G)
GRID = Grid((-12.0,), (12.0,), (128,))
x, H = GRID.axes[0], GRID.spacing[0]
MODES = gravity_modes(BODY, GRID)
SCALES = dict(mass=MASS)
NIMMRICHTER_HORNBERGER = nimmrichter_hornberger(HBAR)
BERA_MOHAN_SINGH = bera_mohan_singh(HBAR)
WITHOUT_GRAVITY = bera_mohan_singh(HBAR, self_gravity=0.0)
DOUBLED = bera_mohan_singh(HBAR, noise=2.0)
TIME, NUM_STEPS, NUM_RUNS = 0.4, 20, 1500


def packet(centre, width=0.5):
    return np.exp(-(((x - centre) / (2.0 * width)) ** 2)) / (2.0 * np.pi * width**2) ** 0.25


CAT = 2.0 * packet(-1.5) + packet(1.5)
CAT = CAT / np.linalg.norm(CAT) / np.sqrt(H)
STILL = dict(num_steps=NUM_STEPS, **SCALES)


def observables(psi):
    """Hermitian observables in each run: moments, density, and the coherence of the two packets."""
    rows = [np.sum(np.abs(psi) ** 2 * f, axis=1) * H for f in (x, x**2, x**4, np.abs(x) < 1.0)]
    k = GRID.wavenumbers[0]
    spectrum = np.abs(np.fft.fft(psi, axis=1)) ** 2 * H / len(x)
    rows += [np.sum(spectrum * HBAR * k, axis=1), np.sum(spectrum * (HBAR * k) ** 2, axis=1)]
    left, right = (packet(c) @ psi.T * H for c in (-1.5, 1.5))
    coherence = left * np.conj(right)
    return np.array([*rows, coherence.real, coherence.imag])


def observables_of_mean(rho):
    eigenvalues, vectors = np.linalg.eigh(np.asarray(rho) * H)
    return observables(vectors.T / np.sqrt(H)) @ eigenvalues


def z_scores(runs, mean):
    seen = observables(np.asarray(runs.psi))
    error = np.std(seen, axis=1, ddof=1) / np.sqrt(seen.shape[1])
    return (seen.mean(axis=1) - observables_of_mean(mean)) / np.maximum(error, 1e-9)


def test_the_modes_are_a_square_root_of_the_energy():
    np.testing.assert_allclose(MODES.T @ MODES, -BODY(np.abs(x[:, None] - x)), atol=1e-8)
    density = packet(0.7) ** 2
    potential = -(MODES @ density * H) @ MODES
    direct = np.sum(BODY(np.abs(x[:, None] - x)) * density, axis=1) * H
    np.testing.assert_allclose(potential, direct, atol=1e-8)


@pytest.fixture(scope="module")
def linear_runs():
    return realisations(
        NIMMRICHTER_HORNBERGER,
        CAT,
        GRID,
        MODES,
        TIME,
        jax.random.key(1),
        num_runs=NUM_RUNS,
        **STILL,
    )


@pytest.fixture(scope="module")
def linear_mean():
    return mean_density_matrix(NIMMRICHTER_HORNBERGER, CAT, GRID, MODES, TIME, **STILL)


def test_the_runs_of_nimmrichter_and_hornberger_average_to_a_linear_equation(
    linear_runs, linear_mean
):
    assert np.max(np.abs(z_scores(linear_runs, linear_mean))) < 3.0
    norm = np.asarray(linear_runs.norm)
    assert abs(norm.mean() - 1.0) < 3.0 * norm.std() / np.sqrt(NUM_RUNS)


def test_neither_the_rate_of_diosi_nor_a_mean_field_fits_those_runs(linear_runs):
    halved = mean_density_matrix(WITHOUT_GRAVITY, CAT, GRID, MODES, TIME, **STILL)
    assert np.max(np.abs(z_scores(linear_runs, halved))) > 5.0
    mean_field = mean_density_matrix(DOUBLED, CAT, GRID, MODES, TIME, **STILL)
    assert np.max(np.abs(z_scores(linear_runs, mean_field))) > 5.0


def test_the_momentum_diffuses_at_twice_hbar_times_the_curvature_of_the_energy(linear_mean):
    spring = MASS * crystal_frequency(MASS, WIDTH, G) ** 2
    before = observables(CAT[None])[5, 0]
    seen = observables_of_mean(linear_mean)[5]
    np.testing.assert_allclose(seen, before + 2.0 * HBAR * spring * TIME, rtol=2e-3)


def test_coherences_decay_at_the_difference_of_energies_where_nothing_moves():
    heavy = dict(num_steps=10, mass=1e6)
    for equation, factor in ((NIMMRICHTER_HORNBERGER, 2.0), (WITHOUT_GRAVITY, 1.0)):
        rho = np.asarray(mean_density_matrix(equation, CAT, GRID, MODES, TIME, **heavy))
        i, j = np.argmin(np.abs(x + 1.5)), np.argmin(np.abs(x - 1.5))
        rate = factor * (BODY(x[j] - x[i]) - BODY(0.0)) / HBAR
        np.testing.assert_allclose(rho[i, j], CAT[i] * CAT[j] * np.exp(-rate * TIME), rtol=1e-4)
        np.testing.assert_allclose(np.diagonal(rho), CAT**2, atol=1e-4)


def test_the_runs_of_bera_mohan_and_singh_average_to_their_linear_equation():
    runs = realisations(
        WITHOUT_GRAVITY, CAT, GRID, MODES, TIME, jax.random.key(2), num_runs=NUM_RUNS, **STILL
    )
    mean = mean_density_matrix(WITHOUT_GRAVITY, CAT, GRID, MODES, TIME, **STILL)
    assert np.max(np.abs(z_scores(runs, mean))) < 3.0
    np.testing.assert_allclose(runs.norm, 1.0, rtol=1e-10)
    equation = bera_mohan_singh(HBAR, noise=2.0, self_gravity=0.0)
    doubled = mean_density_matrix(equation, CAT, GRID, MODES, TIME, **STILL)
    assert np.max(np.abs(z_scores(runs, doubled))) > 5.0


def test_without_noise_a_narrow_packet_breathes_at_the_frequency_of_the_trapped_body():
    trap, width = 1.1, 0.12
    grid = Grid((-1.6,), (1.6,), (96,))
    q = grid.axes[0]
    strong = partial(homogeneous_sphere_energy, mass=MASS, radius=4.0, gravitational_constant=40.0)
    inner = homogeneous_sphere_frequency(MASS, 4.0, 40.0)
    hbar = 2.0 * MASS * trap * width**2
    psi0 = np.exp(-(((q - 0.2) / (2.0 * width)) ** 2)) / (2.0 * np.pi * width**2) ** 0.25
    start = Moments(0.2, 0.0, width**2, 0.0, hbar**2 / (4.0 * width**2))
    for time in (0.6, 1.12):
        runs = realisations(
            bera_mohan_singh(hbar, noise=0.0),
            psi0,
            grid,
            gravity_modes(strong, grid),
            time,
            jax.random.key(0),
            num_runs=1,
            num_steps=200,
            mass=MASS,
            potential=0.5 * MASS * trap**2 * q**2,
        )
        density = np.abs(np.asarray(runs.psi[0])) ** 2 * grid.spacing[0]
        mean = np.sum(density * q)
        expected = trapped_moments(start, time, MASS, trap, inner)
        np.testing.assert_allclose(mean, expected.position, atol=2e-4)
        variance = np.sum(density * (q - mean) ** 2)
        # The cubic term of I weakens the spring by a share of order width/R.
        np.testing.assert_allclose(variance, expected.position_variance, rtol=0.04)
    without = trapped_moments(start, 1.12, MASS, trap, 0.0)
    assert abs(variance / without.position_variance - 1.0) > 0.2


def test_the_norm_of_a_run_scatters_with_the_root_of_the_step():
    scatter = []
    for num_steps in (10, 40, 160):
        runs = realisations(
            NIMMRICHTER_HORNBERGER,
            CAT,
            GRID,
            MODES,
            TIME,
            jax.random.key(3),
            num_runs=NUM_RUNS,
            num_steps=num_steps,
            **SCALES,
        )
        scatter.append(float(np.std(np.log(np.asarray(runs.norm)))))
    np.testing.assert_allclose(convergence_order([16.0, 4.0, 1.0], scatter), 0.5, atol=0.1)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="minus a positive definite"):
        gravity_modes(lambda d: -np.cos(d) * d**2, GRID)
    with pytest.raises(ValueError, match="`psi0` must be normalised"):
        mean_density_matrix(NIMMRICHTER_HORNBERGER, 2.0 * CAT, GRID, MODES, TIME, **STILL)
    with pytest.raises(ValueError, match=r"`modes` must have shape \(modes, num\)"):
        mean_density_matrix(NIMMRICHTER_HORNBERGER, CAT, GRID, MODES[:, :5], TIME, **STILL)
    with pytest.raises(ValueError, match="`noise` must be finite and not negative"):
        bera_mohan_singh(HBAR, noise=-1.0)
    with pytest.raises(ValidityError, match="times more steps"):
        mean_density_matrix(NIMMRICHTER_HORNBERGER, CAT, GRID, MODES, 20.0, num_steps=1, **SCALES)
    with pytest.raises(ValidityError, match="ends of the box"):
        mean_density_matrix(BERA_MOHAN_SINGH, CAT, GRID, MODES, 12.0, num_steps=200, **SCALES)
    coarse = Grid((-12.0,), (12.0,), (24,))
    rough = np.where(np.abs(coarse.axes[0]) < 1.5, 1.0, 1e-9)
    rough /= np.linalg.norm(rough) * np.sqrt(coarse.spacing[0])
    modes = gravity_modes(BODY, coarse)
    with pytest.raises(ValidityError, match="does not resolve"):
        mean_density_matrix(BERA_MOHAN_SINGH, rough, coarse, modes, 1e-3, num_steps=1, mass=1e3)
    with pytest.raises(ValidityError, match="does not resolve"):
        realisations(
            BERA_MOHAN_SINGH,
            rough,
            coarse,
            modes,
            1e-3,
            jax.random.key(0),
            num_runs=1,
            num_steps=1,
            mass=1e3,
        )


@pytest.mark.parametrize("key", [0, None, np.arange(3), jax.random.split(jax.random.key(0))])
def test_what_is_no_random_key_is_refused(key):
    with pytest.raises(ValueError, match="`key` must be one random key"):
        realisations(BERA_MOHAN_SINGH, CAT, GRID, MODES, TIME, key, num_runs=2, **STILL)


def test_modes_need_a_function_and_the_noise_an_hbar():
    with pytest.raises(ValueError, match="`energy` must be a function"):
        gravity_modes(None, GRID)
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        nimmrichter_hornberger(0.0)


@pytest.mark.parametrize(
    "evolved",
    [
        partial(realisations, key=jax.random.key(0), num_runs=3),
        mean_density_matrix,
    ],
)
def test_a_packet_that_goes_round_the_box_is_refused(evolved):
    # Back at its start at the last time: only on its way is it at the ends.
    k, heavy = 4.0 * np.pi, 50.0
    psi0 = packet(0.0, 1.0) * np.exp(1j * k * x)
    options = dict(time=24.0 * heavy / (HBAR * k), num_steps=60, mass=heavy)
    with pytest.raises(ValidityError, match="ends of the box"):
        evolved(NIMMRICHTER_HORNBERGER, psi0, GRID, 1e-3 * MODES, **options)


def test_noise_that_grows_too_large_on_the_way_is_refused():
    # A narrow packet spreads until the differences of the modes over it count.
    narrow = packet(0.0, 0.3)
    options = dict(num_runs=3, num_steps=4, mass=MASS)
    key = jax.random.key(0)
    with pytest.raises(ValidityError, match="on the way"):
        realisations(NIMMRICHTER_HORNBERGER, narrow, GRID, 1.6 * MODES, 0.8, key, **options)


@pytest.mark.parametrize("num_steps", [1, 5, 20])
def test_steps_too_few_for_a_trap_are_refused(num_steps):
    options = dict(num_steps=num_steps, mass=1.0, potential=50.0 * x**2)
    weak, key = 0.1 * MODES, jax.random.key(0)
    psi0 = packet(1.0, 0.3)
    with pytest.raises(ValidityError, match="Half the step"):
        mean_density_matrix(NIMMRICHTER_HORNBERGER, psi0, GRID, weak, 1.0, **options)
    with pytest.raises(ValidityError, match="Half the step"):
        realisations(NIMMRICHTER_HORNBERGER, psi0, GRID, weak, 1.0, key, num_runs=2, **options)
