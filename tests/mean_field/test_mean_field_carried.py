"""Particles carried by the field of a Vlasov solution."""

import numpy as np
import pytest

from vlasov_cases import COUPLING, electrons, plasma, slab
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.kbody.bodies import bodies
from zitter.kbody.newton import newton_paths
from zitter.mean_field.carried import carried, field_at
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import evolve_vlasov

TIMES = np.array([0.0, 0.7, 2.0])
X0, V0 = np.array([[0.4], [-1.3], [2.2]]), np.array([[0.5], [0.0], [-0.8]])


@pytest.mark.parametrize(("order", "method"), [(2, "leapfrog"), (4, "yoshida4"), (6, "yoshida6")])
def test_they_take_the_steps_of_bodies_in_the_same_field(order, method):
    def U(x, t):
        return 0.3 * x[0] ** 2 * (1.0 + 0.2 * t)

    space = Grid((-9.0,), (9.0,), (64,))
    kind = species(lambda x, v: np.exp(-(x**2) - v**2), space, Grid((-7.0,), (7.0,), (64,)))
    field = SelfField(space, "isolated", U_mass=U)
    run = evolve_vlasov(kind, field, TIMES, time_step=0.3, order=order, keep_kicks=True,
                        edge_tolerance=1e-4)  # fmt: skip
    found = carried(run.kicks, X0, V0)
    system = bodies([1.0] * 3, num_space=1, gravitational_constant=0.0, U_mass=U)
    path = newton_paths(system, X0, V0, TIMES, time_step=0.3, method=method)
    np.testing.assert_allclose(found.X, path.X, atol=1e-11)
    np.testing.assert_allclose(found.V, path.V, atol=1e-11)


def test_in_a_slab_that_stays_they_keep_their_energy():
    kind, field = slab()
    run = evolve_vlasov(kind, field, [0.0, 3.0], time_step=0.05, order=4, keep_kicks=True)
    found = carried(run.kicks, X0, V0)

    def energy(x, v):
        return 0.5 * v**2 + 2.0 * np.log(np.cosh(x / np.sqrt(2.0)))

    np.testing.assert_allclose(energy(found.X[1], found.V[1]), energy(X0, V0), atol=1e-5)
    # The same field from bodies that are as many as the sheets of a fine comb.
    comb = np.sqrt(2.0) * np.arctanh(np.linspace(-1.0, 1.0, 4003)[1:-1])
    pull = 2.0 * np.pi * COUPLING * 2.0 * np.sqrt(2.0) / 4001
    a = field_at(run.kicks.fields[0][0, 0], field.space, "isolated", X0)
    expected = pull * np.sum(np.sign(comb - X0), axis=1, keepdims=True)
    np.testing.assert_allclose(a, expected, atol=1e-3)


def test_on_a_ring_the_field_is_periodic_and_the_paths_are_not_wrapped():
    run = evolve_vlasov(electrons(), plasma(), TIMES, time_step=0.1, keep_kicks=True)
    one = carried(run.kicks, X0, V0)
    other = carried(run.kicks, X0 + 8.0 * np.pi, V0)
    np.testing.assert_allclose(other.X - 8.0 * np.pi, one.X, atol=1e-11)


def test_the_field_between_the_points_is_of_eighth_order():
    errors = []
    for num in (16, 32):
        grid = Grid((0.0,) * 2, (4.0, 5.0), (num, num))
        x, y = np.ix_(*grid.axes)
        wave = np.sin(0.5 * np.pi * x) * np.cos(0.4 * np.pi * y)
        at = np.random.default_rng(0).uniform(-1.0, 7.0, (200, 2))
        found = field_at(np.array([wave, 2.0 * wave]), grid, "periodic", at)
        true = np.sin(0.5 * np.pi * at[:, 0]) * np.cos(0.4 * np.pi * at[:, 1])
        np.testing.assert_allclose(found[:, 1], 2.0 * found[:, 0])
        errors.append(np.sqrt(np.mean((found[:, 0] - true) ** 2)))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(8.0, abs=0.3)


def test_bad_particles_are_refused():
    kind, field = slab((128, 64))
    run = evolve_vlasov(kind, field, [0.0, 0.2], time_step=0.1, keep_kicks=True)
    with pytest.raises(ValueError, match="keep_kicks"):
        carried(evolve_vlasov(kind, field, [0.0, 0.2], time_step=0.1).kicks, X0, V0)
    with pytest.raises(ValueError, match="`V0` must have shape"):
        carried(run.kicks, X0, V0[:2])
    with pytest.raises(ValueError, match="species"):
        carried(run.kicks, X0, V0, species=1)
    with pytest.raises(ValidityError, match="left the box"):
        carried(run.kicks, X0 + 20.0, V0)
