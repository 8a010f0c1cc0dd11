"""Planted defects of section 4 are runs of another physics, not numbers put into the data."""

import numpy as np
import pytest

import zitter  # noqa: F401
from zitter.claims.claim import Verdict
from zitter.claims.section4 import CLAIMS, far_bodies, phases
from zitter.claims.section4.pairs import GRAVITY, at_rest, pair, shot, shot_in_fixed_fields
from zitter.kbody.newton import newton_paths

_BY_LEDGER = {claim.ledger: claim for claim in CLAIMS}
TIME = 0.4


def test_bodies_in_fixed_fields_fly_as_the_pair_does_but_do_not_move_each_other():
    system, (X, V) = pair(GRAVITY), at_rest()
    path = newton_paths(system, X, V, [0.0, TIME], time_step=2e-3, method="yoshida6")
    end = path.X[-1]
    alone = shot_in_fixed_fields(system, end, TIME, X)
    assert alone.momenta == pytest.approx(path.V[-1], abs=1e-9)
    aside = np.array([[0.0, 0.0], [1e-2, 0.0]])
    moved = end + aside
    fixed, free = (f(system, moved, TIME, X) for f in (shot_in_fixed_fields, shot))
    assert fixed.momenta[0] == pytest.approx(alone.momenta[0], abs=1e-9)
    assert abs(free.momenta[0, 0] - alone.momenta[0, 0]) > 1e-3
    # The slope of the sum of the phases is the momentum.
    back = shot_in_fixed_fields(system, end - aside, TIME, X)
    slope = (fixed.action - back.action) / 2e-2
    assert slope == pytest.approx(alone.momenta[1, 0], rel=1e-3)


def test_the_mixed_slope_of_the_defect_is_measured():
    data = _BY_LEDGER["L45"].planted_defect("quick", 0)
    assert np.all(data.mixed != data.cross[:, -1])
    assert np.all(data.slope_error < 1e-6)
    assert _BY_LEDGER["L45"].judge(data).verdict is Verdict.HOLDS


def test_momenta_of_half_the_force_come_from_a_run():
    momenta = [phases._momenta(pair(GRAVITY), force) for force in (1.0, 0.5)]
    # Half of the force takes √2 times as long to the same place, where it gives 1/√2 of the speed.
    assert np.all(np.abs(momenta[1]) < 0.5 * np.abs(momenta[0]))
    path = newton_paths(
        pair(GRAVITY), *at_rest(), [0.0, TIME / np.sqrt(2.0)], time_step=2e-3, method="yoshida6"
    )
    assert momenta[1] == pytest.approx(path.V[-1, :, 0] / np.sqrt(2.0), rel=1e-9)


def test_the_point_beside_the_centre_of_mass_feels_its_own_force():
    errors = far_bodies._force_errors(0, 1.0)[:, 0]
    r, d = far_bodies._DISTANCES, 1.0
    actual = 0.5 * ((r - d) ** -2 + (r + d) ** -2)
    assert errors == pytest.approx(np.broadcast_to(abs(actual * (r - 1.0) ** 2 - 1.0), (2, 7)))
