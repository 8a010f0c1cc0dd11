import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exact
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition, packet_state, packet_width

POSITIVE = st.floats(0.4, 2.0)
ANY = st.floats(-2.0, 2.0)
THREE = st.tuples(ANY, ANY, ANY).map(np.array)
PACKETS = st.builds(
    GaussianPacket,
    width=st.tuples(POSITIVE, POSITIVE, POSITIVE).map(np.array),
    centre=THREE,
    momentum=THREE,
    chirp=THREE,
    stiffness=THREE,
    force=THREE,
    mass=POSITIVE,
    hbar=POSITIVE,
)
DRAWN = settings(max_examples=20, deadline=None)


@jax.jit
def _residual(packet, x, t, force=None):
    """Residual of the Schroedinger equation over the sum of the sizes of its terms."""
    rate = jax.jvp(lambda s: packet(x, s), (t,), (1.0,))[1]
    gradient = jax.jacfwd(lambda y: packet(y, t))
    slope, curvature = gradient(x), jnp.diagonal(jax.jacfwd(gradient)(x))
    kinetic = -0.5 * packet.hbar**2 / packet.mass * (curvature + slope**2)
    energy = 0.5 * packet.stiffness * x**2 - (packet.force if force is None else force) * x + 0j
    terms = jnp.concatenate([jnp.array([1j * packet.hbar * rate]), -kinetic, -energy])
    return jnp.abs(jnp.sum(terms)) / jnp.sum(jnp.abs(terms))


@DRAWN
@given(PACKETS, THREE, st.floats(-3.0, 3.0))
def test_a_packet_in_three_dimensions_satisfies_the_schroedinger_equation(packet, x, t):
    # A repelling trap stretches x and p by e^(ωt) each, and with them the rounding of the start.
    rate = np.sqrt(np.maximum(-np.asarray(packet.stiffness), 0.0).max() / float(packet.mass))
    assert _residual(packet, x, t) < 1e-12 * np.cosh(2.0 * rate * t)


def test_the_packet_whose_rounding_a_repelling_trap_stretched_most_satisfies_it_too():
    packet = GaussianPacket(
        np.ones(3), 0.0, [2.0, 0.0, 0.0], 0.0, [-1.0, 0.0, 0.0], 0.0, mass=0.5, hbar=1.0
    )
    assert _residual(packet, np.zeros(3), 3.0) < 1e-12 * np.cosh(2.0 * np.sqrt(2.0) * 3.0)


@pytest.mark.parametrize("num_space", [1, 2])
@pytest.mark.parametrize("stiffness", [0.0, 1e-9, 0.7, -0.7])
def test_lower_dimensions_and_the_limit_of_no_trap_satisfy_it_too(num_space, stiffness):
    x = np.array([0.3, -1.2])[:num_space]
    packet = GaussianPacket(
        np.full(num_space, 0.7), 0.4, 1.3, 0.2, stiffness, 0.5, mass=1.4, hbar=0.8
    )
    assert _residual(packet, x, 1.7) < 1e-12


def test_a_packet_of_another_force_would_be_seen():
    packet = GaussianPacket(np.full(3, 0.7), 0.4, 1.3, 0.2, 0.6, 0.5, mass=1.4, hbar=0.8)
    assert _residual(packet, np.array([0.3, -1.2, 0.5]), 0.9, 1.1 * packet.force) > 1e-3


@pytest.mark.parametrize(
    ("solution", "sign", "pushed"),
    [
        (exact.free, 0.0, 0.0),
        (exact.falling, 0.0, 1.0),
        (exact.trapped, 1.0, 0.0),
        (exact.repelled, -1.0, 0.0),
    ],
)
def test_packets_equal_the_elementary_closed_forms(solution, sign, pushed):
    g = exact.Packet()
    stiffness = sign * g.mass * g.omega**2
    packet = GaussianPacket(
        [g.width], g.centre, g.momentum, g.chirp, stiffness, pushed * g.force, g.mass, g.hbar
    )
    for x, t in ((0.3, 0.0), (-1.1, 0.8), (2.0, 2.1)):
        want = exact.log_packet(solution, g, x, t)
        assert abs(packet(jnp.array([x]), t) - want) < 1e-12 * (1.0 + abs(want))
        np.testing.assert_allclose(packet_width(packet, t)[0], exact.width(solution, g, t), 1e-12)


