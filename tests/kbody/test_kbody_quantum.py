"""Two quantum bodies, two-path superpositions, encounters, bodies of particles."""

import numpy as np
import pytest

import zitter  # noqa: F401
from zitter.core.checks import ValidityError
from zitter.kbody.bodies import bodies
from zitter.kbody.clusters import (
    centre_force_error,
    centres_of_mass,
    cluster_energies,
    tidal_force_error,
)
from zitter.kbody.crossing import (
    CASES,
    CollidingPackets,
    encounter,
    meeting_time,
    packet_overlap,
)
from zitter.kbody.entanglement import gaussian_pair, purity_loss, quantum_pair
from zitter.kbody.newton import newton_paths, total_energy
from zitter.kbody.two_paths import (
    gravitational_coupling,
    negativity,
    path_phases,
    two_path_state,
)

PAIR = bodies([1.0, 1.0], num_space=2, law="point")


def coherent(time, hbar):
    """Width that spreads by itself in the time: β = 1."""
    return np.sqrt(0.5 * hbar * time)


def test_the_purity_agrees_with_the_lowest_order_where_it_is_valid():
    for spreading in (0.5, 1.0, 2.0):
        width = coherent(0.03, 1e-4) / np.sqrt(spreading)
        state = quantum_pair(PAIR, 1.0, width, 0.03, hbar=1e-4, num_steps=60)
        loss = purity_loss(1.0, 1.0, 1.0, width, 0.03, 1e-4)
        assert 1.0 - state.purity == pytest.approx(loss, rel=0.01)


def test_the_purity_agrees_with_gaussians_while_the_packets_are_narrow():
    for hbar, tolerance in ((1e-3, 5e-4), (1e-4, 5e-5)):
        width = coherent(0.3, hbar)
        exact = quantum_pair(PAIR, 1.0, width, 0.3, hbar=hbar)
        linear = gaussian_pair(PAIR, 1.0, width, 0.3, hbar=hbar)
        assert exact.purity == pytest.approx(linear.purity, abs=tolerance)
        assert exact.correlation == pytest.approx(linear.correlation, rel=0.01)
        assert exact.total_variation == pytest.approx(linear.total_variation, rel=0.02)
        assert exact.width == pytest.approx(linear.width, rel=2e-3)
        # A number from a prototype with other grids.
        assert linear.purity == pytest.approx(0.967489, abs=2e-6)


def test_split_steps_are_of_second_order():
    width = 0.03
    purities = [
        quantum_pair(PAIR, 1.0, width, 0.5, hbar=2e-3, num_steps=n, num_points=512).purity
        for n in (10, 20, 40, 320)
    ]
    errors = np.abs(np.array(purities[:-1]) - purities[-1])
    order = -np.polyfit(np.log([10, 20, 40]), np.log(errors), 1)[0]
    assert order == pytest.approx(2.0, abs=0.1)


def test_a_finer_grid_gives_the_same_purity():
    coarse, fine = (
        quantum_pair(PAIR, 1.0, 0.02, 0.3, hbar=1e-3, num_points=n).purity for n in (256, 512)
    )
    assert coarse == pytest.approx(fine, abs=3e-8)


def test_harmonic_forces_are_solved_exactly():
    # So soft a force is a spring, for which the Gaussians are exact.
    soft = bodies([1.0, 1.0], num_space=1, law="point", softening=300.0,
                  gravitational_constant=0.5 * 300.0**3)  # fmt: skip
    exact = quantum_pair(soft, 1.0, 0.4, 1.0, hbar=0.7, num_steps=1200)
    linear = gaussian_pair(soft, 1.0, 0.4, 1.0, hbar=0.7)
    assert exact.purity == pytest.approx(linear.purity, abs=2e-5)
    assert exact.purity < 0.95
    assert exact.width == pytest.approx(linear.width, rel=2e-5)


def test_repulsion_entangles_as_much_and_correlates_the_other_way():
    repelled = bodies([1.0, 1.0], [1.0, 1.0], num_space=2, law="point", gravitational_constant=0.0)
    width = coherent(0.05, 1e-3)
    pulled, pushed = (quantum_pair(s, 1.0, width, 0.05, hbar=1e-3) for s in (PAIR, repelled))
    assert 1.0 - pushed.purity == pytest.approx(1.0 - pulled.purity, rel=0.03)
    assert pushed.correlation == pytest.approx(-pulled.correlation, rel=0.03)


