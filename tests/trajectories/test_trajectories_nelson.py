import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import kstest

import exact
import zitter  # noqa: F401  (float64 on before jax is imported)
from zitter.core.checks import ValidityError
from zitter.core.statistics import convergence_order
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.nelson import nelson_paths, step_counts
from zitter.trajectories.sampling import sample_determinant, sample_superposition
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant

KEY = jax.random.key(7)
G = exact.Packet(chirp=0.0)
PACKET = GaussianPacket([G.width], [G.centre], [G.momentum], mass=G.mass, hbar=G.hbar)
UNITS = {"masses": G.mass, "hbar": G.hbar}
T = 2.0
NUM = 20000


def two_packets():
    packets = GaussianPacket([[1.0], [1.0]], [[-3.0], [3.0]], [[2.0], [-2.0]])
    return Superposition(packets, [1.0, 1.0])


def fermion_pair():
    packets = GaussianPacket(
        np.ones((2, 2, 1)), [[[-3.0], [3.0]], [[-3.0], [3.0]]], [[[2.0], [-2.0]], [[2.0], [-2.0]]]
    )
    return Determinant(Superposition(packets, [[1.0, 1.0], [1.0, -1.0]]))


def cdf_on_grid(psi, t, x):
    rho = np.exp(2.0 * np.real(np.asarray(derivatives(psi, jnp.asarray(x[:, None]), t).log_psi)))
    F = np.cumsum(rho)
    return lambda y: np.interp(y, x, F / F[-1])


def p_value(Q, psi, t):
    return kstest(np.asarray(Q)[:, 0], cdf_on_grid(psi, t, np.linspace(-15, 15, 6001))).pvalue


def fermion_cdfs(psi, t):
    """Distribution functions of x_1 and of x_1 + x_2."""
    x = np.linspace(-13.0, 13.0, 301)
    pairs = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    log_psi = np.asarray(derivatives(psi, jnp.asarray(pairs), t).log_psi)
    rho = np.exp(2.0 * np.real(log_psi)).reshape(301, 301)
    rho /= rho.sum()
    sums = np.array([np.trace(rho[:, ::-1], k) for k in range(300, -301, -1)])
    marginal, total = np.cumsum(rho.sum(axis=1)), np.cumsum(sums)
    # A sum over cells is the distribution function at the upper end of the last one.
    half, grid = 0.5 * (x[1] - x[0]), np.linspace(-26.0, 26.0, 601)
    return lambda y: np.interp(y, x + half, marginal), lambda y: np.interp(y, grid + half, total)


def start(seed=0):
    return np.random.default_rng(seed).normal(G.centre, G.width, (NUM, 1))


def correlation_and_variance_scores(Q0, Qt):
    """z-scores of Cov(x_0, x_t) and Var(x_t) against E6, in standard errors of normal samples."""
    theta, s0, st = exact.nelson_angle(G, T), G.width, exact.width(exact.free, G, T)
    a, b = np.asarray(Q0)[:, 0], np.asarray(Qt)[:, 0]
    covariance = s0 * st * np.exp(-theta)
    error = s0 * st * np.sqrt((1.0 + np.exp(-2.0 * theta)) / NUM)
    z = (np.cov(a, b)[0, 1] - covariance) / error
    return float(z), float((np.var(b) - st**2) / (st**2 * np.sqrt(2.0 / NUM)))


@pytest.mark.parametrize("method", ["node_safe", "euler_maruyama"])
def test_a_gaussian_diffuses_with_the_exact_covariances(method):
    num_steps = 200 if method == "node_safe" else 800
    paths = nelson_paths(
        PACKET, start(), [0.0, T], KEY, num_steps=num_steps, method=method, **UNITS
    )
    scores = correlation_and_variance_scores(paths[0], paths[1])
    assert np.max(np.abs(scores)) < 3.0


def test_forward_and_backward_paths_have_the_same_covariance():
    end = np.random.default_rng(1).normal(
        exact.free(G, T)[2], exact.width(exact.free, G, T), (NUM, 1)
    )
    paths = nelson_paths(PACKET, end, [T, 0.0], KEY, num_steps=200, direction="backward", **UNITS)
    a, b = np.asarray(paths[1])[:, 0], np.asarray(paths[0])[:, 0]
    theta, st = exact.nelson_angle(G, T), exact.width(exact.free, G, T)
    error = G.width * st * np.sqrt((1.0 + np.exp(-2.0 * theta)) / NUM)
    z = (np.cov(a, b)[0, 1] - G.width * st * np.exp(-theta)) / error
    assert abs(z) < 3.0
    assert abs(np.var(a) / G.width**2 - 1.0) < 3.0 * np.sqrt(2.0 / NUM)


