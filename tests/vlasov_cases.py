"""Plasmas, gases and slabs that the tests of the phase-space grid share."""

import numpy as np

from zitter.claims.section5.vlasov_waves import COUPLING
from zitter.core.grid import Grid
from zitter.mean_field.isothermal_slab import isothermal_slab
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField

MAXWELL = (2.0 * np.pi) ** -0.5
RING = Grid((0.0,), (4.0 * np.pi,), (32,))
SPEEDS = Grid((-8.0,), (8.0,), (96,))


def wave(x, v, size=0.2):
    return MAXWELL * np.exp(-0.5 * v**2) * (1.0 + size * np.cos(0.5 * x) + 0.05 * np.sin(x))


def electrons(space=RING, velocity=SPEEDS, f0=wave):
    return species(f0, space, velocity, charge=-1.0)


def plasma(space=RING, **others):
    """ω_p = 1 and a Debye length of 1 for unit density and spread."""
    return SelfField(
        space, "periodic", coulomb_constant=COUPLING, **({"background": True} | others)
    )


def slab(num=(128, 64), end=14.0):
    """The isothermal slab with 4πGρ₀ = 1 and σ = 1, its kind and field."""
    space, velocity = Grid((-end,), (end,), num[:1]), Grid((-6.5,), (6.5,), num[1:])
    kind = isothermal_slab(
        space, velocity, spread=1.0, density=1.0, gravitational_constant=COUPLING
    )
    return kind, SelfField(space, "isolated", gravitational_constant=COUPLING)
