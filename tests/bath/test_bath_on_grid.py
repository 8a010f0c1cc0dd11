"""A body in any potential with a few bath oscillators: closed forms, a basis, HEOM, Newton."""

import importlib.util

import numpy as np
import pytest

from zitter.bath.discretisation import OscillatorBath
from zitter.bath.langevin import BathState, kac_zwanzig_paths
from zitter.bath.master_equation import in_number_states, number_operators, trace_distance
from zitter.bath.on_grid import PotentialInBath, reduced_state_on_grid, wave_in_bath
from zitter.bath.packets import Packets, reduced_density_matrix
from zitter.bath.quantum_bath import bath_modes, classical_motion, exact_noise, exact_response
from zitter.core.checks import ValidityError
from zitter.core.grid import Grid
from zitter.scenarios.bath.qutip_bridge import heom_density_matrices_of_modes
from zitter.system.potentials import Harmonic, Polynomial
from zitter.wavefunctions.schrodinger import evolve_schrodinger, values_on_grid

ONE, TWO = (
    OscillatorBath(np.array([1.3]), np.array([0.5])),
    OscillatorBath(np.array([0.8, 1.7]), np.array([0.35, 0.6])),
)
PLANE = Grid((-6.4, -6.4), (6.4, 6.4), (64, 64))
LEFT = Packets([-1.3], np.sqrt(0.5))
# U = -x²/2 + x⁴/8, with a barrier of ½ between two minima at x = ±√2
WELL = Polynomial([0.0, 0.0, -0.5, 0.0, 0.125])
TIMES = np.array([0.0, 0.8, 2.0])


def evolved(packets, bath, grid, potential, times, mass=1.0, hbar=1.0, **state):
    wave = wave_in_bath(packets, bath, mass, **state)
    psi = np.exp(np.asarray(values_on_grid(wave, grid, 0.0)))
    masses, U = np.full(grid.num_axes, mass), PotentialInBath(potential, bath, mass)
    return evolve_schrodinger(
        psi, grid, U, times, masses, hbar, order=4, tolerance=1e-6, leak_tolerance=1e-5
    )


@pytest.fixture(scope="module")
def in_well():
    return evolved(LEFT, ONE, PLANE, WELL, TIMES)


@pytest.mark.parametrize(("bath", "num", "atol"), [(ONE, 64, 1e-6), (TWO, 40, 1e-5)])
def test_in_a_harmonic_trap_the_state_is_that_of_the_closed_form(bath, num, atol):
    cat = Packets([-0.9, 0.8], 0.65, [0.2, -0.1], [1.0, 0.5j])
    dof, times = 1 + bath.frequencies.size, np.array([0.0, 0.9])
    grid = Grid((-6.0,) * dof, (6.0,) * dof, (num,) * dof)
    found = evolved(cat, bath, grid, Harmonic(0.81), times)
    modes = bath_modes(bath, 1.0, 0.9)
    motion = exact_response(modes, times), exact_noise(modes, bath, 1.0, times, 0.0)
    for i in range(2):
        exact = reduced_density_matrix(cat, *motion, 1.0, grid.axes[0], i)
        np.testing.assert_allclose(reduced_state_on_grid(found.psi[i], grid), exact, atol=atol)


def test_a_displaced_bath_pushes_the_body_as_a_classical_one():
    """M = 1.7, ħ = 0.9, a coherent state of the bath: means move as Newton says."""
    state = dict(displacement=np.array([0.7]), kick=np.array([-0.4]))
    one = Packets([0.5], 0.6, [0.3], hbar=0.9)
    found = evolved(one, ONE, PLANE, Harmonic(1.7 * 0.64), TIMES, 1.7, 0.9, **state)
    density = np.sum(np.abs(found.psi) ** 2, axis=2) * PLANE.cell_volume
    mean = density @ PLANE.axes[0]
    modes = bath_modes(ONE, 1.7, 0.8)
    q = np.array([[0.5 * np.sqrt(1.7), 0.7]]), np.array([[0.3 / np.sqrt(1.7), -0.4]])
    exact = [classical_motion(modes, *q, t)[0, 0] / np.sqrt(1.7) for t in TIMES]
    np.testing.assert_allclose(mean, exact, atol=1e-5)


def _sinc_kinetic(x):
    """p²/2 between the points of a grid, Colbert and Miller's."""
    steps = np.arange(x.size)[:, None] - np.arange(x.size)
    with np.errstate(divide="ignore"):
        off = 2.0 * (-1.0) ** steps / steps.astype(float) ** 2
    np.fill_diagonal(off, np.pi**2 / 3.0)
    return off / (2.0 * (x[1] - x[0]) ** 2)


