"""Paths of K bodies under Newton's and Coulomb's law, with the conserved quantities along them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import (
    ValidityError,
    require_choice,
    require_finite,
    require_positive,
    require_shape,
)
from zitter.kbody._drive import Drive
from zitter.kbody._gauss_radau import NO_SOLUTION, UNDERFLOW, radau_advance
from zitter.kbody.bodies import (
    Bodies,
    external_accelerations,
    external_energies,
    require_apart,
    require_positions,
)
from zitter.kbody.direct_sum import (
    LAW_NUMBERS,
    coupling_arrays,
    mutual_energies,
    padded,
    pair_accelerations,
)
from zitter.kbody.integrators import ORDERS, advance, composition
from zitter.kbody.particle_mesh import Mesh, mesh_mutual_energies, mesh_pair_accelerations
from zitter.kbody.plasma import require_resolved_plasma
from zitter.kbody.tree import tree_mutual_energies, tree_pair_accelerations

METHODS = (*ORDERS, "gauss_radau")
# Above this, one call of Python for each sum over all pairs is nothing, and threads pay.
COMPILED_BODIES = 256
# Above this the last coefficient of collocation is no measure of the error.
LOOSEST = 1e-2


class Motion(NamedTuple):
    """Paths of K bodies and what should be conserved along them."""

    times: np.ndarray
    """(time,) [time]"""
    X: np.ndarray
    """(time, K, D) [length]"""
    V: np.ndarray
    """(time, K, D) [length/time]"""
    energy: np.ndarray
    """(time,) [energy]"""
    momentum: np.ndarray
    """(time, D) [momentum]"""
    angular_momentum: np.ndarray
    """of the pairs of axes xy, xz, yz as far as there are, (time, D(D-1)/2) [action]"""
    evaluations: int
    """sums over all pairs"""
    carry: np.ndarray
    """round-off kept by adaptive steps, of X and V (2, 3, K)"""
    step: float
    """next step of adaptive steps [time]"""

    @property
    def energy_drift(self) -> float:
        """Largest |E - E(0)| over the times, in units of |E(0)| (of 1 where E(0) = 0)."""
        return _drift(self.energy)

    @property
    def momentum_drift(self) -> float:
        """Largest change of a component of the momentum over the times [momentum]."""
        return float(np.max(np.abs(self.momentum - self.momentum[0])))

    @property
    def angular_momentum_drift(self) -> float:
        """Largest change of a component of the angular momentum over the times [action]."""
        change = np.abs(self.angular_momentum - self.angular_momentum[0])
        return float(np.max(change, initial=0.0))


def _drift(E: np.ndarray) -> float:
    return float(np.max(np.abs(E - E[0])) / (abs(E[0]) or 1.0))


def newton_paths(
    system: Bodies,
    X0: Any,
    V0: Any,
    times: Any,
    *,
    time_step: float,
    method: str = "leapfrog",
    opening: float | None = None,
    mesh: Mesh | None = None,
) -> Motion:
    """Paths Mⁱ d²xⁱ/dt² = Fⁱ of K bodies, in steps of one size.

    Leapfrog and Yoshida's compositions (orders 2, 4, 6) are symplectic and reversible;
    "gauss_radau" is collocation of order 15. Steps are made a little shorter where they do not
    fit into the spans between `times`; a run that goes on from X[-1], V[-1] at times[-1] is
    bit-equal to one that was not interrupted.

    Args:
        system: Bodies.
        X0: positions at times[0], (K, D) [length].
        V0: velocities at times[0], (K, D) [length/time].
        times: output times (time,), rising or falling [time].
        time_step: longest step [time].
        method: "leapfrog", "yoshida4", "yoshida6" or "gauss_radau".
        opening: opening angle of a tree in the place of the direct sum, for compositions [1].
        mesh: mesh in the place of the direct sum, for compositions.

    Returns:
        Motion, with the energy by the same tree or mesh as the forces.

    Raises:
        ValueError: shapes, times, two bodies at one place without softening, unknown method; a
            tree or a mesh with "gauss_radau", a tree and a mesh, a tree of periodic bodies.
        ValidityError: a path is no longer finite; collocation that does not converge; a mesh that
            does not resolve the Debye length of a periodic plasma; a field from outside that comes
            and goes within two steps.

    Validity: pulses from outside much shorter than a step, or that act on few of very many bodies,
        may be overlooked; on sheets without softening, whose forces jump, every method is of
        order 1; see `zitter.kbody.sheets`.
    """
    require_choice("method", method, METHODS)
    times, X, V = newton_start(system, X0, V0, times)
    require_positive("time_step", time_step)
    pull = _pull(system, method, opening, mesh)
    if mesh is not None and system.period:
        require_resolved_plasma(system, V, mesh.spacing)
    if method == "gauss_radau":
        return _radau_paths(system, X, V, times, time_step, 0.0, time_step)
    scheme = composition(method)
    motion, drive = _Record(system, times, X, V, opening, mesh), Drive(system)
    for n in range(1, len(times)):
        span = times[n] - times[n - 1]
        num_steps = max(1, int(np.ceil(abs(span) / time_step * (1.0 - 1e-12))))
        X, V = _advanced(system, X, V, times[n - 1], span / num_steps, num_steps, scheme,
                         pull, drive)  # fmt: skip
        motion.add(n, X, V, num_steps * len(scheme.kicks))
    return motion.done(np.zeros((2, 3, system.num_bodies)), time_step)


def adaptive_newton_paths(
    system: Bodies,
    X0: Any,
    V0: Any,
    times: Any,
    *,
    tolerance: float = 1e-9,
    first_step: float | None = None,
    largest_step: float = np.inf,
    carry: Any = None,
) -> Motion:
    """Paths of K bodies by Gauss-Radau collocation of order 15 with steps of their own size.

    For close encounters and eccentric orbits: with the tolerance 1e-9 (of the last of the eight
    coefficients of the acceleration) the error of a step is round-off, which is carried along.

    Args:
        system: Bodies, without external fields.
        X0, V0: at times[0], (K, D) [length], [length/time].
        times: output times (time,), rising [time].
        tolerance: size of the last coefficient against the acceleration, at most 1e-2 [1].
        first_step: first step tried; by default a hundredth of the first span [time].
        largest_step: longest step [time].
        carry: `carry` of the run that this one goes on with, or None; with `first_step` its
            `step`, the result is bit-equal to one run.

    Returns:
        Motion.

    Raises:
        ValueError: as for newton_paths; external fields; falling times.
        ValidityError: the step underflows, or a path is no longer finite.
    """
    times, X, V = newton_start(system, X0, V0, times)
    require_positive("tolerance", tolerance)
    if tolerance > LOOSEST:
        raise ValueError(f"`tolerance` must be at most {LOOSEST:g}, but is {tolerance:g}.")
    # No longest step is infinity, which is no finite number.
    require_positive("largest_step", 1.0 if largest_step == np.inf else largest_step)
    if np.any(np.diff(times) < 0.0):
        raise ValueError("`times` must rise for adaptive steps; turn the velocities round instead.")
    first = 0.01 * float(times[1] - times[0]) if first_step is None else first_step
    require_positive("first_step", first)
    return _radau_paths(system, X, V, times, float(first), tolerance, largest_step, carry)


def newton_start(system: Bodies, X0: Any, V0: Any, times: Any) -> tuple[np.ndarray, ...]:
    """Times, positions and velocities as arrays, checked. Raises: ValueError."""
    X, V = require_positions(system, X0, "X0"), require_positions(system, V0, "V0")
    require_apart(system, X)
    require_shape("times", times, (None,), "(time,)")
    require_finite("times", times)
    times = np.array(times, dtype=float)
    steps = np.diff(times)
    if len(times) < 2 or not (np.all(steps > 0.0) or np.all(steps < 0.0)):
        raise ValueError("`times` must be at least two and rise, or fall, throughout.")
    return times, X, V


def _pull(
    system: Bodies, method: str, opening: float | None, mesh: Mesh | None
) -> Callable[[np.ndarray], np.ndarray] | None:
    """Accelerations by a tree, a mesh or, where the compiled direct sum does not do, all pairs."""
    for name, given in (("opening", opening), ("mesh", mesh)):
        if given is not None and method == "gauss_radau":
            raise ValueError(f"`{name}` must be None for the method 'gauss_radau'.")
    if opening is not None and (mesh is not None or system.period):
        raise ValueError("`opening` must be None with a mesh or a period: choose one of them.")
    if opening is not None:
        return lambda X: tree_pair_accelerations(system, X, opening)
    if mesh is not None:
        return lambda X: mesh_pair_accelerations(system, X, mesh)
    few = system.num_bodies <= COMPILED_BODIES
    if few and not (system.external or system.period):
        return None
    return lambda X: pair_accelerations(system, X)


def _advanced(system, X, V, t, h, num_steps, scheme, pull, drive) -> tuple[np.ndarray, np.ndarray]:
    if pull is None:
        x, v = padded(X), padded(V)
        law = LAW_NUMBERS[system.law]
        advance(law, *coupling_arrays(system), x, v, h, num_steps, *scheme)
        D = system.num_space
        return x[:D].T.copy(), v[:D].T.copy()
    X, V = X.copy(), V.copy()
    for n in range(num_steps):
        now = t + n * h
        drive.look(X, now, h)
        for drift, kick in zip(scheme.drifts, scheme.kicks, strict=False):
            X += drift * h * V
            now += drift * h
            force = pull(X)
            if system.external:
                force = force + external_accelerations(system, X, now)
            V += kick * h * force
        X += scheme.drifts[-1] * h * V
    return X, V


def _radau_paths(system, X, V, times, step, tolerance, largest, carry=None) -> Motion:
    if system.external or system.period:
        raise ValueError(
            "`system` must have no external field and no period for Gauss-Radau; use the method "
            "'yoshida6'."
        )
    if times[1] < times[0]:
        raise ValueError("`times` must rise for Gauss-Radau; turn the velocities round instead.")
    motion = _Record(system, times, X, V)
    x, v, D = padded(X), padded(V), system.num_space
    carry = np.zeros((2, *x.shape)) if carry is None else np.array(carry, dtype=float)
    require_shape("carry", carry, (2, *x.shape), "(2, 3, num_bodies)")
    arrays = (LAW_NUMBERS[system.law], *coupling_arrays(system))
    for n in range(1, len(times)):
        first, last = float(times[n - 1]), float(times[n])
        if tolerance == 0.0:
            step = (last - first) / max(1, np.ceil((last - first) / largest * (1.0 - 1e-12)))
        step, count, outcome = radau_advance(
            *arrays, x, v, carry, first, last, step, tolerance, largest
        )
        if outcome == NO_SOLUTION:
            raise ValidityError(
                f"The collocation does not converge before t = {last:g}: a step of {step:g} is too "
                "long. Use a shorter `time_step`, or `adaptive_newton_paths`."
            )
        if outcome == UNDERFLOW:
            raise ValidityError(
                f"The step falls below round-off before t = {last:g}: two bodies collide. "
                "Give them a softening."
            )
        motion.add(n, x[:D].T, v[:D].T, count)
    return motion.done(carry, step)


class _Record:
    """Paths as they grow."""

    def __init__(
        self, system: Bodies, times: np.ndarray, X: np.ndarray, V: np.ndarray,
        opening: float | None = None, mesh: Mesh | None = None,
    ):  # fmt: skip
        self.system, self.times, self.evaluations = system, times, 0
        self.sums: dict[str, Any] = dict(opening=opening, mesh=mesh)
        self.X = np.empty((len(times), *X.shape))
        self.V = np.empty_like(self.X)
        self.X[0], self.V[0] = X, V

    def add(self, n: int, X: np.ndarray, V: np.ndarray, evaluations: int) -> None:
        if not (np.all(np.isfinite(X)) and np.all(np.isfinite(V))):
            raise ValidityError(
                f"A path is no longer finite at t = {self.times[n]:g}: a close encounter is not "
                "resolved. Use a shorter step, adaptive steps, or a softening."
            )
        self.X[n], self.V[n] = X, V
        self.evaluations += evaluations

    def done(self, carry: np.ndarray, step: float) -> Motion:
        m = self.system.masses
        return Motion(
            self.times,
            self.X,
            self.V,
            np.array([total_energy(self.system, *s, **self.sums)
                      for s in zip(self.X, self.V, self.times, strict=True)]),
            np.einsum("i,tia->ta", m, self.V),
            _angular_momentum(m, self.X, self.V),
            self.evaluations,
            carry,
            float(step),
        )  # fmt: skip


def total_energy(
    system: Bodies, X: Any, V: Any, t: float = 0.0, *, opening: float | None = None,
    mesh: Mesh | None = None,
) -> float:  # fmt: skip
    """Kinetic and potential energy of all bodies, Σ Mⁱ(vⁱ)²/2 + ΣUⁱ.

    Args:
        system: Bodies.
        X: positions (K, D) [length].
        V: velocities (K, D) [length/time].
        t: time, for the external fields [time].
        opening: opening angle of a tree in the place of the direct sum [1].
        mesh: mesh in the place of the direct sum.

    Returns:
        A number [energy].
    """
    if mesh is not None:
        mutual = mesh_mutual_energies(system, X, mesh)
    elif opening is not None:
        mutual = tree_mutual_energies(system, X, opening)
    else:
        mutual = mutual_energies(system, X)
    kinetic = 0.5 * np.sum(system.masses[:, None] * np.asarray(V) ** 2)
    potential = 0.5 * np.sum(mutual)
    return float(kinetic + potential + np.sum(external_energies(system, X, t)))


def _angular_momentum(m: np.ndarray, X: np.ndarray, V: np.ndarray) -> np.ndarray:
    a, b = np.triu_indices(X.shape[2], 1)
    moments = X[..., a] * V[..., b] - X[..., b] * V[..., a]
    return np.einsum("i,tic->tc", m, moments)
