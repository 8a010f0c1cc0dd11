"""A probe mass beside a body in a cat state: forces and deflections under each theory of gravity.

The body (mass M) moves along a line, in a superposition of packets at ±a; the probe (mass m) moves
along a parallel line at distance b and starts midway between the packets. Along the lines,
V(X, x) = -G M m/√((X - x)² + b²), Newton's law in three dimensions. Four theories:

                            source |ψ|²                     source: the actual position
    Schroedinger equation   mean_field_evolution            exact_evolution, guiding_psi
    classical equation (72) classical_mean_field_paths      actual_source_paths

The upper row is in `probe_quantum`, the exact ones with the pair potential in (37); the lower
right one is the paper's (100).
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_kind,
    require_positive,
    require_shape,
)

LARGEST_MISS, LARGEST_PASSAGE = 1e-2, 1.0


class ProbeExperiment(NamedTuple):
    """A body in a superposition of two packets at ±a at rest, and a probe midway, at distance b."""

    source_mass: float
    """M [mass]"""
    probe_mass: float
    """m [mass]"""
    half_separation: float
    """a [length]"""
    distance: float
    """b, of the line of the probe from that of the source [length]"""
    source_width: float
    """σ of |ψ|² in each packet [length]"""
    probe_width: float
    """s of the probe's |ψ|² [length]"""
    weight: float = 0.5
    """probability of the packet at +a [1]"""
    gravitational_constant: float = 1.0
    """G [length^3/mass/time^2]"""
    hbar: float = 1.0
    """[mass*length^2/time]"""

    @property
    def masses(self) -> np.ndarray:
        """(M, m) [mass]."""
        return np.array([self.source_mass, self.probe_mass])


def probe_force(
    x: Any,
    sources: Any,
    weights: Any,
    *,
    source_mass: float,
    probe_mass: float,
    gravitational_constant: float = 1.0,
) -> np.ndarray:
    """Force on a probe at x from a source, F = -G M m Σ_k w_k (x - X_k)/|x - X_k|³.

    One X with weight 1, the actual position, is the source of (100); all of |ψ|² with their
    probabilities as weights are the mean-field source.

    Equation: -∂/∂x of the full pair energy of (100), without its factor 1/2, which avoids double
        counting in a sum over both bodies

    Args:
        x: positions of the probe (batch, D) [length].
        sources: X_k (num, D) [length].
        weights: w_k (num,) [1].
        source_mass, probe_mass: M, m [mass].
        gravitational_constant: G [length^3/mass/time^2].

    Returns:
        (batch, D) [force].

    Raises:
        ValueError: wrong shapes, masses that are not positive, or a probe on a source.
    """
    require_shape("x", x, (None, None), "(batch, D)")
    require_shape("sources", sources, (None, np.shape(x)[1]), "(num, D)")
    require_shape("weights", weights, np.shape(sources)[:1], "(num,)")
    require_positive("source_mass", source_mass)
    require_positive("probe_mass", probe_mass)
    require_positive("gravitational_constant", gravitational_constant)
    require_finite("weights", weights)
    separation = np.asarray(x, float)[:, None, :] - np.asarray(sources, float)
    square = np.sum(separation**2, axis=-1)
    require_positive("squared distances of probe and sources", square)
    share = np.asarray(weights, float) / square**1.5
    strength = gravitational_constant * source_mass * probe_mass
    return -strength * np.sum(share[..., None] * separation, axis=1)


def macroscopic(experiment: ProbeExperiment, num_constituents: int) -> ProbeExperiment:
    """The same experiment with bodies of N constituents each: N M, N m, widths by 1/√N, G/N.

    Classical paths stay the same; ħ counts less and less, as in the paper's large-N limit, where
    the width of a centre of mass goes as (51).

    Args:
        experiment: ProbeExperiment with bodies of one constituent.
        num_constituents: N.

    Returns:
        ProbeExperiment.
    """
    e = checked_experiment(experiment)
    require_count("num_constituents", num_constituents)
    return e._replace(
        source_mass=e.source_mass * num_constituents,
        probe_mass=e.probe_mass * num_constituents,
        source_width=e.source_width / np.sqrt(num_constituents),
        probe_width=e.probe_width / np.sqrt(num_constituents),
        gravitational_constant=e.gravitational_constant / num_constituents,
    )


