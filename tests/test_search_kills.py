"""A search whose process is killed, at any moment, goes on to the same proposal."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from cam_augment.search.explore import explore
from cam_augment.search.growth import Journal, grow
from cam_augment.search.pipelines import factors
from cam_augment.search.scores import Scores
from cam_augment.search.trials import Trials
from tests.pipelines import STRATEGIES, World
from tests.processes import environment
from tests.test_search import task

WORLD = World((2.5, 1.5, 1.0, 0, 0, 0, 0, 0), interaction=0, seed=1)


def measure(models) -> Scores:
    """Return scores that follow from models alone, as those of a store do."""
    gains = [
        WORLD.gain(model.strategy)
        + np.random.default_rng([model.seed, *model.strategy.label.encode()]).normal(0, 0.3)
        for model in models
    ]
    return Scores(0.9 + np.array(gains) / 100)


def grown(path, count: int = 12) -> list:
    trials = Trials(measure)
    grow(factors(STRATEGIES[:3]), trials, count, "tpe", 2000, Journal(path, "k"))
    return trials.models


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A growth that was left alone: its journal, and the models that it asked for."""
    path = tmp_path_factory.mktemp("whole") / "journal.log"
    models = grown(path)
    return path.read_bytes(), models


@pytest.mark.parametrize("share", np.linspace(0, 1, 9).round(3))
@pytest.mark.parametrize("torn", [0, 7], ids=["between lines", "in a line"])
def test_a_journal_that_ends_anywhere_grows_on_as_it_would_have(whole, tmp_path, share, torn):
    content, models = whole
    lines = content.splitlines(keepends=True)
    count = round(share * len(lines))
    rest = b"".join(lines[count:])[:torn]
    path = tmp_path / "journal.log"
    path.write_bytes(b"".join(lines[:count]) + rest)
    assert grown(path) == models
    assert grown(path) == models  # and once more, from a journal that is whole


def test_the_lock_of_a_process_that_is_gone_holds_nobody_up(whole, tmp_path):
    content, models = whole
    path = tmp_path / "journal.log"
    path.write_bytes(content)
    path.with_name("journal.log.lock").symlink_to("journal.log")
    assert grown(path) == models


KILLED = """
import os, signal, sys
from pathlib import Path
from cam_augment.search.explore import explore
from cam_augment.search.growth import Journal
from tests.test_search import task
from tests.test_search_kills import measure

def until_growth(models):
    if models[0].phase == "growth" and models[0].seed >= 2008:
        os.kill(os.getpid(), signal.SIGKILL)
    return measure(models)

explore(task(trials=12), until_growth, Journal(Path(sys.argv[1]), "k"))
"""


def test_a_search_that_was_killed_proposes_what_it_would_have(tmp_path):
    path = tmp_path / "journal.log"
    done = subprocess.run([sys.executable, "-c", KILLED, path], env=environment(), check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text("utf-8").count('"params"') == 12
    again = explore(task(trials=12), measure, Journal(path, "k"))
    assert again == explore(task(trials=12), measure, Journal(tmp_path / "whole", "k"))
    assert again.proposal is not None
