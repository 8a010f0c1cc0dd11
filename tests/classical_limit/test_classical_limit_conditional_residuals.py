import jax
import jax.numpy as jnp
import numpy as np
import pytest

from zitter.classical_limit.conditional import moved_together
from zitter.classical_limit.conditional_residuals import (
    conditional_continuity_residual,
    conditional_hamilton_jacobi_residual,
    conditional_increments,
    conditional_schrodinger_residual,
)
from zitter.core.statistics import convergence_order
from zitter.system.potentials import Harmonic, HarmonicPair
from zitter.trajectories.bohm import bohm_paths
from zitter.trajectories.nelson import nelson_paths
from zitter.wavefunctions.coupled_oscillators import CoupledOscillators
from zitter.wavefunctions.derivatives import derivatives
from zitter.wavefunctions.normal_modes import NormalModes, gaussian_modes
from zitter.wavefunctions.residuals import (
    continuity_residual,
    hamilton_jacobi_residual,
    schrodinger_residual,
)
from zitter.wavefunctions.schrodinger import configuration_potential

N, TIME, MASS, HBAR = 3, 0.3, 1.3, 0.7
SCALES = dict(mass=MASS, hbar=HBAR)
Q = np.random.default_rng(0).normal(size=(2, N))
X_CM = Q.mean(axis=1)[:, None, None] + np.array([0.0, 0.4, -0.7])[:, None]
STIFFNESS = np.array([[1.4, -0.6, 0.0], [-0.6, 0.9, -0.3], [0.0, -0.3, 0.3]])


def anything(q, t):
    """Not a solution of anything; every derivative that occurs is different from zero."""
    a = jnp.sin(q[0] + 0.3 * t) * q[1] - 0.5 * q[0] ** 2 * q[2] + 0.1 * q[1] ** 3
    b = jnp.cos(q[0] * q[1] - t) + 0.4 * q[2] * t**2 * q[0] + 0.2 * q[1] ** 2
    return a + 1j * b


def chain(q, t):
    return 0.5 * q @ STIFFNESS @ q


ENTANGLED = gaussian_modes(
    NormalModes(STIFFNESS, MASS),
    widths=[1.1, 0.6, 0.4],
    displacement=[0.5, 0.0, -0.2],
    momentum=0.3,
    chirp=[0.2, -0.3, 0.1],
    hbar=HBAR,
)


@pytest.mark.parametrize(
    ("conditional", "joint"),
    [
        (conditional_hamilton_jacobi_residual, hamilton_jacobi_residual),
        (conditional_schrodinger_residual, schrodinger_residual),
    ],
)
def test_what_any_psi_leaves_of_the_joint_equation_it_leaves_of_the_conditional_one(
    conditional, joint
):
    X = moved_together(Q, X_CM).reshape(-1, N)
    expected = joint(anything, X, TIME, chain, np.full(N, MASS), HBAR).reshape(2, 3)
    assert np.min(np.abs(expected)) > 0.01
    seen = conditional(anything, X_CM, Q, TIME, chain, **SCALES)
    np.testing.assert_allclose(seen, expected, rtol=1e-10)


def test_what_any_psi_leaves_of_the_joint_continuity_it_leaves_of_the_conditional_one():
    X = moved_together(Q, X_CM).reshape(-1, N)
    expected = continuity_residual(anything, X, TIME, np.full(N, MASS), HBAR).reshape(2, 3)
    assert np.min(np.abs(expected)) > 0.01
    seen = conditional_continuity_residual(anything, X_CM, Q, TIME, **SCALES)
    np.testing.assert_allclose(seen, expected, rtol=1e-10)


def test_an_entangled_solution_solves_every_conditional_equation_in_the_plane():
    cluster = CoupledOscillators(
        N,
        cm_width=[0.6, 0.9],
        relative_width=[0.8, 0.5],
        cm_momentum=0.4,
        relative_chirp=[0.3, -0.1],
        stiffness=0.7,
        coupling=0.4,
        num_space=2,
        **SCALES,
    )
    q = np.random.default_rng(1).normal(size=(2, 2 * N))
    x_cm = q.reshape(2, N, 2).mean(axis=1)[:, None] + np.array([[0.0, 0.0], [0.3, -0.5]])
    U = configuration_potential(Harmonic(0.7), HarmonicPair(0.4), N, 2)
    softer = configuration_potential(Harmonic(0.6), HarmonicPair(0.4), N, 2)
    words = dict(num_space=2, **SCALES)
    for residual in (conditional_hamilton_jacobi_residual, conditional_schrodinger_residual):
        np.testing.assert_allclose(residual(cluster, x_cm, q, TIME, U, **words), 0.0, atol=1e-11)
        assert np.min(np.abs(residual(cluster, x_cm, q, TIME, softer, **words))) > 0.01
    seen = conditional_continuity_residual(cluster, x_cm, q, TIME, **words)
    np.testing.assert_allclose(seen, 0.0, atol=1e-11)


