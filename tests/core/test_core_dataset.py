import json

import numpy as np
import pytest
import xarray as xr

import zitter
from zitter.core import dataset
from zitter.core.dataset import open_dataset, provenance, save


def example():
    return xr.Dataset(
        {
            "psi": ("x", np.array([1 + 2j, -0.0 - 1j, np.pi]), {"unit": "1/length^(1/2)"}),
            "count": (("x", "state"), np.arange(6).reshape(3, 2)),
            "force": ("x", np.array([1.5, np.nan, -np.inf])),
            "label": ("state", ["bosons", "fermions ψ"]),
        },
        coords={"x": [0.0, 0.1, 0.2], "state": ["a", "bc"]},
        attrs={"seed": np.int64(3), "masses": np.array([1.0, 2.5]), "nested": {"preset": "quick"}},
    )


def test_a_dataset_comes_back_as_it_was(tmp_path):
    data = example()
    back = open_dataset(save(data, tmp_path / "deep" / "result.zarr"))
    assert isinstance(back, xr.Dataset)
    xr.testing.assert_equal(back, data)
    assert back["psi"].dtype == np.complex128
    assert np.signbit(back["psi"].values[1].real)
    assert back["psi"].attrs == {"unit": "1/length^(1/2)"}
    assert back.attrs == {"seed": 3, "masses": [1.0, 2.5], "nested": {"preset": "quick"}}
    assert float(back.sel(state="bc")["count"][2]) == 5


def test_a_tree_comes_back_as_it_was(tmp_path):
    tree = xr.DataTree.from_dict(
        {"/": xr.Dataset(attrs={"a": 1}), "/L17": example(), "/b/c": example()}
    )
    back = open_dataset(save(tree, tmp_path / "tree.zarr"))
    assert isinstance(back, xr.DataTree)
    xr.testing.assert_equal(back, tree)
    assert back.attrs == {"a": 1}
    assert back["L17"].attrs["seed"] == 3


def test_saving_again_replaces_the_old_result_and_leaves_nothing_beside(tmp_path):
    save(example(), tmp_path / "r.zarr")
    save(example().isel(x=slice(0, 2)), tmp_path / "r.zarr")
    assert open_dataset(tmp_path / "r.zarr").sizes["x"] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["r.zarr"]


def test_a_write_that_fails_leaves_the_old_result(tmp_path):
    save(example(), tmp_path / "r.zarr")
    broken = example().isel(x=slice(0, 2))
    broken.attrs["unfit"] = object()
    with pytest.raises(TypeError):
        save(broken, tmp_path / "r.zarr")
    assert open_dataset(tmp_path / "r.zarr").sizes["x"] == 3
    assert [p.name for p in tmp_path.iterdir()] == ["r.zarr"]


def test_a_rename_that_fails_restores_the_old_result(tmp_path, monkeypatch):
    save(example(), tmp_path / "r.zarr")
    rename = dataset.os.rename

    def failing(source, target):
        if ".new-" in str(source):
            raise OSError("disk gone")
        rename(source, target)

    monkeypatch.setattr(dataset.os, "rename", failing)
    with pytest.raises(OSError, match="disk gone"):
        save(example().isel(x=[0]), tmp_path / "r.zarr")
    assert open_dataset(tmp_path / "r.zarr").sizes["x"] == 3


def test_provenance_says_where_a_result_comes_from(tmp_path):
    record = provenance(7, "quick")
    assert record == json.loads(json.dumps(record))
    assert record["version"] == zitter.__version__
    assert (record["seed"], record["preset"]) == (7, "quick")
    assert {"jax", "numpy", "zarr"} <= set(record["packages"])
    assert record["started"].endswith("+00:00")
    assert {"commit", "device", "python"} <= set(record)
    assert open_dataset(save(xr.Dataset(attrs=record), tmp_path / "p.zarr")).attrs == record


def test_there_is_no_commit_outside_a_checkout(tmp_path):
    assert dataset._commit(tmp_path) is None


def test_bad_input_gets_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="must be a Dataset or a DataTree, but is a dict"):
        save({"a": 1}, tmp_path / "r.zarr")
    (tmp_path / "file").write_text("text")
    with pytest.raises(ValueError, match="is a file"):
        save(example(), tmp_path / "file")
    with pytest.raises(ValueError, match="has no zarr"):
        open_dataset(tmp_path / "missing.zarr")
