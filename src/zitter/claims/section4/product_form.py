"""Claim on the product of narrow Gaussians that K bodies are said to form: (97)."""

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
from zitter.claims.section4.pairs import (
    GRAVITY,
    REPULSION,
    STEP,
    at_rest,
    circular,
    pair,
    swarm_covariance,
)
from zitter.core.statistics import power_law_fit
from zitter.kbody.bodies import bodies
from zitter.kbody.entanglement import gaussian_pair, quantum_pair
from zitter.kbody.packets import canonical_correlation, tidal_covariance
from zitter.kbody.tangent import product_tangent_map, tangent_map
from zitter.kbody.two_paths import (
    THEORIES,
    TwoPaths,
    gravitational_coupling,
    two_path_state,
)
from zitter.scenarios.style import COLOURS, GREY, MARKERS, label_axes, new_figure

_HBARS = {"quick": (1e-2, 1e-3, 1e-4), "default": (1e-2, 1e-3, 1e-4, 1e-5)}
_HBARS["full"] = (*_HBARS["default"], 1e-6)
_WIDTHS, _TIME, _QUANTUM_TIME = (1e-2, 1e-3, 1e-4), 0.4, 0.3
_SMALL = 0.005
_COUNTS, _HBAR, _MASS_TIME = (1, 2, 4, 8), 1e-4, 0.05


def _wasserstein(covariance: np.ndarray) -> float:
    """W₂ of a Gaussian (2, 2) and the product of its marginals."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    product = np.diag(np.diag(covariance))
    inner = np.linalg.eigvalsh(root @ product @ root)
    square = 2.0 * np.trace(covariance) - 2.0 * np.sum(np.sqrt(inner))
    return float(np.sqrt(max(square, 0.0)))


def _two_paths(theory: str, coupled: bool) -> TwoPaths:
    """Two masses of 1e-14 kg in two paths each, 250 µm apart, 450 µm from each other, for 2.5 s."""
    coupling = gravitational_coupling(1e-14) if coupled else 0.0
    return two_path_state(coupling, 450e-6, 250e-6, 2.5, theory)


def _three_bodies(coupled: bool) -> tuple[list[float], float]:
    """Largest correlation of two of three bodies on a line, and widths of a product by the true.

    They start at rest under softened gravity and pass through each other.
    """
    system = bodies(np.ones(3), num_space=1, law="point", softening=0.5)
    start, times = np.array([[-2.0], [0.3], [1.8]]), np.linspace(0.0, 8.0, 81)
    arguments = (system, start, 0.0 * start, times)
    spreads = []
    for step in (0.04, 0.02):
        alone = tidal_covariance(product_tangent_map(*arguments, time_step=step), np.eye(3))
        true = alone
        if coupled:
            true = tidal_covariance(tangent_map(*arguments, time_step=step), np.eye(3))
        largest = max(abs(canonical_correlation(C, 0, 1, 1)) for C in true)
        spreads.append(largest)
    ratio = np.sqrt(np.diag(alone[-1]) / np.diag(true[-1]))
    return spreads, float(np.max(ratio))


def _losses_by_mass(coupled: bool) -> list[float]:
    """1 - P of bodies of N particles, M = N m and σ² = σ₀²/N, after a fixed time."""
    losses = []
    for N in _COUNTS:
        gravity = 1.0 if coupled else 0.0
        system = bodies([float(N)] * 2, num_space=2, law="point", gravitational_constant=gravity)
        width = np.sqrt(0.5 * _HBAR * _MASS_TIME / N)
        losses.append(1.0 - quantum_pair(system, 1.0, width, _MASS_TIME, hbar=_HBAR).purity)
    return losses


def _run(preset: Preset, coupled: bool) -> xr.Dataset:
    """Correlation of two bodies that start at rest; `coupled` False leaves out mutual tides."""
    interactions, hbars = (GRAVITY, REPULSION), _HBARS[preset]
    widths = np.array(_WIDTHS)
    swarm, distance, linear = np.zeros((2, 3)), np.zeros((2, 3)), np.zeros(2)
    loss, gaussian, halved = (np.zeros((2, len(hbars))) for _ in range(3))
    for n, interaction in enumerate(interactions):
        system = pair(interaction)
        J = (tangent_map if coupled else product_tangent_map)(
            system, *at_rest(), [0.0, _TIME], time_step=STEP
        )
        C = tidal_covariance(J, np.eye(4))[-1][np.ix_([0, 2], [0, 2])]
        linear[n] = C[0, 1] / np.sqrt(C[0, 0] * C[1, 1])
        for k, width in enumerate(widths):
            own = swarm_covariance(system, width, _TIME) if coupled else width**2 * C
            swarm[n, k] = own[0, 1] / np.sqrt(own[0, 0] * own[1, 1])
            distance[n, k] = _wasserstein(own)
        free = system._replace(gravitational_constant=0.0, coulomb_constant=0.0)
        for k, hbar in enumerate(hbars):
            arguments = (system if coupled else free, 1.0, np.sqrt(0.5 * hbar * _QUANTUM_TIME))
            loss[n, k] = 1.0 - quantum_pair(*arguments, _QUANTUM_TIME, hbar=hbar).purity
            rough = quantum_pair(*arguments, _QUANTUM_TIME, hbar=hbar, num_steps=100)
            halved[n, k] = 1.0 - rough.purity
            gaussian[n, k] = 1.0 - gaussian_pair(*arguments, _QUANTUM_TIME, hbar=hbar).purity
    X, V, period = circular(pair(GRAVITY))
    times = np.linspace(0.0, 0.9 * period, 46)
    J = (tangent_map if coupled else product_tangent_map)(
        pair(GRAVITY), X, V, times, time_step=4.0 * STEP
    )
    orbit = [canonical_correlation(C, 0, 1, 2) for C in tidal_covariance(J, np.eye(4))]
    three, widening = _three_bodies(coupled)
    states = [_two_paths(theory, coupled) for theory in THEORIES]
    return xr.Dataset(
        {
            "correlation": (("interaction", "width"), swarm, {"unit": "1"}),
            "linear_correlation": (("interaction",), linear, {"unit": "1"}),
            "distance": (("interaction", "width"), distance, {"unit": "r"}),
            "purity_loss": (("interaction", "hbar"), loss, {"unit": "1"}),
            "purity_loss_half_steps": (("interaction", "hbar"), halved, {"unit": "1"}),
            "gaussian_purity_loss": (("interaction", "hbar"), gaussian, {"unit": "1"}),
            "three_correlation": (("steps",), three, {"unit": "1"}),
            "three_widening": ((), widening, {"unit": "1"}),
            "mass_loss": (("num_particles",), _losses_by_mass(coupled), {"unit": "1"}),
            "negativity": (("theory",), [s.negativity for s in states], {"unit": "1"}),
            "witness": (("theory",), [s.witness for s in states], {"unit": "1"}),
            "orbit_correlation": (("turn",), orbit, {"unit": "1"}),
        },
        coords={
            "interaction": list(interactions),
            "width": widths,
            "hbar": list(hbars),
            "turn": times / period,
            "theory": list(THEORIES),
            "steps": ["double", "single"],
            "num_particles": list(_COUNTS),
        },
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, coupled=True)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Bodies that feel each other's fixed paths only, so that a product stays a product."""
    return _run(preset, coupled=False)


