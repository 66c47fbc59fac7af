"""The engine: answers as they come, failures as answers, dead workers survived."""

import os
import signal
import sys
import time
from queue import SimpleQueue

import dask
import pytest

from cam_augment.base.compat import WORKER
from cam_augment.base.errors import InputError
from cam_augment.base.stop import Stop, Stopped
from cam_augment.engine.tasks import FETCH, Failure, _reason, _Underway, answers
from cam_augment.engine.workers import Place, Pool

# Sockets that Dask leaves to the garbage collector when a cluster closes.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def double(value, shared):
    return 2 * value + shared


def fail_on_three(value, _shared):
    if value == 3:
        raise RuntimeError("three\nmore")
    return value


def die_once(folder, _shared):
    """Kill the worker's process the first time that it is called."""
    mark = os.path.join(folder, "died")
    if not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


def die(_shared):
    os.kill(os.getpid(), signal.SIGKILL)


def test_every_task_is_answered_once():
    result = dict(answers(double, [(i,) for i in range(7)], 100, workers=2))
    assert result == {i: 2 * i + 100 for i in range(7)}


def process_slowly(_shared):
    """Return the number of the worker's process, so late that others have to take a task too."""
    time.sleep(0.3)
    return os.getpid()


def test_a_pool_keeps_its_workers_for_later_tasks_until_one_did_not_end(monkeypatch):
    before, main = dict(os.environ), getattr(sys.modules["__main__"], "__file__", None)
    with Pool() as pool:

        def processes(workers: int) -> set[int]:
            tasks = answers(
                process_slowly, [()] * workers, None, workers=workers, connect=pool.connect
            )
            return {number for _, number in tasks}

        first = processes(2)
        assert dict(os.environ) == before
        assert getattr(sys.modules["__main__"], "__file__", None) == main
        monkeypatch.setenv("OF_THE_USERS_OWN", "1")
        assert len(first) == 2
        assert processes(1) < first
        part = answers(process_slowly, [(), ()], None, workers=2, connect=pool.connect)
        next(part)
        part.close()
        others = processes(3)
        assert len(others) == 3
        assert not others & first
    assert not any(os.path.exists(f"/proc/{number}") for number in others)
    assert os.environ["OF_THE_USERS_OWN"] == "1"


def test_workers_that_begin_to_end_are_gone_at_the_end_of_their_pool():
    with Pool() as pool:

        def process() -> int:
            [(_, number)] = answers(os_process, [()], None, workers=1, connect=pool.connect)
            return number

        first = process()
        pool.begin_to_close()
        second = process()
        assert second != first
        pool.begin_to_close()
    assert not any(os.path.exists(f"/proc/{number}") for number in (first, second))


def os_process(_shared):
    return os.getpid()


def test_no_task_starts_nothing():
    assert list(answers(double, [], None)) == []


def variable(name, _shared):
    return os.environ.get(name)


def test_workers_know_that_they_are_ours_and_the_driver_keeps_its_environment(monkeypatch):
    """Else whatever this process starts afterwards takes itself for a worker, of one thread."""
    names = [WORKER, "OPENBLAS_NUM_THREADS"]
    for name in names:
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    assert dict(answers(variable, zip(names), None, workers=1)) == {0: "1", 1: "1"}
    assert dict(os.environ) == before


def test_an_error_is_an_answer_and_the_others_go_on():
    result = dict(answers(fail_on_three, [(i,) for i in range(5)], None, workers=2))
    assert result.pop(3) == Failure("RuntimeError: three")
    assert result == {i: i for i in (0, 1, 2, 4)}


def test_a_worker_that_dies_is_replaced_and_its_task_done_again(tmp_path):
    assert dict(answers(die_once, [(str(tmp_path),)], None, workers=1)) == {0: "survived"}


def test_a_worker_that_is_slow_to_start_again_is_not_given_up(tmp_path):
    """Dask's own local cluster closes a worker that is away for 15 s, as on a busy machine."""
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "10ms"}):
        result = dict(answers(die_once, [(str(tmp_path),)], None, workers=1, wait=30))
    assert result == {0: "survived"}


