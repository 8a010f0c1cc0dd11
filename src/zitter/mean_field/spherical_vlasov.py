"""Spherical Vlasov-Poisson in three dimensions by shells that carry f along its characteristics.

f(r, v_r, L) is constant along paths, and L along each: a shell is one point of phase space with
its share of the mass. It moves as a point in a plane, where no centrifugal force is needed and the
centre is no special place. The potential is the Galerkin solution of Poisson's equation in cubic
splines of the radius, so that the shells and their field are one Hamiltonian system: energy has no
error but that of the time step.

A semi-Lagrangian grid of (r, v_r, L) has no smaller L1 drift at equal cost on a stationary sphere;
in a collapse it loses the filaments that shells keep, and with them f ≥ 0 and the energy.
"""

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
from zitter.kbody.integrators import Composition, composition
from zitter.mean_field import _shell_kernels as kernels
from zitter.mean_field.shells import Shells

BAND = 3
# Of the shells, whose radius the elements must resolve.
QUARTER = 0.25


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


class ShellMotion(NamedTuple):
    """Paths of shells, and what should be conserved along them."""

    times: np.ndarray
    """(time,) [time]"""
    masses: np.ndarray
    """(K,) [mass]"""
    charges: np.ndarray
    """(K,) [1]"""
    X: np.ndarray
    """(time, K, 2) [length]"""
    V: np.ndarray
    """(time, K, 2) [length/time]"""
    energy: np.ndarray
    """(time,) [energy]"""

    def at(self, n: int) -> Shells:
        """The shells at times[n]; a run that goes on from there is bit-equal to one run."""
        return Shells(self.masses, self.charges, self.X[n], self.V[n])

    @property
    def energy_drift(self) -> float:
        """Largest |E - E(0)| over the times, in units of |E(0)| (of 1 where E(0) = 0)."""
        E = self.energy
        return float(np.max(np.abs(E - E[0])) / (abs(E[0]) or 1.0))


def evolve_shells(
    shells: Shells,
    elements: RadialElements,
    times: Any,
    *,
    time_step: float,
    gravitational_constant: float = 1.0,
    coulomb_constant: float = 1.0,
    method: str = "leapfrog",
) -> ShellMotion:
    """Shells along the characteristics of ∂f/∂t + v·∇f - ∇Φ·∂f/∂v = 0, ∇²Φ = 4πGρ, spherical.

    Charges act likewise, with -kq/m in the place of G: species are shells of several q/m.

    Equation: (112), with the usual bracket, along its characteristics in three dimensions

    Args:
        shells: at times[0].
        elements: RadialElements of the field within their edge; beyond it shells are sorted.
        times: output times (time,), rising [time].
        time_step: longest step [time].
        gravitational_constant: G [length^3/mass/time^2].
        coulomb_constant: k, the coupling of two unit charges [energy*length].
        method: "leapfrog", "yoshida4" or "yoshida6".

    Returns:
        ShellMotion.

    Raises:
        ValueError: times that do not rise; values that are not positive; unknown method.
        ValidityError: a path is no longer finite; elements wider than the radius that holds a
            quarter of the mass or of the charges.

    Validity: spherical symmetry; structures in the radius wider than an element.
    """
    times = _rising(times)
    require_positive("time_step", time_step)
    constants = _constants(gravitational_constant, coulomb_constant)
    scheme = composition(method)
    state = shells._replace(X=shells.X.copy(), V=shells.V.copy())
    X, V = (np.empty((len(times), *shells.X.shape)) for _ in range(2))
    energy = np.empty(len(times))
    for n, t in enumerate(times):
        if n:
            span = float(t - times[n - 1])
            num_steps = max(1, int(np.ceil(span / time_step * (1.0 - 1e-12))))
            for _ in range(num_steps):
                _step(state, elements, constants, span / num_steps, scheme)
            _require_finite(state, float(t))
        _require_resolved(state, elements, float(t))
        X[n], V[n] = state.X, state.V
        energy[n] = shell_energy(state, elements, *constants)
    return ShellMotion(times, shells.masses, shells.charges, X, V, energy)


