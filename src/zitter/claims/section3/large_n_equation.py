"""Claim that (72) approximates the centre of mass for large N: in distance, not in distribution."""

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
)
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import law_text, verdict_under_condition
from zitter.claims.section3.classical_runs import total_variation
from zitter.claims.section3.large_n_humps import distances
from zitter.claims.section3.large_n_quartic import quartic_distances
from zitter.claims.section3.two_roads import upheld
from zitter.classical_limit.characteristics import by_characteristics
from zitter.classical_limit.hamilton_jacobi import state_of_psi
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.grid import Grid
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.scenarios.style import BLACK, BLUE, GREEN, GREY, RED, label_axes, new_figure
from zitter.system.potentials import Polynomial
from zitter.trajectories.quantiles import quantile_map_of_densities
from zitter.wavefunctions.gaussian import GaussianPacket

# ħ = m = 1 and a one-particle width of 1: the time of spreading is τ = 2.
_COUNTS = {
    "quick": (1, 4, 16, 64, 256, 1024),
    "default": tuple(4**k for k in range(9)),
    "full": tuple(4**k for k in range(13)),
}
_NUM = {"quick": 256, "default": 512, "full": 1024}
# A wide body has momenta that grow as N.
_RIGID_COUNTS, _RIGID_NUM = (8, 16, 32), 1024
_TAU, _TIMES = 2.0, np.array([0.0, 1.0, 3.0])
_CASES = {"free": 0.0, "weak trap": 0.02}
_HUMPS, _QUARTIC = "free, two humps", "quartic, off its middle"


def _one(num_particles: int, stiffness: float, num: int, width: float) -> list[np.ndarray]:
    """TV and W2 of (72) from the exact centre of mass, TV of Liouville's flow, coarse TV."""
    mass = float(num_particles)
    widest = _liouville_width(width, mass, 0.0, _TIMES[-1] * _TAU)
    half = max(28.0 * width, 8.0 * widest)
    grid = Grid([-half], [half], [2 * int(np.ceil(0.5 * num * half / (28.0 * width)))])
    # A body of N particles of stiffness k in its trap has the stiffness N k.
    U = Polynomial([0.0, 0.0, 0.5 * stiffness * num_particles])
    psi = GaussianPacket(width=[width], mass=mass)
    problem = ClassicalProblem(state_of_psi(psi), U, grid, _TIMES * _TAU, mass)
    exact, found = family_on_grid(problem, 0.0).density, by_characteristics(problem).density
    x, h = grid.axes[0], grid.cell_volume
    levels = np.linspace(-3.0, 3.0, 601)
    weight = np.exp(-0.5 * levels**2) / np.sum(np.exp(-0.5 * levels**2))
    starts = levels * width
    tv, coarse, w2, liouville = [], [], [], []
    for k in (1, 2):
        tv.append(total_variation(exact[k], found[k], h))
        coarse.append(total_variation(exact[k, ::2], found[k, ::2], 2.0 * h))
        ends = [quantile_map_of_densities(x, rho[[0, k]], starts)[1] for rho in (exact, found)]
        w2.append(np.sqrt(np.sum(weight * (ends[0] - ends[1]) ** 2)))
        spread = _liouville_width(width, mass, stiffness * num_particles, _TIMES[k] * _TAU)
        law = np.exp(-0.5 * (x / spread) ** 2) / (np.sqrt(2.0 * np.pi) * spread)
        liouville.append(total_variation(exact[k], law, h))
    return [np.array(v) for v in (tv, w2, liouville, coarse)]


def _liouville_width(width: float, mass: float, stiffness: float, t: float) -> float:
    """Width of the Gaussian Wigner law of the initial state, carried along by Newton's paths."""
    omega = np.sqrt(stiffness / mass)
    sine = np.sin(omega * t) / omega if omega else t
    return float(np.hypot(width * np.cos(omega * t), 0.5 / width * sine / mass))


