"""First variation of the joint phase J (1), (14) under the three ways to read (28).

Two particles in a trap with a harmonic pair force, in coordinates q = (x_cm, y), ħ = m = 1;
states are sums of products of oscillator modes, so that ψ and its derivatives are exact.
"""

from typing import NamedTuple

import numpy as np

MASSES = np.array([2.0, 1.0])
FREQUENCIES = np.array([1.0, 1.5])
DURATION = 2.0
STRETCHES = np.linspace(-0.3, 0.3, 13)
READINGS = ("paths", "fields", "fields, -u²")
_BOX, _NUM_TIMES = 5.5, 16


class _Fields(NamedTuple):
    """ψ at one time on the grid: density with quadrature weights, v, u and ∇U, (2, num, num)."""

    weight: np.ndarray
    v: np.ndarray
    u: np.ndarray
    slope: np.ndarray


class Displacement(NamedTuple):
    """f(q, t) = w(t) [A q + B sin(K q + φ)], w = sin²(πt/T), per component."""

    linear: np.ndarray
    strength: np.ndarray
    wave: np.ndarray
    phase: np.ndarray


def _modes(z: np.ndarray, num: int) -> tuple[np.ndarray, np.ndarray]:
    """Oscillator eigenfunctions and their slopes in units of their length, (num, points)."""
    phi = [np.pi**-0.25 * np.exp(-0.5 * z**2)]
    phi.append(np.sqrt(2.0) * z * phi[0])
    for n in range(1, num):
        phi.append(np.sqrt(2.0 / (n + 1)) * z * phi[n] - np.sqrt(n / (n + 1)) * phi[n - 1])
    n = np.arange(num)[:, None]
    below = np.stack([np.zeros_like(z), *phi[: num - 1]])
    slopes = np.sqrt(n / 2.0) * below - np.sqrt((n + 1) / 2.0) * np.stack(phi[1 : num + 1])
    return np.stack(phi[:num]), slopes


