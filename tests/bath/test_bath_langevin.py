"""Classical bath and Langevin equation; the Langevin equation of stochastic mechanics."""

from itertools import pairwise

import numpy as np
import pytest

from zitter.bath.branching_paths import (
    bohm_branching_paths,
    fastest_rate,
    nelson_branching_paths,
    sampled_configurations,
)
from zitter.bath.branching_wave import branching_wave
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.langevin import (
    bath_force,
    fluctuation_dissipation_scores,
    generalised_langevin_paths,
    kac_zwanzig_paths,
    shifted_canonical_bath,
)
from zitter.bath.packets import Packets
from zitter.bath.quantum_bath import bath_modes, classical_motion, exact_response
from zitter.bath.quantum_langevin import configuration_velocity, langevin_terms, quantum_force
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import ValidityError
from zitter.core.statistics import convergence_order

OHMIC = SpectralDensity(0.1, 5.0, shape="exponential")
BATH = discretised(OHMIC, 40)
SMALL = OscillatorBath(np.array([0.4, 1.3, 2.9]), np.array([0.2, 0.5, 0.9]))
MASS = 1.7


def double_well(x):
    return x - x**3


def start(num, kT, bath=SMALL, seed=1):
    rng = np.random.default_rng(seed)
    X, V = rng.normal(size=(2, num))
    return (X, V), shifted_canonical_bath(bath, X, kT, rng)


def test_the_full_bath_in_a_harmonic_trap_moves_as_its_normal_modes():
    (X, V), state = start(4, 0.7)
    paths = kac_zwanzig_paths(lambda x: -MASS * 0.64 * x, MASS, SMALL, (X, V), state, 2.0, 4000)
    modes = bath_modes(SMALL, MASS, 0.8)
    q0 = np.hstack([np.sqrt(MASS) * X[:, None], state.q])
    p0 = np.hstack([np.sqrt(MASS) * V[:, None], state.p])
    exact = classical_motion(modes, q0, p0, 2.0)[:, 0] / np.sqrt(MASS)
    np.testing.assert_allclose(paths.X[-1], exact, atol=1e-6)


def test_bath_and_langevin_equation_agree_path_by_path_at_second_order():
    (X, V), state = start(3, 0.7)
    ends, apart = [], []
    counts = (200, 400, 800)
    for n in counts:
        full = kac_zwanzig_paths(double_well, MASS, SMALL, (X, V), state, 4.0, n)
        noise = bath_force(SMALL, state, full.times)
        kernel = SMALL.memory_kernel(full.times)
        short = generalised_langevin_paths(double_well, MASS, kernel, noise, (X, V), 4.0)
        ends.append(short.X[-1])
        apart.append(np.max(np.abs(short.X - full.X)))
    assert convergence_order(1.0 / np.array(counts), apart) == pytest.approx(2.0, abs=0.1)
    change = [np.max(np.abs(a - b)) for a, b in pairwise(ends)]
    assert np.log2(change[0] / change[1]) == pytest.approx(2.0, abs=0.1)
    assert apart[-1] < 1e-4
    kernel = 1.05 * SMALL.memory_kernel(full.times)
    wrong = generalised_langevin_paths(double_well, MASS, kernel, noise, (X, V), 4.0)
    assert np.max(np.abs(wrong.X - full.X)) > 1e-2


def test_the_energy_of_system_and_bath_is_kept():
    (X, V), state = start(3, 0.7)
    paths = kac_zwanzig_paths(double_well, MASS, SMALL, (X, V), state, 30.0, 3000)
    x = paths.X
    short = 0.5 * MASS * paths.V**2 - 0.5 * x**2 + 0.25 * x**4
    assert np.ptp(short, axis=0).max() > 0.1
    free = kac_zwanzig_paths(
        double_well, MASS, SMALL._replace(couplings=np.zeros(3)), (X, V), state, 30.0, 3000
    )
    x = free.X
    alone = 0.5 * MASS * free.V**2 - 0.5 * x**2 + 0.25 * x**4
    assert np.ptp(alone, axis=0).max() < 1e-3


