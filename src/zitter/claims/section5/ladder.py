"""Claim on the ladder: Schroedinger-Poisson = Wigner-Poisson -> Vlasov-Poisson <- K bodies."""

from typing import NamedTuple

import numpy as np
import xarray as xr

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
from zitter.claims.measures import exponent_measurement
from zitter.claims.section2.judging import law_text
from zitter.claims.section5 import ladder_cold as cold
from zitter.claims.section5 import ladder_warm as warm
from zitter.claims.section5.ladder_figure import ladder_figure
from zitter.claims.section5.ladder_laws import (
    LEAST_EXPONENT,
    body_law,
    cold_law,
    constant_of,
    warm_error,
    weak_only,
)
from zitter.core.statistics import power_law_fit
from zitter.mean_field.phase_space import species
from zitter.mean_field.wigner_functions import husimi_function, wigner_function


class _Size(NamedTuple):
    hbars: tuple[float, ...]
    """of the warm gas"""
    num_checked: int
    """of these with Wigner's rung on their own lattice"""
    cold_hbars: tuple[float, ...]
    counts: tuple[int, ...]
    num_runs: int


_COLD = (0.1, 0.05, 0.025, 0.0125, 0.00625)
_SIZES = {
    "quick": _Size((0.2, 0.14, 0.1), 1, _COLD[:4], (256, 512, 1024, 2048), 32),
    "default": _Size((0.2, 0.1, 0.05, 0.025), 2, _COLD, (256, 512, 1024, 2048, 4096, 8192), 64),
    "full": _Size(
        (0.2, 0.1, 0.05, 0.025, 0.0125), 3, _COLD, (256, 512, 1024, 2048, 4096, 8192, 16384), 128
    ),
}
_SHOWN, _COLD_SHOWN, _BODIES_SHOWN, _PATHS_SHOWN = 0.2, 0.05, 4096, 6
_BODY_TIME = 1.0
_DISTANCE, _POINTWISE = "W₁ in ħ", "∫||ψ|²-ρ|dx in ħ"
LARGEST_DIFFERENCE = 1e-6


def _run(preset: Preset, seed: int, factor: float) -> xr.Dataset:
    """All rungs; Wigner's kick looks `factor` times as far as ħ says."""
    size = _SIZES[preset]
    gas, rng = _warm(size, factor), np.random.default_rng([seed, 72])
    return xr.merge([gas, _cold(size), _bodies(size, rng, gas.density)])


def _warm(size: _Size, factor: float) -> xr.Dataset:
    classical = warm.maxwell(warm.SPACE, warm.VELOCITY)
    vlasov = warm.vlasov_run(classical)
    charges = warm.vlasov_run(classical, -1.0)
    f = vlasov.f[0][-1]
    gases, same, husimi = [], [], []
    for n, hbar in enumerate(size.hbars):
        gas = warm.quantum_gas(hbar, factor * hbar if n < size.num_checked else None)
        gases.append(gas)
        husimi.append(warm.distance(gas.husimi, warm.smoothed(f, hbar)))
        beside = warm.wigner_run(species(classical, warm.SPACE, warm.VELOCITY), factor * hbar)
        same.append(_mode(beside.density)[-1])
    shown = warm.wigner_run(warm.wigner_start(_SHOWN), factor * _SHOWN)
    axes = {"x": warm.SPACE.axes[0], "v": warm.VELOCITY.axes[0]}
    picture, unit = ("x", "v"), {"unit": "1"}
    return xr.Dataset(
        {
            "density": (("time", "x"), vlasov.density[:, 0], {"unit": "1/ℓ"}),
            "vlasov_mode": ("time", _mode(vlasov.density), unit),
            "gas_mode": (("hbar", "time"), [gas.first_mode for gas in gases], unit),
            "vlasov_charge_mode": ("time", _mode(charges.density), unit),
            "charge_mode": (("hbar", "time"), [warm.charged_mode(h) for h in size.hbars], unit),
            "wigner_mode": ("time", _mode(shown.density), unit),
            "same_start_mode": ("hbar", same, unit),
            "wigner_difference": ("hbar", [gas.wigner_difference for gas in gases], unit),
            "husimi_distance": ("hbar", husimi, unit),
            "vlasov": (picture, f, {"unit": "1/ω_J ℓ²"}),
            "wigner": (picture, shown.f[0][-1], {"unit": "1/ω_J ℓ²"}),
            "husimi": (picture, gases[0].husimi, {"unit": "1/ω_J ℓ²"}),
        },
        coords={"hbar": list(size.hbars), "time": warm.TIMES, **axes},
    )


def _mode(density: np.ndarray) -> np.ndarray:
    return warm.first_mode(density[:, 0], warm.SPACE)