def shell_energy(
    shells: Shells,
    elements: RadialElements,
    gravitational_constant: float = 1.0,
    coulomb_constant: float = 1.0,
) -> float:
    """Energy Σ m v²/2 + ½ Σ m Φ of shells in their own field [energy].

    Args:
        shells: Shells.
        elements: RadialElements.
        gravitational_constant: G [length^3/mass/time^2].
        coulomb_constant: k [energy*length].

    Returns:
        A number [energy].

    Raises:
        ValueError: a constant is negative.
    """
    constants = _constants(gravitational_constant, coulomb_constant)
    kinetic = 0.5 * np.sum(shells.masses[:, None] * shells.V**2)
    return float(kinetic + _field(shells, elements, constants)[1])


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


def _require_resolved(state: Shells, elements: RadialElements, t: float) -> None:
    """Raise where elements blur a quarter of the shells. Raises: ValidityError."""
    order = np.argsort(state.r)
    for source in (state.masses, np.abs(state.charges)):
        inside = np.cumsum(source[order])
        if inside[-1] == 0.0:
            continue
        radius = float(state.r[order][np.searchsorted(inside, QUARTER * inside[-1])])
        width = elements.step * np.hypot(radius, elements.core)
        if width > radius:
            raise ValidityError(
                f"At t = {t:g} a quarter of the shells are within {radius:.3g}, where an element "
                f"is {width:.3g} wide. Use more elements, or a smaller core."
            )


def _constants(G: float, k: float) -> tuple[float, float]:
    for name, value in (("gravitational_constant", G), ("coulomb_constant", k)):
        require_finite(name, value)
        if value < 0.0:
            raise ValueError(f"`{name}` must not be negative, but is {value:g}.")
    return float(G), float(k)


def _step(
    state: Shells,
    elements: RadialElements,
    constants: tuple[float, float],
    h: float,
    scheme: Composition,
) -> None:
    X, V = state.X, state.V
    for drift, kick in zip(scheme.drifts, scheme.kicks, strict=False):
        X += drift * h * V
        V += (kick * h * _field(state, elements, constants)[0])[:, None] * X
    X += scheme.drifts[-1] * h * V


def _field(
    shells: Shells, elements: RadialElements, constants: tuple[float, float]
) -> tuple[np.ndarray, float]:
    """Acceleration over radius of each shell (K,), negative inwards; potential energy of all."""
    r, (G, k) = shells.r, constants
    result, energy = np.zeros_like(r), 0.0
    for source, weight, coupling in (
        (shells.masses, np.ones_like(r), G),
        (shells.charges, -shells.charges / shells.masses, k),
    ):
        if coupling and np.any(source):
            pull, potential = _attraction(r, source, elements)
            result += coupling * weight * pull
            energy += 0.5 * coupling * (shells.masses * weight) @ potential
    return result, float(energy)


def _attraction(
    r: np.ndarray, source: np.ndarray, elements: RadialElements
) -> tuple[np.ndarray, np.ndarray]:
    """-Φ'/r and Φ at the shells, of shells that attract each other with their sources."""
    n, core, step = elements.num, elements.core, elements.step
    inside, load = r < elements.extent, np.zeros(n + 1)
    radii, within = r[inside], source[inside].sum()
    kernels.deposit(radii, source[inside], core, step, n, load)
    coefficients = -cho_solve_banded((_stiffness(elements), True), load)
    phi, pull = np.empty_like(radii), np.empty_like(radii)
    kernels.gather(radii, coefficients, core, step, n, phi, pull)
    result, potential = np.empty_like(r), np.empty_like(r)
    far, outer = r[~inside], source[~inside]
    result[inside] = pull
    potential[inside] = phi - within / elements.extent - np.sum(outer / far)
    order = np.argsort(far, kind="stable")
    below, beyond = np.empty_like(far), np.empty_like(far)
    sorted_outer = outer[order]
    below[order] = within + np.cumsum(sorted_outer) - 0.5 * sorted_outer
    # What lies beyond, and half of the shell itself.
    rate = sorted_outer / far[order]
    beyond[order] = rate.sum() - np.cumsum(rate) + 0.5 * rate
    result[~inside] = -below / far**3
    potential[~inside] = -below / far - beyond
    return result, potential


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
