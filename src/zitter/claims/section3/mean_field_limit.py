"""Claim of Part I on the mean field: weakly coupled, many particles obey the Hartree equation."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.optimize import brentq

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
    with_uncertainty,
)
from zitter.claims.measures import exponent_measurement
from zitter.core.grid import Grid
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.mean_field.few_body import few_body_beside_mean_field, harmonic_mean_field_error
from zitter.scenarios.style import (
    BLUE,
    GREEN,
    GREY,
    MARKERS,
    ORANGE,
    RED,
    draw_slope,
    label_axes,
    new_figure,
)
from zitter.system.pair_potentials import HarmonicPair, NewtonPair

_SIZES = {
    "quick": ((0.1, 0.2, 0.4, 1.6), 40, 0.1),
    "default": ((0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2), 48, 0.1),
    "full": ((0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2), 72, 0.05),
}
_COUNTS = (2, 3, 10, 30, 100, 300, 1000, 3000, 10_000)
_FIXED_COUNTS = (2, 3, 10, 30, 100, 300, 1000)
_LIFETIME_COUNTS, _LOST = (10, 30, 100, 300, 1000), 0.05
_TIME, _WIDTH, _HALF_BOX = 2.0, np.sqrt(0.5), 8.0
_WEAK, _SMALL, _STIFFNESS, _FIXED = 0.4, 0.05, 0.1, 1e-4
_DISTANCES = ("depletion", "trace_distance", "density")


def _orbital(num: int) -> tuple[np.ndarray, Grid]:
    grid = Grid((-_HALF_BOX,), (_HALF_BOX,), (num,))
    return np.exp(-0.5 * grid.axes[0] ** 2) / np.pi**0.25, grid


def _errors(V_pair, num_particles: int, num: int, dt: float, strength: float) -> list[float]:
    """Errors at the last time with a mean field of `strength` times N - 1."""
    phi, grid = _orbital(num)
    run = few_body_beside_mean_field(
        phi,
        grid,
        V_pair,
        num_particles,
        [0.0, _TIME],
        num_others=strength * (num_particles - 1),
        time_step=dt,
        leak_tolerance=1e-3,
    )
    return [float(getattr(run, name)[-1]) for name in _DISTANCES]


def _gravity(total: float, num_particles: int) -> NewtonPair:
    """Soft gravity of a pair, G m² = total/(N - 1): the mean field is that of `total`."""
    return NewtonPair(1.0, gravitational_constant=total / (num_particles - 1), softening=1.0)


def _run(preset: Preset, strength: float) -> xr.Dataset:
    couplings, num, dt = _SIZES[preset]
    table = [
        [_errors(_gravity(total, N), N, num, dt, strength) for N in (2, 3)] for total in couplings
    ]
    again = _errors(_gravity(_WEAK, 2), 2, num + num // 4, 0.5 * dt, strength)
    spring = _errors(HarmonicPair(0.3), 2, num, dt, 1.0)[0]
    counts, fixed = np.array(_COUNTS), np.array(_FIXED_COUNTS)

    def closed_form(N: np.ndarray, stiffness: np.ndarray) -> np.ndarray:
        return harmonic_mean_field_error(
            N, stiffness, _TIME, width=_WIDTH, num_others=strength * (N - 1.0)
        )

    lifetimes = [_lifetime(N, strength) for N in _LIFETIME_COUNTS]
    dims = ("coupling", "num_particles")
    errors = np.moveaxis(np.array(table), -1, 0)
    data = xr.Dataset(
        {name: (dims, values) for name, values in zip(_DISTANCES, errors, strict=True)},
        coords={"coupling": list(couplings), "num_particles": [2, 3]},
    )
    return data.assign(
        harmonic=("count", closed_form(counts, _STIFFNESS / (counts - 1.0))),
        harmonic_fixed=("fixed_count", closed_form(fixed, np.full(len(fixed), _FIXED))),
        lifetime=("lifetime_count", lifetimes),
        grid_error=abs(again[0] / table[couplings.index(_WEAK)][0][0] - 1.0),
        route_difference=abs(
            spring - float(harmonic_mean_field_error(2, 0.3, _TIME, width=_WIDTH))
        ),
    ).assign_coords(count=counts, fixed_count=fixed, lifetime_count=list(_LIFETIME_COUNTS))


def _lifetime(num_particles: int, strength: float) -> float:
    """Time until _LOST of the particles have left a soliton of the mean field of rate 1."""
    kappa = 1.0 / (num_particles - 1)

    def excess(t: float) -> float:
        lost = harmonic_mean_field_error(
            num_particles, kappa, t, width=_WIDTH, num_others=strength * (num_particles - 1)
        )
        return float(lost) - _LOST

    return float(brentq(excess, 1e-6, 10.0 * np.sqrt(num_particles)))


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A mean field of half the strength."""
    return _run(preset, 0.5)


def _number_exponent(weak: xr.DataArray) -> PowerLaw:
    """Exponent in N - 1 from N = 2 to 3 at equal total coupling; its scatter over couplings."""
    two, three = weak.sel(num_particles=2).values, weak.sel(num_particles=3).values
    slopes = np.log(three / two) / np.log(2.0)
    mean, error = float(np.mean(slopes)), float(np.ptp(slopes))
    return PowerLaw(mean, error, float(two[0]), (mean - 2.0 * error, mean + 2.0 * error))


