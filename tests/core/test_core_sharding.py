"""Ensembles and direct sums shared by two processes have the bits of one process."""

import socket
import subprocess
import sys

import numpy as np
import pytest

from zitter.core.sharding import gathered, join_processes, over_processes, share_of

WORK = """
import sys
import zitter
from zitter.core.sharding import join_processes, num_joined, over_processes
address, number, process, file = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
join_processes(address, number, process)
import jax, numpy as np
from zitter.kbody.bodies import bodies
from zitter.kbody.newton import newton_paths
assert jax.process_count() == number == num_joined()
rng = np.random.default_rng(0)
packets = zitter.GaussianPacket([[1.0], [1.0]], [[-4.0], [4.0]], [[1.0], [-1.0]])
psi = zitter.Superposition(packets, np.array([1.0, 1.0]) / np.sqrt(2.0))
times, key = np.linspace(0.0, 4.0, 5), jax.random.key(3)
Q0 = rng.normal(size=(101, 1)) - 4.0
bohm = over_processes(lambda Q: zitter.bohm_paths(psi, Q, times, masses=1.0).Q, Q0, axis=1)

def chunk(n):
    start, own = Q0[20 * n : 20 * n + 20], jax.random.fold_in(key, n)
    return zitter.nelson_paths(psi, start, times, own, masses=1.0, num_steps=40)

nelson = over_processes(lambda chunks: np.stack([chunk(int(n)) for n in chunks]), np.arange(5))
X, V = rng.normal(size=(2, 301, 3))
motion = newton_paths(bodies(np.ones(301), softening=0.1), X, V, [0.0, 0.02, 0.04], time_step=0.01)
np.savez(file, bohm=bohm, nelson=nelson, X=motion.X, V=motion.V)
"""


def free_address() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


def done_by(number, folder) -> list[dict]:
    address, files = free_address(), [folder / f"{number}-{n}.npz" for n in range(number)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, address, str(number), str(n), str(files[n])],
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(number)
    ]
    said = [process.communicate(timeout=200)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * number, said
    return [dict(np.load(file)) for file in files]


def done_here(folder, monkeypatch) -> dict:
    file = folder / "alone.npz"
    monkeypatch.setattr(sys, "argv", ["work", "", "1", "0", str(file)])
    exec(WORK, {})
    return dict(np.load(file))


def test_two_processes_find_the_bits_of_one(tmp_path, monkeypatch):
    alone = done_here(tmp_path, monkeypatch)
    for shared in done_by(2, tmp_path):
        for name, values in alone.items():
            np.testing.assert_array_equal(shared[name], values, err_msg=name)
    assert alone["bohm"].shape == (5, 101, 1)
    assert alone["X"].shape == (3, 301, 3)
    assert np.all(alone["nelson"][:, -1] != alone["nelson"][:, 0])


@pytest.mark.parametrize(("num", "processes"), [(10, 3), (3, 4), (0, 2), (7, 1)])
def test_shares_are_consecutive_whole_and_even(num, processes):
    shares = [share_of(num, p, processes) for p in range(processes)]
    assert [i for s in shares for i in range(s.start, s.stop)] == list(range(num))
    sizes = [s.stop - s.start for s in shares]
    assert max(sizes) - min(sizes) <= 1


def test_alone_the_whole_batch_is_computed_here():
    x = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(over_processes(lambda a: 2.0 * a, x), 2.0 * x)
    np.testing.assert_array_equal(gathered(x, 2, axis=1), x)


def test_wrong_numbers_are_refused():
    with pytest.raises(ValueError, match="`process` must be a whole number, at least 0"):
        join_processes("127.0.0.1:1", 2, 2)
    with pytest.raises(ValueError, match="must have one length"):
        over_processes(lambda a, b: a, np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="must have 4 entries along axis 0, the share"):
        gathered(np.zeros(3), 4)
    with pytest.raises(ValueError, match="`rows of the batch` must be"):
        over_processes(lambda a: a, np.zeros(0))
