"""Accelerations of very many bodies by a tree, with an error that the opening angle sets."""

from typing import Any

import numpy as np

from zitter.core.checks import require_positive
from zitter.kbody import _tree_kernels as kernels
from zitter.kbody.bodies import (
    Bodies,
    external_accelerations,
    require_apart,
    require_positions,
)
from zitter.kbody.direct_sum import coupling_arrays, padded
from zitter.wavefunctions._threads import over_batch

LEAF_SIZE = 16


def tree_accelerations(
    system: Bodies, X: Any, t: float = 0.0, *, opening: float = 0.5
) -> np.ndarray:
    """Accelerations as `accelerations`, with far groups of bodies replaced by their multipoles.

    Groups act by monopole, dipole and quadrupole where they appear smaller than the opening
    angle; the error falls as its cube. Softening is Plummer's, exactly as in the direct sum.

    Args:
        system: Bodies with the law "point", charges of either sign or none.
        X: positions (K, D) [length].
        t: time, for the external fields [time].
        opening: largest ratio of the radius of a group to its distance that is not opened [1].

    Returns:
        (K, D) [length/time^2].

    Raises:
        ValueError: another law; a period; an opening angle that is not between 0 and 1; shapes;
            two bodies at one place without softening.

    Validity: forces of pairs no longer cancel exactly, so momentum drifts with the error.
    """
    X = require_positions(system, X)
    require_apart(system, X)
    return tree_pair_accelerations(system, X, opening) + external_accelerations(system, X, t)


def tree_pair_accelerations(system: Bodies, X: np.ndarray, opening: float) -> np.ndarray:
    """Accelerations of the bodies by each other (K, D) by a tree, without external fields.

    Arguments, shape and unit as for tree_accelerations.
    """
    return _sums(system, X, opening)[0]


def tree_mutual_energies(system: Bodies, X: Any, opening: float = 0.5) -> np.ndarray:
    """Energy of each body with all others, as `mutual_energies`, by a tree.

    Args:
        system: Bodies with the law "point", charges of either sign or none.
        X: positions (K, D) [length].
        opening: as for tree_accelerations.

    Returns:
        (K,); their sum counts each pair twice [energy].

    Raises:
        ValueError: as for tree_accelerations.
    """
    X = require_positions(system, X)
    require_apart(system, X)
    return system.masses * _sums(system, X, opening)[1]


def _sums(system: Bodies, X: np.ndarray, opening: float) -> tuple[np.ndarray, np.ndarray]:
    """Accelerations (K, D) and potential energies per mass (K,)."""
    require_positive("opening", opening)
    if system.law != "point" or opening > 1.0:
        raise ValueError("`system` must have the law 'point', and `opening` be at most 1.")
    if system.period:
        raise ValueError("`system` must have no period for a tree: it leaves out the images.")
    positions, K = padded(X), len(X)
    order, ranges, centres, radii = _tree(positions)
    gm, kq, beta, eps2 = coupling_arrays(system)
    ordered = np.ascontiguousarray(positions[:, order])
    leaves, result = _leaves(ranges), np.zeros((4, K))
    for source, weight in ((gm, np.ones_like(gm)), (kq, beta)):
        if np.any(source):
            field = np.empty((4, K))
            fields = _fields(leaves, ordered, source[order], ranges, centres, radii, eps2, opening)
            field[:, order] = fields
            if eps2 > 0.0:
                field[3] += source / np.sqrt(eps2)
            result += weight * field
    return result[: system.num_space].T.copy(), result[3]


def _tree(positions: np.ndarray) -> tuple[np.ndarray, ...]:
    K = positions.shape[1]
    depth = max(0, int(np.ceil(np.log2(max(K, 1) / LEAF_SIZE))))
    num_nodes = 2 ** (depth + 1) - 1
    order, ranges = np.arange(K), np.zeros((num_nodes, 2), dtype=np.int64)
    centres, radii = np.zeros((num_nodes, 3)), np.zeros(num_nodes)
    kernels.build(positions, LEAF_SIZE, order, ranges, centres, radii)
    return order, ranges, centres, radii


def _leaves(ranges: np.ndarray) -> np.ndarray:
    """Nodes without children."""
    num_nodes = len(ranges)
    used = ranges[:, 1] > ranges[:, 0]
    child = 2 * np.arange(num_nodes) + 1
    parents = np.zeros(num_nodes, dtype=bool)
    inner = child < num_nodes
    parents[inner] = ranges[child[inner], 1] > 0
    return np.flatnonzero(used & ~parents)


def _fields(leaves, X, source, ranges, centres, radii, eps2, opening) -> np.ndarray:
    M = np.empty((len(ranges), kernels.NUM_MOMENTS))
    kernels.moments(X, source, ranges, centres, M)
    A = np.empty((4, X.shape[1]))

    def part(mine: np.ndarray) -> None:
        kernels.walk(mine, X, source, ranges, centres, radii, M, eps2, opening, A)

    over_batch(part, leaves, steps=2e4)
    return A
