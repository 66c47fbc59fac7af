"""Annotations as tools write them: each shape as it is drawn there, and small flaws left out."""

import base64
import io
import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from cam_augment.base.errors import InputError
from cam_augment.datasets.folder import folder
from cam_augment.datasets.splits import SPLITS
from cam_augment.reading.coco import Coco
from cam_augment.reading.frames import Frame
from cam_augment.reading.labelme import shape_of
from cam_augment.reading.regions import Marks
from cam_augment.reading.shapes import LINE_WIDTH, POINT_RADIUS, area, box
from tests.own_pictures import class_folders

ROWS, COLUMNS = 30, 40


def canvas():
    return np.zeros((ROWS, COLUMNS), bool)


def mask_of(shape) -> np.ndarray:
    mask = canvas()
    shape_of(shape, "here")(mask)
    return mask


def distance_to_line(points) -> np.ndarray:
    """The distance of every pixel from the nearest part of a line, by its definition: a twin."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    distances = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        part = ((columns - x0) * (x1 - x0) + (rows - y0) * (y1 - y0)) / length
        part = np.clip(part, 0, 1)
        distances.append(np.hypot(columns - x0 - part * (x1 - x0), rows - y0 - part * (y1 - y0)))
    return np.min(distances, axis=0)


# ---- labelme

CORNERS = [[5, 5], [15, 5], [15, 15], [5, 15]]
png = io.BytesIO()
Image.fromarray(np.pad(np.full((6, 8), 255, np.uint8), 2)).save(png, "PNG")
PASTED = {"points": [[25, 20], [36, 29]], "mask": base64.b64encode(png.getvalue()).decode()}
FILLED = canvas()
FILLED[5:16, 5:16] = True
PATCH = canvas()
PATCH[22:28, 27:35] = True


@pytest.mark.parametrize("kind", ["polygon", "rectangle", "rotation", "oriented_rectangle",
                                  "quadrilateral", None])  # fmt: skip
def test_shapes_of_corners_are_filled_with_their_borders(kind):
    shape = {"shape_type": kind, "points": CORNERS}
    np.testing.assert_array_equal(mask_of(shape), FILLED)
    np.testing.assert_array_equal(mask_of({"points": CORNERS}), FILLED)


@pytest.mark.parametrize("points", [[[5, 5], [30, 20]], [[6, 24], [20, 8], [34, 24]]])
@pytest.mark.parametrize("kind", ["line", "linestrip"])
def test_lines_are_as_thick_as_labelme_draws_them(kind, points):
    mask, distance = mask_of({"shape_type": kind, "points": points}), distance_to_line(points)
    ends = np.min([np.hypot(*(np.mgrid[:ROWS, :COLUMNS].T - p[::-1]).T) for p in points], axis=0)
    middle = ends > LINE_WIDTH  # where neither end nor bend of the line is near
    assert mask[middle & (distance < LINE_WIDTH / 2 - 1)].all()
    assert not mask[middle & (distance > LINE_WIDTH / 2 + 1)].any()
    assert mask.any()


def test_a_point_is_a_disc():
    mask = mask_of({"shape_type": "point", "points": [[20, 12]]})
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    distance = np.hypot(rows - 12, columns - 20)
    assert mask[distance <= POINT_RADIUS - 1].all()
    assert not mask[distance > POINT_RADIUS + 0.5].any()
    two = mask_of({"shape_type": "points", "points": [[20, 12], [33, 25]]})
    assert two[25, 33]
    assert (two & mask).sum() == mask.sum()


def test_a_small_mask_is_pasted_at_its_corner():
    np.testing.assert_array_equal(mask_of({"shape_type": "mask", **PASTED}), PATCH)
    outside = mask_of({"shape_type": "mask", **PASTED, "points": [[-9, 26], [1, 36]]})
    assert outside.any()
    assert not outside[:, 3:].any()


# ---- COCO: exact areas


@given(some.integers(-5, 45), some.integers(-5, 35), some.integers(1, 20), some.integers(1, 20))
def test_a_box_marks_its_own_pixels(x, y, wide, tall):
    mask = canvas()
    area(box(x, y, x + wide, y + tall))(mask)
    expected = canvas()
    expected[max(0, y) : max(0, y + tall), max(0, x) : max(0, x + wide)] = True
    np.testing.assert_array_equal(mask, expected)


@given(some.lists(some.tuples(some.integers(0, 40), some.integers(0, 30)), min_size=3, max_size=3))
def test_the_area_of_a_triangle_is_its_area(corners):
    (x0, y0), (x1, y1), (x2, y2) = corners
    exact = abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) / 2
    mask = canvas()
    area([value for corner in corners for value in corner])(mask)
    around = sum(np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(corners))
    assert abs(mask.sum() - exact) <= around + 1


# ---- small flaws

SOUND = {"segmentation": [[5, 5, 15, 5, 15, 15, 5, 15]], "bbox": [5, 5, 10, 10]}
POLYGON = {"label": "x", "points": CORNERS, "shape_type": "polygon"}


def read_own(tmp_path, content, regions="regions.json"):
    """Read ten pictures of each of two classes, with files of regions by their names."""
    class_folders(tmp_path / "p", classes=("bad", "good"))
    for name, text in content.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text))
    return folder(path=str(tmp_path / "p"), size="20x30", regions=str(tmp_path / regions))


def coco(*of_image, extra=(), **image):
    images = [{"id": n, "file_name": f"bad/bad-{n}.png", "height": 20, "width": 30} | image
              for n in range(10)]  # fmt: skip
    images = [{k: v for k, v in table.items() if v is not None} for table in images]
    marks = [{"image_id": table["id"], "category_id": 1} | mark
             for table in images for mark in of_image]  # fmt: skip
    return {"images": images, "annotations": [*marks, *extra],
            "categories": [{"id": 1, "name": "scratch"}]}  # fmt: skip


def pixels(data):
    parts = [getattr(data, split) for split in SPLITS]
    return {int(mask.sum()) for part in parts for mask in part.masks[part.labels == 0]}


EXACT = 10 * 10
FLAWS = {
    "none": (coco(SOUND), 0),
    "a point among sound polygons": (
        coco(SOUND | {"segmentation": [*SOUND["segmentation"], [20, 20]]}), 10),
    "an empty polygon and a box": (coco(SOUND | {"segmentation": [[]]}), 0),
    "one flat polygon": (coco(SOUND | {"segmentation": SOUND["segmentation"][0]}), 0),
    "neither box nor outline": (coco(SOUND, {"keypoints": [1, 2, 2]}), 10),
    "words for numbers": (coco(SOUND, {"bbox": [1, 2, "x", 4]}), 10),
    "an image that is gone": (coco(SOUND, extra=[{"image_id": 99, "bbox": [1, 1, 2, 2]}]), 1),
    "no table": (coco(SOUND, extra=[3]), 1),
    "runs that do not sum": (
        coco(SOUND, {"iscrowd": 1, "segmentation": {"size": [20, 30], "counts": [9, 9]}}), 10),
    "no sizes": (coco(SOUND, height=None, width=None), 0),
    "sizes with a point": (coco(SOUND, height=20.0, width=30.0), 0),
    "paths of another machine": (coco(SOUND), 0),
    "ids with a point": (coco(SOUND), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", FLAWS)
def test_a_flaw_of_cocos_is_counted_and_the_rest_drawn(tmp_path, case):
    content, count = FLAWS[case]
    if case.startswith("paths"):
        for image in content["images"]:
            image["file_name"] = "C:\\data\\parts\\" + image["file_name"].replace("/", "\\")
    if case.startswith("ids"):
        for table in content["images"]:
            table["id"] = float(table["id"])
    data = read_own(tmp_path, {"regions.json": content})
    assert pixels(data) == {EXACT}
    assert [note.values["count"] for note in data.notes if note.code == "regions.flaws"] == (
        [count] if count else []
    )


def labelme(*shapes, **top):
    return {"shapes": list(shapes), "imageHeight": 20, "imageWidth": 30} | top


def twice(table, number=0, **changes):
    """Return the content of a file in which one entry of a table is there once more."""
    content = coco(SOUND)
    content[table].append(content[table][number] | changes)
    return content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            twice("images", file_name="other.png"),
            r"image 11: its id 0 is that of another: .*image 1; their file_name: 'other.png' and '",
        ),
        (twice("images", width=31), "image 1; their width: 31 and 30"),
        (twice("images", 3, id=5), "image 11: its id 5 is that of another: .*image 6"),
        (
            twice("categories", name="stain"),
            "categories 1 and 2, '.*' and 'stain', have one id, which annotation 1 is of: ",
        ),
    ],
)
def test_two_things_of_one_id_are_refused(tmp_path, content, words):
    with pytest.raises(InputError, match=words):
        read_own(tmp_path, {"regions.json": content})


def test_what_is_there_twice_alike_is_one(tmp_path):
    unused = coco(SOUND)
    unused["categories"] += [{"id": 77, "name": "x"}, {"id": 77, "name": "X"}]
    sized_later = twice("images")
    del sized_later["images"][0]["width"]
    contents = [twice("images"), twice("categories"), twice("images", license=2, width=None),
                twice("categories", supercategory="y"), unused, sized_later]  # fmt: skip
    for content in contents:
        data = read_own(tmp_path, {"regions.json": content})
        assert pixels(data) == {EXACT}


def test_a_picture_that_lies_elsewhere_than_its_path_says_is_left_out_and_named(tmp_path):
    content = coco(SOUND)
    for place, image in enumerate(content["images"]):
        image["file_name"] = f"C:/x/{'good' if place < 3 else 'bad'}/bad-{place}.png"
    data = read_own(tmp_path, {"regions.json": content})
    (note,) = [note for note in data.notes if note.code == "masks.flaws"]
    assert note.values["count"] == 3
    words = "image 1: 'C:/x/good/bad-0.png' is not in the folder that it names; 'bad/bad-0.png'"
    assert words in note.values["messages"][0]
    assert pixels(data) == {EXACT}
    assert sum(len(getattr(data, split)) for split in SPLITS) == 17


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_a_picture_that_another_file_marks_is_that_ones(tmp_path, names):
    elsewhere = coco(SOUND)
    for image in elsewhere["images"]:
        image["file_name"] = image["file_name"].replace("bad/", "good/")
    files = (coco(SOUND), elsewhere)
    parts = {f"j/{name}.json": content for name, content in zip(names, files, strict=True)}
    data = read_own(tmp_path, parts, "j")
    assert pixels(data) == {EXACT}
    assert not data.notes


def test_of_two_entries_of_an_image_what_either_says_counts():
    first, second = {"id": 1, "file_name": "a", "width": None}, {"id": 1, "height": 2, "width": 3}
    images = Coco({"images": [first, second], "annotations": []}, "here").images
    assert images == {1: ("here: image 1", {"id": 1, "file_name": "a", "height": 2, "width": 3})}


@pytest.mark.parametrize("image", [{"file_name": "x.png"}, {"id": None}, {"id": 1.5}, 3])
def test_an_image_without_an_id_is_counted_and_the_rest_drawn(tmp_path, image):
    content = coco(SOUND)
    content["images"].append(image)
    data = read_own(tmp_path, {"regions.json": content})
    assert pixels(data) == {EXACT}
    (note,) = [note for note in data.notes if note.code == "regions.flaws"]
    assert note.values["count"] == 1
    assert "image 11: needs an 'id'" in note.values["messages"][0]


def test_flaws_of_labelmes_files_are_counted_and_the_rest_drawn(tmp_path):
    files = {f"j/bad/bad-{n}.json": labelme(POLYGON) for n in range(10)}
    files["j/bad/bad-1.json"] = labelme(POLYGON, POLYGON | {"points": [[3, 3]]})
    files["j/bad/bad-2.json"] = labelme(POLYGON, {"shape_type": "cuboid", "points": CORNERS})
    files["j/bad/bad-3.json"] = labelme(POLYGON, imageHeight=None, imageWidth=None)
    files["j/dataset-metadata.json"] = {"title": "parts"}
    files["j/bad/bad-4.json"] = ""
    files["j/bad/bad-5.json"] = labelme(POLYGON, imageHeight=99)
    data = read_own(tmp_path, files, "j")
    assert pixels(data) == {121}
    counts = {note.code: note.values["count"] for note in data.notes}
    assert counts == {"regions.flaws": 3, "masks.flaws": 2}
    assert sum(len(getattr(data, split)) for split in SPLITS) == 18


def test_marks_on_the_stored_picture_are_turned_with_it():
    marks = Marks("here", (30, 20))
    marks.add(area(box(2, 3, 7, 23)), "x")
    mask = marks.drawn(Frame(20, 30, turn=6)).mask
    stored = np.zeros((30, 20), bool)
    stored[3:23, 2:7] = True
    np.testing.assert_array_equal(mask, np.rot90(stored, -1))
