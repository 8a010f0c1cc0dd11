"""Claims on the terms A and B of the conditional equations of the centre of mass: (65)-(71)."""

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    verdict_within,
    with_uncertainty,
)
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import (
    law_text,
    median_estimate,
    median_law,
    verdict_under_condition,
)
from zitter.claims.section3.product_terms import (
    GAUSSIAN,
    HUMPS,
    difference_of_routes,
    draw_product,
    free_orbital,
    mean_variance,
    product_terms,
)
from zitter.scenarios.style import BLUE, GREEN, MARKERS, RED, draw_slope, label_axes, new_figure
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition

_SIZES = {
    "quick": ((4, 16, 64, 256), 200),
    "default": ((4, 16, 64, 256, 1024), 1000),
    "full": ((4, 16, 64, 256, 1024, 4096), 2000),
}
_TIME = 0.8
_STATES = (GAUSSIAN, HUMPS)
# Half a width of the centre of mass on either side: A and B by second differences.
_STEP = 0.5
_OFFSETS = _STEP * np.arange(-2, 3)
_FIRST = np.array([1.0, -8.0, 0.0, 8.0, -1.0]) / (12.0 * _STEP)
_SECOND = np.array([-1.0, 16.0, -30.0, 16.0, -1.0]) / (12.0 * _STEP**2)


class _Options(NamedTuple):
    """What the planted defects change."""

    y_moves: bool = True
    alternate_widths: bool = False


def _orbitals(state: str, options: _Options) -> list[Superposition]:
    wide = Superposition(GaussianPacket([[1.6]]), [1.0])
    return [free_orbital(state), wide] if options.alternate_widths else [free_orbital(state)]


def _fields(state: str, num_particles: int, num_runs: int, seed: int, options: _Options) -> dict:
    """A and B/ρ at five points about x_cm(t), in units of the width of x_cm, and that width."""
    orbitals, rng = _orbitals(state, options), np.random.default_rng([seed, num_particles])
    Q = draw_product(orbitals, num_runs, num_particles, rng, _TIME)
    width = np.sqrt(mean_variance(orbitals, _TIME) / num_particles)
    x_cm = Q.mean(axis=1)[:, None] + width * _OFFSETS
    terms = product_terms(orbitals, Q, x_cm, _TIME, options.y_moves)
    return {"A": terms.A, "B": terms.B, "width": np.full(num_runs, width)}


def _run(preset: Preset, seed: int, options: _Options) -> xr.Dataset:
    counts, num_runs = _SIZES[preset]
    rows = [[_fields(s, n, num_runs, seed, options) for n in counts] for s in _STATES]

    def stacked(name: str) -> np.ndarray:
        return np.array([[row[name] for row in line] for line in rows])

    dims = ("state", "num_particles", "preparation")
    A, B, width = stacked("A"), stacked("B"), stacked("width")
    return xr.Dataset(
        {
            "A": (dims, A[..., 2], {"unit": "ħ²/mσ₀²"}),
            "A_slope": (dims, A @ _FIRST / width, {"unit": "ħ²/mσ₀³"}),
            "A_curvature": (dims, A @ _SECOND / width**2, {"unit": "ħ²/mσ₀⁴"}),
            "width": (dims, width, {"unit": "σ₀"}),
            "B": (dims, B[..., 2], {"unit": "ħ/mσ₀²"}),
            "B_change": (dims, 0.5 * (B[..., 4] - B[..., 0]), {"unit": "ħ/mσ₀²"}),
            "route_difference": difference_of_routes(HUMPS, _TIME, seed),
        },
        {"state": list(_STATES), "num_particles": list(counts)},
        {"time [mσ₀²/ħ]": _TIME} | dict(options._asdict()),
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, _Options())


def _resting(preset: Preset, seed: int) -> xr.Dataset:
    """Relative coordinates that stay where they are, v_j^h = 0."""
    return _run(preset, seed, _Options(y_moves=False))


def _uneven(preset: Preset, seed: int) -> xr.Dataset:
    """Particles of two widths, so that x_cm and y do not factorise even in Gaussians."""
    return _run(preset, seed, _Options(alternate_widths=True))


def _force_measurement(data: xr.Dataset, state: str) -> Measurement:
    """|∂A/∂x_cm| by the size N of an external force: it must fall as 1/√N or faster."""
    law = median_law(data.A_slope.sel(state=state) / data.num_particles)
    name = "exponent of |∂A/∂x_cm| / N on the path"
    return exponent_measurement(name, state, law, -0.5, 0.15)


