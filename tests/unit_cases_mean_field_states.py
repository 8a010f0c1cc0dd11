"""Sample arguments of mean fields, solitons and few bodies whose results have units."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import DENSITY, HBAR, LINE, Case, M, build
from unit_samples import TRAP as TRAP_1D
from zitter.core.grid import Grid
from zitter.mean_field.radial_evolution import RadialGrid
from zitter.mean_field.radial_states import radial_state
from zitter.system.pair_potentials import NewtonPair

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

DISTANCE = np.array([0.0, 0.6, 2.5])
STATE = made(radial_state, **SMALL)
CUBE = made(Grid, lower=[-9.0] * 3, upper=[9.0] * 3, num=(12,) * 3)
WIDE_CUBE = made(Grid, lower=[-15.0] * 3, upper=[15.0] * 3, num=(20,) * 3)
SOFT = made(NewtonPair, mass=M, gravitational_constant=0.5, softening=0.9)
PAIR = dict(num_particles=3, mass=M, hbar=HBAR)


def _ball(u):
    r_squared = np.sum(np.asarray(CUBE_POINTS) ** 2, axis=-1)
    return np.exp(-r_squared / 7.0) * u.of("1/length^3")


CUBE_POINTS = np.stack(
    np.meshgrid(*3 * [np.linspace(-9.0, 9.0, 12, endpoint=False)], indexing="ij"), axis=-1
)
CLOUD = InUnits(_ball)


def _matrix(u):
    x = np.linspace(-9.0, 9.0, 64, endpoint=False)
    return np.exp(-np.add.outer(x**2, x**2) - np.subtract.outer(x, x) ** 2) * u.of("1/length")


MATRIX = InUnits(_matrix)
ORBIT = InUnits(
    lambda u: (
        np.exp(-0.15 * np.linspace(-9.0, 9.0, 64, endpoint=False) ** 2) * u.of("1/length^(1/2)")
    )
)

SQUARE_BOX = made(Grid, lower=[-12.0] * 2, upper=[12.0] * 2, num=(32, 32))


def _pair(u):
    x = np.linspace(-12.0, 12.0, 32, endpoint=False)
    return np.exp(-(np.subtract.outer(x, x) ** 2) - np.add.outer(x, x - 1.0) ** 2 / 60.0)


PAIR_DENSITY = InUnits(_pair)

LINES = {
    "hartree": {
        "line_mean_field": Case(
            dict(V_pair=SOFT, grid=LINE), lambda field, u: field(build(DENSITY, u)), "energy"
        ),
        "evolve_hartree": Case(
            dict(phi0=ORBIT, grid=LINE, V_pair=SOFT, times=np.array([0.0, 0.4]), U_ext=TRAP_1D)
            | dict(mass=M, hbar=HBAR, num_others=2.0, time_step=0.1),
            words={"dof": "1"},
        ),
    },
    "line_states": {
        "line_state": Case(
            dict(V_pair=SOFT, extent=12.0, num_points=32, mass=M, hbar=HBAR, U_ext=TRAP_1D)
        ),
    },
    "few_body": {
        "product_of_orbitals": Case(dict(phi=ORBIT, num_particles=3), words={"num_particles": "3"}),
        "one_particle_matrix": Case(dict(psi=MATRIX, spacing=18.0 / 64)),
        "mean_field_error": Case(dict(gamma=MATRIX, phi=ORBIT, spacing=18.0 / 64)),
        "few_body_beside_mean_field": Case(
            dict(phi0=ORBIT, grid=LINE, V_pair=SOFT, num_particles=2, U_ext=TRAP_1D)
            | dict(times=np.array([0.0, 0.4]), mass=M, hbar=HBAR, time_step=0.2, order=2)
        ),
        "harmonic_mean_field_error": Case(
            PAIR | dict(pair_stiffness=0.4, time=0.7, width=0.8, trap_frequency=0.3)
        ),
    },
}
SOLITONS = {
    "cartesian_states": {
        "cartesian_ground_state": Case(
            SELF | dict(grid=WIDE_CUBE, tolerance=1e-5), words={"num_axes": "3"}
        ),
    },
    "solitons": {
        "soliton_on_grid": Case(
            dict(state=STATE, grid=CUBE, centre=[0.3, 0.0, 0.1], velocity=[0.2, 0.0, -0.1])
            | dict(mass=M, hbar=HBAR)
        ),
        "oscillation_frequencies": Case(SELF | dict(state=STATE, num=2)),
        "core_radius": Case(dict(state=STATE)),
        "core_profile": Case(dict(r=DISTANCE, radius=1.2)),
        "fit_soliton": Case(
            dict(density=CLOUD, grid=CUBE, centre=[0.1, 0.0, 0.0], reach=5.0, mass=M, hbar=HBAR)
        ),
    },
    "gaussian_collapse": {
        "threshold_of_spreading": Case({}),
        "threshold_of_energy": Case({}),
        "critical_mass": Case(
            dict(threshold=3.76, width=0.8, hbar=HBAR, gravitational_constant=0.7)
        ),
        "spreading_acceleration": Case(dict(K=1.3, width=0.8, mass=M, hbar=HBAR)),
        "evolve_gaussian": Case(
            dict(K=1.3, times=np.array([0.0, 0.4]), grid=BALL, width=2.5, mass=M, hbar=HBAR)
            | dict(time_step=0.2)
        ),
        "late_bound_share": Case(
            dict(K=1.3, times=np.array([0.0, 4.0]), radius=20.0, grid=RadialGrid(60.0, 299))
        ),
    },
}
CATS = {
    "cat_states": {
        "two_lobe_state": Case(dict(state=STATE, grid=CUBE, separation=7.0, relative_phase=0.4)),
        "lobes": Case(dict(density=CLOUD, grid=CUBE)),
        "lobe_acceleration": Case(
            dict(density=CLOUD, grid=CUBE, coupling=0.7, mass=M), words={"num_axes": "3"}
        ),
        "half_mass_acceleration": Case(dict(separation=2.0, coupling=0.7, mass=M)),
        "probe_acceleration": Case(
            dict(density=CLOUD, grid=CUBE, position=[0.4, 0.3, 8.2], source_mass=2.0)
            | dict(gravitational_constant=0.7)
        ),
        "pair_cat_state": Case(
            dict(V_pair=SOFT, grid=SQUARE_BOX, separation=5.0, cm_width=0.8, mass=M, hbar=HBAR)
        ),
        "pair_branches": Case(dict(density=PAIR_DENSITY, grid=SQUARE_BOX)),
    },
}

SAMPLES = {"mean_field": RADIAL | LINES | SOLITONS | CATS}
