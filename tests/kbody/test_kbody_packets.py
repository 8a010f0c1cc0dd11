"""Packets on the bodies: tides, phases, the classical equations of K bodies."""

import numpy as np
import pytest

import zitter  # noqa: F401
from zitter.core.checks import ValidityError
from zitter.kbody.bodies import bodies
from zitter.kbody.direct_sum import body_potentials
from zitter.kbody.newton import newton_paths
from zitter.kbody.packets import (
    body_phases,
    body_quantum_potentials,
    canonical_correlation,
    classical_log_psi,
    log_density,
    log_density_rate,
    momenta,
    packets_at,
    phase,
    phase_hessian,
    phase_rate,
    product_form,
    spread,
    tidal_covariance,
)
from zitter.kbody.tangent import product_tangent_map, tangent_map

SYSTEM = bodies([1.0, 0.5, 0.7], [0.3, -0.6, 0.4], softening=0.05, coulomb_constant=0.8)
X0 = np.array([[0.0, 0.0, 0.1], [1.5, 0.0, 0.0], [0.0, -2.0, 0.3]])
V0 = np.array([[0.0, 0.1, 0.0], [0.0, 0.7, 0.2], [0.6, 0.0, 0.0]])
COVARIANCE = 0.01 * (np.eye(9) + 0.2 * np.ones((9, 9)))
RNG = np.random.default_rng(2)
HESSIAN = 0.1 * (lambda A: A + A.T)(RNG.normal(size=(9, 9)))
MASSES, HBAR, H = SYSTEM.masses, 0.3, 1e-4


@pytest.fixture(scope="module")
def motion():
    """The same bodies just before, at and just after t = 0.7."""
    times = [0.0, 0.7 - H, 0.7, 0.7 + H]
    return tangent_map(SYSTEM, X0, V0, times, time_step=0.01)


@pytest.fixture(scope="module")
def packets(motion):
    return [packets_at(motion, n, COVARIANCE, HESSIAN) for n in range(4)]


def nearby(packets, size=0.05, seed=4):
    return packets.X + size * np.random.default_rng(seed).normal(size=packets.X.shape)


def at_rest(r=1.0, K=2):
    """Two equal masses at rest on a line of three-dimensional space, D = 1."""
    system = bodies(np.ones(K), num_space=1, law="point", softening=1e-9)
    return system, np.array([[0.0], [r]]), np.zeros((2, 1))


def test_the_tangent_map_is_the_difference_of_neighbouring_paths(motion):
    h = 1e-6
    for column in (0, 4, 8):
        shift = np.zeros(9)
        shift[column] = h
        shift = shift.reshape(3, 3)
        ends = []
        for sign in (1.0, -1.0):
            ends.append(
                newton_paths(
                    SYSTEM, X0 + sign * shift, V0, [0.0, 0.7], time_step=0.01, method="yoshida6"
                )
            )
        slope = (ends[0].X[-1] - ends[1].X[-1]).ravel() / (2.0 * h)
        assert motion.x_by_x[2][:, column] == pytest.approx(slope, abs=1e-8)
        slope = (MASSES[:, None] * (ends[0].V[-1] - ends[1].V[-1])).ravel() / (2.0 * h)
        assert motion.p_by_x[2][:, column] == pytest.approx(slope, abs=1e-8)


def test_the_tangent_map_is_symplectic(motion):
    J = np.block([[motion.x_by_x[2], motion.x_by_p[2]], [motion.p_by_x[2], motion.p_by_p[2]]])
    omega = np.block([[np.zeros((9, 9)), np.eye(9)], [-np.eye(9), np.zeros((9, 9))]])
    assert np.max(np.abs(J.T @ omega @ J - omega)) < 1e-13


def test_the_density_obeys_the_continuity_equation_of_k_bodies(packets):
    q = nearby(packets[2])
    rate = (log_density(packets[3], q) - log_density(packets[1], q)) / (2.0 * H)
    assert log_density_rate(packets[2], q) == pytest.approx(rate, rel=1e-5)


def test_the_phase_obeys_the_hamilton_jacobi_equation_to_second_order(packets):
    def residual(size):
        q = nearby(packets[2], size)
        rate = (phase(packets[3], q) - phase(packets[1], q)) / (2.0 * H)
        return abs(rate - phase_rate(packets[2], SYSTEM, q))

    assert residual(0.0) < 1e-7
    sizes = np.array([0.02, 0.01, 0.005])
    order = np.polyfit(np.log(sizes), np.log([residual(s) for s in sizes]), 1)[0]
    assert order == pytest.approx(3.0, abs=0.1)


