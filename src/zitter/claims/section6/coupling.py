"""Claim that only the centre of mass couples to a bath."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.bath.discretisation import OscillatorBath, discretised
from zitter.bath.many_oscillators import (
    centre_of_mass_bath,
    collective_couplings,
    many_oscillators_factor,
    relative_coupling,
)
from zitter.bath.quantum_bath import bath_modes, classical_motion, modes_of_factor
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.section2.judging import verdict_under_condition
from zitter.scenarios.style import COLOURS, MARKERS, label_axes, new_figure

_SIZES = {"quick": (8, 20, 60), "default": (64, 60, 200), "full": (256, 100, 400)}
_SPREADS = (0.0, 0.01, 0.1, 0.5)
_CURVATURES = (0.0, 0.01, 0.1, 0.5)
_MASS, _TRAP, _SPRING, _DURATION = 1.3, 0.9, 0.7, 20.0


def _run(preset: Preset, seed: int, fault: float) -> xr.Dataset:
    """Couplings c (1 + spread z_i); a `fault` makes that of the first particle larger."""
    num_particles, num_modes, num_times = _SIZES[preset]
    rng = np.random.default_rng([seed, 57])
    bath = discretised(SpectralDensity(0.02, 4.0, shape="exponential", mass=_MASS), num_modes)
    scatter = rng.normal(size=num_particles)
    scatter = (scatter - scatter.mean()) / scatter.std()
    times = np.linspace(0.0, _DURATION, num_times)
    start = rng.normal(size=(2, 1, num_particles + num_modes))
    reduced = _reduced_motion(bath, num_particles, start, times)
    rows = []
    for spread in _SPREADS:
        factors = 1.0 + spread * scatter
        factors[0] += fault
        couplings = factors[:, None] * bath.couplings
        found = collective_couplings(couplings)
        full = _full_motion(bath, couplings, start, times)
        apart = np.sqrt(np.mean((full - reduced) ** 2) / np.mean(reduced**2))
        strength = float(np.sqrt(np.sum(found.relative**2) / np.sum(bath.couplings**2)))
        exact = float(np.sqrt(np.sum((factors - factors.mean()) ** 2)))
        rows.append((strength, exact, apart, np.abs(full - reduced)))
    x = rng.normal(size=num_particles)
    bent = [
        float(np.sqrt(np.sum(relative_coupling(lambda x, e=e: 1.0 + e * x, x) ** 2)))
        for e in _CURVATURES
    ]
    strength, exact, apart, difference = (np.array(part) for part in zip(*rows, strict=True))
    return xr.Dataset(
        {
            "relative_strength": ("spread", strength, {"unit": "c"}),
            "scatter": ("spread", exact, {"unit": "c"}),
            "path_error": ("spread", apart, {"unit": "1"}),
            "difference": (("spread", "time"), difference, {"unit": "length"}),
            "bent_strength": ("curvature", np.array(bent), {"unit": "c"}),
        },
        coords={
            "spread": list(_SPREADS),
            "curvature": list(_CURVATURES),
            "time": ("time", times, {"unit": "1/Omega"}),
        },
        attrs={"num_particles": num_particles, "num_modes": num_modes},
    )


def _full_motion(
    bath: OscillatorBath, couplings: np.ndarray, start: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """x_cm(t) of all N + n oscillators."""
    num = couplings.shape[0]
    modes = modes_of_factor(many_oscillators_factor(num, _MASS, _TRAP, _SPRING, bath, couplings))
    paths = np.array([classical_motion(modes, *start, t)[0, :num].mean() for t in times])
    return paths / np.sqrt(_MASS)


def _reduced_motion(
    bath: OscillatorBath, num: int, start: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """x_cm(t) of the one oscillator of mass N m with the couplings N c_k."""
    modes = bath_modes(centre_of_mass_bath(bath, num), num * _MASS, _TRAP)
    whole = start[..., :num].sum(axis=-1, keepdims=True) / np.sqrt(num)
    begin = np.concatenate([whole, start[..., num:]], axis=-1)
    paths = np.array([classical_motion(modes, *begin, t)[0, 0] for t in times])
    return paths / np.sqrt(num * _MASS)


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """One of the particles that should be alike couples 1% more strongly."""
    return _run(preset, seed, 0.01)


def _judge(data: xr.Dataset) -> Judgement:
    equal = data.sel(spread=0.0)
    rounding = 1e-16 * data.attrs["num_particles"]
    inside = [
        _small(name, "equal couplings", float(value), limit, rounding)
        for name, value, limit in (
            ("coupling of y / c", equal.relative_strength, 1e-13),
            ("full against reduced paths", equal.path_error, 1e-11),
        )
    ]
    unequal, bent = data.isel(spread=-1), data.isel(curvature=-1)
    ratio = float(unequal.relative_strength / unequal.scatter)
    outside = [
        _small(
            "coupling of y / c",
            f"couplings with a spread of {float(unequal.spread):.0%}",
            float(unequal.relative_strength),
            1e-13,
            rounding,
        ),
        _small(
            "coupling of y / c",
            f"bending of g of {float(bent.curvature):g}",
            float(bent.bent_strength),
            1e-13,
            rounding,
        ),
    ]
    law = Measurement(
        "coupling of y / √Σ(c_i - c̄)²",
        "unequal couplings",
        ratio,
        rounding,
        1.0,
        verdict_within(ratio, rounding, 1.0 - 1e-10, 1.0 + 1e-10),
    )
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"coupling of y: {inside[0].value:.0e} c if all are equal, "
        f"{outside[0].value:.2g} c at a spread of {float(unequal.spread):.0%}",
        uncertainty="rounding",
        expected="0 for equal bilinear couplings, else √Σ(c_i - c̄)²",
        reason="With equal bilinear couplings the relative coordinates feel the bath to "
        f"{inside[0].value:.0e}, and all oscillators move as the reduced model to "
        f"{inside[1].value:.0e}; "
        f"with unequal ones they feel {ratio:.6f} times the scatter of the couplings, and a "
        "bent g(x) reaches them too.",
        measurements=(*inside, *outside, law),
        independent_check="all N + n oscillators against the one of mass N m",
    )


def _small(name: str, regime: str, value: float, limit: float, error: float) -> Measurement:
    verdict = verdict_within(value, error, high=limit)
    return Measurement(name, regime, value, error, f"below {limit:.0e}", verdict)


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2, width=9.2, height=3.9)
    for spread, colour in zip(data.spread.values, COLOURS, strict=False):
        values = np.maximum(data.difference.sel(spread=spread).values, 1e-18)
        left.plot(data.time.values, values, color=colour, label=f"spread {spread:g}")
    left.set_yscale("log")
    label_axes(
        left,
        x="time [1/Ω₀]",
        y="|x_cm, all oscillators - reduced| [x₀]",
        title="Paths of the centre of mass: full against reduced",
    )
    left.legend(ncols=2, loc="center right")
    shown = data.isel(spread=slice(1, None))
    right.plot(
        shown.spread, shown.relative_strength, MARKERS[0], color=COLOURS[0], label="unequal c_i"
    )
    right.plot(shown.spread, shown.scatter, "--", color=COLOURS[0], label="√Σ(c_i - c̄)²")
    bent = data.isel(curvature=slice(1, None))
    right.plot(
        bent.curvature, bent.bent_strength, MARKERS[1], color=COLOURS[1], label="g(x) = x + εx²/2"
    )
    right.set_xscale("log")
    right.set_yscale("log")
    label_axes(
        right,
        x="spread of the couplings, or ε [1/x₀]",
        y="coupling of y_j to the bath [c]",
        title="What reaches the relative coordinates",
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="only-the-centre-of-mass-couples-to-the-bath",
        ledger="L57",
        section="6",
        statement="Of a body in a bath of oscillators only the centre of mass couples to the bath.",
        equations=(12, 13),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="exact for equal bilinear couplings; else √Σ(c_i - c̄)² and g'' y² q/2",
        correction="True for equal, bilinear couplings in a quadratic trap with the counter-term "
        "of the sum; unequal or bent couplings reach the relative coordinates.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
