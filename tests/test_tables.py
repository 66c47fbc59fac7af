"""Tables as people and programs save them: heads, separators, encodings, paths."""

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.datasets.folder import Source, folder, layout_of
from cam_augment.reading.text import decode
from tests.own_pictures import class_folders, save, square

KINDS = ("bad", "good")


@pytest.fixture
def root(tmp_path):
    return class_folders(tmp_path / "p", 4, KINDS)


def table(root, head="path,label", line="{folder}/{name}.png,{folder}", name="t.csv", **how):
    """Write a table of the pictures; return the classes by picture that are read back."""
    lines = [line.format(folder=kind, name=f"{kind}-{n}", root=root, label=how.get(kind, kind))
             for kind in KINDS for n in range(4)]  # fmt: skip
    text = how.get("end", "\r\n").join([head, *lines])
    (root / name).write_bytes(text.encode(how.get("encoding", "utf-8")))
    layout = layout_of(Source(str(root / name)))
    return {row.name: row.label for row in layout.rows}


EXPECTED = {f"{kind}/{kind}-{n}.png": kind for kind in KINDS for n in range(4)}


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("filename,class", "{folder}/{name}.png,{folder}"),
        ("Image Path,Category", "{folder}/{name}.png,{folder}"),
        (",image,label,extra", "7,{folder}/{name}.png,{folder},x"),
        ("id,target", "{name},{folder}"),
        ("path\tlabel", "{folder}/{name}.png\t{folder}"),
        ("path;label", "{folder}\\{name}.png;{folder}"),
        ("path|label", "{folder}/{name}.png|{folder}"),
        ("path,label", "{root}/{folder}/{name}.png,{folder}"),
        ("path,label", "C:\\users\\a\\parts\\{folder}\\{name}.png,{folder}"),
        ("path,label", "/mnt/b/{folder}/{name}.png,{folder}"),
        ("path,label", "{name},{folder}"),
        ('"path","label"', '"{folder}/{name}.png","{folder}"'),
    ],
)
def test_a_table_is_read_as_it_was_saved(root, head, line):
    assert table(root, head, line) == EXPECTED


@pytest.mark.parametrize(
    ("said", "head", "line"),
    [
        ("sep=,", "path,label", "{folder}/{name}.png,{folder}"),
        ("sep=;", "path;label", "{folder}/{name}.png;{folder}"),
        ('"sep=;"', "path;label", '"{folder}/{name}.png";{folder}'),
        ("SEP=\t", "path\tlabel", "{folder}/{name}.png\t{folder}"),
        ("sep=~", "path~label", "{folder}/{name}.png~{folder}"),
        ("\ufeffsep=,", "path,label", "{folder}/{name}.png,{folder}"),
    ],
)
def test_a_first_line_may_say_the_separator(root, said, head, line):
    assert table(root, f"{said}\r\n{head}", line) == EXPECTED
    separator = head.removeprefix("path")[0]
    with pytest.raises(InputError, match="line 4: 3 cells; the head has 2 columns"):
        table(root, f"{said}\r\n{head}\r\nx{separator}y", f"{line}{separator}z")


def row_of(folder, text, *files):
    """Return what the first line of a table means, where these pictures lie beside it."""
    for file in files:
        save(folder / file, np.zeros((20, 30), np.uint8))
    (folder / "t.csv").write_text(f"path,label\n{text},a\n")
    layout = layout_of(Source(str(folder / "t.csv")))
    return layout.rows[0], layout.substitutes


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("cam1/0.png", ["cam2/0.png"]),
        ("cam1/0", ["cam2/0.png"]),
        ("cam1\\0.png", ["cam2/0.png"]),
        ("cam1/0.png", ["cam1/1.png", "cam2/0.png"]),
        ("cam1/0.png", ["cam1/1.png", "0.png"]),
        ("a/cam1/0.png", ["a/cam1/1.png", "b/cam1/0.png"]),
        ("cam1/0.png", ["cam1/0.d/0.png"]),
    ],
)
def test_a_picture_that_is_not_there_is_no_other(tmp_path, text, files):
    row, substitutes = row_of(tmp_path, text, *files)
    assert (tmp_path / row.name).exists() is False
    assert not substitutes


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("/mnt/cam1/0.png", ["cam1/1.png", "cam2/0.png"]),
        ("C:\\set\\cam1\\0.png", ["CAM1/1.png", "0.png"]),
        ("C:\\set\\train\\0.png", ["train/1.png", "val/0.png", "val/1.png"]),
        ("C:\\set\\train\\0.png", ["train/1.png", "val/1.png"]),
        ("C:\\set\\train\\0.png", ["train/1.png", "0.png"]),
    ],
)
def test_nor_one_of_another_machine(tmp_path, text, files):
    with pytest.raises(InputError, match="leads out of the folder"):
        row_of(tmp_path, text, *files)


