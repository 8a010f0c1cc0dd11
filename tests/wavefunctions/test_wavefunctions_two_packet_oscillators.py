import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from truncated_series import series_derivatives
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.system.coordinates import centre_of_mass_coordinates
from zitter.wavefunctions._symmetric_polynomials import mixed_order, symmetric_polynomials
from zitter.wavefunctions.gaussian import (
    GaussianPacket,
    PacketState,
    Superposition,
    packet_state,
)
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.madelung import normalisation
from zitter.wavefunctions.schrodinger import (
    configuration_potential,
    evolve_schrodinger,
    values_on_grid,
)
from zitter.wavefunctions.two_packet_oscillators import (
    TwoPacketOscillators,
    cat_amplitudes,
    condensate_amplitudes,
    fock_amplitudes,
)

LEFT, RIGHT = np.array([-0.8, 0.2]), np.array([0.9, -0.1])
SLOW, FAST = np.array([0.5, 0.3]), np.array([-0.6, 0.1])
K, KAPPA, F, MASS, HBAR, WIDTH, CHIRP = 0.7, 0.15, 0.3, 1.2, 0.8, 0.7, 0.2
TIME = 0.7
KINDS = {
    "condensate": lambda N: condensate_amplitudes(N, 1.0, 0.6j),
    "fock": lambda N: fock_amplitudes(N, N // 2),
    "cat": lambda N: cat_amplitudes(N, 1.0, 0.5 - 0.3j),
}


def state(log_amplitudes, num_space=1, **change):
    arguments = dict(
        width=WIDTH, left_centre=LEFT[:num_space], right_centre=RIGHT[:num_space],
        left_momentum=SLOW[:num_space], right_momentum=FAST[:num_space], chirp=CHIRP, stiffness=K,
        coupling=KAPPA, force=F, mass=MASS, hbar=HBAR, num_space=num_space,
    )  # fmt: skip
    return TwoPacketOscillators(log_amplitudes, **(arguments | change))


def brute_force(psi, N, D):
    """Sum over all 2^N assignments at TIME, each a Gaussian of x_cm times Gaussians of the y_j."""
    subsets = np.array(list(itertools.product([0, 1], repeat=N)))
    amplitudes = np.exp(psi.log_amplitudes)[subsets.sum(axis=1)]
    sides = subsets[:, :, None]
    C = np.stack([np.vstack(centre_of_mass_coordinates(e[:, None]))[:, 0] for e in np.eye(N)], 1)
    q, p = C @ np.where(sides, RIGHT[:D], LEFT[:D]), C @ np.where(sides, FAST[:D], SLOW[:D])
    cm = GaussianPacket(
        WIDTH / np.sqrt(N), q[:, 0], N * p[:, 0], CHIRP, N * K, N * F, mass=N * MASS, hbar=HBAR
    )
    rest = GaussianPacket(WIDTH, q[:, 1:], p[:, 1:], CHIRP, K + N * KAPPA, mass=MASS, hbar=HBAR)
    states = [PacketState(*map(np.asarray, packet_state(packet, TIME))) for packet in (cm, rest)]

    def log_packet(state, x):
        d = x - state.q
        return ((d * (-state.A) + 1j * state.p / HBAR) * d + state.theta).sum()

    def log_psi(X):
        z = [
            sum((X[..., i, :] * C[a, i] for i in range(1, N)), X[..., 0, :] * C[a, 0])
            for a in range(N)
        ]
        logs = [log_packet(states[0], z[0][..., None, :])]
        for a in range(1, N):
            one = PacketState(*(field[:, a - 1] for field in states[1]))
            logs.append(log_packet(one, z[a][..., None, :]))
        weighted = sum(logs[1:], logs[0]).exp() * amplitudes
        return weighted.sum().log() + (-0.25 * D * np.log(N))

    return log_psi


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("N", "D"), [(6, 1), (3, 2)])
def test_the_state_is_the_sum_over_all_assignments_with_all_derivatives(kind, N, D):
    psi = state(KINDS[kind](N), D)
    Q = np.random.default_rng(0).normal(size=(3, N * D)) * 0.8
    exact = series_derivatives(brute_force(psi, N, D), Q, D)
    seen = psi.derivatives(Q, TIME, 3)
    np.testing.assert_allclose(jnp.exp(seen.log_psi - exact.log_psi), 1.0, atol=2e-13)
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = getattr(seen, name), getattr(exact, name)
        np.testing.assert_allclose(a, b, atol=1e-11 * (1 + np.max(np.abs(b))), err_msg=name)
    np.testing.assert_allclose(psi(jnp.asarray(Q[0]), TIME), seen.log_psi[0], rtol=1e-13)
    assert np.all(seen.condition >= 1.0 - 1e-9)


def test_lower_orders_and_own_times_give_the_same_numbers():
    psi = state(condensate_amplitudes(3, 1.0, 0.4))
    Q = np.random.default_rng(0).normal(size=(3, 3))
    full = psi.derivatives(Q, TIME, 3)
    times = psi.derivatives(Q, np.array([0.1, TIME, 0.9]), 1)
    np.testing.assert_allclose(times.gradient[1], full.gradient[1], rtol=1e-12)
    np.testing.assert_allclose(psi.derivatives(Q, TIME, 2).second, full.second, rtol=1e-11)
    assert times.second is None


