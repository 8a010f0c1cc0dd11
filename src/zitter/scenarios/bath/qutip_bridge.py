"""The same body and bath, Drude or few modes, handed to QuTiP's hierarchy of equations (HEOM)."""

from typing import Any

import numpy as np

from zitter.bath.discretisation import OscillatorBath, require_bath
from zitter.bath.master_equation import number_operators
from zitter.bath.response import thermal_factor
from zitter.bath.spectral_density import SpectralDensity
from zitter.core.checks import require_count, require_positive, require_shape


def heom_density_matrices(
    density: SpectralDensity,
    frequency: float,
    kT: float,
    initial: Any,
    times: Any,
    hbar: float = 1.0,
    num_exponentials: int = 2,
    depth: int = 4,
    potential: Any = None,
    tolerance: float = 1e-8,
) -> np.ndarray:
    """Density matrices by QuTiP's HEOM, in the number states of an oscillator of M and Ω.

    Args:
        density: Ohmic with Drude cutoff; its mass is that of the system.
        frequency: Ω [1/time].
        kT: [energy].
        initial: ρ(0) (num_states, num_states) [1].
        times: increasing, from 0 on (num_times,) [time].
        hbar: [mass*length^2/time].
        num_exponentials: Padé terms of the noise.
        depth: tiers of the hierarchy.
        potential: matrix of U in the same number states instead of MΩ²x²/2 [energy].
        tolerance: absolute one of the integrator, a hundredth of the relative one.

    Returns:
        (num_times, num_states, num_states) [1].

    Raises:
        ValueError: another density, shapes do not match, kT <= 0.
        ModuleNotFoundError: QuTiP is not installed.

    Validity: raise `num_exponentials` and `depth` until the result stands still; low
        temperatures need many.
    """
    known = isinstance(density, SpectralDensity)
    if not known or density.shape != "drude" or density.exponent != 1.0:
        raise ValueError("`density` must be Ohmic (exponent 1) with the Drude cutoff.")
    require_positive("kT", kT)
    require_count("num_exponentials", num_exponentials)
    require_count("depth", depth)
    initial = np.asarray(initial, complex)
    num = initial.shape[0]
    require_shape("initial", initial, (num, num), "(num_states, num_states)")
    qutip = _qutip()
    x, _, xx, pp = number_operators(num, density.mass, frequency, hbar)
    energy = 0.5 * pp / density.mass + 0.5 * density.counter_term * xx
    spring = 0.5 * density.mass * frequency**2 * xx
    energy = energy + (spring if potential is None else np.asarray(potential))
    strength = 0.5 * density.mass * density.damping * density.cutoff / hbar
    environment = qutip.DrudeLorentzEnvironment(T=kT / hbar, lam=strength, gamma=density.cutoff)
    approximated: Any = environment.approximate("pade", Nk=num_exponentials)
    if isinstance(approximated, tuple):
        approximated = approximated[0]
    return _solved(energy / hbar, approximated, x, initial, times, depth, tolerance)


def heom_density_matrices_of_modes(
    bath: OscillatorBath,
    mass: float,
    frequency: float,
    kT: float,
    initial: Any,
    times: Any,
    hbar: float = 1.0,
    depth: int = 8,
    potential: Any = None,
    tolerance: float = 1e-8,
) -> np.ndarray:
    """Density matrices by QuTiP's HEOM for a few bath oscillators, one by one and undamped.

    Args:
        bath: OscillatorBath of few modes; each one adds two exponentials.
        mass: M [mass].
        frequency: Ω of the number states [1/time].
        kT: 0 is the vacuum [energy].
        initial, times, hbar, depth, potential, tolerance: as for `heom_density_matrices`.

    Returns:
        (num_times, num_states, num_states) [1].

    Raises:
        ValueError: shapes do not match, kT < 0.
        ModuleNotFoundError: QuTiP is not installed.

    Validity: raise `depth` until the result stands still; it needs more at long times, because
        the memory does not end.
    """
    bath = require_bath(bath)
    require_count("depth", depth)
    initial = np.asarray(initial, complex)
    num = initial.shape[0]
    require_shape("initial", initial, (num, num), "(num_states, num_states)")
    w, strength = bath.frequencies, 0.5 * bath.couplings**2 / (bath.frequencies * hbar)
    hot = strength * thermal_factor(w, kT, hbar)
    qutip = _qutip()
    turn = np.concatenate([1j * w, -1j * w])
    # -A sin ωt as exponentials with the rates of A coth cos ωt
    environment = qutip.ExponentialBosonicEnvironment(
        np.tile(0.5 * hot, 2),
        turn,
        np.concatenate([-0.5j * strength, 0.5j * strength]),
        turn,
    )
    x, _, xx, pp = number_operators(num, mass, frequency, hbar)
    energy = 0.5 * pp / mass + 0.5 * np.sum((bath.couplings / w) ** 2) * xx
    energy = energy + (0.5 * mass * frequency**2 * xx if potential is None else potential)
    return _solved(energy / hbar, environment, x, initial, times, depth, tolerance)


def _qutip() -> Any:
    try:
        import qutip
        import qutip.solver.heom
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "The comparison with HEOM needs QuTiP 5: install it with `pip install qutip`."
        ) from missing
    return qutip


def _solved(
    energy: np.ndarray,
    environment: Any,
    x: np.ndarray,
    initial: np.ndarray,
    times: Any,
    depth: int,
    tolerance: float,
) -> np.ndarray:
    qutip = _qutip()
    options = dict(nsteps=100_000, atol=tolerance, rtol=100.0 * tolerance, progress_bar="")
    solver = qutip.solver.heom.HEOMSolver(
        qutip.Qobj(energy), (environment, qutip.Qobj(x)), max_depth=depth, options=options
    )
    states = solver.run(qutip.Qobj(initial), np.asarray(times, float)).states
    return np.stack([state.full() for state in states])
