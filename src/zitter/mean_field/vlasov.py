"""Vlasov-Poisson on a phase-space grid, ∂f/∂t + v ∂f/∂x - (1/m) ∂U/∂x ∂f/∂v = 0.

Semi-Lagrangian: a step is a row of drifts f(x - v τ, v) and kicks f(x, v - a(x) τ), each the exact
flow of one part of the Hamiltonian, by interpolation along one axis at a time. The density does
not change in a kick, so the field is known exactly in each. The drifts and kicks are those of the
K-body leapfrog and of Yoshida's schemes: particles carried along see the same error in time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_choice, require_finite, require_positive, require_shape
from zitter.core.stepping import Progress, State, run_in_chunks
from zitter.kbody.integrators import ORDERS, composition
from zitter.mean_field._shifts import INTERPOLATORS, shift_axis
from zitter.mean_field._vlasov_checks import Watch, require_problem
from zitter.mean_field._vlasov_identity import identity_of_run
from zitter.mean_field.carried import KickHistory
from zitter.mean_field.phase_kicks import kicked_by_phase
from zitter.mean_field.phase_space import Species, number_density, phase_space_axes
from zitter.mean_field.self_field import SelfField

SCHEMES = {order: method for method, order in ORDERS.items()}
DEFAULT_INTERPOLATOR = "lagrange9"


class VlasovSolution(NamedTuple):
    """f at the times asked for, its field, and what tells whether to trust it."""

    times: np.ndarray
    """(time,) [time]"""
    f: tuple[np.ndarray, ...]
    """per species, (time, *num of space, *num of velocity), or (1, ..) with keep = "last"
    [time^num_axes/length^num_axes/length^num_axes]"""
    density: np.ndarray
    """n per species, (time, S, *num) [1/length^num_axes]"""
    acceleration: np.ndarray
    """of each species, (time, S, D, *num) [length/time^2]"""
    number: np.ndarray
    """∫f dx dv per species, (time, S) [1]"""
    momentum: np.ndarray
    """of all species, (time, D) [mass*length/time]"""
    energy: np.ndarray
    """kinetic, half of the mean field's, and that in fields from outside, (time,) [energy]"""
    kinetic_energy: np.ndarray
    """(time,) [energy]"""
    square: np.ndarray
    """∫f² dx dv per species, (time, S) [time^num_axes/length^num_axes/length^num_axes]"""
    lowest: np.ndarray
    """least f per species, (time, S) [time^num_axes/length^num_axes/length^num_axes]"""
    num_steps: int
    kicks: KickHistory | None
    """the field of every kick, for `carried`, if it was asked for"""

    @property
    def drift(self) -> "Drift":
        """Largest changes since the first time."""
        number, square = (np.abs(q / q[0] - 1.0).max() for q in (self.number, self.square))
        momentum = np.abs(self.momentum - self.momentum[0]).max()
        energy = np.abs(self.energy - self.energy[0]).max()
        return Drift(float(number), float(momentum), float(energy), float(square))


class Drift(NamedTuple):
    """Largest changes since the first time; of number and ∫f² relative ones."""

    number: float
    """[1]"""
    momentum: float
    """[mass*length/time]"""
    energy: float
    """[energy]"""
    square: float
    """[1]"""


@dataclass(frozen=True)
class VlasovStepping:
    """How to step; the fields are described at `evolve_vlasov`."""

    time_step: float
    order: int = 2
    interpolator: str = DEFAULT_INTERPOLATOR
    kick: Callable[[np.ndarray, float], np.ndarray] | None = None
    keep: str = "all"
    keep_kicks: bool = False
    edge_tolerance: float = 1e-6
    allow_recurrence: bool = False
    folder: str | Path | None = None
    progress: Callable[[Progress], None] | None = None


