"""Claims on extended bodies: others as a slowly varying field (L47), binding of their own (L68)."""

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
from zitter.claims.section2.judging import law_text, verdict_under_condition
from zitter.claims.section4.bound_states import (
    draw_quantum,
    quantum_bodies,
    quantum_measurements,
)
from zitter.core.statistics import power_law_fit
from zitter.kbody.bodies import Bodies, bodies
from zitter.kbody.clusters import (
    centre_force_error,
    centres_of_mass,
    cluster_energies,
    tidal_force_error,
)
from zitter.kbody.newton import newton_paths
from zitter.scenarios.style import COLOURS, GREY, MARKERS, draw_slope, label_axes, new_figure
from zitter.system.potentials import Harmonic, Quartic

_DISTANCES = np.array([5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0])
_FAR = 3
_SHAPES = ("dumbbell", "cloud of 50")
_KINDS = ("gravity", "charges")


def _system(kind: str, num: int, charge: float) -> Bodies:
    """`num` particles of one body, and a distant one of mass or charge 1 without the other."""
    masses = np.append(np.full(num, 1.0 / num), 1.0)
    if kind == "gravity":
        return bodies(masses, softening=0.05)
    return bodies(
        masses, np.append(np.full(num, charge / num), 1.0), gravitational_constant=0.0,
        softening=0.05,
    )  # fmt: skip


def _shape(name: str, rng: np.random.Generator) -> np.ndarray:
    """Particles of a body of size 1 about their centre of mass; the dumbbell on the first axis."""
    if name == "dumbbell":
        return np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    X = rng.normal(size=(50, 3))
    return (X - X.mean(axis=0)) / np.sqrt(np.mean(np.sum((X - X.mean(axis=0)) ** 2, axis=1)))


def _force_errors(seed: int, shift: float) -> np.ndarray:
    """(kind, shape, distance), with the points `shift` beyond the centres of mass."""
    errors = np.zeros((2, 2, len(_DISTANCES)))
    for n, kind in enumerate(_KINDS):
        for k, name in enumerate(_SHAPES):
            own = _shape(name, np.random.default_rng(seed))
            members = np.append(np.zeros(len(own), int), 1)
            system = _system(kind, len(own), -1.0)._replace(softening=0.0)
            for d, distance in enumerate(_DISTANCES):
                X = np.vstack([own, [[distance, 0.0, 0.0]]])
                place = centres_of_mass(system, members, X)[0] + [shift, 0.0, 0.0]
                errors[n, k, d] = centre_force_error(system, members, X, 0, place)
    return errors


def _flyby(distance: float) -> float:
    """Internal energy that a bound pair takes up from a heavy body passing at `distance`."""
    system = bodies([0.5, 0.5, 3.0], softening=0.05)
    v = np.sqrt(0.25)
    X0 = np.array([[-0.5, 0.0, 0.0], [0.5, 0.0, 0.0], [-4.0 * distance, distance, 0.0]])
    V0 = np.array([[0.0, v, 0.0], [0.0, -v, 0.0], [2.0, 0.0, 0.0]])
    m = newton_paths(system, X0, V0, [0.0, 4.0 * distance], time_step=0.05, method="yoshida6")
    energies = [cluster_energies(system, [0, 0, 1], m.X[n], m.V[n]).internal[0] for n in (0, 1)]
    return abs(energies[1] / energies[0] - 1.0)


def _field_experiment(preset: Preset, seed: int, shift: float = 0.0) -> xr.Dataset:
    passes = {"quick": 4, "default": 8, "full": 16}[preset]
    flyby = np.geomspace(2.0, 8.0, passes)
    return xr.Dataset(
        {
            "error": (("kind", "shape", "distance"), _force_errors(seed, shift), {"unit": "1"}),
            "expected": (("distance",), [tidal_force_error(r, 1.0) for r in _DISTANCES]),
            "heating": (("flyby",), [_flyby(b) for b in flyby], {"unit": "internal energy"}),
        },
        coords={
            "kind": list(_KINDS), "shape": list(_SHAPES), "distance": _DISTANCES, "flyby": flyby,
        },
    )  # fmt: skip


def _field_defect(preset: Preset, seed: int) -> xr.Dataset:
    """The field is taken one size away from the centre of mass."""
    return _field_experiment(preset, seed, shift=1.0)


