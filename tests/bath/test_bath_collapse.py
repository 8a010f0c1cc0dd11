"""Trajectories of system and bath: the wave they follow, Born's rule, collapse and its bounds."""

import numpy as np
import pytest
from scipy import stats

from zitter.bath.branching_paths import (
    bohm_branching_paths,
    nelson_branching_paths,
    sampled_configurations,
    unreduced_paths,
)
from zitter.bath.branching_wave import branching_wave, reduced_bath, reduced_start
from zitter.bath.collapse import (
    branch_distances,
    collapses,
    conditional_infidelity,
    conditional_moments,
    conditional_weights,
    configuration_weights,
    crossing_fraction,
    expected_smaller_weight,
)
from zitter.bath.decoherence import decoherence_exponent
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.packets import Packets, reduced_density_matrix
from zitter.bath.purification import (
    PURIFICATIONS,
    pure_branch_distances,
    purification,
    thermofield_branch_distances,
)
from zitter.bath.quantum_bath import (
    bath_modes,
    bath_variances,
    classical_motion,
    exact_noise,
    exact_response,
    noise_of_variances,
    propagator,
)
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import ValidityError
from zitter.core.statistics import combined_p_value, convergence_order, ks_test

WIDTH = np.sqrt(0.5)
OHMIC = SpectralDensity(0.1, 5.0, shape="exponential")
BATH = discretised(OHMIC, 40)
SHARE = 0.3
CAT = Packets([-3.0, 3.0], WIDTH, coefficients=[SHARE**0.5, (1.0 - SHARE) ** 0.5])
TIMES = np.array([0.0, 1.0, 3.2])
SEEDS, RUNS = 10, 220
SMALL = OscillatorBath(np.array([0.4, 1.3, 2.9]), np.array([0.2, 0.5, 0.9]))
THREE = Packets([-1.5, 1.2, 0.3], 0.7, [0.3, -0.4, 1.0], [1.0, 0.5j, 0.3], hbar=0.9)


@pytest.fixture(scope="module")
def wave():
    return branching_wave(BATH, 1.0, 1.0, CAT)


@pytest.fixture(scope="module")
def runs(wave):
    """Runs of Bohm and of Nelson, RUNS for each of the seeds 0-9."""
    starts = [
        sampled_configurations(wave, RUNS, np.random.default_rng([s, 1])) for s in range(SEEDS)
    ]
    q0 = np.concatenate(starts)
    return dict(
        bohm=bohm_branching_paths(wave, q0, TIMES, 160),
        nelson=nelson_branching_paths(wave, q0, TIMES, 128, np.random.default_rng([7, 2])),
    )


def _log_psi(wave, q, t):
    """ln Ψ at one configuration, up to a function of t, from packets one by one."""
    S = propagator(wave.modes, t)
    A0 = 1j * np.diag(wave.alpha)
    A = (S.pq + S.qq @ A0) @ np.linalg.inv(S.qq + S.qp @ A0)
    terms = []
    for Q0, P0, c in zip(wave.centres, wave.momenta, wave.logarithms, strict=True):
        Q, P = S.qq @ Q0 + S.qp @ P0, S.pq @ Q0 + S.qq @ P0
        off = q - Q
        phase = 0.5 * off @ A @ off + P @ off + 0.5 * (P @ Q - P0 @ Q0)
        terms.append(c + 1j * phase / wave.hbar)
    peak = max(term.real for term in terms)
    return peak + np.log(sum(np.exp(term - peak) for term in terms))


def _shared_log_psi(wave, q, t):
    frame = wave.at(t)
    off = q - frame.centre
    common = 1j / wave.hbar * (frame.momentum @ off + 0.5 * off @ frame.A @ off)
    return common + np.log(np.sum(np.exp(frame.a @ off + frame.b)))


