"""Kicks by a phase: what potential differences do to the transform of f in velocity.

With f̂(x, η) = ∫f e^(-iηv) dv a kick of duration τ multiplies f̂ by exp(-i τ θ(x, η)), where
θ = Σ_k Û_k i g(k·η) e^(ikx) / (-m). Vlasov's g is z itself, θ = -η·∂U/∂x / m; Wigner's is
(2m/ħ) sin(ħz/2m), the difference of U at x ± ħη/2m.
"""

from collections.abc import Callable

import numpy as np
import scipy.fft

from zitter.core.fft import num_threads
from zitter.mean_field.phase_space import Species


def kicked_by_phase(
    f: np.ndarray,
    kind: Species,
    U: np.ndarray,
    tau: float,
    kick: Callable[[np.ndarray, float], np.ndarray],
) -> np.ndarray:
    """f after a kick of duration τ with g(z, m) in the place of z = k·η.

    Args:
        f: (*num of space, *num of velocity) [time^num_axes/length^num_axes/length^num_axes].
        kind: Species, for its grids and mass.
        U: potential energy of one particle, periodic (*num) [energy].
        tau: τ [time].
        kick: g(z, m) [time/length^2].

    Returns:
        f as given, in a new array [time^num_axes/length^num_axes/length^num_axes].
    """
    D, num_v, workers = kind.space.num_axes, kind.velocity.num, num_threads(f.size)
    last = tuple(range(D, 2 * D))
    f_hat = scipy.fft.rfftn(f, axes=last, workers=workers)
    first = tuple(range(D))
    U_hat = scipy.fft.fftn(U).reshape(*kind.space.num, *[1] * D)
    g = kick(phase_arguments(kind), kind.mass)
    theta = scipy.fft.ifftn(1j * g * U_hat, axes=first, workers=workers)
    f_hat *= np.exp(1j * (tau / kind.mass) * theta.real)
    return scipy.fft.irfftn(f_hat, num_v, axes=last, workers=workers)


def phase_arguments(kind: Species) -> np.ndarray:
    """z = k·η of the grids of a species, on half of the last axis, without the Nyquist k."""
    D, num_v, step = kind.space.num_axes, kind.velocity.num, kind.velocity.spacing
    eta = [2.0 * np.pi * np.fft.fftfreq(n, h) for n, h in zip(num_v, step, strict=True)]
    eta[-1] = 2.0 * np.pi * np.fft.rfftfreq(num_v[-1], step[-1])
    k = [_without_nyquist(q) for q in kind.space.wavenumbers]
    parts = (np.multiply.outer(_along(k[a], a, D), _along(eta[a], a, D)) for a in range(D))
    return np.asarray(sum(parts))


def _along(values: np.ndarray, axis: int, num_axes: int) -> np.ndarray:
    return values.reshape([-1 if i == axis else 1 for i in range(num_axes)])


def _without_nyquist(k: np.ndarray) -> np.ndarray:
    k = np.array(k)
    if len(k) % 2 == 0:
        k[len(k) // 2] = 0.0
    return k
