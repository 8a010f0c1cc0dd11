"""A Gaussian under its own gravity: it spreads, rings, or collapses to a soliton.

    python examples/09_schrodinger_newton.py [picture.png]

Units are ħ = m = 1 and the width a of ψ ∝ exp(-r²/2a²); K = G m³ a/ħ². The width begins to
shrink at K₁ = 3.76, the energy vanishes at K₀ = 1.88, and yet a part stays bound from K ≈ 1.6 on.
"""

import sys

import numpy as np

from zitter.mean_field.gaussian_collapse import (
    late_bound_share,
    threshold_of_energy,
    threshold_of_spreading,
)
from zitter.mean_field.radial_evolution import RadialGrid
from zitter.mean_field.radial_states import radial_state
from zitter.scenarios.style import COLOURS, GREY, label_axes, new_figure

figure, (left, right) = new_figure(2, height=4.0)

r = np.linspace(0.0, 130.0, 651)
for num_nodes, colour in zip(range(3), COLOURS, strict=False):
    state = radial_state(num_nodes)
    share = 4.0 * np.pi * r**2 * state.amplitude(r) ** 2
    left.plot(r, share, color=colour, label=f"{num_nodes} nodes, E = {state.eigenvalue:.5f}")
label_axes(left, x="r [ħ²/(G m³)]", y="4πr²|ψ|²", title="States bound by their own gravity")

times = np.linspace(0.0, 200.0, 41)
for K, colour in zip((1.2, 1.6, threshold_of_energy(), threshold_of_spreading()), COLOURS,
                     strict=False):  # fmt: skip
    run = late_bound_share(K, times, grid=RadialGrid(160.0, 639))
    right.plot(run.times, run.inside, color=colour, label=f"K = {K:.2f}")
right.axhline(0.0, color=GREY, linewidth=0.8)
label_axes(right, x="time [m a²/ħ]", y="share within 20 a", title="What is left of a Gaussian")

print(f"The ground state has E = {radial_state().eigenvalue:.10f} G² m⁵/ħ².")
picture = sys.argv[1] if len(sys.argv) > 1 else "09_schrodinger_newton.png"
figure.savefig(picture, dpi=160)
print(picture)
