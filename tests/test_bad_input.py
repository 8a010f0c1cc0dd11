"""Whatever stands for an argument, a public function answers by a sentence or by a result."""

import numpy as np
import pytest

from test_unit_covariance import CASES, OLD, WORDS, function
from unit_reading import argument_units, in_units

MODULES = {
    "mean_field": (
        *("cartesian_states", "cat_states", "extended_bodies", "extended_evolution", "few_body"),
        *("gaussian_collapse", "hartree", "line_states", "probe", "probe_quantum"),
        *("radial_evolution", "radial_shooting", "radial_states", "schrodinger_newton"),
        *("solitons", "stochastic"),
    ),
    "classical_limit": (
        *("characteristics", "conditional", "conditional_residuals", "decoupling"),
        *("grid_solver", "lambda_family", "signed_amplitude", "vortex_rays"),
    ),
    "wavefunctions": (
        "absorbing",
        "grid_psi",
        "schrodinger",
        "sharded_grid",
        "vortex_lines",
        "vortices",
    ),
    "core": ("poisson",),
}
NOT_MEANT = (None, "a", 1.0 + 1.0j, np.array([1.0, 2.0]), [], object())
PLACES = {f"{folder}.{module}" for folder, modules in MODULES.items() for module in modules}
NAMES = sorted(name for name in CASES if name.partition(":")[0] in PLACES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_meant_is_refused_in_a_sentence(name):
    case, thing = CASES[name], function(name)
    words = WORDS | case.words
    units = argument_units(thing, words)
    arguments = {
        key: in_units(value, units.get(key), OLD, words) for key, value in case.arguments.items()
    }
    failures = []
    for key in [key for key in arguments if key != "self"]:
        for value in NOT_MEANT:
            try:
                thing(**arguments | {key: value})
            except ValueError:
                continue
            except Exception as error:
                failures.append(f"{key} = {value!r}: {type(error).__name__}: {error}")
    assert not failures, "\n".join(failures)
