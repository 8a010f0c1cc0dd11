import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import norm

from zitter.core.checks import ValidityError
from zitter.core.statistics import convergence_order, ks_test
from zitter.mean_field.probe import (
    ProbeExperiment,
    actual_source_paths,
    classical_mean_field_paths,
    draw_start,
    even_start,
    macroscopic,
    probe_force,
)

CAT = np.array([[1.0, 0.0], [-1.0, 0.0]])
ONE = dict(source_mass=1.0, probe_mass=1.0)
EXPERIMENT = ProbeExperiment(
    source_mass=10.0,
    probe_mass=1.5,
    half_separation=1.0,
    distance=0.8,
    source_width=0.1,
    probe_width=0.3,
    weight=0.5,
    gravitational_constant=0.2,
    hbar=0.7,
)
START = even_start(EXPERIMENT, 4, 3)
TIMES = np.array([0.0, 0.7, 1.6])


def test_the_mean_force_of_the_actual_positions_is_that_of_the_mean_field_but_not_its_spread():
    x = np.array([[0.0, 1.0]])
    mean_field = probe_force(x, CAT, [0.5, 0.5], **ONE)[0]
    actual = np.array([probe_force(x, [X], [1.0], **ONE)[0] for X in CAT])
    np.testing.assert_allclose(mean_field, [0.0, -0.353553390593], atol=1e-12)
    np.testing.assert_allclose(
        actual, [[0.353553390593, mean_field[1]]] * 2 * np.array([[1, 1], [-1, 1]]), atol=1e-12
    )
    np.testing.assert_allclose(np.mean(actual, axis=0), mean_field, atol=1e-14)
    np.testing.assert_allclose(np.std(actual, axis=0), [0.353553390593, 0.0], atol=1e-12)