def evolve_vlasov(
    kinds: Species | Sequence[Species],
    field: SelfField,
    times: Any,
    *,
    time_step: float,
    order: int = 2,
    interpolator: str = DEFAULT_INTERPOLATOR,
    kick: Callable[[np.ndarray, float], np.ndarray] | None = None,
    keep: str = "all",
    keep_kicks: bool = False,
    edge_tolerance: float = 1e-6,
    allow_recurrence: bool = False,
    folder: Any = None,
    progress: Any = None,
) -> VlasovSolution:
    """f(x, v, t) of ∂f/∂t + v ∂f/∂x - (1/m) ∂U/∂x ∂f/∂v = 0 in its own mean field U.

    Equation: (112), with the usual bracket, ∂f/∂t + {f, H} = 0 with p = m v

    Args:
        kinds: Species at times[0], one or several on the same space.
        field: SelfField.
        times: rising or falling, (time,) [time].
        time_step: longest step [time].
        order: of the splitting, 2, 4 or 6.
        interpolator: "lagrange9", "lagrange5", "spline" (cubic), "spectral", or "positive",
            which keeps f >= 0.
        kick: function g(z, m) in the place of the kick's z = k·η, with η the wavenumber of v;
            Wigner's is (2m/ħ) sin(ħz/2m). Periodic boxes only.
        keep: "all", or "last": f at the last time only.
        keep_kicks: whether to keep the field of every kick, for `carried`.
        edge_tolerance: largest density of velocities at the edge of their grid, and in isolation
            of places at the ends of the box, in units of its maximum [1].
        allow_recurrence: whether to go beyond the time after which the grid of velocities shows
            again what has been mixed, or in isolation single velocities.
        folder, progress: as for `run_in_chunks`; a run that was killed goes on bit-equal.

    Returns:
        VlasovSolution.

    Raises:
        ValueError: bad shapes, times or options.
        ValidityError: a cold f, an unresolved Debye or Jeans length, period or drive, a plasma
            that is not neutral, a field from outside without the period of its box, f at an edge
            of the grid, recurrence.

    Validity: filaments thinner than a cell are smoothed (∫f² falls) or, with "spectral", ring
        (f < 0): both are reported.
    """
    kinds = (kinds,) if isinstance(kinds, Species) else tuple(kinds)
    how = VlasovStepping(
        time_step, order, interpolator, kick, keep, keep_kicks, edge_tolerance, allow_recurrence,
        folder, progress,
    )  # fmt: skip
    times = np.array(times, dtype=float)
    _require_options(times, how)
    require_problem(kinds, field, times, how)
    run = _Run(kinds, field, times, how)
    start = {f"f{s}": kind.f for s, kind in enumerate(kinds)} | {"num_steps": np.array(0)}
    digest = "" if folder is None else identity_of_run(run)
    state, records = run_in_chunks(
        run.advance, start, len(times) - 1, folder=folder, fingerprint=digest, progress=progress
    )
    return _solution(run, state, [run.record([kind.f for kind in kinds], times[0]), *records])


