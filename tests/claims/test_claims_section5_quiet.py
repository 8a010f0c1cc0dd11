"""The judge of the mean-field limit measures whether quiet starts are faster, or nearer."""

import numpy as np
import pytest
import xarray as xr

import zitter  # noqa: F401
from zitter.claims.claim import Verdict
from zitter.claims.section5 import mean_field_limit
from zitter.claims.section5.limit_runs import COSINE_COUPLING, LINE, PLAIN, SPACE
from zitter.claims.section5.quiet_starts import quiet_over_random, quiet_starts

COUNTS = np.array([64, 256, 1024])


def distances(steeper: float, nearer: float) -> xr.Dataset:
    """D_K of random starts as K^(-1/2), of quiet ones `nearer` and steeper, all with scatter."""
    rng, variables = np.random.default_rng(0), {}
    quiet = nearer * (COUNTS / COUNTS[0]) ** -steeper
    for where, pairs in (("line", LINE), ("space", SPACE)):
        mean = COUNTS**-0.5 * np.stack([np.ones(3), quiet])
        scatter = rng.normal(1.0, 0.1, (len(pairs), 2, 3, 1, 32))
        dims = (f"{where}_pair", "start", f"{where}_count", f"{where}_time", "preparation")
        variables[f"coupling_{where}"] = (dims, mean[None, :, :, None, None] * scatter)
    coords = {"line_pair": list(LINE), "space_pair": list(SPACE), "start": ["random", "quiet"]}
    return xr.Dataset(variables, coords | {"line_count": COUNTS, "space_count": COUNTS})


def verdicts(data: xr.Dataset) -> set[Verdict]:
    return {m.verdict for m in quiet_starts(data, mean_field_limit._distance_laws(data))}


def test_quiet_starts_that_are_steeper_and_nearer_are_upheld():
    data = distances(0.3, 0.5)
    assert verdicts(data) == {Verdict.HOLDS}
    expected = 0.5 * 16.0**-0.3
    for where, pair in (("line", LINE[0]), ("space", SPACE[0])):
        ratio = quiet_over_random(data, where, pair)
        assert abs(ratio.value - expected) < 3.0 * ratio.error
        assert ratio.error == pytest.approx(expected * np.hypot(0.1, 0.1) / np.sqrt(32), rel=0.4)


@pytest.mark.parametrize(("steeper", "nearer"), [(-0.3, 0.5), (0.0, 3.0), (0.3, 6.0)])
def test_quiet_starts_that_are_no_better_are_noticed(steeper, nearer):
    assert Verdict.FAILS in verdicts(distances(steeper, nearer))


def test_nothing_is_asked_of_the_starts_of_plain_points():
    found = quiet_starts(distances(0.3, 0.5), mean_field_limit._distance_laws(distances(0.3, 0.5)))
    assert {m.regime for m in found} == {*LINE, *SPACE} - {PLAIN}


def test_dobrushins_bound_is_compared_with_the_exact_distance():
    exact = np.full((2, 2, 3), 0.1)
    exact[1, 1, 2] *= 2.0 * np.exp(2.0 * COSINE_COUPLING * 2.0)
    dims = ("exact_count", "exact_time", "exact_run")
    data = xr.Dataset({"exact": (dims, exact)}, {"exact_time": ["start", "end"],
                                                 "line_time": [0.0, 2.0]})  # fmt: skip
    found = mean_field_limit._bounded(data)
    assert found.value == pytest.approx(2.0)
    assert found.verdict is Verdict.FAILS
