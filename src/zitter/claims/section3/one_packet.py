"""Claim that under (72) only one packet belongs to the centre of mass at any time."""

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
    with_uncertainty,
)
from zitter.claims.section3.classical_runs import (
    cell_share,
    packet_problem,
    packets,
    total_variation,
)
from zitter.claims.section3.two_roads import agreement, upheld
from zitter.classical_limit.characteristics import by_characteristics
from zitter.classical_limit.classical_schrodinger import METHODS
from zitter.classical_limit.hamilton_jacobi import classical_rays
from zitter.scenarios.style import BLUE, GREY, RED, label_axes, new_figure
from zitter.system.potentials import Polynomial

_FREE = Polynomial([0.0, 0.0, 0.0])
_CENTRE, _MOMENTUM, _END = 7.0, 0.5, 4.0
_SHARES, _AFTER_COLLAPSE = (0.7, 0.3), (0.999, 0.001)
_NUM_BODIES = {"quick": 2000, "default": 20_000, "full": 200_000}


def _alone(x: np.ndarray, times: np.ndarray, shares: tuple[float, float]) -> np.ndarray:
    """Sum of the two packets, each as if it were the only solution of (72): (time, num)."""
    rho = np.zeros((len(times), len(x)))
    for side, share in zip((-1.0, 1.0), shares, strict=True):
        middle = side * (_CENTRE + _MOMENTUM * times[:, None])
        rho += share * np.exp(-0.5 * (x - middle) ** 2) / np.sqrt(2.0 * np.pi)
    return rho


def _run(preset: Preset, seed: int, shares: tuple[float, float]) -> xr.Dataset:
    """ρ of two packets that move apart, and bodies of which each is in one of them."""
    times = np.linspace(0.0, _END, 5)
    psi = packets([-_CENTRE, _CENTRE], [-_MOMENTUM, _MOMENTUM], shares)
    problem = packet_problem(psi, _FREE, times, half=24.0, num=256)
    x = problem.grid.axes[0]
    rng, num = np.random.default_rng(seed), _NUM_BODIES[preset]
    side = np.where(rng.uniform(size=num) < shares[0], -1.0, 1.0)
    start = side * _CENTRE + rng.normal(size=num)
    found, other = by_characteristics(problem).density, METHODS["grid"](problem).density
    rays = classical_rays(problem.state, _FREE, start[:, None], times, 1.0, num_steps=8)
    body = np.asarray(rays.x)[:, :, 0]
    return xr.Dataset(
        dict(
            density=(("time", "x"), found, {"unit": "1/σ₀"}),
            density_grid=(("time", "x"), other, {"unit": "1/σ₀"}),
            density_alone=(("time", "x"), _alone(x, times, shares), {"unit": "1/σ₀"}),
            weaker=("time", [cell_share(rho, x > 0.0) for rho in found]),
            weaker_grid=("time", [cell_share(rho, x > 0.0) for rho in other]),
            body=(("time", "body"), body, {"unit": "σ₀"}),
        ),
        coords=dict(time=times, x=x),
        attrs=dict(share=shares[1]),
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, _SHARES)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """All but a thousandth of the weaker packet was taken away before, as by a collapse."""
    return _run(preset, seed, _AFTER_COLLAPSE)


def _each_alone(data: xr.Dataset) -> list[Measurement]:
    """Whether each packet moves as a solution of (72) by itself, at the last time."""
    last = data.isel(time=-1)
    h = float(data.x[1] - data.x[0])
    value = total_variation(last.density.values, last.density_alone.values, h)
    error = total_variation(last.density.values, last.density_grid.values, h)
    regime = f"two packets moving apart, t = {float(last.time):g}"
    sum_of_two = agreement(
        "total variation from the sum of two lone packets", regime, value, error, 0.0, 0.01
    )
    body = data.body.values
    path = body[-1] - body[0] - np.sign(body[0]) * _MOMENTUM * _END
    moved, spread = float(np.sqrt(np.mean(path**2))), float(np.std(path) / np.sqrt(path.size))
    straight = agreement(
        "rms distance of bodies from the path of their lone packet [σ₀]",
        "bodies of either packet",
        moved,
        spread,
        0.0,
        0.05,
    )
    return [sum_of_two, straight]


def _judge(data: xr.Dataset) -> Judgement:
    last = data.isel(time=-1)
    value = float(last.weaker)
    error = abs(value - float(last.weaker_grid)) + float(np.finfo(float).eps)
    share = Measurement(
        name="share of ρ in the weaker packet",
        regime=f"two packets moving apart, t = {float(last.time):g}",
        value=value,
        uncertainty=error,
        expected="0: only one packet",
        verdict=verdict_within(value, error, -0.01, 0.01),
    )
    right = data.body.values > 0.0
    num = right.shape[1]
    found = float(np.mean(right[-1]))
    spread = float(np.sqrt(max(found * (1.0 - found), 1.0 / num) / num))
    bodies = Measurement(
        name="share of bodies in the weaker packet",
        regime=f"{num} runs of the same preparation",
        value=found,
        uncertainty=spread,
        expected="0: only one packet",
        verdict=verdict_within(found, spread, -0.01, 0.01),
    )
    moved = float(np.mean(right[0] != right[-1]))
    change = Measurement(
        name="share of bodies that change the packet",
        regime="same runs",
        value=moved,
        uncertainty=1.0 / num,
        expected=0.0,
        verdict=verdict_within(moved, 1.0 / num, -1.0, 0.01),
    )
    roads = _each_alone(data)
    return Judgement(
        verdict=upheld(overall([share, bodies]), roads),
        measured=f"{with_uncertainty(value, error)} of ρ in the weaker packet",
        uncertainty="difference of two methods",
        expected=f"{float(data.attrs['share']):g}, as at first",
        reason=f"Under (72) the weaker packet keeps its share, {value:.3f}; ρ is the density of a "
        f"classical ensemble, in which each body is in one packet ({found:.3f} of the runs in the "
        f"weaker one) and {moved:.0%} change over. ρ is the sum of two lone packets to "
        f"{roads[0].value:.1e}.",
        measurements=(share, bodies, change, *roads),
        independent_check="split steps on a grid give "
        f"{float(last.weaker_grid):.4f}; rays of drawn bodies",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, width=9.8, height=3.6)
    for i, colour in ((0, GREY), (-1, BLUE)):
        here = data.isel(time=i)
        left.plot(here.x, here.density, color=colour, label=f"t = {float(here.time):g}")
    left.plot(here.x, here.density_alone, ":", color=RED, label="two lone packets")
    left.set_xlim(-14.0, 14.0)
    label_axes(left, x="position x [σ₀]", y="density ρ [1/σ₀]", title="ρ under (72)")
    side = data.body.values[-1] > 0.0
    for i in range(24):
        colour = RED if side[i] else BLUE
        right.plot(data.body.values[:, i], data.time, color=colour, linewidth=1.0)
    label_axes(
        right, x="position x [σ₀]", y="time t [Mσ₀²/ħ]", title="24 bodies of this preparation"
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="one-packet-at-any-time",
        ledger="L40",
        section="3.3",
        statement="Under (72) only one packet is associated with the centre of mass at any time.",
        equations=(72,),
        predicted=Verdict.FAILS,
        expected="every packet keeps its share of ρ",
        correction="ρ may be a sum of packets, each of which moves as if alone; one of them holds "
        "the actual centre of mass.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
