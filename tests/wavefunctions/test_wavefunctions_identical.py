from itertools import permutations
from math import factorial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from truncated_series import orbital_matrix, series_derivatives
from zitter.wavefunctions import orbital_states
from zitter.wavefunctions.derivatives import automatic_derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.orbitals import orbital_jets, packet_logs, packet_tables
from zitter.wavefunctions.overlaps import orbital_matrices

MASS, HBAR, TIME = 1.3, 0.7, 0.6


def _orbitals(num_orbitals, num_packets, num_space, seed=0):
    rng = np.random.default_rng(seed)
    shape = (num_orbitals, num_packets, num_space)
    packets = GaussianPacket(
        width=rng.uniform(0.7, 1.3, shape),
        centre=rng.normal(0.0, 1.0, shape) + 1.5 * np.arange(num_orbitals)[:, None, None],
        momentum=rng.normal(0.0, 1.0, shape),
        chirp=rng.normal(0.0, 0.3, shape),
        mass=MASS,
        hbar=HBAR,
    )
    real, imaginary = rng.normal(size=(2, num_orbitals, num_packets))
    return Superposition(packets, real + 1j * imaginary)


@eqx.filter_jit
def _value(psi, q):
    return psi(q, jnp.asarray(TIME))


def _matrix(orbitals, q):
    tables = packet_tables(orbitals, TIME)
    X = q.reshape(-1, 1, orbitals.num_space)
    return np.sum(tables.c * np.exp(packet_logs(tables, X)), axis=2)


def _sign(permutation):
    return np.linalg.det(np.eye(len(permutation))[list(permutation)])


def _brute_determinant(orbitals, q):
    phi = _matrix(orbitals, q)
    n = len(phi)
    total = sum(_sign(p) * np.prod(phi[np.arange(n), list(p)]) for p in permutations(range(n)))
    gram = np.linalg.det(np.asarray(orbital_matrices(orbitals).overlap)).real
    return total / np.sqrt(factorial(n) * gram)


def _brute_log_psi(orbitals, kind):
    """ln ψ up to its norm: the product, or the signed sum over permutations."""

    def log_psi(X):
        phi = orbital_matrix(orbitals, X, TIME)
        n = phi.c.shape[-2]
        if kind != "determinant":
            own = np.zeros(n, dtype=int) if kind == "condensate" else np.arange(n)
            return phi[..., np.arange(n), own].log().sum()
        index = np.array(list(permutations(range(n))))
        terms = phi[..., np.arange(n), index].prod() * np.array([_sign(p) for p in index])
        return terms.sum().log()

    return log_psi


def _assert_same(got, want, tolerance=1e-12):
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = np.asarray(getattr(got, name)), np.asarray(getattr(want, name))
        assert a.shape == b.shape, name
        assert np.max(np.abs(a - b)) < tolerance * np.max(np.abs(b)), name
    phase = np.exp(np.asarray(got.log_psi) - np.asarray(want.log_psi))
    np.testing.assert_allclose(phase, 1.0, rtol=tolerance)


@pytest.mark.parametrize("num_particles", [3, 7])
def test_a_determinant_is_the_signed_sum_over_permutations(num_particles):
    orbitals = _orbitals(num_particles, 2, 1)
    q = 1.5 * np.arange(num_particles) + np.random.default_rng(1).normal(0.0, 0.5, num_particles)
    want = _brute_determinant(orbitals, q)
    assert abs(np.exp(_value(Determinant(orbitals), q)) / want - 1.0) < 1e-12
    batch = Determinant(orbitals).derivatives(q[None], TIME, 1)
    assert abs(np.exp(batch.log_psi[0]) / want - 1.0) < 1e-12


def test_a_product_is_the_product_of_normalised_orbitals():
    orbitals = _orbitals(7, 2, 1)
    q = np.random.default_rng(1).normal(0.0, 1.5, 7)
    norms = np.sqrt(np.diagonal(np.asarray(orbital_matrices(orbitals).overlap)).real)
    want = np.prod(np.diagonal(_matrix(orbitals, q)) / norms)
    assert abs(np.exp(_value(Product(orbitals), q)) / want - 1.0) < 1e-12


