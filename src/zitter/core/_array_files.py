"""Small arrays of a zarr v3 store, written as the files that they are.

A call of the zarr library takes milliseconds whatever the size of an array, and the many small
arrays of a run would take longer to write than to compute. These are the plainest arrays that the
format knows: numbers, uncompressed, in chunks along the one axis that grows. zarr reads them.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

Metadata = dict[str, Any]

# A row above the first is worth the compression of the library; the others bound a chunk [byte].
LARGE_ROW, LARGEST_CHUNK, MOST_ROWS = 2**16, 2**16, 512
_CODECS = [{"name": "bytes", "configuration": {"endian": "little"}}]


def is_small(dtype: np.dtype, shape: tuple[int, ...], axis: int | None) -> bool:
    """Whether an array that grows along `axis`, or does not grow, is written by this module."""
    return dtype.kind in "biufc" and row_size(dtype, shape, axis) < LARGE_ROW


def row_size(dtype: np.dtype, shape: tuple[int, ...], axis: int | None) -> int:
    """Bytes of one entry along `axis`, or of the whole array if that is None."""
    others = [n for a, n in enumerate(shape) if a != axis]
    return dtype.itemsize * int(np.prod(others, dtype=np.int64))


def group_metadata(attributes: Metadata) -> Metadata:
    """What the zarr.json of a group says."""
    return {"zarr_format": 3, "node_type": "group", "attributes": attributes}


def array_metadata(
    dtype: np.dtype,
    shape: tuple[int, ...],
    axis: int | None,
    dims: tuple[str, ...],
    attributes: Metadata,
) -> Metadata:
    """What the zarr.json of an array says that has no entry along `axis` yet."""
    rows = max(1, min(MOST_ROWS, LARGEST_CHUNK // max(1, row_size(dtype, shape, axis))))
    chunk = [rows if a == axis else max(1, n) for a, n in enumerate(shape)]
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [0 if a == axis else n for a, n in enumerate(shape)],
        "data_type": dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": [0.0, 0.0] if dtype.kind == "c" else dtype.type(0).item(),
        "codecs": _CODECS,
        "attributes": attributes,
        "dimension_names": list(dims),
    }


def read_metadata(folder: Path) -> Metadata:
    """What the zarr.json in `folder` says."""
    return json.loads((folder / "zarr.json").read_text("utf-8"))


def is_plain(metadata: Metadata) -> bool:
    """Whether an array that is there is one of this module's kind."""
    return metadata["codecs"] == _CODECS


def write_metadata(folder: Path, metadata: Metadata) -> None:
    """Write the zarr.json of a group or an array, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "zarr.json", json.dumps(metadata, ensure_ascii=False).encode())


def write_rows(folder: Path, metadata: Metadata, values: np.ndarray, axis: int | None) -> None:
    """Add `values` after the last entry along `axis`, or write the whole array if that is None.

    Chunks come first and the shape last, so that what was there stays as it was until then.
    """
    shape = metadata["chunk_grid"]["configuration"]["chunk_shape"]
    kind = np.dtype(metadata["data_type"]).newbyteorder("<")
    if axis is None:
        _write_chunk(folder, (0,) * len(shape), values.astype(kind, order="C"))
    else:
        start, rows = metadata["shape"][axis], shape[axis]
        stop = start + values.shape[axis]
        for number in range(start // rows, -(-stop // rows)):
            key = tuple(number if a == axis else 0 for a in range(len(shape)))
            first, last = max(start, number * rows), min(stop, (number + 1) * rows)
            chunk = _stored(folder, key, shape, kind) if first > number * rows else None
            chunk = np.zeros(shape, kind) if chunk is None else chunk
            place = slice(first - number * rows, last - number * rows)
            np.moveaxis(chunk, axis, 0)[place] = np.moveaxis(values, axis, 0)[
                first - start : last - start
            ]
            _write_chunk(folder, key, chunk)
        metadata["shape"][axis] = stop
    write_metadata(folder, metadata)


def _chunk_file(folder: Path, key: tuple[int, ...]) -> Path:
    return folder.joinpath("c", *map(str, key))


def _stored(folder: Path, key: tuple[int, ...], shape: list[int], kind: np.dtype) -> np.ndarray:
    return np.fromfile(_chunk_file(folder, key), kind).reshape(shape)


def _write_chunk(folder: Path, key: tuple[int, ...], chunk: np.ndarray) -> None:
    file = _chunk_file(folder, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, chunk.tobytes())


def _write(file: Path, content: bytes) -> None:
    new = file.with_name(f"{file.name}.partial")
    new.write_bytes(content)
    os.replace(new, file)
