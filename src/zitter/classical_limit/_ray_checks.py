"""What rays say about a solution on a grid: where the box ends, the energy, the mean."""

import jax
import numpy as np

from zitter.classical_limit.caustics import (
    CAUSTIC,
    TAIL_TOLERANCE,
    CausticSurvey,
    Sheet,
    caustic_survey,
)
from zitter.classical_limit.problem import LEAK_TOLERANCE, ClassicalProblem, label_lattice
from zitter.core.checks import ValidityError

LARGEST_DRIFT = 0.05


def surveyed(
    problem: ClassicalProblem,
    num_labels: int | None = None,
    num_steps: int | None = None,
    tail_tolerance: float = TAIL_TOLERANCE,
) -> tuple[CausticSurvey, Sheet]:
    """Survey and rays of a problem; rays that matter stay in the box. Raises: ValidityError."""
    lattice = label_lattice(problem, num_labels)
    arguments = (problem.state, problem.potential, lattice, problem.times, problem.masses)
    survey, sheet = caustic_survey(*arguments, num_steps=num_steps, tail_tolerance=tail_tolerance)
    _require_rays_in_box(problem, sheet)
    return survey, sheet


def _require_rays_in_box(problem: ClassicalProblem, sheet: Sheet) -> None:
    """At the times asked for, and at those between."""
    rho = np.asarray(sheet.rays.amplitude) ** 2
    share = ~np.asarray(problem.grid.contains(sheet.rays.x)) @ rho / np.sum(rho)
    for i in (*sheet.index, *range(len(share))):
        if share[i] > LEAK_TOLERANCE:
            raise ValidityError(
                f"Rays with a share {share[i]:.2g} of ρ have left the box at t = "
                f"{float(sheet.rays.times[i]):g} (allowed: {LEAK_TOLERANCE:g}). Use a larger box "
                "or an earlier last time."
            )


def ray_energy(problem: ClassicalProblem, sheet: Sheet) -> np.ndarray:
    """∫ρ(p²/2M + U)/∫ρ from the rays, (time,) [energy]."""
    return np.sum(_energies(problem, sheet), axis=0)


def _energies(problem: ClassicalProblem, sheet: Sheet) -> np.ndarray:
    """Mean kinetic and potential energy, (2, time)."""
    rho = np.asarray(sheet.rays.amplitude) ** 2
    U = jax.jit(jax.vmap(problem.potential, in_axes=(0, None)))
    found = []
    for i in sheet.index:
        kinetic = 0.5 * np.sum(np.asarray(sheet.rays.p[i]) ** 2 / problem.masses, axis=1)
        potential = np.asarray(U(sheet.rays.x[i], sheet.rays.times[i]))
        found.append([rho @ kinetic / np.sum(rho), rho @ potential / np.sum(rho)])
    return np.array(found).T


def require_agreement(
    problem: ClassicalProblem,
    sheet: Sheet,
    status: tuple[str, ...],
    density: np.ndarray,
    energy: np.ndarray,
) -> None:
    """Raise unless energy, mean and width of ρ on the grid are those of the rays, up to a caustic.

    Raises: ValidityError.
    """
    parts = _energies(problem, sheet)
    scale = np.max(parts[0]) + np.ptp(parts[1])
    rho = np.asarray(sheet.rays.amplitude) ** 2
    weight = rho / np.sum(rho)
    for k, (i, t) in enumerate(zip(sheet.index, problem.times, strict=True)):
        if status[k] == CAUSTIC:
            continue
        x, share = np.asarray(sheet.rays.x[i]), density[k].ravel() / np.sum(density[k])
        mean = weight @ x
        width = np.sqrt(weight @ (x - mean) ** 2)
        there = share @ problem.grid.points
        gap = np.max(np.abs(there - mean) / (width + problem.grid.spacing))
        wider = np.sqrt(share @ (problem.grid.points - there) ** 2) / width - 1.0
        swell = float(wider[np.argmax(np.abs(wider))])
        drift = abs(energy[k] - np.sum(parts[:, k]))
        # That of a packet at rest, which a difference of two terms on the grid makes 0.
        spread = np.sum(problem.hbar**2 / (8.0 * problem.masses * width**2))
        same = gap <= LARGEST_DRIFT and abs(swell) <= LARGEST_DRIFT
        if not (same and drift <= LARGEST_DRIFT * (scale + spread)):
            raise ValidityError(
                f"On the grid the energy is {energy[k]:.4g} at t = {t:g}, that of the rays "
                f"{np.sum(parts[:, k]):.4g}, the mean is {gap:.2g} widths from theirs, and the "
                f"width {swell:+.1%} off: the grid has lost the motion. Use a shorter time step, "
                "more points, or the method 'characteristics'."
            )
