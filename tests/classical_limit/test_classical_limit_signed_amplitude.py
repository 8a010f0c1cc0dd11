"""(72) for a signed amplitude: nodes, order, and what it cannot do."""

import numpy as np
import pytest

from classical_cases import landscape, problem, psi_error
from zitter.classical_limit.classical_schrodinger import METHODS
from zitter.classical_limit.signed_amplitude import by_signed_amplitude
from zitter.core.checks import ValidityError
from zitter.core.statistics import convergence_order

TRAP = landscape(stiffness=1.0)


def node_error(half, t=0.9):
    this = problem(TRAP, [0.0, t], half=half, odd=1.0)
    x, c = this.grid.axes[0], np.cos(t)
    q = x / c
    want = (2.0 * np.pi) ** -0.25 * q * np.exp(-0.25 * q**2) / np.sqrt(c)
    want = want * np.exp(-0.5j * x**2 * np.tan(t))
    return psi_error(by_signed_amplitude(this), want, this.grid)


def test_a_state_with_a_node_converges_with_order_4():
    halves = [16.0, 13.0, 10.0]
    errors = [node_error(half) for half in halves]
    assert abs(convergence_order(halves, errors) - 4.0) < 0.1
    assert errors[-1] < 1e-4


def test_energy_and_norm_are_kept():
    this = problem(TRAP, [0.0, 0.9], odd=1.0, momentum=0.5)
    found = by_signed_amplitude(this)
    norm = np.sum(found.density, axis=1)
    np.testing.assert_allclose(norm[1], norm[0], rtol=1e-6)
    np.testing.assert_allclose(found.energy[1], found.energy[0], rtol=1e-3)


def test_beyond_the_focus_the_status_says_so():
    this = problem(TRAP, [0.0, 1.2, 2.5], odd=1.0)
    found = by_signed_amplitude(this)
    assert found.status == ("ok", "ok", "caustic")
    with pytest.raises(ValidityError, match="first caustic"):
        found.psi()


def test_a_phase_that_breaks_in_an_empty_part_of_the_box_is_refused():
    this = problem(landscape(quartic=0.05), [0.0, 0.5], half=30.0, width=0.5)
    with pytest.raises(ValidityError, match="steepens without bound in an empty part"):
        by_signed_amplitude(this)


def test_the_method_is_known_by_its_name():
    assert METHODS["signed amplitude"] is by_signed_amplitude


def test_a_moving_packet_in_an_anisotropic_trap_converges_with_order_4():
    halves, errors, t = [8.5, 7.0], [], 0.6
    for half in halves:
        U = landscape(stiffness=[1.0, 0.25])
        this = problem(U, [0.0, t], num=52, half=half, axes=2, momentum=[1.0, -0.5])
        want = 1.0
        for axis, (w, p) in enumerate([(1.0, 1.0), (0.5, -0.5)]):
            x, c = this.grid.axes[axis], np.cos(w * t)
            # The rays x = q cos wt + (p/w) sin wt, and the action that goes with them.
            far = p * np.sin(w * t) / w
            S = (-0.5 * w * (x**2 + p**2 / w**2) * np.tan(w * t)) + p * x / c
            one = (2.0 * np.pi) ** -0.25 * np.exp(-0.25 * ((x - far) / c) ** 2 + 1j * S)
            want = np.multiply.outer(want, one / np.sqrt(c))
        errors.append(psi_error(by_signed_amplitude(this), want, this.grid))
    assert abs(convergence_order(halves, errors) - 4.0) < 0.1, errors
    assert errors[-1] < 1e-3, errors
