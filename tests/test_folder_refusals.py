"""Folders of pictures that cannot be used are refused in one line, and nothing is written."""

import os
import shutil
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from PIL import Image

from cam_augment.base.errors import InputError
from cam_augment.cli.study import main
from cam_augment.plan import Plan
from cam_augment.records import Notice
from cam_augment.study.forecast import forecast
from cam_augment.study.run import load_data, run_study
from tests.own_pictures import class_folders, drawn, save, write_masks
from tests.processes import PATIENCE
from tests.spoiled import clean_copy, nothing, png_of, refused


@pytest.fixture
def root(once, tmp_path):
    return clean_copy(once, tmp_path)


def loop(root):
    (root / "dent" / "round").symlink_to(root, target_is_directory=True)


def above(root):
    (root / "elsewhere").symlink_to(root.parent.parent, target_is_directory=True)


def itself(root):
    (root / "dent" / "self.png").symlink_to(root / "dent" / "self.png")


def pipe(root):
    os.mkfifo(root / "dent" / "pipe.png")


def bomb(root):
    (root / "dent" / "bomb.png").write_bytes(png_of(9_000, 9_000))


def no_classes(root):
    for name in ("dent", "fine", "scratch"):
        shutil.rmtree(root / name)


def others(root):
    no_classes(root)
    for name in ("a.txt", "b.txt", "c.bag"):
        (root / name).write_text("x")


def no_folders(root):
    no_classes(root)
    for number in range(5):
        save(root / f"{number}.png", drawn(number))


def both_levels(root):
    class_folders(root / "train", seed=100)


def one_class(root):
    for name in ("dent", "fine"):
        shutil.rmtree(root / name)


def damage(root):
    for number in range(3):
        (root / "dent" / f"dent-{number}.png").write_bytes(b"GIF89a")


def cut_short(root):
    path = root / "fine" / "fine-1.png"
    path.write_bytes(path.read_bytes()[:90])


def few(root):
    for number in range(3, 10):
        (root / "dent" / f"dent-{number}.png").unlink()


def both_names(root):
    for name in ("train", "val", "validation"):
        class_folders(root / name)
    for name in ("dent", "fine", "scratch"):
        shutil.rmtree(root / name)


def no_scratch_in_test(root):
    one_class_gone = ("dent", "fine")
    for name in ("dent", "fine", "scratch"):
        shutil.rmtree(root / name)
    class_folders(root / "train")
    class_folders(root / "test", classes=one_class_gone, seed=300)


def alike(root):
    (root / "x\x07").mkdir()
    (root / "x\x08").mkdir()
    save(root / "x\x07" / "1.png", drawn(50))
    save(root / "x\x08" / "1.png", drawn(51))


def table_of_groups(root, *lines):
    (root.parent / "groups.csv").write_text("\n".join(["path,group", *lines]))


