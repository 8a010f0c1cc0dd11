"""Hu-Paz-Zhang equation against the exact state and QuTiP; decoherence and its estimates."""

import sys

import numpy as np
import pytest

from zitter.bath.continuum import continuum_motion
from zitter.bath.decoherence import (
    decoherence_exponent,
    decoherence_time,
    early_decoherence_time,
    zurek_time,
)
from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.drude import drude_noise, drude_response
from zitter.bath.master_equation import (
    MasterCoefficients,
    hu_paz_zhang,
    in_number_states,
    markov_coefficients,
    number_operators,
    solve_master_equation,
    trace_distance,
)
from zitter.bath.packets import Packets, reduced_density_matrix, transfer_matrices
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
from zitter.bath.response import NoiseCovariance, continuum_noise, continuum_response
from zitter.bath.spectral_density import OwnSpectralDensity, SpectralDensity
from zitter.core.checks import ValidityError
from zitter.scenarios.bath.qutip_bridge import heom_density_matrices

DRUDE = SpectralDensity(0.1, 5.0)
CAT = Packets([-1.5, 1.5], np.sqrt(0.5))
X = np.linspace(-9.0, 9.0, 241)
OUT = np.array([0.25, 1.0, 4.0])
TABLE = 4.0 * np.linspace(0.0, 1.0, 161) ** 2


def drude_motion(times, kT, density=DRUDE):
    """Response and noise from t = 0 on."""
    noise = drude_noise(density, 1.0, times[1:], kT)
    start = NoiseCovariance(*(np.concatenate([[0.0], part]) for part in noise))
    return drude_response(density, 1.0, times), start


def exact_states(times, kT, num_states=40):
    motion = drude_motion(np.concatenate([[0.0], times]), kT)
    return [
        in_number_states(reduced_density_matrix(CAT, *motion, 1.0, X, i), X, num_states, 1.0, 1.0)
        for i in range(times.size + 1)
    ]


@pytest.mark.parametrize("kT", [2.0, 0.2])
def test_the_master_equation_gives_the_exact_state_of_a_cat(kT):
    start, *exact = exact_states(OUT, kT)
    found = solve_master_equation(hu_paz_zhang(*drude_motion(TABLE, kT), 1.0), start, 1.0, 1.0, OUT)
    assert max(map(trace_distance, found, exact)) < 1e-6
    if kT == 2.0:
        wrong = hu_paz_zhang(*drude_motion(TABLE, 1.05 * kT), 1.0)
        off = solve_master_equation(wrong, start, 1.0, 1.0, OUT)
        assert max(map(trace_distance, off, exact)) > 1e-3


@pytest.mark.parametrize("kT", [2.0, 0.2])
def test_coefficients_by_poles_give_the_exact_state_by_a_quadrature(kT):
    """Of Matsubara's sum and its poles nothing is in the state: memory equation and frequencies."""
    start = exact_states(OUT[:1], kT)[0]
    found = solve_master_equation(hu_paz_zhang(*drude_motion(TABLE, kT), 1.0), start, 1.0, 1.0, OUT)
    response = continuum_response(DRUDE, 1.0, 1.0, OUT[-1], 81, 1e-7)
    noise = continuum_noise(OwnSpectralDensity(DRUDE, 3000.0), 1.0, response, kT)
    for state, i in zip(found, (5, 20, 80), strict=True):
        rho = reduced_density_matrix(CAT, response, noise, 1.0, X, i)
        assert trace_distance(state, in_number_states(rho, X, 40, 1.0, 1.0)) < 1e-6


def test_the_hierarchy_of_qutip_gives_the_exact_state_of_a_cat():
    start, *exact = exact_states(OUT[:2], 2.0, 24)
    found = heom_density_matrices(DRUDE, 1.0, 2.0, start, np.concatenate([[0.0], OUT[:2]]))
    assert max(map(trace_distance, found[1:], exact)) < 1e-3


@pytest.mark.parametrize("kT", [2.0, 0.2])
def test_the_coefficients_from_modes_are_those_from_the_continuum(kT):
    """Quadrature of a hard cutoff converges at once: the same coefficients from 64 modes."""
    density = SpectralDensity(0.1, 3.0, shape="hard")
    response, noise = continuum_motion(density, 1.0, 1.0, 8.0, kT, 161)
    bath = discretised(density, 64)
    modes = bath_modes(bath, 1.0, 1.0)
    other = exact_noise(modes, bath, 1.0, response.times, kT)
    first = hu_paz_zhang(response, noise, 1.0)
    second = hu_paz_zhang(exact_response(modes, response.times), other, 1.0)
    np.testing.assert_allclose(first.frequency_squared, second.frequency_squared, atol=1e-7)
    np.testing.assert_allclose(first.damping, second.damping, atol=1e-7)
    np.testing.assert_allclose(first.D_xp, second.D_xp, atol=1e-7)
    np.testing.assert_allclose(first.D_pp, second.D_pp, atol=1e-6)


