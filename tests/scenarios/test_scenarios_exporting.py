"""Results as netCDF: the same numbers, read by h5py and xarray alone."""

import h5py
import numpy as np
import pytest
import xarray as xr

import zitter
from zitter.core.dataset import save
from zitter.scenarios.exporting import write_netcdf


@pytest.fixture
def store(tmp_path):
    rng = np.random.default_rng(0)
    psi = rng.normal(size=(6, 4)) + 1j * rng.normal(size=(6, 4))
    about = {"unit": "m", "meaning": "ψ"}
    field = xr.Dataset(
        {
            "psi": (("time", "x"), psi, about),
            "density": (("time", "x"), np.abs(psi) ** 2, about),
            "status": ("time", ["single-valued"] * 6),
            "good": ("time", [True, False] * 3),
            "count": ("time", np.arange(6)),
        },
        {"time": np.arange(6.0), "x": ("x", np.arange(4.0), about)},
    )
    tree = xr.DataTree.from_dict({"/": xr.Dataset(), "/field": field})
    tree.attrs = {"title": "t", "scenario": {"a": [1, 2.5]}, "seed": 3, "commit": None}
    return field, save(tree, tmp_path / "result.zarr")


@pytest.mark.parametrize("block", [2**22, 5])
def test_a_result_is_written_whole_or_in_blocks_with_the_same_numbers(
    store, tmp_path, monkeypatch, block
):
    monkeypatch.setattr("zitter.scenarios.exporting.BLOCK", block)
    field, path = store
    file = write_netcdf(path, tmp_path / "out.nc")
    with xr.open_datatree(file, engine="h5netcdf") as tree:
        read = tree["field"].to_dataset().load()
        assert tree.attrs["scenario"] == '{"a": [1, 2.5]}'
        assert tree.attrs["seed"] == 3
    np.testing.assert_array_equal(read.psi_real + 1j * read.psi_imag, field.psi)
    np.testing.assert_array_equal(read.density, field.density)
    np.testing.assert_array_equal(read["count"], field["count"])
    assert read.status.values.tolist() == field.status.values.tolist()
    assert read.good.values.astype(bool).tolist() == field.good.values.tolist()
    assert read.psi_real.attrs["unit"] == read.x.attrs["unit"] == "m"
    assert read.density.attrs["meaning"] == "ψ"
    with h5py.File(file) as plain:
        np.testing.assert_array_equal(plain["field/psi_imag"], field.psi.values.imag)


def test_a_run_is_exported_and_an_old_file_is_replaced(tmp_path):
    zitter.run_scenario('kind = "bodies"\nnum_samples = 3\nend = 0.1', tmp_path / "run")
    for _ in range(2):
        write_netcdf(tmp_path / "run", tmp_path / "out.h5")
    data = zitter.open(tmp_path / "run")["bodies"].to_dataset().load()
    with xr.open_dataset(tmp_path / "out.h5", group="bodies", engine="h5netcdf") as read:
        np.testing.assert_array_equal(read.position, data.position)
    assert [file.name for file in tmp_path.glob("*.new")] == []


def test_another_ending_and_a_missing_extra_get_a_sentence(store, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"must end in .nc, .h5"):
        write_netcdf(store[1], tmp_path / "out.mat")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'zitter\[export\]'"):
        write_netcdf(store[1], tmp_path / "out.nc")
