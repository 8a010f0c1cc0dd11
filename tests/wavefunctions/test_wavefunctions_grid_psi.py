import jax.numpy as jnp
import numpy as np
import pytest

from truncated_series import orbital_matrix, series_derivatives
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.wavefunctions.derivatives import automatic_derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.schrodinger import GridPsi, psi_from_samples, values_on_grid

PLANE = Grid((-8.0, -8.0), (8.0, 8.0), (96, 96))
TIMES = np.linspace(0.0, 1.0, 21)
ENTANGLED = Superposition(
    GaussianPacket([0.8, 0.9], [[0.5, 0.2], [-0.5, 0.3]], [[0.7, -1.0], [-0.7, 0.6]]), [1.0, 0.8j]
)
Q = np.random.default_rng(0).normal(size=(40, 2)) * 0.7


def exact_derivatives(t):
    """Of the function that is sampled, for two particles on a line."""
    return series_derivatives(
        lambda X: orbital_matrix(ENTANGLED, X[..., None, :, 0], t)[..., 0, 0].log(), Q
    )


def frames(grid=PLANE, times=TIMES, psi=ENTANGLED):
    return jnp.stack([jnp.exp(values_on_grid(psi, grid, t)) for t in times])


@pytest.fixture(scope="module")
def grid_psi():
    return GridPsi(frames(), PLANE, TIMES, order=3)


def test_all_derivatives_agree_with_those_of_the_function_that_was_sampled(grid_psi):
    seen = grid_psi.derivatives(Q, 0.33, 3)
    exact = exact_derivatives(0.33)
    np.testing.assert_allclose(jnp.exp(seen.log_psi), jnp.exp(exact.log_psi), atol=1e-5)
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = getattr(seen, name), getattr(exact, name)
        np.testing.assert_allclose(a, b, atol=2e-4 * np.max(np.abs(b)), err_msg=name)


def test_the_phase_of_the_mean_energy_is_put_back(grid_psi):
    lifted = frames() * np.exp(-40j * TIMES)[:, None, None]
    seen = GridPsi(lifted, PLANE, TIMES, order=1).derivatives(Q, 0.33).log_psi
    plain = grid_psi.derivatives(Q, 0.33).log_psi
    np.testing.assert_allclose(np.exp(seen + 40j * 0.33), np.exp(plain), atol=1e-6)


def test_each_configuration_may_have_its_own_time(grid_psi):
    t = np.linspace(0.1, 0.9, len(Q))
    together = grid_psi.derivatives(Q, t, 2)
    alone = [grid_psi.derivatives(Q[i : i + 1], t[i], 2).second[0] for i in (0, 17, 39)]
    np.testing.assert_allclose(together.second[jnp.array([0, 17, 39])], jnp.stack(alone))


def test_the_function_can_be_differentiated_and_mapped(grid_psi):
    seen = automatic_derivatives(grid_psi, Q[:3], 0.33, 1)
    np.testing.assert_allclose(seen.gradient, grid_psi.derivatives(Q[:3], 0.33).gradient, atol=1e-3)
    np.testing.assert_allclose(seen.log_psi, grid_psi.derivatives(Q[:3], 0.33).log_psi)


def test_the_error_falls_with_the_sixth_power_of_the_spacing():
    errors = []
    for num in (48, 96):
        grid = Grid((-8.0, -8.0), (8.0, 8.0), (num, num))
        psi = GridPsi(frames(grid, [0.2]), grid, [0.2], order=1)
        exact = exact_derivatives(0.2)
        seen = psi.derivatives(Q, 0.2)
        errors.append(np.max(np.abs(np.exp(seen.log_psi) - np.exp(exact.log_psi))))
    assert abs(np.log2(errors[0] / errors[1]) - 6.0) < 0.7


