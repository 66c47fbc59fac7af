"""Own pictures that cannot be used: one clear line each, exit code 2, nothing written."""

import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
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
from tests.own_pictures import class_folders, drawn, save, square, write_masks, write_table
from tests.processes import PATIENCE


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return class_folders(tmp_path_factory.mktemp("clean") / "p")


@pytest.fixture
def root(clean, tmp_path):
    """A folder that a case spoils."""
    shutil.copytree(clean, tmp_path / "p")
    return tmp_path / "p"


def refused(settings: dict) -> str:
    with pytest.raises(InputError) as caught:
        load_data(Plan.make({"dataset": {"name": "folder", **settings}}))
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) < 900
    return line


def png_of(rows: int, columns: int) -> bytes:
    """A PNG file that announces a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


# ---- the folder


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


def nothing(root):
    pass


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
    "no pictures": (damage, {}, "dent/dent-0.png: this is no picture in a format that is read (3 "
                    "are damaged in all). dataset.damaged=\"skip\" leaves such pictures out"),
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


# ---- the table


def rows_of(root, **changes):
    rows = [{"path": path.relative_to(root).as_posix(), "label": path.parent.name}
            for path in sorted(root.rglob("*.png"))]  # fmt: skip
    rows[4] |= changes
    return rows


def text(content):
    return lambda root: (root / "table.csv").write_bytes(content)


def table(**changes):
    return lambda root: write_table(root, rows_of(root, **changes))


def twice(root):
    write_table(root, [*rows_of(root), rows_of(root)[0]])


TABLES = {
    "no table": (nothing, "table.csv' does not exist"),
    "empty": (text(b""), "no column 'path' (or filename, file_name, image, image_path). There are"),
    "no rows": (text(b"path,label\n"), "holds no picture"),
    "a misspelt column": (
        text(b"path,lable\n"),
        "no column 'label' (or class, class_name, classname, category). Did you mean 'lable'?",
    ),
    "a column twice": (text(b"path,label,label\n"), "two columns 'label'"),
    "no text": (
        text(b"\xff\xfep"),
        "text in no known encoding; save it as UTF-8",
    ),
    "a cell too many": (text(b"path,label\na.png,b,c\n"), "line 2: 3 cells; the head has 2"),
    "an open quote": (text(b'path,label\n"a.png,b\n'), "unexpected end of data"),
    "a zero byte": (text(b"path,label\na\x00.png,b\n"), "line 2: "),
    "a cell without end": (text(b"path,label\n" + b"a" * 9000 + b",b\n"), "more than 4,096 char"),
    "up": (table(path="../../etc/passwd.png"), "line 6: '../../etc/passwd.png' leads out"),
    "up by backslashes": (table(path="..\\a.png"), "leads out of the folder"),
    "from the root": (table(path="/etc/a.png"), "line 6: '/etc/a.png' leads out of the folder"),
    "another drive": (table(path="C:\\a.png"), "leads out of the folder"),
    "no path": (table(path=""), "line 6: '' leads out of the folder"),
    "no such file": (table(path="dent/none.png"), "dent/none.png: there is no such file"),
    "no label": (table(label=""), "line 6: mislabelled: no label"),
    "an unknown split": (table(split="trian"), "line 6: split 'trian'. Did you mean 'train'?"),
    "a split in one line": (table(split="test"), "line 2: no split, though other lines have one"),
    "a picture twice": (twice, "line 32: 'dent/dent-0.png' is in line 2, too"),
    "a mask that leads out": (table(mask="../m.png"), "'../m.png' leads out of the folder"),
    "no such mask": (table(mask="m.png"), "m.png: there is no such file"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_table_that_cannot_be_used_is_refused(case, root):
    spoil, words = TABLES[case]
    spoil(root)
    assert words in refused({"path": str(root / "table.csv")})


def test_a_table_that_leads_out_through_a_link_is_refused(root):
    (root / "out").symlink_to(root.parent, target_is_directory=True)
    save(root.parent / "secret.png", drawn(9))
    write_table(root, rows_of(root, path="out/secret.png"))
    assert "'out/secret.png' leads out of the folder" in refused({"path": str(root / "table.csv")})


# ---- masks


def small_masks(root):
    for path in write_masks(root, root.parent / "m").rglob("*.png"):
        save(path, square()[:9])


def bad_masks(root):
    for path in write_masks(root, root.parent / "m").rglob("*.png"):
        path.write_bytes(b"no mask")


def strange_names(root):
    save(root.parent / "m" / "other.png", square())


def twins(root):
    write_masks(root, root.parent / "m")
    save(root / "dent" / "dent-5.bmp", drawn(9))


MASKS = {
    "of one of two pictures": (
        twins,
        "dent-5.png' may belong to any of the pictures named 'dent-5'",
    ),
    "no folder": (nothing, "masks: '", "m' is no folder"),
    "another size": (small_masks, "dent-0.png", "marked in 9x30 pixels; the picture has 20x30"),
    "no mask": (bad_masks, "dent-0.png", "this is no picture in a format that is read (20 masks"),
    "names of no picture": (
        strange_names,
        "none of 1 pictures",
        "such as 'dent/dent-0.png'",
        "looked for dent-0 with any ending",
    ),
}


@pytest.mark.parametrize("case", MASKS)
def test_masks_that_cannot_be_used_are_refused(case, root):
    spoil, *words = MASKS[case]
    spoil(root)
    line = refused({"path": str(root), "masks": str(root.parent / "m")})
    for word in words:
        assert word in line


def test_masks_of_two_sources_are_refused(root):
    both = {"masks": str(root), "regions": str(root)}
    assert "masks and regions: take one of them" in refused({"path": str(root)} | both)


# ---- regions


def coco(image={}, **annotation):
    image = {"id": 1, "file_name": "dent/dent-1.png", "height": 20, "width": 30} | image
    return {"images": [image], "annotations": [{"image_id": 1, **annotation}]}


def runs(size, counts):
    return coco(segmentation={"size": size, "counts": counts})


def labelme(shape, **changes):
    return {"imagePath": "dent-1.png", "imageHeight": 20, "imageWidth": 30,
            "shapes": [shape]} | changes  # fmt: skip


BOX = {"shape_type": "rectangle", "points": [[1, 1], [5, 5]]}
PASTED = {"shape_type": "mask", "points": [[1, 1]]}
REGIONS = {
    "no file": (None, "regions: '", "does not exist"),
    "no JSON": (b"{", "this is no JSON", ""),
    "bytes": (b"\xff\xfe\x00", "this is no JSON", ""),
    "a deep nest": (b"[" * 100_000, "this is no JSON", ""),
    "another format": ({"a": 1}, "neither COCO's JSON", ""),
    "a list": ([1], "neither COCO's JSON", ""),
    "no list": ({"images": {}, "annotations": []}, "'images' is no list", ""),
    "no picture of the folder": (coco({"file_name": "x.png"}, bbox=[1, 1, 2, 2]), "names none", ""),
    "a path that leads out": (coco({"file_name": "../a.png"}), "names none of the pictures", ""),
    "no name": (coco({"file_name": 3}), "image 1: needs a 'file_name'; received 3", ""),
    "a size that no picture has": (coco({"height": 10**9}), "size 1000000000 x 30; at most", ""),
    "no size": (coco({"width": None}), "size 20 x None", ""),
    "another size": (coco({"width": 31}, bbox=[1, 1, 2, 2]), "marked in 20x31 pixels", "20x30"),
    "an unknown image": (coco(image_id=7, bbox=[1, 1, 2, 2]), "its image_id 7 is no image", ""),
    "two points": (coco(segmentation=[[1, 2, 3, 4]]), "4 numbers; expected x and y of 3 to", ""),
    "an odd number": (coco(segmentation=[[1, 2, 3, 4, 5, 6, 7]]), "7 numbers; expected", ""),
    "no numbers": (coco(segmentation=[[1, 2, 3, 4, 5, "x"]]), "received 'x' as a place", ""),
    "infinity": (b'{"images":[{"id":1,"file_name":"dent/dent-1.png","height":20,"width":30}],'
                 b'"annotations":[{"image_id":1,"bbox":[0,0,Infinity,1]}]}', "received inf", ""),
    "a place far away": (coco(bbox=[0, 0, 1e9, 1]), "received 1000000000.0 as a place", ""),
    "a polygon without end": (coco(segmentation=[[1] * 200_002]), "200002 numbers; expected", ""),
    "no region": (coco(), "received bbox None; expected [x, y", ""),
    "runs of an absurd size": (runs([10**6, 10**6], [1]), "size 1000000 x 1000000; at most", ""),
    "runs of another size": (runs([9, 9], [81]), "runs of 9x9 pixels in a picture of 20x30", ""),
    "runs that do not sum": (runs([20, 30], [5, 6]), "'counts' sum to 11; the picture has 600", ""),
    "negative runs": (runs([20, 30], [-1, 601]), "must be whole numbers from 0 to 600", ""),
    "runs of words": (runs([20, 30], ["600"]), "must be whole numbers", ""),
    "packed runs without end": (runs([20, 30], "0" * 5000), "has more characters than", ""),
    "packed runs cut short": (runs([20, 30], "o"), "'counts' ends within a number", ""),
    "an unknown shape": (labelme({"shape_type": "cuboid"}), "type 'cuboid'; polygon, rectang", ""),
    "no shape": (labelme(3), "shape 1: expected a table; received 3", ""),
    "no mask": (labelme(PASTED | {"mask": 3}), "'mask' is no picture in base64", ""),
    "a mask that is none": (labelme(PASTED | {"mask": "AAAA"}), "'mask': this is no picture", ""),
    "no size of labelme's": (labelme(BOX, imageWidth="30"), "size 20 x '30'", ""),
    "no shapes": (labelme(BOX, shapes=1), "'shapes' is no list", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", REGIONS)
def test_regions_that_cannot_be_used_are_refused(case, root):
    content, *words = REGIONS[case]
    path = root.parent / "regions.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    line = refused({"path": str(root), "regions": str(path)})
    for word in words:
        assert word in line


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
