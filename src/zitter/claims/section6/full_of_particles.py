"""Claim that a decohered, collapsed body is full of particles, and so has the narrow centre (51).

The bath couples to the centre of mass alone, so that the effective wavefunction of the body is the
conditional packet of the centre of mass times the ground state of its phonons.
"""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.bath.branching_paths import bohm_branching_paths, sampled_configurations
from zitter.bath.branching_wave import branching_wave
from zitter.bath.collapse import conditional_moments, conditional_weights
from zitter.bath.discretisation import discretised
from zitter.bath.packets import Packets
from zitter.bath.spectral_density import SpectralDensity
from zitter.claims.claim import (
    Claim,
    Judgement,
    Measurement,
    Preset,
    Verdict,
    overall,
    verdict_within,
)
from zitter.claims.measures import exponent_measurement
from zitter.core.statistics import ks_distance, power_law_fit
from zitter.forces.moments import pair_correlation, width_ratio
from zitter.scenarios.style import (
    BLACK,
    COLOURS,
    GREY,
    MARKERS,
    draw_slope,
    label_axes,
    new_figure,
)

# edges of the cubes, modes of the bath, draws of a body
_SIZES: dict[str, tuple[tuple[int, ...], int, int]] = {
    "quick": ((2, 4, 6, 8), 20, 600),
    "default": ((2, 3, 4, 6, 8, 10), 40, 3000),
    "full": ((2, 3, 4, 6, 8, 10, 12), 60, 10_000),
}
_BODIES = ("gas", "chain", "lattice", "lattice with its sites")
_SPRINGS = (0.1, 1.0, 10.0, 100.0, 1000.0)
_SPRING, _HALF, _END, _SPACING = 10.0, 3.0, 6.4, 5.0
_LENGTHS = (1.0, 2.0, 4.0, 8.0)


