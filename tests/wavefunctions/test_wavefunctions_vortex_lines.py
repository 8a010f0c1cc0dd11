import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.wavefunctions.vortex_lines import loop_round, vortex_lines
from zitter.wavefunctions.vortices import circulation, winding_number

HBAR, RADIUS = 0.6, 2.0
TILT = np.array([0.36, 0.48, 0.8])


def ring(q, t):
    """A ring of radius 2 in the plane z = 0 in a Gaussian packet."""
    node = (q[0] ** 2 + q[1] ** 2 - RADIUS**2) / (2.0 * RADIUS) + 1j * q[2]
    return jnp.log(node) - 0.1 * jnp.sum(q**2)


def box(num, half=4.0):
    return Grid((-half + 0.013,) * 3, (half + 0.013,) * 3, (num,) * 3)


def mesh(grid):
    return np.moveaxis(grid.points.reshape(*grid.num, 3), -1, 0)


def ring_values(grid):
    x, y, z = mesh(grid)
    return ((x**2 + y**2 - RADIUS**2) / (2.0 * RADIUS) + 1j * z) * np.exp(-0.1 * (x**2 + y**2))


def test_a_ring_is_one_closed_line_of_the_right_length():
    (line,) = vortex_lines(ring_values(box(52)), box(52))
    assert line.closed
    np.testing.assert_allclose(line.length, 4.0 * np.pi, rtol=1e-3)
    distance = np.hypot(*line.points[:, :2].T)
    np.testing.assert_allclose(distance, RADIUS, atol=1e-4)
    np.testing.assert_allclose(line.points[:, 2], 0.0, atol=1e-4)


def test_positions_are_of_fourth_order_and_lengths_of_second():
    spacings, lengths, places = [], [], []
    for num in (24, 48, 96):
        x, y, _ = mesh(box(num))
        (line,) = vortex_lines(ring_values(box(num)) * np.exp(0.3j * x * y), box(num))
        spacings.append(box(num).spacing[0])
        lengths.append(4.0 * np.pi - line.length)
        places.append(np.sqrt(np.mean((np.hypot(*line.points[:, :2].T) - RADIUS) ** 2)))
    np.testing.assert_allclose(convergence_order(spacings, places), 4.0, atol=0.1)
    np.testing.assert_allclose(convergence_order(spacings, lengths), 2.0, atol=0.1)
    assert places[1] < 1e-5


def test_lines_at_the_edge_of_a_box_and_across_it_are_found_as_sharply():
    grid = Grid((0.0,) * 3, (2.0 * np.pi,) * 3, (32, 32, 32))
    x, y, z = mesh(grid)
    for shift in (0.03, -0.03):
        psi = np.sin(x - shift) + 1j * np.sin(y - shift - 0.2 * np.sin(z))
        for periodic in (True, False):
            for line in vortex_lines(psi, grid, periodic=periodic):
                a, b, c = line.points.T
                np.testing.assert_allclose(np.sin(a - shift), 0.0, atol=1e-4)
                np.testing.assert_allclose(np.sin(b - shift - 0.2 * np.sin(c)), 0.0, atol=1e-4)


