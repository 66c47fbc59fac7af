"""Folders of pictures as people and tools leave them, each built by a function."""

import json

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
