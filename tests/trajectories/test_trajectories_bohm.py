import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import kstest

import zitter  # noqa: F401  (float64 on before jax is imported)
from zitter.core.checks import ValidityError
from zitter.trajectories import _batched_dormand_prince as batched
from zitter.trajectories._dormand_prince import velocity
from zitter.trajectories._many_particle_velocity import new_matrices
from zitter.trajectories._packet_families import packet_family
from zitter.trajectories._packet_velocity import (
    fill_states,
    longest_steps,
    new_states,
    packet_table,
)
from zitter.trajectories.bohm import bohm_paths, order_violations
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.gaussian import (
    GaussianPacket,
    Superposition,
    packet_state,
    packet_width,
)
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.permanent import Permanent

TIMES = np.array([0.0, 0.7, 1.5, 3.0])


def two_packets(coefficients=(1.0, 1.0), momentum=2.0):
    packets = GaussianPacket(
        width=[[1.0], [1.0]], centre=[[-3.0], [3.0]], momentum=[[momentum], [-momentum]]
    )
    return Superposition(packets, coefficients)


def draws(num, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.choice([-3.0, 3.0], num) + rng.standard_normal(num))[:, None]


def random_orbitals(rng, num, num_space, mass=1.0, hbar=1.0):
    sides = np.array([-1.0, 1.0])[:, None]
    shape = (num, 2, num_space)
    packets = GaussianPacket(
        width=rng.uniform(0.8, 1.3, shape),
        centre=sides * rng.uniform(2.0, 3.0, (num, 1, num_space)),
        momentum=sides * rng.uniform(-2.0, -1.0, (num, 1, num_space)),
        chirp=rng.uniform(-0.2, 0.2, shape),
        stiffness=rng.uniform(-0.3, 0.6, shape),
        force=rng.uniform(-0.5, 0.5, shape),
        mass=mass,
        hbar=hbar,
    )
    return Superposition(packets, rng.standard_normal((num, 2)) + 1j)


def random_starts(rng, num, num_particles, num_space):
    sides = rng.choice([-2.0, 2.0], (num, num_particles, 1))
    spread = rng.standard_normal((num, num_particles, num_space))
    return (sides + spread).reshape(num, -1)


@pytest.mark.parametrize("t", [0.0, 0.3, 4.0, 11.0])
def test_the_compiled_packet_states_equal_those_of_jax(t):
    orbitals = random_orbitals(np.random.default_rng(3), 20, 2, mass=1.7, hbar=0.6)
    table = packet_table(orbitals)
    states = new_states(table)
    for k in range(20):
        fill_states(k, t, table, states)
    expected = packet_state(orbitals.packets, t)
    theta = np.sum(expected.theta, axis=-1) + np.log(orbitals.coefficients)
    root = states[..., 10] + 1j * states[..., 11]
    for a in range(2):
        np.testing.assert_allclose(states[..., 4 * a], expected.A[..., a].real, rtol=1e-11)
        np.testing.assert_allclose(
            states[..., 4 * a + 1], expected.A[..., a].imag, rtol=1e-11, atol=1e-13
        )
        np.testing.assert_allclose(states[..., 4 * a + 2], expected.q[..., a], rtol=1e-11)
        np.testing.assert_allclose(states[..., 4 * a + 3], expected.p[..., a] / 0.6, rtol=1e-11)
    found = np.exp(states[..., 8] + 1j * states[..., 9]) * root
    np.testing.assert_allclose(found, np.exp(theta), rtol=1e-11)