def test_sheets_stay_a_product_until_they_meet():
    sheets = bodies([1.0, 1.0], num_space=1, gravitational_constant=0.5 / np.pi)
    before = quantum_pair(sheets, 1.0, 0.02, 0.8, hbar=1e-3)
    after = quantum_pair(sheets, 1.0, 0.02, 1.1, hbar=1e-3, num_steps=400)
    assert before.purity == pytest.approx(1.0, abs=1e-8)
    assert after.purity < 0.5
    assert after.separation < 0.0


def test_what_is_no_pair_is_refused():
    with pytest.raises(ValueError, match="two bodies of equal mass"):
        quantum_pair(bodies([1.0, 2.0]), 1.0, 0.01, 0.1)
    with pytest.raises(ValidityError, match="they reach r = 0"):
        quantum_pair(PAIR, 1.0, 0.3, 0.5, hbar=0.1)
    with pytest.raises(ValueError, match="`width` must be positive"):
        gaussian_pair(PAIR, 1.0, 0.0, 0.5)
    with pytest.raises(ValueError, match="`time` must be positive"):
        purity_loss(1.0, 1.0, 1.0, 0.1, 0.0)


def test_a_pair_that_grid_or_steps_do_not_resolve_is_refused():
    width = coherent(0.3, 1e-3)
    with pytest.raises(ValidityError, match=r"`num_points` must be at least \d+ for this packet"):
        quantum_pair(PAIR, 1.0, width, 0.3, hbar=1e-3, num_points=8)
    with pytest.raises(ValidityError, match="`num_steps` must be larger than 2: the loss"):
        quantum_pair(PAIR, 1.0, width, 0.3, hbar=1e-3, num_steps=2)
    with pytest.raises(ValidityError, match=r"The packet needs .* points of the grid"):
        quantum_pair(PAIR, 1.0, 1e-5, 0.5)
    with pytest.raises(ValidityError, match="The bodies fall into each other"):
        quantum_pair(PAIR, 1.0, 1e-2, 1.0, hbar=1e-3)
    right = quantum_pair(PAIR, 1.0, width, 0.3, hbar=1e-3, num_steps=800).purity
    # Whatever is not refused has a loss of purity right to a part in fifty.
    for num_steps in (2, 3, 4, 5, 7, 10):
        try:
            state = quantum_pair(PAIR, 1.0, width, 0.3, hbar=1e-3, num_steps=num_steps)
        except ValidityError:
            continue
        assert 1.0 - state.purity == pytest.approx(1.0 - right, rel=0.02)


BOSE = (gravitational_coupling(1e-14), 450e-6, 250e-6, 2.5)


def test_two_paths_are_entangled_by_a_pair_potential_alone():
    quantum, mean, actual = (
        two_path_state(*BOSE, theory) for theory in ("quantum", "mean field", "actual position")
    )
    # Negativity |sin(Δ/2)|/2, Δ the phase that no turn of one mass can remove.
    phi = path_phases(*BOSE)
    expected = 0.5 * abs(np.sin(0.5 * (phi[0] + phi[3] - phi[1] - phi[2])))
    assert quantum.negativity == pytest.approx(expected, rel=1e-12)
    assert quantum.witness < -0.1
    for other in (mean, actual):
        assert other.negativity < 1e-12
        assert other.witness > -1e-12
    assert np.array_equal(two_path_state(*BOSE, "exact ZSM").state, quantum.state)
    for state in (quantum, mean, actual):
        assert np.trace(state.state).real == pytest.approx(1.0)
    assert np.trace(actual.state @ actual.state).real < 0.99


def test_the_largest_phase_of_the_two_paths_is_the_gravity_of_the_near_ones():
    # Gm²t/ħr with r = 200 µm.
    assert path_phases(*BOSE)[2] == pytest.approx(0.7911, rel=1e-3)


def test_two_charges_are_entangled_by_their_repulsion():
    charge = 1e-3 * 1.602176634e-19
    coupling = gravitational_coupling(1e-17, charge)
    assert coupling < 0.0
    assert two_path_state(coupling, *BOSE[1:]).negativity > 0.0


def test_bell_states_have_the_largest_negativity():
    psi = np.array([1.0, 0.0, 0.0, 1.0]) / np.sqrt(2.0)
    assert negativity(np.outer(psi, psi)) == pytest.approx(0.5)


def test_bad_paths_are_refused():
    with pytest.raises(ValueError, match="the paths meet"):
        path_phases(1.0, 1.0, 1.5, 1.0)
    with pytest.raises(ValueError, match="Did you mean 'mean field'"):
        two_path_state(*BOSE, "mean-field")
    with pytest.raises(ValueError, match="`mass` must be positive"):
        gravitational_coupling(0.0)


