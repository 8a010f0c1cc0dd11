"""Claim that the joint phase J is extremal (28): under which variations it is."""

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
from zitter.claims.section2.action_variation import (
    DURATION,
    FREQUENCIES,
    MASSES,
    READINGS,
    STRETCHES,
    Displacement,
    first_variations,
    stretched_action,
)
from zitter.scenarios.style import BLUE, GREEN, GREY, RED, label_axes, new_figure

_LIMIT = 1e-7
_SIZES = {"quick": (6, 80), "default": (20, 120), "full": (100, 160)}


def _test_displacements(num: int, rng: np.random.Generator) -> list[Displacement]:
    stretch = np.zeros((2, 2))
    stretch[0, 0] = 1.0
    nothing = np.zeros(2)
    tests = [Displacement(stretch, nothing, np.zeros((2, 2)), nothing)]
    for _ in range(num):
        linear, wave = rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
        tests.append(Displacement(linear, rng.normal(size=2), wave, rng.uniform(0.0, 6.0, 2)))
    return tests


def _states(rng: np.random.Generator) -> dict[str, np.ndarray]:
    ground, vortex = np.zeros((2, 3, 3), dtype=complex)
    ground[0, 0], vortex[1, 0], vortex[0, 1] = 1.0, 1.0, 1.0j
    mixed = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    return {"ground state": ground, "vortex": vortex, "random superposition": mixed}


def _run(preset: Preset, seed: int, masses: np.ndarray) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    num_tests, num = _SIZES[preset]
    tests, states = _test_displacements(num_tests, rng), _states(rng)
    fine = np.stack([first_variations(c, tests, num, masses) for c in states.values()])
    coarse = np.stack([first_variations(c, tests, num - 20, masses) for c in states.values()])
    dims = ("state", "displacement", "reading")
    return xr.Dataset(
        {
            "variation": (dims, fine[..., :-1], {"unit": "ħ", "meaning": "dJ/dε at ε = 0"}),
            "coarse": (dims, coarse[..., :-1], {"unit": "ħ", "meaning": "on a coarser grid"}),
            "scale": (dims[:2], fine[..., -1], {"unit": "ħ", "meaning": "sum of |terms| of dJ"}),
            "action": (("reading", "stretch"), stretched_action(num, masses), {"unit": "ħ"}),
        },
        {"state": list(states), "reading": list(READINGS), "stretch": STRETCHES},
        {"duration": 0.5 * DURATION, "frequency": float(FREQUENCIES[0])},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, MASSES)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The centre-of-mass term of (14) with the printed prefactor m/4 in place of M/4."""
    return _run(preset, seed, np.array([1.0, 1.0]))


def _measure(data: xr.Dataset, reading: str, state: str) -> Measurement:
    chosen = data.sel(reading=reading, state=state)
    relative = np.abs(chosen.variation / chosen.scale).values
    worst = int(np.argmax(relative))
    error = np.abs(chosen.variation - chosen.coarse).values / chosen.scale.values
    value, uncertainty = float(relative[worst]), float(error[worst]) + 1e-15
    verdict = verdict_within(value, uncertainty, high=_LIMIT)
    name = f"largest |dJ|/Σ|terms|, {reading} varied"
    return Measurement(name, state, value, uncertainty, f"below {_LIMIT:g}", verdict)


def _measure_stretch(data: xr.Dataset) -> Measurement:
    """dJ per ħω∫w dt when the fields of the ground state are stretched along x_cm."""
    unit = float(data.duration * data.frequency)
    stretched = data.sel(reading="fields", state="ground state").isel(displacement=0)
    value = float(stretched.variation) / unit
    error = abs(float(stretched.variation - stretched.coarse)) / unit + 1e-12
    verdict = verdict_within(value, error, -_LIMIT, _LIMIT)
    return Measurement("dJ/(għω), fields stretched", "ground state", value, error, "0", verdict)


def _judge(data: xr.Dataset) -> Judgement:
    states = [str(s) for s in data.state.values]
    paths = [_measure(data, "paths", s) for s in states]
    fields = [_measure(data, "fields", s) for s in states] + [_measure_stretch(data)]
    verdict = overall(paths)
    if verdict is Verdict.HOLDS and overall(fields) is Verdict.FAILS:
        verdict = Verdict.HOLDS_WITH_CORRECTION
    worst, stretch = max(paths, key=lambda m: m.value), fields[-1]
    middle = data.stretch.size // 2
    slopes = np.gradient(data.action.values, data.stretch.values, axis=1)[:, middle]
    reason = (
        f"J is stationary to {worst.value:.0e} when paths are varied at fixed mean derivatives, "
        f"but stretching the fields of the ground state changes it by {stretch.value:.3f} għω: "
        "as a functional of ρ and S it would need -u²."
        if verdict is Verdict.HOLDS_WITH_CORRECTION
        else f"Varied paths change J by up to {worst.value:.1e} of its terms ({worst.regime})."
    )
    return Judgement(
        verdict=verdict,
        measured=f"|dJ| {worst.value:.0e} for paths; {stretch.value:.6f} għω for fields",
        uncertainty=f"{max(m.uncertainty for m in (*paths, stretch)):.0e} (coarser grid)",
        expected=f"below {_LIMIT:g}",
        reason=reason,
        measurements=(*paths, *fields),
        independent_check=f"slope of J(ε) itself: paths {slopes[0]:.0e} ħ, fields "
        f"{slopes[1]:.3f} ħ, closed form -għω = {-float(data.duration * data.frequency):.3f} ħ",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    colours = dict(zip(READINGS, (BLUE, RED, GREEN), strict=True))
    for reading, style in zip(READINGS, ("-", "-", ":"), strict=True):
        action = data.action.sel(reading=reading)
        left.plot(data.stretch, action, style, color=colours[reading], label=reading)
    gained = -data.duration * data.frequency * data.stretch
    left.plot(data.stretch, gained, "--", color=GREY, label="-għω")
    label_axes(left, x="stretch ε of the ground state", y="J(ε) - J(0) [ħ]")
    left.set_title("Change of J when paths and\nwhen fields are varied")
    offsets = dict(zip(READINGS, (-0.2, 0.0, 0.2), strict=True))
    places = np.arange(data.sizes["state"])
    for reading, marker in zip(READINGS, "os^", strict=True):
        relative = np.maximum(np.abs(data.variation.sel(reading=reading) / data.scale), 1e-17)
        x = np.repeat(places + offsets[reading], relative.sizes["displacement"])
        right.plot(x, relative.values.ravel(), marker, color=colours[reading], label=reading, ms=4)
    right.axhline(_LIMIT, color=GREY, linestyle="--", label=f"limit {_LIMIT:g}")
    right.set_yscale("log")
    right.set_ylim(1e-18, 30.0)
    right.set_xlim(-0.5, places[-1] + 0.5)
    right.set_xticks(places, [str(s).replace(" ", "\n") for s in data.state.values])
    label_axes(right, x="state", y="|dJ| / Σ|terms| of dJ", legend=False)
    right.legend(ncols=2, loc="center", bbox_to_anchor=(0.5, 0.73), frameon=True)
    right.set_title("the same for random displacements")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="joint-phase-extremal",
        ledger="L62",
        section="2.1",
        statement="The joint phase J of the N particles is extremal.",
        equations=(1, 14, 28),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="dJ = 0 to 1e-7",
        correction="Under variations of paths with the mean derivatives of the unvaried process; "
        "as a functional of ρ and S it needs -u² (and (14) carries M/4).",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