def test_weak_coupling_at_high_temperature_is_the_markov_limit():
    density = SpectralDensity(1e-3, 20.0)
    times = np.linspace(0.5, 4.0, 8)
    motion = drude_response(density, 1.0, times), drude_noise(density, 1.0, times, 400.0)
    found, limit = hu_paz_zhang(*motion, 1.0), markov_coefficients(density, 1.0, 400.0, times)
    np.testing.assert_allclose(found.damping, limit.damping, rtol=0.01)
    np.testing.assert_allclose(found.frequency_squared, limit.frequency_squared, rtol=0.01)
    np.testing.assert_allclose(found.D_pp, limit.D_pp, rtol=0.02)


def test_the_moments_of_the_solution_obey_the_coefficients():
    coefficients = MasterCoefficients(
        np.linspace(0.0, 1.0, 11), *(value * np.ones(11) for value in (1.3, 0.2, 0.07, 0.4))
    )
    x, p, xx, pp = number_operators(40, 1.4, 0.9, 0.8)
    start = in_number_states(
        np.outer(np.exp(-((X - 0.7) ** 2)), np.exp(-((X - 0.7) ** 2))), X, 40, 1.4, 0.9, 0.8
    )
    start = start / np.trace(start)
    dt = 1e-3
    after = solve_master_equation(coefficients, start, 1.4, 0.9, [0.0, dt, 2.0 * dt], 0.8)
    mean = {
        name: np.real(np.trace(after @ operator, axis1=1, axis2=2))
        for name, operator in dict(x=x, p=p, xx=xx, pp=pp, xp=0.5 * (x @ p + p @ x)).items()
    }
    slope = {name: (-3 * v[0] + 4 * v[1] - v[2]) / (2 * dt) for name, v in mean.items()}
    now = {name: v[0] for name, v in mean.items()}
    assert slope["x"] == pytest.approx(now["p"] / 1.4, abs=1e-5)
    assert slope["p"] == pytest.approx(-1.4 * 1.3 * now["x"] - 0.4 * now["p"], rel=1e-5)
    assert slope["xx"] == pytest.approx(2.0 * now["xp"] / 1.4, abs=1e-4)
    right = now["pp"] / 1.4 - 1.4 * 1.3 * now["xx"] - 0.4 * now["xp"] + 0.07
    assert slope["xp"] == pytest.approx(right, rel=1e-4)
    right = -2.0 * 1.4 * 1.3 * now["xp"] - 0.8 * now["pp"] + 0.4
    assert slope["pp"] == pytest.approx(right, rel=1e-4)


def test_the_exponent_is_the_trace_norm_of_the_evolved_block():
    """|g_1⟩⟨g_2| in number states, evolved by the master equation; its singular values."""
    times = np.concatenate([[0.0], OUT])
    motion = drude_motion(times, 2.0)
    packets = [np.exp(-((X - a) ** 2) / 2.0) * np.pi**-0.25 for a in CAT.centres]
    block = in_number_states(np.outer(*packets), X, 40, 1.0, 1.0)
    found = solve_master_equation(
        hu_paz_zhang(*drude_motion(TABLE, 2.0), 1.0), block, 1.0, 1.0, OUT
    )
    norms = [np.sum(np.linalg.svd(state, compute_uv=False)) for state in found]
    exponent = decoherence_exponent(CAT, *motion, 1.0)
    assert exponent[0] == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(np.exp(-exponent[1:]), norms, atol=1e-6)


def test_the_exponent_of_kicked_packets_is_that_of_displaced_ones_a_quarter_period_later():
    density = SpectralDensity(1e-9, 5.0)
    times = np.array([1e-3, 0.5 * np.pi])
    motion = drude_response(density, 1.0, times), drude_noise(density, 1.0, times, 2.0)
    shifted = decoherence_exponent(Packets([-1.0, 1.0], np.sqrt(0.5)), *motion, 1.0)
    kicked = decoherence_exponent(Packets([0.0, 0.0], np.sqrt(0.5), [-1.0, 1.0]), *motion, 1.0)
    assert kicked[1] == pytest.approx(shifted[1], rel=0.05)
    assert kicked[0] < 1e-3 * shifted[1]


