"""States, potentials and grids that the unit cases share, each made in any units."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np

from unit_reading import InUnits, Units, in_units, made
from zitter.core.grid import Grid
from zitter.system.external_potentials import Harmonic, Quartic
from zitter.system.pair_potentials import HarmonicPair
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Determinant, Product
from zitter.wavefunctions.occupation import OccupationState
from zitter.wavefunctions.schrodinger import configuration_potential, values_on_grid
from zitter.wavefunctions.vortices import PairVortex


class Case(NamedTuple):
    """Arguments of one call, in the old units.

    `then` turns a result that is itself a function into numbers; `unit` and `words` say what the
    docstring leaves open.
    """

    arguments: dict[str, Any]
    then: Callable[[Any, Units], Any] | None = None
    unit: str | tuple[str, ...] | None = None
    words: dict[str, str] = {}  # noqa: RUF012


def build(thing: Any, u: Units) -> Any:
    """A sample in the units `u`."""
    return in_units(thing, None, u, {})


def at(q: Any, t: float = 0.7) -> Callable[[Any, Units], Any]:
    """Value of the resulting function at (q, t)."""
    return lambda f, u: f(u.rescaled(np.asarray(q), "length"), u.rescaled(t, "time"))


def on_grid(psi: Any, grid: Any) -> InUnits:
    """ψ on a grid at t = 0."""
    return InUnits(lambda u: np.exp(values_on_grid(build(psi, u), build(grid, u), 0.0)))


def drawn(seed: int = 3) -> InUnits:
    return InUnits(lambda u: np.random.default_rng(seed))


M, HBAR, T = 1.3, 0.9, 0.7
LN_1, LN_2, LN_4 = "ln(1/length^(1/2))", "ln(1/length)", "ln(1/length^2)"
X3 = np.array([0.5, -0.8, 1.2])
Q2 = np.array([[0.3, -0.9], [1.4, 0.2]])
TIMES = np.array([0.0, 0.4, 1.1])

LINE = made(Grid, lower=[-9.0], upper=[9.0], num=(64,))
PLANE = made(Grid, lower=[-8.0, -8.5], upper=[8.0, 8.5], num=(32, 36))

ONE = made(GaussianPacket, width=[0.9], centre=0.2, momentum=0.3, chirp=0.1, mass=M, hbar=HBAR)
PACKETS = made(
    GaussianPacket,
    width=[[0.8], [1.1]],
    centre=[[-1.0], [0.9]],
    momentum=[[0.7], [-0.4]],
    chirp=0.2,
    stiffness=0.3,
    force=0.4,
    mass=M,
    hbar=HBAR,
)
ORBITAL = made(Superposition, packets=PACKETS, coefficients=[0.8, 0.5 + 0.2j])
STACK = made(
    Superposition,
    packets=made(
        GaussianPacket,
        width=[[[0.8], [1.1]], [[0.7], [0.9]]],
        centre=[[[-1.0], [0.9]], [[0.3], [1.6]]],
        momentum=[[[0.7], [-0.4]], [[0.1], [0.5]]],
        stiffness=0.3,
        mass=M,
        hbar=HBAR,
    ),
    coefficients=[[0.8, 0.5], [0.3, 0.9]],
)
ONE_STACKED = made(
    Superposition,
    packets=made(GaussianPacket, width=[[[0.8]]], centre=0.4, momentum=0.3, mass=M, hbar=HBAR),
    coefficients=[[1.0]],
)
FERMIONS = made(Determinant, orbitals=STACK)
BOSONS = made(OccupationState, orbitals=STACK, occupations=(2, 1))
ORTHONORMAL = made(
    Superposition,
    packets=made(
        GaussianPacket,
        width=[[[0.8]], [[0.9]]],
        centre=[[[-40.0]], [[40.0]]],
        momentum=0.3,
        mass=M,
        hbar=HBAR,
    ),
    coefficients=[[1.0], [1.0]],
)
CONDENSATE = made(Product, orbitals=ORBITAL, num_particles=2)

QUARTIC = made(Quartic, coefficient=0.11, centre=0.4)
SPRING = made(HarmonicPair, stiffness=0.4)
TRAP = made(Harmonic, stiffness=0.3, centre=0.2)
PAIR_POTENTIAL = made(configuration_potential, U_ext=QUARTIC, V_pair=SPRING, num_particles=2)

PSI = on_grid(ONE, LINE)
FRAME = InUnits(lambda u: build(PSI, u)[None])
SQUARE = InUnits(lambda u: lambda q, t: q[0] * q[1] + q[0] ** 2)


class Growing(eqx.Module):
    """A ψ whose norm grows, so that no equation of motion holds; quick to compile.

    Args:
        psi: LogPsi.
        rate: growth of ln ψ [1/time].
    """

    psi: Any
    rate: Any

    def __call__(self, q, t):
        return self.psi(q, t) + self.rate * t


VORTEX = made(PairVortex, frequency=0.8, mass=M, hbar=HBAR)
UNSOLVED = made(Growing, psi=VORTEX, rate=0.2)
THIRD_ORDER = InUnits(
    lambda u: derivatives(build(FERMIONS, u), u.rescaled(Q2, "length"), u.rescaled(T, "time"), 3)
)


def _bump(u: Units, unit: str) -> Any:
    z = np.linspace(-9.0, 9.0, 64, endpoint=False)
    return np.exp(-(z**2)) * (1.0 + 0.5 * np.sin(z)) * u.of(unit)


AMPLITUDE = InUnits(lambda u: _bump(u, "1/length^(1/2)"))
DENSITY = InUnits(lambda u: _bump(u, "1/length"))
DENSITIES = InUnits(lambda u: np.stack([_bump(u, "1/length"), _bump(u, "1/length")[::-1]]))


def _joint(u: Units) -> Any:
    x, y = np.moveaxis(build(PLANE, u).points.reshape(32, 36, 2), -1, 0) / u.length
    return np.exp(-(x**2) - y**2 - 0.8 * x * y) / u.length


JOINT = InUnits(_joint)
