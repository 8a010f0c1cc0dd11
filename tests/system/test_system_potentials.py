import inspect
import re

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.system import external_potentials, pair_potentials
from zitter.system.constants import unit_powers
from zitter.system.coordinates import centre_of_mass_gradient
from zitter.system.potentials import (
    CoulombPair,
    GaussianWell,
    Harmonic,
    HarmonicPair,
    NewtonPair,
    PointSource,
    Polynomial,
    Quartic,
    SheetPair,
    Sum,
    TimeDependent,
    UniformForce,
    coulomb_source,
    force,
    length_scale,
    newton_source,
    require_finite_potential,
    total_potential,
)

# One member a class: its parameters; the battery below runs over all of them.
EXTERNAL = {
    UniformForce: {"force": 1.3},
    Harmonic: {"stiffness": -0.7, "centre": 0.2},
    Quartic: {"coefficient": 0.4, "centre": -0.3},
    Polynomial: {"coefficients": [0.3, -1.0, 0.5, 0.2]},
    GaussianWell: {"depth": 2.0, "width": 0.8, "centre": 0.1},
    PointSource: {"strength": -1.1, "position": 2.5, "softening": 0.3},
    Sum: {"potentials": (Harmonic(2.0), UniformForce(0.3))},
    TimeDependent: {"potential": Harmonic(2.0), "envelope": lambda t: 1.0 + t**2},
}
PAIR = {
    HarmonicPair: {"stiffness": 1.7},
    NewtonPair: {"mass": 1.2, "other_mass": 0.7, "gravitational_constant": 0.9, "softening": 0.2},
    CoulombPair: {"charge": -1.0, "other_charge": 2.0, "coulomb_constant": 0.8, "softening": 0.0},
    SheetPair: {"mass": 1.1, "gravitational_constant": 0.6},
}
ALL = {**EXTERNAL, **PAIR}
TIME = 0.4


def dimensions(kind):
    return (1,) if kind is SheetPair else (1, 3)


CASES = [(kind, num_space) for kind in ALL for num_space in dimensions(kind)]


def position(num_space, seed=0):
    return jnp.asarray(np.random.default_rng(seed).uniform(0.4, 1.4, num_space))


def test_every_potential_is_in_the_battery():
    modules = (external_potentials, pair_potentials)
    kinds = {
        kind
        for module in modules
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, eqx.Module) and kind.__module__ == module.__name__
    }
    assert kinds == set(ALL)


@pytest.mark.parametrize(("kind", "num_space"), CASES)
def test_a_potential_is_a_real_number_and_its_force_a_vector(kind, num_space):
    U, x = kind(**ALL[kind]), position(num_space)
    assert U(x, TIME).shape == ()
    assert U(x, TIME).dtype == jnp.float64
    assert force(U, x, TIME).shape == (num_space,)


@pytest.mark.parametrize(("kind", "num_space"), CASES)
def test_a_batch_equals_the_loop(kind, num_space):
    U = kind(**ALL[kind])
    X = jnp.stack([position(num_space, seed) for seed in range(3)])
    batch = jax.vmap(lambda x: U(x, TIME))(X)
    np.testing.assert_allclose(batch, [U(x, TIME) for x in X], rtol=1e-14)


@pytest.mark.parametrize(("kind", "num_space"), CASES)
def test_the_force_is_minus_the_finite_difference_of_the_potential(kind, num_space):
    U, x, h = kind(**ALL[kind]), position(num_space), 1e-5
    slope = [(U(x + h * e, TIME) - U(x - h * e, TIME)) / (2 * h) for e in jnp.eye(num_space)]
    np.testing.assert_allclose(force(U, x, TIME), -np.array(slope), atol=3e-9)


@pytest.mark.parametrize(("kind", "num_space"), [case for case in CASES if case[0] in PAIR])
def test_pair_potentials_are_even_and_isotropic(kind, num_space):
    V, r = kind(**PAIR[kind]), position(num_space)
    along_axis = jnp.zeros(num_space).at[0].set(jnp.linalg.norm(r))
    assert V(-r, TIME) == V(r, TIME)
    np.testing.assert_allclose(V(along_axis, TIME), V(r, TIME), rtol=1e-14)


@pytest.mark.parametrize(("kind", "num_space"), [case for case in CASES if case[0] in PAIR])
def test_pair_forces_do_not_move_the_centre_of_mass(kind, num_space):
    V = kind(**PAIR[kind])
    X = jnp.asarray(np.random.default_rng(3).normal(size=(5, num_space)))
    gradient = jax.grad(lambda X: total_potential(None, V, X, TIME))(X)
    split = centre_of_mass_gradient(gradient)
    assert jnp.max(jnp.abs(split.x_cm)) < 1e-12 * jnp.max(jnp.abs(gradient))
    assert jnp.max(jnp.abs(split.y)) > 1e-2


