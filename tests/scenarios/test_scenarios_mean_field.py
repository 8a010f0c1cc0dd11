"""The kind mean_field: what it starts from, its pieces, its bodies, and what it refuses."""

import numpy as np
import pytest
from scipy.stats import kstest

from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field.vlasov import evolve_vlasov
from zitter.scenarios.kinds import part_of
from zitter.scenarios.mean_field import run
from zitter.scenarios.mean_field.start import bodies_of, scales_of, species_of, wavenumber
from zitter.scenarios.reading import ScenarioError, scenario_from_text
from zitter.scenarios.running import open as open_result
from zitter.scenarios.running import run_scenario

SMALL = """
kind = "mean_field"
end = 6.0
num_samples = 13
num_space = 32
num_velocity = 128
num_bodies = 4096
"""
STREAM = "[[stream]]\ndensity = 0.0795775\nspread = 1.0\nmass = 1.0\ncharge = -1.0\n"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "wave"
    run_scenario(SMALL, folder)
    return open_result(folder)


def test_the_pieces_are_those_of_one_run_bit_by_bit(result):
    config = scenario_from_text(SMALL, "wave")
    work = run.plan(config).work
    kind = species_of(config, 0, work.space, work.velocities[0])
    whole = evolve_vlasov(
        kind, run._field(work), work.times, time_step=work.time_step, order=4, keep="last"
    )
    np.testing.assert_array_equal(result["field"].f.values[-1], whole.f[0][-1])
    np.testing.assert_array_equal(result["field"].energy.values, whole.energy)


def test_the_wave_starts_at_half_its_amplitude_and_damps_at_the_rate_of_theory(result):
    wave = result["field"].wave
    assert float(wave[0]) == pytest.approx(0.005, rel=1e-12)
    config = scenario_from_text(SMALL, "wave")
    root = run.linear_root(config, scales_of(config), 0.5)
    assert root == pytest.approx(1.41566189 - 0.15335947j, abs=1e-6)
    late = result["field"].isel(time=slice(6, None), species=0)
    k = 2.0 * np.pi / (late.x.values[1] - late.x.values[0]) / late.sizes["x"]
    measured = late.density.values @ np.cos(k * late.x.values)
    for factor, fits in ((1.0, True), (2.0, False)):
        theory = np.exp(-1j * np.outer(late.time.values, [root.real + 1j * root.imag * factor]))
        basis = np.hstack([theory.real, theory.imag])
        left = np.linalg.lstsq(basis, measured)[1][0] / np.sum(measured**2)
        assert (left < 2e-3) == fits


def test_the_bodies_have_the_density_of_the_mean_field():
    config = scenario_from_text(SMALL + "[[stream]]\n" + STREAM[11:] + "amplitude = 0.8\n", "wave")
    space = Grid((-3.0,), (3.0,), (32,))
    _, X, V = bodies_of(config, scales_of(config), space)
    k = wavenumber(config, space)
    share = lambda x: (x + 3.0 + 0.8 * np.sin(k * x) / k) / 6.0  # noqa: E731
    assert kstest(X[:, 0], share).pvalue > 0.01
    assert kstest(V[:, 0], "norm").pvalue > 0.01
    assert kstest(X[:, 0] + 0.4, share).pvalue < 1e-6


def test_the_bodies_follow_the_mean_field_up_to_their_noise(result):
    noise = 1.0 / np.sqrt(4096)
    apart = np.abs(result["bodies"].wave.values - result["field"].wave.values)
    assert np.max(apart) < 4.0 * noise


OWN = """
kind = "mean_field"
f0 = { source = "my.py:f0", mass = 1.0, charge = -1.0 }
length = 12.566370614359172
reach = 8.0
end = 2.0
time_step = 0.1
num_space = 32
num_velocity = 128
num_samples = 3
"""
CODE = """
import jax.numpy as jnp

def f0(z):
    x, v = z
    wave = 1.0 + 0.01 * jnp.cos(0.5 * x)
    return wave * jnp.exp(-0.5 * v**2) / jnp.sqrt(2.0 * jnp.pi) / (4.0 * jnp.pi)
"""


