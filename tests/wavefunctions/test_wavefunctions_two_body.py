import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.wavefunctions.derivatives import automatic_derivatives
from zitter.wavefunctions.gaussian import GaussianPacket
from zitter.wavefunctions.schrodinger import values_on_grid
from zitter.wavefunctions.two_body import quadratic_coefficients, two_body_evolution

MASS, HBAR, KAPPA = 1.4, 0.8, 0.6
K, F = jnp.array([1.1, 0.7, -0.2]), jnp.array([0.3, 0.0, -0.4])
GRID = Grid((-9.0,) * 3, (9.0,) * 3, (48,) * 3)


def trap(x, t):
    return jnp.sum(0.5 * K * x**2 - F * x)


def spring(r, t):
    return 0.5 * KAPPA * jnp.sum(r**2)


def relative_packet():
    return GaussianPacket(
        [1.0, 0.9, 1.1], [0.6, 0.0, -0.3], [0.1, 0.5, 0.0],
        stiffness=0.5 * K + KAPPA, mass=0.5 * MASS, hbar=HBAR,
    )  # fmt: skip


def centre_packet():
    return GaussianPacket(
        [0.5] * 3, 0.4, [0.2, -0.1, 0.0], stiffness=2 * K, force=2 * F, mass=2 * MASS, hbar=HBAR
    )


def exact(q, t):
    return centre_packet()(0.5 * (q[:3] + q[3:]), t) + relative_packet()(q[:3] - q[3:], t)


@pytest.fixture(scope="module")
def evolved():
    phi0 = jnp.exp(values_on_grid(relative_packet(), GRID, 0.0))
    return two_body_evolution(
        phi0, GRID, trap, spring, np.linspace(0.0, 0.6, 7), mass=MASS, hbar=HBAR, cm_width=0.5,
        cm_centre=0.4, cm_momentum=[0.2, -0.1, 0.0], time_step=0.05, order=4,
    )  # fmt: skip


def test_two_particles_on_a_spring_in_three_dimensions_agree_with_the_closed_form(evolved):
    psi, evolution = evolved
    Q = np.random.default_rng(0).normal(size=(20, 6)) * 0.5
    seen, truth = psi.derivatives(Q, 0.45, 3), automatic_derivatives(exact, Q, 0.45, 3, 3)
    np.testing.assert_allclose(jnp.exp(seen.log_psi), jnp.exp(truth.log_psi), rtol=1e-3)
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = getattr(seen, name), getattr(truth, name)
        np.testing.assert_allclose(a, b, atol=3e-3, err_msg=name)
    np.testing.assert_allclose(evolution.norm, 1.0, atol=1e-10)
    assert (psi.num_particles, psi.num_space, float(psi.mass)) == (2, 3, MASS)


def test_the_value_at_one_configuration_is_the_same(evolved):
    psi, _ = evolved
    q = jnp.array([0.3, 0.1, -0.2, 0.5, 0.0, 0.1])
    np.testing.assert_allclose(psi(q, 0.3), psi.derivatives(q[None], 0.3).log_psi[0], rtol=1e-12)


def test_a_charged_pair_keeps_its_energy():
    grid = Grid((-7.0,) * 3, (7.0,) * 3, (32,) * 3)
    phi0 = jnp.exp(values_on_grid(GaussianPacket([0.8] * 3, [1.0, 0.0, 0.0]), grid, 0.0))

    def coulomb(r, t):
        return -1.0 / jnp.sqrt(jnp.sum(r**2) + 1.0)

    _, evolution = two_body_evolution(
        phi0, grid, None, coulomb, [0.0, *np.linspace(0.05, 0.3, 6)], time_step=0.025, order=4,
        derivative_order=1,
    )  # fmt: skip
    np.testing.assert_allclose(evolution.energy, evolution.energy[0], rtol=2e-3)


def test_the_coefficients_of_a_quadratic_potential_are_found():
    k, f = quadratic_coefficients(trap, GRID, [0.0, 1.0])
    np.testing.assert_allclose(k, K, atol=1e-12)
    np.testing.assert_allclose(f, F, atol=1e-12)


@pytest.mark.parametrize(
    "U_ext",
    [
        lambda x, t: trap(x, t) + 1e-3 * x[0] ** 3,
        lambda x, t: trap(x, t) + 0.1 * x[0] * x[1],
        lambda x, t: trap(x, t) * (1.0 + 0.1 * t),
        lambda x, t: trap(x, t) + 0.1 * t * x[2],
    ],
)
def test_an_external_potential_that_does_not_separate_is_refused(U_ext):
    with pytest.raises(ValidityError, match="at most quadratic"):
        quadratic_coefficients(U_ext, GRID, [0.0, 1.0])


def test_times_begin_at_zero():
    with pytest.raises(ValueError, match="must begin at 0"):
        two_body_evolution(jnp.zeros(GRID.num), GRID, None, None, [1.0, 2.0], time_step=0.1)
