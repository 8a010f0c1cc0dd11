import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.grid import Grid
from zitter.system.coordinates import centre_of_mass_coordinates, coordinate_masses
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition, packet_state
from zitter.wavefunctions.madelung import (
    backward_drift,
    centre_of_mass_current_velocity,
    centre_of_mass_osmotic_velocity,
    centre_of_mass_quantum_potential,
    current_velocity,
    density,
    forward_drift,
    in_centre_of_mass_coordinates,
    normalisation,
    osmotic_velocity,
    phase,
    quantum_potential,
    relative_current_velocity,
    relative_osmotic_velocity,
    relative_quantum_potential,
)

HBAR, TIME = 0.7, 0.6
MASSES = np.array([1.3, 2.1])
LIGHT = GaussianPacket(0.8, 0.5, 0.6, 0.2, stiffness=1.7, force=0.3, mass=1.3, hbar=HBAR)
HEAVY = GaussianPacket(0.5, -0.2, 0.9, stiffness=-0.4, mass=2.1, hbar=HBAR)
Q2 = np.random.default_rng(0).normal(size=(6, 2))
# Four particles in the plane, entangled: two eight-dimensional packets.
RNG = np.random.default_rng(1)
FOUR = Superposition(
    GaussianPacket(
        RNG.uniform(0.5, 1.0, (2, 8)), RNG.normal(size=(2, 8)), RNG.normal(size=(2, 8)),
        mass=1.3, hbar=HBAR,
    ),
    [1.0, 0.7j],
)  # fmt: skip
Q8 = np.random.default_rng(2).normal(size=(5, 8)) * 0.5
BODY = dict(mass=1.3, hbar=HBAR, num_space=2)


def light_and_heavy(q, t):
    return LIGHT(q[:1], t) + HEAVY(q[1:], t)


def packet_fields(packet, x):
    """q, its velocity, σ, σ'/σ of a packet at TIME, the last two by differences."""
    state = packet_state(packet, TIME)

    def width(t):
        return 0.5 / np.sqrt(float(packet_state(packet, t).A.real[0]))

    growth = (width(TIME + 1e-5) - width(TIME - 1e-5)) / 2e-5 / width(TIME)
    return float(state.q[0]), float(state.p[0] / packet.mass), width(TIME), growth


@pytest.mark.parametrize(("axis", "packet"), [(0, LIGHT), (1, HEAVY)])
def test_velocities_of_a_packet_follow_the_closed_form(axis, packet):
    q, velocity, sigma, growth = packet_fields(packet, Q2)
    d = Q2[:, axis] - q
    v = velocity + growth * d
    u = -HBAR / (2.0 * MASSES[axis] * sigma**2) * d
    arguments = (light_and_heavy, Q2, TIME, MASSES, HBAR)
    np.testing.assert_allclose(current_velocity(*arguments)[:, axis], v, rtol=1e-7)
    np.testing.assert_allclose(osmotic_velocity(*arguments)[:, axis], u, rtol=1e-7)
    np.testing.assert_allclose(forward_drift(*arguments)[:, axis], v + u, rtol=1e-6)
    np.testing.assert_allclose(backward_drift(*arguments)[:, axis], v - u, rtol=1e-6)


def test_density_and_phase_put_together_give_psi():
    log_psi = np.array([light_and_heavy(q, TIME) for q in jnp.asarray(Q2)])
    rho = density(light_and_heavy, Q2, TIME)
    S = phase(light_and_heavy, Q2, TIME, HBAR)
    np.testing.assert_allclose(np.sqrt(rho) * np.exp(1j * S / HBAR), np.exp(log_psi), rtol=1e-12)


def test_the_current_velocity_of_a_plane_wave_is_its_momentum_over_its_mass():
    v = current_velocity(lambda q, t: 1j * (0.4 * q[0] - 0.9 * q[1]) / HBAR, Q2, 0.0, MASSES, HBAR)
    np.testing.assert_allclose(v, np.tile([0.4 / 1.3, -0.9 / 2.1], (6, 1)), rtol=1e-12)


def test_the_centre_of_mass_velocities_are_the_means_of_the_particles_at_n_4():
    masses = np.full(8, 1.3)
    for whole, single in (
        (centre_of_mass_current_velocity, current_velocity),
        (centre_of_mass_osmotic_velocity, osmotic_velocity),
    ):
        mean = single(FOUR, Q8, TIME, masses, HBAR).reshape(5, 4, 2).mean(axis=1)
        np.testing.assert_allclose(whole(FOUR, Q8, TIME, **BODY), mean, rtol=1e-12)


def test_relative_velocities_transform_like_relative_coordinates():
    masses = np.full(8, 1.3)
    for relative, single in (
        (relative_current_velocity, current_velocity),
        (relative_osmotic_velocity, osmotic_velocity),
    ):
        particles = single(FOUR, Q8, TIME, masses, HBAR).reshape(5, 4, 2)
        y = jax.vmap(centre_of_mass_coordinates)(particles).y
        np.testing.assert_allclose(relative(FOUR, Q8, TIME, **BODY), y, rtol=1e-11)


def transformed(Q):
    Z = jax.vmap(centre_of_mass_coordinates)(jnp.asarray(Q).reshape(-1, 4, 2))
    return jnp.concatenate([Z.x_cm[:, None], Z.y], axis=1).reshape(-1, 8)


