"""The machines that work: processes of this one, or the workers of a Dask scheduler elsewhere.

``connect`` gives a client of either; ``cam_augment.engine.watch`` looks after it.
"""

import asyncio
import json
import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from cam_augment.base import kernels
from cam_augment.base.compat import WORKER, graph_cause
from cam_augment.base.errors import InputError

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
QUIET = {
    "distributed.logging.distributed": "critical",
    "distributed.nanny.pre-spawn-environ": ONE_THREAD | kernels.SETTING | {WORKER: "1"},
    "distributed.worker.memory.terminate": 0.98,
    "distributed.comm.timeouts.connect": "10s",
    # Two deaths make a task suspect, and two more, when it is alone, guilty.
    "distributed.scheduler.allowed-failures": 1,
    # Dask would ask the driver of GPUs about them, which fails where a user hides them from CUDA.
    "distributed.diagnostics.nvml": False,
    # A worker of this machine that died is started again by its nanny, however long that takes; by
    # itself the cluster would close the nanny after 15 seconds, and the worker were gone for good.
    "distributed.deploy.lost-worker-timeout": "1d",
}
CONNECT = 10  # seconds in which a scheduler must answer
WAIT = 120.0  # seconds without a worker, unless told otherwise


def to_stderr(line: str) -> None:
    """Print a line where it does not mix with results."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Place:
    """Where to work, and what is asked of workers.

    Attributes:
        workers: processes on this machine. scheduler: address or file of a running Dask
            scheduler to use instead. resources: what each task takes of what workers offer,
            such as one GPU. wait: seconds to wait where no worker can take a task.
        tell: called with each line that a person should see.
    """

    workers: int
    scheduler: str | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    wait: float = WAIT
    tell: Callable[[str], None] = to_stderr


@contextmanager
def connect(place: Place) -> Iterator:
    """Yield a Dask client of the place.

    Raises:
        InputError: there is no scheduler where one is said to be.
    """
    with _working(place), _client(place) as client:
        yield client


@contextmanager
def _working(place: Place) -> Iterator[None]:
    """Guard this process while workers of its own are started, and may be started again."""
    if place.scheduler:
        yield
    else:
        with importable_main(), unchanged_environment():
            yield


@contextmanager
def _client(place: Place) -> Iterator:
    import dask
    import distributed  # noqa: F401 - it brings defaults along, which ``set`` would take off again

    with dask.config.set(QUIET), _unheard("distributed", "tornado", "asyncio"):
        if place.scheduler:
            with _elsewhere(place.scheduler) as client:
                yield client
        else:
            with _local_workers(place.workers, place.tell) as client:
                yield client


class Pool:
    """Workers that stay when their tasks are done, for those that come later.

    A context manager, at whose end they go. Processes of this machine load TensorFlow once, and
    trace a network once, for all lots of tasks: the stages of a study, the batches of a search.
    Dask's loggers are silent all the while, since a driver that computes answers late.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._client: Any = None
        self._workers = 0
        self._ending: list[threading.Thread] = []

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
        for thread in self._ending:
            thread.join()

    def close(self) -> None:
        """End the workers; the next tasks get others."""
        self._released().close()

    def begin_to_close(self) -> None:
        """End the workers while this process goes on; at the pool's end they are gone.

        Processes that have loaded TensorFlow take seconds to end.
        """
        thread = threading.Thread(target=self._released().close, name="ending workers")
        self._ending.append(thread)
        thread.start()

    def _released(self) -> ExitStack:
        """Return what ends the workers, which the pool has no more."""
        stack, self._stack, self._client = self._stack, ExitStack(), None
        return stack

    @contextmanager
    def connect(self, place: Place) -> Iterator:
        """Yield a Dask client of the place, as ``connect`` does, for one lot of tasks.

        Workers whose tasks did not all end are not kept: some may still be under way.
        """
        try:
            with _working(place):
                yield self._client_of(place)
        except BaseException:
            self.close()
            raise

    def _client_of(self, place: Place) -> Any:
        """Return a client with as many workers as are asked for."""
        is_alive = self._client is not None and self._client.status == "running"
        if not is_alive or place.workers > self._workers:
            self.close()
            self._client = self._stack.enter_context(_client(place))
            self._workers = place.workers
        return self._client


@contextmanager
def _elsewhere(scheduler: str) -> Iterator:
    from dask.distributed import Client

    address = address_of(scheduler)
    try:
        with ThreadPoolExecutor(1) as apart:  # a notebook's thread has a running event loop
            kind = apart.submit(asyncio.run, _kind(address)).result()
        if kind != "Scheduler":
            raise ValueError(f"this is a {kind}, and no scheduler")
        client = Client(address, timeout=CONNECT, set_as_default=False)
    except Exception as error:  # of sockets, of addresses, of what others may answer
        raise InputError(
            f"option --scheduler: no answer from '{scheduler}': {first_line(error)}"
        ) from None
    with client:
        yield client


