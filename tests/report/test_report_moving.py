"""Moving pictures: what they hold, as a part of a page, and as a film."""

import shutil

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from zitter.report.film import write_film
from zitter.report.interactive import moving_html, player
from zitter.scenarios.moving import MOST_FRAMES, Curve, Dots, Moving, Shade, frames_of, riding
from zitter.scenarios.style import BLUE, RED

X = np.linspace(-2.0, 2.0, 9)
TIMES = np.linspace(0.0, 1.0, 4)
BUMP = np.exp(-((X - TIMES[:, None]) ** 2))
CURVE = Curve("density", X, BUMP, BLUE)
LINE = Moving(
    "A bump", ("x", "density"), ("0", "1", "2", "3"), "ps",
    (CURVE, Dots("paths", riding(CURVE, TIMES[:, None] + [-0.5, 0.5]), RED, trail=True)),
)  # fmt: skip
PLANE = Moving("", ("x", "y"), ("0", "1"), "", (Shade("f", X, X[:5], np.ones((2, 9, 5))),), True)
SPACE = Moving(
    "", ("x", "y", "z"), ("0", "1"), "", (Dots("bodies", np.arange(12.0).reshape(2, 2, 3), BLUE),)
)


def values(array):
    return np.asarray(array, dtype=float)


def test_each_time_is_a_frame_with_the_data_of_that_time():
    figure = player(LINE)
    assert [frame.name for frame in figure.frames] == list(LINE.times)
    for index, frame in enumerate(figure.frames):
        curve, dots, way = frame.data
        np.testing.assert_allclose(values(curve.y), BUMP[index], rtol=1e-6)
        np.testing.assert_allclose(values(dots.x), TIMES[index] + np.array([-0.5, 0.5]), rtol=1e-6)
        assert np.sum(np.isfinite(values(way.x))) == 2 * (index + 1)
    assert len(figure.layout.sliders[0].steps) == len(LINE.times)


def test_dots_ride_on_their_curve():
    position = LINE.layers[1].position
    for index in range(len(TIMES)):
        np.testing.assert_allclose(
            position[index, :, 1], np.interp(position[index, :, 0], X, BUMP[index])
        )


def test_the_limits_hold_all_layers_at_all_times():
    (x_low, x_high), (y_low, y_high) = LINE.limits
    assert x_low < X[0]
    assert x_high > X[-1]
    assert y_low <= 0.0
    assert y_high > BUMP.max()
    assert PLANE.limits == [(-2.0, 2.0), (-2.0, 0.0)]


def test_a_plane_is_a_shade_and_space_a_scene():
    assert isinstance(player(PLANE).data[0], go.Heatmap)
    assert values(player(PLANE).data[0].z).shape == (5, 9)
    assert isinstance(player(SPACE).data[0], go.Scatter3d)


def test_many_times_are_thinned_from_the_first_to_the_last():
    shown = frames_of(1000)
    assert len(shown) == MOST_FRAMES
    assert (shown[0], shown[-1]) == (0, 999)
    np.testing.assert_array_equal(frames_of(3), [0, 1, 2])


def test_the_html_holds_its_script_and_does_not_start_by_itself():
    html = moving_html(LINE, "moving")
    assert "cdn.plot.ly" not in html.split("<script")[1][:200]
    assert len(html) > 1_000_000
    assert "Plotly.animate('moving', null)" not in html


@pytest.mark.parametrize("moving", [LINE, PLANE, SPACE])
def test_a_film_has_a_picture_for_each_time(moving, tmp_path):
    file = write_film(moving, tmp_path / "film.gif")
    with Image.open(file) as film:
        assert film.n_frames == len(moving.times)


def test_a_film_of_another_kind_is_refused(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"ends in \.gif or \.mp4"):
        write_film(LINE, tmp_path / "film.avi")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ValueError, match="needs ffmpeg"):
        write_film(LINE, tmp_path / "film.mp4")
