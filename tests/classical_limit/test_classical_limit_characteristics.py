"""(72) by characteristics: exact solutions, orders, and what is refused beyond a caustic."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

import exact
from classical_cases import landscape, problem, psi_error, state
from zitter.classical_limit._branches import Lattice, branches, folded_cells
from zitter.classical_limit.characteristics import by_characteristics, classical_streams
from zitter.classical_limit.classical_schrodinger import solve_classical_schrodinger
from zitter.classical_limit.hamilton_jacobi import ClassicalState
from zitter.classical_limit.lambda_family import by_linear_limit
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.system.potentials import GaussianWell

PACKET = exact.Packet(1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, -2.0)
CASES = {
    "free": (landscape(), exact.free, 2.0),
    "U = 2x": (landscape(force=2.0), exact.falling, 2.0),
    "U = x²/2": (landscape(stiffness=1.0), exact.trapped, 1.2),
}
TWO = dict(centres=(-6.0, 6.0), weights=np.sqrt([0.5, 0.5]), split=-2.0)


def exact_psi(solution, g, x, t):
    R, S = exact.classical_packet(solution, g, x, t)
    return np.asarray(R * jnp.exp(1j * S / g.hbar))


def pendulum_psi(x, t):
    """ψ at rest in U = cos x: the label of each x by bisection, J by differences of order 8."""
    period = 2.0 * np.pi * np.floor(x / (2.0 * np.pi))
    low, high = period + 1e-9, period + 2.0 * np.pi - 1e-9
    for _ in range(60):
        middle = 0.5 * (low + high)
        beyond = exact.pendulum(middle, t)[0] > x
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    q = 0.5 * (low + high)
    weights = np.array([3, -32, 168, -672, 0, 672, -168, 32, -3]) / 840.0
    h = 0.2 * np.minimum(0.1, np.minimum(q - period, period + 2.0 * np.pi - q))
    ends = [exact.pendulum(q + s * h, t)[0] for s in range(-4, 5)]
    J = np.tensordot(weights, ends, 1) / h
    R = (2.0 * np.pi) ** -0.25 * np.exp(-0.25 * q**2) / np.sqrt(J)
    return R * np.exp(1j * exact.pendulum(q, t)[2])


@pytest.mark.parametrize("name", CASES)
def test_forty_steps_give_psi_to_a_millionth(name):
    U, solution, t = CASES[name]
    this = problem(U, [0.0, t], momentum=1.0)
    found = by_characteristics(this, num_steps=40)
    want = exact_psi(solution, PACKET, this.grid.axes[0], t)
    assert psi_error(found, want, this.grid) < 1e-9
    assert found.status == ("ok", "ok")
    np.testing.assert_allclose(found.energy, found.energy[0], rtol=1e-8)


def test_forty_steps_in_a_cosine_agree_with_elliptic_functions_to_a_millionth():
    this = problem(landscape(cosine=1.0), [0.0, 1.0], num=255)
    x = this.grid.axes[0]
    found = by_characteristics(this, num_steps=40)
    assert psi_error(found, pendulum_psi(x, 1.0), this.grid) < 1e-7
    other = problem(landscape(cosine=-1.0), [0.0, 1.0], num=255)
    assert psi_error(by_characteristics(other), pendulum_psi(x, 1.0), this.grid) > 0.1


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_the_order_in_the_step_is_4_in_any_dimension(axes):
    counts = [24, 48, 72] if axes == 1 else [24, 48]
    num = {1: 256, 2: 24, 3: 12}[axes]
    errors = []
    for steps in counts:
        this = problem(
            landscape(stiffness=-1.0), [0.0, 1.0], num=num, half=11.0, axes=axes, width=1.2
        )
        found = by_characteristics(this, num_steps=steps)
        g = PACKET._replace(momentum=0.0, width=1.2)
        one = exact_psi(exact.repelled, g, this.grid.axes[0], 1.0)
        want = one
        for _ in range(axes - 1):
            want = want[..., None] * one
        errors.append(psi_error(found, want, this.grid))
    assert abs(convergence_order(1.0 / np.array(counts), errors) - 4.0) < 0.1


def test_the_order_in_the_label_spacing_is_4():
    counts, errors = [149, 255], []
    this = problem(landscape(cosine=1.0), [0.0, 1.0], num=255)
    want = pendulum_psi(this.grid.axes[0], 1.0)
    for n in counts:
        found = by_characteristics(this, num_steps=160, num_labels=n, num_newton=0)
        errors.append(psi_error(found, want, this.grid))
    assert abs(convergence_order(1.0 / (np.array(counts) - 1.0), errors) - 4.0) < 0.1


@pytest.mark.parametrize(("axes", "counts"), [(1, (81, 161)), (2, (81, 161)), (3, (33, 65))])
def test_labels_are_found_with_order_4_in_any_dimension(axes, counts):
    errors = []
    points = np.random.default_rng(axes).uniform(-1.5, 1.5, size=(60, axes))
    for n in counts:
        lattice = Lattice(np.full(axes, -2.5), np.full(axes, 5.0 / (n - 1)), (n,) * axes)
        q = lattice.labels
        X, J = q + 0.3 * np.sin(q + q[:, ::-1]), np.tile(np.eye(axes), (len(q), 1, 1))
        bend = 0.3 * np.cos(q + q[:, ::-1])
        for a in range(axes):
            J[:, a, a] += bend[:, a]
            J[:, a, axes - 1 - a] += bend[:, a]
        found = branches(lattice, X, J, points)
        assert np.array_equal(found.point, np.arange(len(points)))
        z = found.label
        errors.append(np.sqrt(np.mean((z + 0.3 * np.sin(z + z[:, ::-1]) - points) ** 2)))
    steps = 1.0 / (np.array(counts) - 1.0)
    assert abs(convergence_order(steps, errors) - 4.0) < 0.1


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_folded_map_gives_every_branch(axes):
    n = {1: 201, 2: 61, 3: 21}[axes]
    lattice = Lattice(np.full(axes, -3.0), np.full(axes, 6.0 / (n - 1)), (n,) * axes)
    q = lattice.labels
    X, J = q.copy(), np.tile(np.eye(axes), (len(q), 1, 1))
    X[:, 0] -= 1.8 * np.sin(q[:, 0])
    J[:, 0, 0] -= 1.8 * np.cos(q[:, 0])
    points = np.zeros((2, axes))
    points[1, 0] = 1.7
    found = branches(lattice, X, J, points)
    assert list(np.bincount(found.point)) == [3, 1]
    assert folded_cells(lattice, X)
    assert not folded_cells(lattice, q)


def test_a_node_moves_along_as_an_ordinary_point():
    this = problem(landscape(stiffness=1.0), [0.0, 1.0], num=256, half=11.0, odd=1.0)
    x, c = this.grid.axes[0], np.cos(1.0)
    q = x / c
    want = (2.0 * np.pi) ** -0.25 * q * np.exp(-0.25 * q**2) / np.sqrt(c)
    want = want * np.exp(-0.5j * x**2 * np.tan(1.0))
    assert psi_error(by_characteristics(this), want, this.grid) < 1e-8


def test_a_potential_of_the_library_in_two_dimensions_keeps_the_energy_and_the_norm():
    grid = Grid([-6.0, -6.0], [6.0, 6.0], [24, 24])
    well = GaussianWell(depth=1.0, width=[2.0, 3.0])
    this = ClassicalProblem(state(width=0.6, momentum=0.4), well, grid, [0.0, 0.8], 1.3)
    found = by_characteristics(this)
    assert abs(float(grid.integrate(found.density[-1])) - 1.0) < 1e-5
    np.testing.assert_allclose(found.energy, found.energy[0], rtol=1e-8)


def test_no_psi_is_given_beyond_the_focus_of_the_trap():
    this = problem(landscape(stiffness=1.0), [0.0, 1.5, 1.6, 2.5], momentum=1.0)
    found = by_characteristics(this)
    assert found.status == ("ok", "ok", "caustic", "caustic")
    assert abs(found.survey.caustic.time - 0.5 * np.pi) < 1e-9
    np.testing.assert_allclose(found.survey.caustic.place, [1.0], atol=1e-8)
    assert np.all(np.isfinite(found.psi(1)))
    for index in (2, 3):
        assert not np.any(np.isfinite(found.unchecked_psi[index]))
        with pytest.raises(ValidityError, match=r"first caustic is at t = 1\.5708"):
            found.psi(index)
    # One stream again, all of it through the focus: the tangent map remembers.
    assert found.survey.minority_mass[-1] == 0.0
    assert abs(found.survey.folded_mass[-1] - 1.0) < 1e-12
    want = np.abs(exact_psi(exact.trapped, PACKET, this.grid.axes[0], 2.5)) ** 2
    assert np.max(np.abs(found.density[-1] - want)) < 1e-8


def test_two_packets_that_have_passed_through_each_other_are_not_forgotten():
    this = problem(landscape(), [0.0, 1.0, 3.0, 6.5], half=24.0, **TWO)
    found = by_characteristics(this)
    assert found.status == ("ok", "caustic", "caustic", "caustic")
    np.testing.assert_allclose(found.survey.minority_mass[2], 0.5, atol=2e-3)
    assert found.survey.minority_mass[-1] < 1e-3
    assert found.survey.crossed_mass[-1] > 0.4


def test_all_streams_of_two_packets_add_up_to_two_packets():
    this = problem(landscape(), [0.0, 3.0], half=24.0, **TWO)
    x, found = this.grid.axes[0], classical_streams(this)
    want = [np.exp(-0.5 * (x - c) ** 2) / np.sqrt(2.0 * np.pi) for c in (0.0, 0.0)]
    share = np.sum(np.abs(found.total - 0.5 * sum(want))) * this.grid.cell_volume
    assert share < 1e-3
    assert np.max(found.num_streams) == 3
    assert set(np.round(found.momentum[found.density > 0.01, 0], 6)) == {-2.0, 2.0}


def test_the_minority_of_two_packets_follows_the_error_function():
    times = np.array([1.0, 1.5, 2.0, 2.5])
    this = problem(landscape(), [0.0, *times], half=24.0, **TWO)
    found = by_characteristics(this, num_newton=0)
    want = 0.5 * special.erfc((6.0 - 2.0 * times) / np.sqrt(2.0))
    np.testing.assert_allclose(found.survey.minority_mass[1:], want, rtol=0.2)


def test_a_caustic_in_the_tail_leaves_psi_to_the_densest_stream():
    this = problem(landscape(quartic=0.125), [0.0, 0.25], half=9.0)
    found = by_characteristics(this)
    assert found.status == ("ok", "caustic-in-tail")
    assert 0.0 < found.survey.crossed_mass[-1] < 1e-6
    assert np.all(np.isfinite(found.psi()))
    strict = by_characteristics(this, tail_tolerance=0.0)
    assert strict.status == ("ok", "caustic")


def test_a_box_that_is_too_small_is_refused():
    with pytest.raises(ValidityError, match="at the ends of the box at t = 0"):
        problem(landscape(), [0.0, 1.0], half=3.0)
    with pytest.raises(ValidityError, match=r"left the box at t = 9 .* Use a larger box"):
        by_characteristics(problem(landscape(), [0.0, 9.0], momentum=2.0))


def test_a_packet_that_becomes_too_narrow_for_the_grid_is_refused():
    this = problem(landscape(stiffness=1.0), [0.0, 1.54], momentum=1.0)
    with pytest.raises(ValidityError, match="too narrow for it"):
        by_characteristics(this)


def test_labels_that_do_not_resolve_the_phase_are_refused():
    rough = state(sine=0.4)
    fast = ClassicalState(rough.amplitude, lambda x: rough.phase(40.0 * x))
    this = ClassicalProblem(fast, landscape(), Grid([-14.0], [14.0], [256]), [0.0, 1.0])
    with pytest.raises(ValidityError, match="labels do not resolve the rays"):
        by_characteristics(this)


def test_steps_that_do_not_resolve_the_motion_are_refused():
    this = problem(landscape(stiffness=400.0), [0.0, 4.0], half=9.0, width=0.5)
    with pytest.raises(ValidityError, match=r"Rays turn by up to 1.7 rad .* num_steps >= 134"):
        by_characteristics(this)
    assert by_characteristics(this, num_steps=134).status[-1] == "caustic"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(times=[1.0]), "`times` must hold at least two"),
        (dict(hbar=0.0), "`hbar` must be positive"),
        (dict(hbar=[1.0, 2.0]), "`hbar` must have shape"),
        (dict(mass="1"), "`mass` must be made of real numbers"),
        (dict(state=None), "`state` must be a ClassicalState"),
        (dict(state=lambda x, t: -jnp.sum(x**2)), "`state` must be a ClassicalState"),
        (dict(grid=None), "`grid` must be a Grid"),
        (dict(potential=lambda x, t: 0.5 * x**2), "must have shape"),
        (dict(mass=[1.0, 2.0]), "`mass` must have shape"),
        (dict(potential=lambda x, t: 1.0 / (x[0] - x[0])), "`potential` must be finite"),
        (dict(state=state(weights=[0.0])), "positive norm"),
    ],
)
def test_bad_problems_are_refused(change, message):
    good = dict(state=state(), potential=landscape(), grid=Grid([-9.0], [9.0], [64]))
    with pytest.raises(ValueError, match=message):
        ClassicalProblem(**(good | dict(times=[0.0, 1.0]) | change))


SMALL = problem(landscape(), [0.0, 0.5], num=64)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        *[(dict(tail_tolerance=v), "tail_tolerance") for v in (np.nan, -1.0, 2.0)],
        *[(dict(num_labels=v), "num_labels") for v in (0, -3, 64.5, True)],
        *[(dict(num_steps=v), "num_steps") for v in (0, -1, 2.5)],
        (dict(num_newton=-1), "num_newton"),
    ],
)
def test_bad_counts_and_tolerances_are_refused(arguments, name):
    with pytest.raises(ValueError, match=f"`{name}` must"):
        by_characteristics(SMALL, **arguments)


def test_times_and_methods_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="`index` must"):
        by_characteristics(SMALL, num_newton=0).psi(7)
    with pytest.raises(ValueError, match="`index` must"):
        classical_streams(SMALL, 5)
    with pytest.raises(ValueError, match="`method` must be one of"):
        solve_classical_schrodinger(SMALL, 3)
    with pytest.raises(ValueError, match="`ratios` must hold"):
        by_linear_limit(SMALL, ratios=("a", "b"))


def test_few_steps_lose_nothing_against_those_that_the_rays_take_anyway():
    this = problem(landscape(cosine=1.0), [0.0, 1.0], num=255)
    want = pendulum_psi(this.grid.axes[0], 1.0)
    few, more = (psi_error(by_characteristics(this, num_steps=n), want, this.grid) for n in (3, 24))
    assert abs(few / more - 1.0) < 1e-6


def shaken(x, t):
    return 500.0 * x[0] * jnp.sin(260.0 * t)


def test_a_potential_that_is_too_fast_for_the_steps_is_refused():
    this = ClassicalProblem(state(), shaken, Grid([-14.0], [14.0], [256]), [0.0, 1.0])
    with pytest.raises(ValidityError, match="do not resolve how U changes with time"):
        by_characteristics(this)
    found, x = by_characteristics(this, num_steps=640), this.grid.axes[0]
    want = -500.0 / 260.0 + 500.0 * np.sin(260.0) / 260.0**2
    assert abs(np.sum(x * found.density[-1]) / np.sum(found.density[-1]) - want) < 1e-4