def _inside(data: xr.Dataset) -> list[Measurement]:
    weak = data.depletion.sel(coupling=slice(None, _WEAK))
    found = [
        exponent_measurement(
            "exponent of the error in the coupling",
            f"gravity, N = {N}",
            power_law_fit(weak.coupling.values, weak.sel(num_particles=N).values),
            2.0,
        )
        for N in (2, 3)
    ]
    found.append(
        exponent_measurement(
            "exponent of the error in N - 1",
            "gravity, N = 2, 3, coupling of a pair ∝ 1/(N - 1)",
            _number_exponent(weak),
            -1.0,
        )
    )
    many = data.harmonic.sel(count=slice(10, None))
    found.append(
        exponent_measurement(
            "exponent of the error in N - 1",
            f"harmonic forces, N = 10 .. {int(many['count'][-1])}, coupling of a pair ∝ 1/(N - 1)",
            power_law_fit(many["count"].values - 1, many.values),
            -1.0,
        )
    )
    return found


def _outside(data: xr.Dataset) -> list[Measurement]:
    """Where the statement's conditions are not met: reported, not judged."""
    fixed = data.harmonic_fixed
    law = power_law_fit(fixed.fixed_count.values - 1, fixed.values)
    others = dict(inside=Verdict.FAILS, outside=Verdict.INCONCLUSIVE)
    return [
        exponent_measurement(
            "exponent of the error in N - 1",
            "harmonic forces, fixed coupling of a pair",
            law,
            1.0,
            **others,
        ),
        exponent_measurement(
            f"exponent in N - 1 of the time until {_LOST:.0%} have left the mean field",
            "body bound by harmonic forces, coupling of a pair ∝ 1/(N - 1)",
            power_law_fit(data.lifetime_count.values - 1, data.lifetime.values),
            0.5,
            **others,
        ),
    ]


def _table(data: xr.Dataset) -> list[Measurement]:
    """Largest error of a probability of one particle, for each coupling and N."""
    rows = []
    for N in data.num_particles.values:
        for coupling in data.coupling.values:
            value = float(data.trace_distance.sel(coupling=coupling, num_particles=N))
            error = value * float(data.grid_error)
            rows.append(
                Measurement(
                    name="error of a probability, ½Tr|γ - |φ⟩⟨φ||",
                    regime=f"gravity, N = {N}, total coupling {coupling:g}",
                    value=value,
                    uncertainty=error,
                    expected=f"below {_SMALL:g}",
                    verdict=verdict_within(value, error, high=_SMALL),
                )
            )
    return rows


def _judge(data: xr.Dataset) -> Judgement:
    inside, outside, table = _inside(data), _outside(data), _table(data)
    two, three, few, many = inside
    growth, life = outside
    strong = max(row.value for row in table)
    return Judgement(
        verdict=overall(inside),
        measured=f"1 - ⟨φ|γ|φ⟩ ∝ coupling^{with_uncertainty(two.value, two.uncertainty)} (N = 2), "
        f"coupling^{with_uncertainty(three.value, three.uncertainty)} (N = 3), "
        f"(N - 1)^{few.value:.2f} and, for many, (N - 1)^{many.value:.3f}",
        uncertainty="standard errors of the fits; relative error of the grid and of the step "
        f"{float(data.grid_error):.0e}",
        expected="exponents 2 and -1",
        reason="At equal total coupling the share of particles outside of the mean-field orbital "
        f"falls as (N - 1)^{many.value:.2f} and as the coupling^{two.value:.2f}; at a fixed "
        f"coupling of each pair it changes as (N - 1)^{growth.value:+.2f}; a bound body leaves the "
        f"mean field in a time that grows as (N - 1)^{life.value:.2f}; and at total coupling "
        f"{data.coupling.values[-1]:g} two particles err by {strong:.2f} in a probability.",
        measurements=(*inside, *outside, *table),
        independent_check="harmonic forces on the grid against the closed form for any N: "
        f"difference {float(data.route_difference):.0e}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, height=4.0)
    couplings = data.coupling.values
    for N, colour, marker in zip((2, 3), (BLUE, RED), MARKERS, strict=False):
        values = data.depletion.sel(num_particles=N).values
        left.plot(couplings, values, marker=marker, color=colour, label=f"gravity, N = {N}")
        right.plot(
            [N - 1], [values[list(couplings).index(_WEAK)]], marker, color=colour, linestyle="none"
        )
    start = float(data.depletion.values[0, 0])
    draw_slope(left, couplings, 2.0, at=(couplings[0], 1.6 * start), label="∝ coupling²")
    others, fixed = data["count"].values - 1, data.fixed_count.values - 1
    right.plot(others, data.harmonic, "-D", color=GREEN, label="pair coupling ∝ 1/(N - 1)")
    right.plot(fixed, data.harmonic_fixed, "-v", color=ORANGE, label="fixed pair coupling")
    right.plot([], [], "o", color=GREY, label="gravity, N = 2, 3")
    for ax in (left, right):
        ax.set_xscale("log")
        ax.set_yscale("log")
    label_axes(
        left,
        x="total coupling (N - 1) G m² [ħ²/(m a)]",
        y="share outside of the mean field, 1 - ⟨φ|γ|φ⟩",
        title="Exact N = 2, 3 against the mean field",
    )
    label_axes(
        right, x="N - 1", y="share outside of the mean field", title="Harmonic forces, any N"
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="weakly-coupled-many-obey-the-mean-field",
        ledger="L69",
        section="3.3",
        statement="Part I, not this paper: many weakly coupled particles obey the mean-field "
        "(Hartree, Schroedinger-Newton) equation.",
        equations=(),
        predicted=Verdict.HOLDS,
        expected="error ∝ coupling² and ∝ 1/(N - 1) if the coupling of a pair is ∝ 1/(N - 1)",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
