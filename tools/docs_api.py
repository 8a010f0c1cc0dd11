"""Write docs/generated/api: every public function and class of the library with its docstring."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from pathlib import Path
from types import ModuleType

import zitter

FOLDERS = (
    "core",
    "system",
    "wavefunctions",
    "trajectories",
    "forces",
    "classical_limit",
    "kbody",
    "mean_field",
    "bath",
)
PLACE = Path("docs/generated/api")


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    for folder in FOLDERS:
        package = importlib.import_module(f"{zitter.__name__}.{folder}")
        text = "\n".join(page_of(package))
        (PLACE / f"{folder}.md").write_text(text, "utf-8")
    names = "\n".join(FOLDERS)
    about = "The folders are a ladder: each uses only those above it in this list."
    index = f"# Reference\n\n{about}\n\n:::{{toctree}}\n:maxdepth: 1\n\n{names}\n:::\n"
    (PLACE / "index.md").write_text(index, "utf-8")


def page_of(package: ModuleType):
    """Lines of the page of one folder."""
    yield f"# {package.__name__}\n"
    yield f"{inspect.getdoc(package)}\n"
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        yield f"## {info.name}\n"
        yield f"```text\n{inspect.getdoc(module)}\n```\n"
        for name, thing in public_things(module):
            yield f"### `{name}`\n"
            yield f"```python\n{told(name, thing)}\n```\n"


def told(name: str, thing: object) -> str:
    """A class as far as its fields go, a function as its call and its docstring."""
    if inspect.isclass(thing):
        source = inspect.getsource(thing).split("\n    def ")[0].split("\n    @")[0]
        return source.rstrip()
    doc = textwrap.indent(f'"""{inspect.getdoc(thing)}\n"""', "    ", lambda line: line.strip())
    return f"def {signature_of(name, thing)}:\n{doc}"


def public_things(module: ModuleType) -> list[tuple[str, object]]:
    """Documented functions and classes that are defined here, in the order of the file."""
    found = [
        (name, thing)
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and getattr(thing, "__module__", None) == module.__name__
        and callable(thing)
        and inspect.getdoc(thing)
    ]
    return sorted(found, key=lambda pair: _line(pair[1]))


def _line(thing: object) -> int:
    try:
        return inspect.getsourcelines(inspect.unwrap(thing))[1]
    except (TypeError, OSError):
        return 0


def signature_of(name: str, thing: object) -> str:
    """The call as it is written in the source."""
    source = inspect.getsource(inspect.unwrap(thing))
    (tree,) = ast.parse(textwrap.dedent(source)).body
    if not isinstance(tree, ast.FunctionDef):
        return f"{name}(..)"
    returns = f" -> {ast.unparse(tree.returns)}" if tree.returns else ""
    inside = ast.unparse(tree.args)
    if len(name + inside + returns) <= 88:
        return f"{name}({inside}){returns}"
    return f"{name}(\n    {_one_a_line(tree.args)}\n){returns}"


def _one_a_line(arguments: ast.arguments) -> str:
    parts: list[str] = []
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    parts += [_argument(a, d) for a, d in zip(plain, defaults, strict=True)]
    if arguments.vararg:
        parts.append("*" + ast.unparse(arguments.vararg))
    elif arguments.kwonlyargs:
        parts.append("*")
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parts += [_argument(a, d) for a, d in pairs]
    return ",\n    ".join(parts) + ","


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    return ast.unparse(argument) + (f" = {ast.unparse(default)}" if default else "")


if __name__ == "__main__":
    main()
