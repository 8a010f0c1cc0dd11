"""Sample arguments of the functions of `system` and `wavefunctions` whose results have units.

Numbers are those of the old units; the docstrings say which unit each has.
"""

from io import BytesIO

import numpy as np

from unit_reading import InUnits, made
from unit_samples import (
    FERMIONS,
    FRAME,
    HBAR,
    LINE,
    LN_1,
    LN_2,
    ONE,
    ONE_STACKED,
    ORBITAL,
    PACKETS,
    PAIR_POTENTIAL,
    PLANE,
    PSI,
    Q2,
    QUARTIC,
    SPRING,
    SQUARE,
    STACK,
    TRAP,
    UNSOLVED,
    VORTEX,
    X3,
    Case,
    M,
    T,
    at,
    build,
    on_grid,
)
from zitter.wavefunctions.grid_psi import GridPsi
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.orbitals import packet_tables
from zitter.wavefunctions.overlaps import normalised, orbital_matrices
from zitter.wavefunctions.vortices import circle

COLUMN = X3[:, None]
POSITIONS = Q2[:, :, None]
GUIDED = dict(psi=FERMIONS, Q=Q2, t=T, masses=[M, M], hbar=HBAR)
WHOLE = dict(psi=FERMIONS, Q=Q2, t=T, mass=M, hbar=HBAR)
SOLVED = GUIDED | dict(psi=UNSOLVED)
MOVED = SOLVED | dict(potential=PAIR_POTENTIAL)
DIFFUSING = dict(psi=UNSOLVED, masses=[M, M], hbar=HBAR)
RING = made(circle, centre=[0.2, -0.1], radius=0.9)
SAMPLED = dict(grid=LINE, mass=M, hbar=HBAR)
STEPS = dict(times=[0.0, 0.2], hbar=HBAR, time_step=0.1)
ALONE = {"dof": "1"}
JETS = dict(t=T, order=3)


def energy(**arguments):
    return Case(arguments, at(X3), "energy")


def log_psi(q, unit, t=T, **arguments):
    return Case(arguments, at(q, t), unit)


def saved(u):
    """Samples as a file that `psi_from_samples` reads."""
    file, grid = BytesIO(), build(LINE, u)
    np.savez(file, psi=build(on_grid(ONE, LINE), u), lower=grid.lower, upper=grid.upper)
    file.seek(0)
    return file


SYSTEM = {
    "constants": {
        "scaled": Case(dict(length=0.3, mass=M, hbar=HBAR)),
    },
    "coordinates": {
        "centre_of_mass_coordinates": Case(dict(x=COLUMN)),
        "particle_coordinates": Case(dict(x_cm=[0.4], y=COLUMN)),
        "centre_of_mass_gradient": Case(dict(gradient=COLUMN), words={"unit of f": "energy"}),
        "coordinate_masses": Case(dict(num_particles=3, mass=M)),
    },
    "external_potentials": {
        "UniformForce": energy(force=0.4),
        "Harmonic": energy(stiffness=0.3, centre=0.2),
        "Quartic": energy(coefficient=0.3, centre=0.2),
        "GaussianWell": energy(depth=0.3, width=0.8, centre=0.2),
        "PointSource": energy(strength=0.3, position=0.2, softening=0.1),
        "newton_source": energy(
            mass=M, source_mass=2.0, position=0.2, gravitational_constant=1.1, softening=0.1
        ),
        "coulomb_source": energy(
            charge=1.5, source_charge=2.0, position=0.2, coulomb_constant=1.1, softening=0.1
        ),
    },
    "pair_potentials": {
        "HarmonicPair": energy(stiffness=0.3),
        "NewtonPair": energy(mass=M, other_mass=0.7, gravitational_constant=1.1, softening=0.1),
        "CoulombPair": energy(charge=1.5, other_charge=-2.0, coulomb_constant=1.1, softening=0.1),
        "SheetPair": Case(dict(mass=M, gravitational_constant=1.1), at(X3[:1]), "energy"),
    },
    "potentials": {
        "force": Case(dict(U=QUARTIC, x=X3, t=T)),
        "total_potential": Case(dict(U_ext=QUARTIC, U_int=SPRING, X=COLUMN, t=T)),
        "length_scale": Case(dict(U=QUARTIC, x=X3, t=T)),
    },
}