def _spreading(data: xr.Dataset, state: str, index: int) -> Measurement:
    """-A'' in units of ħ²/4Mσ_cm⁴, with which a free Gaussian of width σ_cm spreads."""
    here = data.sel(state=state).isel(num_particles=index)
    N = int(here.num_particles)
    ratio = median_estimate((-4.0 * N * here.width**4 * here.A_curvature).values)
    regime = f"{state}, N = {N}"
    verdict = verdict_within(ratio.value, ratio.error, -0.2, 0.2)
    name = "-∂²A/∂x_cm² by that of spreading, ħ²/4Mσ_cm⁴"
    return Measurement(name, regime, ratio.value, ratio.error, "0 if A may be dropped", verdict)


def _judge_A(data: xr.Dataset) -> Judgement:
    forces = [_force_measurement(data, str(s)) for s in data.state.values]
    size = [median_law(data.A.sel(state=s)) for s in data.state.values]
    sizes = [
        exponent_measurement("exponent of |A| on the path", str(s), law, 0.0, 0.3)
        for s, law in zip(data.state.values, size, strict=True)
    ]
    spreading = [_spreading(data, str(s), n) for s in data.state.values for n in (0, -1)]
    verdict = verdict_under_condition(forces, [*sizes, *spreading])
    slope = median_law(data.A_slope.sel(state=HUMPS) / data.num_particles)
    wide = spreading[-1]
    return Judgement(
        verdict=verdict,
        measured=f"|A| ∝ N^{law_text(size[1])}; |∂A/∂x_cm|/N ∝ N^{law_text(slope)}; ∂²A/∂x_cm² "
        f"{with_uncertainty(wide.value, wide.uncertainty)} of that of spreading",
        uncertainty="95% intervals by bootstrap; one standard error",
        expected="A of order N; ∂A/∂x_cm by N as N^(-1/2); ∂²A/∂x_cm² does not fall",
        reason=f"A grows as N^{size[1].exponent:.2f}, which is only a phase; its slope on the path "
        f"falls as N^{slope.exponent:.2f} against an external force, but its curvature is "
        f"{spreading[-2].value:.1f} times ({spreading[-2].regime}) and {wide.value:.1f} times "
        f"({wide.regime}) what makes a packet of the centre of mass spread.",
        measurements=(*forces, *sizes, *spreading),
        independent_check="automatic derivatives of the joint ln Ψ at N = 4 differ by "
        f"{float(data.route_difference):.0e}; ∂²A/∂x_cm² of a Gaussian in closed form by "
        f"{_gaussian_difference(data):.0e}",
    )


def _gaussian_difference(data: xr.Dataset) -> float:
    """Largest relative difference from -N ħ²/(4mσ⁴) + (N - 1) 0, σ the width of the orbital."""
    here = data.A_curvature.sel(state=GAUSSIAN)
    variance = 1.0 + 0.25 * _TIME**2
    return float(np.max(np.abs(here / (-0.25 * data.num_particles / variance**2) - 1.0)))


def _change_measurement(data: xr.Dataset, state: str, index: int) -> Measurement:
    """Change of B/ρ over a width of x_cm by ∂v_cm/∂x_cm, the rate at which ρ_cm changes."""
    here = data.sel(state=state).isel(num_particles=index)
    rate = _TIME / (4.0 + _TIME**2)
    change = median_estimate(np.abs(here.B_change.values) / rate)
    regime = f"{state}, N = {int(here.num_particles)}"
    verdict = verdict_within(change.value, change.error, high=0.05)
    name = "median change of B/ρ_cm over σ_cm, by the rate of spreading"
    return Measurement(name, regime, change.value, change.error, "0 if B may be dropped", verdict)


def _judge_B(data: xr.Dataset) -> Judgement:
    factorised = [_change_measurement(data, GAUSSIAN, n) for n in (0, -1)]
    entangled = [_change_measurement(data, HUMPS, n) for n in (0, -1)]
    size = [median_law(data.B.sel(state=s)) for s in data.state.values]
    sizes = [
        Measurement(
            "exponent of |B|/ρ_cm on the path", str(s), l.exponent, l.exponent_error, 1.0, v
        )
        for s, l in zip(data.state.values, size, strict=True)
        for v in [verdict_within(l.exponent, l.exponent_error, high=-0.1)]
    ]
    law = median_law(data.B_change.sel(state=HUMPS))
    return Judgement(
        verdict=verdict_under_condition(factorised, [*entangled, *sizes]),
        measured=f"|B|/ρ_cm ∝ N^{law_text(size[0])}; its change over σ_cm is "
        f"{with_uncertainty(factorised[-1].value, factorised[-1].uncertainty)} of the rate of "
        f"spreading (Gaussian), {with_uncertainty(entangled[-1].value, entangled[-1].uncertainty)} "
        "(two humps)",
        uncertainty="95% interval by bootstrap; standard errors of medians",
        expected="B/ρ_cm of order N, the same at all x only where (93) holds",
        reason=f"B is not zero, it grows as N^{size[0].exponent:.2f}. Where x_cm and y factorise "
        "it is the same at all x and drops out with the norm; elsewhere it changes over the packet "
        f"as N^{law.exponent:.2f} and reshapes ρ_cm at "
        f"{entangled[-1].value:.1f} times the rate of spreading.",
        measurements=(*factorised, *entangled, *sizes),
        independent_check="automatic derivatives of the joint ln Ψ at N = 4 differ by "
        f"{float(data.route_difference):.0e}; B/ρ_cm of a Gaussian in closed form by "
        f"{_closed_form_difference(data):.0e}",
    )