def test_fluctuation_and_dissipation_are_related():
    times = np.linspace(0.0, 8.0, 41)
    scores = fluctuation_dissipation_scores(BATH, 0.7, times, 20_000, np.random.default_rng(5))
    assert np.sqrt(np.mean(scores**2)) < 1.6
    assert np.max(np.abs(scores)) < 4.0
    hotter = SpectralDensity(0.13, 5.0, shape="exponential")
    other = bath_force(
        BATH, shifted_canonical_bath(BATH, np.zeros(20_000), 0.7, np.random.default_rng(5)), [0.0]
    )
    exact = 0.7 * discretised(hotter, 40).memory_kernel(np.zeros(1))
    error = np.std(other[0] ** 2) / np.sqrt(20_000)
    assert abs(np.mean(other[0] ** 2) - exact[0]) > 4.0 * error


def test_the_velocity_forgets_as_the_response_says():
    """⟨V(0)V(t)⟩ = (kT/M) G'(t) in a trap."""
    num, kT, frequency = 4000, 0.7, 1.0
    rng = np.random.default_rng(8)
    X = rng.normal(size=num) * np.sqrt(kT / MASS) / frequency
    V = rng.normal(size=num) * np.sqrt(kT / MASS)
    state = shifted_canonical_bath(BATH, X, kT, rng)
    modes = bath_modes(BATH, MASS, frequency)
    q0 = np.hstack([np.sqrt(MASS) * X[:, None], state.q])
    p0 = np.hstack([np.sqrt(MASS) * V[:, None], state.p])
    times = np.array([0.4, 1.5, 3.0])
    exact = kT / MASS * exact_response(modes, times).first
    for t, want in zip(times, exact, strict=True):
        ends = [classical_motion(modes, q0, p0, t + dt)[:, 0] for dt in (-1e-4, 1e-4)]
        product = V * (ends[1] - ends[0]) / (2e-4 * np.sqrt(MASS))
        assert abs(np.mean(product) - want) < 3.5 * np.std(product) / np.sqrt(num)


def _quantum_potential(wave, q, t, h=1e-3):
    """Q = -ħ²/2 Σ ∂²R/R by differences of ln R."""
    frame = wave.at(t)

    def log_R(q):
        bend = -0.5 / wave.hbar * q @ frame.A.imag @ q
        return bend + np.log(np.abs(np.sum(np.exp(frame.a @ q + frame.b))))

    centre, total = log_R(q), 0.0
    for e in h * np.eye(q.size):
        up, down = log_R(q + e), log_R(q - e)
        total += (up + down - 2.0 * centre) / h**2 + ((up - down) / (2.0 * h)) ** 2
    return -0.5 * wave.hbar**2 * total


def test_the_quantum_force_is_the_slope_of_the_quantum_potential():
    wave = branching_wave(
        SMALL, MASS, 0.8, Packets([-1.5, 1.2, 0.3], 0.7, [0.3, -0.4, 1.0], hbar=0.9)
    )
    q = np.random.default_rng(1).normal(size=(4, 4)) * 0.5
    found = quantum_force(wave.at(1.1), q, 0.9)
    h = 1e-3
    for point, force in zip(q, found, strict=True):
        exact = [
            -(_quantum_potential(wave, point + e, 1.1) - _quantum_potential(wave, point - e, 1.1))
            / (2.0 * h)
            for e in h * np.eye(4)
        ]
        np.testing.assert_allclose(force, exact, rtol=2e-3, atol=2e-4)


