"""Claim on what Q_cm and U_ext do to the relative motion: after (91)."""

from typing import Any

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
from zitter.claims.section2.densities import Density, smooth_densities
from zitter.claims.section2.judging import law_text, rms_law
from zitter.claims.section3.two_roads import agreement, upheld
from zitter.classical_limit.relative_motion import relative_forces
from zitter.core.statistics import PowerLaw
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes, new_figure
from zitter.system.potentials import Quartic

_SIZES = {
    "quick": ((4, 16, 64, 256), 300),
    "default": ((4, 16, 64, 256, 1024, 4096), 2000),
    "full": ((4, 16, 64, 256, 1024, 4096, 16_384), 5000),
}
# U_ext = g x⁴ about a centre that lies beside the body: U'' does not vanish there.
_COEFFICIENT, _CENTRE = 0.002, -5.0
_TIDAL, _CM, _REL = "U_ext (tidal)", "Q_cm", "Σ Q_k"


def _over_y(slope: np.ndarray) -> np.ndarray:
    """Root of the mean square over the N - 1 relative coordinates of a gradient (.., N)."""
    return np.std(slope, axis=-1, ddof=1)


def _forces(density: Density, x: np.ndarray, coefficient: float) -> dict[str, np.ndarray]:
    """Rms force on a relative coordinate, for N particles in R at x (num_runs, N), ħ = m = 1.

    Q = -½ Σ (l' + l²) and Q_cm = -(1/2N) [Σ l' + (Σ l)²] with l = (ln R)'.
    """
    N = x.shape[1]
    l, l1, l2 = density.slopes(x)
    total = -0.5 * (l2 + 2.0 * l * l1)
    centre = -(l2 + 2.0 * l.sum(axis=1, keepdims=True) * l1) / (2.0 * N)
    external = 4.0 * coefficient * (x - _CENTRE) ** 3
    parts = {_TIDAL: external, _CM: centre, _REL: total - centre}
    return {name: _over_y(slope) for name, slope in parts.items()}


def _tidal_coefficient(x: np.ndarray, coefficient: float) -> np.ndarray:
    """Slope of the force of U_ext on y against -U_ext''(x_cm) y, of each draw (num_runs,)."""
    centre = x.mean(axis=1, keepdims=True)
    force = -4.0 * coefficient * (x - _CENTRE) ** 3
    linear = -12.0 * coefficient * (centre - _CENTRE) ** 2 * (x - centre)
    relative = force - force.mean(axis=1, keepdims=True)
    return np.sum(relative * linear, axis=1) / np.sum(linear**2, axis=1)


def _run(preset: Preset, seed: int, exponent: float) -> xr.Dataset:
    """Forces on y under U_ext = g N^exponent (x - x₀)⁴."""
    counts, num_runs = _SIZES[preset]
    densities, rng = smooth_densities(), np.random.default_rng([seed, 34])
    table = np.empty((len(densities), 3, len(counts), num_runs))
    slopes = np.empty((len(densities), len(counts), num_runs))
    for d, density in enumerate(densities):
        for n, N in enumerate(counts):
            x = density.sample(rng, (num_runs, N))
            coefficient = _COEFFICIENT * float(N) ** exponent
            slopes[d, n] = _tidal_coefficient(x, coefficient)
            found = _forces(density, x, coefficient)
            table[d, :, n] = [found[name] for name in (_TIDAL, _CM, _REL)]
    dims = ("density", "term", "num_particles", "preparation")
    return xr.Dataset(
        {
            "force": (dims, table, {"unit": "ħ²/mσ₀³"}),
            "tidal_coefficient": (("density", "num_particles", "preparation"), slopes),
            "route_difference": _route_difference(seed),
        },
        {
            "density": [density.name for density in densities],
            "term": [_TIDAL, _CM, _REL],
            "num_particles": list(counts),
        },
        {"exponent of U_ext in N": exponent},
    )


def _route_difference(seed: int) -> float:
    """Largest relative difference from automatic derivatives of the joint ln ψ of sech at N = 3."""
    density = next(d for d in smooth_densities() if d.name == "sech")
    Q = density.sample(np.random.default_rng([seed, 3]), (4, 3))
    own = _forces(density, Q, _COEFFICIENT)
    F = relative_forces(_log_sech, Q, 0.0, Quartic(_COEFFICIENT, _CENTRE), None, mass=1.0)
    others = {_TIDAL: F.tidal, _CM: F.quantum_cm, _REL: F.quantum_rel}
    return max(
        float(np.max(np.abs(np.sqrt(np.sum(f[..., 0] ** 2, axis=1) / 2.0) / own[name] - 1.0)))
        for name, f in others.items()
    )


def _log_sech(q: Array, t: Any) -> Array:
    return -jnp.sum(jnp.log(jnp.cosh(q))) + 0.0j


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 0.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """An external potential that becomes flat as 1/N: its force on y fades like that of Q_cm."""
    return _run(preset, seed, -1.0)


