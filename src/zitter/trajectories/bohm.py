"""De Broglie-Bohm paths dq/dt = (ħ/m) Im ∇ ln ψ, each with its own adaptive steps."""

import warnings
from bisect import bisect_right
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.trajectories._batched_dormand_prince import integrate_any
from zitter.trajectories._dormand_prince import Problem, integrate_packets
from zitter.trajectories._many_particle_velocity import new_matrices
from zitter.trajectories._packet_families import PacketFamily, packet_family
from zitter.trajectories._packet_velocity import PRODUCT, longest_steps, new_states
from zitter.trajectories._scales import require_scales_of_coordinates
from zitter.trajectories.quantiles import quantile_map, quantile_map_of_densities
from zitter.wavefunctions._threads import over_batch

__all__ = ["Paths", "bohm_paths", "order_violations", "quantile_map", "quantile_map_of_densities"]


class Paths(NamedTuple):
    """Paths of an ensemble."""

    Q: np.ndarray
    """configurations (time, batch, dof) [length]"""
    num_evaluations: np.ndarray
    """velocities evaluated, (batch,); of single particles where ψ is a product"""
    crossed: np.ndarray | None
    """(batch,): the path left its place in a 1D order that it must keep; None where none exists"""
    stalled: np.ndarray
    """(batch,): the step underflowed at a node, or no end was in sight after 200 000 velocities;
    the path stays where that happened"""


def bohm_paths(
    psi: Any,
    Q0: Any,
    times: Any,
    *,
    masses: Any,
    hbar: float = 1.0,
    rtol: float = 1e-7,
    atol: float = 1e-9,
) -> Paths:
    """De Broglie-Bohm paths dqᵢ/dt = vᵢ = (ħ/mᵢ) Im ∂ᵢ ln ψ.

    Superpositions of packets, products, determinants and permanents of them run compiled, path
    by path; anything else in batches. Dormand-Prince 5(4) with steps of its own for each path;
    in a product for each particle, which nobody else guides.

    Equation: (5), with (15), (17) in centre-of-mass coordinates

    Args:
        psi: LogPsi, or a structure with `derivatives`.
        Q0: configurations (batch, dof) at times[0] [length].
        times: increasing output times (time,) [time].
        masses: mass of each coordinate (dof,), or one for all [mass].
        hbar: [mass*length^2/time].
        rtol, atol: relative [1] and absolute [length] error of one step, each component.

    Returns:
        Paths. A path that stalls is flagged and a RuntimeWarning tells how many do.

    Raises:
        ValueError: shapes, times that do not increase, a start that is not finite, masses or an
            hbar that are not those of psi.
        ValidityError: ψ has a node (or underflows) at a start.

    Validity: one-dimensional one-particle paths keep their order; where `crossed` is set, the
        tolerance was too coarse for the fringes that the path met.
    """
    Q0, times = np.asarray(Q0, dtype=float), np.asarray(times, dtype=float)
    factors = _checked_factors(psi, Q0, times, masses, hbar)
    require_positive("rtol", rtol)
    require_positive("atol", atol)
    family = packet_family(psi)
    if family is None:
        Q, counts, stalled = integrate_any(psi, Q0, times, factors, rtol, atol)
    else:
        dof = family.num_particles * family.num_space
        require_shape("Q0", Q0, (None, dof), "(batch, num_particles * num_space)")
        Q, counts, stalled = _integrate_family(family, Q0, times, factors, rtol, atol)
    _report_stalls(Q, times, counts, stalled)
    Q = np.moveaxis(Q, 0, 1)
    return Paths(Q, counts, _crossings(family, Q, rtol, atol), stalled)


def order_violations(positions: Any, margin: float = 0.0) -> np.ndarray:
    """Flags of the fewest one-dimensional paths that must go for the others to keep their order.

    Args:
        positions: (time, batch) [length].
        margin: a path that is out of its place by less is not flagged [length].

    Returns:
        (batch,) bool.

    Raises:
        ValueError: `positions` is not (time, batch).
    """
    require_shape("positions", positions, (None, None), "(time, batch)")
    positions = np.asarray(positions, dtype=float)
    order = np.argsort(positions[0], kind="stable")
    flags = np.zeros(positions.shape[1], dtype=bool)
    for row in positions[1:]:
        ordered = row[order]
        if np.any(np.diff(ordered) < 0.0):
            flags[order] |= _out_of_place(ordered, margin)
    return flags


def _checked_factors(
    psi: Any, Q0: np.ndarray, times: np.ndarray, masses: Any, hbar: float
) -> np.ndarray:
    require_shape("Q0", Q0, (None, None), "(batch, dof)")
    if Q0.size == 0:
        raise ValueError("`Q0` must hold at least one configuration of at least one coordinate.")
    require_finite("Q0", Q0)
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    if times.size == 0 or np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must hold the start and increase from one entry to the next.")
    require_positive("masses", masses)
    require_positive("hbar", hbar)
    if np.ndim(masses):
        require_shape("masses", masses, (Q0.shape[1],), "(dof,)")
    require_scales_of_coordinates(psi, masses, hbar)
    return np.broadcast_to(hbar / np.asarray(masses, dtype=float), Q0.shape[1:]).copy()


