"""When mixed waves come back on a grid of velocities: against the sums of free streaming."""

import jax.numpy as jnp
import numpy as np
import pytest

from vlasov_cases import MAXWELL, electrons, plasma
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field._recurrence import ECHO, first_echo, full_recurrence, made_echo
from zitter.mean_field.mixed_states import warm_orbitals
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import evolve_vlasov
from zitter.mean_field.wigner_functions import warm_wigner
from zitter.mean_field.wigner_poisson import evolve_wigner_poisson, wigner_species

BOX, SPEEDS = Grid((0.0,), (4.0 * np.pi,), (32,)), Grid((-6.0,), (6.0,), (64,))


def gas(mode, shear=0.0, tail=0.0):
    def f0(x, v):
        wave = np.cos(0.5 * mode * (x - shear * v)) + tail * np.cos(2.5 * x)
        return MAXWELL * np.exp(-0.5 * v**2) * (1.0 + 1e-2 * wave)

    return electrons(BOX, SPEEDS, f0)


def returns_at(k, velocity, times):
    """When a Maxwellian of waves k of the density, once mixed, is above ECHO again."""
    size = np.ones(len(times), complex)
    for k_a, v in zip(k, velocity.axes, strict=True):
        g = np.exp(-0.5 * v**2)
        size *= np.exp(-1j * np.multiply.outer(k_a * times, v)) @ g / g.sum()
    there = np.abs(size) > ECHO
    return times[np.flatnonzero(there & ~np.cumprod(there).astype(bool))[0]]


@pytest.mark.parametrize("mode", [1, 2, 4])
def test_a_wave_comes_back_when_free_streaming_says_it(mode):
    times = np.linspace(0.0, 80.0, 1601)
    found = first_echo(gas(mode), 1.0, 80.0)
    # η is known to a step of its own grid only.
    step = 2.0 * np.pi / 12.0 / (0.5 * mode)
    assert abs(found - returns_at([0.5 * mode], SPEEDS, times)) <= step + 0.05
    assert found < full_recurrence(gas(mode)) / mode - 3.0 / (0.5 * mode)


def test_a_faint_wave_and_uniform_f_do_not_count_but_the_longest_wave_does():
    longest = first_echo(gas(1), 1.0, 80.0)
    assert first_echo(gas(1, tail=0.5 * ECHO), 1.0, 80.0) == longest
    assert first_echo(gas(1, tail=20.0 * ECHO), 1.0, 80.0) < 0.25 * longest
    assert first_echo(gas(0), 1.0, 80.0) == longest


@pytest.mark.parametrize(("ahead", "sign"), [(1.0, 1.0), (-1.0, -1.0)])
def test_a_wave_that_has_streamed_already_comes_back_earlier(ahead, sign):
    fresh = first_echo(gas(2), ahead, 80.0)
    assert first_echo(gas(2, shear=4.0 * sign), ahead, 80.0) == pytest.approx(fresh - 4.0, abs=0.6)
    # It runs back first, and comes back where it would have, had it begun there.
    assert first_echo(gas(2, shear=-4.0 * sign), ahead, 80.0) > fresh - 0.6


def test_an_oblique_wave_comes_back_only_where_both_axes_do():
    space = Grid((0.0, 0.0), (4.0 * np.pi, 4.0 * np.pi), (8, 8))
    velocity = Grid((-5.0, -5.0), (5.0, 5.0), (20, 20))

    def f0(x, v):
        wave = 1.0 + 0.1 * np.cos(x[0] + 0.5 * x[1])
        return wave * np.exp(-0.5 * (v[0] ** 2 + v[1] ** 2))

    times = np.linspace(0.0, 40.0, 1601)
    found, exact = (
        first_echo(species(f0, space, velocity), 1.0, 40.0),
        returns_at([1.0, 0.5], velocity, times),
    )
    assert exact > 0.7 * full_recurrence(species(f0, space, velocity))
    # The longest waves along the axes count, too.
    expected = min(exact, returns_at([0.5, 0.0], velocity, times))
    assert found == pytest.approx(expected, abs=1.3)


@pytest.mark.parametrize("mode", [1, 2, 4])
def test_a_run_into_the_return_of_its_wave_is_refused(mode):
    times = [0.0, 66.0 / mode]
    with pytest.raises(ValidityError, match="shows the mixed waves"):
        evolve_vlasov(gas(mode), plasma(BOX), times, time_step=0.25)


def driven(mode, last, **options):
    """|ρ_mode| of a uniform plasma without a field of its own after a pulse from outside."""

    def pulse(x, t):
        return 1e-3 * jnp.cos(0.5 * mode * x[0]) * jnp.exp(-(((t - 2.0) / 0.5) ** 2))

    field = SelfField(BOX, "periodic", U_charge=pulse)
    times = np.linspace(0.0, last, 41)
    run = evolve_vlasov(gas(0), field, times, time_step=0.2, **options)
    return times, np.abs(np.fft.fft(run.density[:, 0], axis=1)[:, mode]) / 32


