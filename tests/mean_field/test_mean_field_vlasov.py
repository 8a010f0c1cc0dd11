"""The phase-space grid solver: rates, conservation, orders, time reversal, fields from outside."""

import jax.numpy as jnp
import numpy as np
import pytest

from vlasov_cases import (
    COUPLING,
    MAXWELL,
    RING,
    SPEEDS,
    electrons,
    plasma,
    slab,
    wave,
)
from zitter.claims.section5.vlasov_waves import WAVES, wave_root, wave_run
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.mean_field._shifts import INTERPOLATORS, ORDERS_IN_SPACE, shift_axis
from zitter.mean_field.linear_response import maxwellians, wave_frequencies
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import DEFAULT_INTERPOLATOR, evolve_vlasov
from zitter.mean_field.waves_in_time import density_wave, matrix_pencil


@pytest.mark.parametrize("name", WAVES)
def test_waves_ring_and_grow_at_the_roots_of_the_dispersion_relation(name):
    case = WAVES[name]
    assert abs(wave_root(case, wave_run(case)) - case.root) < 1e-5


def test_the_wave_in_time_is_that_of_linear_response():
    case = WAVES["Landau damping"]
    theory = density_wave(case.times, case.wavenumber, case.beams, case.rate_squared, 400)
    np.testing.assert_allclose(wave_run(case), theory, atol=1e-5)


@pytest.mark.parametrize("factor", [-1.0, 0.5])
def test_another_sign_or_size_of_the_force_has_another_root(factor):
    case = WAVES["Jeans growth"]
    assert abs(wave_root(case, wave_run(case, factor)) - case.root) > 0.05


def test_a_pair_plasma_rings_as_one_species_of_twice_the_charge_density():
    k, times = 0.5, 0.2 * np.arange(61)
    kinds = [
        species(lambda x, v, q=q: MAXWELL * np.exp(-0.5 * v**2) * (1.0 + q * 1e-5 * np.cos(k * x)),
                RING, SPEEDS, charge=q)
        for q in (-1.0, 1.0)
    ]  # fmt: skip
    run = evolve_vlasov(kinds, plasma(background=False), times, time_step=0.2, order=6, keep="last")
    rho = np.fft.fft(run.density[:, 1] - run.density[:, 0], axis=1)[:, 1]
    root = wave_frequencies(k, maxwellians(1.0, 0.0, 1.0), -2.0, 1.0 - 0.4j, 2.5 + 0.2j)[0]
    modes = matrix_pencil((rho / rho[0])[15:], 0.2, 6).frequencies
    assert np.min(np.abs(modes - root)) < 1e-4
    assert run.drift.momentum < 1e-13


def test_strong_landau_damping_falls_and_grows_again_as_in_the_literature():
    """(1 + cos(x/2)/2) M(v): the field falls as exp(-0.29 t), and grows again as exp(0.08 t)."""

    def f0(x, v):
        return MAXWELL * np.exp(-0.5 * v**2) * (1.0 + 0.5 * np.cos(0.5 * x))

    kind = electrons(velocity=Grid((-9.0,), (9.0,), (192,)), f0=f0)
    times = 0.1 * np.arange(401)
    run = evolve_vlasov(kind, plasma(), times, time_step=0.1, keep="last", edge_tolerance=1e-4)
    E = np.log(np.sqrt(np.mean(run.acceleration[:, 0, 0] ** 2, axis=1)))
    peaks = np.flatnonzero((E[1:-1] > E[:-2]) & (E[1:-1] > E[2:])) + 1
    first = peaks[:2]
    assert np.diff(E[first]) / np.diff(times[first]) == pytest.approx(-0.29, abs=0.01)
    late = peaks[(times[peaks] > 20.0) & (times[peaks] < 37.0)]
    assert np.polyfit(times[late], E[late], 1)[0] == pytest.approx(0.08, abs=0.01)