def test_the_momentum_is_the_slope_of_the_phase(packets):
    q, h = nearby(packets[2]), 1e-5
    p = momenta(packets[2], q)
    for i, a in ((0, 0), (1, 2), (2, 1)):
        shift = np.zeros((3, 3))
        shift[i, a] = h
        slope = (phase(packets[2], q + shift) - phase(packets[2], q - shift)) / (2.0 * h)
        assert p[i, a] == pytest.approx(slope, rel=1e-8)
    assert momenta(packets[2], packets[2].X) == pytest.approx(packets[2].P)


def test_the_momentum_changes_by_newtons_full_force(motion):
    # (101) with (96) contradicts the printed (102): the slope of ΣU is twice that of one Uⁱ.
    q, h = motion.X[2], 1e-5
    force = (motion.P[3] - motion.P[1]) / (2.0 * H)
    for i, a in ((0, 0), (1, 1)):
        shift = np.zeros((3, 3))
        shift[i, a] = h
        change = body_potentials(SYSTEM, q + shift) - body_potentials(SYSTEM, q - shift)
        assert force[i, a] == pytest.approx(-change.sum() / (2.0 * h), rel=1e-5)
        assert force[i, a] == pytest.approx(-2.0 * change[i] / (2.0 * h), rel=1e-5)


def test_the_classical_psi_solves_its_nonlinear_equation(packets):
    """iħ∂ₜψ/ψ = Σᵢ [-(ħ²/2Mⁱ)(∂ᵢ²ψ)/ψ + Uⁱ - Qⁱ] by differences, near the bodies."""

    def residual(size):
        q, h = nearby(packets[2], size), 1e-3
        centre = classical_log_psi(packets[2], q, HBAR)
        rate = classical_log_psi(packets[3], q, HBAR) - classical_log_psi(packets[1], q, HBAR)
        terms = np.sum(body_potentials(SYSTEM, q)) + 0j
        terms -= np.sum(body_quantum_potentials(packets[2], q, HBAR))
        for i in range(3):
            for a in range(3):
                shift = np.zeros((3, 3))
                shift[i, a] = h
                up = classical_log_psi(packets[2], q + shift, HBAR) - centre
                down = classical_log_psi(packets[2], q - shift, HBAR) - centre
                curvature = (up + down) / h**2 + ((up - down) / (2.0 * h)) ** 2
                terms -= HBAR**2 / (2.0 * MASSES[i]) * curvature
        return abs(1j * HBAR * rate / (2.0 * H) - terms)

    assert residual(0.0) < 1e-6
    assert residual(0.01) < 1e-4


def test_the_quantum_potential_is_the_curvature_of_the_root_of_the_density(packets):
    q, h, state = nearby(packets[2], 0.1), 1e-4, packets[2]
    Q = body_quantum_potentials(state, q, HBAR)
    for i in range(3):
        total = 0.0
        for a in range(3):
            shift = np.zeros((3, 3))
            shift[i, a] = h
            logs = [0.5 * (log_density(state, q + s * shift) - log_density(state, q))
                    for s in (1.0, -1.0)]  # fmt: skip
            total += (np.exp(logs[0]) + np.exp(logs[1]) - 2.0) / h**2
        assert Q[i] == pytest.approx(-(HBAR**2) / (2.0 * MASSES[i]) * total, rel=1e-5)


def test_the_quantum_potential_of_one_packet_is_the_corrected_105():
    system, start, rest = at_rest()
    motion = tangent_map(system, start, rest, [0.0, 1e-9], time_step=1.0)
    state = packets_at(motion, 0, 0.04 * np.eye(2))
    Q = body_quantum_potentials(state, start + np.array([[0.1], [0.0]]), HBAR)
    assert Q[0] == pytest.approx(HBAR**2 / (4.0 * 0.04) * (1.0 - 0.1**2 / (2.0 * 0.04)))


def test_tides_correlate_two_bodies_whatever_their_width():
    # E11, which holds while the distance hardly changes.
    system, start, rest = at_rest()
    times = np.array([0.0, 0.05, 0.1])
    motion = tangent_map(system, start, rest, times, time_step=1e-3)
    for width in (1e-2, 1e-4):
        Sigma = tidal_covariance(motion, width**2 * np.eye(2))
        for n in (1, 2):
            c = np.cosh(2.0 * times[n]) ** 2
            expected = (1.0 - c) / (1.0 + c)
            assert canonical_correlation(Sigma[n], 0, 1, 1) == pytest.approx(expected, rel=1e-2)


def test_repulsion_gives_the_same_first_correlation_with_the_other_sign():
    charged = bodies(np.ones(2), np.ones(2), num_space=1, law="point", softening=1e-9,
                     gravitational_constant=0.0)  # fmt: skip
    _, start, rest = at_rest()
    motion = tangent_map(charged, start, rest, [0.0, 0.05], time_step=1e-3)
    Sigma = tidal_covariance(motion, 1e-4 * np.eye(2))[1]
    assert canonical_correlation(Sigma, 0, 1, 1) == pytest.approx(0.5 * 0.1**2, rel=1e-2)


