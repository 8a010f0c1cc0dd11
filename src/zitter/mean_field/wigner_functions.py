"""Phase-space pictures of a mixed state on a periodic line: Wigner's function and Husimi's.

On a torus of length L the momenta of ψ are whole multiples of 2πħ/L, those of its Wigner function
whole multiples of πħ/L: the halves between carry the interference. Husimi's function is Wigner's,
smoothed with a Gaussian of widths s in x and ħ/2s in p; a classical f is compared with it after
the same smoothing.
"""

from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_count, require_finite, require_positive, require_shape
from zitter.core.fft import inverse_transform_lines, transform_lines
from zitter.core.grid import Grid
from zitter.mean_field.mixed_states import mixed_state

LARGEST_BLOCK = 2**22


class WignerFunction(NamedTuple):
    """Wigner's function on the momenta πħj/L of the torus, j = -num .. num - 1."""

    momenta: np.ndarray
    """(2 num,) [mass*length/time]"""
    values: np.ndarray
    """W with ∫W dp = ρ, the integral being the sum times πħ/L, (num, 2 num) [1/action]"""


def wigner_function(orbitals: Any, weights: Any, grid: Grid, hbar: float) -> WignerFunction:
    """W(x, p) = (1/2πħ) ∫ Σ_j w_j ψ_j(x + s/2) ψ_j*(x - s/2) exp(-ips/ħ) ds on the torus.

    Args:
        orbitals: ψ_j, (orbital, num) [1/length^(1/2)].
        weights: w_j, (orbital,) [1].
        grid: Grid of one axis, periodic.
        hbar: [mass*length^2/time].

    Returns:
        WignerFunction.

    Raises:
        ValueError: bad arguments.

    Validity: exact for resolved orbitals.
    """
    orbitals, weights = mixed_state(orbitals, weights, grid)
    require_positive("hbar", hbar)
    num = grid.num[0]
    fine = _between(orbitals)
    matrix = (weights * fine.T) @ fine.conj()
    shift = np.arange(2 * num)
    here = 2 * np.arange(num)[:, None]
    correlation = matrix[(here + shift) % (2 * num), (here - shift) % (2 * num)]
    spectrum = np.fft.fftshift(transform_lines(correlation).real, axes=1) / (2 * num)
    step = np.pi * hbar / (num * grid.spacing[0])
    return WignerFunction(step * np.arange(-num, num), spectrum / step)


def warm_wigner(
    psi: Any, space: Grid, velocity: Grid, momentum_spread: float, *, mass: float, hbar: float
) -> np.ndarray:
    """Wigner function of ψ exp(ip₀x/ħ) with p₀ drawn from Maxwell's law of spread σ, smooth in p.

    f(x, v) = (M/2π) ∫ ψ(x + ħη/2) ψ*(x - ħη/2) exp(-σ²η²/2 - iMvη) dη.

    Args:
        psi: ψ, (num,) [1/length^(1/2)].
        space: Grid of one axis, periodic.
        velocity: Grid of one axis, its `lower` and `upper` velocities.
        momentum_spread: σ [mass*length/time].
        mass: M [mass].
        hbar: [mass*length^2/time].

    Returns:
        f = M W(x, Mv), (num of space, num of velocity) [time/length^2].

    Raises:
        ValueError: bad arguments.

    Validity: f small at the ends of the velocities, where it is continued periodically.
    """
    (psi,), _ = mixed_state(np.atleast_2d(psi), [1.0], space)
    require_count("number of axes of `velocity`", velocity.num_axes, 1, 1)
    for name, value in (("momentum_spread", momentum_spread), ("mass", mass), ("hbar", hbar)):
        require_positive(name, value)
    eta = velocity.wavenumbers[0] / mass
    moved = np.exp(0.5j * hbar * np.outer(space.wavenumbers[0], eta))
    spectrum = transform_lines(psi)[:, None]
    forward = inverse_transform_lines(spectrum * moved, axis=0)
    backward = inverse_transform_lines(spectrum / moved, axis=0)
    # The axis of velocities does not begin at 0.
    wave = np.exp(-0.5 * (momentum_spread * eta) ** 2 - 1j * eta * mass * velocity.lower[0])
    f = transform_lines(forward * backward.conj() * wave).real
    return f / (velocity.num[0] * velocity.spacing[0])


