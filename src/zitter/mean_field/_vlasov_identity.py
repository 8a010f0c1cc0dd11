"""What identifies a Vlasov run: numbers by themselves, functions by all the values it asks for."""

from typing import Any

import numpy as np

from zitter.core.stepping import fingerprint_of
from zitter.mean_field._vlasov_checks import BETWEEN
from zitter.mean_field.phase_kicks import phase_arguments
from zitter.mean_field.self_field import pair_energies_of_grid


def identity_of_run(run: Any) -> str:
    """Digest of a run of `evolve_vlasov`: equal only where every step would be equal."""
    how, field = run.how, run.field
    arrays = [part for k in run.kinds for part in (k.f, k.space, k.velocity, k.mass, k.charge)]
    numbers = (field.space, field.boundary, field.gravitational_constant, field.coulomb_constant,
               field.background)  # fmt: skip
    options = (how.time_step, how.order, how.interpolator, how.keep, how.keep_kicks,
               how.edge_tolerance)  # fmt: skip
    functions: list[Any] = []
    if callable(field.pair_energy):
        functions.append(pair_energies_of_grid(field))
    if how.kick is not None:
        functions += [np.asarray(how.kick(phase_arguments(k), k.mass)) for k in run.kinds]
    if field.driven:
        functions += [_outside(run, t) for t in _moments(run)]
    return fingerprint_of(*arrays, run.times, *numbers, *options, *functions)


def _outside(run: Any, t: float) -> str:
    # Equal energies on the grid may have other slopes between its points.
    energies = run.field.external_energies(t, run.masses, run.charges)
    return fingerprint_of(energies, run.field.external_accelerations(t, run.masses, run.charges))


def _moments(run: Any) -> np.ndarray:
    """Times at which a run looks at fields from outside: outputs, kicks, and where it watches."""
    shares = np.concatenate([[0.0, BETWEEN, 1.0], np.cumsum(run.scheme.drifts)])
    found = [run.times]
    for i in range(len(run.times) - 1):
        h, begins = run.steps(i)
        found.append(np.add.outer(begins, shares * h).ravel())
    return np.unique(np.concatenate(found))