def _below(name: str, regime: str, value: float, error: float) -> Measurement:
    """A distance from a product, which should be nought."""
    return Measurement(
        name, regime, float(value), float(error), f"0 for a product, below {_SMALL}",
        verdict_within(float(value), float(error), -1e-6, _SMALL),
    )  # fmt: skip


def _distances(data: xr.Dataset) -> list[Measurement]:
    """Correlations and losses of purity, in units in which they do not shrink with the widths."""
    found = []
    for name in data.interaction.values:
        here = data.sel(interaction=name)
        values = np.abs(here.correlation.values)
        regime = f"{name}, σ/r = {data.width.values[-1]:.0e}"
        error = abs(values[-1] - abs(float(here.linear_correlation)))
        found.append(_below("|correlation| of x₁ and x₂", regime, values[-1], error))
        loss = here.purity_loss.values
        regime = f"{name}, ħ = {data.hbar.values[-1]:.0e}, β = 1"
        error = abs(loss[-1] - here.purity_loss_half_steps.values[-1]) / 3.0 + 1e-9
        found.append(_below("loss of purity 1 - P", regime, loss[-1], error))
    value = float(data.three_correlation[-1])
    error = abs(value - float(data.three_correlation[0])) + 1e-12
    found.append(_below("largest |correlation|", "three bodies that meet", value, error))
    if np.all(data.mass_loss.values > 1e-9):
        law = power_law_fit(data.num_particles.values, data.mass_loss.values)
        found.append(
            Measurement(
                "exponent of 1 - P in N", "M = N m, σ² = σ₀²/N", law.exponent, law.exponent_error,
                "negative for a better product",
                verdict_within(law.exponent, law.exponent_error, -np.inf, 0.0),
            )
        )  # fmt: skip
    return found