@pytest.mark.parametrize(
    ("kind", "num_particles", "num_space"),
    [("product", 2, 2), ("condensate", 3, 1), ("determinant", 4, 1)],
)
def test_closed_form_derivatives_are_those_of_the_sum_over_permutations(
    kind, num_particles, num_space
):
    orbitals = _orbitals(num_particles, 2, num_space)
    psi = {
        "product": lambda: Product(orbitals),
        "condensate": lambda: Product(orbitals.orbital(0), num_particles),
        "determinant": lambda: Determinant(orbitals),
    }[kind]()
    X = np.random.default_rng(2).normal(0.0, 0.5, (3, num_particles, num_space))
    Q = (X + 1.5 * np.arange(num_particles)[:, None]).reshape(3, -1)
    got = psi.derivatives(Q, TIME, 3)
    want = series_derivatives(_brute_log_psi(orbitals, kind), Q, num_space)
    _assert_same(got, want._replace(log_psi=got.log_psi))


@pytest.mark.parametrize("family", [Product, Determinant])
def test_automatic_derivatives_equal_the_closed_form(family):
    psi = family(_orbitals(3, 2, 1))
    Q = np.random.default_rng(2).normal(0.0, 1.5, (5, 3))
    closed, automatic = psi.derivatives(Q, TIME, 3), automatic_derivatives(psi, Q, TIME, 1)
    np.testing.assert_allclose(np.exp(closed.log_psi - automatic.log_psi), 1.0, rtol=1e-12)
    np.testing.assert_allclose(closed.gradient, automatic.gradient, rtol=1e-11)


@pytest.mark.parametrize("family", [Product, Determinant])
def test_in_space_derivatives_along_the_centre_of_mass_are_differences(family):
    psi = family(_orbitals(3, 2, 3))
    q = np.random.default_rng(2).normal(0.0, 1.5, 9)
    steps = np.array([-2.0, -1.0, 1.0, 2.0]) * 1e-3
    weights = np.array([1.0, -8.0, 8.0, -1.0]) / 12e-3
    axes = [*(np.tile(np.eye(3)[a], 3) for a in range(3)), *np.eye(9)]
    Q = np.array([q + h * e for e in axes for h in steps] + [q])
    fields = psi.derivatives(Q, TIME, 3)
    around, single, got = (
        jax.tree_util.tree_map(lambda f, s=s: f[s], fields)
        for s in (slice(0, 12), slice(12, 48), slice(48, 49))
    )

    def slopes(field):
        return np.tensordot(weights, np.asarray(field).reshape(3, 4, -1), (0, 1))

    pure = np.einsum("xaia->xa", np.asarray(around.cm_gradient).reshape(12, 3, 3, 3))
    for name, field in (
        ("gradient", around.log_psi),
        ("cm_gradient", around.gradient),
        ("cm_second", around.second),
        ("cm_third", pure),
    ):
        exact = np.asarray(getattr(got, name))[0]
        exact = exact.reshape(3, 3).sum(axis=0)[:, None] if name == "gradient" else exact
        assert np.max(np.abs(slopes(field) - exact)) < 1e-8 * np.max(np.abs(exact)), name
    gradients = np.asarray(single.gradient).reshape(9, 4, 9)
    second = np.diagonal(np.tensordot(weights, gradients, (0, 1)))
    np.testing.assert_allclose(got.second[0], second, atol=1e-8 * np.max(np.abs(second)))


def test_a_swapped_order_of_the_matrix_product_would_be_seen():
    orbitals = _orbitals(3, 2, 2)
    Q = np.random.default_rng(3).normal(0.0, 1.5, (1, 6))
    jets = eqx.filter_jit(orbital_jets)(orbitals, Q.reshape(1, 3, 2), TIME, 1)
    inverse = np.linalg.inv(np.asarray(jets.value * np.exp(jets.log_scale))[0])
    scale = np.exp(np.asarray(jets.log_scale))[0]
    first = scale[..., None] * np.asarray(jets.first)[0]
    bx, by = first[..., 0] @ inverse, first[..., 1] @ inverse
    assert np.max(np.abs(np.diagonal(bx @ by) - np.diagonal(by @ bx))) > 1e-2


def test_a_swap_changes_the_sign_of_a_determinant_and_carries_the_gradient_along():
    psi = Determinant(_orbitals(4, 2, 2))
    q = np.random.default_rng(4).normal(0.0, 1.5, (4, 2))
    swapped = q[[0, 2, 1, 3]]
    got = psi.derivatives(np.stack([q.ravel(), swapped.ravel()]), TIME, 2)
    assert abs(np.exp(got.log_psi[0] - got.log_psi[1]) + 1.0) < 1e-12
    gradient = np.asarray(got.gradient).reshape(2, 4, 2)
    np.testing.assert_allclose(gradient[1], gradient[0][[0, 2, 1, 3]], rtol=1e-10)


