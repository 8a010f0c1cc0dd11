"""Claim that the quantization (94) can be kept in the classical equation (72)."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array
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
    with_uncertainty,
)
from zitter.classical_limit.vortex_rays import folded_mass, hole_radius, vortex_ray_jacobian
from zitter.scenarios.style import BLACK, BLUE, GREEN, GREY, RED, label_axes, new_figure
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.vortices import circle, circulation

_WINDINGS = (1, 2)
_TIMES = np.array([0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0])
_NUM_RAYS = {"quick": 4000, "default": 100_000, "full": 1_000_000}
_NUM_POINTS = 256
_STEP = 1e-5


class _Vortex(eqx.Module):
    """ψ ∝ (x + iy)^n exp(-r²/4σ²) with n > 0 and σ = 1, ħ = M = 1, at t = 0."""

    winding: Array

    def __call__(self, q: Array, t: Any) -> Array:
        return self.winding * jnp.log(q[0] + 1j * q[1]) - 0.25 * jnp.sum(q**2)


def _start_velocity(psi: _Vortex, q: np.ndarray) -> np.ndarray:
    return np.imag(np.asarray(derivatives(psi, q, 0.0, 1).gradient))


def _moved(psi: _Vortex, q: np.ndarray, quantum: float) -> np.ndarray:
    """Positions (time, ray, 2): straight on by (72), or held by `quantum` of the potential.

    With all of it the packet of a vortex spreads as a whole: r = r₀ √(1 + t²/4), and the angle
    grows by n∫dt/r² = (2n/r₀²) arctan(t/2).
    """
    v = _start_velocity(psi, q)
    straight = q + _TIMES[:, None, None] * v
    square = np.sum(q**2, axis=1)
    turns = q[:, 0] * v[:, 1] - q[:, 1] * v[:, 0]
    angle = np.arctan2(q[:, 1], q[:, 0]) + 2.0 * turns / square * np.arctan(0.5 * _TIMES)[:, None]
    r = np.sqrt(square) * np.sqrt(1.0 + 0.25 * _TIMES**2)[:, None]
    held = np.stack([r * np.cos(angle), r * np.sin(angle)], axis=-1)
    return (1.0 - quantum) * straight + quantum * held


def _jacobian(psi: _Vortex, q: np.ndarray, quantum: float) -> np.ndarray:
    """det ∂q/∂q₀ of each ray (time, ray), by differences."""
    columns = []
    for axis in (0, 1):
        step = _STEP * np.eye(2)[axis]
        forth, back = _moved(psi, q + step, quantum), _moved(psi, q - step, quantum)
        columns.append((forth - back) / (2.0 * _STEP))
    return columns[0][..., 0] * columns[1][..., 1] - columns[0][..., 1] * columns[1][..., 0]


def _turns(psi: _Vortex, num_points: int) -> float:
    """Circulation round the vortex by h."""
    return float(circulation(psi, circle([0.0, 0.0], 0.7), num=num_points)) / (2.0 * np.pi)


def _run(preset: Preset, seed: int, quantum: float) -> xr.Dataset:
    rng, num = np.random.default_rng([seed, 70]), _NUM_RAYS[preset]
    folded, nearest, start_turns = [], [], []
    for n in _WINDINGS:
        psi = _Vortex(jnp.asarray(float(n)))
        r0, angle = np.sqrt(2.0 * rng.gamma(n + 1.0, 1.0, num)), 2.0 * np.pi * rng.random(num)
        q0 = np.stack([r0 * np.cos(angle), r0 * np.sin(angle)], axis=1)
        folded.append(np.mean(_jacobian(psi, q0, quantum) < 0.0, axis=1))
        nearest.append(np.min(np.linalg.norm(_moved(psi, q0, quantum), axis=2), axis=1))
        start_turns.append([_turns(psi, points) for points in (_NUM_POINTS, _NUM_POINTS // 2)])
    radii = np.linspace(0.05, 3.0, 60)
    line = np.stack([radii, 0.0 * radii], axis=1)
    paths = np.linalg.norm(_moved(_Vortex(jnp.asarray(1.0)), line, quantum), axis=2)
    first = np.mean(_jacobian(_Vortex(jnp.asarray(1.0)), line, quantum) < 0.0)
    data = {
        "folded": (("winding", "time"), np.array(folded)),
        "nearest": (("winding", "time"), np.array(nearest), {"unit": "σ"}),
        "start_circulation": ("winding", np.array(start_turns)[:, 0], {"unit": "h"}),
        "start_circulation_half_the_points": (
            "winding",
            np.array(start_turns)[:, 1],
            {"unit": "h"},
        ),
        "radius": (("time", "ray"), paths, {"unit": "σ"}),
        "folded_on_line": ((), float(first)),
    }
    coords = {"winding": list(_WINDINGS), "time": _TIMES, "ray": radii}
    return xr.Dataset(data, coords=coords, attrs={"rays": num})


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The quantum potential left in (72)."""
    return _run(preset, seed, 1.0)


