import jax.numpy as jnp
import numpy as np
import pytest

from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.overlaps import normalised, orbital_matrices, orbital_norms


def _orbitals(num_space, seed=0, distance=1.5, **units):
    rng = np.random.default_rng(seed)
    shape = (2, 2, num_space)
    packets = GaussianPacket(
        rng.uniform(0.7, 1.2, shape),
        distance * rng.normal(size=shape),
        rng.normal(size=shape),
        0.3 * rng.normal(size=shape),
        **units,
    )
    return Superposition(packets, rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))


def _quadrature(orbitals, t, num=121, reach=13.0):
    """Overlap, x and x² matrices by the trapezoidal rule, spectrally accurate here."""
    axis = np.linspace(-reach, reach, num)
    num_space = orbitals.num_space
    x = np.stack(np.meshgrid(*[axis] * num_space, indexing="ij"), axis=-1).reshape(-1, num_space)
    log_phi = orbitals(jnp.asarray(x)[:, None, None, :], t)
    phi = np.exp(np.asarray(log_phi)) * (axis[1] - axis[0]) ** (0.5 * num_space)
    overlap = np.conj(phi).T @ phi
    powers = [
        [np.conj(phi).T @ (x[:, a : a + 1] ** n * phi) for a in range(num_space)] for n in (1, 2)
    ]
    return overlap, np.array(powers[0]), np.array(powers[1])


@pytest.mark.parametrize("num_space", [1, 2])
def test_matrices_equal_numerical_quadrature(num_space):
    orbitals = _orbitals(num_space, mass=1.3, hbar=0.7)
    for got, want in zip(orbital_matrices(orbitals, 0.8), _quadrature(orbitals, 0.8), strict=True):
        np.testing.assert_allclose(got, want, atol=1e-11 * np.max(np.abs(want)))


def test_overlaps_do_not_change_in_time_but_positions_do():
    orbitals = _orbitals(3, hbar=0.7)
    early, late = orbital_matrices(orbitals, 0.0), orbital_matrices(orbitals, 2.0)
    np.testing.assert_allclose(late.overlap, early.overlap, atol=1e-12)
    assert np.max(np.abs(late.position - early.position)) > 0.1


def test_packets_with_nothing_in_common_have_zero_overlap_and_keep_their_own_moments():
    packets = GaussianPacket(np.ones((2, 1, 2)), np.array([[[-300.0, 0.0]], [[300.0, 2.0]]]))
    matrices = orbital_matrices(Superposition(packets, np.ones((2, 1))))
    np.testing.assert_array_equal(matrices.overlap, np.eye(2))
    np.testing.assert_allclose(matrices.position[1], np.diag([0.0, 2.0]), atol=1e-14)
    np.testing.assert_allclose(matrices.position_squared[0], np.diag([90001.0, 90001.0]))


def test_normalised_orbitals_have_unit_norm_stacked_or_single():
    orbitals = _orbitals(2)
    diagonal = np.diagonal(np.asarray(orbital_matrices(orbitals).overlap)).real
    np.testing.assert_allclose(orbital_norms(orbitals), np.sqrt(diagonal), rtol=1e-12)
    np.testing.assert_allclose(orbital_norms(normalised(orbitals)), 1.0, rtol=1e-12)
    single = normalised(orbitals.orbital(1))
    np.testing.assert_allclose(single.coefficients, normalised(orbitals).coefficients[1])
    padded = Superposition(orbitals.packets, orbitals.coefficients.at[0, 1].set(0.0))
    np.testing.assert_allclose(orbital_norms(padded)[0], abs(padded.coefficients[0, 0]), rtol=1e-12)


def test_matrices_scale_with_the_unit_of_length():
    orbitals = _orbitals(2)
    p = orbitals.packets
    scaled = GaussianPacket(3.0 * p.width, 3.0 * p.centre, p.momentum / 3.0, p.chirp / 9.0)
    got = orbital_matrices(Superposition(scaled, orbitals.coefficients), 9.0 * 0.4)
    want = orbital_matrices(orbitals, 0.4)
    np.testing.assert_allclose(got.overlap, want.overlap, atol=1e-12)
    np.testing.assert_allclose(got.position, 3.0 * want.position, atol=1e-11)
    np.testing.assert_allclose(got.position_squared, 9.0 * want.position_squared, atol=1e-10)


def test_a_single_orbital_is_refused_by_the_matrices():
    with pytest.raises(ValueError, match="must be stacked"):
        orbital_matrices(_orbitals(1).orbital(0))
