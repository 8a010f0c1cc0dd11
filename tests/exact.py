"""Exact solutions shared by the tests, E1-E8, E10; test_exact.py puts each into its own equation.

Written with elementary functions, apart from the package, so that both can be wrong alone.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from scipy import special


class Packet(NamedTuple):
    """Data of a Gaussian packet at t = 0; `omega` is the rate of a trap or a barrier."""

    width: float = 0.8
    centre: float = 0.4
    momentum: float = 1.1
    chirp: float = 0.3
    mass: float = 1.7
    hbar: float = 0.6
    omega: float = 1.2
    force: float = 0.9


def alpha(g):
    """Initial logarithmic derivative of c, w₀ + iħ/(2mσ₀²)."""
    return g.chirp + 0.5j * g.hbar / (g.mass * g.width**2)


def free(g, t):
    """E1: c, dc/dt, path, velocity and action of a free packet."""
    v = g.momentum / g.mass
    return 1.0 + alpha(g) * t, alpha(g), g.centre + v * t, v, 0.5 * g.momentum * v * t


def falling(g, t):
    """E2: the same under a uniform force."""
    v0, f, m = g.momentum / g.mass, g.force, g.mass
    action = 0.5 * m * v0**2 * t + f * g.centre * t + v0 * f * t**2 + f**2 * t**3 / (3.0 * m)
    q = g.centre + v0 * t + 0.5 * f / m * t**2
    return 1.0 + alpha(g) * t, alpha(g), q, v0 + f / m * t, action


def trapped(g, t):
    """E3: the same in a trap m ω² x²/2."""
    return _quadratic(g, t, jnp.cos, jnp.sin, -1.0)


def repelled(g, t):
    """E3b: the same on a barrier -m ω² x²/2."""
    return _quadratic(g, t, jnp.cosh, jnp.sinh, 1.0)


def _quadratic(g, t, cosine, sine, sign):
    w, v0 = g.omega, g.momentum / g.mass
    even, odd, rate = cosine(w * t), sine(w * t) / w, sign * w * sine(w * t)
    q, v = g.centre * even + v0 * odd, g.centre * rate + v0 * even
    action = 0.5 * g.mass * (q * v - g.centre * v0)
    return even + alpha(g) * odd, rate + alpha(g) * even, q, v, action


def log_packet(solution, g, x, t):
    """ln ψ of E1-E3b, up to the branch of the square root of c."""
    c, c_dot, q, v, action = solution(g, t)
    shape = 0.5 * g.mass * c_dot / c * (x - q) ** 2 + g.mass * v * (x - q) + action
    return -0.25 * jnp.log(2.0 * jnp.pi * g.width**2) - 0.5 * jnp.log(c) + 1j * shape / g.hbar


def potential(solution, g, x):
    """Potential energy that goes with a solution."""
    energy = 0.5 * g.mass * g.omega**2 * x**2
    return {free: 0.0 * x, falling: -g.force * x, trapped: energy, repelled: -energy}[solution]


def width(solution, g, t):
    """E1-E3: σ(t) = σ₀|c|."""
    return g.width * jnp.abs(solution(g, t)[0])


def velocities(solution, g, x, t):
    """E4: current and osmotic velocity."""
    c, c_dot, q, v, _ = solution(g, t)
    u = -0.5 * g.hbar / g.mass * (x - q) / width(solution, g, t) ** 2
    return v + jnp.real(c_dot / c) * (x - q), u


def bohm_path(solution, g, x0, t):
    """E5: path that starts at x₀."""
    return solution(g, t)[2] + (x0 - g.centre) * width(solution, g, t) / g.width


def nelson_angle(g, t):
    """E6: θ(t) = ∫ħ/(2mσ²)dt of a free packet without chirp."""
    return jnp.arctan(0.5 * g.hbar * t / (g.mass * g.width**2))


def nelson_moments(g, x0, t):
    """E6: mean and variance of x_t given x₀, free packet without chirp."""
    theta, sigma = nelson_angle(g, t), width(free, g, t)
    mean = free(g, t)[2] + (x0 - g.centre) * sigma / g.width * jnp.exp(-theta)
    return mean, sigma**2 * (1.0 - jnp.exp(-2.0 * theta))


def log_two_packets(d, k, s, x, t):
    """E7: ln ψ of two free packets at ∓d/2 with momenta ±k, ħ = m = 1, normalised."""
    left = Packet(s, -0.5 * d, k, 0.0, 1.0, 1.0)
    right = left._replace(centre=0.5 * d, momentum=-k)
    total = jnp.exp(log_packet(free, left, x, t)) + jnp.exp(log_packet(free, right, x, t))
    norm = 2.0 * (1.0 + jnp.exp(-(d**2) / (8.0 * s**2) - 2.0 * k**2 * s**2))
    return jnp.log(total) - 0.5 * jnp.log(norm)


def cat_density(a, x, t):
    """E8: |ψ|² of the oscillator cat |a⟩ + |-a⟩, ħ = m = ω = 1."""
    q, p = jnp.sqrt(2.0) * a * jnp.cos(t), -jnp.sqrt(2.0) * a * jnp.sin(t)
    cross = 2.0 * jnp.exp(-(x**2) - q**2) * jnp.cos(2.0 * p * x)
    total = jnp.exp(-((x - q) ** 2)) + jnp.exp(-((x + q) ** 2)) + cross
    return total / (2.0 * jnp.sqrt(jnp.pi) * (1.0 + jnp.exp(-2.0 * a**2)))


def kepler_orbit(a, e, mu, t):
    """E13: separation (2,) and its velocity at t, from the apocentre at t = 0; μ = G(M₁ + M₂)."""
    n = jnp.sqrt(mu / a**3)
    mean = n * t + jnp.pi
    E = mean + e * jnp.sin(mean)
    for _ in range(60):
        E = E - (E - e * jnp.sin(E) - mean) / (1.0 - e * jnp.cos(E))
    b, rate = a * jnp.sqrt(1.0 - e**2), n / (1.0 - e * jnp.cos(E))
    r = jnp.stack([a * (jnp.cos(E) - e), b * jnp.sin(E)])
    return r, rate * jnp.stack([-a * jnp.sin(E), b * jnp.cos(E)])


def classical_packet(solution, g, x, t):
    """E10: R and S of (72): no spreading by ħ, so c is real."""
    c, c_dot, q, v, action = solution(g._replace(hbar=0.0), t)
    c, c_dot = jnp.real(c), jnp.real(c_dot)
    d = x - q
    R = (2.0 * jnp.pi * (g.width * c) ** 2) ** -0.25 * jnp.exp(-((d / (2.0 * g.width * c)) ** 2))
    return R, 0.5 * g.mass * c_dot / c * d**2 + g.mass * v * d + action


def pendulum(x0, t, strength=1.0):
    """E10 in U = strength·cos x, mass 1, at rest at x₀ (no multiple of 2π): x, p, action at t."""
    rate, period = np.sqrt(strength), 2.0 * np.pi * np.floor(np.asarray(x0) / (2.0 * np.pi))
    k = np.sin(0.5 * (x0 - period - np.pi))
    quarter = special.ellipk(k**2)
    sn, cn, dn, amplitude = special.ellipj(rate * t + quarter, k**2)
    x = np.pi + 2.0 * np.arctan2(k * sn, dn)
    p = 2.0 * k * rate * cn
    grown = special.ellipeinc(amplitude, k**2) - special.ellipe(k**2)
    squares = 4.0 * rate * ((k**2 - 1.0) * rate * t + grown)
    return period + x, p, squares - strength * np.cos(x0) * t


class Slab(NamedTuple):
    """The isothermal slab E15: velocity spread, mass density in the middle, G."""

    sigma: float = 0.6
    density: float = 0.5
    G: float = 0.7


def slab_height(s):
    """H of ρ = ρ₀ sech²(x/H)."""
    return s.sigma / (2.0 * jnp.pi * s.G * s.density) ** 0.5


def slab_potential(s, x):
    """E15: Φ = 2σ² ln cosh(x/H)."""
    return 2.0 * s.sigma**2 * jnp.log(jnp.cosh(x / slab_height(s)))


def slab_density(s, x, v):
    """E15: mass density in phase space, a Maxwellian under Φ."""
    norm = s.density / (jnp.sqrt(2.0 * jnp.pi) * s.sigma)
    return norm * jnp.exp(-(0.5 * v**2 + slab_potential(s, x)) / s.sigma**2)
