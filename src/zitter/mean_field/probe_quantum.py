"""A probe beside a body in a cat state, in quantum theory: exact, and in the mean field.

The exact evolution has the pair potential in (37): it is full quantum mechanics of source and
probe, and with Bohm's or Nelson's paths exact zitterbewegung stochastic mechanics. In the mean
field, Schroedinger-Newton theory, each of the two feels the |ψ|² of the other.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    ValidityError,
    require_finite,
    require_kind,
    require_numbers,
    require_positive,
    require_real,
)
from zitter.core.fft import inverse_transform, transform
from zitter.core.grid import Grid, require_grid
from zitter.mean_field._line_checks import edge_share, require_clear_ends, require_trusted_psi
from zitter.mean_field.probe import ProbeExperiment, checked_experiment, checked_times
from zitter.system.pair_potentials import NewtonPair
from zitter.wavefunctions.grid_psi import GridPsi
from zitter.wavefunctions.schrodinger import (
    Evolution,
    Potential,
    configuration_potential,
    evolve_schrodinger,
)

# Norm of the difference of ψ from that of half the step.
LARGEST_MISS = 3e-2


class ProductEvolution(NamedTuple):
    """Source and probe in the mean field of each other, ψ = ψ_s(X, t) ψ_p(x, t)."""

    source: Array
    """ψ_s (time, num) [1/length^(1/2)]"""
    probe: Array
    """ψ_p (time, num) [1/length^(1/2)]"""
    energy: Array
    """⟨H⟩ of the product state, (time,) [energy]"""


def pair_energy(experiment: ProbeExperiment) -> Potential:
    """V(q, t) = -G M m/√((X - x)² + b²) of q = (X, x), for the Schroedinger equation [energy].

    Equation: pair potential of (37) for the source and the probe alone
    """
    e = checked_experiment(experiment)
    pair = NewtonPair(e.source_mass, e.probe_mass, e.gravitational_constant, e.distance)
    return configuration_potential(None, pair, 2)


def start_amplitudes(
    experiment: ProbeExperiment, X: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """ψ_s(X) and ψ_p(x) at t = 0, real, (num,) each [1/length^(1/2)]."""
    e = checked_experiment(experiment)
    for name, value in (("X", X), ("x", x)):
        require_finite(name, value)
        require_real(name, value)
    X, x = np.asarray(X, dtype=float), np.asarray(x, dtype=float)
    left, right = (_packet(X, s * e.half_separation, e.source_width) for s in (-1.0, 1.0))
    psi_s = np.sqrt(1.0 - e.weight) * left + np.sqrt(e.weight) * right
    return psi_s, _packet(x, 0.0, e.probe_width)


def exact_evolution(
    experiment: ProbeExperiment, grid: Grid, times: Any, *, time_step: float
) -> Evolution:
    """ψ(X, x, t) of source and probe with the pair potential: full quantum mechanics, exact ZSM.

    Args:
        experiment: ProbeExperiment.
        grid: Grid of the axes (X, x).
        times: (time,) [time].
        time_step: longest step, of 4th order [time].

    Returns:
        Evolution, with ψ (time, num, num) [1/length].

    Raises:
        ValueError, ValidityError: as for evolve_schrodinger.
    """
    e = checked_experiment(experiment)
    require_grid(grid, 2)
    psi_s, psi_p = start_amplitudes(e, *grid.axes)
    psi0 = jnp.asarray(np.outer(psi_s, psi_p).astype(complex))
    return evolve_schrodinger(
        psi0, grid, pair_energy(e), times, e.masses, e.hbar, time_step=time_step, order=4
    )


def guiding_psi(experiment: ProbeExperiment, grid: Grid, evolution: Evolution) -> GridPsi:
    """ln ψ(q, t), q = (X, x), through an exact evolution: what bohm_paths and nelson_paths take.

    Paths start from draw_start, with masses=experiment.masses and hbar=experiment.hbar.

    Args:
        experiment, grid: as for exact_evolution.
        evolution: its result.

    Returns:
        GridPsi, a LogPsi [ln(1/length)].

    Raises:
        ValidityError: frames too far apart to be interpolated.
    """
    e = checked_experiment(experiment)
    require_grid(grid, 2)
    require_kind("evolution", evolution, Evolution)
    scales = dict(mass=e.masses, hbar=e.hbar)
    return GridPsi(evolution.psi, grid, evolution.times, order=1, **scales)


def mean_field_evolution(
    experiment: ProbeExperiment, grid: Grid, times: Any, *, time_step: float
) -> ProductEvolution:
    """Source and probe, each in the gravity of the other's |ψ|²: the Schroedinger-Newton theory.

    Equation: that of (37) with V averaged over the other's |ψ|²; self-energies are left out, so
        that only what one body does to the other is compared

    Args:
        experiment: ProbeExperiment.
        grid: Grid of the axes (X, x).
        times: increasing, (time,) [time].
        time_step: longest step, of 2nd order [time].

    Returns:
        ProductEvolution.

    Raises:
        ValueError: times that do not increase, or a step that is not positive.
        ValidityError: a packet is not resolved, or reaches the ends of the box; half of the step
            gives another state.
    """
    e, times = checked_experiment(experiment), checked_times(times)
    require_grid(grid, 2)
    require_numbers(time_step=time_step)
    require_positive("time_step", time_step)
    V = _pair_table(e, *grid.axes)
    kinetic = [0.5 * e.hbar**2 * k**2 for k in grid.wavenumbers]
    kinetic = [jnp.asarray(k / m) for k, m in zip(kinetic, e.masses, strict=True)]
    state = tuple(jnp.asarray(a, complex) for a in start_amplitudes(e, *grid.axes))
    _require_trusted(state)
    finer = state
    frames, energies = [state], [_product_energy(state, V, kinetic, grid.spacing)]
    for span in np.diff(times):
        count = max(1, int(np.ceil(span / time_step * (1.0 - 1e-12))))
        line = (V, kinetic, grid.spacing, e.hbar)
        finer, _ = _advance_product(finer, *line, jnp.asarray(0.5 * span / count), 2 * count)
        state, edge = _advance_product(state, *line, jnp.asarray(span / count), count)
        require_clear_ends(float(edge))
        _require_trusted(state)
        _require_resolved_step(state, finer, grid.spacing, time_step)
        frames.append(state)
        energies.append(_product_energy(state, V, kinetic, grid.spacing))
    source, probe = (jnp.stack(column) for column in zip(*frames, strict=True))
    return ProductEvolution(source, probe, jnp.stack(energies))


def _require_trusted(state: tuple[Array, Array]) -> None:
    for psi in state:
        require_trusted_psi(np.asarray(psi))


def _require_resolved_step(state: Any, finer: Any, spacing: Any, time_step: float) -> None:
    """Raise where half the step gives another state. Raises: ValidityError."""
    for psi, other, h in zip(state, finer, spacing, strict=True):
        miss = float(jnp.sqrt(jnp.sum(jnp.abs(psi - other) ** 2) * h))
        if not miss <= LARGEST_MISS:
            raise ValidityError(
                f"Half the step changes ψ by {miss:.2g} (allowed: {LARGEST_MISS:g}): a step of "
                f"{time_step:.3g} does not resolve the motion. Use a shorter one."
            )


def _pair_table(e: ProbeExperiment, X: np.ndarray, x: np.ndarray) -> Array:
    strength = e.gravitational_constant * e.source_mass * e.probe_mass
    return jnp.asarray(-strength / np.sqrt((X[:, None] - x) ** 2 + e.distance**2))


@jax.jit
def _advance_product(state, V, kinetic, spacing, hbar, dt, count):
    def kicked(state: tuple[Array, Array], share: float) -> tuple[Array, Array]:
        psi_s, psi_p = state
        V_s = V @ jnp.abs(psi_p) ** 2 * spacing[1]
        V_p = jnp.abs(psi_s) ** 2 @ V * spacing[0]
        factor = -1j * share * dt / hbar
        return psi_s * jnp.exp(factor * V_s), psi_p * jnp.exp(factor * V_p)

    def drifted(psi: Array, T: Array) -> Array:
        return inverse_transform(transform(psi, 1) * jnp.exp(-1j * dt / hbar * T), 1)

    def step(_: Any, carry: tuple[Any, Array]) -> tuple[Any, Array]:
        state, edge = carry
        psi_s, psi_p = kicked(state, 0.5)
        state = kicked((drifted(psi_s, kinetic[0]), drifted(psi_p, kinetic[1])), 0.5)
        for psi in state:
            edge = jnp.maximum(edge, edge_share(jnp.abs(psi) ** 2))
        return state, edge

    return jax.lax.fori_loop(0, count, step, (state, jnp.asarray(0.0)))


@jax.jit
def _product_energy(state, V, kinetic, spacing):
    total = 0.0
    densities = [jnp.abs(psi) ** 2 * h for psi, h in zip(state, spacing, strict=True)]
    for psi, T in zip(state, kinetic, strict=True):
        spectrum = jnp.abs(transform(psi, 1)) ** 2
        total += jnp.sum(spectrum * T) / jnp.sum(spectrum)
    return total + densities[0] @ V @ densities[1]


def _packet(x: np.ndarray, centre: float, width: float) -> np.ndarray:
    return np.exp(-(((x - centre) / (2.0 * width)) ** 2)) / (2.0 * np.pi * width**2) ** 0.25
