"""Claim that the internal energy of the bodies gives only a global phase: the text of section 5."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from zitter.claims.claim import Claim, Judgement, Measurement, Preset, Verdict, verdict_within
from zitter.claims.section2.judging import law_text, verdict_under_condition
from zitter.core.statistics import PowerLaw, power_law_fit
from zitter.kbody.bodies import Bodies, bodies
from zitter.kbody.clusters import centres_of_mass, cluster_energies
from zitter.kbody.newton import adaptive_newton_paths
from zitter.scenarios.style import COLOURS, MARKERS, draw_slope, label_axes, new_figure

_APOCENTRE, _ECCENTRICITY, _HEAVY = 1.5, 0.5, 3.0
_MEMBERS = np.array([0, 0, 1])
_SIZES: dict[Preset, tuple[float, ...]] = {
    "quick": (0.005, 0.01, 0.02, 0.1),
    "default": (0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1),
    "full": (0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1),
}
_PHASES: dict[Preset, int] = {"quick": 3, "default": 8, "full": 16}
_INTERACTIONS = ("gravity", "gravity and opposite charges")
_RIGID, _SOFT, _NUM_TIMES = 0.02, 0.1, 121


def _system(interaction: str) -> tuple[Bodies, float, float]:
    """Two halves and a heavy body; couplings between the halves, and of the whole to the heavy."""
    masses = [0.5, 0.5, _HEAVY]
    if interaction == "gravity":
        return bodies(masses, num_space=2, law="point"), 0.25, _HEAVY
    system = bodies(
        masses, [0.5, 0.5, -_HEAVY], num_space=2, law="point", gravitational_constant=2.0
    )
    return system, 0.25, 3.0 * _HEAVY


def _start(coupling: float, outer: float, size: float, phase: float) -> tuple:
    """Halves on a circle of diameter `size` about their centre, which starts at the apocentre."""
    a = _APOCENTRE / (1.0 + _ECCENTRICITY)
    reduced = _HEAVY / (1.0 + _HEAVY)
    speed = np.sqrt(outer / (reduced * a) * (1.0 - _ECCENTRICITY) / (1.0 + _ECCENTRICITY))
    axis = np.array([np.cos(phase), np.sin(phase)])
    across = np.array([-axis[1], axis[0]])
    spin = np.sqrt(coupling / (0.25 * size))
    centre = np.array([_APOCENTRE, 0.0]) * np.array([[reduced], [reduced - 1.0]])
    drift = np.array([0.0, speed]) * np.array([[reduced], [reduced - 1.0]])
    X0 = np.array([centre[0] + 0.5 * size * axis, centre[0] - 0.5 * size * axis, centre[1]])
    V0 = np.array([drift[0] + 0.5 * spin * across, drift[0] - 0.5 * spin * across, drift[1]])
    return X0, V0, 2.0 * np.pi * np.sqrt(a**3 * reduced / outer)


def _orbit(interaction: str, size: float, phase: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Change of the internal and of the orbital energy over |E_orbit|, and the miss of the path.

    The miss is the largest distance of the centre of mass to its path as a rigid point.
    """
    system, coupling, outer = _system(interaction)
    X0, V0, period = _start(coupling, outer, size, phase)
    times = np.linspace(0.0, period, _NUM_TIMES)
    motion = adaptive_newton_paths(system, X0, V0, times)
    inside, orbit = np.empty(len(times)), np.empty(len(times))
    for n in range(len(times)):
        e = cluster_energies(system, _MEMBERS, motion.X[n], motion.V[n])
        inside[n], orbit[n] = e.internal.sum(), e.bulk_kinetic.sum() + e.mutual_potential
    rigid = bodies(
        [1.0, _HEAVY], [system.charges[:2].sum(), system.charges[2]], num_space=2, law="point",
        gravitational_constant=system.gravitational_constant,
    )  # fmt: skip
    centres = centres_of_mass(system, _MEMBERS, motion.X)
    speeds = centres_of_mass(system, _MEMBERS, motion.V[:1])
    point = adaptive_newton_paths(rigid, centres[0], speeds[0], times)
    scale = abs(orbit[0])
    miss = float(np.max(np.linalg.norm(centres - point.X, axis=-1)))
    return (inside - inside[0]) / scale, (orbit - orbit[0]) / scale, miss


