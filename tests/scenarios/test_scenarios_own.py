"""Functions and samples of one's own: imported only if that is allowed, and part of the run."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

import zitter
from zitter.core.checks import ValidityError
from zitter.scenarios import running
from zitter.scenarios.own import inputs_from, own_callable, read_own
from zitter.scenarios.reading import ScenarioError, scenario_from_text
from zitter.scenarios.samples import samples_of
from zitter.scenarios.sweeping import run_sweep

TRAP = """kind = "packet"
packets = [{ width = 0.7, centre = 1.0 }]
end = 1.0
num_samples = 5
num_paths = 20
box = { lower = -8.0, upper = 8.0, num = 128 }
"""
CODE = """import jax.numpy as jnp
def U(x, t):
    return 0.5 * jnp.sum(x**2)
def psi(x):
    return 3.0 * jnp.exp(-(x[0] - 1.0) ** 2 / (4 * 0.7**2) + 0j)
def fast(x, t):
    return 0.5 * jnp.sum(x**2) * jnp.cos(t)
def vector(x, t):
    return x
def numpy_only(x, t):
    return float(x[0])
"""
PSI = 'psi = "mine.py:psi"\n'
OWN = 'potential = {{ kind = "own", source = "{}" }}\n'
HARMONIC = 'potential = { kind = "harmonic", stiffness = 1.0 }\n'


@pytest.fixture
def base(tmp_path):
    (tmp_path / "mine.py").write_text(CODE)
    x = np.linspace(-9.0, 9.0, 40)
    np.savetxt(tmp_path / "U.csv", np.stack([x, 0.5 * x**2], 1), delimiter=",", header="x, U")
    psi = np.exp(-((x - 1.0) ** 2) / (4 * 0.7**2))
    np.savetxt(tmp_path / "psi.txt", np.stack([x, psi, 0 * psi], 1))
    return tmp_path


def field(text, base, name, **how):
    zitter.run_scenario(text, base / name, base=base, **how)
    return zitter.open(base / name).load()


def test_a_function_and_samples_give_the_run_of_the_shipped_potential(base):
    known = field(TRAP + HARMONIC, base, "known")
    own = field(TRAP + OWN.format("mine.py:U"), base, "own", allow_code=True)
    samples = field(TRAP + OWN.format("U.csv"), base, "samples")
    for run, tolerance in ((own, 1e-9), (samples, 1e-9)):
        np.testing.assert_allclose(run["field/psi"], known["field/psi"], atol=tolerance)
        np.testing.assert_allclose(run["paths/position"], known["paths/position"], atol=1e-6)


def test_a_psi_of_ones_own_is_normalised_and_moves_as_the_packet_does(base):
    known = field(TRAP + HARMONIC, base, "known")
    for name, source, tolerance in (("f", "mine.py:psi", 1e-9), ("s", "psi.txt", 0.03)):
        text = TRAP.replace("packets = [{ width = 0.7, centre = 1.0 }]", f'psi = "{source}"')
        own = field(text + HARMONIC, base, name, allow_code=name == "f")
        np.testing.assert_allclose(own["field/density"], known["field/density"], atol=tolerance)
        np.testing.assert_allclose(own["field/norm"], 1.0, atol=1e-10)
        x = own["paths/position"][0, :, 0]
        assert abs(x.mean() - 1.0) < 4 * 0.7 / np.sqrt(x.size)
        assert 0.4 < float(x.std()) < 1.1


def test_functions_are_called_in_the_declared_units(base):
    si = TRAP.replace("packets = [{ width = 0.7, centre = 1.0 }]", "").replace("end = 1.0", "")
    si = si.replace("-8.0", '"-8 nm"').replace("8.0,", '"8 nm",')
    si += 'units = "SI"\nmass = "1 electron_mass"\nend = "1 fs"\n'
    si += 'packets = [{ width = "0.7 nm", centre = "1 nm" }]\n'
    (base / "si.py").write_text("def U(x, t):\n    return 0.5 * 1e-2 * x[0] ** 2\n")
    own = field(si + OWN.format("si.py:U"), base, "own", allow_code=True)
    known = field(si + HARMONIC.replace("1.0", "1e-2"), base, "known")
    scale = float(np.abs(known["field/psi"]).max())
    np.testing.assert_allclose(own["field/psi"] / scale, known["field/psi"] / scale, atol=1e-9)


def test_a_function_of_time_acts_at_its_time(base):
    fast = field(TRAP + OWN.format("mine.py:fast"), base, "fast", allow_code=True)
    still = field(TRAP + HARMONIC, base, "still")
    assert float(np.abs(fast["field/density"][1] - still["field/density"][1]).max()) < 0.01
    assert float(np.abs(fast["field/density"][-1] - still["field/density"][-1]).max()) > 0.02


def test_paths_follow_a_force_that_sets_in_after_the_start(base):
    """Frames that the start asks for do not suffice: in a trap, ψ moves as Newton's path does."""
    kick = "import jax.numpy as jnp\ndef U(x, t):\n"
    kick += "    return 0.5 * x[0] ** 2 + 5.0 * jnp.exp(-0.5 * ((t - 1.5) / 0.1) ** 2) * x[0]\n"
    (base / "kick.py").write_text(kick)
    text = 'kind = "packet"\nend = 3.0\nnum_samples = 9\nnum_paths = 10\n'
    text += "packets = [{ width = 0.7071067811865476 }]\n"
    text += "box = { lower = -12.0, upper = 12.0, num = 128 }\n" + OWN.format("kick.py:U")
    zitter.run_scenario(text, base / "run", base=base, allow_code=True)
    x = zitter.open(base / "run")["paths"].position.values[..., 0]
    times = zitter.open(base / "run")["paths"].time.values
    newton = solve_ivp(
        lambda t, y: [y[1], -y[0] - 5.0 * np.exp(-0.5 * ((t - 1.5) / 0.1) ** 2)],
        (0.0, 3.0), [0.0, 0.0], t_eval=times, rtol=1e-10, atol=1e-10, max_step=0.01,
    ).y[0]  # fmt: skip
    np.testing.assert_allclose(x, x[0] + newton[:, None], atol=3e-3)