@pytest.mark.parametrize(
    ("text", "files", "name"),
    [
        ("cam1/0", ["cam1/0.png", "cam2/0.png"], "cam1/0.png"),
        ("set/cam1/0.png", ["cam1/0.png", "cam2/0.png"], "cam1/0.png"),
        ("cam1/0.png", ["set/cam1/0.png", "set/cam2/0.png"], "set/cam1/0.png"),
        ("CAM1/0.PNG", ["cam1/0.png", "cam2/0.png"], "cam1/0.png"),
        ("0.png", ["cam2/0.png"], "cam2/0.png"),
        ("/mnt/set/cam1/0.png", ["cam1/0.png", "cam2/0.png"], "cam1/0.png"),
        ("/mnt/parts/0.png", ["pictures/0.png"], "pictures/0.png"),
        ("C:\\set\\train\\0.png", ["train/1.png", "val/0.png"], "val/0.png"),
        ("/mnt/train/cam/0.png", ["train/cam/1.png", "test/cam/0.png"], "test/cam/0.png"),
    ],
)
def test_a_path_may_lack_an_ending_or_have_other_folders_above(tmp_path, text, files, name):
    row, substitutes = row_of(tmp_path, text, *files)
    assert row.name == name
    assert substitutes == ((text, name),)


def test_what_was_taken_for_a_path_is_said(root):
    table(root, line="{folder}/{name},{folder}")
    data = folder(path=str(root / "t.csv"), size="16x16", train=0.4, validation=0.2, probe=0.2)
    (note,) = [note for note in data.reading if note.code == "table.substitutes"]
    assert note.values["count"] == 8
    assert note.values["pairs"][0] == ["bad/bad-0", "bad/bad-0.png"]


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.txt", "T.CSV"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_of_unicode_are_certain(root, name, encoding):
    line = "{folder}/{name}.png,{label}"
    result = table(root, line=line, name=name, encoding=encoding, bad="キズ", good="良品")
    assert set(result.values()) == {"キズ", "良品"}


TEXTS = [
    ("cp932", "不良", "良品"), ("cp932", "キズ", "正常"), ("euc_jp", "キズ", "正常"),
    ("cp949", "불량", "양품"), ("cp1252", "défaut", "bon état"), ("cp1252", "Kratzer", "schön"),
    ("cp1250", "zarysowanie", "dobry ąę"), ("cp1251", "царапина", "норма"),
    ("cp1253", "ελάττωμα", "καλό"),
]  # fmt: skip


@pytest.mark.parametrize(("page", "bad", "good"), TEXTS)
def test_local_code_pages_are_told_by_their_letters(root, page, bad, good):
    line = "{folder}/{name}.png,{label}"
    result = table(root, line=line, encoding=page, bad=bad, good=good)
    assert result == {name: {"bad": bad, "good": good}[kind] for name, kind in EXPECTED.items()}


def test_the_encoding_is_said(root):
    table(root, line="{folder}/{name}.png,{label}", encoding="cp932", bad="不良", good="良品")
    data = folder(path=str(root / "t.csv"), size="16x16", train=0.4, validation=0.2, probe=0.2)
    (note,) = [note for note in data.reading if note.code == "table.encoding"]
    assert note.values == {"name": "cp932"}
    assert decode(b"path,label\n", "a").encoding == "utf-8"


def test_a_column_names_masks_several_with_bars_between(root):
    save(root / "m" / "one.png", square())
    other = np.zeros((20, 30), np.uint8)
    other[16:18, 25:28] = 255
    save(root / "m" / "two.png", other)
    lines = [f'"bad/bad-{n}.png";bad;m/one.png|two' for n in range(4)]
    lines += [f"good/good-{n}.png;good;" for n in range(4)]
    (root / "t.csv").write_text("\n".join(["image;class;mask_path", *lines]))
    data = folder(path=str(root / "t.csv"), size="20x30", train=0.4, validation=0.2, probe=0.2)
    assert {int(mask.sum()) for mask in data.train.masks} == {0, 120 + 6}


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("bad", "good"), []),
        (("Good", "good"), [("classes.alike", {"count": 1, "pairs": [["Good", "good"]]})]),
        (
            ("no_dent", "No dent"),
            [("classes.alike", {"count": 1, "pairs": [["No dent", "no_dent"]]})],
        ),
        (("good", "nan"), [("classes.unknown", {"name": "nan"})]),
        (("1", "N/A"), [("classes.unknown", {"name": "N/A"})]),
    ],
)
def test_classes_that_may_be_one_or_none_are_named(root, kinds, expected):
    table(root, line="{folder}/{name}.png,{label}", bad=kinds[0], good=kinds[1])
    data = folder(path=str(root / "t.csv"), size="16x16", train=0.4, validation=0.2, probe=0.2)
    notes = [(n.code, n.values) for n in data.notes if n.code.startswith("classes.")]
    assert notes == expected
    assert set(data.classes) == set(kinds)


@pytest.mark.parametrize("split", ["Training", "TRAIN", "val", "dev", "Test set"])
def test_the_splits_of_a_table_go_by_their_usual_names(root, split):
    (root / "t.csv").write_text(f"path,label,set\nbad/bad-0.png,bad,{split}\n")
    (row,) = layout_of(Source(str(root / "t.csv"))).rows
    assert row.split == {"t": "train", "v": "validation", "d": "validation"}.get(
        split.lower()[0] if split != "Test set" else "", "test"
    )


def test_columns_that_cannot_be_told_are_named_with_their_head(root):
    (root / "t.csv").write_text("a,b\nbad/bad-0.png,bad\n")
    with pytest.raises(InputError, match=r"no column 'path' \(or filename, .*There are: a, b\."):
        layout_of(Source(str(root / "t.csv")))
