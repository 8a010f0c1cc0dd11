"""A body in any potential on a line with one or two bath oscillators, whole, on a grid.

What is closed for a harmonic trap elsewhere in this folder is solved here by `evolve_schrodinger`
in the coordinates (X, q_1, ..) of oscillators that have the mass of the body: q_k = √m_k q_k/√M.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.bath.discretisation import OscillatorBath, require_bath
from zitter.bath.packets import Packets
from zitter.core.checks import ValidityError, require_positive, require_shape
from zitter.core.grid import Grid
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.overlaps import normalised

MOST_MODES = 2


class PotentialInBath(eqx.Module):
    """Potential U(X) + ½ Σ_k (√M ω_k q_k - c_k X/ω_k)², counter-term included.

    Args:
        potential: U(x, t) of x (1,) -> energy, traceable by JAX.
        bath: OscillatorBath of one or two modes.
        mass: M, also of each oscillator [mass].

    Raises:
        ValueError: M <= 0, more than two modes.
    """

    potential: Callable[[Array, Any], Array]
    frequencies: Array
    """[1/time]"""
    couplings: Array
    """[mass^(1/2)/time^2]"""
    mass: float
    """[mass]"""

    def __init__(self, potential: Callable[[Array, Any], Array], bath: OscillatorBath, mass: float):
        require_positive("mass", mass)
        bath = _few_modes(bath)
        self.potential, self.mass = potential, float(mass)
        self.frequencies, self.couplings = map(jnp.asarray, bath)

    def __call__(self, q: Array, t: Any) -> Array:
        """U of one configuration (1 + n,) [energy].

        Args:
            q: (X, q_1, ..) [length].
            t: [time].
        """
        stretched = jnp.sqrt(self.mass) * self.frequencies * q[1:]
        springs = stretched - self.couplings / self.frequencies * q[0]
        return self.potential(q[:1], t) + 0.5 * jnp.sum(springs**2)


def wave_in_bath(
    packets: Packets,
    bath: OscillatorBath,
    mass: float,
    displacement: Any = None,
    kick: Any = None,
) -> Superposition:
    """Packets of the body times a coherent state of each oscillator, a LogPsi at t = 0.

    Draws of `displacement` and `kick` from `purification` make the bath thermal.

    Args:
        packets: superposition of the body.
        bath: OscillatorBath of one or two modes.
        mass: M, also of each oscillator [mass].
        displacement: mass-weighted means (n,), zero by default [mass^(1/2)*length].
        kick: mass-weighted mean momenta (n,), zero by default [mass^(1/2)*length/time].

    Raises:
        ValueError: M <= 0, more than two modes, shapes do not match.
    """
    require_positive("mass", mass)
    bath = _few_modes(bath)
    num, root = bath.frequencies.size, np.sqrt(mass)
    shift = np.zeros(num) if displacement is None else np.asarray(displacement, float)
    push = np.zeros(num) if kick is None else np.asarray(kick, float)
    require_shape("displacement", shift, (num,), "(n,)")
    require_shape("kick", push, (num,), "(n,)")
    vacuum = np.sqrt(0.5 * packets.hbar / (mass * bath.frequencies))

    def beside(system: np.ndarray, rest: np.ndarray) -> np.ndarray:
        return np.hstack([system[:, None], np.broadcast_to(rest, (system.size, num))])

    gaussians = GaussianPacket(
        width=np.concatenate([[packets.width], vacuum]),
        centre=beside(packets.centres, shift / root),
        momentum=beside(packets.momenta, push * root),
        mass=mass,
        hbar=packets.hbar,
    )
    return normalised(Superposition(gaussians, packets.coefficients))


def reduced_state_on_grid(psi: Any, grid: Grid) -> np.ndarray:
    """Density matrix ρ(x, x') = ∫ Ψ(x, q) Ψ*(x', q) dq of the first coordinate.

    Args:
        psi: Ψ on the grid (*num) [1/length^(dof/2)].
        grid: its grid.

    Returns:
        (num[0], num[0]) [1/length].

    Raises:
        ValueError: Ψ of another shape.
    """
    psi = np.asarray(psi)
    require_shape("psi", psi, grid.num, "(*num)")
    rows = psi.reshape(grid.num[0], -1)
    return rows @ rows.conj().T * float(np.prod(grid.spacing[1:]))


def _few_modes(bath: OscillatorBath) -> OscillatorBath:
    bath = require_bath(bath)
    if bath.frequencies.size > MOST_MODES:
        raise ValidityError(
            f"A grid holds at most {MOST_MODES} oscillators beside the body, not "
            f"{bath.frequencies.size}: use a harmonic trap, HEOM or the classical bath."
        )
    return bath
