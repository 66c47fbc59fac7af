"""Layouts of folders are understood as they lie, or refused by name."""

import os
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from cam_augment.base.errors import InputError
from cam_augment.datasets.folder import Source, folder, layout_of
from cam_augment.datasets.layouts.names import split_of, stems_behind
from cam_augment.datasets.splits import SPLITS
from tests.layouts import (
    KINDS,
    LAYOUTS,
    Maker,
    btad,
    kaggles_table,
    kolektor_2,
    mvtec,
    mvtec_2,
    mvtec_loco,
    roboflow,
    visa,
)
from tests.own_pictures import drawn, object_map, photograph, save, square


def understood(path, **settings):
    """Return the classes, how many rows each split has, and what is left out by why."""
    layout = layout_of(Source(str(path), **settings))
    splits = {split: sum(row.split == split for row in layout.rows) for split in (*SPLITS, None)}
    left_out = {(part.name, part.why, part.count) for part in layout.left_out}
    return layout, {row.label for row in layout.rows}, splits, left_out


@pytest.mark.parametrize("build", LAYOUTS, ids=lambda build: build.__name__)
def test_a_folder_is_understood(tmp_path, build):
    kind, labels, splits, left_out = build(Maker(tmp_path))
    layout, result, counts, out = understood(tmp_path)
    assert layout.kind == kind
    assert result == labels
    assert {split: count for split, count in counts.items() if count} == splits
    assert out == left_out


WITH_MASKS = {mvtec: "defect", btad: "defect", mvtec_2: "defect", mvtec_loco: "defect",
              visa: "Anomaly", kolektor_2: "marked", roboflow: None}  # fmt: skip


@pytest.mark.parametrize("build", WITH_MASKS, ids=lambda build: build.__name__)
def test_the_masks_that_lie_with_pictures_are_theirs(tmp_path, build):
    build(Maker(tmp_path))
    data = folder(path=str(tmp_path), size="20x30", train=0.4, validation=0.2, probe=0.2)
    label = WITH_MASKS[build]
    for split in SPLITS:
        part = getattr(data, split)
        names = np.array(data.classes)[part.labels]
        expected = names == label if label else names != "nothing marked"
        np.testing.assert_array_equal(part.masks[:].any((1, 2)), expected)
        assert {tuple(mask.nonzero()[0][[0, -1]]) for mask in part.masks if mask.any()} == {(4, 11)}


def test_types_of_defects_may_be_classes(tmp_path):
    mvtec(Maker(tmp_path))
    assert understood(tmp_path, defects="types")[1] == {"good", "cut", "dirt"}


def test_folders_may_be_links_and_lie_elsewhere(tmp_path):
    Maker(tmp_path / "real").pictures(*KINDS)
    (tmp_path / "data").mkdir()
    for kind in KINDS:
        (tmp_path / "data" / kind).symlink_to(tmp_path / "real" / kind, target_is_directory=True)
    assert understood(tmp_path / "data")[1] == set(KINDS)


def test_one_class_in_two_forms_of_unicode_is_one(tmp_path):
    make = Maker(tmp_path)
    composed, parted = (unicodedata.normalize(form, "rayé") for form in ("NFC", "NFD"))
    make.pictures(f"train/{composed}", "train/bon", f"test/{parted}", "test/bon")
    if len(os.listdir(tmp_path / "train")) == 2:
        assert understood(tmp_path)[1] == {composed, "bon"}


def test_what_looks_like_masks_and_matches_nothing_is_named_and_no_class(tmp_path):
    make = Maker(tmp_path)
    make.pictures("bad", "good")
    make.masks("ground_truth", "other{:03}.png")
    assert understood(tmp_path)[1:] == (
        set(KINDS), dict.fromkeys(SPLITS, 0) | {None: 20}, {("ground_truth", "unmatched", 10)}
    )  # fmt: skip