@pytest.mark.parametrize(
    ("sources", "end"),
    [(CAT, [0.0, 2.806730401024]), (CAT[:1], [0.064644708173, 2.806065875481])],
)
def test_a_probe_falls_towards_the_middle_of_a_mean_field_and_aside_to_an_actual_source(
    sources, end
):
    weights = np.full(len(sources), 1.0 / len(sources))

    def rate(t, y):
        return [*y[2:], *probe_force(y[None, :2], sources, weights, **ONE)[0]]

    path = solve_ivp(rate, (0.0, 2.0), [0.0, 3.0, 0.0, 0.0], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(path.y[:2, -1], end, atol=1e-10)


def pull(Q):
    e = EXPERIMENT
    separation = Q[:, 1] - Q[:, 0]
    plane = np.stack([separation, np.full(len(Q), e.distance)], axis=1)
    return probe_force(
        plane,
        np.zeros((1, 2)),
        [1.0],
        source_mass=e.source_mass,
        probe_mass=e.probe_mass,
        gravitational_constant=e.gravitational_constant,
    )[:, 0]


def test_paths_with_an_actual_source_obey_newtons_law_for_the_pair():
    def rate(t, y):
        Q, v = y.reshape(2, -1, 2)
        force = pull(Q)
        return np.concatenate([v, np.stack([-force, force], axis=1) / EXPERIMENT.masses]).ravel()

    start = np.concatenate([START, np.zeros_like(START)]).ravel()
    exact = solve_ivp(rate, (0.0, 1.6), start, t_eval=TIMES, rtol=1e-11, atol=1e-12).y
    exact = np.moveaxis(exact, 1, 0).reshape(3, 2, -1, 2)[:, 0]
    np.testing.assert_allclose(actual_source_paths(EXPERIMENT, START, TIMES), exact, atol=1e-8)


@pytest.mark.parametrize("paths", [actual_source_paths, classical_mean_field_paths])
def test_classical_paths_are_of_fourth_order(paths):
    steps = np.array([16, 32, 64])
    ends = [paths(EXPERIMENT, START, [0.0, 1.6], num_steps=int(n))[-1] for n in (*steps, 512)]
    errors = [np.max(np.abs(end - ends[-1])) for end in ends[:-1]]
    np.testing.assert_allclose(convergence_order(1.0 / steps, errors), 4.0, atol=0.1)


def test_in_the_classical_mean_field_each_body_feels_the_mean_force_of_all_positions_of_the_other():
    h = 1e-3
    Q = classical_mean_field_paths(EXPERIMENT, START, [0.0, h], num_steps=1)[-1]
    seen = 2.0 * (Q - START) / h**2
    X, x = START.T
    every = np.array([[pull(np.array([[a, b]]))[0] for b in x] for a in X])
    forces = np.stack([-every.mean(axis=1), every.mean(axis=0)], axis=1)
    np.testing.assert_allclose(seen, forces / EXPERIMENT.masses, rtol=1e-4, atol=1e-5)
    alone = 2.0 * (actual_source_paths(EXPERIMENT, START, [0.0, h])[-1] - START) / h**2
    assert np.max(np.abs(alone - seen)) > 0.1


def test_momentum_is_conserved_by_every_actual_pair_but_only_on_average_by_the_mean_field():
    drift = {}
    for paths in (actual_source_paths, classical_mean_field_paths):
        Q = paths(EXPERIMENT, START, [0.0, 1.5, 1.6])
        momentum = np.diff(Q[1:], axis=0)[0] @ EXPERIMENT.masses
        drift[paths] = np.max(np.abs(momentum)), abs(np.mean(momentum))
    assert drift[actual_source_paths][0] < 1e-10
    assert drift[classical_mean_field_paths][1] < 1e-10
    assert drift[classical_mean_field_paths][0] > 1e-2


def test_classical_paths_do_not_depend_on_the_number_of_constituents_but_widths_do():
    many = macroscopic(EXPERIMENT, 9)
    np.testing.assert_allclose(
        actual_source_paths(many, START, TIMES),
        actual_source_paths(EXPERIMENT, START, TIMES),
        atol=1e-12,
    )
    centre = np.sign(START[:, :1]) * np.array([1.0, 0.0])
    offset = even_start(many, 4, 3) - centre
    np.testing.assert_allclose(3.0 * offset, START - centre, atol=1e-12)


def test_starts_follow_the_density_of_the_superposition():
    e = EXPERIMENT._replace(weight=0.3)
    X, x = draw_start(e, 20_000, np.random.default_rng(1)).T
    right = np.mean(X > 0.0)
    assert abs(right - 0.3) < 3.0 * np.sqrt(0.21 / len(X))
    assert abs(np.std(X[X > 0.0]) / e.source_width - 1.0) < 0.03
    assert ks_test(x, norm(0.0, e.probe_width).cdf).p_value > 0.01
    assert abs(np.corrcoef(X, x)[0, 1]) < 0.03
    even = even_start(e, 10, 400)
    assert np.sum(even[:, 0] > 0.0) == 1200
    np.testing.assert_allclose(np.std(even[:, 1]), e.probe_width, rtol=0.01)


def test_bad_experiments_are_refused():
    with pytest.raises(ValueError, match="`distance` must be positive"):
        draw_start(EXPERIMENT._replace(distance=-1.0), 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="`weight` must lie between"):
        even_start(EXPERIMENT._replace(weight=1.5), 2, 2)
    with pytest.raises(ValidityError, match="overlap"):
        even_start(EXPERIMENT._replace(source_width=0.5), 2, 2)
    with pytest.raises(ValueError, match="`times` must hold the start"):
        actual_source_paths(EXPERIMENT, START, [0.0])
    with pytest.raises(ValueError, match=r"`Q0` must have shape"):
        classical_mean_field_paths(EXPERIMENT, [0.0], TIMES)
    with pytest.raises(ValueError, match="squared distances of probe and sources"):
        probe_force(CAT[:1], CAT, [0.5, 0.5], **ONE)
    with pytest.raises(ValueError, match="`num_constituents` must be"):
        macroscopic(EXPERIMENT, 0)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"weights": [np.nan, 1.0]}, "`weights` must be finite"),
        ({"gravitational_constant": np.nan}, "`gravitational_constant` must be finite"),
    ],
)
def test_a_force_of_bad_numbers_is_refused(change, match):
    arguments = dict(x=[[0.0, 1.0]], sources=CAT, weights=[0.5, 0.5], **ONE) | change
    with pytest.raises(ValueError, match=match):
        probe_force(**arguments)


@pytest.mark.parametrize("paths", [actual_source_paths, classical_mean_field_paths])
def test_paths_need_starts_and_an_experiment(paths):
    with pytest.raises(ValueError, match="`Q0` must hold at least one start"):
        paths(EXPERIMENT, np.zeros((0, 2)), TIMES)
    with pytest.raises(ValueError, match="`experiment` must be a ProbeExperiment, but is a dict"):
        paths({}, START, TIMES)


@pytest.mark.parametrize(("num_steps", "match"), [(200, "A pair moves"), (2000, "A pair moves")])
def test_steps_that_jump_over_an_encounter_are_refused(num_steps, match):
    near = ProbeExperiment(10.0, 1.0, 1.0, 1e-3, 0.05, 0.2, gravitational_constant=0.2)
    for paths in (actual_source_paths, classical_mean_field_paths):
        with pytest.raises(ValidityError, match=match):
            paths(near, [[1.0, 0.3]], [0.0, 1.6], num_steps=num_steps)


def test_steps_whose_halves_lead_elsewhere_are_refused():
    near, late = EXPERIMENT._replace(distance=0.3), [0.0, 16.0]
    with pytest.raises(ValidityError, match="Half the step"):
        actual_source_paths(near, START, late, num_steps=320)
    fine, finer = (actual_source_paths(near, START, late, num_steps=n) for n in (1600, 6400))
    assert np.max(np.abs(fine - finer)) < 0.01 * np.max(np.abs(finer - START))
