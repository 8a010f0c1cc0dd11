"""Sums over pairs: every law and dimension, both signs, against plain sums and differences."""

import numpy as np
import pytest

import zitter  # noqa: F401
from zitter.kbody.bodies import bodies
from zitter.kbody.direct_sum import accelerations, body_potentials, mutual_energies
from zitter.kbody.newton import newton_paths
from zitter.system.potentials import CoulombPair, Harmonic, NewtonPair, SheetPair, UniformForce

RNG = np.random.default_rng(3)
CASES = [(3, "point", 0.0), (3, "point", 0.3), (2, "rod", 0.0), (2, "point", 0.1), (2, "rod", 0.2),
         (1, "sheet", 0.0), (1, "sheet", 0.4), (1, "point", 0.5)]  # fmt: skip
each_case = pytest.mark.parametrize(("D", "law", "softening"), CASES)


def sample(D, law, softening, K=40):
    system = bodies(
        RNG.uniform(0.5, 2.0, K),
        RNG.uniform(-1.5, 1.5, K),
        num_space=D,
        law=law,
        gravitational_constant=0.8,
        coulomb_constant=1.1,
        softening=softening,
    )
    return system, RNG.normal(size=(K, D))


def plain_energy(system, X):
    """Sum over pairs as it stands in a book."""
    i, j = np.triu_indices(len(X), 1)
    m, q = system.masses, system.charges
    coupling = system.gravitational_constant * m[i] * m[j]
    coupling = coupling - system.coulomb_constant * q[i] * q[j]
    r = np.sqrt(np.sum((X[i] - X[j]) ** 2, axis=1) + system.softening**2)
    shape = {"point": -1.0 / r, "rod": 2.0 * np.log(r), "sheet": 2.0 * np.pi * r}[system.law]
    return np.sum(coupling * shape)


@each_case
def test_the_potentials_of_the_bodies_add_up_to_the_energy_of_the_pairs(D, law, softening):
    system, X = sample(D, law, softening)
    assert np.sum(body_potentials(system, X)) == pytest.approx(plain_energy(system, X), rel=1e-12)


@each_case
def test_the_acceleration_is_the_slope_of_the_whole_energy(D, law, softening):
    system, X = sample(D, law, softening)
    A, h = accelerations(system, X), 1e-5
    for i in (0, 7, 39):
        for a in range(D):
            shift = np.zeros_like(X)
            shift[i, a] = h
            slope = (plain_energy(system, X + shift) - plain_energy(system, X - shift)) / (2.0 * h)
            assert -slope / system.masses[i] == pytest.approx(A[i, a], rel=1e-5, abs=1e-6)


@each_case
def test_forces_of_all_bodies_add_up_to_nothing(D, law, softening):
    system, X = sample(D, law, softening)
    forces = system.masses[:, None] * accelerations(system, X)
    assert np.max(np.abs(forces.sum(0))) < 1e-10 * np.max(np.abs(forces))


def test_energies_of_pairs_are_those_of_the_pair_potentials():
    r = np.array([0.3, -0.4, 1.2])
    X = np.array([r, np.zeros(3)])

    def value(pair):
        return float(pair(r, 0.0))

    heavy = bodies([1.4, 0.6], gravitational_constant=0.7, softening=0.2)
    assert mutual_energies(heavy, X)[0] == pytest.approx(value(NewtonPair(1.4, 0.6, 0.7, 0.2)))
    charged = bodies([1.4, 0.6], [0.5, -2.0], gravitational_constant=0.0, coulomb_constant=0.9)
    assert mutual_energies(charged, X)[1] == pytest.approx(value(CoulombPair(0.5, -2.0, 0.9)))
    sheets = bodies([1.4, 1.4], num_space=1, gravitational_constant=0.7)
    assert mutual_energies(sheets, X[:, :1])[0] == pytest.approx(
        float(SheetPair(1.4, 0.7)(r[:1], 0))
    )


def test_external_fields_act_on_mass_and_on_charge():
    system = bodies([2.0], [3.0], num_space=1, U_mass=Harmonic(0.5), U_charge=UniformForce(0.2))
    X = np.array([[1.5]])
    assert accelerations(system, X)[0, 0] == pytest.approx(-0.5 * 1.5 + 3.0 * 0.2 / 2.0)
    assert body_potentials(system, X)[0] == pytest.approx(2.0 * 0.25 * 1.5**2 - 3.0 * 0.2 * 1.5)


