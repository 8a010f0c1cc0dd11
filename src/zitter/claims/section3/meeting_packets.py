"""Claim on two packets of one centre of mass that meet: (72) has no answer, the ensemble has."""

import jax
import jax.numpy as jnp
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
from zitter.claims.section3.classical_runs import cell_share, packet_problem, packets
from zitter.classical_limit.characteristics import classical_streams
from zitter.classical_limit.classical_schrodinger import METHODS
from zitter.classical_limit.grid_solver import on_grid, stability_limit
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.classical_limit.problem import ClassicalProblem
from zitter.scenarios.style import BLACK, COLOURS, GREY, label_axes, new_figure
from zitter.system.potentials import Polynomial

# Points, half width of the box, share of the longest stable step.
_RUNS = {
    "quick": ((256, 26.0, 0.8), (256, 26.0, 0.4), (256, 22.0, 0.8), (256, 19.0, 0.8)),
    "default": (
        *((256, half, share) for half in (26.0, 22.0, 19.0) for share in (0.8, 0.4)),
        *((512, half, 0.8) for half in (26.0, 22.0, 19.0)),
    ),
    "full": tuple(
        (num, half, share)
        for num in (256, 512, 768)
        for half in (26.0, 22.0, 19.0)
        for share in (0.8, 0.4)
    ),
}
_CENTRE, _MOMENTUM, _SHARES, _END = 6.0, 2.0, (0.8, 0.2), 5.0
_FREE = Polynomial([0.0, 0.0, 0.0])


def _problem(num: int, half: float) -> ClassicalProblem:
    psi = packets([-_CENTRE, _CENTRE], [_MOMENTUM, -_MOMENTUM], _SHARES)
    return packet_problem(psi, _FREE, [0.0, 0.5 * _END, _END], half=half, num=num)


def _name(num: int, half: float, share: float) -> str:
    return f"h = {2.0 * half / num:.3f} σ₀, dt = {share:g} of limit"


def _mean_momentum(psi: np.ndarray, h: float) -> float:
    """ħ∫Im ψ*∂ψ / ∫|ψ|², with the spectral derivative."""
    k = 2.0 * np.pi * np.fft.fftfreq(len(psi), h)
    weight = np.abs(np.fft.fft(psi)) ** 2
    return float(np.sum(k * weight) / np.sum(weight))


def _break_time(problem: ClassicalProblem) -> float:
    """1/max(-∂v/∂x) of the initial state on a fine line."""
    x = jnp.linspace(-1.0, 1.0, 4001)[:, None]
    slope = jax.vmap(jax.hessian(problem.state.phase))(x)
    return 1.0 / float(np.max(-np.asarray(slope)))


def _ensemble(problem: ClassicalProblem) -> tuple[np.ndarray, float]:
    streams = classical_streams(problem)
    mean = np.sum(streams.density * streams.momentum[:, 0]) / np.sum(streams.density)
    return streams.total, float(mean)


