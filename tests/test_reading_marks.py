"""Masks and regions as tools write them, read to the pixel."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, ImageDraw

from cam_augment.base.errors import InputError
from cam_augment.reading.frames import Frame
from cam_augment.reading.masks import read_mask
from cam_augment.reading.regions import read_regions
from cam_augment.reading.runs import from_runs, unpacked
from tests.own_pictures import save, square

FRAME = Frame(20, 30)


@pytest.mark.parametrize("high", [1, 7, 255])
def test_whatever_is_not_zero_is_marked(tmp_path, high):
    save(tmp_path / "m.png", square() // 255 * np.uint8(high))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png", "m", FRAME).mask, square() > 0)


def test_masks_of_other_kinds(tmp_path):
    expected = square() > 0
    Image.fromarray(expected).save(tmp_path / "bit.png")
    save(tmp_path / "loss.jpg", square(), quality=60)
    save(tmp_path / "wide.tif", square().astype(np.uint16) * 9)
    colour = np.zeros((20, 30, 4), np.uint8)
    colour[..., 3] = 255
    colour[expected, 2] = 30
    save(tmp_path / "alpha.png", colour)
    paletted = Image.fromarray(square() // 255, "P")
    paletted.putpalette([200, 0, 0, 0, 0, 0])  # the first colour is not black
    paletted.save(tmp_path / "palette.png")
    for name in ("bit.png", "loss.jpg", "wide.tif", "alpha.png", "palette.png"):
        result = read_mask(tmp_path / name, name, FRAME).mask
        assert (result != expected).mean() < (0.05 if name == "loss.jpg" else 1e-9), name


# ---- regions


def packed(runs: list[int]) -> str:
    """COCO's text of runs, written by hand from its description: an oracle."""
    text = ""
    for place, run in enumerate(runs):
        value = run - (runs[place - 2] if place > 2 else 0)
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            text += chr(48 + bits + (32 if more else 0))
    return text


def runs_of(mask: np.ndarray) -> list[int]:
    flat = np.concatenate([[False], mask.T.reshape(-1)])
    changes = np.flatnonzero(np.diff(flat.astype(int))) if flat.any() else np.array([], int)
    return np.diff([0, *changes, mask.size]).tolist()


@given(rows=some.integers(1, 12), columns=some.integers(1, 12), seed=some.integers(0, 99))
@settings(max_examples=100)
def test_runs_come_back_plain_and_packed(rows, columns, seed):
    mask = np.random.default_rng(seed).random((rows, columns)) < 0.4
    runs = runs_of(mask)
    for form in (runs, packed(runs)):
        np.testing.assert_array_equal(from_runs(form, mask.shape, "a"), mask)
    assert unpacked(packed(runs), "a") == runs


def coco(**annotation) -> dict:
    return {
        "images": [{"id": 1, "file_name": "dent/a.png", "height": 20, "width": 30}],
        "annotations": [{"image_id": 1, **annotation}],
    }


EDGE = square() > 0

COCO = {
    "polygon": {"segmentation": [[6, 4, 21, 4, 21, 12, 6, 12]]},
    "box": {"bbox": [6, 4, 15, 8]},
    "runs": {"segmentation": {"size": [20, 30], "counts": runs_of(EDGE)}},
    "packed runs": {"segmentation": {"size": [20, 30], "counts": packed(runs_of(EDGE))}},
}


@pytest.mark.parametrize("kind", COCO)
def test_regions_of_coco(tmp_path, kind):
    (tmp_path / "r.json").write_text(json.dumps(coco(**COCO[kind])))
    result = read_regions(tmp_path / "r.json", tmp_path, ["dent/a.png", "fine/b.png"]).marks
    assert list(result) == ["dent/a.png"]
    np.testing.assert_array_equal(result["dent/a.png"].drawn(FRAME).mask, EDGE)


def test_regions_of_labelme(tmp_path):
    shapes = [
        {"shape_type": "rectangle", "points": [[20, 11], [6, 4]]},
        {"shape_type": "circle", "points": [[25, 15], [25, 18]]},
        {"points": [[0, 0], [3, 0], [0, 3]]},
    ]
    content = {"imagePath": "..\\pictures\\a.png", "imageHeight": 20, "imageWidth": 30,
               "shapes": shapes}  # fmt: skip
    (tmp_path / "json" / "dent").mkdir(parents=True)
    (tmp_path / "json" / "dent" / "a.json").write_text(json.dumps(content))
    names = ["dent/a.png", "fine/a.png"]
    for where in (tmp_path / "json", tmp_path / "json" / "dent" / "a.json"):
        if where.is_file():
            names = names[:1]  # a file alone says no folder: its picture's name must be one's only
        mask = read_regions(where, tmp_path, names).marks["dent/a.png"].drawn(FRAME).mask
        canvas = Image.new("1", (30, 20))
        pen = ImageDraw.Draw(canvas)
        pen.ellipse((22, 12, 28, 18), fill=1)
        pen.polygon([0, 0, 3, 0, 0, 3], fill=1)
        np.testing.assert_array_equal(mask, EDGE | np.asarray(canvas))


def test_pictures_that_differ_in_their_ending_only_keep_their_own_regions(tmp_path):
    shape = {"shape_type": "rectangle", "points": [[6, 4], [20, 11]]}
    for image in ("a.jpg", "a.png"):
        content = {"imagePath": image, "imageHeight": 20, "imageWidth": 30, "shapes": [shape]}
        (tmp_path / "json" / "ok").mkdir(parents=True, exist_ok=True)
        (tmp_path / "json" / "ok" / "a.json").write_text(json.dumps(content))
        names = ["ok/a.jpg", "ok/a.png", "other/a.jpg"]
        assert list(read_regions(tmp_path / "json", tmp_path, names).marks) == [f"ok/{image}"]


def test_a_packed_text_that_is_none_is_refused():
    for text in ("\x00", "oo", "~" * 3, "o" * 9):
        with pytest.raises(InputError, match="'counts'"):
            unpacked(text, "a")
