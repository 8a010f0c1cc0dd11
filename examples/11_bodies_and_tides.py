"""Two bodies on an eccentric orbit, and the packets that ride on them.

    python examples/11_bodies_and_tides.py [picture.png]

However narrow the packets are, the tide between the bodies correlates them: the density is no
product of one for each body.
"""

import sys

import numpy as np

import zitter  # noqa: F401
from zitter.kbody.bodies import bodies
from zitter.kbody.newton import adaptive_newton_paths
from zitter.kbody.packets import canonical_correlation, tidal_covariance
from zitter.kbody.tangent import product_tangent_map, tangent_map
from zitter.scenarios.style import label_axes, new_figure

system = bodies([1.0, 0.5], num_space=2, law="point")
e, total = 0.5, 1.5
r, v = np.array([1.0 + e, 0.0]), np.array([0.0, np.sqrt(total * (1.0 - e) / (1.0 + e))])
shares = np.array([[-0.5], [1.0]]) / total
period = 2.0 * np.pi / np.sqrt(total)
times = np.linspace(0.0, 2.0 * period, 201)

motion = adaptive_newton_paths(system, shares * r, shares * v, times)
print(f"largest energy error over two orbits: {motion.energy_drift:.1e}")

arguments = (system, shares * r, shares * v, times)
right = tidal_covariance(tangent_map(*arguments, time_step=period / 500), np.eye(4))
product = tidal_covariance(product_tangent_map(*arguments, time_step=period / 500), np.eye(4))
correlation = [canonical_correlation(C, 0, 1, 2) for C in right]
print(f"correlation after half an orbit: {correlation[50]:.3f}, largest: {max(correlation):.3f}")

figure, (left, middle, last) = new_figure(3)
for body in range(2):
    left.plot(*motion.X[:, body].T, label=f"body {body + 1}")
left.set_aspect("equal")
label_axes(left, x="x [a]", y="y [a]", title="orbits")
middle.plot(times / period, correlation)
middle.set_ylim(0.0, 1.05)
label_axes(middle, x="time [periods]", y="largest correlation", title="of the two packets")
for name, C in (("tangent map", right), ("product form", product)):
    last.semilogy(times / period, np.sqrt(np.trace(C[:, :2, :2], axis1=1, axis2=2)), label=name)
label_axes(last, x="time [periods]", y="width of body 1 [first width]", title="widths")

picture = sys.argv[1] if len(sys.argv) > 1 else "11_bodies_and_tides.png"
figure.savefig(picture, dpi=160)
print(picture)
