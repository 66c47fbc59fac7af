"""Studies, Dask schedulers and workers as real processes: started, watched, killed, ended."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from cam_augment.store import Store
from tests.conftest import write_plan

ROOT = Path(__file__).resolve().parent.parent
SMALL = {
    "name": "small",
    "dataset": {"name": "mnist", "train": 100, "validation": 20, "probe": 20, "test": 40},
    "strategies": ["identity"],
    "baselines": 3,
    "seeds": 3,
    "recipe": {"epochs": 2, "batch_size": 25},
}
ANSWERS = 27  # six trainings, maps, predictions of two splits, three baselines' faithfulness
PATIENCE = 1200  # seconds after which a test gives up: a machine may be ten times as slow


def environment(**more) -> dict[str, str]:
    """Return the environment of a process that imports this checkout."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | more


def study(
    folder: Path, *words: str, light: bool = True, inside: tuple = (), **changes
) -> subprocess.Popen:
    """Start the command on the small plan, as the leader of a process group of its own.

    ``light``: nothing is trained, see ``tests.light``. ``inside``: words before, as of a namespace.
    """
    write_plan(folder / "small.toml", **SMALL | changes)
    module = "tests.light" if light else "cam_augment.study"
    return subprocess.Popen(
        [*inside, sys.executable, "-m", module, "small.toml", *(words or ("--workers", "2"))],
        cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True, preexec_fn=interruptible,
    )  # fmt: skip


def interruptible() -> None:
    """Hear Ctrl-C, also where these tests run in the background of a shell that does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def command(folder: Path, *words: str, bare: bool = True, **more) -> subprocess.CompletedProcess:
    """Run the command in a folder, to its end.

    ``bare``: no figures are drawn, see ``tests.bare``. ``more``: variables of its environment.
    """
    module = "tests.bare" if bare else "cam_augment.study"
    return subprocess.run(
        [sys.executable, "-m", module, *words], cwd=folder, env=environment(**more),
        capture_output=True, text=True, timeout=PATIENCE, preexec_fn=interruptible,
    )  # fmt: skip


def ended(process: subprocess.Popen) -> tuple[int, str]:
    """Wait for a process; return its exit code and what it printed."""
    printed, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, printed


def tables(folder: Path) -> dict[str, bytes]:
    """Return the tables but the one that holds the times."""
    result = {path.name: path.read_bytes() for path in (folder / "results/small").glob("*.csv")}
    return {name: content for name, content in result.items() if name != "provenance.csv"}


def until(true, process: subprocess.Popen | None = None) -> bool:
    """Wait until something is true, or a process has ended; return whether it is true."""
    late = time.monotonic() + PATIENCE
    while not (result := true()) and (process is None or process.poll() is None):
        assert time.monotonic() < late, "waited in vain"
        time.sleep(0.02)
    return bool(result)


def answers_in(folder: Path) -> int:
    """Return how many answers of models a folder's store holds."""
    kinds = [place.kind for place in Store(folder / "store").places()]
    return sum(kind not in ("scores", "chance") for kind in kinds)


def sound(folder: Path) -> bool:
    """Whether every answer of a folder's store is."""
    store = Store(folder / "store")
    return not any(store.damage(place.kind, place.key) for place in store.places())


def group(process: subprocess.Popen) -> list[int]:
    """Return the processes that live in a process's group, without itself."""
    result = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, of = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue  # it ended meanwhile
        if int(of) == process.pid != int(folder.name) and state != "Z":
            result.append(int(folder.name))
    return result


def spawned(process: subprocess.Popen) -> list[int]:
    """Return the children that a process spawned to work for it."""
    result = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == process.pid and b"spawn_main" in words:
            result.append(int(folder.name))
    return result


# ---- a cluster


def dask(which: str, folder: Path, *words: str, inside: tuple = (), **more) -> subprocess.Popen:
    """Start Dask's ``scheduler`` or ``worker``; ``inside``: words before, as of a namespace."""
    with open(folder / f"{which}.log", "ab") as log:
        return subprocess.Popen(
            [*inside, sys.executable, "-m", f"distributed.cli.dask_{which}", *words],
            cwd=folder, env=environment(**more), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def scheduler(folder: Path, *words: str, inside: tuple = (), **more) -> subprocess.Popen:
    """Start a scheduler whose file is ``scheduler.json`` in a folder, and wait for the file."""
    words = words or ("--host", "127.0.0.1", "--port", "0")
    path = folder / "scheduler.json"
    process = dask("scheduler", folder, "--no-dashboard", "--scheduler-file", str(path), *words,
                   inside=inside, **more)  # fmt: skip
    until(lambda: _is_written(path), process)
    assert _is_written(path), (folder / "scheduler.log").read_text()
    return process


def _is_written(path: Path) -> bool:
    """Whether a JSON file is whole: Dask writes it in place, so that it is empty for a moment."""
    try:
        return bool(json.loads(path.read_text()))
    except (OSError, ValueError):
        return False


def worker(folder: Path, *words: str, **more) -> subprocess.Popen:
    """Start a worker of the scheduler whose file is in a folder."""
    return dask("worker", folder, "--no-dashboard", "--scheduler-file",
                str(folder / "scheduler.json"), "--nthreads", "1", *words, **more)  # fmt: skip


def end(process: subprocess.Popen, number: int = signal.SIGKILL) -> None:
    """End a process and what it started."""
    for pid in [*group(process), process.pid]:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
    process.wait(PATIENCE)
    if process.stdout:
        process.stdout.close()


@contextmanager
def ending(*processes: subprocess.Popen):
    """End processes on the way out."""
    try:
        yield processes
    finally:
        for process in processes:
            end(process)
