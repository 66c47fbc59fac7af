"""The command's frame: every word and both ways to call it, in real processes."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.frame import COMMANDS, main
from cam_augment.cli.store import COMMANDS as STORE_COMMANDS
from cam_augment.records import SCHEMA
from tests.processes import ROOT
from tests.profiles import example_profile

MODULE = [sys.executable, "-m", "cam_augment"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HOME, _, FUNCTION = PROJECT["scripts"]["cam-augment"].partition(":")
# What an installation makes of it; an installed script may be older than this checkout.
SCRIPT = [
    sys.executable,
    "-c",
    f"import sys; from {HOME} import {FUNCTION}; sys.exit({FUNCTION}())",
]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def refusal(words: list[str], capsys) -> str:
    """Return the one line in which words are refused."""
    assert main(words) == 2
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("error: ")
    assert captured.out == ""
    return line


@pytest.mark.parametrize("program", [MODULE, SCRIPT], ids=["module", "script"])
def test_the_version_and_the_help_are_answered(program, tmp_path):
    done = run([*program, "--version"], tmp_path)
    assert (done.returncode, done.stdout) == (0, f"cam-augment {version('cam-augment')}\n")
    done = run([*program, "--help"], tmp_path)
    assert done.returncode == 0
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    "words",
    [[name] for name in COMMANDS] + [["store", name] for name in STORE_COMMANDS],
    ids=" ".join,
)
def test_every_command_has_its_help(words, capsys):
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: cam-augment {' '.join(words)} ")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "name a command: study"),
        (["studdy"], "no command 'studdy'. Did you mean 'study'?"),
        (["digits.toml"], "no command 'digits.toml'"),
        (["--verison"], "no option '--verison'. Did you mean '--version'?"),
        (["study", "--sedes", "3"], "no option '--sedes'. Did you mean '--seeds'?"),
        (["study", "--strategies", "rotatoin"], "Did you mean 'rotation'?"),
        (["report", "--report-onyl"], "no option '--report-onyl'"),
        (["report", "--workers", "2"], "no option '--workers'"),
        (["list"], "KIND"),
        (["list", "cam"], "KIND: received 'cam'. Did you mean 'cams'?"),
        (["store"], "name a command: ls, verify, gc"),
        (["store", "lss"], "no command 'lss'. Did you mean 'ls'?"),
        (["store", "gc", "--kep", "x"], "no option '--kep'. Did you mean '--keep'?"),
        (["store", "ls", "--store", "none"], "no store at 'none'"),
    ],
)  # fmt: skip
def test_mistakes_get_one_line(words, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert expected in refusal(words, capsys)
    assert list(tmp_path.iterdir()) == []


def test_a_process_ends_with_the_code_of_its_command(tmp_path):
    done = run([*MODULE, "studdy"], tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no command 'studdy'")


def test_list_is_that_of_the_study(tmp_path):
    done = run([*MODULE, "list", "metrics"], tmp_path)
    old = run([sys.executable, "-m", "cam_augment.study", "--list", "metrics"], tmp_path)
    assert done.returncode == old.returncode == 0
    assert "pearson" in done.stdout
    assert done.stdout == old.stdout


def test_report_is_the_study_without_training(tmp_path, capsys, monkeypatch):
    calls = []

    def run_study(plan, out, **options):
        calls.append((plan, out, options | {"progress": None}))
        raise InputError("that will do")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cam_augment.study.run.run_study", run_study)
    (tmp_path / "kept").mkdir()
    words = ["quickstart", "--seeds", "5", "--store", "kept", "--out", "page", "--language", "ja"]
    refusal(["report", *words], capsys)
    refusal(["study", *words, "--report-only"], capsys)
    refusal(["study", *words], capsys)
    assert calls[0] == calls[1]
    assert [options["train"] for _, _, options in calls] == [False, False, True]
    assert calls[0][2].items() <= (calls[2][2] | {"train": False}).items()


# -- a report anew, from its own profile


def test_a_report_is_written_anew_where_its_profile_lies(tmp_path, monkeypatch, capsys):
    written = []

    def write(_, folder, language, figures):  # noqa: ARG001
        written.append((folder, language))

    monkeypatch.setattr("cam_augment.report.write", write)
    folder = tmp_path / "study"
    folder.mkdir()
    example_profile().save(folder / "profile.json")
    assert main(["report", "--from", str(folder)]) == 0
    assert main(["report", "--from", str(folder / "profile.json"), "--language", "ja"]) == 0
    assert main(["report", "--from", str(folder), "--out", str(tmp_path / "other")]) == 0
    assert written == [(folder, "en"), (folder, "ja"), (tmp_path / "other", "en")]
    assert "rotation             adopt: accuracy +0.77 points" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["plan.toml"], ["--alpha", "0.1"], ["--set", "dataset.train=3"]])
def test_a_report_written_anew_takes_no_plan(words, capsys):
    assert "the profile has its plan" in refusal(["report", "--from", "there", *words], capsys)


def test_a_report_without_a_profile_is_not_written_anew(tmp_path, capsys):
    assert "cannot be read" in refusal(["report", "--from", str(tmp_path)], capsys)
    (tmp_path / "profile.json").write_text(f'{{"schema_version": {SCHEMA + 1}}}')
    line = refusal(["report", "--from", str(tmp_path)], capsys)
    read = f"{', '.join(map(str, range(1, SCHEMA)))} and {SCHEMA}"
    assert f"schema_version {SCHEMA + 1}; this version of cam-augment reads {read}" in line
    assert [path.name for path in tmp_path.iterdir()] == ["profile.json"]
