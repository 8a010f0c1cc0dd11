"""Judges of section 3 say HOLDS of data in which the statement is true, and FAILS without U."""

import numpy as np
import pytest
import xarray as xr

from zitter.claims.claim import Measurement, Verdict
from zitter.claims.section3 import (
    CLAIMS,
    classical_ensemble,
    decoupling,
    paper_runs,
    relative_phases,
)
from zitter.claims.section3.large_n_quartic import quartic_distances
from zitter.claims.section3.two_roads import upheld
from zitter.system.potentials import Polynomial

_BY_LEDGER = {claim.ledger: claim for claim in CLAIMS}


def _check(verdict: Verdict) -> Measurement:
    return Measurement("road", "here", 0.0, 1.0, 0.0, verdict)


@pytest.mark.parametrize("road", [Verdict.HOLDS, Verdict.FAILS, Verdict.INCONCLUSIVE])
def test_no_road_of_the_correction_takes_back_that_a_statement_holds(road):
    assert upheld(Verdict.HOLDS, [_check(road)]) is Verdict.HOLDS
    assert upheld(Verdict.HOLDS, []) is Verdict.HOLDS


@pytest.mark.parametrize("verdict", [Verdict.FAILS, Verdict.HOLDS_WITH_CORRECTION])
def test_a_correction_stands_only_where_its_roads_confirm_it(verdict):
    assert upheld(verdict, [_check(Verdict.HOLDS)]) is verdict
    assert upheld(verdict, [_check(Verdict.FAILS)]) is Verdict.INCONCLUSIVE


def _fall(U: Polynomial) -> xr.Dataset:
    return paper_runs._run(U, 2.0, 1.0, "quick")


@pytest.mark.parametrize("force", [0.0, -2.0])
def test_a_packet_that_does_not_fall_in_the_printed_potential_is_noticed(force):
    judgement = _BY_LEDGER["L36"].judge(_fall(Polynomial([0.0, force, 0.0])))
    assert judgement.verdict is Verdict.FAILS
    assert any("mean" in m.name and m.verdict is Verdict.FAILS for m in judgement.measurements)


def test_a_packet_of_constant_width_on_the_classical_path_holds_in_the_trap():
    claim = _BY_LEDGER["L37"]
    data = claim.planted_defect("quick", 0)
    assert claim.judge(data).verdict is Verdict.HOLDS
    still = data.assign(mean_classical=0.0 * data.mean_classical)
    assert claim.judge(still).verdict is not Verdict.HOLDS


def test_the_gradient_of_the_velocity_holds_where_it_is_the_printed_integral():
    claim = _BY_LEDGER["L32"]
    data = claim.experiment("quick", 0)
    printed = data.assign(gradient=data.printed, gradient_with_half_the_steps=data.printed)
    assert claim.judge(data).verdict is Verdict.FAILS
    assert claim.judge(printed).verdict is Verdict.HOLDS


def test_without_a_tidal_force_only_phases_are_left():
    claim = _BY_LEDGER["L34"]
    data = claim.experiment("quick", 0)
    free = data.force.where(data.term != relative_phases._TIDAL, 0.0)
    assert claim.judge(data.assign(force=free)).verdict is Verdict.HOLDS


def _decoupled() -> xr.Dataset:
    """Information 0, purity 1 and no mixed phase at every N, to a millionth."""
    counts, states = [2, 4, 32], [decoupling._GAUSSIAN, decoupling._CHAIN]
    full = np.ones((len(states), len(counts)))
    values = dict(information=0.0, purity=1.0, information_error=1e-6, purity_error=1e-6)
    found = {name: (("state", "num_particles"), v * full) for name, v in values.items()}
    found["mixed_phase"] = (("state", "num_particles"), 0.0 * full)
    found["width"] = (("state", "num_particles"), full / np.sqrt(counts))
    # Of other states than these, which the correction would demand.
    found |= {f"{name}_limit": ("state", [0.5, np.nan]) for name in ("information", "purity")}
    return xr.Dataset(found, dict(state=states, num_particles=counts))


def test_states_without_information_or_impurity_decouple():
    assert _BY_LEDGER["L31"].judge(_decoupled()).verdict is Verdict.HOLDS


def test_a_body_in_one_packet_only_is_one_packet():
    claim = _BY_LEDGER["L40"]
    data = claim.experiment("quick", 0)
    last = data.time == data.time[-1]
    left = data.density.where((data.x < 0.0) | ~last, 0.0)
    data = data.assign(
        density=left,
        density_grid=left,
        weaker=data.weaker.where(~last, 0.0),
        weaker_grid=data.weaker.where(~last, 0.0),
        body=data.body.where(~last, -np.abs(data.body)),
    )
    assert claim.judge(data).verdict is Verdict.HOLDS


def test_beside_the_middle_of_a_quartic_trap_the_distance_no_longer_falls():
    counts = (256, 1024, 4096)
    distance = np.array(quartic_distances(counts, np.array([2.0, 6.0])))[:, 1]
    exponents = np.diff(np.log(distance), axis=0) / np.diff(np.log(counts))[:, None]
    assert np.all(np.diff(np.abs(exponents), axis=0) < 0.0)
    assert np.all(np.abs(exponents[:, 1]) < 0.1)


@pytest.mark.parametrize(("heavy", "verdict"), [(1.0, Verdict.HOLDS), (2.0, Verdict.FAILS)])
def test_the_classical_ensemble_holds_where_no_rays_cross(heavy, verdict, monkeypatch):
    case = "spreading of a free packet"
    monkeypatch.setattr(classical_ensemble, "_CASES", {case: classical_ensemble._CASES[case]})
    data = classical_ensemble._run("quick", 0, heavy)
    assert _BY_LEDGER["L63"].judge(data).verdict is verdict
