import numpy as np
import pytest

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_count,
    require_finite,
    require_kind,
    require_positive,
    require_real,
    require_shape,
)


def test_good_input_passes_in_silence():
    require_shape("q", np.zeros((3, 2)), (None, 2))
    require_shape("q", 1.0, ())
    require_finite("q", [1.0, -2.0])
    require_finite("q", 1.0 + 2.0j)
    require_positive("width", [0.1, 2.0])
    require_count("num_particles", np.int64(3), 1, 3)
    require_choice("preset", "quick", ("quick", "full"))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: require_shape("q", np.zeros((3, 1)), (3,), "(dof,)"),
            "`q` must have shape (dof,) = (3,), but has shape (3, 1).",
        ),
        (
            lambda: require_shape("Q", np.zeros(3), (None, 2)),
            "`Q` must have shape (any, 2), but has shape (3,).",
        ),
        (
            lambda: require_finite("U", [1.0, np.nan, np.inf]),
            "`U` must be finite, but 2 of its 3 values are infinite or NaN.",
        ),
        (
            lambda: require_positive("width", -0.5, "nm"),
            "`width` must be positive, but is -0.5 nm.",
        ),
        (lambda: require_positive("width", [1.0, 0.0]), "`width` must be positive, but is 0."),
        (lambda: require_positive("width", np.nan), "`width` must be finite"),
        (lambda: require_positive("width", None), "`width` must be made of numbers, but is None."),
        (lambda: require_finite("U", ["a"]), "`U` must be made of numbers, but is ['a']."),
        (lambda: require_positive("width", 1j), "`width` must be made of real numbers, but is 1j."),
        (lambda: require_real("d", "a"), "`d` must be made of real numbers, but is 'a'."),
        (
            lambda: require_real("U", np.zeros(99, complex)),
            "`U` must be made of real numbers, but is a ndarray of shape (99,) and kind",
        ),
        (lambda: require_kind("grid", None, dict), "`grid` must be a dict, but is a NoneType."),
        (
            lambda: require_count("num_particles", 0),
            "`num_particles` must be a whole number, at least 1, but is 0.",
        ),
        (
            lambda: require_count("num_particles", 30, 1, 24),
            "`num_particles` must be a whole number, at least 1 and at most 24, but is 30.",
        ),
        (lambda: require_count("num_particles", 2.0), "but is 2.0."),
        (lambda: require_count("num_particles", True), "but is True."),
        (
            lambda: require_choice("preset", "quik", ("quick", "full")),
            "`preset` must be one of quick, full, but is 'quik'. Did you mean 'quick'?",
        ),
        (
            lambda: require_choice("preset", "zzz", ("quick", "full")),
            "`preset` must be one of quick, full, but is 'zzz'.",
        ),
    ],
)
def test_bad_input_gets_its_sentence(call, sentence):
    with pytest.raises(ValueError) as caught:
        call()
    assert sentence in str(caught.value)


def test_validity_is_a_kind_of_value_error():
    assert issubclass(ValidityError, ValueError)