def _run(preset: Preset, seed: int, *, many_valued: bool) -> xr.Dataset:
    """P(x > 0) and ⟨p⟩ after the packets have met, in several codes and in the ensemble."""
    base = _problem(*_RUNS[preset][0][:2])
    x = base.grid.axes[0]
    total, momentum = _ensemble(base)
    survey = METHODS["characteristics"](base).survey
    right, mean, density, status = [], [], [], []
    for num, half, share in _RUNS[preset]:
        problem = _problem(num, half)
        y = problem.grid.axes[0]
        if many_valued:
            rho, p = _ensemble(problem)
            status.append("ok")
        else:
            step = share * stability_limit(problem.grid, 1.0)
            found = on_grid(problem, time_step=step)
            rho, p = found.density[-1], _mean_momentum(found.unchecked_psi[-1], y[1] - y[0])
            status.append(found.status[-1])
        right.append(cell_share(rho, y > 0.0))
        mean.append(p)
        density.append(np.interp(x, y, rho))
    linear = family_on_grid(base, 0.0).density[-1]
    return xr.Dataset(
        dict(
            share_right=("run", right),
            momentum=("run", mean, {"unit": "ħ/σ₀"}),
            status=("run", status),
            density=(("run", "x"), np.array(density), {"unit": "1/σ₀"}),
            ensemble=("x", total, {"unit": "1/σ₀"}),
            linear=("x", linear, {"unit": "1/σ₀"}),
            minority=("time", survey.minority_mass),
        ),
        coords=dict(
            run=[f"h = {2.0 * a / n:.3f}, dt = {s:g} of limit" for n, a, s in _RUNS[preset]], x=x
        ),
        attrs=dict(
            ensemble_right=cell_share(total, x > 0.0),
            ensemble_momentum=momentum,
            caustic=survey.caustic.time if survey.caustic else np.nan,
            break_time=_break_time(base),
            seed=seed,
        ),
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, many_valued=False)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Several values of S at a point are allowed, which (72) does not."""
    return _run(preset, seed, many_valued=True)


def _measured(data: xr.Dataset, name: str, label: str, exact: float, width: float) -> list:
    error = abs(float(data.attrs["ensemble_right"]) - _SHARES[0]) + 1e-3
    return [
        Measurement(
            name=label,
            regime=str(run),
            value=float(value),
            uncertainty=error,
            expected=exact,
            verdict=verdict_within(float(value), error, exact - width, exact + width),
        )
        for run, value in zip(data.run.values, data[name].values, strict=True)
    ]


def _judge(data: xr.Dataset) -> Judgement:
    exact = _MOMENTUM * (_SHARES[0] - _SHARES[1])
    shares = _measured(data, "share_right", "P(x > 0) after the encounter", _SHARES[0], 0.02)
    momenta = _measured(data, "momentum", "⟨p⟩ after the encounter [ħ/σ₀]", exact, 0.05)
    P, p = data.share_right.values, data.momentum.values
    a = data.attrs
    return Judgement(
        verdict=overall([*shares, *momenta]),
        measured=f"P(x > 0) from {P.min():.2f} to {P.max():.2f}, ⟨p⟩ from {p.min():.2f} to "
        f"{p.max():.2f} ħ/σ₀, by grid and step",
        uncertainty="error of the ensemble's own share",
        expected=f"{_SHARES[0]:g} and {exact:g}, the classical ensemble",
        reason="After the packets have met, codes for (72) give between "
        f"{P.min():.2f} and {P.max():.2f} for the share on the right, depending on the grid; the "
        f"classical ensemble, in which the packets pass through each other, has "
        f"{a['ensemble_right']:.4f}. A single-valued S ends at t = {a['caustic']:.4f}.",
        measurements=(*shares, *momenta),
        independent_check="first caustic by rays against 1/max(-∂v/∂x): "
        f"{abs(a['caustic'] - a['break_time']):.0e}; ⟨p⟩ of all streams "
        f"{a['ensemble_momentum']:.4f}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, width=10.4, height=3.8)
    left.fill_between(data.x, data.ensemble, color=GREY, alpha=0.5, label="classical ensemble")
    for run, colour in zip(data.run.values[[0, -1]], COLOURS, strict=False):
        rho = data.density.sel(run=run)
        left.plot(data.x, rho, color=colour, linewidth=1.0, label=f"(72), {run}")
    left.set_xlim(-15.0, 15.0)
    left.plot(data.x, data.linear, ":", color=BLACK, label="Schroedinger")
    left.set_ylim(0.0, 2.5 * float(data.ensemble.max()))
    label_axes(left, x="position x [σ₀]", y="density ρ [1/σ₀]", title="After the encounter")
    for run, P, p, colour in zip(
        data.run.values, data.share_right, data.momentum, COLOURS, strict=False
    ):
        right.plot(P, p, "o", color=colour, label=f"(72), {run}")
    exact = (data.attrs["ensemble_right"], data.attrs["ensemble_momentum"])
    right.plot(*exact, "*", color=BLACK, markersize=14, label="classical ensemble")
    right.set_xlim(0.0, 1.0)
    label_axes(right, x="P(x > 0)", y="⟨p⟩ [ħ/σ₀]", title="Share and momentum after it")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="packets-that-meet",
        ledger="L42",
        section="3.3",
        statement="(72) describes two packets of one centre of mass also when they meet.",
        equations=(72,),
        predicted=Verdict.FAILS,
        expected="no single-valued S after T_c = 1/max(-∂v/∂x); codes disagree with each other",
        correction="The single-valued ρ, S end where rays meet; the classical ensemble goes on "
        "with several streams.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