def _law(data: xr.Dataset, density: str, term: str) -> PowerLaw | None:
    """Power law in N of the rms force of a term; None where there is none to round-off."""
    here = data.force.sel(density=density)
    own, quantum = here.sel(term=term), here.sel(term=_REL)
    return rms_law(own) if float(own.max()) > 1e-12 * float(quantum.max()) else None


def _fading(data: xr.Dataset, density: str, term: str) -> Measurement:
    """A term drops out of the motion of y if its force there falls with N."""
    law, name = _law(data, density, term), f"exponent of the force of {term} on y_j"
    if law is None:
        largest = float(data.force.sel(density=density, term=term).max())
        name = f"force of {term} on y_j"
        return Measurement(name, density, largest, 0.0, "0", Verdict.HOLDS)
    verdict = verdict_within(law.exponent, law.exponent_error, high=-0.3)
    expected = -0.5 if term == _CM else 0.0
    return Measurement(name, density, law.exponent, law.exponent_error, expected, verdict)


def _coefficient(data: xr.Dataset, density: str) -> Measurement:
    """Size and sign of the tidal force at the largest N, in units of -U_ext''(x_cm) y."""
    found = data.tidal_coefficient.sel(density=density).isel(num_particles=-1).values
    error = float(found.std(ddof=1) / np.sqrt(found.size))
    regime = f"{density}, N = {int(data.num_particles[-1])}"
    name = "force of U_ext on y_j / (-U_ext''(x_cm) y_j)"
    return agreement(name, regime, float(found.mean()), error, 1.0, 0.2)


def _judge(data: xr.Dataset) -> Judgement:
    names = [str(name) for name in data.density.values]
    fading = [_fading(data, name, term) for term in (_TIDAL, _CM) for name in names]
    sizes = [_coefficient(data, name) for name in names]
    laws = {term: [_law(data, name, term) for name in names] for term in (_TIDAL, _CM)}
    last = data.force.isel(num_particles=-1)
    rms = np.sqrt((last**2).mean("preparation"))
    share = rms / rms.sel(term=_REL)
    tidal, centre = ([float(v) for v in share.sel(term=term)] for term in (_TIDAL, _CM))
    N = int(last.num_particles)
    texts = {t: next((law_text(law) for law in ls if law), "no force") for t, ls in laws.items()}
    return Judgement(
        verdict=upheld(overall(fading), sizes),
        measured=f"exponent of the force on y_j: U_ext {texts[_TIDAL]}, Q_cm {texts[_CM]}; at "
        f"N = {N} up to {max(tidal):.2g} and {max(centre):.1g} of that of ΣQ_k",
        uncertainty="95% intervals",
        expected="U_ext 0 where U_ext'' ≠ 0; Q_cm -1/2, and no force at all for a Gaussian",
        reason=f"At N = {N} the force of Q_cm on y_j is at most {max(centre):.1g} of that of ΣQ_k, "
        f"and it fades with N; that of U_ext is {min(tidal):.2g} to {max(tidal):.2g} of it: "
        f"{min(m.value for m in sizes):.2f} to {max(m.value for m in sizes):.2f} times "
        "-U_ext''(x_cm) y_j, no mere phase.",
        measurements=(*fading, *sizes),
        independent_check="derivatives of the joint ln ψ at N = 3 differ by "
        f"{float(data.route_difference):.0e}",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, panels = new_figure(2)
    counts = data.num_particles.values
    for ax, term in zip(panels, (_TIDAL, _CM), strict=True):
        for k, name in enumerate(data.density.values):
            here = np.sqrt((data.force.sel(density=name) ** 2).mean("preparation"))
            ratio = (here.sel(term=term) / here.sel(term=_REL)).values
            shown = ratio > 1e-12
            if shown.any():
                ax.plot(counts[shown], ratio[shown], MARKERS[k], color=COLOURS[k], label=str(name))
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_ylim(3e-3, 10.0)
        label = "force on y_j, by that of ΣQ_k"
        label_axes(ax, x="number of particles N", y=label, title=f"Force of {term}", legend=False)
    start = np.sqrt((data.force.isel(density=1, num_particles=0) ** 2).mean("preparation"))
    at = (counts[0], float(start.sel(term=_CM) / start.sel(term=_REL)))
    draw_slope(panels[1], counts, -0.5, at=at, label="∝ 1/√N")
    for ax in panels:
        ax.legend(loc="lower left", fontsize=8.5)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="only-phases-from-centre-and-trap",
        ledger="L34",
        section="3.2.2",
        statement="The quantum potential of the centre of mass and the external potential "
        "contribute only phases that depend on time to the equation of S_rel, and drop out of the "
        "motion of the relative coordinates.",
        equations=(81, 83, 91, 92),
        predicted=Verdict.FAILS,
        expected="force of Q_cm on y_j as N^(-1/2) or none; that of U_ext stays where U_ext'' ≠ 0",
        correction="True of Q_cm. U_ext adds the tidal energy Σ_j U_ext''(x_cm(t)) y_j²/2, as "
        "large at every N.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
