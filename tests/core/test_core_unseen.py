import numpy as np
import pytest

from zitter.core._unseen import NUM_CELLS, Moments, in_batches, missed

TRAPEZIUM = Moments(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
SIMPSON = Moments(np.array([0.0, 0.5, 1.0]), np.array([1.0, 4.0, 1.0]) / 6.0)


def pulse(width, at=6.2):
    return lambda t: np.exp(-(((t - at) / width) ** 2))[:, None] / (width * np.sqrt(np.pi))


@pytest.mark.parametrize("width", [0.5, 0.1, 1e-2, 1e-3])
@pytest.mark.parametrize("dt", [10.0, 0.1])
def test_a_pulse_that_no_node_meets_is_missed_as_a_whole(width, dt):
    found = missed(pulse(width, 6.25), TRAPEZIUM, 0.0, dt, round(10.0 / dt), 10.0 / NUM_CELLS, 1e-9)
    taken = dt * np.sum(pulse(width, 6.25)(dt * np.arange(1, round(10.0 / dt))))
    assert np.sum(found.integral) == pytest.approx(1.0 - taken, abs=1e-6)
    assert np.max(found.unsettled) < 1e-9


def test_the_first_moment_sees_what_comes_early_or_late():
    def swing(t):
        return np.sin(2.0 * np.pi * t)[:, None]

    found = missed(swing, TRAPEZIUM, 0.0, 1.0, 3, 0.1, 1e-9)
    np.testing.assert_allclose(found.integral, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.moment, -0.5 / np.pi, atol=1e-7)


def test_a_scheme_misses_nothing_of_what_it_integrates():
    def cubic(t):
        return np.stack([np.ones_like(t), t, t**2, t**3], axis=1)

    found = missed(cubic, SIMPSON, 0.3, 0.5, 4, 10.0, 1e-9)
    np.testing.assert_allclose(found.integral, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.moment[:, :2], 0.0, atol=1e-12)


def test_a_jump_is_met_by_one_step_and_settles():
    found = missed(lambda t: (t > 0.43)[:, None] * 2.0, TRAPEZIUM, 0.0, 0.1, 10, 0.1, 1e-9)
    assert found.integral[4, 0] == pytest.approx(2.0 * 0.07 - 0.1, abs=1e-5)
    np.testing.assert_allclose(np.delete(found.integral, 4), 0.0, atol=1e-12)
    assert 0.0 < np.max(found.unsettled) < 1e-5


def test_what_never_settles_is_bounded_and_not_followed_for_ever():
    rng, calls = np.random.default_rng(0), []

    def noise(t):
        calls.append(len(t))
        return rng.normal(size=(len(t), 1))

    found = missed(noise, TRAPEZIUM, 0.0, 1.0, 4, 1.0 / 512.0, 1e-12)
    assert np.min(found.unsettled) > 1e-3
    assert sum(calls) < 200_000


def test_batches_have_one_of_two_sizes():
    sizes = []

    def f(t):
        sizes.append(len(t))
        return 2.0 * t

    for n in (3, 32, 33, 600):
        t = np.arange(n, dtype=float)
        np.testing.assert_array_equal(in_batches(f, t), 2.0 * t)
    assert set(sizes) == {32, 256}
