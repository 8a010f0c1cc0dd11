"""Sample arguments for clouds of bodies in equilibrium."""

import numpy as np

from unit_cases_kbody import FREE, V, X
from unit_reading import InUnits
from unit_samples import Case
from zitter.kbody.equilibria import Species

SPHERE = dict(num=8, mass=1.2, radius=0.7, gravitational_constant=0.9)
PLUMMER = dict(mass=1.2, radius=0.7, gravitational_constant=0.9)
SPECIES = InUnits(
    lambda u: [
        Species(4, 1.2 * u.mass, 0.5, 0.3 * u.of("velocity"), 0.1 * u.of("velocity")),
        Species(2, 0.7 * u.mass, -1.0, 0.2 * u.of("velocity")),
    ]
)


def drawn(c, u):
    return c.masses, c.X, c.V


DRAWN = ("mass", "length", "velocity")
SPHERICAL = dict(mass=1.2, radii=[0.3, 0.8], speeds=[0.4, 0.2], u=np.full((2, 4), 0.3))
PROFILE = (lambda p, u: (p.radii, p.W, p.mass), ("1", "1", "1"))

SAMPLES = {
    "kbody": {
        "clouds": {
            "spherical_cloud": Case(
                SPHERICAL | dict(u=InUnits(lambda u: np.full((2, 4), 0.3))), drawn, DRAWN
            ),
            "virial_ratio": Case(dict(system=FREE, X=X, V=V)),
            "lagrange_radii": Case(
                dict(masses=[1.0, 0.6, 0.8], X=X, shares=InUnits(lambda u: [0.3, 0.6]))
            ),
        },
        "equilibria": {
            "plummer_potential": Case(PLUMMER | dict(r=[0.3, 1.4])),
            "plummer_distribution": Case(PLUMMER | dict(energy=[-0.8, -0.1])),
            "plummer_cloud": Case(SPHERE, drawn, DRAWN),
            "isothermal_slab": Case(
                dict(num=8, mass=1.2, dispersion=0.7, gravitational_constant=0.9), drawn, DRAWN
            ),
            "homogeneous_medium": Case(
                dict(species=SPECIES, period=2.0, num_space=2, background=0.0), drawn, DRAWN
            ),
        },
        "king": {
            "king_density": Case(dict(W=[0.5, 2.0])),
            "king_profile": Case(dict(depth=InUnits(lambda u: 3.0)), *PROFILE),
            "king_cloud": Case(SPHERE | dict(depth=InUnits(lambda u: 3.0)), drawn, DRAWN),
        },
    },
}
