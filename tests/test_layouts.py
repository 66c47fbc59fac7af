"""Folders as tools and people leave them: classes, splits, masks, and what is left out and why."""

import json
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
from tests.own_pictures import drawn, save, square

KINDS = ("bad", "good")


class Maker:
    """Writes folders of pictures, no two alike."""

    def __init__(self, root):
        self.root, self._seed = root, 0

    def pictures(self, *places: str, count: int = 10, ending: str = "png") -> None:
        for place in places:
            for number in range(count):
                self._seed += 1
                save(self.root / place / f"{number:03}.{ending}", drawn(self._seed))

    def masks(self, place: str, name: str = "{:03}.png", count: int = 10, **options) -> None:
        for number in range(count):
            save(self.root / place / name.format(number), square(), **options)


def understood(path, **settings):
    """Return the classes, how many rows each split has, and what is left out by why."""
    layout = layout_of(Source(str(path), **settings))
    splits = {split: sum(row.split == split for row in layout.rows) for split in (*SPLITS, None)}
    left_out = {(part.name, part.why, part.count) for part in layout.left_out}
    return layout, {row.label for row in layout.rows}, splits, left_out


def classes(make):
    make.pictures("bad", "good")
    return "classes", set(KINDS), {None: 20}, set()


def archive_in_an_archive(make):
    make.pictures("parts/parts/bad", "parts/parts/good")
    make.pictures("__MACOSX/parts/bad")
    return "classes", set(KINDS), {None: 20}, {("__MACOSX", "system", 0)}


def kaggles_seg(make):
    for split in ("seg_train", "seg_test"):
        make.pictures(*(f"{split}/{split}/{kind}" for kind in KINDS))
    make.pictures("seg_pred/seg_pred")
    return "splits", set(KINDS), {"train": 20, "test": 20}, {("seg_pred", "beside", 10)}


def unpacked_twice(make):
    for split in ("train", "val", "test"):
        make.pictures(*(f"xray/{split}/{kind}" for kind in KINDS))
    make.pictures("xray/xray/train/bad")
    return "splits", set(KINDS), {"train": 20, "validation": 20, "test": 20}, {
        ("xray/xray", "beside", 10)}  # fmt: skip


def named_after_the_product(make):
    for split in ("cast_def_train", "cast_def_test"):
        make.pictures(*(f"{split}/{kind}" for kind in KINDS))
    make.pictures("cast_def_512")
    return "splits", set(KINDS), {"train": 20, "test": 20}, {("cast_def_512", "beside", 10)}


def in_capitals(make):
    for split in ("01_TrainSet", "02_Valid-Images", "03_Test (new)"):
        make.pictures(*(f"{split}/{kind}" for kind in KINDS))
    return "splits", set(KINDS), {"train": 20, "validation": 20, "test": 20}, set()


def in_japanese(make):
    make.pictures(*(f"{split}/{kind}" for split in ("学習", "テスト") for kind in ("良品", "キズ")))
    return "splits", {"良品", "キズ"}, {"train": 20, "test": 20}, set()


def not_labelled(make):
    make.pictures(*(f"{split}/{kind}" for split in ("train", "validation") for kind in KINDS))
    make.pictures("no_label")
    make.pictures("test")
    return "splits", set(KINDS), {"train": 20, "validation": 20}, {
        ("no_label", "beside", 10), ("test", "beside", 10)}  # fmt: skip


def mvtec(make):
    make.pictures("hole/train/good", "hole/test/good", "hole/test/cut", "hole/test/dirt")
    for kind in ("cut", "dirt"):
        make.masks(f"hole/ground_truth/{kind}", "{:03}_mask.png")
    return "inspection", {"good", "defect"}, {None: 40}, {("hole/ground_truth", "masks", 20)}


def btad(make):
    make.pictures("train/ok", "test/ok", "test/ko")
    make.masks("ground_truth/ko", "{:03}.bmp")
    return "inspection", {"ok", "defect"}, {None: 30}, {("ground_truth", "masks", 10)}


def mvtec_2(make):
    make.pictures("train/good", "validation/good", "test_public/good", "test_public/bad")
    make.masks("test_public/ground_truth/bad", "{:03}_mask.png")
    make.pictures("test_private")
    return "inspection", {"good", "defect"}, {None: 40}, {
        ("test_public/ground_truth", "masks", 10), ("test_private", "beside", 10)}  # fmt: skip