def _folded(data: xr.Dataset, n: int, t: float) -> Measurement:
    share = float(data.folded.sel(winding=n, time=t))
    num = int(data.attrs["rays"])
    error = float(np.sqrt(max(share * (1.0 - share), 1.0 / num) / num))
    return Measurement(
        name="mass of the rays that have been overtaken",
        regime=f"n = {n}, ħt/Mσ² = {t:g}",
        value=share,
        uncertainty=error,
        expected=float(folded_mass(t, 1.0, winding=n)),
        verdict=verdict_within(share, error, high=0.004),
    )


def _start(data: xr.Dataset, n: int) -> Measurement:
    here = data.sel(winding=n)
    turns = float(here.start_circulation)
    error = abs(turns - float(here.start_circulation_half_the_points))
    error = max(error, float(np.finfo(float).eps) * n)
    return Measurement(
        name="circulation / h at t = 0",
        regime=f"n = {n}",
        value=turns,
        uncertainty=error,
        expected=float(n),
        verdict=verdict_within(turns, error, n - 1e-6, n + 1e-6),
    )


def _judge(data: xr.Dataset) -> Judgement:
    start = [_start(data, n) for n in _WINDINGS]
    later = [_folded(data, n, t) for n in _WINDINGS for t in (0.5, 1.0, 2.0)]
    at_one = later[1]
    z = max(abs(m.value - float(m.expected)) / m.uncertainty for m in later)
    nearest = float(data.nearest.sel(winding=1, time=1.0))
    return Judgement(
        verdict=overall([*start, *later]),
        measured=f"overtaken mass {with_uncertainty(at_one.value, at_one.uncertainty)} at "
        "ħt/Mσ² = 1 for n = 1",
        uncertainty="one standard error",
        expected="0 if S stays one function of position",
        reason=f"(94) holds at t = 0 with n = {start[0].value:.6f}, but at ħt/Mσ² = 1 a share "
        f"{at_one.value:.3f} of the rays of (72) lies in a second stream and nothing within "
        f"{nearest:.2f} σ of the axis (n = 1).",
        measurements=(*start, *later),
        independent_check="closed form 1 - e^(-u)(1 + u), u = ħt/2Mσ², and its like for n = 2: "
        f"at most {z:.1f} standard errors away; the hole in closed form "
        f"{float(hole_radius(1.0)):.3f} σ",
    )


def _draw_rays(ax: Axes, data: xr.Dataset) -> None:
    t = np.concatenate([[0.0], data.time.values])
    for r0 in data.ray.values[1::3]:
        r = np.concatenate([[r0], data.radius.sel(ray=r0).values])
        late = float(vortex_ray_jacobian(r0, t[-1])) < 0.0
        fine = np.linspace(0.0, t[-1], 100)
        square = np.interp(fine**2, t**2, r**2)
        ax.plot(fine, np.sqrt(square), color=RED if late else BLUE, linewidth=0.9, alpha=0.8)
    fine = np.linspace(0.0, t[-1], 100)
    ax.fill_between(fine, 0.0, hole_radius(fine), color="white", zorder=3)
    ax.plot(fine, hole_radius(fine), color=BLACK, zorder=4, label="rim of the hole, √(2ħt/M)")
    ax.set_ylim(0.0, 4.0)
    label_axes(ax, x="time [Mσ²/ħ]", y="distance from the vortex [σ]")
    ax.legend(loc="upper left")


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    _draw_rays(left, data)
    share = float(data.folded_on_line)
    left.set_title(
        "Rays of (72) from a vortex: the inner ones (red)\novertake the others"
        if share > 0.0
        else "Rays from a vortex: none overtakes another"
    )
    t = np.linspace(0.0, 2.0, 100)
    num = int(data.attrs["rays"])
    for n, colour, marker in zip(_WINDINGS, (BLUE, GREEN), "os", strict=True):
        share = data.folded.sel(winding=n).values
        error = np.sqrt(share * (1.0 - share) / num)
        right.errorbar(
            data.time, share, error, fmt=marker, color=colour, label=f"rays, n = {n}", capsize=3
        )
        right.plot(t, folded_mass(t, 1.0, winding=n), color=colour, linewidth=1.2)
    right.axhline(0.0, color=GREY, linewidth=0.9, linestyle="--")
    label_axes(right, x="time [Mσ²/ħ]", y="overtaken mass [1]")
    last = float(data.folded.sel(winding=1).values[-1])
    right.set_title(f"Overtaken mass: {last:.2f} at the end for n = 1\n(lines: closed form)")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="quantization-in-the-classical-equation",
        ledger="L70",
        section="3.3",
        statement="In three dimensions the classical Schroedinger equation is to be taken together "
        "with the quantization of the circulation of its phase.",
        equations=(72, 94),
        predicted=Verdict.FAILS,
        expected="no fold of the rays, so that S stays single-valued up to n h",
        correction="True at t = 0 and for n = 0; with n ≠ 0 rays of (72) cross at any t > 0: a "
        "hole of radius √(2|n|ħt/M) opens round the vortex, with two streams outside of it.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
