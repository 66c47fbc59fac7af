"""Bad and hostile input as the command's user meets it: one line, exit code 2, nothing written."""

import json
import os
import pickle
import shutil
import struct
import zipfile

import numpy as np
import pytest

from cam_augment.cli.study import main
from tests.own_pictures import class_folders, drawn, save, square, write_masks, write_table
from tests.spoiled import png_of

HERE = ["--out", "out", "--store", "store"]
OWN = ["--data", "p"]
TABLE = ["--data", "p/table.csv"]
REGIONS = [*OWN, "--regions", "r.json"]
PROBE = ["--probe-regions", "r.json"]
DIGITS = ["--dataset", "mnist", "--set", "dataset.path=d.npz"]
NETWORK = ["--architecture", "own", "--set", "architecture.source=n.keras"]
PLAN = ["plan.toml"]


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    write_masks(class_folders(folder / "p"), folder / "m")
    return folder


@pytest.fixture
def place(clean, tmp_path, monkeypatch):
    """The folder of the command, with pictures ``p`` and masks ``m``; no run may begin."""

    def begun(*_, **__):
        raise AssertionError("a run has begun")

    shutil.copytree(clean, tmp_path / "here")
    monkeypatch.setattr("cam_augment.study.work.answers", begun)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def holds(folder) -> dict:
    """Return all that lies in a folder: names, kinds and contents, links and pipes unread.

    Pictures that were read whole are kept, whatever is refused afterwards: they are left out.
    """
    store = folder / "store"
    paths = sorted(path for path in folder.rglob("*") if not path.is_relative_to(store))
    assert {path.name for path in store.glob("*")} <= {".lock", "pictures"}
    assert not list(store.glob("pictures/.aside-*"))
    plain = [path for path in paths if path.is_file() and not path.is_symlink()]
    small = {path: path.read_bytes() for path in plain if path.stat().st_size < 10**6}
    return dict.fromkeys(paths) | small


def refused(place, capsys, words) -> str:
    before = holds(place)
    code = main([*words, *HERE])
    printed = capsys.readouterr()
    assert code == 2, printed.err
    line = printed.err.removesuffix("\n")
    assert line.startswith("error: ")
    assert line.isprintable()  # so it is one line
    assert len(line) < 2100
    assert "Traceback" not in line
    assert printed.out == ""
    assert holds(place) == before
    return line


def text(name: str, content: str | bytes):
    """Return what writes a file."""

    def write(place):
        data = content.encode() if isinstance(content, str) else content
        (place / name).write_bytes(data)

    return write


def as_json(content):
    return text("r.json", json.dumps(content))


def nothing(place):
    pass


# ---- folders of pictures


def without(*names):
    return lambda place: [shutil.rmtree(place / "p" / name) for name in names]


def truncated(place):
    path = save(place / "p" / "dent" / "cut.jpg", drawn(77, (90, 90)), quality=90)
    path.write_bytes(path.read_bytes()[:900])


def huge(place):
    (place / "p" / "dent" / "huge.png").write_bytes(png_of(30_000, 30_000))


def loop(place):
    (place / "p" / "dent" / "round").symlink_to(place / "p", target_is_directory=True)
    (place / "round").symlink_to(place / "round")


def small_masks(place):
    for path in (place / "m").rglob("*.png"):
        save(path, square()[:9])


def lonely_mask(place):
    shutil.rmtree(place / "m")
    save(place / "m" / "nobody.png", square())


def pipe(name):
    return lambda place: os.mkfifo(place / name)


FOLDERS = {
    "the wrong folder": (nothing, ["--data", "q"], "'q' does not exist"),
    "a folder without classes": (nothing, ["--data", "p/dent"], "has no folder of a class in it"),
    "a name too long": (nothing, ["--data", "a" * 5000], "does not exist"),
    "a link round": (loop, ["--data", "round"], "'round' does not exist"),
    "masks that are a link round": (loop, [*OWN, "--masks", "round"], "a link to a folder"),
    "one class": (without("dent", "fine"), OWN, "1 class ('scratch'); 2 to 1,000 are studied"),
    "an empty class": (lambda f: (f / "p" / "none").mkdir(), OWN, "p/none' holds no picture"),
    "a loop of links": (loop, OWN, "p/dent/round: a link to a folder"),
    "a truncated JPEG": (truncated, OWN, "dent/cut.jpg: cannot be read: "),
    "900 million pixels": (huge, OWN, "dent/huge.png: more than 67,108,864 pixels"),
    "masks of another size": (small_masks, [*OWN, "--masks", "m"], "9x30 pixels; the picture has"),
    "masks of no picture": (lonely_mask, [*OWN, "--masks", "m"], "none of 1 pictures in 'm' has"),
    "masks that are a file": (nothing, [*OWN, "--masks", "p/dent/dent-1.png"], "is not a folder"),
    "a size of 5,000 digits": (nothing, [*OWN, "--set", f"dataset.size={'9' * 5000}"], "'size'"),
}  # fmt: skip


