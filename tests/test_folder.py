"""One's own pictures: layouts, kinds, splits, groups, damage and repetition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cam_augment.datasets.folder import folder
from cam_augment.datasets.shares import allot, cut
from cam_augment.datasets.splits import SPLITS
from cam_augment.plan import Plan
from cam_augment.records import Notice
from tests.own_pictures import (
    CLASSES,
    class_folders,
    drawn,
    save,
    square,
    write_masks,
    write_table,
)


def read(path, **changes):
    return folder(path=str(path), size="20x30", **changes)


def counts(data):
    return {split: np.bincount(getattr(data, split).labels).tolist() for split in SPLITS}


# ---- layouts


def test_class_folders_are_cut_by_shares(tmp_path):
    data = read(class_folders(tmp_path))
    assert data.classes == CLASSES
    assert counts(data) == {"train": [6] * 3, "validation": [1] * 3, "probe": [1] * 3,
                            "test": [2] * 3}  # fmt: skip
    assert data.train.images.shape == (18, 20, 30, 1)
    assert data.train.masks is None
    assert data.notes == ()
    class_of = {(drawn(1000 * c + n) / np.float32(255)).tobytes(): c
             for c in range(3) for n in range(10)}  # fmt: skip
    for split in SPLITS:
        part = getattr(data, split)
        assert [class_of[image.tobytes()] for image in part.images] == part.labels.tolist()


def test_where_the_folder_lies_and_how_often_it_is_read_changes_nothing(tmp_path):
    first = read(class_folders(tmp_path / "a"))
    again = read(class_folders(tmp_path / "b" / "c"))
    assert first.fingerprint == again.fingerprint
    assert read(tmp_path / "a", split_seed=1).fingerprint != first.fingerprint


@pytest.mark.parametrize("name", ["val", "valid", "Validation"])
def test_split_folders_are_taken_whole_and_the_probe_is_cut_from_train(tmp_path, name):
    class_folders(tmp_path / "train", 14)
    class_folders(tmp_path / name, 3, seed=100)
    class_folders(tmp_path / "test", 4, seed=200)
    data = read(tmp_path)
    assert counts(data) == {"train": [12] * 3, "validation": [3] * 3, "probe": [2] * 3,
                            "test": [4] * 3}  # fmt: skip


def test_a_table_names_pictures_classes_masks_groups_and_splits(tmp_path):
    class_folders(tmp_path)
    write_masks(tmp_path, tmp_path.parent / "aside")
    for number in range(10):
        save(tmp_path / "marks" / f"{number}.png", square())
    rows = [
        {"path": f"{name}/{name}-{n}.png", "label": {"fine": "good"}.get(name, "bad"),
         "mask": "" if name == "fine" else f"marks/{n}.png", "group": f"part {n}",
         "split": "test" if n > 7 else "train", "operator": "x"}
        for name in CLASSES for n in range(10)
    ]  # fmt: skip
    data = read(write_table(tmp_path, rows))
    assert data.classes == ("bad", "good")
    assert counts(data)["test"] == [4, 2]
    for split in SPLITS:
        part = getattr(data, split)
        np.testing.assert_array_equal(part.masks[:].any((1, 2)), part.labels == 0)
        for mask in part.masks[part.labels == 0]:
            np.testing.assert_array_equal(mask, square() > 0)


def test_numbers_as_classes_come_by_their_value(tmp_path):
    assert read(class_folders(tmp_path, classes=("10", "9", "2"))).classes == ("2", "9", "10")


def test_semicolons_byte_order_marks_and_backslashes_are_read(tmp_path):
    class_folders(tmp_path)
    lines = ["\ufeffPath;Label", *(f"{c}\\{c}-{n}.png;{c}" for c in CLASSES for n in range(10)), ""]
    (tmp_path / "t.csv").write_text("\r\n".join(lines), "utf-8")
    assert read(tmp_path / "t.csv").fingerprint == read(tmp_path).fingerprint


def test_what_is_no_picture_is_ignored_and_counted(tmp_path):
    class_folders(tmp_path)
    for name in (".DS_Store", "notes.txt", "dent/.hidden.png", "dent/Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    save(tmp_path / "loose.png", drawn(77))
    data = read(tmp_path)
    ignored = {"hidden": 3, "other": 2, "beside": 1}
    assert data.notes == (Notice.of("files.ignored", files=ignored),)
    assert counts(data)["train"] == [6, 6, 6]


def test_pictures_deeper_in_a_class_folder_are_of_the_class(tmp_path):
    class_folders(tmp_path)
    save(tmp_path / "dent" / "monday" / "early" / "a.JPG", drawn(99))
    assert sum(sum(of_class) for of_class in counts(read(tmp_path)).values()) == 31


# ---- kinds of pictures together


def test_one_coloured_picture_makes_all_have_colours(tmp_path):
    class_folders(tmp_path)
    assert read(tmp_path, channels="colour").train.images.shape[3] == 3
    save(tmp_path / "dent" / "red.tif", drawn(5, (40, 60, 3)))
    data = read(tmp_path)
    assert data.train.images.shape[3] == 3
    grey = read(tmp_path, channels="grey")
    assert grey.train.images.shape[3] == 1
    same = [(image[..., :1] == image).all() for image in data.train.images]
    assert sum(same) >= len(same) - 1


def test_all_kinds_lie_side_by_side(tmp_path):
    for place, name in enumerate(("a", "b")):
        for number, ending in enumerate(("png", "jpg", "jpeg", "bmp", "tif", "tiff")):
            values = drawn(20 * place + number, (25, 25, 3) if number % 2 else (25, 25))
            save(tmp_path / name / f"{number}.{ending}", values)
        deep = drawn(20 * place + 9).astype(np.uint16) * 257
        save(tmp_path / name / "deep.png", deep)
    data = read(tmp_path)
    assert data.train.images.dtype == np.float32
    assert 0.3 < data.train.images[:].mean() < 0.7


@pytest.mark.parametrize(("size", "shape"), [(24, (24, 24)), ("16x40", (16, 40)), ([9, 8], (9, 8))])
def test_sizes_are_written_in_three_ways(tmp_path, size, shape):
    plan = Plan.make({"dataset": {"name": "folder", "path": "x", "size": size}})
    chosen = plan.dataset.settings["size"]
    assert chosen == "x".join(map(str, shape))
    data = folder(path=str(class_folders(tmp_path)), size=chosen)
    assert data.train.images.shape[1:3] == shape


# ---- splits


@given(counts=some.lists(some.integers(1, 40), min_size=2, max_size=5), seed=some.integers(0, 50),
       weights=some.lists(some.integers(1, 9), min_size=5, max_size=5))  # fmt: skip
@settings(max_examples=60)
def test_shares_are_met_to_one_picture_in_every_class(counts, seed, weights):
    shares = (np.array(weights) / sum(weights))[:4]  # the fifth part is in no split
    labels = np.repeat(np.arange(len(counts)), counts)
    parts = cut(labels, None, shares, seed)
    together = np.concatenate(parts)
    assert len(set(together)) == len(together)
    for label, count in enumerate(counts):
        result = np.array([(labels[part] == label).sum() for part in parts])
        assert (result == allot(count, shares)).all()
        if count >= 4:
            assert result.all()
        if (count * shares >= 1).all():
            assert np.abs(result - count * shares).max() < 1


@given(seed=some.integers(0, 200))
@settings(max_examples=40)
def test_groups_stay_whole_and_classes_keep_their_shares(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 7, 120)
    groups = np.repeat(np.arange(120), sizes)
    labels = np.repeat(rng.choice(3, 120, p=[0.6, 0.3, 0.1]), sizes)
    mixed = rng.random(len(labels)) < 0.1  # some groups are of several classes
    labels[mixed] = rng.integers(0, 3, mixed.sum())
    shares = [0.6, 0.1, 0.1, 0.2]
    parts = cut(labels, groups, shares, seed)
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    owners = [set(groups[part]) for part in parts]
    assert sum(map(len, owners)) == 120
    for label in range(3):
        result = np.array([(labels[part] == label).mean() * len(part) for part in parts])
        share = result / (labels == label).sum()
        np.testing.assert_allclose(share, shares, atol=0.04)


def test_a_group_column_keeps_pictures_together(tmp_path):
    class_folders(tmp_path, 24)
    rows = [{"path": f"{name}/{name}-{n}.png", "label": name, "group": f"{name} {n // 3}"}
            for name in CLASSES for n in range(24)]  # fmt: skip
    data = read(write_table(tmp_path, rows))
    group_of = {(drawn(1000 * c + n) / np.float32(255)).tobytes(): (c, n // 3)
                for c in range(3) for n in range(24)}  # fmt: skip
    where = [{group_of[image.tobytes()] for image in getattr(data, split).images}
             for split in SPLITS]  # fmt: skip
    assert sum(map(len, where)) == len(set.union(*where)) == 24


def test_groups_that_the_datas_own_splits_tear_apart_are_named(tmp_path):
    class_folders(tmp_path)
    rows = [{"path": f"{name}/{name}-{n}.png", "label": name, "group": f"g{n}",
             "split": "test" if name == "dent" and n < 2 else "train" if n < 8 else "test"}
            for name in CLASSES for n in range(10)]  # fmt: skip
    assert read(write_table(tmp_path, rows)).notes == (
        Notice.of("pictures.groups_torn", count=2, groups=["g0", "g1"]),
    )


def test_rows_of_a_table_of_groups_that_name_no_picture_are_counted(tmp_path):
    class_folders(tmp_path / "data")
    lines = ["path,group", *(f"{name}-{n}.png,g{n}" for name in CLASSES for n in range(5))]
    table = tmp_path / "groups.csv"
    table.write_text("\n".join([*lines, "test/dent/other-1.png,g9", "test/dent/other-2.png,g9"]))
    (note,) = read(tmp_path / "data", groups=str(table)).notes
    assert note == Notice.of("groups.unused", count=2, name="test/dent/other-1.png")
    table.write_text("\n".join(lines))
    assert not read(tmp_path / "data", groups=str(table)).notes


# ---- damaged and repeated pictures


def test_near_duplicates_across_splits_are_in_the_notes(tmp_path):
    class_folders(tmp_path / "train", 10)
    class_folders(tmp_path / "test", 3, seed=200)
    light = (drawn(0) * 0.95).astype(np.uint8)
    save(tmp_path / "test" / "dent" / "again.png", light)
    data = read(tmp_path)
    (note,) = data.notes
    assert note.code == "pictures.near_duplicates"
    overlap = {"count": 1, "of": 10, "part": "test", "other": "train"}
    assert overlap in note.values["overlaps"]
    assert ["test/dent/again.png", "train/dent/dent-0.png"] in note.values["pairs"]


def test_damaged_pictures_are_named_and_counted_and_may_be_skipped(tmp_path):
    class_folders(tmp_path)
    (tmp_path / "dent" / "dent-4.png").write_bytes(b"no picture")
    content = (tmp_path / "fine" / "fine-2.png").read_bytes()
    (tmp_path / "fine" / "fine-2.png").write_bytes(content[: len(content) // 2])
    save(tmp_path / "scratch" / "same.png", drawn(3))  # is dent-3.png, too
    data = read(tmp_path, damaged="skip")
    assert sum(sum(of_class) for of_class in counts(data).values()) == 31 - 4
    assert (data.notes[0].code, data.notes[0].values["count"]) == ("pictures.damaged", 4)
    assert len(data.notes[0].values["messages"]) == 3
    assert data.notes[0].values["messages"][0].startswith("dent/dent-3.png: mislabelled")
    (clean := tmp_path / "clean").mkdir()
    for name in ("dent", "fine", "scratch"):
        (tmp_path / name).rename(clean / name)
    for victim in ("dent/dent-3.png", "dent/dent-4.png", "fine/fine-2.png", "scratch/same.png"):
        (clean / victim).unlink()
    assert read(clean).fingerprint == data.fingerprint


def test_notes_do_not_enter_the_fingerprint(tmp_path):
    class_folders(tmp_path)
    plain = read(tmp_path)
    (tmp_path / "dent" / "notes.txt").touch()
    noted = read(tmp_path)
    assert noted.notes != plain.notes
    assert noted.fingerprint == plain.fingerprint


def test_names_of_classes_are_harmless(tmp_path):
    names = ["<script>alert(1)</script>", "../../etc", "a\x1b[31m\nb", "=1+1"]
    rows = []
    for number in range(40):
        save(tmp_path / f"{number}.png", drawn(number))
        rows.append({"path": f"{number}.png", "label": names[number % 4]})
    assert set(read(write_table(tmp_path, rows)).classes) == {*names[:2], "a?[31m?b", "=1+1"}