FOLDERS = {
    "no path": (nothing, {"path": None}, "path: received none; set dataset.path (or --data)"),
    "no such folder": (nothing, {"path": "nowhere"}, "'nowhere' does not exist"),
    "a file": (nothing, {"path": __file__}, "is neither a folder nor a .csv file"),
    "nothing in it": (no_classes, {}, "holds no picture; the files in it are: none"),
    "files of other kinds": (others, {}, "holds no picture; the files in it are: 2 .txt, 1 .bag"),
    "pictures without classes": (
        no_folders, {}, "has no classes that can be told: it has no folder of a class in it"),
    "class folders at two levels": (
        both_levels, {}, "each (layout = \"splits\") and as class folders (layout = \"classes\")"),
    "a layout that it has not": (
        nothing, {"layout": "inspection"}, "is not laid out as inspection: its folder 'train' has"),
    "a group in no path": (nothing, {"group": "part[0-9]"}, "'part[0-9]' matches in no path"),
    "a group of all": (nothing, {"group": "p"}, "'p' makes one group of all pictures"),
    "a group that is no pattern": (nothing, {"group": "(("}, "expected a regular expression"),
    "a table of groups of other pictures": (
        lambda r: table_of_groups(r, "a.png,one"), {"groups": "groups.csv"},
        "gives no group to a picture such as 'dent/dent-0.png'"),
    "a table of groups in which a picture has two": (
        lambda r: table_of_groups(r, "dent/dent-0.png,one", "dent-0,two"), {"groups": "groups.csv"},
        "line 3: 'dent/dent-0.png' is of group 'two' here, and of 'one' in a line above"),
    "a table without groups": (
        lambda r: (r.parent / "groups.csv").write_text("path,part\n"), {"groups": "groups.csv"},
        "groups.csv: no column 'group' (or group_id, groups"),
    "groups by a pattern and by a table": (
        nothing, {"groups": "groups.csv", "group": "dent"}, "group and groups: take one of them"),
    "an empty class": (lambda r: (r / "empty").mkdir(), {}, "empty' holds no picture"),
    "a loop of links": (loop, {}, "round: a link to a folder in which it lies itself"),
    "a link to a folder above": (above, {}, "elsewhere: a link to a folder in which it lies"),
    "a link to itself": (itself, {}, "dent/self.png: there is no such file"),
    "names that print alike": (alike, {}, "two classes or an unnamed one read 'x?'"),
    "two folders for a split": (both_names, {}, "has 'val' and 'validation' for one split"),
    "a class that test lacks": (
        no_scratch_in_test, {}, "test (20 images) holds none of class 'scratch'"),
    "no pictures": (damage, {}, "dent/dent-0.png: this is not a picture in a format that is read "
                    "(3 are damaged in all). dataset.damaged=\"skip\" leaves such pictures out"),
    "cut short": (cut_short, {}, "fine/fine-1.png: cannot be read: "),
    "too large": (bomb, {}, "dent/bomb.png: 9000x9000 pixels; at most 67,108,864 are read"),
    "32 bits": (
        lambda r: save(r / "dent" / "f.tif", np.zeros((9, 9), np.float32)), {},
        "dent/f.tif: 32 bits a value have no known range"),
    "a picture in two classes": (
        lambda r: save(r / "fine" / "twin.png", drawn(2)), {},
        "dent/dent-2.png: mislabelled: 'dent' here, and the same picture is 'fine' as fine/twin"),
    "all of a class damaged": (
        lambda r: [p.write_bytes(b"") for p in (r / "dent").iterdir()], {"damaged": "skip"},
        "class 'dent': all of its pictures are damaged"),
    "too few of a class": (few, {}, "holds none of class 'dent', of which there are 3: give"),
    "shares of more than all": (nothing, {"train": 0.8}, "shares of 1.2 (train 0.8 + validation "),
    "no share": (nothing, {"test": 0}, "setting 'test': received 0"),
    "a count for a share": (nothing, {"train": 300}, "setting 'train': received 300"),
    "size in words": (nothing, {"size": "big"}, "expected a side in pixels or 'ROWSxCOLUMNS'"),
    "too small a size": (nothing, {"size": 4}, "each 8 to 1,024"),
    "three sides": (nothing, {"size": "8x8x8"}, "received '8x8x8'"),
    "fit": (nothing, {"fit": "squeeze"}, "setting 'fit': received 'squeeze'"),
    "a setting's name": (nothing, {"mask": "m"}, "has no setting 'mask'. Did you mean 'masks'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOLDERS)
def test_a_folder_that_cannot_be_used_is_refused(case, root):
    spoil, settings, words = FOLDERS[case]
    spoil(root)
    beside = {name: str(root.parent / settings[name]) for name in {"groups"} & set(settings)}
    assert words in refused({"path": str(root)} | settings | beside)


def test_one_class_is_not_studied(root, tmp_path):
    one_class(root)
    plan = Plan.make({"dataset": {"name": "folder", "path": str(root)}, "strategies": ["zoom"]})
    assert load_data(plan).classes == ("scratch",)
    for start in (run_study, partial(forecast, store=tmp_path / "store", workers=1)):
        with pytest.raises(InputError, match=r"1 class \('scratch'\); 2 to 1,000 are studied"):
            start(plan)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(root):
    pipe(root)
    data = load_data(Plan.make({"dataset": {"name": "folder", "path": str(root)}}))
    assert data.notes == (Notice.of("files.ignored", files={"other": 1}),)


# ---- the command


def command(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "cam_augment.study", *words],
        cwd=folder, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip


def test_the_real_command_ends_with_two_and_writes_nothing(root):
    bomb(root)
    (root.parent / "empty").mkdir()
    for words, expected in (
        (["--data", "p"], "dent/bomb.png: 9000x9000 pixels"),
        (["--data", "nowhere"], "'nowhere' does not exist"),
        (["--data", "p", "--regions", "r.json"], "regions: 'r.json' does not exist"),
    ):
        before = sorted(root.parent.rglob("*"))
        done = command(root.parent, *words)
        assert done.returncode == 2, done.stderr
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("error: folder: ")
        assert expected in lines[0]
        assert sorted(root.parent.rglob("*")) == before


def test_options_for_own_pictures_set_the_data_set(root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_masks(root, tmp_path / "m")
    Image.new("L", (20, 30)).save(tmp_path / "p" / "beside.png")
    words = ["--data", "p", "--masks", "m", "--set", "dataset.size=16", "--dry-run"]
    assert main(words) == 0
    assert "WARNING: Ignored: 1 picture that lies in no folder" in capsys.readouterr().out
    assert main(["--data", "p", "--dataset", "mnist"]) == 2
    assert "--data: reads the data set 'folder'; received --dataset mnist" in (
        capsys.readouterr().err
    )
    assert main(["--masks", "m", "--dry-run"]) == 2
    assert "'mnist' has no setting 'masks'" in capsys.readouterr().err


def test_a_plans_other_settings_of_the_folder_stay(tmp_path):
    plan = tmp_path / "own.toml"
    plan.write_text('[dataset]\nname = "folder"\npath = "a"\nsize = 32\n')
    changes = {"dataset.name": "folder", "dataset.path": "b"}
    settings = Plan.read(plan, **changes).dataset.settings
    assert (settings["path"], settings["size"]) == ("b", "32x32")
    plan.write_text('[dataset]\nname = "mnist"\ntrain = 400\n')
    assert Plan.read(plan, **changes).dataset.name == "folder"
