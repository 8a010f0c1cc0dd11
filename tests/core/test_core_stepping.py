import json

import numpy as np
import pytest

from zitter.core.stepping import MARKER, fingerprint_of, run_in_chunks

START = {"x": np.array([0.3, 0.7])}


def logistic(i, state):
    x = 3.9 * state["x"] * (1.0 - state["x"]) + 1e-3 * i
    return {"x": x}, {"mean": np.mean(x)}


class Killed(Exception):
    pass


def killed_in(chunk):
    def advance(i, state):
        if i == chunk:
            raise Killed
        return logistic(i, state)

    return advance


def test_the_state_and_the_records_are_those_of_a_plain_loop():
    state, records = run_in_chunks(logistic, START, 5)
    x = START
    for i in range(5):
        x, record = logistic(i, x)
        assert records[i]["mean"] == record["mean"]
    np.testing.assert_array_equal(state["x"], x["x"])


def test_an_interrupted_run_resumes_bit_by_bit(tmp_path):
    whole, records = run_in_chunks(logistic, START, 7)
    with pytest.raises(Killed):
        run_in_chunks(killed_in(4), START, 7, folder=tmp_path, fingerprint="a")
    resumed, again = run_in_chunks(logistic, START, 7, folder=tmp_path, fingerprint="a")
    np.testing.assert_array_equal(resumed["x"], whole["x"])
    assert [r["mean"] for r in again] == [r["mean"] for r in records]


def test_a_chunk_that_was_written_but_not_counted_is_made_again(tmp_path):
    run_in_chunks(logistic, START, 3, folder=tmp_path)
    (tmp_path / "record-3.npz").write_bytes(b"half a chunk")
    (tmp_path / "state-3.npz").write_bytes(b"half a chunk")
    resumed, _ = run_in_chunks(logistic, START, 5, folder=tmp_path)
    np.testing.assert_array_equal(resumed["x"], run_in_chunks(logistic, START, 5)[0]["x"])


def test_only_the_last_state_is_kept(tmp_path):
    run_in_chunks(logistic, START, 4, folder=tmp_path)
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == [MARKER, *(f"record-{i}.npz" for i in range(4)), "state-3.npz"]
    assert json.loads((tmp_path / MARKER).read_text())["chunks"] == 4


def test_a_folder_of_another_or_a_longer_run_is_refused(tmp_path):
    run_in_chunks(logistic, START, 4, folder=tmp_path, fingerprint="a")
    with pytest.raises(ValueError, match="holds a run of another input"):
        run_in_chunks(logistic, START, 4, folder=tmp_path, fingerprint="b")
    with pytest.raises(ValueError, match="must hold at most 3 chunks"):
        run_in_chunks(logistic, START, 3, folder=tmp_path, fingerprint="a")
    with pytest.raises(ValueError, match="`num_chunks` must be a whole number"):
        run_in_chunks(logistic, START, -1)


@pytest.mark.parametrize(
    "words", ["{", "[]", "{}", '{"chunks": null, "fingerprint": ""}', '{"chunks": 2}']
)
def test_a_damaged_marker_is_told_in_a_sentence(tmp_path, words):
    run_in_chunks(logistic, START, 2, folder=tmp_path)
    (tmp_path / MARKER).write_text(words)
    with pytest.raises(ValueError, match="is damaged or missing"):
        run_in_chunks(logistic, START, 2, folder=tmp_path)


@pytest.mark.parametrize("name", ["state-1.npz", "record-0.npz"])
@pytest.mark.parametrize("damage", [lambda f: f.unlink(), lambda f: f.write_bytes(b"PK\x03")])
def test_a_lost_or_damaged_state_is_told_in_a_sentence(tmp_path, name, damage):
    run_in_chunks(logistic, START, 2, folder=tmp_path)
    damage(tmp_path / name)
    with pytest.raises(ValueError, match=f"{name} is damaged or missing"):
        run_in_chunks(logistic, START, 2, folder=tmp_path)


def test_progress_counts_chunks_and_the_time_left_ends_at_zero():
    seen = []
    run_in_chunks(logistic, START, 3, progress=seen.append)
    assert [(p.done, p.total) for p in seen] == [(1, 3), (2, 3), (3, 3)]
    assert seen[0].seconds_left > 0.0
    assert seen[-1].seconds_left == 0.0


def test_the_fingerprint_tells_arrays_and_numbers_apart():
    x = np.arange(6.0)
    assert fingerprint_of(x, 2.0) == fingerprint_of(x.copy(), 2.0)
    different = [(x + 1e-16 * (x > 4), 2.5), (x.reshape(2, 3), 2.0), (x.astype(np.float32), 2.0)]
    assert len({fingerprint_of(x, 2.0), *(fingerprint_of(*d) for d in different)}) == 4