def test_who_crosses_is_decided_by_symmetry():
    packets = CollidingPackets(width=0.9, distance=9.0, momentum=2.0)
    end = 2.0 * meeting_time(packets)
    share = {c: encounter(c, packets, np.array([0.0, end]), 150, 1).fraction for c in CASES}
    assert share["one particle"] == share["bosons"] == share["fermions"] == 0.0
    assert share["classical"] == 1.0
    assert share["distinguishable"] > 0.95


def test_packets_coincide_where_they_meet_however_narrow():
    for width in (1.0, 0.1, 0.01):
        packets = CollidingPackets(width=width)
        assert packet_overlap(packets, meeting_time(packets)) == pytest.approx(1.0)
        assert packet_overlap(packets, 0.0) < 1e-5


def test_no_encounter_of_packets_that_overlap():
    with pytest.raises(ValueError, match="at least 8 widths, but is 2"):
        encounter("bosons", CollidingPackets(distance=2.0), np.array([0.0, 1.0]), 3, 0)
    with pytest.raises(ValueError, match="Did you mean 'bosons'"):
        encounter("boson", CollidingPackets(), np.array([0.0, 1.0]), 3, 0)


def dumbbells(distance, size):
    """A dumbbell on the x axis and a point."""
    X = np.array([[-size, 0.0, 0.0], [size, 0.0, 0.0], [distance, 0.0, 0.0]])
    return bodies([0.5, 0.5, 2.0]), np.array([0, 0, 1]), X


def test_a_dumbbell_feels_the_force_at_its_centre_to_second_order():
    sizes = np.array([0.1, 0.05, 0.025])
    errors = [centre_force_error(*dumbbells(2.0, s), 0) for s in sizes]
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(2.0, abs=0.1)
    assert errors[-1] == pytest.approx(tidal_force_error(2.0, 0.025), rel=1e-3)


def test_energies_of_bodies_of_particles_add_up():
    rng = np.random.default_rng(0)
    system = bodies(rng.uniform(0.5, 1.0, 7), rng.uniform(-1, 1, 7), softening=0.1)
    X, V = rng.normal(size=(7, 3)), rng.normal(size=(7, 3))
    parts = cluster_energies(system, [0, 0, 1, 1, 1, 2, 0], X, V)
    assert parts.total == pytest.approx(total_energy(system, X, V), rel=1e-12)
    alone = cluster_energies(system, np.zeros(7, int), X, V)
    assert alone.mutual_potential == pytest.approx(0.0, abs=1e-12)
    m = system.masses
    V_cm = m @ V / m.sum()
    assert alone.bulk_kinetic[0] == pytest.approx(0.5 * m.sum() * V_cm @ V_cm)


def test_a_flyby_moves_energy_into_the_inside():
    # A bound pair and a heavy body that passes: what the bulk loses the inside gains.
    system = bodies([0.5, 0.5, 3.0], softening=0.05)
    X0 = np.array([[-0.15, 0.0, 0.0], [0.15, 0.0, 0.0], [-4.0, 1.2, 0.0]])
    v = np.sqrt(1.0 / (4.0 * 0.15))
    V0 = np.array([[0.0, v, 0.0], [0.0, -v, 0.0], [3.0, 0.0, 0.0]])
    motion = newton_paths(system, X0, V0, [0.0, 3.0], time_step=2e-3, method="yoshida6")
    members = [0, 0, 1]
    before, after = (cluster_energies(system, members, motion.X[n], motion.V[n]) for n in (0, 1))
    assert abs(after.internal[0] - before.internal[0]) > 1e-2
    assert after.total == pytest.approx(before.total, abs=1e-8)


def test_centres_of_mass_of_paths():
    system, members, X = dumbbells(2.0, 0.1)
    centres = centres_of_mass(system, members, np.stack([X, X + 1.0]))
    assert centres[1] == pytest.approx(np.array([[1.0] * 3, [3.0, 1.0, 1.0]]))


def test_bad_members_are_refused():
    system, _, X = dumbbells(2.0, 0.1)
    with pytest.raises(ValueError, match="without gaps"):
        cluster_energies(system, [0, 2, 2], X, X)
    with pytest.raises(ValueError, match="at least two bodies"):
        centre_force_error(system, [0, 0, 0], X, 0)
    with pytest.raises(ValueError, match="`size` must be positive"):
        tidal_force_error(1.0, 0.0)