NUM_STEPS = (16, 32, 64, 128)
TIMES = np.linspace(0.0, 0.8, NUM_STEPS[-1] + 1)


def _summed(paths, every):
    """Sums over the steps of all increments, with steps of `every` times the smallest one."""
    x = np.array([[[0.2], [-0.5]]] * paths.shape[1])
    terms = conditional_increments(ENTANGLED, x, paths[::every], TIMES[::every], chain, **SCALES)
    return type(terms)(*(np.asarray(f).sum(axis=0) for f in terms))


@pytest.fixture(scope="module")
def guided():
    start = ENTANGLED.sample(4, np.random.default_rng(2))
    paths = bohm_paths(ENTANGLED, start, TIMES, masses=MASS, hbar=HBAR, rtol=1e-10, atol=1e-12).Q
    return [_summed(paths, NUM_STEPS[-1] // n) for n in NUM_STEPS]


@pytest.fixture(scope="module")
def diffusing():
    start = ENTANGLED.sample(400, np.random.default_rng(3))
    words = dict(masses=MASS, hbar=HBAR, num_steps=NUM_STEPS[-1], method="euler_maruyama")
    paths = nelson_paths(ENTANGLED, start, TIMES, jax.random.key(4), **words)
    return [_summed(paths, NUM_STEPS[-1] // n) for n in NUM_STEPS]


def _typical(values):
    """Median size: the changes relative to ψ_cm have heavy tails."""
    return np.median(np.abs(values))


def test_the_increments_are_those_of_psi_itself():
    x, times = np.array([[[0.2], [-0.5]]] * 2), np.array([0.1, 0.35])
    paths = np.stack([Q, Q + 0.3])
    start, end = (
        np.asarray(derivatives(ENTANGLED, moved_together(q, x).reshape(-1, N), t, 1).log_psi)
        for q, t in zip(paths, times, strict=True)
    )
    seen = conditional_increments(ENTANGLED, x, paths, times, chain, **SCALES)
    expected = (np.exp(end - start) - 1.0).reshape(2, 2)
    np.testing.assert_allclose(seen.actual[0], expected, rtol=1e-12)


def test_along_guided_paths_the_conditional_schroedinger_equation_holds_to_first_order(guided):
    error = [_typical(d.actual - d.hamiltonian - d.guided) for d in guided]
    assert convergence_order(1.0 / np.array(NUM_STEPS), error) == pytest.approx(1.0, abs=0.1)
    assert error[-1] < 0.01 * _typical(guided[-1].actual)
    # On a path without noise the steps are those of the velocity, and Itô's term has no place.
    assert _typical(guided[-1].transport - guided[-1].guided) < 0.02 * _typical(guided[-1].guided)
    assert _typical(guided[-1].ito) > 0.2 * _typical(guided[-1].actual)


def test_along_diffusions_it_holds_with_the_ito_term_to_order_one_half(diffusing):
    steps = 1.0 / np.array(NUM_STEPS)
    error = [_typical(d.actual - d.hamiltonian - d.transport - d.ito) for d in diffusing]
    assert convergence_order(steps, error) == pytest.approx(0.5, abs=0.1)
    symmetric = [_typical(d.actual - d.hamiltonian - d.symmetric) for d in diffusing]
    assert convergence_order(steps, symmetric) == pytest.approx(1.0, abs=0.1)
    assert symmetric[-1] < 0.02 * _typical(diffusing[-1].actual)


def test_along_diffusions_it_does_not_hold_without_the_ito_term(diffusing):
    steps = 1.0 / np.array(NUM_STEPS)
    for missing in ("transport", "guided"):
        error = [_typical(d.actual - d.hamiltonian - getattr(d, missing)) for d in diffusing]
        assert abs(convergence_order(steps, error)) < 0.1, missing
        assert error[-1] > 0.2 * _typical(diffusing[-1].actual), missing


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`paths` must have shape"):
        conditional_increments(ENTANGLED, X_CM, Q[None], [0.0, 0.1], chain, **SCALES)
    with pytest.raises(ValueError, match="`x_cm` must have shape"):
        conditional_hamilton_jacobi_residual(anything, X_CM[0], Q, TIME, chain, **SCALES)
    with pytest.raises(ValueError, match="`hbar` must be positive"):
        conditional_continuity_residual(anything, X_CM, Q, TIME, mass=MASS, hbar=0.0)
    with pytest.raises(ValueError, match=r"`mass` is 2\.0, but that of `psi`"):
        conditional_schrodinger_residual(ENTANGLED, X_CM, Q, TIME, chain, mass=2.0, hbar=HBAR)
