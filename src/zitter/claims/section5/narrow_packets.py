"""Claim that the packets of the product form become points as K grows: footnote 5 on (97)."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

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
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.kbody.newton import newton_paths
from zitter.kbody.packets import tidal_covariance
from zitter.kbody.tangent import tangent_map
from zitter.mean_field.identical_bodies import identical_bodies
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes, new_figure

_SIZE, _TIME, _STEP, _NUM_PARTICLES, _NUM_BODIES = 0.02, 1.0, 0.05, 64, 8
_COUNTS: dict[Preset, tuple[int, ...]] = {
    "quick": (16, 32, 64, 128),
    "default": (16, 32, 64, 128, 256),
    "full": (16, 32, 64, 128, 256, 512),
}
_RUNS: dict[Preset, int] = {"quick": 40, "default": 100, "full": 400}
_ROWS = ("more bodies", "more particles in each")
_INTERACTIONS = ("gravity", "like charges")


def _system(interaction: str, num: int):
    own = dict(num_space=1, law="point", softening=0.5)
    if interaction == "gravity":
        return identical_bodies(num, **own)
    return identical_bodies(num, charge=1.0, gravitational_constant=0.0, **own)


def _widths(
    interaction: str, num: int, num_particles: int, num_runs: int, seed: int
) -> tuple[float, float, float]:
    """Rms width of the packets at the last time with its error, and that of the tangent map.

    Each run draws the particles of every body anew; their centre of mass is where it starts.
    """
    system = _system(interaction, num)
    X0 = np.linspace(-1.5, 1.5, num)[:, None]
    V0 = 0.2 * np.sin(2.0 * X0)
    rng = np.random.default_rng([seed, num, num_particles])
    ends = []
    for _ in range(num_runs):
        shift = _SIZE * rng.normal(size=(num, num_particles)).mean(axis=1)[:, None]
        motion = newton_paths(system, X0 + shift, V0, [0.0, _TIME], time_step=_STEP)
        ends.append(motion.X[-1, :, 0])
    variance = np.var(np.array(ends), axis=0, ddof=1)
    width = np.sqrt(variance.mean())
    # The packets of one run are nearly independent: num × (num_runs - 1) squares.
    error = width / np.sqrt(2.0 * num * (num_runs - 1))
    motion = tangent_map(system, X0, V0, [0.0, _TIME], time_step=_STEP)
    start = _SIZE**2 / num_particles * np.eye(num)
    theory = np.sqrt(np.diag(tidal_covariance(motion, start)[-1]).mean())
    return width, error, theory


def _run(preset: Preset, seed: int, follows: bool = False) -> xr.Dataset:
    """Widths against K at fixed N and against N at fixed K; `follows` lets N grow with K."""
    counts = _COUNTS[preset]
    found = np.empty((2, 2, len(counts), 3))
    for a, name in enumerate(_INTERACTIONS):
        for n, num in enumerate(counts):
            particles = num if follows else _NUM_PARTICLES
            found[a, 0, n] = _widths(name, num, particles, _RUNS[preset], seed)
            found[a, 1, n] = _widths(name, _NUM_BODIES, num, 5 * _RUNS[preset], seed)
    dims = ("interaction", "row", "num")
    return xr.Dataset(
        {
            name: (dims, found[..., n] / _SIZE, {"unit": "size of a body"})
            for n, name in enumerate(("width", "width_error", "theory"))
        },
        coords={"interaction": list(_INTERACTIONS), "row": list(_ROWS), "num": list(counts)},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Every body is given as many particles as there are bodies."""
    return _run(preset, seed, follows=True)


def _law(data: xr.Dataset, name: str, row: str) -> PowerLaw:
    here = data.sel(interaction=name, row=row)
    return power_law_fit(here.num.values, here.width.values, here.width_error.values)


def _judge(data: xr.Dataset) -> Judgement:
    in_bodies, in_particles, agreement = [], [], []
    for name in data.interaction.values:
        law = _law(data, name, _ROWS[0])
        verdict = verdict_within(law.exponent, law.exponent_error, high=-0.25)
        regime = with_interval(f"{name}, fixed N", law)
        in_bodies.append(
            Measurement("exponent of the width in K", regime, law.exponent, law.exponent_error,
                        "below -0.25", verdict)
        )  # fmt: skip
        law = _law(data, name, _ROWS[1])
        regime = with_interval(f"{name}, fixed K", law)
        in_particles.append(exponent_measurement("exponent of the width in N", regime, law, -0.5))
        here = data.sel(interaction=name)
        z = float(np.abs((here.width - here.theory) / here.width_error).max())
        agreement.append(
            Measurement("largest |z| against the tangent map", str(name), z, 0.0, "below 4",
                        verdict_within(z, 0.0, high=4.0))
        )  # fmt: skip
    law = _law(data, data.interaction.values[0], _ROWS[0])
    other = _law(data, data.interaction.values[0], _ROWS[1])
    return Judgement(
        verdict=overall(in_bodies),
        measured=f"exponent in K {law_text(law)}, in N {law_text(other)}",
        uncertainty="95% intervals",
        expected="0 in K, -1/2 in N",
        reason=f"The packets of the bodies have a width that goes as K^{law.exponent:.2f} at fixed "
        f"N and as N^{other.exponent:.2f} at fixed K.",
        measurements=(*in_bodies, *in_particles, *agreement),
        independent_check="Covariance of the tangent map, without draws",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(2)
    for ax, name in zip(panels, data.interaction.values, strict=True):
        for n, row in enumerate(data.row.values):
            here = data.sel(interaction=name, row=row)
            ax.errorbar(
                here.num, here.width, 2.0 * here.width_error, fmt=MARKERS[n], color=COLOURS[n],
                label=str(row), capsize=3,
            )  # fmt: skip
            ax.plot(here.num, here.theory, color=COLOURS[n], linewidth=1.0)
        here = data.sel(interaction=name, row=_ROWS[1])
        draw_slope(ax, data.num, -0.5, at=(float(data.num[0]), 0.8 * float(here.width[0])),
                   label="exponent -1/2")  # fmt: skip
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xticks(data.num.values, [str(k) for k in data.num.values])
        ax.set_xticks([], minor=True)
        label_axes(ax, x="bodies K, or particles N in each", y="width [size of a body]",
                   title=str(name))  # fmt: skip
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="many-bodies-make-packets-points",
        ledger="L54",
        section="5",
        statement="The factors of the product density become delta functions for infinitely many "
        "bodies.",
        equations=(97, 106),
        predicted=Verdict.FAILS,
        expected="0 in K",
        correction="They become narrow as the number of particles in each body grows, not as the "
        "number of bodies does.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