@pytest.mark.parametrize("kind", [Determinant, Permanent, Product])
@pytest.mark.parametrize(("num_particles", "num_space"), [(2, 3), (5, 1)])
def test_the_compiled_velocities_are_those_of_the_derivatives(kind, num_particles, num_space):
    rng = np.random.default_rng(4)
    psi = kind(random_orbitals(rng, num_particles, num_space, mass=1.7, hbar=0.6))
    Q = random_starts(rng, 4, num_particles, num_space)
    expected = 0.6 / 1.7 * np.imag(derivatives(psi, jnp.asarray(Q), 0.7, 1, num_space).gradient)
    family = packet_family(psi)
    states, matrices = new_states(family.packets), new_matrices(num_particles, num_space)
    particles = num_particles if kind is Product else 1
    for q, v in zip(Q, expected, strict=True):
        parts = q.reshape(particles, -1)
        found = np.empty((*parts.shape, 1))
        for j, x in enumerate(parts):
            gradient = np.empty(x.size, dtype=complex)
            factors = np.full(x.size, 0.6 / 1.7)
            assert velocity(
                family.kind, j, 0.7, x, family.packets, factors, states, matrices, gradient,
                found[j], 0,
            )  # fmt: skip
        np.testing.assert_allclose(found.ravel(), v, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("stiffness", [0.0, 0.8, -0.4])
def test_paths_in_one_packet_scale_with_its_width(stiffness):
    packet = GaussianPacket(
        [0.8, 1.3, 1.0], [0.4, 0.0, -1.0], [1.1, 0.0, 0.3], 0.2, stiffness, 0.5, 1.7, 0.6
    )
    Q0 = np.random.default_rng(0).normal(0.0, 1.0, (5, 3))
    paths = bohm_paths(packet, Q0, TIMES, masses=1.7, hbar=0.6, rtol=1e-11)
    q0 = packet_state(packet, 0.0).q
    for t, Q in zip(TIMES, paths.Q, strict=True):
        expected = packet_state(packet, t).q + (Q0 - q0) * packet_width(packet, t) / packet.width
        np.testing.assert_allclose(Q, expected, rtol=1e-9, atol=1e-9)
    assert paths.crossed is None
    assert not paths.stalled.any()


def test_a_wrong_mass_does_not_scale_with_the_width():
    packet = GaussianPacket([0.8], mass=1.7)
    paths = bohm_paths(lambda q, t: packet(q, t), [[1.0]], [0.0, 2.0], masses=3.4)
    assert abs(paths.Q[-1, 0, 0] - packet_width(packet, 2.0)[0] / 0.8) > 0.05


def test_paths_of_two_packets_never_cross_the_middle():
    Q0 = draws(500)
    paths = bohm_paths(two_packets(), Q0, TIMES, masses=1.0)
    assert np.all(np.sign(paths.Q) == np.sign(Q0))
    assert not paths.crossed.any()


def test_the_ensemble_stays_that_of_the_density_through_nodes():
    psi = two_packets()
    paths = bohm_paths(psi, draws(4000, seed=1), TIMES, masses=1.0)
    x = np.linspace(-14.0, 14.0, 4001)
    for n in (2, 3):
        log_psi = [derivatives(psi, jnp.asarray(x[:, None]), TIMES[n]).log_psi.real][0]
        rho = np.exp(2.0 * np.asarray(log_psi))
        cdf = np.cumsum(rho) / rho.sum()
        assert kstest(paths.Q[n, :, 0], lambda y, F=cdf: np.interp(y, x, F)).pvalue > 0.01


def test_a_tolerance_that_is_too_coarse_is_flagged():
    Q0 = draws(2000)
    coarse = bohm_paths(two_packets(), Q0, TIMES, masses=1.0, rtol=1e-2, atol=1e-2)
    fine = bohm_paths(two_packets(), Q0, TIMES, masses=1.0, rtol=1e-11, atol=1e-11)
    wrong_side = np.sign(coarse.Q[-1, :, 0]) != np.sign(Q0[:, 0])
    assert wrong_side.any()
    assert np.all(coarse.crossed[wrong_side])
    assert not fine.crossed.any()


def test_only_the_path_that_leaves_its_place_is_flagged():
    positions = np.tile(np.arange(6.0), (2, 1))
    positions[1, 1] = 4.5
    assert order_violations(positions).tolist() == [False, True, False, False, False, False]
    assert not order_violations(positions, margin=3.0).any()


def test_each_particle_of_a_product_follows_its_own_orbital():
    orbitals = random_orbitals(np.random.default_rng(5), 3, 1)
    Q0 = random_starts(np.random.default_rng(6), 7, 3, 1)
    paths = bohm_paths(Product(orbitals), Q0, TIMES, masses=1.0)
    for j in range(3):
        alone = bohm_paths(orbitals.orbital(j), Q0[:, j : j + 1], TIMES, masses=1.0)
        np.testing.assert_array_equal(paths.Q[:, :, j], alone.Q[:, :, 0])
    condensate = bohm_paths(Product(orbitals.orbital(0), 3), Q0, TIMES, masses=1.0)
    np.testing.assert_array_equal(condensate.Q[:, :, 0], paths.Q[:, :, 0])
    assert condensate.num_evaluations.shape == condensate.crossed.shape == (7,)


def test_batches_of_any_wavefunction_equal_the_compiled_paths(monkeypatch):
    monkeypatch.setattr(batched, "MAX_SLOTS", 8)
    psi, Q0 = two_packets(), draws(40, seed=2)
    fine = dict(masses=1.0, rtol=1e-9, atol=1e-11)
    compiled = bohm_paths(psi, Q0, TIMES, **fine)
    anything = bohm_paths(lambda q, t: psi(q, t), Q0, TIMES, **fine)
    np.testing.assert_allclose(anything.Q, compiled.Q, atol=1e-5)
    # The compiled paths also may not step over the meeting of the packets.
    steps = np.ptp(TIMES) / longest_steps(packet_table(psi), together=False)[0]
    change = compiled.num_evaluations - anything.num_evaluations
    assert np.all(change >= -0.1 * compiled.num_evaluations)
    assert np.all(change <= 0.1 * compiled.num_evaluations + 12.0 * np.ceil(steps))


def test_identical_particles_in_batches_equal_the_compiled_paths():
    rng = np.random.default_rng(8)
    psi = Permanent(random_orbitals(rng, 2, 1))
    Q0 = random_starts(rng, 3, 2, 1)
    compiled = bohm_paths(psi, Q0, [0.0, 1.0], masses=1.0)
    anything = batched.integrate_any(
        psi, Q0, np.array([0.0, 1.0]), np.ones(2), 1e-7, 1e-9
    )[0]  # fmt: skip
    np.testing.assert_allclose(anything[:, 1], compiled.Q[1], atol=1e-6)


def test_a_smaller_tolerance_gives_a_smaller_error():
    Q0 = draws(200, seed=3)
    reference = bohm_paths(two_packets(), Q0, TIMES, masses=1.0, rtol=1e-13, atol=1e-13).Q
    errors = []
    for tolerance in (1e-5, 1e-8, 1e-11):
        paths = bohm_paths(two_packets(), Q0, TIMES, masses=1.0, rtol=tolerance, atol=tolerance)
        errors.append(np.median(np.abs(paths.Q[-1] - reference[-1])))
    assert errors[0] < 1e-3
    assert errors[1] < 1e-6
    assert errors[2] < 1e-9


def test_a_path_that_runs_into_a_singularity_is_flagged_and_stays_finite():
    def falls_in(q, t):
        return -1j * jnp.log(q[0])

    with pytest.warns(RuntimeWarning, match="1 of 2 paths ran into a node"):
        paths = bohm_paths(falls_in, [[1.0], [3.0]], [0.0, 0.2, 1.0], masses=1.0)
    assert paths.stalled.tolist() == [True, False]
    assert np.all(np.isfinite(paths.Q))
    np.testing.assert_allclose(paths.Q[1:, 1, 0], np.sqrt([8.6, 7.0]), rtol=1e-6)


def test_a_start_on_a_node_is_refused():
    psi = two_packets((1.0, -1.0), momentum=0.0)
    with pytest.raises(ValidityError, match="ψ vanishes, to round-off, at 1 of the 2 starts"):
        bohm_paths(psi, [[1.0], [0.0]], TIMES, masses=1.0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"times": [0.0, 1.0, 1.0]}, "`times` must hold the start and increase"),
        ({"times": [[0.0, 1.0]]}, "`times` must have shape"),
        ({"Q0": [1.0, 2.0]}, "`Q0` must have shape"),
        ({"Q0": [[1.0, 2.0]]}, "`Q0` must have shape"),
        ({"Q0": [[np.nan]]}, "`Q0` must be finite"),
        ({"masses": 0.0}, "`masses` must be positive"),
        ({"masses": [1.0, 1.0]}, "`masses` must have shape"),
        ({"masses": 2.0}, "`masses` is 2.0, but that of `psi` is 1.0"),
        ({"hbar": 2.0}, "`hbar` is 2.0, but that of `psi` is 1.0"),
        ({"rtol": 0.0}, "`rtol` must be positive"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(changes, sentence):
    arguments = {"Q0": [[1.0]], "times": [0.0, 1.0], "masses": 1.0, **changes}
    with pytest.raises(ValueError, match=sentence):
        bohm_paths(two_packets(), arguments.pop("Q0"), arguments.pop("times"), **arguments)


def test_a_stack_of_orbitals_is_no_wavefunction():
    with pytest.raises(ValueError, match="A stack of orbitals is no wavefunction"):
        bohm_paths(random_orbitals(np.random.default_rng(0), 2, 1), [[1.0]], TIMES, masses=1.0)
