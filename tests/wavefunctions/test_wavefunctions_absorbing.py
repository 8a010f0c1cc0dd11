import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.wavefunctions.absorbing import (
    absorbing_layer,
    reflected_and_passed,
    returned_share,
)
from zitter.wavefunctions.schrodinger import evolve_schrodinger

M, HBAR = 1.3, 0.8
LINE = Grid((-40.0,), (40.0,), (512,))
SLOWEST, FASTEST = 2.0, 8.0


def left_of_a_packet(momentum, spread, rate, end_of_run=60.0):
    """Norm that is left of a packet after it has had time to cross the box."""
    x = LINE.axes[0]
    width = HBAR / (2.0 * spread)
    psi0 = np.exp(-(x**2) / (4.0 * width**2) + 1j * momentum * x / HBAR)
    psi0 /= np.sqrt(float(LINE.integrate(np.abs(psi0) ** 2)))
    times = [0.0, end_of_run * M / (momentum - 4.0 * spread)]
    run = evolve_schrodinger(
        psi0, LINE, None, times, [M], HBAR, time_step=0.05, absorption=rate, keep="last"
    )
    return run.norm[-1]


@pytest.mark.parametrize(("momentum", "spread"), [(2.6, 0.1), (3.2, 0.2), (5.0, 0.4), (6.5, 0.25)])
def test_packets_over_the_stated_range_of_momenta_are_absorbed(momentum, spread):
    layer = absorbing_layer(LINE, 10.0, SLOWEST, FASTEST, [M], HBAR)
    assert layer.returned < 1e-6
    assert left_of_a_packet(momentum, spread, layer.rate) < 1e-6


def test_the_computed_share_is_what_comes_back():
    layer = absorbing_layer(LINE, 3.0, SLOWEST, FASTEST, [M], HBAR, tolerance=0.1)
    k, strength = SLOWEST / HBAR, 2.0 * M * np.max(layer.rate) * HBAR / SLOWEST**2
    for momentum in (3.0, 7.0):
        left = left_of_a_packet(momentum, 0.1, layer.rate, end_of_run=55.0)
        near = momentum + np.linspace(-0.2, 0.2, 9)
        weights = np.exp(-0.5 * ((near - momentum) / 0.1) ** 2)
        shares = returned_share(3.0 * k, strength, near / SLOWEST)
        expected = np.sum(weights * shares) / np.sum(weights)
        assert left > 1e-6
        np.testing.assert_allclose(left, expected, rtol=0.1)


def test_a_layer_that_is_too_weak_or_too_strong_returns_more():
    width, ratios = 20.0, np.linspace(1.0, 4.0, 7)
    shares = [np.max(returned_share(width, s, ratios)) for s in (0.1, 8.0, 300.0)]
    assert shares[1] < 1e-4 * min(shares[0], shares[2])


def test_the_layer_has_the_right_unit_and_place():
    plane = Grid((-40.0, -20.0), (40.0, 20.0), (512, 16))
    layer = absorbing_layer(plane, 10.0, SLOWEST, FASTEST, [M, 2.0 * M], HBAR, axes=[0])
    line = absorbing_layer(LINE, 10.0, SLOWEST, FASTEST, [M], HBAR)
    np.testing.assert_array_equal(layer.rate, np.repeat(line.rate[:, None], 16, axis=1))
    assert np.all(line.rate[np.abs(LINE.axes[0]) <= 30.0] == 0.0)
    heavy = absorbing_layer(LINE, 10.0, SLOWEST, FASTEST, [2.0 * M], HBAR)
    np.testing.assert_allclose(heavy.rate, 0.5 * line.rate)


