"""Checks that turn bad input into a sentence: what was wrong and what to do."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class ValidityError(ValueError):
    """Input outside the range in which a method is right."""


def require_shape(name: str, array: Any, expected: Sequence[int | None], labels: str = "") -> None:
    """Raise unless `array` has shape `expected`; None stands for any length.

    Raises: ValueError.
    """
    shape = tuple(np.shape(array))
    fits = len(shape) == len(expected) and all(
        want is None or want == got for want, got in zip(expected, shape, strict=True)
    )
    if not fits:
        wanted = "(" + ", ".join("any" if n is None else str(n) for n in expected)
        wanted += ",)" if len(expected) == 1 else ")"
        meaning = f"{labels} = " if labels else ""
        raise ValueError(f"`{name}` must have shape {meaning}{wanted}, but has shape {shape}.")


def described(value: Any) -> str:
    """What stands for a value in a sentence: itself if that is short, else its kind and shape."""
    words = repr(value)
    if len(words) <= 60:
        return words
    return f"a {type(value).__name__} of shape {np.shape(value)} and kind {np.asarray(value).dtype}"


def require_kind(name: str, value: Any, kind: type) -> None:
    """Raise unless `value` is an instance of `kind`. Raises: ValueError."""
    if not isinstance(value, kind):
        raise ValueError(f"`{name}` must be a {kind.__name__}, but is a {type(value).__name__}.")


def require_real(name: str, array: Any) -> None:
    """Raise unless `array` is made of real numbers. Raises: ValueError."""
    if np.asarray(array).dtype.kind not in "biuf":
        raise ValueError(f"`{name}` must be made of real numbers, but is {described(array)}.")


def require_finite(name: str, array: Any) -> None:
    """Raise unless every entry of `array` is a finite number. Raises: ValueError."""
    values = np.asarray(array)
    if values.dtype.kind in "OSU":
        raise ValueError(f"`{name}` must be made of numbers, but is {described(array)}.")
    if not np.all(np.isfinite(values)):
        bad = int(np.size(values) - np.count_nonzero(np.isfinite(values)))
        raise ValueError(
            f"`{name}` must be finite, but {bad} of its {values.size} values are infinite or NaN."
        )


def require_positive(name: str, array: Any, unit: str = "") -> None:
    """Raise unless every entry of `array` is finite and > 0. Raises: ValueError."""
    require_finite(name, array)
    require_real(name, array)
    lowest = float(np.min(np.asarray(array)))
    if lowest <= 0.0:
        raise ValueError(
            f"`{name}` must be positive, but is {lowest:g}{' ' + unit if unit else ''}."
        )


def require_numbers(**values: Any) -> None:
    """Raise unless each of the named values is one finite real number. Raises: ValueError."""
    for name, value in values.items():
        require_finite(name, value)
        require_real(name, value)
        require_shape(name, value, ())


def require_count(name: str, value: int, minimum: int = 1, maximum: int | None = None) -> None:
    """Raise unless `value` is a whole number in [minimum, maximum]. Raises: ValueError."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < minimum or (maximum is not None and value > maximum):
        upper = "" if maximum is None else f" and at most {maximum}"
        raise ValueError(
            f"`{name}` must be a whole number, at least {minimum}{upper}, but is {value}."
        )


def require_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Raise unless `value` is one of `choices`, naming the nearest one. Raises: ValueError."""
    if value not in choices:
        from difflib import get_close_matches

        near = get_close_matches(str(value), choices, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"`{name}` must be one of {', '.join(choices)}, but is {value!r}.{hint}")
