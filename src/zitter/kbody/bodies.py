"""K bodies: masses, charges, the law between them, and the fields that act from outside.

In every dimension the field of a mass obeys ∇²Φ = 4πGρ: sheets with 2πGm|x| in one dimension,
rods with 2Gm ln r in two, points with -Gm/r in three. Charges act likewise, with -kq in the place
of Gm. The law "point" may be asked for in a plane (points that move in it); on a line it needs
softening. Sheets may be periodic, on a uniform background that takes away their mean.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from zitter.core.checks import (
    require_choice,
    require_finite,
    require_positive,
    require_shape,
)

LAWS = ("sheet", "rod", "point")


class Bodies(NamedTuple):
    """Bodies and what acts on them; made by `bodies`."""

    masses: np.ndarray
    """(K,) [mass]"""
    charges: np.ndarray
    """(K,) [1]"""
    gravitational_constant: float
    """[length^3/mass/time^2], in three dimensions"""
    coulomb_constant: float
    """[energy*length], in three dimensions"""
    softening: float
    """[length]"""
    law: str
    """"sheet", "rod" or "point\""""
    num_space: int
    """dimensions D"""
    U_mass: Callable[[Any, Any], Any] | None = None
    """external energy of a unit mass, (x, t) -> [length^2/time^2]"""
    U_charge: Callable[[Any, Any], Any] | None = None
    """external energy of a unit charge, (x, t) -> [energy]"""
    period: float = 0.0
    """of every axis, 0 for open space [length]"""

    @property
    def num_bodies(self) -> int:
        """K."""
        return len(self.masses)

    @property
    def external(self) -> bool:
        """Whether a field acts from outside."""
        return self.U_mass is not None or self.U_charge is not None


def bodies(
    masses: Any,
    charges: Any = 0.0,
    *,
    num_space: int = 3,
    law: str | None = None,
    gravitational_constant: float = 1.0,
    coulomb_constant: float = 1.0,
    softening: float = 0.0,
    U_mass: Callable[[Any, Any], Any] | None = None,
    U_charge: Callable[[Any, Any], Any] | None = None,
    period: float = 0.0,
) -> Bodies:
    """Bodies with Newton's and Coulomb's law between them.

    Args:
        masses: (K,) [mass].
        charges: (K,) or one number for all, of either sign [1].
        num_space: dimensions D, 1 to 3.
        law: "sheet" (D = 1), "rod" (D = 2) or "point"; by default the law of D dimensions.
        gravitational_constant: G; 0 without gravity, negative for masses that repel
            [length^3/mass/time^2].
        coulomb_constant: k, the coupling of two unit charges [energy*length].
        softening: ε (Plummer), r² -> r² + ε² [length].
        U_mass: external energy of a unit mass, (x, t) -> energy/mass, or None.
        U_charge: external energy of a unit charge, (x, t) -> energy, or None.
        period: of every axis, on a uniform background of opposite sign, 0 for open space [length].

    Returns:
        Bodies.

    Raises:
        ValueError: no body, or a mass that is not positive; G or k not finite; the law "point" on
            a line without softening; a period with a softening or with points in a plane; shapes.

    Validity: G and k have these units in three dimensions, with the law "point"; one length less
        for rods, two for sheets.
    """
    masses, charges = masses_and_charges(masses, charges)
    for name, value in (("gravitational_constant", gravitational_constant),
                        ("coulomb_constant", coulomb_constant)):  # fmt: skip
        require_shape(name, value, ())
        require_finite(name, value)
    if num_space not in (1, 2, 3):
        raise ValueError(f"`num_space` must be 1, 2 or 3, but is {num_space}.")
    law = LAWS[num_space - 1] if law is None else law
    _require_law(law, num_space, softening)
    require_finite("period", period)
    if period < 0.0 or (period > 0.0 and (law != LAWS[num_space - 1] or softening > 0.0)):
        raise ValueError(
            "`period` must be 0, or positive for the law of the dimension without softening: the "
            "images of other pairs have no sum."
        )
    return Bodies(
        masses,
        charges,
        float(gravitational_constant),
        float(coulomb_constant),
        float(softening),
        law,
        num_space,
        U_mass,
        U_charge,
        float(period),
    )