def test_code_is_refused_without_leave_and_never_imported(base):
    (base / "mine.py").write_text("open('ran', 'w')\n" + CODE)
    with pytest.raises(ValueError, match=r"to import it is to run it: .* add --allow-code"):
        zitter.run_scenario(TRAP + OWN.format("mine.py:U"), base / "run", base=base)
    with pytest.raises(ValueError, match="add --allow-code"):
        zitter.run_scenario(TRAP + OWN.format("os.path:join"), base / "run", base=base)
    assert not (base / "ran").exists()
    assert not (base / "run").exists()


def test_the_run_keeps_its_files_and_another_content_is_another_run(base):
    text = TRAP + OWN.format("mine.py:U")
    field(text, base, "run", allow_code=True)
    assert (base / "run" / "mine.py").read_text() == CODE
    (base / "mine.py").write_text(CODE.replace("0.5", "0.6"))
    with pytest.raises(ValueError, match=r"holds another run .it differs in files"):
        field(text, base, "run", allow_code=True)
    running.resume(base / "run", allow_code=True)
    with pytest.raises(ValueError, match="add --allow-code"):
        running.resume(base / "run")
    changed = field(text, base, "changed", allow_code=True)
    kept = zitter.open(base / "run").load()
    assert float(np.abs(changed["field/psi"] - kept["field/psi"]).max()) > 1e-3


def test_a_sweep_knows_the_files_of_its_scenario(base):
    text, values = TRAP + OWN.format("U.csv"), {"mass": [1.0, 2.0]}
    run_sweep(text, values, base / "sweep", workers=1, base=base)
    assert list(json.loads((base / "sweep" / "sweep.json").read_text())["files"]) == ["U.csv"]
    (base / "U.csv").write_text((base / "U.csv").read_text() + "10.0, 50.0\n")
    with pytest.raises(ValueError, match="holds another sweep"):
        run_sweep(text, values, base / "sweep", workers=1, base=base)


MISTAKES = {
    "mine.py:vectors": "names no function of its file. Did you mean 'vector'",
    "mine.py:vector": r"must return one number, but returns shape \(1,\)",
    "mine.py:numpy_only": "must take x of shape .1,. and t and be written with jax.numpy",
    "broken.py:U": "broken.py:U cannot be imported .SyntaxError",
    "no.such.module:U": "cannot be imported .ModuleNotFoundError",
    "short.csv": "samples in short.csv cannot be read: `points` must be at least 4",
    "words.csv": "samples in words.csv cannot be read: could not convert",
    "narrow.csv": "has samples from -1 to 1 along axis 1, but the box reaches from -8",
    "empty.npz": "samples in empty.npz cannot be read: the array 'x' is missing",
    "blank.csv": "samples in blank.csv cannot be read: it holds no numbers",
    "cut.npz": "samples in cut.npz cannot be read: .*zip",
    "infinite.csv": "samples in infinite.csv cannot be read: .* must be finite",
}