def test_a_density_of_ones_own_gives_what_the_same_streams_give(tmp_path, result):
    (tmp_path / "my.py").write_text(CODE)
    run_scenario(OWN, tmp_path / "run", base=tmp_path, allow_code=True)
    own = open_result(tmp_path / "run")["field"]
    same = result["field"].sel(time=[0.0, 1.0, 2.0])
    np.testing.assert_allclose(own.f.values, same.f.values, atol=1e-15)
    assert set(part_of("mean_field", "figures").figures(open_result(tmp_path / "run")))


def test_waves_of_a_density_of_ones_own_must_not_come_back(tmp_path):
    (tmp_path / "my.py").write_text(CODE.replace("0.5 * x", "2.0 * x"))
    text = OWN.replace("end = 2.0", "end = 24.0")
    with pytest.raises(ValidityError, match="shows the mixed waves"):
        run_scenario(text, tmp_path / "run", base=tmp_path, allow_code=True)


def test_a_jeans_wave_grows_as_theory_says(tmp_path):
    text = 'kind = "mean_field"\nforce = "gravity"\nend = 6.0\nnum_samples = 7\n'
    run_scenario(text, tmp_path / "run")
    wave = open_result(tmp_path / "run")["field"].wave.values
    config = scenario_from_text(text, "jeans")
    growth = run.linear_root(config, scales_of(config), 0.5).imag
    assert growth == pytest.approx(0.687202, abs=1e-5)
    assert np.log(wave[4] / wave[3]) == pytest.approx(growth, rel=0.05)


def test_the_pictures_are_drawn(result):
    figures = part_of("mean_field", "figures")
    assert set(figures.figures(result)) == {"phase_space", "wave"}
    moving = figures.moving(result)
    assert len(moving.times) == 13
    assert [layer.name for layer in moving.layers] == ["f", "bodies"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('force = "gravity"\nbackground = false\n', "gravity needs its background"),
        (STREAM.replace("-1.0", "0.0"), "has particles without charges"),
        ('units = "SI"\n', "must give streams"),
        ("num_bodies = 10\n" + STREAM + STREAM.replace("mass = 1.0", "mass = 9.0"), "one kind"),
        (STREAM.replace("spread = 1.0", "spread = 0.0"), "spread"),
        (STREAM + "amplitude = 1.5\n", "amplitude"),
        ('f0 = { source = "json:loads", mass = 1.0, charge = 1.0 }\n', "which needs length"),
        ('f0 = { source = "f0.csv", mass = 1.0, charge = 1.0 }\n', "a file that is not there"),
    ],
)
def test_a_mistaken_scenario_is_refused_in_a_sentence(keys, said):
    with pytest.raises(ScenarioError, match=said):
        scenario_from_text('kind = "mean_field"\n' + keys, "mistake")


@pytest.mark.parametrize("length", [60.0, 100.0, 400.0])
def test_linear_theory_finds_the_undamped_wave_of_a_box_however_long(length):
    text = f'kind = "mean_field"\nlength = {length}\n'
    said = run.plan(scenario_from_text(text)).chosen["linear theory"]
    bohm_gross = np.sqrt(1.0 + 3.0 * (2.0 * np.pi / length) ** 2)
    assert float(said.split()[1].rstrip(",")) == pytest.approx(bohm_gross, abs=6e-3)
    assert abs(float(said.split()[3].rstrip(","))) < 2e-3


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("num_velocity = 32\nend = 100.0\n", "show the mixed waves again"),
        ("mode = 8\nnum_velocity = 256\nend = 230.0\n", "show the mixed waves again"),
        ("background = false\n", "not neutral"),
        ("num_space = 16\nlength = 40.0\n", "Debye length"),
    ],
)
def test_a_run_outside_of_the_method_is_refused_before_it_starts(keys, said, tmp_path):
    with pytest.raises(ValidityError, match=said):
        run_scenario('kind = "mean_field"\n' + keys, tmp_path / "run")
