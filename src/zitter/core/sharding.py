"""Work on a batch shared among processes, on one machine or several, through JAX.

Each process computes its own consecutive part of a batch and gives it to all others: every process
ends with the whole result. A function whose result for one entry does not depend on its neighbours
in the batch gives the same bits on any number of processes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from zitter.core.checks import require_count


class Share(NamedTuple):
    """The part of a batch that one process computes, entries start .. stop - 1."""

    start: int
    stop: int

    @property
    def rows(self) -> slice:
        """The part as a slice."""
        return slice(self.start, self.stop)


class _Joined(NamedTuple):
    num: int
    process: int


# Work that needs no JAX must not start it to learn that it is alone.
_joined = _Joined(1, 0)


def num_joined() -> int:
    """Number of processes that share their work."""
    return _joined.num


def join_processes(address: str, num_processes: int, process: int) -> None:
    """Join the processes that share their work; call it before JAX computes anything.

    Args:
        address: "host:port" at which process 0 is reached.
        num_processes: how many there are.
        process: number of this one, from 0.

    Raises:
        ValueError: numbers that cannot be.
    """
    global _joined
    require_count("num_processes", num_processes)
    require_count("process", process, 0, num_processes - 1)
    if num_processes > 1:
        import jax

        # On CPUs, processes exchange data by gloo; accelerators have their own way.
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(address, num_processes, process)
    _joined = _Joined(num_processes, process)


def share_of(num: int, process: int | None = None, num_processes: int | None = None) -> Share:
    """The part of `num` entries that a process computes; parts differ by one entry at most.

    Args:
        num: entries of the batch.
        process: number of the process, this one if None.
        num_processes: how many there are, those that have joined if None.

    Raises:
        ValueError: numbers that cannot be.
    """
    P = _joined.num if num_processes is None else num_processes
    p = _joined.process if process is None else process
    require_count("num", num, 0)
    require_count("num_processes", P)
    require_count("process", p, 0, P - 1)
    return Share(p * num // P, (p + 1) * num // P)


def gathered(part: Any, num: int, axis: int = 0) -> np.ndarray:
    """The whole of what the processes have computed each a part of.

    Args:
        part: what this process has computed, its share along `axis`.
        num: entries of all parts.
        axis: of the batch.

    Returns:
        Array with `num` entries along `axis`, the same in every process.

    Raises:
        ValueError: the part has another length than the share of this process.
    """
    part = np.moveaxis(np.asarray(part), axis, 0)
    own = share_of(num)
    if len(part) != own.stop - own.start:
        raise ValueError(
            f"`part` must have {own.stop - own.start} entries along axis {axis}, the share of this "
            f"process, but has {len(part)}."
        )
    if _joined.num == 1:
        return np.moveaxis(part, 0, axis)
    return np.moveaxis(_exchanged(part, num), 0, axis)


def _exchanged(part: np.ndarray, num: int) -> np.ndarray:
    """Bytes are exchanged, so that no precision of JAX touches the values."""
    from jax.experimental import multihost_utils

    P = _joined.num
    longest = -(-num // P)
    padded = np.zeros((longest, *part.shape[1:]), dtype=part.dtype)
    padded[: len(part)] = part
    every = np.asarray(multihost_utils.process_allgather(padded.view(np.uint8)))
    shares = [share_of(num, p, P) for p in range(P)]
    parts = [every[p].view(part.dtype)[: s.stop - s.start] for p, s in enumerate(shares)]
    return np.concatenate(parts)


def over_processes(function: Callable[..., Any], *batches: Any, axis: int = 0) -> np.ndarray:
    """function(*batches) with the rows of the batches shared among the processes.

    Args:
        function: takes rows of each batch, and returns what belongs to them.
        batches: arrays with the same number of rows, the same in every process.
        axis: of the result along which its rows lie.

    Returns:
        The whole result, in every process.

    Raises:
        ValueError: batches of different lengths; fewer rows than processes.
    """
    lengths = {len(batch) for batch in batches}
    if len(lengths) != 1:
        raise ValueError(f"The batches must have one length, but have {sorted(lengths)}.")
    num = lengths.pop()
    require_count("rows of the batch", num, _joined.num)
    rows = share_of(num).rows
    return gathered(function(*(batch[rows] for batch in batches)), num, axis)
