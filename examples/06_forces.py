"""The three forces on the centre of mass of N particles, and how they grow with N.

    python examples/06_forces.py [picture.png]

M d²x_cm/dt² = F_U + F_cm + F_rel: the external force grows as N, the quantum forces of a state
with fringes have no variance (their tails fall as f^(-4/3)), so that the median counts.
"""

import sys

import numpy as np

import zitter
from zitter.core.statistics import power_law_fit
from zitter.forces.centre_of_mass import forces
from zitter.scenarios.style import COLOURS, MARKERS, label_axes, new_figure

packets = zitter.GaussianPacket(
    width=[[1.0], [1.0]], centre=[[-1.5], [1.5]], momentum=[[0.5], [-0.5]]
)
orbital = zitter.Superposition(packets, [0.5**0.5, 0.5**0.5])
gravity = zitter.UniformForce(0.3)

rng = np.random.default_rng(0)
counts = np.array([4, 16, 64, 256])
medians = {"F_U": [], "F_cm": [], "F_rel": []}
for num_particles in counts:
    psi = zitter.Product(orbital, num_particles=int(num_particles))
    Q = zitter.sample_product(psi, 2000, rng)
    each = forces(psi, Q, 0.0, gravity, mass=1.0)
    for name in medians:
        medians[name].append(np.median(np.abs(getattr(each, name))))

figure, (ax,) = new_figure(height=4.2)
for (name, values), colour, marker in zip(medians.items(), COLOURS, MARKERS, strict=False):
    exponent = power_law_fit(counts, np.array(values)).exponent
    ax.loglog(counts, values, marker, color=colour, label=f"{name}: slope {exponent:.2f}")
    ax.loglog(counts, values, "-", color=colour, linewidth=0.8)
    print(f"median |{name}| grows as N^{exponent:.2f}")
label_axes(ax, x="number of particles N", y="median of the force", title="Forces on the centre")

picture = sys.argv[1] if len(sys.argv) > 1 else "06_forces.png"
figure.savefig(picture, dpi=160)
print(picture)
