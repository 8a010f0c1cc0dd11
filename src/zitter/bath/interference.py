"""Steps of runs that packets compete for: halved until the packets hardly change places in one.

Where ln|c_jΨ_j| of two packets are close, runs feel their fringes, however short the passage and
however fine the fringes; a step that is right for all modes of the bath may pass over them.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from zitter.bath.branching_wave import ReducedBath, reduced_start
from zitter.core.checks import ValidityError

MOST_HALVINGS = 14
"""Halvings of a step, after which packets are too fast or a run too close to a node."""
_TURN, _SHARE, _FASTEST = 0.5, 0.5, 0.25

Attempt = Callable[[np.ndarray, float, float], tuple[np.ndarray, np.ndarray]]


class Frames(NamedTuple):
    """What moves the runs at the start, in the middle and at the end of a step."""

    start: tuple[np.ndarray, ...]
    middle: tuple[np.ndarray, ...]
    end: tuple[np.ndarray, ...]

    def at(self, share: float) -> tuple[np.ndarray, ...]:
        """At a share of the step between 0 and 1, by parabolas."""
        if share in (0.0, 0.5, 1.0):
            return self[int(2.0 * share)]
        first = (1.0 - share) * (1.0 - 2.0 * share)
        second, third = 4.0 * share * (1.0 - share), share * (2.0 * share - 1.0)
        return tuple(first * a + second * b + third * c for a, b, c in zip(*self, strict=True))


def branch_shares(logarithms: np.ndarray) -> np.ndarray:
    """Complex shares w_j = exp(l_j)/Σ_k exp(l_k) of the packets, along the last axis [1]."""
    peak = np.max(logarithms.real, axis=-1, keepdims=True)
    parts = np.exp(logarithms - peak)
    return parts / np.sum(parts, axis=-1, keepdims=True)


class GuidedStep(NamedTuple):
    """A part of a step of y: Wᵀa_j, ħ W⁻¹a_j and b_j in the frames."""

    frames: Frames
    step: float

    def taken(self, y: np.ndarray) -> np.ndarray:
        """y after the whole step."""
        slopes, pushes, _ = self.frames.start
        return halved(y, self, self.step * float(np.max(_distances(slopes) * _distances(pushes))))

    def __call__(self, y: np.ndarray, begin: float, end: float) -> tuple[np.ndarray, np.ndarray]:
        """y after it, by Runge-Kutta of 4th order, and which runs it does not resolve."""
        h = self.step * (end - begin)
        first, middle, last = (self.frames.at(share) for share in (begin, 0.5 * (begin + end), end))
        k1, start = _guided(y, *first)
        k2, second = _guided(y + 0.5 * h * k1, *middle)
        k3, third = _guided(y + 0.5 * h * k2, *middle)
        k4, fourth = _guided(y + h * k3, *last)
        heaviest = np.argmax(start.real, axis=1)
        lead = behind(start, heaviest)
        later = [behind(part, heaviest) for part in (second, third, fourth)]
        change = np.max([np.abs(part - lead) for part in later], axis=0)
        least = np.min([np.abs(part.real) for part in (lead, *later)], axis=0)
        return y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4), unresolved(least, change)


def _guided(
    y: np.ndarray, slopes: np.ndarray, pushes: np.ndarray, constants: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """dy/dt, and the logarithms of the packets."""
    logarithms = y @ slopes.real.T + 1j * (y @ slopes.imag.T) + constants
    share = branch_shares(logarithms)
    return share.imag @ pushes.real + share.real @ pushes.imag, logarithms


class DiffusingStep(NamedTuple):
    """A part of a step of Nelson's q': linear drift, slopes a_j and b_j in the frames.

    The drift -κ q' of each coordinate is taken exactly with the noise, whatever the sign of κ;
    `moving` holds κ of the coordinates that the system reaches, `held` that of all.
    """

    frames: Frames
    moving: np.ndarray
    held: np.ndarray
    step: float
    hbar: float
    rng: np.random.Generator
    reduced: ReducedBath | None

    def taken(self, q: np.ndarray) -> np.ndarray:
        """q' after the whole step."""
        fringes = float(np.max(_distances(self.frames.start[1])))
        return halved(q, self, self.step * self.hbar * fringes**2)

    def __call__(self, q: np.ndarray, begin: float, end: float) -> tuple[np.ndarray, np.ndarray]:
        """q' after it, and which runs it does not resolve, as can be told before the noise."""
        h = self.step * (end - begin)
        first, middle, last = (self.frames.at(share) for share in (begin, 0.5 * (begin + end), end))
        open_ = self._unresolved(q, first, last, h)
        decay = np.exp(-0.5 * h * self.held)
        # (1 - exp(-κh))/2κ, also where κ is 0
        spread = np.sqrt(0.5 * self.hbar * h * decay * _sinch(0.5 * h * self.held))
        q = q * decay + spread * self.rng.standard_normal(q.shape)
        half = q + 0.5 * h * self._spread(self._drift(q, *first))
        q = q + h * self._spread(self._drift(half, *middle))
        return q * decay + spread * self.rng.standard_normal(q.shape), open_

    def _unresolved(
        self, q: np.ndarray, first: tuple[np.ndarray, ...], last: tuple[np.ndarray, ...], h: float
    ) -> np.ndarray:
        (_, a, b), (_, a_last, b_last) = first, last
        if b.size == 1:
            return np.zeros(q.shape[0], bool)
        moving = self._reached(q)
        now = moving @ a.T + b
        heaviest = np.argmax(now.real, axis=1)
        lead = behind(now, heaviest)
        change = np.abs(behind(moving @ a_last.T + b_last, heaviest) - lead)
        change += h * np.abs(behind(self._drift(q, *first) @ a.T, heaviest))
        # the standard deviation that the noise brings
        change += np.sqrt(self.hbar * h) * _distances(a)[heaviest]
        return unresolved(lead.real, change)

    def _reached(self, q: np.ndarray) -> np.ndarray:
        return q if self.reduced is None else reduced_start(q, self.reduced)

    def _drift(self, q: np.ndarray, linear: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Drift beyond -κ q' of the coordinates that the system reaches."""
        moving = self._reached(q)
        pull = branch_shares(moving @ a.T + b) @ a
        return moving @ linear + moving * self.moving + self.hbar * (pull.real + pull.imag)

    def _spread(self, drift: np.ndarray) -> np.ndarray:
        """The same of all coordinates."""
        if self.reduced is None:
            return drift
        return np.hstack([drift[:, :1], drift[:, 1:] @ self.reduced.embedding])


def halved(q: np.ndarray, attempt: Attempt, fastest: float) -> np.ndarray:
    """Runs after a step, those in halves of it that an attempt leaves unresolved.

    Args:
        q: (batch, d).
        attempt: of the runs, and the shares of the step where a part of it begins and ends:
            the runs after it, and whether each is unresolved.
        fastest: ħ|a_j - a_k|² of the slopes of ln of two packets, times the step.

    Raises:
        ValidityError: packets so fast that MOST_HALVINGS do not resolve their fringes.

    Validity: a run that comes closer to a node than these resolve may err; where the density
        vanishes, statistics do not feel it.
    """

    def part(q: np.ndarray, begin: float, end: float, halvings: int) -> np.ndarray:
        new, unresolved = attempt(q, begin, end)
        lanes = np.flatnonzero(unresolved)
        if lanes.size == 0:
            return new
        if halvings == MOST_HALVINGS:
            _require_slow(fastest * (end - begin))
            return new
        middle = 0.5 * (begin + end)
        half = part(q[lanes], begin, middle, halvings + 1)
        new[lanes] = part(half, middle, end, halvings + 1)
        return new

    return part(q, 0.0, 1.0, 0)


def unresolved(lead: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Runs (batch,) in which a packet's share could change more than a part of a step shows.

    Args:
        lead: ln of the heaviest packet over each, real part (batch, P).
        change: of these (batch, P).
    """
    return np.any(change > np.maximum(_TURN, _SHARE * np.abs(lead)), axis=1)


def behind(logarithms: np.ndarray, heaviest: np.ndarray) -> np.ndarray:
    """Logarithms (batch, P) of the packets over that of the heaviest, whose index is given."""
    return logarithms - np.take_along_axis(logarithms, heaviest[:, None], axis=1)


def _require_slow(turn: float) -> None:
    if turn > _FASTEST:
        raise ValidityError(
            "The packets pass each other faster than the steps resolve, even halved "
            f"{MOST_HALVINGS} times: use {int(np.ceil(turn / _FASTEST))} times as many steps, or "
            "packets less far apart."
        )


def _distances(rows: np.ndarray) -> np.ndarray:
    """Lengths of the differences of the rows (P, d), (P, P)."""
    return np.linalg.norm(rows[:, None] - rows, axis=2)


def _sinch(x: np.ndarray) -> np.ndarray:
    """sinh x / x."""
    return np.divide(np.sinh(x), x, out=np.ones_like(x), where=x != 0.0)
