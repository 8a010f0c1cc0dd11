import jax.numpy as jnp
import numpy as np
import pytest

from zitter.classical_limit._unseen_force import (
    RAYS,
    RUNGE_KUTTA,
    STRANG,
    Scales,
    Steps,
    missed_share,
    unseen_by_rays,
)
from zitter.classical_limit.characteristics import by_characteristics
from zitter.classical_limit.classical_schrodinger import METHODS, solve_classical_schrodinger
from zitter.classical_limit.hamilton_jacobi import ClassicalState, classical_rays
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid

END, IMPULSE = 4.0, 1.5
LINE = Grid([-20.0], [20.0], [256])
STATE = ClassicalState(lambda q: jnp.exp(-(q[0] ** 2) / 4.0), lambda q: 0.0 * q[0])
# Within the widest gap that the golden section leaves between 32 samples.
AT = 1.5541752799932738
EXACT = IMPULSE * (END - AT)


def pulse(width, at=AT):
    return lambda q, t: (
        -IMPULSE * q[0] * jnp.exp(-(((t - at) / width) ** 2)) / (width * np.sqrt(np.pi))
    )


def mean_of(found):
    rho = found.density[-1]
    return float(rho @ LINE.axes[0] / np.sum(rho))


SHORT = ClassicalProblem(STATE, pulse(0.004), LINE, [0.0, END])


@pytest.mark.parametrize("method", [m for m in METHODS if m != "signed amplitude"])
def test_a_short_pulse_is_not_passed_over(method):
    with pytest.raises(ValidityError, match=r"depends on time|with time"):
        solve_classical_schrodinger(SHORT, method)


def test_the_signed_amplitude_takes_the_steps_that_a_short_pulse_needs():
    assert mean_of(solve_classical_schrodinger(SHORT, "signed amplitude")) == pytest.approx(
        EXACT, abs=0.01
    )


def test_steps_that_resolve_a_short_pulse_are_accepted():
    assert mean_of(by_characteristics(SHORT, num_steps=4000)) == pytest.approx(EXACT, abs=1e-3)


def lacking(potential, scheme, num, end=END):
    steps = [Steps(0.0, end / num, num, np.array([[0.3], [1.0]]))]
    return missed_share(
        potential, scheme, steps, np.array([2.0]), Scales(np.array([1.0]), np.array([1e9]))
    )


def test_what_a_body_lacks_is_its_impulse_times_the_time_that_is_left():
    assert lacking(pulse(0.01, 1.55), STRANG, 40) == pytest.approx(IMPULSE * 2.45 / 2.0, rel=1e-6)


def test_a_force_that_does_not_change_is_not_looked_at_twice():
    assert lacking(lambda q, t: q[0] ** 2, RAYS, 40) == 0.0


@pytest.mark.parametrize(("scheme", "order"), [(STRANG, 2), (RUNGE_KUTTA, 4), (RAYS, 4)])
def test_what_is_lacking_falls_with_the_order_of_the_scheme(scheme, order):
    def swing(q, t):
        return -q[0] * jnp.sin(3.0 * t + 0.4)

    coarse, fine = (lacking(swing, scheme, num) for num in (32, 64))
    assert np.log2(coarse / fine) == pytest.approx(order, abs=0.1)


def test_rays_of_one_mass_given_as_a_number_are_looked_at_too():
    labels = np.linspace(-2.0, 2.0, 33)[:, None]
    rays = classical_rays(STATE, pulse(0.01), labels, [0.0, END], 2.0, num_steps=40)
    lacks = unseen_by_rays(pulse(0.01), rays, 2.0, RAYS, 40)
    assert lacks > 0.1
    assert unseen_by_rays(pulse(0.01), rays, 2.0, RAYS, 4000) < 1e-6 * lacks
