import numpy as np
import pytest

from zitter.core import fft
from zitter.core.fft import (
    LARGE,
    Transforms,
    default_library,
    num_threads,
    plans_of_fftw,
    use_plans,
)


def values(num, dtype):
    rng = np.random.default_rng(0)
    return (rng.normal(size=num) + 1j * rng.normal(size=num)).astype(dtype)


@pytest.mark.parametrize("library", ["scipy", "fftw"])
@pytest.mark.parametrize("dtype", [np.complex128, np.complex64])
@pytest.mark.parametrize("num", [(30,), (12, 15), (8, 9, 10)])
def test_the_transforms_are_those_of_numpy(library, dtype, num):
    if library == "fftw":
        pytest.importorskip("pyfftw")
    f, transforms = values(num, dtype), Transforms(num, dtype, library)
    expected, size = np.fft.fftn(f.astype(complex)), np.prod(num)
    tolerance = 1e-4 if dtype == np.complex64 else 1e-12
    hat = transforms.forward(f.copy())
    assert hat.dtype == dtype
    np.testing.assert_allclose(hat, expected, atol=tolerance)
    np.testing.assert_allclose(transforms.inverse(hat) / size, f, atol=tolerance)
    half = transforms.forward_real(np.ascontiguousarray(f.real))
    np.testing.assert_allclose(half, np.fft.rfftn(f.real.astype(float)), atol=tolerance)
    np.testing.assert_allclose(transforms.inverse_real(half) / size, f.real, atol=tolerance)


@pytest.mark.parametrize("library", ["scipy", "fftw"])
def test_arrays_at_odd_places_in_memory_are_transformed_too(library):
    if library == "fftw":
        pytest.importorskip("pyfftw")
    memory = np.zeros(16 * 60 + 8, np.uint8)[8:].view(np.complex128).reshape(6, 10)
    memory[...] = values((6, 10), complex)
    expected = np.fft.fftn(memory)
    np.testing.assert_allclose(Transforms((6, 10), complex, library).forward(memory), expected)


def test_the_bits_do_not_depend_on_where_an_array_lies():
    pytest.importorskip("pyfftw")
    transforms, f = Transforms((32, 48), complex, "fftw"), values((32, 48), complex)
    first = transforms.forward(f.copy())
    for _ in range(5):
        np.testing.assert_array_equal(transforms.forward(f.copy()), first)


def test_plans_give_the_same_bits_again():
    pytest.importorskip("pyfftw")
    transforms, f = Transforms((24, 40), complex, "fftw"), values((24, 40), complex)
    first = transforms.forward(f.copy())
    use_plans(plans_of_fftw())
    np.testing.assert_array_equal(transforms.forward(f.copy()), first)


def test_the_library_can_be_named_by_a_variable(monkeypatch):
    monkeypatch.setenv("ZITTER_FFT", "scipy")
    assert default_library() == "scipy"
    assert plans_of_fftw() == b""
    monkeypatch.setenv("ZITTER_FFT", "fftpack")
    with pytest.raises(ValueError, match="`ZITTER_FFT` must be one of fftw, scipy"):
        default_library()


def test_small_transforms_are_those_of_scipy(monkeypatch):
    monkeypatch.delenv("ZITTER_FFT", raising=False)
    assert Transforms((LARGE - 1,), complex).library == "scipy"
    assert Transforms((LARGE,), complex).library == default_library()


def test_small_transforms_and_those_told_so_take_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert num_threads(LARGE) == 3
    assert num_threads(LARGE - 1) == 1


@pytest.mark.parametrize(
    ("seconds", "trials", "chosen"),
    [((1.0, 1.1), 2, 0), ((3.0, 1.0, 2.0), 3, 1), ((1.0, 2.5, 3.0), 3, 0)],
)
def test_of_plans_that_differ_the_fastest_is_kept(monkeypatch, seconds, trials, chosen):
    pyfftw = pytest.importorskip("pyfftw")
    made, left = [], list(seconds)

    def make(*arguments):
        made.append(arguments)
        monkeypatch.setattr(pyfftw, "export_wisdom", lambda: len(made) - 1)

    monkeypatch.setattr(pyfftw, "forget_wisdom", lambda: None)
    monkeypatch.setattr(fft, "_make_plan", make)
    monkeypatch.setattr(fft, "_seconds", lambda plan: left.pop(0))
    assert fft._best_wisdom("forward", (6, 8), np.dtype(complex), 1) == chosen
    assert len(made) == trials


@pytest.fixture
def no_plans(monkeypatch, tmp_path):
    """FFTW as on a machine where it has planned nothing."""
    pyfftw = pytest.importorskip("pyfftw")
    known = plans_of_fftw()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pyfftw.forget_wisdom()
    fft._plan.cache_clear()
    yield
    use_plans(known)
    fft._read_plans.cache_clear()


def test_a_new_plan_leaves_those_of_other_shapes_as_they_are(no_plans, monkeypatch, tmp_path):
    first, second = ((20, 18), (18, 22))
    Transforms(first, complex, "fftw").prepare()
    Transforms(second, complex, "fftw").prepare()
    fft._plan.cache_clear()
    monkeypatch.setattr(fft, "_best_wisdom", lambda *shape: pytest.fail(f"{shape} planned again"))
    Transforms(first, complex, "fftw").prepare()
    Transforms(second, complex, "fftw").prepare()
    assert (tmp_path / "zitter" / "fftw-plans-compared.json").is_file()
