"""Many runs at the same time: in processes of this machine, or on a Dask cluster.

A task is one run in a folder of its own. What it has finished is kept there piece by piece, so
that a task whose worker dies goes on where it stopped, on whichever worker.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import Any, NamedTuple

from zitter.core.environment import use_one_thread
from zitter.core.growing import is_finished
from zitter.scenarios.running import run_scenario

PATIENCE = 60.0
"""How long a task waits for a lost worker that may still be at work in its folder [s]."""

CONNECTION = 10.0
"""How long a scheduler may take to answer [s]."""


class Task(NamedTuple):
    """One run of many: its number, its scenario, its folder, its name in messages.

    `base` and `allow_code` as for `run_scenario`.
    """

    number: int
    text: str
    folder: str
    name: str
    base: str = "."
    allow_code: bool = False


class Done(NamedTuple):
    """A task that has ended; `error` is the sentence of its failure, or empty."""

    task: Task
    error: str = ""


def run_task(task: Task) -> str:
    """The sentence with which a task is refused, empty if it is finished.

    Whatever is no refusal is raised: the task may be tried again.
    """
    try:
        inputs: dict[str, Any] = dict(base=task.base, allow_code=task.allow_code)
        run_scenario(task.text, task.folder, name=task.name, patience=PATIENCE, **inputs)
    except ValueError as error:
        return str(error)
    return ""


def in_this_process(tasks: Sequence[Task], retries: int) -> Iterator[Done]:
    """Tasks one after the other; a task that fails is tried again, after the others."""
    left = [(task, retries) for task in tasks]
    while left:
        task, tries = left.pop(0)
        failure, said = None, ""
        try:
            said = run_task(task)
        except Exception as error:
            # Whatever a run raises is told beside the results of the others.
            failure = error
        yield from _ended(task, tries, failure, said, left)


def in_processes(tasks: Sequence[Task], workers: int, retries: int) -> Iterator[Done]:
    """Tasks as they end, in processes of this machine; a task that fails is tried again."""
    if workers > 1:
        use_one_thread()
    waiting = [(task, retries) for task in tasks]
    try:
        while waiting:
            waiting = yield from _until_a_worker_dies(waiting, workers)
    finally:
        for process in multiprocessing.active_children():
            process.terminate()


def _until_a_worker_dies(waiting: list[tuple[Task, int]], workers: int) -> Any:
    """Tasks as they end; returns what is left, with the tries left, after a worker died."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, initializer=_begin_worker)
    left = list(waiting)
    running: dict[Future[str], tuple[Task, int]] = {}
    try:
        while left or running:
            # No more than one task a worker: when a worker dies, only those are in doubt.
            while left and len(running) < workers:
                running[pool.submit(run_task, left[0][0])] = left[0]
                left.pop(0)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task, tries = running[future]
                failure = future.exception()
                if isinstance(failure, BrokenProcessPool):
                    raise failure
                running.pop(future)
                yield from _ended(task, tries, failure, "" if failure else future.result(), left)
    except BrokenProcessPool as failure:
        for task, tries in running.values():
            yield from _ended(task, tries, failure, "", left)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return left


def _ended(
    task: Task, tries: int, failure: BaseException | None, said: str, left: list[tuple[Task, int]]
) -> Iterator[Done]:
    if failure is not None and tries > 0:
        left.append((task, tries - 1))
    else:
        yield Done(task, said if failure is None else _sentence(failure))


def _sentence(failure: BaseException) -> str:
    if isinstance(failure, BrokenProcessPool):
        return "Its worker was killed, perhaps for want of memory: use fewer --workers."
    return f"{type(failure).__name__}: {failure}"


def _begin_worker() -> None:
    """Leave interrupts to the parent, and end when the parent does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def on_cluster(tasks: Sequence[Task], address: str, retries: int) -> Iterator[Done]:
    """Tasks as they end, on the workers of a Dask cluster that share this file system.

    Args:
        tasks: with folders that every worker can write to.
        address: of the scheduler, "tcp://host:port".
        retries: how often a task that fails is tried again; one whose worker dies is also.

    Raises:
        ValueError: no scheduler answers, or the optional extra `cluster` is not installed.
    """
    client, as_completed = _connected(address)
    with client:
        futures = {
            client.submit(run_task, task, retries=retries, pure=False): task for task in tasks
        }
        for future in as_completed(futures, loop=client.loop):
            task = futures[future]
            failure = future.exception()
            if failure is not None:
                yield Done(task, _sentence(failure))
            elif not (said := future.result()) and not is_finished(task.folder):
                yield Done(
                    task,
                    f"Its worker finished, but {task.folder} does not hold the result: all "
                    "workers must share this file system.",
                )
            else:
                yield Done(task, said)
            future.release()


def _connected(address: str) -> tuple[Any, Any]:
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ValueError(
            "`--scheduler` needs the optional extra `cluster`: pip install 'zitter[cluster]'."
        ) from None
    try:
        return Client(address, timeout=CONNECTION, set_as_default=False), as_completed
    except (OSError, TimeoutError, ValueError) as error:
        raise ValueError(f"No Dask scheduler answers at {address} ({error}).") from None