# ---- tables


def table(**changes):
    def write(place):
        root = place / "p"
        rows = [{"path": path.relative_to(root).as_posix(), "label": path.parent.name}
                for path in sorted(root.rglob("*.png"))]  # fmt: skip
        rows[4] |= changes
        write_table(root, rows)

    return write


def csv(content):
    return text("p/table.csv", content)


TABLES = {
    "a name in another code page": (csv(b"path,label\nd\xe9j\xe0.png,a\n"), "is no such file"),
    "a path up": (table(path="../../etc/passwd"), "'../../etc/passwd' leads out of the folder"),
    "an absolute path": (table(path="/etc/passwd"), "'/etc/passwd' leads out of the folder"),
    "a path with a line's end": (table(path="../a\nerror: b"), "'../a?error: b' leads out of"),
    "a mask up": (table(mask="../m/dent/dent-1.png"), "leads out of the folder"),
    "a path of 4,000 characters": (table(path="a" * 4000), "cannot be read: File name too long"),
    "one label in HTML": (table(label="<script>alert(1)</script>"), "<script>alert(1)</script>'"),
    "one label with slashes": (table(label="../../x"), "holds none of class '../../x'"),
    "labels alike when printed": (
        csv("path,label\ndent/dent-1.png,a\x07\ndent/dent-2.png,a\x08\n"), "read 'a?' when"),
    "a head without end": (csv("a" * 200_000), "line 1: field larger than field limit"),
    "a million columns": (csv("," * 10**6), "1,000,001 columns; at most 1,000"),
}  # fmt: skip


# ---- archives


def npz(**arrays):
    def write(place):
        np.savez(place / "d.npz", **arrays)

    return write


def raw_npz(name: str, content: bytes, claimed: int | None = None):
    """Return what writes an archive of one member, which may claim another size."""

    def write(place):
        with zipfile.ZipFile(place / "d.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}.npy", content)
            archive.writestr("y_train.npy", content)
            if claimed is not None:
                archive.infolist()[0].file_size = claimed

    return write


def npy(shape: tuple, dtype: str = "|u1", rest: bytes = b"") -> bytes:
    """The head of an array that announces a shape."""
    head = str({"descr": dtype, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + rest


def digits(labels, count: int = 40):
    images = np.zeros((count, 28, 28), np.uint8)
    return npz(x_train=images, y_train=np.full(count, labels), x_test=images,
               y_test=np.arange(count) % 10)  # fmt: skip


ARCHIVES = {
    "pickles": (npz(x_train=np.array([{}], object), y_train=[1]), "holds Python objects"),
    "wrong keys": (npz(images=[1], labels=[1]), "no array 'x_train'. There are: images, labels"),
    "labels too high": (digits(10), "array 'y_train' has labels 10 to 10; expected 0 to 9"),
    "labels below zero": (digits(-1), "array 'y_train' has labels -1 to -1"),
    "labels of words": (digits("one"), "array 'y_train' is <U3 [40]; expected one whole number"),
    "labels that are no numbers": (digits(np.nan), "array 'y_train' is float64"),
    "a bomb": (raw_npz("x_train", npy((2**29,)), 2**30), "536,870,912 bytes packed into "),
    "a terabyte announced": (raw_npz("x_train", npy((2**40,))), "announces 1,099,511,627,776"),
    "more than there is": (raw_npz("x_train", npy((99,)), 99_999), "cannot be read"),
    "axes without end": (raw_npz("x_train", npy((2**70, 0))), "array 'x_train' cannot be read"),
    "a head of brackets": (raw_npz("x_train", b"\x93NUMPY\x01\x00\x99\x01" + b"(" * 409), "cannot"),
    "no zip": (text("d.npz", b"PK\x03\x04" + bytes(99)), "d.npz: this is not an npz file"),
    "a bare pickle": (text("d.npz", pickle.dumps({})), "d.npz: this is not an npz file"),
    "a pipe": (pipe("d.npz"), "d.npz: cannot be read: it is not a file"),
    "a folder": (lambda f: (f / "d.npz").mkdir(), "d.npz: cannot be read: it is not a file"),
}


# ---- networks


def keras_file(*layers, size: int = 9):
    def write(place):
        with zipfile.ZipFile(place / "n.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": "3.9.0"}))
            model = {"class_name": "Functional", "config": {"layers": layers}}
            archive.writestr("config.json", json.dumps(model))
            archive.writestr("model.weights.h5", bytes(9))
            archive.infolist()[2].file_size = size

    return write


