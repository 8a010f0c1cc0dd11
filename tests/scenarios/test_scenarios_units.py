"""Unit systems of scenarios, and text with units."""

import numpy as np
import pytest
from scipy import constants as codata

from zitter.scenarios.reading import scenario_from_text
from zitter.scenarios.units import label, number_in, plasma_units, units_of

NRL_DENSITY, NRL_TEMPERATURE = 1e6, codata.e
"""1/cm³ in 1/m³, and 1 eV: the units of the formulary's rules of thumb."""

ELECTRON = """kind = "packet"
units = "plasma"
plasma = { density = "1e6 / m**3", temperature = "1 eV" }
mass = "1 electron_mass"
packets = [{ width = 1.0, momentum = "1 electron_mass * m / s" }]
end = "1 us"
"""


def test_plasma_units_are_those_of_the_rules_of_thumb():
    """ω_p = 5.64e4 √n/s, λ_D = 743 √(T/n) cm, v = 4.19e7 √T cm/s, n in 1/cm³, T in eV."""
    system = plasma_units(NRL_DENSITY, NRL_TEMPERATURE).system
    assert 1.0 / system.time == pytest.approx(5.64e4, rel=1e-3)
    assert system.length == pytest.approx(7.43, rel=1e-3)
    assert system.unit("velocity") == pytest.approx(4.19e5, rel=2e-3)
    assert system.mass == codata.m_e
    assert system.unit("energy") == pytest.approx(NRL_TEMPERATURE, rel=1e-12)


def test_in_plasma_units_the_coupling_of_electrons_is_one_over_4_pi_n():
    units = plasma_units(1e18, 2.0 * codata.e)
    n = 1e18 * units.system.length**3
    assert units.system.coulomb_coupling() == pytest.approx(1.0 / (4.0 * np.pi * n), rel=1e-9)


def test_a_scenario_declares_its_plasma_and_reads_units_in_it():
    config = scenario_from_text(ELECTRON)
    system = config.unit_system.system
    assert config.mass == pytest.approx(1.0, rel=1e-9)
    assert config.end == pytest.approx(1e-6 * 5.64e4, rel=1e-3)
    assert config.packets[0].momentum[0] == pytest.approx(1.0 / system.unit("velocity"), rel=1e-9)
    assert config.packets[0].width[0] == 1.0
    assert config.unit_system.hbar == pytest.approx(codata.hbar / system.unit("action"), rel=1e-12)
    assert label(config.unit_system, "length") == "λ_D"
    kelvin = ELECTRON.replace('"1 eV"', '"11604.518 K"')
    assert scenario_from_text(kelvin).plasma.temperature == pytest.approx(codata.e, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("2 ps", "time", 2e-12),
        ("0.5 µm", "length", 5e-7),
        ("1e-4 kpc/(km/s)", "time", 1e-4 * codata.parsec),
        ("-.5e+1 kg*m / s", "momentum", -5.0),
        ("1 /m^3", "1/length^3", 1.0),
        ("3 N m^-1", "force/length", 3.0),
        ("1 m22", "mass", 1e-22 * codata.e / codata.c**2),
        ("300 K", "energy", 300.0 * codata.k),
        ("1 m²", "length^2", 1.0),
    ],
)
def test_text_with_a_unit_is_read(text, dimension, value):
    assert number_in(units_of("SI"), text, dimension) == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize(
    "text",
    ["", "m", "1", "1 + 1 m", "9**9**9 m", "m**2", "1 m**99", "1 (m", "1 " + 99 * "a", "1;"],
)
def test_text_that_is_no_number_with_a_unit_is_refused_at_once(text):
    with pytest.raises(ValueError, match="is no number with a unit"):
        number_in(units_of("SI"), text, "length")


@pytest.mark.parametrize(
    ("system", "dimension", "name"),
    [
        ("SI", "1/length^3", "1/m^3"),
        ("SI", "1/length^(1/2)", "1/m^(1/2)"),
        ("SI", "energy/length^2", "J/m^2"),
        ("SI", "1/time", "1/s"),
        ("SI", "1", ""),
        ("natural", "length", ""),
        ("galactic", "time/length^4", "(kpc/(km/s))/kpc^4"),
        ("galactic", "energy/length^2", "(M_sun (km/s)^2)/kpc^2"),
        ("atomic", "force", "E_h/a₀"),
    ],
)
def test_every_dimension_has_the_name_of_its_unit(system, dimension, name):
    assert label(units_of(system), dimension) == name


def test_a_plasma_without_electrons_is_refused():
    with pytest.raises(ValueError, match="`density` must be positive"):
        plasma_units(0.0, 1.0)
