"""Functions and their tasks, done by whatever works: answers come as they end, by value.

The engine knows no study. On this machine it takes one single-threaded process per core,
since two of them train more models than one process with two threads; a cluster's workers
take one task at a time each (see ``cam_augment.engine.workers``).
"""

import queue
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from cam_augment.base.errors import InputError
from cam_augment.base.mapped import Mapped
from cam_augment.base.processor import cores
from cam_augment.base.stop import STOP
from cam_augment.engine.files import Bringer, Lacking, forget, lacks
from cam_augment.engine.watch import Watch
from cam_augment.engine.workers import WAIT, Place, connect, first_line, to_stderr

if TYPE_CHECKING:
    from distributed import Client, Future

RETRIES = 2
LOOK = 2.0  # seconds between two looks at the workers
AHEAD = 3  # tasks under way for each thread of the workers: while one ends, others wait there
AT_LEAST = 32  # tasks under way, however few the workers: empty ones end in no time
HEAVY = 2**28  # bytes that tasks bring along (stored models) above which no more are sent ahead
FETCH = 30.0  # seconds in which an answer is waited for before the workers are looked at again
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Failure:
    """A task that has no answer, and why, in one line.

    ``mistaken``: what was asked cannot be had; asking again would not help.
    """

    reason: str
    mistaken: bool = False


@dataclass(frozen=True)
class Death:
    """What is left of a task with which as many workers died."""

    workers: int


def answers(
    function: Callable,
    tasks: Iterable[tuple],
    shared: Any,
    *,
    files: Sequence[Mapped] = (),
    workers: int | None = None,
    scheduler: str | None = None,
    resources: Mapping[str, float] = {},
    wait: float = WAIT,
    tell: Callable[[str], None] = to_stderr,
    connect: Callable[[Place], AbstractContextManager] = connect,
) -> Generator[tuple[int, Any], None, None]:
    """Yield ``(task's index, answer or Failure)`` in the order in which tasks end.

    Args:
        function: called as ``function(*task, shared)`` in a worker process.
        tasks: the arguments of each call; taken from it as workers need them.
        shared: sent once to every worker.
        files: that ``shared`` reads; a machine that has them not under their paths gets them once.
        workers: processes on this machine (default: its cores, at most the tasks).
        scheduler: address or file of a running Dask scheduler to use instead.
        resources: what each task takes of what that scheduler's workers offer.
        wait: seconds to wait where no worker can take a task.
        tell: called with each line that a person should see.
        connect: gives a client of those who work; ``Pool.connect`` keeps them for later tasks.

    Raises:
        InputError: the scheduler does not answer, is gone, has workers that are not like us,
            or none for too long. What was yielded before stays true.
        Stopped: the command is to end; tasks under way are dropped.
    """
    tasks = iter(tasks)
    first = list(islice(tasks, workers or cores()))
    if not first:
        return
    place = Place(len(first), scheduler, resources, wait, tell)
    with connect(place) as client:
        watch = Watch(client, place)
        watch.look()
        with watch.attending(), _on_every_worker(client, shared, files) as name:
            call = {"function": function, "name": name, "bringer": Bringer(client, files)}
            yield from _Underway(client, watch, place, call).answers(chain(first, tasks))