def test_an_external_potential_does_move_it():
    X = jnp.asarray(np.random.default_rng(3).normal(size=(5, 1)))
    gradient = jax.grad(lambda X: total_potential(Harmonic(1.0), None, X, TIME))(X)
    assert jnp.abs(centre_of_mass_gradient(gradient).x_cm[0]) > 1e-2


def test_only_an_even_pair_potential_ignores_the_order_of_the_particles():
    X = jnp.asarray(np.random.default_rng(3).normal(size=(4, 1)))
    even, uneven = HarmonicPair(1.0), lambda r, t: r[0]
    differences = [
        total_potential(None, V, X, TIME) - total_potential(None, V, X[::-1], TIME)
        for V in (even, uneven)
    ]
    assert abs(differences[0]) < 1e-13 < 1e-2 < abs(differences[1])


def units(kind):
    found = re.findall(r"^ +(\w+):.*?\[([^\]]+)\]\.", inspect.getdoc(kind), re.M | re.S)
    return {name: unit for name, unit in found if name in ALL[kind]}


LENGTH, DURATION, MASS = 2.0, 3.0, 5.0


def factor(unit):
    length, time, mass = unit_powers(unit)
    return LENGTH**length * DURATION**time * MASS**mass


@pytest.mark.parametrize(
    "kind", [kind for kind in ALL if kind not in (Polynomial, Sum, TimeDependent)]
)
def test_energies_scale_by_the_units_named_in_the_docstrings(kind):
    x = position(1)
    named = units(kind)
    assert set(named) == set(ALL[kind])
    rescaled = {name: value * factor(named[name]) for name, value in ALL[kind].items()}
    expected = factor("energy") * kind(**ALL[kind])(x, TIME)
    actual = kind(**rescaled)(LENGTH * x, DURATION * TIME)
    np.testing.assert_allclose(actual, expected, rtol=1e-13)


def test_the_coefficients_of_a_polynomial_scale_by_energy_over_length_to_their_power():
    c = np.array(EXTERNAL[Polynomial]["coefficients"])
    rescaled = c * factor("energy") / LENGTH ** np.arange(c.size)
    expected = factor("energy") * Polynomial(c)(position(1), TIME)
    np.testing.assert_allclose(Polynomial(rescaled)(LENGTH * position(1), TIME), expected)


def test_potentials_take_their_known_values():
    x = jnp.array([1.0, -2.0])
    assert UniformForce([3.0, 1.0])(x, 0.0) == pytest.approx(-1.0)
    assert Harmonic([2.0, -1.0], [0.0, 1.0])(x, 0.0) == pytest.approx(1.0 - 4.5)
    assert Quartic(0.5)(x, 0.0) == pytest.approx(8.5)
    assert Polynomial([[1.0, 2.0, 0.0], [0.0, 0.0, 3.0]])(x, 0.0) == pytest.approx(15.0)
    assert GaussianWell(2.0, 1.0)(x, 0.0) == pytest.approx(-2.0 * np.exp(-2.5))
    assert newton_source(2.0, 3.0, 0.0, 0.5)(x, 0.0) == pytest.approx(-3.0 / np.sqrt(5.0))
    assert coulomb_source(-1.0, 3.0, softening=2.0)(x, 0.0) == pytest.approx(-1.0)
    assert TimeDependent(Quartic(0.5), jnp.cos)(x, np.pi) == pytest.approx(-8.5)
    assert NewtonPair(2.0, gravitational_constant=0.5)(x, 0.0) == pytest.approx(-2.0 / np.sqrt(5.0))
    assert CoulombPair(-2.0)(x, 0.0) == pytest.approx(4.0 / np.sqrt(5.0))
    assert SheetPair(2.0)(x[1:], 0.0) == pytest.approx(16.0 * np.pi)


def test_newtonian_gravity_falls_with_the_square_of_the_distance():
    U = newton_source(2.0, 3.0, gravitational_constant=0.5)
    x = jnp.array([0.0, 0.0, 4.0])
    np.testing.assert_allclose(force(U, x, 0.0), [0.0, 0.0, -3.0 / 16.0], atol=1e-15)


