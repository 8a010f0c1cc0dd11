"""Sample arguments of the spherical and one-dimensional mean fields whose results have units."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import HBAR, Case, M
from zitter.mean_field.radial_evolution import RadialGrid
from zitter.mean_field.radial_states import radial_state

SELF = dict(mass=M, hbar=HBAR, coupling=0.7)
BALL = made(RadialGrid, extent=30.0, num=63)


def _lump(u):
    r = np.arange(1, 64) / 64.0 * 30.0
    return r * np.exp(-((r / 3.0) ** 2)) * u.of("1/length^(1/2)")


LUMP = InUnits(_lump)
TRAP = InUnits(lambda u: lambda r: 0.05 * u.of("energy") * (r / u.length) ** 2)
SMALL = SELF | dict(num_points=48)

RADIAL = {
    "radial_states": {
        "radial_state": Case(SMALL | dict(U_ext=TRAP, extent=9.0)),
        "RadialState.amplitude": Case(
            dict(self=made(radial_state, **SMALL), r=np.array([0.0, 0.4, 3.0]))
        ),
        "RadialState.mean_radius_squared": Case(dict(self=made(radial_state, **SMALL))),
        "RadialState.radius_of_mass": Case(dict(self=made(radial_state, **SMALL), share=0.9)),
    },
    "radial_shooting": {"shooting_state": Case(SELF)},
    "radial_evolution": {
        "RadialGrid": Case(dict(extent=30.0, num=63), lambda grid, u: grid.r, "length"),
        "radial_mean_field": Case(dict(u=LUMP, grid=BALL, coupling=0.7)),
        "radial_energies": Case(SELF | dict(u=LUMP, grid=BALL, U_ext=TRAP), unit="energy"),
        "evolve_radial": Case(
            SELF | dict(u0=LUMP, grid=BALL, times=np.array([0.0, 0.4]), U_ext=TRAP, time_step=0.1)
        ),
    },
}

SAMPLES = {"mean_field": RADIAL}
