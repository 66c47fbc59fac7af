"""Bad input: one line, exit code 2, no traceback, nothing written; and quick answers."""

import re
import subprocess
import sys

import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.list import REGISTRIES, listing
from cam_augment.cli.program import CLOSED, while_read
from cam_augment.cli.study import main
from cam_augment.engine import workers
from tests.conftest import write_plan

BAD = {
    "unknown option": (["--sedes", "4"], ["--sedes", "--seeds"]),
    "unknown strategy": (["--strategies", "rotatoin"], ["--strategies", "rotatoin", "'rotation'"]),
    "unknown metric": (["--metrics", "peason"], ["--metrics", "'peason'", "'pearson'"]),
    "unknown data": (["--dataset", "mnits"], ["--dataset", "'mnits'", "'mnist'"]),
    "unknown kind": (["--list", "strategy"], ["--list", "'strategies'"]),
    "magnitude": (["--strategies", "zoom:7"], ["zoom", "magnitude", "7"]),
    "seeds": (["--seeds", "two"], ["--seeds", "'two'"]),
    "workers": (["--workers", "0"], ["--workers", "0"]),
    "workers, a word": (["--workers", "many"], ["--workers", "many"]),
    "too many images": (["--set", "dataset.train=9000"], ["mnist", "9,?000", "5,?000"]),
    "a class without a probe image": (["--set", "dataset.probe=5"], ["mnist", "probe", "5"]),
    "unknown setting": (["--set", "dataset.trian=5"], ["'trian'", "'train'"]),
    "no equals": (["--set", "dataset.train"], ["--set", "FIELD=VALUE"]),
    "no plan": (["quickstar"], ["quickstar", "'quickstart'"]),
    "no scheduler": (["--scheduler", "tcp://127.0.0.1:9"], ["--scheduler", "127.0.0.1:9"]),
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys, words) -> str:
    assert main(words) == 2
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, captured.err
    assert lines[0].startswith("error: ")
    assert "Traceback" not in captured.err
    return lines[0]


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_line_and_nothing_is_written(case, folder, capsys, monkeypatch):
    monkeypatch.setattr(workers, "CONNECT", 1)
    words, expected = BAD[case]
    line = refused(capsys, words)
    for word in expected:
        assert re.search(word if "?" in word else re.escape(word), line), line
    assert list(folder.iterdir()) == []


def test_a_bad_field_in_a_file_names_the_file(folder, capsys):
    (folder / "my.toml").write_text('strategies = ["zoom"]\nepochs = 3\n')
    line = refused(capsys, ["my.toml"])
    assert "my.toml" in line
    assert "'epochs'" in line
    assert "recipe.epochs" in line


def test_an_output_that_is_a_file_is_refused(folder, capsys):
    (folder / "taken").write_text("mine")
    assert "--out" in refused(capsys, ["--out", "taken"])
    assert "--out" in refused(capsys, ["--out", "taken/below"])
    assert "--store" in refused(capsys, ["--store", "taken"])
    assert (folder / "taken").read_text() == "mine"
    assert [path.name for path in folder.iterdir()] == ["taken"]


@pytest.mark.usefixtures("folder")
def test_an_unwritable_folder_is_refused(capsys, monkeypatch):
    """Root may write anywhere, so the system's answer is given by hand."""
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "cannot be written" in refused(capsys, ["--out", "results"])


def test_a_report_without_any_baseline_says_so(folder, capsys):
    write_plan(folder / "tiny.toml")
    line = refused(capsys, ["tiny.toml", "--report-only"])
    assert "option --store: no store at 'store'" in line
    assert not (folder / "store").exists()
    (folder / "store").mkdir()
    line = refused(capsys, ["tiny.toml", "--report-only"])
    assert "0 of 4 baselines" in line
    assert not (folder / "results").exists()


@pytest.mark.parametrize("kind", REGISTRIES)
def test_every_entry_is_listed_with_a_summary(kind):
    for entry in REGISTRIES[kind].values():
        assert entry.name in listing(kind)
        assert entry.summary in listing(kind)
        assert entry.summary.endswith(".") or entry.summary.endswith(")."), entry.summary


def test_the_nearest_kind_is_named():
    with pytest.raises(InputError, match="Did you mean 'cams'"):
        listing("cam")


def test_help_and_list_answer_in_a_process(folder):
    for words in (["--help"], ["--list", "cams"], ["--dry-run"]):
        done = subprocess.run(
            [sys.executable, "-m", "cam_augment.study", *words], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout
        assert done.stderr == ""
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [["list", "strategies"], ["list", "plan", "--json"], ["study", "--help"], ["--version"]],
    ids=" ".join,
)
@pytest.mark.usefixtures("folder")
def test_a_command_whose_reader_went_ends_without_a_word(words):
    """A real pipe, closed before anything is written into it, as ``head`` may do."""
    with subprocess.Popen(
        [sys.executable, "-m", "cam_augment", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode in (0, CLOSED)  # argparse minds no closed pipe


@pytest.mark.usefixtures("folder")
def test_a_refusal_that_nobody_reads_ends_without_a_word():
    with subprocess.Popen(
        [sys.executable, "-m", "cam_augment", "list", "nothing"], stderr=subprocess.PIPE
    ) as process:
        process.stderr.close()
    assert process.returncode == CLOSED


def test_a_pipe_that_is_no_output_is_an_error():
    def break_another():
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        while_read(break_another)
