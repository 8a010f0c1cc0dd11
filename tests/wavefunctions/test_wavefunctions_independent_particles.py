import numpy as np
import pytest

from zitter.core.checks import ValidityError
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.independent_particles import (
    Amplitude,
    cm_purity_iid,
    fisher_information,
    mutual_information_iid,
    packet_amplitude,
    phase_space_covariance,
)

OSCILLATOR = Amplitude(lambda x: x * np.exp(-0.5 * x**2), (-12.0, 12.0))


def _gaussian(time=0.7):
    packet = GaussianPacket([[1.1]], [[1.0]], [[2.0]], [[0.5]])
    return packet_amplitude(Superposition(packet, [1.0]), time)


def _humps():
    packets = GaussianPacket([[1.0], [1.0]], [[-3.0], [3.0]], [[1.0], [-1.0]])
    return packet_amplitude(Superposition(packets, [1.0, 1.0]), 0.4)


def test_fisher_information_of_known_densities():
    assert abs(fisher_information(OSCILLATOR) - 6.0) < 1e-12
    sigma2 = phase_space_covariance(_gaussian())[0, 0]
    assert abs(fisher_information(_gaussian()) * sigma2 - 1.0) < 1e-12
    sech = Amplitude(lambda x: 1.0 / np.cosh(x), (-40.0, 40.0))
    assert abs(fisher_information(sech) - 4.0 / 3.0) < 1e-10


def test_fisher_information_of_a_real_state_is_its_momentum_variance():
    covariance = phase_space_covariance(OSCILLATOR, hbar=0.7)
    np.testing.assert_allclose(covariance, np.diag([1.5, 1.5 * 0.49]), atol=1e-12)
    assert abs(4.0 * covariance[1, 1] / 0.49 - fisher_information(OSCILLATOR)) < 1e-12


def test_a_gaussian_packet_keeps_the_area_of_phase_space():
    for time in (0.0, 0.7, 2.0):
        determinant = np.linalg.det(phase_space_covariance(_gaussian(time), hbar=1.0))
        assert abs(determinant - 0.25) < 1e-10


def test_fisher_information_and_covariance_scale_with_the_unit_of_length():
    wide = Amplitude(lambda x: OSCILLATOR.phi(x / 3.0), (-36.0, 36.0))
    assert abs(9.0 * fisher_information(wide) - fisher_information(OSCILLATOR)) < 1e-10
    assert abs(phase_space_covariance(wide)[0, 0] / 9.0 - 1.5) < 1e-10


@pytest.mark.parametrize("num_particles", [1, 2, 50, 100])
def test_gaussian_orbitals_leave_the_centre_of_mass_pure_and_independent(num_particles):
    assert abs(cm_purity_iid(_gaussian(), num_particles) - 1.0) < 1e-10
    if num_particles > 1:
        rng = np.random.default_rng(0)
        information = mutual_information_iid(_gaussian(), num_particles, rng, 5)
        assert abs(information.value) < 1e-10


def test_the_purity_of_two_particles_is_that_of_their_two_body_state():
    x = np.linspace(-15.0, 15.0, 301)
    dx = x[1] - x[0]
    for amplitude in (OSCILLATOR, _humps()):
        centre, gap = x[:, None], x[None, :]
        psi = amplitude.phi(centre + 0.5 * gap) * amplitude.phi(centre - 0.5 * gap)
        psi = psi / np.sqrt(np.sum(np.abs(psi) ** 2)) / dx
        reduced = psi @ np.conj(psi).T * dx
        assert abs(cm_purity_iid(amplitude, 2) - np.sum(np.abs(reduced) ** 2) * dx**2) < 1e-8
    assert abs(cm_purity_iid(OSCILLATOR, 2) - 0.5) < 1e-10


def test_the_purity_tends_to_the_area_of_the_phase_space_ellipse():
    limit = 0.5 / np.sqrt(np.linalg.det(phase_space_covariance(OSCILLATOR)))
    assert abs(limit - 1.0 / 3.0) < 1e-12
    error = [abs(cm_purity_iid(OSCILLATOR, n) - limit) for n in (63, 64, 128, 512)]
    assert error[-1] < 2e-4
    assert abs(error[2] / error[3] - 4.0) < 0.1
    assert abs(error[0] / error[1] - 64.0 / 63.0) < 1e-3


def test_the_purity_of_one_particle_is_one():
    for amplitude in (OSCILLATOR, _humps()):
        assert abs(cm_purity_iid(amplitude, 1) - 1.0) < 1e-10


def test_mutual_information_rises_to_half_the_logarithm_of_the_fisher_ratio():
    rng = np.random.default_rng(1)
    limit = 0.5 * np.log(1.5 * fisher_information(OSCILLATOR))
    assert abs(limit - np.log(3.0)) < 1e-10
    few = mutual_information_iid(OSCILLATOR, 8, rng, 200)
    many = mutual_information_iid(OSCILLATOR, 128, rng, 200, 601)
    assert abs(few.value - 0.958) < 4.0 * few.standard_error
    assert abs(many.value - 1.069) < 4.0 * many.standard_error
    assert few.value < many.value < limit


def test_mutual_information_of_two_particles_equals_the_direct_integral():
    x = np.linspace(-9.0, 9.0, 901)
    dx = x[1] - x[0]
    centre, gap = np.meshgrid(x, x, indexing="ij")
    joint = np.abs(OSCILLATOR.phi(centre + 0.5 * gap) * OSCILLATOR.phi(centre - 0.5 * gap)) ** 2
    joint /= joint.sum() * dx**2
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0)) * dx**2
    inside = joint > 0.0
    want = np.sum(joint[inside] * np.log(joint[inside] / product[inside])) * dx**2
    got = mutual_information_iid(OSCILLATOR, 2, np.random.default_rng(2), 400)
    assert abs(got.value - want) < 4.0 * got.standard_error
    assert got.standard_error < 0.03


def test_bad_input_is_answered_with_a_sentence():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="`num_particles` must be a whole number, at least 2"):
        mutual_information_iid(OSCILLATOR, 1, rng)
    with pytest.raises(ValueError, match="`num_particles` must be a whole number"):
        cm_purity_iid(OSCILLATOR, 0)
    with pytest.raises(ValueError, match="single orbital on a line"):
        packet_amplitude(Superposition(GaussianPacket([[1.0, 1.0]]), [1.0]))
    with pytest.raises(ValidityError, match="does not vanish at the ends"):
        fisher_information(Amplitude(OSCILLATOR.phi, (-1.0, 1.0)))
    fast = Amplitude(lambda x: np.exp(-(x**2) + 1j * 300.0 * x**2), (-9.0, 9.0))
    with pytest.raises(ValidityError, match="oscillates too fast"):
        fisher_information(fast, 256)