def husimi_function(
    orbitals: Any, weights: Any, grid: Grid, momenta: Any, width: float, hbar: float
) -> np.ndarray:
    """H(x, p) = (1/2πħ) Σ_j w_j |⟨x, p|ψ_j⟩|² with coherent states of width s in x, ħ/2s in p.

    Args:
        orbitals: ψ_j, (orbital, num) [1/length^(1/2)].
        weights: w_j, (orbital,) [1].
        grid: Grid of one axis, periodic.
        momenta: any p, (momentum,) [mass*length/time].
        width: s, the standard deviation of x in a coherent state [length].
        hbar: [mass*length^2/time].

    Returns:
        H >= 0 at the points of the grid, (num, momentum) [1/action].

    Raises:
        ValueError: bad arguments.
    """
    orbitals, weights = mixed_state(orbitals, weights, grid)
    require_shape("momenta", momenta, (None,), "(momentum,)")
    require_finite("momenta", momenta)
    require_positive("width", width)
    require_positive("hbar", hbar)
    spectra, k = transform_lines(orbitals), grid.wavenumbers[0]
    result = np.empty((grid.num[0], len(momenta)))
    rows = max(1, LARGEST_BLOCK // spectra.size)
    for begin in range(0, len(momenta), rows):
        p = np.asarray(momenta, dtype=float)[begin : begin + rows, None]
        packets = np.exp(-((width * (k - p / hbar)) ** 2))
        overlaps = inverse_transform_lines(packets[:, None] * spectra)
        density = np.einsum("j,pjx->xp", weights, overlaps.real**2 + overlaps.imag**2)
        result[:, begin : begin + rows] = density
    return result * np.sqrt(8.0 * np.pi) * width / (2.0 * np.pi * hbar)


def husimi_smoothed(
    f: Any, space: Grid, velocity: Grid, width: float, *, mass: float = 1.0, hbar: float
) -> np.ndarray:
    """f(x, v) smoothed as Husimi's function is: Gaussians of widths s in x and ħ/2Ms in v.

    Args:
        f: values, (num of space, num of velocity) [time/length^2].
        space: Grid of one axis, periodic.
        velocity: Grid of one axis of velocities, taken to be periodic.
        width: s [length].
        mass: M [mass].
        hbar: [mass*length^2/time].

    Returns:
        Smoothed values, like f [time/length^2]; Husimi's function in x and v is M H(x, Mv).

    Raises:
        ValueError: bad arguments.
    """
    for name, grid in (("space", space), ("velocity", velocity)):
        require_count(f"number of axes of `{name}`", grid.num_axes, 1, 1)
    require_shape("f", f, (*space.num, *velocity.num), "(num of space, num of velocity)")
    for name, value in (("width", width), ("mass", mass), ("hbar", hbar)):
        require_positive(name, value)
    k, eta = space.wavenumbers[0], velocity.wavenumbers[0]
    blur_x = np.exp(-0.5 * (width * k) ** 2)[:, None]
    blur_v = np.exp(-0.5 * (0.5 * hbar / (mass * width) * eta) ** 2)
    along_x = inverse_transform_lines(blur_x * transform_lines(np.asarray(f), axis=0), axis=0)
    return inverse_transform_lines(blur_v * transform_lines(along_x)).real


def _between(orbitals: np.ndarray) -> np.ndarray:
    """Orbitals on the points of the grid and half-way between, (orbital, 2 num)."""
    num = orbitals.shape[1]
    spectra = transform_lines(orbitals)
    padded = np.zeros((len(orbitals), 2 * num), complex)
    padded[:, : num - num // 2] = spectra[:, : num - num // 2]
    padded[:, -(num // 2) :] = spectra[:, -(num // 2) :]
    return 2.0 * inverse_transform_lines(padded)
