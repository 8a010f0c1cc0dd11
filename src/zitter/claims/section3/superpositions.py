"""Claim that (72) admits no superposition of two packets: it does, until they overlap."""

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
from zitter.claims.section3.classical_runs import packet_problem, packets
from zitter.classical_limit.characteristics import by_characteristics
from zitter.classical_limit.hamilton_jacobi import classical_rays
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.scenarios.style import BLACK, BLUE, GREY, MARKERS, RED, label_axes, new_figure
from zitter.system.potentials import Polynomial
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.madelung import quantum_potential

_DISTANCES = np.arange(2.0, 15.0, 2.0)
_EQUAL, _TURNED, _MEETING = "equal phases", "phases π/2 apart", "opposite momenta"
_KINDS = {_EQUAL: (0.0, 0.0), _TURNED: (0.5 * np.pi, 0.0), _MEETING: (0.0, 1.0)}
_POINTS = {"quick": 600, "default": 2400, "full": 9600}
_FREE = Polynomial([0.0, 0.0, 0.0])
_SHARES, _CENTRE, _MOMENTUM = (0.7, 0.3), 6.0, 1.0
_IS_SOLUTION, _PROBE = 1e-2, 1.0


def _sum(distance: float, phase: float, momentum: float, shares: tuple) -> Superposition:
    """The sum of two packets at ±d/2, or one of them, as summands of (72)."""
    members = GaussianPacket(
        width=[[1.0], [1.0]],
        centre=[[-0.5 * distance], [0.5 * distance]],
        momentum=[[momentum], [-momentum]],
    )
    return Superposition(members, np.array([1.0, np.exp(1j * phase)]) * shares)


def _term(psi: Superposition, x: np.ndarray, *, mean_field: bool) -> np.ndarray:
    """The nonlinear term of the equation, Qψ, or that of a mean field."""
    wave = np.exp(np.asarray(derivatives(psi, x[:, None], 0.0, 2).log_psi))
    if mean_field:
        kernel = 1.0 / np.sqrt((x[:, None] - x) ** 2 + 1.0)
        return -(kernel @ np.abs(wave) ** 2) * (x[1] - x[0]) * wave
    return np.asarray(quantum_potential(psi, x[:, None], 0.0, [1.0])) * wave


def _residuals(num: int, *, mean_field: bool) -> np.ndarray:
    """∫|N(ψ₁+ψ₂) - N(ψ₁) - N(ψ₂)| / ∫(|N(ψ₁)| + |N(ψ₂)|) of the nonlinear term N.

    On all points, and on half of them: (2, kind, distance).
    """
    x = np.linspace(-16.0, 16.0, num + 1)
    found = np.zeros((2, len(_KINDS), len(_DISTANCES)))
    for i, (phase, momentum) in enumerate(_KINDS.values()):
        for j, d in enumerate(_DISTANCES):
            both, one, two = (
                _term(_sum(d, phase, momentum, shares), x, mean_field=mean_field)
                for shares in ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0))
            )
            rest, size = np.abs(both - one - two), np.abs(one) + np.abs(two)
            for k, step in enumerate((1, 2)):
                found[k, i, j] = np.sum(rest[::step]) / np.sum(size[::step])
    return found


def _static_run() -> tuple[float, float]:
    """L2 change of an overlapping sum of equal phases at rest, under (72) and Schroedinger."""
    problem = packet_problem(
        packets([-1.5, 1.5], [0.0, 0.0], [0.5, 0.5]), _FREE, [0.0, 2.0], half=20.0, num=256
    )
    h = problem.grid.cell_volume
    both = by_characteristics(problem), family_on_grid(problem, 0.0)
    changes = [np.sqrt(np.sum(np.abs(s.psi(1) - s.psi(0)) ** 2) * h) for s in both]
    return float(changes[0]), float(changes[1])


def _approach(preset: Preset, seed: int) -> xr.Dataset:
    """Two packets that approach each other: ρ and rays up to where they overlap and beyond."""
    times = np.linspace(0.0, 2.0 * _CENTRE / _MOMENTUM, 25)
    psi = packets([-_CENTRE, _CENTRE], [_MOMENTUM, -_MOMENTUM], _SHARES)
    problem = packet_problem(psi, _FREE, times, half=20.0, num=256)
    found = by_characteristics(problem, num_newton=0, tail_tolerance=1e-3)
    rng = np.random.default_rng(seed)
    left = rng.uniform(size=256) < _SHARES[0]
    starts = np.where(left, -_CENTRE, _CENTRE) + rng.normal(size=256)
    rays = classical_rays(problem.state, _FREE, starts[:, None], times, 1.0)
    return xr.Dataset(
        dict(
            density=(("time", "x"), found.density, {"unit": "1/σ₀"}),
            minority=("time", found.survey.minority_mass),
            ray=(("time", "start"), np.asarray(rays.x)[:, :, 0], {"unit": "σ₀"}),
            status=("time", list(found.status)),
        ),
        coords=dict(time=times, x=problem.grid.axes[0]),
    )


