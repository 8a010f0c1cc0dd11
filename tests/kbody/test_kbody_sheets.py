"""Sheets event by event: exact periods, reversal, both signs, resumed runs."""

import numpy as np
import pytest

import zitter  # noqa: F401
from zitter.core.checks import ValidityError
from zitter.kbody.bodies import bodies
from zitter.kbody.newton import newton_paths
from zitter.kbody.sheets import sheet_paths, two_sheet_period

TWO = bodies([1.0, 0.6], num_space=1, gravitational_constant=0.8)


def test_two_sheets_return_after_their_period():
    X0, V0 = np.array([[-0.4], [0.9]]), np.zeros((2, 1))
    T = two_sheet_period(1.3, 1.6, 0.8)
    motion = sheet_paths(TWO, X0, V0, [0.0, 0.25 * T, 0.5 * T, T, 100.0 * T])
    assert abs(motion.X[1, 0, 0] - motion.X[1, 1, 0]) < 1e-12
    assert motion.X[2, 0, 0] - motion.X[2, 1, 0] == pytest.approx(1.3, abs=1e-12)
    assert np.max(np.abs(motion.X[3] - X0)) < 1e-12
    assert np.max(np.abs(motion.X[4] - X0)) < 1e-10
    assert motion.num_crossings == 200
    assert motion.energy_drift < 1e-12


def test_the_period_is_that_of_equal_sheets_of_the_book():
    # E14: T = 4 √(r₀/2πGM), each of mass M.
    assert two_sheet_period(1.7, 1.8, 0.5) == pytest.approx(
        4.0 * np.sqrt(1.7 / (2 * np.pi * 0.5 * 0.9))
    )


def many(K=300, seed=1, charged=True):
    rng = np.random.default_rng(seed)
    charges = rng.choice([-1.0, 1.0], K) / K if charged else np.zeros(K)
    system = bodies(rng.uniform(0.5, 1.5, K) / K, charges, num_space=1, coulomb_constant=2.0)
    return system, rng.normal(size=(K, 1)), 0.3 * rng.normal(size=(K, 1))


@pytest.mark.parametrize("charged", [False, True])
def test_many_sheets_keep_energy_and_momentum_and_can_be_reversed(charged):
    system, X0, V0 = many(charged=charged)
    there = sheet_paths(system, X0, V0, [0.0, 2.0])
    back = sheet_paths(system, there.X[-1], -there.V[-1], [0.0, 2.0])
    assert there.num_crossings > 5000
    assert back.num_crossings == there.num_crossings
    assert there.energy_drift < 1e-13
    assert abs(np.ptp(there.momentum)) < 1e-14
    assert np.max(np.abs(back.X[-1] - X0)) < 1e-11


def test_sheets_take_the_path_of_short_steps():
    system, X0, V0 = many(K=40)
    exact = sheet_paths(system, X0, V0, [0.0, 1.0])
    steps = newton_paths(system, X0, V0, [0.0, 1.0], time_step=2e-5)
    assert np.max(np.abs(exact.X - steps.X)) < 1e-4


def test_like_charges_turn_round_and_opposite_ones_pass():
    X0, V0 = np.array([[-1.0], [1.0]]), np.array([[1.0], [-1.0]])
    for charges, crossings in (([1.0, 1.0], 0), ([1.0, -1.0], 1)):
        system = bodies([1.0, 1.0], charges, num_space=1, gravitational_constant=0.0)
        assert sheet_paths(system, X0, V0, [0.0, 0.9]).num_crossings == crossings
    slow = bodies([1.0, 1.0], [0.1, 0.1], num_space=1, gravitational_constant=0.0)
    assert sheet_paths(slow, X0, V0, [0.0, 3.0]).num_crossings == 1


def test_a_cold_slab_collapses_at_its_own_time():
    # E14: x = q (1 - 2πGρ₀ t²).
    K = 200
    q = (np.arange(K)[:, None] + 0.5) / K - 0.5
    system = bodies(np.full(K, 1.0 / K), num_space=1)
    motion = sheet_paths(system, q, 0.0 * q, [0.0, 0.2, 0.3])
    for t, X in zip(motion.times, motion.X, strict=True):
        assert np.max(np.abs(X - q * (1.0 - 2.0 * np.pi * t**2))) < 1e-13
    assert motion.num_crossings == 0
    # At t_c = 0.399 all of them are at one place; they come out in the other order.
    after = sheet_paths(system, q, 0.0 * q, [0.0, 0.5])
    assert after.num_crossings == K * (K - 1) // 2
    assert np.all(np.diff(after.X[-1, :, 0]) < 0.0)
    assert after.energy_drift < 1e-12


def test_a_run_in_two_parts_is_bit_equal_to_one():
    system, X0, V0 = many()
    whole = sheet_paths(system, X0, V0, [0.0, 0.7, 1.5])
    second = sheet_paths(system, whole.X[1], whole.V[1], [0.7, 1.5])
    assert np.array_equal(second.X[-1], whole.X[-1])
    assert np.array_equal(second.V[-1], whole.V[-1])


def test_what_is_no_motion_of_sheets_is_refused():
    X0, V0 = np.array([[0.0], [1.0]]), np.zeros((2, 1))
    with pytest.raises(ValueError, match="of sheets without softening"):
        sheet_paths(TWO._replace(softening=0.1), X0, V0, [0.0, 1.0])
    with pytest.raises(ValueError, match="sheets 0 and 1 are both at 0"):
        sheet_paths(TWO, 0.0 * X0, V0, [0.0, 1.0])
    with pytest.raises(ValueError, match="`times` must be at least two and rise"):
        sheet_paths(TWO, X0, V0, [0.0])
    with pytest.raises(ValidityError, match="More than 3 crossings"):
        sheet_paths(TWO, X0, V0, [0.0, 100.0], most_crossings=3)
    with pytest.raises(ValueError, match="`separation` must be positive"):
        two_sheet_period(0.0, 1.0, 1.0)