def _judge_field(data: xr.Dataset) -> Judgement:
    found = []
    for kind in data.kind.values:
        for shape in data["shape"].values:
            values = data.error.sel(kind=kind, shape=shape).values[_FAR:]
            law = power_law_fit(data.distance.values[_FAR:], values)
            found.append(
                exponent_measurement("exponent of the error in r", f"{kind}, {shape}", law, -2.0)
            )
        last = float(data.error.sel(kind=kind, shape="dumbbell")[-1] / data.expected[-1])
        near = float(data.error.sel(kind=kind, shape="dumbbell")[-2] / data.expected[-2])
        error = abs(last - near) / 3.0
        found.append(
            Measurement(
                "error / (d/L)²/2", f"{kind}, r = {data.distance.values[-1]:g} d", last, error,
                1.0, verdict_within(last, error, 0.98, 1.02),
            )
        )  # fmt: skip
    worst = float(data.error[..., -1].max())
    heating = data.heating.values
    return Judgement(
        verdict=overall(found),
        measured=f"exponent {found[0].value:.3f}, coefficient "
        f"{with_uncertainty(found[2].value, found[2].uncertainty)}",
        uncertainty="scatter about the law; change from half the distance",
        expected="-2 and 1, with L = r/√6",
        reason=f"The force on a body is that at its centre up to {worst:.0e} at r = "
        f"{data.distance.values[-1]:g} sizes, and the error falls as (d/L)²; a passing body heats "
        f"a bound pair by {heating[0]:.1e} of its energy at {data.flyby.values[0]:g} and by "
        f"{heating[-1]:.0e} at {data.flyby.values[-1]:g} separations.",
        measurements=tuple(found),
        independent_check="closed form 3d²/r² of a dumbbell",
    )


