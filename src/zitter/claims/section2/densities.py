"""Real one-particle states whose products the claims draw: R, with l = (ln R)', l', l''.

Lengths are in units of a width, ħ = m = 1. For a product of N equal states all forces on the
centre of mass are sums over the particles of l, l' and l'', so that N = 10⁵ costs no more than
10⁵ evaluations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.integrate import cumulative_simpson, simpson
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.linalg import eigh

Slopes = tuple[np.ndarray, np.ndarray, np.ndarray]

HALF_DISTANCE = 1.82
"""Half of the distance of the two humps; σ² I_F = 1.8 then, far from the 1 of a Gaussian [σ₀]."""


@dataclass(frozen=True)
class Density:
    """ρ = R² of one particle, symmetric about 0: draws, (l, l', l''), variance and I_F."""

    name: str
    sample: Callable[[np.random.Generator, int | tuple[int, ...]], np.ndarray]
    slopes: Callable[[np.ndarray], Slopes]
    variance: float
    fisher_information: float

    @property
    def product(self) -> float:
        """σ² I_F: 1 for a Gaussian, larger for every other density [1]."""
        return self.variance * self.fisher_information


def gaussian_density(variance: float = 1.0) -> Density:
    """ρ of the ground state of an oscillator, l = -x/2σ²."""

    def slopes(x: np.ndarray) -> Slopes:
        return -x / (2.0 * variance), np.full_like(x, -0.5 / variance), np.zeros_like(x)

    def sample(rng: np.random.Generator, size: int | tuple[int, ...]) -> np.ndarray:
        return rng.normal(0.0, np.sqrt(variance), size)

    return Density("Gaussian", sample, slopes, variance, 1.0 / variance)


def two_hump_density(half_distance: float = HALF_DISTANCE) -> Density:
    """R ∝ e^(-(x-a)²/4) + e^(-(x+a)²/4): two overlapping packets, l = -x/2 + b tanh bx, b = a/2."""
    a, b = half_distance, 0.5 * half_distance
    overlap = np.exp(-0.5 * a**2)

    def sample(rng: np.random.Generator, size: int | tuple[int, ...]) -> np.ndarray:
        # ρ is a mixture of the two humps and of one Gaussian in the middle.
        side = 2.0 * rng.integers(2, size=size) - 1.0
        middle = rng.random(size) < overlap / (1.0 + overlap)
        return rng.normal(size=size) + np.where(middle, 0.0, a * side)

    def slopes(x: np.ndarray) -> Slopes:
        tanh = np.tanh(b * x)
        sech2 = 1.0 - tanh**2
        return -0.5 * x + b * tanh, -0.5 + b**2 * sech2, -2.0 * b**3 * sech2 * tanh

    variance = 1.0 + a**2 / (1.0 + overlap)
    return Density("two humps", sample, slopes, variance, _fisher_information(slopes, 6.0 + a))


def sech_density(width: float = 1.0) -> Density:
    """R ∝ sech(x/w), exponential tails, l = -tanh(x/w)/w."""

    def slopes(x: np.ndarray) -> Slopes:
        tanh = np.tanh(x / width)
        sech2 = 1.0 - tanh**2
        return -tanh / width, -sech2 / width**2, 2.0 * sech2 * tanh / width**3

    def sample(rng: np.random.Generator, size: int | tuple[int, ...]) -> np.ndarray:
        return rng.logistic(0.0, 0.5 * width, size)

    return Density("sech", sample, slopes, (np.pi * width) ** 2 / 12.0, 4.0 / (3.0 * width**2))


@cache
def quartic_density(strength: float = 1.0) -> Density:
    """ρ of the ground state in U = g x⁴/4; l' = 2(U - E) - l² and l'' = 2U' - 2 l l'."""
    x = np.linspace(-5.5, 5.5, 4401)
    energy, amplitude, derivative = _quartic_ground_state(strength, x)
    log_slope = CubicSpline(x, derivative / amplitude)
    density = amplitude**2
    norm = float(simpson(density, x=x))
    cumulated = cumulative_simpson(density, x=x, initial=0.0)
    rising = np.concatenate([[True], np.diff(cumulated) > 1e-16 * norm])
    quantile = PchipInterpolator(cumulated[rising] / cumulated[-1], x[rising])

    def slopes(x: np.ndarray) -> Slopes:
        l = log_slope(x)
        l1 = 0.5 * strength * x**4 - 2.0 * energy - l**2
        return l, l1, 2.0 * strength * x**3 - 2.0 * l * l1

    def sample(rng: np.random.Generator, size: int | tuple[int, ...]) -> np.ndarray:
        return quantile(rng.random(size))

    variance = float(simpson(x**2 * density, x=x)) / norm
    fisher = 4.0 * float(simpson(derivative**2, x=x)) / norm
    return Density("quartic ground state", sample, slopes, variance, fisher)


def smooth_densities() -> tuple[Density, ...]:
    """The four smooth states without nodes that the claims on forces compare."""
    return gaussian_density(), two_hump_density(), sech_density(), quartic_density()


def _fisher_information(slopes: Callable[[np.ndarray], Slopes], reach: float) -> float:
    """I_F = 4∫R'² of R = exp ∫l, by a fine grid."""
    x = np.linspace(-reach, reach, 20_001)
    l = slopes(x)[0]
    log_amplitude = cumulative_simpson(l, x=x, initial=0.0)
    density = np.exp(2.0 * (log_amplitude - np.max(log_amplitude)))
    return 4.0 * float(simpson(density * l**2, x=x) / simpson(density, x=x))


def _quartic_ground_state(g: float, x: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Energy, R and R' in a basis of 80 oscillator states."""
    num, frequency = 80, 2.0
    n = np.arange(num)
    ladder = np.diag(np.sqrt(n[1:]), 1)
    position = (ladder + ladder.T) / np.sqrt(2.0 * frequency)
    momentum = 1j * (ladder.T - ladder) * np.sqrt(0.5 * frequency)
    large = np.linalg.matrix_power(position, 4) * 0.25 * g
    # The last rows of a product of truncated matrices are wrong: they are cut away.
    hamiltonian = (0.5 * momentum @ momentum).real + large
    keep = num - 6
    values, vectors = eigh(hamiltonian[:keep, :keep])
    c = vectors[:, 0]
    functions = _oscillator_functions(keep + 1, frequency, x)
    slopes = np.sqrt(0.5 * frequency) * (
        np.sqrt(n[1:keep, None]) * functions[: keep - 1]
        - np.sqrt(n[1:keep, None] + 1.0) * functions[2 : keep + 1]
    )
    first = -np.sqrt(0.5 * frequency) * functions[1]
    return float(values[0]), c @ functions[:keep], c[0] * first + c[1:] @ slopes


def _oscillator_functions(num: int, frequency: float, x: np.ndarray) -> np.ndarray:
    z = np.sqrt(frequency) * x
    functions = np.empty((num, x.size))
    functions[0] = (frequency / np.pi) ** 0.25 * np.exp(-0.5 * z**2)
    functions[1] = np.sqrt(2.0) * z * functions[0]
    for k in range(1, num - 1):
        functions[k + 1] = (
            np.sqrt(2.0 / (k + 1)) * z * functions[k] - np.sqrt(k / (k + 1.0)) * functions[k - 1]
        )
    return functions
