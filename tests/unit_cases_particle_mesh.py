"""Sample arguments for bodies on a mesh, periodic bodies and their natural scales."""

import numpy as np

from unit_cases_kbody import COUPLED, V, X
from unit_reading import InUnits, made
from unit_samples import LINE, Case
from zitter.core.grid import Grid
from zitter.kbody.bodies import bodies
from zitter.kbody.particle_mesh import Mesh

POINTS = made(bodies, **(COUPLED | dict(softening=0.4)))
PERIODIC = made(bodies, **(COUPLED | dict(softening=0.0, period=3.0)))
SAME = COUPLED | dict(masses=[0.8] * 3, charges=[0.5] * 3, softening=0.0, period=3.0)
MEDIUM = dict(system=made(bodies, **SAME), V=V)
MESH = InUnits(lambda u: Mesh(Grid((-2.0 * u.length,) * 3, (3.0 * u.length,) * 3, (32,) * 3)))
ON_MESH = dict(system=POINTS, X=X, mesh=MESH)
KERNEL = np.exp(-(np.arange(65.0) ** 2) / 40.0)

SAMPLES = {
    "core": {
        "poisson": {
            "isolated_convolution": Case(
                dict(source=np.cos(np.arange(64.0)), kernel=KERNEL, grid=LINE)
            ),
        }
    },
    "kbody": {
        "direct_sum": {
            "sampled_accelerations": Case(dict(system=PERIODIC, X=X, numbers=np.array([0, 2]))),
        },
        "particle_mesh": {
            "mesh_accelerations": Case(ON_MESH | dict(t=0.0)),
            "mesh_pair_accelerations": Case(ON_MESH),
            "mesh_mutual_energies": Case(ON_MESH, None, "energy"),
            "mesh_force_error": Case(ON_MESH, lambda e, u: tuple(e), ("1",) * 3),
            "mesh_around": Case(dict(system=POINTS, X=X, num=16), lambda m, u: m.spacing, "length"),
        },
        "tree": {
            "tree_mutual_energies": Case(dict(system=POINTS, X=X, opening=0.5), None, "energy"),
        },
        "plasma": {
            "medium_scales": Case(
                MEDIUM,
                lambda s, u: (s.plasma_frequency, s.debye_length, s.jeans_rate, s.jeans_length),
                ("1/time", "length", "1/time", "length"),
            ),
            "require_resolved_plasma": Case(MEDIUM | dict(spacing=0.01), lambda _, u: 1.0, "1"),
            "require_resolved_jeans": Case(MEDIUM | dict(spacing=0.01), lambda _, u: 1.0, "1"),
        },
    },
}
