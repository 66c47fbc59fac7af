"""How a command ends: a line for programs, exit codes by verdict, quiet and verbose, completion."""

import json
import subprocess
from pathlib import Path

import pytest

from cam_augment.cli.frame import COMMANDS, main
from cam_augment.cli.outcome import FAILED, VERDICTS, add_outcome, end, prepare
from cam_augment.cli.parser import Parser
from cam_augment.records import MissingRun, Notice, load_profile
from tests.bare import write
from tests.profiles import example_profile, few_drawings

pytestmark = pytest.mark.usefixtures("no_figures")


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report's folder, of a profile with several verdicts."""
    folder = tmp_path_factory.mktemp("outcome") / "report"
    write(few_drawings(example_profile()), folder)
    return folder


def ended(capsys, report, *words):
    code = main(["report", "--from", str(report), *words])
    out, err = capsys.readouterr()
    return code, out, err


def outcome(capsys, profile, *words):
    """End a study with these options; return the exit code and the last line for programs."""
    parser = Parser("a study")
    add_outcome(parser.add_argument_group("what it says"))
    options = parser.parse_args(["--json", "--quiet", *words])
    prepare(options)
    code = end(profile, Path("out"), options)
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_last_line_tells_programs_what_came_of_it(report, capsys):
    code, out, _ = ended(capsys, report, "--json")
    summary = json.loads(out.splitlines()[-1])
    profile = load_profile(report)
    assert (code, summary["exit"]) == (0, {"code": 0, "reason": "done"})
    assert summary["report"] == str(report / "report.html")
    assert {name: one["verdict"] for name, one in summary["verdicts"].items()} == {
        strategy.strategy: strategy.conclusion for strategy in profile.strategies
    }
    gain = profile.effect("rotation", "gain")
    assert summary["verdicts"]["rotation"]["low"] == gain.low
    assert len(out.splitlines()) > 5  # a person is told too


def test_quiet_says_nothing_but_what_is_asked_for(report, capsys):
    assert ended(capsys, report, "--quiet", "--fail-on", "avoid") == (FAILED, "", "")


def test_a_verdict_that_is_named_fails(capsys):
    profile = example_profile()
    verdicts = {strategy.conclusion for strategy in profile.strategies}
    for verdict in VERDICTS:
        code, message = outcome(capsys, profile, "--fail-on", verdict.replace(" ", "_"))
        assert code == message["exit"]["code"] == (FAILED if verdict in verdicts else 0), verdict
    absent = ",".join(set(VERDICTS) - verdicts) or "not quiet"
    assert outcome(capsys, profile, "--fail-on", f"{absent},avoid")[0] == FAILED


def test_missing_models_come_before_verdicts(capsys):
    lacking = MissingRun(run="zoom #1", strategy="zoom", reason=Notice.of("run.not_asked"))
    profile = example_profile().model_copy(update={"missing": (lacking,)})
    code, message = outcome(capsys, profile, "--fail-on", "avoid")
    assert (code, message["missing"], message["exit"]["reason"]) == (
        1, ["zoom #1"], "some models are missing")  # fmt: skip


REFUSED = {
    "a verdict that there is not": (
        ["--fail-on", "avoids"], "option --fail-on: received 'avoids'. Did you mean 'avoid'?"),
    "quiet and verbose": (["-q", "-v"], "options --quiet and --verbose: one of them"),
    "an option that there is not": (["--jsn"], "no option '--jsn'. Did you mean '--json'?"),
    "a table that is none": (
        ["--architecture", "{name=mobilenet"], "option --architecture: not valid TOML"),
    "two values": (["--recipe", "[1]\nb = 2"], "no option '--recipe'"),
    "a list and more": (["--metrics", "[]\nb = 2"], "option --metrics: not valid TOML: more than"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_programs_are_told_of_bad_input_too(case, report, capsys):
    words, line = REFUSED[case]
    code, out, err = ended(capsys, report, "--json", *words)
    assert code == 2
    assert line in err
    assert err.count("\n") == 1
    message = json.loads(out)
    assert message["exit"]["reason"] == "bad input"
    assert f"error: {message['exit']['message']}\n" == err


def test_tables_and_lists_are_options_as_in_a_plan(capsys, tmp_path):
    words = ["study", "--dry-run", "--architecture", '{name = "small_cnn", width = 8}',
             "--strategies", '[{ name = "rotation", magnitude = 30 }, "zoom"]', "--seeds", "3",
             "--set", 'dataset={name="surfaces"}', "--store", str(tmp_path)]  # fmt: skip
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "rotation:30" in out
    assert "surfaces" in out


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_completes_every_command(shell, capsys):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for command in COMMANDS:
        assert command in script
    assert "--fail-on" in script
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_in_groups_and_ends_with_examples(command, capsys):
    words = ["store", "gc"] if command == "store" else [command]
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    text = capsys.readouterr().out
    assert "\x1b" not in text  # no colours where nobody looks
    if command != "store":
        assert f"examples:\n  cam-augment {command} " in text
