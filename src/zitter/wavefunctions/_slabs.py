"""What devices do to a ψ in slabs: transforms, split steps of order 2 and sums over all slabs.

ψ lies in slabs of the first axis, its transform in slabs of the second.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from zitter.core.fft import inverse_transform, transform
from zitter.wavefunctions.split_step import SCHEMES

AXIS = "slab"
SLABS = P(AXIS)


class Terms(NamedTuple):
    """What acts on ψ; None where there is nothing."""

    U: Any
    """[energy]"""
    waves: tuple[Any, Any, Any]
    """Wavenumbers per axis [1/length]"""
    masses: Any
    hbar: Any
    coupling: Any
    """c, the factor of φ of ∇²φ = |ψ|²"""
    contact: Any


# After a transform the second axis lies in slabs, not the first.
SPECS = Terms(SLABS, (P(), SLABS, P()), P(), P(), P(), P())


def sampled(f: Callable[[Array], Any], axes: tuple[Any, ...], mesh: Mesh) -> Array:
    """f(x) at the points of a grid, on each device at its own."""

    def at(x: Any, y: Any, z: Any) -> Any:
        return f(jnp.stack([x, y, z]))

    for axis in (2, 1, 0):
        at = jax.vmap(at, [0 if i == axis else None for i in range(3)])
    specs = (SLABS, P(), P())
    # What f does inside, loops above all, need not know that it runs on slabs.
    local = jax.shard_map(at, mesh=mesh, in_specs=specs, out_specs=SLABS, check_vma=False)
    return jax.jit(local)(*axes)


@partial(jax.jit, static_argnames="mesh", donate_argnums=0)
def advanced(psi: Array, terms: Terms, dt: float, num_steps: int, mesh: Mesh) -> Array:
    """All of num_steps steps on every device, kicks of neighbouring steps in one."""
    (kick, _), (drift,) = SCHEMES[2]

    def steps(psi: Array, terms: Terms, dt: Array, num_steps: Array) -> Array:
        def step(i: Array, psi: Array) -> Array:
            psi = _drifted(psi, terms, drift * dt)
            return _kicked(psi, terms, jnp.where(i < num_steps - 1, 2.0, 1.0) * kick * dt)

        return jax.lax.fori_loop(0, num_steps, step, _kicked(psi, terms, kick * dt))

    specs = (SLABS, SPECS, P(), P())
    return jax.shard_map(steps, mesh=mesh, in_specs=specs, out_specs=SLABS)(
        psi, terms, dt, num_steps
    )


@partial(jax.jit, static_argnames="mesh")
def sums_of_points(psi: Array, mesh: Mesh) -> list[Array]:
    """Σ|ψ|² over all axes but one, for each axis, the same on every device."""
    return _everywhere(_sums_but_one, psi, mesh)


@partial(jax.jit, static_argnames="mesh")
def sums_of_waves(psi: Array, mesh: Mesh) -> list[Array]:
    second, third, first = _everywhere(lambda f: _sums_but_one(_to_waves(f)), psi, mesh)
    return [first, second, third]


@partial(jax.jit, static_argnames="mesh")
def potential_sum(psi: Array, terms: Terms, mesh: Mesh) -> Array:
    def local(psi: Array, terms: Terms) -> Array:
        density = jnp.abs(psi) ** 2
        own = _own_potential(density, terms)
        energy = 0.5 * own if terms.U is None else terms.U + 0.5 * own
        return jax.lax.psum(jnp.sum(density * energy), AXIS)

    return jax.shard_map(local, mesh=mesh, in_specs=(SLABS, SPECS), out_specs=P())(psi, terms)


@partial(jax.jit, static_argnames="mesh")
def finite_everywhere(U: Array, mesh: Mesh) -> Array:
    return jax.lax.with_sharding_constraint(jnp.all(jnp.isfinite(U)), NamedSharding(mesh, P()))


def _everywhere(sums: Callable[[Array], tuple[Array, ...]], psi: Array, mesh: Mesh) -> Any:
    specs = (SLABS, P(), P())
    found = jax.shard_map(sums, mesh=mesh, in_specs=SLABS, out_specs=specs)(psi)
    return jax.lax.with_sharding_constraint(found, NamedSharding(mesh, P()))


def _sums_but_one(f: Array) -> tuple[Array, ...]:
    density = jnp.abs(f) ** 2
    second, third = (jax.lax.psum(jnp.sum(density, axes), AXIS) for axes in ((0, 2), (0, 1)))
    return jnp.sum(density, (1, 2)), second, third


def _kicked(psi: Array, terms: Terms, tau: Array) -> Array:
    if terms.U is None and terms.coupling is None and terms.contact is None:
        return psi
    energy = _own_potential(jnp.abs(psi) ** 2, terms)
    energy = energy if terms.U is None else terms.U + energy
    return psi * jnp.exp(-1j * (tau / terms.hbar) * energy)


def _own_potential(density: Array, terms: Terms) -> Array:
    """c φ + g|ψ|²."""
    energy = jnp.zeros_like(density) if terms.contact is None else terms.contact * density
    if terms.coupling is None:
        return energy
    k_squared = sum(k**2 for k in _laid(terms.waves))
    kernel = -jnp.where(k_squared > 0.0, 1.0 / jnp.where(k_squared > 0.0, k_squared, 1.0), 0.0)
    phi = _to_points(kernel * _to_waves(density + 0.0j)).real
    return energy + terms.coupling * phi


def _drifted(psi: Array, terms: Terms, tau: Array) -> Array:
    """exp(-iτħk²/(2m)) in wavenumber space."""
    f = _to_waves(psi)
    for k, mass in zip(_laid(terms.waves), terms.masses, strict=True):
        f = f * jnp.exp(-0.5j * tau * terms.hbar * k**2 / mass)
    return _to_points(f)


def _laid(waves: tuple[Array, ...]) -> tuple[Array, ...]:
    """What belongs to each axis, as the axes lie after a transform: second, third, first."""
    first, second, third = waves
    return first[None, None, :], second[:, None, None], third[None, :, None]


def _to_waves(f: Array) -> Array:
    """f̂ in slabs of the second axis, (second, third, first), of f in slabs of the first."""
    f = jax.lax.all_to_all(transform(f, 2), AXIS, split_axis=1, concat_axis=0, tiled=True)
    return transform(jnp.moveaxis(f, 0, -1), 1)


def _to_points(f_hat: Array) -> Array:
    """The inverse of `_to_waves`."""
    f = jnp.moveaxis(inverse_transform(f_hat, 1), -1, 0)
    f = jax.lax.all_to_all(f, AXIS, split_axis=0, concat_axis=1, tiled=True)
    return inverse_transform(f, 2)
