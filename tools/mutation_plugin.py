"""Pytest plugin: one function of the package gives its result times a factor.

    ZITTER_MUTANT=zitter.forces.external:external_force ZITTER_FACTOR=-1 \
        pytest -p mutation_plugin tests/forces

The mutant stands in the place of the function, and of every name under which a module of the
package has imported it, before any test is collected.
"""

import functools
import importlib
import os
import sys

NUMBERS = (int, float, complex)


def changed(value, factor):
    """The same structure with every number multiplied; of a function, its results."""
    import jax
    import numpy as np

    def leaf(x):
        if callable(x) and not isinstance(x, type):
            return mutant_of(x, factor)
        numeric = isinstance(x, (*NUMBERS, np.generic, np.ndarray, jax.Array))
        return x * factor if numeric and np.result_type(x).kind != "b" else x

    return jax.tree_util.tree_map(leaf, value)


def mutant_of(function, factor):
    @functools.wraps(function)
    def mutant(*args, **kwargs):
        return changed(function(*args, **kwargs), factor)

    return mutant


def pytest_configure(config):
    module, _, path = os.environ["ZITTER_MUTANT"].partition(":")
    owner = importlib.import_module(module)
    *parents, last = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original = getattr(owner, last)
    mutant = mutant_of(original, int(os.environ["ZITTER_FACTOR"]))
    setattr(owner, last, mutant)
    for name, known in list(sys.modules.items()):
        if name.partition(".")[0] == "zitter":
            for key in [k for k, value in vars(known).items() if value is original]:
                setattr(known, key, mutant)