def draw_start(experiment: ProbeExperiment, num: int, rng: np.random.Generator) -> np.ndarray:
    """Positions (X, x) at t = 0 drawn from |ψ|², (num, 2) [length].

    Args:
        experiment: ProbeExperiment.
        num: number of draws.
        rng: source of randomness.
    """
    require_count("num", num)
    require_kind("rng", rng, np.random.Generator)
    return _start(checked_experiment(experiment), *rng.random((2, num)))


def even_start(experiment: ProbeExperiment, num_source: int, num_probe: int) -> np.ndarray:
    """Positions (X, x) at t = 0 that share |ψ|² evenly, the grid of its mid-quantiles.

    Args:
        experiment: ProbeExperiment.
        num_source, num_probe: positions of the source and of the probe.

    Returns:
        (num_source * num_probe, 2) [length].
    """
    require_count("num_source", num_source)
    require_count("num_probe", num_probe)
    levels = [(np.arange(num) + 0.5) / num for num in (num_source, num_probe)]
    pairs = np.meshgrid(*levels, indexing="ij")
    return _start(checked_experiment(experiment), *(level.ravel() for level in pairs))


def actual_source_paths(
    experiment: ProbeExperiment, Q0: Any, times: Any, *, num_steps: int = 200
) -> np.ndarray:
    """Paths of (X, x) with the source at its actual position: Newton's law for the pair.

    Equation: characteristics of (72) for two bodies, each in the potential (100) of the other's
        actual position, with the full force and not half of it

    Args:
        experiment: ProbeExperiment.
        Q0: starts (batch, 2), at rest as S = 0 wants it [length].
        times: (time,) [time].
        num_steps: of 4th order, in all.

    Returns:
        (time, batch, 2) [length].

    Raises:
        ValueError: wrong shapes, or times that do not increase.
        ValidityError: steps too long for an encounter, or half of them leads elsewhere.
    """
    e = checked_experiment(experiment)

    def accelerations(Q: np.ndarray) -> np.ndarray:
        pull = _pull(e, Q[:, 1] - Q[:, 0])
        return np.stack([-pull, pull], axis=1) / e.masses

    def passage(Q: np.ndarray, v: np.ndarray) -> float:
        return _passage(e, np.diff(Q)[:, 0], np.diff(v)[:, 0])

    return _resolved_paths(accelerations, passage, Q0, times, num_steps)


def classical_mean_field_paths(
    experiment: ProbeExperiment, Q0: Any, times: Any, *, num_steps: int = 200
) -> np.ndarray:
    """Paths of (X, x) under (72), where each body feels the mean field |ψ_cl|² of the other.

    Equation: characteristics of (72), with the source of (100) spread over |ψ_cl|²

    Arguments as for actual_source_paths; the ensemble itself is |ψ_cl|², so that its size limits
    the accuracy. Returns as for actual_source_paths.
    """
    e = checked_experiment(experiment)

    def accelerations(Q: np.ndarray) -> np.ndarray:
        pull = _pull(e, Q[None, :, 1] - Q[:, None, 0])
        return np.stack([-pull.mean(axis=1), pull.mean(axis=0)], axis=1) / e.masses

    def passage(Q: np.ndarray, v: np.ndarray) -> float:
        return _passage(e, Q[:, 1] - Q[:, :1], v[:, 1] - v[:, :1])

    return _resolved_paths(accelerations, passage, Q0, times, num_steps)


def _start(e: ProbeExperiment, source_level: np.ndarray, probe_level: np.ndarray) -> np.ndarray:
    """Positions at these levels of the distribution functions; the packets do not overlap."""
    left = 1.0 - e.weight
    right_side = source_level >= left
    share = np.where(right_side, e.weight, left)
    within = (source_level - np.where(right_side, left, 0.0)) / share
    centre = np.where(right_side, e.half_separation, -e.half_separation)
    X = centre + e.source_width * ndtri(within)
    return np.stack([X, e.probe_width * ndtri(probe_level)], axis=-1)