def _cold(size: _Size) -> xr.Dataset:
    before = cold.zeldovich_flow(cold.BEFORE, 2**14)
    early, late = cold.sheet_flow((cold.BEFORE, cold.AFTER), 4096, 2**16)
    errors: list[list[cold.ColdErrors]] = [[], []]
    husimi = []
    for hbar in size.cold_hbars:
        errors[0].append(cold.cold_errors(*cold.cold_wave(hbar, cold.BEFORE), before))
        grid, psi = cold.cold_wave(hbar, cold.AFTER)
        errors[1].append(cold.cold_errors(grid, psi, late))
        husimi.append(cold.husimi_error(grid, psi, hbar, late))
    table = np.array(errors)
    dims = ("moment", "cold_hbar")
    sheets = np.max(np.abs(early.x[::4] - before.x))
    return xr.Dataset(
        {
            "pointwise": (dims, table[..., 0], {"unit": "1"}),
            "wasserstein": (dims, table[..., 1], {"unit": "ℓ"}),
            "cold_husimi_distance": ("cold_hbar", husimi, {"unit": "1"}),
            "sheet_error": ((), sheets, {"unit": "ℓ"}),
        },
        coords={"moment": ["before", "after"], "cold_hbar": list(size.cold_hbars)},
    ).merge(_cold_picture(late))


def _cold_picture(flow: cold.ColdFlow) -> xr.Dataset:
    grid, psi = cold.cold_wave(_COLD_SHOWN, cold.AFTER, 12.0)
    W = wigner_function(psi, [1.0], grid, _COLD_SHOWN)
    # Waves at opposite places of the ring interfere with a sign that alternates from row to row.
    rows = 0.5 * (W.values[:, ::2] + W.values[:, 1::2])
    momenta = W.momenta[::2] + 0.5 * (W.momenta[1] - W.momenta[0])
    H = husimi_function(psi, [1.0], grid, momenta, np.sqrt(0.5 * _COLD_SHOWN), _COLD_SHOWN)
    h, x = grid.spacing[0], grid.axes[0]
    density = flow.masses(np.append(x - 0.5 * h, x[-1] + 0.5 * h)) / h
    dims, every = ("cold_x", "cold_v"), slice(None, None, 32)
    return xr.Dataset(
        {
            "cold_wigner": (dims, rows, {"unit": "1/ω_J ℓ²"}),
            "cold_husimi": (dims, H, {"unit": "1/ω_J ℓ²"}),
            "cold_density": ("cold_x", np.abs(psi[0]) ** 2, {"unit": "1/ℓ"}),
            "flow_density": ("cold_x", density, {"unit": "1/ℓ"}),
            "shown_hbar": ((), _COLD_SHOWN, {"unit": "M ω_J ℓ²"}),
            "flow_x": ("sheet", flow.x[every], {"unit": "ℓ"}),
            "flow_v": ("sheet", flow.v[every], {"unit": "ω_J ℓ"}),
        },
        coords={"cold_x": x, "cold_v": momenta},
    )


