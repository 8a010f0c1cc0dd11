import pytest

from zitter.system.constants import (
    ATOMIC,
    COULOMB_CONSTANT,
    ELECTRON_MASS,
    ELEMENTARY_CHARGE,
    GRAVITATIONAL_CONSTANT,
    HBAR,
    PROTON_MASS,
    SI,
    scaled,
    unit_powers,
)

UNITS = ["length", "time", "mass", "velocity", "force", "energy", "1/length^(1/2)", "1"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("system", [SI, ATOMIC, scaled(1e-10, PROTON_MASS), scaled(2.0, 3.0, 0.5)])
def test_a_value_survives_the_way_there_and_back(system, unit):
    assert system.back(system.into(1.7, unit), unit) == pytest.approx(1.7, rel=1e-14)


@pytest.mark.parametrize(
    ("length", "mass"), [(1e-8, ELECTRON_MASS), (1e-10, PROTON_MASS), (1e3, 1e30)]
)
def test_a_scaled_problem_has_unit_hbar_mass_and_length(length, mass):
    natural = scaled(length, mass)
    assert natural.hbar() == pytest.approx(1.0, rel=1e-13)
    assert natural.into(length, "length") == natural.into(mass, "mass") == 1.0
    assert natural.time == pytest.approx(mass * length**2 / HBAR, rel=1e-13)


def test_derived_units_are_the_powers_of_hbar_mass_and_length():
    hbar, mass, length = 0.7, 3.0, 2.0
    natural = scaled(length, mass, hbar)
    assert natural.unit("velocity") == pytest.approx(hbar / (mass * length))
    assert natural.unit("force") == pytest.approx(hbar**2 / (mass * length**3))
    assert natural.unit("energy") == pytest.approx(hbar**2 / (mass * length**2))


def test_two_picoseconds_are_the_known_number_of_natural_times():
    electron, proton = scaled(1e-8, ELECTRON_MASS), scaled(1e-10, PROTON_MASS)
    assert electron.into(2e-12, "time") == pytest.approx(2.315, abs=1e-3)
    assert proton.into(2e-12, "time") == pytest.approx(12.61, abs=5e-3)


def test_a_constant_keeps_its_meaning_in_scaled_units():
    natural = scaled(1e-8, ELECTRON_MASS)
    mass, other, distance = 3.0, 5.0, 0.3
    in_natural_units = natural.gravitational_constant() * mass * other / distance**2
    m, M, r = 3.0 * ELECTRON_MASS, 5.0 * ELECTRON_MASS, 0.3e-8
    in_si = GRAVITATIONAL_CONSTANT * m * M / r**2
    assert natural.back(in_natural_units, "force") == pytest.approx(in_si, rel=1e-12)
    repulsion = natural.coulomb_coupling(6.0) / distance
    in_si = COULOMB_CONSTANT * 6.0 * ELEMENTARY_CHARGE**2 / r
    assert natural.back(repulsion, "energy") == pytest.approx(in_si, rel=1e-12)


def test_atomic_units_have_unit_coulomb_coupling_and_a_rydberg_of_one_half():
    assert ATOMIC.coulomb_coupling() == pytest.approx(1.0, rel=1e-9)
    assert ATOMIC.back(0.5, "energy") / ELEMENTARY_CHARGE == pytest.approx(13.605693, rel=1e-6)


def test_units_are_read_as_powers_of_length_time_and_mass():
    assert unit_powers("mass*length/time^2") == unit_powers("force") == (1, -2, 1)
    assert unit_powers("energy*time") == unit_powers("hbar") == (2, -1, 1)
    assert unit_powers("1/length²") == (-2, 0, 0)
    assert unit_powers("length^3/(mass*time^2)") == (3, -2, -1)
    assert unit_powers("1/length^(3/2)") == (-1.5, 0, 0)
    assert unit_powers("length^-1") == (-1, 0, 0)


@pytest.mark.parametrize("unit", ["metre", "2*length", "length+time", "length^mass", "", "1/"])
def test_an_unreadable_unit_gets_a_sentence(unit):
    with pytest.raises(ValueError, match="`unit` must be a product of powers"):
        unit_powers(unit)


@pytest.mark.parametrize("bad", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, float("nan"))])
def test_a_problem_without_a_scale_gets_a_sentence(bad):
    with pytest.raises(ValueError, match="must be"):
        scaled(*bad)
