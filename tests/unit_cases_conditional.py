"""Sample arguments of the functions about conditional wavefunctions whose results have units."""

import numpy as np

from unit_samples import HBAR, PAIR_POTENTIAL, Q2, QUARTIC, UNSOLVED, Case, M, T

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

SAMPLES = {"classical_limit": CONDITIONAL}
