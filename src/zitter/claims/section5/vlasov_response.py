"""Claim that the mean field (112)-(115) answers small waves by its dispersion relation."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
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
from zitter.claims.section5.vlasov_waves import (
    WAVES,
    l1_drift,
    slab_run,
    wave_root,
    wave_run,
)
from zitter.mean_field.waves_in_time import density_wave
from zitter.scenarios.style import BLACK, COLOURS, GREY, MARKERS, label_axes, new_figure

ROOTS_WITHIN, SLAB_WITHIN = 1e-5, 1e-4
_STEPS_EACH: dict[Preset, int] = {"quick": 2, "default": 4, "full": 8}
_SLABS: dict[Preset, tuple[int, int]] = {
    "quick": (128, 64),
    "default": (512, 256),
    "full": (1024, 512),
}
_SLAB_STEPS: dict[Preset, float] = {"quick": 0.25, "default": 0.25, "full": 0.125}
_SLAB_TIMES = np.linspace(0.0, 50.0, 6)
_ORDER, _COARSER = 6, 1.25


def _run(preset: Preset, factor: float) -> xr.Dataset:
    """All with `factor` times the force; half of it again beside."""
    names, steps = list(WAVES), _STEPS_EACH[preset]
    rows: dict[str, list] = {name: [] for name in ("time", "grid", "theory")}
    roots: dict[str, list] = {name: [] for name in ("theory", "grid", "coarser", "half")}
    for case in WAVES.values():
        rho = wave_run(case, factor, steps, _ORDER)
        rows["time"].append(case.times)
        rows["grid"].append(np.abs(rho))
        wave = density_wave(case.times, case.wavenumber, case.beams, case.rate_squared, 400)
        rows["theory"].append(np.abs(wave))
        roots["theory"].append(case.root)
        roots["grid"].append(wave_root(case, rho))
        roots["coarser"].append(wave_root(case, wave_run(case, factor, steps // 2, _ORDER)))
        roots["half"].append(wave_root(case, wave_run(case, 0.5 * factor, steps // 2, _ORDER)))
    slab, coarser = (
        slab_run(_SLABS[preset], ratio * _SLAB_STEPS[preset], _SLAB_TIMES, factor, _ORDER)
        for ratio in (1.0, _COARSER)
    )
    data = xr.Dataset(
        {f"{name}_wave": (("wave", "sample"), np.array(row)) for name, row in rows.items()}
        | {
            f"{name}_root": (("wave", "part"), np.stack([np.real(r), np.imag(r)], axis=1))
            for name, r in roots.items()
        }
        | {
            "slab_drift": (("slab_time",), l1_drift(slab)),
            "coarser_drift": (("slab_time",), l1_drift(coarser)),
            "slab_density": (("slab_time", "x"), slab.density[:, 0]),
            "slab_number_drift": ((), slab.drift.number),
            "slab_energy_drift": ((), slab.drift.energy / slab.energy[0]),
        }
    )
    x = np.linspace(-14.0, 14.0, _SLABS[preset][0], endpoint=False)
    return data.assign_coords(wave=names, part=["frequency", "growth"], slab_time=_SLAB_TIMES, x=x)


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Half of the force, as (109) is printed."""
    return _run(preset, 0.5)


def _distance(data: xr.Dataset, one: str, other: str, name: str) -> float:
    here = data.sel(wave=name)
    return float(np.hypot(*(here[f"{one}_root"] - here[f"{other}_root"]).values))


def _roots(data: xr.Dataset) -> list[Measurement]:
    found = []
    for name in map(str, data.wave.values):
        value = _distance(data, "grid", "theory", name)
        error = _distance(data, "grid", "coarser", name) / (2.0**_ORDER - 1.0)
        found.append(
            Measurement(
                "distance of the wave's ω from the root of ε(k, ω) [ω_p or ω_J]",
                name,
                value,
                error,
                f"below {ROOTS_WITHIN:g}",
                verdict_within(value, error, high=ROOTS_WITHIN),
            )
        )
    return found


def _halves(data: xr.Dataset) -> list[Measurement]:
    """What half of the force gives, beside the statement."""
    return [
        Measurement(
            "distance of ω with half of the force from the root",
            name,
            (value := _distance(data, "half", "theory", name)),
            0.0,
            f"above {ROOTS_WITHIN:g}",
            verdict_within(value, 0.0, high=ROOTS_WITHIN),
        )
        for name in map(str, data.wave.values)
    ]