def test_paths_from_one_point_have_the_exact_mean_and_variance():
    Q0 = np.full((NUM, 1), 1.5)
    paths = nelson_paths(PACKET, Q0, [0.0, T], KEY, num_steps=200, **UNITS)
    mean, variance = exact.nelson_moments(G, 1.5, T)
    seen = np.asarray(paths[1])[:, 0]
    assert abs(seen.mean() - mean) < 3.5 * np.sqrt(variance / NUM)
    assert abs(seen.var() / variance - 1.0) < 3.5 * np.sqrt(2.0 / NUM)


def test_backward_paths_from_one_point_have_the_exact_mean_and_variance():
    Q_end = np.full((NUM, 1), 1.5)
    paths = nelson_paths(PACKET, Q_end, [T, 0.0], KEY, num_steps=200, direction="backward", **UNITS)
    theta, end_width = exact.nelson_angle(G, T), exact.width(exact.free, G, T)
    end_centre = exact.free(G, T)[2]
    mean = G.centre + (1.5 - end_centre) * G.width / end_width * np.exp(-theta)
    variance = G.width**2 * (1.0 - np.exp(-2.0 * theta))
    seen = np.asarray(paths[1])[:, 0]
    assert abs(seen.mean() - mean) < 3.5 * np.sqrt(variance / NUM)
    assert abs(seen.var() / variance - 1.0) < 3.5 * np.sqrt(2.0 / NUM)


@pytest.mark.parametrize("defect", ["twice the noise", "sign of u"])
def test_a_planted_defect_spoils_the_covariances(defect):
    if defect == "twice the noise":
        # ħ enters the noise and both velocities; half of ln ψ leaves only the noise doubled.
        def wrong(q, t):
            return PACKET(q, t) / 2.0

        units = {"masses": G.mass, "hbar": 2.0 * G.hbar}
    else:

        def wrong(q, t):
            return -jnp.conj(PACKET(q, t))

        units = UNITS
    paths = nelson_paths(
        wrong, start(), [0.0, T], KEY, num_steps=200, method="euler_maruyama", **units
    )
    scores = correlation_and_variance_scores(paths[0], paths[1])
    assert np.max(np.abs(scores)) > 6.0


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_an_ensemble_passes_through_exact_nodes_at_the_sampling_noise(direction):
    psi = two_packets()
    times = [0.0, 1.5, 3.0] if direction == "forward" else [3.0, 1.5, 0.0]
    rng = np.random.default_rng(2)
    Q0 = sample_superposition(psi, 4000, rng)
    if direction == "backward":
        Q0 = bohm_paths(psi, Q0, [0.0, 3.0], masses=1.0).Q[-1]
    paths = nelson_paths(psi, Q0, times, KEY, masses=1.0, num_steps=24, direction=direction)
    assert min(p_value(Q, psi, t) for Q, t in zip(paths, times, strict=True)) > 0.01


def test_euler_maruyama_with_the_same_step_does_not():
    psi = two_packets()
    Q0 = sample_superposition(psi, 4000, np.random.default_rng(2))
    paths = nelson_paths(
        psi, Q0, [0.0, 1.5], KEY, masses=1.0, num_steps=12, method="euler_maruyama"
    )
    assert p_value(paths[1], psi, 1.5) < 1e-4


def test_a_fermion_pair_passes_through_nodes_at_the_sampling_noise():
    psi = fermion_pair()
    Q0 = sample_determinant(psi, 4000, np.random.default_rng(3))
    Q = np.asarray(nelson_paths(psi, Q0, [0.0, 1.5], KEY, masses=1.0, num_steps=24))[1]
    one, total = fermion_cdfs(psi, 1.5)
    assert kstest(Q[:, 0], one).pvalue > 0.01
    assert kstest(Q.sum(axis=1), total).pvalue > 0.01