def test_an_oblique_wave_in_the_plane_is_damped_as_one_on_a_line():
    space = Grid((0.0, 0.0), (2.0 * np.pi / 0.3, 2.0 * np.pi / 0.4), (24, 16))
    velocity = Grid((-6.0, -6.0), (6.0, 6.0), (24, 24))

    def f0(x, v):
        still = MAXWELL**2 * np.exp(-0.5 * (v[0] ** 2 + v[1] ** 2))
        return still * (1.0 + 1e-5 * np.cos(0.3 * x[0] + 0.4 * x[1]))

    kind, times = species(f0, space, velocity, charge=-1.0), 0.3 * np.arange(41)
    run = evolve_vlasov(kind, plasma(space), times, time_step=0.3, order=6, keep="last",
                        interpolator="spectral")  # fmt: skip
    rho = np.fft.fft2(run.density[:, 0])[:, 1, 1]
    modes = matrix_pencil((rho / rho[0])[10:], 0.3, 6).frequencies
    root = wave_frequencies(0.5, maxwellians(1.0, 0.0, 1.0), -1.0, 0.5 - 0.5j, 2.0 + 0.5j)[0]
    assert np.min(np.abs(modes - root)) < 1e-5
    assert run.drift.number < 1e-12


def test_the_isothermal_slab_stays():
    kind, field = slab((256, 128))
    run = evolve_vlasov(kind, field, [0.0, 50.0], time_step=0.2, order=4)
    change = np.abs(run.f[0][1] - run.f[0][0]).sum() / run.f[0][0].sum()
    assert change < 1e-4
    assert run.drift.number < 1e-12
    assert run.drift.energy < 1e-5 * run.energy[0]
    assert 2.0 * run.kinetic_energy[0] == pytest.approx(run.number[0, 0], rel=1e-6)


def test_a_slab_in_half_of_its_force_does_not_stay():
    kind = slab((128, 64))[0]
    half = SelfField(kind.space, "isolated", gravitational_constant=0.5 * COUPLING)
    run = evolve_vlasov(kind, half, [0.0, 2.0], time_step=0.2, edge_tolerance=1e-4)
    assert np.abs(run.f[0][1] - run.f[0][0]).sum() / run.f[0][0].sum() > 0.1


@pytest.mark.parametrize("interpolator", INTERPOLATORS)
def test_number_and_momentum_are_kept_to_round_off(interpolator):
    run = evolve_vlasov(electrons(), plasma(), [0.0, 5.0], time_step=0.1, interpolator=interpolator)
    assert run.drift.number < 1e-12
    assert run.drift.momentum < 1e-9 * np.sqrt(2.0 * run.kinetic_energy[0] * run.number[0, 0])
    assert run.drift.energy < 2e-4 * run.kinetic_energy[0]


def test_a_field_from_outside_changes_the_momentum():
    field = plasma(U_charge=lambda x, t: 0.02 * jnp.cos(0.5 * x[0] + 1.0))
    run = evolve_vlasov(electrons(), field, [0.0, 1.0], time_step=0.1)
    assert run.drift.momentum > 1e-4
    assert run.drift.energy < 1e-3 * run.kinetic_energy[0]


def test_the_positive_interpolator_keeps_f_positive_where_the_polynomial_does_not():
    kind = electrons(f0=lambda x, v: wave(x, v, 0.6))
    lowest = {}
    for name in ("positive", "lagrange5"):
        run = evolve_vlasov(kind, plasma(), [0.0, 15.0], time_step=0.2, interpolator=name)
        lowest[name] = run.lowest.min()
    assert lowest["positive"] >= 0.0
    assert lowest["lagrange5"] < -1e-3


@pytest.mark.parametrize("order", [2, 4, 6])
def test_the_order_in_time(order):
    steps = {2: [0.25, 0.125, 0.0625], 4: [0.5, 0.25, 0.125], 6: [0.5, 1.0 / 3.0, 0.25]}[order]
    options = dict(interpolator="spectral", keep="last")
    best = evolve_vlasov(electrons(), plasma(), [0.0, 2.0], time_step=0.05, order=6, **options)
    runs = [evolve_vlasov(electrons(), plasma(), [0.0, 2.0], time_step=h, order=order, **options)
            for h in steps]  # fmt: skip
    errors = [np.abs(run.f[0] - best.f[0]).max() for run in runs]
    assert convergence_order(steps, errors) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("interpolator", ORDERS_IN_SPACE)
@pytest.mark.parametrize("axis", [0, 1])
def test_the_order_in_the_cell(interpolator, axis):
    order = ORDERS_IN_SPACE[interpolator]
    sizes = {10: (28, 32, 36), 4: (64, 96, 128)}.get(order, (32, 48, 64))
    errors = [_error_of_shifts(num, axis, interpolator) for num in sizes]
    assert convergence_order(1.0 / np.array(sizes), errors) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("interpolator", INTERPOLATORS)
