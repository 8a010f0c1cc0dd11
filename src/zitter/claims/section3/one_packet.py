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
from zitter.claims.section3.classical_runs import cell_share, packet_problem, packets
from zitter.classical_limit.characteristics import by_characteristics
from zitter.classical_limit.classical_schrodinger import METHODS
from zitter.classical_limit.hamilton_jacobi import classical_rays
from zitter.scenarios.style import BLUE, GREY, RED, label_axes, new_figure
from zitter.system.potentials import Polynomial

_FREE = Polynomial([0.0, 0.0, 0.0])
_CENTRE, _MOMENTUM, _END = 7.0, 0.5, 4.0
_NUM_BODIES = {"quick": 2000, "default": 20_000, "full": 200_000}


def _run(preset: Preset, seed: int, shares: tuple[float, float]) -> xr.Dataset:
    """ρ of two packets that move apart, and bodies of which each is in one of them."""
    times = np.linspace(0.0, _END, 5)
    psi = packets([-_CENTRE, _CENTRE], [-_MOMENTUM, _MOMENTUM], shares)
    problem = packet_problem(psi, _FREE, times, half=20.0, num=256)
    found, other = by_characteristics(problem), METHODS["grid"](problem)
    x = problem.grid.axes[0]
    rng, num = np.random.default_rng(seed), _NUM_BODIES[preset]
    side = np.where(rng.uniform(size=num) < shares[0], -1.0, 1.0)
    labels = (side * _CENTRE + rng.normal(size=num))[:, None]
    rays = classical_rays(problem.state, _FREE, labels, times, 1.0, num_steps=8)
    body = np.asarray(rays.x)[:, :, 0]
    return xr.Dataset(
        dict(
            density=(("time", "x"), found.density, {"unit": "1/σ₀"}),
            density_grid=(("time", "x"), other.density, {"unit": "1/σ₀"}),
            weaker=("time", [cell_share(rho, x > 0.0) for rho in found.density]),
            weaker_grid=("time", [cell_share(rho, x > 0.0) for rho in other.density]),
            body=(("time", "body"), body, {"unit": "σ₀"}),
            crossed=("time", found.survey.crossed_mass),
        ),
        coords=dict(time=times, x=x),
        attrs=dict(share=shares[1]),
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, (0.7, 0.3))


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Only one packet is there at first."""
    return _run(preset, seed, (1.0, 0.0))


def _judge(data: xr.Dataset) -> Judgement:
    last = data.isel(time=-1)
    value = float(last.weaker)
    error = abs(value - float(last.weaker_grid)) + 1e-9
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
    return Judgement(
        verdict=overall([share, bodies]),
        measured=f"{with_uncertainty(value, error)} of ρ in the weaker packet",
        uncertainty="difference of two methods",
        expected=f"{float(data.attrs['share']):g}, as at first",
        reason=f"Under (72) the weaker packet keeps its share, {value:.3f}; ρ is the density of a "
        f"classical ensemble, in which each body is in one packet ({found:.3f} of the runs in the "
        f"weaker one) and {moved:.0%} change over.",
        measurements=(share, bodies, change),
        independent_check="split steps on a grid give "
        f"{float(last.weaker_grid):.4f}; rays of drawn bodies",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, width=9.8, height=3.6)
    for i, colour in ((0, GREY), (-1, BLUE)):
        here = data.isel(time=i)
        left.plot(here.x, here.density, color=colour, label=f"t = {float(here.time):g}")
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
        correction="ρ is a classical ensemble that may have several packets; one of them holds "
        "the actual centre of mass.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
