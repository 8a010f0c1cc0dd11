"""Draws from |ψ|² of any wavefunction by Metropolis moves, with their autocorrelation measured."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import ValidityError, require_count, require_finite, require_shape
from zitter.wavefunctions.derivatives import derivatives

_TARGET_ACCEPTANCE = 0.35
_WINDOW = 5.0


class MetropolisSamples(NamedTuple):
    """Draws from |ψ|² that are not independent; `effective_size` says what they are worth."""

    samples: np.ndarray
    """configurations (num, dof), sweep by sweep, all chains of a sweep together [length]"""
    acceptance: float
    """accepted fraction of the random-walk moves [1]"""
    autocorrelation_time: float
    """integrated, of the slowest of x_cm, Σx² and ln|ψ|², in kept sweeps [1]"""
    effective_size: float
    """num / autocorrelation_time [1]"""


def sample_metropolis(
    psi: Any,
    num: int,
    rng: np.random.Generator,
    *,
    start: Any,
    t: float = 0.0,
    step: float | None = None,
    burn_in: int = 500,
    thin: int = 1,
    sign_flips: bool = False,
    num_space: int | None = None,
) -> MetropolisSamples:
    """Configurations Q ~ |ψ(Q, t)|² of any LogPsi by Metropolis, chains in parallel.

    A sweep moves one random particle and then all particles by a Gaussian step; during the burn-in
    the two step lengths adapt to an acceptance of 35 %.

    Args:
        psi: a LogPsi.
        num: number of configurations to return.
        rng: numpy Generator.
        start: starting configurations (chains, dof) [length]; |ψ|² must not vanish there. Spread
            over the support, they make the chains independent from the beginning.
        t: time [time].
        step: first step length [length]; the spread of `start` / √dof if None.
        burn_in: sweeps before the first one is kept.
        thin: sweeps for each kept one.
        sign_flips: add to each sweep a reflection through the origin of one random particle, of
            all, or of none, so that chains cross between mirrored packets.
        num_space: D; the attribute of psi if it has one, else 1.

    Returns:
        MetropolisSamples.

    Raises:
        ValueError: `start` is not (chains, dof) or not finite, or a count below its minimum.
        ValidityError: |ψ|² vanishes at a start, or the chains are too short to measure the
            autocorrelation time when more than one sweep is kept.

    Validity: once effective_size is large; chains that never leave a packet do not notice.
    """
    start = np.atleast_1d(np.asarray(start, dtype=float))
    require_shape("start", start, (None, None), "(chains, dof)")
    require_finite("start", start)
    require_count("num", num)
    require_count("burn_in", burn_in, 0)
    require_count("thin", thin)
    space = num_space if num_space is not None else getattr(psi, "num_space", 1)
    chains = _Chains(psi, start, t, space, step, sign_flips)
    for sweep in range(burn_in):
        chains.sweep(rng, adapt=1.0 / np.sqrt(1.0 + sweep))
    num_kept = -(-num // len(start))
    kept = np.empty((num_kept, *start.shape))
    observed = []
    chains.accepted = chains.proposed = 0
    for k in range(num_kept):
        for _ in range(thin):
            chains.sweep(rng)
        kept[k] = chains.Q
        observed.append(chains.observables())
    time = 1.0 if num_kept == 1 else _slowest(np.array(observed))
    samples = kept.reshape(-1, start.shape[1])[:num]
    return MetropolisSamples(samples, chains.accepted / chains.proposed, time, num / time)


def integrated_autocorrelation_time(series: np.ndarray) -> float:
    """Integrated autocorrelation time τ = 1 + 2 Σ_k ρ(k) of one or several chains.

    The sum ends at the first lag k >= 5 τ(k) (Sokal). Chains share mean and variance, so that
    chains stuck in different places count as slow.

    Args:
        series: (time,) or (time, chains), any unit.

    Returns:
        τ in steps [1]; 1 for independent values, and for a constant.

    Raises:
        ValueError: fewer than two steps or values that are not finite.
    """
    series = np.asarray(series, dtype=float)
    series = series[:, None] if series.ndim == 1 else series
    require_shape("series", series, (None, None), "(time, chains)")
    require_finite("series", series)
    require_count("len(series)", len(series), 2)
    centred = series - series.mean()
    length = len(centred)
    transform = np.fft.rfft(centred, 2 * length, axis=0)
    covariance = np.fft.irfft(np.abs(transform) ** 2, axis=0)[:length].mean(axis=1)
    covariance /= np.arange(length, 0, -1)
    if covariance[0] == 0.0:
        return 1.0
    tau = 2.0 * np.cumsum(covariance / covariance[0]) - 1.0
    beyond = np.arange(length) >= _WINDOW * tau
    window = int(np.argmax(beyond)) if np.any(beyond) else length - 1
    return max(1.0, float(tau[window]))


def _slowest(observed: np.ndarray) -> float:
    """The largest autocorrelation time of observables (time, chains, observable)."""
    return max(integrated_autocorrelation_time(observed[..., i]) for i in range(observed.shape[2]))


class _Chains:
    """State of all chains: configurations, ln|ψ|² and step lengths."""

    def __init__(
        self, psi: Any, start: np.ndarray, t: float, space: int, step: float | None, flips: bool
    ):
        self.psi, self.t, self.space, self.flips = psi, t, space, flips
        self.Q, self.accepted, self.proposed = start.copy(), 0, 0
        if start.shape[1] % space:
            raise ValueError(
                f"`start` has {start.shape[1]} coordinates, not a multiple of num_space = {space}."
            )
        self.log_density = self._log_density(self.Q)
        if not np.all(self.log_density > -np.inf):
            raise ValidityError("|psi|^2 vanishes at a start: choose starts away from the nodes.")
        spread = float(np.std(start)) if step is None else step
        first = spread / np.sqrt(start.shape[1]) if step is None else step
        self.steps = np.array([spread or 1.0, first or 1.0])

    def _log_density(self, Q: np.ndarray) -> np.ndarray:
        values = 2.0 * np.real(np.asarray(_log_psi(self.psi, Q, self.t, self.space)))
        # At an exact node ln ψ may come out as NaN: a move there is refused.
        return np.where(np.isnan(values), -np.inf, values)

    def sweep(self, rng: np.random.Generator, adapt: float = 0.0) -> None:
        chains, dof = self.Q.shape
        one = np.zeros((chains, dof // self.space, 1))
        one[np.arange(chains), rng.integers(0, dof // self.space, chains)] = 1.0
        mask = np.broadcast_to(one, (chains, dof // self.space, self.space)).reshape(chains, dof)
        for kind, moving in enumerate((mask, np.ones_like(mask))):
            move = self.steps[kind] * rng.normal(size=(chains, dof)) * moving
            rate = self._try(self.Q + move, rng)
            self.accepted, self.proposed = self.accepted + rate * chains, self.proposed + chains
            self.steps[kind] *= np.exp(adapt * (rate - _TARGET_ACCEPTANCE))
        if self.flips:
            # Nothing, one particle or all of them: a flip in every sweep would alternate.
            choice = rng.integers(0, 3, size=(chains, 1))
            flipped = np.where(choice == 1, mask, np.where(choice == 2, 1.0, 0.0))
            self._try(self.Q * (1.0 - 2.0 * flipped), rng)

    def _try(self, proposal: np.ndarray, rng: np.random.Generator) -> float:
        log_density = self._log_density(proposal)
        accept = np.log(rng.random(len(proposal))) < log_density - self.log_density
        self.Q[accept] = proposal[accept]
        self.log_density[accept] = log_density[accept]
        return float(np.mean(accept))

    def observables(self) -> np.ndarray:
        """x_cm of each axis, Σx², ln|ψ|², (chains, D + 2)."""
        centre = self.Q.reshape(len(self.Q), -1, self.space).mean(axis=1)
        rest = np.stack([np.sum(self.Q**2, axis=1), self.log_density], axis=1)
        return np.concatenate([centre, rest], axis=1)


def _log_psi(psi: Any, Q: np.ndarray, t: float, num_space: int) -> Array:
    if hasattr(psi, "derivatives"):
        return derivatives(psi, jnp.asarray(Q), t, 1, num_space).log_psi
    return _mapped(psi, jnp.asarray(Q), jnp.asarray(t, dtype=float))


@eqx.filter_jit
def _mapped(psi: Any, Q: Array, t: Array) -> Array:
    return jax.vmap(lambda q: psi(q, t))(Q)