def _axes(num: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates (2, num) of x_cm and y, and the same in units of the lengths √(ħ/mω)."""
    z = np.linspace(-_BOX, _BOX, num)
    lengths = 1.0 / np.sqrt(MASSES * FREQUENCIES)
    return lengths[:, None] * z, lengths


def _fields(coefficients: np.ndarray, t: float, num: int) -> _Fields:
    """Σ c_ab φ_a(x_cm) φ_b(y) e^(-iEt) with its velocities, exact at every grid point."""
    q, lengths = _axes(num)
    phi, slope = _modes(q[0] / lengths[0], coefficients.shape[0])
    number = np.arange(coefficients.shape[0])
    energy = FREQUENCIES[0] * number[:, None] + FREQUENCIES[1] * number
    c = coefficients * np.exp(-1j * energy * t)
    psi = phi.T @ c @ phi
    gradient = np.stack([slope.T @ c @ phi / lengths[0], phi.T @ c @ slope / lengths[1]]) / psi
    density = np.abs(psi) ** 2
    mesh = np.stack(np.meshgrid(q[0], q[1], indexing="ij"))
    stiffness = (MASSES * FREQUENCIES**2)[:, None, None]
    v, u = np.imag(gradient), np.real(gradient)
    masses = MASSES[:, None, None]
    return _Fields(density / density.sum(), v / masses, u / masses, stiffness * mesh)


def _displacement(f: Displacement, t: float, num: int) -> tuple[np.ndarray, ...]:
    """f, ∂_t f, ∂_l f_k, Σ_l ν_l ∂_l² f_k (ν = ħ/2m) and ∂_k ∇·f on the grid."""
    q, _ = _axes(num)
    mesh = np.stack(np.meshgrid(q[0], q[1], indexing="ij"))
    window = np.sin(np.pi * t / DURATION) ** 2
    rate = np.pi / DURATION * np.sin(2.0 * np.pi * t / DURATION)
    argument = np.einsum("kl,lij->kij", f.wave, mesh) + f.phase[:, None, None]
    sine = f.strength[:, None, None] * np.sin(argument)
    cosine = f.strength[:, None, None] * np.cos(argument)
    shape = np.einsum("kl,lij->kij", f.linear, mesh) + sine
    gradient = f.linear[:, :, None, None] + f.wave[:, :, None, None] * cosine[:, None]
    diffusion = np.sum(0.5 * f.wave**2 / MASSES, axis=1)
    divergence = -np.einsum("lk,l,lij->kij", f.wave, np.diag(f.wave), sine)
    laplacian = -diffusion[:, None, None] * sine
    return (
        window * shape,
        rate * shape,
        window * gradient,
        window * laplacian,
        window * divergence,
    )


def _derivatives(
    psi: _Fields, f: Displacement, t: float, num: int, masses: np.ndarray
) -> np.ndarray:
    """dJ/dt to first order in f for the three readings of `READINGS`, and the scale of its terms.

    Paths: x → x + f with D, D* of the unvaried process (Yasue). Fields: the density is carried
    along, so that u changes with it.
    """
    shift, rate, gradient, laplacian, divergence = _displacement(f, t, num)
    m = masses[:, None, None]
    along = [rate + np.einsum("lij,klij->kij", b, gradient) for b in (psi.v + psi.u, psi.v - psi.u)]
    forward, backward = along[0] + laplacian, along[1] - laplacian
    kinetic = 0.5 * m * ((psi.v + psi.u) * forward + (psi.v - psi.u) * backward)
    work = psi.slope * shift
    flow = m * psi.v * (rate + np.einsum("lij,klij->kij", psi.v, gradient))
    # δu_k = -(ħ/2m_k)(∂_k f_l ∂_l ln ρ + ∂_k ∇·f), with ∂_l ln ρ = 2 m_l u_l/ħ.
    carried = np.einsum("lkij,lij->kij", gradient, 2.0 * MASSES[:, None, None] * psi.u)
    osmotic = m * psi.u * -0.5 / MASSES[:, None, None] * (carried + divergence)
    integrands = (kinetic - work, flow + osmotic - work, flow - osmotic - work)
    scale = np.abs(kinetic) + np.abs(work)
    return np.array([np.sum(psi.weight * term) for term in (*integrands, scale)])


def _time_nodes() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(_NUM_TIMES)
    return 0.5 * DURATION * (nodes + 1.0), 0.5 * DURATION * weights


def first_variations(
    coefficients: np.ndarray, tests: list[Displacement], num: int, masses: np.ndarray
) -> np.ndarray:
    """dJ of each test displacement: (tests, readings and scale)."""
    total = np.zeros((len(tests), len(READINGS) + 1))
    for t, weight in zip(*_time_nodes(), strict=True):
        psi = _fields(coefficients, t, num)
        total += weight * np.stack([_derivatives(psi, f, t, num, masses) for f in tests])
    return total


def stretched_action(num: int, masses: np.ndarray) -> np.ndarray:
    """J(ε) - J(0) of the ground state for x_cm → (1 + ε w(t)) x_cm, (readings, scales)."""
    ground = np.zeros((2, 2), dtype=complex)
    ground[0, 0] = 1.0
    total = np.zeros((len(READINGS), STRETCHES.size))
    for t, weight in zip(*_time_nodes(), strict=True):
        psi = _fields(ground, t, num)
        x = psi.slope[0] / (MASSES[0] * FREQUENCIES[0] ** 2)
        rate = np.pi / DURATION * np.sin(2.0 * np.pi * t / DURATION)
        for i, scale in enumerate(STRETCHES):
            g = scale * np.sin(np.pi * t / DURATION) ** 2
            moved = scale * rate * x
            drifts = (psi.u[0] * (1.0 + g) + moved, -psi.u[0] * (1.0 + g) + moved)
            paths = 0.25 * masses[0] * (drifts[0] ** 2 + drifts[1] ** 2 - 2.0 * psi.u[0] ** 2)
            work = 0.5 * psi.slope[0] * x * ((1.0 + g) ** 2 - 1.0)
            spread = 0.5 * masses[0] * psi.u[0] ** 2 * ((1.0 + g) ** -2 - 1.0)
            flow = 0.5 * masses[0] * moved**2
            terms = (paths - work, flow + spread - work, flow - spread - work)
            total[:, i] += weight * np.array([np.sum(psi.weight * term) for term in terms])
    return total
