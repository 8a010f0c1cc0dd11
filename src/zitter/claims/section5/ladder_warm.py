"""A warm self-gravitating gas on every rung: many orbitals, Wigner, Vlasov, K bodies."""

from typing import NamedTuple

import numpy as np

from zitter.claims.section5.ladder_cold import COUPLING, LENGTH, WAVE
from zitter.core.grid import Grid
from zitter.kbody.newton import newton_paths
from zitter.mean_field.identical_bodies import identical_bodies
from zitter.mean_field.mixed_states import MixedEvolution, evolve_mixed_state, warm_orbitals
from zitter.mean_field.phase_space import Species, species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import VlasovSolution, evolve_vlasov
from zitter.mean_field.wigner_functions import husimi_function, husimi_smoothed, warm_wigner
from zitter.mean_field.wigner_poisson import evolve_wigner_poisson, wigner_species

SPREAD = 0.5
"""Of the momenta, in units of M ω_J L/2π."""
TIMES = np.linspace(0.0, 4.0, 9)
SPACE, VELOCITY = Grid((-np.pi,), (np.pi,), (64,)), Grid((-5.0,), (5.0,), (128,))
STEP, WAVES = 0.1, 8


def amplitude(space: Grid) -> np.ndarray:
    """√ρ of the start, (num,)."""
    return np.sqrt((1.0 + WAVE * np.cos(space.axes[0])) / LENGTH)


def first_mode(density: np.ndarray, space: Grid) -> np.ndarray:
    """|ρ₁| = 2 |∫ρ exp(-ix) dx|, (..) of densities (.., num); A at the start."""
    return 2.0 * space.spacing[0] * np.abs(density @ np.exp(-1j * space.axes[0]))


def maxwell(space: Grid, velocity: Grid) -> np.ndarray:
    """f₀(x, v), the classical start."""
    law = np.exp(-0.5 * (velocity.axes[0] / SPREAD) ** 2) / (np.sqrt(2.0 * np.pi) * SPREAD)
    return np.outer(amplitude(space) ** 2, law)


def self_field(space: Grid, sign: float = 1.0) -> SelfField:
    """The field with ω_J = 1, or with ω_p = 1 for charges (sign = -1), on a uniform background."""
    return SelfField(
        space, "periodic", gravitational_constant=sign * COUPLING / LENGTH, background=True
    )


def vlasov_run(f0: np.ndarray, sign: float = 1.0) -> VlasovSolution:
    """The classical rung from f₀ on SPACE and VELOCITY, of masses or of equal charges."""
    kind = species(f0, SPACE, VELOCITY)
    return evolve_vlasov(
        kind, self_field(SPACE, sign), TIMES, time_step=STEP, order=6, interpolator="spectral",
        keep="last",
    )  # fmt: skip


def wigner_run(kind: Species, hbar: float) -> VlasovSolution:
    """Wigner's rung, from any start."""
    field = self_field(kind.space)
    return evolve_wigner_poisson(
        kind, field, TIMES, hbar, time_step=STEP, order=6, keep="last", allow_recurrence=True
    )


def wigner_start(hbar: float) -> Species:
    """Wigner function of the warm start, smooth in v, on SPACE and VELOCITY."""
    f = warm_wigner(amplitude(SPACE), SPACE, VELOCITY, SPREAD, mass=1.0, hbar=hbar)
    return species(f, SPACE, VELOCITY)


class QuantumGas(NamedTuple):
    """The orbitals' rung at one ħ."""

    first_mode: np.ndarray
    """(time,)"""
    husimi: np.ndarray
    """At the last time, on SPACE and VELOCITY"""
    wigner_difference: float
    """Largest |ρ - ρ_W| to Wigner-Poisson with the kick of `kick_hbar` from the same state, in
    units of the mean density; NaN where it was not asked for"""


def quantum_gas(hbar: float, kick_hbar: float | None) -> QuantumGas:
    """Orbitals from √ρ exp(ip_j x/ħ) with Maxwell's weights, and Wigner-Poisson beside them."""
    space, orbitals, weights = _start(hbar)
    run = _gas_run(space, orbitals, weights, hbar, 1.0)
    difference = np.nan
    if kick_hbar is not None:
        beside = wigner_run(wigner_species(orbitals, weights, space, hbar=hbar), kick_hbar)
        difference = float(np.max(np.abs(beside.density[:, 0] - run.density))) * LENGTH
    width = np.sqrt(0.5 * hbar)
    H = husimi_function(run.orbitals, weights, space, VELOCITY.axes[0], width, hbar)
    every = space.num[0] // SPACE.num[0]
    return QuantumGas(first_mode(run.density, space), H[::every], difference)


def charged_mode(hbar: float) -> np.ndarray:
    """|ρ₁| of the orbitals of equal charges from the same start, (time,)."""
    space, orbitals, weights = _start(hbar)
    return first_mode(_gas_run(space, orbitals, weights, hbar, -1.0).density, space)


def _start(hbar: float) -> tuple[Grid, np.ndarray, np.ndarray]:
    num = max(64, int(2 ** np.ceil(np.log2(10.0 / hbar))))
    space = Grid((-np.pi,), (np.pi,), (num,))
    return space, *warm_orbitals(amplitude(space), space, SPREAD, hbar)


def _gas_run(
    space: Grid, orbitals: np.ndarray, weights: np.ndarray, hbar: float, sign: float
) -> MixedEvolution:
    return evolve_mixed_state(
        orbitals, weights, space, TIMES, sign * COUPLING, hbar=hbar, time_step=0.5 * STEP
    )


def smoothed(f: np.ndarray, hbar: float) -> np.ndarray:
    """f(x, v) smoothed as the Husimi function at ħ is."""
    return husimi_smoothed(f, SPACE, VELOCITY, np.sqrt(0.5 * hbar), hbar=hbar)


def distance(f: np.ndarray, g: np.ndarray) -> float:
    """∫|f - g| dx dv."""
    return float(np.sum(np.abs(f - g)) * SPACE.cell_volume * VELOCITY.cell_volume)


def body_deviations(
    num_bodies: int, num_runs: int, rng: np.random.Generator, density: np.ndarray, time: float
) -> np.ndarray:
    """Rms over the first waves of |ρ_k - that of a density (num,) on SPACE| of K sheets, (run,)."""
    waves, times = np.arange(1, WAVES + 1)[:, None], np.array([0.0, time])
    exact = 2.0 * SPACE.spacing[0] * np.exp(-1j * waves * SPACE.axes[0]) @ density
    runs = [mode_of(waves * body_paths(num_bodies, rng, times)[0][-1]) for _ in range(num_runs)]
    return np.sqrt(np.mean(np.abs(np.array(runs) - exact) ** 2, axis=1))


def body_paths(
    num_bodies: int, rng: np.random.Generator, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities of K sheets drawn from f₀, (time, K) each."""
    m = rng.uniform(-np.pi, np.pi, num_bodies)
    x = m.copy()
    for _ in range(30):
        x -= (x + WAVE * np.sin(x) - m) / (1.0 + WAVE * np.cos(x))
    v = SPREAD * rng.normal(size=num_bodies)
    system = identical_bodies(
        num_bodies, gravitational_constant=COUPLING / LENGTH, num_space=1, period=LENGTH
    )
    motion = newton_paths(system, x[:, None], v[:, None], times, time_step=STEP)
    return motion.X[..., 0], motion.V[..., 0]


def mode_of(x: np.ndarray) -> np.ndarray:
    """2 ⟨exp(-ix)⟩ over the last axis."""
    return 2.0 * np.mean(np.exp(-1j * x), axis=-1)