def test_centre_of_mass_coordinates_give_the_centre_of_mass_its_own_noise():
    # A pair in a trap: one packet of mass 2 m for x_cm, one of mass m for y.
    centre_of_mass = GaussianPacket([0.5], stiffness=2.0, mass=2.0)
    relative = GaussianPacket([np.sqrt(0.5)], stiffness=1.0)

    def log_psi(q, t):
        return centre_of_mass(q[:1], t) + relative(q[1:], t)

    variance = np.array([0.25, 0.5])
    Q0 = np.random.default_rng(5).normal(0.0, np.sqrt(variance), (NUM, 2))
    paths = nelson_paths(
        log_psi, Q0, [0.0, 1.0], KEY, masses=[2.0, 1.0], num_steps=300, method="euler_maruyama"
    )
    error = variance * np.sqrt((1.0 + np.exp(-2.0)) / NUM)
    products = np.mean(np.asarray(paths[0] * paths[1]), axis=0)
    assert np.max(np.abs(products - variance * np.exp(-1.0)) / error) < 3.5


def test_two_time_averages_converge_with_the_first_power_of_the_step():
    exact_mean = float(exact.nelson_moments(G, 1.5, T)[0])
    Q0 = np.full((100000, 1), 1.5)
    errors = []
    for num_steps in (3, 6, 12):
        paths = nelson_paths(PACKET, Q0, [0.0, T], KEY, num_steps=num_steps, **UNITS)
        errors.append(abs(float(jnp.mean(paths[1])) - exact_mean))
    assert 0.7 < convergence_order([4.0, 2.0, 1.0], errors) < 1.5


@pytest.mark.parametrize("method", ["node_safe", "euler_maruyama"])
def test_a_continued_run_is_equal_bit_by_bit(method):
    arguments = {"method": method, **UNITS}
    Q0, times = start()[:50], [0.0, 0.5, T]
    whole = nelson_paths(PACKET, Q0, times, KEY, num_steps=16, **arguments)
    done = int(step_counts(times, 16)[0])
    rest = nelson_paths(
        PACKET, whole[1], times[1:], KEY, num_steps=16 - done, first_step=done, **arguments
    )
    np.testing.assert_array_equal(rest[1], whole[2])
    other = nelson_paths(PACKET, whole[1], times[1:], KEY, num_steps=16 - done, **arguments)
    assert np.all(np.asarray(other[1]) != np.asarray(whole[2]))


def test_each_interval_gets_its_share_of_the_steps():
    assert step_counts([0.0, 0.5, 2.0], 16).tolist() == [4, 12]
    assert step_counts([0.0, 0.1, 2.0], 10).tolist() == [1, 10]
    assert step_counts([3.0, 1.5, 0.0], 48).tolist() == [24, 24]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"times": [0.0, -1.0]}, "`times` of a forward process must increase"),
        ({"direction": "backward"}, "`times` of a backward process must decrease"),
        ({"direction": "sideways"}, "`direction` must be one of"),
        ({"method": "node_save"}, "Did you mean 'node_safe'"),
        ({"num_steps": 0}, "`num_steps` must be a whole number"),
        ({"first_step": -1}, "`first_step` must be a whole number"),
        ({"Q0": [1.0]}, "`Q0` must have shape"),
        ({"Q0": [[np.inf]]}, "`Q0` must be finite"),
        ({"masses": -1.0}, "`masses` must be positive"),
        ({"masses": 7.0}, "`masses` is 7.0, but that of `psi` is"),
        ({"hbar": 1.0}, "`hbar` is 1.0, but that of `psi` is 0.6"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(changes, sentence):
    given = {"Q0": [[1.0]], "times": [0.0, 1.0], "num_steps": 2, **UNITS, **changes}
    with pytest.raises(ValueError, match=sentence):
        nelson_paths(PACKET, given.pop("Q0"), given.pop("times"), KEY, **given)


def test_a_start_on_a_node_is_refused():
    packets = GaussianPacket([[1.0], [1.0]], [[-3.0], [3.0]])
    with pytest.raises(ValidityError, match="There is no velocity at 1 of the 2 starts"):
        nelson_paths(
            Superposition(packets, [1.0, -1.0]), [[1.0], [0.0]], [0.0, 1.0], KEY,
            masses=1.0, num_steps=2,
        )  # fmt: skip
