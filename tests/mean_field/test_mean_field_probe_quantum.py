import jax
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order, ks_distance
from zitter.mean_field.probe import ProbeExperiment, draw_start, macroscopic
from zitter.mean_field.probe_quantum import (
    exact_evolution,
    guiding_psi,
    mean_field_evolution,
    pair_energy,
    start_amplitudes,
)
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.nelson import nelson_paths

SMALL = ProbeExperiment(10.0, 1.0, 1.0, 1.0, 0.25, 0.9, gravitational_constant=0.2)
EXPERIMENT = macroscopic(SMALL, 4)
GRID = Grid((-2.5, -5.0), (2.5, 5.0), (80, 80))
TIMES = np.linspace(0.0, 1.6, 17)
x = GRID.axes[1]


@pytest.fixture(scope="module")
def cat():
    return exact_evolution(EXPERIMENT, GRID, TIMES, time_step=0.04)


def marginal(psi, axis):
    """Probabilities of the other axis."""
    p = np.sum(np.abs(np.asarray(psi)) ** 2, axis=axis)
    return p / p.sum()


def test_the_start_is_normalised_and_has_its_widths():
    psi_s, psi_p = start_amplitudes(EXPERIMENT, *GRID.axes)
    X = GRID.axes[0]
    for psi, h in zip((psi_s, psi_p), GRID.spacing, strict=True):
        np.testing.assert_allclose(np.sum(psi**2) * h, 1.0, rtol=1e-6)
    spread = np.sum(psi_s**2 * X**2) * GRID.spacing[0]
    np.testing.assert_allclose(spread, 1.0 + EXPERIMENT.source_width**2, rtol=1e-6)
    np.testing.assert_allclose(np.sum(psi_p**2 * x**2) * GRID.spacing[1], 0.45**2, rtol=1e-6)


def test_the_pair_energy_is_newtons_at_the_distance_of_the_lines():
    seen = pair_energy(EXPERIMENT)(np.array([0.4, -0.3]), 0.0)
    np.testing.assert_allclose(seen, -0.05 * 40.0 * 4.0 / np.sqrt(1.0 + 0.49), rtol=1e-14)


def test_beside_a_cat_the_probe_is_distributed_as_beside_a_body_on_either_side(cat):
    sides = [
        exact_evolution(EXPERIMENT._replace(weight=w), GRID, TIMES[[0, -1]], time_step=0.04)
        for w in (1e-14, 1.0 - 1e-14)
    ]
    apart = [marginal(side.psi[-1], 0) for side in sides]
    np.testing.assert_allclose(marginal(cat.psi[-1], 0), np.mean(apart, axis=0), atol=1e-6)
    assert np.sum(apart[1] * x) > 0.7
    assert abs(np.sum(marginal(cat.psi[-1], 0) * x)) < 1e-9


def test_in_the_mean_field_the_probe_stays_in_the_middle():
    seen = mean_field_evolution(EXPERIMENT, GRID, TIMES[[0, -1]], time_step=0.04)
    p = np.abs(np.asarray(seen.probe[-1])) ** 2
    p /= p.sum()
    assert abs(np.sum(p * x)) < 1e-9
    assert np.sum(p * x**2) < 0.45
    assert np.argmax(p) in (len(x) // 2 - 1, len(x) // 2, len(x) // 2 + 1)


def test_the_mean_field_is_of_second_order_and_keeps_energy_and_norm():
    steps, ends = np.array([0.16, 0.08, 0.04, 0.005]), []
    for step in steps:
        seen = mean_field_evolution(EXPERIMENT, GRID, TIMES[[0, -1]], time_step=step)
        ends.append(np.asarray(seen.probe[-1]))
        assert abs(np.ptp(seen.energy)) < step**2
    np.testing.assert_allclose(np.sum(np.abs(ends[-1]) ** 2) * GRID.spacing[1], 1.0, rtol=1e-6)
    errors = [np.linalg.norm(end - ends[-1]) for end in ends[:-1]]
    np.testing.assert_allclose(convergence_order(steps[:-1], errors), 2.0, atol=0.1)


def test_the_mean_field_of_a_body_in_one_place_is_nearly_exact():
    alone = EXPERIMENT._replace(weight=1.0 - 1e-14, source_width=0.2)
    product = mean_field_evolution(alone, GRID, TIMES[[0, -1]], time_step=0.02).probe[-1]
    exact = exact_evolution(alone, GRID, TIMES[[0, -1]], time_step=0.04).psi[-1]
    p = np.abs(np.asarray(product)) ** 2 / np.sum(np.abs(np.asarray(product)) ** 2)
    np.testing.assert_allclose(np.sum(p * x), np.sum(marginal(exact, 0) * x), rtol=0.03)


@pytest.mark.parametrize("kind", ["bohm", "nelson"])
def test_the_paths_are_distributed_as_the_exact_density(cat, kind):
    Q0 = draw_start(EXPERIMENT, 300, np.random.default_rng(4))
    psi, ends = guiding_psi(EXPERIMENT, GRID, cat), TIMES[[0, -1]]
    if kind == "bohm":
        Q = bohm_paths(psi, Q0, ends, masses=EXPERIMENT.masses, rtol=1e-6, atol=1e-8).Q[-1]
    else:
        key = jax.random.key(2)
        Q = nelson_paths(psi, Q0, ends, key, masses=EXPERIMENT.masses, num_steps=60)[-1]
    for axis in (0, 1):
        points = GRID.axes[axis] + 0.5 * GRID.spacing[axis]
        cdf = np.cumsum(marginal(cat.psi[-1], 1 - axis))
        distance = ks_distance(Q[:, axis], lambda q, a=points, c=cdf: np.interp(q, a, c))
        assert distance < 1.63 / np.sqrt(300)
    same_side = np.sign(GRID.axes[0])[:, None] == np.sign(x)
    exact = np.sum(np.abs(np.asarray(cat.psi[-1])) ** 2 * same_side) * GRID.cell_volume
    seen = np.mean(np.sign(Q[:, 0]) == np.sign(Q[:, 1]))
    assert abs(seen - exact) < 3.0 * np.sqrt(exact * (1.0 - exact) / len(Q))


def test_bad_input_is_refused(cat):
    narrow = Grid((-2.5, -1.0), (2.5, 1.0), (64, 64))
    with pytest.raises(ValidityError, match="ends of the box"):
        mean_field_evolution(EXPERIMENT, narrow, TIMES[[0, -1]], time_step=0.1)
    coarse = Grid((-2.5, -5.0), (2.5, 5.0), (16, 80))
    with pytest.raises(ValidityError, match="does not resolve"):
        mean_field_evolution(EXPERIMENT, coarse, TIMES[[0, -1]], time_step=0.1)
    with pytest.raises(ValidityError, match="cannot be interpolated"):
        guiding_psi(EXPERIMENT, GRID, cat._replace(psi=cat.psi[:3], times=cat.times[:3]))
    with pytest.raises(ValueError, match="two axes"):
        mean_field_evolution(EXPERIMENT, Grid((0.0,), (1.0,), (8,)), TIMES[[0, -1]], time_step=0.1)


def test_a_step_that_does_not_resolve_the_motion_is_refused():
    strong = ProbeExperiment(10.0, 1.0, 1.0, 1.0, 0.25, 0.9, gravitational_constant=2.0)
    wide = Grid((-8.0, -16.0), (8.0, 16.0), (256, 256))
    with pytest.raises(ValidityError, match="Half the step"):
        mean_field_evolution(strong, wide, [0.0, 1.6], time_step=0.4)
