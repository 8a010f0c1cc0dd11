"""Plasmas, gases and slabs that the tests of the phase-space grid share."""

from typing import NamedTuple

import numpy as np

from zitter.core.grid import Grid
from zitter.mean_field.isothermal_slab import isothermal_slab
from zitter.mean_field.linear_response import Maxwellians, maxwellians
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import evolve_vlasov

MAXWELL = (2.0 * np.pi) ** -0.5
COUPLING = 0.25 / np.pi
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


class Wave(NamedTuple):
    """A small wave of a uniform f₀, the rectangle of its root, and when to look at it."""

    wavenumber: float
    beams: Maxwellians
    rate_squared: float
    corners: tuple[complex, complex]
    interval: float
    num: int
    skip: int
    largest_speed: float
    num_speeds: int = 128

    @property
    def times(self):
        return self.interval * np.arange(self.num + 1)


_ONE = maxwellians(1.0, 0.0, 1.0)
_TAIL = 0.2 / np.sqrt(8.0)
_UP = (-0.5 + 0.05j, 0.5 + 1.2j)
WAVES = {
    "Landau damping": Wave(0.5, _ONE, -1.0, (0.5 - 0.5j, 2.0 + 0.5j), 0.2, 100, 20, 7.0),
    "two streams": Wave(
        0.2, maxwellians([0.5, 0.5], [2.4, -2.4], [1.0, 1.0]), -1.0,
        (-1.0 + 0.05j, 1.0 + 1.0j), 0.5, 60, 10, 9.0,
    ),
    "bump on the tail": Wave(
        0.3, maxwellians([0.9, _TAIL], [0.0, 4.5], [1.0, 8.0**-0.5]), -0.9 - _TAIL,
        (0.2 + 0.05j, 3.0 + 1.0j), 0.5, 80, 10, 8.0, 256,
    ),
    "Jeans growth": Wave(0.5, _ONE, 1.0, _UP, 0.5, 30, 10, 7.0),
}  # fmt: skip


def wave_run(case, factor=1.0, order=6, time_step=0.25, size=1e-6):
    """ρ_k(t)/ρ_k(0) of the grid, with `factor` times the force."""
    k, beams = case.wavenumber, case.beams
    space = Grid((0.0,), (2.0 * np.pi / k,), (32,))
    velocity = Grid((-case.largest_speed,), (case.largest_speed,), (case.num_speeds,))

    def f0(x, v):
        each = np.exp(-0.5 * ((v[..., None] - beams.drifts) / beams.spreads) ** 2) / beams.spreads
        return (1.0 + size * np.cos(k * x)) * (each @ beams.shares) * MAXWELL

    constants = {
        "coulomb_constant": -min(case.rate_squared, 0.0) * factor * COUPLING,
        "gravitational_constant": max(case.rate_squared, 0.0) * factor * COUPLING,
    }
    field = SelfField(space, "periodic", background=True, **constants)
    kind = species(f0, space, velocity, charge=1.0)
    run = evolve_vlasov(kind, field, case.times, time_step=time_step, order=order, keep="last")
    rho = np.fft.fft(run.density[:, 0], axis=1)[:, 1]
    return rho / rho[0]
