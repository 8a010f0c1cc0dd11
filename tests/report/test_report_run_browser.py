"""The page of a run in a real browser, where Debian's chromium is installed."""

import shutil

import pytest

from zitter.report.run_page import film_of, write_pictures
from zitter.scenarios.running import run_scenario

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

SCENARIO = 'kind = "bodies"\ntitle = "Two masses"\nnum_samples = 11\n'


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "two"
    run_scenario(SCENARIO, folder)
    write_pictures(folder)
    return folder


def test_a_run_has_a_film(run):
    assert film_of(run, run / "film.gif").stat().st_size > 1000


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["desk", "phone"])
def test_the_slider_moves_and_a_layer_can_be_taken_away(run, size):
    from playwright.sync_api import sync_playwright

    complaints, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=dict(width=size[0], height=size[1]))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"file://{run / 'index.html'}")
        page.wait_for_selector("#moving .slider-rail-touch-rect", state="attached")
        first = page.evaluate(X_OF_THE_FIRST_BODY)
        rail = page.locator("#moving .slider-rail-touch-rect")
        rail.scroll_into_view_if_needed()
        box = rail.bounding_box()
        marks = page.locator("#moving .slider-labels").bounding_box()
        play = page.locator("#moving .updatemenu-button").first.bounding_box()
        assert play["y"] > marks["y"] + marks["height"]
        page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], delay=50)
        page.wait_for_function(f"(({X_OF_THE_FIRST_BODY})()) !== {first}")
        page.locator("#moving .legendtoggle").first.click()
        page.wait_for_function("document.getElementById('moving').data[0].visible === 'legendonly'")
        browser.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


X_OF_THE_FIRST_BODY = "() => document.getElementById('moving')._fullData[0].x[0]"
