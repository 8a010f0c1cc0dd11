"""A step must not leap over the meeting of packets, however short it is."""

import numpy as np
import pytest

from zitter.trajectories._packet_velocity import longest_steps, packet_table
from zitter.trajectories.bohm import bohm_paths, quantile_map
from zitter.wavefunctions.gaussian import GaussianPacket, Superposition
from zitter.wavefunctions.identical import Product

TIMES = np.array([0.0, 2.5])


def heavy_orbital(mass: float) -> Superposition:
    """The centre of mass of `mass` particles, all on the left or all on the right."""
    width = np.full((2, 1), 1.0 / np.sqrt(mass))
    packets = GaussianPacket(width, [[-6.0], [6.0]], [[5.0 * mass], [-5.0 * mass]], mass=mass)
    return Superposition(packets, [1.0, 1.0])


@pytest.mark.parametrize("mass", [1.0, 100.0, 1000.0])
def test_no_path_leaps_over_the_fringes_of_a_heavy_particle(mass):
    orbital = heavy_orbital(mass)
    start = np.array([-6.03, 5.98])
    paths = bohm_paths(orbital, start[:, None], TIMES, masses=np.array([mass]))
    exact = quantile_map(orbital, start, TIMES)[-1]
    assert np.max(np.abs(paths.Q[-1][:, 0] - exact)) < 1e-4
    assert np.all(np.sign(paths.Q[-1][:, 0]) == np.sign(start))


def test_the_longest_step_is_the_time_in_which_packets_pass():
    table = packet_table(heavy_orbital(4.0))
    assert longest_steps(table, together=False) == pytest.approx([(0.5 + 0.5) / 10.0])


def test_packets_that_do_not_approach_allow_any_step():
    packets = GaussianPacket(np.ones((2, 1)), [[-6.0], [6.0]], [[1.0], [1.0]])
    assert longest_steps(packet_table(Superposition(packets, [1.0, 1.0])), False) == np.inf
    absent = GaussianPacket(np.ones((2, 1)), [[-6.0], [6.0]], [[1.0], [-1.0]])
    assert longest_steps(packet_table(Superposition(absent, [1.0, 0.0])), False) == np.inf


def test_a_product_of_very_many_particles_needs_no_matrix_of_them():
    num = 20_000
    packets = GaussianPacket(np.ones((num, 1, 1)), momentum=np.ones((num, 1, 1)))
    psi = Product(Superposition(packets, np.ones((num, 1))))
    paths = bohm_paths(psi, np.zeros((1, num)), TIMES, masses=1.0)
    assert np.allclose(paths.Q[-1], TIMES[-1])
