"""A scheduler and workers as processes of their own: what they answer, and when they fail."""

import json
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from cam_augment.base.errors import InputError
from cam_augment.engine import workers
from cam_augment.engine.tasks import answers
from cam_augment.engine.workers import address_of
from tests.processes import (
    PATIENCE,
    ROOT,
    end,
    ended,
    ending,
    scheduler,
    study,
    tables,
    until,
    worker,
)
from tests.tasks import Counted, alone, slow, where

# Sockets that Dask leaves to the garbage collector when a client closes.
pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A folder with ``scheduler.json``; two workers, one of which offers a GPU."""
    folder = tmp_path_factory.mktemp("cluster")
    with ending(scheduler(folder), worker(folder), worker(folder, "--resources", "GPU=1")):
        by_both(folder / "scheduler.json")
        yield folder / "scheduler.json"


def run_tasks(function, count, place, **more) -> dict:
    tasks = [(i,) for i in range(count)]
    return dict(answers(function, tasks, Counted(), scheduler=str(place), **more))


def by_both(place) -> dict:
    """Return the answers of two workers, once both have come and worked."""
    result = {}

    def both() -> bool:
        result.update(run_tasks(where, 40, place, wait=PATIENCE))
        return len({pid for _, pid, _ in result.values()}) == 2

    until(both)
    return result


def test_every_worker_works_and_gets_the_data_once(cluster):
    result = by_both(cluster)
    assert [result[i][0] for i in range(40)] == list(range(40))
    before = {pid: most for _, pid, most in result.values()}
    after = run_tasks(where, 40, json.loads(cluster.read_text())["address"])
    assert {most - before[pid] for _, pid, most in after.values()} == {1}


def test_only_workers_with_the_resource_take_tasks(cluster):
    result = run_tasks(where, 12, cluster, resources={"GPU": 1})
    assert len({pid for _, pid, _ in result.values()}) == 1


def test_a_resource_that_nobody_offers_is_an_error_that_says_what_is_offered(cluster):
    messages = []
    with pytest.raises(InputError) as refused:
        run_tasks(where, 3, cluster, resources={"GPU": 4}, wait=1, tell=messages.append)
    line = str(refused.value)
    assert "has no worker with GPU=4; its 2 offer GPU=1 or nothing, and none came in 1 s" in line
    assert len(messages) == 1
    assert messages[0].endswith("; waiting for one, 1 s at most")


def test_a_study_on_a_cluster_gives_the_bytes_of_one_on_this_machine(cluster, tmp_path, calm):
    code, printed = ended(study(tmp_path, "--scheduler", str(cluster)))
    assert code == 0, printed
    assert tables(tmp_path) == calm


@pytest.mark.slow
def test_networks_trained_on_a_cluster_give_the_bytes_of_those_trained_here(cluster, tmp_path):
    words = {"here": (), "there": ("--scheduler", str(cluster), "--resources", "GPU=1")}
    result = []
    for name, options in words.items():
        (tmp_path / name).mkdir()
        code, printed = ended(study(tmp_path / name, *options, light=False))
        assert code == 0, printed
        result.append(tables(tmp_path / name))
    assert result[0] == result[1]


# ---- workers that come, go, or are not like us


def test_without_a_worker_it_waits_says_so_and_goes_on_when_one_comes(tmp_path):
    messages, result = [], {}
    with ending(scheduler(tmp_path)):
        place = tmp_path / "scheduler.json"
        with pytest.raises(InputError, match=r"has no worker, and none came in 1 s: finished runs"):
            run_tasks(where, 3, place, wait=1, tell=messages.append)
        assert messages == [f"'{place}' has no worker; waiting for one, 1 s at most"]
        thread = threading.Thread(target=lambda: result.update(run_tasks(where, 3, place)))
        thread.start()
        with ending(worker(tmp_path)):
            thread.join(PATIENCE)
    assert [result[i][0] for i in range(3)] == [0, 1, 2]


def test_a_worker_that_goes_is_made_up_for_by_one_that_comes(tmp_path):
    with ending(scheduler(tmp_path), first := worker(tmp_path)):
        place = answers(slow, [(i,) for i in range(4)], None,
                        scheduler=str(tmp_path / "scheduler.json"))  # fmt: skip
        result = dict([next(place)])
        end(first)
        with ending(worker(tmp_path)):
            result |= dict(place)
    assert result == {i: i for i in range(4)}


def test_a_worker_of_another_version_is_refused_in_one_line(tmp_path):
    info = tmp_path / "other" / "cam_augment-0.0.7.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cam-augment\nVersion: 0.0.7\n")
    there = scheduler(tmp_path)  # first, with its file: a worker may read that half-written
    other = worker(tmp_path, PYTHONPATH=os.pathsep.join([str(info.parent), str(ROOT)]))
    with ending(there, other), pytest.raises(InputError) as refused:
        run_tasks(where, 3, tmp_path / "scheduler.json")
    line = str(refused.value)
    assert len(line.splitlines()) == 1
    assert "its worker tcp://127.0.0.1:" in line
    assert "cam-augment 0.0.7, and here is Python 3." in line


def test_a_worker_that_cannot_read_the_data_says_so(tmp_path):
    class Elsewhere:
        def __reduce__(self):
            return (__import__, ("no_module_of_this_name",))

    with ending(scheduler(tmp_path), worker(tmp_path)):
        result = dict(
            answers(where, [(1,)], Elsewhere(), scheduler=str(tmp_path / "scheduler.json"))
        )
    assert result[0].mistaken
    assert (
        "cannot read the data: ModuleNotFoundError: No module named 'no_module" in result[0].reason
    )


def test_a_worker_of_many_threads_trains_one_at_a_time_and_is_told_of(tmp_path):
    messages = []
    with ending(scheduler(tmp_path), worker(tmp_path, "--nthreads", "4")):
        run_tasks(where, 1, tmp_path / "scheduler.json")  # it has come
        result = run_tasks(alone, 8, tmp_path / "scheduler.json", tell=messages.append)
    assert set(result.values()) == {1}
    assert "1 of 1 workers have several threads" in messages[-1]


# ---- schedulers that go, or are none


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_scheduler_that_goes_ends_it_within_seconds(tmp_path, number):
    with ending(server := scheduler(tmp_path), worker(tmp_path)):
        result = answers(slow, [(i,) for i in range(50)], None,
                        scheduler=str(tmp_path / "scheduler.json"))  # fmt: skip
        next(result)
        server.send_signal(number)
        with pytest.raises(InputError, match=r"is gone.*finished runs are kept, and the same com"):
            list(result)


def test_a_scheduler_that_went_while_nobody_looked(tmp_path, monkeypatch):
    """A driver that is busy for longer than Dask tries to reach a scheduler again."""
    monkeypatch.setattr(workers, "CONNECT", 3)
    with ending(server := scheduler(tmp_path), worker(tmp_path)):
        result = answers(slow, [(i,) for i in range(50)], None,
                        scheduler=str(tmp_path / "scheduler.json"))  # fmt: skip
        next(result)
        end(server)
        time.sleep(workers.CONNECT + 1)
        with pytest.raises(InputError, match="is gone"):
            list(result)


def test_another_scheduler_at_the_same_address_does_not_pass_for_the_first(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = ("--host", "127.0.0.1", "--port", port)
    with ending(server := scheduler(tmp_path, *words), worker(tmp_path)):
        tasks = [(i,) for i in range(50)]
        result = answers(slow, tasks, None, scheduler=f"tcp://127.0.0.1:{port}")
        next(result)
        end(server)
        with ending(scheduler(tmp_path, *words)), pytest.raises(InputError, match="is gone"):
            list(result)


FILES = {
    "no JSON": ("{", "is not valid JSON"),
    "a list": ("[]", "has no 'address'"),
    "no address": ('{"id": "x"}', "has no 'address'"),
    "a number": ('{"address": 8786}', "has no 'address'"),
    "not utf-8": (b"\xff\xfe", "is not valid JSON"),
    "nested too deep": ("[" * 100_000, "is not valid JSON"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_scheduler_file_that_is_none_is_named(tmp_path, case):
    content, expected = FILES[case]
    path = tmp_path / "scheduler.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=expected) as refused:
        address_of(str(path))
    assert str(refused.value).startswith(f"option --scheduler: '{path}'")
    assert len(str(refused.value).splitlines()) == 1


def test_a_scheduler_file_that_is_not_there_is_named(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="there is no such file; an address is like tcp://"):
            address_of(str(path))


def test_what_is_no_scheduler_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "CONNECT", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(InputError, match=f"no answer from '{place}'"):
            run_tasks(where, 1, place)
    with pytest.raises(InputError, match="no answer from 'carrier://pigeon:1'"):
        run_tasks(where, 1, "carrier://pigeon:1")
    path = tmp_path / "scheduler.json"
    path.write_text(json.dumps({"address": "tcp://127.0.0.1:9"}))
    with pytest.raises(InputError, match=r"no answer from '.*scheduler\.json'"):
        run_tasks(where, 1, path)


def test_a_worker_is_no_scheduler(tmp_path):
    messages = []
    with ending(scheduler(tmp_path), worker(tmp_path, "--nthreads", "2")):
        run_tasks(where, 1, tmp_path / "scheduler.json")  # it has come
        run_tasks(where, 1, tmp_path / "scheduler.json", tell=messages.append)
        address = re.search(r"tcp://[\d.:]+\d", messages[-1])[0]
        with pytest.raises(InputError, match=f"from '{address}': ValueError: this is a Worker"):
            run_tasks(where, 1, address)