def _bodies(size: _Size, rng: np.random.Generator, density: xr.DataArray) -> xr.Dataset:
    exact = density.sel(time=_BODY_TIME).values
    runs = [warm.body_deviations(K, size.num_runs, rng, exact, _BODY_TIME) for K in size.counts]
    shown = [warm.body_paths(_BODIES_SHOWN, rng, warm.TIMES) for _ in range(_PATHS_SHOWN)]
    (x, v), unit = shown[0], {"unit": "1"}
    return xr.Dataset(
        {
            "body_deviation": (("num_bodies", "run"), np.array(runs), unit),
            "body_mode": (("shown", "time"), [np.abs(warm.mode_of(x)) for x, _ in shown], unit),
            "body_x": ("body", (x[-1] + np.pi) % cold.LENGTH - np.pi, {"unit": "ℓ"}),
            "body_v": ("body", v[-1], {"unit": "ω_J ℓ"}),
        },
        coords={"num_bodies": list(size.counts), "time": warm.TIMES},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Wigner's kick looks at U as far away as 2ħ says."""
    return _run(preset, seed, 2.0)


def _warm_measurements(data: xr.Dataset) -> list[Measurement]:
    difference = float(np.nanmax(data.wigner_difference))
    found = [
        Measurement(
            "largest |ρ_ψ - ρ_W| / ⟨ρ⟩", "warm, one state, all times", difference, 0.0,
            f"below {LARGEST_DIFFERENCE:g}",
            verdict_within(difference, 0.0, high=LARGEST_DIFFERENCE),
        )
    ]  # fmt: skip
    roads = (("gas_mode", "orbitals"), ("charge_mode", "orbitals, charges"),
             ("same_start_mode", "Wigner, Vlasov's start"))  # fmt: skip
    for name, start in roads:
        law = power_law_fit(data.hbar.values, np.abs(warm_error(data, name).values))
        found.append(exponent_measurement("exponent of the error in ħ", start, law, 2.0))
        limit = constant_of(data, name)
        found.append(
            Measurement(
                "error of |ρ₁| / ħ²", f"{start}, ħ -> 0", limit.value, limit.error, "not 0",
                verdict_within(abs(limit.value), limit.error, low=10.0 * limit.error),
            )
        )  # fmt: skip
    law = power_law_fit(data.hbar.values, data.husimi_distance.values)
    verdict = verdict_within(law.exponent, law.exponent_error, low=1.0)
    found.append(
        Measurement(
            "exponent of Husimi's L1 in ħ", "orbitals, f smoothed alike", law.exponent,
            law.exponent_error, "above 1", verdict,
        )
    )  # fmt: skip
    return found


def _cold_measurements(data: xr.Dataset) -> list[Measurement]:
    found = []
    for name, quantity in ((_DISTANCE, "wasserstein"), (_POINTWISE, "pointwise")):
        law = cold_law(data, quantity, "before")
        found.append(
            exponent_measurement(f"exponent of {name}", "cold, before the caustic", law, 2.0)
        )
    laws = (
        (_DISTANCE, cold_law(data, "wasserstein", "after"), LEAST_EXPONENT, np.inf),
        ("Husimi's distance in ħ", cold_law(data, "cold_husimi_distance"), 0.2, np.inf),
        (_POINTWISE, cold_law(data, "pointwise", "after"), -LEAST_EXPONENT, LEAST_EXPONENT),
    )
    for name, law, low, high in laws:
        text = f"above {low:g}" if np.isinf(high) else f"below {high:g}: no convergence"
        verdict = verdict_within(law.exponent, law.exponent_error, low, high)
        found.append(
            Measurement(
                f"exponent of {name}", "cold, after the caustic", law.exponent,
                law.exponent_error, text, verdict,
            )
        )  # fmt: skip
    return found


def _judge(data: xr.Dataset) -> Judgement:
    regime = f"random starts, {warm.WAVES} waves, t = {_BODY_TIME:g}/ω_J"
    bodies = exponent_measurement("exponent of the error in K", regime, body_law(data), -0.5)
    in_warm, in_cold = _warm_measurements(data), _cold_measurements(data)
    measurements = (*in_warm, *in_cold, bodies)
    constant, difference = constant_of(data, "gas_mode"), in_warm[0].value
    weak, strong = cold_law(data, "wasserstein", "after"), cold_law(data, "pointwise", "after")
    last = float(data.pointwise.sel(moment="after")[-1])
    return Judgement(
        verdict=overall(measurements),
        measured=f"|ρ_ψ - ρ_W| {difference:.0e} of ⟨ρ⟩; warm error "
        f"{with_uncertainty(constant.value, constant.error)} ħ²; K^{law_text(body_law(data))}",
        uncertainty="change of the extrapolation; 95% interval of the exponent",
        expected="equal to 1e-6; ħ²; K^-1/2; weak convergence only after a caustic",
        reason=f"From one state the orbitals and Wigner's function differ by {difference:.0e} of "
        f"⟨ρ⟩; the warm error against Vlasov is {constant.value:.4f} ħ² (units ω_J, L/2π, M), that "
        f"of K bodies goes as K^{body_law(data).exponent:.2f}; cold, after the caustic, W₁ goes as "
        f"ħ^{weak.exponent:.2f}, but |ψ|² is {last:.2f} away from ρ in L1 at the smallest ħ "
        f"(ħ^{strong.exponent:.2f}){': convergence is weak only' if weak_only(data) else ''}.",
        measurements=measurements,
        independent_check="Wigner-Poisson on its own lattice beside the orbitals; sheets beside "
        f"the closed form before the caustic, to {float(data.sheet_error):.0e}",
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="two-roads-to-the-mean-field",
        ledger="L72",
        section="5",
        statement="Ours: many orbitals (Schroedinger-Poisson) and the Wigner function "
        "(Wigner-Poisson) are one motion, and from the same initial state it goes over into "
        "Vlasov-Poisson for ħ -> 0, as K bodies do for K -> ∞.",
        equations=(110, 111, 112, 113, 114, 115),
        predicted=Verdict.HOLDS,
        expected="equal to 1e-6; errors ħ² (warm) and K^-1/2; after a caustic of a cold state "
        "weak convergence only",
        correction="",
        experiment=_experiment,
        judge=_judge,
        figure=ladder_figure,
        planted_defect=_planted_defect,
    ),
)
