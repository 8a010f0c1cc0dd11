"""Do the tests of the table of equations see a wrong sign and a wrong factor 2?

    python tools/mutants.py            all equations that have code
    python tools/mutants.py 42 55      these equations

For each function of an equation, its result is negated, then doubled, and the tests that the
table lists for the equation are run: one of them must fail. Exit code 1 if a mutant survives.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from zitter.report.equations import Equation, equation_table

HERE = Path(__file__).parent
FACTORS = {"negated": -1, "doubled": 2}
NUM_PROCESSES, TIMEOUT = 2, 900.0

Job = tuple[str, int]


def failing_tests(tests: Iterable[str], function: str = "", factor: int = 1) -> set[str]:
    """Those tests that fail when the result of `function` is multiplied by `factor`."""
    words = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", "-W", "ignore"]
    environment = dict(os.environ)
    if function:
        words += ["-p", "mutation_plugin"]
        path = os.pathsep.join([str(HERE), environment.get("PYTHONPATH", "")])
        environment |= dict(PYTHONPATH=path, ZITTER_MUTANT=function, ZITTER_FACTOR=str(factor))
    tests = sorted(tests)
    try:
        done = subprocess.run(
            [*words, *tests],
            cwd=HERE.parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return set(tests)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(tests)}: pytest did not run.\n{done.stdout}{done.stderr}")
    told = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return {line.split(" ")[1].partition("[")[0] for line in told}


def chosen(numbers: set[int]) -> list[Equation]:
    """The equations of these numbers, or all that the package covers."""
    table = equation_table()
    if numbers:
        return [equation for equation in table if equation.number in numbers]
    return [equation for equation in table if equation.status != "not yet"]


def jobs(equations: list[Equation]) -> dict[Job, set[str]]:
    """The tests to run for each mutant: a function may belong to several equations."""
    found: dict[Job, set[str]] = {}
    for equation in equations:
        for function in equation.code:
            for factor in FACTORS.values():
                found.setdefault((function, factor), set()).update(equation.tests)
    return found


def tried(job: Job, tests: set[str]) -> set[str]:
    """The tests that kill one mutant, told when it is done."""
    function, factor = job
    failing = failing_tests(tests, function, factor)
    how = next(word for word, value in FACTORS.items() if value == factor)
    fate = f"killed by {len(failing)} of {len(tests)}" if failing else "SURVIVED"
    print(f"{fate:20}  {how}  {function}", flush=True)
    return failing


def report(equations: list[Equation], failing: dict[Job, set[str]]) -> int:
    """Print a line for each equation and function; the number of survivors."""
    survivors = 0
    print(f"\n eq.  {'  '.join(f'{how:8}' for how in FACTORS)}  function")
    for equation in equations:
        if not equation.code or not equation.tests:
            print(f"{equation.number:4}  no {'tests' if equation.code else 'code'}")
            survivors += 1
        for function in equation.code if equation.tests else ():
            killed = [bool(failing[function, f] & set(equation.tests)) for f in FACTORS.values()]
            survivors += killed.count(False)
            words = ["killed  " if k else "SURVIVED" for k in killed]
            print(f"{equation.number:4}  {'  '.join(words)}  {function}")
    return survivors


def main(words: list[str]) -> int:
    equations = chosen({int(word) for word in words})
    wanted = {job: tests for job, tests in jobs(equations).items() if tests}
    broken = failing_tests(set().union(*wanted.values())) if wanted else set()
    if broken:
        print("These tests fail without a mutant:", *sorted(broken), sep="\n  ")
        return 1
    with ThreadPoolExecutor(NUM_PROCESSES) as pool:
        results = pool.map(tried, wanted.keys(), wanted.values())
        failing = dict(zip(wanted, results, strict=True))
    survivors = report(equations, failing)
    print(f"{survivors} survivors")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