class _Run:
    """One evolution: what a chunk needs."""

    def __init__(self, kinds, field: SelfField, times: np.ndarray, how: VlasovStepping):
        self.kinds, self.field, self.times, self.how = kinds, field, times, how
        self.masses = [kind.mass for kind in kinds]
        self.charges = [kind.charge for kind in kinds]
        self.scheme = composition(SCHEMES[how.order])
        self.watch = Watch(kinds, field, times, how)

    def steps(self, i: int) -> tuple[float, np.ndarray]:
        """Length of the steps from times[i] to times[i + 1], and when each begins."""
        begin, span = self.times[i], self.times[i + 1] - self.times[i]
        num_steps = max(1, int(np.ceil(abs(span) / self.how.time_step * (1.0 - 1e-12))))
        h = span / num_steps
        return h, begin + h * np.arange(num_steps)

    def advance(self, i: int, state: State) -> tuple[State, State]:
        """From times[i] to times[i + 1]."""
        h, begins = self.steps(i)
        # The kernels work in place, and a state belongs to the caller.
        f = [state[f"f{s}"].copy() for s in range(len(self.kinds))]
        kicks: list[tuple[float, float, np.ndarray]] = []
        pending, drifts = 0.0, self.scheme.drifts
        for t in begins:
            self.watch.drive(t, h)
            for drift, weight in zip(drifts, self.scheme.kicks, strict=False):
                pending += drift * h
                t += drift * h
                self._drift(f, pending)
                a = self._kick(f, t, pending, weight * h)
                if self.how.keep_kicks:
                    kicks.append((pending, weight * h, a))
                pending = 0.0
            pending += drifts[-1] * h
        self._drift(f, pending)
        record = self.record(f, self.times[i + 1])
        if self.how.keep_kicks:
            record |= _stacked(kicks, pending)
        new = {f"f{s}": g for s, g in enumerate(f)}
        return new | {"num_steps": state["num_steps"] + len(begins)}, record

    def _drift(self, f: list[np.ndarray], tau: float) -> None:
        for s, kind in enumerate(self.kinds):
            v = phase_space_axes(kind.space, kind.velocity)[1]
            for axis, h in enumerate(kind.space.spacing):
                f[s] = shift_axis(f[s], axis, v[axis] * (tau / h), self.how.interpolator)

    def _kick(self, f: list[np.ndarray], t: float, drift: float, tau: float) -> np.ndarray:
        n = self.densities(f)
        self.field.require_closed(t, self.how.kick is not None)
        a = self.accelerations(n, t)
        self.watch.edges(f, n, a, drift, tau, t)
        D = self.field.space.num_axes
        if self.how.kick is not None:
            U = self.energies(n) + self.field.external_energies(t, self.masses, self.charges)
            for s, kind in enumerate(self.kinds):
                f[s] = kicked_by_phase(f[s], kind, U[s], tau, self.how.kick)
            return a
        for s, kind in enumerate(self.kinds):
            for axis, dv in enumerate(kind.velocity.spacing):
                cells = a[s, axis].reshape(*kind.space.num, *[1] * D) * (tau / dv)
                f[s] = shift_axis(f[s], D + axis, cells, self.how.interpolator)
        return a

    def densities(self, f: list[np.ndarray]) -> np.ndarray:
        return np.array([number_density(g, k.velocity) for g, k in zip(f, self.kinds, strict=True)])

    def energies(self, n: np.ndarray) -> np.ndarray:
        return self.field.potential_energies(n, self.masses, self.charges)

    def accelerations(self, n: np.ndarray, t: float) -> np.ndarray:
        a = self.field.accelerations(n, self.masses, self.charges)
        if self.field.driven:
            a = a + self.field.external_accelerations(t, self.masses, self.charges)
        return a

    def record(self, f: list[np.ndarray], t: float) -> State:
        """What is kept of one output time."""
        n = self.densities(f)
        dx = self.field.space.cell_volume
        U = 0.5 * self.energies(n) + self.field.external_energies(t, self.masses, self.charges)
        kinetic, momentum, square = 0.0, np.zeros(self.field.space.num_axes), []
        for kind, g in zip(self.kinds, f, strict=True):
            cell = dx * kind.velocity.cell_volume
            marginal = kind.mass * cell * g.reshape(-1, *kind.velocity.num).sum(axis=0)
            for axis, v in enumerate(np.ix_(*kind.velocity.axes)):
                momentum[axis] += np.sum(marginal * v)
                kinetic += 0.5 * np.sum(marginal * v**2)
            square.append(cell * np.vdot(g, g))
        record = {
            "density": n,
            "acceleration": self.accelerations(n, t),
            "number": n.reshape(len(n), -1).sum(axis=1) * dx,
            "momentum": momentum,
            "energy": kinetic + np.sum(U * n) * dx,
            "kinetic_energy": kinetic,
            "square": np.array(square),
            "lowest": np.array([g.min() for g in f]),
        }
        if self.how.keep == "all":
            record |= {f"f{s}": g.copy() for s, g in enumerate(f)}
        return {name: np.asarray(value) for name, value in record.items()}


def _stacked(kicks: list[tuple[float, float, np.ndarray]], last: float) -> State:
    before, weights, fields = zip(*kicks, strict=True)
    return {
        "before": np.array(before),
        "weights": np.array(weights),
        "fields": np.array(fields),
        "last": np.array(last),
    }


def _solution(run: _Run, state: State, records: list[State]) -> VlasovSolution:
    def row(name: str) -> np.ndarray:
        return np.array([r[name] for r in records])

    names = ("density", "acceleration", "number", "momentum", "energy", "kinetic_energy", "square",
             "lowest")  # fmt: skip
    species = range(len(run.kinds))
    if run.how.keep == "all":
        f = tuple(row(f"f{s}") for s in species)
    else:
        f = tuple(state[f"f{s}"][None] for s in species)
    kicks = None
    if run.how.keep_kicks:
        parts = [[r[name] for r in records[1:]] for name in ("before", "weights", "fields", "last")]
        kicks = KickHistory(run.field.space, run.field.boundary, run.times, *parts)
    values = (row(name) for name in names)
    return VlasovSolution(run.times, f, *values, int(state["num_steps"]), kicks)


def _require_options(times: np.ndarray, how: VlasovStepping) -> None:
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    steps = np.diff(times)
    if len(times) < 2 or not (np.all(steps > 0.0) or np.all(steps < 0.0)):
        raise ValueError("`times` must be at least two and rise, or fall, throughout.")
    require_positive("time_step", how.time_step)
    require_positive("edge_tolerance", how.edge_tolerance)
    require_choice("interpolator", how.interpolator, INTERPOLATORS)
    require_choice("keep", how.keep, ("all", "last"))
    if not isinstance(how.order, (int, np.integer)) or how.order not in SCHEMES:
        raise ValueError(f"`order` must be 2, 4 or 6, but is {how.order}.")
