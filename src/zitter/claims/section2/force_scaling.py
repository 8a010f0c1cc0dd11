"""Claim on the size of the external force on the centre of mass: (48), (49), (58)."""

from typing import NamedTuple

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.densities import Density, gaussian_density, quartic_density
from zitter.claims.section2.judging import law_text, median_law, verdict_under_condition
from zitter.claims.section2.product_forces import UNITS, product_forces
from zitter.scenarios.style import (
    BLUE,
    GREY,
    RED,
    draw_interval,
    draw_slope,
    label_axes,
    new_figure,
)
from zitter.system.potentials import Harmonic, Polynomial, Potential, force

_SIZES = {
    "quick": ((16, 64, 256, 1024), 600),
    "default": ((16, 64, 256, 1024, 4096, 16_384), 1000),
    "full": ((16, 64, 256, 1024, 4096, 16_384, 65_536), 4000),
}
_DISPLACEMENT = 2.0
_PLACES = {"displaced": _DISPLACEMENT, "at equilibrium": 0.0}


class _Trap(NamedTuple):
    """U with force -x^power, and its ground state."""

    name: str
    potential: Potential
    power: int
    ground_state: Density

    def mean_force(self, displacement: float) -> float:
        """-⟨U'⟩ in closed form: -⟨d + ξ⟩ or -⟨(d + ξ)³⟩."""
        spread = 3.0 * displacement * self.ground_state.variance if self.power == 3 else 0.0
        return -(displacement**self.power) - spread

    def formula_error(self) -> float:
        """Largest difference of -x^power and -∇U by automatic differentiation."""
        x = np.linspace(-3.0, 3.0, 61)
        automatic = jax.vmap(lambda q: force(self.potential, q, 0.0)[0])(x[:, None])
        return float(np.max(np.abs(np.asarray(automatic) + x**self.power)))


def _traps() -> tuple[_Trap, _Trap]:
    quartic = Polynomial([0.0, 0.0, 0.0, 0.0, 0.25])
    return (
        _Trap("harmonic", Harmonic(1.0), 1, gaussian_density(0.5)),
        _Trap("quartic", quartic, 3, quartic_density()),
    )


