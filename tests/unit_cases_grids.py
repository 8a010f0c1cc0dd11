"""Sample arguments of the functions on grids whose results have units."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import HBAR, LINE, PLANE, TRAP, Case, M, build, on_grid
from zitter.wavefunctions.gaussian import GaussianPacket

WIDE = on_grid(made(GaussianPacket, width=[1.3], centre=0.2, momentum=0.3, mass=M, hbar=HBAR), LINE)


def density(u):
    """A Gaussian density on the plane."""
    x, y = np.moveaxis(build(PLANE, u).points.reshape(32, 36, 2), -1, 0) / u.length
    return np.exp(-0.5 * (x - 0.3) ** 2 - 0.7 * y**2) / u.length**2


SOURCE = dict(grid=PLANE, source=InUnits(density))
CLOUD = dict(density=InUnits(density), grid=PLANE, coupling=1.3)

SAMPLES = {
    "core": {
        "poisson": {
            "poisson_periodic": Case(SOURCE),
            "poisson_isolated": Case(SOURCE | dict(reference_length=1.4)),
        },
    },
    "wavefunctions": {
        "absorbing": {
            "absorbing_layer": Case(
                dict(grid=LINE, width=4.0, slowest=4.0, fastest=9.0, masses=[M], hbar=HBAR)
            ),
            "returned_share": Case(dict(width=12.0, strength=5.0, ratio=1.5)),
        },
    },
    "mean_field": {
        "schrodinger_newton": {
            "self_potential": Case(
                CLOUD | dict(boundary="isolated", reference_length=1.4), words={"num_axes": "2"}
            ),
            "evolve_schrodinger_newton": Case(
                dict(psi0=WIDE, grid=LINE, times=[0.0, 0.2], coupling=0.7, mass=M, hbar=HBAR)
                | dict(boundary="isolated", time_step=0.1, potential=TRAP, contact=0.4),
                words={"num_axes": "1", "dof": "1"},
            ),
        },
    },
}
