"""Claim on cat states of the mean field: lobes of one body attract, and a probe feels the mean."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp

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
from zitter.core.grid import Grid
from zitter.mean_field.cat_states import (
    half_mass_acceleration,
    lobe_acceleration,
    lobes,
    pair_branches,
    pair_cat_state,
    probe_acceleration,
    two_lobe_state,
)
from zitter.mean_field.few_body import one_particle_matrix
from zitter.mean_field.hartree import line_mean_field
from zitter.mean_field.radial_states import radial_state
from zitter.mean_field.schrodinger_newton import evolve_schrodinger_newton
from zitter.scenarios.style import BLACK, BLUE, GREEN, GREY, ORANGE, RED, label_axes, new_figure
from zitter.system.pair_potentials import NewtonPair
from zitter.wavefunctions.schrodinger import configuration_potential, evolve_schrodinger

# In units of ħ, m and a length a: G m² of the body, distance of its lobes, place of the probe.
_COUPLING, _SEPARATION, _PROBE = 8.0, 8.0, (0.0, 4.5, 0.0)
_PHASES = (0.0, np.pi)
_SIZES = {
    "quick": ((48, 26, 26), 4.0, 0.05, 96, 4.0),
    "default": ((72, 40, 40), 6.0, 0.025, 128, 5.0),
    "full": ((96, 52, 52), 7.0, 0.02, 160, 6.0),
}
# The pair: mass of each particle, distance of its branches, width of their centre of mass.
_PAIR_MASS, _BRANCHES, _CM_WIDTH = 2.0, 12.0, 1.0


def _mean_field_runs(num, last: float, dt: float, strength: float) -> dict:
    """A body in two places under its own mean field, for either sign of the superposition."""
    grid = Grid((-9.0, -5.0, -5.0), (9.0, 5.0, 5.0), num)
    times = np.linspace(0.0, last, 9)
    half = radial_state(coupling=0.5 * _COUPLING)
    found = []
    for phase in _PHASES:
        psi = two_lobe_state(half, grid, _SEPARATION, phase)
        run = evolve_schrodinger_newton(
            psi,
            grid,
            times,
            strength * _COUPLING,
            boundary="isolated",
            time_step=dt,
            leak_tolerance=1e-3,
        )
        found.append((lobes(np.abs(run.psi) ** 2, grid), np.ptp(run.energy)))
    density = np.abs(two_lobe_state(half, grid, _SEPARATION)) ** 2
    thin, rough = density[::2, ::2, ::2], Grid(grid.lower, grid.upper, [n // 2 for n in num])
    pull = strength * lobe_acceleration(density, grid, _COUPLING)
    return dict(
        right=(("sign", "time"), [state.right for state, _ in found]),
        middle_share=(("sign", "time"), [state.middle_share for state, _ in found]),
        energy_drift=("sign", [drift for _, drift in found]),
        first_acceleration=pull,
        half_mass_acceleration=half_mass_acceleration(_SEPARATION, _COUPLING),
        half_masses=("time", _half_masses(times)),
        probe_half_the_points=("space", probe_acceleration(thin, rough, _PROBE, strength)),
        probe_mean_field=("space", probe_acceleration(density, grid, _PROBE, strength)),
    )


def _half_masses(times: np.ndarray) -> np.ndarray:
    """Right one of two points, each with half of the mass, that fall toward each other."""

    def rates(_: float, y: np.ndarray) -> tuple[float, float]:
        return y[1], half_mass_acceleration(2.0 * y[0], _COUPLING)

    start = [0.5 * _SEPARATION, 0.0]
    span = (times[0], times[-1])
    return solve_ivp(rates, span, start, t_eval=times, rtol=1e-10, atol=1e-12).y[0]


def _probe_runs() -> np.ndarray:
    """Acceleration of the probe by the whole body at the place of one lobe, (run, space)."""
    centres = np.array([[0.5 * _SEPARATION, 0.0, 0.0], [-0.5 * _SEPARATION, 0.0, 0.0]])
    away = np.asarray(_PROBE) - centres
    return -away / np.linalg.norm(away, axis=1, keepdims=True) ** 3


def _pair_run(num: int, last: float) -> dict:
    """Two particles with their pair potential, both here or both there: exact branches."""
    V_pair = NewtonPair(_PAIR_MASS, softening=1.0)
    grid = Grid((-16.0,) * 2, (16.0,) * 2, (num,) * 2)
    psi = pair_cat_state(V_pair, grid, _BRANCHES, _CM_WIDTH, mass=_PAIR_MASS)
    times = np.linspace(0.0, last, 5)
    run = evolve_schrodinger(
        psi,
        grid,
        configuration_potential(None, V_pair, 2),
        times,
        np.full(2, _PAIR_MASS),
        time_step=0.05,
        leak_tolerance=1e-3,
    )
    branches = pair_branches(np.abs(np.asarray(run.psi)) ** 2, grid)
    line = Grid(grid.lower[:1], grid.upper[:1], grid.num[:1])
    density = np.real(np.diagonal(one_particle_matrix(psi, line.spacing[0])))
    x = line.axes[0]
    force = -np.gradient(line_mean_field(V_pair, line)(density), x)
    pull = np.sum((density * force)[x > 0.0]) / np.sum(density[x > 0.0]) / _PAIR_MASS
    return dict(
        branch=("pair_time", branches.right),
        branch_middle_share=("pair_time", branches.middle_share),
        branch_mean_field=("pair_time", branches.right[0] + 0.5 * pull * times**2),
        pair_time=times,
    )


def _run(preset: Preset, strength: float) -> xr.Dataset:
    num, last, dt, num_pair, last_pair = _SIZES[preset]
    pair = _pair_run(num_pair, last_pair)
    return xr.Dataset(
        _mean_field_runs(num, last, dt, strength)
        | {name: value for name, value in pair.items() if name != "pair_time"}
        | {"probe_runs": (("run", "space"), _probe_runs())},
        coords={
            "sign": ["+", "-"],
            "time": np.linspace(0.0, last, 9),
            "pair_time": pair["pair_time"],
            "run": ["right", "left"],
            "space": ["x", "y", "z"],
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """A mean field that is a fifth too strong."""
    return _run(preset, 1.2)


def _attraction(data: xr.Dataset) -> Measurement:
    """Fall of a lobe in units of that of a point drawn by half of the body."""
    fall = data.right.isel(time=0) - data.right.isel(time=-1)
    point = float(data.half_masses[0] - data.half_masses[-1])
    ratios = fall.values / point
    value, error = float(ratios.mean()), float(np.ptp(ratios))
    return Measurement(
        name="fall of a lobe / fall toward half of the body",
        regime=f"mean field, t = {float(data.time[-1]):g}",
        value=value,
        uncertainty=error,
        expected=1.0,
        verdict=verdict_within(value, error, 0.9, 1.1),
    )


def _first_pull(data: xr.Dataset) -> Measurement:
    value = float(data.first_acceleration / data.half_mass_acceleration)
    error = abs(float(data.right[0, 0]) / (0.5 * _SEPARATION) - 1.0)
    return Measurement(
        name="first acceleration of a lobe / -G m/(2 d²)",
        regime="mean field",
        value=value,
        uncertainty=error,
        expected=1.0,
        verdict=verdict_within(value, error, 0.98, 1.02),
    )


def _still_two(data: xr.Dataset) -> Measurement:
    value = float(data.middle_share.max())
    return Measurement(
        name="share of |ψ|² between the lobes",
        regime="mean field, all times",
        value=value,
        uncertainty=float(np.ptp(data.middle_share.values.max(axis=1))),
        expected="small",
        verdict=verdict_within(value, 0.0, high=0.02),
    )


def _single_branch(data: xr.Dataset) -> Measurement:
    """Fall of an exact branch in units of what the mean field of the same state says."""
    value = float(
        (data.branch[0] - data.branch[-1]) / (data.branch[0] - data.branch_mean_field[-1])
    )
    error = float(data.branch_middle_share[-1])
    return Measurement(
        name="fall of a branch / that of the mean field",
        regime="Schroedinger equation of a bound pair",
        value=value,
        uncertainty=error,
        expected=0.0,
        verdict=verdict_within(value, error, -0.02, 0.02),
    )


def _probe(data: xr.Dataset) -> list[Measurement]:
    field, runs = data.probe_mean_field.values, data.probe_runs.values
    size = float(np.linalg.norm(runs[0]))
    nearest = min(float(np.linalg.norm(field - run)) for run in runs) / size
    mean = float(np.linalg.norm(runs.mean(axis=0) - field)) / size
    coarse = float(np.linalg.norm(field - data.probe_half_the_points.values)) / size
    geometry = 0.5 * _SEPARATION / np.hypot(0.5 * _SEPARATION, _PROBE[1])
    return [
        Measurement(
            name="|mean field - nearest single run| / |single run|",
            regime="pull on a probe",
            value=nearest,
            uncertainty=mean,
            expected=float(geometry),
            verdict=verdict_within(nearest, mean, low=0.3),
        ),
        Measurement(
            name="|mean field - mean over runs| / |single run|",
            regime="pull on a probe",
            value=mean,
            uncertainty=coarse,
            expected="below 0.01",
            verdict=verdict_within(mean, coarse, high=0.01),
        ),
    ]


def _judge(data: xr.Dataset) -> Judgement:
    fall, first, two, branch = (
        _attraction(data),
        _first_pull(data),
        _still_two(data),
        _single_branch(data),
    )
    probe, mean = _probe(data)
    found = (fall, first, two, branch, probe, mean)
    return Judgement(
        verdict=overall(found),
        measured=f"lobes fall {with_uncertainty(fall.value, fall.uncertainty)} times as toward "
        f"half of the body; exact branches {branch.value:.0e} times that",
        uncertainty="difference of the two signs of the superposition",
        expected="1 in the mean field, 0 for a branch",
        reason=f"A body in two places stays in two (share between the lobes below {two.value:.0e}) "
        f"and its lobes fall toward each other {fall.value:.3f} times as half-masses do, while "
        f"the branches of a pair in the Schroedinger equation do so {branch.value:.0e} times; a "
        f"probe midway is off by {probe.value:.2f} of the pull of any single run.",
        measurements=found,
        independent_check="positions of the lobes against two points with half of the mass each; "
        f"energy kept to {float(data.energy_drift.max()):.0e}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, middle, right) = new_figure(3, width=12.6, height=3.8)
    for sign, marker, colour in (("+", "o", BLUE), ("-", "s", ORANGE)):
        x = data.right.sel(sign=sign)
        left.plot(data.time, x, marker, color=colour, label=f"lobe, superposition {sign}")
    left.plot(data.time, data.half_masses, "--", color=GREY, label="point, drawn by half the body")
    label_axes(
        left, x="time [m a²/ħ]", y="place of the right lobe [a]", title="Mean field of one body"
    )
    branch = data.branch - data.branch[0]
    middle.plot(data.pair_time, branch, "-o", color=GREEN, label="exact branch")
    middle.plot(
        data.pair_time,
        data.branch_mean_field - data.branch[0],
        "--",
        color=RED,
        label="mean field of the same state",
    )
    label_axes(
        middle,
        x="time [m a²/ħ]",
        y="shift of the right branch [a]",
        title="Bound pair in two places",
    )
    _draw_probe(right, data)
    return figure


def _draw_probe(ax, data: xr.Dataset) -> None:
    x, y = _PROBE[:2]
    scale = 0.5 * _PROBE[1] / abs(float(data.probe_mean_field[1]))
    pulls = [(data.probe_mean_field.values, RED, "mean field")]
    pulls += [(run, GREEN, "single run") for run in data.probe_runs.values]
    for pull, colour, _ in pulls:
        ax.annotate(
            "",
            (x + scale * pull[0], y + scale * pull[1]),
            (x, y),
            arrowprops=dict(arrowstyle="-|>", color=colour, linewidth=2.2),
        )
    for _, colour, label in pulls[:2]:
        ax.plot([], [], color=colour, label=label)
    places = [-0.5 * _SEPARATION, 0.5 * _SEPARATION]
    ax.plot(places, [0.0, 0.0], "o", color=BLUE, markersize=16, label="lobes")
    ax.plot([x], [y], "o", color=BLACK, label="probe")
    ax.set_xlim(-6.0, 6.0)
    ax.set_ylim(-1.2, 8.5)
    label_axes(ax, x="x [a]", y="y [a]", title="Pull on a probe")
    ax.legend(loc="upper left", ncols=2)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="mean-field-cats-attract-themselves",
        ledger="L43",
        section="3.3",
        statement="The mean-field Schroedinger-Newton equation admits cat states of a body and "
        "gives them, and a probe beside them, forces that no single run has.",
        equations=(),
        predicted=Verdict.HOLDS,
        expected="lobes attract as half of the body would; exact branches do not",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
