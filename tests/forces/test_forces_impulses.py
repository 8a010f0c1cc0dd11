import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.statistics import convergence_order
from zitter.forces.impulses import impulse, quantum_impulse, velocity_from_forces


def test_the_impulse_of_a_constant_force_is_force_times_time():
    times = jnp.array([0.0, 0.5, 2.0])
    np.testing.assert_allclose(impulse(times, jnp.full((3, 4, 2), 1.5)), np.full((4, 2), 3.0))


def test_the_trapezoid_is_of_second_order_and_ends_at_the_velocity():
    num_steps, errors = [8, 16, 32], []
    for num in num_steps:
        times = jnp.linspace(0.0, 1.0, num + 1)
        v = velocity_from_forces(times, jnp.cos(3.0 * times)[:, None], 2.0, jnp.array([0.3]))
        assert v.shape == (num + 1, 1)
        assert float(v[-1, 0]) == pytest.approx(
            0.3 + float(impulse(times, jnp.cos(3.0 * times))) / 2.0
        )
        errors.append(abs(float(v[-1, 0]) - 0.3 - np.sin(3.0) / 6.0))
    assert convergence_order(1.0 / np.array(num_steps), errors) == pytest.approx(2.0, abs=0.1)


def test_the_quantum_impulse_is_what_the_external_force_leaves_unexplained():
    value = quantum_impulse(jnp.array([1.0]), jnp.array([1.7]), jnp.array([1.0]), 2.0)
    np.testing.assert_allclose(value, [0.4])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: impulse(jnp.zeros(2), jnp.zeros((3, 1))), "`times` must have shape"),
        (lambda: quantum_impulse(0.0, 1.0, 1.0, 0.0), "`total_mass` must be positive"),
        (lambda: velocity_from_forces(jnp.zeros(2), jnp.zeros(3), 1.0, 0.0), "`times` must have"),
        (lambda: velocity_from_forces(jnp.zeros(2), jnp.zeros(2), -1.0, 0.0), "`total_mass`"),
    ],
)
def test_bad_input_gets_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(
    ("times", "F", "sentence"),
    [
        ([0.0, 2.0, 1.0], np.ones((3, 1)), "`times` must increase"),
        ([0.0, np.nan, 1.0], np.ones((3, 1)), "`times` must be finite"),
        ([0.0, 1.0], np.array([[1.0], [np.inf]]), "`F` must be finite"),
        ([0.0, 1.0], np.ones((3, 1)), "`times` must have shape"),
        ([0.0], 3.0, "a single number"),
    ],
)
def test_a_path_that_is_none_gets_a_sentence(times, F, sentence):
    for call in (impulse, lambda t, f: velocity_from_forces(t, f, 1.0, 0.0)):
        with pytest.raises(ValueError, match=sentence):
            call(jnp.asarray(times), F if np.ndim(F) == 0 else jnp.asarray(F))