def test_centre_of_mass_coordinates_with_their_masses_give_the_same_velocities():
    psi = in_centre_of_mass_coordinates(FOUR, 4, 2)
    masses = np.repeat(coordinate_masses(4, 1.3), 2)
    for single, whole, relative in (
        (current_velocity, centre_of_mass_current_velocity, relative_current_velocity),
        (osmotic_velocity, centre_of_mass_osmotic_velocity, relative_osmotic_velocity),
    ):
        seen = single(psi, transformed(Q8), TIME, masses, HBAR)
        np.testing.assert_allclose(seen[:, :2], whole(FOUR, Q8, TIME, **BODY), rtol=1e-10)
        np.testing.assert_allclose(
            seen[:, 2:].reshape(5, 3, 2), relative(FOUR, Q8, TIME, **BODY), rtol=1e-10
        )


def test_the_quantum_potential_of_a_packet_follows_the_closed_form():
    expected = 0.0
    for axis, packet in enumerate((LIGHT, HEAVY)):
        q, _, sigma, _ = packet_fields(packet, Q2)
        d2 = (Q2[:, axis] - q) ** 2
        expected += HBAR**2 / (4 * MASSES[axis] * sigma**2) * (1 - d2 / (2 * sigma**2))
    seen = quantum_potential(light_and_heavy, Q2, TIME, MASSES, HBAR)
    np.testing.assert_allclose(seen, expected, rtol=1e-10)


def test_the_centre_of_mass_quantum_potential_of_a_product_has_the_corrected_prefactor():
    packet = GaussianPacket(0.8, 0.3, mass=1.3, hbar=HBAR)
    seen = centre_of_mass_quantum_potential(
        lambda q, t: jnp.sum(packet(q[:, None], t)), Q8, 0.0, mass=1.3, hbar=HBAR
    )
    sigma2, M = 0.8**2 / 8, 8 * 1.3
    d2 = (Q8.mean(axis=1) - 0.3) ** 2
    expected = HBAR**2 / (4 * M * sigma2) * (1 - d2 / (2 * sigma2))
    np.testing.assert_allclose(seen, expected, rtol=1e-10)


def test_the_quantum_potentials_of_both_motions_are_those_of_the_transformed_state():
    psi = in_centre_of_mass_coordinates(FOUR, 4, 2)
    masses = np.repeat(coordinate_masses(4, 1.3), 2)
    Z = transformed(Q8)
    total = quantum_potential(psi, Z, TIME, masses, HBAR)
    only_cm = quantum_potential(psi, Z, TIME, np.where(np.arange(8) < 2, masses, 1e300), HBAR)
    seen_cm = centre_of_mass_quantum_potential(FOUR, Q8, TIME, **BODY)
    seen_rel = relative_quantum_potential(FOUR, Q8, TIME, **BODY)
    np.testing.assert_allclose(seen_cm, only_cm, rtol=1e-9)
    np.testing.assert_allclose(seen_rel, total - only_cm, rtol=1e-9)


def test_the_norm_is_one_in_particle_and_in_centre_of_mass_coordinates():
    grid = Grid((-12.0, -12.0), (12.0, 12.0), (96, 96))
    np.testing.assert_allclose(normalisation(light_and_heavy, grid, TIME), 1.0, rtol=1e-10)
    moved = in_centre_of_mass_coordinates(light_and_heavy, 2)
    np.testing.assert_allclose(normalisation(moved, grid, TIME), 1.0, rtol=1e-10)
    doubled = normalisation(lambda q, t: light_and_heavy(q, t) + 0.5 * np.log(2.0), grid)
    np.testing.assert_allclose(doubled, 2.0, rtol=1e-10)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`masses` must have shape"):
        current_velocity(light_and_heavy, Q2, 0.0, [1.0])
    with pytest.raises(ValueError, match="`masses` must be positive"):
        quantum_potential(light_and_heavy, Q2, 0.0, [1.0, -1.0])
    with pytest.raises(ValueError, match="must divide"):
        centre_of_mass_current_velocity(light_and_heavy, Q2, 0.0, mass=1.0, num_space=3)
    with pytest.raises(ValueError, match="`mass` must be positive"):
        centre_of_mass_quantum_potential(light_and_heavy, Q2, 0.0, mass=0.0)


@pytest.mark.parametrize(
    ("scales", "sentence"),
    [
        ({"mass": 1.0, "hbar": 0.6}, "`mass` is 1.0, but that of `psi`"),
        ({"mass": 1.7, "hbar": 1.0}, "`hbar` is 1.0, but that of `psi`"),
        ({"mass": 1.7, "hbar": -0.6}, "`hbar` must be positive"),
        ({"mass": 1.7, "hbar": 0.6, "num_space": 0}, "`num_space` must be a whole number"),
    ],
)
def test_scales_that_are_not_those_of_the_state_get_a_sentence(scales, sentence):
    psi = GaussianPacket([1.0, 1.0], mass=1.7, hbar=0.6)
    with pytest.raises(ValueError, match=sentence):
        centre_of_mass_current_velocity(psi, jnp.zeros((1, 2)), 0.0, **scales)
