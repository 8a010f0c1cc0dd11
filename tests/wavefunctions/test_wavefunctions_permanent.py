from itertools import permutations
from math import factorial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import thewalrus

import zitter.wavefunctions.permanent as module
from truncated_series import orbital_matrix, series_derivatives
from zitter.core.checks import ValidityError
from zitter.wavefunctions.derivatives import automatic_derivatives, derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.overlaps import orbital_matrices
from zitter.wavefunctions.permanent import Permanent, permanent, permanent_minors

TIME = 0.6


def _orbitals(num_orbitals, num_packets, num_space, seed=0, spread=1.5):
    rng = np.random.default_rng(seed)
    shape = (num_orbitals, num_packets, num_space)
    packets = GaussianPacket(
        width=rng.uniform(0.7, 1.3, shape),
        centre=rng.normal(0.0, spread, shape),
        momentum=rng.normal(0.0, 1.0, shape),
        mass=1.3,
        hbar=0.7,
    )
    real, imaginary = rng.normal(size=(2, num_orbitals, num_packets))
    return Superposition(packets, real + 1j * imaginary)


def _brute_permanent(matrix):
    n = matrix.shape[-1]
    index = np.array(list(permutations(range(n))))
    return np.sum(np.prod(matrix[np.arange(n), index], axis=-1))


def _brute_log_psi(orbitals):
    n = orbitals.coefficients.shape[0]
    gram = _brute_permanent(np.asarray(orbital_matrices(orbitals).overlap)).real

    def log_psi(X):
        phi = orbital_matrix(orbitals, X, TIME)
        index = np.array(list(permutations(range(n))))
        total = phi[..., np.arange(n), index].prod().sum()
        return total.log() + (-0.5 * np.log(factorial(n) * gram))

    return log_psi


def _assert_same(got, want, tolerance=1e-12):
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = np.asarray(getattr(got, name)), np.asarray(getattr(want, name))
        assert a.shape == b.shape, name
        assert np.max(np.abs(a - b)) < tolerance * np.max(np.abs(b)), name
    phase = np.exp(np.asarray(got.log_psi) - np.asarray(want.log_psi))
    np.testing.assert_allclose(phase, 1.0, rtol=tolerance)


def _exact_integer_permanent(matrix):
    """Ryser's formula modulo primes below 2^31, joined by the Chinese remainder theorem."""
    n, total, modulus = len(matrix), 0, 1
    sums = np.zeros((1, n), dtype=np.int64)
    signs = np.ones(1, dtype=np.int64)
    for column in matrix.T:
        sums = np.concatenate([sums, sums + column])
        signs = np.concatenate([signs, -signs])
    for prime in (2147483647, 2147483629, 2147483587, 2147483579, 2147483563):
        product = signs % prime
        for row in range(n):
            product = product * (sums[:, row] % prime) % prime
        residue = int(np.sum(product)) * (-1) ** n % prime
        total += modulus * ((residue - total) * pow(modulus, -1, prime) % prime)
        modulus *= prime
    return total if total < modulus // 2 else total - modulus


@pytest.mark.parametrize(("lowest", "highest"), [(0, 9), (-9, 9)])
def test_a_permanent_of_twenty_is_exact_to_round_off(lowest, highest):
    matrix = np.random.default_rng(1).integers(lowest, highest + 1, (20, 20))
    exact = _exact_integer_permanent(matrix)
    condition = float(permanent_minors(matrix).condition)
    assert abs(permanent(matrix) - exact) / abs(exact) < 1e-14 * condition
    assert lowest < 0 or abs(permanent(matrix) - exact) / exact < 1e-15


def test_small_integer_permanents_are_integers():
    assert permanent(np.ones((6, 6))) == factorial(6)
    assert permanent([[1, 2], [3, 4]]) == 10
    assert permanent([[3j]]) == 3j
    assert permanent([[0, 0], [1, 5]]) == 0


def test_a_permanent_of_twenty_agrees_with_another_library():
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(20, 20)) + 1j * rng.normal(size=(20, 20))
    assert abs(permanent(matrix) / thewalrus.perm(matrix) - 1.0) < 1e-10