def test_a_driven_wave_that_would_come_back_is_refused():
    times, size = driven(2, 40.0, allow_recurrence=True)
    late = times > 20.0
    assert size[late].max() > 0.8 * size[~late].max()
    assert times[late][np.argmax(size[late])] == pytest.approx(0.5 * 67.02 + 2.0, abs=3.0)
    with pytest.raises(ValidityError, match="drives a wave"):
        driven(2, 40.0)
    assert np.all(driven(2, 28.0)[1][-10:] < 1e-3 * size.max())
    driven(1, 40.0)


def test_the_velocities_of_an_expanding_cloud_must_not_come_apart():
    space = Grid((-60.0,), (60.0,), (256,))

    def error(num, **options):
        def cloud(x, v):
            return np.exp(-0.5 * (x**2 + v**2)) / (2.0 * np.pi)

        kind = species(cloud, space, Grid((-6.0,), (6.0,), (num,)))
        field = SelfField(space, "isolated")
        run = evolve_vlasov(kind, field, [0.0, 9.0], time_step=0.5, keep="last", **options)
        s = np.sqrt(1.0 + 81.0)
        exact = MAXWELL / s * np.exp(-0.5 * (space.axes[0] / s) ** 2)
        return np.max(np.abs(run.density[-1, 0] - exact)) / exact.max()

    assert error(96) < 1e-3
    assert error(24, allow_recurrence=True) > 0.3
    with pytest.raises(ValidityError, match="comes apart into single velocities"):
        error(24)


def test_a_wigner_function_may_recur_on_its_own_lattice_only():
    hbar, space = 0.1, Grid((0.0,), (2.0 * np.pi,), (64,))
    psi = np.sqrt((1.0 + 0.1 * np.cos(2.0 * space.axes[0])) / (2.0 * np.pi))
    velocity = Grid((-4.0,), (4.0,), (64,))
    smooth = species(warm_wigner(psi, space, velocity, 0.5, mass=1.0, hbar=hbar), space, velocity)
    own = wigner_species(*warm_orbitals(psi, space, 0.5, hbar), space, hbar=hbar)
    free, times = SelfField(space, "periodic"), [0.0, 26.0]
    how = dict(hbar=hbar, time_step=1.0, keep="last")
    echo = evolve_wigner_poisson(smooth, free, times, **how, allow_recurrence=True)
    true = evolve_wigner_poisson(own, free, times, **how)
    modes = [abs(np.fft.fft(run.density[-1, 0])[2]) / 64 for run in (echo, true)]
    assert modes[0] > 1e3 * modes[1]
    with pytest.raises(ValidityError, match="shows the mixed waves"):
        evolve_wigner_poisson(smooth, free, times, **how)


def test_a_wave_that_two_others_make_counts_where_it_is_strong():
    def echo(size, screening, modes=(1, 2)):
        def f0(x, v):
            waves = sum(np.cos(0.5 * mode * x) for mode in modes)
            return MAXWELL * np.exp(-0.5 * v**2) * (1.0 + size * waves)

        return made_echo(electrons(BOX, SPEEDS, f0), 1.0, 80.0, screening)

    longest = first_echo(gas(1), 1.0, 80.0)
    # Of 1 and 2 the strongest sums are 3 and 4.
    assert echo(0.05, 1.0) == pytest.approx(longest / 4.0, rel=0.05)
    assert echo(0.05, 1.0, modes=(1,)) == pytest.approx(longest / 2.0, rel=0.05)
    assert echo(1e-3, 1.0) == np.inf
    assert echo(0.05, 0.01) == np.inf


def test_a_harmonic_that_would_come_back_is_refused():
    def run(num, **options):
        kind = electrons(
            BOX,
            Grid((-6.0,), (6.0,), (num,)),
            lambda x, v: MAXWELL * np.exp(-0.5 * v**2) * (1.0 + 0.05 * np.cos(0.5 * x)),
        )
        times = np.linspace(0.0, 40.0, 41)
        run = evolve_vlasov(kind, plasma(BOX), times, time_step=0.2, keep="last", **options)
        return np.abs(np.fft.fft(run.density[:, 0], axis=1))[:, 2]

    coarse, fine = run(64, allow_recurrence=True), run(128)
    assert coarse[30:].max() > 3.0 * fine.max()
    assert fine[30:].max() < 1e-2 * fine.max()
    with pytest.raises(ValidityError, match="or what two of them make"):
        run(64)