@pytest.mark.parametrize("source", MISTAKES)
def test_a_mistake_in_a_source_gets_its_sentence(source, base):
    (base / "broken.py").write_text("def U(x, t) return 1")
    (base / "short.csv").write_text("0 1\n1 2\n")
    (base / "words.csv").write_text("0 one\n1 two\n")
    (base / "narrow.csv").write_text("-1 1\n-0.5 0\n0 0\n1 1\n")
    (base / "infinite.csv").write_text("-1 1\n-0.5 0\n0 nan\n1 1\n")
    (base / "blank.csv").write_text("# x U\n\n")
    (base / "cut.npz").write_bytes(b"PK\x03\x04 and no more")
    np.savez(base / "empty.npz", values=np.zeros(4))
    with (
        inputs_from(base, allow_code=True),
        pytest.raises(ValueError, match=MISTAKES[source]) as e,
    ):
        running.plan_of(scenario_from_text(TRAP + OWN.format(source)))
    assert isinstance(e.value, ValidityError) == (source == "narrow.csv")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("none.csv", "s:7: `potential.source` names a file that is not there"),
        ("../up.csv", "must lie beside the scenario or below it"),
        ("mine.py:", "must end in the name of a function"),
        ("mine.exe", "must be a file .csv"),
        ("a b:U", "must be \"file.py:name\" or \"module:name\""),
        ("", "must be a text such as"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_one_is_a_mistake_of_the_file(source, sentence, base):
    with inputs_from(base), pytest.raises(ScenarioError, match=sentence):
        scenario_from_text(TRAP + OWN.format(source), "s")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (TRAP + PSI, "has both psi and packets"),
        ('kind = "packet"\n' + PSI, "needs `box` and `end`"),
        (TRAP.replace("packets = ", "#") + PSI + 'dynamics = "classical"', "starts from packets"),
    ],
)
def test_a_psi_that_contradicts_gets_a_sentence(text, sentence, base):
    with inputs_from(base), pytest.raises(ScenarioError, match=sentence):
        scenario_from_text(text, "s")


def test_splines_reproduce_cubics_and_their_slopes_in_two_dimensions():
    x, y = np.sort(np.random.default_rng(0).uniform(-2, 2, 12)), np.linspace(0.0, 1.0, 5)
    f = lambda x, y: x**3 * (1.0 + y**2) - 2.0 * y**3  # noqa: E731
    samples = samples_of([x, y], f(x[:, None], y))
    q = jnp.array([0.5 * (x[0] + x[1]), 0.37])
    assert float(samples(q)) == pytest.approx(float(f(*q)), rel=1e-12)
    slopes = jax.grad(lambda q: f(*q))(q)
    np.testing.assert_allclose(jax.grad(samples)(q), slopes, rtol=1e-11)


def test_samples_in_two_dimensions_are_read_and_wrong_axes_are_refused(tmp_path):
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 1, 6)
    np.savez(tmp_path / "two.npz", x=x, y=y, values=x[:, None] * y)
    with inputs_from(tmp_path):
        U = own_callable(read_own("two.npz"), 2, 2)
        assert float(U(jnp.array([0.3, 0.7]), 0.0)) == pytest.approx(0.21, rel=1e-12)
        with pytest.raises(ValueError, match="the array 'z' is missing"):
            own_callable(read_own("two.npz"), 3)


BATH = 'kind = "bath"\nbath = {{ cutoff = 3.0, source = "{}" }}\n'


def test_a_bath_takes_a_spectral_density_of_ones_own(base):
    (base / "J.py").write_text("def J(x):\n    return 0.2 * x[0]\n")
    w = np.linspace(0.0, 3.0, 31)
    np.savetxt(base / "J.csv", np.stack([w, 0.2 * w], 1))
    shape = 'kind = "bath"\nbath = { damping = 0.2, cutoff = 3.0, shape = "hard" }\n'
    known = running.plan_of(scenario_from_text(shape)).work.problem
    with inputs_from(base, allow_code=True):
        for source in ("J.py:J", "J.csv"):
            own = running.plan_of(scenario_from_text(BATH.format(source))).work.problem
            scaled = np.linspace(0.1, 2.9, 7) * known.frequency
            np.testing.assert_allclose(own.density(scaled), known.density(scaled), rtol=1e-9)
            kernels = (p.density.memory_kernel(np.array([0.0, 1.0])) for p in (own, known))
            np.testing.assert_allclose(*kernels, rtol=1e-6)


def test_a_bath_with_two_densities_or_none_gets_a_sentence(base):
    (base / "J.csv").write_text("0 0\n1 1\n2 2\n2.5 2\n")
    with inputs_from(base):
        with pytest.raises(ScenarioError, match="has a J of its own and shape too"):
            scenario_from_text(BATH.format("J.csv").replace(" }", ', shape = "hard" }'))
        si = 'kind = "bath"\nunits = "SI"\nbath = { cutoff = 1.0 }\n'
        with pytest.raises(ScenarioError, match="must give a damping, or a `source` of J"):
            scenario_from_text(si)
        with pytest.raises(ValidityError, match=r"from 0 to 2.5 along axis 1, but the box reaches"):
            running.plan_of(scenario_from_text(BATH.format("J.csv")))
