"""Split steps on a grid, in place: exp(-iτU/ħ) in position space, exp(-iτT/ħ) in wavenumber space.

H = Σᵢ p̂ᵢ²/(2mᵢ a²) + U(q, t) + c φ[|ψ|²]/a + g|ψ|²/a^D with ∇²φ = |ψ|². The time of U and of the
scale factor a advances with the kinetic steps, so that the order of the scheme holds for all of
them; |ψ|² does not change during a kick, so kicks of neighbouring steps merge into one.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core._grid_kernels import (
    as_3d,
    multiply_outer,
    squared_modulus,
    turn,
    turning_constants,
)
from zitter.core.fft import Transforms
from zitter.core.grid import Grid
from zitter.wavefunctions._leaks import Layer, end_layer, weakest_rates

# exp(aV) exp(bT) exp(aV) .. : kicks by the potential and drifts by the kinetic energy. Order 4 is
# S6 of Blanes & Moan, J. Comput. Appl. Math. 142 (2002) 313: six drifts with small error terms.
_A1, _A2, _A3 = 0.0792036964311957, 0.353172906049774, -0.0420650803577195
_B1, _B2 = 0.209515106613362, -0.143851773179818
_A4, _B3 = 1.0 - 2.0 * (_A1 + _A2 + _A3), 0.5 - (_B1 + _B2)
SCHEMES = {
    2: ((0.5, 0.5), (1.0,)),
    4: ((_A1, _A2, _A3, _A4, _A3, _A2, _A1), (_B1, _B2, _B3, _B3, _B2, _B1)),
}
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)


class Hamiltonian(NamedTuple):
    """What acts on ψ; None where there is nothing."""

    grid: Grid
    masses: np.ndarray
    """(dof,) [mass]"""
    hbar: float
    """[mass*length^2/time]"""
    external: Callable[[float], np.ndarray] | None = None
    """t -> U on the grid, (*num) [energy]"""
    moving: bool = False
    """Whether U depends on time; if so, external.at(points, times) gives it elsewhere"""
    solver: Callable[[np.ndarray], np.ndarray] | None = None
    """|ψ|² -> φ of ∇²φ = |ψ|²"""
    coupling: float = 0.0
    """c, the factor of φ"""
    contact: float = 0.0
    """g, the factor of |ψ|²"""
    scale_factor: Callable[[float], float] | None = None
    """t -> a(t) [1]"""
    absorption: np.ndarray | None = None
    """Rate at which |ψ| decays, (*num) [1/time]"""


class SplitStep:
    """Steps of one Hamiltonian; ψ changes in place. Order 2 (Strang) or 4 (Blanes-Moan S6)."""

    def __init__(self, system: Hamiltonian, order: int, dtype: Any):
        self.system, self.order = system, order
        self.dtype = np.dtype(dtype)
        self.real = np.dtype(np.float32 if self.dtype == np.complex64 else np.float64)
        self._constants = turning_constants(self.real)
        self.transforms = Transforms(system.grid.num, self.dtype)
        self._still = None
        self.layered = system.absorption is not None and bool(np.ptp(system.absorption) > 0.0)
        self._first_weights: dict[int, np.ndarray] = {}
        self._layers: dict[tuple[int, float], Layer | None] = {}

    def advance(self, psi: np.ndarray, begin: float, dt: float, num_steps: int) -> np.ndarray:
        """ψ after `num_steps` steps of dt from the time `begin`, in the memory of ψ."""
        a, b = SCHEMES[self.order]
        kick = a[0]
        self._absorb(psi, 0.5 * dt)
        for i in range(num_steps):
            t = begin + i * dt
            for share, drift in zip(a[1:], b, strict=True):
                self._kick(psi, t, kick * dt)
                psi = self._drift(psi, t, drift * dt)
                t, kick = t + drift * dt, share
            if i < num_steps - 1:
                self._absorb(psi, dt)
            kick += a[0]
        self._kick(psi, begin + num_steps * dt, a[-1] * dt)
        self._absorb(psi, 0.5 * dt)
        return psi

    def potential(self, psi: np.ndarray, t: float) -> np.ndarray | None:
        """U + c φ/a + g|ψ|²/a^D on the grid, (*num); None where there is none."""
        system, total = self.system, self.external(t)
        a = 1.0 if system.scale_factor is None else float(system.scale_factor(t))
        if system.coupling == 0.0 and system.contact == 0.0:
            return total
        density = self.density(psi)
        parts = [] if total is None else [total]
        if system.coupling != 0.0 and system.solver is not None:
            phi = system.solver(density)
            phi *= self.real.type(system.coupling / a)
            parts.append(phi)
        if system.contact != 0.0:
            density *= self.real.type(system.contact / a**system.grid.num_axes)
            parts.append(density)
        result = parts[-1]
        for part in parts[:-1]:
            result += part
        return result

    def density(self, psi: np.ndarray) -> np.ndarray:
        """|ψ|², (*num)."""
        result = np.empty(psi.shape, self.real)
        squared_modulus(psi.reshape(-1).view(self.real), result.reshape(-1))
        return result

    def external(self, t: float) -> np.ndarray | None:
        if self.system.external is None:
            return None
        if self.system.moving:
            return self.system.external(t).astype(self.real, copy=False)
        if self._still is None:
            self._still = self.system.external(t).astype(self.real, copy=False)
        return self._still

    def profiles(self, psi: np.ndarray) -> list[np.ndarray]:
        """Σ|ψ|² over all axes but one, for each axis, in float64."""
        return _sums_but_one(self.density(psi))

    def spectra(self, psi: np.ndarray) -> list[np.ndarray]:
        """Distribution of the wavenumber along each axis, of sum 1."""
        sums = _sums_but_one(self.density(self.transforms.forward(psi.copy())))
        return [profile / np.sum(profile) for profile in sums]

    def potential_sum(self, psi: np.ndarray, t: float) -> float:
        """Σ |ψ|² (U + half of the self-energies) over the points."""
        system = self.system
        if not self.kicks:
            return 0.0
        density = self.density(psi).reshape(-1)
        # U once more, so that halving counts it whole.
        total = _mean(density, self.potential(psi, t))
        if system.external is not None and (system.coupling != 0.0 or system.contact != 0.0):
            total += _mean(density, self.external(t))
        elif system.external is not None:
            return total
        return 0.5 * total

    @property
    def kicks(self) -> bool:
        """Whether there is any potential."""
        system = self.system
        return system.external is not None or system.coupling != 0.0 or system.contact != 0.0

    def absorbs(self, axis: int, weight: np.ndarray, a: float) -> bool:
        """Whether the ends of an axis absorb waves of this distribution; the first is kept."""
        system = self.system
        if not self.layered:
            return False
        first = self._first_weights.setdefault(axis, weight)
        # a² goes with the mass; the layer changes little within a hundredth of it.
        place = axis, round(np.log(a), 2)
        if place not in self._layers:
            rates, mass = weakest_rates(system.absorption, axis), system.masses[axis] * a**2
            self._layers[place] = end_layer(rates, system.grid.spacing[axis], mass, system.hbar)
        layer = self._layers[place]
        k = system.grid.wavenumbers[axis]
        return layer is not None and layer.absorbs(k, weight, first)

    def _kick(self, psi: np.ndarray, t: float, tau: float) -> None:
        energy = self.potential(psi, t)
        if energy is not None:
            factor = self.real.type(tau / self.system.hbar)
            flat = psi.reshape(-1).view(self.real)
            turn(flat, energy.reshape(-1), factor, self._constants)

    def _absorb(self, psi: np.ndarray, tau: float) -> None:
        # Outside of the scheme, whose backward steps would let ψ grow.
        if self.system.absorption is not None:
            psi *= np.exp(-tau * self.system.absorption).astype(self.real)

    def _drift(self, psi: np.ndarray, t: float, tau: float) -> np.ndarray:
        """exp(-iτħk²/(2m a²)) in wavenumber space."""
        system = self.system
        tau = _integral_of_inverse_square(system.scale_factor, t, tau)
        waves = zip(system.grid.wavenumbers, system.masses, strict=True)
        phases = [np.exp(-0.5j * tau * system.hbar * k**2 / m) for k, m in waves]
        phases[-1] = phases[-1] / float(np.prod(system.grid.num))
        phases = [np.ones(1)] * (3 - len(phases)) + phases
        psi = self.transforms.forward(psi)
        multiply_outer(as_3d(psi), *[phase.astype(self.dtype) for phase in phases])
        return self.transforms.inverse(psi)


def nodes_of_drifts(drifts: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Moments at which the drifts of a step look at a, and their weights, by the step."""
    starts = np.cumsum([0.0, *drifts[:-1]])
    shares = [c + 0.5 * b * (1.0 + _NODES) for c, b in zip(starts, drifts, strict=True)]
    return np.concatenate(shares), np.concatenate([0.5 * b * _WEIGHTS for b in drifts])


def _sums_but_one(density: np.ndarray) -> list[np.ndarray]:
    axes = range(density.ndim)
    others = (tuple(i for i in axes if i != axis) for axis in axes)
    return [np.sum(density, axis=rest, dtype=float) for rest in others]


def _mean(density: np.ndarray, energy: np.ndarray) -> float:
    return float(np.einsum("i,i", density, energy.reshape(-1), dtype=float))


def _integral_of_inverse_square(a: Callable[[float], float] | None, t: float, tau: float) -> float:
    """∫ dt/a² over [t, t + τ], exact where 1/a² is a polynomial of degree 11."""
    if a is None:
        return tau
    values = [float(a(t + 0.5 * tau * (1.0 + x))) ** -2 for x in _NODES]
    return 0.5 * tau * float(np.dot(_WEIGHTS, values))
