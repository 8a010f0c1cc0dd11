"""Sample arguments for spherical Vlasov-Poisson by shells."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import Case
from zitter.mean_field.shells import Shells
from zitter.mean_field.spherical_vlasov import RadialElements

MASSES = [0.4, 0.7, 0.3]
X = [[0.5, 0.0], [0.2, 1.1], [-3.5, 0.4]]
V = [[0.3, 0.2], [-0.1, 0.6], [0.2, 0.1]]


def shells_in(u, shift=0.0):
    return Shells(
        np.array(MASSES) * u.mass,
        np.array([0.5, -0.2, 0.3]),
        (np.array(X) + shift) * u.length,
        np.array(V) * u.of("velocity"),
    )


SHELLS = InUnits(shells_in)
ELEMENTS = made(RadialElements, extent=3.0, num=16, core=0.5)
FIELD = dict(shells=SHELLS, elements=ELEMENTS, gravitational_constant=0.9, coulomb_constant=0.8)
F0 = InUnits(
    lambda u: (
        lambda r, v, L: np.exp(
            -((r / u.length) ** 2) - (v**2 + (L / r) ** 2) / u.of("velocity^2") / 0.8
        )
    )
)


def parts(s, u):
    return tuple(s)


UNITS = ("mass", "1", "length", "velocity")
SAMPLES = {
    "mean_field": {
        "shells": {
            "shells_of": Case(
                dict(masses=[0.5], X=[[0.3, 0.2, 0.1]], V=[[0.1, 0.4, 0.2]]), parts, UNITS
            ),
            "shells_from_distribution": Case(
                dict(f0=F0, num=16, largest_radius=2.0, largest_speed=1.5, mass=0.7), parts, UNITS
            ),
            "distribution_drift": Case(
                dict(before=SHELLS, after=InUnits(lambda u: shells_in(u, 0.1)), f0=F0), None, "1"
            ),
        },
        "spherical_vlasov": {
            "RadialElements": Case(ELEMENTS.arguments, lambda e, u: e.step, "1"),
            "evolve_shells": Case(
                FIELD | dict(times=[0.0, 0.2, 0.5], time_step=0.05),
                lambda m, u: (m.times, m.X, m.V, m.energy),
                ("time", "length", "velocity", "energy"),
            ),
            "shell_energy": Case(FIELD, None, "energy"),
        },
    }
}
