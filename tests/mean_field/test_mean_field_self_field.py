"""The mean field of densities: closed forms on a line, a ring, a plane; and fields from outside."""

import jax.numpy as jnp
import numpy as np
import pytest

import exact
from vlasov_cases import COUPLING, RING, plasma, slab
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field.phase_space import moments
from zitter.mean_field.self_field import SelfField

LINE = Grid((-12.0,), (12.0,), (128,))
PLANE = Grid((-7.0, -7.5), (7.0, 7.5), (48, 56))


def test_the_field_of_a_slab_is_that_of_the_closed_form():
    kind, field = slab()
    n, x = moments(kind).density[None], kind.space.axes[0]
    s = exact.Slab(1.0, 1.0, COUPLING)
    H = exact.slab_height(s)
    force = -2.0 / H * np.tanh(x / H)
    np.testing.assert_allclose(field.accelerations(n, [1.0], [0.0])[0, 0], force, atol=1e-7)
    energy = field.potential_energies(n, [1.0], [0.0])[0]
    np.testing.assert_allclose(energy - energy[64], exact.slab_potential(s, x), atol=1e-7)


def test_the_potential_of_a_sheet_is_the_sum_over_all_its_parts():
    """2πG m ∫|x - y| n(y) dy, with the charge's part of the other sign."""
    x = LINE.axes[0]
    n = np.array([np.exp(-0.5 * (x - 1.0) ** 2), 0.7 * np.exp(-((x + 2.0) ** 2))])
    m, q, G, k = np.array([1.5, 0.5]), np.array([0.4, -1.0]), 0.3, 0.2
    field = SelfField(LINE, "isolated", gravitational_constant=G, coulomb_constant=k)
    fine = np.linspace(-12.0, 12.0, 9601)
    shapes = np.array([np.exp(-0.5 * (fine - 1.0) ** 2), 0.7 * np.exp(-((fine + 2.0) ** 2))])
    kernel = np.abs(x[:, None] - fine)
    parts = 2.0 * np.pi * (fine[1] - fine[0]) * (kernel @ shapes.T).T
    expected = G * np.outer(m, m @ parts) - k * np.outer(q, q @ parts)
    found = field.potential_energies(n, m, q)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    slopes = -np.gradient(found, x, axis=1, edge_order=2) / m[:, None]
    np.testing.assert_allclose(field.accelerations(n, m, q)[:, 0], slopes, atol=5e-2)


def test_charges_of_one_sign_push_and_masses_pull():
    n = np.exp(-0.5 * LINE.axes[0] ** 2)[None]
    pull = SelfField(LINE, "isolated", gravitational_constant=0.2)
    push = SelfField(LINE, "isolated", coulomb_constant=0.2)
    a = pull.accelerations(n, [2.0], [3.0])[0, 0]
    assert np.all(a[LINE.axes[0] > 0.5] < 0.0)
    b = push.accelerations(n, [2.0], [3.0])[0, 0]
    np.testing.assert_allclose(b, -a * 9.0 / 4.0, atol=1e-12)


def test_the_field_of_a_round_cloud_in_the_plane_is_that_of_the_mass_within():
    x, y = np.ix_(*PLANE.axes)
    r2 = x**2 + y**2
    n = np.exp(-0.5 * r2)[None] / (2.0 * np.pi)
    field = SelfField(PLANE, "isolated", gravitational_constant=0.8)
    within = np.divide(1.0 - np.exp(-0.5 * r2), r2, out=np.full(r2.shape, 0.5), where=r2 > 1e-12)
    a = field.accelerations(n, [1.5], [0.0])[0]
    np.testing.assert_allclose(a[0], -2.0 * 0.8 * 1.5 * within * x, atol=1e-7)
    np.testing.assert_allclose(a[1], -2.0 * 0.8 * 1.5 * within * y, atol=1e-7)


