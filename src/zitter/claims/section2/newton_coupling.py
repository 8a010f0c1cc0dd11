"""Claim that the scheme does without weak coupling and independent particles (abstract, Sec. 1)."""

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
from zitter.claims.section2.judging import verdict_under_condition
from zitter.forces.moments import pair_correlation, width_ratio
from zitter.scenarios.style import BLUE, COLOURS, GREY, RED, label_axes, new_figure
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.sampling import sample_superposition
from zitter.wavefunctions.coupled_oscillators import coupled_ground_state
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.two_packet_oscillators import TwoPacketOscillators, condensate_amplitudes

_N, _STIFFNESS, _TIME = 4, 1.0, 2.0
_PACKETS = dict(width=0.7, left_centre=-1.6, right_centre=1.6, left_momentum=1.0)
_COUPLINGS = {
    "quick": np.array([3.0]),
    "default": np.array([0.3, 3.0, 30.0]),
    "full": np.array([0.3, 3.0, 30.0, 100.0]),
}
_RUNS = {"quick": 200, "default": 1000, "full": 3000}
_DRAWS = {"quick": 4000, "default": 40_000, "full": 400_000}


def _starts(num_runs: int, rng: np.random.Generator) -> np.ndarray:
    """Positions of the condensate at t = 0, where the pair force has not yet acted."""
    packets = GaussianPacket(
        np.full((2, 1), _PACKETS["width"]), [[-1.6], [1.6]], [[1.0], [-1.0]], stiffness=_STIFFNESS
    )
    orbital = Superposition(packets, np.sqrt([0.7, 0.3]))
    return sample_superposition(orbital, num_runs * _N, rng).reshape(num_runs, _N)


def _centre_of_mass(coupling: float, tied: float, Q0: np.ndarray) -> np.ndarray:
    """x_cm at the end of de Broglie-Bohm paths of N interacting particles, (num_runs,)."""
    psi = TwoPacketOscillators(
        condensate_amplitudes(_N, *np.sqrt([0.7, 0.3])),
        right_momentum=-1.0,
        stiffness=_STIFFNESS + tied * coupling,
        coupling=coupling,
        **_PACKETS,
    )
    paths = bohm_paths(psi, Q0, np.array([0.0, _TIME]), masses=np.ones(_N), rtol=1e-6, atol=1e-8)
    return np.asarray(paths.Q)[-1].mean(axis=1)


