"""Killed at any moment, driver or worker: asked again, a study says the same to the byte."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cam_augment.store import Store
from tests.conftest import write_plan

SMALL = {
    "name": "small",
    "dataset": {"name": "mnist", "train": 100, "validation": 20, "probe": 20, "test": 40},
    "strategies": ["identity"],
    "baselines": 3,
    "seeds": 3,
    "recipe": {"epochs": 2, "batch_size": 25},
}
ANSWERS = 15  # six fits, their maps, and how faithful those of three baselines are
COMMAND = [sys.executable, "-m", "cam_augment.study", "small.toml", "--workers", "2"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def started(folder):
    write_plan(folder / "small.toml", **SMALL)
    return subprocess.Popen(
        COMMAND, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended(process) -> tuple[int, str]:
    printed, _ = process.communicate(timeout=900)
    return process.returncode, printed


def tables(folder) -> dict[str, bytes]:
    """Return the tables but the one that holds the times."""
    found = {path.name: path.read_bytes() for path in (folder / "results/small").glob("*.csv")}
    return {name: content for name, content in found.items() if name != "provenance.csv"}


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """The tables of a study that nothing disturbed."""
    folder = tmp_path_factory.mktemp("calm")
    code, printed = ended(started(folder))
    assert code == 0, printed
    assert "profile.csv" in tables(folder)
    return tables(folder)


def children(process) -> list[int]:
    """Return the processes that the driver spawned to work for it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue  # it ended meanwhile
        if parent == process.pid and b"spawn_main" in words:
            found.append(int(folder.name))
    return found


def disturb(process, store: Path, whom: str, draw: random.Random) -> None:
    """Kill the driver or one of its workers, once some number of answers is in the store."""
    enough, pause = draw.randrange(ANSWERS + 1), draw.random()
    while process.poll() is None and len(list(Store(store).places())) < enough:
        time.sleep(0.02)
    time.sleep(pause)
    if whom == "driver":
        process.kill()
        return
    while process.poll() is None and not (workers := children(process)):
        time.sleep(0.02)
    if process.poll() is None:
        try:
            os.kill(draw.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return  # the study has just ended


def survives(folder, calm, whom: str, seed: int) -> None:
    process = started(folder)
    disturb(process, folder / "store", whom, random.Random(seed))
    code, printed = ended(process)
    for _ in range(2):  # what a dead worker had in hand may be named as failed, once
        if code == 0:
            break
        code, printed = ended(started(folder))
    assert code == 0, printed
    assert tables(folder) == calm
    store = Store(folder / "store")
    assert [place for place in store.places() if store.damage(place.kind, place.key)] == []
    of_models = [place for place in store.places() if place.kind not in ("scores", "chance")]
    assert len(of_models) == ANSWERS


@pytest.mark.parametrize("whom", ["driver", "worker"])
def test_a_kill_changes_no_table(tmp_path, calm, whom):
    survives(tmp_path, calm, whom, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
@pytest.mark.parametrize("whom", ["driver", "worker"])
def test_twenty_kills_change_no_table(tmp_path, calm, whom, seed):
    survives(tmp_path, calm, whom, seed)