@pytest.mark.parametrize("family", [Product, Determinant])
def test_two_particles_are_normalised_at_any_time(family):
    x = np.linspace(-16.0, 16.0, 161)
    Q = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    log_psi = family(_orbitals(2, 2, 1)).derivatives(Q, TIME, 1).log_psi
    total = np.nansum(np.exp(2.0 * np.real(log_psi))) * (x[1] - x[0]) ** 2
    assert abs(total - 1.0) < 1e-10


def test_a_user_written_orbital_gives_the_same_as_the_packets_it_copies():
    orbitals = _orbitals(2, 2, 1)
    each = [lambda x, t, k=k: orbitals.orbital(k)(x, t) for k in range(2)]
    q = np.random.default_rng(5).normal(0.0, 1.5, (2, 2))
    packets = Determinant(orbitals)
    user = Determinant(each, overlap=orbital_matrices(orbitals).overlap, mass=MASS, hbar=HBAR)
    for got, want in ((user, packets), (Product(each), Product(orbitals))):
        got, want = got.derivatives(q, TIME, 2), want.derivatives(q, TIME, 2)
        np.testing.assert_allclose(got.gradient, want.gradient, rtol=1e-10)
        np.testing.assert_allclose(got.second, want.second, rtol=1e-10)
        assert got.cm_gradient is None


def test_a_list_of_superpositions_of_different_lengths_is_stacked():
    one, two = _orbitals(1, 1, 1).orbital(0), _orbitals(1, 3, 1, seed=6).orbital(0)
    psi = Product([one, two])
    q = jnp.array([0.3, -0.4])
    alone = [_matrix(phi, np.asarray(x))[0, 0] for phi, x in ((one, q[:1]), (two, q[1:]))]
    want = np.prod(alone) * np.exp(float(psi.log_norm))
    assert abs(np.exp(_value(psi, q)) / want - 1.0) < 1e-12


def test_a_hundred_fermions_agree_with_slogdet():
    n = 100
    packets = GaussianPacket(np.full((n, 1, 1), 0.8), 1.5 * np.arange(n).reshape(n, 1, 1))
    psi = Determinant(Superposition(packets, np.ones((n, 1))))
    q = 1.5 * np.arange(n) + np.random.default_rng(7).normal(0.0, 0.8, n)
    phi = (
        np.exp(-((q[:, None] - 1.5 * np.arange(n)) ** 2) / (4 * 0.64)) / (2 * np.pi * 0.64) ** 0.25
    )
    gram = np.linalg.slogdet(np.asarray(orbital_matrices(psi.orbitals).overlap))[1]
    factorial_log = np.sum(np.log(np.arange(1, n + 1)))
    want = np.linalg.slogdet(phi)[1] - 0.5 * (factorial_log + gram)
    got = psi.derivatives(q[None], 0.0, 2)
    assert abs(np.real(got.log_psi[0]) / want - 1.0) < 1e-12
    assert 1.0 <= float(got.condition[0]) < 1e6
    inverse = np.linalg.inv(phi)
    slope = -(q[:, None] - 1.5 * np.arange(n)) / (2 * 0.64)
    want_gradient = np.einsum("ik,ki->i", slope * phi, inverse)
    np.testing.assert_allclose(np.real(got.gradient[0]), want_gradient, rtol=1e-9, atol=1e-9)


def test_rows_and_columns_that_underflow_alone_do_not_spoil_the_value():
    centres = np.array([0.0, 60.0, 120.0]).reshape(3, 1, 1)
    psi = Determinant(
        Superposition(GaussianPacket(0.5 * np.ones((3, 1, 1)), centres), np.ones((3, 1)))
    )
    got = psi.derivatives(np.array([[119.0, 0.5, 61.0], [50.0, 70.0, 130.0]]), 0.0, 3)
    assert all(np.all(np.isfinite(np.asarray(field))) for field in got)
    norm = 1.5 * np.log(2 * np.pi * 0.25) * 0.5 + 0.5 * np.log(6.0)
    np.testing.assert_allclose(np.real(got.log_psi[0]), -(1.0 + 0.25 + 1.0) - norm, rtol=1e-12)
    np.testing.assert_allclose(np.real(got.log_psi[1]), -(50.0**2 + 200.0) - norm, rtol=1e-12)


