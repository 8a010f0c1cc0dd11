"""Claim that (72) is classical statistical mechanics: it is, until rays cross."""

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
    verdict_within,
)
from zitter.claims.section2.judging import verdict_under_condition
from zitter.claims.section3.classical_runs import packet_problem, packets, total_variation
from zitter.classical_limit.characteristics import by_characteristics, classical_streams
from zitter.classical_limit.classical_schrodinger import METHODS
from zitter.classical_limit.lambda_family import family_on_grid
from zitter.classical_limit.problem import ClassicalProblem
from zitter.core.statistics import ks_distance
from zitter.scenarios.style import BLACK, BLUE, GREY, RED, label_axes, new_figure
from zitter.system.potentials import Polynomial

# Packets, stiffness of the trap, a time before any weighty caustic and one after it.
_CASES = {
    "spreading of a free packet": (dict(centres=[0.0], momenta=[1.0], shares=[1.0]), 0.0, 2.0, 3.0),
    "focus in the trap": (dict(centres=[0.0], momenta=[1.0], shares=[1.0]), 1.0, 1.2, 2.0),
    "two slits": (
        dict(centres=[-3.0, 3.0], momenta=[0.0, 0.0], shares=[0.5, 0.5], width=0.5, chirp=0.9),
        *(0.0, 0.05, 4.0),
    ),
    "two packets that meet": (
        dict(centres=[-6.0, 6.0], momenta=[2.0, -2.0], shares=[0.7, 0.3]),
        *(0.0, 0.25, 4.0),
    ),
}
_NUM_BODIES = {"quick": 4000, "default": 40_000, "full": 400_000}
_NUM = {"quick": 256, "default": 512, "full": 512}
_HALF, _BOUND = 30.0, 0.05


def _bodies(problem: ClassicalProblem, starts: np.ndarray, k: float, heavy: float) -> np.ndarray:
    """Newton's paths of bodies from x with the momentum ∂S₀/∂x, in closed form: (2, n)."""
    slope = jax.jit(jax.vmap(jax.grad(problem.state.phase)))
    v = np.asarray(slope(jnp.asarray(starts)[:, None]))[:, 0] / heavy
    t = problem.times[1:, None]
    if k == 0.0:
        return starts + v * t
    omega = np.sqrt(k / heavy)
    return starts * np.cos(omega * t) + v / omega * np.sin(omega * t)


def _distance(sample: np.ndarray, x: np.ndarray, rho: np.ndarray) -> float:
    """Kolmogorov-Smirnov distance of bodies to a density on points."""
    middle = 0.5 * (x[1:] + x[:-1])
    cumulative = np.cumsum(rho)[:-1] / np.sum(rho)
    return ks_distance(sample, lambda y: np.interp(y, middle, cumulative))


def _one(name: str, preset: Preset, rng: np.random.Generator, heavy: float) -> dict:
    arguments, stiffness, before, after = _CASES[name]
    U = Polynomial([0.0, 0.0, 0.5 * stiffness])
    times = [0.0, before, after]
    problem = packet_problem(packets(**arguments), U, times, half=_HALF, num=_NUM[preset])
    x = problem.grid.axes[0]
    member = rng.choice(len(arguments["centres"]), _NUM_BODIES[preset], p=arguments["shares"])
    width = arguments.get("width", 1.0)
    starts = np.array(arguments["centres"])[member] + width * rng.normal(size=len(member))
    bodies = _bodies(problem, starts, stiffness, heavy)
    rays, grid = by_characteristics(problem, num_newton=0), METHODS["grid"](problem)
    streams = np.stack([classical_streams(problem, k).total for k in (1, 2)])
    linear = family_on_grid(problem, 0.0).density[1:]
    fields = dict(streams=streams, grid=grid.density[1:], linear=linear)
    return dict(
        density=np.stack(list(fields.values())),
        distance=[
            [_distance(b, x, r) for b, r in zip(bodies, f, strict=True)] for f in fields.values()
        ],
        crossed=rays.survey.crossed_mass[1:],
        bodies=[
            np.histogram(b, np.append(x, x[-1] + x[1] - x[0]) - 0.5 * (x[1] - x[0]))[0]
            for b in bodies
        ],
        x=x,
    )


