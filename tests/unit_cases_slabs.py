"""Sample arguments of the grid in slabs, whose results have units."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import HBAR, Case, M, build
from zitter.core.grid import Grid
from zitter.system.external_potentials import Harmonic

CUBE = made(Grid, lower=[-5.0] * 3, upper=[5.0] * 3, num=(20, 20, 20))


def packet(u):
    """A Gaussian ψ on the cube."""
    x, y, z = np.moveaxis(build(CUBE, u).points.reshape(20, 20, 20, 3), -1, 0) / u.length
    return np.exp(-0.5 * ((x - 0.3) ** 2 + y**2 + z**2) + 0.5j * y) / u.length**1.5


SAMPLES = {
    "wavefunctions": {
        "sharded_grid": {
            "evolve_sharded": Case(
                dict(psi0=InUnits(packet), grid=CUBE, potential=made(Harmonic, stiffness=0.7))
                | dict(times=[0.0, 0.2], masses=[M] * 3, hbar=HBAR, time_step=0.1)
                | dict(coupling=0.2, contact=0.3, leak_tolerance=None),
                words={"dof": "3"},
            ),
        },
    },
}
