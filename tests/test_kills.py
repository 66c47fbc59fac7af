"""Killed at any moment, driver, worker or scheduler: asked again, a study says the same."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from cam_augment.store import Store
from tests import light
from tests.processes import (
    ANSWERS,
    answers_in,
    end,
    ended,
    ending,
    scheduler,
    sound,
    spawned,
    study,
    tables,
    until,
    worker,
)  # fmt: skip

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The tables of a study that nothing disturbed, its networks really trained."""
    folder = tmp_path_factory.mktemp("trained")
    code, printed = ended(study(folder, light=False))
    assert code == 0, printed
    return tables(folder)


def disturb(process, folder, whom: str, draw: random.Random) -> None:
    """Kill the driver or one of its workers, once some number of answers is in the store."""
    enough, pause = draw.randrange(ANSWERS + 1), draw.random()
    until(lambda: answers_in(folder) >= enough, process)
    time.sleep(pause)
    if whom == "driver":
        process.kill()
        return
    if until(lambda: spawned(process), process):
        try:
            os.kill(draw.choice(spawned(process)), signal.SIGKILL)
        except (ProcessLookupError, IndexError):
            return  # the study has just ended


def goes_on(folder, expected, **more) -> None:
    """Ask again until nothing is missing; compare the tables."""
    for _ in range(2):  # what a dead worker had in hand may be named as failed, once
        code, printed = ended(study(folder, **more))
        if code == 0:
            break
    assert code == 0, printed
    assert tables(folder) == expected
    assert sound(folder)
    assert answers_in(folder) == ANSWERS


def survives(folder, expected, whom: str, seed: int, **more) -> None:
    with ending(process := study(folder, **more)):
        disturb(process, folder, whom, random.Random(seed))
        code, _ = ended(process)
    if code == 0:
        assert tables(folder) == expected
    goes_on(folder, expected, **more)


def loses_its_scheduler(folder, seed: int) -> None:
    draw = random.Random(seed)
    enough, pause = draw.randrange(ANSWERS + 1), draw.random() / 4
    server = scheduler(folder)
    process = study(folder, "--scheduler", str(folder / "scheduler.json"))
    with ending(server, worker(folder), worker(folder), process):
        until(lambda: answers_in(folder) >= enough, process)
        time.sleep(pause)
        end(server)
        code, printed = ended(process)
    if answers_in(folder) < ANSWERS:
        lines = printed.strip().splitlines()
        assert code == 2, printed
        assert "error: " in lines[-1], printed
        assert "finished runs are kept, and the same command goes on" in printed, printed
        assert "Traceback" not in printed
        assert not (folder / "results").exists()
    assert not Store(folder / "store").leftovers()


@pytest.mark.parametrize("whom", ["driver", "worker"])
def test_a_kill_changes_no_table(tmp_path, calm, whom):
    survives(tmp_path, calm, whom, seed=0)


def test_a_study_that_loses_its_scheduler_says_so_and_keeps_what_is_finished(tmp_path, monkeypatch):
    monkeypatch.setenv(light.PAUSE, "0.5")
    loses_its_scheduler(tmp_path, seed=1)
    assert sound(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
@pytest.mark.parametrize("whom", ["driver", "worker"])
def test_twenty_kills_change_no_table(tmp_path, calm, whom, seed):
    survives(tmp_path, calm, whom, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_twenty_kills_of_the_scheduler_change_no_table(tmp_path, calm, seed, monkeypatch):
    monkeypatch.setenv(light.PAUSE, "0.3")
    loses_its_scheduler(tmp_path, seed)
    goes_on(tmp_path, calm)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize("whom", ["driver", "worker"])
def test_kills_change_no_table_of_trained_networks(tmp_path, trained, whom, seed):
    survives(tmp_path, trained, whom, seed, light=False)