def mvtec_loco(make):
    make.pictures("train/good", "validation/good", "test/good", "test/logical")
    for number in range(10):
        make.masks(f"ground_truth/logical/{number:03}", count=2)
    return "inspection", {"good", "defect"}, {None: 40}, {("ground_truth", "masks", 20)}


def visa(make):
    make.pictures("Data/Images/Normal", "Data/Images/Anomaly", ending="JPG")
    make.masks("Data/Masks/Anomaly")
    (make.root / "image_anno.csv").write_text("image,label,mask\nx.JPG,normal,\n")
    return "classes", {"Normal", "Anomaly"}, {None: 20}, {("Data/Masks", "masks", 10)}


def radiography(make):
    for kind in KINDS:
        make.pictures(f"{kind}/images")
        make.masks(f"{kind}/masks")
    (make.root / "good.metadata.xlsx").write_bytes(b"x")
    return "classes", set(KINDS), {None: 20}, {
        ("bad/masks", "masks", 10), ("good/masks", "masks", 10)}  # fmt: skip


def kolektor_2(make):
    for split in ("train", "test"):
        make.pictures(split)
        make.masks(split, "{:03}_GT.png", 5)
        for number in range(5, 10):
            save(make.root / split / f"{number:03}_GT.png", square() * 0)
    return "masks", {"marked", "unmarked"}, {"train": 10, "test": 10}, set()


def masks_by_the_same_name(make):
    make.pictures("MT_Blowhole/Imgs", "MT_Free/Imgs", ending="jpg")
    make.masks("MT_Blowhole/Imgs")
    make.masks("MT_Free/Imgs")
    return "classes", {"MT_Blowhole", "MT_Free"}, {None: 20}, set()


def splits_within_classes(make):
    make.pictures(*(f"{kind}/{split}" for kind in KINDS for split in ("Train", "Test")))
    for kind in KINDS:
        make.masks(f"{kind}/Train/Label", "{:03}_label.PNG", 3)
    return "classes", set(KINDS), {"train": 20, "test": 20}, {
        ("bad/Train/Label", "masks", 3), ("good/Train/Label", "masks", 3)}  # fmt: skip


def faces(make):
    make.pictures("mask", "no_mask")
    return "classes", {"mask", "no_mask"}, {None: 20}, set()


def vehicles(make):
    make.pictures("train", "car", "test bench")
    return "classes", {"train", "car", "test bench"}, {None: 30}, set()


def storage(make):
    make.pictures("bad", "good", "@eaDir/bad", "#recycle", "good/@eaDir", "bad/.thumbs")
    (make.root / "annotations").mkdir()
    (make.root / "annotations" / "a.xml").write_text("<a/>")
    return "classes", set(KINDS), {None: 20}, {
        ("@eaDir", "system", 0), ("#recycle", "system", 0), ("good/@eaDir", "system", 0),
        ("annotations", "empty", 0)}  # fmt: skip


def roboflow(make):
    for split in ("train", "valid", "test"):
        make.pictures(split, count=6)
        images = [
            {"id": n, "file_name": f"{n:03}.png", "height": 20, "width": 30} for n in range(6)
        ]
        marks = [{"id": n, "image_id": n, "category_id": n % 2, "bbox": [6, 4, 15, 8]}
                 for n in range(4)]  # fmt: skip
        named = [{"id": 0, "name": "dent"}, {"id": 1, "name": "hole"}]
        content = {"images": images, "annotations": marks, "categories": named}
        (make.root / split / "_annotations.coco.json").write_text(json.dumps(content))
    return (
        "coco",
        {"dent", "hole", "nothing marked"},
        {"train": 6, "validation": 6, "test": 6},
        set(),
    )


def kaggles_table(make):
    make.pictures("train_images")
    lines = [f"{n:03}.png,{KINDS[n % 2]}" for n in range(10)]
    (make.root / "train.csv").write_text("\n".join(["image_id,label", *lines]))
    return "table", set(KINDS), {None: 10}, set()


LAYOUTS = [
    classes, archive_in_an_archive, kaggles_seg, unpacked_twice, named_after_the_product,
    in_capitals, in_japanese, not_labelled, mvtec, btad, mvtec_2, mvtec_loco, visa, radiography,
    kolektor_2, masks_by_the_same_name, splits_within_classes, faces, vehicles, storage, roboflow,
    kaggles_table,
]  # fmt: skip


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
