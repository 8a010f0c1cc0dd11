"""Sample arguments for K bodies and the packets that ride on them."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import Case
from zitter.kbody.bodies import bodies
from zitter.system.potentials import Harmonic

FIELD = InUnits(lambda u: Harmonic(0.3 / u.time**2))
PAIR_FIELD = InUnits(lambda u: Harmonic(0.2 * u.of("mass/time^2")))
COUPLED = dict(
    masses=[1.0, 0.6, 0.8],
    charges=[0.5, -0.3, 0.2],
    gravitational_constant=0.9,
    coulomb_constant=1.2,
    softening=0.1,
)
FREE = made(bodies, **COUPLED)
HELD = made(bodies, **COUPLED, U_mass=FIELD, U_charge=PAIR_FIELD)
SHEETS = InUnits(
    lambda u: bodies(
        np.array([1.0, 0.6]) * u.mass,
        num_space=1,
        gravitational_constant=u.of("length/mass/time^2"),
        coulomb_constant=0.0,
    )
)
X = np.array([[0.0, 0.1, 0.2], [1.2, 0.0, -0.3], [-0.2, 1.5, 0.4]])
V = np.array([[0.0, 0.3, 0.1], [0.0, -0.4, 0.2], [0.5, 0.1, 0.0]])
TIMES = np.array([0.0, 0.2, 0.5])
MOTION = ("length", "velocity", "energy", "momentum", "action")


def motion(m, u):
    return m.X, m.V, m.energy, m.momentum, m.angular_momentum


SYSTEM = {
    "bodies": {
        "bodies": Case(COUPLED, lambda b, u: b.num_bodies, "1"),
        "external_energies": Case(dict(system=HELD, X=X, t=0.0)),
        "external_accelerations": Case(dict(system=HELD, X=X, t=0.0)),
    },
    "direct_sum": {
        "accelerations": Case(dict(system=HELD, X=X, t=0.0)),
        "printed_accelerations": Case(dict(system=FREE, X=X)),
        "mutual_energies": Case(dict(system=FREE, X=X)),
        "body_potentials": Case(dict(system=HELD, X=X, t=0.0)),
    },
    "newton": {
        "newton_paths": Case(
            dict(system=FREE, X0=X, V0=V, times=TIMES, time_step=0.05), motion, MOTION
        ),
        "adaptive_newton_paths": Case(
            dict(system=FREE, X0=X, V0=V, times=TIMES, first_step=0.01), motion, MOTION
        ),
        "total_energy": Case(dict(system=HELD, X=X, V=V)),
    },
    "sheets": {
        "two_sheet_period": Case(
            dict(separation=1.1, total_mass=1.6, gravitational_constant=0.8),
        ),
        "sheet_paths": Case(
            dict(system=SHEETS, X0=X[:2, :1], V0=V[:2, :1], times=TIMES),
            lambda m, u: (m.X, m.V, m.momentum),
            ("length", "velocity", "momentum"),
        ),
    },
}

SAMPLES = {"kbody": SYSTEM}