def _slab(data: xr.Dataset) -> list[Measurement]:
    drift, number = float(data.slab_drift[-1]), float(data.slab_number_drift)
    error = abs(drift - float(data.coarser_drift[-1])) / (_COARSER**_ORDER - 1.0)
    regime = f"isothermal slab, t = {float(data.slab_time[-1]):g}/√(4πGρ₀)"
    return [
        Measurement("∫|f(t) - f(0)| / ∫f", regime, drift, error, f"below {SLAB_WITHIN:g}",
                    verdict_within(drift, 0.0, high=SLAB_WITHIN)),
        Measurement("relative change of ∫f", regime, number, 0.0, "round-off",
                    verdict_within(number, 0.0, high=1e-12)),
    ]  # fmt: skip


def _judge(data: xr.Dataset) -> Judgement:
    roots, slab, halves = _roots(data), _slab(data), _halves(data)
    farthest = max(roots, key=lambda m: m.value)
    half = min(halves, key=lambda m: m.value)
    return Judgement(
        verdict=overall([*roots, *slab]),
        measured=f"roots within {farthest.value:.1e}; slab changes by {slab[0].value:.1e}",
        uncertainty="of the splitting, from longer steps",
        expected=f"roots within {ROOTS_WITHIN:g}, slab within {SLAB_WITHIN:g}",
        reason=f"Waves of the grid ring and grow at the roots of ε(k, ω) to {farthest.value:.1e} "
        f"({farthest.regime} is the farthest); with half of the force they miss them by at least "
        f"{half.value:.2g} ({half.regime}). The isothermal slab changes by {slab[0].value:.1e} and "
        f"its energy by {float(data.slab_energy_drift):.1e} of itself.",
        measurements=(*roots, *slab, *halves),
        independent_check="Volterra's equation for ρ_k(t), and the roots by the plasma dispersion "
        "function; the slab in closed form",
    )


def _draw_waves(ax: Axes, data: xr.Dataset) -> None:
    for name, colour, marker in zip(data.wave.values, COLOURS, MARKERS, strict=False):
        here = data.sel(wave=name)
        ax.plot(here.time_wave, here.theory_wave, color=colour, linewidth=1.2)
        ax.plot(here.time_wave[::4], here.grid_wave[::4], marker, color=colour, label=name,
                linestyle="none", markersize=4.0)  # fmt: skip
    ax.set_yscale("log")
    label_axes(ax, x="time [1/ω_p or 1/ω_J]", y="|ρ_k(t)| / |ρ_k(0)|",
               title="Grid (marks) and linear response (lines)", legend=False)  # fmt: skip


def _draw_roots(ax: Axes, data: xr.Dataset) -> None:
    for name, colour, marker in zip(data.wave.values, COLOURS, MARKERS, strict=False):
        here = data.sel(wave=name)
        ax.plot(*here.theory_root.values, "o", color=colour, markersize=14.0, fillstyle="none")
        ax.plot(*here.grid_root.values, marker, color=colour, label=str(name))
        ax.plot(*here.half_root.values, "x", color=colour, markersize=8.0)
    ax.plot([], [], "o", color=BLACK, fillstyle="none", markersize=12.0, label="root of ε(k, ω)")
    ax.plot([], [], "x", color=BLACK, label="half of the force")
    ax.axhline(0.0, color=GREY, linewidth=1.0)
    ax.set_xlim(-0.2, 2.6)
    label_axes(ax, x="frequency [ω_p or ω_J]", y="growth rate [ω_p or ω_J]",
               title="Modes of the grid and of theory")  # fmt: skip


def _draw_slab(ax: Axes, data: xr.Dataset) -> None:
    first, last = data.slab_density[0], data.slab_density[-1]
    every = max(1, data.x.size // 64)
    ax.plot(data.x, first, color=BLACK, linewidth=1.2, label="sech²(x/H)")
    ax.plot(data.x[::every], last[::every], "o", color=COLOURS[0], markersize=4.0,
            linestyle="none", label=f"t = {float(data.slab_time[-1]):g}/√(4πGρ₀)")  # fmt: skip
    ax.set_xlim(-7.0, 7.0)
    label_axes(ax, x="x [σ/√(4πGρ₀)]", y="density [ρ₀]",
               title=f"Slab: ∫|f(t) - f(0)| = {float(data.slab_drift[-1]):.0e} ∫f")  # fmt: skip


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, middle, right) = new_figure(3, width=13.0, height=4.2)
    _draw_waves(left, data)
    _draw_roots(middle, data)
    _draw_slab(right, data)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="mean-field-obeys-its-dispersion-relation",
        ledger="L71",
        section="5",
        statement="Ours, not the paper's: small waves of the mean field, with the whole force "
        "F = -M ∂Φ/∂x, ring, decay and grow at the roots of its dispersion relation, and the "
        "isothermal slab stays.",
        equations=(109, 112, 113, 114, 115),
        predicted=Verdict.HOLDS,
        expected=f"roots of ε(k, ω) within {ROOTS_WITHIN:g}; slab within {SLAB_WITHIN:g} "
        "at t = 50/√(4πGρ₀)",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
