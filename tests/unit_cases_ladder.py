"""Sample arguments of mixed states and of their functions on phase space."""

import numpy as np

from unit_cases_vlasov import FIELD, KIND, OF_SOLUTION, of_solution
from unit_reading import InUnits, Units, made
from unit_samples import HBAR, Case, M, build
from zitter.core.grid import Grid

RING = made(Grid, lower=[-1.0], upper=[4.0], num=(32,))
VELOCITY = InUnits(
    lambda u: Grid((-9.0 * u.of("length/time"),), (9.0 * u.of("length/time"),), (48,))
)
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
    lambda u: np.outer(np.ones(32), np.exp(-(np.linspace(-3, 3, 48) ** 2))) * u.of("time/length^2")
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
        dict(psi=ONE, space=RING, velocity=VELOCITY, momentum_spread=WARMTH, mass=M, hbar=HBAR)
    ),
    "husimi_function": Case(STATE | dict(momenta=MOMENTA, width=0.4)),
    "husimi_smoothed": Case(
        dict(f=CLOUD, space=RING, velocity=VELOCITY, width=0.4, mass=M, hbar=HBAR)
    ),
}

KICKED = InUnits(lambda u: np.array([0.4, -2.0]) * u.of("time/length^2"))
POISSON = {
    "wigner_kick": Case(
        dict(hbar=HBAR), lambda g, u: g(build(KICKED, u), M * u.mass), "time/length^2"
    ),
    "wigner_species": Case(
        dict(orbitals=ORBITALS, weights=WEIGHTS, space=RING, mass=M, hbar=HBAR),
        lambda s, u: (s.f, s.mass, s.velocity.axes[0]),
        ("time/length^2", "mass", "length/time"),
    ),
    "evolve_wigner_poisson": Case(
        dict(kind=KIND, field=FIELD, times=np.array([0.0, 0.3]), hbar=HBAR, time_step=0.1),
        # The least f is round-off here.
        lambda s, u: of_solution(s, u)[:-1],
        OF_SOLUTION[:-1],
    ),
}

SAMPLES = {
    "mean_field": {"mixed_states": MIXED, "wigner_functions": WIGNER, "wigner_poisson": POISSON}
}
