"""What tells whether a ψ on a grid is to be trusted: norm, momentum, energy, edges, resolution."""

from typing import NamedTuple

import numpy as np

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.wavefunctions._in_time import Motion
from zitter.wavefunctions.split_step import SCHEMES, SplitStep

# A packet is resolved when next to nothing lies beyond this phase per cell (π is the limit).
LARGEST_PHASE_PER_CELL = 2.5
UNRESOLVED_SHARE = 1e-6
# A Gaussian of width σ has occupied wavenumbers within 2.4/σ: it moves by about 4σ in a hop.
WIDTHS_PER_HOP = 10.0


class Diagnostics(NamedTuple):
    """Measures of ψ at one time."""

    norm: float
    """∫|ψ|² [1]"""
    momentum: np.ndarray
    """⟨p⟩ per axis, (dof,) [mass*length/time]"""
    energy: float
    """⟨T + U⟩ + half of the mean self-energy [energy]"""
    edge: float
    """Largest share of |ψ|² in the outermost 1/16 of the box at either end of an axis [1]"""
    leak: float
    """The same for axes whose ends do not absorb; of the first norm if others do [1]"""
    phase_per_cell: float
    """k h below which all but 1e-6 of the momentum distribution lies [1]"""
    turning_rate: float
    """Fastest occupied kinetic phase, Σ ħk²/(2m a²) [1/time]"""
    crossing: float
    """Time in which the fastest occupied momentum crosses the 1/16 at an end that does not
    absorb [time]"""
    motion: Motion


class Watch(NamedTuple):
    """Those measures that need no potential."""

    norm: float
    edge: float
    leak: float
    phase_per_cell: float
    turning_rate: float
    crossing: float
    motion: Motion


def diagnose(
    stepper: SplitStep, psi: np.ndarray, t: float, first_norm: float | None = None
) -> Diagnostics:
    """Diagnostics of ψ (*num) at the time t; what has been absorbed counts as resolved."""
    system, spectra = stepper.system, stepper.spectra(psi)
    found = _watch(stepper, psi, spectra, t, first_norm)
    a = _scale(stepper, t)
    kinetic, momentum = 0.0, []
    parts = zip(system.grid.wavenumbers, spectra, system.masses, strict=True)
    for k, weight, mass in parts:
        kinetic += float(weight @ (system.hbar**2 * k**2 / (2.0 * mass * a**2)))
        momentum.append(system.hbar * float(weight @ k))
    sums = found.norm / system.grid.cell_volume
    return Diagnostics(
        norm=found.norm,
        momentum=np.array(momentum),
        energy=kinetic + stepper.potential_sum(psi, t) / sums,
        edge=found.edge,
        leak=found.leak,
        phase_per_cell=found.phase_per_cell,
        turning_rate=found.turning_rate,
        crossing=found.crossing,
        motion=found.motion,
    )


def watch(stepper: SplitStep, psi: np.ndarray, t: float, first_norm: float | None) -> Watch:
    """As `diagnose`, without the energy: at the price of one transform."""
    return _watch(stepper, psi, stepper.spectra(psi), t, first_norm)


def _watch(
    stepper: SplitStep,
    psi: np.ndarray,
    spectra: list[np.ndarray],
    t: float,
    first_norm: float | None,
) -> Watch:
    system, grid = stepper.system, stepper.system.grid
    profiles, a = stepper.profiles(psi), _scale(stepper, t)
    norm = float(np.sum(profiles[0])) * grid.cell_volume
    left = 1.0 if first_norm is None else min(1.0, norm / first_norm)
    turning, phase, crossing, leak, hop = 0.0, 0.0, np.inf, 0.0, np.inf
    edges = [_edge_share(profile / np.sum(profile)) for profile in profiles]
    for axis, (k, weight) in enumerate(zip(grid.wavenumbers, spectra, strict=True)):
        largest = _upper_quantile(np.abs(k), left * weight)
        phase = max(phase, largest * grid.spacing[axis])
        turning += system.hbar * largest**2 / (2.0 * system.masses[axis] * a**2)
        speed = system.hbar * largest / (system.masses[axis] * a**2)
        rate = _half_range(k, left * weight) * speed
        hop = min(hop, WIDTHS_PER_HOP / rate) if rate > 0.0 else hop
        if stepper.absorbs(axis, weight, a):
            continue
        leak = max(leak, edges[axis] * (left if stepper.layered else 1.0))
        if speed > 0.0:
            crossing = min(crossing, _margin(grid.num[axis]) * grid.spacing[axis] / speed)
    spreading = _spreading(stepper, profiles, spectra, a)
    motion = Motion(spreading, system.hbar * turning * a**2, hop)
    return Watch(norm, max(edges), leak, phase, turning, crossing, motion)


