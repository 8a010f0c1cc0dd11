"""Sample arguments of the functions of `bath` whose results have units."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import HBAR, X3, Case, M, build, drawn
from zitter.bath.branching_paths import bohm_branching_paths
from zitter.bath.branching_wave import (
    BranchingWave,
    branching_wave,
    reduced_bath,
    reduced_start,
)
from zitter.bath.decoherence import decoherence_exponent
from zitter.bath.discretisation import discretised
from zitter.bath.langevin import BathState
from zitter.bath.master_equation import MasterCoefficients, hu_paz_zhang
from zitter.bath.packets import Packets
from zitter.bath.quantum_bath import bath_modes, bath_variances, exact_noise, exact_response
from zitter.bath.quantum_langevin import langevin_terms
from zitter.bath.response import continuum_response
from zitter.bath.spectral_density import OwnSpectralDensity, SpectralDensity

GAMMA, CUT, OMEGA, KT = 0.2, 3.1, 0.8, 0.7
AT = np.array([0.4, 1.1])
W = np.array([0.3, 1.9])

EXPONENTIAL = made(SpectralDensity, damping=GAMMA, cutoff=CUT, shape="exponential", mass=M)
DRUDE = made(SpectralDensity, damping=GAMMA, cutoff=CUT, mass=M)
HARD = made(SpectralDensity, damping=GAMMA, cutoff=CUT, shape="hard", mass=M)
OWN = made(OwnSpectralDensity, function=EXPONENTIAL, highest=90.0)
BATH = made(discretised, density=EXPONENTIAL, num_modes=12)
MODES = made(bath_modes, bath=BATH, mass=M, frequency=OMEGA)
RESPONSE = made(exact_response, modes=MODES, times=AT)
NOISE = made(exact_noise, modes=MODES, bath=BATH, mass=M, times=AT, kT=KT, hbar=HBAR)
PACKETS_OF_BATH = made(
    Packets,
    centres=[-0.9, 1.1],
    width=0.6,
    momenta=[0.3, -0.2],
    coefficients=[1.0, 0.4j],
    hbar=HBAR,
)
IN_BATH = dict(bath=BATH, mass=M, frequency=OMEGA)
RUN = dict(mass=M, frequency=OMEGA, duration=2.1, kT=KT, hbar=HBAR)

SPECTRAL_DENSITY = {
    "SpectralDensity": Case(EXPONENTIAL.arguments),
    "SpectralDensity.quantile": Case(dict(self=HARD, fraction=np.array([0.2, 0.7])), unit="1/time"),
    "SpectralDensity.memory_kernel": Case(dict(self=DRUDE, t=AT)),
    "OwnSpectralDensity": Case(OWN.arguments),
    "OwnSpectralDensity.quantile": Case(
        dict(self=OWN, fraction=np.array([0.2, 0.7])), unit="1/time"
    ),
    "OwnSpectralDensity.memory_kernel": Case(dict(self=OWN, t=AT)),
    "tabulated_density": Case(
        dict(w=np.array([0.1, 1.0, 5.0, 20.0]), J=np.array([0.1, 0.8, 0.6, 0.1])),
        lambda density, u: density.memory_kernel(u.rescaled(AT, "time")),
        unit="mass/time^2",
    ),
}

DISCRETISATION = {
    "OscillatorBath.memory_kernel": Case(dict(self=BATH, t=AT)),
    "discretised": Case(BATH.arguments),
    "recurrence_time": Case(dict(bath=BATH, frequency=OMEGA)),
    "require_no_recurrence": Case(dict(bath=BATH, frequency=OMEGA, duration=1.3)),
    "require_bath": Case(dict(bath=BATH)),
}
RESPONSE_CASES = {
    "frequency_nodes": Case(dict(density=EXPONENTIAL, duration=0.8)),
    "continuum_response": Case(
        dict(density=EXPONENTIAL, mass=M, frequency=OMEGA, duration=2.1, num_times=61),
        lambda response, u: response[1:5],
        ("time", "1", "1/time", "1/time^2"),
    ),
    "continuum_noise": Case(
        dict(
            density=HARD,
            mass=M,
            response=made(
                continuum_response,
                density=HARD,
                mass=M,
                frequency=OMEGA,
                duration=2.1,
                num_times=61,
            ),
            kT=KT,
            hbar=HBAR,
        )
    ),
    "thermal_factor": Case(dict(w=W, kT=KT, hbar=HBAR)),
}
DRUDE_CASES = {
    "drude_poles": Case(dict(density=DRUDE, frequency=OMEGA)),
    "drude_response": Case(
        dict(density=DRUDE, frequency=OMEGA, times=AT),
        lambda response, u: response[1:5],
        ("time", "1", "1/time", "1/time^2"),
    ),
    "drude_noise": Case(dict(density=DRUDE, frequency=OMEGA, times=AT, kT=KT, hbar=HBAR)),
    "equilibrium_variances": Case(dict(density=DRUDE, frequency=OMEGA, kT=KT, hbar=HBAR)),
}
QUANTUM_BATH = {
    "classical_motion": Case(
        dict(
            modes=MODES,
            q0=np.linspace(-0.5, 0.9, 13)[None],
            p0=np.linspace(0.7, -0.4, 13)[None],
            t=1.7,
        )
    ),
    "noise_of_variances": Case(
        dict(
            modes=MODES,
            mass=M,
            times=AT,
            variance=np.linspace(0.2, 0.9, 12),
            momentum=np.linspace(0.7, 0.4, 12),
        )
    ),
    "modes_of_factor": Case(
        dict(factor=np.array([[0.8, 0.0], [-0.4, 1.3], [0.2, 0.5]])),
        lambda modes, u: modes.vectors * modes.frequencies @ modes.vectors.T,
        "1/time",
    ),
    "bath_modes": Case(
        IN_BATH, lambda modes, u: modes.vectors * modes.frequencies @ modes.vectors.T, "1/time"
    ),
    "propagator": Case(dict(modes=MODES, t=1.7)),
    "exact_response": Case(
        RESPONSE.arguments,
        lambda response, u: response[1:5],
        ("time", "1", "1/time", "1/time^2"),
    ),
    "bath_variances": Case(dict(bath=BATH, kT=KT, hbar=HBAR)),
    "exact_noise": Case(NOISE.arguments),
}
PACKET_CASES = {
    "Packets": Case(PACKETS_OF_BATH.arguments),
    "position_density": Case(
        dict(packets=PACKETS_OF_BATH, response=RESPONSE, noise=NOISE, mass=M, x=X3)
    ),
    "density_spacing": Case(dict(packets=PACKETS_OF_BATH, response=RESPONSE, noise=NOISE, mass=M)),
    "reduced_density_matrix": Case(
        dict(
            packets=PACKETS_OF_BATH,
            response=RESPONSE,
            noise=NOISE,
            mass=M,
            x=np.array([-1.0, 0.2, 0.9]),
            index=1,
        )
    ),
}
CONTINUUM = {
    "continuum_motion": Case(
        dict(density=DRUDE, num_times=4, **RUN),
        lambda found, u: (*found[0][1:5], *found[1]),
        (
            *("time", "1", "1/time", "1/time^2"),
            *("length^2", "mass*length^2/time", "mass^2*length^2/time^2"),
            *("length^2/time", "mass*length^2/time^2", "mass^2*length^2/time^3"),
        ),
    ),
    "discretisation_error": Case(dict(density=EXPONENTIAL, bath=BATH, **RUN)),
    "accurate_bath": Case(dict(density=EXPONENTIAL, num_modes=30, tolerance=0.1, **RUN)),
}
MANY = dict(num_particles=3, mass=M, pair_stiffness=0.4, bath=BATH, frequency=OMEGA)
MANY_OSCILLATORS = {
    "collective_couplings": Case(dict(couplings=np.array([[0.2, 0.3], [0.4, 0.1], [0.5, 0.3]]))),
    "centre_of_mass_bath": Case(dict(bath=BATH, num_particles=3)),
    "many_oscillators_factor": Case(MANY),
    "relative_coupling": Case(
        dict(slope=InUnits(lambda u: lambda x: np.cos(x / u.length) / u.length), x=X3),
        unit="1/length",
    ),
}
COEFFICIENTS = made(hu_paz_zhang, response=RESPONSE, noise=NOISE, mass=M)
CONSTANT = InUnits(
    lambda u: MasterCoefficients(
        np.linspace(0.0, 1.0, 5) * u.of("time"),
        np.full(5, 0.7) * u.of("1/time^2"),
        np.full(5, 0.1) * u.of("1/time"),
        np.full(5, 0.05) * u.of("mass*length^2/time^2"),
        np.full(5, 0.2) * u.of("mass^2*length^2/time^3"),
    )
)
MASTER_EQUATION = {
    "hu_paz_zhang": Case(COEFFICIENTS.arguments),
    "markov_coefficients": Case(
        dict(
            density=made(SpectralDensity, damping=0.2, cutoff=40.0, mass=M),
            frequency=OMEGA,
            kT=90.0,
            times=AT,
            hbar=HBAR,
        )
    ),
    "solve_master_equation": Case(
        dict(
            coefficients=CONSTANT,
            initial=InUnits(lambda u: np.diag([0.6, 0.4] + [0.0] * 10)),
            mass=M,
            frequency=OMEGA,
            times=np.array([0.5, 1.0]),
            hbar=HBAR,
            tolerance=InUnits(lambda u: 1e-11),
        )
    ),
    "number_operators": Case(dict(num_states=4, mass=M, frequency=OMEGA, hbar=HBAR)),
    "in_number_states": Case(
        dict(
            rho=InUnits(lambda u: np.ones((3, 3)) / u.length),
            x=np.array([-0.5, 0.0, 0.5]),
            num_states=3,
            mass=M,
            frequency=OMEGA,
            hbar=HBAR,
        )
    ),
    "trace_distance": Case(dict(rho=np.diag([0.6, 0.4]), sigma=np.diag([0.5, 0.5]))),
}
EXPONENT = made(
    decoherence_exponent, packets=PACKETS_OF_BATH, response=RESPONSE, noise=NOISE, mass=M
)
WIDE = made(Packets, centres=[-9.0, 9.0], width=0.6, hbar=HBAR)
DECOHERENCE = {
    "decoherence_exponent": Case(EXPONENT.arguments),
    "decoherence_time": Case(dict(times=AT, exponent=InUnits(lambda u: np.array([0.4, 1.3])))),
    "zurek_time": Case(
        dict(
            density=made(SpectralDensity, damping=1e-4, cutoff=200.0, mass=M),
            frequency=OMEGA,
            kT=2000.0,
            packets=made(Packets, centres=[-2.5, 2.5], width=0.6, hbar=HBAR),
        )
    ),
    "early_decoherence_time": Case(
        dict(density=EXPONENTIAL, mass=M, frequency=OMEGA, kT=40.0, packets=WIDE)
    ),
}
VACUUM = made(bath_variances, bath=BATH, kT=0.0, hbar=HBAR)
WAVE_OF_BATH = made(branching_wave, packets=PACKETS_OF_BATH, **IN_BATH)
START = np.linspace(-0.8, 0.9, 26).reshape(2, 13)
PATHS = dict(wave=WAVE_OF_BATH, q0=START, times=np.array([0.3, 0.6]), num_steps=8)
RUNS = made(bohm_branching_paths, **PATHS)
FULL_BATH = made(discretised, density=EXPONENTIAL, num_modes=40)
REDUCED = dict(bath=FULL_BATH, mass=M, frequency=OMEGA, duration=0.15)
REDUCED_BATH = made(reduced_bath, **REDUCED)
FULL_START = np.linspace(-0.8, 0.9, 82).reshape(2, 41)
REDUCED_RUNS = InUnits(
    lambda u: bohm_branching_paths(
        branching_wave(
            build(REDUCED_BATH, u).bath,
            M * u.mass,
            build(REDUCED_BATH, u).frequency,
            build(PACKETS_OF_BATH, u),
        ),
        reduced_start(FULL_START * u.of("mass^(1/2)*length"), build(REDUCED_BATH, u)),
        [0.15 * u.time],
        6,
    )
)
PURE = dict(packets=PACKETS_OF_BATH, times=AT, **IN_BATH)

PURIFICATION = {
    "purification": Case(dict(bath=BATH, kind="position-squeezed", kT=KT, hbar=HBAR)),
    "pure_branch_distances": Case(dict(variances=VACUUM, **PURE)),
    "thermofield_branch_distances": Case(dict(kT=KT, **PURE)),
}
BRANCHING_WAVE = {
    "BranchingWave.at": Case(
        dict(self=WAVE_OF_BATH, t=0.7),
        lambda frame, u: (*frame[:2], frame.b - frame.b[0], *frame[3:]),
    ),
    "branching_wave": Case(
        WAVE_OF_BATH.arguments,
        lambda wave, u: wave[1:],
        (
            *("1/time", "mass^(1/2)*length", "mass^(1/2)*length/time", "1", "mass"),
            "mass*length^2/time",
        ),
    ),
    "reduced_bath": Case(
        REDUCED, lambda found, u: (found.bath.frequencies, found.frequency), "1/time"
    ),
    "reduced_start": Case(dict(q0=FULL_START, reduced=REDUCED_BATH)),
}
INTERFERENCE = {
    "branch_shares": Case(dict(logarithms=InUnits(lambda u: np.array([0.3 + 1j, -0.2])))),
}
BRANCHING_PATHS = {
    "sampled_configurations": Case(dict(wave=WAVE_OF_BATH, num=3, rng=drawn())),
    "bohm_branching_paths": Case(PATHS),
    "fastest_rate": Case(dict(wave=WAVE_OF_BATH)),
    "nelson_branching_paths": Case(dict(rng=drawn(), **PATHS)),
    "unreduced_paths": Case(dict(paths=REDUCED_RUNS, reduced=REDUCED_BATH, q0=FULL_START)),
}
WEIGHTS = InUnits(lambda u: np.array([[[0.6, 0.4]], [[0.995, 0.005]]]))
COLLAPSE = {
    "branch_distances": Case(dict(wave=WAVE_OF_BATH, times=AT)),
    "expected_smaller_weight": Case(
        dict(distance_squared=InUnits(lambda u: 2.0), share=InUnits(lambda u: 0.3))
    ),
    "configuration_weights": Case(dict(wave=WAVE_OF_BATH, paths=RUNS)),
    "conditional_weights": Case(dict(wave=WAVE_OF_BATH, paths=RUNS)),
    "conditional_infidelity": Case(dict(wave=WAVE_OF_BATH, paths=RUNS)),
    "conditional_moments": Case(dict(wave=WAVE_OF_BATH, paths=RUNS)),
    "collapses": Case(
        dict(times=AT, weights=WEIGHTS),
        lambda found, u: found.times,
    ),
    "crossing_fraction": Case(dict(x_start=np.array([-1.0, 1.0]), x_end=np.array([1.0, 1.0]))),
}
BATH_STATE = InUnits(
    lambda u: BathState(
        np.linspace(-0.5, 0.9, 24).reshape(2, 12) * u.of("mass^(1/2)*length"),
        np.linspace(0.7, -0.4, 24).reshape(2, 12) * u.of("mass^(1/2)*length/time"),
    )
)
BEGIN = InUnits(
    lambda u: (
        np.array([0.4, -0.3]) * u.length,
        np.array([0.1, 0.5]) * u.length / u.time,
    )
)
PULL = InUnits(lambda u: lambda x: -0.3 * u.mass / u.time**2 * x)
LANGEVIN = {
    "shifted_canonical_bath": Case(dict(bath=BATH, X0=np.array([0.4, -0.3]), kT=KT, rng=drawn())),
    "bath_force": Case(dict(bath=BATH, state=BATH_STATE, times=AT)),
    "kac_zwanzig_paths": Case(
        dict(
            force=PULL,
            mass=M,
            bath=BATH,
            start=BEGIN,
            state=BATH_STATE,
            duration=0.8,
            num_steps=30,
        )
    ),
    "generalised_langevin_paths": Case(
        dict(
            force=PULL,
            mass=M,
            kernel=np.linspace(0.7, 0.1, 6),
            noise=np.linspace(-0.7, 0.5, 12).reshape(6, 2),
            start=BEGIN,
            duration=0.8,
        )
    ),
    "fluctuation_dissipation_scores": Case(dict(bath=BATH, kT=KT, times=AT, num=20, rng=drawn())),
}
BUDGET = dict(
    wave=WAVE_OF_BATH,
    bath=BATH,
    frequency=OMEGA,
    paths=made(
        bohm_branching_paths,
        wave=WAVE_OF_BATH,
        q0=START,
        times=np.linspace(0.0, 0.6, 9),
        num_steps=8,
    ),
)
AT_ONE_TIME = dict(frame=made(BranchingWave.at, self=WAVE_OF_BATH, t=0.7), q=START, hbar=HBAR)
QUANTUM_LANGEVIN = {
    "quantum_force": Case(AT_ONE_TIME),
    "configuration_velocity": Case(AT_ONE_TIME),
    "langevin_terms": Case(BUDGET),
    "LangevinTerms.residual": Case(dict(self=made(langevin_terms, **BUDGET))),
}
RADIATION = dict(
    radius=0.02, permittivity=InUnits(lambda u: 2.1 + 0.3j), kT=KT, hbar=HBAR, light_speed=1.3
)
LOCALISATION = {
    "gas_localisation": Case(dict(radius=0.3, pressure=0.4, kT=KT, gas_mass=0.2, hbar=HBAR)),
    "blackbody_scattering_localisation": Case(RADIATION),
    "blackbody_emission_localisation": Case(RADIATION),
    "localised_coefficients": Case(
        dict(localisation=0.3, frequency=OMEGA, mass=M, times=AT, hbar=HBAR)
    ),
    "localisation_time": Case(dict(localisation=0.3, separation=0.1, wavelength=2.0)),
}

SAMPLES = {
    "bath": {
        "localisation": LOCALISATION,
        "langevin": LANGEVIN,
        "quantum_langevin": QUANTUM_LANGEVIN,
        "purification": PURIFICATION,
        "branching_wave": BRANCHING_WAVE,
        "branching_paths": BRANCHING_PATHS,
        "interference": INTERFERENCE,
        "collapse": COLLAPSE,
        "many_oscillators": MANY_OSCILLATORS,
        "master_equation": MASTER_EQUATION,
        "decoherence": DECOHERENCE,
        "spectral_density": SPECTRAL_DENSITY,
        "discretisation": DISCRETISATION,
        "response": RESPONSE_CASES,
        "drude": DRUDE_CASES,
        "quantum_bath": QUANTUM_BATH,
        "packets": PACKET_CASES,
        "continuum": CONTINUUM,
    }
}
