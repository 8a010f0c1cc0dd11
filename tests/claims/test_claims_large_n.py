"""Judges of the large-N experiment on made-up deviations, where the answer is known."""

import numpy as np
import pytest
import xarray as xr

from zitter.claims.claim import Verdict
from zitter.claims.section2.large_n import CLAIMS

DISTINGUISHABLE = next(c for c in CLAIMS if c.ledger == "L23")
CASES = ("N orbitals, stratified", "N orbitals, random")


def made_up(stratified, random, num_runs, reference=1.0):
    """Normal deviations at N = 20 with these standard deviations; N = 1 has `reference`."""
    rng = np.random.default_rng(0)
    scales = np.array([stratified, random])[None, :, None, None, None]
    deviation = scales * rng.normal(size=(1, 2, 1, num_runs, 1))
    one = reference * rng.normal(size=(1, num_runs, 1))
    dims = ("parameters", "case", "num_particles", "run", "time")
    return xr.Dataset(
        {"deviation": (dims, deviation), "reference": (("parameters", "run", "time"), one)},
        {"parameters": ["made up"], "case": list(CASES), "num_particles": [20], "time": [1.0]},
    )


@pytest.mark.parametrize(
    ("random", "num_runs", "verdict"),
    [
        (0.22, 400, Verdict.HOLDS_WITH_CORRECTION),
        (0.10, 4000, Verdict.HOLDS),
        (0.125, 20, Verdict.INCONCLUSIVE),
    ],
)
def test_the_sampling_is_judged_by_its_effect_and_its_uncertainty(random, num_runs, verdict):
    assert DISTINGUISHABLE.judge(made_up(0.10, random, num_runs)).verdict is verdict


def test_a_figure_outside_of_the_scatter_of_single_runs_fails():
    judgement = DISTINGUISHABLE.judge(made_up(0.01, 0.022, 400))
    assert judgement.verdict is Verdict.FAILS
    assert "out of" in judgement.reason


def test_the_runs_with_one_particle_drop_out_of_the_ratio_of_samplings():
    ratios = [
        DISTINGUISHABLE.judge(made_up(0.1, 0.22, 400, reference)).measurements[1]
        for reference in (1.0, 3.0)
    ]
    assert ratios[0].value == pytest.approx(ratios[1].value)
    assert ratios[0].uncertainty == pytest.approx(ratios[1].uncertainty)
