"""Sample arguments for bound particles, for independent ones, and for grids."""

import numpy as np

from unit_reading import made
from unit_samples import (
    DENSITY,
    HBAR,
    LINE,
    LN_2,
    LN_4,
    ORBITAL,
    Q2,
    Case,
    M,
    T,
    at,
    drawn,
)
from zitter.wavefunctions.coupled_oscillators import CoupledOscillators
from zitter.wavefunctions.independent_particles import packet_amplitude
from zitter.wavefunctions.normal_modes import NormalModes, chain_stiffness, gaussian_modes

COUPLED = dict(
    num_particles=2,
    cm_width=0.6,
    relative_width=0.8,
    cm_centre=0.3,
    cm_momentum=0.4,
    cm_chirp=0.1,
    relative_chirp=-0.2,
    stiffness=0.5,
    coupling=0.7,
    force=0.2,
    mass=M,
    hbar=HBAR,
)
GROUND = dict(num_particles=2, stiffness=0.5, coupling=0.7, force=0.2, mass=M, hbar=HBAR)
CHAIN = dict(num_particles=4, spring=0.8, pinning=0.3)
MODES = made(NormalModes, stiffness=made(chain_stiffness, **CHAIN), mass=M)
Q4 = np.array([[0.3, -0.9, 0.5, 0.1], [1.4, 0.2, -0.3, 0.4]])
SOLID = dict(modes=MODES, displacement=0.2, momentum=0.3, chirp=0.1, equilibrium=0.4, hbar=HBAR)
HOT = dict(modes=MODES, kT=0.9, hbar=HBAR)
TWO_PACKETS = dict(
    log_amplitudes=[0.1, -0.2, 0.3],
    width=0.7,
    left_centre=-1.0,
    right_centre=0.9,
    left_momentum=0.5,
    right_momentum=-0.4,
    chirp=0.1,
    stiffness=0.5,
    coupling=0.7,
    force=0.2,
    mass=M,
    hbar=HBAR,
)
AMPLITUDE = made(packet_amplitude, orbital=ORBITAL, t=T)


def of(kind, arguments, words=None, **others):
    """Case of a method of `kind(**arguments)`."""
    return Case(dict(self=made(kind, **arguments), **others), words=words or {})


BOUND = {
    "coupled_oscillators": {
        "CoupledOscillators": Case(COUPLED, at(Q2[0]), LN_2),
        "CoupledOscillators.derivatives": of(CoupledOscillators, COUPLED, Q=Q2, t=T, order=3),
        "CoupledOscillators.widths": of(CoupledOscillators, COUPLED, t=T),
        "CoupledOscillators.sample": of(CoupledOscillators, COUPLED, num=3, rng=drawn(), t=T),
        "coupled_ground_state": Case(
            GROUND | dict(displacement=0.3, cm_momentum=0.4), at(Q2[0]), LN_2
        ),
        "coupled_ground_energy": Case(GROUND),
    },
    "normal_modes": {
        "NormalModes": Case(MODES.arguments),
        "GaussianModes": Case(
            dict(modes=MODES, packet=made(lambda s: s.packet, s=made(gaussian_modes, **SOLID)))
            | dict(equilibrium=[0.4, 0.2, 0.1, 0.3]),
            at(Q4[0]),
            LN_4,
        ),
        "GaussianModes.mean": Case(dict(self=made(gaussian_modes, **SOLID), t=T)),
        "GaussianModes.covariance": Case(dict(self=made(gaussian_modes, **SOLID), t=T)),
        "GaussianModes.sample": Case(
            dict(self=made(gaussian_modes, **SOLID), num=3, rng=drawn(), t=T)
        ),
        "gaussian_modes": Case(SOLID, at(Q4[0]), LN_4),
        "thermal_covariance": Case(HOT),
        "thermal_momentum_covariance": Case(HOT),
        "width_ratio": Case(dict(covariance=np.array([[2.0, 0.5], [0.5, 1.5]]))),
        "chain_stiffness": Case(CHAIN),
        "lattice_stiffness": Case(dict(shape=(2, 3), spring=0.8, pinning=0.3)),
    },
    "two_packet_oscillators": {
        "TwoPacketOscillators": Case(TWO_PACKETS, at(Q2[0]), LN_2),
    },
    "independent_particles": {
        "packet_amplitude": Case(
            AMPLITUDE.arguments, lambda a, u: a.phi(u.rescaled(Q2, "length")), "1/length^(1/2)"
        ),
        "fisher_information": Case(dict(amplitude=AMPLITUDE)),
        "phase_space_covariance": Case(
            dict(amplitude=AMPLITUDE, hbar=HBAR), lambda C, u: tuple(C[0]), ("length^2", "action")
        ),
        "cm_purity_iid": Case(dict(amplitude=AMPLITUDE, num_particles=3)),
        "mutual_information_iid": Case(
            dict(amplitude=AMPLITUDE, num_particles=3, rng=drawn(), num_samples=4),
            lambda estimate, u: estimate.value,
            "1",
        ),
    },
}

GRIDS = {
    "grid": {
        "Grid": Case(LINE.arguments, lambda grid, u: grid.points, "length"),
        "Grid.integrate": Case(dict(self=LINE, f=DENSITY), words={"unit of f": "1/length"}),
        "Grid.derivative": Case(
            dict(self=LINE, f=DENSITY, axis=0), words={"unit of f": "1/length", "order": "1"}
        ),
        "Grid.derivative_factor": Case(dict(self=LINE, axis=0), words={"order": "1"}),
        "Grid.interpolate": Case(
            dict(self=LINE, f=DENSITY, Q=Q2[:, :1]), words={"unit of f": "1/length"}
        ),
    },
}

SAMPLES = {"core": GRIDS, "wavefunctions": BOUND}
