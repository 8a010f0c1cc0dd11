"""Sample arguments of extended bodies, probes, stochastic self-gravity and vortex lines."""

import numpy as np

from unit_reading import InUnits
from unit_samples import Case, M, T
from zitter.mean_field.extended_bodies import Moments, gaussian_energy

G = InUnits(lambda u: 0.7 * u.of("length^3/mass/time^2"))
DISTANCES = np.array([0.0, 0.3, 0.9, 2.5])
SITES = np.array([[0.0, 0.0, 0.0], [0.9, 0.0, 0.1], [0.2, -1.1, 0.4]])
GAUSSIAN_BODY = InUnits(
    lambda u: (
        lambda d: gaussian_energy(d, M * u.mass, 0.4 * u.length, 0.7 * u.of("length^3/mass/time^2"))
    )
)
MOMENTS = InUnits(
    lambda u: Moments(
        0.4 * u.length,
        -0.3 * u.of("momentum"),
        0.5 * u.length**2,
        0.1 * u.of("action"),
        0.7 * u.of("momentum^2"),
    )
)

BODIES = {
    "homogeneous_sphere_energy": Case(
        dict(d=DISTANCES, mass=M, radius=0.8, gravitational_constant=G)
    ),
    "gaussian_energy": Case(dict(d=DISTANCES, mass=M, width=0.4, gravitational_constant=G)),
    "crystal_energy": Case(
        dict(displacements=SITES, sites=SITES, atom_mass=M, width=0.4)
        | dict(gravitational_constant=G)
    ),
    "crystalline_sphere": Case(dict(radius=1.3, spacing=0.6)),
    "homogeneous_sphere_frequency": Case(dict(mass=M, radius=0.8, gravitational_constant=G)),
    "crystal_frequency": Case(dict(atom_mass=M, width=0.4, gravitational_constant=G)),
    "gaussian_self_potential": Case(dict(r=DISTANCES, width=0.5, energy=GAUSSIAN_BODY)),
    "trapped_moments": Case(
        dict(start=MOMENTS, t=T, mass=M, trap_frequency=1.2, self_frequency=0.5)
    ),
}

SAMPLES = {"mean_field": {"extended_bodies": BODIES}}
