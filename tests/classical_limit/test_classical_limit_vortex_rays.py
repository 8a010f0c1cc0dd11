import jax.numpy as jnp
import numpy as np
import pytest

from zitter.classical_limit.vortex_rays import (
    folded_mass,
    hole_radius,
    vortex_ray_jacobian,
    vortex_rays,
    vortex_streams,
)
from zitter.wavefunctions.madelung import current_velocity

MASS, HBAR, TIME = 1.3, 0.7, 0.8
WINDINGS = (1, -2)
SCALES = dict(mass=MASS, hbar=HBAR)
STARTS = np.random.default_rng(0).normal(size=(12, 2))


@pytest.mark.parametrize("n", WINDINGS)
def test_the_rays_fly_on_with_the_current_velocity_of_a_vortex(n):
    def vortex(q, t):
        return n * jnp.log(q[0] + 1j * q[1]) - jnp.sum(q**2)

    if n < 0:

        def vortex(q, t):
            return -n * jnp.log(q[0] - 1j * q[1]) - jnp.sum(q**2)

    v = current_velocity(vortex, STARTS, 0.0, [MASS, MASS], HBAR)
    seen = vortex_rays(STARTS, TIME, winding=n, **SCALES)
    np.testing.assert_allclose(seen, STARTS + TIME * np.asarray(v), rtol=1e-12)
    r0, r = np.hypot(*STARTS.T), np.hypot(*seen.T)
    np.testing.assert_allclose(r**2, r0**2 + (n * HBAR * TIME / (MASS * r0)) ** 2, rtol=1e-12)


@pytest.mark.parametrize("n", WINDINGS)
def test_the_jacobian_is_that_of_the_map_and_vanishes_at_the_rim_of_the_hole(n):
    h, columns = 1e-6, []
    for step in h * np.eye(2):
        forth, back = (vortex_rays(STARTS + s * step, TIME, winding=n, **SCALES) for s in (1, -1))
        columns.append((forth - back) / (2.0 * h))
    (a, b), (c, d) = np.transpose(columns, (0, 2, 1))
    r0 = np.hypot(*STARTS.T)
    seen = vortex_ray_jacobian(r0, TIME, winding=n, **SCALES)
    np.testing.assert_allclose(a * d - b * c, seen, rtol=1e-5, atol=1e-5)
    edge = np.sqrt(abs(n) * HBAR * TIME / MASS)
    np.testing.assert_allclose(vortex_ray_jacobian(edge, TIME, winding=n, **SCALES), 0, atol=1e-12)
    rim = np.hypot(*vortex_rays([[edge, 0.0]], TIME, winding=n, **SCALES)[0])
    np.testing.assert_allclose(rim, hole_radius(TIME, winding=n, **SCALES), rtol=1e-12)
    all_rays = np.hypot(*vortex_rays(STARTS, TIME, winding=n, **SCALES).T)
    assert np.all(all_rays >= rim * (1.0 - 1e-12))


def test_the_folded_mass_is_that_of_draws_and_is_positive_at_once():
    rng, num, width = np.random.default_rng(2), 200_000, 0.9
    for n in WINDINGS:
        r0 = width * np.sqrt(2.0 * rng.gamma(abs(n) + 1.0, 1.0, num))
        share = np.mean(vortex_ray_jacobian(r0, TIME, winding=n, **SCALES) < 0.0)
        exact = folded_mass(TIME, width, winding=n, **SCALES)
        assert abs(share - exact) < 3.0 * np.sqrt(exact * (1.0 - exact) / num)
    np.testing.assert_allclose(folded_mass(1.0, 1.0), 1.0 - 1.5 * np.exp(-0.5), rtol=1e-12)
    np.testing.assert_allclose(folded_mass(1e-3, 1.0), 0.5 * (0.5e-3) ** 2, rtol=1e-3)
    assert folded_mass(0.0, 1.0) == 0.0


def test_two_streams_pass_outside_of_the_hole_and_both_keep_the_circulation():
    rim = hole_radius(TIME, **SCALES)
    r = rim * np.array([0.5, 1.2, 3.0])
    streams = vortex_streams(r, TIME, **SCALES)
    assert np.all(np.isnan(streams.start[:, 0]))
    for k in (0, 1):
        starts = streams.start[k, 1:]
        q0 = np.stack([starts, 0.0 * starts], axis=1)
        q = vortex_rays(q0, TIME, **SCALES)
        np.testing.assert_allclose(np.hypot(*q.T), r[1:], rtol=1e-12)
        v = (q - q0) / TIME
        radial = np.sum(v * q, axis=1) / r[1:]
        np.testing.assert_allclose(radial, streams.radial_velocity[k, 1:], rtol=1e-12)
        circulation = 2.0 * np.pi * r[1:] * MASS * streams.turning_velocity[k, 1:]
        np.testing.assert_allclose(circulation, 2.0 * np.pi * HBAR, rtol=1e-12)
    fast, slow = streams.radial_velocity[1, 1:], streams.radial_velocity[0, 1:]
    assert np.all(fast > 1.1 * slow)
    back = vortex_streams(r[1:], TIME, winding=-1, **SCALES)
    np.testing.assert_allclose(back.turning_velocity, -streams.turning_velocity[:, 1:], rtol=1e-14)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="from the vortex` must be positive"):
        vortex_rays([[0.0, 0.0]], 1.0)
    with pytest.raises(ValueError, match="`absolute value of `winding`` must be"):
        hole_radius(1.0, winding=0)
    with pytest.raises(ValueError, match="`t` must not be negative"):
        folded_mass(-1.0, 1.0)
    with pytest.raises(ValueError, match="`width` must be positive"):
        folded_mass(1.0, 0.0)
    with pytest.raises(ValueError, match="`t` must be positive"):
        vortex_streams(1.0, 0.0)
    with pytest.raises(ValueError, match="`r0` must be positive"):
        vortex_ray_jacobian(0.0, 1.0)