@DRAWN
@given(st.floats(0.4, 2.0), ANY, ANY, ANY, st.floats(0.0, 9.0))
def test_half_a_period_mirrors_the_packet_and_turns_the_phase_by_a_quarter(s, q, p, w0, t):
    omega = 1.3
    packet = GaussianPacket([s], q, p, w0, omega**2)
    later = packet(jnp.array([-0.7]), t + np.pi / omega)
    turned = packet(jnp.array([0.7]), t) - 0.5j * np.pi
    assert abs(jnp.exp(later - turned) - 1.0) < 1e-9


def test_the_phase_is_continuous_over_many_periods_and_through_negative_times():
    packet = GaussianPacket([0.5], 1.0, 0.5, -0.8, 1.7)
    times = jnp.linspace(-20.0, 20.0, 8001)
    phase = np.imag(np.asarray(jax.vmap(lambda t: packet(jnp.array([0.4]), t))(times)))
    assert np.max(np.abs(np.diff(phase))) < 0.2
    free = GaussianPacket([0.5], 0.0, 0.0, 1.5)
    phase = np.imag(np.asarray(jax.vmap(lambda t: free(jnp.array([0.0]), t))(times)))
    assert np.max(np.abs(np.diff(phase))) < 0.2


def test_the_principal_square_root_would_jump():
    packet = GaussianPacket([0.5], chirp=-0.8, stiffness=1.7)
    times = jnp.linspace(0.0, 10.0, 2001)
    gouy = np.imag(np.asarray(jax.vmap(lambda t: packet_state(packet, t).theta[0])(times)))
    principal = 0.5 * np.angle(np.exp(2.0j * gouy))
    assert np.max(np.abs(np.diff(gouy))) < 0.2
    assert np.max(np.abs(np.diff(principal))) > 3.0


@pytest.mark.parametrize("time", [0.0, 0.9, 4.0])
def test_the_width_is_the_standard_deviation_of_the_density(time):
    packet = GaussianPacket([0.7], 0.4, 1.3, 0.2, 0.6, 0.5, mass=1.4, hbar=0.8)
    centre, sigma = packet_state(packet, time).q[0], packet_width(packet, time)[0]
    x = centre + sigma * jnp.linspace(-12.0, 12.0, 2401)
    density = jnp.exp(2.0 * jnp.real(jax.vmap(lambda y: packet(y[None], time))(x)))
    density *= x[1] - x[0]
    assert abs(jnp.sum(density) - 1.0) < 1e-12
    np.testing.assert_allclose(jnp.sum(density * (x - centre) ** 2), sigma**2, rtol=1e-10)


@DRAWN
@given(PACKETS, THREE, st.floats(0.0, 2.0), POSITIVE, POSITIVE, POSITIVE)
def test_ln_psi_is_covariant_under_a_change_of_units(packet, x, t, length, time, mass):
    scaled = GaussianPacket(
        packet.width * length,
        packet.centre * length,
        packet.momentum * mass * length / time,
        packet.chirp / time,
        packet.stiffness * mass / time**2,
        packet.force * mass * length / time**2,
        packet.mass * mass,
        packet.hbar * mass * length**2 / time,
    )
    got = scaled(x * length, t * time) + 1.5 * np.log(length)
    want = packet(x, t)
    assert abs(got - want) < 1e-10 * (1.0 + abs(want))
    state, base = packet_state(scaled, t * time), packet_state(packet, t)
    np.testing.assert_allclose(state.A * length**2, base.A, rtol=1e-10)
    np.testing.assert_allclose(state.p * time / mass / length, base.p, rtol=1e-9, atol=1e-9)
    width = packet_width(scaled, t * time)
    np.testing.assert_allclose(width / length, packet_width(packet, t), rtol=1e-10)


