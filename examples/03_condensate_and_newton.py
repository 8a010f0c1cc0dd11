"""The centre of mass of N particles, each in the same superposition of two packets, and Newton.

    python examples/03_condensate_and_newton.py [picture.png]

Under a uniform force the deviation from Newton's path does not depend on the force. It falls as
1/√N, as long as the starts are drawn from |ψ|².
"""

import sys

import numpy as np

import zitter
from zitter.scenarios.style import BLUE, RED, draw_slope, label_axes, new_figure

FORCE = 0.6
packets = zitter.GaussianPacket(
    width=[[1.0], [1.0]], centre=[[-4.0], [4.0]], momentum=[[1.0], [-1.0]], force=FORCE
)
orbital = zitter.Superposition(packets, [0.5**0.5, 0.5**0.5])

rng = np.random.default_rng(0)
times = np.linspace(0.0, 8.0, 41)
fall = 0.5 * FORCE * times**2
counts = (1, 4, 16, 64)
deviations = []

figure, (run, law) = new_figure(2, height=3.8)
for num_particles in counts:
    psi = zitter.Product(orbital, num_particles=num_particles)
    start = zitter.sample_product(psi, 60, rng)
    x_cm = zitter.bohm_paths(psi, start, times, masses=1.0, rtol=1e-5, atol=1e-6).Q.mean(axis=2)
    deviations.append(np.sqrt(np.mean((x_cm[-1] - fall[-1]) ** 2)))
    if num_particles in (1, 64):
        colour = RED if num_particles == 1 else BLUE
        labels = [f"N = {num_particles}"] + [None] * 19
        run.plot(times, x_cm[:, :20], color=colour, linewidth=0.8, label=labels)
run.plot(times, fall, "k--", label="Newton")
label_axes(run, x="time", y="centre of mass", title="20 runs each")

law.loglog(counts, deviations, "o", color=BLUE, label="60 runs each")
draw_slope(law, counts, -0.5, at=(1.0, deviations[0]), label="1/√N")
label_axes(law, x="number of particles N", y="rms distance from Newton", title="At the end")

picture = sys.argv[1] if len(sys.argv) > 1 else "03_condensate_and_newton.png"
figure.savefig(picture, dpi=160)
for num_particles, deviation in zip(counts, deviations, strict=True):
    print(f"N = {num_particles:3d}: rms distance from Newton's path {deviation:.3f}")
print(picture)
