"""Several runs on one page: what the table says of them, what is refused, and in a browser."""

import shutil

import pytest
import xarray as xr

import zitter
from zitter.report.runs_page import largest_changes, status_of, write_runs_page
from zitter.scenarios.sweeping import run_sweep

PAIR = 'kind = "bodies"\ntitle = "Two <masses>"\nnum_samples = 11\nend = 2.0\n'
CAT = 'kind = "centre_of_mass"\nnum_particles = 2\nnum_runs = 6\nnum_samples = 4\nseed = 7\n'


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    zitter.run_scenario(PAIR, place / "pair")
    zitter.run_scenario(PAIR.replace("2.0", "3.0"), place / "longer")
    zitter.run_scenario(CAT, place / "condensate")
    return place


@pytest.fixture(scope="module")
def page_file(runs, tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "runs.html"
    return write_runs_page([runs / name for name in ("pair", "longer", "condensate")], file)


def test_a_change_is_relative_to_the_start_and_one_from_zero_is_itself():
    q = ("time", [2.0, 2.0, 1.0])
    species = (("time", "species"), [[1.0, 0.0], [1.0, 0.25], [1.5, 0.0]])
    data = xr.DataTree.from_dict(
        {"field": xr.Dataset({"energy": q, "number": species}), "bodies": xr.Dataset({"energy": q})}
    )
    assert largest_changes(data) == {"energy": 0.5, "number": 0.5, "energy of bodies": 0.5}
    species = (("time", "species"), [[4.0, 0.0], [4.0, 2.0], [4.0, 0.0]])
    started_empty = xr.DataTree.from_dict({"field": xr.Dataset({"number": species})})
    assert largest_changes(started_empty) == {"number": 2.0}


def test_a_method_that_stops_to_hold_is_a_part_of_the_status():
    status = ("time", ["ok", "ok", "caustic"])
    field = xr.Dataset({"status": status}, {"time": ("time", [0.0, 0.5, 1.0], {"unit": "ps"})})
    data = xr.DataTree.from_dict({"field": field})
    assert status_of(data) == "finished; caustic from t = 1 ps on"
    assert status_of(data.isel(time=slice(0, 2))) == "finished"


def test_the_page_holds_each_run_once_and_plotly_once(page_file, runs):
    page = page_file.read_text("utf-8")
    assert [page.count(f'id="section-{n}"') for n in range(4)] == [1, 1, 1, 0]
    assert [page.count(f'id="moving-{n}"') for n in range(3)] == [1, 1, 1]
    assert page.count("plotly.js v") == 1
    assert "Two &lt;masses&gt;" in page
    assert "end: 2.0 → 3.0" in page
    assert not (runs / "pair" / "figures").exists()


def test_a_run_that_is_named_twice_is_shown_once(runs, tmp_path):
    file = write_runs_page([runs / "condensate", runs / "condensate"], tmp_path / "one.html")
    assert "One run." in file.read_text("utf-8")


def test_what_is_no_finished_run_is_refused_in_a_sentence(runs, tmp_path):
    page = tmp_path / "page.html"
    with pytest.raises(ValueError, match="needs at least one run: zitter report runs/a"):
        write_runs_page([], page)
    with pytest.raises(ValueError, match=r"There is no run in .*nothing\.$"):
        write_runs_page([tmp_path / "nothing"], page)
    with pytest.raises(ValueError, match=r"There is no run in .*Its folders are runs: zitter rep"):
        write_runs_page([runs], page)
    with pytest.raises(ValueError, match=r"A page ends in \.html, but page\.pdf does not"):
        write_runs_page([runs / "pair"], tmp_path / "page.pdf")
    assert not page.exists()


def test_a_run_that_is_not_finished_and_a_sweep_are_refused(runs, tmp_path):
    cut = tmp_path / "cut"
    shutil.copytree(runs / "condensate", cut)
    text = (cut / "progress.json").read_text("utf-8")
    (cut / "progress.json").write_text(text.replace('"finished": true', '"finished": false'))
    with pytest.raises(ValueError, match=r"run in .*cut is not finished: zitter resume .*cut"):
        write_runs_page([cut], tmp_path / "page.html")
    run_sweep('kind = "bodies"\nnum_samples = 3', {"seed": [0]}, tmp_path / "swept", workers=1)
    with pytest.raises(ValueError, match=r"It is a sweep: name its runs, .*swept/runs/0000"):
        write_runs_page([tmp_path / "swept"], tmp_path / "page.html")


def test_the_page_is_sorted_filtered_and_moved_without_a_network(visit, slide, page_file):
    page = visit(page_file)
    width = page.viewport_size["width"]
    page.wait_for_selector("#moving-2 .slider-rail-touch-rect", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("Math.min(...[...document.images].map((i) => i.naturalWidth))") > 100
    if width > 760:
        page.click("#overview th:nth-child(5) button")
        page.click("#overview th:nth-child(5) button")
        seeds = page.locator("#overview tbody tr td:nth-child(5)").all_inner_texts()
        assert seeds == ["7", "0", "0"]
    page.click(".chip[value='bodies']")
    assert page.locator("#overview tbody tr:visible").count() == 2
    assert page.locator("section.claim:visible").count() == 2
    assert page.locator("#shown").inner_text() == "2 of 3 runs"
    for n in (0, 1):
        slide(page, f"moving-{n}")
