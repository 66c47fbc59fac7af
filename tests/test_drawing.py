"""Figures drawn by helper processes are the figures that this process draws."""

import subprocess
import sys
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from cam_augment.base.errors import InputError
from cam_augment.report import drawing, parts, write
from cam_augment.report.contents import Report
from cam_augment.report.order import in_one_order
from tests import bare
from tests.profiles import example_profile, few_drawings


@pytest.fixture(scope="module")
def profile():
    return few_drawings(example_profile())


@pytest.fixture(scope="module")
def alone(profile):
    """All figures, drawn by this process."""
    return drawing.Helpers().draw(figures(profile))


def figures(profile):
    parts.discover()
    return [part for part in Report(profile).parts if isinstance(part, parts.Figure)]


def test_a_report_that_leaves_figures_empty_draws_none(profile):
    parts = figures(profile)
    empty = {part.name: {".svg": bare.BLANK} for part in parts}
    assert bare.draw(drawing.Helpers(), parts) == empty


def test_helpers_draw_the_same_bytes(profile, alone, monkeypatch):
    monkeypatch.setattr(drawing, "cores", lambda: 3)
    monkeypatch.setattr(drawing.Helpers, "_free", lambda _self, _part: False)
    with drawing.Helpers() as helpers:
        helpers.start()
        helpers.start()  # once is enough
        helpers.begin(in_one_order(profile))
        assert len(helpers.pool._processes) == 2
        assert set(helpers._futures) >= set(alone)  # some are of costs, and this study has none
        assert helpers.draw(figures(profile)) == alone


def test_a_helper_that_dies_is_replaced_by_this_process(profile, alone, monkeypatch):
    monkeypatch.setattr(drawing, "cores", lambda: 2)
    monkeypatch.setattr(drawing.Helpers, "_free", lambda _self, _part: False)
    with drawing.Helpers() as helpers:
        helpers.start()
        helpers.begin(in_one_order(profile))
        for process in list(helpers.pool._processes.values()):
            process.kill()
        few = figures(profile)[:4]
        assert helpers.draw(few) == {part.name: alone[part.name] for part in few}


def test_helpers_that_died_before_the_profile_came_are_not_asked(profile, monkeypatch):
    monkeypatch.setattr(drawing, "cores", lambda: 2)
    with drawing.Helpers() as helpers:
        helpers.start()
        (process,) = helpers.pool._processes.values()
        process.kill()
        process.join()
        with suppress(BrokenExecutor):
            while True:  # until the pool knows
                helpers.pool.submit(int).result()
        helpers.begin(in_one_order(profile))
        assert not helpers._futures
        assert set(helpers.draw(figures(profile)[:1])) == {figures(profile)[0].name}


def test_without_room_for_a_process_all_is_drawn_here(profile, monkeypatch):
    def refuse(*_):
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(drawing, "cores", lambda: 2)
    monkeypatch.setattr(drawing.ProcessPoolExecutor, "submit", refuse)
    with drawing.Helpers() as helpers:
        helpers.start()
        helpers.begin(in_one_order(profile))
        assert set(helpers.draw(figures(profile)[:1])) == {figures(profile)[0].name}


STARTS = """
import sys, time
from cam_augment.report import drawing
drawing.cores = lambda: 2
with drawing.Helpers() as helpers:
    helpers.start()
    while not helpers.pool._processes:
        time.sleep(0.01)
    print(*helpers.pool._processes, flush=True)
    time.sleep(60)
"""


def test_helpers_end_with_a_process_that_is_killed():
    """And let its output go: who reads it waits for the end of all who hold it."""
    with subprocess.Popen([sys.executable, "-c", STARTS], stdout=subprocess.PIPE) as started:
        helper = int(started.stdout.readline())
        started.kill()
        assert started.stdout.read() == b""  # at its end only when the helper is gone
    assert not Path(f"/proc/{helper}/cmdline").exists() or zombie(helper)


def zombie(process: int) -> bool:
    return Path(f"/proc/{process}/cmdline").read_bytes() == b""


def test_figures_are_entered_under_their_own_names():
    """Helpers are asked by the function's name; another name would be drawn here only."""
    assert {part.name for part in figures(example_profile())} <= {
        e.make.__name__ for e in parts.FIGURES
    }


def test_a_kind_of_figures_that_there_is_not_is_refused(profile, tmp_path):
    with pytest.raises(InputError, match=r"--figures: received 'pfd'. Did you mean 'pdf'\?"):
        write(profile, tmp_path, figures="pfd")
    assert not list(tmp_path.iterdir())
