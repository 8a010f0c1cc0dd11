"""Sample arguments for identical bodies, their mean field and the distances to it."""

import numpy as np

from unit_reading import InUnits, made
from unit_samples import Case
from zitter.core.grid import Grid
from zitter.mean_field.identical_bodies import identical_bodies

NUM = 3
OF_BODIES = dict(
    num_bodies=NUM,
    mass=1.2,
    charge=0.3,
    gravitational_constant=0.9,
    coulomb_constant=1.1,
    softening=0.1,
)
SYSTEM = made(identical_bodies, **OF_BODIES)
X = np.array([[0.0, 0.1, 0.2], [1.2, 0.0, -0.3], [-0.2, 1.5, 0.4]])
V = np.array([[0.1, 0.2, 0.4], [0.3, -0.1, 0.2], [0.0, 0.1, -0.3]])
P = np.array([[0.2, 0.3, 0.1], [0.0, -0.4, 0.2], [0.5, 0.1, 0.0]])
LINE = made(Grid, lower=[-6.0], upper=[6.0], num=(32,))
DENSITY = InUnits(
    lambda u: np.exp(-0.5 * np.linspace(-6.0, 6.0, 32, endpoint=False) ** 2) / u.length
)
PHI = InUnits(lambda u: lambda x, t: 0.4 * x @ x / u.time**2)
CLOUDS = np.random.default_rng(1).normal(size=(2, 8, 2))
RUN = dict(
    X=X[:2], P=P[:2], forces=P[1:], weights=np.array([0.3, 0.2]), mass=1.2
)  # fmt: skip


def density(u):
    return lambda x, p, t: x[0] / u.length + p[0] / u.of("momentum") + t / u.time


def energy(u):
    return lambda x, p, t: (x @ x) * u.of("energy/length^2") + p @ p * u.of("energy/momentum^2")


def test_function(u):
    L, p0 = u.length, u.of("momentum")

    def phi(x, p):
        return np.sin(x / L + p / p0), np.cos(x / L + p / p0) / L, np.cos(x / L + p / p0) / p0

    return phi


WEAK = dict(test=InUnits(test_function), **RUN)
PLACE = dict(x=[0.3], p=[0.5], t=0.2)
CASES = {
    "identical_bodies": {
        "identical_bodies": Case(OF_BODIES, lambda b, u: b.masses, "mass"),
        "body_hamiltonian": Case(dict(system=SYSTEM, X=X, P=P)),
        "body_forces": Case(dict(system=SYSTEM, X=X)),
    },
    "mean_force": {
        "empirical_force": Case(dict(system=SYSTEM, places=X + 0.1, X=X)),
        "vlasov_residual": Case(
            dict(f=InUnits(density), hamiltonian=InUnits(energy), **PLACE), None, "1/time"
        ),
        "mean_field_hamiltonian": Case(dict(Phi=PHI, mass=1.2, **PLACE)),
        "mean_field_potential": Case(
            dict(density=DENSITY, grid=LINE, mass=1.2, gravitational_constant=0.9)
        ),
        "mean_force": Case(dict(Phi=PHI, x=[0.3], t=0.2, mass=1.2)),
    },
    "empirical": {
        "phase_points": Case(dict(X=X, P=P, length=1.5, momentum=0.4)),
        "coupling_distance": Case(dict(points=CLOUDS[0], carried=CLOUDS[1])),
        "directions": Case(dict(num_axes=2, num_directions=4)),
        "sliced_reference": Case(
            dict(reference=CLOUDS[0], num_directions=4), lambda r, u: r.sorted_shadows, "1"
        ),
        "sliced_wasserstein": Case(
            dict(points=CLOUDS[0], reference=InUnits(lambda u: sliced_of_sample()))
        ),
        "exact_wasserstein": Case(dict(points=CLOUDS[0], reference=CLOUDS[1])),
        "wasserstein_law": Case(dict(num_bodies=[8, 64])),
        "dobrushin_bound": Case(
            dict(time=[0.2, 0.4], mass=1.2, force_slope=0.5, length=1.1, momentum=0.7)
        ),
        "weak_vlasov_residual": Case(WEAK),
        "weak_terms": Case(WEAK, lambda r, u: tuple(r), ("1", "1", "1")),
    },
    "batches": {
        "uniform_points": Case(
            dict(start="quiet", num_realisations=1, num_bodies=4, num_axes=2, seed=1)
        ),
        "gaussian_starts": Case(
            dict(start="random", num_realisations=1, num_bodies=4, seed=1, width=0.8, spread=0.3)
        ),
        "sheet_accelerations": Case(dict(X=X, coupling=0.7, period=2.0)),
        "cosine_accelerations": Case(dict(X=X, coupling=0.7, wavenumber=1.2)),
        "batch_paths": Case(
            dict(
                acceleration=InUnits(lambda u: lambda n, x: -0.3 * x / u.time**2),
                X0=X,
                V0=V,
                time_step=0.1,
                record=[0, 3],
            ),
            lambda b, u: tuple(b),
            ("length", "velocity"),
        ),
        "cosine_mean_field": Case(
            dict(
                coupling=0.7,
                wavenumber=1.2,
                width=0.8,
                spread=0.3,
                time_step=0.1,
                num_steps=3,
                num_nodes=48,
            ),
            lambda f, u: f(1, X[0] * u.length),
            "length/time^2",
        ),
    },
    "fluctuations": {
        "fluctuation_strength": Case(
            dict(times=[0.5, 1.0], wavenumber=0.6, spread=0.9, rate_squared=0.7, num_steps=40)
        ),
        "density_modes": Case(dict(X=X, wavenumber=0.6), lambda z, u: z.real, "1"),
    },
    "spherical_start": {
        "plummer_start": Case(dict(softening=0.1), lambda s, u: s.potential[0], "1"),
    },
}


def sliced_of_sample():
    from zitter.mean_field.empirical import sliced_reference

    return sliced_reference(CLOUDS[1], 4)


SAMPLES = {"mean_field": CASES}
