"""Claims on the phases of single bodies: S^K as a sum (98), and a phase as of light in a medium."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.integrate import simpson

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
from zitter.claims.section4.pairs import (
    GRAVITY,
    REPULSION,
    STEP,
    at_rest,
    pair,
    shot,
    shot_in_fixed_fields,
)
from zitter.kbody.bodies import Bodies, bodies
from zitter.kbody.direct_sum import accelerations, body_potentials
from zitter.kbody.newton import newton_paths
from zitter.kbody.packets import body_phases, phase_hessian
from zitter.kbody.tangent import TangentMap, product_tangent_map, tangent_map
from zitter.scenarios.style import COLOURS, GREY, label_axes, new_figure
from zitter.system.constants import GRAVITATIONAL_CONSTANT, HBAR

_TIMES = {"quick": 5, "default": 17, "full": 33}
_END, _H = 0.4, 1e-3


def _mixed_slope(system: Bodies, motion: TangentMap, h: float, shoot: Callable) -> float:
    """∂²S^K/∂x₁∂x₂ at the bodies, from S^K at four neighbouring places."""
    start = at_rest()[0]
    time = float(motion.times[-1])
    total = 0.0
    for a in (1.0, -1.0):
        for b in (1.0, -1.0):
            end = motion.X[-1] + h * np.array([[a, 0.0], [b, 0.0]])
            total += a * b * shoot(system, end, time, start).action
    return total / (4.0 * h**2)


def _slopes(system: Bodies, motion: TangentMap, h: float, shoot: Callable) -> np.ndarray:
    """∂S^K/∂x₁, ∂S^K/∂x₂ at the bodies, by differences of S^K of order 4."""
    start, result = at_rest()[0], np.zeros(2)
    for i in range(2):
        for step, weight in ((1, 8.0), (-1, -8.0), (2, -1.0), (-2, 1.0)):
            end = motion.X[-1].copy()
            end[i, 0] += step * h
            action = shoot(system, end, float(motion.times[-1]), start).action
            result[i] += weight * action / (12.0 * h)
    return result


def _momenta(system: Bodies, force: float) -> np.ndarray:
    """Momenta along the first axis at the end of a run under `force` times the mutual force."""
    weak = system._replace(
        gravitational_constant=force * system.gravitational_constant,
        coulomb_constant=force * system.coulomb_constant,
    )
    path = newton_paths(weak, *at_rest(), [0.0, _END], time_step=STEP, method="yoshida6")
    return system.masses * path.V[-1, :, 0]


def _path_error(system: Bodies, motion: TangentMap) -> np.ndarray:
    """|Σ Sⁱ/S^K - 1| for S^K = ∫L dt by Simpson's rule along a Newton path, and its error."""
    times = np.linspace(0.0, motion.times[-1], 401)
    path = newton_paths(system, *at_rest(), times, time_step=STEP, method="yoshida6")
    L = [
        0.5 * np.sum(system.masses[:, None] * V**2) - np.sum(body_potentials(system, X))
        for X, V in zip(path.X, path.V, strict=True)
    ]
    own = body_phases(motion)[-1].sum()
    fine, rough = simpson(L, x=times), simpson(L[::2], x=times[::2])
    return np.array([abs(own / fine - 1.0), abs(fine / rough - 1.0) / 15.0])


def _run(preset: Preset, *, fixed_fields: bool = False, force: float = 1.0) -> xr.Dataset:
    """Derivatives of S^K, with momenta of paths under `force` times the mutual force."""
    times = np.linspace(0.0, _END, _TIMES[preset])
    names = (GRAVITY, REPULSION)
    tangents, shoot = tangent_map, shot
    if fixed_fields:
        tangents, shoot = product_tangent_map, shot_in_fixed_fields
    cross, own = np.zeros((2, len(times))), np.zeros((2, len(times)))
    mixed, finer, slope, half = (np.zeros(2) for _ in range(4))
    path = np.zeros((2, 2))
    for n, name in enumerate(names):
        system = pair(name)
        motion = tangents(system, *at_rest(), times, time_step=STEP)
        H = phase_hessian(motion)
        cross[n], own[n] = H[:, 0, 2], H[:, 0, 0]
        mixed[n] = _mixed_slope(system, motion, 4.0 * _H, shoot)
        finer[n] = _mixed_slope(system, motion, 2.0 * _H, shoot)
        path[n] = _path_error(system, motion)
        momenta = _momenta(system, force)
        slope[n] = np.max(np.abs(_slopes(system, motion, 5.0 * _H, shoot) / momenta - 1.0))
        half[n] = np.max(np.abs(_slopes(system, motion, 10.0 * _H, shoot) / momenta - 1.0))
    first = np.array([-2.0, 2.0])
    return xr.Dataset(
        {
            "cross": (("interaction", "time"), cross, {"unit": "mass/time"}),
            "own": (("interaction", "time"), own, {"unit": "mass/time"}),
            "mixed": (("interaction",), mixed, {"unit": "mass/time"}),
            "mixed_finer": (("interaction",), finer, {"unit": "mass/time"}),
            "first_order": (("interaction",), first, {"unit": "mass/time^2"}),
            "path_error": (("interaction",), path[:, 0], {"unit": "1"}),
            "path_uncertainty": (("interaction",), path[:, 1], {"unit": "1"}),
            "slope_error": (("interaction",), slope, {"unit": "1"}),
            "slope_error_coarse": (("interaction",), half, {"unit": "1"}),
            "refraction": (("mass",), _refraction(), {"unit": "1"}),
        },
        coords={"interaction": list(names), "time": times, "mass": _MASSES},
    )


