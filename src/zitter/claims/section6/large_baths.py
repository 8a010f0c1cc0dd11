"""Claim that many particles in system and bath bring the noise of the classical equation.

Each mode of the bath is a body of N_b oscillators, each with c/√N_b: by (12)-(13) the bath's
relative coordinates stay out, and its centres of mass take the place of the modes.
"""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
)
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import law_text, with_interval
from zitter.claims.section6.langevin_terms import (
    DURATION,
    bath_of_bodies,
    bath_of_body,
    rms,
    terms_along_runs,
    thermal_spread,
)
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.scenarios.style import COLOURS, GREY, MARKERS, draw_slope, label_axes, new_figure

# modes, kept times, runs, numbers of particles
_SIZES = {
    "quick": (4, 121, 240, (1, 4, 16)),
    "default": (8, 201, 300, (1, 2, 4, 8, 16, 24)),
    "full": (10, 201, 1000, (1, 2, 4, 8, 16, 32, 64)),
}
_KT, _BODY = 5.0, 100
_LIMITS = ("bath only, N = 100", "system and bath", "system and bath, kT ∝ N")
_QUANTITIES = (
    "restoring",
    "friction",
    "quantum",
    "memory",
    "vacuum noise",
    "thermal noise",
    "X of Bohm - classical",
    "thermal X",
)


def _rows(
    modes: int,
    num: int,
    num_bath: int,
    temperatures: tuple[float, ...],
    times: np.ndarray,
    runs: int,
    seed: list[int],
) -> list[list[float]]:
    """Sizes for a body of N particles in a bath whose modes are bodies of N_b, for each kT."""
    rng = np.random.default_rng(seed)
    bath = bath_of_bodies(bath_of_body(modes, num), num_bath)
    terms, paths = terms_along_runs(bath, num, times, runs, rng)
    forces = (terms.restoring, terms.friction, terms.quantum, terms.memory, terms.noise)
    sizes, apart = [rms(part) for part in forces], rms(paths.q[..., 0]) / np.sqrt(num)
    heat = (thermal_spread(bath, float(num), kT, times, runs, rng) for kT in temperatures)
    return [[*sizes, noise, apart, motion] for noise, motion in heat]


