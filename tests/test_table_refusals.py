"""Tables of pictures that cannot be used are refused in one line."""

import pytest

from tests.own_pictures import drawn, save, write_table
from tests.spoiled import clean_copy, nothing, refused


@pytest.fixture
def root(once, tmp_path):
    return clean_copy(once, tmp_path)


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
    "no path": (table(path=""), "line 6: no path of a picture"),
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