def test_it_can_be_differentiated_automatically():
    psi = state(condensate_amplitudes(3, 1.0, 0.4))
    q, dq = jnp.asarray([0.3, -0.7, 0.2]), jnp.asarray([0.2, 1.0, -0.4])
    rate = jax.jvp(lambda q: psi(q, TIME), (q,), (dq,))[1]
    np.testing.assert_allclose(rate, psi.derivatives(q[None], TIME).gradient[0] @ dq, rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_two_particles_are_normalised_and_agree_with_the_grid(kind):
    grid = Grid((-6.5, -6.5), (6.5, 6.5), (80, 80))
    psi = state(KINDS[kind](2))
    U = configuration_potential(
        lambda x, t: jnp.sum(0.5 * K * x**2 - F * x), lambda r, t: 0.5 * KAPPA * jnp.sum(r**2), 2
    )

    def samples(t):
        return jnp.exp(values_on_grid(psi, grid, t))

    np.testing.assert_allclose(normalisation(psi, grid), 1.0, rtol=1e-9)
    evolution = evolve_schrodinger(
        samples(0.0), grid, U, [0.0, TIME], [MASS, MASS], HBAR, time_step=0.05, order=4
    )
    assert float(grid.integrate(jnp.abs(evolution.psi[-1] - samples(TIME)) ** 2)) < 1e-12


APART = dict(left_centre=-2.5, right_centre=2.5, left_momentum=2.0, right_momentum=-2.0)


def fringes(N):
    """Sorted draws of the density of one free particle of APART when the packets meet."""
    packets = GaussianPacket(
        WIDTH, [[-2.5], [2.5]], [[2.0], [-2.0]], CHIRP, K, F, mass=MASS, hbar=HBAR
    )
    orbital = Superposition(packets, [1.0, 0.6j])
    x = np.linspace(-5.0, 5.0, 2001)
    cdf = np.cumsum(np.exp(2 * np.real(np.asarray(jax.vmap(orbital, (0, None))(x[:, None], TIME)))))
    draws = np.interp(np.random.default_rng(0).uniform(size=N), cdf / cdf[-1], x)
    return orbital, np.sort(draws)[None]


def test_without_springs_a_condensate_in_fringes_is_a_product_also_for_many():
    N = 300
    psi = state(condensate_amplitudes(N, 1.0, 0.6j), coupling=0.0, **APART)
    orbital, Q = fringes(N)
    product = Product(orbital, num_particles=N)
    seen, exact = psi.derivatives(Q, TIME, 3), product.derivatives(Q, TIME, 3)
    np.testing.assert_allclose(jnp.exp(seen.log_psi - exact.log_psi), 1.0, atol=1e-10)
    for name in ("gradient", "second", "cm_gradient", "cm_second", "cm_third"):
        a, b = getattr(seen, name), getattr(exact, name)
        np.testing.assert_allclose(a, b, atol=1e-9 * np.max(np.abs(b)), err_msg=name)
    assert 1.0 <= float(seen.condition[0]) < 1e4


def test_a_thousand_interacting_particles_run_and_the_order_does_not_matter():
    psi = state(condensate_amplitudes(1000, 1.0, 0.6j), coupling=0.01 / 1000, **APART)
    _, Q = fringes(1000)
    d, mirrored = (psi.derivatives(x, TIME, 3) for x in (Q, Q[:, ::-1]))
    assert float(d.condition[0]) < 1e5
    np.testing.assert_allclose(mirrored.gradient[0, ::-1], d.gradient[0], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(mirrored.cm_third, d.cm_third, rtol=1e-6)


def test_the_polynomials_keep_their_digits_in_the_mixed_order_and_lose_them_when_sorted():
    mpmath.mp.dps = 120
    log_w = np.sort(np.random.default_rng(3).normal(size=100)) * (1 + 4j)
    exact = [mpmath.mpf(1)]
    for z in log_w:
        w = mpmath.exp(mpmath.mpc(complex(z)))
        exact = [mpmath.mpf(1)] + [
            a + w * b for a, b in zip(exact[1:], exact[:-1], strict=True)
        ] + [w * exact[-1]]  # fmt: skip

    def worst(values):
        pairs = zip(np.asarray(symmetric_polynomials(values)), exact, strict=True)
        return max(float(abs(mpmath.exp(mpmath.mpc(complex(a))) / b - 1)) for a, b in pairs)

    log_w = jnp.asarray(log_w)
    assert worst(log_w[mixed_order(log_w)]) < 1e-11
    assert worst(log_w) > 1e-10


def test_amplitudes_are_those_of_their_states():
    np.testing.assert_allclose(np.exp(condensate_amplitudes(3, 2.0, 0.5)), [8, 2, 0.5, 0.125])
    np.testing.assert_allclose(np.exp(condensate_amplitudes(2, 1.0, 0.0)), [1, 0, 0])
    np.testing.assert_allclose(np.exp(fock_amplitudes(3, 1)), [0, 1, 0, 0])
    np.testing.assert_allclose(np.exp(cat_amplitudes(3, 1.0, 1j)), [1, 0, 0, 1j], atol=1e-15)


def test_general_amplitudes_are_normalised_or_refused():
    grid = Grid((-6.5,) * 3, (6.5,) * 3, (40,) * 3)
    psi = state(np.log(np.array([1.0, 0.5j, -0.3, 0.8 + 0.1j])))
    np.testing.assert_allclose(normalisation(psi, grid), 1.0, rtol=1e-6)
    alternating = condensate_amplitudes(200, 1.0, -1.0) + 0.01 * np.sin(np.arange(201.0))
    with pytest.raises(ValidityError, match="lost to cancellation"):
        state(alternating, right_centre=-0.5)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="finite entry"):
        state(np.full(4, -np.inf))
    with pytest.raises(ValueError, match="`num_particles` must be"):
        state([0.0, 0.0])
    with pytest.raises(ValueError, match="`num_right` must be"):
        fock_amplitudes(3, 4)
    with pytest.raises(ValueError, match="`Q` must have shape"):
        state(fock_amplitudes(3, 1)).derivatives(np.zeros((1, 2)), 0.0)
