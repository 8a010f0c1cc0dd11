"""The ladder of the paper on one page."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from zitter.claims.section5.ladder_laws import (
    body_errors,
    body_law,
    cold_law,
    constant_of,
    warm_error,
    weak_only,
)
from zitter.core.statistics import PowerLaw
from zitter.scenarios.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    draw_slope,
    figure_style,
    label_axes,
    new_figure,
)

_SPEEDS = 2.4


def ladder_figure(data: xr.Dataset) -> Figure:
    """Pictures of each rung in phase space, warm and cold, above the errors of each road."""
    with figure_style():
        figure, _ = new_figure(width=13.0, height=9.6)
        figure.clear()
        panels = figure.subplots(3, 4)
        _warm_row(panels[0], data)
        _cold_row(panels[1], data)
        _modes(panels[2, 0], data)
        _warm_errors(panels[2, 1], data)
        _cold_errors(panels[2, 2], data)
        _body_errors(panels[2, 3], data)
    return figure


def _warm_row(panels: Any, data: xr.Dataset) -> None:
    hbar, top = float(data.hbar[0]), float(data.vlasov.max())
    names = (("husimi", f"WARM: Husimi of the orbitals, ħ = {hbar:g}"),
             ("wigner", f"Wigner-Poisson, ħ = {hbar:g}"),
             ("vlasov", "Vlasov-Poisson, ħ = 0"))  # fmt: skip
    for ax, (name, title) in zip(panels, names, strict=False):
        _picture(ax, data.x, data.v, data[name], (0.0, top), "Blues", title)
    _cloud(panels[3], data.body_x, data.body_v, 0.8, f"K = {data.sizes['body']} bodies (Newton)")


def _cold_row(panels: Any, data: xr.Dataset) -> None:
    H, W, hbar = data.cold_husimi, data.cold_wigner, float(data.shown_hbar)
    top, edge = 0.5 * float(H.max()), 0.35 * float(np.abs(W).max())
    x, v = data.cold_x, data.cold_v
    title = f"COLD: Husimi of one ψ, ħ = {hbar:g}"
    _picture(panels[0], x, v, H, (0.0, top), "Blues", title)
    _picture(panels[1], x, v, W, (-edge, edge), "RdBu", "its Wigner function (red: W < 0)")
    wrapped = (data.flow_x.values + np.pi) % (2.0 * np.pi) - np.pi
    _cloud(panels[2], wrapped, data.flow_v, 1.5, "cold Vlasov flow (sheets)")
    ax = panels[3]
    ax.plot(x, data.cold_density, color=BLUE, linewidth=0.9, label="|ψ|²")
    ax.plot(x, data.flow_density, color=RED, linewidth=1.2, label="ρ of the flow")
    ax.set_xlim(-0.8, 0.8)
    label_axes(ax, x="x [ℓ]", y="density [1/ℓ]", title="the densities of this row")


def _picture(
    ax: Axes, x: Any, v: Any, f: xr.DataArray, ends: tuple[float, float], colours: str, title: str
) -> None:
    low, high = ends
    ax.pcolormesh(
        x, v, f.values.T, cmap=colours, vmin=low, vmax=high, shading="gouraud", rasterized=True
    )
    _frame(ax, title)


def _cloud(ax: Axes, x: Any, v: Any, size: float, title: str) -> None:
    ax.plot(x, v, ".", color=BLUE, markersize=size, rasterized=True)
    _frame(ax, title)


def _frame(ax: Axes, title: str) -> None:
    ax.grid(False)
    ax.set_xlim(-np.pi, np.pi)
    ax.set_ylim(-_SPEEDS, _SPEEDS)
    label_axes(ax, x="x [ℓ]", y="v [ω_J ℓ]", title=title)


def _modes(ax: Axes, data: xr.Dataset) -> None:
    hbar = float(data.hbar[0])
    ax.plot(data.time, data.vlasov_mode, color=BLACK, linewidth=3.0, label="Vlasov")
    ax.plot(data.time, data.gas_mode[0], "o", color=BLUE, label=f"orbitals, ħ = {hbar:g}")
    ax.plot(data.time, data.wigner_mode, "+", color=ORANGE, markersize=8.0, label="Wigner")
    label = f"K = {data.sizes['body']} bodies, {data.sizes['shown']} starts"
    for n, path in enumerate(data.body_mode):
        ax.plot(data.time, path, color=RED, linewidth=0.8, label=label if n == 0 else None)
    label_axes(ax, x="t [1/ω_J]", y="|ρ₁| / ⟨ρ⟩", title="warm: growth of the wave")
    ax.set_ylim(0.0, 1.5 * float(data.body_mode.max()))
    ax.legend(loc="upper left", fontsize=8.5)


def _warm_errors(ax: Axes, data: xr.Dataset) -> None:
    hbar = data.hbar.values
    C, same = constant_of(data, "gas_mode"), constant_of(data, "same_start_mode")
    error = np.abs(warm_error(data, "gas_mode"))
    ax.plot(hbar, error, "o", color=BLUE, label=f"|ρ₁|, orbitals: {C.value:.3f} ħ²")
    other = np.abs(warm_error(data, "same_start_mode"))
    ax.plot(hbar, other, "+", color=ORANGE, markersize=9.0,
            label=f"|ρ₁|, Wigner from f₀: {same.value:.3f} ħ²")  # fmt: skip
    charged = constant_of(data, "charge_mode")
    ax.plot(hbar, np.abs(warm_error(data, "charge_mode")), "s", color=PURPLE,
            label=f"|ρ₁|, charges: {charged.value:+.3f} ħ²")  # fmt: skip
    ax.plot(hbar, data.husimi_distance, "^", color=GREEN, label="Husimi, L1 to smoothed f")
    draw_slope(ax, hbar, 2.0, at=(hbar[0], abs(C.value) * hbar[0] ** 2), label="∝ ħ²")
    _logarithmic(ax, hbar, "ħ [M ω_J ℓ²]", "warm: error against ħ")


def _cold_errors(ax: Axes, data: xr.Dataset) -> None:
    hbar = data.cold_hbar.values
    rows = (
        ("pointwise", "after", "L1 of density, after", RED, "o"),
        ("cold_husimi_distance", None, "Husimi L1, after", PURPLE, "^"),
        ("wasserstein", "after", "W₁ of density, after", BLUE, "s"),
        ("wasserstein", "before", "W₁, before", GREY, "D"),
    )
    for name, moment, label, colour, marker in rows:
        law = cold_law(data, name, moment)
        values = data[name] if moment is None else data[name].sel(moment=moment)
        ax.plot(hbar, values, marker, color=colour, label=f"{label}: {_power(law)}")
        ax.plot(hbar, law.prefactor * hbar**law.exponent, color=colour, linewidth=1.0)
    title = "cold: past the caustic weakly only" if weak_only(data) else "cold: error against ħ"
    _logarithmic(ax, hbar, "ħ [M ω_J ℓ²]", title)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * 50.0)


def _power(law: PowerLaw) -> str:
    return f"ħ^{law.exponent:.2f}"


def _body_errors(ax: Axes, data: xr.Dataset) -> None:
    K, (rms, error), law = data.num_bodies.values, body_errors(data), body_law(data)
    ax.errorbar(K, rms, yerr=error, fmt="o", color=RED, capsize=3, label="rms of the first 8 waves")
    ax.plot(K, law.prefactor * K**law.exponent, color=RED, linewidth=1.0,
            label=f"K^{law.exponent:.2f}")  # fmt: skip
    _logarithmic(ax, K, "number of bodies K", "warm: error against K")


def _logarithmic(ax: Axes, at: np.ndarray, x: str, title: str) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(at[::-2], [f"{value:g}" for value in at[::-2]])
    ax.set_xticks([], minor=True)
    label_axes(ax, x=x, y="error", title=title)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high * 6.0)
    ax.legend(loc="upper left", fontsize=8.5)