def test_the_loss_of_purity_grows_as_the_square_of_the_mass():
    # M = N m and σ² = σ₀²/N, as (51) has it: β stays, θ⁴ grows as N².
    counts, losses = np.array([1, 2, 4]), []
    for N in counts:
        system = bodies([float(N)] * 2, num_space=2, law="point")
        width = coherent(0.02, 1e-4) / np.sqrt(N)
        state = quantum_pair(system, 1.0, width, 0.02, hbar=1e-4, num_steps=60)
        losses.append(1.0 - state.purity)
    assert np.polyfit(np.log(counts), np.log(losses), 1)[0] == pytest.approx(2.0, abs=0.02)


def modes_of_a_linear_pair(width, rate, mass, hbar, time):
    """E12: covariances (2, 2) of (x, p) of the free mode and of one pushed apart at `rate`."""
    covariances = []
    for k in (1e-9, rate):
        c0, s = np.cosh(k * time), np.sinh(k * time) / k
        first = 0.5j * hbar / (mass * width**2)
        c, v = c0 + first * s, k**2 * s + first * c0
        cross = mass * (np.conj(c) * v).real
        covariances.append(
            width**2 * np.array([[abs(c) ** 2, cross], [cross, mass**2 * abs(v) ** 2]])
        )
    return covariances


def test_the_gaussian_pair_is_the_closed_form_while_the_distance_lasts():
    mass, hbar, time, width = 1.0, 1e-5, 0.04, 2e-4
    free, pushed = modes_of_a_linear_pair(width, 2.0, mass, hbar, time)
    # Both modes are minimal packets all the time, det = (ħ/2)².
    assert np.linalg.det(pushed) == pytest.approx(0.25 * hbar**2, rel=1e-9)
    own, cross = 0.5 * (free + pushed), 0.5 * (free - pushed)
    exact = quantum_pair(PAIR, 1.0, width, time, hbar=hbar, num_steps=60)
    for state in (gaussian_pair(PAIR, 1.0, width, time, hbar=hbar), exact):
        assert state.correlation == pytest.approx(cross[0, 0] / own[0, 0], rel=0.01)
        purity = 0.5 * hbar / np.sqrt(np.linalg.det(own))
        assert 1.0 - state.purity == pytest.approx(1.0 - purity, rel=0.01)


def test_packets_that_meet_between_two_steps_are_refused():
    # Half of three steps sees as little of the meeting as all of them, and that is all of 1 - P.
    mass = 1.6
    pair = bodies([mass, mass], num_space=1)
    how = dict(separation=1.0, width=0.025, time=0.45, hbar=5e-3)
    with pytest.raises(ValidityError, match="the packets meet, and move by"):
        quantum_pair(pair, **how, num_steps=3)
    assert 1.0 - quantum_pair(pair, **how, num_steps=400).purity > 0.1


def test_steps_must_agree_with_half_and_with_twice_as_many():
    rods = bodies([1.0, 1.0], num_space=2)
    how = dict(separation=1.0, width=0.0527, time=0.43, hbar=0.244)
    right = quantum_pair(rods, **how, num_steps=400).purity
    for num_steps in (4, 6, 10, 16, 32, 64):
        try:
            found = quantum_pair(rods, **how, num_steps=num_steps).purity
        except ValidityError:
            continue
        else:
            assert found == pytest.approx(right, abs=0.02 * (1.0 - right))


def test_an_encounter_begins_at_its_start():
    packets = CollidingPackets()
    for times in ([1.0, 9.0], [], [0.0], [0.0, 2.0, 1.0]):
        with pytest.raises(ValueError, match="`times` must be at least two and rise from 0"):
            encounter("classical", packets, times, 3, 0)
    with pytest.raises(ValueError, match="`momentum` must be positive"):
        meeting_time(packets._replace(momentum=0.0))
    with pytest.raises(ValueError, match="`mass` must be positive"):
        packet_overlap(packets._replace(mass=0.0), 1.0)


def test_clusters_have_the_energy_in_the_field_of_their_time():
    system = bodies([1.0, 2.0], num_space=1, U_mass=lambda x, t: (1.0 + t) * x[0])
    X, V = np.array([[1.0], [3.0]]), np.zeros((2, 1))
    for t in (0.0, 2.0):
        parts = cluster_energies(system, [0, 1], X, V, t)
        assert parts.external == pytest.approx(7.0 * (1.0 + t))
        assert parts.total == pytest.approx(total_energy(system, X, V, t))
    with pytest.raises(ValueError, match="`members` must be whole numbers"):
        cluster_energies(system, [0.0, 0.5], X, V)
    free = system._replace(gravitational_constant=0.0)
    with pytest.raises(ValidityError, match="No force acts on body 0"):
        centre_force_error(free, [0, 1], X, 0)
