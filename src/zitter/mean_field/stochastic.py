"""Stochastic Schroedinger-Newton equations of the literature, for the centre of mass on a line.

I(d) <= 0 is the energy of two copies of the body at distance d (`extended_bodies`). Because -I is
a positive definite function, there are real modes with Σ_j a_j(x) a_j(y) = -I(|x - y|), and the
mean-field potential is V_ψ(x) = ∫I(|x - y|)|ψ(y)|² dy = -Σ_j a_j(x)⟨a_j⟩. With real Wiener
processes W_j and a phase φ, the Itô equation
    dψ = [-iH/ħ - γ/2 Σ a_j² + γ cosφ e^(iφ) Σ a_j⟨a_j⟩ - γ/2 cos²φ Σ⟨a_j⟩²] ψ dt
         + √γ Σ (e^(iφ) a_j - cosφ ⟨a_j⟩) ψ dW_j
keeps the norm, and |ψ⟩⟨ψ| obeys on average, whatever φ, the linear equation
    ∂ρ(x, y)/∂t = -i/ħ [H, ρ](x, y) - γ (I(|x - y|) - I(0)) ρ(x, y).

Nimmrichter & Hornberger, Phys. Rev. D 91 (2015) 024016, arXiv:1410.4702, ask for a noise by which
the nonlinearity vanishes on average and the mean is linear and Galilean invariant. Here φ = π/4,
γ = 2/ħ: the drift is -i(H + V_ψ)/ħ and real terms, with the least γ for which it can be.

Bera, Mohan & Singh, Found. Phys. 45 (2015), arXiv:1504.05892, add to V_ψ a real potential that
fluctuates about it, so that packets decohere at the rate of Diósi and Penrose. Here φ = π/2,
γ = 1/ħ: white noise of covariance -ħI; V_ψ is not averaged away, and the mean is linear only as
far as it may be left out.

The prefactors follow from these properties; they are not copied from the two papers.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from zitter.core.checks import (
    ValidityError,
    require_count,
    require_finite,
    require_kind,
    require_numbers,
    require_positive,
    require_real,
    require_shape,
)
from zitter.core.grid import Grid, require_grid
from zitter.mean_field._line_checks import (
    require_clear_ends,
    require_trusted_mean,
    require_trusted_psi,
)
from zitter.mean_field._stochastic_steps import (
    Line,
    StochasticEquation,
    evolved_mean,
    evolved_runs,
    require_resolved_motion,
)

LARGEST_KICK = 0.5
_ROUND_OFF = 1e-10


class Realisations(NamedTuple):
    """Realisations of a stochastic equation at the last time."""

    psi: Array
    """(run, num) [1/length^(1/2)]"""
    norm: Array
    """∫|ψ|² (run,); 1 on average, with a scatter that falls as the root of the step [1]"""


def gravity_modes(energy: Callable[[np.ndarray], Any], grid: Grid) -> np.ndarray:
    """Real modes a_j(x) with Σ_j a_j(x) a_j(y) = -I(|x - y|) on a grid, the strongest first.

    Args:
        energy: I(d), such as homogeneous_sphere_energy with its mass and radius.
        grid: Grid of one axis; the modes know nothing of its periodicity.

    Returns:
        (modes, num) [mass^(1/2)*length/time]; modes below round-off are left out.

    Raises:
        ValueError: more than one axis, or -I is not positive definite.
    """
    require_grid(grid, 1)
    if not callable(energy):
        raise ValueError(f"`energy` must be a function of the distance, but is {energy!r}.")
    (x,) = grid.axes
    covariance = -np.asarray(energy(np.abs(x[:, None] - x)), dtype=float)
    require_finite("energy", covariance)
    strength, modes = np.linalg.eigh(covariance)
    if not strength[-1] > 0.0 or strength[0] < -1e-8 * strength[-1]:
        raise ValueError(
            "`energy` must be minus a positive definite function of the distance, as the mutual "
            f"energy of two copies of a body is, but has modes from {-strength[-1]:.3g} to "
            f"{-strength[0]:.3g}."
        )
    kept = strength > _ROUND_OFF * strength[-1]
    return (np.sqrt(strength[kept]) * modes[:, kept]).T[::-1].copy()


def nimmrichter_hornberger(hbar: float = 1.0) -> StochasticEquation:
    """The equation with φ = π/4, γ = 2/ħ: V_ψ in each realisation, none of it on average.

    Args:
        hbar: [mass*length^2/time].

    Raises:
        ValueError: hbar is not positive.
    """
    return _equation(0.25 * np.pi, 2.0, 0.0, hbar)


def bera_mohan_singh(
    hbar: float = 1.0, *, noise: float = 1.0, self_gravity: float = 1.0
) -> StochasticEquation:
    """The equation with V_ψ and a fluctuating potential of covariance -ħ I(|x - y|) δ(t - t').

    Args:
        hbar: [mass*length^2/time].
        noise: factor of the covariance [1].
        self_gravity: factor of V_ψ [1].

    Raises:
        ValueError: hbar is not positive, or a factor is negative.
    """
    for name, value in (("noise", noise), ("self_gravity", self_gravity)):
        require_numbers(**{name: value})
        if not value >= 0.0:
            raise ValueError(f"`{name}` must be finite and not negative, but is {value:g}.")
    return _equation(0.5 * np.pi, noise, self_gravity, hbar)


def realisations(
    equation: StochasticEquation,
    psi0: Any,
    grid: Grid,
    modes: Any,
    time: float,
    key: Array,
    *,
    num_runs: int,
    num_steps: int,
    mass: float = 1.0,
    potential: Any = None,
) -> Realisations:
    """Realisations of a stochastic equation; each step is exact on average, but for split steps.

    Their mean |ψ⟩⟨ψ| obeys `mean_density_matrix`; a single one is of order 1/2 in the step.

    Args:
        equation: `nimmrichter_hornberger` or `bera_mohan_singh`, which keeps every norm.
        psi0: ψ at time 0 (num,) [1/length^(1/2)].
        grid: Grid of one axis.
        modes: of gravity_modes (modes, num) [mass^(1/2)*length/time].
        time: last time [time].
        key: JAX random key; step n uses fold_in(key, n).
        num_runs, num_steps: numbers of realisations and of steps.
        mass: M [mass].
        potential: values of an external potential (num,) or None [energy].

    Returns:
        Realisations.

    Raises:
        ValueError: wrong shapes, or numbers that are not positive.
        ValidityError: a step so long that its noise is not small or that half of it moves ψ
            elsewhere; ψ is not resolved or leaves the box.

    Validity: bodies with smooth edges. The noise of a sharp edge has a power law of momenta, which
        soon carry a little of ψ to the ends of any box.
    """
    require_count("num_runs", num_runs)
    _require_key(key)
    line, amplitudes, dt = _checked(equation, psi0, grid, modes, time, num_steps, mass, potential)
    start = jnp.broadcast_to(amplitudes, (num_runs, amplitudes.size))
    psi, edge, kick = evolved_runs(line, start, dt, num_steps, key)
    require_clear_ends(float(edge))
    _require_kick(float(kick), "on the way")
    require_trusted_psi(np.asarray(psi))
    norm = jnp.sum(jnp.abs(psi) ** 2, axis=1)
    return Realisations(psi / np.sqrt(grid.cell_volume), norm)


def mean_density_matrix(
    equation: StochasticEquation,
    psi0: Any,
    grid: Grid,
    modes: Any,
    time: float,
    *,
    num_steps: int,
    mass: float = 1.0,
    potential: Any = None,
) -> Array:
    """Mean ρ(x, y) of the realisations: coherences decay at γ(I(|x - y|) - I(0)).

    With self-gravity added by hand the equation is nonlinear, in the mean field of ρ(x, x), and
    the mean of the realisations only as far as each has that density; without, it is exact.

    Arguments as for realisations.

    Returns:
        (num, num) [1/length].
    """
    line, amplitudes, dt = _checked(equation, psi0, grid, modes, time, num_steps, mass, potential)
    rho, edge = evolved_mean(line, jnp.outer(amplitudes, jnp.conj(amplitudes)), dt, num_steps)
    require_clear_ends(float(edge))
    require_trusted_mean(np.asarray(rho))
    return rho / grid.cell_volume


def _equation(phase: float, noise: float, self_gravity: float, hbar: float) -> StochasticEquation:
    require_numbers(hbar=hbar)
    require_positive("hbar", hbar)
    numbers = (phase, noise / hbar, self_gravity, hbar)
    return StochasticEquation(*(jnp.asarray(float(n)) for n in numbers))


def _checked(
    equation, psi0, grid, modes, time, num_steps, mass, potential
) -> tuple[Line, Array, Array]:
    require_kind("equation", equation, StochasticEquation)
    require_grid(grid, 1)
    require_shape("psi0", psi0, grid.num, "(num,)")
    require_shape("modes", modes, (None, *grid.num), "(modes, num)")
    require_finite("psi0", psi0)
    require_finite("modes", modes)
    require_count("num_steps", num_steps)
    require_numbers(time=time, mass=mass)
    for name, value in (("time", time), ("mass", mass)):
        require_positive(name, value)
    if potential is not None:
        require_real("potential", potential)
    external = np.zeros(grid.num) if potential is None else np.asarray(potential, dtype=float)
    require_shape("potential", external, grid.num, "(num,)")
    require_finite("potential", external)
    amplitudes = np.asarray(psi0, dtype=complex) * np.sqrt(grid.cell_volume)
    if abs(np.sum(np.abs(amplitudes) ** 2) - 1.0) > 1e-6:
        raise ValueError("`psi0` must be normalised: ∫|ψ|² = 1.")
    kinetic = 0.5 * float(equation.hbar) ** 2 * grid.wavenumbers[0] ** 2 / mass
    dt, modes = time / num_steps, np.asarray(modes, dtype=float)
    _require_small_kick(float(equation.strength), modes, amplitudes, dt)
    if np.ptp(external) > 0.0 or float(equation.self_gravity) > 0.0:
        require_resolved_motion(
            amplitudes, kinetic, external, modes, equation, float(dt), num_steps
        )
    arrays = (jnp.asarray(a) for a in (modes, external, kinetic))
    return Line(*arrays, equation), jnp.asarray(amplitudes), jnp.asarray(dt)


def _require_key(key: Any) -> None:
    typed = isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    raw = getattr(key, "dtype", None) == np.uint32 and np.shape(key) == (2,)
    if not raw and not (typed and key.shape == ()):
        raise ValueError(f"`key` must be one random key, as of jax.random.key(0), but is {key!r}.")


def _require_small_kick(gamma: float, modes: np.ndarray, amplitudes: np.ndarray, dt: float) -> None:
    probability = np.abs(amplitudes) ** 2
    spread = np.sum(probability @ modes.T**2 - (modes @ probability) ** 2)
    kick = float(np.sqrt(gamma * spread * dt))
    _require_kick(kick, "at the start")


def _require_kick(kick: float, when: str) -> None:
    if not kick <= LARGEST_KICK:
        raise ValidityError(
            f"The noise of one step changes ln ψ by {kick:.2g} {when} (allowed: "
            f"{LARGEST_KICK:g}). Use {np.ceil((kick / LARGEST_KICK) ** 2):.0f} times more steps."
        )
