"""The family U - λQ: direct against mapped, the limit, and the phases it cannot do."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

import exact
from classical_cases import landscape, problem, psi_error
from zitter.classical_limit._node_watch import has_slipped
from zitter.classical_limit.classical_schrodinger import (
    METHODS,
    ClassicalProblem,
    solve_classical_schrodinger,
)
from zitter.classical_limit.hamilton_jacobi import ClassicalState, state_of_psi
from zitter.classical_limit.lambda_family import (
    by_linear_limit,
    family_by_map,
    family_on_grid,
    reduced_hbar,
)
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.core.statistics import convergence_order
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition

PACKET = exact.Packet(1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, -2.0)
COUPLINGS = (0.0, 0.25, 0.5, 0.75, 0.96)


@pytest.mark.parametrize("U", [dict(stiffness=1.0), dict(cosine=1.0)])
def test_direct_and_mapped_solutions_agree_to_a_hundred_thousandth(U):
    this = problem(landscape(**U), [0.0, 1.0], num=512, half=12.0, momentum=1.0)
    for coupling in COUPLINGS:
        direct, mapped = family_on_grid(this, coupling), family_by_map(this, coupling)
        assert psi_error(direct, mapped.psi(), this.grid) < 1e-5, coupling
        lost = np.sum(np.abs(direct.density[-1] - mapped.density[-1])) * this.grid.cell_volume
        assert lost < 1e-5, coupling
        np.testing.assert_allclose(direct.energy, mapped.energy, rtol=1e-5, atol=1e-6)


def test_neighbouring_members_do_not_agree():
    this = problem(landscape(stiffness=1.0), [0.0, 1.0], num=512, half=12.0, momentum=1.0)
    direct, mapped = family_on_grid(this, 0.5), family_by_map(this, 0.52)
    assert psi_error(direct, mapped.psi(), this.grid) > 1e-3


def test_two_dimensions_agree_too():
    this = problem(landscape(cosine=1.0), [0.0, 0.5], num=24, half=5.7, axes=2)
    direct, mapped = family_on_grid(this, 0.5), family_by_map(this, 0.5)
    assert psi_error(direct, mapped.psi(), this.grid) < 2e-2


def test_the_limit_is_of_order_6_and_right():
    this = problem(landscape(stiffness=1.0), [0.0, 1.0], momentum=1.0)
    R, S = exact.classical_packet(exact.trapped, PACKET, this.grid.axes[0], 1.0)
    want = np.asarray(R * jnp.exp(1j * S))
    tops, errors = [0.3, 0.2], []
    for top in tops:
        ratios = (top, 0.5 * top, 0.25 * top)
        errors.append(psi_error(by_linear_limit(this, ratios=ratios), want, this.grid))
    assert abs(convergence_order(tops, errors) - 6.0) < 0.1
    assert errors[-1] < 1e-5


def test_every_method_gives_the_same_psi():
    this = problem(landscape(stiffness=1.0), [0.0, 0.8], momentum=1.0)
    found = {name: solve_classical_schrodinger(this, name) for name in METHODS}
    R, S = exact.classical_packet(exact.trapped, PACKET, this.grid.axes[0], 0.8)
    want = np.asarray(R * jnp.exp(1j * S))
    for name, solution in found.items():
        assert solution.method == name
        assert psi_error(solution, want, this.grid) < 1e-4
        np.testing.assert_allclose(solution.energy, found["grid"].energy, atol=1e-4)


def test_no_method_gives_a_psi_beyond_the_focus():
    this = problem(landscape(stiffness=1.0), [0.0, 0.8, 1.7], momentum=1.0)
    for name in METHODS:
        found = solve_classical_schrodinger(this, name)
        assert found.status == ("ok", "ok", "caustic"), name
        assert np.all(np.isfinite(found.psi(1)))
        with pytest.raises(ValidityError, match="no single"):
            found.psi(2)


def test_the_limit_is_refused_where_the_packet_is_narrower_than_its_last_wave():
    near, next_to = (
        problem(landscape(stiffness=1.0), [0.0, t], num=512, momentum=1.0) for t in (1.45, 1.56)
    )
    rho = by_linear_limit(near).density[-1]
    x = near.grid.axes[0]
    mean = rho @ x / np.sum(rho)
    width = np.sqrt(rho @ (x - mean) ** 2 / np.sum(rho))
    assert width == pytest.approx(np.cos(1.45), rel=2e-3)
    with pytest.raises(ValidityError, match="the width"):
        by_linear_limit(next_to)


def test_a_psi_with_cuts_in_its_phase_is_continued():
    psi = GaussianPacket(width=[1.0], momentum=[5.0])
    grid = Grid([-14.0], [14.0], [512])
    this = ClassicalProblem(state_of_psi(psi), landscape(cosine=1.0), grid, [0.0, 0.5])
    direct, mapped = family_on_grid(this, 0.75), family_by_map(this, 0.75)
    assert psi_error(direct, mapped.psi(), grid) < 1e-5


def test_nodes_are_refused():
    signed = problem(landscape(), [0.0, 0.5], odd=1.0)
    packets = GaussianPacket(width=[[1.0], [1.0]], centre=[[-1.0], [1.0]])
    psi = Superposition(packets, [1.0, -1.0])
    modulus = ClassicalProblem(state_of_psi(psi), landscape(), Grid([-9.0], [9.0], [128]), [0, 0.5])
    for this, message in ((signed, "has nodes"), (modulus, "a node or a vortex")):
        with pytest.raises(ValidityError, match=message):
            family_by_map(this, 0.5)
        with pytest.raises(ValidityError, match=message):
            family_on_grid(this, 0.5)


class Vortex(eqx.Module):
    """ψ = (x + iy) exp(-r²/4)."""

    def __call__(self, q, t):
        return jnp.log(q[0] + 1e-3 + 1j * (q[1] + 2e-3)) - 0.25 * jnp.sum(q**2)


def test_a_vortex_is_refused():
    grid = Grid([-8.0, -8.0], [8.0, 8.0], [24, 24])
    this = ClassicalProblem(state_of_psi(Vortex()), landscape(), grid, [0.0, 0.1])
    for method in (family_by_map, family_on_grid):
        with pytest.raises(ValidityError, match="a node or a vortex"):
            method(this, 0.5)


def test_the_reduced_quantum_of_action_falls_to_nothing():
    np.testing.assert_allclose([reduced_hbar(2.0, c) for c in (0.0, 0.75, 1.0)], [2.0, 1.0, 0.0])
    with pytest.raises(ValueError, match="`coupling` must lie between 0 and 1"):
        reduced_hbar(1.0, 1.2)


def test_bad_members_are_refused():
    this = problem(landscape(), [0.0, 0.5])
    for method in (family_by_map, family_on_grid):
        with pytest.raises(ValueError, match=r"is \(72\) itself"):
            method(this, 1.0)
    with pytest.raises(ValueError, match="at least two different numbers"):
        by_linear_limit(this, ratios=(0.5,))
    with pytest.raises(ValueError, match="must be one of characteristics, grid"):
        solve_classical_schrodinger(this, "grids")


def crossing_fringes(times, num):
    """Two packets of unequal weight that run into each other: nodes come and go between them."""

    def amplitude(q):
        return jnp.exp(-0.25 * (q[0] + 5.0) ** 2) + 0.3 * jnp.exp(-0.25 * (q[0] - 5.0) ** 2)

    def phase(q):
        return -2.0 * jnp.log(jnp.cosh(q[0]))

    state = ClassicalState(amplitude, phase)
    return ClassicalProblem(state, landscape(), Grid([-40.0], [40.0], [num]), times)


@pytest.mark.parametrize("times", [[0.0, 1.1], [0.0, 6.0]])
def test_nodes_between_the_times_asked_for_are_refused(times):
    with pytest.raises(ValidityError, match="a node or a vortex"):
        family_by_map(crossing_fringes(times, 1024), 0.75)


def test_a_grid_that_runs_over_a_node_is_refused():
    with pytest.raises(ValidityError, match="has a node"):
        family_on_grid(crossing_fringes([0.0, 1.1], 1024), 0.75)


def test_a_phase_that_slips_once_is_seen_whenever_one_looks():
    x = np.linspace(-4.0, 4.0, 81) + 0.03

    def psi(t):
        return (x + 1j * t) * np.exp(-0.25 * x**2 - 40.0j * t)

    for before, after in ((-1e-3, 1e-3), (-0.1, 0.2), (-0.5, 1.0)):
        assert has_slipped(psi(before), psi(after))
        assert not has_slipped(psi(after), psi(2.0 * after))


def test_a_spacing_of_a_thirteenth_of_the_width_is_enough_for_a_hundred_thousandth():
    errors = []
    for num in (160, 320):
        this = problem(landscape(cosine=1.0), [0.0, 1.0], num=num, half=12.0)
        direct, mapped = family_on_grid(this, 0.96), family_by_map(this, 0.96)
        errors.append(psi_error(direct, mapped.psi(), this.grid))
    assert errors[1] < 1e-5 < errors[0]
    assert errors[1] < errors[0] / 2**3.5
