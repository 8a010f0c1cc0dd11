import jax
import jax.numpy as jnp
import numpy as np
import pytest

import exact
import zitter  # noqa: F401  (float64 on before jax is imported)
from zitter.trajectories.action import (
    action_variation,
    field_action_variation,
    stochastic_action,
)
from zitter.trajectories.nelson import nelson_paths
from zitter.wavefunctions.gaussian import GaussianPacket

G = exact.Packet(chirp=0.0)
MOVING = GaussianPacket(
    [G.width], [G.centre], [G.momentum], stiffness=G.mass * G.omega**2, mass=G.mass, hbar=G.hbar
)
GROUND = GaussianPacket([np.sqrt(0.5)], stiffness=1.0)
UNITS = {"masses": G.mass, "hbar": G.hbar}
T = 1.5
TIMES = np.linspace(0.0, T, 201)
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(12)


def moving_trap(q, t):
    return 0.5 * G.mass * G.omega**2 * jnp.sum(q**2)


def trap(q, t):
    return 0.5 * jnp.sum(q**2)


def displacement(q, t):
    return jnp.sin(jnp.pi * t / T) ** 2 * (q + 0.3 * q**3 + 0.2)


def rising(q, t):
    return t / T * (q + 0.3 * q**3 + 0.2)


def quadrature(centre, width, times=TIMES):
    """Points and weights that average polynomials over a Gaussian exactly."""
    Q = np.stack([centre(t) + width(t) * NODES for t in times])[..., None]
    return Q, np.tile(WEIGHTS / WEIGHTS.sum(), (len(times), 1))


def moving_quadrature():
    return quadrature(
        lambda t: float(exact.trapped(G, t)[2]), lambda t: float(exact.width(exact.trapped, G, t))
    )


def ground_quadrature():
    return quadrature(lambda t: 0.0, lambda t: np.sqrt(0.5))


def test_the_action_of_the_ground_state_is_zero_on_average():
    # <½ m u²> = <U> = ħω/4 and v = 0.
    Q, weights = ground_quadrature()
    assert abs(stochastic_action(GROUND, trap, Q, TIMES, masses=1.0, weights=weights).value) < 1e-12


def test_the_action_over_paths_is_that_of_the_quadrature():
    Q, weights = moving_quadrature()
    sharp = stochastic_action(MOVING, moving_trap, Q, TIMES, weights=weights, **UNITS)
    Q0 = np.random.default_rng(0).normal(G.centre, G.width, (4000, 1))
    times = TIMES[::10]
    paths = nelson_paths(MOVING, Q0, times, jax.random.key(0), num_steps=100, **UNITS)
    sampled = stochastic_action(MOVING, moving_trap, paths, times, **UNITS)
    assert sharp.error == 0.0
    assert abs(sampled.value - sharp.value) < 3.5 * sampled.error
    assert abs(sampled.value) > 10.0 * sampled.error


def test_the_action_of_a_free_packet_is_its_energy_times_the_time():
    # <½ m (v² + u²)> = p²/2m + ħ²/(8 m σ₀²), which a free packet keeps.
    free = GaussianPacket([G.width], [G.centre], [G.momentum], mass=G.mass, hbar=G.hbar)
    Q, weights = quadrature(
        lambda t: float(exact.free(G, t)[2]), lambda t: float(exact.width(exact.free, G, t))
    )
    action = stochastic_action(free, lambda q, t: 0.0, Q, TIMES, weights=weights, **UNITS)
    energy = G.momentum**2 / (2.0 * G.mass) + G.hbar**2 / (8.0 * G.mass * G.width**2)
    assert abs(action.value / (energy * T) - 1.0) < 1e-9


def test_a_force_that_does_not_belong_to_psi_varies_the_action_by_its_work():
    def with_force(q, t):
        return moving_trap(q, t) - 0.7 * jnp.sum(q)

    Q, weights = moving_quadrature()
    varied = action_variation(MOVING, with_force, displacement, Q, TIMES, weights=weights, **UNITS)
    moved = np.asarray(jax.vmap(jax.vmap(displacement, (0, None)))(jnp.asarray(Q), TIMES))
    work = 0.7 * np.trapezoid(np.sum(weights * moved[..., 0], axis=1), TIMES)
    assert abs(varied.value / work - 1.0) < 1e-4


def test_the_action_does_not_change_when_the_paths_are_varied():
    Q, weights = moving_quadrature()
    varied = action_variation(MOVING, moving_trap, displacement, Q, TIMES, weights=weights, **UNITS)
    assert abs(varied.value) < 1e-7


@pytest.mark.parametrize("defect", ["potential", "sign of u", "end not fixed"])
def test_a_planted_defect_makes_the_variation_visible(defect):
    Q, weights = moving_quadrature()
    psi, U, f = MOVING, moving_trap, displacement
    if defect == "potential":
        U = trap
    elif defect == "sign of u":

        def psi(q, t):
            return -jnp.conj(MOVING(q, t))
    else:
        f = rising
    varied = action_variation(psi, U, f, Q, TIMES, weights=weights, **UNITS)
    assert abs(varied.value) > 1e-2


def test_the_fields_are_extremal_with_minus_u_squared_only():
    Q, weights = ground_quadrature()

    def scaling(q, t):
        return q

    arguments = {"masses": 1.0, "weights": weights}
    plus = field_action_variation(GROUND, trap, scaling, Q, TIMES, **arguments)
    minus = field_action_variation(GROUND, trap, scaling, Q, TIMES, osmotic_sign=-1, **arguments)
    # -ħω for each unit of time
    assert abs(plus.value + T) < 1e-9
    assert abs(minus.value) < 1e-9


def test_bad_input_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="`Q` must have shape"):
        stochastic_action(GROUND, trap, [[1.0]], [0.0], masses=1.0)
    with pytest.raises(ValueError, match="`times` must hold at least 2 increasing"):
        stochastic_action(GROUND, trap, np.ones((2, 3, 1)), [1.0, 0.0], masses=1.0)
    with pytest.raises(ValueError, match="`weights` must have shape"):
        stochastic_action(GROUND, trap, np.ones((2, 3, 1)), [0.0, 1.0], masses=1.0, weights=[1.0])
    with pytest.raises(ValueError, match="`osmotic_sign` must be 1 or -1"):
        field_action_variation(
            GROUND, trap, displacement, np.ones((2, 3, 1)), [0.0, 1.0], masses=1.0, osmotic_sign=2
        )
