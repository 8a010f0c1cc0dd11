"""The states that the claims draw, against the package and against quadrature."""

import jax.numpy as jnp
import numpy as np
import pytest

from zitter.claims.section2.correlated_states import (
    bound_ratio,
    draw_bosons,
    draw_bound_body,
    draw_fermi_sea,
    oscillator_ratio,
)
from zitter.claims.section2.densities import smooth_densities
from zitter.claims.section2.fermion_chain import FermionChain
from zitter.claims.section2.fringe_states import (
    COLLISION,
    FRINGES,
    distinguishable_orbitals,
    superposed_bodies,
)
from zitter.claims.section2.product_forces import forces_at
from zitter.claims.section2.second_route import second_route
from zitter.claims.section2.two_mode_bosons import FockFringes
from zitter.claims.section2.vortex_pair import NODE, draw_pair, pair_forces
from zitter.core.statistics import ks_test
from zitter.forces.centre_of_mass import forces
from zitter.forces.moments import width_ratio
from zitter.wavefunctions.derivatives import automatic_derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.macroscopic import MacroscopicSuperposition
from zitter.wavefunctions.occupation import OccupationState

each_density = pytest.mark.parametrize("density", smooth_densities(), ids=lambda d: d.name)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def _package_forces(psi, x, time):
    F = forces(psi, jnp.asarray(x), time, None, mass=1.0)
    return np.asarray(F.F_cm)[:, 0], np.asarray(F.F_rel)[:, 0]


def _packets(width, centre, momentum):
    fields = (np.asarray(field)[..., None] for field in (width, centre, momentum))
    return GaussianPacket(*fields)


@each_density
def test_each_slope_is_the_derivative_of_the_one_before(density):
    x, h = np.linspace(-2.5, 2.5, 21), 1e-4
    above, below, here = (density.slopes(x + s) for s in (h, -h, 0.0))
    for k in (0, 1):
        assert np.allclose((above[k] - below[k]) / (2.0 * h), here[k + 1], atol=1e-6)


@each_density
def test_draws_of_a_density_have_its_variance_and_its_information(density, rng):
    x = density.sample(rng, 200_000)
    l, l1, _ = density.slopes(x)
    for values, exact in (
        (x**2, density.variance),
        (4.0 * l**2, density.fisher_information),
        (-2.0 * l1, density.fisher_information),
    ):
        assert abs(values.mean() - exact) < 4.5 * values.std() / np.sqrt(x.size) + 1e-9


def test_sums_over_particles_agree_with_differences_of_the_joint_amplitude():
    assert float(second_route(0).max()) < 1e-8


def test_products_in_fringes_have_the_forces_of_the_package(rng):
    orbitals = distinguishable_orbitals(3, rng)
    x = orbitals.sample(rng, 6, 3)
    rng = np.random.default_rng(0)
    width = rng.uniform(0.7, 1.3, (3, 2))
    centre = rng.uniform(2.5, 3.5, (3, 1)) * [-1.0, 1.0]
    momentum = rng.uniform(1.5, 2.5, (3, 1)) * [1.0, -1.0]
    psi = Product(Superposition(_packets(width, centre, momentum), np.ones((3, 2))))
    F_cm, F_rel = _package_forces(psi, x, FRINGES)
    here = forces_at(orbitals, x)
    assert np.allclose(here.F_cm, F_cm, rtol=1e-8)
    assert np.allclose(here.F_rel, F_rel, rtol=1e-8)


def test_bosons_in_two_packets_have_the_forces_of_the_package(rng):
    state = FockFringes()
    x = state.draw(4, 6, rng)
    packets = _packets([[1.0], [0.8]], [[-3.0], [3.0]], [[2.0], [-2.0]])
    psi = OccupationState(Superposition(packets, np.ones((2, 1))), (2, 2))
    for here, there in zip(state.forces(x), _package_forces(psi, x, FRINGES), strict=True):
        assert np.allclose(here, there, rtol=1e-8, atol=1e-9)


def test_fermions_have_the_forces_of_the_package(rng):
    chain = FermionChain(4, rng)
    x = chain.draw(6, rng)
    fields = (field[:, None] for field in (chain.width, chain.centre, chain.p))
    psi = Determinant(Superposition(_packets(*fields), np.ones((4, 1))))
    for here, there in zip(chain.forces(x), _package_forces(psi, x, 1.0), strict=True):
        assert np.allclose(here, there, rtol=1e-8, atol=1e-10)


