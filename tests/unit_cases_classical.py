"""Sample arguments of the classical limit's rays, caustics and solvers of (72)."""

import jax.numpy as jnp
import numpy as np

from classical_cases import landscape, state
from unit_reading import InUnits, made
from unit_samples import HBAR, ONE, QUARTIC, X3, Case, M
from zitter.classical_limit._branches import Lattice
from zitter.classical_limit.hamilton_jacobi import classical_rays
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.grid import Grid

AMPLITUDE, ACTION = "1/length^(1/2)", "mass*length^2/time"
MOMENTUM, SPRING = "mass*length/time", "mass/time^2"
STATE = InUnits(
    lambda u: state(
        width=0.9 * u.length, momentum=0.3 * u.of(MOMENTUM), chirp=0.1 * u.of("mass/time")
    )
)
WELL = InUnits(
    lambda u: landscape(stiffness=0.6 * u.of(SPRING), quartic=0.001 * u.of("mass/time^2/length^2"))
)
LINE = made(Grid, lower=[-14.0], upper=[14.0], num=(256,))
LABELS = np.linspace(-3.0, 3.0, 32)[:, None]
RAYS = dict(state=STATE, potential=WELL, labels=LABELS, times=[0.0, 1.0, 6.0], masses=M)
PATH = dict(
    potential=QUARTIC,
    path=np.linspace(0.2, 1.1, 5)[:, None],
    times=np.linspace(0.0, 0.8, 5),
)
START = dict(state=STATE, potential=WELL, grid=LINE, times=[0.0, 0.6], mass=M, hbar=HBAR)
PROBLEM = made(ClassicalProblem, **START)
SOLVED = Case(dict(problem=PROBLEM))
WAVE = InUnits(lambda u: lambda x: jnp.exp(-((x[0] / u.length) ** 2)) / np.sqrt(u.length))
PHASE = InUnits(lambda u: lambda x: 0.3 * u.of(ACTION) * (x[0] / u.length) ** 2)


def _folded(u):
    q = np.linspace(-1.0, 1.0, 41) * u.length
    return dict(
        lattice=Lattice(q[:1], np.array([q[1] - q[0]]), (41,)),
        X=np.abs(q)[:, None],
        J=np.sign(q + 1e-9 * u.length)[:, None, None],
        amplitude=(1.2 + q / u.length) / np.sqrt(u.length),
    )


SAMPLES = {
    "classical_limit": {
        "hamilton_jacobi": {
            "ClassicalState": Case(
                dict(amplitude=WAVE, phase=PHASE),
                lambda s, u: (s.amplitude(u.length * X3), s.phase(u.length * X3)),
                (AMPLITUDE, ACTION),
            ),
            "state_of_psi": Case(
                dict(psi=ONE, t=0.0, hbar=HBAR),
                lambda s, u: (s.amplitude(u.length * X3[:1]), s.phase(u.length * X3[:1])),
                (AMPLITUDE, ACTION),
            ),
            "classical_rays": Case(RAYS),
            "velocity_from_force": Case(PATH | dict(masses=M, v_start=[0.4])),
            "integrated_curvature": Case(PATH | dict(mass=M)),
            "velocity_gradient": Case(dict(rays=made(classical_rays, **RAYS), masses=M)),
        },
        "caustics": {
            "minority_mass": Case(
                {
                    name: InUnits(lambda u, name=name: _folded(u)[name])
                    for name in ("lattice", "X", "J", "amplitude")
                },
            ),
        },
        "problem": {
            "ClassicalProblem": Case(
                START,
                lambda p, u: (p.initial_amplitude, p.initial_phase),
                (AMPLITUDE, ACTION),
            ),
        },
        "characteristics": {"by_characteristics": SOLVED},
        "grid_solver": {
            "stability_limit": Case(dict(grid=LINE, masses=M, hbar=HBAR)),
            "on_grid": SOLVED,
        },
        "signed_amplitude": {"by_signed_amplitude": SOLVED},
        "lambda_family": {
            "reduced_hbar": Case(dict(hbar=HBAR, coupling=0.5)),
        },
    }
}
