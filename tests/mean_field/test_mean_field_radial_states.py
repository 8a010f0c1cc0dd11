"""Spherical stationary states of the Schroedinger-Newton and -Coulomb equations."""

import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.mean_field.radial_shooting import shooting_state
from zitter.mean_field.radial_states import radial_state

# Ground state energy of helium in the Hartree approximation (hartree), known to 12 digits.
HELIUM = -2.86167999561


@pytest.fixture(scope="module")
def states():
    return [radial_state(n) for n in range(4)]


@pytest.mark.parametrize("num_nodes", range(4))
def test_collocation_and_shooting_give_the_same_state(states, num_nodes):
    here, there = states[num_nodes], shooting_state(num_nodes)
    assert here.eigenvalue == pytest.approx(there.eigenvalue, rel=1e-9)
    assert here.amplitude(0.0) == pytest.approx(there.central_amplitude, rel=1e-9)


def test_the_ground_state_has_the_known_eigenvalue(states):
    assert states[0].eigenvalue == pytest.approx(-0.1627692078, abs=1e-10)


@pytest.mark.parametrize("num_nodes", range(4))
def test_the_virial_theorem_holds(states, num_nodes):
    s = states[num_nodes]
    assert s.kinetic == pytest.approx(-0.5 * s.self_energy, rel=1e-10)
    assert s.energy == pytest.approx(s.eigenvalue / 3.0, rel=1e-10)


def test_the_virial_theorem_fails_for_a_self_energy_counted_twice(states):
    assert states[0].kinetic != pytest.approx(-states[0].self_energy, rel=0.1)


def test_more_points_change_nothing():
    assert radial_state(1, num_points=130).eigenvalue == pytest.approx(
        radial_state(1).eigenvalue, rel=1e-10
    )


def test_the_residual_of_the_equation_vanishes_at_other_points(states):
    s = states[0]
    h, r = 0.02, np.linspace(0.5, 15.0, 30)
    u = [x * s.amplitude(x) for x in (r - 2 * h, r - h, r, r + h, r + 2 * h)]
    second = (-u[0] + 16 * u[1] - 30 * u[2] + 16 * u[3] - u[4]) / (12 * h * h)
    fine = np.linspace(0.0, s.r[-1], 100_001)
    rho = s.amplitude(fine) ** 2 * 4.0 * np.pi * fine
    inner = np.cumsum(rho * fine) * fine[1] / np.maximum(fine, 1e-9)
    outer = (np.sum(rho) - np.cumsum(rho)) * fine[1]
    field = np.interp(r, fine, -(inner + outer))
    residual = -0.5 * second + (field - s.eigenvalue) * u[2]
    assert np.max(np.abs(residual)) < 1e-4 * np.max(np.abs(u[2])) * abs(s.eigenvalue)


def test_repulsion_gives_the_hartree_energy_of_helium():
    s = radial_state(coupling=-1.0, U_ext=lambda r: -2.0 / r, extent=14.0, num_points=72)
    assert 2.0 * (s.eigenvalue - s.self_energy) == pytest.approx(HELIUM, abs=1e-9)
    assert s.external < 0.0 < s.self_energy


def test_without_coupling_a_trap_has_its_oscillator_states():
    for num_nodes in (0, 1):
        s = radial_state(num_nodes, coupling=0.0, U_ext=lambda r: 0.5 * r**2, extent=9.0)
        assert s.eigenvalue == pytest.approx(1.5 + 2.0 * num_nodes, rel=1e-10)


def test_repulsion_raises_and_attraction_lowers_the_state_of_a_trap():
    energies = [
        radial_state(coupling=k, U_ext=lambda r: 0.5 * r**2, extent=9.0).eigenvalue
        for k in (-2.0, 0.0, 2.0)
    ]
    assert energies[0] > energies[1] > energies[2]


def test_the_radius_of_mass_holds_its_share(states):
    s = states[0]
    r = np.linspace(0.0, s.radius_of_mass(0.99), 4001)
    share = np.trapezoid(4.0 * np.pi * r**2 * s.amplitude(r) ** 2, r)
    assert share == pytest.approx(0.99, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(coupling=-1.0), "nothing binds"),
        (dict(num_nodes=-1), "num_nodes"),
        (dict(mass=0.0), "mass"),
        (dict(U_ext=lambda r: r), "extent"),
        (dict(extent=6.0), "extent"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        radial_state(**arguments)


def test_bad_input_of_shooting_is_refused():
    with pytest.raises(ValueError, match="coupling"):
        shooting_state(coupling=-1.0)
    with pytest.raises(ValueError, match="num_nodes"):
        shooting_state(9)


def test_a_share_outside_of_its_range_is_refused(states):
    with pytest.raises(ValueError, match="share"):
        states[0].radius_of_mass(1.0)


def test_a_box_that_is_too_small_is_out_of_validity():
    with pytest.raises(ValidityError, match="extent"):
        radial_state(extent=8.0)