def _closed_form_difference(data: xr.Dataset) -> float:
    here = data.B.sel(state=GAUSSIAN)
    exact = (data.num_particles - 1.0) * _TIME / (4.0 + _TIME**2)
    return float(np.max(np.abs(here / exact - 1.0)))


def _figure_A(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    counts = data.num_particles.values
    series = (
        (data.A, "|A|", RED),
        (abs(data.A_slope) / data.num_particles, "|∂A/∂x_cm| / N", BLUE),
    )
    for values, name, colour in series:
        middle = np.median(np.abs(values.sel(state=HUMPS)), axis=1)
        left.loglog(counts, middle, "o", color=colour, label=name)
        exponent = 1.0 if colour == RED else -0.5
        text = "∝ N" if colour == RED else "∝ 1/√N"
        draw_slope(left, counts, exponent, at=(counts[0], float(middle[0])), label=text)
    for state, marker, colour in zip(data.state.values, MARKERS, (BLUE, GREEN), strict=False):
        here = data.sel(state=state)
        ratio = -4.0 * data.num_particles * here.width**4 * here.A_curvature
        right.plot(counts, np.median(ratio, axis=1), marker, color=colour, label=str(state))
    right.axhline(0.0, color="#8A8F98", linestyle="--", label="A dropped")
    right.set_xscale("log")
    right.set_ylim(bottom=-0.2)
    x = "number of particles N"
    label_axes(
        left, x=x, y="median on the path [ħ²/mσ₀², ħ²/mσ₀³]", title="A on the path, two humps"
    )
    label_axes(
        right, x=x, y="-∂²A/∂x_cm² [ħ²/4Mσ_cm⁴]", title="Its curvature, by that of spreading"
    )
    return figure


def _figure_B(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    counts = data.num_particles.values
    for state, marker, colour in zip(data.state.values, MARKERS, (BLUE, GREEN), strict=False):
        here = data.sel(state=state)
        left.loglog(
            counts, np.median(np.abs(here.B), axis=1), marker, color=colour, label=str(state)
        )
        change = np.median(np.abs(here.B_change), axis=1) * (4.0 + _TIME**2) / _TIME
        right.plot(counts, change, marker, color=colour, label=str(state))
    start = float(np.median(np.abs(data.B.sel(state=GAUSSIAN)[0])))
    draw_slope(left, counts, 1.0, at=(counts[0], start), label="∝ N")
    right.set_xscale("log")
    right.set_ylim(bottom=-0.05)
    x = "number of particles N"
    label_axes(left, x=x, y="median |B|/ρ_cm on the path [ħ/mσ₀²]", title="B on the path")
    label_axes(
        right, x=x, y="change of B/ρ_cm over σ_cm [∂v/∂x]", title="How much B depends on x_cm"
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="A-vanishes-on-the-path",
        ledger="L28",
        section="3.1",
        statement="For large N the term A is about zero along the path of the centre of mass, so "
        "that its conditional phase obeys the classical Hamilton-Jacobi equation.",
        equations=(65, 66, 70, 71),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="|A| grows as N; |∂A/∂x_cm|/N falls as N^(-1/2); ∂²A/∂x_cm² does not fall",
        correction="∂A/∂x_cm is negligible on the path; A itself is of order N, a mere phase; and "
        "∂²A/∂x_cm² decides how ρ_cm spreads, at every N.",
        experiment=_experiment,
        judge=_judge_A,
        figure=_figure_A,
        planted_defect=_resting,
    ),
    Claim(
        id="B-drops-out",
        ledger="L29",
        section="3.1",
        statement="For large N the term B need not be zero, but it contributes only a factor that "
        "depends on time, so that it drops out of the continuity equation of the centre of mass.",
        equations=(67, 68),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="B/ρ_cm of order N; the same at all x_cm where (93) holds, otherwise not",
        correction="Only where (93) holds, and then by the normalisation of ρ_cm; otherwise B "
        "depends on x_cm and reshapes ρ_cm as fast as spreading does, at every N.",
        experiment=_experiment,
        judge=_judge_B,
        figure=_figure_B,
        planted_defect=_uneven,
    ),
)
