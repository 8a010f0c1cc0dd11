"""What a Vlasov run is refused for: before it starts, and at each kick."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from zitter.core.checks import ValidityError
from zitter.mean_field._recurrence import (
    DrivenWaves,
    first_echo,
    full_recurrence,
    made_echo,
)
from zitter.mean_field.phase_space import Species, moments, number_density
from zitter.mean_field.self_field import SelfField

# Cells of velocity among which f at one place is spread: (Σf)²/Σf².
FEWEST_CELLS = 6.0
# Length of screening or collapse, and period of oscillation or growth, in cells and steps.
LONGEST_CELL, LONGEST_STEP = 1.0, 1.0
# Change of a field from outside within a step, beyond a straight line, and where it is looked at.
LARGEST_UNSEEN, BETWEEN = 0.3, 0.3819660112501051
# Difference of the density by every other velocity from that by the others, of its maximum; what
# the sum over all of them misses is about its fourth power.
LARGEST_COMB = 0.3


def require_problem(kinds: tuple[Species, ...], field: SelfField, times: Any, how: Any) -> None:
    """Raise unless the grid, the step and the run fit the species. Raises: ValueError."""
    if not kinds or any(kind.space != field.space for kind in kinds):
        raise ValueError("`kinds` must be at least one Species, on the space of `field`.")
    if how.kick is not None and field.boundary != "periodic":
        raise ValueError("`kick` needs the boundary 'periodic': it looks at U on both sides of x.")
    if how.interpolator == "positive":
        _require_positive(kinds, how)
    densities = np.array([number_density(kind.f, kind.velocity) for kind in kinds])
    field.require_closed(times[0], how.kick is not None)
    field.require_neutral(densities, [kind.mass for kind in kinds], [kind.charge for kind in kinds])
    # A Wigner function on its own lattice is exact, however cold; ħ sets its least length.
    if how.kick is None:
        for s, kind in enumerate(kinds):
            _require_warm(kind, densities[s])
    _require_resolved(kinds, field, densities, how)
    if field.boundary == "periodic" and not how.allow_recurrence:
        require_no_recurrence(kinds, times, how.kick, _screening(kinds, field, densities))


def _require_positive(kinds: tuple[Species, ...], how: Any) -> None:
    lowest = min(float(kind.f.min()) for kind in kinds)
    if lowest < 0.0:
        raise ValueError(f"`f0` must not be negative for 'positive', but is {lowest:.3g}.")
    if how.kick is not None:
        raise ValueError(
            "`interpolator` must not be 'positive' together with `kick`: what a kick by phases "
            "gives may be negative. Use 'spectral'."
        )


def _require_warm(kind: Species, density: np.ndarray) -> None:
    f = kind.f.reshape(density.size, -1)
    there = density.ravel() > 1e-3 * density.max()
    if not np.any(there):
        raise ValueError("`f0` must hold particles, but its density is nowhere positive.")
    spread = np.sum(f[there], axis=1) ** 2 / np.sum(f[there] ** 2, axis=1)
    fewest = FEWEST_CELLS**kind.space.num_axes
    if spread.min() < fewest:
        raise ValidityError(
            f"f0 is cold: at one place it is spread over {spread.min():.2g} cells of velocity "
            f"(at least {fewest:.0f}). Use a finer grid of velocities, or, for a cold flow, "
            "sheets (`sheet_paths`)."
        )


def frequency_and_length(
    kinds: tuple[Species, ...], field: SelfField, densities: np.ndarray
) -> list[tuple[str, float, float]]:
    """Of each law: "Debye" or "Jeans", ω² = Σ 4πκ n/m and the length 1/√(Σ ω_s²/σ_s²)."""
    found = []
    for name, constant in (("Jeans", field.gravitational_constant),
                           ("Debye", field.coulomb_constant)):  # fmt: skip
        rate, screening = 0.0, 0.0
        for kind, density in zip(kinds, densities, strict=True):
            weight = kind.mass if name == "Jeans" else kind.charge**2 / kind.mass
            squared = 4.0 * np.pi * abs(constant) * weight * float(density.max())
            here = moments(kind)
            total = density.sum()
            spread = float((here.variance * density).sum() / (total * kind.space.num_axes))
            rate += squared
            screening += squared / spread if spread > 0.0 else np.inf
        if rate > 0.0:
            found.append((name, float(np.sqrt(rate)), float(1.0 / np.sqrt(screening))))
    return found


def _require_resolved(kinds: Any, field: SelfField, densities: Any, how: Any) -> None:
    time_step = how.time_step
    for name, rate, length in frequency_and_length(kinds, field, densities):
        cell = max(field.space.spacing)
        if how.kick is None and cell > LONGEST_CELL * length:
            raise ValidityError(
                f"The {name} length {length:.3g} is not resolved by cells of {cell:.3g}: use "
                f"num >= {int(np.ceil(max(field.space.num) * cell / length))}."
            )
        if rate * time_step > LONGEST_STEP:
            raise ValidityError(
                f"A step of {time_step:.3g} does not resolve the frequency {rate:.3g}: use "
                f"time_step <= {LONGEST_STEP / rate:.3g}."
            )


def _exact_on(kick: Any, kind: Species) -> bool:
    """Whether a kick is exact on the lattice of a species, where waves come back by themselves."""
    return kick is not None and hasattr(kick, "exact_on") and kick.exact_on(kind)


def _screening(kinds: tuple[Species, ...], field: SelfField, densities: np.ndarray) -> float:
    """1/λ of all laws together; infinite for a pair energy of one's own."""
    if callable(field.pair_energy):
        return np.inf
    found = frequency_and_length(kinds, field, densities)
    return float(np.sqrt(sum(1.0 / length**2 for _, _, length in found)))


