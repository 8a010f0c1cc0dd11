"""Two fermions on a line that run into each other keep apart; two bosons come close.

    python examples/04_fermions.py [picture.png]

Both are made of the same two packets. The plane is configuration space (x₁, x₂), its diagonal
x₁ = x₂. The determinant vanishes there; no path of either pair crosses it. Grey: |ψ|² at t = 2.
"""

import sys

import numpy as np

import zitter
from zitter.scenarios.style import GREY, ORANGE, label_axes, new_figure

packets = zitter.GaussianPacket(
    width=[[[0.8]], [[0.8]]], centre=[[[-3.0]], [[3.0]]], momentum=[[[1.5]], [[-1.5]]]
)
orbitals = zitter.Superposition(packets, [[1.0], [1.0]])
pairs = {"Bosons": zitter.Permanent(orbitals), "Fermions": zitter.Determinant(orbitals)}

rng = np.random.default_rng(1)
times = np.linspace(0.0, 4.0, 81)
start = np.sort(zitter.sample_determinant(pairs["Fermions"], 16, rng), axis=1)

x = np.linspace(-5.0, 5.0, 161)
plane = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)

figure, panels = new_figure(2, height=4.4)
for ax, (name, psi) in zip(panels, pairs.items(), strict=True):
    rho = zitter.density(psi, plane, 2.0).reshape(161, 161)
    paths = zitter.bohm_paths(psi, start, times, masses=1.0).Q
    ax.pcolormesh(x, x, rho.T, cmap="Greys", rasterized=True)
    ax.plot(paths[:, :, 0], paths[:, :, 1], color=ORANGE, linewidth=0.8)
    ax.plot(x, x, "--", color=GREY, linewidth=1.0)
    ax.set(xlim=(-5.0, 5.0), ylim=(-5.0, 5.0), aspect="equal")
    label_axes(ax, x="position of particle 1", y="position of particle 2", title=name)
    closest = np.min(np.abs(paths[:, :, 0] - paths[:, :, 1]))
    print(f"{name}: the closest two particles come is {closest:.3f}")

picture = sys.argv[1] if len(sys.argv) > 1 else "04_fermions.png"
figure.savefig(picture, dpi=160)
print(picture)
