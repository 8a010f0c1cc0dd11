"""Sample arguments for the phase-space grid: species, their field, their evolution."""

import jax.numpy as jnp
import numpy as np

from unit_reading import InUnits, in_units, made
from unit_samples import Case
from zitter.core.grid import Grid
from zitter.mean_field.linear_response import SmoothDistribution, maxwellians
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.vlasov import evolve_vlasov

NUM, M, G, K = (16, 32), 1.3, 0.05, 0.04
X = np.linspace(0.0, 6.0, NUM[0], endpoint=False)
SPACE = made(Grid, lower=[0.0], upper=[6.0], num=(NUM[0],))
VELOCITY = InUnits(lambda u: Grid([-5.0 * u.of("velocity")], [5.0 * u.of("velocity")], (NUM[1],)))
F = InUnits(lambda u: _values() * u.of("time/length^2"))
KIND = made(species, f0=F, space=SPACE, velocity=VELOCITY, mass=M, charge=0.4)
SMOOTH = InUnits(
    lambda u: SmoothDistribution(
        lambda v: jnp.exp(-0.8 * (v / u.of("velocity")) ** 2) / u.of("velocity"),
        Grid([-7.0 * u.of("velocity")], [7.0 * u.of("velocity")], (64,)),
    )
)
CONSTANTS = dict(gravitational_constant=G, coulomb_constant=K, background=True)
FIELD = made(SelfField, space=SPACE, boundary="periodic", **CONSTANTS)
DRIVEN = made(
    SelfField,
    space=SPACE,
    boundary="periodic",
    **CONSTANTS,
    U_mass=InUnits(
        lambda u: lambda x, t: 0.1 * u.of("velocity") ** 2 * jnp.sin(np.pi / 3.0 * x[0] / u.length)
    ),
)
DENSITIES = InUnits(lambda u: (1.0 + 0.3 * np.cos(np.pi / 3.0 * X))[None] / u.length)
OF_ONE = dict(densities=DENSITIES, masses=[M], charges=[0.4])
RUN = dict(kinds=KIND, times=np.array([0.0, 0.3, 0.5]), time_step=0.1)
KICKS = InUnits(lambda u: _solution(u).kicks)


def _values():
    v = np.linspace(-5.0, 5.0, NUM[1], endpoint=False)
    return np.multiply.outer(1.0 + 0.3 * np.cos(np.pi / 3.0 * X), np.exp(-0.9 * (v - 0.2) ** 2))


def _solution(u):
    times, step = RUN["times"] * u.time, RUN["time_step"] * u.time
    return evolve_vlasov(
        *(in_units(part, None, u, {"num_axes": "1"}) for part in (KIND, FIELD)),
        times,
        time_step=step,
        keep_kicks=True,
    )


def of_solution(s, u):
    return (
        s.f[0], s.density, s.acceleration, s.momentum, s.energy, s.kinetic_energy, s.square,
        s.lowest,
    )  # fmt: skip


OF_SOLUTION = ("time/length^2", "1/length", "length/time^2", "momentum", "energy", "energy",
               "time/length^2", "time/length^2")  # fmt: skip
RATE = 0.8
BEAMS = made(maxwellians, shares=[0.7, 0.3], drifts=[-0.6, 1.1], spreads=[0.9, 0.5])
WAVE = dict(wavenumber=0.7, distribution=BEAMS, rate_squared=-(RATE**2))
SLAB = dict(spread=0.9, density=1.1, mass=M, gravitational_constant=G)
SIGNAL = np.cos(0.3 * np.arange(40.0)) * np.exp(-0.01 * np.arange(40.0))


def _complex(values):
    return np.stack([np.real(values), np.imag(values)])