def test_the_covariance_is_that_of_a_swarm_of_paths():
    system, start, rest = at_rest()
    motion = tangent_map(system, start, rest, [0.0, 0.5], time_step=1e-3)
    Sigma = tidal_covariance(motion, 1e-8 * np.eye(2))[1]
    nodes = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * np.sqrt(2.0) * 1e-4
    ends = [
        newton_paths(system, start + d[:, None], rest, [0.0, 0.5], time_step=1e-3,
                     method="yoshida6").X[-1, :, 0]
        for d in nodes
    ]  # fmt: skip
    assert np.cov(np.array(ends).T, bias=True) == pytest.approx(Sigma, rel=1e-5)


def test_the_product_form_has_wrong_widths_and_no_correlation():
    system, start, rest = at_rest()
    arguments = (system, start, rest, [0.0, 0.5])
    right = tidal_covariance(tangent_map(*arguments, time_step=1e-3), 1e-6 * np.eye(2))[1]
    wrong = tidal_covariance(product_tangent_map(*arguments, time_step=1e-3), 1e-6 * np.eye(2))[1]
    assert wrong[0, 1] == 0.0
    assert right[0, 1] < 0.0
    assert abs(wrong[0, 0] / right[0, 0] - 1.0) > 0.05


def test_the_phase_of_two_bodies_is_no_sum():
    # ∂²S/∂x₁∂x₂ = -2 G M₁ M₂ t/r³ to first order in t.
    system, start, rest = at_rest(r=1.3)
    motion = tangent_map(system, start, rest, [0.0, 0.01], time_step=1e-3)
    assert phase_hessian(motion)[1, 0, 1] == pytest.approx(-2.0 * 0.01 / 1.3**3, rel=1e-3)


def test_the_phases_of_the_bodies_are_their_actions(motion):
    times = np.linspace(0.0, 0.7, 201)
    path = newton_paths(SYSTEM, X0, V0, times, time_step=0.01, method="yoshida6")
    lagrangian = np.array([
        0.5 * MASSES * np.sum(V**2, axis=1) - body_potentials(SYSTEM, X)
        for X, V in zip(path.X, path.V, strict=True)
    ])  # fmt: skip
    weights = np.array([1.0] + 99 * [4.0, 2.0] + [4.0, 1.0]) * (times[1] / 3.0)
    assert body_phases(motion)[2] == pytest.approx(weights @ lagrangian, rel=1e-8)


def test_the_product_form_is_a_product(packets):
    state = product_form(packets[2])
    q = nearby(state)
    mixed = [state.X.copy(), q.copy()]
    mixed[0][1], mixed[1][1] = q[1], state.X[1]
    whole = classical_log_psi(state, q, HBAR) + classical_log_psi(state, state.X, HBAR)
    parts = [classical_log_psi(state, z, HBAR) for z in mixed]
    assert sum(parts) == pytest.approx(whole, abs=1e-10)
    assert abs(
        sum(classical_log_psi(packets[2], z, HBAR) for z in mixed)
        - classical_log_psi(packets[2], q, HBAR)
        - classical_log_psi(packets[2], state.X, HBAR)
    ) > 1e-3  # fmt: skip


def test_canonical_correlation_finds_a_common_coordinate():
    C = np.eye(4)
    C[0, 3] = C[3, 0] = 0.6
    assert canonical_correlation(C, 0, 1, 2) == pytest.approx(0.6)


def test_spread_takes_the_first_slope_of_the_momentum(motion):
    J, slope = spread(motion, HESSIAN)
    assert J[0] == pytest.approx(np.eye(9))
    assert slope[0] == pytest.approx(HESSIAN)


def test_what_has_no_tangent_map_is_refused():
    many = bodies(np.ones(3000))
    with pytest.raises(ValueError, match=r"the tangent map takes .* GB"):
        tangent_map(many, RNG.normal(size=(3000, 3)), np.zeros((3000, 3)), [0.0, 1.0],
                    time_step=0.1)  # fmt: skip
    from zitter.system.potentials import Harmonic

    with pytest.raises(ValueError, match="no external field"):
        tangent_map(SYSTEM._replace(U_mass=Harmonic(1.0)), X0, V0, [0.0, 1.0], time_step=0.1)


def test_an_encounter_that_the_steps_miss_is_refused():
    pair = bodies([1.0, 1.0], num_space=2, law="point")
    X, V = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[0.0, -0.1], [0.0, 0.1]])
    for maps in (tangent_map, product_tangent_map):
        with pytest.raises(ValidityError, match="the steps do not resolve an encounter"):
            maps(pair, X, V, [0.0, 1.0], time_step=0.01)
    energy = tangent_map(pair, X, V, [0.0, 0.5, 0.7], time_step=1e-3).energy
    assert energy == pytest.approx(-0.99, abs=1e-9)
