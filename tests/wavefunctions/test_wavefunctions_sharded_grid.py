"""A grid in slabs on several devices and processes is the grid of one process."""

import os
import socket
import subprocess
import sys
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import slab_cases
from slab_cases import BOX, COUPLING, HBAR, MASS, OPTIONS, TIMES, packet, trap
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.mean_field.schrodinger_newton import evolve_schrodinger_newton
from zitter.wavefunctions.sharded_grid import Slab, evolve_sharded, own_slab, whole_psi


def done_by(number, num_devices, folder) -> list[dict]:
    """What each of `number` processes with `num_devices` devices has found."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{one.getsockname()[1]}"
    flags = f"--xla_force_host_platform_device_count={num_devices}"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
    files = [folder / f"{number}-{n}.npz" for n in range(number)]
    processes = [
        subprocess.Popen(
            [sys.executable, slab_cases.__file__, address, str(number), str(n), str(files[n])],
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for n in range(number)
    ]
    said = [process.communicate(timeout=200)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * number, said
    return [dict(np.load(file)) for file in files]


@pytest.fixture(scope="module")
def four_devices(tmp_path_factory):
    return done_by(1, 4, tmp_path_factory.mktemp("devices"))[0]


@cache
def on_one(time_step, order=2, coupling=COUPLING):
    psi0 = jax.vmap(packet)(jnp.asarray(BOX.points)).reshape(BOX.num)
    return evolve_schrodinger_newton(
        np.asarray(psi0), BOX, TIMES, coupling, mass=MASS, hbar=HBAR, boundary="periodic",
        potential=trap, time_step=time_step, order=order, keep="last", **OPTIONS,
    )  # fmt: skip


def test_four_devices_find_the_psi_and_the_measures_of_the_solver_of_one_process(four_devices):
    alone = on_one(0.1)
    assert four_devices["num_devices"] == 4
    assert four_devices["held"].tolist() == [[1, 6, 28, 26]] * 4
    assert np.max(np.abs(four_devices["psi"][0] - alone.psi[0])) < 1e-12
    for name in alone._fields[1:]:
        np.testing.assert_allclose(four_devices[name], getattr(alone, name), atol=1e-12)
    assert np.max(np.abs(on_one(0.1, coupling=0.0).psi - alone.psi)) > 1e-2


def test_the_error_on_four_devices_falls_with_the_second_power_of_the_step(four_devices):
    exact = on_one(0.025, order=4).psi[0]
    errors = [np.linalg.norm(psi - exact) for psi in four_devices["psi"]]
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 2.0, atol=0.1)


def test_a_run_goes_on_from_its_slabs(four_devices):
    np.testing.assert_allclose(four_devices["resumed"], four_devices["psi"][0], atol=1e-13)


def test_two_processes_hold_half_of_the_grid_each_and_find_the_psi_of_one(tmp_path, four_devices):
    processes = done_by(2, 2, tmp_path)
    for n, found in enumerate(processes):
        assert found["held"].tolist() == [[1, 6, 28, 26]] * 2
        np.testing.assert_array_equal(found["own_x"], BOX.axes[0][12 * n : 12 * n + 12])
        np.testing.assert_array_equal(found["own_psi"], found["psi"][0, 12 * n : 12 * n + 12])
        for name in ("psi", "resumed", "norm", "energy", "momentum", "edge"):
            np.testing.assert_allclose(found[name], four_devices[name], atol=1e-13)


SMALL = Grid((-5.0,) * 3, (5.0,) * 3, (20, 20, 20))


def samples(exponent):
    return np.exp(np.array([exponent(x) for x in SMALL.points])).reshape(SMALL.num)


@pytest.mark.parametrize(
    ("exponent", "words"),
    [
        (lambda x: -0.5 * (x @ x) + 4.2j * x[2], "rad per cell"),
        (lambda x: -0.5 * (x @ x) + 1.0j * x[0], "at the ends of the box"),
        (lambda x: -0.5 * (x @ x), "kinetic phase changes"),
    ],
)
def test_what_is_not_to_be_trusted_is_refused_in_the_words_of_the_other_solver(exponent, words):
    psi0, said = samples(exponent), []
    time_step = 2.0 if "kinetic" in words else 0.1
    for run in (
        lambda **how: evolve_schrodinger_newton(psi0, SMALL, [0.0, 4.0], 0.0, **how,
                                                boundary="periodic"),
        lambda **how: evolve_sharded(psi0, SMALL, None, [0.0, 4.0], [1.0] * 3, **how),
    ):  # fmt: skip
        with pytest.raises(ValidityError, match=words) as refusal:
            run(time_step=time_step, leak_tolerance=1e-6)
        said.append(str(refusal.value))
    assert said[0] == said[1]


def moving(x, t):
    return x[0] * t


REFUSED = {
    "must have three axes, but has 2": dict(grid=Grid((-4.0,) * 2, (4.0,) * 2, (12, 12))),
    "multiples of the 5 devices, but are 16 and 20": dict(
        grid=Grid((-5.0,) * 3, (5.0,) * 3, (16, 20, 20))
    ),
    "`absorption` must be None": dict(absorption=np.zeros(SMALL.num)),
    "`potential` must not depend on time": dict(potential=moving),
    "`potential` must be finite on the grid": dict(potential=lambda x, t: 1.0 / x[0]),
    "`psi0` must have shape num": dict(psi0=np.ones((12, 12))),
    r"`psi0\(x\)` must have shape": dict(psi0=lambda x: x),
    "`psi0` must be finite on the grid": dict(psi0=lambda x: 1.0 / x[0]),
    "`psi0` must have a positive norm": dict(psi0=lambda x: 0.0 * x[0]),
    "`psi0.psi` must have shape": dict(psi0=Slab(SMALL.axes, np.ones((6, 12, 12)))),
    "`psi0` must be finite, but 1 of its": dict(
        psi0=np.where(np.arange(8000) < 7999, 1.0, np.nan).reshape(SMALL.num)
    ),
    "`times` must increase": dict(times=[1.0, 0.0]),
    r"`masses` must have shape \(dof,\)": dict(masses=[1.0]),
    "`time_step` must be positive": dict(time_step=0.0),
    "`coupling` must be finite": dict(coupling=np.nan),
}


@pytest.mark.parametrize("words", REFUSED)
def test_wrong_input_is_refused_in_a_sentence(words, monkeypatch):
    if "devices" in words:
        monkeypatch.setattr(jax, "device_count", lambda: 5)
    right = dict(
        psi0=samples(lambda x: -0.5 * (x @ x)), grid=SMALL, potential=None, times=[0.0, 0.1],
        masses=[1.0] * 3, time_step=0.1,
    )  # fmt: skip
    with pytest.raises(ValueError, match=words):
        evolve_sharded(**right | REFUSED[words])


def test_single_precision_is_refused():
    with jax.enable_x64(False), pytest.raises(ValueError, match="need double precision"):
        evolve_sharded(
            lambda x: jnp.exp(-(x @ x)), SMALL, None, [0.0, 0.1], [1.0] * 3, time_step=0.1
        )


def test_one_device_holds_the_whole_grid():
    psi0 = samples(lambda x: -0.5 * (x @ x))
    done = evolve_sharded(psi0, SMALL, None, [0.0], [1.0] * 3, time_step=0.1)
    np.testing.assert_array_equal(whole_psi(done), psi0)
    np.testing.assert_array_equal(own_slab(done, SMALL).psi, psi0)
