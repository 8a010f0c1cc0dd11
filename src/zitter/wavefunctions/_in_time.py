"""What depends on time in a run on a grid: whether the step sees it, and what identifies it."""

from typing import Any

import numpy as np

from zitter.core.checks import ValidityError
from zitter.core.stepping import fingerprint_of
from zitter.wavefunctions.split_step import SCHEMES, Hamiltonian, SplitStep

# Radians of ψ's phase, summed over the steps of a run.
LARGEST_UNSEEN_TURN = 0.3
STEPS_BETWEEN_SAMPLES = 8
# Fractions of an interval at which no simple period repeats.
_BETWEEN = (0.3819660112501051, 0.7071067811865476, 0.9068996821171089)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(4)


class UnseenTurn:
    """Phase that the potential gives between the times at which the steps look at it.

    It adds up the spread over |ψ|² of (1/ħ)∫U dt less what the scheme takes for it. A jump in time
    is met by one step only; the smaller of two neighbouring samples leaves it out.
    """

    def __init__(self, stepper: SplitStep, state: np.ndarray):
        self.stepper, self.total, self.last = stepper, float(state[0]), float(state[1])

    @property
    def state(self) -> np.ndarray:
        """Sum [rad] and last sample [rad]; NaN before the first."""
        return np.array([self.total, self.last])

    def count(self, psi: np.ndarray, t: float, dt: float, num_steps: int) -> None:
        """Add `num_steps` steps like the one from t to t + dt. Raises: ValidityError."""
        if not self.stepper.system.moving:
            return
        sample = _unseen_turn(self.stepper, psi, t, dt)
        self.total += num_steps * (sample if np.isnan(self.last) else min(sample, self.last))
        self.last = sample
        if self.total > LARGEST_UNSEEN_TURN:
            raise ValidityError(
                f"The potential turns the phase by {self.total:.2g} rad between the times at which "
                f"the steps of {dt:.3g} look at it, up to t = {t:g} (allowed: "
                f"{LARGEST_UNSEEN_TURN:g}). Use a smaller time_step."
            )


def _unseen_turn(stepper: SplitStep, psi: np.ndarray, t: float, dt: float) -> float:
    kicks, drifts = SCHEMES[stepper.order]
    seen = zip(kicks, np.cumsum([0.0, *drifts]), strict=True)
    true = zip(-0.5 * _WEIGHTS, 0.5 * (1.0 + _NODES), strict=True)
    error = sum(w * np.asarray(stepper.external(t + x * dt), float) for w, x in (*seen, *true))
    weight = np.asarray(stepper.density(psi), dtype=float)
    weight /= np.sum(weight)
    # What is the same everywhere turns no probability.
    error -= np.sum(weight * error)
    return dt / stepper.system.hbar * float(np.sqrt(np.sum(weight * error**2)))


def identity_in_time(system: Hamiltonian, times: np.ndarray) -> str:
    """Digest of U(t) and a(t): by how U is written, and by samples at the times and between."""
    moments = moments_of(times)
    parts = [str(getattr(system.external, "identity", ""))]
    if system.external is not None:
        at = moments if system.moving else moments[:1]
        parts += [fingerprint_of(np.asarray(system.external(float(t)))) for t in at]
    if system.scale_factor is not None:
        parts += [repr(float(system.scale_factor(float(t)))) for t in moments]
    return fingerprint_of(*parts)


def moments_of(times: np.ndarray) -> np.ndarray:
    """The times and three between each two of them."""
    gaps = np.diff(times)[:, None]
    between = times[:-1, None] + gaps * np.array(_BETWEEN)
    return np.sort(np.concatenate([times, between.ravel()]))


def require_scale_factor(scale_factor: Any, times: np.ndarray) -> None:
    """Raise unless a(t) is a function, finite and positive at the times. Raises: ValueError."""
    if scale_factor is None:
        return
    if not callable(scale_factor):
        raise ValueError(f"`scale_factor` must be a function of time, but is {scale_factor!r}.")
    for t in moments_of(times):
        a = np.asarray(scale_factor(float(t)))
        if a.shape != () or not np.isfinite(a) or not a > 0.0:
            raise ValueError(
                f"`scale_factor` must be finite and positive, but is {a} at t = {t:g}."
            )
