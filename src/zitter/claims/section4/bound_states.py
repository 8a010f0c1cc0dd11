"""Quantum bodies that are bound: their centre of mass beside one particle of the whole mass."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from zitter.claims.claim import Measurement, Preset, verdict_within
from zitter.core.grid import Grid
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes
from zitter.system.pair_potentials import HarmonicPair, NewtonPair
from zitter.system.potentials import Harmonic, Quartic
from zitter.wavefunctions.schrodinger import configuration_potential, evolve_schrodinger

_BOX, _WIDTH, _PLACE = 5.0, 0.4, 0.7
_STEP, _STRENGTH, _SOFTENING = 0.02, 4.0, 0.5
GRAVITY, SPRINGS = "quantum, gravity, N = 2", "quantum, springs, N = 3"
_SCALES = {GRAVITY: (1.2, 0.8), SPRINGS: (0.7, 0.5)}
_FIELDS = (("harmonic", Harmonic(1.0, [0.3])), ("quartic", Quartic(0.05)))
_LARGEST = 1e-5
_COUNT, _POINTS = {GRAVITY: 2, SPRINGS: 3}, {GRAVITY: 96, SPRINGS: 36}


def quantum_bodies(preset: Preset, uneven: float) -> xr.Dataset:
    """Ground states of one or two sizes in two fields, for one unit of time."""
    kinds = (GRAVITY,) if preset == "quick" else (GRAVITY, SPRINGS)
    num_scales = 1 if preset == "quick" else 2
    states = [
        [[bound_state(kind, s, U, 1.0, uneven) for s in _SCALES[kind][:num_scales]]
         for _, U in _FIELDS]
        for kind in kinds
    ]  # fmt: skip
    table, dims = np.array(states), ("body", "quantum_field", "scale")
    return xr.Dataset(
        {
            "distance": (dims, table[..., 0], {"unit": "1"}),
            "pair_distance": (dims, table[..., 1], {"unit": "√(ħ/mω)"}),
        },
        coords={"body": list(kinds), "quantum_field": [name for name, _ in _FIELDS]},
    )


def quantum_measurements(data: xr.Dataset, field: str) -> list[Measurement]:
    """The largest distance of each body in one field."""
    found = []
    for body in data.body.values:
        value = float(data.distance.sel(body=body, quantum_field=field).max())
        found.append(
            Measurement(
                "∫|ρ_cm - ρ of one particle|dx", f"{body}, {field}", value, 0.01 * _LARGEST,
                f"below {_LARGEST:g}",
                verdict_within(value, 0.01 * _LARGEST, high=_LARGEST),
            )
        )  # fmt: skip
    return found


def draw_quantum(ax: Axes, data: xr.Dataset) -> None:
    """Distances against size."""
    n = 0
    for body in data.body.values:
        for field in data.quantum_field.values:
            here = data.sel(body=body, quantum_field=field)
            label = f"{body.removeprefix('quantum, ')}, {field}"
            ax.loglog(here.pair_distance, here.distance, MARKERS[n] + "-", color=COLOURS[n],
                      label=label)  # fmt: skip
            n += 1
    size = data.pair_distance.values.ravel()
    draw_slope(ax, np.sort(size), 2.0, at=(size.max(), float(data.distance.max())), label="∝ size²")
    label_axes(
        ax, x="rms distance of a pair [√(ħ/mω)]", y="∫|ρ_cm - ρ of one particle|dx",
        title="quantum bodies in their ground states",
    )  # fmt: skip


class BoundState(NamedTuple):
    """A body in its ground state, in a packet of its centre of mass, after some time."""

    distance: float
    """∫|ρ_cm - ρ_point| dx, to a particle of mass N m in N times the field"""
    size: float
    """Rms distance of a pair at the start"""


def bound_state(kind: str, scale: float, U: Any, end: float, uneven: float = 0.0) -> BoundState:
    """Particles on a line with ħ = m = 1 that are bound on a length `scale`, in a field.

    Args:
        kind: GRAVITY, softened and with G = 4/scale, or SPRINGS.
        scale: length of the bound state.
        U: external potential of one particle, (x (1,), t) -> energy.
        end: time.
        uneven: shares 1 ± uneven of the field that the first and the last particle feel.
    """
    num = _COUNT[kind]
    grid = Grid((-_BOX,) * num, (_BOX,) * num, (_POINTS[kind],) * num)
    pair = _pair(kind, scale)
    inside = _ground_gravity(grid, pair) if kind == GRAVITY else _ground_springs(grid, scale)
    q = grid.points
    psi0 = (_packet(q.mean(axis=1)) * inside).reshape(grid.num)
    psi0 = psi0 / np.sqrt(np.sum(psi0**2) * grid.cell_volume)
    size = np.sqrt(np.sum(psi0.ravel() ** 2 * (q[:, 0] - q[:, 1]) ** 2) * grid.cell_volume)
    binding, shares = configuration_potential(None, pair, num), np.linspace(-1.0, 1.0, num)

    def total(q: Any, t: Any) -> Any:
        parts = [(1.0 + uneven * s) * U(q[i : i + 1], t) for i, s in enumerate(shares)]
        return sum(parts) + binding(q, t)

    body = _evolved(psi0, grid, total, np.ones(num), end)
    line = Grid((-_BOX,), (_BOX,), (num * grid.num[0],))
    point = _evolved(
        _packet(line.axes[0]), line, lambda q, t: num * U(q, t), np.array([float(num)]), end
    )
    difference = _centre_density(body, grid) - np.abs(point) ** 2
    return BoundState(float(np.sum(np.abs(difference)) * line.spacing[0]), float(size))


def _evolved(psi: np.ndarray, grid: Grid, U: Callable, masses: np.ndarray, end: float):
    run = evolve_schrodinger(
        psi, grid, U, [0.0, end], masses, time_step=_STEP, order=4, keep="last"
    )
    return run.psi[-1]


def _pair(kind: str, scale: float) -> Any:
    if kind == GRAVITY:
        return NewtonPair(
            1.0, gravitational_constant=_STRENGTH / scale, softening=_SOFTENING * scale
        )
    return HarmonicPair(1.0 / (3.0 * scale**4))


def _packet(x: np.ndarray) -> np.ndarray:
    packet = np.exp(-(((x - _PLACE) / (2.0 * _WIDTH)) ** 2))
    return packet / (2.0 * np.pi * _WIDTH**2) ** 0.25


def _ground_gravity(grid: Grid, pair: Any) -> np.ndarray:
    """Ground state of the distance of two, at the points of the grid."""
    num, h = grid.num[0], grid.spacing[0]
    r = h * np.arange(-num, num)
    waves = np.exp(2j * np.pi * np.outer(np.arange(2 * num), np.arange(2 * num)) / (2 * num))
    k = 2.0 * np.pi * np.fft.fftfreq(2 * num, h)
    kinetic = np.real((waves * k**2) @ waves.conj().T) / (2 * num)
    V = np.asarray(jax.vmap(lambda d: pair(d[None], 0.0))(jnp.asarray(r)))
    state = np.linalg.eigh(kinetic + np.diag(V))[1][:, 0]
    i, j = np.indices(grid.num)
    return np.abs(state)[(i - j + num).ravel()]


def _ground_springs(grid: Grid, scale: float) -> np.ndarray:
    q, N = grid.points, grid.num_axes
    squares = sum((q[:, i] - q[:, j]) ** 2 for i in range(N) for j in range(i))
    return np.exp(-squares / (2.0 * N * scale**2))


def _centre_density(psi: np.ndarray, grid: Grid) -> np.ndarray:
    """Density of the mean of the coordinates, on points N times as dense as those of an axis."""
    N, num = grid.num_axes, grid.num[0]
    place = np.indices(grid.num).sum(axis=0).ravel()
    shares = np.bincount(place, np.abs(psi.ravel()) ** 2, minlength=N * num)
    return shares * grid.cell_volume * N / grid.spacing[0]
