"""Sample arguments of the evolution of extended bodies."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import HBAR, Case, M
from zitter.core.grid import Grid

ROW = made(Grid, lower=[-9.0], upper=[9.0], num=(64,))
X = np.linspace(-9.0, 9.0, 64, endpoint=False)
# Wide and in motion: what is zero but for round-off does not scale.
WAVE = np.exp(-((X - 0.4) ** 2) / 6.0 + 0.3j * X)
BUMP = WAVE / np.sqrt(np.sum(np.abs(WAVE) ** 2) * 9.0 / 32)
SPRING = InUnits(lambda u: lambda d: 0.2 * u.of("mass/time^2") * d**2 / (1.0 + (d / u.length) ** 2))

SAMPLES = {
    "mean_field": {
        "extended_evolution": {
            "evolve_extended_body": Case(
                dict(psi0=BUMP, grid=ROW, times=[0.0, 0.03], energy=SPRING)
                | dict(mass=M, hbar=HBAR, time_step=0.02),
                words={"dof": "1", "length^(dof/2)": "length^(1/2)"},
            ),
        }
    }
}
