"""The empirical measure of K bodies in phase space and its distances to the mean field.

Four distances, all with points in units of a length and a momentum that the caller names. The
coupling distance needs no transport: the same initial points go once with the bodies and once with
the mean field. It falls as K^-1/2 for random starts in any dimension, and bounds the Wasserstein
distance of the two clouds. The exact Wasserstein distance to the mean field itself is limited by
how well K points can fill phase space: √(ln K/K) for random points in two dimensions, K^(-1/d)
above, and no start is better than K^(-1/d). Sliced distances do not know this limit.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import qmc
from scipy.stats.distributions import norm

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)

MOST_PAIRED = 4096


def phase_points(X: Any, P: Any, length: float, momentum: float) -> np.ndarray:
    """Places of bodies in phase space, (x/ℓ, p/℘), as points without units.

    Args:
        X: positions (.., K, D) [length].
        P: momenta, like X [momentum].
        length: ℓ [length].
        momentum: ℘ [momentum].

    Returns:
        (.., K, 2D) [1].

    Raises:
        ValueError: shapes; a scale that is not positive.
    """
    require_positive("length", length)
    require_positive("momentum", momentum)
    require_shape("P", P, np.shape(X))
    for name, array in (("X", X), ("P", P)):
        require_finite(name, array)
    x, p = np.asarray(X, float) / length, np.asarray(P, float) / momentum
    return np.concatenate([x, p], axis=-1)


def coupling_distance(points: Any, carried: Any) -> np.ndarray:
    """Distance D_K = ⟨|zᵢ - z̃ᵢ|₁⟩ of bodies to the same initial points carried by the mean field.

    Args:
        points: zᵢ of the bodies (.., K, d) [1].
        carried: z̃ᵢ of the points that the mean field carries (.., K, d) [1].

    Returns:
        (..) [1].

    Raises:
        ValueError: shapes.

    Validity: an upper bound of the Wasserstein-1 distance of the two clouds, in the metric |·|₁.
    """
    require_shape("carried", carried, np.shape(points))
    difference = np.abs(np.asarray(points, float) - np.asarray(carried, float))
    return difference.sum(axis=-1).mean(axis=-1)


def directions(num_axes: int, num_directions: int) -> np.ndarray:
    """Unit vectors spread over the half of a sphere, the same at every call.

    Args:
        num_axes: dimensions d of the space.
        num_directions: how many.

    Returns:
        (num_directions, d) [1]; equal angles in a plane, Sobol points above.

    Raises:
        ValueError: fewer than one.
    """
    require_count("num_axes", num_axes)
    require_count("num_directions", num_directions)
    if num_axes == 1:
        return np.ones((1, 1))
    if num_axes == 2:
        angle = np.pi * (np.arange(num_directions) + 0.5) / num_directions
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)
    power = int(np.ceil(np.log2(num_directions)))
    cube = qmc.Sobol(num_axes, seed=0).random_base2(power)[:num_directions]
    ball = norm.ppf(cube)
    return ball / np.linalg.norm(ball, axis=1, keepdims=True)


class SlicedReference(NamedTuple):
    """A cloud of n points as the sliced distance needs it; made by `sliced_reference`."""

    rays: np.ndarray
    """(num_directions, d) [1]"""
    sorted_shadows: np.ndarray
    """(num_directions, n), rising [1]"""


def sliced_reference(reference: Any, num_directions: int = 32) -> SlicedReference:
    """The shadows of a cloud on straight lines, sorted once for many comparisons.

    Args:
        reference: points (n, d) [1].
        num_directions: lines; with d = 1 there is one.

    Returns:
        SlicedReference.

    Raises:
        ValueError: shapes.
    """
    require_shape("reference", reference, (None, None), "(num_points, num_axes)")
    require_finite("reference", reference)
    require_count("the number of points", len(reference))
    cloud = np.asarray(reference, dtype=float)
    rays = directions(cloud.shape[1], num_directions)
    return SlicedReference(rays, np.sort(rays @ cloud.T, axis=1))


def sliced_wasserstein(points: Any, reference: SlicedReference) -> float:
    """Sliced Wasserstein-1 distance, the mean over directions of ∫|F - F_ref| of the shadows.

    Args:
        points: (K, d) [1].
        reference: SlicedReference of n points, n a multiple of K.

    Returns:
        A number [1].

    Raises:
        ValueError: shapes; n is not a multiple of K.

    Validity: exact for the directions taken.
    """
    rays, shadows = reference
    require_shape("points", points, (None, rays.shape[1]), "(num_points, num_axes)")
    require_finite("points", points)
    require_count("the number of points", len(points))
    num, wanted = len(np.asarray(points)), shadows.shape[1]
    if wanted % num:
        raise ValueError(
            f"`reference` must have a multiple of the {num} points, but has {wanted}: then each "
            "body stands for equally many of them."
        )
    own = np.sort(rays @ np.asarray(points, float).T, axis=1)
    share = shadows.reshape(len(rays), num, wanted // num)
    return float(np.mean(np.abs(own[:, :, None] - share)))


def exact_wasserstein(points: Any, reference: Any) -> float:
    """Wasserstein-1 distance of two clouds in the metric |·|₁, by the best assignment.

    Args:
        points: (K, d) [1].
        reference: points that stand for the mean field (n, d), n a multiple of K; each body is
            shared among n/K of them [1].

    Returns:
        A number [1].

    Raises:
        ValueError: shapes; n is not a multiple of K.
        ValidityError: n beyond 4096: the assignment needs n² numbers and n³ steps.

    Validity: to the mean field itself up to the distance of `reference` to it, which falls as
        n^(-1/d) at best. For K random points the result falls as √(ln K/K) in d = 2, K^(-1/d)
        above; quiet points are not faster than K^(-1/d).
    """
    a, b = np.asarray(points, float), np.asarray(reference, float)
    require_shape("points", a, (None, None), "(num_points, num_axes)")
    require_shape("reference", b, (None, a.shape[1]), "(num_points, num_axes)")
    require_finite("points", a)
    require_finite("reference", b)
    require_count("the number of points", len(a))
    if len(b) % len(a):
        raise ValueError(
            f"`reference` must have a multiple of the {len(a)} points, but has {len(b)}."
        )
    if len(b) > MOST_PAIRED:
        raise ValidityError(
            f"The best assignment of {len(b)} points needs {len(b)}² numbers. Use at most "
            f"{MOST_PAIRED}, or `sliced_wasserstein`, or `coupling_distance`."
        )
    a = np.repeat(a, len(b) // len(a), axis=0)
    cost = np.abs(a[:, None] - b[None]).sum(axis=2)
    return float(cost[linear_sum_assignment(cost)].mean())


def wasserstein_law(num_bodies: Any, num_axes: int = 2) -> np.ndarray:
    """Law of the exact distance of random points, √(ln K/K) for d = 2, K^(-1/d) above.

    Args:
        num_bodies: K.
        num_axes: dimensions d of phase space.

    Returns:
        Like `num_bodies`, without its constant [1].

    Raises:
        ValueError: K < 2.

    References: Ajtai, Komlós & Tusnády (1984); Fournier & Guillin (2015).
    """
    K = np.asarray(num_bodies, dtype=float)
    if np.any(K < 2.0):
        raise ValueError(f"`num_bodies` must be at least 2, but is {np.min(K):g}.")
    require_count("num_axes", num_axes)
    if num_axes == 1:
        return K**-0.5
    return np.sqrt(np.log(K) / K) if num_axes == 2 else K ** (-1.0 / num_axes)


def dobrushin_bound(
    time: Any, mass: float, force_slope: float, length: float = 1.0, momentum: float = 1.0
) -> np.ndarray:
    """Dobrushin's bound e^(Lt) on W₁(f_K, f) at t over that at 0, L = max(℘/Mℓ, 2 Lip(V') ℓ/℘).

    Args:
        time: t [time].
        mass: M [mass].
        force_slope: Lip(V'), the steepest slope of the force of a pair, K times over
            [mass/time^2].
        length, momentum: ℓ, ℘ of the metric |Δx|/ℓ + |Δp|/℘ [length], [momentum].

    Returns:
        Like `time` [1].

    Raises:
        ValueError: a negative time; another value that is not positive.

    Validity: an upper bound, by many powers of ten after a few crossing times; no prediction.
    """
    for name, value in (("mass", mass), ("force_slope", force_slope), ("length", length),
                        ("momentum", momentum)):  # fmt: skip
        require_positive(name, value)
    t = np.asarray(time, dtype=float)
    if np.any(t < 0.0):
        raise ValueError(f"`time` must not be negative, but is {np.min(t):g}.")
    rate = max(momentum / (mass * length), 2.0 * force_slope * length / momentum)
    return np.exp(rate * t)


TestFunction = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""(x, p) -> φ, ∂φ/∂x, ∂φ/∂p"""


class WeakResidual(NamedTuple):
    """Both sides of the Vlasov equation of f_K, integrated over phase space and time."""

    change: float
    """⟨f_K, φ⟩ at the end less at the start"""
    transport: float
    """∫⟨f_K, (p/M) ∂φ/∂x⟩ dt"""
    forcing: float
    """∫⟨f_K, F_K ∂φ/∂p⟩ dt"""

    @property
    def size(self) -> float:
        """Sum of the sizes of the terms."""
        return abs(self.change) + abs(self.transport) + abs(self.forcing)


def weak_vlasov_residual(
    test: TestFunction, X: Any, P: Any, forces: Any, weights: Any, mass: float
) -> float:
    """Weak residual of the Vlasov equation of f_K along a run, in units of its largest terms.

    Equation: (110), with (p/M) ∂f/∂x for p ∂f/∂x, and without the right side: what remains of it
        is the self-force -(1/K²) Σ V'(0) ∂ₚ[δδ], zero for a smooth even V

    Args:
        test: φ, (x, p) -> (φ, ∂φ/∂x, ∂φ/∂p), of a line.
        X: positions of the bodies (time, K); the first and last entries are the ends of the run
            [length].
        P: momenta (time, K) [momentum].
        forces: F_K at the bodies (time, K) [momentum/time].
        weights: of the times in a rule for integrals over the run (time,) [time].
        mass: M [mass].

    Returns:
        |⟨f_K, φ⟩ᵉⁿᵈ - ⟨f_K, φ⟩ˢᵗᵃʳᵗ - ∫⟨f_K, (p/M) ∂φ/∂x + F_K ∂φ/∂p⟩ dt| over the sum of the
        sizes of the three [1].

    Raises:
        ValueError: shapes.
        ValidityError: all three are 0.
    """
    parts = weak_terms(test, X, P, forces, weights, mass)
    if parts.size == 0.0:
        raise ValidityError(
            "All three terms of the weak Vlasov equation are 0, there is no residual in their "
            "units. Use bodies that move, or `weak_terms`."
        )
    return abs(parts.change - parts.transport - parts.forcing) / parts.size


def weak_terms(
    test: TestFunction, X: Any, P: Any, forces: Any, weights: Any, mass: float
) -> WeakResidual:
    """The three terms of the weak Vlasov equation of f_K.

    Arguments as for weak_vlasov_residual.

    Returns:
        WeakResidual.
    """
    require_positive("mass", mass)
    require_shape("X", X, (None, None), "(time, num_bodies)")
    for name, array in (("P", P), ("forces", forces)):
        require_shape(name, array, np.shape(X), "(time, num_bodies)")
    require_shape("weights", weights, (len(X),), "(time,)")
    x, p, F, w = (np.asarray(a, dtype=float) for a in (X, P, forces, weights))
    value, by_x, by_p = test(x, p)
    return WeakResidual(
        float(np.mean(value[-1] - value[0])),
        float(w @ np.mean(p / mass * by_x, axis=1)),
        float(w @ np.mean(F * by_p, axis=1)),
    )