_MASSES = np.array([1e-15, 1e-12, 1e-9, 1e-6])


def _refraction() -> np.ndarray:
    """|dλ/dx| of the wave of a body that passes a body of equal mass, in SI.

    The distance is a hundred radii of a ball of the density of glass, the speed a tenth of that of
    a circular orbit.
    """
    result = []
    for mass in _MASSES:
        radius = (3.0 * mass / (4.0 * np.pi * 2500.0)) ** (1.0 / 3.0)
        distance = 100.0 * radius
        system = bodies([mass, mass], gravitational_constant=GRAVITATIONAL_CONSTANT)
        X = np.array([[0.0, 0.0, 0.0], [distance, 0.0, 0.0]])
        force = mass * np.linalg.norm(accelerations(system, X)[0])
        momentum = 0.1 * mass * np.sqrt(2.0 * GRAVITATIONAL_CONSTANT * mass / distance)
        # λ = 2πħ/p and dp/dx = M F/p.
        result.append(2.0 * np.pi * HBAR * mass * force / momentum**3)
    return np.array(result)


def _experiment(preset: Preset, seed: int) -> xr.Dataset:
    return _run(preset)


def _bodies_in_fixed_fields(preset: Preset, seed: int) -> xr.Dataset:
    """Each body flies in the field of the other one's fixed path, tides and phases alike."""
    return _run(preset, fixed_fields=True)


def _paths_of_half_the_force(preset: Preset, seed: int) -> xr.Dataset:
    """The momenta are of bodies that move by the printed half of the force."""
    return _run(preset, force=0.5)


def _field_measurements(data: xr.Dataset) -> list[Measurement]:
    found = []
    for name in data.interaction.values:
        here = data.sel(interaction=name)
        own = float(here.own[-1])
        value = abs(float(here.mixed_finer) / own)
        error = abs(float(here.mixed) - float(here.mixed_finer)) / abs(own) / 3.0 + 1e-9
        found.append(
            Measurement(
                "|∂²S/∂x₁∂x₂| / |∂²S/∂x₁²|", f"{name}, as fields", value, error,
                "0 for a sum, below 0.01", verdict_within(value, error, -1e-6, 0.01),
            )
        )  # fmt: skip
    return found


def _path_measurements(data: xr.Dataset) -> list[Measurement]:
    found = []
    for n, name in enumerate(data.interaction.values):
        value, error = float(data.path_error[n]), float(data.path_uncertainty[n])
        found.append(
            Measurement(
                "|Σ Sⁱ / S^K - 1|", f"{name}, along the path", value, error, "below 1e-8",
                verdict_within(value, error, -1e-8, 1e-8),
            )
        )  # fmt: skip
    return found


def _judge_sum(data: xr.Dataset) -> Judgement:
    fields, paths = _field_measurements(data), _path_measurements(data)
    start = float(data.cross[0, 1] / (data.first_order[0] * data.time[1]))
    first = fields[0]
    return Judgement(
        verdict=overall(fields),
        measured=f"mixed / own derivative {with_uncertainty(first.value, first.uncertainty)}; "
        f"along the path {paths[0].value:.0e}",
        uncertainty="two step sizes of the differences",
        expected="0 for a sum of one-body fields",
        reason=f"The mixed derivative of S^K is {first.value:.2f} times the derivative by the "
        f"body's own place, and begins as {start:.3f} times -2GM²t/r³; the sum of the phases "
        f"equals S^K along the paths to {max(p.value for p in paths):.0e}.",
        measurements=(*fields, *paths),
        independent_check="differences of S^K at four places against the tangent map: "
        f"{float(np.max(np.abs(data.mixed_finer / data.cross[:, -1] - 1.0))):.0e}",
    )


