"""A result that grows in pieces is the same whichever pieces were written together."""

import numpy as np
import pytest
import xarray as xr

from zitter.core import growing
from zitter.core.dataset import open_dataset
from zitter.core.growing import GrowingResult, is_finished

LENGTHS, CELLS = (3, 1, 600, 2), 80


def piece(start: int, num: int) -> xr.Dataset:
    """Variables of each kind: numbers of every size, text, large rows, an axis in the middle."""
    time = np.arange(start, start + num)
    wide = np.sin(np.outer(time, np.arange(float(CELLS))))
    return xr.Dataset(
        {
            "energy": ("time", 1.0 / (1.0 + time), {"unit": "J", "size": np.float64(2.0)}),
            "few": ("time", time.astype(np.float32)),
            "right": ("time", time % 2 == 0),
            "psi": (("x", "time"), np.exp(1j * np.outer(np.arange(4), time))),
            "status": ("time", np.where(time < 5, "ok", "a caustic")),
            "field": (("time", "cell"), wide),
            "once": (("x", "cell"), wide[:1] * 0.0 + np.arange(4.0)[:, None]),
            "mass": ((), 2.5),
        },
        {
            "time": time,
            "x": [0, 1, 2, 3],
            "place": ("x", ["a", "b", "c", "d"]),
            "frame": ("time", -time),
        },
        {"about": np.int64(3)},
    )  # fmt: skip


def pieces() -> list[xr.Dataset]:
    starts = np.cumsum([0, *LENGTHS[:-1]])
    return [piece(*both) for both in zip(starts.tolist(), LENGTHS, strict=True)]


def written(folder, together: int, monkeypatch) -> GrowingResult:
    monkeypatch.setattr(GrowingResult, "is_due", lambda self: len(self.waiting) >= together)
    result = GrowingResult(folder, {"what": "test"})
    result.start({"title": "t", "num": np.int64(2)})
    for n, data in enumerate(pieces()):
        result.append({"run": (data, "time")}, {"n": np.array(n)}, last=n + 1 == len(LENGTHS))
    return result


def opened(result: GrowingResult) -> xr.DataTree:
    return xr.open_datatree(result.path, engine="zarr", consolidated=False)


def test_what_is_read_is_what_the_pieces_hold(tmp_path, monkeypatch):
    result = written(tmp_path, 1, monkeypatch)
    tree = opened(result)
    whole = xr.concat(pieces(), "time", data_vars="minimal", coords="minimal", compat="override")
    found = open_dataset(result.path)["run"].to_dataset()
    xr.testing.assert_identical(found.drop_attrs(), whole.drop_attrs())
    assert set(found.coords) == {"time", "x", "place", "frame"}
    assert found.energy.attrs == {"unit": "J", "size": 2.0}
    assert found.attrs["about"] == 3
    assert tree.attrs == {"title": "t", "num": 2}
    assert {name: found[name].dtype for name in ("few", "right", "psi", "field")} == {
        "few": np.float32, "right": np.bool_, "psi": np.complex128, "field": np.float64,
    }  # fmt: skip


@pytest.mark.parametrize("together", [2, 3, 99])
def test_the_files_are_the_same_whichever_pieces_were_written_together(
    tmp_path, monkeypatch, together
):
    one, other = tmp_path / "one", tmp_path / "other"
    written(one, 1, monkeypatch)
    written(other, together, monkeypatch)
    names = sorted(file.relative_to(one) for file in one.rglob("*") if file.is_file())
    assert names == sorted(file.relative_to(other) for file in other.rglob("*") if file.is_file())
    for name in names:
        if name.name != "progress.json":
            assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert not list(one.glob("state-*"))


