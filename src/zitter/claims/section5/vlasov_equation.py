"""Claim that the empirical density of K bodies solves the Vlasov equation: (110)-(111)."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.section2.judging import verdict_under_condition
from zitter.kbody.bodies import Bodies
from zitter.kbody.newton import newton_paths
from zitter.mean_field.empirical import TestFunction, WeakResidual, weak_terms
from zitter.mean_field.identical_bodies import identical_bodies
from zitter.mean_field.mean_force import empirical_force
from zitter.scenarios.style import COLOURS, MARKERS, label_axes, new_figure

_MASS, _TIME, _SOFTENING, _NODES = 1.4, 1.5, 0.5, 56
_COUNTS: dict[Preset, tuple[int, ...]] = {
    "quick": (5, 20),
    "default": (5, 20, 80, 320),
    "full": (5, 20, 80, 320, 1280),
}
_INTERACTIONS = ("gravity", "like charges")
_CORRECTED = "(p/M) ∂f/∂x, no right side"
_PRINTED = ("p ∂f/∂x", "printed right side", "printed sign of (111)")


def _system(interaction: str, num: int, factor: float = 1.0) -> Bodies:
    """Softened bodies on a line, whose pair energy is smooth and even."""
    own = dict(num_space=1, law="point", softening=_SOFTENING)
    if interaction == "gravity":
        return identical_bodies(num, _MASS, gravitational_constant=factor, **own)
    return identical_bodies(
        num, _MASS, 1.0, gravitational_constant=0.0, coulomb_constant=factor, **own
    )


def _wave(place: float, width: float, wavenumber: float) -> TestFunction:
    """φ = exp(-(x - a)²/2w²) cos(κp + 1/3)."""

    def phi(x, p):
        gauss = np.exp(-0.5 * ((x - place) / width) ** 2)
        angle = wavenumber * p + 1.0 / 3.0
        value = gauss * np.cos(angle)
        return value, -(x - place) / width**2 * value, -wavenumber * gauss * np.sin(angle)

    return phi


_TESTS = (_wave(0.2, 1.0, 0.7), _wave(-0.5, 1.5, 0.4), _wave(0.8, 0.8, 1.0))


def _residuals(interaction: str, num: int, seed: int, factor: float) -> np.ndarray:
    """Residuals (form, test) of one run; `factor` weakens the forces that move the bodies."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    times = np.concatenate([[0.0], 0.5 * _TIME * (nodes + 1.0), [_TIME]])
    weights = np.concatenate([[0.0], 0.5 * _TIME * weights, [0.0]])
    rng = np.random.default_rng([seed, num])
    X0, V0 = rng.normal(size=(num, 1)), 0.5 * rng.normal(size=(num, 1))
    motion = newton_paths(
        _system(interaction, num, factor), X0, V0, times, time_step=0.05, method="gauss_radau"
    )
    system = _system(interaction, num)
    forces = np.array([empirical_force(system, x, x)[:, 0] for x in motion.X])
    X, P = motion.X[..., 0], _MASS * motion.V[..., 0]
    found = []
    for test in _TESTS:
        parts = weak_terms(test, X, P, forces, weights, _MASS)
        found.append(_forms(parts))
    return np.array(found).T


def _forms(parts: WeakResidual) -> list[float]:
    """Rest of the corrected equation and of each printed form, over the size of its terms."""
    rest = parts.change - parts.transport - parts.forcing
    # The printed right side is (1/2K) Σ F_K ∂ₚ[δδ], in the weak form -½⟨f_K, F_K ∂φ/∂p⟩.
    changes = (
        0.0,
        (1.0 - _MASS) * parts.transport,
        0.5 * parts.forcing,
        2.0 * parts.forcing,
    )
    return [abs(rest + change) / parts.size for change in changes]


def _run(preset: Preset, seed: int, factor: float = 1.0) -> xr.Dataset:
    counts = _COUNTS[preset]
    values = [[_residuals(name, num, seed, factor) for num in counts] for name in _INTERACTIONS]
    return xr.Dataset(
        {"residual": (("interaction", "count", "form", "test"), np.array(values), {"unit": "1"})},
        coords={
            "interaction": list(_INTERACTIONS),
            "count": list(counts),
            "form": [_CORRECTED, *_PRINTED],
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The bodies move by the printed half of the force."""
    return _run(preset, seed, 0.5)


def _measured(data: xr.Dataset, form: str) -> list[Measurement]:
    found = []
    for name in data.interaction.values:
        values = data.residual.sel(interaction=name, form=form)
        largest = float(values.max())
        found.append(
            Measurement(
                "largest weak residual", f"{name}, {form}", largest, 1e-13, "below 1e-10",
                verdict_within(largest, 1e-13, high=1e-10),
            )
        )  # fmt: skip
    return found


def _judge(data: xr.Dataset) -> Judgement:
    inside = _measured(data, _CORRECTED)
    outside = [m for form in _PRINTED for m in _measured(data, form)]
    worst = max(m.value for m in inside)
    least = min(m.value for m in outside)
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"{worst:.0e}; at least {least:.2f} in the printed forms",
        uncertainty="round-off of the paths and of the rule for the time",
        expected="0",
        reason=f"Along runs of K bodies the equation with (p/M) ∂f/∂x and no right side leaves "
        f"{worst:.0e} of its terms for every K; each printed form leaves {least:.2f} or more.",
        measurements=(*inside, *outside),
        independent_check="Paths by collocation, times by Gauss's rule, forces by a sum of their "
        "own",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure(1)
    largest = data.residual.max(("test", "interaction"))
    for n, form in enumerate(data.form.values):
        ax.loglog(
            data["count"], largest.sel(form=form), MARKERS[n] + "-", color=COLOURS[n],
            label=str(form),
        )  # fmt: skip
    ax.set_ylim(1e-17, 30.0)
    label_axes(ax, x="bodies K", y="residual / its terms", title="weak Vlasov equation of f_K")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="empirical-density-solves-vlasov",
        ledger="L53",
        section="5",
        statement="The empirical density of K bodies satisfies, in the sense of distributions, "
        "the Vlasov equation (110) with its right side.",
        equations=(110, 111),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="residual 0",
        correction="With (p/M) ∂f/∂x, an attractive mean force, and a right side that holds only "
        "the self-force, 0 for a smooth even pair energy.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
