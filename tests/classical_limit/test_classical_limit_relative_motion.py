import jax.numpy as jnp
import numpy as np
import pytest

import exact
from zitter.classical_limit.relative_motion import (
    potential_on_path,
    relative_forces,
    relative_forces_at_large_N,
    relative_velocity_from_forces,
)
from zitter.core.statistics import convergence_order
from zitter.system.coordinates import centre_of_mass_coordinates, particle_coordinates
from zitter.system.potentials import Harmonic, HarmonicPair, Quartic, total_potential
from zitter.trajectories.bohm import bohm_paths
from zitter.wavefunctions.coupled_oscillators import coupled_ground_state
from zitter.wavefunctions.madelung import (
    centre_of_mass_quantum_potential,
    relative_current_velocity,
    relative_quantum_potential,
)

N, TIME, MASS, HBAR = 3, 0.3, 1.3, 0.7
SCALES = dict(mass=MASS, hbar=HBAR)
Q = np.random.default_rng(0).normal(size=(2, N))
PLANE = np.random.default_rng(1).normal(size=(2, 2 * N))
QUARTIC, SPRING = Quartic(0.2, 0.3), HarmonicPair(0.4)


def anything(q, t):
    """Not a solution of anything; every derivative that occurs is different from zero."""
    a = jnp.sin(q[0] + 0.3 * t) * q[1] - 0.5 * q[0] ** 2 * q[2] + 0.1 * q[1] ** 3
    b = jnp.cos(q[0] * q[1] - t) + 0.4 * q[2] * t**2 * q[0] + 0.2 * q[1] ** 2
    return a + 1j * b


CENTRE = exact.Packet(0.6, 0.0, 0.4, 0.2, N * MASS, HBAR, np.sqrt(0.7 / MASS))
RELATIVE = exact.Packet(0.8, 0.0, 0.0, 0.3, MASS, HBAR, np.sqrt((0.7 + N * 0.4) / MASS))


def body(q, t):
    """Exact in U = Σ 0.7 x²/2 + Σ 0.4 (x_j - x_l)²/2: a packet of x_cm times those of y."""
    x_cm, y = centre_of_mass_coordinates(q[:, None])
    relative = exact.log_packet(exact.trapped, RELATIVE, y, t)
    return exact.log_packet(exact.trapped, CENTRE, x_cm[0], t) + jnp.sum(relative)


def _relative(q):
    return centre_of_mass_coordinates(jnp.asarray(q)[:, None])


def test_the_potential_on_the_path_has_a_tidal_part_and_then_is_exact_up_to_quadratic():
    trap = Harmonic([0.7, 0.3], [0.2, -0.1])
    U = potential_on_path(trap, HarmonicPair(0.4), PLANE, TIME, 2)
    exact = [total_potential(trap, HarmonicPair(0.4), q.reshape(N, 2), TIME) for q in PLANE]
    np.testing.assert_allclose(U.centre + U.tidal + U.pair, exact, rtol=1e-13)
    assert np.min(U.tidal) > 0.1
    np.testing.assert_allclose(
        potential_on_path(None, SPRING, PLANE, TIME, 2).pair,
        [total_potential(None, SPRING, q.reshape(N, 2), TIME) for q in PLANE],
    )


def test_the_tidal_energy_is_half_the_curvature_times_the_sum_of_squares_of_y():
    U = potential_on_path(QUARTIC, None, Q, TIME)
    for k, q in enumerate(Q):
        x_cm, y = _relative(q)
        curvature = 12.0 * 0.2 * (x_cm[0] - 0.3) ** 2
        np.testing.assert_allclose(U.tidal[k], 0.5 * curvature * np.sum(y**2), rtol=1e-12)
        np.testing.assert_allclose(U.centre[k], N * 0.2 * (x_cm[0] - 0.3) ** 4, rtol=1e-12)
        cubic, quartic = (np.sum((q - x_cm[0]) ** n) for n in (3, 4))
        rest = 0.2 * (4.0 * (x_cm[0] - 0.3) * cubic + quartic)
        exact = total_potential(QUARTIC, None, q[:, None], TIME)
        np.testing.assert_allclose(exact - U.centre[k] - U.tidal[k], rest, rtol=1e-10)


