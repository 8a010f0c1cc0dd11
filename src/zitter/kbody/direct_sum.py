"""Accelerations and energies of K bodies by direct sum, in blocks of rows; on a line by sorting.

Periodic points and rods are summed with all their images by Ewald's method.
"""

from typing import Any

import numpy as np

from zitter.core.checks import require_count, require_shape
from zitter.core.sharding import gathered, share_of
from zitter.kbody import _pair_kernels as kernels
from zitter.kbody.bodies import (
    Bodies,
    external_accelerations,
    external_energies,
    require_apart,
    require_positions,
)
from zitter.kbody.ewald import ewald_fields
from zitter.wavefunctions._threads import over_batch

LAW_NUMBERS = {"sheet": kernels.SHEET, "rod": kernels.ROD, "point": kernels.POINT}


def coupling_arrays(system: Bodies) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """G m, k q, -q/m, each (K,), and ε², as the compiled sums take them."""
    return (
        system.gravitational_constant * system.masses,
        system.coulomb_constant * system.charges,
        -system.charges / system.masses,
        system.softening**2,
    )


def padded(X: np.ndarray) -> np.ndarray:
    """Coordinates (K, D) as (3, K), zero in the dimensions that are not there."""
    result = np.zeros((3, len(X)))
    result[: X.shape[1]] = X.T
    return result


def pair_accelerations(system: Bodies, X: np.ndarray) -> np.ndarray:
    """Accelerations of the bodies by each other (K, D), without checks or external fields.

    Processes that have joined (`zitter.core.sharding`) share the rows, with the same bits.
    """
    if system.law == "sheet" and system.softening == 0.0:
        return _sorted_accelerations(system, X[:, 0])[:, None]
    if system.period:
        return _weighted(system, padded(X), np.arange(len(X)))[0]
    positions = padded(X)
    law, K, share = LAW_NUMBERS[system.law], len(X), share_of(len(X))
    A = np.empty((share.stop - share.start, 3))
    arrays = coupling_arrays(system)

    def rows(start: np.ndarray, block: np.ndarray) -> None:
        result = np.empty((3, len(block)))
        if law == kernels.POINT:
            kernels.point_rows(int(start[0]), positions, *arrays, result)
        else:
            kernels.any_rows(law, int(start[0]), positions, *arrays, result)
        block[:] = result.T

    over_batch(rows, np.arange(share.start, share.stop), A, steps=4.0 * K)
    return gathered(A, K)[:, : system.num_space]


def accelerations(system: Bodies, X: np.ndarray, t: float = 0.0) -> np.ndarray:
    """Newton's and Coulomb's accelerations, aⁱ = Σ_l (G M^l - k qⁱq^l/Mⁱ)(x^l - xⁱ)/|x^l - xⁱ|³.

    Equation: (102), with G and twice the printed force: xⁱ occurs in every U^l, so the gradient
        of their sum undoes the factor 1/2 of (100)

    Args:
        system: Bodies.
        X: positions (K, D) [length].
        t: time, for the external fields [time].

    Returns:
        (K, D) [length/time^2].

    Raises:
        ValueError: shapes; two bodies at one place without softening.
    """
    X = require_positions(system, X)
    require_apart(system, X)
    return pair_accelerations(system, X) + external_accelerations(system, X, t)


def printed_accelerations(system: Bodies, X: np.ndarray) -> np.ndarray:
    """Accelerations by (102) as it is printed, half of Newton's law; for comparison only.

    Arguments, shape and unit as for accelerations.
    """
    return 0.5 * accelerations(system, X)


def mutual_energies(system: Bodies, X: np.ndarray) -> np.ndarray:
    """Energy of each body with all others, Vⁱ = -Σ_l (G MⁱM^l - k qⁱq^l)/|xⁱ - x^l|.

    Args:
        system: Bodies.
        X: positions (K, D) [length].

    Returns:
        (K,); their sum counts each pair twice [energy].

    Raises:
        ValueError: shapes; two bodies at one place without softening.

    Validity: rods have the energy 2 ln(r/ℓ), with ℓ one unit of length. With a period L, Vⁱ holds
        the images of the body itself too. Over the places of one body the energy of a pair of
        points or rods has the mean 0, of sheets πGMⁱM^l L/3 - πkqⁱq^l L/3, as it is 0 at contact.
    """
    X = require_positions(system, X)
    require_apart(system, X)
    positions, law = padded(X), LAW_NUMBERS[system.law]
    gm, kq, beta, eps2 = coupling_arrays(system)
    if system.law == "sheet" and system.softening == 0.0:
        return _sorted_energies(system, X[:, 0])
    if system.period:
        return system.masses * _weighted(system, padded(X), np.arange(len(X)))[1]
    E = np.empty(len(X))

    def rows(start: np.ndarray, block: np.ndarray) -> None:
        kernels.pair_energies(
            law, int(start[0]), positions, system.masses, gm, kq, beta, eps2, 1.0, block
        )

    over_batch(rows, np.arange(len(X)), E, steps=8.0 * len(X))
    return E


