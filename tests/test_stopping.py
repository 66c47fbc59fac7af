"""Ctrl-C and SIGTERM: a command ends soon, in order, once; with its workers gone."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cam_augment.base.stop import Stop, Stopped
from cam_augment.store import Store
from tests import light, moments
from tests.moments import Moment
from tests.processes import (
    PATIENCE,
    answers_in,
    end,
    ended,
    environment,
    group,
    interruptible,
    sound,
    study,
    tables,
    until,
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")

MORE = {"baselines": 5, "seeds": 5}
LINE = "stopped; finished runs are kept, the same command goes on"
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.fixture
def gate(monkeypatch, tmp_path) -> Path:
    """The file without which no run but the first of each arm ends."""
    monkeypatch.setenv(light.GATE, str(tmp_path / "open"))
    return tmp_path / "open"


def stopped(folder, number, times=1, moment=None, whole=True, **more) -> str:
    """Stop a study by signals to its group, as a terminal does, or to the driver alone."""
    process = study(folder, **MORE | more)
    try:
        if moment is None:  # at work
            until(lambda: answers_in(folder) > 2, process)  # one model, or more
        else:
            until(lambda: group(process), process)  # it has begun to start its workers
            time.sleep(moment)
        send(process, number, times, whole)
        code, printed = ended(process)
        until(lambda: not group(process))
    finally:
        end(process)
    assert code == CODES[number], printed
    in_order(folder, printed)
    assert not (folder / "results").exists()
    return printed


def send(process, number, times: int, whole: bool) -> None:
    for _ in range(times):
        try:
            (os.killpg if whole else os.kill)(process.pid, number)
        except ProcessLookupError:
            break
        time.sleep(0.1)


def in_order(folder, printed: str) -> None:
    """One line says that the command was stopped, and nothing is half done."""
    assert printed.rstrip().endswith(LINE), printed
    for word in ("Traceback", "KeyboardInterrupt", "Exception", "Warning"):
        assert word not in printed, printed
    assert sound(folder)
    assert not Store(folder / "store").leftovers()


def test_a_terminal_stops_a_study_in_order_and_it_goes_on_afterwards(tmp_path, gate):
    """Ctrl-C, pressed again and again, which changes nothing; models in hand are dropped."""
    stopped(tmp_path, signal.SIGINT, times=5)
    gate.touch()
    code, printed = ended(study(tmp_path, **MORE))
    assert code == 0, printed
    assert "10 models, 0 in the store" not in printed
    assert "profile.csv" in tables(tmp_path)


@pytest.mark.usefixtures("gate")
def test_a_scheduler_of_jobs_stops_a_study_in_order(tmp_path):
    """One SIGTERM, to the driver alone."""
    stopped(tmp_path, signal.SIGTERM, whole=False)


@pytest.mark.usefixtures("gate")
def test_while_workers_start(tmp_path):
    stopped(tmp_path, signal.SIGINT, moment=0.3)


# ---- inside a call


def test_what_is_being_written_is_finished(tmp_path, calm, monkeypatch):
    """One study, stopped twice, which then comes to the same tables."""
    for moment in (
        # NumPy closes an array in its archive: an exception there would be masked.
        Moment(signal.SIGTERM, "zipfile:_ZipWriteFile.close", call=5),
        # A slow disk: what is being written takes longer than the command may.
        Moment(signal.SIGINT, "os:fsync", call=5, pause=4),
    ):
        before = answers_in(tmp_path)
        monkeypatch.setenv(moments.VARIABLE, str(moment))
        code, printed = ended(study(tmp_path))
        assert code == CODES[moment.number], printed
        in_order(tmp_path, printed)
        assert answers_in(tmp_path) > before
    monkeypatch.delenv(moments.VARIABLE)
    code, printed = ended(study(tmp_path))
    assert (code, tables(tmp_path)) == (0, calm), printed


FOR_EVER = 10 * PATIENCE


@pytest.mark.parametrize(
    ("moment", "report"),
    [
        (Moment(signal.SIGINT, "cam_augment.study.run:load_data"), "none"),
        (Moment(signal.SIGTERM, "cam_augment.impact.attention.pairs:among"), "none"),
        # A computation that comes to no check.
        (Moment(signal.SIGTERM, "cam_augment.impact.attention.shift:energy_test",
                pause=FOR_EVER), "none"),
        (Moment(signal.SIGINT, "cam_augment.report.drawing:files_of"), "none"),
        (Moment(signal.SIGTERM, "os:replace", call=3), "whole"),  # the report's files
        (Moment(signal.SIGINT, "cam_augment.cli.progress:say_result"), "whole"),
    ],
    ids=lambda value: str(value).replace("cam_augment.", ""),
)  # fmt: skip
def test_after_the_models(tmp_path, undisturbed, moment, report):
    shutil.copytree(undisturbed / "store", tmp_path / "store")
    shutil.copy(undisturbed / "small.toml", tmp_path)
    done = report_only(tmp_path, moment)
    assert done.returncode == CODES[moment.number], done.stderr
    assert done.stderr == f"{LINE}\n"
    in_order(tmp_path, done.stderr)
    assert tables(tmp_path) == (tables(undisturbed) if report == "whole" else {})
    assert not list(tmp_path.glob("results/*/.report-*"))


def report_only(folder: Path, moment: Moment) -> subprocess.CompletedProcess:
    """Make the report of a small study, figures too, with a signal at a moment."""
    variables = {moments.VARIABLE: str(moment)}
    if "drawing" in moment.function:
        variables[light.FIGURES] = "1"
    return subprocess.run(
        [sys.executable, "-m", "tests.light", "small.toml", "--report-only"],
        cwd=folder, env=environment(**variables), capture_output=True, text=True,
        timeout=3 * PATIENCE, preexec_fn=interruptible,
    )  # fmt: skip


def test_signals_that_a_shell_has_turned_off_stay_off(tmp_path, undisturbed):
    """As in the background of a shell without job control."""
    shutil.copytree(undisturbed / "store", tmp_path / "store")
    shutil.copy(undisturbed / "small.toml", tmp_path)
    moment = Moment(signal.SIGINT, "cam_augment.study.run:load_data")
    words = [sys.executable, "-m", "tests.light", "small.toml", "--report-only"]
    done = subprocess.run(
        words, cwd=tmp_path, env=environment(**{moments.VARIABLE: str(moment)}),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN), timeout=3 * PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0
    assert tables(tmp_path) == tables(undisturbed)


# ---- the wish to end, by itself


def test_a_check_passes_until_the_end_is_asked_for():
    stop = Stop()
    stop.check()
    stop.ask(143)
    stop.ask(130)  # a second signal changes nothing
    with pytest.raises(Stopped) as raised:
        stop.check()
    assert raised.value.code == stop.code == 143


def test_who_waits_is_woken_once():
    stop, woken = Stop(), []
    with stop.waking(lambda: woken.append("one")):
        with stop.waking(lambda: woken.append("gone")):
            pass
        stop.ask(130)
        stop.ask(130)
    assert woken == ["one"]


# ---- slow proofs


@pytest.mark.slow
def test_networks_in_training_are_stopped_too(tmp_path):
    stopped(tmp_path, signal.SIGINT, light=False, recipe={"epochs": 200, "batch_size": 25},
            moment=8.0)  # fmt: skip


@pytest.fixture(scope="module")
def seconds(undisturbed, tmp_path_factory) -> dict[str, float]:
    """Measure how long studies take that nothing disturbs, from when they hear signals."""
    measured = {}
    for kind in ("study", "report"):
        folder = tmp_path_factory.mktemp(kind)
        process = begun(folder, kind, undisturbed)
        start = time.monotonic()
        code, printed = ended(process)
        assert code == 0, printed
        measured[kind] = time.monotonic() - start
    return measured


def begun(folder: Path, kind: str, undisturbed: Path, *, figures: bool = True) -> subprocess.Popen:
    """Start a study, or a report with its figures, and wait until it hears signals."""
    if kind == "report" and not (folder / "store").exists():
        shutil.copytree(undisturbed / "store", folder / "store")
    with pytest.MonkeyPatch.context() as patch:
        if kind == "report" and figures:
            patch.setenv(light.FIGURES, "1")
        process = study(folder, *(["--report-only"] if kind == "report" else []))
    until(lambda: hears(process.pid), process)
    return process


def hears(process: int) -> bool:
    """Return whether a process has a handler of SIGTERM, which Python's start sets none of."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    caught = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt"))
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200))
def test_at_any_moment(tmp_path, undisturbed, seconds, seed):
    draw = random.Random(seed)
    number, kind = draw.choice(list(CODES)), draw.choice(list(seconds))
    process = begun(tmp_path, kind, undisturbed)
    try:
        time.sleep(draw.uniform(0, seconds[kind]))
        send(process, number, draw.randint(1, 3), whole=draw.random() < 0.5)
        code, printed = ended(process)
        until(lambda: not group(process))
    finally:
        end(process)
    if code == 0:  # it had done everything
        assert tables(tmp_path) == tables(undisturbed)
    else:
        assert code == CODES[number], printed
        in_order(tmp_path, printed)
        assert tables(tmp_path) in ({}, tables(undisturbed))
    code, printed = ended(begun(tmp_path, kind, undisturbed, figures=False))
    assert (code, tables(tmp_path)) == (0, tables(undisturbed)), printed
