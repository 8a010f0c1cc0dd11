"""Claim on the second and third moments of the centre of mass: before (50)."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy import stats

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    with_uncertainty,
)
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import law_text, verdict_under_condition
from zitter.core.statistics import ks_test, power_law_fit
from zitter.forces.moments import cumulant_of_mean
from zitter.scenarios.style import BLUE, RED, draw_interval, draw_slope, label_axes, new_figure

_SIZES = {
    "quick": ((1, 2, 4, 8, 16, 32), 200_000),
    "default": ((1, 2, 4, 8, 16, 32, 64), 1_000_000),
    "full": ((1, 2, 4, 8, 16, 32, 64, 128), 4_000_000),
}
_SHAPE = 4.0
"""ρ(x) ∝ x³ e^(-2x): variance 1, third cumulant 1."""
_CHUNK = 4_000_000


def _centres(num_particles: int, num_runs: int, rng: np.random.Generator) -> np.ndarray:
    """Sums of independent positions over N for each preparation, in chunks."""
    per_chunk = max(1, _CHUNK // num_particles)
    sizes = [min(per_chunk, num_runs - start) for start in range(0, num_runs, per_chunk)]
    scale = 1.0 / np.sqrt(_SHAPE)
    sums = [rng.gamma(_SHAPE, scale, (size, num_particles)).sum(axis=1) for size in sizes]
    return np.concatenate(sums) / num_particles


def _cumulants(x: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Second and third cumulant of a large sample, each with its standard error."""
    d = x - x.mean()
    m2, m3, m4, m6 = (float(np.mean(d**k)) for k in (2, 3, 4, 6))
    error2 = np.sqrt((m4 - m2**2) / x.size)
    error3 = np.sqrt((m6 - m3**2 - 6.0 * m4 * m2 + 9.0 * m2**3) / x.size)
    return (m2, float(error2)), (m3, float(error3))


def _run(preset: Preset, seed: int, power: float) -> xr.Dataset:
    """Cumulants of Σxᵢ/N^power; the centre of mass has power 1."""
    counts, num_runs = _SIZES[preset]
    rng = np.random.default_rng(seed)
    values, errors, p_values = np.empty((2, len(counts))), np.empty((2, len(counts))), []
    for n, num_particles in enumerate(counts):
        x = _centres(num_particles, num_runs, rng) * float(num_particles) ** (1.0 - power)
        (values[0, n], errors[0, n]), (values[1, n], errors[1, n]) = _cumulants(x)
        law = stats.gamma(_SHAPE * num_particles, scale=1.0 / (num_particles * np.sqrt(_SHAPE)))
        p_values.append(ks_test(x[:20_000], law.cdf).p_value)
    unit = {"unit": "σ₀^order"}
    return xr.Dataset(
        {
            "cumulant": (("order", "num_particles"), values, unit),
            "cumulant_error": (("order", "num_particles"), errors, unit),
            "gamma_law_p_value": ("num_particles", p_values, {"unit": "1"}),
            "one_particle_cumulant": ("order", [1.0, 2.0 / np.sqrt(_SHAPE)], unit),
        },
        {"order": [2, 3], "num_particles": list(counts)},
        {"num_preparations": num_runs},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, power=1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Σxᵢ/√N taken for the centre of mass."""
    return _run(preset, seed, power=0.5)


def _zero_tests(data: xr.Dataset, order: int) -> list[Measurement]:
    """Whether the cumulant is zero at a few N, by its distance from zero in standard errors."""
    here = data.sel(order=order)
    measurements = []
    for n in data.num_particles.values[[0, 3, -1]]:
        value = float(here.cumulant.sel(num_particles=n))
        error = float(here.cumulant_error.sel(num_particles=n))
        measurements.append(
            Measurement(
                name=f"cumulant κ_{order} of x_cm [σ₀^{order}]",
                regime=f"N = {n}",
                value=value,
                uncertainty=error,
                expected=cumulant_of_mean(float(here.one_particle_cumulant), order, int(n)),
                verdict=Verdict.HOLDS if abs(value) < 3.0 * error else Verdict.FAILS,
            )
        )
    return measurements


def _skewness(data: xr.Dataset) -> tuple[float, float, int]:
    """Skewness at N = 8 (or the largest N below), its error, and that N."""
    n = max(int(n) for n in data.num_particles.values if n <= 8)
    here = data.sel(num_particles=n)
    (k2, k3), (_, error) = here.cumulant.values, here.cumulant_error.values
    return float(k3 / k2**1.5), float(error / k2**1.5), n


def _judge(data: xr.Dataset) -> Judgement:
    counts = data.num_particles.values
    laws = {
        order: power_law_fit(
            counts,
            np.abs(data.cumulant.sel(order=order).values),
            data.cumulant_error.sel(order=order).values,
        )
        for order in (2, 3)
    }
    in_the_limit = [
        exponent_measurement(f"exponent of κ_{order}", "N → ∞", laws[order], 1.0 - order)
        for order in (2, 3)
    ]
    at_finite_n = [*_zero_tests(data, 2), *_zero_tests(data, 3)]
    skewness, error, n = _skewness(data)
    verdict = verdict_under_condition(in_the_limit, at_finite_n)
    reason = (
        f"κ₂ falls as N^{laws[2].exponent:.2f} and κ₃ as N^{laws[3].exponent:.2f}, both nonzero "
        f"at every N measured; the skewness at N = {n} is {skewness:.3f}."
    )
    return Judgement(
        verdict=verdict,
        measured=f"exponents {law_text(laws[2])} and {law_text(laws[3])}; skewness "
        f"{with_uncertainty(skewness, error)} at N = {n}",
        uncertainty="95% intervals; one standard error",
        expected=f"exponents -1 and -2; skewness γ₁/√N = {1.0 / np.sqrt(n):.3f}",
        reason=reason,
        measurements=(*in_the_limit, *at_finite_n),
        independent_check="the law of x_cm in closed form (Γ): p-values of Kolmogorov-Smirnov "
        f"tests from {float(data.gamma_law_p_value.min()):.2f} up",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure()
    counts = data.num_particles.values
    for order, colour, text in ((2, BLUE, "variance κ₂"), (3, RED, "third cumulant κ₃")):
        here = data.sel(order=order)
        value, error = here.cumulant.values, here.cumulant_error.values
        draw_interval(ax, counts, value, value - error, value + error, label=text, colour=colour)
        start = float(here.one_particle_cumulant)
        draw_slope(
            ax, counts, 1 - order, at=(1.0, start), label="∝ 1/N, 1/N²" if order == 2 else ""
        )
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(counts, labels=[str(n) for n in counts])
    label_axes(
        ax,
        x="number of particles N",
        y="cumulant of x_cm [σ₀², σ₀³]",
        title="The moments vanish only in the limit N → ∞",
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="moments-of-the-centre-of-mass",
        ledger="L13",
        section="2.1",
        statement="For large N the second and third moments of the centre of mass are zero.",
        equations=(50,),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="κ₂ ∝ 1/N, κ₃ ∝ 1/N², skewness γ₁/√N",
        correction="κ_n(x_cm) = κ_n/N^(n-1): both tend to zero, and are zero only at N = ∞.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
