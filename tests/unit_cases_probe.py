"""Sample arguments of extended bodies, probes, stochastic self-gravity and vortex lines."""

import jax
import numpy as np

from unit_reading import InUnits, Units, made
from unit_samples import HBAR, LN_2, Case, M, T, at, build, drawn
from zitter.core.grid import Grid
from zitter.mean_field.extended_bodies import Moments, gaussian_energy
from zitter.mean_field.probe import ProbeExperiment
from zitter.mean_field.probe_quantum import exact_evolution
from zitter.mean_field.stochastic import bera_mohan_singh
from zitter.wavefunctions.vortex_lines import vortex_lines

G = InUnits(lambda u: 0.7 * u.of("length^3/mass/time^2"))
DISTANCES = np.array([0.0, 0.3, 0.9, 2.5])
SITES = np.array([[0.0, 0.0, 0.0], [0.9, 0.0, 0.1], [0.2, -1.1, 0.4]])
GAUSSIAN_BODY = InUnits(
    lambda u: (
        lambda d: gaussian_energy(d, M * u.mass, 0.4 * u.length, 0.7 * u.of("length^3/mass/time^2"))
    )
)
MOMENTS = InUnits(
    lambda u: Moments(
        0.4 * u.length,
        -0.3 * u.of("momentum"),
        0.5 * u.length**2,
        0.1 * u.of("action"),
        0.7 * u.of("momentum^2"),
    )
)

BODIES = {
    "homogeneous_sphere_energy": Case(
        dict(d=DISTANCES, mass=M, radius=0.8, gravitational_constant=G)
    ),
    "gaussian_energy": Case(dict(d=DISTANCES, mass=M, width=0.4, gravitational_constant=G)),
    "crystal_energy": Case(
        dict(displacements=SITES, sites=SITES, atom_mass=M, width=0.4)
        | dict(gravitational_constant=G)
    ),
    "crystalline_sphere": Case(dict(radius=1.3, spacing=0.6)),
    "homogeneous_sphere_frequency": Case(dict(mass=M, radius=0.8, gravitational_constant=G)),
    "crystal_frequency": Case(dict(atom_mass=M, width=0.4, gravitational_constant=G)),
    "gaussian_self_potential": Case(dict(r=DISTANCES, width=0.5, energy=GAUSSIAN_BODY)),
    "trapped_moments": Case(
        dict(start=MOMENTS, t=T, mass=M, trap_frequency=1.2, self_frequency=0.5)
    ),
}

SPACE = made(Grid, lower=[-2.9, -3.0, -3.1], upper=[3.1, 3.0, 2.9], num=(12, 14, 16))


def _ring(u: Units) -> np.ndarray:
    x, y, z = build(SPACE, u).points.T / u.length
    return (0.25 * (x**2 + y**2 - 4.0) + 1j * z).reshape(12, 14, 16)


RING = InUnits(lambda u: vortex_lines(_ring(u), build(SPACE, u))[0])
LINES = {
    "vortex_lines": Case(dict(psi=InUnits(_ring), grid=SPACE), lambda lines, u: lines[0]),
    "loop_round": Case(dict(line=RING, index=5, radius=0.4), lambda f, u: f(0.3)),
}

TURNING = dict(winding=-2, mass=M, hbar=HBAR)
RAYS = {
    "vortex_rays": Case(dict(q0=SITES[1:, :2], t=T) | TURNING),
    "vortex_ray_jacobian": Case(dict(r0=DISTANCES[1:], t=T) | TURNING),
    "hole_radius": Case(dict(t=T) | TURNING),
    "folded_mass": Case(dict(t=T, width=0.8) | TURNING),
    "vortex_streams": Case(dict(r=DISTANCES[3:], t=T) | TURNING),
}

CAT = InUnits(
    lambda u: ProbeExperiment(
        *(2.0 * u.mass, 0.7 * u.mass),
        *(1.1 * u.length, 0.8 * u.length, 0.2 * u.length, 0.5 * u.length),
        weight=0.4,
        gravitational_constant=0.7 * u.of("length^3/mass/time^2"),
        hbar=HBAR * u.of("action"),
    )
)
LANES = made(Grid, lower=[-3.0, -3.0], upper=[3.0, 3.0], num=(48, 48))
PAIRS = np.array([[1.0, 0.2], [-1.2, -0.1], [1.1, -0.3]])
MOVED = dict(experiment=CAT, Q0=PAIRS, times=[0.0, 0.4, 0.5], num_steps=5)
WAVES = dict(experiment=CAT, grid=LANES, times=[0.0, 0.03], time_step=0.02)
FRAMES = InUnits(
    lambda u: exact_evolution(
        build(CAT, u),
        build(LANES, u),
        np.linspace(0.0, 0.06, 7) * u.time,
        time_step=0.02 * u.time,
    )
)
PROBE = {
    "probe_force": Case(
        dict(x=SITES[:2] + 0.3, sources=SITES, weights=[0.2, 0.5, 0.3], source_mass=M)
        | dict(probe_mass=0.4, gravitational_constant=G)
    ),
    "macroscopic": Case(dict(experiment=CAT, num_constituents=4)),
    "draw_start": Case(dict(experiment=CAT, num=5, rng=drawn())),
    "even_start": Case(dict(experiment=CAT, num_source=4, num_probe=3)),
    "actual_source_paths": Case(MOVED),
    "classical_mean_field_paths": Case(MOVED),
}
QUANTUM = {
    "pair_energy": Case(dict(experiment=CAT), at([0.3, -0.2])),
    "start_amplitudes": Case(dict(experiment=CAT, X=DISTANCES, x=DISTANCES)),
    "exact_evolution": Case(WAVES, words={"dof": "2", "length^(dof/2)": "length"}),
    "guiding_psi": Case(
        dict(experiment=CAT, grid=LANES, evolution=FRAMES), at([0.9, 0.1], 0.02), LN_2
    ),
    "mean_field_evolution": Case(WAVES),
}

ROW = made(Grid, lower=[-9.0], upper=[9.0], num=(64,))
WAVE = np.linspace(-9.0, 9.0, 64, endpoint=False)
SHAPES = np.stack([np.cos(0.3 * WAVE), np.sin(0.3 * WAVE), np.cos(0.7 * WAVE)])
BUMP = np.exp(-((WAVE - 0.4) ** 2)) / np.sqrt(np.sum(np.exp(-2.0 * (WAVE - 0.4) ** 2)) * 9.0 / 32)
NOISY = dict(
    psi0=BUMP.astype(complex),
    grid=ROW,
    modes=0.3 * SHAPES,
    time=0.05,
    num_steps=2,
    mass=M,
    potential=0.1 * WAVE**2,
    equation=InUnits(lambda u: bera_mohan_singh(HBAR * u.of("action"))),
)
DRAWN = NOISY | dict(key=jax.random.key(0), num_runs=2)
STOCHASTIC = {
    "gravity_modes": Case(dict(energy=GAUSSIAN_BODY, grid=ROW), lambda a, u: a.T @ a, "energy"),
    "nimmrichter_hornberger": Case(dict(hbar=HBAR)),
    "bera_mohan_singh": Case(dict(hbar=HBAR)),
    "realisations": Case(DRAWN),
    "mean_density_matrix": Case(NOISY),
}

SAMPLES = {
    "mean_field": {
        "extended_bodies": BODIES,
        "stochastic": STOCHASTIC,
        "probe": PROBE,
        "probe_quantum": QUANTUM,
    },
    "classical_limit": {"vortex_rays": RAYS},
    "wavefunctions": {"vortex_lines": LINES},
}