def _run(preset: Preset, seed: int, *, mean_field: bool) -> xr.Dataset:
    fine, coarse = _residuals(_POINTS[preset], mean_field=mean_field)
    classical, quantum = _static_run()
    data = _approach(preset, seed).assign(
        residual=(("kind", "distance"), fine), residual_coarse=(("kind", "distance"), coarse)
    )
    attrs = dict(static_change=classical, static_change_schroedinger=quantum)
    return data.assign_coords(kind=list(_KINDS), distance=_DISTANCES).assign_attrs(attrs)


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, mean_field=False)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A nonlinear term that acts at a distance, as a mean field does, in place of Q."""
    return _run(preset, seed, mean_field=True)


def _residual(data: xr.Dataset, kind: str, distance: float) -> Measurement:
    here = data.sel(kind=kind, distance=distance)
    value = float(here.residual)
    error = abs(value - float(here.residual_coarse)) + 1e-13
    return Measurement(
        name="residual of (72) for ψ₁ + ψ₂",
        regime=f"{kind}, {distance:g} σ apart",
        value=value,
        uncertainty=error,
        expected=f"a superposition is no solution: above {_IS_SOLUTION:g}",
        verdict=verdict_within(value, error, _IS_SOLUTION, np.inf),
    )


def _decay(data: xr.Dataset, kind: str) -> Measurement:
    """Slope of the logarithm of the residual against the squared distance, in units of 1/16."""
    here = data.sel(kind=kind, distance=slice(4.0, 14.0))
    d2, y = here.distance.values**2, np.log(here.residual.values)
    (slope, _), covariance = np.polyfit(d2, y, 1, cov=True)
    value, error = float(-16.0 * slope), float(16.0 * np.sqrt(covariance[0, 0]))
    verdict = verdict_within(value, error, 0.5, np.inf, inside=Verdict.FAILS, outside=Verdict.HOLDS)
    return Measurement("16 × decay of the residual with d²/σ²", kind, value, error, 1.0, verdict)


def _judge(data: xr.Dataset) -> Judgement:
    together = _residual(data, _EQUAL, 2.0)
    apart = [_residual(data, kind, 14.0) for kind in (_TURNED, _MEETING)]
    crossing = _residual(data, _MEETING, 2.0)
    decays = [_decay(data, kind) for kind in (_TURNED, _MEETING)]
    until = float(data.time[int(np.argmax(data.minority.values > 1e-3))])
    static = float(data.attrs["static_change"])
    return Judgement(
        verdict=overall([together, *apart]),
        measured=f"residual {together.value:.0e} for equal phases 2σ apart, "
        f"{max(m.value for m in apart):.0e} for other packets 14σ apart",
        uncertainty="half the points",
        expected="0, and about exp(-d²/16σ²)",
        reason="The residual of (72) for a sum of two packets is "
        f"{together.value:.0e} with equal phases, even at 2σ, and otherwise "
        f"{crossing.value:.2f} at 2σ and {max(m.value for m in apart):.0e} at 14σ; two packets "
        f"that approach each other have one S until t = {until:.1f}, when a thousandth of the "
        "mass has met.",
        measurements=(together, *apart, crossing, *decays),
        independent_check=f"such a sum, 3σ apart, changes by {static:.0e} in t = 2 under (72) and "
        f"by {float(data.attrs['static_change_schroedinger']):.2f} under Schroedinger's equation",
    )


def _draw_approach(ax: Axes, data: xr.Dataset) -> None:
    t, x = data.time.values, data.x.values
    ax.pcolormesh(x, t, data.density.values, cmap="Blues", vmax=0.3, shading="nearest")
    for i in range(0, data.sizes["start"], 16):
        ax.plot(data.ray.values[:, i], t, color=GREY, linewidth=0.6)
    until = t[int(np.argmax(data.minority.values > 1e-3))]
    ax.axhline(until, color=RED, linewidth=1.6)
    shade = dict(facecolor="white", edgecolor="none", alpha=0.85)
    ax.text(0.0, until + 0.3, "rays have met: several streams", color=RED, ha="center", bbox=shade)
    ax.text(0.0, until - 0.8, "one stream, one S", color=BLUE, ha="center", bbox=shade)
    ax.set_xlim(-11.5, 11.5)
    ax.grid(visible=False)
    label_axes(ax, x="position x [σ₀]", y="time t [Mσ₀²/ħ]", title="Density of two packets")


def _draw_residuals(ax: Axes, data: xr.Dataset) -> None:
    for kind, marker, colour in zip(data.kind.values, MARKERS, (BLUE, GREY, RED), strict=False):
        value = np.maximum(data.residual.sel(kind=kind), 1e-17)
        ax.plot(data.distance, value, marker=marker, color=colour, linestyle="none", label=kind)
    d = np.linspace(2.0, 14.0, 100)
    ax.plot(d, np.exp(-(d**2) / 16.0), color=BLACK, linewidth=1.0, label="exp(-d²/16σ²)")
    ax.set_yscale("log")
    ax.set_ylim(1e-17, 3e2)
    label_axes(ax, x="distance d [σ]", y="residual of (72)", title="Is the sum a solution?")


def _draw_forces(ax: Axes, data: xr.Dataset) -> None:
    """Force along x on a probe beside the two packets, softened Newton, unit couplings."""
    source = data.ray.values[0] / _CENTRE
    force = source / (source**2 + _PROBE**2) ** 1.5
    ax.hist(force, bins=40, color=BLUE, label="source: where the body is")
    ax.axvline(float(np.mean(force)), color=RED, label="source: spread over |ψ|²")
    label_axes(
        ax, x="force on a probe [GMm/a²]", y="bodies", title="Gravity of the same two packets"
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(3, width=13.2, height=4.2)
    _draw_approach(panels[0], data)
    _draw_residuals(panels[1], data)
    _draw_forces(panels[2], data)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="no-superpositions-under-the-classical-equation",
        ledger="L39",
        section="3.3",
        statement="(72) admits no macroscopic superpositions: two of its solutions cannot be "
        "superposed to a new one.",
        equations=(72,),
        predicted=Verdict.FAILS,
        expected="residual 0 for equal phases, about exp(-d²/16σ²) otherwise",
        correction="Sums are solutions while they do not overlap with different S. They carry no "
        "gravity of a cat for another reason: the source is the actual position.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