def test_the_configuration_obeys_newtons_law_with_the_quantum_force():
    wave = branching_wave(SMALL, MASS, 0.8, Packets([-1.5, 1.2, 0.3], 0.7, [0.3, -0.4, 1.0]))
    V = wave.modes.vectors * wave.modes.frequencies**2 @ wave.modes.vectors.T
    q0 = sampled_configurations(wave, 6, np.random.default_rng(4))
    times = np.array([0.99, 0.995, 1.0, 1.005, 1.01])
    paths = bohm_branching_paths(wave, q0, times, 404)
    v = [configuration_velocity(wave.at(t), q) for t, q in zip(times, paths.q, strict=True)]
    acceleration = (8.0 * (v[3] - v[1]) - (v[4] - v[0])) / (12.0 * 0.005)
    frame = wave.at(1.0)
    exact = quantum_force(frame, paths.q[2]) - (frame.centre + paths.q[2]) @ V
    np.testing.assert_allclose(acceleration, exact, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def budget():
    """Terms along paths of one packet, whose width is not that of the trap."""
    wave = branching_wave(BATH, 1.0, 1.0, Packets([2.0], 0.5))
    q0 = sampled_configurations(wave, 20, np.random.default_rng(0))
    return langevin_terms(
        wave, BATH, 1.0, bohm_branching_paths(wave, q0, np.linspace(0.0, 4.0, 401), 400)
    )


def rms(values):
    return float(np.sqrt(np.mean(values**2)))


def test_the_modified_langevin_equation_closes_term_by_term(budget):
    assert rms(budget.residual()) < 1e-4 * rms(budget.inertia)


@pytest.mark.parametrize("name", ["friction", "slip", "noise", "quantum", "memory"])
def test_no_term_of_the_modified_langevin_equation_can_be_left_out(budget, name):
    without = budget._replace(**{name: np.zeros_like(budget.noise)})
    assert rms(without.residual()) > 1e-2 * rms(budget.inertia)


def test_the_memory_of_the_quantum_forces_on_the_bath_is_as_large_as_the_force_on_the_system(
    budget,
):
    assert 0.3 < rms(budget.memory) / rms(budget.quantum) < 3.0


def test_steps_that_do_not_resolve_the_motion_are_refused():
    wave = branching_wave(SMALL, 1.0, 1.0, Packets([-1.0, 1.0], 0.7))
    q0, few = np.zeros((1, 1 + SMALL.frequencies.size)), int(6.0 * fastest_rate(wave))
    for run in (bohm_branching_paths, nelson_branching_paths):
        source = () if run is bohm_branching_paths else (np.random.default_rng(0),)
        with pytest.raises(ValidityError, match=rf"rad in a step.*num_steps >= {few + 1}"):
            run(wave, q0, [6.0], few, *source)
        assert np.all(np.isfinite(run(wave, q0, [6.0], few + 1, *source).q))
        with pytest.raises(ValueError, match="`q0` must be finite"):
            run(wave, q0 + np.nan, [6.0], few + 1, *source)
    times = np.linspace(0.0, 60.0, 13)
    kernel, rest = SMALL.memory_kernel(times), (np.ones(2), np.zeros(2))
    with pytest.raises(ValidityError, match=r"does not resolve the memory, h √\(K\(0\)/M\) ="):
        generalised_langevin_paths(double_well, 1.0, kernel, np.zeros((13, 2)), rest, 60.0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_paths_that_leave_all_bounds_are_refused():
    rest = (2.0 * np.ones(3), np.zeros(3))
    state = shifted_canonical_bath(SMALL, rest[0], 1.0, np.random.default_rng(1))
    with pytest.raises(ValidityError, match="A path leaves all bounds before t ="):
        kac_zwanzig_paths(lambda X: 4.0 * X**3, 1.0, SMALL, rest, state, 9.0, 90)
    kernel = SMALL.memory_kernel(np.linspace(0.0, 9.0, 91))
    with pytest.raises(ValidityError, match="A path leaves all bounds before t ="):
        generalised_langevin_paths(lambda X: 4.0 * X**3, 1.0, kernel, np.zeros((91, 3)), rest, 9.0)


def test_bad_input_is_refused():
    (X, V), state = start(2, 0.7)
    with pytest.raises(ValidityError, match="does not resolve the fastest mode"):
        kac_zwanzig_paths(double_well, 1.0, SMALL, (X, V), state, 10.0, 10)
    with pytest.raises(ValueError, match="`kT` must not be below zero"):
        shifted_canonical_bath(SMALL, X, -1.0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="`noise` must have shape"):
        generalised_langevin_paths(double_well, 1.0, np.ones(5), np.ones((4, 2)), (X, V), 1.0)
    wave = branching_wave(SMALL, 1.0, 1.0, Packets([0.0], 1.0))
    paths = bohm_branching_paths(wave, np.zeros((1, 4)), np.linspace(0.5, 2.0, 7), 8)
    with pytest.raises(ValueError, match="equidistant from 0"):
        langevin_terms(wave, SMALL, 1.0, paths)
    early = bohm_branching_paths(wave, np.zeros((1, 4)), np.linspace(0.0, 1.5, 7), 6)
    few = type(early)(early.times[:2], early.q[:2])
    with pytest.raises(ValueError, match="at least 7 times, but holds 2"):
        langevin_terms(wave, SMALL, 1.0, few)
    faster = SMALL._replace(frequencies=1.3 * SMALL.frequencies)
    for bath, frequency in ((faster, 1.0), (SMALL, 1.1)):
        with pytest.raises(ValueError, match="those that the wave was made with"):
            langevin_terms(wave, bath, frequency, early)
