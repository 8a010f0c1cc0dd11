"""A probe beside a body in a superposition: what matters is the source of gravity.

    python examples/10_probe_beside_a_cat.py [picture.png]

With |ψ|² as source the probe stays in the middle, by the linear as by the classical nonlinear
Schroedinger equation. With the source where the body actually is, it is drawn to one side.
"""

import sys

import numpy as np

from zitter.core.grid import Grid
from zitter.mean_field.probe import (
    ProbeExperiment,
    actual_source_paths,
    classical_mean_field_paths,
    even_start,
    macroscopic,
)
from zitter.mean_field.probe_quantum import exact_evolution, mean_field_evolution
from zitter.scenarios.style import BLUE, RED, label_axes, new_figure

one = ProbeExperiment(10.0, 1.0, 1.0, 1.0, 0.25, 0.9, gravitational_constant=0.2)
experiment = macroscopic(one, 16)
times, grid = [0.0, 1.6], Grid((-2.0, -3.4), (2.0, 3.4), (128, 128))

exact = exact_evolution(experiment, grid, times, time_step=0.08).psi[-1]
mean_field = mean_field_evolution(experiment, grid, times, time_step=0.02).probe[-1]
starts = even_start(experiment, 16, 48)
classical = [
    paths(experiment, starts, times, num_steps=24)[-1, :, 1]
    for paths in (classical_mean_field_paths, actual_source_paths)
]
densities = [np.abs(mean_field) ** 2, np.sum(np.abs(exact) ** 2, axis=0)]

figure, panels = new_figure(2)
titles = ("Source |ψ|²", "Source at the actual position")
for ax, title, x, density, colour in zip(
    panels, titles, classical, densities, (RED, BLUE), strict=True
):
    curve = density / (np.sum(density) * grid.spacing[1])
    ax.hist(x, np.linspace(-2.0, 2.0, 41), density=True, color=colour, alpha=0.4, label="(72)")
    ax.plot(grid.axes[1], curve, color=colour, label="Schroedinger equation")
    ax.set(xlim=(-2.0, 2.0), ylim=(0.0, 1.8))
    label_axes(ax, x="probe at the end [a]", y="density [1/a]", title=title)
    spread = np.sqrt(np.sum(curve * grid.axes[1] ** 2) * grid.spacing[1])
    print(f"{title}: spread {np.std(x):.3f} by (72), {spread:.3f} by the Schroedinger equation")

picture = sys.argv[1] if len(sys.argv) > 1 else "10_probe_beside_a_cat.png"
figure.savefig(picture, dpi=160)
print(picture)
