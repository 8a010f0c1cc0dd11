"""Fields from outside that change in time: seen by the steps, or refused."""

import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.kbody._drive import asks_time
from zitter.kbody.bodies import bodies
from zitter.kbody.newton import newton_paths
from zitter.system.potentials import Harmonic


def driven(force):
    """One body on a line under a force (t)."""
    return bodies([1.0], num_space=1, U_mass=lambda x, t: -x[0] * force(t))


def velocity(force, time_step, method="leapfrog"):
    X = np.zeros((1, 1))
    return newton_paths(driven(force), X, X, [0.0, 1.0, 2.0], time_step=time_step,
                        method=method).V[-1, 0, 0]  # fmt: skip


@pytest.mark.parametrize("centre", [1.2, 1.25, 0.31])
@pytest.mark.parametrize("method", ["leapfrog", "yoshida4"])
def test_a_pulse_between_two_kicks_is_refused(centre, method):
    with pytest.raises(ValidityError, match=r"comes and goes within two steps of 0\.2"):
        velocity(lambda t: -100.0 * jnp.exp(-(((t - centre) / 0.01) ** 2)), 0.2, method)


def test_a_pulse_that_the_steps_resolve_gives_its_impulse():
    found = velocity(lambda t: -100.0 * jnp.exp(-(((t - 1.2) / 0.05) ** 2)), 0.01)
    assert found == pytest.approx(-100.0 * 0.05 * np.sqrt(np.pi), rel=1e-6)


def test_fast_oscillations_are_refused_and_slow_ones_are_not():
    for rate in (2.0 * np.pi / 0.2, 2.0 * np.pi / 0.02):
        with pytest.raises(ValidityError, match="Use a shorter `time_step`"):
            velocity(lambda t, rate=rate: jnp.cos(rate * t), 0.2)
    assert velocity(lambda t: jnp.cos(2.0 * t), 0.1) == pytest.approx(0.5 * np.sin(4.0), rel=2e-2)


def test_a_jump_is_let_pass():
    found = velocity(lambda t: jnp.where(t < 1.03, 0.0, 1.0), 0.01)
    assert found == pytest.approx(0.97, abs=0.01)


def test_fields_at_rest_are_known():
    assert not asks_time(None, 1)
    assert not asks_time(Harmonic(1.0), 2)
    assert asks_time(lambda x, t: t * x[0], 1)


def test_a_pulse_on_the_one_charge_among_many_bodies_is_seen():
    def pulse(x, t):
        return 100.0 * x[0] * jnp.exp(-(((t - 1.2) / 0.01) ** 2))

    system = bodies(
        np.ones(500), 1.0 * (np.arange(500) == 333), num_space=1, gravitational_constant=0.0,
        coulomb_constant=0.0, U_charge=pulse,
    )  # fmt: skip
    X = np.arange(500.0)[:, None]
    with pytest.raises(ValidityError, match="comes and goes within two steps"):
        newton_paths(system, X, 0.0 * X, [0.0, 2.0], time_step=0.2)