def _run(preset: Preset, seed: int, *, rigid: bool) -> xr.Dataset:
    """Distances for N independent particles, or with `rigid` for x_cm as wide as one of them."""
    counts, num = (_RIGID_COUNTS, _RIGID_NUM) if rigid else (_COUNTS[preset], _NUM[preset])
    times = _TIMES[1:] * _TAU
    widths = [1.0 if rigid else 1.0 / np.sqrt(n) for n in counts]
    pairs = list(zip(counts, widths, strict=True))
    found = {case: [_one(n, k, num, width) for n, width in pairs] for case, k in _CASES.items()}
    found[_HUMPS] = [distances(n, times, rigid) for n in counts]
    if not rigid:
        found[_QUARTIC] = quartic_distances(counts, times)
    dims, values = ("case", "num_particles", "time"), np.array(list(found.values()))
    names = ("total_variation", "wasserstein", "liouville", "coarse")
    data = {name: (dims, values[:, :, i]) for i, name in enumerate(names)}
    quadratic = ("case", [case != _QUARTIC for case in found])
    coords = dict(
        case=list(found), num_particles=list(counts), time=_TIMES[1:], quadratic=quadratic
    )
    data["spreading"] = ("num_particles", [0.5 * _TAU / (n * w**2) for n, w in pairs])
    return xr.Dataset(data, coords=coords, attrs=dict(seed=seed))


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, rigid=False)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A body of N particles whose centre is as uncertain as one particle: ħ/Mσ² falls as 1/N."""
    return _run(preset, seed, rigid=True)


def _law(values: xr.DataArray, least: int = 16) -> PowerLaw:
    """Law at large N, or of all N where fewer than three are large."""
    large = values.sel(num_particles=values.num_particles >= least)
    fitted = large if large.size >= 3 else values
    return power_law_fit(fitted.num_particles.values, fitted.values)


def _falling(data: xr.Dataset, case: str) -> list[Measurement]:
    """Whether the two densities come nearer to each other with N, in distance."""
    found = []
    for t in data.time.values:
        law = _law(data.wasserstein.sel(case=case, time=t), least=64)
        verdict = verdict_within(law.exponent, law.exponent_error, high=-0.25)
        words = (law.exponent, law.exponent_error, "negative", verdict)
        found.append(Measurement("exponent of W₂ in N", f"{case}, t = {t:g} τ", *words))
    return found


def _root_law(data: xr.Dataset, case: str) -> list[Measurement]:
    """Whether they do so as the width of the centre of mass does, 1/√N."""
    return [
        exponent_measurement(
            "exponent of W₂ in N, as of the width",
            f"{case}, t = {t:g} τ",
            _law(data.wasserstein.sel(case=case, time=t)),
            -0.5,
            0.02,
        )
        for t in data.time.values
    ]


def _plateau(data: xr.Dataset, case: str, time: float) -> Measurement:
    """Total variation at the largest N; a limit would have it go to 0."""
    here = data.sel(case=case, time=time)
    value = float(here.total_variation[-1])
    error = abs(value - float(here.coarse[-1])) + abs(value - float(here.total_variation[-2]))
    return Measurement(
        name="total variation between ρ_cl and the exact ρ_cm",
        regime=f"{case}, t = {time:g} τ, N = {int(data.num_particles[-1])}",
        value=value,
        uncertainty=error,
        expected="0 in a limit; free Gaussian 0.1659 at τ and 0.5029 at 3τ",
        verdict=verdict_within(value, error, high=0.05),
    )


def _liouville(data: xr.Dataset, case: str) -> Measurement:
    """Whether the Gaussian Wigner law of the same covariance has the exact density."""
    value = float(data.liouville.sel(case=case)[-1].max())
    error = abs(value - float(data.liouville.sel(case=case)[-2].max()))
    regime = f"{case}, N = {int(data.num_particles[-1])}"
    verdict = verdict_within(value, error, high=0.02)
    name = "total variation between Liouville's flow and the exact ρ_cm"
    return Measurement(name, regime, value, error, "0 for large N", verdict)


def _judge(data: xr.Dataset) -> Judgement:
    cases = [str(case) for case in data.case.values]
    quadratic = [str(case) for case in data.case.values[data.quadratic.values]]
    falls = {case: _falling(data, case) for case in cases}
    inside = [m for case in quadratic for m in falls[case]]
    outside = [m for case in cases if case not in quadratic for m in falls[case]]
    plateaus = [_plateau(data, case, float(t)) for case in cases for t in data.time.values]
    laws = [m for case in quadratic for m in _root_law(data, case)]
    flows = [_liouville(data, case) for case in quadratic]
    first = _law(data.wasserstein.isel(case=0, time=0))
    free = [m.value for m in plateaus[:2]]
    humps = float(data.total_variation.sel(case=_HUMPS)[-1, -1])
    return Judgement(
        verdict=upheld(verdict_under_condition(inside, [*outside, *plateaus]), [*laws, *flows]),
        measured=f"W₂ ∝ N^{law_text(first)}; total variation {free[0]:.3f} at τ and "
        f"{free[1]:.3f} at 3τ for every N",
        uncertainty="scatter over N; half the points",
        expected="exponent -1/2; total variation 0.166 and 0.503",
        reason=f"The distance of the density of (72) from the exact one of the centre of mass goes "
        f"as N^{first.exponent:.2f}; relative to their width they differ by {free[0]:.3f} and "
        f"{free[1]:.3f} in total variation at the largest N (two humps {humps:.3f} at 3τ), where "
        f"ħτ/(2Mσ²) is {float(data.spreading[-1]):.2g}."
        + "".join(f" W₂ goes as N^{m.value:.2f} in: {m.regime}." for m in outside),
        measurements=(*inside, *outside, *plateaus, *laws, *flows),
        independent_check="Liouville's flow of the Wigner law of the same state differs from the "
        f"exact ρ_cm by {flows[0].value:.0e} (free), {flows[-1].value:.0e} ({quadratic[-1]})",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, width=9.6, height=3.8)
    counts = data.num_particles.values
    free = data.sel(case="free")
    for t, colour in zip(data.time.values, (BLUE, RED), strict=True):
        here = free.sel(time=t)
        left.plot(counts, here.wasserstein, "o", color=colour, label=f"t = {t:g} τ")
        right.plot(counts, here.total_variation, "o", color=colour, label=f"(72), t = {t:g} τ")
        humps = data.total_variation.sel(case=_HUMPS, time=t)
        right.plot(counts, humps, "x", color=colour, label=f"two humps, t = {t:g} τ")
        exact = float(here.wasserstein[0])
        left.plot(counts, exact / np.sqrt(counts), "--", color=GREY)
    for case in data.case.values[~data.quadratic.values]:
        here = data.wasserstein.sel(case=case).isel(time=-1)
        left.plot(counts, here, "^", color=GREEN, label=f"{case}, t = {float(here.time):g} τ")
    left.plot([], [], "--", color=GREY, label="∝ 1/√N")
    right.plot(counts, free.liouville.isel(time=-1), "s", color=GREEN, label="Liouville's flow")
    right.axhline(0.0, color=BLACK, linewidth=0.8)
    right.set_ylim(-0.03, 0.75)
    for ax in (left, right):
        ax.set_xscale("log")
    left.set_yscale("log")
    x = "number of particles N"
    label_axes(left, x=x, y="W₂ between ρ_cl and ρ_cm [σ]", title="Distance in space")
    label_axes(right, x=x, y="total variation", title="Difference of the distributions")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="classical-equation-approximates-the-centre-of-mass",
        ledger="L35",
        section="3.3",
        statement="(72) approximates the Schroedinger evolution of the centre of mass of N "
        "particles as N grows.",
        equations=(72,),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="W₂ as N^-1/2; total variation 0.166 at τ, 0.503 at 3τ for every N",
        correction="In Wasserstein distance, as N^-1/2, because both densities shrink; in total "
        "variation there is no approach, and none at all where U is not quadratic across the "
        "body. The limit that holds is Liouville's flow of the Wigner law of the centre of mass.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
