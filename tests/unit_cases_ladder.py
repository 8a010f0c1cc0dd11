"""Sample arguments of mixed states and of their functions on phase space."""

import numpy as np

from unit_reading import InUnits, Units, made
from unit_samples import HBAR, Case, M
from zitter.core.grid import Grid

RING = made(Grid, lower=[-1.0], upper=[4.0], num=(32,))
PHASE = InUnits(
    lambda u: Grid(
        (-1.0 * u.length, -12.0 * u.of("momentum")), (4.0 * u.length, 12.0 * u.of("momentum")),
        (32, 48),
    )
)  # fmt: skip
WEIGHTS = np.array([0.7, 0.3])
WARMTH = InUnits(lambda u: 1.4 * u.of("momentum"))
MOMENTA = InUnits(lambda u: np.array([-0.4, 1.1]) * u.of("momentum"))
COUPLING = InUnits(lambda u: 0.8 * u.of("mass*length/time^2"))


def _orbitals(u: Units) -> np.ndarray:
    turn = 2.0 * np.pi * np.arange(32) / 32
    psi = np.stack([1.0 + 0.3 * np.cos(turn), np.exp(1j * turn) + 0.2])
    return psi * u.of("1/length^(1/2)")


ORBITALS = InUnits(_orbitals)
ONE = InUnits(lambda u: _orbitals(u)[0])
CLOUD = InUnits(
    lambda u: np.outer(np.ones(32), np.exp(-(np.linspace(-3, 3, 48) ** 2))) / u.of("action")
)
STATE = dict(orbitals=ORBITALS, weights=WEIGHTS, grid=RING, hbar=HBAR)

MIXED = {
    "warm_orbitals": Case(
        dict(psi=ONE, grid=RING, momentum_spread=WARMTH, hbar=HBAR),
    ),
    "evolve_mixed_state": Case(
        dict(orbitals0=ORBITALS, weights=WEIGHTS, grid=RING, times=np.array([0.0, 0.2, 0.5]))
        | dict(coupling=COUPLING, mass=M, hbar=HBAR, time_step=0.05)
    ),
}
WIGNER = {
    "wigner_function": Case(STATE),
    "warm_wigner": Case(
        dict(psi=ONE, grid=RING, momentum_spread=WARMTH, hbar=HBAR, phase_grid=PHASE)
    ),
    "husimi_function": Case(STATE | dict(momenta=MOMENTA, width=0.4)),
    "husimi_smoothed": Case(dict(f=CLOUD, phase_grid=PHASE, width=0.4, hbar=HBAR)),
}

SAMPLES = {"mean_field": {"mixed_states": MIXED, "wigner_functions": WIGNER}}