def test_sheets_at_one_place_do_not_act_on_each_other():
    system = bodies([1.0, 2.0, 4.0], num_space=1)
    X = np.array([[0.0], [0.0], [1.0]])
    assert accelerations(system, X)[:, 0] / (2.0 * np.pi) == pytest.approx([4.0, 4.0, -3.0])


@pytest.mark.parametrize("charged", [False, True])
def test_periodic_sheets_grow_or_oscillate_as_a_cold_lattice(charged):
    # E14: ξ'' = 4πGρ̄ ξ until sheets cross; a plasma of one kind, ξ'' = -ω² ξ.
    K, L = 64, 2.0
    q = L * (np.arange(K)[:, None] + 0.5) / K
    xi = 1e-3 * np.sin(2.0 * np.pi * q / L)
    charges, G = (np.full(K, 1.0 / K), 0.0) if charged else (np.zeros(K), 1.0)
    system = bodies(np.full(K, 1.0 / K), charges, num_space=1, gravitational_constant=G, period=L)
    motion = newton_paths(system, q + xi, 0.0 * q, [0.0, 0.3, 0.6], time_step=0.01,
                          method="yoshida6")  # fmt: skip
    rate = np.sqrt(4.0 * np.pi / L)
    growth = np.cos(rate * motion.times) if charged else np.cosh(rate * motion.times)
    assert motion.X - q == pytest.approx(growth[:, None, None] * xi, abs=1e-12)
    assert motion.energy_drift < 1e-12


def test_periodic_sheets_do_not_know_in_which_cell_they_are():
    rng = np.random.default_rng(0)
    system = bodies(rng.uniform(0.5, 1.0, 9), rng.normal(size=9), num_space=1, period=1.3)
    X = rng.uniform(0.0, 1.3, (9, 1))
    shifted = X + 1.3 * rng.integers(-3, 4, (9, 1)) + 0.4
    assert accelerations(system, shifted) == pytest.approx(accelerations(system, X), abs=1e-10)
    energies = [np.sum(body_potentials(system, Y)) for Y in (X, shifted)]
    assert energies[0] == pytest.approx(energies[1], rel=1e-10)
    h = 1e-6
    for i in (0, 5):
        shift = np.zeros_like(X)
        shift[i] = h
        up, down = (np.sum(body_potentials(system, X + s * shift)) for s in (1.0, -1.0))
        force = system.masses[i] * accelerations(system, X)[i, 0]
        assert force == pytest.approx((down - up) / (2.0 * h), rel=1e-6)


def test_many_bodies_need_no_memory_of_pairs():
    import tracemalloc

    K = 20_000
    system = bodies(np.ones(K), num_space=1)
    tracemalloc.start()
    accelerations(system, np.linspace(0.0, 1.0, K)[:, None])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300 * K


def test_bad_bodies_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="`masses` must be positive, but is -1"):
        bodies([1.0, -1.0])
    with pytest.raises(ValueError, match=r"with 1/\|x\| the bodies run into each other"):
        bodies([1.0, 1.0], num_space=1, law="point")
    with pytest.raises(ValueError, match="`law` must fit the dimension"):
        bodies([1.0], num_space=3, law="sheet")
    with pytest.raises(ValueError, match="Did you mean 'sheet'"):
        bodies([1.0], num_space=1, law="sheets")
    with pytest.raises(ValueError, match="`period` must be 0, or positive for the law of the"):
        bodies([1.0], period=1.0, softening=0.1)
    with pytest.raises(ValueError, match="`num_space` must be 1, 2 or 3"):
        bodies([1.0], num_space=4)
    with pytest.raises(ValueError, match="`softening` must not be negative"):
        bodies([1.0], softening=-0.1)
    with pytest.raises(ValueError, match=r"bodies 1 and 2 are both at"):
        accelerations(bodies(np.ones(3)), np.array([[0.0] * 3, [1.0] * 3, [1.0] * 3]))
    with pytest.raises(ValueError, match="`X` must have shape"):
        accelerations(bodies(np.ones(3)), np.zeros((3, 2)))