def test_thin_layers_and_bad_input_are_refused():
    with pytest.raises(ValidityError, match="Use a width of more than"):
        absorbing_layer(LINE, 2.0, SLOWEST, FASTEST, [M], HBAR)
    with pytest.raises(ValueError, match="`fastest` must be at least `slowest`"):
        absorbing_layer(LINE, 10.0, FASTEST, SLOWEST, [M], HBAR)
    with pytest.raises(ValueError, match="must leave room between the layers"):
        absorbing_layer(LINE, 40.0, SLOWEST, FASTEST, [M], HBAR)
    with pytest.raises(ValueError, match="`width` must be positive"):
        absorbing_layer(LINE, 0.0, SLOWEST, FASTEST, [M], HBAR)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"tolerance": np.nan}, "`tolerance` must be finite"),
        ({"tolerance": -1.0}, "`tolerance` must be positive"),
        ({"fastest": np.inf}, "`fastest` must be finite"),
    ],
)
def test_a_layer_of_bad_numbers_is_refused(change, match):
    arguments = dict(width=10.0, slowest=SLOWEST, fastest=FASTEST, masses=[M], hbar=HBAR) | change
    with pytest.raises(ValueError, match=match):
        absorbing_layer(LINE, **arguments)


BOX = Grid((-20.0,), (20.0,), (256,))
DEPTH = np.clip((np.abs(BOX.axes[0]) - 12.0) / 8.0, 0.0, 1.0)


def running(absorption, **options):
    x = BOX.axes[0]
    psi0 = np.exp(-(x**2) / 4.0 + 3j * x)
    how = dict(time_step=0.02, keep="last", absorption=absorption) | options
    return evolve_schrodinger(psi0, BOX, None, [0.0, 13.0], [1.0], **how)


@pytest.mark.parametrize(
    "rate",
    [
        0.0 * DEPTH,
        0.0 * DEPTH + 1e-12,
        0.0 * DEPTH + 0.3,
        1e-12 * DEPTH**3,
        0.05 * DEPTH**3,
        300.0 * (DEPTH > 0.0),
        1e6 * (DEPTH > 0.5),
    ],
)
@pytest.mark.parametrize("how", [{}, {"time_step": None, "tolerance": 1e-3}])
def test_ends_that_let_psi_through_or_throw_it_back_do_not_absorb(rate, how):
    with pytest.raises(ValidityError, match=r"ends of the box|does not resolve"):
        running(rate, **how)


def test_ends_that_absorb_may_be_reached():
    assert running(5.0 * DEPTH**3).norm[-1] < 1e-3 * running(None, leak_tolerance=None).norm[-1]


def test_layers_on_one_axis_leave_the_other_to_the_check():
    plane = Grid((-20.0, -20.0), (20.0, 20.0), (96, 96))
    depth = np.clip((np.abs(plane.axes[0]) - 8.0) / 12.0, 0.0, 1.0)
    rate = 5.0 * np.repeat(depth[:, None] ** 3, 96, axis=1)

    def moving(momenta):
        x, y = plane.axes
        waves = [np.exp(-(q**2) / 9.0 + 1j * k * q) for q, k in zip((x, y), momenta, strict=True)]
        times = [0.0, 7.0]
        return evolve_schrodinger(
            np.multiply.outer(*waves), plane, None, times, [1.0] * 2, time_step=0.1, absorption=rate
        )

    assert moving((2.0, 0.0)).norm[-1] < 0.5 * moving((0.0, 0.0)).norm[-1]
    with pytest.raises(ValidityError, match="ends of the box"):
        moving((0.0, 2.0))


def test_a_row_of_cells_reflects_and_passes_as_a_square_barrier():
    # Of E = k²/2 behind a barrier of imaginary height, joined by hand at both sides.
    k, s, length = np.array([0.7, 2.0]), 3.0, 1.3
    q = np.sqrt(k**2 + 1j * s)
    ratio = 0.5j * (q / k + k / q) * np.sin(q * length)
    below = np.cos(q * length) - ratio
    back = 0.5j * (q / k - k / q) * np.sin(q * length) / below
    reflected, passed = reflected_and_passed([s] * 40, length / 40, k)
    np.testing.assert_allclose(reflected, np.abs(back) ** 2)
    np.testing.assert_allclose(passed, np.abs(1.0 / below) ** 2)
    assert np.all(np.isfinite(reflected_and_passed([1e9] * 40, 10.0, k)))
