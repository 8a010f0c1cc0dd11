import numpy as np
import pytest
from scipy.integrate import cumulative_simpson

import zitter  # noqa: F401  (float64 on before jax is imported)
from zitter.core.checks import ValidityError
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.quantiles import (
    position_cdf,
    quantile_map,
    quantile_map_of_densities,
)
from zitter.wavefunctions.gaussian import (
    GaussianPacket,
    Superposition,
    packet_state,
    packet_width,
)
from zitter.wavefunctions.identical import Product

TIMES = np.array([0.0, 0.7, 1.4, 3.0])


def orbital(**changes):
    facts = {"width": [[1.0], [0.8]], "centre": [[-3.0], [2.5]], "momentum": [[2.0], [-1.5]]}
    return Superposition(GaussianPacket(**{**facts, **changes}), [1.0, 0.7 + 0.4j])


@pytest.mark.parametrize("facts", [{}, {"stiffness": 0.7, "force": 0.3}, {"stiffness": -0.3}])
def test_the_map_equals_the_integrated_paths(facts):
    psi, x0 = orbital(**facts), np.linspace(-6.0, 5.0, 60)[:, None]
    paths = bohm_paths(psi, x0, TIMES, masses=1.0, rtol=1e-12, atol=1e-13)
    error = np.abs(quantile_map(psi, x0, TIMES) - paths.Q)
    assert np.quantile(error, 0.95) < 1e-9
    assert np.max(error) < 1e-8


def test_the_distribution_function_is_the_integral_of_the_density():
    psi, x = orbital(), np.linspace(-40.0, 40.0, 8001)
    for t in TIMES[:3]:
        rho = np.exp(2.0 * np.asarray(psi(x[:, None, None], t)).real.ravel())
        F = cumulative_simpson(rho, x=x, initial=0.0)
        np.testing.assert_allclose(position_cdf(psi, x, t), F / F[-1], atol=1e-8)


@pytest.mark.parametrize("distance", [0.0, 5.0, 12.0, 25.0])
def test_paths_in_the_tails_of_one_packet_scale_with_its_width(distance):
    packet = GaussianPacket([[0.8]], [[0.4]], [[1.1]])
    x0 = 0.4 + 0.8 * distance * np.array([-1.0, 1.0])
    x = quantile_map(Superposition(packet, [2.0]), x0, TIMES)
    for n, t in enumerate(TIMES):
        q, width = packet_state(packet, t).q[0], packet_width(packet, t)[0]
        np.testing.assert_allclose(x[n], q + (x0 - 0.4) * width / 0.8, rtol=1e-11)


def test_the_map_of_a_product_is_that_of_each_orbital():
    width = np.array([[[1.0], [0.8]], [[0.9], [1.1]], [[1.2], [1.0]]])
    packets = GaussianPacket(width, width * [[-3.0], [2.0]], [[2.0], [-2.0]])
    orbitals = Superposition(packets, [[1.0, 1.0], [1.0, -1j], [0.0, 1.0]])
    Q0 = np.random.default_rng(0).normal(0.0, 2.0, (5, 3))
    together = quantile_map(Product(orbitals), Q0, TIMES)
    for j in range(3):
        alone = quantile_map(orbitals.orbital(j), Q0[:, j], TIMES)
        np.testing.assert_array_equal(together[..., j], alone)
    condensate = quantile_map(Product(orbitals.orbital(0), 3), Q0, TIMES)
    np.testing.assert_allclose(condensate[..., 0], together[..., 0], rtol=1e-12)


def test_the_map_of_sampled_densities_converges_with_fourth_order():
    psi, x0 = orbital(), np.linspace(-5.0, 4.0, 15)
    exact = quantile_map(psi, x0, TIMES)
    errors = []
    for num in (401, 801):
        x = np.linspace(-20.0, 20.0, num)
        rho = [np.exp(2.0 * np.real([psi(y, t) for y in x[:, None]])) for t in TIMES[[0, 2]]]
        errors.append(np.max(np.abs(quantile_map_of_densities(x, rho, x0)[1] - exact[2])))
    assert errors[1] < 1e-4
    assert 8.0 < errors[0] / errors[1] < 40.0


def test_bad_input_is_refused_in_a_sentence():
    plane = Superposition(GaussianPacket(np.ones((2, 2))), [1.0, 1.0])
    with pytest.raises(ValueError, match="one space dimension"):
        quantile_map(plane, [0.0], TIMES)
    with pytest.raises(ValueError, match="`orbital` must be one superposition"):
        position_cdf(plane, [0.0], 0.0)
    with pytest.raises(ValueError, match="`Q0` must be finite"):
        quantile_map(orbital(), [np.inf], TIMES)
    with pytest.raises(ValueError, match="`Q0` must have shape"):
        quantile_map(Product(orbital(), 3), [[0.0]], TIMES)
    with pytest.raises(ValidityError, match="probability underflows"):
        quantile_map(orbital(), [1e4], TIMES)
    with pytest.raises(ValueError, match="`x` must hold at least 5 increasing positions"):
        quantile_map_of_densities([0.0, 1.0, 3.0, 4.0, 5.0], np.ones((2, 5)), [1.0])
    with pytest.raises(ValueError, match="`x0` must lie inside of `x`"):
        quantile_map_of_densities(np.arange(5.0), np.ones((2, 5)), [7.0])
    with pytest.raises(ValueError, match="`densities` must not be negative"):
        quantile_map_of_densities(np.arange(5.0), -np.ones((2, 5)), [2.0])
