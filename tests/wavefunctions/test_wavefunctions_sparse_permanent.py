import equinox as eqx
import numpy as np
import pytest

import zitter.wavefunctions.sparse_permanent as module
from zitter.core.checks import ValidityError
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.permanent import Permanent, permanent, permanent_minors
from zitter.wavefunctions.sparse_permanent import SparsePermanent, sparse_permanent

TIME = 0.3


def _chain(num, spacing=1.8, num_space=1, seed=0):
    rng = np.random.default_rng(seed)
    centre = np.zeros((num, 1, num_space))
    centre[:, 0, 0] = spacing * np.arange(num)
    momentum = rng.normal(0.0, 1.0, centre.shape)
    packets = GaussianPacket(rng.uniform(0.9, 1.1, centre.shape), centre, momentum)
    return Superposition(packets, np.ones((num, 1)))


def _near_the_packets(num, spacing=1.8, num_space=1, batch=2, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.normal(0.0, 1.0, (batch, num, num_space))
    X[:, :, 0] += spacing * np.arange(num)
    return rng.permuted(X, axis=1) if num_space == 1 else X


def _assert_same(got, want, tolerance):
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = np.asarray(getattr(got, name)), np.asarray(getattr(want, name))
        assert a.shape == b.shape, name
        assert np.max(np.abs(a - b)) < tolerance * max(np.max(np.abs(b)), 0.1), name
    phase = np.exp(np.asarray(got.log_psi) - np.asarray(want.log_psi))
    np.testing.assert_allclose(phase, 1.0, rtol=tolerance)


@pytest.mark.parametrize("num_space", [1, 2])
def test_a_chain_of_twelve_agrees_with_the_full_permanent(num_space):
    orbitals = _chain(12, num_space=num_space)
    Q = _near_the_packets(12, num_space=num_space).reshape(2, -1)
    want = Permanent(orbitals).derivatives(Q, TIME, 3)
    got = SparsePermanent(orbitals, 1e-16).derivatives(Q, TIME, 3)
    _assert_same(got, want, 1e-12)
    np.testing.assert_allclose(got.condition, want.condition, rtol=1e-10)


def test_what_was_dropped_is_reported_and_bounds_the_error():
    orbitals = _chain(16)
    Q = _near_the_packets(16, batch=4).reshape(4, -1)
    want = np.asarray(Permanent(orbitals).derivatives(Q, TIME, 1).log_psi)
    for threshold in (1e-4, 1e-6, 1e-8):
        psi = SparsePermanent(orbitals, threshold)
        # The norm is cut off too; only the permanent at Q is compared.
        shift = float(psi.log_norm - Permanent(orbitals).log_norm)
        got = np.asarray(psi.derivatives(Q, TIME, 1).log_psi) - shift
        error = np.abs(np.exp(got - want) - 1.0)
        reported = np.asarray(psi.error(Q, TIME))
        assert np.all(error < reported)
        assert np.all(reported < 1e3 * threshold)


def test_two_hundred_bosons_converge_with_the_threshold():
    orbitals = _chain(200)
    Q = _near_the_packets(200, batch=1).reshape(1, -1)
    exact, coarse = SparsePermanent(orbitals, 1e-10), SparsePermanent(orbitals, 1e-6)
    fine, rough = exact.derivatives(Q, 0.0, 1), coarse.derivatives(Q, 0.0, 1)
    norms = float(coarse.log_norm - exact.log_norm)
    error = abs(np.exp(complex(rough.log_psi[0] - fine.log_psi[0]) - norms) - 1.0)
    assert 0.0 < error < float(coarse.error(Q, 0.0)[0]) < 1e-2
    np.testing.assert_allclose(rough.gradient, fine.gradient, atol=1e-3)


def test_the_gradient_is_that_of_the_value():
    psi = SparsePermanent(_chain(30), 1e-14)
    q, step = _near_the_packets(30, batch=1).reshape(-1), 1e-5
    gradient = psi.derivatives(q[None], TIME, 1).gradient[0]
    for j in (0, 17):
        e = step * np.eye(30)[j]
        values = psi.derivatives(np.stack([q + e, q - e]), TIME, 1).log_psi
        slope = complex(values[0] - values[1]) / (2.0 * step)
        assert abs(slope - complex(gradient[j])) < 1e-7 * max(1.0, abs(slope))


def test_any_order_of_rows_and_columns_gives_the_same():
    rng = np.random.default_rng(2)
    band = np.triu(np.tril(rng.normal(size=(18, 18)), 2), -2) + 3.0 * np.eye(18)
    shuffled = band[rng.permutation(18)][:, rng.permutation(18)]
    exact = permanent(shuffled)
    got = sparse_permanent(shuffled, 1e-300)
    assert got.value * 2.0**got.log2_scale == pytest.approx(exact, rel=1e-12)
    assert got.condition == pytest.approx(float(permanent_minors(shuffled).condition), rel=1e-10)
    assert got.error == 0.0
    assert got.num_sets < 40


def test_a_matrix_without_any_permutation_has_permanent_zero():
    A = np.eye(5)
    A[:, 2] = 0.0
    result = sparse_permanent(A, 1e-6)
    assert result.value == 0.0
    assert result.condition == np.inf


def test_a_value_inside_compiled_code():
    psi = SparsePermanent(_chain(6), 1e-12)
    q = _near_the_packets(6, batch=1).reshape(-1)
    got = eqx.filter_jit(psi)(q, TIME)
    assert complex(got) == pytest.approx(complex(psi.derivatives(q[None], TIME, 1).log_psi[0]))


def test_bad_input_gets_a_sentence(monkeypatch):
    monkeypatch.setattr(module, "_MAX_LINKS", 1 << 16)
    with pytest.raises(ValueError, match="`threshold` must be positive"):
        SparsePermanent(_chain(3), 0.0)
    with pytest.raises(ValueError, match=r"`A` must have shape \(N, N\)"):
        sparse_permanent(np.ones((2, 3)), 1e-6)
    with pytest.raises(ValueError, match="`A` must be finite"):
        sparse_permanent(np.full((2, 2), np.inf), 1e-6)
    with pytest.raises(ValueError, match="must be finite"):
        SparsePermanent(_chain(3), 1e-6).derivatives(np.full((1, 3), np.nan), 0.0, 1)
    with pytest.raises(ValidityError, match="overlap too widely"):
        sparse_permanent(np.ones((60, 60)), 1e-6)
    with pytest.raises(ValidityError, match="overlap too much"):
        sparse_permanent(np.ones((30, 30)), 1e-30)
