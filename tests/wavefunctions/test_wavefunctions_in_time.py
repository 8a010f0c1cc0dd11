import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.wavefunctions._in_time import spread_probes
from zitter.wavefunctions.schrodinger import evolve_schrodinger

LINE = Grid((-64.0,), (64.0,), (512,))
PSI = np.exp(-(LINE.axes[0] ** 2) / 4.0).astype(complex)
END, IMPULSE = 10.0, 2.0


def pulse(width, at):
    """A force of this impulse within about the width of one moment."""
    return lambda q, t: (
        -IMPULSE * q[0] * jnp.exp(-(((t - at) / width) ** 2)) / (width * np.sqrt(np.pi))
    )


def mean_of(run):
    rho = np.abs(run.psi[-1]) ** 2
    return float(rho @ LINE.axes[0] / np.sum(rho))


def evolved(potential, end=END, **how):
    return evolve_schrodinger(PSI, LINE, potential, [0.0, end], [1.0], **how)


@pytest.mark.parametrize(
    ("width", "at", "how"),
    [
        (0.1, 7.3, dict(tolerance=1e-4, order=4)),
        (0.2, 7.3, dict(tolerance=1e-3)),
        (0.01, 6.2, dict(tolerance=1e-4, order=4)),
        (0.001, 6.2, dict(tolerance=1e-3, order=4)),
    ],
)
def test_an_adaptive_step_meets_a_pulse_in_free_motion(width, at, how):
    run = evolved(pulse(width, at), **how)
    assert mean_of(run) == pytest.approx(IMPULSE * (END - at), abs=10.0 * how["tolerance"])


@pytest.mark.parametrize(
    ("width", "at", "order"),
    [(0.05, 6.25, 2), (0.05, 6.2, 2), (0.02, 6.25, 2), (0.001, 6.25, 2), (0.02, 6.2, 4)],
)
def test_a_pulse_that_falls_between_the_nodes_of_a_step_is_refused(width, at, order):
    with pytest.raises(ValidityError, match="Use a smaller time_step"):
        evolved(pulse(width, at), time_step={2: 0.1, 4: 0.4}[order], order=order)


def test_a_pulse_that_the_steps_resolve_is_met():
    run = evolved(pulse(0.2, 6.25), time_step=0.05)
    assert mean_of(run) == pytest.approx(IMPULSE * (END - 6.25), abs=1e-6)


def test_a_force_that_swings_with_the_step_moves_psi_though_it_adds_up_to_nothing():
    def swing(q, t):
        return -30.0 * q[0] * jnp.sin(20.0 * jnp.pi * t)

    with pytest.raises(ValidityError, match="Use a smaller time_step"):
        evolved(swing, 2.0, time_step=0.1)
    shift = 30.0 * 2.0 / (20.0 * np.pi)
    assert mean_of(evolved(swing, 2.0, time_step=0.005)) == pytest.approx(shift, abs=0.01)


@pytest.mark.parametrize("module", [np, jnp])
@pytest.mark.parametrize("contact", [0.0, 5.0])
def test_a_scale_factor_that_swings_with_the_step_is_refused(module, contact):
    def a(t):
        return 1.0 + 0.8 * module.sin(40.0 * np.pi * t)

    with pytest.raises(ValidityError, match="Use a smaller time_step"):
        evolved(None, 1.0, time_step=0.05, contact=contact, scale_factor=a)
    fine = evolved(None, 1.0, time_step=0.003, contact=contact, scale_factor=a)
    again = evolved(None, 1.0, tolerance=0.01, contact=contact, scale_factor=a)
    assert abs(np.vdot(fine.psi[-1], again.psi[-1])) * LINE.cell_volume == pytest.approx(
        fine.norm[0], rel=1e-4
    )


def test_a_pulse_in_a_tail_of_psi_is_met():
    # It turns the phase of the half per cent beyond x = 2.6.
    def place(x):
        return 0.5 * (1.0 + jnp.tanh(2.0 * (x - 2.6)))

    def corner(turn):
        height = turn / (0.001 * np.sqrt(np.pi))
        return lambda q, t: height * place(q[0]) * jnp.exp(-(((t - 0.62) / 0.001) ** 2))

    with pytest.raises(ValidityError, match="Use a smaller time_step"):
        evolved(corner(6.0), 1.0, time_step=0.1)
    free = evolved(None, 0.62, time_step=0.1).psi[-1]
    kicked = free * np.exp(-1j * np.asarray(place(LINE.axes[0])))
    exact = evolve_schrodinger(kicked, LINE, None, [0.62, 1.0], [1.0], time_step=0.1).psi[-1]
    found = evolved(corner(1.0), 1.0, tolerance=1e-4, order=4).psi[-1]
    rest = evolved(None, 1.0, time_step=0.1).psi[-1]
    assert np.linalg.norm(found - exact) < 0.02 * np.linalg.norm(rest - exact)


def test_probes_stand_for_the_density():
    density = PSI.real**2 * (LINE.axes[0] < 3.0)
    index, weight = spread_probes(density, 128)
    assert np.sum(weight) == pytest.approx(1.0)
    assert np.max(LINE.axes[0][index]) > 2.5
    share = density / np.sum(density)
    np.testing.assert_allclose(
        weight @ LINE.axes[0][index] ** 2, share @ LINE.axes[0] ** 2, rtol=0.02
    )


@pytest.mark.parametrize("side", [np.cos, np.sin])
@pytest.mark.parametrize(("num", "axis"), [((64, 64), 1), ((128, 128), 1), ((32, 32, 32), 2)])
def test_a_pulse_is_seen_along_every_axis_of_a_uniform_psi(num, axis, side):
    grid = Grid((0.0,) * len(num), (2.0 * np.pi,) * len(num), num)

    def grating(q, t):
        wave = jnp.cos(q[axis]) if side is np.cos else jnp.sin(q[axis])
        return 1.5 * wave * jnp.exp(-(((t - 0.73) / 0.002) ** 2)) / (0.002 * np.sqrt(np.pi))

    with pytest.raises(ValidityError, match="Use a smaller time_step"):
        evolve_schrodinger(
            np.ones(num),
            grid,
            grating,
            [0.0, 1.0],
            np.ones(len(num)),
            time_step=0.1,
            leak_tolerance=None,
        )
