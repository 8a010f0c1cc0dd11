"""Forces on the centre of mass in products of N equal states, drawn from |ψ|²; ħ = m = 1.

With R = Π R₁(xᵢ), S = Σ l(xᵢ), S' = Σ l'(xᵢ), S'' = Σ l''(xᵢ):
    Q_cm = -(S² + S')/2N,  F_cm = (2 S S' + S'')/2N,  F_cm + F_rel = Σ (2 l l' + l'')/2,
    u_cm = S/N.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import xarray as xr

from zitter.claims.section2.densities import Density, Slopes

External = Callable[[np.ndarray], np.ndarray]

_CHUNK = 1_000_000
_DIMS = ("density", "num_particles", "preparation")
UNITS = {
    "x_cm": "σ₀",
    "Q_cm": "ħ²/mσ₀²",
    "u_cm": "ħ/mσ₀",
    "F_U": "ħ²/mσ₀³",
    "F_cm": "ħ²/mσ₀³",
    "F_rel": "ħ²/mσ₀³",
}


class HasSlopes(Protocol):
    """A one-particle state that knows l, l' and l'' of its |φ|."""

    def slopes(self, x: np.ndarray, /) -> Slopes: ...


class ProductForces(NamedTuple):
    """One value for each preparation, (num_runs,)."""

    x_cm: np.ndarray
    Q_cm: np.ndarray
    u_cm: np.ndarray
    F_U: np.ndarray
    F_cm: np.ndarray
    F_rel: np.ndarray


def product_forces(
    density: Density,
    num_particles: int,
    num_runs: int,
    rng: np.random.Generator,
    external: External | None = None,
) -> ProductForces:
    """Q_cm, u_cm and the three forces of `num_runs` draws of N particles.

    Args:
        density: the state of each particle, about 0.
        num_particles, num_runs: N and the number of preparations.
        rng: source of randomness.
        external: force on one particle at x, x measured from the mean; none by default.

    Returns:
        ProductForces.
    """
    per_chunk = max(1, _CHUNK // num_particles)
    sizes = [min(per_chunk, num_runs - start) for start in range(0, num_runs, per_chunk)]
    chunks = [
        forces_at(density, density.sample(rng, (size, num_particles)), external) for size in sizes
    ]
    return ProductForces(*(np.concatenate(column) for column in zip(*chunks, strict=True)))


def forces_at(state: HasSlopes, x: np.ndarray, external: External | None = None) -> ProductForces:
    """The same at given positions x (num_runs, N), in chunks that bound the memory."""
    num_chunks = -(-x.size // _CHUNK)
    if num_chunks > 1:
        parts = [forces_at(state, part, external) for part in np.array_split(x, num_chunks)]
        return ProductForces(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    num_particles = x.shape[1]
    l, l1, l2 = state.slopes(x)
    S, S1, S2 = l.sum(axis=1), l1.sum(axis=1), l2.sum(axis=1)
    F_cm = (2.0 * S * S1 + S2) / (2.0 * num_particles)
    total = np.sum(l * l1, axis=1) + 0.5 * S2
    return ProductForces(
        x_cm=x.mean(axis=1),
        Q_cm=-(S**2 + S1) / (2.0 * num_particles),
        u_cm=S / num_particles,
        F_U=np.zeros(x.shape[0]) if external is None else external(x).sum(axis=1),
        F_cm=F_cm,
        F_rel=total - F_cm,
    )


def product_dataset(
    densities: Sequence[Density],
    counts: Iterable[int],
    num_runs: int,
    seed: int,
    names: Sequence[str],
    external: External | None = None,
) -> xr.Dataset:
    """Dataset of the named fields over densities and particle numbers, with σ² and I_F."""
    counts, rng = list(counts), np.random.default_rng(seed)
    fields = {name: np.empty((len(densities), len(counts), num_runs)) for name in names}
    for d, density in enumerate(densities):
        for n, num_particles in enumerate(counts):
            forces = product_forces(density, num_particles, num_runs, rng, external)
            for name, values in fields.items():
                values[d, n] = getattr(forces, name)
    data = {name: (_DIMS, values, {"unit": UNITS[name]}) for name, values in fields.items()}
    variance = [density.variance for density in densities]
    fisher = [density.fisher_information for density in densities]
    return xr.Dataset(
        data
        | {
            "variance": ("density", variance, {"unit": "σ₀²"}),
            "fisher_information": ("density", fisher, {"unit": "1/σ₀²"}),
        },
        {"density": [density.name for density in densities], "num_particles": counts},
    )