def test_superposed_bodies_have_the_force_of_the_package_and_none_from_relative_motion(rng):
    orbitals = [
        Superposition(_packets([1.0], [c], [p]), [1.0]) for c, p in ((-3.0, 2.0), (3.0, -2.0))
    ]
    psi = MacroscopicSuperposition([Product(phi, num_particles=4) for phi in orbitals], [1.0, 0.6])
    x = rng.normal(0.0, 1.2, (6, 4))
    F_cm, F_rel = _package_forces(psi, x, COLLISION)
    l, l1, l2 = superposed_bodies(4, 0.6).orbital.slopes(x.mean(axis=1, keepdims=True))
    assert np.allclose((2.0 * l * l1 + l2)[:, 0] / 8.0, F_cm, rtol=1e-8)
    assert np.allclose(F_rel, 0.0, atol=1e-8 * np.abs(F_cm).max())


def test_two_bosons_with_vortices_have_the_forces_of_automatic_differentiation(rng):
    x = rng.normal(size=(6, 2))

    def log_psi(q, t):
        R, r = (q[0] + q[1]) / jnp.sqrt(2.0), (q[0] - q[1]) / jnp.sqrt(2.0)
        amplitude = R + 1j * (r**2 - NODE**2) / (2.0 * NODE)
        return jnp.log(amplitude) - 0.5 * (R**2 + r**2)

    points = np.stack([x.sum(axis=1), x[:, 0] - x[:, 1]], axis=1) / np.sqrt(2.0)
    for here, there in zip(pair_forces(points), _package_forces(log_psi, x, 0.0), strict=True):
        assert np.allclose(here, there, rtol=1e-8)


def test_draws_of_the_vortex_pair_have_its_second_moments(rng):
    squares = draw_pair(200_000, rng) ** 2
    exact = np.array([27.0 / 22.0, 15.0 / 22.0])
    error = squares.std(axis=0) / np.sqrt(len(squares))
    assert np.all(np.abs(squares.mean(axis=0) - exact) < 4.5 * error)


@pytest.mark.parametrize("fermions", [True, False], ids=["Fermi sea", "bosons"])
def test_trapped_particles_have_the_width_of_their_matrix_elements(fermions, rng):
    draw = draw_fermi_sea if fermions else draw_bosons
    ratio = width_ratio(draw(6, 20_000, rng))
    exact = oscillator_ratio(6, fermions)
    assert exact == pytest.approx(1 / 6 if fermions else 2.5)
    assert ratio == pytest.approx(exact, rel=0.06)


def test_one_drawn_boson_has_the_mean_density_of_its_orbitals(rng):
    x = draw_bosons(4, 20_000, rng)[:, -1]
    grid = np.linspace(-6.0, 6.0, 4001)
    density = 0.5 * (1.0 + 2.0 * grid**2) * np.exp(-(grid**2)) / np.sqrt(np.pi)
    cumulated = np.cumsum(density) * (grid[1] - grid[0])
    assert ks_test(x, lambda z: np.clip(np.interp(z, grid, cumulated), 0.0, 1.0)).p_value > 1e-4


@pytest.mark.parametrize("state", ["bosons", "fermions", "one orbital"])
def test_one_particle_has_the_marginal_density(state, rng):
    if state == "bosons":
        source = FockFringes()
        x = source.draw(4, 8000, rng)[:, -1]
    elif state == "fermions":
        source = FermionChain(3, rng)
        x = source.draw(8000, rng)
        x = x[np.arange(8000), rng.integers(3, size=8000)]
    else:
        source = distinguishable_orbitals(1, rng)
        x = source.sample(rng, 8000, 1)[:, 0]
    assert ks_test(x, source.marginal_cdf).p_value > 1e-4


def test_a_bound_body_has_the_width_of_its_normal_modes(rng):
    assert width_ratio(draw_bound_body(5, 40_000, rng, 0.7)) == pytest.approx(
        bound_ratio(5, 0.7), rel=0.04
    )


def test_an_excited_centre_of_mass_is_three_times_as_wide_in_the_square(rng):
    ground, excited = (
        draw_bound_body(5, 40_000, rng, excited=e).mean(axis=1).var() for e in (False, True)
    )
    assert excited / ground == pytest.approx(3.0, rel=0.06)


def test_a_packet_sum_has_the_logarithmic_jets_of_the_package(rng):
    orbital = distinguishable_orbitals(1, np.random.default_rng(1))
    source = np.random.default_rng(1)
    width = source.uniform(0.7, 1.3, 2)
    centre = source.uniform(2.5, 3.5, 1) * [-1.0, 1.0]
    momentum = source.uniform(1.5, 2.5, 1) * [1.0, -1.0]
    psi = Superposition(_packets(width, centre, momentum), [1.0, 1.0])
    x = rng.normal(size=(5, 1))
    d = automatic_derivatives(psi, jnp.asarray(x), FRINGES, 3)
    jets = orbital.log_jets(x)
    assert np.allclose(np.exp(jets.value), np.exp(d.log_psi)[:, None], rtol=1e-10)
    for here, there in ((jets.first, d.gradient), (jets.second, d.second)):
        assert np.allclose(here, there, rtol=1e-8)
    assert np.allclose(jets.third, np.asarray(d.cm_third)[:, :, 0], rtol=1e-6)
