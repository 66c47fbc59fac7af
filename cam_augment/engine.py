"""Where work runs: Dask, on this machine by default, on a cluster by its address.

On this machine: one single-threaded process per core, since two of them train about one
and a half times as much as one process with two threads. The engine knows no study: it
takes a function and its tasks, and hands back answers as they come, by value.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cam_augment.errors import InputError

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
RETRIES = 2


@dataclass(frozen=True)
class Failure:
    """A task that has no answer, and why, in one line."""

    reason: str


def cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def answers(
    function: Callable,
    tasks: Sequence[tuple],
    shared: Any,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Iterator[tuple[int, Any]]:
    """Yield ``(task's index, answer or Failure)`` in the order in which tasks end.

    Args:
        function: called as ``function(*task, shared)`` in a worker process.
        tasks: the arguments of each call.
        shared: sent once to every worker.
        workers: processes on this machine (default: its cores, at most the tasks).
        scheduler: address of a running Dask scheduler to use instead.

    Raises:
        InputError: the scheduler does not answer.
    """
    if not tasks:
        return
    from dask.distributed import as_completed

    with _client(workers or min(cores(), len(tasks)), scheduler) as client:
        everywhere = client.scatter(shared, broadcast=True, hash=False)
        futures = {
            client.submit(_call, function, task, everywhere, pure=False, retries=RETRIES): index
            for index, task in enumerate(tasks)
        }
        for future in as_completed(futures):
            yield futures[future], _answer(future)
            future.release()


def _call(function: Callable, task: tuple, shared: Any) -> Any:
    """Run in the worker: an exception is an answer too, so that it is not retried."""
    try:
        return function(*task, shared)
    except Exception as error:
        return Failure(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


def _answer(future) -> Any:
    try:
        return future.result()
    except Exception as error:  # a worker died as often as is retried
        return Failure(f"{type(error).__name__}: {str(error).splitlines()[0]}")


@contextmanager
def _client(workers: int, scheduler: str | None):
    import dask
    from dask.distributed import Client, LocalCluster

    quiet = {
        "distributed.logging.distributed": "critical",
        "distributed.nanny.pre-spawn-environ": ONE_THREAD,
        "distributed.worker.memory.terminate": 0.98,
        "distributed.comm.timeouts.connect": "10s",
    }
    with dask.config.set(quiet):
        if scheduler:
            try:
                client = Client(scheduler, timeout="10s")
            except (OSError, TimeoutError, ValueError) as error:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise InputError(f"--scheduler: no answer from '{scheduler}': {reason}") from None
            with client:
                yield client
            return
        with (
            _importable_main(),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=50,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client


@contextmanager
def _importable_main():
    """Keep worker processes from running the user's script again when they start.

    A spawned process imports the parent's main module; workers need nothing of it, and a
    script without a ``__main__`` guard would start a study in every worker.
    """
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name, None) for name in ("__file__", "__spec__")}
    main.__spec__ = None
    if hasattr(main, "__file__"):
        del main.__file__
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is not None or name == "__spec__":
                setattr(main, name, value)
