"""Two streams of electrons that roll up: phase space before and after, and the growth in time.

    python examples/14_two_streams.py [picture.png]

Units are ω_p and λ_D. The mean field (112)-(115) is solved on a grid of x and v. At first the wave
grows as the dispersion relation says, then it traps the electrons in a vortex of phase space.
"""

import sys

import numpy as np

import zitter
from zitter.mean_field.linear_response import maxwellians, wave_frequencies
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.scenarios.style import BLACK, RED, label_axes, new_figure

K, DRIFT, SPREAD, SIZE = 0.25, 3.0, 1.0, 1e-4

space = zitter.Grid((0.0,), (2.0 * np.pi / K,), (128,))
velocity = zitter.Grid((-12.0,), (12.0,), (384,))


def f0(x, v):
    streams = sum(np.exp(-0.5 * ((v - u) / SPREAD) ** 2) for u in (DRIFT, -DRIFT))
    return 0.5 * streams / (np.sqrt(2.0 * np.pi) * SPREAD) * (1.0 + SIZE * np.cos(K * x))


field = SelfField(space, "periodic", coulomb_constant=0.25 / np.pi, background=True)
times = np.linspace(0.0, 45.0, 91)
run = zitter.evolve_vlasov(species(f0, space, velocity, charge=-1.0), field, times, time_step=0.1)
print(f"energy drift {run.drift.energy / run.energy[0]:.1e}, number {run.drift.number:.0e}")

beams = maxwellians([0.5, 0.5], [DRIFT, -DRIFT], [SPREAD, SPREAD])
growth = wave_frequencies(K, beams, -1.0, -1.0 + 0.01j, 1.0 + 1.0j)[0].imag
wave = np.abs(np.fft.rfft(run.density[:, 0], axis=1)[:, 1]) / space.num[0]

figure, (before, after, right) = new_figure(3, width=13.0, height=5.2)
for ax, i in ((before, 0), (after, -1)):
    ax.pcolormesh(space.axes[0], velocity.axes[0], run.f[0][i].T, cmap="magma", rasterized=True)
    ax.set_ylim(-8.0, 8.0)
    label_axes(ax, x="x [λ_D]", y="v [λ_D ω_p]", title=f"f at t = {times[i]:g}/ω_p")
right.plot(times, wave, color=BLACK, label="grid")
right.plot(times[30:60], wave[40] * np.exp(growth * (times[30:60] - times[40])), "--", color=RED,
           label=f"dispersion relation, exp({growth:.3f} ω_p t)")  # fmt: skip
right.set_yscale("log")
label_axes(right, x="time [1/ω_p]", y="|n_k| [n₀]", title="Growth, then trapping")

picture = sys.argv[1] if len(sys.argv) > 1 else "14_two_streams.png"
figure.savefig(picture)
print(picture)
