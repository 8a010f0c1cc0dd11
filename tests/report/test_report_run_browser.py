"""The page of a run in a real browser, where Debian's chromium is installed."""

import pytest

from zitter.report.run_page import film_of, write_pictures
from zitter.scenarios.running import run_scenario

SCENARIO = 'kind = "bodies"\ntitle = "Two masses"\nnum_samples = 11\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "two"
    run_scenario(SCENARIO, folder)
    write_pictures(folder)
    return folder


def test_a_run_has_a_film(run):
    assert film_of(run, run / "film.gif").stat().st_size > 1000


def test_the_slider_moves_and_a_layer_can_be_taken_away(visit, slide, run):
    page = visit(run / "index.html")
    page.wait_for_selector("#moving .slider-rail-touch-rect", state="attached")
    marks = page.locator("#moving .slider-labels").bounding_box()
    play = page.locator("#moving .updatemenu-button").first.bounding_box()
    assert play["y"] > marks["y"] + marks["height"]
    slide(page, "moving")
    page.locator("#moving .legendtoggle").first.click()
    page.wait_for_function("document.getElementById('moving').data[0].visible === 'legendonly'")
