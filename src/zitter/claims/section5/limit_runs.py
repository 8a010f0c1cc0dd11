"""Distances of K bodies to their mean field under four pair energies, for the claims on the limit.

Each realisation starts once: its bodies move by their own forces, and the same points are carried
by the mean field, with the same drifts and kicks. The mean fields have no bodies in them: those of
the cosine and of the sheets come from f(x, p, t), in space f is at rest and its field is known.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from zitter.claims.claim import Preset
from zitter.core.grid import Grid
from zitter.kbody.direct_sum import pair_accelerations
from zitter.mean_field.batches import (
    Acceleration,
    FieldOfKicks,
    batch_paths,
    cosine_accelerations,
    cosine_mean_field,
    gaussian_starts,
    sheet_accelerations,
    uniform_points,
)
from zitter.mean_field.empirical import (
    SlicedReference,
    coupling_distance,
    exact_wasserstein,
    phase_points,
    sliced_reference,
    sliced_wasserstein,
)
from zitter.mean_field.identical_bodies import identical_bodies
from zitter.mean_field.phase_space import species
from zitter.mean_field.self_field import SelfField
from zitter.mean_field.spherical_start import PlummerStart, plummer_start
from zitter.mean_field.vlasov import evolve_vlasov

COSINE, SHEETS, LIKE_CHARGES = "cosine", "sheets |x|", "repelling sheets"
SOFTENED, PLAIN = "softened 1/r", "plain 1/r"
LINE, SPACE = (COSINE, SHEETS, LIKE_CHARGES), (SOFTENED, PLAIN)
WIDTH, SPREAD, SOFTENING = 1.0, 0.5, 0.1
# Mw of the cosine with k = 1, and GM or -kq²/M of the sheets, which push less than they pull: else
# the cloud would be too thin for the grid at the end.
COSINE_COUPLING = 1.0
SHEET_COUPLINGS = {SHEETS: 1.0 / (2.0 * np.pi), LIKE_CHARGES: -0.25 / (2.0 * np.pi)}
_MOST_AT_ONCE = 2**17


class Sizes(NamedTuple):
    """How much is run."""

    line_counts: tuple[int, ...]
    space_counts: tuple[int, ...]
    num_realisations: int
    num_directions: int
    reference_power: int
    line_times: tuple[float, ...]
    space_times: tuple[float, ...]
    line_step: float
    space_step: float


def _powers(first: int, last: int) -> tuple[int, ...]:
    return tuple(2**n for n in range(first, last + 1, 1 if last - first < 4 else 2))


SIZES: dict[Preset, Sizes] = {
    "quick": Sizes((64, 256, 1024), (64, 128, 256), 48, 8, 14, (0.0, 2.0), (0.0, 1.0), 0.1, 0.05),
    "default": Sizes(
        _powers(6, 12), (64, 128, 256, 512), 64, 16, 16, (0.0, 1.0, 3.0, 5.0), (0.0, 1.0, 2.0),
        0.05, 0.05,
    ),
    "full": Sizes(
        (64, 256, 1024, 4096, 16384, 32768), (128, 256, 512, 1024, 2048, 4096), 32, 32, 18,
        (0.0, 1.0, 3.0, 5.0), (0.0, 1.0, 2.0), 0.05, 0.025,
    ),
}  # fmt: skip


class Distances(NamedTuple):
    """Distances of all realisations, (time, preparation)."""

    coupling: np.ndarray
    sliced: np.ndarray


@lru_cache(maxsize=6)
def line_field(kernel: str, time_step: float, num_steps: int) -> Acceleration:
    """Field of the mean-field solution at each kick."""
    if kernel == COSINE:
        return cosine_mean_field(
            coupling=COSINE_COUPLING, wavenumber=1.0, width=WIDTH, spread=SPREAD,
            time_step=time_step, num_steps=num_steps,
            num_nodes=64 + 40 * int(np.ceil(time_step * num_steps)),
        )  # fmt: skip
    reach = {SHEETS: 12.0, LIKE_CHARGES: 24.0}[kernel]
    space, velocity = Grid([-reach], [reach], (256,)), Grid([-6.0], [6.0], (256,))

    def f0(x, v):
        gauss = np.exp(-0.5 * (x / WIDTH) ** 2 - 0.5 * (v / SPREAD) ** 2)
        return gauss / (2.0 * np.pi * WIDTH * SPREAD)

    solution = evolve_vlasov(
        species(f0, space, velocity),
        SelfField(space, "isolated", gravitational_constant=SHEET_COUPLINGS[kernel]),
        [0.0, time_step * num_steps],
        time_step=time_step, keep="last", keep_kicks=True,
    )  # fmt: skip
    assert solution.kicks is not None
    return FieldOfKicks(solution.kicks)


def line_bodies(kernel: str, factor: float) -> Acceleration:
    """Forces of the bodies on each other, `factor` times the right ones."""
    if kernel == COSINE:
        return lambda n, X: cosine_accelerations(X, factor * COSINE_COUPLING, 1.0)
    return lambda n, X: sheet_accelerations(X, factor * SHEET_COUPLINGS[kernel])


def _line_points(batch: Any) -> np.ndarray:
    return phase_points(batch.X[..., None], batch.V[..., None], 1.0, 1.0)


def _space_points(batch: Any) -> np.ndarray:
    return phase_points(batch.X, batch.V, 1.0, 1.0)


def _drawn_in(points: np.ndarray) -> np.ndarray:
    """Points of six dimensions with x/√(1 + x²) in the place of x.

    In the tail of Plummer's sphere, ρ ~ r^-5, one far body would decide a distance of 10⁴.
    """
    x = points[..., :3]
    near = x / np.sqrt(1.0 + np.sum(x**2, axis=-1, keepdims=True))
    return np.concatenate([near, points[..., 3:]], axis=-1)


def exact_distances(num: int, num_runs: int, sizes: Sizes, seed: int, factor: float) -> np.ndarray:
    """Exact W₁ of random starts under the cosine to 4K quiet points of f, (2, num_runs).

    At the start and at the last time.
    """
    record = _steps(sizes.line_times, sizes.line_step)
    field = line_field(COSINE, sizes.line_step, record[-1])
    own, mean = (
        batch_paths(
            acceleration, *gaussian_starts(start, runs, k, seed, width=WIDTH, spread=SPREAD),
            sizes.line_step, [0, record[-1]],
        )
        for acceleration, start, runs, k in (
            (line_bodies(COSINE, factor), "random", num_runs, num), (field, "quiet", 1, 4 * num),
        )
    )  # fmt: skip
    bodies, cloud = _line_points(own), _line_points(mean)[:, 0]
    return np.array([[exact_wasserstein(p, cloud[t]) for p in bodies[t]] for t in (0, 1)])


def _steps(times: Sequence[float], step: float) -> list[int]:
    return [round(t / step) for t in times]


def line_distances(
    kernel: str, start: str, num: int, sizes: Sizes, seed: int, factor: float
) -> Distances:
    """Distances on a line; `factor` weakens the forces of the bodies alone."""
    record = _steps(sizes.line_times, sizes.line_step)
    field = line_field(kernel, sizes.line_step, record[-1])
    references = line_references(kernel, sizes)
    found = []
    X0, V0 = gaussian_starts(start, sizes.num_realisations, num, seed, width=WIDTH, spread=SPREAD)
    for rows in _parts(sizes.num_realisations, num):
        own = batch_paths(line_bodies(kernel, factor), X0[rows], V0[rows], sizes.line_step, record)
        mean = batch_paths(field, X0[rows], V0[rows], sizes.line_step, record)
        bodies, carried = _line_points(own), _line_points(mean)
        found.append((coupling_distance(bodies, carried), _sliced(bodies, references)))
    return Distances(*(np.concatenate(part, axis=1) for part in zip(*found, strict=True)))


@lru_cache(maxsize=6)
def line_references(kernel: str, sizes: Sizes) -> tuple:
    """Quiet points of f at each time; always of another scramble than the bodies."""
    record = _steps(sizes.line_times, sizes.line_step)
    field = line_field(kernel, sizes.line_step, record[-1])
    X0, V0 = gaussian_starts(
        "quiet", 1, 2**sizes.reference_power, 10**6, width=WIDTH, spread=SPREAD
    )
    clouds = _line_points(batch_paths(field, X0[0], V0[0], sizes.line_step, record))
    return tuple(sliced_reference(cloud, sizes.num_directions) for cloud in clouds)


@lru_cache(maxsize=4)
def sphere(kernel: str) -> PlummerStart:
    """The sphere at rest of a pair energy in space."""
    return plummer_start(SOFTENING if kernel == SOFTENED else 0.0)


@lru_cache(maxsize=4)
def _space_reference(kernel: str, power: int, num_directions: int) -> SlicedReference:
    points = uniform_points("quiet", 1, 2**power, 6, 10**6)[0]
    cloud = phase_points(*sphere(kernel).places(points), 1.0, 1.0)
    return sliced_reference(_drawn_in(cloud), num_directions)


def space_distances(
    kernel: str, start: str, num: int, sizes: Sizes, seed: int, factor: float
) -> Distances:
    """Distances in space, where f is at rest."""
    rest = sphere(kernel)
    system = identical_bodies(
        num, gravitational_constant=factor, softening=SOFTENING if kernel == SOFTENED else 0.0
    )
    record = _steps(sizes.space_times, sizes.space_step)
    reference = _space_reference(kernel, min(sizes.reference_power, 16), sizes.num_directions)
    X0, V0 = rest.places(uniform_points(start, sizes.num_realisations, num, 6, seed))
    own = batch_paths(
        lambda n, X: np.array([pair_accelerations(system, x) for x in X]),
        X0, V0, sizes.space_step, record,
    )  # fmt: skip
    mean = batch_paths(lambda n, X: rest.acceleration(X), X0, V0, sizes.space_step, record)
    bodies, carried = _space_points(own), _space_points(mean)
    return Distances(
        coupling_distance(bodies, carried),
        _sliced(_drawn_in(bodies), (reference,) * len(record)),
    )


def _sliced(points: np.ndarray, references: tuple) -> np.ndarray:
    """Sliced distance of every realisation, (time, preparation)."""
    return np.array([
        [sliced_wasserstein(cloud, reference) for cloud in at_time]
        for at_time, reference in zip(points, references, strict=True)
    ])  # fmt: skip


def _parts(num_realisations: int, num: int) -> list[slice]:
    """Realisations that fit into memory close by."""
    each = max(1, _MOST_AT_ONCE // num)
    return [slice(i, i + each) for i in range(0, num_realisations, each)]
