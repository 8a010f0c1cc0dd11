"""Claim that a superposition of two packets is no solution of (103)."""

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
    with_uncertainty,
)
from zitter.scenarios.style import COLOURS, GREY, label_axes, new_figure

_RUNS = {"quick": 500, "default": 20_000, "full": 200_000}
_GAPS = np.array([24.0, 16.0, 12.0, 8.0, 4.0, 1.0])
_SPEED, _WIDTH = 1.5, 1.0


def _branches(gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Places and velocities (branch, body) of two bodies in two branches, `gap` apart in all."""
    places = 0.5 * gap / np.sqrt(2.0) * np.array([[-1.0, 1.0], [1.0, -1.0]])
    return places, _SPEED * np.array([[1.0, -0.5], [-0.5, 1.0]])


def _residual(q: np.ndarray, gap: float, sign: float) -> np.ndarray:
    """|iħ∂ₜψ - Σᵢ(-(ħ²/2M)∂ᵢ² - sign Qⁱ)ψ| / |ψ|Mv² at q (runs, body), ħ = M = 1, at t = 0.

    Each branch moves rigidly: ln ψ = -(q - a - vt)²/4σ² + i(v·(q - a) - v²t/2) solves (103).
    """
    places, speeds = _branches(gap)
    logs, slopes, rates = [], [], []
    for a, v in zip(places, speeds, strict=True):
        d = q - a
        logs.append(-0.25 * np.sum(d**2, axis=1) / _WIDTH**2 + 1j * d @ v)
        slopes.append(-0.5 * d / _WIDTH**2 + 1j * v)
        rates.append(0.5 * d @ v / _WIDTH**2 - 0.5j * v @ v)
    logs = np.array(logs) - np.max(np.real(logs), axis=0)
    weights = np.exp(logs) / np.sum(np.exp(logs), axis=0)
    slope = np.einsum("br,bri->ri", weights, np.array(slopes))
    square = np.einsum("br,bri->ri", weights, np.array(slopes) ** 2)
    whole = square - 0.5 / _WIDTH**2
    rate = np.einsum("br,br->r", weights, np.array(rates))
    bend = whole - slope**2
    Q = -0.5 * (np.real(bend) + np.real(slope) ** 2)
    residual = 1j * rate + 0.5 * np.sum(whole, axis=1) + sign * np.sum(Q, axis=1)
    return np.abs(residual) / _SPEED**2


def _run(preset: Preset, seed: int, sign: float) -> xr.Dataset:
    rng, num = np.random.default_rng(seed), _RUNS[preset]
    values = np.zeros((len(_GAPS), num))
    alone = np.zeros(num)
    for n, gap in enumerate(_GAPS):
        places = _branches(gap)[0]
        q = places[rng.integers(0, 2, num)] + _WIDTH * rng.standard_normal((num, 2))
        values[n] = _residual(q, gap, sign)
    # Far from the other branch there is one packet alone.
    q = _branches(1e3)[0][0] + _WIDTH * rng.standard_normal((num, 2))
    alone = _residual(q, 1e3, sign)
    return xr.Dataset(
        {
            "residual": (("gap", "preparation"), values, {"unit": "Mv²"}),
            "alone": (("preparation",), alone, {"unit": "Mv²"}),
        },
        coords={"gap": _GAPS},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The quantum potential with the other sign: not even one packet is a solution."""
    return _run(preset, seed, -1.0)


def _judge(data: xr.Dataset) -> Judgement:
    found = []
    for gap in data.gap.values:
        values = data.residual.sel(gap=gap).values
        value = float(np.median(values))
        error = float(np.std(values) / np.sqrt(values.size)) if value > 1e-6 else 1e-9
        found.append(
            Measurement(
                "median residual of (103)", f"branches {gap:g} σ apart", value, error,
                "above 0.01 if no solution", verdict_within(value, error, 0.01),
            )
        )  # fmt: skip
    far, near = found[0], found[-1]
    return Judgement(
        verdict=overall(found),
        measured=f"residual {far.value:.0e} at {data.gap.values[0]:g} σ, "
        f"{with_uncertainty(near.value, near.uncertainty)} at {data.gap.values[-1]:g} σ",
        uncertainty="one standard error",
        expected="above 0.01 at every distance",
        reason="As long as the branches are apart in the space of (x₁, x₂) their superposition "
        f"solves (103) to {far.value:.0e}; where they overlap the residual is {near.value:.2f} of "
        "Mv².",
        measurements=tuple(found),
        independent_check=f"one packet alone: residual {float(data.alone.max()):.0e}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure()
    middle = np.maximum(np.median(data.residual, axis=1), 1e-17)
    ax.semilogy(data.gap, middle, "o-", color=COLOURS[0], label="two branches")
    ax.axhline(max(float(np.median(data.alone)), 1e-17), color=GREY, linestyle="--",
               label="one packet alone")  # fmt: skip
    label_axes(
        ax, x="distance of the branches in (x₁, x₂) [σ]", y="median residual of (103) [Mv²]",
        title="superposition of two classical states of two bodies",
    )  # fmt: skip
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="no-superpositions-of-classical-packets",
        ledger="L51",
        section="4",
        statement="A superposition of two packets cannot be applied to the classical equation "
        "of K bodies: it is no solution.",
        equations=(103,),
        predicted=Verdict.FAILS,
        expected="no solution at any distance",
        correction="It is a solution until the branches overlap in configuration space with "
        "different phases.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
