import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.wavefunctions import orbitals as orbital_module
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.orbitals import packet_logs, packet_tables, stack_orbitals

TIME = 0.6
orbital_jets = eqx.filter_jit(orbital_module.orbital_jets)
own_log_jets = eqx.filter_jit(orbital_module.own_log_jets)
own_orbital_jets = eqx.filter_jit(orbital_module.own_orbital_jets)


def _orbitals(num_orbitals, num_space, seed=0, hbar=0.7):
    rng = np.random.default_rng(seed)
    shape = (num_orbitals, 2, num_space)
    packets = GaussianPacket(
        rng.uniform(0.7, 1.2, shape),
        rng.normal(size=shape),
        rng.normal(size=shape),
        0.3 * rng.normal(size=shape),
        mass=1.3,
        hbar=hbar,
    )
    real, imaginary = rng.normal(size=(2, num_orbitals, 2))
    return Superposition(packets, real + 1j * imaginary)


def _user(orbitals):
    count = orbitals.coefficients.shape[0]
    return [lambda x, t, k=k: orbitals.orbital(k)(x, t) for k in range(count)]


def _values(jets):
    scale = np.exp(np.asarray(jets.log_scale))
    fields = (jets.value, jets.first, jets.second, jets.third)
    return [
        np.asarray(f) * scale.reshape(scale.shape + (1,) * (f.ndim - scale.ndim)) for f in fields
    ]


@pytest.mark.parametrize("num_space", [1, 3])
def test_jets_in_closed_form_equal_automatic_ones(num_space):
    orbitals = _orbitals(2, num_space)
    X = np.random.default_rng(1).normal(size=(2, 2, num_space))
    closed = orbital_jets(orbitals, X, TIME, 3)
    automatic = orbital_jets(_user(orbitals), X, TIME, 3)
    assert closed.third.shape == (2, 2, 2, num_space, num_space)
    for got, want in zip(_values(closed), _values(automatic), strict=True):
        np.testing.assert_allclose(got, want, atol=1e-12 * np.max(np.abs(want)))


def test_own_jets_are_the_diagonal_and_log_jets_their_logarithmic_derivatives():
    orbitals = _orbitals(2, 2)
    X = np.random.default_rng(2).normal(size=(3, 2, 2))
    every, own = orbital_jets(orbitals, X, TIME, 3), own_orbital_jets(orbitals, X, TIME, 3)
    j = np.arange(2)
    for got, want in zip(_values(own), _values(every), strict=True):
        np.testing.assert_allclose(got, want[:, j, j], rtol=1e-10, atol=1e-12)
    logs = own_log_jets(orbitals, X, TIME, 3)
    user = own_log_jets(_user(orbitals), X, TIME, 3)
    for got, want in zip(logs[1:], user[1:], strict=True):
        np.testing.assert_allclose(got, want, atol=1e-12 * np.max(np.abs(want)))
    value, first, second, _ = _values(own)
    np.testing.assert_allclose(logs.gradient, first / value[..., None], rtol=1e-10)
    slope = np.asarray(logs.gradient)
    hessian = second / value[..., None, None] - slope[..., :, None] * slope[..., None, :]
    np.testing.assert_allclose(logs.hessian, hessian, rtol=1e-9, atol=1e-11)


def test_one_orbital_serves_all_positions():
    orbital = _orbitals(1, 2).orbital(0)
    X = np.random.default_rng(3).normal(size=(2, 5, 2))
    packets, user = own_log_jets(orbital, X, TIME, 2), own_log_jets([orbital], X, TIME, 2)
    np.testing.assert_allclose(packets.hessian, user.hessian, atol=1e-11)
    assert packets.log_phi.shape == (2, 5)


def test_each_orbital_keeps_its_own_scale_where_others_are_far_larger():
    centres = np.array([0.0, 100.0]).reshape(2, 1, 1)
    orbitals = Superposition(GaussianPacket(np.ones((2, 1, 1)), centres), np.ones((2, 1)))
    jets = orbital_jets(orbitals, np.array([[[1.0], [101.0]]]), 0.0, 3)
    np.testing.assert_allclose(np.abs(jets.value), 1.0)
    np.testing.assert_allclose(
        (jets.first[..., 0] / jets.value)[0].real, [[-0.5, 49.5], [-50.5, -0.5]], rtol=1e-12
    )
    one_scale = np.exp(jets.log_scale - np.max(jets.log_scale, axis=2, keepdims=True))
    assert np.min(one_scale) == 0.0


def test_a_single_packet_has_no_third_derivative_however_steep_it_is():
    packet = GaussianPacket(np.full((1, 1, 1), 0.1), 0.0, 1e4)
    orbitals = Superposition(packet, np.ones((1, 1)))
    logs = own_log_jets(orbitals, np.array([[[3.0]]]), 0.0, 3)
    assert np.max(np.abs(logs.third)) < 1e-9
    np.testing.assert_allclose(logs.hessian, -1.0 / (2.0 * 0.1**2), rtol=1e-12)


def test_stacked_orbitals_of_different_lengths_keep_their_values():
    short = Superposition(GaussianPacket([[0.8]], [[0.3]], [[0.5]]), [1.0])
    long = Superposition(GaussianPacket([[0.8], [1.0], [0.7]], [[0.1], [1.0], [-40.0]]), [1, 2, 3j])
    stacked = stack_orbitals([short, long])
    x = jnp.array([-39.0])
    np.testing.assert_allclose(stacked(x, TIME), [short(x, TIME), long(x, TIME)], rtol=1e-12)
    logs = own_log_jets(stacked, np.array([[[-39.0], [-39.0]]]), TIME, 3)
    assert all(np.all(np.isfinite(np.asarray(field))) for field in logs)


def test_packet_tables_reproduce_the_packets():
    orbitals = _orbitals(2, 3)
    tables = packet_tables(orbitals, TIME)
    x = np.array([0.3, -0.4, 1.1])
    np.testing.assert_allclose(packet_logs(tables, x), orbitals.packets(x, TIME), rtol=1e-12)
    total = np.log(np.sum(tables.c * np.exp(packet_logs(tables, x)), axis=1))
    np.testing.assert_allclose(np.exp(total - np.asarray(orbitals(x, TIME))), 1.0, rtol=1e-12)
    assert packet_tables(orbitals.orbital(0)).c.shape == (1, 2)


def test_orbitals_of_different_particles_are_not_stacked():
    with pytest.raises(ValueError, match="share one hbar"):
        stack_orbitals([_orbitals(1, 1).orbital(0), _orbitals(1, 1, hbar=1.0).orbital(0)])
    with pytest.raises(ValueError, match="at least one orbital"):
        stack_orbitals([])