CASES = {
    "linear_response": {
        "plasma_frequency": Case(dict(density=1.1, charge=0.4, mass=M, coulomb_constant=K)),
        "jeans_frequency": Case(dict(density=1.1, mass=M, gravitational_constant=G)),
        "debye_length": Case(dict(spread=0.9, frequency=RATE)),
        "jeans_wavenumber": Case(dict(spread=0.9, frequency=RATE)),
        "Maxwellians.slope_integral": Case(dict(self=BEAMS, z=np.array([0.3 + 0.2j]))),
        "Maxwellians.transform": Case(dict(self=BEAMS, eta=np.array([0.4]))),
        "SmoothDistribution.slope_integral": Case(dict(self=SMOOTH, z=np.array([0.3 + 0.2j]))),
        "SmoothDistribution.transform": Case(dict(self=SMOOTH, eta=np.array([0.4]))),
        "maxwellians": Case(
            dict(shares=[0.7, 0.3], drifts=[-0.6, 1.1], spreads=[0.9, 0.5]),
            lambda b, u: (b.shares, b.drifts, b.spreads),
            ("1", "velocity", "velocity"),
        ),
        "dielectric_function": Case(dict(omega=np.array([0.3 + 0.2j]), **WAVE)),
        "wave_frequencies": Case(
            WAVE | dict(lower=np.array(-2.0 - 0.3j), upper=np.array(2.0 + 0.5j)),
            lambda w, u: w.imag,
        ),
    },
    "waves_in_time": {
        "density_wave": Case(WAVE | dict(times=np.array([0.0, 1.0, 2.0]), num_steps=50)),
        "volterra_solution": Case(dict(source=SIGNAL, kernel=SIGNAL - 1.0, step=0.1)),
        "matrix_pencil": Case(
            dict(signal=SIGNAL, dt=0.1, num_modes=2), lambda m, u: m.frequencies.imag, "1/time"
        ),
        "wave_spectrum": Case(
            dict(values=np.outer(SIGNAL, SIGNAL), dt=0.1, length=2.0),
            lambda s, u: (s.omega, s.wavenumbers),
            ("1/time", "1/length"),
        ),
    },
    "isothermal_slab": {
        "slab_height": Case(SLAB),
        "isothermal_slab": Case(
            SLAB | dict(space=SPACE, velocity=VELOCITY), lambda s, u: s.f, "time/length^2"
        ),
    },
    "phase_space": {
        "species": Case(
            dict(f0=F, space=SPACE, velocity=VELOCITY, mass=M),
            lambda s, u: (s.f, s.mass),
            ("time/length^2", "mass"),
        ),
        "number_density": Case(dict(f=F, velocity=VELOCITY)),
        "moments": Case(dict(kind=KIND)),
    },
    "self_field": {
        "SelfField": Case(
            dict(space=SPACE, boundary="periodic", **CONSTANTS),
            lambda f, u: f.gravitational_constant,
            "length/mass/time^2",
        ),
        "SelfField.potential_energies": Case(dict(self=FIELD, **OF_ONE)),
        "SelfField.accelerations": Case(dict(self=FIELD, **OF_ONE)),
        "SelfField.external_energies": Case(dict(self=DRIVEN, t=0.2, masses=[M], charges=[0.4])),
        "SelfField.external_accelerations": Case(
            dict(self=DRIVEN, t=0.2, masses=[M], charges=[0.4])
        ),
    },
    "phase_kicks": {
        "kicked_by_phase": Case(
            dict(f=F, kind=KIND, tau=0.2, kick=lambda z, m: z)
            | dict(U=InUnits(lambda u: np.cos(np.pi / 3.0 * X) * u.of("energy"))),
        ),
    },
    "vlasov": {
        "evolve_vlasov": Case(RUN | dict(field=DRIVEN), of_solution, OF_SOLUTION),
    },
    "carried": {
        "carried": Case(
            dict(kicks=KICKS, X0=np.array([[1.0], [2.5]]), V0=np.array([[0.3], [-0.7]])),
            lambda c, u: (c.X, c.V),
            ("length", "velocity"),
        ),
    },
}
SAMPLES = {"mean_field": CASES}
