"""Two packets run into each other: paths through the fringes, none across the middle.

    python examples/02_two_packets_interfere.py [picture.png]

Starts are drawn from |ψ|², so that at each later time the paths fill |ψ|² (equivariance).
"""

import sys

import numpy as np

import zitter
from zitter.core.statistics import ks_test
from zitter.scenarios.style import BLUE, GREY, RED, label_axes, new_figure

packets = zitter.GaussianPacket(
    width=[[1.0], [1.0]], centre=[[-6.0], [6.0]], momentum=[[2.0], [-2.0]]
)
psi = zitter.Superposition(packets, [0.5**0.5, 0.5**0.5])

rng = np.random.default_rng(1)
times = np.linspace(0.0, 6.0, 121)
start = zitter.sample_superposition(psi, 2000, rng)
paths = zitter.bohm_paths(psi, start, times, masses=1.0).Q[:, :, 0]

x = np.linspace(-12.0, 12.0, 961)
rho = np.array([zitter.density(psi, x[:, None], t) for t in times])

figure, (run, cut) = new_figure(2, height=4.0)
run.pcolormesh(times, x, rho.T, cmap="Greys", vmax=0.3, shading="gouraud", rasterized=True)
side = np.where(start[:40, 0] < 0.0, BLUE, RED)
for path, colour in zip(paths.T, side, strict=False):
    run.plot(times, path, color=colour, linewidth=0.6)
run.set_ylim(-12.0, 12.0)
label_axes(run, x="time", y="position", title="40 paths over |ψ|²")

meeting = 60
cut.hist(paths[meeting], bins=90, range=(-5.0, 5.0), density=True, color=GREY, label="2000 paths")
cut.plot(x, rho[meeting], color=BLUE, label="|ψ|²")
cut.set_xlim(-5.0, 5.0)
label_axes(cut, x="position", y="density", title=f"At t = {times[meeting]:g}")

picture = sys.argv[1] if len(sys.argv) > 1 else "02_two_packets_interfere.png"
figure.savefig(picture, dpi=160)
cumulative = (np.cumsum(rho[meeting]) - 0.5 * rho[meeting]) / rho[meeting].sum()
test = ks_test(paths[meeting], lambda z: np.interp(z, x, cumulative))
print(f"p-value of the paths at the fringes against |ψ|²: {test.p_value:.2f}")
print("paths that crossed the middle:", int(np.sum(paths[-1] * start[:, 0] < 0.0)))
print(picture)
