"""An oscillator in a continuous bath, by the best way for its density; errors of n modes."""

from typing import NamedTuple

import numpy as np

from zitter.bath.discretisation import (
    OscillatorBath,
    discretised,
    recurrence_time,
    require_no_recurrence,
)
from zitter.bath.drude import drude_noise, drude_response
from zitter.bath.quantum_bath import bath_modes, exact_noise, exact_response
from zitter.bath.response import NoiseCovariance, Response, continuum_noise, continuum_response
from zitter.bath.spectral_density import Density, SpectralDensity
from zitter.core.checks import ValidityError, require_count, require_positive

MOST_TIMES = 1000


class DiscretisationError(NamedTuple):
    """How far n modes are from the continuum over a run."""

    response: float
    """largest error of Ω G and G' [1]"""
    noise: float
    """largest error of Θ_xx and Θ_pp, in units of their largest values [1]"""
    recurrence_time: float
    """[time]"""


def continuum_motion(
    density: Density,
    mass: float,
    frequency: float,
    duration: float,
    kT: float,
    num_times: int = 401,
    hbar: float = 1.0,
) -> tuple[Response, NoiseCovariance]:
    """Response and noise covariance in a continuous bath at equidistant times from 0.

    In closed form for an Ohmic Drude density above zero temperature, otherwise by quadrature.

    Args:
        density: J.
        mass: M; for a closed form it must be that of the density [mass].
        frequency: Ω [1/time].
        duration: last time [time].
        kT: [energy].
        num_times: number of times.
        hbar: [mass*length^2/time].

    Raises:
        ValueError: kT < 0, other numbers not positive.
        ValidityError: an accuracy of 1e-8 of the response is not reached.
    """
    require_positive("duration", duration)
    require_count("num_times", num_times, 2)
    closed = isinstance(density, SpectralDensity) and kT > 0.0 and density.mass == mass
    if closed and density.shape == "drude" and density.exponent == 1.0:
        times = np.linspace(0.0, duration, num_times)
        noise = drude_noise(density, frequency, times[1:], kT, hbar)
        start = NoiseCovariance(*(np.concatenate([[0.0], part]) for part in noise))
        return drude_response(density, frequency, times), start
    response = continuum_response(density, mass, frequency, duration, num_times)
    return response, continuum_noise(density, mass, response, kT, hbar)


def discretisation_error(
    density: Density,
    bath: OscillatorBath,
    mass: float,
    frequency: float,
    duration: float,
    kT: float,
    hbar: float = 1.0,
) -> DiscretisationError:
    """Errors of the response and of the noise of n modes against the continuum.

    Args:
        density: J that the bath stands for.
        bath: OscillatorBath.
        mass: M [mass].
        frequency: Ω [1/time].
        duration: length of the run [time].
        kT: [energy].
        hbar: [mass*length^2/time].

    Raises:
        ValidityError: the run is too long against the memory time 1/ω_c.
    """
    # steps that resolve the memory, whose time is 1/ω_c
    num_times = 1 + int(np.clip(2.0 * duration * density.cutoff, 200, MOST_TIMES))
    try:
        exact, noise = continuum_motion(density, mass, frequency, duration, kT, num_times, hbar)
    except ValidityError as unresolved:
        raise ValidityError(
            f"A run of {duration:.3g} is too long against 1/ω_c = {1.0 / density.cutoff:.2g} to be "
            "held against the continuum: use a lower cutoff or a shorter run."
        ) from unresolved
    modes = bath_modes(bath, mass, frequency)
    found = exact_response(modes, exact.times)
    found_noise = exact_noise(modes, bath, mass, exact.times, kT, hbar)
    response = max(
        float(np.max(np.abs(found.G - exact.G))) * frequency,
        float(np.max(np.abs(found.first - exact.first))),
    )
    relative = [
        float(np.max(np.abs(a - b)) / np.max(np.abs(b)))
        for a, b in ((found_noise.xx, noise.xx), (found_noise.pp, noise.pp))
    ]
    return DiscretisationError(response, max(relative), recurrence_time(bath, frequency))


def accurate_bath(
    density: Density,
    num_modes: int,
    mass: float,
    frequency: float,
    duration: float,
    kT: float,
    tolerance: float,
    hbar: float = 1.0,
) -> OscillatorBath:
    """Bath of n modes whose error over a run stays below a tolerance.

    By the default rule, or else by a graded one.

    Args:
        density: J.
        num_modes: n.
        mass: M [mass].
        frequency: Ω [1/time].
        duration: length of the run [time].
        kT: [energy].
        tolerance: largest error of the response and of the noise [1].
        hbar: [mass*length^2/time].

    Returns:
        Frequencies [1/time] and couplings [mass^(1/2)/time^2].

    Raises:
        ValidityError: the bath comes back within the run, or errs more than the tolerance.
    """
    require_positive("tolerance", tolerance)
    require_no_recurrence(discretised(density, num_modes), frequency, duration)
    best = np.inf
    for rule in (None, "graded", "graded Gauss"):
        try:
            bath = discretised(density, num_modes, rule)
        except ValidityError:
            # the default rule has modes at all frequencies, as the recurrence has shown
            continue
        error = discretisation_error(density, bath, mass, frequency, duration, kT, hbar)
        best = min(best, max(error.response, error.noise))
        if best <= tolerance:
            return bath
    raise ValidityError(
        f"A bath of {num_modes} modes errs by {best:.1e}, more than the tolerance "
        f"{tolerance:g}: use more modes."
    )
