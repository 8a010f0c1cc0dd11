"""Spherical Schroedinger-Newton and -Coulomb evolution: u = √(4π) r ψ by split steps.

iħ ∂u/∂t = [-ħ²/2m ∂²/∂r² + U(r) + Φ(r, t)] u with (r Φ)″ = κ |u|²/r, κ = G m² for gravity and
-k q² for like charges. Sine transforms give the kinetic energy and Φ, both spectrally; a kick
leaves |u|² as it is, so Φ is exact within each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.fft import dst

from zitter.core.checks import (
    require_count,
    require_finite,
    require_kind,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.mean_field._radial_checks import checked_run, require_seen, require_valid
from zitter.system.parameters import require_callable
from zitter.wavefunctions._leaks import Layer, end_layer
from zitter.wavefunctions.split_step import SCHEMES

__all__ = [
    "Absorber",
    "RadialEnergies",
    "RadialEvolution",
    "RadialGrid",
    "evolve_radial",
    "radial_energies",
    "radial_mean_field",
]

STEPS_BETWEEN_CHECKS = 16


@dataclass(frozen=True)
class RadialGrid:
    """Radii r_j = j R/(num + 1), j = 1 .. num, of functions that vanish at 0 and at R.

    Args:
        extent: R [length].
        num: number of points.

    Raises:
        ValueError: `extent` is not positive, or `num` is below 8.
    """

    extent: float
    num: int

    def __post_init__(self):
        require_positive("extent", self.extent)
        require_count("num", self.num, 8)

    @property
    def spacing(self) -> float:
        """h = R/(num + 1) [length]."""
        return self.extent / (self.num + 1)

    @property
    def r(self) -> np.ndarray:
        """Radii (num,) [length]."""
        return self.spacing * np.arange(1, self.num + 1)

    @property
    def k(self) -> np.ndarray:
        """Wavenumbers jπ/R of the sine transform, (num,) [1/length]."""
        return np.pi / self.extent * np.arange(1, self.num + 1)


class RadialEvolution(NamedTuple):
    """u(r, t) at the times asked for, with what tells whether to trust it."""

    u: np.ndarray
    """√(4π) r ψ, (time, num) [1/length^(1/2)]"""
    times: np.ndarray
    """(time,) [time]"""
    norm: np.ndarray
    """∫|u|² dr, (time,) [1]"""
    energy: np.ndarray
    """⟨T⟩ + ⟨U⟩ + ½⟨Φ⟩, (time,) [energy]"""
    mean_radius_squared: np.ndarray
    """⟨r²⟩, (time,) [length^2]"""


class Absorber(NamedTuple):
    """Layer before R in which |ψ| is damped at rate·(depth/width)³."""

    width: float
    """[length]"""
    rate: float
    """[1/time]"""


class RadialEnergies(NamedTuple):
    """Mean energies of a spherical state, of norm ∫|u|² [energy]."""

    kinetic: float
    external: float
    self_energy: float

    @property
    def total(self) -> float:
        """⟨T⟩ + ⟨U⟩ + ½⟨Φ⟩ [energy]."""
        return self.kinetic + self.external + self.self_energy


def radial_mean_field(u: np.ndarray, grid: RadialGrid, coupling: float) -> np.ndarray:
    """Mean field Φ = -κ ∫|ψ(x')|²/|x - x'| d³x' of a spherical ψ = u/(√(4π) r).

    Args:
        u: (num,) [1/length^(1/2)].
        grid: RadialGrid.
        coupling: κ [energy*length].

    Returns:
        Φ at the radii (num,) [energy].

    Raises:
        ValueError: a wrong shape, or values that are not finite.
    """
    _require_state(u, grid, coupling)
    return _mean_field(np.asarray(u), grid, coupling)


def _mean_field(u: np.ndarray, grid: RadialGrid, coupling: float) -> np.ndarray:
    r, k, scale = grid.r, grid.k, 2.0 * (grid.num + 1)
    density = np.abs(u) ** 2
    charge = grid.spacing * np.sum(density)
    w = -np.asarray(dst(np.asarray(dst(density / r, type=1)) / k**2, type=1)) / scale
    return coupling * (w / r - charge / grid.extent)


def radial_energies(
    u: np.ndarray,
    grid: RadialGrid,
    mass: float = 1.0,
    hbar: float = 1.0,
    coupling: float = 1.0,
    U_ext: Callable[[np.ndarray], Any] | None = None,
) -> RadialEnergies:
    """Kinetic, external and self-energy of ψ = u/(√(4π) r) [energy].

    Args:
        u: (num,) [1/length^(1/2)].
        grid: RadialGrid.
        mass: m [mass].
        hbar: [mass*length^2/time].
        coupling: κ [energy*length].
        U_ext: U(r) of radii (n,) [length] -> [energy], or None.

    Returns:
        RadialEnergies.

    Raises:
        ValueError: wrong shapes, or numbers that are not finite or positive.
    """
    _require_state(u, grid, coupling)
    require_numbers(mass=mass, hbar=hbar)
    require_positive("mass", mass)
    require_positive("hbar", hbar)
    return _energies(np.asarray(u), grid, mass, hbar, coupling, _external(U_ext, grid))


def evolve_radial(
    u0: np.ndarray,
    grid: RadialGrid,
    times: Any,
    mass: float = 1.0,
    hbar: float = 1.0,
    coupling: float = 1.0,
    U_ext: Callable[[np.ndarray], Any] | None = None,
    *,
    time_step: float,
    order: int = 2,
    absorber: Absorber | None = None,
    leak_tolerance: float = 1e-6,
) -> RadialEvolution:
    """Spherical ψ under iħ∂ψ/∂t = [-ħ²∇²/2m + U - κ|ψ|² * 1/r] ψ, by split steps.

    Args:
        u0: √(4π) r ψ at times[0], (num,) [1/length^(1/2)].
        grid: RadialGrid.
        times: increasing, (time,) [time].
        mass: m [mass].
        hbar: [mass*length^2/time].
        coupling: κ, G m² for gravity, -k q² for like charges [energy*length].
        U_ext: U(r) of radii (n,) [length] -> [energy], or None.
        time_step: longest step [time].
        order: 2 (Strang) or 4 (Blanes-Moan).
        absorber: Absorber, or None for a wall at R.
        leak_tolerance: largest share of the norm in the outer 1/16; not asked for with an
            absorber that returns at most a tenth [1].

    Returns:
        RadialEvolution.

    Raises:
        ValueError: bad arguments.
        ValidityError: ψ is not resolved by the grid or the time step, or reaches R.

    Validity: spherical symmetry. The change of `energy` without absorber shows the error.
    """
    _require_problem(u0, grid, coupling, absorber)
    times = checked_run(times, order, mass, hbar, time_step)
    require_real("leak_tolerance", leak_tolerance)
    require_shape("leak_tolerance", leak_tolerance, ())
    if not leak_tolerance >= 0.0:
        raise ValueError(f"`leak_tolerance` must not be negative, but is {leak_tolerance:g}.")
    U = _external(U_ext, grid)
    system = (grid, mass, hbar, coupling, U)
    u = np.asarray(u0, dtype=complex)
    layer = _layer(grid, absorber, mass, hbar)
    limits = (time_step, order, leak_tolerance, layer, np.abs(dst(u, type=1)) ** 2)
    frames, energies = [u], [_energies(u, *system).total]
    crossing = require_valid(u, grid, mass, hbar, times[0], *limits)
    for begin, end in pairwise(times):
        # To the wall and back takes twice the time of crossing the layer before it.
        longest = min(time_step, 2.0 * crossing)
        num_steps = max(1, int(np.ceil((end - begin) / longest * (1.0 - 1e-12))))
        dt, done = (end - begin) / num_steps, 0
        while done < num_steps:
            require_seen(dt, crossing, begin + done * dt)
            count = int(max(1.0, min(crossing / dt, STEPS_BETWEEN_CHECKS, num_steps - done)))
            u = _advance(u, system, dt, count, order, absorber)
            done += count
            at = begin + done * dt
            crossing = require_valid(u, grid, mass, hbar, at, dt, *limits[1:])
        frames.append(u)
        energies.append(_energies(u, *system).total)
    density = np.abs(np.array(frames)) ** 2
    norm = grid.spacing * density.sum(axis=1)
    spread = grid.spacing * (density @ grid.r**2) / norm
    return RadialEvolution(np.array(frames), times, norm, np.array(energies), spread)


def _advance(u, system, dt: float, num_steps: int, order: int, absorber: float) -> np.ndarray:
    grid, mass, hbar, coupling, U = system
    a, b = SCHEMES[order]
    scale = 2.0 * (grid.num + 1)
    turn = -0.5j * hbar * dt / mass * grid.k**2
    drifts = {share: np.exp(share * turn) / scale for share in set(b)}
    damping = _damping(grid, absorber, dt)
    # |u|² is the same in the last kick of a step and the first of the next: they are one.
    first, joined = a[:-1], (a[-1] + a[0], *a[1:-1])
    for i in range(num_steps):
        for share, drift in zip(joined if i else first, b, strict=True):
            u = _kicked(u, share * dt, grid, hbar, coupling, U)
            u = dst(drifts[drift] * dst(u, type=1), type=1)
        if damping is not None:
            u = u * damping
    return _kicked(u, a[-1] * dt, grid, hbar, coupling, U)


def _kicked(u, dt: float, grid, hbar: float, coupling: float, U) -> np.ndarray:
    return u * np.exp(-1j * dt / hbar * (_mean_field(u, grid, coupling) + U))


def _damping(grid: RadialGrid, absorber: Absorber | None, dt: float) -> np.ndarray | None:
    return None if absorber is None else np.exp(-dt * _rates(grid, absorber))


def _rates(grid: RadialGrid, absorber: Absorber) -> np.ndarray:
    depth = np.clip((grid.r - grid.extent + absorber.width) / absorber.width, 0.0, 1.0)
    return absorber.rate * depth**3


def _layer(grid: RadialGrid, absorber: Absorber | None, mass, hbar) -> Layer | None:
    """What comes back: the wall makes of u an odd function about R, which goes on behind it."""
    if absorber is None:
        return None
    rates = _rates(grid, absorber)
    inwards = np.concatenate([rates[::-1], rates])
    return end_layer(inwards, grid.spacing, mass, hbar)


def _external(U_ext, grid: RadialGrid) -> np.ndarray:
    if U_ext is not None:
        require_callable("U_ext", U_ext)
    U = np.zeros(grid.num) if U_ext is None else np.asarray(U_ext(grid.r), dtype=float)
    require_shape("U_ext(r)", U, (grid.num,), "(num,)")
    require_finite("U_ext(r)", U)
    return U


def _energies(u, grid: RadialGrid, mass, hbar, coupling, U) -> RadialEnergies:
    density, h = np.abs(u) ** 2, grid.spacing
    spectrum = np.abs(dst(u, type=1)) ** 2 * h / (2.0 * (grid.num + 1))
    kinetic = 0.5 * hbar**2 / mass * float(np.sum(grid.k**2 * spectrum))
    field = _mean_field(u, grid, coupling)
    return RadialEnergies(
        kinetic, float(h * np.sum(U * density)), float(0.5 * h * np.sum(field * density))
    )


def _require_state(u: Any, grid: Any, coupling: Any, name: str = "u") -> None:
    require_kind("grid", grid, RadialGrid)
    require_shape(name, u, (grid.num,), "(num,)")
    require_finite(name, u)
    require_numbers(coupling=coupling)


def _require_problem(u0: Any, grid: Any, coupling: Any, absorber: Any) -> None:
    _require_state(u0, grid, coupling, "u0")
    if not np.any(u0):
        raise ValueError("`u0` must have a positive norm, but is zero.")
    if absorber is not None:
        require_kind("absorber", absorber, Absorber)
        require_numbers(**{"absorber.rate": absorber.rate, "absorber.width": absorber.width})
        require_positive("absorber.rate", absorber.rate)
        if not 0.0 < absorber.width < grid.extent:
            raise ValueError(
                f"`absorber.width` must lie between 0 and {grid.extent:g}, "
                f"but is {absorber.width:g}."
            )
