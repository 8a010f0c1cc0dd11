"""The picture of paths over |ψ|² of one body on a line."""

import numpy as np
import pytest

import zitter

TIMES = [0.0, 1.0, 2.0]


@pytest.fixture
def packet():
    return zitter.GaussianPacket(width=1.0, centre=0.0, momentum=3.0)


def test_the_shade_is_the_root_of_the_density_and_each_path_a_line(packet):
    paths = np.array([[[-1.0], [0.5]], [[2.0], [3.5]], [[5.0], [6.5]]])
    panel = zitter.draw_paths(packet, TIMES, paths, unit=("s", "m")).axes[0]
    x = panel.collections[0].get_coordinates()[:, 0, 1]
    middle = 0.5 * (x[1:] + x[:-1])
    drawn = panel.collections[0].get_array()
    highest = middle[np.argmax(drawn, axis=0)]
    np.testing.assert_allclose(highest, [0.0, 3.0, 6.0], atol=2.0 * (x[1] - x[0]))
    assert drawn.max() == pytest.approx((2.0 * np.pi) ** -0.25, rel=1e-3)
    np.testing.assert_array_equal([line.get_ydata() for line in panel.lines], paths[..., 0].T)
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("time [s]", "position [m]")


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (np.zeros((3, 2)), r"`paths` must have shape \(3, any, 1\)"),
        (np.zeros((2, 4, 1)), r"`paths` must have shape \(3, any, 1\)"),
        (np.full((3, 4, 1), np.nan), "`paths` must be finite"),
        (np.zeros((3, 0, 1)), "`paths` holds no path"),
        (np.zeros((3, 2, 1)), "`paths` never leave one point"),
    ],
)
def test_paths_that_cannot_be_drawn_are_refused(packet, paths, said):
    with pytest.raises(ValueError, match=said):
        zitter.draw_paths(packet, TIMES, paths)
