"""The classical nonlinear Schroedinger equation iħ∂ψ/∂t = [-ħ²∇²/2M + U - Q]ψ, by several methods.

Q is the quantum potential of ψ itself, so that ψ = R exp(iS/ħ) obeys exactly the classical
Hamilton-Jacobi and continuity equations. One problem, one result; the method is chosen by name:

| name | error | cost of a run | states |
|---|---|---|---|
| characteristics | step⁴, label spacing⁴ | rays × steps, 1-3 axes | any, finds the caustic |
| grid | step², spacing⁴ | T/step transforms, step ≲ spacing² | without nodes |
| signed amplitude | step⁴, spacing⁴ | T/step sweeps, step ≲ spacing/speed | nodes too |
| linear limit | (ħ̃/ħ)⁶ after two eliminations | spacing ≲ ħ̃ | without nodes |

Each asks the tangent map of a set of rays whether its result means anything: beyond the first
caustic S has several values and (72) no solution, although the grids go on and keep their norm.
"""

from collections.abc import Callable

from zitter.classical_limit.characteristics import by_characteristics, classical_streams
from zitter.classical_limit.grid_solver import on_grid
from zitter.classical_limit.lambda_family import by_linear_limit
from zitter.classical_limit.problem import ClassicalProblem, ClassicalSolution
from zitter.classical_limit.signed_amplitude import by_signed_amplitude
from zitter.core.checks import require_choice

__all__ = [
    "METHODS",
    "ClassicalProblem",
    "ClassicalSolution",
    "classical_streams",
    "solve_classical_schrodinger",
]

METHODS: dict[str, Callable[[ClassicalProblem], ClassicalSolution]] = {
    "characteristics": by_characteristics,
    "grid": on_grid,
    "signed amplitude": by_signed_amplitude,
    "linear limit": by_linear_limit,
}


def solve_classical_schrodinger(
    problem: ClassicalProblem, method: str = "characteristics"
) -> ClassicalSolution:
    """Solution of (72) by the method of that name, with its default accuracy.

    Equation: (72), which is the classical Hamilton-Jacobi equation, single-valued up to a caustic

    Args:
        problem: ClassicalProblem.
        method: a key of METHODS; the functions there take steps and label counts as arguments.

    Returns:
        ClassicalSolution.

    Raises:
        ValueError: no such method.
        ValidityError: a state, a box or a grid that the method cannot do.
    """
    require_choice("method", method, tuple(METHODS))
    return METHODS[method](problem)