def _figure_field(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    n = 0
    for kind in data.kind.values:
        for shape in data["shape"].values:
            left.loglog(
                data.distance, data.error.sel(kind=kind, shape=shape), MARKERS[n],
                color=COLOURS[n], label=f"{kind}, {shape}",
            )  # fmt: skip
            n += 1
    left.loglog(data.distance, data.expected, "--", color=GREY, label="(d/L)²/2")
    label_axes(left, x="distance r [size d]", y="relative error of the force", title="at rest")
    right.semilogy(data.flyby, data.heating, "o-", color=COLOURS[0])
    label_axes(
        right, x="closest approach [separation]", y="change of internal energy", title="fly-by"
    )
    return figure


_SIZES = np.array([0.2, 0.1, 0.05])
_FIELDS = ("uniform + harmonic", "quartic")


def _bound_body(size: float, num: int, field: str, charge_ratios: np.ndarray) -> Bodies:
    """`num` softly gravitating particles in an external field that acts on their charges."""
    U = Harmonic(1.0, [0.3, 0.0]) if field == _FIELDS[0] else Quartic(1.0)
    masses = np.full(num, 1.0 / num)
    return bodies(
        masses, masses * charge_ratios, num_space=2, law="point", softening=size,
        gravitational_constant=4.0 * size**3, coulomb_constant=0.0, U_charge=U,
    )  # fmt: skip


def _deviation(size: float, num: int, field: str, end: float, ratios: np.ndarray) -> float:
    """Distance of the centre of mass from the path of a point, largest over the times."""
    angles = 2.0 * np.pi * np.arange(num) / num
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    X0 = size * ring + np.array([1.0, 0.2])
    V0 = 0.5 * size * np.stack([-ring[:, 1], ring[:, 0]], axis=1)
    times = np.linspace(0.0, end, 9)
    system = _bound_body(size, num, field, ratios)
    body = newton_paths(system, X0, V0, times, time_step=0.02, method="yoshida4")
    point = _bound_body(size, 1, field, np.ones(1))
    alone = newton_paths(point, np.array([[1.0, 0.2]]), np.zeros((1, 2)), times, time_step=0.02,
                         method="yoshida4")  # fmt: skip
    centres = centres_of_mass(system, np.zeros(num, int), body.X)
    return float(np.max(np.abs(centres - alone.X)))


def _binding_experiment(preset: Preset, seed: int, uneven: float = 0.0) -> xr.Dataset:
    end = {"quick": 1.0, "default": 4.0, "full": 8.0}[preset]
    counts = (2, 3)
    result = np.zeros((2, 2, len(_SIZES)))
    for n, field in enumerate(_FIELDS):
        for k, num in enumerate(counts):
            ratios = 1.0 + uneven * np.linspace(-1.0, 1.0, num)
            for s, size in enumerate(_SIZES):
                result[n, k, s] = _deviation(size, num, field, end, ratios)
    classical = xr.Dataset(
        {"deviation": (("field", "count", "size"), result, {"unit": "length"})},
        coords={"field": list(_FIELDS), "count": list(counts), "size": _SIZES},
    )
    return classical.merge(quantum_bodies(preset, uneven))


def _binding_defect(preset: Preset, seed: int) -> xr.Dataset:
    """Particles whose charges are not in proportion to their masses."""
    return _binding_experiment(preset, seed, uneven=0.5)


def _judge_binding(data: xr.Dataset) -> Judgement:
    inside, outside, laws = [], [], []
    for field, into in zip(data.field.values, (inside, outside), strict=True):
        for num in data["count"].values:
            values = data.deviation.sel(field=field, count=num).values
            into.append(
                Measurement(
                    "distance of x_cm from the path of a point", f"{field}, N = {num}",
                    float(values[0]), 1e-12, "below 1e-9",
                    verdict_within(float(values[0]), 1e-12, -1e-11, 1e-9),
                )
            )  # fmt: skip
            if into is outside:
                laws.append(power_law_fit(data["size"].values, values))
    in_quadratic, in_quartic = (quantum_measurements(data, f) for f in data.quantum_field.values)
    inside, outside = [*inside, *in_quadratic], [*outside, *in_quartic]
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"{max(m.value for m in inside):.0e} in fields at most quadratic, "
        f"{outside[0].value:.1e} in a quartic one",
        uncertainty="round-off",
        expected="0",
        reason="Whatever binds a body drops out of the path of its centre of mass in a field at "
        "most quadratic; in a quartic one the tide moves it by "
        f"{outside[0].value:.1e} at size {data['size'].values[0]:g}, as size^{law_text(laws[0])}; "
        f"quantum bodies likewise, with densities that differ by {in_quadratic[0].value:.0e} and "
        f"{in_quartic[0].value:.0e}.",
        measurements=(*inside, *outside),
        independent_check="the point takes the path of one particle in the same field",
    )


def _figure_binding(data: xr.Dataset) -> Figure:
    figure, (ax, right) = new_figure(2)
    n = 0
    for field in data.field.values:
        for num in data["count"].values:
            values = np.maximum(data.deviation.sel(field=field, count=num), 1e-17)
            ax.loglog(
                data["size"],
                values,
                MARKERS[n] + "-",
                color=COLOURS[n],
                label=f"{field}, N = {num}",
            )
            n += 1
    top = float(data.deviation.max())
    draw_slope(ax, data["size"].values, 2.0, at=(float(data["size"][0]), top), label="∝ size²")
    label_axes(
        ax, x="size of the body", y="|x_cm - path of a point|",
        title="classical bodies in external fields",
    )  # fmt: skip
    draw_quantum(right, data)
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="other-bodies-are-a-slow-external-field",
        ledger="L47",
        section="4",
        statement="To one body the others look like a slowly varying external potential, as their "
        "distances are much larger than its size.",
        equations=(99, 100),
        predicted=Verdict.HOLDS,
        expected="error (d/L)²/2, L = r/√6",
        correction="",
        experiment=_field_experiment,
        judge=_judge_field,
        figure=_figure_field,
        planted_defect=_field_defect,
    ),
    Claim(
        id="self-bound-bodies-are-covered",
        ledger="L68",
        section="3.3",
        statement="Bodies that are bound by their own gravity are covered too: it drops out of the "
        "motion of the centre of mass.",
        equations=(76, 99),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="the centre of mass moves as a point",
        correction="For external fields at most quadratic over the body; otherwise the tidal terms "
        "of (76) remain.",
        experiment=_binding_experiment,
        judge=_judge_binding,
        figure=_figure_binding,
        planted_defect=_binding_defect,
    ),
)
