"""ψ on a grid from time to time by split steps: fixed or adaptive, checked, in chunks.

Used by `evolve_schrodinger` (external potentials) and `evolve_schrodinger_newton` (self-gravity).
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checkpoints import made_folder
from zitter.core.checks import ValidityError, require_finite, require_real
from zitter.core.fft import plans_of_fftw, use_plans
from zitter.core.stepping import State, fingerprint_of, run_in_chunks
from zitter.wavefunctions._grid_problem import PRECISIONS, Stepping, require_problem
from zitter.wavefunctions._in_time import (
    LARGEST_UNSEEN_TURN,
    Motion,
    Unseen,
    UnseenTurn,
    identity_in_time,
)
from zitter.wavefunctions.grid_diagnostics import (
    Diagnostics,
    diagnose,
    longest_turn,
    require_trust,
    watch,
)
from zitter.wavefunctions.split_step import Hamiltonian, SplitStep

STEPS_BETWEEN_CHECKS, STATES = 16, 2


class Drift(NamedTuple):
    """Largest change since the first time."""

    norm: float
    """[1]"""
    momentum: np.ndarray
    """Per axis, (dof,) [mass*length/time]"""
    energy: float
    """[energy]"""


class Evolution(NamedTuple):
    """ψ on the grid at the times asked for, with what tells whether to trust it."""

    psi: np.ndarray
    """(time, *num), or (1, *num) with keep = "last" [1/length^(dof/2)]"""
    times: np.ndarray
    """(time,) [time]"""
    norm: np.ndarray
    """∫|ψ|², (time,) [1]"""
    energy: np.ndarray
    """⟨T + U⟩ + half of the self-energies, (time,) [energy]"""
    edge: np.ndarray
    """Largest probability in the outermost 1/16 at the two ends of an axis, (time,) [1]"""
    phase_per_cell: np.ndarray
    """k h below which all but 1e-6 of the momentum distribution lies, (time,) [1]"""
    momentum: np.ndarray
    """⟨p⟩ per axis, (time, dof) [mass*length/time]"""
    num_steps: int
    """Steps taken, without those refused by the adaptive step"""
    rounding: float
    """float32: L2 error of ψ by rounding at the last time, if that of the first step adds up in
    every step; 0 in float64 [1]"""

    @property
    def drift(self) -> Drift:
        """Largest change of norm, momentum and energy since the first time."""
        changes = (np.abs(f - f[0]).max(axis=0) for f in (self.norm, self.momentum, self.energy))
        norm, momentum, energy = changes
        return Drift(float(norm), momentum, float(energy))


def evolve_on_grid(system: Hamiltonian, psi0: Any, times: Any, how: Stepping) -> Evolution:
    """ψ at `times` from ψ at times[0], for any Hamiltonian of the split step.

    Raises:
        ValueError: bad shapes, times or options.
        ValidityError: ψ is not resolved by the grid or by the time step, or leaves the box.
    """
    require_finite("times", times)
    require_real("times", times)
    times = np.asarray(times, dtype=float)
    psi0 = np.asarray(psi0)
    require_problem(system, psi0, times, how)
    stepper = SplitStep(system, how.order, PRECISIONS[how.precision])
    if how.folder is not None:
        _keep_plans(made_folder(how.folder), stepper)
    return evolve_by(stepper, psi0, times, how)


def evolve_by(stepper: SplitStep, psi0: Any, times: np.ndarray, how: Stepping) -> Evolution:
    """As `evolve_on_grid`, by steps of any making; what has been asked for is known to be sound.

    Raises:
        ValidityError: as for `evolve_on_grid`.
    """
    run = _Run(stepper, how, times)
    psi = psi0.astype(stepper.dtype)
    first = run.checked(psi, times[0], how.time_step)
    rounding = _rounding_of_a_step(run, psi0, times[0]) if how.precision == "float32" else 0.0
    dt = how.time_step or 0.5 * longest_turn(how.order) / max(first.turning_rate, 1e-300)
    start = {
        "psi": psi,
        "dt": np.array(min(dt, np.ptp(times) or dt)),
        "num_steps": np.array(0),
        "unseen": np.array(0.0),
    }
    print_of_run = "" if how.folder is None else _fingerprint(run, psi0, times)
    final, records = run_in_chunks(
        run.advance,
        start,
        len(times) - 1,
        folder=how.folder,
        fingerprint=print_of_run,
        progress=how.progress,
    )
    num_steps = int(final["num_steps"])
    rows = [_row(first)] + [r["row"] for r in records]
    norm, energy, edge, phase, *momentum = np.array(rows).T
    if how.keep == "all":
        stack = np.stack([psi0.astype(stepper.dtype), *(r["psi"] for r in records)])
    else:
        stack = final["psi"][None]
    return Evolution(
        stack, times, norm, energy, edge, phase, np.stack(momentum, axis=1), num_steps,
        rounding * num_steps,
    )  # fmt: skip


class _Run:
    """One evolution: what a chunk needs."""

    def __init__(self, stepper: SplitStep, how: Stepping, times: np.ndarray):
        self.stepper, self.system, self.how, self.times = stepper, stepper.system, how, times
        self.first_norm: float | None = None
        allowed = how.tolerance or LARGEST_UNSEEN_TURN
        self.unseen = Unseen(self.stepper, float(np.ptp(times)), allowed)

    def advance(self, i: int, state: State) -> tuple[State, State]:
        """From times[i] to times[i + 1]."""
        begin, end = float(self.times[i]), float(self.times[i + 1])
        psi, dt, num_steps = state["psi"], float(state["dt"]), int(state["num_steps"])
        unseen = UnseenTurn(self.unseen, state["unseen"])
        if self.how.time_step is not None:
            psi, steps = self._fixed(psi, begin, end, self.how.time_step, unseen)
        else:
            psi, steps, dt = self._adaptive(psi, begin, end, dt)
        record = {"row": _row(self.checked(psi, end, self.how.time_step))}
        if self.how.keep == "all":
            record["psi"] = psi.copy()
        state = {
            "psi": psi,
            "dt": np.array(dt),
            "num_steps": np.array(num_steps + steps),
            "unseen": np.array(unseen.total),
        }
        return state, record

    def checked(self, psi: np.ndarray, t: float, dt: float | None) -> Diagnostics:
        """Diagnostics, or ValidityError."""
        found = diagnose(self.stepper, psi, t, self.first_norm)
        if self.first_norm is None:
            self.first_norm = found.norm
        self._trust(found, t, dt)
        return found

    def watched(self, psi: np.ndarray, t: float, dt: float | None) -> tuple[float, Motion]:
        """Time within which nothing passes the ends of the box unseen; or ValidityError."""
        found = watch(self.stepper, psi, t, self.first_norm)
        self._trust(found, t, dt)
        return np.inf if self.how.leak_tolerance is None else found.crossing, found.motion

    def _trust(self, found: Any, t: float, dt: float | None) -> None:
        step = None if dt is None else (dt, self.how.order)
        require_trust(found, self.system.grid, t, self.how.leak_tolerance, step)

    def _fixed(
        self, psi: np.ndarray, begin: float, end: float, longest: float, unseen: UnseenTurn
    ) -> tuple[np.ndarray, int]:
        crossing, motion = self.watched(psi, begin, longest)
        # Both ends together, neighbours on the torus, are crossed in twice that time.
        longest = min(longest, 2.0 * crossing)
        num_steps = max(1, int(np.ceil((end - begin) / longest * (1.0 - 1e-12))))
        dt, done, most = (end - begin) / num_steps, 0, STEPS_BETWEEN_CHECKS
        while done < num_steps:
            t = begin + done * dt
            if done:
                crossing, motion = self.watched(psi, t, dt)
                _require_seen(dt, crossing, t)
            count = min(max(1, int(crossing / dt) if crossing < most * dt else most), most)
            count = min(count, num_steps - done)
            unseen.count(psi, motion, t, dt, count)
            psi = self.stepper.advance(psi, t, dt, count)
            done += count
        return psi, num_steps

    def _adaptive(
        self, psi: np.ndarray, begin: float, end: float, dt: float
    ) -> tuple[np.ndarray, int, float]:
        order, span = self.how.order, float(np.ptp(self.times))
        t, num_steps, since_check, checked, longest = begin, 0, 0, begin, 2.0 * dt
        crossing, motion = self.watched(psi, begin, None)
        while end - t > 1e-12 * span:
            # Short steps before longer ones are those of a pulse: ψ may be faster after it.
            unsure = since_check and (t + dt > checked + crossing or dt > longest)
            if since_check >= STEPS_BETWEEN_CHECKS or unsure:
                crossing, motion = self.watched(psi, t, None)
                since_check, checked, longest = 0, t, 2.0 * dt
            dt = min(dt, 2.0 * crossing, self._longest_hop(motion))
            h = (end - t) / np.ceil((end - t) / dt * (1.0 - 1e-9))
            allowed = self.how.tolerance * h / span
            error, halves = self._tried(psi, motion, t, h, allowed)
            _require_reachable(error, h, span, t)
            if halves is not None and error <= allowed:
                psi, t, num_steps, since_check = halves, t + h, num_steps + 2, since_check + 2
            ratio = 0.9 * (allowed / max(error, 1e-300)) ** (1.0 / order)
            # A step shortened to end on time does not shorten those after it.
            dt = h * min(ratio, 3.0) if error > allowed else max(dt, h * min(ratio, 3.0))
            if error > 0.5 * allowed and error <= allowed:
                dt = h * ratio
        return psi, num_steps, dt

    def _longest_hop(self, motion: Motion) -> float:
        """In a longer step, and in its halves, ψ could pass a barrier between two kicks."""
        if not self.stepper.kicks:
            return np.inf
        return motion.hop * longest_turn(self.how.order) / np.pi

    def _tried(
        self, psi: np.ndarray, motion: Motion, t: float, h: float, allowed: float
    ) -> tuple[float, np.ndarray | None]:
        """Error of two steps of h/2, and ψ after them unless what they do not see is too much."""
        unseen = self.unseen.turns(psi, motion, t, 0.5 * h, 2) if self.unseen.moving else 0.0
        if unseen > allowed:
            return unseen, None
        whole = self.stepper.advance(psi.copy(), t, h, 1)
        halves = self.stepper.advance(psi.copy(), t, 0.5 * h, 2)
        whole -= halves
        error = float(np.linalg.norm(whole) / np.linalg.norm(psi)) / (2**self.how.order - 1)
        return max(error, unseen), halves


def _keep_plans(folder: Path, stepper: SplitStep) -> None:
    """The same plans of transforms, and so the same bits, when the run is resumed elsewhere."""
    file = folder / "plans.json"
    if file.is_file():
        use_plans(file.read_bytes())
    stepper.transforms.prepare()
    if not file.is_file():
        new = folder / ".plans.json.new"
        new.write_bytes(plans_of_fftw())
        os.replace(new, file)


def _require_reachable(error: float, h: float, span: float, t: float) -> None:
    if not np.isfinite(error):
        raise ValidityError(f"ψ is no longer finite at t = {t:g}.")
    if h < 1e-9 * span:
        raise ValidityError(
            f"The step fell to {h:.2g} at t = {t:g}: this precision does not reach `tolerance`, "
            f"or U jumps in time. Use a larger tolerance, float64, or a time_step."
        )


def _require_seen(dt: float, crossing: float, t: float) -> None:
    if dt > 2.0 * crossing * (1.0 + 1e-9):
        raise ValidityError(
            f"In a step of {dt:.3g} ψ could pass the ends of the box unseen at t = {t:g}. Use "
            f"time_step <= {2.0 * crossing:.3g}, or leak_tolerance=None in a box that is periodic "
            f"on purpose."
        )


def _rounding_of_a_step(run: _Run, psi0: np.ndarray, t: float) -> float:
    """Relative L2 difference of one step in float32 from the same step in float64."""
    dt = run.how.time_step or float(np.ptp(run.times)) / 100.0
    exact = SplitStep(run.system, run.how.order, np.complex128)
    reference = exact.advance(psi0.astype(np.complex128), t, dt, 1)
    single = run.stepper.advance(psi0.astype(np.complex64), t, dt, 1)
    reference -= single
    return float(np.linalg.norm(reference) / np.linalg.norm(psi0))


def _row(found: Diagnostics) -> np.ndarray:
    scalars = (found.norm, found.energy, found.edge, found.phase_per_cell)
    return np.array([*scalars, *found.momentum])


def _fingerprint(run: _Run, psi0: np.ndarray, times: np.ndarray) -> str:
    system, how = run.system, run.how
    absorption = np.zeros(0) if system.absorption is None else system.absorption
    numbers = (system.grid, system.hbar, system.coupling, system.contact)
    options = (how.time_step, how.tolerance, how.order, how.precision, how.keep)
    watching = (STATES, how.leak_tolerance, identity_in_time(system, times))
    kernel = "" if system.solver is None else repr(system.solver)
    arrays = (psi0, times, system.masses, absorption)
    return fingerprint_of(*arrays, *numbers, *options, *watching, kernel)
