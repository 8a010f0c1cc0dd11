"""Sample arguments of the functions of `trajectories` and `forces` whose results have units."""

import jax
import numpy as np

from unit_reading import InUnits
from unit_samples import (
    AMPLITUDE,
    BOSONS,
    CONDENSATE,
    DENSITIES,
    DENSITY,
    FERMIONS,
    HBAR,
    JOINT,
    LINE,
    ORBITAL,
    ORTHONORMAL,
    PAIR_POTENTIAL,
    PLANE,
    Q2,
    QUARTIC,
    SQUARE,
    STACK,
    THIRD_ORDER,
    TIMES,
    UNSOLVED,
    X3,
    Case,
    M,
    T,
    build,
    drawn,
)

SPLIT = dict(d=THIRD_ORDER, mass=M, hbar=HBAR)
GAUSSIAN = dict(displacement=X3, total_mass=3.0, width=0.4, hbar=HBAR)
TYPICAL = dict(num_particles=7, information=1.9, mass=M, hbar=HBAR)
EXTERNAL = dict(U_ext=QUARTIC, Q=Q2, t=T)
PUSH = dict(times=TIMES, F=np.array([0.3, -0.2, 0.9]))
PREPARED = np.array([[0.3, -0.8], [1.1, 0.2], [0.4, 0.6]])
MANY = np.linspace(-2.5, 2.4, 12)
CDF = InUnits(lambda u: lambda x: 1.0 / (1.0 + np.exp(-x / u.length)))
SHIFT = InUnits(lambda u: lambda q, t: q + 0.2 * u.length)
DIFFUSING = dict(psi=UNSOLVED, Q=Q2, t=T, masses=[M, M], hbar=HBAR)
ACTION = dict(
    psi=UNSOLVED,
    U=PAIR_POTENTIAL,
    Q=np.stack([Q2, Q2 + 0.1, Q2 - 0.2]),
    times=TIMES,
    masses=[M, M],
    hbar=HBAR,
)
CELLS = np.linspace(-9.0, 9.0, 64, endpoint=False)

TRAJECTORIES = {
    "bohm": {
        "bohm_paths": Case(
            dict(psi=CONDENSATE, Q0=Q2, times=TIMES, masses=M, hbar=HBAR, rtol=1e-9, atol=1e-9)
        ),
        "order_violations": Case(dict(positions=PREPARED, margin=0.05)),
    },
    "action": {
        "stochastic_action": Case(ACTION),
        "action_variation": Case(ACTION | dict(f=SHIFT)),
        "field_action_variation": Case(ACTION | dict(f=SHIFT, osmotic_sign=-1)),
    },
    "mean_derivatives": {
        "mean_forward_derivative": Case(
            DIFFUSING | dict(f=SQUARE), words={"unit of f": "length^2"}
        ),
        "mean_backward_derivative": Case(
            DIFFUSING | dict(f=SQUARE), words={"unit of f": "length^2"}
        ),
        "mean_acceleration": Case(DIFFUSING),
        "newton_residual": Case(DIFFUSING | dict(U=PAIR_POTENTIAL)),
        "estimated_mean_derivative": Case(
            dict(q=MANY, q_other=MANY + 0.1 * MANY**2, dt=0.3, edges=[-3.0, 0.0, 3.0])
        ),
    },
    "ensembles": {
        "empirical_density": Case(dict(values=MANY, edges=[-3.0, 0.0, 3.0])),
        "full_of_particles_statistic": Case(dict(x=MANY, cdf=CDF)),
        "equivariance": Case(
            dict(Q=MANY[None], cdfs=InUnits(lambda u: [build(CDF, u)])),
            lambda tests, u: tests[0].distance,
            "1",
        ),
        "arrival_times": Case(
            dict(times=TIMES, positions=PREPARED, level=0.35, diffusion=0.7, rng=drawn())
        ),
    },
    "nelson": {
        "nelson_paths": Case(
            dict(psi=CONDENSATE, Q0=Q2, times=TIMES, masses=M, hbar=HBAR, num_steps=4)
            | dict(key=jax.random.key(0))
        ),
        "step_counts": Case(dict(times=TIMES, num_steps=7), unit="1"),
    },
    "quantiles": {
        "position_cdf": Case(dict(orbital=ORBITAL, x=X3, t=T)),
        "quantile_map": Case(dict(psi=ORBITAL, Q0=X3, times=TIMES)),
        "quantile_map_of_densities": Case(dict(x=CELLS, densities=DENSITIES, x0=X3)),
    },
    "metropolis": {
        "sample_metropolis": Case(
            dict(psi=FERMIONS, num=4, rng=drawn(), start=Q2, t=T, step=0.5, burn_in=5)
        ),
        "integrated_autocorrelation_time": Case(dict(series=np.sin(np.arange(40.0)))),
    },
    "sampling_bosons": {
        "sample_occupation": Case(dict(psi=BOSONS, num=5, rng=drawn(), t=T)),
        "sample_orthonormal_bosons": Case(dict(orbitals=ORTHONORMAL, num=5, rng=drawn(), t=T)),
    },
    "sampling": {
        "sample_superposition": Case(dict(orbital=ORBITAL, num=5, rng=drawn(), t=T)),
        "sample_product": Case(dict(psi=CONDENSATE, num=5, rng=drawn(), t=T)),
        "sample_determinant": Case(dict(psi=FERMIONS, num=5, rng=drawn(), t=T)),
        "sample_stratified": Case(dict(orbitals=STACK, num=5, rng=drawn(), t=T)),
    },
}

