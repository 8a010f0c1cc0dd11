"""Many realisations of K bodies and of test particles in a given mean field, in the same steps.

A step is a drift of half its length, a kick by the forces there, and the other half of the drift:
the step of the Vlasov grid. What the bodies and the test particles have in common, also its error
in the step, cancels in their distance. All arrays begin with the realisations, (R, K) on a line and
(R, K, 3) in space; accelerations are those of unit masses.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.mean_field.carried import KickHistory, field_at

Acceleration = Callable[[int, np.ndarray], np.ndarray]
"""(number of the step, X) -> accelerations like X"""
STARTS = ("random", "quiet")
# Rounding of a step that divides a span of output times, in units of it.
SAME_STEP = 1e-9


def uniform_points(
    start: str, num_realisations: int, num_bodies: int, num_axes: int, seed: int
) -> np.ndarray:
    """Points of the unit cube for random or quiet starts, independent from one to the next.

    Args:
        start: "random", independent points, or "quiet", scrambled Sobol points.
        num_realisations: R.
        num_bodies: K; a power of 2 for quiet starts.
        num_axes: d.
        seed: of all realisations.

    Returns:
        (R, K, d) within (0, 1) [1].

    Raises:
        ValueError: another start; K no power of 2 for quiet ones.
    """
    require_choice("start", start, STARTS)
    require_count("num_realisations", num_realisations)
    require_count("num_bodies", num_bodies)
    if start == "random":
        return np.random.default_rng(seed).random((num_realisations, num_bodies, num_axes))
    if num_bodies & (num_bodies - 1):
        raise ValueError(
            f"`num_bodies` must be a power of 2 for Sobol points, but is {num_bodies}."
        )
    power = num_bodies.bit_length() - 1
    seeds = np.random.SeedSequence(seed).spawn(num_realisations)
    cubes = [qmc.Sobol(num_axes, rng=np.random.default_rng(s)).random_base2(power) for s in seeds]
    # Scrambled points may fall on the lower edge, where quantiles are infinite.
    return np.clip(np.array(cubes), 2.0**-54, None)


def gaussian_starts(
    start: str, num_realisations: int, num_bodies: int, seed: int, *, width: float, spread: float
) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities of bodies on a line with Gaussian f₀, N(0, σ²) × N(0, s²).

    Args:
        start, num_realisations, num_bodies, seed: as for uniform_points.
        width: σ [length].
        spread: s [length/time].

    Returns:
        X (R, K) [length], V (R, K) [length/time].

    Raises:
        ValueError: as for uniform_points; a width that is not positive.
    """
    require_positive("width", width)
    require_positive("spread", spread)
    normal = ndtri(uniform_points(start, num_realisations, num_bodies, 2, seed))
    return width * normal[..., 0], spread * normal[..., 1]


def sheet_accelerations(X: np.ndarray, coupling: float, period: float = 0.0) -> np.ndarray:
    """Accelerations of K equal sheets by each other, 2πGM (on the right - on the left)/K.

    Args:
        X: positions (R, K), no two equal [length].
        coupling: GM, negative for repulsion [length/time^2].
        period: L of a ring with a uniform background, 0 on an open line [length].

    Returns:
        (R, K) [length/time^2].
    """
    K = X.shape[-1]
    if period:
        X = X - period * np.floor(X / period)
    steps = 2.0 * np.pi * coupling / K * (K - 1.0 - 2.0 * np.arange(K))
    A = np.empty_like(X)
    np.put_along_axis(A, np.argsort(X, axis=-1), np.broadcast_to(steps, X.shape), axis=-1)
    if period:
        A += 4.0 * np.pi * coupling / period * (X - X.mean(axis=-1, keepdims=True))
    return A


def cosine_accelerations(X: np.ndarray, coupling: float, wavenumber: float) -> np.ndarray:
    """Accelerations of K equal bodies by each other with the smooth pair energy -M²w cos(kx)/K.

    Args:
        X: positions (R, K) [length].
        coupling: Mw, negative for repulsion [length^2/time^2].
        wavenumber: k [1/length].

    Returns:
        (R, K) [length/time^2].
    """
    cosine, sine = np.cos(wavenumber * X), np.sin(wavenumber * X)
    C, S = (np.mean(part, axis=-1, keepdims=True) for part in (cosine, sine))
    return coupling * wavenumber * (S * cosine - C * sine)


class Batch(NamedTuple):
    """Paths of many realisations at the recorded steps."""

    X: np.ndarray
    """(record, ..) [length]"""
    V: np.ndarray
    """(record, ..) [length/time]"""


def batch_paths(
    acceleration: Acceleration, X0: Any, V0: Any, time_step: float, record: Sequence[int]
) -> Batch:
    """Paths under accelerations that are asked for between two half drifts.

    Args:
        acceleration: (number of the step, X) -> like X [length/time^2].
        X0: positions (..) [length].
        V0: velocities, like X0 [length/time].
        time_step: h [time].
        record: numbers of steps after which to record, rising from 0 or more.

    Returns:
        Batch.

    Raises:
        ValueError: shapes; `record` does not rise; FieldOfKicks of other steps than these.
        ValidityError: a path is no longer finite.
    """
    require_positive("time_step", time_step)
    require_shape("V0", V0, np.shape(X0))
    for name, array in (("X0", X0), ("V0", V0)):
        require_finite(name, array)
    if isinstance(acceleration, FieldOfKicks):
        acceleration.require_steps(time_step)
    record = [int(n) for n in record]
    if not record or record[0] < 0 or np.any(np.diff(record) <= 0):
        raise ValueError("`record` must be numbers of steps that rise from 0 or more.")
    X, V = np.array(X0, dtype=float), np.array(V0, dtype=float)
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for n in range(record[-1] + 1):
        if n in record:
            kept.append((X.copy(), V.copy()))
        if n < record[-1]:
            X += 0.5 * time_step * V
            V += time_step * acceleration(n, X)
            X += 0.5 * time_step * V
    if not (np.all(np.isfinite(X)) and np.all(np.isfinite(V))):
        raise ValidityError("A path is no longer finite. Use a shorter step, or a softening.")
    return Batch(*(np.array(part) for part in zip(*kept, strict=True)))