def _run(preset: Preset, seed: int, heated: bool) -> xr.Dataset:
    """Three limits; if `heated`, each mode holds the kT of each of its particles."""
    modes, num_times, runs, counts = _SIZES[preset]
    times = np.linspace(0.0, DURATION, num_times)
    rows = np.empty((len(_LIMITS), len(counts), len(_QUANTITIES)))
    for k, num in enumerate(counts):
        warm = _KT * num if heated else _KT
        rows[0, k] = _rows(modes, _BODY, num, (warm,), times, runs, [seed, 9, 0, k])[0]
        rows[1:, k] = _rows(modes, num, num, (warm, _KT * num), times, runs, [seed, 9, 1, k])
    return xr.Dataset(
        {"size": (("limit", "num_particles", "what"), rows, {"unit": "m Omega^2 x0, x0"})},
        coords={
            "limit": list(_LIMITS),
            "num_particles": list(counts),
            "what": list(_QUANTITIES),
        },
        attrs={"num_runs": runs, "kT": _KT, "num_modes": modes},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, False)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The kT of every particle given to the one mode that they form."""
    return _run(preset, seed, True)


def _law(data: xr.Dataset, limit: str, what: str, per: str | None = None) -> PowerLaw:
    """Power law in the number of particles; each rms errs by 1/√(2 runs)."""
    here = data["size"].sel(limit=limit)
    values = here.sel(what=what).values
    if per is not None:
        values = values / here.sel(what=per).values
    error = values / np.sqrt(data.attrs["num_runs"] * (1.0 if per else 2.0))
    return power_law_fit(data.num_particles.values, values, error)


def _judge(data: xr.Dataset) -> Judgement:
    laws = {limit: _law(data, limit, *_QUANTITIES[-2:]) for limit in _LIMITS}
    wins = [_wins(limit, laws[limit]) for limit in _LIMITS[:2]]
    heated = _wins(_LIMITS[2], laws[_LIMITS[2]])
    records = [_record(data, limit, what) for limit in _LIMITS for what in _QUANTITIES]
    bath, both, hot = (law_text(laws[limit]) for limit in _LIMITS)
    return Judgement(
        verdict=overall(wins),
        measured=f"quantum/thermal spread of X ∝ N_b^{bath} for a larger bath, N^{both} for both",
        uncertainty="95% intervals",
        expected="-1/2 if thermal noise outgrows the quantum forces; 0 at fixed temperature",
        reason=f"At kT = {data.attrs['kT']:g} ħΩ the quantum over the thermal spread of X goes as "
        f"N_b^{bath} with the particles of each mode of the bath, as N^{both} with those of system "
        f"and bath; only with kT ∝ N it falls, as N^{hot}.",
        measurements=(*wins, heated, *records),
        independent_check="every oscillator of every mode followed, relative ones included",
    )


def _wins(limit: str, law: PowerLaw) -> Measurement:
    name = "exponent of quantum/thermal spread of X"
    return exponent_measurement(name, with_interval(limit, law), law, -0.5, 0.2)


def _record(data: xr.Dataset, limit: str, what: str) -> Measurement:
    """Exponent of one quantity in one limit, for the table, against the orders of magnitude."""
    law = _law(data, limit, what)
    order = _expected(limit, what)
    verdict = verdict_within(law.exponent, law.exponent_error, order - 0.2, order + 0.2)
    regime = with_interval(limit, law)
    return Measurement(
        f"exponent of {what}", regime, law.exponent, law.exponent_error, order, verdict
    )


def _expected(limit: str, what: str) -> float:
    """Forces on N particles that go one way ∝ N, quantum ones ∝ √N, spreads of X ∝ 1/√N."""
    if limit == _LIMITS[0]:
        return 0.0
    thermal = 0.5 if limit == _LIMITS[2] else 0.0
    orders = (1.0, 1.0, 0.5, 0.5, 0.5, 0.5 + thermal, -0.5, -0.5 + thermal)
    return orders[_QUANTITIES.index(what)]


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(4, width=17.0, height=4.2)
    counts = data.num_particles.values
    for ax in panels:
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xticks(counts, [str(num) for num in counts])
        ax.xaxis.set_minor_locator(NullLocator())
    for ax, limit in zip(panels, _LIMITS, strict=False):
        for what, colour, marker in zip(_QUANTITIES[:6], COLOURS, MARKERS, strict=False):
            values = data["size"].sel(limit=limit, what=what)
            ax.plot(counts, values, marker + "-", color=colour, label=what, linewidth=1.0)
        if limit != _LIMITS[0]:
            for exponent, what in ((1.0, "restoring"), (0.5, "memory")):
                start = float(data["size"].sel(limit=limit, what=what)[0])
                draw_slope(ax, counts, exponent, at=(counts[0], start), label=f"∝ N^{exponent:g}")
        top = float(data["size"].sel(limit=limit, what=list(_QUANTITIES[:6])).max())
        if limit == _LIMITS[0]:
            ax.set_ylim(top=60.0 * top)
    for limit, colour, marker in zip(_LIMITS, COLOURS, MARKERS, strict=False):
        here = data["size"].sel(limit=limit)
        ratio = here.sel(what=_QUANTITIES[-2]) / here.sel(what=_QUANTITIES[-1])
        panels[-1].plot(counts, ratio, marker + "-", color=colour, label=limit)
    start = float(ratio[0])
    draw_slope(panels[-1], counts, -0.5, at=(counts[0], start), label="∝ N^-½")
    labels = [(limit, "rms force [mΩ²x₀]") for limit in _LIMITS]
    labels.append(("Quantum against thermal spread of X", "rms(X_Bohm - X_cl)/rms(X_thermal) [1]"))
    for ax, (title, label) in zip(panels, labels, strict=True):
        x = "particles in each mode N_b" if title == _LIMITS[0] else "particles N = N_b"
        shown = title in (_LIMITS[0], labels[-1][0])
        label_axes(ax, x=x, y=label, title=title, legend=shown)
    panels[-1].axhline(1.0, color=GREY, linewidth=0.8)
    panels[0].legend(ncols=2, loc="upper left")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="large-systems-and-baths-give-classical-noise",
        ledger="B9",
        section="6",
        statement="Large numbers of particles in system and bath at once, at a given temperature, "
        "give the noisy classical Langevin equation.",
        equations=(12, 13),
        predicted=Verdict.FAILS,
        expected="quantum over thermal spread ∝ N^0; ∝ N^-1/2 only with kT ∝ N",
        correction="Quantum and thermal noise of X both fall as N^-1/2, and bodies in place of the "
        "bath's oscillators change nothing; classical noise needs kT >> ħω or kT ∝ N.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
