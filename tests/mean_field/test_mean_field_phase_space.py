"""Species on a phase-space grid and their moments."""

import numpy as np
import pytest

from vlasov_cases import MAXWELL, RING, slab
from zitter.core.grid import Grid
from zitter.mean_field.isothermal_slab import isothermal_slab, slab_height
from zitter.mean_field.phase_space import moments, number_density, species

SPEEDS = Grid((-9.0,), (9.0,), (96,))


def test_the_moments_of_a_shifted_maxwellian_are_its_own():
    def f0(x, v):
        return (2.0 + np.cos(0.5 * x)) * np.exp(-0.5 * ((v - 0.4) / 1.2) ** 2) * MAXWELL / 1.2

    m = moments(species(f0, RING, SPEEDS))
    np.testing.assert_allclose(m.density, 2.0 + np.cos(0.5 * RING.axes[0]), rtol=1e-10)
    np.testing.assert_allclose(m.flow, np.full((1, 32), 0.4), rtol=1e-9)
    np.testing.assert_allclose(m.variance, np.full((1, 32), 1.44), rtol=1e-9)


def test_a_plane_has_pairs_of_places_and_velocities():
    space, velocity = Grid((0.0,) * 2, (4.0,) * 2, (8, 10)), Grid((-6.0,) * 2, (6.0,) * 2, (24, 26))

    def f0(x, v):
        return (1.0 + x[0] + 2.0 * x[1]) * np.exp(-0.5 * ((v[0] - 0.3) ** 2 + v[1] ** 2))

    kind = species(f0, space, velocity)
    m = moments(kind)
    x, y = np.ix_(*space.axes)
    np.testing.assert_allclose(m.density, 2.0 * np.pi * (1.0 + x + 2.0 * y), rtol=1e-7)
    np.testing.assert_allclose(m.flow[0], 0.3, rtol=1e-6)
    np.testing.assert_allclose(m.flow[1], 0.0, atol=1e-6)
    assert number_density(kind.f, velocity).shape == (8, 10)


def test_the_slab_is_a_function_of_the_energy_with_the_density_of_its_potential():
    kind, _ = slab((256, 128))
    n = moments(kind)
    np.testing.assert_allclose(n.variance[0][n.density > 1e-6], 1.0, atol=1e-7)
    x = kind.space.axes[0]
    np.testing.assert_allclose(n.density, np.cosh(x / np.sqrt(2.0)) ** -2, atol=1e-9)
    number = kind.f.sum() * kind.space.cell_volume * kind.velocity.cell_volume
    assert number == pytest.approx(2.0 * slab_height(1.0, 1.0, 1.0, 0.25 / np.pi), rel=1e-7)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dict(velocity=Grid((-6.0,) * 2, (6.0,) * 2, (8, 8))), "1 or 2 axes"),
        (dict(f0=np.ones((8, 8))), "`f0` must have shape"),
        (dict(f0=lambda x, v: np.where(v > 0.0, np.nan, 1.0) + x), "`f0` must be finite"),
        (dict(f0=lambda x, v: np.exp(-(v[0] ** 2))), "`f0` must have shape"),
        (dict(mass=0.0), "`mass` must be positive"),
        (dict(charge=np.inf), "`charge` must be finite"),
    ],
)
def test_bad_species_are_refused(change, sentence):
    good = dict(f0=lambda x, v: np.exp(-0.5 * v**2) + 0.0 * x, space=RING, velocity=SPEEDS)
    with pytest.raises(ValueError, match=sentence):
        species(**(good | change))


def test_a_slab_without_spread_is_refused():
    with pytest.raises(ValueError, match="spread"):
        isothermal_slab(RING, SPEEDS, spread=0.0, density=1.0, gravitational_constant=1.0)
