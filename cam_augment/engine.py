"""Where work runs: Dask, on this machine by default, on a cluster by its address.

On this machine: one single-threaded process per core, since two of them train
more models than one process with two threads. The engine knows no study: it
takes a function and its tasks, and hands back answers as they come, by value.
"""

import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cam_augment.errors import InputError
from cam_augment.processor import cores

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
    """A task that has no answer, and why, in one line.

    ``mistaken``: what was asked cannot be had; asking again would not help.
    """

    reason: str
    mistaken: bool = False


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

    with (
        _client(workers or min(cores(), len(tasks)), scheduler) as client,
        _on_every_worker(client, shared) as name,
    ):
        futures = {
            client.submit(_call, function, task, name, pure=False, retries=RETRIES): index
            for index, task in enumerate(tasks)
        }
        for future in as_completed(futures):
            yield futures[future], _answer(future)
            future.release()


@contextmanager
def _on_every_worker(client, shared: Any) -> Iterator[str]:
    """Keep ``shared`` on every worker, on those too that start later or start again.

    Scattered data would be lost with the last worker that holds it, and all tasks with it.
    """
    from dask.distributed import WorkerPlugin

    class Shared(WorkerPlugin):
        def __init__(self, name: str, value: Any):
            self.name = name
            self.value = value

        def setup(self, worker):
            setattr(worker, self.name, self.value)

        def teardown(self, worker):
            delattr(worker, self.name)

    name = f"cam_augment_{uuid.uuid4().hex}"
    client.register_plugin(Shared(name, shared))
    try:
        yield name
    finally:
        client.unregister_worker_plugin(name)


def _call(function: Callable, task: tuple, name: str) -> Any:
    """Run in the worker: an exception is an answer too, so that it is not retried."""
    from dask.distributed import get_worker

    try:
        return function(*task, getattr(get_worker(), name))
    except InputError as error:
        return Failure(str(error), mistaken=True)
    except Exception as error:
        return Failure(_reason(error))


def _answer(future) -> Any:
    try:
        return future.result()
    except Exception as error:  # a worker died as often as is retried
        return Failure(_reason(error))


def _reason(error: Exception) -> str:
    """Return an error in one line; one from inside a traced function ends with its cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and lines[0] == "in user code:":
        return lines[-1]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


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
                raise InputError(
                    f"option --scheduler: no answer from '{scheduler}': {_reason(error)}"
                ) from None
            with client:
                yield client
            return
        with (
            importable_main(),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",
                silence_logs=50,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client


@contextmanager
def importable_main():
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