@pytest.mark.parametrize(
    ("damping", "cutoff", "kT", "half", "exact"),
    [
        (1e-4, 200.0, 2000.0, 3.0, 0.16274),
        (0.1, 5.0, 5.0, 3.0, 0.17017),
        (0.1, 5.0, 0.2, 3.0, 0.36625),
        (0.001, 50.0, 20.0, 3.0, 3.14293),
    ],
)
def test_decoherence_times_and_where_zureks_estimate_may_be_used(damping, cutoff, kT, half, exact):
    density = SpectralDensity(damping, cutoff)
    packets = Packets([-half, half], np.sqrt(0.5))
    times = np.linspace(0.0, 1.0, 1201)[1:] * 1.2 * exact
    motion = drude_response(density, 1.0, times), drude_noise(density, 1.0, times, kT)
    found = decoherence_time(times, decoherence_exponent(packets, *motion, 1.0))
    assert found == pytest.approx(exact, abs=2e-5)
    if kT < 1000.0:
        with pytest.raises(ValidityError, match=r"needs .*: use `decoherence_exponent`"):
            zurek_time(density, 1.0, kT, packets)
    else:
        assert zurek_time(density, 1.0, kT, packets) == pytest.approx(found, rel=0.25)


def test_wide_cats_decohere_as_one_over_their_size():
    density = SpectralDensity(0.1, 5.0, shape="exponential")
    for half in (12.0, 24.0):
        packets = Packets([-half, half], np.sqrt(0.5))
        early = early_decoherence_time(density, 1.0, 1.0, 5.0, packets)
        response, noise = continuum_motion(density, 1.0, 1.0, 2.0 * early, 5.0, 101)
        exact = decoherence_time(
            response.times, decoherence_exponent(packets, response, noise, 1.0)
        )
        assert early == pytest.approx(exact, rel=0.02)


def test_estimates_outside_their_range_are_refused():
    ohmic = SpectralDensity(0.1, 5.0, shape="exponential")
    with pytest.raises(ValidityError, match=r"needs ω_c τ <= 0\.3"):
        early_decoherence_time(ohmic, 1.0, 1.0, 0.1, Packets([-0.2, 0.2], 1.0))
    with pytest.raises(ValueError, match="diverges"):
        early_decoherence_time(DRUDE, 1.0, 1.0, 1.0, CAT)
    with pytest.raises(ValidityError, match="The Markov limit needs"):
        markov_coefficients(DRUDE, 1.0, 2.0, OUT)
    with pytest.raises(ValueError, match="must be Ohmic"):
        markov_coefficients(SpectralDensity(0.1, 50.0, 0.5), 1.0, 200.0, OUT)
    for bad in (np.nan, np.inf, -1.0):
        with pytest.raises(ValueError, match="`kT` must be"):
            markov_coefficients(SpectralDensity(0.001, 50.0), 1.0, bad, OUT)
        with pytest.raises(ValueError, match="`hbar` must be"):
            markov_coefficients(SpectralDensity(0.001, 50.0), 1.0, 500.0, OUT, bad)
        with pytest.raises(ValueError, match="`frequency` must"):
            zurek_time(SpectralDensity(1e-4, 200.0), -abs(bad), 2000.0, Packets([-3, 3], 0.7))
    with pytest.raises(ValueError, match="at least two packets"):
        decoherence_exponent(Packets([1.0], 1.0), *drude_motion(OUT, 2.0), 1.0)
    with pytest.raises(ValidityError, match="does not cross 1"):
        decoherence_time(OUT, 0.1 * OUT)
    with pytest.raises(ValueError, match="`exponent` must have shape"):
        decoherence_time(OUT, [0.0, 2.0])
    with pytest.raises(ValueError, match="number of times"):
        decoherence_time([], [])


