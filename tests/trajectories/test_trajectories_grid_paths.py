"""Paths through a ψ that is known on a grid at some times only, beside those of the closed form."""

import jax.numpy as jnp
import numpy as np
import pytest

from zitter.core.grid import Grid
from zitter.trajectories.bohm import bohm_paths
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.schrodinger import GridPsi, evolve_schrodinger, values_on_grid

M, HBAR, STIFFNESS = 1.3, 0.8, 0.9
SCALES = dict(mass=M, hbar=HBAR)
TIMES = np.linspace(0.0, 1.0, 11)


def trap(x, t):
    return 0.5 * STIFFNESS * jnp.sum(x**2)


def on_grid(psi, grid, potential=trap):
    """The grid solution from psi at t = 0, as a wavefunction of its own."""
    psi0 = jnp.exp(values_on_grid(psi, grid, 0.0))
    masses = [M] * grid.num_axes
    run = evolve_schrodinger(psi0, grid, potential, TIMES, masses, HBAR, time_step=0.05, order=4)
    return GridPsi(run.psi, grid, run.times, order=1, num_space=grid.num_axes, **SCALES)


@pytest.mark.parametrize(
    ("num_axes", "num", "error"), [(1, 128, 1e-6), (2, 64, 1e-4), (3, 40, 1e-3)]
)
def test_paths_of_a_packet_on_the_grid_are_those_of_the_closed_form(num_axes, num, error):
    widths, centres, momenta = (0.7, 0.9, 0.8), (0.6, -0.4, 0.2), (0.3, 0.5, -0.6)
    packets = [
        GaussianPacket(w, c, p, stiffness=STIFFNESS, **SCALES)
        for w, c, p in zip(widths, centres, momenta, strict=True)
    ][:num_axes]

    def product(q, t):
        return sum(packet(q[i : i + 1], t) for i, packet in enumerate(packets))

    grid = Grid((-7.0,) * num_axes, (7.0,) * num_axes, (num,) * num_axes)
    psi = on_grid(product, grid)
    Q0 = np.random.default_rng(0).normal(size=(20, num_axes)) * widths[:num_axes]
    Q0 += np.array(centres[:num_axes])
    seen = bohm_paths(psi, Q0, [0.0, 0.55, 1.0], masses=M, hbar=HBAR)
    assert not np.any(seen.stalled)
    for i, packet in enumerate(packets):
        alone = bohm_paths(packet, Q0[:, i : i + 1], [0.0, 0.55, 1.0], masses=M, hbar=HBAR)
        np.testing.assert_allclose(seen.Q[:, :, i], alone.Q[:, :, 0], atol=error)


def test_paths_through_fringes_on_the_grid_are_those_of_the_closed_form():
    packets = GaussianPacket([[0.6], [0.6]], [[-2.0], [2.0]], [[2.0], [-2.0]], **SCALES)
    psi = Superposition(packets, [1.0, 0.7])
    grid = Grid((-14.0,), (14.0,), (512,))
    Q0 = np.linspace(-3.0, 3.0, 25)[:, None]
    seen = bohm_paths(on_grid(psi, grid, None), Q0, TIMES, masses=M, hbar=HBAR)
    exact = bohm_paths(psi, Q0, TIMES, masses=M, hbar=HBAR)
    np.testing.assert_allclose(seen.Q, exact.Q, atol=2e-4)
    other = bohm_paths(on_grid(psi, grid), Q0, TIMES, masses=M, hbar=HBAR)
    assert np.max(np.abs(other.Q - exact.Q)) > 0.1