@pytest.mark.parametrize("cells", [-19, -1, 0, 3, 27])
def test_a_shift_by_whole_cells_moves_the_values(interpolator, cells):
    f = np.random.default_rng(1).random((3, 8, 5)) + 1.0
    found = shift_axis(f.copy(), 1, np.full((1, 1, 1), float(cells)), interpolator)
    np.testing.assert_allclose(found, np.roll(f, cells, axis=1), atol=1e-14)


def test_lines_of_different_shifts_do_not_mix():
    f = np.random.default_rng(2).random((4, 16, 37))
    cells = np.arange(4.0)[:, None, None] * 2.0 + np.arange(37.0)
    found = shift_axis(f.copy(), 1, cells, "lagrange9")
    for b in range(4):
        for c in (0, 15, 16, 36):
            np.testing.assert_allclose(found[b, :, c], np.roll(f[b, :, c], int(cells[b, 0, c])))


def _error_of_shifts(num, axis, interpolator):
    """Of four equal shifts along x (axis 0) or v, by as many amounts as there are lines."""
    end, amounts = np.pi, np.linspace(-0.7, 0.7, 300)

    def f(x):
        return 1.5 + np.cos(x)

    x = np.arange(num) * 2.0 * end / num
    lines = f(x)[:, None] + 0.0 * amounts if axis == 0 else f(x) + 0.0 * amounts[:, None]
    at = amounts[None] if axis == 0 else amounts[:, None]
    shifted = lines.copy()
    for _ in range(4):
        shifted = shift_axis(shifted, axis, at * num / (2.0 * end), interpolator)
    points = x[:, None] if axis == 0 else x
    return np.sqrt(np.mean((shifted - f(points - 4.0 * at)) ** 2))


def test_free_streaming_and_a_uniform_force_are_exact_in_time():
    """E16: f₀(x - vt, v), and with a force g f₀(x - vt + gt²/2, v - gt)."""
    g, t = 0.3, 1.5
    for force in (0.0, g):
        field = SelfField(RING, "periodic", U_mass=lambda x, t, force=force: -force * x[0])
        kind = species(wave, RING, Grid((-7.0,), (7.0,), (128,)))
        run = evolve_vlasov(kind, field, [0.0, t], time_step=0.5, interpolator="spectral")
        x, v = RING.axes[0][:, None], kind.velocity.axes[0]
        expected = wave(x - v * t + 0.5 * force * t**2, v - force * t)
        np.testing.assert_allclose(run.f[0][1], expected, atol=1e-9)


def test_a_charge_is_thrown_by_the_field_of_charges():
    field = SelfField(RING, "periodic", U_charge=lambda x, t: -0.3 * x[0])
    kind = species(wave, RING, Grid((-7.0,), (7.0,), (128,)), charge=-2.0, mass=3.0)
    run = evolve_vlasov(kind, field, [0.0, 1.0], time_step=0.5)
    assert run.momentum[1, 0] == pytest.approx(-0.6 * run.number[0, 0], rel=1e-9)


def test_time_runs_back_to_round_off_without_smoothing():
    options = dict(time_step=0.1, order=4, keep="last")
    kind = electrons(velocity=Grid((-9.0,), (9.0,), (256,)))
    errors = {}
    for interpolator in ("spectral", "lagrange9"):
        forth = evolve_vlasov(kind, plasma(), [0.0, 4.0], interpolator=interpolator, **options)
        there = kind._replace(f=forth.f[0][0])
        back = evolve_vlasov(there, plasma(), [4.0, 0.0], interpolator=interpolator, **options)
        errors[interpolator] = np.abs(back.f[0][0] - kind.f).max()
    assert errors["spectral"] < 1e-10
    assert errors["lagrange9"] > 1e-6


def test_a_wigner_kick_without_hbar_is_vlasovs():
    options = dict(time_step=0.1, interpolator="spectral")
    one = evolve_vlasov(electrons(), plasma(), [0.0, 1.0], **options)
    other = evolve_vlasov(electrons(), plasma(), [0.0, 1.0], kick=lambda z, m: z, **options)
    np.testing.assert_allclose(one.f[0], other.f[0], atol=1e-13)
    opposite = evolve_vlasov(electrons(), plasma(), [0.0, 1.0], kick=lambda z, m: -z, **options)
    assert np.abs(opposite.f[0] - one.f[0]).max() > 1e-2