def masses_and_charges(masses: Any, charges: Any) -> tuple[np.ndarray, np.ndarray]:
    """Masses and charges of at least one body, each (K,), checked. Raises: ValueError."""
    require_shape("masses", masses, (None,), "(num_bodies,)")
    if np.size(masses) == 0:
        raise ValueError("`masses` must hold at least one body, but is empty.")
    require_positive("masses", masses)
    masses = np.array(masses, dtype=float)
    if np.ndim(charges):
        require_shape("charges", charges, masses.shape, "(num_bodies,)")
    require_finite("charges", charges)
    return masses, np.array(np.broadcast_to(np.asarray(charges, dtype=float), masses.shape))


def _require_law(law: str, num_space: int, softening: float) -> None:
    require_choice("law", law, LAWS)
    require_shape("softening", softening, ())
    require_finite("softening", softening)
    if softening < 0.0:
        raise ValueError(f"`softening` must not be negative, but is {softening:g}.")
    if (law == "sheet" and num_space != 1) or (law == "rod" and num_space == 3):
        raise ValueError(f"`law` must fit the dimension, but is {law!r} with D = {num_space}.")
    if law == "point" and num_space == 1 and softening == 0.0:
        raise ValueError(
            "`softening` must be positive for the law 'point' on a line: with 1/|x| the bodies "
            "run into each other with infinite energy, the integral of ρ(x')/|x - x'| diverges "
            "and there is no mean-field limit. Use sheets, the law of one dimension, or soften."
        )


def require_positions(system: Bodies, X: Any, name: str = "X") -> np.ndarray:
    """Positions or velocities (K, D) as an array. Raises: ValueError."""
    shape = (system.num_bodies, system.num_space)
    require_shape(name, X, shape, "(num_bodies, num_space)")
    require_finite(name, X)
    return np.array(X, dtype=float)


def require_apart(system: Bodies, X: np.ndarray) -> None:
    """Raise unless no two bodies coincide where that would be singular. Raises: ValueError."""
    if system.softening > 0.0 or system.law == "sheet" or len(X) < 2:
        return
    X = np.mod(X, system.period) if system.period else X
    order = np.lexsort(X.T)
    same = np.flatnonzero(np.all(X[order[1:]] == X[order[:-1]], axis=1))
    if same.size:
        i, j = sorted((int(order[same[0]]), int(order[same[0] + 1])))
        raise ValueError(
            f"`X` must not put two bodies at one place without softening, but bodies {i} and {j} "
            f"are both at {np.array2string(X[i], precision=4)}."
        )


@eqx.filter_jit
def _energy(U: Callable, X: Any, t: Any) -> Any:
    return jax.vmap(lambda x: U(x, t))(X)


@eqx.filter_jit
def _force(U: Callable, X: Any, t: Any) -> Any:
    return -jax.vmap(jax.grad(lambda x: U(x, t)))(X)


def external_energies(system: Bodies, X: Any, t: float = 0.0) -> np.ndarray:
    """Energy of each body in the external fields, m_i U_mass(x_i) + q_i U_charge(x_i).

    Args:
        system: Bodies.
        X: positions (K, D) [length].
        t: time [time].

    Returns:
        (K,) [energy].
    """
    total = np.zeros(system.num_bodies)
    for U, weight in ((system.U_mass, system.masses), (system.U_charge, system.charges)):
        if U is not None:
            total += weight * np.asarray(_energy(U, jnp.asarray(X), jnp.asarray(float(t))))
    return total


def external_accelerations(system: Bodies, X: Any, t: float = 0.0) -> np.ndarray:
    """Acceleration of each body by the external fields, by automatic differentiation.

    Arguments as for external_energies.

    Returns:
        (K, D) [length/time^2].
    """
    total = np.zeros((system.num_bodies, system.num_space))
    for U, weight in (
        (system.U_mass, np.ones(system.num_bodies)),
        (system.U_charge, system.charges / system.masses),
    ):
        if U is not None:
            total += weight[:, None] * np.asarray(_force(U, jnp.asarray(X), jnp.asarray(float(t))))
    return total
