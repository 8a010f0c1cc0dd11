"""Thresholds of the collapse of a Gaussian, each by its own definition."""

import numpy as np
import pytest
from scipy.optimize import brentq

from zitter.mean_field.gaussian_collapse import (
    critical_mass,
    evolve_gaussian,
    late_bound_share,
    spreading_acceleration,
    threshold_of_energy,
    threshold_of_spreading,
)
from zitter.mean_field.radial_evolution import RadialGrid, radial_energies
from zitter.system.constants import HBAR

GRID = RadialGrid(12.0, 127)
G_SI, ATOMIC_MASS = 6.67430e-11, 1.66053906660e-27


def acceleration(K):
    """d²⟨r²⟩/dt² of the run itself, fourth-order difference of an even function."""
    dt = 0.02
    run = evolve_gaussian(K, [0.0, dt, 2.0 * dt], GRID, time_step=dt / 2)
    change = (run.mean_radius_squared - run.mean_radius_squared[0])[1:]
    return 2.0 * (16.0 * change[0] - change[1]) / (12.0 * dt**2)


def test_the_width_starts_to_shrink_at_its_threshold():
    measured = brentq(acceleration, 3.0, 4.5, xtol=1e-6)
    assert measured == pytest.approx(threshold_of_spreading(), abs=2e-5)
    assert measured == pytest.approx(3.759942, abs=2e-5)


def test_the_energy_vanishes_at_its_threshold():
    u = GRID.r * np.exp(-0.5 * GRID.r**2)
    u /= np.sqrt(GRID.spacing * np.sum(u**2))
    measured = brentq(lambda K: radial_energies(u, GRID, coupling=K).total, 1.0, 3.0)
    assert measured == pytest.approx(threshold_of_energy(), rel=1e-10)


@pytest.mark.parametrize("K", [2.0, -2.0])
def test_the_second_moment_starts_as_the_formula_says(K):
    assert acceleration(K) == pytest.approx(spreading_acceleration(K), abs=1e-5)
    assert abs(acceleration(K) - spreading_acceleration(-K)) > 1.0


def test_half_a_micrometre_needs_some_billion_atomic_masses():
    masses = [
        critical_mass(K, 0.5e-6, HBAR, G_SI) / ATOMIC_MASS
        for K in (threshold_of_spreading(), threshold_of_energy())
    ]
    assert masses == pytest.approx([6.4924e9, 5.1530e9], rel=1e-3)


def test_a_core_stays_bound_above_and_none_below():
    grid = RadialGrid(100.0, 399)
    weak, strong = (
        late_bound_share(K, [0.0, 60.0, 120.0], 15.0, grid=grid).inside for K in (0.8, 2.6)
    )
    assert weak[-1] < 0.03
    assert strong[-1] > 0.9
    assert strong[1] - strong[2] < 0.03


@pytest.mark.parametrize(
    "call",
    [
        lambda: critical_mass(0.0, 1.0),
        lambda: late_bound_share(-1.0, [0.0, 1.0]),
        lambda: evolve_gaussian(1.0, [0.0, 1.0], GRID, width=0.0, time_step=0.1),
        lambda: spreading_acceleration(1.0, width=-1.0),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(ValueError, match="must be positive"):
        call()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"K": np.nan}, "`K` must be finite"),
        ({"hbar": np.nan}, "`hbar` must be finite"),
        ({"width": 0.0}, "`width` must be positive"),
    ],
)
def test_a_spreading_of_bad_numbers_is_refused(change, match):
    with pytest.raises(ValueError, match=match):
        spreading_acceleration(**({"K": 1.0} | change))
    with pytest.raises(ValueError, match=match):
        evolve_gaussian(
            **({"K": 1.0} | change), times=[0.0, 1.0], grid=GRID, time_step=0.1
        )  # fmt: skip
