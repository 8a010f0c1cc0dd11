"""Functions and samples of one's own that a scenario names: "my.py:U", "package.module:U", "U.csv".

Importing a function runs the file that holds it; this is done only where the caller allows it.
"""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from zitter.core.checks import ValidityError
from zitter.scenarios.samples import FORMATS, Samples, read_samples


@dataclass(frozen=True)
class Inputs:
    """Where the files of a scenario lie, and whether its code may be run."""

    base: Path
    allow_code: bool


_INPUTS: ContextVar[Inputs | None] = ContextVar("inputs", default=None)


@contextmanager
def inputs_from(base: str | Path, *, allow_code: bool = False) -> Iterator[None]:
    """Context in which scenarios name files below `base`, and functions if that is allowed."""
    token = _INPUTS.set(Inputs(Path(base).resolve(), allow_code))
    try:
        yield
    finally:
        _INPUTS.reset(token)


def _inputs() -> Inputs:
    return _INPUTS.get() or Inputs(Path.cwd(), False)


@dataclass(frozen=True)
class Own:
    """A function "file.py:name" or "module:name", or a file of samples, as a scenario names it."""

    written: str
    file: Path | None
    function: str

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_plain_validator_function(
            read_own, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler):
        return {"type": "string"}

    def __str__(self) -> str:
        return self.written


class Timeless(eqx.Module):
    """Samples that take, and leave aside, a time."""

    samples: Samples

    def __call__(self, x: Any, *rest: Any) -> Any:
        return self.samples(x)


def read_own(written: Any) -> Own:
    """What a scenario names, found but not yet opened or imported.

    Raises:
        ValueError: no text of that form, or no such file.
    """
    if isinstance(written, Own):
        return written
    if not isinstance(written, str) or not written.strip():
        raise ValueError(f'must be a text such as "my.py:U" or "U.csv", not {written!r}.')
    place, colon, function = written.strip().rpartition(":")
    if not colon:
        return Own(written, _file(written.strip(), FORMATS), "")
    if not function.isidentifier():
        raise ValueError(f"must end in the name of a function, but {function!r} is none.")
    if place.endswith(".py"):
        return Own(written, _file(place, (".py",)), function)
    if not all(part.isidentifier() for part in place.split(".")):
        raise ValueError(f'must be "file.py:name" or "module:name", but is {written!r}.')
    return Own(written, None, function)


def _file(written: str, formats: tuple[str, ...]) -> Path:
    path = Path(written)
    if path.suffix not in formats:
        raise ValueError(f"must be a file {', '.join(formats)}, or a function, not {written!r}.")
    if ".." in path.parts:
        raise ValueError(f"must lie beside the scenario or below it, unlike {written!r}.")
    try:
        there = (_inputs().base / path).is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        raise ValueError(f"names a file that is not there: {_inputs().base / path}.")
    return _inputs().base / path


def own_callable(own: Own, num_axes: int, num_values: int = 1) -> Callable[..., Any]:
    """The function or the interpolated samples that a scenario names, in its declared units.

    Args:
        own: as it was read.
        num_axes: coordinates x (num_axes,) that it must take.
        num_values: arguments in all: with 2, the time comes after x.

    Returns:
        A function that JAX can trace, (x, ..) -> number.

    Raises:
        ValueError: code is not allowed, cannot be imported, or fails; samples cannot be read.
    """
    if not own.function:
        return Timeless(read_samples(own.file, num_axes))
    function = _imported(own)
    arguments = (jnp.zeros(num_axes), *[jnp.zeros(())] * (num_values - 1))
    try:
        shape = jax.eval_shape(function, *arguments).shape
    except Exception as error:
        said = str(error).splitlines()[0] if str(error) else ""
        raise ValueError(
            f"{own.written} must take x of shape ({num_axes},)"
            f"{' and t' if num_values > 1 else ''} and be written with jax.numpy "
            f"({type(error).__name__}: {said})."
        ) from None
    if shape != ():
        raise ValueError(f"{own.written} must return one number, but returns shape {shape}.")
    return function


def require_covered(own: Own, lower: Any, upper: Any) -> None:
    """Raise unless samples reach from `lower` to `upper`, per axis, in the declared units.

    Raises: ValidityError.
    """
    if own.function:
        return
    samples: Samples = read_samples(own.file, len(lower))
    for n, (low, high) in enumerate(zip(lower, upper, strict=True)):
        first, last = samples.ends[n]
        slack = 1e-9 * (last - first)
        if low < first - slack or high > last + slack:
            raise ValidityError(
                f"{own.written} has samples from {first:.4g} to {last:.4g} along axis {n + 1}, "
                f"but the box reaches from {low:.4g} to {high:.4g}: give a smaller box, or more "
                "samples."
            )


def _require_allowed(own: Own) -> None:
    if not _inputs().allow_code:
        raise ValueError(
            f"The scenario names {own.written}, and to import it is to run it: read that file, "
            "then add --allow-code."
        )


def _imported(own: Own) -> Callable[..., Any]:
    _require_allowed(own)
    try:
        module = _module_of(own)
    except Exception as error:
        raise ValueError(
            f"{own.written} cannot be imported ({type(error).__name__}: {error})."
        ) from None
    function = getattr(module, own.function, None)
    if not callable(function):
        near = get_close_matches(own.function, dir(module), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{own.written} names no function of its file.{hint}")
    return function


def _module_of(own: Own) -> ModuleType:
    if own.file is None:
        return importlib.import_module(own.written.rpartition(":")[0])
    # Two files of one name, or one file changed between two runs, must not be taken for another.
    name = f"zitter_own_{_digest(own.file)[:16]}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, own.file)
        if spec is None or spec.loader is None:
            raise ImportError(f"{own.file.name} is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
    return sys.modules[name]


def digests(part: BaseModel) -> dict[str, str]:
    """Digest of every file that a scenario names; a run with another content is another run.

    What these files import themselves is not seen.
    """
    found = {}
    for own in _named(part):
        file = own.file
        if file is None:
            _require_allowed(own)
            file = Path(getattr(_module_of(own), "__file__", None) or own.written)
        found[own.written] = _digest(file) if file.is_file() else ""
    return found


def files_below(part: BaseModel) -> dict[str, Path]:
    """Files that a scenario names by a path from its own folder, by that path."""
    base = _inputs().base
    files = (own.file for own in _named(part) if own.file is not None)
    return {str(f.relative_to(base)): f for f in files if f.is_relative_to(base)}


def _named(value: Any) -> Iterator[Own]:
    if isinstance(value, Own):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _named(getattr(value, name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _named(item)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