def test_particles_crowded_in_one_packet_keep_their_digits():
    centres = 5.0 * np.arange(5)
    packets = GaussianPacket(np.ones((5, 1, 1)), centres.reshape(5, 1, 1))
    psi = Determinant(Superposition(packets, np.ones((5, 1))))
    q = np.array([0.1, 0.5, -0.3, 5.0, 15.0])
    log_entries = -((q[:, None] - centres) ** 2) / 4.0
    got = psi.derivatives(q[None], 0.0, 1)
    # e^(-x²/4) and e^(-c²/4) taken out, a Vandermonde matrix in e^(5x/2) is left.
    nodes = np.exp(2.5 * q)
    gaps = [np.log(abs(nodes[j] - nodes[i])) for i in range(5) for j in range(i)]
    want = np.sum(gaps) - np.sum(q**2 + centres**2) / 4.0 - 1.25 * np.log(2.0 * np.pi)
    assert abs(np.real(got.log_psi[0]) - float(psi.log_norm) - want) < 1e-9
    assert float(got.condition[0]) < 1e6
    late = psi.derivatives(q[None], TIME, 1).log_psi[0]
    assert abs(np.exp(_value(psi, q) - late) - 1.0) < 1e-9
    one_scale = np.linalg.slogdet(np.exp(log_entries - log_entries.max(axis=1, keepdims=True)))[1]
    plain = one_scale + log_entries.max(axis=1).sum() - 1.25 * np.log(2.0 * np.pi)
    assert abs(plain - want) > 1e-3


def test_two_hundred_particles_far_apart_do_not_underflow_in_a_product():
    n = 200
    centres = 40.0 * np.arange(n).reshape(n, 1, 1)
    psi = Product(Superposition(GaussianPacket(np.ones((n, 1, 1)), centres), np.ones((n, 1))))
    q = centres.ravel() + 0.5
    got = psi.derivatives(q[None], 0.0, 3)
    np.testing.assert_allclose(got.log_psi[0], n * (-0.25 * np.log(2 * np.pi) - 0.0625), rtol=1e-12)
    np.testing.assert_allclose(got.gradient[0], -0.25, rtol=1e-12)
    np.testing.assert_allclose(got.cm_third, 0.0, atol=1e-12)


def test_a_node_has_infinite_condition_and_the_configurations_beside_it_are_regular():
    psi = Determinant(_orbitals(2, 2, 1))
    got = psi.derivatives(np.array([[0.3, 0.3], [0.3, 0.4]]), TIME, 3)
    assert np.real(got.log_psi[0]) < -30.0
    assert not float(got.condition[0]) < 1e14
    assert np.isfinite(float(got.condition[1]))
    assert all(np.all(np.isfinite(np.asarray(field)[1])) for field in got)


@pytest.mark.parametrize("family", [Product, Determinant])
def test_a_batch_in_chunks_is_the_batch(family, monkeypatch):
    psi = family(_orbitals(3, 2, 1, seed=9))
    Q = np.random.default_rng(8).normal(0.0, 1.5, (5, 3))
    whole = psi.derivatives(Q, TIME, 3)
    monkeypatch.setattr(orbital_states, "CHUNK_ENTRIES", 1)
    other = family(_orbitals(3, 2, 1, seed=9))
    in_chunks = other.derivatives(np.vstack([Q, Q]), TIME, 3)
    np.testing.assert_allclose(in_chunks.cm_second[:5], whole.cm_second, rtol=1e-10)


def test_bad_input_is_answered_with_a_sentence():
    orbitals = _orbitals(3, 2, 1)
    with pytest.raises(ValueError, match="3 orbitals: give one orbital for each particle"):
        Product(orbitals, 4)
    with pytest.raises(ValueError, match="`num_particles` must be a whole number"):
        Product(orbitals.orbital(0), 0)
    with pytest.raises(ValueError, match="must be stacked"):
        Determinant(orbitals.orbital(0))
    with pytest.raises(ValueError, match=r"must have shape .*num_particles . num_space"):
        Determinant(orbitals).derivatives(np.zeros((2, 4)), 0.0, 1)
    with pytest.raises(ValueError, match="`order` must be a whole number"):
        Product(orbitals).derivatives(np.zeros((2, 3)), 0.0, 4)
    same = Superposition(GaussianPacket(np.ones((2, 1, 1))), np.ones((2, 1)))
    with pytest.raises(ValueError, match="linearly dependent"):
        Determinant(same)
