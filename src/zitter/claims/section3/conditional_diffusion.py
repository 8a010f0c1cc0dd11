"""Claim on the conditional Schroedinger equation for guided paths and for diffusions: (64)-(69)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
import xarray as xr
from jax import Array
from matplotlib.figure import Figure

from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import law_text, median_estimate, verdict_under_condition
from zitter.classical_limit.conditional_residuals import (
    ConditionalIncrements,
    conditional_increments,
)
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes, new_figure
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.nelson import nelson_paths
from zitter.trajectories.sampling import sample_product
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.normal_modes import NormalModes, gaussian_modes

_STEPS = {
    "quick": (16, 32, 64, 128),
    "default": (16, 32, 64, 128, 256),
    "full": (16, 32, 64, 128, 256, 512),
}
_NUM_PATHS = {"quick": 2000, "default": 5000, "full": 20_000}
_STIFFNESS = np.array([[1.4, -0.6, 0.0], [-0.6, 0.9, -0.3], [0.0, -0.3, 0.3]])
_DURATION = 0.8
_CHAIN, _BOSONS = "chain held at one end, N = 3", "two bosons in two packets"
_GUIDED, _PRINTED = "(69), guided paths", "(69), diffusion"
_NO_ITO, _ITO, _SYMMETRIC = "steps dy, no Itô term", "steps dy and Itô term", "symmetric product"
_EQUATIONS: dict[str, Callable[[ConditionalIncrements], np.ndarray]] = {
    _GUIDED: lambda d: d.guided,
    _PRINTED: lambda d: d.guided,
    _NO_ITO: lambda d: d.transport,
    _ITO: lambda d: d.transport + d.ito,
    _SYMMETRIC: lambda d: d.symmetric,
}


class _Chain(eqx.Module):
    """U = ½ q·K q."""

    stiffness: np.ndarray

    def __call__(self, q: Array, t: Any) -> Array:
        return 0.5 * q @ self.stiffness @ q


class _Free(eqx.Module):
    def __call__(self, q: Array, t: Any) -> Array:
        return 0.0 * q[0]


class _System(NamedTuple):
    psi: Any
    potential: Any
    sample: Callable[[int, np.random.Generator], np.ndarray]


def _systems(preset: Preset) -> dict[str, _System]:
    chain = gaussian_modes(
        NormalModes(_STIFFNESS), widths=[1.1, 0.6, 0.4], momentum=0.3, chirp=[0.2, -0.3, 0.1]
    )
    systems = {_CHAIN: _System(chain, _Chain(_STIFFNESS), chain.sample)}
    if preset != "quick":
        packets = GaussianPacket([[1.0], [1.0]], [[-1.5], [1.5]], [[0.4], [-0.2]])
        bosons = Product(Superposition(packets, [1.0, 0.7]), 2)
        draw = lambda num, rng: np.asarray(sample_product(bosons, num, rng))  # noqa: E731
        systems[_BOSONS] = _System(bosons, _Free(), draw)
    return systems


def _paths(
    system: _System, process: str, preset: Preset, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Times (time,) and paths (time, batch, dof)."""
    times = np.linspace(0.0, _DURATION, _STEPS[preset][-1] + 1)
    rng = np.random.default_rng([seed, 30])
    if process == "guided":
        start = system.sample(max(8, _NUM_PATHS[preset] // 100), rng)
        paths = bohm_paths(system.psi, start, times, masses=1.0, rtol=1e-10, atol=1e-12)
        return times, paths.Q
    words = dict(masses=1.0, num_steps=len(times) - 1, method="euler_maruyama")
    start = system.sample(_NUM_PATHS[preset], rng)
    return times, np.asarray(nelson_paths(system.psi, start, times, jax.random.key(seed), **words))


def _remainders(
    system: _System, times: np.ndarray, paths: np.ndarray, every: int, ito_factor: float
) -> dict[str, np.ndarray]:
    """|ψ_cm's change over the whole time - what each equation gives| (batch,), and the change."""
    x_cm = paths[0].mean(axis=1)[:, None, None] + np.array([-0.3, 0.3])[:, None]
    terms = conditional_increments(
        system.psi, x_cm, paths[::every], times[::every], system.potential, mass=1.0
    )
    d = ConditionalIncrements(*(np.asarray(f).sum(axis=0) for f in terms))
    d = d._replace(ito=ito_factor * d.ito)

    def size(f: np.ndarray) -> np.ndarray:
        return np.sqrt(np.mean(np.abs(f) ** 2, axis=1))

    found = {n: size(d.actual - d.hamiltonian - given(d)) for n, given in _EQUATIONS.items()}
    return found | {"change": size(d.actual)}


def _run(preset: Preset, seed: int, ito_factor: float) -> xr.Dataset:
    systems, steps = _systems(preset), _STEPS[preset]
    shape = (len(systems), len(_EQUATIONS), len(steps))
    left, error, change = np.empty(shape), np.empty(shape), np.empty(shape[:2])
    for k, system in enumerate(systems.values()):
        for process in ("guided", "diffusion"):
            times, paths = _paths(system, process, preset, seed)
            for n, count in enumerate(steps):
                found = _remainders(system, times, paths, steps[-1] // count, ito_factor)
                for e, equation in enumerate(_EQUATIONS):
                    if (equation == _GUIDED) == (process == "guided"):
                        left[k, e, n], error[k, e, n] = median_estimate(found[equation])
                        change[k, e] = median_estimate(found["change"]).value
    dims, unit = ("system", "equation", "num_steps"), {"unit": "1"}
    return xr.Dataset(
        {
            "remainder": (dims, left, unit),
            "remainder_error": (dims, error, unit),
            "change": (("system", "equation"), change, unit),
        },
        {"system": list(systems), "equation": list(_EQUATIONS), "num_steps": list(steps)},
        {"duration [t₀]": _DURATION, "factor of the Itô term": ito_factor},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """An Itô term with ħ/m in place of ħ/2m."""
    return _run(preset, seed, 2.0)


def _law(data: xr.Dataset, system: str, equation: str) -> PowerLaw:
    """Power law in dt of the median over paths; its scatter gives the error."""
    values = data.remainder.sel(system=system, equation=equation).values
    return power_law_fit(_DURATION / data.num_steps.values, values)


def _order(data: xr.Dataset, system: str, equation: str, expected: float) -> Measurement:
    law = _law(data, system, equation)
    name = f"order in dt of what {equation} leaves"
    return exponent_measurement(name, system, law, expected, 0.1)


def _judge(data: xr.Dataset) -> Judgement:
    systems = [str(name) for name in data.system.values]
    right = [
        _order(data, system, equation, order)
        for system in systems
        for equation, order in ((_GUIDED, 1.0), (_ITO, 0.5), (_SYMMETRIC, 1.0))
    ]
    printed = [
        _order(data, system, equation, order)
        for system in systems
        for equation, order in ((_PRINTED, 1.0), (_NO_ITO, 0.5))
    ]
    laws = {name: _law(data, systems[0], name) for name in (_GUIDED, _PRINTED, _ITO)}
    left = data.isel(num_steps=-1).sel(system=systems[0])
    share, kept = (
        float((left.remainder / left.change).sel(equation=name)) for name in (_NO_ITO, _SYMMETRIC)
    )
    return Judgement(
        verdict=verdict_under_condition(right, printed),
        measured=f"order {laws[_GUIDED].exponent:.2f} for guided paths; along diffusions "
        f"{laws[_PRINTED].exponent:.2f} as printed, {laws[_ITO].exponent:.2f} with Itô's term",
        uncertainty="95% intervals "
        + ", ".join(law_text(law).partition(" ")[2] for law in laws.values()),
        expected="1; 0; 1/2",
        reason="Along guided paths what (69) leaves vanishes with the step; along diffusions it "
        f"stays, {share:.0%} of the change of ψ_cm even with the actual steps dy, until Itô's "
        "term is added.",
        measurements=(*right, *printed),
        independent_check="the symmetric (Stratonovich) product, which needs no Itô term, leaves "
        f"{kept:.1%}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(data.sizes["system"], width=5.2 * data.sizes["system"], height=4.2)
    step = _DURATION / data.num_steps.values
    for ax, system in zip(panels, data.system.values, strict=True):
        own = data.sel(system=system)
        for name, colour, marker in zip(_EQUATIONS, COLOURS, MARKERS, strict=False):
            here = own.sel(equation=name)
            share = here.remainder / here.change
            error = here.remainder_error / here.change
            ax.errorbar(step, share, yerr=error, fmt=marker, color=colour, label=name, capsize=2)
        for equation, order in ((_GUIDED, 1.0), (_ITO, 0.5)):
            here = own.sel(equation=equation)
            start = float(here.remainder[0] / here.change)
            text = "∝ dt" if order == 1.0 else "∝ √dt"
            draw_slope(ax, step, order, at=(step[0], start), label=text)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.minorticks_off()
        ax.set_xticks(step, [f"{dt:.3g}" for dt in step])
        label_axes(
            ax,
            x="time step dt [t₀]",
            y="median left by the equation / change of ψ_cm",
            title=str(system),
            legend=False,
        )
        ax.set_ylim(bottom=float((own.remainder / own.change).min()) / 30.0)
        ax.legend(ncols=2, loc="lower left", fontsize=8)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="conditional-schroedinger-equation",
        ledger="L30",
        section="3.1",
        statement="In stochastic mechanics the conditional wavefunction of the centre of mass "
        "obeys the conditional Schroedinger equation (69), with the velocities of y(t).",
        equations=(64, 65, 66, 67, 68, 69),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="order 1 along guided paths; along diffusions 0 without and 1/2 with Itô's term",
        correction="For guided paths only. Along a diffusion v_j dt is dy_j, and Itô's term "
        "(ħ/2m) Σ_j ∂_j²Ψ dt is added.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