LAMBDA = {"class_name": "Lambda", "module": "keras.layers", "config": {"function": "4wEAAA"}}
HIDDEN = {"class_name": "Dense", "config": {"activation": {"class_name": "__lambda__"}}}
NETWORKS = {
    "a Lambda layer": (keras_file(LAMBDA), "n.keras has a Lambda layer, which is code"),
    "a function in a layer": (keras_file(HIDDEN), "n.keras has a Lambda layer, which is code"),
    "no zip": (text("n.keras", "no model"), "n.keras cannot be read: File is not a zip file"),
    "a zip of something else": (lambda f: npz(a=1)(f) or (f / "d.npz").rename(f / "n.keras"),
                                "no item named 'config.json'"),
    "a bomb": (keras_file(size=2**40), "n.keras cannot be read: it unpacks to 1,099,511,627,"),
    "no JSON": (lambda f: zipfile.ZipFile(f / "n.keras", "w").writestr("config.json", "[" * 10**5),
                "cannot be read"),
    "a pipe": (pipe("n.keras"), "no file 'n.keras'"),
    "no file": (nothing, "no file 'n.keras'"),
}  # fmt: skip


# ---- regions


def coco(image={}, **annotation):
    image = {"id": 1, "file_name": "dent/dent-1.png", "height": 20, "width": 30} | image
    return {"images": [image], "annotations": [{"image_id": 1, **annotation}]}


def shape(points, kind="polygon", **changes):
    return {"imagePath": "dent-1.png", "imageHeight": 20, "imageWidth": 30,
            "shapes": [{"shape_type": kind, "points": points}]} | changes  # fmt: skip


LONG = int("9" * 400)  # more than a float holds
MARKED = {
    "a size of 10^9": (coco({"height": 10**9, "width": 10**9}), "size 1000000000 x 1000000000; at"),
    "a size of 400 digits": (coco({"height": LONG}), "at most 67,108,864 pixels are read"),
    "a size below zero": (coco({"width": -30}), "size 20 x -30"),
    "a place of 1e308": (coco(segmentation=[[0, 0, 1e308, 0, 0, 1]]), "received 1e+308 as a place"),
    "a place of 400 digits": (coco(bbox=[0, 0, LONG, 1]), "as a place in pixels"),
    "no number": (coco(bbox=[0, 0, float("nan"), 1]), "received nan as a place"),
    "another size": (coco({"width": 31}, bbox=[1, 1, 2, 2]), "marked in 20x31 pixels"),
    "a bomb of runs": (coco(segmentation={"size": [20, 30], "counts": [2**40]}), "from 0 to 600"),
    "a name that no file has": (coco({"file_name": "\ud800/a.png"}), "names none of the pictures"),
    "a name that leads out": (
        coco({"file_name": "../../etc/passwd"}),
        "names none of the pictures",
    ),
    "a name of HTML": (coco({"file_name": "<b>x</b>.png"}), "names none of the pictures"),
    "an unknown shape": (shape([[1, 1], [2, 2]], "spiral"), "shape_type 'spiral'"),
    "one point": (shape([[1, 1]]), "2 numbers; expected x and y of 3"),
    "a radius without end": (shape([[1, 1], [1, LONG]], "circle"), "as a place in pixels"),
    "points of three": (shape([[1, 1, 1]] * 3), "numbers; expected"),
    "a table for points": (shape({"x": 1}), "1 numbers; expected"),
    "shapes that are none": (shape([], shapes="all"), "'shapes' is not a list"),
}


