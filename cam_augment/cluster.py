"""The machines that work: processes of this one, or the workers of a Dask scheduler elsewhere.

``connected`` gives a client of either; ``Watch`` looks after it while tasks are under way: is
the scheduler still there, are there workers, do they offer what is asked, are they like us?
"""

import asyncio
import json
import logging
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from pathlib import Path

from cam_augment.errors import InputError

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
QUIET = {
    "distributed.logging.distributed": "critical",
    "distributed.nanny.pre-spawn-environ": ONE_THREAD,
    "distributed.worker.memory.terminate": 0.98,
    "distributed.comm.timeouts.connect": "10s",
}
PACKAGE = "cam-augment"
CONNECT = 10  # seconds in which a scheduler must answer
WAIT = 120.0  # seconds without a worker, unless told otherwise
GOES_ON = "finished runs are kept, and the same command goes on"


def to_stderr(line: str) -> None:
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


# ---- reaching them


@contextmanager
def connected(place: Place) -> Iterator:
    """Yield a Dask client of the place.

    Raises:
        InputError: there is no scheduler where one is said to be.
    """
    import dask
    import distributed  # noqa: F401 - it brings defaults along, which ``set`` would take off again

    with dask.config.set(QUIET), _unheard("distributed", "tornado"):
        if place.scheduler:
            with _elsewhere(place.scheduler) as client:
                yield client
        else:
            with importable_main(), _here(place.workers) as client:
                yield client


@contextmanager
def _elsewhere(scheduler: str) -> Iterator:
    from dask.distributed import Client

    address = address_of(scheduler)
    try:
        kind = asyncio.run(_kind(address))
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

    async with rpc(address, connection_args=Security().get_connection_args("client")) as there:
        found = await asyncio.wait_for(there.identity(), CONNECT)
    return found["type"]


@contextmanager
def _here(workers: int) -> Iterator:
    from dask.distributed import Client, LocalCluster

    with unsignalled():
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        )
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
    path, named = Path(scheduler), f"option --scheduler: '{scheduler}'"
    if not path.is_file():
        raise InputError(f"{named}: there is no such file; an address is like tcp://HOST:8786")
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{named} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{named} is no JSON, so no scheduler file of Dask") from None
    address = found.get("address") if isinstance(found, dict) else None
    if not isinstance(address, str) or not address:
        raise InputError(f"{named} has no 'address', so it is no scheduler file of Dask")
    return address


@contextmanager
def unsignalled() -> Iterator[None]:
    """Keep Ctrl-C and SIGTERM from what is started inside; they reach this process after it.

    A terminal sends Ctrl-C to all processes of a command. Threads begun inside, and all that
    they start, inherit that these signals are held back: stopping is the driver's affair.
    """
    main = threading.current_thread() is threading.main_thread()
    if not (main and hasattr(signal, "pthread_sigmask")):
        yield
        return
    resource_tracker.ensure_running()  # when it starts, it lets both signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def importable_main() -> Iterator[None]:
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
    """Return an error's kind, and the first line of what it says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


# ---- looking after them


class Watch:
    """Looks after a scheduler and its workers while tasks are under way.

    Args:
        client: as ``connected`` gives it. place: what it was connected by.
    """

    def __init__(self, client, place: Place):
        self._client = client
        self._place = place
        self._scheduler: str | None = None
        self._known: set[str] = set()
        self._idle_since: float | None = None
        self._told_of_threads = False

    def look(self) -> int:
        """Return how many tasks workers can have in hand now.

        Raises:
            InputError: the scheduler is gone; a worker is not like us; or no worker could
                take a task for as long as the place allows.
        """
        found = self._info()
        workers = found["workers"]
        self._compare(set(workers))
        able = [each for each in workers.values() if self._offers(each.get("resources") or {})]
        self._wait_for_workers(able, workers)
        self._tell_of_threads(workers)
        return sum(each.get("nthreads", 1) for each in able)

    def lost(self, why: str = "") -> InputError:
        """Return the error for a scheduler that is there no more."""
        where = self._place.scheduler or "this machine"
        return InputError(f"the scheduler of '{where}' is gone{why and f' ({why})'}: {GOES_ON}")

    def _info(self) -> dict:
        if self._client.status != "running":
            raise self.lost()
        try:
            found = self._client.scheduler_info()
        except Exception as error:  # Dask has no one error for this
            raise self.lost(first_line(error)) from None
        if (self._scheduler or found["id"]) != found["id"]:
            raise self.lost("another one is there now")
        self._scheduler = found["id"]
        return found

    def _compare(self, workers: set[str]) -> None:
        """Refuse workers, and a scheduler, of another Python or another version of this."""
        if workers <= self._known and self._known:
            return
        try:
            found = self._client.get_versions(packages=[PACKAGE])
        except Exception as error:
            raise self.lost(first_line(error)) from None
        ours = _like(found["client"])
        others = {"its scheduler": found["scheduler"]} if self._place.scheduler else {}
        others |= {f"its worker {name}": each for name, each in found["workers"].items()}
        for name, each in others.items():
            if isinstance(each, dict) and _like(each) != ours:
                raise InputError(
                    f"option --scheduler: '{self._place.scheduler}': {name} has {_like(each)}, "
                    f"and here is {ours}; they must be the same, as a model could differ"
                )
        self._known |= set(found["workers"])

    def _offers(self, offered: Mapping[str, float]) -> bool:
        return all(offered.get(name, 0) >= much for name, much in self._place.resources.items())

    def _wait_for_workers(self, able: list, workers: Mapping[str, dict]) -> None:
        if able:
            self._idle_since = None
            return
        where, wait = self._place.scheduler or "this machine", self._place.wait
        lacking = f"'{where}' has no worker"
        if self._place.resources:
            lacking += f" with {_written(self._place.resources)}"
        if workers:
            lacking += f"; its {len(workers)} offer {_offered(workers)}"
        now = time.monotonic()
        if self._idle_since is None:
            self._idle_since = now
            self._place.tell(f"{lacking}; waiting for one, {wait:g} s at most")
        if now - self._idle_since >= wait:
            raise InputError(f"{lacking}, and none came in {wait:g} s: {GOES_ON}")

    def _tell_of_threads(self, workers: Mapping[str, dict]) -> None:
        many = [name for name, each in workers.items() if each.get("nthreads", 1) > 1]
        if many and not self._told_of_threads:
            self._told_of_threads = True
            self._place.tell(
                f"{len(many)} of {len(workers)} workers have several threads (first: {many[0]}): a "
                "worker trains one model at a time, so start one of --nthreads 1 per core or GPU"
            )


def _like(versions: Mapping) -> str:
    """Return what must be the same everywhere, as text: Python's minor version, and this package.

    Pickled functions do not pass between minor versions of Python.
    """
    packages = versions["packages"]
    python = ".".join(str(packages["python"]).split(".")[:2])
    return f"Python {python} and {PACKAGE} {packages.get(PACKAGE) or 'not installed'}"


def _written(resources: Mapping[str, float]) -> str:
    return ",".join(f"{name}={much:g}" for name, much in resources.items())


def _offered(workers: Mapping[str, dict]) -> str:
    kinds = {_written(each.get("resources") or {}) for each in workers.values()}
    return " or ".join(sorted(kind or "nothing" for kind in kinds))