def _two(coefficients=(1.0, 0.5j)):
    return Superposition(GaussianPacket([[0.7], [1.0]], [[-1.0], [1.5]]), coefficients)


def test_a_superposition_is_the_logarithm_of_the_sum():
    psi, x = _two(), jnp.array([0.3])
    terms = np.exp(np.asarray(psi.packets(x, 0.6)))
    assert abs(np.exp(psi(x, 0.6)) - (terms[0] + 0.5j * terms[1])) < 1e-14


def test_a_coefficient_of_zero_removes_its_packet_even_where_that_packet_is_largest():
    packets = GaussianPacket([[0.7], [1.0]], [[-60.0], [60.0]])
    alone = GaussianPacket([0.7], [-60.0])
    x = jnp.array([60.0])
    padded = Superposition(packets, (1.0, 0.0))
    assert abs(jnp.exp(padded(x, 0.3) - alone(x, 0.3)) - 1.0) < 1e-9
    slope = jax.grad(lambda y: jnp.real(padded(y, 0.3)))(x)
    np.testing.assert_allclose(slope, jax.grad(lambda y: jnp.real(alone(y, 0.3)))(x), rtol=1e-12)


def test_far_from_its_packets_a_superposition_neither_underflows_nor_loses_its_slope():
    psi, x = _two(), jnp.array([400.0])
    value, slope = psi(x, 0.0), jax.grad(lambda y: jnp.real(psi(y, 0.0)))(x)
    want = psi.packets(x, 0.0)[1] + jnp.log(0.5j)
    assert abs(jnp.exp(value - want) - 1.0) < 1e-9
    np.testing.assert_allclose(slope[0], -(400.0 - 1.5) / 2.0, rtol=1e-12)
    assert np.exp(np.real(np.asarray(value))) == 0.0


def test_stacked_orbitals_evaluate_like_each_alone():
    widths = np.array([[[0.7], [1.0]], [[0.9], [1.1]]])
    stacked = Superposition(GaussianPacket(widths, 0.3), [[1.0, 0.2], [0.5j, 1.0]])
    x = jnp.array([0.4])
    together = stacked(x, 0.5)
    for k in range(2):
        assert abs(together[k] - stacked.orbital(k)(x, 0.5)) < 1e-14


def test_packets_can_be_made_and_differentiated_inside_a_transformation():
    def log_density(width):
        return jnp.real(GaussianPacket(width[None])(jnp.array([0.5]), 0.0))

    got = jax.jit(jax.grad(log_density))(jnp.array(0.8))
    np.testing.assert_allclose(got, -0.5 / 0.8 + 0.5**2 / (2.0 * 0.8**3), rtol=1e-12)


def test_bad_input_is_answered_with_a_sentence():
    with pytest.raises(ValueError, match="`width` must be positive, but is -1"):
        GaussianPacket([-1.0])
    with pytest.raises(ValueError, match="`mass` must be positive"):
        GaussianPacket([1.0], mass=0.0)
    with pytest.raises(ValueError, match="`centre` must be finite"):
        GaussianPacket([1.0], centre=np.nan)
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        GaussianPacket([1.0], hbar=-1.0)
    with pytest.raises(ValueError, match="`coefficients` must have shape"):
        Superposition(GaussianPacket([[1.0], [1.0]]), [1.0])
    with pytest.raises(ValueError, match="`coefficients` must be finite"):
        Superposition(GaussianPacket([[1.0]]), [np.inf])
    with pytest.raises(ValueError, match="`coefficients` must not all be zero"):
        Superposition(GaussianPacket([[1.0]]), [0.0])
    with pytest.raises(ValueError, match="`coefficients` must not all be zero"):
        Superposition(GaussianPacket(np.ones((2, 2, 1))), [[1.0, 0.0], [0.0, 0.0]])
    with pytest.raises(ValueError, match="`width` must be real"):
        GaussianPacket([1.0 + 1.0j])
    with pytest.raises(ValueError, match="`mass` must have shape"):
        GaussianPacket([1.0], mass=[1.0, 2.0])