def _point_laws(data: xr.Dataset) -> list[Measurement]:
    """How the absolute distance from a product falls with the width."""
    found = []
    for name in data.interaction.values:
        values = data.distance.sel(interaction=name).values
        if np.all(values > 1e-12):
            law = power_law_fit(data.width.values, values)
            what = "exponent of W₂ to a product in σ"
            found.append(exponent_measurement(what, f"{name}, points", law, 1.0))
    return found


def _judge(data: xr.Dataset) -> Judgement:
    relative = _distances(data)
    paths = [
        _below("negativity of two paths each", str(theory), float(value), 1e-12)
        for theory, value in zip(data.theory.values, data.negativity.values, strict=True)
    ]
    first, purity = relative[0], relative[1]
    largest = float(data.orbit_correlation.max())
    return Judgement(
        verdict=overall([*relative, paths[0]]),
        measured=f"|correlation| {with_uncertainty(first.value, first.uncertainty)}, "
        f"1 - P {with_uncertainty(purity.value, purity.uncertainty)}",
        uncertainty="swarm against tangent map; halved steps",
        expected="0 and 0 for a product",
        reason=f"After t = {_TIME} √(r³/GM) two bodies at rest are correlated by {first.value:.3f} "
        f"at every width, on a circular orbit up to {largest:.2f}; of three that meet, the product "
        f"makes one {float(data.three_widening):.1f} times too wide. The purity of one body does "
        "not tend to 1 with ħ and falls with its mass. Two masses in two paths each get a "
        f"negativity of {paths[0].value:.3f} by their gravity in configuration space, "
        f"{paths[2].value:.0e} by its mean field and {abs(paths[3].value):.0e} from actual "
        "positions. As points the product is right: W₂ to it falls with σ.",
        measurements=(*relative, *paths, *_point_laws(data)),
        independent_check="swarm of Newton paths against tangent map; split steps against "
        "Gaussians, 1 - P within "
        f"{_largest_difference(data):.0e}",
    )


def _largest_difference(data: xr.Dataset) -> float:
    difference = np.abs(data.purity_loss - data.gaussian_purity_loss).isel(hbar=-1)
    return float(difference.max())


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right, last) = new_figure(3)
    for n, name in enumerate(data.interaction.values):
        style = dict(color=COLOURS[n], marker=MARKERS[n], linestyle="none")
        here = data.sel(interaction=name)
        left.plot(data.width, np.abs(here.correlation), label=f"|correlation|, {name}", **style)
        left.plot(data.width, here.distance, "--", color=COLOURS[n], label=f"W₂/r, {name}")
        right.plot(data.hbar, here.purity_loss, label=f"split steps, {name}", **style)
        right.plot(data.hbar, here.gaussian_purity_loss, "-", color=COLOURS[n], label="Gaussians")
    for ax in (left, right):
        ax.set_xscale("log")
    left.set_yscale("log")
    right.set_ylim(0.0, 1.6 * float(data.purity_loss.max()) + 1e-6)
    label_axes(left, x="width σ/r", y="distance from a product", title=f"at t = {_TIME} √(r³/GM)")
    label_axes(
        right, x="ħ [√(GM³r)]", y="1 - P", title=f"coherent width, t = {_QUANTUM_TIME} √(r³/GM)"
    )
    last.barh(np.arange(len(data.theory)), data.witness, color=COLOURS[2], height=0.5)
    last.set_yticks(range(len(data.theory)), list(data.theory.values))
    last.axvline(0.0, color=GREY)
    label_axes(
        last, x="witness, negative if entangled", y="theory", title="two paths each, 1e-14 kg"
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="bodies-stay-a-product",
        ledger="L44",
        section="4",
        statement="Although they gravitate, the centres of mass of K narrow bodies form a product "
        "of Gaussians, because the potentials vary on scales much larger than the widths.",
        equations=(95, 97, 104),
        predicted=Verdict.FAILS,
        expected="no correlation, purity 1",
        correction="The Gaussian of covariance J Σ₀ Jᵀ, J the tangent map; a product only in the "
        "limit of points.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
