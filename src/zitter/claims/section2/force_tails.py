"""How heavy the tail of the quantum force is near nodes, and why.

Near a node of codimension 2, |ψ|² ∝ s² in the distance s, so that P(distance < s) ∝ s⁴, and
|F| ∝ s⁻³: together P(|F| > f) ∝ f^(-4/3), a law without variance.
"""

import numpy as np
import xarray as xr

from zitter.claims.claim import Measurement, Preset, Verdict, verdict_within
from zitter.claims.section2.fringe_states import condensate_orbital
from zitter.claims.section2.product_forces import forces_at
from zitter.claims.section2.vortex_pair import (
    closeness_exponent,
    draw_pair,
    growth_exponent,
    node_distance,
    pair_forces,
)
from zitter.core.statistics import Estimate, hill_exponent

VORTICES, FRINGES_OF_ONE = "two bosons, vortices", "one particle in fringes"

_NUM_DRAWS = {"quick": 300_000, "default": 2_000_000, "full": 10_000_000}
_TAIL, _CLOSEST = 0.005, 0.005
_SHARES = np.geomspace(1e-4, 1.0, 61)[:-1]
_QUANTITIES = ("tail of |F_rel|", "closeness to a node", "growth towards a node")


def force_tails(preset: Preset, seed: int) -> xr.Dataset:
    """Tail of |F_rel| for two bosons with vortices, and of the quantum force of one particle."""
    num, rng = _NUM_DRAWS[preset], np.random.default_rng([seed, 2])
    points = draw_pair(num, rng)
    distance, force = node_distance(points), np.abs(pair_forces(points)[1])
    orbital = condensate_orbital()
    one = forces_at(orbital, orbital.sample(rng, num, 1))
    single = np.abs(one.F_cm + one.F_rel)
    exponents = (
        hill_exponent(force, _TAIL),
        closeness_exponent(distance, _CLOSEST),
        growth_exponent(),
    )
    of_one = hill_exponent(single, _TAIL)
    curves = [np.quantile(values, 1.0 - _SHARES) for values in (force, single)]
    unit = {"unit": "1"}
    return xr.Dataset(
        {
            "node_exponent": ("node_quantity", [e.value for e in exponents], unit),
            "node_exponent_error": ("node_quantity", [e.error for e in exponents], unit),
            "fringe_exponent": ((), of_one.value, unit),
            "fringe_exponent_error": ((), of_one.error, unit),
            "tail_force": (("tail_state", "tail_share"), curves, {"unit": "ħ²/mσ₀³"}),
        },
        {
            "node_quantity": list(_QUANTITIES),
            "tail_state": [VORTICES, FRINGES_OF_ONE],
            "tail_share": ("tail_share", _SHARES, unit),
        },
    )


def tail_measurements(data: xr.Dataset) -> list[Measurement]:
    """Exponents near nodes; below 2 the variance is infinite, and F_rel cannot be small."""
    estimates = {
        str(name): Estimate(
            float(data.node_exponent.sel(node_quantity=name)),
            float(data.node_exponent_error.sel(node_quantity=name)),
        )
        for name in data.node_quantity.values
    }
    tail, close, growth = (estimates[name] for name in _QUANTITIES)
    of_one = Estimate(float(data.fringe_exponent), float(data.fringe_exponent_error))
    expected = "4/3 (below 2: no variance)"
    return [
        _tail("tail exponent of |F_rel|", f"{VORTICES} (codimension 2)", tail, expected),
        _tail("tail exponent of the quantum force", FRINGES_OF_ONE, of_one, "0.6 to 4/3, cut off"),
        _reason("why: exponent of P(distance from a node < s)", close, 4.0, 0.4),
        _reason("why: exponent of |F_rel| against that distance", growth, -3.0, 0.1),
    ]


def _tail(name: str, regime: str, exponent: Estimate, expected: str) -> Measurement:
    verdict = verdict_within(
        exponent.value, exponent.error, high=2.0, inside=Verdict.FAILS, outside=Verdict.HOLDS
    )
    return Measurement(name, regime, exponent.value, exponent.error, expected, verdict)


def _reason(name: str, exponent: Estimate, expected: float, tolerance: float) -> Measurement:
    low, high = expected - tolerance, expected + tolerance
    verdict = verdict_within(exponent.value, exponent.error, low, high)
    return Measurement(name, VORTICES, exponent.value, exponent.error, expected, verdict)
