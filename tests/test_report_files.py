"""A report's files: put in place all at once, read back, rewritten with equal bytes."""

import subprocess
import sys

import pytest

from cam_augment.base.errors import InputError
from cam_augment.plan import Plan
from cam_augment.records import load_profile
from cam_augment.report import files, render, rewrite, toml, write
from cam_augment.report.formats.comma_separated import comma_separated
from cam_augment.report.parts import Table
from tests.profiles import example_plan, example_profile
from tests.test_report import parts_of


def test_written_anew_from_its_own_profile_a_report_has_equal_bytes(report, tmp_path):
    """Equal profiles give equal reports, and ``profile.json`` holds all that a report says."""
    assert rewrite(report, tmp_path / "again") == example_profile()
    for path in report.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_profile_json_reads_back(report):
    profile = load_profile(report)
    assert profile == load_profile(report / "profile.json")
    assert comma_separated(parts_of(profile, Table)[0]) == comma_separated(
        parts_of(example_profile(), Table)[0]
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"classes": ("a",)}, r"confusion\.baseline: received .* of 10; classes are 1$"),
        ({"classes": tuple("abcdefghijk")}, r"confusion\.baseline: .*; classes are 11$"),
        ({"distance": ((0.0,),)}, "distance: received a table of 1 rows of 1; models are 48"),
        ({"distance": ((0.0,),) * 48}, "distance: received a table of 48 rows of 1; models are"),
        ({"distance": ()}, "distance: received a table of 0 rows; models are 48"),
    ],
)
def test_a_profile_whose_lists_do_not_fit_together_names_the_field(changes, words, tmp_path):
    example_profile().model_copy(update=changes).save(tmp_path / "profile.json")
    with pytest.raises(InputError, match=rf"profile\.json': not an impact profile: {words}"):
        load_profile(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"strategies": ["rotation+zoom:0.2", "identity"], "alpha": 0.01, "correction": "bh"},
        {"recipe": {"epochs": 3, "learning_rate": 1e-5}, "metrics": ["pearson"]},
    ],
)
def test_plan_reads_back_equal(tmp_path, changes):
    plan = example_plan(**changes)
    path = tmp_path / "plan.toml"
    path.write_text(toml.dumps(plan.model_dump()), "utf-8")
    assert Plan.read(path) == plan


def test_toml_holds_any_text():
    import tomllib

    table = {"a b": 'q"\\\n\x07\x7fé', "n": {"on": True, "x": [1, 2.5, "y"], "deep": {"k": 0}}}
    assert tomllib.loads(toml.dumps(table | {"none": None})) == table
    with pytest.raises(ValueError, match="TOML"):
        toml.dumps({"a": object()})


def test_files_of_an_earlier_report_go_and_others_stay(tmp_path):
    files.replace_all(tmp_path / "r", {"old.csv": b"1", "report.html": b"1"})
    (tmp_path / "r" / "notes.txt").write_text("mine")
    files.replace_all(tmp_path / "r", {"report.html": b"2"})
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == [
        files.MANIFEST,
        "notes.txt",
        "report.html",
    ]
    assert (tmp_path / "r" / "report.html").read_bytes() == b"2"
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def held(folder):
    return {path.name: path.is_dir() or path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["a.csv", "z.tex", files.MANIFEST])
def test_a_file_that_is_of_no_report_of_ours_is_not_overwritten(tmp_path, name):
    (tmp_path / name).write_text('{"name": "an app of mine"}')
    before = held(tmp_path)
    with pytest.raises(InputError, match=f"holds '{name}', and no report that was written before"):
        files.replace_all(tmp_path, {"a.csv": b"1", "z.tex": b"1"})
    assert held(tmp_path) == before


@pytest.mark.parametrize("ours", [True, False])
def test_a_folder_called_as_a_file_of_the_report_is_told_before_anything_moves(tmp_path, ours):
    files.replace_all(tmp_path, {"a.csv": b"1", "b.csv": b"1"} if ours else {"b.csv": b"1"})
    (tmp_path / "z.html").mkdir()
    before = held(tmp_path)
    with pytest.raises(InputError, match=r"'z\.html' is a folder"):
        files.replace_all(tmp_path, {"a.csv": b"2", "z.html": b"2"})
    assert held(tmp_path) == before


def test_a_report_whose_manifest_is_lost_is_known_by_its_profile(tmp_path):
    files.replace_all(tmp_path, {files.PROFILE: b'{"schema_version": 5}', "a.csv": b"1"})
    (tmp_path / files.MANIFEST).unlink()
    files.replace_all(tmp_path, {files.PROFILE: b"{}", "a.csv": b"2"})
    assert (tmp_path / "a.csv").read_bytes() == b"2"


def test_a_first_report_that_was_cut_off_is_ours(tmp_path, monkeypatch):
    moved = []

    def replace(source, target):
        moved.append(target.name)
        if len(moved) == 3:
            raise KeyboardInterrupt
        move(source, target)

    move = files.os.replace
    monkeypatch.setattr(files.os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        files.replace_all(tmp_path, {"a.csv": b"1", "b.csv": b"1"})
    assert (tmp_path / "a.csv").exists()
    files.replace_all(tmp_path, {"a.csv": b"2", "b.csv": b"2"})
    assert (tmp_path / "b.csv").read_bytes() == b"2"


@pytest.mark.parametrize("out", ["", 5, b"there"])
def test_what_is_no_path_is_refused(out):
    with pytest.raises(InputError, match=r"out: received .*; the path of a folder expected"):
        write(example_profile(), out)


def test_every_report_holds_what_is_looked_for_before_the_work_begins(report):
    assert set(files.ALWAYS) <= {path.name for path in report.iterdir()}


@pytest.mark.parametrize("manifest", ['["../outside.txt", ".."]', "{}", "no json", "[1, null]"])
def test_a_forged_manifest_removes_nothing_outside(tmp_path, manifest):
    (tmp_path / "outside.txt").write_text("keep")
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / files.MANIFEST).write_text(manifest)
    (tmp_path / "r" / files.PROFILE).write_text('{"schema_version": 5}')
    files.replace_all(tmp_path / "r", {"a": b""})
    assert (tmp_path / "outside.txt").exists()


def test_a_renderer_that_fails_leaves_the_earlier_report(tmp_path, monkeypatch):
    files.replace_all(tmp_path / "r", {"report.html": b"earlier"})

    def fail(report):  # noqa: ARG001
        raise RuntimeError("midway")

    monkeypatch.setattr(render, "html", fail)
    with pytest.raises(RuntimeError, match="midway"):
        write(example_profile(), tmp_path / "r")
    assert (tmp_path / "r" / "report.html").read_bytes() == b"earlier"
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_writing_that_fails_leaves_the_earlier_report(tmp_path):
    files.replace_all(tmp_path / "r", {"report.html": b"earlier"})
    with pytest.raises(TypeError):
        files.replace_all(tmp_path / "r", {"report.html": b"new", "z.csv": "no bytes"})
    assert (tmp_path / "r" / "report.html").read_bytes() == b"earlier"
    assert [p.name for p in tmp_path.iterdir()] == ["r"]


def test_the_report_loads_no_tensorflow_and_its_import_is_light():
    code = (
        "import sys, cam_augment.report as r; heavy = {'matplotlib', 'pandas', 'jinja2'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "from cam_augment.report import render; from cam_augment.report.parts import discover;"
        "discover(); assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