def test_in_a_double_well_the_grid_agrees_with_a_diagonalisation(in_well):
    """Points of x times number states of the oscillator, all eigenstates of H at once."""
    levels, x = 14, PLANE.axes[0]
    w, c = ONE.frequencies[0], ONE.couplings[0]
    q = number_operators(levels, 1.0, w)[0]
    U = -0.5 * x**2 + 0.125 * x**4 + 0.5 * (c / w) ** 2 * x**2
    oscillator = np.diag(w * (np.arange(levels) + 0.5))
    H = np.kron(_sinc_kinetic(x) + np.diag(U), np.eye(levels))
    H = H + np.kron(np.eye(x.size), oscillator) - c * np.kron(np.diag(x), q.real)
    energies, vectors = np.linalg.eigh(H)
    start = np.zeros((x.size, levels))
    start[:, 0] = np.exp(-0.5 * (x + 1.3) ** 2)
    start /= np.linalg.norm(start)
    for t, psi in zip(TIMES, in_well.psi, strict=True):
        turned = np.exp(-1j * energies * t) * (vectors.T @ start.ravel())
        state = (vectors @ turned).reshape(start.shape)
        found = reduced_state_on_grid(psi, PLANE) * PLANE.spacing[0]
        assert trace_distance(found, state @ state.conj().T) < 1e-5


@pytest.mark.skipif(importlib.util.find_spec("qutip") is None, reason="needs QuTiP")
def test_in_a_double_well_the_grid_agrees_with_the_hierarchy_of_the_same_mode(in_well):
    """26 number states of twice the frequency hold this state to 3e-3."""
    num, basis = 26, (1.0, 2.0)
    _, _, xx, _ = number_operators(num + 4, *basis)
    U = (-0.5 * xx + 0.125 * xx @ xx)[:num, :num]
    start, *later = (
        in_number_states(reduced_state_on_grid(psi, PLANE), PLANE.axes[0], num, *basis)
        for psi in in_well.psi
    )
    for factor, agrees in ((1.0, True), (0.5, False)):
        bath = OscillatorBath(ONE.frequencies, factor * ONE.couplings)
        found = heom_density_matrices_of_modes(
            bath, *basis, 0.0, start, TIMES, depth=6, potential=U
        )
        assert (max(map(trace_distance, found[1:], later)) < 5e-3) is agrees


def test_the_classical_bath_follows_the_mean_the_better_the_smaller_hbar():
    """Draws of Wigner's function, moved as Newton says, against the wave in the double well."""
    apart, times = [], np.linspace(0.0, 2.4, 5)
    for hbar in (0.8, 0.2):
        packets = Packets([1.9], np.sqrt(0.5 * hbar), hbar=hbar)
        grid = Grid((-5.6, -5.6), (5.6, 5.6), (128, 128))
        found = evolved(packets, ONE, grid, WELL, times, hbar=hbar)
        mean = np.sum(np.abs(found.psi) ** 2, axis=2) * grid.cell_volume @ grid.axes[0]
        rng, size = np.random.default_rng(3), 4000
        draws = rng.normal(size=(4, size // 2)) * np.sqrt(0.5 * hbar)
        x, p, q, v = np.hstack([draws, -draws])
        w = ONE.frequencies[0]
        state = BathState(q[:, None] / np.sqrt(w), v[:, None] * np.sqrt(w))
        paths = kac_zwanzig_paths(lambda x: x - 0.5 * x**3, 1.0, ONE, (1.9 + x, p), state, 2.4, 480)
        apart.append(np.max(np.abs(paths.X[::120].mean(axis=1) - mean)))
    assert apart[1] < 0.25 * apart[0]
    assert apart[1] < 0.03


def test_bad_input_is_refused():
    three = OscillatorBath(np.array([1.0, 2.0, 3.0]), np.ones(3))
    with pytest.raises(ValidityError, match="at most 2 oscillators beside the body, not 3"):
        PotentialInBath(WELL, three, 1.0)
    with pytest.raises(ValidityError, match="at most 2 oscillators"):
        wave_in_bath(LEFT, three, 1.0)
    with pytest.raises(ValueError, match="`mass` must be positive"):
        PotentialInBath(WELL, ONE, -1.0)
    with pytest.raises(ValueError, match=r"`kick` must have shape \(n,\) = \(1,\)"):
        wave_in_bath(LEFT, ONE, 1.0, kick=np.zeros(2))
    with pytest.raises(ValueError, match="`psi` must have shape"):
        reduced_state_on_grid(np.zeros((4, 4)), PLANE)
    with pytest.raises(ValueError, match="`kT` must not be below zero"):
        heom_density_matrices_of_modes(ONE, 1.0, 1.0, -1.0, np.eye(3) / 3.0, TIMES)