STATES = {
    "gaussian": {
        "GaussianPacket": log_psi([0.4], LN_1, **ONE.arguments),
        "Superposition": log_psi([0.4], LN_1, **ORBITAL.arguments),
        "packet_state": Case(dict(packet=PACKETS, t=T)),
        "packet_width": Case(dict(packet=PACKETS, t=T)),
    },
    "orbitals": {
        "orbital_jets": Case(JETS | dict(orbitals=STACK, X=POSITIONS)),
        "own_orbital_jets": Case(JETS | dict(orbitals=STACK, X=POSITIONS)),
        "own_log_jets": Case(JETS | dict(orbitals=STACK, X=POSITIONS)),
        "superposition_jets": Case(JETS | dict(orbitals=ORBITAL, x=COLUMN)),
        "superposition_log_jets": Case(JETS | dict(orbitals=ORBITAL, x=COLUMN)),
        "packet_tables": Case(dict(orbitals=STACK, t=T)),
        "packet_logs": Case(
            dict(tables=made(packet_tables, orbitals=STACK, t=T), x=Q2[:, :1]), unit=LN_1
        ),
    },
    "overlaps": {
        "orbital_matrices": Case(dict(orbitals=STACK, t=T)),
        "orbital_norms": Case(dict(orbitals=STACK)),
    },
    "statistics_of_position": {
        "position_moments": Case(dict(psi=FERMIONS, t=T)),
        "occupation_moments": Case(
            dict(
                matrices=made(
                    orbital_matrices, orbitals=made(normalised, orbitals=ONE_STACKED), t=T
                ),
                occupations=[3],
            )
        ),
    },
    "derivatives": {
        "derivatives": Case(dict(psi=FERMIONS, Q=Q2, t=T, order=3)),
        "automatic_derivatives": Case(dict(psi=VORTEX, Q=Q2, t=T, order=3)),
    },
    "identical": {
        "Product": log_psi(Q2[0], LN_2, orbitals=STACK),
        "Determinant": log_psi(Q2[0], LN_2, orbitals=STACK),
    },
    "permanent": {"Permanent": log_psi(Q2[0], LN_2, orbitals=STACK)},
    "sparse_permanent": {"SparsePermanent": log_psi(Q2[0], LN_2, orbitals=STACK, threshold=1e-14)},
    "occupation": {
        "OccupationState": log_psi(Q2[0], LN_2, orbitals=STACK, occupations=(1, 1)),
    },
    "macroscopic": {
        "MacroscopicSuperposition": log_psi(
            Q2[0],
            LN_2,
            branches=[FERMIONS, made(Product, orbitals=STACK)],
            coefficients=[0.6, 0.8],
        ),
        "cat_state": log_psi(Q2[0], LN_2, orbitals=STACK, num_particles=2),
    },
    "vortices": {
        "circulation": Case(dict(psi=VORTEX, loop=RING, t=T, hbar=HBAR)),
        "circle": Case(dict(centre=[0.2, -0.1], radius=0.9), lambda loop, u: loop(0.3), "length"),
        "vortices_on_grid": Case(dict(psi=VORTEX, grid=PLANE, t=T)),
        "PairVortex": log_psi(Q2[0], LN_2, **VORTEX.arguments),
        "BosonPairVortex": log_psi(Q2[0], LN_2, amplitude=0.4, **VORTEX.arguments),
    },
}

FIELDS = {
    "madelung": {
        "density": Case(dict(psi=FERMIONS, Q=Q2, t=T)),
        "phase": Case(dict(psi=FERMIONS, Q=Q2, t=T, hbar=HBAR)),
        "current_velocity": Case(GUIDED),
        "osmotic_velocity": Case(GUIDED),
        "forward_drift": Case(GUIDED),
        "backward_drift": Case(GUIDED),
        "centre_of_mass_current_velocity": Case(WHOLE),
        "centre_of_mass_osmotic_velocity": Case(WHOLE),
        "relative_current_velocity": Case(WHOLE),
        "relative_osmotic_velocity": Case(WHOLE),
        "quantum_potential": Case(GUIDED),
        "centre_of_mass_quantum_potential": Case(WHOLE),
        "relative_quantum_potential": Case(WHOLE),
        "in_centre_of_mass_coordinates": log_psi(Q2[0], LN_2, psi=FERMIONS, num_particles=2),
        "normalisation": Case(dict(psi=ONE, grid=LINE, t=T)),
    },
    "residuals": {
        "schrodinger_residual": Case(MOVED),
        "hamilton_jacobi_residual": Case(MOVED),
        "continuity_residual": Case(SOLVED),
        "euler_residual": Case(MOVED),
        "acceleration": Case(SOLVED),
        "newton_residual": Case(MOVED),
        "forward_derivative": Case(DIFFUSING | dict(f=SQUARE), at(Q2[0]), "length^2/time"),
        "backward_derivative": Case(DIFFUSING | dict(f=SQUARE), at(Q2[0]), "length^2/time"),
    },
    "grid_psi": {
        "GridPsi": log_psi([0.4], LN_1, psi=FRAME, times=[T], **SAMPLED),
        "psi_from_samples": log_psi([0.4], LN_1, t=0.0, path=InUnits(saved), mass=M, hbar=HBAR),
    },
    "schrodinger": {
        "evolve_schrodinger": Case(
            STEPS | dict(psi0=PSI, grid=LINE, potential=TRAP, masses=[M]), words=ALONE
        ),
        "configuration_potential": Case(PAIR_POTENTIAL.arguments, at(Q2[0]), "energy"),
        "energy": Case(dict(psi=PSI, grid=LINE, potential=TRAP, t=T, masses=[M], hbar=HBAR)),
        "values_on_grid": Case(dict(f=QUARTIC, grid=LINE, t=T), unit="energy"),
    },
    "two_body": {
        "two_body_evolution": Case(
            STEPS
            | dict(phi0=PSI, grid=LINE, U_ext=TRAP, V_pair=SPRING, mass=M)
            | dict(cm_width=0.8, cm_centre=0.2, cm_momentum=0.3, times=np.linspace(0.0, 0.12, 7)),
            words=ALONE,
        ),
        "TwoBodyPsi": log_psi(
            Q2[0],
            LN_2,
            t=0.0,
            centre_of_mass=ONE,
            relative=made(GridPsi, psi=FRAME, times=[0.0], **SAMPLED),
        ),
        "quadratic_coefficients": Case(dict(U_ext=TRAP, grid=LINE, times=[0.0, 1.0])),
    },
}

SAMPLES = {"system": SYSTEM, "wavefunctions": STATES | FIELDS}