def _run(preset: Preset, seed: int, tied: float) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    runs, draws, couplings = _RUNS[preset], _DRAWS[preset], _COUPLINGS[preset]
    # Every ensemble has starts of its own, so that the samples are independent.
    reference = _centre_of_mass(0.0, tied, _starts(runs, rng))
    x_cm = [_centre_of_mass(coupling, tied, _starts(runs, rng)) for coupling in couplings]
    ratio, correlation, exact = [], [], []
    for coupling in couplings:
        ground = coupled_ground_state(_N, stiffness=_STIFFNESS, coupling=coupling)
        X = ground.sample(draws, rng)
        ratio.append([width_ratio(part) for part in np.array_split(X, 10)])
        correlation.append(pair_correlation(X))
        widths = ground.widths(0.0)
        exact.append(float((_N * widths.sigma_cm**2 / widths.sigma**2)[0]))
    return xr.Dataset(
        {
            "x_cm": (("coupling", "preparation"), np.asarray(x_cm), {"unit": "√(ħ/mω)"}),
            "uncoupled_x_cm": ("reference_preparation", reference, {"unit": "√(ħ/mω)"}),
            "width_ratio": (("coupling", "part"), np.asarray(ratio), {"equation": "(51)"}),
            "exact_width_ratio": ("coupling", np.asarray(exact), {"equation": "E9"}),
            "pair_correlation": ("coupling", np.asarray(correlation)),
        },
        {"coupling": ("coupling", _N * couplings / _STIFFNESS, {"meaning": "N κ/k"})},
        {"num_particles": _N, "time": _TIME},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, tied=0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Springs that are also tied to the origin: a pair force that does not cancel in pairs."""
    return _run(preset, seed, tied=1.0)


def _motion(data: xr.Dataset, coupling: float) -> list[Measurement]:
    """Mean and spread of x_cm with coupling against those without."""
    sample, reference = data.x_cm.sel(coupling=coupling).values, data.uncoupled_x_cm.values
    regime, width = f"N κ/k = {coupling:g}, quadratic U_ext", float(reference.std())
    shift = float(sample.mean() - reference.mean()) / width
    error = float(np.sqrt(1.0 / sample.size + 1.0 / reference.size))
    ratio = float(sample.std() / width)
    ratio_error = ratio * float(np.sqrt(0.5 / sample.size + 0.5 / reference.size))
    return [
        Measurement(
            "shift of mean x_cm by the coupling, in widths of x_cm",
            regime, shift, error, "0, within 0.5", verdict_within(shift, error, -0.5, 0.5),
        ),
        Measurement(
            "width of x_cm over that without coupling",
            regime, ratio, ratio_error, "1, within 0.3",
            verdict_within(ratio, ratio_error, 0.7, 1.3),
        ),
    ]  # fmt: skip


def _width(data: xr.Dataset, coupling: float) -> Measurement:
    parts = data.width_ratio.sel(coupling=coupling).values
    value, error = float(parts.mean()), float(parts.std(ddof=1) / np.sqrt(parts.size))
    verdict = verdict_within(value, error, high=1.0)
    return Measurement(
        "N σ_cm²/σ² of the ground state, which (51) bounds by 1",
        f"N κ/k = {coupling:g}",
        value,
        error,
        float(data.exact_width_ratio.sel(coupling=coupling)),
        verdict,
    )


def _judge(data: xr.Dataset) -> Judgement:
    couplings = [float(k) for k in data.coupling.values]
    motion = [m for k in couplings for m in _motion(data, k)]
    widths = [_width(data, k) for k in couplings]
    moves_alike = overall(motion) is Verdict.HOLDS
    strongest, moved = widths[-1], max(abs(m.value) for m in motion[::2])
    return Judgement(
        verdict=verdict_under_condition(motion, widths),
        measured=f"x_cm moved by {moved:.2f} widths at N κ/k up to {couplings[-1]:g}; "
        f"N σ_cm²/σ² = {with_uncertainty(strongest.value, strongest.uncertainty)}",
        uncertainty=f"{strongest.uncertainty:.2g}",
        expected="no dependence on the coupling; (51): at most 1",
        reason="The law of the centre of mass is that without coupling, but the bound (51), and "
        "with it (46), (50) and (85), assumes weak correlation: the bound ground state has "
        f"{strongest.value:.1f} where (51) allows 1."
        if moves_alike
        else f"The coupling moves the centre of mass by {moved:.2f} of its widths.",
        measurements=tuple(motion + widths),
        independent_check="closed ground state (E9) beside the draws; exact interacting state "
        "(B10) beside the uncoupled one",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (ax, right) = new_figure(2)
    for k, colour in zip(data.coupling.values, COLOURS, strict=False):
        sample = np.sort(data.x_cm.sel(coupling=k).values)
        ax.plot(sample, (np.arange(sample.size) + 0.5) / sample.size, color=colour,
                label=f"Nκ/k = {k:g}")  # fmt: skip
    ax.set_title("law of the centre of mass by coupling")
    label_axes(ax, x="x_cm at ωt = 2 [√(ħ/mω)]", y="fraction of runs below")
    middle, spread = data.width_ratio.mean("part"), data.width_ratio.std("part")
    right.errorbar(1.0 + data.coupling, middle, spread, fmt="o", color=RED, label="ground state")
    right.plot(1.0 + data.coupling, data.exact_width_ratio, color=BLUE, label="exact (E9)")
    right.axhline(1.0, color=GREY, linestyle="--", label="bound (51)")
    right.set_xscale("log")
    right.set_title("width of the centre of mass in the ground state")
    label_axes(right, x="1 + N κ/k", y="N σ_cm²/σ²")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="no-weak-coupling-needed",
        ledger="L61",
        section="2",
        statement="The scheme needs no weak coupling and no independent particles.",
        equations=(30, 46, 50, 51),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="centre-of-mass motion independent of the coupling",
        correction="True of the motion of the centre of mass in U_ext at most quadratic; (46), "
        "(50), (51) and (85) are assumptions of weak correlation.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
