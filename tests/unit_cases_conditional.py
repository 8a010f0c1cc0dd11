"""Sample arguments of the functions about conditional wavefunctions whose results have units."""

import numpy as np

from unit_reading import made
from unit_samples import (
    CONDENSATE,
    HBAR,
    JOINT,
    PAIR_POTENTIAL,
    PLANE,
    Q2,
    QUARTIC,
    SPRING,
    TIMES,
    UNSOLVED,
    Case,
    M,
    T,
)
from zitter.core.grid import Grid
from zitter.wavefunctions.normal_modes import NormalModes, gaussian_modes

X_CM = np.array([[[0.1], [-0.4]], [[0.9], [1.3]]])
FIELD = dict(psi=UNSOLVED, x_cm=X_CM, Q=Q2, t=T)
SCALED = FIELD | dict(mass=M, hbar=HBAR)

CONDITIONAL = {
    "conditional": {
        "conditional_log_psi": Case(FIELD),
        "conditional_phase": Case(FIELD | dict(hbar=HBAR)),
        "conditional_density": Case(FIELD),
        "A_term": Case(SCALED),
        "B_term": Case(SCALED),
        "A_kinetic_gradient": Case(SCALED),
        "classicality_ratio": Case(dict(psi=UNSOLVED, Q=Q2, t=T, U_ext=QUARTIC, mass=M, hbar=HBAR)),
    },
    "conditional_residuals": {
        "conditional_hamilton_jacobi_residual": Case(SCALED | dict(potential=PAIR_POTENTIAL)),
        "conditional_continuity_residual": Case(SCALED),
        "conditional_schrodinger_residual": Case(SCALED | dict(potential=PAIR_POTENTIAL)),
        "conditional_increments": Case(
            {k: v for k, v in SCALED.items() if k not in ("Q", "t")}
            | dict(paths=np.stack([Q2, 0.8 * Q2]), times=[T, 1.1], potential=PAIR_POTENTIAL)
        ),
    },
}

POINTS = np.array([[[0.2, 0.9], [1.1, -0.4]], [[-0.3, 0.5], [0.8, 0.1]]])
RELATIVE = dict(psi=UNSOLVED, Y=POINTS, Q=Q2, t=T, mass=M, hbar=HBAR)
POTENTIALS = dict(U_ext=QUARTIC, U_int=SPRING)
FORCED = dict(psi=UNSOLVED, Q=Q2, t=T, mass=M, hbar=HBAR) | POTENTIALS

CONDITIONAL |= {
    "relative_residuals": {
        "relative_continuity_residual": Case(RELATIVE),
        "relative_hamilton_jacobi_residual": Case(RELATIVE | dict(potential=PAIR_POTENTIAL)),
        "centre_factors": Case(RELATIVE),
        "effective_continuity_residual": Case(RELATIVE),
        "effective_hamilton_jacobi_residual": Case(RELATIVE | POTENTIALS),
    },
    "relative_motion": {
        "potential_on_path": Case(dict(Q=Q2, t=T) | POTENTIALS),
        "relative_forces": Case(FORCED),
        "relative_forces_at_large_N": Case(
            FORCED, lambda F, u: (F.tidal, F.pair, F.quantum_rel), ("force",) * 3
        ),
        "relative_velocity_from_forces": Case(
            dict(times=TIMES, F=np.array([0.3, -0.2, 0.9]), mass=M, v_start=0.4)
        ),
    },
}

DRAWS = np.array([[0.3, -0.9], [1.4, 0.2], [-0.6, -0.2], [0.9, -1.1]])
NEAR = made(Grid, lower=[-12.0], upper=[12.0], num=(96,))
UNEVEN = made(NormalModes, stiffness=np.array([[1.4, -0.6], [-0.6, 0.7]]), mass=M)
PINNED = made(gaussian_modes, modes=UNEVEN, chirp=0.2, hbar=HBAR)
SAMPLED = dict(psi=CONDENSATE, Q=DRAWS, t=T, grid=NEAR)

CONDITIONAL |= {
    "decoupling": {
        "mutual_information": Case(SAMPLED, lambda e, u: tuple(e), ("1", "1")),
        "centre_of_mass_purity": Case(SAMPLED, lambda e, u: tuple(e), ("1", "1")),
        "conditional_states": Case(
            SAMPLED, lambda f, u: f[:, 40:56], "1/length^(1/2)", {"num_space": "1"}
        ),
        "decoupling_on_grid": Case(dict(psi=JOINT, grid=PLANE), lambda d, u: tuple(d), ("1", "1")),
        "gaussian_decoupling": Case(dict(psi=PINNED, t=T), lambda d, u: tuple(d), ("1", "1")),
        "mixed_derivatives": Case(dict(psi=UNSOLVED, Q=Q2, t=T, hbar=HBAR)),
        "relative_quantum_potentials": Case(SCALED),
    },
}

SAMPLES = {"classical_limit": CONDITIONAL}