def body_potentials(system: Bodies, X: np.ndarray, t: float = 0.0) -> np.ndarray:
    """Potential Uⁱ of each body, half of its energy with the others plus that in external fields.

    Equation: (99), (100), with G; indices of the body on the arguments; tides inside the bodies
        are left out

    Args:
        system: Bodies.
        X: positions (K, D) [length].
        t: time, for the external fields [time].

    Returns:
        (K,); their sum is the potential energy [energy].

    Raises:
        ValueError: as for mutual_energies.
    """
    return 0.5 * mutual_energies(system, X) + external_energies(system, np.asarray(X, float), t)


def fields_at(
    system: Bodies, targets: np.ndarray, X: np.ndarray, source: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Field (3, n) and potential (n,) at targets (3, n) of sources at X (3, K), without checks.

    A source at the place of the target is left out, but not its images.
    """
    law, n = LAW_NUMBERS[system.law], targets.shape[1]
    if system.period:
        return ewald_fields(law, X, source, system.period, targets)
    field, potential = np.empty((n, 3)), np.empty(n)

    def rows(index: np.ndarray, A: np.ndarray, E: np.ndarray) -> None:
        part = np.empty((3, len(index)))
        place = np.ascontiguousarray(targets[:, index])
        kernels.fields_at(law, place, X, source, system.softening**2, part, E)
        A[:] = part.T

    over_batch(rows, np.arange(n), field, potential, steps=8.0 * X.shape[1])
    return field.T, potential


def sampled_accelerations(system: Bodies, X: Any, numbers: Any) -> np.ndarray:
    """Accelerations of some of the bodies by all of them, by direct sum.

    Args:
        system: Bodies.
        X: positions (K, D) [length].
        numbers: of the bodies wanted, (n,).

    Returns:
        (n, D) [length/time^2].

    Raises:
        ValueError: shapes; a number that no body has; two bodies at one place without softening.
    """
    X = require_positions(system, X)
    require_apart(system, X)
    require_shape("numbers", numbers, (None,), "(n,)")
    for number in np.asarray(numbers).tolist():
        require_count("numbers", number, 0, system.num_bodies - 1)
    chosen = np.asarray(numbers, dtype=int)
    if system.law == "sheet":
        return pair_accelerations(system, X)[chosen]
    return _weighted(system, padded(X), chosen)[0]


def _weighted(system: Bodies, X: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Accelerations (n, D) and energies per mass (n,) of some bodies at X (3, K)."""
    targets = np.ascontiguousarray(X[:, numbers])
    gm, kq, beta, _ = coupling_arrays(system)
    A, V = np.zeros_like(targets), np.zeros(len(numbers))
    for source, weight in ((gm, np.ones_like(gm)), (kq, beta)):
        if np.any(source):
            field, potential = fields_at(system, targets, X, source)
            A += weight[numbers] * field
            V += weight[numbers] * potential
    return A[: system.num_space].T.copy(), V


def _ranked(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Order, and for each place in it the first and one past the last sheet at the same x."""
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    return order, np.searchsorted(ordered, ordered), np.searchsorted(ordered, ordered, "right")


def _sorted_accelerations(system: Bodies, x: np.ndarray) -> np.ndarray:
    x = _wrapped(system, x)
    order, first, last = _ranked(x)
    gm, kq, beta, _ = coupling_arrays(system)

    def pull(source: np.ndarray) -> np.ndarray:
        field = np.empty(len(x))
        field[order] = _right_minus_left(source[order], first, last)
        if system.period:
            field -= 2.0 / system.period * (source @ x - x * source.sum())
        return field

    return 2.0 * np.pi * (pull(gm) + beta * pull(kq))


def _wrapped(system: Bodies, x: np.ndarray) -> np.ndarray:
    return np.mod(x, system.period) if system.period else x


def _right_minus_left(source: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    before = np.concatenate([[0.0], np.cumsum(source)])
    return (before[-1] - before[last]) - before[first]


def _sorted_energies(system: Bodies, x: np.ndarray) -> np.ndarray:
    x = _wrapped(system, x)
    order = np.argsort(x, kind="stable")
    gm, kq, beta, _ = coupling_arrays(system)
    y, result = x[order] - np.mean(x), np.empty(len(x))

    def distances(source: np.ndarray) -> np.ndarray:
        """Σ_j s_j |x_i - x_j|, less Σ_j s_j (x_i - x_j)²/L in a period."""
        mass, moment = np.cumsum(source), np.cumsum(source * y)
        total = y * (2.0 * mass - mass[-1]) - (2.0 * moment - moment[-1])
        if system.period:
            square = mass[-1] * y**2 - 2.0 * moment[-1] * y + source @ y**2
            total -= square / system.period
        return total

    result[order] = distances(gm[order]) + beta[order] * distances(kq[order])
    return 2.0 * np.pi * system.masses * result
