"""Claim on the decoupling of the centre of mass at large N: (85), (93)."""

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
from zitter.claims.measures import exponent_measurement
from zitter.claims.section3.decoupling_phase import (
    Coupling,
    boson_coupling,
    chain_coupling,
    fermion_coupling,
    product_coupling,
)
from zitter.claims.section3.decoupling_states import (
    Point,
    Sampling,
    State,
    bosons,
    chain,
    excited_orbital,
    fermions,
    gaussian_orbital,
    hump_orbital,
    independent,
    interacting,
    springs,
)
from zitter.claims.section3.product_terms import GAUSSIAN, HUMPS, free_orbital
from zitter.claims.section3.two_roads import agreement, upheld
from zitter.core.statistics import power_law_fit
from zitter.scenarios.style import COLOURS, GREY, MARKERS, label_axes, new_figure
from zitter.wavefunctions.independent_particles import fisher_information, phase_space_covariance

_COUNTS = {
    "quick": (2, 4, 32),
    "default": (2, 4, 8, 16, 64, 256),
    "full": (2, 4, 8, 16, 32, 128, 512, 2048),
}
_DRAWS = {"quick": 100, "default": 200, "full": 2000}
_MOST = {"bosons": {"quick": 4, "default": 16}, "fermions": {"quick": 4, "default": 8}}
_GAUSSIAN, _HUMPS, _EXCITED = "product, Gaussian", "product, two humps", "product, n = 1"
_BOSONS, _FERMIONS = "bosons in two orbitals", "fermions"
_SPRINGS, _CHAIN, _REPELLING = (
    "bound, equal springs",
    "bound, chain held",
    "repelling, quartic trap",
)
# Information below which, and purity above which, x_cm and y count as decoupled.
_DECOUPLED = 0.05


# Orbital of each kind of independent particles, and the same Gaussian for all of them.
_ORBITALS = {_GAUSSIAN: gaussian_orbital, _HUMPS: hump_orbital, _EXCITED: excited_orbital}
_ONE_ORBITAL = dict.fromkeys(_ORBITALS, gaussian_orbital)
# Width of the narrow packets beside wide ones of width 1.
_NARROW = 0.5


def _states(preset: Preset, harmonic: bool) -> dict[str, tuple[State, int]]:
    """States with the largest N of each; with `harmonic` one width and one harmonic trap for all.

    Then every state is a Gaussian of x_cm times a function of differences.
    """
    largest = _COUNTS[preset][-1]
    most = {kind: sizes.get(preset, sizes["default"]) for kind, sizes in _MOST.items()}
    orbitals = _ONE_ORBITAL if harmonic else _ORBITALS
    narrow = 1.0 if harmonic else _NARROW
    return {name: (independent(orbital()), largest) for name, orbital in orbitals.items()} | {
        _BOSONS: (bosons(narrow), most["bosons"]),
        _FERMIONS: (fermions(narrow), most["fermions"]),
        _SPRINGS: (springs, min(128, largest)),
        _CHAIN: (chain(held=not harmonic), min(128, largest)),
        _REPELLING: (interacting(0.0 if harmonic else 0.1), 2 if preset == "quick" else 3),
    }


def _run(preset: Preset, seed: int, *, harmonic: bool) -> xr.Dataset:
    states = _states(preset, harmonic)
    counts = sorted({*_COUNTS[preset], 3}) if preset != "quick" else list(_COUNTS[preset])
    table = np.full((len(states), len(counts), len(Point._fields)), np.nan)
    for s, (name, (state, most)) in enumerate(states.items()):
        for n, N in enumerate(counts):
            if most >= N and (N != 3 or name == _REPELLING):
                num_draws = _DRAWS[preset] * (2 if name in (_BOSONS, _FERMIONS) else 1)
                rng = np.random.default_rng([seed, s, N])
                table[s, n] = state(N, Sampling(num_draws), rng)
    units = {"information": "nats", "information_error": "nats", "width": "σ₀"}
    limits = [_limits(name, harmonic) for name in states]
    return xr.Dataset(
        {
            field: (("state", "num_particles"), table[:, :, k], {"unit": units.get(field, "1")})
            for k, field in enumerate(Point._fields)
        }
        | {
            "mixed_phase": (
                ("state", "num_particles"),
                _mixed_phases(preset, seed, list(states), counts, harmonic),
                {"unit": "ħ"},
            ),
            "information_limit": ("state", [limit[0] for limit in limits], {"unit": "nats"}),
            "purity_limit": ("state", [limit[1] for limit in limits], {"unit": "1"}),
        },
        {"state": list(states), "num_particles": counts},
    )