def _run(preset: Preset, seed: int, screening: float) -> xr.Dataset:
    """Forces in both traps; `screening` weakens the trap as N^-screening."""
    counts, num_runs = _SIZES[preset]
    rng, traps = np.random.default_rng(seed), _traps()
    F_U = np.empty((len(traps), len(_PLACES), len(counts), num_runs))
    total = np.empty_like(F_U)
    for k, trap in enumerate(traps):
        for p, place in enumerate(_PLACES.values()):
            for n, num_particles in enumerate(counts):
                strength = float(num_particles) ** -screening

                def external(x, strength=strength, place=place, power=trap.power):
                    return -strength * (x + place) ** power

                drawn = product_forces(trap.ground_state, num_particles, num_runs, rng, external)
                F_U[k, p, n] = drawn.F_U
                total[k, p, n] = drawn.F_U + drawn.F_cm + drawn.F_rel
    dims, unit = ("trap", "place", "num_particles", "preparation"), {"unit": UNITS["F_U"]}
    mean = [trap.mean_force(_DISPLACEMENT) for trap in traps]
    return xr.Dataset(
        {
            "F_U": (dims, F_U, unit),
            "total_force": (dims, total, unit),
            "mean_force": ("trap", mean, unit),
            "formula_error": ("trap", [trap.formula_error() for trap in traps], unit),
        },
        {
            "trap": [trap.name for trap in traps],
            "place": list(_PLACES),
            "num_particles": list(counts),
        },
        {"displacement [σ₀]": _DISPLACEMENT},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, screening=0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A trap whose strength falls as N^-1/4."""
    return _run(preset, seed, screening=0.25)


def _exponents(data: xr.Dataset, place: str) -> list[Measurement]:
    return [
        exponent_measurement(
            "exponent of |F_U|",
            f"{trap} trap, {place}",
            median_law(data.F_U.sel(trap=trap, place=place)),
            1.0,
        )
        for trap in data.trap.values
    ]


def _prefactors(data: xr.Dataset) -> list[Measurement]:
    """Mean force per particle against -⟨U'⟩ in closed form."""
    at = data.F_U.sel(place="displaced").isel(num_particles=-1)
    num_particles = int(at.num_particles)
    measurements = []
    for trap in data.trap.values:
        ratio = at.sel(trap=trap).values / (num_particles * float(data.mean_force.sel(trap=trap)))
        value, error = float(ratio.mean()), float(ratio.std(ddof=1) / np.sqrt(ratio.size))
        measurements.append(
            Measurement(
                name="F_U / (-N⟨U'⟩)",
                regime=f"{trap} trap, displaced, N = {num_particles}",
                value=value,
                uncertainty=error,
                expected=1.0,
                verdict=verdict_within(value, error, 0.98, 1.02),
            )
        )
    return measurements


def _balance(data: xr.Dataset) -> list[Measurement]:
    """Largest total force in a ground state, in units of the rms of F_U."""
    rest = data.sel(place="at equilibrium")
    worst = np.abs(rest.total_force).max("preparation") / rest.F_U.std("preparation")
    return [
        Measurement(
            name="largest |F_U + F_cm + F_rel| / rms F_U",
            regime=f"{trap} trap, at equilibrium",
            value=float(worst.sel(trap=trap).max()),
            uncertainty=1e-9,
            expected="0 (F_U balances the quantum forces)",
            verdict=verdict_within(float(worst.sel(trap=trap).max()), 1e-9, high=1e-5),
        )
        for trap in data.trap.values
    ]


def _judge(data: xr.Dataset) -> Judgement:
    inside = [*_exponents(data, "displaced"), *_prefactors(data)]
    outside = _exponents(data, "at equilibrium")
    verdict = verdict_under_condition(inside, outside)
    away, rest = inside[0], outside[0]
    reason = (
        f"|F_U| grows as N^{away.value:.2f} where the mean force is not zero, but only as "
        f"N^{rest.value:.2f} at equilibrium, where the quantum forces balance it at every N."
        if verdict is Verdict.HOLDS_WITH_CORRECTION
        else f"|F_U| grows as N^{away.value:.2f} off equilibrium and N^{rest.value:.2f} at it."
    )
    return Judgement(
        verdict=verdict,
        measured=f"exponent {law_text(median_law(data.F_U[0, 0]))} displaced, "
        f"{law_text(median_law(data.F_U[0, 1]))} at equilibrium",
        uncertainty="95% intervals by bootstrap",
        expected="1 displaced, 1/2 at equilibrium",
        reason=reason,
        measurements=(*inside, *outside, *_balance(data)),
        independent_check="mean force in closed form; -∇U by automatic differentiation agrees to "
        f"{float(data.formula_error.max()):.0e}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(2)
    counts = data.num_particles.values
    for ax, trap in zip(panels, data.trap.values, strict=True):
        for place, colour, marker in zip(data.place.values, (BLUE, RED), "os", strict=True):
            size = np.abs(data.F_U.sel(trap=trap, place=place))
            low, middle, high = np.quantile(size, [0.16, 0.5, 0.84], axis=1)
            draw_interval(ax, counts, middle, low, high, label=place, colour=colour, marker=marker)
            slope, text = (1.0, "∝ N") if place == "displaced" else (0.5, "∝ √N")
            draw_slope(ax, counts, slope, at=(counts[0], middle[0]), label="")
            end = middle[0] * (counts[-2] / counts[0]) ** slope
            ax.text(counts[-2], 2.5 * end, text, ha="right", color=GREY)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_ylim(top=20.0 * ax.get_ylim()[1])
        title = f"{trap} trap, at and away from equilibrium"
        label_axes(ax, x="number of particles N", y="|F_U| [ħ²/mσ₀³]", title=title)
        ax.legend(loc="upper left")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="external-force-grows-as-N",
        ledger="L12",
        section="2.1",
        statement="The external force on the centre of mass grows as N.",
        equations=(48, 49, 58),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="exponent 1 away from equilibrium, 1/2 at equilibrium",
        correction="F_U ∝ N needs U'(x̄) ≠ 0. At equilibrium F_U ∝ √N, and in the ground state of "
        "a trap F_cm + F_rel = -F_U at every N.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