@pytest.mark.parametrize("boundary", ["periodic", "isolated"])
def test_a_smooth_pair_energy_is_summed_over_the_density(boundary):
    grid = RING if boundary == "periodic" else LINE
    x, length = grid.axes[0], 4.0 * np.pi
    n = np.exp(-0.5 * (x - x[grid.num[0] // 2]) ** 2)

    def W(d):
        return np.cos(2.0 * np.pi * d / length) if boundary == "periodic" else np.sqrt(d**2 + 1.0)

    field = SelfField(grid, boundary, pair_energy=W)
    U = field.potential_energies(n[None], [2.0], [0.0])[0]
    direct = W(x[:, None] - x) @ n * grid.cell_volume
    np.testing.assert_allclose(U, direct, atol=1e-10)
    slope = -np.gradient(direct, x, edge_order=2) / 2.0
    inner = slice(2, -2)
    np.testing.assert_allclose(field.accelerations(n[None], [2.0], [0.0])[0, 0][inner],
                               slope[inner], atol=0.02)  # fmt: skip


def test_fields_from_outside_act_on_mass_and_charge():
    field = plasma(U_mass=lambda x, t: t * x[0] ** 2, U_charge=lambda x, t: jnp.sin(x[0]))
    m, q, x = [2.0, 3.0], [0.5, -1.0], RING.axes[0]
    U = field.external_energies(0.5, m, q)
    expected = [2.0 * 0.5 * x**2 + 0.5 * np.sin(x), 3.0 * 0.5 * x**2 - np.sin(x)]
    np.testing.assert_allclose(U, expected, atol=1e-12)
    a = field.external_accelerations(0.5, m, q)[:, 0]
    np.testing.assert_allclose(a, [-x - 0.25 * np.cos(x), -x + np.cos(x) / 3.0], atol=1e-12)


def test_a_field_from_outside_is_compiled_once_for_all_times():
    traced = []

    def U(x, t):
        traced.append(t)
        return jnp.cos(t) * jnp.sum(jnp.cos(0.5 * x))

    field = plasma(U_mass=U)
    for t in (0.0, 0.3, 1, np.float64(2.5)):
        energies = field.external_energies(t, [2.0], [0.0])[0]
        np.testing.assert_allclose(energies, 2.0 * np.cos(t) * np.cos(0.5 * RING.axes[0]))
        field.external_accelerations(t, [2.0], [0.0])
    assert len(traced) == 2


def test_fields_of_the_period_of_the_box_close_and_others_do_not():
    space = Grid((0.0, 1.0), (2.0, 4.0), (8, 10))

    def field(U):
        return SelfField(space, "periodic", U_mass=U)

    closed = field(lambda x, t: 7.0 + jnp.sin(jnp.pi * x[0]) * jnp.cos(2.0 * jnp.pi * x[1] / 3.0))
    closed.require_closed(0.0, True)
    field(lambda x, t: x[0] + 2.0 * x[1]).require_closed(0.0, False)
    jumping = field(lambda x, t: jnp.sin(jnp.pi * x[0]) * jnp.cos(2.0 * x[1] / 3.0))
    with pytest.raises(ValidityError, match="does not close"):
        jumping.require_closed(0.0, False)
    with pytest.raises(ValidityError, match="`U_mass` does not close"):
        field(lambda x, t: 1e7 + x[1]).require_closed(0.0, True)
    SelfField(space, "isolated", U_mass=jumping.U_mass).require_closed(0.0, True)


def test_space_has_the_law_of_points_and_no_other():
    space = Grid((0.0,) * 3, (2.0 * np.pi,) * 3, (8,) * 3)
    n = 1.0 + 0.1 * np.cos(space.axes[0])[:, None, None] + np.zeros((1, *space.num))
    couplings = dict(gravitational_constant=0.3, background=True)
    named = SelfField(space, "periodic", pair_energy="point", **couplings)
    energies = named.potential_energies(n, [2.0], [0.0])[0, :, 0, 0]
    expected = -4.0 * np.pi * 0.3 * 4.0 * 0.1 * np.cos(space.axes[0])
    np.testing.assert_allclose(energies, expected, atol=1e-12)
    with pytest.raises(ValueError, match="`pair_energy` must be"):
        SelfField(space, "periodic", pair_energy="rod")


def test_a_plasma_that_is_not_neutral_and_masses_without_background_are_refused():
    n = np.ones((1, 32))
    with pytest.raises(ValidityError, match="not neutral"):
        plasma(background=False).accelerations(n, [1.0], [1.0])
    with pytest.raises(ValidityError, match="no potential without a background"):
        SelfField(RING, "periodic", gravitational_constant=1.0).accelerations(n, [1.0], [0.0])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dict(boundary="open"), "`boundary`"),
        (dict(background=True), "`background`"),
        (dict(pair_energy="point"), "diverges"),
        (dict(pair_energy="rod"), "`pair_energy`"),
        (dict(pair_energy=np.abs, gravitational_constant=1.0), "takes their place"),
        (dict(gravitational_constant=np.nan), "`gravitational_constant`"),
    ],
)
def test_bad_fields_are_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        SelfField(**(dict(space=RING, boundary="isolated") | change))


def test_a_pair_energy_that_is_odd_or_infinite_is_refused():
    with pytest.raises(ValueError, match="must be even, but W"):
        SelfField(RING, "periodic", pair_energy=lambda x: np.cos(x) + 1e-3 * np.sin(x))
    with pytest.raises(ValueError, match="must be even, but W"):
        SelfField(PLANE, "isolated", pair_energy=lambda x, y: np.exp(-((x - 0.1) ** 2) - y**2))
    with pytest.raises(ValueError, match="must be finite"):
        SelfField(RING, "isolated", pair_energy=lambda x: np.where(x == 0.0, np.inf, 1.0))
    SelfField(PLANE, "periodic", pair_energy=lambda x, y: np.exp(-(x**2) - x * y - y**2))


@pytest.mark.parametrize("num", [32, 33])
def test_a_pair_energy_without_the_period_of_its_box_is_refused(num):
    ring = Grid((0.0,), (4.0 * np.pi,), (num,))
    kinked = {
        "softened sheets": lambda x: np.sqrt(x**2 + 0.25),
        "springs": lambda x: 0.1 * x**2,
        "softened points": lambda x: -1.0 / np.sqrt(x**2 + 4.0),
    }
    for W in kinked.values():
        with pytest.raises(ValueError, match="has a kink half of it away"):
            SelfField(ring, "periodic", pair_energy=W)
        SelfField(ring, "isolated", pair_energy=W)
    for W in (
        lambda x: np.cos(x), lambda x: np.exp(-(x**2)), lambda x: np.exp(-4.0 * np.cos(0.5 * x)),
        lambda x: 0.0 * x,
    ):  # fmt: skip
        SelfField(ring, "periodic", pair_energy=W)
