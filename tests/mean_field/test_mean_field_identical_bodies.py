"""Identical bodies with the coupling 1/K: energy, forces, momenta and density."""

import numpy as np
import pytest

from zitter.kbody.bodies import bodies
from zitter.kbody.newton import newton_paths
from zitter.kbody.packets import RidingPackets, log_density, log_density_rate, momenta, phase
from zitter.mean_field.identical_bodies import body_forces, body_hamiltonian, identical_bodies

M, G, K = 1.3, 0.7, 5
RNG = np.random.default_rng(4)
X, P = RNG.normal(size=(K, 3)), RNG.normal(size=(K, 3))
SYSTEM = identical_bodies(K, M, gravitational_constant=G)


def pair_sum(x):
    i, j = np.triu_indices(len(x), 1)
    return np.sum(1.0 / np.linalg.norm(x[i] - x[j], axis=1))


def slope(f, x, h=1e-5):
    result = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        result[index] = (f(x + step) - f(x - step)) / (2.0 * h)
    return result


def test_the_energy_counts_each_pair_once_and_divides_by_the_number_of_bodies():
    expected = np.sum(P**2) / (2.0 * M) - G * M**2 / K * pair_sum(X)
    assert body_hamiltonian(SYSTEM, X, P) == pytest.approx(expected, rel=1e-14)


def test_the_forces_are_the_slope_of_the_whole_energy_and_not_of_half_of_it():
    expected = slope(lambda x: G * M**2 / K * pair_sum(x), X)
    assert np.max(np.abs(body_forces(SYSTEM, X) - expected)) < 1e-8
    assert np.max(np.abs(0.5 * body_forces(SYSTEM, X) - expected)) > 0.01


def test_two_bodies_attract_each_other():
    pair = identical_bodies(2, M, gravitational_constant=G, num_space=1)
    F = body_forces(pair, [[0.0], [1.0]])
    assert F[:, 0] == pytest.approx([np.pi * G * M**2, -np.pi * G * M**2])


def test_the_bodies_keep_the_energy_and_gain_momentum_by_the_forces():
    motion = newton_paths(SYSTEM, X, P / M, [0.0, 1e-4, 0.05], time_step=1e-3, method="yoshida6")
    energies = [body_hamiltonian(SYSTEM, x, M * v) for x, v in zip(motion.X, motion.V, strict=True)]
    assert np.ptp(energies) < 1e-9
    gain = M * (motion.V[1] - motion.V[0]) / 1e-4
    assert np.max(np.abs(gain - body_forces(SYSTEM, 0.5 * (X + motion.X[1])))) < 1e-6


@pytest.fixture(name="cloud")
def packets_of_identical_bodies():
    n = 3
    A = RNG.normal(size=(n, n))
    H = RNG.normal(size=(n, n))
    return RidingPackets(
        np.full(n, M), X[:n, :1], P[:n, :1], np.arange(n) * 0.3,
        A @ A.T + np.eye(n), 0.5 * (H + H.T),
    )  # fmt: skip


def test_the_momenta_are_the_slope_of_the_common_phase(cloud):
    q = cloud.X + 0.2
    assert np.max(np.abs(momenta(cloud, q) - slope(lambda x: phase(cloud, x), q))) < 1e-7


def test_the_density_obeys_the_continuity_equation_of_one_mass(cloud):
    # -∂ₜ ln ρ = Σ ∂ᵢ(ρ ∂ᵢS/M)/ρ, by differences of the product ρ ∂ᵢS.
    q, h = cloud.X - 0.3, 1e-4
    outflow = 0.0
    for i in range(len(q)):
        step = np.zeros_like(q)
        step[i] = h
        flows = [
            np.exp(log_density(cloud, y) - log_density(cloud, q)) * momenta(cloud, y)[i, 0] / M
            for y in (q + step, q - step)
        ]
        outflow += (flows[0] - flows[1]) / (2.0 * h)
    assert log_density_rate(cloud, q) == pytest.approx(-outflow, rel=1e-6)


def test_bodies_that_have_no_mean_field_are_refused():
    with pytest.raises(ValueError, match="there is no mean-field limit"):
        identical_bodies(8, num_space=1, law="point")
    with pytest.raises(ValueError, match="its masses differ"):
        body_forces(bodies([1.0, 2.0]), np.eye(3)[:2])
    with pytest.raises(ValueError, match="`mass` must be positive"):
        identical_bodies(8, -1.0)
    with pytest.raises(ValueError, match="`P` must have shape"):
        body_hamiltonian(SYSTEM, X, P[:2])
