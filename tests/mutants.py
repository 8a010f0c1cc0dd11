"""Do the tests of the table of equations see a wrong sign and a wrong factor 2?

    python tests/mutants.py            all equations that have code and tests
    python tests/mutants.py 42 55      these equations
    python tests/mutants.py --files 42 the whole test files instead, telling which tests fail

For each function of an equation, its result is negated, then doubled, and the tests that the
table lists for the equation are run; at least one of them must fail. Not part of the test run.
"""

import functools
import importlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FACTORS = {"negated": -1, "doubled": 2}


def _changed(value, factor):
    """The same structure with every number multiplied; what is no number stays."""
    import jax
    import numpy as np

    def leaf(x):
        is_number = isinstance(x, (int, float, complex, np.generic, np.ndarray, jax.Array))
        if not is_number or np.result_type(x).kind == "b":
            return x
        return x * factor

    return jax.tree_util.tree_map(leaf, value)


def pytest_configure(config):
    """Put the mutant in the place of the function before any test imports it."""
    name, factor = os.environ["ZITTER_MUTANT"], int(os.environ["ZITTER_FACTOR"])
    module_name, _, path = name.partition(":")
    owner = importlib.import_module(module_name)
    *parents, last = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original = getattr(owner, last)

    @functools.wraps(original)
    def mutant(*args, **kwargs):
        return _changed(original(*args, **kwargs), factor)

    setattr(owner, last, mutant)
    for module in [m for n, m in list(sys.modules.items()) if n.startswith("zitter")]:
        for key, value in list(vars(module).items()):
            if value is original:
                setattr(module, key, mutant)


def failing_tests(function: str, factor: int, tests: list[str]) -> set[str]:
    """Names of those tests that fail when the function's result is multiplied by `factor`."""
    environment = os.environ | {
        "ZITTER_MUTANT": function,
        "ZITTER_FACTOR": str(factor),
        "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
    }
    words = [sys.executable, "-m", "pytest", "-p", "mutants", "-q", "--tb=no", "-rfE", *tests]
    done = subprocess.run(words, cwd=HERE.parent, env=environment, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    broken = [line.split(" ")[1] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return {name.split("[")[0] for name in broken}


def main(words: list[str]) -> int:
    from zitter.report.equations import equation_table

    whole_files = "--files" in words
    wanted = {int(word) for word in words if word.isdigit()}
    survivors = 0
    for equation in equation_table():
        if not equation.code or (wanted and equation.number not in wanted):
            continue
        tests = sorted(
            {t.split("::")[0] for t in equation.tests} if whole_files else equation.tests
        )
        for function in equation.code:
            for how, factor in FACTORS.items():
                failing = failing_tests(function, factor, tests) if tests else set()
                survivors += not failing
                told = ", ".join(sorted(t.split("::")[-1] for t in failing)) or "SURVIVES"
                print(f"({equation.number}) {function} {how}: {told}", flush=True)
    print(f"{survivors} mutants survive")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
