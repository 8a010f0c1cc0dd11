"""Imports point down the ladder only; files and functions stay small; errors are not hidden."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zitter

ROOT = Path(zitter.__file__).parent

LADDER = (
    "core",
    "system",
    "wavefunctions",
    "trajectories",
    "forces",
    "classical_limit",
    "kbody",
    "mean_field",
    "bath",
    "scenarios",
    "claims",
    "report",
    "cli",
)
LEVEL = {name: level for level, name in enumerate(LADDER)}
BATH_MAY_IMPORT = {"core", "system", "wavefunctions", "trajectories", "bath"}

ANYWHERE = {"jax", "jaxlib", "equinox", "numpy", "scipy", "numba"}
ABOVE = ("scenarios", "claims", "report", "cli")
FLOORS = {
    "xarray": (*ABOVE, "core/dataset.py", "core/growing.py"),
    "zarr": (*ABOVE, "core/dataset.py", "core/growing.py"),
    "matplotlib": ("scenarios", "claims", "report"),
    "cycler": ("scenarios",),
    "plotly": ("scenarios", "report"),
    "pydantic": ("scenarios",),
    "pydantic_core": ("scenarios",),
    "pint": ("scenarios",),
    "diffrax": ("kbody",),
    "pyfftw": ("core/fft.py",),
    "qutip": ("scenarios",),
    "distributed": ("scenarios",),
    "h5netcdf": ("scenarios",),
    "rich": ("report", "cli"),
    "typer": ("cli",),
}
MAX_FILE_LINES, MAX_FUNCTION_LINES = 350, 60


def _folder(file: Path, root: Path) -> str:
    return file.relative_to(root).parts[0].removesuffix(".py")


def _imported_modules(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, inside functions too; relative imports are named "."."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield "."
            elif node.module == "zitter":
                yield from (f"zitter.{alias.name}" for alias in node.names)
            else:
                yield node.module or "."


def _import_faults(file: Path, root: Path, tree: ast.AST) -> Iterator[str]:
    folder = _folder(file, root)
    where = file.relative_to(root).as_posix()
    for module in _imported_modules(tree):
        top, *rest = module.split(".")
        if module == ".":
            yield f"{where}: relative import"
        elif top == "zitter":
            yield from _ladder_faults(where, folder, rest[0] if rest else "")
        elif top not in sys.stdlib_module_names | ANYWHERE:
            allowed = FLOORS.get(top, ())
            if folder not in allowed and where not in allowed:
                yield f"{where}: imports {top}"


def _ladder_faults(where: str, folder: str, imported: str) -> Iterator[str]:
    if imported not in LEVEL or folder not in LEVEL:
        return
    if LEVEL[imported] > LEVEL[folder]:
        yield f"{where}: imports {imported}, which is above it"
    if folder == "bath" and imported not in BATH_MAY_IMPORT:
        yield f"{where}: bath needs no {imported}"


def _size_faults(file: Path, root: Path, tree: ast.AST) -> Iterator[str]:
    where = file.relative_to(root).as_posix()
    lines = len(file.read_text("utf-8").splitlines())
    if lines > MAX_FILE_LINES:
        yield f"{where}: {lines} lines"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = _length(node)
            if length > MAX_FUNCTION_LINES:
                yield f"{where}: {node.name} has {length} lines"


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _hiding_faults(file: Path, root: Path, tree: ast.AST) -> Iterator[str]:
    where = file.relative_to(root).as_posix()
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield f"{where}:{node.lineno}: bare except"
            elif all(isinstance(step, ast.Pass) for step in node.body):
                yield f"{where}:{node.lineno}: error passed over in silence"
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            yield f"{where}:{node.lineno}: NotImplementedError"


def faults(root: Path) -> list[str]:
    found: list[str] = []
    for file in sorted(root.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        for check in (_import_faults, _size_faults, _hiding_faults):
            found.extend(check(file, root, tree))
    return found


def test_the_package_keeps_the_rules_of_the_house():
    assert faults(ROOT) == []


PLANTED = {
    "core imports a higher folder": ("core/a.py", "from zitter.claims import ALL"),
    "also inside a function": ("system/a.py", "def f():\n    import zitter.wavefunctions.x"),
    "also by its name": ("core/a.py", "from zitter import forces"),
    "plotting below the scenarios": ("forces/a.py", "import matplotlib.pyplot as plt"),
    "labelled data below the scenarios": ("trajectories/a.py", "import xarray"),
    "a package that nobody declared": ("core/a.py", "import pandas"),
    "a relative import": ("core/a.py", "from . import grid"),
    "the bath imports forces": ("bath/a.py", "from zitter.forces import x"),
    "a long file": ("core/a.py", "x = 1\n" * 351),
    "a long function": ("core/a.py", "def f():\n" + "    x = 1\n" * 60),
    "a bare except": ("core/a.py", "try:\n    x = 1\nexcept:\n    x = 2"),
    "an error in silence": ("core/a.py", "try:\n    x = 1\nexcept ValueError:\n    pass"),
    "work left undone": ("core/a.py", "def f():\n    raise NotImplementedError"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name, tmp_path):
    where, text = PLANTED[name]
    file = tmp_path / where
    file.parent.mkdir(parents=True)
    file.write_text(text + "\n")
    assert len(faults(tmp_path)) == 1


def test_a_lawful_file_has_no_fault(tmp_path):
    file = tmp_path / "claims" / "a.py"
    file.parent.mkdir(parents=True)
    file.write_text("import xarray\nfrom zitter.core.checks import require_count\n")
    assert faults(tmp_path) == []
