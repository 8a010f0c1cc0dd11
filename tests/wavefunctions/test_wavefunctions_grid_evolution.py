import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.wavefunctions.gaussian import GaussianPacket
from zitter.wavefunctions.schrodinger import evolve_schrodinger, values_on_grid

M, HBAR, K = 1.3, 0.8, 1.1
LINE = Grid((-16.0,), (16.0,), (192,))
PACKET = GaussianPacket(0.9, -0.5, 0.7, mass=M, hbar=HBAR)


def samples(psi, grid=LINE, t=0.0):
    return np.asarray(jnp.exp(values_on_grid(psi, grid, t)))


def distance(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


def evolved(psi0, times, potential=None, **options):
    return evolve_schrodinger(psi0, LINE, potential, times, [M], HBAR, **options)


def soliton(x, t, momentum=0.6):
    """√(K/2) sech(K (x - vt)) with its phase, of g = -2ħ²K/m."""
    v = momentum / M
    phase = momentum * x / HBAR + (HBAR * K**2 / (2.0 * M) - momentum * v / (2.0 * HBAR)) * t
    return np.sqrt(K / 2.0) / np.cosh(K * (x - v * t)) * np.exp(1j * phase)


def test_a_bright_soliton_of_the_local_interaction_moves_without_change():
    x, g = LINE.axes[0], -2.0 * HBAR**2 * K / M
    run = dict(order=4, time_step=0.02, leak_tolerance=1e-4)
    solved = evolved(soliton(x, 0.0), [0.0, 1.0], contact=g, **run)
    assert distance(solved.psi[-1], soliton(x, 1.0)) < 1e-6
    np.testing.assert_allclose(solved.energy, -(HBAR**2) * K**2 / (6 * M) + 0.6**2 / (2 * M))
    for wrong in (-g, 2.0 * g, 0.0):
        assert distance(evolved(soliton(x, 0.0), [0.0, 1.0], contact=wrong, **run).psi[-1],
                        soliton(x, 1.0)) > 0.1  # fmt: skip


def test_a_free_packet_in_comoving_coordinates_is_one_of_another_time():
    # dτ = dt/a² with a = 1 + t/2: τ = t/a.
    run = evolved(samples(PACKET), [0.0, 0.8, 1.5], scale_factor=lambda t: 1.0 + 0.5 * t,
                  time_step=0.1)  # fmt: skip
    for psi, t in zip(run.psi, run.times, strict=True):
        assert distance(psi, samples(PACKET, t=t / (1.0 + 0.5 * t))) < 1e-12
    assert distance(run.psi[-1], samples(PACKET, t=1.5)) > 0.1


@pytest.mark.parametrize("order", [2, 4])
def test_the_order_holds_with_a_scale_factor_and_a_local_interaction(order):
    def trap(x, t):
        return 0.4 * jnp.sum(x**2) * (1.0 + 0.3 * jnp.sin(t))

    run = dict(contact=0.7, scale_factor=lambda t: (1.0 + t) ** 0.4, order=order)
    psi = [evolved(samples(PACKET), [0.0, 1.0], trap, time_step=h, **run).psi[-1]
           for h in (0.1, 0.05, 0.025)]  # fmt: skip
    slope = np.log2(distance(psi[0], psi[1]) / distance(psi[1], psi[2]))
    assert abs(slope - order) < 0.1


@pytest.mark.parametrize("order", [2, 4])
def test_the_adaptive_step_keeps_to_its_tolerance_and_follows_the_motion(order):
    trap = GaussianPacket(0.4, 1.5, 0.0, stiffness=2.0, mass=M, hbar=HBAR)

    def potential(x, t):
        return jnp.sum(x**2)

    for tolerance in (1e-3, 1e-5):
        run = evolved(samples(trap), [0.0, 2.0], potential, tolerance=tolerance, order=order)
        error = distance(run.psi[-1], samples(trap, t=2.0))
        assert 0.01 * tolerance < error < 1.5 * tolerance
    assert run.num_steps >= 10


def test_drift_is_the_largest_change_of_what_should_stay():
    def potential(x, t):
        return 0.5 * jnp.sum(x**2)

    run = evolved(samples(PACKET), [0.0, 0.5, 1.0], potential, time_step=0.05)
    assert run.drift.norm == np.max(np.abs(run.norm - run.norm[0]))
    assert run.drift.energy == np.max(np.abs(run.energy - run.energy[0]))
    np.testing.assert_array_equal(run.drift.momentum, np.abs(run.momentum - run.momentum[0]).max(0))
    assert run.drift.norm < 1e-13
    assert run.drift.momentum[0] > 0.1


def test_a_tolerance_beyond_the_precision_is_refused():
    with pytest.raises(ValidityError, match="this precision does not reach `tolerance`"):
        evolved(samples(PACKET), [0.0, 1.0], lambda x, t: 0.5 * jnp.sum(x**2), tolerance=1e-12,
                precision="float32")  # fmt: skip


def test_progress_and_checkpoints_serve_external_potentials_too(tmp_path):
    seen, times = [], [0.0, 0.2, 0.4]
    whole = evolved(samples(PACKET), times, time_step=0.1)
    first = evolved(samples(PACKET), times, time_step=0.1, folder=tmp_path, progress=seen.append)
    again = evolved(samples(PACKET), times, time_step=0.1, folder=tmp_path, progress=seen.append)
    assert [p.done for p in seen] == [1, 2]
    for run in (first, again):
        np.testing.assert_array_equal(run.psi, whole.psi)


def test_psi_that_is_resolved_at_the_outputs_only_is_refused():
    # Through the focus of a strong trap the momentum is beyond the grid, before and after not.
    coarse = Grid((-16.0,), (16.0,), (96,))
    psi0 = samples(GaussianPacket(2.0, 0.0, 0.0, mass=M, hbar=HBAR), coarse)
    stiffness = 8.0
    period = 2.0 * np.pi * np.sqrt(M / stiffness)
    with pytest.raises(ValidityError, match="does not resolve this ψ"):
        evolve_schrodinger(
            psi0, coarse, lambda x, t: 0.5 * stiffness * jnp.sum(x**2), [0.0, period / 2.0], [M],
            HBAR, time_step=0.003,
        )  # fmt: skip


WIDE = Grid((-128.0,), (128.0,), (256,))


@pytest.mark.parametrize("how", [{"time_step": 3.2}, {"tolerance": 1e-6}])
@pytest.mark.parametrize("order", [2, 4])
def test_a_packet_that_goes_round_the_box_is_refused_however_it_is_stepped(order, how):
    # After L/v it is where it began: with edges clear at both times, it shows on its way only.
    x, k = WIDE.axes[0], 1.2
    psi0 = np.exp(-((x / 24.0) ** 2) + 1j * k * x)
    with pytest.raises(ValidityError, match="ends of the box"):
        evolve_schrodinger(psi0, WIDE, None, [0.0, 256.0 / k], [1.0], order=order, **how)
    free = evolve_schrodinger(
        psi0, WIDE, None, [0.0, 256.0 / k], [1.0], order=order, leak_tolerance=None, **how
    )
    assert free.edge[-1] < 1e-6


def test_a_step_that_could_carry_psi_over_the_end_of_the_box_is_cut():
    # Momenta up to 1.2: four times 1.2 is more than the two layers of 32/16.
    psi0 = np.exp(-((LINE.axes[0] / 4.0) ** 2))
    runs = [
        evolve_schrodinger(psi0, LINE, None, [0.0, 4.0], [1.0], time_step=4.0, leak_tolerance=leak)
        for leak in (1e-6, None)
    ]
    assert [run.num_steps for run in runs] == [2, 1]


@pytest.mark.parametrize("moving", ["potential", "scale_factor"])
def test_a_run_is_not_resumed_with_another_motion_of_equal_ends(moving, tmp_path):
    def functions(strength):
        a = {"potential": 0.0, "scale_factor": strength}[moving]
        U = strength - a
        return {
            "potential": lambda q, t: U * q[0] * t * (1.0 - t),
            "scale_factor": lambda t: 1.0 + a * t * (1.0 - t),
        }

    run = dict(time_step=0.1, folder=tmp_path)
    evolved(samples(PACKET), [0.0, 1.0], **functions(1.0), **run)
    with pytest.raises(ValueError, match="a run of another input"):
        evolved(samples(PACKET), [0.0, 1.0], **functions(2.0), **run)


def test_a_run_is_not_resumed_with_a_pulse_between_the_samples(tmp_path):
    def pulse(strength):
        return lambda q, t: strength * q[0] * jnp.exp(-(((t - 0.537) / 0.003) ** 2))

    run = dict(time_step=0.1, folder=tmp_path)
    evolved(samples(PACKET), [0.0, 1.0], pulse(0.0), **run)
    with pytest.raises(ValueError, match="a run of another input"):
        evolved(samples(PACKET), [0.0, 1.0], pulse(1.0), **run)


@pytest.mark.parametrize("module", [np, jnp])
def test_a_run_is_not_resumed_with_a_pulse_of_a_between_the_samples(module, tmp_path):
    def a(strength):
        return lambda t: 1.0 + strength * module.exp(-(((t - 0.537) / 0.003) ** 2))

    run = dict(time_step=0.1, folder=tmp_path)
    first = evolved(samples(PACKET), [0.0, 1.0], None, scale_factor=a(0.0), **run)
    again = evolved(samples(PACKET), [0.0, 1.0], None, scale_factor=a(0.0), **run)
    np.testing.assert_array_equal(first.psi, again.psi)
    with pytest.raises(ValueError, match="a run of another input"):
        evolved(samples(PACKET), [0.0, 1.0], None, scale_factor=a(0.1), **run)


@pytest.mark.parametrize("order", [2, 4])
def test_a_potential_that_turns_faster_than_the_step_is_refused(order):
    def shaken(frequency, strength=1.0):
        return lambda q, t: strength * q[0] * jnp.cos(frequency * t)

    run, fast = dict(time_step=0.1, order=order), 6.0 * np.pi / 0.1
    with pytest.raises(ValidityError, match="Use a smaller time_step"):
        evolved(samples(PACKET), [0.0, 2.0], shaken(fast), **run)
    for potential in (shaken(2.0), shaken(fast, 0.01)):
        assert evolved(samples(PACKET), [0.0, 2.0], potential, **run).num_steps == 20


def test_a_jump_of_the_potential_between_two_steps_is_no_fast_turn():
    def jump(q, t):
        return 3.0 * q[0] * (t > 0.43)

    assert evolved(samples(PACKET), [0.0, 1.0], jump, time_step=0.05).num_steps == 20


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"absorption": np.zeros(5)}, "`absorption` must have shape"),
        ({"absorption": np.full(192, -1.0)}, "`absorption` must not be negative"),
        ({"absorption": np.full(192, np.nan)}, "`absorption` must be finite"),
        ({"absorption": -1}, "`absorption` must have shape"),
        ({"scale_factor": 1.0}, "`scale_factor` must be a function"),
        ({"scale_factor": lambda t: 0.0}, "`scale_factor` must be finite and positive"),
        ({"scale_factor": lambda t: 1.0 - 2.0 * t}, "`scale_factor` must be finite and positive"),
        ({"scale_factor": lambda t: np.nan}, "`scale_factor` must be finite and positive"),
        ({"order": [2]}, "`order` must be 2 or 4"),
        ({"contact": np.nan}, "`contact` must be finite"),
        ({"leak_tolerance": np.nan}, "`leak_tolerance` must not be negative"),
    ],
)
def test_bad_options_are_refused(change, match):
    with pytest.raises(ValueError, match=match):
        evolved(samples(PACKET), [0.0, 1.0], **({"time_step": 0.1} | change))


@pytest.mark.parametrize("order", [2, 4])
def test_an_adaptive_step_does_not_jump_over_a_barrier(order):
    line = Grid((-100.0,), (100.0,), (2048,))
    x = line.axes[0]
    psi0 = np.exp(-((x + 60.0) ** 2) / 9.0 + 20j * x)
    how = dict(tolerance=1e-2, order=order, leak_tolerance=None)

    def barrier(q, t):
        return 1000.0 * jnp.exp(-(q[0] ** 2))

    run = evolve_schrodinger(psi0, line, barrier, [0.0, 5.0], [1.0], **how)
    rho = np.abs(run.psi[-1]) ** 2
    assert np.sum(rho[x > 0.0]) < 1e-6 * np.sum(rho)
    free = evolve_schrodinger(psi0, line, None, [0.0, 4.0], [1.0], **how)
    assert free.num_steps < 20 < run.num_steps


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ValueError, match="`folder` must be a folder"):
        evolved(samples(PACKET), [0.0, 1.0], time_step=0.1, folder=file)
