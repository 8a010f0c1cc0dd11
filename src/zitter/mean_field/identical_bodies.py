"""K identical bodies with the coupling 1/K, whose limit of many is the mean field.

Everything of `zitter.kbody` serves: the bodies are those of `bodies`, with the constants of gravity
and electrostatics divided by K. On a line with the law 1/|x| they must be softened.
"""

from typing import Any

import numpy as np

from zitter.core.checks import require_count, require_positive, require_shape
from zitter.kbody.bodies import Bodies, bodies, require_positions
from zitter.kbody.direct_sum import accelerations, body_potentials


def identical_bodies(
    num_bodies: int,
    mass: float = 1.0,
    charge: float = 0.0,
    *,
    gravitational_constant: float = 1.0,
    coulomb_constant: float = 1.0,
    num_space: int = 3,
    law: str | None = None,
    softening: float = 0.0,
    period: float = 0.0,
) -> Bodies:
    """K bodies of one mass with G/K and k/K in the place of G and k.

    Args:
        num_bodies: K.
        mass: M [mass].
        charge: q of each [1].
        gravitational_constant: G [length^3/mass/time^2].
        coulomb_constant: k [energy*length].
        num_space: dimensions D.
        law: as in `bodies`.
        softening: ε [length].
        period: of periodic sheets, 0 for open space [length].

    Returns:
        Bodies.

    Raises:
        ValueError: as for `bodies`; 1/|x| on a line without softening, which has no mean field.

    Validity: units as for `bodies`, in three dimensions.
    """
    require_count("num_bodies", num_bodies)
    require_positive("mass", mass)
    return bodies(
        np.full(num_bodies, float(mass)),
        charge,
        num_space=num_space,
        law=law,
        gravitational_constant=gravitational_constant / num_bodies,
        coulomb_constant=coulomb_constant / num_bodies,
        softening=softening,
        period=period,
    )


def body_hamiltonian(system: Bodies, X: Any, P: Any) -> float:
    """Energy of the bodies, H = Σ p²/2M - (GM²/K) Σ_{i<l} 1/|xⁱ - x^l|.

    Equation: (107), with G, and in D dimensions the potential of the law (in one, +2πG|x|)

    Args:
        system: Bodies, of `identical_bodies`.
        X: positions (K, D) [length].
        P: momenta ∂S^K/∂xⁱ (K, D) [momentum].

    Returns:
        -∂S^K/∂t [energy].

    Raises:
        ValueError: shapes; bodies that differ; two of them at one place without softening.
    """
    require_identical(system)
    require_shape("P", P, np.shape(X), "(num_bodies, num_space)")
    p = require_positions(system, P, "P")
    kinetic = float(np.sum(p**2) / (2.0 * system.masses[0]))
    return kinetic + float(np.sum(body_potentials(system, X)))


def body_forces(system: Bodies, X: Any) -> np.ndarray:
    """Forces on the bodies, dpⁱ/dt = -∂H/∂xⁱ = (GM²/K) ∂/∂xⁱ Σ_l 1/|xⁱ - x^l|.

    Equation: (109), with G and twice the printed force: each pair is in H once, and its slope by
        xⁱ has no factor 1/2

    Args:
        system: Bodies, of `identical_bodies`.
        X: positions (K, D) [length].

    Returns:
        (K, D) [momentum/time].

    Raises:
        ValueError: as for body_hamiltonian.
    """
    require_identical(system)
    return system.masses[:, None] * accelerations(system, X)


def require_identical(system: Bodies) -> None:
    """Raise where masses or charges differ. Raises: ValueError."""
    for name, values in (("masses", system.masses), ("charges", system.charges)):
        if np.ptp(values) != 0.0:
            raise ValueError(f"`system` must be of identical bodies, but its {name} differ.")