def _passage(e: ProbeExperiment, separation: np.ndarray, speed: np.ndarray) -> float:
    """Largest rate at which a pair passes by, its speed by its distance [1/time]."""
    return float(np.max(np.abs(speed) / np.hypot(separation, e.distance)))


def _resolved_paths(
    accelerations: Any, passage: Any, Q0: Any, times: Any, num_steps: int
) -> np.ndarray:
    """Paths in `num_steps`, if twice as many lead to the same places."""
    times = checked_times(times)
    require_shape("Q0", Q0, (None, 2), "(batch, 2)")
    require_finite("Q0", Q0)
    if len(Q0) == 0:
        raise ValueError("`Q0` must hold at least one start, but is empty.")
    require_count("num_steps", num_steps)
    Q = np.array(Q0, dtype=float)
    paths = _classical_paths(accelerations, passage, Q, times, num_steps)
    finer = _classical_paths(accelerations, passage, Q, times, 2 * num_steps)
    gap = float(np.max(np.abs(paths - finer)))
    way = float(np.max(np.abs(finer - Q)))
    if not gap <= LARGEST_MISS * way:
        raise ValidityError(
            f"Half the step moves the ends of the paths by {gap / way:.2g} of their length "
            f"(allowed: {LARGEST_MISS:g}). Use more than {num_steps} steps."
        )
    return paths


def _classical_paths(
    accelerations: Any, passage: Any, Q0: np.ndarray, times: np.ndarray, num_steps: int
) -> np.ndarray:
    """Yoshida's scheme of 4th order from rest, in which no pair passes by within a step."""
    Q = Q0.copy()
    v, frames = np.zeros_like(Q), [Q.copy()]
    w = 1.0 / (2.0 - 2.0 ** (1.0 / 3.0))
    for span in np.diff(times):
        count = max(1, int(np.ceil(num_steps * span / (times[-1] - times[0]) - 1e-9)))
        for share in [w, 1.0 - 2.0 * w, w] * count:
            dt = share * span / count
            Q += 0.5 * dt * v
            v += dt * accelerations(Q)
            rate = abs(dt) * passage(Q, v)
            if not rate <= LARGEST_PASSAGE:
                raise ValidityError(
                    f"A pair moves by {rate:.2g} of its distance in one step (allowed: "
                    f"{LARGEST_PASSAGE:g}). Use more than {num_steps} steps."
                )
            Q += 0.5 * dt * v
        frames.append(Q.copy())
    return np.stack(frames)


def _pull(e: ProbeExperiment, separation: np.ndarray) -> np.ndarray:
    """Force on the probe along its line at x - X = separation."""
    strength = e.gravitational_constant * e.source_mass * e.probe_mass
    return -strength * separation / (separation**2 + e.distance**2) ** 1.5


def checked_times(times: Any) -> np.ndarray:
    """Increasing times as an array. Raises: ValueError."""
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    times = np.asarray(times, dtype=float)
    if len(times) < 2 or np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must hold the start and increase from one entry to the next.")
    return times


def checked_experiment(e: ProbeExperiment) -> ProbeExperiment:
    """The experiment, if it makes sense. Raises: ValueError; ValidityError: packets overlap."""
    if not isinstance(e, ProbeExperiment):
        raise ValueError(f"`experiment` must be a ProbeExperiment, but is a {type(e).__name__}.")
    for name in e._fields:
        require_positive(name, getattr(e, name))
    if not e.weight < 1.0:
        raise ValueError(f"`weight` must lie between 0 and 1, but is {e.weight:g}.")
    if e.half_separation < 4.0 * e.source_width:
        raise ValidityError(
            f"The packets at ±{e.half_separation:g} overlap: they must be narrower than a quarter "
            f"of that, but `source_width` is {e.source_width:g}."
        )
    return e
