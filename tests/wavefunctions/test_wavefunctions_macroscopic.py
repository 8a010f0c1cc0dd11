import jax.numpy as jnp
import numpy as np
import pytest

from truncated_series import orbital_matrix, series_derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.macroscopic import MacroscopicSuperposition, cat_state
from zitter.wavefunctions.overlaps import normalised


def _orbitals(num_orbitals, num_space, seed=0, **units):
    rng = np.random.default_rng(seed)
    shape = (num_orbitals, 2, num_space)
    packets = GaussianPacket(
        rng.uniform(0.7, 1.3, shape), rng.normal(0, 1, shape), rng.normal(0, 1, shape), **units
    )
    real, imaginary = rng.normal(size=(2, num_orbitals, 2))
    return Superposition(packets, real + 1j * imaginary)


def _left_right(distance=6.0, momentum=0.0):
    centre = np.array([-distance, distance]).reshape(2, 1, 1)
    packets = GaussianPacket(np.ones((2, 1, 1)), centre, -momentum * np.sign(centre))
    return Superposition(packets, np.ones((2, 1)))


def _assert_same(got, want):
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = np.asarray(getattr(got, name)), np.asarray(getattr(want, name))
        assert a.shape == b.shape
        assert np.max(np.abs(a - b)) < 1e-12 * np.max(np.abs(b)), name
    np.testing.assert_allclose(np.exp(got.log_psi - want.log_psi), 1.0, rtol=1e-12)


def test_derivatives_combine_as_cumulants_of_the_branches():
    pair, one = _orbitals(2, 1, 0), _orbitals(1, 1, 1)
    branches = [Product(pair), Product(one.orbital(0), 2)]
    psi = MacroscopicSuperposition(branches, [1.0, 0.5 - 2.0j])
    Q = np.random.default_rng(2).normal(0.0, 1.2, (3, 2))

    def log_psi(X):
        first, second = orbital_matrix(pair, X, 0.4), orbital_matrix(one, X, 0.4)
        each = first[..., np.arange(2), np.arange(2)].prod() * np.exp(branches[0].log_norm)
        same = second[..., np.arange(2), 0].prod() * np.exp(branches[1].log_norm)
        return (each + (0.5 - 2.0j) * same).log()

    got = psi.derivatives(Q, 0.4, 3)
    _assert_same(got, series_derivatives(log_psi, Q))
    assert np.all(np.asarray(got.condition) >= 1.0)


def test_one_particle_in_space_combines_like_a_superposition_of_packets():
    orbital = normalised(_orbitals(1, 3).orbital(0))
    branches = [Product(Superposition(p, [1.0])) for p in _single_packets(orbital.packets)]
    psi = MacroscopicSuperposition(branches, orbital.coefficients)
    Q = np.random.default_rng(2).normal(0.0, 1.2, (3, 3))
    _assert_same(psi.derivatives(Q, 0.4, 3), Product(orbital).derivatives(Q, 0.4, 3))


def _single_packets(packets):
    fields = ("width", "centre", "momentum")
    return [GaussianPacket(*(getattr(packets, f)[l : l + 1] for f in fields)) for l in range(2)]


def test_a_cat_moves_its_centre_of_mass_like_one_particle_of_mass_n():
    n, t, momentum = 8, 2.0, 2.0
    psi = cat_state(_left_right(4.0, momentum), n)
    packets = GaussianPacket(
        np.ones((2, 1)) / np.sqrt(n),
        np.array([[-4.0], [4.0]]),
        n * np.array([[momentum], [-momentum]]),
        mass=n,
    )
    one = Superposition(packets, np.ones(2))
    rng = np.random.default_rng(3)
    y = rng.normal(0.0, 1.0, n)
    y -= y.mean()
    x_cm = np.linspace(-0.6, 0.6, 5)
    got = psi.derivatives(x_cm[:, None] + y, t, 3)
    want = series_derivatives(lambda X: orbital_matrix(one, X, t)[..., 0, 0].log(), x_cm[:, None])
    total = np.asarray(got.gradient).sum(axis=1)
    np.testing.assert_allclose(total, want.gradient[:, 0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.cm_third[:, 0, 0], want.cm_third[:, 0, 0], rtol=1e-8, atol=1e-8)


def test_a_cat_is_normalised_whether_its_branches_overlap_or_not():
    x = np.linspace(-12.0, 12.0, 161)
    Q = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    for distance in (0.3, 4.0):
        psi = cat_state(_left_right(distance), 2, [1.0, 1.0j])
        density = np.exp(2.0 * np.real(psi.derivatives(Q, 0.0, 1).log_psi))
        assert abs(density.sum() * (x[1] - x[0]) ** 2 - 1.0) < 1e-10


def test_a_branch_that_underflows_leaves_the_other_alone():
    psi = cat_state(_left_right(60.0), 10)
    got = psi.derivatives(np.full((1, 10), -60.3), 0.0, 3)
    np.testing.assert_allclose(got.gradient[0], 0.15, rtol=1e-12)
    np.testing.assert_allclose(got.condition, 1.0, rtol=1e-12)


def test_a_vanishing_determinant_as_a_branch_does_not_spoil_the_sum():
    psi = MacroscopicSuperposition(
        [Determinant(_orbitals(2, 1, 0)), Product(_orbitals(2, 1, 1))], [1.0, 1.0]
    )
    got = psi.derivatives(jnp.array([[0.2, 0.2]]), 0.0, 2)
    assert np.all(np.isfinite(np.asarray(got.log_psi)))


def test_bad_input_is_answered_with_a_sentence():
    light, heavy = Product(_orbitals(2, 1, 0)), Product(_orbitals(2, 1, 0, mass=2.0))
    with pytest.raises(ValueError, match="share one mass"):
        MacroscopicSuperposition([light, heavy], [1.0, 1.0])
    with pytest.raises(ValueError, match="`coefficients` must have shape"):
        MacroscopicSuperposition([light], [1.0, 1.0])
    with pytest.raises(ValueError, match="must not all be zero"):
        MacroscopicSuperposition([light], [0.0])
    with pytest.raises(ValueError, match="must be a whole number"):
        MacroscopicSuperposition([], [])
