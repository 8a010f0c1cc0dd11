"""A sphere of bodies out of balance, beside its mean field: it falls together and breathes.

    python examples/13_breathing_sphere.py [picture.png]

Bodies pull on each other pair by pair; many shells carry f(r, v_r, L) of Vlasov and Poisson. What
remains between them is the noise of so few bodies, and their softening.
"""

import sys

import numpy as np

import zitter
from zitter.kbody.clouds import lagrange_radii
from zitter.kbody.king import king_cloud
from zitter.mean_field.shells import shells_of
from zitter.mean_field.spherical_vlasov import RadialElements, evolve_shells
from zitter.scenarios.style import COLOURS, label_axes, new_figure

NUM_BODIES, NUM_SHELLS, SLOWED, SHARES = 1000, 16384, 0.7, (0.25, 0.5, 0.75)


def sphere(num):
    cloud = king_cloud(num, mass=1.0, radius=0.5, depth=4.0, start="quiet", seed=4).centred
    return cloud._replace(V=SLOWED * cloud.V)


times = np.linspace(0.0, 5.0, 51)
masses, _, X, V = sphere(NUM_BODIES)
bodies = zitter.newton_paths(zitter.bodies(masses, softening=0.02), X, V, times, time_step=0.02)
of_bodies = lagrange_radii(masses, bodies.X, SHARES)

masses, _, X, V = sphere(NUM_SHELLS)
elements = RadialElements(extent=30.0, num=48, core=0.3)
field = evolve_shells(shells_of(masses, X, V), elements, times, time_step=0.02)
of_shells = np.quantile(np.linalg.norm(field.X, axis=2), SHARES, axis=1).T

figure, (ax,) = new_figure(height=4.0)
for share, a, b, colour in zip(SHARES, of_bodies.T, of_shells.T, COLOURS, strict=False):
    ax.plot(times, a, ".", markersize=4, color=colour, label=f"{share:.0%} of the bodies")
    ax.plot(times, b, color=colour, label="mean field" if share == SHARES[-1] else None)
ax.set_ylim(0.0, 1.7)
label_axes(ax, x="time", y="radius that holds the share", title="A sphere that started too slow")

picture = sys.argv[1] if len(sys.argv) > 1 else "13_breathing_sphere.png"
figure.savefig(picture, dpi=160)
apart = np.max(np.abs(of_bodies / of_shells - 1.0))
print(f"Bodies and mean field differ by at most {apart:.1%} of a radius;", end=" ")
print(f"energies change by {bodies.energy_drift:.0e} and {field.energy_drift:.0e} of themselves.")
print(picture)