async def _kind(address: str) -> str:
    """Return what is at an address; a client would wait for ever where nobody speaks."""
    from distributed.core import rpc
    from distributed.security import Security

    async with rpc(address, connection_args=Security().get_connection_args("client")) as remote:
        identity = await asyncio.wait_for(remote.identity(), CONNECT)
    return identity["type"]


@contextmanager
def _local_workers(workers: int, tell: Callable[[str], None]) -> Iterator:
    from dask.distributed import Client, LocalCluster

    processes = not multiprocessing.current_process().daemon
    if not processes:
        tell(
            "this process is daemonic and may start no others: all runs are done in it, one after "
            "the other"
        )
    try:
        with without_signals():
            cluster = LocalCluster(
                n_workers=workers if processes else 1,
                threads_per_worker=1,
                processes=processes,
                dashboard_address="127.0.0.1:0",
                silence_logs=50,
            )
    except (RuntimeError, OSError) as error:  # of sockets, processes and limits of the system
        raise InputError(
            f"option --workers: {workers} workers cannot be started: {first_line(error)}"
        ) from None
    with cluster, Client(cluster, set_as_default=False) as client:
        yield client


def address_of(scheduler: str) -> str:
    """Return a scheduler's address: the text itself, or what is in the file that it names.

    Raises:
        InputError: it is no address, and no scheduler file.

    >>> address_of("tcp://10.0.0.1:8786"), address_of("node7:8786")
    ('tcp://10.0.0.1:8786', 'node7:8786')
    """
    if "://" in scheduler or re.fullmatch(r"[^/\\]+:\d+", scheduler):
        return scheduler
    path, option = Path(scheduler), f"option --scheduler: '{scheduler}'"
    if not path.is_file():
        raise InputError(f"{option}: there is no such file; an address is like tcp://HOST:8786")
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{option} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{option} is not valid JSON, so not a scheduler file of Dask") from None
    address = content.get("address") if isinstance(content, dict) else None
    if not isinstance(address, str) or not address:
        raise InputError(f"{option} has no 'address', so it is not a scheduler file of Dask")
    return address


@contextmanager
def without_signals() -> Iterator[None]:
    """Keep Ctrl-C and SIGTERM from what is started inside; they reach this process after it.

    A terminal sends Ctrl-C to all processes of a command. Threads begun inside, and all that
    they start, inherit that these signals are held back: stopping is the driver's affair.
    """
    main = threading.current_thread() is threading.main_thread()
    if not (main and hasattr(signal, "pthread_sigmask")):
        yield
        return
    _start_resource_tracker()  # when it starts, it lets both signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def unchanged_environment() -> Iterator[None]:
    """Take back what is written into this process's environment inside.

    Dask writes the environment of its workers there before each start of one, and leaves it:
    all that this process starts later would take itself for a worker, of one thread.
    """
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _start_resource_tracker() -> None:
    """Start the process that tidies up after this one; it is not to tell of what it finds.

    It would warn of semaphores that a process which was killed or stopped left behind.
    """
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [before, "ignore:resource_tracker"]))
    try:
        resource_tracker.ensure_running()
    finally:
        del os.environ["PYTHONWARNINGS"]
        if before is not None:
            os.environ["PYTHONWARNINGS"] = before


@contextmanager
def importable_main() -> Iterator[None]:
    """Keep worker processes from running the user's script again when they start.

    A spawned process imports the parent's main module; workers need nothing of it, and a
    script without a ``__main__`` guard would start a study in every worker.
    """
    main = sys.modules["__main__"]
    attributes = {name: getattr(main, name, None) for name in ("__file__", "__spec__")}
    main.__spec__ = None
    if hasattr(main, "__file__"):
        del main.__file__
    try:
        yield
    finally:
        for name, value in attributes.items():
            if value is not None or name == "__spec__":
                setattr(main, name, value)


@contextmanager
def _unheard(*packages: str) -> Iterator[None]:
    """Silence packages' loggers: what goes wrong is said in one line, by whoever finds it."""
    names = [*packages, *logging.root.manager.loggerDict]
    loggers = [logging.getLogger(name) for name in names if name.split(".")[0] in packages]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def first_line(error: BaseException) -> str:
    """Return an error's kind, and the first line of what it says, or of what caused it."""
    lines = str(error).strip().splitlines()
    cause = graph_cause(str(error)) or (lines[0] if lines else "")
    return f"{type(error).__name__}: {cause}" if cause else type(error).__name__