@pytest.mark.parametrize("t", [0.0, 1.7])
def test_the_wave_about_its_middle_is_the_sum_of_its_packets(t):
    wave = branching_wave(SMALL, 1.7, 0.8, THREE)
    points = np.random.default_rng(1).normal(size=(5, 4))
    ratio = np.array([_shared_log_psi(wave, q, t) - _log_psi(wave, q, t) for q in points])
    np.testing.assert_allclose(np.exp(ratio - ratio[0]), 1.0, atol=1e-10)


def test_the_wave_obeys_the_schroedinger_equation():
    """iħ ∂ₜ ln Ψ - [-ħ²/2 (∇² ln Ψ + (∇ ln Ψ)²) + V] is the same at all configurations."""
    wave, h = branching_wave(SMALL, 1.7, 0.8, THREE), 1e-3
    V = wave.modes.vectors * wave.modes.frequencies**2 @ wave.modes.vectors.T
    found = []
    for q in np.random.default_rng(1).normal(size=(4, 4)) * 0.7:
        centre = _log_psi(wave, q, 1.1)
        rate = (_log_psi(wave, q, 1.1 + h) - _log_psi(wave, q, 1.1 - h)) / (2.0 * h)
        sides = [(_log_psi(wave, q + e, 1.1), _log_psi(wave, q - e, 1.1)) for e in h * np.eye(4)]
        curve = sum((up + down - 2.0 * centre) / h**2 for up, down in sides)
        slope = sum(((up - down) / (2.0 * h)) ** 2 for up, down in sides)
        found.append(0.9j * rate + 0.405 * (curve + slope) - 0.5 * q @ V @ q)
    np.testing.assert_allclose(found, found[0], atol=3e-4)