def test_a_kick_by_phase_in_the_plane_is_that_along_the_axes():
    space, velocity = Grid((0.0,) * 2, (6.0,) * 2, (8, 8)), Grid((-6.0,) * 2, (6.0,) * 2, (24, 24))

    def f0(x, v):
        ripple = 1.0 + 0.3 * np.cos(np.pi / 3.0 * (x[0] + x[1])) + 0.2 * np.sin(np.pi / 3.0 * x[1])
        return ripple * np.exp(-0.5 * (v[0] ** 2 + v[1] ** 2)) / (2.0 * np.pi)

    kind, field = species(f0, space, velocity, charge=1.0), plasma(space)
    options = dict(time_step=0.25, interpolator="spectral", keep="last")
    one = evolve_vlasov(kind, field, [0.0, 0.5], **options)
    other = evolve_vlasov(kind, field, [0.0, 0.5], kick=lambda z, m: z, **options)
    np.testing.assert_allclose(one.f[0], other.f[0], atol=1e-9)


def test_the_default_interpolator_is_never_far_from_the_best():
    def densities(num, interpolator):
        space, velocity = Grid((0.0,), (4.0 * np.pi,), num[:1]), Grid((-9.0,), (9.0,), num[1:])
        kind = electrons(space, velocity, lambda x, v: wave(x, v, 0.5))
        run = evolve_vlasov(kind, plasma(space), [0.0, 10.0, 20.0], time_step=0.2, keep="last",
                            interpolator=interpolator, edge_tolerance=1e-2)  # fmt: skip
        return run.density[1:, 0, :: num[0] // 64]

    best = densities((128, 1024), DEFAULT_INTERPOLATOR)
    errors = {name: np.abs(densities((64, 256), name) - best).max(axis=1) for name in INTERPOLATORS}
    # Resolved filaments at the first time, unresolved ones at the second.
    least = np.min(list(errors.values()), axis=0)
    worst = {name: np.max(found / least) for name, found in errors.items()}
    assert min(worst, key=worst.get) == DEFAULT_INTERPOLATOR
    assert worst[DEFAULT_INTERPOLATOR] < 5.0


def killed(kind, field, folder, after, **options):
    def stop(progress):
        if progress.done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evolve_vlasov(kind, field, folder=folder, progress=stop, **options)


def test_a_killed_run_goes_on_bit_equal(tmp_path):
    options = dict(times=np.linspace(0.0, 2.0, 5), time_step=0.15, keep_kicks=True)
    whole = evolve_vlasov(electrons(), plasma(), **options)
    killed(electrons(), plasma(), tmp_path, 2, **options)
    resumed = evolve_vlasov(electrons(), plasma(), folder=tmp_path, **options)
    for one, other in zip(whole, resumed, strict=True):
        if isinstance(one, (np.ndarray, int)):
            assert np.array_equal(one, other)
    assert np.array_equal(whole.f[0], resumed.f[0])
    for one, other in zip(whole.kicks.fields, resumed.kicks.fields, strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "change",
    [
        dict(field=plasma(U_charge=lambda x, t: 0.01 * x[0])),
        dict(kind=electrons(f0=lambda x, v: 1.001 * wave(x, v))),
        dict(interpolator="spline"),
        dict(interpolator="spectral", kick=lambda z, m: 1.01 * z),
    ],
)
def test_a_run_of_another_problem_is_not_resumed(tmp_path, change):
    options = dict(times=[0.0, 0.2, 0.4], time_step=0.2)
    killed(electrons(), plasma(), tmp_path, 1, **options)
    changed = dict(kind=electrons(), field=plasma()) | options | change
    with pytest.raises(ValueError, match="another input"):
        evolve_vlasov(changed.pop("kind"), folder=tmp_path, **changed)


def pulse(size):
    """A pull at t = 0.25, which a kick meets and no output time."""
    return plasma(
        U_charge=lambda x, t: size * jnp.cos(x[0]) * jnp.exp(-(((t - 0.25) / 0.003) ** 2))
    )


def pair(size):
    """A pair energy that a uniform density does not feel."""

    def W(x):
        return size * (2.0 * (np.abs(x) < 0.1) - (np.abs(np.abs(x) - RING.spacing[0]) < 0.1))

    return SelfField(RING, "periodic", pair_energy=W)


@pytest.mark.parametrize(("field", "size"), [(pulse, 0.0), (pair, 1e-3)])
def test_a_run_in_another_field_that_its_start_does_not_show_is_not_resumed(tmp_path, field, size):
    uniform = electrons(f0=lambda x, v: MAXWELL * np.exp(-0.5 * v**2))
    options = dict(times=[0.0, 1.0, 2.0], time_step=0.1)
    killed(uniform, field(size), tmp_path, 1, **options)
    with pytest.raises(ValueError, match="another input"):
        evolve_vlasov(uniform, field(1.0), folder=tmp_path, **options)


def test_a_run_with_another_kick_of_large_arguments_is_not_resumed(tmp_path):
    options = dict(times=[0.0, 0.2, 0.4], time_step=0.2, interpolator="spectral")
    killed(electrons(), plasma(), tmp_path, 1, kick=lambda z, m: z, **options)
    with pytest.raises(ValueError, match="another input"):
        evolve_vlasov(electrons(), plasma(), folder=tmp_path,
                      kick=lambda z, m: np.clip(z, -60.0, 60.0), **options)  # fmt: skip


NEUTRAL = dict(kinds=electrons(), field=plasma(), times=[0.0, 1.0], time_step=0.1)
COLD = electrons(velocity=Grid((-60.0,), (60.0,), (64,)))
COARSE = Grid((0.0,), (40.0 * np.pi,), (32,))
SHORT_BOX = slab((64, 64), end=6.0)
REFUSALS = {
    "not neutral": dict(field=plasma(background=False)),
    "The Debye length": dict(kinds=electrons(COARSE), field=plasma(COARSE)),
    "The Jeans length": dict(
        kinds=species(wave, COARSE, SPEEDS),
        field=SelfField(COARSE, "periodic", gravitational_constant=COUPLING, background=True),
    ),
    "resolve the frequency": dict(time_step=3.0),
    "cold": dict(kinds=COLD),
    "f0 does not vanish": dict(kinds=electrons(velocity=Grid((-3.0,), (3.0,), (64,)))),
    "shows the mixed waves": dict(times=[0.0, 80.0]),
    "ends of the isolated box": dict(
        kinds=SHORT_BOX[0], field=SHORT_BOX[1], times=[0.0, 0.2]
    ),
    "no longer vanishes": dict(
        field=SelfField(RING, "periodic", U_mass=lambda x, t: 3.0 * x[0]), times=[0.0, 1.0]
    ),
    "The field from outside changes": dict(
        field=plasma(U_charge=lambda x, t: 0.01 * x[0] * jnp.cos(20.0 * jnp.pi * t))
    ),
    "The force of `U_mass` does not close": dict(
        field=plasma(U_mass=lambda x, t: 0.1 * (x[0] - 3.0) ** 2)
    ),
    "The force of `U_charge` does not close": dict(
        field=plasma(U_charge=lambda x, t: t * (x[0] - 3.0) ** 2)
    ),
    "`U_mass` does not close": dict(
        field=plasma(U_mass=lambda x, t: 0.3 * x[0]), interpolator="spectral", kick=lambda z, m: z
    ),
    "needs the boundary": dict(
        kinds=slab()[0], field=slab()[1], kick=lambda z, m: z
    ),
    "must not be negative": dict(
        kinds=electrons(f0=lambda x, v: wave(x, v, 1.5)), interpolator="positive"
    ),
    "may be negative": dict(interpolator="positive", kick=lambda z, m: z),
    "on the space": dict(field=plasma(COARSE)),
    "rise, or fall": dict(times=[0.0, 1.0, 0.5]),
    "`time_step`": dict(time_step=-0.1),
    "`interpolator`": dict(interpolator="quintic"),
    "`order`": dict(order=3),
    "`order` must be 2, 4 or 6, but is": dict(order=[4]),
    "`keep`": dict(keep="first"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSALS)
def test_what_is_outside_of_the_method_is_refused_in_a_sentence(sentence):
    with pytest.raises(ValueError, match=sentence):
        evolve_vlasov(**(NEUTRAL | REFUSALS[sentence]))


def test_recurrence_may_be_allowed():
    coarse = electrons(velocity=Grid((-6.0,), (6.0,), (32,)))
    run = evolve_vlasov(coarse, plasma(), [0.0, 40.0], time_step=0.5, allow_recurrence=True,
                        edge_tolerance=1e-3, keep="last")  # fmt: skip
    assert run.num_steps == 80
