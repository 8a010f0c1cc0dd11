"""Claim on the two conditions of classicality of footnote 3: d << L(U) and λ << L(U)."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.integrate import solve_ivp

from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.section2.judging import verdict_under_condition
from zitter.core.grid import Grid
from zitter.core.statistics import Estimate
from zitter.forces.external import external_force, external_force_at_centre_of_mass
from zitter.scenarios.style import BLUE, GREY, ORANGE, RED, new_figure
from zitter.system.potentials import Polynomial, length_scale
from zitter.wavefunctions.schrodinger import evolve_schrodinger

_L = 20.0
_START, _FORCE, _DURATION = np.sqrt(6.0) * _L, 10.0, 0.2
_NUM_PARTICLES = 400
_NUM_RUNS = {"quick": 50, "default": 1000, "full": 10_000}
_TIME_STEP = {"quick": 0.01, "default": 0.005, "full": 0.0025}
# Below the first a length counts as << L; below the second an error as small.
_FAR_BELOW, _SMALL = 0.2, 0.05


class _Body(NamedTuple):
    """A cloud of width d of packets of width σ and momentum p, ħ = m = 1."""

    cloud: float
    packet: float
    momentum: float


_BODIES = {
    "small and fast": _Body(1.0, 1.0, 15.0),
    "wide and fast": _Body(10.0, 10.0, 15.0),
    "wide, of small fast packets": _Body(10.0, 1.0, 15.0),
    "small and at rest": _Body(1.0, 1.0, 0.0),
}
_ORDINARY = "small and fast"
_FORCE_ERROR, _PATH_ERROR = "error of (49)", "error of Ehrenfest's path"


def _potential() -> Polynomial:
    """g x⁴, of which L = x/√6 at x."""
    return Polynomial([0.0, 0.0, 0.0, 0.0, _FORCE / (4.0 * _START**3)])


def _force_error(
    body: _Body, U: Any, num_runs: int, rng: np.random.Generator, strength: float
) -> Estimate:
    """|F_U / (-N U'(x_cm)) - 1| for particles drawn with the width d, F_U times `strength`."""
    x = _START + body.cloud * rng.normal(size=(num_runs, _NUM_PARTICLES))
    exact = strength * np.asarray(external_force(U, x, 0.0))[:, 0]
    leading = np.asarray(external_force_at_centre_of_mass(U, x, 0.0).leading)[:, 0]
    ratio = exact / leading - 1.0
    return Estimate(abs(float(ratio.mean())), float(ratio.std(ddof=1) / np.sqrt(num_runs)))


def _path_error(body: _Body, U: Polynomial, time_step: float, strength: float) -> float:
    """|⟨x⟩ - Newton's path| of one packet in `strength` U, by what U has moved the latter."""
    grid = Grid((-20.0,), (125.0,), (2048,))
    x = grid.axes[0]
    psi0 = np.exp(-(((x - _START) / (2.0 * body.packet)) ** 2) + 1j * body.momentum * x)
    psi0 /= np.sqrt(np.sum(np.abs(psi0) ** 2) * grid.cell_volume)
    words = dict(time_step=time_step, order=4)
    acting = Polynomial(strength * np.asarray(U.coefficients))
    psi = evolve_schrodinger(jnp.asarray(psi0), grid, acting, [0.0, _DURATION], [1.0], **words).psi
    mean = float(np.abs(np.asarray(psi[-1])) ** 2 @ x * grid.cell_volume)
    slope = np.polynomial.Polynomial(np.asarray(U.coefficients)).deriv()
    newton = solve_ivp(
        lambda t, s: [s[1], -slope(s[0])],
        (0.0, _DURATION),
        [_START, body.momentum],
        rtol=1e-10,
        atol=1e-10,
    ).y[0, -1]
    return abs(mean - newton) / abs(newton - _START - body.momentum * _DURATION)


def _run(preset: Preset, seed: int, strength: float) -> xr.Dataset:
    U, rng = _potential(), np.random.default_rng([seed, 67])
    L = float(length_scale(U, jnp.array([_START]), 0.0))
    rows = []
    for body in _BODIES.values():
        wavelength = 2.0 * np.pi / np.hypot(body.momentum, 0.5 / body.packet)
        force = _force_error(body, U, _NUM_RUNS[preset], rng, strength)
        step = _TIME_STEP[preset]
        path, rough = (_path_error(body, U, h, strength) for h in (step, 2.0 * step))
        rows.append((body.cloud / L, wavelength / L, *force, path, abs(path - rough)))
    names = ("d_by_L", "wavelength_by_L", "force_error", "force_uncertainty")
    names += ("path_error", "path_uncertainty")
    columns = zip(names, np.transpose(rows), strict=True)
    return xr.Dataset(
        {name: ("body", column, {"unit": "1"}) for name, column in columns},
        {"body": list(_BODIES)},
        {"strength of the force": strength},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The external force acts with a factor 2."""
    return _run(preset, seed, 2.0)


def _said(data: xr.Dataset, body: str, condition: str) -> list[Measurement]:
    """Both errors of a body, against what a condition says of them."""
    here = data.sel(body=body)
    met = float(here[condition]) < _FAR_BELOW
    text = "λ << L" if condition == "wavelength_by_L" else "d << L"
    regime = f"{body}; {text} {'met' if met else 'not met'}"
    found = []
    for name, kind in ((_FORCE_ERROR, "force"), (_PATH_ERROR, "path")):
        value, error = float(here[f"{kind}_error"]), float(here[f"{kind}_uncertainty"])
        bounds = dict(high=_SMALL) if met else dict(low=_SMALL)
        expected = f"{'below' if met else 'above'} {_SMALL}"
        verdict = verdict_within(value, error, **bounds)
        found.append(Measurement(name, regime, value, error, expected, verdict))
    return found


def _judge(data: xr.Dataset) -> Judgement:
    bodies = [str(name) for name in data.body.values]
    by_wavelength = {body: _said(data, body, "wavelength_by_L") for body in bodies}
    by_width = [m for body in bodies for m in _said(data, body, "d_by_L")]
    others = [m for body in bodies if body != _ORDINARY for m in by_wavelength[body]]
    wrong = [m for m in others if m.verdict is Verdict.FAILS]
    right = sum(m.verdict is Verdict.HOLDS for m in by_width if m.name == _FORCE_ERROR)
    forces = ", ".join(f"{v:.1%}" for v in data.force_error.values)
    paths = ", ".join(f"{v:.1%}" for v in data.path_error.values)
    return Judgement(
        verdict=verdict_under_condition(by_wavelength[_ORDINARY], others),
        measured=f"error of (49) {forces}; of Ehrenfest's path {paths} ({'; '.join(bodies)})",
        uncertainty="standard errors of draws; change on halving the time step",
        expected="½(d/L)² and ½(σ/L)², whatever λ",
        reason=f"d << L tells the error of (49) for {right} of {len(bodies)} bodies. λ << L is "
        + (
            f"wrong in {len(wrong)} of {2 * len(bodies)} cases: "
            + "; ".join(f"{m.name}, {m.regime}: {m.value:.1%}" for m in wrong)
            if wrong
            else "right in all cases"
        )
        + ".",
        measurements=(*by_wavelength[_ORDINARY], *others, *by_width),
        independent_check=_closed_forms(data),
    )


def _closed_forms(data: xr.Dataset) -> str:
    """Largest difference from ½(d/L)² and ½(σ/L)²."""
    sigma = np.array([body.packet / body.cloud for body in _BODIES.values()]) * data.d_by_L
    force = np.max(np.abs(data.force_error - 0.5 * data.d_by_L**2))
    path = np.max(np.abs(data.path_error - 0.5 * sigma**2))
    return f"½(d/L)² and ½(σ/L)² differ by at most {float(force):.1g} and {float(path):.1g}"


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, width=10.4, height=3.8)
    place = np.arange(data.sizes["body"])
    left.plot(data.d_by_L, place + 0.12, "o", color=BLUE, markersize=9, label="d / L")
    left.plot(data.wavelength_by_L, place - 0.12, "s", color=ORANGE, markersize=9, label="λ / L")
    left.axvline(_FAR_BELOW, color=GREY, linestyle="--", label="counts as small below")
    right.plot(data.force_error, place + 0.12, "o", color=BLUE, markersize=9, label=_FORCE_ERROR)
    right.plot(data.path_error, place - 0.12, "^", color=RED, markersize=9, label=_PATH_ERROR)
    right.axvline(_SMALL, color=GREY, linestyle="--")
    for ax, name in ((left, "length by L(U)"), (right, "relative error")):
        ax.set_xscale("log")
        ax.minorticks_off()
        ax.set_yticks(place, [str(body) for body in data.body.values] if ax is left else [])
        ax.set_ylim(-0.6, len(place) + 0.1)
        ax.set_xlabel(name)
        ax.legend(loc="upper left", ncols=3, fontsize=8.5)
    left.set_xlim(0.01, 1.2)
    right.set_xlim(5e-4, 0.5)
    left.set_ylabel("body")
    right.set_ylabel("same bodies")
    left.set_title("What the two conditions say")
    right.set_title("What is true")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="two-conditions-of-classicality",
        ledger="L67",
        section="2.1",
        statement="That a body is small against the scale of the potential, d << L(U), is closely "
        "related to the condition λ << L(U) on the wavelength of a packet.",
        equations=(49,),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="error of (49) ½(d/L)², of Ehrenfest's path ½(σ/L)²; λ decides neither",
        correction="(49) needs d << L and Ehrenfest's path σ << L, whatever λ; the two agree "
        "for a body that is one packet, small and fast.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
