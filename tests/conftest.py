"""Settings shared by all tests: float64, kept compilations, figures without a screen."""

import os

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

from zitter.core.environment import keep_compiled_programs

keep_compiled_programs()


def pytest_collection_modifyitems(items):
    """Tests of one claim, and otherwise of one file, share a worker: they share compilations."""
    for item in items:
        claim = getattr(item, "callspec", None) and item.callspec.params.get("claim")
        item.add_marker(pytest.mark.xdist_group(claim.id if claim else item.path.stem))
