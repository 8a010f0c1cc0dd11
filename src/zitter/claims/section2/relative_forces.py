"""Claim that only the pair forces act on the relative coordinates (after (32))."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax import Array
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
from zitter.core.grid import Grid
from zitter.scenarios.style import BLUE, GREY, ORANGE, RED, label_axes, new_figure
from zitter.system.coordinates import centre_of_mass_gradient, particle_coordinates
from zitter.system.potentials import Polynomial, total_potential
from zitter.wavefunctions.gaussian import GaussianPacket, packet_width
from zitter.wavefunctions.schrodinger import evolve_schrodinger, values_on_grid

# Coefficients of 1, x, .., x⁴ in units ħ = m = σ₀ = 1.
_POTENTIALS = {
    "linear": (0.0, -0.7, 0.0, 0.0, 0.0),
    "quadratic": (0.0, 0.0, 0.65, 0.0, 0.0),
    "quartic": (0.0, 0.0, 0.0, 0.0, 0.1),
}
_X_CM, _SIZE = 1.5, 0.3
_SHAPES = {"quick": (64, 8), "default": (512, 16), "full": (4096, 64)}
_GRID = Grid((-16.0,), (16.0,), (512,))
_TIMES = np.linspace(0.0, 1.5, 16)
_TIME_STEP = {"quick": 0.01, "default": 0.005, "full": 0.0025}
_PAIR_STIFFNESS = 0.4

_TotalPotential = Callable[[Polynomial, Array, float], Array]


def _as_printed_in_4(U: Polynomial, X: Array, t: float) -> Array:
    return total_potential(U, None, X, t)


def _at_the_centre(U: Polynomial, X: Array, t: float) -> Array:
    """All of the external potential taken at the centre of mass."""
    return X.shape[0] * U(jnp.mean(X, axis=0), t)


@eqx.filter_jit
def _gradients(total: _TotalPotential, U: Polynomial, y: Array) -> tuple[Array, Array]:
    """∂U/∂y_j at x_cm = _X_CM in two ways: through the map, and by the chain rule; (batch, N-1)."""
    x_cm = jnp.array([_X_CM])

    def one(relative: Array) -> tuple[Array, Array]:
        through = jax.grad(lambda z: total(U, particle_coordinates(x_cm, z), 0.0))(relative)
        X = particle_coordinates(x_cm, relative)
        chain = centre_of_mass_gradient(jax.grad(lambda Z: total(U, Z, 0.0))(X)).y
        return through[:, 0], chain[:, 0]

    return jax.vmap(one)(y[..., None])


def _pair_terms(y: np.ndarray) -> tuple[float, float]:
    """Relative rms errors of (31) for a harmonic pair force: as printed, and corrected."""
    x = np.asarray(jax.vmap(lambda z: particle_coordinates(jnp.array([_X_CM]), z[:, None]))(y))
    x = x[..., 0]
    pair = _PAIR_STIFFNESS * np.sum(x[:, :, None] - x[:, None, :], axis=2)
    exact = _PAIR_STIFFNESS * x.shape[1] * y
    printed = 0.5 * pair[:, 1:]
    corrected = pair[:, 1:] - pair[:, :1] / (np.sqrt(x.shape[1]) + 1.0)
    scale = np.sqrt(np.mean(exact**2))
    return tuple(float(np.sqrt(np.mean((p - exact) ** 2)) / scale) for p in (printed, corrected))


def _relative_widths(coefficients: tuple, time_step: float) -> np.ndarray:
    """Width of each y_j against time for free particles in one orbital: that of the orbital."""
    packet = GaussianPacket([1.0])
    psi0 = jnp.exp(values_on_grid(packet, _GRID, 0.0))
    U = Polynomial(jnp.asarray(coefficients))
    found = evolve_schrodinger(psi0, _GRID, U, _TIMES, [1.0], time_step=time_step, order=4)
    density = np.abs(np.asarray(found.psi)) ** 2
    x = _GRID.axes[0]
    mean = density @ x / density.sum(axis=1)
    return np.sqrt(density @ x**2 / density.sum(axis=1) - mean**2)


def _run(preset: Preset, seed: int, total: _TotalPotential, acts_on_y: bool) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    num, N = _SHAPES[preset]
    y = _SIZE * rng.normal(size=(num, N - 1))
    gradient, roads, widths, coarse = [], [], [], []
    for coefficients in _POTENTIALS.values():
        U = Polynomial(jnp.asarray(coefficients))
        through, chain = map(np.asarray, _gradients(total, U, jnp.asarray(y)))
        gradient.append(through)
        roads.append(np.max(np.abs(through - chain)))
        shown = coefficients if acts_on_y else (0.0,) * 5
        widths.append(_relative_widths(shown, _TIME_STEP[preset]))
        coarse.append(_relative_widths(shown, 2.0 * _TIME_STEP[preset])[-1])
    free = [float(packet_width(GaussianPacket([1.0]), t)[0]) for t in _TIMES]
    printed, corrected = _pair_terms(y)
    return xr.Dataset(
        {
            "gradient": (("potential", "preparation", "particle"), gradient, {"unit": "ħ²/mσ₀³"}),
            "y": (("preparation", "particle"), y, {"unit": "σ₀"}),
            "roads": ("potential", roads, {"unit": "ħ²/mσ₀³", "meaning": "map - chain rule"}),
            "width": (("potential", "time"), widths, {"unit": "σ₀", "meaning": "width of y_j"}),
            "coarse_width": ("potential", coarse, {"unit": "σ₀", "meaning": "twice the step"}),
            "free_width": ("time", free, {"unit": "σ₀", "meaning": "(31) without U_int"}),
        },
        {"potential": list(_POTENTIALS), "time": _TIMES},
        {"x_cm": _X_CM, "printed_pair_error": printed, "corrected_pair_error": corrected},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, _as_printed_in_4, acts_on_y=True)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """External potential that acts on the centre of mass only, N U(x_cm) for Σᵢ U(xᵢ)."""
    return _run(preset, seed, _at_the_centre, acts_on_y=False)


def _slope(data: xr.Dataset, potential: str) -> Measurement:
    """Slope of ∂U_ext/∂y_j against y_j with standard error."""
    g, y = data.gradient.sel(potential=potential).values.ravel(), data.y.values.ravel()
    slope = float(g @ y / (y @ y))
    error = float(np.sqrt(np.mean((g - slope * y) ** 2) / (y @ y))) + 1e-12
    verdict = verdict_within(slope, error, -1e-6, 1e-6)
    name = "slope of ∂U_ext/∂y_j against y_j [ħ²/mσ₀⁴]"
    return Measurement(name, potential, slope, error, "0", verdict)


def _width(data: xr.Dataset, potential: str) -> Measurement:
    last = float(data.free_width[-1])
    value = float(data.width.sel(potential=potential)[-1]) / last - 1.0
    error = abs(float(data.coarse_width.sel(potential=potential)) / last - 1.0 - value) + 1e-9
    verdict = verdict_within(value, error, -1e-4, 1e-4)
    name = "width of y_j at the end / width without force - 1"
    return Measurement(name, potential, value, error, "0", verdict)


def _judge(data: xr.Dataset) -> Judgement:
    names = [str(p) for p in data.potential.values]
    slopes, widths = [_slope(data, p) for p in names], [_width(data, p) for p in names]
    verdict = overall([*slopes, *widths])
    pair = Measurement(
        "relative error of the pair force on y_j in (31)",
        "printed (31), harmonic pair force",
        data.printed_pair_error,
        max(data.corrected_pair_error, 1e-15),
        "0 (corrected: round-off)",
        verdict_within(data.printed_pair_error, 1e-12, high=1e-6),
    )
    _, quadratic, quartic = slopes
    stiffness = 2.0 * _POTENTIALS["quadratic"][2]
    tidal = 12.0 * _POTENTIALS["quartic"][4] * data.x_cm**2
    reason = (
        f"A trap of stiffness {stiffness:g} pulls every y_j with {quadratic.value:.6f} y_j, a "
        f"quartic potential with {quartic.value:.2f} y_j (U'' = {tidal:.2f}); only a uniform force "
        "leaves the relative motion alone."
        if verdict is Verdict.FAILS
        else "No external potential pulls at the relative coordinates."
    )
    return Judgement(
        verdict=verdict,
        measured=f"∂U_ext/∂y_j = {quadratic.value:.6f} y_j in a trap of k = {stiffness:g}",
        uncertainty=f"{quadratic.uncertainty:.0e}",
        expected="0 for every U_ext",
        reason=reason,
        measurements=(*slopes, *widths, pair),
        independent_check=f"chain rule: differs by {float(data.roads.max()):.0e}; width of y_j "
        f"on a grid after t = {_TIMES[-1]:g} in the trap: {widths[1].value:+.1%}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    colours = dict(zip(data.potential.values, (ORANGE, BLUE, RED), strict=True))
    span = np.array([-1.0, 1.0])
    left.axhline(0.0, color=GREY, linestyle="--", label="paper: 0")
    for potential, colour in colours.items():
        found = _slope(data, potential)
        y, g = data.y.values.ravel()[:200], data.gradient.sel(potential=potential).values.ravel()
        left.plot(y, g[:200], ".", color=colour, ms=4)
        label = f"{potential}: {found.value:.2f} y_j"
        left.plot(span, found.value * span, color=colour, label=label)
        right.plot(data.time, data.width.sel(potential=potential), color=colour, label=potential)
    label_axes(left, x="relative coordinate y_j [σ₀]", y="∂U_ext/∂y_j [ħ²/mσ₀³]")
    right.plot(data.time, data.free_width, "--", color=GREY, label="paper: no force")
    label_axes(right, x="time [mσ₀²/ħ]", y="width of y_j [σ₀]")
    if abs(_slope(data, "quadratic").value) > 1e-6:
        left.set_title("The external potential pulls at y_j,\nunless it is linear")
        right.set_title("so that the relative motion changes")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="only-pair-forces-act-on-relative-coordinates",
        ledger="L3",
        section="2.1",
        statement="The forces on the relative coordinates come from the pair interaction only.",
        equations=(31, 32, 81, 82, 83, 84, 92),
        predicted=Verdict.FAILS,
        expected="∂U_ext/∂y_j = 0",
        correction="Only for linear U_ext; in general ∂U_ext/∂y_j = U''(x_cm) y_j + O(y²): the "
        "tidal force. In (31) the pair force carries no ½ and has a term of particle 1.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
