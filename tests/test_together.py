"""Several commands on one store at once: each ends as if it were alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from cam_augment.base.errors import InputError
from cam_augment.store import Store
from tests import light
from tests.conftest import write_plan
from tests.processes import (
    ANSWERS,
    PATIENCE,
    SMALL,
    answers_in,
    end,
    ended,
    ending,
    environment,
    sound,
    study,
    tables,
    until,
)  # fmt: skip

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def gc(folder, plan) -> subprocess.CompletedProcess:
    words = ["gc", "--keep", plan, "--yes"]
    return subprocess.run(
        [sys.executable, "-m", "cam_augment.store", *words],
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def test_two_studies_of_one_plan_and_a_collector_of_another(tmp_path, calm, monkeypatch):
    monkeypatch.setenv(light.GATE, str(tmp_path / "open"))
    write_plan(tmp_path / "other.toml", **SMALL | {"name": "other", "first_seed": 100})
    words = ("--workers", "1")
    with ending(first := study(tmp_path, *words), second := study(tmp_path, *words)):
        until(lambda: answers_in(tmp_path) > 2, first)
        answers = answers_in(tmp_path)
        done = gc(tmp_path, "other.toml")
        assert (done.returncode, done.stdout) == (2, "")
        assert "a study works with it now, and what it needs could go" in done.stderr
        assert answers_in(tmp_path) >= answers
        (tmp_path / "open").touch()
        for process in (first, second):
            code, printed = ended(process)
            assert code == 0, printed
            assert "damaged" not in printed
    assert tables(tmp_path) == calm
    assert answers_in(tmp_path) == ANSWERS
    assert sound(tmp_path)
    assert not Store(tmp_path / "store").leftovers()
    done = gc(tmp_path, "other.toml")
    assert done.returncode == 0, done.stderr
    assert answers_in(tmp_path) == 0


def test_a_killed_study_leaves_no_lock(tmp_path, monkeypatch):
    monkeypatch.setenv(light.GATE, str(tmp_path / "never"))
    with ending(process := study(tmp_path)):
        until(lambda: answers_in(tmp_path) > 0, process)
        end(process)
    with Store(tmp_path / "store").alone():
        pass


def test_many_use_a_store_and_one_alone_removes(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    with Store(folder).in_use(), Store(folder).in_use():
        busy = pytest.raises(InputError, match="a study works with it now")
        with busy, Store(folder).alone():
            pass
    with Store(folder).alone(), pytest.raises(InputError), Store(folder).alone():
        pass
    with Store(folder).alone():
        pass


def test_using_a_store_that_is_not_there_makes_none(tmp_path):
    import numpy as np

    store = Store(tmp_path / "store")
    with store.in_use():
        assert not (tmp_path / "store").exists()
        store.put_arrays("scores", "0" * 32, {"values": np.zeros(2)})
        with pytest.raises(InputError), Store(tmp_path / "store").alone():
            pass
    with Store(tmp_path / "store").alone():
        pass