class _Underway:
    """The tasks that a scheduler has in hand: never all, so that memory stays bounded."""

    def __init__(self, client: "Client", watch: Watch, place: Place, call: Mapping[str, Any]):
        self._client = client
        self._watch = watch
        self._options = {"resources": dict(place.resources)} if place.resources else {}
        self._call = call
        self._ends: queue.SimpleQueue = queue.SimpleQueue()
        self._indices: dict[Any, int] = {}  # by future
        self._sizes: dict[Any, int] = {}  # bytes, by future
        self._tasks: dict[Any, tuple] = {}  # by future
        self._suspects: list[tuple[int, tuple, Death]] = []  # whose workers died
        self._last_look = 0.0
        self._least, self._most = AHEAD, AT_LEAST

    def answers(self, tasks: Iterable[tuple]) -> Iterator[tuple[int, Any]]:
        """Yield all answers; a task is blamed for a death only where it was alone.

        Dask holds a worker's death against all tasks that waited on it, not only the one that ran.
        """
        pairs = enumerate(tasks)
        with STOP.waking(lambda: self._ends.put(None)):
            while True:
                yield from self._together(pairs)
                if not self._suspects:
                    return
                suspects, self._suspects = self._suspects, []
                for suspect in suspects:
                    yield from self._alone(*suspect)

    def _together(self, pairs: Iterator[tuple[int, tuple]]) -> Iterator[tuple[int, Any]]:
        """Yield answers to the last, or to the last under way once a worker died with its task."""
        self._submit(pairs)
        while self._indices:
            index, task, answer = self._ended()
            if isinstance(answer, Death):
                self._suspects.append((index, task, answer))
            else:
                yield index, answer
            if not self._suspects:
                self._submit(pairs)

    def _alone(self, index: int, task: tuple, before: Death) -> Iterator[tuple[int, Any]]:
        self._begin(index, task)
        _, _, answer = self._ended()
        yield index, _blamed(before, answer) if isinstance(answer, Death) else answer

    def _ended(self) -> tuple[int, tuple, Any]:
        """Return the next answer with its index and its task; bring files to where they lack."""
        while True:
            future = self._next()
            answer = self._answer(future)
            index, task = self._indices.pop(future), self._tasks.pop(future)
            self._sizes.pop(future)
            future.release()
            if not isinstance(answer, Lacking):
                return index, task, answer
            self._call["bringer"].bring(answer.worker)
            self._begin(index, task)

    def _submit(self, pairs: Iterator[tuple[int, tuple]]) -> None:
        while self._room() and (following := next(pairs, None)) is not None:
            self._begin(*following)

    def _begin(self, index: int, task: tuple) -> None:
        future = self._client.submit(
            _call, self._call["function"], task, self._call["name"],
            pure=False, retries=RETRIES, **self._options,
        )  # fmt: skip
        self._indices[future], self._tasks[future] = index, task
        self._sizes[future] = sum(len(part) for part in task if isinstance(part, bytes))
        future.add_done_callback(self._ends.put)

    def _room(self) -> bool:
        """Whether one more task may be sent: light ones go ahead, heavy ones as they are needed."""
        under_way = len(self._indices)
        light = sum(self._sizes.values()) < HEAVY
        return under_way < self._least or (light and under_way < self._most)

    def _next(self) -> "Future":
        """Return a future that has ended; look at the workers now and then."""
        while True:
            STOP.check()
            if time.monotonic() - self._last_look >= LOOK:
                self._least = AHEAD * max(1, self._watch.look())
                self._most = max(AT_LEAST, self._least)
                self._last_look = time.monotonic()
            with suppress(queue.Empty):
                future = self._ends.get(timeout=LOOK)
                if future is None:  # woken to stop
                    continue
                if not self._watch.met:  # the first worker came and answered between two looks
                    self._watch.look()
                return future

    def _answer(self, future: "Future") -> Any:
        """Return a future's answer; what its workers' deaths leave is a Death."""
        from distributed.scheduler import KilledWorker

        try:
            return self._fetch(future)
        except KilledWorker as error:  # as often as is retried
            return Death(getattr(error, "allowed_failures", 0) + 1)
        except Exception as error:
            if future.status != "error":  # not the task's own: it was dropped, or cannot be fetched
                raise self._watch.lost(_reason(error)) from None
            self._watch.look()  # a worker that is not like us cannot even read a task
            return Failure(_reason(error))

    def _fetch(self, future: "Future") -> Any:
        """Return a future's answer; if its worker went with it, it is made again meanwhile."""
        patience = FETCH
        while True:
            try:
                return future.result(timeout=patience)
            except TimeoutError:
                self._watch.look()  # which ends the waiting where no worker is left
                patience *= 2  # a large answer on a slow line is begun anew each time


@contextmanager
def _on_every_worker(client: "Client", shared: Any, files: Sequence[Mapped]) -> Iterator[str]:
    """Keep ``shared`` on every worker, on those too that start later or start again.

    Scattered data would be lost with the last worker that holds it, and all tasks with it. It
    travels as bytes: a worker that cannot read it must be able to start, and to say so.
    """
    from dask.distributed import WorkerPlugin
    from distributed.protocol.pickle import dumps

    class Shared(WorkerPlugin):
        def __init__(self, name: str, content: bytes):
            self.name = name
            self.content = content

        def setup(self, worker: Any) -> None:
            from distributed.protocol.pickle import loads

            content = problem = None
            try:
                content = loads(self.content)
            except Exception as error:
                problem = f"{type(error).__name__}: {error}"
            setattr(worker, self.name, (content, problem))

        def teardown(self, worker: Any) -> None:
            forget(worker, (getattr(worker, self.name)[0] or (None, ()))[1])
            delattr(worker, self.name)

    name = f"cam_augment_{uuid.uuid4().hex}"
    client.register_plugin(Shared(name, dumps((shared, tuple(files)))))
    try:
        yield name
    finally:
        if client.status == "running":
            with suppress(Exception):  # the scheduler may have gone: its workers go with it
                client.unregister_worker_plugin(name)


def _call(function: Callable, task: tuple, name: str) -> Any:
    """Run in the worker: an exception is an answer too, so that it is not retried.

    A worker of several threads would train in one network twice at a time.
    """
    from dask.distributed import get_worker

    worker = get_worker()
    content, unread = getattr(worker, name)
    if unread:
        return Failure(f"the worker {worker.address} cannot read the data: {unread}", mistaken=True)
    shared, files = content
    if lacks(worker, files):
        return Lacking(worker.address)
    try:
        with _one_at_a_time:
            return function(*task, shared)
    except InputError as error:
        return Failure(str(error), mistaken=True)
    except (Exception, SystemExit) as error:  # Dask would end the worker at the latter
        return Failure(_reason(error))


def _reason(error: BaseException) -> str:
    """Return an error in one line; one from inside a traced function ends with its cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and lines[0] == "in user code:":
        return lines[-1]
    return first_line(error)


def _blamed(*deaths: Death) -> Failure:
    died = sum(death.workers for death in deaths)
    return Failure(
        f"KilledWorker: {died} workers died of it, one after the other (out of memory, perhaps)"
    )
