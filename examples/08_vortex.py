"""Two particles on a line with a vortex in their configuration space: the circulation is h.

    python examples/08_vortex.py [picture.png]

Even in one space dimension the phase of two particles can turn round a node, so that the
circulation must be a whole multiple of h = 2πħ: quantization is needed here too.
"""

import sys

import numpy as np

import zitter
from zitter.scenarios.style import label_axes, new_figure
from zitter.wavefunctions.madelung import phase
from zitter.wavefunctions.vortices import BosonPairVortex, circle

psi = BosonPairVortex(amplitude=0.5)

x = np.linspace(-2.5, 2.5, 161)
plane = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
S = phase(psi, plane, 0.0).reshape(161, 161)

BOX = dict(facecolor="white", edgecolor="none", pad=1.5)
# The nodes are at x₁ + x₂ = 0, x₁ - x₂ = ±1.
loops = {"one vortex": ([0.5, -0.5], 0.3), "both": ([0.0, 0.0], 1.5), "none": ([1.2, 1.2], 0.5)}

figure, (ax,) = new_figure(width=5.4, height=4.4)
image = ax.pcolormesh(x, x, S.T, cmap="twilight", vmin=-np.pi, vmax=np.pi, rasterized=True)
figure.colorbar(image, label="phase S/ħ")
s = np.linspace(0.0, 1.0, 200)
for name, (centre, radius) in loops.items():
    loop = circle(centre, radius)
    circulation = float(zitter.circulation(psi, loop)) / (2.0 * np.pi)
    q = np.array([loop(value) for value in s])
    ax.plot(q[:, 0], q[:, 1], "k-", linewidth=2.0)
    ax.text(
        centre[0], centre[1] + radius + 0.12, f"{round(circulation):d} h", ha="center", bbox=BOX
    )
    print(f"circulation round {name}: {circulation:.9f} h")
ax.set_aspect("equal")
label_axes(
    ax,
    x="position of particle 1",
    y="position of particle 2",
    title="Phase of two bosons on a line",
)

picture = sys.argv[1] if len(sys.argv) > 1 else "08_vortex.png"
figure.savefig(picture, dpi=160)
print(picture)
