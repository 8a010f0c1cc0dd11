"""A potential of one's own on a grid: a packet meets a barrier, and its paths divide.

    python examples/07_own_potential.py [picture.png]

A potential is any JAX function U(x, t). Paths that start in front pass, those behind are turned
back: on a line nobody overtakes.
"""

import sys

import jax.numpy as jnp
import numpy as np

import zitter
from zitter.scenarios.style import BLUE, RED, label_axes, new_figure

HEIGHT, MOMENTUM = 2.0, 2.0


def barrier(x, t):
    return HEIGHT * jnp.exp(-jnp.sum(x**2) / 0.5)


grid = zitter.Grid((-30.0,), (30.0,), (512,))
packet = zitter.GaussianPacket(width=1.5, centre=-8.0, momentum=MOMENTUM)
times = np.linspace(0.0, 9.0, 121)
evolution = zitter.evolve_schrodinger(
    jnp.exp(packet(grid.points, 0.0)), grid, barrier, times, [1.0], time_step=0.02
)
psi = zitter.GridPsi(evolution.psi, grid, times)

start = np.linspace(-11.0, -5.0, 25)[:, None]
paths = zitter.bohm_paths(psi, start, times, masses=1.0, rtol=1e-6, atol=1e-6).Q[:, :, 0]

x = grid.axes[0]
density = np.abs(evolution.psi) ** 2
figure, (ax,) = new_figure(height=4.2)
ax.pcolormesh(times, x, density.T, cmap="Greys", vmax=0.3, shading="gouraud", rasterized=True)
for path in paths.T:
    ax.plot(times, path, color=BLUE if path[-1] > 0.0 else RED, linewidth=0.8)
ax.axhspan(-0.5, 0.5, color="#F0E442", alpha=0.6, linewidth=0.0)
ax.set_ylim(-15.0, 15.0)
label_axes(ax, x="time", y="position", title="A packet at a barrier as high as its energy")

picture = sys.argv[1] if len(sys.argv) > 1 else "07_own_potential.png"
figure.savefig(picture, dpi=160)
print(f"probability beyond the barrier: {density[-1, x > 0.0].sum() * grid.spacing[0]:.3f}")
print("energy kept to", float(np.ptp(evolution.energy)))
print(picture)