def _judge_medium(data: xr.Dataset) -> Judgement:
    inside = []
    for n, name in enumerate(data.interaction.values):
        value = float(data.slope_error[n])
        error = abs(float(data.slope_error_coarse[n]) - value) / 15.0 + 1e-10
        inside.append(
            Measurement(
                "|∂S/∂xⁱ / pⁱ - 1|", f"{name}, on the path", value, error, "below 1e-6",
                verdict_within(value, error, -1e-6, 1e-6),
            )
        )  # fmt: skip
    for mass, value in zip(data.mass.values, data.refraction.values, strict=True):
        if mass >= 1e-9:
            inside.append(
                Measurement(
                    "|dλ/dx|", f"{mass:.0e} kg, slow medium", float(value), float(1e-12 * value),
                    "below 1e-3", verdict_within(value, 1e-12 * value, 0.0, 1e-3),
                )
            )  # fmt: skip
    outside = _field_measurements(data)
    return Judgement(
        verdict=verdict_under_condition(inside, outside),
        measured=f"∂S/∂x = p to {max(m.value for m in inside[:2]):.0e} on the path; |dλ/dx| "
        f"{inside[2].value:.0e} at {data.mass.values[2]:.0e} kg; mixed / own derivative "
        f"{outside[0].value:.2f}",
        uncertainty="two step sizes of the differences",
        expected="0 and 0 on the path; 0 for a phase of its own place alone",
        reason="On the path the slope of the phase is the momentum to "
        f"{max(m.value for m in inside[:2]):.0e} and the wavelength changes over itself by "
        f"{inside[-1].value:.0e} at {data.mass.values[-1]:.0e} kg; the phase of a body at "
        f"its place shifts with the place of the other body "
        f"{outside[0].value:.2f} times as much as with its own.",
        measurements=(*inside, *outside),
        independent_check="slopes of S^K found by shooting, against momenta of the paths",
    )


def _figure_sum(data: xr.Dataset) -> Figure:
    figure, (ax,) = new_figure()
    for n, name in enumerate(data.interaction.values):
        ax.plot(data.time, data.cross[n], "-", color=COLOURS[n], label=f"mixed, {name}")
        ax.plot(data.time, data.own[n], ":", color=COLOURS[n], label=f"own, {name}")
        ax.plot(data.time[-1], data.mixed_finer[n], "o", color=COLOURS[n])
        line = data.first_order[n] * data.time
        ax.plot(data.time, line, "--", color=GREY, label="∓2GM²t/r³" if n == 0 else None)
    label_axes(ax, x="time [√(r³/GM)]", y="∂²S/∂x∂x [M√(GM/r³)]", title="second derivatives of S^K")
    return figure


def _figure_medium(data: xr.Dataset) -> Figure:
    figure, (left, right) = new_figure(2)
    for n, name in enumerate(data.interaction.values):
        ratio = np.abs(data.cross[n, 1:] / data.own[n, 1:])
        left.plot(data.time[1:], ratio, "o-", color=COLOURS[n], label=f"mixed / own, {name}")
    left.set_ylim(0.0, 1.6)
    label_axes(left, x="time [√(r³/GM)]", y="ratio of derivatives of S", title="as a field")
    right.loglog(data.mass, data.refraction, "s-", color=COLOURS[2], label="|dλ/dx|")
    right.axhline(1.0, color=GREY, linestyle="--", label="wavelength changes over itself")
    label_axes(right, x="mass of the body [kg]", y="|dλ/dx|", title="along the path")
    return figure


CLAIMS: tuple[Claim, ...] = (
    Claim(
        id="phase-of-bodies-is-a-sum",
        ledger="L45",
        section="4",
        statement="The phase of K bodies is a sum of one phase for each body.",
        equations=(96, 98),
        predicted=Verdict.FAILS,
        expected="no mixed derivative",
        correction="A sum along the trajectory only; as a field it has ∂²S/∂x₁∂x₂ = -2GM₁M₂t/r³ "
        "at first.",
        experiment=_experiment,
        judge=_judge_sum,
        figure=_figure_sum,
        planted_defect=_bodies_in_fixed_fields,
    ),
    Claim(
        id="phase-as-of-light-in-a-medium",
        ledger="L66",
        section="4",
        statement="The phase of one body varies slowly with the potentials of the others, like "
        "that of light in a medium of slowly varying index.",
        equations=(98, 101),
        predicted=Verdict.HOLDS_WITH_CORRECTION,
        expected="slope p on the path, |dλ/dx| ≪ 1",
        correction="True along the trajectory; as a field the phase depends on the places of the "
        "other bodies as well.",
        experiment=_experiment,
        judge=_judge_medium,
        figure=_figure_medium,
        planted_defect=_paths_of_half_the_force,
    ),
)
