"""Forces on the centre of mass in families of states: one table for the claims on their sizes.

Each family gives x_cm, F_cm and F_rel of draws from |ψ|² for any N; the external force is that of
a displaced harmonic trap, F_U = -N k (x_cm + d), exact by (49). ħ = m = 1, lengths in σ₀.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import xarray as xr

from zitter.claims.claim import Preset
from zitter.claims.section2.densities import Density, gaussian_density, two_hump_density
from zitter.claims.section2.fermion_chain import FermionChain
from zitter.claims.section2.fringe_states import (
    condensate_orbital,
    distinguishable_orbitals,
    superposed_bodies,
)
from zitter.claims.section2.product_forces import ProductForces, forces_at, product_forces
from zitter.claims.section2.two_mode_bosons import FockFringes

GAUSSIAN, SMOOTH = "Gaussian product", "condensate, smooth"
CONDENSATE, DISTINGUISHABLE = "condensate in fringes", "distinguishable in fringes"
FOCK, FERMIONS = "bosons |N/2, N/2⟩ in fringes", "fermions, chain of packets"
EQUAL_BODIES, UNEQUAL_BODIES = "two bodies superposed, 1 : 1", "two bodies superposed, 1 : 0.6"

IN_FRINGES = (CONDENSATE, DISTINGUISHABLE, FOCK, FERMIONS)
BODIES = (EQUAL_BODIES, UNEQUAL_BODIES)
SMOOTH_SIZES = {
    "quick": ((16, 64, 256, 1024), 600),
    "default": ((16, 64, 256, 1024, 4096, 16_384), 1000),
    "full": ((16, 64, 256, 1024, 4096, 16_384, 65_536), 4000),
}
"""Numbers of particles and of draws for the products of smooth densities, by preset."""

_DISPLACEMENT = 2.0
_NUM_CHAINS = 20


class _Draws(NamedTuple):
    x_cm: np.ndarray
    F_cm: np.ndarray
    F_rel: np.ndarray


_Family = Callable[[int, int, np.random.Generator], _Draws]


def _draws(forces: ProductForces) -> _Draws:
    return _Draws(forces.x_cm, forces.F_cm, forces.F_rel)


def _condensate(N: int, num_runs: int, rng: np.random.Generator) -> _Draws:
    orbital = condensate_orbital()
    return _draws(forces_at(orbital, orbital.sample(rng, num_runs, N)))


def _distinguishable(N: int, num_runs: int, rng: np.random.Generator) -> _Draws:
    orbitals = distinguishable_orbitals(N, rng)
    return _draws(forces_at(orbitals, orbitals.sample(rng, num_runs, N)))


def _fock(N: int, num_runs: int, rng: np.random.Generator) -> _Draws:
    state = FockFringes()
    x = state.draw(N, num_runs, rng)
    return _Draws(x.mean(axis=1), *state.forces(x))


def _fermions(N: int, num_runs: int, rng: np.random.Generator) -> _Draws:
    parts = []
    for _ in range(_NUM_CHAINS):
        chain = FermionChain(N, rng)
        x = chain.draw(num_runs // _NUM_CHAINS, rng)
        parts.append((x.mean(axis=1), *chain.forces(x)))
    return _Draws(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _product(density: Density) -> _Family:
    return lambda N, num_runs, rng: _draws(product_forces(density, N, num_runs, rng))


def _bodies(weight: float) -> _Family:
    return lambda N, num_runs, rng: _draws(superposed_bodies(N, weight).draw(rng, num_runs))


_FAMILIES: dict[str, _Family] = {
    GAUSSIAN: _product(gaussian_density()),
    SMOOTH: _product(two_hump_density()),
    CONDENSATE: _condensate,
    DISTINGUISHABLE: _distinguishable,
    FOCK: _fock,
    FERMIONS: _fermions,
    EQUAL_BODIES: _bodies(1.0),
    UNEQUAL_BODIES: _bodies(0.6),
}
_PRODUCT_COUNTS = (16, 64, 256, 1024)
_COUNTS: dict[str, dict[str, tuple[int, ...]]] = {
    "quick": {FOCK: (4, 8, 16, 32, 64), FERMIONS: (2, 4, 8, 16)},
    "default": {FOCK: (4, 16, 64, 256), FERMIONS: (2, 4, 8, 16, 32)},
    "full": {FOCK: (4, 16, 64, 256, 1024), FERMIONS: (2, 4, 8, 16, 32, 64)},
}
_NUM_RUNS = {"quick": 400, "default": 600, "full": 4000}


@lru_cache(maxsize=1)
def _table(preset: Preset, seed: int) -> xr.Dataset:
    rng, num_runs = np.random.default_rng(seed), _NUM_RUNS[preset]
    counts = {name: _COUNTS[preset].get(name, _PRODUCT_COUNTS) for name in _FAMILIES}
    every = sorted({n for row in counts.values() for n in row})
    shape = (len(_FAMILIES), len(every), num_runs)
    fields = {name: np.full(shape, np.nan) for name in ("F_U", "F_cm", "F_rel")}
    for f, (name, family) in enumerate(_FAMILIES.items()):
        for N in counts[name]:
            draws, n = family(N, num_runs, rng), every.index(N)
            fields["F_U"][f, n] = -N * (draws.x_cm + _DISPLACEMENT)
            fields["F_cm"][f, n], fields["F_rel"][f, n] = draws.F_cm, draws.F_rel
    dims, unit = ("family", "num_particles", "preparation"), {"unit": "ħ²/mσ₀³"}
    return xr.Dataset(
        {name: (dims, values, unit) for name, values in fields.items()},
        {"family": list(_FAMILIES), "num_particles": every},
        {"stiffness [ħ²/mσ₀⁴]": 1.0, "displacement [σ₀]": _DISPLACEMENT},
    )


def force_families(preset: Preset, seed: int, names: Sequence[str]) -> xr.Dataset:
    """The named forces of all families as `family_F_cm` and so on, beside whatever a claim has.

    Dims (family, family_num_particles, draw), NaN where a family has no draws at that N. The last
    table is kept, because several claims read the same one.
    """
    table = _table(preset, seed)[list(names)].copy(deep=True)
    table = table.rename({name: f"family_{name}" for name in names})
    return table.rename(num_particles="family_num_particles", preparation="draw")


def family_forces(data: xr.Dataset, name: str, family: str) -> xr.DataArray:
    """Draws of one force in one family, dims (num_particles, preparation), without empty N."""
    forces = data[f"family_{name}"].sel(family=family, drop=True)
    forces = forces.rename(family_num_particles="num_particles", draw="preparation")
    return forces.dropna("num_particles", how="all")
