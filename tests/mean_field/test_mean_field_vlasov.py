"""The phase-space grid solver: conservation, orders, time reversal, refusals, resumed runs."""

import numpy as np
import pytest

import exact
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field.phase_space import moments, species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import evolve_vlasov

RING = Grid((0.0,), (4.0 * np.pi,), (32,))
SPEEDS = Grid((-6.0,), (6.0,), (64,))
MAXWELL = (2.0 * np.pi) ** -0.5


def wave(x, v, size=0.2):
    return MAXWELL * np.exp(-0.5 * v**2) * (1.0 + size * np.cos(0.5 * x) + 0.05 * np.sin(x))


def electrons(space=RING, velocity=SPEEDS, f0=wave, **others):
    return species(f0, space, velocity, charge=-1.0, **others)


def plasma(space=RING, **others):
    """ω_p = 1 and a Debye length of 1 for unit density and spread."""
    return SelfField(
        space, "periodic", coulomb_constant=0.25 / np.pi, **{"background": True} | others
    )


def slab(num=(128, 64)):
    """The isothermal slab with 4πGρ₀ = 1 and σ = 1, its kind and field."""
    space = Grid((-14.0,), (14.0,), num[:1])
    velocity = Grid((-6.5,), (6.5,), num[1:])
    s = exact.Slab(1.0, 1.0, 0.25 / np.pi)
    kind = species(lambda x, v: np.asarray(exact.slab_density(s, x, v)), space, velocity)
    return kind, SelfField(space, "isolated", gravitational_constant=s.G)


def test_the_field_of_a_slab_is_that_of_the_closed_form():
    kind, field = slab()
    n = moments(kind).density[None]
    x = kind.space.axes[0]
    s = exact.Slab(1.0, 1.0, 0.25 / np.pi)
    force = -2.0 / exact.slab_height(s) * np.tanh(x / exact.slab_height(s))
    np.testing.assert_allclose(field.accelerations(n, [1.0], [0.0])[0, 0], force, atol=1e-7)
    energy = field.potential_energies(n, [1.0], [0.0])[0]
    expected = np.asarray(exact.slab_potential(s, x))
    np.testing.assert_allclose(energy - energy[64], expected, atol=1e-7)


def test_a_wigner_kick_without_hbar_is_vlasovs():
    times = np.array([0.0, 1.0])
    one = evolve_vlasov(electrons(), plasma(), times, time_step=0.1, interpolator="spectral")
    other = evolve_vlasov(
        electrons(), plasma(), times, time_step=0.1, interpolator="spectral", kick=lambda z, m: z
    )
    np.testing.assert_allclose(one.f[0], other.f[0], atol=1e-13)


def test_a_plasma_that_is_not_neutral_is_refused():
    with pytest.raises(ValidityError, match="not neutral"):
        evolve_vlasov(electrons(), plasma(background=False), [0.0, 1.0], time_step=0.1)


def test_one_over_x_on_a_line_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="diverges"):
        SelfField(RING, "isolated", gravitational_constant=1.0, pair_energy="point")
