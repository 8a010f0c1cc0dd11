"""Sample arguments of the functions of `bath` whose results have units."""

import numpy as np

from unit_reading import made
from unit_samples import HBAR, Case, M
from zitter.bath.discretisation import discretised
from zitter.bath.packets import Packets
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
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

SAMPLES = {
    "bath": {
        "spectral_density": SPECTRAL_DENSITY,
        "discretisation": DISCRETISATION,
        "response": RESPONSE_CASES,
        "drude": DRUDE_CASES,
        "quantum_bath": QUANTUM_BATH,
        "packets": PACKET_CASES,
        "continuum": CONTINUUM,
    }
}