def _run(preset: Preset, seed: int, larger: float = 1.0) -> xr.Dataset:
    """`larger` multiplies the size of every body."""
    sizes, phases = _SIZES[preset], _PHASES[preset]
    angles = np.random.default_rng(seed).uniform(0.0, np.pi, phases)
    shape = (len(_INTERACTIONS), len(sizes), phases)
    inside, orbit, miss = (
        np.empty((*shape, _NUM_TIMES)),
        np.empty((*shape, _NUM_TIMES)),
        np.empty(shape),
    )
    for a, name in enumerate(_INTERACTIONS):
        for n, size in enumerate(sizes):
            for p, angle in enumerate(angles):
                inside[a, n, p], orbit[a, n, p], miss[a, n, p] = _orbit(name, larger * size, angle)
    dims = ("interaction", "size", "preparation")
    return xr.Dataset(
        {
            "internal": ((*dims, "time"), inside, {"unit": "|E_orbit|"}),
            "orbital": ((*dims, "time"), orbit, {"unit": "|E_orbit|"}),
            "miss": (dims, miss, {"unit": "semi-major axis"}),
        },
        coords={"interaction": list(_INTERACTIONS), "size": list(sizes),
                "time": np.linspace(0.0, 1.0, _NUM_TIMES)},
    )  # fmt: skip


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset, seed)


def _planted_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The tight bodies are ten times as large as they are said to be."""
    data = _run(preset, seed)
    small = [s for s in data["size"].values if s <= _RIGID]
    large = _run(preset, seed, 10.0).sel(size=small)
    return xr.concat([large, data.sel(size=data["size"] > _RIGID)], "size")


def _exchanged(data: xr.Dataset) -> xr.DataArray:
    """Largest change of the internal energy along the orbit, mean over the preparations."""
    return np.abs(data.internal).max("time").mean("preparation")


def _measured(data: xr.Dataset, keep: xr.DataArray) -> list[Measurement]:
    found = []
    for name in data.interaction.values:
        for size in data["size"].values[keep.values]:
            here = data.sel(interaction=name, size=size)
            values = np.abs(here.internal).max("time").values
            value, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))
            found.append(
                Measurement("exchanged energy / |E_orbit|", f"{name}, size {size:g}", value, error,
                            "below 2e-3", verdict_within(value, error, high=2e-3))
            )  # fmt: skip
    return found


def _balance(data: xr.Dataset) -> Measurement:
    rest = float(np.abs(data.internal + data.orbital).max())
    return Measurement(
        "largest change of internal plus orbital energy", "all", rest, 1e-12, "below 1e-8",
        verdict_within(rest, 1e-12, high=1e-8),
    )  # fmt: skip


def _law(data: xr.Dataset, name: str) -> PowerLaw:
    exchanged = _exchanged(data.sel(interaction=name))
    return power_law_fit(data["size"].values[:3], exchanged.values[:3])


def _judge(data: xr.Dataset) -> Judgement:
    inside = _measured(data, data["size"] <= _RIGID)
    outside = _measured(data, data["size"] >= _SOFT)
    law = _law(data, data.interaction.values[0])
    largest, least = max(m.value for m in inside), min(m.value for m in outside)
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"exchanged energy {largest:.1e} of the orbit's up to size {_RIGID:g}, "
        f"{least:.1e} or more at {_SOFT:g}",
        uncertainty="standard error over the phases of the halves",
        expected="none if rigid",
        reason=f"Tight bodies exchange {largest:.1e} of the energy of their orbit with their "
        f"inside, loose ones {least:.1e} or more; it grows with the size to the power "
        f"{law_text(law)}.",
        measurements=(*inside, *outside, _balance(data)),
        independent_check="The orbit loses what the inside takes; paths of rigid points",
    )


def _figure(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    exchanged = _exchanged(data)
    for n, name in enumerate(data.interaction.values):
        left.loglog(data["size"], exchanged.sel(interaction=name), MARKERS[n] + "-",
                    color=COLOURS[n], label=str(name))  # fmt: skip
    sizes = data["size"].values
    draw_slope(left, sizes, 2.0, at=(sizes[0], 0.5 * float(exchanged[0, 0])), label="exponent 2")
    label_axes(left, x="size of the body [semi-major axis]", y="exchanged energy / |E_orbit|",
               title="along one orbit, e = 0.5")  # fmt: skip
    here = data.isel(interaction=0, preparation=0)
    for n, size in enumerate((sizes[1], sizes[-1])):
        own = here.sel(size=size)
        right.plot(data.time, own.internal, color=COLOURS[n], label=f"inside, size {size:g}")
        right.plot(data.time, own.orbital, "--", color=COLOURS[n], label=f"orbit, size {size:g}")
    label_axes(right, x="time [orbits]", y="change of energy / |E_orbit|",
               title=str(data.interaction.values[0]))  # fmt: skip
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="internal-energy-is-a-global-phase",
        ledger="L56",
        section="5",
        statement="The internal energy of the bodies can be subtracted: it gives only a global "
        "phase factor.",
        equations=(99, 107),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="no exchange with the orbit",
        correction="If the bodies are rigid; tides exchange energy between the orbit and the "
        "inside.",
        experiment=_experiment,
        judge=_judge,
        figure=_figure,
        planted_defect=_planted_defect,
    ),
)
