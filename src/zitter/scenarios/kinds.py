"""The kinds of scenarios, each a folder here; loaded when they are asked for."""

import importlib
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from types import ModuleType

from zitter.core.checks import require_choice
from zitter.scenarios.model import Scenario

KINDS = ("centre_of_mass", "packet", "bodies", "mean_field", "bath")


def config_of(kind: str) -> type[Scenario]:
    """Model of the file of a kind."""
    return importlib.import_module(f"zitter.scenarios.{kind}.config").Config


def part_of(kind: str, part: str) -> ModuleType:
    """The module "run" or "figures" of a kind."""
    return importlib.import_module(f"zitter.scenarios.{kind}.{part}")


def template(kind: str) -> str:
    """A commented scenario of a kind, as TOML.

    Raises:
        ValueError: an unknown kind.
    """
    require_choice("KIND", kind, KINDS)
    return resources.files(f"zitter.scenarios.{kind}").joinpath("template.toml").read_text("utf-8")


def shipped() -> dict[str, str]:
    """The scenarios that come with the package: TOML by name."""
    files = resources.files("zitter.scenarios").joinpath("shipped").iterdir()
    texts = {file.name.removesuffix(".toml"): file.read_text("utf-8") for file in files}
    return dict(sorted(texts.items()))


def text_of(name: str) -> str:
    """A scenario as TOML: of a file, or of that name among those that come with the package.

    Raises:
        ValueError: neither a file nor a name.
    """
    if Path(name).is_file():
        return Path(name).read_text("utf-8")
    if name not in shipped():
        near = get_close_matches(name, shipped(), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(shipped())}."
        raise ValueError(f"{name!r} is neither a file nor a scenario of the package. {hint}")
    return shipped()[name]


def base_of(name: str) -> Path:
    """Folder below which the files lie that a scenario names: its own, or the current one."""
    return Path(name).parent if Path(name).is_file() else Path()