def probed(*annotations, **changes):
    return {
        "images": [{"id": 1, "width": 28, "height": 28}],
        "categories": [{"id": 1, "name": "region"}],
        "annotations": [
            {"image_id": 1, "category_id": 1, **annotation} for annotation in annotations
        ],
    } | changes


DRAWN = {
    "20,000 annotations": (probed(*[{}] * 20_000), "annotations: 20,000; at most 10,000"),
    "run lengths": (probed({"segmentation": {"size": [28, 28], "counts": "a"}}), "'counts' ends"),
    "a place of 1e308": (probed({"bbox": [0, 0, 1e308, 1]}), "bbox: received 1e+308"),
    "a place of 400 digits": (probed({"bbox": [0, 0, LONG, 1]}), "as a place in pixels"),
    "a place below zero": (probed({"bbox": [-9, 0, 10, 1]}), "received (-9, 0), outside of 28"),
    "no number": (probed({"bbox": [0, 0, float("nan"), 1]}), "bbox: received nan"),
    "a size of 10^9": (probed(images=[{"id": 1, "width": 10**9}]), "1000000000 x 28 pixels"),
    "an image of 400 digits": (probed(images=[{"id": LONG}]), "probe images are 0 to"),
    "a category that breaks a line": (
        probed({}, categories=[{"id": 2, "name": "a\nerror: b"}]), "not the id of a category"),
    "names that break a line": (
        probed({"bbox": [0, 0, 9, 9]}, categories=[{"id": 1, "name": "a\nb\x1b[2J"}]),
        "The file has: a?b?[2J"),
}  # fmt: skip


# ---- plans


def plan(content):
    return text("plan.toml", content)


def million(place):
    (place / "plan.toml").write_text("strategies = [" + '"zoom",' * 10**6 + "]")


PLANS = {
    "an unknown field": (plan("sedes = 3"), PLAN, "no field 'sedes'"),
    "a wrong type": (plan('baselines = "eight"'), PLAN, "baselines: received 'eight'"),
    "a table for a number": (plan("[alpha]\nb = 1"), PLAN, "alpha: received {'b': 1}"),
    "settings that are none": (plan('dataset = {name = "mnist", settings = 3}'), PLAN, "settings"),
    "a check that is none": (plan("checks = [{cm = 1}]"), PLAN, "checks"),
    "a million strategies": (million, PLAN, "larger than 1 MiB"),
    "a million by option": (nothing, ["--strategies", "zoom," * 10**6], "1000000 strategies; at"),
    "twice in 3,000": (
        nothing, ["--strategies", ",".join(f"zoom:{n / 10**4}" for n in range(3000)) + ",zoom:.1"],
        "received 'zoom:0.1' twice"),
    "two the same": (plan('strategies = ["rotation", "rotation:15"]'), PLAN, "'rotation' twice"),
    "10,000 lists deep": (plan("a = " + "[" * 10_000), PLAN, "nested too deep"),
    "10,000 tables deep": (plan("a = " + "{a = " * 10_000), PLAN, "nested too deep"),
    "10,000 names deep": (plan("a." * 10_000 + "a = 1"), PLAN, "nested too deep"),
    "100,000 names deep": (plan("[" + "'a' . " * 100_000 + "a]"), PLAN, "nested too deep"),
    "an option 10,000 deep": (nothing, ["--set", "a." * 10_000 + "a=1"], "nested too deep"),
    "a number of 5,000 digits": (plan("seeds = " + "9" * 5000), PLAN, "not valid TOML"),
    "a cost of 400 digits": (
        plan(f'costs = {{good = "0", miss = {LONG}, false_alarm = 1}}'), PLAN, "miss: received 99"),
    "100 MB": (lambda f: os.truncate((f / "plan.toml").touch() or f / "plan.toml", 10**8), PLAN,
               "plan.toml: larger than 1 MiB"),
    "not UTF-8": (plan(b"name = '\xff'"), PLAN, "not valid TOML"),
    "a folder": (nothing, ["p"], "no plan 'p': neither a file"),
    "a path that is not UTF-8": (
        nothing, ["--data", "d\udce9x"], "command line: received 'd?x', which is not UTF-8"),
    "a setting that is not UTF-8": (nothing, ["--set", "dataset.group=\udce9"], "not UTF-8"),
    "a word for a list": (plan('metrics = "pearson"'), PLAN, "metrics: received 'pearson'; a list"),
    "a list for a table": (plan("recipe = [1]"), PLAN, "recipe: received [1]; a table expected"),
    "a field of the recipe": (
        plan("[recipe]\nepoch = 3"), PLAN, "Did you mean 'recipe.epochs'? Allowed"),
    "a device": (nothing, ["/dev/zero"], "no plan '/dev/zero'"),
    "a pipe": (pipe("plan.toml"), PLAN, "no plan 'plan.toml'"),
    "a link to a device": (
        lambda f: (f / "plan.toml").symlink_to("/dev/zero"), PLAN, "no plan 'plan.toml'"),
    "a name too long": (nothing, ["a" * 5000], "neither a file nor a packaged plan"),
    "a line's end": (nothing, ["--strategies", "a\nerror: b"], "no strategy 'a?error'. Allowed"),
    "folds": (nothing, ["--folds", "3"], "both must be multiples of 3"),
    "regions that are a pipe": (pipe("r.json"), PROBE, "r.json: cannot be read: it is not a file"),
    "regions without end": (nothing, ["--probe-regions", "/dev/zero"], "zero: cannot be read"),
    "masks by a pipe": (pipe("r.json"), REGIONS, "r.json: cannot be read: it is not a file"),
    "no workers": (nothing, ["--workers", "0"], "option --workers: received 0; 1 to 1,024"),
    "a million workers": (nothing, ["--workers", "1000000"], "received 1000000; 1 to 1,024"),
    "an unknown option": (nothing, ["--sead", "3"], "no option '--sead'. Did you mean '--seeds'"),
}  # fmt: skip

