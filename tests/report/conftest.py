"""Pages in a real browser, where Debian's chromium is installed."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desk", "phone"])
def visit(browser, request):
    """Function file -> open page, which must have no error and ask no network until the end."""
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    page.asked, page.said, page.errors = [], [], []
    page.on("request", lambda r: page.asked.append(r.url))
    page.on("console", lambda m: (page.errors if m.type == "error" else page.said).append(m.text))
    page.on("pageerror", lambda e: page.errors.append(str(e)))

    def opened(file):
        page.goto(file.as_uri())
        return page

    yield opened
    page.close()
    assert page.errors == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.fixture
def slide():
    """Function page, name -> None: the slider of a moving picture put into its middle."""

    def slid(page, name):
        rail = page.locator(f"#{name} .slider-rail-touch-rect")
        rail.scroll_into_view_if_needed()
        box = rail.bounding_box()
        x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"]
        first_point = f"document.getElementById('{name}')._fullData[0].x[0]"
        before = page.evaluate(first_point)
        page.mouse.click(x, y, delay=50)
        page.wait_for_function(f"{first_point} !== {before}")

    return slid