class _Body:
    """N particles with springs between neighbours, in a trap with Ω = m = ħ = 1."""

    def __init__(self, name: str, edge: int, spring: float, sign: float) -> None:
        axes = {"gas": (edge**3,), "chain": (edge**3,)}.get(name, (edge,) * 3)
        values, self.vectors = zip(*(_path_modes(num) for num in axes), strict=True)
        laplacian = sum(np.meshgrid(*values, indexing="ij")).ravel()
        spring = {"gas": 0.0}.get(name, spring)
        if sign < 0.0:
            # as strong as the trap can hold together
            spring = -min(spring, 0.9 / float(np.max(laplacian)))
        self.variances = 0.5 / np.sqrt(1.0 + spring * laplacian)
        self.shape = axes
        inside = _SPACING * (np.arange(edge) - 0.5 * (edge - 1))
        self.sites = np.repeat(inside, edge**2) if "sites" in name else np.zeros(edge**3)

    def width_ratio(self, deviation: float) -> float:
        """N σ_cm²/σ² in closed form for a given width of the centre of mass."""
        num, square = self.variances.size, deviation**2
        inside = np.sum(self.variances[1:]) / num + np.mean(self.sites**2)
        return float(num * square / (square + inside))

    def drawn(self, x_cm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Positions along one axis, (draws, N), with given centres of mass."""
        num = self.variances.size
        modes = rng.normal(size=(x_cm.size, num)) * np.sqrt(self.variances)
        # the lowest mode is the sum of all particles, over √N
        modes[:, 0] = np.sqrt(num) * x_cm
        modes = modes.reshape(-1, *self.shape)
        for axis, vectors in enumerate(self.vectors, start=1):
            modes = np.moveaxis(np.tensordot(modes, vectors, axes=(axis, 1)), -1, axis)
        return modes.reshape(-1, num) + self.sites


def _path_modes(num: int) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues and eigenvectors of Σ (u_{i+1} - u_i)² on a chain with free ends."""
    k, i = np.arange(num), np.arange(num) + 0.5
    vectors = np.cos(np.pi * np.outer(i, k) / num) * np.sqrt(2.0 / num)
    vectors[:, 0] = np.sqrt(1.0 / num)
    return 4.0 * np.sin(0.5 * np.pi * k / num) ** 2, vectors


def _collapsed(num: int, num_modes: int, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    """Centres of mass of a cat of N particles, drawn before and after its collapse in a bath."""
    density = SpectralDensity(0.1, 4.0, shape="exponential", mass=float(num))
    cat = Packets([-_HALF, _HALF], np.sqrt(0.5 / num))
    wave = branching_wave(discretised(density, num_modes), float(num), 1.0, cat)
    q0 = sampled_configurations(wave, max(draws, 8), rng)
    paths = bohm_branching_paths(wave, q0[:8], [0.0, _END], 160)
    mean, deviation = (part[-1, 0] for part in conditional_moments(wave, paths))
    weight = np.min(conditional_weights(wave, paths)[-1], axis=-1)
    return {
        "before": q0[:draws, 0] / np.sqrt(num),
        "after": mean + deviation * rng.normal(size=draws),
        "deviation": float(deviation),
        "undecided": float(np.max(weight)),
    }


def _measured(x: np.ndarray) -> tuple[float, float, float]:
    """Width ratio N σ_cm²/σ², pair correlation, and median distance of one run to the marginal."""
    pooled = np.sort(x.ravel())
    ranks = (np.arange(pooled.size) + 0.5) / pooled.size
    distances = [ks_distance(run, lambda v: np.interp(v, pooled, ranks)) for run in x[:60]]
    return width_ratio(x), pair_correlation(x), float(np.median(distances))


def _force_error(x_cm: np.ndarray, length: float) -> float:
    """|⟨U'(x_cm)⟩/U'(⟨x_cm⟩) - 1| for U = cos(x/L), at a point of steepest slope."""
    return float(1.0 - np.mean(np.cos((x_cm - np.mean(x_cm)) / length)))


def _run(preset: Preset, seed: int, sign: float) -> xr.Dataset:
    """Springs that pull, or with `sign` -1 push."""
    edges, num_modes, draws = _SIZES[preset]
    rng = np.random.default_rng([seed, 10])
    found = np.empty((len(edges), len(_BODIES) + 1, 3))
    widths, errors, undecided, closed = [], [], [], []
    for k, edge in enumerate(edges):
        centre = _collapsed(edge**3, num_modes, draws, rng)
        bodies = [_Body(name, edge, _SPRING, sign) for name in _BODIES]
        closed.append([body.width_ratio(centre["deviation"]) for body in bodies])
        for j, body in enumerate(bodies):
            found[k, j] = _measured(body.drawn(centre["after"], rng))
        found[k, -1] = _measured(_Body("gas", edge, 0.0, 1.0).drawn(centre["before"], rng))
        widths.append([np.std(centre["before"]), np.std(centre["after"])])
        errors.append([[_force_error(centre[w], L) for L in _LENGTHS] for w in ("before", "after")])
        undecided.append(centre["undecided"])
    dial = [
        [
            _measured(_Body(name, edges[-1], spring, sign).drawn(centre["after"], rng))[0]
            for spring in _SPRINGS
        ]
        for name in ("chain", "lattice")
    ]
    ratio, correlation, distance = np.moveaxis(found, -1, 0)
    dims = ("num_particles", "body")
    return xr.Dataset(
        {
            "ratio": (dims, ratio, {"unit": "1"}),
            "closed_ratio": (("num_particles", "drawn"), np.array(closed), {"unit": "1"}),
            "pair_correlation": (dims, correlation, {"unit": "1"}),
            "distance": (dims, distance, {"unit": "1"}),
            "width": (("num_particles", "moment"), np.array(widths), {"unit": "x0"}),
            "force_error": (("num_particles", "moment", "length"), errors, {"unit": "1"}),
            "undecided": ("num_particles", np.array(undecided), {"unit": "1"}),
            "dial": (("bound", "spring"), np.array(dial), {"unit": "1"}),
        },
        coords={
            "num_particles": [edge**3 for edge in edges],
            "body": [*_BODIES, "cat of a gas"],
            "drawn": list(_BODIES),
            "moment": ["before", "after"],
            "length": ("length", list(_LENGTHS), {"unit": "x0"}),
            "bound": ["chain", "lattice"],
            "spring": ("spring", list(_SPRINGS), {"unit": "m Omega^2"}),
        },
        attrs={"draws": draws, "spring_of_bodies": _SPRING},
    )


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed, 1.0)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Springs of the opposite sign: neighbours repel, as far as the trap holds them."""
    return _run(preset, seed, -1.0)


def _judge(data: xr.Dataset) -> Judgement:
    widths = [_ratio(data, str(name)) for name in _BODIES]
    last = data.isel(num_particles=-1)
    collapse = _limited("largest smaller weight", "after the collapse, all N", data.undecided, 1e-3)
    full = exponent_measurement(
        "exponent of the distance (46)",
        "gas, after the collapse",
        power_law_fit(data.num_particles.values, data.distance.sel(body="gas").values),
        -0.5,
        0.15,
    )
    force = _law_of_the_force(data)
    bound = last.sel(body=["chain", "lattice"])
    correlation = bound.pair_correlation * (int(last.num_particles) - 1)
    narrow = float(last.width.sel(moment="after"))
    return Judgement(
        verdict=overall([collapse, *widths]),
        measured="Nσ_cm²/σ² after the collapse: "
        + ", ".join(f"{m.value:.2g} ({m.regime.split(',')[0]})" for m in widths),
        uncertainty=f"{100.0 * np.sqrt(2.0 / data.attrs['draws']):.0f}% each",
        expected="at most 1, by (51)",
        reason=f"The bath leaves one packet of the centre of mass of width {narrow:.2g} x₀ "
        f"whatever holds the body together; (N - 1) r is {float(correlation[0]):.2g} in the chain "
        f"and {float(correlation[1]):.2g} in the lattice, so that Nσ_cm²/σ² is "
        f"{widths[1].value:.2g} and {widths[2].value:.2g}; Newton's force at the centre errs by "
        f"{force.value:.2f} (σ_cm/L)²/2.",
        measurements=(
            collapse,
            *widths,
            full,
            _cat(data),
            force,
        ),
        independent_check="draws against the sum over phonons, largest difference "
        f"{_largest_difference(data):.1f} standard errors",
    )


def _largest_difference(data: xr.Dataset) -> float:
    ratio = data.ratio.isel(body=slice(0, len(_BODIES))).values / data.closed_ratio.values
    return float(np.max(np.abs(ratio - 1.0)) / np.sqrt(2.0 / data.attrs["draws"]))


def _limited(name: str, regime: str, values: xr.DataArray, limit: float) -> Measurement:
    value = float(values.max())
    verdict = verdict_within(value, 1e-3 * limit, high=limit)
    return Measurement(name, regime, value, 1e-3 * limit, f"below {limit:g}", verdict)


def _ratio(data: xr.Dataset, name: str) -> Measurement:
    last = data.isel(num_particles=-1)
    value = float(last.ratio.sel(body=name))
    error = value * float(np.sqrt(2.0 / data.attrs["draws"]))
    # a tenth above 1 would still be the width of particles that do not know of each other
    verdict = verdict_within(value, error, high=1.0 + max(0.1, 3.0 * error))
    regime = f"{name}, N = {int(last.num_particles)}"
    return Measurement("N σ_cm²/σ² (51)", regime, value, error, "at most 1", verdict)


def _cat(data: xr.Dataset) -> Measurement:
    """Distance (46) of a run of the cat before the collapse, which does not fall with N."""
    values = data.distance.sel(body="cat of a gas").values
    value, error = float(values[-1]), 0.02
    verdict = verdict_within(value, error, low=0.4)
    return Measurement(
        "distance (46)", "cat of a gas, before the collapse", value, error, "1/2", verdict
    )


def _law_of_the_force(data: xr.Dataset) -> Measurement:
    """Error of Newton's force over (σ_cm/L)²/2, over all collapsed bodies with σ_cm < L/10."""
    small = data.width.sel(moment="after") / data.length
    share = (data.force_error.sel(moment="after") / (0.5 * small**2)).where(small < 0.1)
    value, spread = float(share.mean()), float(share.std())
    verdict = verdict_within(value, 0.0, 0.9, 1.1)
    regime = "after the collapse, σ_cm < L/10"
    return Measurement("force error / (σ_cm/L)²/2", regime, value, spread, 1.0, verdict)


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, middle, right) = new_figure(3, width=13.2, height=4.1)
    counts = data.num_particles.values
    names = ("cat of a gas", *_BODIES)
    for name, colour, marker in zip(names, (BLACK, *COLOURS), MARKERS, strict=False):
        text = f"{name}, before" if name == names[0] else name
        left.plot(counts, data.distance.sel(body=name), marker + "-", color=colour, label=text)
    draw_slope(
        left, counts, -0.5, at=(counts[0], float(data.distance.sel(body="gas")[0])), label="∝ N^-½"
    )
    left.set_ylim(bottom=0.5 * float(data.distance.min()))
    left.legend(fontsize=8.5, loc="lower left")
    spring = data.spring.values
    middle.axhline(1.0, color=GREY, linestyle="--", label="bound (51)")
    gas = float(data.ratio.sel(body="gas")[-1])
    middle.plot(spring, 0.0 * spring + gas, color=COLOURS[0], label="gas (no springs)")
    for name, colour, marker in zip(data.bound.values, COLOURS[1:], MARKERS[2:], strict=False):
        middle.plot(spring, data.dial.sel(bound=name), marker + "-", color=colour, label=str(name))
    for moment, colour, marker in (("before", BLACK, "o"), ("after", COLOURS[0], "s")):
        size = data.width.sel(moment=moment) / data.length
        error = data.force_error.sel(moment=moment)
        text = {"before": "cat", "after": "collapsed, any body"}[moment]
        right.plot(size.values.ravel(), error.values.ravel(), marker, color=colour, label=text)
    ends = np.array([float(size.min()), 1.0])
    draw_slope(right, ends, 2.0, at=(1.0, 0.5), label="(σ_cm/L)²/2")
    for ax in (left, middle, right):
        ax.set_xscale("log")
        ax.set_yscale("log")
    label_axes(
        left,
        x="number of particles N",
        y="distance of one run to the marginal [1]",
        title="Full of particles (46): one run",
        legend=False,
    )
    label_axes(
        middle,
        x="spring between neighbours [mΩ²]",
        y="N σ_cm²/σ² [1]",
        title=f"Width ratio (51), N = {counts[-1]}, same bath",
    )
    label_axes(
        right,
        x="σ_cm/L [1]",
        y="error of Newton's force [1]",
        title="Newton's force against σ_cm/L(U)",
    )
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="decohered-bodies-are-full-of-particles",
        ledger="L10",
        section="6",
        statement="A macroscopic body that its surroundings have decohered is full of particles, "
        "and so its centre of mass is as narrow as (51) says.",
        equations=(46, 51),
        predicted=Verdict.FAILS,
        expected="Nσ_cm²/σ² is 1 for a gas, above 1 for bound bodies",
        correction="The bath fixes the width of the centre of mass alone; forces between the "
        "particles fix σ and the pair correlation r, which is positive in a bound body. What is "
        "needed for Newton's law is σ_cm << L(U).",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
