"""Nelson's diffusion beside de Broglie-Bohm paths: other paths, the same density.

    python examples/05_nelson_paths.py [picture.png]

Two packets run into each other. Bohm paths keep to their side; diffusing particles hop from fringe
to fringe and cross the middle. Both fill |ψ|² at every time.
"""

import sys

import jax
import numpy as np

import zitter
from zitter.scenarios.style import BLUE, GREY, RED, label_axes, new_figure

packets = zitter.GaussianPacket(
    width=[[1.0], [1.0]], centre=[[-6.0], [6.0]], momentum=[[2.0], [-2.0]]
)
psi = zitter.Superposition(packets, [0.5**0.5, 0.5**0.5])

times = np.linspace(0.0, 6.0, 61)
start = zitter.sample_superposition(psi, 3000, np.random.default_rng(0))
bohm = zitter.bohm_paths(psi, start, times, masses=1.0).Q[:, :, 0]
nelson = zitter.nelson_paths(psi, start, times, jax.random.key(0), masses=1.0, num_steps=120)
nelson = np.asarray(nelson)[:, :, 0]

x = np.linspace(-5.0, 5.0, 401)
meeting = 30
rho = zitter.density(psi, x[:, None], times[meeting])

figure, (left, right, cut) = new_figure(3, height=3.8)
for ax, paths, title in ((left, bohm, "de Broglie-Bohm"), (right, nelson, "Nelson")):
    for n in range(20):
        colour = BLUE if start[n, 0] < 0.0 else RED
        ax.plot(times, paths[:, n], color=colour, linewidth=0.8)
    ax.set_ylim(-12.0, 12.0)
    label_axes(ax, x="time", y="position", title=title)
edges = np.linspace(-5.0, 5.0, 81)
for paths, colour, name in ((bohm, BLUE, "Bohm"), (nelson, RED, "Nelson")):
    cut.hist(paths[meeting], edges, density=True, histtype="step", color=colour, label=name)
cut.plot(x, rho, color=GREY, label="|ψ|²")
label_axes(cut, x="position", y="density", title=f"3000 paths at t = {times[meeting]:g}")

picture = sys.argv[1] if len(sys.argv) > 1 else "05_nelson_paths.png"
figure.savefig(picture, dpi=160)
for name, paths in (("Bohm", bohm), ("Nelson", nelson)):
    print(f"{name}: {np.mean(paths[-1] * start[:, 0] < 0.0):.1%} of the paths change sides")
print(picture)