@pytest.mark.parametrize("name", ["{}_label.jpg", "{}_manual.png", "label_{}.jpg", "{}_seg_1.jpg"])
def test_photographs_called_like_masks_are_pictures(tmp_path, name):
    for place, kind in enumerate(("ok", "torn")):
        for number in range(10):
            seed = 100 * place + number
            save(tmp_path / kind / f"bottle{number}.jpg", photograph(seed))
            save(tmp_path / kind / name.format(f"bottle{number}"), photograph(seed + 50))
    layout, labels, _, _ = understood(tmp_path)
    assert (len(layout.rows), labels) == (40, {"ok", "torn"})
    assert not any(row.masks for row in layout.rows)
    for path in tmp_path.rglob("*bottle7?*"):
        path.unlink()
    save(tmp_path / "ok" / "bottle7.jpg", photograph(7))
    save(tmp_path / "ok" / name.format("bottle7"), square())
    masks = [row.masks for row in understood(tmp_path)[0].rows if row.masks]
    assert [mask.name for (mask,) in masks] == [name.format("bottle7")]


@pytest.mark.parametrize("names", [("labels", "boxes"), ("masks", "visors"), ("gt", "sedan")])
def test_folders_of_photographs_called_like_masks_are_classes(tmp_path, names):
    for place, kind in enumerate(names):
        for number in range(10):
            save(tmp_path / kind / f"{number}.png", photograph(100 * place + number))
    layout, classes, *_ = understood(tmp_path)
    assert classes == set(names)
    expected = () if names[0] == "labels" else ((names[0], 10),)
    assert layout.called_masks == expected
    data = folder(path=str(tmp_path), size="20x30")
    notes = [note for note in data.reading if note.code == "folder.called_masks"]
    assert [note.values["name"] for note in notes] == [name for name, _ in expected]


@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_maps_of_objects_in_many_colours_are_masks(tmp_path, ending):
    for kind in ("bad", "good"):
        for number in range(4):
            save(tmp_path / kind / f"{kind}{number}.png", photograph(number, (256, 256)))
            save(tmp_path / "masks" / f"{kind}{number}{ending}", object_map(120, number))
    layout, classes, _, left_out = understood(tmp_path)
    assert classes == {"bad", "good"}
    assert left_out == {("masks", "masks", 8)}
    assert all(row.masks for row in layout.rows)
    for path in (tmp_path / "masks").iterdir():
        path.rename(tmp_path / path.stem.rstrip("0123456789") / f"{path.stem}_mask{ending}")
    (tmp_path / "masks").rmdir()
    layout, classes, *_ = understood(tmp_path)
    assert (len(layout.rows), classes) == (8, {"bad", "good"})
    assert all(row.masks for row in layout.rows)


def test_groups_come_from_a_pattern_in_the_paths(tmp_path):
    make = Maker(tmp_path)
    for part in ("kos01", "kos02", "kos03", "kos04", "kos05", "kos06"):
        make.pictures(f"bad/{part}", f"good/{part}", count=3)
    layout = layout_of(Source(str(tmp_path), group=r"(kos\d+)"))
    assert {row.group for row in layout.rows} == {f"kos0{n}" for n in range(1, 7)}
    shares = {"train": 0.4, "validation": 0.2, "probe": 0.2}
    data = folder(path=str(tmp_path), size="16x16", group=r"kos\d+", **shares)
    assert {len(getattr(data, split)) % 6 for split in SPLITS} == {0}


def test_a_layout_is_chosen_where_it_is_named(tmp_path):
    make = Maker(tmp_path)
    for part in ("kos01", "kos02"):
        make.pictures(part)
        make.masks(part, "{:03}_label.bmp", 5)
    assert understood(tmp_path)[1] == {"kos01", "kos02"}
    assert understood(tmp_path, layout="masks")[1] == {"marked", "unmarked"}


