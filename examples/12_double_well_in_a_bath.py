"""A body that tunnels through a barrier, with an oscillator that watches it.

    python examples/12_double_well_in_a_bath.py [picture.png]

The whole wave of body and oscillator on a grid; the same without coupling; and the classical body
with the classical oscillator, drawn from the same Wigner function, which needs the energy to pass.
"""

import sys

import numpy as np

import zitter
from zitter.bath.discretisation import OscillatorBath
from zitter.bath.langevin import BathState, kac_zwanzig_paths
from zitter.bath.on_grid import PotentialInBath, reduced_state_on_grid, wave_in_bath
from zitter.bath.packets import Packets
from zitter.scenarios.style import label_axes, new_figure
from zitter.wavefunctions.schrodinger import values_on_grid

well = zitter.Polynomial([0.0, 0.0, -0.9, 0.0, 0.1125])  # minima at ±2, a barrier of 1.8
bath = OscillatorBath(np.array([1.0]), np.array([0.5]))
alone = OscillatorBath(bath.frequencies, 0.0 * bath.couplings)
left, times = Packets([-2.0], 0.5), np.linspace(0.0, 24.0, 61)
grid = zitter.Grid((-8.0, -8.0), (8.0, 8.0), (80, 80))
x, right = grid.axes[0], grid.axes[0] > 0.0

psi = np.exp(np.asarray(values_on_grid(wave_in_bath(left, bath, 1.0), grid, 0.0)))
share, purity = {}, {}
for name, modes in (("with the oscillator", bath), ("alone", alone)):
    U = PotentialInBath(well, modes, 1.0)
    found = zitter.evolve_schrodinger(psi, grid, U, times, [1.0, 1.0], order=4, tolerance=1e-4)
    states = [reduced_state_on_grid(frame, grid) * grid.spacing[0] for frame in found.psi]
    share[name] = [np.trace(rho[right][:, right]).real for rho in states]
    purity[name] = [np.trace(rho @ rho).real for rho in states]

rng, num = np.random.default_rng(0), 4000
X, P, q, p = rng.normal(size=(4, num)) * np.array([[0.5], [1.0], [0.5**0.5], [0.5**0.5]])
state = BathState(q[:, None] / bath.frequencies**0.5, p[:, None] * bath.frequencies**0.5)
force = lambda x: 1.8 * x - 0.45 * x**3  # noqa: E731
classical = kac_zwanzig_paths(force, 1.0, bath, (X - 2.0, P), state, 24.0, 2400)
share["classical, with the oscillator"] = np.mean(classical.X[::40] > 0.0, axis=1)
for name, values in share.items():
    print(f"largest share in the right well, {name}: {max(values):.3f}")
print(f"purity of the body at the end: {purity['with the oscillator'][-1]:.3f}")

figure, (wells, pure) = new_figure(2)
for name, values in share.items():
    wells.plot(times, values, label=name)
wells.set_ylim(0.0, 0.8)
label_axes(wells, x="time [1/ω]", y="share in the right well", title="tunnelling")
for name, values in purity.items():
    pure.plot(times, values, label=name)
label_axes(pure, x="time [1/ω]", y="purity of the body", title="decoherence")
picture = sys.argv[1] if len(sys.argv) > 1 else "12_double_well_in_a_bath.png"
figure.savefig(picture, dpi=160)
print(picture)
