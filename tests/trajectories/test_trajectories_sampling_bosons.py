import time

import numpy as np
import pytest
from scipy.stats import ks_2samp

from zitter.core.checks import ValidityError
from zitter.trajectories.sampling_bosons import sample_occupation, sample_orthonormal_bosons
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.occupation import OccupationState
from zitter.wavefunctions.overlaps import normalised, orbital_matrices
from zitter.wavefunctions.permanent import Permanent

TIME = 0.4


def _packets(num_orbitals, num_space=1, spread=1.2):
    centre = np.linspace(-spread, spread, num_orbitals)[:, None, None] * np.ones(num_space)
    widths = np.linspace(0.8, 1.1, num_orbitals)[:, None, None] * np.ones(num_space)
    packets = GaussianPacket(widths, centre, -1.2 * centre)
    return Superposition(packets, np.ones((num_orbitals, 1)))


def _orthonormal(num_orbitals, num_space=1):
    single = _packets(num_orbitals, num_space)
    mix = np.linalg.inv(np.linalg.cholesky(np.asarray(orbital_matrices(single).overlap))).conj()
    shape = (num_orbitals, num_orbitals, num_space)
    fields = [
        np.broadcast_to(np.asarray(getattr(single.packets, name))[:, 0], shape)
        for name in ("width", "centre", "momentum")
    ]
    return normalised(Superposition(GaussianPacket(*fields), mix))


def _from_grid(psi, num, rng, reach=6.0, cells=60):
    """Draws from |ψ|² with a point taken uniformly within cells of a grid."""
    edges = np.linspace(-reach, reach, cells + 1)
    middle = 0.5 * (edges[1:] + edges[:-1])
    dof = psi.num_particles * psi.num_space
    Q = np.stack(np.meshgrid(*[middle] * dof, indexing="ij"), axis=-1).reshape(-1, dof)
    density = np.exp(2.0 * np.real(np.asarray(psi.derivatives(Q, TIME, 1).log_psi)))
    chosen = Q[rng.choice(len(Q), size=num, p=density / density.sum())]
    return chosen + rng.uniform(-0.5, 0.5, chosen.shape) * (edges[1] - edges[0])


def _smallest_p_value(one, two):
    statistics = [
        lambda q: q[:, 0],
        lambda q: q.mean(axis=1),
        lambda q: np.ptp(q, axis=1),
        lambda q: np.prod(q, axis=1),
    ]
    return min(ks_2samp(f(one), f(two)).pvalue for f in statistics)


@pytest.mark.parametrize(("occupations", "num_space"), [((1, 1), 1), ((1, 2), 1), ((1, 1), 2)])
def test_occupation_draws_follow_the_density_also_for_overlapping_orbitals(occupations, num_space):
    psi = OccupationState(_packets(2, num_space, 0.9), occupations)
    rng = np.random.default_rng(1)
    cells = 100 if psi.num_particles * num_space == 2 else (50 if num_space == 1 else 24)
    got = sample_occupation(psi, 6000, rng, TIME)
    want = _from_grid(psi, 6000, rng, 6.0, cells)
    assert got.shape == want.shape
    assert _smallest_p_value(got, want) > 1e-3


def test_draws_of_another_occupation_would_be_seen():
    orbitals = _packets(2)
    rng = np.random.default_rng(2)
    one = sample_occupation(OccupationState(orbitals, (1, 2)), 6000, rng, TIME)
    two = sample_occupation(OccupationState(orbitals, (2, 1)), 6000, rng, TIME)
    assert _smallest_p_value(one, two) < 1e-6


@pytest.mark.parametrize(("num_orbitals", "num_space"), [(2, 1), (3, 1), (2, 2)])
def test_orthonormal_bosons_follow_the_density(num_orbitals, num_space):
    orbitals = _orthonormal(num_orbitals, num_space)
    rng = np.random.default_rng(3)
    cells = {2: 100, 3: 50, 4: 24}[num_orbitals * num_space]
    got = sample_orthonormal_bosons(orbitals, 6000, rng, TIME)
    want = _from_grid(Permanent(orbitals), 6000, rng, 6.0, cells)
    assert _smallest_p_value(got, want) > 1e-3


def test_distinguishable_particles_would_be_seen():
    orbitals = _orthonormal(2)
    rng = np.random.default_rng(4)
    bosons = sample_orthonormal_bosons(orbitals, 6000, rng, TIME)
    apart = np.stack(
        [
            sample_occupation(OccupationState(orbitals, n), 6000, rng, TIME)[:, 0]
            for n in np.eye(2, dtype=int)
        ],
        axis=1,
    )
    assert ks_2samp(np.ptp(bosons, axis=1), np.ptp(apart, axis=1)).pvalue < 1e-6


def test_two_exact_samplers_agree():
    orbitals = _orthonormal(2)
    rng = np.random.default_rng(5)
    got = sample_occupation(OccupationState(orbitals, (1, 1)), 6000, rng, TIME)
    assert _smallest_p_value(got, sample_orthonormal_bosons(orbitals, 6000, rng, TIME)) > 1e-3


def test_a_thousand_bosons_in_the_fringes_are_drawn_within_seconds():
    packets = GaussianPacket(1.0, np.zeros((2, 1, 1)), np.array([[[2.0]], [[-2.0]]]))
    psi = OccupationState(Superposition(packets, np.ones((2, 1))), (500, 500))
    rng = np.random.default_rng(6)
    sample_occupation(psi, 1, rng)
    start = time.process_time()
    q = sample_occupation(psi, 2, rng)
    assert time.process_time() - start < 5.0
    # One run shows fringes cos²(2x + α) of a phase of its own: |mean e^(4ix)| = 1/2.
    contrast = np.abs(np.mean(np.exp(4j * q), axis=1))
    np.testing.assert_allclose(contrast, 0.5, atol=0.1)


def test_bad_input_gets_a_sentence():
    rng = np.random.default_rng(7)
    orbitals = _packets(3)
    with pytest.raises(ValueError, match="one or two orbitals"):
        sample_occupation(OccupationState(orbitals, (1, 1, 1)), 5, rng)
    with pytest.raises(ValueError, match="`num` must be a whole number"):
        sample_occupation(OccupationState(orbitals, (1, 1, 0)), 0, rng)
    with pytest.raises(ValidityError, match="overlap by up to"):
        sample_orthonormal_bosons(orbitals, 5, rng)
    with pytest.raises(ValueError, match="stacked Superposition"):
        sample_orthonormal_bosons(orbitals.orbital(0), 5, rng)
    same = orbitals.orbital(np.array([0, 0]))
    with pytest.raises(ValidityError, match="the same to round-off"):
        sample_occupation(OccupationState(same, (1, 1)), 5, rng)
