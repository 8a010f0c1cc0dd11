"""A batch spread over threads by kernels that release the interpreter's lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numba
import numpy as np


def over_batch(
    kernel: Callable[..., None], *arrays: np.ndarray, steps: float, bytes_each: float = 0.0
) -> None:
    """Run `kernel` on slices along the first axis of all arrays, in as many threads as pay.

    Args:
        kernel: compiled, without the lock; fills some of its arrays.
        arrays: equal first axis.
        steps: elementary steps for one entry of the batch; short work stays in one thread.
        bytes_each: workspace of one thread; the threads together take at most 2 GB.
    """
    batch = len(arrays[0])
    num_threads = min(numba.get_num_threads(), batch, 1 + int(batch * steps / 1e6))
    num_threads = max(1, min(num_threads, int(2e9 / max(bytes_each, 1.0))))
    if num_threads == 1:
        kernel(*arrays)
        return
    edges = np.linspace(0, batch, num_threads + 1).astype(int)
    slices = [[a[i:j] for a in arrays] for i, j in pairwise(edges)]
    with ThreadPoolExecutor(num_threads) as pool:
        for done in [pool.submit(kernel, *part) for part in slices]:
            done.result()
