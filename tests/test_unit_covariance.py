"""Every result scales by the unit that its docstring names when the units of a problem change."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np
import pytest

from test_architecture import LADDER
from unit_reading import Leaf, Units, call, has_unit, in_units, leaves, made, result_units
from unit_samples import HBAR, ORBITAL, Case, M, T
from zitter.forces.scaling import gaussian_centre_of_mass_force, gaussian_quantum_potential
from zitter.wavefunctions.identical import Product
from zitter.wavefunctions.madelung import (
    centre_of_mass_current_velocity,
    centre_of_mass_osmotic_velocity,
    current_velocity,
    osmotic_velocity,
    relative_current_velocity,
    relative_quantum_potential,
)

OLD, NEW = Units(), Units(length=1.7, time=0.6, mass=2.3)
FOLDERS = LADDER[: LADDER.index("scenarios")]
FILES = sorted(file.stem for file in Path(__file__).parent.glob("unit_cases_*.py"))
CASES = {
    f"{folder}.{module}:{name}": case
    for file in FILES
    for folder, modules in importlib.import_module(file).SAMPLES.items()
    for module, cases in modules.items()
    for name, case in cases.items()
}
WORDS = {"D": "1", "num_space": "1", "num_axes": "1", "dof": "2"}

EXEMPT = {
    "system.constants:UnitSystem.hbar": "a constant of nature, given in the units of the system",
    "system.constants:UnitSystem.gravitational_constant": "likewise",
    "system.constants:UnitSystem.coulomb_coupling": "likewise",
    "wavefunctions.minor_expansion:host_derivatives": "calls a function of its caller",
}


def function(name: str) -> Callable:
    module, _, path = name.partition(":")
    return attrgetter(path)(importlib.import_module(f"zitter.{module}"))


def numbers(thing: Callable, case: Case, u: Units) -> list[Leaf]:
    """The results of a case in the units `u`."""
    words = WORDS | case.words
    result = call(thing, case.arguments, u, words)
    found = list(leaves("", result, [], words)) if isinstance(result, eqx.Module) else []
    if case.then:
        result = case.then(result, u)
    stated = (case.unit,) if isinstance(case.unit, str) else case.unit
    units = list(stated or result_units(thing, words))
    return found + list(leaves("", result, units, words))


def faults(thing: Callable, case: Case) -> list[str]:
    """What does not scale by its unit, or has none."""
    pairs = list(zip(numbers(thing, case, OLD), numbers(thing, case, NEW), strict=True))
    if not any(np.any(old.value) for old, _ in pairs):
        return ["zero in any unit"]
    return [
        f"{old.where or 'result'} [{old.unit}]" for old, new in pairs if not _covariant(old, new)
    ]


def _covariant(old: Leaf, new: Leaf) -> bool:
    if old.value.dtype.kind in "biuSU":
        return bool(np.array_equal(old.value, new.value))
    if old.unit is None or not np.all(np.isfinite(old.value)):
        return False
    expected = NEW.rescaled(old.value, old.unit)
    return bool(np.max(np.abs(new.value - expected)) <= 1e-8 * np.max(np.abs(expected)))


def public_names() -> Iterator[str]:
    """Public functions, classes and methods with a unit in their docstrings, bundles aside."""
    for folder in FOLDERS:
        package = importlib.import_module(f"zitter.{folder}")
        for info in pkgutil.walk_packages(package.__path__, f"zitter.{folder}."):
            if info.name.rpartition(".")[2].startswith("_"):
                continue
            module = importlib.import_module(info.name)
            for name, thing in vars(module).items():
                if getattr(thing, "__module__", "") == info.name and not name.startswith("_"):
                    yield from _with_units(f"{info.name.removeprefix('zitter.')}:{name}", thing)


def _with_units(name: str, thing: Any) -> Iterator[str]:
    if inspect.isclass(thing):
        if not hasattr(thing, "_fields") and has_unit(thing):
            yield name
        for key, member in vars(thing).items():
            if inspect.isfunction(member) and not key.startswith("_") and has_unit(member):
                yield f"{name}.{key}"
    elif inspect.isfunction(thing) and has_unit(thing):
        yield name


@pytest.mark.parametrize("name", CASES)
def test_results_scale_by_their_units(name):
    assert faults(function(name), CASES[name]) == []


def test_every_public_function_with_a_unit_is_in_the_table():
    assert sorted(set(public_names()) - CASES.keys() - EXEMPT.keys()) == []
    assert EXEMPT.keys() <= set(public_names())


def printed_54(displacement, total_mass, width, hbar):
    return hbar / (2.0 * total_mass * width**2) * (1.0 - displacement**2 / width**2)


def printed_55(displacement, total_mass, width, hbar):
    return displacement / (total_mass * width**4)


@pytest.mark.parametrize(
    ("printed", "right"),
    [(printed_54, gaussian_quantum_potential), (printed_55, gaussian_centre_of_mass_force)],
)
def test_the_printed_quantum_potential_and_force_of_a_gaussian_have_the_wrong_unit(printed, right):
    case = CASES[f"forces.scaling:{right.__name__}"]
    printed.__doc__ = right.__doc__
    assert faults(printed, case) == [f"result [{result_units(right, WORDS)[0]}]"]


def energy_of_motion(psi, Q, t, mass, hbar, power=2):
    """Terms (∂S/∂x_cm)^power/2M + Σ_j (∂S/∂y_j)²/2m + Q_rel of (74), print has power 1 [energy]."""
    fields = dict(psi=psi, Q=Q, t=t, mass=mass, hbar=hbar)
    total_mass = mass * Q.shape[1]
    p_cm = total_mass * centre_of_mass_current_velocity(**fields)[:, 0]
    p_rel = mass * relative_current_velocity(**fields)
    moving = p_cm**power / (2.0 * total_mass) + np.sum(p_rel**2, axis=(1, 2)) / (2.0 * mass)
    return moving + relative_quantum_potential(**fields)


@pytest.mark.parametrize(("power", "fault"), [(2, []), (1, ["result [energy]"])])
def test_the_printed_energy_of_the_centre_of_mass_lacks_its_square(power, fault):
    case = CASES["wavefunctions.madelung:relative_quantum_potential"]
    assert faults(energy_of_motion, Case(case.arguments | dict(power=power))) == fault


FOUR = dict(psi=made(Product, orbitals=ORBITAL, num_particles=4), t=T, mass=M, hbar=HBAR)
FOUR["Q"] = np.array([[0.3, -0.9, 0.5, 1.1], [1.4, 0.2, -0.3, -0.7]])


@pytest.mark.parametrize(
    ("whole", "single"),
    [
        (centre_of_mass_current_velocity, current_velocity),
        (centre_of_mass_osmotic_velocity, osmotic_velocity),
    ],
)
def test_the_printed_mass_of_the_centre_of_mass_has_a_right_unit_but_gives_no_mean(whole, single):
    def printed(mass, **others):
        return 4.0 * whole(mass=mass, **others)

    printed.__doc__ = inspect.getdoc(centre_of_mass_current_velocity)
    assert faults(printed, Case(FOUR)) == []
    fields = {n: in_units(value, None, OLD, WORDS) for n, value in FOUR.items()}
    particles = {n: value for n, value in fields.items() if n != "mass"}
    mean = np.mean(single(masses=[M] * 4, **particles), axis=1)
    np.testing.assert_allclose(whole(**fields)[:, 0], mean, rtol=1e-12)
    assert np.all(np.abs(printed(**fields)[:, 0] / mean - 1.0) > 1.0)


def test_a_result_without_a_unit_is_a_fault():
    def f(x):
        """Twice x."""
        return 2.0 * x

    assert faults(f, Case(dict(x=1.5))) == ["result [None]"]
    assert faults(f, Case(dict(x=1.5), unit="length")) == []
    assert faults(f, Case(dict(x=1.5), unit="length^2")) == ["result [length^2]"]
    assert faults(f, Case(dict(x=0.0), unit="length")) == ["zero in any unit"]