def require_no_recurrence(
    kinds: Sequence[Species], times: Any, kick: Any = None, screening: float = np.inf
) -> None:
    """Raise where waves of f come back on the grid of velocities. Raises: ValidityError."""
    span, ahead = float(np.ptp(times)), float(np.sign(times[-1] - times[0]))
    for kind in kinds:
        exact = _exact_on(kick, kind)
        echo = full_recurrence(kind) if exact else first_echo(kind, ahead, span)
        if not exact and screening > 0.0:
            echo = min(echo, made_echo(kind, ahead, span, screening))
        if span > echo:
            raise ValidityError(
                f"After {echo:.3g}, about 2π/(k dv), the grid of velocities shows the mixed waves "
                f"of f0, or what two of them make, again, but the run takes {span:.3g}: use a "
                "finer grid of velocities, or allow_recurrence=True where f is nonlinear and "
                "smoothed."
            )


class Watch:
    """Whether f stays away from the edges of its grids, looked at in every kick.

    The outermost cells of the marginals are summed over as many as one step can cross.
    """

    def __init__(self, kinds: tuple[Species, ...], field: SelfField, times: Any, how: Any):
        self.kinds, self.field, self.tolerance = kinds, field, how.edge_tolerance
        self.unseen, self.strongest = 0.0, 0.0
        self.combs = field.boundary == "isolated" and not how.allow_recurrence
        mixing = tuple(kind for kind in kinds if not _exact_on(how.kick, kind))
        periodic = field.boundary == "periodic" and not how.allow_recurrence
        self.waves = DrivenWaves(mixing, times[-1]) if mixing and periodic else None
        D = field.space.num_axes
        self.largest = [
            [np.abs(_marginal(kind.f, D + a)).max() for a in range(D)] for kind in kinds
        ]
        for kind, largest in zip(kinds, self.largest, strict=True):
            for a in range(D):
                self._velocity(kind.f, a, largest[a], 1, "f0 does not vanish")

    def drive(self, t: float, h: float) -> None:
        """Raise where a field from outside turns within steps. Raises: ValidityError.

        It is looked at between the ends of the step, at a fraction at which no period repeats. A
        jump in time is met by one step only, and let pass.
        """
        if not self.field.driven:
            return
        masses, charges = zip(*((k.mass, k.charge) for k in self.kinds), strict=True)
        first, between, end = (
            self.field.external_accelerations(t + x * h, masses, charges)
            for x in (0.0, BETWEEN, 1.0)
        )
        if self.waves is not None:
            self.waves.look(between, t)
        self.strongest = max(self.strongest, *(np.abs(a).max() for a in (first, between, end)))
        apart = np.abs(between - (1.0 - BETWEEN) * first - BETWEEN * end).max()
        unseen = apart / (self.strongest or 1.0)
        if min(unseen, self.unseen) > LARGEST_UNSEEN:
            raise ValidityError(
                f"The field from outside changes by {unseen:.2g} of its maximum within a step of "
                f"{abs(h):.3g} at t = {t:g}, unseen. Use a shorter time_step."
            )
        self.unseen = unseen

    def edges(
        self, f: list[np.ndarray], n: np.ndarray, a: np.ndarray, drift: float, tau: float, t: float
    ) -> None:
        """Raise if a drift or a kick τ could carry f over an edge. Raises: ValidityError."""
        for s, kind in enumerate(self.kinds):
            # A trap is steep where nobody is.
            there = np.abs(n[s]) > self.tolerance * np.abs(n[s]).max()
            for axis, dv in enumerate(kind.velocity.spacing):
                hardest = np.abs(a[s, axis][there]).max(initial=0.0)
                width = max(1, int(np.ceil(abs(tau) * hardest / dv)))
                text = f"at t = {t:g} f no longer vanishes"
                self._velocity(f[s], axis, self.largest[s][axis], width, text)
        if self.field.boundary == "isolated":
            for s, kind in enumerate(self.kinds):
                for axis, dx in enumerate(self.field.space.spacing):
                    fastest = np.abs(kind.velocity.axes[axis]).max()
                    self._space(n[s], axis, 1 + int(np.ceil(fastest * abs(drift) / dx)), t)
                    if self.combs:
                        self._comb(f[s], kind, axis, t)

    def _velocity(self, f: np.ndarray, axis: int, largest: float, width: int, text: str) -> None:
        D = self.field.space.num_axes
        found = np.abs(_marginal(_ends(f, D + axis, width), D + axis)).max()
        if not found <= self.tolerance * largest:
            raise ValidityError(
                f"The velocities end too early: {text} at the edge of their grid (it is "
                f"{found / largest:.2g} of its maximum, allowed {self.tolerance:.2g}). Use a "
                "wider grid of velocities, or, where filaments ring, a finer one."
            )

    def _space(self, n: np.ndarray, axis: int, width: int, t: float) -> None:
        found = np.abs(_ends(n, axis, width)).max() / np.abs(n).max()
        if not found <= self.tolerance:
            raise ValidityError(
                f"At t = {t:g} the density at the ends of the isolated box is {found:.2g} of its "
                f"maximum (allowed {self.tolerance:.2g}). Use a wider box."
            )

    def _comb(self, f: np.ndarray, kind: Species, axis: int, t: float) -> None:
        """Raise where f is left by too few velocities in one place to have a density."""
        D = self.field.space.num_axes
        by_axis = f.sum(axis=tuple(D + a for a in range(D) if a != axis))
        even, odd = by_axis[..., ::2].sum(axis=-1), by_axis[..., 1::2].sum(axis=-1)
        found = np.abs(even - odd).max() / np.abs(even + odd).max()
        if not found <= LARGEST_COMB:
            raise ValidityError(
                f"At t = {t:g} f comes apart into single velocities of its grid: in the density "
                f"every other one counts for {found:.2g} more than those between, allowed "
                f"{LARGEST_COMB:g}. Use a finer grid of velocities, or allow_recurrence=True."
            )


def _marginal(f: np.ndarray, axis: int) -> np.ndarray:
    return f.sum(axis=tuple(a for a in range(f.ndim) if a != axis))


def _ends(f: np.ndarray, axis: int, width: int) -> np.ndarray:
    """The outermost cells of one axis, both ends."""
    width = min(width, f.shape[axis] // 2)
    low = [slice(None)] * f.ndim
    high = list(low)
    low[axis], high[axis] = slice(0, width), slice(f.shape[axis] - width, None)
    return np.concatenate([f[tuple(low)], f[tuple(high)]], axis=axis)