def test_the_flow_of_one_packet_carries_its_covariance():
    single = branching_wave(SMALL, 1.7, 0.8, Packets([0.6], 0.9, [0.4]))
    q0 = np.concatenate([np.zeros((1, 4)), np.eye(4)])
    paths = bohm_branching_paths(single, q0, [2.0], 400)
    flow = (paths.q[0, 1:] - paths.q[0, 0]).T
    start, end = (single.at(t).A.imag for t in (0.0, 2.0))
    found = flow @ np.linalg.inv(start) @ flow.T
    np.testing.assert_allclose(found, np.linalg.inv(end), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(paths.q[0, 0], 0.0, atol=1e-14)


def test_bohm_paths_converge_at_fourth_order():
    wave = branching_wave(SMALL, 1.7, 0.8, THREE)
    q0 = sampled_configurations(wave, 40, np.random.default_rng(0))
    counts = np.array([20, 40, 80])
    *ends, best = (bohm_branching_paths(wave, q0, [0.8], n).q[0] for n in (*counts, 320))
    errors = [np.median(np.max(np.abs(end - best), axis=1)) for end in ends]
    assert convergence_order(0.8 / counts, errors) == pytest.approx(4.0, abs=0.1)


class Silence:
    """A source of randomness that gives zeros."""

    def standard_normal(self, shape):
        return np.zeros(shape)


def test_the_mean_of_nelson_paths_converges_at_second_order():
    wave = branching_wave(SMALL, 1.7, 0.8, Packets([0.6], 0.9, [0.4]))
    q0 = sampled_configurations(wave, 10, np.random.default_rng(0))
    counts = np.array([40, 80, 160])
    *ends, best = (
        nelson_branching_paths(wave, q0, [1.6], n, Silence()).q[0] for n in (*counts, 1280)
    )
    errors = [np.max(np.abs(end - best)) for end in ends]
    assert convergence_order(1.6 / counts, errors) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("dynamics", ["bohm", "nelson"])
def test_the_smaller_branch_has_the_weight_of_the_closed_form(wave, runs, dynamics):
    weights = conditional_weights(wave, runs[dynamics])
    smaller = np.min(weights, axis=2)
    expected = expected_smaller_weight(branch_distances(wave, TIMES).bath, SHARE)
    assert smaller[0] == pytest.approx(SHARE, rel=1e-3)
    for found, exact in zip(smaller[1:], expected[1:], strict=True):
        error = np.std(found, ddof=1) / np.sqrt(found.size)
        assert abs(np.mean(found) - exact) < 3.5 * error
        assert abs(np.mean(found) - 1.3 * exact) > 3.5 * error


@pytest.mark.parametrize("dynamics", ["bohm", "nelson"])
def test_born_frequencies_over_ten_seeds(wave, runs, dynamics):
    winner = np.argmax(configuration_weights(wave, runs[dynamics])[-1], axis=1) == 0
    counts = winner.reshape(SEEDS, RUNS).sum(axis=1)
    p = [stats.binomtest(int(k), RUNS, SHARE).pvalue for k in counts]
    assert combined_p_value(p) > 1e-3
    wrong = [stats.binomtest(int(k), RUNS, 0.5).pvalue for k in counts]
    assert combined_p_value(wrong) < 1e-6


@pytest.mark.parametrize("dynamics", ["bohm", "nelson"])
def test_positions_follow_the_exact_density_of_the_system(wave, runs, dynamics):
    x = np.linspace(-8.0, 8.0, 801)
    modes = bath_modes(BATH, 1.0, 1.0)
    response = exact_response(modes, TIMES)
    noise = exact_noise(modes, BATH, 1.0, TIMES, 0.0)
    for k in (1, 2):
        rho = np.diagonal(reduced_density_matrix(CAT, response, noise, 1.0, x, k)).real
        cdf = np.concatenate([[0.0], np.cumsum(0.5 * (rho[1:] + rho[:-1]))])
        found = runs[dynamics].q[k, :, 0] + wave.at(TIMES[k]).centre[0]
        test = ks_test(found, lambda v, cdf=cdf: np.interp(v, x, cdf / cdf[-1]))
        assert test.p_value > 1e-3
        off = ks_test(found + 0.3, lambda v, cdf=cdf: np.interp(v, x, cdf / cdf[-1]))
        assert off.p_value < 1e-6


def test_the_conditional_wavefunction_becomes_the_winning_packet(wave, runs):
    infidelity = conditional_infidelity(wave, runs["bohm"])
    weights = conditional_weights(wave, runs["bohm"])
    np.testing.assert_allclose(
        np.mean(infidelity, axis=1), np.mean(np.min(weights, axis=2), axis=1), atol=2e-3
    )
    assert np.median(infidelity[2]) < 0.2 * np.median(infidelity[1])


def test_the_moments_of_the_conditional_wavefunction_are_its_integrals():
    wave = branching_wave(SMALL, 1.7, 0.8, THREE)
    q0 = sampled_configurations(wave, 3, np.random.default_rng(4))
    paths = bohm_branching_paths(wave, q0, [0.0, 0.9], 60)
    mean, deviation = conditional_moments(wave, paths)
    frame, x = wave.at(0.9), np.linspace(-9.0, 9.0, 1201)
    for run, q in enumerate(paths.q[1]):
        there = [np.concatenate([[z], q[1:]]) + frame.centre for z in x * np.sqrt(1.7)]
        density = np.exp(2.0 * np.real([_shared_log_psi(wave, point, 0.9) for point in there]))
        density /= np.sum(density)
        where = x + frame.centre[0] / np.sqrt(1.7)
        exact = np.sum(where * density)
        assert mean[1, run] == pytest.approx(exact, abs=1e-10)
        square = np.sum((where - exact) ** 2 * density)
        assert deviation[1, run] == pytest.approx(np.sqrt(square), abs=1e-10)


def test_the_weights_of_a_branch_sum_to_one_and_average_to_its_share(wave, runs):
    for weights in (
        conditional_weights(wave, runs["bohm"]),
        configuration_weights(wave, runs["bohm"]),
    ):
        np.testing.assert_allclose(np.sum(weights, axis=2), 1.0, atol=1e-12)
        mean, error = weights[2, :, 0].mean(), weights[2, :, 0].std() / np.sqrt(SEEDS * RUNS)
        assert abs(mean - SHARE) < 3.5 * error


@pytest.mark.parametrize("s", [0.5, 1.0, 3.0])
@pytest.mark.parametrize(("damping", "half"), [(0.01, 3.0), (0.1, 1.5), (0.1, 6.0), (0.5, 3.0)])
def test_collapse_never_precedes_the_decoherence_of_the_pure_state(s, damping, half):
    bath = discretised(SpectralDensity(damping, 4.0, s, "exponential"), 30)
    times = np.array([0.05, 0.2, 0.6, 1.5, 3.0, 6.0])
    modes = bath_modes(bath, 1.0, 1.0)
    packets = Packets([-half, half], WIDTH)
    response = exact_response(modes, times)
    distances = branch_distances(branching_wave(bath, 1.0, 1.0, packets), times).bath
    vacuum = decoherence_exponent(packets, response, exact_noise(modes, bath, 1.0, times, 0.0), 1.0)
    assert np.all(distances / 8.0 <= vacuum * (1.0 + 1e-9))
    assert np.any(distances / 4.0 > vacuum)


def test_the_bound_also_holds_for_squeezed_packets_of_the_bath():
    times, packets = np.array([0.3, 1.0, 3.0]), Packets([-3.0, 3.0], WIDTH)
    modes = bath_modes(BATH, 1.0, 1.0)
    response = exact_response(modes, times)
    for kind in PURIFICATIONS:
        q = purification(BATH, kind, 2.0).variances
        noise = noise_of_variances(modes, 1.0, times, q, 0.25 / q)
        exponent = decoherence_exponent(packets, response, noise, 1.0)
        found = pure_branch_distances(BATH, 1.0, 1.0, packets, times, q)
        assert np.all(found / 8.0 <= exponent * (1.0 + 1e-9))
        wave = branching_wave(BATH, 1.0, 1.0, packets, q)
        np.testing.assert_allclose(found, branch_distances(wave, times).bath, rtol=1e-7)


def test_every_purification_is_the_same_thermal_state():
    for kind in PURIFICATIONS:
        found = purification(BATH, kind, 2.0, 0.9)
        thermal = bath_variances(BATH, 2.0, 0.9)
        np.testing.assert_allclose(found.variances + found.displacement**2, thermal, rtol=1e-12)
        momentum = 0.25 * 0.81 / found.variances + found.kick**2
        np.testing.assert_allclose(momentum, thermal * BATH.frequencies**2, rtol=1e-12)


@pytest.mark.parametrize("kT", [1.0, 1e5, 1e8])
def test_the_distance_in_a_hot_double_keeps_its_digits(kT):
    """The same in other units, where rounding differs; by the covariance it is noise at 1e8."""
    bath, times = discretised(OHMIC, 12), np.array([0.5, 3.0])
    found = thermofield_branch_distances(bath, 1.0, 1.0, CAT, times, kT)
    for unit in (0.37, 1.7):
        w, c = bath.frequencies * unit, bath.couplings * unit**2
        cat = Packets(CAT.centres / unit**0.5, WIDTH / unit**0.5, coefficients=CAT.coefficients)
        same = thermofield_branch_distances(
            OscillatorBath(w, c), 1.0, unit, cat, times / unit, kT * unit
        )
        np.testing.assert_allclose(same, found, rtol=1e-6)


def test_the_distance_in_a_double_is_that_of_its_covariance():
    bath, kT, t, w = SMALL, 1.3, 0.9, SMALL.frequencies
    S = propagator(bath_modes(bath, 1.7, 0.8), t)
    packets = Packets([-1.5, 1.5], 0.7, hbar=0.9)
    hot, cross = 1.0 / np.tanh(0.45 * w / kT), 1.0 / np.sinh(0.45 * w / kT)
    q = np.concatenate([[1.7 * 0.49], 0.45 / w * hot])
    p = np.concatenate([[0.25 * 0.81 / 0.49 / 1.7], 0.45 * w * hot])
    C_bath = (S.qq[1:] * q) @ S.qq[1:].T + (S.qp[1:] * p) @ S.qp[1:].T
    shift = 3.0 * np.sqrt(1.7) * S.qq[1:, 0]
    for name, turn in (("idle", 0.0), ("alike", t), ("stationary", -t)):
        mixed_q, mixed_p = 0.45 / w * cross, -0.45 * w * cross
        C_cross = S.qq[1:, 1:] * mixed_q * np.cos(w * turn)
        C_cross += S.qp[1:, 1:] * mixed_p * np.sin(w * turn) / w
        C = np.block([[C_bath, C_cross], [C_cross.T, np.diag(0.45 / w * hot)]])
        both = np.concatenate([shift, 0.0 * w])
        found = thermofield_branch_distances(bath, 1.7, 0.8, packets, np.array([t]), kT, name)
        assert found[0] == pytest.approx(both @ np.linalg.solve(C, both), rel=1e-10)


def test_only_a_stationary_thermofield_double_lets_heat_speed_up_the_collapse():
    """At T = 5: product packets collapse about as the vacuum does, the stationary double faster."""
    bath, packets = discretised(OHMIC, 60), Packets([-3.0, 3.0], WIDTH)
    times = np.array([1.0, 3.14])
    vacuum = pure_branch_distances(bath, 1.0, 1.0, packets, times, 0.5 / bath.frequencies)
    for kind in PURIFICATIONS:
        q = purification(bath, kind, 5.0).variances
        ratio = pure_branch_distances(bath, 1.0, 1.0, packets, times, q) / vacuum
        assert np.all(np.abs(ratio - 1.0) < (1e-9 if kind == "coherent" else 0.1))
    for partners in ("idle", "alike"):
        found = thermofield_branch_distances(bath, 1.0, 1.0, packets, times, 5.0, partners)
        assert np.all(np.abs(found / vacuum - 1.0) < 0.15)
    found = thermofield_branch_distances(bath, 1.0, 1.0, packets, times, 5.0)
    np.testing.assert_allclose(found / 8.0, [2.473, 4.035], atol=0.01)
    modes = bath_modes(bath, 1.0, 1.0)
    noise = exact_noise(modes, bath, 1.0, times, 5.0)
    thermal = decoherence_exponent(packets, exact_response(modes, times), noise, 1.0)
    assert np.all(found / 8.0 <= thermal)


def test_paths_bounce_without_a_bath_and_cross_with_a_strong_one():
    """Packets have changed places after half a period; Bohm's paths on a line do not cross."""
    fractions = []
    for damping in (0.0, 0.01, 0.4):
        density = SpectralDensity(max(damping, 1e-6), 5.0, shape="exponential")
        bath = discretised(density, 20)
        bath = OscillatorBath(bath.frequencies, bath.couplings * (damping > 0.0))
        wave = branching_wave(bath, 1.0, 1.0, Packets([-3.0, 3.0], WIDTH))
        q0 = sampled_configurations(wave, 300, np.random.default_rng(3))
        paths = bohm_branching_paths(wave, q0, [np.pi], 120)
        fractions.append(crossing_fraction(q0[:, 0], paths.q[0, :, 0]))
    assert fractions[0] == 0.0
    np.testing.assert_allclose(fractions[1:], [0.228, 0.887], atol=0.08)


def test_a_reduced_bath_moves_the_system_and_its_branches_alike():
    full = discretised(OHMIC, 160)
    reduced = reduced_bath(full, 1.0, 1.0, 2.0)
    assert reduced.bath.frequencies.size < 70
    waves = (
        branching_wave(full, 1.0, 1.0, CAT),
        branching_wave(reduced.bath, 1.0, reduced.frequency, CAT),
    )
    rng = np.random.default_rng(2)
    q0 = sampled_configurations(waves[0], 40, rng)
    E = reduced.embedding
    start = reduced_start(q0, reduced)
    paths = [bohm_branching_paths(w, q, [2.0], 60) for w, q in zip(waves, (q0, start), strict=True)]
    np.testing.assert_allclose(paths[0].q[0, :, 0], paths[1].q[0, :, 0], atol=1e-7)
    whole = unreduced_paths(paths[1], reduced, q0)
    np.testing.assert_allclose(paths[0].q, whole.q, atol=1e-7)
    assert np.max(np.abs(whole.q[0, :, 1:] - q0[:, 1:] @ E.T @ E)) > 0.1


def test_runs_longer_than_the_reduced_bath_is_made_for_are_refused():
    bath = discretised(OHMIC, 60)
    reduced = reduced_bath(bath, 1.0, 1.0, 0.3)
    assert reduced.bath.frequencies.size < 40
    small, q0 = branching_wave(reduced.bath, 1.0, reduced.frequency, CAT), np.zeros((2, 61))
    with pytest.raises(ValidityError, match=r"until t = 0\.3 only, but the runs end at 2"):
        nelson_branching_paths(
            small, q0, [2.0], 100, np.random.default_rng(0), reduced=reduced, bath=bath
        )
    paths = bohm_branching_paths(small, reduced_start(q0, reduced), [2.0], 100)
    with pytest.raises(ValidityError, match=r"until t = 0\.3 only"):
        unreduced_paths(paths, reduced, q0)


def test_modes_of_one_frequency_are_reduced_as_one():
    bath = discretised(OHMIC, 12)
    many = OscillatorBath(np.repeat(bath.frequencies, 8), np.repeat(bath.couplings, 8) / np.sqrt(8))
    reduced = reduced_bath(many, 1.0, 1.0, 2.0)
    np.testing.assert_allclose(reduced.bath.frequencies, bath.frequencies, rtol=1e-8)
    np.testing.assert_allclose(np.abs(reduced.bath.couplings), bath.couplings, rtol=1e-6)


def test_diffusions_in_the_reduced_bath_are_those_of_the_full_one():
    """The same noise: run by run."""
    full = discretised(OHMIC, 100)
    reduced = reduced_bath(full, 1.0, 1.0, 1.0)
    assert reduced.bath.frequencies.size < 50
    wave = branching_wave(full, 1.0, 1.0, CAT)
    small = branching_wave(reduced.bath, 1.0, reduced.frequency, CAT)
    q0 = sampled_configurations(wave, 50, np.random.default_rng(2))
    one = nelson_branching_paths(wave, q0, [1.0], 40, np.random.default_rng(5))
    two = nelson_branching_paths(
        small, q0, [1.0], 40, np.random.default_rng(5), reduced=reduced, bath=full
    )
    np.testing.assert_allclose(one.q, two.q, atol=1e-6)


def test_a_small_bath_on_an_equidistant_grid_undoes_the_collapse():
    packets, times = Packets([-6.0, 6.0], WIDTH), np.linspace(4.0, 14.0, 81)
    w = np.arange(12) + 0.5
    few = OscillatorBath(w, np.sqrt(2.0 / np.pi * OHMIC(w) * w))
    lowest = [
        np.min(branch_distances(branching_wave(bath, 1.0, 1.0, packets), times).bath)
        for bath in (discretised(OHMIC, 60), few)
    ]
    assert lowest[0] > 30.0
    assert lowest[1] < 3.0


def test_collapses_are_found_with_their_reversals():
    weights = np.array(
        [[0.5, 0.5, 0.6], [0.995, 0.7, 0.995], [0.6, 0.992, 0.2], [0.999, 0.995, 0.003]]
    )
    weights = np.stack([weights, 1.0 - weights], axis=2)
    found = collapses([0.0, 1.0, 2.0, 3.0], weights)
    np.testing.assert_array_equal(found.times, [3.0, 2.0, 3.0])
    np.testing.assert_array_equal(found.reversals, [True, False, True])
    np.testing.assert_array_equal(found.winners, [0, 0, 1])
    assert np.isinf(collapses([0.0, 1.0], weights[:1].repeat(2, 0)).times).all()


def test_the_mean_weight_of_the_smaller_branch_has_its_limits():
    assert expected_smaller_weight(0.0) == pytest.approx(0.5)
    assert expected_smaller_weight(0.0, 0.3) == pytest.approx(0.3)
    assert expected_smaller_weight(4.0) == pytest.approx(stats.norm.cdf(-1.0))
    draws = np.random.default_rng(0).normal(size=200_000) * 2.0
    l = np.log(0.3 / 0.7)
    first, second = draws + 2.0 + l, draws - 2.0 + l
    mean = sum(
        p * np.mean(1.0 / (1.0 + np.exp(np.abs(v)))) for p, v in ((0.3, first), (0.7, second))
    )
    assert expected_smaller_weight(4.0, 0.3) == pytest.approx(mean, rel=0.01)


def test_a_displaced_bath_only_adds_a_classical_motion():
    modes = bath_modes(SMALL, 1.7, 0.8)
    rng = np.random.default_rng(6)
    q0, p0 = rng.normal(size=(2, 3, 4))
    V = modes.vectors * modes.frequencies**2 @ modes.vectors.T
    before, here, after = (classical_motion(modes, q0, p0, t) for t in (1.099, 1.1, 1.101))
    np.testing.assert_allclose((before - 2.0 * here + after) / 1e-6, -here @ V, atol=1e-4)
    np.testing.assert_allclose(classical_motion(modes, q0, p0, 0.0), q0, atol=1e-14)


def test_bad_input_is_refused(wave):
    with pytest.raises(ValueError, match="coefficient zero"):
        branching_wave(BATH, 1.0, 1.0, Packets([0.0, 1.0], 1.0, coefficients=[1.0, 0.0]))
    with pytest.raises(ValueError, match="`variances` must be positive"):
        branching_wave(SMALL, 1.0, 1.0, CAT, np.zeros(3))
    with pytest.raises(ValueError, match="multiples of the step"):
        bohm_branching_paths(wave, np.zeros((1, 41)), [0.15, 1.0], 10)
    with pytest.raises(ValueError, match="`q0` must have shape"):
        nelson_branching_paths(wave, np.zeros((1, 4)), [1.0], 10, np.random.default_rng(0))
    with pytest.raises(ValueError, match="given together"):
        nelson_branching_paths(wave, np.zeros((1, 41)), [1.0], 10, None, bath=BATH)
    with pytest.raises(ValueError, match="Did you mean 'coherent'"):
        purification(BATH, "coherant", 1.0)
    with pytest.raises(ValueError, match="`kT` must not be below zero"):
        purification(BATH, "coherent", -1.0)
    with pytest.raises(ValueError, match="`share` must lie between"):
        expected_smaller_weight(1.0, 1.0)
    with pytest.raises(ValueError, match="`threshold` must lie between"):
        collapses([0.0], np.ones((1, 1, 2)), 0.2)
    with pytest.raises(ValueError, match="the system reaches no mode"):
        reduced_bath(OscillatorBath(np.linspace(1.0, 9.0, 90), np.zeros(90)), 1.0, 1.0, 0.1)
    with pytest.raises(ValidityError, match="errs by"):
        reduced_bath(discretised(OHMIC, 160), 1.0, 1.0, 2.0, tolerance=1e-18)
    for times in ([], [-1.0, 1.0], [0.0, np.nan]):
        with pytest.raises(ValueError, match="`times` must be"):
            bohm_branching_paths(wave, np.zeros((1, 41)), times, 200)
    for variances, text in ((-np.ones(40), "be positive"), (np.ones(3), "have shape")):
        with pytest.raises(ValueError, match=f"`variances` must {text}"):
            pure_branch_distances(BATH, 1.0, 1.0, CAT, TIMES, variances)