def _couplings(preset: Preset, harmonic: bool) -> dict[str, tuple[Coupling, int]]:
    """States with a phase, and the largest N of each."""
    largest, narrow = _COUNTS[preset][-1], 1.0 if harmonic else _NARROW
    found: dict[str, tuple[Coupling, int]] = {
        _GAUSSIAN: (product_coupling(free_orbital(GAUSSIAN)), largest),
        _HUMPS: (product_coupling(free_orbital(GAUSSIAN if harmonic else HUMPS)), largest),
        _CHAIN: (chain_coupling(held=not harmonic), min(64, largest)),
    }
    if preset != "quick":
        found |= {_BOSONS: (boson_coupling(narrow), 16), _FERMIONS: (fermion_coupling(narrow), 8)}
    return found


def _mixed_phases(
    preset: Preset, seed: int, states: list[str], counts: list[int], harmonic: bool
) -> np.ndarray:
    table = np.full((len(states), len(counts)), np.nan)
    for name, (coupling, most) in _couplings(preset, harmonic).items():
        for n, N in enumerate(counts):
            if name in states and most >= N and N != 3:
                rng = np.random.default_rng([seed, 93, N])
                table[states.index(name), n] = coupling(N, 2 * _DRAWS[preset], rng)
    return table


def _limits(state: str, harmonic: bool) -> tuple[float, float]:
    """½ ln(σ² I_F) and ħ/(2√det C₁) of independent particles, NaN for other states."""
    orbitals = _ONE_ORBITAL if harmonic else _ORBITALS
    if state not in orbitals:
        return float("nan"), float("nan")
    orbital = orbitals[state]()
    C = phase_space_covariance(orbital)
    information = 0.5 * np.log(C[0, 0] * fisher_information(orbital))
    return float(information), float(0.5 / np.sqrt(np.linalg.det(C)))


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, harmonic=False)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Packets of one width and one harmonic trap for all particles: the statement is true there."""
    return _run(preset, seed, harmonic=True)


def _largest(data: xr.Dataset, state: str) -> xr.Dataset:
    return data.sel(state=state).dropna("num_particles", subset=["purity"]).isel(num_particles=-1)


def _measured(data: xr.Dataset, state: str) -> list[Measurement]:
    """Information and purity at the largest N of a state."""
    here = _largest(data, state)
    regime = f"{state}, N = {int(here.num_particles)}"
    I, I_error = float(here.information), float(here.information_error)
    P, P_error = float(here.purity), float(here.purity_error)
    limits = [float(here.information_limit), float(here.purity_limit)]
    expected = [x if np.isfinite(x) else text for x, text in zip(limits, ("0", "1"), strict=True)]
    decoupled = verdict_within(I, I_error, high=_DECOUPLED)
    pure = verdict_within(P, P_error, low=1.0 - _DECOUPLED)
    return [
        Measurement("I(x_cm; y) [nats]", regime, I, I_error, expected[0], decoupled),
        Measurement("purity of x_cm", regime, P, P_error, expected[1], pure),
    ]


def _at_the_limit(data: xr.Dataset, state: str) -> list[Measurement]:
    """The same numbers of independent particles against ½ ln(σ² I_F) and ħ/(2√det C₁)."""
    here = _largest(data, state)
    regime = f"{state}, N = {int(here.num_particles)}, against the limit"
    found = []
    for name, kind in (("I(x_cm; y) [nats]", "information"), ("purity of x_cm", "purity")):
        value, limit = float(here[kind]), float(here[f"{kind}_limit"])
        error = float(here[f"{kind}_error"])
        found.append(agreement(name, regime, value, error, limit, max(0.12 * limit, 0.02)))
    return found


def _splitting(data: xr.Dataset, state: str) -> Measurement:
    """Whether the mixed derivative of S fades: (93) needs that."""
    here = data.mixed_phase.sel(state=state).dropna("num_particles")
    name = "exponent of ∂²S/∂x_cm∂y across both widths"
    if float(here.max()) < 1e-12:
        name = "∂²S/∂x_cm∂y across both widths [ħ]"
        return Measurement(name, state, float(here.max()), 0.0, "0", Verdict.HOLDS)
    law = power_law_fit(here.num_particles.values, here.values)
    verdict = verdict_within(law.exponent, law.exponent_error, high=-0.25)
    return Measurement(name, state, law.exponent, law.exponent_error, "negative", verdict)


def _narrowing(data: xr.Dataset, state: str) -> Measurement:
    """The weak sense in which x_cm decouples: it becomes a point."""
    here = data.width.sel(state=state).dropna("num_particles")
    law = power_law_fit(here.num_particles.values, here.values)
    name = "exponent of the width of x_cm (weak decoupling)"
    return exponent_measurement(name, state, law, -0.5)


def _judge(data: xr.Dataset) -> Judgement:
    states = [str(s) for s in data.state.values]
    strong = [m for state in states for m in _measured(data, state)]
    with_phase = [s for s in states if bool(data.mixed_phase.sel(state=s).notnull().any())]
    phases = [_splitting(data, state) for state in with_phase]
    weak = [_narrowing(data, s) for s in states if s.startswith("product")]
    limits = [
        m
        for state in states
        if np.isfinite(data.information_limit.sel(state=state))
        for m in _at_the_limit(data, state)
    ]
    information = [m for m in strong if m.name.startswith("I")]
    purity = [m for m in strong if m.name.startswith("purity")]
    worst = max(information, key=lambda m: m.value)
    mixed = min(purity, key=lambda m: m.value)
    verdicts = [overall(pair) for pair in zip(information, purity, strict=True)]
    named = list(zip((m.regime for m in information), verdicts, strict=True))
    coupled = [regime for regime, verdict in named if verdict is Verdict.FAILS]
    decoupled = [regime for regime, verdict in named if verdict is Verdict.HOLDS]
    return Judgement(
        verdict=upheld(overall([*strong, *phases]), limits),
        measured=f"I(x_cm; y) up to {with_uncertainty(worst.value, worst.uncertainty)} nats "
        f"({worst.regime}); purity down to {with_uncertainty(mixed.value, mixed.uncertainty)} "
        f"({mixed.regime})",
        uncertainty="one standard error, 0 where nothing is sampled",
        expected="½ ln(σ² I_F) and ħ/(2√det C₁) for independent particles, "
        "0 and 1 for Gaussians only",
        reason=f"Coupled at the largest N: {'; '.join(coupled) or 'none'}. Decoupled: "
        f"{'; '.join(decoupled) or 'none'}. The centre of mass becomes narrow as "
        f"N^{weak[0].value:.2f} in either case: it decouples as a point, not as a packet.",
        measurements=(*strong, *limits, *phases, *weak),
        independent_check=_second_road(data),
    )


def _second_road(data: xr.Dataset) -> str:
    """Distance of the largest products from their limits."""
    found = []
    for state in data.state.values:
        here = _largest(data, state)
        if np.isfinite(here.information_limit) and here.information_limit > _DECOUPLED:
            share = float(here.information / here.information_limit - 1.0)
            purity = float(here.purity / here.purity_limit - 1.0)
            found.append(f"{state} {share:+.1%} and {purity:+.1%}")
    return "distance from the limits: " + ("; ".join(found) or "none but Gaussians")


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(3, width=12.0, height=4.4)
    left, middle, right = panels
    colours, markers = [*COLOURS, GREY], [*MARKERS, "*"]
    for k, state in enumerate(data.state.values):
        here = data.sel(state=state).dropna("num_particles", subset=["purity"])
        words = dict(marker=markers[k], color=colours[k], linestyle="-", linewidth=0.8)
        N = here.num_particles
        left.errorbar(N, here.information, yerr=here.information_error, label=str(state), **words)
        middle.errorbar(N, here.purity, yerr=here.purity_error, **words)
        right.plot(N, here.mixed_phase, **words)
        for ax, limit in ((left, here.information_limit), (middle, here.purity_limit)):
            if np.isfinite(limit):
                ax.axhline(float(limit), color=colours[k], linestyle=":", linewidth=1.0)
    x = "number of particles N"
    titles = (
        "Information between x_cm and y",
        "Purity of x_cm",
        "Phase, of states in motion",
    )
    labels = ("I(x_cm; y) [nats]", "Tr ρ_cm²", "|∂²S/∂x_cm∂y| σ_cm σ_y [ħ]")
    for ax, title, label in zip(panels, titles, labels, strict=True):
        ax.set_xscale("log")
        label_axes(ax, x=x, y=label, title=title, legend=False)
    middle.set_ylim(0.0, 1.05)
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="large-N-decouples-the-centre-of-mass",
        ledger="L31",
        section="3.2",
        statement="For large N the density factorises into ρ_cl(x_cm) ρ_rel(y), and the phase "
        "splits into S_cl(x_cm) + S_rel(y).",
        equations=(50, 85, 93),
        predicted=Verdict.FAILS,
        expected="information ½ ln(σ² I_F), ln 3 for n = 1; purity ħ/(2√det C₁), 1/3 for n = 1; "
        "0 and 1 for Gaussians only",
        correction="In the weak sense only, in which x_cm is a point: information and impurity "
        "tend to constants that vanish for Gaussians alone.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
