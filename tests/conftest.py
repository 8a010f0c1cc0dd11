"""Settings shared by all tests: float64, kept compilations, figures without a screen, one seed."""

import gc
import os
import signal
import sys

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

from zitter.core.environment import keep_compiled_programs

keep_compiled_programs()

_TESTS = pytest.StashKey[int]()
_TESTS_PER_COMPILATIONS = 400
# The same examples in each run: a test that fails here fails everywhere.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


@pytest.fixture
def interruptible():
    """Interrupts as in a terminal, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pytest_collection_modifyitems(items):
    """Tests of one claim, and otherwise of one file, share a worker: they share compilations."""
    for item in items:
        claim = getattr(item, "callspec", None) and item.callspec.params.get("claim")
        item.add_marker(pytest.mark.xdist_group(claim.id if claim else item.path.stem))


def pytest_runtest_teardown(item, nextitem):
    """Forget what is compiled now and then, between two files: all of it takes many gigabytes."""
    tests = item.session.stash.get(_TESTS, 0) + 1
    between = nextitem is None or nextitem.path != item.path
    if tests >= _TESTS_PER_COMPILATIONS and between and "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
        gc.collect()
        tests = 0
    item.session.stash[_TESTS] = tests
