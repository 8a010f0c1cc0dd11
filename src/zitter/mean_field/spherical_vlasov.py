"""Spherical Vlasov-Poisson in three dimensions by shells that carry f along its characteristics.

f(r, v_r, L) is constant along paths, and L along each: a shell is one point of phase space with
its share of the mass. It moves as a point in a plane, where no centrifugal force is needed and the
centre is no special place. The potential is the Galerkin solution of Poisson's equation in cubic
splines of the radius, so that the shells and their field are one Hamiltonian system: energy has no
error but that of the time step.

A semi-Lagrangian grid of (r, v_r, L) has no smaller L1 drift at equal cost on a stationary sphere;
in a collapse it loses the filaments that shells keep, and with them f ≥ 0 and the energy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.kbody.clouds import uniform_points
from zitter.kbody.integrators import Composition, composition
from zitter.mean_field import _shell_kernels as kernels

BAND = 3


@dataclass(frozen=True)
class RadialElements:
    """Cubic splines of the radius, of widths that grow from core·δ at the centre as r·δ.

    Args:
        extent: R, the edge; shells may go beyond it [length].
        num: number of elements n; δ = arsinh(R/core)/n.
        core: radius from which the widths grow [length].

    Raises:
        ValueError: a length is not positive, or fewer than 8 elements.
    """

    extent: float
    num: int
    core: float

    def __post_init__(self):
        require_positive("extent", self.extent)
        require_positive("core", self.core)
        require_count("num", self.num, 8)

    @property
    def step(self) -> float:
        """δ."""
        return float(np.arcsinh(self.extent / self.core) / self.num)


class Shells(NamedTuple):
    """Spherical shells, each moving as a point in a plane; made by `shells_of`."""

    masses: np.ndarray
    """(K,) [mass]"""
    X: np.ndarray
    """places in their planes (K, 2) [length]"""
    V: np.ndarray
    """(K, 2) [length/time]"""

    @property
    def r(self) -> np.ndarray:
        """Radii (K,) [length]."""
        return np.hypot(self.X[:, 0], self.X[:, 1])

    @property
    def v_r(self) -> np.ndarray:
        """Radial velocities (K,) [length/time]."""
        r = self.r
        speed = np.hypot(self.V[:, 0], self.V[:, 1])
        return np.divide(np.sum(self.X * self.V, axis=1), r, out=speed, where=r > 0.0)

    @property
    def L(self) -> np.ndarray:
        """Angular momenta per mass (K,) [length^2/time]."""
        return self.X[:, 0] * self.V[:, 1] - self.X[:, 1] * self.V[:, 0]


class ShellMotion(NamedTuple):
    """Paths of shells, and what should be conserved along them."""

    times: np.ndarray
    """(time,) [time]"""
    masses: np.ndarray
    """(K,) [mass]"""
    X: np.ndarray
    """(time, K, 2) [length]"""
    V: np.ndarray
    """(time, K, 2) [length/time]"""
    energy: np.ndarray
    """(time,) [energy]"""

    def at(self, n: int) -> Shells:
        """The shells at times[n]; a run that goes on from there is bit-equal to one run."""
        return Shells(self.masses, self.X[n], self.V[n])

    @property
    def energy_drift(self) -> float:
        """Largest |E - E(0)| over the times, in units of |E(0)| (of 1 where E(0) = 0)."""
        E = self.energy
        return float(np.max(np.abs(E - E[0])) / (abs(E[0]) or 1.0))


def shells_of(masses: Any, X: Any, V: Any) -> Shells:
    """Shells at the radii, radial velocities and angular momenta of bodies in space.

    Args:
        masses: (K,) [mass].
        X: positions (K, 3) [length].
        V: velocities (K, 3) [length/time].

    Returns:
        Shells.

    Raises:
        ValueError: shapes; masses not positive; a body at the centre.
    """
    masses, X, V = (np.array(a, dtype=float) for a in (masses, X, V))
    require_shape("X", X, (len(masses), 3), "(num_bodies, 3)")
    require_shape("V", V, X.shape, "(num_bodies, 3)")
    require_positive("masses", masses)
    for name, value in (("X", X), ("V", V)):
        require_finite(name, value)
    r = np.linalg.norm(X, axis=1)
    require_positive("distance of the bodies from the centre", r)
    outward, L = np.sum(X * V, axis=1) / r, np.linalg.norm(np.cross(X, V), axis=1)
    return Shells(masses, np.stack([r, 0.0 * r], axis=1), np.stack([outward, L / r], axis=1))


def shells_from_distribution(
    f0: Callable[[np.ndarray, np.ndarray, np.ndarray], Any],
    num: int,
    largest_radius: float,
    largest_speed: float,
    *,
    mass: float = 1.0,
    seed: int = 0,
) -> Shells:
    """Shells of a distribution f₀(r, v_r, L), quietly over the box and weighted by f₀.

    Args:
        f0: of radii, radial velocities and angular momenta per mass (n,), to any norm.
        num: points of the box; those where f₀ = 0 are left out.
        largest_radius: [length].
        largest_speed: of the radial and of the transverse velocity [length/time].
        mass: of the whole [mass].
        seed: of the scrambling.

    Returns:
        Shells of unequal masses, at most `num`.

    Raises:
        ValueError: f₀ negative, not finite or nowhere positive in the box.
    """
    for name, value in (("largest_radius", largest_radius), ("largest_speed", largest_speed),
                        ("mass", mass)):  # fmt: skip
        require_positive(name, value)
    u = uniform_points(num, 3, "quiet", seed)
    r, across = largest_radius * u[:, 0], largest_speed * u[:, 2]
    v_r = largest_speed * (2.0 * u[:, 1] - 1.0)
    weights = np.asarray(f0(r, v_r, r * across), dtype=float)
    require_shape("f0", weights, (num,), "(num,)")
    require_finite("f0", weights)
    if np.any(weights < 0.0) or not np.any(weights > 0.0):
        raise ValueError("`f0` must not be negative, and be positive somewhere in the box.")
    # d³x d³v = 4π r² dr · 2π v_t dv_t dv_r.
    weights = weights * r**2 * across
    kept = weights > 0.0
    masses = mass * weights[kept] / weights.sum()
    X, V = np.stack([r, 0.0 * r], axis=1), np.stack([v_r, across], axis=1)
    return Shells(masses, X[kept], V[kept])


def evolve_shells(
    shells: Shells,
    elements: RadialElements,
    times: Any,
    *,
    time_step: float,
    gravitational_constant: float = 1.0,
    method: str = "leapfrog",
) -> ShellMotion:
    """Shells along the characteristics of ∂f/∂t + v·∇f - ∇Φ·∂f/∂v = 0, ∇²Φ = 4πGρ, spherical.

    Equation: (112), with the usual bracket, along its characteristics in three dimensions

    Args:
        shells: at times[0].
        elements: RadialElements of the field within their edge; beyond it shells are sorted.
        times: output times (time,), rising [time].
        time_step: longest step [time].
        gravitational_constant: G [length^3/mass/time^2].
        method: "leapfrog", "yoshida4" or "yoshida6".

    Returns:
        ShellMotion.

    Raises:
        ValueError: times that do not rise; values that are not positive; unknown method.
        ValidityError: a path is no longer finite.

    Validity: spherical symmetry; structures in the radius wider than an element.
    """
    times = _rising(times)
    require_positive("time_step", time_step)
    require_positive("gravitational_constant", gravitational_constant)
    scheme = composition(method)
    state = Shells(shells.masses, shells.X.copy(), shells.V.copy())
    X, V = (np.empty((len(times), *shells.X.shape)) for _ in range(2))
    energy = np.empty(len(times))
    for n, t in enumerate(times):
        if n:
            span = float(t - times[n - 1])
            num_steps = max(1, int(np.ceil(span / time_step * (1.0 - 1e-12))))
            for _ in range(num_steps):
                _step(state, elements, gravitational_constant, span / num_steps, scheme)
            _require_finite(state, float(t))
        X[n], V[n] = state.X, state.V
        energy[n] = shell_energy(state, elements, gravitational_constant)
    return ShellMotion(times, shells.masses, X, V, energy)


def shell_energy(
    shells: Shells, elements: RadialElements, gravitational_constant: float = 1.0
) -> float:
    """Energy Σ m v²/2 + ½ Σ m Φ of shells in their own field [energy].

    Args:
        shells: Shells.
        elements: RadialElements.
        gravitational_constant: G [length^3/mass/time^2].

    Returns:
        A number [energy].
    """
    kinetic = 0.5 * np.sum(shells.masses[:, None] * shells.V**2)
    return float(kinetic + _field(shells, elements, gravitational_constant)[1])


def distribution_drift(
    before: Shells, after: Shells, f0: Callable[[np.ndarray, np.ndarray, np.ndarray], Any]
) -> float:
    """L1 distance ∫|f(t) - f₀| d³x d³v/∫f₀ of a distribution from what it was.

    f keeps its value along the path of each shell, so that the integral is a mean over shells of
    |1 - f₀(now)/f₀(at the start)|.

    Args:
        before: the shells when they had f₀.
        after: the same shells later.
        f0: of radii, radial velocities and angular momenta per mass (n,), to any norm.

    Returns:
        A number, 0 for a stationary f₀ [1].

    Raises:
        ValueError: other shells; f₀ that is not positive where the shells began.
    """
    require_shape("after.masses", after.masses, before.masses.shape, "(num_shells,)")
    first, now = (np.asarray(f0(s.r, s.v_r, s.L), dtype=float) for s in (before, after))
    require_positive("f0 of the shells at the start", first)
    return float(before.masses @ np.abs(1.0 - now / first) / before.masses.sum())


def _rising(times: Any) -> np.ndarray:
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    times = np.array(times, dtype=float)
    if len(times) < 2 or np.any(np.diff(times) <= 0.0):
        raise ValueError("`times` must be at least two and rise throughout.")
    return times


def _require_finite(state: Shells, t: float) -> None:
    if not (np.all(np.isfinite(state.X)) and np.all(np.isfinite(state.V))):
        raise ValidityError(f"A shell is no longer finite at t = {t:g}. Use a shorter step.")


def _step(state: Shells, elements: RadialElements, G: float, h: float, scheme: Composition) -> None:
    X, V = state.X, state.V
    for drift, kick in zip(scheme.drifts, scheme.kicks, strict=False):
        X += drift * h * V
        V += (kick * h * _field(state, elements, G)[0])[:, None] * X
    X += scheme.drifts[-1] * h * V


def _field(shells: Shells, elements: RadialElements, G: float) -> tuple[np.ndarray, float]:
    """Acceleration over radius of each shell (K,), negative inwards; potential energy of all."""
    r, masses = shells.r, shells.masses
    inside = r < elements.extent
    n, core, step = elements.num, elements.core, elements.step
    load = np.zeros(n + 1)
    m, radii = masses[inside], r[inside]
    kernels.deposit(radii, m, core, step, n, load)
    coefficients = -G * cho_solve_banded((_stiffness(elements), True), load)
    phi, pull = np.empty_like(radii), np.empty_like(radii)
    kernels.gather(radii, coefficients, core, step, n, phi, pull)
    result, within = np.empty_like(r), m.sum()
    result[inside] = pull
    energy = 0.5 * m @ phi - 0.5 * G * within**2 / elements.extent
    if len(m) < len(r):
        far, outer = r[~inside], masses[~inside]
        order = np.argsort(far, kind="stable")
        below = np.empty_like(far)
        below[order] = within + np.cumsum(outer[order]) - 0.5 * outer[order]
        result[~inside] = -G * below / far**3
        energy -= G * np.sum(outer * below / far)
    return result, float(energy)


@lru_cache(maxsize=4)
def _stiffness(elements: RadialElements) -> np.ndarray:
    """Cholesky factor of ∫ B_j' B_k' r² dr, in bands below the diagonal."""
    n, core, step = elements.num, elements.core, elements.step
    nodes, weights = np.polynomial.legendre.leggauss(8)
    bands = np.zeros((BAND + 1, n + 1))
    for i in range(n):
        t = 0.5 * (nodes + 1.0)
        r = core * np.sinh(step * (i + t))
        rate = 1.0 / (step * np.sqrt(r**2 + core**2))
        u = 1.0 - t
        slopes = np.array([-0.5 * u**2, -2.0 * t + 1.5 * t**2, 2.0 * u - 1.5 * u**2, 0.5 * t**2])
        rows = np.zeros((n + 1, len(t)))
        for a, slope in enumerate(slopes):
            j = i - 1 + a
            if j > n:
                rows[n - 1] -= slope
                rows[n] -= 4.0 * slope
            else:
                rows[abs(j)] += slope
        first, last = max(0, i - 2), min(n + 1, i + 3)
        part = rows[first:last]
        # dB/dr dB/dr r² dr with dr = ds/rate.
        block = np.einsum("q,jq,kq->jk", 0.5 * weights * rate * r**2, part, part)
        for j in range(len(block)):
            for k in range(j, min(len(block), j + BAND + 1)):
                bands[k - j, first + j] += block[j, k]
    return np.asarray(cholesky_banded(bands, lower=True))