def _spreading(
    stepper: SplitStep, profiles: list[np.ndarray], spectra: list[np.ndarray], a: float
) -> float:
    system, grid = stepper.system, stepper.system.grid
    fastest = 0.0
    for axis, (k, weight) in enumerate(zip(grid.wavenumbers, spectra, strict=True)):
        width = _deviation(grid.axes[axis], profiles[axis]) + grid.spacing[axis]
        speed = system.hbar * _deviation(k, weight) / (system.masses[axis] * a**2)
        fastest = max(fastest, speed / width)
    return fastest


def _deviation(values: np.ndarray, weight: np.ndarray) -> float:
    """Standard deviation under a weight."""
    share = weight / np.sum(weight)
    return float(np.sqrt(share @ (values - share @ values) ** 2))


def _scale(stepper: SplitStep, t: float) -> float:
    a = stepper.system.scale_factor
    return 1.0 if a is None else float(a(t))


def require_trust(
    found: Diagnostics | Watch,
    grid: Grid,
    t: float,
    leak: float | None,
    step: tuple[float, int] | None,
) -> None:
    """Raise unless ψ is resolved, inside of the box, and the step (dt, order) short enough."""
    if not found.norm > 0.0 or not np.isfinite(found.norm):
        raise ValueError(
            f"`psi0` must have a positive norm, but it is {found.norm:g} at t = {t:g}."
        )
    if found.phase_per_cell > LARGEST_PHASE_PER_CELL:
        raise ValidityError(
            f"The phase changes by {found.phase_per_cell:.2f} rad per cell at t = {t:g}: the grid "
            f"does not resolve this ψ. Use more points than {grid.num} or a smaller box."
        )
    if leak is not None and found.leak > leak:
        raise ValidityError(
            f"A share {found.leak:.2g} of |ψ|² is at the ends of the box at t = {t:g} "
            f"(allowed: {leak:.2g}). Use a larger box or an earlier last time."
        )
    if step is not None and found.turning_rate * step[0] > longest_turn(step[1]):
        turn = found.turning_rate * step[0] * np.pi / longest_turn(step[1])
        raise ValidityError(
            f"The kinetic phase changes by {turn:.2f} rad per drift at t = {t:g}. "
            f"Use time_step <= {longest_turn(step[1]) / found.turning_rate:.3g}."
        )


def longest_turn(order: int) -> float:
    """Phase of a whole step at which one of its drifts turns by π."""
    return np.pi / max(np.abs(SCHEMES[order][1]))


def _edge_share(profile: np.ndarray) -> float:
    margin = _margin(len(profile))
    return float(np.sum(profile[:margin]) + np.sum(profile[-margin:]))


def _margin(num: int) -> int:
    return max(1, num // 16)


def _half_range(k: np.ndarray, weight: np.ndarray) -> float:
    """Half of the range of k outside of which 1e-6 lies on either side."""
    order = np.argsort(k, kind="stable")
    k, weight = k[order], weight[order]
    low, high = np.cumsum(weight), np.cumsum(weight[::-1])[::-1]
    held = (low > UNRESOLVED_SHARE) & (high > UNRESOLVED_SHARE)
    return 0.5 * float(np.ptp(k[held])) if np.any(held) else 0.0


def _upper_quantile(k: np.ndarray, weight: np.ndarray) -> float:
    order = np.argsort(k, kind="stable")
    beyond = np.cumsum(weight[order][::-1])[::-1]
    return float(np.max(np.where(beyond > UNRESOLVED_SHARE, k[order], 0.0)))