def test_centre_of_mass_coordinates_differentiate_along_the_first_axis():
    psi = GridPsi(frames(times=[0.2]), PLANE, [0.2], order=3, centre_of_mass=[[1.0, 0.0]])
    # ∂₀∂₁ from the derivative along both axes, ∂₀ + ∂₁, and those along each.
    exact = exact_derivatives(0.2)
    second, along = np.real(exact.second), np.real(exact.cm_gradient[:, 0])
    want = np.stack([second[:, 0], along[:, 0] - second[:, 0]], axis=1)[:5]
    seen = psi.derivatives(Q[:5], 0.2, 3).cm_gradient[:, 0].real
    np.testing.assert_allclose(seen, want, atol=1e-3)


def test_a_file_of_samples_becomes_a_wavefunction(tmp_path):
    np.savez(tmp_path / "psi.npz", psi=frames(times=[0.0])[0], lower=[-8.0, -8.0], upper=[8.0, 8.0])
    psi = psi_from_samples(tmp_path / "psi.npz", mass=2.0, hbar=0.5)
    assert (psi.num_particles, float(psi.mass), float(psi.hbar)) == (2, 2.0, 0.5)
    exact = exact_derivatives(0.0)
    np.testing.assert_allclose(psi.derivatives(Q, 0.0, 2).second, exact.second, atol=1e-3)


def test_a_file_without_the_box_is_refused(tmp_path):
    np.savez(tmp_path / "psi.npz", psi=np.ones(16), lower=[0.0])
    with pytest.raises(ValueError, match="`upper` is missing; the file has psi, lower"):
        psi_from_samples(tmp_path / "psi.npz")


def test_outside_of_the_box_or_of_the_times_there_is_no_value(grid_psi):
    assert np.isnan(grid_psi(jnp.array([9.0, 0.0]), 0.3))
    assert np.isnan(grid_psi(jnp.array([0.0, 0.0]), 1.3))
    with pytest.raises(ValidityError, match="1 of the configurations"):
        grid_psi.derivatives(np.array([[9.0, 0.0]]), 0.3)
    with pytest.raises(ValidityError, match="stored times 0 to 1"):
        grid_psi.derivatives(Q, 1.3)


def test_frames_too_far_apart_are_refused():
    packet = GaussianPacket([0.5, 0.5], [0.0, 0.0], [0.0, 3.0])
    with pytest.raises(ValidityError, match="Store frames closer together"):
        GridPsi(frames(times=TIMES[::3], psi=packet), PLANE, TIMES[::3])
    with pytest.raises(ValidityError, match="at least 7"):
        GridPsi(frames(times=TIMES[:3]), PLANE, TIMES[:3])


@pytest.mark.parametrize("at", [0.06, 0.36, 0.62, 0.97])
def test_an_event_between_a_few_frames_is_refused_wherever_it_is(at):
    line, times = Grid((-8.0,), (8.0,), (64,)), np.linspace(0.0, 1.0, 101)
    x = line.axes[0]
    even, odd = np.exp(-0.5 * x**2), x * np.exp(-0.5 * x**2)
    turn = 20.0 * np.pi * (1.0 + np.tanh((times - at) / 0.003))
    with pytest.raises(ValidityError, match="Store frames closer together"):
        GridPsi(even + np.exp(-1j * turn)[:, None] * odd, line, times)


def test_more_than_the_memory_holds_is_refused(monkeypatch):
    monkeypatch.setattr("zitter.wavefunctions.grid_psi.LARGEST_SIZE", 2**20)
    with pytest.raises(ValidityError, match="Store fewer frames"):
        GridPsi(frames(times=[0.0]), PLANE, [0.0], order=3)


def test_bad_input_is_refused(grid_psi):
    with pytest.raises(ValueError, match="must divide"):
        GridPsi(frames(times=[0.0]), PLANE, [0.0], num_space=3)
    with pytest.raises(ValueError, match="`psi` must have shape"):
        GridPsi(frames(times=[0.0])[0], PLANE, [0.0])
    with pytest.raises(ValueError, match="`order` must be"):
        GridPsi(frames(times=[0.0]), PLANE, [0.0], order=1).derivatives(Q, 0.0, 2)