def test_a_folder_of_data_sets_is_refused_and_one_is_named(tmp_path):
    for product in ("bottle", "cable"):
        mvtec(Maker(tmp_path / product))
        (tmp_path / product / "hole").rename(tmp_path / f"{product}-")
        (tmp_path / product).rmdir()
    with pytest.raises(InputError, match=r"its folders hold splits of their own; .* 'bottle-'"):
        layout_of(Source(str(tmp_path)))


def test_a_folder_of_products_is_refused_and_one_is_named(tmp_path):
    for product in ("candle", "capsules"):
        visa(Maker(tmp_path / product))
    with pytest.raises(InputError, match=r"holds sound parts and others; .* 'candle', is a data"):
        layout_of(Source(str(tmp_path)))


def test_folders_within_classes_are_no_data_sets(tmp_path):
    make = Maker(tmp_path)
    make.pictures(*(f"{kind}/{place}" for kind in KINDS for place in ("indoors", "outdoors")))
    assert understood(tmp_path)[1] == set(KINDS)


def test_groups_come_from_a_table_whatever_its_paths_begin_with(tmp_path):
    make = Maker(tmp_path / "parts")
    make.pictures(*KINDS)
    lines = [f"D:\\shots\\{kind}\\{n:03}.PNG;{n // 2}" for kind in KINDS for n in range(8)]
    table = tmp_path / "parts.csv"
    table.write_text("\n".join(["Image Name;Group ID", *lines, "elsewhere/1.png;9"]))
    layout = layout_of(Source(str(tmp_path / "parts"), groups=str(table)))
    groups = {row.name: row.group for row in layout.rows}
    assert groups["bad/000.png"] == groups["good/001.png"] == "0"
    assert groups["good/007.png"] == "3"
    assert groups["bad/009.png"] is None


def test_a_stray_picture_beside_class_folders_is_counted(tmp_path):
    make = Maker(tmp_path)
    make.pictures(*(f"{split}/{kind}" for split in ("train", "test") for kind in KINDS))
    save(tmp_path / "train" / "overview.png", drawn(999))
    layout = understood(tmp_path)[0]
    assert layout.kind == "splits"
    assert layout.file_counts["beside"] == 1


def test_two_tables_with_classes_are_both_named(tmp_path):
    kaggles_table(Maker(tmp_path))
    (tmp_path / "more.csv").write_bytes((tmp_path / "train.csv").read_bytes())
    with pytest.raises(
        InputError, match=r"has '.*more\.csv' and '.*train\.csv', each with classes"
    ):
        layout_of(Source(str(tmp_path)))


# ---- names

WORDS = some.sampled_from(
    ["train", "Train", "TRAIN", "training", "val", "valid", "test", "Testing"]
)

AROUND = some.sampled_from(["", "_set", "-images", " data", "2017", "_01", "Set"])


@given(WORDS, AROUND, some.sampled_from(["", "01_", "seg_", "data-"]))
def test_the_split_that_a_name_means(word, behind, before):
    split = {"tr": "train", "va": "validation", "te": "test"}[word[:2].lower()]
    assert split_of(f"{before}{word}{behind}") == split


@given(some.sampled_from(["test_tube", "train_station", "valve", "latest", "contest", "strain",
                          "good", "trained_dog", "test_train"]))  # fmt: skip
def test_other_names_mean_no_split(name):
    assert split_of(name) is None


STEMS = some.text("abcXYZ019é", min_size=1, max_size=8)

AFFIXES = some.sampled_from(
    ["mask", "Mask", "label", "GT", "gt", "segmentation", "seg", "annotation"]
)


@given(STEMS, some.sampled_from("-_. "), AFFIXES, some.sampled_from(["", "_1", "-02", " (3)"]))
def test_a_masks_name_says_its_pictures(stem, between, affix, number):
    assert stem in stems_behind(f"{stem}{between}{affix}{number}")
    assert stem in stems_behind(f"{affix}{between}{stem}")
