"""Masks, regions and outlines of the product that lie with one's own pictures."""

import json

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.datasets.folder import folder
from cam_augment.datasets.splits import SPLITS
from cam_augment.plan import Plan
from cam_augment.records import Notice
from tests.own_pictures import (
    CLASSES,
    class_folders,
    save,
    square,
    write_masks,
)
from tests.test_folder import read


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("ending", [".png", ".bmp", "_mask.png"])
def test_masks_are_found_by_the_names_of_their_pictures(tmp_path, flat, ending):
    class_folders(tmp_path / "p")
    masks = write_masks(tmp_path / "p", tmp_path / "m", ending, flat)
    data = read(tmp_path / "p", masks=str(masks))
    assert data.notes == ()
    for split in SPLITS:
        part = getattr(data, split)
        np.testing.assert_array_equal(part.masks[:].any((1, 2)), part.labels != 1)
    np.testing.assert_array_equal(data.test.masks[:].max(0), square() > 0)


def test_masks_inside_the_folder_are_no_class(tmp_path):
    class_folders(tmp_path)
    masks = write_masks(tmp_path, tmp_path / "masks")
    assert read(tmp_path, masks=str(masks)).classes == CLASSES


def test_pictures_without_a_mask_are_counted_where_others_of_the_class_have_one(tmp_path):
    class_folders(tmp_path / "p")
    masks = write_masks(tmp_path / "p", tmp_path / "m")
    (masks / "dent" / "dent-3.png").unlink()
    save(masks / "dent" / "stray.png", square())
    assert read(tmp_path / "p", masks=str(masks)).notes == (
        Notice.of("masks.unused", count=1),
        Notice.of("masks.lacking", classes=[{"count": 1, "of": 10, "name": "dent"}]),
    )


def test_a_mask_and_its_picture_stay_together_in_every_fit(tmp_path):
    for place, name in enumerate(("a", "b")):
        for number in range(8):
            values = np.zeros((30, 50), np.uint8)
            values[4 + number : 20, 12 + 3 * place : 30] = 255
            save(tmp_path / "p" / name / f"{number}.png", values)
            save(tmp_path / "m" / name / f"{number}.png", values)
    for fit in ("letterbox", "crop", "stretch"):
        data = folder(path=str(tmp_path / "p"), masks=str(tmp_path / "m"), size="16x24", fit=fit)
        for part in (data.train, data.test):
            np.testing.assert_array_equal(part.masks, part.images[..., 0] >= 0.5)


def test_marks_outside_of_the_part_that_is_shown_are_named(tmp_path):
    class_folders(tmp_path / "p")
    edge = np.zeros((20, 30), np.uint8)
    edge[:, :2] = 1
    save(tmp_path / "m" / "dent" / "dent-0.png", edge)
    data = folder(path=str(tmp_path / "p"), masks=str(tmp_path / "m"), size="16x16", fit="crop")
    assert data.notes[1] == Notice.of("pictures.marks_cut_off", count=1, names=["dent/dent-0.png"])


def test_regions_of_coco_become_masks(tmp_path):
    class_folders(tmp_path / "p")
    images, annotations = [], []
    for number in range(10):
        images.append({"id": number, "file_name": f"dent/dent-{number}.png", "height": 20,
                       "width": 30})  # fmt: skip
        annotations.append({"image_id": number, "bbox": [6, 4, 15, 8]})
    (tmp_path / "r.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    data = read(tmp_path / "p", regions=str(tmp_path / "r.json"))
    for split in SPLITS:
        part = getattr(data, split)
        for mask, label in zip(part.masks, part.labels, strict=True):
            np.testing.assert_array_equal(mask, (square() > 0) & (label == 0))


# ---- the product


def outlined(folder, kind, name="part"):
    """Write regions of all pictures: a mark in those of ``dent``, the product in every one."""
    pictures = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
    if kind == "labelme":
        target = folder.parent / "json"
        for picture in pictures:
            shapes = [{"label": name, "points": [[3, 2], [27, 18]], "shape_type": "rectangle"}]
            if picture.startswith("dent"):
                shapes.append({"label": "dent", "points": [[6, 4], [20, 11]],
                               "shape_type": "rectangle"})  # fmt: skip
            path = (target / picture).with_suffix(".json")
            path.parent.mkdir(parents=True, exist_ok=True)
            size = {"imageHeight": 20, "imageWidth": 30}
            path.write_text(json.dumps({"imagePath": picture, "shapes": shapes} | size))
        return target
    images = [{"id": n, "file_name": p, "height": 20, "width": 30} for n, p in enumerate(pictures)]
    marks = [{"image_id": n, "category_id": 1, "bbox": [3, 2, 24, 16]} for n in range(len(images))]
    marks += [{"image_id": n, "category_id": 2, "bbox": [6, 4, 15, 8]}
              for n, p in enumerate(pictures) if p.startswith("dent")]  # fmt: skip
    named = [{"id": 1, "name": name}, {"id": 2, "name": "dent"}]
    target = folder.parent / "regions.json"
    target.write_text(json.dumps({"images": images, "categories": named, "annotations": marks}))
    return target


@pytest.mark.parametrize(("kind", "pixels"), [("coco", 24 * 16), ("labelme", 25 * 17)])
def test_a_category_of_the_regions_outlines_the_product(tmp_path, kind, pixels):
    path = class_folders(tmp_path / "parts")
    regions = str(outlined(path, kind))
    data = read(path, regions=regions, product="part")
    assert data.product.shape == (3, 20, 30)
    assert data.product.sum(axis=(1, 2)).tolist() == [pixels] * 3
    assert data.probe.masks[:].any(axis=(1, 2)).tolist() == (data.probe.labels == 0).tolist()
    assert data.train.masks[:].any(axis=(1, 2)).sum() == 6
    whole = read(path, regions=regions)
    assert whole.product is None
    assert whole.probe.masks[:].any(axis=(1, 2)).all()


def test_a_product_needs_regions_and_a_category_that_they_have(tmp_path):
    path = class_folders(tmp_path / "parts")
    with pytest.raises(InputError, match="folder: product: received 'part'"):
        read(path, product="part")
    regions = str(outlined(path, "coco"))
    with pytest.raises(InputError, match=r"category 'parts'\. Did you mean 'part'\?"):
        read(path, regions=regions, product="parts")


def test_a_product_decides_no_weights(tmp_path):
    path = class_folders(tmp_path / "parts")
    plans = [
        Plan.make({"dataset": {"name": "folder", "path": str(path)} | more, "seeds": 3})
        for more in ({}, {"regions": "r.json", "product": "part"})
    ]
    assert len({tuple(run.key for run in plan.runs()) for plan in plans}) == 1
