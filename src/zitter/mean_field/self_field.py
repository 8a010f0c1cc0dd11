"""The mean field of a density: Poisson's equation (114), the force (115), and smooth kernels.

Units of G and k as for `zitter.kbody.bodies`: a density normalised to 1 with the mass M is the
limit of K sheets (rods) of mass M whose G is divided by K.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft

from zitter.core.checks import ValidityError, require_choice, require_finite
from zitter.core.fft import inverse_transform_real_lines, transform_real_lines
from zitter.core.grid import Grid
from zitter.core.poisson import PoissonSolver

# Mean source that a periodic box without background may have, in units of its largest.
NEUTRAL = 1e-9
# Jump of a field from outside across the faces of a periodic box, in units of its largest.
CLOSED = 1e-6
# Odd part of a pair energy that is rounding, of its range.
EVEN = 1e-9
# Bend of a pair energy half of the box away, in units of that beside it, and in those of its
# steepest step.
KINK, SLIGHT = 4.0, 1e-2


@dataclass(frozen=True)
class SelfField:
    """Gravity and electrostatics of mobile species, with fields from outside.

    Args:
        space: Grid of D axes.
        boundary: "periodic", or "isolated": nothing outside of the box.
        gravitational_constant: G of ∇²Φ = 4πG Σ m n; 0 without gravity
            [length^num_axes/mass/time^2].
        coulomb_constant: k of ∇²φ = -4πk Σ q n [energy*length^num_axes/length^2].
        background: whether a uniform background at rest takes away the mean of mass and charge
            of the periodic box, by the mean that it really has.
        pair_energy: W(x), even and smooth, in the place of Poisson's equation: U = ∫W(x - y)
            Σn(y) dy for every species; x are D arrays of distances. Or "sheet" (D = 1), "rod"
            (D = 2), "point" (D = 3): Poisson's own, the default.
        U_mass: external energy of a unit mass, (x (D,), t) -> energy/mass, or None. In a periodic
            box ∂U/∂x must have its period; with Wigner's kick U, too.
        U_charge: external energy of a unit charge, (x (D,), t) -> energy, or None; likewise.

    Raises:
        ValueError: another boundary or law; 1/|x|, the law "point", which has no mean field on a
            line; a W(x) that is not finite, not even, or with a kink half of a periodic box away; a
            background without a period.
    """

    space: Grid
    boundary: str
    gravitational_constant: float = 0.0
    coulomb_constant: float = 0.0
    background: bool = False
    pair_energy: Any = None
    U_mass: Callable[[Any, Any], Any] | None = None
    U_charge: Callable[[Any, Any], Any] | None = None

    def __post_init__(self):
        require_choice("boundary", self.boundary, ("periodic", "isolated"))
        require_finite("gravitational_constant", self.gravitational_constant)
        require_finite("coulomb_constant", self.coulomb_constant)
        if self.background and self.boundary == "isolated":
            raise ValueError("`background` must be False for the boundary 'isolated'.")
        if callable(self.pair_energy):
            if self.gravitational_constant or self.coulomb_constant or self.background:
                raise ValueError(
                    "`pair_energy` must come without G, k and background: it takes their place."
                )
            W = pair_energies_of_grid(self)
            _require_even(W)
            if self.boundary == "periodic":
                _require_no_kink(W)
        elif self.pair_energy is not None:
            _require_law(self.pair_energy, self.space.num_axes)

    @property
    def driven(self) -> bool:
        """Whether a field acts from outside."""
        return self.U_mass is not None or self.U_charge is not None

    def potential_energies(
        self, densities: np.ndarray, masses: Sequence[float], charges: Sequence[float]
    ) -> np.ndarray:
        """Energy U = mΦ + qφ of one particle of each species in the mean field, ∇²Φ = 4πG m n.

        Equation: (114), with G: Φ = 2πG M ∫|x - x'| ρ(x') dx' on an isolated line; φ likewise,
            with -k in the place of G

        Args:
            densities: n per species, (S, *num) [1/length^num_axes].
            masses: (S,) [mass].
            charges: (S,) [1].

        Returns:
            (S, *num) [energy].

        Raises:
            ValidityError: a periodic box without background that is not neutral.

        Validity: isolated rods have the potential 2 ln(r/ℓ), with ℓ one unit of length.
        """
        self.require_neutral(densities, masses, charges)
        return self._energies(densities, masses, charges)

    def accelerations(
        self, densities: np.ndarray, masses: Sequence[float], charges: Sequence[float]
    ) -> np.ndarray:
        """Mean-field acceleration of each species, -∂U/∂x / m.

        Equation: (115), F = -M ∂Φ/∂x with no integral over x'; on an isolated line it is
            -2πG M² ∫sgn(x - x') ρ(x') dx'

        Args:
            densities: n per species, (S, *num) [1/length^num_axes].
            masses: (S,) [mass].
            charges: (S,) [1].

        Returns:
            (S, D, *num) [length/time^2].

        Raises:
            ValidityError: a periodic box without background that is not neutral.
        """
        self.require_neutral(densities, masses, charges)
        # The field of the source's slope is the slope of its field, also in an isolated box,
        # where the field itself does not go on periodically.
        parts = []
        for axis in range(self.space.num_axes):
            slopes = np.array([slope(n, self.space, axis) for n in densities])
            parts.append(self._energies(slopes, masses, charges))
        energies = np.stack(parts, axis=1)
        return -energies / np.asarray(masses, float).reshape(-1, *[1] * (energies.ndim - 1))

    def external_energies(
        self, t: float, masses: Sequence[float], charges: Sequence[float]
    ) -> np.ndarray:
        """Energy of one particle of each species in the fields from outside.

        Args:
            t: [time].
            masses: (S,) [mass].
            charges: (S,) [1].

        Returns:
            (S, *num) [energy].
        """
        total = np.zeros((len(masses), *self.space.num))
        for U, weights in ((self.U_mass, masses), (self.U_charge, charges)):
            if U is not None:
                values = np.asarray(_values(U, self.space.points, np.asarray(float(t))))
                total += np.multiply.outer(weights, values.reshape(self.space.num))
        return total

    def external_accelerations(
        self, t: float, masses: Sequence[float], charges: Sequence[float]
    ) -> np.ndarray:
        """Acceleration of each species by the fields from outside, by automatic differentiation.

        Args:
            t: [time].
            masses: (S,) [mass].
            charges: (S,) [1].

        Returns:
            (S, D, *num) [length/time^2].
        """
        total = np.zeros((len(masses), self.space.num_axes, *self.space.num))
        per_mass = np.asarray(charges, float) / np.asarray(masses, float)
        for U, weights in ((self.U_mass, np.ones(len(masses))), (self.U_charge, per_mass)):
            if U is not None:
                values = np.asarray(_forces(U, self.space.points, np.asarray(float(t)))).T
                total += np.multiply.outer(weights, values.reshape(total.shape[1:]))
        return total

    def require_closed(self, t: float, energies: bool) -> None:
        """Raise where forces (or energies) from outside jump across the faces of a periodic box.

        Raises: ValidityError.
        """
        if self.boundary == "isolated":
            return
        now = np.asarray(float(t))
        for name, U in (("U_mass", self.U_mass), ("U_charge", self.U_charge)):
            if U is None:
                continue
            self._require_no_jump(f"The force of `{name}`", lambda x, U=U: _forces(U, x, now))
            if energies:
                level = _values(U, self.space.points, now)[0]
                self._require_no_jump(
                    f"`{name}`", lambda x, U=U, level=level: _values(U, x, now) - level
                )

    def _require_no_jump(self, name: str, values: Callable[[np.ndarray], Any]) -> None:
        low, high = (_faces(self.space, ends) for ends in (self.space.lower, self.space.upper))
        within, below, above = (np.asarray(values(x)) for x in (self.space.points, low, high))
        jump, spread = np.abs(above - below).max(), np.abs(within).max()
        if not jump <= CLOSED * spread:
            raise ValidityError(
                f"{name} does not close around the periodic box: from its upper to its lower end "
                f"it jumps by {jump / (spread or 1.0):.2g} of its maximum. Use one of the period "
                "of the box, or the boundary 'isolated'."
            )

    def require_neutral(
        self, densities: np.ndarray, masses: Sequence[float], charges: Sequence[float]
    ) -> None:
        """Raise where a periodic box would need a background. Raises: ValidityError."""
        if self.boundary == "isolated" or self.background or callable(self.pair_energy):
            return
        means = np.asarray(densities).reshape(len(densities), -1).mean(axis=1)
        if self.gravitational_constant and np.any(means):
            raise ValidityError(
                "Masses in a periodic box have no potential without a background that takes away "
                "their mean: use background=True, or the boundary 'isolated'."
            )
        total, size = np.dot(charges, means), np.dot(np.abs(charges), np.abs(means))
        if self.coulomb_constant and abs(total) > NEUTRAL * size:
            raise ValidityError(
                f"The plasma is not neutral: its mean charge is {total / size:.3g} of the charges "
                "in it. Use background=True, or species of both signs."
            )

    def _energies(self, densities, masses, charges) -> np.ndarray:
        if callable(self.pair_energy):
            each = _convolution(self, np.sum(densities, axis=0))
            return np.array([each] * len(densities))
        energies = np.zeros(densities.shape)
        solver = PoissonSolver(self.space, self.boundary)
        for coupling, weights in (
            (self.gravitational_constant, np.asarray(masses, float)),
            (-self.coulomb_constant, np.asarray(charges, float)),
        ):
            if coupling and np.any(weights):
                source = 4.0 * np.pi * coupling * np.tensordot(weights, densities, 1)
                energies += np.multiply.outer(weights, solver(source))
        return energies


def slope(values: np.ndarray, grid: Grid, axis: int) -> np.ndarray:
    """∂/∂x of real values on the grid (*num) along one axis, spectrally."""
    n = grid.num[axis]
    shape = [1] * grid.num_axes
    shape[axis] = -1
    factor = grid.derivative_factor(axis).ravel()[: n // 2 + 1].reshape(shape)
    return inverse_transform_real_lines(transform_real_lines(values, axis) * factor, n, axis)


def pair_energies_of_grid(field: SelfField) -> np.ndarray:
    """W at the distances of points of the grid, in the order of a transform; isolated, twice."""
    twice = 1 if field.boundary == "periodic" else 2
    num = [twice * n for n in field.space.num]
    steps = zip(field.space.spacing, num, strict=True)
    distances = [h * n * np.fft.fftfreq(n) for h, n in steps]
    return np.broadcast_to(np.asarray(field.pair_energy(*np.ix_(*distances)), float), num)


def _require_even(W: np.ndarray) -> None:
    """Raise unless W, in the order of a transform, is finite and even. Raises: ValueError."""
    require_finite("pair_energy at the distances of the grid", W)
    mirrored = np.roll(np.flip(W), 1, axis=tuple(range(W.ndim)))
    # Half of the box away there is no other side.
    both = np.ix_(*(np.flatnonzero(2 * np.arange(n) != n) for n in W.shape))
    odd = np.max(np.abs(W - mirrored)[both], initial=0.0)
    if odd > EVEN * np.ptp(W):
        raise ValueError(
            f"`pair_energy` must be even, but W(x) and W(-x) differ by {odd:.3g}: forces without "
            "an equal and opposite one."
        )


def _require_no_kink(W: np.ndarray) -> None:
    """Raise where W, in the order of a transform, bends at the faces. Raises: ValueError."""
    for axis, n in enumerate(W.shape):
        step = np.roll(W, -1, axis) - W
        bend = np.abs(step - np.roll(step, 1, axis))
        face, beside = (float(np.max(np.take(bend, n // 2 - i, axis))) for i in (0, 1))
        if face > KINK * beside + SLIGHT * float(np.max(np.abs(step))):
            raise ValueError(
                "`pair_energy` must have the period of the box, but has a kink half of it away, "
                "where its force jumps. Use one that is periodic, or the boundary 'isolated'."
            )


def _convolution(field: SelfField, density: np.ndarray) -> np.ndarray:
    """∫W(x - y) n(y) dy; isolated, by transforms of twice the length."""
    grid, W = field.space, pair_energies_of_grid(field)
    num, axes = W.shape, tuple(range(grid.num_axes))
    W_hat = np.asarray(scipy.fft.rfftn(W, axes=axes))
    n_hat = np.asarray(scipy.fft.rfftn(density, num, axes=axes))
    result = np.asarray(scipy.fft.irfftn(W_hat * n_hat, num, axes=axes)) * grid.cell_volume
    return result[tuple(slice(0, n) for n in grid.num)]


def _faces(grid: Grid, ends: tuple[float, ...]) -> np.ndarray:
    """Points of the faces where one axis ends, axis by axis, (n, D)."""
    faces = []
    for axis, end in enumerate(ends):
        axes = [[end] if a == axis else x for a, x in enumerate(grid.axes)]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        faces.append(points.reshape(-1, grid.num_axes))
    return np.concatenate(faces)


@eqx.filter_jit
def _values(U: Callable, x: Any, t: Any) -> Any:
    return jax.vmap(lambda y: U(y, t))(jnp.asarray(x))


@eqx.filter_jit
def _forces(U: Callable, x: Any, t: Any) -> Any:
    return -jax.vmap(jax.grad(lambda y: U(y, t)))(jnp.asarray(x))


def _require_law(law: Any, num_axes: int) -> None:
    """Raise for a law that has no mean field here. Raises: ValueError."""
    if law == "point" and num_axes == 1:
        raise ValueError(
            "`pair_energy` must not be 'point' on a line: the integral of ρ(x')/|x - x'| diverges "
            "at x' = x, and with a cut-off the force grows with its logarithm: there is no mean "
            "field. Use 'sheet', the law of one dimension, or a smooth W(x)."
        )
    require_choice("pair_energy", law, (("sheet",), ("rod",), ("point",))[num_axes - 1])