def test_the_total_potential_counts_each_pair_once():
    X = jnp.array([[0.0], [1.0], [3.0]])
    total = total_potential(UniformForce(1.0), HarmonicPair(2.0), X, 0.0)
    assert total == pytest.approx(-4.0 + 1.0 + 4.0 + 9.0)
    double = sum(0.5 * HarmonicPair(2.0)(a - b, 0.0) for a in X for b in X)
    assert total + 4.0 == pytest.approx(double)
    assert total_potential(UniformForce(1.0), CoulombPair(1.0), X[1:2], 0.0) == pytest.approx(-1.0)


@pytest.mark.parametrize("num_space", [1, 3])
def test_newtons_length_scale_is_the_distance_over_root_six(num_space):
    x = position(num_space)
    expected = float(jnp.linalg.norm(x)) / np.sqrt(6.0)
    assert length_scale(newton_source(1.0, 1.0), x, 0.0) == pytest.approx(expected, rel=1e-12)
    assert length_scale(coulomb_source(1.0, 1.0), x, 0.0) == pytest.approx(expected, rel=1e-12)


def test_length_scales_of_polynomials():
    x = jnp.array([0.7])
    assert length_scale(Quartic(0.3), x, 0.0) == pytest.approx(0.7 / np.sqrt(6.0))
    assert jnp.isinf(length_scale(Harmonic(2.0), x, 0.0))
    centre, axis = jnp.zeros(3), jnp.array([0.0, 2.0, 0.0])
    assert jnp.isnan(length_scale(GaussianWell(1.0, 1.0), centre, 0.0))
    assert length_scale(GaussianWell(1.0, 1.0), axis, 0.0, axis) == pytest.approx(1.0, rel=1e-12)


def test_a_potential_of_ones_own_takes_five_lines():
    class Ramp(eqx.Module):
        slope: float

        def __call__(self, x, t):
            return self.slope * jnp.sum(x)

    X = jnp.ones((2, 3))
    np.testing.assert_allclose(force(Ramp(2.0), X[0], 0.0), -2.0 * np.ones(3))
    U = Sum([Ramp(2.0), lambda x, t: t * x[0]])
    assert total_potential(U, None, X, 3.0) == pytest.approx(18.0)


def test_parameters_can_be_differentiated_through():
    slope = jax.grad(lambda k: Harmonic(k)(jnp.array([2.0]), 0.0))(1.0)
    assert slope == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: UniformForce(np.nan), "`force` must be finite"),
        (lambda: Harmonic(1.0, [[0.0]]), "`centre` must have at most 1 axes"),
        (lambda: Harmonic(1.0j), "`stiffness` must be real"),
        (lambda: Harmonic([1.0, 2.0])(jnp.zeros(3), 0.0), "`stiffness` must have shape"),
        (lambda: Harmonic(1.0)(jnp.zeros((2, 1)), 0.0), "`x` must have shape"),
        (lambda: Polynomial(1.0), "must be a list"),
        (lambda: Polynomial([[1.0], [2.0]])(jnp.zeros(3), 0.0), "`x` must have shape"),
        (lambda: GaussianWell(1.0, -1.0), "`width` must be positive"),
        (lambda: PointSource(1.0, 0.0, -0.1), "`softening` must not be negative"),
        (lambda: newton_source(-1.0, 1.0), "`mass` must be positive"),
        (lambda: coulomb_source(np.inf, 1.0), "`strength` must be finite"),
        (lambda: Sum([]), "at least one"),
        (lambda: Sum([1.0]), "must be callable"),
        (lambda: TimeDependent(Harmonic(1.0), 2.0), "`envelope` must be callable"),
        (lambda: HarmonicPair([1.0, 2.0]), "`stiffness` must have at most 0 axes"),
        (lambda: NewtonPair(0.0), "`mass` must be positive"),
        (lambda: CoulombPair(np.nan), "`charge` must be finite"),
        (lambda: SheetPair(1.0)(jnp.zeros(3), 0.0), "`r` must have shape"),
        (lambda: force(Harmonic(1.0), jnp.zeros((2, 1)), 0.0), "`x` must have shape"),
        (lambda: total_potential(None, None, jnp.zeros(3), 0.0), "`X` must have shape"),
        (
            lambda: total_potential(None, NewtonPair(1.0), jnp.zeros((2, 3)), 0.0),
            "The total potential must be finite, but is -inf",
        ),
        (lambda: length_scale(Quartic(1.0), 0.0, 0.0), "`x` must have shape"),
        (
            lambda: length_scale(Quartic(1.0), [1.0], 0.0, jnp.ones(2)),
            "`direction` must have shape",
        ),
        (
            lambda: require_finite_potential("U", newton_source(1.0, 1.0), np.zeros((2, 3)), 0.0),
            "`U` must be finite, but is -inf at x = ",
        ),
    ],
)
def test_bad_input_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
