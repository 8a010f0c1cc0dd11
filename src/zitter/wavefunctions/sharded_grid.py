"""Schroedinger equation on a grid of three axes whose ψ lies in slabs on many devices.

Every device of every process that has joined (`zitter.core.sharding.join_processes`) holds a slab
of consecutive points of the first axis; none ever holds the whole grid. A transform goes along the
axes that are whole, exchanges slabs of the first axis for slabs of the second, and goes along the
first. The steps, their checks and what is reported are those of `evolve_schrodinger`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from zitter.core.checks import (
    ValidityError,
    require_finite,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid
from zitter.core.stepping import Progress
from zitter.wavefunctions._grid_problem import Stepping, require_run
from zitter.wavefunctions._slabs import (
    AXIS,
    SLABS,
    Terms,
    advanced,
    finite_everywhere,
    potential_sum,
    sampled,
    sums_of_points,
    sums_of_waves,
)
from zitter.wavefunctions.grid_evolution import Evolution, evolve_by
from zitter.wavefunctions.schrodinger import Potential, potential_on_grid
from zitter.wavefunctions.split_step import Hamiltonian, SplitStep


class Slab(NamedTuple):
    """The part of ψ that this process holds."""

    axes: tuple[np.ndarray, ...]
    """Its points per axis [length]"""
    psi: np.ndarray
    """ψ there, one axis for each of them [1/length^(3/2)]"""


def evolve_sharded(
    psi0: Any,
    grid: Grid,
    potential: Potential | None,
    times: Any,
    masses: Any,
    hbar: float = 1.0,
    *,
    time_step: float,
    coupling: float = 0.0,
    contact: float = 0.0,
    absorption: Any = None,
    leak_tolerance: float | None = 1e-6,
    progress: Callable[[Progress], None] | None = None,
) -> Evolution:
    """ψ(x, t) on a grid of three axes by split steps of order 2, in slabs over all devices.

    iħ ∂ψ/∂t = [-Σᵢ ħ²∂ᵢ²/(2mᵢ) + U(x) + Φ(x, t) + g|ψ|²] ψ with ∇²Φ = 4πκ (|ψ|² - ⟨|ψ|²⟩). All
    processes that have joined must call it with the same arguments.

    Args:
        psi0: ψ at times[0]: a function of one position (3,), traceable by JAX, an array (*num),
            or the Slab of each process, as `own_slab` gives it [1/length^(3/2)].
        grid: Grid of three axes; the points of the first and of the second are multiples of the
            number of devices.
        potential: static U(x, t) of one position x (3,) -> energy, traceable by JAX, or None.
        times: increasing, (time,) [time].
        masses: one per axis, (3,) [mass].
        hbar: [mass*length^2/time].
        time_step: longest step [time]; each interval is cut into equal steps not longer than it.
        coupling: κ of periodic self-gravity, G m² [mass*length^3/time^2].
        contact: g of g|ψ|² [energy*length^3].
        absorption: None; grids in slabs do not absorb.
        leak_tolerance: largest share of the norm allowed near the ends of the box [1]; None for
            a box that is periodic on purpose.
        progress: called with a Progress after each interval.

    Returns:
        Evolution whose `psi` is that of the last time alone, (1, *num), a JAX array in slabs: see
        `own_slab` and `whole_psi`.

    Raises:
        ValueError: bad input; another number of axes; slabs of unequal lengths; absorption.
        ValidityError: as for `evolve_schrodinger`; U depends on time.
    """
    require_numbers(hbar=hbar, contact=contact, coupling=coupling)
    require_positive("hbar", hbar)
    require_positive("masses", masses)
    require_finite("times", times)
    require_real("times", times)
    external, moving = potential_on_grid(potential, grid)
    _require_fit_for_slabs(grid, moving, absorption)
    times = np.asarray(times, dtype=float)
    system = Hamiltonian(
        grid=grid,
        masses=np.asarray(masses, dtype=float),
        hbar=float(hbar),
        external=external,
        coupling=4.0 * np.pi * float(coupling),
        contact=float(contact),
    )
    how = Stepping(time_step, leak_tolerance=leak_tolerance, keep="last", progress=progress)
    require_run(system, times, how)
    stepper = _SlabSteps(system, potential)
    return evolve_by(stepper, stepper.placed(psi0), times, how)


def own_slab(evolution: Evolution, grid: Grid) -> Slab:
    """The part of ψ that this process holds, with its coordinates."""
    shards = sorted(evolution.psi.addressable_shards, key=_start_of)
    psi = np.concatenate([np.asarray(shard.data)[0] for shard in shards])
    first = grid.axes[0][_start_of(shards[0]) :][: len(psi)]
    return Slab((first, *grid.axes[1:]), psi)


def whole_psi(evolution: Evolution) -> np.ndarray:
    """ψ on the whole grid, (*num), in every process; all must ask for it."""
    psi: Any = evolution.psi
    everywhere = NamedSharding(psi.sharding.mesh, P())
    return np.asarray(jax.jit(lambda f: f[0], out_shardings=everywhere)(psi))


def _start_of(shard: Any) -> int:
    return shard.index[1].start or 0


def _require_fit_for_slabs(grid: Grid, moving: bool, absorption: Any) -> None:
    num_devices = jax.device_count()
    if grid.num_axes != 3:
        raise ValueError(f"A grid in slabs must have three axes, but has {grid.num_axes}.")
    if grid.num[0] % num_devices or grid.num[1] % num_devices:
        raise ValueError(
            f"The points of the first and second axes must be multiples of the {num_devices} "
            f"devices, but are {grid.num[0]} and {grid.num[1]}."
        )
    if absorption is not None:
        raise ValueError(
            "`absorption` must be None, for grids in slabs do not absorb. Use a larger box, or "
            "`evolve_schrodinger`."
        )
    if moving:
        raise ValidityError(
            "`potential` must not depend on time on a grid in slabs. Use `evolve_schrodinger`."
        )
    if jax.dtypes.canonicalize_dtype(float) != np.float64:
        raise ValueError("Grids in slabs need double precision, but JAX is set to single.")


class _SlabSteps(SplitStep):
    """Steps of order 2 of a ψ in slabs, an array of JAX over all devices."""

    def __init__(self, system: Hamiltonian, potential: Potential | None):
        super().__init__(system, 2, np.complex128)
        devices = sorted(jax.devices(), key=lambda device: (device.process_index, device.id))
        self.mesh = Mesh(np.array(devices), (AXIS,))
        self.slabs = NamedSharding(self.mesh, SLABS)
        U = None
        if potential is not None:
            U = sampled(lambda x: 1.0 * potential(x, 0.0), system.grid.axes, self.mesh)
            if not finite_everywhere(U, self.mesh):
                raise ValueError("`potential` must be finite on the grid, but is not.")
        own = (system.coupling or None, system.contact or None)
        self.terms = Terms(U, system.grid.wavenumbers, system.masses, system.hbar, *own)

    def placed(self, psi0: Any) -> Array:
        """ψ in slabs. Raises: ValueError."""
        psi = self._placed(psi0)
        norm = np.sum(self.profiles(psi)[0])
        if not np.isfinite(norm):
            raise ValueError("`psi0` must be finite on the grid, but is not.")
        if norm == 0.0:
            raise ValueError("`psi0` must have a positive norm, but is zero everywhere.")
        return psi

    def advance(self, psi: Any, begin: float, dt: float, num_steps: int) -> Any:
        return advanced(psi, self.terms, dt, num_steps, self.mesh)

    def profiles(self, psi: Any) -> list[np.ndarray]:
        return [np.asarray(sums) for sums in sums_of_points(psi, self.mesh)]

    def spectra(self, psi: Any) -> list[np.ndarray]:
        sums = [np.asarray(sums) for sums in sums_of_waves(psi, self.mesh)]
        return [profile / np.sum(profile) for profile in sums]

    def potential_sum(self, psi: Any, t: float) -> float:
        return float(potential_sum(psi, self.terms, self.mesh)) if self.kicks else 0.0

    def _placed(self, psi0: Any) -> Array:
        num, axes = self.system.grid.num, self.system.grid.axes
        if callable(psi0):
            require_shape("psi0(x)", jax.eval_shape(psi0, jnp.zeros(3)), ())
            return sampled(lambda x: jnp.asarray(psi0(x), complex), axes, self.mesh)
        if isinstance(psi0, Slab):
            share = num[0] * jax.local_device_count() // jax.device_count()
            require_shape("psi0.psi", psi0.psi, (share, *num[1:]))
            own = np.asarray(psi0.psi, dtype=complex)
            return jax.make_array_from_process_local_data(self.slabs, own, num)
        if isinstance(psi0, Array) and not psi0.is_fully_addressable:
            raise ValueError("`psi0` must be whole in each process, a function, or `own_slab`.")
        require_shape("psi0", psi0, num, "num")
        require_finite("psi0", psi0)
        whole = np.asarray(psi0)
        return jax.make_array_from_callback(num, self.slabs, lambda i: whole[i].astype(complex))