WRITING = {
    "a file for the report": (text("out", "mine"), "option --out: 'out': 'out' is a file"),
    "a file for the store": (text("store", "mine"), "option --store: 'store': 'store' is a file"),
    "a link to nothing": (lambda f: (f / "store").symlink_to(f / "none"), "is a link to nothing"),
    "a link round": (lambda f: (f / "out").symlink_to(f / "out"), "is a link to nothing"),
}

CASES = {f"folder: {name}": case for name, case in FOLDERS.items()}
CASES |= {f"table: {name}": (make, TABLE, word) for name, (make, word) in TABLES.items()}
CASES |= {f"npz: {name}": (make, DIGITS, word) for name, (make, word) in ARCHIVES.items()}
CASES |= {f"network: {name}": (make, NETWORK, word) for name, (make, word) in NETWORKS.items()}
CASES |= {f"regions: {name}": (as_json(files), REGIONS, word)
          for name, (files, word) in MARKED.items()}  # fmt: skip
CASES |= {f"drawn: {name}": (as_json(files), PROBE, word) for name, (files, word) in DRAWN.items()}
CASES |= {f"plan: {name}": case for name, case in PLANS.items()}
CASES |= {f"writing: {name}": (make, [], word) for name, (make, word) in WRITING.items()}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_in_one_line_and_nothing_is_written(case, place, capsys):
    make, words, expected = CASES[case]
    make(place)
    assert expected in refused(place, capsys, words)


def test_a_folder_whose_name_is_too_long_is_refused_before_anything_runs(place, capsys):
    before = holds(place)
    for option in ("--out", "--store"):
        assert main([option, "a" * 300]) == 2
        assert f"error: option {option}: " in capsys.readouterr().err
    assert holds(place) == before


def test_a_truncated_picture_is_left_out_by_option(place, capsys):
    truncated(place)
    assert main([*OWN, "--set", "dataset.damaged=skip", "--dry-run", *HERE]) == 0
    assert "dent/cut.jpg" in capsys.readouterr().out
    assert not (place / "out").exists()
    assert {path.name for path in (place / "store").iterdir()} == {".lock", "pictures"}


def test_strange_names_of_classes_are_allowed_and_printed_plainly(place, capsys):
    names = {"dent": "<img src=x onerror=alert(1)>", "fine": "../../fine", "scratch": "a\x1b[2Jb"}
    root = place / "p"
    rows = [{"path": path.relative_to(root).as_posix(), "label": names[path.parent.name]}
            for path in sorted(root.rglob("*.png"))]  # fmt: skip
    write_table(root, rows)
    assert main([*TABLE, "--dry-run", *HERE]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert holds(place).keys() == {*holds(place), root / "table.csv"}
