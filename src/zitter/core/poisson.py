"""Poisson's equation ∇²φ = s on a grid: periodic, or isolated in one to three dimensions.

The isolated solution is the convolution of s with the fundamental solution -1/(4π r), ln(r/ℓ)/(2π)
or |x|/2, cut off at a radius L beyond the diagonal of the box, where no pair of points reaches.
The cut kernel is smooth in k and known in closed form, so the solution converges spectrally
(Vico, Greengard & Ferrando, J. Comput. Phys. 323 (2016) 191). Its values between points of the box
need twice the box per axis; only the kernel's own preparation needs more.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft
from scipy.special import j0, j1

from zitter.core._grid_kernels import as_3d, multiply_even
from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_finite,
    require_numbers,
    require_positive,
    require_shape,
)
from zitter.core.fft import Transforms, num_threads
from zitter.core.grid import Grid, require_grid

LARGEST_COLUMNS, LARGEST_KERNEL = 2**21, 8 * 2**30


def poisson_periodic(source: Any, grid: Grid) -> np.ndarray:
    """φ of ∇²φ = s - ⟨s⟩ on the torus, with ⟨φ⟩ = 0: the mean of s has no periodic solution.

    Args:
        source: s, real (*num) [1/length^2]: the unit of φ is that of s times length^2.
        grid: Grid.

    Returns:
        φ, (*num) [1]; float32 for a float32 source, else float64.

    Raises:
        ValueError: wrong shape, or s not finite.

    Validity: s resolved by the grid; spectrally exact there.
    """
    source = _real_source(source, grid)
    transforms = Transforms(grid.num, np.result_type(source.dtype, np.complex64))
    hat = transforms.forward_real(np.ascontiguousarray(source))
    kernel = _periodic_kernel(grid, source.dtype)
    multiply_even(as_3d(hat), as_3d(kernel))
    return transforms.inverse_real(hat)


def poisson_isolated(source: Any, grid: Grid, reference_length: float = 1.0) -> np.ndarray:
    """φ of ∇²φ = s in empty space, φ = ∫ K(|x - y|) s(y) d^Dy, nothing outside of the box.

    Args:
        source: s, real (*num) [1/length^2]: the unit of φ is that of s times length^2.
        grid: Grid of D = 1, 2 or 3 axes.
        reference_length: ℓ of K = ln(r/ℓ)/(2π) in two dimensions, where the zero of φ has to be
            chosen [length]; without effect for K = -1/(4π r) (D = 3) and K = |x|/2 (D = 1).

    Returns:
        φ, (*num) [1]; float32 for a float32 source, else float64.

    Raises:
        ValueError: wrong shape, s not finite, or ℓ not positive.

    Validity: s resolved, and negligible at the faces of the box: what it has there is cut off.
    """
    source = _real_source(source, grid)
    require_numbers(reference_length=reference_length)
    require_positive("reference_length", reference_length)
    kernel = _cut_kernel(grid, float(reference_length))
    return _convolution(source, grid.num, kernel.astype(source.dtype, copy=False))


def isolated_convolution(source: Any, kernel: Any, grid: Grid) -> np.ndarray:
    """Σ_y K(x - y) s(y) over the points of the box, of a kernel that is even in every axis.

    Args:
        source: s, real (*num) [1].
        kernel: K at 0 .. num spacings per axis, (num + 1 per axis) [1].
        grid: Grid.

    Returns:
        (*num) [1]: the unit is the product of those of s and K.

    Raises:
        ValueError: wrong shapes, or s not finite.
    """
    source = _real_source(source, grid)
    require_finite("kernel", kernel)
    require_shape("kernel", kernel, [n + 1 for n in grid.num], "num + 1")
    spectrum = scipy.fft.dctn(kernel, type=1, workers=num_threads(np.size(kernel)))
    return _convolution(source, grid.num, spectrum)


@dataclass(frozen=True)
class PoissonSolver:
    """Function s ↦ φ of ∇²φ = s for one grid, `boundary` "periodic" or "isolated".

    Raises:
        ValueError: another boundary.
    """

    grid: Grid
    boundary: str
    reference_length: float = 1.0

    def __post_init__(self):
        require_choice("boundary", self.boundary, ("periodic", "isolated"))
        require_grid(self.grid)
        require_numbers(reference_length=self.reference_length)
        require_positive("reference_length", self.reference_length)

    def __call__(self, source: Any) -> np.ndarray:
        """φ, (*num), as `poisson_periodic` or `poisson_isolated` gives it."""
        if self.boundary == "periodic":
            return poisson_periodic(source, self.grid)
        return poisson_isolated(source, self.grid, self.reference_length)


def _real_source(source: Any, grid: Grid) -> np.ndarray:
    require_grid(grid)
    source = np.asarray(source)
    require_shape("source", source, grid.num, "num")
    if np.iscomplexobj(source):
        raise ValueError("`source` must be real, but is complex.")
    require_finite("source", source)
    return source if source.dtype == np.float32 else source.astype(float, copy=False)


@lru_cache(maxsize=2)
def _periodic_kernel(grid: Grid, real: np.dtype) -> np.ndarray:
    """-1/(n k²) of wavenumbers 0 .. num//2 per axis, and 0 for k = 0 [length^2]."""
    halves = [k[: n // 2 + 1] ** 2 for k, n in zip(grid.wavenumbers, grid.num, strict=True)]
    k_squared = float(np.prod(grid.num)) * sum(np.ix_(*halves))
    kernel = np.zeros_like(k_squared)
    np.divide(-1.0, k_squared, out=kernel, where=k_squared > 0.0)
    return kernel.astype(real)


@lru_cache(maxsize=2)
def _cut_kernel(grid: Grid, reference_length: float) -> np.ndarray:
    """Spectrum of the kernel on the box doubled per axis, one even half, (num + 1 per axis).

    From the closed form on a longer period, by cosine transforms: only there are images of the
    cut kernel out of reach.
    """
    sides = np.multiply(grid.spacing, grid.num)
    radius = 1.001 * float(np.linalg.norm(sides))
    longer = [int(np.ceil(0.5 + 0.5 * radius / side)) for side in sides] * np.array(grid.num)
    steps = [np.pi / (n * h) for n, h in zip(longer, grid.spacing, strict=True)]
    wavenumbers = [np.arange(n + 1) * dk for n, dk in zip(longer, steps, strict=True)]
    _require_memory(grid, longer)
    first, rest = wavenumbers[0], wavenumbers[1:]
    # Plane by plane, so that the longer period never lies in memory whole.
    kernel = np.empty((len(first), *(n + 1 for n in grid.num[1:])))
    for i, k in enumerate(first):
        squared = k**2 + (sum(np.ix_(*[q**2 for q in rest])) if rest else 0.0)
        plane = _cut_spectrum(np.sqrt(squared), radius, reference_length, grid.num_axes)
        for axis, n in enumerate(grid.num[1:]):
            plane = _values_within(plane, axis, n)
        kernel[i] = plane
    kernel = _values_within(kernel, 0, grid.num[0])
    return scipy.fft.dctn(kernel, type=1, overwrite_x=True, workers=num_threads(kernel.size))


def _values_within(spectrum: np.ndarray, axis: int, num: int) -> np.ndarray:
    """Values 0 .. num of an even function from its spectrum along one axis."""
    values = scipy.fft.idct(spectrum, type=1, axis=axis, workers=num_threads(spectrum.size))
    return values.take(range(num + 1), axis=axis)


def _cut_spectrum(k: Any, L: float, reference_length: float, num_axes: int) -> np.ndarray:
    """∫_{r<L} K(r) exp(-ikx) d^Dx of the fundamental solution K of ∇²."""
    k = np.asarray(k, dtype=float)
    kL = k * L
    square = np.where(k > 0.0, k, 1.0) ** 2
    if num_axes == 3:
        return np.where(k > 0.0, -2.0 * np.sin(0.5 * kL) ** 2 / square, -0.5 * L**2)
    if num_axes == 2:
        log = np.log(L / reference_length)
        ring = (kL * log * j1(kL) + j0(kL) - 1.0) / square
        return np.where(k > 0.0, ring, 0.5 * L**2 * log - 0.25 * L**2)
    return np.where(k > 0.0, (kL * np.sin(kL) + np.cos(kL) - 1.0) / square, 0.5 * L**2)


def _convolution(source: np.ndarray, num: tuple[int, ...], kernel: np.ndarray) -> np.ndarray:
    """Σ_y K(x - y) s(y), by transforms of twice the length that skip what is zero."""
    last = len(num) - 1
    workers = num_threads(source.size)
    hat = scipy.fft.rfft(source, 2 * num[-1], axis=last, workers=workers)
    for axis in range(1, last):
        hat = scipy.fft.fft(hat, 2 * num[axis], axis=axis, overwrite_x=True, workers=workers)
    if last == 0:
        hat *= kernel
    else:
        _multiply_columns(hat, num[0], kernel, workers)
    for axis in range(last - 1, 0, -1):
        hat = scipy.fft.ifft(hat, axis=axis, overwrite_x=True, workers=workers)
        hat = hat[:, : num[axis]]
    return np.ascontiguousarray(
        scipy.fft.irfft(hat, 2 * num[-1], axis=last, workers=workers)[..., : num[-1]]
    )


def _multiply_columns(hat: np.ndarray, n: int, kernel: np.ndarray, workers: int) -> None:
    """The first axis: forward, times the kernel, and back, a block of rows at a time."""
    flat = hat.reshape(n, hat.shape[1] if hat.ndim == 3 else 1, -1)
    kernel = kernel.reshape(n + 1, -1, flat.shape[2])
    rows = max(1, LARGEST_COLUMNS // (2 * n * flat.shape[2]))
    for begin in range(0, flat.shape[1], rows):
        j = np.arange(begin, min(begin + rows, flat.shape[1]))
        block = np.asarray(scipy.fft.fft(flat[:, j], 2 * n, axis=0, workers=workers))
        # The kernel is even: row 2n - j is row j.
        K = kernel[:, np.minimum(j, flat.shape[1] - j)]
        block[: n + 1] *= K
        block[n + 1 :] *= K[n - 1 : 0 : -1]
        block = scipy.fft.ifft(block, axis=0, overwrite_x=True, workers=workers)
        flat[:, j] = block[:n]


def _require_memory(grid: Grid, longer: np.ndarray) -> None:
    planes = (longer[0] + 1) * np.prod([n + 1.0 for n in grid.num[1:]])
    size = 8.0 * max(planes, np.prod([n + 1.0 for n in longer[1:]]))
    if size > LARGEST_KERNEL:
        raise ValidityError(
            f"The kernel of this box takes {size / 2**30:.0f} GiB: its sides are too unequal or "
            f"its grid {grid.num} too fine. Use a box nearer to a cube, or fewer points."
        )