def test_the_quantum_forces_are_the_slopes_of_the_quantum_potentials_along_y():
    F = relative_forces(anything, Q, TIME, QUARTIC, SPRING, **SCALES)
    step = 1e-5
    for k, q in enumerate(Q):
        x_cm, y = _relative(q)
        moves = [y.at[j, 0].add(s) for j in range(N - 1) for s in (step, -step)]
        X = jnp.stack([particle_coordinates(x_cm, z)[:, 0] for z in moves])
        pairs = (
            (F.quantum_cm, centre_of_mass_quantum_potential),
            (F.quantum_rel, relative_quantum_potential),
        )
        for seen, potential in pairs:
            ends = np.asarray(potential(anything, X, TIME, **SCALES)).reshape(N - 1, 2)
            slope = (ends[:, 0] - ends[:, 1]) / (2.0 * step)
            np.testing.assert_allclose(seen[k, :, 0], -slope, rtol=1e-7)


def test_springs_pull_on_y_with_all_their_strength_and_the_trap_with_its_own():
    F = relative_forces(body, Q, TIME, Harmonic(0.7, 0.2), SPRING, **SCALES)
    y = np.array([_relative(q).y for q in Q])
    np.testing.assert_allclose(F.tidal, -0.7 * y, rtol=1e-12)
    np.testing.assert_allclose(F.pair, -N * 0.4 * y, rtol=1e-12)


def test_at_large_N_the_tidal_force_is_that_of_the_curvature_at_the_centre_of_mass():
    F = relative_forces_at_large_N(anything, Q, TIME, QUARTIC, SPRING, **SCALES)
    exact = relative_forces(anything, Q, TIME, QUARTIC, SPRING, **SCALES)
    for k, q in enumerate(Q):
        x_cm, y = _relative(q)
        expected = -12.0 * 0.2 * (x_cm[0] - 0.3) ** 2 * y
        np.testing.assert_allclose(F.tidal[k], expected, rtol=1e-12)
        slopes = 4.0 * 0.2 * (q - 0.3) ** 3
        tide = slopes[1:] - slopes[0] / (np.sqrt(3.0) + 1.0) - slopes.sum() / (3.0 + np.sqrt(3.0))
        np.testing.assert_allclose(exact.tidal[k, :, 0], -tide, rtol=1e-12)
    assert np.max(np.abs(F.quantum_cm)) == 0.0
    for name in ("pair", "quantum_rel"):
        np.testing.assert_allclose(getattr(F, name), getattr(exact, name), rtol=1e-13)


@pytest.mark.parametrize("forces", [relative_forces, relative_forces_at_large_N])
def test_the_integrated_force_gives_the_velocity_of_y_to_second_order(forces):
    """Of a body that decouples both forces are exact; without the tidal force neither is."""
    counts, T = (4, 8, 16, 32), 1.1
    times = np.linspace(0.0, T, counts[-1] + 1)
    paths = bohm_paths(body, Q, times, masses=MASS, hbar=HBAR, rtol=1e-10, atol=1e-12).Q
    trap = Harmonic(0.7)
    parts = [forces(body, q, t, trap, SPRING, **SCALES) for q, t in zip(paths, times, strict=True)]
    start, end = (relative_current_velocity(body, paths[n], times[n], **SCALES) for n in (0, -1))

    def error(F, count):
        every = counts[-1] // count
        words = dict(mass=MASS, v_start=start)
        seen = relative_velocity_from_forces(times[::every], np.stack(F[::every]), **words)
        return float(np.max(np.abs(seen - end)))

    errors = [error([sum(p) for p in parts], count) for count in counts]
    assert convergence_order(1.0 / np.array(counts), errors) == pytest.approx(2.0, abs=0.1)
    assert errors[-1] < 1e-3
    printed = [sum(p) - p.tidal for p in parts]
    assert error(printed, counts[-1]) > 0.1


def test_bad_input_is_refused():
    known = coupled_ground_state(N, stiffness=0.7, coupling=0.4, **SCALES)
    with pytest.raises(ValueError, match="`num_space` = 2 must divide the 3 coordinates"):
        potential_on_path(QUARTIC, None, Q, TIME, 2)
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        relative_forces(anything, Q, TIME, None, None, mass=MASS, hbar=-1.0)
    with pytest.raises(ValueError, match=r"`mass` is 2\.0, but that of `psi`"):
        relative_forces_at_large_N(known, Q, TIME, None, None, mass=2.0, hbar=HBAR)
    with pytest.raises(ValueError, match="`times` must hold two entries at least"):
        relative_velocity_from_forces([0.0, 0.0], np.zeros((2, 1)), 1.0, np.zeros(1))
    with pytest.raises(ValueError, match="`F` must have shape"):
        relative_velocity_from_forces([0.0, 1.0], np.zeros((3, 1)), 1.0, np.zeros(1))
