"""Settings shared by all tests: float64, kept compilations, figures without a screen, one seed."""

import os
import signal

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")

from zitter.core.environment import keep_compiled_programs

keep_compiled_programs()
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