def _run(preset: Preset, seed: int, heavy: float) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    found = [_one(name, preset, rng, heavy) for name in _CASES]
    stack = {key: np.array([f[key] for f in found]) for key in found[0]}
    dims = ("case", "theory", "when")
    return xr.Dataset(
        dict(
            density=((*dims, "x"), stack["density"], {"unit": "1/σ₀"}),
            distance=(dims, stack["distance"]),
            crossed=(("case", "when"), stack["crossed"]),
            bodies=(("case", "when", "x"), stack["bodies"]),
            time=(("case", "when"), [case[2:] for case in _CASES.values()]),
        ),
        coords=dict(
            case=list(_CASES),
            theory=["streams", "grid", "linear"],
            when=["before", "after"],
            x=stack["x"][0],
        ),
        attrs=dict(num_bodies=_NUM_BODIES[preset]),
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The bodies of the ensemble are twice as heavy."""
    return _run(preset, seed, 2.0)


def _measurement(data: xr.Dataset, case: str, theory: str, when: str) -> Measurement:
    here = data.sel(case=case, theory=theory, when=when)
    names = dict(streams="rays of (72)", grid="grid code for (72)", linear="Schroedinger")
    value, error = float(here.distance), 0.5 / float(np.sqrt(data.attrs["num_bodies"]))
    return Measurement(
        name=f"distance of bodies to {names[theory]} (Kolmogorov-Smirnov)",
        regime=f"{case}, t = {float(here.time):g}, crossed mass {float(here.crossed):.1g}",
        value=value,
        uncertainty=error,
        expected=f"below {_BOUND:g}",
        verdict=verdict_within(value, error, 0.0 - 2.0 * error, _BOUND),
    )


def _code_error(data: xr.Dataset, case: str) -> Measurement:
    """Total variation between a grid code and the sum of all streams after rays have crossed."""
    here = data.sel(case=case, when="after")
    h = float(data.x[1] - data.x[0])
    code, streams = (here.density.sel(theory=theory).values for theory in ("grid", "streams"))
    value = total_variation(code, streams, h)
    error = abs(value - total_variation(code[::2], streams[::2], 2.0 * h))
    return Measurement(
        name="total variation between a grid code for (72) and all streams",
        regime=f"{case}, t = {float(here.time):g}, crossed mass {float(here.crossed):.1g}",
        value=value,
        uncertainty=error,
        expected=f"below {_BOUND:g}",
        verdict=verdict_within(value, error, 0.0 - 2.0 * error, _BOUND),
    )


def _judge(data: xr.Dataset) -> Judgement:
    cases = [str(case) for case in data.case.values]
    met = [case for case in cases if float(data.crossed.sel(case=case, when="after")) > 1e-3]
    met = met or cases
    before = [
        _measurement(data, case, theory, "before")
        for case in cases
        for theory in ("streams", "grid")
    ]
    streams = [_measurement(data, case, "streams", "after") for case in cases]
    after = [_code_error(data, case) for case in met]
    linear = [_measurement(data, case, "linear", "after") for case in cases]
    return Judgement(
        verdict=verdict_under_condition([*before, *streams], after),
        measured=f"distance of bodies at most {max(m.value for m in before):.3f} before caustics, "
        "after them a grid code is off by "
        f"{min(m.value for m in after):.2f} to {max(m.value for m in after):.2f} in total "
        "variation",
        uncertainty="½/√bodies; half the points",
        expected="equal until rays cross; then only the sum of streams",
        reason="Bodies that obey Newton's law are distributed as |ψ|² of (72) until their paths "
        f"cross, within {max(m.value for m in before):.3f}; later as the sum of all streams, "
        f"within {max(m.value for m in streams):.3f}, while a code for (72) is off by up to "
        f"{max(m.value for m in after):.2f}.",
        measurements=(*before, *streams, *after, *linear),
        independent_check="bodies move on closed forms of Newton's law, drawn apart from the rays",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(4, width=15.0, height=3.9)
    h = float(data.x[1] - data.x[0])
    for ax, case in zip(panels, data.case.values, strict=True):
        here = data.sel(case=case, when="after")
        bodies = here.bodies / (data.attrs["num_bodies"] * h)
        ax.fill_between(data.x, bodies, color=GREY, alpha=0.5, step="mid", label="bodies (Newton)")
        ax.plot(data.x, here.density.sel(theory="streams"), color=BLUE, label="all streams")
        code = here.density.sel(theory="grid")
        ax.plot(data.x, code, color=RED, linewidth=1.0, label="code for (72)")
        ax.plot(data.x, here.density.sel(theory="linear"), ":", color=BLACK, label="Schroedinger")
        middle = float(np.sum(bodies * data.x) * h)
        spread = float(np.sqrt(np.sum(bodies * (data.x - middle) ** 2) * h))
        ax.set_xlim(middle - 4.0 * spread, middle + 4.0 * spread)
        ax.set_ylim(0.0, 2.0 * float(bodies.max()))
        share = f"crossed mass {float(here.crossed):.2g}"
        title = f"{case}, t = {float(here.time):g}\n{share}"
        label_axes(ax, x="position x [σ₀]", y="density ρ [1/σ₀]", title=title, legend=False)
    panels[0].legend(loc="upper left")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="classical-equation-is-statistical-mechanics",
        ledger="L63",
        section="3.3",
        statement="(72) can be derived from the classical statistical mechanics of a particle.",
        equations=(72,),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="the same densities until rays cross; then only the sum of streams",
        correction="Until the first caustic. Then the ensemble has several streams, which no "
        "single-valued ψ describes; codes that go on with (72) show the non-classical motion that "
        "has been held against it (arXiv:2312.02977).",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
