"""Sample arguments for K bodies and the packets that ride on them."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import HBAR, Case
from zitter.kbody.bodies import bodies
from zitter.kbody.crossing import CollidingPackets
from zitter.kbody.packets import packets_at
from zitter.kbody.tangent import tangent_map
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
V = np.array([[0.2, 0.3, 0.1], [0.0, -0.4, 0.2], [0.5, 0.1, 0.0]])
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
    "tree": {
        "tree_accelerations": Case(dict(system=HELD, X=X, t=0.0, opening=0.5)),
        "tree_pair_accelerations": Case(dict(system=FREE, X=X, opening=0.5)),
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

TANGENT = made(tangent_map, system=FREE, X0=X, V0=V, times=TIMES, time_step=0.05)
TANGENT_UNITS = (
    "length", "momentum", "1", "time/mass", "mass/time", "1", "action", "action", "energy",
)  # fmt: skip
SIGMA = InUnits(lambda u: (0.01 * np.eye(9) + 0.002) * u.length**2)
SLOPE = InUnits(lambda u: (0.2 * np.eye(9) - 0.01) * u.of("mass/time"))
SPREAD = dict(motion=TANGENT, hessian=SLOPE)
AT_REST = dict(motion=TANGENT, index=2, covariance=SIGMA, hessian=SLOPE)
PACKETS = made(packets_at, **AT_REST)
PLACE = dict(packets=PACKETS, q=X + 0.1)


def parts(m, u):
    return tuple(m)[2:]


def riding(p, u):
    return tuple(p)


RIDING_UNITS = ("mass", "length", "momentum", "action", "length^2", "mass/time")
RIDING = {
    "tangent": {
        "tangent_map": Case(TANGENT.arguments, parts, TANGENT_UNITS),
        "product_tangent_map": Case(TANGENT.arguments, parts, TANGENT_UNITS),
    },
    "packets": {
        "tidal_covariance": Case(SPREAD | dict(covariance=SIGMA)),
        "spread": Case(SPREAD),
        "phase_hessian": Case(SPREAD),
        "body_phases": Case(dict(motion=TANGENT)),
        "packets_at": Case(AT_REST, riding, RIDING_UNITS),
        "product_form": Case(dict(packets=PACKETS), riding, RIDING_UNITS),
        "log_density": Case(PLACE, words={"n": "9"}),
        "phase": Case(PLACE),
        "momenta": Case(PLACE),
        "log_density_rate": Case(PLACE),
        "phase_rate": Case(PLACE | dict(system=FREE)),
        "body_quantum_potentials": Case(PLACE | dict(hbar=HBAR)),
        "classical_log_psi": Case(
            PLACE | dict(hbar=HBAR),
            lambda z, u: (z.real, z.imag),
            ("ln(1/length^(9/2))", "1"),
        ),
        "canonical_correlation": Case(
            dict(covariance=SIGMA, first=0, second=1, num_space=3), None, "1"
        ),
    },
}

COLLIDING = InUnits(
    lambda u: CollidingPackets(
        0.8 * u.length, 9.0 * u.length, 1.5 * u.of("momentum"), 1.3 * u.mass, 0.9 * u.of("action")
    )
)
PAIR = made(bodies, masses=[1.0, 1.0], num_space=2, law="point", gravitational_constant=0.9)
APART = dict(separation=1.0, width=0.02, time=0.1, hbar=1e-3)
PAIR_UNITS = ("length", "length", "1", "1", "1")
HELD_APART = dict(coupling=0.7, distance=1.3, split=0.4, time=0.6, hbar=HBAR)
MEMBERS = np.array([0, 0, 1])


def qubits(s, u):
    return s.phases, s.state.real, s.negativity, s.witness


QUANTUM = {
    "entanglement": {
        "quantum_pair": Case(
            dict(system=PAIR, num_steps=20, num_points=64) | APART, riding, PAIR_UNITS
        ),
        "gaussian_pair": Case(dict(system=PAIR, num_steps=20) | APART, riding, PAIR_UNITS),
        "purity_loss": Case(dict(mass=1.2, coupling=0.7) | APART),
    },
    "two_paths": {
        "path_phases": Case(HELD_APART),
        "two_path_state": Case(HELD_APART, qubits, ("1",) * 4),
        "negativity": Case(dict(rho=0.5 * np.eye(4)[::-1])),
    },
    "crossing": {
        "meeting_time": Case(dict(packets=COLLIDING)),
        "packet_overlap": Case(dict(packets=COLLIDING, time=3.0)),
        "encounter": Case(
            dict(case="distinguishable", packets=COLLIDING, times=[0.0, 3.0], num_runs=3, seed=1),
            lambda e, u: e.paths,
            "length",
        ),
    },
    "clusters": {
        "cluster_energies": Case(
            dict(system=FREE, members=MEMBERS, X=X, V=V), lambda e, u: tuple(e)[:4], ("energy",) * 4
        ),
        "centres_of_mass": Case(dict(system=FREE, members=MEMBERS, X=X)),
        "tidal_force_error": Case(dict(separation=2.0, size=0.3)),
        "centre_force_error": Case(dict(system=FREE, members=MEMBERS, X=X, body=0)),
    },
}

SAMPLES = {"kbody": SYSTEM | RIDING | QUANTUM}