def test_the_circulation_round_a_ring_is_one_quantum_in_its_own_sense():
    (line,) = vortex_lines(ring_values(box(52)), box(52))
    for index in (0, len(line.points) // 3, len(line.points) - 1):
        loop = loop_round(line, index, 0.4)
        assert winding_number(ring, loop) == 1
        turns = circulation(ring, loop, hbar=HBAR) / (2.0 * np.pi * HBAR)
        np.testing.assert_allclose(turns, 1.0, rtol=1e-9)
    (turned,) = vortex_lines(np.conj(ring_values(box(52))), box(52))
    sense = [np.sum(np.cross(k.points[:-1], k.points[1:])[:, 2]) for k in (line, turned)]
    assert sense[0] * sense[1] < 0.0


def test_a_tilted_line_ends_at_the_box_and_has_its_direction():
    grid = box(40)
    first = np.cross(TILT, [1.0, 0.0, 0.0])
    first /= np.linalg.norm(first)
    second = np.cross(TILT, first)
    x = np.stack(mesh(grid), axis=-1)
    (line,) = vortex_lines((x - 0.1) @ first + 1j * (x - 0.1) @ second, grid)
    assert not line.closed
    direction = line.points[-1] - line.points[0]
    np.testing.assert_allclose(direction / np.linalg.norm(direction), TILT, atol=1e-9)
    np.testing.assert_allclose(line.length, np.linalg.norm(direction), rtol=1e-9)
    off = np.cross(line.points - 0.1, TILT)
    np.testing.assert_allclose(off, 0.0, atol=1e-9)
    assert (
        winding_number(
            lambda q, t: jnp.log((q - 0.1) @ first + 1j * (q - 0.1) @ second),
            loop_round(line, 0, 0.3),
        )
        == 1
    )


def test_a_double_vortex_shows_as_two_lines():
    x, y, _ = mesh(box(24))
    lines = vortex_lines((x + 1j * y) ** 2 + 0.0 * x, box(24))
    assert len(lines) == 2
    for line in lines:
        assert line.points[-1, 2] > line.points[0, 2]
        np.testing.assert_allclose(line.points[:, :2], 0.0, atol=box(24).spacing[0])


def test_periodic_lines_close_through_the_box_and_without_it_they_end():
    grid = Grid((0.0,) * 3, (2.0 * np.pi,) * 3, (24, 26, 28))
    x, y, z = mesh(grid)
    psi = np.sin(x - 0.31) + 1j * np.sin(y - 0.47 - 0.2 * np.sin(z))
    lines = vortex_lines(psi, grid, periodic=True)
    assert len(lines) == 4
    assert all(line.closed for line in lines)
    wave = np.sqrt(1.0 + (0.2 * np.cos(2.0 * np.pi * np.arange(400) / 400)) ** 2)
    for line in lines:
        np.testing.assert_allclose(line.length, 2.0 * np.pi * np.mean(wave), rtol=1e-3)
    senses = [np.sign(line.points[-1, 2] - line.points[0, 2]) for line in lines]
    assert sum(senses) == 0
    assert not any(line.closed for line in vortex_lines(psi, grid))


def test_no_line_of_a_smooth_random_wave_ends_inside_of_the_box():
    rng = np.random.default_rng(1)
    grid = Grid((0.0,) * 3, (2.0 * np.pi,) * 3, (48,) * 3)
    x = np.stack(mesh(grid), axis=-1)
    k = rng.integers(-3, 4, (40, 3))
    amplitudes = rng.normal(size=(40, 2)) @ [1.0, 1j]
    psi = np.tensordot(np.exp(1j * x @ k.T), amplitudes, axes=1)
    lines = vortex_lines(psi, grid, periodic=True)
    assert len(lines) > 3
    assert all(line.closed for line in lines)
    open_box = vortex_lines(psi, grid)
    for line in (k for k in open_box if not k.closed):
        for end in line.points[[0, -1]]:
            edge = np.minimum(end, np.array(grid.axes)[:, -1] - end)
            assert edge.min() < 1e-9


def test_a_plain_packet_has_no_line_and_its_tails_can_be_left_out():
    x, y, z = mesh(box(20))
    packet = np.exp(-0.3 * (x**2 + y**2 + z**2) + 1j * x)
    assert vortex_lines(packet, box(20)) == ()
    noise = np.random.default_rng(0).normal(size=(2, 20, 20, 20)) * 1e-3
    rough = packet + noise[0] + 1j * noise[1]
    assert len(vortex_lines(rough, box(20))) > 0
    assert vortex_lines(rough, box(20), threshold=0.02) == ()


def test_bad_input_is_refused():
    grid = box(20)
    with pytest.raises(ValueError, match="must have t"):
        vortex_lines(np.ones((8, 8)), Grid((0.0, 0.0), (1.0, 1.0), (8, 8)))
    with pytest.raises(ValueError, match="`psi` must have shape"):
        vortex_lines(np.ones((8, 8, 8)), grid)
    with pytest.raises(ValueError, match="`threshold` must not be negative"):
        vortex_lines(np.ones(grid.num), grid, threshold=-1.0)
    with pytest.raises(ValidityError, match="Shift the grid"):
        vortex_lines(np.zeros(grid.num), grid)
    (line,) = vortex_lines(ring_values(box(24)), box(24))
    with pytest.raises(ValueError, match="`radius` must be positive"):
        loop_round(line, 0, 0.0)
    with pytest.raises(ValueError, match="`index` must be"):
        loop_round(line, len(line.points), 0.1)
