"""What can go wrong with single runs and with places, in real processes: named, others go on."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from cam_augment.engine.tasks import Failure, answers
from tests.conftest import write_plan
from tests.damage import mounted
from tests.processes import (
    ANSWERS,
    PATIENCE,
    ROOT,
    SMALL,
    answers_in,
    ended,
    environment,
    sound,
    study,
    tables,
)
from tests.tasks import exhaust, leave

# Sockets that Dask leaves to the garbage collector when a cluster closes.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

FAULTS = {
    "diverged": ("raise Diverged('identity #1: the loss is nan after epoch 1')",
                 "Diverged: identity #1: the loss is nan after epoch 1"),
    "memory": ("raise MemoryError('Unable to allocate 8 EiB')", "MemoryError: Unable to allocate"),
    "exception": ("raise RuntimeError('it <broke>')", "RuntimeError: it <broke>"),
    "exit": ("raise SystemExit('enough')", "SystemExit: enough"),
    "killed": ("os.kill(os.getpid(), 9)", "KilledWorker: 4 workers died of it"),
}  # fmt: skip
FAULTY = """
import os
from cam_augment.training.trainer import Diverged
from tests import light

def complete(run, questions, model, data):
    if run.strategy.label == "identity" and run.seed in FAULTS:
        exec(FAULTS[run.seed])
    return real(run, questions, model, data)

real = light.complete
if __name__ == "__main__":
    import faulty
    light.complete = faulty.complete
    raise SystemExit(light.main())
"""


def faulty(folder: Path, faults: dict[int, str], **changes) -> subprocess.CompletedProcess:
    """Run the light study with a fault in each of some runs of ``identity``, by their seeds."""
    statements = {seed: FAULTS[name][0] for seed, name in faults.items()}
    (folder / "faulty.py").write_text(f"FAULTS = {statements}\n{FAULTY}")
    write_plan(folder / "small.toml", **SMALL | changes)
    return subprocess.run(
        [sys.executable, "faulty.py", "small.toml", "--workers", "2"],
        cwd=folder, env=environment(PYTHONPATH=f"{folder}{os.pathsep}{ROOT}"),
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def test_a_run_that_fails_is_named_and_the_others_go_on(tmp_path, calm):
    faults = dict(enumerate(FAULTS, start=2))  # what kills its workers last, with none beside it
    done = faulty(tmp_path, faults, seeds=2 + len(faults))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    profile = json.loads((tmp_path / "results/small/profile.json").read_text("utf-8"))
    missing = [record["run"] for record in profile["missing"]]
    assert missing == [f"identity #{seed}" for seed in faults]
    assert [record["runs"] for record in profile["strategies"]] == [2]
    page = (tmp_path / "results/small/report.html").read_text("utf-8")
    for run, name in zip(missing, FAULTS, strict=True):
        reason = FAULTS[name][1]
        assert f"missing: {run}: {reason}" in done.stdout
        assert reason.replace("<", "&lt;").replace(">", "&gt;") in page
    assert answers_in(tmp_path) == 23  # five of each baseline, and four of the other two runs
    code, printed = ended(study(tmp_path))  # without the faults
    assert code == 0, printed
    assert tables(tmp_path) == calm


def test_an_exit_or_a_lack_of_memory_in_a_task_is_its_failure():
    assert dict(answers(leave, [()], None, workers=1)) == {0: Failure("SystemExit: 3")}
    assert dict(answers(exhaust, [()], None, workers=1)) == {0: Failure("MemoryError")}


# ---- places


def error_line(code: int, printed: str) -> str:
    """Return the one line in which a command says why it stopped."""
    lines = [line for line in printed.splitlines() if line.startswith("error: ")]
    assert (code, len(lines)) == (2, 1), printed
    assert "Traceback" not in printed
    return lines[0]


def test_a_full_disk_stops_a_study_and_a_larger_one_lets_it_go_on(tmp_path, calm):
    small = tmp_path / "store"
    if not mounted(small, "size=96k"):
        pytest.skip("file systems cannot be mounted here")
    try:
        line = error_line(*ended(study(tmp_path)))
        assert "store/" in line
        assert "no space left on device; what was finished before is kept" in line
        assert 0 < answers_in(tmp_path) < ANSWERS
        assert sound(tmp_path)
        assert not (tmp_path / "results").exists()
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        line = error_line(*ended(study(tmp_path)))
        assert "cannot be written to" in line
        subprocess.run(["mount", "-o", "remount,rw,size=8m", str(small)], check=True)
        code, printed = ended(study(tmp_path))
        assert code == 0, printed
        assert tables(tmp_path) == calm
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_file_that_may_not_grow_is_a_disk_that_is_full(tmp_path):
    """The system's own limit on the size of files, where nothing can be mounted."""
    write_plan(tmp_path / "small.toml", **SMALL)
    limit = 1_000  # bytes: a record fits, and the arrays of a run do not
    done = subprocess.run(
        [sys.executable, "-m", "tests.light", "small.toml", "--workers", "1"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=PATIENCE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    line = error_line(done.returncode, done.stdout + done.stderr)
    assert "cannot be written to: file too large; what was finished before is kept" in line
    assert answers_in(tmp_path) == 0
    assert not (tmp_path / "results").exists()
