"""Warm Schroedinger-Poisson on a periodic line: many orbitals in the potential of all of them.

iħ ∂ψ_j/∂t = [-ħ²∂²/2M + V] ψ_j, V'' = 2κ(ρ - ⟨ρ⟩), ρ = Σ_j w_j |ψ_j|²: sheets for κ > 0, charges
of one sign in a neutral background for κ < 0. A single orbital is the cold Schroedinger-Newton
equation; many that differ in momentum are a gas, whose classical limit is Vlasov-Poisson.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.core.fft import inverse_transform_lines, transform_lines
from zitter.core.grid import Grid
from zitter.core.stepping import Progress, State, fingerprint_of, run_in_chunks
from zitter.mean_field._line_checks import require_resolved
from zitter.mean_field.probe import checked_times
from zitter.mean_field.schrodinger_newton import self_potential
from zitter.wavefunctions.split_step import SCHEMES

LARGEST_TRAVEL = 1.0 / 8.0
TAIL = 8.0
# Step in units of 1/ω, ω² = 2|κ|ρ/M where the density is largest.
LONGEST_STEP = 1.0


class MixedEvolution(NamedTuple):
    """A mixed state Σ_j w_j |ψ_j⟩⟨ψ_j| at the times asked for; only the last orbitals are kept."""

    times: np.ndarray
    """(time,) [time]"""
    density: np.ndarray
    """ρ, (time, num) [1/length]"""
    orbitals: np.ndarray
    """ψ_j at the last time, (orbital, num) [1/length^(1/2)]"""
    norm: np.ndarray
    """∫ρ, (time,) [1]"""
    momentum: np.ndarray
    """Σ w_j ⟨p⟩_j, (time,) [mass*length/time]"""
    energy: np.ndarray
    """Σ w_j ⟨p²/2M⟩_j + ½∫ρV, (time,) [energy]"""


def warm_orbitals(
    psi: Any, grid: Grid, momentum_spread: float, hbar: float
) -> tuple[np.ndarray, np.ndarray]:
    """Orbitals ψ exp(i p_j x/ħ), p_j = 2πħ j/L, with Maxwell's weights exp(-p_j²/2σ²).

    Args:
        psi: common factor ψ, (num,) [1/length^(1/2)].
        grid: Grid of one axis, periodic with L.
        momentum_spread: σ [mass*length/time].
        hbar: [mass*length^2/time].

    Returns:
        Orbitals (orbital, num) [1/length^(1/2)] and weights of sum 1, (orbital,) [1].

    Raises:
        ValueError: bad arguments.
        ValidityError: σ below the distance 2πħ/L of the momenta, or momenta beyond the grid.

    Validity: the sum over momenta stands for an integral up to exp(-2π²(σL/2πħ)²), and leaves out
        what lies beyond 8σ.
    """
    psi = _line("psi", np.atleast_1d(psi), grid)
    require_positive("momentum_spread", momentum_spread)
    require_positive("hbar", hbar)
    length = grid.spacing[0] * grid.num[0]
    step = 2.0 * np.pi * hbar / length
    if momentum_spread < step:
        raise ValidityError(
            f"`momentum_spread` = {momentum_spread:.3g} must be at least the distance 2πħ/L = "
            f"{step:.3g} of the momenta of the box. Use a longer box or a smaller hbar."
        )
    largest = int(np.ceil(TAIL * momentum_spread / step))
    j = np.arange(-largest, largest + 1)
    weights = np.exp(-0.5 * (step * j / momentum_spread) ** 2)
    orbitals = psi * np.exp(2j * np.pi / length * np.outer(j, grid.axes[0]))
    weights /= np.sum(weights)
    require_resolved(_spectrum(orbitals, weights))
    return orbitals, weights


def evolve_mixed_state(
    orbitals0: Any,
    weights: Any,
    grid: Grid,
    times: Any,
    coupling: float,
    *,
    mass: float = 1.0,
    hbar: float = 1.0,
    time_step: float,
    order: int = 4,
    folder: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> MixedEvolution:
    """Mixed state of iħ ∂ψ_j/∂t = [-ħ²∂²/2M + V] ψ_j with V'' = 2κ(ρ - ⟨ρ⟩), by split steps.

    Args:
        orbitals0: ψ_j at times[0], (orbital, num) [1/length^(1/2)]; (1, num) is the cold case.
        weights: w_j > 0, (orbital,) [1].
        grid: Grid of one axis, periodic.
        times: rising, (time,) [time].
        coupling: κ [mass*length/time^2]: 2πGM² attracts, -q²/(2ε₀) repels.
        mass: M [mass].
        hbar: [mass*length^2/time].
        time_step: longest step [time].
        order: 2 (Strang) or 4 (Blanes-Moan).
        folder, progress: as for `run_in_chunks`; one chunk from each time to the next.

    Returns:
        MixedEvolution.

    Raises:
        ValueError: bad shapes, times or options.
        ValidityError: momenta beyond the grid, or a step in which they cross 1/8 of the box or
            that is longer than 1/ω of the densest place at the start.

    Validity: the error of a step is that of the classical motion, however small ħ is.
    """
    orbitals, weights = mixed_state(orbitals0, weights, grid)
    times = checked_times(times)
    for name, value in (("mass", mass), ("hbar", hbar), ("time_step", time_step)):
        require_positive(name, value)
    require_finite("coupling", coupling)
    require_choice("order", str(order), ("2", "4"))
    gas = _Gas(grid, weights, float(coupling), float(mass), float(hbar), int(order))
    gas.require_short(orbitals, time_step)
    gas.require_frequency(orbitals, time_step)

    def advance(i: int, state: State) -> tuple[State, State]:
        span = times[i + 1] - times[i]
        num_steps = max(1, int(np.ceil(span / time_step * (1.0 - 1e-12))))
        new = gas.advance(state["orbitals"].copy(), span / num_steps, num_steps)
        gas.require_short(new, time_step)
        return {"orbitals": new}, gas.measures(new)

    last, records = run_in_chunks(
        advance,
        {"orbitals": orbitals},
        len(times) - 1,
        folder=folder,
        fingerprint=fingerprint_of("mixed state", orbitals, times, time_step, *gas),
        progress=progress,
    )
    records = [gas.measures(orbitals), *records]
    columns = {name: np.array([r[name] for r in records]) for name in records[0]}
    return MixedEvolution(times=times, orbitals=last["orbitals"], **columns)


class _Gas(NamedTuple):
    """The equation of motion."""

    grid: Grid
    weights: np.ndarray
    coupling: float
    mass: float
    hbar: float
    order: int

    def density(self, orbitals: np.ndarray) -> np.ndarray:
        return self.weights @ (orbitals.real**2 + orbitals.imag**2)

    def potential(self, orbitals: np.ndarray) -> np.ndarray:
        return self_potential(self.density(orbitals), self.grid, self.coupling, "periodic")

    def advance(self, orbitals: np.ndarray, dt: float, num_steps: int) -> np.ndarray:
        kicks, drifts = SCHEMES[self.order]
        k = self.grid.wavenumbers[0]
        turns = [np.exp(-0.5j * b * dt * self.hbar * k**2 / self.mass) for b in drifts]
        kick = kicks[0]
        for i in range(num_steps):
            for share, turn in zip(kicks[1:], turns, strict=True):
                self._kick(orbitals, kick * dt)
                orbitals = inverse_transform_lines(turn * transform_lines(orbitals))
                kick = share
            # V does not change during a kick, so the last one and the next first one merge.
            kick += kicks[0] if i < num_steps - 1 else 0.0
        self._kick(orbitals, kick * dt)
        return orbitals

    def _kick(self, orbitals: np.ndarray, tau: float) -> None:
        orbitals *= np.exp(-1j * tau / self.hbar * self.potential(orbitals))

    def measures(self, orbitals: np.ndarray) -> State:
        rho, h = self.density(orbitals), self.grid.spacing[0]
        p = self.hbar * self.grid.wavenumbers[0]
        share = _spectrum(orbitals, self.weights) * h / self.grid.num[0]
        return {
            "density": rho,
            "norm": np.sum(rho) * h,
            "momentum": share @ p,
            "energy": share @ p**2 / (2.0 * self.mass) + 0.5 * h * rho @ self.potential(orbitals),
        }

    def require_short(self, orbitals: np.ndarray, dt: float) -> None:
        """Raise unless all momenta are resolved and cross little of the box in a step."""
        spectrum = _spectrum(orbitals, self.weights)
        require_resolved(spectrum)
        there = spectrum > 1e-12 * np.sum(spectrum)
        fastest = self.hbar / self.mass * np.max(np.abs(self.grid.wavenumbers[0][there]))
        longest = LARGEST_TRAVEL * self.grid.spacing[0] * self.grid.num[0]
        if fastest * dt > longest:
            raise ValidityError(
                f"The fastest momenta cross {fastest * dt / longest * LARGEST_TRAVEL:.2g} of the "
                f"box in one step. Use time_step <= {longest / fastest:.3g}."
            )

    def require_frequency(self, orbitals: np.ndarray, dt: float) -> None:
        """Raise unless steps resolve the oscillation or the collapse of the densest place."""
        densest = float(np.max(self.density(orbitals)))
        rate = np.sqrt(2.0 * abs(self.coupling) * densest / self.mass)
        if rate * dt > LONGEST_STEP:
            raise ValidityError(
                f"A step of {dt:.3g} does not resolve the frequency {rate:.3g} of the densest "
                f"place: use time_step <= {LONGEST_STEP / rate:.3g}."
            )


def _spectrum(orbitals: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return weights @ np.abs(transform_lines(orbitals)) ** 2


def _line(name: str, values: Any, grid: Grid) -> np.ndarray:
    values = np.asarray(values, dtype=complex)
    if grid.num_axes != 1:
        raise ValueError(f"`grid` must have one axis, but has {grid.num_axes}.")
    if values.shape[-1:] != grid.num:
        raise ValueError(f"`{name}` must have {grid.num[0]} points, but has shape {values.shape}.")
    require_finite(name, values)
    return values


def mixed_state(orbitals: Any, weights: Any, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Orbitals and weights as arrays, if they fit each other and the grid. Raises: ValueError."""
    orbitals = _line("orbitals", orbitals, grid)
    weights = np.asarray(weights, dtype=float)
    require_shape("orbitals", orbitals, (None, grid.num[0]), "(orbital, num)")
    require_shape("weights", weights, (len(orbitals),), "(orbital,)")
    require_positive("weights", weights)
    return orbitals, weights