def test_a_task_that_always_kills_its_worker_is_a_failure():
    result = dict(answers(die, [()], None, workers=1))
    assert isinstance(result[0], Failure)
    assert "KilledWorker" in result[0].reason


def die_of_three(value, _shared):
    if value == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return value


@pytest.mark.parametrize("values", [(3, 0), (0, 3, 1, 2), (3, 0, 3, 1), (*range(12), 3, 3)])
def test_who_waits_beside_a_task_that_kills_its_worker_is_not_blamed(values):
    result = dict(answers(die_of_three, [(value,) for value in values], None, workers=1))
    assert set(result) == set(range(len(values)))
    for index, value in enumerate(values):
        if value == 3:
            assert result[index].reason.startswith("KilledWorker: 4 workers died of it")
        else:
            assert result[index] == value


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr("cam_augment.engine.workers.CONNECT", 1)
    with pytest.raises(
        InputError, match=r"option --scheduler: no answer from 'tcp://127\.0\.0\.1:9'"
    ):
        list(answers(double, [(1,)], 0, scheduler="tcp://127.0.0.1:9"))


def test_the_cause_of_a_traced_functions_error_is_named():
    error = RuntimeError("in user code:\n\n    File x\n\n    RuntimeError: no space left\n")
    assert _reason(error) == "RuntimeError: no space left"
    assert _reason(KeyError()) == "KeyError"


class Models:
    """Tasks that each bring a model along; says how many were taken."""

    def __init__(self, size):
        self.size, self.taken = size, 0

    def __iter__(self):
        for index in range(20):
            self.taken += 1
            yield index, bytes(self.size)


def first_of(index, _content, _shared):
    return index


@pytest.mark.parametrize(("size", "most"), [(10, 20), (1000, 5)])
def test_heavy_tasks_are_not_sent_far_ahead(size, most, monkeypatch):
    """As many as the workers' threads need next, and no more: each is held until it is answered."""
    monkeypatch.setattr("cam_augment.engine.tasks.HEAVY", 2000)
    tasks = Models(size)
    result = answers(first_of, tasks, None, workers=1)
    assert next(result)[1] in range(20)
    assert tasks.taken <= most
    assert sorted(index for index, _ in result) == list(range(1, 20)) or tasks.taken == 20


def test_a_stop_wakes_the_wait_for_answers(monkeypatch):
    """Asked for in the very wait, with no answer under way, it must not be slept over."""
    stop, wakings = Stop(), []
    monkeypatch.setattr("cam_augment.engine.tasks.STOP", stop)

    class Ends(SimpleQueue):
        def get(self, timeout):  # noqa: ARG002
            stop.ask(143)
            wakings.append(self.qsize())
            return super().get_nowait()

    class Future:
        def add_done_callback(self, tell):
            """Tell nothing: this task never ends."""

    class Client:
        def submit(self, *_, **__):
            return Future()

    class Watch:
        def look(self):
            return 1

    monkeypatch.setattr("cam_augment.engine.tasks.queue.SimpleQueue", Ends)
    call = {"function": double, "name": "data"}
    tasks = _Underway(Client(), Watch(), Place(1, None, {}, 10, print), call)
    with pytest.raises(Stopped):
        list(tasks.answers([(1,)]))
    assert wakings == [1]


def test_an_answer_that_went_with_its_worker_is_waited_for_under_watch():
    """Nobody would end the waiting otherwise if no worker came back."""
    looks, patience = [], []

    class Gone:
        def result(self, timeout):
            patience.append(timeout)
            if len(looks) < 2:
                raise TimeoutError
            return "made again"

    class Watch:
        def look(self):
            looks.append(None)
            return 1

    hands = _Underway(None, Watch(), Place(1, None, {}, 10, print), {})
    assert hands._answer(Gone()) == "made again"
    assert patience == [FETCH, 2 * FETCH, 4 * FETCH]
