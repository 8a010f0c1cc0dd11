"""`import zitter` is quick, loads nothing heavy, and knows the names of everyday use."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import zitter

HEAVY = ("jax", "numpy", "scipy", "numba", "matplotlib", "xarray", "pydantic")


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def cpu_seconds(words: list[str]) -> float:
    """Least processor time of three runs: a busy machine does not lengthen it."""
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def test_importing_the_package_loads_no_heavy_library():
    code = f"import sys, zitter; print([m for m in {HEAVY} if m in sys.modules])"
    assert python(code) == "[]"


def test_the_package_is_imported_in_less_than_a_second():
    assert cpu_seconds([sys.executable, "-c", "import zitter"]) < 1.0


def test_help_is_printed_in_less_than_half_a_second():
    script = Path(sys.executable).with_name("zitter")
    assert cpu_seconds([str(script), "--help"]) < 0.5


@pytest.mark.parametrize("name", zitter.__all__)
def test_every_public_name_can_be_loaded_and_is_listed(name):
    assert getattr(zitter, name) is not None
    assert name in dir(zitter)


def test_a_public_name_is_no_folder_and_there_are_few_of_them():
    folders = {file.name for file in Path(zitter.__file__).parent.iterdir() if file.is_dir()}
    assert folders.isdisjoint(zitter.__all__)
    assert len(set(zitter.__all__) - {"__version__"}) <= 40


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Wavefunction'"):
        getattr(zitter, "Wavefunction")  # noqa: B009


@pytest.mark.parametrize("first", ["jax, zitter", "zitter, jax"])
def test_numbers_have_64_bits_whichever_is_imported_first(first):
    assert python(f"import {first}; import jax.numpy as jnp; print(jnp.ones(1).dtype)") == "float64"


def test_a_user_who_asks_for_32_bits_gets_them():
    environment = os.environ | {"JAX_ENABLE_X64": "0"}
    code = "import jax, zitter; print(jax.numpy.ones(1).dtype)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "float32"
