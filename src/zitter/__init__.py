"""zitter: from one wavefunction to classical gravity, with trajectories, measured step by step.

The names of everyday use are here, and loaded when they are first asked for; all others are in the
folders, which are a ladder from one wavefunction to many bodies.
"""

import importlib
import os
import sys
from typing import Any

if "jax" in sys.modules and "JAX_ENABLE_X64" not in os.environ:
    # The variable comes too late where jax was imported first.
    sys.modules["jax"].config.update("jax_enable_x64", True)
os.environ.setdefault("JAX_ENABLE_X64", "1")

__version__ = "0.1.0"

_HOMES = {
    "core.checks": ("ValidityError",),
    "core.grid": ("Grid",),
    "scenarios.drawing": ("draw_paths",),
    "scenarios.running": ("open", "run_scenario"),
    "system.constants": ("scaled",),
    "system.potentials": ("Harmonic", "NewtonPair", "Polynomial", "UniformForce"),
    "wavefunctions.coupled_oscillators": ("CoupledOscillators",),
    "wavefunctions.gaussian": ("GaussianPacket", "Superposition"),
    "wavefunctions.grid_psi": ("GridPsi",),
    "wavefunctions.identical": ("Determinant", "Product"),
    "wavefunctions.macroscopic": ("MacroscopicSuperposition",),
    "wavefunctions.madelung": (
        "current_velocity",
        "density",
        "osmotic_velocity",
        "quantum_potential",
    ),
    "wavefunctions.occupation": ("OccupationState",),
    "wavefunctions.permanent": ("Permanent",),
    "wavefunctions.schrodinger": ("evolve_schrodinger",),
    "wavefunctions.vortices": ("circulation",),
    "trajectories.bohm": ("bohm_paths", "quantile_map"),
    "trajectories.nelson": ("nelson_paths",),
    "trajectories.sampling": (
        "sample_determinant",
        "sample_metropolis",
        "sample_product",
        "sample_superposition",
    ),
    "classical_limit.classical_schrodinger": ("ClassicalProblem", "solve_classical_schrodinger"),
    "kbody.bodies": ("bodies",),
    "kbody.newton": ("newton_paths",),
    "mean_field.phase_space": ("species",),
    "mean_field.schrodinger_newton": ("evolve_schrodinger_newton",),
    "mean_field.self_field": ("SelfField",),
    "mean_field.vlasov": ("evolve_vlasov",),
}
_HOME = {name: f"zitter.{home}" for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *_HOME]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'zitter' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(globals().keys() | _HOME.keys())
