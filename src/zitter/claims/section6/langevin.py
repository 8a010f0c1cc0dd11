"""Claim that large numbers bring back the classical Langevin equation of Kac and Zwanzig."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.bath.quantum_langevin import LangevinTerms
from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import verdict_under_condition, with_interval
from zitter.claims.section6.classical_bath import (
    classical_bath,
    draw_classical_paths,
    draw_scores,
)
from zitter.claims.section6.langevin_terms import (
    DURATION,
    bath_of_body,
    heated_sizes,
    rms,
    terms_along_runs,
    thermal_spread,
)
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.scenarios.style import COLOURS, GREY, MARKERS, draw_slope, label_axes, new_figure

# modes, kept times, runs, numbers of particles
_SIZES = {
    "quick": (24, 261, 60, (1, 4, 16, 64, 256)),
    "default": (60, 401, 400, (1, 4, 16, 64, 256, 1024)),
    "full": (60, 801, 2000, (1, 4, 16, 64, 256, 1024, 4096)),
}
_TERMS = (*LangevinTerms._fields, "residual", "residual without memory")
_SPREADS = ("quantum noise", "thermal noise", "X of Bohm - classical", "thermal X")
_HEATED = ("restoring", "friction", "noise", "quantum", "memory")
_KT, _BODY = 5.0, 100
_TEMPERATURES = (4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


def _run(preset: Preset, seed: int, slipping: bool) -> xr.Dataset:
    """Term by term for each N; if `slipping`, without K(t) X(0)."""
    num_modes, num_times, num_runs, counts = _SIZES[preset]
    times = np.linspace(0.0, DURATION, num_times)
    rng = np.random.default_rng([seed, 60])
    size, spread, first = [], [], None
    for num in counts:
        bath = bath_of_body(num_modes, num)
        terms, paths = terms_along_runs(bath, num, times, num_runs, rng)
        if slipping:
            terms = terms._replace(slip=np.zeros_like(terms.slip))
        parts = _with_residuals(terms)
        first = parts if first is None else first
        size.append([rms(part) for part in parts])
        apart = rms(paths.q[..., 0]) / np.sqrt(num)
        spread.append(
            [
                (rms(terms.noise), noise, apart, motion)
                for noise, motion in (
                    thermal_spread(bath, float(num), kT, times, num_runs, rng)
                    for kT in (_KT, _KT * num)
                )
            ]
        )
    assert first is not None
    body = bath_of_body(num_modes, _BODY)
    hot = [thermal_spread(body, float(_BODY), kT, times, 4 * num_runs, rng) for kT in _TEMPERATURES]
    terms, _ = terms_along_runs(body, _BODY, times, num_runs, rng)
    heated = heated_sizes(terms, body, float(_BODY), _TEMPERATURES, times, rng)
    budget = np.stack([part[:, 0] for part in first])
    return xr.Dataset(
        {
            "size": (("num_particles", "term"), size, {"unit": "m Omega^2 x0"}),
            "spread": (
                ("num_particles", "limit", "what"),
                spread,
                {"unit": "m Omega^2 x0, x0"},
            ),
            "thermal_motion": ("kT", np.array(hot)[:, 1], {"unit": "x0"}),
            "thermal_noise": ("kT", np.array(hot)[:, 0], {"unit": "m Omega^2 x0"}),
            "heated_size": (("kT", "heated"), heated, {"unit": "m Omega^2 x0"}),
            "budget": (("term", "time"), budget, {"unit": "m Omega^2 x0"}),
            **classical_bath(bath_of_body(num_modes, 1), preset, rng),
        },
        coords={
            "num_particles": list(counts),
            "term": list(_TERMS),
            "what": list(_SPREADS),
            "limit": ["temperature fixed", "temperature ∝ N"],
            "kT": list(_TEMPERATURES),
            "heated": list(_HEATED),
            "time": ("time", times, {"unit": "1/Omega"}),
        },
        attrs={"num_runs": num_runs, "kT_fixed": _KT},
    )


def _with_residuals(terms: LangevinTerms) -> tuple[np.ndarray, ...]:
    """All terms, what they leave, and what they leave without the memory of quantum forces."""
    residual = terms.residual()
    return (*terms, residual, residual + terms.memory)


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, False)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """An equation without K(t) X(0), as if the bath began in equilibrium about the system."""
    return _run(preset, seed, True)


def _ratio_law(data: xr.Dataset, limit: str) -> PowerLaw:
    """Quantum over thermal spread of X against N; each rms errs by 1/√(2 runs)."""
    spread = data.spread.sel(limit=limit)
    ratio = (spread.sel(what=_SPREADS[2]) / spread.sel(what=_SPREADS[3])).values
    error = ratio / np.sqrt(data.attrs["num_runs"])
    return power_law_fit(data.num_particles.values, ratio, error)


def _judge(data: xr.Dataset) -> Judgement:
    one = data.isel(num_particles=0)["size"]
    share = data["size"] / data["size"].sel(term="inertia")
    closed = float(share.sel(term="residual").max())
    without = float(share.sel(term="residual without memory")[0])
    ratio = float(one.sel(term="memory") / one.sel(term="quantum"))
    order = float(np.log2(data.path_difference[0] / data.path_difference[1]))
    score = float(np.sqrt(np.mean(data.scores**2)))
    fixed, growing = (_ratio_law(data, str(name)) for name in data.limit.values)
    hot = power_law_fit(data.kT.values, data.thermal_motion.values)
    inside = [
        _limited("residual / M X''", "every term, all N", closed, 1e-4),
        Measurement(
            "order of full bath against Langevin equation",
            "classical double well",
            order,
            0.05,
            2.0,
            verdict_within(order, 0.05, 1.7, 2.3),
        ),
        _limited("rms score of ⟨ξξ⟩ = kT K", "classical bath, 20 lags", score, 1.8),
        exponent_measurement(
            "exponent in N of quantum / thermal spread",
            with_interval("temperature ∝ N", growing),
            growing,
            -0.5,
            0.15,
        ),
        exponent_measurement(
            "exponent in kT of the thermal spread",
            with_interval("N = 100, kT = 4 to 128", hot),
            hot,
            0.5,
        ),
    ]
    outside = [
        _limited("residual / M X''", "no memory of the bath's quantum forces", without, 1e-4),
        exponent_measurement(
            "exponent in N of quantum / thermal spread",
            with_interval("temperature fixed", fixed),
            fixed,
            -0.5,
            0.15,
        ),
    ]
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"quantum/thermal spread ∝ N^{fixed.exponent:.2f} at fixed temperature, "
        f"N^{growing.exponent:.2f} with temperature ∝ N",
        uncertainty="95% intervals in the measurements",
        expected="0 and -1/2; the equation closes with the memory of the bath's quantum forces",
        reason=f"With every term the modified equation leaves {closed:.0e} of M X'', without the "
        f"memory of the quantum forces on the bath, {ratio:.2f} of that on the system, "
        f"{without:.1g}. Quantum over thermal noise goes as N^{fixed.exponent:.2f} "
        f"at fixed temperature, as N^{growing.exponent:.2f} when it grows with N.",
        measurements=(*inside, *outside, *_exponents(data)),
        independent_check="classical paths of all oscillators and of the Langevin equation differ "
        f"by {float(data.path_difference[1]):.0e}",
    )


def _exponents(data: xr.Dataset) -> list[Measurement]:
    """Exponents of all terms in N at fixed temperature, and in kT, for the record."""
    counts = data.num_particles.values
    rows = [
        (name, data["size"].sel(term=name).values, expected)
        for name, expected in (
            ("restoring", 1.0),
            ("friction", 1.0),
            ("quantum", 0.5),
            ("memory", 0.5),
            ("noise", 0.5),
        )
    ]
    fixed = data.spread.isel(limit=0)
    for name, expected in zip(_SPREADS[1:], (0.5, -0.5, -0.5), strict=True):
        rows.append((name, fixed.sel(what=name).values, expected))
    kT, found = data.kT.values, []
    warm = [("thermal noise", data.thermal_noise.values, 0.5)]
    for name in _HEATED:
        expected = 0.5 if name == "noise" else 0.0
        warm.append((name, data.heated_size.sel(heated=name).values, expected))
    for name, values, expected in warm:
        law = power_law_fit(kT, values, values / np.sqrt(2.0 * data.attrs["num_runs"]))
        hot = with_interval(f"N = {_BODY}, kT = {kT[0]:g} to {kT[-1]:g}", law)
        found.append(exponent_measurement(f"exponent in kT of {name}", hot, law, expected, 0.15))
    for name, values, expected in rows:
        law = power_law_fit(counts, values, values / np.sqrt(2.0 * data.attrs["num_runs"]))
        regime = with_interval("temperature fixed", law)
        found.append(exponent_measurement(f"exponent in N of {name}", regime, law, expected, 0.15))
    return found


def _limited(name: str, regime: str, value: float, limit: float) -> Measurement:
    error = 1e-3 * limit
    verdict = verdict_within(value, error, high=limit)
    return Measurement(name, regime, value, error, f"below {limit:g}", verdict)


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(6, width=13.2, height=7.8, num_rows=2)
    left, middle, right, *classical, empty = panels
    empty.set_axis_off()
    shown = ("friction", "slip", "noise", "quantum", "memory", "residual")
    names = ("friction", "slip K(t)X(0)", "noise ξ", "F_X quantum", "F_mem quantum", "residual")
    for term, name, colour in zip(shown, names, COLOURS, strict=False):
        style = ":" if term == "residual" else "-"
        left.plot(data.time, data.budget.sel(term=term), style, color=colour, label=name)
    label_axes(
        left, x="time [1/Ω]", y="force [mΩ²x₀]", title="One Bohm run, N = 1: terms of the equation"
    )
    left.set_ylim(bottom=1.6 * float(data.budget.sel(term=list(shown)).min()))
    left.legend(ncols=2, loc="lower center")
    counts = data.num_particles.values
    for term, name, colour, marker in zip(
        ("restoring", "friction", "noise", "quantum", "memory"),
        ("U'", "friction", "noise ξ", "F_X", "F_mem"),
        COLOURS,
        MARKERS,
        strict=False,
    ):
        middle.plot(counts, data["size"].sel(term=term), marker, color=colour, label=name)
    for exponent, term in ((1.0, "restoring"), (0.5, "memory")):
        start = float(data["size"].sel(term=term)[0])
        draw_slope(middle, counts, exponent, at=(counts[0], start), label=f"∝ N^{exponent:g}")
    right.axhline(1.0, color=GREY, linewidth=0.8)
    for limit, colour, marker in zip(data.limit.values, COLOURS, MARKERS, strict=False):
        spread = data.spread.sel(limit=limit)
        ratio = spread.sel(what=_SPREADS[2]) / spread.sel(what=_SPREADS[3])
        right.plot(counts, ratio, marker + "-", color=colour, label=str(limit))
    for ax, title, label in (
        (middle, "Sizes of the terms", "rms force [mΩ²x₀]"),
        (right, "Quantum against thermal noise of X", "rms(X_Bohm - X_cl) / rms(X_thermal) [1]"),
    ):
        ax.set_xscale("log")
        ax.set_yscale("log")
        label_axes(ax, x="number of particles N", y=label, title=title)
    draw_classical_paths(classical[0], data)
    draw_scores(classical[1], data)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="large-numbers-give-the-classical-langevin-equation",
        ledger="L60",
        section="6",
        statement="For large numbers of particles of the system and of the bath the classical "
        "Langevin equation of the Kac-Zwanzig model comes back.",
        equations=(),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="its form is exact at any N; classical noise needs kT >> ħω or kT ∝ N",
        correction="The form is exact at any N, with the memory of the quantum forces on the "
        "bath added; at fixed temperature quantum and thermal noise fall alike, and the noisy "
        "classical equation needs a temperature that grows.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