FORCES = {
    "centre_of_mass": {
        "forces": Case(dict(psi=FERMIONS, mass=M, hbar=HBAR) | EXTERNAL),
        "quantum_potential_cm": Case(SPLIT),
        "quantum_potential_rel": Case(SPLIT),
        "centre_of_mass_force": Case(SPLIT),
        "relative_force": Case(SPLIT),
    },
    "external": {
        "external_force": Case(EXTERNAL),
        "external_force_at_centre_of_mass": Case(EXTERNAL),
    },
    "impulses": {
        "impulse": Case(PUSH),
        "quantum_impulse": Case(
            dict(v_start=X3, v_end=-2.0 * X3, external_impulse=X3 + 1.0, total_mass=3.0)
        ),
        "velocity_from_forces": Case(PUSH | dict(total_mass=3.0, v_start=0.4)),
    },
    "moments": {
        "centre_of_mass_density": Case(dict(x=X3, mean=0.2, variance=0.8, num_particles=3)),
        "cumulant_of_mean": Case(
            dict(cumulant=0.7, order=3, num_particles=5), words={"order": "3"}
        ),
        "width_ratio": Case(dict(X=PREPARED)),
        "pair_correlation": Case(dict(X=PREPARED)),
        "one_particle_mean": Case(dict(density=DENSITY, grid=LINE)),
        "one_particle_variance": Case(dict(density=DENSITY, grid=LINE)),
        "fisher_information": Case(dict(R=AMPLITUDE, grid=LINE)),
    },
    "scaling": {
        "gaussian_quantum_potential": Case(GAUSSIAN),
        "gaussian_centre_of_mass_force": Case(GAUSSIAN),
        "gaussian_osmotic_velocity": Case(GAUSSIAN),
        "rms_centre_of_mass_force": Case(TYPICAL),
        "rms_osmotic_velocity": Case(TYPICAL),
        "relative_force_integral": Case(
            dict(R=JOINT, grid=PLANE, num_particles=5, mass=M, hbar=HBAR),
            lambda integral, u: integral.first_term,
        ),
        "deterministic_limit_errors": Case(
            dict(time=T, num_particles=7, width=0.8, mass=M, hbar=HBAR)
        ),
    },
}

SAMPLES = {"forces": FORCES, "trajectories": TRAJECTORIES}
