"""K bodies from a file: Kepler's period, tides, equilibria, resumed runs, refusals."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import zitter
from zitter.core.checks import ValidityError
from zitter.kbody.clouds import virial_ratio
from zitter.kbody.king import king_profile
from zitter.scenarios import running
from zitter.scenarios.bodies.starts import start_of
from zitter.scenarios.kinds import part_of
from zitter.scenarios.reading import ScenarioError, scenario_from_text

START = 'kind = "bodies"\n'
PERIOD = 2.0 * np.pi * np.sqrt(0.5)
CIRCLE = START + "num_samples = 31\n" + "\n".join(
    f"[[body]]\nmass = 1.0\nposition = [{s}0.5, 0.0]\nvelocity = [0.0, {s}0.7071067811865476]\n"
    "width = 1e-3"
    for s in ("-", "")
)  # fmt: skip


@pytest.fixture(scope="module")
def circle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("circle") / "run"
    zitter.run_scenario(f"end = {PERIOD}\n" + CIRCLE, folder)
    return folder


def test_a_circular_orbit_closes_after_keplers_period(circle):
    X = zitter.open(circle)["bodies"].position.values
    np.testing.assert_allclose(X[-1], X[0], atol=1e-10)
    energy = zitter.open(circle)["bodies"].energy.values
    np.testing.assert_allclose(energy, -0.5, rtol=1e-12)


def test_tides_correlate_the_packets_however_narrow(circle):
    correlation = zitter.open(circle)["bodies"].correlation.values
    assert correlation[0] == pytest.approx(0.0, abs=1e-12)
    assert correlation.max() > 0.9


@pytest.mark.parametrize("num_samples", [2, 41])
def test_the_packets_of_an_eccentric_orbit_do_not_depend_on_the_samples(num_samples, tmp_path):
    end = 3.0
    zitter.run_scenario(f"end = {end}\nnum_samples = {num_samples}\n" + START, tmp_path / "run")
    found = zitter.open(tmp_path / "run")["bodies"].isel(time=-1)
    J = _by_differences(end)
    C = 0.01**2 * J @ J.T
    np.testing.assert_allclose(found["width"], [np.sqrt(0.5 * np.trace(C[:2, :2]))] * 2, rtol=1e-5)
    A, B = C[:2, :2], C[:2, 2:]
    squared = np.linalg.eigvals(np.linalg.solve(A, B) @ np.linalg.solve(C[2:, 2:], B.T)).real.max()
    assert float(found["correlation"]) == pytest.approx(np.sqrt(squared), abs=1e-6)


def _by_differences(end):
    """∂x(end)/∂x(0) of the two bodies of the default, (4, 4)."""

    def slope(_, y):
        apart = y[2:4] - y[:2]
        pull = apart / np.linalg.norm(apart) ** 3
        return np.concatenate([y[4:], pull, -pull])

    def flow(x):
        y0 = np.concatenate([x, [0.0, -0.25, 0.0, 0.25]])
        return solve_ivp(slope, (0.0, end), y0, method="DOP853", rtol=1e-12, atol=1e-13).y[:4, -1]

    x, h = np.array([-0.5, 0.0, 0.5, 0.0]), 1e-5
    return np.array([(flow(x + h * e) - flow(x - h * e)) / (2.0 * h) for e in np.eye(4)]).T


@pytest.mark.parametrize(
    ("softening", "law", "unit"), [(0.0, "sheets", "J/m^2"), (0.1, "points", "J")]
)
def test_on_a_line_the_law_is_told_and_the_energy_has_its_unit(softening, law, unit, tmp_path):
    body = "[[body]]\nmass = 1.0\nposition = {}\nvelocity = 1.0\n"
    head = f'units = "SI"\nend = 1.0\nnum_samples = 2\nsoftening = {softening}\n'
    zitter.run_scenario(START + head + body.format(-0.5) + body.format(0.5), tmp_path)
    data = zitter.open(tmp_path)
    assert data.attrs["chosen"]["law"].startswith(law)
    assert data["bodies"].energy.attrs["unit"] == unit


def test_packets_on_sheets_are_refused():
    body = "[[body]]\nmass = 1.0\nposition = {}\nvelocity = 0.0\nwidth = 0.01\n"
    with pytest.raises(ScenarioError, match="leave out `width`"):
        scenario_from_text(START + body.format(-0.5) + body.format(0.5))


def test_a_run_in_two_calls_is_the_run_in_one(circle, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        zitter.run_scenario(f"end = {PERIOD}\n" + CIRCLE, tmp_path / "cut", report=stop)
    running.resume(tmp_path / "cut")
    whole, cut = (zitter.open(f)["bodies"].to_dataset().load() for f in (circle, tmp_path / "cut"))
    assert cut.identical(whole)


def test_a_plummer_sphere_starts_in_equilibrium():
    text = START + 'cloud = { kind = "plummer", num_bodies = 20000, mass = 2.0, radius = 0.5 }'
    start = start_of(scenario_from_text(text))
    kinetic = 0.5 * np.sum(start.system.masses[:, None] * start.V**2)
    virial = 3.0 * np.pi / 64.0 * 2.0**2 / 0.5
    assert kinetic == pytest.approx(virial, rel=0.03)
    inside = np.mean(np.linalg.norm(start.X, axis=1) < 0.5)
    assert inside == pytest.approx(2.0**-1.5, abs=0.012)


def test_a_slab_is_drawn_from_sech_squared():
    text = START + 'cloud = { kind = "slab", num_bodies = 20000, mass = 2.0, dispersion = 0.5 }'
    x = start_of(scenario_from_text(text)).X[:, 0]
    height = 0.5**2 / (np.pi * 2.0)
    assert np.var(x) == pytest.approx(np.pi**2 / 12.0 * height**2, rel=0.05)


def test_a_king_sphere_has_its_edge_and_a_quiet_start_less_noise():
    cloud = 'num_bodies = 4096, mass = 2.0, radius = 0.5, depth = 3.0, start = "quiet"'
    start = start_of(scenario_from_text(START + f'cloud = {{ kind = "king", {cloud} }}'))
    r = np.linalg.norm(start.X, axis=1)
    assert 2.0 < r.max() < 0.51 * king_profile(3.0).edge
    assert virial_ratio(start.system, start.X, start.V) == pytest.approx(1.0, abs=0.01)


SPHERE = START + (
    'cloud = { kind = "king", num_bodies = 1500, mass = 1.0, radius = 0.3, depth = 4.0 }\n'
    "softening = 0.1\nend = 0.5\nnum_samples = 4\ntime_step = 0.02\nmesh_points = 32\n"
)


def test_direct_sums_a_tree_and_a_mesh_move_the_same_sphere(tmp_path):
    ends = {}
    for forces in ("direct", "tree", "mesh"):
        zitter.run_scenario(SPHERE + f'forces = "{forces}"', tmp_path / forces)
        run = zitter.open(tmp_path / forces)["bodies"]
        energy = run.energy.values
        assert np.max(np.abs(energy / energy[0] - 1.0)) < 5e-3
        ends[forces] = run.position.values[-1]
    for forces, most in (("tree", 1e-3), ("mesh", 0.05)):
        away = np.linalg.norm(ends[forces] - ends["direct"], axis=1)
        assert 0.0 < np.median(away) < most


def test_the_plan_says_whether_the_mesh_softens_the_forces():
    for softening, softens in (("0.02", True), ("1.0", False)):
        text = SPHERE.replace("softening = 0.1", f"softening = {softening}") + 'forces = "mesh"'
        said = running.plan_of(scenario_from_text(text)).chosen["mesh"]
        assert ("which softens the forces" in said) == softens


MEDIUM = (
    'cloud = { kind = "medium", num_bodies = 4096, period = 12.566370614359172, mass = 1.0, '
    'dispersion = 1.0, wave = 0.1, start = "quiet" }\n'
)
PLASMA = (
    START
    + MEDIUM.replace("period", "num_space = 2, charge = 0.0554016656, period")
    + ("gravity = false\nend = 3.0\nnum_samples = 7\nmesh_points = 32\nforces = 'mesh'\n")
)


def test_a_wave_in_a_plasma_from_a_file_is_damped(tmp_path):
    # ω_p = λ_D = 1 and kλ_D = 1/2; the linear response of a Maxwellian at these times.
    zitter.run_scenario(PLASMA, tmp_path)
    run = zitter.open(tmp_path)["bodies"]
    expected = [1.0, 0.8494, 0.4604, 0.0073, 0.3710, 0.5057, 0.3940]
    wave = run.wave.values
    assert wave / wave[0] == pytest.approx(expected, abs=0.04)
    assert run.energy.values == pytest.approx(run.energy.values[0], rel=1e-3)
    assert float(run.position.min()) >= 0.0
    drawn = part_of("bodies", "figures").figures(zitter.open(tmp_path))
    assert set(drawn) == {"motion", "wave"}


def test_a_medium_whose_lengths_its_mesh_does_not_resolve_is_refused():
    cold = PLASMA.replace("dispersion = 1.0", "dispersion = 0.05")
    with pytest.raises(ValidityError, match=r"does not resolve the Debye length: it is 0\.05"):
        running.plan_of(scenario_from_text(cold))
    heavy = PLASMA.replace("charge = 0.0554016656, ", "").replace("gravity = false", "")
    with pytest.raises(ValidityError, match="does not resolve the Jeans length"):
        running.plan_of(scenario_from_text(heavy))


MANY = SPHERE.replace("num_samples = 4", "num_samples = 141").replace("1500", "400")
LONG = CIRCLE.replace("num_samples = 31", "num_samples = 141") + "\n"


@pytest.mark.parametrize("text", [
    MANY.replace("mesh_points = 32", "mesh_points = 16") + 'forces = "mesh"\n',
    f"end = {7.0 * PERIOD}\n" + LONG,
], ids=["mesh", "adaptive steps and packets"])  # fmt: skip
def test_a_run_that_is_killed_goes_on_bit_by_bit(text, tmp_path):
    # Killed at a random moment after its first piece; no piece waits to be written with others.
    run = "import zitter; from zitter.core import growing; growing.SHARE = 1e9\n"
    run += f"zitter.run_scenario({text!r}, 'cut')"
    command = [sys.executable, "-c", run]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        while not (tmp_path / "cut" / "progress.json").is_file() and process.poll() is None:
            time.sleep(0.005)
        time.sleep(np.random.default_rng().uniform(0.0, 0.15))
        process.kill()
    assert process.returncode == -signal.SIGKILL
    stored = json.loads((tmp_path / "cut" / "progress.json").read_text())
    assert stored["num_pieces"] > 0
    assert not stored["finished"]
    running.resume(tmp_path / "cut")
    zitter.run_scenario(text, tmp_path / "whole")
    whole, cut = (
        zitter.open(tmp_path / name)["bodies"].to_dataset().load() for name in ("whole", "cut")
    )
    assert cut.identical(whole)


def test_the_default_and_the_pictures(tmp_path):
    zitter.run_scenario(START + "num_samples = 21", tmp_path)
    drawn = part_of("bodies", "figures").figures(zitter.open(tmp_path))
    assert set(drawn) == {"motion", "packets"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[body]]\nmass = 1.0\nposition = [0.0]\nvelocity = [0.0]", "has one body"),
        ('units = "SI"', "must give bodies or a cloud"),
        ("time_step = 0.1", "has time_step, which only a sphere or a medium"),
        ('forces = "mesh"', "has forces, which only a sphere or a medium"),
        (MEDIUM + 'forces = "tree"', "forces by a tree, which knows no period"),
        (MEDIUM + "softening = 0.1", "has a softening, which a medium"),
        (MEDIUM + "gravity = false", "without gravity or charge: nothing acts"),
        (MEDIUM.replace("period", "num_space = 2, period") + 'units = "SI"', "num_space below 3"),
        ("softening = -1.0", "must be at least 0"),
        (CIRCLE.removeprefix(START) + "\n[[body]]\nmass = 1.0\nposition = 0.0\nvelocity = 0.0",
         "different numbers of axes"),
    ],
)  # fmt: skip
def test_contradictions_are_refused(text, sentence):
    with pytest.raises(ScenarioError, match=sentence):
        scenario_from_text(START + text)


def test_a_cloud_of_points_without_softening_is_refused():
    text = START + 'cloud = { kind = "plummer", num_bodies = 100, mass = 1.0, radius = 1.0 }'
    with pytest.raises(ValidityError, match="give a `softening`"):
        running.plan_of(scenario_from_text(text))


AT_REST = """
kind = "bodies"
gravity = {gravity}
body = [
    {{ mass = 1.0, charge = {charge}, position = [0.0], velocity = [0.0] }},
    {{ mass = 1.0, charge = -1.0, position = [2.0], velocity = [0.0] }},
]
"""


def test_charges_at_rest_fall_in_the_time_of_their_own_force():
    plan = running.plan_of(scenario_from_text(AT_REST.format(gravity="false", charge=1.0), "rest"))
    # Their distance 1 from the middle over the acceleration 2πk of a sheet.
    assert plan.work.times[-1] == pytest.approx(20.0 / np.sqrt(2.0 * np.pi), rel=1e-12)


def test_bodies_on_which_nothing_acts_are_refused():
    text = AT_REST.format(gravity="false", charge=0.0)
    with pytest.raises(ValidityError, match="Nothing moves"):
        running.plan_of(scenario_from_text(text, "rest"))