def test_a_master_equation_outside_its_table_or_basis_is_refused():
    coefficients = hu_paz_zhang(*drude_motion(TABLE, 2.0), 1.0)
    start = exact_states(OUT[:1], 2.0)[0]
    with pytest.raises(ValidityError, match="the times go from"):
        solve_master_equation(coefficients, start, 1.0, 1.0, [5.0])
    late = MasterCoefficients(*(part[40:] for part in coefficients))
    with pytest.raises(ValidityError, match=r"cover t = 0\.25 to 4, but the state starts at t = 0"):
        solve_master_equation(late, start, 1.0, 1.0, [1.0])
    for times in ([1.0, 0.5], [0.0], [], [np.nan, 1.0]):
        with pytest.raises(ValueError, match="`times` must be"):
            solve_master_equation(coefficients, start, 1.0, 1.0, times)
    short = MasterCoefficients(*(part[::80] for part in coefficients))
    with pytest.raises(ValueError, match="must cover at least 4 times, but cover 3"):
        solve_master_equation(short, start, 1.0, 1.0, [1.0])
    with pytest.raises(ValidityError, match="last of 8 number states"):
        solve_master_equation(coefficients, start[:8, :8], 1.0, 1.0, [1.0])
    flow = transfer_matrices(drude_response(DRUDE, 1.0, np.array([300.0])), 1.0)
    assert abs(np.linalg.det(flow[0])) < 1e-10
    with pytest.raises(ValidityError, match="forgets its start"):
        hu_paz_zhang(*drude_motion(np.array([0.0, 300.0]), 2.0), 1.0)


def test_a_master_equation_that_cannot_be_solved_to_the_end_says_so():
    times, one = np.linspace(0.0, 1.0, 20), np.ones(20)
    ground = np.diag([1.0] + [0.0] * 9)
    broken = MasterCoefficients(times, one, 0.0 * one, 0.0 * one, np.where(times > 0.5, np.nan, 0))
    growing = MasterCoefficients(times, one, -200.0 * one, 0.0 * one, 0.0 * one)
    with pytest.raises(ValidityError, match=r"solved up to t = .* only, not 0\.9"):
        solve_master_equation(growing, ground, 1.0, 1.0, [0.01, 0.9])
    with pytest.raises(ValueError, match="`coefficients` must be finite"):
        solve_master_equation(broken, ground, 1.0, 1.0, [0.01, 0.9])


@pytest.mark.parametrize("num", [200, 201])
def test_a_motion_that_forgets_its_start_between_two_times_is_refused(num):
    """One mode that is about to take the whole motion: det Φ < 0 from 1.70 to 2.73."""
    bath = OscillatorBath(np.array([1.5]), np.array([2.0]))
    modes, times = bath_modes(bath, 1.0, 1.0), np.linspace(0.0, 4.0, num)
    motion = exact_response(modes, times), exact_noise(modes, bath, 1.0, times, 1.0)
    size = np.linalg.det(transfer_matrices(motion[0], 1.0))
    assert np.min(np.abs(size)) > 1e-4
    with pytest.raises(ValidityError, match=r"Near t = 1\.(69|7) .*forgets its start"):
        hu_paz_zhang(*motion, 1.0)


def test_two_zeros_between_two_times_are_seen_too():
    bath = OscillatorBath(np.array([1.5]), np.array([2.0]))
    modes, times = bath_modes(bath, 1.0, 1.0), np.array([0.0, 0.5, 1.0, 1.5, 2.9, 3.0])
    motion = exact_response(modes, times), exact_noise(modes, bath, 1.0, times, 1.0)
    assert np.min(np.linalg.det(transfer_matrices(motion[0], 1.0))) > 1e-4
    with pytest.raises(ValidityError, match=r"Near t = 2\.2 .*forgets its start"):
        hu_paz_zhang(*motion, 1.0)


def test_the_bridge_takes_any_potential():
    start = exact_states(OUT[:1], 2.0)[0][:10, :10]
    _, _, xx, _ = number_operators(10, 1.0, 1.0)
    few = dict(num_exponentials=1, depth=1)
    own = heom_density_matrices(DRUDE, 1.0, 2.0, start, [0.0, 0.2], **few)
    spring = heom_density_matrices(DRUDE, 1.0, 2.0, start, [0.0, 0.2], potential=0.5 * xx, **few)
    bent = heom_density_matrices(DRUDE, 1.0, 2.0, start, [0.0, 0.2], potential=-0.5 * xx, **few)
    np.testing.assert_allclose(own, spring, atol=1e-7)
    assert trace_distance(own[1], bent[1]) > 1e-2


def test_without_qutip_the_bridge_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "qutip", None)
    with pytest.raises(ModuleNotFoundError, match="pip install qutip"):
        heom_density_matrices(DRUDE, 1.0, 1.0, np.eye(2) / 2.0, OUT)


def test_the_bridge_refuses_what_it_cannot_hand_over():
    with pytest.raises(ValueError, match="`density` must be Ohmic"):
        heom_density_matrices(SpectralDensity(0.1, 5.0, 0.5), 1.0, 1.0, np.eye(2), OUT)