def test_pieces_that_wait_are_written_when_the_work_stops_and_the_rest_goes_on(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(GrowingResult, "is_due", lambda self: False)
    cut = GrowingResult(tmp_path / "cut", {"what": "test"})
    cut.start({"title": "t", "num": np.int64(2)})
    some = pieces()
    buffer = np.array([7.0])
    for n in (0, 1):
        cut.append({"run": (some[n], "time")}, {"n": buffer})
    buffer[:] = 8.0
    assert cut.progress.num_pieces == 0
    cut.flush()
    assert cut.progress.num_pieces == 2
    again = GrowingResult(tmp_path / "cut", {"what": "test"})
    np.testing.assert_array_equal(again.state()["n"], [7.0])
    again.start({})
    for n in (2, 3):
        again.append({"run": (some[n], "time")}, {}, last=n == 3)
    assert is_finished(tmp_path / "cut")
    assert again.state() == {}
    whole = written(tmp_path / "whole", 1, monkeypatch)
    assert opened(again).load().identical(opened(whole).load())


def test_what_was_not_counted_is_cut_off_and_its_place_is_written_again(tmp_path, monkeypatch):
    monkeypatch.setattr(GrowingResult, "is_due", lambda self: True)
    result = GrowingResult(tmp_path / "cut", {"what": "test"})
    result.start({"title": "t", "num": np.int64(2)})
    some = pieces()
    result.append({"run": (some[0], "time")}, {})
    count = GrowingResult._count
    monkeypatch.setattr(GrowingResult, "_count", lambda *_: None)
    wrong = some[2].assign(energy=-some[2].energy)
    result.append({"run": (wrong, "time"), "late": (wrong, "time")}, {})
    monkeypatch.setattr(GrowingResult, "_count", count)
    again = GrowingResult(tmp_path / "cut", {"what": "test"})
    again.start({})
    assert opened(again)["run"].sizes["time"] == LENGTHS[0]
    assert "late" not in opened(again)
    for n in (1, 2, 3):
        again.append({"run": (some[n], "time")}, {}, last=n == 3)
    whole = written(tmp_path / "whole", 1, monkeypatch)
    assert opened(again).load().identical(opened(whole).load())


def test_a_piece_waits_twenty_times_as_long_as_the_last_one_took_to_write(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(growing.time, "monotonic", lambda: clock[0])
    result = GrowingResult(tmp_path, {"what": "test"})
    result.start({})
    result.waiting = [{}]
    for now, due in ((0.0, False), (0.99, False), (1.0, True)):
        clock[0] = now
        assert result.is_due() is due
    result._cost, result._written = 0.01, 1.0
    clock[0] = 1.19
    assert not result.is_due()
    clock[0] = 1.21
    assert result.is_due()
    result._cost = 10.0
    clock[0] = 3.0
    assert result.is_due()


def test_large_pieces_do_not_wait(tmp_path):
    result = GrowingResult(tmp_path, {"what": "test"})
    result.start({})
    data = xr.Dataset({"a": (("time", "x"), np.zeros((3, growing.MOST_WAITING // 16)))})
    result.append({"run": (data, "time")}, {})
    assert result.progress.num_pieces == 1


def test_a_piece_of_other_dimensions_is_refused(tmp_path):
    result = GrowingResult(tmp_path, {"what": "test"})
    result.start({})
    data = xr.Dataset({"a": (("time", "x"), np.zeros((3, 2)))})
    result.append({"run": (data, "time")}, {})
    result.append({"run": (data.transpose("x", "time"), "time")}, {})
    with pytest.raises(ValueError, match="run/a has other dimensions than in the first piece"):
        result.flush()


@pytest.mark.parametrize("name", ["progress.json", "state-2.npz"])
@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"version": "1"}'])
def test_a_damaged_run_is_told_in_a_sentence(tmp_path, monkeypatch, name, damage):
    monkeypatch.setattr(GrowingResult, "is_due", lambda self: True)
    result = GrowingResult(tmp_path, {"what": "test"})
    result.start({})
    for data in pieces()[:2]:
        result.append({"run": (data, "time")}, {"n": np.array(3)})
    (tmp_path / name).write_bytes(damage)
    with pytest.raises(ValueError, match=f"{name} is damaged or missing"):
        GrowingResult(tmp_path, {"what": "test"}).state()


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "run").write_text("")
    for folder in (tmp_path / "run", tmp_path / "run" / "inside"):
        with pytest.raises(ValueError, match="is, or lies in, a file"):
            GrowingResult(folder, {"what": "test"})
