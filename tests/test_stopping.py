"""Ctrl-C and SIGTERM: a command ends soon, in order, once; with its workers gone."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from cam_augment.store import Store
from tests import light
from tests.processes import answers_in, end, ended, group, sound, study, tables, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

MORE = {"baselines": 5, "seeds": 5}
LINE = "stopped; finished runs are kept, the same command goes on"
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.fixture(autouse=True)
def slow_runs(monkeypatch):
    monkeypatch.setenv(light.PAUSE, "0.5")


def stopped(folder, number, times=1, moment=None, whole=True, **more) -> str:
    """Stop a study by signals to its group, as a terminal does, or to the driver alone."""
    process = study(folder, **MORE | more)
    try:
        if moment is None:  # at work
            until(lambda: answers_in(folder) > 6, process)  # two models, or more
        else:
            until(lambda: group(process), process)  # it has begun to start its workers
            time.sleep(moment)
        for _ in range(times):
            try:
                (os.killpg if whole else os.kill)(process.pid, number)
            except ProcessLookupError:
                break
            time.sleep(0.1)
        code, printed = ended(process)
        until(lambda: not group(process))
    finally:
        end(process)
    assert code == CODES[number], printed
    assert printed.rstrip().endswith(LINE), printed
    for word in ("Traceback", "KeyboardInterrupt", "Exception"):
        assert word not in printed, printed
    assert sound(folder)
    assert not Store(folder / "store").leftovers()
    assert not (folder / "results").exists()
    return printed


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("whole", [True, False], ids=["group", "driver"])
def test_a_signal_stops_a_study_in_order_and_it_goes_on_afterwards(tmp_path, number, whole):
    stopped(tmp_path, number, whole=whole)
    if whole and number == signal.SIGINT:
        code, printed = ended(study(tmp_path, **MORE))
        assert code == 0, printed
        assert "10 models, 0 in the store" not in printed
        assert "profile.csv" in tables(tmp_path)


def test_a_second_ctrl_c_changes_nothing(tmp_path):
    stopped(tmp_path, signal.SIGINT, times=5)


def test_while_workers_start(tmp_path):
    stopped(tmp_path, signal.SIGINT, moment=0.3)


@pytest.mark.slow
def test_networks_in_training_are_stopped_too(tmp_path):
    stopped(tmp_path, signal.SIGINT, light=False, recipe={"epochs": 200, "batch_size": 25},
            moment=8.0)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_at_any_moment(tmp_path, seed):
    draw = random.Random(seed)
    number, moment, whole = draw.choice(list(CODES)), draw.uniform(0, 4), draw.random() < 0.5
    stopped(tmp_path, number, draw.randint(1, 3), moment, whole, baselines=20)
