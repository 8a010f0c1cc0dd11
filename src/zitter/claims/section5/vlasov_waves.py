"""Small waves of a uniform mean field and a slab that stays: what linear response is judged by."""

from typing import NamedTuple

import numpy as np

from zitter.core.grid import Grid
from zitter.mean_field.isothermal_slab import isothermal_slab
from zitter.mean_field.linear_response import Maxwellians, maxwellians, wave_frequencies
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import VlasovSolution, evolve_vlasov
from zitter.mean_field.waves_in_time import matrix_pencil

COUPLING = 0.25 / np.pi
"""G or k with which 4πG or 4πk is 1."""
NUM_MODES = 6


class Wave(NamedTuple):
    """A small wave of a uniform f₀, the rectangle of its root, and when to look at it."""

    wavenumber: float
    beams: Maxwellians
    rate_squared: float
    corners: tuple[complex, complex]
    interval: float
    num: int
    skip: int
    largest_speed: float
    num_speeds: int = 128

    @property
    def times(self) -> np.ndarray:
        """When ρ_k is looked at [1/ω]."""
        return self.interval * np.arange(self.num + 1)

    @property
    def root(self) -> complex:
        """The fastest growing root of the dispersion relation in the rectangle."""
        return complex(
            wave_frequencies(self.wavenumber, self.beams, self.rate_squared, *self.corners)[0]
        )


_ONE = maxwellians(1.0, 0.0, 1.0)
_TWO = maxwellians([0.5, 0.5], [2.4, -2.4], [1.0, 1.0])
# 0.9 M(v) + 0.2/√(2π) exp(-4(v - 4.5)²) is not of density 1 as it is published.
_SHARE = 0.2 / np.sqrt(8.0)
_BUMP = maxwellians([0.9, _SHARE], [0.0, 4.5], [1.0, 8.0**-0.5])
WAVES = {
    "Landau damping": Wave(0.5, _ONE, -1.0, (0.5 - 0.5j, 2.0 + 0.5j), 0.3, 60, 15, 7.0),
    "two streams": Wave(0.2, _TWO, -1.0, (-1.0 + 0.05j, 1.0 + 1.0j), 0.4, 60, 15, 9.0),
    "bump on the tail": Wave(
        0.3, _BUMP, -0.9 - _SHARE, (0.2 + 0.05j, 3.0 + 1.0j), 0.5, 60, 10, 8.0, 192
    ),
    "Jeans growth": Wave(0.5, _ONE, 1.0, (-0.5 + 0.05j, 0.5 + 1.2j), 0.25, 60, 15, 7.0),
}


def wave_run(
    case: Wave, factor: float = 1.0, steps_each: int = 2, order: int = 6, size: float = 1e-7
) -> np.ndarray:
    """ρ_k(t)/ρ_k(0) of the phase-space grid, with `factor` times the force.

    Between two times there are `steps_each` steps.
    """
    k, beams = case.wavenumber, case.beams
    space = Grid((0.0,), (2.0 * np.pi / k,), (32,))
    velocity = Grid((-case.largest_speed,), (case.largest_speed,), (case.num_speeds,))

    def f0(x: np.ndarray, v: np.ndarray) -> np.ndarray:
        each = np.exp(-0.5 * ((v[..., None] - beams.drifts) / beams.spreads) ** 2) / beams.spreads
        return (1.0 + size * np.cos(k * x)) * (each @ beams.shares) / np.sqrt(2.0 * np.pi)

    pull, push = (max(sign * case.rate_squared, 0.0) * factor * COUPLING for sign in (1.0, -1.0))
    field = SelfField(
        space, "periodic", gravitational_constant=pull, coulomb_constant=push, background=True
    )
    run = evolve_vlasov(
        species(f0, space, velocity, charge=1.0), field, case.times,
        time_step=case.interval / steps_each,
        order=order, keep="last",
    )  # fmt: skip
    rho = np.fft.fft(run.density[:, 0], axis=1)[:, 1]
    return rho / rho[0]


def wave_root(case: Wave, rho: np.ndarray) -> complex:
    """The mode of a signal ρ_k(t) that lies next to the root of the dispersion relation."""
    modes = matrix_pencil(rho[case.skip :], case.interval, NUM_MODES).frequencies
    return complex(modes[np.argmin(np.abs(modes - case.root))])


def slab_run(
    num: tuple[int, int],
    time_step: float,
    times: np.ndarray,
    factor: float = 1.0,
    order: int = 6,
) -> VlasovSolution:
    """The isothermal slab with 4πGρ₀ = 1 and σ = 1, in `factor` times its own gravity."""
    space, velocity = Grid((-14.0,), (14.0,), num[:1]), Grid((-6.5,), (6.5,), num[1:])
    kind = isothermal_slab(
        space, velocity, spread=1.0, density=1.0, gravitational_constant=COUPLING
    )
    field = SelfField(space, "isolated", gravitational_constant=factor * COUPLING)
    # With another force it does not stay, and may reach the ends.
    tolerance = 1e-6 if factor == 1.0 else 1.0
    return evolve_vlasov(
        kind, field, times, time_step=time_step, order=order, edge_tolerance=tolerance
    )


def l1_drift(run: VlasovSolution) -> np.ndarray:
    """∫|f(t) - f(0)| dx dv / ∫f(0) dx dv at the times of a run, (time,)."""
    f = run.f[0]
    return np.abs(f - f[0]).sum(axis=(1, 2)) / f[0].sum()