def _integrate_family(
    family: PacketFamily,
    Q0: np.ndarray,
    times: np.ndarray,
    factors: np.ndarray,
    rtol: float,
    atol: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if family.kind != PRODUCT or family.num_particles == 1:
        return _integrate_lanes(family, np.zeros(len(Q0), int), Q0, times, factors, rtol, atol)
    # The particles of a product do not know of each other: each is a path of its own.
    N, D = family.num_particles, family.num_space
    per_particle = factors.reshape(N, D)
    if np.any(per_particle != per_particle[0]):
        raise ValueError("`masses` must be the same for all particles of a product of packets.")
    orbitals = np.tile(np.arange(N) if len(family.packets) > 1 else np.zeros(N, int), len(Q0))
    lanes = Q0.reshape(-1, D)
    Q, counts, stalled = _integrate_lanes(
        family, orbitals, lanes, times, per_particle[0], rtol, atol
    )
    Q = Q.reshape(len(Q0), N, len(times), D).transpose(0, 2, 1, 3).reshape(len(Q0), -1, N * D)
    return Q, counts.reshape(-1, N).sum(axis=1), stalled.reshape(-1, N).any(axis=1)


def _integrate_lanes(
    family: PacketFamily,
    orbitals: np.ndarray,
    Q0: np.ndarray,
    times: np.ndarray,
    factors: np.ndarray,
    rtol: float,
    atol: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    longest = longest_steps(family.packets, together=family.kind != PRODUCT)
    problem = Problem(family.kind, family.packets, longest, factors, rtol, atol)
    Q = np.empty((len(Q0), len(times), Q0.shape[1]))
    counts, stalled = np.zeros(len(Q0), dtype=int), np.zeros(len(Q0), dtype=bool)

    # A product is integrated particle by particle and needs no matrices of all of them.
    num_together = 1 if family.kind == PRODUCT else family.num_particles

    def kernel(*lanes: np.ndarray) -> None:
        states = new_states(family.packets)
        matrices = new_matrices(num_together, family.num_space)
        integrate_packets(problem, times, states, matrices, *lanes)

    over_batch(kernel, orbitals, np.ascontiguousarray(Q0), Q, counts, stalled, steps=1e5)
    return Q, counts, stalled


def _report_stalls(
    Q: np.ndarray, times: np.ndarray, counts: np.ndarray, stalled: np.ndarray
) -> None:
    if not stalled.any():
        return
    at_start = stalled & np.all(Q[:, :1] == Q, axis=(1, 2))
    if at_start.any():
        raise ValidityError(
            f"ψ vanishes, to round-off, at {int(at_start.sum())} of the {len(Q)} starts (first: "
            f"path {int(np.argmax(at_start))}) at t = {times[0]:g}: there is no velocity at a "
            "node. Draw the starts from |ψ|²."
        )
    warnings.warn(
        f"{int(stalled.sum())} of {len(Q)} paths ran into a node, where their step underflowed, "
        "or into round-off; they stay there, see `stalled`.",
        RuntimeWarning,
        stacklevel=3,
    )


def _crossings(
    family: PacketFamily | None, Q: np.ndarray, rtol: float, atol: float
) -> np.ndarray | None:
    """Flags for paths of one particle on a line, and for particles in orbitals of their own."""
    num_times, batch, dof = Q.shape
    margin = atol + rtol * float(np.max(np.abs(Q)))
    if dof == 1:
        return order_violations(Q[..., 0], margin)
    if family is None or family.kind != PRODUCT or family.num_space != 1:
        return None
    if len(family.packets) == 1:
        flags = order_violations(Q.reshape(num_times, -1), margin)
        return flags.reshape(batch, dof).any(axis=1)
    flags = np.stack([order_violations(Q[:, :, j], margin) for j in range(dof)])
    return flags.any(axis=0)


def _out_of_place(ordered: np.ndarray, margin: float) -> np.ndarray:
    kept = _longest_rise(ordered)
    below = np.maximum.accumulate(np.where(kept, ordered, -np.inf))
    above = np.minimum.accumulate(np.where(kept, ordered, np.inf)[::-1])[::-1]
    return ~kept & (np.maximum(below - ordered, ordered - above) > margin)


def _longest_rise(values: np.ndarray) -> np.ndarray:
    """Membership in a longest non-decreasing subsequence (patience sorting)."""
    tops: list[float] = []
    top_index: list[int] = []
    previous = np.full(len(values), -1)
    for i, value in enumerate(values):
        place = bisect_right(tops, value)
        previous[i] = top_index[place - 1] if place else -1
        tops[place : place + 1] = [value]
        top_index[place : place + 1] = [i]
    kept = np.zeros(len(values), dtype=bool)
    i = top_index[-1]
    while i >= 0:
        kept[i] = True
        i = previous[i]
    return kept