class FieldOfKicks(NamedTuple):
    """Acceleration of the first species by the field of a Vlasov solution of second order."""

    kicks: KickHistory
    """of a solution made with keep_kicks=True, its steps those of the batch"""

    def __call__(self, n: int, X: np.ndarray) -> np.ndarray:
        """Accelerations at X (..) in step n [length/time^2]."""
        for fields in self.kicks.fields:
            if n < len(fields):
                places = np.ascontiguousarray(X).reshape(-1, 1)
                found = field_at(fields[n, 0], self.kicks.space, self.kicks.boundary, places)
                return found.reshape(X.shape)
            n -= len(fields)
        raise ValueError(f"`kicks` end {n + 1} steps before the batch.")

    def require_steps(self, time_step: float) -> None:
        """Raise unless the kicks are those of a leapfrog of such steps. Raises: ValueError."""
        kicks, h = self.kicks, time_step
        if kicks is None or kicks.space.num_axes != 1:
            raise ValueError("`kicks` must be those of a solution on a line with keep_kicks=True.")
        for before, weights, last in zip(kicks.before, kicks.weights, kicks.last, strict=True):
            drifts = np.append(before, last)
            leapfrog = np.full(len(drifts), h)
            leapfrog[[0, -1]] = 0.5 * h
            off = max(np.abs(drifts - leapfrog).max(), np.abs(weights - h).max())
            if not off <= SAME_STEP * h:
                raise ValueError(
                    f"`kicks` must be those of steps of second order of {h:.6g}, those of the "
                    f"batch, but differ from them by {off:.3g}."
                )


class CosineHistory(NamedTuple):
    """Acceleration by the mean field of the cosine kernel at each step."""

    pulls: np.ndarray
    """⟨e^(ikx)⟩ after the first half of each drift (step,) [1]"""
    coupling: float
    """Mw [length^2/time^2]"""
    wavenumber: float
    """k [1/length]"""

    def __call__(self, n: int, X: np.ndarray) -> np.ndarray:
        """Accelerations at X (..) in step n [length/time^2]."""
        z, kx = self.pulls[n], self.wavenumber * X
        pull = z.imag * np.cos(kx) - z.real * np.sin(kx)
        return self.coupling * self.wavenumber * pull


def cosine_mean_field(
    *,
    coupling: float,
    wavenumber: float,
    width: float,
    spread: float,
    time_step: float,
    num_steps: int,
    num_nodes: int = 192,
) -> CosineHistory:
    """Mean field of the cosine kernel from Gaussian f₀, by its characteristics.

    A lattice of num_nodes² points with the weights of f₀, out to 8σ, moves in its own field: the
    rectangle rule for ∫e^(ikx) f dx dp, which converges spectrally as long as the flow of phase
    space is resolved by the lattice.

    Args:
        coupling: Mw [length^2/time^2].
        wavenumber: k [1/length].
        width: σ of f₀ in x [length].
        spread: s of f₀ in v [length/time].
        time_step: h [time].
        num_steps: steps.
        num_nodes: points per axis.

    Returns:
        CosineHistory.

    Raises:
        ValueError: a value is not positive, fewer than 16 nodes.
        ValidityError: three quarters of the nodes per axis give another field.
    """
    for name, value in (("wavenumber", wavenumber), ("width", width), ("spread", spread),
                        ("time_step", time_step)):  # fmt: skip
        require_positive(name, value)
    require_count("num_steps", num_steps)
    require_count("num_nodes", num_nodes, 16)
    pulls = [
        _characteristic_pulls(n, coupling, wavenumber, width, spread, time_step, num_steps)
        for n in (num_nodes, 3 * num_nodes // 4)
    ]
    change = float(np.max(np.abs(pulls[0] - pulls[1])))
    if change > 1e-6:
        raise ValidityError(
            f"{num_nodes} nodes per axis do not resolve the flow until the last step: three "
            f"quarters of them change ⟨e^(ikx)⟩ by {change:.1g}. Use more, or fewer steps."
        )
    return CosineHistory(pulls[0], float(coupling), float(wavenumber))


def _characteristic_pulls(nodes, coupling, k, width, spread, h, num_steps) -> np.ndarray:
    u = 16.0 * (np.arange(nodes) + 0.5) / nodes - 8.0
    weight = np.exp(-0.5 * u**2)
    weight /= weight.sum()
    X, V = np.repeat(width * u, nodes), np.tile(spread * u, nodes)
    w = np.outer(weight, weight).ravel()
    keep = w > 1e-18
    X, V, w = X[keep], V[keep], w[keep]
    pulls = np.empty(num_steps, dtype=complex)
    for n in range(num_steps):
        X += 0.5 * h * V
        turn = np.exp(1j * k * X)
        pulls[n] = w @ turn
        V += h * coupling * k * np.imag(pulls[n] * np.conj(turn))
        X += 0.5 * h * V
    return pulls
