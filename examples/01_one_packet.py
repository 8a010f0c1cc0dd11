"""One packet under a uniform force: its density, its de Broglie-Bohm paths and Newton's path.

    python examples/01_one_packet.py [picture.png]

Units are ħ = m = 1. The paths fan out as the packet spreads, x - x̄ ∝ σ(t);
only the one in the middle is Newton's.
"""

import sys

import numpy as np

import zitter
from zitter.scenarios.style import BLUE, RED, label_axes, new_figure

FORCE, WIDTH, MOMENTUM = -0.5, 1.0, 2.0

psi = zitter.GaussianPacket(width=WIDTH, momentum=MOMENTUM, force=FORCE)

times = np.linspace(0.0, 8.0, 81)
start = np.linspace(-2.0, 2.0, 9)[:, None] * WIDTH
paths = zitter.bohm_paths(psi, start, times, masses=1.0)

x = np.linspace(-14.0, 14.0, 281)
rho = np.array([zitter.density(psi, x[:, None], t) for t in times])

figure, (ax,) = new_figure(height=4.0)
ax.pcolormesh(times, x, rho.T, cmap="Greys", shading="gouraud", rasterized=True)
ax.plot(times, paths.Q[:, :, 0], color=BLUE, linewidth=1.0, label=["Bohm paths"] + [None] * 8)
newton = MOMENTUM * times + 0.5 * FORCE * times**2
ax.plot(times, newton, "--", color=RED, label="Newton")
label_axes(ax, x="time", y="position", title="One packet thrown upwards")

picture = sys.argv[1] if len(sys.argv) > 1 else "01_one_packet.png"
figure.savefig(picture, dpi=160)
print(f"A path {start[-1, 0]:g} above the middle ends {paths.Q[-1, -1, 0] - newton[-1]:.3f} above.")
print(picture)