@pytest.mark.parametrize("n", [2, 3, 5, 7])
def test_minors_are_permanents_without_a_row_and_a_column(n):
    rng = np.random.default_rng(n)
    matrices = rng.normal(size=(2, n, n)) + 1j * rng.normal(size=(2, n, n))
    result = permanent_minors(matrices)
    for A, value, minors, e in zip(
        matrices, result.value, result.minors, result.log2_scale, strict=True
    ):
        assert abs(value * 2.0**e / _brute_permanent(A) - 1.0) < 1e-13
        for j, k in ((0, 0), (n - 1, 0), (n // 2, n - 1)):
            brute = _brute_permanent(np.delete(np.delete(A, j, axis=0), k, axis=1))
            assert abs(minors[j, k] * 2.0**e - brute) < 1e-13 * max(abs(brute), 1.0)


def test_scaling_rows_and_columns_far_beyond_float64_loses_nothing():
    rng = np.random.default_rng(3)
    A = rng.uniform(0.5, 1.0, (6, 6))
    rows, columns = rng.integers(-180, 180, (2, 6))
    scaled = permanent_minors(np.ldexp(A, rows[:, None] + columns))
    plain = permanent_minors(A)
    exponent = scaled.log2_scale - plain.log2_scale - rows.sum() - columns.sum()
    assert scaled.value * 2.0 ** float(exponent) == pytest.approx(plain.value, rel=1e-15)


def test_a_permanent_beyond_float64_is_refused():
    with pytest.raises(ValidityError, match="exceeds the range of float64"):
        permanent(np.full((4, 4), 1e100))


@pytest.mark.parametrize(("n", "num_space"), [(4, 1), (3, 2), (2, 3)])
def test_all_derivatives_are_those_of_the_sum_over_permutations(n, num_space):
    orbitals = _orbitals(n, 2, num_space)
    Q = np.random.default_rng(4).normal(size=(3, n * num_space))
    want = series_derivatives(_brute_log_psi(orbitals), Q, num_space)
    psi = Permanent(orbitals)
    _assert_same(derivatives(psi, Q, TIME, 3, num_space), want)
    second = psi.derivatives(Q, TIME, 2)
    np.testing.assert_allclose(second.second, want.second, rtol=1e-11)
    assert second.cm_gradient is None
    assert psi.derivatives(Q, TIME, 1).second is None
    assert np.all(np.asarray(second.condition) >= 1.0)


def test_seven_bosons_equal_the_sum_over_permutations():
    orbitals = _orbitals(7, 2, 1)
    q = np.random.default_rng(5).normal(size=7)
    want = series_derivatives(_brute_log_psi(orbitals), q[None]).log_psi[0]
    psi = Permanent(orbitals)
    assert abs(np.exp(psi.derivatives(q[None], TIME, 1).log_psi[0] - want) - 1.0) < 1e-12
    assert abs(np.exp(psi(jnp.asarray(q), TIME) - want) - 1.0) < 1e-12


def test_automatic_differentiation_of_the_traced_form_agrees():
    psi = Permanent(_orbitals(3, 2, 1, seed=6))
    Q = np.random.default_rng(6).normal(size=(2, 3))
    _assert_same(psi.derivatives(Q, TIME, 3), automatic_derivatives(psi, Q, TIME, 3))


def test_derivatives_work_inside_compiled_code():
    psi = Permanent(_orbitals(3, 1, 1))
    Q = np.random.default_rng(7).normal(size=(4, 3))
    compiled = jax.jit(lambda Q, t: psi.derivatives(Q, t, 2))(Q, TIME)
    np.testing.assert_allclose(compiled.second, psi.derivatives(Q, TIME, 2).second, rtol=1e-12)


def test_any_log_psi_serves_as_an_orbital():
    packets = _orbitals(3, 1, 1)
    plain = [lambda x, t, k=k: packets.orbital(k)(x, t) for k in range(3)]
    overlap = orbital_matrices(packets).overlap
    Q = np.random.default_rng(8).normal(size=(2, 3))
    got = Permanent(plain, overlap=overlap, mass=1.3, hbar=0.7).derivatives(Q, TIME, 3)
    _assert_same(got, Permanent(packets).derivatives(Q, TIME, 3), 1e-10)


def test_particles_far_from_all_but_one_orbital_do_not_underflow():
    packets = GaussianPacket(width=np.ones((20, 1, 1)), centre=40.0 * np.arange(20)[:, None, None])
    psi = Permanent(Superposition(packets, np.ones((20, 1))))
    away = psi.derivatives(np.zeros((1, 20)), 0.0, 1)
    # All particles sit in packet 0: the permanent is 20! times the product of all packets at 0.
    log_product = np.sum(-0.25 * np.log(2.0 * np.pi) - 0.25 * (40.0 * np.arange(20)) ** 2)
    want = log_product + 0.5 * np.sum(np.log(np.arange(1, 21)))
    assert away.log_psi[0] == pytest.approx(want, rel=1e-13)
    np.testing.assert_allclose(away.gradient, 0.5 * 40.0 * 9.5, rtol=1e-10)


def test_a_permanent_is_symmetric_and_a_sign_would_be_seen():
    psi = Permanent(_orbitals(4, 2, 1))
    q = np.random.default_rng(9).normal(size=4)
    Q = np.stack([q, q[[1, 0, 2, 3]]])
    value = np.exp(np.asarray(psi.derivatives(Q, TIME, 1).log_psi))
    assert abs(value[0] - value[1]) < 1e-13 * abs(value[0])
    assert abs(value[0] + value[1]) > abs(value[0])


def test_the_norm_is_one_for_overlapping_orbitals():
    psi = Permanent(_orbitals(2, 1, 1, spread=0.5))
    grid = np.linspace(-9.0, 9.0, 121)
    Q = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    density = np.exp(2.0 * np.real(np.asarray(psi.derivatives(Q, 0.0, 1).log_psi)))
    assert np.sum(density) * (grid[1] - grid[0]) ** 2 == pytest.approx(1.0, abs=1e-9)


def test_threads_and_batches_do_not_change_a_result(monkeypatch):
    psi = Permanent(_orbitals(8, 2, 1))
    Q = np.random.default_rng(10).normal(size=(70, 8))
    many = psi.derivatives(Q, TIME, 3)
    monkeypatch.setattr(module, "over_batch", lambda kernel, *a, **_: kernel(*a))
    one = psi.derivatives(Q[33:34], TIME, 3)
    np.testing.assert_allclose(many.cm_third[33], one.cm_third[0], rtol=1e-12)


def test_at_a_node_the_logarithm_is_minus_infinity():
    packets = GaussianPacket(width=np.ones((1, 2, 1)), centre=np.array([[[1.0], [-1.0]]]))
    psi = Permanent(Superposition(packets, np.array([[1.0, -1.0]])))
    assert np.isneginf(np.real(psi.derivatives(np.zeros((1, 1)), 0.0, 1).log_psi[0]))


def test_a_lost_configuration_is_nan_and_leaves_the_others_alone():
    psi = Permanent(_orbitals(4, 2, 1))
    Q = np.random.default_rng(11).normal(size=(2, 4))
    Q[0, 2] = np.nan
    got = psi.derivatives(Q, TIME, 1)
    assert np.isnan(complex(got.log_psi[0]).real)
    np.testing.assert_allclose(got.gradient[1], psi.derivatives(Q[1:], TIME, 1).gradient[0])


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match="1 to 24 distinct orbitals, not 25"):
        permanent(np.ones((25, 25)))
    with pytest.raises(ValueError, match=r"`A` must have shape \(N, N\)"):
        permanent(np.ones((2, 3)))
    with pytest.raises(ValueError, match="`A` must be finite"):
        permanent([[np.nan]])
    with pytest.raises(ValueError, match="1 to 24 distinct orbitals, not 30"):
        Permanent(_orbitals(30, 1, 1))
    with pytest.raises(ValueError, match="at most 12"):
        Permanent(_orbitals(13, 1, 1))(jnp.zeros(13), 0.0)
    with pytest.raises(ValueError, match="must have shape"):
        Permanent(_orbitals(3, 1, 1)).derivatives(np.zeros((1, 4)), 0.0, 1)
