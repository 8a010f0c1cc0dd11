"""Localisation rates of a sphere in real environments: gas, and blackbody radiation.

ρ(x, x') decays at the rate Λ (x - x')² while the packets are closer than the wavelength of what
hits the sphere. In SI, kT is k_B T in joule. Each Λ is half the mean square kick in one direction
by ħ², times the rate of kicks; the momentum diffuses with D_pp = 2ħ²Λ.
"""

from typing import Any

import numpy as np
from scipy import special

from zitter.bath.master_equation import MasterCoefficients
from zitter.core.checks import ValidityError, require_finite, require_positive

# The scattered photons have up to ten times the wavenumber kT/ħc.
_POINT_LIMIT, _CURRENT_LIMIT = 0.03, 0.3


def gas_localisation(
    radius: float, pressure: float, kT: float, gas_mass: float, hbar: float
) -> float:
    """Localisation rate by collisions with a gas, Λ = (8/3) √(2π m kT) P R²/ħ².

    Args:
        radius: R of the sphere [length].
        pressure: P [mass/length/time^2].
        kT: [energy].
        gas_mass: m of a molecule [mass].
        hbar: [mass*length^2/time].

    Returns:
        Λ [1/length^2/time].

    Raises:
        ValueError: a number is not positive.

    Validity: molecules bounce off in all directions alike, with the cross-section πR²; packets
    closer than their thermal wavelength, of about 1e-11 m for air.
    """
    _require(radius=radius, pressure=pressure, kT=kT, gas_mass=gas_mass, hbar=hbar)
    return float(8.0 / 3.0 * np.sqrt(2.0 * np.pi * gas_mass * kT) * pressure * radius**2 / hbar**2)


def blackbody_scattering_localisation(
    radius: float, permittivity: complex, kT: float, hbar: float, light_speed: float
) -> float:
    """Localisation rate by scattered radiation, Λ = (8·8! ζ(9)/9π) c R⁶ |α|² (kT/ħc)⁹.

    α = (ε - 1)/(ε + 2).

    Args:
        radius: R of the sphere [length].
        permittivity: ε, relative, at thermal wavelengths.
        kT: of the surroundings [energy].
        hbar: [mass*length^2/time].
        light_speed: c [length/time].

    Returns:
        Λ [1/length^2/time].

    Raises:
        ValueError: a number is not positive, ε is not finite or -2.
        ValidityError: not kT R/ħc max(1, |√ε|) <= 0.03, where the sphere is a point dipole.
    """
    k = _thermal_wavenumber(radius, permittivity, kT, hbar, light_speed)
    alpha = abs(_polarisability(permittivity)) ** 2
    number = 8.0 * special.factorial(8) * special.zeta(9.0) / (9.0 * np.pi)
    return float(number * light_speed * radius**6 * alpha * k**9)


def blackbody_emission_localisation(
    radius: float, permittivity: complex, kT: float, hbar: float, light_speed: float
) -> float:
    """Localisation rate by emitted, or by absorbed, radiation, Λ = (16π⁵/189) c R³ Im α (kT/ħc)⁶.

    Args:
        radius: R of the sphere [length].
        permittivity: ε, relative, at thermal wavelengths; Im ε >= 0.
        kT: of the sphere for emission, of the surroundings for absorption [energy].
        hbar: [mass*length^2/time].
        light_speed: c [length/time].

    Returns:
        Λ [1/length^2/time].

    Raises:
        ValueError: a number is not positive, Im ε < 0, ε is not finite or -2.
        ValidityError: not kT R/ħc max(1, |√ε|) <= 0.03, where the sphere is a point dipole; not
            kT R/ħc |ε + 2| <= 0.3, where currents in a conductor do not add to the dipole's loss.
    """
    k = _thermal_wavenumber(radius, permittivity, kT, hbar, light_speed)
    # the magnetic dipole absorbs 0.46 times the square of this, against the electric one
    currents = k * radius * abs(permittivity + 2.0)
    if currents > _CURRENT_LIMIT:
        raise ValidityError(
            f"kT R/ħc |ε + 2| is {currents:.2g}: currents in so good a conductor radiate beside "
            f"the dipole. Use a sphere so small that it is below {_CURRENT_LIMIT:g}."
        )
    loss = _polarisability(permittivity).imag
    if loss < 0.0:
        raise ValueError("`permittivity` must not have a negative imaginary part.")
    return float(16.0 * np.pi**5 / 189.0 * light_speed * radius**3 * loss * k**6)


def localised_coefficients(
    localisation: float, frequency: float, mass: float, times: Any, hbar: float
) -> MasterCoefficients:
    """Coefficients of a master equation with localisation alone, D_pp = 2ħ²Λ, Γ = D_xp = 0.

    Args:
        localisation: Λ, summed over the environments [1/length^2/time].
        frequency: Ω of the trap [1/time].
        mass: M [mass].
        times: (num_times,) [time].
        hbar: [mass*length^2/time].

    Returns:
        MasterCoefficients, for `solve_master_equation`.

    Raises:
        ValueError: M, Ω or ħ not positive, Λ negative or infinite.

    Validity: no friction: times short against M kT/(ħ²Λ).
    """
    _require(frequency=frequency, mass=mass, hbar=hbar)
    require_finite("localisation", localisation)
    if not localisation >= 0.0:
        raise ValueError(f"`localisation` must not be negative, but is {localisation:g}.")
    t = np.asarray(times, float)
    one = np.ones_like(t)
    return MasterCoefficients(
        t, frequency**2 * one, 0.0 * one, 0.0 * one, 2.0 * hbar**2 * localisation * one
    )


def localisation_time(localisation: float, separation: float, wavelength: float) -> float:
    """Time 1/(Λ Δx²) in which the coherence of two packets falls by e [time].

    Args:
        localisation: Λ [1/length^2/time].
        separation: Δx [length].
        wavelength: of what hits the sphere [length].

    Raises:
        ValueError: a number is not positive.
        ValidityError: Δx above a tenth of the wavelength, where the rate begins to saturate.
    """
    _require(localisation=localisation, separation=separation, wavelength=wavelength)
    if separation > 0.1 * wavelength:
        raise ValidityError(
            f"The packets are {separation:.2g} apart, more than a tenth of the wavelength "
            f"{wavelength:.2g}: there the rate saturates and is not Λ Δx²."
        )
    return 1.0 / (localisation * separation**2)


def _thermal_wavenumber(
    radius: float, permittivity: complex, kT: float, hbar: float, light_speed: float
) -> float:
    """kT/ħc, once the sphere is known to be small against its inverse, outside and inside."""
    _require(radius=radius, kT=kT, hbar=hbar, light_speed=light_speed)
    require_finite("permittivity", permittivity)
    k = kT / (hbar * light_speed)
    index = max(1.0, abs(permittivity) ** 0.5)
    if k * radius * index > _POINT_LIMIT:
        raise ValidityError(
            f"The radius is {k * radius:.2g} ħc/kT outside, {k * radius * index:.2g} inside the "
            "sphere: it is no point dipole for thermal radiation. Use a sphere or a temperature "
            f"so small that both are below {_POINT_LIMIT:g}."
        )
    return k


def _polarisability(permittivity: complex) -> complex:
    if permittivity == -2.0:
        raise ValueError("`permittivity` must not be -2, where the polarisability diverges.")
    return complex((permittivity - 1.0) / (permittivity + 2.0))


def _require(**values: float) -> None:
    for name, value in values.items():
        require_positive(name, value)
